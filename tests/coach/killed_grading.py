"""Grades a cohort again and again, each time killed at another point: `python -m tests.coach.killed_grading IN OUT`.

IN is a cohort that is collected and drawn. OUT gets `undisturbed`, and a copy for each point, killed there and then
graded once more; `report.json` says of each: what killed it, how the first run ended, the processes that outlived it,
the lines of its journal then, and what the second run did.

Every first run is `handson grade` in a process of its own, with a contained pool of its own. It kills itself at a point
that is counted, not timed: a line of ours that records, a line that a run in the sandbox tells, a rename, a commit,
half a line of the journal. The points are spread over what an undisturbed run counts.
"""

import ctypes
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
from sqlalchemy.engine import Connection

from grader.coach import engine
from grader.coach.draws import DATA
from grader.coach.resume import GradingJournal
from grader.sandbox.messages import Told
from grader.sandbox.run import Pool
from tests.coach.cohort_of_week_1 import CY, WEEK, copy_of, handson, journal
from tests.coach.killed import kill_me

OURS = ("coach/engine.py", "coach/record.py", "coach/autograded.py", "coach/resume.py")
POINTS = {"line": 8, "told": 4, "rename": 3, "commit": 2, "journal": 3}
"""How many of the 20 runs are killed at what."""
PR_SET_CHILD_SUBREAPER = 36
LONG = 20
"""Seconds that the processes of a killed run may take to be gone."""


class Counts:
    """Counts what happens, and kills this process when `kind` happens for the time number `stop`."""

    def __init__(self, kind: str = "", stop: int = 0) -> None:
        self.counts = dict.fromkeys(POINTS, 0)
        self._kind, self._stop = kind, stop

    def happens(self, kind: str, before: Callable[[], object] = lambda: None) -> None:
        self.counts[kind] += 1
        if kind == self._kind and self.counts[kind] == self._stop:
            before()
            kill_me()

    def watch(self) -> None:
        """From here on, in this process: one line, call or rename after the other."""
        self._wrap(Told, "hear", "told")
        self._wrap(os, "rename", "rename")
        self._wrap(Connection, "_commit_impl", "commit")
        add = GradingJournal.add

        def half_a_line(this: GradingJournal, week: str, email: str, key: str) -> None:
            self.happens("journal", lambda: this._path.open("ab").write(b'{"week": "w01", "ema'))
            add(this, week, email, key)

        GradingJournal.add = half_a_line  # type: ignore[method-assign]

        def line(frame: Any, kind: str, value: Any) -> Any:
            if kind == "line":
                self.happens("line")
            return line

        sys.settrace(lambda frame, kind, value: line if frame.f_code.co_filename.endswith(OURS) else None)

    def _wrap(self, place: Any, name: str, kind: str) -> None:
        wrapped = getattr(place, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            self.happens(kind)
            return wrapped(*arguments, **named)

        setattr(place, name, counted)


def copy_of_three(template: Path, folder: Path) -> None:
    """Cy's submission is left out, for the sake of time."""
    shutil.rmtree(copy_of(template, folder).submitted / CY)


def in_a_child(work: Callable[[], object]) -> tuple[int, list[str]]:
    """Do it in a process group of its own; how it ended, and the processes that outlived it by far."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    signal.alarm(LONG)
    try:
        while True:
            os.waitpid(-1, 0)  # what the child leaves behind becomes ours
    except ChildProcessError:
        return ended, []
    except TimeoutError:
        return ended, [process.name() for process in psutil.Process().children(recursive=True)]
    finally:
        signal.alarm(0)


def ring(*ignored: object) -> None:
    raise TimeoutError


def run_and_count(folder: Path, counted: Path) -> None:
    counts = Counts()
    counts.watch()
    said = handson("grade", WEEK, "--cohort", folder, "--workers", 1)
    sys.settrace(None)
    counted.write_text(json.dumps({"exit": said.exit_code, "counts": counts.counts}))


def run_until(folder: Path, kind: str, stop: int) -> None:
    Counts(kind, stop).watch()
    handson("grade", WEEK, "--cohort", folder, "--workers", 1)


def kill_all(template: Path, out: Path) -> list[dict[str, Any]]:
    """Run once undisturbed and then to each point, with a report for each."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, ring)
    copy_of_three(template, out / "undisturbed")
    ended, left = in_a_child(lambda: run_and_count(out / "undisturbed", out / "counts.json"))
    done = json.loads((out / "counts.json").read_text())
    assert (ended, left, done["exit"]) == (0, [], 0), (ended, left, done)
    reports = []
    for kind, times in POINTS.items():
        for number in range(times):
            stop = 1 + done["counts"][kind] * (2 * number + 1) // (2 * times)
            folder = out / str(len(reports))
            copy_of_three(template, folder)
            ended, left = in_a_child(lambda folder=folder, kind=kind, stop=stop: run_until(folder, kind, stop))  # type: ignore[misc]
            reports.append({"at": [kind, stop], "ended": ended, "left": left, "journal": len(journal(folder))})
    return reports


def main(template: Path, out: Path) -> None:
    reader, writer = os.pipe()
    if os.fork() == 0:  # whose children are those of killed runs only, so that it can tell when they are gone
        os.write(writer, json.dumps(kill_all(template, out)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        reports = json.loads(pipe.read())
    os.wait()
    # What is left to do does not depend on whose pool does it: one warm process serves all the second runs.
    with (
        Pool(1, template / "draws" / DATA) as pool,
        patch.object(engine, "_pool", lambda cohort, options, most: nullcontext(pool)),
    ):
        for number, report in enumerate(reports):
            said = handson("grade", WEEK, "--cohort", out / str(number), "--workers", 1, "--json")
            report["second"] = json.loads(said.stdout)
    (out / "report.json").write_text(json.dumps(reports))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
