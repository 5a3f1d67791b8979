"""The notebook that learners and coach read after a run."""

import json
from copy import deepcopy

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from grader.coach.executed import executed, notebook_bytes
from grader.coach.grade import ExerciseGrade, Grade
from grader.learner.outcome import Status
from tests.coach.cohort_of_two_notebooks import label

pytestmark = pytest.mark.linux


def stream(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(text: str, count: int | None = None) -> dict[str, object]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}, "execution_count": count}


def mended() -> NotebookNode:
    """A notebook as `repair` makes it; what a learner left in outputs must not stay."""
    old = new_output("stream", text="from the learner's own run")
    return new_notebook(
        cells=[
            new_markdown_cell("Title", id="title"),
            new_code_cell("print(1)\n1", id="first", outputs=[old], execution_count=77),
            new_code_cell("a = 1", id="a", metadata=label("a", solution=True), outputs=[old]),
            new_code_cell('check("a")', id="check-a", metadata=label("check-a", grade=True, points=3), outputs=[old]),
            new_code_cell("exit()", id="bad", outputs=[old]),
            new_code_cell('hand_in("w01")', id="never", outputs=[old], execution_count=5),
            new_markdown_cell("A memo", id="memo", metadata=label("memo", grade=True, solution=True, points=8)),
        ]
    )


def grade(**other: object) -> Grade:
    exercise = ExerciseGrade("a", Status.RIGHT, 1.5, 3.0, "Well.", card='<section class="hoh-card">Well.</section>')
    fields: dict[str, object] = {
        "notebook": mended(),
        "outputs": {"first": [stream("1\n"), result("1")], "a": [], "check-a": [result("'forged'"), result("3.0")]},
        "died": {"bad": "the process ended early (status 0)"},
    }
    return Grade("w01", (exercise,), (), (), **{**fields, **other})  # type: ignore[arg-type]


def cells(made: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in made.cells}


def test_cells_show_what_they_showed_in_the_run_and_nothing_older() -> None:
    made = cells(executed(grade()))
    assert [each.output_type for each in made["first"].outputs] == ["stream", "execute_result"]
    assert made["a"].outputs == []
    assert "the learner's own run" not in json.dumps(list(made.values()))


def test_cells_are_counted_in_their_order_and_those_not_run_are_not() -> None:
    made = cells(executed(grade()))
    counts = {name: made[name].execution_count for name in ("first", "a", "check-a", "bad", "never")}
    assert counts == {"first": 1, "a": 2, "check-a": 3, "bad": 4, "never": None}
    assert made["first"].outputs[1].execution_count == 1
    assert made["never"].outputs == []


def test_a_check_shows_the_judges_card_and_points_whatever_the_run_showed() -> None:
    check = cells(executed(grade()))["check-a"]
    (output,) = check.outputs
    assert output.data == {"text/html": '<section class="hoh-card">Well.</section>', "text/plain": "1.5"}
    assert determine_grade(check) == (1.5, 3)


def test_a_check_that_was_never_reached_still_shows_its_card() -> None:
    made = executed(grade(outputs={}, died={"check-a": "it took more memory than a run may"}))
    assert determine_grade(cells(made)["check-a"]) == (1.5, 3)


def test_a_cell_that_was_left_out_says_why() -> None:
    (output,) = cells(executed(grade()))["bad"].outputs
    assert (output.output_type, output.evalue) == ("error", "the process ended early (status 0)")
    assert output.traceback == ["This box was left out: the process ended early (status 0)."]


def test_texts_stay_and_the_grade_is_not_changed() -> None:
    one = grade()
    was = deepcopy(one.notebook)
    made = executed(one)
    assert one.notebook == was
    assert [cell.source for cell in made.cells] == [cell.source for cell in was.cells]
    assert [cell.metadata for cell in made.cells] == [cell.metadata for cell in was.cells]
    nbformat.validate(made)


def test_the_file_is_the_same_for_the_same_notebook_and_holds_any_text() -> None:
    made = executed(grade(outputs={"first": [stream("half a character: \ud800, NUL: \0, 漢字")]}))
    content = notebook_bytes(made)
    assert content == notebook_bytes(
        executed(grade(outputs={"first": [stream("half a character: \ud800, NUL: \0, 漢字")]}))
    )
    read = nbformat.reads(content.decode(), as_version=4)
    assert cells(read)["first"].outputs[0].text == "half a character: ?, NUL: \0, 漢字"
    assert content.endswith(b"}\n")
