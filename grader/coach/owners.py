"""Finds in a submitted notebook which of the release's cells each cell is, and which text answers what.

Of several texts for one answer these count, the first that there are:
1. the cells that carry its label (or id), if they give its variable a value and are Python;
2. cells that the learner added;
3. parts of cells that belong to something else: another answer, a changed example, a changed check;
4. labelled cells that give the value under a name of other case, then those that show it without a name;
5. labelled cells and then added ones that are no Python (joined with their neighbours, if that makes them Python);
6. whatever else stands in the labelled cell.
Within one kind it is the last one above the last check of that exercise, since that is what the card on the learner's
own page speaks of; where none stands above a check, the last one. No text is run or judged to choose it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nbformat import NotebookNode

from grader.authoring.notebook import WRITE_HERE
from grader.coach.cells import COPY_OF, HIDDEN, NUMBERED, Slot, bare, grade_id, text_of
from grader.coach.names import (
    Code,
    folded,
    is_prose,
    looks_like_code,
    same_but_for_case,
    says_nothing,
    split,
    with_alias,
    with_name,
    without_dots,
)

FEWEST_WORDS = 20
"""A text of fewer words, without a label, is not taken for a memo."""
MOST_TRIES = 20
"""So many cells that are no Python are looked at for a neighbour that makes them whole."""
MOST_PARTS = 3
"""So many neighbouring cells are tried together where one of them alone is no Python."""


class How(StrEnum):
    """Where the text of an answer was found, other than in its own cell."""

    ADDED = "added"
    PART = "part"
    CASE = "case"
    SHOWN = "shown"
    JOINED = "joined"


@dataclass
class Chosen:
    """The text that counts for an answer or a memo.

    `places` are the submitted cells that it came from; of `copies` like that it was chosen. `name` is the name
    that they give to the answer, where it is not the slot's variable.
    """

    text: str
    places: tuple[int, ...]
    how: How | None = None
    copies: int = 1
    name: str = ""


@dataclass
class Submitted:
    """The submitted cells: texts, whose cell each is (a number of a slot, or None for the learner's own)."""

    cells: Sequence[NotebookNode]
    slots: Sequence[Slot]
    texts: list[str]
    bares: list[str]
    owners: list[int | None]
    codes: dict[int, Code] = field(default_factory=dict)
    places: dict[int, list[int]] = field(default_factory=dict)

    def code(self, place: int) -> Code:
        """The cell's text as code, parsed at most once."""
        if place not in self.codes:
            self.codes[place] = Code(self.texts[place])
        return self.codes[place]

    def of(self, number: int) -> list[int]:
        """The places of the cells that are this cell of the release."""
        return self.places.get(number, [])

    def give(self, place: int, number: int) -> None:
        """Say that a cell of the learner's own is this cell of the release."""
        self.owners[place] = number
        self.places.setdefault(number, []).append(place)
        self.places[number].sort()

    def is_blank(self, place: int, slot: Slot) -> bool:
        """Whether nothing was written: the release's own text, or only comments, dots, empty quotes and bare names."""
        text = self.bares[place]
        if not text or text == slot.text:
            return True
        if slot.role == "memo":
            return text == WRITE_HERE
        return bool(slot.variable) and says_nothing(self.texts[place], slot.variable)

    def own(self) -> list[int]:
        """The places of the learner's own cells that hold something."""
        return [place for place, owner in enumerate(self.owners) if owner is None and self.texts[place].strip()]


def read_submitted(cells: Sequence[NotebookNode], slots: Sequence[Slot]) -> Submitted:
    """Each submitted cell by its label, else its id, else its text."""
    texts = [text_of(cell) for cell in cells]
    names = {slot.name: slot.number for slot in slots if grade_id(slot.cell)}
    ids = {str(slot.cell.get("id", "")): slot.number for slot in slots}
    ids.pop("", None)
    by_text: dict[str, list[int]] = {}
    for slot in slots:
        if slot.text:
            by_text.setdefault(slot.text, []).append(slot.number)
    found = [_id_of(cell) for cell in cells]
    bares = [bare(text) for text in texts]
    numbered = {each for each in ids if NUMBERED.fullmatch(each)}
    if any(
        found[place] in numbered and bares[place] in by_text and ids[found[place]] not in by_text[bares[place]]
        for place in range(len(cells))
    ):
        ids = {each: number for each, number in ids.items() if each not in numbered}
    work = Submitted(cells, slots, texts, bares, [None] * len(cells))
    variables = {slot.variable: slot.number for slot in slots if slot.variable}
    used: dict[str, int] = {}
    for place, cell in enumerate(cells):
        label = grade_id(cell)
        number = names.get(label) if label else None
        if number is None and found[place] not in numbered:
            number = ids.get(found[place])
        if number is None and bares[place] in by_text:
            same = by_text[bares[place]]
            turn = used.get(bares[place], 0)
            used[bares[place]] = turn + 1
            number = same[min(turn, len(same) - 1)]
        if number is None:
            number = ids.get(found[place])
        if number is None:
            number = _left_blank(texts[place], variables)
        if number is not None:
            work.give(place, number)
    if not any(slot.variable for slot in slots):
        _find_changed(work)
    return work


def _find_changed(work: Submitted) -> None:
    """In a notebook without labels of ours, a changed cell that has no label and no id is known by its neighbours."""
    for slot in work.slots:
        if slot.role == "plain" and slot.cell.cell_type == "code" and not work.of(slot.number):
            after = {place + 1 for place in work.of(slot.number - 1)} or {0}
            before = {place - 1 for place in work.of(slot.number + 1)} or {len(work.texts) - 1}
            for place in sorted(after & before):
                if work.owners[place] is None and work.cells[place].cell_type == "code":
                    work.give(place, slot.number)


def _left_blank(text: str, variables: dict[str, int]) -> int | None:
    """The slot of an answer that a cell without a label leaves blank, though not in the release's words, or None."""
    name = text.partition("=")[0].strip()
    return variables[name] if name in variables and says_nothing(text, name) else None


def _id_of(cell: NotebookNode) -> str:
    found = cell.get("id")
    return COPY_OF.sub("", found) if isinstance(found, str) else ""


def choose(work: Submitted) -> dict[int, Chosen]:
    """The texts that count, by the number of their slot; no entry where nothing was written."""
    chosen: dict[int, Chosen] = {}
    for slot in work.slots:
        if slot.role == "answer":
            found = _named(slot, work) if slot.variable else _labelled(slot, work)
            if found:
                chosen[slot.number] = found
    for slot in work.slots:
        if slot.variable and slot.number not in chosen:
            found = _in_joined(slot, chosen)
            if found:
                chosen[slot.number] = found
    for slot in work.slots:
        if slot.role == "memo":
            found = _memo(slot, work, chosen)
            if found:
                chosen[slot.number] = found
    _cut_up(work, chosen)
    return chosen


def _last(places: Sequence[int], slot: Slot, work: Submitted) -> int:
    """Of several places the last one above the slot's last check, else the last one."""
    checks = work.of(slot.check) if slot.check >= 0 else []
    above = [place for place in places if checks and place < checks[-1]]
    return (above or places)[-1]


def _named(slot: Slot, work: Submitted) -> Chosen | None:
    """The text for an answer that has a variable, or none."""
    variable = slot.variable
    mine = work.of(slot.number)
    filled = [place for place in mine if not work.is_blank(place, slot)]
    own = [place for place in work.own() if variable in work.texts[place]]
    for places, how in ((filled, None), (own, How.ADDED), (_parts(slot, work), How.PART)):
        giving = [place for place in _giving(places, slot, work) if work.code(place).tree]
        if giving:
            picked = _pick(giving, slot, work, how, 0 if how else len(mine))
            return picked if how is How.PART else _goes_on(picked, slot, work)
    return _unnamed(slot, filled, own, work)


def _elsewhere(slot: Slot, work: Submitted) -> list[int]:
    """Places of changed cells that belong to something else."""
    return [
        place
        for place, owner in enumerate(work.owners)
        if owner is not None and owner != slot.number and work.bares[place] != work.slots[owner].text
    ]


def _unnamed(slot: Slot, filled: list[int], own: list[int], work: Submitted) -> Chosen | None:
    """The text for an answer whose variable gets no value in any cell that is Python."""
    variable = slot.variable
    if not work.of(slot.number):
        filled = _between(slot, work)
    for places in (filled, work.own(), _elsewhere(slot, work)):
        others = {place: same_but_for_case(work.code(place), variable) for place in places if work.code(place).tree}
        renamed = [place for place in places if others.get(place)]
        if renamed:
            best = _last(renamed, slot, work)
            text = with_alias(work.code(best), variable, others[best])
            return _goes_on(Chosen(text, (best,), How.CASE, len(renamed), others[best]), slot, work)
    filled = [place for place in filled if not _is_of_another(place, slot, work)]
    broken = [place for place in filled if work.code(place).tree is None]
    spoken = [place for place in work.own() if folded(variable) in folded(work.texts[place])]
    for place in [*reversed(broken[-MOST_TRIES:]), *reversed(spoken[-MOST_TRIES:])]:
        joined = _joined(place, slot, work)
        if joined:
            return joined
    shown = {place: text for place in filled if (text := with_name(work.code(place), variable))}
    if shown:
        best = _last(sorted(shown), slot, work)
        return Chosen(shown[best], (best,), How.SHOWN, len(shown))
    kinds = (broken, None), (_giving(own, slot, work), How.ADDED), (_parts(slot, work), How.PART), (filled, None)
    return next((_pick(places, slot, work, how) for places, how in kinds if places), None)


def _is_of_another(place: int, slot: Slot, work: Submitted) -> bool:
    """Whether a cell answers another exercise, and not this one."""
    others = {each.variable for each in work.slots if each.variable} - {slot.variable}
    bound = work.code(place).binds
    return slot.variable not in bound and not others.isdisjoint(bound)


def _giving(places: Iterable[int], slot: Slot, work: Submitted) -> list[int]:
    return [place for place in places if work.code(place).gives(slot.variable)]


def _parts(slot: Slot, work: Submitted) -> list[int]:
    """Places of changed cells that belong to something else and give the variable a value, as the release does not."""
    return [
        place
        for place in _giving(_elsewhere(slot, work), slot, work)
        if not Code(work.slots[work.owners[place] or 0].text).gives(slot.variable)
    ]


def _pick(places: Sequence[int], slot: Slot, work: Submitted, how: How | None, copies: int = 0) -> Chosen:
    best = _last(places, slot, work)
    return Chosen(without_dots(work.code(best), slot.variable), (best,), how, copies or len(places))


def _joined(place: int, slot: Slot, work: Submitted) -> Chosen | None:
    """A text that was cut in two or three cells, put together again: neighbours that are Python only together."""
    near = [each for each, owner in enumerate(work.owners) if owner in (None, slot.number) and work.texts[each].strip()]
    here = near.index(place)
    for size in range(2, MOST_PARTS + 1):
        for first in range(max(here - size + 1, 0), here + 1):
            places = near[first : first + size]
            if len(places) < size or not _are_neighbours(places, work):
                continue
            if all(work.code(each).tree for each in places):
                continue
            code = Code("\n".join(work.texts[each].strip("\n") for each in places))
            text = _answer_in(code, slot)
            if text:
                return Chosen(text, tuple(places), How.JOINED)
    return None


def _in_joined(slot: Slot, chosen: dict[int, Chosen]) -> Chosen | None:
    """The answer where it is in cells that were put together for another one."""
    for each in chosen.values():
        if each.how is How.JOINED:
            code = Code(each.text)
            other = "" if code.gives(slot.variable) else same_but_for_case(code, slot.variable)
            if other or code.gives(slot.variable):
                return Chosen(each.text, each.places, How.PART, name=other)
    return None


def _answer_in(code: Code, slot: Slot) -> str:
    """The text if it is Python and answers, under a name of another case or without one too; else nothing."""
    if code.tree is None or not slot.variable or code.gives(slot.variable):
        return code.text if code.tree else ""
    other = same_but_for_case(code, slot.variable)
    return with_alias(code, slot.variable, other) if other else with_name(code, slot.variable)


def _are_neighbours(places: Sequence[int], work: Submitted) -> bool:
    """Whether nothing but empty cells stands between the places."""
    return not any(work.texts[each].strip() for each in range(places[0], places[-1]) if each not in places)


def _goes_on(chosen: Chosen, slot: Slot, work: Submitted) -> Chosen:
    """The same answer, or with the cell below where that is no Python alone: a function that was cut in its middle."""
    after = chosen.places[-1] + 1
    while after < len(work.texts) and not work.texts[after].strip():
        after += 1
    if after == len(work.texts) or work.owners[after] not in (None, slot.number) or work.code(after).tree:
        return chosen
    return _joined(chosen.places[-1], slot, work) or chosen


def _labelled(slot: Slot, work: Submitted) -> Chosen | None:
    """The text for an answer of another nbgrader notebook, which has a label and no variable."""
    mine = work.of(slot.number)
    filled = [place for place in mine if not work.is_blank(place, slot)]
    if not mine:
        wanted = set(Code(slot.text).binds)
        filled = [place for place in work.own() if wanted and wanted <= set(work.code(place).binds)]
        filled = filled or _between(slot, work)
        mine = filled
    if not filled:
        return None
    best = _last(filled, slot, work)
    if work.code(best).tree is None and (joined := _joined(best, slot, work)):
        return joined
    text = work.texts[best] if work.cells[best].cell_type == "code" else work.code(best).text
    return Chosen(text, (best,), None if work.owners[best] is not None else How.ADDED, len(mine))


def _between(slot: Slot, work: Submitted) -> list[int]:
    """The place of a code cell of the learner's own that stands where the slot's cell is missing."""
    after = {place + 1 for place in work.of(slot.number - 1)}
    before = {place - 1 for place in work.of(slot.number + 1)}
    own = [place for place in work.own() if place in after | before and work.cells[place].cell_type == "code"]
    both = [place for place in own if place in after & before]
    return both or (own if len(own) == 1 else [])


def _memo(slot: Slot, work: Submitted, chosen: dict[int, Chosen]) -> Chosen | None:
    """The text of a memo: what stands in its cell, else right after its prompt, else the longest text of one's own."""
    taken = {place for each in chosen.values() for place in each.places}
    is_lesson = "handson" in slot.cell.metadata
    mine = work.of(slot.number)
    filled = [place for place in mine if not work.is_blank(place, slot)]
    if filled:
        best = filled[-1]
        places = [best, *(_going_on(best + 1, work, taken) if is_lesson else ())]
        text = "\n\n".join(work.texts[place].strip("\n") if len(places) > 1 else work.texts[place] for place in places)
        return Chosen(text, tuple(places), How.JOINED if len(places) > 1 else None, len(mine))
    prompts = work.of(slot.number - 1) or (chosen[slot.number - 1].places if slot.number - 1 in chosen else ())
    below = [_going_on(place + 1, work, taken, code=True) for place in (*mine, *prompts)]
    below.sort(key=lambda places: sum(len(work.texts[place].split()) for place in places), reverse=True)
    near = _read_together(below[0], work) if below and below[0] else None
    if near and (len(near.text.split()) >= FEWEST_WORDS or not is_lesson):
        return near
    return (_typed_into_the_prompt(slot, work) or _longest(work, taken) or near) if is_lesson else None


def _read_together(places: Sequence[int], work: Submitted) -> Chosen:
    text = "\n\n".join(work.texts[place].strip("\n") for place in places)
    return Chosen(text, tuple(places), How.ADDED)


def _longest(work: Submitted, taken: set[int]) -> Chosen | None:
    """The longest text that the learner added anywhere, if it is no part of the lesson's."""
    lines = {line for each in work.slots for line in each.text.split("\n") if line}
    texts = [
        place
        for place in work.own()
        if place not in taken and is_prose(work.texts[place], FEWEST_WORDS) and not _is_ours(work.texts[place], lines)
    ]
    if not texts:
        return None
    best = max(texts, key=lambda place: (not looks_like_code(work.texts[place]), len(work.texts[place])))
    return _read_together([best], work)


def _going_on(place: int, work: Submitted, taken: set[int], code: bool = False) -> list[int]:
    """The places from here on at which text of the learner's own stands, without a gap."""
    variables = {slot.variable for slot in work.slots}
    places: list[int] = []
    while place < len(work.texts) and work.owners[place] is None and place not in taken:
        is_text = work.cells[place].cell_type != "code" or (code and is_prose(work.texts[place], FEWEST_WORDS))
        if not is_text or not work.texts[place].strip() or not variables.isdisjoint(work.code(place).binds):
            break
        places.append(place)
        place += 1
    return places


def _typed_into_the_prompt(slot: Slot, work: Submitted) -> Chosen | None:
    """What somebody added to the prompt of a memo whose own cell is blank."""
    prompt = work.slots[slot.number - 1] if slot.number else slot
    if prompt.role != "locked":
        return None
    for place in reversed(work.of(prompt.number)):
        added = _added(work.texts[place], prompt.text)
        if len(added.split()) >= FEWEST_WORDS:
            return Chosen(added, (place,), How.PART)
    return None


def _added(text: str, released: str) -> str:
    """The lines of a text that the release does not have."""
    known = {line.strip() for line in released.split("\n")}
    return "\n".join(line for line in text.split("\n") if line.strip() not in known or not line.strip()).strip("\n")


def _is_ours(text: str, lines: set[str]) -> bool:
    """Whether half of a text or more is the lesson's."""
    mine = [line.strip() for line in text.split("\n") if line.strip()]
    return 2 * sum(line in lines for line in mine) >= len(mine)


def _cut_up(work: Submitted, chosen: dict[int, Chosen]) -> None:
    """Give each answer its own part of a cell that holds several. Copies of a cell count as one cell."""
    together: dict[tuple[int | None, tuple[str, ...]], list[int]] = {}
    for number, each in chosen.items():
        if work.slots[number].variable and each.how is not How.SHOWN:
            same = work.owners[each.places[0]], tuple(work.bares[place] for place in each.places)
            together.setdefault(same, []).append(number)
    for (owner, _), numbers in together.items():
        places = chosen[numbers[0]].places
        taken_from = work.slots[owner] if owner is not None and work.slots[owner].role in ("locked", "plain") else None
        if len(numbers) == 1 and taken_from is None:
            continue
        code = work.code(places[0]) if len(places) == 1 else Code(chosen[numbers[0]].text)
        if taken_from:
            code = Code(_added(HIDDEN.sub("", code.text), taken_from.text))
        names = {number: chosen[number].name or work.slots[number].variable for number in numbers}
        parts = split(code, names.values(), tail=taken_from is None)
        for number, name in names.items():
            variable = work.slots[number].variable
            later = {other for each, other in names.items() if each > number}
            part = Code(without_dots(Code(_part(name, later, parts, code)), variable))
            chosen[number].text = part.text if name == variable else with_alias(part, variable, name)


def _part(name: str, later: Collection[str], parts: dict[str, str], code: Code) -> str:
    """One answer's part of a cell, after the parts that it needs and that would run too late in their own places."""
    if name not in parts:
        return code.text
    text = parts[name]
    above = list(parts)[: list(parts).index(name)]
    for other in reversed(above):
        if other in later and Code(parts[other]).names.binds & Code(text).names.uses:
            text = f"{parts[other]}\n{text}"
    return text
