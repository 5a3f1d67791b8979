"""Writes a file whole or not at all: under a temporary name beside it, then renamed."""

from contextlib import suppress
from pathlib import Path

from grader.learner.problem import Problem


def write_whole(path: Path, content: bytes, mend: str = "make room or mend its rights, then try again") -> Path:
    """Write `content` to `path`, which is returned. Raises Problem with the mend; the old file is there then."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Problem(f"{path} cannot be written ({error.strerror}): {mend}.") from error
    return path


def make_folder(path: Path) -> Path:
    """Make a folder and those above it. Raises Problem."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{path} cannot be made ({error.strerror}): make room or mend its rights.") from error
    return path
