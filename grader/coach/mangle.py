"""What happens to notebooks on their way to a coach: each way changes a notebook in place and loses no answer."""

import codecs
import json
import random
import re
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from typing import Any

from nbformat import NotebookNode, convert
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.coach.names import Code
from grader.coach.repair import grade_id, is_answer, is_check, is_memo

Way = Callable[[NotebookNode, random.Random], None]
MINE = "mine"
"""How the id of a cell of the learner's own begins, in a notebook that is to be mangled."""
Form = Callable[[NotebookNode, random.Random], bytes]


def _is_written(cell: NotebookNode) -> bool:
    """Whether the learner wrote it: an answer, a memo, or a cell of their own that an answer needs."""
    return is_answer(cell) or is_memo(cell) or _is_own(cell)


def _is_own(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and str(cell.get("id", "")).startswith(MINE))


def _variable(cell: NotebookNode) -> str:
    """The name that an answer cell gives a value to, or none where it is blank or broken."""
    code = Code(str(cell.source))
    return code.binds[-1] if is_answer(cell) and code.tree and code.binds else ""


def _empty(cell: NotebookNode, variable: str) -> None:
    cell.source = f"{variable} = ...\n\n{variable}"


def _answers(notebook: NotebookNode) -> list[tuple[int, str]]:
    """The places of the answers that are filled in, and their variables. Of copies the first."""
    found: dict[str, int] = {}
    for place, cell in enumerate(notebook.cells):
        if variable := _variable(cell):
            found.setdefault(variable, place)
    return [(place, variable) for variable, place in found.items()]


def merge_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Two answers that follow each other stand in one cell; the other cell is gone, or has its dots back."""
    answers = _answers(notebook)
    for (first, one), (second, other) in list(pairwise(answers))[:: chance.choice([2, 3])]:
        earlier, later = notebook.cells[first], notebook.cells[second]
        both = f"{earlier.source}\n\n{later.source}"
        kept, emptied, variable = chance.choice([(earlier, later, other), (later, earlier, one)])
        kept.source = both
        _empty(emptied, variable)


def move_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers stand in a new cell, above or below the check, and the labelled cell still holds its dots."""
    for place, variable in reversed(_answers(notebook)):
        if chance.random() < 0.5:
            cell = notebook.cells[place]
            notebook.cells.insert(place + chance.choice([1, 2]), new_code_cell(cell.source, id=_new_id(chance)))
            _empty(cell, variable)


def split_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers are cut in two at a line end: the rest stands in a cell below, which may carry the same label.

    A cell that holds two answers stays whole.
    """
    for place, _ in reversed(_answers(notebook)):
        cell = notebook.cells[place]
        lines = cell.source.split("\n")
        if len(lines) < 2 or len(set(Code(cell.source).binds)) > 1 or chance.random() < 0.5:
            continue
        cut = chance.randrange(1, len(lines))
        rest = deepcopy(cell) if chance.random() < 0.5 else new_code_cell("")
        rest.id = _new_id(chance)
        cell.source, rest.source = "\n".join(lines[:cut]), "\n".join(lines[cut:])
        notebook.cells.insert(place + 1, rest)


def drop_names(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers have lost their `name = `."""
    for place, variable in _answers(notebook):
        cell = notebook.cells[place]
        if cell.source.startswith(f"{variable} = ") and cell.source.count(variable) <= 2 and chance.random() < 0.5:
            cell.source = cell.source.removeprefix(f"{variable} = ")


def rename_answers(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers have a name in capitals."""
    for place, variable in _answers(notebook):
        cell = notebook.cells[place]
        if chance.random() < 0.5 and cell.source.count(variable) <= 2:
            cell.source = re.sub(rf"\b{variable}\b", chance.choice([variable.upper(), variable.title()]), cell.source)


def answer_in_checks(notebook: NotebookNode, chance: random.Random) -> None:
    """Some answers were typed into the check below, and their own cell still holds its dots."""
    for place, variable in _answers(notebook):
        if chance.random() < 0.5 and place + 1 < len(notebook.cells) and is_check(notebook.cells[place + 1]):
            cell, check = notebook.cells[place : place + 2]
            check.source = f"{cell.source}\n{check.source}"
            _empty(cell, variable)


def swap_exercises(notebook: NotebookNode, chance: random.Random) -> None:
    """Two exercises have changed places: what the learner added above an answer, the answer, and its check."""
    blocks = []
    for place, cell in enumerate(notebook.cells):
        if is_answer(cell) and place + 1 < len(notebook.cells) and is_check(notebook.cells[place + 1]):
            start = place
            while start and _is_own(notebook.cells[start - 1]):
                start -= 1
            blocks.append((start, place + 2))
    if len(blocks) > 1:
        (one, end), (other, last) = sorted(chance.sample(blocks, 2))
        cells = notebook.cells
        notebook.cells = cells[:one] + cells[other:last] + cells[end:other] + cells[one:end] + cells[last:]


def _new_id(chance: random.Random) -> str:
    return f"{chance.getrandbits(32):08x}"


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


def duplicate_all(notebook: NotebookNode, chance: random.Random) -> None:
    """The whole notebook stands twice."""
    notebook.cells += deepcopy(notebook.cells)


def add_text(notebook: NotebookNode, chance: random.Random) -> None:
    """Headings and pictures of the learner's own stand around the answers."""
    cells = []
    for cell in notebook.cells:
        if is_answer(cell) and chance.random() < 0.5:
            picture = {"chart.png": {"image/png": "iVBORw0KGgo="}}
            cells.append(new_markdown_cell("## Mine\n![](attachment:chart.png)", attachments=picture))
        cells.append(cell)
        if is_check(cell) and chance.random() < 0.3:
            cells.append(new_markdown_cell("---"))
    notebook.cells = cells


def upgrade(notebook: NotebookNode, chance: random.Random) -> None:
    """The notebook was kept as nbformat 3 by an old Jupyter, and brought back: every id is new."""
    for cell in notebook.cells:
        cell.id = _new_id(chance)
    made = convert(convert(deepcopy(notebook), 3), 4)
    notebook.clear()
    notebook.update(made)


def put_outputs(notebook: NotebookNode, chance: random.Random) -> None:
    """Cells have outputs: errors, warnings, widgets, and what nbformat would refuse."""
    odd: list[Any] = [
        {"output_type": "error", "ename": "NameError", "evalue": "x", "traceback": ["\x1b[31mNameError\x1b[0m"]},
        {"output_type": "stream", "name": "stderr", "text": ["careful\n"]},
        {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}},
        {"output_type": "execute_result", "data": {"text/plain": 7}, "metadata": None, "execution_count": "7"},
        {"output_type": "update_display_data"},
        "text",
        None,
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell["outputs"] = chance.sample(odd, 3)
            cell["execution_count"] = chance.choice([3, None])
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {}}}}


def other_kernel(notebook: NotebookNode, chance: random.Random) -> None:
    """The notebook names another kernel, or something that is no kernel."""
    kernels: list[Any] = [{"name": "ir", "display_name": "R", "language": "R"}, {"name": "venv"}, "python", None]
    notebook.metadata["kernelspec"] = chance.choice(kernels)
    notebook.metadata.pop("language_info", None)


def through_colab(notebook: NotebookNode, chance: random.Random) -> None:
    """Saved by Colab: ids move into the metadata."""
    notebook.metadata["colab"] = {"provenance": [], "toc_visible": True}
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id", _new_id(chance))
        if cell.cell_type == "code":
            cell.metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 34}
            cell.metadata["outputId"] = _new_id(chance)
    notebook.nbformat_minor = 0


def through_vscode(notebook: NotebookNode, chance: random.Random) -> None:
    """Saved by VS Code, which marks a cell's language."""
    notebook.metadata["vscode"] = {"interpreter": {"hash": _new_id(chance)}}
    for cell in notebook.cells:
        if chance.random() < 0.3:
            cell.metadata["vscode"] = {"languageId": chance.choice(["python", "plaintext", "sql"])}


def through_deepnote(notebook: NotebookNode, chance: random.Random) -> None:
    """Saved by Deepnote or Databricks: ids of their own, nbgrader's labels gone."""
    notebook.metadata["deepnote"] = {}
    notebook.metadata["application/vnd.databricks.v1+notebook"] = {"dashboards": [], "language": "python"}
    for cell in notebook.cells:
        cell.pop("id", None)
        cell.metadata = NotebookNode(
            {
                "cell_id": f"{_new_id(chance)}-0000",
                "deepnote_cell_type": cell.cell_type,
                "application/vnd.databricks.v1+cell": {"title": "", "nuid": _new_id(chance), "inputWidgets": {}},
            }
        )


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
        if (is_answer(cell) or is_memo(cell)) and chance.random() < 0.5:
            _retype(cell, "raw")


def _retype(cell: NotebookNode, kind: str) -> None:
    cell.cell_type = kind
    for name in ("outputs", "execution_count", "attachments"):
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
        duplicate_others,
        change_checks,
        delete_checks,
        delete_others,
        shuffle_others,
        swap_exercises,
        answer_in_checks,
        rename_answers,
        merge_answers,
        move_answers,
        duplicate_answers,
        add_text,
        split_answers,
        add_empty,
        retype_prose,
        retype_answers,
        duplicate_all,
        upgrade,
        put_outputs,
        other_kernel,
        through_vscode,
        through_colab,
        through_deepnote,
        strip_metadata,
        drop_names,
        new_ids,
    )
}
"""In an order in which all of them can be applied: the later ones hide what the earlier ones look for, and none takes
away what an earlier one has left as the last trace of an answer."""


def _json(notebook: NotebookNode) -> str:
    return json.dumps(notebook, ensure_ascii=False)


def as_it_is(notebook: NotebookNode, chance: random.Random) -> bytes:
    """UTF-8 on one line."""
    return _json(notebook).encode()


def with_windows_lines(notebook: NotebookNode, chance: random.Random) -> bytes:
    """Lines end as on Windows, in the file and in the cells; the file begins with a mark."""
    for cell in notebook.cells:
        cell["source"] = str(cell["source"]).replace("\n", "\r\n")
    return codecs.BOM_UTF8 + json.dumps(notebook, indent=1).replace("\n", "\r\n").encode() + b"\r\n\r\n"


def in_utf_16(notebook: NotebookNode, chance: random.Random) -> bytes:
    """Saved by an editor as "Unicode"."""
    return _json(notebook).encode("utf-16")


def with_lists(notebook: NotebookNode, chance: random.Random) -> bytes:
    """Sources are lists of lines, some without their ends; there is a NUL at the end of the file."""
    for cell in notebook.cells:
        cell["source"] = str(cell["source"]).splitlines(keepends=chance.random() < 0.5)
    return _json(notebook).encode() + b"\x00"


def with_odd_metadata(notebook: NotebookNode, chance: random.Random) -> bytes:
    """Metadata of no shape at all, ids that stand twice, and keys that nobody knows."""
    for cell in notebook.cells:
        if not grade_id(cell):
            cell["metadata"] = chance.choice(
                [None, [], {"tags": "a, b", "collapsed": 1}, {"nbgrader": {"grade_id": 7}}]
            )
        cell["handled"] = True
    notebook["metadata"] = chance.choice([None, {"kernelspec": 3, "language_info": [], "authors": 1}, "none"])
    return _json(notebook).encode()


def with_half_characters(notebook: NotebookNode, chance: random.Random) -> bytes:
    """Half a character and a NUL stand in the outputs, as a crashed kernel leaves them."""
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "\ud83d \x00"}]
    return json.dumps(notebook).encode()


FORMS: dict[str, Form] = {
    form.__name__: form
    for form in (as_it_is, with_windows_lines, in_utf_16, with_lists, with_odd_metadata, with_half_characters)
}
"""How the file itself comes out of a tool. Each may change the notebook that it writes."""
