"""Where a learner stands in the 26 weeks: from the journals in their lesson folders, and their self-assessment.

The list of weeks comes from `.syllabus.json`, which the build writes into lessons/; the points possible from each key.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from grader.learner.calibration import Calibration, Guess, calibrate
from grader.learner.journal import HAND_IN
from grader.learner.key import FILE_NAME, Key, lesson_folder
from grader.learner.problem import Problem
from grader.learner.saved import headings, read_notebook
from grader.learner.start import find_lessons
from grader.learner.takes import FILE_NAME as TAKES
from grader.learner.takes import Take, read_takes
from grader.learner.work import LessonFolder, entries, lessons_in

SYLLABUS = ".syllabus.json"
SYLLABUS_SCHEMA = 1
LAST_WEEK = 26
MEMO = "Points are those of the exercises; your coach gives those of the memos."
OTHER = "Also here"
DESK = "Desk session"
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class State(Enum):
    """How a week stands, in the word that people read."""

    DONE = "done"
    STARTED = "started"
    NEXT = "next"
    OPEN = "ready"
    UNPUBLISHED = "not published"


@dataclass(frozen=True)
class Week:
    """A week of the syllabus."""

    number: int
    title: str
    skill: str = ""
    module: str = OTHER

    @property
    def name(self) -> str:
        """Number and title."""
        return f"Week {self.number} · {self.title}"


def weeks_in_words(numbers: Sequence[int]) -> str:
    """Some weeks as a reader counts them: `Week 2`, `Weeks 2 to 4`, `Weeks 5, 7 and 8`. They rise, and are not none."""
    if len(numbers) == 1:
        return f"Week {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Weeks {numbers[0]} to {numbers[-1]}"
    return f"Weeks {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


@dataclass(frozen=True)
class HandIn:
    """A hand-in as the journal has it: when, how many answers and memos were still open, whether it reached the coach.

    Journals of earlier releases do not say what was open: then it is 0.
    """

    at: datetime
    open: int = 0
    sent: bool = False

    @property
    def words(self) -> str:
        """What became of it. A zip that was packed may still lie where it was written: nobody here knows."""
        done = "handed in" if self.sent else "packed"
        still = f" with {self.open} unanswered" if self.open else ""
        return f"{done} {day(self.at)}".rstrip() + still


@dataclass(frozen=True)
class Standing:
    """How one week stands. `points` and `possible` leave the memo out, which a coach grades.

    `right` and `wrong` count the exercises that were tried, by the best try of each; `changed` those of the right ones
    whose last try was none. `following` is the first that is not right yet, by the
    words above it on the page. `packed` is the newest hand-in. `notebook` is relative to the work folder, empty where
    there is none to open; `last` is when it was worked on last. `up_next` marks the one week to take now.
    """

    week: Week
    state: State
    points: float = 0.0
    possible: float = 0.0
    right: int = 0
    wrong: int = 0
    exercises: int = 0
    changed: int = 0
    following: str = ""
    packed: HandIn | None = None
    notebook: str = ""
    last: datetime | None = None
    up_next: bool = False

    @property
    def begun(self) -> bool:
        """Whether there was a try, a guess or an answer to recall, or all of it was handed in."""
        return self.state in (State.DONE, State.STARTED)

    @property
    def words(self) -> str:
        """The state in words, with what is still to be said about it."""
        if self.state is State.DONE:
            done = f"done, {self.packed.words}" if self.packed else "done, not handed in"
            return f"{done}, {self.changed} right once, changed since" if self.changed else done
        if self.state is State.STARTED:
            once = f" once, {self.changed} of them changed since" if self.changed else ""
            counted = [f"{self.right} of {self.exercises} right{once}"] if self.exercises else []
            counted += [f"{self.wrong} not right yet"] if self.wrong else []
            counted += [self.packed.words] if self.packed else []
            return ", ".join(["next: started" if self.up_next else "started", *counted])
        if self.state in (State.OPEN, State.NEXT) and not self.notebook:
            return f"{self.state.value}, comes when you start the course again"
        return f"{self.state.value}, {self.packed.words}" if self.packed else self.state.value

    @property
    def score(self) -> str:
        """Points so far, in words; empty where there are none to have yet."""
        return f"{self.points:g} of {self.possible:g} points" if self.begun and self.possible else ""


@dataclass(frozen=True)
class Suggestion:
    """One thing to do today. `before`, the name of `week` as a link, and `after` make a sentence or two."""

    before: str
    week: Standing | None = None
    after: str = ""

    @property
    def text(self) -> str:
        """The sentences, without a link."""
        return f"{self.before}{self.week.week.name if self.week else ''}{self.after}"


@dataclass(frozen=True)
class Progress:
    """Everything that the map shows. `notes` say what could not be read.

    `desks` has the notebook of each desk session that is there, relative to the work folder, by the week before it.
    """

    standings: tuple[Standing, ...]
    calibration: Calibration
    suggestion: Suggestion
    notes: tuple[str, ...] = ()
    desks: Mapping[int, str] = field(default_factory=dict)

    def desk_of(self, standings: Sequence[Standing]) -> str:
        """The notebook of a module's desk session, or nothing."""
        return next((self.desks[each.week.number] for each in standings if each.week.number in self.desks), "")

    def modules(self) -> list[tuple[str, list[Standing]]]:
        """The weeks by module, in order."""
        found: dict[str, list[Standing]] = {}
        for standing in self.standings:
            found.setdefault(standing.week.module, []).append(standing)
        return list(found.items())

    @property
    def score(self) -> str:
        """Points so far over all weeks that were begun."""
        begun = [standing for standing in self.standings if standing.begun]
        if not begun:
            return "0 points"
        points, possible = sum(each.points for each in begun), sum(each.possible for each in begun)
        return f"{points:g} of {possible:g} points in {len(begun)} {'week' if len(begun) == 1 else 'weeks'}"

    @property
    def counts(self) -> str:
        """How many weeks stand how."""
        by_state = {state: sum(each.state is state for each in self.standings) for state in State}
        by_state[State.NEXT] += by_state.pop(State.OPEN)
        words = {State.NEXT: "still to begin"}
        return ", ".join(f"{number} {words.get(state, state.value)}" for state, number in by_state.items() if number)


@dataclass
class _Kept:
    """What the journals of one week hold, all its copies together. `entries` leaves the hand-ins out.

    `points` has the best try of each exercise, `latest` the last with its time.
    """

    points: dict[str, float]
    latest: dict[str, tuple[datetime, float]]
    predictions: dict[str, tuple[datetime, Guess]]
    entries: int = 0
    last: datetime | None = None
    packed: HandIn | None = None


def read_progress(work: Path) -> Progress:
    """Read where the learner of this folder stands. Raises nothing: what cannot be read is said in `notes`."""
    course = _course()
    here = lessons_in(work)
    weeks = _weeks(course, here)
    published = {lesson.week: lesson for lesson in (lessons_in(course) if course else [])}
    notes: list[str] = []
    guesses: list[Guess] = []
    standings = []
    for week in weeks:
        copies = [lesson for lesson in here if lesson.week == week.number]
        key = next((lesson.key for lesson in reversed(copies) if lesson.key), None)
        if key is None and week.number in published:
            key = published[week.number].key
        for lesson in copies:
            if lesson.key is None:
                notes.append(f"`{lesson.folder.name}`: {lesson.why}; `handson start` puts it back.")
        kept, lost = _kept(copies, key)
        notes += lost
        guesses += [guess for _, guess in kept.predictions.values()]
        standing = _standing(week, kept, key, _notebook(copies, work))
        if standing.state is State.STARTED and standing.following and key:
            standing = replace(standing, following=_heading(standing, key, work))
        if not copies and week.number not in published:
            standing = replace(standing, state=State.UNPUBLISHED)
        standings.append(standing)
    if not here:
        notes.append("I see no lesson beside this page: open the start page in the folder where your lessons are.")
    standings = _with_next(standings, read_takes(work / TAKES))
    desks = read_desks(course / SYLLABUS, work) if course else {}
    return Progress(tuple(standings), calibrate(guesses), _suggest(standings), tuple(notes), desks)


def page_folder() -> Path:
    """The folder whose lessons the start page shows: where its kernel started, or above it in a lesson's folder."""
    folder = lesson_folder()
    return folder.parent if (folder / FILE_NAME).is_file() else folder


def day(moment: datetime | None) -> str:
    """A date as people write it, such as 3 May; nothing where it is not known."""
    return f"{moment.day} {moment:%B}" if moment and moment > _LONG_AGO else ""


def _course() -> Path | None:
    try:
        return find_lessons()
    except Problem:
        return None


def _weeks(course: Path | None, here: Iterable[LessonFolder]) -> list[Week]:
    """The weeks of the syllabus, then lessons that it does not know."""
    weeks = read_syllabus(course / SYLLABUS) if course else []
    known = {week.number for week in weeks}
    for lesson in here:
        if lesson.week not in known:
            weeks.append(Week(lesson.week, lesson.key.title if lesson.key else lesson.folder.name))
            known.add(lesson.week)
    return weeks


def read_syllabus(path: Path) -> list[Week]:
    """The weeks that the build wrote down; none when the file is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return [
            Week(int(week["week"]), str(week["title"]), str(week["skill"]), str(module["title"]))
            for module in stored["modules"]
            for week in module["weeks"]
        ]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def read_desks(path: Path, work: Path) -> dict[int, str]:
    """The desk sessions of the syllabus that lie in the work folder; none when the file is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8")).get("desks", [])
        named = {int(desk["after"]): Path(str(desk["folder"])).name for desk in stored}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    there = {after: f"{name}/{name}.ipynb" for after, name in named.items()}
    return {after: notebook for after, notebook in there.items() if (work / notebook).is_file()}


def _kept(copies: Sequence[LessonFolder], key: Key | None) -> tuple[_Kept, list[str]]:
    """What the journals of all copies of a week hold, and what could not be read of them."""
    kept = _Kept({}, {}, {})
    notes = []
    for lesson in copies:
        read, lost = entries(lesson.folder)
        notes += [lost] if lost else []
        for entry in read:
            _add(entry, kept, key)
    return kept, notes


def _add(entry: Mapping[str, Any], kept: _Kept, key: Key | None) -> None:
    kind, at = entry.get("kind"), _moment(entry.get("at"))
    if kind == "try":
        name, points = entry.get("exercise"), _number(entry.get("points"))
        if type(name) is str and points is not None and (key is None or name in key.exercises):
            possible = points if key is None else key.exercises[name].points
            kept.points[name] = max(kept.points.get(name, 0.0), min(points, possible))
            if name not in kept.latest or at >= kept.latest[name][0]:
                kept.latest[name] = (at, points)
    elif kind == "prediction":
        name, sure, hit = entry.get("name"), _number(entry.get("confidence")), entry.get("hit")
        if type(name) is str and type(hit) is bool and sure is not None and sure <= 100:
            first = kept.predictions.get(name)
            if first is None or at < first[0]:
                kept.predictions[name] = (at, Guess(sure, hit))
    elif kind == HAND_IN:
        if kept.packed is None or at >= kept.packed.at:
            kept.packed = HandIn(at, round(_number(entry.get("open")) or 0), entry.get("sent") is True)
    elif kind != "recall":
        return
    # To pack an untouched page is no beginning.
    kept.entries += kind != HAND_IN
    kept.last = max(kept.last or _LONG_AGO, at)


def _moment(at: object) -> datetime:
    """When an entry was written; long ago when it does not say."""
    try:
        moment = datetime.fromisoformat(at) if type(at) is str else _LONG_AGO
        return moment.astimezone() if moment.tzinfo is None else moment
    except (ValueError, OverflowError, OSError):
        return _LONG_AGO


def _number(value: object) -> float | None:
    """A number of a journal, which anybody may have edited: 0 or more and no larger than a million, else None."""
    if (type(value) is int or type(value) is float) and 0 <= value <= 1_000_000:
        return float(value)
    return None


def _standing(week: Week, kept: _Kept, key: Key | None, notebook: str) -> Standing:
    exercises = key.exercises if key else {}
    right = [name for name, exercise in exercises.items() if kept.points.get(name, 0.0) >= exercise.points]
    wrong = [name for name in exercises if name in kept.points and name not in right]
    whole = kept.packed is not None and not kept.packed.open
    done = whole or (bool(exercises) and len(right) == len(exercises))
    return Standing(
        week=week,
        state=State.DONE if done else State.STARTED if kept.entries else State.OPEN,
        points=sum(kept.points.values()) if key else 0.0,
        possible=sum(exercise.points for exercise in exercises.values()),
        right=len(right),
        wrong=len(wrong),
        exercises=len(exercises),
        changed=sum(kept.latest[name][1] < exercises[name].points for name in right if name in kept.latest),
        following=next((name for name in exercises if name not in right), ""),
        packed=kept.packed,
        notebook=notebook,
        last=kept.last,
    )


def _notebook(copies: Sequence[LessonFolder], work: Path) -> str:
    """The notebook of the newest copy, relative to the work folder."""
    found = [notebook for lesson in reversed(copies) if (notebook := lesson.notebook) is not None]
    return found[0].relative_to(work).as_posix() if found else ""


def _heading(standing: Standing, key: Key, work: Path) -> str:
    """The words that stand above the exercise to go on with, in quotes; its name where the notebook does not tell."""
    try:
        words = headings(key, read_notebook(work / standing.notebook)["cells"])[standing.following]
    except Problem:
        words = standing.following
    return f"“{words}”"


def _latest(standings: Iterable[Standing]) -> Standing | None:
    """The week that was worked on last."""
    begun = [standing for standing in standings if standing.begun]
    return max(begun, key=lambda standing: (standing.last or _LONG_AGO, standing.week.number), default=None)


def _with_next(standings: Sequence[Standing], takes: Sequence[Take]) -> list[Standing]:
    """The same with one week marked as the next: the earliest that is not done, from where this reader began on.

    Who has begun nowhere begins where their self-assessment says, else at the first. A week that was packed with
    something open and left for a later one waits until all others are done.
    """
    begun = [standing.week.number for standing in standings if standing.begun]
    first = min(begun) if begun else _first_week(standings, takes)
    unfinished = [standing for standing in standings if standing.state in (State.OPEN, State.STARTED)]
    waiting = [
        standing
        for standing in unfinished
        if not (standing.state is State.STARTED and standing.packed and standing.week.number < max(begun))
    ]
    later = [standing for standing in waiting if standing.week.number >= first]
    chosen = (later or waiting or unfinished)[:1]
    return [_marked(standing) if standing in chosen else standing for standing in standings]


def _marked(standing: Standing) -> Standing:
    return replace(standing, state=State.NEXT if standing.state is State.OPEN else standing.state, up_next=True)


def _first_week(standings: Sequence[Standing], takes: Sequence[Take]) -> int:
    """The first week that is ready of the module that the last self-assessment says, or of the nearest before it."""
    modules = list(dict.fromkeys(standing.week.module for standing in standings))
    reached = modules[: takes[-1].begin] if takes else []
    for module in reversed(reached):
        ready = [each.week.number for each in standings if each.week.module == module and each.state is State.OPEN]
        if ready:
            return min(ready)
    return 0


def _about(standing: Standing) -> str:
    return f": {standing.week.skill}." if standing.week.skill else "."


def _suggest(standings: Sequence[Standing]) -> Suggestion:
    """What to do today: hand in what is right, else go on with the week that is next, or begin it."""
    latest = _latest(standings)
    following = next((standing for standing in standings if standing.up_next), None)
    if latest and latest.state is State.DONE and latest.packed is None:
        box = f'`hand_in("w{latest.week.number:02}")`'
        return Suggestion(
            "Hand in ", latest, f": its box {box} makes the file for your coach. No coach? Take the next."
        )
    if following and following.state is State.STARTED:
        then = f"; {following.following} is the next one" if following.following else ""
        counted = f": {following.right} of {following.exercises} exercises are right{then}."
        return Suggestion("Go on with ", following, counted if following.exercises else ".")
    if following and not following.notebook:
        return Suggestion("Run `handson start` once more: it brings ", following, _about(following))
    if following:
        return Suggestion("Begin with " if latest is None else "Take the next hour: ", following, _about(following))
    if len([standing for standing in standings if standing.begun]) >= LAST_WEEK:
        return Suggestion("You have been through all of it. Take the self-assessment above once more, and compare.")
    return Suggestion(
        "You have done every week that is published. Read one of your memos again: would you still sign it?"
    )
