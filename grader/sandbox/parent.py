"""The warm parent: imports everything slow once, then forks one child per job.

Started by `grader.sandbox.run` as `python -m grader.sandbox.parent`. It reads one JSON job per line from its standard
input and writes one JSON result per line. One job runs at a time; a pool starts several parents.
"""

import json
import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from grader.learner.reading import Question, read
from grader.sandbox.capture import CapturingShell

PIPE_READ = 1 << 20


def warm_up() -> CapturingShell:
    """Import the course's libraries, draw once (this builds the font cache) and make the shell."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = CapturingShell.instance()
    import duckdb  # noqa: F401
    import matplotlib.pyplot as plt
    import pandas  # noqa: F401
    import sklearn.linear_model
    import sklearn.tree  # noqa: F401

    figure, axes = plt.subplots()
    axes.set_title("warm")
    figure.canvas.draw()
    plt.close("all")
    shell.run("1")
    shell.reset(new_session=True)  # type: ignore[no-untyped-call, unused-ignore]
    return shell


def run_job(shell: CapturingShell, job: dict[str, Any]) -> dict[str, Any]:
    """Run the cells of a job in its folder, and read the asked-for answers after the cells that are named."""
    import matplotlib

    import grader

    folder = Path(job["folder"])
    os.chdir(folder)
    sys.path.insert(0, "")  # as in a kernel: a notebook imports the modules that lie beside it
    os.environ.update(job["environment"])
    if (folder / "matplotlibrc").exists():
        matplotlib.rc_file(folder / "matplotlibrc")
    grader.begin(folder)
    cells, readings = [], {}
    for cell in job["cells"]:
        start = time.perf_counter()
        outputs, ok = shell.run(cell["source"])
        cells.append({"id": cell["id"], "outputs": outputs, "ok": ok, "seconds": time.perf_counter() - start})
        for question in job["questions"].get(cell["id"], ()):
            asked = Question.from_json(question)
            sources = [str(source) for source in shell.user_ns["In"]]
            with shell.streams():
                readings[asked.name] = read(asked, shell.user_ns, sources, folder).to_json()
            shell.record.take()
    return {"cells": cells, "readings": readings}


def _child(shell: CapturingShell, job: dict[str, Any], write_end: int) -> None:
    """Run the job and write its result. Ends the process, whatever happens."""
    me = os.getpid()
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # A process that the job forks must not hold the pipe open, or its result would never be complete.
        held = [write_end]
        os.register_at_fork(after_in_child=lambda: os.close(held.pop()) if held else None)
        try:
            text = json.dumps(run_job(shell, job))
        except BaseException:
            text = json.dumps({"failed": traceback.format_exc()})
        if os.getpid() == me:
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(text.encode())
    finally:
        os._exit(0)


def _collect(read_end: int, deadline: float) -> bytes | None:
    """All that the child writes until it closes the pipe; None when the deadline passes first."""
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([read_end], [], [], left)[0]:
            break
        part = os.read(read_end, PIPE_READ)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def fork_and_run(shell: CapturingShell, job: dict[str, Any]) -> dict[str, Any]:
    """Run one job in a fork, and end with it all that it has started.

    A child that dies or overruns `seconds` gives {"died": words}, one that breaks the shell {"failed": traceback}.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        os.setpgid(0, 0)
        _child(shell, job, write_end)
    os.close(write_end)
    try:
        text = _collect(read_end, time.monotonic() + job["seconds"])
    finally:
        os.close(read_end)
        # The group holds what the job has left running too. The child may have left its own group.
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if text is None:
        return {"died": f"still running after {job['seconds']:g} seconds"}
    try:
        result: dict[str, Any] = json.loads(text)
    except ValueError:
        return {"died": f"the process ended early (status {os.waitstatus_to_exitcode(status)})"}
    return result


def main() -> None:
    """Serve jobs until standard input closes, or SIGTERM ends the job that runs and the process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.register_at_fork(after_in_child=answers.close)
    shell = warm_up()
    for line in sys.stdin:
        answers.write(json.dumps(fork_and_run(shell, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
