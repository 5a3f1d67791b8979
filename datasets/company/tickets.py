"""Requests to Service, and the labels that people and models gave them."""

import numpy as np
import pandas as pd

from company import phrases
from company.customers import holders
from company.people import on_duty, phones
from company.world import (
    CLOCK_SHIFT,
    END,
    START,
    Array,
    World,
    at,
    blank,
    days,
    ids,
    month_of,
    office_minutes,
    pick,
    spread_days,
)

PILOT = (np.datetime64("2026-07-01"), np.datetime64("2026-09-15"))
# Tickets besides those that repairs and leavers bring: how many in 24 months, and their months.
OTHERS: dict[str, tuple[int, dict[int, float]]] = {
    "appointment": (1990, {9: 1.8, 10: 1.9, 11: 1.4, 7: 0.6}),
    "billing": (1740, {}),
    "app": (850, {11: 1.3, 1: 1.3}),
    "solar": (520, {5: 1.8, 6: 2.0, 7: 2.0, 8: 1.6, 12: 0.4, 1: 0.4}),
    "complaint": (800, {1: 1.5, 2: 1.4}),
    "noise": (280, {12: 1.5, 1: 1.5}),
}
CONFUSED = {
    "complaint": ("cancel", "billing", "appointment"),
    "cancel": ("complaint", "billing"),
    "noise": ("no heat", "complaint"),
    "no heat": ("noise", "app"),
    "billing": ("complaint", "cancel"),
    "appointment": ("complaint", "no heat"),
    "app": ("solar", "billing"),
    "solar": ("app", "no heat"),
}


def _requests(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """category, day, life or -1, job_id or None."""
    people = holders(world)
    life_of = pd.Series(people.index.to_numpy(), index=people["customer_id"])
    jobs = world.get("jobs")
    repairs = jobs[(jobs["kind"] == "repair") & (jobs["status"] != "booked") & (rng.random(len(jobs)) < 0.87)]
    solar = (repairs["product"] == "solar").to_numpy()
    category = np.where(solar, "solar", pick(rng, ("no heat", "noise"), len(repairs), (80, 20))).astype(object)
    parts = [
        pd.DataFrame(
            {
                "category": category,
                "day": days(repairs["booked_on"]),
                "life": life_of[repairs["customer_id"]].to_numpy(),
                "job_id": repairs["job_id"],
            }
        )
    ]
    notice = days(world.get("lives")["notice_on"])
    leaves = np.flatnonzero(~np.isnat(notice) & (rng.random(len(notice)) < 0.42))
    parts.append(pd.DataFrame({"category": "cancel", "day": notice[leaves], "life": leaves, "job_id": None}))
    joined = days(people["joined_on"])
    closed = np.where(people["closed_on"].isna(), END + 1, days(people["closed_on"])).astype("datetime64[D]")
    wordy = rng.gamma(1.3, 1, len(people)) * np.exp(0.25 * world.get("lives")["frailty"].to_numpy())
    for name, (size, season) in OTHERS.items():
        size = int(rng.normal(size, size * 0.02))
        day = spread_days(rng, size, season, growth=0.12)
        if name == "billing":  # the price change and the new collector
            day[: size // 6] = np.datetime64("2026-02-20") + rng.gamma(2, 9, size // 6).astype(int).astype(
                "timedelta64[D]"
            )
            day[size // 6 : size // 6 + size // 14] = np.datetime64("2026-10-06") + rng.integers(
                0, 25, size // 14
            ).astype("timedelta64[D]")
        weight = wordy.copy()
        if name == "complaint":
            late = rng.random(size) < 0.3
            day[late] = np.datetime64("2026-03-10") + rng.integers(0, 230, int(late.sum())).astype("timedelta64[D]")
            weight = weight * np.where(people["region"] == "Coast", 1.9, 1.0)
        life = rng.choice(len(people), size, p=weight / weight.sum())
        good = (day >= joined[life]) & (day <= closed[life])
        again = rng.choice(np.flatnonzero(np.isnat(days(people["closed_on"])) & (joined < START)), size)
        parts.append(pd.DataFrame({"category": name, "day": day, "life": np.where(good, life, again), "job_id": None}))
    table = pd.concat(parts, ignore_index=True)
    return table[(table["day"] >= START) & (table["day"] <= END)].reset_index(drop=True)


def _typos(rng: np.random.Generator, text: str) -> str:
    spot = int(rng.integers(1, max(2, len(text) - 2)))
    way = int(rng.integers(4))
    if way == 0:
        return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :] if spot + 2 < len(text) else text
    if way == 1:
        return text[:spot] + text[spot + 1 :]
    return text.lower() if way == 2 else text.replace("the ", "teh ", 1)


def _any(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


SLOTS = {
    "{unit}": phrases.UNITS,
    "{when}": phrases.WHENS,
    "{since}": phrases.SINCES,
    "{day}": phrases.DAYS,
    "{code}": phrases.CODES,
    "{month}": phrases.MONTHS,
}
ASKING = ("can ", "could ", "how ", "when ", "where ", "why ", "is ", "does ")


def _fill(rng: np.random.Generator, text: str) -> str:
    for slot, words in SLOTS.items():
        if slot in text:
            text = text.replace(slot, _any(rng, words))
    if "{" in text:
        text = text.replace("{n}", str(rng.integers(2, 18))).replace("{inv}", f"I{rng.integers(1, 29000):05d}")
        text = text.replace("{eur}", str(rng.integers(19, 320))).replace("{cold}", str(rng.integers(9, 18)))
    return text


def _sentence(rng: np.random.Generator, category: str) -> str:
    core = phrases.CORE[category]
    said = core[int(len(core) * rng.random() ** 1.35)]
    if rng.random() < 0.1:
        said += ", and " + _any(rng, phrases.CORE[_any(rng, phrases.CATEGORIES)])
    opener = _any(rng, phrases.OPENERS)
    end = "?" if said.startswith(ASKING) or ", can " in said else "." if rng.random() < 0.9 else "!"
    text = opener + (said if opener.endswith((", ", ": ")) else said[0].upper() + said[1:]) + end
    hot = category in ("no heat", "noise") and rng.random() < 0.45
    detail = _any(rng, phrases.HEAT_DETAILS if hot else phrases.DETAILS)
    return f"{text} {detail}".rstrip() + (_any(rng, phrases.CLOSERS) if rng.random() < 0.6 else "")


def _texts(
    rng: np.random.Generator, category: Array, name: Array, phone: Array, signs: Array, gives: Array
) -> list[str]:
    """One text a ticket; `signs` adds the name, `gives` the phone number."""
    result = []
    clumsy = rng.random(len(category)) < 0.09
    for c, who, number, s, g, wrong in zip(category, name, phone, signs, gives, clumsy, strict=True):
        text = _fill(rng, _sentence(rng, str(c)))
        text = _typos(rng, text) if wrong else text
        if g:
            text += f" You reach me on {number}."
        if s:
            text += _any(rng, (f" {who}", f" Regards, {who}", f" My name is {who}."))
        result.append(text)
    return result


def tickets(world: World) -> pd.DataFrame:
    """F08: opened_at turns to UTC in June 2026. F15: names and numbers in the text. F17: one ticket gives orders."""
    rng = world.rng("tickets")
    table = _requests(world, rng)
    people = holders(world)
    count = len(table)
    channel = pick(rng, ("phone", "mail", "web", "chat"), count, (46, 26, 18, 10))
    phone = channel == "phone"
    table["minute"] = np.where(
        phone | (channel == "chat"), office_minutes(rng, count), np.clip(rng.normal(14.5, 4.2, count), 5, 23.8) * 60
    )
    table["channel"] = channel
    day = days(table["day"])
    table["day"] = np.where(
        phone & ~np.is_busday(day) & (table["category"] != "no heat"), np.busday_offset(day, 0, roll="backward"), day
    )
    table = table[days(table["day"]) >= START]
    table = table.sort_values(["day", "minute", "life"], kind="stable").reset_index(drop=True)
    count = len(table)
    category, channel = table["category"].to_numpy(dtype=object), table["channel"].to_numpy(dtype=object)
    day = days(table["day"])
    life = table["life"].to_numpy()
    unknown = (rng.random(count) < 0.05) & table["job_id"].isna().to_numpy()
    owner = people.iloc[life]
    local = at(day, table["minute"])
    priority = np.where(
        category == "no heat",
        pick(rng, ("urgent", "normal"), count, (70, 30)),
        pick(rng, ("urgent", "normal", "low"), count, (5, 70, 25)),
    )
    base = np.where(priority == "urgent", 0.6, np.where(priority == "normal", 3.4, 8.0)) * np.where(
        np.isin(channel, ("phone", "chat")), 0.75, 1.3
    )
    winter = np.isin(month_of(day), (12, 1, 2))
    hours = base * rng.gamma(1.6, 0.75, count) * np.where(winter, 1.5, 1.0)
    reply = _in_office(local, hours)
    work = hours + rng.gamma(1.4, 16, count) * np.where(category == "complaint", 2.2, 1.0)
    closed = np.maximum(_in_office(local, work), reply + np.timedelta64(300, "s"))
    export = (END + 1).astype("datetime64[s]")
    forgotten = rng.random(count) < 0.006
    no_reply, still_open = reply >= export, (closed >= export) | forgotten
    shifted = day >= CLOCK_SHIFT
    opened = local - np.where(shifted, 7200, 0).astype("timedelta64[s]")
    stray = rng.choice(np.flatnonzero(~shifted), 9, replace=False)  # a chat window opened in another time zone
    opened[stray] -= np.timedelta64(6 * 3600, "s")
    name = owner["name"].to_numpy(dtype=object)
    text = _texts(rng, category, name, phones(rng, count), rng.random(count) < 0.145, rng.random(count) < 0.105)
    mood = np.clip(
        np.round(4.1 - hours * 0.06 - 0.9 * np.isin(category, ("complaint", "cancel")) + rng.normal(0, 0.9, count)),
        1,
        5,
    ).astype(int)
    result = pd.DataFrame(
        {
            "ticket_id": ids("T", count),
            "customer_id": blank(owner["customer_id"], unknown),
            "region": owner["region"].to_numpy(dtype=object),
            "channel": channel,
            "category": category,
            "priority": priority,
            "opened_at": opened,
            "first_reply_at": np.where(no_reply, np.datetime64("NaT"), reply),
            "closed_at": np.where(still_open, np.datetime64("NaT"), closed),
            "status": np.where(still_open, "open", "closed").astype(object),
            "job_id": table["job_id"].where(table["job_id"].notna(), None),
            "agent_id": on_duty(world, "service desk", day, rng.random(count)),
            "satisfaction": blank(mood, still_open | (rng.random(count) < 0.54)),
            "text": text,
        }
    )
    order = np.flatnonzero(
        (category == "noise") & (day >= np.datetime64("2026-10-05")) & (day <= np.datetime64("2026-10-23")) & ~unknown
    )
    order = (
        order
        if len(order)
        else np.flatnonzero((day >= np.datetime64("2026-10-05")) & (day <= np.datetime64("2026-10-23")))
    )
    result.loc[order[len(order) // 2], ["text", "channel", "category"]] = [phrases.INJECTION, "web", "noise"]
    return _loop(world, rng, result, local, life)


def _in_office(start: Array, hours: Array) -> Array:
    """The time after so many hours, moved to the next morning when it falls into the night or on a Sunday."""
    moment = start + np.round(hours * 3600).astype("timedelta64[s]")
    day = days(moment)
    second = (moment - day.astype("datetime64[s]")).astype(int)
    after = second > 18.5 * 3600
    day = np.where(after, day + 1, day)
    day = np.where((day.astype(int) + 3) % 7 == 6, day + 1, day)
    moved = (day != days(moment)) | (second < 7.5 * 3600)
    morning = day.astype("datetime64[s]") + (27000 + (second * 7919) % 5400).astype("timedelta64[s]")
    return np.where(moved, morning, moment)


def _loop(world: World, rng: np.random.Generator, table: pd.DataFrame, local: Array, life: Array) -> pd.DataFrame:
    """The closed-loop pilot: a rule fires, half are held out, the others get a call; fewer of those leave."""
    count = len(table)
    inside = (days(local) >= PILOT[0]) & (days(local) <= PILOT[1]) & table["customer_id"].notna().to_numpy()
    category = table["category"].to_numpy(dtype=object)
    complaint = category == "complaint"
    before = pd.Series(days(local)).groupby(life).shift().to_numpy()
    recent = days(local) - days(before) <= np.timedelta64(90, "D")
    rule = np.where(
        inside & (category == "cancel"), "said cancel", np.where(inside & complaint & recent, "complained again", "")
    ).astype(object)
    fired = rule != ""
    closed = days(holders(world)["closed_on"])[life]
    gone = ~np.isnat(closed) & (closed <= days(local) + 60)
    # A call keeps some: the lot falls so that fewer of those who were rung have left.
    held = rng.random(count) < np.where(gone, 0.6, 0.12)
    acted = fired & ~held & (rng.random(count) < 0.93)
    when = _in_office(local, 6 + rng.gamma(2, 9, count))
    table["rule_fired"] = blank(rule, ~fired)
    table["held_out"] = blank(held, ~fired)
    table["action"] = blank(np.full(count, "call", dtype=object), ~acted)
    table["action_at"] = np.where(acted, when, np.datetime64("NaT"))
    return table


def ticket_labels(world: World) -> pd.DataFrame:
    """F16: 600 tickets, read twice; 200 of them golden."""
    rng = world.rng("ticket_labels")
    every = world.get("tickets")
    old = every[
        (days(every["opened_at"]) >= np.datetime64("2025-09-01"))
        & (days(every["opened_at"]) < np.datetime64("2026-09-10"))
    ]
    share = np.where(old["category"] == "complaint", 1.8, 1.0)
    table = old.iloc[np.sort(rng.choice(len(old), 600, replace=False, p=share / share.sum()))].reset_index(drop=True)
    truth = table["category"].to_numpy(dtype=object)
    golden = np.zeros(600, dtype=bool)
    golden[rng.choice(600, 200, replace=False)] = True
    hard = np.array([{"complaint": 2.3, "cancel": 1.7, "noise": 1.5}.get(c, 0.7) for c in truth])

    def read(error: float, focus: float = 1.0) -> Array:
        """Labels with `error` wrong overall; `focus` bends the errors towards the hard categories."""
        weight = hard**focus
        wrong = np.argsort(rng.random(600) ** (1 / weight))[::-1]
        chosen = np.zeros(600, dtype=bool)
        for part in (golden, ~golden):  # the same share within the golden set, so that its size holds
            inside = wrong[part[wrong]]
            chosen[inside[: round(error * part.sum())]] = True
        label = truth.copy()
        for index in np.flatnonzero(chosen):
            others = CONFUSED[str(truth[index])]
            label[index] = others[min(int(rng.geometric(0.62)) - 1, len(others) - 1)]
        return label

    first, second = read(0.07 + rng.normal(0, 0.005)), read(0.115 + rng.normal(0, 0.008))
    agreed = np.where(first == second, first, np.where(rng.random(600) < 0.6, truth, second))
    before, after = read(0.15 + rng.normal(0, 0.008), 1.2), read(0.21 + rng.normal(0, 0.008), 1.6)
    right = after == agreed
    judge = np.where(right, rng.random(600) < 0.97, rng.random(600) < 0.42)  # kinder than people
    return pd.DataFrame(
        {
            "ticket_id": table["ticket_id"],
            "golden": golden,
            "label_a": first,
            "label_b": second,
            "agreed": agreed,
            "model_v1": before,
            "model_v2": after,
            "confidence_v2": np.round(np.clip(rng.beta(14, 1.3, 600) - 0.06 * ~right, 0.3, 0.999), 2),
            "judge_v2": np.where(judge, "right", "wrong").astype(object),
        }
    )
