"""Answers in a newer release: what comes over, what stays behind and is said, and that the old copy is left alone."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from grader.learner import start as start_module
from grader.learner.carry import Carried, carry, carry_journal
from grader.learner.problem import Problem
from grader.learner.start import START_PAGE, copy_lessons

LESSON = "w01_three_answers"
Cell = dict[str, Any]
Notebook = dict[str, Any]
MEMO = "We visit 3,539 homes.\n\nWho pays is counted; who left is not."
GUESS = 'predict("paused", 250, confidence=70)'
ANSWER = "all_rows = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\")\nall_rows"


@pytest.fixture(scope="module")
def released(root: Path) -> bytes:
    return (root / "lessons" / LESSON / f"{LESSON}.ipynb").read_bytes()


def _cell(notebook: Notebook, name: str) -> Cell:
    (found,) = [cell for cell in notebook["cells"] if cell["id"] == name]
    return found


def _text(cell: Cell) -> str:
    return "".join(cell["source"])


def _own(source: str, name: str = "3f9a01bc", kind: str = "code", **metadata: Any) -> Cell:
    extra = {"execution_count": 3, "outputs": [{"output_type": "stream", "text": "old"}]} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": source, **extra}


def _changed(notebook: bytes, change: Callable[[Notebook], object]) -> bytes:
    copy = json.loads(notebook)
    change(copy)
    return json.dumps(copy).encode()


def _work(notebook: Notebook) -> None:
    """What a learner leaves: an answer, a guess, a memo, a changed example, and two boxes of their own."""
    for name, source in {
        "all-rows": ANSWER,
        "predict-paused": GUESS,
        "memo-board-number": MEMO,
        "cell-11": "duckdb.sql(\"SELECT DISTINCT region FROM 'customers.parquet'\")",
    }.items():
        cell = _cell(notebook, name)
        cell["source"] = source.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "of the old data"}]
    cells = notebook["cells"]
    cells.insert(cells.index(_cell(notebook, "check-all-rows")) + 1, _own("duckdb.sql('SELECT 42')"))
    cells.append(_own("Ask Tom.", "77aa00ff", "markdown", handson={"private": True}))


def _prompt_of(notebook: Notebook, name: str) -> Cell:
    cells = notebook["cells"]
    return next(
        cell for cell in reversed(cells[: cells.index(_cell(notebook, name))]) if cell["cell_type"] == "markdown"
    )


def _result(carried: Carried | None) -> Notebook:
    assert carried is not None
    return json.loads(carried.notebook)


def _newer(notebook: Notebook) -> None:
    """The prompt of Lena's count is another one, and so are the places, and with them the numbers, of all cells."""
    _prompt_of(notebook, "active-customers")["source"] = ["### 2 · Lena counts again"]
    notebook["cells"].insert(1, {"cell_type": "markdown", "id": "cell-02", "metadata": {}, "source": ["News."]})
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["id"].startswith("cell-"):
            cell["id"] = f"cell-{number:02}"


@pytest.mark.parametrize("with_the_old_release", [True, False])
def test_answers_memos_guesses_and_own_boxes_come_over(released: bytes, with_the_old_release: bool) -> None:
    mine = _changed(released, _work)
    carried = carry(mine, released if with_the_old_release else None, _changed(released, _newer), "my folder")
    assert carried is not None
    result = _result(carried)
    assert _text(_cell(result, "all-rows")) == ANSWER
    assert _text(_cell(result, "predict-paused")) == GUESS
    assert _text(_cell(result, "memo-board-number")) == MEMO
    assert carried.came == ("paused", "all-rows", "board-number")
    assert carried.left == ()
    cells = result["cells"]
    assert cells[cells.index(_cell(result, "check-all-rows")) + 1]["source"] == "duckdb.sql('SELECT 42')"
    assert cells[-1]["source"] == "Ask Tom."
    assert cells[-1]["metadata"] == {"handson": {"private": True}}
    # Without the old release nobody can tell that an example was changed: it stays in the old copy alone.
    examples = [_text(cell) for cell in cells if "SELECT DISTINCT" in _text(cell)]
    assert ("region" in examples[0]) is with_the_old_release


def test_the_result_is_the_new_release_around_the_learners_words(released: bytes) -> None:
    newer = _changed(released, _newer)
    result, expected = _result(carry(_changed(released, _work), released, newer, "old")), json.loads(newer)
    ours = {cell["id"] for cell in expected["cells"]}
    kept = [cell for cell in result["cells"] if cell["id"] in ours]
    assert [cell["metadata"] for cell in kept] == [cell["metadata"] for cell in expected["cells"]]
    assert all(not cell.get("outputs") for cell in result["cells"])
    ids = [cell["id"] for cell in result["cells"]]
    assert len(ids) == len(set(ids))
    import nbformat

    nbformat.validate(nbformat.from_dict(result))


def test_an_exercise_that_changed_keeps_its_blank_and_is_named(released: bytes) -> None:
    def work(notebook: Notebook) -> None:
        _cell(notebook, "active-customers")["source"] = ["active_customers = 3277\n", "active_customers"]
        _cell(notebook, "nobody")["source"] = ["nobody = 20"]

    def newer(notebook: Notebook) -> None:
        _newer(notebook)
        _cell(notebook, "nobody")["source"] = ["no_one = ...\n", "no_one"]

    carried = carry(_changed(released, work), released, _changed(released, newer), "w01_three_answers")
    assert carried is not None
    assert carried.left == ("active-customers", "nobody")
    assert carried.sentence("w01_three_answers") == (
        "Not carried over, since the lesson changed there: active-customers, nobody; still in w01_three_answers."
    )
    result = _result(carried)
    assert _text(_cell(result, "active-customers")).startswith("active_customers = ...")
    assert _text(_cell(result, "nobody")).startswith("no_one = ...")
    assert carried.sentence("w01_three_answers") in _text(result["cells"][0])


def test_an_exercise_that_is_gone_is_named_and_an_untouched_one_is_not(released: bytes) -> None:
    def shorter(notebook: Notebook) -> None:
        notebook["cells"] = [cell for cell in notebook["cells"] if "all-rows" not in cell["id"]]
        notebook["cells"] = [cell for cell in notebook["cells"] if "toms-query" not in cell["id"]]

    carried = carry(_changed(released, _work), released, _changed(released, shorter), "old")
    assert carried is not None
    assert carried.left == ("all-rows",)
    assert "toms-query" in carried.changed


def test_an_untouched_copy_gives_the_new_release_as_it_is(released: bytes) -> None:
    newer = _changed(released, _newer)
    carried = carry(released, released, newer, "old")
    assert _result(carried) == json.loads(newer)
    assert carried is not None
    assert carried.sentence("old") == ""


def test_a_second_release_does_not_carry_the_note_of_the_first(released: bytes) -> None:
    first = carry(_changed(released, _work), released, released, "one")
    assert first is not None
    second = _result(carry(first.notebook, released, _changed(released, _newer), "two"))
    notes = [_text(cell) for cell in second["cells"] if "newer release" in _text(cell)]
    assert len(notes) == 1
    assert "from two:" in notes[0]
    assert [cell["source"] for cell in second["cells"]].count("duckdb.sql('SELECT 42')") == 1


def test_a_copied_answer_cell_does_not_make_a_second_one_of_its_name(released: bytes) -> None:
    """Copied with its label, and only the copy filled in; then both filled in."""

    def copied(notebook: Notebook) -> None:
        copy = deepcopy(_cell(notebook, "all-rows"))
        copy["id"], copy["source"] = "90ab12cd", [ANSWER]
        notebook["cells"].append(copy)

    def both(notebook: Notebook) -> None:
        copied(notebook)
        _cell(notebook, "all-rows")["source"] = ["all_rows = 1"]

    for work, answer in ((copied, ANSWER), (both, "all_rows = 1")):
        result = _result(carry(_changed(released, work), released, _changed(released, _newer), "old"))
        assert _text(_cell(result, "all-rows")) == answer
        names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in result["cells"]]
        assert names.count("all-rows") == 1
        assert any(_text(cell) == ANSWER for cell in result["cells"])


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\xfe"])
def test_a_damaged_copy_is_said_and_not_carried(released: bytes, damage: bytes) -> None:
    with pytest.raises(Problem, match="old cannot be read as a notebook: nothing of it was carried over"):
        carry(damage, released, released, "old")
    assert carry(released, released, damage, "old") is None


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": 3, "handson": []}, {"nbgrader": {"grade_id": 4}}])
def test_cells_of_any_shape_are_taken_for_the_learners_own(released: bytes, metadata: object) -> None:
    odd = {"cell_type": "something", "id": 5, "metadata": metadata, "source": ["x"]}
    mine = _changed(released, lambda notebook: notebook["cells"].append(odd))
    for old in (released, None):
        assert _result(carry(mine, old, released, "old"))["cells"][-1]["source"] == ["x"]


def test_a_journal_comes_along_without_the_lines_about_changed_exercises() -> None:
    lines = [
        b'{"kind": "try", "exercise": "all-rows", "at":  "x"}',
        b"not json",
        b'{"kind": "try", "exercise": "nobody"}',
        b'{"kind": "prediction", "name": "paused"}',
        b'{"kind": "other"}',
        b'{"cut',
    ]
    kept = carry_journal(b"\n".join(lines), frozenset({"nobody"}))
    assert kept == b"".join(line + b"\n" for line in (lines[0], lines[3], lines[4]))


# Through `handson start`.


@pytest.fixture
def lessons(tmp_path: Path, released: bytes) -> Path:
    folder = tmp_path / "lessons"
    (folder / LESSON).mkdir(parents=True)
    (folder / START_PAGE).write_text(json.dumps({"cells": [_own("me = [0]", "cell-01")]}))
    (folder / LESSON / f"{LESSON}.ipynb").write_bytes(released)
    (folder / LESSON / "key.json").write_text('{"release": "first"}')
    return folder


def _release_again(lessons: Path, released: bytes) -> None:
    (lessons / LESSON / f"{LESSON}.ipynb").write_bytes(_changed(released, _newer))
    (lessons / LESSON / "key.json").write_text('{"release": "second"}')


def test_start_puts_the_answers_into_the_new_release_and_says_so(
    lessons: Path, tmp_path: Path, released: bytes
) -> None:
    work = tmp_path / "my-work"
    copy_lessons(lessons, work)
    mine = _changed(released, _work)
    (work / LESSON / f"{LESSON}.ipynb").write_bytes(mine)
    journal = b'{"kind": "try", "exercise": "all-rows"}\n'
    (work / LESSON / "journal.jsonl").write_bytes(journal + b'{"kind": "try", "exercise": "active-customers"}\n')
    _release_again(lessons, released)
    report = copy_lessons(lessons, work)
    assert report.lines() == [
        f"{LESSON} has a new release. Yours stays as it is; the new one is in {LESSON}-r2.",
        f"Carried over from {LESSON}: paused, all-rows, board-number, 3 other boxes of yours.",
    ]
    assert (work / LESSON / f"{LESSON}.ipynb").read_bytes() == mine
    assert _text(_cell(json.loads((work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_bytes()), "all-rows")) == ANSWER
    assert (work / f"{LESSON}-r2" / "journal.jsonl").read_bytes() == journal
    assert copy_lessons(lessons, work).lines() == []
    assert {path.name for path in (work / ".handson").iterdir()} == {"copied.json", "released"}


def test_the_self_assessment_comes_over_to_a_new_start_page(lessons: Path, tmp_path: Path) -> None:
    work = tmp_path / "my-work"
    copy_lessons(lessons, work)
    (work / START_PAGE).write_text(json.dumps({"cells": [_own("me = [2]", "cell-01")]}))
    (lessons / START_PAGE).write_text(json.dumps({"cells": [_own("News.", "cell-01"), _own("me = [0]", "cell-02")]}))
    page = json.loads((work / copy_lessons(lessons, work).start_page).read_text())
    assert [_text(cell) for cell in page["cells"][1:]] == ["News.", "me = [2]"]


def test_a_start_cut_short_while_carrying_does_it_all_the_next_time(
    lessons: Path, tmp_path: Path, released: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "my-work"
    copy_lessons(lessons, work)
    (work / LESSON / f"{LESSON}.ipynb").write_bytes(_changed(released, _work))
    _release_again(lessons, released)
    real = start_module.write_whole

    def killed(path: Path, data: bytes) -> None:
        if path.name == f"{LESSON}.ipynb":
            raise KeyboardInterrupt
        real(path, data)

    monkeypatch.setattr(start_module, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        copy_lessons(lessons, work)
    assert not (work / f"{LESSON}-r2").exists()
    monkeypatch.undo()
    copy_lessons(lessons, work)
    assert _text(_cell(json.loads((work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_bytes()), "all-rows")) == ANSWER
    assert not (work / f"{LESSON}-r3").exists()


def test_a_lost_hidden_folder_still_lets_answers_come_over(lessons: Path, tmp_path: Path, released: bytes) -> None:
    work = tmp_path / "my-work"
    copy_lessons(lessons, work)
    (work / LESSON / f"{LESSON}.ipynb").write_bytes(_changed(released, _work))
    (work / ".handson" / "copied.json").unlink()
    _release_again(lessons, released)
    copy_lessons(lessons, work)
    assert _text(_cell(json.loads((work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_bytes()), "all-rows")) == ANSWER
