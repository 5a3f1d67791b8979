"""Answers as plain JSON: what a learner hands over, read by exact type only.

Nothing that a learner may have defined is ever asked (`__eq__`, `__class__`, `__array__`, `__repr__`, `__len__`): a
class is known by identity, never by `isinstance`. pandas, numpy, duckdb and pyarrow are read when the notebook has
imported them, and are never imported here.
"""

import datetime as dt
import decimal
import math
import struct
import sys
import types
import uuid
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from pathlib import PosixPath, WindowsPath
from typing import Any

from grader.learner.comparing import Difference, compare
from grader.learner.key import Answer

__all__ = [
    "Answer",
    "AnswerError",
    "BrokenQueryError",
    "Difference",
    "TooLargeError",
    "canonical",
    "class_name",
    "compare",
    "describe",
    "is_query_text",
]

MAX_CELLS = 2_000
MOST_COUNTED = 1_000_000
MAX_TEXT = 100_000
MAX_INTEGER_BITS = 1_000
INFINITE = "an infinite number"
MINUS_INFINITE = "a negative infinite number"

Scalar = None | bool | int | float | str


class AnswerError(ValueError):
    """An answer that cannot be read. Its text is a sentence for the learner."""


class BrokenQueryError(AnswerError):
    """A query that fails only as its rows are fetched; its cause is DuckDB's own exception."""


class TooLargeError(AnswerError):
    """An answer of too many cells; `seen` is its size in words."""

    def __init__(self, seen: str) -> None:
        self.seen = seen
        super().__init__(
            f"I see {seen}. That is more than {MAX_CELLS:,} cells, and more than an answer here needs: "
            "what should one row stand for? The question says it."
        )


def canonical(value: object, kind: str = "table") -> Answer:
    """The answer as plain JSON: {"value": scalar} or {"columns": [...], "rows": [[...]]}.

    With `kind` "value", a table, relation or list of one cell becomes that cell. Columns without a name are called "".
    Raises AnswerError for an answer of more than 2,000 cells, or of a type that is not read.
    """
    answer = _read(value)
    if kind == "value" and "rows" in answer and len(answer["rows"]) == 1 and len(answer["rows"][0]) == 1:
        return {"value": answer["rows"][0][0]}
    return answer


def describe(answer: Answer) -> str:
    """An answer in a few human words, such as "a table of 3 rows and 9 columns"."""
    if "results" in answer:
        return "a function"
    if "rows" in answer:
        rows, columns = len(answer["rows"]), len(answer["columns"])
        if columns == 1 and not answer["columns"][0]:
            return f"a list of {_count(rows, 'value')}"
        return f"a table of {_count(rows, 'row')} and {_count(columns, 'column')}"
    value = answer["value"]
    if value is None:
        return "nothing (`None`, or an empty cell)"
    if type(value) is bool:
        return f"the answer `{value}`"
    if type(value) is not str:
        return f"the number {value:,}" if type(value) is int else f"the number {value:,.10g}"
    if is_query_text(value):
        return "the text of a query"
    short = value if len(value) <= 40 else value[:37] + "..."
    return f"the text `{short}`" if "`" not in short and "\n" not in short else "a text"


def is_query_text(value: object) -> bool:
    """Whether this is the text of an SQL query rather than a result."""
    if type(value) is not str:
        return False
    first, *more = value.upper().split()[:200] or [""]
    return first in ("SELECT", "WITH", "FROM") and not {"SELECT", "FROM"}.isdisjoint(more)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _same(kind: type, *known: type) -> bool:
    """Identity only: `in` and `==` would ask a metaclass."""
    return any(kind is each for each in known)


def class_name(kind: type) -> tuple[str, str]:
    """(top-level package, name) of a class that its module really holds under that name, else ("", "")."""
    module: object = type.__dict__["__module__"].__get__(kind)
    name: str = type.__dict__["__name__"].__get__(kind)
    if type(module) is not str or module == "__main__":
        return "", ""
    holder = sys.modules.get(module)
    if type(holder) is not types.ModuleType or vars(holder).get(name) is not kind:
        return "", ""
    return module.partition(".")[0].lstrip("_"), name


def _scalar(value: object) -> Scalar:
    """One cell. Raises _NotScalar for anything else."""
    kind = type(value)
    if value is None or value is True or value is False:
        return value
    for known, reader in _SCALARS:
        if kind is known:
            return reader(value)
    package, name = class_name(kind)
    if package == "numpy":
        return _numpy_scalar(value, name)
    if package == "pandas":
        return _pandas_scalar(value, name)
    raise _NotScalar


class _NotScalar(Exception):
    """Not one cell; a caller that knows more says what it is."""


def _integer(value: Any) -> int:
    number = int(value)
    if number.bit_length() > MAX_INTEGER_BITS:
        raise AnswerError("I see a number with hundreds of digits, more than I read.")
    return number


def _float(value: Any) -> float | str | None:
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return INFINITE if number > 0 else MINUS_INFINITE
    return number + 0.0  # -0.0 becomes 0.0


def _decimal(value: Any) -> Scalar:
    return None if value.is_nan() else _float(value)


def _text(value: Any) -> str:
    if len(value) > MAX_TEXT:
        raise AnswerError(f"I see a text of {len(value):,} characters; I read up to {MAX_TEXT:,}.")
    return str(value)


def _known_zone(zone: object) -> None:
    if zone is not None and type(zone) is not dt.timezone and class_name(type(zone)) != ("zoneinfo", "ZoneInfo"):
        raise AnswerError("I see a time with a time zone that I cannot read: hand it over without its zone.")


def _moment(value: Any) -> str:
    _known_zone(value.tzinfo)
    if value.tzinfo is not None:
        return str(value.astimezone(dt.UTC).isoformat(sep=" "))
    if value.time() == dt.time():
        return str(value.date().isoformat())
    return str(value.isoformat(sep=" "))


def _clock(value: Any) -> str:
    _known_zone(value.tzinfo)
    return str(value.isoformat())


_SCALARS: tuple[tuple[type, Callable[[Any], Scalar]], ...] = (
    (int, _integer),
    (float, _float),
    (str, _text),
    (decimal.Decimal, _decimal),
    (dt.date, lambda value: str(value.isoformat())),
    (dt.datetime, _moment),
    (dt.time, _clock),
    (dt.timedelta, str),
    (uuid.UUID, str),
    (PosixPath, str),
    (WindowsPath, str),
)


def _numpy_scalar(value: Any, name: str) -> Scalar:
    if name in ("bool", "bool_"):
        return bool(value)
    if name in ("float32", "float16"):
        return _float(_shortest(float(value), name))
    if name.startswith(("int", "uint", "longlong", "ulonglong")):
        return _integer(value)
    if name.startswith(("float", "longdouble")):
        return _float(value)
    if name == "str_":
        return _text(str(value))
    if name in ("datetime64", "timedelta64"):
        moment = value.astype(f"{name}[us]").item()
        if moment is None or _same(type(moment), dt.datetime, dt.timedelta):
            return None if moment is None else _scalar(moment)
    raise _NotScalar


def _pandas_scalar(value: Any, name: str) -> Scalar:
    if name in ("NaTType", "NAType"):
        return None
    if name == "Timestamp":
        return _moment(value.to_pydatetime(warn=False))
    if name == "Timedelta":
        return str(value.to_pytimedelta())
    if name in ("Period", "Interval"):
        return str(value)
    raise _NotScalar


def _shortest(value: float, dtype: str) -> float:
    """The shortest decimal that a narrow float stands for: 0.1 for a float32 that holds 0.10000000149."""
    code, digits = ("f", range(6, 10)) if dtype != "float16" else ("e", range(3, 6))
    if not math.isfinite(value):
        return value
    for count in digits:
        short = float(f"{value:.{count}g}")
        try:
            if struct.pack(code, short) == struct.pack(code, value):
                return short
        except OverflowError:
            continue
    return value


def _cell(value: object) -> Scalar:
    try:
        return _scalar(value)
    except _NotScalar:
        raise AnswerError(f"One of its cells is not a number, a text or a date. {_sentence(value)}") from None


def _label(value: object) -> str:
    """A column's name; "" for none."""
    if type(value) is tuple:
        return " ".join(_label(part) for part in value)
    cell = _cell(value)
    return "" if cell is None else str(cell)


def _check_size(rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise TooLargeError(f"{_count(rows, 'row')} and {_count(columns, 'column')}")


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Answer:
    _check_size(len(rows), len(columns))
    cells = [[_cell(value) for value in row] for row in rows]
    if sum(len(cell) for row in cells for cell in row if type(cell) is str) > MAX_TEXT:
        raise AnswerError(f"The texts in this table have more than {MAX_TEXT:,} characters, more than I read.")
    return {"columns": list(columns), "rows": cells}


def _read(value: Any) -> Answer:
    try:
        return {"value": _scalar(value)}
    except _NotScalar:
        pass
    kind = type(value)
    for known, reader in _CONTAINERS:
        if kind is known:
            return reader(value)
    reader_of_library = _LIBRARY_READERS.get(class_name(kind))
    if reader_of_library is not None:
        return reader_of_library(value)
    package, name = class_name(kind)
    if package == "pandas" and name.endswith("Index"):
        return _series_like(value, value.name)
    if package == "pandas" and name.endswith("Array"):
        return _series_like(value, None)
    raise AnswerError(_sentence(value))


def _list(value: Any) -> Answer:
    _check_size(len(value), 1)
    items = list(value)
    kinds = [type(item) for item in items]
    if items and all(_same(kind, dict) for kind in kinds):
        return _records(items)
    if items and all(_same(kind, list, tuple) for kind in kinds):
        width = len(items[0])
        if any(len(item) != width for item in items):
            raise AnswerError("I see a list whose rows differ in length: each row of a table has the same columns.")
        return _table([""] * width, items)
    return _table([""] if items else [], [[item] for item in items])


def _tuple(value: Any) -> Answer:
    """A tuple of plain values is one row, as `fetchone()` gives it; a tuple of rows is a table."""
    if not value or any(_same(type(item), list, tuple, dict) for item in value):
        return _list(value)
    return _table([""] * len(value), [value])


def _records(items: Sequence[dict[Any, Any]]) -> Answer:
    columns: dict[str, None] = {}
    rows = [{_label(key): item for key, item in row.items()} for row in items]
    for row in rows:
        columns.update(dict.fromkeys(row))
    return _table(list(columns), [[row.get(column) for column in columns] for row in rows])


def _dict(value: Any) -> Answer:
    _check_size(1, len(value))
    items = list(value.items())
    lists = [_one_column(item) for _, item in items]
    columns = [_label(key) for key, _ in items]
    if items and all(column is not None for column in lists):
        filled = [column for column in lists if column is not None]
        if any(len(column) != len(filled[0]) for column in filled):
            raise AnswerError("I see a table whose columns differ in length.")
        _check_size(len(filled[0]), len(filled))
        return _table(columns, list(zip(*filled, strict=True)))
    return _table(columns, [[item for _, item in items]] if items else [])


def _one_column(value: object) -> Sequence[object] | None:
    """The values of something that stands for one column of a dict, or None."""
    if type(value) is list or type(value) is tuple:
        return value
    if class_name(type(value)) in (("numpy", "ndarray"), ("pandas", "Series")):
        answer = _read(value)
        if len(answer.get("columns", ())) == 1:
            return [row[0] for row in answer["rows"]]
    return None


def _set(value: Any) -> Answer:
    _check_size(len(value), 1)
    answer = _list(list(value))
    answer["rows"].sort(key=lambda row: (str(type(row[0])), str(row[0])))
    return answer


_CONTAINERS: tuple[tuple[type, Callable[[Any], Answer]], ...] = (
    (list, _list),
    (tuple, _tuple),
    (dict, _dict),
    (Counter, _dict),
    (defaultdict, _dict),
    (OrderedDict, _dict),
    (set, _set),
    (frozenset, _set),
    (range, _list),
    (type({}.keys()), _list),
    (type({}.values()), _list),
    (type({}.items()), _list),
)


def _narrow(values: list[Any], dtype: object) -> list[Any]:
    """The values of a column, with narrow floats at their shortest decimal."""
    name = str(dtype).lower()
    for narrow in ("float32", "float16"):
        if narrow in name:
            return [_shortest(value, narrow) if type(value) is float else value for value in values]
    return (
        [_shortest(value, "float32") if type(value) is float else value for value in values]
        if (name in ("float", "float[pyarrow]"))
        else values
    )


def _column_values(column: Any) -> list[Any]:
    if class_name(type(column.dtype))[0] not in ("numpy", "pandas"):
        raise AnswerError("I see a column of a kind of your own making: hand over plain numbers, texts or dates.")
    return _narrow(column.tolist(), column.dtype)


def _series_like(value: Any, name: object) -> Answer:
    _check_size(len(value), 1)
    return _table([_label(name)], [[item] for item in _column_values(value)])


def _frame(value: Any) -> Answer:
    height, width = value.shape
    _check_size(height, width)
    unnamed = class_name(type(value.columns)) == ("pandas", "RangeIndex")
    columns = [""] * width if unnamed else [_label(label) for label in value.columns.tolist()]
    return _table(columns, list(zip(*(_column_values(value.iloc[:, at]) for at in range(width)), strict=True)))


def _array(value: Any) -> Answer:
    if value.ndim > 2 or value.dtype.names is not None:
        raise AnswerError("I see an array that is not a table of rows and columns.")
    _check_size(value.size, 1)
    if value.dtype.kind in "mM":
        value = value.astype("datetime64[us]" if value.dtype.kind == "M" else "timedelta64[us]")
    if value.ndim == 0:
        return {"value": _cell(_narrow([value.tolist()], value.dtype)[0])}
    rows = value.tolist() if value.ndim == 2 else [[item] for item in value.tolist()]
    return _table([""] * (value.shape[1] if value.ndim == 2 else 1), [_narrow(row, value.dtype) for row in rows])


def _relation(value: Any) -> Answer:
    try:
        columns = [str(name) for name in value.columns]
        narrow = [str(kind) == "FLOAT" for kind in value.types]
        most = MAX_CELLS // max(len(columns), 1)
        rows = value.limit(most + 1).fetchall()
        in_all = len(rows) if len(rows) <= most else value.limit(MOST_COUNTED).aggregate("count(*)").fetchall()[0][0]
    except Exception as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise BrokenQueryError(f"Your query does not run to its end: {first_line}") from error
    if len(rows) > most:
        many = "a million or more rows" if in_all == MOST_COUNTED else _count(in_all, "row")
        raise TooLargeError(f"{many} and {_count(len(columns), 'column')}")
    return _table(
        columns,
        [
            [
                _shortest(cell, "float32") if thin and type(cell) is float else cell
                for cell, thin in zip(row, narrow, strict=True)
            ]
            for row in rows
        ],
    )


def _arrow(value: Any) -> Answer:
    _check_size(value.num_rows, value.num_columns)
    columns = [_narrow(column.to_pylist(), column.type) for column in value.columns]
    return _table([str(name) for name in value.column_names], list(zip(*columns, strict=True)))


_LIBRARY_READERS: dict[tuple[str, str], Callable[[Any], Answer]] = {
    ("pandas", "DataFrame"): _frame,
    ("pandas", "Series"): lambda value: _series_like(value, value.name),
    ("numpy", "ndarray"): _array,
    ("duckdb", "DuckDBPyRelation"): _relation,
    ("pyarrow", "Table"): _arrow,
}

_UNCALLED = "I see a function that was not called: put brackets after its name, with what it needs between them."
_SENTENCES: tuple[tuple[tuple[type, ...], str], ...] = (
    (
        (
            types.FunctionType,
            types.MethodType,
            types.BuiltinFunctionType,
            types.MethodWrapperType,
            types.MethodDescriptorType,
        ),
        _UNCALLED,
    ),
    ((types.ModuleType,), "I see a whole library, not a result: after its name belongs a dot and what it should do."),
    ((type,), "I see a kind of thing, not a thing: put brackets after its name, with what it needs between them."),
    (
        (types.GeneratorType, map, filter, zip, enumerate),
        "I see a promise of a list, not a list: put `list(...)` around it.",
    ),
    ((bytes, bytearray), "I see raw bytes, not text: `.decode()` turns them into text."),
    ((complex,), "I see a complex number: somewhere the root of a negative number was taken."),
    ((list, tuple, dict, set), "I see a list inside a list: I read tables of plain cells."),
    ((type(...),), "The dots `...` are still there."),
)


def _sentence(value: object) -> str:
    """What an answer that cannot be read is, and what to hand over instead."""
    kind = type(value)
    for known, sentence in _SENTENCES:
        if _same(kind, *known):
            return sentence
    package, name = class_name(kind)
    if name.endswith("GroupBy"):
        return "I see a grouping that nothing was asked of yet: what should be counted or added up in each group?"
    if package == "duckdb" and name == "DuckDBPyConnection":
        return "I see a connection to the data, not a result: ask it for its rows with `.fetchall()` or `.df()`."
    if package and name and package != "builtins":
        return (
            f"I see a `{name}` of `{package}`, which I cannot read as an answer: hand over a number, a text or a table."
        )
    return "I see an object of your own making; hand over a plain number, a text or a table."
