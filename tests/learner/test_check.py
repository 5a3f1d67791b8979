import errno
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import grader
from grader.learner import journal as journal_module
from grader.learner import session
from grader.learner.key import Exercise, Key, WrongAnswer, begin, lesson_folder
from grader.learner.outcome import Outcome, Status

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = Exercise(
    "all-rows",
    "value",
    "all_rows",
    2.0,
    True,
    {"value": 4902},
    "Owen's <number>.",
    wrong=(WrongAnswer({"value": 1200}, "That is the Coast alone."),),
    hints=("first hint", "second hint", "third hint"),
)
PLAIN = Exercise("plan", "value", "plan", 1.5, False, {"value": "basic"}, "Yes.")
KEY = Key("w01", "w01_x", "X", 1, "0" * 12, {"all-rows": EXERCISE, "plan": PLAIN})


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A lesson folder with a key, and a kernel that started in it."""
    for name in ("HANDSON_MODE", *session.NBGRADER_RUNS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(session, "ipython", lambda: None)
    monkeypatch.setattr(journal_module, "_open", {})
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_json()), encoding="utf-8")
    before = lesson_folder()
    begin(tmp_path)
    yield tmp_path
    begin(before)


def run(name="all-rows", **names):
    """What `check(name)` gives in a notebook with these names."""
    space = {"check": grader.check, **names}
    exec(f"outcome = check({name!r})", space)
    assert type(space["outcome"]) is Outcome
    return space["outcome"]


def tries(folder):
    path = folder / "journal.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_a_right_answer_shows_its_points_what_it_means_and_what_is_ahead(lesson):
    outcome = run(all_rows=4902)
    assert (outcome.status, repr(outcome)) == (Status.RIGHT, "2.0")
    html = outcome._repr_html_()
    for words in ("2 of 2", "Right", "Owen&#x27;s &lt;number&gt;.", "next quarter&#x27;s data"):
        assert words in html
    assert "next quarter" not in run("plan", plan="basic").html


def test_an_untried_exercise_is_not_yet_and_leaves_no_trace(lesson):
    for outcome in (run(), run(all_rows=...)):
        assert (outcome.status, repr(outcome)) == (Status.NOT_YET, "0.0")
        assert "Not tried yet" in outcome.html
        assert "0 of 2" in outcome.html
        assert "Hint" not in outcome.html
    assert tries(lesson) == []


def test_each_new_wrong_answer_opens_the_next_hint_and_the_same_one_twice_does_not(lesson):
    opened = [run(all_rows=answer).html.count("<details") for answer in (1200, 1200, 7, 1200, 8, 9)]
    assert opened == [1, 1, 2, 2, 3, 3]
    assert "<details" not in run(all_rows=4902).html
    assert [entry["named"] for entry in tries(lesson)] == [0, None, 0, None, None, None]


def test_a_page_run_from_top_to_bottom_again_adds_no_tries(lesson):
    for _ in range(3):
        run(all_rows=4902)
        run("plan", plan="basic")
    assert [entry["exercise"] for entry in tries(lesson)] == ["all-rows", "plan"]


def test_hints_go_on_where_they_were_after_a_restart(lesson, monkeypatch):
    run(all_rows=1)
    run(all_rows=2)
    monkeypatch.setattr(journal_module, "_open", {})
    assert run(all_rows=3).html.count("<details") == 3


def test_a_try_is_one_readable_line_without_the_answer(lesson):
    run(all_rows=1200)
    (entry,) = tries(lesson)
    assert set(entry) == {"at", "kind", "exercise", "status", "points", "hash", "named"}
    assert (entry["kind"], entry["exercise"], entry["status"], entry["points"]) == ("try", "all-rows", "close", 0.0)


@pytest.mark.parametrize("mode", ["build", "grade", "test"])
def test_nothing_is_journalled_by_build_grade_and_test(lesson, monkeypatch, mode):
    monkeypatch.setenv("HANDSON_MODE", mode)
    assert repr(run(all_rows=4902)) == "2.0"
    assert run(all_rows=1200).html.count("<details") == 1
    assert tries(lesson) == []


def test_a_typed_in_answer_opens_no_hint_and_gets_no_points(lesson, monkeypatch):
    shell = SimpleNamespace(user_ns={"all_rows": 4902, "In": ["", "all_rows = 4902"]})
    monkeypatch.setattr(session, "ipython", lambda: shell)
    outcome = run()
    assert (outcome.status, repr(outcome)) == (Status.CLOSE, "0.0")
    assert "typed in" in outcome.html
    assert "<details" not in outcome.html
    shell.user_ns["all_rows"] = 1200
    assert run().html.count("<details") == 1


def test_the_learner_may_change_folder(lesson, monkeypatch):
    monkeypatch.chdir(lesson.parent)
    assert repr(run(all_rows=4902)) == "2.0"
    assert len(tries(lesson)) == 1


def test_an_unknown_exercise_is_a_card_with_the_names_that_exist(lesson):
    outcome = run("all_<b>")
    assert (outcome.status, repr(outcome)) == (Status.NOT_YET, "0.0")
    assert "no exercise" in outcome.text
    assert "all-rows, plan" in outcome.text
    assert "<b>" not in outcome.html


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "copy outside"), ('{"schema": 9}', "version 9"), ("{", "damaged")],
)
def test_a_key_that_is_missing_other_or_damaged_is_a_card(lesson, content, words):
    path = lesson / "key.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    outcome = run(all_rows=4902)
    assert (outcome.status, repr(outcome)) == (Status.NOT_YET, "0.0")
    assert words in outcome.text


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_folder_that_cannot_be_written_costs_nothing_but_a_quiet_line(lesson, monkeypatch, number):
    open_path = Path.open

    def refuse(self, mode="r", *args, **kwargs):
        if "a" in mode:
            raise OSError(number, "no")
        return open_path(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert [run(all_rows=answer).html.count("<details") for answer in (1, 2)] == [1, 2]
    outcome = run(all_rows=4902)
    assert repr(outcome) == "2.0"
    assert "not kept" in outcome.text


def test_the_hundredth_check_is_as_fast_as_the_first(lesson, monkeypatch):
    cells = ["", *(f"x{number} = duckdb.sql('SELECT {number} FROM t')\nx{number}" for number in range(300))]
    shell = SimpleNamespace(user_ns={"In": cells})
    monkeypatch.setattr(session, "ipython", lambda: shell)
    seconds = []
    for number in range(100):
        shell.user_ns["all_rows"] = number
        cells.append("check('all-rows')")
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    assert len(tries(lesson)) == 100
    assert sorted(seconds[-20:])[10] < 0.05


def test_importing_grader_is_quick_and_needs_nothing_but_the_standard_library():
    code = (
        "import sys, time; start = time.perf_counter(); import grader; seconds = time.perf_counter() - start; "
        "heavy = {'pandas', 'numpy', 'duckdb', 'IPython', 'typer', 'rich'} & set(sys.modules); print(seconds, heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, heavy = done.stdout.split(" ", 1)
    assert heavy.strip() == "set()"
    assert float(seconds) < 1.0  # 0.1 on an idle machine; the tests share theirs


def test_the_dots_of_an_unsolved_cell_are_a_quiet_sentence_in_a_notebook():
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance(); shell.history_manager.enabled = False\n"
        "shell.run_cell('import grader'); shell.run_cell('...'); shell.run_cell('[1]')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert session.DOTS in done.stdout
    assert "Ellipsis" not in done.stdout
    assert "[1]" in done.stdout


@pytest.fixture
def ran(monkeypatch):
    """Say that a box ran: its text, whether it ended well, its id ("" where the notebook does not tell it)."""
    monkeypatch.setattr(session, "_runs", [])

    def say(source, success=True, cell_id="all-rows"):
        info = SimpleNamespace(raw_cell=source, cell_id=cell_id or None)
        session._after_cell(SimpleNamespace(info=info, success=success))

    return say


RIGHT = "all_rows = 4902\nall_rows"
IDS = pytest.mark.parametrize("cell_id", ["all-rows", "", "x7f3"])


@IDS
def test_a_box_that_ended_in_an_error_is_not_judged_by_the_answer_before_it(lesson, ran, cell_id):
    ran(RIGHT, True, cell_id)
    assert run(all_rows=4902).points == 2
    ran("all_rows = duckdb.sql('nonsense'\nall_rows", False, cell_id)
    outcome = run(all_rows=4902)
    assert (outcome.status, outcome.points) == (Status.NOT_YET, 0.0)
    assert "Stopped above" in outcome.html
    ran("all_rows == 3", False, "another")
    ran(RIGHT, True, cell_id)
    assert run(all_rows=4902).points == 2


@IDS
@pytest.mark.parametrize("shown", ["", "\n\nall_rows"])
@pytest.mark.parametrize("before", [True, False])
def test_a_box_that_leaves_the_name_out_is_not_judged_by_an_older_answer(lesson, ran, page, cell_id, shown, before):
    page("all_rows = ...\n\nall_rows")
    ran(RIGHT, before, cell_id)
    ran("duckdb.sql('SELECT 1')" + shown, True, cell_id)
    outcome = run(all_rows=4902)
    assert (outcome.status, outcome.points) == (Status.NOT_YET, 0.0)
    assert "does not give its result the name" in outcome.text
    assert "stopped with an error" not in outcome.text
    ran("first, all_rows = 1, 4902", True, cell_id)
    assert run(all_rows=4902).points == 2


@IDS
def test_a_name_with_other_capitals_is_told(lesson, ran, cell_id):
    ran(RIGHT, True, cell_id)
    ran("All_rows = 4902\n\nall_rows", True, cell_id)
    assert "the name All_rows, not all_rows. Capitals count." in run(all_rows=1).text


@IDS
@pytest.mark.parametrize(
    "later",
    [
        "coast = duckdb.sql('SELECT 2')\ncoast",
        "all_rows",
        "# a note",
        "duckdb.sql('SELECT * FROM all_rows')",
        "check('plan')",
        "exec('all_rows = 4902')",
    ],
)
def test_an_answer_stands_though_other_boxes_ran_after_it(lesson, ran, page, cell_id, later):
    page(RIGHT, own=("coast = duckdb.sql('SELECT 2')\ncoast",))
    ran(RIGHT, True, cell_id)
    ran(later, True, "another" if cell_id else "")
    assert run(all_rows=4902).points == 2


def test_an_answer_given_in_a_box_of_ones_own_counts_while_its_box_only_shows_it(lesson, ran):
    ran("all_rows = 4902", True, "scratch")
    ran("all_rows", True)
    assert run(all_rows=4902).points == 2
    ran("duckdb.sql('SELECT 1')\nall_rows", True)
    assert run(all_rows=4902).points == 0


def test_a_bare_question_is_not_taken_for_the_answer_where_no_page_tells(lesson, ran):
    ran(RIGHT, True, "")
    ran("duckdb.sql('SELECT 1')", True, "")
    assert run(all_rows=4902).points == 2


@pytest.fixture
def page(lesson):
    """Write the lesson's page: the box of the answer, and boxes of its own."""

    def write(answer, own=()):
        solution = {"nbgrader": {"solution": True}}
        cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": text} for n, text in enumerate(own)]
        cells.append({"cell_type": "code", "id": "all-rows", "metadata": solution, "source": answer})
        about = {"metadata": {"handson": {"lesson": "w01"}}, "nbformat": 4, "nbformat_minor": 5, "cells": cells}
        (lesson / "w01_x.ipynb").write_text(json.dumps(about), encoding="utf-8")

    return write


@pytest.mark.parametrize("name", ["5064", "all_rows", "'all_rows'"])
def test_an_answer_in_the_brackets_of_check_is_told_where_it_goes(lesson, monkeypatch, name):
    monkeypatch.setattr(session, "_now", ["check-all-rows"] if name == "5064" else [])
    space = {"check": grader.check, "all_rows": [1, 2]}
    exec(f"outcome = check({name})", space)
    outcome = space["outcome"]
    assert outcome.status is Status.NOT_YET
    assert "behind all_rows =" in outcome.text
    assert 'write check("all-rows") here' in outcome.text


def test_brackets_of_check_without_a_name_say_what_belongs_there(lesson):
    assert "the name of a task, in quotes" in run(...).text
    assert "the name of a task, in quotes" in run(5064, all_rows=...).text
