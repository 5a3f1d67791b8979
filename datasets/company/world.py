"""The world of one seed: dates, shares, and a generator of its own for each table."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

START = np.datetime64("2024-11-01", "D")
END = np.datetime64("2026-10-31", "D")
PRICE_CHANGE = np.datetime64("2026-03-01", "D")
CLOCK_SHIFT = np.datetime64("2026-06-01", "D")
REGIONS = ("North", "Coast", "Valley")
PRODUCTS = ("heat pump", "boiler", "insulation", "solar", "ev charger")
NAT = np.datetime64("NaT", "D")

Array = np.ndarray[Any, Any]


class World:
    """Makes each table once. `rng(name)` depends on the seed and the name alone, so a new table shifts no other."""

    def __init__(self, seed: int, makers: "Mapping[str, Maker]") -> None:
        self.seed = seed
        self._makers = makers
        self._made: dict[str, pd.DataFrame] = {}

    def rng(self, name: str) -> np.random.Generator:
        """A fresh generator for `name`: the same on every call."""
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(name.encode())]))

    def get(self, name: str) -> pd.DataFrame:
        """The table `name`; treat it as read-only."""
        if name not in self._made:
            self._made[name] = self._makers[name](self)
        return self._made[name]


Maker = Callable[[World], pd.DataFrame]


def days(values: Any) -> Array:
    """Whole days as datetime64[D]."""
    return np.asarray(values).astype("datetime64[D]")


def month_of(dates: Array) -> Array:
    """Month of the year, 1 to 12."""
    return np.asarray(dates).astype("datetime64[M]").astype(int) % 12 + 1


def month_index(dates: Array) -> Array:
    """Month of the data: 1 is November 2024, 17 is March 2026, 24 is October 2026."""
    return np.asarray(dates).astype("datetime64[M]").astype(int) - START.astype("datetime64[M]").astype(int) + 1


def workday(dates: Array) -> Array:
    """The date, or the next Monday when it falls on a weekend."""
    return np.busday_offset(days(dates), 0, roll="forward")


def at(dates: Array, minutes: Array) -> Array:
    """Timestamps in seconds: a date and minutes after midnight."""
    return days(dates).astype("datetime64[s]") + np.round(np.asarray(minutes) * 60).astype("timedelta64[s]")


def pick(rng: np.random.Generator, words: Any, size: int, p: Any = None) -> Array:
    """`size` words, as objects, with weights `p` (they need not add up to one)."""
    weights = None if p is None else np.asarray(p, dtype=float) / np.sum(p)
    return np.array(words, dtype=object)[rng.choice(len(words), size, p=weights)]


def blank(values: Any, empty: Array) -> Array:
    """A copy as objects, with None where `empty`."""
    result = np.array(values, dtype=object)
    result[np.asarray(empty, dtype=bool)] = None
    return result


def ids(prefix: str, count: int, width: int = 5) -> Array:
    """`C00001`, `C00002`, ..."""
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def money(values: Any) -> Array:
    """Euros and cents."""
    return np.round(np.asarray(values, dtype=float), 2)


def office_minutes(rng: np.random.Generator, size: int, first: int = 8, last: int = 18) -> Array:
    """Minutes after midnight within office hours: a morning and an afternoon peak, a dip at noon."""
    morning = rng.random(size) < 0.56
    span = last - first
    peak = np.where(morning, first + span * 0.2, first + span * 0.68)
    hours = np.clip(rng.normal(peak, span * 0.11), first, last - 0.02)
    return np.floor(hours * 60) + rng.random(size).round(2)


def spread_days(rng: np.random.Generator, size: int, weights: Mapping[int, float], growth: float = 0.0) -> Array:
    """`size` dates between START and END; `weights` by month of the year, `growth` a share over the 24 months.

    Weekends get a fifth of a workday's share.
    """
    every = np.arange(START, END + 1)
    share = np.array([weights.get(int(month), 1.0) for month in month_of(every)])
    share = share * (1 + growth * np.arange(len(every)) / len(every)) * np.where(np.is_busday(every), 1.0, 0.2)
    return np.sort(rng.choice(every, size, p=share / share.sum()))
