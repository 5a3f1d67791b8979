"""What the gradebook says, read without writing."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.coach import points as points_module
from grader.coach.cohort import Cohort
from grader.coach.points import read_cells, read_points
from grader.coach.record import Recorder
from grader.learner.problem import Problem
from tests.coach.cohort_of_two_notebooks import FIRST, NAMES, attempt, make_cohort
from tests.coach.cohort_of_two_notebooks import WEEK as TWO
from tests.coach.cohort_of_week_1 import ADA, BO, HANDED_IN, WEEK

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]
NOTEBOOK, MEMO = "w01_three_answers", "memo-board-number"


def test_points_are_those_that_the_recorder_and_nbgrader_itself_compute(after: Cohort) -> None:
    with Gradebook(f"sqlite:///{after.gradebook}") as book:
        grade = book.find_grade(MEMO, NOTEBOOK, WEEK, ADA)
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 4.5, 1.0, False
        book.find_submission_notebook(NOTEBOOK, WEEK, BO).late_submission_penalty = 0.5
        book.find_comment(MEMO, NOTEBOOK, WEEK, ADA).manual_comment = " Well seen. "
        book.db.commit()
        theirs = {each.student.id: (each.score, each.max_score) for each in book.assignment_submissions(WEEK)}
    points = {each.email: each for each in read_points(after, WEEK)}
    assert set(points) == set(HANDED_IN)
    with Recorder(after.folder) as recorder:
        standing = recorder.standings(WEEK)
    for email, each in points.items():
        assert (each.total + each.penalty, each.possible) == pytest.approx(theirs[email])
        known = standing[email]
        assert (each.auto, each.manual, each.penalty, each.total, each.waiting) == (
            known.auto,
            known.manual,
            known.penalty,
            known.total,
            known.waiting,
        )
    (memo,) = (each for each in read_cells(after, WEEK) if (each.email, each.name) == (ADA, MEMO))
    assert (memo.points, memo.waits, memo.comment) == (5.5, False, "Well seen.")


def test_a_due_date_counts_with_the_extension_that_a_learner_was_given(after: Cohort) -> None:
    with Gradebook(f"sqlite:///{after.gradebook}") as book:
        book.update_or_create_assignment(WEEK, duedate="2026-03-01 12:00:00")
        book.grant_extension(WEEK, ADA, days=2)
    due = {each.email: each.due for each in read_points(after, WEEK)}
    assert due[ADA] is not None
    assert due[BO] is not None
    assert (due[ADA] - due[BO]).days == 2


def test_a_gradebook_that_is_missing_or_damaged_is_one_sentence(after: Cohort) -> None:
    after.gradebook.write_bytes(b"no gradebook at all" * 100)
    with pytest.raises(Problem, match="is not a gradebook"):
        read_points(after)
    after.gradebook.unlink()
    with pytest.raises(Problem, match=r"There is no .*gradebook\.db"):
        read_points(after)


def test_seconds_late_count_from_the_due_date_and_are_none_where_nothing_is_due(after: Cohort) -> None:
    assert {each.late_seconds for each in read_points(after, WEEK)} == {0.0}
    with Gradebook(f"sqlite:///{after.gradebook}") as book:
        book.update_or_create_assignment(WEEK, duedate="2026-03-01 12:00:00")
        book.find_submission(WEEK, ADA).timestamp = datetime(2026, 3, 1, 12, 1)
        book.find_submission(WEEK, BO).timestamp = datetime(2026, 3, 1, 11, 59)
        book.db.commit()
    late = {each.email: each.late_seconds for each in read_points(after, WEEK)}
    assert (late[ADA], late[BO]) == (60.0, 0.0)


def test_two_notebooks_of_a_week_are_one_sum_and_a_penalty_counts_once(tmp_path: Path) -> None:
    make_cohort(tmp_path)
    pat = next(iter(NAMES))
    with Recorder(tmp_path) as recorder:
        recorder.record(attempt(pat, 2))
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.find_submission_notebook(FIRST, TWO, pat).late_submission_penalty = 1.5
        task = book.find_grade("task", FIRST, TWO, pat)
        task.extra_credit = 1.0  # nbgrader adds it to points, and there are none yet
        book.db.commit()
        theirs = book.find_submission(TWO, pat)
        score, most = theirs.score, theirs.max_score
    (points,) = read_points(Cohort(tmp_path, "two", 1, datetime(2026, 1, 1, tzinfo=UTC)))
    assert (points.total + points.penalty, points.penalty, points.possible) == (score, 1.5, most)


def test_reading_waits_for_a_writer_and_then_says_who_is_in_the_way(
    after: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points_module, "PATIENCE", 0.0)
    before = after.gradebook.read_bytes()
    with closing(sqlite3.connect(after.gradebook, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Problem, match="in use by another program"):
            read_points(after)
        other.execute("ROLLBACK")
    assert read_points(after)
    assert after.gradebook.read_bytes() == before
