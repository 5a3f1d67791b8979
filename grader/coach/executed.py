"""The executed notebook of a graded submission: today's outputs, and the cards where the checks stand."""

import json
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode, from_dict

from grader.coach.grade import Grade
from grader.coach.repair import is_check
from grader.sandbox.parent import FINGERPRINT, PICTURE

CHECK = "check-"
SHOWN = frozenset(
    {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "application/json"}
)
"""Kinds of output that are kept. Others, such as scripts, drawings that may hold scripts, and widgets, would run in the
coach's browser when formgrader shows the notebook; nbgrader_config.py has it sanitise what is left."""
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


def executed(grade: Grade) -> NotebookNode:
    """The mended notebook with what its cells showed on the lesson's data. Cells that were not run show nothing."""
    cards = {f"{CHECK}{exercise.name}": exercise for exercise in grade.exercises}
    notebook = NotebookNode(grade.notebook)
    notebook.cells = []
    count = 0
    for cell in grade.notebook.cells:
        made = NotebookNode(cell)
        notebook.cells.append(made)
        if cell.cell_type != "code":
            continue
        made.outputs, made.execution_count = [], None
        if cell.id in grade.outputs or cell.id in grade.died:
            count += 1
            made.execution_count = count
        if cell.id in cards and is_check(cell):
            made.outputs = [_card(cards[cell.id].card, cards[cell.id].points, count)]
        elif cell.id in grade.died:
            made.outputs = [_left_out(grade.died[cell.id])]
        else:
            made.outputs = [_output(each, count) for each in grade.outputs.get(cell.id, ())]
    return notebook


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """The file: sorted keys, one space, a newline at the end."""
    return (json.dumps(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _card(html: str, points: float, count: int) -> NotebookNode:
    """As stock nbgrader reads it: the float is the partial credit. A sanitiser would show a style block as text."""
    data = {"text/html": _STYLE.sub("", html), "text/plain": repr(float(points))}
    made: NotebookNode = from_dict(
        {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": count}
    )
    return made


def _left_out(why: str) -> NotebookNode:
    made: NotebookNode = from_dict(
        {"output_type": "error", "ename": "LeftOut", "evalue": why, "traceback": [f"This box was left out: {why}."]}
    )
    return made


def _output(output: Mapping[str, Any], count: int) -> NotebookNode:
    made: NotebookNode = from_dict(dict(output))
    if "data" in made:
        made.data = NotebookNode({kind: shown for kind, shown in made.data.items() if kind in SHOWN})
        if isinstance(about := made.metadata.get(PICTURE), dict):
            about.pop(FINGERPRINT, None)
    if made.output_type == "execute_result":
        made.execution_count = count
    return made
