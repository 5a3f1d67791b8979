"""Writes what was graded: nbgrader's gradebook, a submission at a time, and its folder in `autograded/`.

Whoever opens a `Recorder` is the one writer of a cohort. A submission is recorded in three steps: its folder is
written beside the old one, its rows are committed together, the folders change places. Killed at any moment, the
gradebook holds whole submissions only, and the next `Recorder` tidies the folders up; a submission whose `record` did
not return is recorded again by whoever asked for it, and comes out the same.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nbformat import NotebookNode, from_dict
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    InvalidEntry,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import compute_checksum, is_locked, is_solution, is_task, parse_utc
from sqlalchemy import Connection, and_, insert, select, update
from sqlalchemy.exc import DBAPIError
from tornado.log import app_log

from grader.coach.autograded import AUTOGRADED, put_in_place, tidy
from grader.coach.gradebook import GRADEBOOK, PATIENCE, explain, lock, make_or_check, open_gradebook
from grader.coach.late import LatePenalties, read_config
from grader.coach.score import CellScore
from grader.coach.student_names import same_name, split_name
from grader.learner.problem import Problem

NO_RESPONSE = "No response."
"""What nbgrader's SaveAutoGrades puts beside an answer that nobody touched."""


@dataclass(frozen=True)
class GradedNotebook:
    """A notebook with a score for each of its graded cells. `notebook` is the executed one, None if not handed in."""

    scores: Sequence[CellScore]
    notebook: NotebookNode | None


@dataclass(frozen=True)
class GradedSubmission:
    """What one learner handed in for a week, graded: by name its notebooks, without `.ipynb`.

    `handed_in` is UTC if it names no zone; None leaves the time that the gradebook has. `files` is all that goes into
    `autograded/`: names with `/` between folders, the executed notebooks and timestamp.txt among them.
    """

    email: str
    week: str
    handed_in: datetime | None
    notebooks: Mapping[str, GradedNotebook]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Standing:
    """Points of one submission: the machine's, the coach's (extra credit included), and what counts in the end.

    Where the coach gave points for a cell, these count and not the machine's. `total` is after the late `penalty`.
    """

    auto: float
    manual: float
    penalty: float
    total: float
    waiting: int  # cells that the coach has to look at


@dataclass(frozen=True)
class Change:
    """A submission in the gradebook before and after; `before` is None for the first one."""

    before: Standing | None
    after: Standing

    @property
    def difference(self) -> float:
        """Points gained, or lost if negative."""
        return self.after.total - (self.before.total if self.before else 0.0)


@dataclass(frozen=True)
class _Cells:
    """A notebook in the gradebook: ids of its rows by the cells' names. `grades` are grade cells and tasks."""

    id: str
    grades: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Week:
    id: str
    notebooks: dict[str, _Cells]


@dataclass(frozen=True)
class _Points:
    """The numbers of a row of the grade table."""

    auto: float | None
    manual: float | None
    extra: float | None
    needs_look: bool

    @property
    def score(self) -> float:
        """What nbgrader's `Grade.score` computes: extra credit counts where there is something to add it to."""
        given = self.auto if self.manual is None else self.manual
        return 0.0 if given is None else given + (self.extra or 0.0)


@dataclass
class _Held:
    """What the gradebook holds of a submission: rows by the ids of the notebooks and cells that they belong to."""

    due: datetime | None
    student: str | None
    submission: str | None
    timestamp: datetime | None
    extension: timedelta | None
    notebooks: dict[str, str] = field(default_factory=dict)
    penalties: dict[str, float | None] = field(default_factory=dict)
    grades: dict[str, dict[str, tuple[str, _Points]]] = field(default_factory=dict)
    comments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Settled:
    """What a notebook's rows become, by the ids of its cells. `comments` is empty for one that was not handed in."""

    grades: dict[str, _Points]
    comments: dict[str, str | None]
    penalty: float | None


class Recorder:
    """The one writer of a cohort's gradebook and of its `autograded/`; use it in a `with`, and in one thread.

    Raises Problem when the folder has no nbgrader_config.py, when its gradebook is damaged, foreign or of another
    nbgrader, and when another process writes. A missing gradebook is made.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.folder = folder
        self.path = folder / GRADEBOOK
        self._weeks: dict[str, _Week] = {}
        self._lock = lock(folder)
        try:
            config = read_config(folder)
            self._late = LatePenalties(folder, config)
            make_or_check(self.path, patience)
            with self._explained():
                self._book = open_gradebook(self.path, config.CourseDirectory.get("course_id", ""), patience)
            tidy(folder)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let others write."""
        self._book.close()
        os.close(self._lock)

    def enrol(self, names: Mapping[str, str]) -> None:
        """Put learners into the gradebook, e-mail to name, all or none. Nobody is taken out.

        A name that is there already, split in a way of its own, stays.
        """
        with self._transaction():
            db = self._book.db
            held = {row.id: row for row in db.execute(select(Student.id, Student.first_name, Student.last_name))}
            made, changed = [], []
            for email, name in names.items():
                first, last = split_name(name)
                row = {"id": email, "first_name": first, "last_name": last, "email": email}
                if email not in held:
                    made.append(row)
                elif not same_name(name, held[email].first_name, held[email].last_name):
                    changed.append(row)
            if made:
                db.execute(insert(Student), made)
            if changed:
                db.execute(update(Student), changed)

    def register(self, week: str, notebooks: Mapping[str, NotebookNode]) -> None:
        """Put an assignment and the cells of its notebooks, by name, into the gradebook as generate_assignment does.

        A notebook is the one that nbgrader's SaveCells sees: with checksums, and with its hidden tests. Registering
        again changes what differs. Raises Problem when cells were added or taken away and submissions are graded.
        """
        self._weeks.pop(week, None)
        with self._transaction(), _without_log():
            self._book.update_or_create_assignment(week)
            self._drop_notebooks(week, notebooks)
            for name, notebook in notebooks.items():
                try:
                    _save_cells(self._book, week, name, notebook)
                except RuntimeError:  # what SaveCells raises, for this reason alone
                    raise Problem(
                        f"{week}: {self.path} holds graded submissions of {name} with other graded cells than this "
                        "release has; grade it in a new cohort, or go on with the release that they were graded with."
                    ) from None

    def weeks(self) -> list[str]:
        """The weeks that are registered."""
        with self._reading():
            return sorted(self._book.db.scalars(select(Assignment.name)))

    def record(self, graded: GradedSubmission) -> Change:
        """Write one submission, rows and folder. The coach's points and comments stay.

        A cell with a coach's points is to be looked at again if its text or the machine's score changed; a graded cell
        without a score waits for the coach. Raises Problem for a week that is not registered, a cell that it does not
        have, a full disk, a locked gradebook.
        """
        with put_in_place(self.folder, graded.email, graded.week, graded.files), self._transaction():
            week = self._week(graded.week)
            held = self._look_up(graded.email, week)
            settled = self._settle(graded, week, held)
            self._write(graded, week, held, settled)
        return _change(held, settled)

    def foresee(self, graded: GradedSubmission) -> Change:
        """What `record` would change, with nothing written. Raises what `record` raises, save for the disk's part."""
        with self._reading():
            week = self._week(graded.week)
            held = self._look_up(graded.email, week)
            return _change(held, self._settle(graded, week, held))

    def standings(self, week: str) -> dict[str, Standing]:
        """What the gradebook holds for a week, by e-mail; empty for a week that it does not know."""
        wanted = (
            select(
                SubmittedAssignment.student_id,
                SubmittedNotebook.id,
                SubmittedNotebook.late_submission_penalty,
                Grade.auto_score,
                Grade.manual_score,
                Grade.extra_credit,
                Grade.needs_manual_grade,
            )
            .select_from(Assignment)
            .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(Assignment.name == week)
        )
        points: dict[str, list[_Points]] = {}
        penalties: dict[str, dict[str, float | None]] = {}
        with self._reading():
            for email, notebook, penalty, *numbers in self._book.db.execute(wanted):
                points.setdefault(email, []).append(_Points(*numbers))
                penalties.setdefault(email, {})[notebook] = penalty
        return {email: _standing(points[email], list(penalties[email].values())) for email in sorted(points)}

    def _drop_notebooks(self, week: str, kept: Mapping[str, NotebookNode]) -> None:
        """Take out notebooks that the release no longer has; where submissions are graded they must stay."""
        assignment = self._book.find_assignment(week)
        gone = [notebook.name for notebook in assignment.notebooks if notebook.name not in kept]
        added = set(kept) - {notebook.name for notebook in assignment.notebooks}
        if (gone or added) and assignment.submissions:
            raise Problem(
                f"{week}: {self.path} holds graded submissions, and the notebooks of this release are others "
                f"({', '.join(sorted([*gone, *added]))}); grade it in a new cohort."
            )
        for name in gone:
            self._book.remove_notebook(name, week)

    def _week(self, name: str) -> _Week:
        """The week's ids, from memory after the first time. Raises Problem if it is not registered."""
        if name not in self._weeks:
            rows = self._book.db.execute(
                select(Assignment.id, Notebook.id, Notebook.name, BaseCell.id, BaseCell.name, BaseCell.type)
                .select_from(Assignment)
                .join(Notebook, Notebook.assignment_id == Assignment.id)
                .outerjoin(BaseCell, BaseCell.notebook_id == Notebook.id)
                .where(Assignment.name == name)
            ).all()
            if not rows:
                raise Problem(f"{self.path} does not know {name}: register its release first.")
            notebooks: dict[str, _Cells] = {}
            for _, notebook_id, notebook, cell_id, cell, kind in rows:
                cells = notebooks.setdefault(notebook, _Cells(notebook_id))
                if kind in (GradeCell.__name__, TaskCell.__name__):
                    cells.grades[cell] = cell_id
                if kind in (SolutionCell.__name__, TaskCell.__name__):
                    cells.comments[cell] = cell_id
            self._weeks[name] = _Week(rows[0][0], notebooks)
        return self._weeks[name]

    def _look_up(self, email: str, week: _Week) -> _Held:
        """All that the gradebook holds of a submission.

        The rows of a notebook are asked for by their cells, too: without them SQLite has no index to go by.
        """
        db = self._book.db
        row = db.execute(
            select(
                Assignment.duedate,
                Student.id,
                SubmittedAssignment.id,
                SubmittedAssignment.timestamp,
                SubmittedAssignment.extension,
            )
            .select_from(Assignment)
            .outerjoin(Student, Student.id == email)
            .outerjoin(
                SubmittedAssignment,
                and_(SubmittedAssignment.assignment_id == Assignment.id, SubmittedAssignment.student_id == email),
            )
            .where(Assignment.id == week.id)
        ).one_or_none()
        if row is None:
            raise Problem(f"An assignment was taken out of {self.path} during the run: run again.")
        held = _Held(*row)
        if held.submission is None:
            return held
        rows = db.execute(
            select(
                SubmittedNotebook.notebook_id,
                SubmittedNotebook.id,
                SubmittedNotebook.late_submission_penalty,
                Grade.cell_id,
                Grade.id,
                Grade.auto_score,
                Grade.manual_score,
                Grade.extra_credit,
                Grade.needs_manual_grade,
            )
            .select_from(SubmittedNotebook)
            .outerjoin(Grade, and_(Grade.notebook_id == SubmittedNotebook.id, Grade.cell_id.in_(_graded_ids(week))))
            .where(
                SubmittedNotebook.notebook_id.in_([cells.id for cells in week.notebooks.values()]),
                SubmittedNotebook.assignment_id == held.submission,
            )
        )
        for notebook, submitted, penalty, cell, grade, *numbers in rows:
            held.notebooks[notebook], held.penalties[notebook] = submitted, penalty
            if grade is not None:
                held.grades.setdefault(notebook, {})[cell] = (grade, _Points(*numbers))
        wanted = select(Comment.notebook_id, Comment.cell_id, Comment.id).where(
            Comment.cell_id.in_([each for cells in week.notebooks.values() for each in cells.comments.values()]),
            Comment.notebook_id.in_(list(held.notebooks.values())),
        )
        for submitted, cell, comment in db.execute(wanted):
            held.comments.setdefault(submitted, {})[cell] = comment
        return held

    def _settle(self, graded: GradedSubmission, week: _Week, held: _Held) -> dict[str, _Settled]:
        """What each notebook of the week becomes; one that was not handed in gets nothing, as nbgrader has it."""
        unknown = sorted(set(graded.notebooks) - set(week.notebooks))
        if unknown:
            raise Problem(f"{self.path} has no notebook {unknown[0]} in {graded.week}: register its release first.")
        settled = {}
        for name, cells in week.notebooks.items():
            done = graded.notebooks.get(name, GradedNotebook((), None))
            had = {cell: points for cell, (_, points) in held.grades.get(cells.id, {}).items()}
            if done.notebook is None:
                zeros = {cell: _points(had.get(cell), 0.0, False) for cell in cells.grades.values()}
                settled[name] = _Settled(zeros, {}, held.penalties.get(cells.id))
                continue
            grades = self._settle_grades(graded, name, cells, had)
            score = sum(points.score for points in grades.values())
            handed_in = parse_utc(graded.handed_in) or held.timestamp
            penalty = self._late.of(graded.email, score, held.due, held.extension, handed_in)
            settled[name] = _Settled(grades, _auto_comments(done.notebook, cells), penalty)
        return settled

    def _settle_grades(
        self, graded: GradedSubmission, name: str, cells: _Cells, had: dict[str, _Points]
    ) -> dict[str, _Points]:
        done = graded.notebooks[name]
        now = done.notebook.cells if done.notebook else []
        scores = {score.name: score for score in done.scores}
        if unknown := sorted(set(scores) - set(cells.grades)):
            raise Problem(f"{self.path} has no graded cell {unknown[0]} in {graded.week}/{name}: register its release.")
        seen_by_coach = any(points.manual is not None for points in had.values())
        before = _cells_before(self.folder, graded, name) if seen_by_coach else []
        settled = {}
        for cell, cell_id in cells.grades.items():
            score, held = scores.get(cell), had.get(cell_id)
            auto = score.auto_score if score else None
            if held is None or held.manual is None:
                needs_look = auto is None or bool(score and score.needs_manual)
            else:
                same = bool(before) and _text(before, cell) == _text(now, cell) and auto == held.auto
                needs_look = held.needs_look or not same
            settled[cell_id] = _points(held, auto, needs_look)
        return settled

    def _write(self, graded: GradedSubmission, week: _Week, held: _Held, settled: dict[str, _Settled]) -> None:
        """The rows of a submission: those that are there are updated, the others made."""
        db = self._book.db
        if held.student is None:
            db.execute(insert(Student), [{"id": graded.email}])
        submission = held.submission or new_uuid()
        if held.submission is None:
            made = {"id": submission, "assignment_id": week.id, "student_id": graded.email}
            db.execute(insert(SubmittedAssignment), [made | {"timestamp": parse_utc(graded.handed_in)}])
        elif graded.handed_in is not None:
            db.execute(update(SubmittedAssignment), [{"id": submission, "timestamp": parse_utc(graded.handed_in)}])
        rows = _Rows()
        for name, cells in week.notebooks.items():
            new = settled[name]
            notebook = rows.put(
                SubmittedNotebook,
                held.notebooks.get(cells.id),
                {"notebook_id": cells.id, "assignment_id": submission},
                {"late_submission_penalty": new.penalty},
            )
            grades, comments = held.grades.get(cells.id, {}), held.comments.get(notebook, {})
            for cell, points in new.grades.items():
                held_grade = grades[cell][0] if cell in grades else None
                numbers = {"auto_score": points.auto, "needs_manual_grade": points.needs_look}
                rows.put(Grade, held_grade, {"notebook_id": notebook, "cell_id": cell}, numbers)
            for cell in cells.comments.values():
                if cell in new.comments or cell not in comments:
                    said = {"auto_comment": new.comments.get(cell)}
                    rows.put(Comment, comments.get(cell), {"notebook_id": notebook, "cell_id": cell}, said)
        rows.write(db)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that nbgrader's own methods and ours write in here is committed together at its end, or not at all."""
        with self._explained(), self._book.engine.begin() as connection, self._session(connection):
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        engine = self._book.engine.execution_options(handson_begin="BEGIN")
        with self._explained(), engine.connect() as connection, self._session(connection):
            yield

    @contextmanager
    def _session(self, connection: Connection) -> Iterator[None]:
        """`db` of the gradebook on this connection: a commit of nbgrader's own does not end our transaction."""
        self._book.db.configure(bind=connection, join_transaction_mode="rollback_only")
        try:
            yield
            self._book.db.flush()
        finally:
            self._book.db.remove()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise explain(error.orig, self.path) from error
        except InvalidEntry as error:  # how nbgrader's own methods pass on what the database said
            raise explain(getattr(error.__context__, "orig", error), self.path) from error


class _Rows:
    """Rows to be made and rows to be changed, so that a table is written with one statement for each."""

    def __init__(self) -> None:
        self.made: dict[Any, list[dict[str, Any]]] = {}
        self.changed: dict[Any, list[dict[str, Any]]] = {}

    def put(self, table: Any, held: str | None, parents: dict[str, str], values: dict[str, Any]) -> str:
        """Change the row `held`, or make one that belongs to `parents`; its id."""
        if held is None:
            held = new_uuid()
            self.made.setdefault(table, []).append({"id": held} | parents | values)
        else:
            self.changed.setdefault(table, []).append({"id": held} | values)
        return held

    def write(self, db: Any) -> None:
        for table, rows in self.made.items():
            db.execute(insert(table).execution_options(render_nulls=True), rows)
        for table, rows in self.changed.items():
            db.execute(update(table), rows)


def _points(held: _Points | None, auto: float | None, needs_look: bool) -> _Points:
    """A new score of the machine beside what the coach gave."""
    return _Points(auto, held.manual if held else None, held.extra if held else None, needs_look)


def _standing(points: Sequence[_Points], penalties: Sequence[float | None]) -> Standing:
    penalty = sum(each or 0.0 for each in penalties)
    manual = sum((each.manual or 0.0) + (each.extra or 0.0) for each in points)
    total = max(0.0, sum(each.score for each in points) - penalty)
    return Standing(
        sum(each.auto or 0.0 for each in points), manual, penalty, total, sum(each.needs_look for each in points)
    )


def _change(held: _Held, settled: Mapping[str, _Settled]) -> Change:
    had = [points for grades in held.grades.values() for _, points in grades.values()]
    before = _standing(had, list(held.penalties.values())) if held.submission else None
    points = [each for notebook in settled.values() for each in notebook.grades.values()]
    return Change(before, _standing(points, [notebook.penalty for notebook in settled.values()]))


def _auto_comments(notebook: NotebookNode, cells: _Cells) -> dict[str, str | None]:
    """By cell id what SaveAutoGrades says of each answer and task: whether anything was written."""
    said: dict[str, str | None] = {}
    for cell in notebook.cells:
        label = cell.metadata.get("nbgrader", {})
        if (is_solution(cell) or is_task(cell)) and label.get("grade_id") in cells.comments:
            untouched = label.get("checksum") == compute_checksum(cell) and not is_task(cell)
            said[cells.comments[label["grade_id"]]] = NO_RESPONSE if untouched else None
    return said


def _cells_before(folder: Path, graded: GradedSubmission, name: str) -> list[NotebookNode]:
    """The cells that the coach saw, from `autograded/`; none if they cannot be read."""
    path = folder / AUTOGRADED / graded.email / graded.week / f"{name}.ipynb"
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        cells = from_dict(json.loads(path.read_bytes()))["cells"]
        return [cell for cell in cells if isinstance(cell.metadata, dict)]
    return []


def _text(cells: Sequence[NotebookNode], name: str) -> list[str]:
    """What a coach read to grade a cell: its own text, or for a locked one all that the learner could write in."""
    own = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name]
    if own and is_locked(own[0]):
        own = [cell for cell in cells if not is_locked(cell)]
    return ["".join(cell.source) for cell in own]


def _graded_ids(week: _Week) -> list[str]:
    return [each for cells in week.notebooks.values() for each in cells.grades.values()]


def _save_cells(book: Gradebook, week: str, name: str, notebook: NotebookNode) -> None:
    """Run nbgrader's SaveCells on a gradebook that is open: its own `preprocess` would open another."""
    saver = SaveCells()
    saver.gradebook, saver.assignment_id, saver.notebook_id = book, week, name
    saver.new_grade_cells, saver.new_solution_cells = {}, {}
    saver.new_task_cells, saver.new_source_cells = {}, {}
    for place, cell in enumerate(notebook.cells):
        saver.preprocess_cell(cell, {}, place)
    saver._create_notebook(notebook)


@contextmanager
def _without_log() -> Iterator[None]:
    """nbgrader's methods log the traceback of an error that they raise, too; a sentence says it here."""
    was = app_log.disabled
    app_log.disabled = True
    try:
        yield
    finally:
        app_log.disabled = was
