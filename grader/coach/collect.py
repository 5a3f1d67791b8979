"""`handson collect`: from an inbox of zips, folders and notebooks to submitted/, where nbgrader and the engine look.

Everything that is taken is kept in collected/EMAIL/WEEK/TIME-HASH/; submitted/EMAIL/WEEK/ is made from the newest of
them. Each appears by one rename, so a run that is killed leaves nothing half written, and the next one completes it.
"""

import errno
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.coach.archive import Contents, Refusal, read_inbox, shown
from grader.coach.cohort import FILE_NAME, Cohort, open_cohort
from grader.coach.hand_ins import Finder, HandIn, Note, is_part
from grader.coach.releases import Release, find_release, keep_release, kept_releases, lessons_of, published_lessons
from grader.coach.roster import Learner
from grader.learner.problem import Problem

SCHEMA = 1
TIMESTAMP = "timestamp.txt"
TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"
"""As nbgrader's exchange writes it, and its CourseDirectory.get_existing_timestamp reads it."""
ORIGIN = "origin.json"
STAGING = ".collecting"
"""In the cohort's folder: on the same disk, and outside of what nbgrader looks through."""
MOODLE_REMARK = "_assignsubmission_onlinetext"
"""Moodle makes such a folder for everybody who typed a remark."""
_ENTRY = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-([0-9a-f]{12})")
_ENTRY_TIME = "%Y%m%dT%H%M%S.%fZ"

State = Literal["new", "newer", "older"]
_SAID: Mapping[State, str] = {"new": "", "newer": "replaces an older one", "older": "kept; a newer one counts"}


@dataclass(frozen=True)
class Taken:
    """A hand-in of one learner that this run took: the first (`new`), a `newer` one that now counts, an `older` one."""

    email: str
    name: str
    week: str
    at: datetime
    where: str
    release: str
    state: State


@dataclass(frozen=True)
class CollectReport:
    """What a run took, refused and noticed.

    `known` counts the hand-ins of the inbox that were collected before. `restored` are the EMAIL/WEEK whose place in
    submitted/ was not what it should be, though nothing new came: after a run that was killed, or a change by hand.
    """

    cohort: str
    taken: tuple[Taken, ...] = ()
    known: int = 0
    refused: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()
    restored: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.taken or self.restored)

    @property
    def weeks(self) -> list[str]:
        """The weeks that have something new to grade."""
        counting = {each.week for each in self.taken if each.state != "older"}
        return sorted(counting | {place.partition("/")[2] for place in self.restored})

    def to_json(self) -> dict[str, Any]:
        """Plain JSON. Names of files are as `shown`."""
        lines: dict[str, Sequence[Refusal | Note]] = {"refused": self.refused, "notes": self.notes}
        return {
            "schema": SCHEMA,
            "cohort": self.cohort,
            "taken": [{**asdict(each), "at": each.at.isoformat(), "where": shown(each.where)} for each in self.taken],
            "known": self.known,
            **{name: [{"where": shown(each.where), "sentence": str(each)} for each in lines[name]] for name in lines},
            "restored": list(self.restored),
            "weeks": self.weeks,
        }


@dataclass(frozen=True)
class _Place:
    """Where the hand-ins of one learner and week are kept."""

    email: str
    week: str

    def __str__(self) -> str:
        return f"{self.email}/{self.week}"

    def under(self, folder: Path) -> Path:
        """Its folder in collected/ or submitted/."""
        return folder / self.email / self.week


@dataclass(frozen=True)
class _Added:
    """A hand-in that this run kept, without its files."""

    place: _Place
    name: str
    entry: str
    at: datetime
    where: str
    release: str


def collect(cohort: Cohort, inbox: Path | None = None) -> CollectReport:
    """Take what is new in the inbox (the cohort's own if None). Run again on the same inbox, it changes nothing.

    What cannot be taken is a line of the report, and the rest is taken. Raises Problem where nothing can be done: no
    inbox, no roster, another run at work, a full disk.
    """
    inbox = cohort.inbox if inbox is None else inbox
    if not inbox.exists():
        raise Problem(f"There is no inbox {inbox}: name the folder, zip or notebook that holds what was handed in.")
    own = (cohort.collected.resolve(), cohort.submitted.resolve())
    if (inbox / FILE_NAME).exists() or any(inbox.resolve().is_relative_to(folder) for folder in own):
        raise Problem(f"{inbox} holds a cohort's own files: name the folder with what was handed in.")
    finder = Finder(cohort.roster(), lessons_of(cohort), datetime.now(UTC))
    with cohort.lock("collect"):
        try:
            return _Run(cohort, finder).run(inbox)
        except OSError as error:
            mend = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend that"
            raise Problem(
                f"Collecting into {cohort.folder} stopped ({error.strerror}), and nothing is half written: {mend}, "
                "then run `handson collect` again."
            ) from error


class _Run:
    """One run, and what it found so far."""

    def __init__(self, cohort: Cohort, finder: Finder) -> None:
        self._cohort = cohort
        self._finder = finder
        self._staging = cohort.folder / STAGING
        self._staged = 0
        self._current: dict[str, Release | None] = {}
        self._refused: list[Refusal] = []
        self._notes: list[Note] = []
        self._known = 0
        self._added: list[_Added] = []
        self._before: dict[_Place, bool] = {}

    def run(self, inbox: Path) -> CollectReport:
        """Keep what is new, then set submitted/ right."""
        self._clear()
        self._read(inbox)
        restored = self._settle()
        self._clear()
        return CollectReport(
            self._cohort.name,
            tuple(sorted(self._taken(), key=lambda each: (each.week, each.email, each.at))),
            self._known,
            tuple(self._refused),
            tuple(self._notes),
            tuple(restored),
        )

    def _clear(self) -> None:
        """Take away the staging folder, which a killed run may have left."""
        if self._staging.exists():
            shutil.rmtree(self._staging)

    def _read(self, inbox: Path) -> None:
        """Each hand-in is kept before the next is read, so that 1,000 of them need no more memory than one."""
        seen: set[str] = set()
        useful: set[str] = set()
        for contents in read_inbox(inbox):
            top = contents.where.partition("/")[0]
            if contents.files:
                seen.add(top)
            if self._take(contents):
                useful.add(top)
            elif contents.zipped:
                useful.add(top)
                self._refuse(contents.where, "holds no notebook", "ask for the zip that `hand_in` packs")
        for top in sorted(seen - useful - {""}):
            if MOODLE_REMARK not in top:
                self._refuse(top, "holds no notebook", "put the notebook or its zip there, or take the folder away")

    def _take(self, contents: Contents) -> bool:
        """Take the hand-ins of a zip or folder. Whether there was anything to take or to refuse."""
        self._refused += contents.refused
        found = bool(contents.refused)
        for each in self._finder.find(contents):
            found = True
            if isinstance(each, Refusal):
                self._refused.append(each)
            else:
                self._keep(each)
        if not contents.where:
            for entry in contents.files:
                if not is_part(entry.name):
                    self._refuse(entry.name, "is no zip, folder or notebook", "ask for the right file, or take it away")
        return found

    def _refuse(self, where: str, what: str, mend: str) -> None:
        self._refused.append(Refusal(where, what, mend))

    def _keep(self, hand_in: HandIn) -> None:
        """Keep a hand-in in collected/, for each of its learners, unless it is there already."""
        entry = f"{hand_in.at.strftime(_ENTRY_TIME)}-{hand_in.digest}"
        new = [learner for learner in hand_in.learners if not self._is_known(learner, hand_in, entry)]
        self._known += len(hand_in.learners) - len(new)
        current = self._release_of(hand_in.week) if new else None
        if current is None:
            return
        self._notes += [*hand_in.notes, *self._release_note(hand_in, current)]
        origin = {
            "schema": SCHEMA,
            "where": shown(hand_in.where),
            "at": hand_in.at.isoformat(),
            "week": hand_in.week,
            "release": hand_in.release,
        }
        text = json.dumps(origin, indent=1, ensure_ascii=False) + "\n"
        for learner in new:
            place = _Place(learner.email, hand_in.week)
            self._before.setdefault(place, bool(_entries(place.under(self._cohort.collected))))
            self._put({**hand_in.files, ORIGIN: text.encode()}, place.under(self._cohort.collected) / entry)
            self._added.append(_Added(place, learner.name, entry, hand_in.at, hand_in.where, hand_in.release))

    def _is_known(self, learner: Learner, hand_in: HandIn, entry: str) -> bool:
        """The same files of the same time, or from the same place: copying an inbox may give its files new times."""
        folder = _Place(learner.email, hand_in.week).under(self._cohort.collected)
        if (folder / entry).exists():
            return True
        same = [name for name in _entries(folder) if name.endswith(hand_in.digest)]
        return any(_origin(folder / name).get("where") == shown(hand_in.where) for name in same)

    def _release_of(self, week: str) -> Release | None:
        """The release of the week, kept. None, with a line, where that cannot be: then nothing of it is collected."""
        if week not in self._current:
            try:
                published = week in published_lessons()
                self._current[week] = (
                    keep_release(self._cohort, week) if published else kept_releases(self._cohort, week)[-1]
                )
            except Problem as problem:
                self._current[week] = None
                self._refuse(week, "is not collected, since its release cannot be kept", str(problem).rstrip("."))
        return self._current[week]

    def _release_note(self, hand_in: HandIn, current: Release) -> Iterator[Note]:
        """What to say of a hand-in under a release that the cohort does not hold."""
        if find_release(self._cohort, hand_in.week, hand_in.release) is None:
            said = f"was made under release {shown(hand_in.release)} of {hand_in.week}, which this cohort does not hold"
            if not hand_in.release:
                said = f"does not say under which release of {hand_in.week} it was made"
            yield Note(hand_in.where, f"{said}: it is graded under {current.hash}")

    def _settle(self) -> list[str]:
        """Make each place of submitted/ the newest of what is collected. Those that this run did not add to."""
        added = {each.place for each in self._added}
        restored = []
        for folder in sorted(self._cohort.collected.glob("*/*")):
            place = _Place(folder.parent.name, folder.name)
            entries = _entries(folder)
            if entries and not self._is_settled(place, entries):
                self._submit(place, folder / entries[-1])
                if place not in added:
                    restored.append(str(place))
        return restored

    def _is_settled(self, place: _Place, entries: list[str]) -> bool:
        """Whether submitted/ has the newest. Only hand-ins of one and the same time are compared byte by byte."""
        target = place.under(self._cohort.submitted)
        newest = entries[-1]
        try:
            if (target / TIMESTAMP).read_text(encoding="utf-8") != _timestamp(newest):
                return False
        except (OSError, ValueError):
            return False
        twins = [entry for entry in entries if _time(entry) == _time(newest)]
        return len(twins) == 1 or _files(target) == _submission(place.under(self._cohort.collected) / newest)

    def _submit(self, place: _Place, newest: Path) -> None:
        """Put the newest into submitted/. What was changed there by hand is moved to collected/, not deleted."""
        target = place.under(self._cohort.submitted)
        if target.exists():
            collected = place.under(self._cohort.collected)
            there = _files(target)
            if any(there == _submission(collected / entry) for entry in _entries(collected)):
                _move(target, self._stage())
            else:
                number = sum(path.name.startswith("changed-") for path in collected.iterdir()) + 1
                _move(target, collected / f"changed-{number}")
                where = f"submitted/{place}"
                self._notes.append(
                    Note(where, f"held files of another hand, now in collected/{place}/changed-{number}")
                )
        self._put(_submission(newest), target)

    def _put(self, files: Mapping[str, bytes], target: Path) -> None:
        """Write a folder elsewhere, then rename it into place."""
        made = self._stage()
        made.mkdir()
        for name, content in files.items():
            (made / name).write_bytes(content)
        target.parent.mkdir(parents=True, exist_ok=True)
        _move(made, target)

    def _stage(self) -> Path:
        self._staging.mkdir(exist_ok=True)
        self._staged += 1
        return self._staging / str(self._staged)

    def _taken(self) -> Iterator[Taken]:
        for each in self._added:
            counts = _entries(each.place.under(self._cohort.collected))[-1] == each.entry
            state: State = "older" if not counts else "newer" if self._before[each.place] else "new"
            yield Taken(each.place.email, each.name, each.place.week, each.at, each.where, each.release, state)


def _move(source: Path, target: Path) -> None:
    """The one way in which anything appears or goes."""
    os.rename(source, target)  # noqa: PTH104 (Path.rename is the same, and cannot be watched alone)


def _entries(folder: Path) -> list[str]:
    """The hand-ins kept in a folder of collected/, the newest last."""
    try:
        return sorted(name for name in os.listdir(folder) if _ENTRY.fullmatch(name))  # noqa: PTH208 (names are enough)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _time(entry: str) -> datetime:
    return datetime.strptime(entry.rpartition("-")[0], _ENTRY_TIME).replace(tzinfo=UTC)


def _timestamp(entry: str) -> str:
    return _time(entry).strftime(TIMESTAMP_FORMAT) + "\n"


def _files(folder: Path) -> dict[str, bytes]:
    """The files of a folder; another folder in it counts as one without content."""
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


def _submission(entry: Path) -> dict[str, bytes]:
    """What a kept hand-in becomes in submitted/."""
    files = {name: content for name, content in _files(entry).items() if name != ORIGIN}
    return {**files, TIMESTAMP: _timestamp(entry.name).encode()}


def _origin(entry: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((entry / ORIGIN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def collect_command(
    inbox: Path | None, cohort_name: str | None, *, as_json: bool = False, console: Console | None = None
) -> int:
    """What `handson collect` runs. Returns 0, also where some were refused: the rest is taken. Raises Problem."""
    cohort = open_cohort(cohort_name)
    report = collect(cohort, inbox)
    if as_json:
        print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        show(report, console or Console(highlight=False, soft_wrap=True))
    return 0


def show(report: CollectReport, console: Console) -> None:
    """Print a report: what was taken, a line for each refusal and note, and the next step last."""
    states = Counter(each.state for each in report.taken)
    console.print(
        f"[bold]{escape(report.cohort)}[/bold]: {states['new']} new, {states['newer']} newer than what was there, "
        f"{states['older']} older, {report.known} collected before, {len(report.refused)} not taken."
    )
    if report.taken:
        console.print(_table(report))
    for title, lines in (("Not taken", report.refused), ("To know", report.notes)):
        if lines:
            console.print(f"[bold]{title}[/bold]")
            for line in lines:
                console.print(f"  {escape(str(line))}")
    for place in report.restored:
        console.print(f"Set right: submitted/{escape(place)}.")
    if not report.changed:
        console.print("Nothing is new, and nothing was changed.")
    console.print(_next(report))


def _table(report: CollectReport) -> Table:
    table = Table()
    for title in ("Learner", "Week", "Handed in (UTC)", "From", ""):
        table.add_column(title, overflow="fold")
    for each in report.taken:
        at = f"{each.at:%Y-%m-%d %H:%M}"
        table.add_row(escape(shown(each.name)), each.week.upper(), at, escape(shown(each.where)), _SAID[each.state])
    return table


def _next(report: CollectReport) -> str:
    if report.weeks:
        return "Next: " + ", then ".join(f"`handson grade {week}`" for week in report.weeks) + "."
    if report.refused:
        return "Next: mend in the inbox what was not taken, then run `handson collect` again."
    return "Next: put what learners hand in into the inbox, then run `handson collect` again."
