"""The one comparison. Properties: what is immaterial never changes a verdict; what is beyond tolerance always does."""

import datetime as dt
import decimal
import importlib.util
import random
import time
import uuid
import zoneinfo
from collections import Counter

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.learner.answers import AnswerError, TooLargeError, canonical, compare, describe, is_query_text
from grader.learner.comparing import unmatched

settings.register_profile("learner", deadline=None, max_examples=60)
settings.load_profile("learner")

INTEGERS = st.integers(-(2**31), 2**31 - 1)
FLOATS = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6)
ROWS = st.lists(st.tuples(TEXTS, st.none() | INTEGERS, st.none() | FLOATS), min_size=1, max_size=8)
NAMES = ["place", "n", "share"]


def frame_of(rows):
    return pd.DataFrame(
        {
            "place": pd.Series([row[0] for row in rows], dtype=object),
            "n": pd.Series([row[1] for row in rows], dtype=object),
            "share": pd.Series([row[2] for row in rows], dtype=object),
        }
    )


def right_of(rows):
    return canonical([dict(zip(NAMES, row, strict=True)) for row in rows])


FLAVOURS = {
    "object": lambda frame: frame,
    "nullable": lambda frame: frame.astype({"n": "Int64", "share": "Float64", "place": "string"}),
    "float for int": lambda frame: frame.astype({"n": "float64", "share": "float64"}),
    "category": lambda frame: frame.astype({"place": "category", "n": "Int64"}),
    "default text": lambda frame: frame.astype({"place": "str", "share": "Float64"}),
}

if importlib.util.find_spec("pyarrow"):  # A learner may have it; the course does not need it.
    FLAVOURS["arrow"] = lambda frame: frame.astype(
        {"place": "string[pyarrow]", "n": "int64[pyarrow]", "share": "double[pyarrow]"}
    )


@pytest.mark.parametrize("flavour", FLAVOURS)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_dtype_index_and_row_order_never_change_a_verdict(flavour, rows, seed):
    frame = FLAVOURS[flavour](frame_of(rows))
    shuffled = frame.sample(frac=1, random_state=seed)
    shuffled.index = [f"row {at}" for at in range(len(rows))]
    assert compare(right_of(rows), canonical(frame)) is None
    assert compare(right_of(rows), canonical(shuffled)) is None


@given(rows=ROWS, order=st.permutations(NAMES), data=st.data())
def test_column_order_and_the_case_of_names_never_change_a_verdict_where_names_count(rows, order, data):
    frame = frame_of(rows)[list(order)].rename(columns=data.draw(st.sampled_from([str.upper, str.title, str])))
    assert compare(right_of(rows), canonical(frame), named=True) is None


@given(rows=ROWS)
def test_a_relation_a_frame_and_a_list_of_tuples_are_the_same_answer(rows):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (place VARCHAR, n BIGINT, share DOUBLE)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        relation = connection.sql("SELECT * FROM t")
        answers = [canonical(relation), canonical(relation.df()), canonical(relation.fetchall()), canonical(rows)]
    for answer in answers:
        assert compare(right_of(rows), answer) is None
    assert compare(answers[0], answers[1], named=True) is None


@given(rows=ROWS, data=st.data(), factor=st.floats(1.01, 1e6), tolerance=st.sampled_from([0.0, 0.005, 1.0, 100.0]))
def test_a_change_beyond_the_tolerance_always_changes_the_verdict(rows, data, factor, tolerance):
    at = data.draw(st.integers(0, len(rows) - 1))
    assume(rows[at][2] is not None)
    step = max(tolerance, 2e-9 * abs(rows[at][2]), 1e-6) * factor
    changed = list(rows)
    changed[at] = (*rows[at][:2], rows[at][2] + data.draw(st.sampled_from([-1, 1])) * step)
    # Among equal rows the change may land on a neighbour's value: the other rows must be told apart from this one.
    assume(sum((row[0].strip(), row[1]) == (rows[at][0].strip(), rows[at][1]) for row in rows) == 1)
    assert compare(right_of(rows), canonical(changed), tolerance=tolerance) is not None


@given(rows=ROWS, data=st.data(), tolerance=st.sampled_from([0.005, 1.0, 100.0]))
def test_a_change_within_the_tolerance_never_does_however_the_rows_lie(rows, data, tolerance):
    shifts = data.draw(st.lists(st.floats(-0.99, 0.99), min_size=len(rows), max_size=len(rows)))
    changed = [
        (place, number, share if share is None else share + shift * tolerance)
        for (place, number, share), shift in zip(rows, shifts, strict=True)
    ]
    assert compare(right_of(rows), canonical(data.draw(st.permutations(changed))), tolerance=tolerance) is None


@given(number=INTEGERS, change=st.sampled_from([-1, 1]))
def test_a_whole_number_that_is_off_by_one_is_wrong_in_every_dtype(number, change):
    for make in (int, float, np.int64, np.float64, decimal.Decimal):
        assert compare({"value": number}, canonical(make(number))) is None
        assert compare({"value": number}, canonical(make(number + change))) is not None
        assert compare(canonical(float(number)), canonical(make(number + change))) is not None


def brute_force_pairs(right, mine, tolerance):
    if not right:
        return not mine
    return any(
        all(abs(a - b) <= tolerance for a, b in zip(right[0], row, strict=True))
        and brute_force_pairs(right[1:], mine[:at] + mine[at + 1 :], tolerance)
        for at, row in enumerate(mine)
    )


SMALL = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=5)


@settings(max_examples=300)
@given(right=SMALL, mine=SMALL, tolerance=st.sampled_from([0, 1, 2]))
def test_pairing_rows_finds_a_match_exactly_when_there_is_one(right, mine, tolerance):
    if len(right) == len(mine):
        assert (unmatched(right, mine, tolerance) is None) == brute_force_pairs(right, mine, tolerance)
    else:
        assert unmatched(right, mine, tolerance) is not None


def test_two_thousand_rows_pair_in_a_moment_even_when_one_is_wrong():
    source = random.Random(7)
    for numbers in ([source.random() * 100 for _ in range(2000)], [4.0] * 2000):
        mine = [[number + 0.004] for number in reversed(numbers)]
        assert unmatched([[number] for number in numbers], mine, 0.005) is None
        mine[1000] = [1000.0]
        start = time.perf_counter()
        assert unmatched([[number] for number in numbers], mine, 0.005) == 1000
        assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.bool_(False), False),
        (np.int16(3), 3),
        (np.float32(0.1), 0.1),
        (decimal.Decimal("2.50"), 2.5),
        (decimal.Decimal("NaN"), None),
        (float("nan"), None),
        (float("-inf"), "a negative infinite number"),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (np.datetime64("2024-03-01"), "2024-03-01"),
        (dt.datetime(2024, 3, 1), "2024-03-01"),
        (dt.date(2024, 3, 1), "2024-03-01"),
        (pd.Timestamp("2024-03-01"), "2024-03-01"),
        (pd.Timestamp("2024-03-01 09:30", tz="Europe/Berlin"), "2024-03-01 08:30:00+00:00"),
        (dt.datetime(2024, 3, 1, 9, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")), "2024-03-01 08:30:00+00:00"),
        (dt.time(9, 30), "09:30:00"),
        (pd.Timedelta(days=2), "2 days, 0:00:00"),
        (dt.timedelta(days=2), "2 days, 0:00:00"),
        (pd.Period("2024-03"), "2024-03"),
        (pd.Interval(0, 1), "(0, 1]"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (10**40, 10**40),
        (np.array(4), 4),
        ([(4,)], 4),
        ((4,), 4),
        (pd.Series([4]), 4),
        (pd.DataFrame({"n": [4]}), 4),
    ],
)
def test_a_value_becomes_a_plain_one(value, expected):
    answer = canonical(value, "value")
    assert answer == {"value": expected}
    assert type(answer["value"]) is type(expected)


def test_a_relation_is_read_with_its_narrow_floats_and_dates():
    relation = duckdb.sql("SELECT 0.1::FLOAT AS x, DATE '2024-03-01' AS d")
    assert canonical(relation) == {"columns": ["x", "d"], "rows": [[0.1, "2024-03-01"]]}


def test_a_relation_of_one_cell_is_a_value_only_where_a_value_is_asked():
    relation = duckdb.sql("SELECT 4902 AS n")
    assert canonical(relation, "value") == {"value": 4902}
    assert canonical(relation) == {"columns": ["n"], "rows": [[4902]]}
    assert compare({"value": 4902}, canonical(relation)) is None


@pytest.mark.parametrize(
    ("value", "columns", "rows"),
    [
        ({"a": [1, 2], "b": ("x", None)}, ["a", "b"], [[1, "x"], [2, None]]),
        ({"a": 1, "b": "x"}, ["a", "b"], [[1, "x"]]),
        ([{"a": 1}, {"b": 2}], ["a", "b"], [[1, None], [None, 2]]),
        (Counter(a=2), ["a"], [[2]]),
        ({"b", "a"}, [""], [["a"], ["b"]]),
        (np.array([[1, 2], [3, 4]]), ["", ""], [[1, 2], [3, 4]]),
        (np.array(["2024-03-01T10"], dtype="datetime64[ns]"), [""], [["2024-03-01 10:00:00"]]),
        (pd.DataFrame([[1, 2]]), ["", ""], [[1, 2]]),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])), ["a x", "a y"], [[1, 2]]),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a", "a"], [[1, 2]]),
        (pd.Index(["x", "y"], name="k"), ["k"], [["x"], ["y"]]),
        (pd.Series(["x", "x"]).unique(), [""], [["x"]]),
        (pd.Series([True, None], dtype="boolean"), [""], [[True], [None]]),
        ([], [], []),
    ],
)
def test_a_table_becomes_columns_and_rows(value, columns, rows):
    assert canonical(value) == {"columns": columns, "rows": rows}


def fail(*_args, **_more):
    raise AssertionError("an answer was asked about itself")


def lying(*bases, name="Liar"):
    dunders = [
        "eq",
        "ne",
        "lt",
        "hash",
        "array",
        "repr",
        "str",
        "len",
        "iter",
        "int",
        "float",
        "bool",
        "index",
        "format",
    ]
    body = {f"__{dunder}__": fail for dunder in dunders}
    body["__class__"] = property(fail)
    body["__getattribute__"] = fail
    return type(name, bases, body)


class Meta(type):
    __eq__ = fail
    __hash__ = fail
    __instancecheck__ = fail
    __getattribute__ = fail


@pytest.mark.parametrize("base", [object, int, float, str, dict, list, tuple, pd.DataFrame, np.ndarray, dt.date])
def test_an_object_that_lies_about_itself_is_never_asked_and_fails(base):
    liar = lying(base)
    made = base.__new__(liar, (1,)) if base is np.ndarray else None
    if base is dt.date:
        made = dt.date.__new__(liar, 2024, 3, 1)
    value = made if made is not None else base.__new__(liar)
    for answer in (value, [value], [(1, value)], {"a": [value]}, (value,)):
        with pytest.raises(AnswerError, match="of your own making"):
            canonical(answer)


def test_a_liar_inside_a_frame_or_a_label_fails_as_well():
    liar = type("Liar", (), {"__eq__": lambda *_: True, "__hash__": lambda _: 1, "__repr__": lambda _: "1"})()
    for answer in (
        pd.DataFrame({"a": pd.Series([liar], dtype=object)}),
        pd.Series([liar], dtype=object),
        np.array([liar], dtype=object),
        pd.DataFrame([[1]], columns=pd.Index([liar], dtype=object)),
        {liar: [1]},
    ):
        with pytest.raises(AnswerError, match="of your own making"):
            canonical(answer)


def test_a_class_with_a_lying_metaclass_is_never_asked():
    odd = Meta("Odd", (), {})
    for answer in (object.__new__(odd), [object.__new__(odd)], odd):
        with pytest.raises(AnswerError, match=r"own making|cannot read"):
            canonical(answer)


def test_a_class_that_borrows_a_library_name_is_not_taken_for_it():
    fake = type("DataFrame", (), {"__module__": "pandas", "shape": (1, 1)})
    with pytest.raises(AnswerError, match="of your own making"):
        canonical(fake())


class OwnZone(dt.tzinfo):
    utcoffset = fail
    dst = fail
    tzname = fail


def test_a_time_zone_of_their_own_is_never_asked():
    with pytest.raises(AnswerError, match="time zone"):
        canonical(dt.datetime(2024, 3, 1, tzinfo=OwnZone()))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (lambda: 4, "not called"),
        (pd.DataFrame({"a": [1]}).count, "not called"),
        (pd, "whole library"),
        (int, "put brackets after its name"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "in each group"),
        (map(str, [1]), r"list\(...\)"),
        (b"x", "raw bytes"),
        (1j, "negative number"),
        ([[1], [2, 3]], "differ in length"),
        ({"a": [1], "b": [1, 2]}, "differ in length"),
        ([[[1]]], "list inside a list"),
        (10**400, "hundreds of digits"),
        (np.zeros((1, 1, 1)), "not a table"),
        ("x" * 100_001, "100,001 characters"),
        (np.random.default_rng(7), "`Generator` of `numpy`"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(value, sentence):
    with pytest.raises(AnswerError, match=sentence):
        canonical(value)


def test_a_connection_that_was_asked_is_told_apart_from_its_rows():
    with duckdb.connect() as connection, pytest.raises(AnswerError, match="fetchall"):
        canonical(connection.execute("SELECT 4902"))


def test_an_answer_of_two_thousand_cells_is_read_and_one_more_is_not():
    assert len(canonical(list(range(2000)))["rows"]) == 2000
    for value in (
        list(range(2001)),
        np.zeros((3, 667)),
        pd.DataFrame(np.zeros((3, 667))),
        pd.Series(range(2001)),
        duckdb.sql("SELECT * FROM range(2001)"),
        range(10**12),
        {"a": list(range(1001)), "b": list(range(1001))},
    ):
        with pytest.raises(TooLargeError, match="more than 2,000 cells"):
            canonical(value)


def test_a_query_that_fails_when_it_is_asked_says_the_first_line():
    relation = duckdb.sql("SELECT error('no such plan' || range) FROM range(2)")
    with pytest.raises(AnswerError, match=r"does not run to its end: .*no such plan0") as caught:
        canonical(relation)
    assert "\n" not in str(caught.value)


TABLE = {"columns": ["region", "n"], "rows": [["Coast", 3], ["Hills", 4]]}


def sentence(mine, right=TABLE, **how):
    difference = compare(right, canonical(mine), **how)
    assert difference is not None
    return difference.sentence


def test_the_difference_in_words_names_their_row_and_column_and_not_the_right_value():
    said = sentence(pd.DataFrame({"region": ["Coast", "Hills"], "n": [3, 5]}))
    assert said == "In your row for 'Hills', the column `n` is not what the data says."
    said = sentence([("Coast", 3), ("Hills", 5)])
    assert said == "In your row for 'Hills', the second column is not what the data says."
    assert "Inland" in sentence([("Coast", 3), ("Inland", 4)])
    assert "Hills" not in sentence([("Coast", 3), ("Inland", 4)])
    assert sentence([("Coast", 3), ("Coast", 3)]) == "Your row for 'Coast' is not as the data has it."


def test_the_difference_in_words_says_rows_and_columns():
    assert sentence([("Coast", 3)]) == "I see 1 row: fewer than the data gives."
    assert sentence([("Coast", 3), ("Hills", 4), ("Inland", 1)]) == "I see 3 rows: more than the data gives."
    assert sentence([("Coast",), ("Hills",)]) == "I see 1 column: fewer than this asks for."
    assert sentence([{"region": "Coast", "total": 3}], named=True).startswith("I miss the column `n`.")
    assert "`x`, which was not asked for" in sentence([{"region": "Coast", "n": 3, "x": 1}], named=True)
    assert sentence([("Coast", 3), ("Hills", 4)], named=True) == "Your columns have no names."
    assert sentence([]) == "I see an empty list."
    assert sentence(4) == "This is one value; the question wants a table."


def test_row_order_counts_only_where_it_is_the_skill():
    mine = canonical([("Hills", 4), ("Coast", 3)])
    assert compare(TABLE, mine) is None
    difference = compare(TABLE, mine, ordered=True)
    assert difference is not None
    assert difference.sentence == "Your rows are right; their order is not."
    assert compare(TABLE, canonical([("Coast", 3), ("Hills", 4)]), ordered=True) is None


def test_true_is_not_one_and_texts_agree_without_outer_space_in_the_same_case():
    assert compare({"value": 1}, {"value": True}) is not None
    assert compare({"value": "Coast"}, {"value": " Coast "}) is None
    assert compare({"value": "Coast"}, {"value": "coast"}) is not None
    assert compare({"value": "Café"}, {"value": "Café"}) is None
    assert compare({"value": None}, {"value": ""}) is not None


def test_a_row_of_values_is_the_same_as_a_list_of_them():
    assert compare(canonical(["Coast", "Hills"]), canonical(("Hills", "Coast"))) is None


def test_errors_of_a_function_agree_by_their_kind():
    right = {"results": [{"error": "ValueError: no such plan"}, {"value": 1}]}
    assert compare(right, {"results": [{"error": "ValueError: other words"}, {"value": 1}]}) is None
    assert compare(right, {"results": [{"value": 0}, {"value": 1}]}) is not None
    assert compare(right, {"results": [{"error": "KeyError: x"}, {"value": 1}]}) is not None
    assert compare(right, {"results": [{"error": "ValueError: x"}]}) is not None


def test_an_answer_is_described_in_a_few_words():
    assert describe(canonical(4902)) == "the number 4,902"
    assert describe(canonical("SELECT count(*) FROM t")) == "the text of a query"
    assert describe(TABLE) == "a table of 2 rows and 2 columns"
    assert describe(canonical([1])) == "a list of 1 value"
    assert not is_query_text("Select a plan")
    assert is_query_text("\n  with a as (select 1) select * from a")
