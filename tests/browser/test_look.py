"""What a learner sees first. On small lessons of its own: it fails for the look, and nothing else."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.course import Course, kernel_is_ready, run_course

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
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(small_course.url)
    expect(page.get_by_role("heading", name="Start here")).to_be_visible()
    kernel_is_ready(page)
    shoot("opened")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    expect(page.locator("#filebrowser")).to_be_hidden()
    assert page.locator(".jp-SideBar .lm-TabBar-tab").count() == 2
    assert errors == []


def test_text_and_code_are_large_enough_and_lines_wrap(small_course: Course, page: Page) -> None:
    page.goto(small_course.url)
    code = page.locator(".jp-CodeCell .cm-content").last
    expect(code).to_be_visible()
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert page.locator(".jp-MarkdownOutput p").first.evaluate(size) == 16
    assert code.evaluate(size) == 15
    fits = "element => element.scrollWidth <= element.closest('.cm-scroller').clientWidth"
    assert code.evaluate(fits)
    assert page.locator(".jp-CodeCell").last.evaluate("element => element.clientWidth") <= 940


def _is_save(answer: Response) -> bool:
    return answer.request.method == "PUT" and "/api/contents/" in answer.url


def test_a_cell_runs_and_is_saved_by_itself_soon_after(
    small_course: Course, page: Page, shoot: Callable[[str], Path]
) -> None:
    page.goto(small_course.url)
    kernel_is_ready(page)
    with page.expect_response(_is_save, timeout=30_000) as saved:
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".jp-OutputArea-output").first).to_have_text("5", timeout=15_000)
    assert saved.value.ok
    shoot("saved")
    stored = json.loads((small_course.folder / "00_start_here.ipynb").read_text())
    assert "".join(stored["cells"][1]["outputs"][0]["data"]["text/plain"]) == "5"


def test_a_link_opens_the_lesson_in_the_same_page_and_its_kernel_in_the_lesson_folder(
    small_course: Course, page: Page, shoot: Callable[[str], Path]
) -> None:
    page.goto(small_course.url)
    page.get_by_role("link", name="Week 1").click()
    expect(page.get_by_role("heading", name="Week one")).to_be_visible()
    kernel_is_ready(page)
    cell = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text('"from the lesson\'s folder"')
    shoot("lesson")


def test_the_files_are_one_click_away(small_course: Course, page: Page, shoot: Callable[[str], Path]) -> None:
    page.goto(small_course.url)
    expect(page.get_by_role("heading", name="Start here")).to_be_visible()
    page.locator(".jp-SideBar .lm-TabBar-tab").first.click()
    expect(page.locator("#filebrowser").get_by_text("w01_small")).to_be_visible()
    shoot("files")
