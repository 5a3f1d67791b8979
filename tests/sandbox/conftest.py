"""One warm process for all tests of the sandbox, and short ways to use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.sandbox.run import Cell, CellRun, Job, Pool, Run


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    before = parents()
    with Pool(1) as pool:
        (mine,) = [process for process in parents() if process not in before]
        yield pool
    assert not mine.is_running(), "close() leaves a process"


def parents() -> list[psutil.Process]:
    """The warm processes that this one has started."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "grader.sandbox.parent" in " ".join(process.cmdline())
    ]


def is_running(pid: int) -> bool:
    """Whether the process still runs; one that has ended may wait for the machine's first process to take note."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Sandbox:
    """Runs cells, given as their sources, in a folder."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.pool = pool
        self.folder = folder

    def job(self, *sources: str, **rest: Any) -> Job:
        return Job([Cell(f"cell-{number}", source) for number, source in enumerate(sources)], self.folder, **rest)

    def run(self, *sources: str, **rest: Any) -> Run:
        return self.pool.run(self.job(*sources, **rest))

    def result(self, source: str, **rest: Any) -> str:
        """What a notebook would show as the result of a cell, as text."""
        (cell,) = self.run(source, **rest).cells
        return shown(cell)


def shown(cell: CellRun) -> str:
    (output,) = cell.outputs
    assert output["output_type"] == "execute_result", output
    return str(output["data"]["text/plain"])


@pytest.fixture
def sandbox(pool: Pool, tmp_path: Path) -> Sandbox:
    folder = tmp_path / "w51_tiny"
    folder.mkdir()
    return Sandbox(pool, folder)
