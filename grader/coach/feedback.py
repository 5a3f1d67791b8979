"""What a learner gets back for a week: one page of their own, and a zip of all of them for the coach to send.

`feedback/EMAIL/WEEK/WEEK.html` is where nbgrader's own layout has feedback. No solution stands in it, since every
exercise can be handed in again; flags are for the coach and never in it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mistune
from nbformat import read as read_notebook
from rich.console import Console
from rich.markup import escape

from grader.authoring.plan import Plan, read_plan
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.grade import ExerciseGrade, Grade, MemoWaiting
from grader.coach.grade_file import read_grade
from grader.coach.journals import WeekJournal, read_journals
from grader.coach.memo_marks import MemoMark, read_mark
from grader.coach.page import escaped, page, table
from grader.coach.points import CellPoints, WeekPoints, read_cells, read_points
from grader.coach.releases import kept_releases, lessons_of
from grader.coach.whole import make_folder, write_whole
from grader.learner.calibration import calibrate
from grader.learner.card import card, plain
from grader.learner.check import STATES, TITLES
from grader.learner.outcome import Status
from grader.learner.problem import Problem

FOLDER = "feedback"
WIDTH_OF_A_MARK = ("not yet", "partly", "fully")
STILL_RIGHT = (
    "Your answer is right on the data of the lesson. Your coach also ran it on another quarter's data, where the "
    "question is the same and the numbers are not, and there it was wrong. Something in it holds for this quarter "
    "only, such as a number or a date that was typed in. At your desk, that is the report that is right once."
)
WAITS = "Your memo has not been read yet: its points are not in the sum."
STALE = "Your coach has changed the points of this memo since: what stands here in words is from before."
_MARKDOWN = mistune.create_markdown(escape=True, plugins=["table"])
_IMAGE = re.compile(r"<img[^>]*>")


@dataclass(frozen=True)
class Lesson:
    """What of a lesson its feedback needs. `monday` is the markdown of the part on the learner's own company."""

    week: str
    plan: Plan
    monday: str


@dataclass(frozen=True)
class Written:
    """The pages that were written, by e-mail, and the zip of them."""

    pages: dict[str, Path]
    archive: Path
    waiting: int
    problems: tuple[str, ...] = ()


def write_feedback(cohort: Cohort, week: str, learner: str | None = None) -> Written:
    """Write the pages of a week: of everybody whose submission is graded, or of one. Raises Problem.

    A page is replaced when its file is whole. The zip is of all pages that there are then.
    """
    lesson = open_lesson(cohort, week)
    cells = read_cells(cohort, week)
    points = {each.email: each for each in read_points(cohort, week)}
    if learner is not None and learner not in points:
        on_it = learner in {each.email for each in cohort.roster().learners}
        why = f"nothing of theirs is graded for {week}" if on_it else "nobody of that e-mail is on the roster"
        raise Problem(f"There is no feedback for {learner}: {why}.")
    if not points:
        raise Problem(f"Nothing is graded for {week} in {cohort.name}: run `handson grade {week}` first.")
    names = {each.email: each.name for each in cohort.roster().learners}
    by_learner: dict[str, list[CellPoints]] = {}
    for cell in cells:
        by_learner.setdefault(cell.email, []).append(cell)
    pages, problems = {}, []
    for email in [learner] if learner else list(points):
        try:
            grade, marks = read_grade(cohort.autograded / email / week), read_mark(cohort, week, email)
        except Problem as problem:  # one learner's damaged file costs the others nothing
            problems.append(f"{email} has no page: {problem}")
            continue
        journals = read_journals(cohort, email)
        text = feedback_page(lesson, names.get(email, ""), points[email], by_learner[email], grade, marks, journals)
        folder = make_folder(cohort.folder / FOLDER / email / week)
        pages[email] = write_whole(folder / f"{week}.html", text.encode("utf-8", "replace"))
    archive = write_whole(make_folder(cohort.folder / FOLDER) / f"{week}.zip", _zip(cohort, week))
    return Written(pages, archive, sum(points[email].waiting > 0 for email in pages), tuple(problems))


def open_lesson(cohort: Cohort, week: str) -> Lesson:
    """The lesson as this cohort last had it. Raises Problem for a week that there is not."""
    releases = kept_releases(cohort, week)
    if not releases:
        there = ", ".join(sorted(path.name for path in cohort.releases.glob("w[0-9][0-9]"))) or "none"
        is_lesson = week in lessons_of(cohort)
        raise Problem(
            f"Nothing is graded for {week} in {cohort.name}: run `handson grade {week}` first."
            if is_lesson
            else f"There is no week {week} in {cohort.name}: there are {there}."
        )
    last = releases[-1]
    notebook = read_notebook(last.release / f"{last.slug}.ipynb", as_version=4)
    own = [cell.source for cell in notebook.cells if cell.cell_type == "markdown" and "## Your company" in cell.source]
    return Lesson(week, read_plan(last.source / "lesson.toml"), own[0] if own else "")


def feedback_page(
    lesson: Lesson,
    name: str,
    points: WeekPoints,
    cells: Sequence[CellPoints],
    grade: Grade,
    marks: dict[str, MemoMark],
    journals: Sequence[WeekJournal],
) -> str:
    """The page of one learner."""
    number = int(lesson.week[1:])
    title = f"Week {number}: {plain(lesson.plan.title)}"
    parts = [f"<h1>{escaped(title)}</h1>", f'<p class="quiet">{escaped(_to_whom(name, points))}</p>']
    parts.append(f"<p>{escaped(_in_a_sentence(points, grade))}</p>")
    right = [each for each in grade.exercises if each.status is Status.RIGHT]
    today = [each for each in grade.exercises if each.right_today_wrong_later]
    missed = [each for each in grade.exercises if each not in right and each not in today]
    parts += _section("What was right", right)
    parts += _section("Right today, and wrong next quarter", today, STILL_RIGHT)
    parts += _section("What to look at again", missed, "Each of these can be handed in again.")
    for memo in grade.memos:
        parts += _memo(memo, lesson, cells, marks.get(memo.name))
    parts += _predictions(lesson.week, journals)
    if grade.mended:
        parts.append("<h2>What was mended in your notebook</h2><p>This cost nothing.</p>")
        parts.append("<ul>" + "".join(f"<li>{escaped(each)}</li>" for each in grade.mended) + "</ul>")
    if lesson.monday:
        parts.append("<h2>On Monday</h2>" + _safe_markdown(lesson.monday.partition("\n")[2]))
    return page(title, "\n".join(parts))


def _to_whom(name: str, points: WeekPoints) -> str:
    handed_in = f", handed in on {points.handed_in:%-d %B %Y}" if points.handed_in else ""
    return f"For {name or points.email}{handed_in}"


def _in_a_sentence(points: WeekPoints, grade: Grade) -> str:
    right = sum(each.status is Status.RIGHT for each in grade.exercises)
    said = f"{points.total:g} of {points.possible:g} points, with {right} of {len(grade.exercises)} exercises right."
    if points.penalty:
        said += f" {points.penalty:g} points were taken off because it came late."
    return f"{said} {WAITS}" if points.waiting else said


def _section(title: str, exercises: Sequence[ExerciseGrade], first: str = "") -> list[str]:
    if not exercises:
        return []
    lead = f"<p>{escaped(first)}</p>" if first else ""
    return [f"<h2>{escaped(title)}</h2>{lead}", *(_card(each) for each in exercises)]


def _card(exercise: ExerciseGrade) -> str:
    seen, _, step = exercise.message.partition(" Next: ")
    title = f"{exercise.name.replace('-', ' ').capitalize()}: {TITLES[exercise.status].lower()}"
    counted = f"{exercise.points:g} of {exercise.possible:g}"
    error = f"It ended with {exercise.error}" if exercise.error and exercise.status is not Status.RIGHT else ""
    made = card(STATES[exercise.status], title, counted, paragraphs=[seen], next_step=step, quiet=[error])
    return made.replace(' role="status"', "")


def _memo(memo: MemoWaiting, lesson: Lesson, cells: Sequence[CellPoints], mark: MemoMark | None) -> Iterable[str]:
    plan = lesson.plan.memo.get(memo.name)
    cell = next((each for each in cells if each.name == f"memo-{memo.name}"), None)
    yield f"<h2>Your memo{escaped(f' to {plan.to}') if plan else ''}</h2>"
    if not memo.words:
        yield "<p>There is none yet. It can still be written and handed in.</p>"
        return
    yield f"<blockquote>{escaped(memo.text)}</blockquote>"
    if cell is None or (cell.waits and cell.manual is None):
        yield "<p>Your coach has not read it yet.</p>"
        return
    yield f"<p>{cell.points:g} of {cell.most:g} points.</p>"
    if mark is not None and plan is not None and len(mark.criteria) == len(plan.criteria):
        if mark.is_stale(cell.manual):
            yield f'<p class="quiet">{escaped(STALE)}</p>'
        rows: list[list[object]] = [
            [criterion.asks, WIDTH_OF_A_MARK[given], criterion.anchors[given]]
            for criterion, given in zip(plan.criteria, mark.criteria, strict=True)
            if given is not None
        ]
        yield table("How it was read", ["What a memo needs", "Is it there?", "What was seen"], rows)
    said = cell.comment or (mark.comment if mark else "")
    if said:
        yield f"<h3>Your coach says</h3><blockquote>{escaped(said)}</blockquote>"


def _predictions(week: str, journals: Sequence[WeekJournal]) -> Iterable[str]:
    """This week's guesses against what came, and the calibration of all weeks; nothing where none was handed in."""
    now = [each for journal in journals if journal.week == week for each in journal.predictions]
    guesses = [guess for journal in journals if journal.week <= week for guess in journal.guesses]
    if now:
        words = {True: "near enough", False: "off", None: "not known"}
        rows: list[list[object]] = [
            [each.name.replace("-", " "), f"{each.value:g}", f"{each.confidence:g}%", words[each.hit]] for each in now
        ]
        yield "<h2>Your predictions</h2>"
        yield table(
            "Guessed before the result was shown", ["Of what", "Guess", "How sure", "It was"], rows, frozenset({1, 2})
        )
    if guesses:
        yield f"<p>{escaped(calibrate(guesses).sentence())}</p>"


def _safe_markdown(text: str) -> str:
    """Markdown of a lesson of ours as HTML; raw HTML in it is shown as text, and a picture is left out."""
    return _IMAGE.sub("", str(_MARKDOWN(text)))


def _zip(cohort: Cohort, week: str) -> bytes:
    """All pages of a week, each under its learner's e-mail; the same bytes for the same pages."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((cohort.folder / FOLDER).glob(f"*/{week}/{week}.html")):
            about = zipfile.ZipInfo(f"{week}-feedback/{path.parts[-3]}.html", (1980, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, path.read_bytes())
    return made.getvalue()


def feedback_command(week: str, cohort: str | None, learner: str | None, console: Console | None = None) -> int:
    """What `handson feedback` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    written = write_feedback(open_cohort(cohort), week, learner.strip().lower() if learner else None)
    pages = f"{len(written.pages)} page{'s' if len(written.pages) != 1 else ''}"
    console.print(f"{week}: {pages} of feedback; all that there are lie in {escape(str(written.archive))}.")
    for problem in written.problems:
        console.print(escape(problem))
    if written.waiting:
        memos = f"{written.waiting} memo{'s' if written.waiting != 1 else ''}"
        console.print(f"{memos} not read yet, and the pages say so. Next: `handson review {week}`, then this again.")
    else:
        console.print("Next: send each learner their page, and look at `handson report`.")
    return 1 if written.problems else 0
