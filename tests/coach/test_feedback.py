"""The page that a learner gets back."""

import json
import zipfile
from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.feedback import STALE, STILL_RIGHT, open_lesson, write_feedback
from grader.coach.memo_marks import MemoMark, write_marks
from grader.learner.problem import Problem
from tests.coach.cohort_of_two_notebooks import contents
from tests.coach.cohort_of_week_1 import ADA, BO, CY, DI, EVE, WEEK, handson, inside
from tests.coach.test_report import checked

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]
MEMO = "board-number"


def page_of(cohort: Cohort, email: str) -> str:
    return checked(write_feedback(cohort, WEEK, email).pages[email])


def give(cohort: Cohort, email: str, points: float, comment: str = "") -> None:
    """Points and words for a memo, as formgrader writes them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort.gradebook}") as book:
        grade = book.find_grade(f"memo-{MEMO}", "w01_three_answers", WEEK, email)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment(f"memo-{MEMO}", "w01_three_answers", WEEK, email).manual_comment = comment
        book.db.commit()


def test_it_says_what_was_right_what_was_not_and_what_to_do_on_monday(after: Cohort) -> None:
    ada, bo, di = (page_of(after, email) for email in (ADA, BO, DI))
    assert "What was right" in ada
    assert "What to look at again" not in ada
    assert "For Ada Person" in ada
    assert "On Monday" in ada
    assert "What to look at again" in bo
    assert "Not tried yet".lower() in di
    assert "There is none yet. It can still be written" in di


def test_its_points_are_those_of_the_gradebook(after: Cohort) -> None:
    give(after, ADA, 3.5)
    said = json.loads((after.autograded / ADA / WEEK / "grade.json").read_text())
    machine = sum(each["points"] for each in said["exercises"])
    assert f"{machine + 3.5:g} of " in page_of(after, ADA)


def test_what_is_right_today_and_wrong_next_quarter_is_explained(after: Cohort) -> None:
    cy = page_of(after, CY)
    assert "Right today, and wrong next quarter" in cy
    assert STILL_RIGHT.split(".")[0] in cy.replace("&#x27;", "'")
    assert "Right today, and wrong next quarter" not in page_of(after, ADA)


def test_no_solution_and_no_flag_is_in_it(after: Cohort) -> None:
    path = after.autograded / BO / WEEK / "grade.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "flags": ["An answer was sent twice."]}))
    page = page_of(after, BO)
    assert "sent twice" not in page
    plan = open_lesson(after, WEEK).plan
    for exercise in plan.exercise.values():
        for code in exercise.alt:
            assert code.partition("= ")[2] not in page


def test_a_memo_is_shown_with_marks_in_words_and_what_the_coach_says(after: Cohort) -> None:
    assert "Your coach has not read it yet." in page_of(after, ADA)
    give(after, ADA, 4.0, "Good: <b>name</b> the owner.")
    write_marks(after, WEEK, ADA, {MEMO: MemoMark(MEMO, (2, 1, 1, 0), total=4.0)})
    page = page_of(after, ADA)
    assert "Good: &lt;b&gt;name&lt;/b&gt; the owner." in page
    assert page.count("<td>partly</td>") == 2
    assert STALE not in page
    give(after, ADA, 6.0)
    assert STALE in page_of(after, ADA)


def test_predictions_stand_beside_what_came_and_only_where_they_were_handed_in(after: Cohort) -> None:
    assert "Your predictions" not in page_of(after, ADA)
    lines = [
        {"kind": "prediction", "name": f"guess-{number}", "value": 5, "confidence": 80, "hit": number > 2}
        for number in range(5)
    ]
    path = after.submitted / ADA / WEEK / "journal.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "no json\n")
    page = page_of(after, ADA)
    assert "guess 3" in page
    assert "right in 2 of 5 predictions" in page


def test_the_zip_has_a_page_for_each_and_is_the_same_each_time(after: Cohort) -> None:
    first = write_feedback(after, WEEK).archive.read_bytes()
    again = write_feedback(after, WEEK)
    assert again.archive.read_bytes() == first
    with zipfile.ZipFile(again.archive) as archive:
        assert archive.namelist() == [f"{WEEK}-feedback/{email}.html" for email in (ADA, BO, CY, DI)]


@pytest.mark.parametrize(
    ("week", "learner", "said"),
    [
        (WEEK, EVE, "nothing of theirs is graded for w01"),
        (WEEK, "nobody@x.org", "nobody of that e-mail is on the roster"),
        ("w77", None, "There is no week w77"),
        ("w09", None, "Nothing is graded for w09"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(after: Cohort, week: str, learner: str | None, said: str) -> None:
    before = contents(after.folder)
    with pytest.raises(Problem, match=said):
        write_feedback(after, week, learner)
    assert contents(after.folder) == before


def test_one_damaged_grade_costs_the_others_nothing(after: Cohort) -> None:
    (after.autograded / BO / WEEK / "grade.json").write_text("{")
    with inside(after.folder):
        said = handson("feedback", WEEK)
    assert said.exit_code == 1
    assert f"{BO} has no page" in said.output
    assert (after.folder / "feedback" / ADA / WEEK / f"{WEEK}.html").exists()


def test_a_full_disk_leaves_the_old_page(after: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_feedback(after, WEEK, ADA).pages[ADA]
    before = path.read_bytes()

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Problem, match="No space left"):
        write_feedback(after, WEEK, ADA)
    assert path.read_bytes() == before
