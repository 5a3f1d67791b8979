"""What a copy of a notebook tells of guesses: nothing, whatever the box looks like."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.learner.withheld import blanked, without_guesses


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('predict("rows", 1200, confidence=70)', 'predict("rows", ..., confidence=...)'),
        ('recall("monday", "yes", came_back="a shrug")', 'recall("monday", "")'),
        ("x = 1\npredict(\n  'rows',\n  1200,\n  confidence=70)\nx", 'x = 1\npredict("rows", ..., confidence=...)\nx'),
        ('é = 1; predict("é", 3); recall("b", "c")', 'é = 1; predict("é", ..., confidence=...); recall("b", "")'),
        ('print(predict("rows", recall("a", "b")))', 'print(predict("rows", ..., confidence=...))'),
        ('predict("rows", 1200, confidence=70', ""),
        ("predict()", 'predict("...", ..., confidence=...)'),
        ('check("rows")', 'check("rows")'),
        ("model.predict(rows)", "model.predict(rows)"),
    ],
)
def test_guesses_go_back_to_dots_and_the_rest_stays(source: str, left: str):
    assert blanked(source) == left


def test_what_a_box_shows_and_when_it_ran_stays_out_and_its_text_stays():
    shown = [{"output_type": "stream", "name": "stdout", "text": "third try"}]
    for source in ('check("rows")', 'duckdb.sql("SELECT 1")', "print(guess)", "open('journal.jsonl').read()"):
        cell = {"cell_type": "code", "source": [source], "outputs": shown, "execution_count": 7}
        assert without_guesses(cell) == {**cell, "source": source, "outputs": [], "execution_count": None}
    text = {"cell_type": "markdown", "source": 'predict("rows", 3)'}
    assert without_guesses(text) == text


@given(
    st.lists(st.tuples(st.sampled_from(["x = ", "", "print(0); "]), st.text(), st.sampled_from(["predict", "recall"])))
)
def test_no_guess_is_left_however_it_is_written(calls: list[tuple[str, str, str]]):
    source = "\n".join(f"{before}{name}('name', {guess!r})" for before, guess, name in calls)
    left = blanked(source)
    for node in ast.walk(ast.parse(left)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("predict", "recall"):
            assert [ast.literal_eval(argument) for argument in node.args] in (["name", ...], ["name", ""])
