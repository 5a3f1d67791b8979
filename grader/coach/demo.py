"""`make demo`: an invented cohort goes the way of a real one, from a roster to its report.

The memos of the last week are left for you to mark: the last lines say how.
"""

import random
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.coach.cohort import Cohort, new_cohort
from grader.coach.collect import collect
from grader.coach.draws import Lesson, open_release
from grader.coach.engine import Options, grade_week
from grader.coach.executed import notebook_bytes
from grader.coach.feedback import FOLDER as FEEDBACK
from grader.coach.feedback import write_feedback
from grader.coach.grade import ExerciseGrade, Grade
from grader.coach.grade_file import read_grade
from grader.coach.invent import Submission, invent, name_of
from grader.coach.invent_journals import invent_journal
from grader.coach.releases import keep_release, published_lessons
from grader.coach.report import write_report
from grader.coach.review import Given, open_review, save
from grader.learner.journal import FILE_NAME as JOURNAL
from grader.learner.outcome import Status
from grader.learner.problem import Problem
from grader.sandbox.bubblewrap import check_available
from grader.sandbox.run import Pool

SIZE = 40
SEED = 7
NEXT_QUARTER_SEED = 2_000_003
WIDTH = 120
COMMONEST = 10
MOST_LINES = 12
FIRST_WORDS = 12
RIGHT_KINDS = ("right", "another right one")


@dataclass(frozen=True)
class Graded:
    """A submission and its grade."""

    submission: Submission
    grade: Grade


@dataclass(frozen=True)
class Share:
    """Wrong answers, and how many of them no author has named."""

    wrong: int
    unnamed: int

    def __str__(self) -> str:
        if not self.wrong:
            return "no wrong answers"
        return f"{self.unnamed} of {self.wrong} ({self.unnamed / self.wrong:.0%})"


def run_demo(
    *,
    size: int = SIZE,
    seed: int = SEED,
    weeks: Sequence[str] = (),
    folder: Path | None = None,
    console: Console | None = None,
) -> int:
    """Invent a cohort of `size` for all lessons (or those of `weeks`) and take it to its report. Returns 0.

    It lies in `folder`, or in a temporary one that stays. The same seed prints the same. Raises Problem for a week that
    is not there.
    """
    console = console or Console(width=WIDTH)
    weeks = weeks or list(published_lessons())
    cohort = _enrol(folder or Path(mkdtemp(prefix="handson-demo-")), size)
    lessons = [_open(cohort, week) for week in weeks]
    submissions = invent(lessons, size, seed)
    for place, submission in enumerate(submissions):
        _hand_in(cohort, submission, invent_journal(submission, place % size, seed))
    collected = collect(cohort)
    for refused in collected.refused:
        console.print(f"Not taken: {escape(str(refused))}")
    isolation = _isolation(console)
    for week in weeks:
        grade_week(cohort, week, Options(isolation=isolation))
    graded = [
        Graded(each, read_grade(cohort.autograded / email_of(each.learner) / each.lesson.lesson))
        for each in submissions
    ]
    report(console, lessons, graded)
    for week in weeks[:-1]:
        _mark_memos(cohort, week, random.Random(f"{seed} {week} marks"))
    for week in weeks:
        write_feedback(cohort, week)
    path = write_report(cohort)
    console.print(f"\n[bold]Feedback[/bold] for each learner: {escape(str(cohort.folder / FEEDBACK))}")
    console.print(f"[bold]The report[/bold], for a browser: {escape(str(path))}")
    console.print(
        f"[bold]Next:[/bold] the memos of {weeks[-1]} wait for you: "
        f"{escape(f'.venv/bin/handson review {weeks[-1]} --cohort {shlex.quote(str(cohort.folder))}')}",
        soft_wrap=True,
    )
    return 0


def _mark_memos(cohort: Cohort, week: str, chance: random.Random) -> None:
    """Mark the memos as a coach might: an author's example as the author did, any other by chance."""
    review = open_review(cohort, week)
    scores = {" ".join(each.text.split()): each.scores for each in review.examples}
    for memo in review.memos:
        criteria = scores.get(" ".join(memo.text.split())) or [chance.randrange(2) for _ in memo.mark.criteria]
        save(cohort, week, memo, Given(tuple(criteria), "", memo.seen))


def _enrol(scratch: Path, size: int) -> Cohort:
    roster = scratch / "roster.csv"
    lines = [f"{email_of(name_of(place))},{name_of(place)}\n" for place in range(size)]
    roster.write_text("email,name\n" + "".join(lines), encoding="utf-8")
    return new_cohort("demo", roster, scratch / "cohorts", NEXT_QUARTER_SEED)


def email_of(learner: str) -> str:
    """The address of an invented learner, in a domain that is kept for examples (RFC 2606)."""
    return f"{learner.lower().replace(' ', '.')}@example.org"


def _open(cohort: Cohort, week: str) -> Lesson:
    release = keep_release(cohort, week)
    with Pool() as ours:
        return open_release(release.release, release.source, cohort.seed, cohort.draws, ours)


def _hand_in(cohort: Cohort, submission: Submission, journal: str) -> None:
    """One zip, as `hand_in` packs it, named by its learner; without a journal where it is left out."""
    folder = cohort.inbox / submission.learner
    folder.mkdir(exist_ok=True)
    with ZipFile(folder / f"{submission.lesson.lesson}-hand-in.zip", "w") as archive:
        archive.writestr(f"{submission.lesson.name}.ipynb", notebook_bytes(submission.notebook))
        if journal:
            archive.writestr(JOURNAL, journal)


def _isolation(console: Console) -> str:
    """This code is invented here and harmless, so the demo also runs where there is no bubblewrap."""
    try:
        check_available()
    except Problem:
        console.print("No bubblewrap here: the invented answers run without a sandbox.")
        return "none"
    return "bubblewrap"


def share(graded: Iterable[Graded], kind: str = "") -> Share:
    """The share of wrong answers without a name; with `kind`, among answers that were meant to be of that kind."""
    wrong = [
        exercise
        for each in graded
        for exercise in each.grade.exercises
        if exercise.is_wrong and (not kind or _kind(each, exercise) == kind)
    ]
    return Share(len(wrong), sum(exercise.named is None for exercise in wrong))


def _kind(graded: Graded, exercise: ExerciseGrade) -> str:
    intent = graded.submission.intents.get(exercise.name)
    return intent.kind if intent else ""


def _done(graded: Graded, exercise: ExerciseGrade) -> str:
    intent = graded.submission.intents.get(exercise.name)
    if intent is None:
        return ""
    return intent.done or ("right code, fed by an earlier wrong answer" if intent.kind in RIGHT_KINDS else intent.kind)


def report(console: Console, lessons: Sequence[Lesson], graded: Sequence[Graded]) -> None:
    """Print everything."""
    learners = list(dict.fromkeys(each.submission.learner for each in graded))
    console.print(
        f"[bold]An invented cohort of {len(learners)}, {len(lessons)} lessons, {len(graded)} notebooks[/bold]"
    )
    _print_points(console, lessons, graded)
    _print_commonest(console, graded)
    _print_unnamed(console, lessons, graded)
    _print_errors(console, graded)
    _print_today_only(console, graded)
    _print_memos(console, graded)
    _print_mended(console, graded)


def _print_points(console: Console, lessons: Sequence[Lesson], graded: Sequence[Graded]) -> None:
    table = _table(console, "Points (memos not counted: they wait for the coach)")
    table.add_column("Learner")
    for lesson in lessons:
        table.add_column(lesson.lesson.upper(), justify="right")
    table.add_column("Together", justify="right")
    by_learner: dict[str, list[Grade]] = {}
    for each in graded:
        by_learner.setdefault(each.submission.learner, []).append(each.grade)
    for learner, grades in by_learner.items():
        cells = [_points(grade.points, grade.possible) for grade in grades]
        together = _points(sum(grade.points for grade in grades), sum(grade.possible for grade in grades))
        table.add_row(learner, *cells, together)
    console.print(table)


def _table(console: Console, title: str) -> Table:
    console.print(f"\n[bold]{title}[/bold]")
    return Table()


def _points(points: float, possible: float) -> str:
    return f"{points:g} / {possible:g}"


def _first_words(text: str, most: int = FIRST_WORDS) -> str:
    words = text.split()
    return escape(" ".join(words[:most]) + (" ..." if len(words) > most else ""))


def _print_commonest(console: Console, graded: Sequence[Graded]) -> None:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for each in graded:
        for exercise in each.grade.exercises:
            if exercise.is_wrong:
                named = "named" if exercise.named is not None else ""
                counts[each.grade.lesson, exercise.name, named, exercise.message] += 1
    table = _table(console, "The commonest mistakes")
    for title in ("Times", "Lesson", "Exercise", "", "What the card says"):
        table.add_column(title, justify="right" if title == "Times" else "left")
    for (lesson, name, named, message), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[
        :COMMONEST
    ]:
        table.add_row(str(count), lesson.upper(), name, named, _first_words(message))
    console.print(table)


def _print_unnamed(console: Console, lessons: Sequence[Lesson], graded: Sequence[Graded]) -> None:
    console.print(f"\n[bold]Wrong answers without a name:[/bold] {share(graded)}")
    for lesson in lessons:
        console.print(f"  {lesson.lesson.upper()}: {share(_of(lesson, graded))}")
    meant = [each for each in graded for exercise in each.grade.exercises if _kind(each, exercise) == "unforeseen"]
    right, silent = (
        sum(
            exercise.status is status
            for each in graded
            for exercise in each.grade.exercises
            if _kind(each, exercise) == "unforeseen"
        )
        for status in (Status.RIGHT, Status.NOT_YET)
    )
    console.print(
        f"  Of {len(meant)} unforeseen ones {right} happened to be right and {silent} gave no answer (an error); "
        f"of those that were wrong, without a name: {share(graded, 'unforeseen')}"
    )
    rows = [
        (each.grade.lesson.upper(), exercise.name, escape(_done(each, exercise)), _first_words(exercise.message))
        for each in graded
        for exercise in each.grade.exercises
        if exercise.is_wrong and exercise.named is None
    ]
    _print_rows(
        console, "Without a name: candidates for an author", ("Lesson", "Exercise", "What was done", "Card"), rows
    )


def _print_rows(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of the first rows, and how many more there are."""
    table = _table(console, title)
    for head in heads:
        table.add_column(head)
    for row in rows[:MOST_LINES]:
        table.add_row(*row)
    console.print(table)
    if len(rows) > MOST_LINES:
        console.print(f"And {len(rows) - MOST_LINES} more.")


def _of(lesson: Lesson, graded: Sequence[Graded]) -> list[Graded]:
    return [each for each in graded if each.grade.lesson == lesson.lesson]


def _print_errors(console: Console, graded: Sequence[Graded]) -> None:
    failed = [exercise for each in graded for exercise in each.grade.exercises if exercise.error]
    carded = sum(exercise.carded for exercise in failed)
    console.print(f"\n[bold]Answers that ended in an error:[/bold] {len(failed)}, {carded} of them with a card")


def _print_today_only(console: Console, graded: Sequence[Graded]) -> None:
    typed = sum(exercise.typed_in for each in graded for exercise in each.grade.exercises)
    console.print(f"\n[bold]Typed in, no points:[/bold] {typed}")
    rows = [
        (each.submission.learner, each.grade.lesson.upper(), exercise.name, _first_words(exercise.source))
        for each in graded
        for exercise in each.grade.exercises
        if exercise.right_today_wrong_later
    ]
    _print_rows(console, "Right today, wrong next quarter", ("Learner", "Lesson", "Exercise", "Answer"), rows)


def _print_memos(console: Console, graded: Sequence[Graded]) -> None:
    memos = [memo for each in graded for memo in each.grade.memos]
    written = sum(memo.words > 0 for memo in memos)
    console.print(f"\n[bold]Memos:[/bold] {written} for the coach, {len(memos) - written} not written")


def _print_mended(console: Console, graded: Sequence[Graded]) -> None:
    mended = [each for each in graded if each.grade.mended]
    rows = [
        (each.submission.learner, each.grade.lesson.upper(), escape(sentence))
        for each in mended
        for sentence in each.grade.mended
    ]
    console.print(f"\n[bold]Mangled notebooks:[/bold] {len(mended)}")
    _print_rows(console, "What was mended", ("Learner", "Lesson", "What"), rows)
