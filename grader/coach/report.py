"""`handson report`: one page on a cohort, read in two minutes, for the coach or, without names, for a board."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mistune
from nbformat import read as read_notebook
from rich.console import Console
from rich.markup import escape

from grader.authoring import build
from grader.authoring.plan import Plan, read_plan
from grader.coach.charts import Bar, bars, heat_map
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.page import escaped, page, table
from grader.coach.releases import kept_releases
from grader.coach.report_data import Gathered, gather
from grader.coach.whole import write_whole
from grader.learner.calibration import Guess, calibrate
from grader.learner.card import plain
from grader.learner.problem import Problem

FILE_NAME = "report.html"
ANONYMOUS = "report-anonymous.html"
FEWEST = 5
"""In a report without names, a group of fewer is not shown: somebody could be told from it."""
FEWEST_TO_TELL = 10
"""Learners below which an exercise's discrimination says nothing."""
UPPER, LOWER = 0.73, 0.27
"""The upper and lower 27 percent, which tell the most for their size: T. L. Kelley, Journal of Educational Psychology
30 (1939), 17-24."""
MOST_ROWS = 60
MOST_MISTAKES = 12
QUIET_WEEKS = 2
_OPTION = re.compile(r"^\s*- \*\*(\w)\*\* (.+)$", re.MULTILINE)
_VOTE = re.compile(r"the text `(\w)`")
_DEBRIEF = re.compile(r"(## )?\W*(the )?(ten-minute )?debrief|## One question", re.IGNORECASE)
_MARKDOWN = mistune.create_markdown(escape=True)


@dataclass(frozen=True)
class Week:
    """What the report needs of a lesson. `vote` is the exercise that is the vote; `options` are its texts by letter."""

    week: str
    plan: Plan
    slug: str
    vote: str
    options: dict[str, str]


def write_report(cohort: Cohort, *, anonymous: bool = False, out: Path | None = None) -> Path:
    """Write the page into the cohort's folder, or to `out`. Raises Problem where nothing is graded."""
    gathered = gather(cohort)
    weeks = [_open(cohort, week) for (week,) in gathered.rows("SELECT DISTINCT week FROM points ORDER BY week")]
    known = [week for week in weeks if week is not None]
    if not known:
        raise Problem(f"Nothing is graded in {cohort.name}: run `handson grade WEEK` first.")
    path = out or cohort.folder / (ANONYMOUS if anonymous else FILE_NAME)
    text = report_page(cohort.name, gathered, known, anonymous=anonymous)
    return write_whole(path, text.encode("utf-8", "replace"), "name another place with --out")


def _open(cohort: Cohort, week: str) -> Week | None:
    """A week of the course; None for a classic assignment, which has no plan."""
    releases = kept_releases(cohort, week)
    if not releases:
        return None
    last = releases[-1]
    plan = read_plan(last.source / "lesson.toml")
    vote = ([name for name, each in plan.exercise.items() if each.kind == "choice"] or [""])[-1]
    notebook = read_notebook(last.release / f"{last.slug}.ipynb", as_version=4)
    before = ""
    for cell in notebook.cells:
        if cell.id == vote:
            break
        before = str(cell.source) if cell.cell_type == "markdown" else before
    return Week(week, plan, last.slug, vote, dict(_OPTION.findall(before)))


def report_page(name: str, data: Gathered, weeks: Sequence[Week], *, anonymous: bool) -> str:
    """The whole page. Without names there is no name, e-mail or text of anybody in it, and no group under 5."""
    least = FEWEST if anonymous else 1
    last = weeks[-1]
    title = "The cohort after week" if anonymous else f"{name} after week"
    parts = [f"<h1>{escaped(title)} {int(last.week[1:])}</h1>"]
    parts += [f"<p>{escaped(sentence)}</p>" for sentence in _headlines(data, last, least)]
    parts += [] if anonymous else _debrief(data, last, least)
    parts += _learners(data, weeks, anonymous)
    parts += _quiet(data, weeks, anonymous)
    parts += _exercises(data, least)
    parts += _mistakes(data, least)
    parts += _votes(data, weeks, least)
    parts += _memos(data, weeks, least)
    parts += _calibration(data, least)
    parts += _minutes(data, weeks, least)
    parts += _monday(data, least)
    parts += _notes(data, anonymous)
    return page(f"{title} {int(last.week[1:])}", "\n".join(parts), wide=True)


def _headlines(data: Gathered, last: Week, least: int) -> Iterable[str]:
    enrolled = data.one("SELECT count(*) FROM learners")
    handed, share, waiting = data.rows(
        "SELECT count(*), sum(total) / sum(possible), count(*) FILTER (waiting > 0) FROM points WHERE week = ?",
        last.week,
    )[0]
    shown = handed if handed >= least else f"Fewer than {least}"
    yield f"{shown} of {enrolled} learners handed in week {int(last.week[1:])}, “{plain(last.plan.title)}”."
    if handed < least:
        return
    yield f"They have {100 * (share or 0):.0f}% of its points so far."
    if waiting >= least:
        yield f"{waiting} memo{'s wait' if waiting != 1 else ' waits'} for the coach, and count as nothing until then."
    mistakes = _most_common(data, least, last.week)
    if mistakes:
        _, exercise, message, count = mistakes[0]
        yield f"The commonest mistake of the week, made by {count}, is in “{exercise}”: {plain(message)}"


def _debrief(data: Gathered, last: Week, least: int) -> Iterable[str]:
    """The debrief of the coach's page, and the mistakes that it can be tied to."""
    path = build.SOLUTIONS / last.slug / "coach.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    yield f"<h2>What to raise in the debrief of week {int(last.week[1:])}</h2>"
    asked = [
        f"“{exercise}”, {count} times: {plain(message)}"
        for _, exercise, message, count in _most_common(data, least, last.week)[:3]
    ]
    if asked:
        yield "<ul>" + "".join(f"<li>{escaped(each)}</li>" for each in asked) + "</ul>"
    for part in re.split(r"^(?=## )|\n\n", text, flags=re.MULTILINE):
        if re.match(r"(## )?\W*(the )?(ten-minute )?debrief", part.strip(), re.IGNORECASE) or part.startswith(
            "## One question"
        ):
            yield str(_MARKDOWN(re.sub(r"^## ", "### ", part)))


def _learners(data: Gathered, weeks: Sequence[Week], anonymous: bool) -> Iterable[str]:
    """The heat map: a row for each learner, or for groups of learners where there are many, or no names."""
    shares = data.rows("SELECT email, week, total / nullif(possible, 0) FROM points")
    by_learner: dict[str, dict[str, float]] = {}
    for email, week, share in shares:
        by_learner.setdefault(email, {})[week] = share or 0.0
    learners = data.rows("SELECT email, name FROM learners")
    order = sorted(learners, key=lambda each: (-sum(by_learner.get(each[0], {}).values()), each[0]))
    size = 1 if len(order) <= MOST_ROWS and not anonymous else max(FEWEST, -(-len(order) // (MOST_ROWS // 2)))
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    if anonymous and len(groups) > 1 and len(groups[-1]) < FEWEST:
        groups[-2:] = [groups[-2] + groups[-1]]
    rows: list[tuple[str, list[float | None]]] = []
    place = 1
    for group in groups:
        label = (group[0][1] or group[0][0]) if size == 1 else f"{place} to {place + len(group) - 1}"
        place += len(group)
        held = [
            [by_learner[email][week.week] for email, _ in group if week.week in by_learner.get(email, {})]
            for week in weeks
        ]
        least = FEWEST if anonymous else 1
        rows.append((label, [sum(each) / len(each) if len(each) >= least else None for each in held]))
    yield "<h2>Learners by weeks</h2>"
    caption = "Percent of each week's points, the fullest first; – is nothing handed in"
    if size > 1:
        caption = f"Percent of each week's points, by groups of about {size} learners, the fullest first"
    yield heat_map(caption, [week.week.upper() for week in weeks], rows, "Learner" if size == 1 else "Learners")


def _quiet(data: Gathered, weeks: Sequence[Week], anonymous: bool) -> Iterable[str]:
    latest = [week.week for week in weeks][-QUIET_WEEKS:]
    rows = data.rows(
        """
        SELECT coalesce(nullif(learners.name, ''), learners.email), max(points.week)
        FROM learners LEFT JOIN points USING (email)
        GROUP BY learners.email, learners.name
        HAVING count(*) FILTER (list_contains(?, points.week)) = 0
        ORDER BY max(points.week) NULLS FIRST, 1
        """,
        latest,
    )
    span = "the latest week" if len(latest) == 1 else f"the latest {len(latest)} weeks"
    yield "<h2>Who has gone quiet</h2>"
    if not rows:
        yield f"<p>Nobody: everyone has handed in something of {span}.</p>"
    elif anonymous:
        count = str(len(rows)) if len(rows) >= FEWEST else f"Fewer than {FEWEST}"
        yield f"<p>{count} handed in nothing of {span}.</p>"
    else:
        yield f"<p>{len(rows)} handed in nothing of {span}. A call helps more than a mail.</p>"
        shown: list[list[object]] = [
            [name, week.upper() if week else "nothing so far"] for name, week in rows[:MOST_ROWS]
        ]
        yield table("The longest silence first", ["Learner", "Last handed in"], shown)
        if len(rows) > MOST_ROWS:
            yield f"<p>And {len(rows) - MOST_ROWS} more.</p>"


def _exercises(data: Gathered, least: int) -> Iterable[str]:
    """Difficulty as the share of right answers; discrimination by upper and lower 27 percent of the other points.

    Learners with as many of the other points are kept together, so that a group may be larger.
    """
    rows = data.rows(
        """
        WITH scored AS (
            SELECT *, points >= possible AS is_right,
                   sum(points) OVER (PARTITION BY email, week) - points AS others
            FROM exercises
        ), placed AS (
            SELECT *, percent_rank() OVER (PARTITION BY week, exercise ORDER BY others) AS below,
                   cume_dist() OVER (PARTITION BY week, exercise ORDER BY others) AS up_to,
                   count(*) OVER (PARTITION BY week, exercise) AS learners
            FROM scored
        ), tried AS (
            SELECT week, exercise, median(tries) AS tries, median(minutes) AS minutes FROM (
                SELECT email, week, exercise, count(*) AS tries,
                       date_diff('second', min(tried_at), max(tried_at)) / 60 AS minutes
                FROM tries GROUP BY email, week, exercise
            ) GROUP BY week, exercise
        )
        SELECT week, exercise, any_value(learners), avg(is_right::INTEGER) AS share,
               avg(is_right::INTEGER) FILTER (up_to >= ?) - avg(is_right::INTEGER) FILTER (below <= ?),
               count(*) FILTER (later), any_value(tries), any_value(minutes)
        FROM placed LEFT JOIN tried USING (week, exercise)
        GROUP BY week, exercise HAVING count(*) >= ? ORDER BY share, week, exercise
        """,
        UPPER,
        LOWER,
        least,
    )
    if not rows:
        return
    yield "<h2>Exercises, the hardest first</h2>"
    hardest = rows[:MOST_MISTAKES]
    drawn = [
        Bar(f"{week.upper()} {_named(name)}", share, f"{100 * share:.0f}%") for week, name, _, share, *_ in hardest
    ]
    yield bars("Share of those who handed in that were right", drawn, 1.0, ("Exercise", "Right"))
    listed: list[list[object]] = [
        [
            week.upper(),
            _named(name),
            count,
            f"{100 * share:.0f}%",
            f"{apart:+.2f}" if apart is not None and count >= FEWEST_TO_TELL else "–",
            fades if fades == 0 or fades >= least else f"<{least}",
            f"{tries:g}" if tries is not None else "–",
            f"{minutes:.0f}" if minutes is not None else "–",
        ]
        for week, name, count, share, apart, fades, tries, minutes in rows
    ]
    heads = ["Week", "Exercise", "Learners", "Right", "Tells apart", "Right today only", "Tries", "Minutes"]
    yield (
        "<details><summary>All exercises, with what tells strong from weak, tries and time</summary>"
        "<p>“Tells apart” is the share right among the best 27% by their other exercises, less that among the weakest: "
        "under 0.2 the exercise says little about who has understood. Tries and minutes are medians, from the journals "
        "that were handed in.</p>"
        f"{table('Every exercise', heads, listed, frozenset(range(2, 8)))}</details>"
    )


def _named(exercise: str) -> str:
    return exercise.replace("-", " ")


def _most_common(data: Gathered, least: int, week: str = "") -> list[tuple[str, str, str, int]]:
    """Named wrong answers as handed in: week, exercise, what the card says, learners; the commonest first."""
    rows = data.rows(
        """
        SELECT week, exercise, any_value(message), count(*) FROM exercises
        WHERE named IS NOT NULL AND message <> '' AND (? = '' OR week = ?)
        GROUP BY week, exercise, named HAVING count(*) >= ? ORDER BY count(*) DESC, week, exercise, named
        """,
        week,
        week,
        least,
    )
    return [(week, _named(exercise), message, count) for week, exercise, message, count in rows]


def _mistakes(data: Gathered, least: int) -> Iterable[str]:
    common = _most_common(data, least)
    if not common:
        return
    wrong, unnamed = data.rows(
        """
        SELECT count(*), count(*) FILTER (named IS NULL) FROM exercises
        WHERE message <> '' AND NOT typed_in AND NOT later
        """
    )[0]
    yield "<h2>The commonest wrong answers</h2>"
    rows: list[list[object]] = [
        [week.upper(), name, count, plain(message)] for week, name, message, count in common[:MOST_MISTAKES]
    ]
    yield table("As handed in, with what the card said", ["Week", "Exercise", "Learners", "Card"], rows, frozenset({2}))
    if wrong:
        yield f"<p>{unnamed} of {wrong} wrong answers were none that an author had foreseen.</p>"


def _votes(data: Gathered, weeks: Sequence[Week], least: int) -> Iterable[str]:
    shown = []
    for week in reversed(weeks):
        cast: dict[str, int] = {}
        for (saw,) in data.rows("SELECT saw FROM exercises WHERE week = ? AND exercise = ?", week.week, week.vote):
            if found := _VOTE.fullmatch(saw or ""):
                cast[found[1]] = cast.get(found[1], 0) + 1
        total = sum(cast.values())
        if total < max(least, 1):
            continue
        rows = []
        for letter, text in week.options.items():
            count = cast.get(letter, 0)
            said = str(count) if count >= least or not count else f"<{least}"
            rows.append(Bar(f"{letter}  {plain(text)}", count if count >= least else 0, said))
        title = f"Week {int(week.week[1:])}, {total} votes"
        shown.append(bars(title, rows, total, ("Option", "Votes")))
    if shown:
        yield "<h2>The votes</h2>"
        yield shown[0]
        if shown[1:]:
            yield f"<details><summary>The weeks before</summary>{''.join(shown[1:])}</details>"


def _memos(data: Gathered, weeks: Sequence[Week], least: int) -> Iterable[str]:
    rows = data.rows(
        """
        SELECT week, memo, criterion, avg(mark), count(*) FROM memos GROUP BY week, memo, criterion
        HAVING count(*) >= ? ORDER BY week DESC, memo, criterion
        """,
        least,
    )
    asks = {
        (week.week, name, place): criterion.asks
        for week in weeks
        for name, memo in week.plan.memo.items()
        for place, criterion in enumerate(memo.criteria)
    }
    drawn = [
        Bar(
            f"{week.upper()} {plain(asks.get((week, memo, place), str(place + 1)))}", mean, f"{mean:.1f} of 2 ({count})"
        )
        for week, memo, place, mean, count in rows
    ]
    yield "<h2>Memos</h2>"
    if drawn:
        yield bars("Mean mark of each criterion, and how many memos were marked", drawn, 2.0, ("Criterion", "Mean"))
    else:
        yield "<p>No memo has been marked yet: <code>handson review WEEK</code>.</p>"


def _calibration(data: Gathered, least: int) -> Iterable[str]:
    guesses = data.rows("SELECT confidence, hit FROM predictions WHERE hit IS NOT NULL")
    people = data.one("SELECT count(DISTINCT email) FROM predictions WHERE hit IS NOT NULL")
    if people < max(least, 1):
        return
    all_of_them = calibrate([Guess(sure, hit) for sure, hit in guesses])
    yield "<h2>How sure, and how often right</h2>"
    right = 100 * all_of_them.hits / all_of_them.guesses
    yield (
        f"<p>{people} learners made {all_of_them.guesses} predictions. On average they were {all_of_them.said:.0f}% "
        f"sure, and {right:.0f}% were near enough.</p>"
    )
    rows = [
        Bar(f"{band.low} to {band.high}% sure", band.right, f"{band.right:.0f}% right ({band.guesses})", band.said)
        for band in all_of_them.bands
        if band.guesses >= least
    ]
    yield bars(
        "Predictions that came true, by stated confidence", rows, 100, ("Said", "Came true"), "| how sure they were"
    )


def _minutes(data: Gathered, weeks: Sequence[Week], least: int) -> Iterable[str]:
    planned = {week.week: week.plan.minutes.total for week in weeks}
    rows = data.rows(
        """
        SELECT week, median(minutes), quantile_cont(minutes, 0.8), count(*) FROM worked
        GROUP BY week HAVING count(*) >= ? ORDER BY week
        """,
        least,
    )
    if not rows:
        return
    yield "<h2>Minutes taken</h2>"
    drawn = [
        Bar(f"{week.upper()} ({count} journals)", median, f"{median:.0f}, 80% within {high:.0f}", high)
        for week, median, high, count in rows
    ]
    most = max([*planned.values(), *(high for _, _, high, _ in rows)])
    yield bars("Median minutes of each week", drawn, most, ("Week", "Minutes"), "| four of five needed no more")
    yield (
        '<p class="quiet">From the first line of a journal to its last, without pauses of more than 20 minutes: what '
        "comes before the first check and after the last, such as a memo, is not in it.</p>"
    )


def _monday(data: Gathered, least: int) -> Iterable[str]:
    rows = data.rows(
        """
        SELECT week, count(*) FILTER (answer = 'yes'), count(*) FROM asked
        GROUP BY week HAVING count(*) >= ? ORDER BY week
        """,
        least,
    )
    if not rows:
        return
    yield "<h2>Did you ask Monday's question?</h2>"
    drawn = [
        Bar(week.upper(), yes / count, f"{yes} of {count}" if yes >= least or not yes else f"<{least} of {count}")
        for week, yes, count in rows
    ]
    yield bars("Share who asked it", drawn, 1.0, ("Asked at the start of", "Yes"))


def _notes(data: Gathered, anonymous: bool) -> Iterable[str]:
    graded = data.one("SELECT count(*) FROM points")
    with_journal = data.one("SELECT count(*) FROM (SELECT DISTINCT email, week FROM worked)")
    said = [f"{with_journal} of {graded} submissions came with a journal; what needs one leaves the others out."]
    if not anonymous:
        said += data_problems(data)
    yield "<h2>What this page rests on</h2><ul>" + "".join(f"<li>{escaped(each)}</li>" for each in said) + "</ul>"


def data_problems(data: Gathered) -> list[str]:
    """Files that could not be read and are missing in the numbers."""
    return [f"Left out: {problem}" for problem in data.problems]


def report_command(
    cohort: str | None, *, anonymous: bool = False, out: Path | None = None, console: Console | None = None
) -> int:
    """What `handson report` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    path = write_report(open_cohort(cohort), anonymous=anonymous, out=out)
    console.print(f"The report is in {escape(str(path))}: open it in a browser.")
    console.print("Next: the debrief. For the board, `handson report --anonymous` leaves out everybody's name.")
    return 0
