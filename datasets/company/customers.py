"""Who buys a plan, when they leave, how the model scored them: the lives, and the tables drawn from them."""

import numpy as np
import pandas as pd

from company.people import names, phones
from company.world import (
    END,
    NAT,
    PRICE_CHANGE,
    REGIONS,
    START,
    Array,
    Maker,
    World,
    at,
    blank,
    days,
    ids,
    office_minutes,
    pick,
    spread_days,
)

CITIES = {
    "North": (("Tarnholm", 40), ("Eskfell", 25), ("Norrby", 20), ("Skarvik", 15)),
    "Coast": (("Saltmere", 45), ("Havnesund", 25), ("Cape Linden", 18), ("Marisol", 12)),
    "Valley": (("Aldervale", 50), ("Brookford", 22), ("Sankt Orrin", 18), ("Miller's Weir", 10)),
}
TIERS = ("basic", "plus", "complete")
OLD_PRICE = {"basic": 9.9, "plus": 16.9, "complete": 24.9}
NEW_PRICE = {"basic": 12.9, "plus": 20.9, "complete": 29.9}
PAUSED_PRICE = 4.9
JOINING = {1: 1.1, 2: 0.9, 3: 0.9, 4: 0.9, 5: 0.9, 6: 0.8, 7: 0.6, 8: 0.7, 9: 1.2, 10: 1.5, 11: 1.4, 12: 0.9}
FIRST_SCORED, LAST_KNOWN = 9, 22  # July 2025; August 2026 is the last month with 90 days behind it


def _tidy_mail(name: str, number: int) -> str:
    plain = name.lower().replace(".", "").replace(" ", ".")
    return f"{plain}{number}@{('mail', 'post', 'home', 'inbox')[number % 4]}.example"


def lives(world: World) -> pd.DataFrame:
    """One row per real person: joined, tier, notice and end dates. The scores are in the frame `scored`."""
    rng = world.rng("lives")
    before = int(rng.normal(3600, 22))
    after = int(rng.normal(1330, 18))
    age = 4300 * rng.beta(1.15, 1.9, before)
    joined = np.concatenate(
        [START - 1 - age.astype(int).astype("timedelta64[D]"), spread_days(rng, after, JOINING, growth=0.1)]
    )
    count = before + after
    region = pick(rng, REGIONS, count, (38, 33, 29))
    tier = pick(rng, TIERS, count, (45, 37, 18))
    frailty = rng.normal(0, 1, count)
    closed = np.full(count, NAT)
    early = (rng.random(count) < 0.032) & (np.arange(count) < before) & (joined < START - 400)
    gone = joined + (rng.random(count) * (START - 30 - joined).astype(int)).astype(int).astype("timedelta64[D]") + 20
    closed[early] = gone[early]
    notice = np.full(count, NAT)
    months = np.arange(START.astype("datetime64[M]"), END.astype("datetime64[M]") + 1)
    for index, month in enumerate(months, start=1):
        first = month.astype("datetime64[D]")
        length = int(((month + 1).astype("datetime64[D]") - first).astype(int))
        base = 0.0115 if index < 8 else 0.0195 if index < 17 else 0.0305 if index < 19 else 0.0345
        risk = base * np.exp(0.45 * frailty - 0.1) * np.where((first - joined).astype(int) < 365, 1.25, 0.95)
        if index >= 17:
            risk = risk * np.where(tier == "basic", 1.12, 0.9)
        day = first + rng.integers(0, length, count).astype("timedelta64[D]")
        leaves = (rng.random(count) < risk) & (day > joined + 30) & np.isnat(closed) & np.isnat(notice)
        notice[leaves] = day[leaves]
    order = np.argsort(joined, kind="stable")
    return (
        pd.DataFrame(
            {
                "joined_on": joined,
                "region": region,
                "tier": tier,
                "frailty": frailty,
                "notice_on": notice,
                "closed_early": closed,
                "business": rng.random(count) < 0.08,
                "own": rng.normal(0, 1, count),
                "mail_number": np.arange(count),
            }
        )
        .iloc[order]
        .reset_index(drop=True)
    )


def scored(world: World) -> pd.DataFrame:
    """The monthly run of the model with its calls; `life` is the row of `lives`, attrs["closed"] when each left."""
    people = world.get("lives")
    rng = world.rng("scores")
    joined, notice = days(people["joined_on"]), days(people["notice_on"])
    closed = days(people["closed_early"]).copy()
    region, own = people["region"].to_numpy(dtype=object), people["own"].to_numpy()
    count = len(people)
    # Some think better of it unasked; a call talks round three in ten.
    talked_round = rng.random(count) < 0.07
    last_call = np.full(count, START - 400)
    parts: list[pd.DataFrame] = []
    for index in range(1, 25):
        month = START.astype("datetime64[M]") + index - 1
        first = month.astype("datetime64[D]")
        if index >= FIRST_SCORED:
            here = np.flatnonzero((joined < first) & (np.isnat(closed) | (closed > first)))
            ahead = (notice[here] - first).astype(int)
            # A notice given and not yet effective is already known: such customers are not scored.
            pending = (~np.isnat(notice[here])) & (notice[here] <= first) & ~talked_round[here]
            here, ahead = here[~pending], ahead[~pending]
            leaves = (~np.isnat(notice[here])) & (ahead > 0) & (ahead <= 90)
            score = _score(rng, leaves, region[here], own[here], index)
            known = index <= LAST_KNOWN
            due = np.flatnonzero((score >= 0.7) & (last_call[here] < first - 100))
            called = np.zeros(len(here), dtype=bool)
            called[rng.permutation(due)[: int(rng.integers(105, 140))]] = True
            last_call[here[called]] = first
            saved = called & leaves & (rng.random(len(here)) < 0.31)
            talked_round[here[saved]] = True
            lost = called & leaves & ~saved
            talked_round[here[lost]] = False
            outcome = np.select([saved, lost, called], ["saved", "lost", "was staying"], "").astype(object)
            parts.append(
                pd.DataFrame(
                    {
                        "life": here,
                        "scored_on": first,
                        "score": score,
                        "called": called,
                        "churned_90d": blank(leaves.astype(int), np.full(len(here), not known)),
                        "call_outcome": blank(outcome, ~called | (not known)),
                    }
                )
            )
        # The notice month passes: who has not been talked round leaves a month later.
        goes = (notice.astype("datetime64[M]") == month) & ~talked_round
        closed[goes] = notice[goes] + 30
    result = pd.concat(parts, ignore_index=True)
    result.attrs["closed"] = [str(day) for day in closed]
    return result


def _score(rng: np.random.Generator, leaves: Array, region: Array, own: Array, index: int) -> Array:
    good = index < 17
    coast = region == "Coast"
    # Standard normal quantiles of the share above 0.7: stayers of Coast and elsewhere, then leavers.
    high = np.where(coast, 1.34 if good else 0.36, 1.72 if good else 1.27)
    noise = 0.75 * own + np.sqrt(1 - 0.75**2) * rng.normal(0, 1, len(leaves))
    stay = 0.8473 - 1.3 * high + 1.3 * noise
    go = 0.8473 + 1.15 * (0.60 if good else 0.68) + 1.15 * rng.normal(0, 1, len(leaves))
    return np.round(1 / (1 + np.exp(-np.where(leaves, go, stay))), 3)


def people_rows(world: World) -> pd.DataFrame:
    """The customers table with what only the generator may know (`life`, `kind`: person, twin or test)."""
    life = world.get("lives")
    rng = world.rng("customers")
    closed = days(world.get("scored").attrs["closed"])
    closed = np.where(closed > END, NAT, closed)
    count = len(life)
    name = names(rng, count)
    region = life["region"].to_numpy(dtype=object)
    city = np.array(
        [CITIES[r][i][0] for r, i in zip(region, rng.choice(4, count, p=[0.45, 0.25, 0.18, 0.12]), strict=True)]
    )
    city = city.astype(object)
    for index in np.flatnonzero(rng.random(count) < 0.006):  # how people spell
        city[index] = (city[index].upper(), city[index].replace("Sankt", "St."), city[index] + " ")[index % 3]
    paused = (rng.random(count) < 0.088) & np.isnat(closed) & (days(life["joined_on"]) < END - 120)
    status = np.where(~np.isnat(closed), "closed", np.where(paused, "paused", "active")).astype(object)
    mood = 7.4 - 0.75 * life["frailty"].to_numpy() - 0.9 * (~np.isnat(closed)) + rng.normal(0, 1.25, count)
    mood = np.clip(np.round(mood), 1, 10).astype(int)
    silent = rng.random(count) < np.where(mood <= 5, 0.32, np.where(mood <= 7, 0.158, 0.127))
    people = pd.DataFrame(
        {
            "life": np.arange(count),
            "kind": "person",
            "name": name,
            "email": [_tidy_mail(n, i) for n, i in zip(name, life["mail_number"], strict=True)],
            "phone": phones(rng, count),
            "region": region,
            "city": city,
            "postcode": [
                f"{r[0]}{x:04d}"
                for r, x in zip(region, 1000 + rng.gamma(3, 700, count).astype(int) % 8999, strict=True)
            ],
            "status": status,
            "account_type": np.where(life["business"], "business", "home").astype(object),
            "plan_tier": life["tier"].to_numpy(dtype=object),
            "joined_on": days(life["joined_on"]),
            "closed_on": closed,
            "satisfaction": blank(mood, silent),
            "paused": paused,
        }
    )
    twins = people.iloc[np.sort(rng.choice(count, int(rng.normal(103, 4)), replace=False))].copy()
    twins["kind"] = "twin"
    twins["email"] = [
        _twist(mail, way) for mail, way in zip(twins["email"], rng.integers(0, 4, len(twins)), strict=True)
    ]
    # Some type their address the same way twice, so that respellings alone are not all second accounts.
    alike = twins["email"].str.strip().str.lower().sort_values().index[-3:]
    twins.loc[alike, "email"] = people.loc[alike, "email"]
    twins["name"] = [_twist(n, way) for n, way in zip(twins["name"], rng.integers(0, 4, len(twins)), strict=True)]
    later = days(twins["joined_on"]) + rng.integers(20, 900, len(twins)).astype("timedelta64[D]")
    twins["joined_on"] = np.minimum(later, END - 3)
    twins["closed_on"] = NAT
    old = (days(twins["joined_on"]) < END - 200) & (rng.random(len(twins)) < 0.3)
    twins.loc[old, "closed_on"] = days(twins["joined_on"])[old] + rng.integers(30, 190, int(old.sum())).astype(
        "timedelta64[D]"
    )
    twins["status"] = np.where(old, "closed", "active").astype(object)
    twins["paused"] = False
    twins["satisfaction"] = blank(twins["satisfaction"], rng.random(len(twins)) < 0.4)
    tests = people.iloc[np.sort(rng.choice(count, int(rng.integers(27, 38)), replace=False))].copy()
    tests["kind"] = "test"
    number = np.arange(1, len(tests) + 1)
    tests["name"] = [
        ("Test Account", "TEST TEST", "Demo Home", "Do Not Ring", "Training User")[n % 5] + f" {n}" for n in number
    ]
    tests["email"] = [f"test+{n}@kestrelvale.example" for n in number]
    # Tests have their pair too: who counts second accounts in the whole file counts one too many.
    second = tests.index[tests["region"] == tests["region"].iloc[0]][1]
    for column in ("name", "email"):
        tests.loc[second, column] = tests[column].iloc[0].upper()
    tests["account_type"] = "test"
    tests["status"] = np.array(["active", "active", "active", "paused", "closed"], dtype=object)[number % 5]
    tests["closed_on"] = np.where(tests["status"] == "closed", days(tests["joined_on"]) + 1, NAT)
    tests["paused"] = False
    every = pd.concat([people, twins, tests], ignore_index=True)
    every["email"] = blank(every["email"], (rng.random(len(every)) < 0.062) & (every["kind"] == "person"))
    twin_of = every.loc[every["kind"] == "twin", "life"]
    keep = every["life"].isin(twin_of) & (every["kind"] == "person")  # the pair must be findable
    every.loc[keep, "email"] = [
        _tidy_mail(n, life["mail_number"][i]) for n, i in zip(every["name"][keep], every["life"][keep], strict=True)
    ]
    every["phone"] = blank(every["phone"], rng.random(len(every)) < 0.09)
    every = every.sort_values(["joined_on", "life", "kind"], kind="stable").reset_index(drop=True)
    every["customer_id"] = ids("C", len(every))
    total = len(every)
    person = (every["kind"] == "person").to_numpy()
    referrer = (rng.random(total) * np.arange(total)).astype(int)
    referred = (rng.random(total) < 0.13) & person & (np.arange(total) > 400) & person[referrer]
    every["referred_by"] = blank(every["customer_id"].to_numpy()[referrer], ~referred)
    since = np.maximum(days(every["joined_on"]), START)
    edited = since + (rng.random(total) * (END - since).astype(int)).astype(int).astype("timedelta64[D]")
    edited = np.where(np.isnat(days(every["closed_on"])), edited, np.maximum(days(every["closed_on"]), since))
    every["updated_at"] = at(np.minimum(edited, END), office_minutes(rng, total))
    return every


def _twist(text: str, way: int) -> str:
    return (text.upper(), f" {text}", f"{text} ", text.title() if text == text.lower() else text.lower())[way]


def customers(world: World) -> pd.DataFrame:
    """Accounts: people, their twins (F01), and our own tests (F03)."""
    return world.get("people_rows").drop(columns=["life", "kind", "paused"])


def holders(world: World) -> pd.DataFrame:
    """Those with a plan: customer_id, region, tier, dates; indexed by `life`."""
    every = world.get("people_rows")
    return every[every["kind"] == "person"].set_index("life").sort_index()


def plans(world: World) -> pd.DataFrame:
    """One row per plan and price: a change of tier, the rise of March 2026, a pause."""
    rng = world.rng("plans")
    rows: list[tuple[str, str, float, np.datetime64, np.datetime64, str | None]] = []
    for person in holders(world).itertuples():
        start, tier = np.datetime64(person.joined_on, "D"), str(person.plan_tier)
        end = END + 1 if pd.isna(person.closed_on) else np.datetime64(person.closed_on, "D")
        changes: list[tuple[np.datetime64, str]] = []
        if start < PRICE_CHANGE <= end:
            changes.append((PRICE_CHANGE, "new price"))
        other = str(pick(rng, TIERS, 1)[0])
        move = start + int(rng.integers(200, 2400))
        if (
            rng.random() < 0.12
            and other != tier
            and START < move < end - 30
            and abs((move - PRICE_CHANGE).astype(int)) > 45
        ):
            changes.append((move, "new tier"))
        if person.paused:
            low = max(start + 60, np.datetime64("2025-06-01"))
            stop = low + int(rng.integers(0, max(1, (END - 20 - low).astype(int))))
            stop = PRICE_CHANGE + 10 if PRICE_CHANGE <= stop <= PRICE_CHANGE + 5 else stop
            changes = [(day, why) for day, why in changes if day < stop - 5] + [(stop, "paused")]
        changes.sort(key=lambda change: change[0])
        now = other if any(why == "new tier" for _, why in changes) else tier
        for day, why in changes:
            price = (NEW_PRICE if start >= PRICE_CHANGE else OLD_PRICE)[now]
            rows.append((person.customer_id, now, price, start, day - 1, why))
            start = day
            now = tier if why == "new tier" else now
        price = PAUSED_PRICE if person.paused else (NEW_PRICE if start >= PRICE_CHANGE else OLD_PRICE)[now]
        left = end <= END
        rows.append((person.customer_id, now, price, start, end if left else NAT, "left" if left else None))
    table = pd.DataFrame(rows, columns=["customer_id", "tier", "monthly_eur", "started_on", "ended_on", "end_reason"])
    table["started_on"], table["ended_on"] = days(table["started_on"]), days(table["ended_on"])
    table = table.sort_values(["started_on", "customer_id"], kind="stable").reset_index(drop=True)
    table["plan_id"] = ids("P", len(table))
    return table


INNER: dict[str, Maker] = {"lives": lives, "scored": scored, "people_rows": people_rows}
