"""A desk session's questions to a company's own table, and what is said of tables that are not as they should be."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from grader.labs import columns, desk
from grader.labs.columns import Slip
from grader.labs.desk import count_stages, durations, funnel, how_long, shuffle, shuffle_test

LINE = "mine = duckdb.sql("


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Axes]]:
    """The charts that would have been shown."""
    axes: list[Axes] = []
    monkeypatch.setattr(plt, "show", lambda: axes.append(plt.gca()))
    yield axes
    plt.close("all")


def leads(**columns: Sequence[object]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def mended(said: str, mine: pd.DataFrame) -> pd.DataFrame:
    """The table after the line that a card proposes: DuckDB finds `mine` by its name."""
    code = said[said.index(LINE) + len(LINE) :].removeprefix('"""').removesuffix('""")')
    return duckdb.sql(code).df()


SPRING = leads(
    lead=["a", "b", "b", "c", "d", None],
    asked=["2026-03-01", "2026-03-02", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"],
    quoted=["2026-03-05", "2026-03-08", "2026-03-08", None, " ", None],
    signed=["yes", "no", "no", "yes", "", ""],
)


def test_a_stage_counts_each_one_once_and_neither_blanks_nor_a_no() -> None:
    found = count_stages(SPRING, "lead", ["asked", "quoted", "signed"])
    assert (found.rows, found.different, found.nameless) == (6, 4, 1)
    assert found.counts == [4, 2, 2]
    assert found.rates == [None, 50, 100]
    assert found.worst == 1


def test_who_is_in_a_stage_without_the_one_before_is_told() -> None:
    assert count_stages(SPRING, "lead", ["asked", "quoted", "signed"]).without == [0, 0, 1]
    assert "1 with signed and without quoted" in funnel(SPRING, "lead", ["asked", "quoted", "signed"]).text


def test_the_title_of_the_funnel_says_its_finding(drawn: list[Axes]) -> None:
    funnel(SPRING, "lead", ["asked", "quoted"])
    funnel(SPRING, "lead", ["quoted", "asked"])
    titles = [axis.get_title(loc="left") or axis.get_title() for axis in drawn]
    assert titles[0] == "The worst stage is quoted: 50 of 100 go on to it"
    assert titles[1].endswith("is this their order?")


def test_the_card_of_the_funnel_says_what_is_drawn_and_which_rows_repeat() -> None:
    said = funnel(SPRING, "lead", ["asked", "quoted"]).text
    assert "asked 4, quoted 2 (50 of 100)" in said
    assert "Rows that repeat the lead of another: 1;" in said
    assert "Rows without a lead, in no bar: 1." in said


def test_a_column_of_ones_and_zeros_counts_its_ones() -> None:
    table = leads(lead=["a", "b", "c"], asked=[1, 1, 1], won=[1, 0, 0])
    assert count_stages(table, "lead", ["asked", "won"]).counts == [3, 1]


def test_a_column_is_found_without_its_capitals_and_outer_spaces() -> None:
    table = leads(**{"Lead ": ["a"], "Asked": ["2026-03-01"], "WON": ["2026-03-01"]})
    assert count_stages(table, "lead", ["asked", "won"]).names == ["Asked", "WON"]


def test_a_wrong_name_gets_the_nearest_and_the_list() -> None:
    said = how_long(SPRING, "asked", "qouted").text
    assert "There is no column qouted. The nearest is quoted. The table has lead, asked, quoted, signed." in said


def test_columns_without_names_are_taken_for_a_heading_further_down() -> None:
    table = leads(**{"Report": ["x"], "Unnamed: 1": ["y"], "Unnamed: 2": ["z"]})
    assert "header=3" in funnel(table, "lead", ["asked", "won"]).text
    table = leads(column0=["x"], column1=["y"])
    assert "skip=3" in funnel(table, "lead", ["asked", "won"]).text


def test_the_median_and_the_slowest_tenth_of_those_who_arrived() -> None:
    start = pd.Timestamp("2026-03-01 09:00")
    ends = [start + pd.Timedelta(days=day) for day in range(11)]
    table = leads(asked=[start] * 12, won=[*ends, None])
    found = durations(table, "asked", "won")
    assert (found.started, found.ended, found.backwards, found.whole_days) == (12, 11, 0, False)
    said = how_long(table, "asked", "won").text
    assert said.startswith("Median: 5.0 days. The slowest tenth: 9.0 or more.")
    assert "The other 1: not yet, or never?" in said


def test_an_end_before_its_beginning_is_left_out_and_told() -> None:
    table = leads(asked=["2026-03-02"] * 3, won=["2026-03-01", "2026-03-04", "2026-03-06"])
    assert durations(table, "asked", "won").days.tolist() == [2, 4]
    assert "Left out: 1 with the end before the beginning." in how_long(table, "asked", "won").text
    assert "swap the two names" in how_long(table[:1], "asked", "won").text


@pytest.mark.parametrize(
    ("cells", "pattern"),
    [
        (["31.12.2025", "13.01.2026"], "%d.%m.%Y"),
        (["12/31/2025", "01/13/2026"], "%m/%d/%Y"),
        (["31/12/2025", "13/01/2026"], "%d/%m/%Y"),
        (["31.12.2025 14:05", "13.01.2026 08:00"], "%d.%m.%Y %H:%M"),
    ],
)
def test_dates_as_text_get_the_line_that_reads_them(cells: list[str], pattern: str) -> None:
    mine = leads(**{"Asked on": [*cells, None]})
    said = how_long(mine, "Asked on", "Asked on").text
    assert f"Asked on holds text such as “{cells[0]}”, no dates" in said
    assert f"'{pattern}'" in said
    assert durations(mended(said, mine), "Asked on", "Asked on").ended == 2


def test_a_day_that_may_be_a_month_is_told() -> None:
    said = how_long(leads(asked=["03/04/2026"]), "asked", "asked").text
    assert "with the day first; if the month stands first, write %m/%d/%Y" in said


@pytest.mark.parametrize("cells", [[46000, 46013], [20260101, 20260114]])
def test_numbers_for_dates_get_the_line_that_reads_them(cells: list[int]) -> None:
    mine = leads(asked=cells)
    said = how_long(mine, "asked", "asked").text
    read = pd.to_datetime(mended(said, mine)["asked"])
    assert (read[1] - read[0]).days == 13
    assert 2025 <= read[0].year <= 2026


def test_a_word_among_dates_is_named() -> None:
    mine = leads(asked=["2026-03-01", "2026-03-02", "tbd"])
    said = how_long(mine, "asked", "asked").text
    assert "asked holds text such as “tbd” in 1 of 3 cells, no date. This line leaves them blank." in said
    assert durations(mended(said, mine), "asked", "asked").ended == 2


def test_two_columns_of_text_get_their_lines_at_once() -> None:
    mine = leads(asked=["31.12.2025"], won=["13.01.2026"])
    lines = how_long(mine, "asked", "won").text.split("mine = ")[1:]
    assert ["AS asked" in line for line in lines] == [True, False]
    assert ["AS won" in line for line in lines] == [False, True]


def test_words_for_dates_get_a_question() -> None:
    assert "which column holds the day?" in how_long(SPRING, "lead", "quoted").text


PILOT = leads(
    arm=["pilot"] * 40 + ["usual"] * 60 + [""] * 5,
    won=["yes"] * 30 + ["no"] * 10 + ["yes"] * 15 + ["no"] * 45 + ["yes"] * 5,
)


def test_a_gap_beyond_lot_is_hardly_ever_reached() -> None:
    found = shuffle(PILOT, "arm", "won")
    assert found.groups == ("pilot", "usual")
    assert found.sizes == (40, 60)
    assert found.means == (75, 25)
    assert found.as_large < desk.SELDOM
    assert found.left_out == 5
    assert "Hardly ever." in shuffle_test(PILOT, "arm", "won").text


def test_a_gap_that_lot_makes_is_reached_often() -> None:
    table = leads(arm=["a", "b"] * 50, won=["yes", "yes", "no", "no"] * 24 + ["yes", "no", "yes", "no"])
    found = shuffle(table, "arm", "won")
    assert found.seen == pytest.approx(4)
    assert found.as_large > 500
    assert "Yes, often." in shuffle_test(table, "arm", "won").text


def test_the_deals_scatter_as_far_as_theory_says() -> None:
    found = shuffle(PILOT, "arm", "won")
    expected = 100 * np.sqrt(0.45 * 0.55 * (1 / 40 + 1 / 60) * 100 / 99)
    assert found.gaps.std() == pytest.approx(expected, rel=0.1)
    assert abs(found.gaps.mean()) < 1.5


def test_the_order_of_the_rows_changes_no_deal() -> None:
    mixed = PILOT.sample(frac=1, random_state=3)
    assert shuffle(mixed, "arm", "won").gaps.tolist() == shuffle(PILOT, "arm", "won").gaps.tolist()


def test_the_bars_of_the_picture_hold_every_deal_and_the_title_says_the_count(drawn: list[Axes]) -> None:
    found = shuffle(PILOT, "arm", "won")
    shuffle_test(PILOT, "arm", "won")
    heights = sum(bar.get_height() for bar in drawn[0].patches)
    assert heights == desk.DEALS
    title = drawn[0].get_title(loc="left") or drawn[0].get_title()
    assert title == f"“pilot” lies 50.0 points higher; lot alone does as well in {found.as_large} of 1,000 deals"


def test_a_date_that_is_blank_is_an_outcome_that_did_not_come() -> None:
    table = leads(arm=["a", "a", "b", "b"], signed=["2026-03-01", None, "2026-03-02", "2026-03-03"])
    assert shuffle(table, "arm", "signed").means == (100, 50)


def test_a_blank_number_is_left_out_and_no_zero() -> None:
    table = leads(arm=["a", "a", "b", "b"], eur=[10.0, None, 4.0, 6.0])
    found = shuffle(table, "arm", "eur")
    assert found.means == (10, 5)
    assert found.left_out == 1


def test_more_than_two_groups_are_named_with_their_sizes() -> None:
    table = leads(arm=["North", "north ", "Coast", "Valley"], won=[1, 0, 1, 0])
    assert "arm holds 3 groups (North 2, Coast 1, Valley 1)" in shuffle_test(table, "arm", "won").text
    assert shuffle(table, "arm", "won", groups=["valley", "North"]).sizes == (2, 1)
    assert "arm holds no “West”" in shuffle_test(table, "arm", "won", groups=["West", "North"]).text


def test_one_group_alone_is_told() -> None:
    assert "compares two groups" in shuffle_test(PILOT[:40], "arm", "won").text
    assert "Only one group" in shuffle_test(leads(arm=["a", "a", "b"], won=[1.0, 2.0, None]), "arm", "won").text
    assert "the same in every row" in shuffle_test(PILOT[:100].assign(won=1), "arm", "won").text


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.234,50 €", "950,00 €"], [1234.5, 950]),
        (["$1,234.50", "$950"], [1234.5, 950]),
        (["1,234", "950 EUR", "tbd"], [1234, 950, None]),
    ],
)
def test_text_in_a_number_column_gets_the_line_that_reads_it(cells: list[str], numbers: list[float | None]) -> None:
    mine = leads(eur=cells, arm=["a", "b", "a"][: len(cells)])
    said = shuffle_test(mine, "arm", "eur").text
    assert f"eur holds text such as “{cells[0]}” in" in said
    assert mended(said, mine)["eur"].replace(np.nan, None).tolist() == numbers


def test_words_as_an_outcome_get_a_line_that_says_which_is_the_yes() -> None:
    mine = leads(status=["won", "won", "lost", "open"], arm=["a", "b", "a", "b"])
    said = shuffle_test(mine, "arm", "status").text
    assert "status holds words (won 2, lost 1, open 1)" in said
    assert mended(said, mine)["status"].tolist() == [True, True, False, False]


def test_dates_as_text_are_no_numbers() -> None:
    table = leads(arm=["a", "b"], signed=["31.12.2025", None])
    assert "%d.%m.%Y" in shuffle_test(table, "arm", "signed").text


def test_an_empty_table_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    for table in (pd.DataFrame(), duckdb.sql(f"SELECT * FROM '{tmp_path / 'empty.csv'}'"), SPRING[:0]):
        assert funnel(table, "lead", ["asked", "quoted"]).text.startswith("Not yet. The table has no rows")


def test_a_csv_that_breaks_off_late_gets_the_line_that_reads_it_as_text(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number}\n" for number in range(30_000))
    (tmp_path / "late.csv").write_text(f"id,eur\n{rows}30000,none yet\n")
    said = shuffle_test(duckdb.sql(f"SELECT * FROM '{tmp_path / 'late.csv'}'"), "id", "eur").text
    assert "cannot be read to its end" in said
    assert "all_varchar=true" in said


def test_a_name_in_quotes_for_a_table_is_told() -> None:
    assert "without quotes" in funnel("mine", "lead", ["asked", "quoted"]).text


def test_one_stage_alone_is_told() -> None:
    assert "at least two columns" in funnel(SPRING, "lead", "asked").text


def test_too_many_rows_get_a_line_that_draws_some_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_ROWS", 50)
    with pytest.raises(Slip, match="100 rows take too long") as refused:
        shuffle(PILOT, "arm", "won")
    assert "USING SAMPLE" in refused.value.mend


CLAIMS: dict[str, list[object]] = {
    "Report": ["as of June", "Claim no.", "S-1"],
    "Unnamed: 1": [None, "Reported on", "31.12.2025"],
    "Unnamed: 2": [None, "Paid on", None],
}


def test_headings_below_a_title_get_the_count_of_their_row() -> None:
    said = funnel(leads(**CLAIMS), "Claim no.", ["Reported on", "Paid on"]).text
    assert "Put , header=2 before the last bracket of the line that begins with mine" in said
    assert LINE not in said


@pytest.mark.parametrize(("first", "header"), [("Report;;", True), (None, False)])
def test_headings_below_a_title_get_the_line_of_duckdb_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str | None, header: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [first, "as of June;;", "Claim no.;Reported on;Paid on", "S-1;2026-01-02;", "S-2;2026-01-03;2026-01-05"]
    Path("NAME.csv").write_text("\n".join(row for row in rows if row is not None))
    mine = duckdb.execute(f"FROM read_csv('NAME.csv', delim=';', header={header}, all_varchar=true)").df()
    said = funnel(mine, "Claim no.", ["Reported on", "Paid on"]).text
    query = said[said.index(LINE) + len(LINE) + 1 :].removesuffix('")')
    assert duckdb.execute(query).df().columns.tolist() == ["Claim no.", "Reported on", "Paid on"]


def test_a_stage_that_is_a_word_in_a_column_is_told_as_a_row_for_each_stage() -> None:
    mine = leads(lead=[1, 1, 2], step=["Asked", "Paid", "Asked"], at=["2026-03-01"] * 3)
    said = funnel(mine, "lead", ["asked", "paid"]).text
    assert "asked is no column but a word in step: a row stands for one stage." in said
    assert "with step behind ON" in said


def test_a_table_of_one_column_is_asked_for_its_sheet_or_its_signs() -> None:
    assert "is it the right file, the right sheet?" in funnel(leads(Cover=["x"]), "lead", ["asked", "won"]).text
    assert 'add sep=";"' in funnel(leads(**{"lead;asked": ["1;2"]}), "lead", ["asked", "won"]).text


MIXED = leads(
    lead=[1, 2, 3, 4, 5],
    arm=["a", "b", "a", "b", "a"],
    asked=[*pd.to_datetime(["2026-03-01", "2026-03-02", "2026-03-03"]), "14.03.2026", "open"],
)


def test_dates_as_text_among_dates_are_read_and_not_left_blank() -> None:
    said = how_long(MIXED, "asked", "asked").text
    assert "asked holds text such as “14.03.2026” in 2 of 5 cells, no date. This line reads them" in said
    assert "leaves 1 cells blank" in said
    read = pd.to_datetime(mended(said, MIXED)["asked"])
    assert read.dt.day.replace(np.nan, None).tolist() == [1, 2, 3, 14, None]


def test_dates_with_some_text_are_no_words_for_an_outcome() -> None:
    said = shuffle_test(MIXED, "arm", "asked").text
    assert "This line reads them" in said
    assert "as the yes" not in said


def test_a_word_among_the_dates_of_a_stage_is_counted_and_told() -> None:
    found = count_stages(MIXED, "lead", ["lead", "asked"])
    assert found.words == [("asked", 1, "open")]
    assert (
        "Counted as there, though no date: 1 in asked, such as “open”." in funnel(MIXED, "lead", ["lead", "asked"]).text
    )
    assert count_stages(MIXED, "lead", ["lead", "arm"]).words == []


def test_who_is_in_no_stage_is_told() -> None:
    table = leads(claim=["S-1", "S-2", "Total"], asked=["2026-03-01", "2026-03-02", None], paid=["2026-03-03", "", ""])
    assert "In none of these stages: 1. A total at the end, a draft?" in funnel(table, "claim", ["asked", "paid"]).text
    assert "In none" not in funnel(table[:2], "claim", ["asked", "paid"]).text


def test_points_between_thousands_are_no_decimal_points() -> None:
    mine = leads(eur=["1.234 EUR", "950 EUR", "1.234.567 EUR"], arm=["a", "b", "a"])
    assert mended(shuffle_test(mine, "arm", "eur").text, mine)["eur"].tolist() == [1234, 950, 1234567]
    mine = leads(eur=["1.25 EUR", "9.50 EUR"], arm=["a", "b"])
    assert mended(shuffle_test(mine, "arm", "eur").text, mine)["eur"].tolist() == [1.25, 9.5]


def test_a_blank_number_in_one_of_the_groups_is_told_beside_the_means() -> None:
    table = leads(arm=["a", "a", "b", "b", ""], eur=[10.0, None, 4.0, 6.0, 8.0])
    said = shuffle_test(table, "arm", "eur").text
    assert "Rows of the two groups with a blank in eur: 1; they are left out, not counted as 0." in said
    assert "with a blank in" not in shuffle_test(table[2:].assign(arm=["a", "b", "b"]), "arm", "eur").text


def test_one_column_for_group_and_outcome_is_told() -> None:
    assert "group and outcome both name won" in shuffle_test(PILOT, "won", "won").text


def test_a_column_of_many_words_is_no_group() -> None:
    table = leads(claim=[f"S-{number}" for number in range(40)], won=[0, 1] * 20)
    said = shuffle_test(table, "claim", "won").text
    assert "claim holds 40 different words" in said
    assert "groups=" not in said


def test_a_long_column_of_text_is_read_by_some_of_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [f"{day:02}/03/2026" for day in range(1, 13)] * 20 + ["13/03/2026", "open"]
    monkeypatch.setattr(columns, "SAMPLE", 5)
    said = how_long(leads(asked=cells), "asked", "asked").text
    assert "'%d/%m/%Y'" in said
    assert "if the month stands first" not in said
    assert "leaves 1 cells blank" in said
