"""A lesson's notebook as it lies on disk: which file it is, its cells, and what of it is still to be written.

Nothing is run and nothing is written here.
"""

import ast
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.learner.key import Key
from grader.learner.problem import Problem

MEMO_BLANK = "Write here."
_HEADING = re.compile(r"^#{1,4}[ \t]+(.+?)(?:[ \t]*\(\d+ min\))?[ \t]*$", re.MULTILINE)
_LONGEST_HEADING = 60
SAVE = "Press **Ctrl+S** (on a Mac **⌘S**), wait a second, and run this box again."


def find_notebook(folder: Path, key: Key, namespace: Mapping[str, Any]) -> Path:
    """The notebook file of this kernel: as VS Code or Jupyter names it, else the one of this lesson in the folder."""
    for path in open_here(folder, namespace):
        if _lesson_of(path) in (key.lesson, ""):
            return path
    try:
        beside = sorted(path for path in folder.glob("*.ipynb") if path.is_file())
    except OSError as error:
        raise Problem(f"The folder of this lesson cannot be read ({error.strerror}): check its permissions.") from error
    fitting = [path for path in beside if _lesson_of(path) == key.lesson]
    usual = [path for path in fitting if path.name == f"{key.slug}.ipynb"]
    if len(fitting) == 1 or usual:
        return (usual or fitting)[0]
    if fitting:
        names = " and ".join(f"`{path.name}`" for path in fitting[:3])
        raise Problem(f"I see several notebooks of this lesson, {names}: name the one you mean `{key.slug}.ipynb`.")
    damaged = [path for path in beside if path.name == f"{key.slug}.ipynb"]
    if damaged:
        return damaged[0]
    raise Problem(
        f"I cannot find the saved notebook of this lesson in the folder `{folder.name}`: "
        "save it there, beside `key.json`, then hand in again."
    )


def open_here(folder: Path, namespace: Mapping[str, Any]) -> Iterator[Path]:
    """The notebook file of this kernel as VS Code and as Jupyter name it, where it is there."""
    for named in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if type(named) is str and named.endswith(".ipynb"):
            path = Path(named) if Path(named).is_absolute() else folder / named
            if _is_file(path):
                yield path


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook as plain JSON with a list of cells. Raises Problem."""
    mend = "Save it once more in Jupyter (Ctrl+S, on a Mac ⌘S), then hand in again."
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(
            f"The notebook `{path.name}` cannot be read ({error.strerror}): check its permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise Problem(f"The notebook file `{path.name}` is damaged on disk. {mend}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Problem(f"The file `{path.name}` holds no notebook. {mend}")
    return dict(notebook)


def headings(key: Key, cells: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What stands above each exercise on the page, such as `2 · Lena's count`, by the exercise's name.

    An exercise whose boxes or whose heading are gone goes by its name.
    """
    found = {name: name for name in key.exercises}
    above = ""
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            written = _HEADING.findall(source_of(cell))
            above = written[-1].strip() if written else above
        elif above:
            name = _grade_id(cell).removeprefix("check-")
            if found.get(name) == name:
                found[name] = above
    return {name: _plain_heading(words) for name, words in found.items()}


def _plain_heading(words: str) -> str:
    words = re.sub(r"[*`]", "", words)
    return words if len(words) <= _LONGEST_HEADING else words[:_LONGEST_HEADING].rstrip() + "…"


def memos(key: Key, cells: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """The names of the memos not written yet, the words of those that are too short, and how long each is, in words."""
    blank, short, lengths = [], [], []
    for memo in key.memos.values():
        cell = next((cell for cell in cells if _grade_id(cell) == f"memo-{memo.name}"), None)
        text = source_of(cell).strip() if cell is not None else ""
        count = len(text.removeprefix(MEMO_BLANK).split())
        low, high = memo.words
        if count == 0:
            blank.append(memo.name)
        elif low <= count <= high:
            lengths.append(f"Your memo to {memo.to} has {count} words.")
        else:
            short += [count] if count < low else []
            words = "1 word" if count == 1 else f"{count} words"
            lengths.append(f"Your memo to {memo.to} has {words}; {low} to {high} are asked for.")
    return tuple(blank), tuple(short), tuple(lengths)


def open_answers(key: Key, cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The exercises whose variable the saved notebook never sets, or sets to dots or to an empty text at last."""
    sources = [source_of(cell) for cell in cells if cell.get("cell_type") == "code"]
    for exercise in key.exercises.values():
        values = [value for source in sources for value in assigned(source).get(exercise.variable, [])]
        last = values[-1] if values else None
        if last is None or (isinstance(last, ast.Constant) and last.value in (..., "")):
            yield exercise.name


def assigned(source: str) -> dict[str, list[ast.AST]]:
    """Name -> what the cell gives to it, in order: the value of an assignment, or the def itself."""
    lines = [line if not line.lstrip().startswith(("%", "!")) else "" for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = [node.name] if isinstance(node, ast.FunctionDef) else []
        for name in names:
            found.setdefault(name, []).append(getattr(node, "value", None) or node)
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _lesson_of(path: Path) -> str:
    """The lesson that a notebook says it belongs to; nothing when it cannot be read or does not say."""
    try:
        lesson = json.loads(path.read_text(encoding="utf-8"))["metadata"]["handson"]["lesson"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return lesson if type(lesson) is str else ""


def _metadata(cell: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    part = metadata.get(name) if isinstance(metadata, dict) else None
    return part if isinstance(part, dict) else {}


def private(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is never handed in: marked so by the lesson, or tagged `private` by the learner."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return bool(_metadata(cell, "handson").get("private")) or (isinstance(tags, list) and "private" in tags)


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(_metadata(cell, "nbgrader").get("grade_id", ""))


def source_of(cell: Mapping[str, Any]) -> str:
    """The text of a cell, which may be stored as lines."""
    source = cell.get("source", "")
    return "".join(str(line) for line in source) if isinstance(source, list) else str(source)


def trimmed(source: str) -> str:
    """The text of a cell without white space at the ends of its lines and around it."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())
