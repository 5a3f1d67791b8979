"""What answers, votes and memos say of a cohort and of the lessons."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grader.coach.charts import Bar, Dot, bars, scatter
from grader.coach.disclosure import Discretion
from grader.coach.page import escaped, table
from grader.coach.report_data import Gathered
from grader.coach.report_habits import Section
from grader.coach.report_weeks import Week, as_html, named
from grader.learner.card import plain

FEWEST_TO_TELL = 10
"""Learners below which an exercise's discrimination says nothing."""
UPPER, LOWER = 0.73, 0.27
"""The upper and lower 27 percent, which tell the most for their size: T. L. Kelley, "The selection of upper and lower
groups for the validation of test items", Journal of Educational Psychology 30 (1939), 17-24."""
LITTLE = 0.2
"""An index of discrimination below which an item is a poor one: R. L. Ebel, Measuring Educational Achievement,
Prentice-Hall 1965."""
MOST_MISTAKES = 12
MOST_RAISED = 3
_VOTE = re.compile(r"the text `(\w)`")
_EXERCISES = f"""
WITH own AS (
    SELECT email, sum(points) AS points, sum(possible) AS possible FROM exercises GROUP BY email
), scored AS (
    SELECT exercises.*, exercises.points >= exercises.possible AS is_right,
           (own.points - exercises.points) / nullif(own.possible - exercises.possible, 0) AS others
    FROM exercises JOIN own USING (email)
), placed AS (
    SELECT *, percent_rank() OVER (PARTITION BY week, exercise ORDER BY others) AS below,
           cume_dist() OVER (PARTITION BY week, exercise ORDER BY others) AS up_to
    FROM scored
), up_to_right AS (
    SELECT *, min(place) FILTER (status = 'right') OVER (PARTITION BY email, week, exercise) AS first_right FROM tries
), tried AS (
    SELECT week, exercise, median(tries) AS tries, median(minutes) AS minutes, count(*) AS tried FROM (
        SELECT email, week, exercise, count(*) AS tries, sum(minutes) AS minutes FROM up_to_right
        WHERE place <= coalesce(first_right, place) GROUP BY email, week, exercise
    ) GROUP BY week, exercise
)
SELECT week, exercise, count(*), count(*) FILTER (is_right), count(*) FILTER (later), count(*) FILTER (typed_in),
       avg(is_right::INTEGER) FILTER (up_to >= {UPPER}) - avg(is_right::INTEGER) FILTER (below <= {LOWER}),
       any_value(tries), any_value(minutes), coalesce(any_value(tried), 0)
FROM placed LEFT JOIN tried USING (week, exercise)
GROUP BY week, exercise HAVING count(*) >= ? ORDER BY count(*) FILTER (is_right) / count(*), week, exercise
"""


class _Exercise(NamedTuple):
    """Learners who handed it in, how many are right; tries (up to the first right one) and minutes are medians."""

    week: str
    name: str
    learners: int
    right: int
    later: int
    typed_in: int
    apart: float | None
    tries: float | None
    minutes: float | None
    tried: int

    @property
    def tells(self) -> float | None:
        """How well it tells strong from weak, None where there are too few to say."""
        return self.apart if self.learners >= FEWEST_TO_TELL else None


def exercises(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Section:
    """Difficulty, and discrimination: the share right among the upper 27% less that among the lower 27%.

    Learners are ordered by their share of points in all other exercises of the course that they handed in: one week's
    four or five would leave half of them in ties. Those with the same share stay together, so a group may be larger.
    """
    found = [_Exercise(*row) for row in data.rows(_EXERCISES, may.least)]
    if not found:
        return Section()
    by_week = {week.week: week for week in weeks}
    parts = ["<h2>Exercises</h2>"]
    newest = [each for each in found if each.week == weeks[-1].week]
    if newest:
        drawn = [
            Bar(weeks[-1].exercise(each.name), may.drawn(each.right, each.learners), _short(each, may))
            for each in sorted(newest, key=lambda each: list(weeks[-1].plan.exercise).index(each.name))
        ]
        note = "Share of those who handed in that were right, with tries and minutes where journals have them."
        parts.append(bars(f"Week {weeks[-1].number}", drawn, 1.0, ("Exercise", "Right"), note))
    told = [each for each in found if each.tells is not None]
    dots = [
        Dot(
            _title(each.week, each.name, by_week),
            may.drawn(each.right, each.learners),
            each.tells or 0.0,
            _cells(each, may),
        )
        for each in told
    ]
    if dots:
        few = sum((each.tells or 0.0) < LITTLE for each in told)
        note = (
            "“Tells apart” is the share right of the best 27% by their other exercises, less that of the weakest 27%. "
            f"Under {LITTLE:g} it says little of who has understood, or all have: {few} of {len(told)} exercises."
        )
        heads = ["Exercise", "Learners", "Right", "Tells apart", "Right today only", "Typed in", "Tries", "Minutes"]
        parts.append(scatter("Difficulty and discrimination, all weeks", dots, ("right", "tells apart"), heads, note))
    return Section("", tuple(parts))


def _title(week: str, exercise: str, weeks: dict[str, Week]) -> str:
    return f"{week.upper()} {weeks[week].exercise(exercise) if week in weeks else named(exercise)}"


def _short(exercise: _Exercise, may: Discretion) -> str:
    said = may.percent(exercise.right, exercise.learners)
    if exercise.tries is None or not may.shows(exercise.tried):
        return said
    tries = f"{exercise.tries:g} {'try' if exercise.tries == 1 else 'tries'}"
    return f"{said} · {tries}" + (f", {exercise.minutes:.0f} min" if exercise.minutes is not None else "")


def _cells(exercise: _Exercise, may: Discretion) -> tuple[str, ...]:
    journals = may.shows(exercise.tried)
    return (
        str(exercise.learners),
        may.percent(exercise.right, exercise.learners),
        f"{exercise.tells:+.2f}" if exercise.tells is not None else "–",
        may.count(exercise.later),
        may.count(exercise.typed_in),
        f"{exercise.tries:g}" if exercise.tries is not None and journals else "–",
        f"{exercise.minutes:.0f}" if exercise.minutes is not None and journals else "–",
    )


def hardest(data: Gathered, last: Week, may: Discretion) -> str:
    """The exercise of the latest week that fewest got right, in a sentence."""
    for each in map(_Exercise._make, data.rows(_EXERCISES, may.least)):
        if each.week == last.week and each.name != last.vote:
            right = may.percent(each.right, each.learners)
            return f"Its hardest exercise is “{last.exercise(each.name)}”: {right} have it right."
    return ""


def most_common(data: Gathered, may: Discretion, week: str = "") -> list[tuple[str, str, str, int]]:
    """Named wrong answers as handed in: week, exercise, what the card says, learners; the commonest first."""
    rows = data.rows(
        """
        SELECT week, exercise, min(message), count(*) FROM exercises
        WHERE named IS NOT NULL AND message <> '' AND (? = '' OR week = ?)
        GROUP BY week, exercise, named HAVING count(*) >= ? ORDER BY count(*) DESC, week, exercise, named
        """,
        week,
        week,
        may.least,
    )
    return [(week, exercise, message, count) for week, exercise, message, count in rows]


def mistakes(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Iterable[str]:
    """The commonest wrong answers that have a name, over all weeks, and how many have none."""
    common = most_common(data, may)
    if not common:
        return
    by_week = {week.week: week for week in weeks}
    wrong, unnamed = data.rows(
        """
        SELECT count(*), count(*) FILTER (named IS NULL) FROM exercises
        WHERE message <> '' AND NOT typed_in AND NOT later
        """
    )[0]
    yield "<h2>The commonest wrong answers</h2>"
    rows: list[list[object]] = [
        [_title(week, name, by_week), count, plain(message)] for week, name, message, count in common[:MOST_MISTAKES]
    ]
    heads = ["Exercise", "Learners", "What the card said"]
    yield table("As handed in, all weeks", heads, rows, frozenset({1}))
    if wrong and may.shows(unnamed):
        yield f"<p>{unnamed} of {wrong} wrong answers were none that an author had foreseen.</p>"


def debrief(data: Gathered, last: Week) -> Iterable[str]:
    """The week's commonest mistakes with what the coach's page says of each, then that page's debrief."""
    yield f"<h2>What to raise in the debrief of week {last.number}</h2>"
    raised = []
    for _, exercise, message, count in most_common(data, Discretion(), last.week)[:MOST_RAISED]:
        times = "once" if count == 1 else f"{count} times"
        said = f"<b>{escaped(last.exercise(exercise))}</b>, {times}: {escaped(plain(message))}"
        notes = "".join(f"<li>{as_html(each)}</li>" for each in last.said_of(exercise))
        raised.append(f"<li>{said}{f'<ul class=quiet>{notes}</ul>' if notes else ''}</li>")
    if raised:
        yield f"<ul>{''.join(raised)}</ul>"
    page = last.debrief()
    if page:
        yield f'<details open class="debrief"><summary>From the coach\'s page</summary>{page}</details>'
    elif not raised:
        yield "<p>No answer of the week is a mistake that has a name, and the week has no coach's page.</p>"


def votes(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Section:
    """How each vote came out: the latest first, the others folded."""
    shown = []
    for week in reversed(weeks):
        cast: dict[str, int] = dict.fromkeys(week.options, 0)
        for (saw,) in data.rows("SELECT saw FROM exercises WHERE week = ? AND exercise = ?", week.week, week.vote):
            found = _VOTE.fullmatch(saw or "")
            if found and found[1].lower() in cast:
                cast[found[1].lower()] += 1
        total = sum(cast.values())
        seen, others = may.parts(cast)
        if not total or not seen:
            continue
        rows = [Bar(f"{letter} · {week.options[letter]}", count, str(count)) for letter, count in seen.items()]
        if len(seen) < len(cast):
            rows.append(Bar("the others together", others, str(others)))
        shown.append(bars(f"Week {week.number}: {total} votes", rows, total, ("Option", "Votes")))
    if not shown:
        return Section()
    before = f"<details><summary>The weeks before</summary>{''.join(shown[1:])}</details>" if shown[1:] else ""
    return Section("", ("<h2>The votes</h2>", shown[0], before))


def memos(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Section:
    """Marks by criterion: the latest week's in full, all weeks in a table; criteria that are stale are left out."""
    marks: dict[tuple[str, str], dict[int, tuple[float, int]]] = {}
    for week, memo, place, mean, count in data.rows(
        """
        SELECT week, memo, criterion, avg(mark), count(*) FROM memos GROUP BY week, memo, criterion
        HAVING count(*) >= ? ORDER BY week DESC, memo, criterion
        """,
        may.least,
    ):
        marks.setdefault((week, memo), {})[place] = mean, count
    points = data.rows(
        """
        SELECT week, memo, avg(points), max(possible), count(*) FROM marked GROUP BY week, memo
        HAVING count(*) >= ? ORDER BY week DESC, memo
        """,
        may.least,
    )
    if not points and not marks:
        missing = "<p>No memo has its marks yet: <code>handson review WEEK</code>.</p>"
        return Section("", () if may.anonymous else ("<h2>Memos</h2>", missing))
    parts = ["<h2>Memos</h2>"]
    if points:
        week, _, mean, most, count = points[0]
        parts.append(f"<p>Week {int(week[1:])}: {count} marked, {mean:.1f} of {most:g} points on average.</p>")
    asks = {
        (week.week, name): [plain(criterion.asks) for criterion in memo.criteria]
        for week in weeks
        for name, memo in week.plan.memo.items()
    }
    latest = next((key for key in marks if key in asks), None)
    if latest:
        drawn = [
            Bar(asks[latest][at], mean, f"{mean:.1f} of 2 ({count})") for at, (mean, count) in marks[latest].items()
        ]
        title = f"Week {int(latest[0][1:])}: mean mark of each criterion"
        parts.append(bars(title, drawn, 2.0, ("Criterion", "Mean"), "In brackets, how many memos are marked."))
    listed: list[list[object]] = [
        [week.upper(), *(f"{marks[week, memo][at][0]:.1f}" if at in marks[week, memo] else "–" for at in range(4))]
        for week, memo in marks
    ]
    if len(listed) > 1:
        behind = table("Mean mark, 0 to 2", ["Week", *"1234"], listed, frozenset(range(1, 5)))
        parts.append(f"<details><summary>The four criteria, week by week</summary>{behind}</details>")
    if data.stale and may.shows(data.stale):
        said = f"Left out: the criteria of {data.stale} whose points were changed in formgrader since."
        parts.append(f'<p class="quiet">{said}</p>')
    return Section("", tuple(parts))
