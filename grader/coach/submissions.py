"""What lies in `submitted/EMAIL/WEEK/` of a cohort, read for grading."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from grader.coach.cohort import Cohort

TIMESTAMP = "timestamp.txt"
MOST_BYTES = 64 << 20
"""A folder of more is not read: `handson collect` lets in less, so somebody put it there by hand."""


@dataclass(frozen=True)
class Submission:
    """One learner's files for a week. `digest` is the same for the same files; `files` are by name, with `/`."""

    email: str
    week: str
    files: dict[str, bytes]
    digest: str

    @property
    def handed_in(self) -> datetime | None:
        """When, as timestamp.txt says; None where it is missing or says nothing that is a time."""
        try:
            moment: datetime | None = parse_utc(self.files.get(TIMESTAMP, b"").decode().strip() or None)
        except (ValueError, OverflowError):
            return None
        return moment


class TooMuch(Exception):
    """A folder that is too large to be read."""


def submitted_folders(cohort: Cohort, week: str) -> list[Path]:
    """The folders of a week, by e-mail. Hidden ones are no learners', and links are passed over."""
    learners = [path for path in cohort.submitted.glob("*") if not path.name.startswith(".")]
    return sorted(path / week for path in learners if (path / week).is_dir() and not (path / week).is_symlink())


def read_submission(folder: Path) -> Submission:
    """Read a folder of submitted/. Links are passed over. Raises TooMuch, or OSError for what cannot be read."""
    files: dict[str, bytes] = {}
    whole = hashlib.sha256()
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        size += path.stat().st_size
        if size > MOST_BYTES:
            raise TooMuch(f"more than {MOST_BYTES >> 20} MB")
        name = path.relative_to(folder).as_posix()
        files[name] = path.read_bytes()
        whole.update(f"{len(name)} {name} {len(files[name])} ".encode("utf-8", "replace") + files[name])
    return Submission(folder.parent.name, folder.name, files, whole.hexdigest()[:16])
