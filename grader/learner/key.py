"""The key of a lesson: answers, messages and hints, sealed (compressed, base64) but not secret.

`key.json` lies beside the notebook. It is `{"schema", "lesson", "slug", "title", "week", "release", "sealed"}`.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from grader.learner.problem import Problem

SCHEMA = 1
FILE_NAME = "key.json"
KINDS = ("value", "table", "choice", "order", "function", "file", "tests")

Answer = dict[str, Any]
"""{"value": scalar}, {"columns": [...], "rows": [[...]]} or {"results": [Answer or {"error": text}]}: plain JSON."""


@dataclass(frozen=True)
class WrongAnswer:
    """A wrong answer that has a name: its canonical form, and what the learner who lands there is told."""

    answer: Answer
    says: str


@dataclass(frozen=True)
class Exercise:
    """One checked question.

    `tolerance` is absolute, in the answer's unit. `cases` are the argument lists of a function or of tests; a text
    `file:NAME` among them stands for the name of a file in the lesson's folder.
    """

    name: str
    kind: str
    variable: str
    points: float
    fresh: bool
    answer: Answer
    right: str
    wrong: tuple[WrongAnswer, ...] = ()
    hints: tuple[str, ...] = ()
    tolerance: float = 0.0
    ordered: bool = False
    named: bool = False
    options: tuple[str, ...] = ()
    cases: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The exercise from plain JSON, as `to_json` gives it. Raises KeyError or TypeError for another shape."""
        fields = dict(data)
        fields["wrong"] = tuple(WrongAnswer(wrong["answer"], wrong["says"]) for wrong in fields.get("wrong", ()))
        fields["hints"] = tuple(fields.get("hints", ()))
        fields["options"] = tuple(fields.get("options", ()))
        fields["cases"] = tuple(tuple(case) for case in fields.get("cases", ()))
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Prediction:
    """A number (or a word) that is guessed before it is shown. `within` is in the unit of `truth`.

    `out_of`: what is counted is whole, and there are so many in all; 0 for anything else. `source`: who says the truth,
    where it is not the data; "" for the data.
    """

    name: str
    truth: float | str
    within: float
    then: str
    unit: str = ""
    out_of: int = 0
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: item for name, item in asdict(self).items() if name not in ("out_of", "source") or item}


@dataclass(frozen=True)
class Recall:
    """One unmarked letter about an earlier week. `says` has the why of each wrong letter."""

    name: str
    answer: str
    options: tuple[str, ...] = ()
    says: Mapping[str, str] = field(default_factory=dict)
    right: str = ""


@dataclass(frozen=True)
class Memo:
    """A written prompt: to whom, and how many words (lowest, highest)."""

    name: str
    to: str
    words: tuple[int, int]


@dataclass(frozen=True)
class Key:
    """All that `key.json` holds, unsealed."""

    lesson: str
    slug: str
    title: str
    week: int
    release: str
    exercises: Mapping[str, Exercise] = field(default_factory=dict)
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    recalls: Mapping[str, Recall] = field(default_factory=dict)
    memos: Mapping[str, Memo] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The key from the content of `key.json`. Raises Problem when it is of another schema or damaged."""
        schema = data.get("schema")
        if schema != SCHEMA:
            raise Problem(
                f"The lesson's key.json is of version {schema} and this course reads version {SCHEMA}: "
                "get the course and the lesson from the same release, or ask your coach for the folder again."
            )
        try:
            sealed = unseal(data["sealed"])
            return cls(
                lesson=data["lesson"],
                slug=data["slug"],
                title=data["title"],
                week=data["week"],
                release=data["release"],
                exercises={name: Exercise.from_json(item) for name, item in sealed["exercises"].items()},
                predictions={name: Prediction(**item) for name, item in sealed["predictions"].items()},
                recalls={
                    name: Recall(**{**item, "options": tuple(item.get("options", ()))})
                    for name, item in sealed["recalls"].items()
                },
                memos={name: Memo(name, item["to"], tuple(item["words"])) for name, item in sealed["memos"].items()},
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise Problem(
                "The lesson's key.json is damaged: put back the one that came with the lesson "
                f"(your own answers are not in it). ({type(error).__name__}: {error})"
            ) from error

    def to_json(self) -> dict[str, Any]:
        """The content of `key.json`, sealed."""
        return {
            "schema": SCHEMA,
            "lesson": self.lesson,
            "slug": self.slug,
            "title": self.title,
            "week": self.week,
            "release": self.release,
            "sealed": seal(
                {
                    "exercises": {name: exercise.to_json() for name, exercise in self.exercises.items()},
                    "predictions": {name: item.to_json() for name, item in self.predictions.items()},
                    "recalls": {name: asdict(item) for name, item in self.recalls.items()},
                    "memos": {name: {"to": memo.to, "words": memo.words} for name, memo in self.memos.items()},
                }
            ),
        }


def seal(content: Mapping[str, Any]) -> str:
    """Compress plain JSON to base64 text, the same bytes for the same content in the same order (the lesson's)."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unseal(sealed: str) -> dict[str, Any]:
    """The content that `seal` was given. Raises ValueError for text that is not sealed."""
    try:
        content = json.loads(zlib.decompress(base64.b64decode(sealed, validate=True)))
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"not sealed text: {error}") from error
    if not isinstance(content, dict):
        raise ValueError("not a sealed key")
    return content


ELSEWHERE = (
    "This page is a copy outside its lesson's folder: the data and `key.json` are not beside it. Open the week from "
    "the map on the start page, and copy over what you typed here."
)
MOVED = (
    "The folder of this lesson was moved or renamed while this page was open. Copy what you typed since, close the "
    "page, and open the lesson where it is now."
)
DELETED = (
    "The file `key.json` is missing from this lesson's folder: start the course again (`handson start`), which puts it "
    "back. Your answers are not in it."
)
_LESSON = re.compile(r"w\d{2}_")


def load_key(folder: Path) -> Key:
    """Read `key.json` of a lesson folder. Raises Problem with one sentence for a person."""
    path = folder / FILE_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Problem(_why_missing(folder)) from error
    except OSError as error:
        raise Problem(
            f"The lesson's key.json cannot be read ({error.strerror}): check the folder's permissions."
        ) from error
    except ValueError as error:
        raise Problem(
            "The lesson's key.json is damaged: put back the one that came with the lesson "
            "(your own answers are not in it)."
        ) from error
    if not isinstance(data, dict):
        raise Problem("The lesson's key.json is damaged: put back the one that came with the lesson.")
    return Key.from_json(data)


def _why_missing(folder: Path) -> str:
    if not folder.is_dir():
        return MOVED
    return DELETED if _LESSON.match(folder.name) else ELSEWHERE


class _Place:
    """The lesson that this kernel works on. A learner may change the working folder, so it is kept from the start."""

    folder = Path.cwd()
    loaded: tuple[tuple[int, int], Key] | None = None


def begin(folder: Path) -> None:
    """Say which lesson folder this process works on (the sandbox forks after `grader` was imported)."""
    _Place.folder = folder.resolve()
    _Place.loaded = None


def lesson_folder() -> Path:
    """The folder where the kernel started, whatever the working folder is now."""
    return _Place.folder


def current_key() -> Key:
    """The key of `lesson_folder()`, read again only when the file has changed. Raises Problem."""
    try:
        stat = (_Place.folder / FILE_NAME).stat()
    except OSError:
        return load_key(_Place.folder)
    stamp = (stat.st_mtime_ns, stat.st_size)
    if _Place.loaded is None or _Place.loaded[0] != stamp:
        _Place.loaded = (stamp, load_key(_Place.folder))
    return _Place.loaded[1]


def week_of(folder: Path) -> int:
    """The week that a folder's key names, 0 when there is none to read. Raises nothing: it is asked on import."""
    try:
        week = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))["week"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return week if type(week) is int else 0
