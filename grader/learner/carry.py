"""A learner's answers in a newer release of the same lesson: carried over where the exercise is the same.

Three notebooks meet: the old release, the learner's copy of it, the new release. A box that the learner changed goes
into the new release when that holds the same box: for an exercise, a prediction, a recall or a memo the same name, the
same stub and the same text right above it; for any other box the same content. Boxes of the learner's own follow the
box that they stood behind. Nothing is run, and outputs stay behind: they belong to the old data.
"""

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from grader.learner.problem import Problem

Cell = dict[str, Any]

_NOTE = "carried"
"""In a cell's `handson` metadata: our own note about what was carried over. It is never carried itself."""
_BLANK = re.compile(r"= (\.\.\.|\"\")$|\A(Write here\.)?\Z", re.MULTILINE)


@dataclass(frozen=True)
class Carried:
    """The new release with the learner's work in it, and in words what came over and what did not.

    `came` and `left` are names of exercises, predictions, recalls and memos; `boxes` counts other boxes that were
    carried (changed examples and own ones), `boxes_left` those that were not. `changed` are all names whose exercise
    is another one in the new release, answered or not.
    """

    notebook: bytes
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    boxes: int = 0
    boxes_left: int = 0
    changed: frozenset[str] = frozenset()

    def sentence(self, old: str) -> str:
        """What happened to the work in `old`, for a person; empty when there was none."""
        said = []
        came = [*self.came, *_boxes(self.boxes, bool(self.came))]
        if came:
            said.append(f"Carried over from {old}: {', '.join(came)}.")
        left = [*self.left, *_boxes(self.boxes_left, bool(self.left))]
        if left:
            said.append(f"Not carried over, since the lesson changed there: {', '.join(left)}; still in {old}.")
        return " ".join(said)


def _boxes(number: int, other: bool) -> list[str]:
    if not number:
        return []
    of = "other " if other else ""
    return [f"{number} {of}{'box' if number == 1 else 'boxes'} of yours"]


def carry(mine: bytes, old: bytes | None, new: bytes, where: str) -> Carried | None:
    """The learner's work of `mine` put into `new`. `where` names, in the note on top, the place that `mine` stays in.

    `old` is the release that `mine` began as; without it, what the learner changed is told from the cells' names and
    nbgrader's checksums. None when `new` is no notebook; raises `Problem` when `mine` is none.
    """
    my_cells, new_cells = _cells(mine), _cells(new)
    if new_cells is None:
        return None
    if my_cells is None:
        raise Problem(f"{where} cannot be read as a notebook: nothing of it was carried over.")
    old_cells = _cells(old) if old is not None else None
    if old_cells is None:
        old_cells = _guessed(my_cells, new_cells)
    counterpart = _counterparts(old_cells, new_cells)
    owners, extra = _owners(my_cells, old_cells)
    made = {place: deepcopy(cell) for place, cell in enumerate(new_cells)}
    came, left, boxes, boxes_left = [], [], 0, 0
    for place, cell in enumerate(old_cells):
        owner = owners.get(place)
        if owner is None or _source(my_cells[owner]) == _source(cell):
            continue
        target = counterpart.get(place)
        name = _name(cell)
        if target is None:
            boxes_left += not name
            left += [name] if name else []
            continue
        made[target]["source"] = deepcopy(my_cells[owner].get("source", ""))
        boxes += not name
        came += [name] if name else []
    behind = _own_cells(my_cells, owners, extra, counterpart)
    boxes += sum(len(cells) for cells in behind.values())
    changed = {_name(cell) for place, cell in enumerate(old_cells) if _name(cell) and place not in counterpart}
    result = Carried(b"", tuple(came), tuple(left), boxes, boxes_left, frozenset(changed))
    cells = list(behind.get(-1, []))
    for place, cell in made.items():
        cells += [cell, *behind.get(place, [])]
    note = result.sentence(where)
    own = [cell for each in behind.values() for cell in each]
    if note:
        cells.insert(0, _note(note))
        own.append(cells[0])
    _with_new_ids(own, {str(cell.get("id")) for cell in new_cells})
    notebook = {**json.loads(new), "cells": cells}
    content = (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    return Carried(content, result.came, result.left, boxes, boxes_left, result.changed)


def carry_journal(journal: bytes, changed: frozenset[str]) -> bytes:
    """The lines of a journal, letter for letter, without those about an exercise that is another one now."""
    kept = []
    for line in journal.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and changed.isdisjoint(_names_in(entry)):
            kept.append(line + b"\n")
    return b"".join(kept)


def _names_in(entry: Mapping[str, Any]) -> set[str]:
    return {value for value in (entry.get("exercise"), entry.get("name")) if type(value) is str}


def _cells(notebook: bytes) -> list[Cell] | None:
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return None
    return cells


def _part(cell: Cell, name: str) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    part = metadata.get(name) if isinstance(metadata, dict) else None
    return part if isinstance(part, dict) else {}


def _name(cell: Cell) -> str:
    """What a person calls the exercise, prediction, recall or memo that is filled in here; empty for other cells."""
    handson, nbgrader = _part(cell, "handson"), _part(cell, "nbgrader")
    for kind in ("memo", "predict", "recall"):
        if type(handson.get(kind)) is str:
            return str(handson[kind])
    return str(nbgrader.get("grade_id", "")) if nbgrader.get("solution") else ""


def _source(cell: Cell) -> str:
    source = cell.get("source", "")
    text = "".join(str(line) for line in source) if isinstance(source, list) else str(source)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _prompt(cells: Sequence[Cell], place: int) -> str:
    """The text right above a cell: the nearest markdown that asks, not one that a learner fills in."""
    for cell in reversed(cells[:place]):
        if cell.get("cell_type") == "markdown" and not _name(cell):
            return _source(cell)
    return ""


def _locked(cell: Cell) -> bool:
    return bool(_part(cell, "nbgrader").get("locked"))


def _counterparts(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Place in the old release -> place of the same box in the new one."""
    found: dict[int, int] = {}
    named = {_name(cell): place for place, cell in enumerate(new) if _name(cell)}
    by_content: dict[tuple[str, str], list[int]] = {}
    for place, cell in enumerate(new):
        if not _name(cell):
            by_content.setdefault((str(cell.get("cell_type")), _source(cell)), []).append(place)
    for place, cell in enumerate(old):
        name = _name(cell)
        if name:
            other = named.get(name)
            same = other is not None and _source(new[other]) == _source(cell)
            if other is not None and same and _prompt(new, other) == _prompt(old, place):
                found[place] = other
        elif waiting := by_content.get((str(cell.get("cell_type")), _source(cell))):
            found[place] = waiting.pop(0)
    return found


def _owners(mine: Sequence[Cell], old: Sequence[Cell]) -> tuple[dict[int, int], list[int]]:
    """Place in the old release -> place of the learner's version of it, and the places of what is the learner's own.

    Of several versions (a cell that was copied keeps its name), the first that is filled in counts.
    """
    by_id = {str(cell["id"]): place for place, cell in enumerate(old) if cell.get("id")}
    by_name = {_name(cell): place for place, cell in enumerate(old) if _name(cell)}
    unnamed = {_source(cell): place for place, cell in enumerate(old) if not _name(cell)}
    versions: dict[int, list[int]] = {}
    extra = []
    for place, cell in enumerate(mine):
        if _part(cell, "handson").get(_NOTE):
            continue
        at = by_id.get(str(cell.get("id")))
        if at is None:
            at = by_name.get(_name(cell)) if _name(cell) else None
        if at is None and not cell.get("id"):
            at = unnamed.get(_source(cell))
        if at is None:
            extra.append(place)
        else:
            versions.setdefault(at, []).append(place)
    owners = {}
    for at, places in versions.items():
        filled = [place for place in places if _source(mine[place]) != _source(old[at])]
        owners[at] = (filled or places)[0]
        extra += filled[1:]
    return owners, sorted(extra)


def _own_cells(
    mine: Sequence[Cell], owners: Mapping[int, int], extra: Sequence[int], counterpart: Mapping[int, int]
) -> dict[int, list[Cell]]:
    """The learner's own cells by the place in the new release that they stand behind; -1 is the top."""
    released = {place: at for at, place in owners.items()}
    behind: dict[int, list[Cell]] = {}
    for place in extra:
        cell = mine[place]
        # An empty box, a locked cell that was copied: nothing that anybody wrote.
        if not _source(cell) or _locked(cell):
            continue
        anchor = -1
        for before in range(place - 1, -1, -1):
            if before in released and released[before] in counterpart:
                anchor = counterpart[released[before]]
                break
        behind.setdefault(anchor, []).append(_bare(cell))
    return behind


def _bare(cell: Cell) -> Cell:
    """The learner's own cell without outputs and without a name that may stand only once."""
    private = bool(_part(cell, "handson").get("private"))
    kind = cell.get("cell_type") if cell.get("cell_type") in ("code", "markdown", "raw") else "raw"
    bare: Cell = {"cell_type": kind, "id": str(cell.get("id", ""))}
    bare["metadata"] = {"handson": {"private": True}} if private else {}
    bare["source"] = deepcopy(cell.get("source", ""))
    return {**bare, "execution_count": None, "outputs": []} if kind == "code" else bare


def _note(sentence: str) -> Cell:
    text = f"**A newer release of this lesson.** {sentence} Run the boxes from the top."
    return {"cell_type": "markdown", "id": "carried", "metadata": {"handson": {_NOTE: True}}, "source": [text]}


def _with_new_ids(own: Sequence[Cell], taken: set[str]) -> None:
    """Cells of the learner's own whose id is missing or taken get another one, by place."""
    number = 0
    for cell in own:
        name = cell["id"]
        while not name or name in taken:
            number += 1
            name = f"own-{number:02}"
        cell["id"] = name
        taken.add(name)


def _guessed(mine: Sequence[Cell], new: Sequence[Cell]) -> list[Cell]:
    """The old release as far as the learner's copy and the new release tell, when nobody kept it.

    A named cell began as the new release's stub if nbgrader's checksum says so (predictions and recalls carry none:
    the same name is taken for the same stub). Other cells of the release are known by their ids and count as unchanged.
    """
    named = {_name(cell): cell for cell in new if _name(cell)}
    ids = {str(cell.get("id")) for cell in new}
    guessed = []
    for cell in mine:
        name, now = _name(cell), named.get(_name(cell))
        if name:
            same = now is not None and _part(cell, "nbgrader").get("checksum") == _part(now, "nbgrader").get("checksum")
            blank = cell["source"] if _BLANK.search(_source(cell)) else ""
            began = now["source"] if now is not None and same else blank
            guessed.append({**cell, "source": began})
        elif str(cell.get("id")) in ids or _is_ours(cell):
            guessed.append(cell)
    return guessed


def _is_ours(cell: Cell) -> bool:
    """Whether a cell came with a release: the build numbers its cells, JupyterLab gives eight random letters."""
    own = str(cell.get("id", ""))
    return _locked(cell) or (own.startswith("cell-") and own[5:].isdigit())
