"""Readable by everyone: axe-core, contrast, grey, twice the size, names and roles, the keyboard alone.

Ours is what lies in an output or in rendered markdown. All else on the page is JupyterLab's: what axe-core finds there
is listed in `JUPYTERLABS`, so that a new finding is seen, and is mended upstream or not at all.
"""

import json
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import SHOTS
from tests.browser.course import Course, kernel_is_ready, run_course
from tests.browser.hands import IN_VIEW, cell, run, write

pytestmark = [pytest.mark.linux, pytest.mark.browser]

LESSON = "w01_three_answers"
OURS = f"{IN_VIEW} :is(.jp-OutputArea-output, .jp-MarkdownOutput)"
JUPYTERLABS = {
    "aria-input-field-name": "code editors have no name",
    "aria-required-children": "the list of cells is a feed whose children are no articles",
    "button-name": "the button that folds a heading has no name",
    "label-title-only": "the file's name at the top is named by its title alone",
    "image-alt in an image output": "there is no way to give one: a chart is told in words below it",
}
"""Serious or critical findings of axe-core 4.12 in JupyterLab 4.5 itself."""

LAPTOP: ViewportSize = {"width": 1280, "height": 720}
# High enough for all cells: the browser leaves out what is far from view.
TALL: ViewportSize = {"width": 1280, "height": 9000}
# The width of that laptop at 200%.
ZOOMED: ViewportSize = {"width": 640, "height": 14_000}

CONTRASTS = """ours => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const over = (colour, ground) => {
    const alpha = colour.length < 4 ? 1 : colour[3];
    return [0, 1, 2].map(i => alpha * colour[i] + (1 - alpha) * ground[i]);
  };
  const ground = element => element
    ? over(numbers(getComputedStyle(element).backgroundColor), ground(element.parentElement)) : [255, 255, 255];
  const part = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = colour => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => sum + share * part(colour[i] / 255), 0);
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  for (const root of ours) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
      if (!text || element.closest('style')) continue;
      const under = ground(element), ink = over(numbers(getComputedStyle(element).color), under);
      found.push({text, contrast: contrast(ink, under), card: element.closest('.hoh-card')?.className ?? ''});
    }
    for (const bar of root.querySelectorAll('.hoh-bar, .hoh-tick')) {
      const [ink, under] = [bar, bar.parentElement.querySelector('.hoh-track')].map(
        element => numbers(getComputedStyle(element).fill));
      found.push({text: '', contrast: contrast(ink, under), card: bar.getAttribute('class')});
    }
  }
  return found;
}"""

CUT = """ours => {
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer');
  const right = panel.getBoundingClientRect().left + panel.clientWidth;
  const cut = panel.scrollWidth > panel.clientWidth ? ['the page'] : [];
  for (const root of ours) for (const element of [root, ...root.querySelectorAll('*')]) {
    if (element.closest('svg, style')) continue;
    const {overflowX, overflowY} = getComputedStyle(element);
    const sideways = overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
    const below = overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1;
    if (sideways || below || element.getBoundingClientRect().right > right + 1)
      cut.push(`${element.tagName} ${element.className}: ${element.innerText.slice(0, 60)}`);
  }
  return cut;
}"""


@pytest.fixture(scope="module")
def pages(course: Course, browser: Browser) -> Iterator[dict[str, Page]]:
    """The start page and a lesson with every kind of card, both worked through once and kept open."""
    context = browser.new_context(viewport=LAPTOP)
    context.set_default_timeout(30_000)
    lesson = _lesson(course, context.new_page())
    start = _start_page(course, context.new_page())
    for page in (lesson, start):
        _show_all(page, TALL)
    SHOTS.mkdir(exist_ok=True)
    yield {"lesson": lesson, "start": start}
    context.close()


def _lesson(course: Course, page: Page) -> Page:
    """Week 1 with cards of all four states and an error card, in a copy of its own that nothing else works in."""
    copy = Path("copies") / LESSON
    shutil.copytree(course.folder / LESSON, course.folder / copy)
    page.goto(course.page(f"{copy.as_posix()}/{LESSON}.ipynb"))
    kernel_is_ready(page)
    everyone = "SELECT count(*) FROM 'customers.parquet'"
    for source, typed in (
        ("predict(", 'predict("paused", 900, confidence=60)'),
        ("all_rows =", f'all_rows = duckdb.sql("{everyone}")'),
        ("active_customers =", f"active_customers = duckdb.sql(\"{everyone} WHERE status = 'Active'\")"),
        ("nobody =", "nobody = 7"),
    ):
        write(page, cell(page, source), typed)
    # The last box of all: an error ends the run.
    last = page.locator(f"{IN_VIEW} .jp-CodeCell").last
    write(page, last, f'duckdb.sql("{everyone} WHERE status = active")')
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Run All Cells")).click()
    expect(last.get_by_role("status")).to_contain_text("quotes")
    return page


def _start_page(course: Course, page: Page) -> Page:
    """Run from top to bottom, with weeks in each state on its map and enough predictions for its chart."""
    for lesson, *hits in (("w13_the_monday_report", 0, 1, 0), ("w23_payback_or_uplift", 1, 1, 0)):
        lines: list[dict[str, Any]] = [
            {
                "kind": "prediction",
                "name": f"guess-{number}",
                "value": 1,
                "confidence": 35 + 20 * number,
                "hit": hit == 1,
            }
            for number, hit in enumerate(hits)
        ]
        lines += [{"kind": "hand-in", "week": lesson[:3]}] if lesson.startswith("w13") else []
        text = "".join(json.dumps({"at": "2026-05-04T09:00:00+02:00", **line}) + "\n" for line in lines)
        (course.folder / lesson / "journal.jsonl").write_text(text, encoding="utf-8")
    page.goto(course.url)
    kernel_is_ready(page)
    for source in ("staff =", "from grader import check", "print(staf)", "from grader import progress"):
        run(page, cell(page, source))
    run(page, cell(page, "from grader import bring_back"))
    return page


def _show_all(page: Page, size: ViewportSize) -> None:
    """Makes the window so high that the whole notebook is in view: axe-core passes over what is not."""
    page.set_viewport_size(size)
    page.locator(f"{IN_VIEW} .jp-WindowedPanel-outer").evaluate("panel => { panel.scrollTop = 0; }")
    unseen = "ours => ours.filter(one => !one.checkVisibility({contentVisibilityAuto: true})).length"
    page.wait_for_function(f"() => ({unseen})([...document.querySelectorAll('{OURS}')]) === 0")


def _set_theme(page: Page, theme: str) -> None:
    light = str(theme == "Light").lower()
    if page.locator("body").get_attribute("data-jp-theme-light") != light:
        page.get_by_role("menuitem", name="Settings").click()
        page.locator(".lm-Menu-item", has_text=re.compile("^Theme")).click()
        page.locator(".lm-Menu-item", has_text=f"JupyterLab {theme}").last.click()
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)


def _findings(page: Page) -> tuple[list[str], set[str]]:
    """Serious and critical findings of axe-core: ours in words, and the names of JupyterLab's."""
    # Not `Axe().run`: it would evaluate its half a megabyte in the page once more each time.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate("() => axe.run({resultTypes: ['violations']}).then(results => results.violations)")
    ours, theirs = [], set()
    for violation in violations:
        if violation["impact"] not in ("serious", "critical"):
            continue
        for node in violation["nodes"]:
            at = page.locator(node["target"][-1]).first
            if not at.evaluate(f"element => !!element.closest('{OURS}')"):
                theirs.add(violation["id"])
            elif violation["id"] == "image-alt" and at.evaluate("image => image.matches('.jp-RenderedImage > img')"):
                theirs.add("image-alt in an image output")
            else:
                ours.append(f"{violation['id']}: {node['html']}")
    return ours, theirs


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("name", ["lesson", "start"])
def test_axe_finds_nothing_serious_of_ours_and_every_text_has_its_contrast(
    pages: dict[str, Page], name: str, theme: str
) -> None:
    page = pages[name]
    _set_theme(page, theme)
    ours, theirs = _findings(page)
    assert ours == []
    assert theirs <= JUPYTERLABS.keys()
    texts = page.locator(OURS).evaluate_all(CONTRASTS)
    seen = {word for text in texts for word in text["card"].split()}
    kinds = {"lesson": {"idle", "close", "wrong", "right"}, "start": {"wrong", "right", "map", "bar", "tick"}}
    assert {f"hoh-{kind}" for kind in kinds[name]} <= seen
    assert [text for text in texts if text["contrast"] < 4.5] == []
    page.screenshot(path=SHOTS / f"readable-{name}-{theme.lower()}.png")


def test_a_chart_is_followed_by_its_words(pages: dict[str, Page]) -> None:
    after = pages["lesson"].locator(".jp-Cell:has(.jp-RenderedImage) + .jp-Cell .jp-MarkdownOutput")
    expect(after).to_have_count(1)
    expect(after).to_contain_text(re.compile(r"^\s*In words:"))


def test_a_state_is_told_by_its_sign_and_its_words_in_grey_as_well(pages: dict[str, Page]) -> None:
    page = pages["lesson"]
    _set_theme(page, "Light")
    heads = page.locator(".hoh-card:has(.hoh-points) .hoh-head")
    told = heads.evaluate_all("heads => heads.map(head => [...head.children].map(part => part.innerText).join(' '))")
    untried = "○ Not tried yet 0 of 1"
    assert told == ["✓ Right 2 of 2", "◐ Close 0 of 3", untried, "✕ Not yet 0 of 3", untried]
    for name, grey in pages.items():
        grey.locator("html").evaluate("html => { html.style.filter = 'grayscale(1)'; }")
        grey.screenshot(path=SHOTS / f"readable-{name}-grey.png")
        grey.locator("html").evaluate("html => { html.style.filter = ''; }")
    weeks = pages["start"].locator(".hoh-week").all_inner_texts()
    assert len(weeks) >= 4, "the published weeks and the others of each module"
    states = {"done": "✓", "started": "◐", "next": "➜", "not published": "·"}
    signs = {word: {week.strip()[0] for week in weeks if f"({word}" in week} for word in states}
    assert signs == {word: {sign} for word, sign in states.items()}
    for each in pages.values():
        links = each.locator(OURS).locator("a:not(.jp-InternalAnchorLink)")
        lines = links.evaluate_all("links => links.map(link => getComputedStyle(link).textDecorationLine)")
        assert set(lines) == {"underline"}


def test_cards_are_announced_and_headings_stand_in_order(pages: dict[str, Page]) -> None:
    lesson, start = pages["lesson"], pages["start"]
    assert lesson.get_by_role("status").count() == lesson.locator(".hoh-card").count() == 8
    heard = lesson.get_by_role("status").filter(has_text="spells it, capitals").aria_snapshot()
    assert heard.startswith("- status:")
    assert "Close 0 of 3" in heard
    assert "◐" not in heard
    assert "Hint 1 of 3" in heard
    expect(start.get_by_role("region", name="Where you are")).to_have_count(1)
    for page in pages.values():
        levels = page.locator(f"{OURS} :is(h1, h2, h3, h4, h5, h6)").evaluate_all(
            "headings => headings.map(heading => Number(heading.tagName[1]))"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_map_takes_the_room_there_is_whatever_cards_follow_it(pages: dict[str, Page]) -> None:
    assert pages["start"].locator(".hoh-map").bounding_box()["width"] > 800  # type: ignore[index]


@pytest.mark.parametrize("name", ["lesson", "start"])
def test_at_twice_the_size_nothing_of_ours_is_cut_off_or_wants_sideways_scrolling(
    pages: dict[str, Page], name: str
) -> None:
    page = pages[name]
    page.locator("details").evaluate_all("folds => folds.forEach(fold => { fold.open = true; })")
    assert page.locator(OURS).evaluate_all(CUT) == []
    _show_all(page, ZOOMED)
    page.screenshot(path=SHOTS / f"readable-{name}-twice-the-size.png")
    cut = page.locator(OURS).evaluate_all(CUT)
    _show_all(page, TALL)
    assert cut == []


FOCUS = """() => {
  const element = document.activeElement, style = getComputedStyle(element), {outlineStyle, outlineWidth} = style;
  return {tag: element.tagName, text: element.innerText, ring: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0};
}"""
ACTIVE = f"() => document.querySelector('{IN_VIEW} .jp-Cell.jp-mod-active').innerText"


def _tab_to(page: Page, tag: str, text: str, key: str = "Tab") -> None:
    """Presses Tab until the focus is there, and sees that it shows."""
    for _ in range(15):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        if focus["tag"] == tag and text in focus["text"]:
            assert focus["ring"]
            return
    pytest.fail(f"{key} does not reach {text!r}")


def _down_to(page: Page, text: str) -> None:
    """Presses the arrow until the cell is the active one."""
    for _ in range(60):
        if text in page.evaluate(ACTIVE):
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"the arrows do not reach {text!r}")


@pytest.fixture
def untouched(tmp_path: Path, root: Path) -> Iterator[Course]:
    """A course of its own: in the one that the other tests share, the start page leads to the worked copy."""
    yield from run_course(tmp_path / "my-work", root)


def test_from_the_start_page_to_the_first_right_answer_and_into_the_hints_by_keyboard_alone(
    untouched: Course, page: Page
) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(untouched.url)
    kernel_is_ready(page)
    keys = page.keyboard
    _tab_to(page, "A", "Week 1 ·")
    keys.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Week 1 ")).first).to_be_visible()
    kernel_is_ready(page)

    _down_to(page, "import duckdb")
    keys.press("Shift+Enter")
    _down_to(page, "all_rows = ...")
    for asked in ("'customers.parquet' WHERE region = 'Coast'", "'customers.parquet'"):
        prompt = page.locator(f"{IN_VIEW} .jp-Cell.jp-mod-active .jp-InputPrompt").element_handle()
        before = prompt.inner_text()
        keys.press("Enter")
        keys.press("ControlOrMeta+a")
        keys.insert_text(f'all_rows = duckdb.sql("SELECT count(*) FROM {asked}")')
        keys.press("Shift+Enter")
        page.wait_for_function(
            "([prompt, before]) => ![before, '[*]:'].includes(prompt.innerText)", arg=[prompt, before]
        )
        _down_to(page, 'check("all-rows")')
        keys.press("Shift+Enter")
        card = page.locator(f"{IN_VIEW} .jp-CodeCell", has_text='check("all-rows")').get_by_role("status")
        if "WHERE" in asked:
            expect(card).to_contain_text("That is the Coast alone")
            _tab_to(page, "SUMMARY", "Hint 1 of 3", "Shift+Tab")
            fold = card.locator("details")
            for key, is_open in (("Enter", False), ("Space", True)):
                keys.press(key)
                expect(fold).to_have_js_property("open", is_open)
            # Back to the answer: out of the card, and one box up.
            keys.press("ArrowUp")
            assert "all_rows =" in page.evaluate(ACTIVE)
    expect(card).to_contain_text("2 of 2")
