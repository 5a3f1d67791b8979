"""What a run tells, checked word by word: it comes from a process in which a stranger's code ran."""

import json
import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.learner.marks import piles_up_marks
from grader.learner.reading import Reading
from grader.sandbox.jail import MOST_OUTPUTS

MOST_CELLS_OF_AN_ANSWER = 2_000
MOST_TEXT_OF_AN_ANSWER = 1_000_000
MOST_CHARACTERS = 8 << 20
MOST_REASON = 2_000
DEEPEST = 40
"""Levels of a nested output; what libraries show has about ten."""
MOST_PARTS = 2_000_000
"""Brackets in all lines of a run: each is a list or an object, which takes fifty times its room in memory."""
MOST_REFUSED = 50
"""After so many lines that are no results nothing more is listened to."""
MOST_REPEATED = 48 << 20
"""Characters that outputs may grow to by standing in several places under one display id."""
NO_RESULT = "Something was sent to the grader that is no result."
GOES_ON = "The run said that it was over, and went on."

Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Scalar = None | bool | int | float | Annotated[str, Field(max_length=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Stream(_Strict):
    output_type: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: Text


class _Shown(_Strict):
    display_id: Name


class _Display(_Strict):
    output_type: Literal["display_data", "update_display_data"]
    data: dict[str, Any]
    metadata: dict[str, Any]
    transient: _Shown | None = None


class _Result(_Strict):
    output_type: Literal["execute_result"]
    data: dict[str, Any]
    metadata: dict[str, Any]
    execution_count: int | None


class _Error(_Strict):
    output_type: Literal["error"]
    ename: Text
    evalue: Text
    traceback: list[Text]


_Output = Annotated[_Stream | _Display | _Result | _Error, Field(discriminator="output_type")]


class _Cell(_Strict):
    id: Name
    outputs: list[_Output]
    ok: bool
    seconds: float = Field(ge=0)
    cpu: float = Field(default=0.0, ge=0)


class _Value(_Strict):
    value: Scalar


class _Table(_Strict):
    columns: list[str] = Field(max_length=MOST_CELLS_OF_AN_ANSWER)
    rows: list[list[Scalar]] = Field(max_length=MOST_CELLS_OF_AN_ANSWER)


class _Failure(_Strict):
    error: str


class _Results(_Strict):
    results: list[_Value | _Table | _Failure] = Field(max_length=MOST_CELLS_OF_AN_ANSWER)


class _Reading(_Strict):
    name: Name
    state: Literal["missing", "stopped", "blank", "unreadable", "answer"]
    answer: _Value | _Table | _Results | None
    saw: str = Field(max_length=10_000)
    typed_in: bool
    slip: str = Field(default="", max_length=10_000)
    figure: str = Field(default="", max_length=20)
    grouped: bool = False


class _Told(_Strict):
    start: Name | None = None
    cell: _Cell | None = None
    reading: _Reading | None = None
    end: bool | None = None
    failed: str | None = None


_TOLD = TypeAdapter(_Told)


@dataclass(frozen=True)
class CellRun:
    """What one cell did: notebook outputs, whether it ended without an error, seconds of wall and of its process."""

    id: str
    outputs: list[dict[str, Any]]
    ok: bool
    seconds: float
    cpu: float = 0.0


@dataclass
class Told:
    """All that a run has told so far. `running` is the cell or reading that has begun and has not ended.

    `asked` are the cells and the readings ("reading:" with the name of the question) that the run was given: of others
    it has nothing to tell. `tampered` holds sentences about what no honest run tells. `failed` is what the sandbox's
    own code ended with.
    """

    asked: frozenset[str]
    cells: list[CellRun] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    running: str = ""
    ended: bool = False
    failed: str = ""
    tampered: list[str] = field(default_factory=list)
    _heard: set[str] = field(default_factory=set)
    _parts: int = 0
    _refused: int = 0
    _repeated: int = 0
    _shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def hear(self, line: bytes) -> None:
        """Take in one line. A line that is not of the form is counted as tampering, and otherwise passed over."""
        if self._refused > MOST_REFUSED:
            return
        if self.ended:
            self._refuse(GOES_ON)
            return
        self._parts += line.count(b"[") + line.count(b"{")
        if self._parts > MOST_PARTS:
            self._refuse(NO_RESULT)
            return
        try:
            told = _parse(line)
        except (ValueError, RecursionError):
            self._refuse(NO_RESULT)
            return
        if told.start is not None:
            self._start(told.start)
        elif told.cell is not None:
            self._add_cell(told.cell)
        elif told.reading is not None:
            self._add_reading(told.reading)
        elif told.failed is not None:
            self.failed = told.failed.strip()[-MOST_REASON:] or "no reason given"
        elif told.end is not None:
            self.running, self.ended = "", True
            if not told.end:
                self._refuse("A name that nobody sets was found: what reads the answers has been replaced.")

    def _start(self, what: str) -> None:
        if what in self.asked:
            self.running = what
        else:
            self._refuse(NO_RESULT)

    def _add_cell(self, cell: _Cell) -> None:
        if self._is_first(cell.id, f"The outputs of `{cell.id}` were sent twice: the first count."):
            self.running = ""
            outputs = [kept for output in cell.outputs if (kept := self._output(output)) is not None]
            self.cells.append(CellRun(cell.id, outputs, cell.ok, cell.seconds, cell.cpu))

    def _output(self, output: BaseModel) -> dict[str, Any] | None:
        """The output as a notebook stores it. Whatever comes under a display id changes all that stand under it."""
        stored = output.model_dump(exclude={"transient"})
        if not isinstance(output, _Display):
            return stored
        if output.transient is not None:
            shown = self._shown.setdefault(output.transient.display_id, [])
            self._repeated += len(shown) * (100 + len(json.dumps(stored["data"]))) if shown else 0
            if self._repeated > MOST_REPEATED:
                self._flag("Outputs that change one another grew too large: the rest of them was left out.")
                return None
            for each in shown:
                each.update(data=stored["data"], metadata=stored["metadata"])
            if output.output_type == "display_data":
                shown.append(stored)
        return None if output.output_type == "update_display_data" else stored

    def _add_reading(self, reading: _Reading) -> None:
        sentence = f"The answer to `{reading.name}` was sent twice: the first counts."
        if self._is_first(f"reading:{reading.name}", sentence):
            self.running = ""
            data = reading.model_dump()
            name = data.pop("name")
            self.readings[name] = Reading(**data)

    def _is_first(self, what: str, again: str) -> bool:
        if what not in self.asked:
            self._refuse(NO_RESULT)
        elif what in self._heard:
            self._refuse(again)
        else:
            self._heard.add(what)
            return True
        return False

    def _refuse(self, sentence: str) -> None:
        self._refused += 1
        self._flag(sentence)

    def _flag(self, sentence: str) -> None:
        if sentence not in self.tampered:
            self.tampered.append(sentence)


def _parse(line: bytes) -> _Told:
    """Raises ValueError or RecursionError for anything that is not one message."""
    data = json.loads(line, parse_constant=_no_constant, parse_float=_finite)
    if not isinstance(data, dict) or len(data) != 1 or _depth(data) > DEEPEST:
        raise ValueError("no message")
    (inner,) = data.values()
    outputs = inner.get("outputs") if isinstance(inner, dict) else None
    if isinstance(outputs, list) and len(outputs) > MOST_OUTPUTS:  # else each of a million is complained of
        raise ValueError("no message")
    try:
        told = _TOLD.validate_python(data)
    except ValidationError as error:
        raise ValueError("no message") from error
    if told.reading is not None:
        _check_answer(told.reading)
    return told


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is no number")
    return number


def _check_answer(reading: _Reading) -> None:
    if (reading.answer is not None) != (reading.state == "answer"):
        raise ValueError("no answer")
    text = 0
    for each in reading.answer.results if isinstance(reading.answer, _Results) else [reading.answer]:
        if isinstance(each, _Table):
            wide = len(each.columns)
            if wide * len(each.rows) > MOST_CELLS_OF_AN_ANSWER or any(len(row) != wide for row in each.rows):
                raise ValueError("no table")
            scalars = [*each.columns, *(scalar for row in each.rows for scalar in row)]
        else:
            scalars = [each.value] if isinstance(each, _Value) else []
        for scalar in scalars:
            if isinstance(scalar, str):
                text += len(scalar)
                if text > MOST_TEXT_OF_AN_ANSWER or piles_up_marks(scalar):
                    raise ValueError("no text")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        if depth > DEEPEST:
            break
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        level = below
    return depth
