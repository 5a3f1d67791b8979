"""`handson start`: the learner's own copies of the lessons, and JupyterLab opened at the start page.

What a learner changed is never overwritten. A hidden file in their folder holds the hashes of what was copied, so that
an untouched lesson can follow a newer release, and a changed one stays, with the newer release beside it (`-r2`).
"""

import errno
import hashlib
import importlib.util
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.learner.carry import carry, carry_journal
from grader.learner.journal import FILE_NAME as JOURNAL
from grader.learner.key import FILE_NAME as KEY
from grader.learner.problem import Problem

START_PAGE = "00_start_here.ipynb"
HIDDEN = ".handson"
COPIED = "copied.json"
RELEASED = "released"
USUAL = "my-work"
LEVELS_UP = 2
NEEDED = (
    "duckdb",
    "icalendar",
    "ipykernel",
    "jupyterlab",
    "matplotlib",
    "openpyxl",
    "pandas",
    "recurring-ical-events",
    "rich",
    "scikit-learn",
    "typer",
)
"""The packages of pyproject.toml's `dependencies`, by their names in the registry."""
FIRST_PORT = 8888
SECONDS_TO_WAIT = 60.0
SECONDS_TO_END = 10.0

_PAGES = {START_PAGE: "the start page", "glossary.md": "the glossary"}
_MODULES = {"scikit-learn": "sklearn", "recurring-ical-events": "recurring_ical_events"}
_PACKAGE = Path(__file__).resolve().parents[1]
_LAB = Path(__file__).resolve().parent / "lab"
# What a run leaves in a lesson folder; a build may have left it in lessons/ as well.
_NEVER_COPIED = {"__pycache__", JOURNAL}


@dataclass(frozen=True)
class Report:
    """What a copy did, by names in the learner's folder; `beside` pairs a changed lesson with its new release.

    `carried` are sentences: what of the changed lessons is in their new releases, too, and what is not.
    """

    start_page: str
    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    carried: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The same in words, a line for each kind of thing that happened; no line when nothing did."""
        said = []
        if self.new:
            said.append(f"Copied {_counted(self.new)}.")
        if self.updated:
            said.append(f"Brought {_counted(self.updated)} up to the newest release; you had changed nothing there.")
        if self.restored:
            said.append(f"Put back what was missing: {', '.join(self.restored)}.")
        said += [f"{old} has a new release. Yours stays as it is; the new one is in {new}." for old, new in self.beside]
        said += self.carried
        return said


def _counted(names: tuple[str, ...]) -> str:
    """Names in words: the start page and what lies beside it by name, lessons by their number."""
    if len(names) == 1:
        return _PAGES.get(names[0], names[0])
    kinds = [("lesson", "lessons", r"w\d"), ("desk session", "desk sessions", r"d\d")]
    said, left = [], list(names)
    for one, many, pattern in kinds:
        found = [name for name in left if re.match(pattern, name)]
        left = [name for name in left if name not in found]
        said += [f"{len(found)} {one if len(found) == 1 else many}"] if found else []
    said += [_PAGES.get(name, name) for name in left]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


@dataclass
class Record:
    """Of one copied lesson or page: its name in the course, its release (a hash of what counts), each file's hash."""

    lesson: str
    release: str
    files: dict[str, str]


@dataclass
class Manifest:
    """The hidden list of what was copied into a work folder, by its name there."""

    path: Path
    copies: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Reads the list of a work folder. A missing or damaged one counts as empty: then nothing is replaced."""
        path = folder / HIDDEN / COPIED
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))["copies"]
            copies = {
                str(name): Record(
                    str(one["lesson"]), str(one["release"]), {str(k): str(v) for k, v in one["files"].items()}
                )
                for name, one in stored.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            copies = {}
        return cls(path, copies)

    def content(self) -> bytes:
        """What is written to the file."""
        copies = {name: vars(record) for name, record in sorted(self.copies.items())}
        return json.dumps({"schema": 1, "copies": copies}, indent=1).encode()

    def save(self) -> None:
        """Writes the list. Raises OSError."""
        write_whole(self.path, self.content())


def released_in(source: Path) -> Iterator[tuple[Record, dict[str, bytes]]]:
    """Every lesson and page of a folder of released lessons: its record, and its files by their path inside it."""
    for item in sorted(source.iterdir()):
        if item.name.startswith(".") or item.name in _NEVER_COPIED:
            continue
        files = {name: path.read_bytes() for name, path in _files(item)}
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        counts = {name: hashlib.sha256(_without_way_on(name, data)).hexdigest() for name, data in files.items()}
        release = hashlib.sha256(json.dumps(counts, sort_keys=True).encode()).hexdigest()
        yield Record(item.name, release, hashes), files


def _without_way_on(name: str, data: bytes) -> bytes:
    """What makes a release: a notebook's last cell, the link to the next week, changes when another week appears."""
    if not (name.endswith(".ipynb") and b'"way_on"' in data):
        return data
    notebook = json.loads(data)
    notebook["cells"] = [cell for cell in notebook["cells"] if "way_on" not in cell["metadata"].get("handson", {})]
    return json.dumps(notebook, sort_keys=True).encode()


def copied_into(folder: Path) -> dict[str, Record]:
    """What was copied into a work folder, by its name there.

    A folder without a list (a clone, Binder) is held against the lessons of this installation, by their keys.
    """
    copies = Manifest.load(folder).copies
    if copies:
        return copies
    try:
        source = find_lessons().resolve()
    except Problem:
        return {}
    if source == folder.resolve():
        return {}
    every = [record for record, _ in released_in(source)]
    lessons = [
        record for record in every if KEY in record.files and _hash(folder / record.lesson / KEY) == record.files[KEY]
    ]
    pages = [record for record in every if "" in record.files and lessons]
    return {record.lesson: record for record in lessons + pages}


def own_folder(named: Path | None) -> Path:
    """The learner's folder: as they named it; the one that they are in, or in a lesson of; else `my-work` below."""
    if named is not None:
        return named
    here = Path.cwd()
    within = (place for place in (here, *here.parents[:LEVELS_UP]) if (place / HIDDEN / COPIED).is_file())
    return next(within, Path(USUAL))


def courses_in(place: Path) -> list[Path]:
    """The folders of learners in `place`, whatever they are called: those that lessons were copied into."""
    try:
        return sorted(path.parents[1] for path in place.glob(f"*/{HIDDEN}/{COPIED}"))
    except OSError:
        return []


def folder_to_start(named: Path | None) -> Path:
    """As `own_folder`. Raises Problem where `my-work` would be new, and another folder here holds lessons already."""
    folder = own_folder(named)
    there = courses_in(Path.cwd()) if named is None and not (folder / HIDDEN / COPIED).is_file() else []
    if there:
        names = " and ".join(f"`{path.name}`" for path in there[:3])
        raise Problem(
            f"Your lessons are in {names}: `handson start {in_quotes(there[0].name)}` goes on there; "
            f"`handson start {USUAL}` begins anew beside it."
        )
    return folder


def in_quotes(name: str) -> str:
    """A name as a command line takes it: in quotes where it has blanks."""
    return f'"{name}"' if " " in name else name


def missing_packages() -> list[str]:
    """The packages that the course needs and this Python has not, found without importing any."""
    return [name for name in NEEDED if importlib.util.find_spec(_MODULES.get(name, name)) is None]


def find_lessons() -> Path:
    """The folder of released lessons: inside an installed package, or beside it in a clone.

    The variable HANDSON_LESSONS names another one (the tests use it). Raises `Problem` if there are none.
    """
    named = os.environ.get("HANDSON_LESSONS")
    for place in (Path(named),) if named else (_PACKAGE / "_lessons", _PACKAGE.parent / "lessons"):
        if (place / START_PAGE).is_file():
            return place
    raise Problem(
        f"The lessons are not here (no {START_PAGE}): in a clone of the course run `make build`, "
        "elsewhere install handson-hour again."
    )


def copy_lessons(source: Path, folder: Path) -> Report:
    """Brings `folder` up to the lessons in `source` without touching anything that the learner changed.

    Raises `Problem` when the folder cannot be used or written to.
    """
    source, folder = source.resolve(), folder.resolve()
    if folder == source or source in folder.parents:
        raise Problem(
            f"{folder} belongs to the course itself: choose a folder of your own, as in `handson start my-work`."
        )
    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder} is a file, not a folder: choose another name, as in `handson start my-work`.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _copy_all(source, folder)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Problem(
                f"The disk of {folder} is full: free about 20 MB, then start again; nothing was lost."
            ) from error
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise Problem(
                f"{folder} cannot be written to: choose a folder of your own, "
                f"as in `handson start {Path.home() / 'my-work'}`."
            ) from error
        raise Problem(f"{folder} cannot be used ({error.strerror or error}): choose another folder.") from error


def _copy_all(source: Path, folder: Path) -> Report:
    manifest = Manifest.load(folder)
    new: list[str] = []
    updated: list[str] = []
    restored: list[str] = []
    beside: list[tuple[str, str]] = []
    carried: list[str] = []
    start_page = START_PAGE
    for released, files in released_in(source):
        lesson, release, hashes = released.lesson, released.release, released.files
        number = _newest_copy(lesson, folder)
        name = _with_suffix(lesson, number)
        here = folder / name
        record = manifest.copies.get(name) or _recognised(released, here)
        existed = here.exists()

        if not _may_write(here, hashes, record, release):
            old, name = name, _with_suffix(lesson, number + 1)
            beside.append((old, name))
            carried += _put_beside(folder, old, name, files, record)
        else:
            if not existed:
                new.append(name)
            elif record is not None and record.release != release:
                updated.append(name)
            same_release = record is not None and record.release == release
            before = record.files if record is not None else {}
            for inner, data in files.items():
                target = here / inner if inner else here
                if not target.exists():
                    write_whole(target, data)
                    if existed and same_release:
                        restored.append(f"{name}/{inner}")
                elif _hash(target) != hashes[inner] and (not same_release or _hash(target) == before.get(inner)):
                    # Untouched since it was copied: `_may_write` has seen to that, or the list of copies says so.
                    write_whole(target, data)
        _keep_release(folder, name, files)
        manifest.copies[name] = released
        manifest.save()
        if lesson == START_PAGE:
            start_page = name
    return Report(start_page, tuple(new), tuple(updated), tuple(restored), tuple(beside), tuple(carried))


def _put_beside(folder: Path, old: str, name: str, files: Mapping[str, bytes], record: Record | None) -> Iterator[str]:
    """Writes a new release as `name`, beside the learner's changed `old`, with their work in it; says what came over.

    It is made in the hidden folder and renamed, so that a start which is cut short leaves nothing half carried.
    """
    made = dict(files)
    for inner in files:
        mine = folder / old / inner if inner else folder / old
        if not mine.name.endswith(".ipynb") or not mine.is_file():
            continue
        began = _release_of(folder, old, inner, record)
        try:
            done = carry(mine.read_bytes(), began, files[inner], old)
        except Problem as problem:
            yield str(problem)
            continue
        if done is None:
            continue
        made[inner] = done.notebook
        journal = mine.parent / JOURNAL
        if inner and journal.is_file():
            made[JOURNAL] = carry_journal(journal.read_bytes(), done.changed)
        if sentence := done.sentence(old):
            yield sentence
    (folder / HIDDEN).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=folder / HIDDEN) as scratch:
        for inner, data in made.items():
            write_whole(Path(scratch) / name / inner, data)
        (Path(scratch) / name).rename(folder / name)


def _release_of(folder: Path, name: str, inner: str, record: Record | None) -> bytes | None:
    """The notebook as it was released, from the hidden folder; None when it is not there or not that release."""
    kept = folder / HIDDEN / RELEASED / name / inner
    if record is None or not kept.is_file() or _hash(kept) != record.files.get(inner):
        return None
    return kept.read_bytes()


def _keep_release(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Keeps the notebooks as they were released: a later release tells by them what the learner changed."""
    for inner, data in files.items():
        kept = folder / HIDDEN / RELEASED / name / inner
        if (inner or name).endswith(".ipynb") and (not kept.is_file() or kept.read_bytes() != data):
            write_whole(kept, data)


def _files(item: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a lesson with its path inside it; a page that is a single file has the empty path."""
    if item.is_file():
        yield "", item
        return
    for path in sorted(item.rglob("*")):
        inner = path.relative_to(item)
        if path.is_file() and not any(part.startswith(".") or part in _NEVER_COPIED for part in inner.parts):
            yield inner.as_posix(), path


def _with_suffix(lesson: str, number: int) -> str:
    path = Path(lesson)
    return f"{path.stem}-r{number}{path.suffix}" if number > 1 else lesson


def _newest_copy(lesson: str, folder: Path) -> int:
    """The number of the learner's newest copy: 1 without a suffix, 2 for `-r2`; 1 as well when there is none yet."""
    number = 1
    while (folder / _with_suffix(lesson, number + 1)).exists():
        number += 1
    return number


def _recognised(released: Record, here: Path) -> Record | None:
    """The record of a lesson that is of this release by its key, when the list of copies was lost."""
    return released if KEY in released.files and _hash(here / KEY) == released.files[KEY] else None


def _may_write(here: Path, hashes: Mapping[str, str], record: Record | None, release: str) -> bool:
    """Whether this release may go here: it is here already, or no file that it would replace is the learner's."""
    if record is not None and record.release == release:
        return True
    copied = record.files if record is not None else {}
    for inner, digest in hashes.items():
        target = here / inner if inner else here
        if target.exists() and _hash(target) not in (digest, copied.get(inner)):
            return False
    return True


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"


def write_whole(path: Path, data: bytes) -> None:
    """To a temporary name beside it, then renamed: a full disk leaves the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def lab_environment(folder: Path, token: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """JupyterLab's environment: our look, settings kept in the learner's folder, their own Jupyter left alone."""
    hidden = folder / HIDDEN
    here = "localhost,127.0.0.1"
    past_the_proxy = {
        name: ",".join(part for part in (inherited.get(name, ""), here) if part) for name in ("NO_PROXY", "no_proxy")
    }
    return {
        **inherited,
        # A lesson may talk to a server on this machine: a company's proxy has no business with it.
        **past_the_proxy,
        # Kernels load the error cards before a lesson asks for them, and nothing that the user set up for others.
        "IPYTHONDIR": str(hidden / "ipython"),
        "JUPYTER_CONFIG_PATH": str(_LAB),
        "JUPYTER_CONFIG_DIR": str(hidden / "jupyter"),
        "JUPYTERLAB_SETTINGS_DIR": str(hidden / "lab" / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(hidden / "lab" / "workspaces"),
        # The kernel is this very Python, whatever kernels the user has registered elsewhere.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Not an argument: those can be read by every user of the machine.
        "JUPYTER_TOKEN": token,
    }


def lab_command(folder: Path, start_page: str, port: int) -> list[str]:
    """The command that serves `folder` on `port` of this machine alone. It asks nothing."""
    return [
        sys.executable,
        "-m",
        "grader.learner.serve",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/doc/tree/{start_page}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
        "--ServerApp.answer_yes=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.custom_css=True",
        "--LabApp.log_level=WARN",
        "--ServerApp.log_level=WARN",
    ]


def start(folder: Path, *, browser: bool = True, port: int = 0) -> int:
    """Copies the lessons, opens JupyterLab at the start page and stays until it ends. Returns its exit code.

    `port` 0 takes 8888 or the next free one. Raises `Problem` for a folder, a port or an installation that will not do.
    """
    folder = folder.expanduser().resolve()
    report = copy_lessons(find_lessons(), folder)
    for line in report.lines():
        print(line)
    if not port and "JUPYTER_SERVER_URL" in os.environ:
        # A terminal of a JupyterLab that runs already (a shared server, Binder): another one could not be reached.
        print(f"Your work is in {folder}")
        print(f"Open {report.start_page} in that folder, in the list at the left of this JupyterLab.")
        return 0
    missing = missing_packages()
    if missing:
        raise Problem(f"{missing[0]} is not installed in this Python: `handson doctor` says how to mend it.")
    port = free_port(port)
    token = secrets.token_urlsafe(24)
    url = f"http://127.0.0.1:{port}/doc/tree/{report.start_page}?token={token}"
    print("Starting ...", flush=True)
    # JupyterLab reads the first file from its settings folder only, and a kernel the second.
    for read, place in (
        ("custom/custom.css", "jupyter/custom/custom.css"),
        ("ipython/ipython_kernel_config.json", "ipython/profile_default/ipython_kernel_config.json"),
    ):
        write_whole(folder / HIDDEN / place, (_LAB / read).read_bytes())
    log = folder / HIDDEN / "jupyterlab.log"
    with log.open("wb") as said:
        lab = subprocess.Popen(
            lab_command(folder, report.start_page, port),
            cwd=folder,
            env=lab_environment(folder, token, os.environ),
            stdout=said,
            stderr=subprocess.STDOUT,
        )

    def end(_signal: int, _frame: types.FrameType | None) -> None:
        end_soon(lab, SECONDS_TO_END)

    signal.signal(signal.SIGTERM, end)
    try:
        _wait_until_up(lab, port, log)
        print(f"Your work is in {folder}")
        print(f"The course is at {url}")
        print("Leave this window open while you work. To stop, press Ctrl+C here; what you wrote is saved.", flush=True)
        if browser:
            webbrowser.open(url)
        return max(lab.wait(), 0)
    except KeyboardInterrupt:
        # The same Ctrl+C has reached JupyterLab, which ends its kernels and then itself.
        lab.wait()
        return 0
    finally:
        if lab.poll() is None:
            lab.terminate()
            lab.wait()


def end_soon(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Ask a process to end, and end it where it has not after so many seconds. Kernels end with their server."""
    process.terminate()
    last = threading.Timer(seconds, process.kill)
    last.daemon = True
    last.start()


def free_port(wanted: int) -> int:
    """A port of this machine: the wanted one, or for 0 the first free one from 8888. Raises `Problem`."""
    for port in (wanted,) if wanted else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            if os.name == "posix":
                # A port that was just given up counts as free, as it does for the server itself.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    if wanted:
        raise Problem(f"Port {wanted} is taken or not allowed: leave out --port, and a free one is used.")
    raise Problem(
        f"No port from {FIRST_PORT} to {FIRST_PORT + 99} is free: name another one, as in `handson start --port 9300`."
    )


def _wait_until_up(lab: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_WAIT
    # A proxy that the user has set has no business with a server on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while lab.poll() is None:
        try:
            opener.open(f"http://127.0.0.1:{port}/api", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise Problem(
                    f"JupyterLab did not answer within {SECONDS_TO_WAIT:.0f} s: start again, or see {log}."
                ) from None
            time.sleep(0.05)
    raise Problem(
        f"JupyterLab ended before it could open: what it said is in {log}. Installing again usually mends it."
    )
