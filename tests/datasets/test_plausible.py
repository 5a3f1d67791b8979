"""The data would not surprise a reader in the trade."""

import csv
import math
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
KEYS = {
    "customers": "customer_id",
    "leads": "lead_id",
    "funnel_events": "event_id",
    "quotes": "quote_id",
    "jobs": "job_id",
    "plans": "plan_id",
    "invoices": "invoice_id",
    "payments": "payment_id",
    "tickets": "ticket_id",
    "employees": "employee_id",
    "initiatives": "initiative_id",
    "calendar_events": "event_id",
    "experiment": "customer_id",
    "churn_training": "customer_id",
    "ticket_labels": "ticket_id",
    "vendor_calls": "call_id",
    "incidents": "incident_id",
    "agent_log": "step_id",
    "stakeholders": "initiative_id, person",
    "churn_scores": "scored_on, customer_id",
    "vendor_quotes": "option, month",
    "data_inventory": "table_name, column_name",
}
JOINS = [
    ("customers.referred_by", "customers.customer_id"),
    ("leads.customer_id", "customers.customer_id"),
    ("leads.assigned_to", "employees.employee_id"),
    ("funnel_events.lead_id", "leads.lead_id"),
    ("quotes.lead_id", "leads.lead_id"),
    ("quotes.customer_id", "customers.customer_id"),
    ("quotes.seller_id", "employees.employee_id"),
    ("jobs.customer_id", "customers.customer_id"),
    ("jobs.quote_id", "quotes.quote_id"),
    ("jobs.engineer_id", "employees.employee_id"),
    ("plans.customer_id", "customers.customer_id"),
    ("invoices.customer_id", "customers.customer_id"),
    ("invoices.plan_id", "plans.plan_id"),
    ("invoices.job_id", "jobs.job_id"),
    ("payments.invoice_id", "invoices.invoice_id"),
    ("tickets.customer_id", "customers.customer_id"),
    ("tickets.job_id", "jobs.job_id"),
    ("tickets.agent_id", "employees.employee_id"),
    ("employees.manager_id", "employees.employee_id"),
    ("stakeholders.initiative_id", "initiatives.initiative_id"),
    ("stakeholders.employee_id", "employees.employee_id"),
    ("stakeholders.person", "employees.name"),
    ("experiment.customer_id", "customers.customer_id"),
    ("churn_scores.customer_id", "plans.customer_id"),
    ("churn_training.customer_id", "plans.customer_id"),
    ("ticket_labels.ticket_id", "tickets.ticket_id"),
    ("vendor_calls.ticket_id", "tickets.ticket_id"),
    ("vendor_quotes.initiative_id", "initiatives.initiative_id"),
    ("agent_log.ticket_id", "tickets.ticket_id"),
    ("incidents.owner", "employees.name"),
    ("data_inventory.owner", "employees.name"),
    ("initiatives.actual_decider", "employees.name"),
]
DECIDES = (
    "SELECT option, sum({}) FROM vendor_quotes JOIN initiatives USING (initiative_id) WHERE month <= {} GROUP BY 1"
)
CASH = "saving_eur - one_off_eur - monthly_eur"
KPI = "uplift_points * adoption * (1 - latency_loss) * value_per_point_month_eur - compliance_eur"


def dictionary() -> dict[str, dict[str, str]]:
    """Tables, columns and types as datasets/README.md states them."""
    kinds = {
        "text": "VARCHAR",
        "int": "INTEGER",
        "double": "DOUBLE",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "boolean": "BOOLEAN",
    }
    found: dict[str, dict[str, str]] = {}
    part = (
        (DATASETS / "README.md")
        .read_text(encoding="utf-8")
        .split("## Data dictionary")[1]
        .split("## The flaw ledger")[0]
    )
    for section in re.split(r"^### ", part, flags=re.M)[1:]:
        table = section.split(":")[0]
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines()
            if line.startswith("|")
        ]
        found[table] = {name.strip(): kinds[row[1]] for row in rows[2:] for name in row[0].split(",")}
    return found


def test_the_dictionary_states_every_column_and_its_type(company):
    for table, columns in dictionary().items():
        described = {row[0]: row[1] for row in company.rows(f"DESCRIBE {table}")}
        assert described == columns, table
    assert sorted(dictionary()) == sorted(path.stem for path in company.folder.glob("*.parquet"))


def test_a_column_without_a_stated_meaning_of_empty_is_never_empty(company):
    text = (DATASETS / "README.md").read_text(encoding="utf-8")
    for table, columns in dictionary().items():
        section = text.split(f"### {table}:")[1].split("### ")[0].lower()
        for column in columns:
            (line,) = [row for row in section.splitlines() if re.match(rf"\|[^|]*\b{column}\b[^|]*\|", row)][:1]
            empty = company.value(f'SELECT count(*) FROM {table} WHERE "{column}" IS NULL')
            assert not empty or "empty" in line, f"{table}.{column}: {empty} empty"


def test_the_words_of_a_column_are_the_words_of_the_dictionary(company):
    text = (DATASETS / "README.md").read_text(encoding="utf-8")
    for table, column in (
        ("customers", "status"),
        ("customers", "account_type"),
        ("customers", "plan_tier"),
        ("customers", "region"),
        ("leads", "campaign"),
        ("leads", "channel"),
        ("leads", "product"),
        ("funnel_events", "stage"),
        ("quotes", "status"),
        ("jobs", "kind"),
        ("jobs", "status"),
        ("plans", "end_reason"),
        ("invoices", "status"),
        ("payments", "part"),
        ("payments", "method"),
        ("tickets", "category"),
        ("tickets", "channel"),
        ("tickets", "rule_fired"),
        ("employees", "department"),
        ("stakeholders", "energy"),
        ("calendar_events", "kind"),
        ("churn_scores", "call_outcome"),
        ("vendor_calls", "product"),
        ("incidents", "system"),
        ("agent_log", "action"),
    ):
        section = text.split(f"### {table}:")[1].split("### ")[0]
        (line,) = [row for row in section.splitlines() if row.startswith(f"| {column} |")] or [section]
        used = {row[0] for row in company.rows(f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" IS NOT NULL')}
        assert used <= set(re.findall(r"`([^`]+)`", line)), f"{table}.{column}"


@pytest.mark.parametrize("table", KEYS)
def test_a_key_is_unique(company, table):
    assert company.value(f"SELECT count(*) - count(DISTINCT ({KEYS[table]})) FROM {table}") == 0


def test_every_foreign_key_finds_its_row(company):
    for source, target in JOINS:
        (table, column), (other, key) = source.split("."), target.split(".")
        lost = company.value(
            f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {other})"
        )
        assert lost == 0, f"{lost} of {source} are not in {target}"


def test_the_three_counts_of_customers_are_several_engineers_apart(company):
    every, active, pays = company.rows(
        "SELECT count(*), count(*) FILTER (status = 'active'), "
        "count(*) FILTER (status IN ('active', 'paused') AND account_type <> 'test') FROM customers"
    )[0]
    assert 4900 <= every <= 5200
    assert every // 400 - active // 400 >= 3
    assert active < pays < every


def test_names_of_customers_join_to_plans_only_for_people(company):
    without = company.value("SELECT count(*) FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM plans)")
    twins = company.value(
        "SELECT count(email) - count(DISTINCT lower(trim(email))) FROM customers WHERE account_type <> 'test'"
    )
    tests = company.value("SELECT count(*) FROM customers WHERE account_type = 'test'")
    assert without == twins + tests


def test_plans_follow_one_another_without_gap_and_end_with_their_customer(company):
    gaps = company.value(
        "SELECT count(*) FROM (SELECT ended_on, lead(started_on) OVER (PARTITION BY customer_id "
        "ORDER BY started_on) AS next FROM plans) "
        "WHERE next IS NOT NULL AND next <> ended_on + 1"
    )
    assert gaps == 0
    odd = company.value(
        "SELECT count(*) FROM plans p JOIN customers c USING (customer_id) WHERE (p.end_reason = "
        "'left') <> (p.ended_on IS NOT DISTINCT FROM c.closed_on) AND c.closed_on IS NOT NULL"
    )
    assert odd == 0
    assert company.value("SELECT count(*) FROM plans WHERE ended_on < started_on") == 0


def test_heating_breaks_in_winter_and_solar_is_asked_for_in_summer(company):
    repairs = "SELECT count(*) FROM jobs WHERE kind = 'repair' AND status = 'done' AND month(scheduled_on) IN "
    assert company.value(f"{repairs} (12, 1, 2)") > 3 * company.value(f"{repairs} (6, 7, 8)")
    quarters = dict(
        company.rows(
            "SELECT quarter(created_at), avg((product = 'solar')::INT) FROM leads WHERE form_seconds > 3 "
            "OR form_seconds IS NULL GROUP BY 1"
        )
    )
    assert quarters[2] > 2.5 * quarters[4]
    heat = dict(
        company.rows(
            "SELECT month(opened_at) IN (12, 1, 2), count(*) FROM tickets WHERE category = 'no heat' GROUP BY 1"
        )
    )
    assert heat[True] > 0.7 * heat[False], "three months against nine"


def test_few_jobs_fall_on_weekends_and_only_repairs(company):
    assert company.value("SELECT count(*) FROM jobs WHERE isodow(scheduled_on) > 5 AND kind <> 'repair'") == 0
    assert 0.005 < company.value("SELECT avg((isodow(scheduled_on) > 5)::INT) FROM jobs WHERE kind = 'repair'") < 0.06


def test_work_is_done_in_working_hours(company):
    assert (
        company.value("SELECT avg((hour(started_at) BETWEEN 7 AND 18)::INT) FROM jobs WHERE started_at IS NOT NULL")
        > 0.99
    )
    assert company.value("SELECT count(*) FROM jobs WHERE finished_at <= started_at") == 0
    assert company.value("SELECT count(*) FROM jobs WHERE booked_on > scheduled_on") == 0
    phone = "SELECT avg((isodow(opened_at) > 5)::INT) FROM tickets WHERE channel = 'phone'"
    assert company.value(phone) < 0.12
    assert (
        company.value("SELECT avg((hour(happened_at) BETWEEN 7 AND 18)::INT) FROM funnel_events WHERE stage = 'quoted'")
        > 0.95
    )


def test_quotes_keep_to_a_price_list(company):
    bounds = {
        "heat pump": (11900, 17100),
        "boiler": (3490, 5700),
        "insulation": (2900, 9500),
        "solar": (7900, 15000),
        "ev charger": (1290, 2600),
    }
    for product, low, high, sizes in company.rows(
        "SELECT product, min(list_eur), max(list_eur), count(DISTINCT list_eur) FROM quotes GROUP BY 1"
    ):
        assert bounds[product][0] <= low <= high <= bounds[product][1], product
        assert sizes < 60, "a price list has few prices"
    assert company.value("SELECT max(abs(list_eur - discount_eur - amount_eur)) FROM quotes") < 0.005
    assert 0.7 < company.value("SELECT median(price_eur / amount_eur) FROM jobs JOIN quotes USING (quote_id)") < 1.3
    assert company.value("SELECT max(discount_eur / list_eur) FROM quotes") < 0.1


def test_customers_come_back_and_not_evenly(company):
    counts = [row[0] for row in company.rows("SELECT count(*) FROM jobs WHERE kind = 'repair' GROUP BY customer_id")]
    assert sum(count > 1 for count in counts) > 0.2 * len(counts)
    assert max(counts) >= 5
    again = company.value(
        "SELECT count(*) FROM quotes q JOIN customers c USING (customer_id) WHERE q.status = "
        "'accepted' AND q.quoted_on > c.joined_on + 60"
    )
    assert again > 200


def test_wages_and_headcount_are_those_of_such_a_firm(company):
    assert company.value("SELECT count(*) FROM employees WHERE left_on IS NULL") == 180
    low, middle, high = company.rows("SELECT min(salary_eur), median(salary_eur), max(salary_eur) FROM employees")[0]
    assert 26000 < low < middle < high < 200000
    assert 36000 < middle < 50000
    assert company.value("SELECT count(*) FROM employees WHERE left_on < hired_on") == 0
    assert company.value("SELECT count(*) FROM employees WHERE role = 'service engineer' AND left_on IS NULL") in (
        11,
        12,
        13,
    )


def test_nobody_works_before_being_hired_or_outside_their_region(company):
    for table, column, moment in (
        ("jobs", "engineer_id", "scheduled_on"),
        ("tickets", "agent_id", "closed_at"),
        ("leads", "assigned_to", "created_at"),
    ):
        early = f"SELECT count(*) FROM {table} JOIN employees ON {column} = employee_id WHERE hired_on > {moment}"
        assert company.value(early) == 0, table
    away = "SELECT count(*) FROM jobs j JOIN employees e ON engineer_id = employee_id WHERE j.region <> e.region"
    assert company.value(away) == 0


def test_money_adds_up(company):
    assert company.value("SELECT max(abs(vat - amount / 6)) FROM invoices") < 0.006
    apart = company.value(
        "SELECT max(abs(i.amount - p.paid)) FROM invoices i JOIN (SELECT invoice_id, sum(amount) AS "
        "paid FROM payments GROUP BY 1) p USING (invoice_id) WHERE status = 'paid'"
    )
    assert apart < 0.011
    unpaid = (
        "SELECT count(*) FROM invoices WHERE status = 'paid' AND invoice_id NOT IN (SELECT invoice_id FROM payments)"
    )
    assert company.value(unpaid) == 0
    assert company.value("SELECT avg((status <> 'paid')::INT) FROM invoices WHERE issued_on < '2026-09-01'") < 0.03
    assert (
        company.value("SELECT count(*) FROM payments JOIN invoices USING (invoice_id) WHERE paid_on < issued_on") == 0
    )


def test_one_invoice_is_paid_in_part_and_open_for_the_rest(company):
    """W3: without it nobody could tell "billed less paid" from "billed, of those that are not paid"."""
    parts = company.rows(
        "SELECT strftime(issued_on, '%Y-%m'), i.kind, count(*), sum(p.amount) / i.amount FROM invoices i "
        "JOIN payments p USING (invoice_id) WHERE status <> 'paid' GROUP BY invoice_id, issued_on, i.kind, i.amount"
    )
    assert [part[:3] for part in parts] == [("2026-10", "job", 2)]
    assert abs(parts[0][3] - 0.3) < 0.001


def test_stages_of_the_funnel_come_in_order(company):
    wrong = company.value(
        "WITH s AS (SELECT *, "
        "list_position(['lead','contacted','surveyed','quoted','accepted','installed'], stage) AS "
        "place FROM funnel_events), "
        "n AS (SELECT place - lag(place, 1, 0) OVER w AS step, happened_at < lag(happened_at) OVER w "
        "AS back FROM s WINDOW w AS (PARTITION BY lead_id ORDER BY place)) "
        "SELECT count(*) FROM n WHERE step <> 1 OR back"
    )
    assert wrong == 0


def test_a_score_means_something(company):
    deciles = [
        row[0]
        for row in company.rows(
            "SELECT avg(churned_90d) FROM churn_scores WHERE churned_90d IS NOT NULL GROUP BY "
            "floor(score * 5) ORDER BY floor(score * 5)"
        )
    ]
    assert deciles == sorted(deciles)
    assert deciles[-1] > 6 * deciles[0]
    latest = "FROM churn_scores WHERE scored_on = '2026-08-01'"
    names, base, precision, recall = company.rows(
        "SELECT count(*) FILTER (score >= 0.7), avg(churned_90d), avg(churned_90d) FILTER (score >= "
        f"0.7), sum(churned_90d) FILTER (score >= 0.7) / sum(churned_90d) {latest}"
    )[0]
    assert 740 <= names <= 860
    assert 0.065 <= base <= 0.10
    assert 0.23 <= precision <= 0.33
    assert 0.68 <= recall <= 0.85
    assert company.value("SELECT max(scored_on)::TEXT FROM churn_scores WHERE churned_90d IS NOT NULL") == "2026-08-01"


def test_calls_save_about_three_leavers_in_ten(company):
    saved, lost, staying = company.rows(
        "SELECT count(*) FILTER (call_outcome = 'saved'), count(*) FILTER (call_outcome = 'lost'), "
        "count(*) FILTER (call_outcome = 'was staying') FROM churn_scores WHERE called"
    )[0]
    assert 0.25 <= saved / (saved + lost) <= 0.38
    assert saved + lost + staying > 1300
    assert (
        company.value("SELECT count(*) FROM churn_scores WHERE call_outcome IN ('saved', 'lost') AND churned_90d <> 1")
        == 0
    )
    assert company.value("SELECT count(*) FROM churn_scores WHERE called AND score < 0.7") == 0


def test_a_label_agrees_with_the_customers_who_left(company):
    left = company.value(
        "SELECT count(*) FROM churn_scores s JOIN customers c USING (customer_id) WHERE churned_90d "
        "= 0 AND c.closed_on <= s.scored_on + 90"
    )
    assert left < 0.003 * company.value("SELECT count(*) FROM churn_scores")


def test_false_alarms_cluster_in_coast(company):
    share = dict(
        company.rows(
            "SELECT region, avg((score >= 0.7)::INT) FROM churn_scores WHERE scored_on = '2026-08-01' "
            "AND churned_90d = 0 GROUP BY 1"
        )
    )
    assert share["Coast"] > 2.5 * max(share["North"], share["Valley"])


def test_the_cheapest_threshold_lies_inside_the_scale(company):
    costs = company.rows(
        "SELECT t, count(*) FILTER (score >= t AND churned_90d = 0) * 18 + count(*) FILTER (score < "
        "t AND churned_90d = 1) * 240 AS cost "
        "FROM churn_scores, (SELECT unnest(range(2, 20)) / 20 AS t) WHERE scored_on = '2026-08-01' "
        "GROUP BY 1 ORDER BY cost"
    )
    assert 0.4 <= costs[0][0] <= 0.85


def test_each_limit_of_the_monday_report_is_broken_in_some_weeks(company):
    weeks = {
        "on time": company.rows(
            "SELECT avg((late_minutes <= 15)::INT) < 0.85 FROM jobs WHERE status = 'done' GROUP BY "
            "date_trunc('week', scheduled_on)"
        ),
        "first fix": company.rows(
            "SELECT avg(first_time_fix::INT) < 0.80 FROM jobs WHERE first_time_fix IS NOT NULL GROUP BY "
            "date_trunc('week', scheduled_on)"
        ),
        "reply": company.rows(
            "SELECT median(epoch(first_reply_at - opened_at)) / 3600 > 8 FROM tickets GROUP BY "
            "date_trunc('week', opened_at)"
        ),
    }
    for name, found in weeks.items():
        assert len(found) == 105, name
        assert 4 <= sum(broken for (broken,) in found) <= 32, name


def test_buy_wins_three_months_and_build_wins_the_year(company):
    quarter = dict(company.rows(DECIDES.format(CASH, 3)))
    year = dict(company.rows(DECIDES.format(KPI, 12)))
    both = dict(company.rows(DECIDES.format(f"{CASH} + {KPI}", 12)))
    assert quarter["buy"] > 1500
    assert quarter["buy"] > quarter["wait"] > quarter["build"]
    assert quarter["build"] < -25000
    for values in (year, both):
        assert values["build"] > values["buy"] > values["wait"]
    assert 1.5 <= year["build"] / year["buy"] <= 4
    assert 1.05 <= both["build"] / both["buy"] <= 2


def test_an_adoption_of_build_exists_at_which_the_ranking_turns(company):
    year, both = dict(company.rows(DECIDES.format(KPI, 12))), dict(company.rows(DECIDES.format(f"{CASH} + {KPI}", 12)))
    full = dict(company.rows(DECIDES.format("uplift_points * (1 - latency_loss) * value_per_point_month_eur", 12)))[
        "build"
    ]
    for values in (year, both):
        turns = 0.85 - (values["build"] - values["buy"]) / full
        assert 0.3 <= turns <= 0.75


def test_the_adoption_at_which_the_ranking_turns_is_another_one_in_each_company(make):
    turns = set()
    for seed in (7, 11, 991):
        both = dict(make(seed).rows(DECIDES.format(f"{CASH} + {KPI}", 12)))
        full = dict(
            make(seed).rows(DECIDES.format("uplift_points * (1 - latency_loss) * value_per_point_month_eur", 12))
        )
        turns.add(math.ceil(85 - 100 * (both["build"] - both["buy"]) / full["build"]))
    assert len(turns) == 3


def test_no_product_of_the_vendor_is_best_and_one_is_dominated(company):
    found = {
        row[0]: row[1:]
        for row in company.rows(
            "SELECT product, median(latency_ms), sum(cost_eur) / count(*) FILTER (solved), "
            "-avg(solved::INT) FROM vendor_calls GROUP BY 1"
        )
    }
    assert all(mine > other for mine, other in zip(found["relay"], found["atlas"], strict=True))
    assert found["swift"][0] < found["atlas"][0] < found["iris"][0]
    assert found["swift"][1] < found["atlas"][1] < found["iris"][1]
    assert found["iris"][2] < found["atlas"][2] < found["swift"][2]


def test_the_room_says_yes_and_the_notes_say_something_else(company):
    public, private = company.rows(
        "SELECT avg((public_vote = 'yes')::INT), avg((private_vote = 'yes')::INT) FROM stakeholders "
        "WHERE initiative_id = 'I01'"
    )[0]
    assert public > private + 0.25
    assert (
        company.rows(
            "SELECT sum(formal_decider::INT), sum(actual_decider::INT) FROM stakeholders GROUP BY initiative_id"
        )
        == [(1, 1)] * 8
    )
    assert company.value("SELECT count(*) FROM initiatives WHERE formal_decider <> actual_decider") >= 4


def test_the_closed_loop_pilot_keeps_some(company):
    left = dict(
        company.rows(
            "SELECT held_out, avg(coalesce(closed_on <= opened_at::DATE + 45, false)::INT) FROM tickets "
            "JOIN customers USING (customer_id) WHERE rule_fired = 'said cancel' GROUP BY 1"
        )
    )
    assert left[True] > left[False] + 0.03
    assert (
        company.value(
            "SELECT count(*) FROM tickets WHERE (action IS NOT NULL) AND (held_out OR rule_fired IS NULL "
            "OR action_at IS NULL)"
        )
        == 0
    )


def test_what_left_the_building_stands_in_the_inventory_with_gaps(company):
    sent = "SELECT DISTINCT unnest(string_split(columns_sent, ',')) AS item FROM vendor_calls"
    assert (
        company.value(
            f"SELECT count(*) FROM ({sent}) WHERE item NOT IN (SELECT table_name || '.' || column_name "
            "FROM data_inventory)"
        )
        == 0
    )
    gaps = company.value(
        f"SELECT count(*) FROM ({sent}) JOIN data_inventory ON item = table_name || '.' || "
        "column_name WHERE personal <> 'no' AND basis IS NULL"
    )
    assert gaps >= 1
    assert 0.1 < company.value("SELECT avg((processed_in = 'us-east')::INT) FROM vendor_calls") < 0.4


def test_the_calendar_file_unfolds_to_the_table(company):
    calendar = icalendar.Calendar.from_ical((company.folder / "calendar_events.ics").read_bytes())
    found: dict[tuple, str] = {}
    changed: dict[tuple, str] = {}
    for event in calendar.walk("VEVENT"):
        key = (str(event["summary"]), event.decoded("dtstart"))
        status = str(event.get("status", "CONFIRMED")).lower()
        if "rrule" in event:
            rule = event["rrule"]
            day = event.decoded("dtstart")
            while day <= rule["until"][0].replace(tzinfo=None):
                found[(key[0], day)] = status
                day += timedelta(weeks=int(rule["interval"][0]))
        else:
            changed[key] = status
    table = {
        (title, start): status
        for title, start, status in company.rows(
            "SELECT title, starts_at, status FROM calendar_events ORDER BY event_id"
        )
    }
    assert found | changed == table
    said = sum(event.get("description", "").startswith("Decided: ") for event in calendar.walk("VEVENT"))
    assert said == company.value("SELECT count(decision) FROM calendar_events")


def test_the_csv_of_jobs_is_the_table_of_jobs(company):
    with (company.folder / "jobs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(dictionary()["jobs"])
    differ = company.value(
        f"SELECT count(*) FROM (FROM jobs EXCEPT ALL FROM read_csv('{company.folder / 'jobs.csv'}'))"
    )
    assert (differ, len(rows) - 1) == (0, company.value("SELECT count(*) FROM jobs"))


def test_every_seed_gives_the_same_files_with_other_numbers(company, seven):
    assert len(list(company.folder.iterdir())) == 24
    same = (company.folder / "jobs.parquet").read_bytes() == (seven.folder / "jobs.parquet").read_bytes()
    assert same == (company.seed == 7)


def test_the_same_seed_gives_the_same_bytes_in_another_process(seven, tmp_path):
    begin = time.monotonic()
    command = [sys.executable, str(DATASETS / "build.py"), "--seed", "7", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env={"PYTHONHASHSEED": "123"})
    assert time.monotonic() - begin < 30
    for path in seven.folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 12_000_000


def test_the_files_for_seed_seven_in_the_repository_are_what_the_generator_makes(seven):
    kept = DATASETS / "seed7"
    assert sorted(path.name for path in kept.iterdir()) == sorted(path.name for path in seven.folder.iterdir())
    for path in seven.folder.iterdir():
        assert path.read_bytes() == (kept / path.name).read_bytes(), path.name


def test_one_table_alone_is_the_same_as_among_all(seven, build, tmp_path):
    build(7, tmp_path, {"jobs", "churn_scores"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn_scores.parquet", "jobs.csv", "jobs.parquet"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (seven.folder / path.name).read_bytes(), path.name


def test_an_unknown_table_gets_one_sentence(build, tmp_path):
    with pytest.raises(ValueError, match="there is no table 'cutsomers'"):
        build(7, tmp_path, {"cutsomers"})
    with pytest.raises(ValueError, match="the seed is -1"):
        build(-1, tmp_path)
