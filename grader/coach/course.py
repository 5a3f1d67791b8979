"""A course folder as nbgrader lays it out, so that its own commands and formgrader work on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode
from nbformat import read as read_notebook

from grader.authoring.build import LESSONS, SEED, Built, build_lesson
from grader.authoring.notebook import CONFIG, write_notebook
from grader.authoring.plan import read_plan
from grader.authoring.prose import compute_facts, fill_plan
from grader.authoring.weeks import WAY_ON
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
        solved = _without_outputs(read_notebook(lesson.solved, as_version=4))
        released = read_notebook(lesson.release / f"{lesson.name}.ipynb", as_version=4)
        write_notebook(_with_end_of(released, solved), source / f"{lesson.name}.ipynb")
        done = run_nbgrader(folder, "generate_assignment", lesson.lesson, "--force")
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Problem(f"nbgrader could not release {lesson.lesson}: {said}")


def lay_out(folder: Path, release: Path, solved: NotebookNode) -> None:
    """Give a course folder `source/` and `release/` of a lesson, so that stock nbgrader finds them.

    `solved` is the notebook with its solutions. Folders that are there stay as they are.
    """
    key = load_key(release)
    for name in ("source", "release"):
        target = folder / name / key.lesson
        if target.exists():
            continue
        target.parent.mkdir(exist_ok=True)
        with TemporaryDirectory(prefix=".part-", dir=target.parent) as scratch:
            made = Path(scratch, key.lesson)
            shutil.copytree(release, made, ignore=shutil.ignore_patterns("journal.jsonl", ".*"))
            if name == "source":
                released = read_notebook(release / f"{key.slug}.ipynb", as_version=4)
                write_notebook(_with_end_of(released, solved), made / f"{key.slug}.ipynb")
            made.rename(target)


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


def _without_outputs(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _with_end_of(released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    """The solved notebook with the released one's way on, whose links lead from where a learner is."""
    solved.cells = [cell for cell in solved.cells if cell.id != WAY_ON]
    solved.cells += [cell for cell in released.cells if cell.id == WAY_ON]
    return solved
