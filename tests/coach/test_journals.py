"""Journals, which anybody may have edited."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.coach.journals import Asked, Prediction, read_journal

AT = "2026-03-01T09:00:00+01:00"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("at", "exercise", "status", "named", "name", "value", "confidence", "hit", "answer", "came_back")
KINDS = st.sampled_from(["try", "prediction", "recall", "hand-in"])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("submitted") / "a@x.org" / "w03"
    folder.mkdir(parents=True)
    return folder / "journal.jsonl"


def test_each_kind_of_line_is_read_and_the_first_prediction_counts(path: Path) -> None:
    lines = [
        {"at": AT, "kind": "try", "exercise": "rows", "status": "close", "named": 1},
        {"at": AT, "kind": "prediction", "name": "p", "value": 5, "confidence": 70, "hit": True},
        {"at": AT, "kind": "prediction", "name": "p", "value": 9, "confidence": 10, "hit": False},
        {"at": AT, "kind": "recall", "name": "monday", "answer": "yes", "came_back": "two numbers"},
        {"at": AT, "kind": "recall", "name": "what-is-a-row", "answer": "b", "right": True},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    read = read_journal(path)
    assert (read.email, read.week, len(read.times)) == ("a@x.org", "w03", 5)
    assert [(each.exercise, each.status, each.named) for each in read.tries] == [("rows", "close", 1)]
    assert read.predictions == (Prediction("p", 5.0, 70.0, True),)
    assert read.asked == Asked("yes", "two numbers")


@given(st.lists(st.fixed_dictionaries({"kind": KINDS}, optional=dict.fromkeys(KEYS, ANYTHING)), max_size=4))
def test_whatever_a_line_holds_it_is_read_or_passed_over(path: Path, lines: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    read = read_journal(path)
    assert all(0 <= each.confidence <= 100 for each in read.predictions)
    assert len(read.tries) <= len(lines)


def test_a_file_that_is_no_journal_is_an_empty_one(path: Path) -> None:
    for content in (b"\xff\xfe\x00", b"[" * 100_000, b"{}\n[]\n1\n", b""):
        path.write_bytes(content)
        assert read_journal(path).tries == ()
