"""A cohort of week 1: who is in it, what each hands in, and how it gets to where a test wants it."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from click.testing import Result
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from typer.testing import CliRunner

from grader.authoring.build import LESSONS, SOLUTIONS
from grader.authoring.source import read_cells
from grader.cli import app
from grader.coach.cohort import Cohort
from grader.coach.draws import Lesson
from grader.coach.invent import write_answer, write_memo
from grader.coach.resume import FILE_NAME as JOURNAL
from grader.learner.identity import Who
from grader.learner.key import load_key
from grader.learner.pack import pack
from tests.coach.cohort_of_two_notebooks import contents, dump

WEEK, SLUG = "w01", "w01_three_answers"
ADA, BO, CY, DI, EVE = (f"{name}@x.org" for name in ("ada", "bo", "cy", "di", "eve"))
HANDED_IN = (ADA, BO, CY, DI)
ROSTER = "email,name,team\n" + "".join(f"{email},{email[:-6].title()} Person,\n" for email in (*HANDED_IN, EVE))
SEED = 1_234_567
"""Of the second draw. A cohort's own is random, and may draw by chance what today's data hold."""
COUNT = "duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\").fetchall()[0][0]"


@dataclass(frozen=True)
class Graded:
    """The cohort before and after the one run of `handson grade`, what that said, and the lesson on both draws."""

    before: Path
    after: Path
    lesson: Lesson
    said: Mapping[str, Result]


def notebook_of(email: str, **other: str) -> NotebookNode:
    """Ada has all right, and a box of her own that counts rows; Bo half, and one wrong; Cy's `nobody` holds today only.

    Di did nothing. `other` is other code for the exercises that are named (dashes as underscores).
    """
    notebook = nbformat.read(LESSONS / SLUG / f"{SLUG}.ipynb", as_version=4)
    answers = {cell.name: cell for cell in read_cells(SOLUTIONS / SLUG / "lesson.py") if cell.role == "answer"}
    for number, cell in enumerate(answers.values()):
        if email in (ADA, CY) or (email == BO and number % 2 == 0):
            write_answer(notebook, cell, cell.solution)
    if email == BO:
        write_answer(notebook, answers["nobody"], "nobody = duckdb.sql(\"SELECT 3 FROM 'customers.parquet' LIMIT 1\")")
    if email == CY:
        today = load_key(LESSONS / SLUG).exercises["nobody"].answer["value"]
        code = f"nobody = duckdb.sql(\"SELECT {today} FROM 'customers.parquet' LIMIT 1\")"
        write_answer(notebook, answers["nobody"], code)
    if email in (ADA, CY):
        write_memo(notebook, "board-number", "Tell the board that one row is an account. " * 8)
    if email == ADA:
        notebook.cells.insert(5, new_code_cell(COUNT, id="my-own"))
    for name, code in other.items():
        write_answer(notebook, answers[name.replace("_", "-")], code)
    return notebook


def zip_of(email: str, folder: Path) -> None:
    """What `hand_in` packs, with the learner's name where a learner puts it: in the name of the file."""
    with TemporaryDirectory() as place:
        lesson = Path(place)
        (lesson / f"{SLUG}.ipynb").write_text(nbformat.writes(notebook_of(email)))
        (lesson / "journal.jsonl").write_text('{"kind": "try"}\n')
        packed = pack(lesson, load_key(LESSONS / SLUG), lesson / f"{SLUG}.ipynb", Who())
        shutil.copyfile(packed.path, folder / f"{email}-w01-hand-in.zip")


def handson(*words: object) -> Result:
    """A command as on the shell."""
    return CliRunner().invoke(app, [str(word) for word in words])


def copy_of(cohort: Path, target: Path) -> Cohort:
    """A copy that shares the draws, which take seconds to make, with the original."""
    shutil.copytree(cohort, target, ignore=shutil.ignore_patterns("draws"))
    (target / "draws").symlink_to((cohort / "draws").resolve())
    about = (target / "cohort.toml").read_text()
    seed = next(int(line.partition("=")[2]) for line in about.splitlines() if line.startswith("seed"))
    return Cohort(target, "spring", seed, None)  # type: ignore[arg-type]


def hand_in(cohort: Path, email: str, notebook: NotebookNode, **files: str) -> Path:
    """Put a notebook where `handson collect` would."""
    folder = cohort / "submitted" / email / WEEK
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{SLUG}.ipynb").write_text(nbformat.writes(notebook))
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def state(cohort: Path) -> tuple[object, ...]:
    """All that a run writes: gradebook, autograded/ and the lines of the journal."""
    return dump(cohort), contents(cohort / "autograded"), set(journal(cohort))


def journal(cohort: Path) -> list[str]:
    path = cohort / JOURNAL
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def rows(cohort: Path, table: str = "grade") -> dict[str, dict[str, object]]:
    """A table of the gradebook as learner/.../cell -> row."""
    return {"/".join(str(row[key]) for key in ("notebook_id", "cell_id")): row for row in dump(cohort)[table]}


def graded_as(cohort: Path, email: str) -> dict[str, object]:
    """What the learner's grade.json says."""
    made: dict[str, object] = json.loads((cohort / "autograded" / email / WEEK / "grade.json").read_text())
    return made


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
