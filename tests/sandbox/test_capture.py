"""A notebook in the sandbox shows what it shows in a real kernel."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from grader.sandbox.run import Cell, Job, Pool

CELLS = {
    "stdout": "print('one')\nprint('two')",
    "stderr": "import sys\nsys.stderr.write('careful\\n');",
    "a figure before a result": "import matplotlib.pyplot as plt\nprint('a', end='')\nplt.plot([1, 2])[0].get_color()",
    "interleaved": (
        "from IPython.display import HTML, display, update_display\n"
        "print('before')\ndisplay(HTML('<b>x</b>'))\nprint('after')\n40 + 2"
    ),
    "two at once": "display(1, 'two')",
    "raw data": "display({'text/plain': 'raw', 'application/json': {'a': [1]}}, raw=True)",
    "a shown output": "display('first', display_id='d');",
    "that changes later": "update_display('second', display_id='d')\nprint('changed above')",
    "and is shown twice": "display('third', display_id='d');",
    "a handle": "handle = display('A', display_id=True)\nhandle.update('B')",
    "a result": "'text'",
    "no result": "5;",
    "nothing": "None",
    "earlier results": "_, Out[12] if 12 in Out else None, len(In)",
    "rich HTML": "class Rich:\n    def _repr_html_(self): return '<i>r</i>'\nRich()",
    "a relation of DuckDB": "import duckdb\nduckdb.sql(\"SELECT 1 AS a, 'b' AS b\")",
    "a frame": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "a shown figure": "plt.bar(['a'], [1])\nplt.title('t')\nplt.show()",
    "a figure as result": "figure, axes = plt.subplots()\naxes.bar(['a'], [1])\nfigure",
    "an error": "print('as far as here')\n1 / 0",
    "an error further down": "def f():\n    return unknown_name\nf()",
    "an error of syntax": "x = ;",
    "an error while it is shown": "class Bad:\n    def __repr__(self): raise ValueError('no')\nBad()",
    "the end of the program": "raise SystemExit",
    "await": "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "a magic": "%matplotlib inline",
    "a magic of a cell": "%%html\n<p>x</p>",
    "the shell": "!echo hello",
    "captured": "%%capture grabbed\nprint('caught')",
    "captured before": "grabbed.stdout",
    "help": "?len",
    "where": "import os\nos.path.basename(os.getcwd()), os.listdir(), __name__, '__file__' in globals()",
}
PASSING = re.compile(r"0x[0-9a-f]{6,}|/tmp/ipykernel[^/]*/")


def compared(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without counts of runs, and without addresses in memory and process ids."""
    plain = [{key: value for key, value in output.items() if key != "execution_count"} for output in outputs]
    return json.loads(PASSING.sub("", json.dumps(plain)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson late enough to show its tracebacks: before W14 errors are cards."""
    folder = tmp_path_factory.mktemp("course") / "w20_late"
    folder.mkdir()
    (folder / "key.json").write_text('{"week": 20}')
    return folder


@pytest.fixture(scope="module")
def in_a_kernel(folder: Path) -> dict[str, list[dict[str, Any]]]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    client = NotebookClient(notebook, allow_errors=True, timeout=60, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel():
        client.kc.execute("import grader", silent=True)
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


@pytest.fixture(scope="module")
def in_the_sandbox(folder: Path, pool: Pool) -> dict[str, list[dict[str, Any]]]:
    run = pool.run(Job([Cell(name, source) for name, source in CELLS.items()], folder))
    return {cell.id: cell.outputs for cell in run.cells}


@pytest.mark.linux
@pytest.mark.xdist_group("kernel")
@pytest.mark.parametrize("name", CELLS)
def test_the_outputs_are_those_of_a_kernel(
    name: str,
    in_a_kernel: dict[str, list[dict[str, Any]]],
    in_the_sandbox: dict[str, list[dict[str, Any]]],
):
    assert compared(in_the_sandbox[name]) == compared(in_a_kernel[name])


@pytest.mark.linux
@pytest.mark.xdist_group("kernel")
def test_the_cells_that_are_compared_show_something_of_every_kind(in_a_kernel: dict[str, list[dict[str, Any]]]):
    outputs = [output for each in in_a_kernel.values() for output in each]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data", "execute_result", "error"}
    assert {output["name"] for output in outputs if output["output_type"] == "stream"} == {"stdout", "stderr"}
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 3
    assert [output["data"]["text/plain"] for output in in_a_kernel["a shown output"]] == ["'third'"]
