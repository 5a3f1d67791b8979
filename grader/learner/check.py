"""`check("all-rows")`: looks up the learner's answer and returns a card. It never raises."""

import hashlib
import json
from collections.abc import Mapping

from grader.learner.card import card, words
from grader.learner.journal import Journal, journal
from grader.learner.key import Exercise, current_key, lesson_folder
from grader.learner.outcome import Outcome, Status
from grader.learner.problem import Problem
from grader.learner.reading import Reading, read
from grader.learner.session import box_now, running
from grader.learner.verdict import Verdict, judge

STATES = {Status.NOT_YET: "idle", Status.CLOSE: "close", Status.WRONG: "wrong", Status.RIGHT: "right"}
TITLES = {Status.NOT_YET: "Not tried yet", Status.CLOSE: "Close", Status.WRONG: "Not yet", Status.RIGHT: "Right"}
STILL_AHEAD = "Your coach also runs this on next quarter's data."
NOT_KEPT = "Your tries are not kept: nothing can be written in this folder. Your points do not depend on it."


def check(name: str) -> Outcome:
    """Check the answer to the exercise `name` of this lesson.

    The outcome shows as a card; its text is the points. What stands in the way (no key, no such exercise) is a card
    too.
    """
    namespace, sources = running()
    folder = lesson_folder()
    try:
        exercises = current_key().exercises
    except Problem as problem:
        return _stopped(str(problem))
    if type(name) is not str or name not in exercises:
        return _no_such(name, exercises, namespace)
    exercise = exercises[name]
    reading = read(exercise, namespace, sources, folder)
    verdict = judge(exercise, reading)
    tries = journal(folder)
    opened = hints_opened(tries, exercise, reading, verdict)
    entry = _entry(exercise, reading, verdict)
    kept = verdict.status is Status.NOT_YET or _is_last(tries, entry) or tries.append(entry)
    return show(exercise, verdict, opened, "" if kept else NOT_KEPT)


def _no_such(name: object, exercises: Mapping[str, Exercise], namespace: Mapping[str, object]) -> Outcome:
    """The card for `check(5064)` and `check("all_rows")`: where the answer goes, and what stands in these brackets."""
    here = box_now().removeprefix("check-")
    text = name if type(name) is str else ""
    meant = [each for each in exercises.values() if each.name == here or text == each.variable]
    if type(name) is not str:
        meant += [each for each in exercises.values() if namespace.get(each.variable, meant) is name]
    if text and not meant:
        known = ", ".join(f"`{each}`" for each in exercises) or "none"
        return _stopped(f"This lesson has no exercise `{text}`. It has: {known}.", "put the name back as it was.")
    if not meant:
        return _stopped(
            "In these brackets stands the name of a task, in quotes. Your answer goes into the box above.",
            "put the name back as it was.",
        )
    task = meant[0]
    return _stopped(
        "In these brackets stands the name of the task, in quotes. "
        f"Your answer goes into the box above, behind `{task.variable} =`.",
        f'write `check("{task.name}")` here.',
    )


def show(exercise: Exercise, verdict: Verdict, opened: int = 0, quiet: str = "") -> Outcome:
    """The outcome of a verdict, with the first `opened` hints. The judge makes its cards here, too."""
    points = f"{_number(verdict.points)} of {_number(verdict.possible)}"
    hints = exercise.hints[:opened]
    ahead = STILL_AHEAD if verdict.status is Status.RIGHT and exercise.fresh else ""
    title = "Stopped above" if verdict.stopped else TITLES[verdict.status]
    html = card(
        STATES[verdict.status],
        title,
        points,
        paragraphs=[verdict.saw],
        next_step=verdict.next_step,
        hints=hints,
        hints_in_all=len(exercise.hints),
        quiet=[ahead, quiet],
    )
    text = words(f"{title} ({points}).", verdict.saw, verdict.next_step, *hints, ahead, quiet)
    return Outcome(verdict.status, verdict.points, verdict.possible, html, text)


def hints_opened(tries: Journal, exercise: Exercise, reading: Reading, verdict: Verdict) -> int:
    """How many hints stand open: one for each different wrong answer so far, this one included."""
    if verdict.status in (Status.RIGHT, Status.NOT_YET) or verdict.typed_in:
        return 0
    wrong = {
        entry.get("hash")
        for entry in tries.entries()
        if entry.get("kind") == "try"
        and entry.get("exercise") == exercise.name
        and entry.get("status") in (Status.CLOSE.value, Status.WRONG.value)
        and not entry.get("typed_in")
    }
    return min(len(wrong | {fingerprint(reading)}), len(exercise.hints))


def _is_last(tries: Journal, entry: Mapping[str, object]) -> bool:
    """Whether this answer was the last one of its exercise: a page run from top to bottom again is no new try."""
    mine = (each for each in reversed(tries.entries()) if each.get("kind") == "try")
    last = next((each for each in mine if each.get("exercise") == entry["exercise"]), {})
    return {**last, "at": None} == {**entry, "at": None}


def fingerprint(reading: Reading) -> str:
    """A short hash that is the same for the same answer."""
    content = json.dumps([reading.answer, reading.saw if reading.answer is None else ""], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _entry(exercise: Exercise, reading: Reading, verdict: Verdict) -> dict[str, object]:
    entry: dict[str, object] = {
        "kind": "try",
        "exercise": exercise.name,
        "status": verdict.status.value,
        "points": verdict.points,
        "hash": fingerprint(reading),
        "named": verdict.named,
    }
    if verdict.typed_in:
        entry["typed_in"] = True
    return entry


def _number(points: float) -> str:
    return f"{points:g}"


def _stopped(sentence: str, next_step: str = "") -> Outcome:
    title = "I cannot check this"
    html = card("idle", title, paragraphs=[sentence], next_step=next_step)
    return Outcome(Status.NOT_YET, 0.0, 0.0, html, words(f"{title}.", sentence, next_step))
