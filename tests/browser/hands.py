"""What a learner's hands do in a notebook: find a box, type over it, run it."""

import re

from playwright.sync_api import Locator, Page, expect

IN_VIEW = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RAN = re.compile(r"\[\d+\]")


def cell(page: Page, source: str) -> Locator:
    """The code cell of the notebook in view whose text begins so, named by its place: what stands in it may change."""
    editor = page.locator(".cm-content", has_text=re.compile(r"^\s*" + re.escape(source)))
    found = page.locator(f"{IN_VIEW} .jp-CodeCell", has=editor).first
    place = found.evaluate(f"cell => [...document.querySelectorAll('{IN_VIEW} .jp-CodeCell')].indexOf(cell)")
    return page.locator(f"{IN_VIEW} .jp-CodeCell").nth(place)


def write(page: Page, box: Locator, typed: str) -> None:
    """Clicks into the box and types over what stands in it."""
    box.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(typed)


def run(page: Page, box: Locator, typed: str | None = None) -> Locator:
    """Clicks into the box, types over it, runs it, waits for its number, and returns its outputs."""
    if typed is None:
        box.locator(".cm-content").click()
    else:
        write(page, box, typed)
    prompt = box.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    page.keyboard.press("Shift+Enter")
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_have_text(RAN)
    return box.locator(".jp-OutputArea")
