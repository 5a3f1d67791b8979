"""Memos and their marks, behind the page: teams, marks that others gave, texts that changed, a gradebook in use."""

import json
import socket
from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.engine import Options, grade_week
from grader.coach.memo_marks import FOLDER, read_mark
from grader.coach.points import CellPoints, read_cells
from grader.coach.review import (
    COMMENTS,
    LATER,
    NEWER,
    Given,
    Memo,
    Written,
    as_json,
    keep_comment,
    open_review,
    read_comments,
    save,
    send_kept,
)
from grader.coach.review_server import LOOPBACK, Desk, ReviewServer
from grader.learner.pack import MANIFEST
from grader.learner.problem import Problem
from grader.sandbox.run import Pool
from tests.coach.cohort_of_two_notebooks import contents, dump
from tests.coach.cohort_of_week_1 import ADA, CY, WEEK, hand_in, handson, inside, notebook_of
from tests.coach.test_grade_command import by_coach

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]
NAME = "board-number"
CELL = f"memo-{NAME}"


def memo_of(cohort: Cohort, email: str) -> Memo:
    return next(each for each in open_review(cohort, WEEK).memos if email in each.emails)


def give(cohort: Cohort, memo: Memo, marks: str, words: str | None = None, *, marked: bool = True) -> Written:
    """Marks as `210-`, on the memo as it was shown."""
    criteria = tuple(None if mark == "-" else int(mark) for mark in marks)
    return save(cohort, WEEK, memo, Given(criteria, memo.mark.comment if words is None else words, memo.seen, marked))


def held(cohort: Cohort, email: str) -> CellPoints:
    return next(each for each in read_cells(cohort, WEEK) if (each.email, each.name) == (email, CELL))


def rewrite(cohort: Cohort, email: str, text: str) -> None:
    """As if another text had been handed in and graded."""
    path = cohort.autograded / email / WEEK / "grade.json"
    said = json.loads(path.read_text())
    said["memos"][0]["text"] = text
    path.write_text(json.dumps(said))


def team(cohort: Cohort, email: str, *others: str) -> None:
    (cohort.submitted / email / WEEK / MANIFEST).write_text(json.dumps({"email": email, "team": others}))


def test_a_teams_memo_is_marked_once_and_counts_for_each(after: Cohort) -> None:
    team(after, ADA, CY)
    team(after, CY, ADA)
    (memo,) = open_review(after, WEEK).memos
    assert memo.who == "Ada Person, Cy Person"
    give(after, memo, "2222", "Name the owner.")
    for email in (ADA, CY):
        assert (held(after, email).manual, held(after, email).comment) == (memo.most, "Name the owner.")
        assert read_mark(after, WEEK, email)[NAME].criteria == (2, 2, 2, 2)


def test_whoever_of_a_team_wrote_another_text_is_marked_alone(after: Cohort) -> None:
    team(after, ADA, CY)
    team(after, CY, ADA)
    rewrite(after, CY, "I see it otherwise.")
    assert [each.emails for each in open_review(after, WEEK).memos] == [(ADA,), (CY,)]


def test_a_member_who_comes_later_is_seen_with_the_mark_that_the_others_have(after: Cohort) -> None:
    give(after, memo_of(after, CY), "2110", "Good.")
    team(after, ADA, CY)
    team(after, CY, ADA)
    (memo,) = open_review(after, WEEK).memos
    assert (memo.mark.criteria, memo.mark.comment) == ((2, 1, 1, 0), "Good.")
    assert "given elsewhere" in memo.note
    assert give(after, memo, "2110").memo.note == ""
    assert held(after, ADA).manual == held(after, CY).manual == 4


def test_nearly_the_same_memos_point_at_each_other_and_others_do_not(after: Cohort) -> None:
    ada, cy = memo_of(after, ADA), memo_of(after, CY)
    assert [name for name, _ in ada.similar] == [cy.id]
    rewrite(after, CY, "Churn fell in the north, so freeze hiring until June.")
    assert memo_of(after, ADA).similar == memo_of(after, CY).similar == ()
    rewrite(after, CY, "?!")
    rewrite(after, ADA, "...")
    assert memo_of(after, ADA).similar == ()


def test_a_regrade_keeps_marks_and_words(after: Cohort, warm: Pool) -> None:
    give(after, memo_of(after, ADA), "2101", "Name the owner.")
    grade_week(after, WEEK, Options(), afresh=True)
    assert (held(after, ADA).manual, held(after, ADA).comment, held(after, ADA).waits) == (4, "Name the owner.", False)
    memo = memo_of(after, ADA)
    assert (memo.mark.criteria, memo.note, memo.done) == ((2, 1, 0, 1), "", True)


def test_a_text_that_changed_after_its_marks_is_to_be_marked_again_and_keeps_its_points_until_then(
    after: Cohort, warm: Pool
) -> None:
    give(after, memo_of(after, ADA), "2101", "Name the owner.")
    notebook = notebook_of(ADA)
    cell = next(each for each in notebook.cells if each.metadata.get("nbgrader", {}).get("grade_id") == CELL)
    cell.source = "Another text for the board."
    hand_in(after.folder, ADA, notebook)
    grade_week(after, WEEK, Options())
    memo = memo_of(after, ADA)
    assert (memo.mark.criteria, memo.done, memo.mark.comment) == ((None,) * 4, False, "Name the owner.")
    assert "has changed since it was marked 2 1 0 1. Its 4 points" in memo.note
    begun = give(after, memo, "2---").memo
    begun = give(after, begun, "2---", "Date?", marked=False).memo
    assert (held(after, ADA).manual, held(after, ADA).waits, begun.done) == (4, True, False)
    assert "an earlier text" in begun.note
    assert give(after, begun, "2222").memo.note == ""
    assert held(after, ADA).manual == memo.most


def test_points_from_formgrader_count_until_every_criterion_is_marked_again(after: Cohort) -> None:
    give(after, memo_of(after, ADA), "2222")
    by_coach(after, ADA, CELL, 5, "From formgrader.")
    memo = memo_of(after, ADA)
    assert "has 5 points, given elsewhere since" in memo.note
    assert (memo.mark.comment, memo.elsewhere, memo.done) == ("From formgrader.", (5,), True)
    memo = give(after, memo, "2222", "More words.", marked=False).memo
    assert (held(after, ADA).manual, held(after, ADA).comment) == (5, "More words.")
    assert "given elsewhere since" in memo.note
    memo = give(after, memo, "2---").memo
    assert held(after, ADA).manual == 5
    memo = give(after, memo, "2000").memo
    assert (held(after, ADA).manual, memo.note) == (2, "")


def test_a_memo_that_was_marked_in_formgrader_alone_loses_nothing_to_a_comment(after: Cohort) -> None:
    by_coach(after, ADA, CELL, 5)
    memo = memo_of(after, ADA)
    assert memo.done
    assert "given elsewhere" in memo.note
    give(after, memo, "----", "Words.", marked=False)
    assert (held(after, ADA).manual, held(after, ADA).waits, held(after, ADA).comment) == (5, False, "Words.")


def test_an_undo_gives_back_what_formgrader_had(after: Cohort) -> None:
    by_coach(after, ADA, CELL, 5)
    before = memo_of(after, ADA)
    written = give(after, before, "2222").memo
    undone = save(after, WEEK, written, Given((None,) * 4, "", written.seen, True, before.elsewhere)).memo
    assert held(after, ADA).manual == 5
    assert (undone.note, undone.done) == (before.note, True)


def test_an_undone_mark_takes_its_points_out_and_waits_again(after: Cohort) -> None:
    written = give(after, memo_of(after, ADA), "2222").memo
    give(after, written, "222-")
    assert (held(after, ADA).manual, held(after, ADA).waits) == (None, True)


def test_what_formgrader_wrote_while_the_page_was_open_is_not_overwritten(after: Cohort) -> None:
    memo = memo_of(after, ADA)
    by_coach(after, ADA, CELL, 5, "Theirs.")
    before = contents(after.folder / FOLDER), dump(after.folder)
    written = give(after, memo, "0000", "Mine.")
    assert (written.refused, written.said) == (True, NEWER)
    assert (written.memo.mark.comment, written.memo.elsewhere) == ("Theirs.", (5,))
    assert (contents(after.folder / FOLDER), dump(after.folder)) == before
    assert not give(after, written.memo, "0000", "Mine.").refused
    assert held(after, ADA).manual == 0


def in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while `handson grade` runs: this process could take its own lock twice."""

    def taken(_folder: Path) -> int:
        raise Problem("Another `handson` writes here.")

    monkeypatch.setattr("grader.coach.review.lock", taken)


def test_what_was_kept_while_the_gradebook_was_in_use_goes_there_later(
    after: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = give(after, memo_of(after, ADA), "2222").memo
    with monkeypatch.context() as patched:
        in_use(patched)
        written = give(after, done, "222-", "Words.")
        assert written.said.startswith(LATER.partition(":")[0])
        written = give(after, written.memo, "2220", "Words.")
        give(after, memo_of(after, CY), "----", "Only words.", marked=False)
        with pytest.raises(Problem, match="Another"):
            send_kept(after, open_review(after, WEEK))
    assert held(after, ADA).manual == 8
    assert (memo_of(after, ADA).done, memo_of(after, CY).done) == (True, False)
    assert send_kept(after, open_review(after, WEEK)) == 2
    assert (held(after, ADA).manual, held(after, ADA).comment) == (6, "Words.")
    assert (held(after, CY).manual, held(after, CY).comment) == (None, "Only words.")
    assert memo_of(after, ADA).note == memo_of(after, CY).note == ""
    assert send_kept(after, open_review(after, WEEK)) == 0


def test_what_others_gave_before_it_could_be_sent_stays(after: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    memo = memo_of(after, ADA)
    with monkeypatch.context() as patched:
        in_use(patched)
        give(after, memo, "0000", "Mine.")
    by_coach(after, ADA, CELL, 5, "Theirs.")
    send_kept(after, open_review(after, WEEK))
    assert (held(after, ADA).manual, held(after, ADA).comment) == (5, "Theirs.")
    memo = memo_of(after, ADA)
    assert memo.mark.criteria == (0, 0, 0, 0)
    assert "5 points, given elsewhere since" in memo.note


def test_a_damaged_gradebook_costs_no_mark_of_a_page_that_is_open(after: Cohort) -> None:
    memo = memo_of(after, ADA)
    good = after.gradebook.read_bytes()
    after.gradebook.write_bytes(good[: len(good) // 2])
    written = give(after, memo, "2221", "Words.")
    assert written.said.startswith(LATER.partition(":")[0])
    with pytest.raises(Problem, match="damaged"):
        open_review(after, WEEK)
    after.gradebook.write_bytes(good)
    assert send_kept(after, open_review(after, WEEK)) == 1
    assert held(after, ADA).manual == 7


def test_a_full_disk_is_a_sentence_and_leaves_the_mark_before(after: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    memo = give(after, memo_of(after, ADA), "1111").memo
    before = contents(after.folder / FOLDER), dump(after.folder)

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(Problem, match="No space left"):
            give(after, memo, "2222")
        with pytest.raises(Problem, match="No space left"):
            keep_comment(after, "Words.")
    assert (contents(after.folder / FOLDER), dump(after.folder)) == before
    assert not give(after, memo, "2222").refused


def test_one_damaged_file_costs_the_others_nothing_and_names_nobody_when_blind(after: Cohort) -> None:
    (after.autograded / CY / WEEK / "grade.json").write_text("{")
    review = open_review(after, WEEK, blind=True)
    assert [each.emails for each in review.memos] == [(ADA,)]
    page = json.dumps(as_json(after, review, []))
    assert "1 of the cohort" in page
    for name in ("Cy", "cy@", "Ada", "ada@"):
        assert name not in page
    assert "Cy Person" in as_json(after, open_review(after, WEEK), [])["problems"][0]


def test_a_blind_order_is_the_same_each_time_and_not_that_of_names(after: Cohort) -> None:
    first, again = (open_review(after, WEEK, blind=True).memos for _ in range(2))
    assert [each.id for each in first] == [each.id for each in again] == sorted(each.id for each in first)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>" * 4, "\u202eevil\u2066", "李" * 9_000, "\ud800 half"])
def test_any_text_of_a_memo_and_of_a_comment_is_taken(after: Cohort, text: str) -> None:
    rewrite(after, ADA, text)
    written = give(after, memo_of(after, ADA), "2222", text[:4_000])
    assert not written.said
    assert held(after, ADA).comment == text[:4_000].encode("utf-8", "replace").decode().strip()


@pytest.mark.parametrize("points", [(1.0, 2.0), (-1.0,), (float("nan"),), (True,), ("5",)])
def test_points_that_are_none_are_refused(after: Cohort, points: tuple[float, ...]) -> None:
    memo = memo_of(after, ADA)
    with pytest.raises(Problem, match="Points to put back"):
        save(after, WEEK, memo, Given((None,) * 4, "", memo.seen, True, points))
    with pytest.raises(Problem, match="at most 4,000"):
        give(after, memo, "2222", "x" * 4_001)


def test_comments_are_kept_once_the_newest_first(after: Cohort) -> None:
    for words in ("One.", "Two.", " One.\n", "  "):
        kept = keep_comment(after, words)
    assert kept == read_comments(after) == ["One.", "Two."]
    (after.folder / COMMENTS).write_text("[")
    with pytest.raises(Problem, match="move it away"):
        read_comments(after)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("w77",), "There is no week w77"),
        (("w09",), "Nothing is graded for w09"),
        ((WEEK, "--cohort", "nobody"), "There is no cohort nobody"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_sentence(after: Cohort, words: tuple[str, ...], said: str) -> None:
    with inside(after.folder):
        result = handson("review", *words, "--no-browser")
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_port_that_is_none_or_taken_is_said_in_a_sentence(after: Cohort) -> None:
    desk = Desk(after, open_review(after, WEEK))
    with pytest.raises(Problem, match="There is no port 70000"):
        ReviewServer(desk, 70_000)
    with socket.create_server((LOOPBACK, 0)) as taken, pytest.raises(Problem, match="Address already in use"):
        ReviewServer(desk, taken.getsockname()[1])


def test_a_week_without_memos_says_so_and_names_whose_file_is_damaged(after: Cohort) -> None:
    for email in (ADA, CY):
        (after.autograded / email / WEEK / "grade.json").write_text("{")
    with pytest.raises(Problem, match=r"No memo of w01 waits.*Left out: Ada Person"):
        open_review(after, WEEK)
