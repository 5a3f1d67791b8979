"""Every flaw of the ledger in datasets/README.md is in the files, around its stated size, on every seed."""

from itertools import pairwise


def test_f01_about_two_customers_in_a_hundred_are_there_twice(company):
    again = company.value("SELECT count(*) - count(DISTINCT lower(trim(email))) FROM customers WHERE email IS NOT NULL")
    assert 0.017 <= again / company.value("SELECT count(*) FROM customers") <= 0.025
    exact = company.value("SELECT count(*) - count(DISTINCT email) FROM customers WHERE email IS NOT NULL")
    assert exact == 3, "nearly all twins must differ by case or space, or nobody needs to normalise"


def test_f01_second_accounts_are_neither_the_respellings_alone_nor_those_of_the_whole_file(company):
    normalised = "count(DISTINCT lower(trim(email)))"
    ours = "SELECT {} FROM customers WHERE account_type <> 'test'"
    again = company.value(ours.format(f"count(email) - {normalised}"))
    assert company.value(ours.format(f"count(DISTINCT email) - {normalised}")) == again - 3
    assert company.value(f"SELECT count(email) - {normalised} FROM customers") == again + 1


def test_f01_a_pair_has_one_name_and_one_region(company):
    other = company.value(
        "SELECT count(*) FROM customers a JOIN customers b ON lower(trim(a.email)) = lower(trim(b.email)) "
        "AND a.customer_id < b.customer_id WHERE lower(trim(a.name)) <> lower(trim(b.name)) OR a.region <> b.region"
    )
    assert other == 0


def test_f02_satisfaction_is_empty_for_eighteen_in_a_hundred_and_more_often_for_the_unhappy(company):
    assert 0.155 <= company.value("SELECT avg((satisfaction IS NULL)::INT) FROM customers") <= 0.205
    left, here = company.rows(
        "SELECT avg((satisfaction IS NULL)::INT) FROM customers GROUP BY status = 'closed' ORDER BY "
        "status = 'closed' DESC"
    )
    assert left[0] > here[0] + 0.015


def test_f02_empty_means_not_applicable_exactly_where_nothing_applies(company):
    assert company.value("SELECT count(*) FROM customers WHERE (closed_on IS NULL) <> (status <> 'closed')") == 0
    assert company.value("SELECT count(*) FROM jobs WHERE quote_id IS NOT NULL AND kind <> 'install'") == 0
    assert company.value("SELECT count(*) FROM invoices WHERE (plan_id IS NULL) = (job_id IS NULL)") == 0
    assert 0.03 <= company.value("SELECT avg((customer_id IS NULL)::INT) FROM tickets") <= 0.05


def test_f03_test_accounts_are_under_one_in_a_hundred_and_in_every_status(company):
    share = company.value("SELECT avg((account_type = 'test')::INT) FROM customers")
    assert 0.004 <= share <= 0.009
    assert company.value("SELECT count(DISTINCT status) FROM customers WHERE account_type = 'test'") == 3
    for table in ("plans", "jobs", "invoices", "tickets", "churn_scores"):
        used = f"SELECT count(*) FROM {table} JOIN customers USING (customer_id) WHERE account_type = 'test'"
        assert company.value(used) == 0, table


def test_f04_cancelled_jobs_keep_their_price(company):
    assert 0.05 <= company.value("SELECT avg((status = 'cancelled')::INT) FROM jobs") <= 0.10
    assert company.value("SELECT avg((price_eur > 0)::INT) FROM jobs WHERE status = 'cancelled'") >= 0.85


def test_f04_the_dearest_region_changes_when_cancelled_jobs_go(company):
    mean = dict(company.rows("SELECT region, avg(price_eur) FROM jobs GROUP BY 1"))
    real = dict(company.rows("SELECT region, avg(price_eur) FROM jobs WHERE status <> 'cancelled' GROUP BY 1"))
    done = dict(company.rows("SELECT region, avg(price_eur) FROM jobs WHERE status = 'done' GROUP BY 1"))
    assert mean["Valley"] > 1.03 * max(mean["North"], mean["Coast"])
    for after in (real, done):
        assert after["Coast"] > 1.03 * max(after["North"], after["Valley"])


def test_f04_the_mean_hides_that_north_pays_most_for_the_usual_job(company):
    mean = dict(company.rows("SELECT region, avg(price_eur) FROM jobs GROUP BY 1"))
    median = dict(company.rows("SELECT region, median(price_eur) FROM jobs GROUP BY 1"))
    assert min(mean, key=mean.get) == "North"
    assert median["North"] > 1.05 * max(median["Coast"], median["Valley"])


def test_f04_like_with_like_north_is_dearest_and_installs_least(company):
    kept = "FROM jobs WHERE status <> 'cancelled'"
    for kind in ("service", "repair"):
        median = dict(company.rows(f"SELECT region, median(price_eur) {kept} AND kind = '{kind}' GROUP BY 1"))
        assert median["North"] > 1.05 * max(median["Coast"], median["Valley"]), kind
    share = dict(company.rows(f"SELECT region, avg((kind = 'install')::INT) {kept} GROUP BY 1"))
    mean = dict(company.rows(f"SELECT region, avg(price_eur) {kept} GROUP BY 1"))
    assert min(share, key=share.get) == min(mean, key=mean.get) == "North"


def test_f05_one_region_is_billed_in_kroner_for_one_quarter(company):
    found = company.rows(
        "SELECT DISTINCT region, date_trunc('quarter', issued_on)::DATE::TEXT FROM invoices WHERE currency = 'DKK'"
    )
    assert found == [("North", "2025-07-01")]
    inside = "region = 'North' AND issued_on BETWEEN '2025-07-01' AND '2025-09-30'"
    assert company.value(f"SELECT count(*) FROM invoices WHERE {inside} AND currency = 'EUR'") == 0
    kroner = company.value(f"SELECT median(amount) FROM invoices WHERE {inside} AND kind = 'plan'")
    euros = company.value(
        "SELECT median(amount) FROM invoices WHERE kind = 'plan' AND region = 'North' AND "
        "year(issued_on) = 2025 AND currency = 'EUR'"
    )
    assert 6.5 <= kroner / euros <= 8.5
    assert (
        company.value(
            "SELECT count(*) FROM payments p JOIN invoices i USING (invoice_id) WHERE p.currency <> i.currency"
        )
        == 0
    )


def test_f06_the_join_doubles_the_revenue_of_october_2026_and_of_no_month_before(company):
    months = company.rows(
        "WITH i AS (SELECT *, strftime(issued_on, '%Y-%m') AS month FROM invoices), "
        "j AS (SELECT month, sum(i.amount) AS joined FROM i JOIN payments USING (invoice_id) GROUP BY 1), "
        "t AS (SELECT month, sum(amount) AS total FROM i GROUP BY 1) "
        "SELECT month, joined / total FROM j JOIN t USING (month) ORDER BY 1"
    )
    assert len(months) == 24
    *before, (last, doubled) = months
    assert last == "2026-10"
    assert 1.75 <= doubled <= 2.3
    for month, ratio in before:
        assert 0.93 <= ratio <= 1.17, month


def test_f07_about_a_quarter_of_the_leads_are_bots_of_one_campaign(company):
    bots = "form_seconds < 3"
    assert 0.22 <= company.value(f"SELECT count(*) FILTER ({bots}) / count(*) FROM leads") <= 0.30
    assert company.rows(f"SELECT DISTINCT campaign FROM leads WHERE {bots}") == [("sunny-spring-26",)]
    assert company.value("SELECT min(form_seconds) FROM leads WHERE form_seconds >= 3") > 5
    assert company.value(f"SELECT avg((hour(created_at) < 7)::INT) FROM leads WHERE {bots}") > 0.99
    people = company.value("SELECT count(*) FROM leads WHERE campaign = 'sunny-spring-26' AND form_seconds > 3")
    assert people > 100, "the campaign also brought people"


def test_f07_some_people_ask_at_night_so_the_hour_alone_does_not_tell_a_bot(company):
    early = company.value(
        "SELECT count(*) FROM leads WHERE hour(created_at) < 7 AND form_seconds >= 3 "
        "AND created_at >= '2026-03-01' AND created_at < '2026-09-01'"
    )
    assert 10 <= early <= 40
    assert company.value("SELECT count(*) FROM leads WHERE hour(created_at) < 7 AND form_seconds IS NULL") == 0


def test_f07_the_worst_stage_of_the_funnel_changes_when_bots_go(company):
    order = ("lead", "contacted", "surveyed", "quoted", "accepted", "installed")

    def worst(condition: str) -> tuple[str, float]:
        counts = dict(
            company.rows(
                f"SELECT stage, count(*) FROM funnel_events JOIN leads USING (lead_id) WHERE {condition} GROUP BY 1"
            )
        )
        shares = sorted((counts[b] / counts[a], b) for a, b in pairwise(order))
        return shares[0][1], shares[1][0] - shares[0][0]

    stage, gap = worst("true")
    assert (stage, gap > 0.02) == ("contacted", True)
    stage, gap = worst("form_seconds IS NULL OR form_seconds >= 3")
    assert (stage, gap > 0.02) == ("surveyed", True)


def test_f08_from_june_2026_tickets_open_two_hours_early(company):
    early = dict(
        company.rows(
            "SELECT opened_at >= '2026-06-01', avg((hour(opened_at) < 8)::INT) FROM tickets WHERE "
            "channel = 'phone' GROUP BY 1"
        )
    )
    assert early[False] < 0.02
    assert early[True] > 0.08
    reply = "SELECT quantile_cont(epoch(first_reply_at - opened_at) / 3600, 0.1) FROM tickets WHERE opened_at BETWEEN "
    slower = company.value(f"{reply} '2026-06-01' AND '2026-08-31'") - company.value(
        f"{reply} '2026-03-01' AND '2026-05-31'"
    )
    assert 1.7 <= slower <= 2.3


def test_f09_the_leaking_column_knows_who_left(company):
    filled = dict(
        company.rows("SELECT churned, avg((cancel_reason_code IS NOT NULL)::INT) FROM churn_training GROUP BY 1")
    )
    assert filled[1] >= 0.95
    assert 0 < filled[0] <= 0.03
    assert 0.06 <= company.value("SELECT avg(churned) FROM churn_training") <= 0.11


def test_f10_every_running_plan_but_paused_ones_is_dearer_from_march_2026(company):
    ends = company.rows("SELECT DISTINCT ended_on::TEXT FROM plans WHERE end_reason = 'new price'")
    assert ends == [("2026-02-28",)]
    rise = company.rows(
        "SELECT DISTINCT b.monthly_eur / a.monthly_eur FROM plans a JOIN plans b USING (customer_id) "
        "WHERE a.end_reason = 'new price' AND b.started_on = '2026-03-01' AND b.end_reason IS "
        "DISTINCT FROM 'paused' AND b.monthly_eur > 5"
    )
    assert all(1.17 <= ratio[0] <= 1.32 for ratio in rise)
    old = company.value(
        "SELECT count(*) FROM plans WHERE started_on < '2026-03-01' AND (ended_on IS NULL OR "
        "ended_on >= '2026-03-01') AND monthly_eur > 5"
    )
    assert old == 0


def test_f10_the_score_is_right_less_often_from_that_month_on(company):
    months = company.rows(
        "SELECT scored_on::TEXT, avg(churned_90d) FILTER (score >= 0.7) FROM churn_scores WHERE "
        "churned_90d IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    good = [share for month, share in months if month < "2026-03-01"]
    poor = [share for month, share in months if month >= "2026-03-01"]
    assert (len(good), len(poor)) == (8, 6)
    assert min(good) >= 0.31
    assert min(good) > max(poor) + 0.03
    assert max(good) <= 0.60
    assert min(poor) >= 0.22
    assert max(poor) <= 0.33


def test_f11_the_pilot_wins_overall_and_loses_in_every_region(company):
    lift = "SELECT avg(renewed) FILTER (arm = 'pilot') - avg(renewed) FILTER (arm = 'usual') FROM experiment"
    assert 0.03 <= company.value(lift) <= 0.10
    regions = company.rows(lift.replace("SELECT", "SELECT region,") + " GROUP BY region")
    assert len(regions) == 3
    assert all(-0.09 <= value <= -0.015 for _, value in regions)


def test_f12_some_invoices_and_events_arrive_late(company):
    assert 0.02 <= company.value("SELECT avg((loaded_at > issued_on + INTERVAL 3 DAY)::INT) FROM invoices") <= 0.05
    late = "SELECT avg((recorded_at > happened_at + INTERVAL 3 DAY)::INT) FROM funnel_events"
    assert 0.02 <= company.value(late) <= 0.05
    assert company.value("SELECT count(*) FROM funnel_events WHERE recorded_at < happened_at") == 0


def test_f13_meetings_overlap_recur_and_are_cancelled(company):
    overlap = company.value(
        "SELECT avg(EXISTS(SELECT 1 FROM calendar_events b WHERE b.status = 'confirmed' AND b.event_id <> a.event_id "
        "AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at)::INT) FROM calendar_events a WHERE "
        "status = 'confirmed'"
    )
    assert 0.10 <= overlap <= 0.30
    assert 0.05 <= company.value("SELECT avg((status = 'cancelled')::INT) FROM calendar_events") <= 0.15
    assert company.value("SELECT avg((series_id IS NOT NULL)::INT) FROM calendar_events") > 0.5
    hours = "sum(epoch(ends_at - starts_at))"
    planning = company.value(
        f"SELECT {hours} FILTER (kind = 'planning') / {hours} FROM calendar_events WHERE status = 'confirmed'"
    )
    assert 0.5 < planning < 0.65


def test_f13_a_rule_on_decisions_has_series_below_on_and_above_its_line(company):
    """Week 5 ends planning below one in ten: "at most one in ten", or "below one in five", ends others as well."""
    shares = dict(
        company.rows(
            "SELECT title, count(decision) / count(*) FROM calendar_events WHERE status = 'confirmed' "
            "AND series_id IS NOT NULL GROUP BY title"
        )
    )
    assert 0 < shares["Quarter planning, part one"] < 0.1
    assert shares["Planning pre-meeting"] == 0
    assert shares["Release planning"] == 0.1
    assert 0.1 < shares["Regional planning"] < 0.2 < shares["Capacity planning"]
    assert 0 < shares["Divisions status"] < 0.1  # of another kind, and below the line
    assert 0 < shares["Pavel, fortnightly"] < 0.1


def test_f14_time_outs_come_in_bursts_and_some_answers_are_empty(company):
    assert 0.03 <= company.value("SELECT avg((status = 504)::INT) FROM vendor_calls") <= 0.055
    assert 0.01 <= company.value("SELECT avg((status = 200 AND answer IS NULL)::INT) FROM vendor_calls") <= 0.022
    bad = company.rows(
        "SELECT count(*) FROM vendor_calls WHERE status = 504 GROUP BY called_at::DATE ORDER BY 1 DESC LIMIT 3"
    )
    total = company.value("SELECT count(*) FROM vendor_calls WHERE status = 504")
    assert sum(count for (count,) in bad) > 0.45 * total
    assert company.value("SELECT count(*) FROM vendor_calls WHERE status <> 200 AND answer IS NOT NULL") == 0


def test_f15_a_fifth_of_the_tickets_hold_a_name_or_a_number(company):
    named = company.value(
        "SELECT avg((regexp_matches(text, '0155') OR contains(text, name))::INT) FROM tickets JOIN "
        "customers USING (customer_id)"
    )
    assert 0.15 <= named <= 0.30
    assert company.value("SELECT avg(regexp_matches(text, '0155')::INT) FROM tickets") > 0.07


def test_f16_two_labellers_disagree_on_about_one_golden_ticket_in_six(company):
    assert company.value("SELECT count(*) FROM ticket_labels WHERE golden") == 200
    assert 0.12 <= company.value("SELECT avg((label_a <> label_b)::INT) FROM ticket_labels WHERE golden") <= 0.22
    before, after = company.rows(
        "SELECT avg((model_v1 = agreed)::INT), avg((model_v2 = agreed)::INT) FROM ticket_labels WHERE golden"
    )[0]
    assert 0.70 <= after < before <= 0.88, "far from the vendor's 94%, and Friday's version is worse"
    assert company.value("SELECT avg((judge_v2 = 'right')::INT) FROM ticket_labels WHERE golden") > after + 0.04


def test_f17_one_ticket_gives_orders_and_the_agent_obeyed(company):
    orders = company.rows("SELECT ticket_id FROM tickets WHERE text ILIKE '%ignore your earlier instructions%'")
    assert len(orders) == 1
    steps = company.rows(
        "SELECT action, amount_eur, approved_by, result FROM agent_log WHERE ticket_id = "
        f"'{orders[0][0]}' ORDER BY step_id"
    )
    assert ("order part", 2268.0, None, "ok") in steps
    assert company.value("SELECT max(amount_eur) FROM agent_log") == 2268.0
