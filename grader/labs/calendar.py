"""The learner's own calendar, read where it lies: an `.ics` from Outlook, Google or Apple as a table and a picture.

The format is read by `icalendar`, recurring entries are written out by `recurring_ical_events`. In Binder, where the
machine is somebody else's, nothing is read.
"""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pandas as pd
import recurring_ical_events

from grader.labs.calendar_file import NoFile, Several, Zone, calendars, find, is_no_title, zone_of
from grader.learner.card import card, words
from grader.learner.key import lesson_folder
from grader.learner.outcome import Notice
from grader.learner.problem import Problem

WEEKS = 12
MOST_WEEKS = 260
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BINDER = ("BINDER_LAUNCH_HOST", "BINDER_REQUEST", "BINDER_REPO_URL")
"""What BinderHub sets in the machines that it starts."""
COLUMNS = (
    *("title", "starts_at", "ends_at", "hours", "status", "you"),
    *("organiser", "attendees", "all_day", "left_out", "counted"),
)
REASONS = (
    "all-day",
    "a day or longer",
    "cancelled",
    "declined",
    "free",
    "tentative",
    "out of office",
    "working elsewhere",
    "as you say",
)
"""Why an entry takes no hours, in the order in which they are asked after."""
LONG = 6
"""Hours from which on an entry is named on the card, since it may be a holiday that nobody marked."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_CALLED_OFF = (
    "canceled:",
    "cancelled:",
    "abgesagt:",
    "annulé:",
    "annulé :",
    "cancelado:",
    "annullato:",
    "geannuleerd:",
)
"""How Outlook begins the title of a meeting that was called off and that nobody has deleted."""
_SHOWN_AS = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "OOF": "out of office",
    "WORKINGELSEWHERE": "working elsewhere",
}
"""How Outlook says for what an entry holds its time; `BUSY` is a meeting."""
_AWAY = re.compile(
    r"\b(?:out of office|vacation|holidays?|annual leave|urlaub|ferien|abwesend|abwesenheit)\b", re.IGNORECASE
)
"""What a title says where its owner was away."""
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative", "NEEDS-ACTION": "no answer"}


@dataclass(frozen=True)
class _Own:
    """A calendar as read: its entries, whose it is taken to be, its zone, what could not be read, its newest day.

    `private` is how many entries are marked so.
    """

    entries: pd.DataFrame
    you: str
    zone: Zone
    unreadable: int
    newest: date | None
    private: int


@dataclass(frozen=True)
class _Asked:
    """What a tool was told: the values of its arguments."""

    weeks: int
    file: str | Path
    you: str
    until: date | None
    zone: tzinfo | str | None
    without: str | Sequence[str]

    def line(self, begins: str, file: str = "") -> str:
        """The line that asks for the same, to be pasted; `file` in place of the one that was given."""
        said = {"file": file or str(self.file), "you": self.you, "zone": str(self.zone or ""), "without": self.without}
        more = [f", {name}={json.dumps(value, ensure_ascii=False)}" for name, value in said.items() if value]
        return f"{begins}weeks={self.weeks}{''.join(more)})"


@dataclass(frozen=True)
class _Span:
    """The weeks from the first to the last entry that counts, of those asked for: what hours are divided by."""

    first: date
    weeks: int
    asked: int


def read_calendar(
    file: str | Path = "",
    weeks: int = WEEKS,
    *,
    you: str = "",
    until: date | None = None,
    zone: tzinfo | str | None = None,
    without: str | Sequence[str] = (),
) -> pd.DataFrame:
    """The entries of an `.ics` in the whole weeks before the Monday of `until` (today), a row each, oldest first.

    `file` may be left out where the lesson's folder holds one calendar, unpacked or in a zip. Columns: title;
    starts_at and ends_at, in the time of `zone` ("Europe/Berlin"), else of the zone that the file names, else of this
    machine, without zone; hours; status: confirmed, tentative, cancelled; you: accepted, declined, tentative, no
    answer, or empty where nobody was asked; organiser; attendees, you included; all_day; left_out: why it takes no
    hours, one of REASONS or empty; and counted, true where left_out is empty. `you` is your e-mail; without it, it is
    the address that the calendar is named after, or the one that stands in most meetings. `without`: titles, or words
    of them, whose entries take no hours.

    Raises Problem for a file that is missing, too large or no calendar, for weeks below 1, for a zone that there is
    not, and in Binder.
    """
    asked = _Asked(weeks, file, you, until, zone, without)
    try:
        return _read(asked).entries
    except Several as several:
        line = asked.line("mine = read_calendar(", several.likely)
        raise Problem(f"{several} For one of them write `{line}`.") from several


def my_week(
    keyword: str = "planning",
    weeks: int = WEEKS,
    file: str | Path = "",
    *,
    you: str = "",
    until: date | None = None,
    zone: tzinfo | str | None = None,
    without: str | Sequence[str] = (),
) -> Notice:
    """Draw the week of one's own calendar, and return a card: hours a week, those with `keyword` in the title.

    It never raises: what stands in the way is said on the card.
    """
    asked = _Asked(weeks, file, you, until, zone, without)
    try:
        _word(keyword, asked)
        own = _read(asked)
        counted = own.entries[own.entries["counted"]]
        if counted.empty:
            raise Problem(_nothing_there(own, weeks))
    except NoFile as missing:
        return _notice("idle", "No calendar yet", [str(missing)])
    except Several as several:
        line = asked.line(f"my_week({json.dumps(keyword, ensure_ascii=False)}, ", several.likely)
        return _notice(
            "idle", "More than one calendar", [str(several), f"For one of them, the last line reads `{line}`"]
        )
    except Problem as problem:
        return _notice("wrong", "Not read", [str(problem)])
    span = _span(counted, weeks)
    _draw(hours_by_slot(counted), span.weeks)
    return _told(own, counted, keyword.strip(), span, asked)


def _word(keyword: object, asked: _Asked) -> None:
    """Raise Problem unless `keyword` is a word or a phrase that a title may hold."""
    if not isinstance(keyword, str) or not keyword.strip():
        raise Problem('Put a word of your titles between the first quotes, as in `my_week("planning", weeks=12)`.')
    if _is_file(keyword):
        line = asked.line('my_week("planning", ', keyword.strip())
        raise Problem(f"First comes a word of your titles; a file goes by its name: `{line}`.")


def hours_by_slot(entries: pd.DataFrame) -> pd.DataFrame:
    """Hours per weekday (0 is Monday; always five, more where the weekend is used) and hour of the day, gaps filled."""
    slots: defaultdict[tuple[int, int], float] = defaultdict(float)
    for start, end in zip(entries["starts_at"], entries["ends_at"], strict=True):
        for slot, part in _slots(start.to_pydatetime(), end.to_pydatetime()):
            slots[slot] += part
    days = range(max([4, *(day for day, _ in slots)]) + 1)
    used = [hour for _, hour in slots] or [9]
    hours = range(min(used), max(used) + 1)
    return pd.DataFrame([[slots[day, hour] for hour in hours] for day in days], index=days, columns=hours, dtype=float)


def double_booked(entries: pd.DataFrame) -> float:
    """Hours that are booked once more than one person can sit through: all hours, less the time in which any runs."""
    booked, once, reached = timedelta(), timedelta(), datetime.min
    for start, end in sorted(zip(entries["starts_at"], entries["ends_at"], strict=True)):
        booked += end - start
        once += max(timedelta(), end - max(start, reached))
        reached = max(reached, end)
    return (booked - once) / _HOUR


def _is_file(value: object) -> bool:
    return isinstance(value, str | Path) and Path(str(value).strip()).suffix.lower() in (".ics", ".zip")


def _read(asked: _Asked) -> _Own:
    weeks = asked.weeks
    if _is_file(weeks):
        raise Problem(f'`weeks` is a number, and a file goes by its name: write `weeks=12, file="{weeks}"`.')
    if type(weeks) is not int or not 1 <= weeks <= MOST_WEEKS:
        raise Problem(f"`weeks` is how many weeks to look back: a whole number from 1 to {MOST_WEEKS}, such as `12`.")
    if any(os.environ.get(name) for name in BINDER):
        raise Problem(
            "This page runs in Binder, on a machine that is not yours: your calendar does not belong here, and I read "
            "none. Install the course on your own computer for this box."
        )
    found = find(lesson_folder(), asked.file)
    read = calendars(found)
    told = zone_of(read, asked.zone)
    zone = told.zone
    monday = _monday(asked.until or date.today())
    start, end = _at(monday - timedelta(weeks=weeks), zone), _at(monday, zone)
    mine = _address(asked.you) or _whose(read)
    without = [asked.without] if isinstance(asked.without, str) else list(asked.without)
    unwanted = [each.strip().casefold() for each in without if each.strip()]
    rows = []
    private = 0
    try:
        for calendar in read:
            called_off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
            for entry in recurring_ical_events.of(calendar, skip_bad_series=True).between(start, end):
                row = _row(entry, mine, zone, called_off, unwanted)
                if start.replace(tzinfo=None) <= row["starts_at"] < end.replace(tzinfo=None):
                    rows.append(row)
                    private += str(entry.get("CLASS", "")).upper() in ("PRIVATE", "CONFIDENTIAL")
    except Exception as error:  # whatever a reader stumbles over in a stranger's file is one sentence
        raise Problem(
            f"`{found.name}` holds an entry that cannot be read ({error}): export the calendar anew."
        ) from error
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(["starts_at", "title"], ignore_index=True)
    events = [event for calendar in read for event in calendar.walk("VEVENT")]
    started = [_day_of(event) for event in events]
    dated = [day for day in started if day is not None]
    return _Own(table, mine, told, len(started) - len(dated), max(dated, default=None), private)


def _row(entry: Any, mine: str, zone: tzinfo | None, called_off: bool, unwanted: Sequence[str]) -> dict[str, Any]:
    first, last = entry.get("DTSTART").dt, entry.get("DTEND").dt
    starts_at, ends_at = _local(first, zone), _local(last, zone)
    title = " ".join(str(entry.get("SUMMARY", "")).split())
    all_day = not isinstance(first, datetime) or _marked_all_day(entry, starts_at, ends_at)
    status = str(entry.get("STATUS", "")).upper()
    if called_off or status == "CANCELLED" or title.casefold().startswith(_CALLED_OFF):
        status = "cancelled"
    else:
        status = "tentative" if status == "TENTATIVE" else "confirmed"
    invited = _listed(entry.get("ATTENDEE"))
    organiser = entry.get("ORGANIZER")
    answers = [each for each in invited if _address(each) == mine] if mine else []
    answer = _ANSWERS.get(str(answers[0].params.get("PARTSTAT", "")).upper(), "no answer") if answers else ""
    left_out = _reason(entry, all_day, ends_at - starts_at, status, answer)
    if not left_out and any(each in title.casefold() for each in unwanted):
        left_out = "as you say"
    people = {_address(each) for each in (*invited, *_listed(organiser), mine)} - {""}
    return {
        "title": title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "hours": (ends_at - starts_at) / _HOUR,
        "status": status,
        "you": answer,
        "organiser": _name(organiser) if organiser else "",
        "attendees": max(1, len(people)),
        "all_day": all_day,
        "left_out": left_out,
        "counted": not left_out,
    }


def _reason(entry: Any, all_day: bool, lasts: timedelta, status: str, answer: str) -> str:
    """Why an entry is no meeting that was sat through: one of REASONS, or nothing."""
    shown = _SHOWN_AS.get(str(entry.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper(), "")
    if not shown and str(entry.get("TRANSP", "")).upper() == "TRANSPARENT":
        shown = "free"
    holds = {
        "all-day": all_day and shown != "out of office",
        "a day or longer": lasts >= _DAY and shown != "out of office",
        "cancelled": status == "cancelled",
        "declined": answer == "declined",
        "tentative": status == "tentative" and not shown,
    }
    return next((reason for reason, is_so in holds.items() if is_so), shown)


def _marked_all_day(entry: Any, starts_at: datetime, ends_at: datetime) -> bool:
    """Outlook marks it, and both Outlook and Exchange may write it from midnight to midnight."""
    if str(entry.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).upper() == "TRUE":
        return True
    return starts_at.time() == ends_at.time() == time() and ends_at - starts_at >= _DAY


def _whose(calendars: Sequence[icalendar.Calendar]) -> str:
    """The address that a calendar is named after (Google), else the one that stands in most meetings; "" if unclear."""
    for calendar in calendars:
        named = _address(calendar.get("X-WR-CALNAME", ""))
        if "@" in named:
            return named
    meetings = 0
    seen: Counter[str] = Counter()
    for event in (event for calendar in calendars for event in calendar.walk("VEVENT")):
        people = {_address(each) for each in (*_listed(event.get("ATTENDEE")), *_listed(event.get("ORGANIZER")))}
        people.discard("")
        if len(people) > 1:
            meetings += 1
            seen.update(people)
    first, second = [*seen.most_common(2), ("", 0), ("", 0)][:2]
    return first[0] if first[1] > second[1] and first[1] * 2 > meetings else ""


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _address(value: object) -> str:
    text = str(value).strip().casefold()
    return text.removeprefix("mailto:")


def _name(organiser: Any) -> str:
    return str(organiser.params.get("CN", "")).strip(" \"'") or _address(organiser)


def _day_of(event: Any) -> date | None:
    """The day on which an entry begins; None for one whose beginning cannot be read."""
    try:
        moment = event["DTSTART"].dt
    except (KeyError, AttributeError, ValueError):
        return None
    return moment.date() if isinstance(moment, datetime) else moment if isinstance(moment, date) else None


def _local(moment: date, zone: tzinfo | None) -> datetime:
    """Local time without its zone. A floating time is local already, a whole day begins at midnight."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _at(day: date, zone: tzinfo | None) -> datetime:
    midnight = datetime.combine(day, time())
    return midnight.replace(tzinfo=zone) if zone else midnight.astimezone()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _slots(start: datetime, end: datetime) -> Iterator[tuple[tuple[int, int], float]]:
    """The (weekday, hour of the day) that an entry touches, with the part of an hour in each."""
    while start < end:
        stroke = min(end, start.replace(minute=0, second=0, microsecond=0) + _HOUR)
        yield (start.weekday(), start.hour), (stroke - start) / _HOUR
        start = stroke


def _span(counted: pd.DataFrame, asked: int) -> _Span:
    first, last = _monday(counted["starts_at"].min().date()), _monday(counted["starts_at"].max().date())
    return _Span(first, (last - first).days // 7 + 1, asked)


def _draw(slots: pd.DataFrame, weeks: int) -> None:
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(9, 0.8 + 0.55 * len(slots)))
    axis.imshow(slots, cmap="Greys", vmin=0, vmax=max(weeks, slots.to_numpy().max()), aspect="auto")
    dark = 0.62 * max(weeks, slots.to_numpy().max())
    for row, hours in enumerate(slots.to_numpy()):
        for column, value in enumerate(hours):
            if value:
                axis.text(
                    column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > dark else "black"
                )
    axis.set_xticks([each - 0.5 for each in range(len(slots.columns))], [f"{hour}:00" for hour in slots.columns])
    axis.set_yticks(range(len(slots)), [DAYS[day] for day in slots.index])
    axis.set_xlabel(f"hours booked in {_weeks(weeks)}")
    axis.set_title(_finding(slots, weeks))
    axis.set_frame_on(False)
    plt.show()


def _finding(slots: pd.DataFrame, weeks: int) -> str:
    day, hour = max(((day, hour) for day in slots.index for hour in slots.columns), key=lambda at: slots.loc[at])
    return (
        f"Your fullest hour: {DAYS[day]} from {hour} to {hour + 1}, {slots.loc[day, hour]:.1f} hours in {_weeks(weeks)}"
    )


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _weeks(count: int) -> str:
    return _counted(count, "week", "weeks")


def _told(own: _Own, counted: pd.DataFrame, keyword: str, span: _Span, given: _Asked) -> Notice:
    a_week = counted["hours"].sum() / span.weeks
    named = counted["title"].str.casefold().str.contains(keyword.casefold(), regex=False)
    of_it = counted.loc[named, "hours"].sum() / span.weeks
    asked = f"{span.weeks} of your" if span.weeks < span.asked else "Your"
    title = f"{asked} last {_weeks(span.asked)}: {a_week:.1f} hours a week"
    if _only_busy(counted):
        state, about = "idle", _NO_TITLES
    elif not named.any():
        state, about = "idle", f"No title holds “{keyword}”. {_another_word(counted)}"
        if "," in keyword:
            about = f"One word or phrase at a time. {about}"
    else:
        state = "right"
        about = (
            f"With “{keyword}” in the title: {of_it:.1f} of them, {100 * of_it / a_week:.0f}%, in "
            f"{_counted(named.sum(), 'entry', 'entries')}. {_another_word(counted)}"
        )
    paragraphs = [
        about,
        f"Booked twice over: {double_booked(counted) / span.weeks:.1f} hours a week.",
        f"Left out of the hours: {_left_out(own.entries)}.",
        *_in_doubt(own, counted, span),
    ]
    quiet = [
        f'You are taken to be `{own.you}`. If not, add `you="..."` with your e-mail.'
        if own.you
        else 'Who you are does not show in the file, so declined meetings count: add `you="..."` with your e-mail.'
    ]
    if own.private:
        quiet.append(f"Entries marked private: {own.private}. Their titles show as all others do.")
    if given.file or given.you or given.zone or given.without:
        quiet.append(f"The question below wants the same: `{given.line('mine = read_calendar(')}`.")
    if own.unreadable:
        quiet.append(f"Entries that could not be read: {own.unreadable}.")
    quiet.append("The file was read where it lies. This box, and what it shows, is not handed in.")
    return _notice(state, title, paragraphs, quiet)


_NO_TITLES = (
    "The file says when you were busy, and not with what, so it cannot be grouped: it holds free and busy times only. "
    "Export it again with all details (Outlook: **Full details**, or **Can view all details**)."
)


def _only_busy(counted: pd.DataFrame) -> bool:
    """Whether no title tells entries apart: all stand for none, or all are one word, at many hours of the day."""
    titles = set(counted["title"].str.casefold())
    return all(map(is_no_title, titles)) or (len(titles) == 1 and counted["starts_at"].dt.hour.nunique() > 2)


def _another_word(counted: pd.DataFrame) -> str:
    most = counted.groupby("title")["hours"].sum().sort_values(ascending=False, kind="stable").index[:3]
    return f"Most hours have {', '.join(f'“{title[:40]}”' for title in most)}: put a word of yours, and run it again."


def _in_doubt(own: _Own, counted: pd.DataFrame, span: _Span) -> list[str]:
    """What a reader has to know before they believe the hours: the zone, the weeks, what is long, what was away."""
    said = [_zone_told(own.zone)]
    if span.weeks < span.asked:
        said.append(
            f"Entries that count lie in {_weeks(span.weeks)}, from {span.first.day} {span.first:%B %Y} on: hours are "
            f"divided by {span.weeks}, not by the {span.asked} asked for."
        )
    away, inside = _while_away(own.entries)
    if len(inside):
        said.append(
            f"Inside {_titles(away)} lie {_counted(len(inside), 'entry', 'entries')}, "
            f"{inside['hours'].sum():.1f} hours together, and count all the same: {_titles(inside)}."
        )
    long = counted[(counted["hours"] >= LONG) | counted["title"].str.contains(_AWAY)]
    if len(long):
        title = next((title for title in long["title"] if title), "")
        offer = (
            f" No meeting? Add `without={json.dumps(title, ensure_ascii=False)}` inside the brackets." if title else ""
        )
        said.append(
            f"Of {LONG} hours or more, or away by the title, and counted: {len(long)} ({_titles(long)}).{offer}"
        )
    return said


def _while_away(entries: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Those that say that their owner is away and count not, and those that count though they lie in one of them."""
    whole = entries["left_out"].isin(["all-day", "a day or longer"]) & entries["title"].str.contains(_AWAY)
    away = entries[whole | (entries["left_out"] == "out of office")]
    inside = pd.Series(False, index=entries.index)
    for start, end in zip(away["starts_at"], away["ends_at"], strict=True):
        inside |= (entries["starts_at"] < end) & (entries["ends_at"] > start)
    return away, entries[inside & entries["counted"]]


def _titles(entries: pd.DataFrame) -> str:
    return ", ".join(f"“{title[:40]}”" for title in entries["title"].unique()[:3])


def _keeps_berlin_time(zone: tzinfo | None) -> bool:
    """Whether `zone="Europe/Berlin"` would change nothing, in winter and in summer."""
    days = (date(2026, 1, 5), date(2026, 7, 6))
    return all(_at(day, zone).utcoffset() == _at(day, ZoneInfo("Europe/Berlin")).utcoffset() for day in days)


def _zone_told(zone: Zone) -> str:
    match zone.source:
        case "given":
            return f"Times are those of **{zone.name}**, as you say."
        case "file":
            other = "" if _keeps_berlin_time(zone.zone) else ' Another? Add `zone="Europe/Berlin"`.'
            return f"Times are those of **{zone.name}**, which the file names.{other}"
        case "none":
            return "Times stand as the file has them: it names no zone."
    said = f"The file names no zone, so times are those of this machine: **{zone.name}**."
    return said if _keeps_berlin_time(None) else f'{said} Do they look shifted? Add `zone="Europe/Berlin"`, with yours.'


def _left_out(entries: pd.DataFrame) -> str:
    counts = entries["left_out"].value_counts()
    return ", ".join(f"{counts[reason]} {reason}" for reason in REASONS if reason in counts) or "nothing"


def _nothing_there(own: _Own, weeks: int) -> str:
    newest = f", and its newest begins on {own.newest:%d %B %Y}" if own.newest else ""
    if not own.entries.empty:
        return f"No entry of the last {_weeks(weeks)} counts as a meeting. Left out: {_left_out(own.entries)}."
    return (
        f"The calendar has no meeting in the last {_weeks(weeks)}{newest}: export it anew, or look back further with "
        "`weeks=`."
    )


def _notice(state: str, title: str, paragraphs: Iterable[str], quiet: Sequence[str] = ()) -> Notice:
    paragraphs = list(paragraphs)
    return Notice(card(state, title, paragraphs=paragraphs, quiet=quiet), words(f"{title}.", *paragraphs, *quiet))
