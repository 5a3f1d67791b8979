"""A file that a learner wrote, read back as an answer: a table where it is one, else its text."""

import csv
import io
import json
import re
import sys
from pathlib import Path

from grader.learner.answers import Answer, AnswerError, canonical

MAX_BYTES = 1_000_000
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?|-?\d(\.\d+)?[eE][+-]?\d+")


def read_file(path: Path) -> Answer:
    """Read .csv, .tsv, .json and .parquet as tables, anything else as UTF-8 text.

    JSON that is no table is its text with sorted keys. Raises AnswerError with a sentence for the learner, or OSError.
    """
    if path.stat().st_size > MAX_BYTES:
        raise AnswerError(f"The file `{path.name}` has more than {MAX_BYTES // 1_000_000} MB, more than I read.")
    if path.suffix == ".parquet":
        return _parquet(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswerError(f'The file `{path.name}` is not UTF-8 text: write it with `encoding="utf-8"`.') from error
    if path.suffix in (".csv", ".tsv"):
        return _delimited(text, "\t" if path.suffix == ".tsv" else None)
    if path.suffix == ".json":
        return _json(text, path.name)
    return canonical("\n".join(line.rstrip() for line in text.splitlines()).strip("\n"))


def _delimited(text: str, delimiter: str | None) -> Answer:
    head = text.partition("\n")[0]
    if delimiter is None:
        delimiter = max(",;\t", key=head.count)
    lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if line]
    if not lines:
        return {"columns": [], "rows": []}
    columns, rows = lines[0], [[_typed(cell) for cell in line] for line in lines[1:]]
    if any(len(row) != len(columns) for row in rows):
        raise AnswerError("The rows of this file do not have as many cells as its first line has names.")
    table = canonical([tuple(row) for row in rows])
    return {"columns": columns, "rows": table["rows"]}


def _typed(cell: str) -> int | float | str | bool | None:
    """A number where a spreadsheet would see one; 007 and +49 stay text."""
    text = cell.strip()
    if not text:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _json(text: str, name: str) -> Answer:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise AnswerError(f"The file `{name}` is not complete JSON: {error}.") from error
    try:
        return canonical(content)
    except AnswerError:
        return canonical(json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False))


def _parquet(path: Path) -> Answer:
    duckdb = sys.modules.get("duckdb")
    if duckdb is None:
        raise AnswerError("To look into a Parquet file I need `import duckdb` in the notebook.")
    with duckdb.connect() as connection:
        return canonical(connection.read_parquet(str(path)))
