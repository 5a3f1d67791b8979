"""The invented cohort and what the demo prints of it."""

import ast
import io
import random
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from grader.coach import demo
from grader.coach.demo import Graded, Share, run_demo, share
from grader.coach.draws import Lesson
from grader.coach.grade import ExerciseGrade, Grade, grade
from grader.coach.invent import KINDS, UNTOUCHED, invent, name_of
from grader.coach.mutate import break_syntax, mutants, mutate, mutate_letters, tables_of
from grader.learner.outcome import Status
from grader.sandbox.run import Pool

pytestmark = pytest.mark.linux


def shown(seed: int) -> str:
    page = io.StringIO()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        assert run_demo(size=4, seed=seed, weeks=["w01"], folder=folder, console=Console(width=100, file=page)) == 0
        assert (folder / "cohorts" / "demo" / "report.html").is_file()
        return page.getvalue().replace(scratch, "")


def test_the_demo_shows_everybody_and_what_they_got_and_the_same_for_the_same_seed(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "Pool", lambda: nullcontext(pool))
    once = shown(5)
    for said in (
        name_of(0),
        name_of(3),
        "10 / 10",
        "The commonest mistakes",
        "without a name",
        "What was mended",
        "Memos",
        "The report",
        "handson review w01",
    ):
        assert said in once, said
    assert shown(5) == once
    assert shown(6) != once


def test_a_cohort_has_every_kind_of_answer_and_one_who_did_nothing(week_1: Lesson) -> None:
    cohort = invent([week_1], 60, 1)
    kinds = {intent.kind for submission in cohort for intent in submission.intents.values()}
    assert kinds == set(KINDS)
    assert cohort[UNTOUCHED].notebook == week_1.released
    assert len({submission.learner for submission in cohort}) == 60


def test_the_same_seed_invents_the_same_notebooks(week_1: Lesson) -> None:
    first, second = (invent([week_1], 12, 3) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert [cell.source for cell in one.notebook.cells] == [cell.source for cell in other.notebook.cells]


def graded(submission_of: Lesson, *exercises: ExerciseGrade) -> Graded:
    (submission,) = invent([submission_of], 1, 1)
    return Graded(submission, Grade("w01", exercises, (), ()))


def wrong(named: int | None) -> ExerciseGrade:
    return ExerciseGrade("nobody", Status.WRONG, 0, 3, "", named=named)


def test_the_share_counts_wrong_answers_and_those_without_a_name(week_1: Lesson) -> None:
    right = ExerciseGrade("nobody", Status.RIGHT, 3, 3, "")
    typed = ExerciseGrade("nobody", Status.CLOSE, 0, 3, "", typed_in=True)
    blank = ExerciseGrade("nobody", Status.NOT_YET, 0, 3, "")
    assert share([graded(week_1, right, typed, blank, wrong(0), wrong(2), wrong(None))]) == Share(3, 1)
    assert str(Share(3, 1)) == "1 of 3 (33%)"
    assert str(Share(0, 0)) == "no wrong answers"


def test_the_share_is_computed_from_runs(week_1: Lesson, pool: Pool) -> None:
    """A mutation that happens to be right is no wrong answer; a named one that was meant has its name."""
    cohort = [each for each in invent([week_1], 24, 2) if each.intents]
    grades = [grade(each.lesson, each.notebook, pool) for each in cohort]
    named = 0
    for submission, made in zip(cohort, grades, strict=True):
        for exercise in made.exercises:
            kind = submission.intents[exercise.name].kind
            if kind == "named":
                assert exercise.named is not None
                named += 1
            if kind in ("right", "another right one"):
                assert exercise.status is Status.RIGHT
            if kind in ("typed in", "hard-coded"):
                assert exercise.typed_in or exercise.right_today_wrong_later
            if kind == "blank":
                assert exercise.status is Status.NOT_YET
    assert named
    both = [Graded(*pair) for pair in zip(cohort, grades, strict=True)]
    assert share(both, "named").unnamed == 0
    assert share(both, "unforeseen").unnamed > 0


QUERY = (
    "nobody = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet' "
    "WHERE status = 'active' AND account_type = 'test'\")"
)
FUNCTION = (
    "def late(bills, today, days=30):\n    kept = [b for b in bills if b['due'] < today]\n    return sorted(kept)\n"
)


def test_mutations_of_a_query_are_what_people_do(week_1: Lesson) -> None:
    made = {mutant.code for of_a_kind in mutants(QUERY, tables_of(week_1.today.data)).values() for mutant in of_a_kind}
    for expected in (
        QUERY.replace(" AND account_type = 'test'", ""),
        QUERY.replace("status = 'active' AND ", ""),
        QUERY.replace(" AND ", " OR "),
        QUERY.replace("status =", "status <>"),
        QUERY.replace("'active'", "'paused'"),
        QUERY.replace("count(*)", "count(DISTINCT customer_id)"),
        QUERY.replace("WHERE status", "WHERE region"),
    ):
        assert expected in made, expected
    assert QUERY not in made


def test_mutations_of_a_function_are_what_people_do() -> None:
    made = {mutant.code.strip() for of_a_kind in mutants(FUNCTION, {}).values() for mutant in of_a_kind}
    for old, new in (("days=30", "days=31"), ("sorted(kept)", "list(kept)"), ("< today", "<= today")):
        assert any(ast.dump(ast.parse(FUNCTION.replace(old, new))) == dump(code) for code in made), new


def dump(code: str) -> str:
    try:
        return ast.dump(ast.parse(code))
    except SyntaxError:
        return ""


def test_a_mutation_differs_from_what_it_came_from(week_1: Lesson) -> None:
    tables = tables_of(week_1.today.data)
    for seed in range(50):
        mutant = mutate(QUERY, tables, random.Random(seed))
        assert mutant is not None
        assert mutant.code != QUERY
        assert mutant.done


def test_lost_signs_are_lost_and_letters_differ() -> None:
    for seed in range(50):
        assert len(break_syntax(QUERY, random.Random(seed))) == len(QUERY) - 1
        assert mutate_letters("dbca", "abcd", "order", random.Random(seed)) != "dbca"
        assert mutate_letters("c", "abcd", "choice", random.Random(seed)) != "c"
