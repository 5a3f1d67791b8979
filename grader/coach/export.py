"""`handson export`: marks for Canvas and Moodle, as CSV that their gradebooks import, and as JSON for programs.

Canvas wants the columns Student, ID, SIS User ID, SIS Login ID and Section, one of each assignment, and under the heads
a row "Points Possible" (OSU's and VCU's guides to importing a CSV to the Canvas gradebook). IDs are Canvas's own, so a
file that Canvas exported can be filled in: with commas or semicolons, with one column of names or two. Its importer
(canvas-lms, lib/gradebook_importer.rb) looks for ID, SIS ID, login and then name; an empty cell takes a mark away.

Moodle maps columns when it imports, a learner by "Email address", which is compared as written (Moodle docs, "Grade
import"). "-" is its sign for no grade: of an empty cell in a column that is new it makes a zero (moodle,
grade/import/csv/classes/load_data.php and the databases' normalise_value), and one e-mail that it does not know ends
the import. A mark that waits for the coach is none, never zero.
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
ALL = "all"
NAMES = ("Student", "FirstName", "LastName")
"""Canvas's columns of names: the first, or the two others."""
MARK = "\ufeff"
"""A spreadsheet takes a CSV for UTF-8 only where it begins with this mark. Moodle passes over it, and
so does Canvas but where names are in two columns: a file of its own begins as it did."""
CANVAS_HEADS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "    Points Possible"
"""As Canvas itself writes it, blanks included."""
NO_GRADE = "-"
"""As Moodle itself writes it."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the wide forms of the first four, which a spreadsheet may take for them."""
LEFT = {"canvas": "left empty", "moodle": f'given as "{NO_GRADE}"', "json": "null"}
MOST_BYTES = 20 << 20


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe in front (OWASP)."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def export(cohort: Cohort, form: str, week: str = "", canvas_file: Path | None = None) -> tuple[str, list[str]]:
    """The text of the export, and what the coach should know. `week` is empty for all. Raises Problem."""
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
        left = "left as they are in that file" if canvas_file else LEFT[form]
        notes.append(f"{waiting} submission{'s wait' if waiting != 1 else ' waits'} for the coach: {left}.")
    if form == "json":
        return _as_json(cohort, learners, points), notes
    if form == "moodle":
        text, more = _moodle(learners, points)
        return MARK + text, notes + more
    if canvas_file is not None:
        text, more = _filled(canvas_file, learners, points)
        return text, notes + more
    return MARK + _canvas(learners, points), notes


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


def _moodle(learners: Sequence[Learner], points: Sequence[WeekPoints]) -> tuple[str, list[str]]:
    weeks, marks, possible = _marks(points)
    rows = [["First name", "Last name", "Email address", *weeks]]
    for each in learners:
        first, last = split_name(each.name)
        own = [marks.get((each.email, week)) or NO_GRADE for week in weeks]
        rows.append([safe(first), safe(last), safe(each.email), *own])
    items = ", ".join(f"{week} of {possible[week]:g}" for week in weeks)
    return _csv(rows), [f"A grade item that Moodle makes on import is out of 100: make them before ({items})."]


def _filled(path: Path, learners: Sequence[Learner], points: Sequence[WeekPoints]) -> tuple[str, list[str]]:
    """Canvas's own export with our marks in it: its rows and columns stay; a week that it lacks becomes a column.

    A learner's row is that of their login, else of their name where one row and one learner have it. What waits for the
    coach, and what is not ours, stays as it is.
    """
    rows, delimiter, begins = _read_canvas(path)
    heads = rows[0] if rows else []
    if "SIS Login ID" not in heads or not {"Student", "LastName"} & set(heads):
        raise Problem(f"{path} has no columns Student and SIS Login ID: export the gradebook from Canvas once more.")
    weeks, marks, possible = _marks(points)
    columns = {}
    for week in weeks:
        there = [place for place, head in enumerate(heads) if head == week or head.startswith(f"{week} (")]
        columns[week] = there[0] if there else len(heads)
        if not there:
            heads.append(week)
    for row in rows[1:]:
        row += [""] * (len(heads) - len(row))
    notes = []
    for row in rows[1:]:
        if row[0].strip() == POSSIBLE.strip():
            for week, column in columns.items():
                row[column] = row[column] or f"{possible[week]:g}"
                if row[column].replace(",", ".") not in (f"{possible[week]:g}", f"{possible[week]:.2f}"):
                    notes.append(f"{week} is out of {row[column]} in {path.name}, and of {possible[week]:g} here.")
    by_login, by_name = _rows_of(rows, learners)
    for email, place in {**by_name, **by_login}.items():
        for week, column in columns.items():
            rows[place][column] = marks.get((email, week)) or rows[place][column]
    graded = {each.email for each in points} & {each.email for each in learners}
    if named := sorted(graded & set(by_name)):
        notes.append(f"Found by name, since the login is no e-mail of the roster: {', '.join(named)}.")
    missed = sorted(graded - set(by_login) - set(by_name))
    notes += [f"{email} is neither by login nor by name in {path.name}: not filled in." for email in missed]
    return begins + _csv(rows, delimiter), notes


def _read_canvas(path: Path) -> tuple[list[list[str]], str, str]:
    """The rows of a CSV, what stands between its cells, and the mark of UTF-8 where it begins with one."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Problem(f"{path} is larger than {MOST_BYTES >> 20} MB: it is no gradebook of Canvas.")
        content = path.read_text(encoding="utf-8")
        text = content.removeprefix(MARK)
        first = text.partition("\n")[0]
        delimiter = max(",;", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise Problem(f"{path} cannot be read ({why}): export the gradebook from Canvas once more.") from error
    return rows, delimiter, MARK if text != content else ""


def _rows_of(rows: Sequence[Sequence[str]], learners: Sequence[Learner]) -> tuple[dict[str, int], dict[str, int]]:
    """The row of each learner: by login, and for those without by name."""
    heads, logins = rows[0], {each.email for each in learners}
    login, names = heads.index("SIS Login ID"), [heads.index(head) for head in NAMES if head in heads]
    by_login: dict[str, int] = {}
    unknown: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(rows[1:], 1):
        email = row[login].strip().lower()
        if email in logins:
            by_login[email] = place
        elif row[login].strip():
            unknown.setdefault(_words(" ".join(row[column] for column in names)), []).append(place)
    known: dict[tuple[str, ...], list[str]] = {}
    for learner in learners:
        known.setdefault(_words(learner.name), []).append(learner.email)
    by_name = {
        emails[0]: unknown[name][0]
        for name, emails in known.items()
        if len(emails) == 1 and emails[0] not in by_login and len(unknown.get(name, ())) == 1
    }
    return by_login, by_name


def _words(name: str) -> tuple[str, ...]:
    """The words of a name in whatever order."""
    return tuple(sorted(name.replace(",", " ").casefold().split()))


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


def _csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    """Lines end as RFC 4180 has it."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter).writerows(rows)
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
    text, notes = export(place, form, "" if week in (None, ALL) else week, canvas_file)
    path = out or place.folder / f"marks-{form}{'.json' if form == 'json' else '.csv'}"
    write_whole(path, text.encode("utf-8", "replace"), "name another place with --out")
    for note in notes:
        console.print(escape(note))
    steps = {
        "canvas": "In Canvas: Grades, Import."
        + ("" if canvas_file else " It knows learners by login or name alone: with --canvas-file by its own IDs."),
        "moodle": 'In Moodle: Grades, Import, CSV file; map from "Email address" to "Email address". '
        "One e-mail that it does not know ends the import.",
        "json": "For a program: points are null where the coach has still to look.",
    }
    console.print(f"The marks are in {escape(str(path))}. Next: {steps[form]}")
    return 0
