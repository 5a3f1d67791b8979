"""The four criteria of each memo, as the coach marked them: files of the cohort, beside nbgrader's own points.

`memo_marks/WEEK/EMAIL.json`. The points that they come to go into the gradebook as the memo's manual score. Where the
gradebook has other points since, because somebody changed them in formgrader, these count, and the criteria are stale.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.coach.cohort import Cohort
from grader.coach.whole import make_folder, write_whole
from grader.learner.problem import Problem

FOLDER = "memo_marks"
SCHEMA = 1
MOST = 2
"""Of one criterion."""
NEAR = 1e-6


@dataclass(frozen=True)
class MemoMark:
    """One memo: a mark from 0 to 2 for each criterion, None where there is none yet, and what the coach says.

    `text_hash` is that of the text that was marked, `at` an ISO time in UTC. `total` are the points that were written
    to the gradebook, None while a criterion is open.
    """

    name: str
    criteria: tuple[int | None, ...]
    comment: str = ""
    total: float | None = None
    at: str = ""
    text_hash: str = ""

    @property
    def complete(self) -> bool:
        """Whether every criterion has its mark."""
        return all(each is not None for each in self.criteria)

    def points(self, most: float) -> float | None:
        """What the criteria come to of `most` points; None while one is open."""
        if not self.complete:
            return None
        return most * sum(each or 0 for each in self.criteria) / (MOST * len(self.criteria))

    def is_stale(self, manual: float | None) -> bool:
        """Whether the gradebook's points for the memo are not those that the criteria came to."""
        return self.total is not None and (manual is None or abs(manual - self.total) > NEAR)


def hash_of_text(text: str) -> str:
    """A short hash that is the same for the same text of a memo."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def read_marks(cohort: Cohort, week: str) -> dict[str, dict[str, MemoMark]]:
    """The marks of a week by e-mail and memo. Raises Problem for a damaged file."""
    return {path.stem: _read(path) for path in sorted((cohort.folder / FOLDER / week).glob("*.json"))}


def read_mark(cohort: Cohort, week: str, email: str) -> dict[str, MemoMark]:
    """The marks of one learner, by memo; empty where there are none."""
    path = _path(cohort, week, email)
    return _read(path) if path.exists() else {}


def _path(cohort: Cohort, week: str, email: str) -> Path:
    return cohort.folder / FOLDER / week / f"{email}.json"


def _read(path: Path) -> dict[str, MemoMark]:
    try:
        memos = json.loads(path.read_text(encoding="utf-8"))["memos"]
        return {name: MemoMark(**{**each, "criteria": tuple(each["criteria"])}) for name, each in memos.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} cannot be read ({error}): move it away, and mark these memos again.") from error


def write_marks(cohort: Cohort, week: str, email: str, marks: Mapping[str, MemoMark]) -> None:
    """Write all marks of one learner's week, whole or not at all. Raises Problem."""
    path = _path(cohort, week, email)
    said = {
        "schema": SCHEMA,
        "week": week,
        "email": email,
        "memos": {name: asdict(each) for name, each in marks.items()},
    }
    make_folder(path.parent)
    write_whole(path, (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))
