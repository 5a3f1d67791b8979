"""The warm parent: imports everything slow once, then forks one child per job.

Started by `grader.sandbox.run` with a socket. For each job two pipes come over that socket: one that the child reads
the job from, one that it writes what happens to. The parent itself reads neither, so that nothing of one submission is
in its memory when it forks for the next. It watches the child's memory, ends it when told to, and says how it ended.
"""

import array
import gc
import io
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from grader.sandbox.jail import (
    Limits,
    become_nobody,
    enter,
    hide_memory,
    resident_bytes,
    settle,
    uncover_proc,
)

END = b"x"
"""What the other side writes to have the job ended."""
PICTURE, FINGERPRINT = "image/png", "fingerprint"
"""Where the metadata of a picture that was drawn has its fingerprint, if a job asks for it."""
LOOK_EVERY = 0.05
"""Seconds between two looks at the memory of a job that is shut in."""
PID_BYTES = 4
CANARY = "handson_canary_that_nobody_sets"
SLOW = {"sklearn": ("sklearn.linear_model", "sklearn.tree")}
"""What takes too long to import to do it for jobs that have no use for it, by the word that a job with a use says."""


@dataclass(frozen=True)
class Order:
    """What the parent itself must know of a job: whether to shut it in, the limits, and which of `SLOW` it may use."""

    contained: bool
    limits: Limits
    uses: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, text: bytes) -> "Order":
        """The order from `to_json`."""
        data = json.loads(text)
        return cls(data["contained"], Limits(**data["limits"]), tuple(data["uses"]))

    def to_json(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"


class Teller:
    """Writes what happens to the pipe, one JSON object a line; only in the process that made it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pid = os.getpid()
        # A process that the job forks must not hold the pipe open, or its end would never be seen.
        os.register_at_fork(after_in_child=partial(_close, descriptor))

    def tell(self, what: dict[str, Any]) -> None:
        if os.getpid() == self._pid:
            rest = memoryview(json.dumps(what).encode() + b"\n")
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


def _close(descriptor: int) -> None:
    with suppress(OSError):
        os.close(descriptor)


def warm_up() -> Any:
    """Import the libraries that most lessons use, draw once (this builds the font cache), ask once, make the shell."""
    from grader.sandbox.capture import CapturingShell

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = CapturingShell.instance()
    import matplotlib.pyplot as plt
    import pandas  # noqa: F401

    import grader.sandbox.pictures  # noqa: F401

    ask_once()
    figure, axes = plt.subplots()
    axes.set_title("warm")
    figure.savefig(io.BytesIO())
    plt.close("all")
    shell.run("1")
    shell.run("1 / 0")  # what an error needs is imported when the first one is shown
    shell.reset(new_session=True)  # type: ignore[no-untyped-call, unused-ignore]
    gc.collect()
    gc.freeze()  # else each fork's collector would write to, and so copy, all that is here
    return shell


def ask_once() -> None:
    """Open the connection that `duckdb.sql` uses, and have it read a file.

    It has no threads: they would not be there in a fork, which would wait for them.
    """
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1, "async_threads": 0})
    duckdb.set_default_connection(connection)
    with TemporaryDirectory() as scratch:
        file = str(Path(scratch, "asked.parquet"))
        connection.sql("SELECT 1 AS number, 'one' AS name").write_parquet(file)
        asked = connection.read_parquet(file)
        repr(asked)
        asked.df()


def run_job(shell: Any, job: dict[str, Any], cells: Iterable[dict[str, str]], folder: Path, teller: Teller) -> None:
    """Run the cells of a job in its folder, and read the asked-for answers after the cells that are named."""
    import matplotlib
    import matplotlib.pyplot as plt

    import grader
    from grader.learner.reading import Question, read
    from grader.sandbox.pictures import draw_unknown_only

    os.chdir(folder)
    sys.path.insert(0, "")  # as in a kernel: a notebook imports the modules that lie beside it
    os.environ.update(job["environment"])
    plt.switch_backend(os.environ["MPLBACKEND"])
    if (folder / "matplotlibrc").exists():
        matplotlib.rc_file(folder / "matplotlibrc")
    if job["pictures"] is not None:
        draw_unknown_only(shell, job["pictures"], FINGERPRINT)
    grader.begin(folder)
    for cell in cells:
        teller.tell({"start": cell["id"]})
        start, cpu = time.perf_counter(), time.process_time()
        outputs, ok = shell.run(cell["source"], cell["id"])
        took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
        teller.tell({"cell": {"id": cell["id"], "outputs": outputs, "ok": ok, **took}})
        for question in job["questions"].get(cell["id"], ()):
            asked = Question.from_json(question)
            teller.tell({"start": f"reading:{asked.name}"})
            sources = [source for source in shell.user_ns.get("In", ()) if type(source) is str]
            with shell.streams():
                reading = read(asked, shell.user_ns, sources, folder)
            teller.tell({"reading": {"name": asked.name, **reading.to_json()}})
            shell.record.take()
    with shell.streams():
        canary = read(Question("canary", "value", CANARY, False), shell.user_ns, (), folder)
    teller.tell({"end": canary.state == "missing"})


def _child(shell: Any, order: Order, job_end: int, told_end: int) -> NoReturn:
    """Run the job and tell what happens. Ends the process, whatever happens."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        lines = _lines(job_end)
        job = next(lines)
        teller = Teller(told_end)
        try:
            folder = settle(order.limits, job["folder"]) if order.contained else Path(job["folder"])
            shell.take_over_terminal()
            run_job(shell, job, lines, folder, teller)
        except BaseException:
            teller.tell({"failed": traceback.format_exc()})
    finally:
        os._exit(0)


def _lines(descriptor: int) -> Iterator[dict[str, Any]]:
    """The job, then its cells as they come."""
    with os.fdopen(descriptor, "rb") as pipe:
        for line in pipe:
            yield json.loads(line)


def _fork(shell: Any, order: Order, job_end: int, told_end: int, life_end: int) -> NoReturn:
    """In the fork: for a job that is shut in, make its spaces and let the first process in them run it.

    The parent sees that the job has ended when nobody holds `life_end` any more.
    """
    status = 1
    try:
        if not order.contained:
            os.setpgid(0, 0)
            os.register_at_fork(after_in_child=partial(_close, life_end))
            _child(shell, order, job_end, told_end)
        enter(order.limits)
        inner = os.fork()
        if inner == 0:
            os.close(life_end)
            _child(shell, order, job_end, told_end)
        os.write(life_end, inner.to_bytes(PID_BYTES, "little"))
        os.close(job_end)
        os.close(told_end)
        status = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
        status = 128 - status if status < 0 else status
    except BaseException as error:
        os.write(told_end, json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
    finally:
        os._exit(status)


def fork_and_watch(shell: Any, channel: socket.socket, order: Order, job_end: int, told_end: int) -> dict[str, Any]:
    """Run one job in a fork, end with it all that it has started, and say how it ended."""
    for use in order.uses:
        for module in SLOW[use]:
            import_module(module)
    life, life_end = os.pipe()
    child = os.fork()
    if child == 0:
        channel.close()
        os.close(life)
        _fork(shell, order, job_end, told_end, life_end)
    for descriptor in (job_end, told_end, life_end):
        os.close(descriptor)
    inner = int.from_bytes(os.read(life, PID_BYTES), "little") if order.contained else 0
    ended = ""
    try:
        ended = _watch(channel, life, order)
    finally:
        os.close(life)
        # The first process of a space takes all others with it. Without spaces: the group, unless the child left it.
        for kill, pid in ((os.kill, inner),) if inner else ((os.killpg, child), (os.kill, child)):
            with suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if order.contained:
        code = 128 - code if code > 128 else code
    return {"status": code, "ended": ended, "cpu": used.ru_utime + used.ru_stime}


def _watch(channel: socket.socket, life: int, order: Order) -> str:
    """Wait until the job ends ("") or must be ended: "told" to, or for its "memory"."""
    pause = LOOK_EVERY if order.contained else None
    while True:
        ready = select.select([life, channel.fileno()], [], [], pause)[0]
        if life in ready:
            return ""
        if ready:
            channel.recv(1)
            return "told"
        mine, others = resident_bytes()
        if others > mine + order.limits.memory:
            return "memory"


def serve(channel: socket.socket, shell: Any) -> None:
    """Take jobs until the other side closes the socket."""
    while True:
        size = array.array("i").itemsize
        try:
            text, ancillary, _, _ = channel.recvmsg(1 << 16, socket.CMSG_SPACE(2 * size))
        except ConnectionError:
            return
        if not text:
            return
        text = text.lstrip(END)  # meant for a job that had ended by itself
        if not text:
            continue
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data[: len(data) - len(data) % size])
        answer = fork_and_watch(shell, channel, Order.from_json(text), *descriptors)
        channel.sendall(json.dumps(answer).encode() + b"\n")


def main() -> None:
    """Serve jobs until the socket closes, or SIGTERM ends the job that runs and the process.

    Ends without Python's own tidying up, in which DuckDB complains on stderr of the connection that is still open.
    """
    status = 1
    try:
        _serve_all()
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def _serve_all() -> None:
    contained = "--contained" in sys.argv
    if contained and os.getuid() == 0:
        uncover_proc()
        become_nobody()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    shell = warm_up()
    if contained:
        hide_memory()
    channel.sendall(b'{"ready": true}\n')
    serve(channel, shell)


if __name__ == "__main__":
    main()
