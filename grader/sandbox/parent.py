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
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.setpgid(0, 0)
    try:
        result = run_job(shell, job)
    except BaseException:
        result = {"failed": traceback.format_exc()}
    with os.fdopen(write_end, "wb") as pipe:
        pipe.write(json.dumps(result).encode())
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
    """Run one job in a fork. A child that dies or overruns `seconds` gives {"died": sentence}."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        _child(shell, job, write_end)
    os.close(write_end)
    try:
        text = _collect(read_end, time.monotonic() + job["seconds"])
    finally:
        os.close(read_end)
    if text is None:
        os.killpg(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if text is None:
        return {"died": f"still running after {job['seconds']:.0f} seconds"}
    if not text:
        return {"died": f"the process ended early (status {os.waitstatus_to_exitcode(status)})"}
    result: dict[str, Any] = json.loads(text)
    return result


def main() -> None:
    """Serve jobs until standard input closes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    shell = warm_up()
    for line in sys.stdin:
        answers.write(json.dumps(fork_and_run(shell, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
