"""Kestrel & Vale Home Energy: an invented company, drawn from one seed. See `datasets/README.md`."""

from collections.abc import Collection
from pathlib import Path

from company import billing, calendar, customers, initiatives, jobs, leads, models, people, tickets, vendor
from company.schema import SCHEMA
from company.world import Maker, World
from company.write import write_csv, write_parquet

MAKERS: dict[str, Maker] = {
    "customers": customers.customers,
    "leads": leads.leads,
    "funnel_events": leads.funnel_events,
    "quotes": leads.quotes,
    "jobs": jobs.jobs,
    "plans": customers.plans,
    "invoices": billing.invoices,
    "payments": billing.payments,
    "tickets": tickets.tickets,
    "employees": people.employees,
    "stakeholders": initiatives.stakeholders,
    "initiatives": initiatives.initiatives,
    "calendar_events": calendar.calendar_events,
    "experiment": models.experiment,
    "churn_scores": models.churn_scores,
    "churn_training": models.churn_training,
    "ticket_labels": tickets.ticket_labels,
    "vendor_calls": vendor.vendor_calls,
    "vendor_quotes": initiatives.vendor_quotes,
    "data_inventory": vendor.data_inventory,
    "incidents": vendor.incidents,
    "agent_log": vendor.agent_log,
}
TABLES: tuple[str, ...] = tuple(MAKERS)


def build(seed: int, out: Path, tables: Collection[str] | None = None) -> list[Path]:
    """Write the tables (all, unless named) for `seed` into the folder `out`, and return the paths written.

    `jobs` also gives jobs.csv, `calendar_events` also calendar_events.ics.
    Raises ValueError for a negative seed or an unknown table, OSError when the folder cannot be written.
    """
    if seed < 0:
        raise ValueError(f"the seed is {seed}: give a whole number, zero or more.")
    wanted = list(TABLES) if tables is None else [name for name in TABLES if name in tables]
    unknown = sorted(set(tables or ()) - set(TABLES))
    if unknown:
        raise ValueError(f"there is no table {unknown[0]!r}: the tables are {', '.join(TABLES)}.")
    out.mkdir(parents=True, exist_ok=True)
    world = World(seed, MAKERS | customers.INNER | leads.INNER | calendar.INNER | billing.INNER)
    written: list[Path] = []
    for name in wanted:
        frame = world.get(name)
        written.append(write_parquet(frame, SCHEMA[name], out / f"{name}.parquet"))
        if name == "jobs":
            written.append(write_csv(frame, SCHEMA[name], out / "jobs.csv"))
        if name == "calendar_events":
            path = out / "calendar_events.ics"
            path.write_bytes(calendar.as_ics(world))
            written.append(path)
    return written
