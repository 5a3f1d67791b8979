"""A cohort with something planted wherever an attack may look, a pool that shuts runs in, and the count at the end."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from nbformat import NotebookNode

from grader.coach.cells import is_answer, is_check
from grader.coach.cohort import FILE_NAME, Cohort, new_cohort, open_cohort
from grader.coach.draws import DATA, Lesson, open_release
from grader.coach.releases import keep_release
from grader.sandbox.run import Pool

HONEST, EVIL, FORMULA = "ada@x.org", "eve@x.org", "bob@x.org"
ROSTER = f"""email,name,team
{HONEST},Ada Honest,
{EVIL},"Eve [bold red]Evil[/] <img src=x onerror=alert(1)>",
{FORMULA},"=HYPERLINK(""http://x.org"") Formula",
"""
WEEK = "w01"
SEED = 1_338_671_202
"""A company in which every answer is another than on the lesson's data. That is not so of every seed: see `lesson`."""


def canary(place: str) -> str:
    """Something that nobody writes by chance."""
    return f"canary-planted-{place}-{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Planted:
    """What must not come out, by place; and where on the host it is."""

    secrets: dict[str, str]
    host_file: Path
    key: Path
    gradebook: Path
    tcp: int
    udp: int
    unix: str
    abstract: str
    servers: tuple[socket.socket, ...] = field(repr=False)

    def fill(self, code: str) -> str:
        """The code of an attack with the places in it."""
        for name in ("host_file", "key", "gradebook", "unix", "abstract"):
            code = code.replace(f"@{name}@", repr(str(getattr(self, name))))
        return code.replace("@tcp@", str(self.tcp)).replace("@udp@", str(self.udp))

    def leaked(self, text: str) -> list[str]:
        """The places of which something stands in the text."""
        return [place for place, secret in self.secrets.items() if secret in text]

    def reached(self) -> bool:
        """Whether somebody talked to a server of the host."""
        for server in self.servers:
            try:
                server.recv(1) if server.type == socket.SOCK_DGRAM else server.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        return False


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("cohorts")
    (folder / "roster.csv").write_text(ROSTER)
    made = new_cohort("spring", folder / "roster.csv", folder)
    about = made.folder / FILE_NAME
    about.write_text(about.read_text().replace(f"seed = {made.seed}", f"seed = {SEED}"))
    return open_cohort(made.folder)


@pytest.fixture(scope="session")
def whole_lesson(cohort: Cohort, pool: Pool) -> Lesson:
    release = keep_release(cohort, WEEK)
    return open_release(release.release, release.source, cohort.seed, cohort.draws, pool)


@pytest.fixture(scope="session")
def lesson(whole_lesson: Lesson) -> Lesson:
    """Week 1 without prose, examples and chart: 70 attacks run it twice and more.

    What is typed in gets points where both companies give one number, as about a third of all seeds do for `nobody`.
    """
    released = NotebookNode(whole_lesson.released)
    released.cells = [
        cell for cell in released.cells if is_answer(cell) or is_check(cell) or "import duckdb" in cell.source
    ]
    assert whole_lesson.today.key.exercises["nobody"].answer != whole_lesson.later.key.exercises["nobody"].answer
    return replace(whole_lesson, released=released)


@pytest.fixture(scope="session")
def next_lesson(lesson: Lesson) -> Lesson:
    """The attacked exercise alone: what the next submission is graded on."""
    released = NotebookNode(lesson.released)
    released.cells = [cell for cell in released.cells if cell.id in ("cell-02", "nobody", "check-nobody")]
    today, later = (
        replace(draw, key=replace(draw.key, exercises={"nobody": draw.key.exercises["nobody"]}))
        for draw in (lesson.today, lesson.later)
    )
    return replace(lesson, released=released, today=today, later=later)


@pytest.fixture(scope="session")
def planted(cohort: Cohort, whole_lesson: Lesson, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("host")
    (key,) = (cohort.draws / "keys").glob("*.json")
    hidden = {place: canary(place) for place in ("environment", "file", "other-source")}
    host_file = folder / "private.txt"
    host_file.write_text(hidden["file"])
    host_file.chmod(0o600)
    os.environ["HANDSON_ATTACKED"] = hidden["environment"]
    hidden |= {
        "seed": str(cohort.seed),
        "later key": whole_lesson.later.key.to_json()["sealed"][:60],
        "key": whole_lesson.today.key.to_json()["sealed"][:60],
        "password file": "root:",
        "later number": f"leak-{whole_lesson.later.key.exercises['all-rows'].answer['value']}",
        "host's name": f"'{socket.gethostname()}'",
    }
    with ExitStack() as stack:

        def server(family: int, kind: int, place: object) -> socket.socket:
            made = stack.enter_context(socket.socket(family, kind))
            made.bind(place)
            if kind == socket.SOCK_STREAM:
                made.listen()
            made.setblocking(False)
            return made

        unix, abstract = str(folder / "server"), f"handson-attacked-{os.getpid()}"
        tcp = server(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = server(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        others = [server(socket.AF_UNIX, socket.SOCK_STREAM, place) for place in (unix, f"\0{abstract}")]
        ports = tcp.getsockname()[1], udp.getsockname()[1]
        gradebook = cohort.gradebook
        yield Planted(hidden, host_file, key, gradebook, *ports, unix, abstract, (tcp, udp, *others))
    del os.environ["HANDSON_ATTACKED"]


@pytest.fixture(scope="session")
def contained(cohort: Cohort, planted: Planted) -> Iterator[Pool]:
    """One warm parent, started when everything is planted."""
    with Pool(1, cohort.draws / DATA) as pool:
        yield pool


def state_of(*folders: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below, by name: which one it is, its size, and when it was last changed."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_size, path.stat().st_mtime_ns)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@dataclass
class Tally:
    """What came of the attacks, by their names."""

    tried: set[str] = field(default_factory=set)
    gained: set[str] = field(default_factory=set)
    leaked: set[str] = field(default_factory=set)
    harmed: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)


TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return TALLY


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["handson_attacks"] = {name: sorted(names) for name, names in vars(TALLY).items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    for name, names in getattr(node, "workeroutput", {}).get("handson_attacks", {}).items():
        getattr(TALLY, name).update(names)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.tried:
        counts = ", ".join(f"{len(names)} {name}" for name, names in vars(TALLY).items())
        terminalreporter.write_line(f"ATTACKS: {counts}.", bold=True)
        for name in ("gained", "leaked", "harmed"):
            for each in sorted(getattr(TALLY, name)):
                terminalreporter.write_line(f"  {name}: {each}", red=True)
