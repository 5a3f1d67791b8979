"""What a cohort's files say, gathered once into tables that DuckDB asks.

Tables: `learners` (email, name), `points` (a row for each submission), `exercises` (each exercise of each graded
submission), `tries`, `predictions`, `asked`, `worked` (minutes of a week, from the journal), `memos` (a row for each
criterion that is marked and not stale). Journals that were left out are missing rows, never zeros.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd

from grader.coach.cohort import Cohort
from grader.coach.grade_file import FILE_NAME as GRADE_FILE
from grader.coach.grade_file import read_grade
from grader.coach.journals import WeekJournal, read_journals
from grader.coach.memo_marks import FOLDER as MARKS
from grader.coach.memo_marks import read_marks
from grader.coach.points import CellPoints, read_cells, read_points
from grader.learner.outcome import Status
from grader.learner.problem import Problem

A_BREAK = timedelta(minutes=20)
"""A longer pause between two lines of a journal counts as none of the hour."""
_COLUMNS = {
    "learners": "email VARCHAR, name VARCHAR",
    "points": (
        "email VARCHAR, week VARCHAR, total DOUBLE, possible DOUBLE, waiting INTEGER, handed_in TIMESTAMP, late BOOLEAN"
    ),
    "exercises": (
        "email VARCHAR, week VARCHAR, exercise VARCHAR, status VARCHAR, named INTEGER, message VARCHAR, points DOUBLE, "
        "possible DOUBLE, later BOOLEAN, typed_in BOOLEAN, saw VARCHAR"
    ),
    "tries": "email VARCHAR, week VARCHAR, exercise VARCHAR, status VARCHAR, named BIGINT, tried_at TIMESTAMP",
    "predictions": "email VARCHAR, week VARCHAR, name VARCHAR, confidence DOUBLE, hit BOOLEAN",
    "asked": "email VARCHAR, week VARCHAR, answer VARCHAR",
    "worked": "email VARCHAR, week VARCHAR, minutes DOUBLE",
    "memos": "email VARCHAR, week VARCHAR, memo VARCHAR, criterion INTEGER, mark INTEGER",
}
"""Times are UTC without a zone."""


@dataclass(frozen=True)
class Gathered:
    """The tables on a connection of their own, and what could not be read."""

    database: duckdb.DuckDBPyConnection
    problems: tuple[str, ...]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.database.execute(query, list(values)).fetchall()

    def one(self, query: str, *values: object) -> Any:
        """The first value of the first row."""
        return self.rows(query, *values)[0][0]


def gather(cohort: Cohort) -> Gathered:
    """Read roster, gradebook, grade.json, journals and memo marks of a cohort. Raises Problem."""
    cells = read_cells(cohort)
    problems: list[str] = []
    journals = read_journals(cohort)
    tables: dict[str, Iterable[Sequence[object]]] = {
        "learners": [(each.email, each.name) for each in cohort.roster().learners],
        "points": [
            (
                each.email,
                each.week,
                each.total,
                each.possible,
                each.waiting,
                _naive(each.handed_in),
                bool(each.handed_in and each.due and each.handed_in > each.due),
            )
            for each in read_points(cohort, cells=cells)
        ],
        "exercises": list(_exercises(cohort, problems)),
        "tries": [
            (own.email, own.week, each.exercise, each.status, each.named, each.at)
            for own in journals
            for each in own.tries
        ],
        "predictions": [
            (own.email, own.week, each.name, each.confidence, each.hit) for own in journals for each in own.predictions
        ],
        "asked": [(own.email, own.week, own.asked.answer) for own in journals if own.asked],
        "worked": [(own.email, own.week, minutes) for own in journals if (minutes := minutes_of(own))],
        "memos": list(_memos(cohort, cells, problems)),
    }
    database = duckdb.connect()
    for name, rows in tables.items():
        columns = [each.split()[0] for each in _COLUMNS[name].split(", ")]
        database.execute(f"CREATE TABLE {name} ({_COLUMNS[name]})")
        database.register("gathered", pd.DataFrame(list(rows), columns=columns, dtype=object))
        database.execute(f"INSERT INTO {name} SELECT * FROM gathered")
        database.unregister("gathered")
    return Gathered(database, tuple(problems))


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None


def minutes_of(journal: WeekJournal) -> float:
    """Minutes from the first line of a journal to its last, without pauses of more than 20; 0 for fewer than two."""
    gaps = [after - before for before, after in pairwise(journal.times)]
    return sum((gap for gap in gaps if gap <= A_BREAK), timedelta()).total_seconds() / 60


def _exercises(cohort: Cohort, problems: list[str]) -> Iterable[tuple[object, ...]]:
    for path in sorted(cohort.autograded.glob(f"*/*/{GRADE_FILE}")):
        email, week = path.parts[-3], path.parts[-2]
        try:
            grade = read_grade(path.parent)
        except Problem as problem:
            problems.append(str(problem))
            continue
        for each in grade.exercises:
            wrong = each.status in (Status.CLOSE, Status.WRONG)
            yield (
                email,
                week,
                each.name,
                each.status.value,
                each.named,
                each.message if wrong else "",
                each.points,
                each.possible,
                each.right_today_wrong_later,
                each.typed_in,
                each.saw,
            )


def _memos(cohort: Cohort, cells: Iterable[CellPoints], problems: list[str]) -> Iterable[tuple[object, ...]]:
    manual = {(each.email, each.week, each.name): each.manual for each in cells}
    folder = cohort.folder / MARKS
    for week in sorted(path.name for path in folder.glob("w[0-9][0-9]")) if folder.is_dir() else ():
        try:
            marks = read_marks(cohort, week)
        except Problem as problem:
            problems.append(str(problem))
            continue
        for email, memos in marks.items():
            for name, mark in memos.items():
                if mark.complete and not mark.is_stale(manual.get((email, week, f"memo-{name}"))):
                    yield from ((email, week, name, place, given) for place, given in enumerate(mark.criteria))
