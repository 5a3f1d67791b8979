"""`hand_in("w01")` in a lesson's last cell, and `handson submit w01` in a terminal: pack, and say what was packed.

Nothing is sent anywhere, and nothing is asked: a run from top to bottom never waits. Cells marked private stay out.
Handing in again is normal: it replaces the zip.
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from grader.learner.card import card, download_link, words
from grader.learner.identity import EXAMPLE, Settled, settle
from grader.learner.journal import HAND_IN
from grader.learner.key import Key, current_key, lesson_folder
from grader.learner.outcome import Notice
from grader.learner.pack import ENDING, MANIFEST, Packed, pack
from grader.learner.problem import Problem
from grader.learner.progress import day
from grader.learner.saved import SAVE, assigned, find_notebook, read_notebook, source_of, trimmed
from grader.learner.session import ipython, keeps_tries, last_run
from grader.learner.start import copied_into
from grader.learner.work import entries, lessons_in, work_folder

_HANDS_IN = re.compile(r"\bhand_in\s*\(")


class _Refused:
    """The time stamp of a notebook file when it was refused as unsaved. A save after that is the learner's word."""

    stamp: ClassVar[dict[Path, int]] = {}


def hand_in(week: object = None, email: object = None, *, team: object = None, journal: bool | None = None) -> Notice:
    """Write the zip of the lesson `week` ("w01") beside the notebook and return a card that says what is in it.

    `email` (the one that the coach's roster has), `team` (a list of e-mails) and `journal` need saying once: they are
    remembered. `journal=False` leaves tries, predictions and recall out, and what the notebook shows of them. Refuses
    with one sentence and the mend, never with a traceback, when the notebook is not saved, cannot be found or read, or
    when nothing can be written. In runs of the build, a coach or nbgrader it writes nothing.
    """
    if not keeps_tries():
        return _notice("idle", "Hand in", ["In this run nothing is packed."])
    try:
        key, folder = current_key(), lesson_folder()
        if week_as_meant(week) != key.lesson:
            raise Problem(f'This lesson is `{key.lesson}`: write `hand_in("{key.lesson}")`.')
        if journal is not None and type(journal) is not bool:
            raise Problem(
                "To keep tries and predictions to yourself write `journal=False`, to hand them in `journal=True`: "
                "with a capital, without quotes."
            )
        shell = ipython()
        namespace: Mapping[str, Any] = shell.user_ns if shell is not None else {}
        path = find_notebook(folder, key, namespace)
        cells = read_notebook(path)["cells"]
        saved = [source_of(cell) for cell in cells if cell.get("cell_type") == "code"]
        not_as_run = stale(key, ran(shell), saved)
        if not_as_run and not _saved_since(path):
            raise Problem(f"The notebook on disk is not what you last ran: `{not_as_run[0]}` differs. {SAVE}")
        settled = settle(work_folder(folder), email, team, journal)
        packed = pack(folder, key, path, settled.who)
        _Refused.stamp.pop(path, None)
    except Problem as problem:
        return _notice("wrong", "Not packed yet", [str(problem), earlier(lesson_folder())])
    return _told(packed, settled, not_as_run)


def submit(
    week: str | None, work: Path, *, email: str | None = None, team: object = None, journal: bool | None = None
) -> list[str]:
    """What `handson submit` does: packs the newest copy of the lesson in a work folder; returns what to print.

    The notebook counts as it is saved. Raises Problem for a lesson that is not named or not there, and where `hand_in`
    refuses.
    """
    lessons = [lesson for lesson in lessons_in(work) if lesson.key]
    there = ", ".join(dict.fromkeys(lesson.key.lesson for lesson in lessons if lesson.key)) or "no whole lesson"
    if week is None:
        raise Problem(f"Which week? You have {there}: write it behind the command, as in `handson submit w01`.")
    fitting = [lesson for lesson in lessons if lesson.key and lesson.key.lesson == week_as_meant(week)]
    if not fitting:
        raise Problem(f"The folder {work} has no lesson {_week_as_typed(week)}: it has {there}.")
    lesson = fitting[-1]
    assert lesson.key is not None
    path = find_notebook(lesson.folder, lesson.key, {})
    opened = bool(_worked_in(lesson.folder)) or not _as_released(work, path)
    settled = settle(work, email, team, journal)
    packed = pack(lesson.folder, lesson.key, path, settled.who, opened=opened)
    lines = [] if opened else ["You have not opened this lesson: what is packed is the page as it came."]
    lines.append(
        f"Packed {packed.path}, with {packed.notebook} as saved on {day(packed.saved)} at {packed.saved:%H:%M:%S}."
    )
    if settled.replaced:
        again = f"`handson submit {packed.week} --email {settled.replaced}`"
        lines.append(f"Until now the e-mail was `{settled.replaced}`. Is the new one wrong? {again}.")
    lines += [*settled.said, *_still_open(packed), *_contents(packed), *packed.trouble]
    if packed.who.email is None:
        lines.append(f"Your coach cannot tell whose it is: `handson submit {packed.week} --email {EXAMPLE}`.")
    lines.append(_where_it_goes(packed))
    return [words(line) for line in lines]


def _worked_in(folder: Path) -> bool:
    """Whether the journal holds more than hand-ins."""
    return any(entry.get("kind") != HAND_IN for entry in entries(folder)[0])


def _as_released(work: Path, notebook: Path) -> bool:
    """Whether a notebook is, to the letter, what the course brought."""
    record = copied_into(work).get(notebook.parent.name)
    digest = record.files.get(notebook.name) if record is not None else None
    try:
        return digest is not None and hashlib.sha256(notebook.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def week_as_meant(week: object) -> str:
    """The name of a lesson as it was meant: `w1`, `W01`, `1` and 1 are "w01"; anything else as it is."""
    named = re.fullmatch(r"\s*(?:w|week)?\s*0*(\d{1,2})\s*", str(week), re.IGNORECASE | re.ASCII)
    return f"w{int(named[1]):02}" if named and type(week) in (str, int) else str(week)


def ran(shell: Any) -> list[str]:
    """The cells that ran in this kernel, as typed, in order."""
    raw = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    return [source for source in raw if isinstance(source, str)] if isinstance(raw, list) else []


def stale(key: Key, sources: Sequence[str], saved: Sequence[str]) -> list[str]:
    """The variables whose last cell that ran is not, letter for letter, a cell of the saved notebook."""
    cells = {trimmed(source) for source in saved}
    found = []
    for exercise in key.exercises.values():
        last = next((source for source in reversed(sources) if exercise.variable in assigned(source)), None)
        if last is not None and trimmed(last) not in cells:
            found.append(exercise.variable)
    return found


def _saved_since(path: Path) -> bool:
    """Whether the notebook was saved after this kernel refused it. Then what is on disk is what the learner wants."""
    try:
        now = path.stat().st_mtime_ns
    except OSError:
        return False
    before = _Refused.stamp.setdefault(path, now)
    return now != before


def earlier(folder: Path) -> str:
    """A sentence about the zip that an earlier hand-in left in this lesson's folder; nothing where there is none."""
    try:
        path = next(iter(sorted(folder.glob(f"w[0-9][0-9]{ENDING}"))), None)
        if path is None:
            return ""
        with zipfile.ZipFile(path) as archive:
            journal = json.loads(archive.read(MANIFEST))["journal"]
        packed = datetime.fromtimestamp(path.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile, zlib.error):
        return ""
    inside = {"included": ", with your journal in it", "left out": ", without your journal"}.get(journal, "")
    return f"The earlier `{path.name}` (of {packed:%H:%M:%S}{_on(packed)}) still lies here{inside}."


def _ran_since(saved: datetime) -> bool:
    """Whether a box has run since the notebook was saved; the one that hands in does not count."""
    run = last_run(lambda source: not _HANDS_IN.search(source))
    return run is not None and run.at > saved.timestamp()


def _week_as_typed(week: str) -> str:
    return week if week.isprintable() and len(week) <= 10 else "of that name"


def _contents(packed: Packed) -> list[str]:
    """What the coach will see, and what stayed out: a sentence each."""
    shown = " with what its boxes show" if packed.journal != "left out" else ""
    inside = [f"your notebook as saved{shown}"]
    if packed.journal == "included":
        counted = [
            _count(packed.tries, "try", "tries"),
            _count(packed.predictions, "prediction", "predictions"),
            _count(packed.letters, "recall answer", "recall answers"),
            "what came back on Monday" if packed.monday else "",
            _count(packed.hand_ins, "earlier hand-in", "earlier hand-ins"),
        ]
        seen = ", ".join(text for text in counted if text)
        inside.append(f"your journal ({seen}, and when each was)" if seen else "your journal")
    if packed.who.team:
        inside.append(f"your team ({', '.join(f'`{email}`' for email in packed.who.team)})")
    inside.append("a list with the time, your system, and the versions of Python and of the course's tools")
    comma = "," if len(inside) > 2 else ""
    sentences = [f"Your coach will see {', '.join(inside[:-1])}{comma} and {inside[-1]}."]
    if packed.journal == "left out":
        sentences.append(
            "Your journal (tries, predictions, recall) stayed out, with all that boxes show, and will from now on. The "
            "text of your boxes goes along: a guess that you noted in one of your own, too."
        )
    if packed.private:
        sentences.append(f"{_count(packed.private, 'private box', 'private boxes')} stayed out.")
    if packed.who.email:
        sentences.append(f"It says whose it is: `{packed.who.email}`.")
    return sentences


def _still_open(packed: Packed) -> list[str]:
    opened = [*_quoted(packed.open_answers), *["the memo"] * len(packed.open_memos)]
    said = [f"Still unanswered: {', '.join(opened)}. You may hand in all the same."] if opened else []
    wrong = [*_quoted(packed.not_right), *(f"{each} (was right, then changed)" for each in _quoted(packed.changed))]
    if wrong:
        said.append(f"Answered, and not right when last checked: {', '.join(wrong)}.")
    if packed.not_checked:
        said.append(f"Answered, and not checked: {', '.join(_quoted(packed.not_checked))}.")
    return [*said, *packed.memo_words]


def _quoted(headings: Sequence[str]) -> list[str]:
    """Headings as they stand on the page, each once: a heading may have a comma in it."""
    return list(dict.fromkeys(f"“{heading}”" for heading in headings))


def _where_it_goes(packed: Packed) -> str:
    if packed.inbox is not None:
        return f"A copy lies in your coach's folder: `{packed.inbox}`. There is nothing more to send."
    return (
        "Nothing has been sent: give this file to your coach, in the way you were told. "
        "Not told? Ask whoever invited you."
    )


def _told(packed: Packed, settled: Settled, not_as_run: Sequence[str]) -> Notice:
    """The card of a zip that was written: amber, and in words, where something is amiss in it."""
    name, week = packed.path.name, packed.week
    saved = f"It holds what was saved up to {packed.saved:%H:%M:%S}{_on(packed.saved)}"
    again = "Press **Ctrl+S** (on a Mac **⌘S**) and run this box again"
    amiss, steps = [], []
    if _ran_since(packed.saved):
        amiss.append("not saved since your last box")
        saved += f". **You ran boxes after that**: what changed since is not in it. {again}."
    else:
        saved += f", {_seconds(packed)} before this box ran. Typed anything since? {again}."
    if packed.open_memos:
        amiss.append("with an empty memo")
        steps.append("write the memo (written already? Then it was not saved)")
    if packed.short_memos:
        count = min(packed.short_memos)
        amiss.append(f"with a memo of {count} {'word' if count == 1 else 'words'}")
        steps.append("write on in the memo (longer already? Then it was not saved)")
    if not_as_run:
        amiss.append("not as you last ran it")
    if settled.refused_email and packed.who.email is not None:
        amiss.append(f"still as {packed.who.email}")
        steps.append("write the e-mail that your coach has")
    if packed.who.email is None:
        amiss.append("without your e-mail")
        call = f'`hand_in("{week}", email="{EXAMPLE}")`'
        steps.append(f"say whose it is, once: {call}, with the e-mail that your coach has. It is remembered")
    replaced = []
    if settled.replaced:
        again = f'`hand_in("{week}", email="{settled.replaced}")`'
        replaced.append(f"Until now the e-mail was `{settled.replaced}`. Is the new one wrong? {again}.")
    paragraphs = [*settled.said, *replaced, f"`{name}` lies beside this notebook. {_where_it_goes(packed)}", saved]
    paragraphs += [" ".join(_still_open(packed)), " ".join(_contents(packed)), *packed.trouble]
    next_step = ". Then ".join([*steps, "save, and run this box again."]) if amiss else ""
    quiet = []
    if packed.journal == "included":
        quiet.append(
            f'To keep tries and predictions to yourself: `hand_in("{week}", journal=False)`, once for all weeks.'
        )
    elif not packed.who.journal:
        quiet.append(f'To hand tries and predictions in again: `hand_in("{week}", journal=True)`.')
    if not_as_run:
        names = ", ".join(f"`{variable}`" for variable in not_as_run)
        quiet.insert(0, f"What you last ran for {names} is not in the saved notebook; what is saved counts.")
    link = download_link(name, quote(name))
    title = ", ".join([f"Packed: {name}", *amiss])
    return _notice("close" if amiss else "right", title, paragraphs, next_step=next_step, quiet=quiet, link=link)


def _seconds(packed: Packed) -> str:
    """How long before the hand-in the notebook was saved."""
    seconds = max(round((packed.at - packed.saved).total_seconds()), 0)
    if seconds < 100:
        return f"{seconds} {'second' if seconds == 1 else 'seconds'}"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{round(minutes / 60)} hours"


def _on(saved: datetime) -> str:
    return "" if saved.date() == datetime.now(saved.tzinfo).date() else f" on {day(saved)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _notice(
    state: str, title: str, paragraphs: Sequence[str], next_step: str = "", quiet: Sequence[str] = (), link: str = ""
) -> Notice:
    shown = card(state, title, paragraphs=paragraphs, next_step=next_step, quiet=quiet)
    shown = shown.replace("</header>", f"</header>{link}", 1)
    return Notice(shown, words(f"{title}.", *paragraphs, next_step and f"Next: {next_step}", *quiet))
