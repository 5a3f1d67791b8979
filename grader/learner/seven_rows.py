"""The seven rows of the self-assessment as they stand in their box: what is amiss in them, in one sentence.

A row is counted by the number that is printed before its words, as the reader counts it.
"""

import re

from grader.learner.problem import as_typed

ROWS = 7
_ROW = re.compile(r"^(?P<typed>[^#]*)#\s*(?P<number>[1-7])\s", re.MULTILINE)
_BARE_ROW = re.compile(r"^[^#\n]*?\b(?P<number>[1-7])\s+I can\b", re.MULTILINE)
"""A row without the sign that sets its words apart."""
_FIRST = re.compile(r"^\s*me\s*=\s*\[", re.MULTILINE)
_OTHER_FIRST = re.compile(r"^\s*(?P<name>[A-Za-z_]\w*)\s*=\s*\[", re.MULTILINE)
_FEWEST = 3
"""Rows that tell the box from any other."""
_SHOWN = 20


def are_in(source: str) -> bool:
    """Whether a box is the one with the seven rows, however it was mangled."""
    return len(_ROW.findall(source)) + len(_BARE_ROW.findall(source)) >= _FEWEST


def slip_in(source: str) -> str:
    """The first thing amiss in the box `source`, or nothing where it reads as the page had it."""
    if not _FIRST.search(source):
        other = _OTHER_FIRST.search(source)
        if other and other["name"] != "me":
            return f"The list is called `{other['name']}`: write `me = [` in its first line, in small letters."
        return "The first line of the box is gone: write `me = [` above the rows."
    rows = {int(row["number"]): _FIRST.sub("", row["typed"]).strip() for row in _ROW.finditer(source)}
    bare = {int(row["number"]) for row in _BARE_ROW.finditer(source)}
    for number in range(1, ROWS + 1):
        if number in rows:
            slip = _slip(number, rows[number])
        elif number in bare:
            slip = f"In row {number} the `#` before the words is gone: put it back, as in `0,  # {number} I can`."
        else:
            slip = f"Row {number} is gone: menu Edit, then Undo."
        if slip:
            return slip
    if not any("]" in line.partition("#")[0] for line in source.splitlines()):
        return "The last line of the box is gone: write `]` below the rows."
    return ""


def _slip(number: int, typed: str) -> str:
    only = "0, 1 or 2"
    last = number == ROWS
    if re.fullmatch(r"[012]\s*,", typed) or (last and re.fullmatch(r"[012]\s*,?\s*\]?", typed)):
        return ""
    if typed in ("", ",", ";"):
        return f"Row {number} has no number: write {only} before its comma."
    if re.fullmatch(r"[012]", typed):
        return f"Row {number} has no comma: write `{typed},` before its words."
    if re.fullmatch(r"[012]\s*[;.:]", typed):
        return f"Row {number} ends in `{typed[-1]}`: write a comma instead, as in `{typed[0]},` there."
    if re.fullmatch(r"\d\s*[.,]\s*\d+\s*,?", typed):
        return f"Row {number} holds `{typed.rstrip(',')}`, and there are no halves here: write {only}, and a comma."
    shown = as_typed(typed.rstrip(","), _SHOWN)
    return f"Row {number} holds `{shown}`: write {only}, without quotes, and a comma after it."
