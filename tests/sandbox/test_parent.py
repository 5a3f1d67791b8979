"""Every job starts afresh, whatever the one before has done; a job that breaks costs no other."""

import time
from pathlib import Path

import pytest

from grader.learner.reading import Question
from grader.sandbox.run import JobFailed

from .conftest import Sandbox, is_running, shown

pytestmark = pytest.mark.linux

ENDLESS = "while True: pass"


@pytest.mark.parametrize(
    ("change", "look", "untouched"),
    [
        ("x = 1", "'x' in globals()", "False"),
        ("open('new.txt', 'w').close()", "__import__('os').path.exists('new.txt')", "False"),
        ("open('data.csv', 'w').close()", "open('data.csv').read()", "'id\\n1\\n'"),
        ("import os\nos.environ['MINE'] = 'x'", "__import__('os').environ.get('MINE', 'not set')", "'not set'"),
        ("import os\nos.chdir('/')", "__import__('pathlib').Path.cwd().name", "'w51_tiny'"),
        ("import sys\nsys.path.insert(0, '/mine')", "'/mine' in __import__('sys').path", "False"),
        (
            "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 99",
            "__import__('matplotlib').rcParams['lines.linewidth'] == 99",
            "False",
        ),
        (
            "import duckdb\nduckdb.sql('CREATE TABLE t (i INT)');",
            "__import__('duckdb').sql('SHOW TABLES').fetchall()",
            "[]",
        ),
        ("import pandas\npandas.mine = 1", "hasattr(__import__('pandas'), 'mine')", "False"),
        (
            "import random\nrandom.seed(1)",
            "__import__('random').random() == __import__('random').Random(1).random()",
            "False",
        ),
        ("1\n2", "len(In), Out", "(2, {})"),
    ],
)
def test_nothing_of_one_job_is_seen_by_the_next(sandbox: Sandbox, change: str, look: str, untouched: str):
    (sandbox.folder / "data.csv").write_text("id\n1\n")
    (changed,) = sandbox.run(change).cells
    assert changed.ok
    assert sandbox.result(look) == untouched


def test_a_job_sees_the_files_of_its_folder_and_leaves_them_as_they_are(sandbox: Sandbox):
    (sandbox.folder / "data.csv").write_text("id\n1\n")
    run = sandbox.run("open('data.csv', 'a').write('2\\n')\nopen('new.txt', 'w').close()", "open('data.csv').read()")
    assert shown(run.cells[1]) == "'id\\n1\\n2\\n'"
    assert [(path.name, path.read_text()) for path in sandbox.folder.iterdir()] == [("data.csv", "id\n1\n")]


def test_the_environment_of_a_job_is_set(sandbox: Sandbox):
    look = "import os\nos.environ['HANDSON_MODE'], os.environ.get('MINE')"
    assert sandbox.result(look) == "('build', None)"
    assert sandbox.result(look, environment={"HANDSON_MODE": "grade", "MINE": "x"}) == "('grade', 'x')"


def test_the_style_of_the_lesson_is_used_where_there_is_one(sandbox: Sandbox):
    look = "import matplotlib\nmatplotlib.rcParams['lines.linewidth']"
    assert sandbox.result(look) == "1.5"
    (sandbox.folder / "matplotlibrc").write_text("lines.linewidth: 7\n")
    assert sandbox.result(look) == "7.0"


def test_sets_of_words_come_in_the_same_order_in_every_process(sandbox: Sandbox):
    look = "list({'north', 'south', 'east', 'west', 'coast'})"
    assert sandbox.result(look) == sandbox.result(look)
    assert sandbox.result("import os\nos.environ['PYTHONHASHSEED']") == "'0'"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os\nos._exit(3)", "the process ended early (status 3)"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "the process ended early (status -9)"),
        ("import ctypes\nctypes.string_at(0)", "the process ended early (status -11)"),
        ("import os\nos.closerange(3, 200)", "the process ended early"),
        (ENDLESS, "still running after 1 seconds"),
        ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + ENDLESS, "still running after 1 seconds"),
        ("try:\n    while True: pass\nfinally:\n    while True: pass", "still running after 1 seconds"),
    ],
)
def test_a_cell_that_ends_its_process_is_named_what_came_before_is_kept_and_the_next_job_runs(
    sandbox: Sandbox, code: str, why: str
):
    run = sandbox.run("print('before')", code, "'after'", cell_seconds=1 if "while" in code else 60)
    assert run.died.startswith(why)
    assert [cell.id for cell in run.cells] == ["cell-0"]
    assert run.running == "cell-1"
    assert sandbox.result("1 + 1") == "2"


def test_a_job_that_breaks_the_shell_is_told_apart_and_the_next_one_runs(sandbox: Sandbox):
    with pytest.raises(JobFailed, match="AttributeError"):
        sandbox.run("del get_ipython().record\nNone", "1")
    assert sandbox.result("1 + 1") == "2"


def test_a_folder_that_is_not_there_is_refused_and_the_next_job_runs(sandbox: Sandbox):
    there = sandbox.folder
    sandbox.folder = there / "gone"
    with pytest.raises(FileNotFoundError, match="gone"):
        sandbox.run("1")
    sandbox.folder = there
    assert sandbox.result("1 + 1") == "2"


LEFT_RUNNING = {
    "a forked process": "import os, time\nchild = os.fork()\nif child == 0:\n    time.sleep(600)\nchild",
    "a forked process of a forked process": (
        "import os, time\nread, write = os.pipe()\nif os.fork() == 0:\n    if os.fork() == 0:\n"
        "        os.write(write, str(os.getpid()).encode())\n        time.sleep(600)\n    os._exit(0)\n"
        "int(os.read(read, 20))"
    ),
    "a program": "import subprocess\nsubprocess.Popen(['sleep', '600']).pid",
    "a worker": (
        "import multiprocessing, time\nworker = multiprocessing.get_context('fork').Process(target=time.sleep, "
        "args=[600], daemon=True)\nworker.start()\nworker.pid"
    ),
}


@pytest.mark.parametrize("what", LEFT_RUNNING)
def test_what_a_job_leaves_running_neither_holds_it_up_nor_outlives_it(sandbox: Sandbox, what: str):
    left = int(sandbox.result(LEFT_RUNNING[what], seconds=60))
    deadline = time.monotonic() + 30
    while is_running(left):
        assert time.monotonic() < deadline
    assert sandbox.result("1 + 1") == "2"


def test_a_cell_that_forks_and_comes_back_twice_gives_one_result(sandbox: Sandbox):
    run = sandbox.run("import os\nfirst = os.getpid()\nos.fork();", "os.getpid() == first")
    assert shown(run.cells[1]) == "True"
    assert sandbox.result("1 + 1") == "2"


def test_a_question_is_read_right_after_the_cell_that_it_names(sandbox: Sandbox):
    run = sandbox.run(
        "x = 1",
        "x = 2",
        "x = 3",
        questions={
            "cell-0": [Question("early", "value", "x", False)],
            "cell-1": [Question("late", "value", "x", False), Question("never", "value", "y", False)],
        },
    )
    assert {name: reading.state for name, reading in run.readings.items()} == {
        "early": "answer",
        "late": "answer",
        "never": "missing",
    }
    assert run.readings["early"].answer == {"value": 1}
    assert run.readings["late"].answer == {"value": 2}


def test_a_cell_that_fails_gives_no_answer_and_the_cells_below_run(sandbox: Sandbox):
    run = sandbox.run("x = 1\n1 / 0", "x", questions={"cell-0": [Question("asked", "value", "x", False)]})
    assert run.readings["asked"].state != "answer"
    assert [cell.ok for cell in run.cells] == [False, True]


def test_reading_an_answer_leaves_no_trace_in_the_outputs(sandbox: Sandbox):
    code = "def noisy(n):\n    print('called')\n    return n"
    asked = Question("asked", "function", "noisy", False, ((1,), (2,)))
    run = sandbox.run(code, "'next'", questions={"cell-0": [asked]})
    assert run.readings["asked"].answer == {"results": [{"value": 1}, {"value": 2}]}
    assert [len(cell.outputs) for cell in run.cells] == [0, 1]


@pytest.mark.parametrize(
    "code", ["input('x')", "import sys\nsys.stdin.read(1) or 1 / 0", "import getpass\ngetpass.getpass()"]
)
def test_a_cell_that_asks_for_typing_fails_at_once(sandbox: Sandbox, code: str):
    (cell,) = sandbox.run(code, seconds=60).cells
    assert not cell.ok
    assert cell.outputs[-1]["output_type"] == "error"


def test_a_big_output_arrives_whole(sandbox: Sandbox):
    (cell,) = sandbox.run("for number in range(200_000): print(number)").cells
    (output,) = cell.outputs
    assert output["text"] == "".join(f"{number}\n" for number in range(200_000))


def test_odd_signs_arrive_as_they_are(sandbox: Sandbox):
    assert sandbox.result("'é 漢 🙂 \\x00 \\ud800'") == repr("é 漢 🙂 \x00 \ud800")


def test_a_cells_time_is_told_in_seconds(sandbox: Sandbox):
    (cell,) = sandbox.run("import time\nt = time.perf_counter()\nwhile time.perf_counter() - t < 0.05: pass").cells
    assert 0.05 <= cell.seconds < 30


def test_a_folder_may_have_any_name(sandbox: Sandbox, tmp_path: Path):
    sandbox.folder = tmp_path / "Ana's wörk “1”"
    sandbox.folder.mkdir()
    assert sandbox.result("import os\nos.path.basename(os.getcwd())") == repr(sandbox.folder.name)
