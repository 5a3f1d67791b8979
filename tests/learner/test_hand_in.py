"""hand_in: what is in the zip, what is refused and with which words, and that nothing is lost."""

import errno
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.learner import hand_in as module
from grader.learner import session
from grader.learner.errors import Scene, explain
from grader.learner.hand_in import hand_in, stale, submit
from grader.learner.key import Exercise, Key, Memo, begin, lesson_folder
from grader.learner.outcome import Notice
from grader.learner.session import Run
from grader.learner.start import Manifest, Record

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

    def journal(self) -> list[dict[str, Any]]:
        lines = (self.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        return [{name: value for name, value in json.loads(line).items() if name != "at"} for line in lines]

    def manifest(self) -> dict[str, Any]:
        return json.loads(self.packed()["manifest.json"])

    @property
    def zip(self) -> Path:
        return self.folder / "w01-hand-in.zip"

    def packed(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.zip) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    for name in ("HANDSON_MODE", "NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "JPY_SESSION_NAME", "HANDSON_INBOX"):
        monkeypatch.delenv(name, raising=False)
    before = lesson_folder()
    folder = tmp_path / "my-work" / "w01_three_answers"
    folder.mkdir(parents=True)
    (folder.parent / "00_start_here.ipynb").write_text("{}")
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
    assert (manifest["schema"], manifest["email"], manifest["team"]) == (2, None, [])
    assert manifest["journal"] == "included"
    assert {"python", "duckdb", "pandas"} <= set(manifest["versions"])
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in packed.items()}
    assert json.loads(packed["w01_three_answers.ipynb"])["cells"] == json.loads(lesson.path.read_text())["cells"]
    assert "2 tries, 1 prediction" in told.text
    assert "Still unanswered" not in told.text
    assert re.search('<a [^>]*download="w01-hand-in.zip" href="w01-hand-in.zip">', told.html)
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
    assert "1 private box stayed out" in told.text
    assert "secret" in lesson.path.read_text()


@pytest.mark.parametrize("source", ["all_rows = ...\nall_rows", 'all_rows = ""', "print(1)", "all_rows = (", ""])
def test_what_is_still_unanswered_is_named_and_does_not_stop_the_hand_in(lesson: Lesson, source: str):
    lesson.save(code(source), code('best_reply = "c"'), memo("Write here."))
    told = hand_in("w01")
    assert "Still unanswered: “all-rows”, the memo." in told.text
    assert lesson.zip.exists()


def test_an_answer_below_the_dots_is_an_answer(lesson: Lesson):
    lesson.save(code(f"all_rows = ...\n{ANSWER}"), code('best_reply = ""'), memo("Tell them four words."))
    assert "Still unanswered: “best-reply”." in hand_in("w01").text


def test_a_memo_of_another_length_than_asked_is_said(lesson: Lesson):
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("Two words"))
    told = hand_in("w01", email="a@x.example")
    assert "has 2 words; 3 to 6 are asked for" in told.text
    assert (told.text.partition(". ")[0], state(told)) == ("Packed: w01-hand-in.zip, with a memo of 2 words", "close")
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("One two three four five six seven"))
    told = hand_in("w01")
    assert "has 7 words; 3 to 6 are asked for" in told.text
    assert state(told) == "right"


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
    assert "not as you last ran it" in told.text
    assert state(told) == "close"


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
        ["journal.jsonl", "key.json", lesson.path.name, lesson.zip.name]
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


def state(told: Notice) -> str:
    (found,) = re.findall(r"hoh-card hoh-(\w+)", told.html.partition("</style>")[2])
    return found


def test_an_empty_memo_is_amber_and_says_so_in_the_title(lesson: Lesson):
    hand_in("w01", email="a@x.example")
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("Write here."))
    told = hand_in("w01")
    assert told.text.startswith("Packed: w01-hand-in.zip, with an empty memo.")
    assert "write the memo (written already? Then it was not saved). Then save, and run this box again." in told.text
    assert state(told) == "close"
    lesson.save(code(ANSWER), code('best_reply = "c"'), memo("Four words it has."))
    assert state(hand_in("w01")) == "right"


def test_boxes_that_ran_since_the_notebook_was_saved_make_the_card_amber(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
):
    hand_in("w01", email="a@x.example")
    saved = lesson.path.stat().st_mtime
    runs = [Run("", "plt.show()", True, saved - 5), Run("", 'hand_in("w01")', True, saved + 9)]
    monkeypatch.setattr(session, "_runs", runs)
    assert state(hand_in("w01")) == "right"
    runs.insert(1, Run("", "plt.show()", True, saved + 5))
    told = hand_in("w01")
    assert state(told) == "close"
    assert told.text.startswith("Packed: w01-hand-in.zip, not saved since your last box.")
    assert "You ran boxes after that" in told.text
    assert "Next: save, and run this box again." in told.text


def test_an_exercise_is_named_by_the_words_above_it_on_the_page_and_none_is_left_out(lesson: Lesson):
    def box(source: str, name: str) -> dict[str, Any]:
        return code(source, nbgrader={"grade_id": name})

    def text(source: str) -> dict[str, Any]:
        return {"cell_type": "markdown", "id": "text", "metadata": {}, "source": source}

    lesson.save(
        text("# Week 1\n\n## Your turn (20 min)\nTwo boxes.\n\n### 1 · Every *row*, `all` (3 min)\nHow many?"),
        box("all_rows = 1", "all-rows"),
        box('check("all-rows")', "check-all-rows"),
        text("## Vote (3 min)\n\nYour reply?"),
        box('best_reply = ""', "best-reply"),
        memo("Four words it has."),
    )
    told = hand_in("w01").text
    assert "Still unanswered: “Vote”. You may hand in all the same." in told
    assert "Answered, and not checked: “1 · Every row, all”." in told
    tried = {"kind": "try", "exercise": "all-rows", "points": 0.0}
    (lesson.folder / "journal.jsonl").write_text(json.dumps(tried) + "\n")
    assert "Answered, and not right when last checked: “1 · Every row, all”." in hand_in("w01").text
    with (lesson.folder / "journal.jsonl").open("a") as file:
        file.write(json.dumps({**tried, "points": 2.0}) + "\n")
    assert "Every row" not in hand_in("w01").text
    with (lesson.folder / "journal.jsonl").open("a") as file:
        file.write(json.dumps(tried) + "\n")
    spoilt = "Answered, and not right when last checked: “1 · Every row, all” (was right, then changed)."
    assert spoilt in hand_in("w01").text
    assert spoilt in " ".join(submit("w01", lesson.folder.parent))


@pytest.mark.parametrize(
    ("journal", "inside"), [(True, ", with your journal in it"), (False, ", without your journal")]
)
def test_a_refusal_says_that_the_earlier_file_still_lies_there_and_what_is_in_it(
    lesson: Lesson, journal: bool, inside: str
):
    assert "earlier" not in hand_in("w01", journal="false").text
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n')
    hand_in("w01", journal=journal)
    told = hand_in("w01", journal="false").text
    assert re.search(rf"The earlier w01-hand-in\.zip \(of [\d:]{{8}}\) still lies here{inside}\.", told)
    name, words = explain(
        Scene(
            NameError("name 'false' is not defined"),
            "name 'false' is not defined",
            source='hand_in("w01", journal=false)',
            line='hand_in("w01", journal=false)',
            folder=lesson.folder,
        )
    )
    assert name == "course_line"
    assert f"still lies here{inside}." in words.happened
    bare = NameError("name 'w01' is not defined")
    name, words = explain(Scene(bare, str(bare), source="hand_in(w01)", line="hand_in(w01)", folder=lesson.folder))
    assert name == "course_line"
    assert "Nothing new was packed. The earlier" in words.happened
    assert hand_in().text.startswith(
        'Not packed yet. This lesson is w01: write hand_in("w01"). The earlier w01-hand-in'
    )
    lesson.zip.write_bytes(b"no zip")
    assert "earlier" not in hand_in("w01", journal="false").text


def test_the_card_says_that_times_and_versions_go_along(lesson: Lesson):
    told = hand_in("w01").text
    assert "will see your notebook as saved with what its boxes show and a list with the time, your system, and" in told
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n{"kind": "hand-in"}\n')
    told = hand_in("w01").text
    assert "boxes show, your journal (1 try, 1 earlier hand-in, and when each was), and a list with the time" in told


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


def test_without_an_email_the_zip_is_there_and_the_card_says_how_to_name_it_once(lesson: Lesson):
    told = hand_in("w01")
    assert lesson.manifest()["email"] is None
    assert 'hand_in("w01", email="you@company.com")' in told.text
    assert "without your e-mail" in told.text
    assert state(told) == "close"


@pytest.mark.parametrize("given", ["you@company.com", "You@Company.com", "ada@example.org"])
def test_an_address_that_is_an_example_of_ours_is_refused(lesson: Lesson, given: str):
    told = hand_in("w01", email=given)
    assert f"{given} is the example: write your own e-mail in its place" in told.text
    assert lesson.manifest()["email"] is None


def test_a_lesson_that_was_never_opened_is_said_so_and_gets_no_journal(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    work, digest = lesson.folder.parent, hashlib.sha256(lesson.path.read_bytes()).hexdigest()
    record = Record(lesson.folder.name, "release", {lesson.path.name: digest})
    Manifest(work / ".handson" / "copied.json", {lesson.folder.name: record}).save()
    for _ in range(2):
        first, *more = submit("w01", work)
        assert first == "You have not opened this lesson: what is packed is the page as it came."
        assert "journal" not in " ".join(more)
    assert sorted(lesson.packed()) == ["manifest.json", "w01_three_answers.ipynb"]
    lesson.save(code(ANSWER))
    assert submit("w01", work)[0].startswith("Packed ")
    assert [entry["kind"] for entry in lesson.journal()] == ["hand-in"]


def test_a_refused_second_address_is_amber_and_names_the_one_that_stays(lesson: Lesson):
    assert state(hand_in("w01", email="a@x.example")) == "right"
    told = hand_in("w01", email="b@x")
    assert state(told) == "close"
    assert told.text.startswith("Packed: w01-hand-in.zip, still as a@x.example.")
    assert "It still says a@x.example, from before." in told.text
    told = hand_in("w01", email="b@x.example")
    assert state(told) == "right"
    assert (
        'Until now the e-mail was a@x.example. Is the new one wrong? hand_in("w01", email="a@x.example").' in told.text
    )
    assert "Until now" not in hand_in("w01", email="b@x.example").text
    assert "--email b@x.example." in " ".join(submit("w01", lesson.folder.parent, email="c@x.example"))
    assert "Until now the e-mail was c@x.example" in hand_in("w01", email="b@x.example").text
    assert lesson.manifest()["email"] == "b@x.example"


def test_the_email_is_asked_once_and_known_in_every_lesson_of_the_folder(lesson: Lesson):
    assert "asha@kestrel.example" in hand_in("w01", email=" asha@kestrel.example ").text
    told = hand_in("w01")
    assert lesson.manifest()["email"] == "asha@kestrel.example"
    assert "without your e-mail" not in told.text
    who = json.loads((lesson.folder.parent / ".handson" / "who.json").read_text())
    assert who == {"schema": 1, "email": "asha@kestrel.example", "team": [], "journal": True}


def test_a_team_is_named_once_each_and_without_oneself(lesson: Lesson):
    hand_in("w01", email="a@x.example", team=["b@x.example", "A@X.example", "B@x.example", "c@x.example"])
    assert lesson.manifest()["team"] == ["b@x.example", "c@x.example"]
    assert "your team (b@x.example, c@x.example)" in hand_in("w01").text
    hand_in("w01", team=[])
    assert lesson.manifest()["team"] == []


def test_a_team_may_be_one_text(lesson: Lesson):
    hand_in("w01", email="a@x.example", team="b@x.example, c@x.example")
    assert lesson.manifest()["team"] == ["b@x.example", "c@x.example"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("../../etc@x.example/passwd", "is no e-mail"),
        ("a\\b@x.example", "is no e-mail"),
        ("anna \N{SLIGHTLY SMILING FACE}@x.example", "is no e-mail"),
        ("a@x.example\n{}", "is no e-mail"),
        ("nobody", "is no e-mail"),
        ("`<b>`@", "is no e-mail"),
        (f"{'a' * 300}@x.example", "An e-mail of 310 characters cannot be right"),
        ("", "An e-mail is a text in quotes"),
        (12, "An e-mail is a text in quotes"),
        (..., "An e-mail is a text in quotes"),
    ],
)
def test_what_is_no_email_is_said_and_the_zip_is_written_with_what_was_known(lesson: Lesson, given: object, says: str):
    hand_in("w01", email="a@x.example")
    told = hand_in("w01", email=given, team=["b@x.example"])
    assert says in told.text
    assert "Packed" in told.text
    assert (lesson.manifest()["email"], lesson.manifest()["team"]) == ("a@x.example", ["b@x.example"])
    assert "<b>" not in told.html


@pytest.mark.parametrize(
    "given", [5, "b@x.example, nobody", ["b@x.example", None], [f"p{n}@x.example" for n in range(99)]]
)
def test_what_is_no_team_is_said_and_the_email_is_taken(lesson: Lesson, given: object):
    told = hand_in("w01", email="a@x.example", team=given)
    assert lesson.manifest()["email"] == "a@x.example"
    assert lesson.manifest()["team"] == []
    assert re.search(r"`?team`? is a list|is no e-mail|is a text in quotes|A team of 99", told.text)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"email": 3, "team": []}', '{"email": "a/b@x.example", "team": []}', "\udcff"]
)
def test_a_damaged_note_of_who_it_is_counts_as_not_known(lesson: Lesson, content: str):
    (lesson.folder.parent / ".handson").mkdir()
    (lesson.folder.parent / ".handson" / "who.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    hand_in("w01")
    assert lesson.manifest()["email"] is None
    hand_in("w01", email="a@x.example")
    hand_in("w01")
    assert lesson.manifest()["email"] == "a@x.example"


def test_an_example_kept_by_an_earlier_course_is_forgotten_and_the_journal_stays_out(lesson: Lesson):
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n')
    (lesson.folder.parent / ".handson").mkdir()
    kept = {"schema": 1, "email": "you@company.com", "team": [], "journal": False}
    (lesson.folder.parent / ".handson" / "who.json").write_text(json.dumps(kept))
    assert "without your e-mail" in hand_in("w01").text
    assert (lesson.manifest()["email"], lesson.manifest()["journal"]) == (None, "left out")


def test_where_the_email_cannot_be_kept_it_is_used_and_that_is_said(lesson: Lesson):
    (lesson.folder.parent / ".handson").write_text("a file in the way")
    assert "cannot be remembered here" in hand_in("w01", email="a@x.example").text
    assert lesson.manifest()["email"] == "a@x.example"


def test_a_lesson_on_its_own_keeps_the_email_in_its_own_folder(lesson: Lesson):
    (lesson.folder.parent / "00_start_here.ipynb").unlink()
    hand_in("w01", email="a@x.example")
    assert (lesson.folder / ".handson" / "who.json").exists()
    hand_in("w01")
    assert lesson.manifest()["email"] == "a@x.example"


def test_the_journal_may_stay_out_and_the_manifest_says_so(lesson: Lesson):
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n')
    assert "journal=False" in hand_in("w01").text
    told = hand_in("w01", journal=False)
    assert "journal.jsonl" not in lesson.packed()
    assert lesson.manifest()["journal"] == "left out"
    assert "1 try" not in told.text
    assert "Your journal (tries, predictions, recall) stayed out" in told.text


def test_that_the_journal_stays_out_is_remembered_until_it_is_taken_back(lesson: Lesson):
    (lesson.folder / "journal.jsonl").write_text('{"kind": "try"}\n')
    hand_in("w01", journal=False)
    assert "journal=True" in hand_in("w01", email="a@x.example").text
    assert "journal.jsonl" not in lesson.packed()
    hand_in("w01", journal=True)
    assert "journal.jsonl" in lesson.packed()
    hand_in("w01")
    assert "journal.jsonl" in lesson.packed()


def test_with_the_journal_the_notebook_keeps_its_guesses_to_itself(lesson: Lesson):
    guess = code('predict("rows", 1200, confidence=70)')
    tried = code('check("all-rows")')
    for cell in (guess, tried):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["third try, 70% sure"]}]
    lesson.save(
        code(ANSWER), guess, tried, code('recall("monday", "yes", came_back="a shrug")'), memo("Four words it has.")
    )
    hand_in("w01", journal=False)
    packed = lesson.packed()["w01_three_answers.ipynb"]
    for told in (b"1200", b"70", b"third try", b"shrug"):
        assert told not in packed
    assert b"customers.parquet" in packed
    assert "with all that boxes show" in hand_in("w01").text
    hand_in("w01", journal=True)
    assert (
        json.loads(lesson.packed()["w01_three_answers.ipynb"])["cells"] == json.loads(lesson.path.read_text())["cells"]
    )


@pytest.mark.parametrize("journal", ["false", "no", 0, 1, "False"])
def test_a_journal_that_is_neither_true_nor_false_is_refused(lesson: Lesson, journal: Any):
    told = hand_in("w01", journal=journal)
    assert "journal=False" in told.text
    assert "without quotes" in told.text
    assert not lesson.zip.exists()


@pytest.mark.parametrize("week", ["w01", "W01", "w1", "1", 1, " week 1 "])
def test_a_week_may_be_said_in_other_ways(lesson: Lesson, week: object):
    assert "Packed" in hand_in(week).text


def test_the_card_says_up_to_when_it_was_saved_and_how_long_the_memo_is(lesson: Lesson):
    told = hand_in("w01").text
    stamp = datetime.fromtimestamp(lesson.path.stat().st_mtime)
    assert f"It holds what was saved up to {stamp:%H:%M:%S}, " in told
    assert re.search(r", \d seconds? before this box ran\. Typed anything since\?", told)
    assert "Your memo to Ines Kestrel has 4 words." in told
    os.utime(lesson.path, (1_700_000_000, 1_700_000_000))
    assert re.search(r" on 14 November, \d+ hours before this box ran\.", hand_in("w01").text)


def test_each_hand_in_is_a_line_in_the_journal(lesson: Lesson):
    hand_in("w01")
    hand_in("w01", journal=False)
    line = {"kind": "hand-in", "week": "w01", "release": "abcdef123456", "open": 0, "sent": False}
    assert lesson.journal() == [{**line, "journal": "none"}, {**line, "journal": "left out"}]
    assert b"hand-in" not in lesson.packed().get("journal.jsonl", b"")


def test_a_journal_that_cannot_be_written_does_not_stop_the_hand_in(lesson: Lesson):
    (lesson.folder / "journal.jsonl").mkdir()
    told = hand_in("w01")
    assert "your map will not show this hand-in" in told.text
    assert lesson.manifest()["journal"] == "none"


def test_a_cell_that_the_learner_tagged_private_stays_out(lesson: Lesson):
    lesson.save(code(ANSWER), code("salaries", tags=["private"]), code("fine", tags="private"), code("x", tags=None))
    assert "1 private box stayed out" in hand_in("w01").text
    assert b"salaries" not in lesson.packed()["w01_three_answers.ipynb"]


def test_half_of_an_emoji_in_the_notebook_is_packed_as_it_was(lesson: Lesson):
    lesson.path.write_text(lesson.path.read_text().replace("Tell them", "Tell \\ud83d them"))
    assert "Packed" in hand_in("w01").text
    cells = json.loads(lesson.packed()["w01_three_answers.ipynb"])["cells"]
    assert cells == json.loads(lesson.path.read_text())["cells"]


def test_the_coachs_folder_gets_a_copy_under_a_name_of_its_own(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    inbox = tmp_path / "in box é"
    inbox.mkdir()
    monkeypatch.setenv("HANDSON_INBOX", str(inbox))
    told = hand_in("w01", email="a+b@x.example")
    first = lesson.zip.read_bytes()
    lesson.save(code("all_rows = 2"))
    hand_in("w01")
    names = sorted(path.name for path in inbox.iterdir())
    assert len(names) == 2
    assert all(re.fullmatch(r"w01-a\+b@x\.example-\d{8}T\d{6}Z-[0-9a-f]{8}\.zip", name) for name in names)
    assert {path.read_bytes() for path in inbox.iterdir()} == {first, lesson.zip.read_bytes()}
    assert "A copy lies in your coach's folder" in told.text
    assert "Nothing has been sent" not in told.text


def test_a_nameless_hand_in_replaces_nobodys_in_the_coachs_folder(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HANDSON_INBOX", str(tmp_path / "inbox"))
    (tmp_path / "inbox").mkdir()
    hand_in("w01")
    lesson.save(code("all_rows = 3"))
    hand_in("w01")
    assert len(list((tmp_path / "inbox").glob("w01-no-email-*.zip"))) == 2


def _not_there(inbox: Path) -> None:
    pass


def _a_file(inbox: Path) -> None:
    inbox.write_text("")


@pytest.mark.parametrize("make", [_not_there, _a_file])
def test_a_coachs_folder_that_is_not_there_is_a_sentence(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], None]
):
    make(tmp_path / "inbox")
    monkeypatch.setenv("HANDSON_INBOX", str(tmp_path / "inbox"))
    told = hand_in("w01")
    assert "(HANDSON_INBOX) is not there" in told.text
    assert "Nothing has been sent" in told.text
    assert lesson.zip.exists()


@pytest.mark.parametrize("named", ["~nobody-of-this-name/inbox", "a\x00b", "x" * 5000])
def test_a_coachs_folder_that_makes_no_sense_is_a_sentence(lesson: Lesson, monkeypatch: pytest.MonkeyPatch, named: str):
    monkeypatch.setattr(os, "environ", {**os.environ, "HANDSON_INBOX": named})
    assert "(HANDSON_INBOX)" in hand_in("w01").text
    assert lesson.zip.exists()


@pytest.mark.parametrize(("number", "says"), [(errno.EACCES, "cannot be written to"), (errno.ENOSPC, "is full")])
def test_a_coachs_folder_that_takes_nothing_is_a_sentence_and_holds_no_half_file(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, says: str
):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    monkeypatch.setenv("HANDSON_INBOX", str(inbox))
    real = Path.write_bytes

    def torn(path: Path, data: bytes) -> int:
        if path.parent == inbox:
            real(path, data[:10])
            raise OSError(number, os.strerror(number))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", torn)
    told = hand_in("w01")
    assert f"(HANDSON_INBOX) {says}" in told.text
    assert "send it yourself" in told.text
    assert list(inbox.iterdir()) == []
    assert lesson.zip.exists()


def test_a_lesson_folder_that_was_deleted_under_the_kernel_is_a_sentence(lesson: Lesson):
    for path in lesson.folder.iterdir():
        path.unlink()
    lesson.folder.rmdir()
    assert "Not packed yet" in hand_in("w01").text
    assert not lesson.folder.exists()


def test_nothing_is_asked_so_a_run_from_top_to_bottom_never_waits(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question was asked"))
    assert "Packed" in hand_in("w01").text
