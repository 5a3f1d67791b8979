"""A cohort on disk: one folder, which is an nbgrader course, with roster, secret seed and inbox beside it."""

import fcntl
import json
import re
import secrets
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from grader.authoring.build import ROOT
from grader.authoring.notebook import CONFIG
from grader.coach.gradebook import PATIENCE, make_or_check
from grader.coach.roster import Roster, read_roster, roster_text
from grader.learner.problem import Problem

SCHEMA = 1
FILE_NAME = "cohort.toml"
COHORTS = Path("cohorts")
PUBLIC_SEEDS = frozenset({7, 11, 991})
"""The seeds of the lessons, the demo and the tests: what is drawn from them, a learner can draw as well."""
LOWEST_SEED, HIGHEST_SEED = 1_000_000, 2**31
GIVEN_AWAY = ("lessons", "grader")
"""Folders of the course that learners are given: no cohort lives there."""
FOLDERS = ("inbox", "collected", "submitted", "releases", "draws", "autograded", "source", "release")
_NAME = re.compile(r"[^\W_][\w .-]{0,62}[^\W_]|[^\W_]")


@dataclass(frozen=True)
class Cohort:
    """The folder of a cohort. `seed` is secret: it draws the data on which answers are judged a second time."""

    folder: Path
    name: str
    seed: int
    created: datetime

    @property
    def roster_file(self) -> Path:
        """Who is in it; a coach may edit it."""
        return self.folder / "roster.csv"

    @property
    def inbox(self) -> Path:
        """Where a coach drops zips and notebooks. Only read."""
        return self.folder / "inbox"

    @property
    def collected(self) -> Path:
        """EMAIL/WEEK/TIME-HASH/: everything that was taken."""
        return self.folder / "collected"

    @property
    def submitted(self) -> Path:
        """EMAIL/WEEK/: what counts, as nbgrader wants it."""
        return self.folder / "submitted"

    @property
    def releases(self) -> Path:
        """WEEK/HASH/: the releases under which something was collected."""
        return self.folder / "releases"

    @property
    def draws(self) -> Path:
        """The cohort's second data and its keys."""
        return self.folder / "draws"

    @property
    def autograded(self) -> Path:
        """EMAIL/WEEK/: executed notebooks."""
        return self.folder / "autograded"

    @property
    def gradebook(self) -> Path:
        """nbgrader's database."""
        return self.folder / "gradebook.db"

    def roster(self) -> Roster:
        """The learners, as roster.csv says now. Raises Problem."""
        return read_roster(self.roster_file)

    @contextmanager
    def lock(self, work: str) -> Iterator[None]:
        """Keep others from the same work (`collect`) on this cohort meanwhile. Raises Problem when one is at it.

        The lock goes with the process, however it ends.
        """
        with (self.folder / f".{work}.lock").open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Problem(
                    f"Another `handson {work}` works on the cohort {self.name}: wait for its end, then run it again."
                ) from error
            yield


def new_cohort(name: str, roster_file: Path, parent: Path = COHORTS, seed: int | None = None) -> Cohort:
    """Make the folder of a new cohort, whole or not at all. Raises Problem; an existing folder is never touched.

    Its seed is secret and drawn by chance; only an invented cohort, which is to come out the same each time, gives one.
    """
    if not _NAME.fullmatch(name) or name.split(".")[0].lower() in ("con", "prn", "aux", "nul"):
        raise Problem(
            f"{name!r} cannot name a cohort: take up to 64 letters, digits, spaces, dots, - and _, "
            "with a letter or digit at both ends."
        )
    folder = parent / name
    for given in GIVEN_AWAY:
        if folder.resolve().is_relative_to(ROOT / given):
            raise Problem(f"{folder} would lie in {given}/, which learners are given: make the cohort elsewhere.")
    if folder.exists() or folder.is_symlink():
        raise Problem(f"{folder} is there already, and stays as it is: give the new cohort another name.")
    roster = read_roster(roster_file)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".handson-cohort-", dir=parent) as scratch:
            cohort = _write(Path(scratch) / "cohort", name, roster, seed)
            cohort.folder.rename(folder)
    except OSError as error:
        raise Problem(f"The cohort cannot be written to {parent} ({error.strerror}): nothing was made.") from error
    return Cohort(folder, name, cohort.seed, cohort.created)


def _write(folder: Path, name: str, roster: Roster, seed: int | None) -> Cohort:
    # Only the coach's own account may look inside: it holds people's work, their marks and the seed.
    folder.mkdir(mode=0o700)
    cohort = Cohort(folder, name, seed or _secret_seed(), datetime.now(UTC).replace(microsecond=0))
    for inner in FOLDERS:
        (folder / inner).mkdir()
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    cohort.roster_file.write_text(roster_text(roster.learners), encoding="utf-8", newline="\n")
    shutil.copyfile(CONFIG, folder / CONFIG.name)
    make_or_check(cohort.gradebook, PATIENCE)
    lines = (
        f"schema = {SCHEMA}",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f"created = {cohort.created.isoformat()}",
        "# Draws the data on which every answer is judged a second time. Keep it from learners, and never change it.",
        f"seed = {cohort.seed}",
    )
    (folder / FILE_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return cohort


def _secret_seed() -> int:
    while (seed := LOWEST_SEED + secrets.randbelow(HIGHEST_SEED - LOWEST_SEED)) in PUBLIC_SEEDS:
        pass
    return seed


def open_cohort(path_or_name: str | Path | None = None) -> Cohort:
    """The cohort in this folder, or of this name in ./cohorts.

    With None, the one that the current folder is, or the only one in ./cohorts. Raises Problem, and lists those there.
    """
    if path_or_name is None:
        if (Path() / FILE_NAME).is_file():
            return _read(Path())
        found = _cohorts()
        if len(found) == 1:
            return _read(found[0])
        if found:
            raise Problem(f"There are several cohorts, {_listed(found)}: say --cohort NAME.")
        raise Problem(
            "There is no cohort in ./cohorts: make one with `handson cohort new NAME --roster FILE`, "
            "or go to the folder where yours are."
        )
    for folder in (Path(path_or_name), COHORTS / path_or_name):
        if (folder / FILE_NAME).is_file():
            return _read(folder)
    found = _cohorts()
    there = f"there is {_listed(found)}" if found else "there is none in ./cohorts"
    raise Problem(f"There is no cohort {path_or_name}; {there}: say --cohort NAME, or the path of its folder.")


def _cohorts() -> list[Path]:
    return sorted(path.parent for path in COHORTS.glob(f"*/{FILE_NAME}"))


def _listed(folders: list[Path]) -> str:
    return ", ".join(folder.name for folder in folders)


def _read(folder: Path) -> Cohort:
    path = folder / FILE_NAME
    mend = "put back the copy of your last backup; the seed in it cannot be made again"
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except ValueError as error:
        raise Problem(f"{path} is damaged ({error}): {mend}.") from error
    if about.get("schema") != SCHEMA:
        raise Problem(f"{path} is of version {about.get('schema')}, and this course reads version {SCHEMA}: update it.")
    name, seed, created = about.get("name"), about.get("seed"), about.get("created")
    if not isinstance(name, str) or type(seed) is not int or not isinstance(created, datetime):
        raise Problem(f"{path} lacks its name, seed or date: {mend}.")
    if seed in PUBLIC_SEEDS or seed < 0:
        raise Problem(f"{path} has the seed {seed}, which learners know: {mend}.")
    return Cohort(folder, name, seed, created)


def cohort_command(name: str, roster_file: Path, console: Console | None = None) -> int:
    """What `handson cohort new` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    cohort = new_cohort(name, roster_file)
    learners = cohort.roster().learners
    teams = len({learner.team for learner in learners if learner.team})
    people = f"{len(learners)} learner{'s' if len(learners) != 1 else ''}"
    grouped = f" in {teams} team{'s' if teams != 1 else ''}" if teams else ""
    console.print(f"Made the cohort [bold]{escape(name)}[/bold] in {escape(str(cohort.folder))}: {people}{grouped}.")
    console.print("Its seed is its own and secret. Git ignores the folder: back it up where you keep marks.")
    console.print(f"Next: put what learners hand in into {escape(str(cohort.inbox))}, then run `handson collect`.")
    return 0
