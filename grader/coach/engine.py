"""Grades a week of a cohort: each submission in the sandbox, as many at a time as there are cores, and one writer.

A run may be ended at any moment and started again: what stands in the gradebook is passed over.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from grader.authoring.notebook import CONFIG, solved_notebook
from grader.coach.classic import Classic, grade_classic, not_handed_in, open_classic
from grader.coach.cohort import Cohort
from grader.coach.course import lay_out
from grader.coach.draws import DATA, Lesson, is_drawn, open_release
from grader.coach.executed import executed, notebook_bytes
from grader.coach.grade import Grade, Patience, grade
from grader.coach.grade_file import FILE_NAME as GRADE_FILE
from grader.coach.grade_file import grade_bytes
from grader.coach.parse import parse
from grader.coach.record import Change, GradedNotebook, GradedSubmission, Recorder
from grader.coach.releases import Release, keep_release, kept_releases, lessons_of, published_lessons
from grader.coach.resume import GradingJournal, key
from grader.coach.score import CellScore
from grader.coach.submissions import Submission, TooMuch, read_submission, submitted_folders
from grader.learner.problem import Problem
from grader.sandbox.run import Pool, SandboxError

CLASSIC = "classic"
OTHER_RELEASE = "Made under a release that this cohort does not hold: graded under {hash}."
NOT_READ = "It could not be read ({why}), so it was not graded: ask for it again."
OURS = "Something of ours failed ({why}), so it was not graded: please report it."
NOT_IN_THE_GRADEBOOK = "Left out of the gradebook, whose release has no such cells: {names}."


@dataclass(frozen=True)
class Options:
    """How to grade. `isolation` is bubblewrap or none; `workers` None takes a worker per core."""

    workers: int | None = None
    isolation: str = "bubblewrap"
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Outcome:
    """One submission after its run. `graded` is None where it was passed over or could not be graded.

    `lines` are for the coach: what was mended, what was odd, why it was not graded.
    """

    email: str
    key: str = ""
    graded: GradedSubmission | None = None
    lines: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True)
class Recorded:
    """An outcome and what it changed in the gradebook; `change` is None where nothing was written."""

    outcome: Outcome
    change: Change | None = None


@dataclass(frozen=True)
class Report:
    """A week's run: what was graded or not, in the order in which it was done."""

    week: str
    recorded: tuple[Recorded, ...]

    @property
    def ungraded(self) -> tuple[Outcome, ...]:
        """Submissions that could not be graded."""
        return tuple(each.outcome for each in self.recorded if each.outcome.graded is None and not each.outcome.known)


class Task(Protocol):
    """How the submissions of one assignment are graded."""

    week: str

    def registered(self) -> Mapping[str, NotebookNode]:
        """The notebooks that the gradebook knows, by name."""

    def release_of(self, submission: Submission) -> tuple[str, tuple[str, ...]]:
        """What the submission is graded under, as a hash, and what to say about that."""

    def grade(self, submission: Submission, release: str, pool: Pool, patience: Patience) -> Outcome:
        """Grade it. Raises Problem for a notebook that cannot be read."""


def grade_week(
    cohort: Cohort,
    week: str,
    options: Options,
    *,
    afresh: bool = False,
    write: bool = True,
    watch: Callable[[int, Recorded], None] = lambda _total, _recorded: None,
) -> Report:
    """Grade all that was submitted for a week and write it to the gradebook.

    What was graded before is passed over, unless `afresh`. Without `write` nothing is written, and the changes are
    those that writing would make. `watch` is told of each submission, with the number of all. Raises Problem where
    nothing can be graded: no such week, nothing submitted, no sandbox, another run at work.
    """
    folders = submitted_folders(cohort, week)
    with cohort.lock("grade"):
        task = open_task(cohort, week)
        if not folders:
            raise Problem(f"Nothing is submitted for {week} in {cohort.name}: run `handson collect` first.")
        with _recorder(cohort, task, write) as recorder:
            journal = GradingJournal(cohort)
            standing = recorder.standings(week)
            recorded: list[Recorded] = []

            def take(outcome: Outcome) -> None:
                change = None
                if outcome.graded is not None:
                    change = recorder.record(outcome.graded) if write else recorder.foresee(outcome.graded)
                    if write:
                        journal.add(week, outcome.email, outcome.key)
                recorded.append(Recorded(_light(outcome), change))
                watch(len(folders), recorded[-1])

            left = []
            for folder in folders:
                known = None if afresh else _known(folder, task, cohort, journal, standing)
                if known is not None:
                    take(known)
                else:
                    left.append(folder)
            if left:
                with _pool(cohort, options) as pool:
                    for outcome in _outcomes(left, task, cohort, pool, options.patience):
                        take(outcome)
    return Report(week, tuple(recorded))


def _known(
    folder: Path, task: Task, cohort: Cohort, journal: GradingJournal, standing: Mapping[str, object]
) -> Outcome | None:
    """The outcome of a submission that stands in the gradebook as it is; None for one that is to be graded."""
    email = folder.parent.name
    if email not in standing or not (cohort.autograded / email / task.week).is_dir():
        return None
    try:
        submission = read_submission(folder)
    except (TooMuch, OSError):
        return None
    kept = key(submission.digest, task.release_of(submission)[0], cohort.seed)
    return Outcome(email, kept, known=True) if journal.holds(task.week, email, kept) else None


def _light(outcome: Outcome) -> Outcome:
    """Without the files: a thousand of them are not kept."""
    if outcome.graded is None:
        return outcome
    graded = GradedSubmission(outcome.graded.email, outcome.graded.week, outcome.graded.handed_in, {}, {})
    return Outcome(outcome.email, outcome.key, graded, outcome.lines, outcome.known)


@contextmanager
def _recorder(cohort: Cohort, task: Task, write: bool) -> Iterator[Recorder]:
    with Recorder(cohort.folder) as recorder:
        if write or task.week not in recorder.weeks():
            recorder.enrol({learner.email: learner.name for learner in cohort.roster().learners})
            recorder.register(task.week, task.registered())
        yield recorder


def _pool(cohort: Cohort, options: Options) -> AbstractContextManager[Pool]:
    if options.isolation == "none":
        return Pool(options.workers)
    (cohort.draws / DATA).mkdir(parents=True, exist_ok=True)
    return Pool(options.workers, cohort.draws / DATA)


def _outcomes(folders: Sequence[Path], task: Task, cohort: Cohort, pool: Pool, patience: Patience) -> Iterator[Outcome]:
    """Grade the folders, a few more at a time than the pool has workers; each outcome as it is there."""

    def one(folder: Path) -> Outcome:
        email = folder.parent.name
        try:
            submission = read_submission(folder)
            release, said = task.release_of(submission)
            outcome = task.grade(submission, release, pool, patience)
            kept = key(submission.digest, release, cohort.seed)
            return Outcome(email, kept, outcome.graded, (*said, *outcome.lines))
        except (Problem, TooMuch, OSError) as error:
            return Outcome(email, lines=(NOT_READ.format(why=str(error).rstrip(".")),))
        except SandboxError:
            raise
        except Exception as error:  # one submission never stops the others
            return Outcome(email, lines=(OURS.format(why=f"{type(error).__name__}: {error}"),))

    waiting = iter(folders)
    with ThreadPoolExecutor(pool.size + 2) as threads:
        running: set[Future[Outcome]] = set()
        try:
            while True:
                while len(running) < pool.size + 2 and (folder := next(waiting, None)) is not None:
                    running.add(threads.submit(one, folder))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


def open_task(cohort: Cohort, week: str) -> Task:
    """How this week is graded: as a lesson of the course, or as a classic assignment of the cohort's source/.

    Raises Problem for a week that is neither.
    """
    if week in lessons_of(cohort):
        return CourseTask(cohort, week)
    notebooks = sorted((cohort.folder / "source" / week).glob("*.ipynb"))
    if notebooks:
        return ClassicTask(cohort, week, notebooks)
    there = ", ".join(sorted(lessons_of(cohort))) or "none"
    raise Problem(f"There is no week {week} to grade: there are {there}.")


class CourseTask:
    """A lesson of the course, in all releases that the cohort holds."""

    def __init__(self, cohort: Cohort, week: str) -> None:
        self.week = week
        self._releases = _releases(cohort, week)
        drawn = [is_drawn(cohort.draws, release.slug, release.hash) for release in self._releases]
        with nullcontext() if all(drawn) else Pool() as ours:
            self._lessons = {
                release.hash: open_release(release.release, release.source, cohort.seed, cohort.draws, ours)
                for release in self._releases
            }
        self._current = self._releases[-1]
        lesson = self._lessons[self._current.hash]
        lay_out(cohort.folder, self._current.release, solved_notebook(lesson.cells, lesson.plan, lesson.lesson))
        self._names = {name for name, _ in _points(self._lessons[self._current.hash].released)}

    def registered(self) -> Mapping[str, NotebookNode]:
        """The current release's notebook."""
        lesson = self._lessons[self._current.hash]
        return {lesson.name: lesson.released}

    def release_of(self, submission: Submission) -> tuple[str, tuple[str, ...]]:
        """The release that its manifest names, else its notebook, if the cohort holds it; else the current one."""
        named = _named_release(submission)
        if named in self._lessons:
            return named, ()
        return self._current.hash, (OTHER_RELEASE.format(hash=self._current.hash),)

    def grade(self, submission: Submission, release: str, pool: Pool, patience: Patience) -> Outcome:
        """Grade it on both draws."""
        lesson = self._lessons[release]
        content = submission.files.get(f"{lesson.name}.ipynb")
        if content is None:
            raise Problem(f"there is no {lesson.name}.ipynb")
        graded = grade(lesson, parse(content), pool, patience)
        notebook = executed(graded)
        scores, strange = self._scores(graded, lesson)
        files = {**submission.files, f"{lesson.name}.ipynb": notebook_bytes(notebook), GRADE_FILE: grade_bytes(graded)}
        lines = (*graded.mended, *graded.flags)
        if strange:
            lines += (NOT_IN_THE_GRADEBOOK.format(names=", ".join(strange)),)
        return Outcome(
            submission.email,
            graded=GradedSubmission(
                submission.email,
                submission.week,
                submission.handed_in,
                {lesson.name: GradedNotebook(scores, notebook)},
                files,
            ),
            lines=lines,
        )

    def _scores(self, graded: Grade, lesson: Lesson) -> tuple[list[CellScore], list[str]]:
        scores = [CellScore(f"check-{each.name}", each.possible, each.points) for each in graded.exercises]
        points = dict(_points(lesson.released))
        for memo in graded.memos:
            name, written = f"memo-{memo.name}", memo.words > 0
            scores.append(CellScore(name, points[name], None if written else 0.0, written))
        strange = [score.name for score in scores if score.name not in self._names]
        return [score for score in scores if score.name in self._names], strange


def _releases(cohort: Cohort, week: str) -> list[Release]:
    """Those that the cohort holds, and the course's own, which comes last."""
    now = [keep_release(cohort, week)] if week in published_lessons() else []
    return [release for release in kept_releases(cohort, week) if release not in now] + now


def _named_release(submission: Submission) -> str:
    for name in sorted(submission.files):
        if name == "manifest.json" or name.endswith(".ipynb"):
            try:
                about = json.loads(submission.files[name])
                found = about["release"] if name == "manifest.json" else about["metadata"]["handson"]["release"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if isinstance(found, str):
                return found
    return ""


def _points(notebook: NotebookNode) -> Iterator[tuple[str, float]]:
    for cell in notebook.cells:
        label = cell.metadata.get("nbgrader", {})
        if label.get("grade"):
            yield str(label["grade_id"]), float(label["points"])


class ClassicTask:
    """A classic nbgrader assignment: the notebooks of source/WEEK."""

    def __init__(self, cohort: Cohort, week: str, notebooks: Sequence[Path]) -> None:
        self.week = week
        self._submitted = cohort.submitted
        config = cohort.folder / CONFIG.name
        self._classics: list[Classic] = [open_classic(path, config) for path in notebooks]

    def registered(self) -> Mapping[str, NotebookNode]:
        """The notebooks with their hidden tests."""
        return {classic.name: classic.recorded for classic in self._classics}

    def release_of(self, submission: Submission) -> tuple[str, tuple[str, ...]]:
        """There is one release."""
        return CLASSIC, ()

    def grade(self, submission: Submission, release: str, pool: Pool, patience: Patience) -> Outcome:
        """Grade each notebook of the assignment."""
        notebooks, lines, files = {}, [], dict(submission.files)
        for classic in self._classics:
            content = submission.files.get(f"{classic.name}.ipynb")
            if content is None:
                notebooks[classic.name] = GradedNotebook(not_handed_in(classic), None)
                lines.append(f"{classic.name}.ipynb is missing.")
                continue
            folder = self._submitted / submission.email / self.week
            done = grade_classic(classic, parse(content), pool, folder, patience.seconds)
            notebooks[classic.name] = GradedNotebook(done.scores, done.executed)
            files[f"{classic.name}.ipynb"] = notebook_bytes(done.executed)
            lines += [*done.mended, *done.said]
        graded = GradedSubmission(submission.email, submission.week, submission.handed_in, notebooks, files)
        return Outcome(submission.email, graded=graded, lines=tuple(lines))
