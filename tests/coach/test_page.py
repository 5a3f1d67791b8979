"""Pages and charts: nothing but text goes in, and nothing runs."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grader.coach.charts import Bar, bars, heat_map
from grader.coach.page import escaped, page, table
from grader.learner.card import card
from tests.coach.test_report import checked


def test_a_page_holds_its_styles_once_whatever_cards_are_in_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page("Two cards", card("right", "One") + card("wrong", "Two")), encoding="utf-8")
    text = checked(path)
    assert text.count("<style>") == 1
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@given(st.text(max_size=200))
def test_whatever_a_text_is_it_adds_no_tag(text: str) -> None:
    for made in (escaped(text), table(text, [text], [[text]]), bars(text, [Bar(text, 1, text)], 2, (text, text))):
        inside = made.replace(escaped(text), "")
        assert "<script" not in inside.lower()
        assert "onerror" not in inside.lower()
    assert "<" not in escaped(text)
    assert '"' not in escaped(text)


@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=5))
def test_a_heat_map_says_each_share_in_percent_and_an_empty_one_with_a_dash(shares: list[float | None]) -> None:
    made = heat_map("Shares", ["W01"] * len(shares), [("Ann", shares)], "Learner")
    assert made.count("<td") == len(shares)
    for share in shares:
        assert (f">{100 * share:.0f}</td>" if share is not None else ">–</td>") in made


def test_a_bar_is_as_long_as_its_value_and_never_longer_than_the_chart() -> None:
    made = bars("Found", [Bar("all", 4, "4"), Bar("half", 2, "2", mark=9), Bar("none", 0, "0")], 4, ("What", "Times"))
    widths = [float(part.split('"')[1]) for part in made.split(" width=")[1:] if 'height="18"' in part]
    assert widths[0] == 2 * widths[1]
    assert widths[2] == 1.0
    assert "all: 4; half: 2; none: 0" in made
