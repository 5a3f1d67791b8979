"""Who decides, what is said and voted, and what each option costs and brings."""

import numpy as np
import pandas as pd

from company.customers import holders
from company.world import World, days, money

# id, name, formal, actual, status, started, decide by, budget, KPI, claimed, share evidenced or None
LIVE = (
    (
        "I01",
        "Churn and triage assistant",
        "Henrik Sand",
        "Mirela Vale",
        "proposed",
        "2026-06-15",
        "2026-11-26",
        95000,
        "90-day retention",
        240000,
        0.22,
    ),
    (
        "I02",
        "One price list for three regions",
        "Ines Kestrel",
        "Greta Lindqvist",
        "stalled",
        "2025-09-01",
        "2026-12-11",
        40000,
        "gross margin",
        310000,
        None,
    ),
    (
        "I03",
        "Self-service booking",
        "Mirela Vale",
        "Lena Brandt",
        "pilot",
        "2026-01-12",
        "2026-11-30",
        72000,
        "first reply time",
        90000,
        0.4,
    ),
    (
        "I04",
        "Agent that orders parts",
        "Farid Nasser",
        "Farid Nasser",
        "pilot",
        "2026-05-04",
        "2026-12-18",
        55000,
        "first-time fix",
        130000,
        0.1,
    ),
    (
        "I05",
        "New collector for payments",
        "Tom Adeyemi",
        "Tom Adeyemi",
        "running",
        "2026-03-02",
        "2026-10-01",
        30000,
        "days to cash",
        60000,
        0.8,
    ),
    (
        "I06",
        "Welcome visit",
        "Henrik Sand",
        "Aiko Tanabe",
        "pilot",
        "2026-04-01",
        "2026-11-12",
        85000,
        "renewals",
        280000,
        None,
    ),
    (
        "I07",
        "Leads from new campaigns",
        "Owen Marsh",
        "Ines Kestrel",
        "running",
        "2026-03-09",
        "2026-12-04",
        120000,
        "installations",
        400000,
        0.05,
    ),
    (
        "I08",
        "Ticket system, second phase",
        "Farid Nasser",
        "Lena Brandt",
        "running",
        "2026-02-02",
        "2027-01-29",
        64000,
        "first reply time",
        50000,
        0.6,
    ),
)
# person, employee, corner, votes
VOTERS = (
    ("Henrik Sand", "E015", "boss", 4),
    ("Ines Kestrel", "E001", "boss", 4),
    ("Tom Adeyemi", "E005", "boss", 3),
    ("Farid Nasser", "E006", "tech", 3),
    ("Sunniva Holt", "E008", "tech", 1),
    ("Beatrix Okoro", "E012", "tech", 2),
    ("Mirela Vale", "E007", "business", 3),
    ("Owen Marsh", "E003", "business", 2),
    ("Lena Brandt", "E004", "business", 2),
    ("Greta Lindqvist", "E009", "business", 1),
    ("Marco Pellegrini", "E010", "business", 1),
    ("Aiko Tanabe", "E011", "business", 1),
)
# For the first initiative the scene is fixed: a room full of yes.
FIRST = {
    "Henrik Sand": ("rest", "yes", "yes", True),
    "Ines Kestrel": ("push", "yes", "yes", False),
    "Tom Adeyemi": ("drag", "yes", "no", True),
    "Farid Nasser": ("push", "yes", "yes", True),
    "Sunniva Holt": ("drag", "no", "no", False),
    "Beatrix Okoro": ("rest", "yes", "no", False),
    "Mirela Vale": ("drag", "yes", "no", True),
    "Owen Marsh": ("push", "yes", "yes", False),
    "Lena Brandt": ("drag", "yes", "no", False),
    "Greta Lindqvist": ("rest", "yes", "yes", False),
    "Marco Pellegrini": ("drag", "no", "no", False),
    "Aiko Tanabe": ("rest", "yes", "yes", False),
}


def stakeholders(world: World) -> pd.DataFrame:
    """Twelve people in each initiative."""
    rng = world.rng("stakeholders")
    rows = []
    for live in LIVE:
        number, formal, actual = live[0], live[2], live[3]
        mood = rng.normal(0.25, 0.5)
        vetoes = {formal} | {
            ("Henrik Sand", "Ines Kestrel")[rng.integers(2)],
            ("Farid Nasser", "Beatrix Okoro")[rng.integers(2)],
            actual,
        }
        for person, employee, corner, weight in VOTERS:
            lean = mood + rng.normal(0, 0.8) + (0.8 if person == formal else 0)
            private = "yes" if lean > 0 else "no"
            public = "yes" if private == "yes" or rng.random() < 0.68 else "no"
            energy = "push" if lean > 0.75 else "drag" if lean < -0.1 else "rest"
            veto = person in vetoes
            if number == "I01":
                energy, public, private, veto = FIRST[person]
            rows.append(
                (
                    number,
                    person,
                    employee,
                    corner,
                    person == formal,
                    person == actual,
                    weight,
                    veto,
                    energy,
                    public,
                    private,
                )
            )
    columns = [
        "initiative_id",
        "person",
        "employee_id",
        "corner",
        "formal_decider",
        "actual_decider",
        "weight",
        "veto",
        "energy",
        "public_vote",
        "private_vote",
    ]
    return pd.DataFrame(rows, columns=columns)


def initiatives(world: World) -> pd.DataFrame:
    """Eight live initiatives; money varies a little by seed."""
    rng = world.rng("initiatives")
    columns = [
        "initiative_id",
        "name",
        "formal_decider",
        "actual_decider",
        "status",
        "started_on",
        "decide_by",
        "budget_eur",
        "kpi",
        "claimed_eur",
        "share",
    ]
    table = pd.DataFrame(LIVE, columns=columns)
    table["started_on"], table["decide_by"] = (
        days(table["started_on"].to_numpy(dtype=str)),
        days(table["decide_by"].to_numpy(dtype=str)),
    )
    spent = {"proposed": 0.08, "stalled": 0.35, "pilot": 0.45, "running": 0.8}
    table["budget_eur"] = np.round(table["budget_eur"] * rng.normal(1, 0.03, 8) / 500) * 500.0
    table["spent_eur"] = (
        np.round(table["budget_eur"] * [spent[s] for s in table["status"]] * rng.normal(1, 0.08, 8) / 10) * 10
    )
    table["claimed_eur"] = np.round(table["claimed_eur"] * rng.normal(1, 0.04, 8) / 1000) * 1000.0
    table["evidenced_eur"] = np.round(table["claimed_eur"] * table["share"].astype(float) / 100) * 100
    people = int((holders(world)["status"] != "closed").sum())
    first = table["initiative_id"] == "I01"
    table["customers_in_scope"] = np.where(table["initiative_id"].isin(["I01", "I06"]), float(people), np.nan)
    # One point of 90-day retention is a third of a point a month; a customer kept is worth 330 EUR: a year's margin
    # and a share of the next job.
    table["value_per_point_month_eur"] = np.where(first, np.round(people / 100 / 3 * 330 / 10) * 10, np.nan)
    table["latency_limit_s"] = np.where(first, 4.0, np.where(table["initiative_id"] == "I04", 30.0, np.nan))
    return table.drop(columns="share")


def vendor_quotes(world: World) -> pd.DataFrame:
    """Build, buy or wait, month by month, for I01 (W23)."""
    rng = world.rng("vendor_quotes")
    wobble = {name: rng.normal(1, 0.025) for name in ("one_off", "fee", "saving", "uplift")}
    # What Farid promises and what his team costs follow nobody's price list, so the adoption that flips is another
    # one in each company.
    own_promise, own_team = rng.uniform(1.0, 1.16), rng.uniform(0.93, 1.05)
    rows = []
    for option, vendor in (("build", "in-house"), ("buy", "Brightloop"), ("wait", "open")):
        for month in range(1, 13):
            if option == "build":
                live = max(0, month - 3)
                one_off = {1: 18000, 2: 12000}.get(month, 0)
                fee = (2600 if month <= 3 else 2100) * own_team
                saving = (0, 2600, 4400, 5600, 6200)[min(live, 4)]
                uplift, adoption = (0, 0.7, 1.4, 2.1, 2.5)[min(live, 4)] * own_promise, 0.85 if live else 0.0
                slow, lost = (2.6, 0.04) if live else (0.0, 0.0)
                compliance = 1500 if month == 3 else 400
            elif option == "buy":
                one_off, fee = (4000 if month == 1 else 0), 1900 if month <= 3 else 4600
                saving = (2900, 4500, 5600, 6100)[min(month, 4) - 1]
                uplift, adoption = (0.7, 1.3, 1.7, 1.9)[min(month, 4) - 1], 0.6
                slow, lost, compliance = 7.8, 0.28, 3000 if month == 1 else 950
            else:
                live = max(0, month - 6)
                one_off, fee = (2500 if month == 7 else 0), 2500 if live else 0
                saving = (0, 1800, 3400, 4300)[min(live, 3)]
                uplift, adoption = (0, 0.6, 1.1, 1.4)[min(live, 3)], 0.6 if live else 0.0
                slow, lost = (5.2, 0.15) if live else (0.0, 0.0)
                compliance = 1200 if month == 7 else 500 if live else 0
            rows.append(
                (
                    "I01",
                    option,
                    vendor,
                    month,
                    round(one_off * wobble["one_off"], -1),
                    round(fee * wobble["fee"], -1),
                    round(saving * wobble["saving"], -1),
                    round(uplift * wobble["uplift"], 2),
                    adoption,
                    slow,
                    lost,
                    float(compliance),
                )
            )
    columns = [
        "initiative_id",
        "option",
        "vendor",
        "month",
        "one_off_eur",
        "monthly_eur",
        "saving_eur",
        "uplift_points",
        "adoption",
        "p95_latency_s",
        "latency_loss",
        "compliance_eur",
    ]
    table = pd.DataFrame(rows, columns=columns)
    for column in ("one_off_eur", "monthly_eur", "saving_eur", "compliance_eur"):
        table[column] = money(table[column])
    return table
