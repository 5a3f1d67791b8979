"""The page that a learner gets back."""

import html
import json
import re
import zipfile
from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.feedback import BEFORE, LOOKS, STALE, STILL_RIGHT, WAITS, open_lesson, write_feedback
from grader.coach.memo_marks import MemoMark, hash_of, write_marks
from grader.coach.points import read_points
from grader.learner.problem import Problem
from tests.coach.cohort_of_two_notebooks import contents
from tests.coach.cohort_of_week_1 import ADA, BO, CY, DI, EVE, SLUG, WEEK, handson, inside
from tests.coach.test_report import checked

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]
MEMO = "board-number"


def page_of(cohort: Cohort, email: str) -> str:
    return checked(write_feedback(cohort, WEEK, email).pages[email])


def write(cohort: Cohort, email: str, graded: str, answer: str, points: float, comment: str, waits: bool) -> None:
    """Points and words for a cell, as formgrader writes them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort.gradebook}") as book:
        grade = book.find_grade(graded, SLUG, WEEK, email)
        grade.manual_score, grade.needs_manual_grade = points, waits
        book.find_comment(answer, SLUG, WEEK, email).manual_comment = comment
        book.db.commit()


def give(cohort: Cohort, email: str, points: float, comment: str = "", waits: bool = False) -> None:
    write(cohort, email, f"memo-{MEMO}", f"memo-{MEMO}", points, comment, waits)


def correct(cohort: Cohort, email: str, exercise: str, points: float, comment: str = "", waits: bool = False) -> None:
    write(cohort, email, f"check-{exercise}", exercise, points, comment, waits)


def write_journal(cohort: Cohort, email: str, entries: list[dict[str, object]]) -> None:
    path = cohort.submitted / email / WEEK / "journal.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + "no json\n")


def hints(page: str) -> list[int]:
    """The numbers of the hints that stand on a page."""
    return [int(number) for number in re.findall(r"Hint (\d) of 3", page)]


def test_it_says_what_was_right_what_was_not_and_what_to_do_on_monday(after: Cohort) -> None:
    ada, bo, di = (page_of(after, email) for email in (ADA, BO, DI))
    assert "What was right" in ada
    assert "What to look at again" not in ada
    assert "For Ada Person" in ada
    assert "On Monday" in ada
    assert "What to look at again" in bo
    assert "Not tried yet: 1 · Every row (0 of 2); 2 · Lena&#x27;s count (0 of 3); 3 · " in di
    assert "4 · Rows that are nobody: right" in ada
    assert "min)" not in ada
    assert "There is none yet. It can still be written" in di


def test_its_points_are_those_of_the_gradebook(after: Cohort) -> None:
    give(after, ADA, 3.5)
    said = json.loads((after.autograded / ADA / WEEK / "grade.json").read_text())
    machine = sum(each["points"] for each in said["exercises"])
    assert f"{machine + 3.5:g} of " in page_of(after, ADA)


def test_the_numbers_of_a_page_add_up_to_its_sum_and_to_the_gradebook(after: Cohort) -> None:
    give(after, ADA, 3.5)
    give(after, CY, 0.0)
    correct(after, BO, "nobody", 2.5)
    sums = {each.email: each for each in read_points(after, WEEK)}
    for email in (ADA, BO, CY, DI):
        page = page_of(after, email)
        said = re.findall(r"([\d.]+) of [\d.]+(?: points\.</p>|</span>|\)[;.])", html.unescape(page))
        assert len(said) == 5 + (email in (ADA, CY)), (email, said)
        assert sum(map(float, said)) == sums[email].total
        assert f"<p>{sums[email].total:g} of {sums[email].possible:g} points, with " in page


def test_points_and_words_from_formgrader_stand_on_the_card_of_the_exercise(after: Cohort) -> None:
    assert "Your coach gave these points" not in page_of(after, BO)
    correct(after, BO, "nobody", 2.5, "You *counted* the <b>tests</b>.")
    bo = page_of(after, BO)
    assert "2.5 of 3" in bo
    assert "Your coach gave these points; the check had given 0." in bo
    assert "You *counted* the &lt;b&gt;tests&lt;/b&gt;." in bo
    correct(after, DI, "nobody", 0.0, "Which stairs?")
    assert "Which stairs?" in page_of(after, DI)


def test_as_many_hints_stand_open_as_on_the_learners_own_card(after: Cohort) -> None:
    assert hints(page_of(after, BO)) == [1]
    path = after.autograded / BO / WEEK / "grade.json"
    nobody = next(each for each in json.loads(path.read_text())["exercises"] if each["name"] == "nobody")
    same = {"kind": "try", "exercise": "nobody", "status": nobody["status"], "hash": nobody["hash"]}
    tries = [same, same, {**same, "hash": "other"}, {**same, "hash": "typed", "typed_in": True}]
    tries += [{**same, "exercise": "all-rows", "hash": "elsewhere"}, {**same, "hash": "right", "status": "right"}]
    write_journal(after, BO, tries)
    assert hints(page_of(after, BO)) == [1, 2]
    write_journal(after, BO, [{**same, "hash": str(number)} for number in range(9)])
    assert hints(page_of(after, BO)) == [1, 2, 3]
    assert hints(page_of(after, CY)) == []
    assert hints(page_of(after, DI)) == []


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


def test_a_memo_that_changed_after_it_was_marked_says_what_its_points_are_of(after: Cohort) -> None:
    give(after, ADA, 4.0, "Name the owner.")
    text = json.loads((after.autograded / ADA / WEEK / "grade.json").read_text())["memos"][0]["text"]
    mark = MemoMark(MEMO, (1, 1, 1, 1), total=4.0, text_hash=hash_of(text))
    write_marks(after, WEEK, ADA, {MEMO: mark})
    assert BEFORE not in page_of(after, ADA)
    write_marks(after, WEEK, ADA, {MEMO: MemoMark(MEMO, (1, 1, 1, 1), total=4.0, text_hash=hash_of("Other."))})
    assert BEFORE in page_of(after, ADA)


def test_points_that_count_although_the_coach_has_to_look_again_are_not_said_to_be_left_out(after: Cohort) -> None:
    assert WAITS in page_of(after, ADA)
    give(after, ADA, 4.0, waits=True)
    ada = page_of(after, ADA)
    assert WAITS not in ada
    assert LOOKS in ada
    assert BEFORE in ada
    assert "<p>4 of 8 points.</p>" in ada


def test_a_name_keeps_its_joiners_and_loses_what_turns_the_text_round(after: Cohort) -> None:
    roster = after.roster_file.read_text(encoding="utf-8").replace("Ada Person", "علی\u200cرضا <i> \u202eO'Brien")
    after.roster_file.write_text(roster, encoding="utf-8")
    assert "For علی\u200cرضا &lt;i&gt;  O&#x27;Brien" in page_of(after, ADA)


def test_predictions_stand_beside_what_came_and_only_where_they_were_handed_in(after: Cohort) -> None:
    assert "Your predictions" not in page_of(after, ADA)
    lines: list[dict[str, object]] = [
        {"kind": "prediction", "name": f"guess-{number}", "value": 5, "confidence": 80, "hit": number > 2}
        for number in range(5)
    ]
    lines[3] |= {"name": "paused", "value": 1234.5}
    lines[4] |= {"value": "<i>a word</i>"}
    write_journal(after, ADA, lines)
    page = page_of(after, ADA)
    paused = open_lesson(after, WEEK).key.predictions["paused"]
    cells = ["paused", "1,234.5", "80%", f"{paused.truth:,} {paused.unit}", "near enough"]
    row = "".join(f"<td{' class=number' if place in (1, 2, 3) else ''}>{cell}</td>" for place, cell in enumerate(cells))
    assert row in page
    assert "&lt;i&gt;a word&lt;/i&gt;" in page
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
