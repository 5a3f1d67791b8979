"""What was graded already: a journal of the cohort, so that a run that was ended goes on where it was.

`grading.jsonl` gets a line after a submission stands in the gradebook. A line that a kill cut short counts as not
written: the submission is graded once more, and comes out the same.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import grader
from grader.coach.cohort import Cohort

FILE_NAME = "grading.jsonl"
ROOMS = ("labs", "learner", "sandbox", "coach")


@cache
def version() -> str:
    """A hash of the code that grades: with other code, everything is graded again."""
    package = Path(grader.__file__).parent
    whole = hashlib.sha256()
    for path in sorted(path for room in ROOMS for path in (package / room).rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def key(digest: str, release: str, seed: int) -> str:
    """The same for the same submission under the same release on the same draw, graded by the same code."""
    return hashlib.sha256(json.dumps([digest, release, seed, version()]).encode()).hexdigest()[:16]


class GradingJournal:
    """The journal of one cohort: what each submission was graded as last."""

    def __init__(self, cohort: Cohort) -> None:
        self._path = cohort.folder / FILE_NAME
        self._keys: dict[tuple[str, str], str] = {}
        for line in self._path.read_bytes().splitlines() if self._path.exists() else ():
            try:
                entry = json.loads(line)
                self._keys[entry["week"], entry["email"]] = entry["key"]
            except (ValueError, KeyError, TypeError):
                continue

    def holds(self, week: str, email: str, key: str) -> bool:
        """Whether the submission was graded last under this key."""
        return self._keys.get((week, email)) == key

    def add(self, week: str, email: str, key: str) -> None:
        """Note that a submission is recorded."""
        line = json.dumps({"week": week, "email": email, "key": key}) + "\n"
        with self._path.open("ab") as file:
            file.write((b"" if self._ends_whole() else b"\n") + line.encode())
        self._keys[week, email] = key

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            if file.seek(0, 2) == 0:
                return True
            file.seek(-1, 2)
            return file.read(1) == b"\n"
