"""What the gradebook says now, read in one pass and never written: points by learner and week, and cell by cell."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.coach.cohort import Cohort
from grader.coach.gradebook import PATIENCE, explain, make_or_check
from grader.learner.problem import Problem

_CELLS = """
WITH cells AS (SELECT id, max_score FROM grade_cells UNION ALL SELECT id, max_score FROM task_cells)
SELECT submitted_assignment.student_id, assignment.name, base_cell.name, grade.auto_score, grade.manual_score,
       coalesce(grade.extra_credit, 0), cells.max_score,
       grade.needs_manual_grade, comment.manual_comment
FROM grade
JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN assignment ON submitted_assignment.assignment_id = assignment.id
JOIN base_cell ON grade.cell_id = base_cell.id
JOIN cells ON cells.id = base_cell.id
LEFT JOIN comment ON comment.notebook_id = submitted_notebook.id AND comment.cell_id = (
    SELECT solution.id FROM base_cell AS solution
    WHERE solution.name = base_cell.name AND solution.notebook_id = base_cell.notebook_id
      AND solution.type IN ('SolutionCell', 'TaskCell')
)
WHERE (? = '' OR assignment.name = ?) AND substr(base_cell.name, 1, length(?)) = ?
ORDER BY 1, 2, 3
"""
_POINTS = """
WITH cells AS (SELECT id, max_score FROM grade_cells UNION ALL SELECT id, max_score FROM task_cells), scored AS (
    SELECT grade.notebook_id, sum(grade.auto_score) AS auto,
           sum(coalesce(grade.manual_score, 0) + coalesce(grade.extra_credit, 0)) AS manual,
           sum(coalesce(coalesce(grade.manual_score, grade.auto_score) + coalesce(grade.extra_credit, 0), 0)) AS total,
           sum(cells.max_score) AS possible, sum(grade.needs_manual_grade) AS waiting
    FROM grade JOIN cells ON cells.id = grade.cell_id
    GROUP BY grade.notebook_id
)
SELECT submitted_assignment.student_id, assignment.name, coalesce(sum(scored.auto), 0), coalesce(sum(scored.manual), 0),
       coalesce(sum(submitted_notebook.late_submission_penalty), 0), coalesce(sum(scored.total), 0),
       coalesce(sum(scored.possible), 0), coalesce(sum(scored.waiting), 0), submitted_assignment.timestamp,
       assignment.duedate, submitted_assignment.extension
FROM submitted_assignment
JOIN assignment ON submitted_assignment.assignment_id = assignment.id
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
LEFT JOIN scored ON scored.notebook_id = submitted_notebook.id
WHERE ? = '' OR assignment.name = ?
GROUP BY submitted_assignment.id
ORDER BY 1, 2
"""
_COMMENTS = """
SELECT submitted_assignment.student_id, base_cell.name, comment.manual_comment
FROM comment
JOIN base_cell ON comment.cell_id = base_cell.id
JOIN submitted_notebook ON comment.notebook_id = submitted_notebook.id
JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN assignment ON submitted_assignment.assignment_id = assignment.id
WHERE (? = '' OR assignment.name = ?) AND trim(coalesce(comment.manual_comment, '')) <> ''
"""
MEMO = "memo-"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CellPoints:
    """One graded cell of one submission. `waits` says that the coach has still to look at it."""

    email: str
    week: str
    name: str
    auto: float | None
    manual: float | None
    extra: float
    most: float
    waits: bool
    comment: str

    @property
    def is_memo(self) -> bool:
        """Whether it is read by the coach in a review, and not checked by the machine."""
        return self.name.startswith(MEMO)

    @property
    def points(self) -> float:
        """What counts: the coach's points where there are some, else the machine's, and extra credit."""
        given = self.auto if self.manual is None else self.manual
        return 0.0 if given is None else given + self.extra


@dataclass(frozen=True)
class WeekPoints:
    """One submission. `total` is after the late `penalty`, `handed_in` and `due` are UTC, `waiting` counts cells."""

    email: str
    week: str
    auto: float
    manual: float
    penalty: float
    total: float
    possible: float
    waiting: int
    handed_in: datetime | None
    due: datetime | None

    @property
    def late_seconds(self) -> float:
        """Seconds after the time that was due, an extension included; 0 where nothing was due, or it is not known."""
        late = (self.handed_in - self.due).total_seconds() if self.handed_in and self.due else 0.0
        return max(0.0, late)


def read_cells(cohort: Cohort, week: str = "", begins: str = "") -> list[CellPoints]:
    """Every graded cell of a week, or of all, whose name begins so, by learner, week and name. Raises Problem."""
    return [
        CellPoints(email, name, cell, auto, manual, extra, most, bool(waits), (comment or "").strip())
        for email, name, cell, auto, manual, extra, most, waits, comment in _rows(
            cohort.gradebook, _CELLS, week, week, begins, begins
        )
    ]


def read_comments(cohort: Cohort, week: str) -> dict[str, dict[str, str]]:
    """What the coach wrote below the answers of a week, in formgrader or in a review: by e-mail, then by cell."""
    said: dict[str, dict[str, str]] = {}
    for email, cell, comment in _rows(cohort.gradebook, _COMMENTS, week, week):
        said.setdefault(email, {})[cell] = comment.strip()
    return said


def what_waits(cells: Sequence[CellPoints], week: str, folder: Path) -> list[str]:
    """What the coach has still to do for a week before its points are final, each with its next step."""
    memos = len({each.email for each in cells if each.waits and each.is_memo})
    others = sum(each.waits and not each.is_memo for each in cells)
    said = []
    if memos:
        said.append(f"{memos} memo{'s wait' if memos != 1 else ' waits'} for you. Next: `handson review {week}`")
    if others:
        which = f"{others} answers" if others != 1 else "1 answer"
        said.append(f"{which} to look at in formgrader once more. Next: `nbgrader formgrader` in {folder}")
    return said


def read_points(cohort: Cohort, week: str = "") -> list[WeekPoints]:
    """The points of every submission of a week, or of all, in the order of learner and week. Raises Problem."""
    return [
        WeekPoints(
            email,
            name,
            auto,
            manual,
            penalty,
            max(0.0, total - penalty),
            possible,
            waiting,
            _utc(handed_in),
            _due(due, extension),
        )
        for email, name, auto, manual, penalty, total, possible, waiting, handed_in, due, extension in _rows(
            cohort.gradebook, _POINTS, week, week
        )
    ]


def _utc(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if stored else None


def _due(stored: str | None, extension: str | None) -> datetime | None:
    """SQLAlchemy stores an interval as the moment that lies so far after 1970 began."""
    due, longer = _utc(stored), _utc(extension)
    return due + (longer - EPOCH) if due and longer else due


def _rows(path: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    if not path.exists():
        raise Problem(f"There is no {path}: run `handson grade` first, or put a copy of it back.")
    make_or_check(path, PATIENCE)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as db:
            return db.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise explain(error, path) from error
