"""What models see: the experiment, the score's log, the training table."""

import numpy as np
import pandas as pd

from company.customers import OLD_PRICE, holders
from company.world import REGIONS, World, blank, days, money

# People in the usual arm and the pilot, and the share that renewed in each.
PILOT = {
    "North": ((640, 0.615), (150, 0.565)),
    "Coast": ((380, 0.745), (290, 0.700)),
    "Valley": ((150, 0.895), (560, 0.850)),
}


def experiment(world: World) -> pd.DataFrame:
    """F11: the pilot ran mostly where people renew anyway, so its lift turns when split by region."""
    rng = world.rng("experiment")
    people = holders(world)
    here = people[(days(people["joined_on"]) < np.datetime64("2025-06-01")) & (people["status"] != "closed")]
    parts = []
    for region in REGIONS:
        sizes = [int(rng.normal(size, size * 0.02)) for size, _ in PILOT[region]]
        local = here.loc[here["region"] == region, "customer_id"].to_numpy(dtype=object)
        sizes[int(np.argmax(sizes))] -= max(0, sum(sizes) - len(local))
        chosen = rng.permutation(local)[: sum(sizes)]
        for arm, size, (_, share) in zip(("usual", "pilot"), sizes, PILOT[region], strict=True):
            mine, chosen = chosen[:size], chosen[size:]
            # Counts near the stated share: a draw left free would lose the flip on one seed in ten.
            yes = round(size * (share + rng.normal(0, 0.005)))
            renewed = rng.permutation(np.arange(size) < yes).astype(int)
            cost = np.where(arm == "pilot", np.round(rng.normal(38, 6, size), 2), 0.0)
            parts.append(
                pd.DataFrame(
                    {"customer_id": mine, "region": region, "arm": arm, "renewed": renewed, "cost_eur": money(cost)}
                )
            )
    table = pd.concat(parts, ignore_index=True).sort_values("customer_id").reset_index(drop=True)
    table["assigned_on"] = np.busday_offset("2026-04-01", rng.integers(0, 40, len(table)))
    return table


def churn_scores(world: World) -> pd.DataFrame:
    """The log of `keep-1`. F10: fewer of its names are right from March 2026."""
    table = world.get("scored")
    people = holders(world)
    table = table.assign(
        customer_id=people["customer_id"].to_numpy(dtype=object)[table["life"]],
        region=people["region"].to_numpy(dtype=object)[table["life"]],
        model="keep-1",
    ).drop(columns="life")
    return table.sort_values(["scored_on", "customer_id"], kind="stable").reset_index(drop=True)


def churn_training(world: World) -> pd.DataFrame:
    """F09: a column filled in when someone leaves."""
    rng = world.rng("churn_training")
    people, lives = holders(world), world.get("lives")
    stop = np.datetime64("2025-06-30")
    closed = days(people["closed_on"])
    here = np.flatnonzero((days(people["joined_on"]) < stop - 60) & (np.isnat(closed) | (closed > stop)))
    people, lives, closed = people.iloc[here], lives.iloc[here], closed[here]
    count = len(people)
    churned = ~np.isnat(closed) & (closed <= stop + 365)
    # Sunniva keeps more than half of the leavers out for a later test, so that about one row in twelve is a leaver.
    keep = ~churned | (rng.random(count) < 0.42)
    people, lives, churned = people[keep], lives[keep], churned[keep]
    count = len(people)
    sign = 0.5 * lives["frailty"].to_numpy() + 0.55 * churned
    tier = people["plan_tier"].to_numpy(dtype=object)
    code = rng.choice(np.arange(1, 10), count, p=[0.26, 0.2, 0.15, 0.11, 0.09, 0.07, 0.06, 0.04, 0.02])
    filed = np.where(churned, rng.random(count) < 0.975, rng.random(count) < 0.011)
    return (
        pd.DataFrame(
            {
                "customer_id": people["customer_id"],
                "tenure_months": ((stop - days(people["joined_on"])).astype(int) // 30).astype(int),
                "tier": tier,
                "region": people["region"],
                "monthly_eur": [OLD_PRICE[t] for t in tier],
                "tickets_90d": rng.poisson(0.42 * np.exp(0.6 * sign)),
                "late_payments_12m": rng.poisson(0.3 * np.exp(0.55 * sign)),
                "jobs_12m": rng.poisson(1.35 * np.exp(-0.12 * sign)),
                "satisfaction": blank(
                    np.clip(np.round(7.5 - 0.8 * sign + rng.normal(0, 1.3, count)), 1, 10).astype(int),
                    rng.random(count) < 0.2,
                ),
                "uses_app": rng.random(count) < 1 / (1 + np.exp(0.3 + 0.5 * sign)),
                "cancel_reason_code": blank(code, ~filed),
                "churned": churned.astype(int),
            }
        )
        .sort_values("customer_id")
        .reset_index(drop=True)
    )
