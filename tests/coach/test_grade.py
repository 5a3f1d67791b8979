"""Grading one submission on two draws."""

import random
from copy import deepcopy
from dataclasses import replace

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.coach.draws import Lesson
from grader.coach.grade import ExerciseGrade, Grade, Patience, grade
from grader.coach.invent import literal, write_answer, write_memo
from grader.coach.mangle import FORMS, WAYS
from grader.coach.parse import parse
from grader.learner.outcome import Status
from grader.sandbox.run import Pool

pytestmark = pytest.mark.linux


def answered(lesson: Lesson, **other: str) -> NotebookNode:
    """Every solution, with other code for the exercises that are named (dashes as underscores)."""
    notebook = deepcopy(lesson.released)
    for cell in lesson.cells:
        if cell.role == "answer":
            write_answer(notebook, cell, other.get(cell.name.replace("-", "_"), cell.solution))
    return notebook


def exercise(graded: Grade, name: str) -> ExerciseGrade:
    return next(each for each in graded.exercises if each.name == name)


def test_an_honest_learner_gets_full_points_and_nothing_is_mended(week_1: Lesson, pool: Pool) -> None:
    graded = grade(week_1, answered(week_1), pool)
    assert graded.points == graded.possible == sum(each.points for each in week_1.plan.exercise.values())
    assert {each.status for each in graded.exercises} == {Status.RIGHT}
    assert graded.mended == ()


def test_every_other_right_solution_gets_full_points(week_1: Lesson, pool: Pool) -> None:
    for name, plan in week_1.plan.exercise.items():
        for code in plan.alt:
            graded = grade(week_1, answered(week_1, **{name.replace("-", "_"): code}), pool)
            assert graded.points == graded.possible, (name, code)


def test_an_untouched_notebook_is_not_yet_everywhere(week_1: Lesson, pool: Pool) -> None:
    graded = grade(week_1, deepcopy(week_1.released), pool)
    assert {each.status for each in graded.exercises} == {Status.NOT_YET}
    assert graded.points == 0
    assert [memo.words for memo in graded.memos] == [0]


def test_typed_in_numbers_get_no_points_where_the_data_can_change(week_1: Lesson, pool: Pool) -> None:
    fresh = [each for each in week_1.today.key.exercises.values() if each.fresh]
    typed = {each.name.replace("-", "_"): f"{each.variable} = {literal(each.answer)}" for each in fresh}
    graded = grade(week_1, answered(week_1, **typed), pool)
    for each in fresh:
        assert exercise(graded, each.name).points == 0
        assert exercise(graded, each.name).typed_in
        assert not exercise(graded, each.name).is_wrong
    assert graded.points == graded.possible - sum(each.points for each in fresh)


def test_what_is_right_today_only_gets_no_points_and_is_flagged(week_1: Lesson, pool: Pool) -> None:
    today = week_1.today.key.exercises["nobody"].answer["value"]
    assert today != week_1.later.key.exercises["nobody"].answer["value"]
    code = f"nobody = duckdb.sql(\"SELECT {today} FROM 'customers.parquet' LIMIT 1\")"
    graded = grade(week_1, answered(week_1, nobody=code), pool)
    assert exercise(graded, "nobody").right_today_wrong_later
    assert exercise(graded, "nobody").points == 0
    assert "next quarter" in exercise(graded, "nobody").message
    assert graded.points == graded.possible - exercise(graded, "nobody").possible


def test_a_named_wrong_answer_is_known_by_its_number_and_message(week_1: Lesson, pool: Pool) -> None:
    for name, plan in week_1.plan.exercise.items():
        if plan.wrong:
            graded = grade(week_1, answered(week_1, **{name.replace("-", "_"): plan.wrong[1].code}), pool)
            assert exercise(graded, name).named == 1
            assert exercise(graded, name).message == plan.wrong[1].says
            assert graded.points == graded.possible - plan.points


@pytest.mark.parametrize("seed", range(4))
def test_a_mangled_notebook_gets_what_the_whole_one_gets(seed: int, week_1: Lesson, pool: Pool) -> None:
    whole = answered(week_1, nobody="nobody = 17")
    write_memo(whole, "board-number", "Tell the board that one row is an account. " * 4)
    mangled = deepcopy(whole)
    chance = random.Random(seed)
    ways = chance.sample(sorted(WAYS), 5) if seed else list(WAYS)
    for way in [each for each in WAYS if each in ways]:
        WAYS[way](mangled, chance)
    one, other = grade(week_1, whole, pool), grade(week_1, mangled, pool)
    assert without_sources(other) == without_sources(one)
    assert other.memos == one.memos
    assert other.mended


def without_sources(graded: Grade) -> list[ExerciseGrade]:
    """A mended answer may have a line more than the one that it was: the one that gives it its name."""
    return [replace(each, source="") for each in graded.exercises]


FOUND_AGAIN = ["merge_answers", "move_answers", "rename_answers", "drop_names", "answer_in_checks", "split_answers"]


@pytest.mark.parametrize("form", ["with_windows_lines", "with_odd_metadata"])
def test_answers_in_the_wrong_cells_of_a_file_of_another_tool_still_score_full(
    form: str, week_1: Lesson, pool: Pool
) -> None:
    mangled = answered(week_1)
    for way in [each for each in WAYS if each in FOUND_AGAIN]:
        WAYS[way](mangled, random.Random(form))
    graded = grade(week_1, parse(FORMS[form](mangled, random.Random(form))), pool)
    assert graded.points == graded.possible
    assert len(graded.mended) > 2


@pytest.mark.parametrize(
    "code", ["import os; os._exit(3)", "del get_ipython().user_ns['In']\nnobody = 1", "while True: pass"]
)
def test_code_that_ends_the_run_costs_the_exercise_that_it_hits(code: str, week_1: Lesson, pool: Pool) -> None:
    graded = grade(week_1, answered(week_1, nobody=code), pool, Patience(cell_seconds=2))
    assert exercise(graded, "nobody").points == 0
    assert graded.points == graded.possible - exercise(graded, "nobody").possible


def test_cells_that_each_take_their_whole_time_are_not_waited_for_without_end(week_1: Lesson, pool: Pool) -> None:
    loop = {name.replace("-", "_"): "while True: pass" for name in week_1.plan.exercise}
    graded = grade(week_1, answered(week_1, **loop), pool, Patience(cell_seconds=0.5, on_a_draw=0.8))
    assert len(graded.died) == 2
    assert graded.points == 0
    assert "took too long" in graded.exercises[-1].message


def test_a_learner_finds_no_key_where_the_code_runs(week_1: Lesson, pool: Pool) -> None:
    code = "from pathlib import Path\nnobody = ' '.join(sorted(p.name for p in Path().iterdir()))"
    assert exercise(grade(week_1, answered(week_1, nobody=code), pool), "nobody").saw == (
        "the text `customers.parquet matplotlibrc`"
    )


def test_a_helper_in_a_cell_of_ones_own_is_run(week_1: Lesson, pool: Pool) -> None:
    notebook = answered(week_1, nobody="nobody = count_of(\"status = 'active' AND account_type = 'test'\")")
    helper = (
        "def count_of(condition): return duckdb.sql(f\"SELECT count(*) FROM 'customers.parquet' WHERE {condition}\")"
    )
    place = next(number for number, cell in enumerate(notebook.cells) if cell.id == "nobody")
    notebook.cells.insert(place, new_code_cell(helper))
    graded = grade(week_1, notebook, pool)
    assert graded.points == graded.possible


def test_an_error_is_reported_with_its_card(week_1: Lesson, pool: Pool) -> None:
    graded = exercise(grade(week_1, answered(week_1, nobody='nobody = duckdb.sql("SELECT 1'), pool), "nobody")
    assert graded.status is Status.NOT_YET
    assert graded.error.startswith("SyntaxError")
    assert graded.carded


def test_a_grade_does_not_depend_on_who_else_is_graded(week_1: Lesson, pool: Pool) -> None:
    notebooks = [answered(week_1), deepcopy(week_1.released), answered(week_1, nobody="nobody = 3")]
    forwards = [grade(week_1, notebook, pool) for notebook in notebooks]
    assert forwards == [grade(week_1, notebook, pool) for notebook in reversed(notebooks)][::-1]
