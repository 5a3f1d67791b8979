"""Slips that stand in the code of an answer and that its value cannot tell: words for an answer that is not right."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from grader.learner.errors.scene import column_kinds, outside_quotes, short
from grader.learner.session import parsed

NEXT = " **Next:** "
_QUOTED_COLUMN = re.compile(r"'(\w+)'\s*(?:=|<>|!=|<|>|\bin\s*\(|\blike\b|\bis\b)", re.IGNORECASE)

_EQUALS_NULL = re.compile(r"\b(\w+)\s*(==?|<>|!=)\s*null\b", re.IGNORECASE)
_RECKONED = re.compile(r"[-+*/]\s*(\d{3,15})(?![.\w])|(?<![.\w])(\d{3,15})(?:\.0+)?\s*[-+*/]")
_UNITS = re.compile(r"10+|60|360|365|366|1440|3600|86400")
_COMPARED = re.compile(r"(count\s*\(\s*\w+\s*(is\s+(?:not\s+)?null|(?:=|==|<>|!=|<=?|>=?)[^()]+)\s*\))", re.IGNORECASE)


def slip_of(made: str, value: object, namespace: Mapping[str, object], folder: Path) -> str:
    """What is wrong with the box `made` that gave `value`, in sentences, or nothing."""
    if value is None and re.search(r"\bprint\s*\(", made):
        return (
            "I see nothing (`None`): `print` shows a result and keeps none of it."
            f"{NEXT}take `print` and its brackets away, so that the name gets the result."
        )
    if type(value) is tuple and len(value) == 2 and all(type(part) is int for part in value):
        whole, part = value
        return (
            f"I see two numbers, {whole} and {part}: to Python a comma parts things."
            f"{NEXT}decimals wear a point, as in `0.5`; thousands wear nothing, as in `1200`."
        )
    return _quoted_column(made, namespace, folder) or _counted_comparison(made) or _equals_null(made)


def typed_figure(made: str) -> str:
    """A number of three digits or more that a query of the box `made` reckons with, such as `5030`, or nothing.

    Round tens and the units of time are none: those hold on any data.
    """
    for text in _texts(made):
        for found in _RECKONED.finditer(outside_quotes(text)):
            figure = found.group(1) or found.group(2)
            if re.search(r"\bfrom\b", text, re.IGNORECASE) and not _UNITS.fullmatch(figure):
                return str(figure)
    return ""


def groups(made: str) -> bool:
    """Whether a query of the box `made` ends in groups: a `GROUP BY` outside brackets."""
    return any(re.search(r"\bgroup\s+by\b", _outside_brackets(text), re.IGNORECASE) for text in _texts(made))


def _outside_brackets(text: str) -> str:
    bare, before = outside_quotes(text), ""
    while bare != before:
        before, bare = bare, re.sub(r"\([^()]*\)", " ", bare)
    return bare


def _texts(made: str) -> list[str]:
    """The texts that stand in a box."""
    nodes = [node for statement in parsed(made) or () for node in ast.walk(statement)]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str]


def _counted_comparison(made: str) -> str:
    """`count(satisfaction IS NULL)`: each yes and each no is counted."""
    for text in _texts(made):
        for written, by in _COMPARED.findall(text):
            counts = (
                "counts no row: nothing equals an empty cell, and nothing differs from it"
                if re.fullmatch(r"(?:=|==|<>|!=)\s*null", by, re.IGNORECASE)
                else "counts each no as well as each yes: neither is an empty cell"
            )
            return f"`{short(written)}` {counts}.{NEXT}put a column alone in the brackets: `WHERE` takes conditions."
    return ""


def _equals_null(made: str) -> str:
    """`WHERE satisfaction = NULL`: no row is kept."""
    for text in _texts(made):
        for column, sign in _EQUALS_NULL.findall(outside_quotes(text)):
            is_null = "IS NULL" if sign in ("=", "==") else "IS NOT NULL"
            return (
                f"`{short(column)} {sign} NULL` is never a yes: nothing equals an empty cell, and nothing differs from "
                f"it. So it keeps no row.{NEXT}write `{short(column)} {is_null}`."
            )
    return ""


def _quoted_column(made: str, namespace: Mapping[str, object], folder: Path) -> str:
    """`FILTER ('call_outcome' = 'saved')`: two words are compared, and no column."""
    for text in _texts(made):
        for word in _QUOTED_COLUMN.findall(text):
            if word.lower() in (column.lower() for column in column_kinds(text, namespace, folder)):
                return (
                    f"The column `{word}` wears quotes, so SQL compares two words and looks into no row."
                    f"{NEXT}take the quotes away from `{short(word)}`; the word behind the sign keeps its own."
                )
    return ""
