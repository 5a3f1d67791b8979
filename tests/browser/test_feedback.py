"""A page of feedback in a real browser: readable in light, dark and on a telephone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from grader.coach.feedback import write_feedback
from tests.coach.synthetic import synthetic

pytestmark = pytest.mark.browser
WAYS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (390, "light")}


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the first learner of a small cohort."""
    pages = write_feedback(synthetic(tmp_path_factory.mktemp("feedback"), 6, 1), "w01").pages
    return pages[min(pages)]


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(
    page: Page, feedback: Path, shoot: Callable[[str], Path], way: str
) -> None:
    width, scheme = WAYS[way]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(feedback.as_uri())
    assert fetched == [feedback.as_uri()]
    page.evaluate(Axe().axe_script)
    found = page.evaluate("() => axe.run().then(results => results.violations)")
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(f"feedback-{way}")
