"""hand_in: what is in the zip, what is refused and with which words, and that nothing is lost."""

import errno
import hashlib
import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.learner import hand_in as module
from grader.learner.hand_in import hand_in, stale
from grader.learner.key import Exercise, Key, Memo, begin, lesson_folder

ANSWER = "all_rows = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\")\nall_rows"


def exercise(name: str, variable: str, kind: str = "value") -> Exercise:
    return Exercise(name, kind, variable, 2.0, True, {"value": 1}, "Right.")


KEY = Key(
    lesson="w01",
    slug="w01_three_answers",
    title="Three answers",
    week=1,
    release="abcdef123456",
    exercises={
        "all-rows": exercise("all-rows", "all_rows"),
        "best-reply": exercise("best-reply", "best_reply", "choice"),
    },
    memos={"board-number": Memo("board-number", "Ines Kestrel", (3, 6))},
)


def code(source: str, **metadata: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "execution_count": None, "id": hashlib.md5(source.encode()).hexdigest()[:8]}
    return {**cell, "metadata": metadata, "outputs": [], "source": source.splitlines(keepends=True)}


def memo(text: str) -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": "memo-board-number", "schema_version": 3, "grade": True, "solution": True}}
    return {"cell_type": "markdown", "id": "memo", "metadata": metadata, "source": [text]}


class Lesson:
    """A lesson folder with a saved notebook, and a shell in which some cells ran."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "w01_three_answers.ipynb"
        self.shell = SimpleNamespace(user_ns={}, history_manager=SimpleNamespace(input_hist_raw=[""]))
        (folder / "key.json").write_text(json.dumps(KEY.to_json()))

    def save(self, *cells: dict[str, Any], name: str = "", lesson: str = "w01") -> None:
        notebook = {
            "cells": list(cells),
            "metadata": {"handson": {"lesson": lesson, "release": "abcdef123456"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.folder / name if name else self.path).write_text(json.dumps(notebook))

    def ran(self, *sources: str) -> None:
        self.shell.history_manager.input_hist_raw.extend(sources)

    @property
    def zip(self) -> Path:
        return self.folder / "w01-hand-in.zip"

    def packed(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.zip) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    for name in ("HANDSON_MODE", "NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    before = lesson_folder()
    folder = tmp_path / "w01_three_answers"
    folder.mkdir()
    lesson = Lesson(folder)
    begin(folder)
    monkeypatch.setattr(module, "ipython", lambda: lesson.shell)
    monkeypatch.setattr(module._Refused, "stamp", {})
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("Tell them four words."), code('hand_in("w01")'))
    yield lesson
    begin(before)


def test_the_zip_holds_the_notebook_the_journal_and_a_true_manifest(lesson: Lesson):
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n{"kind": "try"}\n{"kind": "prediction"}\nnot json\n')
    lesson.ran(ANSWER, 'hand_in("w01")')
    told = hand_in("w01")
    packed = lesson.packed()
    assert sorted(packed) == ["journal.jsonl", "manifest.json", "w01_three_answers.ipynb"]
    manifest = json.loads(packed.pop("manifest.json"))
    assert manifest["week"] == "w01"
    assert manifest["release"] == "abcdef123456"
    assert manifest["at"].endswith("+00:00")
    assert {"python", "duckdb", "pandas"} <= set(manifest["versions"])
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in packed.items()}
    assert json.loads(packed["w01_three_answers.ipynb"])["cells"] == json.loads(lesson.path.read_text())["cells"]
    assert "2 tries, 1 prediction" in told.text
    assert "Still unanswered" not in told.text
    assert '<a download="w01-hand-in.zip" href="w01-hand-in.zip">' in told.html
    assert told.html.endswith("</section>")


def test_what_was_written_about_monday_is_announced(lesson: Lesson):
    (lesson.folder / "journal.jsonl").write_text('{"kind": "recall", "name": "monday", "came_back": "a number"}\n')
    assert "1 recall answer, what came back on Monday" in hand_in("w01").text


def test_private_cells_stay_out_with_what_they_show(lesson: Lesson):
    private = code("salaries", handson={"private": True})
    private["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["secret"]}]
    lesson.save(code(ANSWER), private)
    told = hand_in("w01")
    assert b"secret" not in lesson.packed()["w01_three_answers.ipynb"]
    assert b"salaries" not in lesson.packed()["w01_three_answers.ipynb"]
    assert "1 private cell stayed out" in told.text
    assert "secret" in lesson.path.read_text()


@pytest.mark.parametrize("source", ["all_rows = ...\nall_rows", 'all_rows = ""', "print(1)", "all_rows = (", ""])
def test_what_is_still_unanswered_is_named_and_does_not_stop_the_hand_in(lesson: Lesson, source: str):
    lesson.save(code(source), code('best_reply = "c"'), memo("Write here."))
    told = hand_in("w01")
    assert "Still unanswered: all-rows, the memo." in told.text
    assert lesson.zip.exists()


def test_an_answer_below_the_dots_is_an_answer(lesson: Lesson):
    lesson.save(code(f"all_rows = ...\n{ANSWER}"), code('best_reply = ""'), memo("Tell them four words."))
    assert "Still unanswered: best-reply." in hand_in("w01").text


def test_a_memo_of_another_length_than_asked_is_said(lesson: Lesson):
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("Two words"))
    assert "has 2 words; 3 to 6 are asked for" in hand_in("w01").text


def test_a_notebook_not_saved_since_it_ran_is_refused_with_the_mend(lesson: Lesson):
    lesson.ran("all_rows = 12", 'hand_in("w01")')
    told = hand_in("w01")
    assert "Ctrl+S" in told.text
    assert "⌘S" in told.text
    assert "all_rows" in told.text
    assert not lesson.zip.exists()
    assert "Ctrl+S" in hand_in("w01").text


def test_after_saving_the_same_call_goes_through(lesson: Lesson):
    lesson.ran("all_rows = 12", 'hand_in("w01")')
    hand_in("w01")
    lesson.save(code("all_rows = 12"))
    assert "Packed" in hand_in("w01").text


def test_a_scratch_cell_that_was_deleted_does_not_block_for_ever(lesson: Lesson):
    lesson.ran(ANSWER, "all_rows = 99")
    assert "Ctrl+S" in hand_in("w01").text
    stat = lesson.path.stat()
    os.utime(lesson.path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    told = hand_in("w01")
    assert "Packed" in told.text
    assert "what is saved counts" in told.text


def test_only_the_last_cell_that_sets_the_name_counts(lesson: Lesson):
    lesson.ran("all_rows = 12", ANSWER + "  \n", "other = 3", "print(all_rows)")
    assert "Packed" in hand_in("w01").text


@pytest.mark.parametrize(
    ("ran", "saved", "is_stale"),
    [
        ("def all_rows(x):\n    return x", "def all_rows(x):\n    return x + 1", True),
        ("for i in range(3):\n    all_rows = i", "for i in range(3):\n    all_rows = i", False),
        ("all_rows += 1", "all_rows = 1", True),
        ("%time all_rows = 1", "all_rows = 1", False),
        ("all_rows = 1\n\n", "all_rows = 1", False),
    ],
)
def test_a_cell_is_compared_letter_for_letter_but_for_space_at_the_end(ran: str, saved: str, is_stale: bool):
    assert stale(KEY, [ran], [saved]) == (["all_rows"] if is_stale else [])


def test_handing_in_again_replaces_the_zip_and_never_the_notebook(lesson: Lesson):
    hand_in("w01")
    before = lesson.path.read_bytes()
    lesson.save(code("all_rows = 2"))
    changed = lesson.path.read_bytes()
    hand_in("w01")
    assert before != changed
    assert lesson.path.read_bytes() == changed
    assert b"all_rows = 2" in lesson.packed()["w01_three_answers.ipynb"]
    assert sorted(path.name for path in lesson.folder.iterdir()) == sorted(
        ["key.json", lesson.path.name, lesson.zip.name]
    )


def test_a_renamed_notebook_is_found_by_the_name_that_jupyter_gives(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    lesson.save(code("all_rows = 5"), name="mine.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson.folder / "mine.ipynb"))
    hand_in("w01")
    assert json.loads(lesson.packed()["manifest.json"])["notebook"] == "mine.ipynb"
    assert b"all_rows = 5" in lesson.packed()["w01_three_answers.ipynb"]


def test_vs_code_names_the_notebook_in_the_namespace(lesson: Lesson):
    lesson.save(code("all_rows = 6"), name="code.ipynb")
    lesson.shell.user_ns["__vsc_ipynb_file__"] = str(lesson.folder / "code.ipynb")
    hand_in("w01")
    assert b"all_rows = 6" in lesson.packed()["w01_three_answers.ipynb"]


def test_a_stale_name_from_jupyter_falls_back_to_the_folder(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson.folder / "gone.ipynb"))
    lesson.path.rename(lesson.folder / "renamed.ipynb")
    lesson.save(code("x = 1"), name="other.ipynb", lesson="w02")
    hand_in("w01")
    assert json.loads(lesson.packed()["manifest.json"])["notebook"] == "renamed.ipynb"


def refused(lesson: Lesson, week: str = "w01") -> str:
    told = hand_in(week)
    assert not lesson.zip.exists()
    assert "Not packed yet" in told.text
    assert told.text.count("Traceback") == 0
    return told.text


def test_another_week_is_refused(lesson: Lesson):
    assert 'hand_in("w01")' in refused(lesson, "w02")


def test_a_week_that_is_no_text_is_refused(lesson: Lesson):
    assert 'hand_in("w01")' in refused(lesson, ...)  # type: ignore[arg-type]


def test_no_notebook_is_refused(lesson: Lesson):
    lesson.path.unlink()
    assert "cannot find the saved notebook" in refused(lesson)


def test_two_notebooks_of_the_lesson_are_refused_by_name(lesson: Lesson):
    lesson.path.rename(lesson.folder / "a.ipynb")
    lesson.save(code("x = 1"), name="b.ipynb")
    assert "a.ipynb and b.ipynb" in refused(lesson)


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 3}', '{"cells": [3]}', "", "\udcff"])
def test_a_damaged_notebook_is_refused(lesson: Lesson, content: str):
    lesson.path.write_bytes(content.encode("utf-8", "surrogateescape"))
    text = refused(lesson)
    assert "damaged on disk" in text or "holds no notebook" in text


def test_no_key_is_refused(lesson: Lesson):
    (lesson.folder / "key.json").unlink()
    assert "key.json" in refused(lesson)


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk of this computer is full"), (errno.EACCES, "may not write"), (errno.EROFS, "may not")],
)
def test_a_full_disk_or_a_read_only_folder_is_one_sentence_and_leaves_nothing(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, number: int, says: str
):
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    assert says in refused(lesson)
    assert sorted(path.name for path in lesson.folder.iterdir()) == ["key.json", lesson.path.name]


def test_a_failed_second_hand_in_keeps_the_first_zip(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    hand_in("w01")
    before = lesson.zip.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    assert "Not packed yet" in hand_in("w01").text
    assert lesson.zip.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HANDSON_MODE", "build"),
        ("HANDSON_MODE", "grade"),
        ("HANDSON_MODE", "test"),
        ("NBGRADER_EXECUTION", "autograde"),
    ],
)
def test_in_a_run_of_the_build_or_a_coach_nothing_is_written(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    assert "nothing is packed" in hand_in("w01").text
    assert not lesson.zip.exists()


def test_what_a_name_holds_is_escaped_in_the_card(lesson: Lesson):
    lesson.ran("all_rows = 12")
    lesson.path.rename(lesson.folder / "<b>.ipynb")
    (lesson.folder / "<b>.ipynb").write_text("{")
    lesson.shell.user_ns["__vsc_ipynb_file__"] = str(lesson.folder / "<b>.ipynb")
    assert "<b>.ipynb" not in hand_in("w01").html
