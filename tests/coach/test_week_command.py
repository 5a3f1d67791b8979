"""`handson week`: as far as it goes without a person, and on from there."""

from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.review import Given, open_review, save
from grader.sandbox.run import Pool
from tests.coach.cohort_of_week_1 import ADA, BO, WEEK, handson, inside
from tests.coach.test_feedback import correct

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def test_it_stops_where_memos_wait_and_goes_on_when_they_are_marked(before: Cohort, warm: Pool) -> None:
    with inside(before.folder):
        first = handson("week", WEEK)
        assert first.exit_code == 0, first.output
        assert "2 memos wait for you. Next: `handson review w01`" in first.output
        assert not Path("feedback").exists()
        for memo in open_review(before, WEEK).memos:
            assert save(before, WEEK, memo, Given((1, 1, 1, 1), "Go on.", memo.seen)).said == ""
        second = handson("week", WEEK)
    assert second.exit_code == 0, second.output
    assert "4 as before" in second.output
    assert "The week is done." in second.output
    assert "Go on." in (before.folder / "feedback" / ADA / WEEK / f"{WEEK}.html").read_text()
    assert (before.folder / "report.html").exists()


def test_an_answer_that_waits_in_formgrader_is_not_sent_to_the_review(after: Cohort, warm: Pool) -> None:
    for memo in open_review(after, WEEK).memos:
        assert save(after, WEEK, memo, Given((1, 1, 1, 1), "", memo.seen)).said == ""
    correct(after, BO, "nobody", 2.5, waits=True)
    with inside(after.folder):
        said = handson("week", WEEK)
    assert said.exit_code == 0
    assert "1 answer to look at in formgrader once more. Next: `nbgrader formgrader`" in said.output
    assert "handson review" not in said.output


def test_told_to_it_writes_feedback_although_memos_wait(after: Cohort, warm: Pool) -> None:
    with inside(after.folder):
        said = handson("week", WEEK, "--anyway")
    assert said.exit_code == 0
    assert "has not been read yet" in (after.folder / "feedback" / ADA / WEEK / f"{WEEK}.html").read_text()


def test_a_week_that_there_is_not_ends_it_in_one_sentence(after: Cohort) -> None:
    with inside(after.folder):
        said = handson("week", "w77")
    assert said.exit_code == 2
    assert said.output.strip().splitlines()[-1].startswith("There is no week w77 to grade")
