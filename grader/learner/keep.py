"""`keep_my_work()` and `handson keep`: the whole work folder in one file, to go on with elsewhere.

A machine in Binder is wiped when its reader leaves. The file holds every lesson that was touched, whole, with its data
and its journal, so that it can be opened without the course; the learner's own files within a cap; and the hidden
record of what was copied. A lesson that is as it was released is left out: `handson start` brings it again. Private
cells are in it: the file is for the learner, not for a coach. `grader.learner.take_up` is the way back.
"""

import errno
import hashlib
import json
import os
import platform
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import quote

from grader.learner.card import card, download_link, words
from grader.learner.errors.scene import short
from grader.learner.key import FILE_NAME as KEY
from grader.learner.key import lesson_folder
from grader.learner.outcome import Notice
from grader.learner.problem import Problem
from grader.learner.session import keeps_tries
from grader.learner.start import (
    COPIED,
    HIDDEN,
    RELEASED,
    USUAL,
    Manifest,
    Record,
    copied_into,
    courses_in,
    find_lessons,
    in_quotes,
    own_folder,
)
from grader.learner.work import work_folder

FILE_NAME = "kept-work.zip"
LISTED = "handson-kept.json"
"""The member that says what the file is and what it holds."""
SCHEMA = 1
RECORD = f"{HIDDEN}/{COPIED}"
CAP_OF_A_FILE = 25_000_000
CAP_OF_OWN_FILES = 200_000_000
"""Bytes. The caps are for the learner's own files; what belongs to a lesson is never left out."""
MOST_NAMED = 5
_NEVER = {"__pycache__", "node_modules", "venv", "env", "site-packages"}


class NothingToKeep(Problem):
    """All is as the course brings it."""


@dataclass(frozen=True)
class Kept:
    """What went into the file at `path`: lessons by folder, other files by name, bytes; and what was left out."""

    path: Path
    lessons: tuple[str, ...] = ()
    pages: int = 0
    others: tuple[str, ...] = ()
    size: int = 0
    left_out: tuple[tuple[str, str], ...] = ()
    saved: datetime | None = None


@dataclass
class _Chosen:
    """Files to pack by their name in the zip, in the order of their worth."""

    files: dict[str, Path] = field(default_factory=dict)
    lessons: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def keep_my_work() -> Notice:
    """Pack the whole work folder into one file and return a card with a link that downloads it.

    It never raises: what stands in the way is said on the card. In runs of the build or of a coach nothing is written.
    """
    if not keeps_tries():
        return _notice("idle", "Keep my work", ["In this run nothing is packed."])
    here = lesson_folder()
    try:
        return _told(keep(work_folder(here)), here)
    except NothingToKeep as nothing:
        return _notice("idle", "Keep my work", [str(nothing)])
    except Problem as problem:
        return _notice("wrong", "Not packed", [str(problem)])


def keep_command(folder: Path | None, to: Path | None) -> int:
    """What `handson keep` runs. Raises `Problem`."""
    if folder is None:
        # A clone and Binder have no record of what was copied: there the page tells.
        folder = own_folder(None) if own_folder(None).is_dir() else work_folder(Path.cwd())
    kept = keep(folder.expanduser().resolve(), to)
    print(f"{kept.path} holds {_inside(kept)} ({_megabytes(kept.size)}).")
    for name, reason in kept.left_out:
        print(f"Left out: {name} ({reason}).")
    print("It is no safer there than the rest: put a copy in another place.")
    print(f'To go on from it on this machine: handson start --from "{kept.path}" FOLDER')
    print("Elsewhere: the same, with the place of the copy in the quotes.")
    return 0


def keep(folder: Path, to: Path | None = None) -> Kept:
    """Pack the work folder into `kept-work.zip` in it, or into the file `to`. The old file is replaced at the very end.

    Raises `Problem` when the folder is none of ours, there is nothing to keep, or nothing can be written.
    """
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder: name the one with your work, as in `handson keep my-work`.")
    target = _target(folder, to)
    record = copied_into(folder)
    if not record and not any(folder.glob(f"*/{KEY}")):
        beside = [path for place in (folder, folder.parent) for path in courses_in(place) if path != folder]
        named = in_quotes(str(beside[0])) if beside else USUAL
        raise Problem(f"{folder} holds no lesson: name the folder with your work, as in `handson keep {named}`.")
    try:
        chosen = _choose(folder, record)
        if not chosen.files:
            raise NothingToKeep(
                "Nothing is saved yet that the course does not bring by itself: save (**Ctrl+S**, on a Mac **⌘S**) and "
                "run this again."
            )
        _pack(chosen, record, target)
        saved = max(path.stat().st_mtime for path in chosen.files.values())
        return Kept(
            path=target,
            lessons=tuple(chosen.lessons),
            pages=len(chosen.pages),
            others=tuple(sorted(chosen.others)),
            size=target.stat().st_size,
            left_out=tuple(chosen.left_out),
            saved=datetime.fromtimestamp(saved),
        )
    except OSError as error:
        raise Problem(f"{_unwritten(error, target.parent)} Your work is untouched.") from error


def _target(folder: Path, to: Path | None) -> Path:
    target = folder / FILE_NAME if to is None else to.expanduser().resolve()
    if target.is_dir():
        target /= FILE_NAME
    if target.exists() and not is_kept(target):
        raise Problem(f"{target} is there already and is no kept work: it stays. Name another file with --to.")
    if not target.parent.is_dir():
        raise Problem(f"The folder {target.parent} is not there: make it, or name another one with --to.")
    return target


def _unwritten(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return (
            f"The disk of {folder} is full: free some space, or write to another disk, as in `handson keep --to E:\\`."
        )
    return (
        f"Nothing can be written into {folder} ({error.strerror or error}): close {FILE_NAME} if another program has "
        "it open, or name another place, as in `handson keep --to FILE`."
    )


def is_kept(path: Path) -> bool:
    """Whether this file is one that `keep` made."""
    try:
        with zipfile.ZipFile(path) as archive:
            return LISTED in archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


def _choose(folder: Path, record: Mapping[str, Record]) -> _Chosen:
    chosen = _Chosen()
    own: list[tuple[str, Path]] = []
    for item in sorted(folder.iterdir()):
        name = item.name
        if name.startswith(".") or name in _NEVER or _leads_away(item, folder) or _is_a_kept_file(item):
            continue
        files = dict(_files(item, folder))
        lesson = item.is_dir() and (KEY in {path.name for path in files.values()} or name in record)
        if name in record and _untouched(item, files, record[name].files):
            continue
        if lesson:
            chosen.lessons.append(name)
            chosen.files |= files
        elif item.suffix == ".ipynb":
            chosen.pages.append(name)
            chosen.files |= files
        else:
            own += files.items()
    total = 0
    for name, path in sorted(own, key=lambda each: each[1].stat().st_size):
        size = path.stat().st_size
        if size > CAP_OF_A_FILE or total + size > CAP_OF_OWN_FILES:
            cap = CAP_OF_A_FILE if size > CAP_OF_A_FILE else CAP_OF_OWN_FILES
            chosen.left_out.append((name, f"{_megabytes(size)}; more than {_megabytes(cap)} is not packed"))
            continue
        total += size
        chosen.others.append(name)
        chosen.files[name] = path
    chosen.files |= {path.relative_to(folder).as_posix(): path for path in sorted((folder / HIDDEN).glob("*.json"))}
    chosen.files.pop(RECORD, None)
    if chosen.lessons or chosen.pages:
        chosen.files |= dict(_releases(folder, [*chosen.lessons, *chosen.pages], record))
    return chosen


def _releases(folder: Path, names: list[str], record: Mapping[str, Record]) -> Iterator[tuple[str, Path]]:
    """The notebooks as released, so that a later release can tell what the learner changed."""
    for name in names:
        if name not in record:
            continue
        for inner, digest in record[name].files.items():
            if not (inner or name).endswith(".ipynb"):
                continue
            places = [folder / HIDDEN / RELEASED / name / inner]
            with suppress(Problem):
                places.append(find_lessons() / record[name].lesson / inner)
            for place in places:
                if _digest(place) == digest:
                    yield f"{HIDDEN}/{RELEASED}/{PurePosixPath(name, inner)}", place
                    break


def _files(item: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    if item.is_file():
        yield item.relative_to(folder).as_posix(), item
        return
    for parent, folders, names in os.walk(item):
        # Sorted, and without what is hidden, made by programs, or leads elsewhere.
        folders[:] = sorted(
            each
            for each in folders
            if not each.startswith(".") and each not in _NEVER and not _leads_away(Path(parent, each), folder)
        )
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file() and not _leads_away(path, folder):
                yield path.relative_to(folder).as_posix(), path


def _leads_away(path: Path, folder: Path) -> bool:
    """Whether a path is a link, or a junction, out of the work folder: what lies there is not the learner's work."""
    try:
        return path.is_symlink() or not path.resolve().is_relative_to(folder.resolve())
    except OSError:
        return True


def _is_a_kept_file(item: Path) -> bool:
    return item.is_file() and item.suffix == ".zip" and is_kept(item)


def _untouched(item: Path, files: Mapping[str, Path], released: Mapping[str, str]) -> bool:
    """Whether a lesson holds what was released and nothing else."""
    here = {path.relative_to(item).as_posix() if path != item else "": path for path in files.values()}
    return all(inner in released and _digest(path) == released[inner] for inner, path in here.items())


def _pack(chosen: _Chosen, record: Mapping[str, Record], target: Path) -> None:
    """Writes the zip to a temporary name, then renames it: a crash or a full disk leaves the old file."""
    kept = {name: record[name] for name in [*chosen.lessons, *chosen.pages] if name in record}
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    hashes: dict[str, str] = {}
    try:
        with temporary.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, path in chosen.files.items():
                    try:
                        source = path.open("rb")
                    except OSError as error:
                        # Gone since it was listed, or locked by another program: the rest is kept all the same.
                        chosen.left_out.append((name, f"it cannot be read: {error.strerror}"))
                        continue
                    with source:
                        hashes[name] = _add(archive, name, source)
                archive.writestr(RECORD, Manifest(Path(RECORD), kept).content())
                archive.writestr(LISTED, _list(chosen, hashes))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _add(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> str:
    """Packs one file as it is at this moment and returns the hash of what was packed."""
    digest = hashlib.sha256()
    # A zip knows no time before 1980.
    changed = max(os.fstat(source.fileno()).st_mtime, 24 * 3600 * 365 * 11)
    info = zipfile.ZipInfo(name, time.localtime(changed)[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as member:
        while data := source.read(1 << 20):
            digest.update(data)
            member.write(data)
    return digest.hexdigest()


def _list(chosen: _Chosen, hashes: Mapping[str, str]) -> bytes:
    listed = {
        "schema": SCHEMA,
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": sys.platform,
        "lessons": chosen.lessons,
        "files": hashes,
        "left_out": [name for name, _ in chosen.left_out],
    }
    return json.dumps(listed, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _digest(path: Path) -> str:
    """The hash of a file, empty where there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _megabytes(size: int) -> str:
    if size < 1_000_000:
        return f"{max(size // 1000, 1)} kB"
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size / 1e6:.0f} MB"


def _inside(kept: Kept) -> str:
    parts = [
        _count(len(kept.lessons), "lesson with its journal", "lessons with their journals"),
        _count(kept.pages, "page", "pages"),
        _own_files(kept.others),
    ]
    said = [part for part in parts if part]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _own_files(names: Sequence[str]) -> str:
    """How many files of the learner's own, with the first few by name."""
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    shown = ", ".join(short(name) for name in names[:MOST_NAMED])
    return f"{_count(len(names), 'file of your own', 'files of your own')} ({shown}{more})"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _told(kept: Kept, here: Path) -> Notice:
    name = kept.path.name
    saved = f", as last saved at {kept.saved:%H:%M:%S}" if kept.saved is not None else ""
    quiet = [f"Left out: `{path}` ({reason})." for path, reason in kept.left_out]
    called = f"{Path(name).stem}-{datetime.now():%Y-%m-%d-%H%M}.zip"
    quiet += [
        f"To go on elsewhere: `handson start --from {called}`.",
        "Typed something since then? Save (**Ctrl+S**, on a Mac **⌘S**) and run this box again.",
        "Your private boxes are in it: it is for you, not for your coach.",
    ]
    link = quote(Path(os.path.relpath(kept.path, here)).as_posix())
    return _notice(
        "right",
        "Your work is in one file",
        [
            f"`{name}` ({_megabytes(kept.size)}) holds {_inside(kept)}{saved}. It lies in the folder "
            f"`{kept.path.parent}`, and is no safer there than the rest."
        ],
        next_step="click the link below, and keep what it downloads in another place.",
        quiet=quiet,
        link=download_link(called, link),
    )


def _notice(
    state: str, title: str, paragraphs: list[str], next_step: str = "", quiet: list[str] | None = None, link: str = ""
) -> Notice:
    shown = card(state, title, paragraphs=paragraphs, next_step=next_step, quiet=quiet or [])
    if link:
        shown = shown.removesuffix("</section>") + link + "</section>"
    return Notice(shown, words(f"{title}.", *paragraphs, next_step and f"Next: {next_step}", *(quiet or [])))
