"""Packs a finished lesson into one zip beside it: the saved notebook, the journal, and a list of what is inside.

Nothing is sent anywhere. Cells marked private stay out. Handing in again replaces the zip; the notebook is only read.
"""

import ast
import errno
import hashlib
import html
import importlib.metadata
import json
import os
import platform
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from grader.learner.card import card, words
from grader.learner.key import Key, current_key, lesson_folder
from grader.learner.outcome import Notice
from grader.learner.problem import Problem
from grader.learner.session import ipython, keeps_tries

JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 1
MEMO_BLANK = "Write here."
_PACKAGES = ("duckdb", "pandas", "numpy", "matplotlib", "scikit-learn", "ipykernel", "jupyterlab", "handson-hour")
_SAVE = "Press **Ctrl+S** (on a Mac **⌘S**), wait a second, and run this cell again."


@dataclass(frozen=True)
class Packed:
    """What went into the zip, and what is still open."""

    path: Path
    tries: int = 0
    predictions: int = 0
    letters: int = 0
    monday: bool = False
    private: int = 0
    journal: bool = False
    open_answers: tuple[str, ...] = ()
    open_memos: tuple[str, ...] = ()
    memo_words: tuple[str, ...] = ()
    not_as_run: tuple[str, ...] = field(default=())


class _Refused:
    """The time stamp of a notebook file when it was refused as unsaved. A save after that is the learner's word."""

    stamp: ClassVar[dict[Path, int]] = {}


def hand_in(week: str) -> Notice:
    """Write the zip of the lesson `week` ("w01") beside the notebook and return a card that says what is in it.

    Refuses with one sentence and the mend, never with a traceback, when the notebook is not saved, cannot be found or
    read, or when nothing can be written. In runs of the build, a coach or nbgrader it writes nothing.
    """
    if not keeps_tries():
        return _notice("idle", "Hand in", ["In this run nothing is packed."])
    try:
        return _told(pack(week))
    except Problem as problem:
        return _notice("wrong", "Not packed yet", [str(problem)])


def pack(week: str) -> Packed:
    """Write the zip. Raises Problem with one sentence for a person."""
    key = current_key()
    if week != key.lesson:
        raise Problem(f'This lesson is `{key.lesson}`: write `hand_in("{key.lesson}")`.')
    folder = lesson_folder()
    shell = ipython()
    namespace: Mapping[str, Any] = shell.user_ns if shell is not None else {}
    path = find_notebook(folder, key, namespace)
    notebook = read_notebook(path)
    saved = [_source(cell) for cell in notebook["cells"] if cell.get("cell_type") == "code"]
    not_as_run = stale(key, ran(shell), saved)
    if not_as_run and not _saved_since(path):
        raise Problem(f"The notebook on disk is not what you last ran: `{not_as_run[0]}` differs. {_SAVE}")
    kept = [cell for cell in notebook["cells"] if not _private(cell)]
    journal = _journal(folder)
    files = {
        f"{key.slug}.ipynb": json.dumps({**notebook, "cells": kept}, indent=1, ensure_ascii=False).encode() + b"\n",
        **({JOURNAL: journal} if journal is not None else {}),
    }
    files[MANIFEST] = _manifest(key, path.name, files, len(notebook["cells"]) - len(kept))
    target = folder / f"{key.lesson}-hand-in.zip"
    write_zip(target, files)
    _Refused.stamp.pop(path, None)
    entries = list(_lines(journal or b""))
    kinds = [entry.get("kind") for entry in entries]
    open_memos, memo_words = memos(key, kept)
    return Packed(
        path=target,
        tries=kinds.count("try"),
        predictions=kinds.count("prediction"),
        letters=kinds.count("recall"),
        monday=any(entry.get("came_back") for entry in entries),
        private=len(notebook["cells"]) - len(kept),
        journal=journal is not None,
        open_answers=tuple(_open(key, kept)),
        open_memos=open_memos,
        memo_words=memo_words,
        not_as_run=tuple(not_as_run),
    )


def find_notebook(folder: Path, key: Key, namespace: Mapping[str, Any]) -> Path:
    """The notebook file of this kernel: as VS Code or Jupyter names it, else the one of this lesson in the folder."""
    for named in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if type(named) is str and named.endswith(".ipynb"):
            path = Path(named) if Path(named).is_absolute() else folder / named
            if path.is_file() and _lesson_of(path) in (key.lesson, ""):
                return path
    try:
        beside = sorted(path for path in folder.glob("*.ipynb") if path.is_file())
    except OSError as error:
        raise Problem(f"The folder of this lesson cannot be read ({error.strerror}): check its permissions.") from error
    fitting = [path for path in beside if _lesson_of(path) == key.lesson]
    usual = [path for path in fitting if path.name == f"{key.slug}.ipynb"]
    if len(fitting) == 1 or usual:
        return (usual or fitting)[0]
    if fitting:
        names = " and ".join(f"`{path.name}`" for path in fitting[:3])
        raise Problem(f"I see several notebooks of this lesson, {names}: name the one you mean `{key.slug}.ipynb`.")
    damaged = [path for path in beside if path.name == f"{key.slug}.ipynb"]
    if damaged:
        return damaged[0]
    raise Problem(
        f"I cannot find the saved notebook of this lesson in the folder `{folder.name}`: "
        "save it there, beside `key.json`, and run this cell again."
    )


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook as plain JSON with a list of cells. Raises Problem."""
    mend = f"Save it once more in Jupyter. {_SAVE}"
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(
            f"The notebook `{path.name}` cannot be read ({error.strerror}): check its permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise Problem(f"The notebook file `{path.name}` is damaged on disk. {mend}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Problem(f"The file `{path.name}` holds no notebook. {mend}")
    return dict(notebook)


def ran(shell: Any) -> list[str]:
    """The cells that ran in this kernel, as typed, in order."""
    raw = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    return [source for source in raw if isinstance(source, str)] if isinstance(raw, list) else []


def stale(key: Key, sources: Sequence[str], saved: Sequence[str]) -> list[str]:
    """The variables whose last cell that ran is not, letter for letter, a cell of the saved notebook."""
    cells = {_trimmed(source) for source in saved}
    found = []
    for exercise in key.exercises.values():
        last = next((source for source in reversed(sources) if exercise.variable in _assigned(source)), None)
        if last is not None and _trimmed(last) not in cells:
            found.append(exercise.variable)
    return found


def memos(key: Key, cells: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the memos not written yet, and a sentence for each that is shorter or longer than asked."""
    blank, lengths = [], []
    for memo in key.memos.values():
        cell = next((cell for cell in cells if _grade_id(cell) == f"memo-{memo.name}"), None)
        text = _source(cell).strip() if cell is not None else ""
        count = len(text.removeprefix(MEMO_BLANK).split())
        low, high = memo.words
        if count == 0:
            blank.append(memo.name)
        elif not low <= count <= high:
            lengths.append(f"Your memo to {memo.to} has {count} words; {low} to {high} are asked for.")
    return tuple(blank), tuple(lengths)


def write_zip(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a zip under a temporary name, then rename it. Raises Problem; leaves no half of a file."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        temporary.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            sentence = "The disk of this computer is full: free some space, then run this cell again."
        else:
            sentence = (
                f"I may not write `{target.name}` into the folder of this lesson ({error.strerror}): close the file if "
                "another program has it open, or copy the lesson's folder to a place of your own."
            )
        raise Problem(f"{sentence} Your notebook is untouched.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _saved_since(path: Path) -> bool:
    """Whether the notebook was saved after this kernel refused it. Then what is on disk is what the learner wants."""
    try:
        now = path.stat().st_mtime_ns
    except OSError:
        return False
    before = _Refused.stamp.setdefault(path, now)
    return now != before


def _manifest(key: Key, name: str, files: Mapping[str, bytes], private: int) -> bytes:
    listed = {
        "schema": MANIFEST_SCHEMA,
        "week": key.lesson,
        "slug": key.slug,
        "release": key.release,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "notebook": name,
        "private_cells_left_out": private,
        "versions": {"python": platform.python_version(), **dict(_versions())},
        "platform": sys.platform,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return json.dumps(listed, indent=1, ensure_ascii=False).encode() + b"\n"


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue


def _journal(folder: Path) -> bytes | None:
    try:
        return (folder / JOURNAL).read_bytes()
    except OSError:
        return None


def _lines(journal: bytes) -> Iterator[dict[str, Any]]:
    for line in journal.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _open(key: Key, cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The exercises whose variable the saved notebook never sets, or sets to dots or to an empty text at last."""
    sources = [_source(cell) for cell in cells if cell.get("cell_type") == "code"]
    for exercise in key.exercises.values():
        values = [value for source in sources for value in _assigned(source).get(exercise.variable, [])]
        last = values[-1] if values else None
        if last is None or (isinstance(last, ast.Constant) and last.value in (..., "")):
            yield exercise.name


def _assigned(source: str) -> dict[str, list[ast.AST]]:
    """Name -> what the cell gives to it, in order: the value of an assignment, or the def itself."""
    lines = [line if not line.lstrip().startswith(("%", "!")) else "" for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = [node.name] if isinstance(node, ast.FunctionDef) else []
        for name in names:
            found.setdefault(name, []).append(getattr(node, "value", None) or node)
    return found


def _lesson_of(path: Path) -> str:
    """The lesson that a notebook says it belongs to; nothing when it cannot be read or does not say."""
    try:
        lesson = json.loads(path.read_text(encoding="utf-8"))["metadata"]["handson"]["lesson"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return lesson if type(lesson) is str else ""


def _metadata(cell: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    part = metadata.get(name) if isinstance(metadata, dict) else None
    return part if isinstance(part, dict) else {}


def _private(cell: Mapping[str, Any]) -> bool:
    return bool(_metadata(cell, "handson").get("private"))


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(_metadata(cell, "nbgrader").get("grade_id", ""))


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(str(line) for line in source) if isinstance(source, list) else str(source)


def _trimmed(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _told(packed: Packed) -> Notice:
    """The card of a zip that was written."""
    name = packed.path.name
    inside = "your notebook as saved, with what its cells show"
    if packed.journal:
        counted = [
            _count(packed.tries, "try", "tries"),
            _count(packed.predictions, "prediction", "predictions"),
            _count(packed.letters, "recall answer", "recall answers"),
            "what came back on Monday" if packed.monday else "",
        ]
        seen = ", ".join(text for text in counted if text)
        inside += f", and your journal ({seen})" if seen else ", and your journal"
    paragraphs = [f"`{name}` lies beside this notebook. Your coach will see {inside}. Nothing has been sent."]
    if packed.private:
        paragraphs.append(f"{_count(packed.private, 'private cell', 'private cells')} stayed out.")
    opened = [f"`{answer}`" for answer in packed.open_answers] + ["the memo"] * len(packed.open_memos)
    if opened:
        paragraphs.append(f"Still unanswered: {', '.join(opened)}. You may hand in all the same.")
    paragraphs += packed.memo_words
    quiet = ["Changed something? Save, and run this cell again: the new zip takes the place of the old one."]
    if packed.not_as_run:
        names = ", ".join(f"`{variable}`" for variable in packed.not_as_run)
        quiet.insert(0, f"What you last ran for {names} is not in the saved notebook; what is saved counts.")
    link = (
        f'<p class="hoh-p"><a download="{html.escape(name)}" href="{quote(name)}">Download {html.escape(name)}</a></p>'
    )
    return _notice(
        "right",
        f"Packed: {name}",
        paragraphs,
        next_step="send this file to your coach, in the way you were told.",
        quiet=quiet,
        link=link,
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _notice(
    state: str, title: str, paragraphs: Sequence[str], next_step: str = "", quiet: Sequence[str] = (), link: str = ""
) -> Notice:
    shown = card(state, title, paragraphs=paragraphs, next_step=next_step, quiet=quiet)
    if link:
        shown = shown.removesuffix("</section>") + link + "</section>"
    return Notice(shown, words(f"{title}.", *paragraphs, next_step and f"Next: {next_step}", *quiet))
