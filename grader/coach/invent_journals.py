"""Invents what an invented learner's journal holds: tries before an answer, predictions, and Monday's question."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from grader.coach.invent import Submission
from grader.learner.outcome import Status
from grader.learner.predict import MONDAY

FIRST_SUNDAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
"""When week 1 was worked on."""
ENDS = {"right": Status.RIGHT, "another right one": Status.RIGHT, "hard-coded": Status.RIGHT, "named": Status.CLOSE}
KEPT_BACK = 5
"""One learner in so many leaves the journal out of what they hand in."""


def invent_journal(submission: Submission, place: int, seed: int) -> str:
    """The lines of a journal, the same for the same seed; empty where it is left out, or nothing was done."""
    if place % KEPT_BACK == KEPT_BACK - 1 or not submission.intents:
        return ""
    lesson = submission.lesson
    chance = random.Random(f"{seed} {lesson.lesson} {place} journal")
    clock = FIRST_SUNDAY + timedelta(days=7 * (lesson.today.key.week - 1), minutes=chance.randrange(600))
    lines: list[dict[str, Any]] = []

    def add(minutes: float, entry: dict[str, Any]) -> None:
        nonlocal clock
        clock += timedelta(minutes=minutes)
        lines.append({"at": clock.isoformat(timespec="seconds"), **entry})

    if lesson.today.key.week > 1:
        answer = chance.choice(("yes", "yes", "not yet", "no"))
        add(1, {"kind": "recall", "name": MONDAY, "answer": answer, "came_back": "three numbers" * (answer == "yes")})
    for name, prediction in lesson.today.key.predictions.items():
        truth = prediction.truth
        if isinstance(truth, str):
            continue
        guess = round(truth * chance.lognormvariate(0, 0.6), 1)
        hit = abs(guess - truth) <= prediction.within
        sure = chance.choice((50, 60, 70, 80, 90))
        entry = {"kind": "prediction", "name": name, "value": guess, "confidence": sure, "hit": hit}
        add(chance.uniform(6, 14), entry)
    for name, intent in submission.intents.items():
        wrongs = len(lesson.today.key.exercises[name].wrong)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
            named = chance.randrange(wrongs) if wrongs and chance.random() < 0.6 else None
            status = Status.WRONG if named is None else Status.CLOSE
            add(chance.uniform(1, 3), {"kind": "try", "exercise": name, "status": status.value, "named": named})
        end = ENDS.get(intent.kind, Status.WRONG)
        add(chance.uniform(1, 5), {"kind": "try", "exercise": name, "status": end.value, "named": None})
    return "".join(json.dumps(line) + "\n" for line in lines)
