"""What the gradebook says, read without writing."""

import pytest
from nbgrader.api import Gradebook

from grader.coach.cohort import Cohort
from grader.coach.points import read_cells, read_points
from grader.coach.record import Recorder
from grader.learner.problem import Problem
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
