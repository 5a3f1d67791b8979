"""The pool: order, queues, and nothing left behind."""

import os
import select
import threading
import time
from pathlib import Path

import pytest

from grader.sandbox.run import Cell, Job, Pool, Run, SandboxError, WarmParent

from .conftest import is_running, parents, shown

pytestmark = pytest.mark.linux


def job(source: str, folder: Path, seconds: float = 60) -> Job:
    return Job([Cell("only", source)], folder, seconds=seconds)


def test_results_come_in_the_order_of_the_jobs_whichever_ends_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    others_done = threading.Semaphore(0)

    class Parent:
        def run(self, job: Job) -> Run:
            if job.cells[0].source == "0":
                assert all(others_done.acquire(timeout=30) for _ in range(5))
            else:
                others_done.release()
            return Run([], {}, job.cells[0].source)

        def close(self) -> None: ...

    monkeypatch.setattr("grader.sandbox.run.WarmParent", Parent)
    with Pool(2) as pool:
        runs = pool.map([job(str(number), tmp_path) for number in range(6)])
    assert [run.died for run in runs] == list("012345")


def test_a_job_that_dies_keeps_its_place_among_the_others(pool: Pool, tmp_path: Path):
    runs = pool.map([job(source, tmp_path) for source in ("10", "import os\nos._exit(1)", "12")])
    assert shown(runs[0].cells[0]) == "10"
    assert runs[1].died
    assert shown(runs[2].cells[0]) == "12"


def test_what_is_slow_to_import_is_imported_once_and_only_when_a_job_names_it(tmp_path: Path):
    there = "import sys\n'{}' in sys.modules"
    unnamed, named = there.format("sk' 'learn.tree"), there.format("sklearn.tree")
    with Pool(1) as pool:
        seen = [shown(pool.run(job(source, tmp_path)).cells[0]) for source in (unnamed, named, unnamed)]
    assert seen == ["False", "True", "True"]


def test_a_parent_that_is_gone_is_said_in_a_sentence_each_time(tmp_path: Path):
    before = set(parents())
    parent = WarmParent()
    try:
        (process,) = set(parents()) - before
        process.kill()
        with pytest.raises(SandboxError, match=r"The warm process ended \(status -9\)"):
            parent.run(job("1", tmp_path))
        with pytest.raises(SandboxError, match=r"The warm process ended \(status -9\)"):
            parent.run(job("1", tmp_path))
    finally:
        parent.close()


def test_ctrl_c_ends_the_job_that_runs_and_its_parent(tmp_path: Path):
    before = set(parents())
    started, folder = tmp_path / "started", tmp_path / "lesson"
    folder.mkdir()
    os.mkfifo(started)
    listening = os.open(started, os.O_RDONLY | os.O_NONBLOCK)
    endless = job(f"open({str(started)!r}, 'w').write('x')\nwhile True: pass", folder, 600)

    running: list[int] = []

    def press(pool: Pool) -> None:
        pool._threads.submit(pool.run, endless)
        assert select.select([listening], [], [], 120)[0]
        running.extend(process.pid for process in set(parents()) - before)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Pool(1) as pool:
        press(pool)
    os.close(listening)
    assert len(running) == 2
    deadline = time.monotonic() + 30
    while any(is_running(pid) for pid in running):
        assert time.monotonic() < deadline
    assert set(parents()) == before


def test_a_pool_has_a_parent_for_each_core_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch):
    made: list[object] = []

    class Counted:
        def __init__(self) -> None:
            made.append(self)

        def close(self) -> None:
            made.remove(self)

    monkeypatch.setattr("grader.sandbox.run.WarmParent", Counted)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    with Pool():
        assert len(made) == 3
    assert made == []
