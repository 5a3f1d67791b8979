"""Where a learner's calendar lies and what it says of itself: an `.ics`, alone, in a folder or in a zip; its zone."""

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from icalendar.timezone import tzp

from grader.learner.problem import Problem

MOST_BYTES = 50_000_000
_STARTS = re.compile(r"^DTSTART[^:\n]*:(\d{8})T", re.MULTILINE)
_TITLED = re.compile(r"^SUMMARY[^:\n]*:(.*)$", re.MULTILINE)
_NO_TITLE = ("", "busy", "free", "tentative", "away", "out of office", "working elsewhere", "private appointment")
"""What stands for a title where only free and busy times were exported."""


def is_no_title(title: str) -> bool:
    """Whether a title says no more than that time is taken."""
    return title.strip().casefold() in _NO_TITLE


class NoFile(Problem):
    """The folder holds no calendar: not a mistake, but the first step."""


class Several(Problem):
    """There are more calendars than one. `likely` is the name of the one that seems to be in use."""

    def __init__(self, said: str, likely: str) -> None:
        super().__init__(said)
        self.likely = likely


@dataclass(frozen=True)
class Found:
    """A calendar before it is read: the file, and its name inside if the file is a zip (else "")."""

    path: Path
    inside: str = ""

    @property
    def name(self) -> str:
        """What a reader calls it, and may give as `file=`."""
        return f"{self.path.name}/{self.inside}" if self.inside else self.path.name


@dataclass(frozen=True)
class Zone:
    """In which zone times are told. `zone` None: this machine's. `source`: given, file, machine, or none (floating)."""

    zone: tzinfo | None
    name: str
    source: str


def find(folder: Path, file: str | Path = "") -> Found:
    """The one calendar of `folder`, one level down and in zips too, or the one that `file` names.

    Raises NoFile where there is none, Several where there are more, Problem where the named one is missing.
    """
    if file:
        return _named(folder, file)
    found = [Found(path) for path in _files(folder, ".ics")]
    found = found or [
        Found(path, inside) for path in _files(folder, ".zip") if zipfile.is_zipfile(path) for inside in _inside(path)
    ]
    if not found:
        raise NoFile(
            "There is no `.ics` file in the folder of this lesson. Export your calendar as above, drag the file into "
            "the list at the left, and run this box again. Nothing was read."
        )
    if len(found) > 1:
        raise _several("The folder of this lesson", {_below(folder, each): each for each in found})
    return found[0]


def calendars(found: Found) -> list[icalendar.Calendar]:
    """The calendars of a file, which hold an entry between them; Problem, one sentence, where it is none."""
    not_one = f"`{found.name}` is not a calendar"
    text = _decoded(_bytes(found))
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Problem(f"{not_one}: it does not begin as an `.ics` does. Export it again, as `.ics` (iCalendar).")
    try:
        read = icalendar.Calendar.from_ical(text, multiple=True)
    except Exception as error:  # whatever a reader stumbles over in a stranger's file is one sentence
        raise Problem(f"{not_one} that can be read ({error}): export it again, whole.") from error
    several = [each for each in read if isinstance(each, icalendar.Calendar)]
    if not any(calendar.walk("VEVENT") for calendar in several):
        raise Problem(f"`{found.name}` is a calendar without an entry: export the one that you use.")
    for calendar in several:
        _mend_zone(calendar)
    return several


def zone_of(several: list[icalendar.Calendar], given: tzinfo | str | None) -> Zone:
    """`given`, else the zone that the file names, else the one of most of its entries, else this machine's.

    Raises Problem for a given name that no zone has.
    """
    if given:
        return Zone(named_zone(given), str(given), "given")
    for calendar in several:
        name = str(calendar.get("X-WR-TIMEZONE", ""))
        if name:
            return Zone(_known(name), name, "file")
    moments = [(_zone_name(event), moment) for event in _events(several) if (moment := _start(event)) is not None]
    named = Counter(name for name, moment in moments if name and moment.tzinfo is not None)
    if named:
        name = named.most_common(1)[0][0]
        zone = next(moment.tzinfo for each, moment in moments if each == name and moment.tzinfo is not None)
        return Zone(zone, _called(zone, name), "file")
    for calendar in several:
        for defined in calendar.walk("VTIMEZONE"):
            name = str(defined.get("TZID", ""))
            if (defined_zone := _known(name)) is not None:
                return Zone(defined_zone, _called(defined_zone, name), "file")
    if all(moment.tzinfo is None for _, moment in moments):
        return Zone(None, "", "none")
    return Zone(None, datetime.now().astimezone().tzname() or "unknown", "machine")


def named_zone(given: tzinfo | str) -> tzinfo:
    """The zone of a name such as `Europe/Berlin`, or of Windows' own; Problem for a name that no zone has."""
    if isinstance(given, tzinfo):
        return given
    zone = _known(str(given).strip())
    if zone is None:
        raise Problem(f'There is no zone called "{given}": write continent and city, as in `zone="Europe/Berlin"`.')
    return zone


def _named(folder: Path, file: str | Path) -> Found:
    path = Path(file) if Path(file).is_absolute() else folder / file
    if path.is_file():
        return _only_inside(path) if path.suffix.lower() == ".zip" else Found(path)
    for zipped in _files(folder, ".zip"):
        inside = [
            name
            for name in (_inside(zipped) if zipfile.is_zipfile(zipped) else [])
            if str(file) in (name, PurePosixPath(name).name, f"{zipped.name}/{name}")
        ]
        if inside:
            return Found(zipped, inside[0])
    raise Problem(f"There is no `{Path(file).name}` in the folder of this lesson: drag it there, or mend its name.")


def _only_inside(path: Path) -> Found:
    if not zipfile.is_zipfile(path):
        return Found(path)
    inside = _inside(path)
    if not inside:
        raise Problem(f"`{path.name}` holds no `.ics` file: export your calendar again.")
    if len(inside) > 1:
        raise _several(f"`{path.name}`", {name: Found(path, name) for name in inside})
    return Found(path, inside[0])


def _several(where: str, found: dict[str, Found]) -> Several:
    listed = ", ".join(f"`{name}`" for name in list(found)[:5])
    newest = {name: _newest_titled(each) for name, each in found.items()}
    return Several(f"{where} holds {len(found)} calendars ({listed}): say which.", max(found, key=newest.__getitem__))


def _newest_titled(found: Found) -> str:
    """The day (`20261006`) of the newest entry with a title and a time of day; "" where there is none."""
    try:
        text = _decoded(_bytes(found))
    except Problem:
        return ""
    days = [
        started.group(1)
        for event in text.split("BEGIN:VEVENT")[1:]
        if (started := _STARTS.search(event)) and (titled := _TITLED.search(event)) and not is_no_title(titled.group(1))
    ]
    return max(days, default="")


def _files(folder: Path, ending: str) -> list[Path]:
    """Files of that ending in the folder and one level down, as an unpacked zip leaves them; none that is hidden."""
    return sorted(
        path
        for path in (*folder.glob("*"), *folder.glob("*/*"))
        if path.suffix.lower() == ending
        and path.is_file()
        and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    )


def _inside(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as zipped:
        return sorted(
            name for name in zipped.namelist() if name.lower().endswith(".ics") and not name.startswith(("__", "."))
        )


def _below(folder: Path, found: Found) -> str:
    return found.inside or found.path.relative_to(folder).as_posix()


def _bytes(found: Found) -> bytes:
    if not found.inside and zipfile.is_zipfile(found.path):
        found = _only_inside(found.path)
    too_large = f"`{found.name}` is larger than {MOST_BYTES // 1_000_000} MB: export fewer months."
    try:
        if found.inside:
            with zipfile.ZipFile(found.path) as zipped, zipped.open(found.inside) as member:
                raw = member.read(MOST_BYTES + 1)
        else:
            if found.path.stat().st_size > MOST_BYTES:
                raise Problem(too_large)
            raw = found.path.read_bytes()
    except OSError as error:
        raise Problem(
            f"`{found.name}` cannot be read ({error.strerror}): close the program that has it open."
        ) from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Problem(f"`{found.name}` cannot be read from its zip ({error}): unpack it.") from error
    if len(raw) > MOST_BYTES:
        raise Problem(too_large)
    if raw.startswith(b"PK"):
        raise Problem(f"`{found.name}` is a zip that does not open: unpack it, and use the `.ics` inside.")
    return raw


def _decoded(raw: bytes) -> str:
    """UTF-8 as the standard says, UTF-16 with its mark, else what Windows wrote in Western Europe."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _mend_zone(calendar: icalendar.Calendar) -> None:
    """Give the calendar's own zone its standard name, or drop one that nobody knows: readers fail on it."""
    name = str(calendar.get("X-WR-TIMEZONE", "")).strip()
    if not name:
        return
    zone = _known(name)
    if zone is None:
        del calendar["X-WR-TIMEZONE"]
    else:
        calendar["X-WR-TIMEZONE"] = icalendar.vText(_called(zone, name))


def _known(name: str) -> tzinfo | None:
    """The zone of a name, Windows' names and those that a file defines included."""
    return tzp.timezone(name)


def _called(zone: tzinfo | None, name: str) -> str:
    """The standard name of a zone where it has one, else what the file calls it."""
    return zone.key if isinstance(zone, ZoneInfo) else name


def _events(several: list[icalendar.Calendar]) -> list[Any]:
    return [event for calendar in several for event in calendar.walk("VEVENT")]


def _zone_name(event: Any) -> str:
    return str(event["DTSTART"].params.get("TZID", "")) if _start(event) is not None else ""


def _start(event: Any) -> datetime | None:
    """When an entry begins, if that is a time of day and can be read."""
    try:
        moment = event["DTSTART"].dt
    except (KeyError, AttributeError, ValueError):
        return None
    return moment if isinstance(moment, datetime) else None
