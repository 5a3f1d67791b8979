"""An hour's work in the real JupyterLab: a closed lid, a killed kernel, two tabs, a shared server, the kept file."""

import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

from grader.learner.keep import is_kept
from tests.browser.course import Course, free_port, kernel_is_ready

pytestmark = [pytest.mark.linux, pytest.mark.browser]

LESSON = "w01_three_answers"
NOTEBOOK = f"{LESSON}/{LESSON}.ipynb"
FRESH = "that box has not run since the lesson was opened or restarted"


def _cell(page: Page, source: str) -> Locator:
    """The code cell whose text begins so."""
    editor = page.locator(".cm-content", has_text=re.compile(r"^\s*" + re.escape(source)))
    return page.locator(".jp-CodeCell", has=editor).first


def _by_place(page: Page, cell: Locator) -> Locator:
    """The same cell, found again when what stands in it has changed."""
    place = cell.evaluate("cell => [...document.querySelectorAll('.jp-CodeCell')].indexOf(cell)")
    return page.locator(".jp-CodeCell").nth(place)


def _type(page: Page, cell: Locator, typed: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(typed)


def _run(page: Page, cell: Locator) -> Locator:
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))
    return cell.locator(".jp-OutputArea")


def _is_save(response: Response) -> bool:
    return response.request.method == "PUT" and LESSON in response.url and response.ok


def _saved(course: Course) -> str:
    notebook: dict[str, Any] = json.loads((course.folder / NOTEBOOK).read_text(encoding="utf-8"))
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


@pytest.fixture
def lesson(course: Course, page: Page) -> Page:
    page.goto(course.page(NOTEBOOK))
    kernel_is_ready(page)
    return page


def test_a_check_before_the_first_box_says_to_run_that_box(lesson: Page, shoot: Callable[[str], Path]) -> None:
    shown = _run(lesson, _cell(lesson, 'check("all-rows")'))
    expect(shown.get_by_role("status")).to_contain_text(FRESH)
    red = shown.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    expect(red).to_have_text(re.compile(r"^\s*NameError: the card above says what happened"))
    shown.scroll_into_view_if_needed()
    shoot("fresh-kernel")


def test_what_was_typed_is_on_disk_without_anybody_saving_and_a_killed_kernel_takes_nothing_along(
    course: Course, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 860})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(course.page(NOTEBOOK))
    kernel_is_ready(page)
    nobody = _by_place(page, _cell(page, "nobody ="))
    with page.expect_response(_is_save):
        _type(page, nobody, "nobody = 'typed before the lid was closed'")
    assert "typed before the lid was closed" in _saved(course)

    # The kernel dies in the midst of a box; the page stays, and with it all that was typed since.
    first = _cell(page, "import duckdb")
    _run(page, first)
    _type(page, nobody, "import os\nos.kill(os.getpid(), 9)\nnobody = 'typed into the box that killed it'")
    page.keyboard.press("Shift+Enter")
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("died")
    dialog.get_by_role("button", name="Ok").click()
    kernel_is_ready(page)
    expect(page.locator(".jp-CodeCell", has_text="typed into the box that killed it")).to_be_visible()
    expect(_run(page, _cell(page, 'check("all-rows")')).get_by_role("status")).to_contain_text(FRESH)
    with page.expect_response(_is_save):
        page.keyboard.press("ControlOrMeta+s")
    context.close()
    assert "typed into the box that killed it" in _saved(course)


def test_two_tabs_on_one_notebook_ask_before_either_loses_anything(course: Course, browser: Browser) -> None:
    """JupyterLab's own behaviour: the tab that saves second is stopped, and shows both ways out."""
    context = browser.new_context(viewport={"width": 1366, "height": 860})
    tabs = [context.new_page(), context.new_page()]
    for tab in tabs:
        tab.set_default_timeout(30_000)
        tab.goto(course.page(NOTEBOOK))
        kernel_is_ready(tab)
    for tab, words in zip(tabs, ("from the first tab", "from the second tab"), strict=True):
        _type(tab, _cell(tab, "toms_query ="), f'toms_query = "{words}"')
    with tabs[0].expect_response(_is_save):
        tabs[0].keyboard.press("ControlOrMeta+s")
    tabs[1].keyboard.press("ControlOrMeta+s")
    dialog = tabs[1].locator(".jp-Dialog")
    expect(dialog).to_contain_text("has changed on disk since the last time it was opened or saved")
    for button in ("Cancel", "Revert", "Overwrite"):
        expect(dialog.get_by_role("button", name=button)).to_be_visible()
    assert "from the first tab" in _saved(course)
    assert "from the second tab" not in _saved(course)
    dialog.get_by_role("button", name="Cancel").click()
    # Nothing is gone: the words of the second tab are still in it.
    expect(tabs[1].locator(".jp-CodeCell", has_text="from the second tab")).to_be_visible()
    context.close()


@pytest.fixture
def shared(tmp_path: Path, root: Path) -> Iterator[Course]:
    """A server of somebody else's, as a hub starts it: a base address, none of our settings, its own kernels.

    The learner has run `handson start` in its terminal.
    """
    home = tmp_path / "home"
    home.mkdir()
    port, base = free_port(), "/user/ana/"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "HANDSON"))}
    environment = {**plain, "HOME": str(home), "PYTHONPATH": str(root), "JUPYTER_TOKEN": "open"}
    started = subprocess.run(
        [sys.executable, "-m", "grader.cli", "start"],
        cwd=home,
        env={**environment, "JUPYTER_SERVER_URL": f"http://127.0.0.1:{port}{base}"},
        capture_output=True,
        text=True,
    )
    assert started.returncode == 0, started.stderr
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    options = [f"--ServerApp.base_url={base}", f"--ServerApp.root_dir={home}", "--ServerApp.ip=127.0.0.1"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([*command, *options], cwd=home, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}{base}api", server)
        url = f"http://127.0.0.1:{port}{base}doc/tree/my-work/00_start_here.ipynb?token=open"
        yield Course(url, home / "my-work")
    finally:
        server.terminate()
        server.wait()


def _wait_until_up(url: str, server: "subprocess.Popen[bytes]") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        try:
            with opener.open(url, timeout=10):
                return
        except OSError:
            try:
                pytest.fail(f"JupyterLab ended with code {server.wait(timeout=0.1)}")
            except subprocess.TimeoutExpired:
                continue
    pytest.fail("JupyterLab did not answer within a minute")


def test_behind_a_base_address_the_page_its_links_and_the_kept_file_work(
    shared: Course, page: Page, tmp_path: Path, shoot: Callable[[str], Path]
) -> None:
    page.goto(shared.url)
    kernel_is_ready(page)
    box = _cell(page, "from grader import bring_back")
    expect(_run(page, box).get_by_role("status")).to_contain_text("Nothing is saved yet")
    _type(page, _cell(page, "staff = 180"), "staff = 181")
    with page.expect_response(lambda response: response.request.method == "PUT" and response.ok):
        page.keyboard.press("ControlOrMeta+s")
    box.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    shown = box.locator(".jp-OutputArea")
    expect(shown.get_by_role("status")).to_contain_text("Your work is in one file")
    shown.scroll_into_view_if_needed()
    shoot("kept")
    link = shown.get_by_role("link", name=re.compile(r"Download kept-work-[\d-]+\.zip"))
    expect(link).to_have_attribute(
        "href", re.compile(r"^http://127\.0\.0\.1:\d+/user/ana/files/my-work/kept-work\.zip")
    )
    with page.expect_download() as download:
        link.click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    assert re.fullmatch(r"kept-work-\d{4}-\d\d-\d\d-\d{4}\.zip", kept.name)
    assert is_kept(kept)
    with zipfile.ZipFile(kept) as archive:
        assert "00_start_here.ipynb" in archive.namelist()

    page.get_by_role("link", name="Three answers").first.click()
    expect(page.locator(".jp-CodeCell", has_text='check("all-rows")').first).to_be_visible()
    kernel_is_ready(page)
    _run(page, _cell(page, "import duckdb"))
    expect(_run(page, _cell(page, 'check("all-rows")')).get_by_role("status")).to_contain_text("0 of 2")
    shoot("lesson")
