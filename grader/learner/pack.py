"""One zip of a lesson: the notebook as saved, the journal, and `manifest.json`. The notebook is only read.

The manifest is `{"schema": 2, "week": "w01", "slug", "release", "at": ISO time in UTC, "email": text or null,
"team": [e-mails], "notebook": its name on the learner's disk, "journal": "included", "left out" or "none",
"private_cells_left_out": count, "versions": {package: version}, "platform", "files": {name in the zip: sha256}}`.
Schema 1 had no `email`, `team` and `journal`.
"""

import errno
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.learner import journal
from grader.learner.identity import Who
from grader.learner.key import Key
from grader.learner.problem import Problem
from grader.learner.saved import headings, memos, open_answers, private, read_notebook
from grader.learner.withheld import without_guesses
from grader.learner.work import MOST_BYTES, entries

ENDING = "-hand-in.zip"
MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 2
INBOX = "HANDSON_INBOX"
_PACKAGES = ("duckdb", "pandas", "numpy", "matplotlib", "scikit-learn", "ipykernel", "jupyterlab", "handson-hour")
_LONGEST_IN_NAME = 100


@dataclass(frozen=True)
class Packed:
    """What went into the zip, where it lies, and what is still open.

    `open_answers`, `not_right`, `changed` and `not_checked` are exercises, by the words above them on the page. The
    last three are answered, and as the journal has it: the last check did not call them right and none did; the last
    did not and an earlier one did; none was run.
    `inbox` is the copy in the coach's folder; `trouble` says why there is none, or what else went wrong on the side.
    """

    week: str
    path: Path
    notebook: str
    saved: datetime
    at: datetime
    who: Who
    tries: int = 0
    predictions: int = 0
    letters: int = 0
    hand_ins: int = 0
    monday: bool = False
    private: int = 0
    journal: str = "none"
    open_answers: tuple[str, ...] = ()
    not_right: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    open_memos: tuple[str, ...] = ()
    short_memos: tuple[int, ...] = ()
    memo_words: tuple[str, ...] = ()
    inbox: Path | None = None
    trouble: tuple[str, ...] = ()


def pack(folder: Path, key: Key, notebook: Path, who: Who, *, opened: bool = True) -> Packed:
    """Write the zip beside the notebook, a copy into the coach's folder if there is one, and a line into the journal.

    Where the journal stays out, so does what the notebook shows of guesses and tries. A lesson that was never `opened`
    gets no journal by being packed.
    Raises Problem with one sentence when the notebook cannot be read or the zip not be written. What fails after that
    is said in `trouble`.
    """
    content = read_notebook(notebook)
    kept = [cell for cell in content["cells"] if not private(cell)]
    left_out = len(content["cells"]) - len(kept)
    read, lost = entries(folder)
    diary = _journal(folder)
    state = "left out" if not who.journal else "none" if diary is None else "included"
    packed = kept if who.journal else [without_guesses(cell) for cell in kept]
    # Escapes keep what is no valid text (half of an emoji) as it was.
    files = {f"{key.slug}.ipynb": json.dumps({**content, "cells": packed}, indent=1).encode() + b"\n"}
    if diary is not None and who.journal:
        files[journal.FILE_NAME] = diary
    at = datetime.now(UTC)
    files[MANIFEST] = _manifest(key, notebook.name, files, left_out, who, state, at)
    target = folder / f"{key.lesson}{ENDING}"
    write_zip(target, files)
    inbox, trouble = _to_inbox(target, key, who, at)
    unanswered = tuple(open_answers(key, kept))
    open_memos, short_memos, memo_words = memos(key, kept)
    entry = {"kind": journal.HAND_IN, "week": key.lesson, "release": key.release, "journal": state}
    reached = {"open": len(unanswered) + len(open_memos), "sent": inbox is not None}
    if (opened or diary is not None) and not journal.journal(folder).append({**entry, **reached}):
        trouble.append("Nothing can be written into the journal, so your map will not show this hand-in.")
    kinds = [each.get("kind") for each in read]
    tries = _tries(read)
    called = headings(key, content["cells"])
    answered = [name for name in key.exercises if name not in unanswered]
    wrong = [name for name in answered if name in tries and tries[name][-1] < key.exercises[name].points]
    return Packed(
        week=key.lesson,
        path=target,
        notebook=notebook.name,
        saved=_saved_at(notebook),
        at=at.astimezone(),
        who=who,
        tries=kinds.count("try"),
        predictions=kinds.count("prediction"),
        letters=kinds.count("recall"),
        hand_ins=kinds.count(journal.HAND_IN),
        monday=any(each.get("came_back") for each in read),
        private=left_out,
        journal=state,
        open_answers=tuple(called[name] for name in unanswered),
        not_right=tuple(called[name] for name in wrong if max(tries[name]) < key.exercises[name].points),
        changed=tuple(called[name] for name in wrong if max(tries[name]) >= key.exercises[name].points),
        not_checked=tuple(called[name] for name in answered if name not in tries),
        open_memos=open_memos,
        short_memos=short_memos,
        memo_words=memo_words,
        inbox=inbox,
        trouble=(*trouble, *([lost] if lost and state == "none" else [])),
    )


def _tries(read: Iterable[Mapping[str, Any]]) -> dict[str, list[float]]:
    """The points of each try, in order, by exercise. Odd entries, which anybody may have made, count as no points."""
    tries: dict[str, list[float]] = {}
    for entry in read:
        name, points = entry.get("exercise"), entry.get("points")
        if entry.get("kind") == "try" and type(name) is str:
            tries.setdefault(name, []).append(float(points) if isinstance(points, int | float) else 0.0)
    return tries


def write_zip(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a zip under a temporary name, then rename it. Raises Problem; leaves no half of a file."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        temporary.replace(target)
    except OSError as error:
        if _is_full(error):
            sentence = "The disk of this computer is full: free some space, then hand in again."
        else:
            sentence = (
                f"I may not write `{target.name}` into the folder of this lesson ({error.strerror}): close the file if "
                "another program has it open, or copy the lesson's folder to a place of your own."
            )
        raise Problem(f"{sentence} Your notebook is untouched.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _to_inbox(zipped: Path, key: Key, who: Who, at: datetime) -> tuple[Path | None, list[str]]:
    """A copy in the folder that HANDSON_INBOX names, under a name of its own, so that no other one is replaced."""
    named = os.environ.get(INBOX, "").strip()
    if not named:
        return None, []
    whole = f"`{zipped.name}` beside the notebook is whole: send it yourself."
    try:
        inbox = Path(named).expanduser().absolute()
        if not inbox.is_dir():
            return None, [f"Your coach's folder `{named}` ({INBOX}) is not there. {whole}"]
        content = zipped.read_bytes()
        person = re.sub(r"[^\w.@+-]", "_", who.email or "no-email")[:_LONGEST_IN_NAME]
        target = inbox / f"{key.lesson}-{person}-{at:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:8]}.zip"
        temporary = target.with_name(f".{target.name}.part")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        why = "is full" if isinstance(error, OSError) and _is_full(error) else "cannot be written to"
        return None, [f"Your coach's folder `{named}` ({INBOX}) {why}. {whole}"]
    return target, []


def _is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def _manifest(
    key: Key, name: str, files: Mapping[str, bytes], private_cells: int, who: Who, diary: str, at: datetime
) -> bytes:
    listed = {
        "schema": MANIFEST_SCHEMA,
        "week": key.lesson,
        "slug": key.slug,
        "release": key.release,
        "at": at.isoformat(timespec="seconds"),
        "email": who.email,
        "team": list(who.team),
        "notebook": name,
        "journal": diary,
        "private_cells_left_out": private_cells,
        "versions": {"python": platform.python_version(), **dict(_versions())},
        "platform": sys.platform,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return json.dumps(listed, indent=1).encode() + b"\n"


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue


def _journal(folder: Path) -> bytes | None:
    try:
        content = (folder / journal.FILE_NAME).read_bytes()
    except OSError:
        return None
    return content if len(content) <= MOST_BYTES else None


def _saved_at(notebook: Path) -> datetime:
    try:
        return datetime.fromtimestamp(notebook.stat().st_mtime).astimezone()
    except (OSError, ValueError, OverflowError):
        return datetime.now().astimezone()
