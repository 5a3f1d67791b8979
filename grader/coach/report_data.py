"""What a cohort's files say, gathered once into tables that DuckDB asks.

Tables: `learners` (email, name), `points` (a row for each submission), `exercises` (each exercise of each graded
submission), `journals` (a row for each that was handed in), `tries` (in order, with the minutes since the line before),
`predictions`, `asked`, `worked` (minutes of a week, from the journal), `memos` (a row for each criterion that is marked
and not stale), `marked` (points of each memo that has them). Journals that were left out are missing rows, never zeros.
Who is not on the roster is in none of them.
"""

import gc
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
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
    "journals": "email VARCHAR, week VARCHAR",
    "tries": "email VARCHAR, week VARCHAR, exercise VARCHAR, status VARCHAR, place INTEGER, minutes DOUBLE",
    "predictions": "email VARCHAR, week VARCHAR, name VARCHAR, confidence DOUBLE, hit BOOLEAN",
    "asked": "email VARCHAR, week VARCHAR, answer VARCHAR, came_back VARCHAR",
    "worked": "email VARCHAR, week VARCHAR, minutes DOUBLE",
    "memos": "email VARCHAR, week VARCHAR, memo VARCHAR, criterion INTEGER, mark INTEGER",
    "marked": "email VARCHAR, week VARCHAR, memo VARCHAR, points DOUBLE, possible DOUBLE",
}
"""Times are UTC without a zone."""


MEMO = "memo-"
"""How the name of a memo's cell begins."""


@dataclass(frozen=True)
class Gathered:
    """The tables on a connection of their own, and what could not be read.

    `strangers` counts those who handed in and are not on the roster, `stale` the memos whose criteria are older than
    their points.
    """

    database: duckdb.DuckDBPyConnection
    problems: tuple[str, ...]
    strangers: int
    stale: int

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.database.execute(query, list(values)).fetchall()

    def one(self, query: str, *values: object) -> Any:
        """The first value of the first row."""
        return self.rows(query, *values)[0][0]


def gather(cohort: Cohort) -> Gathered:
    """Read roster, gradebook, grade.json, journals and memo marks of a cohort. Raises Problem."""
    with _without_collector():
        return _gather(cohort)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Half a million small objects without a cycle: looking for cycles among them takes a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _gather(cohort: Cohort) -> Gathered:
    learners = cohort.roster().learners
    enrolled = {each.email for each in learners}
    problems: list[str] = []
    points = read_points(cohort)
    memos = [each for each in read_cells(cohort, begins=MEMO) if each.email in enrolled]
    journals = [each for each in read_journals(cohort) if each.email in enrolled]
    marks = list(_marks(cohort, enrolled, memos, problems))
    tables: dict[str, Iterable[Sequence[object]]] = {
        "learners": [(each.email, each.name) for each in learners],
        "points": [
            (
                each.email,
                each.week,
                each.total,
                each.possible,
                each.waiting,
                _naive(each.handed_in),
                each.late_seconds > 0,
            )
            for each in points
            if each.email in enrolled
        ],
        "exercises": _exercises(cohort, enrolled, problems),
        "journals": [(own.email, own.week) for own in journals],
        "tries": [row for own in journals for row in _tries(own)],
        "predictions": [
            (own.email, own.week, each.name, each.confidence, each.hit) for own in journals for each in own.predictions
        ],
        "asked": [(own.email, own.week, own.asked.answer, own.asked.came_back) for own in journals if own.asked],
        "worked": [(own.email, own.week, minutes) for own in journals if (minutes := minutes_of(own))],
        "memos": [row for is_stale, rows in marks if not is_stale for row in rows],
        "marked": [
            (each.email, each.week, each.name.removeprefix(MEMO), each.points, each.most)
            for each in memos
            if each.manual is not None
        ],
    }
    database = duckdb.connect()
    for name, rows in tables.items():
        columns = [each.split()[0] for each in _COLUMNS[name].split(", ")]
        database.execute(f"CREATE TABLE {name} ({_COLUMNS[name]})")
        database.register("gathered", pd.DataFrame(list(rows), columns=columns, dtype=object))
        database.execute(f"INSERT INTO {name} SELECT * FROM gathered")
        database.unregister("gathered")
    strangers = {each.email for each in points} - enrolled
    return Gathered(database, tuple(problems), len(strangers), sum(is_stale for is_stale, _ in marks))


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None


def minutes_of(journal: WeekJournal) -> float:
    """Minutes from the first line of a journal to its last, without pauses of more than 20; 0 for fewer than two."""
    gaps = [after - before for before, after in pairwise(journal.times)]
    return sum((gap for gap in gaps if gap <= A_BREAK), timedelta()).total_seconds() / 60


def _tries(journal: WeekJournal) -> Iterator[tuple[object, ...]]:
    """The tries of a journal, each with the minutes since the line before: none after a break, or for a first line."""
    for place, each in enumerate(journal.tries):
        minutes = None
        before = bisect_left(journal.times, each.at) - 1 if each.at else -1
        if each.at and before >= 0 and each.at - journal.times[before] <= A_BREAK:
            minutes = (each.at - journal.times[before]).total_seconds() / 60
        yield journal.email, journal.week, each.exercise, each.status, place, minutes


def _exercises(cohort: Cohort, enrolled: set[str], problems: list[str]) -> Iterator[tuple[object, ...]]:
    for email, week, folder in _graded(cohort, enrolled):
        try:
            grade = read_grade(folder)
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


def _graded(cohort: Cohort, enrolled: set[str]) -> Iterator[tuple[str, str, Path]]:
    """Learner, week and folder of what was graded and has a grade.json: classic assignments have none."""
    for email in sorted(enrolled):
        folder = cohort.autograded / email
        if not folder.is_dir():
            continue
        with os.scandir(folder) as weeks:
            for week in weeks:
                if week.name[0] != "." and os.path.exists(f"{week.path}/{GRADE_FILE}"):  # noqa: PTH110 (20,000 of them)
                    yield email, week.name, Path(week.path)


def _marks(
    cohort: Cohort, enrolled: set[str], memos: Iterable[CellPoints], problems: list[str]
) -> Iterator[tuple[bool, list[tuple[object, ...]]]]:
    """For each memo that is marked whole: whether its criteria are stale, and a row for each of them."""
    manual = {(each.email, each.week, each.name): each.manual for each in memos}
    folder = cohort.folder / MARKS
    for week in sorted(path.name for path in folder.glob("w[0-9][0-9]")) if folder.is_dir() else ():
        try:
            marks = read_marks(cohort, week)
        except Problem as problem:
            problems.append(str(problem))
            continue
        for email in sorted(enrolled & set(marks)):
            for name, mark in marks[email].items():
                if mark.complete:
                    rows: list[tuple[object, ...]] = [
                        (email, week, name, place, given) for place, given in enumerate(mark.criteria)
                    ]
                    yield mark.is_stale(manual.get((email, week, f"{MEMO}{name}"))), rows
