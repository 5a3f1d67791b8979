"""A real JupyterLab, started as a learner starts it, and a real Chromium to look at it with."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.course import Course, run_course

CHROMIUM = os.environ.get("HANDSON_CHROMIUM", "/usr/bin/chromium")
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Course]:
    """The released lessons, in a folder of their own, served for all tests of a module."""
    yield from run_course(tmp_path_factory.mktemp("learner") / "my-work", root)


# A loaded machine is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window of an ordinary laptop's size."""
    context = browser.new_context(viewport={"width": 1366, "height": 860})
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.fixture
def shoot(page: Page, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Takes a picture of the page as it stands, into the git-ignored folder, named after the test."""

    def take(name: str) -> Path:
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{request.node.originalname.removeprefix('test_')}-{name}.png"
        page.screenshot(path=path)
        return path

    return take
