"""The file gradebook.db of a cohort: who may write to it, whether it is sound, and how it is opened."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory
from nbgrader.api import Base, Gradebook
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from grader.coach.autograded import explain_files
from grader.learner.problem import Problem

GRADEBOOK = "gradebook.db"
LOCK = ".gradebook.lock"
PATIENCE = 20.0
"""Seconds to wait for another program that writes to the gradebook, such as formgrader."""


def lock(folder: Path) -> int:
    """Hold the cohort for writing until the descriptor is closed, or this process ends in whatever way."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Problem(
            f"{folder} cannot be written ({error.strerror}): name the folder of a cohort of yours."
        ) from error
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise Problem(f"Another `handson` writes to {folder}: wait until it is done, then run again.") from error
    return lock


def make_or_check(path: Path, patience: float) -> None:
    """Make a gradebook where none is; raise Problem for one that nbgrader would not work on, and leave it alone."""
    if path.is_symlink() and not path.exists():
        raise Problem(f"{path} is a link that leads nowhere: bring back what it should lead to, or take it away.")
    if not path.exists() or not path.stat().st_size:
        _make(path)
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=patience)) as db:
            (state,) = db.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            versions = (
                db.execute("SELECT version_num FROM alembic_version").fetchall() if "alembic_version" in tables else []
            )
    except sqlite3.Error as error:
        raise explain(error, path) from error
    if state != "ok":
        raise Problem(f"{path} is damaged ({state.splitlines()[0]}): put a copy of it back. Nothing was changed.")
    scripts = ScriptDirectory(ALEMBIC_DIR)
    known = {script.revision for script in scripts.walk_revisions()}
    version = versions[0][0] if versions else None
    if version == scripts.get_current_head() and tables >= set(Base.metadata.tables):
        return
    if version in known or ("submitted_assignment" in tables and version is None):
        raise Problem(
            f"{path} was made by an older nbgrader: run `nbgrader db upgrade` in {path.parent}, which keeps a copy, "
            "then run again. Nothing was changed."
        )
    raise Problem(
        f"{path} is not a gradebook of this nbgrader: move it away, or use another folder. Nothing was changed."
    )


def _make(path: Path) -> None:
    """A gradebook as nbgrader makes one (it would take its version from a command on PATH), whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        engine = create_engine(URL.create("sqlite", database=str(new)))
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})
        engine.dispose()
        new.replace(path)
    except OSError as error:
        raise explain_files(error, path) from error
    except DBAPIError as error:
        raise explain(error.orig, path) from error


def open_gradebook(path: Path, course: str, patience: float) -> Gradebook:
    """nbgrader's gradebook, whose transactions wait for other writers when they begin, not when they are half done."""
    url = URL.create("sqlite", database=str(path), query={"timeout": str(patience)})
    book = Gradebook(url, course)
    book.db.remove()
    book.engine.dispose()  # connections to come are made as follows

    @event.listens_for(book.engine, "connect")
    def leave_transactions_to_us(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(book.engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("handson_begin", "BEGIN IMMEDIATE"))

    return book


def explain(error: BaseException | None, path: Path) -> Problem:
    """What SQLite said, as a sentence."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(f"{path} is in use by another program: let it finish, or close it, then run again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Problem(f"{path} cannot be written: give yourself write access to it and its folder, then run again.")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return Problem(f"{path} could not be written ({error}): make room on the disk, then run again.")
    if code == sqlite3.SQLITE_NOTADB:
        return Problem(f"{path} is not a gradebook: move it away, or use another folder. Nothing was changed.")
    if code == sqlite3.SQLITE_CORRUPT:
        return Problem(f"{path} is damaged ({error}): put a copy of it back.")
    return Problem(f"{path} could not be used ({error}): see whether `nbgrader export` works on it.")
