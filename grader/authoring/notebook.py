"""A lesson's cells as notebooks: the solved one, and the released one that nbgrader makes of it."""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat import read as read_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config.loader import PyFileConfigLoader

from grader.authoring.plan import Plan
from grader.authoring.source import SourceCell

CONFIG = Path(__file__).resolve().parents[1] / "nbgrader_config.py"
WRITE_HERE = str(PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config().ClearSolutions.text_stub)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def solved_notebook(cells: Iterable[SourceCell], plan: Plan, lesson: str) -> NotebookNode:
    """The notebook with solutions and nbgrader's metadata; cell ids derive from markers and places."""
    notebook: NotebookNode = new_notebook(
        metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}, "handson": {"lesson": lesson}}
    )
    for number, cell in enumerate(cells, 1):
        notebook.cells += [from_dict(each) for each in _expand(cell, plan, f"cell-{number:02}")]
    return notebook


def _expand(cell: SourceCell, plan: Plan, place: str) -> list[NotebookNode]:
    if cell.role == "memo":
        memo = plan.memo[cell.name]
        best = max(memo.examples, key=lambda example: sum(example.scores))
        prompt = _cell(cell, f"memo-{cell.name}-prompt", _nbgrader(f"memo-{cell.name}-prompt", "markdown", locked=True))
        written = new_markdown_cell(best.text, id=f"memo-{cell.name}", metadata={"handson": {"memo": cell.name}})
        written.metadata["nbgrader"] = _nbgrader(
            f"memo-{cell.name}", "markdown", solution=True, grade=True, points=memo.points
        )
        return [prompt, written]
    if cell.role == "answer":
        return [_cell(cell, cell.name, _nbgrader(cell.name, "code", solution=True))]
    if cell.role == "check":
        points = plan.exercise[cell.name].points
        name = f"check-{cell.name}"
        return [_cell(cell, name, _nbgrader(name, "code", locked=True, grade=True, points=points))]
    return [_cell(cell, f"{cell.role}-{cell.name}" if cell.role else place, None)]


def _cell(cell: SourceCell, cell_id: str, nbgrader: dict[str, Any] | None) -> NotebookNode:
    new: Callable[..., NotebookNode] = new_code_cell if cell.kind == "code" else new_markdown_cell
    made = new(cell.text, id=cell_id)
    if nbgrader:
        made.metadata["nbgrader"] = nbgrader
    elif cell.kind == "markdown" and not cell.private:
        # The lesson's own text: a stray key (`d d`, or Enter and a letter) leaves it as it is.
        made.metadata |= {"deletable": False, "editable": False}
    if cell.role in ("predict", "recall"):
        made.metadata["handson"] = {cell.role: cell.name}
    if cell.raises:
        made.metadata["tags"] = ["raises-exception"]
    if cell.private:
        made.metadata["handson"] = {"private": True}
    return made


def _nbgrader(
    grade_id: str, kind: str, *, locked: bool = False, solution: bool = False, grade: bool = False, points: float = 0
) -> dict[str, Any]:
    metadata = {
        "cell_type": kind,
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {**metadata, "points": points} if grade else metadata


def released_notebook(solved: NotebookNode, lesson: str, name: str) -> NotebookNode:
    """What nbgrader's generate_assignment makes of the solved notebook: solutions and outputs gone, checksums set."""
    with TemporaryDirectory() as root:
        source = Path(root, "source", lesson)
        source.mkdir(parents=True)
        write_notebook(solved, source / f"{name}.ipynb")
        config = PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()
        config.CourseDirectory.root = root
        config.CourseDirectory.assignment_id = lesson
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors = [
            step for step in GenerateAssignment().preprocessors if step is not SaveCells
        ]
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
        converter.log.setLevel(logging.WARNING)
        converter.start()
        released: NotebookNode = read_notebook(Path(root, "release", lesson, f"{name}.ipynb"), as_version=4)
    for cell in released.cells:
        cell.metadata.pop("execution", None)
    return released


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write it the same on every machine: sorted keys, one space, a newline at the end."""
    path.write_text(
        writes(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def canonical_bytes(notebook: NotebookNode) -> bytes:
    """What the release hash is made of."""
    return json.dumps(notebook, sort_keys=True, ensure_ascii=False).encode()
