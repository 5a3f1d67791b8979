"""nbval on both forms of every lesson, in a real kernel: strict on the solved one, lax on the released one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grader.authoring.build import LESSONS, SOLUTIONS, lesson_folders

NAMES = [folder.name for folder in lesson_folders()]
SANITIZER = Path(__file__).with_name("nbval_sanitize.cfg")


def notebook_name(folder: str) -> str:
    return "00_start_here.ipynb" if folder.startswith("w00_") else f"{folder}.ipynb"


def nbval(folder: Path, notebook: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", "-c", os.devnull]
    return subprocess.run(
        [*command, "--rootdir", str(folder), *options, notebook],
        cwd=folder,
        # To load all plugins that are installed takes longer than to run a notebook.
        env={**os.environ, "HANDSON_MODE": "test", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def with_data(name: str, folder: Path) -> None:
    if not name.startswith("w00_"):
        shutil.copytree(LESSONS / name, folder, dirs_exist_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_solved_notebook_shows_again_what_is_stored_in_it(name: str, tmp_path: Path) -> None:
    with_data(name, tmp_path)
    solved = SOLUTIONS / name / notebook_name(name)
    shutil.copyfile(solved, tmp_path / solved.name)
    stored = [cell for cell in nbformat.read(solved, as_version=4).cells if cell.get("outputs")]
    assert stored, "strict comparison of a notebook without stored outputs compares nothing"
    done = nbval(tmp_path, solved.name, "--nbval", "--nbval-sanitize-with", str(SANITIZER))
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.parametrize("name", NAMES)
def test_the_released_notebook_runs_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    with_data(name, tmp_path)
    if name.startswith("w00_"):
        shutil.copyfile(LESSONS / notebook_name(name), tmp_path / notebook_name(name))
    done = nbval(tmp_path, notebook_name(name), "--nbval-lax")
    assert done.returncode == 0, done.stdout[-5000:]


def test_the_strict_comparison_fails_on_a_changed_output(tmp_path: Path) -> None:
    name = next(each for each in NAMES if each.startswith("w01_"))
    with_data(name, tmp_path)
    notebook = nbformat.read(SOLUTIONS / name / notebook_name(name), as_version=4)
    cell = next(cell for cell in notebook.cells if cell.get("id", "").startswith("check-"))
    cell.outputs[0].data["text/plain"] = "0.5"
    nbformat.write(notebook, tmp_path / notebook_name(name))
    done = nbval(tmp_path, notebook_name(name), "--nbval", "--nbval-sanitize-with", str(SANITIZER))
    assert done.returncode == 1
    assert "1 failed" in done.stdout
