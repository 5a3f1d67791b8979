"""Finds the learner's answer in the notebook and turns it into plain JSON. It needs no key: the sandbox uses it too."""

import ast
import contextlib
import copy
import io
import os
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PosixPath, WindowsPath
from typing import Any, Protocol, Self

from grader.learner.answers import (
    Answer,
    AnswerError,
    BrokenQueryError,
    TooLargeError,
    canonical,
    class_name,
    describe,
)
from grader.learner.errors import Scene, explain, scene_from
from grader.learner.files import read_file
from grader.learner.page import page_of
from grader.learner.session import gives, last_word, leaves_out, parsed
from grader.learner.slips import NEXT, groups, slip_of, typed_figure
from grader.learner.typed_in import is_typed_in

FILE_ARGUMENT = "file:"
CALLED_IT = "I called it, and it stopped."


class Open(Protocol):
    """The part of an exercise that holds no answer."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def variable(self) -> str: ...
    @property
    def fresh(self) -> bool: ...
    @property
    def cases(self) -> tuple[tuple[Any, ...], ...]: ...


@dataclass(frozen=True)
class Question:
    """The open part of an exercise, as it is sent into the sandbox."""

    name: str
    kind: str
    variable: str
    fresh: bool
    cases: tuple[tuple[Any, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The question from `to_json`."""
        return cls(**{**data, "cases": tuple(tuple(case) for case in data.get("cases", ()))})


@dataclass(frozen=True)
class Reading:
    """What was found under the exercise's name.

    `state` is missing, stopped, blank, unreadable or answer; `answer` is there for "answer" only. `saw` says it in a
    few words, for "unreadable" in a whole sentence. `typed_in`: a bare number or table stands where a computation is
    asked. `slip` is a mistake that stands in the code itself, in sentences (the next step behind NEXT): where the
    answer is not right, it says more than the value can. `figure` is a number that its query reckons with, typed in;
    `grouped`: its query ends in groups.
    """

    state: str
    answer: Answer | None = None
    saw: str = ""
    typed_in: bool = False
    slip: str = ""
    figure: str = ""
    grouped: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reading from `to_json`."""
        return cls(**data)


def read(question: Open, namespace: Mapping[str, object], sources: Sequence[str], folder: Path) -> Reading:
    """Read the answer to a question from the names of a notebook.

    `sources` are the boxes that ran, in order; `folder` is the lesson's. For the kinds function and tests the learner's
    function is called with each of `cases`, in `folder`, its printing swallowed.
    """
    if question.kind == "file" and not question.variable.isidentifier():
        return _read_file(question.variable, folder)
    run = last_word(question.name, question.variable, lambda source: _is_of_the_page(source, namespace, folder))
    if run is not None and not run.success:
        return Reading("stopped", saw="The box above stopped with an error, so there is no new answer yet.")
    if run is not None and leaves_out(run.source, question.variable):
        return Reading("missing", saw=_other_name(run.source, question.variable))
    if question.variable not in namespace:
        return Reading("missing", saw=f"I do not know `{question.variable}` yet.")
    value = namespace[question.variable]
    made = _made(question.variable, sources)
    if found := re.search(rf"^{question.variable}\s*=\s*(_+)\s*$", made, re.MULTILINE):
        step = f"{NEXT}put your answer where `{found.group(1)}` stands, run that box, then this one again."
        return Reading("blank", saw="a blank", slip=f"A blank is left: `{found.group(1)}` holds its place.{step}")
    if value is ... or (type(value) is str and not value.strip()):
        return Reading(
            "blank",
            saw="the dots" if value is ... else "nothing between the quotes",
            slip=_still_dots(made, question.variable),
        )
    try:
        with _quietly():
            reading = _read_kind(question, value, namespace, sources, folder)
            return replace(
                reading,
                slip=reading.slip or slip_of(made, value, namespace, folder),
                figure=typed_figure(made),
                grouped=groups(made),
            )
    except BrokenQueryError as error:
        return Reading("unreadable", saw=_broken_query(error, made, namespace, sources, folder, question.variable))
    except AnswerError as error:
        return Reading("unreadable", saw=str(error))
    except Exception as error:  # a library's own failure on an odd object must not end in a wall of red
        return Reading("unreadable", saw=f"I cannot read this answer ({_error_name(error)}): hand over a plain one.")


def _is_of_the_page(source: str, namespace: Mapping[str, object], folder: Path) -> bool:
    """Whether the page has a box like this, or nobody can tell."""
    page = page_of(folder, namespace)
    return page is None or page.is_own(source)


def _other_name(source: str, variable: str) -> str:
    """What a box does that does not give the answer its name."""
    targets = [each.targets for each in parsed(source) or () if isinstance(each, ast.Assign)]
    names = [target.id for given in targets for target in given if isinstance(target, ast.Name)]
    if len(names) == 1:
        capitals = " Capitals count." if names[0].lower() == variable.lower() else ""
        return f"The box above gives its result the name `{names[0]}`, not `{variable}`.{capitals}"
    return f"The box above does not give its result the name `{variable}`."


def _made(variable: str, sources: Sequence[str]) -> str:
    """The box that gave the answer its name last, or nothing."""
    return next((each for each in reversed(sources) if gives(each, variable)), "")


def _still_dots(made: str, variable: str) -> str:
    """An answer that stands beside the dots and not in their place."""
    others = [each for each in parsed(made) or () if not isinstance(each, ast.Assign)]
    if any(isinstance(each, ast.FunctionDef) and each.name == variable for each in others):
        return (
            f"Your function is there, and the line `{variable} = ...` below it gives its name back to the dots."
            f"{NEXT}take that line out, run the box, then this one again."
        )
    if any(isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) for each in others):
        return (
            f"Your question stands on a line of its own, and behind `{variable} =` still stand the dots."
            f"{NEXT}move the question there, in place of the dots. Run the box, then this one again."
        )
    return ""


def _broken_query(
    error: BrokenQueryError,
    made: str,
    namespace: Mapping[str, object],
    sources: Sequence[str],
    folder: Path,
    variable: str,
) -> str:
    """What the error card would say, since DuckDB runs a query only when its rows are wanted; else a calm sentence."""
    cause = error.__cause__ or error
    scene = Scene(cause, str(cause), made, namespace=namespace, folder=folder, sources=sources)
    name, said = explain(scene)
    if name in ("general", "sql_general"):
        return (
            "Your query was understood, and stops on its way through the rows."
            f"{NEXT}put `{variable}` on a line of its own below it and run that box: a card says more."
        )
    return f"{said.happened}{NEXT}{said.next_step}".replace("this box", "the box above")


def _read_kind(
    question: Open, value: object, namespace: Mapping[str, object], sources: Sequence[str], folder: Path
) -> Reading:
    if question.kind in ("function", "tests"):
        return _read_function(question, value, namespace, sources, folder)
    if question.kind == "file":
        return _read_file(_file_name(value), folder)
    if question.kind in ("choice", "order"):
        return _read_letters(value, question.kind)
    try:
        answer = canonical(value, question.kind)
    except TooLargeError as error:
        if question.kind != "value":
            raise
        raise AnswerError(
            f"I see a table of {error.seen}; this question wants one value. "
            "Which word in the example turned rows into one number?"
        ) from error
    typed_in = question.fresh and is_typed_in(question.variable, sources)
    return Reading("answer", answer, describe(answer) + _left_labels(value, answer), typed_in)


def _left_labels(value: Any, answer: Answer) -> str:
    """A frame's row labels look like a column and are none: worth a word, since they are dropped."""
    if len(answer.get("rows", ())) < 2 or not describe(answer).startswith(("a table", "a list")):
        return ""
    if type(value).__module__.partition(".")[0] != "pandas" or type(value).__name__ not in ("DataFrame", "Series"):
        return ""
    return "" if type(value.index).__name__ == "RangeIndex" else " (the labels on its left are an index, not a column)"


def _read_letters(value: object, kind: str) -> Reading:
    if kind == "order" and type(value) in (list, tuple) and all(type(item) is str for item in value):  # type: ignore[attr-defined]
        value = "".join(value)  # type: ignore[arg-type]
    if type(value) is not str:
        answer = canonical(value, "value")
        return Reading("answer", answer, describe(answer))
    letters = value.strip().lower()
    if kind == "order":
        letters = "".join(sign for sign in letters if sign.isalnum())
    answer = {"value": letters}
    return Reading("answer", answer, describe({"value": value.strip()}))


_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)


def _is_function(value: object) -> bool:
    kind = type(value)
    if any(kind is known for known in _FUNCTIONS):
        return True
    return class_name(kind) == ("functools", "_lru_cache_wrapper")


def _read_function(
    question: Open, value: Any, namespace: Mapping[str, object], sources: Sequence[str], folder: Path
) -> Reading:
    if not _is_function(value):
        seen = describe(canonical(value, "value"))
        raise AnswerError(
            f"I see {seen}; this question wants the function itself, so that I can try it on other cases: "
            f"give it the name `{question.variable}` with `def`, and do not call it here."
        )
    if type(value) is types.FunctionType and _is_stub(value):
        return Reading("blank", saw="a function with nothing in it yet")
    failed: list[BaseException] = []
    results = [_call(value, case, question.kind, folder, failed) for case in question.cases]
    slip = _failed_call(failed[0], question.variable, namespace, sources, folder) if failed else ""
    return Reading("answer", {"results": results}, "a function", slip=slip)


def _failed_call(
    error: BaseException, variable: str, namespace: Mapping[str, object], sources: Sequence[str], folder: Path
) -> str:
    """What the error card would say of a call that failed, where a recogniser knows the error."""
    name, said = explain(scene_from(error, namespace, _made(variable, sources), sources, folder))
    if name in ("general", "sql_general", "sql_not_that_date"):
        return ""
    return f"{CALLED_IT} {said.happened}{NEXT}{said.next_step}".replace("this box", "the box above")


def _stub() -> None: ...


def _documented_stub() -> None:
    """Has a text and nothing else."""


def _is_stub(function: types.FunctionType) -> bool:
    """Whether a function holds only dots, `pass` or a text that says what it is for."""
    model = _stub if function.__doc__ is None else _documented_stub
    code = function.__code__
    return code.co_code == model.__code__.co_code and code.co_consts[-1] is None


def _call(function: Any, case: Sequence[Any], kind: str, folder: Path, failed: list[BaseException]) -> Answer:
    arguments = [_argument(each) for each in case]
    try:
        with _inside(folder):
            returned = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        name = _error_name(error)
        if kind == "tests" and name in ("AssertionError", "Failed"):
            return {"value": False}
        failed.append(error)
        return {"error": f"{name}: {_error_text(error)}"}
    if kind == "tests":
        return {"value": True}
    try:
        return canonical(returned, "value")
    except AnswerError as error:
        return {"error": f"AnswerError: {error}"}


def _argument(value: Any) -> Any:
    if type(value) is str and value.startswith(FILE_ARGUMENT):
        return value.removeprefix(FILE_ARGUMENT)
    return copy.deepcopy(value)


def _error_name(error: BaseException) -> str:
    return str(type.__dict__["__name__"].__get__(type(error)))


def _error_text(error: BaseException) -> str:
    """The text of an error without asking an object that a learner defined."""
    parts = [str(part) for part in error.args if type(part) in (str, int, float)]
    return ", ".join(parts)[:300]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What a function prints or warns about must not stand in the card's cell: nbgrader gives no points for stderr."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _file_name(value: object) -> str:
    if type(value) is str or type(value) is PosixPath or type(value) is WindowsPath:
        return str(value)
    raise AnswerError("I see no file name: put the name of the file that you wrote between quotes.")


def _read_file(name: str, folder: Path) -> Reading:
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return Reading("unreadable", saw=f"The file `{name}` lies outside the lesson's folder: write it in there.")
        if not path.is_file():
            return Reading("missing", saw=f"I see no file `{name}` in the lesson's folder yet.")
        with _quietly():
            answer = read_file(path)
    except AnswerError as error:
        return Reading("unreadable", saw=str(error))
    except (OSError, ValueError) as error:
        return Reading("unreadable", saw=f"The file `{name}` cannot be read ({type(error).__name__}).")
    reading = Reading("answer", answer)
    return replace(reading, saw=f"a file with {describe(answer)}")
