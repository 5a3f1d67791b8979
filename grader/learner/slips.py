"""Slips that stand in the code of an answer and that its value cannot tell: words for an answer that is not right."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from grader.learner.errors.scene import column_kinds, short
from grader.learner.session import parsed

NEXT = " **Next:** "
_QUOTED_COLUMN = re.compile(r"'(\w+)'\s*(?:=|<>|!=|<|>|\bin\s*\(|\blike\b|\bis\b)", re.IGNORECASE)


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
    return _quoted_column(made, namespace, folder)


def _quoted_column(made: str, namespace: Mapping[str, object], folder: Path) -> str:
    """`FILTER ('call_outcome' = 'saved')`: two words are compared, and no column."""
    nodes = [node for statement in parsed(made) or () for node in ast.walk(statement)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str]
    for text in texts:
        for word in _QUOTED_COLUMN.findall(text):
            if word.lower() in (column.lower() for column in column_kinds(text, namespace, folder)):
                return (
                    f"The column `{word}` wears quotes, so SQL compares two words and looks into no row."
                    f"{NEXT}take the quotes away from `{short(word)}`; the word behind the sign keeps its own."
                )
    return ""
