"""`self_assessment(me)` on the start page: seven digits, kept by day in `self-assessment.json`, then and now.

Raises nothing: a slip is a card.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from grader.learner.card import card, words
from grader.learner.outcome import Notice
from grader.learner.page import Box, Page, page_at
from grader.learner.problem import Problem
from grader.learner.progress import page_folder
from grader.learner.saved import open_here
from grader.learner.session import box_now, gives, ipython, keeps_tries, last_run
from grader.learner.seven_rows import ROWS, are_in, slip_in
from grader.learner.start import START_PAGE, write_whole
from grader.learner.takes import FILE_NAME, SCHEMA, Take, read_answers, read_takes


def self_assessment(me: object) -> Notice:
    """Keep the seven answers and say where to begin; from the second day on, what has changed."""
    try:
        now = Take(date.today(), read_answers(me, _box(me)))
    except Problem as problem:
        return _notice("close", "Not kept yet", [str(problem)], "change it in the box above, and run both boxes again.")
    path = page_folder() / FILE_NAME
    before = [take for take in read_takes(path) if take.on != now.on]
    kept = not keeps_tries() or _write(path, [*before, now])
    # A box that was changed, not run and not saved leaves `me` as it was: only the digits themselves tell.
    said = [f"I see {', '.join(map(str, now.answers))}."]
    said.append(
        _compared(before[0], now)
        if before
        else f"Begin with module {now.begin}. The map below names the week for today."
    )
    where = f"Your answers are in `{FILE_NAME}`, beside this page, for nobody but you."
    said.append(where if kept else "They could not be written down: this folder is read-only, or was renamed.")
    return _notice("right", "Kept" if kept else "Read", said)


def _box(me: object) -> str:
    """The box that made `me`, as it ran last; nothing where it is not known.

    Raises Problem where that run ended in an error or gave no `me`, or where the box was changed since and saved: `me`
    is then what an earlier run left.
    """
    shell = ipython()
    if shell is None or shell.user_ns.get("me") is not me:
        return ""
    page = _page(shell.user_ns)
    above = _above(page)
    run = last_run(lambda source: are_in(source) or gives(source, "me"), above.cell_id if above else "")
    if run is None:
        return ""
    if page is not None and page.saved > run.at and page.place("", run.source) is None:
        if above is not None and not above.source.strip():
            raise Problem("The box above is empty, so nothing of it was read: menu Edit, then Undo.")
        raise Problem("The box above was changed and not run: run it first.")
    if not run.success:
        slip = slip_in(run.source) or "Its card says what happened."
        raise Problem(f"The box above stopped when you ran it, so nothing of it was read. {slip}")
    if not gives(run.source, "me"):
        lost = "Its seven rows stand between `me = [` and `]`: menu Edit, then Undo."
        slip = slip_in(run.source) if are_in(run.source) else lost
        raise Problem(f"The box above ran, but gave no list called `me`, so nothing of it was read. {slip}")
    return run.source


def _page(namespace: Mapping[str, Any]) -> Page | None:
    """The start page as it was saved last."""
    folder = page_folder()
    return page_at(next(open_here(folder, namespace), folder / START_PAGE))


def _above(page: Page | None) -> Box | None:
    """The box above the one that is running."""
    boxes = page.boxes if page is not None else ()
    below = itertools.pairwise(boxes)
    return next((above for above, box in below if box_now() and box.cell_id == box_now()), None)


def _compared(first: Take, now: Take) -> str:
    """The first day and today, module by module where they differ."""
    day = f"{first.on.day} {first.on:%B %Y}"
    moved = [
        f"module {number} from {then} to {level}"
        for number, (then, level) in enumerate(zip(first.answers, now.answers, strict=True), 1)
        if then != level
    ]
    together = f"{sum(first.answers)} of {2 * ROWS} on {day}, {sum(now.answers)} today"
    return f"{together}: {', '.join(moved)}." if moved else f"{together}: each row as on that day."


def _write(path: Path, takes: Sequence[Take]) -> bool:
    content = {"schema": SCHEMA, "takes": [{"on": str(take.on), "answers": list(take.answers)} for take in takes]}
    try:
        path.parent.stat()
        write_whole(path, json.dumps(content, indent=1).encode() + b"\n")
    except OSError:
        return False
    return True


def _notice(state: str, title: str, paragraphs: Sequence[str], next_step: str = "") -> Notice:
    shown = card(state, title, paragraphs=paragraphs, next_step=next_step)
    return Notice(shown, words(f"{title}.", *paragraphs, next_step and f"Next: {next_step}"))
