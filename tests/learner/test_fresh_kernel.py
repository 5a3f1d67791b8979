"""A kernel as `handson start` and Binder give it: before a lesson's first box has run, a mistake is a card already."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from grader.learner import start as start_module
from grader.learner.start import lab_environment

CONFIG = start_module._LAB / "ipython" / "ipython_kernel_config.json"
CELLS = ['check("all-rows")', 'sales = "Coast', "1 / 0", "import grader\ngrader.check.__name__"]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory, root: Path) -> list[list[Any]]:
    work = tmp_path_factory.mktemp("my-work")
    lesson = work / "w01_three_answers"
    shutil.copytree(root / "lessons" / lesson.name, lesson)
    environment = lab_environment(work, "token", {**os.environ, "PYTHONPATH": str(root), "HANDSON_MODE": "test"})
    profile = Path(environment["IPYTHONDIR"]) / "profile_default"
    profile.mkdir(parents=True)
    shutil.copy(CONFIG, profile)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(lesson)}}, timeout=120)
    client.execute(env=environment, cleanup_kc=True)
    assert not (profile / "history.sqlite").exists()
    return [cell["outputs"] for cell in notebook.cells]


def test_a_check_in_a_fresh_kernel_says_to_run_the_first_box(outputs: list[list[Any]]) -> None:
    card, error = outputs[0]
    assert "hoh-card" in card["data"]["text/html"]
    assert "that box has not run since the lesson was opened or restarted" in card["data"]["text/plain"]
    assert "Begin with the first grey box of the page" in card["data"]["text/plain"]
    assert error["traceback"] == ["NameError: the card above says what happened, and what to do next."]


@pytest.mark.parametrize("cell", [1, 2])
def test_any_mistake_in_a_fresh_kernel_is_a_card(outputs: list[list[Any]], cell: int) -> None:
    assert [output["output_type"] for output in outputs[cell]] == ["display_data", "error"]
    assert len(outputs[cell][1]["traceback"]) == 1


def test_the_first_box_still_works_in_such_a_kernel(outputs: list[list[Any]]) -> None:
    assert outputs[3][0]["data"]["text/plain"] == "'check'"
