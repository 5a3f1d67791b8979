"""The folder `autograded/EMAIL/WEEK` of a cohort: written beside the old one, and put in its place when whole.

Beside `WEEK` there may be `.WEEK.new`, which is being written, and `.WEEK.old`, which is on its way out; nbgrader does
not see them.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from grader.learner.problem import Problem

AUTOGRADED = "autograded"
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class NotPlaced(Problem):
    """What stands against this one submission alone: a name, a link in the way. The others can be written."""


def place(folder: Path, email: str, week: str, files: Mapping[str, bytes]) -> None:
    """Make `autograded/EMAIL/WEEK` of a cohort hold these files and nothing else; the old folder goes last.

    Raises Problem for names that lead out of the folder, for a link where a folder should be, and for a full disk.
    """
    with put_in_place(folder, email, week, files):
        pass


@contextmanager
def put_in_place(folder: Path, email: str, week: str, files: Mapping[str, bytes]) -> Iterator[None]:
    """Write `autograded/EMAIL/WEEK` beside the one that is there; when the block ends well, the new takes its place."""
    path = folder / AUTOGRADED / email / week
    for name in (email, week):
        if name.startswith(".") or not _is_one_name(name):
            raise NotPlaced(f"{name!r} cannot be the name of a folder in {folder / AUTOGRADED}: mend the roster.")
    with _learner_folder(folder, email) as learner:
        with _explained(path):
            _tidy_week(learner, week)
        try:
            with _explained(path):
                _write_folder(learner, _new(week), files)
            yield
        except BaseException:
            with suppress(OSError):
                _remove(learner, _new(week))
            raise
        with _explained(path):
            if _is_there(learner, week):
                os.rename(week, _old(week), src_dir_fd=learner, dst_dir_fd=learner)
            os.rename(_new(week), week, src_dir_fd=learner, dst_dir_fd=learner)
            _tidy_week(learner, week)


def _new(week: str) -> str:
    return f".{week}.new"


def _old(week: str) -> str:
    return f".{week}.old"


def _tidy_week(learner: int, week: str) -> None:
    """Finish what was begun: with the old folder set aside the new one is whole; else nobody knows, and it goes."""
    if _is_there(learner, _old(week)) and not _is_there(learner, week):
        whole = _new(week) if _is_there(learner, _new(week)) else _old(week)
        os.rename(whole, week, src_dir_fd=learner, dst_dir_fd=learner)
    for name in (_old(week), _new(week)):
        if _is_there(learner, name):
            _remove(learner, name)


def tidy(folder: Path) -> None:
    """Finish in all of `autograded/` what a killed process left."""
    for path in sorted((folder / AUTOGRADED).glob("*/.*.*")):
        week, _, kind = path.name[1:].rpartition(".")
        if kind in ("old", "new") and _is_one_name(week):
            with _learner_folder(folder, path.parent.name) as learner, _explained(path):
                _tidy_week(learner, week)


@contextmanager
def _learner_folder(folder: Path, email: str) -> Iterator[int]:
    """`autograded/EMAIL`, made where missing, as a descriptor that no link leads away from."""
    path, opened = folder, [os.open(folder, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for name in (AUTOGRADED, email):
            path = path / name
            with _explained(path):
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=opened[-1])
                opened.append(os.open(name, FOLDER, dir_fd=opened[-1]))
        yield opened[-1]
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _write_folder(parent: int, name: str, files: Mapping[str, bytes]) -> None:
    """A new folder with these files, read-only like those of `nbgrader autograde`."""
    os.mkdir(name, dir_fd=parent)
    folder = os.open(name, FOLDER, dir_fd=parent)
    try:
        made: set[PurePosixPath] = set()
        for file, content in files.items():
            path = PurePosixPath(file)
            if path.is_absolute() or not path.parts or not all(_is_one_name(part) for part in path.parts):
                raise NotPlaced(
                    f"{file!r} cannot be the name of a file in {AUTOGRADED}: leave it out of the submission."
                )
            for above in reversed(path.parents[:-1]):
                if above not in made:
                    os.mkdir(above, dir_fd=folder)
                    made.add(above)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(path, flags, 0o444, dir_fd=folder), "wb") as target:
                target.write(content)
    finally:
        os.close(folder)


def _is_one_name(name: str) -> bool:
    return name not in ("", ".", "..") and not {"/", "\\", "\0"} & set(name)


def _is_there(parent: int, name: str) -> bool:
    """Whether something has that name, a link that leads nowhere included."""
    try:
        os.lstat(name, dir_fd=parent)
    except FileNotFoundError:
        return False
    return True


def _remove(parent: int, name: str) -> None:
    """Remove a folder with what is in it, or a file or link itself; no link is followed."""
    if stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode):
        shutil.rmtree(name, dir_fd=parent)
    else:
        os.unlink(name, dir_fd=parent)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explain_files(error, path) from error


def explain_files(error: OSError, path: Path) -> Problem:
    """What the system said about a file or folder, as a sentence."""
    if error.errno in (errno.ENOTDIR, errno.ELOOP):
        return NotPlaced(f"{path} is a link or a file where a folder should be: move it away, then run again.")
    return Problem(
        f"{path} could not be written ({error.strerror or error}): make room on the disk or give yourself write "
        "access, then run again; what was there is kept."
    )
