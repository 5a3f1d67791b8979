"""The self-assessment of the start page: what is kept, what is refused in a sentence, then against now."""

import datetime as dt
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.learner import self_assessment as module
from grader.learner import session
from grader.learner.card import plain
from grader.learner.errors import Scene, explain
from grader.learner.key import begin, lesson_folder
from grader.learner.saved import source_of
from grader.learner.self_assessment import FILE_NAME, read_takes, self_assessment
from grader.learner.seven_rows import are_in, slip_in
from grader.learner.start import START_PAGE

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
        (["yes", *[0] * 6], "Row 1 holds 'yes':"),
        ([0, 5, *[0] * 5], "Row 2 holds 5:"),
        ([*[0] * 6, True], "Row 7 holds True:"),
        ([*[0] * 6, ...], "Row 7 holds ...:"),
        ([*[0] * 6, 1.0], "Row 7 holds 1.0:"),
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


PAGE = "me = [\n" + "".join(f"    0,  # {number} I can do it\n" for number in range(1, 8)) + "]"
SLIPS = [
    ("    0,  # 3", "    1;  # 3", "Row 3 ends in ;: write a comma instead, as in 1, there."),
    ("    0,  # 3", "    1,5,  # 3", "Row 3 holds 1,5, and there are no halves here"),
    ("    0,  # 3", "    1.5,  # 3", "Row 3 holds 1.5, and there are no halves here"),
    ("    0,  # 3", "    ,  # 3", "Row 3 has no number"),
    ("    0,  # 3", "      # 3", "Row 3 has no number"),
    ("    0,  # 3", "    1  # 3", "Row 3 has no comma: write 1, before its words."),
    ("# 3", "3", "In row 3 the # before the words is gone: put it back"),
    ("# ", "", "In row 1 the # before the words is gone: put it back"),
    ("    0,  # 3", "    O,  # 3", "Row 3 holds O:"),
    ("    0,  # 3", "    sometimes with help,  # 3", "Row 3 holds sometimes with help:"),
    ("    0,  # 3", "    7,  # 3", "Row 3 holds 7:"),
    ("    0,  # 3", "    '1',  # 3", "Row 3 holds '1':"),
    ("    0,  # 3 I can do it\n", "", "Row 3 is gone"),
    ("\n]", "", "The last line of the box is gone: write ] below the rows."),
    ("me = [\n", "", "The first line of the box is gone: write me = [ above the rows."),
]


class Shell:
    """A kernel, as far as a box needs it: names, and what is remembered of each run."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}

    def run(self, box: str, cell_id: str = "x") -> bool:
        try:
            exec(box, self.user_ns)
            success = True
        except (SyntaxError, NameError):
            success = False
        session._after_cell(SimpleNamespace(info=SimpleNamespace(raw_cell=box, cell_id=cell_id), success=success))
        return success


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr(session, "_runs", [])
    shell = Shell()
    monkeypatch.setattr(module, "ipython", lambda: shell)
    return shell


@pytest.fixture
def on_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Saves the start page with this text in the box above: a minute ahead of the clock, or `before` all that ran."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(session, "_now", ["ask"])

    def save(box: str, *, before: bool = False) -> None:
        sources = {"rows": box, "ask": "self_assessment(me)"}
        cells = [{"cell_type": "code", "id": name, "metadata": {}, "source": text} for name, text in sources.items()]
        path = folder / START_PAGE
        path.write_text(json.dumps({"cells": cells}))
        at = time.time() + (-60 if before else 60)
        os.utime(path, (at, at))

    return save


@pytest.mark.parametrize(("old", "new", "says"), SLIPS)
def test_a_slip_in_a_row_is_told_by_the_number_printed_there_and_the_old_answers_are_not_kept(
    folder: Path, shell: Shell, old: str, new: str, says: str
):
    shell.run(PAGE)
    self_assessment(shell.user_ns["me"])
    assert answers(folder) == [NONE]
    (folder / FILE_NAME).unlink()
    box = PAGE.replace(old, new)
    stopped = not shell.run(box)
    told = self_assessment(shell.user_ns["me"])
    assert told.text.startswith("Not kept yet.")
    assert ("The box above stopped" in told.text) is stopped
    assert says in told.text
    assert not (folder / FILE_NAME).exists()
    if stopped:
        name, words = explain(Scene(SyntaxError(), "", source=box))
        assert (name, words.title) == ("row_of_seven", "Not read yet")
        assert says in plain(words.happened)


def test_the_last_run_of_a_box_is_known_with_its_time(shell: Shell):
    before = time.time()
    shell.run("me = 1")
    shell.run("other = 2")
    run = session.last_run(lambda source: "me" in source)
    assert run is not None
    assert (run.source, run.success) == ("me = 1", True)
    assert before <= run.at <= time.time()
    assert session.last_run(lambda source: "nobody" in source) is None


@pytest.mark.parametrize(
    ("box", "says"),
    [
        (PAGE.replace("me =", "Me ="), "The list is called Me: write me = [ in its first line"),
        ("1, 0, 2, 0, 0, 0, 0", "Its seven rows stand between me = [ and ]"),
        ("", "Its seven rows stand between me = [ and ]"),
    ],
)
def test_a_box_that_ran_and_gave_no_list_leaves_the_earlier_answers_unread(
    folder: Path, shell: Shell, on_the_page: Callable[..., None], box: str, says: str
):
    shell.run(PAGE, "rows")
    on_the_page(box)
    shell.run(box, "rows")
    told = self_assessment(shell.user_ns["me"]).text
    assert told.startswith("Not kept yet. The box above ran, but gave no list called me, so nothing of it was read.")
    assert says in told
    assert answers(folder) == []


def test_a_box_that_was_changed_and_not_run_is_told_by_the_saved_page(
    folder: Path, shell: Shell, on_the_page: Callable[..., None]
):
    on_the_page(PAGE, before=True)
    shell.run(PAGE.replace("0,  # 3", "2,  # 3"), "rows")
    assert "I see 0, 0, 2, 0, 0, 0, 0." in self_assessment(shell.user_ns["me"]).text, "saved before it was typed"
    on_the_page(PAGE.replace("0,  # 3", "1,  # 3"))
    told = self_assessment(shell.user_ns["me"]).text
    assert told.startswith("Not kept yet. The box above was changed and not run: run it first.")
    on_the_page("")
    assert "The box above is empty" in self_assessment(shell.user_ns["me"]).text
    on_the_page(PAGE.replace("0,  # 3", "2,  # 3"))
    assert "I see 0, 0, 2, 0, 0, 0, 0." in self_assessment(shell.user_ns["me"]).text
    assert answers(folder) == [[0, 0, 2, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("ran", "says"),
    [
        ([PAGE.replace("me =", "Me =")], "The list is called Me: write me = [ in its first line"),
        ([], "No list called me is known"),
        (["staff = 180"], "No list called me is known"),
    ],
)
def test_a_list_that_no_box_gave_has_a_card_of_its_own(ran: list[str], says: str):
    error = NameError("name 'me' is not defined")
    scene = Scene(error, str(error), source="self_assessment(me)", sources=ran, namespace={"Me": [0]})
    name, words = explain(scene)
    assert (name, words.title) == ("seven_without_name", "Not read yet")
    assert says in plain(words.happened)


def test_after_the_slip_is_mended_the_answers_are_kept(folder: Path, shell: Shell):
    shell.run(PAGE.replace("0,  # 3", "1;  # 3"))
    shell.run(PAGE.replace("0,  # 3", "1,  # 3"))
    assert "I see 0, 0, 1, 0, 0, 0, 0." in self_assessment(shell.user_ns["me"]).text
    assert answers(folder) == [[0, 0, 1, 0, 0, 0, 0]]


def test_the_rows_of_the_page_itself_have_no_slip(root: Path):
    cells = json.loads((root / "lessons" / "00_start_here.ipynb").read_text(encoding="utf-8"))["cells"]
    (box,) = [source_of(cell) for cell in cells if are_in(source_of(cell))]
    assert slip_in(box) == ""
