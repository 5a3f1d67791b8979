"""What a learner sees first. On small lessons of its own: it fails for the look, and nothing else."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Course, run_course

pytestmark = [pytest.mark.linux, pytest.mark.browser]


def _notebook(*cells: tuple[str, str]) -> str:
    def cell(number: int, kind: str, source: str) -> dict[str, object]:
        common = {"id": f"cell-{number}", "cell_type": kind, "metadata": {}, "source": source}
        return common if kind == "markdown" else {**common, "execution_count": None, "outputs": []}

    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells_ = [cell(number, kind, source) for number, (kind, source) in enumerate(cells)]
    return json.dumps({"cells": cells_, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def small_course(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Course]:
    lessons = tmp_path_factory.mktemp("lessons")
    (lessons / "00_start_here.ipynb").write_text(
        _notebook(
            (
                "markdown",
                "# Start here\n\nClick the box, press **Shift+Enter**.\n\n[Week 1](w01_small/w01_small.ipynb)",
            ),
            ("code", "2 + 3"),
            ("code", "'one line ' * 30  # " + "a long line that has to wrap " * 6),
        )
    )
    (lessons / "w01_small").mkdir()
    (lessons / "w01_small" / "w01_small.ipynb").write_text(
        _notebook(("markdown", "# Week one"), ("code", "open('data.txt').read()"))
    )
    (lessons / "w01_small" / "data.txt").write_text("from the lesson's folder")
    folder = tmp_path_factory.mktemp("learner") / "my-work"
    yield from run_course(folder, root, HANDSON_LESSONS=str(lessons))


def test_the_start_page_opens_alone_and_asks_nothing(
    small_course: Course, page: Page, shoot: Callable[[str], Path]
) -> None:
    page.goto(small_course.url)
    expect(page.get_by_role("heading", name="Start here")).to_be_visible()
    expect(page.get_by_title("Python 3 (ipykernel) | Idle")).to_be_attached()
    shoot("opened")
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    assert page.locator(".jp-FileBrowser").is_hidden()
    assert page.locator(".jp-PropertyInspector, .jp-DebuggerSidebar, .jp-extensionmanager-view").count() == 0
