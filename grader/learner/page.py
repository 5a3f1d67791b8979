"""The lesson's page as it lies on disk: which of its boxes are the course's own, and which one makes a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.learner.key import current_key
from grader.learner.problem import Problem
from grader.learner.saved import find_notebook, read_notebook
from grader.learner.session import gives


@dataclass(frozen=True)
class Box:
    """A grey box as it was saved last; `answers` when it is one for the learner's answer."""

    cell_id: str
    source: str
    answers: bool


@dataclass(frozen=True)
class Page:
    """The grey boxes of a page, from top to bottom; `saved` is when, as `time.time()` counts."""

    boxes: tuple[Box, ...]
    saved: float = 0.0

    def is_own(self, source: str) -> bool:
        """Whether this text is one of the page's boxes, and not an answer."""
        return any(not box.answers and box.source.strip() == source.strip() for box in self.boxes)

    def making(self, name: str) -> list[int]:
        """The places of the boxes that give this name."""
        return [place for place, box in enumerate(self.boxes) if gives(box.source, name)]

    def place(self, cell_id: str, source: str, answers: str = "") -> int | None:
        """Where a box stands: by its id, else by its text, else by the name `answers` that it is to give."""
        boxes = list(enumerate(self.boxes))
        ways = (
            [place for place, box in boxes if cell_id and box.cell_id == cell_id],
            [place for place, box in boxes if box.source.strip() == source.strip()],
            [place for place, box in boxes if answers and box.answers and gives(box.source, answers)],
        )
        return next((found[0] for found in ways if found), None)


def page_of(folder: Path, namespace: Mapping[str, Any]) -> Page | None:
    """The page of the lesson in `folder`, or None when it cannot be told or read."""
    try:
        return page_at(find_notebook(folder, current_key(), namespace))
    except Problem:
        return None


def page_at(path: Path) -> Page | None:
    """The page in this file, or None when it cannot be read."""
    try:
        about = path.stat()
        return _page(path, about.st_mtime_ns, about.st_size)
    except (Problem, OSError):
        return None


@lru_cache(maxsize=4)
def _page(path: Path, changed: int, _size: int) -> Page:
    cells = [cell for cell in read_notebook(path)["cells"] if cell.get("cell_type") == "code"]
    return Page(tuple(Box(str(cell.get("id", "")), _source(cell), _answers(cell)) for cell in cells), changed / 1e9)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _answers(cell: Mapping[str, Any]) -> bool:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return isinstance(marks, dict) and marks.get("solution") is True
