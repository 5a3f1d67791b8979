"""Visits and installations."""

import numpy as np
import pandas as pd

from company.customers import holders
from company.people import on_duty
from company.world import END, REGIONS, START, Array, World, at, blank, days, ids, money, workday

LAST = END + 18  # booked ahead
SERVICING = {1: 0.5, 2: 0.6, 3: 0.8, 4: 1.0, 5: 0.9, 6: 0.8, 7: 0.7, 8: 1.1, 9: 1.8, 10: 1.9, 11: 1.4, 12: 0.6}
BREAKING = {1: 2.5, 2: 2.2, 3: 1.4, 4: 0.8, 5: 0.5, 6: 0.4, 7: 0.4, 8: 0.4, 9: 0.7, 10: 1.3, 11: 1.8, 12: 2.3}
LOCAL_PRICE = {"North": 1.16, "Coast": 0.97, "Valley": 1.0}
# What the mean price of done jobs should be beside Valley's: the site costs that differ by region are set to give it.
MEAN_BESIDE_VALLEY = {"North": 0.96, "Coast": 1.09, "Valley": 1.0}
COLD_SPELLS = ("2024-12-30", "2025-01-13", "2025-02-10", "2025-12-08", "2026-01-05", "2026-01-12", "2026-02-02")
NO_PARTS = ("2025-03-17", "2025-11-24", "2026-05-11", "2026-09-14", "2026-09-21")


def _monday(dates: Array) -> Array:
    whole = days(dates)
    return whole - ((whole.astype(int) + 3) % 7).astype("timedelta64[D]")


def _visits(world: World) -> pd.DataFrame:
    """Services of the plans and repairs, with customer, kind and planned day."""
    rng = world.rng("visits")
    people = holders(world)
    joined = days(people["joined_on"])
    closed = np.where(people["closed_on"].isna(), LAST + 1, days(people["closed_on"])).astype("datetime64[D]")
    every = np.arange(START, LAST + 1)
    month = every.astype("datetime64[M]").astype(int) % 12 + 1
    parts = []
    heats = rng.choice(5, len(people), p=[0.24, 0.5, 0.05, 0.14, 0.07])
    for year, (first, last) in enumerate(
        (("2024-11-01", "2025-06-30"), ("2025-07-01", "2026-06-30"), ("2026-07-01", "2026-11-18"))
    ):
        window = every[(every >= np.datetime64(first)) & (every <= np.datetime64(last))]
        share = np.array([SERVICING[int(m)] for m in window.astype("datetime64[M]").astype(int) % 12 + 1])
        day = workday(rng.choice(window, len(people), p=share / share.sum()))
        here = (rng.random(len(people)) < (0.55, 0.94, 0.5)[year]) & (day > joined + 25) & (day < closed)
        parts.append(pd.DataFrame({"life": np.flatnonzero(here), "kind": "service", "scheduled_on": day[here]}))
    weights = np.array([BREAKING[int(m)] for m in month]) * np.where(np.is_busday(every), 1.0, 0.075)
    weights *= np.where(np.isin(_monday(every), days(COLD_SPELLS)), 1.55, 1.0)
    count = int(rng.normal(3500, 45))
    day = np.sort(rng.choice(every[every <= END + 4], count, p=(w := weights[every <= END + 4]) / w.sum()))
    prone = rng.gamma(1.1, 1, len(people))
    who = rng.choice(len(people), count, p=prone / prone.sum())
    here = (day > joined[who]) & (day < closed[who]) & ~people["paused"].to_numpy()[who]
    parts.append(pd.DataFrame({"life": who[here], "kind": "repair", "scheduled_on": day[here]}))
    table = pd.concat(parts, ignore_index=True)
    names = np.array(("heat pump", "boiler", "insulation", "solar", "ev charger"), dtype=object)
    table["product"] = names[np.where(heats == 2, 1, heats)][table["life"]]
    table["customer_id"] = people["customer_id"].to_numpy(dtype=object)[table["life"]]
    table["region"] = people["region"].to_numpy(dtype=object)[table["life"]]
    return table


def _earlier(rng: np.random.Generator, world: World, installs: pd.DataFrame) -> pd.DataFrame:
    """Installations quoted before the data begin: those of a year later, moved back, fewer from week to week."""
    day = days(installs["scheduled_on"]) - 364
    age = (day - START).astype(int)
    chosen = (age >= 0) & (rng.random(len(day)) < 1 - age / 90)
    table = installs[chosen].assign(scheduled_on=day[chosen], quote_id=None)
    people = holders(world)
    here = people[days(people["joined_on"]) < START]
    for region in REGIONS:
        mine = (table["region"] == region).to_numpy()
        table.loc[mine, "customer_id"] = rng.choice(
            here.loc[here["region"] == region, "customer_id"].to_numpy(dtype=object), int(mine.sum())
        )
    return table


def jobs(world: World) -> pd.DataFrame:
    """All jobs: services, repairs, and the installations that quotes led to. F04: cancelled jobs keep their price."""
    rng = world.rng("jobs")
    visits = _visits(world)
    pipeline = world.get("pipeline")[["lead_id", "due_on", "cancelled", "accepted"]]
    install = world.get("quotes").merge(pipeline, on="lead_id")
    install = install[install["accepted"].notna() & (days(install["due_on"]) <= LAST)].reset_index(drop=True)
    installs = pd.DataFrame(
        {
            "kind": "install",
            "scheduled_on": days(install["due_on"]),
            "product": install["product"],
            "customer_id": install["customer_id"],
            "region": install["region"],
            "quote_id": install["quote_id"],
            "amount": install["amount_eur"],
            "cancels": install["cancelled"],
        }
    )
    installs = pd.concat([_earlier(rng, world, installs), installs], ignore_index=True)
    table = pd.concat(
        [visits.drop(columns="life").assign(quote_id=None, amount=np.nan, cancels=False), installs], ignore_index=True
    )
    table = table.sort_values(["scheduled_on", "customer_id", "kind"], kind="stable").reset_index(drop=True)
    count = len(table)
    kind, region = table["kind"].to_numpy(dtype=object), table["region"].to_numpy(dtype=object)
    day = days(table["scheduled_on"])
    cancelled = np.where(
        kind == "install",
        table["cancels"].to_numpy(dtype=bool),
        rng.random(count) < np.where(kind == "service", 0.062, 0.03),
    )
    status = np.where(cancelled, "cancelled", np.where(day > END, "booked", "done")).astype(object)
    lead = np.where(kind == "repair", rng.geometric(0.45, count) - 1, rng.integers(6, 42, count))
    booked = np.maximum(day - lead.astype("timedelta64[D]"), START)
    booked = np.where(kind == "repair", booked, np.minimum(np.busday_offset(booked, 0, roll="backward"), END))
    booked = np.minimum(booked, np.minimum(END, day))
    done = status == "done"
    minute = np.where(kind == "install", 7.5 * 60, rng.choice([480, 555, 630, 780, 855, 930], count))
    hard = np.isin(_monday(day), days(COLD_SPELLS))
    late_share = np.where(
        hard, 0.27, np.where(np.isin(day.astype("datetime64[M]").astype(int) % 12, (0, 1, 11)), 0.115, 0.065)
    )
    late_share = late_share * np.where(kind == "install", 0.6, 1.0)
    late = np.where(
        rng.random(count) < late_share, 16 + rng.gamma(1.4, 22, count), np.clip(rng.normal(1, 7, count), -15, 15)
    )
    late = np.round(late).astype(int)
    length = np.select(
        [kind == "install", kind == "service"],
        [rng.normal(430, 60, count), rng.normal(62, 12, count)],
        rng.gamma(4, 24, count) + 15,
    )
    length = np.clip(length, 18, 600)
    start = at(day, minute + late)
    length = np.round(length).astype(int)
    nothing = np.datetime64("NaT")
    luck = rng.random(count)
    who = np.empty(count, dtype=object)
    for r in REGIONS:
        for role, here in (("installer", kind == "install"), ("service engineer", kind != "install")):
            mine = here & (region == r)
            who[mine] = on_duty(world, role, day[mine], luck[mine], r)
    fixed = rng.random(count) < np.where(np.isin(_monday(day), days(NO_PARTS)), 0.6, 0.885)
    price = _prices(rng, table, kind, region, done, cancelled)
    parts = np.where(
        kind == "install",
        price * rng.normal(0.55, 0.04, count),
        np.where(kind == "repair", rng.gamma(1.3, 46, count), rng.choice([0, 0, 4.2, 7.9, 12.5], count)),
    )
    waived = cancelled & (rng.random(count) < 0.07)
    return pd.DataFrame(
        {
            "job_id": ids("J", count),
            "customer_id": table["customer_id"],
            "quote_id": table["quote_id"],
            "region": region,
            "kind": kind,
            "product": table["product"],
            "engineer_id": who,
            "booked_on": booked,
            "scheduled_on": day,
            "started_at": np.where(done, start, nothing),
            "finished_at": np.where(done, start + length.astype("timedelta64[m]"), nothing),
            "late_minutes": blank(late, ~done),
            "first_time_fix": blank(fixed, ~done | (kind != "repair")),
            "status": status,
            "price_eur": money(np.where(waived, 0, price)),
            "parts_eur": money(np.where(cancelled, 0, np.maximum(parts, 0))),
        }
    )


def _prices(
    rng: np.random.Generator, table: pd.DataFrame, kind: Array, region: Array, done: Array, cancelled: Array
) -> Array:
    count = len(table)
    local = np.array([LOCAL_PRICE[r] for r in region])
    service = np.array([{"heat pump": 109, "boiler": 95, "solar": 89}.get(p, 79) for p in table["product"]])
    service = (service + rng.choice([0, 6, 12, 18], count, p=[0.4, 0.3, 0.2, 0.1])) * local  # by distance
    repair = (85 + rng.integers(1, 9, count) * 24.0) * local + np.round(rng.gamma(1.2, 40, count))
    price = np.where(kind == "service", np.round(service, 1), np.round(repair, 1))
    fitted = kind == "install"
    # On site a job costs a little more or less than its quote.
    site = table["amount"].to_numpy() * (1 + np.where(rng.random(count) < 0.3, rng.normal(0.04, 0.05, count), 0))
    price = np.where(fitted, site, price)
    mean = {r: price[done & (region == r)].mean() for r in REGIONS}
    base = np.mean(list(mean.values())) / np.mean(list(MEAN_BESIDE_VALLEY.values()))
    for r in REGIONS:
        here = fitted & (region == r)
        seen = here & done
        rest = done & (region == r) & ~fitted
        wanted = base * MEAN_BESIDE_VALLEY[r] * (seen.sum() + rest.sum()) - price[rest].sum()
        price[here] *= wanted / price[seen].sum()
    return np.where(fitted, np.round(price / 5) * 5, price)
