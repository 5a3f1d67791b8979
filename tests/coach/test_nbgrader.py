"""Stock nbgrader commands on the released lessons: the gradebook says what the cards said."""

import shutil
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grader.authoring.build import LESSONS, Built, lesson_folders
from grader.authoring.source import SourceCell, read_cells
from grader.coach.course import course_lesson, make_course, run_nbgrader
from grader.coach.invent import write_answer, write_memo
from grader.sandbox.run import Cell, Job, Pool

ROOT = Path(__file__).resolve().parents[2]
WEEKS = [folder.name[:3] for folder in lesson_folders() if (LESSONS / folder.name / "key.json").exists()]
LEARNERS = ("honest", "mixed")
"""Stock nbgrader starts a kernel for each: two that do everything are enough."""

pytestmark = pytest.mark.linux


@dataclass(frozen=True)
class Graded:
    """A course folder after `nbgrader autograde`, and what the cards said in a plain run."""

    lesson: Built
    folder: Path
    said: dict[str, dict[str, float]]


def answered(lesson: Built, learner: str) -> NotebookNode:
    """What a learner hands in: every solution and memo; or in turn a solution, a named wrong answer, and nothing."""
    notebook = nbformat.read(lesson.release / f"{lesson.name}.ipynb", as_version=4)
    cells = [cell for cell in source_cells(lesson) if cell.role == "answer"]
    for number, cell in enumerate(cells):
        plan = lesson.plan.exercise[cell.name]
        if learner == "honest" or number % 3 == 0:
            write_answer(notebook, cell, cell.solution)
        elif number % 3 == 1:
            wrong = [each.code for each in plan.wrong] + [f'{plan.variable} = "{letter}"' for letter in plan.says]
            write_answer(notebook, cell, wrong[0])
    if learner == "honest":
        for memo in lesson.plan.memo:
            write_memo(notebook, memo, "Tell the board that one row is an account.")
    return notebook


def source_cells(lesson: Built) -> list[SourceCell]:
    return read_cells(ROOT / "solutions" / lesson.release.name / "lesson.py")


def points_on_cards(lesson: Built, notebook: NotebookNode, pool: Pool, folder: Path) -> dict[str, float]:
    shutil.copytree(lesson.release, folder)
    cells = [Cell(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    run = pool.run(Job(cells, folder))
    return {
        cell.id: float(output["data"]["text/plain"])
        for cell in run.cells
        if cell.id.startswith("check-")
        for output in cell.outputs
        if output["output_type"] == "execute_result"
    }


def on_one_worker(week: str) -> object:
    return pytest.param(week, marks=pytest.mark.xdist_group(f"nbgrader-{week}"), id=week)


@pytest.fixture(scope="module", params=[on_one_worker(week) for week in WEEKS])
def graded(request: pytest.FixtureRequest, pool: Pool, tmp_path_factory: pytest.TempPathFactory, root: Path) -> Graded:
    folder = tmp_path_factory.mktemp(request.param)
    lesson = course_lesson(lesson_folders(request.param)[0], folder, pool)
    make_course(folder / "course", [lesson])
    said = {}
    for learner in LEARNERS:
        notebook = answered(lesson, learner)
        said[learner] = points_on_cards(lesson, deepcopy(notebook), pool, folder / learner)
        submitted = folder / "course" / "submitted" / learner / lesson.lesson
        submitted.mkdir(parents=True)
        nbformat.write(notebook, submitted / f"{lesson.name}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))
        done = run_nbgrader(folder / "course", "autograde", lesson.lesson)
    assert done.returncode == 0, done.stderr
    return Graded(lesson, folder / "course", said)


def gradebook(graded: Graded) -> Gradebook:
    return Gradebook(f"sqlite:///{graded.folder / 'gradebook.db'}", "hands-on-hour")


def test_the_gradebook_has_the_points_that_the_cards_said(graded: Graded) -> None:
    with gradebook(graded) as book:
        for learner in LEARNERS:
            submission = book.find_submission_notebook(graded.lesson.name, graded.lesson.lesson, learner)
            points = {grade.name: grade.auto_score for grade in submission.grades if grade.name.startswith("check-")}
            assert points == graded.said[learner], learner


def test_a_solution_is_full_and_a_wrong_or_untouched_answer_nothing(graded: Graded) -> None:
    full = {f"check-{name}": exercise.points for name, exercise in graded.lesson.plan.exercise.items()}
    assert graded.said["honest"] == full
    answers = [cell.name for cell in source_cells(graded.lesson) if cell.role == "answer"]
    solved = {f"check-{name}" for name in answers[::3]}
    assert graded.said["mixed"] == {check: points if check in solved else 0 for check, points in full.items()}


def test_a_written_memo_waits_for_the_coach_and_an_unwritten_one_does_not(graded: Graded) -> None:
    with gradebook(graded) as book:
        for learner in LEARNERS:
            submission = book.find_submission_notebook(graded.lesson.name, graded.lesson.lesson, learner)
            memos = [grade for grade in submission.grades if grade.name.startswith("memo-")]
            assert len(memos) == len(graded.lesson.plan.memo)
            written = learner == "honest"
            assert all(grade.needs_manual_grade == written for grade in memos), learner
            assert [grade.auto_score for grade in memos] == [None if written else 0.0] * len(memos)


def test_the_gradebook_promises_the_lessons_points(graded: Graded) -> None:
    with gradebook(graded) as book:
        assert book.find_assignment(graded.lesson.lesson).max_score == graded.lesson.plan.points


def test_autograding_leaves_no_journal_and_no_zip(graded: Graded) -> None:
    left = [path.name for path in graded.folder.rglob("*") if path.name == "journal.jsonl" or path.suffix == ".zip"]
    assert left == []


@pytest.mark.parametrize("graded", [on_one_worker(WEEKS[0])], indirect=True)
def test_stock_export_writes_every_learner(graded: Graded) -> None:
    done = run_nbgrader(graded.folder, "export")
    assert done.returncode == 0, done.stderr
    lines = (graded.folder / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert sorted(learner for learner in LEARNERS for line in lines if f",{learner}," in line) == sorted(LEARNERS)


def test_the_released_notebook_of_stock_nbgrader_is_the_one_of_the_build(graded: Graded) -> None:
    name = f"{graded.lesson.name}.ipynb"
    stock = nbformat.read(graded.folder / "release" / graded.lesson.lesson / name, as_version=4)
    ours = nbformat.read(graded.lesson.release / name, as_version=4)
    assert [(cell.id, cell.source) for cell in stock.cells] == [(cell.id, cell.source) for cell in ours.cells]
