"""The roster of a cohort: who learns, under which e-mail, in which team; and whose a file is by its name.

The e-mail, in lower case, is a learner's identity: nbgrader's student id, and the name of their folder.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.learner.problem import Problem

COLUMNS = ("email", "name", "team")
MAX_EMAIL = 254
"""Bytes: as many as mail servers take (RFC 5321), and one less than a file system takes for the name of a folder."""
MAX_BYTES = 5_000_000
"""A roster of 1,000 learners has 60 kB; a file this big is something else."""
_HEADINGS = {
    "email": "email",
    "emailaddress": "email",
    "mail": "email",
    "name": "name",
    "fullname": "name",
    "learner": "name",
    "team": "team",
    "group": "team",
}
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_EMAIL = re.compile(rf"\w+(?:(?:\.|[+'&~-]+)\w+)*@(?:{_LABEL}\.)+{_LABEL}")
_EMAIL_IN_A_NAME = re.compile(r"[\w.+'&~-]+@[^\W_](?:[^\W_]|[.-])*")
_COURSE_WORD = re.compile(r"(w|week)?\d*|hand|in|handin|late|final|copy|submission|zip|ipynb|v\d+")
_TITLES = {"jr", "sr", "ii", "iii", "iv", "dr", "prof", "phd", "mba"}
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


@dataclass(frozen=True)
class Learner:
    """One line of the roster. `team` is empty for somebody who works alone."""

    email: str
    name: str
    team: str = ""


@dataclass(frozen=True)
class Roster:
    """The learners of a cohort, in the order of the file."""

    learners: tuple[Learner, ...]
    _by_email: Mapping[str, Learner] = field(init=False, repr=False, compare=False)
    _by_form: Mapping[str, set[Learner]] = field(init=False, repr=False, compare=False)
    _words: Mapping[Learner, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        whole: defaultdict[str, set[Learner]] = defaultdict(set)
        short: defaultdict[str, set[Learner]] = defaultdict(set)
        for learner in self.learners:
            for form in _forms(_tokens(learner.name)):
                whole[form].add(learner)
            for form in _forms(_shortened(_tokens(learner.name))):
                short[form].add(learner)
        object.__setattr__(self, "_by_email", {learner.email: learner for learner in self.learners})
        object.__setattr__(self, "_by_form", {**short, **whole})
        object.__setattr__(self, "_words", {learner: len(_tokens(learner.name)) for learner in self.learners})

    def get(self, email: str) -> Learner | None:
        """The learner with this e-mail, whatever its case; None for a stranger."""
        return self._by_email.get(_email(email))

    def named(self, *texts: str) -> tuple[Learner, ...]:
        """The learners whom these names of files and folders carry: by e-mail, else by full name, else by a lone name.

        More than one is for the caller to settle: two people share a name, or the names contradict each other.
        """
        # An e-mail that the roster does not know is somebody else's, whatever name is in it.
        tokens = [_tokens(_EMAIL_IN_A_NAME.sub(" ", text)) for text in texts]
        for found in (
            {learner for text in texts for learner in self._emails_in(text)},
            {learner for each in tokens for learner in self._names_in(each, fewest=2)},
            {learner for each in tokens for learner in self._names_in(each, fewest=1)},
        ):
            if found:
                return tuple(learner for learner in self.learners if learner in found)
        return ()

    def _emails_in(self, text: str) -> Iterator[Learner]:
        """Words of the course may stand around an e-mail (`w01_ada@x.org-late`), others would make it another one."""
        for match in _EMAIL_IN_A_NAME.finditer(_email(text)):
            local, _, domain = match[0].rstrip(".-").partition("@")
            starts = [0, *(place.end() for place in re.finditer(r"[_-]", local))]
            ends = [len(domain), *(place.start() for place in reversed(list(re.finditer(r"[.-]", domain))))]
            for start, end in ((start, end) for start in starts for end in ends):
                learner = self._by_email.get(f"{local[start:]}@{domain[:end]}")
                around = _tokens(local[:start]) + _tokens(domain[end:])
                if learner and all(_COURSE_WORD.fullmatch(word) or word in _tokens(learner.name) for word in around):
                    yield learner
                    break

    def _names_in(self, tokens: Sequence[str], fewest: int) -> Iterator[Learner]:
        """Those whose name is a run of these tokens; a longer run hides the shorter ones in it (Smith, Smith Jr)."""
        longest = max(self._words.values(), default=0) + 1
        taken: set[int] = set()
        for size in range(min(longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - size + 1):
                place = set(range(start, start + size))
                form = "".join(tokens[start : start + size])
                found = [learner for learner in self._by_form.get(form, ()) if self._words[learner] >= fewest]
                if found and not place & taken:
                    taken |= place
                    yield from found


def read_roster(path: Path) -> Roster:
    """Read a CSV with the columns email, name and team, as a spreadsheet writes it. Raises Problem with the line."""
    text = _text(path)
    learners: dict[str, Learner] = {}
    lines: dict[str, int] = {}
    for line, row in _rows(text, path.name):
        email = _email(row["email"])
        wrong = _wrong_with(email)
        if wrong:
            raise Problem(f"{path.name}, line {line}: {wrong}")
        if email in learners:
            raise Problem(
                f"{path.name}, line {line}: {email} stands in line {lines[email]} already: keep one line per learner."
            )
        learners[email] = Learner(email, row["name"] or email, row["team"])
        lines[email] = line
    if not learners:
        raise Problem(f"{path.name} names no learner: write a line with e-mail, name and team for each.")
    return Roster(tuple(learners.values()))


def roster_text(learners: Iterable[Learner]) -> str:
    """The learners as the CSV that `read_roster` reads."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((learner.email, learner.name, learner.team) for learner in learners)
    return page.getvalue()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Problem(f"The roster {path} cannot be read ({error.strerror}): check its name.") from error
    if len(content) > MAX_BYTES:
        raise Problem(f"{path.name} has more than {MAX_BYTES // 1_000_000} MB, more than a roster: check its name.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Problem(f"{path.name} is a workbook: save it from the spreadsheet as “CSV UTF-8”.")
    # "Unicode text" of a spreadsheet is UTF-16, and says so in its first two bytes.
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Problem(
            f"{path.name}, line {line}: this is not UTF-8 text, and names would be garbled: save it as “CSV UTF-8”."
        ) from error


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the first line, and the three columns, of each row that is not blank. Raises Problem."""
    first = next((each for each in text.splitlines() if each.strip()), "")
    declared = re.fullmatch(r'"?sep=([,;\t|])"?\s*', first, re.IGNORECASE)
    delimiter = declared[1] if declared else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[str, int] | None = None
    line, width = 1, 0
    try:
        for cells in reader:
            here, line = line, reader.line_num + 1
            row = [_cell(cell) for cell in cells]
            if not any(row) or (declared and cells[0].lower().startswith("sep=")):
                continue
            if places is None:
                places, width = _places(row, here, name), len(row)
                continue
            if any(row[width:]):
                raise Problem(
                    f"{name}, line {here}: more cells than the first line has columns: "
                    'put a name with a comma in quotes, like "Smith, Jr.".'
                )
            short = {column: row[place] if place < len(row) else "" for column, place in places.items()}
            values = {column: short.get(column, "") for column in COLUMNS}
            control = next((column for column, value in values.items() if not _printable(value)), None)
            if control:
                raise Problem(f"{name}, line {here}: the {control} holds a control character: type it anew.")
            yield here, values
    except csv.Error as error:
        raise Problem(f"{name}, line {line}: this is not a line of a CSV ({error}): look at its quotes.") from error


def _places(head: Sequence[str], line: int, name: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, heading in enumerate(head):
        column = _HEADINGS.get(re.sub(r"[\W_]", "", heading).casefold())
        if column in places:
            raise Problem(f"{name}, line {line}: two columns are called {column}: keep one.")
        if column:
            places[column] = place
    missing = [column for column in COLUMNS[:2] if column not in places]
    if missing:
        raise Problem(f"{name}, line {line}: no column is called {missing[0]}: let this line say email,name,team.")
    return places


def _cell(text: str) -> str:
    """A cell without the spaces of all kinds around and within it, and without the ="..." that spreadsheets write."""
    text = unicodedata.normalize("NFC", text).replace("\ufeff", "").replace("\u200b", "")
    text = re.sub(r"[^\S\x1c-\x1f\x85]+", " ", text).strip(" ")
    formula = re.fullmatch(r'="(.*)"', text)
    return formula[1].strip() if formula else text


def _printable(text: str) -> bool:
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _email(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower()


def _wrong_with(email: str) -> str:
    """A sentence's end for an e-mail that cannot name a folder; empty for one that can."""
    shown = email if len(email) <= 60 else f"{email[:60]}..."
    if not email:
        return "there is no e-mail: give this learner one, it is how their work is found."
    if len(email.encode()) > MAX_EMAIL:
        return f"the e-mail {shown} has more than {MAX_EMAIL} bytes: shorten it."
    if not _EMAIL.fullmatch(email):
        return (
            f"“{shown}” is not an e-mail that can name a folder: write it like ada@example.org, "
            "with letters, digits and . _ - + ' & ~ only."
        )
    return ""


def _fold(text: str) -> str:
    """Lower case without accents, apostrophes and marks that are not seen."""
    spread = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(
        character
        for character in spread
        if unicodedata.category(character) not in ("Mn", "Cf") and character not in "'’‘ʼ`´"
    )


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _fold(text))


def _shortened(tokens: Sequence[str]) -> list[str]:
    """A name without titles and middle names."""
    bare = [token for token in tokens if token not in _TITLES]
    return [bare[0], bare[-1]] if len(bare) > 2 else bare


def _forms(tokens: Sequence[str]) -> set[str]:
    """The ways in which systems that hand out files write a name: any part of it first, and all in one word."""
    return {"".join([*tokens[cut:], *tokens[:cut]]) for cut in range(len(tokens))}
