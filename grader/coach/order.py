"""Puts a learner's own cells among the release's, so that each still finds what it found on the learner's page."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grader.coach.cells import own_cell
from grader.coach.names import NO_NAMES, Names, names_of

MOST_OWN = 500
"""With more cells of the learner's own than this, each stays where it stood: nobody writes so many."""


@dataclass(eq=False)
class Item:
    """A cell of the mended notebook. `place` is where its text stood in the submission, -1 where it stood nowhere.

    `slot` is the number of the release's cell that it is, or None for a cell of the learner's own; that one comes
    after the release's cell `after` (-1: before the first). `owns` says that the text is the learner's.
    """

    cell: NotebookNode
    place: int
    after: int = -1
    slot: int | None = None
    owns: bool = False

    @property
    def is_code(self) -> bool:
        """Whether it is run."""
        return bool(self.cell["cell_type"] == "code")


@dataclass
class Arranged:
    """The cells in the order in which they run, and those for which something that they need was moved up."""

    items: list[Item]
    served: list[Item] = field(default_factory=list)


def arrange(fixed: Sequence[Item], own: Sequence[Item], checks: dict[str, int]) -> Arranged:
    """The release's cells in their order, each of the learner's own after the cell that it stood below.

    A missing cell that was put back stands before the learner's own ones. Where cells had been moved, an own cell also
    comes after what it needs and before what needs it, as on the learner's page; what is needed out of order runs once
    more, before. `checks` is the slot of the check by variable: an own cell that came after a check stays after it.
    """
    places = [item.place for item in _default(fixed, own) if item.place >= 0]
    if len(own) > MOST_OWN or (places == sorted(places) and not any(item.is_code for item in own)):
        return Arranged(_default(fixed, own))
    return _Arrangement(fixed, own, checks).made()


def _default(fixed: Sequence[Item], own: Sequence[Item]) -> list[Item]:
    waiting: dict[int, list[Item]] = {}
    for item in own:
        waiting.setdefault(item.after, []).append(item)
    made: list[Item] = []
    pending = waiting.get(-1, [])
    for item in fixed:
        if item.place >= 0:
            made += pending
            pending = []
        made.append(item)
        pending = [*pending, *waiting.get(item.slot if item.slot is not None else -2, [])]
    return made + pending


class _Arrangement:
    """The slow way, for notebooks whose cells were moved or that have code of the learner's own."""

    def __init__(self, fixed: Sequence[Item], own: Sequence[Item], checks: dict[str, int]) -> None:
        self.fixed = fixed
        self.checks = checks
        self.order = _default(fixed, own)
        self.by_slot = {item.slot: item for item in fixed}
        self.names = {id(item): _names(item) for item in self.order}
        self.binders: dict[str, list[Item]] = {}
        self.lesson: dict[str, list[Item]] = {}
        for item in sorted(self.order, key=lambda each: each.place):
            for name in self.names[id(item)].binds:
                if item.place >= 0:
                    self.binders.setdefault(name, []).append(item)
        for item in fixed:
            for name in self.names[id(item)].binds:
                self.lesson.setdefault(name, []).append(item)
        self.done: set[int] = set()
        self.copied: set[int] = set()
        self.result = Arranged([])

    def made(self) -> Arranged:
        """All cells, in order."""
        late: list[Item] = []
        for item in self.order:
            if item.slot is None and self._must_wait(item):
                late.append(item)
                continue
            self._add(item)
            for each in list(late):
                if not self._must_wait(each):
                    late.remove(each)
                    self._add(each)
        for each in late:
            self._add(each)
        return self.result

    def _provider(self, item: Item, name: str) -> Item | None:
        """The cell that gives a name to another one: on the learner's page the last above it.

        Where none stands above, and none has run before: one of the lesson (it may have been missing), or an own one
        below; for an answer the own one first.
        """
        candidates = self.binders.get(name, [])
        number = bisect_left(candidates, item.place, key=lambda each: each.place)
        lesson = self.lesson.get(name, [])
        if number or any(id(each) in self.done for each in lesson):
            return candidates[number - 1] if number else None
        below = [each for each in candidates if each.place > item.place and each.slot is None]
        ranked = [*below, *lesson] if item.slot is not None else [*lesson, *below]
        return ranked[0] if ranked else None

    def _needs(self, item: Item) -> list[Item]:
        if not (item.owns or item.slot is None):
            return []
        found = [self._provider(item, name) for name in sorted(self.names[id(item)].uses)]
        return [each for each in found if each is not None and each is not item]

    def _must_wait(self, item: Item) -> bool:
        """Whether a release's cell that an own one needs is still to come, or a check that the own one stood below."""
        if id(item) in self.done:
            return False
        for name in self.names[id(item)].binds & self.checks.keys():
            check = self.by_slot[self.checks[name]]
            if id(check) not in self.done and 0 <= check.place < item.place:
                return True
        seen: set[int] = set()
        waiting = [item]
        while waiting:
            for need in self._needs(waiting.pop()):
                if id(need) in self.done or id(need) in seen:
                    continue
                if need.slot is not None:
                    return True
                seen.add(id(need))
                waiting.append(need)
        return False

    def _add(self, item: Item) -> None:
        """Add a cell after what it needs: own cells move up, the release's cells are run once more."""
        if id(item) in self.done:
            return
        self.done.add(id(item))
        for need in self._needs(item):
            if id(need) in self.done or id(need) in self.copied:
                continue
            if need.slot is None:
                self.result.served.append(item)
                self._add(need)
            else:
                self._add_copy(need, item)
        self.result.items.append(item)

    def _add_copy(self, need: Item, item: Item) -> None:
        self.copied.add(id(need))
        copy = Item(own_cell("code", need.cell["source"]), need.place, owns=need.owns)
        self.names[id(copy)] = self.names[id(need)]
        self.result.served.append(item)
        self._add(copy)


def _names(item: Item) -> Names:
    return names_of(item.cell["source"]) if item.is_code else NO_NAMES
