"""What a desk session asks of a company's own table: its funnel, how long a stage takes, whether lot does as well.

The table is a DuckDB result or a pandas frame, one row a lead (a visit, an account). Each function draws or counts, and
returns a card. None of them raises for what is wrong with a table: that is one sentence on the card, with the line that
mends it. Nothing is written anywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grader.labs.columns import (
    Slip,
    column_of,
    find,
    frame_of,
    labels,
    outcome_of,
    reached,
    short,
    two_moments,
    words_among_dates,
)
from grader.learner.card import Fold, card, words
from grader.learner.outcome import Notice

DEALS = 1000
MOST_ROWS = 300_000
MOST_GROUPS = 30
"""Different words up to which a column may say who got it."""
OFTEN, SELDOM = 50, 10
"""Of 1,000 deals: from here on lot often does as well; below it hardly ever."""

_LINE = 84
"""Letters in a line of a chart's title."""


@dataclass(frozen=True)
class Stages:
    """How many different `who` have reached each stage, and what is odd about the rows."""

    who: str
    rows: int
    different: int
    nameless: int
    names: Sequence[str]
    counts: Sequence[int]
    without: Sequence[int]
    """For each stage, how many are there without the stage before it."""
    nowhere: int = 0
    """How many are in no stage at all."""
    words: Sequence[tuple[str, int, str]] = ()
    """Stages of dates in which some cells are words: the name, how many, and one of them."""

    @property
    def rates(self) -> list[float | None]:
        """Of 100 in the stage before, how many are in each stage; None for the first, and after an empty one."""
        return [None, *(100 * there / before if before else None for before, there in pairwise(self.counts))]

    @property
    def worst(self) -> int | None:
        """The place of the stage that keeps the smallest share."""
        known = [(rate, place) for place, rate in enumerate(self.rates) if rate is not None]
        return min(known)[1] if known else None


@dataclass(frozen=True)
class Durations:
    """The rows that have a start, those that also have an end, and the days between, without those below zero."""

    started: int
    ended: int
    days: NDArray[np.float64]
    backwards: int
    whole_days: bool


@dataclass(frozen=True)
class Shuffled:
    """Two groups, the higher first: their sizes and means, and the gap between them in each deal by lot."""

    groups: tuple[str, str]
    sizes: tuple[int, int]
    means: tuple[float, float]
    gaps: NDArray[np.float64]
    unit: str
    left_out: int
    valueless: int = 0
    """Rows in one of the groups that are left out since their outcome is blank."""

    @property
    def seen(self) -> float:
        """The gap in the table, never below zero."""
        return self.means[0] - self.means[1]

    @property
    def as_large(self) -> int:
        """In how many deals the gap is at least as large, whichever group it favours."""
        return int((np.abs(self.gaps) >= self.seen - 1e-9).sum())


def funnel(table: object, who: str, stages: Sequence[str]) -> Notice:
    """Draw how many different `who` are in each of the columns `stages`, in that order, and say what is odd."""
    return _card(lambda: _told_stages(count_stages(table, who, stages)))


def how_long(table: object, start: str, end: str) -> Notice:
    """The median and the slowest tenth of the time from column `start` to column `end`."""
    return _card(lambda: _told_durations(durations(table, start, end), start, end))


def shuffle_test(table: object, group: str, outcome: str, groups: Sequence[str] = ()) -> Notice:
    """Deal the words of `group` anew 1,000 times, and draw how far `outcome` then differs between its two groups.

    `groups` names the two to compare where the column holds more.
    """
    return _card(lambda: _told_shuffle(shuffle(table, group, outcome, groups), outcome))


def count_stages(table: object, who: str, stages: Sequence[str]) -> Stages:
    """Count each `who` once in every stage whose cell is not blank (0 and no are not there either). Raises Problem."""
    if isinstance(stages, str) or len(stages) < 2:
        raise Slip('`stages` wants at least two columns, in their order, such as `["asked_on", "quoted_on"]`.')
    frame = frame_of(table)
    unit = labels(frame, who)
    columns = [column_of(frame, stage) for stage in stages]
    there = [set(unit[reached(column) & unit.notna()]) for column in columns]
    without = [0, *(len(later - before) for before, later in pairwise(there))]
    named = [find(frame, stage) for stage in stages]
    nameless = int(unit.isna().sum())
    counts = [len(each) for each in there]
    nowhere = unit.nunique() - len(set().union(*there))
    among = [(name, words_among_dates(column)) for name, column in zip(named, columns, strict=True)]
    others = [(name, len(cells), str(cells.iloc[0])) for name, cells in among if len(cells)]
    return Stages(who, len(frame), unit.nunique(), nameless, named, counts, without, nowhere, others)


def durations(table: object, start: str, end: str) -> Durations:
    """The days from `start` to `end`, row by row, where both are there. Raises Problem where they are no dates."""
    frame = frame_of(table)
    first, last = two_moments(frame, start, end)
    days = ((last - first) / pd.Timedelta(days=1)).dropna().to_numpy(dtype=float)
    if not len(days):
        raise Slip(f"No row has both `{start}` and `{end}`: do the two belong to the same rows of this table?")
    if not (days >= 0).any():
        raise Slip(f"In every row `{end}` lies before `{start}`: swap the two names.")
    both = pd.concat([first, last]).dropna()
    whole = bool((both == both.dt.normalize()).all())
    kept = days[days >= 0]
    return Durations(int(first.notna().sum()), len(days), kept, len(days) - len(kept), whole)


def shuffle(table: object, group: str, outcome: str, groups: Sequence[str] = ()) -> Shuffled:
    """The two groups, and the gap of each deal by lot. Rows that are blank in one of the two columns are left out.

    Raises Problem for more or fewer than two groups, an outcome that is no number, and too many rows.
    """
    frame = frame_of(table)
    if find(frame, group) == find(frame, outcome):
        raise Slip(f"`group` and `outcome` both name `{group}`: one says who got it, the other what it brought.")
    label = _two_groups(labels(frame, group), group, groups)
    values, unit = outcome_of(frame, outcome)
    used = label.notna() & values.notna()
    if used.sum() > MOST_ROWS:
        raise Slip(
            f"{used.sum():,} rows take too long to shuffle: draw 100,000 of them by lot.",
            'mine = duckdb.sql("SELECT * FROM mine USING SAMPLE 100000 ROWS")',
        )
    by_group = values[used].groupby(label[used]).agg(["mean", "size"]).sort_values("mean", ascending=False)
    if len(by_group) < 2:
        raise Slip(f"Only one group of `{group}` has a value in `{outcome}`: which column has it for both?")
    if values[used].nunique() < 2:
        raise Slip(f"`{outcome}` is the same in every row, so there is nothing to compare: take another column.")
    high, low = (f"{group} {each}" if str(each).isnumeric() else str(each) for each in by_group.index)
    sizes = int(by_group["size"].iloc[0]), int(by_group["size"].iloc[1])
    means = float(by_group["mean"].iloc[0]), float(by_group["mean"].iloc[1])
    gaps = _deal(values[used].to_numpy(dtype=float), sizes[0])
    return Shuffled(
        (high, low), sizes, means, gaps, unit, int((~used).sum()), int((label.notna() & values.isna()).sum())
    )


def _deal(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The gap between the first `size` of the shuffled values and the others, once for every deal.

    They are sorted first, so that the order of the rows, which DuckDB does not promise, changes nothing.
    """
    lots, total, values = np.random.RandomState(7), values.sum(), np.sort(values)
    sums = np.array([lots.permutation(values)[:size].sum() for _ in range(DEALS)])
    return np.asarray(sums / size - (total - sums) / (len(values) - size))


def _two_groups(label: pd.Series, group: str, groups: Sequence[str]) -> pd.Series:
    key = label.str.casefold()
    sizes = key.value_counts()
    shown = {each: label[key == each].value_counts().index[0] for each in sizes.index[:100]}
    if groups:
        named = {str(each).strip().casefold(): each for each in ([groups] if isinstance(groups, str) else groups)}
        if len(named) != 2:
            raise Slip('`groups` wants two words, such as `groups=["North", "Coast"]`.')
        if missing := [each for wanted, each in named.items() if wanted not in sizes.index]:
            raise Slip(f"`{group}` holds no “{missing[0]}”. It holds {_some(sizes, shown)}.")
        key = key.where(key.isin(list(named)))
    elif len(sizes) > MOST_GROUPS:
        raise Slip(
            f"`{group}` holds {len(sizes):,} different words ({_some(sizes, shown)}): take a column that says in a few "
            "who got it."
        )
    elif len(sizes) > 2:
        two = ", ".join(f'"{shown[each]}"' for each in sizes.index[:2])
        raise Slip(
            f"`{group}` holds {len(sizes):,} groups ({_some(sizes, shown)}), and a shuffle test compares two: name "
            f"them with `groups=[{two}]`."
        )
    elif len(sizes) < 2:
        raise Slip(
            f"`{group}` holds {_some(sizes, shown) or 'nothing'} and no more: a shuffle test compares two groups."
        )
    return key.map(shown)


def _some(sizes: pd.Series, shown: dict[str, str]) -> str:
    named = [f"{shown[each]} {sizes[each]:,}" for each in sizes.index[:4]]
    return ", ".join(named) + (" and others" if len(sizes) > 4 else "")


def _card(told: Callable[[], Notice]) -> Notice:
    try:
        return told()
    except Slip as slip:
        if not slip.mend:
            return _notice("wrong", "Not yet", [str(slip)])
        below = "Put this below the line that begins with `mine`, and run all boxes from there:"
        fold = Fold("What to put there", slip.mend, open=True, code=True)
        html = card("wrong", "Not yet", paragraphs=[str(slip), below], folds=[fold])
        return Notice(html, words("Not yet.", str(slip), below, slip.mend))


def _notice(state: str, title: str, paragraphs: Iterable[str], quiet: Sequence[str] = ()) -> Notice:
    paragraphs = [each for each in paragraphs if each]
    return Notice(card(state, title, paragraphs=paragraphs, quiet=quiet), words(f"{title}.", *paragraphs, *quiet))


def _told_stages(found: Stages) -> Notice:
    _draw_stages(found)
    again = found.rows - found.nameless - found.different
    repeated = f"Rows that repeat the `{found.who}` of another: {again:,}; the bars count it once." if again else ""
    nameless = f"Rows without a `{found.who}`, in no bar: {found.nameless:,}." if found.nameless else ""
    pairs = zip(found.names, found.names[1:], found.without[1:], strict=False)
    skipped = [f"{count:,} with `{there}` and without `{before}`" for before, there, count in pairs if count]
    odd = f"Out of order: {'; '.join(skipped)}. A stage that is skipped, or not written down?" if skipped else ""
    nowhere = f"In none of these stages: {found.nowhere:,}. A total at the end, a draft?" if found.nowhere else ""
    cells = "; ".join(f"{count:,} in `{name}`, such as “{short(word)}”" for name, count, word in found.words)
    counted = f"Counted as there, though no date: {cells}." if cells else ""
    bars = ", ".join(_bar_in_words(found, place) for place in range(len(found.names)))
    quiet = ["A blank cell is not there yet; in a column of yes and no, or 1 and 0, so is the no."]
    title = f"{found.rows:,} rows, {found.different:,} different in {found.who}"
    return _notice("right", title, [repeated, nameless, nowhere, counted, odd, f"**In words:** {bars}."], quiet)


def _bar_in_words(found: Stages, place: int) -> str:
    rate = found.rates[place]
    return f"{found.names[place]} {found.counts[place]:,}" + (f" ({rate:.0f} of 100)" if rate is not None else "")


def _stages_title(found: Stages) -> str:
    rates = [rate for rate in found.rates if rate is not None]
    if any(rate > 100 for rate in rates) or found.worst is None:
        return (
            "A later stage holds more than the one before it: is this their order?" if rates else "Nobody is in it yet"
        )
    return f"The worst stage is {short(found.names[found.worst])}: {rates[found.worst - 1]:.0f} of 100 go on to it"


def _draw_stages(found: Stages) -> None:
    _, axis = plt.subplots(figsize=(9, 0.9 + 0.5 * len(found.names)))
    places = range(len(found.names))
    axis.barh(
        places, found.counts, color=["black" if place == found.worst else "0.75" for place in places], height=0.75
    )
    top = max([*found.counts, 1])
    for place, rate in enumerate(found.rates):
        said = f"{found.counts[place]:,}" + (f":  {rate:.0f} of 100" if rate is not None else "")
        axis.text(found.counts[place] + top / 80, place, said, va="center")
    axis.set_yticks(places, [short(name) for name in found.names])
    axis.set(xlim=(0, 1.25 * top), xticks=[], frame_on=False)
    axis.invert_yaxis()
    axis.set_title(_stages_title(found))
    plt.show()


def _told_durations(found: Durations, start: str, end: str) -> Notice:
    median, tenth = float(np.median(found.days)), float(np.quantile(found.days, 0.9))
    unit, factor = _unit(median)
    title = f"Median: {median * factor:.1f} {unit}. The slowest tenth: {tenth * factor:.1f} or more"
    still = found.started - found.ended
    paragraphs = [
        f"With `{start}`: {found.started:,} rows; with `{end}` too: {found.ended:,}, and only these are measured.",
        f"The other {still:,}: not yet, or never?" if still else "",
        f"The longest took {found.days.max() * factor:.1f} {unit}.",
        f"Left out: {found.backwards:,} with the end before the beginning. A clock, or a late entry?"
        if found.backwards
        else "",
    ]
    quiet = ["Both columns hold days without a time: the same day is 0."] if found.whole_days else []
    return _notice("right", title, paragraphs, quiet)


def _unit(median: float) -> tuple[str, float]:
    if median >= 2:
        return "days", 1
    return ("hours", 24) if median * 24 >= 2 else ("minutes", 24 * 60)


def _told_shuffle(found: Shuffled, outcome: str) -> Notice:
    _draw_shuffle(found, outcome)
    verdict = (
        "**Yes, often.** That anything but lot made this gap is not shown. That nothing did is not shown either."
        if found.as_large >= OFTEN
        else "**Seldom.** Lot may have done it. A second pilot costs less than an argument."
        if found.as_large >= SELDOM
        else "**Hardly ever.** Something else than lot made this gap. Whether it is what is claimed, no shuffle says: "
        "who chose who got it?"
    )
    groups = " and ".join(
        f"“{name}” {_number(mean, found.unit)} ({size:,} rows)"
        for name, mean, size in zip(found.groups, found.means, found.sizes, strict=True)
    )
    left = f"Left out: {found.left_out:,} rows, blank in one of the two columns or in another group."
    blank = (
        f"Rows of the two groups with a blank in `{outcome}`: {found.valueless:,}; they are left out, not counted as "
        f"{'no' if found.unit else '0'}. Is a blank nothing, or not known?"
        if found.valueless
        else ""
    )
    small = "A group of fewer than 30 rows: a few of them decide." if min(found.sizes) < 30 else ""
    return _notice(
        "right",
        f"Could lot alone have done this? In {found.as_large:,} of {DEALS:,} deals it does as well",
        [
            verdict,
            f"**In words:** {groups}. The hill is the gap of {DEALS:,} deals by lot, round 0; the dashed lines are the "
            f"gap of your table, {_gap(found)}, either way. Black is what lies beyond them.",
            blank,
            small,
        ],
        [left] if found.left_out > found.valueless else [],
    )


def _number(value: float, unit: str) -> str:
    return f"{value:.1f}%" if unit else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _gap(found: Shuffled) -> str:
    return f"{found.seen:.1f} points" if found.unit else _number(found.seen, "")


def _draw_shuffle(found: Shuffled, outcome: str) -> None:
    _, axis = plt.subplots(figsize=(9, 3.6))
    beyond = np.abs(found.gaps) >= found.seen - 1e-9
    parts = [found.gaps[~beyond], found.gaps[beyond]]
    axis.hist(parts, bins=_edges(found.gaps, found.seen), stacked=True, color=["0.75", "black"])
    for side in (-found.seen, found.seen):
        axis.axvline(side, color="black", linewidth=1.5, linestyle="--")
    axis.set_ylim(0, 1.2 * axis.get_ylim()[1])
    ends = "right" if found.seen > 0.6 * axis.get_xlim()[1] else "left"
    axis.text(found.seen, 0.98 * axis.get_ylim()[1], f" your table: {_gap(found)} ", ha=ends, va="top", weight="bold")
    unit = found.unit or f"in the unit of {short(outcome)}"
    axis.set(xlabel=f"gap between the two groups, {unit}; {DEALS:,} deals by lot", ylabel="deals")
    higher = f"“{short(found.groups[0])}” lies {_gap(found)} higher"
    axis.set_title(fill(f"{higher}; lot alone does as well in {found.as_large:,} of {DEALS:,} deals", _LINE))
    plt.show()


def _edges(gaps: NDArray[np.float64], seen: float) -> list[float]:
    """The edges of about 40 bars, from the gap of the table outwards, each as wide as some steps of the gaps.

    Shares differ in steps: bars of any other width would hold now one step and now two, and look like a comb.
    """
    reach = 1.15 * max(float(np.abs(gaps).max()), seen)
    steps = np.diff(np.unique(np.round(gaps, 9)))
    step = float(steps.min()) if len(steps) else reach
    width = step * max(1.0, np.ceil(reach / 20 / step))
    first = seen - step / 2
    places = range(-int((first + reach) / width) - 1, int((reach - first) / width) + 2)
    return [first + width * place for place in places]
