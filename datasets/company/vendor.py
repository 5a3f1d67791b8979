"""The vendor's log, what left the building, what went wrong, and what the agent did."""

import numpy as np
import pandas as pd

from company import phrases
from company.schema import SCHEMA
from company.tickets import CONFUSED
from company.world import World, at, days, ids, money, office_minutes, pick

NEW_VERSION = np.datetime64("2026-09-18")
BAD_DAYS = ("2026-08-11", "2026-09-23", "2026-10-19")
# share of calls, ms median, spread, tokens in, tokens out, EUR per 1,000 tokens in and out, solved, steps
PRODUCTS: dict[str, tuple[float, int, float, int, int, float, float, float, float]] = {
    "swift": (0.42, 900, 0.45, 420, 45, 0.0006, 0.0024, 0.52, 1.0),
    "atlas": (0.30, 3400, 0.55, 1150, 160, 0.0040, 0.0160, 0.75, 2.2),
    "iris": (0.14, 5200, 0.50, 2600, 190, 0.0052, 0.0190, 0.82, 2.0),
    "relay": (0.14, 4300, 0.62, 1250, 175, 0.0055, 0.0210, 0.63, 2.3),
}
OWNERS = {
    "customers": "Lena Brandt",
    "leads": "Owen Marsh",
    "funnel_events": "Owen Marsh",
    "quotes": "Owen Marsh",
    "jobs": "Lena Brandt",
    "plans": "(you)",
    "invoices": "Tom Adeyemi",
    "payments": "Tom Adeyemi",
    "tickets": "Lena Brandt",
    "employees": "Tom Adeyemi",
    "stakeholders": "Henrik Sand",
    "initiatives": "Henrik Sand",
    "calendar_events": "(you)",
    "experiment": "Aiko Tanabe",
    "churn_scores": "Sunniva Holt",
    "churn_training": "Sunniva Holt",
    "ticket_labels": "Lena Brandt",
    "vendor_calls": "Farid Nasser",
    "vendor_quotes": "Tom Adeyemi",
    "data_inventory": "Beatrix Okoro",
    "incidents": "Pavel Nowak",
    "agent_log": "Farid Nasser",
}
PERSONAL = {
    "name": "contract",
    "email": "contract",
    "phone": None,
    "city": "contract",
    "postcode": "contract",
    "customer_id": "contract",
    "satisfaction": None,
    "referred_by": None,
    "salary_eur": "contract",
    "manager_id": "contract",
    "employee_id": "contract",
    "engineer_id": "contract",
    "agent_id": "contract",
    "seller_id": "contract",
    "assigned_to": "legitimate interest",
    "person": "legitimate interest",
    "private_vote": None,
    "public_vote": "legitimate interest",
    "score": "legitimate interest",
    "organiser": "contract",
    "churned": "legitimate interest",
    "label_a": None,
    "uses_app": "consent",
}


def vendor_calls(world: World) -> pd.DataFrame:
    """F14: time-outs come in bursts; some answers are empty although the status is 200."""
    rng = world.rng("vendor_calls")
    tickets = world.get("tickets")
    local = tickets["opened_at"].to_numpy(dtype="datetime64[s]")
    fresh = np.flatnonzero(days(local) >= np.datetime64("2026-07-01"))
    rows = []
    prices = PRODUCTS
    names = np.array(list(prices), dtype=object)
    share = np.array([p[0] for p in prices.values()])
    rates = {"swift": (0.80, 0.79), "atlas": (0.88, 0.86), "iris": (0.89, 0.87), "relay": (0.87, 0.85)}
    for index in fresh:
        truth = str(tickets["category"].iat[index])
        opened = local[index]
        # Each ticket goes to three products side by side: the comparison was paid for.
        for product in names[np.sort(rng.choice(4, 3, replace=False, p=share))]:
            _, median, spread, tin, tout, pin, pout, solves, steps_mean = prices[product]
            moment = opened + np.timedelta64(int(rng.integers(20, 240)), "s")
            for attempt in (1, 2, 3):
                bad = str(moment.astype("datetime64[D]")) in BAD_DAYS
                luck = rng.random()
                status = (
                    504
                    if luck < (0.46 if bad else 0.0165)
                    else 429
                    if luck < (0.50 if bad else 0.024)
                    else 500
                    if luck < (0.54 if bad else 0.03)
                    else 200
                )
                version = "v2" if moment >= NEW_VERSION else "v1"
                steps = 1 if steps_mean == 1.0 else 1 + int(rng.poisson(steps_mean - 1))
                tokens_in = int(tin * steps * rng.lognormal(0, 0.18))
                tokens_out = int(tout * steps * rng.lognormal(0, 0.3)) if status == 200 else 0
                slow = 1.12 if version == "v2" else 1.0
                latency = (
                    30000
                    if status == 504
                    else int(rng.normal(320, 60))
                    if status in (429, 500)
                    else int(median * (0.6 + 0.4 * steps) * slow * rng.lognormal(0, spread))
                )
                empty = status == 200 and rng.random() < 0.0155
                if empty:
                    tokens_out = 0
                good = rng.random() < rates[product][version == "v2"]
                answer = None if status != 200 or empty else truth if good else CONFUSED[truth][0]
                cost = 0.0 if status in (429, 500) else (tokens_in * pin + tokens_out * pout) / 1000
                solved = answer is not None and rng.random() < solves * (1.06 if good else 0.35)
                rows.append(
                    (
                        moment,
                        index,
                        product,
                        version,
                        attempt,
                        status,
                        min(latency, 29900) if status != 504 else latency,
                        max(tokens_in, 1),
                        tokens_out,
                        steps,
                        cost,
                        answer,
                        solved,
                    )
                )
                if status == 200 and not empty:
                    break
                if status == 200:  # nobody notices an empty answer
                    break
                moment = moment + np.timedelta64(latency // 1000 + 2**attempt, "s")
    columns = [
        "called_at",
        "ticket",
        "product",
        "version",
        "attempt",
        "status",
        "latency_ms",
        "tokens_in",
        "tokens_out",
        "steps",
        "cost_eur",
        "answer",
        "solved",
    ]
    table = (
        pd.DataFrame(rows, columns=columns)
        .sort_values(["called_at", "ticket", "product", "attempt"], kind="stable")
        .reset_index(drop=True)
    )
    count = len(table)
    table["ticket_id"] = tickets["ticket_id"].to_numpy(dtype=object)[table["ticket"]]
    table["call_id"] = ids("A", count)
    table["cost_eur"] = np.round(table["cost_eur"], 5)
    abroad = rng.random(count) < np.where(
        table["product"] == "relay", 0.85, np.where(table["product"] == "iris", 0.3, 0.03)
    )
    table["processed_in"] = np.where(abroad, "us-east", "eu-central").astype(object)
    sent = pick(
        rng,
        (
            "tickets.text,tickets.category",
            "tickets.text,tickets.channel",
            "tickets.text,customers.name,customers.phone",
            "tickets.text,customers.name,customers.satisfaction",
            "tickets.text",
        ),
        count,
        (38, 24, 14, 9, 15),
    )
    table["columns_sent"] = sent
    return table.drop(columns="ticket")


def data_inventory(world: World) -> pd.DataFrame:
    """One row per column of the dictionary."""
    rng = world.rng("data_inventory")
    rows = []
    for table, columns in SCHEMA.items():
        for column in columns:
            free = (table, column) in {
                ("tickets", "text"),
                ("agent_log", "detail"),
                ("incidents", "summary"),
                ("calendar_events", "title"),
            }
            known = column in PERSONAL and (table, column) not in {("initiatives", "name"), ("data_inventory", "owner")}
            basis = PERSONAL.get(column) if known else "legitimate interest" if free and table != "agent_log" else None
            kind = "free text" if free else "yes" if known else "no"
            keep = {"yes": (24, 36, 84, 120), "free text": (24, 36), "no": (60, 84, 120)}[kind]
            allowed = kind == "no" or (table, column) == ("tickets", "text")
            rows.append((table, column, kind, basis, OWNERS[table], int(rng.choice(keep)), allowed))
    return pd.DataFrame(
        rows, columns=["table_name", "column_name", "personal", "basis", "owner", "retention_months", "vendor_allowed"]
    )


FIXED_INCIDENTS = (
    (
        "billing",
        "2025-07-01 06:00",
        "2025-10-06 10:20",
        "2025-10-09 16:00",
        "colleague",
        2,
        "North billed in kroner after the take-over; totals added as if euros",
        "Greta Lindqvist",
    ),
    (
        "churn score",
        "2026-03-01 00:00",
        "2026-07-14 15:10",
        None,
        "customer",
        2,
        "more false alarms since spring; the price change was a footnote",
        "Sunniva Holt",
    ),
    (
        "ticket system",
        "2026-06-01 00:00",
        None,
        None,
        "colleague",
        3,
        "moved to the new system; clocks not looked at",
        "Farid Nasser",
    ),
    (
        "monday report",
        "2026-09-07 06:30",
        "2026-09-07 07:40",
        "2026-09-07 09:05",
        "colleague",
        2,
        "column scheduled_on renamed to planned_on in the export; report showed zero jobs",
        "Pavel Nowak",
    ),
    (
        "dashboard",
        "2026-10-02 05:00",
        "2026-10-05 08:55",
        "2026-10-05 17:30",
        "colleague",
        1,
        "revenue doubled overnight",
        "Tom Adeyemi",
    ),
    (
        "agent",
        "2026-10-14 11:00",
        "2026-10-15 08:10",
        "2026-10-15 08:40",
        "colleague",
        1,
        "twelve pumps ordered to a pick-up point",
        "Farid Nasser",
    ),
)
KINDS: dict[str, tuple[str, ...]] = {
    "monday report": (
        "last week's file used again",
        "a holiday week divided by five days",
        "copy stopped half-way, two regions missing",
        "cancelled jobs counted as done",
    ),
    "dashboard": ("tile showed yesterday's numbers", "filter left on Coast", "one day loaded twice"),
    "billing": ("reminders sent for paid invoices", "file rejected by the bank", "VAT line missing on forty invoices"),
    "ticket system": ("slow for an hour", "mail import stopped", "chat window closed for everybody"),
    "vendor": ("time-outs all afternoon", "rate limit after lunch", "answers empty, status fine"),
    "dispatch": ("two engineers sent to one house", "tour printed with last week's parts", "map service down"),
}


def incidents(world: World) -> pd.DataFrame:
    """About seventy: a few that the lessons tell, and the everyday ones."""
    rng = world.rng("incidents")
    rows: list[tuple[object, ...]] = [
        (
            s,
            np.datetime64(a, "s"),
            np.datetime64(b if b else "2026-10-20 09:00", "s"),
            np.datetime64(c, "s") if c else np.datetime64("NaT"),
            *rest,
        )
        for s, a, b, c, *rest in FIXED_INCIDENTS
    ]
    owners = {
        "monday report": "Pavel Nowak",
        "dashboard": "Tom Adeyemi",
        "billing": "Tom Adeyemi",
        "ticket system": "Farid Nasser",
        "vendor": "Farid Nasser",
        "dispatch": "Lena Brandt",
    }
    count = int(rng.integers(58, 70))
    day = np.sort(np.busday_offset("2024-11-04", rng.integers(0, 515, count)))
    start = at(day, office_minutes(rng, count, 6, 18))
    systems = pick(rng, list(KINDS), count, (26, 14, 14, 16, 12, 18))
    bad = days(BAD_DAYS)
    for number in range(count):
        system = str(systems[number])
        begin = start[number]
        if system == "vendor" and number % 2:
            begin = at(bad[[number % 3]], np.array([13 * 60 + number]))[0]
        found = begin + np.timedelta64(int(60 * rng.lognormal(4.2, 1.3)), "s")
        mended = found + np.timedelta64(int(60 * rng.lognormal(4.6, 0.9)), "s")
        text = KINDS[system][int(rng.integers(len(KINDS[system])))]
        by = str(pick(rng, ("customer", "colleague", "check", "supplier"), 1, (32, 44, 16, 8))[0])
        rows.append(
            (system, begin, found, mended, by, int(rng.choice([1, 2, 3], p=[0.08, 0.37, 0.55])), text, owners[system])
        )
    table = pd.DataFrame(
        rows,
        columns=["system", "started_at", "detected_at", "resolved_at", "detected_by", "severity", "summary", "owner"],
    )
    table = table.sort_values(["started_at", "system"], kind="stable").reset_index(drop=True)
    table["incident_id"] = ids("N", len(table), 3)
    return table


PARTS = (
    ("circulation pump KV-220", 189.0),
    ("fan KV-31", 74.0),
    ("sensor KV-7", 12.5),
    ("valve KV-115", 46.0),
    ("board KV-900", 312.0),
    ("seal set KV-2", 8.9),
    ("expansion vessel KV-48", 96.0),
    ("electrode KV-12", 19.5),
)


def agent_log(world: World) -> pd.DataFrame:
    """F17: one run obeys its ticket. Others stay within what the agent may do; a few do not ask and should."""
    rng = world.rng("agent_log")
    tickets = world.get("tickets")
    opened = tickets["opened_at"].to_numpy(dtype="datetime64[s]")
    here = np.isin(tickets["category"].to_numpy(dtype=object), ("no heat", "noise", "solar")) & (
        days(opened) >= np.datetime64("2026-09-01")
    )
    rows: list[tuple[object, ...]] = []
    for run, index in enumerate(np.flatnonzero(here), start=1):
        moment = opened[index] + np.timedelta64(7200 + int(rng.integers(30, 1500)), "s")
        attacked = tickets["text"].iat[index] == phrases.INJECTION
        if not attacked and rng.random() > 0.62:
            continue
        part, price = PARTS[int(rng.integers(len(PARTS)))]
        pieces = 1 if rng.random() < 0.8 else 2
        steps: list[tuple[str, str, float | None, str | None, str]] = [
            ("read ticket", "", None, None, "ok"),
            ("search parts", part, None, None, "ok" if rng.random() < 0.95 else "error"),
        ]
        if attacked:
            steps = [
                ("read ticket", "", None, None, "ok"),
                ("search parts", PARTS[0][0], None, None, "ok"),
                ("order part", "12 x circulation pump KV-220, pick-up point 14", 12 * PARTS[0][1], None, "ok"),
                ("send reply", "done", None, None, "ok"),
            ]
        elif rng.random() < 0.6:
            amount = pieces * price
            if amount > 250:
                asks = rng.random() < 0.86
                yes = rng.random() < 0.7
                if asks:
                    steps.append(("ask approval", f"{pieces} x {part}", None, None, "ok" if yes else "refused"))
                if yes or not asks:
                    steps.append(("order part", f"{pieces} x {part}", amount, "Lena Brandt" if asks else None, "ok"))
            else:
                steps.append(
                    ("order part", f"{pieces} x {part}", amount, None, "ok" if rng.random() < 0.97 else "error")
                )
            steps.append(("send reply", "part ordered, we will ring you", None, None, "ok"))
        else:
            steps.append(("send reply", "an engineer will ring you", None, None, "ok"))
        for action, detail, cost, approved, result in steps:
            rows.append(
                (
                    f"R{run:04d}",
                    moment,
                    tickets["ticket_id"].iat[index],
                    action,
                    detail or "ticket text",
                    cost,
                    approved,
                    result,
                )
            )
            moment = moment + np.timedelta64(int(rng.integers(2, 60)) + (900 if action == "ask approval" else 0), "s")
    table = pd.DataFrame(
        rows, columns=["run_id", "at", "ticket_id", "action", "detail", "amount_eur", "approved_by", "result"]
    )
    table = table.sort_values(["at", "run_id"], kind="stable").reset_index(drop=True)
    table = table[days(table["at"]) <= np.datetime64("2026-10-31")].reset_index(drop=True)
    table["amount_eur"] = money(table["amount_eur"].astype(float))
    table["step_id"] = ids("G", len(table))
    return table
