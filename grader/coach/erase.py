"""Takes one person out of texts: their e-mail and full name, however a file writes them.

JSON is read and written as JSON, so that no escape hides a name; a zip is looked into, and a zip within it; anything
else is text. Nobody else's address or name that holds this one is touched.
"""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from grader.coach.roster import Learner
from grader.learner.pack import MANIFEST

FORGOTTEN = "forgotten@example.invalid"
"""Stands where their address stood; a domain that nobody can have (RFC 2606)."""
NAME = "a forgotten member"
RUN = 6
"""Words in a row that make a quotation of a memo."""
MOST_DEPTH = 3
"""Zips within zips."""
_COURSE_WORD = re.compile(r"(?:w|week|hand|in|handin|late|final|copy|submission|v)?\d*", re.IGNORECASE)
_BETWEEN = r"(?:[\W_]|&#?\w{1,6};|%[0-9A-Fa-f]{2}){1,4}"
_ENDINGS = r"(?:zip|ipynb|json|jsonl|html|txt|csv|md|part)\b"
_EAST_ASIAN = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")
_JSON, _LINES = (".json", ".ipynb"), (".jsonl",)


@dataclass(frozen=True)
class Eraser:
    """What to look for. `others` are all other addresses of the roster; `texts` what the learner wrote.

    `full_name` says whether the name may be replaced wherever it stands: not one that the course's own text holds, nor
    a single word, which may be anything.
    """

    learner: Learner
    others: frozenset[str] = frozenset()
    full_name: bool = True
    texts: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def _email(self) -> re.Pattern[str]:
        """The address with what of an address stands before it, which says whether it is theirs."""
        at = re.escape(self.learner.email).replace("@", "(?:@|%40)")
        after = rf"(?![^\W_])(?!\.(?!{_ENDINGS})[^\W_])"
        return re.compile(rf"([\w.+'&~-]*)({at}){after}", re.IGNORECASE)

    @cached_property
    def _name(self) -> re.Pattern[str] | None:
        """The words of the name in order, or with the last ones first: "Ada Person", "PERSON, ADA", ada_person."""
        if not self.full_name or not self._words:
            return None
        if self._east:
            return re.compile(_BETWEEN.join(map(_as_written, self._words)))
        orders = [[*self._words[cut:], *self._words[:cut]] for cut in range(len(self._words))]
        forms = [_BETWEEN.join(_as_written(word) for word in order) for order in orders]
        forms += [_BETWEEN.join(_as_written(word.upper()) for word in order) for order in orders]
        forms += ["[._-]".join(_as_written(word.lower()) for word in order) for order in orders]
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})(?![^\W_])")

    @cached_property
    def _words(self) -> list[str]:
        """The words of the name; none for a single one, which may be anything."""
        name = "" if "@" in self.learner.name else self.learner.name  # a roster without names has addresses there
        words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name))
        return words if len(words) > 1 or (self._east and len(words[0]) > 1) else []

    @cached_property
    def _east(self) -> bool:
        letters = [sign for sign in self.learner.name if sign.isalpha()]
        return bool(letters) and all(unicodedata.name(sign, "").startswith(_EAST_ASIAN) for sign in letters)

    @cached_property
    def _needles(self) -> tuple[bytes, ...]:
        """Bytes in small letters, one of which is in every file that names them: most files need no closer look."""
        address = self.learner.email
        texts = {address, address.replace("@", "%40")}
        if self.full_name and self._words:
            word = max(self._words, key=len)
            texts |= {word, *_forms(word)}
        made = {text.lower() for text in texts} | {json.dumps(text)[1:-1].lower() for text in texts}
        return tuple(text.encode() for text in made)

    def may_be_in(self, content: bytes) -> bool:
        """Whether a file could name them; a zip has to be looked into."""
        small = content.lower()
        return content.startswith(b"PK") or any(needle in small for needle in self._needles)

    @cached_property
    def _quoted(self) -> frozenset[tuple[str, ...]]:
        return frozenset(run for text in self.texts for run in _runs(text))

    def in_path(self, path: str) -> bool:
        """Whether the name of a file or folder carries them, as people and systems that hand out files write it."""
        if self.clean(path) != path:
            return True
        folded = ["".join(re.findall(r"[^\W_]+", part)).casefold() for part in re.split(r"[/_\d]+", path)]
        orders = {
            "".join([*self._words[cut:], *self._words[:cut]]).casefold() for cut in range(len(self._words))
        }  # personada_123_w01.zip
        return bool(orders & set(folded))

    def quotes(self, text: str) -> bool:
        """Whether a text repeats so many words of theirs."""
        return not self._quoted.isdisjoint(_runs(text))

    def clean(self, text: str) -> str:
        """The text without them."""
        said = self._email.sub(self._replaced, text)
        return self._name.sub(NAME, said) if self._name else said

    def _replaced(self, found: re.Match[str]) -> str:
        before, address = found.groups()
        if f"{before}{address}".lower() in self.others:
            return found[0]
        *words, last = re.split(r"[-_]", before)
        own = [word.casefold() for word in re.findall(r"[^\W_]+", self.learner.name)]
        told = all(_COURSE_WORD.fullmatch(word) or word.casefold() in own for word in words)
        return f"{before}{FORGOTTEN}" if told and not last.strip(".'&~+") else found[0]

    def clean_file(self, name: str, content: bytes, depth: int = 0) -> bytes:
        """The content of a file without them: the very same where they are not in it. A zip loses what is theirs."""
        if content.startswith(b"PK") and depth < MOST_DEPTH:
            files = read_zip(content)
            if files is not None:
                return self._clean_zip(files, content, depth)
        text = content.decode("utf-8", "surrogateescape")
        ending = name[name.rfind(".") :].lower()
        if ending in _JSON or ending in _LINES:
            cleaned = self._clean_lines(text) if ending in _LINES else self._clean_json(text)
            if cleaned is not None:
                return cleaned.encode("utf-8", "surrogateescape")
        return self.clean(text).encode("utf-8", "surrogateescape")

    def _clean_zip(self, files: Mapping[str, bytes], content: bytes, depth: int) -> bytes:
        theirs = self.theirs(files)
        kept = {name: self.clean_file(name, inner, depth + 1) for name, inner in files.items() if name not in theirs}
        if kept == files:
            return content
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, inner in kept.items():
                archive.writestr(name, inner)
        return made.getvalue()

    def theirs(self, files: Mapping[str, bytes]) -> set[str]:
        """The files of a zip or folder that are theirs: by their names, or by a manifest of theirs beside them."""
        packed = {_folder(name) for name, content in files.items() if self.packed(name, content)}
        named = {name for name in files if self.in_path(name)}
        others = {_folder(name) for name in files if _is_manifest(name)} - packed
        return {name for name in files if _folder(name) in packed or (name in named and _folder(name) not in others)}

    def packed(self, name: str, content: bytes) -> bool:
        """Whether this is the manifest of what they packed themselves."""
        said = manifest(content) if _is_manifest(name) else {}
        return str(said.get("email", "")).strip().lower() == self.learner.email

    def _clean_json(self, text: str) -> str | None:
        """The same for JSON; None for what is none. Only a file that names them is written anew."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return None
        cleaned = _mapped(said, self.clean)
        if cleaned == said:
            return text
        indent = re.match(r"[\[{]\n( +)", text)
        made = json.dumps(cleaned, ensure_ascii=text.isascii(), indent=len(indent[1]) if indent else None)
        return made + "\n" * text.endswith("\n")

    def _clean_lines(self, text: str) -> str:
        lines = []
        for line in text.splitlines(keepends=True):
            cleaned = self._clean_json(line)
            lines.append(self.clean(line) if cleaned is None else cleaned)
        return "".join(lines)


def manifest(content: bytes) -> dict[str, Any]:
    """What a manifest says; nothing where it is none."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def read_zip(content: bytes) -> dict[str, bytes] | None:
    """The files of a zip; None where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {each.filename: archive.read(each) for each in archive.infolist() if not each.is_dir()}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return None


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """JSON with every text in it changed, names of fields among them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        lines = len(value) > 1 and all(isinstance(each, str) and each.endswith("\n") for each in value[:-1])
        if lines and isinstance(value[-1], str):
            return _joined(value, change)
        return [_mapped(each, change) for each in value]
    if isinstance(value, dict):
        return {change(key): _mapped(each, change) for key, each in value.items()}
    return value


def _joined(lines: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """The lines of a cell, in which a name may go over the end of one."""
    changed = [change(line) for line in lines]
    whole = change("".join(lines))
    return changed if whole == "".join(changed) else whole.splitlines(keepends=True)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_manifest(name: str) -> bool:
    return name.rpartition("/")[2].lower() == MANIFEST


def _as_written(word: str) -> str:
    """A word with its accents, however they are put together, or without."""
    return f"(?:{'|'.join(re.escape(form) for form in _forms(word))})"


def _forms(word: str) -> list[str]:
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
    return list(dict.fromkeys((word, apart, bare)))


def _runs(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]
