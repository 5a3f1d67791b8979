"""The self-assessment of the start page: what is kept, what is refused in a sentence, then against now."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from grader.learner import self_assessment as module
from grader.learner.key import begin, lesson_folder
from grader.learner.self_assessment import FILE_NAME, read_takes, self_assessment

NONE = [0] * 7
TODAY = dt.date(2026, 11, 24)


class Today(dt.date):
    @classmethod
    def today(cls) -> "Today":
        return cls(TODAY.year, TODAY.month, TODAY.day)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HANDSON_MODE", "NBGRADER_EXECUTION", "NBGRADER_VALIDATING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "date", Today)
    before = lesson_folder()
    begin(tmp_path)
    yield tmp_path
    begin(before)


def answers(folder: Path) -> list[list[int]]:
    return [list(take.answers) for take in read_takes(folder / FILE_NAME)]


def test_it_is_kept_by_day_and_says_where_to_begin(folder: Path):
    assert "I see 2, 2, 1, 0, 0, 0, 0. Begin with module 3." in self_assessment([2, 2, 1, 0, 0, 0, 0]).text
    assert "Begin with module 1." in self_assessment(NONE).text
    assert answers(folder) == [NONE]
    assert "Begin with module 7." in self_assessment([2] * 7).text
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_the_first_day_stays_and_stands_beside_the_last(folder: Path):
    (folder / FILE_NAME).write_text(json.dumps({"on": "2026-05-04", "answers": NONE}))
    told = self_assessment([2, 0, 0, 0, 0, 0, 1]).text
    assert "0 of 14 on 4 May 2026, 3 today: module 1 from 0 to 2, module 7 from 0 to 1." in told
    assert answers(folder) == [NONE, [2, 0, 0, 0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("me", "says"),
    [
        (["yes", *[0] * 6], "Line 1 holds 'yes':"),
        ([0, 5, *[0] * 5], "Line 2 holds 5:"),
        ([*[0] * 6, True], "Line 7 holds True:"),
        ([*[0] * 6, ...], "Line 7 holds ...:"),
        ([*[0] * 6, 1.0], "Line 7 holds 1.0:"),
        ([0] * 6, "I see 6 answers"),
        ([0] * 8, "I see 8 answers"),
        (0, "me is a list"),
        ("0000000", "me is a list"),
    ],
)
def test_a_slip_is_named_by_its_line_and_nothing_is_kept(folder: Path, me: Any, says: str):
    self_assessment([1] * 7)
    assert says in self_assessment(me).text
    assert answers(folder) == [[1] * 7]


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"takes": 3}', '{"takes": [{"on": "x", "answers": []}]}', '{"on": 3}', "\udcff"]
)
def test_a_damaged_file_counts_as_none(folder: Path, content: str):
    (folder / FILE_NAME).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert "Begin with module 1." in self_assessment(NONE).text
    assert answers(folder) == [NONE]


def test_a_folder_that_cannot_be_written_to_is_said(folder: Path):
    (folder / FILE_NAME).mkdir()
    assert "could not be written down" in self_assessment(NONE).text


def test_in_a_run_of_the_build_nothing_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HANDSON_MODE", "build")
    assert "Begin with module 1." in self_assessment(NONE).text
    assert list(folder.iterdir()) == []
