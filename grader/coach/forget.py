"""`handson forget LEARNER`: takes every trace of a learner out of a cohort's files.

Their own folders go, their rows in the gradebook, their lines elsewhere; what was made of the whole cohort (report,
marks, zips of feedback) goes too and can be made again. In a team-mate's manifest they become a forgotten member. Their
line of the roster goes last: a run that was ended is finished by the same command.
"""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import MissingEntry
from rich.console import Console
from rich.markup import escape
from rich.prompt import Confirm

from grader.coach.archive import Refusal, read_inbox
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.feedback import FOLDER as FEEDBACK
from grader.coach.gradebook import PATIENCE, explain, lock, make_or_check, open_gradebook
from grader.coach.hand_ins import Finder
from grader.coach.memo_marks import FOLDER as MARKS
from grader.coach.releases import lessons_of
from grader.coach.resume import FILE_NAME as GRADING
from grader.coach.roster import Learner, roster_text
from grader.learner.problem import Problem

FORGOTTEN = "forgotten@example.invalid"
"""Stands where a team-mate's files named them; a domain that nobody can have (RFC 2606)."""
OF_ALL = ("report.html", "report-anonymous.html", "marks-canvas.csv", "marks-moodle.csv", "marks-json.json")
REWRITTEN = (".json", ".jsonl")
QUOTING = (".ipynb", ".html", ".txt", ".md")
NOT_THEIRS = frozenset({"draws", "releases", "source", "release", "inbox"})


@dataclass(frozen=True)
class Traces:
    """Where a learner is. `mentions` are files of ours, which are rewritten.

    What stays, and is said: `quoted`, somebody else's work that names them, and `shared`, places of the inbox that hold
    others' work as well.
    """

    learner: Learner
    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    mentions: tuple[Path, ...]
    quoted: tuple[Path, ...]
    inbox: tuple[Path, ...]
    shared: tuple[Path, ...]


def find_traces(cohort: Cohort, email: str) -> Traces:
    """All that is to go. Raises Problem for somebody who is not on the roster."""
    learner = cohort.roster().get(email)
    if learner is None:
        raise Problem(f"Nobody of the e-mail {email} is on the roster of {cohort.name}: nothing was changed.")
    own = (cohort.collected, cohort.submitted, cohort.autograded, cohort.folder / FEEDBACK)
    folders = tuple(folder / learner.email for folder in own if (folder / learner.email).is_dir())
    files = [cohort.folder / name for name in OF_ALL]
    files += (cohort.folder / FEEDBACK).glob("*.zip")
    files += (cohort.folder / MARKS).glob(f"*/{learner.email}.json")
    inbox, shared = _in_inbox(cohort, learner)
    gone = tuple(path for path in files if path.exists())
    named = [path for path in _others_files(cohort) if not _is_under(path, (*folders, *gone)) and _names(path, learner)]
    return Traces(
        learner,
        folders,
        gone,
        tuple(path for path in named if path.suffix in REWRITTEN),
        tuple(path for path in named if path.suffix not in REWRITTEN),
        inbox,
        shared,
    )


def _in_inbox(cohort: Cohort, learner: Learner) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files of the inbox whose hand-ins are theirs alone, and those that others are in as well."""
    finder = Finder(cohort.roster(), lessons_of(cohort), datetime.now(UTC))
    whose: dict[Path, set[str]] = {}
    for contents in read_inbox(cohort.inbox) if cohort.inbox.is_dir() else ():
        for found in finder.find(contents):
            if isinstance(found, Refusal):
                continue
            place = cohort.inbox / contents.where if contents.zipped else cohort.inbox / found.where
            whose.setdefault(place, set()).update(each.email for each in found.learners)
    for path in cohort.inbox.rglob("*"):
        if path.is_file() and path not in whose and _is_of(path.relative_to(cohort.inbox).as_posix(), learner):
            whose[path] = {learner.email}
    theirs = {place for place, emails in whose.items() if emails == {learner.email}}
    mixed = {place for place, emails in whose.items() if learner.email in emails and len(emails) > 1}
    return tuple(sorted(theirs)), tuple(sorted(mixed))


def _is_of(text: str, learner: Learner) -> bool:
    return any(_whole(what).search(text) for what in (learner.email, learner.name) if what)


def _whole(what: str) -> re.Pattern[str]:
    """The words themselves, and not a longer name or address that begins or ends with them."""
    return re.compile(rf"(?<![\w.+-]){re.escape(what)}(?![\w@-]|\.\w)", re.IGNORECASE)


def _others_files(cohort: Cohort) -> Iterator[Path]:
    """Files that may name somebody, beside what a release or a draw is, and the roster."""
    for path in sorted(cohort.folder.rglob("*")):
        ours = path.relative_to(cohort.folder).parts[0] not in NOT_THEIRS
        if ours and path.suffix in (*REWRITTEN, *QUOTING) and path.is_file() and not path.is_symlink():
            yield path


def _is_under(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _names(path: Path, learner: Learner) -> bool:
    return _is_of(path.read_bytes().decode("utf-8", "replace"), learner)


def forget(cohort: Cohort, traces: Traces) -> None:
    """Take it all away. Raises Problem; what is gone by then is gone, and the same again goes on from there."""
    held = lock(cohort.folder)  # the gradebook's: nobody grades meanwhile
    try:
        with cohort.lock("collect"), cohort.lock("grade"), closing(_Held(held)):
            for folder in traces.folders:
                shutil.rmtree(folder)
            for path in (*traces.files, *traces.inbox):
                _remove(path, cohort.inbox)
            _forget_in_gradebook(cohort.gradebook, traces.learner.email)
            for path in traces.mentions:
                _rewrite(path, traces.learner)
            kept = [each for each in cohort.roster().learners if each.email != traces.learner.email]
            _replace(cohort.roster_file, roster_text(kept).encode())
    except OSError as error:
        raise Problem(
            f"{error.filename or cohort.folder} could not be changed ({error.strerror}): mend that, then run it again."
        ) from error


@dataclass(frozen=True)
class _Held:
    """A lock that is a descriptor."""

    descriptor: int

    def close(self) -> None:
        os.close(self.descriptor)


def _remove(path: Path, inbox: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    parent = path.parent
    while parent != inbox and parent.is_relative_to(inbox) and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent


def _forget_in_gradebook(path: Path, email: str) -> None:
    """Their rows, and the free pages of the file in which they stood."""
    if not path.exists():
        return
    make_or_check(path, PATIENCE)
    book = open_gradebook(path, "", PATIENCE)
    try:
        book.remove_student(email)
    except MissingEntry:
        pass
    finally:
        book.close()
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("VACUUM")
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _rewrite(path: Path, learner: Learner) -> None:
    """A journal without their lines; in any other file they become a forgotten member."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.name == GRADING:
        kept = [line for line in text.splitlines() if _email_in(line) != learner.email]
        _replace(path, "".join(f"{line}\n" for line in kept).encode())
        return
    said = _whole(learner.email).sub(FORGOTTEN, text)
    _replace(path, (_whole(learner.name).sub("a forgotten member", said) if learner.name else said).encode())


def _email_in(line: str) -> str:
    try:
        return str(json.loads(line)["email"])
    except (ValueError, KeyError, TypeError):
        return ""


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def forget_command(learner: str, cohort: str | None, *, yes: bool = False, console: Console | None = None) -> int:
    """What `handson forget` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    place = open_cohort(cohort)
    traces = find_traces(place, learner.strip().lower())
    for path in (*traces.folders, *traces.files, *traces.inbox):
        console.print(f"Goes: {escape(str(path))}")
    for path in traces.mentions:
        console.print(f"Is rewritten without them: {escape(str(path))}")
    for path in traces.quoted:
        console.print(f"Stays, and names them in somebody else's words: {escape(str(path))}")
    for path in traces.shared:
        console.print(f"Stays, since others are in it as well: {escape(str(path))}; take it away yourself.")
    console.print("So do their rows in the gradebook and on the roster. Backups and what was sent are not reached.")
    if not yes and not Confirm.ask("Forget them, for good?", console=console, default=False):
        console.print("Nothing was changed.")
        return 0
    forget(place, traces)
    console.print("Forgotten. Next: `handson report`, which is made anew without them.")
    return 0
