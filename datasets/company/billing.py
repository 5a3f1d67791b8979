"""Invoices and the payments against them."""

import numpy as np
import pandas as pd

from company.world import END, START, Maker, World, at, days, ids, money, month_index, workday

KRONER = 7.46
NEW_COLLECTOR = np.datetime64("2026-10-01", "D")


def settled(world: World) -> pd.DataFrame:
    """Invoices with the day on which each is paid: plans each quarter, jobs when done.

    F05: one region and quarter in DKK. F12: some arrive late.
    """
    rng = world.rng("invoices")
    plans = world.get("plans")
    region = world.get("customers").set_index("customer_id")["region"]
    turn = np.array([int(c[1:]) % 3 for c in plans["customer_id"]])
    begin = days(plans["started_on"])
    end = np.where(plans["ended_on"].isna(), END + 1, days(plans["ended_on"])).astype("datetime64[D]")
    parts = []
    for index in range(1, 25):
        month = (START.astype("datetime64[M]") + index - 1).astype("datetime64[D]")
        here = (turn == index % 3) & (begin <= month) & (end >= month)
        count = int(here.sum())
        issued = workday(np.full(count, month) + rng.integers(0, 4, count).astype("timedelta64[D]"))
        part = plans.loc[here, ["customer_id", "plan_id"]].assign(job_id=None, kind="plan", issued_on=issued)
        parts.append(part.assign(amount=money(plans.loc[here, "monthly_eur"] * 3)))
    jobs = world.get("jobs")
    tier = world.get("customers").set_index("customer_id")["plan_tier"]
    covered = jobs["customer_id"].map(tier).map({"basic": 0.0, "plus": 0.7, "complete": 1.0}).to_numpy(dtype=float)
    billed = (jobs["status"] == "done") & (
        (jobs["kind"] == "install") | ((jobs["kind"] == "repair") & (rng.random(len(jobs)) >= covered))
    )
    done = jobs[billed]
    issued = workday(days(done["scheduled_on"]) + rng.choice([1, 1, 2, 3, 6], len(done)).astype("timedelta64[D]"))
    part = pd.DataFrame(
        {
            "customer_id": done["customer_id"],
            "plan_id": None,
            "job_id": done["job_id"],
            "kind": "job",
            "issued_on": issued,
        }
    )
    parts.append(part.assign(amount=money(done["price_eur"] * 1.2))[issued <= END])
    table = (
        pd.concat(parts, ignore_index=True)
        .sort_values(["issued_on", "kind", "customer_id"], kind="stable")
        .reset_index(drop=True)
    )
    count = len(table)
    table["invoice_id"] = ids("I", count)
    table["region"] = table["customer_id"].map(region)
    issued = days(table["issued_on"])
    kroner = (
        (table["region"] == "North").to_numpy()
        & (issued >= np.datetime64("2025-07-01"))
        & (issued <= np.datetime64("2025-09-30"))
    )
    table["currency"] = np.where(kroner, "DKK", "EUR").astype(object)
    table["amount"] = money(np.where(kroner, table["amount"] * KRONER, table["amount"]))
    table["vat"] = money(table["amount"] / 6)
    due = issued + np.where(table["kind"] == "plan", 10, 14).astype("timedelta64[D]")
    table["due_on"] = due
    job = (table["kind"] == "job").to_numpy()
    # Job invoices are settled on the day by the financing partner, plans by direct debit within days.
    lag = np.where(job, rng.geometric(0.45, count), 2 + rng.poisson(2.5, count))
    slow = rng.random(count) < np.where(job, 0.03, 0.05)
    lag = np.where(slow, lag + rng.gamma(2, 14, count).astype(int) + 6, lag)
    paid = workday(issued + lag.astype("timedelta64[D]"))
    never = rng.random(count) < 0.006
    open_now = never | (paid > END)
    table["status"] = np.where(~open_now, "paid", np.where(due < END, "overdue", "open")).astype(object)
    table["paid_on"] = paid
    late = rng.random(count) < 0.032
    wait = np.where(late, 4 + rng.gamma(1.5, 6, count), 1).astype(int)
    wait = np.where(late & (month_index(issued) == 24), np.minimum(wait, 9), wait)
    table["loaded_at"] = at(issued + wait.astype("timedelta64[D]"), rng.normal(4 * 60 + 20, 9, count))
    return table


def invoices(world: World) -> pd.DataFrame:
    """What was billed."""
    return world.get("settled").drop(columns="paid_on")


def deposit(settled: pd.DataFrame) -> list[tuple[object, ...]]:
    """A deposit of 30% on October's dearest unpaid job, booked as net and VAT on the day of its invoice; it stays open.

    Without it an invoice is paid in full or not at all: no row tells "billed less paid" from "billed, of the unpaid".
    """
    unpaid = settled[(settled["status"] != "paid") & (settled["kind"] == "job")]
    unpaid = unpaid[days(unpaid["issued_on"]) >= NEW_COLLECTOR]
    dearest = unpaid.loc[unpaid["amount"].idxmax()]
    pieces = ((dearest["amount"] - dearest["vat"], "net"), (dearest["vat"], "vat"))
    number, day, currency = dearest[["invoice_id", "issued_on", "currency"]]
    return [(number, day, round(0.3 * value, 2), currency, part, "transfer") for value, part in pieces]


def payments(world: World) -> pd.DataFrame:
    """Booked amounts. F06: from October 2026 the collector books net and VAT apart."""
    rng = world.rng("payments")
    everything = world.get("settled")
    paid = everything[everything["status"] == "paid"]
    method = np.where(
        paid["kind"] == "plan", "direct debit", np.where(rng.random(len(paid)) < 0.75, "transfer", "card")
    ).astype(object)
    method = np.where(rng.random(len(paid)) < 0.06, "transfer", method)
    parts_of = rng.random(len(paid))
    rows = []
    columns = zip(
        paid["invoice_id"],
        days(paid["paid_on"]),
        days(paid["issued_on"]),
        paid["amount"],
        paid["vat"],
        paid["currency"],
        method,
        paid["kind"],
        parts_of,
        strict=True,
    )
    for number, on, issued, amount, vat, currency, how, kind, luck in columns:
        if issued >= NEW_COLLECTOR:
            net = round(amount - vat, 2)
            pieces = [(net, "net"), (vat, "vat")]
            if kind == "job" and luck < 0.3:
                half = round(net / 2, 2)
                pieces = [(half, "net"), (round(net - half, 2), "net"), (vat, "vat")]
        elif luck < (0.045 if kind == "job" else 0.008):
            half = round(amount / 2, 2)
            pieces = [(half, "instalment"), (round(amount - half, 2), "instalment")]
        else:
            pieces = [(amount, "whole")]
        for step, (value, part) in enumerate(pieces):
            day = min(on + (21 * step if part == "instalment" else 0), END)
            rows.append((number, day, value, currency, part, how))
    rows += deposit(everything)
    table = pd.DataFrame(rows, columns=["invoice_id", "paid_on", "amount", "currency", "part", "method"])
    table["paid_on"] = days(table["paid_on"])
    table["amount"] = money(table["amount"])
    table = table.sort_values(["paid_on", "invoice_id"], kind="stable").reset_index(drop=True)
    table["payment_id"] = ids("Y", len(table))
    return table


INNER: dict[str, Maker] = {"settled": settled}
