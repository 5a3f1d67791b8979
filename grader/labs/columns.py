"""The columns of a company's own table as numbers, moments or words.

What does not fit gets a sentence, and where there is one the line that mends it.
"""

import difflib
import re
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd

from grader.learner.problem import Problem

LONGEST = 26
"""Letters of a column's name that are drawn."""
YES = ("yes", "y", "true", "ja", "oui", "si", "sí")
NO = ("no", "n", "false", "nein", "non")
BLANK = ("", "-", "–", "n/a", "na", "#n/a", "null", "none", "nan", "nat", "0000-00-00")
FORMATS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y", "%d %b %Y", "%b %d, %Y")
PATTERNS = tuple(day + clock for clock in ("", " %H:%M", " %H:%M:%S", ", %H:%M", " %I:%M %p") for day in FORMATS)
"""How exports write a day, and the time behind it. The first that reads most cells is proposed."""
SAMPLE = 1000
"""About so many cells of a long column say which pattern fits."""
MOST = 0.5
"""The part of a column's cells that has to fit before it is taken to be of a kind."""

FIRST = 20
"""Rows among which headings that stand too low are looked for."""

_NAMELESS_PANDAS, _NAMELESS_DUCKDB = r"Unnamed: \d+", r"column\d+"
"""How the two call columns without a name."""
_NUMBER = re.compile(r"[^\d\s]{0,4}\s*[-+]?\d[\d.,'\s\u00a0]*\s*[^\d\s]{0,4}")


class Slip(Problem):
    """What stands in the way: one sentence, and the code that mends it."""

    def __init__(self, sentence: str, mend: str = "") -> None:
        super().__init__(sentence)
        self.mend = mend


def frame_of(table: object) -> pd.DataFrame:
    """A DuckDB result or a frame as a frame with at least one row. Raises Problem for anything else."""
    if isinstance(table, pd.DataFrame):
        frame = table
    elif isinstance(table, duckdb.DuckDBPyRelation):
        try:
            frame = table.df()
        except duckdb.Error as error:
            raise Slip(
                f"The table cannot be read to its end ({str(error).splitlines()[0]}): read every column as text.",
                "mine = duckdb.sql(\"SELECT * FROM read_csv('NAME.csv', all_varchar=true)\")",
            ) from error
    else:
        raise Slip("First comes the name of the table, without quotes: `mine`, as the box above made it.")
    if frame.empty:
        raise Slip("The table has no rows: is it the right file, the right sheet, and does a `WHERE` leave anything?")
    named = frame.set_axis([str(each) for each in frame.columns], axis=1)
    return named.loc[:, ~named.columns.duplicated()]


def find(frame: pd.DataFrame, name: str) -> str:
    """The column of that name; spaces at its ends and capitals do not matter. Raises Problem with the nearest."""
    columns = [str(each) for each in frame.columns]
    if name in columns:
        return name
    same = [each for each in columns if _plain(each) == _plain(str(name))]
    if len(same) == 1:
        return same[0]
    _refuse_low_headings(frame, name, columns)
    _refuse_long_form(frame, name)
    near = difflib.get_close_matches(_plain(str(name)), [_plain(each) for each in columns], 1, 0.5)
    guess = f" The nearest is `{next(each for each in columns if _plain(each) == near[0])}`." if near else ""
    listed = ", ".join(f"`{each}`" for each in columns[:12]) + (" and others" if len(columns) > 12 else "")
    few = ""
    if len(columns) == 1:
        few = (
            ' The signs between the columns were not read: add `sep=";"` to the line that begins with `mine`.'
            if ";" in columns[0]
            else " One column alone: is it the right file, the right sheet?"
        )
    raise Slip(f"There is no column `{name}`.{guess} The table has {listed}.{few}")


def _refuse_low_headings(frame: pd.DataFrame, name: str, columns: list[str]) -> None:
    """Raises Slip where most columns have no name: their headings stand below a title."""
    rows = [{_plain(str(cell)) for cell in row} for row in frame.head(FIRST).to_numpy(dtype=object)]
    place = next((place for place, row in enumerate(rows) if _plain(str(name)) in row), None)
    said = f"There is no column `{name}`: the names seem to stand some rows further down."
    if _mostly(_NAMELESS_PANDAS, columns):
        header = 3 if place is None else place + 1
        counted = " (3 if three rows stand above them)" if place is None else ""
        raise Slip(
            f"{said} Put `, header={header}`{counted} before the last bracket of the line that begins with `mine`, and "
            "run all boxes from there."
        )
    if _mostly(_NAMELESS_DUCKDB, columns):
        all_nameless = all(re.fullmatch(_NAMELESS_DUCKDB, each) for each in columns)
        skip = 3 if place is None else place if all_nameless else place + 1
        raise Slip(
            f"{said} This line passes over {skip} rows; for `NAME` write the name of your file.",
            f"mine = duckdb.sql(\"SELECT * FROM read_csv('NAME.csv', skip={skip})\")",
        )


def _mostly(pattern: str, columns: list[str]) -> bool:
    return sum(re.fullmatch(pattern, each) is not None for each in columns) * 2 > len(columns)


def _refuse_long_form(frame: pd.DataFrame, name: str) -> None:
    """Raises Slip where the name is a word in a column: a row for each stage."""
    for each in frame.columns:
        if any(isinstance(cell, str) and _plain(cell) == _plain(str(name)) for cell in frame[each].unique()):
            raise Slip(
                f"`{name}` is no column but a word in `{each}`: a row stands for one stage. Take the line with `PIVOT` "
                f"from the page, with `{each}` behind `ON`."
            )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def labels(frame: pd.DataFrame, name: str) -> pd.Series:
    """The words of a column, without spaces at their ends; None where it is blank."""
    column = frame[find(frame, name)].reset_index(drop=True).astype(object)
    return column.map(_word).astype(object)


def _word(value: Any) -> str | None:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as numbers (yes and no are 1 and 0), as moments, or else as text with None for blanks."""
    column = frame[find(frame, name)].reset_index(drop=True)
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(float)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype(float)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.dt.tz_localize(None)
    cells = column.astype(object).map(_cell).astype(object)
    known = cells.dropna()
    if known.map(lambda cell: isinstance(cell, bool | int | float | Decimal)).all():
        return cells.astype(float)
    if known.map(lambda cell: isinstance(cell, date)).all():
        return pd.to_datetime(cells, utc=True).dt.tz_localize(None)
    text = known.map(str)
    for read in (_as_yes_and_no, _as_numbers, _as_moments):
        if (done := read(text)).notna().all():
            return done.reindex(cells.index)
    return text.reindex(cells.index).astype(object)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return None if value.casefold() in BLANK else value
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def _as_yes_and_no(text: pd.Series) -> pd.Series:
    return text.str.casefold().map({**dict.fromkeys(YES, 1.0), **dict.fromkeys(NO, 0.0)})


def _as_numbers(text: pd.Series) -> pd.Series:
    return pd.Series(pd.to_numeric(text, errors="coerce"))


def _as_moments(text: pd.Series) -> pd.Series:
    return pd.Series(pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)).dt.tz_localize(None)


def reached(column: pd.Series) -> pd.Series:
    """Which rows are in a stage: those that are not blank, or that say yes in a column of yes and no."""
    return column == 1 if _is_yes_or_no(column) else column.notna()


def _is_yes_or_no(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and set(column.dropna()) <= {0, 1}


def two_moments(frame: pd.DataFrame, start: str, end: str) -> tuple[pd.Series, pd.Series]:
    """Two columns of days or moments. Raises Problem for what has to be read first, with the lines for both at once."""
    read, slips = [], []
    for name in (start, end):
        try:
            read.append(_moments(frame, name))
        except Slip as slip:
            slips.append(slip)
    if len(slips) == 2 and start != end and all(slip.mend for slip in slips):
        raise Slip(" ".join(str(slip) for slip in slips), "\n".join(slip.mend for slip in slips))
    if slips:
        raise slips[0]
    return read[0], read[1]


def _moments(frame: pd.DataFrame, name: str) -> pd.Series:
    column = column_of(frame, name)
    if column.isna().all():
        raise Slip(f"`{name}` is blank in every row: take another column.")
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    found = _quoted(find(frame, name))
    if pd.api.types.is_numeric_dtype(column.dtype):
        raise _number_for_a_date(column, name, found)
    raise _text_for_a_date(column.dropna(), name, found)


def _number_for_a_date(column: pd.Series, name: str, found: str) -> Slip:
    said = f"`{name}` holds numbers such as {_word(column.dropna().iloc[0])}, no dates"
    if column.dropna().between(19000101, 22000101).all():
        return Slip(
            f"{said}: year, month and day in one.", _replaced(f"strptime({found}::INT::VARCHAR, '%Y%m%d')", found)
        )
    if column.dropna().between(20000, 80000).all():
        return Slip(f"{said}: Excel's count of days since 1900.", _replaced(f"DATE '1899-12-30' + {found}::INT", found))
    return Slip(f"{said}: which column holds the day?")


def _text_for_a_date(text: pd.Series, name: str, found: str) -> Slip:
    plain = _as_moments(text).notna()
    odd = text[~plain]
    best, pattern, twin = _best_pattern(odd)
    some = f"in {len(odd):,} of {len(text):,} cells, no date"
    if not best or plain.sum() + best * len(odd) < MOST * len(text):
        said = f"`{name}` holds text such as “{short(odd.iloc[0])}” {some}"
        if len(odd) == len(text):
            return Slip(f"{said}: which column holds the day?")
        return Slip(f"{said}. This line leaves them blank.", _replaced(f"TRY_CAST({found} AS TIMESTAMP)", found))
    first = odd[_parsed(odd, pattern).notna()].iloc[0]
    said = f"`{name}` holds text such as “{short(first)}”"
    said += f" {some}. This line reads them" if plain.any() else ", no dates. This line reads it"
    if twin:
        said += f" with the day first; if the month stands first, write `{twin}`: your analyst knows"
    left = round((1 - best) * len(odd))
    said += f", and leaves {left:,} cells blank that do not fit" if left else ""
    read = f"try_strptime({found}, '{pattern}')"
    if plain.any():
        read = f"coalesce(TRY_CAST({found} AS TIMESTAMP), {read})"
    return Slip(f"{said}.", _replaced(read, found))


def words_among_dates(column: pd.Series) -> pd.Series:
    """The cells of a stage that are no date, in a column of which most are; else none."""
    none = column[:0]
    if not _is_text(column):
        return none
    text = column.dropna()
    left = pd.Series(text.unique())
    left = left[_as_moments(left).isna()]
    for pattern in PATTERNS:
        left = left[_parsed(left, pattern).isna()]
    odd = text[text.isin(left)]
    return odd if len(odd) <= (1 - MOST) * len(text) else none


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_datetime64_any_dtype(column.dtype)


def _best_pattern(text: pd.Series) -> tuple[float, str, str]:
    """The part of the cells that the best pattern reads, the pattern, and its twin if that reads as many, else nothing.

    A long column is judged by some of its cells: all patterns on all cells would take a minute.
    """
    some = text.iloc[:: max(1, len(text) // SAMPLE)]
    pattern = max(PATTERNS, key=lambda each: _fit(some, each))
    twin = pattern.replace("%d/%m", "%m/%d")
    best, other = _fit(text, pattern), _fit(text, twin) if twin != pattern else 0.0
    if other > best:
        return other, twin, ""
    return best, pattern, twin if best and other == best else ""


def _fit(text: pd.Series, pattern: str) -> float:
    """The part of the cells that a pattern reads."""
    return float(_parsed(text, pattern).notna().mean()) if len(text) else 0.0


def _parsed(text: pd.Series, pattern: str) -> pd.Series:
    return pd.Series(pd.to_datetime(text, format=pattern, errors="coerce"))


def outcome_of(frame: pd.DataFrame, name: str) -> tuple[pd.Series, str]:
    """The outcome as numbers, and what one of them is: points for a share, else nothing."""
    column = column_of(frame, name)
    if column.isna().all():
        raise Slip(f"`{name}` is blank in every row: take another column.")
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return 100.0 * column.notna(), "points"
    if _is_yes_or_no(column):
        return 100.0 * column, "points"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column, ""
    text, found = column.dropna(), _quoted(find(frame, name))
    if max(_as_moments(text).notna().mean(), _best_pattern(text)[0]) >= MOST:
        raise _text_for_a_date(text, name, found)
    raise _text_for_a_number(text, name, found)


def _text_for_a_number(text: pd.Series, name: str, found: str) -> Slip:
    plain = _as_numbers(text).notna()
    like = text.map(lambda cell: _NUMBER.fullmatch(cell) is not None)
    if like.mean() < MOST:
        sizes = text.value_counts()
        word = str(sizes.index[0]).replace("'", "''")
        listed = ", ".join(f"{short(each)} {count:,}" for each, count in sizes.items())
        said = f"`{name}` holds words ({_few(listed)}), and an outcome is a number, a date, or yes and no."
        yes = f"{found} = '{word}'"
        yes = f"coalesce({yes}, false)" if len(sizes) == 1 else yes
        return Slip(f"{said} This line takes “{short(sizes.index[0])}” as the yes: write yours.", _replaced(yes, found))
    odd = text[~plain]
    said = f"`{name}` holds text such as “{short(odd.iloc[0])}” in {len(odd):,} of {len(text):,} cells, no number"
    digits = f"regexp_replace({found}, '[^0-9.,-]', '', 'g')"
    comma = text[like].map(lambda cell: cell.rfind(",") > cell.rfind(".") and not re.search(r",\d{3}\D*$", cell)).any()
    pointed = text[like & text.str.contains(".", regex=False)]
    thousands = pointed.str.fullmatch(r"[^,]*?\d{1,3}(\.\d{3})+\D*").all() and not pointed.empty
    point = f"replace(replace({digits}, '.', ''), ',', '.')" if comma or thousands else f"replace({digits}, ',', '')"
    blank = " and leaves words blank" if not like.all() else ""
    return Slip(f"{said}. This line takes the digits{blank}.", _replaced(f"TRY_CAST({point} AS DOUBLE)", found))


def _few(listed: str) -> str:
    parts = listed.split(", ")
    return ", ".join(parts[:4]) + (" and others" if len(parts) > 4 else "")


def short(value: object) -> str:
    """A name or a cell, cut to the width of a label."""
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _replaced(code: str, column: str) -> str:
    return f'mine = duckdb.sql("""SELECT * REPLACE ({code} AS {column}) FROM mine""")'
