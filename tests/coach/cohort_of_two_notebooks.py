"""A small classic assignment, a cohort of it, and submissions that differ: what the tests of record write."""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_task

from grader.authoring.notebook import CONFIG
from grader.coach.record import GradedNotebook, GradedSubmission, Recorder
from grader.coach.score import CellScore

WEEK, FIRST, SECOND = "ps1", "problem1", "problem2"
ON_TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NAMES = {f"p{number:02}@x.org": f"Pat Number{number}" for number in range(30)}


def label(grade_id: str, **roles: Any) -> dict[str, Any]:
    plain = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": plain | {"grade_id": grade_id} | roles}


def released(name: str) -> NotebookNode:
    """An answer, a test with a hidden line, a memo, and in the first notebook a task: checksummed as for SaveCells."""
    cells = [
        new_code_cell("x = ...", id="answer", metadata=label("answer", solution=True)),
        new_code_cell(
            "assert x == 2\n### BEGIN HIDDEN TESTS\nassert x > 1\n### END HIDDEN TESTS",
            id="test",
            metadata=label("test", grade=True, locked=True, points=3),
        ),
        new_markdown_cell("Write here.", id="memo", metadata=label("memo", grade=True, solution=True, points=2)),
        new_code_cell("import math", id="given", metadata=label("given", locked=True)),
        new_markdown_cell("Your own notes.", id="notes"),
    ]
    if name == FIRST:
        cells.append(new_markdown_cell("Draw.", id="task", metadata=label("task", task=True, locked=True, points=4)))
    for cell in cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["cell_type"] = cell.cell_type
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def executed(
    name: str, *, answer: str = "x = 2", memo: str = "Two.", notes: str = "", right: bool = True
) -> NotebookNode:
    """What a learner handed in, after a run."""
    notebook = released(name)
    by_id = {cell.id: cell for cell in notebook.cells}
    by_id["answer"].source = answer
    by_id["memo"].source = memo or "Write here."
    by_id["notes"].source = notes
    if not right:
        by_id["test"].outputs = [new_output("error", ename="AssertionError", evalue="", traceback=[])]
    return notebook


def scores_of(notebook: NotebookNode) -> list[CellScore]:
    """By nbgrader's own rule; a task waits for the coach."""
    scores = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if is_grade(cell):
            score, best = determine_grade(cell)
            scores.append(CellScore(name, best, score))
        elif is_task(cell):
            scores.append(CellScore(name, float(cell.metadata.nbgrader.points), None))
    return scores


def submission(
    email: str, notebooks: Mapping[str, NotebookNode], handed_in: datetime | None = ON_TIME, week: str = WEEK
) -> GradedSubmission:
    files = {f"{name}.ipynb": writes(notebook).encode() for name, notebook in notebooks.items()}
    files["timestamp.txt"] = f"{handed_in or ON_TIME:%Y-%m-%d %H:%M:%S.%f %Z}".encode()
    graded = {name: GradedNotebook(scores_of(notebook), notebook) for name, notebook in notebooks.items()}
    return GradedSubmission(email, week, handed_in, graded, files)


def make_cohort(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CONFIG, folder / CONFIG.name)
    with Recorder(folder) as recorder:
        recorder.register(WEEK, {name: released(name) for name in (FIRST, SECOND)})
        recorder.enrol(NAMES)


@cache
def attempt(email: str, number: int) -> GradedSubmission:
    """A learner's first, second, ... attempt, each unlike the others in every row that can differ."""
    right = (int(email[1:3]) + number) % 2 == 0
    notebooks = {
        name: executed(name, answer=f"x = {number}", memo=f"Attempt {number}." if right else "", right=right)
        for name in (FIRST, SECOND)
    }
    return submission(email, notebooks, ON_TIME.replace(minute=number))


def dump(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All tables of a gradebook, each row with names where it has random ids, in an order of its own."""
    with closing(sqlite3.connect(folder / "gradebook.db")) as db:
        db.row_factory = sqlite3.Row
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: [dict(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
    names: dict[str, str] = {row["id"]: row["name"] for row in rows["assignment"]}
    for table, name in (
        ("notebook", "{assignment_id}/{name}"),
        ("base_cell", "{notebook_id}/{type}/{name}"),
        ("source_cell", "{notebook_id}/{name}"),
        ("submitted_assignment", "{student_id}/{assignment_id}"),
        ("submitted_notebook", "{assignment_id}/{notebook_id}"),
        ("grade", "{notebook_id}/{cell_id}"),
        ("comment", "{notebook_id}/{cell_id}"),
    ):
        for row in rows[table]:
            named = {key: names.get(value, value) for key, value in row.items() if isinstance(value, str)}
            names[row["id"]] = name.format(**named)
    named_rows = {
        table: [{key: names.get(value, value) if value else value for key, value in row.items()} for row in each]
        for table, each in rows.items()
    }
    return {table: sorted(each, key=lambda row: json.dumps(row)) for table, each in named_rows.items()}


def contents(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
