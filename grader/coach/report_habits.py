"""What journals say of a cohort: how sure its people were, how long they took, and whether they asked on Monday."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.coach.charts import Bar, Behind, bars, columns
from grader.coach.disclosure import Discretion
from grader.coach.page import escaped, table
from grader.coach.report_data import Gathered
from grader.coach.report_weeks import Week
from grader.learner.calibration import BAND, CHANCE, Guess, calibrate
from grader.learner.predict import MONDAY_ANSWERS

HOUR = 60
MOST_QUOTES = 40


@dataclass(frozen=True)
class Section:
    """A part of the report, and the sentence that stands for it at the top. Both are empty where nothing is known."""

    sentence: str = ""
    parts: tuple[str, ...] = ()


def calibration(data: Gathered, may: Discretion) -> Section:
    """The cohort's predictions: stated confidence against the share that came true, in bands of 20 points."""
    guesses = data.rows("SELECT email, confidence, hit FROM predictions WHERE hit IS NOT NULL")
    people = len({email for email, *_ in guesses})
    if not guesses or not may.shows(people):
        return Section()
    found = calibrate([Guess(sure, hit) for _, sure, hit in guesses])
    verdict = "which fits, as far as so many can tell"
    if abs(found.gap) > CHANCE * found.luck:
        verdict = "surer than the data bears out" if found.gap > 0 else "right more often than they think"
    sentence = (
        f"They were {found.said:.0f}% sure on average and near enough in {100 * found.hits / found.guesses:.0f}% of "
        f"{found.guesses:,} predictions: {verdict}."
    )
    rows = []
    for band in found.bands:
        top = 100 if band.high == 100 else band.high - 1
        inside = {email for email, sure, _ in guesses if band.low <= sure < band.low + BAND or sure == band.high == 100}
        if may.shows(len(inside)) and may.shows(band.guesses):
            right = may.percent(band.hits, band.guesses)
            drawn = 100 * may.drawn(band.hits, band.guesses)
            rows.append(Bar(f"{band.low} to {top}% sure", drawn, f"{right} ({band.guesses})", band.said))
    title = "Share of predictions that came true, by how sure they were"
    chart = bars(
        title, rows, 100, ("Said", "Came true"), f"{people} learners; the mark is what they said, in brackets how many."
    )
    return Section(sentence, ("<h2>How sure, and how often right</h2>", chart) if rows else ())


def minutes(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Section:
    """Minutes of each week: median, and what four of five did not exceed (the 80th percentile, interpolated)."""
    rows = data.rows(
        """
        SELECT week, median(minutes), quantile_cont(minutes, 0.8), count(*) FROM worked
        WHERE list_contains(?, week) GROUP BY week HAVING count(*) >= ? ORDER BY week
        """,
        [week.week for week in weeks],
        may.least,
    )
    if not rows:
        return Section()
    week, median, high, _ = rows[-1]
    sentence = (
        f"Half of the journals of week {int(week[1:])} span up to {median:.0f} minutes, four in five up to {high:.0f}."
    )
    listed = [[f"Week {int(week[1:])}", f"{mid:.0f}", f"{high:.0f}", count] for week, mid, high, count in rows]
    drawn = [Bar(str(int(week[1:])), mid, f"{mid:.0f}", high) for week, mid, high, _ in rows]
    most = max([HOUR + 4, *(high for _, _, high, _ in rows)])
    chart = columns(
        "Minutes taken, by week",
        drawn,
        most,
        Behind(["Week", "Median", "80% within", "Journals"], listed),
        "The column is the median; four of five are below the mark.",
        (HOUR, "the hour"),
    )
    how = (
        '<p class="quiet">Estimated: from the first line of a journal to its last, without pauses of more than 20 '
        "minutes. What comes before the first line and after the last, such as reading and the memo, is not in it, nor "
        "are journals of a single line or none.</p>"
    )
    return Section(sentence, ("<h2>Minutes taken</h2>", chart, how))


def monday(data: Gathered, may: Discretion) -> Section:
    """Answers to "did you ask Monday's question?", and for a coach what came back."""
    yes, no, not_yet = (f"count(*) FILTER (lower(answer) = '{answer}')" for answer in MONDAY_ANSWERS)
    rows = data.rows(
        f"SELECT week, {yes}, {not_yet}, {no}, count(*) FROM asked GROUP BY week HAVING count(*) >= ? ORDER BY week",
        may.least,
    )
    if not rows:
        return Section()
    week, asked, *_, answers = rows[-1]
    said = may.count(asked, answers)
    sentence = f"Monday's question before week {int(week[1:])}: {said} who answer had asked it."
    drawn = [
        Bar(str(int(week[1:])), may.drawn(asked, answers), may.percent(asked, answers))
        for week, asked, _, _, answers in rows
    ]
    heads, listed = ["Before week", "Asked it", "Who answered"], []
    for week, asked, later, never, answers in rows:
        cells: list[object] = [f"Week {int(week[1:])}", may.percent(asked, answers), answers]
        listed.append(cells if may.anonymous else [cells[0], asked, later, never, answers])
    if not may.anonymous:
        heads = ["Before week", "Yes", "Not yet", "No", "Answered"]
    chart = columns("Share who had asked it, by the week in which they say so", drawn, 1.0, Behind(heads, listed))
    return Section(sentence, ("<h2>Did you ask Monday's question?</h2>", chart, *_came_back(data, may, week)))


def _came_back(data: Gathered, may: Discretion, week: str) -> list[str]:
    if may.anonymous:
        return []
    rows = data.rows(
        """
        SELECT coalesce(nullif(learners.name, ''), learners.email), came_back FROM asked JOIN learners USING (email)
        WHERE week = ? AND trim(came_back) <> '' ORDER BY 1 LIMIT ?
        """,
        week,
        MOST_QUOTES,
    )
    if not rows:
        return []
    quotes = table(f"As written in week {int(week[1:])}", ["Learner", "What came back"], [list(row) for row in rows])
    summary = escaped(f"What came back: {len(rows)} say so")
    return [f"<details><summary>{summary}</summary>{quotes}</details>"]
