"""What a real kernel sends for an error: one card, one short error line, and a cell that counts as failed."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
FIRST = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "from grader.learner.errors import install\ninstall()\nimport duckdb"
)
CELLS = (
    FIRST,
    "1 / 0",
    'coast = duckdb.sql("SELECT 1',
    "duckdb.sql(\"SELECT 'abc'::INT\")",
    "raise KeyboardInterrupt",
    "print('still here')",
)


def run(cells: tuple[str, ...], folder: Path, allow_errors: bool) -> list[list[Any]]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
        timeout=120,
        extra_arguments=["--HistoryManager.enabled=False"],
    )
    return [cell["outputs"] for cell in client.execute().cells]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    return run(CELLS, tmp_path_factory.mktemp("lesson"), allow_errors=True)


@pytest.mark.parametrize("cell", [1, 2, 3, 4])
def test_an_error_is_one_card_and_one_short_line(outputs: list[list[Any]], cell: int):
    assert [output["output_type"] for output in outputs[cell]] == ["display_data", "error"]
    card, error = outputs[cell]
    assert "hoh-card" in card["data"]["text/html"]
    assert "Next:" in card["data"]["text/plain"]
    assert error["traceback"] == [f"{error['ename']}: the card above says what happened, and what to do next."]


def test_the_error_output_keeps_the_real_name_and_message(outputs: list[list[Any]]):
    assert [(outputs[cell][1]["ename"], outputs[cell][1]["evalue"].partition("\n")[0]) for cell in (1, 3)] == [
        ("ZeroDivisionError", "division by zero"),
        ("ConversionException", "Conversion Error: Could not convert string 'abc' to INT32"),
    ]
    assert outputs[2][1]["ename"] == "SyntaxError"


def test_cells_after_an_error_still_run_when_asked(outputs: list[list[Any]]):
    assert outputs[0] == []
    assert outputs[5][0]["text"] == "still here\n"


@pytest.mark.parametrize("cell", ["1 / 0", "x = (1", "duckdb.sql(\"SELECT 'abc'::INT\")"])
def test_the_cell_counts_as_failed(tmp_path: Path, cell: str):
    with pytest.raises(CellExecutionError):
        run((FIRST, cell), tmp_path, allow_errors=False)


def test_from_week_14_on_the_traceback_in_the_card_stands_open(tmp_path):
    folded, unfolded = (
        nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(f"from grader.learner.errors import install\ninstall(unfolded={flag})"),
                nbformat.v4.new_code_cell("1 / 0"),
            ]
        )
        for flag in (False, True)
    )
    for notebook, opened in ((folded, False), (unfolded, True)):
        NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
        (card,) = [output for output in notebook.cells[1].outputs if output.output_type == "display_data"]
        assert ("<details open" in card.data["text/html"].replace(' class="hoh-fold" open', " open")) is opened
