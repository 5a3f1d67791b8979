"""What a notebook tells of guesses and tries, taken out of a copy: for a hand-in without the journal.

The boxes of `predict` and `recall` go back to how the page had them. What any box shows is left out, since a box of the
learner's own may print a guess or the journal, and a coach runs all of them again. So are the numbers of the boxes:
their gaps tell how often each was run.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.learner.saved import source_of
from grader.learner.session import parsed

_BLANK = {"predict": "predict({name}, ..., confidence=...)", "recall": 'recall({name}, "")'}
_GUESSED = re.compile(r"(?<![.\w])(predict|recall)\s*\(")


def without_guesses(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a cell that tells no guess and no try, and not when it was run."""
    if cell.get("cell_type") != "code":
        return dict(cell)
    return {**cell, "outputs": [], "execution_count": None, "source": blanked(source_of(cell))}


def blanked(source: str) -> str:
    """The text of a box whose guesses are dots again; nothing where it holds guesses and Python cannot read it."""
    if not _GUESSED.search(source):
        return source
    statements = parsed(source)
    if statements is None:
        return ""
    text = source.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for call in reversed(list(_guesses(statements))):
        assert call.end_lineno is not None
        assert call.end_col_offset is not None
        begin = starts[call.lineno - 1] + call.col_offset
        end = starts[call.end_lineno - 1] + call.end_col_offset
        text = text[:begin] + _blank(call).encode() + text[end:]
    return text.decode()


def _guesses(statements: tuple[ast.stmt, ...]) -> Iterator[ast.Call]:
    """The calls of `predict` and `recall`, in the order of the text; none lies inside another."""
    for statement in statements:
        stack: list[ast.AST] = [statement]
        found = []
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BLANK:
                found.append(node)
            else:
                stack.extend(ast.iter_child_nodes(node))
        yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _blank(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Name)
    first = call.args[0] if call.args else None
    name = first.value if isinstance(first, ast.Constant) and type(first.value) is str else "..."
    return _BLANK[call.func.id].format(name=json.dumps(name, ensure_ascii=False))
