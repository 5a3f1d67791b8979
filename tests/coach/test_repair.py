"""However a notebook is mangled on its way: every answer is found again, and what was mended is said."""

import builtins
import random
import re
from contextlib import suppress
from copy import deepcopy
from functools import cache
from types import CodeType, FunctionType, SimpleNamespace
from unittest.mock import MagicMock

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
from grader.coach.mangle import FORMS, WAYS
from grader.coach.names import Code
from grader.coach.parse import parse
from grader.coach.repair import Kind, is_answer, is_memo, repair, variable_of

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


def with_helpers(notebook: NotebookNode) -> NotebookNode:
    """The same answers, each from a cell of the learner's own above it, which takes something from another one."""
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        variable = Code(cell.source).binds[-1:] if is_answer(cell) else ()
        if variable and cell.source.startswith(f"{variable[0]} = "):
            number = len(cells)
            made, _, shown = cell.source.removeprefix(f"{variable[0]} = ").rpartition("\n")
            cells.append(new_code_cell(f"def same_{number}(value):\n    return value", id=f"mine-{number}"))
            cells.append(new_code_cell(f"part_{number} = same_{number}({made or shown})", id=f"mine-{number}b"))
            cell.source = f"{variable[0]} = part_{number}" + (f"\n{shown}" if made else "")
        cells.append(cell)
    notebook.cells = cells
    return notebook


class Asked:
    """What a query would give: its text, and what the names in it stand for."""

    def __init__(self, said: str) -> None:
        self.said = said

    def __getattr__(self, name: str) -> "Asked":
        return Asked(f"{self.said}.{name}")

    def __call__(self, *given: object) -> "Asked":
        return Asked(f"{self.said}({given})")

    def __repr__(self) -> str:
        return self.said


@cache
def compiled(source: str) -> CodeType:
    return compile(source, "cell", "exec")


def read_at_checks(notebook: NotebookNode, release: NotebookNode) -> dict[str, str]:
    """What each check finds in its variable when the cells run from top to bottom, with queries that only say what they
    are, and every error shrugged off. It is what the sandbox does, a thousand times as fast."""
    space: dict[str, object] = {"plt": MagicMock(), "pd": MagicMock()}

    def sql(query: str) -> Asked:
        tables = re.findall(r"(?:FROM|JOIN)\s+(\w+)(?![\w(])", query)
        return Asked(f"{query} {[space[table] for table in tables if table in space or table.islower()]}")

    space["duckdb"] = SimpleNamespace(sql=sql)
    space["__builtins__"] = {**vars(builtins), "open": MagicMock(), "print": MagicMock()}
    variables = {f"check-{cell.id}": variable_of(cell) for cell in release.cells if is_answer(cell)}
    found = {}
    for cell in notebook.cells:
        if cell.id in variables:
            value = space.get(variables[cell.id])
            found[cell.id] = str(value.__code__.co_consts) if isinstance(value, FunctionType) else repr(value)
        elif cell.cell_type == "code" and "import" not in cell.source:
            with suppress(Exception):
                exec(compiled(cell.source), space)
    return found


def memos(notebook: NotebookNode) -> list[str]:
    return [cell.source.strip() for cell in notebook.cells if is_memo(cell)]


@settings(max_examples=int(__import__("os").environ.get("EX","200")), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from([folder.name for folder in FOLDERS]),
    helped=st.booleans(),
    ways=st.sets(st.sampled_from(sorted(WAYS))),
    form=st.sampled_from(sorted(FORMS)),
    seed=st.integers(min_value=0, max_value=2**32),
)
def test_no_answer_is_lost_however_a_notebook_is_mangled(
    name: str, helped: bool, ways: set[str], form: str, seed: int
) -> None:
    release = released(name)
    notebook = with_helpers(answered(name)) if helped else answered(name)
    whole = read_at_checks(notebook, release), memos(notebook)
    for way in WAYS:
        if way in ways:
            WAYS[way](notebook, random.Random(f"{seed} {way}"))
    read = parse(FORMS[form](notebook, random.Random(seed)))
    nbformat.validate(read)
    mended = repair(read, release).notebook
    assert (read_at_checks(mended, release), memos(mended)) == whole
    assert lesson_order(mended, release) == [cell.id for cell in release.cells]
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
