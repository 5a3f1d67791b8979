"""The page on which memos are marked, in a real browser: keyboard alone, two coaches, a closed tab."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from grader.coach.cohort import Cohort
from grader.coach.gradebook import LOCK
from grader.coach.memo_marks import read_mark
from grader.coach.points import read_cells
from grader.coach.review import open_review, send_kept
from grader.coach.review_server import Desk, ReviewServer
from tests.coach.cohort_of_week_1 import ADA, CY, WEEK, Graded, copy_of
from tests.coach.conftest import spring, week_1  # noqa: F401 (the graded cohort)

pytestmark = [pytest.mark.linux, pytest.mark.browser, pytest.mark.xdist_group("engine")]
MEMO = "board-number"


class Running:
    """A server in a thread of its own, on a copy of the graded cohort."""

    def __init__(self, cohort: Cohort, *, blind: bool = False) -> None:
        self.cohort = cohort
        self.desk = Desk(cohort, open_review(cohort, WEEK, blind=blind))
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = asyncio.run_coroutine_threadsafe(self._make(), self._loop).result()
        self.url = self.server.url

    async def _make(self) -> ReviewServer:
        return ReviewServer(self.desk)

    def stop(self) -> None:
        async def stop() -> None:
            self.server.stop()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def memo(self, email: str) -> float | None:
        """The manual score of a memo in the gradebook."""
        return next(
            each.manual for each in read_cells(self.cohort, WEEK) if (each.email, each.name) == (email, f"memo-{MEMO}")
        )


@pytest.fixture
def running(spring: Graded, tmp_path: Path) -> Iterator[Running]:  # noqa: F811
    made = Running(copy_of(spring.after, tmp_path / "spring"))
    yield made
    made.stop()


def open_page(page: Page, running: Running) -> None:
    page.goto(running.url)
    expect(page.locator("#count")).to_have_text("0 of 2 memos marked")


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_memo_is_marked_by_keyboard_after_the_authors_examples(
    running: Running, page: Page, shoot: Callable[[str], Path]
) -> None:
    open_page(page, running)
    expect(page.locator("h2")).to_contain_text("To begin with: example 1")
    press(page, "0000")
    expect(page.get_by_text("You and the author")).to_be_visible()
    shoot("example")
    press(page, "jjj")
    expect(page.locator("h2")).to_contain_text("Ada Person")
    expect(page.get_by_text("What they computed")).to_be_visible()
    press(page, "2120")
    expect(page.locator("#state")).to_contain_text("Saved, ")
    press(page, "c")
    page.keyboard.insert_text("Name the <b>owner</b>.")
    page.keyboard.press("Escape")
    expect(page.locator("#state")).to_contain_text("Saved, ")
    expect(page.locator("#count")).to_have_text("1 of 2 memos marked")
    shoot("memo")
    press(page, "u")
    expect(page.locator("textarea")).to_have_value("")
    press(page, "u")
    expect(page.locator("#count")).to_have_text("0 of 2 memos marked")
    expect(page.locator("#state")).to_have_text("Saved: 3 of 4 criteria marked.")
    assert running.memo(ADA) is None
    press(page, "wwww")
    press(page, "2222")
    expect(page.locator("#state")).to_contain_text("Saved, ")
    most = next(each.most for each in read_cells(running.cohort, WEEK) if each.name == f"memo-{MEMO}")
    assert running.memo(ADA) == most
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].criteria == (2, 2, 2, 2)


def test_a_second_coach_sees_the_newer_mark_and_overwrites_nothing(running: Running, browser: Browser) -> None:
    pages = []
    for _ in range(2):
        page = browser.new_context().new_page()
        open_page(page, running)
        press(page, "jjj")
        pages.append(page)
    first, second = pages
    press(first, "2222")
    expect(first.locator("#state")).to_contain_text("Saved, ")
    press(second, "0")
    expect(second.locator("#state")).to_contain_text("Somebody else has marked this memo")
    expect(second.locator("#count")).to_have_text("1 of 2 memos marked")
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].criteria == (2, 2, 2, 2)
    for page in pages:
        page.context.close()


def test_whoever_comes_second_still_has_their_own_and_may_write_it(running: Running, browser: Browser) -> None:
    first, second = pages = [browser.new_context().new_page() for _ in range(2)]
    for page in pages:
        open_page(page, running)
        press(page, "jjj")
    press(first, "2222")
    expect(first.locator("#state")).to_contain_text("Saved, ")
    press(second, "c")
    second.keyboard.insert_text("Mine.")
    second.keyboard.press("Escape")
    expect(second.locator(".mine")).to_contain_text("You had given - - - -, and these words:")
    expect(second.locator(".mine blockquote")).to_have_text("Mine.")
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].comment == ""
    second.get_by_role("button", name="Leave theirs").click()
    press(second, "0")
    expect(second.locator("#state")).to_contain_text("Saved, 6 of 8")
    press(first, "1")
    expect(first.locator(".mine")).to_contain_text("You had given 2 2 2 1.")
    first.get_by_role("button", name="Write mine instead").click()
    expect(first.locator("#state")).to_contain_text("Saved, 7 of 8")
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].criteria == (2, 2, 2, 1)
    for page in pages:
        page.context.close()


def test_a_tab_that_is_closed_in_the_middle_of_a_word_loses_nothing(running: Running, page: Page) -> None:
    open_page(page, running)
    press(page, "jjjc")
    page.route("**/api/mark", lambda route: route.abort())
    page.keyboard.type("Name the ow")
    again = page.context.new_page()
    page.close()
    again.goto(running.url.partition("?")[0])
    expect(again.locator("textarea")).to_have_value("Name the ow")
    expect(again.locator("#state")).to_contain_text("Saved: 0 of 4")
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].comment == "Name the ow"


def test_words_are_not_moved_while_they_are_written(running: Running, page: Page) -> None:
    open_page(page, running)
    press(page, "jjjc")
    page.keyboard.type("Name the ")
    expect(page.locator("#state")).to_contain_text("Saved: 0 of 4")
    page.keyboard.type("owner.")
    expect(page.locator("textarea")).to_have_value("Name the owner.")
    expect(page.locator("textarea")).to_be_focused()


def test_arrows_choose_among_the_anchors_of_one_criterion_and_keys_can_be_turned_off(
    running: Running, page: Page
) -> None:
    open_page(page, running)
    press(page, "jjj")
    page.get_by_role("radio").first.focus()
    for key in ("ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#criterion-0 input:checked")).to_be_focused()
    expect(page.locator("#criterion-0 input").nth(2)).to_be_checked()
    expect(page.locator("#criterion-1 input:checked")).to_have_count(0)
    page.locator("#letters").uncheck()
    press(page, "j0")
    expect(page.locator("h2")).to_contain_text("Ada Person")
    page.reload()
    expect(page.locator("#letters")).not_to_be_checked()


def test_a_cohort_that_cannot_be_read_is_a_sentence_on_the_page(running: Running, page: Page) -> None:
    open_page(page, running)
    running.cohort.gradebook.write_bytes(b"no gradebook")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("gradebook.db is not a gradebook: move it away")


def test_what_could_not_be_sent_is_sent_when_the_page_is_opened_again(running: Running, page: Page) -> None:
    open_page(page, running)
    press(page, "jjj")
    page.route("**/api/mark", lambda route: route.abort())
    press(page, "11")
    expect(page.locator("#state")).to_contain_text("Kept in this browser")
    page.unroute("**/api/mark")
    page.reload()
    expect(page.locator("#state")).to_have_text("Saved: 2 of 4 criteria marked.")
    assert read_mark(running.cohort, WEEK, ADA)[MEMO].criteria == (1, 1, None, None)


def test_while_the_gradebook_is_in_use_a_mark_is_kept_and_said_and_goes_there_later(
    running: Running, page: Page
) -> None:
    open_page(page, running)
    press(page, "jjjj")
    code = "import fcntl, sys; held = open(sys.argv[1], 'ab'); fcntl.lockf(held, fcntl.LOCK_EX)"
    command = [sys.executable, "-c", f"{code}; print('held', flush=True); input()", str(running.cohort.folder / LOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        press(page, "1111")
        expect(page.locator("#state")).to_contain_text("Kept, and not in the gradebook yet: Another")
        assert running.memo(CY) is None
        other.communicate("\n")
    page.reload()
    expect(page.locator("#count")).to_have_text("1 of 2 memos marked")
    assert running.memo(CY) is not None
    assert send_kept(running.cohort, running.desk.review) == 0


def test_blind_marking_shows_no_name_and_sends_none(spring: Graded, tmp_path: Path, page: Page) -> None:  # noqa: F811
    running = Running(copy_of(spring.after, tmp_path / "spring"), blind=True)
    try:
        seen = []
        page.on("response", lambda answer: seen.append(answer.text()) if "/api/" in answer.url else None)
        open_page(page, running)
        press(page, "jjj")
        expect(page.locator("h2")).to_contain_text("Memo 1")
        assert seen
        for text in (*seen, page.content()):
            assert "Ada" not in text
            assert "x.org" not in text
    finally:
        running.stop()


def test_axe_finds_nothing_serious_light_and_dark_and_nothing_is_cut_off_at_twice_the_size(
    running: Running, page: Page, shoot: Callable[[str], Path]
) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        open_page(page, running)
        press(page, "jjj")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        # The page's own policy lets no script in but its own, so axe-core is handed over by the debugger.
        page.evaluate(Axe().axe_script)
        found = page.evaluate("() => axe.run().then(results => results.violations)")
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        shoot(scheme)
    page.set_viewport_size({"width": 640, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot("twice-the-size")


def status(url: str, **headers: str) -> int:
    method = "POST" if headers.pop("method", "") else "GET"
    request = Request(url, headers=headers, method=method, data=b"{}" if method == "POST" else None)
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_nobody_gets_in_without_the_token_or_from_another_site(running: Running) -> None:
    base, token = running.url.split("/?token=")
    cookie = f"handson-review-{running.server.port}={token}"
    assert status(f"{base}/") == 403
    assert status(f"{base}/?token=wrong") == 403
    assert status(f"{base}/api/memos") == 403
    assert status(f"{base}/api/memos", Cookie=cookie) == 200
    assert status(f"{base}/api/memos", Cookie=cookie, Host="evil.example") == 403
    assert status(f"{base}/api/memos", Cookie=cookie, Origin="http://evil.example") == 403
    page = {"Cookie": cookie, "Content-Type": "application/json", "method": "post"}
    assert status(f"{base}/api/mark", **page) == 403
    assert status(f"{base}/api/mark", **page, Origin="http://evil.example") == 403
    assert status(f"{base}/api/mark", **page, Origin=base) == 400
    assert status(f"{base}/api/mark", **{**page, "Content-Type": "text/plain"}, Origin=base) == 403


def test_marks_that_are_none_are_refused_and_nothing_is_written(running: Running) -> None:
    base, token = running.url.split("/?token=")
    headers = {
        "Cookie": f"handson-review-{running.server.port}={token}",
        "Content-Type": "application/json",
        "Origin": base,
    }
    memo = running.desk.review.memos[0]
    for criteria in ([3, 0, 0, 0], [True, 0, 0, 0], [0, 0, 0], [0, 0, 0, 1.5]):
        body = json.dumps(
            {"id": memo.id, "criteria": criteria, "comment": "", "seen": memo.seen, "marked": True, "points": None}
        ).encode()
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{base}/api/mark", body, headers))
        assert refused.value.code == 409
        refused.value.close()
    assert read_mark(running.cohort, WEEK, ADA) == {}
