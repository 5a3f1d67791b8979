"""A query that fails only as its rows are wanted: the check's card says it in the words of the error card."""

import os
from pathlib import Path

import duckdb
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from grader.learner.check import show
from grader.learner.key import Exercise
from grader.learner.reading import read
from grader.learner.verdict import judge

EXERCISE = Exercise(
    name="nobody", kind="value", variable="nobody", points=2.0, fresh=True, answer={"value": 3}, right="Right."
)
ALL = "SELECT count(*) FROM 'customers.parquet'"
MADE = [
    (f"{ALL} WHERE region", "region stands alone where a condition belongs", "such as region = 'Coast'"),
    (f"{ALL} WHERE 'active' AND 'test'", "'active' stands alone", "____ = 'active'"),
    (f"{ALL} WHERE region = 'Coast' OR 'North'", "'North' stands alone", "region = 'North'"),
    (f"{ALL} WHERE since >= '19 October'", "read 19 October as a date", "'2025-03-31'"),
    (f"{ALL} WHERE id = (SELECT id FROM 'customers.parquet')", "it brings several rows", "Make it bring one"),
    ("SELECT error('secret of the machine')", "stops on its way through the rows", "put nobody on a line of its own"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("w01")
    with duckdb.connect() as connection:
        rows = "SELECT i AS id, 'Coast' AS region, DATE '2025-01-01' + i::INT AS since FROM range(9) t(i)"
        connection.execute(f"COPY ({rows}) TO '{folder / 'customers.parquet'}'")
    return folder


@pytest.mark.parametrize(("query", "happened", "then"), MADE)
def test_the_check_says_what_the_error_card_would_say(
    folder: Path, monkeypatch: pytest.MonkeyPatch, query: str, happened: str, then: str
):
    monkeypatch.chdir(folder)
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    made = shell.run_cell(f'import duckdb\nnobody = duckdb.sql("{query}")', store_history=True)
    assert made.success
    sources = [source for source in shell.user_ns["In"] if isinstance(source, str)]
    outcome = show(EXERCISE, judge(EXERCISE, read(EXERCISE, shell.user_ns, sources, Path(os.curdir))))
    said = outcome.text
    assert ">Next:</b>" in outcome.html
    assert happened in said
    assert then in said
    assert "Error" not in said
    assert "BOOL" not in said
    assert len(outcome.text.split()) <= 70
