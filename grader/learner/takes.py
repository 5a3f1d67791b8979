"""What the self-assessment of the start page kept: `self-assessment.json`, in the learner's folder.

The file is `{"schema": 2, "takes": [{"on": ISO date, "answers": [seven of 0, 1, 2]}]}`, oldest first; a second take on
one day replaces the first. Schema 1 was one take alone.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from grader.learner.problem import Problem, as_typed
from grader.learner.seven_rows import ROWS, are_in, slip_in

FILE_NAME = "self-assessment.json"
SCHEMA = 2
LEVELS = (0, 1, 2)
LARGEST = 100_000
"""Bytes of a file that can be one."""


@dataclass(frozen=True)
class Take:
    """The seven answers of one day, in the order of the modules."""

    on: date
    answers: tuple[int, ...]

    @property
    def begin(self) -> int:
        """The module to begin with: the first that was not done by oneself, else the last."""
        return next((number for number, level in enumerate(self.answers, 1) if level < max(LEVELS)), ROWS)


def read_answers(me: object, box: str = "") -> tuple[int, ...]:
    """The seven answers. Raises Problem with one sentence that names the first row that is none.

    `box` is the text that made them, where it is known: it tells which row a comma too many stands in.
    """
    whole = isinstance(me, list | tuple) and len(me) == ROWS and all(_is_level(level) for level in me)
    slip = slip_in(box) if are_in(box) and not whole else ""
    if slip:
        raise Problem(slip)
    if not isinstance(me, list | tuple):
        raise Problem("`me` is a list: seven rows between square brackets, as the page had it.")
    for number, level in enumerate(me, 1):
        if not _is_level(level):
            shown = "..." if level is ... else as_typed(repr(level))
            raise Problem(f"Row {number} holds `{shown}`: write 0, 1 or 2, without quotes, and a comma after it.")
    if len(me) != ROWS:
        few = "A row or a comma is missing" if len(me) < ROWS else "There is a row or a comma too many"
        raise Problem(f"I see {len(me)} answers, and there are {ROWS} rows. {few}.")
    return tuple(me)


def _is_level(level: object) -> bool:
    return type(level) is int and level in LEVELS


def read_takes(path: Path) -> list[Take]:
    """What was kept, oldest first; nothing where the file is missing or damaged."""
    try:
        if path.stat().st_size > LARGEST:
            return []
        stored = json.loads(path.read_text(encoding="utf-8"))
        takes = stored.get("takes", [stored]) if isinstance(stored, dict) else []
        return sorted((_take(each) for each in takes), key=lambda take: take.on)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Problem):
        return []


def _take(stored: Any) -> Take:
    return Take(date.fromisoformat(stored["on"]), read_answers(stored["answers"]))
