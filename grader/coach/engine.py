"""Grades a week of a cohort: each submission in the sandbox, as many at a time as there are cores, and one writer.

A run may be ended at any moment and started again: what stands in the gradebook is passed over.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Protocol

from nbformat import NotebookNode

from grader.authoring.notebook import CONFIG, solved_notebook
from grader.coach.autograded import NotPlaced
from grader.coach.classic import Classic, grade_classic, not_handed_in, open_classic
from grader.coach.cohort import Cohort
from grader.coach.course import lay_out
from grader.coach.draws import DATA, Lesson, is_drawn, open_release
from grader.coach.executed import executed, notebook_bytes
from grader.coach.grade import Grade, Patience, draw_pictures, grade
from grader.coach.grade_file import FILE_NAME as GRADE_FILE
from grader.coach.grade_file import grade_bytes
from grader.coach.parse import parse
from grader.coach.record import Change, GradedNotebook, GradedSubmission, Recorder, Standing
from grader.coach.releases import Release, keep_release, kept_releases, lessons_of, published_lessons
from grader.coach.resume import GradingJournal, key
from grader.coach.score import CellScore
from grader.coach.submissions import Submission, TooMuch, read_submission, submitted_folders
from grader.learner.pack import MANIFEST
from grader.learner.problem import Problem
from grader.sandbox.run import Pool

OTHER_RELEASE = "Made under a release that this cohort does not hold: graded under {hash}."
NOT_READ = "It could not be read ({why}), so it was not graded: ask for it again."
NOT_PLACED = "It was graded and could not be recorded: {why}."
OURS = "Something of ours failed ({why}), so it was not graded: please report it."
NOT_ON_THE_ROSTER = "Nobody of this e-mail is on the roster: graded all the same."
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
    """An outcome and what it changed in the gradebook: nothing where it was passed over, None where nobody knows."""

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

    What was graded before is passed over, unless `afresh`. Without `write` no submission is written, and the changes
    are those that writing would make. `watch` is told of each submission, with the number of all. Raises Problem where
    nothing can be graded: no such week, nothing submitted, no sandbox, another run at work, a full disk.
    """
    if not is_week(cohort, week):
        there = ", ".join(sorted(lessons_of(cohort))) or "none"
        raise Problem(f"There is no week {week} to grade: there are {there}.")
    folders = submitted_folders(cohort, week)
    if not folders:
        raise Problem(f"Nothing is submitted for {week} in {cohort.name}: run `handson collect` first.")
    try:
        with cohort.lock("grade"):
            _clear_leftovers(cohort)
            return _grade_folders(cohort, folders, week, options, afresh=afresh, write=write, watch=watch)
    except OSError as error:
        mend = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend that"
        raise Problem(
            f"Grading in {cohort.folder} stopped ({error.strerror or error}); what is recorded so far stands: {mend}, "
            f"then run `handson grade {week}` again."
        ) from error


def _grade_folders(
    cohort: Cohort,
    folders: Sequence[Path],
    week: str,
    options: Options,
    *,
    afresh: bool,
    write: bool,
    watch: Callable[[int, Recorded], None],
) -> Report:
    task = open_task(cohort, week)
    recorded: list[Recorded] = []

    def take(outcome: Outcome, change: Change | None = None) -> None:
        recorded.append(Recorded(_light(outcome), change))
        watch(len(folders), recorded[-1])

    with _recorder(cohort, task, write) as recorder:
        journal = GradingJournal(cohort)
        standing = recorder.standings(week)
        left = []
        for folder in folders:
            known = None if afresh else _known(folder, task, cohort, journal, standing)
            if known is not None:
                take(known, Change(standing[known.email], standing[known.email]))
            else:
                left.append(folder)
        if left:
            with (
                _pool(cohort, options, len(left)) as pool,
                closing(_outcomes(left, task, cohort, pool, options.patience)) as outcomes,
            ):
                for outcome in outcomes:
                    take(*_written(outcome, recorder, journal if write else None))
    return Report(week, tuple(recorded))


def _written(outcome: Outcome, recorder: Recorder, journal: GradingJournal | None) -> tuple[Outcome, Change | None]:
    """Record an outcome, or without a journal foresee what that would change."""
    if outcome.graded is None:
        return outcome, None
    if journal is None:
        return outcome, recorder.foresee(outcome.graded)
    try:
        change = recorder.record(outcome.graded)
    except NotPlaced as problem:
        why = str(problem).rstrip(".")
        return Outcome(outcome.email, lines=(*outcome.lines, NOT_PLACED.format(why=why))), None
    journal.add(outcome.graded.week, outcome.email, outcome.key)
    return outcome, change


def _clear_leftovers(cohort: Cohort) -> None:
    """Folders under temporary names, which a run that was killed was filling: nobody else makes them meanwhile."""
    for folder, names in (
        (cohort.draws, ".part-*"),
        (cohort.draws / DATA, "handson-*"),
        (cohort.folder / "source", ".part-*"),
        (cohort.folder / "release", ".part-*"),
    ):
        for path in folder.glob(names):
            shutil.rmtree(path)


def _known(
    folder: Path, task: Task, cohort: Cohort, journal: GradingJournal, standing: Mapping[str, Standing]
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


def _pool(cohort: Cohort, options: Options, most: int) -> AbstractContextManager[Pool]:
    """A pool with no more workers than there are submissions."""
    workers = min(options.workers or os.cpu_count() or 1, most)
    if options.isolation == "none":
        return Pool(workers)
    (cohort.draws / DATA).mkdir(parents=True, exist_ok=True)
    return Pool(workers, cohort.draws / DATA)


def _outcomes(
    folders: Sequence[Path], task: Task, cohort: Cohort, pool: Pool, patience: Patience
) -> Generator[Outcome, None, None]:
    """Grade the folders, a few more at a time than the pool has workers; each outcome as it is there.

    Closed before its end, it ends what runs.
    """
    roster = {learner.email for learner in cohort.roster().learners}

    def one(folder: Path) -> Outcome:
        email = folder.parent.name
        strange = () if email in roster else (NOT_ON_THE_ROSTER,)
        try:
            outcome = _outcome(folder, task, cohort.seed, pool, patience)
        except Exception as error:  # one submission never stops the others
            outcome = Outcome(email, lines=(OURS.format(why=f"{type(error).__name__}: {error}"),))
        return replace(outcome, lines=(*strange, *outcome.lines))

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
        except BaseException:
            pool.stop()
            for future in running:
                future.cancel()
            raise


def _outcome(folder: Path, task: Task, seed: int, pool: Pool, patience: Patience) -> Outcome:
    email = folder.parent.name
    try:
        submission = read_submission(folder)
    except (TooMuch, OSError) as error:
        return Outcome(email, lines=(NOT_READ.format(why=getattr(error, "strerror", None) or error),))
    release, said = task.release_of(submission)
    try:
        outcome = task.grade(submission, release, pool, patience)
    except Problem as problem:
        return Outcome(email, lines=(*said, NOT_READ.format(why=str(problem).rstrip("."))))
    return replace(outcome, key=key(submission.digest, release, seed), lines=(*said, *outcome.lines))


def is_week(cohort: Cohort, week: str) -> bool:
    """Whether there is a lesson of the course or a classic assignment of the cohort with this name."""
    return week in lessons_of(cohort) or bool(_notebooks(cohort, week))


def open_task(cohort: Cohort, week: str) -> Task:
    """How a week is graded: as a lesson of the course, or as a classic assignment of the cohort's source/."""
    if week in lessons_of(cohort):
        return CourseTask(cohort, week)
    return ClassicTask(cohort, week, _notebooks(cohort, week))


def _notebooks(cohort: Cohort, week: str) -> list[Path]:
    """The notebooks of a classic assignment."""
    folder = cohort.folder / "source"
    there = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    return sorted(there[week].glob("*.ipynb")) if week in there and not week.startswith(".") else []


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
        self._pictures: dict[str, dict[str, str]] = {}
        self._drawing = Lock()

    def registered(self) -> Mapping[str, NotebookNode]:
        """The current release's notebook."""
        lesson = self._lessons[self._current.hash]
        return {lesson.name: lesson.released}

    def release_of(self, submission: Submission) -> tuple[str, tuple[str, ...]]:
        """The release that its manifest names, else its notebook, if the cohort holds it; else the current one."""
        for named in _named_releases(submission):
            if named in self._lessons:
                return named, ()
        return self._current.hash, (OTHER_RELEASE.format(hash=self._current.hash),)

    def grade(self, submission: Submission, release: str, pool: Pool, patience: Patience) -> Outcome:
        """Grade it on both draws."""
        lesson = self._lessons[release]
        content = submission.files.get(f"{lesson.name}.ipynb")
        if content is None:
            raise Problem(f"there is no {lesson.name}.ipynb")
        graded = grade(lesson, parse(content), pool, patience, self._drawn(release, pool))
        notebook = executed(graded)
        scores, strange = self._scores(graded, lesson)
        files = {name: text for name, text in submission.files.items() if not name.startswith(f"{GRADE_FILE}/")}
        files |= {f"{lesson.name}.ipynb": notebook_bytes(notebook), GRADE_FILE: grade_bytes(graded)}
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

    def _drawn(self, release: str, pool: Pool) -> Mapping[str, str]:
        """The charts of a release, drawn when its first submission is graded."""
        with self._drawing:
            if release not in self._pictures:
                self._pictures[release] = draw_pictures(self._lessons[release], pool)
            return self._pictures[release]

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


def _named_releases(submission: Submission) -> Iterator[str]:
    """What the manifest names, then what notebooks do."""
    for name in sorted(submission.files, key=lambda name: (name != MANIFEST, name)):
        if name == MANIFEST or name.endswith(".ipynb"):
            try:
                about = json.loads(submission.files[name])
                found = about["release"] if name == MANIFEST else about["metadata"]["handson"]["release"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if isinstance(found, str):
                yield found


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
        self._hash = _hash_of(self._classics, notebooks[0].parent)

    def registered(self) -> Mapping[str, NotebookNode]:
        """The notebooks with their hidden tests."""
        return {classic.name: classic.recorded for classic in self._classics}

    def release_of(self, submission: Submission) -> tuple[str, tuple[str, ...]]:
        """There is one release: the notebooks as they are now, with the files beside them."""
        return self._hash, ()

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


def _hash_of(classics: Sequence[Classic], folder: Path) -> str:
    whole = hashlib.sha256()
    for classic in classics:
        whole.update(json.dumps([classic.name, classic.recorded], sort_keys=True).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".ipynb":
            whole.update(f"{path.relative_to(folder)} {path.stat().st_size} ".encode() + path.read_bytes())
    return whole.hexdigest()[:12]
