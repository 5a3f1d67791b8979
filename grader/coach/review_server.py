"""`handson review WEEK`: a page on this machine alone, on which memos are marked by keyboard.

It listens on loopback. The address carries a token once, which becomes a cookie; each request is refused whose Host is
not this server's, or which another site sends.
"""

import asyncio
import json
import secrets
import webbrowser
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_server, socket
from typing import Any

from rich.console import Console
from rich.markup import escape
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from grader.coach.cohort import Cohort, open_cohort
from grader.coach.page import escaped, page
from grader.coach.review import (
    Given,
    Review,
    as_json,
    keep_comment,
    open_review,
    read_comments,
    save,
    send_kept,
    standing_as_json,
)
from grader.learner.problem import Problem

LOOPBACK = "127.0.0.1"
COOKIE = "handson-review-{port}"
"""Browsers keep no ports apart in cookies: two cohorts may be open at once."""
FIRST_PORT, PORTS = 49_152, 16_384
MOST_BODY = 64 << 10
HERE = Path(__file__).parent
FILES = {"review.js": "text/javascript", "review.css": "text/css"}
GONE = (
    "This memo is not in the cohort as you see it: it was graded again, with another text. Load the page again; what "
    "you gave it is kept in this browser and shown there."
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass
class Desk:
    """What lies before the coach. The memos are read again whenever the page is opened: somebody may have marked."""

    cohort: Cohort
    review: Review
    waits: bool = True

    def read_again(self) -> Review:
        """The memos as they are now, after what had been kept went into the gradebook. Raises Problem."""
        self.review = open_review(self.cohort, self.review.week, blind=self.review.blind)
        self.waits = True
        if self.send_kept():
            self.review = open_review(self.cohort, self.review.week, blind=self.review.blind)
        return self.review

    def send_kept(self) -> int:
        """Try to write to the gradebook what waits for it; how many memos, 0 while somebody else has it."""
        sent = 0
        if self.waits:
            with suppress(Problem):
                sent = send_kept(self.cohort, self.review)
                self.waits = False
        return sent


class _Handler(RequestHandler):
    """Lets in whoever has the token, from this page."""

    def initialize(self, desk: Desk, token: str, hosts: frozenset[str]) -> None:
        self.desk, self.token, self.hosts = desk, token, hosts
        self.cookie = COOKIE.format(port=self.request.host.rpartition(":")[2])

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def prepare(self) -> None:
        if self.request.host not in self.hosts:
            raise HTTPError(403, reason="Another host")
        origin = self.request.headers.get("Origin")
        if origin is not None and origin.partition("//")[2] not in self.hosts:
            raise HTTPError(403, reason="Another site")
        if self.request.method == "POST" and (
            origin is None or self.request.headers.get("Content-Type", "").partition(";")[0] != "application/json"
        ):
            raise HTTPError(403, reason="Not from the page")
        given = self.get_query_argument("token", "") if self.request.path == "/" else ""
        if given and secrets.compare_digest(given.encode(), self.token.encode()):
            self.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict", path="/")
            self.redirect("/")
        elif not secrets.compare_digest((self.get_cookie(self.cookie) or "").encode(), self.token.encode()):
            raise HTTPError(403, reason="No token")

    def write_error(self, status_code: int, **said: Any) -> None:
        error = said.get("exc_info", (None, None))[1]
        if isinstance(error, Problem):
            self.set_status(409)
            self.finish({"said": str(error)})
            return
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}: open the address that `handson review` printed.\n")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A Problem is for the coach, on the page."""
        if not isinstance(value, Problem):
            super().log_exception(typ, value, tb)

    def body(self) -> dict[str, Any]:
        """The JSON object of the request."""
        try:
            said = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise HTTPError(400, reason="No JSON") from error
        if not isinstance(said, dict):
            raise HTTPError(400, reason="No object")
        return said


class _Page(_Handler):
    def get(self) -> None:
        title = f"Memos of week {int(self.desk.review.week[1:])}"
        body = (
            f'<h1>{escaped(title)}: {escaped(self.desk.review.title)}</h1><div id="app"></div>'
            "<noscript><p>This page needs JavaScript, which this machine alone runs.</p></noscript>"
        )
        head = '<link rel="stylesheet" href="/review.css"><script src="/review.js" defer></script>'
        self.finish(page(title, body, wide=True, head=head))


class _File(_Handler):
    def get(self, name: str) -> None:
        self.set_header("Content-Type", f"{FILES[name]}; charset=utf-8")
        self.finish((HERE / name).read_bytes())


class _Memos(_Handler):
    def get(self) -> None:
        self.finish(as_json(self.desk.cohort, self.desk.read_again(), read_comments(self.desk.cohort)))


class _Mark(_Handler):
    def post(self) -> None:
        said = self.body()
        criteria, comment, seen = said.get("criteria"), said.get("comment"), said.get("seen")
        marked, points = said.get("marked"), said.get("points")
        if (
            not isinstance(criteria, list)
            or not isinstance(comment, str)
            or not isinstance(seen, str)
            or not isinstance(marked, bool)
            or not isinstance(points, list | None)
        ):
            raise HTTPError(400, reason="No mark")
        memo = next((each for each in self.desk.review.memos if each.id == said.get("id")), None)
        if memo is None:
            raise Problem(GONE)
        given = Given(tuple(criteria), comment, seen, marked, None if points is None else tuple(points))
        written = save(self.desk.cohort, self.desk.review.week, memo, given)
        if written.said:
            self.desk.waits = True
        else:
            self.desk.send_kept()
        self.finish({**standing_as_json(written.memo), "said": written.said, "refused": written.refused})


class _Comment(_Handler):
    def post(self) -> None:
        comment = self.body().get("comment")
        if not isinstance(comment, str):
            raise HTTPError(400, reason="No comment")
        self.finish({"comments": keep_comment(self.desk.cohort, comment)})


class ReviewServer:
    """The server, listening from when it is made; `url` has the token."""

    def __init__(self, desk: Desk, port: int = 0) -> None:
        if not 0 <= port < 1 << 16:
            raise Problem(f"There is no port {port}: leave --port out for a free one.")
        try:
            listening = create_server((LOOPBACK, port)) if port else _usual_socket(desk)
        except OSError as error:
            raise Problem(f"Port {port} cannot be used ({error.strerror}): leave --port out for a free one.") from error
        listening.setblocking(False)
        self.port = int(listening.getsockname()[1])
        token = secrets.token_urlsafe(24)
        hosts = frozenset({f"{LOOPBACK}:{self.port}", f"localhost:{self.port}"})
        given = {"desk": desk, "token": token, "hosts": hosts}
        application = Application(
            [
                (r"/", _Page, given),
                (r"/(review\.(?:js|css))", _File, given),
                (r"/api/memos", _Memos, given),
                (r"/api/mark", _Mark, given),
                (r"/api/comment", _Comment, given),
            ],
            log_function=lambda _: None,
        )
        self.url = f"http://{LOOPBACK}:{self.port}/?token={token}"
        self._server = HTTPServer(application, max_body_size=MOST_BODY)
        self._server.add_socket(listening)

    def stop(self) -> None:
        """Take no more requests."""
        self._server.stop()


def _usual_socket(desk: Desk) -> socket:
    """Of the same port each time, if it is free: what a browser keeps for a page, it keeps by the port."""
    usual = FIRST_PORT + zlib.crc32(f"{desk.cohort.folder.resolve()} {desk.review.week}".encode()) % PORTS
    with suppress(OSError):
        return create_server((LOOPBACK, usual))
    return create_server((LOOPBACK, 0))


def review_command(
    week: str,
    cohort: str | None,
    *,
    blind: bool = False,
    port: int = 0,
    browser: bool = True,
    console: Console | None = None,
) -> int:
    """What `handson review` runs, until Ctrl + C. Raises Problem."""
    console = console or Console(highlight=False, soft_wrap=True)
    place = open_cohort(cohort)
    review = open_review(place, week, blind=blind)
    for problem in review.problems:
        console.print(f"Left out: {escape(problem)}")
    desk = Desk(place, review)
    if sent := desk.send_kept():
        console.print(f"{sent} mark{'s' if sent != 1 else ''} that had been kept went into the gradebook.")

    async def serve() -> None:
        server = ReviewServer(desk, port)
        count = len(review.memos)
        console.print(f"{count} memo{'s' if count != 1 else ''} of {week}, on this machine alone: {server.url}")
        console.print("Each mark is saved as you give it. Ctrl + C ends the page.")
        if browser:
            webbrowser.open(server.url)
        try:
            await asyncio.Event().wait()
        finally:
            server.stop()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        try:
            send_kept(place, desk.review)
        except Problem as problem:
            console.print(f"Marks are kept that are not in the gradebook yet: {escape(str(problem))}")
            console.print(f"Next: `handson review {week}` once more, which sends them.")
            return 1
        console.print(f"Next: `handson feedback {week}`, which takes your words along.")
    return 0
