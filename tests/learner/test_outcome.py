import pytest

from grader.learner.outcome import Notice, Outcome, Status


@pytest.mark.parametrize(("points", "text"), [(2, "2.0"), (0, "0.0"), (1.5, "1.5")])
def test_an_outcome_is_its_points_as_text_and_a_card_as_html(points, text):
    outcome = Outcome(Status.RIGHT, points, 2.0, "<section>card</section>")
    assert repr(outcome) == text
    assert float(repr(outcome)) == points
    assert outcome._repr_html_() == "<section>card</section>"


def test_nbgrader_reads_an_outcome_as_partial_credit():
    utils = pytest.importorskip("nbgrader.utils")
    nbformat = pytest.importorskip("nbformat.v4")
    outcome = Outcome(Status.CLOSE, 0.0, 2.0, "<section>card</section>")
    data = {"text/plain": repr(outcome), "text/html": outcome._repr_html_()}
    output = nbformat.new_output("execute_result", data, execution_count=1)
    cell = nbformat.new_code_cell("check('a')", outputs=[output])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 2, "grade_id": "check-a", "locked": True}
    assert utils.determine_grade(cell) == (0.0, 2.0)


def test_a_notice_is_plain_words_as_text():
    notice = Notice("<section>card</section>", "Noted.")
    assert repr(notice) == "Noted."
    assert notice._repr_html_() == "<section>card</section>"
