"""Mends a mangled notebook: the release's cells, with the learner's answers, memos and own cells put into them.

The release is the truth for every cell but those in which something is written. It serves our lessons, where an answer
is found by its variable too (owners.py has the rules), and any other nbgrader notebook, where the label counts.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from nbformat import NotebookNode

from grader.coach.cells import (
    Slot,
    bare,
    copy_of,
    grade_id,
    is_answer,
    is_check,
    is_memo,
    is_ours,
    own_cell,
    slots_of,
    variable_of,
    with_ids,
)
from grader.coach.names import Code
from grader.coach.order import Item, arrange
from grader.coach.owners import Chosen, How, Submitted, choose, read_submitted
from grader.learner.saved import private

__all__ = ["Kind", "Mend", "Repaired", "grade_id", "is_answer", "is_check", "is_memo", "repair", "variable_of"]
MOST_SENTENCES = 2
"""So many cells of one kind are named in a sentence each; of more, one sentence says how many."""


class Kind(StrEnum):
    """What was mended."""

    PUT_BACK = "put back"
    CHANGED = "changed"
    SEVERAL = "several"
    RETYPED = "retyped"
    UNLABELLED = "unlabelled"
    MOVED = "moved"
    ADDED = "added"
    PART = "part"
    CASE = "case"
    SHOWN = "shown"
    JOINED = "joined"
    NEEDED = "needed"
    LANGUAGE = "language"


@dataclass(frozen=True)
class Mend:
    """One sentence about what was mended, and the cells of the release (by name) that it is about."""

    kind: Kind
    cells: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Repaired:
    """A notebook that runs like the release (nbformat 4.5), and what was mended (empty when nothing was)."""

    notebook: NotebookNode
    mends: tuple[Mend, ...] = ()

    @property
    def mended(self) -> tuple[str, ...]:
        """What was mended, a sentence each."""
        return tuple(mend.sentence for mend in self.mends)


ONE = {
    (Kind.PUT_BACK, "answer"): "The answer to `{}` had no cell any more: an empty one was put back.",
    (Kind.PUT_BACK, "memo"): "The memo `{}` had no cell any more: an empty one was put back.",
    (Kind.PUT_BACK, "text"): "The text `{}` had no cell any more: an empty one was put back.",
    (Kind.PUT_BACK, "check"): "The check of `{}` had been deleted: it was put back.",
    (Kind.PUT_BACK, "prompt"): "The prompt of `{}` had been deleted: it was put back.",
    (Kind.PUT_BACK, "read-only cell"): "The read-only cell `{}` had been deleted: it was put back.",
    (Kind.PUT_BACK, "plain"): "A cell of the lesson was missing: put back.",
    (Kind.CHANGED, "check"): "The check of `{}` had been changed: the original counts.",
    (Kind.CHANGED, "prompt"): "The prompt of `{}` had been changed: the original counts.",
    (Kind.CHANGED, "read-only cell"): "The read-only cell `{}` had been changed: the original counts.",
    (Kind.SEVERAL, "answer"): "The answer to `{}` stands several times: the last one filled in above its check counts.",
    (Kind.SEVERAL, "memo"): "The memo `{}` stands several times: the last one filled in counts.",
    (Kind.SEVERAL, "text"): "The text `{}` stands several times: the last one filled in counts.",
    (Kind.RETYPED, "answer"): "The answer to `{}` stood in a cell that is not code: it is read as code.",
    (Kind.RETYPED, "memo"): "The memo `{}` stood in a cell that is not text: it is read as text.",
    (Kind.RETYPED, "text"): "The text `{}` stood in a cell that is not text: it is read as text.",
    (Kind.UNLABELLED, "cell"): "The label was lost of `{}`: found by id, by variable or by place.",
    (Kind.ADDED, "answer"): "The answer to `{}` stood in an added cell: it counts.",
    (Kind.ADDED, "memo"): "The memo `{}` stood in an added cell: it counts.",
    (Kind.ADDED, "text"): "The text `{}` stood in an added cell: it counts.",
    (Kind.PART, "answer"): "The answer to `{}` stood in a cell that is for something else: it counts.",
    (Kind.PART, "memo"): "The memo `{}` stood in the cell of its prompt: it counts.",
    (Kind.CASE, "answer"): "The answer to `{}` was named in capitals or small letters of its own: it counts.",
    (Kind.SHOWN, "answer"): "The answer to `{}` had lost its name: the last value that its cell shows counts.",
    (Kind.JOINED, "answer"): "The answer to `{}` was split over several cells: they are read together.",
    (Kind.JOINED, "memo"): "The memo `{}` goes on in the cells below: they are read together.",
    (Kind.NEEDED, "answer"): "The answer to `{}` needs code that stood elsewhere: that runs before it.",
}
MANY = {
    (Kind.PUT_BACK, "answer"): "{} answers had no cell any more: empty ones were put back.",
    (Kind.PUT_BACK, "memo"): "{} memos had no cell any more: empty ones were put back.",
    (Kind.PUT_BACK, "text"): "{} texts had no cell any more: empty ones were put back.",
    (Kind.PUT_BACK, "check"): "{} checks had been deleted: they were put back.",
    (Kind.PUT_BACK, "prompt"): "{} prompts had been deleted: they were put back.",
    (Kind.PUT_BACK, "read-only cell"): "{} read-only cells had been deleted: they were put back.",
    (Kind.PUT_BACK, "plain"): "{} cells of the lesson were missing: put back.",
    (Kind.CHANGED, "check"): "{} checks had been changed: the originals count.",
    (Kind.CHANGED, "prompt"): "{} prompts had been changed: the originals count.",
    (Kind.CHANGED, "read-only cell"): "{} read-only cells had been changed: the originals count.",
    (Kind.SEVERAL, "answer"): "{} answers stand several times: of each, the last one filled in above its check counts.",
    (Kind.SEVERAL, "memo"): "{} memos stand several times: of each, the last one filled in counts.",
    (Kind.SEVERAL, "text"): "{} texts stand several times: of each, the last one filled in counts.",
    (Kind.RETYPED, "answer"): "{} answers stood in cells that are not code: they are read as code.",
    (Kind.RETYPED, "memo"): "{} memos stood in cells that are not text: they are read as text.",
    (Kind.RETYPED, "text"): "{} texts stood in cells that are not text: they are read as text.",
    (Kind.UNLABELLED, "cell"): "The labels were lost of {} cells: found by id, by variable or by place.",
    (Kind.ADDED, "answer"): "{} answers stood in added cells: they count.",
    (Kind.ADDED, "memo"): "{} memos stood in added cells: they count.",
    (Kind.ADDED, "text"): "{} texts stood in added cells: they count.",
    (Kind.PART, "answer"): "{} answers stood in cells that are for something else: they count.",
    (Kind.PART, "memo"): "{} memos stood in the cells of their prompts: they count.",
    (Kind.CASE, "answer"): "{} answers were named in capitals or small letters of their own: they count.",
    (Kind.SHOWN, "answer"): "{} answers had lost their names: the last value that each cell shows counts.",
    (Kind.JOINED, "answer"): "{} answers were split over several cells: these are read together.",
    (Kind.JOINED, "memo"): "{} memos go on in the cells below: these are read together.",
    (Kind.NEEDED, "answer"): "{} answers need code that stood elsewhere: that runs before them.",
}
MOVED = "Cells had been moved: they were put back in the lesson's order."
LANGUAGE = "The notebook asked for another language ({}): it is run as Python."


@dataclass
class _Said:
    """What was mended so far: cells by kind and noun, in the order in which they were met."""

    cells: dict[tuple[Kind, str], list[str]] = field(default_factory=dict)
    others: list[Mend] = field(default_factory=list)

    def say(self, kind: Kind, noun: str, name: str) -> None:
        self.cells.setdefault((kind, noun), []).append(name)

    def mends(self) -> tuple[Mend, ...]:
        made = []
        for (kind, noun), names in self.cells.items():
            if len(names) > MOST_SENTENCES or (noun == "plain" and len(names) > 1):
                made.append(Mend(kind, tuple(names), MANY[kind, noun].format(len(names))))
            else:
                made += [Mend(kind, (name,), ONE[kind, noun].format(_called(name))) for name in names]
        return (*made, *self.others)


def _called(name: str) -> str:
    return name.removeprefix("check-").removeprefix("memo-").removesuffix("-prompt")


def repair(submitted: NotebookNode, released: NotebookNode) -> Repaired:
    """The release with the learner's answers, memos, guesses, altered examples and own cells in it.

    `submitted` is what `parse` gives, or nbformat. The release may have hidden tests, and need have no cell ids.
    Neither is changed, and the result shares nothing with them. Raises nothing.
    """
    slots = slots_of(released)
    work = read_submitted(submitted.cells, slots)
    chosen = choose(work)
    ours = is_ours(released)
    said = _Said()
    fixed, own = [], []
    for slot in slots:
        made, more = _made(slot, work, chosen.get(slot.number), ours)
        fixed.append(made)
        own += more
        _say_about(slot, work, chosen.get(slot.number), said)
    _say_about_the_rest(work, submitted, said)
    own += _own_cells(work, chosen)
    own.sort(key=lambda item: item.place)
    checks = {slot.variable: slot.check for slot in slots if slot.variable and slot.check >= 0}
    arranged = arrange(fixed, own, checks)
    for item in dict.fromkeys(arranged.served):
        if item.slot is not None:
            said.say(Kind.NEEDED, "answer", slots[item.slot].name)
    learners = {id(item.cell) for item in arranged.items if item.slot is None}
    notebook = NotebookNode(
        {name: copy_of(each) if isinstance(each, dict) else each for name, each in released.items()}
    )
    notebook["cells"] = with_ids((item.cell for item in arranged.items), learners)
    notebook["nbformat_minor"] = 5
    return Repaired(notebook, said.mends())


def _made(slot: Slot, work: Submitted, chosen: Chosen | None, ours: bool) -> tuple[Item, list[Item]]:
    """The cell for one slot, and what the learner made of an example, which runs after the original."""
    cell = copy_of(slot.cell)
    mine = work.of(slot.number)
    item = Item(cell, mine[0] if mine else -1, slot=slot.number)
    if slot.role in ("answer", "memo"):
        if chosen:
            cell["source"], item.place, item.owns = chosen.text, chosen.places[0], True
            attachments = work.cells[chosen.places[0]].get("attachments")
            if slot.role == "memo" and isinstance(attachments, dict) and attachments:
                cell["attachments"] = copy_of(attachments)
        return item, []
    if slot.role == "locked":
        return item, []
    written = [
        place
        for place in mine
        if work.bares[place] not in ("", slot.text) and work.cells[place].cell_type == slot.cell.cell_type
    ]
    if not written:
        return item, []
    if slot.cell.cell_type != "code" or _is_a_guess(slot) or (not ours and _replaces(work.code(written[-1]), slot)):
        cell["source"], item.place, item.owns = work.texts[written[-1]], written[-1], True
        return item, []
    return item, [Item(own_cell("code", work.texts[place]), place, slot.number, owns=True) for place in written]


def _is_a_guess(slot: Slot) -> bool:
    marks = slot.cell.metadata.get("handson", {})
    return isinstance(marks, dict) and not marks.keys().isdisjoint(("predict", "recall"))


def _replaces(code: Code, slot: Slot) -> bool:
    """Whether a changed cell still gives all that the original gave, so that the original need not run."""
    return Code(slot.text).names.binds <= code.names.binds


def _own_cells(work: Submitted, chosen: dict[int, Chosen]) -> list[Item]:
    """Cells of the learner's own, each after the cell that it stood below, and other tries at an answer or a memo."""
    used = {place for each in chosen.values() for place in each.places}
    items = []
    anchor = -1
    for place, owner in enumerate(work.owners):
        kind, after = work.cells[place].cell_type, anchor
        if owner is not None:
            slot = work.slots[owner]
            if not _is_another_try(place, slot, work, chosen):
                anchor = owner
                continue
            kind = slot.cell.cell_type
            checks = work.of(slot.check) if slot.check >= 0 else []
            if not checks or place < checks[-1]:
                after = owner - 1
        elif place in used or not work.texts[place].strip():
            continue
        elif kind == "code":
            after = min([anchor, *_broken_tries(place, work, chosen)])
        kind = kind if kind in ("code", "raw") else "markdown"
        text = work.texts[place]
        items.append(Item(own_cell(kind, text, work.cells[place].get("attachments")), place, after, owns=True))
    return items


def _is_another_try(place: int, slot: Slot, work: Submitted, chosen: dict[int, Chosen]) -> bool:
    """Whether a cell that belongs to an answer or a memo holds another text than the one that counts."""
    if slot.role not in ("answer", "memo") or work.is_blank(place, slot):
        return False
    if any(place in each.places for each in chosen.values()):
        return False
    counts = chosen.get(slot.number)
    return counts is None or work.bares[place] not in {bare(counts.text), *(work.bares[each] for each in counts.places)}


def _broken_tries(place: int, work: Submitted, chosen: dict[int, Chosen]) -> list[int]:
    """The slots before the answers that a cell tries to give and cannot, since it is no Python.

    It goes above them: below, the check would say that the box above it stopped with an error.
    """
    code = work.code(place)
    if code.tree is not None:
        return []
    return [number - 1 for number in chosen if work.slots[number].variable and code.gives(work.slots[number].variable)]


def _say_about(slot: Slot, work: Submitted, chosen: Chosen | None, said: _Said) -> None:
    places = work.of(slot.number)
    if slot.role == "plain":
        if not places and not private(slot.cell):  # private ones are never handed in
            said.say(Kind.PUT_BACK, "plain", slot.name)
    elif slot.role == "locked":
        if not places:
            said.say(Kind.PUT_BACK, slot.noun, slot.name)
        elif any(work.bares[place] not in (slot.text, bare(str(slot.cell.source))) for place in places):
            said.say(Kind.CHANGED, slot.noun, slot.name)
    elif not chosen:
        if not places:
            said.say(Kind.PUT_BACK, slot.noun, slot.name)
    else:
        _say_about_written(slot, work, chosen, said)


def _say_about_written(slot: Slot, work: Submitted, chosen: Chosen, said: _Said) -> None:
    place = chosen.places[0]
    is_found = chosen.how in (None, How.ADDED) and (chosen.how is None or not work.of(slot.number))
    if is_found and grade_id(work.cells[place]) != grade_id(slot.cell):
        said.say(Kind.UNLABELLED, "cell", slot.name)
    elif chosen.how:
        said.say(Kind(chosen.how.value), slot.noun, slot.name)
    if chosen.copies > 1:
        said.say(Kind.SEVERAL, slot.noun, slot.name)
    if chosen.how is not How.PART and (work.cells[place].cell_type == "code") != (slot.role == "answer"):
        said.say(Kind.RETYPED, slot.noun, slot.name)


def _say_about_the_rest(work: Submitted, submitted: NotebookNode, said: _Said) -> None:
    seen = list(dict.fromkeys(owner for owner in work.owners if owner is not None))
    if seen != sorted(seen):
        said.others.append(Mend(Kind.MOVED, (), MOVED))
    language = _language(submitted.get("metadata"))
    if language not in ("", "python", "ipython", "python3"):
        said.others.append(Mend(Kind.LANGUAGE, (), LANGUAGE.format(language[:30])))


def _language(metadata: object) -> str:
    """The language that a notebook says it is in, or nothing. Metadata of any shape is read."""
    for name, key in (("kernelspec", "language"), ("language_info", "name")):
        part = metadata.get(name) if isinstance(metadata, dict) else None
        said = part.get(key) if isinstance(part, dict) else None
        if isinstance(said, str) and said:
            return said.lower()
    return ""
