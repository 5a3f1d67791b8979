"""The map of the weeks as plain text: for a terminal, and for frontends that show no HTML. Signs are ASCII."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.learner.card import plain
from grader.learner.progress import DESK, MEMO, Progress, Standing, State, weeks_in_words

MARKS = {State.DONE: "[x]", State.STARTED: "[~]", State.NEXT: "[>]", State.OPEN: "[ ]", State.UNPUBLISHED: " - "}
BESIDE = "half an hour beside your analyst, unmarked"
_BAR = 20


@dataclass(frozen=True)
class Line:
    """A line, and what it is about: a week in some state, a `heading`, or neither."""

    text: str
    state: State | None = None
    heading: bool = False


def lines(where: Progress) -> Iterator[Line]:
    """The map line by line."""
    yield Line(f"Where you are: {where.score}", heading=True)
    yield Line(f"{where.counts}.")
    for title, standings in where.modules():
        yield Line("")
        yield Line(title, heading=True)
        shown, later = shown_and_later(standings)
        for standing in shown:
            yield Line(_week(standing), standing.state)
        if later:
            state = State.UNPUBLISHED
            yield Line(f"  {MARKS[state]} {later} ({state.value})", state)
        if where.desk_of(standings):
            yield Line(f"  {MARKS[State.UNPUBLISHED]} {DESK} ({BESIDE})")
    yield Line("")
    yield Line("How sure you are, and how right", heading=True)
    yield Line(where.calibration.sentence())
    if where.calibration.enough:
        for band in where.calibration.bands:
            yield Line(
                f"  said {band.low:>2} to {band.high:>3}% |{_bar(band.right)}| "
                f"right in {band.hits} of {band.guesses}, {band.right:.0f}%"
            )
    for note in (MEMO, *where.notes):
        yield Line(plain(note))
    yield Line("")
    yield Line(plain(f"Today: {where.suggestion.text}"), heading=True)


def as_text(where: Progress) -> str:
    """The whole map."""
    return "\n".join(line.text for line in lines(where))


def shown_and_later(standings: Sequence[Standing]) -> tuple[list[Standing], str]:
    """The weeks of a module that have a line each, and the words for those to come: a single one keeps its line."""
    later = [standing.week.number for standing in standings if standing.state is State.UNPUBLISHED]
    if len(later) < 2:
        return list(standings), ""
    return [standing for standing in standings if standing.state is not State.UNPUBLISHED], weeks_in_words(later)


def _week(standing: Standing) -> str:
    told = ", ".join(text for text in (standing.words, standing.score) if text)
    return f"  {MARKS[State.NEXT if standing.up_next else standing.state]} {standing.week.name} ({told})"


def _bar(percent: float) -> str:
    long = round(_BAR * percent / 100)
    return "#" * long + " " * (_BAR - long)
