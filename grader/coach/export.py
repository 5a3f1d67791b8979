"""`handson export`: marks for Canvas and Moodle, as CSV that their gradebooks import, and as JSON for programs.

Canvas wants the columns Student, ID, SIS User ID, SIS Login ID and Section, one of each assignment, and under the heads
a row "Points Possible" (OSU's and VCU's guides to importing a CSV to the Canvas gradebook); IDs are Canvas's own, so a
file that Canvas exported can be filled in. Moodle maps columns when it imports, a learner by "Email address", which is
compared as written (Moodle docs, "Grade import"). A mark that waits for the coach is left empty, never zero.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from grader.coach.cohort import Cohort, open_cohort
from grader.coach.points import WeekPoints, read_points
from grader.coach.roster import Learner
from grader.coach.student_names import split_name
from grader.coach.whole import write_whole
from grader.learner.problem import Problem

FORMATS = ("canvas", "moodle", "json")
SCHEMA = 1
CANVAS_HEADS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "    Points Possible"
"""As Canvas itself writes it, blanks included."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_BYTES = 20 << 20


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe in front (OWASP)."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def export(cohort: Cohort, form: str, week: str = "", canvas_file: Path | None = None) -> tuple[str, list[str]]:
    """The text of the export, and what the coach should know. Raises Problem."""
    if form not in FORMATS:
        raise Problem(f"--format is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not {form!r}.")
    if canvas_file is not None and form != "canvas":
        raise Problem(f"--canvas-file is for --format canvas, and not for {form}: leave it out.")
    points = read_points(cohort, week)
    if not points:
        what = week or "any week"
        raise Problem(f"Nothing is graded for {what} in {cohort.name}: run `handson grade` first.")
    learners = sorted(cohort.roster().learners, key=lambda each: each.email)
    strangers = sorted({each.email for each in points} - {each.email for each in learners})
    notes = [f"{email} is graded and not on the roster: left out." for email in strangers]
    waiting = sum(each.waiting > 0 for each in points)
    if waiting:
        notes.append(f"{waiting} submission{'s wait' if waiting != 1 else ' waits'} for the coach: left empty.")
    if form == "json":
        return _as_json(cohort, learners, points), notes
    if form == "moodle":
        return _moodle(learners, points), notes
    if canvas_file is not None:
        text, missed = _filled(canvas_file, points)
        return text, notes + missed
    return _canvas(learners, points), notes


def _marks(points: Sequence[WeekPoints]) -> tuple[list[str], dict[tuple[str, str], str], dict[str, float]]:
    """The weeks, the mark of each learner and week as text, and what each week could give."""
    weeks = sorted({each.week for each in points})
    marks = {(each.email, each.week): "" if each.waiting else f"{each.total:.10g}" for each in points}
    possible = {week: max(each.possible for each in points if each.week == week) for week in weeks}
    return weeks, marks, possible


def _canvas(learners: Sequence[Learner], points: Sequence[WeekPoints]) -> str:
    weeks, marks, possible = _marks(points)
    rows = [[*CANVAS_HEADS, *weeks], [POSSIBLE, "", "", "", "", *(f"{possible[week]:g}" for week in weeks)]]
    for each in learners:
        first, last = split_name(each.name)
        name = f"{last}, {first}" if first and last else last or first or each.email
        own = [marks.get((each.email, week), "") for week in weeks]
        rows.append([safe(name), "", "", safe(each.email), "", *own])
    return _csv(rows)


def _moodle(learners: Sequence[Learner], points: Sequence[WeekPoints]) -> str:
    weeks, marks, _ = _marks(points)
    rows = [["First name", "Last name", "Email address", *weeks]]
    for each in learners:
        first, last = split_name(each.name)
        rows.append([safe(first), safe(last), safe(each.email), *(marks.get((each.email, week), "") for week in weeks)])
    return _csv(rows)


def _filled(path: Path, points: Sequence[WeekPoints]) -> tuple[str, list[str]]:
    """Canvas's own export with our marks in it: its rows and columns stay; a week that it lacks becomes a column."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Problem(f"{path} is larger than {MOST_BYTES >> 20} MB: it is no gradebook of Canvas.")
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise Problem(f"{path} cannot be read ({why}): export the gradebook from Canvas once more.") from error
    heads = rows[0] if rows else []
    if "SIS Login ID" not in heads or "Student" not in heads:
        raise Problem(f"{path} has no columns Student and SIS Login ID: export the gradebook from Canvas once more.")
    weeks, marks, possible = _marks(points)
    login, columns = heads.index("SIS Login ID"), {}
    for week in weeks:
        there = [place for place, head in enumerate(heads) if head == week or head.startswith(f"{week} (")]
        columns[week] = there[0] if there else len(heads)
        if not there:
            heads.append(week)
    found = set()
    for row in rows[1:]:
        row += [""] * (len(heads) - len(row))
        email = row[login].strip().lower()
        is_possible = row[0].strip() == POSSIBLE.strip()
        for week, column in columns.items():
            if is_possible:
                row[column] = row[column] or f"{possible[week]:g}"
            elif (email, week) in marks:
                row[column] = marks[email, week]
                found.add(email)
    missed = sorted({each.email for each in points} - found)
    return _csv(rows), [f"{email} is no SIS Login ID in {path.name}: not filled in." for email in missed]


def _as_json(cohort: Cohort, learners: Sequence[Learner], points: Sequence[WeekPoints]) -> str:
    names = {each.email: each for each in learners}
    said = {
        "schema": SCHEMA,
        "cohort": cohort.name,
        "marks": [
            {
                "email": each.email,
                "name": names[each.email].name,
                "team": names[each.email].team,
                "week": each.week,
                "points": None if each.waiting else each.total,
                "possible": each.possible,
                "automatic": each.auto,
                "manual": each.manual,
                "late_penalty": each.penalty,
                "waiting": each.waiting,
                "handed_in": each.handed_in.isoformat() if each.handed_in else None,
            }
            for each in points
            if each.email in names
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _csv(rows: Sequence[Sequence[str]]) -> str:
    """Comma-separated, lines ended as RFC 4180 has it."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows(rows)
    return made.getvalue()


def export_command(
    cohort: str | None,
    form: str,
    week: str | None,
    out: Path | None,
    canvas_file: Path | None,
    console: Console | None = None,
) -> int:
    """What `handson export` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    place = open_cohort(cohort)
    text, notes = export(place, form, week or "", canvas_file)
    path = out or place.folder / f"marks-{form}{'.json' if form == 'json' else '.csv'}"
    # A spreadsheet takes a CSV for UTF-8 only where it begins with the mark; both gradebooks pass over it.
    encoding = "utf-8" if form == "json" else "utf-8-sig"
    write_whole(path, text.encode(encoding, "replace"), "name another place with --out")
    for note in notes:
        console.print(escape(note))
    steps = {
        "canvas": "In Canvas: Grades, Import. Without --canvas-file it knows learners by their login alone.",
        "moodle": 'In Moodle: Grades, Import, CSV file; map from "Email address" to "Email address".',
        "json": "For a program: points are null where the coach has still to look.",
    }
    console.print(f"The marks are in {escape(str(path))}. Next: {steps[form]}")
    return 0
