"""What is known about an error: the exception, the learner's own line, the query, the names and the files at hand."""

import ast
import builtins
import difflib
import keyword
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.learner.page import Page, page_of

DATA_ENDINGS = (".parquet", ".csv", ".json", ".ics", ".txt", ".xlsx", ".tsv")
NOT_DATA = ("key.json", "self-assessment.json")
"""Files of ours that end like data and are none: never offered as the file that is meant."""
TOOLS = ("duckdb", "pd", "np", "plt", "check", "predict", "recall", "hand_in", "keep_my_work")
"""What the first grey box of a lesson fetches."""
CURLY = "“”„‟‘’‚‛«»′″`´"
DASHES = "‐‑‒–—―−"

SQL_WORDS = re.findall(
    r"\w+",
    "SELECT DISTINCT FROM WHERE GROUP BY ORDER HAVING LIMIT JOIN LEFT RIGHT INNER OUTER FULL CROSS ON USING AS AND OR "
    "NOT IN IS NULL LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END UNION ALL EXCEPT INTERSECT WITH ASC DESC FILTER OVER "
    "PARTITION CAST EXISTS OFFSET QUALIFY VALUES TRUE FALSE INTERVAL DATE",
)
SQL_FUNCTIONS = re.findall(
    r"\w+",
    "count sum avg min max median round abs lower upper trim length coalesce date_diff date_trunc strftime year month "
    "day quantile_cont any_value string_agg nullif substr replace regexp_matches row_number lag lead concat",
)
_STARTS_LIKE_SQL = re.compile(r"\s*(select|with|from|selct|slect|selet|seelct|summarize|describe)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What a card says. Both texts may hold `code` in backticks; together they stay under 60 words.

    `happened` is what went wrong in human words, `next_step` the one thing to do now.
    """

    happened: str
    next_step: str
    title: str = "Python stopped here"


@dataclass(frozen=True)
class Scene:
    """One error and its surroundings.

    `message` is the real message; `line` is the learner's own line, `number` its number in the cell, from 1. `inside`
    is the learner's function in which it happened, and `local` are the names in there, arguments first; `namespace`
    holds them, too.
    """

    error: BaseException
    message: str
    source: str = ""
    line: str = ""
    number: int | None = None
    namespace: Mapping[str, object] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)
    sources: Sequence[str] = ()
    inside: str = ""
    local: Mapping[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The name of the exception's type, such as `BinderException`."""
        return type(self.error).__name__

    @property
    def from_duckdb(self) -> bool:
        """Whether DuckDB raised it (its module is `_duckdb` or `duckdb`, by version)."""
        return any(base.__module__.lstrip("_").partition(".")[0] == "duckdb" for base in type(self.error).__mro__)

    @property
    def is_syntax(self) -> bool:
        """Whether Python could not read the box."""
        return isinstance(self.error, SyntaxError)

    @property
    def unknown_name(self) -> str:
        """The name that Python does not know, or nothing when the error is another."""
        found = re.search(r"name '(.+?)' is not defined", self.message) if isinstance(self.error, NameError) else None
        return found.group(1) if found else ""

    @property
    def unknown_column(self) -> str:
        """The column that DuckDB does not find, or nothing when the error is another."""
        pattern = r'[Cc]olumn "(.+?)" not found|does not have a column named "(.+?)"'
        found = re.search(pattern, self.message) if self.from_duckdb else None
        return (found.group(1) or found.group(2)) if found else ""

    @property
    def first_line(self) -> str:
        """The message up to its first line break, with DuckDB's own prefix cut."""
        return re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", self.message.strip().partition("\n")[0])

    @property
    def at(self) -> str:
        """` in line 3`, or nothing when the cell has one line or the line is unknown."""
        if self.number is None or len(self.source.strip().splitlines()) < 2:
            return ""
        return f" in line {self.number}"

    @property
    def where(self) -> str:
        """`line 3`, or `this line` when the number is unknown."""
        return "this line" if self.number is None else f"line {self.number}"

    @property
    def query(self) -> str:
        """The SQL text that DuckDB refused: the piece in the message, looked up in what was typed. May be empty."""
        fragment = _fragment(self.message)
        inside = [value for value in self.local.values() if type(value) is str]
        texts = inside + _texts(self.source, self.namespace)
        here = [text for text in texts if _STARTS_LIKE_SQL.match(text) or " " in text]
        earlier = [text for source in reversed(self.sources) for text in _texts(source, {}) if fragment]
        if fragment:
            for text in here + earlier:
                if fragment in text:
                    return text
            return fragment
        named = re.findall(r'"([^"\n]+)"|with name (\S+)', self.message)
        for name in [one or other for one, other in named]:
            for text in here:
                if name in text:
                    return text
        for text in here:
            if _STARTS_LIKE_SQL.match(text):
                return text
        return here[0] if here else ""

    @property
    def near(self) -> str:
        """The token at which DuckDB's parser stopped, or nothing."""
        found = re.search(r'at or near "(.*?)"\s*(?:\n|$)', self.message, re.DOTALL)
        return found.group(1) if found else ""

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The columns of the files and results that the query names, each with its type. May be empty."""
        return column_kinds(self.query, self.namespace, self.folder)

    @cached_property
    def offered(self) -> list[str]:
        """The columns that DuckDB's own message offers."""
        listed_there = re.findall(r'"([^"]+)"', self.message.partition("andidate")[2].partition("\n")[0])
        return [name.rpartition(".")[2] for name in listed_there]

    @cached_property
    def columns(self) -> list[str]:
        """The columns that DuckDB's message offers, then those that the query can ask. Empty when nothing is known."""
        return list(dict.fromkeys([*self.offered, *self.kinds]))

    def is_column(self, name: str) -> bool:
        """Whether a column is called that, capitals aside."""
        return name.lower() in (column.lower() for column in self.columns)

    def kind_of_column(self, name: str) -> str:
        """The DuckDB type of a column, or nothing when it is not known."""
        return next((kind for column, kind in self.kinds.items() if column.lower() == name.lower()), "")

    def stands_for(self, heading: str) -> str:
        """What an earlier query called `heading` with AS, such as `lower(trim(email))`; nothing when none did."""
        given = re.compile(rf"\bAS\s+{re.escape(heading)}\b", re.IGNORECASE)
        for source in reversed(self.sources):
            for found in given.finditer(source):
                before = source[: found.start()].rstrip()
                depth, at = 0, len(before)
                while at and (depth or before[at - 1] not in ",(\n"):
                    at -= 1
                    depth += {")": 1, "(": -1}.get(before[at], 0)
                meant = re.sub(r"(?is)^.*\bselect\s+(?:distinct\s+)?", "", before[at:]).strip()
                if meant:
                    return meant
        return ""

    @property
    def stop(self) -> int:
        """Where in the query DuckDB's parser stopped, counted in characters; the end when it does not say."""
        return stop_of(self.message, self.query)

    def mends(self, mended: str) -> bool:
        """Whether DuckDB reads `mended` further than the query that it refused. Nothing is run."""
        duckdb = sys.modules.get("duckdb")
        if duckdb is None or not hasattr(duckdb, "extract_statements"):
            return True
        try:
            duckdb.extract_statements(mended)
        except Exception as error:
            rest = len(self.query) - self.stop
            return len(mended) - stop_of(str(error), mended) < rest
        return True

    @cached_property
    def page(self) -> Page | None:
        """The lesson's page, where it lies beside the notebook's data."""
        return page_of(self.folder, self.namespace)

    def files(self) -> list[str]:
        """Data files in the folder, at most 200 names, sorted."""
        return data_files(self.folder)

    def names(self) -> list[str]:
        """The names that the learner or the lesson has made, without IPython's own."""
        hidden = {"In", "Out", "exit", "quit", "get_ipython", "open"}
        return [
            name for name in self.namespace if isinstance(name, str) and not name.startswith("_") and name not in hidden
        ]


def typename(value: object) -> str:
    """The bare name of a value's type, never asking the value."""
    return type(value).__name__


def closest(word: str, among: Iterable[str], cutoff: float = 0.7) -> str:
    """The one nearest to `word`, ignoring case, or nothing."""
    by_case = {other.lower(): other for other in among}
    swapped = [other for other in by_case if sorted(other) == sorted(word.lower())]
    if swapped:
        return by_case[swapped[0]]
    found = difflib.get_close_matches(word.lower(), list(by_case), n=1, cutoff=cutoff)
    return by_case[found[0]] if found else ""


def known_names() -> list[str]:
    """Python's own names and keywords."""
    return [*(name for name in dir(builtins) if not name.startswith("_")), *keyword.kwlist]


def outside_quotes(text: str) -> str:
    """The text with everything between straight quotes blanked, so that positions stay."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: " " * len(found.group()), text)


def code_only(text: str) -> str:
    """Python with its texts and comments blanked, those in three quotes first, so that positions stay."""
    blank = r'"""[\s\S]*?(?:"""|\Z)|"[^"\n]*"?|\'[^\'\n]*\'?|#.*'
    return re.sub(blank, lambda found: " " * len(found.group()), text)


def listed(names: Sequence[str], most: int = 3) -> str:
    """`a`, `b` and `c`, at most `most` of them."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        return ", ".join(shown) + ", ..."
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def short(text: str, most: int = 40) -> str:
    """The text on one line, cut to `most` characters, safe between backticks."""
    flat = " ".join(text.replace("`", "'").split())
    return flat if len(flat) <= most else flat[: most - 3] + "..."


def data_files(folder: Path) -> list[str]:
    """The names of the data files in a folder, at most 200, sorted."""
    try:
        paths = list(folder.iterdir())
    except OSError:
        return []
    return sorted(path.name for path in paths if path.suffix.lower() in DATA_ENDINGS and path.name not in NOT_DATA)[
        :200
    ]


def column_kinds(query: str, namespace: Mapping[str, object], folder: Path) -> dict[str, str]:
    """The columns of what a query names, each with its DuckDB type: three files at most, and the notebook's results."""
    found: dict[str, str] = {}
    for file in [file for file in data_files(folder) if file in query][:3]:
        found.update(columns_of_file(folder / file))
    for name in re.findall(r"(?:\bfrom|\bjoin|\bpivot|,)\s+([A-Za-z_]\w*)", query, re.IGNORECASE):
        value: Any = namespace.get(name)
        if typename(value) == "DuckDBPyRelation":
            found.update(zip(map(str, value.columns), map(str, value.types), strict=True))
        elif typename(value) == "DataFrame":
            found.update(_kinds_of_frame(value))
    return found


def _kinds_of_frame(frame: Any) -> dict[str, str]:
    """The columns of a table of pandas, each with the DuckDB type that its values have; "" where that is not clear."""
    kinds = {"b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE", "M": "TIMESTAMP", "m": "INTERVAL"}
    found = {}
    for at, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True)):
        kind = kinds.get(getattr(dtype, "kind", ""), "")
        if not kind and all(isinstance(cell, str) for cell in frame.iloc[:20, at].dropna()):
            kind = "VARCHAR"
        found[str(name)] = kind
    return found


def columns_of_file(path: Path) -> dict[str, str]:
    """The columns of a data file and their types, through the DuckDB that the notebook has imported; never imported."""
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not path.is_file():
        return {}
    try:
        with duckdb.connect() as connection:
            name = str(path).replace("'", "''")
            head = connection.sql(f"SELECT * FROM '{name}' LIMIT 0")
            return dict(zip(map(str, head.columns), map(str, head.types), strict=True))
    except Exception:  # A file that cannot be read has no columns; the card is about something else.
        return {}


def stop_of(message: str, query: str) -> int:
    """The place in the query at which DuckDB's parser stopped, told by the caret; its end when it does not say."""
    shown = re.search(r"^(LINE \d+: )(.*)\n( *)\^", message, re.MULTILINE)
    if shown:
        text, column = shown.group(2), len(shown.group(3)) - len(shown.group(1))
        head = text[: max(column, 0)].removeprefix("...")
        base = query.find(text.removeprefix("...").removesuffix("...").strip())
        if base >= 0:
            return base + len(head) - (len(head) - len(head.lstrip()))
    near = re.search(r'at or near "(.*?)"\s*(?:\n|$)', message, re.DOTALL)
    place = query.find(near.group(1)) if near else -1
    return place if place >= 0 else len(query)


def _fragment(message: str) -> str:
    found = re.search(r"^LINE \d+: (.*)$", message, re.MULTILINE)
    if not found:
        return ""
    return found.group(1).removeprefix("...").removesuffix("...").strip()


def _texts(source: str, namespace: Mapping[str, object]) -> list[str]:
    """Every text constant of a cell, and the texts that names in the cell stand for."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    texts: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is str:
            texts.append(node.value)
        elif isinstance(node, ast.Name):
            value = namespace.get(node.id)
            if type(value) is str:
                texts.append(value)
    return texts
