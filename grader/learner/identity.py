"""Who hands in: the e-mail that the coach's roster knows, the team, and whether the journal goes along.

Asked once, kept in the work folder: `.handson/who.json` is `{"schema", "email", "team", "journal"}`. It stays where it
is; a hand-in carries the three in its manifest.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from grader.learner.problem import Problem, as_typed
from grader.learner.start import HIDDEN, write_whole

FILE_NAME = "who.json"
SCHEMA = 1
LONGEST_EMAIL = 254
LARGEST_TEAM = 12
EXAMPLE = "you@company.com"
_PLACEHOLDERS = re.compile(rf"{re.escape(EXAMPLE)}|.*@example\.(com|net|org)", re.IGNORECASE)
"""What stands in the course's own pages as an example, and domains that nobody can have."""
_EMAIL = re.compile(r"[\w.+'&=~!#$%-]+@[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True)
class Who:
    """Whose work it is, and whether tries and predictions are handed in with it.

    `email` is None as long as it was not said; `team` holds the e-mails of the others.
    """

    email: str | None = None
    team: tuple[str, ...] = ()
    journal: bool = True


def known(work: Path) -> Who:
    """Who works in this folder, as said earlier; nobody when that was not said or cannot be read.

    That the journal stays out holds even where the e-mail or the team can no longer be read.
    """
    try:
        stored = json.loads((work / HIDDEN / FILE_NAME).read_text(encoding="utf-8"))
        who = Who(journal=stored.get("journal") is not False)
    except (OSError, ValueError, AttributeError, RecursionError):
        return Who()
    try:
        email = read_email(stored["email"]) if stored["email"] is not None else None
        return replace(who, email=email, team=read_team(stored["team"], email))
    except (KeyError, TypeError, Problem):
        return who


def keep(work: Path, who: Who) -> bool:
    """Remember it for the next hand-in; False when nothing can be written there."""
    path = work / HIDDEN / FILE_NAME
    kept = {"schema": SCHEMA, "email": who.email, "team": list(who.team), "journal": who.journal}
    try:
        work.stat()
        write_whole(path, json.dumps(kept, indent=1).encode() + b"\n")
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Settled:
    """Who hands in now, sentences about what could not be taken up, and whether an e-mail was among that.

    `replaced` is the e-mail that was known until now, where another one was said.
    """

    who: Who
    said: tuple[str, ...] = ()
    refused_email: bool = False
    replaced: str = ""


def settle(work: Path, email: object = None, team: object = None, journal: bool | None = None) -> Settled:
    """Who hands in now: what is said here, else what is known.

    What is new is remembered. Raises nothing: a slip in an address must not stop a hand-in.
    """
    before = known(work)
    who = before if journal is None else replace(before, journal=journal)
    said = []
    refused = False
    try:
        if email is not None:
            who = replace(who, email=read_email(email))
    except Problem as problem:
        refused = True
        said.append(str(problem))
        if before.email is not None:
            said.append(f"It still says `{before.email}`, from before.")
    try:
        who = replace(who, team=read_team(who.team if team is None else team, who.email))
    except Problem as problem:
        said.append(str(problem))
    if who != before and not keep(work, who):
        said.append(
            "What you said of yourself cannot be remembered here: the folder is read-only. Say it again next time."
        )
    replaced = before.email if before.email and who.email != before.email else ""
    return Settled(who, tuple(said), refused, replaced)


def read_email(value: object) -> str:
    """An e-mail address as it was meant. Raises Problem with one sentence."""
    text = value.strip() if type(value) is str else ""
    if not text:
        raise Problem(f'An e-mail is a text in quotes, such as `"{EXAMPLE}"`.')
    if len(text) > LONGEST_EMAIL:
        raise Problem(f"An e-mail of {len(text)} characters cannot be right: write the one that your coach has.")
    if not _EMAIL.fullmatch(text):
        raise Problem(f"`{as_typed(text)}` is no e-mail: write the one that your coach has, such as `{EXAMPLE}`.")
    if _PLACEHOLDERS.fullmatch(text):
        raise Problem(
            f"`{as_typed(text)}` is the example: write your own e-mail in its place, the one that your coach has."
        )
    return text


def read_team(value: object, own: str | None = None) -> tuple[str, ...]:
    """The e-mails of a team, from a list or from a text with commas, each once and without `own`. Raises Problem."""
    if type(value) is str:
        named: list[object] = [part for part in re.split(r"[,;\s]+", value) if part]
    elif isinstance(value, list | tuple | set):
        named = sorted(value, key=str) if isinstance(value, set) else list(value)
    else:
        raise Problem(f'`team` is a list of e-mails, such as `["{EXAMPLE}"]`; `[]` for none.')
    if len(named) > LARGEST_TEAM:
        raise Problem(f"A team of {len(named)} is more than the {LARGEST_TEAM} that a hand-in can name.")
    return tuple(_once((read_email(each) for each in named), own))


def _once(emails: Iterable[str], own: str | None) -> Iterable[str]:
    seen = {own.casefold()} if own else set()
    for email in emails:
        if email.casefold() not in seen:
            seen.add(email.casefold())
            yield email
