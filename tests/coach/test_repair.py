"""However a notebook is mangled on its way: every answer is found again, and what was mended is said."""

import random
from copy import deepcopy

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.authoring.build import LESSONS, lesson_folders
from grader.authoring.plan import read_plan
from grader.authoring.source import read_cells
from grader.coach.invent import write_answer, write_memo
from grader.coach.mangle import WAYS
from grader.coach.repair import is_answer, is_memo, repair

FOLDERS = [folder for folder in lesson_folders() if (LESSONS / folder.name / "key.json").exists()]


def released(name: str) -> NotebookNode:
    return nbformat.read(LESSONS / name / f"{name}.ipynb", as_version=4)


def answered(name: str) -> NotebookNode:
    folder = next(folder for folder in FOLDERS if folder.name == name)
    notebook = released(name)
    for cell in read_cells(folder / "lesson.py"):
        if cell.role == "answer":
            write_answer(notebook, cell, cell.solution)
    for memo in read_plan(folder / "lesson.toml").memo:
        write_memo(notebook, memo, "Tell the board that a row is an account. " * 4)
    return notebook


def written(notebook: NotebookNode) -> dict[str, tuple[str, str]]:
    return {cell.id: (cell.cell_type, cell.source) for cell in notebook.cells if is_answer(cell) or is_memo(cell)}


def lesson_order(notebook: NotebookNode, release: NotebookNode) -> list[str]:
    of_the_lesson = {cell.id for cell in release.cells}
    return [cell.id for cell in notebook.cells if cell.id in of_the_lesson]


W01 = "w01_three_answers"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from([folder.name for folder in FOLDERS]),
    ways=st.sets(st.sampled_from(sorted(WAYS))),
    seed=st.integers(min_value=0, max_value=2**32),
)
def test_no_answer_is_lost_however_a_notebook_is_mangled(name: str, ways: set[str], seed: int) -> None:
    notebook = answered(name)
    whole = written(notebook)
    for way in WAYS:
        if way in ways:
            WAYS[way](notebook, random.Random(f"{seed} {way}"))
    mended = repair(notebook, released(name)).notebook
    assert written(mended) == whole
    assert lesson_order(mended, released(name)) == [cell.id for cell in released(name).cells]
    nbformat.validate(mended)


@pytest.mark.parametrize("name", [folder.name for folder in FOLDERS])
def test_an_untouched_notebook_comes_back_as_it_is(name: str) -> None:
    repaired = repair(released(name), released(name))
    assert repaired.notebook == released(name)
    assert repaired.mended == ()


@pytest.mark.parametrize("name", [folder.name for folder in FOLDERS])
def test_of_an_honest_notebook_nothing_is_mended(name: str) -> None:
    repaired = repair(answered(name), released(name))
    assert repaired.notebook == answered(name)
    assert repaired.mended == ()


def cell_of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def test_of_two_copies_the_one_that_is_filled_in_counts() -> None:
    notebook = answered(W01)
    place = notebook.cells.index(cell_of(notebook, "all-rows"))
    notebook.cells.insert(place + 1, deepcopy(cell_of(released(W01), "all-rows")))
    repaired = repair(notebook, released(W01))
    assert written(repaired.notebook) == written(answered(W01))
    assert repaired.mended == ("The answer to `all-rows` stands 2 times: the last one that is filled in counts.",)


def test_of_two_answers_the_last_one_counts_and_the_other_runs_before_it() -> None:
    notebook = answered(W01)
    place = notebook.cells.index(cell_of(notebook, "all-rows"))
    first = deepcopy(notebook.cells[place])
    first.source = "all_rows = 1"
    notebook.cells.insert(place, first)
    cells = repair(notebook, released(W01)).notebook.cells
    assert [cell.source for cell in cells[place : place + 2]] == ["all_rows = 1", answered(W01).cells[place].source]


def test_an_answer_in_a_cell_of_the_learners_own_is_found_by_its_variable() -> None:
    notebook = released(W01)
    place = notebook.cells.index(cell_of(notebook, "check-all-rows"))
    notebook.cells.insert(place, new_code_cell("all_rows = duckdb.sql('SELECT 1')", id="mine"))
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source == "all_rows = duckdb.sql('SELECT 1')"
    assert any("`all-rows`: found by id, by variable" in sentence for sentence in repaired.mended)


def test_a_deleted_answer_is_put_back_empty_and_said() -> None:
    notebook = answered(W01)
    notebook.cells.remove(cell_of(notebook, "nobody"))
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "nobody") == cell_of(released(W01), "nobody")
    assert repaired.mended == ("The answer to `nobody` had no cell any more: an empty one was put back.",)


def test_a_changed_check_is_put_back_with_its_points() -> None:
    notebook = answered(W01)
    check = cell_of(notebook, "check-nobody")
    check.source = "100.0"
    check.metadata.nbgrader.points = 100
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "check-nobody") == cell_of(released(W01), "check-nobody")
    assert repaired.mended == ("The check of `nobody` had been changed: the original counts.",)


def test_cells_of_the_learners_own_stay_where_they_stood() -> None:
    notebook = answered(W01)
    place = notebook.cells.index(cell_of(notebook, "nobody"))
    notebook.cells.insert(place, new_code_cell("mine = 1", id="mine"))
    notebook.cells.insert(0, new_markdown_cell("My notes", id="notes"))
    cells = repair(notebook, released(W01)).notebook.cells
    assert cells[0].source == "My notes"
    assert cells[place + 1].source == "mine = 1"


def test_a_changed_example_runs_after_the_original() -> None:
    notebook = answered(W01)
    place = next(number for number, cell in enumerate(notebook.cells) if cell.source.startswith("import duckdb"))
    notebook.cells[place].source += "\nimport pandas as pd"
    cells = repair(notebook, released(W01)).notebook.cells
    assert cells[place] == released(W01).cells[place]
    assert cells[place + 1].source.endswith("import pandas as pd")


def test_metadata_of_any_shape_is_read() -> None:
    notebook = answered(W01)
    for cell, odd in zip(
        notebook.cells, [{"nbgrader": 1}, {"nbgrader": {"grade_id": 7}}, {"nbgrader": None}] * 99, strict=False
    ):
        cell.metadata = nbformat.from_dict(odd)
    assert written(repair(notebook, released(W01)).notebook) == written(answered(W01))
