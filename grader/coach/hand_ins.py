"""Finds the hand-ins in what an inbox holds: which notebook, of which week, whose, and from when.

The manifest that `hand_in` packs speaks first, then the notebook's metadata, then the names of files and folders, as
learners, mail programs, Moodle and Canvas write them. What cannot be settled is refused in a sentence, not guessed.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from grader.coach.archive import Contents, Entry, Refusal, Refused, is_notebook, read_json, read_notebook, shown
from grader.coach.roster import Learner, Roster
from grader.learner.journal import FILE_NAME as JOURNAL
from grader.learner.pack import MANIFEST

MAX_TEAM = 20
"""Members that a manifest may name."""
SLACK = timedelta(days=1)
"""How far a learner's clock may be ahead. A hand-in from later than that has no time of its own."""
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that says less was never set."""
_WEEK_IN_A_NAME = re.compile(r"(?<![^\W_])w(?:eek[ _-]?)?(\d{1,2})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Note:
    """Something that a coach should know about a hand-in that was taken. As text, one sentence."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"`{shown(self.where)}` {self.what}."


@dataclass(frozen=True)
class HandIn:
    """One hand-in: whose it is (a team's has several), and its files by the names that they get in submitted/."""

    where: str
    learners: tuple[Learner, ...]
    week: str
    release: str
    at: datetime
    files: Mapping[str, bytes]
    notes: tuple[Note, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same files, 12 characters."""
        whole = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            whole.update(f"{name} {len(content)} ".encode() + content)
        return whole.hexdigest()[:12]


Found = HandIn | Refusal


def is_part(name: str) -> bool:
    """Whether a file's name says that it belongs to a hand-in."""
    return is_notebook(name) or name.lower() in (MANIFEST, JOURNAL)


@dataclass(frozen=True)
class _Manifest:
    """What is used of a manifest.json; what is missing or of another type is empty."""

    content: bytes
    week: str = ""
    release: str = ""
    email: str = ""
    at: datetime | None = None
    team: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Notebook:
    """A notebook as it was found, and the week and release that its metadata names."""

    entry: Entry
    content: bytes
    parsed: Mapping[str, Any] = field(repr=False)
    week: str
    release: str


@dataclass(frozen=True)
class _Group:
    """The files that lie in one folder, `where` that is, and the names of all folders (and the zip) around them."""

    where: str
    around: tuple[str, ...]
    notebooks: tuple[Entry, ...]
    manifest: Entry | None
    journal: Entry | None
    at: datetime | None

    def place(self, entry: Entry) -> str:
        """Where one of its files lies, for a sentence."""
        return f"{self.where}/{_last(entry.name)}" if self.where else _last(entry.name)


class Finder:
    """Knows the roster and the lessons (`slugs`: week -> name), and what time it is."""

    def __init__(self, roster: Roster, slugs: Mapping[str, str], now: datetime) -> None:
        self._roster = roster
        self._slugs = slugs
        self._now = now
        self._lesson = re.compile("|".join(map(re.escape, slugs.values())) or r"(?!)", re.IGNORECASE)

    def find(self, contents: Contents) -> Iterator[Found]:
        """The hand-ins of one zip or folder, and a refusal for each that cannot be taken."""
        inside: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in contents.files:
            inside[entry.name.rpartition("/")[0]].append(entry)
        for folder, entries in sorted(inside.items()):
            where = "/".join(part for part in (contents.where, folder) if part)
            by_name = {_last(entry.name).lower(): entry for entry in entries}
            group = _Group(
                where,
                tuple(where.split("/")) if where else (),
                tuple(entry for entry in entries if is_notebook(entry.name)),
                by_name.get(MANIFEST),
                by_name.get(JOURNAL),
                contents.at,
            )
            if group.manifest is not None or group.notebooks:
                yield from self._in_group(group)

    def _in_group(self, group: _Group) -> Iterator[Found]:
        """A notebook whose own name carries a learner stands for itself; the others of a folder belong together."""
        alone = [entry for entry in group.notebooks if self._named(_last(entry.name))]
        others = [entry for entry in group.notebooks if entry not in alone]
        together = group.manifest is not None or bool(self._named(*group.around))
        for entry in alone if together else group.notebooks:
            read = list(_read(group, [entry]))
            yield from (each for each in read if isinstance(each, Refusal))
            for each in read:
                if isinstance(each, _Notebook):
                    yield from self._of_one(group, each, ())
        if not together:
            return
        read = list(_read(group, others))
        yield from (each for each in read if isinstance(each, Refusal))
        notebooks = [each for each in read if isinstance(each, _Notebook)]
        manifest = _manifest(group) if group.manifest is not None else None
        if isinstance(manifest, _Manifest):
            yield from self._packed(group, manifest, notebooks, len(others))
        else:
            yield from self._of_folder(group, notebooks, (manifest,) if manifest is not None else ())

    def _packed(
        self, group: _Group, manifest: _Manifest, notebooks: Sequence[_Notebook], there: int
    ) -> Iterator[Found]:
        """The one hand-in of a manifest. A notebook of another week contradicts it; one that says none does not."""
        listed = [each for each in notebooks if _last(each.entry.name) in manifest.files]
        for fits in (
            [each for each in listed if each.week == manifest.week],
            [each for each in notebooks if each.week == manifest.week],
            [each for each in listed or notebooks if not each.week or not manifest.week],
        ):
            if fits:
                chosen = self._best(fits)
                yield from self._of_one(group, chosen, _others_note(group, chosen, notebooks), manifest)
                return
        if notebooks:
            what = f"has a manifest of {shown(manifest.week)} and a notebook of {shown(notebooks[0].week)}"
            yield Refusal(group.where or MANIFEST, what, "ask for a new zip, as `hand_in` packs it")
        elif not there:
            yield Refusal(group.where or MANIFEST, "has a manifest and no notebook", "ask for a new zip")

    def _of_folder(self, group: _Group, notebooks: Sequence[_Notebook], notes: tuple[Note, ...]) -> Iterator[Found]:
        """One hand-in for each week of a learner's folder: the newest. Notebooks of no lesson are passed over."""
        weeks: defaultdict[str, list[_Notebook]] = defaultdict(list)
        for each in notebooks:
            weeks[each.week].append(each)
        nameless = weeks.pop("", [])
        if not weeks:
            weeks[""] = nameless
        for same in weeks.values():
            if same:
                chosen = self._best(same)
                yield from self._of_one(group, chosen, (*_others_note(group, chosen, [*same, *nameless]), *notes))

    def _of_one(
        self, group: _Group, notebook: _Notebook, notes: Sequence[Note], manifest: _Manifest | None = None
    ) -> Iterator[Found]:
        """A notebook as a hand-in: its learners, week and time. Or why not; and who of its team is not counted."""
        where = group.place(notebook.entry)
        names = [*group.around, _last(notebook.entry.name)]
        week = notebook.week or (manifest.week if manifest else "") or _week_in(names)
        if week not in self._slugs:
            yield self._no_lesson(where, week)
            return
        who = self._who(where, names, manifest)
        if isinstance(who, Refusal):
            yield who
            return
        learner, said = who
        team, strangers = self._team(learner, manifest)
        content, private = _without_private(notebook)
        files, more = {f"{self._slugs[week]}.ipynb": content}, [*said, *notes]
        if private:
            more.append(Note(where, f"had {private} private cell{'s' * (private > 1)}, left out here"))
        if manifest is not None:
            files[MANIFEST] = manifest.content
            more += self._doubts(where, notebook, manifest)
        if group.journal is not None and (manifest is not None or not self._named(_last(notebook.entry.name))):
            try:
                files[JOURNAL] = group.journal.read()
            except Refused as refused:
                more.append(Note(refused.refusal.where, f"{refused.refusal.what}, and is left out"))
        release = notebook.release or (manifest.release if manifest else "")
        at = self._time(manifest.at if manifest else None, notebook.entry.at, group.at)
        yield HandIn(where, (learner, *team), week, release, at, files, tuple(more))
        if strangers:
            listed = ", ".join(shown(email) for email in strangers[:3]) + (" and others" if len(strangers) > 3 else "")
            what = f"names {listed} as of the team of {learner.email}, and the roster does not"
            yield Refusal(where, what, "give all of a team the same team in roster.csv, and collect again")

    def _no_lesson(self, where: str, week: str) -> Refusal:
        there = ", ".join(sorted(self._slugs)) or "none"
        if not week:
            return Refusal(where, "does not say its week", f"put the week into its name, one of {there}")
        return Refusal(where, f"is of {shown(week)}, a week without a lesson to hand in", f"there are {there}")

    def _doubts(self, where: str, notebook: _Notebook, manifest: _Manifest) -> Iterator[Note]:
        """What a manifest says that cannot be."""
        digest = manifest.files.get(_last(notebook.entry.name))
        if digest is not None and digest != hashlib.sha256(notebook.content).hexdigest():
            yield Note(where, "was changed after it was packed: it is not what its manifest lists")
        if manifest.at is not None and self._time(manifest.at) != manifest.at:
            yield Note(
                where, f"says that it was packed at {manifest.at.isoformat()}, which cannot be, and is not believed"
            )

    def _who(
        self, where: str, names: Sequence[str], manifest: _Manifest | None
    ) -> tuple[Learner, tuple[Note, ...]] | Refusal:
        named = self._named(*names)
        claimed = ""
        if manifest is not None and manifest.email:
            learner = self._roster.get(manifest.email)
            if learner is not None:
                if named and learner not in named:
                    others = " or ".join(each.email for each in named)
                    said = f"is {learner.email}'s by its manifest and {others}'s by its name: its manifest counts"
                    return learner, (Note(where, said),)
                return learner, ()
            claimed = f", and its manifest names {shown(manifest.email)}"
        if len(named) == 1:
            if claimed:
                said = f"is {named[0].email}'s by its name{claimed}, whom the roster does not know: its name counts"
                return named[0], (Note(where, said),)
            return named[0], ()
        if named:
            could = " or ".join(f"{shown(each.name)} ({each.email})" for each in named)
            return Refusal(where, f"could be of {could}", "put the e-mail of one of them into its name")
        mend = "put the learner's e-mail into its name, or the learner into roster.csv"
        return Refusal(where, f"is of nobody in the roster{claimed}", mend)

    def _team(self, learner: Learner, manifest: _Manifest | None) -> tuple[tuple[Learner, ...], tuple[str, ...]]:
        """The other members that the manifest names and the roster confirms, and the e-mails that it does not.

        Without the roster's word anybody could hand in for anybody.
        """
        members: list[Learner] = []
        strangers: list[str] = []
        for email in manifest.team if manifest else ():
            member = self._roster.get(email)
            if member is None or (member != learner and (not member.team or member.team != learner.team)):
                strangers.append(email)
            elif member != learner and member not in members:
                members.append(member)
        return tuple(members), tuple(strangers)

    def _named(self, *texts: str) -> tuple[Learner, ...]:
        """The learners whom these names carry, names of lessons left out: a learner's might be in one by chance."""
        return self._roster.named(*(self._lesson.sub(" ", text) for text in texts))

    def _best(self, notebooks: Sequence[_Notebook]) -> _Notebook:
        """The newest; of those of one time, the one that is called like a lesson."""
        lessons = {f"{slug}.ipynb" for slug in self._slugs.values()}
        return max(
            notebooks,
            key=lambda each: (each.entry.at or EARLIEST, _last(each.entry.name) in lessons, each.entry.name),
        )

    def _time(self, *candidates: datetime | None) -> datetime:
        """The first time that can be true: not from the future, not from before there was a course."""
        for at in candidates:
            if at is not None and EARLIEST <= at <= self._now + SLACK:
                return at.astimezone(UTC)
        return self._now


def _read(group: _Group, entries: Sequence[Entry]) -> Iterator[_Notebook | Refusal]:
    for entry in entries:
        try:
            content = entry.read()
            parsed = read_notebook(content, group.place(entry))
        except Refused as refused:
            yield refused.refusal
            continue
        about = parsed.get("metadata", {}).get("handson")
        about = about if isinstance(about, dict) else {}
        yield _Notebook(entry, content, parsed, _text(about.get("lesson")), _text(about.get("release")))


def _others_note(group: _Group, chosen: _Notebook, notebooks: Sequence[_Notebook]) -> tuple[Note, ...]:
    others = [_last(each.entry.name) for each in notebooks if each is not chosen]
    if not others:
        return ()
    listed = ", ".join(f"`{shown(name)}`" for name in others[:3]) + (" and others" if len(others) > 3 else "")
    return (Note(group.place(chosen.entry), f"was taken, and {listed} beside it was not: one notebook counts"),)


def _manifest(group: _Group) -> _Manifest | Note:
    """The manifest of a group; a note where it cannot be used."""
    assert group.manifest is not None
    where = group.place(group.manifest)
    try:
        content = group.manifest.read()
        data = read_json(content, where)
    except Refused as refused:
        return Note(where, f"{refused.refusal.what}, and is left out")
    if not isinstance(data, dict):
        return Note(where, "is no manifest, and is left out")
    team, files = data.get("team"), data.get("files")
    try:
        at = datetime.fromisoformat(_text(data.get("at")))
    except ValueError:
        at = None
    return _Manifest(
        content,
        _text(data.get("week")),
        _text(data.get("release")),
        _text(data.get("email")),
        at if at is not None and at.tzinfo is not None else None,
        tuple(_text(email) for email in team[:MAX_TEAM] if _text(email)) if isinstance(team, list) else (),
        {name: _text(digest) for name, digest in files.items()} if isinstance(files, dict) else {},
    )


def _without_private(notebook: _Notebook) -> tuple[bytes, int]:
    """The notebook without the cells that are never handed in. `hand_in` leaves them out; a bare notebook has them."""
    cells = notebook.parsed["cells"]
    kept = [cell for cell in cells if not _is_private(cell)]
    if len(kept) == len(cells):
        return notebook.content, 0
    content = json.dumps({**notebook.parsed, "cells": kept}, indent=1).encode() + b"\n"
    return content, len(cells) - len(kept)


def _is_private(cell: Mapping[str, Any]) -> bool:
    metadata = cell.get("metadata")
    about = metadata.get("handson") if isinstance(metadata, dict) else None
    return isinstance(about, dict) and bool(about.get("private"))


def _week_in(names: Iterable[str]) -> str:
    """The week that the innermost name says, such as w01 or week 1."""
    found = [match for name in names for match in _WEEK_IN_A_NAME.findall(name)]
    return f"w{int(found[-1]):02d}" if found else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= 1_000 else ""


def _last(name: str) -> str:
    return PurePosixPath(name).name
