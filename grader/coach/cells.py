"""What a cell of a released notebook is for, and plain copies of cells that share nothing with the original."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from nbformat import NotebookNode

Role = Literal["answer", "memo", "locked", "plain"]
COPY_OF = re.compile(r"--\d+$")
"""What `parse` puts behind the id of a second cell that has the id of an earlier one."""
NUMBERED = re.compile(r"cell-\d+")
"""An id that other tools give as well: it names a cell only where nothing speaks against it."""
HIDDEN = re.compile(r"^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*\n?", re.DOTALL | re.MULTILINE)


def nbgrader_of(cell: NotebookNode) -> dict[str, Any]:
    """The cell's nbgrader metadata, or nothing. Metadata of any shape is read."""
    metadata = cell.get("metadata", {})
    label = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return label if isinstance(label, dict) else {}


def grade_id(cell: NotebookNode) -> str:
    """The cell's name in nbgrader, or nothing. Metadata of any shape is read."""
    name = nbgrader_of(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_answer(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one where an answer is written."""
    return bool(cell.cell_type == "code" and nbgrader_of(cell).get("solution"))


def is_memo(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one where a memo is written."""
    return bool(cell.cell_type == "markdown" and nbgrader_of(cell).get("solution"))


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell of the release is one that checks an answer."""
    label = nbgrader_of(cell)
    return bool(cell.cell_type == "code" and label.get("grade") and not label.get("solution"))


def variable_of(cell: NotebookNode) -> str:
    """The name that an answer cell of one of our releases gives to its answer."""
    return str(cell.source).partition("=")[0].strip()


def text_of(cell: NotebookNode) -> str:
    """The cell's source with plain line ends."""
    source = str(cell.get("source", ""))
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def bare(text: str) -> str:
    """A text without what editors change on their own: blank space at the ends of lines, and around the text."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@dataclass
class Slot:
    """One cell of the release, by its place there. `check` is the place of the check that reads an answer, or -1.

    `variable` is the name that the answer is read from; it is empty in a notebook that is not one of our lessons.
    """

    number: int
    cell: NotebookNode
    role: Role
    name: str
    variable: str = ""
    check: int = -1

    @cached_property
    def text(self) -> str:
        """What the release says here, as a learner sees it: without hidden tests."""
        source = text_of(self.cell)
        return bare(HIDDEN.sub("", source) if "BEGIN HIDDEN TESTS" in source else source)

    @property
    def called(self) -> str:
        """How a sentence names the cell."""
        return self.name.removeprefix("check-").removeprefix("memo-").removesuffix("-prompt")

    @property
    def noun(self) -> str:
        """What a sentence calls the cell."""
        if self.role == "memo":
            return "memo" if "handson" in self.cell.metadata else "text"
        if self.role == "answer":
            return "answer"
        if is_check(self.cell):
            return "check"
        return "prompt" if self.name.startswith("memo-") else "read-only cell"


def slots_of(released: NotebookNode) -> list[Slot]:
    """The cells of a release, each with what it is for."""
    ours = is_ours(released)
    slots = []
    for number, cell in enumerate(released.cells):
        variable = variable_of(cell) if ours and is_answer(cell) else ""
        name = grade_id(cell) or str(cell.get("id", "")) or f"cell-{number + 1:02}"
        slots.append(Slot(number, cell, _role(cell), name, variable if variable.isidentifier() else ""))
    by_name = {slot.name: slot.number for slot in slots}
    following = -1
    for slot in reversed(slots):
        if slot.role == "answer":
            slot.check = by_name.get(f"check-{slot.name}", -1) if ours else following
        elif is_check(slot.cell):
            following = slot.number
    return slots


def is_ours(released: NotebookNode) -> bool:
    """Whether a release is one of our lessons, not another nbgrader notebook."""
    return isinstance(released.metadata.get("handson"), dict)


def _role(cell: NotebookNode) -> Role:
    label = nbgrader_of(cell)
    if label.get("solution"):
        return "answer" if cell.cell_type == "code" else "memo"
    return "locked" if label.get("grade") or label.get("locked") or label.get("task") else "plain"


def copy_of(value: Any) -> Any:
    """A copy of plain data that shares nothing with it: what deepcopy gives, in a tenth of the time."""
    if isinstance(value, dict):
        made = NotebookNode()
        for key, each in value.items():
            dict.__setitem__(made, key, copy_of(each) if isinstance(each, dict | list) else each)
        return made
    return [copy_of(each) if isinstance(each, dict | list) else each for each in value]


def own_cell(kind: str, text: str, attachments: object = None) -> NotebookNode:
    """A cell of the learner's own, still without an id. Nothing is validated: that takes a millisecond a cell."""
    made = NotebookNode(cell_type=kind, metadata=NotebookNode(), source=text)
    if kind == "code":
        made.update({"execution_count": None, "outputs": []})
    elif isinstance(attachments, dict) and attachments:
        made["attachments"] = copy_of(attachments)
    return made


def with_ids(cells: Iterable[NotebookNode], own: set[int]) -> list[NotebookNode]:
    """The same cells, each with an id: the release's keep theirs, the learner's (`own`: their id()) are counted."""
    made = list(cells)
    taken = {str(cell["id"]) for cell in made if id(cell) not in own and "id" in cell}
    number = 0
    for place, cell in enumerate(made, 1):
        if id(cell) in own:
            number += 1
            cell["id"] = f"own-{number:02}"
        elif "id" not in cell:
            name = grade_id(cell)
            wanted = name if re.fullmatch(r"[\w-]{1,64}", name, re.ASCII) else f"cell-{place:02}"
            cell["id"] = wanted if wanted not in taken else f"{wanted[:50]}--{place}"
            taken.add(cell["id"])
    return made
