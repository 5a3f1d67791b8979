"""What happens to notebooks on their way to a coach: each way changes a notebook in place and loses no answer."""

import random
from collections.abc import Callable
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.coach.repair import is_answer, is_check, is_memo

Way = Callable[[NotebookNode, random.Random], None]


def _is_written(cell: NotebookNode) -> bool:
    return is_answer(cell) or is_memo(cell)


def delete_checks(notebook: NotebookNode, chance: random.Random) -> None:
    """About half of the checks are gone."""
    notebook.cells = [cell for cell in notebook.cells if not (is_check(cell) and chance.random() < 0.5)]


def delete_others(notebook: NotebookNode, chance: random.Random) -> None:
    """About a third of the cells in which nothing is answered are gone, examples and imports among them."""
    notebook.cells = [cell for cell in notebook.cells if _is_written(cell) or chance.random() > 0.3]


def duplicate_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answer cells stand twice, the copy as it is or with the dots that it had before."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if is_answer(cell) and chance.random() < 0.6:
            copy = deepcopy(cell)
            if chance.random() < 0.5:
                copy.source = "answer = ...\nanswer"
            cells.append(copy)
    notebook.cells = cells


def duplicate_others(notebook: NotebookNode, chance: random.Random) -> None:
    """Some cells in which nothing is answered stand twice."""
    cells = []
    for cell in notebook.cells:
        cells += [cell] if _is_written(cell) or chance.random() > 0.3 else [cell, deepcopy(cell)]
    notebook.cells = cells


def shuffle_others(notebook: NotebookNode, chance: random.Random) -> None:
    """All cells in which nothing is answered stand in another order."""
    places = [place for place, cell in enumerate(notebook.cells) if not _is_written(cell)]
    others = [notebook.cells[place] for place in places]
    chance.shuffle(others)
    for place, cell in zip(places, others, strict=True):
        notebook.cells[place] = cell


def strip_metadata(notebook: NotebookNode, chance: random.Random) -> None:
    """No cell has metadata any more, as after a stay in another editor."""
    for cell in notebook.cells:
        cell.metadata = NotebookNode()


def new_ids(notebook: NotebookNode, chance: random.Random) -> None:
    """Every cell has another id."""
    for cell in notebook.cells:
        cell.id = f"{chance.getrandbits(32):08x}"


def retype_prose(notebook: NotebookNode, chance: random.Random) -> None:
    """Some texts are code or raw cells now."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and chance.random() < 0.5:
            _retype(cell, chance.choice(["code", "raw"]))


def retype_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers and memos stand in a cell of another kind."""
    for cell in notebook.cells:
        if _is_written(cell) and chance.random() < 0.5:
            _retype(cell, "raw")


def _retype(cell: NotebookNode, kind: str) -> None:
    cell.cell_type = kind
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)
    if kind == "code":
        cell.outputs, cell.execution_count = [], None


def change_checks(notebook: NotebookNode, chance: random.Random) -> None:
    """Some checks say something else, or promise other points."""
    for cell in notebook.cells:
        if is_check(cell) and chance.random() < 0.5:
            cell.source = chance.choice(["100.0", "check()", "# was here"])
            cell.metadata.nbgrader["points"] = 100


def add_empty(notebook: NotebookNode, chance: random.Random) -> None:
    """Empty cells stand everywhere."""
    for place in sorted((chance.randrange(len(notebook.cells) + 1) for _ in range(6)), reverse=True):
        notebook.cells.insert(place, new_code_cell("", id=f"{chance.getrandbits(32):08x}"))


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        duplicate_answers,
        duplicate_others,
        change_checks,
        delete_checks,
        delete_others,
        shuffle_others,
        add_empty,
        retype_prose,
        retype_answers,
        strip_metadata,
        new_ids,
    )
}
"""In an order in which all of them can be applied: the later ones hide what the earlier ones look for."""
