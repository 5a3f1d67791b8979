"""`handson start --from FILE`: the file of `keep_my_work()`, taken up in a work folder anywhere.

The zip may have come by e-mail, so it is not trusted: names that lead out of the folder, links, hidden files that are
not ours and bombs are refused before anything is written. Nothing that the learner has here is replaced: a lesson
that both have worked on comes whole into a folder of its own (`-kept`), and so does a page or file that differs.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.learner.card import card, words
from grader.learner.errors.scene import short
from grader.learner.keep import FILE_NAME, LISTED, SCHEMA, is_kept
from grader.learner.key import FILE_NAME as KEY
from grader.learner.key import lesson_folder
from grader.learner.outcome import Notice
from grader.learner.problem import Problem
from grader.learner.session import keeps_tries
from grader.learner.start import COPIED, HIDDEN, RELEASED, Manifest, Record, copied_into, copy_lessons, find_lessons
from grader.learner.work import work_folder

MOST_FILES = 20_000
MOST_BYTES = 1_000_000_000
ROOM_TO_SPARE = 20_000_000
"""Bytes that must stay free on the disk beside what is unpacked."""
_LONGEST_NAME = 250
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
_DRIVE = re.compile(r"^[A-Za-z]:")
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*\x00-\x1f]')
_DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass
class Taken:
    """What was taken up, by names in the learner's folder; `beside` pairs what was there with where the kept one is."""

    lessons: list[str] = field(default_factory=list)
    others: int = 0
    beside: list[tuple[str, str]] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The same in words."""
        said = []
        if self.lessons:
            said.append(f"Taken up: {', '.join(self.lessons)}.")
        if self.others:
            said.append(f"{self.others} {'other file' if self.others == 1 else 'other files'} of yours came along.")
        said += [
            f"{name} differs from the one here: yours stays, and the kept one is in {kept}."
            for name, kept in self.beside
        ]
        said += [f"{old} is now called {new}: Windows does not allow the old name." for old, new in self.renamed]
        return said or ["All that the file holds is here already."]


def bring_back(file: str = FILE_NAME) -> Notice:
    """Take up a kept file that lies in the work folder, from inside a notebook (in Binder: upload it first).

    It never raises: what stands in the way is said on the card.
    """
    if not keeps_tries():
        return _notice("idle", "Bring back my work", ["In this run nothing is unpacked."])
    folder = work_folder(lesson_folder())
    try:
        if type(file) is not str:
            raise Problem('Name the file in quotes, as in `bring_back("kept-work.zip")`.')
        said = take_up(_uploaded(file, folder), folder).lines()
        source = find_lessons()
        if source.resolve() != folder.resolve():
            said += copy_lessons(source, folder).lines()
    except Problem as problem:
        return _notice("wrong", "Not brought back", [str(problem)])
    return _notice("right", "Your work is back", [*said, "Close what stands open, and open it again from the list."])


def _uploaded(name: str, folder: Path) -> Path:
    """The zip of this name, with or without its ending. Raises `Problem` in the words of a page, not of a terminal."""
    # Where an upload lands depends on the folder that the list shows.
    places = (folder, lesson_folder(), folder.parent)
    found = next((place / each for each in (name, f"{name}.zip") for place in places if (place / each).is_file()), None)
    if found is None:
        there = sorted({path.name for place in places for path in place.glob("*.zip") if is_kept(path)})
        mend = (
            f'I see `{there[0]}`: write `bring_back("{there[0]}")`.'
            if there
            else "Drag the zip that `keep_my_work()` made into the list of files at the left, and run this box again."
        )
        raise Problem(f"There is no file `{short(name)}` here. {mend}")
    if found.suffix.lower() == ".ipynb":
        raise Problem(
            f"`{found.name}` is one notebook, and this takes the zip that `keep_my_work()` made. To go on with the "
            "notebook, put it into its lesson's folder and open it there."
        )
    return found


def take_up(file: Path, folder: Path, *, windows: bool = os.name == "nt") -> Taken:
    """Unpack a kept file into the work folder (made if it is not there). Raises `Problem`, and then nothing was taken.

    Doing it twice changes nothing the second time. `windows` says whether names must fit there.
    """
    file, folder = _downloaded(file.expanduser()), folder.expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder} is a file, not a folder: choose another name, as in `handson start my-work`.")
    try:
        with _opened(file) as archive:
            names = _checked(archive, file)
            (folder / HIDDEN).mkdir(parents=True, exist_ok=True)
            size = sum(info.file_size for info in names.values())
            if shutil.disk_usage(folder).free < size + ROOM_TO_SPARE:
                raise OSError(errno.ENOSPC, "No space left on device")
            with tempfile.TemporaryDirectory(prefix="taking-", dir=folder / HIDDEN) as scratch:
                taken = Taken()
                _unpack(archive, names, Path(scratch), file, taken, windows=windows)
                _move_in(Path(scratch), folder, taken)
                return taken
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            mend = "free some space, then start again; the file is as it was."
            raise Problem(f"The disk of {folder} is full: {mend}") from error
        raise Problem(
            f"{folder} cannot take up the kept work ({error.strerror or error}): choose a folder of your own, as in "
            f"`handson start --from {file.name} {Path.home() / 'my-work'}`."
        ) from error


def _downloaded(file: Path) -> Path:
    """The file, or the one of that name where browsers put what they download."""
    there = Path.home() / "Downloads" / file
    return there if len(file.parts) == 1 and not file.exists() and there.is_file() else file


def _opened(file: Path) -> zipfile.ZipFile:
    if file.is_dir():
        raise Problem(
            f"{file} is a folder, and `--from` takes one file: the zip that `keep_my_work()` made. To go on in that "
            "folder, write `handson start` and the folder's name, without `--from`."
        )
    if file.suffix.lower() == ".ipynb" and file.is_file():
        raise Problem(
            f"{file.name} is one notebook, and `--from` takes the zip that `keep_my_work()` made. To go on with this "
            "notebook, put it into its lesson's folder and open it there."
        )
    if not file.is_file():
        raise Problem(
            f"{file} is not there: give the file that `keep_my_work()` made with its folder. Type a space behind "
            "`--from` and drag the file into this window: that writes both."
        )
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Problem(f"{file.name} is too large for kept work: take the file that `keep_my_work()` made.")
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Problem(f"{file.name} is no zip, or only a part of one: download it again.") from error
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror or error}): copy it to a folder of your own.") from error


def _checked(archive: zipfile.ZipFile, file: Path) -> dict[str, zipfile.ZipInfo]:
    """Every member by its name, after the whole zip was found to be one that `keep` may have made. Raises `Problem`."""
    _listed(archive, file)
    infos = [info for info in archive.infolist() if not info.is_dir() and info.filename != LISTED]
    odd = f"{file.name} is not as `keep_my_work()` makes it"
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise Problem(f"{odd} (too much is in it): nothing was taken from it.")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        packed = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.flag_bits & 0x1
        if kind not in (0, stat.S_IFREG) or not packed or not _is_safe(info.filename):
            raise Problem(f"{odd} (`{info.filename[:80]}` does not belong in it): nothing was taken from it.")
        if info.filename in found:
            raise Problem(f"{odd} (`{info.filename[:80]}` is in it twice): nothing was taken from it.")
        found[info.filename] = info
    return found


def _listed(archive: zipfile.ZipFile, file: Path) -> None:
    """Raises `Problem` unless the zip says that it is kept work, of a version that is known here."""
    if LISTED not in archive.namelist():
        hand_in = "manifest.json" in archive.namelist()
        what = "what you handed in, not your kept work" if hand_in else "no kept work"
        raise Problem(f"{file.name} is {what}: take the file that `keep_my_work()` made.")
    try:
        info = archive.getinfo(LISTED)
        schema = json.loads(archive.read(LISTED) if info.file_size < MOST_BYTES // 50 else b"")["schema"]
    except (*_DAMAGE, KeyError, TypeError, RecursionError):
        schema = None
    if type(schema) is not int or schema < 1:
        raise Problem(f"{file.name} is damaged: download it again, or take an earlier one.")
    if schema > SCHEMA:
        raise Problem(f"{file.name} was made by a newer version of the course: install that one, then start again.")


def _is_safe(name: str) -> bool:
    """Whether a member's name stays inside the folder, and is hidden only where our own records are."""
    parts = name.split("/")
    if "\\" in name or "\0" in name or _DRIVE.match(name) or any(part in ("", ".", "..") for part in parts):
        return False
    if any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts):
        return False
    if parts[0] == HIDDEN:
        record = len(parts) == 2 and parts[1].endswith(".json")
        release = parts[1] == RELEASED and len(parts) > 2 and parts[-1].endswith(".ipynb")
        return (record or release) and not any(part.startswith(".") for part in parts[1:])
    return not any(part.startswith(".") for part in parts)


def _unpack(
    archive: zipfile.ZipFile,
    names: Mapping[str, zipfile.ZipInfo],
    scratch: Path,
    file: Path,
    taken: Taken,
    *,
    windows: bool,
) -> None:
    for name, info in names.items():
        fitting = _on_windows(name) if windows else name
        if fitting != name:
            taken.renamed.append((name, fitting))
        target = scratch / fitting
        if target.exists():
            # Two names that this disk takes for one.
            target = _free(target)
            taken.renamed.append((name, target.relative_to(scratch).as_posix()))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(info) as source, target.open("wb") as stream:
                shutil.copyfileobj(source, stream, 1 << 20)
        except _DAMAGE as error:
            raise Problem(f"{file.name} is damaged: download it again, or take an earlier one.") from error


def _on_windows(name: str) -> str:
    """The name with what Windows does not allow put as a low line."""
    parts = []
    for part in name.split("/"):
        allowed = _NOT_ON_WINDOWS.sub("_", part).rstrip(". ") or "_"
        parts.append(f"_{allowed}" if _DEVICE.match(allowed) else allowed)
    return "/".join(parts)


def _move_in(scratch: Path, folder: Path, taken: Taken) -> None:
    """Moves what was unpacked into the work folder, a lesson as a whole, any other file by itself."""
    kept = Manifest.load(scratch).copies
    (scratch / HIDDEN / COPIED).unlink(missing_ok=True)
    manifest = Manifest.load(folder)
    known = copied_into(folder)
    for item in sorted(scratch.iterdir()):
        name = item.name
        if name == HIDDEN:
            continue
        lesson = (item / KEY).is_file()
        if lesson or item.is_file() or (folder / name).is_file():
            if _move_whole(item, folder, known.get(name), taken) and (lesson or name in kept):
                manifest.copies.pop(name, None)
                if name in kept:
                    manifest.copies[name] = kept[name]
                    _take_releases(scratch, folder, name)
                manifest.save()
        else:
            for path in sorted(item.rglob("*")):
                if path.is_file():
                    _move_whole(path, folder / path.relative_to(scratch).parent, None, taken)
    for path in sorted((scratch / HIDDEN).glob("*.json")):
        if not (folder / HIDDEN / path.name).exists():
            path.rename(folder / HIDDEN / path.name)


def _move_whole(item: Path, parent: Path, record: Record | None, taken: Taken) -> bool:
    """Moves a lesson or a file to its name in `parent`; True when it is there now under that name.

    What was released and never changed gives way. Where the learner has something else, the kept one goes beside it.
    """
    target = parent / item.name
    files = dict(_inside(item))
    released = record.files if record is not None else {}
    if all(_digest(_at(target, inner)) == _digest(path) for inner, path in files.items()):
        return True
    gives_way = not target.is_symlink() and all(
        not _at(target, inner).exists() or _digest(_at(target, inner)) in (_digest(path), released.get(inner))
        for inner, path in files.items()
    )
    # A journal alone is work as well, even beside a notebook that was never saved.
    if not gives_way or (target.is_dir() != item.is_dir() and target.exists()) or _has_more(target, files, released):
        beside = _beside(target, files)
        taken.beside.append((target.name, beside.name))
        target = beside
        in_place = False
    else:
        in_place = True
    for inner, path in files.items():
        place = _at(target, inner)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    if in_place and item.suffix != ".ipynb" and "" in files:
        taken.others += 1
    elif in_place:
        taken.lessons.append(item.name)
    return in_place


def _has_more(target: Path, files: Mapping[str, Path], released: Mapping[str, str]) -> bool:
    """Whether a lesson here holds files of the learner's that the kept one has not."""
    if not target.is_dir():
        return False
    return any(inner not in files and inner not in released for inner, _ in _inside(target))


def _inside(item: Path) -> Iterator[tuple[str, Path]]:
    if item.is_file():
        yield "", item
        return
    for path in sorted(item.rglob("*")):
        inner = path.relative_to(item)
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in inner.parts):
            yield inner.as_posix(), path


def _at(target: Path, inner: str) -> Path:
    return target / inner if inner else target


def _beside(target: Path, files: Mapping[str, Path]) -> Path:
    """The name for a kept one beside another: free, or with the same content already."""
    number = 1
    while True:
        stem = f"{target.stem}-kept" if number == 1 else f"{target.stem}-kept{number}"
        other = target.with_name(stem + target.suffix)
        if not other.exists() or all(_digest(_at(other, inner)) == _digest(path) for inner, path in files.items()):
            return other
        number += 1


def _free(target: Path) -> Path:
    return _beside(target, {"": Path("nothing")}) if target.exists() else target


def _take_releases(scratch: Path, folder: Path, name: str) -> None:
    """The notebooks as released come along with their lesson."""
    kept = PurePosixPath(HIDDEN, RELEASED, name)
    if (scratch / kept).exists():
        for inner, path in _inside(scratch / kept):
            place = _at(folder / kept, inner)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)


def _digest(path: Path) -> str:
    """The hash of a file; another text for each kind of thing that is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return "nothing"
    except OSError:
        return f"not a file: {path}"


def _notice(state: str, title: str, paragraphs: list[str]) -> Notice:
    return Notice(card(state, title, paragraphs=paragraphs), words(f"{title}.", *paragraphs))
