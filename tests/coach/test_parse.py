"""Whatever claims to be a notebook is read into a valid one, or refused in one sentence."""

import json
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.coach.parse import notebook_of, parse
from grader.coach.repair import repair
from grader.learner.problem import Problem

RELEASE = new_notebook(
    cells=[
        new_markdown_cell("Count.", id="cell-01"),
        new_code_cell(
            "rows = ...\n\nrows",
            id="rows",
            metadata={"nbgrader": {"grade_id": "rows", "solution": True, "grade": False, "locked": False}},
        ),
        new_code_cell(
            'check("rows")',
            id="check-rows",
            metadata={"nbgrader": {"grade_id": "check-rows", "solution": False, "grade": True, "locked": True}},
        ),
        new_markdown_cell(
            "Write here.",
            id="memo-why",
            metadata={
                "handson": {"memo": "why"},
                "nbgrader": {"grade_id": "memo-why", "solution": True, "grade": True, "locked": False},
            },
        ),
    ],
    metadata={"handson": {"lesson": "w00"}},
)

texts = st.text(max_size=12) | st.sampled_from(
    ["rows = 3", "rows = (", "\ud83d", "\x00", "a\r\nb", "```\nrows = 1\n```"]
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def dicts(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have some of the keys, mostly of the kind that belongs there."""
    return st.fixed_dictionaries({}, optional={name: known[name] | junk for name in known})


labels = dicts(grade_id=st.sampled_from(["rows", "check-rows", "memo-why", "x"]), solution=st.booleans())
cells = dicts(
    cell_type=st.sampled_from(["code", "markdown", "raw", "heading", "sql"]),
    source=texts | st.lists(texts, max_size=3),
    input=texts,
    id=st.sampled_from(["rows", "check-rows", "cell-01", "own-01", "", "a b"]),
    metadata=dicts(nbgrader=labels, tags=st.lists(texts, max_size=2), name=texts, id=texts),
    outputs=st.lists(
        dicts(output_type=st.sampled_from(["stream", "error", "display_data", "pyout"]), data=junk), max_size=2
    ),
    execution_count=st.integers(),
    attachments=st.dictionaries(texts, st.dictionaries(texts, texts, max_size=1), max_size=1),
)
notebooks = dicts(
    nbformat=st.sampled_from([2, 3, 4, 5]),
    cells=st.lists(cells | junk, max_size=5),
    worksheets=st.lists(dicts(cells=st.lists(cells, max_size=3)), max_size=2),
    metadata=dicts(kernelspec=junk, language_info=junk, authors=junk, title=junk),
)


def read_or_refused(data: bytes) -> NotebookNode | str:
    try:
        return parse(data)
    except Problem as problem:
        return str(problem)


def assert_one_sentence(said: str) -> None:
    assert said.endswith(".")
    assert "\n" not in said


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=notebooks | junk)
def test_any_json_is_read_or_refused_in_one_sentence(value: object) -> None:
    read = read_or_refused(json.dumps(value).encode())
    if isinstance(read, str):
        assert_one_sentence(read)
        return
    nbformat.validate(read)
    nbformat.validate(repair(read, RELEASE).notebook)
    nbformat.writes(read).encode()


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_one_sentence(data: bytes) -> None:
    for each in (data, b'{"cells": [' + data):
        read = read_or_refused(each)
        if isinstance(read, str):
            assert_one_sentence(read)
        else:
            nbformat.validate(read)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sources=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufeff")), max_size=4)
)
def test_no_text_is_lost(sources: list[str]) -> None:
    for made in (
        {"cells": [{"cell_type": "code", "source": source} for source in sources]},
        {"cells": [{"cell_type": "odd", "source": source.splitlines(keepends=True)} for source in sources]},
        {"worksheets": [{"cells": [{"cell_type": "code", "input": source}]} for source in sources]},
        {"cells": list(sources)},
    ):
        assert [cell.source for cell in parse(json.dumps(made).encode()).cells] == sources


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\x00\x00", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04 and so on", "a zip"),
        (b"import duckdb", "something else"),
        (b"[]", "something else"),
        (b"17", "something else"),
        (b'{"cells": 3}', "no list of cells"),
        (b'{"cells": [{"source": "a', "breaks off in line 1"),
        (b'{"cells": [\n{"source" "a"}]}', "from line 2 on"),
        (b'{"cells": []} {"cells": []}', "damaged"),
        (b'{\n<<<<<<< HEAD\n"cells": []\n=======\n>>>>>>> other\n}', "unfinished merge"),
        (b'{"cells": ' + b"[" * 100_000, "too deeply"),
    ],
)
def test_what_is_no_notebook_is_told_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        parse(data)


def test_a_notebook_with_too_many_cells_is_refused() -> None:
    with pytest.raises(Problem, match="more than 20,000 cells"):
        notebook_of({"cells": [None] * 20_001})


def test_nesting_that_is_deep_but_can_be_read_is_cut() -> None:
    deep: Any = "end"
    for _ in range(400):
        deep = {"a": [deep]}
    value = {"cells": [{"cell_type": "code", "source": [["a"]], "metadata": deep}], "metadata": deep}
    nbformat.validate(parse(json.dumps(value).encode()))


def test_numbers_that_json_does_not_have_are_nothing() -> None:
    read = parse(b'{"cells": [], "metadata": {"a": NaN, "b": -Infinity, "c": 1e999, "d": ' + b"9" * 5000 + b"}}")
    assert read.metadata == {"a": None, "b": None, "c": None, "d": None}


def test_keys_that_are_no_texts_become_texts() -> None:
    read = notebook_of({"cells": [{"source": "a", "metadata": {7: {None: 1}}}], 3: 4})
    assert read.cells[0].metadata == {"7": {"None": 1}}


def test_half_characters_and_nuls_go_and_whole_ones_stay() -> None:
    read = parse(b'{"cells": [{"cell_type": "code", "source": "a\\u0000 \\ud83d\\ude00 \\ud83d b"}]}')
    assert read.cells[0].source == "a \U0001f600 \ufffd b"


def test_windows_text_in_an_old_encoding_is_read() -> None:
    assert parse('{"cells": ["Müller – Söhne"]}'.encode("cp1252")).cells[0].source == "Müller – Söhne"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (["a = 1\n", "b = 2"], "a = 1\nb = 2"),
        (["a = 1", "b = 2"], "a = 1\nb = 2"),
        (["a = 1\r\n", "b = 2\r\n"], "a = 1\nb = 2\n"),
        (["a", 3, None], "a\n3\n"),
        (7, "7"),
        (None, ""),
        ({"a": 1}, '{"a": 1}'),
        ("\ufeffa = 1", "a = 1"),
    ],
)
def test_a_source_of_any_shape_is_a_text(source: object, expected: str) -> None:
    assert notebook_of({"cells": [{"cell_type": "code", "source": source}]}).cells[0].source == expected


def test_nbformat_3_with_its_headings_and_outputs_is_read() -> None:
    outputs = [
        {"output_type": "pyout", "prompt_number": 2, "text": ["3"], "png": "iVBOR"},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "stream", "stream": "stderr", "text": ["a", "b"]},
    ]
    sheet = {
        "cells": [
            {"cell_type": "heading", "level": 2, "source": "Title"},
            {"cell_type": "code", "language": "python", "input": ["a\n", "b"], "prompt_number": 2, "outputs": outputs},
        ]
    }
    heading, code = notebook_of({"nbformat": 3, "worksheets": [sheet]}).cells
    assert (heading.cell_type, heading.source) == ("markdown", "## Title")
    assert (code.source, code.execution_count) == ("a\nb", 2)
    assert [output.output_type for output in code.outputs] == ["execute_result", "error", "stream"]
    assert code.outputs[0].data == {"text/plain": "3", "image/png": "iVBOR"}


def test_ids_of_other_tools_are_kept_and_second_ones_are_numbered() -> None:
    made = [
        {"source": "a", "metadata": {"id": "rows"}},
        {"source": "b", "id": "rows"},
        {"source": "c", "metadata": {"cell_id": "x-1"}},
        {"source": "d", "id": "no id"},
        {"source": "e", "id": 7},
    ]
    assert [cell.id for cell in notebook_of({"cells": made}).cells] == [
        "rows",
        "rows--2",
        "x-1",
        "place-004",
        "place-005",
    ]


def test_metadata_of_other_tools_is_kept_and_what_the_format_forbids_is_not() -> None:
    metadata = {"colab": {"height": 34}, "vscode": {"languageId": "sql"}, "tags": ["a,b"], "collapsed": 1, "name": ""}
    (cell,) = notebook_of({"cells": [{"cell_type": "code", "source": "", "metadata": metadata}]}).cells
    assert cell.metadata == {"colab": {"height": 34}, "vscode": {"languageId": "sql"}}
