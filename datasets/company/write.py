"""Files: the same frame gives the same bytes."""

from pathlib import Path

import duckdb
import pandas as pd


def _select(frame: pd.DataFrame, schema: dict[str, str]) -> str:
    missing = sorted(set(schema) ^ set(frame.columns))
    if missing:
        raise ValueError(f"the frame and the schema differ in {missing}.")
    parts = []
    for column, kind in schema.items():
        value = f'"{column}"'
        if frame[column].dtype.kind == "f":
            value = f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END"
        parts.append(f'CAST({value} AS {kind}) AS "{column}"')
    return f"SELECT {', '.join(parts)} FROM frame"


def _copy(frame: pd.DataFrame, schema: dict[str, str], path: Path, options: str) -> Path:
    part = path.with_name(path.name + ".part")
    with duckdb.connect(config={"threads": 1, "preserve_insertion_order": True}) as connection:
        connection.register("frame", frame)
        connection.execute(
            f"COPY ({_select(frame, schema)}) TO '{str(part).replace(chr(39), chr(39) * 2)}' ({options})"
        )
    part.replace(path)
    return path


def write_parquet(frame: pd.DataFrame, schema: dict[str, str], path: Path) -> Path:
    """Write `frame` with the columns and SQL types of `schema`. Raises ValueError when the columns differ."""
    return _copy(frame, schema, path, "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 200000")


def write_csv(frame: pd.DataFrame, schema: dict[str, str], path: Path) -> Path:
    """The same as CSV with a header; an empty field is NULL."""
    return _copy(frame, schema, path, "FORMAT csv, HEADER")
