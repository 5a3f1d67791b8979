"""A course folder as nbgrader lays it out, so that its own commands and formgrader work on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nbformat import read as read_notebook

from grader.authoring.build import LESSONS, SEED, SOLUTIONS, Built, build_lesson
from grader.authoring.notebook import CONFIG, write_notebook
from grader.authoring.plan import read_plan
from grader.authoring.prose import compute_facts, fill_plan
from grader.authoring.weeks import with_way_on
from grader.learner.key import FILE_NAME, load_key
from grader.learner.problem import Problem
from grader.sandbox.run import Pool


def course_lesson(source: Path, scratch: Path, pool: Pool) -> Built:
    """The lesson of a folder of solutions/ as it was released to learners; built into `scratch` where it is not yet.

    Raises SourceProblem for a source that cannot be built, Problem for a damaged key.
    """
    release, solved = LESSONS / source.name, source / f"{source.name}.ipynb"
    if not ((release / FILE_NAME).exists() and solved.exists()):
        return build_lesson(source, SEED, scratch / "built", pool)
    plan = read_plan(source / "lesson.toml")
    plan = fill_plan(plan, compute_facts(plan, release))
    return Built(source.name[:3], source.name, release, solved, plan, load_key(release))


def make_course(folder: Path, lessons: Sequence[Built]) -> None:
    """Make `folder` an nbgrader course with `source/`, `release/` and a gradebook for these lessons.

    An assignment is called like its lesson (`w01`); its folder holds the solved notebook without outputs, the data and
    key.json. Raises Problem when nbgrader refuses a lesson.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CONFIG, folder / CONFIG.name)
    for lesson in lessons:
        source = folder / "source" / lesson.lesson
        source.mkdir(parents=True, exist_ok=True)
        for path in sorted(lesson.release.iterdir()):
            if path.suffix != ".ipynb":
                shutil.copyfile(path, source / path.name)
        _write_without_outputs(lesson, source / f"{lesson.name}.ipynb")
        done = run_nbgrader(folder, "generate_assignment", lesson.lesson, "--force")
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Problem(f"nbgrader could not release {lesson.lesson}: {said}")


def run_nbgrader(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a stock `nbgrader` command in a course folder. `.returncode` and `.stderr` say how it went; raises nothing.

    nbgrader calls `alembic` by its bare name, so the folder of this Python's scripts is put on PATH.
    """
    scripts = str(Path(sys.executable).parent)
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )


def _write_without_outputs(lesson: Built, target: Path) -> None:
    """The solved notebook as a source for nbgrader: no outputs, and the way on as learners get it."""
    notebook = read_notebook(lesson.solved, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    write_notebook(with_way_on(notebook, lesson.key.week, SOLUTIONS, released=True), target)
