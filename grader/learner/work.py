"""A learner's work folder: the lessons that lie in it, and their journals, wherever they were moved to.

A folder that cannot be read is as one that is not there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.learner import journal
from grader.learner.key import FILE_NAME, Key, load_key, week_of
from grader.learner.problem import Problem
from grader.learner.start import HIDDEN, LEVELS_UP, START_PAGE, USUAL, courses_in

MOST_FOLDERS = 500
MOST_BYTES = 20_000_000
LEVELS_DOWN = 2
_NAMED = re.compile(r"w(\d{2})_")
_MEND = "name the one where your lessons are, or run `handson start`."
_KEPT = re.compile(r"-kept\d*$")
_COPY = re.compile(r"-r(\d{1,4})$")


@dataclass(frozen=True)
class LessonFolder:
    """A folder of one lesson: `copy` is 1, or 2 for a later release in `...-r2`. Without a key, `why` says why."""

    folder: Path
    week: int
    copy: int = 1
    key: Key | None = None
    why: str = ""

    @property
    def notebook(self) -> Path | None:
        """The notebook to open: the one named after the lesson, else the only one; None where that is not clear."""
        usual = self.folder / f"{self.key.slug if self.key else _COPY.sub('', self.folder.name)}.ipynb"
        try:
            if usual.is_file():
                return usual
            beside = [path for path in self.folder.glob("*.ipynb") if path.is_file()]
        except OSError:
            return None
        return beside[0] if len(beside) == 1 else None


def work_folder(folder: Path) -> Path:
    """The learner's folder that `folder` (of a lesson, or of the start page) is part of; `folder` itself if alone."""
    for place in (folder, *folder.parents[:LEVELS_UP]):
        if (place / START_PAGE).is_file() or (place / HIDDEN).is_dir():
            return place
    return folder


def named_folder(folder: Path | None) -> Path:
    """The work folder that a command was given, else `my-work`, else the one that the command is run in.

    Raises Problem for a folder without a lesson.
    """
    if folder is None:
        folder = Path(USUAL) if Path(USUAL).is_dir() else work_folder(Path.cwd())
    folder = folder.expanduser().absolute()
    if folder.is_dir() and lessons_in(folder):
        return folder
    beside = [path for place in (folder, folder.parent) for path in courses_in(place) if path != folder]
    mend = f"your lessons are in {beside[0]}: name that one." if beside else _MEND
    lacks = f"The folder {folder} holds no lesson" if folder.is_dir() else f"There is no folder {folder}"
    raise Problem(f"{lacks}: {mend}")


def lessons_in(work: Path) -> list[LessonFolder]:
    """The lessons in a work folder, up to two levels deep, by week, then by copy; the last of a week is the current.

    What `handson start --from` set beside one's own (`...-kept`) comes before it.
    """
    return sorted(_found(work), key=_place)


def _place(lesson: LessonFolder) -> tuple[int, int, bool, str]:
    name = lesson.folder.name
    return lesson.week, lesson.copy, _KEPT.search(name) is None, name


def entries(folder: Path) -> tuple[list[dict[str, Any]], str]:
    """The journal of a lesson folder, oldest line first, and a sentence about what of it could not be read."""
    path = folder / journal.FILE_NAME
    place = f"`{folder.name}/{path.name}`"
    try:
        if path.stat().st_size > MOST_BYTES:
            return [], f"{place} is larger than {MOST_BYTES // 1_000_000} MB and is left out."
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return [], ""
    except OSError as error:
        return [], f"{place} cannot be read ({error.strerror}) and is left out."
    read = [entry for line in lines if (entry := _entry(line)) is not None]
    lost = sum(1 for line in lines if line.strip()) - len(read)
    if lost:
        return read, f"{lost} of the lines of {place} cannot be read: the others count."
    return read, ""


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _found(work: Path) -> Iterator[LessonFolder]:
    """The lessons in the folder itself, in its folders, and in theirs; hidden folders and links are passed over."""
    waiting = [(work, 0)]
    for _ in range(MOST_FOLDERS):
        if not waiting:
            return
        folder, depth = waiting.pop(0)
        lesson = _lesson(folder)
        if lesson is not None:
            yield lesson
        if depth == 0 or (lesson is None and depth < LEVELS_DOWN):
            waiting += [(inner, depth + 1) for inner in _inside(folder)]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith((".", "_")) and path.is_dir() and not path.is_symlink()
        )
    except OSError:
        return []


def _lesson(folder: Path) -> LessonFolder | None:
    """The lesson in a folder: as its key says, else as its name does. None for a folder that is neither."""
    copy = _COPY.search(folder.name)
    number = int(copy[1]) if copy else 1
    named = _NAMED.match(folder.name)
    try:
        key = load_key(folder)
        if type(key.week) is int and type(key.slug) is str and type(key.lesson) is str:
            return LessonFolder(folder, key.week, number, key)
        why = "its key.json is damaged"
    except Problem:
        why = "its key.json is damaged" if (folder / FILE_NAME).exists() else "it has no key.json"
    if named is None:
        return None
    return LessonFolder(folder, week_of(folder) or int(named[1]), number, None, why)
