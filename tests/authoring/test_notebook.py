"""The two notebooks of a lesson: what each holds, and what the released one must not."""

import json
import warnings

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

from grader.authoring.build import Built
from grader.authoring.notebook import WRITE_HERE, released_notebook, solved_notebook
from grader.authoring.plan import Plan
from grader.authoring.source import SourceCell

from .conftest import LESSON, NAME
from .test_plan import memo


@pytest.fixture(scope="module")
def released(built: Built) -> NotebookNode:
    return nbformat.read(built.release / f"{NAME}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def solved(built: Built) -> NotebookNode:
    return nbformat.read(built.solved, as_version=4)


@pytest.mark.parametrize("which", ["released", "solved"])
def test_both_are_valid_notebooks_with_valid_metadata_of_nbgrader(which: str, request: pytest.FixtureRequest):
    notebook = request.getfixturevalue(which)
    nbformat.validate(notebook, relax_add_props=False)
    MetadataValidatorV3().validate_nb(notebook)
    with warnings.catch_warnings(action="error"):
        nbformat.validate(json.loads(nbformat.writes(notebook)))


@pytest.mark.parametrize("which", ["released", "solved"])
def test_ids_are_unique_and_come_from_the_markers(which: str, request: pytest.FixtureRequest):
    ids = [cell.id for cell in request.getfixturevalue(which).cells]
    assert ids == [
        *("cell-01", "cell-02", "cell-03", "predict-guess", "cell-05"),
        *("active", "check-active", "cell-08", "reply", "check-reply", "way-on"),
    ]


def test_the_released_one_has_no_outputs_and_no_counts(released: NotebookNode):
    code = [cell for cell in released.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
    assert "execution" not in json.dumps([cell.metadata for cell in released.cells])


def test_the_released_one_keeps_the_live_lines_and_nothing_of_the_solution(released: NotebookNode):
    text = nbformat.writes(released)
    solution = LESSON.partition("### BEGIN SOLUTION\n")[2].partition("\n### END")[0]
    assert solution.replace('"', '\\"') not in text
    assert "SOLUTION" not in text
    cells = {cell.id: cell.source for cell in released.cells}
    assert cells["active"] == "active = ...\n\nactive"
    assert cells["reply"] == 'reply = ""\n'


def test_facts_are_written_out_in_both(released: NotebookNode, solved: NotebookNode):
    for notebook in (released, solved):
        assert notebook.cells[0].source == "# A tiny lesson about 1,200 rows"
        assert "The table has 1,200 rows, and 75% of them are active." in notebook.cells[2].source


def test_checks_are_locked_and_graded_and_answers_are_not(released: NotebookNode):
    cells = {cell.id: cell.metadata for cell in released.cells}
    check, answer = cells["check-active"].nbgrader, cells["active"].nbgrader
    assert (check.locked, check.grade, check.solution, check.points) == (True, True, False, 4)
    assert (answer.locked, answer.grade, answer.solution) == (False, False, True)
    assert check.checksum
    assert cells["predict-guess"].handson == {"predict": "guess"}


def test_the_lessons_own_text_can_be_neither_deleted_nor_written_over_and_a_memo_can(
    released: NotebookNode, solved: NotebookNode
):
    for notebook in (released, solved):
        text = [cell for cell in notebook.cells if cell.cell_type == "markdown" and cell.id != "way-on"]
        assert len(text) > 2
        assert {(cell.metadata.deletable, cell.metadata.editable) for cell in text} == {(False, False)}
    answer = next(cell for cell in released.cells if cell.id == "active")
    assert answer.metadata.get("editable") is not False


def test_the_solved_one_stores_what_its_cells_show(solved: NotebookNode):
    cells = {cell.id: cell for cell in solved.cells}
    assert "900" in cells["active"].outputs[0].data["text/plain"]
    assert cells["check-active"].outputs[-1].data["text/plain"] == "4.0"
    assert [cell.execution_count for cell in solved.cells if cell.cell_type == "code"] == [1, 2, 3, 4, 5, 6]
    assert "language_info" in solved.metadata
    assert "version" not in solved.metadata.language_info


def test_a_memo_becomes_a_locked_prompt_and_an_empty_page():
    minutes = dict.fromkeys(
        ("recall", "situation", "example", "predict", "exercises", "vote", "memo", "company", "spare"), 0
    )
    written = memo([2, 2, 2, 2], "the best memo")
    plan = Plan.model_validate({"title": "t", "skill": "s", "minutes": minutes, "memo": {"m": written}})
    cells = [
        SourceCell("markdown", "## Your memo", "memo", "m"),
        SourceCell("code", "1 / 0", raises=True),
        SourceCell("code", "mine = 1", private=True),
    ]
    solved = solved_notebook(cells, plan, "w01")
    released = released_notebook(solved, "w01", "w01_memo")
    prompt, page, raising, private = released.cells
    assert (prompt.id, prompt.source, prompt.metadata.nbgrader.locked) == ("memo-m-prompt", "## Your memo", True)
    assert (page.id, page.source, page.metadata.nbgrader.points) == ("memo-m", WRITE_HERE, 8)
    assert page.metadata.get("editable") is not False
    assert (page.metadata.nbgrader.solution, page.metadata.nbgrader.grade) == (True, True)
    assert page.metadata.handson == {"memo": "m"}
    assert solved.cells[1].source == "the best memo"
    assert raising.metadata.tags == ["raises-exception"]
    assert private.metadata.handson == {"private": True}
    MetadataValidatorV3().validate_nb(released)
