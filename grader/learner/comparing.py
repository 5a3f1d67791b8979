"""The one comparison of two canonical answers, used by the card and by the judge alike.

Rows match in any order unless order is the skill. Numbers match within a tolerance, so rows are paired (a bipartite
matching), never compared by a sorted text in which a rounding may swap neighbours.
"""

import bisect
import math
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from grader.learner.key import Answer

RELATIVE = 1e-9
EXACT_INTEGERS = 2**53

Scalar = None | bool | int | float | str
Row = Sequence[Scalar]
Key = tuple[tuple[str, object], ...]
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Difference:
    """How an answer differs, in a sentence that never holds the right value, and one thing to look at next."""

    sentence: str
    next_step: str = ""


def compare(
    right: Answer, mine: Answer, *, tolerance: float = 0.0, ordered: bool = False, named: bool = False
) -> Difference | None:
    """None when `mine` is right, else how it differs.

    `tolerance` is absolute, in the answer's unit; floats also match within a relative 1e-9. `ordered`: row order
    counts. `named`: columns are found by name, ignoring case, else by position.
    """
    if "results" in right or "results" in mine:
        return _compare_results(right, mine, tolerance, ordered)
    if "rows" in right and "rows" in mine:
        return _compare_tables(right, mine, tolerance, ordered, named)
    right_cell, mine_cell = _only_cell(right), _only_cell(mine)
    if right_cell is None or mine_cell is None:
        return Difference("This is a table; the question wants one value." if "rows" in mine else _WANTS_TABLE)
    if same_cell(right_cell[0], mine_cell[0], tolerance):
        return None
    return Difference("The data says something else.")


_WANTS_TABLE = "This is one value; the question wants a table."


def _only_cell(answer: Answer) -> tuple[Scalar] | None:
    if "rows" not in answer:
        return (answer["value"],)
    rows = answer["rows"]
    return (rows[0][0],) if len(rows) == 1 and len(rows[0]) == 1 else None


def is_number(value: Scalar) -> bool:
    """An int or a float; True and False are not numbers here."""
    return type(value) is int or type(value) is float


def same_cell(right: Scalar, mine: Scalar, tolerance: float = 0.0) -> bool:
    """Whether two cells say the same: 3 is 3.0, True is only True, texts agree without outer space, NFC, same case."""
    if is_number(right) and is_number(mine):
        return _close(right, mine, tolerance)  # type: ignore[arg-type]
    return _exact_token(right) == _exact_token(mine)


def _close(right: float, mine: float, tolerance: float) -> bool:
    low, high = _range(right, tolerance)
    return low <= mine <= high or _range(mine, tolerance)[0] <= right <= _range(mine, tolerance)[1]


def _range(number: float, tolerance: float) -> tuple[float, float]:
    """The numbers that count as `number`. Whole numbers are exact, whether an int or a float holds them."""
    if type(number) is int and (tolerance == 0 or abs(number) >= EXACT_INTEGERS):
        whole = math.floor(tolerance)
        return number - whole, number + whole
    slack = 0.0 if number == math.floor(number) and abs(number) < EXACT_INTEGERS else RELATIVE * abs(number)
    slack = max(slack, tolerance * (1 + RELATIVE))
    return number - slack, number + slack


def _exact_token(value: Scalar) -> tuple[str, object]:
    """What a cell must agree in exactly; all numbers share one token, since they are paired by distance."""
    if value is None:
        return "null", None
    if type(value) is bool:
        return "bool", value
    if type(value) is str:
        return "text", unicodedata.normalize("NFC", value).strip()
    return "number", None


def _compare_results(right: Answer, mine: Answer, tolerance: float, ordered: bool) -> Difference | None:
    if "results" not in right or "results" not in mine:
        return Difference("The question wants a function.")
    for number, (expected, given) in enumerate(zip(right["results"], mine["results"], strict=False), 1):
        if "error" in expected or "error" in given:
            if _error_name(expected) == _error_name(given):
                continue
            if "error" in given:
                return Difference(
                    f"I called it {_times(number)}, and it failed: {given['error'].partition(chr(10))[0]}",
                    "Call it yourself with a small example and read the last line of the error.",
                )
            return Difference(
                f"I called it with something that it should refuse (call {number}), and it answered all the same.",
                "What should it do with what it cannot use?",
            )
        named = any(expected.get("columns", ())) and any(given.get("columns", ()))
        if compare(expected, given, tolerance=tolerance, ordered=ordered, named=named) is not None:
            return Difference(
                f"I called it {len(right['results'])} times, with different things; call {number} gave something else "
                "than it should.",
                "Try it on a small case whose answer you can work out by hand.",
            )
    if len(right["results"]) != len(mine["results"]):
        return Difference("It did not answer every time I called it.")
    return None


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _error_name(result: Answer) -> str | None:
    return result["error"].partition(":")[0].strip() if "error" in result else None


def _compare_tables(right: Answer, mine: Answer, tolerance: float, ordered: bool, named: bool) -> Difference | None:
    names, rows = mine["columns"], mine["rows"]
    if not rows and not names and not right["rows"] and not named:
        return None
    if not rows and not names:
        return Difference("I see an empty list.", "What should be in it?")
    if not any(names) and not named and _is_line(right) and _is_line(mine) and _shape(right) == _shape(mine)[::-1]:
        rows, names = [list(row) for row in zip(*rows, strict=True)], [""] * len(right["columns"])
    by_name = _by_name(right["columns"], names)
    if named:
        if by_name is None:
            return _columns_differ(right["columns"], names)
        arrangements = [by_name]
    elif len(names) != len(right["columns"]):
        return _widths_differ(names, right["columns"], rows)
    else:
        by_position = list(range(len(names)))
        arrangements = [by_position]
        if by_name is not None and by_name != by_position:
            arrangements.append(by_name)
    differences: list[Difference] = []
    for arrangement in arrangements:
        arranged = [[row[at] for at in arrangement] for row in rows]
        difference = _compare_rows(right["rows"], arranged, [names[at] for at in arrangement], tolerance, ordered)
        if difference is None:
            return None
        differences.append(difference)
    return differences[0]


def _shape(table: Answer) -> tuple[int, int]:
    return len(table["rows"]), len(table["columns"])


def _is_line(table: Answer) -> bool:
    return 1 in _shape(table)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _by_name(right: Sequence[str], mine: Sequence[str]) -> list[int] | None:
    """Where each right column is in mine; None when the names are not the same ones, each once."""
    folded, wanted = [_fold(name) for name in mine], [_fold(name) for name in right]
    if sorted(folded) != sorted(wanted):
        return None
    if len(set(wanted)) != len(wanted):
        return list(range(len(wanted))) if folded == wanted else None
    return [folded.index(name) for name in wanted]


def _columns_differ(right: Sequence[str], mine: Sequence[str]) -> Difference:
    wanted, folded = {_fold(name) for name in right}, {_fold(name) for name in mine}
    missing = [name for name in right if _fold(name) not in folded]
    extra = [name for name in mine if _fold(name) not in wanted]
    if not any(mine):
        return Difference("Your columns have no names.", f"This asks for {_list_names(right)}.")
    if missing:
        more = f" I see {_list_names(mine)}." if mine else ""
        step = _RENAME if len(mine) == len(right) else _READ_AGAIN
        return Difference(f"I miss the {_noun('column', missing)} {_list_names(missing)}.{more}", step)
    if extra:
        return Difference(f"I see {_list_names(extra)}, which was not asked for.", "Select only the columns asked for.")
    return Difference("Two of your columns have the same name.", _RENAME)


_RENAME = "`AS` gives a column its name."
_READ_AGAIN = "Read again which columns the question names."


def _noun(noun: str, items: Sequence[object]) -> str:
    return noun if len(items) == 1 else noun + "s"


def _list_names(names: Sequence[str]) -> str:
    shown = [f"`{name}`" if name else "one without a name" for name in names[:6]]
    return ", ".join(shown) + (" and more" if len(names) > 6 else "")


def _widths_differ(mine: Sequence[str], right: Sequence[str], rows: Sequence[Row]) -> Difference:
    seen = f"I see {len(mine)} {_noun('column', mine)}"
    if any(mine):
        seen += f" ({_list_names(mine)})"
    asked = "more than" if len(mine) > len(right) else "fewer than"
    return Difference(f"{seen}: {asked} this asks for.", _READ_AGAIN)


def _compare_rows(
    right: Sequence[Row], mine: Sequence[Row], names: Sequence[str], tolerance: float, ordered: bool
) -> Difference | None:
    if ordered and _pairwise(right, mine, tolerance):
        return None
    lonely = unmatched(right, mine, tolerance)
    if lonely is None:
        if not ordered:
            return None
        return Difference(
            "Your rows are right; their order is not.", "What should stand at the top, and what decides it?"
        )
    if len(right) != len(mine):
        seen = "no row" if not mine else f"{len(mine):,} {_noun('row', mine)}"
        more = "more" if len(mine) > len(right) else "fewer"
        step = (
            "What should one row stand for?"
            if mine
            else "Which condition might nothing meet? Look at how the column spells it."
        )
        return Difference(f"I see {seen}: {more} than the data gives.", step)
    return _row_differs(right, mine, names, tolerance, lonely)


def _pairwise(right: Sequence[Row], mine: Sequence[Row], tolerance: float) -> bool:
    return len(right) == len(mine) and all(
        len(one) == len(other) and all(same_cell(a, b, tolerance) for a, b in zip(one, other, strict=True))
        for one, other in zip(right, mine, strict=True)
    )


def _row_differs(
    right: Sequence[Row], mine: Sequence[Row], names: Sequence[str], tolerance: float, lonely: int
) -> Difference:
    """The first row of theirs that fits nowhere, named by its own first text; the column, if that row has a partner."""
    row = mine[lonely]
    key_at = next((at for at, cell in enumerate(row) if type(cell) is str), 0)
    shown = _show(row[key_at])
    partners = [other for other in right if same_cell(other[key_at], row[key_at], tolerance)]
    if len(row) > 1 and len(partners) == 1:
        for at, (expected, given) in enumerate(zip(partners[0], row, strict=True)):
            if not same_cell(expected, given, tolerance):
                return Difference(f"In your row for {shown}, {_column(names, at)} is not what the data says.")
    if partners:
        return Difference(f"Your row for {shown} is not as the data has it.", "Is it there once too often, or altered?")
    return Difference(f"The shape is right. Your row for {shown} does not belong here.")


def _show(cell: Scalar) -> str:
    if cell is None:
        return "the empty cell"
    if type(cell) is str:
        return f"'{cell[:40]}'"
    return f"{cell:,}" if is_number(cell) else str(cell)


def _column(names: Sequence[str], at: int) -> str:
    if names[at]:
        return f"the column `{names[at]}`"
    ordinals = ("first", "second", "third", "fourth", "fifth")
    return f"the {ordinals[at]} column" if at < len(ordinals) else f"column {at + 1}"


def unmatched(right: Sequence[Row], mine: Sequence[Row], tolerance: float = 0.0) -> int | None:
    """None when each row of `mine` pairs with one of `right` and none is left, else the first of `mine` without one.

    When only rows of `right` are left over, the index is len(mine).
    """
    groups: dict[Key, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((right, mine)):
        for at, row in enumerate(rows):
            groups[tuple(_exact_token(cell) for cell in row)][side].append(at)
    lonely = []
    for theirs, ours in groups.values():
        right_numbers, mine_numbers = [_numbers(right[at]) for at in theirs], [_numbers(mine[at]) for at in ours]
        left_over = _pair(right_numbers, mine_numbers, tolerance)
        lonely += [ours[at] for at in left_over]
        if not left_over and len(theirs) > len(ours):
            lonely.append(len(mine))
    return min(lonely) if lonely else None


def _numbers(row: Row) -> Numbers:
    return tuple(cell for cell in row if type(cell) is int or type(cell) is float)


def _pair(right: Sequence[Numbers], mine: Sequence[Numbers], tolerance: float) -> list[int]:
    """The indices of `mine` that get no partner in a largest pairing of rows of numbers."""
    if not right or not mine or not mine[0]:
        return list(range(len(right), len(mine)))
    if len(right) == len(mine) and all(
        _all_close(one, other, tolerance) for one, other in zip(sorted(right), sorted(mine), strict=True)
    ):
        return []
    left_over = _Pairing(Counter(right), Counter(mine), tolerance).left_over()
    lonely = []
    for at in reversed(range(len(mine))):
        if left_over[mine[at]] > 0:
            left_over[mine[at]] -= 1
            lonely.append(at)
    return lonely[::-1]


def _all_close(right: Numbers, mine: Numbers, tolerance: float) -> bool:
    return all(_close(one, other, tolerance) for one, other in zip(right, mine, strict=True))


class _Pairing:
    """A largest pairing of equal or close rows. Equal rows are one node with a count, so many of them cost little."""

    def __init__(self, right: Counter[Numbers], mine: Counter[Numbers], tolerance: float) -> None:
        self._open = right
        self._waiting = mine
        self._tolerance = tolerance
        self._sorted = sorted(right)
        self._firsts = [row[0] for row in self._sorted]
        self._paired: dict[Numbers, Counter[Numbers]] = {row: Counter() for row in right}

    def left_over(self) -> Counter[Numbers]:
        """How many of each row of `mine` stay alone."""
        close = {row: self._candidates(row) for row in sorted(self._waiting)}
        for start in close:
            while self._waiting[start] > 0 and self._augment(start, close):
                pass
        return self._waiting

    def _candidates(self, row: Numbers) -> list[Numbers]:
        reach = self._tolerance * (1 + RELATIVE) + 2 * RELATIVE * abs(row[0])
        low = bisect.bisect_left(self._firsts, row[0] - reach)
        high = bisect.bisect_right(self._firsts, row[0] + reach)
        return [other for other in self._sorted[low:high] if _all_close(other, row, self._tolerance)]

    def _augment(self, start: Numbers, close: dict[Numbers, list[Numbers]]) -> bool:
        """Pair some of `start`, moving earlier pairs where that makes room (an augmenting path, breadth first)."""
        came_from: dict[Numbers, Numbers] = {}
        moved_from: dict[Numbers, Numbers] = {}
        queue = deque([start])
        seen = {start}
        while queue:
            row = queue.popleft()
            for other in close[row]:
                if other in came_from:
                    continue
                came_from[other] = row
                if self._open[other] > 0:
                    self._shift(start, other, came_from, moved_from)
                    return True
                for holder, count in self._paired[other].items():
                    if count > 0 and holder not in seen:
                        seen.add(holder)
                        moved_from[holder] = other
                        queue.append(holder)
        return False

    def _shift(
        self, start: Numbers, end: Numbers, came_from: dict[Numbers, Numbers], moved_from: dict[Numbers, Numbers]
    ) -> None:
        steps: list[tuple[Numbers, Numbers, Numbers | None]] = []
        other: Numbers | None = end
        while other is not None:
            row = came_from[other]
            freed = moved_from[row] if row != start else None
            steps.append((row, other, freed))
            other = freed
        amounts = [self._paired[freed][row] for row, _, freed in steps if freed is not None]
        amount = min(self._waiting[start], self._open[end], *amounts)
        for row, taken, freed in steps:
            self._paired[taken][row] += amount
            if freed is not None:
                self._paired[freed][row] -= amount
        self._waiting[start] -= amount
        self._open[end] -= amount
