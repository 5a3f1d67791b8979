"""Lessons in the real JupyterLab: week 1 as a beginner meets it, the map on the start page, a hand-in downloaded."""

import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.course import Course, kernel_is_ready
from tests.browser.hands import write

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


def test_run_all_above_goes_on_past_the_error_that_the_start_page_makes_on_purpose(course: Course, page: Page) -> None:
    page.goto(course.url)
    kernel_is_ready(page)
    _cell(page, "from grader import self_assessment").locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("#jp-mainmenu-run").get_by_text("Run All Above Selected Cell").click()
    expect(_cell(page, "print(staf)").locator(".jp-OutputArea")).to_contain_text("It does know staff")
    expect(_cell(page, "me = [").locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))


def test_the_rows_as_they_were_saved_are_held_against_those_that_ran_and_text_of_ours_stays(
    course: Course, page: Page
) -> None:
    page.goto(course.url)
    kernel_is_ready(page)
    _run(page, _cell(page, "from grader import check"))
    rows, ask = (_cell(page, text).evaluate(PLACE) for text in ("me = [", "from grader import self_assessment"))
    rows, ask = page.locator(".jp-CodeCell").nth(rows), page.locator(".jp-CodeCell").nth(ask)
    seven = "".join(f"\n0,  # {number} I can" for number in range(1, 8))
    _run(page, rows, f"me = [{seven}\n]")
    expect(_run(page, ask)).to_contain_text("I see 0, 0, 0, 0, 0, 0, 0.")
    _run(page, rows, f"Me = [{seven}\n]")
    expect(_run(page, ask)).to_contain_text("The list is called Me")
    _run(page, rows, "1, 0, 2, 0, 0, 0, 0")
    expect(_run(page, ask)).to_contain_text("ran, but gave no list called me")
    write(page, rows, f"me = [{seven.replace('0,', '2,')}\n]")
    with page.expect_response(lambda response: response.request.method == "PUT" and ".ipynb" in response.url):
        page.keyboard.press("Control+s")
    expect(_run(page, ask)).to_contain_text("The box above was changed and not run: run it first.")

    ours = page.locator(".jp-MarkdownCell").filter(has_text="This page takes ten minutes").first
    ours.click()
    page.keyboard.press("Escape")
    for key in "dd":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.keyboard.type("zzz")
    page.keyboard.press("Shift+Enter")
    expect(ours).to_contain_text("This page takes ten minutes")
    expect(ours).not_to_contain_text("zzz")


DARK = ".handson/lab/settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"


def _worked(folder: Path, lesson: str, *hits: bool) -> None:
    """The journal of somebody who guessed so, surer each time, and handed in."""
    lines: list[dict[str, Any]] = [
        {"kind": "prediction", "name": f"guess-{number}", "value": 1, "confidence": 35 + 20 * number, "hit": hit}
        for number, hit in enumerate(hits)
    ]
    lines.append({"kind": "hand-in", "week": lesson[:3]})
    text = "".join(json.dumps({"at": "2026-05-04T09:00:00+02:00", **line}) + "\n" for line in lines)
    (folder / lesson / "journal.jsonl").write_text(text, encoding="utf-8")


def test_the_map_shows_where_one_is_in_light_and_dark_and_where_it_is_not_trusted(
    course: Course, page: Page, shoot: Callable[[str], Path]
) -> None:
    _worked(course.folder, "w13_the_monday_report", False, True, False)
    _worked(course.folder, "w23_payback_or_uplift", True, True, False)
    page.set_viewport_size({"width": 1366, "height": 1500})
    page.goto(course.url)
    kernel_is_ready(page)
    shown = _run(page, _cell(page, "from grader import progress"))
    card = shown.get_by_role("region", name="Where you are")
    expect(card).to_contain_text("Week 13 · The Monday report (done, packed 4 May")
    expect(card).to_contain_text("Weeks 24 to 26 (not published)")
    expect(card).to_contain_text("right in 3 of 6 predictions")
    expect(card.get_by_role("heading", name="4 · Automate and recover")).to_be_visible()
    expect(card.locator("svg")).to_have_count(3)
    card.scroll_into_view_if_needed()
    shoot("light")
    paper = "element => getComputedStyle(element).backgroundColor"
    assert card.evaluate(paper) == "rgb(255, 255, 255)"

    page.keyboard.press("ControlOrMeta+s")
    saved = course.folder / "00_start_here.ipynb"
    expect(page.get_by_text("Saving completed")).to_be_visible()
    dark = course.folder / DARK
    dark.parent.mkdir(parents=True, exist_ok=True)
    dark.write_text('{"theme": "JupyterLab Dark"}')
    page.goto(course.url)
    expect(card).to_contain_text("right in 3 of 6 predictions")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert card.evaluate(paper) == "rgb(27, 31, 36)"
    card.scroll_into_view_if_needed()
    shoot("dark")

    stranger = json.loads(saved.read_text(encoding="utf-8"))
    stranger["cells"][0]["source"] = "# Somebody else's copy"
    (course.folder / "copy.ipynb").write_text(json.dumps(stranger), encoding="utf-8")
    page.goto(course.page("copy.ipynb"))
    card = page.locator(".hoh-map")
    expect(card).to_contain_text("on average 35%")
    expect(card.locator("svg")).to_have_count(0)
    card.scroll_into_view_if_needed()
    shoot("untrusted-in-dark")
    dark.unlink()

    page.goto(course.url)
    page.get_by_role("region").get_by_role("link", name="Week 13 · The Monday report").last.click()
    expect(page.get_by_role("heading", name=re.compile("^Week 13")).first).to_be_visible()


def test_a_hand_in_is_downloaded_from_its_card(course: Course, page: Page, shoot: Callable[[str], Path]) -> None:
    lesson = "w09_what_a_score_means"
    page.goto(course.page(f"{lesson}/{lesson}.ipynb"))
    kernel_is_ready(page)
    _run(page, _cell(page, "import duckdb"))
    box = _cell(page, 'hand_in("w09")')
    place = box.evaluate(PLACE)
    card = _run(page, box)
    expect(card).to_contain_text('hand_in("w09", email="you@company.com")')
    card = _run(page, page.locator(".jp-CodeCell").nth(place), 'hand_in("w09", email="asha@kestrel.example")')
    expect(card).to_contain_text("It says whose it is: asha@kestrel.example")
    card.scroll_into_view_if_needed()
    shoot("packed")
    with page.expect_download() as got:
        card.get_by_role("link", name="Download w09-hand-in.zip").click()
    assert got.value.suggested_filename == "w09-hand-in.zip"
    assert got.value.path().read_bytes() == (course.folder / lesson / "w09-hand-in.zip").read_bytes()
    with zipfile.ZipFile(got.value.path()) as archive:
        assert json.loads(archive.read("manifest.json"))["email"] == "asha@kestrel.example"

    page.get_by_role("link", name="Week 13 · The Monday report").click()
    expect(page.get_by_role("heading", name=re.compile("^Week 13")).first).to_be_visible()
