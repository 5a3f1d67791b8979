"""Each beginner's error is made in a real shell, and the card is read."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from grader.learner.errors import RECOGNISERS, Scene, explain
from grader.learner.errors import hook as hook_module
from grader.learner.errors.hook import install_in, scene_of
from grader.learner.key import Exercise, Key, begin, lesson_folder

FIRST_CELL = """\
import duckdb
import pandas as pd
coast = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast'")
number = 3
text = "SELECT 1"
still_open = ...
waits = None
def recall(*answers): ...
def deal(number): return len(range(number))
def two_deals(number): return 2 * number
df = pd.DataFrame({"region": ["Coast"], "amount": [1.5]})
open_jobs = duckdb.sql("SELECT * FROM 'jobs.csv' WHERE status = 'active'")
sums = duckdb.sql("SELECT 1.5 AS build_eur, 2.5 AS buy_eur, 'buy' AS option")
"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "w01_three_answers"
    folder.mkdir()
    rows = (
        "SELECT i AS id, 'a@b' AS email, CASE WHEN i % 2 = 0 THEN 'active' ELSE 'paused' END AS status, "
        "'Coast' AS region, i * 1.5 AS amount, DATE '2025-01-01' AS since, 'test' AS account_type, i > 3 AS late "
        "FROM range(10) t(i)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{folder / 'customers.parquet'}'")
        connection.execute(f"COPY ({rows}) TO '{folder / 'jobs.csv'}'")
    return folder


@pytest.fixture(scope="module")
def base(lesson: Path) -> InteractiveShell:
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    before = Path.cwd()
    os.chdir(lesson)
    assert shell.run_cell(FIRST_CELL, store_history=True).success
    os.chdir(before)
    return shell


@pytest.fixture(scope="module")
def first_names(base: InteractiveShell) -> dict[str, Any]:
    return dict(base.user_ns)


class Learner:
    """A shell with cards installed; `errors` are what a kernel would send."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.errors: list[tuple[str, str, list[str]]] = []
        self.seen: list[BaseException] = []
        shell.display_pub = CapturingDisplayPublisher()
        vars(shell).pop("_handson_error_cards", None)

        def send(etype: type[BaseException], value: BaseException, stb: list[str]) -> None:
            self.errors.append((etype.__name__, str(value), list(stb)))
            self.seen.append(value)

        shell._showtraceback = send
        install_in(shell)

    def run(self, cell: str) -> Any:
        return self.shell.run_cell(cell, store_history=True)

    @property
    def cards(self) -> list[dict[str, str]]:
        return [output["data"] for output in self.shell.display_pub.outputs]

    def recognised(self, folder: Path) -> str:
        return explain(scene_of(self.shell, self.seen[-1], folder))[0]


@pytest.fixture
def learner(
    base: InteractiveShell, first_names: dict[str, Any], lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> Learner:
    monkeypatch.chdir(lesson)
    base.user_ns.clear()
    base.user_ns.update(first_names)
    del base.history_manager.input_hist_parsed[2:], base.history_manager.input_hist_raw[2:]
    base.execution_count = 2
    return Learner(base)


OUT_OF_VOICE = re.compile(r"\b(simply|just|easy|easily|obviously|oops|sorry|great|well done)\b", re.IGNORECASE)


def sql(query: str) -> str:
    return f'answer = duckdb.sql("{query}")\nshown = repr(answer)'


ALL = "SELECT count(*) FROM 'customers.parquet'"

FUNCTION = """
def week(monday):
    query = f\"\"\"
        SELECT count(*)
        FROM 'customers.parquet'
        WHERE status = 'active'
          AND since >= {}
    \"\"\"
    return duckdb.sql(query).fetchall()[0][0]
"""

# code, recogniser, what the card must say
MADE = [
    # What the course's own tools refuse
    (
        "from grader.learner.problem import Problem\nraise Problem('There is no `.ics` file here: drag one in.')",
        "refused_by_the_course",
        "There is no .ics file here: drag one in. Next: Then run",
    ),
    # Words in quotes
    (sql(f"{ALL} WHERE status = active"), "sql_unquoted_word", "Write 'active'"),
    (sql(f"{ALL} WHERE region IN (Coast)"), "sql_unquoted_word", "Write 'Coast'"),
    (sql(f"{ALL} WHERE status LIKE act"), "sql_unquoted_word", "Write 'act'"),
    (
        f"duckdb.sql('''{ALL} WHERE status = \"active\"''')",
        "sql_unquoted_word",
        "double quotes hold the name of a column",
    ),
    (
        """duckdb.sql('SELECT count(*) FROM jobs.csv WHERE status = "active"')""",
        "sql_unquoted_word",
        "double quotes round the whole query",
    ),
    (f"duckdb.sql('{ALL}')", "quotes_in_quotes", "in front of customers.parquet"),
    ("x = duckdb.sql('SELECT 1 WHERE region = 'Coast'')", "quotes_in_quotes", "in front of Coast"),
    ('duckdb.sql("SELECT 1 WHERE status = "active"")', "quotes_in_quotes", "Write 'active' with single quotes"),
    ("reply = 'it's'", "quotes_in_quotes", "apostrophe in it's"),
    (sql(f"{ALL} WHERE status = 'active"), "sql_unclosed_quote", "Write 'active'"),
    (sql(f"{ALL} WHERE status = active'"), "sql_unclosed_quote", "Write 'active'"),
    (sql(f"{ALL} WHERE status LIKE 'act"), "sql_unclosed_quote", "near 'act"),
    (sql("SELECT 1 WHERE 'x' = 'O'Brien'"), "sql_unclosed_quote", "O''Brien"),
    ("answer = 'active", "answer_in_letters", 'Write answer = "active"'),
    ("print('active)", "unclosed_text", "never closed"),
    ('answer = duckdb.sql("""\nSELECT 1\n"""\nanswer', "unclosed_bracket", "put the bracket behind the three quotes"),
    (
        'duckdb.sql("""\nSELECT region, count(*)\nFROM \'customers.parquet\'\nORDER BY region\n""")',
        "sql_group_by",
        "before ORDER BY",
    ),
    ('duckdb.sql("SELECT *\n FROM jobs")', "unclosed_text", '"""'),
    ('answer = """SELECT', "unclosed_text", "three quotes"),
    ("answer = “active”", "curly_quotes", "Word, Outlook"),
    ("answer = ‘active’", "curly_quotes", "Word, Outlook"),
    (sql(f"{ALL} WHERE status = ‘active’"), "sql_curly_quotes", "‘active’"),
    (sql("SELECT count(*) FROM ‘customers.parquet’"), "sql_curly_quotes", "‘customers.parquet’"),
    (sql(f"{ALL} WHERE status = “active”"), "sql_curly_quotes", "“active”"),
    # Blanks
    (sql("SELECT ____ FROM 'customers.parquet'"), "sql_blank_left", "____"),
    (sql(f"{ALL} WHERE status = ____"), "sql_blank_left", "____"),
    (sql("SELECT ... FROM 'customers.parquet'"), "sql_blank_left", "..."),
    ("duckdb.sql(...)", "sql_dots_for_query", "dots are still there"),
    ("answer = ____", "blank_left", "____"),
    ("answer = ... + 1", "blank_left", "..."),
    ("still_open / 2", "blank_left", "still_open is still ..."),
    ("int(still_open)", "blank_left", "still_open is still ..."),
    ("answer =", "nothing_after_equals", "answer ="),
    # Names of columns, tables, files, tools
    (sql("SELECT stauts FROM 'customers.parquet'"), "sql_unquoted_word", "is called status"),
    (sql("SELECT xyzzy FROM 'customers.parquet'"), "sql_unquoted_word", "SELECT * FROM 'customers.parquet' LIMIT 3"),
    (sql("SELECT a.idd FROM 'jobs.csv' a"), "sql_unquoted_word", "is called id"),
    (sql("SELECT region, avg amount FROM 'customers.parquet'"), "sql_unquoted_word", "avg(...)"),
    (sql("SELECT * FROM 'customer.parquet'"), "sql_missing_file", "The nearest one is customers.parquet"),
    (sql("SELECT * FROM 'data/customers.parquet'"), "sql_missing_file", "Write the file's name alone"),
    (sql("SELECT * FROM 'zzz.parquet'"), "sql_missing_file", "I see customers.parquet and jobs.csv"),
    (sql("SELECT * FROM customers"), "sql_missing_table", "FROM 'customers.parquet'"),
    (sql("SELECT * FROM coasst"), "sql_missing_table", "FROM coast"),
    (
        sql("SELECT * FROM bars"),
        "sql_missing_table",
        "Ask a result, without quotes: sums, open_jobs and coast, or a file",
    ),
    (sql("SELECT * FROM df JOIN coasst ON true"), "sql_missing_table", "write JOIN coast"),
    (sql("SELECT * FROM COAST"), "sql_missing_table", "A result keeps its capitals"),
    (sql("SELECT sum(sums) FROM df JOIN buy_eur ON true"), "sql_missing_table", "JOIN sums, and put buy_eur"),
    (sql("SELECT * FROM 'open_jobs.parquet'"), "sql_missing_file", "Write open_jobs alone"),
    (sql("SELECT * FROM jobs"), "sql_missing_table", "Write FROM open_jobs, or ask the whole file: FROM 'jobs.csv'"),
    # Steps and empty cells
    (sql("WITH kept AS (SELECT id FROM 'jobs.csv') SELECT * FROM customers"), "sql_step_name", "FROM kept"),
    (sql("WITH kept AS (SELECT id FROM 'jobs.csv') SELECT (SELECT id FROM kpet)"), "sql_step_name", "FROM kept"),
    (sql("WITH kept AS (SELECT id FROM job) SELECT * FROM kept"), "sql_missing_table", "FROM 'jobs.csv'"),
    (sql("WITH kept AS (SELECT id FROM 'jobs.csv') SELECT id FROM kept WHERE amount > 3"), "sql_step_column", "kept"),
    (sql("WITH kept AS (SELECT id FROM 'jobs.csv') SELECT late FROM coast"), "sql_step_column", "FROM kept"),
    (sql("WITH kept AS (SELECT id FROM 'jobs.csv') SELECT idd FROM kept"), "sql_unquoted_word", "is called id"),
    (
        sql("WITH kept AS (SELECT region FROM 'jobs.csv') SELECT 1 FROM kept WHERE region = Coast"),
        "sql_unquoted_word",
        "'Coast'",
    ),
    (
        sql("WITH kept AS (SELECT id FROM 'jobs.csv') WHERE id > 3 SELECT id FROM kept"),
        "sql_step_condition",
        "Move WHERE",
    ),
    (
        sql(
            "WITH kept AS (SELECT id, status FROM 'jobs.csv') SELECT status FROM kept GROUP BY status WHERE amount > 3"
        ),
        "sql_step_condition",
        "up into the step",
    ),
    (
        sql("WITH kept AS (SELECT id, status FROM 'jobs.csv') SELECT status FROM kept GROUP BY status WHERE id > 3"),
        "sql_order_of_parts",
        "right before GROUP BY",
    ),
    (sql("kept AS (SELECT id FROM 'jobs.csv') SELECT id FROM kept"), "sql_with", "Write WITH kept AS (."),
    (
        sql("WITH a AS (SELECT id FROM 'jobs.csv'), WITH b AS (SELECT id FROM a) SELECT id FROM b"),
        "sql_with",
        "Take the second WITH out",
    ),
    (
        sql("WITH kept AS (SELECT status FROM 'jobs.csv') SELECT status, count(*) FROM kept GROUP BY kept"),
        "sql_group_by_step",
        "such as status",
    ),
    (
        sql("SELECT status, count(*) FROM 'jobs.csv' GROUP BY status ORDER BY many DESC"),
        "sql_no_such_heading",
        "count(*) AS many",
    ),
    (sql(f"{ALL} WHERE amount >= 3 euros OR late"), "sql_value_in_words", "Write amount >= 3, without"),
    (sql(f"{ALL} WHERE amount >= 3s OR late"), "sql_value_in_words", "Write amount >= 3, without"),
    (sql(f"{ALL} WHERE amount >= 3 or more OR late"), "sql_lone_word", "Take or more out, and keep amount >= 3"),
    (sql(f"{ALL} WHERE amount 3 OR late"), "sql_value_in_words", "Behind the column amount a sign is wanted, and 3"),
    (sql(f"{ALL} WHERE amount more than 3"), "sql_value_in_words", "a sign is wanted, and more"),
    (sql(f"{ALL} WHERE amount IS >= 3"), "sql_value_in_words", "Take IS out: amount >="),
    (
        sql("SELECT count(*) FROM 'jobs.csv' a JOIN 'jobs.csv' b WHERE a.id > 3 USING (id)"),
        "sql_parse",
        "USING comes too late",
    ),
    (sql("SELECT count(*) FROM 'jobs.csv' a JOIN 'jobs.csv' b USING WHERE id > 3"), "sql_parse", "in brackets"),
    (f"duckdb.sql('''{ALL} WHERE amount > \"3\"''')", "sql_unquoted_word", "Write 3 without them"),
    (sql("SELECT count(e-mail) FROM 'jobs.csv'"), "sql_unquoted_word", "e minus mail"),
    (
        sql("WITH kept AS (SELECT status FROM 'jobs.csv' WHERE late) SELECT status, jobs FROM kept"),
        "sql_unquoted_word",
        "no column called jobs",
    ),
    (sql("SELECT count(DISTINCT lower(trim)(email)) FROM 'jobs.csv'"), "sql_filter", "Write lower(trim(email))"),
    (sql(f"{ALL} WHEN amount > 3"), "sql_case", "Write WHERE for WHEN"),
    ("answer = duckdb.sql(\nWITH a AS (SELECT 1)\nSELECT * FROM a\n)", "call_of_sql", "three double quotes"),
    ('answer = duckdb.sql("""\nSELECT 1\n""")...', "call_of_sql", "Take the three dots ... out"),
    (sql("SELECT count(DISTINCT status, region) FROM 'jobs.csv'"), "sql_text_and_number", "lower(trim(...))"),
    (sql(f"{ALL} WHERE amount > 3; AND late"), "sql_semicolon_inside", "Take the ; before AND out"),
    (sql("SELECT count(email) - DISTINCT email FROM 'jobs.csv'"), "sql_parse", "Write count(DISTINCT ...)"),
    (sql("SELECT count(*) FROM coast USING (id)"), "sql_parse", "one table stands before it"),
    (sql("SELECT count(*) FROM df, open_jobs USING (region)"), "sql_parse", "Put JOIN in the comma's place"),
    (sql("SELECT count(*) FROM df open_jobs LEFT JOIN USING (region)"), "sql_parse", "between JOIN and USING"),
    (sql("SELECT count(*) FROM df LEFTJOIN open_jobs USING (region)"), "sql_misspelt_keyword", "Write LEFT JOIN, with"),
    (sql("SELECT count(*) FROM df LEFT, open_jobs USING (region)"), "sql_parse", "Write LEFT JOIN in place of LEFT,"),
    (sql("SELECT count(*) FROM df LEFT-JOIN open_jobs USING (region)"), "sql_parse", "in place of LEFT-"),
    (sql("SELECT count(*) FROM df JOIN LEFT open_jobs USING (region)"), "sql_parse", "is turned round"),
    (
        sql("SELECT count(*) FROM df OUTER JOIN open_jobs USING (region)"),
        "sql_parse",
        "LEFT JOIN for the one on the left",
    ),
    (sql("SELECT sum(open_jobs(id)) FROM open_jobs"), "sql_unknown_function", "open_jobs, a dot, and the column"),
    (sql("SELECT sum('open_jobs.id') FROM open_jobs"), "sql_text_and_number", "Take the quotes away: open_jobs.id."),
    (sql("SELECT count(*) FROM df JOIN FROM open_jobs USING (region)"), "sql_joining", "Write JOIN open_jobs."),
    (sql("SELECT sum('id') FROM open_jobs"), "sql_text_and_number", "Take the quotes away: id."),
    (sql("SELECT open_jobs.paid FROM open_jobs"), "sql_unquoted_word", "open_jobs holds id, email"),
    (
        sql("WITH a AS (SELECT status FROM 'jobs.csv') SELECT status count(*) FROM a GROUP BY status"),
        "sql_parse",
        "Put a comma in front of count",
    ),
    (sql("SELECT count(*) AS rows FROM 'jobs.csv' GROUP BY rows"), "sql_group_by_result", "rows is worked out in them"),
    (
        sql("SELECT region, count(*) AS rows FROM 'jobs.csv' GROUP BY region, rows"),
        "sql_group_by_result",
        "rows is worked out in them",
    ),
    (sql(f"{ALL} WHERE amount > 3 OR amount IS EMPTY"), "sql_empty_cell", "Write amount IS NULL"),
    (sql(f"{ALL} WHERE amount IS 'NULL'"), "sql_empty_cell", "Write amount IS NULL"),
    (sql(f"{ALL} WHERE amount IS NOT 'NULL'"), "sql_empty_cell", "Write amount IS NOT NULL"),
    (sql(f"{ALL} WHERE amount > 3 OR amount NULL"), "sql_empty_cell", "Write amount IS NULL"),
    (sql(f"{ALL} WHERE amount = " + '\\"NULL\\"'), "sql_empty_cell", "IS NULL"),
    (sql(f"{ALL} WHERE amount = ''"), "sql_conversion", "amount IS NULL"),
    (sql(f"{ALL} WHERE amount > 3 OR IS NULL"), "sql_empty_cell", "Write the column once more"),
    (sql("SELECT * FROM number"), "sql_not_a_table", "a number, so it holds no table"),
    (sql("SELECT conut(id) FROM 'customers.parquet'"), "sql_unknown_function", "Did you mean count?"),
    (sql("SELECT c.id FROM 'jobs.csv' a"), "sql_alias", "The query knows a"),
    (sql("SELECT df.region FROM open_jobs"), "sql_alias", "this query asks open_jobs. Next: Which is meant?"),
    (sql("SELECT 1 FROM df JOIN open_jobs USING (id)"), "sql_key_on_one_side", "that stands in both"),
    (sql("SELECT 1 FROM df JOIN sums USING (id)"), "sql_key_on_one_side", "id is not in both"),
    (sql("SELECT id FROM 'jobs.csv' a JOIN 'jobs.csv' b ON a.id = b.id"), "sql_ambiguous", "a.id or b.id"),
    # The grammar of SQL
    (sql("SELCT count(*) FROM 'customers.parquet'"), "sql_misspelt_keyword", "Change SELCT to SELECT"),
    (sql("SELECT count(*) FORM 'customers.parquet'"), "sql_misspelt_keyword", "Change FORM to FROM"),
    (sql(f"{ALL} WERE status = 'active'"), "sql_misspelt_keyword", "Change WERE to WHERE"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROPU BY region"), "sql_misspelt_keyword", "Change GROPU to GROUP"),
    (sql("SELECT region FROM 'jobs.csv' ODER BY region"), "sql_misspelt_keyword", "Change ODER to ORDER"),
    (sql("SELECT id status region FROM 'jobs.csv'"), "sql_parse", "a comma in front of region"),
    (sql("SELECT region avg(amount) FROM 'jobs.csv'"), "sql_parse", "a comma in front of avg"),
    (sql("SELECT id,, status FROM 'jobs.csv'"), "sql_parse", "Take that comma out"),
    (sql("SELECT count(* FROM 'customers.parquet'"), "sql_brackets", "Write count(*)"),
    (sql("SELECT count(DISTINCT id FROM 'customers.parquet'"), "sql_brackets", "Close it there: count(DISTINCT id)"),
    (sql("SELECT count(*)) FROM 'customers.parquet'"), "sql_brackets", "too many"),
    (sql(f"{ALL} WHERE (status = 'active'"), "sql_brackets", "never closed"),
    (
        sql("SELECT count(DISTINCT lower(trim(status)) FROM 'customers.parquet'"),
        "sql_brackets",
        "Put one more ) in front of FROM: count(DISTINCT lower(trim(status)))",
    ),
    (sql("SELECT count(status / count(*) FROM 'customers.parquet'"), "sql_brackets", "Close it there: count(status)"),
    (sql("SELECT count(no status) FROM 'customers.parquet'"), "sql_words_in_brackets", "Write count(status)"),
    (
        sql("SELECT lower(trim(status), status) FROM 'customers.parquet'"),
        "sql_arguments",
        "lower takes one thing, and its brackets hold two",
    ),
    (
        "duckdb.sql(\"SELECT lower(trim(status)) AS tidy FROM 'customers.parquet'\")\n"
        + sql("SELECT count(DISTINCT tidy status) FROM 'customers.parquet'"),
        "sql_words_in_brackets",
        "Write count(DISTINCT",
    ),
    (sql(f"{ALL} WHERE"), "sql_parse", "stops right after WHERE"),
    (sql(f"{ALL} WHERE id = 1 region = 'Coast'"), "sql_parse", "Put AND between them"),
    (sql(f"{ALL} WHERE id = 1, region = 'Coast'"), "sql_parse", "Put AND between them"),
    (sql(f"{ALL} WHERE region IN 'Coast', 'North'"), "sql_parse", "IN ('Coast', 'North')"),
    (sql(f"{ALL} WHERE id IN 1, 2, 3"), "sql_parse", "IN (1, 2, 3)"),
    (sql(f"{ALL} WHERE region IN Coast, North"), "sql_parse", "IN ('one', 'two')"),
    (sql(f"{ALL} WHERE status IS 'active'"), "sql_parse", "Write = 'active'"),
    (sql(f"{ALL} WHERE status 'active'"), "sql_gap", "status = 'active'"),
    (sql(f"{ALL} WHERE amount 'IS NULL'"), "sql_gap", "Take the quotes away: amount IS NULL"),
    (sql(f"{ALL} WHERE amount '>= 3'"), "sql_gap", "Take the quotes away: amount >= 3"),
    (sql(f"{ALL} WHERE amount '3 or more'"), "sql_gap", "outside quotes, such as amount >= 3"),
    (sql(f"{ALL} WHERE amount 'none'"), "sql_gap", "ask for empty cells with amount IS NULL"),
    (sql(f"{ALL} WHERE amount “>= 3”"), "sql_sign_in_quotes", "Take the quotes away: amount >= 3"),
    (sql(f"{ALL} WHERE amount IS NO NUMBER"), "sql_parse", "For empty cells, write amount IS NULL"),
    (sql(f"{ALL} WHERE mount = '3 or more'"), "sql_unquoted_word", "such as amount >= 3"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP region"), "sql_parse", "GROUP BY region"),
    (sql("SELECT count(*) FROM FROM 'jobs.csv'"), "sql_parse", "twice in a row"),
    (sql("SELECT count(*) FROM 'jobs.csv' a LEFT 'jobs.csv' b USING (id)"), "sql_parse", "Write LEFT JOIN"),
    (sql("SELECT count(*) WHERE id = 1 FROM 'jobs.csv'"), "sql_parse", "comes too late"),
    (sql("SELECT a.id FROM 'jobs.csv' a JOIN 'jobs.csv' b"), "sql_parse", "Add ON"),
    (sql("count(*) FROM 'jobs.csv'"), "sql_parse", "begins with SELECT"),
    (sql("SELECT FROM 'jobs.csv'"), "sql_empty_select", "stands nothing"),
    (sql("SELECT count(id) WHERE status = 'active'"), "sql_no_from", "FROM 'customers.parquet'"),
    (sql("SELECT *"), "sql_no_from", "no FROM in it"),
    (sql("SELECT * FROM 'jobs.csv' LIMIT three"), "sql_no_from", "found three"),
    (sql("SELECT region, count(*) FROM 'jobs.csv'"), "sql_group_by", "GROUP BY region"),
    (sql("SELECT region FROM 'jobs.csv' WHERE count(*) > 3 GROUP BY region"), "sql_aggregate_in_where", "HAVING"),
    (sql("SELECT id FROM 'jobs.csv' WHERE min(amount) > 3"), "sql_aggregate_in_where", "put min behind SELECT"),
    (sql("SELECT sum(count(*)) FROM 'jobs.csv'"), "sql_nested_aggregate", "One summary stands inside another"),
    (sql("SELECT 3 – 2"), "sql_long_dash", "long dash"),
    (sql("SELECT count(*) FILTER id >= 9 FROM 'jobs.csv'"), "sql_parse", "FILTER wants brackets round its condition"),
    (sql("SELECT count(*) FILTER WHERE id > 9 FROM 'jobs.csv'"), "sql_parse", "FILTER wants brackets"),
    (sql("SELECT avg(id) FILTER status = 'active' AS n, 3 FROM 'jobs.csv'"), "sql_parse", "FILTER wants brackets"),
    (sql(f"{ALL} WHERE amount => 0.7"), "sql_unknown_function", "Write >=, in that order"),
    (sql(f"{ALL} WHERE amount =< 0.7"), "sql_unknown_function", "Write <=, in that order"),
    # Text and numbers
    (sql(f"{ALL} WHERE id = 'abc'"), "sql_conversion", "id holds numbers, and abc is a word"),
    (sql("SELECT sum(email::INT) FROM 'jobs.csv'"), "sql_conversion", "read the text a@b as a number"),
    (sql(f"{ALL} WHERE amount > 'id'"), "sql_conversion", "Take the quotes away: id"),
    (sql("SELECT count(*) FROM sums WHERE build_eur > 'buy'"), "sql_conversion", "The nearest one is called buy_eur"),
    (sql(f"{ALL} WHERE status > 3"), "sql_text_and_number", "text and a number"),
    (sql("SELECT sum(status) FROM 'customers.parquet'"), "sql_text_and_number", "sum does not work on text"),
    (
        sql("SELECT id FROM 'customers.parquet' WHERE since = '2025-13-01'"),
        "sql_not_that_date",
        "The calendar has no day 2025-13-01",
    ),
    ("'3' + 4", "text_and_number", "a text and a number"),
    ("text > number", "text_and_number", "text is a text"),
    ("int('1,000')", "not_a_number", "Write it bare: 1000"),
    ("float('1,5')", "not_a_number", "Write it bare: 1.5"),
    ("f'{text:,}'", "number_format", "without quotes"),
    ("coast + 1", "result_is_a_table", "into one question of its own"),
    ("coast.fetchall()\n100 / coast", "result_is_a_table", "coast.fetchall()[0][0]"),
    ("int(coast)", "result_is_a_table", "into one question of its own"),
    ("min(sums.build_eur)", "tool_of_a_result", 'duckdb.sql("SELECT min(build_eur) FROM sums")'),
    ("int(df)", "result_is_a_table", ".iloc[0, 0]"),
    ("df[df['amount'] > 1 and df['region'] == 'Coast']", "two_conditions", "&"),
    # Python's grammar
    (ALL, "sql_without_duckdb", 'duckdb.sql("SELECT ...")'),
    (f"all_rows = {ALL}", "sql_without_duckdb", 'all_rows = duckdb.sql("SELECT ...")'),
    ("select count(*) from customers", "sql_without_duckdb", "your line is SQL"),
    ("duckdb.sql(SELECT * FROM 'jobs.csv')", "sql_without_duckdb", "Put double quotes around it, inside the brackets"),
    ('coast = duckdb.sql("SELECT 1"', "unclosed_bracket", "Add )"),
    ('coast = duckdb.sql("SELECT 1"\ncoast', "unclosed_bracket", "in line 1"),
    ("number = 3)", "unclosed_bracket", "Take one ) out"),
    ("number = (3]", "unclosed_bracket", "opened with ( and closed with ]"),
    ("if number = 3:\n    pass", "one_equals_sign", "Write =="),
    ("3 = number", "one_equals_sign", "the name on the left"),
    ("if number =< 3:\n    pass", "one_equals_sign", "<="),
    ("if number == 3\n    number", "missing_colon", "Put : at the end"),
    ("number = 1\n  number", "indentation", "in front of line 2"),
    ("if number:\nnumber", "indentation", "four spaces in front of line 2"),
    ("def f():\n    x = 1\n   y = 2", "indentation", "The start of line 3"),
    ("print 'hello'", "print_brackets", "print(...)"),
    ("number = 3 – 2", "long_dash", "long dash"),
    ("number =\u00a03", "invisible_sign", "nobody can see"),
    ("number = 12€", "other_sign", "Take the € out"),
    ("confidence = 70%", "other_sign", "Take the % out"),
    ("number = 10 000", "number_with_gaps", "10000"),
    ("number = 007", "number_with_gaps", "zero in front"),
    ("best reply = 'c'", "name_with_a_gap", "best_reply"),
    ("all-rows = 3", "name_with_a_gap", "all_rows"),
    ("class = 3", "name_with_a_gap", "my_class"),
    ("form grader import check", "misspelt_word_of_python", "Change form to from"),
    ("number = 3 +", "unfinished_line", "right after +"),
    ("round(number 2)", "missing_comma", "Put a comma between them"),
    ("round(ndigits=2, number)", "order_in_brackets", "to the front"),
    ("I think the answer is three", "a_sentence", "your sentence as code"),
    ("path = 'C:\\Users\\me'", "windows_path", "Put an r"),
    ("number = 3; ; 4", "other_syntax", "nothing in it was run"),
    # Names and parts in Python
    ("best_reply = c", "unknown_name", 'best_reply = "c"'),
    ("best_reply = paused", "unknown_name", '"paused"'),
    ("coats", "unknown_name", "It does know coast"),
    ("Print(3)", "unknown_name", "It does know print"),
    ("chekc('all-rows')", "unknown_name", "It does know check"),
    ("check('all-rows')", "unknown_name", "Begin with the first grey box of the page"),
    ("never_made_above", "unknown_name", "Run All Above Selected Cell"),
    ("answer = TRUE", "unknown_name", "Write True"),
    ("duckdb.sq('SELECT 1')", "unknown_part", "The nearest is sql"),
    ("coast.dff()", "unknown_part", "The nearest is df"),
    ("coast.fetchone()", "unknown_part", "fetchall"),
    ("coast['nn']", "unknown_part", "no column called nn"),
    ("text.df()", "unknown_part", "Nobody has asked the table yet"),
    ("df.amount.medain()", "unknown_part", "The nearest is median"),
    ("df['regoin']", "unknown_key", "is called region"),
    ("df[['regoin']]", "unknown_key", "is called region"),
    ("{'north': 1}['south']", "unknown_key", "called south"),
    ("coast.fetchall()[5]", "out_of_range", "counts from 0"),
    ("zero = 0\nnumber / zero", "divided_by_zero", "zero is 0"),
    ("import duckbd", "unknown_toolbox", "duckdb is meant"),
    ("import graderless_tool", "unknown_toolbox", "Change Kernel"),
    ("from duckdb import sqll", "unknown_toolbox", "Write sql"),
    ("number()", "not_a_tool", "number is a number"),
    ("text()", "not_a_tool", "text is a text"),
    ("duckdb('SELECT 1')", "not_a_tool", "duckdb.sql(...)"),
    ("len = 3\nlen('abc')", "not_a_tool", "Give your result another name"),
    ("print['hello']", "wrong_brackets", "round brackets"),
    ("number[0]", "wrong_brackets", "Nothing to pick from"),
    ("duckdb.sql()", "wrong_arguments", "query is missing"),
    ("def predict_it(name, value): ...\npredict_it('paused', 4, 102)", "wrong_arguments", "4,102"),
    ("def two(*, a, b): ...\ntwo(1, 2)", "wrong_arguments", "Take out what is too many"),
    (
        "from grader.labs.triangle import draw_mine\ndraw_mine('X', 'CEO', 'IT')",
        "wrong_arguments",
        'boss="...", tech="...',
    ),
    ("nothing = print('x')\nnothing + 1", "nothing_there", "nothing holds nothing at all"),
    ("open('job.csv')", "missing_python_file", "The nearest one is jobs.csv"),
    ("raise KeyboardInterrupt", "stopped_by_you", "Nothing is broken"),
    ("raise OSError(28, 'No space left on device')", "disk", "disk of this computer is full"),
    ("answer = [0] * 10**17", "too_much", "more memory than there is"),
    # SQL that fell out of its envelope
    (f"answer = duckdb.sql(\"{ALL}\" WHERE status = 'active')", "sql_outside", "Your WHERE fell out of the envelope"),
    (f"answer = duckdb.sql(\"{ALL}\") WHERE status = 'active'\n\nanswer", "sql_outside", "to the very end"),
    (f"answer = duckdb.sql(\"{ALL}\", WHERE status = 'active')", "sql_outside", "take the comma out"),
    (f"answer = duckdb.sql(\"{ALL} WHERE id = 1\") AND region = 'Coast'", "sql_outside", "Your AND fell out"),
    (f"answer = duckdb.sql(\"{ALL} WHERE id = 1\", AND region = 'Coast')", "sql_outside", "take the comma out"),
    (f"answer = duckdb.sql(\"{ALL}\") and region = 'Coast'", "sql_outside", "Your AND fell out of the envelope"),
    (f"duckdb.sql(\"{ALL}\")\nWHERE status = 'active'", "sql_outside", "the quotes close on the line above"),
    (f"duckdb.sql(\"{ALL}\"\nWHERE status = 'active')", "sql_outside", "the quotes close on the line above"),
    (f'answer = duckdb.sql("{ALL}) WHERE id = 1"', "sql_outside", "before WHERE"),
    (f'answer = duckdb.sql("{ALL})"', "sql_outside", "change places"),
    ("answer = coast WHERE status = 'active'", "sql_outside", "Write one whole question, from SELECT on"),
    ("answer = still_open AND status = 'active'", "sql_outside", "hung on still_open from outside"),
    ("answer = duckdb.sql(WHERE status = 'active')", "sql_outside", "WHERE is a word of SQL"),
    ("answer = 239 / 799 FROM august", "sql_outside", "FROM is a word of SQL"),
    (f'answer = duckdb sql("{ALL}")', "call_of_sql", "Write duckdb.sql("),
    (f'answer = sql("{ALL}")', "call_of_sql", "a tool in the toolbox duckdb"),
    (f'answer = duckdb.sql "{ALL}"', "call_of_sql", "a bracket is missing"),
    (f'answer = ...duckdb.sql("{ALL}")', "call_of_sql", "Take the three dots"),
    (f'duckdb.sql("{ALL}", "WHERE id = 1")', "wrong_arguments", "one text, and a comma cuts yours in two"),
    # Conditions
    (sql(f"{ALL} WHERE id = 1 WHERE region = 'Coast'"), "sql_joining", "Write AND in place of the second WHERE"),
    (sql(f"{ALL} AND region = 'Coast'"), "sql_joining", "Write WHERE in place of this AND"),
    (sql(f"{ALL} OR region = 'Coast'"), "sql_joining", "Write WHERE in place of this OR"),
    (sql("SELECT count(*) FROM coast AND id = 1"), "sql_joining", "Write WHERE in place of this AND"),
    (sql(f"{ALL} WHERE id = 1, AND region = 'Coast'"), "sql_joining", "Take that comma out"),
    (sql(f"{ALL} WHERE AND region = 'Coast'"), "sql_joining", "Take AND out"),
    (sql(f"{ALL} WHERE id = 1 AND OR id = 2"), "sql_joining", "Keep one of the two"),
    (sql(f"{ALL} WHERE region = AND id = 1"), "sql_joining", "Nothing stands between = and AND"),
    (sql(f"{ALL} WHERE id = 1 WITH region = 'Coast'"), "sql_joining", "Write AND in place of WITH"),
    (sql(f"{ALL} IF region = 'Coast'"), "sql_joining", "Write WHERE in place of IF"),
    (sql(f"{ALL} region = 'Coast'"), "sql_joining", "write WHERE in front of region"),
    (sql(f"{ALL} = 'Coast'"), "sql_joining", "If you want all rows, cut = 'Coast'"),
    (sql(f"{ALL} 'Coast'"), "sql_joining", "If you want all rows, cut 'Coast'"),
    (sql("SELECT count(*) region = 'Coast' FROM 'jobs.csv'"), "sql_joining", "Move it behind FROM and the file"),
    (sql(f"{ALL} WHERE id = 1 FROM coast"), "sql_joining", "A query has one FROM"),
    (sql("SELECT count(*) FILTER (id = 1, id = 2) FROM 'jobs.csv'"), "sql_joining", "in place of the comma"),
    (sql(f"{ALL} WHERE region"), "sql_lone_word", "such as region = 'Coast'"),
    (sql(f"{ALL} WHERE 'active' AND 'test'"), "sql_lone_word", "____ = 'active'"),
    (sql(f"{ALL} WHERE status = 'active' OR 'paused'"), "sql_lone_word", "again: status = 'paused'"),
    (sql("SELECT count(*) FILTER (saved) FROM 'jobs.csv'"), "sql_lone_word", "____ = 'saved'"),
    (sql(f"{ALL} WHERE id = 1 AND account type = 'test'"), "sql_gap_in_a_name", "account_type"),
    (sql("SELECT account type FROM 'customers.parquet'"), "sql_gap_in_a_name", "account_type"),
    (sql("SELECT account-type FROM 'customers.parquet'"), "sql_gap_in_a_name", "account_type"),
    (sql("SELECT id AS my number FROM 'customers.parquet'"), "sql_gap_in_a_name", "my_number"),
    (sql(f"{ALL} WHERE status = 'active' & region = 'Coast'"), "sql_ampersand", "Write AND in place of &"),
    (sql(f"{ALL} WHERE status = 'active' && region = 'Coast'"), "sql_ampersand", "Write AND in place of &&"),
    (sql(f"{ALL} WHERE status = 'active' || status = 'paused'"), "sql_ampersand", "Write OR in place of ||"),
    (sql(f"{ALL} WHERE 1 <= id <= 3"), "sql_ampersand", "with AND between them"),
    (sql(f"{ALL} WHERE active = 'status'"), "sql_swapped", "status = 'active'"),
    (sql(f"{ALL} WHERE active = status"), "sql_swapped", "status = 'active'"),
    (sql(f"{ALL} WHERE 'status' = active"), "sql_swapped", "status = 'active'"),
    (sql("SELECT * FROM still_open"), "sql_not_a_table", "so it holds no table yet"),
    (sql(f"{ALL} WHERE id <= three"), "sql_number_in_words", "Write 3"),
    (sql(f"{ALL} WHERE status('active')"), "sql_tool_or_column", "Write status = 'active'"),
    (sql("SELECT sum(amount (1 - id)) FROM 'jobs.csv'"), "sql_tool_or_column", "amount * ("),
    (sql(f"{ALL} WHERE status equals 'active'"), "sql_odd_sign", "Write status = 'active'"),
    (sql(f"{ALL} WHERE status IS active"), "sql_parse", "Write = 'active'"),
    (sql("SELECT region FROM 'jobs.csv' WHERE status not 'active'"), "sql_odd_sign", "Write status <> 'active'"),
    (sql("SELECT region AS place FROM 'jobs.csv' WHERE status not 'active'"), "sql_odd_sign", "status <> 'active'"),
    (sql("SELECT region FROM 'jobs.csv'; GROUP BY region"), "sql_semicolon_inside", "Take the ; before GROUP BY out"),
    (sql("SELECT region FROM 'jobs.csv' WHERE late; ORDER BY region"), "sql_semicolon_inside", "before ORDER BY out"),
    (sql("SELECT sum(sums) FROM sums"), "sql_text_and_number", "one column of it"),
    (sql(f"{ALL} WHERE id ≥ 7"), "sql_odd_sign", "Write >= in place of ≥"),
    (sql(f"{ALL} WHERE id > = 7"), "sql_odd_sign", "Take the space out: >="),
    (sql("SELECT 50 x count(*) FROM 'jobs.csv'"), "sql_odd_sign", "write *"),
    (sql("SELECT id * 3% / 2 FROM 'jobs.csv'"), "sql_odd_sign", "Take the % out"),
    (sql(f"{ALL} WHERE status = 'active'."), "sql_odd_sign", "without a full stop"),
    (sql("SELECT count(*) FROM 'customers.parquet WHERE id = 1"), "sql_unclosed_quote", "has a quote on one side only"),
    # Lists, counts, the order of the parts
    (sql(f"{ALL} WHERE amount >= 0,7"), "sql_list", "Write 0.7"),
    (sql(f"{ALL} WHERE id BETWEEN 1, 3"), "sql_list", "BETWEEN 1 AND 3"),
    (sql(f"{ALL} WHERE id = 1, 2, 3"), "sql_list", "IN (1, 2, 3)"),
    (sql(f"{ALL} WHERE id = 2, 3"), "sql_list", "IN (2, 3)"),
    (sql(f"{ALL} WHERE region = 'a', 'b' AND id = 1"), "sql_list", "IN ('a', 'b')"),
    (sql("SELECT count(*) FILTER (status = 'a', 'b') FROM 'jobs.csv'"), "sql_list", "IN ('a', 'b')"),
    (sql(f"{ALL} WHERE id IN (1 2 3)"), "sql_list", "a comma between 1 and 2"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY"), "sql_list", "right after GROUP BY"),
    (sql("SELECT n FROM 'jobs.csv' range(0, 3) AS g(n)"), "sql_list", "a comma in front of range"),
    (sql("SELECT COUNT * FROM 'jobs.csv'"), "sql_count", "Write count(*)"),
    (sql("SELECT count*) FROM 'jobs.csv'"), "sql_count", "opening bracket"),
    (sql("SELECT count(all) FROM 'jobs.csv'"), "sql_count", "a star"),
    (sql("SELECT count FILTER (id = 1) FROM 'jobs.csv'"), "sql_count", "count(*) FILTER"),
    (sql("SELECT count FROM 'jobs.csv'"), "sql_unquoted_word", "Write count(*)"),
    (sql("SELECT FILTER (id = 1) FROM 'jobs.csv'"), "sql_filter", "in front of FILTER"),
    (sql("SELECT count(*) FILTER id = 1) FROM 'jobs.csv'"), "sql_filter", "right behind FILTER"),
    (sql("SELECT count(*) (id = 1) FROM 'jobs.csv'"), "sql_filter", "write FILTER before it"),
    (sql("SELECT region FROM 'jobs.csv' GROUP BY region WHERE id = 1"), "sql_order_of_parts", "right before GROUP BY"),
    (sql("SELECT id FROM 'jobs.csv' LIMIT 1 ORDER BY id"), "sql_order_of_parts", "right before LIMIT"),
    (sql("SELECT avg(CASE WHEN late THEN 1 ELSE 0) FROM 'jobs.csv'"), "sql_case", "Write END in front of this )"),
    (sql("SELECT avg(CASE WHEN late 1 ELSE 0 END) FROM 'jobs.csv'"), "sql_case", "Write THEN before 1"),
    (
        sql("SELECT avg(CASE WHEN late THEN 1, ELSE 0 END) FROM 'jobs.csv'"),
        "sql_case",
        "Take the comma before ELSE out",
    ),
    (sql("SELECT CASE WHEN late THEN 1 ELSE 0, id FROM 'jobs.csv'"), "sql_case", "Write END in front of this ,"),
    (sql("'SELECT count(*) FROM customers.parquet'"), "sql_parse", "Take the inner pair away"),
    (sql("How many rows are in customers?"), "sql_parse", "holds a sentence that begins with How"),
    (sql("status FROM 'jobs.csv'"), "sql_parse", "Put SELECT in front of it"),
    (sql("SELECT sum(*) FROM 'jobs.csv'"), "sql_text_and_number", "Only count takes a star"),
    (sql(f"{ALL} WHERE since = October"), "sql_unquoted_word", "Compare it with a date"),
    (sql(f"{ALL} WHERE status = (active)"), "sql_unquoted_word", "Write 'active'"),
    (sql("SELECT avg(WHEN late THEN 1 ELSE 0 END) FROM 'jobs.csv'"), "sql_case", "Write CASE"),
    (sql("SELECT round(avg(id, 1)) FROM 'jobs.csv'"), "sql_arguments", "round(avg(...), 1)"),
    (sql("SELECT avg(late) FROM 'jobs.csv'"), "sql_arguments", "this column holds yes or no"),
    (sql("SELECT sum(id, amount) FROM 'jobs.csv'"), "sql_arguments", "write the tool twice: sum(id), sum(amount)"),
    (sql("SELECT region, sum(id) - amount FROM 'jobs.csv' GROUP BY region"), "sql_group_by", "write sum(amount)"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY id"), "sql_group_by", "one row per region, write GROUP BY"),
    (sql("SELECT region, count(*) FROM df GROUP BY amount"), "sql_group_by", "one row per region, write GROUP BY"),
    (sql("SELECT status, region FROM 'jobs.csv' GROUP BY status"), "sql_group_by", "write GROUP BY status, region"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY status"), "sql_group_by", "write status behind SELECT too"),
    (sql("SELECT region FROM 'jobs.csv' GROUP BY region ORDER BY status"), "sql_group_by", "sorts by status"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY id AND late"), "sql_group_by", "GROUP BY id, late"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY id, late"), "sql_group_by", "in place of a column there"),
    (sql("SELECT id, count(*) FROM 'jobs.csv' GROUP BY id ORDER BY region"), "sql_group_by", "sorts by region"),
    (sql("SELECT region, late FROM 'jobs.csv' GROUP BY region late"), "sql_parse", "Write region, late"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY status ORDER BY id"), "sql_group_by", "row per status"),
    (sql("SELECT region, id FROM 'jobs.csv' ORDER BY DESC id"), "sql_parse", "Write ORDER BY id DESC"),
    (sql("SELECT count(*) AS n avg(id) AS m FROM 'jobs.csv'"), "sql_gap_in_a_name", "Put a comma behind n"),
    (sql(f"{ALL} WHERE <> 'Coast'"), "sql_half_condition", "Put the column between WHERE and <>"),
    (sql(f"{ALL} WHERE region = 'Coast' AND GROUP BY id"), "sql_half_condition", "or take AND out"),
    (sql("SELECT id FROM 'jobs.csv' WHERE id > 1, GROUP BY id"), "sql_parse", "Take the comma in front of GROUP out"),
    (sql("SELECT region FROM 'jobs.csv' WHERE jobs = 'Coast'"), "sql_conversion", "one that holds 'Coast'"),
    (sql("SELECT region, sum(id) FROM 'jobs.csv' GROUP BY region HAVING id > 1"), "sql_group_by", "behind WHERE"),
    (sql(f"{ALL} WHERE id > SELECT 1"), "sql_subquery", "Put ( before this SELECT"),
    (sql(f"{ALL} WHERE id > (SELECT 1, 2)"), "sql_subquery", "it brings 2 columns"),
    # Dates and braces
    (sql(f"{ALL} WHERE since >= DATE '{{monday}}'"), "sql_missing_f", 'f"'),
    (sql(f"{ALL} WHERE since >= {{monday}}"), "sql_missing_f", "Put the letter f"),
    (sql(f"{ALL} WHERE since = 2025-01-01"), "sql_bare_date", "round it: '2025-01-01'"),
    (sql(f"{ALL} WHERE since >= DATE 2025-10-19"), "sql_bare_date", "DATE '2025-10-19'"),
    (sql(f"{ALL} WHERE since = '19 October'"), "sql_not_that_date", "read 19 October as a date"),
    (sql(f"{ALL} WHERE since = '1.10.2026'"), "sql_not_that_date", "Write '2026-10-01'"),
    (sql(f"{ALL} WHERE since = '2026–10–01'"), "sql_not_that_date", "Write '2026-10-01'"),
    (sql(f"{ALL} WHERE since < '2025-01-01' + 7"), "sql_text_plus_days", "Put the word DATE"),
    (sql(f"{ALL} WHERE since = DATE '2025-01-01"), "sql_unclosed_quote", "near '2025-01-01"),
    (FUNCTION.format("DATE {monday}") + "week('2025-10-20')", "sql_bare_date", "DATE '{monday}'"),
    (
        FUNCTION.format("DATE '{monday}'") + "week(2025-10-20)",
        "sql_bare_date",
        'Put double quotes round the date: "2025-10-20"',
    ),
    (FUNCTION.format("DATE '{mondey}'") + "week('2025-10-20')", "unknown_name", "It does know monday"),
    (FUNCTION.format("DATE 'monday'") + "week('2025-10-20')", "sql_not_that_date", "braces round it"),
    (FUNCTION.format("DATE '{monday'"), "braces", "Close it right behind the name: {monday}"),
    (FUNCTION.format("DATE '{}'"), "braces", "Between the braces stands nothing"),
    (FUNCTION.format("DATE '{monday}'") + "week()", "wrong_arguments", "monday is missing"),
    (FUNCTION.format("DATE '{monday}'") + "week(monday)", "argument_outside", "the argument of a function"),
    ("week(2025-01-05)", "date_without_quotes", '"2025-01-05"'),
    # The third cold reading
    ("me = [\n    0,\n    yes,  # 2\n    0,\n]", "word_among_numbers", "yes is a word"),
    ("me = [\n    0,\n    not yet,  # 2\n    0,\n]", "word_among_numbers", "not yet is a word"),
    ("me = [\n    0,\n    0 1,  # 2\n    0,\n]", "missing_comma", "two numbers, 0 and 1"),
    ('recall("monday", not yet, came_back="")', "course_line", 'Write "not yet"'),
    ("answer = =COUNT(A:A)", "formula", "a formula of Excel"),
    ('answer = =COUNTIF(status;"active")', "formula", "a formula of Excel"),
    ("answer = COUNT(customers)", "sql_word_in_python", "an envelope only"),
    ("answer = count(active)", "sql_word_in_python", "an envelope only"),
    (f'answer = duckdb.sql(""{ALL}"")', "quotes_doubled", "Take one of the two out"),
    (f'answer = duckdb.sql("{ALL}")answer', "name_behind_bracket", "on a line of its own"),
    (sql(f"{ALL} WHERE status = ''active''"), "sql_doubled_quotes", "one on each side: 'active'"),
    (sql(f"{ALL} WHERE status = ''active'"), "sql_doubled_quotes", "stand in front of active"),
    (FUNCTION.format("DATE ''{monday}''") + "week('2025-10-20')", "sql_doubled_quotes", "'{monday}'"),
    (
        sql("SELECT count(*) WHERE (late) / count(*) AS share FROM 'jobs.csv' WHERE id > 1"),
        "sql_filter_in_select",
        "FILTER",
    ),
    (sql(f"{ALL} WHERE status is the word active"), "sql_parse", "is English"),
    (sql(f"{ALL} WHERE status ist 'active'"), "sql_odd_sign", "Write status = 'active'"),
    (sql(f"{ALL} WHERE status – 'active'"), "sql_long_dash", "Write status = 'active'"),
    (sql(f"{ALL} WHERE status = `active`"), "sql_curly_quotes", "accents, not quotes"),
    (f'duckdb.sql("{ALL} WHERE "status" = 1")', "quotes_in_quotes", "status is a column, and a column wears none"),
    (sql("SELECT WHERE id = 1 count(*) FROM 'jobs.csv'"), "sql_parse", "SELECT what, FROM which file"),
    (sql("SELECT avg(CASE WHEN late THEN 100% ELSE 0 END) FROM 'jobs.csv'"), "sql_odd_sign", "Take the % out"),
    (sql("SELECT count(*) FILTER (id = 1 FROM 'jobs.csv' WHERE id > 1)"), "sql_brackets", "Put ) in front of FROM"),
    (sql("SELECT region, count(*) FROM 'jobs.csv' GROUP BY 'region'"), "sql_group_by", "GROUP BY region"),
    (sql(f"{ALL} WHERE late = 'paused'"), "sql_lone_word", "late holds true or false"),
    (sql(f"{ALL} WHERE 'late' AND id > 1"), "sql_lone_word", "Take the quotes away: late"),
    (sql(f"{ALL} WHERE coast AND id > 1"), "sql_lone_word", "coast is a result that you have made"),
    (sql(f"{ALL} WHERE late = yes"), "sql_unquoted_word", "Write late alone"),
    (sql("SELECT count(*) FROM sums WHERE build_eur > buy"), "sql_unquoted_word", "is called buy_eur"),
    (sql("SELECT count(*) FROM sums WHERE option = buy"), "sql_unquoted_word", "Write 'buy'"),
    (sql("SELECT count(active) FROM 'jobs.csv'"), "sql_unquoted_word", "stands behind WHERE, with its column"),
    (sql("SELECT sum(n) AS n, region FROM 'jobs.csv' GROUP BY region"), "sql_name_of_another_query", "the heading"),
    (FUNCTION.format("DATE '{2026-01-12}'"), "braces", "the date comes with the call"),
    ("def week(monday):\n    return = 3", "return_line", "Take the = behind return out"),
    ("def week(monday):\n    print monday", "print_brackets", "Write return in place of print"),
    ('predict("real", 20.000 EUR, confidence=60)', "guess_line", "Write 20000"),
    ('predict("real", 20k, confidence=60)', "guess_line", "Write 20000"),
    # Functions
    ("week = def week(monday):\n    return 1", "def_line", "Take week = away"),
    ("week = def deal(1000)", "def_line", "Take def away"),
    ("define week(monday):\n    return 1", "def_line", "Change define to def"),
    ("def week:\n    return 1", "def_line", "def week(monday):"),
    ("def my week(monday):\n    return 1", "def_line", "my_week"),
    ("def week('2025-10-20'):\n    return 1", "def_line", "a name for the gap"),
    ("def week(monday)\n    return 1", "def_line", "Put : at the end"),
    ("return 3", "return_line", "no def stands above it"),
    ("def week(monday):\n    x = 3\nreturn x", "return_line", "four spaces in front of line 3"),
    ("def week(monday):\n    return no data", "return_line", 'return "no data"'),
    ("def week(monday):\n    return LOOK\nweek(1)", "return_line", 'return "LOOK"'),
    ("def week(monday):\n    if monday > 8 then return 1", "if_line", "Put : in place of then"),
    (
        "def week(x):\n    if x > 8:\n        return 1\n    else x < 8:\n        return 2",
        "if_line",
        "Write else: alone",
    ),
    ("IF number > 8:\n    pass", "if_line", "Write if"),
    ("def week(x):\n    if x is none:\n        return 1\nweek(1)", "unknown_name", "Write None"),
    ("def week(x):\n    return hours > 8\nweek(1)", "argument_outside", "Inside week nobody has made hours"),
    ("def week(x):\n\tx = 1\n        return x", "indentation", "the space bar, not Tab"),
    ("____ duckdb.sql(text)", "blank_in_code", "____"),
    ("answer = deal 1000", "call_as_spoken", "Write deal(1000)"),
    ("deal{7}", "call_as_spoken", "Write deal(7)"),
    ("answer = deal(1000 deals)", "call_as_spoken", "the number stands alone"),
    ("deal(number 2)", "call_as_spoken", "Write deal(2)"),
    ("answer = call deal(7)", "call_as_spoken", "Take call away"),
    ("def as_good(deals): return deals\nas_good()", "wrong_arguments", "deals is missing"),
    ("deal()", "wrong_arguments", "a number goes into them"),
    ("answer = two deals(7)", "called_with_gaps", "Write two_deals("),
    ("answer = two-deals(7)", "called_with_gaps", "low lines join"),
    ("deal(1.000)", "whole_number", "Write 1000, without a point"),
    ("answer = deal(1.5)", "whole_number", "Write digits alone"),
    ('deal("1000")', "whole_number", "Take the quotes off"),
    ("deal(deal)", "whole_number", "Put a number in place of deal"),
    ("half = 0.5\ndeal(half)", "whole_number", "What half stands for is none"),
    ("def week(x): return 1\nweek > 8", "not_called", "week(...)"),
    ("waits > 8", "nothing_to_compare", "if waits is None:"),
    ("answer = 50 × 3", "sign_of_paper", "Write * in place of ×"),
    ("answer = 50 x 3", "sign_of_paper", "Write * in place of x"),
    ("staff = 180\nstaff x 24", "sign_of_paper", "Write * in place of x"),
    ("staff = 180\nstaff * 24 days", "unit_in_a_sum", "Take days out: staff * 24."),
    ('answer = duckdb.sql("\n    SELECT 1\n")', "quotes_over_lines", "three double quotes"),
    ('answer = duckdb.sql(""\n    SELECT 1\n"")', "quotes_over_lines", "opens with two"),
    ("with open('jobs.csv') as file:\n    file.write('x')", "file_mode", "a mode that writes"),
    ("coast.min()", "tool_of_a_result", "FROM coast"),
    # The lines of the course
    ('predict("paused", 60%, confidence=50)', "guess_line", "Write 60, without the sign"),
    ("answer = SELECT 1\nFROM 'a.csv'", "sql_without_duckdb", 'duckdb.sql(""" in front'),
    ('predict("paused", 60, confidence=60%)', "guess_line", "Write 60, without the sign"),
    ('predict("paused", 60, confidence 60)', "guess_line", "Write confidence=60"),
    ('predict("paused", 60, confidence=.. .)', "guess_line", "such as confidence=70"),
    ('predict("paused", 60 confidence=60)', "guess_line", "a comma in front of confidence"),
    ('predict("paused", , confidence=60)', "guess_line", 'predict("paused", 1200, confidence=70)'),
    ("def predict(*a, **b): ...\npredict('paused', sixty, confidence=60)", "guess_line", "Write it in digits"),
    ("def predict(*a, **b): ...\npredict(to-ring, 60, confidence=60)", "guess_line", 'Put them back: "to-ring"'),
    ("def check(x): ...\ncheck(all-rows)", "course_line", '"all-rows"'),
    ('check "all-rows"', "course_line", 'check("all-rows")'),
    (
        "def bring_back(x): ...\nbring_back(kept-work.zip)",
        "kept_work_without_quotes",
        'Write bring_back("kept-work.zip")',
    ),
    ("def bring_back(x): ...\nbring_back(kept-work)", "kept_work_without_quotes", 'Write bring_back("kept-work")'),
    ("bring_back(kept-work-2026-11-04-0900.zip)", "kept_work_without_quotes", "a text wears quotes"),
    ('check("all-rows)', "course_line", 'check("all-rows")'),
    ('hand in("w01")', "course_line", 'hand_in("w01")'),
    ('def hand_in(*a, **b): ...\nhand_in("w01", email=anna@firm.com)', "course_line", 'Write email="anna@firm.com"'),
    ('def hand_in(*a, **b): ...\nhand_in("w01", anna.b@firm.com)', "course_line", 'Write email="anna.b@firm.com"'),
    ('def hand_in(*a, **b): ...\nhand_in("w01", journal=false)', "course_line", "Write journal=False"),
    ('def hand_in(*a, **b): ...\nhand_in("w01", journal=no)', "course_line", "Write journal=False"),
    ("recall('one-row', b)", "course_line", 'Write "b"'),
    ("def my_week(*a, **b): ...\nmy_week(planning)", "calendar_line", 'Write "planning"'),
    ('def my_week(*a, **b): ...\nmy_week("plan", weeks=12, file=amara.ics)', "calendar_line", 'file="amara.ics"'),
    ('def my_week(*a, **b): ...\nmy_week("plan", weeks=12, "my week.ics")', "calendar_line", 'file="my week.ics"'),
    ("my_week(plan week, weeks=12)", "calendar_line", 'Write "plan week"'),
    ('recall("monday", "yes", came_back=nothing yet)', "course_line", "a sentence wears quotes"),
    ('recall("monday", "yes", came_back="They said "no" twice")', "course_line", "ends it too early"),
    ('best_reply = "c', "answer_in_letters", 'best_reply = "c"'),
    ('best_reply = ""c""', "answer_in_letters", 'best_reply = "c"'),
    ("order = c a b d", "answer_in_letters", 'order = "c a b d"'),
    ('best_reply "c"', "answer_in_letters", "the equals sign is missing"),
    ("answer = 3277 rows", "answer_in_letters", "Take rows out"),
    ("order = c, a, b", "letters_in_brackets", 'order = "cab"'),
    ("open('jobs.csv', w)", "letters_in_brackets", 'Write "w"'),
    ("check('all-rows')", "unknown_name", "Begin with the first grey box"),
    ("plt.plot(1)", "unknown_name", "Begin with the first grey box"),
    # What stands one line too low, and commas where none belong
    ('answer =\nduckdb.sql("SELECT 1")', "nothing_after_equals", "Bring duckdb.sql( up, right behind the ="),
    ('answer =\n\nduckdb.sql("""\nSELECT 1\n""")\n\nanswer', "nothing_after_equals", "Bring duckdb.sql( up"),
    ('best_reply =\n# my answer\n"c"', "nothing_after_equals", 'Bring "c" up'),
    ("answer =\n\nanswer", "nothing_after_equals", "put the three dots ... back"),
    ("answer =\nPIVOT coast\nON region\n\nanswer", "nothing_after_equals", "without its envelope"),
    ("answer = 5,064", "number_with_gaps", "without a comma: 5064"),
    ("answer = 1,005,064", "number_with_gaps", "without a comma: 1005064"),
    ("answer = 5, 064", "number_with_gaps", "without a comma: 5064"),
    ('predict("paused", 5,064, confidence=60)', "number_with_gaps", "without a comma: 5064"),
    ("answer = 0064", "number_with_gaps", "Take the zero in front away"),
    (
        sql("SELECT count(*) FILTER (status, =, 'active') FROM 'jobs.csv'"),
        "sql_commas_in_a_condition",
        "Write status = 'active'",
    ),
    (
        sql("SELECT count(*) FILTER (status =, 'active') FROM 'jobs.csv'"),
        "sql_commas_in_a_condition",
        "status = 'active'",
    ),
    (
        sql("SELECT count(*) FILTER (status, 'active') FROM 'jobs.csv'"),
        "sql_commas_in_a_condition",
        "status = 'active'",
    ),
    (sql(f"{ALL} WHERE id = 1 AND status, =, active"), "sql_commas_in_a_condition", "Write status = 'active'"),
    (sql(f"{ALL} WHERE id, >=, 3"), "sql_commas_in_a_condition", "Write id >= 3"),
    # Two columns compared; a pivot; an envelope in an envelope
    (sql(f"{ALL} WHERE status is not region"), "sql_sign_in_english", "in place of is not"),
    (sql(f"{ALL} WHERE status NOT region ORDER BY 1"), "sql_sign_in_english", "in place of NOT"),
    (sql(f"{ALL} WHERE status not = region"), "sql_sign_in_english", "in place of not ="),
    (sql(f"{ALL} WHERE status is not equal to region"), "sql_sign_in_english", "in place of is not equal to"),
    (sql(f"{ALL} WHERE status = not region"), "sql_signs_side_by_side", "in place of = not"),
    (sql(f"{ALL} WHERE status =/= region"), "sql_signs_side_by_side", "in place of =/="),
    (sql(f"{ALL} WHERE status <> region; id"), "sql_odd_sign", "Take the ; out"),
    (sql("PIVOT 'jobs.csv' ON status USING sum(*) GROUP BY region"), "sql_text_and_number", "count takes a star"),
    ('dict(\n    boss="CEO", "chair",\n    tech="",\n)', "order_in_brackets", 'boss="CEO, chair"'),
    ('dict(\n    boss=CEO, "chair",\n    tech="",\n)', "order_in_brackets", 'boss="CEO, chair"'),
    ('dict(\n    boss="CEO"  # 1: who?\n    tech="",\n)', "line_of_a_call", 'Put it there: "CEO",'),
    ('dict(\n    boss="CEO" tech="IT",\n)', "line_of_a_call", 'Put it there: "CEO",'),
    ('dict(\n    boss="the CEO,  # 1: who?\n    tech="",\n)', "line_of_a_call", 'Write boss="the CEO",'),
    ('dict(\n    boss=the CEO,  # 1: who?\n    tech="",\n)', "line_of_a_call", 'Write boss="the CEO",'),
    ('dict(\n    boss="our "big" CEO",\n    tech="",\n)', "line_of_a_call", "in front of big"),
    ('dict(\n    boss="CEO",\n    tech="",\n', "unclosed_bracket", "Put ) on a line of its own"),
    ('dict(boss="CEO, tech="CTO", business="x")', "quotes_in_quotes", 'Write boss="CEO"'),
    (sql(f"{ALL} WHERE status differs region"), "sql_sign_in_english", "in place of differs"),
    (sql(f"{ALL} WHERE status =<> region"), "sql_signs_side_by_side", "in place of =<>"),
    (sql(f"{ALL} WHERE status = <> region"), "sql_signs_side_by_side", "in place of = <>"),
    (sql(f"{ALL} WHERE status ! = region"), "sql_signs_side_by_side", "Take the space out: !="),
    (sql("PIVOT 'jobs.csv' ON 'status' USING count(*) GROUP BY region"), "sql_pivot_word", "ON status"),
    (sql("PIVOT 'jobs.csv' ON status 'paused' USING count(*)"), "sql_pivot_word", "Take 'paused' out"),
    (sql("PIVOT df ON yes, no USING count(*) GROUP BY region"), "sql_pivot_word", "words become headings"),
    (sql("PIVOT 'jobs.csv' ON USING count(*) GROUP BY region"), "sql_pivot_unfinished", "Behind ON stands"),
    (sql("PIVOT 'jobs.csv' ON status USING count(*) GROUP BY ORDER BY ALL"), "sql_pivot_unfinished", "makes the rows"),
    (sql("PIVOT 'jobs.csv' ON status USING count(*) GROUP BY ALL"), "sql_pivot_unfinished", "in place of ALL"),
    (sql("PIVTO 'jobs.csv' ON status USING count(*)"), "sql_pivot_shape", "meant to be PIVOT"),
    (sql("PIVOT 'jobs.csv' ON status USING count GROUP BY region"), "sql_pivot_shape", "Write count(*)"),
    (sql("PIVOT 'jobs.csv' ON status GROUP BY region USING count(*)"), "sql_pivot_shape", "up, before GROUP BY"),
    (sql("PIVOT 'jobs.csv' ON account type USING count(*)"), "sql_gap_in_a_name", "account_type"),
    (sql("SELECT eur FROM sums"), "sql_part_of_a_name", "build_eur and buy_eur"),
    (sql("SELECT 1").replace("duckdb.sql(", "duckdb.sql(duckdb.sql(") + ")", "envelope_twice", "Take the outer one"),
    ('duckdb.sql("""duckdb.sql("""\nSELECT 1\n""")""")', "envelope_twice", "Take the outer one"),
    # Results of the notebook without the column; conditions cut short
    (sql("SELECT count(*) FROM coast WHERE status = 'active'"), "sql_unquoted_word", "coast holds one number"),
    (sql("SELECT count(*) FROM coast WHERE status = 'active'"), "sql_unquoted_word", "FROM 'customers.parquet'"),
    (sql("SELECT count(*) FROM df WHERE status = 'active'"), "sql_unquoted_word", "df holds region and amount"),
    (
        "few = duckdb.sql(\"SELECT id, region FROM 'jobs.csv'\")\n" + sql("SELECT avg(amount) FROM few"),
        "sql_unquoted_word",
        "Ask the file again, with all your conditions: FROM 'jobs.csv'",
    ),
    (
        "name = duckdb.sql(\"SELECT 'Coast' AS region\")\n" + sql("SELECT amount FROM name"),
        "sql_unquoted_word",
        "name holds one value",
    ),
    (sql(f"{ALL} WHERE region ="), "sql_half_condition", "or cut it, from WHERE on"),
    (sql(f"{ALL} WHERE region = 'Coast' AND id >"), "sql_half_condition", "or cut it, from AND on"),
    (sql(f"{ALL} WHERE region = GROUP BY region"), "sql_half_condition", "or the number behind ="),
    (sql("SELECT count(*) FILTER (region = ) FROM 'jobs.csv'"), "sql_half_condition", "or the number behind ="),
    # The modes of a file
    ("open('jobs.csv', 'W')", "file_mode", 'Write "w"'),
    ("open('jobs.csv', 'write')", "file_mode", 'Write one of "r", "a" and "w"'),
    ("with open('new.tmp', 'w') as file:\n    file.read()", "file_mode", 'the mode "r"'),
    ("raise RuntimeError('odd')", "general", "Nothing is broken"),
]


@pytest.mark.parametrize(
    ("code", "recogniser", "says"), MADE, ids=[f"{name}-{i}" for i, (_, name, _) in enumerate(MADE)]
)
def test_a_made_error_gets_its_own_card(learner: Learner, lesson: Path, code: str, recogniser: str, says: str):
    result = learner.run(code)
    assert not result.success
    assert learner.recognised(lesson) == recogniser
    assert len(learner.cards) == 1
    data = learner.cards[0]
    assert says in data["text/plain"]
    assert data["text/html"].count("<section") == 1
    assert "<details" in data["text/html"]
    _, words = explain(scene_of(learner.shell, learner.seen[-1], lesson))
    text = f"{words.happened} {words.next_step}"
    assert len(text.split()) <= 60
    assert not OUT_OF_VOICE.search(text)
    assert words.happened.count("`") % 2 == 0
    assert words.next_step.count("`") % 2 == 0
    kind, _, lines = learner.errors[0]
    assert lines == [f"{kind}: the card above says what happened, and what to do next."]


NEIGHBOURS = [
    # Right code: no card at all
    (sql(f"{ALL} WHERE status IN ('active', 'paused') AND late"), ""),
    (sql("SELECT count(*) FILTER (status = 'active') / count(*) AS share FROM 'jobs.csv' WHERE id > 1"), ""),
    (sql("SELECT '' AS nothing, 'it''s' AS word"), ""),
    (sql("SELECT min(build_eur) FROM sums WHERE option = 'buy'"), ""),
    ("me = [\n    0,\n    1,\n]", ""),
    ("yes = 3\nme = [\n    0,\n    yes,\n]", ""),
    (FUNCTION.format("DATE '{monday}'") + "week('2025-10-20')", ""),
    # Other errors keep their own card
    ("[1, yes_or_no, 2]", "unknown_name"),
    ("me = [\n    'a' 'b'\n    0,\n]", "missing_comma"),
    ("answer = counted(3)", "unknown_name"),
    ("answer = = 3", "other_syntax"),
    ('answer = ""c""', "answer_in_letters"),
    ("raise EOFError('ends here')", "general"),
    ("def week(x):\n    print x\n    return 3", "print_brackets"),
    (sql(f"{ALL} WHERE id = 1 status = 'active'"), "sql_parse"),
    (sql(f"{ALL} WHERE id = 1 them"), "sql_value_in_words"),
    (sql(f"{ALL} WHERE id > 1 ADN region = 'Coast'"), "sql_misspelt_keyword"),
    (sql("SELECT count(*) FILTER (id = 1, region = 'Coast') FROM 'jobs.csv'"), "sql_joining"),
    (sql("SELECT CASE WEHN late THEN 1 END FROM 'jobs.csv'"), "sql_misspelt_keyword"),
    (sql("SELECT (SELECT max(id FROM 'jobs.csv') FROM 'jobs.csv'"), "sql_brackets"),
]


@pytest.mark.parametrize(("code", "recogniser"), NEIGHBOURS)
def test_a_neighbour_keeps_its_own_card_or_none(learner: Learner, lesson: Path, code: str, recogniser: str):
    assert learner.run(code).success == (not recogniser)
    assert (learner.recognised(lesson) if learner.seen else "") == recogniser


@pytest.mark.parametrize("code", [f"{ALL} WHERE status is the word active", f"{ALL} WHERE id = 1 them"])
def test_a_word_is_called_misspelt_only_where_the_mended_query_is_read_further(learner: Learner, code: str):
    learner.run(sql(code))
    assert "THEN" not in learner.cards[0]["text/plain"]


def test_a_result_that_is_being_made_is_not_offered_as_a_table(learner: Learner):
    learner.run("october_list = duckdb.sql('SELECT 1 AS n')")
    learner.run('october_list = duckdb.sql("SELECT count(*) FROM october")')
    assert "october_list" not in learner.cards[0]["text/plain"].partition("(Catalog")[0]
    learner.run('duckdb.sql("SELECT count(*) FROM october list")')
    assert "FROM october_list" in learner.cards[1]["text/plain"]


@pytest.mark.parametrize("name", ["Customers", "customer"])
def test_a_result_named_after_its_file_is_offered_before_the_file(learner: Learner, name: str):
    learner.run("customers = duckdb.sql(\"SELECT * FROM 'customers.parquet'\")")
    learner.run(f'duckdb.sql("SELECT count(*) FROM {name}")')
    assert "write FROM customers." in learner.cards[0]["text/plain"].replace("`", "")
    learner.run('duckdb.sql("SELECT count(*) FROM custmoers")')
    learner.run("del customers")
    learner.run('duckdb.sql("SELECT count(*) FROM custmoers")')
    assert "FROM 'customers.parquet'" in learner.cards[2]["text/plain"]


@pytest.mark.parametrize("words", ["lower trim(region)", "lower(trim region)", "lower trim region"])
def test_a_text_tool_without_brackets_is_not_told_to_put_a_comma(learner: Learner, words: str):
    learner.run(f"duckdb.sql(\"SELECT count(DISTINCT {words}) FROM 'customers.parquet'\")")
    assert "comma" not in learner.cards[0]["text/plain"]
    assert "is a tool" in learner.cards[0]["text/plain"]


def test_a_heading_of_an_earlier_query_is_told_by_what_it_belongs_to(learner: Learner):
    learner.run("per_region = duckdb.sql(\"SELECT region, sum(amount) AS paid FROM 'jobs.csv' GROUP BY region\")")
    learner.run("duckdb.sql(\"SELECT sum(paid) FROM 'customers.parquet'\")")
    assert "paid is a column of your result per_region" in learner.cards[-1]["text/plain"]
    learner.run("duckdb.sql(\"SELECT count(*) AS regions FROM 'jobs.csv'\")")
    learner.run("duckdb.sql(\"SELECT count(DISTINCT regions) FROM 'jobs.csv'\")")
    assert "is called region" in learner.cards[-1]["text/plain"]
    learner.run("duckdb.sql(\"SELECT count(*) AS matches FROM 'jobs.csv'\")")
    learner.run("duckdb.sql(\"SELECT sum(matches) FROM 'jobs.csv'\")")
    assert "gave to what it had worked out" in learner.cards[-1]["text/plain"]
    learner.run("duckdb.sql(\"SELECT lower(trim(region)) AS tidy, count(*) AS n FROM 'jobs.csv' GROUP BY tidy\")")
    learner.run("duckdb.sql(\"SELECT count(DISTINCT tidy) FROM 'jobs.csv'\")")
    assert "Write out what it stands for: lower(trim(region))." in learner.cards[-1]["text/plain"]


def test_a_heading_of_an_earlier_query_used_as_a_tool_is_told_by_what_it_stands_for(learner: Learner):
    learner.run("duckdb.sql(\"SELECT lower(trim(region)) AS tidy FROM 'jobs.csv'\")")
    learner.run("duckdb.sql(\"SELECT count(DISTINCT tidy(region)) FROM 'jobs.csv'\")")
    assert "brackets and all: lower(trim(region))" in learner.cards[-1]["text/plain"]


def test_every_recogniser_but_a_few_rare_ones_is_made_here():
    made = {name for _, name, _ in MADE}
    elsewhere = {
        "name_of_this_box",
        "sql_heading_as_tool",
        "made_below",
        "nobody_types",
        "row_of_seven",
        "seven_without_name",
        "sql_many_rows_for_one",
        "sql_unfinished",
        "sql_broken_file",
        "sql_general",
    }
    assert {recogniser.name for recogniser in RECOGNISERS} - made == elsewhere


@pytest.mark.parametrize(
    ("code", "recogniser"),
    [
        (sql("SELECT (SELECT id FROM 'customers.parquet')"), "sql_many_rows_for_one"),
        ("con = duckdb.connect()\ncon.execute('SELECT 1')\ncon.sql('SELECT 2').fetchall()", "sql_unfinished"),
        ("open('bad.parquet', 'w').close()\n" + sql("SELECT * FROM 'bad.parquet'"), "sql_broken_file"),
        (sql("SELECT 1 UNION SELECT 1, 2"), "sql_general"),
    ],
)
def test_a_rare_error_gets_a_card_too(learner: Learner, lesson: Path, code: str, recogniser: str):
    learner.run(code)
    assert learner.recognised(lesson) == recogniser
    (lesson / "bad.parquet").unlink(missing_ok=True)


def test_the_real_message_stands_on_one_line_and_the_traceback_is_folded(learner: Learner):
    learner.run(sql(f"{ALL} WHERE status = active"))
    html = learner.cards[0]["text/html"]
    shown, _, folded = html.partition("<details")
    assert "Traceback" not in shown
    assert "Traceback" in folded
    assert "\x1b" not in html
    assert 'BinderException: Binder Error: Referenced column "active" not found' in learner.cards[0]["text/plain"]


def test_what_a_learner_typed_is_escaped(learner: Learner):
    learner.run("raise ValueError('<script>alert(1)</script> `x` **y**')")
    html = learner.cards[0]["text/html"]
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_an_error_while_a_result_is_shown_gets_a_card(learner: Learner):
    learner.run("duckdb.sql(\"SELECT 'abc'::INT\")")
    assert "read the text abc as a number" in learner.cards[0]["text/plain"]
    assert len(learner.cards) == len(learner.errors) == 1


def test_the_words_name_the_query_of_an_earlier_cell(learner: Learner, lesson: Path):
    learner.run("later = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet' WHERE id = 'abc'\")")
    learner.run("later")
    assert "id holds numbers, and abc is a word" in learner.cards[0]["text/plain"]


def test_a_name_whose_box_ran_and_stopped_sends_the_reader_to_that_box(learner: Learner):
    learner.run("all_rows = = 3")
    learner.run("all_rows = missing_one\n")
    learner.run("all_rows")
    assert "the box that makes it ran, and stopped" in learner.cards[-1]["text/plain"]


def test_a_name_that_another_query_gave_is_told_apart_from_a_column(learner: Learner, lesson: Path):
    learner.run("duckdb.sql(\"SELECT amount * 2 AS kept FROM 'jobs.csv'\")")
    learner.run("doubled = duckdb.sql(\"SELECT sum(kept) FROM 'jobs.csv'\")")
    assert learner.recognised(lesson) == "sql_name_of_another_query"
    assert "Write out what stands before AS kept" in learner.cards[-1]["text/plain"]
    learner.run("kept / 2")
    assert "Python does not see columns" in learner.cards[-1]["text/plain"]


def test_a_heading_that_is_a_column_of_a_result_sends_to_that_result(learner: Learner, lesson: Path):
    learner.run("doubled = duckdb.sql(\"SELECT region, amount * 2 AS twice FROM 'jobs.csv'\")")
    learner.run("duckdb.sql(\"SELECT region, sum(twice) AS twice FROM 'jobs.csv' GROUP BY region\")")
    assert learner.recognised(lesson) == "sql_name_of_another_query"
    assert "twice is a column of your result doubled" in learner.cards[-1]["text/plain"]


def test_a_span_of_time_is_no_number_and_the_card_says_how_to_make_it_one(learner: Learner):
    learner.run("moments = duckdb.sql(\"SELECT TIMESTAMP '2026-05-04 09:00' AS a, TIMESTAMP '2026-05-04 10:00' AS b\")")
    learner.run('duckdb.sql("SELECT sum(b - a) FROM moments")')
    assert "it is a span of time" in learner.cards[-1]["text/plain"]
    assert "date_diff('minute', a, b)" in learner.cards[-1]["text/plain"]


def test_a_result_that_lacks_a_column_lists_the_ones_it_has_to_the_last(learner: Learner):
    columns = ", ".join(
        f"{at} AS {name}" for at, name in enumerate(("title", "kind", "who", "n", "h", "done", "share"))
    )
    learner.run(f'series = duckdb.sql("SELECT {columns}")')
    learner.run('duckdb.sql("SELECT sum(weight) FROM series")')
    assert "done and share" in learner.cards[-1]["text/plain"]


def test_a_number_with_a_comma_and_no_zero_is_fine_for_python(learner: Learner):
    assert learner.run("answer = 1,200").success
    assert learner.cards == []


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Path]:
    """The process works on a lesson whose boxes make `short_recall` and `owens_slide`, and the function `week`."""
    answer = {"value": 3}
    exercises = {
        name: Exercise(name, kind, name, 1.0, False, answer, "Right.")
        for name, kind in (("short_recall", "value"), ("owens_slide", "value"), ("week", "function"))
    }
    exercises["list_share"] = Exercise("list_share", "value", "list_share", 1.0, False, {"value": 0.3}, "Right.")
    key = Key("w01", "w01_x", "X", 1, "0" * 12, exercises=exercises)
    (tmp_path / "key.json").write_text(json.dumps(key.to_json()), encoding="utf-8")
    before = lesson_folder()
    begin(tmp_path)
    yield tmp_path
    begin(before)


@pytest.mark.parametrize(
    ("box", "says"),
    [
        ("owens_slide = 3\n\nshort_recall", "Begin it with short_recall = in place of owens_slide ="),
        ('duckdb.sql("SELECT 1")\n\nshort_recall  # show it', "Begin it with short_recall =, in front of duckdb.sql("),
        ("if number:\n    3\nshort_recall", "Begin the line that answers with short_recall ="),
    ],
)
def test_a_box_that_does_not_make_its_own_name_is_told_to(
    learner: Learner, lesson: Path, keyed: Path, box: str, says: str
):
    learner.run("short_recall = = 3")
    learner.run(box)
    assert learner.recognised(lesson) == "name_of_this_box"
    assert "This box should make that name" in learner.cards[-1]["text/plain"]
    assert says in learner.cards[-1]["text/plain"]
    assert "Run All" not in learner.cards[-1]["text/plain"]
    _, words = explain(scene_of(learner.shell, learner.seen[-1], lesson))
    assert len(f"{words.happened} {words.next_step}".split()) < 60


@pytest.mark.parametrize(
    "box",
    [
        "short_recall",
        "number\nelsewhere_made",
        "number\nweek",
        "if not number:\n    short_recall = 3\nshort_recall",
        "number\nshort_recall + 1",
    ],
)
def test_another_name_not_made_yet_is_not_said_to_belong_to_this_box(
    learner: Learner, lesson: Path, keyed: Path, box: str
):
    learner.run(box)
    assert learner.recognised(lesson) == "unknown_name"


def page(folder: Path, *boxes: str) -> None:
    """Write the lesson's page with these grey boxes."""
    cells = [{"cell_type": "code", "id": f"box-{n}", "metadata": {}, "source": text} for n, text in enumerate(boxes)]
    about = {"handson": {"lesson": "w01"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells}
    (folder / "w01_x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def test_a_name_that_is_made_further_down_is_not_looked_for_above(learner: Learner, keyed: Path):
    page(keyed, "first = 1", "short_recall = cash_now + 1", "cash_now = 3")
    learner.run("short_recall = cash_now + 1")
    scene = replace(scene_of(learner.shell, learner.seen[-1], keyed), folder=keyed)
    name, said = explain(scene)
    assert name == "made_below"
    assert "further down the page" in said.happened
    page(keyed, "first = 1", "cash_now = 3 ", "short_recall = cash_now + 1")
    name, said = explain(replace(scene_of(learner.shell, learner.seen[-1], keyed), folder=keyed))
    assert name == "unknown_name"
    assert "Run All Above" in said.next_step
    page(keyed, "first = 1", "short_recall = cash_now + 1", "other = 33")
    name, said = explain(replace(scene_of(learner.shell, learner.seen[-1], keyed), folder=keyed))
    assert name == "unknown_name"
    assert "no box of this page makes it" in said.happened


def test_a_box_that_waits_for_typing_is_told_what_the_grader_does(
    learner: Learner, lesson: Path, monkeypatch: pytest.MonkeyPatch
):
    def nobody(_prompt: str) -> str:
        raise EOFError("nobody types")

    monkeypatch.setattr("builtins.input", nobody)
    learner.run("short_recall = input('Which?')")
    assert learner.recognised(lesson) == "nobody_types"
    assert 'short_recall = "..."' in learner.cards[-1]["text/plain"]


def test_a_line_that_is_skipped_is_said_to_be(learner: Learner, keyed: Path):
    learner.run("# short_recall = 3\n\nshort_recall")
    assert "Take the # in front of it away" in learner.cards[-1]["text/plain"]


def test_a_percent_sign_where_a_share_is_asked_is_not_told_to_write_the_percentage(learner: Learner, keyed: Path):
    learner.run("owens_slide = 30%")
    assert "Write 30" not in learner.cards[-1]["text/plain"]
    assert "keep the bare number: 30" in learner.cards[-1]["text/plain"]
    learner.run("list_share = 30%")
    assert "wants a share" in learner.cards[-1]["text/plain"]


def test_a_lesson_without_a_key_still_gets_a_card_for_an_unknown_name(learner: Learner, lesson: Path, keyed: Path):
    (keyed / "key.json").write_text("{")
    learner.run("owens_slide = 3\nshort_recall")
    assert learner.recognised(lesson) == "unknown_name"


@pytest.mark.parametrize("word", ["region", "'active'", "status = 'active' AND 'test'"])
def test_a_word_where_a_condition_belongs_is_never_called_a_number_to_be_read(learner: Learner, word: str):
    learner.run(sql(f"{ALL} WHERE {word}"))
    said = learner.cards[0]["text/plain"].partition("(Conversion")[0]
    assert "as a number" not in said


def test_a_lesson_opened_from_another_folder_says_where_the_data_lies(
    base: InteractiveShell, lesson: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = lesson.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    monkeypatch.chdir(elsewhere)
    learner = Learner(base)
    learner.run("import duckdb\n" + sql(ALL))
    assert "It lies in w01_three_answers" in learner.cards[0]["text/plain"]


def test_an_exception_that_lies_about_itself_still_gets_a_card(learner: Learner):
    learner.run(
        "class Odd(Exception):\n"
        "    def __str__(self): raise ValueError('no')\n"
        "    def __eq__(self, other): raise ValueError('no')\n"
        "    def __bool__(self): raise ValueError('no')\n"
    )
    scene = scene_of(learner.shell, learner.shell.user_ns["Odd"](), Path())
    assert explain(scene)[0] == "general"


def test_names_that_raise_when_asked_do_not_stop_the_card(learner: Learner):
    learner.run(
        "class Bad:\n    def __bool__(self): raise ValueError\n    def __eq__(self, o): raise ValueError\nbad = Bad()"
    )
    learner.run("bad.thing / number")
    assert "thing" in learner.cards[0]["text/plain"]
    learner.run("(bad, 1 / 0)")
    assert "Something is 0" in learner.cards[1]["text/plain"]


def test_when_the_card_fails_ipython_shows_its_own_traceback(learner: Learner, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise RuntimeError("the card is broken")

    monkeypatch.setattr(hook_module, "render", broken)
    learner.run("1 / 0")
    assert learner.cards == []
    assert "ZeroDivisionError" in "\n".join(learner.errors[0][2])
    assert len(learner.errors[0][2]) > 1


def test_a_recogniser_that_stumbles_is_passed_over():
    class Odd(TypeError):
        obj = property(lambda self: 1 / 0)

    assert explain(Scene(error=Odd("x"), message="x", folder=Path("/nowhere")))[0] == "general"


@pytest.mark.parametrize("name", ["key.json", "journal.jsonl", "matplotlibrc", "w01.ipynb", "homework.zip"])
@pytest.mark.parametrize("code", ["SELECT * FROM '{near}'", "SELECT * FROM {near}", "SELECT * FROM '{near}.csv'"])
def test_a_file_of_ours_is_never_offered_as_the_data_that_is_meant(
    learner: Learner, tmp_path: Path, name: str, code: str
):
    for made in (name, "customers.csv"):
        (tmp_path / made).write_text("id\n1\n")
    learner.run(sql(code.format(near=f"{name.partition('.')[0]}s")))
    _, words = explain(scene_of(learner.shell, learner.seen[-1], tmp_path))
    said = f"{words.happened} {words.next_step}"
    assert f"`{name}`" not in said
    assert f"'{name}'" not in said
    assert "customers.csv" in said


def test_installing_twice_gives_one_card(learner: Learner):
    install_in(learner.shell)
    learner.run("1 / 0")
    assert len(learner.cards) == 1


# Messages of other versions, written from their documentation and source: those versions are not run here
@pytest.mark.parametrize(
    ("message", "line", "recogniser"),
    [
        ("Invalid star expression", "SELECT count(*) FROM 'customers.parquet'", "sql_without_duckdb"),  # 3.13
        ("invalid syntax. Did you mean 'from'?", "form grader import check", "misspelt_word_of_python"),  # 3.14
        ("invalid syntax. Did you mean 'while'?", "whlie True:", "misspelt_word_of_python"),  # 3.14
        ("f-string: valid expression required before '}'", "f'{}'", "braces"),  # 3.12
    ],
)
def test_syntax_errors_of_other_pythons_are_recognised(message: str, line: str, recogniser: str):
    error = SyntaxError(message, ("cell", 1, 1, line))
    assert explain(Scene(error=error, message=message, source=line, line=line, number=1))[0] == recogniser


@pytest.mark.parametrize(
    ("kind", "message", "query", "recogniser"),
    [
        (
            duckdb.BinderException,
            'Binder Error: Referenced column "active" not found in FROM clause!\nCandidate bindings: "status"\n\n'
            "LINE 1: SELECT 1 FROM t WHERE status = active\n                                       ^",
            "SELECT 1 FROM t WHERE status = active",
            "sql_unquoted_word",
        ),
        (
            duckdb.BinderException,
            'Binder Error: Referenced column "id" not found in FROM clause!',
            "SELECT id",
            "sql_no_from",
        ),
        (duckdb.ParserException, "Parser Error: syntax error at end of input", "SELECT 1 FROM t WHERE", "sql_parse"),
        (duckdb.ParserException, "Parser Error: syntax error at end of input", "SELECT count(1 FROM t", "sql_brackets"),
        (
            duckdb.ParserException,
            "Parser Error: unterminated quoted string at or near \"'active\"\n\nLINE 1: SELECT 'active\n        "
            "       ^",
            "SELECT 'active",
            "sql_unclosed_quote",
        ),
    ],
)
def test_messages_of_duckdb_1_are_recognised(kind: type[Exception], message: str, query: str, recogniser: str):
    scene = Scene(error=kind(message), message=message, source=f'duckdb.sql("{query}")', folder=Path("/nowhere"))
    assert explain(scene)[0] == recogniser


def test_data_that_is_not_beside_a_copy_of_a_page_is_told_with_the_way_back(tmp_path: Path):
    error = duckdb.IOException('IO Error: No files found that match the pattern "customers.parquet"')
    (tmp_path / "00_start_here.ipynb").write_text("{}")
    (tmp_path / "self-assessment.json").write_text("{}")
    (tmp_path / "w01_three_answers").mkdir()
    (tmp_path / "w01_three_answers" / "customers.parquet").write_text("")
    scene = Scene(error, str(error), folder=tmp_path)
    words = explain(scene)[1]
    assert "It lies in `w01_three_answers`" in words.happened
    assert "Compare the spelling" not in words.next_step
    (tmp_path / "budget.xlsx").write_text("")
    assert "open the week from the map" in explain(scene)[1].next_step
    (tmp_path / "key.json").write_text("{}")
    assert explain(scene)[1].next_step == "Compare the spelling, ending included, with the example above."
    gone = explain(Scene(error, str(error), folder=tmp_path / "renamed"))[1]
    assert (gone.title, "moved or renamed" in gone.happened) == ("The folder is gone", True)
