"""What the attacks found, wall by wall: the smallest case of each, and that honest work does not run into it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from grader.coach.draws import Lesson
from grader.coach.grade import grade
from grader.coach.names import Code, names_of
from grader.learner.marks import MOST_MARKS, piles_up_marks
from grader.sandbox.jail import MOST_OUTPUTS, NOBODY
from grader.sandbox.messages import GOES_ON, MOST_REFUSED, NO_RESULT, Told
from grader.sandbox.run import Job, JobFailed, Pool, Run, SandboxError
from tests.attacks.test_notebooks import answered

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("attacks")]


def told() -> Told:
    return Told(frozenset({"one", "two", "reading:all-rows"}))


def cell(name: str, *outputs: object) -> bytes:
    return json.dumps({"cell": {"id": name, "outputs": outputs, "ok": True, "seconds": 0.1}}).encode()


def display(kind: str, text: str) -> dict[str, object]:
    return {"output_type": kind, "data": {"t": text}, "metadata": {}, "transient": {"display_id": "d"}}


def test_what_was_not_asked_for_is_no_result() -> None:
    run = told()
    for line in (cell("three"), b'{"start": "three"}', b'{"start": "reading:other"}'):
        run.hear(line)
    assert run.tampered == [NO_RESULT]
    assert run.cells == []
    assert run.running == ""


def test_after_many_lines_that_are_no_results_nothing_is_listened_to() -> None:
    run = told()
    for _ in range(MOST_REFUSED + 1):
        run.hear(b"no result")
    run.hear(cell("one"))
    assert run.cells == []
    assert run.tampered == [NO_RESULT]


def test_what_follows_the_end_is_told() -> None:
    run = told()
    run.hear(b'{"end": true}')
    run.hear(cell("one"))
    assert run.tampered == [GOES_ON]


def test_displays_that_change_one_another_stay_within_bounds_and_a_progress_bar_is_none() -> None:
    run = told()
    run.hear(cell("one", display("display_data", "0"), *(display("update_display_data", str(n)) for n in range(1_500))))
    assert run.tampered == []
    assert run.cells[0].outputs == [{"output_type": "display_data", "data": {"t": "1499"}, "metadata": {}}]
    run.hear(cell("two", *[display("display_data", "x")] * 900, *[display("update_display_data", "y" * 500)] * 900))
    assert run.tampered == ["Outputs that change one another grew too large: the rest of them was left out."]


@pytest.mark.parametrize(
    "line",
    [
        cell("one", *[{"output_type": "stream", "name": "stdout", "text": ""}] * (MOST_OUTPUTS + 1)),
        cell("one", {"output_type": "display_data", "data": {"a": 0}, "metadata": {}}).replace(
            b'"a": 0', b'"a": 1e999'
        ),
        b"[" * 3_000_000,
    ],
    ids=["outputs", "infinity", "brackets"],
)
def test_what_no_run_tells_is_refused(line: bytes) -> None:
    run = told()
    run.hear(line)
    assert run.tampered == [NO_RESULT]


def test_a_text_with_its_accents_is_no_pile_of_marks() -> None:
    assert not piles_up_marks("Zoë, Nguye\u0302\u0303n, \u0915\u094d\u0937\u093f")
    assert not piles_up_marks("a" + "\u0300" * MOST_MARKS)
    assert piles_up_marks("a" + "\u0300" * (MOST_MARKS + 1))


def test_code_that_is_deep_or_piled_up_is_read_or_left_and_ends_nothing() -> None:
    start = time.process_time()
    assert Code("x = 1" + " + 1" * 2_000).binds == ("x",)
    assert Code("a" + "\u0300\u0316" * 30_000 + " = 1").tree is None
    assert names_of("f = " + "lambda: " * 60 + "y").uses == {"y"}
    assert time.process_time() - start < 2


def test_an_honest_run_is_not_short_of_processes_when_others_of_its_user_have_many(
    next_lesson: Lesson, contained: Pool
) -> None:
    nobody = NOBODY if os.getuid() == 0 else None
    many = "for number in $(seq 80); do sleep 600 & done; echo; wait"
    others = subprocess.Popen(["sh", "-c", many], user=nobody, process_group=0, stdout=subprocess.PIPE)
    assert others.stdout is not None
    try:
        others.stdout.readline()
        assert grade(next_lesson, answered(next_lesson), contained).flags == ()
    finally:
        os.killpg(others.pid, signal.SIGKILL)
        others.stdout.close()
        others.wait()


class Dying:
    """A warm process that ends at its job, the first two times."""

    made = 0
    ready = True

    def __init__(self, data: Path | None = None) -> None:
        Dying.made += 1
        self._dies = Dying.made <= 2

    def run(self, job: Job) -> Run:
        if self._dies:
            raise SandboxError("The warm process ended (status 137).")
        return Run([], {})

    def close(self) -> None:
        """Nothing to close."""


def test_who_ends_the_warm_process_twice_fails_and_the_next_job_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("grader.sandbox.run.WarmParent", Dying)
    with Pool(1, tmp_path) as pool:
        with pytest.raises(JobFailed, match="twice"):
            pool.run(Job([], tmp_path))
        assert pool.run(Job([], tmp_path)) == Run([], {})


def test_a_notebook_of_which_no_cell_can_be_run_is_graded_all_the_same(
    next_lesson: Lesson, contained: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(job: Job) -> Run:
        raise JobFailed("it ended the process that runs it, twice", "")

    monkeypatch.setattr(contained, "run", fails)
    graded = grade(next_lesson, answered(next_lesson), contained)
    assert graded.points == 0
    assert len(graded.flags) == len(next_lesson.released.cells)


def test_the_folder_of_a_run_says_nothing_of_which_data_it_is(lesson: Lesson) -> None:
    assert Path(lesson.today.data).name == Path(lesson.later.data).name
