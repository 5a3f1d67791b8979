"""Week 1 in the real JupyterLab, as a beginner meets it: too early, with a quoting error, wrong, then right."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.course import Course, kernel_is_ready

pytestmark = [pytest.mark.linux, pytest.mark.browser]

LESSON = "w01_three_answers"
NO_QUOTES = "SELECT count(*) FROM 'customers.parquet' WHERE status = active"
PLACE = "cell => [...document.querySelectorAll('.jp-CodeCell')].indexOf(cell)"


@pytest.fixture(scope="module")
def source(root: Path) -> dict[str, Any]:
    """What the author says, so that a message which is reworded is still found."""
    return tomllib.loads((root / "solutions" / LESSON / "lesson.toml").read_text(encoding="utf-8"))["exercise"]


@pytest.fixture
def lesson(course: Course, page: Page) -> Page:
    page.goto(course.page(f"{LESSON}/{LESSON}.ipynb"))
    kernel_is_ready(page)
    return page


def _cell(page: Page, source: str) -> Locator:
    """The code cell whose text begins so."""
    editor = page.locator(".cm-content", has_text=re.compile(r"^\s*" + re.escape(source)))
    return page.locator(".jp-CodeCell", has=editor).first


def _run(page: Page, cell: Locator, typed: str | None = None) -> Locator:
    """Clicks into the cell, types over it, runs it, waits for its number, and returns its outputs."""
    cell.locator(".cm-content").click()
    if typed is not None:
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(typed)
    before = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Shift+Enter")
    prompt = cell.locator(".jp-InputPrompt")
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"))
    return cell.locator(".jp-OutputArea")


def _plain(message: str) -> str:
    """The words of a message up to the first figure or sign of markup."""
    return re.split(r"[`*{]", message)[0].strip()


def test_week_one_meets_a_beginner_kindly(lesson: Page, source: dict[str, Any], shoot: Callable[[str], Path]) -> None:
    page, exercise = lesson, source["all-rows"]
    shoot("1-opened")
    _run(page, _cell(page, "import duckdb"))
    answer, check = _cell(page, "all_rows = ..."), _cell(page, 'check("all-rows")')

    card = _run(page, check)
    expect(card.get_by_role("status")).to_contain_text("0 of 2")
    expect(card).to_contain_text("Not")
    shoot("2-checked-too-early")

    # Found by its place from here on: what stands in it is about to change.
    mine = page.locator(".jp-CodeCell").nth(answer.evaluate(PLACE))
    error = _run(page, mine, f'all_rows = duckdb.sql("{NO_QUOTES}")\nall_rows')
    expect(error).to_contain_text("quotes")
    expect(error).to_contain_text("'active'")
    # What is left of the wall of red is one line.
    red = error.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    assert red.evaluate_all("lines => lines.reduce((sum, line) => sum + line.clientHeight, 0)") < 60
    error.scroll_into_view_if_needed()
    shoot("3-quotes-forgotten")

    wrong = exercise["wrong"][0]
    _run(page, mine, wrong["code"])
    card = _run(page, check)
    expect(card).to_contain_text(_plain(wrong["says"]))
    expect(card.get_by_role("status")).to_contain_text("0 of 2")
    card.scroll_into_view_if_needed()
    shoot("4-wrong")

    _run(page, mine, "all_rows = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\")\nall_rows")
    card = _run(page, check)
    expect(card).to_contain_text(_plain(exercise["right"]))
    expect(card.get_by_role("status")).to_contain_text("2 of 2")
    shoot("5-right")
