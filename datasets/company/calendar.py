"""Half a year of your own calendar, as a table and as .ics."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import numpy as np
import pandas as pd

from company.world import Maker, World, days, ids

FIRST, LAST = np.datetime64("2026-05-04"), np.datetime64("2026-10-30")
OWNER = "(you)"


@dataclass(frozen=True)
class Series:
    """A recurring meeting: weekday 0 is Monday, times in minutes after midnight, every `weeks` weeks."""

    title: str
    kind: str
    weekday: int
    start: int
    minutes: int
    weeks: int
    organiser: str
    attendees: int
    decides: float  # chance that a meeting ends with a decision
    decided: int | None = None  # instead of that chance: how many of its meetings did, on every seed
    held: int | None = None  # how many took place, on every seed


SERIES = (
    Series("Quarter planning, part one", "planning", 0, 540, 90, 1, "Mirela Vale", 11, 0.06, decided=2, held=23),
    Series("Roadmap alignment", "planning", 0, 630, 60, 1, "Mirela Vale", 9, 0.05),
    Series("Capacity planning", "planning", 1, 540, 90, 1, "Lena Brandt", 7, 0.3, decided=7),
    Series("Budget planning", "planning", 1, 840, 60, 1, "Tom Adeyemi", 6, 0.22),
    Series("Campaign planning", "planning", 2, 570, 75, 1, "Owen Marsh", 10, 0.08),
    Series("Planning pre-meeting", "planning", 2, 840, 60, 1, OWNER, 5, 0.0),
    Series("Planning of the planning day", "planning", 3, 540, 60, 2, "Pavel Nowak", 4, 0.0),
    Series("Regional planning", "planning", 3, 600, 90, 1, "Greta Lindqvist", 8, 0.18, decided=3),
    Series("Release planning", "planning", 4, 570, 60, 1, "Farid Nasser", 9, 0.08, decided=2, held=20),
    Series("Divisions status", "status", 0, 840, 60, 1, "Ines Kestrel", 12, 0.1, decided=2, held=22),
    Series("Plans team", "status", 1, 660, 45, 1, OWNER, 10, 0.25),
    Series("Retention numbers", "status", 3, 840, 45, 1, "Sunniva Holt", 5, 0.2),
    Series("Rosa and works council", "status", 4, 660, 45, 4, "Rosa Delgado", 4, 0.35),
    Series("Lena, weekly", "one-to-one", 2, 690, 30, 1, OWNER, 2, 0.2),
    Series("Pavel, fortnightly", "one-to-one", 4, 840, 30, 2, OWNER, 2, 0.15, decided=1, held=11),
    Series("Ines, fortnightly", "one-to-one", 2, 810, 30, 2, "Ines Kestrel", 2, 0.45),
    Series("AI committee", "decision", 3, 930, 60, 4, "Henrik Sand", 7, 0.6),
    Series("Focus: no meetings please", "focus", 4, 900, 90, 1, OWNER, 1, 0.0),
    Series("School run", "private", 3, 990, 30, 1, OWNER, 1, 0.0),
)
SINGLES = (
    ("Planning follow-up", "planning", 60, 6, 0.08, 44),
    ("Ad hoc: plan for the plan", "planning", 45, 5, 0.04, 26),
    ("Customer visit", "customer", 90, 3, 0.25, 34),
    ("Call with a landlord", "customer", 30, 2, 0.3, 22),
    ("Brightloop demo", "customer", 60, 7, 0.05, 7),
    ("Price decision", "decision", 45, 6, 0.85, 9),
    ("Hiring decision", "decision", 45, 4, 0.8, 8),
    ("Train to Saltmere", "travel", 120, 1, 0.0, 9),
    ("Status, again", "status", 30, 6, 0.05, 22),
    ("Dentist", "private", 45, 1, 0.0, 3),
)
_CANCELLED, _DECISION = 8, 11
"""Where a row of `entries` says that it was called off, and what it decided."""
DECISIONS = (
    "moved the date by a week",
    "approved the draft",
    "two posts agreed",
    "stopped the leaflet",
    "Lena owns it",
    "price stays until March",
    "asked for numbers first",
    "order placed",
    "rule changed",
)


def entries(world: World) -> pd.DataFrame:
    """Every entry with what the .ics needs besides: the series' index (-1 for a single one) and its place in it."""
    rng = world.rng("calendar")
    holiday = np.datetime64("2026-07-27") + 7 * int(rng.integers(0, 3))
    rows = []
    for index, series in enumerate(SERIES):
        begin = FIRST + series.weekday
        first = len(rows)
        if index >= 3 and rng.random() < 0.15:
            begin = begin + 7 * int(rng.integers(1, 5))
        for place, day in enumerate(np.arange(begin, LAST + 1, 7 * series.weeks)):
            away = holiday <= day < holiday + 14
            cancelled = rng.random() < (0.9 if away else 0.055)
            decided = str(rng.choice(DECISIONS)) if rng.random() < series.decides and not cancelled else None
            people = max(1, series.attendees + int(rng.integers(-1, 3))) if series.attendees > 2 else series.attendees
            rows.append(
                (
                    f"S{index + 1:02d}",
                    index,
                    place,
                    series.title,
                    series.kind,
                    day,
                    series.start,
                    series.minutes,
                    cancelled,
                    series.organiser,
                    people,
                    decided,
                )
            )
        rows[first:] = _settled(series, rows[first:], world.rng(f"calendar of {series.title}"))
    workdays = np.arange(FIRST, LAST + 1)
    workdays = workdays[np.is_busday(workdays) & ~((workdays >= holiday) & (workdays < holiday + 14))]
    hosts = ("Owen Marsh", "Mirela Vale", "Tom Adeyemi", "Lena Brandt", "Farid Nasser", OWNER)
    for title, kind, minutes, attendees, decides, count in SINGLES:
        for day in rng.choice(workdays, int(rng.normal(count, max(1, count * 0.06)))):
            start = int(rng.choice([480, 510, 660, 720, 750, 780, 870, 900, 930, 960, 990, 1020]))
            cancelled = rng.random() < 0.07
            decided = str(rng.choice(DECISIONS)) if rng.random() < decides and not cancelled else None
            host = OWNER if attendees == 1 else str(rng.choice(hosts))
            rows.append((None, -1, 0, title, kind, day, start, minutes, cancelled, host, attendees, decided))
    columns = [
        "series_id",
        "series_index",
        "place",
        "title",
        "kind",
        "day",
        "start",
        "minutes",
        "cancelled",
        "organiser",
        "attendees",
        "decision",
    ]
    table = (
        pd.DataFrame(rows, columns=columns).sort_values(["day", "start", "title"], kind="stable").reset_index(drop=True)
    )
    start = days(table["day"]).astype("datetime64[s]") + (table["start"].to_numpy() * 60).astype("timedelta64[s]")
    table["starts_at"] = start
    table["ends_at"] = start + (table["minutes"].to_numpy() * 60).astype("timedelta64[s]")
    table["event_id"] = ids("K", len(table), 4)
    table["status"] = np.where(table["cancelled"], "cancelled", "confirmed").astype(object)
    return table


def _settled(series: Series, rows: list[tuple[Any, ...]], rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """The rows of a series with as many held and decided as it says, so that a rule has cases on and near its line."""
    cancelled = np.array([row[_CANCELLED] for row in rows])
    if series.held is not None:
        surplus = int((~cancelled).sum()) - series.held
        cancelled[rng.permutation(np.flatnonzero(cancelled if surplus < 0 else ~cancelled))[: abs(surplus)]] = (
            surplus > 0
        )
    decided = [row[_DECISION] for row in rows]
    if series.decided is not None:
        chosen = set(rng.permutation(np.flatnonzero(~cancelled))[: series.decided].tolist())
        decided = [str(rng.choice(DECISIONS)) if place in chosen else None for place in range(len(rows))]
    return [
        (*row[:_CANCELLED], bool(off), *row[_CANCELLED + 1 : _DECISION], decision)
        for row, off, decision in zip(rows, cancelled, decided, strict=True)
    ]


def calendar_events(world: World) -> pd.DataFrame:
    """F13: overlapping, recurring and cancelled meetings, written out."""
    return world.get("entries").drop(columns=["series_index", "place", "day", "start", "minutes", "cancelled"])


def as_ics(world: World) -> bytes:
    """The same calendar as iCalendar: a rule a series, single events, cancelled ones marked. Times float (local)."""
    table = world.get("entries")
    stamp = datetime(2026, 10, 31, 18, 0, tzinfo=UTC)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Kestrel & Vale//calendar//EN")
    calendar.add("version", "2.0")

    def event(uid: str, title: str, kind: str, start: datetime, minutes: int, organiser: str) -> icalendar.Event:
        entry = icalendar.Event()
        entry.add("uid", f"{uid}@kestrelvale.example")
        entry.add("dtstamp", stamp)
        entry.add("summary", title)
        entry.add("categories", [kind])
        entry.add("dtstart", start)
        entry.add("dtend", start + timedelta(minutes=minutes))
        entry.add(
            "organizer", f"mailto:{organiser.lower().replace('(you)', 'plans').replace(' ', '.')}@kestrelvale.example"
        )
        return entry

    for row in table.itertuples():
        start = row.starts_at.to_pydatetime()
        uid = row.series_id if row.series_index >= 0 else row.event_id
        if row.series_index >= 0 and row.place == 0:
            series = SERIES[row.series_index]
            first = event(uid, row.title, row.kind, start, row.minutes, row.organiser)
            last = table.loc[table["series_id"] == row.series_id, "starts_at"].max().to_pydatetime()
            first.add("rrule", {"freq": "weekly", "interval": series.weeks, "until": last})
            calendar.add_component(first)
        if row.series_index < 0 or row.status == "cancelled" or isinstance(row.decision, str):
            one = event(uid, row.title, row.kind, start, row.minutes, row.organiser)
            if row.series_index >= 0:
                one.add("recurrence-id", start)
            one.add("status", row.status.upper())
            if isinstance(row.decision, str):
                one.add("description", f"Decided: {row.decision}")
            calendar.add_component(one)
    return bytes(calendar.to_ical())


INNER: dict[str, Maker] = {"entries": entries}
