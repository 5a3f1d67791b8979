"""The journals that learners handed in, read as what they are: files that anybody may have edited.

A line that is not of the form is passed over. A learner may have left the journal out: then there is nothing of theirs,
which is not the same as no tries.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.coach.cohort import Cohort
from grader.learner.calibration import Guess
from grader.learner.journal import FILE_NAME
from grader.learner.predict import MONDAY

MOST_BYTES = 4 << 20
MOST_TEXT = 2_000
MOST_NUMBER = 1e15


@dataclass(frozen=True)
class Try:
    """One check of one exercise. `named` is the index of a named wrong answer, `hash` is the answer's."""

    exercise: str
    status: str
    named: int | None
    at: datetime | None
    hash: str = ""
    typed_in: bool = False


@dataclass(frozen=True)
class Prediction:
    """The first guess under a name, a number or a word, its confidence in percent, and whether it was near enough."""

    name: str
    value: float | str
    confidence: float
    hit: bool | None


@dataclass(frozen=True)
class Asked:
    """The answer to "did you ask Monday's question?", a letter, and what came back."""

    answer: str
    came_back: str


@dataclass(frozen=True)
class WeekJournal:
    """What one learner's journal of one week holds. `times` are those of all its entries, in order."""

    email: str
    week: str
    tries: tuple[Try, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    asked: Asked | None = None
    times: tuple[datetime, ...] = field(default=(), repr=False)

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """The predictions whose result is known."""
        return tuple(Guess(each.confidence, each.hit) for each in self.predictions if each.hit is not None)


def read_journals(cohort: Cohort, email: str = "*") -> list[WeekJournal]:
    """The journals of one learner, or of all, in the order of learner and week; those that were handed in."""
    folders = sorted(cohort.submitted.glob("*")) if email == "*" else [cohort.submitted / email]
    paths = [path for folder in folders for path in sorted(folder.glob(f"*/{FILE_NAME}"))]
    return [read_journal(path) for path in paths if path.is_file() and not path.is_symlink()]


def read_journal(path: Path) -> WeekJournal:
    """One journal of submitted/EMAIL/WEEK/. One that cannot be read is empty."""
    email, week = path.parts[-3], path.parts[-2]
    tries: list[Try] = []
    predictions: dict[str, Prediction] = {}
    asked: Asked | None = None
    times: list[datetime] = []
    for entry in _entries(path):
        at = _moment(entry.get("at"))
        times += [at] if at else []
        match entry:
            case {"kind": "try", "exercise": str(name), "status": str(status)}:
                named, hashed = entry.get("named"), str(entry.get("hash", ""))[:MOST_TEXT]
                index = named if type(named) is int else None
                tries.append(Try(name[:MOST_TEXT], status, index, at, hashed, entry.get("typed_in") is True))
            case {"kind": "prediction", "name": str(name)} if name not in predictions:
                value, sure, hit = _guess(entry.get("value")), _number(entry.get("confidence")), entry.get("hit")
                if value is not None and sure is not None and 0 <= sure <= 100:
                    known = hit if type(hit) is bool else None
                    predictions[name] = Prediction(name[:MOST_TEXT], value, sure, known)
            case {"kind": "recall", "name": str(name), "answer": str(answer)} if name == MONDAY:
                said = entry.get("came_back")
                asked = Asked(answer[:MOST_TEXT], said[:MOST_TEXT] if isinstance(said, str) else "")
    return WeekJournal(email, week, tuple(tries), tuple(predictions.values()), asked, tuple(sorted(times)))


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES)
    except OSError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry


def _moment(stored: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stored) if isinstance(stored, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _guess(value: object) -> float | str | None:
    return value[:MOST_TEXT] if isinstance(value, str) else _number(value)


def _number(value: object) -> float | None:
    is_number = type(value) in (int, float)
    return float(value) if is_number and abs(value) < MOST_NUMBER else None  # type: ignore[arg-type]
