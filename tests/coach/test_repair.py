"""However a notebook is mangled on its way: every answer is found again, and what was mended is said."""

import builtins
import random
import re
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, SimpleNamespace
from unittest.mock import MagicMock

import nbformat
import nbgrader
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
from grader.coach.repair import Kind, Repaired, grade_id, is_answer, is_memo, repair, variable_of
from grader.learner.saved import private

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
        named = re.findall(r"(\w+) AS \(", query)
        tables = [each for each in re.findall(r"(?:FROM|JOIN)\s+(\w+)(?![\w(])", query) if each not in named]
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


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from([folder.name for folder in FOLDERS]),
    helped=st.booleans(),
    ways=st.sets(st.sampled_from(sorted(WAYS)), max_size=8),
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
    assert repaired.mended == (
        "The answer to `all-rows` stands several times: the last one filled in above its check counts.",
    )


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
    assert repaired.mended == ("The answer to `all-rows` stood in an added cell: it counts.",)
    assert (repaired.mends[0].kind, repaired.mends[0].cells) == (Kind.ADDED, ("all-rows",))


def test_two_answers_in_one_cell_that_stands_twice_do_not_run_each_other() -> None:
    notebook = answered(W01)
    both = cell_of(notebook, "active-customers")
    both.source = f"{cell_of(notebook, 'all-rows').source}\n\n{both.source}"
    cell_of(notebook, "all-rows").source = "all_rows = ..."
    notebook.cells += deepcopy(notebook.cells)
    assert written(repair(notebook, released(W01)).notebook) == written(answered(W01))


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


def at(notebook: NotebookNode, cell_id: str) -> int:
    return notebook.cells.index(cell_of(notebook, cell_id))


def kinds(repaired: Repaired) -> dict[Kind, tuple[str, ...]]:
    return {mend.kind: mend.cells for mend in repaired.mends}


def reads_like_the_whole(repaired: Repaired) -> bool:
    return read_at_checks(repaired.notebook, released(W01)) == read_at_checks(answered(W01), released(W01))


WRONG = "all_rows = duckdb.sql('SELECT 1')"


def test_the_copy_above_the_check_counts_and_not_a_later_try_below_it() -> None:
    notebook = answered(W01)
    later = deepcopy(cell_of(notebook, "all-rows"))
    later.update(id="later", source=WRONG)
    notebook.cells.insert(at(notebook, "check-all-rows") + 1, later)
    repaired = repair(notebook, released(W01))
    assert reads_like_the_whole(repaired)
    cells = repaired.notebook.cells
    assert cells[at(repaired.notebook, "check-all-rows") + 1].source == WRONG
    assert kinds(repaired) == {Kind.SEVERAL: ("all-rows",)}


def test_a_try_below_its_check_does_not_get_above_a_check_that_was_moved() -> None:
    notebook = answered(W01)
    check = notebook.cells.pop(at(notebook, "check-all-rows"))
    notebook.cells.insert(at(notebook, "all-rows"), check)
    notebook.cells.insert(at(notebook, "all-rows") + 1, new_code_cell(WRONG, id="later"))
    assert reads_like_the_whole(repair(notebook, released(W01)))


def test_an_answer_that_is_no_python_gives_way_to_one_that_is() -> None:
    notebook = answered(W01)
    right = cell_of(notebook, "all-rows").source
    cell_of(notebook, "all-rows").source = "all_rows = duckdb.sql('SELECT"
    notebook.cells.insert(at(notebook, "check-all-rows") + 1, new_code_cell(right, id="mine"))
    assert reads_like_the_whole(repair(notebook, released(W01)))


@pytest.mark.parametrize("labels", [True, False])
def test_a_broken_try_between_an_answer_and_its_check_runs_above_the_answer(labels: bool) -> None:
    """Below it, the check would say that the box above it stopped with an error."""
    notebook = answered(W01)
    broken = deepcopy(cell_of(notebook, "all-rows")) if labels else new_code_cell("")
    broken.update(id="broken", source="all_rows = duckdb.sql(")
    notebook.cells.insert(at(notebook, "check-all-rows"), broken)
    made = repair(notebook, released(W01)).notebook
    place = at(made, "all-rows")
    assert made.cells[place - 1].source == broken.source
    assert made.cells[place : place + 2] == answered(W01).cells[place - 1 : place + 1]


def test_two_answers_in_one_cell_are_told_apart() -> None:
    notebook = answered(W01)
    first, second = cell_of(notebook, "all-rows"), cell_of(notebook, "active-customers")
    first.source = f"{first.source}\n\n# the second one\n{second.source}"
    notebook.cells.remove(second)
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source == cell_of(answered(W01), "all-rows").source
    assert cell_of(repaired.notebook, "active-customers").source == f"# the second one\n{second.source}"
    assert kinds(repaired) == {Kind.PART: ("active-customers",)}


def test_an_earlier_answer_in_a_later_cell_takes_along_what_it_needs() -> None:
    notebook = answered(W01)
    both = "nobody = duckdb.sql('SELECT 4')\nall_rows = nobody"
    cell_of(notebook, "nobody").source = both
    cell_of(notebook, "all-rows").source = "all_rows = ...\n\nall_rows"
    cells = repair(notebook, released(W01)).notebook
    assert cell_of(cells, "all-rows").source == both
    assert cell_of(cells, "nobody").source == "nobody = duckdb.sql('SELECT 4')"


def test_two_answers_in_each_others_cells_change_places() -> None:
    notebook = answered(W01)
    first, second = cell_of(notebook, "all-rows"), cell_of(notebook, "nobody")
    first.source, second.source = second.source, first.source
    repaired = repair(notebook, released(W01))
    assert written(repaired.notebook) == written(answered(W01))


def test_dots_left_below_an_answer_are_dropped() -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = f"{WRONG}\nall_rows = ...\n\nall_rows"
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source == f"{WRONG}\n\nall_rows"


def test_an_answer_in_capitals_is_given_its_name() -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = "All_Rows = duckdb.sql('SELECT 1')\nAll_Rows"
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source.splitlines()[1] == "all_rows = All_Rows"
    assert kinds(repaired) == {Kind.CASE: ("all-rows",)}


def test_an_answer_without_its_name_is_the_last_value_that_its_cell_shows() -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = "x = 3\nduckdb.sql('SELECT 1')\nduckdb.sql(\n  'SELECT 2'\n)\nall_rows"
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source.splitlines()[2:] == [
        "all_rows = duckdb.sql(",
        "  'SELECT 2'",
        ")",
        "all_rows",
    ]
    assert repaired.mended == (
        "The answer to `all-rows` had lost its name: the last value that its cell shows counts.",
    )


@pytest.mark.parametrize(
    "source", ["globals()['all_rows'] = 3\n17", "exec('all_rows = 3')\n17", "from helper import *\nall_rows.df()"]
)
def test_a_cell_that_speaks_of_its_variable_in_another_way_is_left_as_it_is(source: str) -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = source
    assert cell_of(repair(notebook, released(W01)).notebook, "all-rows").source == source


def test_an_answer_typed_into_its_check_counts_and_the_check_does_not() -> None:
    notebook = released(W01)
    cell_of(notebook, "check-all-rows").source = f'{WRONG}\ncheck("all-rows")\ncheck()'
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "all-rows").source == WRONG
    assert cell_of(repaired.notebook, "check-all-rows") == cell_of(released(W01), "check-all-rows")


def test_a_function_cut_in_its_middle_is_one_again() -> None:
    name, function = "w13_the_monday_report", "any-week"
    notebook = answered(name)
    cell = cell_of(notebook, function)
    lines = cell.source.split("\n")
    cell.source = "\n".join(lines[:4])
    notebook.cells.insert(at(notebook, function) + 1, new_code_cell("\n".join(lines[4:]), id="rest"))
    repaired = repair(notebook, released(name))
    assert cell_of(repaired.notebook, function).source == "\n".join(lines)
    assert kinds(repaired) == {Kind.JOINED: (function,)}


def test_a_helper_below_the_answer_runs_before_it() -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = "all_rows = counted('customers.parquet')"
    notebook.cells.append(new_code_cell("def counted(table):\n    return duckdb.sql('SELECT 1')", id="mine"))
    repaired = repair(notebook, released(W01))
    assert repaired.notebook.cells[at(repaired.notebook, "all-rows") - 1].source.startswith("def counted")
    assert repaired.mended == ("The answer to `all-rows` needs code that stood elsewhere: that runs before it.",)


def test_an_answer_that_needs_a_later_exercise_finds_it_where_they_had_changed_places() -> None:
    notebook = answered(W01)
    cell_of(notebook, "all-rows").source = "all_rows = nobody"
    start, end = at(notebook, "nobody"), at(notebook, "check-nobody") + 1
    moved = notebook.cells[start:end]
    del notebook.cells[start:end]
    place = at(notebook, "all-rows")
    notebook.cells[place:place] = moved
    read = read_at_checks(repair(notebook, released(W01)).notebook, released(W01))
    assert (
        read["check-all-rows"] == read["check-nobody"] == read_at_checks(answered(W01), released(W01))["check-nobody"]
    )


def test_a_deleted_set_up_cell_runs_before_what_the_learner_added_in_its_place() -> None:
    notebook = answered(W01)
    place = at(notebook, "cell-02")
    notebook.cells[place] = new_code_cell("mine = duckdb.sql('SELECT 1')", id="mine")
    cells = repair(notebook, released(W01)).notebook.cells
    assert [cell.source.split()[0] for cell in cells[place : place + 2]] == ["import", "mine"]


def test_a_memo_in_the_cell_below_its_own_blank_one_is_found() -> None:
    notebook = answered(W01)
    memo = cell_of(notebook, "memo-board-number")
    text, memo.source = memo.source, "Write here."
    notebook.cells.insert(at(notebook, "memo-board-number") + 1, new_markdown_cell(text, id="mine"))
    repaired = repair(notebook, released(W01))
    assert written(repaired.notebook) == written(answered(W01))
    assert repaired.mended == ("The memo `board-number` stood in an added cell: it counts.",)


def test_a_memo_over_two_cells_is_read_together() -> None:
    notebook = answered(W01)
    notebook.cells.insert(at(notebook, "memo-board-number") + 1, new_markdown_cell("And one thing more.", id="mine"))
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "memo-board-number").source.endswith("\n\nAnd one thing more.")
    assert kinds(repaired) == {Kind.JOINED: ("memo-board-number",)}


def test_a_memo_typed_into_its_prompt_is_found() -> None:
    notebook = released(W01)
    text = "One row of the number is an account, not a customer. " * 4
    cell_of(notebook, "memo-board-number-prompt").source += f"\n\n{text}"
    repaired = repair(notebook, released(W01))
    assert cell_of(repaired.notebook, "memo-board-number").source.strip() == text.strip()


def test_many_of_a_kind_are_one_sentence_with_a_number_and_all_their_names() -> None:
    notebook = answered(W01)
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            cell.source = "100.0"
    (mend,) = repair(notebook, released(W01)).mends
    assert mend.sentence == "5 checks had been changed: the originals count."
    assert len(mend.cells) == 5


def test_a_notebook_in_another_language_is_said() -> None:
    notebook = answered(W01)
    notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    repaired = repair(notebook, released(W01))
    assert repaired.notebook == answered(W01)
    assert repaired.mended == ("The notebook asked for another language (r): it is run as Python.",)


def test_neither_notebook_is_changed_and_the_result_shares_nothing_with_them() -> None:
    notebook, release = answered(W01), released(W01)
    made = repair(notebook, release).notebook
    for cell in made.cells:
        cell.metadata["nbgrader"] = {}
        cell.source = ""
        if cell.cell_type == "code":
            cell.outputs.append("x")
    assert notebook == answered(W01)
    assert release == released(W01)


def labelled(kind: str, name: str, source: str, **flags: object) -> NotebookNode:
    cell = new_code_cell(source) if kind == "code" else new_markdown_cell(source)
    del cell["id"]
    standard = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    cell.metadata["nbgrader"] = {**standard, "grade_id": name, **flags}
    return cell


def plain(source: str) -> NotebookNode:
    cell = new_code_cell(source)
    del cell["id"]
    return cell


STUB = "def squares(n):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
TEST = "assert squares(2) == [1, 4]"
HIDDEN_TEST = f"{TEST}\n### BEGIN HIDDEN TESTS\nassert squares(1) == [1]\n### END HIDDEN TESTS"
SOLVED = "def squares(n):\n    return [i * i for i in range(1, n + 1)]"


def classic(hidden: bool = False, solved: bool = False) -> NotebookNode:
    """An assignment of another course: nbformat 4.2, no ids; with its hidden tests as the coach has it."""
    cells = [
        plain("import math"),
        labelled("markdown", "intro", "Write a function.", locked=True),
        labelled("code", "squares", SOLVED if solved else STUB, solution=True),
        plain("squares(10)"),
        labelled("code", "test-squares", HIDDEN_TEST if hidden else TEST, grade=True, locked=True, points=2),
        labelled("code", "plot", "2 + 2" if solved else "# YOUR CODE HERE", grade=True, solution=True, points=1),
        labelled("markdown", "why", "Because." if solved else "YOUR ANSWER HERE", grade=True, solution=True, points=1),
        labelled("markdown", "task", "Show it.", locked=True, task=True, points=3),
    ]
    return NotebookNode(nbformat=4, nbformat_minor=2, metadata=NotebookNode(), cells=cells)


def sources(notebook: NotebookNode) -> dict[str, str]:
    return {grade_id(cell): cell.source for cell in notebook.cells if grade_id(cell)}


def test_of_a_classic_notebook_nothing_is_mended_and_the_hidden_tests_come_back() -> None:
    repaired = repair(classic(solved=True), classic(hidden=True))
    assert repaired.mended == ()
    assert [cell.source for cell in repaired.notebook.cells] == [
        cell.source for cell in classic(hidden=True, solved=True).cells
    ]
    nbformat.validate(repaired.notebook)


def test_classic_locked_cells_are_put_back_and_answers_kept() -> None:
    notebook = classic(solved=True)
    notebook.cells[4].source = "assert True"
    notebook.cells[4].metadata.nbgrader["points"] = 99
    del notebook.cells[7], notebook.cells[1]
    repaired = repair(notebook, classic(hidden=True))
    assert sources(repaired.notebook) == sources(classic(hidden=True, solved=True))
    assert [
        cell.metadata.nbgrader["points"] for cell in repaired.notebook.cells if grade_id(cell) == "test-squares"
    ] == [2]
    assert repaired.mended == (
        "The read-only cell `intro` had been deleted: it was put back.",
        "The read-only cell `task` had been deleted: it was put back.",
        "The check of `test-squares` had been changed: the original counts.",
    )


def test_a_classic_answer_without_its_label_is_found_by_its_function_or_its_place() -> None:
    notebook = classic(solved=True)
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
    repaired = repair(notebook, classic(hidden=True))
    assert sources(repaired.notebook) == sources(classic(hidden=True, solved=True))


def test_a_classic_answer_that_stands_twice_is_the_one_above_its_test() -> None:
    notebook = classic(solved=True)
    notebook.cells.append(labelled("code", "squares", "def squares(n):\n    return 'play'", solution=True))
    notebook.cells.insert(3, labelled("code", "squares", STUB, solution=True))
    repaired = repair(notebook, classic(hidden=True))
    assert sources(repaired.notebook) == sources(classic(hidden=True, solved=True))
    assert repaired.notebook.cells[-1].source == "def squares(n):\n    return 'play'"


def test_a_changed_classic_example_replaces_the_original_unless_something_would_be_missing() -> None:
    notebook = classic(solved=True)
    notebook.cells[3].source = "squares(3)"
    notebook.cells[0].source = "import math\nimport random"
    made = repair(notebook, classic()).notebook.cells
    assert [made[0].source, made[3].source] == ["import math\nimport random", "squares(3)"]
    notebook.cells[0].source = "import random"
    made = repair(notebook, classic()).notebook.cells
    assert [cell.source for cell in made[:2]] == ["import math", "import random"]


def test_an_untouched_classic_notebook_comes_back_blank() -> None:
    assert sources(repair(classic(), classic(hidden=True)).notebook) == sources(classic(hidden=True))


@pytest.mark.parametrize("file", sorted((Path(nbgrader.__file__).parent / "tests/apps/files").glob("*.ipynb")), ids=str)
def test_nbgraders_own_notebooks_are_read_and_mended(file: Path) -> None:
    read = parse(file.read_bytes())
    nbformat.validate(read)
    repaired = repair(read, read)
    assert repaired.mended == ()
    assert sources(repaired.notebook) == sources(read)


def test_a_private_cell_that_was_not_handed_in_is_not_said_to_be_missing() -> None:
    notebook = answered("w13_the_monday_report")
    kept = [cell for cell in notebook.cells if not private(cell)]
    assert len(kept) < len(notebook.cells)
    notebook.cells = kept
    made = repair(notebook, released("w13_the_monday_report"))
    assert made.mended == ()
    assert [cell.id for cell in made.notebook.cells] == [cell.id for cell in released("w13_the_monday_report").cells]
