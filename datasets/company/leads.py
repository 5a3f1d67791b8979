"""Leads, the stages they reach, and the quotes they get."""

import numpy as np
import pandas as pd

from company.customers import holders
from company.people import names, on_duty
from company.world import (
    END,
    NAT,
    PRODUCTS,
    REGIONS,
    START,
    Array,
    Maker,
    World,
    at,
    blank,
    days,
    ids,
    money,
    month_of,
    office_minutes,
    pick,
    spread_days,
    workday,
)

STAGES = ("lead", "contacted", "surveyed", "quoted", "accepted", "installed")
ASKING = {1: 1.1, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 0.9, 7: 0.7, 8: 0.7, 9: 1.2, 10: 1.35, 11: 1.2, 12: 0.7}
# Chances of going on, for people: contacted, surveyed, quoted, accepted. Installation is one minus the cancellations.
GOES_ON = (0.70, 0.575, 0.90, 0.66)
BUYS_AGAIN = {"North": 0.5, "Coast": 1.1, "Valley": 1.8}
CANCELS = {"North": 0.045, "Coast": 0.05, "Valley": 0.19}
# Weights of the products in the four quarters of a year.
SEASON = {1: (34, 30, 14, 12, 10), 2: (22, 12, 16, 36, 14), 3: (24, 14, 18, 30, 14), 4: (36, 32, 14, 8, 10)}
PRICES = {
    "heat pump": (11900, 13900, 15900),
    "boiler": (3490, 4190, 4890),
    "insulation": (2900, 5400, 8600),
    "solar": (7900, 10900, 13900),
    "ev charger": (1290, 1490, 1890),
}
BOTS = "sunny-spring-26"


def _products(rng: np.random.Generator, dates: Array) -> Array:
    quarter = (month_of(dates) - 1) // 3 + 1
    result = np.empty(len(dates), dtype=object)
    for number, weights in SEASON.items():
        here = quarter == number
        result[here] = pick(rng, PRODUCTS, int(here.sum()), weights)
    return result


def pipeline(world: World) -> pd.DataFrame:
    """Every lead with the time of each stage (NaT when not reached) and who it was."""
    rng = world.rng("pipeline")
    people = holders(world)
    joined = days(people["joined_on"])
    fresh = np.flatnonzero((joined >= START + 40) & (rng.random(len(people)) < 0.87))
    loyal = np.flatnonzero((joined < END - 200) & (people["status"] == "active").to_numpy())
    share = np.array([BUYS_AGAIN[r] for r in people["region"].to_numpy()[loyal]])
    old = rng.choice(loyal, int(rng.normal(520, 15)), p=share / share.sum())
    again = spread_days(rng, len(old), ASKING, growth=0.15)
    again = np.maximum(again, joined[old] + 60)
    keep = again <= END
    won = np.concatenate([fresh, old[keep]])
    accepted_on = np.concatenate([joined[fresh], again[keep]])
    wins = len(won)
    asked = int(rng.normal(wins / np.prod(GOES_ON), 40))
    rest = asked - wins
    reach = np.array([np.prod(GOES_ON[:k]) * (1 - GOES_ON[k]) for k in range(4)])
    stage = np.concatenate([np.full(wins, 4), rng.choice(4, rest, p=reach / reach.sum())])
    gaps = [
        rng.gamma(1.1, 1.3, asked),
        rng.gamma(2.5, 3.4, asked) + 1,
        rng.gamma(2, 2.2, asked) + 1,
        rng.gamma(1.6, 6, asked) + 1,
    ]
    created = np.concatenate([workday(accepted_on), spread_days(rng, rest, ASKING, growth=0.1)]).astype("datetime64[D]")
    whole = np.sum([np.round(gap) for gap in gaps], axis=0).astype(int)
    created[:wins] = created[:wins] - whole[:wins].astype("timedelta64[D]")
    created = np.maximum(created, START)
    channel = pick(rng, ("web", "phone", "partner", "fair"), asked, (58, 24, 13, 5))
    evening = np.clip(rng.normal(19.6, 2.1, asked), 6, 23.9) * 60
    minute = np.where((channel == "web") & (rng.random(asked) < 0.6), evening, office_minutes(rng, asked))
    created = np.where(channel == "web", created, workday(created))
    table = pd.DataFrame({"created_at": at(created, minute), "channel": channel, "product": _products(rng, created)})
    table["region"] = np.concatenate(
        [people["region"].to_numpy(dtype=object)[won], pick(rng, REGIONS, rest, (38, 33, 29))]
    )
    table["customer_id"] = np.concatenate([people["customer_id"].to_numpy(dtype=object)[won], np.full(rest, None)])
    mail = people["email"].to_numpy(dtype=object)[won]
    other = [
        f"{n.lower().replace('. ', '.').replace(' ', '.')}{i % 97}@{('mail', 'post', 'home')[i % 3]}.example"
        for i, n in enumerate(names(rng, rest))
    ]
    table["email"] = blank(np.concatenate([mail, np.array(other, dtype=object)]), np.isin(channel, ("phone", "fair")))
    table["form_seconds"] = np.where(channel == "web", np.round(np.exp(rng.normal(4.3, 0.55, asked)) + 6, 1), np.nan)
    table["campaign"] = _campaign(rng, created, channel)
    table["bot"] = False
    previous = days(table["created_at"])
    for name, gap, number in zip(STAGES[1:5], gaps, range(1, 5), strict=True):
        previous = workday(previous + np.round(gap).astype(int).astype("timedelta64[D]"))
        moment = at(previous, office_minutes(rng, asked))
        moment = np.maximum(moment, table["created_at"].to_numpy(dtype="datetime64[s]") + 1200 * number)
        moment[(stage < number) | (previous > END)] = np.datetime64("NaT")
        if number > 1:
            moment[np.isnat(table[STAGES[number - 1]].to_numpy(dtype="datetime64[s]"))] = np.datetime64("NaT")
        table[name] = moment
    # Dear heat pumps are what Valley cancels.
    dear = np.where(table["product"] == "heat pump", 2.1, np.where(table["product"] == "solar", 1.3, 0.35))
    dear = np.where(table["region"] == "Valley", dear / 1.25, 1.0)
    cancels = rng.random(asked) < np.array([CANCELS[r] for r in table["region"]]) * dear
    wait = np.round(rng.gamma(4, 7, asked) + 5).astype(int).astype("timedelta64[D]")
    accepted = days(table["accepted"])
    due = np.full(asked, NAT)
    yes = ~np.isnat(accepted)
    due[yes] = workday(accepted[yes] + wait[yes])
    table["due_on"] = due
    table["cancelled"] = cancels & yes
    done = yes & ~cancels & (due <= END)
    moment = np.full(asked, np.datetime64("NaT"), dtype="datetime64[s]")
    moment[done] = at(due[done], rng.normal(16 * 60, 50, int(done.sum())))
    table["installed"] = moment
    table = pd.concat([table, _bots(rng, asked)], ignore_index=True)
    table = table.sort_values("created_at", kind="stable").reset_index(drop=True)
    table["lead_id"] = ids("L", len(table))
    _sleepless(table)
    luck = rng.random(len(table))
    seller = np.empty(len(table), dtype=object)
    for region in REGIONS:
        here = (table["region"] == region).to_numpy()
        seller[here] = on_duty(world, "seller", days(table["created_at"])[here], luck[here], region)
    table["assigned_to"] = seller
    unassigned = (table["bot"] & (rng.random(len(table)) < 0.9)) | (
        table["contacted"].isna() & (rng.random(len(table)) < 0.12)
    )
    table["assigned_to"] = blank(table["assigned_to"], unassigned.to_numpy())
    return table


def _sleepless(table: pd.DataFrame) -> None:
    """Of the web forms of people every 40th is sent before seven, so that the hour alone does not tell a bot."""
    here = np.flatnonzero(((table["channel"] == "web") & ~table["bot"]).to_numpy())[::40]
    minute = 10 + np.arange(len(here)) * 53 % 400
    created = table["created_at"].to_numpy(dtype="datetime64[s]").copy()
    created[here] = at(days(table["created_at"])[here], minute)
    table["created_at"] = created


def _campaign(rng: np.random.Generator, dates: Array, channel: Array) -> Array:
    chosen = np.full(len(dates), "always-on", dtype=object)
    luck = rng.random(len(dates))
    for name, first, last, share in (
        ("warm-winter-25", "2024-11-11", "2025-02-15", 0.35),
        ("solar-summer-25", "2025-04-14", "2025-07-15", 0.3),
        ("autumn-check", "2025-09-01", "2025-10-31", 0.3),
        ("warm-winter-26", "2025-11-10", "2026-02-15", 0.35),
        (BOTS, "2026-03-09", "2026-08-31", 0.22),
        ("autumn-check", "2026-09-01", "2026-10-31", 0.3),
    ):
        chosen[
            (dates >= np.datetime64(first)) & (dates <= np.datetime64(last)) & (luck < share) & (channel == "web")
        ] = name
    chosen[channel == "partner"] = "partner"
    chosen[(chosen == "always-on") & (luck > 0.88)] = "referral"
    return chosen


def _bots(rng: np.random.Generator, people: int) -> pd.DataFrame:
    """F07: nights of forms filled in at a machine's speed, in one campaign."""
    count = int(rng.normal(people * 0.35, 25))
    nights = np.datetime64("2026-03-12") + np.sort(rng.choice(170, 46, replace=False)).astype("timedelta64[D]")
    share = rng.dirichlet(np.full(len(nights), 1.2))
    night = rng.choice(nights, count, p=share)
    start = 90 + (night.astype(int) * 37 % 140)
    table = pd.DataFrame({"created_at": at(night, start + rng.gamma(2, 14, count))})
    table["channel"] = "web"
    table["product"] = pick(rng, PRODUCTS, count, (20, 20, 20, 20, 20))
    table["region"] = pick(rng, REGIONS, count, (34, 33, 33))
    table["customer_id"] = None
    table["email"] = [
        f"{''.join(chr(97 + c) for c in row)}{n % 1000}@quickbox.example"
        for row, n in zip(rng.integers(0, 26, (count, 7)), rng.integers(0, 9999, count), strict=True)
    ]
    table["form_seconds"] = np.round(0.4 + rng.beta(2, 3, count) * 2.5, 1)
    table["campaign"] = BOTS
    table["bot"] = True
    table["cancelled"] = False
    for name in STAGES[1:]:
        table[name] = np.full(count, np.datetime64("NaT"), dtype="datetime64[s]")
    table["due_on"] = np.full(count, NAT)
    return table


def leads(world: World) -> pd.DataFrame:
    """Requests, bots among them."""
    columns = [
        "lead_id",
        "created_at",
        "campaign",
        "channel",
        "region",
        "product",
        "email",
        "form_seconds",
        "customer_id",
        "assigned_to",
    ]
    return world.get("pipeline")[columns]


def funnel_events(world: World) -> pd.DataFrame:
    """Long form of the stages; some arrive late (F12)."""
    rng = world.rng("funnel_events")
    table = world.get("pipeline")
    parts = []
    for number, stage in enumerate(STAGES):
        moment = table["created_at" if stage == "lead" else stage].to_numpy(dtype="datetime64[s]")
        here = ~np.isnat(moment)
        parts.append(
            pd.DataFrame(
                {"lead_id": table["lead_id"][here], "stage": stage, "happened_at": moment[here], "order": number}
            )
        )
    events = pd.concat(parts).sort_values(["happened_at", "lead_id", "order"], kind="stable").reset_index(drop=True)
    count = len(events)
    delay = rng.gamma(1.2, 25, count)
    late = (rng.random(count) < 0.046) & (events["stage"] != "lead").to_numpy() | (rng.random(count) < 0.004)
    delay = np.where(late, (3.1 + rng.gamma(1.5, 6, count)) * 86400, delay)
    events["recorded_at"] = events["happened_at"].to_numpy(dtype="datetime64[s]") + delay.astype(int).astype(
        "timedelta64[s]"
    )
    events["event_id"] = ids("V", count)
    return events.drop(columns="order")


def quotes(world: World) -> pd.DataFrame:
    """One offer per lead that came so far."""
    rng = world.rng("quotes")
    table = world.get("pipeline")
    table = table[table["quoted"].notna()].sort_values(["quoted", "lead_id"], kind="stable").reset_index(drop=True)
    count = len(table)
    size = rng.choice(3, count, p=[0.42, 0.4, 0.18])
    base = np.array([PRICES[p][s] for p, s in zip(table["product"], size, strict=True)], dtype=float)
    extras = rng.choice((0, 0, 90, 150, 240, 380, 520), count)
    quoted = days(table["quoted"])
    list_price = base * np.where(quoted >= np.datetime64("2026-01-01"), 1.03, 1.0) + extras
    list_price = np.round(list_price / 10) * 10
    discount = (
        np.round(list_price * pick(rng, (0, 0.02, 0.03, 0.05, 0.08), count, (48, 14, 18, 15, 5)).astype(float) / 5) * 5
    )
    accepted = table["accepted"].notna().to_numpy()
    valid = quoted + np.where(rng.random(count) < 0.8, 30, 45).astype("timedelta64[D]")
    status = np.where(
        accepted, "accepted", np.where(valid > END, "open", np.where(rng.random(count) < 0.45, "declined", "expired"))
    )
    return pd.DataFrame(
        {
            "quote_id": ids("Q", count),
            "lead_id": table["lead_id"],
            "customer_id": table["customer_id"],
            "region": table["region"],
            "product": table["product"],
            "quoted_on": quoted,
            "valid_until": valid,
            "list_eur": money(list_price),
            "discount_eur": money(discount),
            "amount_eur": money(list_price - discount),
            "status": status.astype(object),
            "seller_id": table["assigned_to"].fillna(on_duty(world, "seller", START, np.zeros(1))[0]),
        }
    )


INNER: dict[str, Maker] = {"pipeline": pipeline}
