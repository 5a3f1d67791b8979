"""`handson forget LEARNER`: takes every trace of a learner out of a cohort's files.

Their own folders go, their rows in the gradebook and in copies of it, their lines elsewhere; what was made of the whole
cohort (report, marks, zips of feedback) goes too and can be made again. Where others' files name them they become a
forgotten member. A zip of the inbox with others' work as well loses theirs. Their folders and their line of the roster
go last: a run that was ended is finished by the same command.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.prompt import Confirm

from grader.coach.archive import shown
from grader.coach.cohort import FILE_NAME, Cohort, open_cohort
from grader.coach.collect import ORIGIN, STAGING
from grader.coach.erase import NAME, Eraser, manifest, read_zip
from grader.coach.feedback import FOLDER as FEEDBACK
from grader.coach.grade_file import read_grade
from grader.coach.gradebook import PATIENCE, explain, lock, make_or_check
from grader.coach.memo_marks import FOLDER as MARKS
from grader.coach.resume import FILE_NAME as GRADING
from grader.coach.review import COMMENTS
from grader.coach.roster import Learner, read_roster
from grader.coach.whole import write_whole
from grader.learner.pack import MANIFEST
from grader.learner.problem import Problem

OF_ALL = ("report.html", "report-anonymous.html", "marks-canvas.csv", "marks-moodle.csv", "marks-json.json")
NOT_THEIRS = frozenset({"draws", "releases", "source", "release"})
"""Folders of the cohort that hold nothing of anybody's."""
_DATABASE = b"SQLite format 3\0"
_MOST_LISTED = 12
_GONE = """
DELETE FROM comment WHERE notebook_id IN (SELECT id FROM theirs);
DELETE FROM grade WHERE notebook_id IN (SELECT id FROM theirs);
DELETE FROM submitted_notebook WHERE id IN (SELECT id FROM theirs);
DELETE FROM submitted_assignment WHERE student_id IN (SELECT id FROM forgotten);
DELETE FROM student WHERE id IN (SELECT id FROM forgotten);
"""


@dataclass(frozen=True)
class Traces:
    """Where a learner is. `gone` are folders and files that go whole; `inbox` likewise, of the coach's own inbox.

    `mentions` are files that name them in others' work or in a zip with others: these are written anew. `databases` are
    the gradebook and its copies. `unread` are zips that cannot be looked into, and stay.
    """

    eraser: Eraser
    gone: tuple[Path, ...]
    inbox: tuple[Path, ...]
    mentions: tuple[Path, ...]
    databases: tuple[Path, ...]
    unread: tuple[Path, ...]

    @property
    def learner(self) -> Learner:
        """Who is to be forgotten."""
        return self.eraser.learner


def find_traces(cohort: Cohort, who: str) -> Traces:
    """All that is to go of somebody, by e-mail or full name. Raises Problem for somebody of whom there is nothing.

    Somebody whose line the coach has taken out of the roster is found by what is left of them.
    """
    learner = _find(cohort, who)
    eraser = _eraser(cohort, learner)
    folders = [
        folder / learner.email
        for folder in (cohort.collected, cohort.submitted, cohort.autograded, cohort.folder / FEEDBACK)
    ]
    files = [cohort.folder / name for name in (STAGING, *OF_ALL)]
    files += (cohort.folder / FEEDBACK).glob("*.zip")
    files += (cohort.folder / MARKS).glob(f"*/*{learner.email}.json*")
    gone = [path for path in (*files, *folders) if path.exists() and _is_own(path, eraser)]
    inbox, mentions, databases, unread = [], [], [], []
    for path in _others(cohort, gone):
        content = path.read_bytes()
        where = _in_inbox(path, cohort)
        if where and _is_theirs(path, where, content, eraser):
            inbox.append(path)
        elif content.startswith(_DATABASE):
            databases.append(path)
        elif where and content.startswith(b"PK") and read_zip(content) is None:
            unread.append(path)
        elif _cleaned(path, content, eraser) != content or (where and eraser.in_path(where)):
            mentions.append(path)
    return Traces(eraser, tuple(gone), tuple(inbox), tuple(mentions), tuple(databases), tuple(unread))


def _others(cohort: Cohort, gone: Sequence[Path]) -> Iterator[Path]:
    """The other files of the cohort that may name somebody. Its roster comes last, by itself."""
    for folder, names, files in os.walk(cohort.folder):
        place = Path(folder)
        at_top = place == cohort.folder
        names[:] = sorted(name for name in names if not (at_top and name in NOT_THEIRS) and place / name not in gone)
        for name in sorted(files):
            path = place / name
            ours = at_top and name in (cohort.roster_file.name, FILE_NAME)
            if not ours and path not in gone and path.is_file() and not path.is_symlink():
                yield path


def _in_inbox(path: Path, cohort: Cohort) -> str:
    """Where a file lies in the inbox; empty for one that lies elsewhere."""
    return path.relative_to(cohort.inbox).as_posix() if path.is_relative_to(cohort.inbox) else ""


def _find(cohort: Cohort, who: str) -> Learner:
    said = " ".join(who.split())
    roster = cohort.roster()
    learner = roster.get(said)
    if learner is not None:
        return learner
    named = [each for each in roster.learners if each.name.casefold() == said.casefold()]
    if len(named) > 1:
        emails = " or ".join(each.email for each in named)
        raise Problem(f"{said} could be {emails}: say the e-mail. Nothing was changed.")
    if named:
        return named[0]
    email = said.lower()
    places = (cohort.collected, cohort.submitted, cohort.autograded, cohort.folder / FEEDBACK)
    name = _name_in_gradebook(cohort.gradebook, email)
    is_there = "@" in email and "/" not in email and any((place / email).is_dir() for place in places)
    if name is None and not is_there:
        what = "e-mail" if "@" in said else "name"
        raise Problem(
            f"Nobody of the {what} {said} is on the roster of {cohort.name}, and nothing there is theirs: "
            "nothing was changed."
        )
    return Learner(email, name or "")


def _name_in_gradebook(path: Path, email: str) -> str | None:
    """The name of a student; None for one that the gradebook does not know."""
    if not path.exists():
        return None
    make_or_check(path, PATIENCE)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            row = database.execute("SELECT first_name, last_name FROM student WHERE id = ?", (email,)).fetchone()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return None if row is None else " ".join(part for part in row if part)


def _eraser(cohort: Cohort, learner: Learner) -> Eraser:
    """A name that the course's own text holds is no trace of them, where others' notebooks hold it as well."""
    others = frozenset(each.email for each in cohort.roster().learners) - {learner.email}
    eraser = Eraser(learner, others, texts=tuple(_texts(cohort, learner.email)))
    released = (path for path in cohort.releases.rglob("*") if path.is_file() and path.suffix in (".ipynb", ".toml"))
    in_the_course = any(
        eraser.clean(text) != text for path in released for text in [path.read_text(encoding="utf-8", errors="replace")]
    )
    return Eraser(learner, others, not in_the_course, eraser.texts)


def _texts(cohort: Cohort, email: str) -> Iterator[str]:
    for folder in sorted((cohort.autograded / email).glob("*")):
        with suppress(Problem):
            yield from (memo.text for memo in read_grade(folder).memos)


def _is_own(path: Path, eraser: Eraser) -> bool:
    """Whether marks are of this learner and not of one whose address ends with theirs."""
    email = eraser.learner.email
    return path.parent.parent.name != MARKS or path.name in (f"{email}.json", f".{email}.json.part")


def _is_theirs(path: Path, where: str, content: bytes, eraser: Eraser) -> bool:
    """Whether a file of the inbox goes whole: what they packed, and what carries them in its name and is nobody else's.

    A zip that holds others' work as well is looked into instead.
    """
    files = read_zip(content) if content.startswith(b"PK") else None
    if files:
        packers = {_packer(each) for name, each in files.items() if _is_manifest(name)} - {"", eraser.learner.email}
        return eraser.theirs(files) == set(files) or (not packers and eraser.in_path(where))
    if eraser.in_path(path.name):
        return True
    beside = path.parent / MANIFEST
    packer = _packer(beside.read_bytes()) if beside.is_file() else ""
    return packer == eraser.learner.email if packer else eraser.in_path(where)


def _packer(content: bytes) -> str:
    return str(manifest(content).get("email") or "").strip().lower()


def _is_manifest(name: str) -> bool:
    return name.rpartition("/")[2].lower() == MANIFEST


def _cleaned(path: Path, content: bytes, eraser: Eraser) -> bytes:
    """What becomes of a file: the journal of grading loses their lines, the kept comments those that quote them."""
    if path.name == GRADING:
        return b"".join(line for line in content.splitlines(keepends=True) if _is_of_another(line, eraser))
    if path.name == COMMENTS:
        with suppress(ValueError):
            said = json.loads(content)
            kept = [each for each in said if not eraser.quotes(str(each)) and eraser.clean(str(each)) == str(each)]
            return content if kept == said else (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()
    return eraser.clean_file(path.name, content) if eraser.may_be_in(content) else content


def _is_of_another(line: bytes, eraser: Eraser) -> bool:
    """Whether a line of the journal is surely of somebody else: one that was cut short counts for nothing anyway."""
    try:
        return bool(json.loads(line)["email"] != eraser.learner.email)
    except (ValueError, KeyError, TypeError):
        return False


def forget(cohort: Cohort, traces: Traces) -> None:
    """Take it all away. Raises Problem; what is gone by then is gone, and the same again goes on from there."""
    _check_team(cohort, traces)
    held = lock(cohort.folder)  # the gradebook's: nobody grades meanwhile
    try:
        with cohort.lock("collect"), cohort.lock("grade"), cohort.lock("review"):
            for path in traces.inbox:
                _remove(path)
                _prune(path.parent, cohort.inbox)
            for path in traces.mentions:
                _replace(path, _cleaned(path, path.read_bytes(), traces.eraser))
                _rename(path, cohort, traces.eraser)
            for path in traces.databases:
                _forget_in_gradebook(path, traces.eraser)
            for path in traces.gone:
                _remove(path)
            _forget_in_roster(cohort.roster_file, traces.learner.email)
    except OSError as error:
        raise Problem(
            f"{error.filename or cohort.folder} could not be changed ({error.strerror}): mend that, then run it again."
        ) from error
    finally:
        os.close(held)


def _check_team(cohort: Cohort, traces: Traces) -> None:
    """What they packed for a team goes from the inbox: it must be in collected/ for the others. Raises Problem."""
    roster = cohort.roster()
    for path in traces.inbox:
        content = path.read_bytes()
        files = (read_zip(content) if content.startswith(b"PK") else None) or {path.name: content}
        place = shown(_in_inbox(path, cohort))
        for said in [manifest(each) for name, each in files.items() if _is_manifest(name)]:
            team = said.get("team")
            mates = [roster.get(each) for each in team if isinstance(each, str)] if isinstance(team, list) else []
            for mate in mates:
                if mate is None or mate == traces.learner or not mate.team or mate.team != traces.learner.team:
                    continue
                origins = (cohort.collected / mate.email).glob(f"*/*/{ORIGIN}")
                if not any(_came_from(origin, place) for origin in origins):
                    raise Problem(
                        f"inbox/{place} is also of {mate.email}, and is not collected: run `handson collect` first, "
                        "then this again. Nothing was changed."
                    )


def _came_from(origin: Path, place: str) -> bool:
    try:
        where = str(json.loads(origin.read_bytes())["where"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return where == place or where.startswith(f"{place}/") or place.startswith(f"{where}/")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _prune(folder: Path, inbox: Path) -> None:
    """Take away the folders of the inbox that hold nothing any more."""
    while folder != inbox and folder.is_relative_to(inbox) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _rename(path: Path, cohort: Cohort, eraser: Eraser) -> None:
    """Another name for a file of the inbox that is somebody else's and carries them in its name or its folder's."""
    if eraser.in_path(_in_inbox(path, cohort)):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        path.replace(cohort.inbox / f"forgotten-{digest}{path.suffix}")
        _prune(path.parent, cohort.inbox)


def _forget_in_gradebook(path: Path, eraser: Eraser) -> None:
    """Their rows in a gradebook or a copy of one, and the free pages in which they stood; others' comments on them."""
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "student" not in tables:
                return
            database.execute("PRAGMA secure_delete = ON")
            database.execute("PRAGMA temp_store = MEMORY")
            database.execute("CREATE TEMP TABLE forgotten AS SELECT ? AS id", (eraser.learner.email,))
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "CREATE TEMP TABLE theirs AS SELECT submitted_notebook.id FROM submitted_notebook "
                "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
                "WHERE submitted_assignment.student_id IN (SELECT id FROM forgotten)"
            )
            for statement in _GONE.strip().split("\n"):
                database.execute(statement)
            for column in ("auto_comment", "manual_comment"):
                rows = database.execute(f"SELECT id, {column} FROM comment WHERE {column} IS NOT NULL").fetchall()
                changed = [(said, key) for key, text in rows if (said := eraser.clean(text)) != text]
                database.executemany(f"UPDATE comment SET {column} = ? WHERE id = ?", changed)
            database.execute("COMMIT")
            database.execute("VACUUM")
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _forget_in_roster(path: Path, email: str) -> None:
    """Take their line out of the roster; every other line stays as the coach wrote it."""
    if all(each.email != email for each in read_roster(path).learners):
        return
    content = path.read_bytes()
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    lines = content.decode(encoding).splitlines(keepends=True)
    kept = [line for line in lines if email not in map(_cell, re.split(r"[,;\t|]", line))]
    _replace(path, "".join(kept).encode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"))


def _cell(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(' "=\r\n').lower()


def _replace(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode
    write_whole(path, content, "mend that, then run it again")
    path.chmod(mode)


def forget_command(who: str, cohort: str | None, *, yes: bool = False, console: Console | None = None) -> int:
    """What `handson forget` runs. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    place = open_cohort(cohort)
    traces = find_traces(place, who)
    _say(traces, place, console)
    if not yes:
        if not (sys.stdin.isatty() and console.is_terminal):
            console.print("Nothing was changed. Next: the same command with --yes does it.")
            return 0
        if not Confirm.ask("Forget them, for good?", console=console, default=False):
            console.print("Nothing was changed.")
            return 0
    forget(place, traces)
    console.print("Forgotten. Next: `handson report` and `handson feedback WEEK` make anew what was of all.")
    return 0


def _say(traces: Traces, cohort: Cohort, console: Console) -> None:
    """What goes, what is written anew, and what stays."""
    name = f" ({traces.learner.name})" if traces.learner.name not in ("", traces.learner.email) else ""
    console.print(f"[bold]{escape(traces.learner.email + name)}[/bold] in {escape(str(cohort.folder))}")
    for title, paths in (
        ("Goes", traces.gone),
        ("Goes", traces.inbox),
        (f"Is written anew, with “{NAME}” in their place or without what is theirs", traces.mentions),
        ("Stays, and could not be looked into: take it away yourself", traces.unread),
    ):
        for path in paths[:_MOST_LISTED]:
            console.print(f"{title}: {escape(path.relative_to(cohort.folder).as_posix())}")
        if len(paths) > _MOST_LISTED:
            console.print(f"{title}: and {len(paths) - _MOST_LISTED} more")
    copies = len(traces.databases) - cohort.gradebook.exists()
    more = f", in {copies} {'copy' if copies == 1 else 'copies'} of it" if copies else ""
    console.print(f"Goes: their rows in the gradebook{more}, and their line in the roster.")
    if traces.learner.name and not traces.eraser.full_name:
        console.print("Stays: their name where others' work has it, since the course's own text has the same name.")
    console.print("Not reached: backups, what was sent, and other folders than this one.")
