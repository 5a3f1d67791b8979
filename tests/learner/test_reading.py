import json
import types
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from grader.learner.reading import Question, Reading, read
from grader.learner.typed_in import is_typed_in


def ask(kind, value, folder, cases=(), variable="x", fresh=True, sources=()):
    return read(Question("q", kind, variable, fresh, cases), {variable: value}, sources, folder)


def test_a_question_and_a_reading_survive_json(tmp_path):
    question = Question("q", "function", "f", True, ((1, [2]), ("file:a.csv",)))
    assert Question.from_json(json.loads(json.dumps(question.to_json()))) == question
    reading = ask("value", 3, tmp_path)
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_a_name_that_is_not_there_is_missing(tmp_path):
    assert read(Question("q", "value", "x", True), {}, (), tmp_path).state == "missing"


@pytest.mark.parametrize("blank", ["_", "__", "___"])
def test_a_shortened_blank_is_blank_whatever_the_notebook_keeps_under_it(blank, tmp_path):
    reading = ask("value", 3, tmp_path, sources=(f"x = {blank}\n\nx",))
    assert reading.state == "blank"
    assert f"`{blank}` holds its place" in reading.slip


@pytest.mark.parametrize("value", [..., "", "  \n"])
@pytest.mark.parametrize("kind", ["value", "table", "choice", "order", "function", "file", "tests"])
def test_dots_and_empty_quotes_are_blank(kind, value, tmp_path):
    assert ask(kind, value, tmp_path).state == "blank"


def test_a_value_may_be_a_relation_of_one_cell(tmp_path):
    reading = ask("value", duckdb.sql("SELECT 4902"), tmp_path)
    assert (reading.state, reading.answer, reading.saw) == ("answer", {"value": 4902}, "the number 4,902")


def test_a_whole_table_where_one_value_is_asked_is_said_even_when_it_is_too_large(tmp_path):
    reading = ask("value", duckdb.sql("SELECT range AS a, 1 AS b FROM range(5000)"), tmp_path)
    assert reading.state == "unreadable"
    assert reading.saw.startswith("I see a table of 5,000 rows and 2 columns; this question wants one value.")


def test_row_labels_that_look_like_a_column_are_pointed_out(tmp_path):
    counted = pd.Series(["a", "a", "b"], name="plan").value_counts()
    assert "an index, not a column" in ask("table", counted, tmp_path).saw
    assert "an index" not in ask("table", counted.reset_index(), tmp_path).saw


@pytest.mark.parametrize(("value", "letters"), [(" C ", "c"), ("c", "c")])
def test_a_choice_ignores_case_and_space(value, letters, tmp_path):
    assert ask("choice", value, tmp_path).answer == {"value": letters}


@pytest.mark.parametrize("value", ["cadb", "C, A, D, B", "c a d b", ["c", "a", "d", "b"], ("C", "A", "D", "B")])
def test_an_order_ignores_what_stands_between_its_letters(value, tmp_path):
    assert ask("order", value, tmp_path).answer == {"value": "cadb"}


def test_a_choice_that_is_no_text_is_read_all_the_same(tmp_path):
    assert ask("choice", 3, tmp_path).answer == {"value": 3}


def test_a_function_is_called_with_each_case_in_the_lesson_folder(tmp_path):
    (tmp_path / "a.csv").write_text("one\ntwo\n", encoding="utf-8")

    def lines(name, extra):
        print("noise")
        return len(Path(name).read_text(encoding="utf-8").splitlines()) + extra

    reading = ask("function", lines, tmp_path, (("file:a.csv", 0), ("file:a.csv", 5), ("file:missing.csv", 0)))
    assert reading.answer["results"][:2] == [{"value": 2}, {"value": 7}]
    assert reading.answer["results"][2]["error"].startswith("FileNotFoundError")


def test_a_function_cannot_spoil_the_cases_or_print_into_the_card(tmp_path, capfd):
    case = ([1, 2],)

    def careless(items):
        items.append(3)
        print("loud")
        return sum(items)

    assert ask("function", careless, tmp_path, (case, case)).answer == {"results": [{"value": 6}, {"value": 6}]}
    assert capfd.readouterr() == ("", "")
    assert case == ([1, 2],)


def test_a_function_that_fails_exits_or_answers_with_an_object_costs_only_that_case(tmp_path):
    class OwnError(Exception):
        def __str__(self):
            raise RuntimeError("never asked")

    def wild(way):
        if way == 1:
            raise OwnError("no")
        if way == 2:
            raise SystemExit(3)
        return types.SimpleNamespace() if way == 3 else {"total": 4}

    results = ask("function", wild, tmp_path, ((1,), (2,), (3,), (4,))).answer["results"]
    assert results[0] == {"error": "OwnError: no"}
    assert results[1] == {"error": "SystemExit: 3"}
    assert results[2]["error"].startswith("AnswerError: ")
    assert results[3] == {"value": 4}


def undone(plan): ...


def undone_with_text(plan):
    """Gives the fee of a plan."""


def gives_text():
    return "Gives the fee of a plan."


def test_a_function_with_nothing_in_it_is_blank(tmp_path):
    assert ask("function", undone, tmp_path, ((1,),)).state == "blank"
    assert ask("function", undone_with_text, tmp_path, ((1,),)).state == "blank"
    assert ask("function", gives_text, tmp_path, ((),)).state == "answer"


def test_a_result_where_the_function_itself_is_wanted_is_told_so(tmp_path):
    reading = ask("function", 5, tmp_path, ((1,),))
    assert reading.state == "unreadable"
    assert "I see the number 5; this question wants the function itself" in reading.saw


def test_tests_of_a_learner_give_a_list_of_verdicts(tmp_path):
    def test_total(total):
        assert total >= 0, "negative"

    def broken(total):
        return total["x"]

    assert ask("tests", test_total, tmp_path, ((1,), (-1,))).answer == {"results": [{"value": True}, {"value": False}]}
    assert "TypeError" in ask("tests", broken, tmp_path, ((1,),)).answer["results"][0]["error"]


def test_a_file_is_read_back_as_a_table_or_as_text(tmp_path):
    (tmp_path / "late.csv").write_bytes("﻿id;days;note\r\n007;3;\r\n8;1.5;late\r\n".encode())
    (tmp_path / "note.txt").write_text("Dear Ines,  \nsee below.\n", encoding="utf-8")
    (tmp_path / "plan.json").write_text('[{"a": 1}, {"a": 2}]', encoding="utf-8")
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "t.parquet"))
    table = ask("file", "late.csv", tmp_path).answer
    assert table == {"columns": ["id", "days", "note"], "rows": [["007", 3, None], [8, 1.5, "late"]]}
    assert ask("file", tmp_path / "note.txt", tmp_path).answer == {"value": "Dear Ines,\nsee below."}
    assert ask("file", "plan.json", tmp_path).answer == {"columns": ["a"], "rows": [[1], [2]]}
    assert ask("file", "t.parquet", tmp_path).answer == {"columns": ["a"], "rows": [[1]]}
    named = read(Question("q", "file", "note.txt", False), {}, (), tmp_path)
    assert named.saw == "a file with a text"


def test_a_file_that_is_not_there_outside_or_broken_gets_a_sentence(tmp_path):
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "wide.csv").write_text("a,b\n1,2,3\n", encoding="utf-8")
    assert ask("file", "late.csv", tmp_path).state == "missing"
    assert "outside the lesson's folder" in ask("file", "../late.csv", tmp_path).saw
    assert "not complete JSON" in ask("file", "broken.json", tmp_path).saw
    assert "not UTF-8" in ask("file", "bytes.txt", tmp_path).saw
    assert "as many cells" in ask("file", "wide.csv", tmp_path).saw
    assert "no file name" in ask("file", 5, tmp_path).saw


@pytest.mark.parametrize(
    "source",
    [
        "x = 4902",
        "x = -4902.0",
        "x = int('4902')",
        "x = round(4902.4)",
        "x = 4000 + 902",
        "n = 4902\nx = n",
        "x: int = 4902",
        "x = y = 4902",
        "x = duckdb.sql('SELECT 4902')",
        "x = duckdb.sql('SELECT 4902').fetchall()[0][0]",
        "q = 'select 4902'\nx = duckdb.query(q)",
        "x = con.execute('VALUES (4902)').fetchone()[0]",
        "x = pd.DataFrame({'a': [1, 2]})",
        "x = [('Coast', 3)]",
        "x = len(rows)\nx = 4902",
        "!!!\nx = 1",
    ],
)
def test_a_typed_in_answer_is_seen(source):
    sources = source.split("\n")
    assert is_typed_in("x", sources)
    assert is_typed_in("x", [source.removeprefix("!!!\n")])


@pytest.mark.parametrize(
    "source",
    [
        "x = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\")",
        "x = duckdb.sql(\"FROM 'customers.parquet' SELECT count(*)\")",
        "x = duckdb.sql(\"SUMMARIZE 'customers.parquet'\")",
        'x = duckdb.sql(f"SELECT {n}")',
        "x = len(rows)",
        "x = 4902\nx = len(rows)",
        "x = 0\nfor row in rows:\n    x += 1",
        "n = 0\nn += len(rows)\nx = n",
        "x = 4902\nx, y = counts()",
        "rate = 0.19\nx = total * rate",
        "with open('a') as x:\n    pass",
        "x = 1\nfrom things import x",
        "x = 1\ndef x():\n    return 4",
        "y = 4902",
        "x = n",
        "x = round(df.n.mean(), 1)",
    ],
)
def test_a_computed_answer_is_never_called_typed_in(source):
    assert not is_typed_in("x", [source])


def test_typing_in_counts_only_where_the_data_are_fresh_and_a_computation_is_asked(tmp_path):
    sources = ["x = 4902"]
    assert ask("value", 4902, tmp_path, sources=sources).typed_in
    assert not ask("value", 4902, tmp_path, sources=sources, fresh=False).typed_in
    assert not ask("choice", "a", tmp_path, sources=["x = 'a'"]).typed_in


def test_a_library_that_fails_on_an_odd_object_is_a_sentence(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]})
    frame._mgr = None
    reading = ask("table", frame, tmp_path)
    assert reading.state == "unreadable"
    assert reading.saw.startswith("I cannot read this answer (")
