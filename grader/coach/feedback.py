"""What a learner gets back for a week: one page of their own, and a zip of all of them for the coach to send.

`feedback/EMAIL/WEEK/WEEK.html` is where nbgrader's own layout has feedback. No solution stands in it, since every
exercise can be handed in again; flags are for the coach and never in it.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mistune
from nbformat import NotebookNode
from nbformat import read as read_notebook
from rich.console import Console
from rich.markup import escape

from grader.authoring.plan import Plan, read_plan
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.grade import ExerciseGrade, Grade, MemoWaiting
from grader.coach.grade_file import read_grade
from grader.coach.journals import WeekJournal, read_journals
from grader.coach.memo_marks import MemoMark, hash_of, read_mark
from grader.coach.page import escaped, page, table
from grader.coach.points import CellPoints, WeekPoints, read_cells, read_comments, read_points, what_waits
from grader.coach.releases import kept_releases, lessons_of
from grader.coach.whole import make_folder, write_whole
from grader.learner.calibration import calibrate
from grader.learner.card import card, plain, rich
from grader.learner.check import STATES, TITLES
from grader.learner.key import Key, load_key
from grader.learner.outcome import Status
from grader.learner.problem import Problem

FOLDER = "feedback"
WIDTH_OF_A_MARK = ("not yet", "partly", "fully")
STILL_RIGHT = (
    "Your answer is right on the data of the lesson. Your coach also ran it on another quarter's data, where the "
    "question is the same and the numbers are not, and there it was wrong. Something in it holds for this quarter "
    "only, such as a number or a date that was typed in. At your desk, that is the report that is right once. Let the "
    "query ask the data for it, and hand it in again."
)
AGAIN = "Each of these can be handed in again."
WAITS = "Your memo has not been read yet: its points are not in the sum."
LOOKS = "Your coach has still to look at it once more: its points may change."
BEFORE = "Your coach has not read what you handed in since: points and words are those of what stood here before."
NEAR = 1e-6
STALE = "Your coach has changed the points of this memo since: what stands here in words is from before."
_MARKDOWN = mistune.create_markdown(escape=True, plugins=["table"])
_IMAGE = re.compile(r"<img[^>]*>")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_PLACE = re.compile(r" \(\w+\.py, line \d+\)$")
"""Of a SyntaxError: a file that only the kernel knows."""
_HEADING = re.compile(r"#+ +(.+?)(?: +\([^()]*\bmin\b[^()]*\))? *")


@dataclass(frozen=True)
class Lesson:
    """What of a lesson its feedback needs. `monday` is the markdown of the part on the learner's own company.

    `headings` has, for each exercise, the one that it stands under in the notebook.
    """

    week: str
    plan: Plan
    key: Key
    monday: str
    headings: Mapping[str, str]


@dataclass(frozen=True)
class Given:
    """What one learner is given for a week: by the machine, by the coach, and by their own journals.

    `comments` are the coach's by the cell that they stand below.
    """

    name: str
    points: WeekPoints
    grade: Grade
    cells: Mapping[str, CellPoints]
    comments: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, MemoMark] = field(default_factory=dict)
    journals: Sequence[WeekJournal] = ()


@dataclass(frozen=True)
class Written:
    """The pages that were written, by e-mail, the zip of all, and what of them waits for the coach."""

    pages: dict[str, Path]
    archive: Path
    waiting: tuple[str, ...]
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
    comments = read_comments(cohort, week)
    by_learner: dict[str, dict[str, CellPoints]] = {}
    for cell in cells:
        by_learner.setdefault(cell.email, {})[cell.name] = cell
    pages, problems = {}, []
    for email in [learner] if learner else list(points):
        try:
            grade, marks = read_grade(cohort.autograded / email / week), read_mark(cohort, week, email)
        except Problem as problem:  # one learner's damaged file costs the others nothing
            problems.append(f"{email} has no page: {problem}")
            continue
        own = by_learner.get(email, {}), comments.get(email, {})
        given = Given(names.get(email, ""), points[email], grade, *own, marks, read_journals(cohort, email))
        folder = make_folder(cohort.folder / FOLDER / email / week)
        pages[email] = write_whole(folder / f"{week}.html", feedback_page(lesson, given).encode("utf-8", "replace"))
    archive = write_whole(make_folder(cohort.folder / FOLDER) / f"{week}.zip", _zip(cohort, week))
    waiting = what_waits([each for each in cells if each.email in pages], week, cohort.folder)
    return Written(pages, archive, tuple(waiting), tuple(problems))


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
    plan, key = read_plan(last.source / "lesson.toml"), load_key(last.release)
    return Lesson(week, plan, key, own[0] if own else "", _headings(notebook, key))


def _headings(notebook: NotebookNode, key: Key) -> dict[str, str]:
    """The heading above each check, without its minutes; where several share one, each with its own name."""
    above, found = "", {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = _FENCED.sub("", cell.source)
            titles = [made[1] for line in prose.splitlines() if (made := _HEADING.fullmatch(line))]
            above = titles[-1] if titles else above
        name = cell.id.removeprefix("check-")
        if name in key.exercises and name != cell.id:
            found[name] = plain(above) or _words(name)
    shared = Counter(found.values())
    return {name: title if shared[title] == 1 else f"{title}, {_words(name)}" for name, title in found.items()}


def _words(name: str) -> str:
    return name.replace("-", " ")


def feedback_page(lesson: Lesson, given: Given) -> str:
    """The page of one learner."""
    number = int(lesson.week[1:])
    title = f"Week {number}: {plain(lesson.plan.title)}"
    parts = [f"<h1>{escaped(title)}</h1>", f'<p class="quiet">{escaped(_to_whom(given))}</p>']
    parts.append(f"<p>{escaped(_in_a_sentence(given))}</p>")
    exercises = given.grade.exercises
    right = [each for each in exercises if each.status is Status.RIGHT]
    today = [each for each in exercises if each.right_today_wrong_later]
    untried = [
        each
        for each in exercises
        if each.status is Status.NOT_YET and not each.error and each.name not in given.comments
    ]
    missed = [each for each in exercises if each not in (*right, *today, *untried)]
    parts += _section("What was right", [_card(each, lesson, given) for each in right])
    parts += _section(
        "Right today, and wrong next quarter", [_card(each, lesson, given) for each in today], STILL_RIGHT
    )
    tasks = [f"{_title(each, lesson)} ({_counted(each, given)})" for each in untried]
    list_of = f"<p>{escaped('Not tried yet: ' + '; '.join(tasks))}.</p>" if tasks else ""
    parts += _section("What to look at again", [*(_card(each, lesson, given) for each in missed), list_of], AGAIN)
    for memo in given.grade.memos:
        parts += _memo(memo, lesson, given)
    parts += _predictions(lesson, given.journals)
    if given.grade.mended:
        parts.append("<h2>What was mended in your notebook</h2><p>This cost nothing.</p>")
        parts.append("<ul>" + "".join(f"<li>{rich(each)}</li>" for each in given.grade.mended) + "</ul>")
    if lesson.monday:
        own = _safe_markdown(lesson.monday.partition("\n")[2])
        parts.append(f"<h2>On Monday</h2><div class=lesson>{own}</div>")
    return page(title, "\n".join(parts))


def _to_whom(given: Given) -> str:
    moment = given.points.handed_in
    return f"For {given.name or given.points.email}{f', handed in on {moment:%-d %B %Y}' if moment else ''}"


def _in_a_sentence(given: Given) -> str:
    points, exercises = given.points, given.grade.exercises
    right = sum(each.status is Status.RIGHT for each in exercises)
    said = f"{points.total:g} of {points.possible:g} points, with {right} of {len(exercises)} exercises right."
    if points.penalty:
        said += f" {points.penalty:g} points were taken off because it came late."
    waiting = [cell for cell in given.cells.values() if cell.waits]
    if any(cell.manual is None and cell.is_memo for cell in waiting):
        return f"{said} {WAITS}"
    return f"{said} {LOOKS}" if waiting else said


def _section(title: str, parts: Sequence[str], first: str = "") -> list[str]:
    lead = f"<p>{escaped(first)}</p>" if first else ""
    return [f"<h2>{escaped(title)}</h2>{lead}", *parts] if any(parts) else []


def _title(exercise: ExerciseGrade, lesson: Lesson) -> str:
    return lesson.headings.get(exercise.name) or _words(exercise.name).capitalize()


def _counted(exercise: ExerciseGrade, given: Given) -> str:
    """The points as the gradebook has them: a coach may have given others than the check did."""
    cell = given.cells.get(f"check-{exercise.name}")
    return f"{exercise.points if cell is None else cell.points:g} of {exercise.possible:g}"


def _card(exercise: ExerciseGrade, lesson: Lesson, given: Given) -> str:
    seen, _, step = exercise.message.partition(" Next: ")
    cell = given.cells.get(f"check-{exercise.name}")
    from_coach = cell is not None and abs(cell.points - exercise.points) > NEAR
    said = given.comments.get(exercise.name, "")
    is_right = exercise.status is Status.RIGHT
    hints = lesson.key.exercises[exercise.name].hints if exercise.name in lesson.key.exercises else ()
    made = card(
        STATES[exercise.status],
        f"{_title(exercise, lesson)}: {TITLES[exercise.status].lower()}",
        _counted(exercise, given),
        paragraphs=[seen, f"**Your coach says:** {said}" if said else ""],
        next_step=step,
        hints=hints[: _opened(exercise, lesson.week, given.journals)],
        hints_in_all=len(hints),
        quiet=[
            f"It ended with {_PLACE.sub('', exercise.error)}" if exercise.error and not is_right else "",
            f"Your coach gave these points; the check had given {exercise.points:g}." if from_coach else "",
        ],
    )
    # Nothing changes on this page, and paper shows only what is unfolded.
    return made.replace(' role="status"', "").replace(
        '<details class="hoh-fold" style', '<details class="hoh-fold" open style'
    )


def _opened(exercise: ExerciseGrade, week: str, journals: Sequence[WeekJournal]) -> int:
    """How many hints the learner's own card has open: one for each different wrong answer, this one included."""
    if not exercise.is_wrong:
        return 0
    tries = [each for journal in journals if journal.week == week for each in journal.tries]
    wrong = {
        each.hash
        for each in tries
        if each.exercise == exercise.name
        and each.status in (Status.CLOSE.value, Status.WRONG.value)
        and not each.typed_in
    }
    return len(wrong | {exercise.hash})


def _memo(memo: MemoWaiting, lesson: Lesson, given: Given) -> Iterable[str]:
    plan, mark = lesson.plan.memo.get(memo.name), given.marks.get(memo.name)
    cell = given.cells.get(f"memo-{memo.name}")
    yield f"<h2>Your memo{escaped(f' to {plan.to}') if plan else ''}</h2>"
    if memo.words:
        yield f"<blockquote>{escaped(memo.text)}</blockquote>"
    else:
        yield "<p>There is none yet. It can still be written and handed in.</p>"
    if cell is None or cell.manual is None:
        yield "<p>Your coach has not read it yet.</p>" if memo.words else ""
        return
    yield f"<p>{cell.points:g} of {cell.most:g} points.</p>"
    if cell.waits or (mark is not None and mark.text_hash not in ("", hash_of(memo.text))):
        yield f'<p class="quiet">{escaped(BEFORE)}</p>'
    if mark is not None and plan is not None and len(mark.criteria) == len(plan.criteria):
        if mark.is_stale(cell.manual):
            yield f'<p class="quiet">{escaped(STALE)}</p>'
        rows: list[list[object]] = [
            [criterion.asks, WIDTH_OF_A_MARK[given_mark], criterion.anchors[given_mark]]
            for criterion, given_mark in zip(plan.criteria, mark.criteria, strict=True)
            if given_mark is not None
        ]
        if rows:
            yield table("How it was read", ["What a memo needs", "Is it there?", "What was seen"], rows)
    said = given.comments.get(cell.name) or (mark.comment if mark else "")
    if said:
        yield f"<h3>Your coach says</h3><blockquote>{escaped(said)}</blockquote>"


def _predictions(lesson: Lesson, journals: Sequence[WeekJournal]) -> Iterable[str]:
    """This week's guesses against what came, and the calibration of all weeks; nothing where none was handed in."""
    now = [each for journal in journals if journal.week == lesson.week for each in journal.predictions]
    guesses = [guess for journal in journals if journal.week <= lesson.week for guess in journal.guesses]
    words = {True: "near enough", False: "off", None: "not known"}
    rows: list[list[object]] = []
    for each in now:
        asked = lesson.key.predictions.get(each.name)
        came = f"{_number(asked.truth)} {asked.unit}".strip() if asked else ""
        rows.append([_words(each.name), _number(each.value), f"{each.confidence:g}%", came, words[each.hit]])
    if rows:
        yield "<h2>Your predictions</h2>"
        heads = ["Of what", "Guess", "How sure", "The data say", "So it was"]
        yield table("Guessed before the result was shown", heads, rows, frozenset({1, 2, 3}))
    if guesses:
        yield f"<p>{escaped(calibrate(guesses).sentence())}</p>"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"


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
    for each in written.waiting:
        console.print(escape(f"{each}, then this again; until then the pages say so."))
    if not written.waiting:
        console.print("Next: send each learner their page, and look at `handson report`.")
    return 1 if written.problems else 0
