"""What a run tells, checked word by word: it comes from a process in which a stranger's code ran."""

import json
import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.learner.reading import Reading

MOST_CELLS_OF_AN_ANSWER = 2_000
MOST_CHARACTERS = 8 << 20
DEEPEST = 40
"""Levels of a nested output; what libraries show has about ten."""

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Scalar = None | bool | int | float | Annotated[str, Field(max_length=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Stream(_Strict):
    output_type: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: Text


class _Shown(_Strict):
    display_id: str


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


class _Cell(_Strict):
    id: str
    outputs: list[Annotated[_Stream | _Display | _Result | _Error, Field(discriminator="output_type")]]
    ok: bool
    seconds: float = Field(ge=0)
    cpu: float = Field(ge=0)


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
    name: str
    state: Literal["missing", "stopped", "blank", "unreadable", "answer"]
    answer: _Value | _Table | _Results | None
    saw: str = Field(max_length=10_000)
    typed_in: bool
    slip: str = Field(default="", max_length=10_000)


class _Told(_Strict):
    start: str | None = None
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

    `tampered` holds sentences about what no honest run tells. `failed` is what the sandbox's own code ended with.
    """

    cells: list[CellRun] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    running: str = ""
    ended: bool = False
    failed: str = ""
    tampered: list[str] = field(default_factory=list)
    _shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def hear(self, line: bytes) -> None:
        """Take in one line. A line that is not of the form is counted as tampering, and otherwise passed over."""
        try:
            told = _parse(line)
        except (ValueError, RecursionError):
            self._flag("Something was sent to the grader that is no result.")
            return
        if told.start is not None:
            self.running = told.start
        elif told.cell is not None:
            self._add_cell(told.cell)
        elif told.reading is not None:
            self._add_reading(told.reading)
        elif told.failed is not None:
            self.failed = told.failed or "no reason given"
        elif told.end is not None:
            self.running, self.ended = "", True
            if not told.end:
                self._flag("A name that nobody sets was found: what reads the answers has been replaced.")

    def _add_cell(self, cell: _Cell) -> None:
        if any(each.id == cell.id for each in self.cells):
            self._flag(f"The outputs of `{cell.id}` were sent twice: the first count.")
            return
        self.running = ""
        outputs = [kept for output in cell.outputs if (kept := self._output(output)) is not None]
        self.cells.append(CellRun(cell.id, outputs, cell.ok, cell.seconds, cell.cpu))

    def _output(self, output: BaseModel) -> dict[str, Any] | None:
        """The output as a notebook stores it. Whatever comes under a display id changes all that stand under it."""
        stored = output.model_dump(exclude={"transient"})
        if isinstance(output, _Display) and output.transient is not None:
            shown = self._shown.setdefault(output.transient.display_id, [])
            for each in shown:
                each.update(data=stored["data"], metadata=stored["metadata"])
            shown.append(stored)
        return None if stored["output_type"] == "update_display_data" else stored

    def _add_reading(self, reading: _Reading) -> None:
        if reading.name in self.readings:
            self._flag(f"The answer to `{reading.name}` was sent twice: the first counts.")
            return
        self.running = ""
        data = reading.model_dump()
        name = data.pop("name")
        self.readings[name] = Reading(**data)

    def _flag(self, sentence: str) -> None:
        if sentence not in self.tampered:
            self.tampered.append(sentence)


def _parse(line: bytes) -> _Told:
    """Raises ValueError or RecursionError for anything that is not one message."""
    data = json.loads(line, parse_constant=_no_constant)
    if not isinstance(data, dict) or len(data) != 1 or _depth(data) > DEEPEST:
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


def _check_answer(reading: _Reading) -> None:
    if (reading.answer is not None) != (reading.state == "answer"):
        raise ValueError("no answer")
    tables = reading.answer.results if isinstance(reading.answer, _Results) else [reading.answer]
    for each in tables:
        if isinstance(each, _Table):
            wide = len(each.columns)
            if wide * len(each.rows) > MOST_CELLS_OF_AN_ANSWER or any(len(row) != wide for row in each.rows):
                raise ValueError("no table")
            scalars = [scalar for row in each.rows for scalar in row]
        else:
            scalars = [each.value] if isinstance(each, _Value) else []
        if any(isinstance(scalar, float) and not math.isfinite(scalar) for scalar in scalars):
            raise ValueError("no number")


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
