"""Run notebook cells, each notebook in a fresh fork of a warm process.

A plain `Pool` has no containment: it serves the build and the contract test, which run only our own code. A pool with
`data` runs strangers' code: the warm process sits in bubblewrap, and each run has spaces of its own in there.
"""

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Lock, Semaphore, Thread
from types import TracebackType
from typing import Any, Self

from grader.learner.reading import Question, Reading
from grader.sandbox import bubblewrap
from grader.sandbox.jail import Limits
from grader.sandbox.messages import GOES_ON, CellRun, Told
from grader.sandbox.parent import END, SLOW, Order

__all__ = ["Cell", "CellRun", "Job", "JobFailed", "Pool", "Run", "SandboxError", "WarmParent"]

SECONDS = 120.0
MOST_BYTES = 48 << 20
"""What one run may tell in all: its outputs, pictures included."""
QUIET_LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
PIPE_READ = 1 << 20
TO_GET_READY = 120.0
"""Seconds that a warm process may take to import everything, on a slow machine with a cold disk."""
TO_END = 60.0
"""Seconds that a warm process may take to end a job whose last word was heard."""
ENDED_BOTH = "it ended the process that runs it, twice"
UNHEARD = "Some cells told nothing, though the run said that it was over."


@dataclass(frozen=True)
class Cell:
    """A code cell: its id in the notebook and its source."""

    id: str
    source: str


@dataclass(frozen=True)
class Job:
    """Cells to run in a copy of a folder, gone afterwards; `questions` are read after the cell whose id is their key.

    `seconds` is the wall time that the whole job may take, `cell_seconds` that of one cell or reading. `one_by_one`
    hands over a cell when the one before has run: nothing that runs can look ahead, at the cost of a little time.
    `pictures` are charts that need not be drawn again, base64 by fingerprint (see pictures.py); with None all are, and
    else the metadata of one that is drawn has its fingerprint.
    """

    cells: Sequence[Cell]
    folder: Path
    questions: Mapping[str, Sequence[Question]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: {"HANDSON_MODE": "build"})
    seconds: float = SECONDS
    cell_seconds: float = SECONDS
    limits: Limits = field(default_factory=Limits)
    one_by_one: bool = False
    pictures: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Run:
    """What a job did. `died` says how the process ended when it did so before its cells.

    Then `running` is the id of the cell, or "reading:" with the name of the question, at which it ended, and `cells`
    and `readings` are those from before. `tampered` are sentences about what no honest run does; `cpu` is in seconds.
    """

    cells: list[CellRun]
    readings: dict[str, Reading]
    died: str = ""
    running: str = ""
    tampered: tuple[str, ...] = ()
    cpu: float = 0.0


class SandboxError(RuntimeError):
    """The warm parent itself failed: a fault of ours, not of the cells."""


class JobFailed(SandboxError):
    """One job broke what runs it, as cells can that meddle with the shell; the parent goes on.

    `running` is the cell or reading at which it broke, as in Run.
    """

    def __init__(self, why: str, running: str) -> None:
        self.running = running
        super().__init__(why)


class WarmParent:
    """One warm process. `run` is not re-entrant; a Pool hands each of its parents one job at a time.

    With `data`, a folder, it is contained, and the folders of its jobs lie in that one.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._data = data.resolve() if data else None
        ours, theirs = socket.socketpair()
        # -P: a folder called `grader` where the command was started is not this one.
        inside = [sys.executable, "-P", "-m", "grader.sandbox.parent", str(theirs.fileno())]
        if self._data:
            command = bubblewrap.command([*inside, "--contained"], self._data, QUIET_LIBRARIES)
            environment = {"PATH": os.environ.get("PATH", os.defpath)}
        else:
            command, environment = inside, {**os.environ, **QUIET_LIBRARIES}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            env=environment,
            pass_fds=[theirs.fileno()],
            process_group=0,  # Ctrl + C is for the command that waits here; it then ends the parents in order
        )
        theirs.close()
        self._channel = ours
        self._answers = ours.makefile("rb")
        self.ready = False

    def run(self, job: Job) -> Run:
        """Run one job and wait for it. Raises JobFailed, or SandboxError when the parent is gone."""
        self._get_ready()
        if self._data:
            folder = job.folder.resolve()
            if not folder.is_relative_to(self._data):
                raise SandboxError(f"{folder.name} is not in the folder of data of this sandbox.")
            return self._run_in(str(folder.relative_to(self._data)), job)
        with TemporaryDirectory(prefix="handson-", ignore_cleanup_errors=True) as scratch:
            copy = Path(scratch, job.folder.resolve().name)
            shutil.copytree(job.folder, copy)
            return self._run_in(str(copy.resolve()), job)

    def _get_ready(self) -> None:
        if not self.ready:
            self._answer(TO_GET_READY)
            self.ready = True

    def _answer(self, seconds: float) -> dict[str, Any]:
        line = b""
        self._channel.settimeout(seconds)
        with suppress(OSError):
            line = self._answers.readline()
            self._channel.settimeout(None)
        if not line:
            self._process.kill()
            raise SandboxError(f"The warm process ended (status {self._process.wait()}).")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _run_in(self, folder: str, job: Job) -> Run:
        message = {
            "folder": folder,
            "questions": {cell: [question.to_json() for question in asked] for cell, asked in job.questions.items()},
            "environment": dict(job.environment),
            "pictures": None if job.pictures is None else dict(job.pictures),
        }
        cells = [{"id": cell.id, "source": cell.source} for cell in job.cells]
        told, ended = self._talk([json.dumps(each).encode() + b"\n" for each in (message, *cells)], job)
        answer = self._answer(TO_END)
        if told.failed:
            raise JobFailed(told.failed, told.running)
        if told.ended and ended:
            told.tampered.append(GOES_ON)
        elif told.ended and len(told.cells) < len(job.cells):
            told.tampered.append(UNHEARD)
        died = "" if told.ended else ended or _how_it_ended(answer)
        return Run(told.cells, told.readings, died, told.running, tuple(told.tampered), answer["cpu"])

    def _talk(self, lines: Sequence[bytes], job: Job) -> tuple[Told, str]:
        """Hand over the job, and hear what it tells until it is over; why it was ended, if it was."""
        job_end, write_end = os.pipe()
        read_end, told_end = os.pipe()
        uses = tuple(word for word in SLOW if any(word in cell.source for cell in job.cells))
        order = Order(bool(self._data), job.limits, uses)
        try:
            with suppress(OSError):
                socket.send_fds(self._channel, [order.to_json()], [job_end, told_end])
        finally:
            os.close(job_end)
            os.close(told_end)
        wanted = Semaphore(2 if job.one_by_one else len(lines))
        writer = Thread(target=_write, args=(write_end, lines, wanted), daemon=True)
        writer.start()
        try:
            return self._hear(read_end, job, wanted)
        finally:
            os.close(read_end)
            wanted.release(len(lines))
            writer.join()

    def _hear(self, read_end: int, job: Job, wanted: Semaphore) -> tuple[Told, str]:
        """Hear what the job tells. `wanted` is released for each cell that has run."""
        readings = (f"reading:{each.name}" for asked in job.questions.values() for each in asked)
        told = Told(frozenset([*(cell.id for cell in job.cells), *readings]))
        ended, size = "", 0
        line: list[bytes] = []  # joined once: a long line would take quadratic time otherwise
        deadline = cell_deadline = time.monotonic() + job.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(read_end, selectors.EVENT_READ)
            while True:
                left = None if ended else min(deadline, cell_deadline) - time.monotonic()
                if left is not None and left <= 0:
                    ended = self._end(_too_long(job, deadline <= cell_deadline))
                    continue
                if not selector.select(left):
                    continue
                part = os.read(read_end, PIPE_READ)
                if not part:
                    return told, ended or self._wait(min(deadline, cell_deadline), job, deadline <= cell_deadline)
                size += len(part)
                if ended:
                    continue
                if size > MOST_BYTES:
                    ended = self._end(f"more than {MOST_BYTES >> 20} MB of outputs")
                    continue
                first, *more = part.split(b"\n")
                line.append(first)
                ran = len(told.cells)
                for each in more:
                    told.hear(b"".join(line))
                    line = [each]
                if len(told.cells) > ran:
                    wanted.release(len(told.cells) - ran)
                if more:
                    cell_deadline = time.monotonic() + job.cell_seconds

    def _wait(self, deadline: float, job: Job, is_whole: bool) -> str:
        """Wait for a run that can tell nothing more, as a cell can close what it tells by; why it was ended, if so."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            if selector.select(max(0.0, deadline - time.monotonic())):
                return ""
        return self._end(_too_long(job, is_whole))

    def _end(self, why: str) -> str:
        with suppress(OSError):
            self._channel.sendall(END)
        return why

    def stop(self) -> None:
        """End the process and the job that it runs."""
        self._process.terminate()

    def close(self) -> None:
        """End the process; it has no child left, since every job was waited for."""
        self._answers.close()
        self._channel.close()
        self._process.wait()


def _too_long(job: Job, is_whole: bool) -> str:
    return f"still running after {job.seconds if is_whole else job.cell_seconds:g} seconds"


def _write(descriptor: int, lines: Sequence[bytes], wanted: Semaphore) -> None:
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb", buffering=0) as pipe:
        for line in lines:
            wanted.acquire()
            rest = memoryview(line)
            while rest:
                rest = rest[pipe.write(rest) :]


def _how_it_ended(answer: Mapping[str, Any]) -> str:
    if answer["ended"] == "memory":
        return "it took more memory than a run may"
    return f"the process ended early (status {answer['status']})"


class Pool:
    """A few warm parents that share a queue of jobs. Use it as a context manager.

    With `data`, a folder, strangers' code may run: all is contained, and the folders of the jobs lie in that one.
    Raises Problem where it cannot be. A contained parent that dies is replaced, and its job run again, once; a job at
    which that one dies too has failed.
    """

    def __init__(self, workers: int | None = None, data: Path | None = None) -> None:
        if data is not None:
            bubblewrap.check_available()
        self._data = data
        self._size = workers or os.cpu_count() or 1
        self._idle: SimpleQueue[WarmParent] = SimpleQueue()
        self._lock = Lock()
        self._stopped = False
        self._parents = [self._parent() for _ in range(self._size)]
        for parent in self._parents:
            self._idle.put(parent)
        self._threads = ThreadPoolExecutor(self._size)

    @property
    def size(self) -> int:
        """How many jobs run at a time."""
        return self._size

    @contextmanager
    def temporary_folder(self) -> Iterator[Path]:
        """A folder that jobs of this pool may have as theirs, gone afterwards."""
        with TemporaryDirectory(prefix="handson-", dir=self._data, ignore_cleanup_errors=True) as scratch:
            Path(scratch).chmod(0o755)  # the sandbox reads as nobody
            yield Path(scratch)

    def _parent(self) -> WarmParent:
        return WarmParent(self._data) if self._data else WarmParent()

    def run(self, job: Job) -> Run:
        """Run one job on the next idle parent."""
        parent = self._idle.get()
        try:
            return parent.run(job)
        except JobFailed:
            raise
        except SandboxError:
            if self._data is None or self._stopped:
                raise
            parent = self._replace(parent)
            try:
                return parent.run(job)
            except JobFailed:
                raise
            except SandboxError as error:
                if not parent.ready:
                    raise
                parent = self._replace(parent)
                raise JobFailed(ENDED_BOTH, "") from error
        finally:
            self._idle.put(parent)

    def _replace(self, parent: WarmParent) -> WarmParent:
        with self._lock:
            if self._stopped:
                raise SandboxError("The pool was stopped.")
            fresh = self._parent()
            self._parents[self._parents.index(parent)] = fresh
        parent.close()
        return fresh

    def map(self, jobs: Iterable[Job]) -> list[Run]:
        """Run all jobs, as many at a time as there are parents; results in the order of the jobs."""
        return list(self._threads.map(self.run, jobs))

    def stop(self) -> None:
        """End the jobs that run; they and all that come later raise SandboxError."""
        with self._lock:
            self._stopped = True
            for parent in self._parents:
                parent.stop()

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
            self.stop()
        self.close()
