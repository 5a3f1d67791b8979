"""Run notebook cells, each notebook in a fresh fork of a warm process.

This is the fast path for code that is our own: the build and the contract test. There is no containment here.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from grader.learner.reading import Question, Reading

SECONDS = 120.0
QUIET_LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Cell:
    """A code cell: its id in the notebook and its source."""

    id: str
    source: str


@dataclass(frozen=True)
class Job:
    """Cells to run in a copy of a folder, gone afterwards; `questions` are read after the cell whose id is their key.

    `seconds` is the wall time that the whole job may take.
    """

    cells: Sequence[Cell]
    folder: Path
    questions: Mapping[str, Sequence[Question]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: {"HANDSON_MODE": "build"})
    seconds: float = SECONDS


@dataclass(frozen=True)
class CellRun:
    """What one cell did: notebook outputs, whether it ended without an error, wall seconds."""

    id: str
    outputs: list[dict[str, Any]]
    ok: bool
    seconds: float


@dataclass(frozen=True)
class Run:
    """What a job did. `died` says how the process ended when it did so before its cells; there are no cells then."""

    cells: list[CellRun]
    readings: dict[str, Reading]
    died: str = ""


class SandboxError(RuntimeError):
    """The warm parent itself failed: a fault of ours, not of the cells."""


class JobFailed(SandboxError):
    """One job broke what runs it, as cells can that meddle with the shell; the parent goes on."""


class WarmParent:
    """One warm process. `run` is not re-entrant; a Pool hands each of its parents one job at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grader.sandbox.parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **QUIET_LIBRARIES},
            text=True,
            process_group=0,  # Ctrl + C is for the command that waits here; it then ends the parents in order
        )

    def run(self, job: Job) -> Run:
        """Run one job and wait for it. Raises JobFailed, or SandboxError when the parent is gone."""
        with TemporaryDirectory(prefix="handson-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch, job.folder.resolve().name)
            shutil.copytree(job.folder, folder)
            return self._run_in(folder, job)

    def _run_in(self, folder: Path, job: Job) -> Run:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        message = {
            "cells": [{"id": cell.id, "source": cell.source} for cell in job.cells],
            "folder": str(folder.resolve()),
            "questions": {cell: [question.to_json() for question in asked] for cell, asked in job.questions.items()},
            "environment": dict(job.environment),
            "seconds": job.seconds,
        }
        line = ""
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise SandboxError(f"The warm process ended (status {self._process.wait()}).")
        result = json.loads(line)
        if "failed" in result:
            raise JobFailed(result["failed"])
        if "died" in result:
            return Run([], {}, result["died"])
        return Run(
            [CellRun(**cell) for cell in result["cells"]],
            {name: Reading.from_json(reading) for name, reading in result["readings"].items()},
        )

    def stop(self) -> None:
        """End the process and the job that it runs."""
        self._process.terminate()

    def close(self) -> None:
        """End the process; it has no child left, since every job was waited for."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Pool:
    """A few warm parents that share a queue of jobs. Use it as a context manager."""

    def __init__(self, workers: int | None = None) -> None:
        self._size = workers or os.cpu_count() or 1
        self._idle: SimpleQueue[WarmParent] = SimpleQueue()
        self._parents = [WarmParent() for _ in range(self._size)]
        for parent in self._parents:
            self._idle.put(parent)
        self._threads = ThreadPoolExecutor(self._size)

    def run(self, job: Job) -> Run:
        """Run one job on the next idle parent."""
        parent = self._idle.get()
        try:
            return parent.run(job)
        finally:
            self._idle.put(parent)

    def map(self, jobs: Iterable[Job]) -> list[Run]:
        """Run all jobs, as many at a time as there are parents; results in the order of the jobs."""
        return list(self._threads.map(self.run, jobs))

    def close(self) -> None:
        """Wait for running jobs and end the parents."""
        self._threads.shutdown()
        for parent in self._parents:
            parent.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            for parent in self._parents:
                parent.stop()
        self.close()
