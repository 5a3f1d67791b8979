"""lesson.toml as data: what pydantic reads it into, and the mistakes that can be seen in it alone."""

import math
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from grader.authoring.problem import Finding, SourceProblem

Kind = Literal["value", "table", "choice", "order", "function", "file", "tests"]
SAME_ON_ANY_DATA = ("choice", "order")
WANTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text in quotes",
    "bool": "true or false",
    "list": "a list in [ ]",
    "tuple": "a list in [ ]",
    "dict": "a table of its own",
    "model": "a table of its own",
}
"""What a field wants, in an author's words, by the start of pydantic's name for the mistake."""
SCORES = 4
TOP_SCORE = 2


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Minutes(_Strict):
    """Minutes per section; together at most 60."""

    recall: int = Field(ge=0)
    situation: int = Field(ge=0)
    example: int = Field(ge=0)
    predict: int = Field(ge=0)
    exercises: int = Field(ge=0)
    vote: int = Field(ge=0)
    memo: int = Field(ge=0)
    company: int = Field(ge=0)
    spare: int = Field(ge=0)

    @property
    def total(self) -> int:
        """All minutes of the hour, the spare ones included."""
        return sum(self.model_dump().values())


class Fact(_Strict):
    """A figure of the prose: the query that computes it and how it is written (a format string for its value)."""

    sql: str
    written: str = ""


class WrongPlan(_Strict):
    """A wrong answer that people really give: the code that produces it, and what they are told."""

    code: str
    says: str


class ExercisePlan(_Strict):
    """One exercise. `tolerance` is absolute, in the unit of the answer; `cases` are argument lists for a function."""

    kind: Kind
    variable: str
    points: float = Field(gt=0)
    fresh: bool = False
    right: str
    hints: list[str] = []
    alt: list[str] = []
    wrong: list[WrongPlan] = []
    tolerance: float = Field(default=0.0, ge=0)
    ordered: bool = False
    named: bool = False
    options: list[str] = []
    says: dict[str, str] = {}
    cases: list[list[object]] = []


class PredictionPlan(_Strict):
    """A guess before a result: `truth` is code whose value is the result, `within` how near counts as a hit.

    `out_of`: a result that counts some of so many cannot be more, nor a share of them. `source`: the words before the
    result, "The data says" unless given, such as "The query shows".
    """

    truth: str
    within: float = Field(ge=0)
    then: str
    unit: str = ""
    out_of: int = Field(default=0, ge=0)
    source: str = ""


class RecallPlan(_Strict):
    """One letter about an earlier week: the right one, and why for each."""

    options: list[str] = Field(min_length=2)
    answer: str
    says: dict[str, str]


class Criterion(_Strict):
    """What a coach looks for, and what 0, 1 and 2 look like."""

    asks: str
    anchors: list[str] = Field(min_length=3, max_length=3)


class GradedExample(_Strict):
    """A memo as somebody might write it, with its score on each criterion."""

    scores: list[int] = Field(min_length=SCORES, max_length=SCORES)
    text: str


class MemoPlan(_Strict):
    """The written task: to whom, how many words, the rubric, graded examples."""

    to: str
    words: tuple[int, int]
    criteria: list[Criterion] = Field(min_length=SCORES, max_length=SCORES)
    examples: list[GradedExample] = Field(min_length=3)

    @property
    def points(self) -> float:
        """Points that a coach can give."""
        return float(TOP_SCORE * len(self.criteria))


class Plan(_Strict):
    """A lesson.toml."""

    title: str
    skill: str
    points: float = 0
    data: list[str] = []
    files: dict[str, str] = {}
    minutes: Minutes
    facts: dict[str, str | Fact] = {}
    numbers: dict[str, str] = {}
    glossary: dict[str, str] = {}
    predict: dict[str, PredictionPlan] = {}
    recall: dict[str, RecallPlan] = {}
    exercise: dict[str, ExercisePlan] = {}
    memo: dict[str, MemoPlan] = {}

    def fact(self, name: str) -> Fact:
        """The fact of that name, short form or long."""
        fact = self.facts[name]
        return Fact(sql=fact) if isinstance(fact, str) else fact

    @property
    def graded_points(self) -> float:
        """Points of all exercises and memos."""
        computed = sum(plan.points for plan in self.exercise.values())
        return computed + sum(plan.points for plan in self.memo.values())


def read_plan(path: Path) -> Plan:
    """Read a lesson.toml. Raises SourceProblem for text that is not TOML and for fields that do not fit."""
    name = f"{path.parent.name}/{path.name}"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceProblem([Finding(name, "the file", "is not there.", "Every lesson folder needs one.")]) from None
    except tomllib.TOMLDecodeError as error:
        raise SourceProblem([Finding(name, "the file", f"is not TOML: {error}.", "Mend that line.")]) from None
    except UnicodeDecodeError:
        raise SourceProblem([Finding(name, "the file", "is not UTF-8 text.", "Save it as UTF-8.")]) from None
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        # A field that may be two things is refused once for each: one finding a field says enough.
        findings = {finding.where: finding for finding in (_finding(name, item) for item in reversed(error.errors()))}
        raise SourceProblem(list(reversed(findings.values()))) from None


def _finding(file: str, item: ErrorDetails) -> Finding:
    kind, limits = item["type"], item.get("ctx", {})
    shown = f"{str(item['input'])[:40]!r}"
    where = ".".join(str(part) for part in item["loc"] if part not in ("str", "Fact"))
    if kind == "missing":
        return Finding(file, where, "It is missing.", "Add it.")
    if kind == "extra_forbidden":
        return Finding(file, where, "There is no such field.", "Check its spelling, or take it out.")
    if kind == "literal_error":
        return Finding(file, where, f"{shown} is not one of {limits['expected']}.", "Choose one of them.")
    if kind in ("too_short", "too_long"):
        least, most = limits.get("min_length"), limits.get("max_length")
        wanted = f"at least {least}" if least is not None else f"at most {most}"
        return Finding(file, where, f"It has {limits['actual_length']} entries and needs {wanted}.", "Complete it.")
    if kind in ("greater_than", "greater_than_equal"):
        wanted = f"more than {limits['gt']:g}" if "gt" in limits else f"{limits['ge']:g} or more"
        return Finding(file, where, f"It is {shown}.", f"It must be {wanted}.")
    for start, wanted in WANTED.items():
        if kind.startswith(start):
            return Finding(file, where, f"It is {shown}, not {wanted}.", f"Write {wanted}.")
    return Finding(file, where, f"It is {shown}: {item['msg']}.", "Change its value.")


def check_plan(plan: Plan, file: str) -> list[Finding]:
    """Mistakes that can be seen without running anything."""
    findings = []

    def find(where: str, wrong: str, mend: str) -> None:
        findings.append(Finding(file, where, wrong, mend))

    if plan.minutes.total > 60:
        find("minutes", f"The sections add up to {plan.minutes.total} minutes.", "An hour has 60: shorten one.")
    if not math.isclose(plan.points, plan.graded_points):
        find(
            "points",
            f"The lesson says {plan.points:g} points; its exercises and memo add up to {plan.graded_points:g}.",
            "Make the two equal.",
        )
    look_alike = sum(each.points for each in plan.exercise.values() if each.kind in SAME_ON_ANY_DATA)
    if look_alike * 5 > plan.graded_points:
        find(
            "points",
            f"Choices and orders give {look_alike:g} of {plan.graded_points:g} points, more than a fifth.",
            "Give them fewer, or the computed answers more.",
        )
    for name, exercise in plan.exercise.items():
        findings += _check_exercise(name, exercise, file)
    for name, recall in plan.recall.items():
        where = f"recall.{name}"
        if recall.answer not in recall.options:
            find(where, f"The answer {recall.answer!r} is not among the options.", "Name one of them.")
        if set(recall.says) != set(recall.options):
            find(where, "Not every option has its why.", "Add one line to `says` for each letter.")
    for name, memo in plan.memo.items():
        if any(score not in range(TOP_SCORE + 1) for example in memo.examples for score in example.scores):
            find(f"memo.{name}", "A graded example has a score that is not 0, 1 or 2.", "Mend the score.")
        for number, example in enumerate(memo.examples, 1):
            if sum(example.scores) == memo.points and not memo.words[0] <= len(example.text.split()) <= memo.words[1]:
                find(
                    f"memo.{name}, example {number}", "The best example is not within the words asked for.", "Edit it."
                )
    return findings


def _check_exercise(name: str, plan: ExercisePlan, file: str) -> list[Finding]:
    where = f"exercise.{name}"
    findings = []

    def find(wrong: str, mend: str) -> None:
        findings.append(Finding(file, where, wrong, mend))

    computed = plan.kind not in SAME_ON_ANY_DATA
    if plan.kind == "choice":
        if len(plan.options) < 2:
            find("A choice without options.", "List its letters in `options`.")
        if len(set(plan.options) - set(plan.says)) != 1 or set(plan.says) - set(plan.options):
            find("Every option but the right one needs its why.", "Complete `says`, one line a letter.")
    elif len(plan.wrong) < 2:
        find(f"{len(plan.wrong)} named wrong answers.", "Name two or more that people really give, with code.")
    if plan.kind == "order" and len(plan.options) < 3:
        find("An order without letters.", "List its letters in `options`.")
    if computed and not plan.alt:
        find("No other right solution.", "Add one to `alt`: another query, or pandas for SQL.")
    if computed and not plan.fresh:
        find("A computed answer that is not judged on fresh data.", "Set fresh = true.")
    if plan.kind in ("function", "tests") and not plan.cases:
        find("Nothing to call it with.", "Add `cases`: lists of arguments.")
    if len(plan.hints) != 3:
        find(f"{len(plan.hints)} hints.", "Write three: where to look, which tool, the skeleton with blanks.")
    for says in [each.says for each in plan.wrong] + list(plan.says.values()) + [plan.right]:
        if len(says.split()) > 40:
            find(f"A message of {len(says.split())} words: “{says[:40]}…”.", "At most 40 words.")
    return findings
