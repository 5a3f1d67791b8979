"""The report in a real browser: readable in light, dark and grey, on a telephone and on paper."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from grader.coach.report import write_report
from tests.coach.synthetic import synthetic

pytestmark = pytest.mark.browser
WAYS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (390, "light")}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    cohort = synthetic(tmp_path_factory.mktemp("report"), 40, 10)
    return {"named": write_report(cohort), "board": write_report(cohort, anonymous=True)}


@pytest.mark.parametrize("kind", ["named", "board"])
@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(
    page: Page, reports: dict[str, Path], shoot: Callable[[str], Path], kind: str, way: str
) -> None:
    width, scheme = WAYS[way]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(reports[kind].as_uri())
    shoot(f"{kind}-{way}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    sides = "each => { const box = each.getBBox(); return [box.x, box.x + box.width, each.viewBox.baseVal.width] }"
    for drawn in page.locator("svg").all():
        left, right, wide = drawn.evaluate(sides)
        assert left >= -1, drawn.get_attribute("aria-label")
        assert right <= wide + 1, drawn.get_attribute("aria-label")
    assert fetched == [reports[kind].as_uri()]


def test_on_paper_nothing_is_lost_but_what_is_folded(page: Page, reports: dict[str, Path]) -> None:
    page.goto(reports["named"].as_uri())
    page.emulate_media(media="print")
    for heading in page.locator("h2").all():
        assert heading.is_visible()
    assert page.locator("svg").first.is_visible()
    assert not page.locator("summary", has_text="The numbers as a table").first.is_visible()
