from dataclasses import replace

import duckdb
import pandas as pd
import pytest

from grader.learner.answers import canonical, compare
from grader.learner.key import Exercise, WrongAnswer
from grader.learner.outcome import Status
from grader.learner.reading import Question, read
from grader.learner.verdict import judge

VALUE = Exercise("all-rows", "value", "x", 2.0, True, {"value": 4902}, "Owen's number.")
SHARE = replace(VALUE, answer={"value": 0.374567}, tolerance=0.0005)
TABLE = replace(
    VALUE,
    kind="table",
    answer={"columns": ["region", "n"], "rows": [["Coast", 3], ["Hills", 4]]},
    wrong=(WrongAnswer({"columns": ["region", "n"], "rows": [["Coast", 3]]}, "Only the Coast."),),
)
CHOICE = Exercise(
    "vote",
    "choice",
    "x",
    1.0,
    False,
    {"value": "c"},
    "Yes.",
    options=("a", "b", "c", "d"),
    wrong=(WrongAnswer({"value": "a"}, "She does know them."),),
)
ORDER = Exercise(
    "lines", "order", "x", 1.0, False, {"value": "cadb"}, "Yes.", options=("a", "b", "c", "d"), hints=("Hm.",)
)


def verdict(exercise, tmp_path, *value, sources=()):
    names = {"x": value[0]} if value else {}
    question = Question(exercise.name, exercise.kind, exercise.variable, exercise.fresh, exercise.cases)
    return judge(exercise, read(question, names, sources, tmp_path))


def test_nothing_there_yet_is_not_yet_with_what_to_do(tmp_path):
    missing = verdict(VALUE, tmp_path)
    assert (missing.status, missing.points, missing.possible) == (Status.NOT_YET, 0.0, 2.0)
    assert "does the box above begin with" in missing.next_step
    assert "where the dots are" in verdict(VALUE, tmp_path, ...).next_step
    assert "one letter between the quotes" in verdict(CHOICE, tmp_path, "").next_step
    assert "your function where the dots are" in verdict(replace(VALUE, kind="function"), tmp_path, ...).next_step
    assert "I see no file" in verdict(replace(VALUE, kind="file", variable="a.csv"), tmp_path).saw


def test_a_right_answer_gets_all_points_and_what_it_means(tmp_path):
    found = verdict(VALUE, tmp_path, duckdb.sql("SELECT 4902"))
    assert (found.status, found.points, found.saw) == (Status.RIGHT, 2.0, "Owen's number.")


def test_a_typed_in_right_answer_is_close_and_gets_nothing(tmp_path):
    found = verdict(VALUE, tmp_path, 4902, sources=["x = 4902"])
    assert (found.status, found.points, found.typed_in) == (Status.CLOSE, 0.0, True)
    assert found.saw == "Right today, but typed in. Hand over the query, so that it holds next quarter."
    assert "no points" in found.next_step


def test_where_a_function_is_called_a_typed_in_number_hears_of_the_call(tmp_path):
    exercise = replace(VALUE, hints=("Where?", "Which?", "`x = fair(____)`"))
    right = verdict(exercise, tmp_path, 4902, sources=["x = 4902"])
    assert right.saw == "Right today, but typed in. Hand over the call, so that it holds next quarter."
    wrong = verdict(exercise, tmp_path, 500, sources=["x = 500"])
    assert wrong.saw == "I see the number 500, and no function was called for it."
    assert wrong.next_step.startswith("let a function find the number")
    asked = replace(VALUE, hints=('`x = duckdb.sql("____")`',))
    assert "query" in verdict(asked, tmp_path, 500, sources=["x = 500"]).next_step


def test_a_typed_in_wrong_answer_is_judged_as_wrong_first(tmp_path):
    exercise = replace(VALUE, wrong=(WrongAnswer({"value": 1200}, "The Coast."),))
    assert verdict(exercise, tmp_path, 1200, sources=["x = 1200"]).saw == "The Coast."


def test_a_named_wrong_answer_says_its_own_words_and_which_it_was(tmp_path):
    found = verdict(TABLE, tmp_path, pd.DataFrame({"region": ["Coast"], "n": [3]}))
    assert (found.status, found.points, found.saw, found.named) == (Status.CLOSE, 0.0, "Only the Coast.", 0)


def test_a_letter_that_is_not_the_best_says_why(tmp_path):
    found = verdict(CHOICE, tmp_path, " A ")
    assert (found.status, found.saw, found.named) == (Status.CLOSE, "She does know them.", 0)


@pytest.mark.parametrize("typed", ["a)", "(a)", "A.", " a: "])
def test_a_letter_with_its_bracket_is_the_letter(tmp_path, typed):
    assert verdict(CHOICE, tmp_path, typed).named == 0


def test_of_two_named_answers_within_the_tolerance_the_exact_one_speaks(tmp_path):
    wrong = (WrongAnswer({"value": 10}, "ten"), WrongAnswer({"value": 12}, "twelve"))
    exercise = replace(VALUE, tolerance=5.0, wrong=wrong)
    assert verdict(exercise, tmp_path, 12).saw == "twelve"
    assert verdict(exercise, tmp_path, 6).saw == "ten"


@pytest.mark.parametrize(
    ("exercise", "value", "status", "words"),
    [
        (VALUE, "SELECT count(*) FROM 'customers.parquet'", Status.CLOSE, "Nobody has asked the table yet"),
        (VALUE, "duckdb.sql(SELECT count(*) FROM t)", Status.CLOSE, "the whole line as a text"),
        (TABLE, "rows = duckdb.sql(SELECT * FROM t)", Status.CLOSE, "the whole line as a text"),
        (TABLE, "SELECT region FROM t", Status.CLOSE, "text of a query"),
        (VALUE, [(1, 2, 3)] * 3, Status.WRONG, "a table of 3 rows and 3 columns; this question wants one number."),
        (TABLE, 7, Status.WRONG, "the number 7; this question wants a table."),
        (VALUE, "4902", Status.WRONG, "a number in quotes"),
        (VALUE, "many", Status.WRONG, "this question wants one number"),
        (VALUE, True, Status.WRONG, "this question wants one number"),
        (VALUE, None, Status.WRONG, "I see nothing"),
        (VALUE, float("inf"), Status.WRONG, "divided by zero"),
        (VALUE, -4902, Status.CLOSE, "the sign is not"),
        (VALUE, 4.902, Status.CLOSE, "too small, by a factor of 1,000"),
        (VALUE, 4902_000_000, Status.CLOSE, "too large, by a factor of 1,000,000"),
        (SHARE, 37.4567, Status.CLOSE, "too large, by a factor of 100"),
        (SHARE, 0.37, Status.CLOSE, "rounded too far"),
        (VALUE, 4903, Status.WRONG, "I see the number 4,903. The data says something else."),
        (replace(VALUE, answer={"value": "Coast"}), "coast", Status.CLOSE, "not the same capitals"),
        (VALUE, len, Status.WRONG, "not called"),
        (replace(VALUE, kind="function", cases=((1,),)), 5, Status.WRONG, "wants the function itself"),
        (CHOICE, "e", Status.WRONG, "no option `e`"),
        (CHOICE, "ab", Status.WRONG, "more than one letter"),
        (CHOICE, "from the map", Status.WRONG, "The answer is the letter"),
        (CHOICE, "27", Status.WRONG, "I see no letter"),
        (CHOICE, 3, Status.WRONG, "the number 3; this question wants one letter in quotes"),
        (CHOICE, "b", Status.WRONG, "not the best answer"),
        (ORDER, "cad", Status.WRONG, "You have no `b` yet"),
        (ORDER, "cadbb", Status.WRONG, "`b` more than once"),
        (ORDER, "cadbz", Status.WRONG, "no line `z` here"),
        (ORDER, "SELECT count(*) FROM t", Status.WRONG, "the text of a query; this question wants the letters"),
        (ORDER, "cabd", Status.WRONG, "Right so far: `c`, `a`. `b` comes too early."),
        (ORDER, 5, Status.WRONG, "wants the letters in quotes"),
        (ORDER, "abcd", Status.WRONG, "`a` comes too early."),
        (TABLE, [("Coast", 3), ("Hills", 5)], Status.WRONG, "In your row for 'Hills'"),
    ],
)
def test_a_frequent_slip_is_named_and_gets_no_points(exercise, value, status, words, tmp_path):
    found = verdict(exercise, tmp_path, value)
    assert (found.status, found.points, found.named) == (status, 0.0, None)
    assert words in found.saw
    for right in ("4902", "4,902", "0.374567", "cadb"):
        assert right not in found.next_step
        assert right not in found.saw or right in str(value)


@pytest.mark.parametrize("value", [4902, 4902.0, "4902", True, [4902], [[4902]], -4902, 4902.4, 5000, 49, 490200, None])
def test_only_what_compares_as_right_is_ever_right(value, tmp_path):
    same = compare(VALUE.answer, canonical(value, "value")) is None
    assert (verdict(VALUE, tmp_path, value).status is Status.RIGHT) == same


def test_an_order_in_other_dress_is_right(tmp_path):
    assert verdict(ORDER, tmp_path, "C, A, D, B").status is Status.RIGHT
    assert verdict(replace(ORDER, answer={"value": "C A D B"}), tmp_path, "cadb").status is Status.RIGHT


def test_letters_that_wear_their_places_stand_by_them(tmp_path):
    for typed in ("1c2a3d4b", "4b 3d 2a 1c", "1=c, 2=a, 3=d, 4=b"):
        assert verdict(ORDER, tmp_path, typed).status is Status.RIGHT
    assert verdict(ORDER, tmp_path, "1a2c3d4b").status is Status.WRONG
    assert "no line `1`" in verdict(ORDER, tmp_path, "1c1a3d4b").saw


def test_zero_is_never_called_a_rounding_or_a_factor(tmp_path):
    assert "something else" in verdict(SHARE, tmp_path, 0).saw
    assert "something else" in verdict(replace(VALUE, answer={"value": 0}), tmp_path, 3).saw


def test_a_function_is_right_wrong_or_fails_case_by_case(tmp_path):
    exercise = replace(
        VALUE,
        kind="function",
        cases=((1,), (2,), (-1,)),
        answer={"results": [{"value": 2}, {"value": 4}, {"error": "ValueError: below zero"}]},
    )

    def good(number):
        if number < 0:
            raise ValueError("no")
        return number * 2

    def odd(number):
        raise RuntimeError("odd")

    assert verdict(exercise, tmp_path, good).points == 2.0
    assert "call 2 gave something else" in verdict(exercise, tmp_path, lambda n: 2).saw
    assert "should refuse" in verdict(exercise, tmp_path, lambda n: n * 2).saw
    assert "it stopped. Something is 0" in verdict(exercise, tmp_path, lambda n: n / 0).saw
    assert "it failed: RuntimeError: odd" in verdict(exercise, tmp_path, odd).saw


def test_tests_that_tell_nothing_apart_are_wrong(tmp_path):
    answer = {"results": [{"value": True}, {"value": False}]}
    exercise = replace(VALUE, kind="tests", cases=((1,), (-1,)), answer=answer)

    def careful(number):
        assert number > 0

    assert verdict(exercise, tmp_path, careful).status is Status.RIGHT
    assert "did not tell them apart" in verdict(exercise, tmp_path, lambda n: n).saw


@pytest.mark.parametrize(
    ("value", "source", "saw", "step"),
    [
        (3277, "x = 3277", "and no table was asked for it", "let a query find"),
        (1, "x = duckdb.sql('SELECT count(*)')", "and no table was asked for it", "`FROM`"),
        ("20", 'x = "20"', "a number in quotes", "let a query find"),
        (4.902, "x = 4.902", "begins the decimals", "let a query find"),
        (None, "x = print(duckdb.sql('SELECT 1 FROM t'))", "`print` shows a result", "take `print`"),
        (None, "x = tool()", "I see nothing", "did no row meet the condition?"),
        ((0, 3), "x = 0,3", "two numbers, 0 and 3", "`0.5`"),
    ],
)
def test_what_stands_in_the_code_of_an_answer_is_told(tmp_path, value, source, saw, step):
    found = verdict(VALUE, tmp_path, value, sources=[source])
    assert saw in found.saw
    assert step in found.next_step
    assert "print" in source or "print" not in found.next_step


def test_a_column_in_quotes_is_told_before_a_named_wrong_answer(tmp_path):
    duckdb.sql("SELECT 1 AS kind, 2 AS n").write_parquet(str(tmp_path / "jobs.parquet"))
    exercise = replace(VALUE, wrong=(WrongAnswer({"value": 0}, "Zero."),))
    asked = "x = duckdb.sql(\"SELECT count(*) FROM 'jobs.parquet' WHERE {}\")"
    quoted = verdict(exercise, tmp_path, 0, sources=[asked.format("'kind' = 'saved'")])
    assert "The column `kind` wears quotes" in quoted.saw
    for other in ("kind = 'saved'", "kind = 'n' AND n = 1", "'other' = 'saved'"):
        assert verdict(exercise, tmp_path, 0, sources=[asked.format(other)]).saw == "Zero."
    assert verdict(exercise, tmp_path, 4902, sources=[asked.format("'kind' = 'saved'")]).status is Status.RIGHT


@pytest.mark.parametrize(
    ("asked", "figure"),
    [
        ("SELECT 1 - count(kind) / 5030 FROM jobs", "5030"),
        ("SELECT 954 / count(*) FROM jobs", "954"),
        ("SELECT count(email) - 4628 FROM jobs", "4628"),
        ("SELECT count(*) * 1000 / 3600 FROM jobs", ""),
        ("SELECT count(*) FROM jobs WHERE eur > 4628", ""),
        ("SELECT count(*) FROM jobs WHERE day >= '2026-03-31'", ""),
        ("SELECT 1.1234 * count(*) FROM jobs", ""),
    ],
)
def test_a_right_query_that_reckons_with_a_typed_number_is_warned(tmp_path, asked, figure):
    found = verdict(VALUE, tmp_path, 4902, sources=[f'x = duckdb.sql("{asked}")'])
    assert (found.status, found.points) == (Status.RIGHT, 2.0)
    assert found.next_step.startswith(f"`{figure}` is typed into your query") if figure else not found.next_step
    known = replace(VALUE, hints=(f"x = {asked}",))
    assert not verdict(known, tmp_path, 4902, sources=[f'x = duckdb.sql("{asked}")']).next_step


def test_groups_where_one_number_is_asked_are_told_as_groups(tmp_path):
    rows = [[1], [2]]
    source = 'x = duckdb.sql("SELECT count(*) FROM t GROUP BY kind")'
    assert "gives a row for each group" in verdict(VALUE, tmp_path, rows, sources=[source]).saw
    inside = 'x = duckdb.sql("SELECT n FROM (SELECT count(*) AS n FROM t GROUP BY kind)")'
    assert "GROUP BY" not in verdict(VALUE, tmp_path, rows, sources=[inside]).saw


@pytest.mark.parametrize(("sign", "mend"), [("=", "IS NULL"), ("<>", "IS NOT NULL")])
def test_a_condition_that_equals_null_is_told_before_a_named_wrong_answer(tmp_path, sign, mend):
    exercise = replace(VALUE, wrong=(WrongAnswer({"value": 0}, "Zero."),))
    source = f"x = duckdb.sql(\"SELECT count(*) FROM 'jobs.parquet' WHERE kind {sign} NULL\")"
    found = verdict(exercise, tmp_path, 0, sources=[source])
    assert "keeps no row" in found.saw
    assert found.next_step == f"write `kind {mend}`."


@pytest.mark.parametrize(
    ("inside", "saw"),
    [
        ("kind IS NULL", "`count(kind IS NULL)` counts each no as well as each yes"),
        ("kind = 'saved'", "counts each no as well as each yes"),
        ("kind = NULL", "`count(kind = NULL)` counts no row"),
        ("kind", "Zero."),
        ("DISTINCT kind", "Zero."),
    ],
)
def test_a_comparison_that_is_counted_is_told_before_a_named_wrong_answer(tmp_path, inside, saw):
    exercise = replace(VALUE, wrong=(WrongAnswer({"value": 0}, "Zero."),))
    source = f"x = duckdb.sql(\"SELECT count({inside}) FROM 'jobs.parquet'\")"
    assert saw in verdict(exercise, tmp_path, 0, sources=[source]).saw


@pytest.mark.parametrize(
    ("kind", "source", "saw"),
    [
        ("function", "def x(a):\n    return 1\n\nx = ...\nx", "Your function is there"),
        ("value", "x = ...\nduckdb.sql('SELECT 1')\nx", "on a line of its own"),
    ],
)
def test_an_answer_beside_the_dots_is_seen(tmp_path, kind, source, saw):
    found = verdict(replace(VALUE, kind=kind), tmp_path, ..., sources=[source])
    assert (found.status, found.points) == (Status.NOT_YET, 0.0)
    assert saw in found.saw
    assert verdict(VALUE, tmp_path, ..., sources=["x = ...\n\nx"]).saw == ""
