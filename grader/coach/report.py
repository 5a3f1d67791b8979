"""`handson report`: one page on a cohort, read in two minutes, for the coach or, without names, for a board.

Sentences first, then a picture for each of them, and behind each picture its numbers. Everything is computed in DuckDB
from what `gather` read; what is missing is said to be missing.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from grader.coach.charts import heat_map
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.disclosure import FEWEST, Discretion
from grader.coach.page import escaped, page, table
from grader.coach.report_answers import debrief, exercises, hardest, memos, mistakes, most_common, votes
from grader.coach.report_data import Gathered, gather
from grader.coach.report_habits import calibration, minutes, monday
from grader.coach.report_weeks import Week, open_week
from grader.coach.whole import write_whole
from grader.learner.card import plain
from grader.learner.problem import Problem

FILE_NAME = "report.html"
ANONYMOUS = "report-anonymous.html"
MOST_ROWS = 60
"""Learners who have a row each in the heat map; more are shown in groups."""
GROUPS = 30
FEWEST_IN_A_ROW = 10
"""Learners of a row without names: some of them are missing each week, and fewer than five are not shown."""
MOST_NAMED = 5
MOST_QUIET = 15
MOST_PROBLEMS = 10
MOST_BESIDE = 8
"""Weeks whose heat map leaves room beside it."""
QUIET_WEEKS = 2
_QUIET = """
SELECT coalesce(nullif(learners.name, ''), learners.email), max(points.week)
FROM learners LEFT JOIN points USING (email)
GROUP BY learners.email, learners.name
HAVING count(*) FILTER (list_contains(?, points.week)) = 0
ORDER BY max(points.week) NULLS FIRST, 1
"""


def write_report(cohort: Cohort, *, anonymous: bool = False, out: Path | None = None) -> Path:
    """Write the page into the cohort's folder, or to `out`. Raises Problem where nothing is graded."""
    gathered = gather(cohort)
    weeks = [open_week(cohort, week) for (week,) in gathered.rows("SELECT DISTINCT week FROM points ORDER BY week")]
    known = [week for week in weeks if week is not None]
    if not known:
        raise Problem(f"Nothing is graded in {cohort.name}: run `handson grade WEEK` first.")
    path = out or cohort.folder / (ANONYMOUS if anonymous else FILE_NAME)
    text = report_page(cohort.name, gathered, known, anonymous=anonymous)
    return write_whole(path, text.encode("utf-8", "replace"), "name another place with --out")


def report_page(name: str, data: Gathered, weeks: Sequence[Week], *, anonymous: bool) -> str:
    """The whole page. Without names there is no name, e-mail or text of anybody in it, and no group under 5."""
    may = Discretion(FEWEST if anonymous else 1)
    last = weeks[-1]
    title = f"{'The cohort' if anonymous else name} after week {last.number}"
    parts = [f"<h1>{escaped(title)}</h1>", *_headlines(data, weeks, may)]
    parts += [] if anonymous else debrief(data, last)
    people = (_learners(data, weeks, may), _quiet(data, weeks, may))
    if len(weeks) <= MOST_BESIDE:
        parts += ['<div class="side-by-side">', *(f"<section>{''.join(each)}</section>" for each in people), "</div>"]
    else:
        parts += ["".join(each) for each in people]
    parts.append('<div class="side-by-side">')
    for section in (
        exercises(data, weeks, may),
        votes(data, weeks, may),
        memos(data, weeks, may),
        calibration(data, may),
        minutes(data, weeks, may),
        monday(data, may),
    ):
        inside = "\n".join(section.parts)
        parts += [f"<section>{inside}</section>"] if inside else []
    parts += ["</div>", *mistakes(data, weeks, may), *_notes(data, may)]
    return page(title, "\n".join(parts), wide=True)


def _headlines(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Iterable[str]:
    said = [sentence for sentence in _sentences(data, weeks, may) if sentence]
    yield '<ul class="headlines">' + "".join(f"<li>{escaped(each)}</li>" for each in said) + "</ul>"


def _sentences(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Iterable[str]:
    """What the page comes to, most important first."""
    last = weeks[-1]
    enrolled = data.one("SELECT count(*) FROM learners")
    handed, share, waiting = data.rows(
        "SELECT count(*), sum(total) / sum(possible), count(*) FILTER (waiting > 0) FROM points WHERE week = ?",
        last.week,
    )[0]
    said = may.count(handed, enrolled)
    yield f"{said[0].upper()}{said[1:]} learners handed in week {last.number}, “{last.title}”."
    yield _who_is_quiet(data, weeks, may)
    if handed < may.least or not handed:
        return
    waits = f" {waiting} memo{'s wait' if waiting != 1 else ' waits'} for the coach, and count as nothing until then."
    points = f"They have {100 * (share or 0):.0f}% of its points so far."
    yield points + (waits if waiting and may.shows(waiting) else "")
    yield hardest(data, last, may)
    common = most_common(data, may, last.week)
    if common:
        exercise, message, count = common[0][1:]
        yield f"Its commonest mistake, made by {count}, is in “{last.exercise(exercise)}”: {plain(message)}"
    for section in (calibration(data, may), minutes(data, weeks, may), monday(data, may)):
        yield section.sentence


def _latest(weeks: Sequence[Week]) -> tuple[list[str], str]:
    latest = [week.week for week in weeks][-QUIET_WEEKS:]
    return latest, "the latest week" if len(latest) == 1 else f"the latest {len(latest)} weeks"


def _who_is_quiet(data: Gathered, weeks: Sequence[Week], may: Discretion) -> str:
    latest, span = _latest(weeks)
    rows = data.rows(_QUIET, latest)
    if not rows:
        return "" if may.anonymous else f"Everybody has handed in something of {span}."
    if may.anonymous:
        return f"{may.count(len(rows)).capitalize()} handed in nothing of {span}."
    names = [name for name, _ in rows[:MOST_NAMED]]
    listed = ", ".join(names) + (f" and {len(rows) - len(names)} more" if len(rows) > len(names) else "")
    return f"{len(rows)} handed in nothing of {span}: {listed}."


def _learners(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Iterable[str]:
    """The heat map: a row for each learner, or for groups of learners where there are many, or no names."""
    held: dict[str, dict[str, tuple[float, bool]]] = {}
    query = "SELECT email, week, coalesce(total / nullif(possible, 0), 0), waiting > 0 FROM points"
    for email, week, share, waits in data.rows(query):
        held.setdefault(email, {})[week] = share, waits
    learners = data.rows("SELECT email, coalesce(nullif(name, ''), email) FROM learners")
    in_all = {email: sum(share for share, _ in held.get(email, {}).values()) for email, _ in learners}
    order = sorted(learners, key=lambda each: (-in_all[each[0]], each[0]))
    single = len(order) <= MOST_ROWS and not may.anonymous
    size = 1 if single else max(FEWEST_IN_A_ROW, -(-len(order) // GROUPS))
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    if not single and len(groups) > 1 and len(groups[-1]) < size / 2:
        groups[-2:] = [groups[-2] + groups[-1]]
    rows, place, members = [], 1, []
    for group in groups:
        label = group[0][1] if single else f"{place} to {place + len(group) - 1}"
        cells = [[held[email][week.week] for email, _ in group if week.week in held.get(email, {})] for week in weeks]
        rows.append((label, [_cell(each, may, single=single) for each in cells]))
        members.append([label, ", ".join(name for _, name in group)])
        place += len(group)
    yield "<h2>Learners by weeks</h2>"
    if not any(cell for _, cells in rows for cell in cells):
        yield f"<p>Fewer than {may.least} handed in any week: there is nothing to show without names.</p>"
        return
    caption = "Percent of each week's points, the fullest first. – is nothing handed in; * a memo that waits."
    if not single:
        caption = (
            f"Mean percent of each week's points among those who handed in, in groups of about {size} learners, "
            "the fullest first."
        )
    yield heat_map(caption, [week.week.upper() for week in weeks], rows, "Learner" if single else "Learners")
    if not single and not may.anonymous:
        listed = table("The learners of each row", ["Row", "Learners"], [list(each) for each in members])
        yield f"<details><summary>Who is in which row</summary>{listed}</details>"


def _cell(handed_in: Sequence[tuple[float, bool]], may: Discretion, *, single: bool) -> tuple[float, str] | None:
    if len(handed_in) < max(may.least, 1):
        return None
    share = sum(each for each, _ in handed_in) / len(handed_in)
    return share, f"{100 * share:.0f}{'*' if single and handed_in[0][1] else ''}"


def _quiet(data: Gathered, weeks: Sequence[Week], may: Discretion) -> Iterable[str]:
    latest, span = _latest(weeks)
    rows = data.rows(_QUIET, latest)
    if not rows or may.anonymous:
        return
    listed: list[list[object]] = [[name, week.upper() if week else "nothing so far"] for name, week in rows]
    heads = ["Learner", "Last handed in"]
    yield "<h2>Who has gone quiet</h2>"
    yield f"<p>{len(rows)} handed in nothing of {span}. A call helps more than a mail.</p>"
    yield table("The longest silence first", heads, listed[:MOST_QUIET])
    if len(rows) > MOST_QUIET:
        rest = table("The others", heads, listed[MOST_QUIET:])
        yield f"<details><summary>And {len(rows) - MOST_QUIET} more</summary>{rest}</details>"


def _notes(data: Gathered, may: Discretion) -> Iterable[str]:
    graded = data.one("SELECT count(*) FROM points")
    sent = data.one("SELECT count(*) FROM points SEMI JOIN journals USING (email, week)")
    people = data.one("SELECT count(DISTINCT email) FROM points")
    never = people - data.one("SELECT count(DISTINCT email) FROM journals")
    said = [
        f"{may.count(sent, graded)} submissions came with a journal. Tries, minutes, predictions and answers to recall "
        "are from these; the others are missing there, and are not counted as none.",
        f"{may.count(never, people)} learners have never sent one: a journal is theirs to keep.",
        "Points are those of the gradebook now, in which a memo that waits counts as nothing.",
    ]
    if not may.anonymous:
        if data.strangers:
            who = "One person" if data.strangers == 1 else f"{data.strangers} people"
            said.append(f"{who} handed in and are not on the roster: they are left out.")
        said += [f"Left out: {problem}" for problem in data.problems[:MOST_PROBLEMS]]
        if len(data.problems) > MOST_PROBLEMS:
            said.append(f"Left out: {len(data.problems) - MOST_PROBLEMS} more files that cannot be read.")
    yield "<h2>What this page rests on</h2><ul>" + "".join(f"<li>{escaped(each)}</li>" for each in said) + "</ul>"


def report_command(
    cohort: str | None, *, anonymous: bool = False, out: Path | None = None, console: Console | None = None
) -> int:
    """What `handson report` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    path = write_report(open_cohort(cohort), anonymous=anonymous, out=out)
    console.print(f"The report is in {escape(str(path))}: open it in a browser.")
    if anonymous:
        console.print("Next: read it once with the board's eyes, then send it.")
    else:
        console.print("Next: the debrief. For the board, `handson report --anonymous` leaves out everybody's name.")
    return 0
