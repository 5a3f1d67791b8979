"""Mends a mangled notebook: the release's cells, with the learner's answers, memos and own cells put into them."""

import ast
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.authoring.notebook import WRITE_HERE

FEWEST_WORDS = 20
"""A text of fewer words, without a label, is not taken for a memo."""


@dataclass(frozen=True)
class Repaired:
    """A notebook that runs like the release, and what was mended, a sentence each (empty when nothing was)."""

    notebook: NotebookNode
    mended: tuple[str, ...] = ()


@dataclass
class _Work:
    """The release's cells by id, who among the submitted cells belongs to each, and what was said so far."""

    released: Sequence[NotebookNode]
    submitted: Sequence[NotebookNode]
    owners: list[str | None] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def of(self, cell_id: str) -> list[int]:
        return [place for place, owner in enumerate(self.owners) if owner == cell_id]


def grade_id(cell: NotebookNode) -> str:
    """The cell's name in nbgrader, or nothing. Metadata of any shape is read."""
    metadata = cell.get("metadata", {})
    label = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = label.get("grade_id") if isinstance(label, dict) else None
    return name if isinstance(name, str) else ""


def is_answer(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one where an answer is written."""
    return bool(cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"))


def is_memo(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one where a memo is written."""
    return bool(cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"))


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one that checks an answer."""
    label = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and label.get("grade") and not label.get("solution"))


def variable_of(cell: NotebookNode) -> str:
    """The name that an answer cell of the release gives to its answer."""
    return str(cell.source).partition("=")[0].strip()


def repair(submitted: NotebookNode, released: NotebookNode) -> Repaired:
    """The release with the learner's answers, memos, guesses, altered examples and own cells in it.

    An answer is found by its nbgrader name, else by its cell's id, else by a line that assigns its variable. Raises
    nothing for a notebook that nbformat could read.
    """
    work = _Work(released.cells, submitted.cells)
    work.owners = _owners(work)
    own: dict[str, list[NotebookNode]] = {}
    before: dict[str, list[NotebookNode]] = {}
    made = []
    for cell in work.released:
        copy = deepcopy(cell)
        if is_answer(cell) or is_memo(cell):
            copy.source, before[cell.id] = _written(cell, work)
        elif cell.metadata.get("nbgrader", {}).get("locked"):
            _say_about_locked(cell, work)
        else:
            copy.source, own[cell.id] = _editable(cell, work)
        made.append(copy)
    _say_about_the_rest(work)
    first, after = _scratch(work)
    cells = [*first]
    for copy in made:
        cells += [*before.get(copy.id, []), copy, *own.get(copy.id, []), *after.get(copy.id, [])]
    notebook = deepcopy(released)
    notebook.cells = _with_new_ids(cells, {cell.id for cell in work.released})
    return Repaired(notebook, tuple(work.mended))


def _owners(work: _Work) -> list[str | None]:
    """For each submitted cell the id of the release's cell that it is, or None for a cell of the learner's own."""
    by_name = {grade_id(cell): cell.id for cell in work.released if grade_id(cell)}
    by_id = {cell.id for cell in work.released}
    by_text: dict[str, str] = {}
    for cell in work.released:
        by_text.setdefault(str(cell.source).strip(), cell.id)
    owners: list[str | None] = []
    for cell in work.submitted:
        text = str(cell.source).strip()
        if grade_id(cell) in by_name:
            owners.append(by_name[grade_id(cell)])
        elif cell.get("id") in by_id:
            owners.append(cell["id"])
        else:
            owners.append(by_text.get(text) if text else None)
    for cell in work.released:
        if is_answer(cell):
            _adopt(cell, work.submitted, owners)
        elif is_memo(cell):
            _adopt_memo(cell, work, owners)
    return owners


def _adopt(released: NotebookNode, submitted: Sequence[NotebookNode], owners: list[str | None]) -> None:
    """Where no labelled cell is filled in, a cell of the learner's own that assigns the variable is the answer."""
    mine = [submitted[place] for place, owner in enumerate(owners) if owner == released.id]
    if any(not _is_blank(cell.source, released) for cell in mine):
        return
    for place, owner in enumerate(owners):
        if owner is None and _assigns(submitted[place].source, variable_of(released)):
            owners[place] = released.id


def _adopt_memo(released: NotebookNode, work: _Work, owners: list[str | None]) -> None:
    """Where no labelled cell holds a memo: the text right after its prompt, else the longest text without a label."""
    mine = [work.submitted[place] for place, owner in enumerate(owners) if owner == released.id]
    if any(not _is_blank(cell.source, released) for cell in mine):
        return
    here = [cell.id for cell in work.released].index(released.id)
    prompt = work.released[here - 1].id if here else None
    for place in range(1, len(owners)):
        cell = work.submitted[place]
        text = cell.cell_type != "code" or _is_prose(cell.source)
        if owners[place - 1] == prompt and owners[place] is None and text and str(cell.source).strip():
            owners[place] = released.id
            return
    texts = [place for place, owner in enumerate(owners) if owner is None and _is_prose(work.submitted[place].source)]
    if texts:
        owners[max(texts, key=lambda place: len(work.submitted[place].source))] = released.id


def _is_prose(source: str) -> bool:
    if len(source.split()) < FEWEST_WORDS:
        return False
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return True
    return False


def _assigns(source: str, variable: str) -> bool:
    """Whether a line at the left edge of the cell binds the variable. Also for text that does not parse."""
    starts = (f"{variable} =", f"{variable}=", f"def {variable}(")
    return any(line.startswith(starts) and not line.startswith(f"{variable} ==") for line in source.splitlines())


def _is_blank(source: str, released: NotebookNode) -> bool:
    """Whether nothing was written: the release's own text, or only comments, dots, empty quotes and the bare name."""
    text = source.strip()
    if not text or text == str(released.source).strip():
        return True
    if is_memo(released):
        return text == WRITE_HERE
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return all(_says_nothing(statement) for statement in body)


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Name()):
            return True
        case ast.Assign(value=ast.Constant(value=value)):
            return value is ... or value == ""
    return False


def _written(cell: NotebookNode, work: _Work) -> tuple[str, list[NotebookNode]]:
    """The source that counts for an answer or a memo, and the learner's other tries at it, which run before it."""
    what = f"The memo `{cell.id.removeprefix('memo-')}`" if is_memo(cell) else f"The answer to `{cell.id}`"
    places = work.of(cell.id)
    if not places:
        work.mended.append(f"{what} had no cell any more: an empty one was put back.")
        return cell.source, []
    filled = [place for place in places if not _is_blank(work.submitted[place].source, cell)]
    chosen = (filled or places)[-1]
    found = work.submitted[chosen]
    if len(places) > 1:
        which = "the last one that is filled in counts" if filled else "none is filled in"
        work.mended.append(f"{what} stands {len(places)} times: {which}.")
    if grade_id(found) != grade_id(cell):
        work.unlabelled.append(cell.id.removeprefix("memo-"))
    if found.cell_type != cell.cell_type:
        kind = "text" if is_memo(cell) else "code"
        work.mended.append(f"{what} stood in a {found.cell_type} cell: it is read as {kind}.")
    if not filled:
        return cell.source, []
    source = str(found.source)
    others = [work.submitted[place] for place in filled if place != chosen and work.submitted[place].source != source]
    if is_memo(cell):
        return source, [new_markdown_cell(each.source) for each in others]
    return source, [new_code_cell(each.source) for each in others]


def _say_about_locked(cell: NotebookNode, work: _Work) -> None:
    kind = "check" if is_check(cell) else "prompt"
    name = cell.id.removeprefix("check-").removeprefix("memo-").removesuffix("-prompt")
    places = work.of(cell.id)
    if not places:
        work.mended.append(f"The {kind} of `{name}` had been deleted: it was put back.")
    elif any(str(work.submitted[place].source).strip() != str(cell.source).strip() for place in places):
        work.mended.append(f"The {kind} of `{name}` had been changed: the original counts.")


def _editable(cell: NotebookNode, work: _Work) -> tuple[str, list[NotebookNode]]:
    """A guess or a text is the learner's; of an example the original runs first, then what was made of it."""
    written = [
        work.submitted[place]
        for place in work.of(cell.id)
        if str(work.submitted[place].source).strip() not in ("", str(cell.source).strip())
        and work.submitted[place].cell_type == cell.cell_type
    ]
    if not written:
        return cell.source, []
    if cell.cell_type == "code" and not set(cell.metadata.get("handson", {})) & {"predict", "recall"}:
        return cell.source, [new_code_cell(each.source) for each in written]
    return written[-1].source, []


def _say_about_the_rest(work: _Work) -> None:
    plain = [cell.id for cell in work.released if not grade_id(cell)]
    if work.unlabelled:
        names = ", ".join(f"`{name}`" for name in work.unlabelled)
        work.mended.append(f"The label was lost of {names}: found by id, by variable or by place.")
    gone = [cell_id for cell_id in plain if not work.of(cell_id)]
    if gone:
        were = "A cell of the lesson was" if len(gone) == 1 else f"{len(gone)} cells of the lesson were"
        work.mended.append(f"{were} missing: put back.")
    order = {cell.id: number for number, cell in enumerate(work.released)}
    seen = list(dict.fromkeys(order[owner] for owner in work.owners if owner is not None))
    if seen != sorted(seen):
        work.mended.append("Cells had been moved: they were put back in the lesson's order.")


def _scratch(work: _Work) -> tuple[list[NotebookNode], dict[str, list[NotebookNode]]]:
    """Cells of the learner's own: those before any cell of the lesson, and those after each."""
    first: list[NotebookNode] = []
    after: dict[str, list[NotebookNode]] = {}
    anchor: str | None = None
    for cell, owner in zip(work.submitted, work.owners, strict=True):
        if owner is not None:
            anchor = owner
        elif str(cell.source).strip():
            kept: dict[str, Any] = {"code": new_code_cell, "markdown": new_markdown_cell}
            copy = kept.get(cell.cell_type, new_markdown_cell)(cell.source)
            (after.setdefault(anchor, []) if anchor else first).append(copy)
    return first, after


def _with_new_ids(cells: Iterable[NotebookNode], released: set[str]) -> list[NotebookNode]:
    """The learner's own cells get ids by place: the same notebook gives the same bytes."""
    number = 0
    seen: set[str] = set()
    made = []
    for cell in cells:
        if cell.id not in released or cell.id in seen:
            number += 1
            cell.id = f"own-{number:02}"
        seen.add(cell.id)
        made.append(cell)
    return made
