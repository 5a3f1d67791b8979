"""nbgrader's own cases: the notebooks that its wheel ships score what its test_nbgrader_autograde.py says.

Not here: what upstream says of gradebook, folders and commands, which is for those who record and collect (late
penalties, timestamps, permissions, --force, --notebook, student ids, the comments "No response." themselves, of which
only the names are checked here).
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grader.coach.classic import Classic, ClassicGrade, grade_classic, not_handed_in, open_classic
from grader.learner.problem import Problem
from grader.sandbox.run import Pool

TESTS = Path(nbgrader.__file__).parent / "tests"
FILES = TESTS / "apps" / "files"
CONFIG = "c = get_config()\n"
STUB = 'c.ClearSolutions.code_stub = dict(python="# YOUR CODE HERE")\n'

pytestmark = pytest.mark.linux

Open = Callable[..., Classic]


@dataclass(frozen=True)
class Case:
    """What upstream's test function expects of a submitted file, graded against a source file."""

    function: str
    source: str
    submitted: str
    score: float
    most: float | None = None
    manual: bool | None = None
    config: str = ""
    seconds: float = 30.0


CASES = [
    Case("test_grade", "submitted-unchanged", "submitted-unchanged", 1, 7, False),
    Case("test_grade", "submitted-unchanged", "submitted-changed", 2, 7, True),
    Case("test_grade_autotest", "autotest-simple", "autotest-simple-unchanged", 0, 1, False),
    Case("test_grade_autotest", "autotest-simple", "autotest-simple-changed", 1, 1, False),
    Case("test_grade_hashed_autotest", "autotest-hashed", "autotest-hashed-unchanged", 0, 1, False),
    Case("test_grade_hashed_autotest", "autotest-hashed", "autotest-hashed-changed", 1, 1, False),
    Case("test_grade_complex_autotest", "autotest-multi", "autotest-multi-unchanged", 0, 4, False),
    Case("test_grade_complex_autotest", "autotest-multi", "autotest-multi-changed", 3, 4, False),
    Case("test_showtraceback_exploit", "submitted-unchanged", "submitted-unchanged", 1, 7, False),
    Case("test_showtraceback_exploit", "submitted-unchanged", "submitted-changed", 2, 7, True),
    Case("test_showtraceback_exploit", "submitted-unchanged", "submitted-cheat-attempt", 1, 7, True),
    Case("test_showtraceback_exploit", "submitted-unchanged", "submitted-cheat-attempt-alternative", 1, 7, True),
    Case("test_student_id_exclude", "submitted-unchanged", "submitted-unchanged", 1),
    # The score before the penalty; the penalty itself is recorded with the gradebook.
    Case("test_late_submission_penalty_none", "submitted-unchanged", "submitted-unchanged", 1),
    Case("test_late_submission_penalty_none", "submitted-unchanged", "submitted-changed", 2),
    Case("test_late_submission_penalty_zero", "submitted-unchanged", "submitted-unchanged", 1),
    Case("test_late_submission_penalty_zero", "submitted-unchanged", "submitted-changed", 2),
    Case("test_late_submission_penalty_plugin", "submitted-unchanged", "submitted-unchanged", 1),
    Case("test_late_submission_penalty_plugin", "submitted-unchanged", "submitted-changed", 2),
    Case("test_hidden_tests_autotest", "autotest-hidden", "autotest-hidden-unchanged", 0, config=STUB),
    Case("test_hidden_tests_autotest", "autotest-hidden", "autotest-hidden-changed-wrong", 0, config=STUB),
    Case("test_hidden_tests_autotest", "autotest-hidden", "autotest-hidden-changed-right", 1, config=STUB),
    Case("test_grade_with_validating_envvar", *["validating-environment-variable"] * 2, 0),
    Case("test_autograde_timeout", "timeout", "timeout", 1),
    Case("test_autograde_timeout", "timeout", "timeout", 0, seconds=0.25),
]
# These are in the wheel too, without a score in that file. nbgrader puts changed cells back, so they score like the
# unchanged one that they were made of, and the learner is told (test_nbgrader_validate.py counts the changed cells).
CHANGED = {
    FILES / "submitted-grade-cell-changed.ipynb": ["bar"],
    FILES / "submitted-locked-cell-changed.ipynb": ["ro1", "ro2"],
    TESTS / "preprocessors/files/submitted-grade-cell-type-changed.ipynb": [],
    TESTS / "preprocessors/files/submitted-answer-cell-type-changed.ipynb": [],
}


def text_of(name: str) -> str:
    """A file of the wheel. The one that sleeps, sleeps a tenth of its five seconds."""
    text = (FILES / f"{name}.ipynb").read_text(encoding="utf-8")
    return text.replace("time.sleep(5)", "time.sleep(0.5)")


def peer(name: str) -> NotebookNode:
    return nbformat.reads(text_of(name), as_version=4)


def score(grade: ClassicGrade) -> float:
    return sum(row.auto_score or 0 for row in grade.scores)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Opens a source of the wheel, laid out as upstream lays it out: autotests.yml at the root of the course."""

    @cache
    def open_one(name: str, config: str = "") -> Classic:
        root = tmp_path_factory.mktemp("course")
        (root / "nbgrader_config.py").write_text(CONFIG + config)
        shutil.copyfile(FILES / "autotests.yml", root / "autotests.yml")
        source = root / "source" / "ps1" / "p1.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(text_of(name), encoding="utf-8")
        return open_classic(source, root / "nbgrader_config.py")

    return open_one


Graded = Callable[[str, str, str, float], ClassicGrade]


@pytest.fixture(scope="module")
def graded(opened: Open, pool: Pool) -> Graded:
    """Grades a file of the wheel against a source of it, once."""

    @cache
    def grade_once(source: str, submitted: str, config: str, seconds: float) -> ClassicGrade:
        return grade_classic(opened(source, config), peer(submitted), pool, seconds=seconds)

    return grade_once


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.function}-{case.submitted}")
def test_it_scores_what_upstream_says(case: Case, graded: Graded) -> None:
    grade = graded(case.source, case.submitted, case.config, case.seconds)
    assert score(grade) == case.score
    nbformat.validate(grade.executed)
    if case.most is not None:
        assert sum(row.max_score for row in grade.scores) == case.most
        assert any(row.needs_manual for row in grade.scores) == case.manual


def test_answers_left_as_released_have_no_response(opened: Open, pool: Pool) -> None:
    """test_grade: foo's comments are "No response.", bar's set_a and baz have none."""
    classic = opened("submitted-unchanged")
    assert grade_classic(classic, peer("submitted-unchanged"), pool).no_response == ("set_a", "baz", "quux")
    assert grade_classic(classic, peer("submitted-changed"), pool).no_response == ()


def test_hidden_errors_are_seen_and_said(opened: Open, pool: Pool) -> None:
    """test_showtraceback_exploit, and more: upstream gives no sign that something was tried."""
    classic = opened("submitted-unchanged")
    assert grade_classic(classic, peer("submitted-changed"), pool).said == ()
    for name in ("submitted-cheat-attempt", "submitted-cheat-attempt-alternative"):
        grade = grade_classic(classic, peer(name), pool)
        assert [sentence for sentence in grade.said if "`bar` failed and showed no error" in sentence], name


@pytest.mark.parametrize("path", CHANGED, ids=lambda path: path.stem)
def test_changed_cells_are_put_back_and_said(path: Path, opened: Open, pool: Pool) -> None:
    grade = grade_classic(opened("submitted-unchanged"), nbformat.read(path, as_version=4), pool)
    unchanged = grade_classic(opened("submitted-unchanged"), peer("submitted-unchanged"), pool)
    assert grade.scores == unchanged.scores
    assert [cell.source for cell in grade.executed.cells] == [cell.source for cell in unchanged.executed.cells]
    for name in CHANGED[path]:
        assert any(f"`{name}` had been changed" in sentence for sentence in grade.mended)


def test_hidden_tests_stay_out_of_the_release_and_are_back_after_grading(opened: Open, pool: Pool) -> None:
    """test_hidden_tests_single_notebook: 1.5 points, two cells fail, the autograded notebook has the hidden tests."""
    classic = opened("test-hidden-tests", STUB)
    assert "HIDDEN TESTS" not in nbformat.writes(classic.released)
    grade = grade_classic(classic, classic.released, pool)
    assert score(grade) == 1.5
    assert [row.name for row in grade.scores if row.auto_score == 0] == ["correct_squares", "correct_sum_of_squares"]
    assert "BEGIN HIDDEN TESTS" in nbformat.writes(grade.executed)
    assert grade.mended == ()


def test_a_notebook_that_was_not_handed_in_has_no_points_and_no_work_for_the_coach(opened: Open, pool: Pool) -> None:
    """test_grade_missing_notebook: p1 is handed in, p2 is not."""
    rows = not_handed_in(opened("submitted-unchanged"))
    graded = grade_classic(opened("submitted-unchanged"), peer("submitted-changed"), pool).scores
    assert [(row.name, row.max_score) for row in rows] == [(row.name, row.max_score) for row in graded]
    assert {(row.auto_score, row.needs_manual) for row in rows} == {(0.0, False)}


@pytest.mark.parametrize("name", ["infinite-loop", "infinite-loop-with-output"])
def test_a_loop_without_end_ends_and_is_recorded(name: str, opened: Open, pool: Pool) -> None:
    """test_infinite_loop: an autograded notebook exists. test_infinite_loop_with_output, which upstream skips."""
    grade = grade_classic(opened(name), peer(name), pool, seconds=0.5)
    assert grade.scores == []
    assert grade.executed.cells[0].outputs[0].output_type == "error"


def test_a_cell_of_ones_own_that_prints_for_ever_costs_no_point(opened: Open, pool: Pool) -> None:
    notebook = peer("submitted-changed")
    notebook.cells.insert(0, new_code_cell("while True:\n    print('for ever')"))
    grade = grade_classic(opened("submitted-unchanged"), notebook, pool, seconds=0.5)
    assert score(grade) == 2
    assert grade.executed.cells[0].outputs[-1].output_type == "error"


def test_side_effects_leave_the_submission_alone(opened: Open, pool: Pool, tmp_path: Path) -> None:
    """test_side_effects: no side-effect.txt in the submitted folder. Only upstream keeps it, in autograded/."""
    grade = grade_classic(opened("side-effects"), peer("side-effects"), pool, tmp_path)
    assert grade.executed.cells[0].outputs == []
    assert list(tmp_path.iterdir()) == []


def test_the_courses_files_replace_the_learners(opened: Open, pool: Pool, tmp_path: Path) -> None:
    """test_grade_overwrite_files: data.csv is the course's again, helper.py is the learner's."""
    course, mine = tmp_path / "course", tmp_path / "mine"
    course.mkdir()
    mine.mkdir()
    (course / "data.csv").write_text("some,data\n")
    (mine / "data.csv").write_text("some,other,data\n")
    (mine / "helper.py").write_text("text = 'this is different!'\n")
    cell = new_code_cell("import helper\n[open('data.csv').read(), helper.text]")
    nbformat.write(new_notebook(cells=[cell]), course / "p1.ipynb")
    grade = grade_classic(open_classic(course / "p1.ipynb"), nbformat.read(course / "p1.ipynb", 4), pool, mine)
    assert grade.executed.cells[0].outputs[0].data["text/plain"] == r"['some,data\n', 'this is different!']"


def test_a_notebook_of_another_assignment_gains_nothing_and_ends_complete(pool: Pool, tmp_path: Path) -> None:
    """test_handle_failure: upstream stops at test.ipynb handed in for an empty notebook; here it is graded: nothing."""
    nbformat.write(new_notebook(), tmp_path / "p2.ipynb")
    assert grade_classic(open_classic(tmp_path / "p2.ipynb"), peer("test"), pool).scores == []


@pytest.mark.parametrize("kernel", ["python", "blah"])
def test_the_kernel_of_the_release_counts(kernel: str, opened: Open, pool: Pool) -> None:
    """test_incorrect_submitted_kernelspec, test_missing_source_kernelspec (where upstream stops at `blarg`)."""
    notebook = peer("submitted-changed")
    notebook.metadata["kernelspec"] = {"display_name": "kernel", "language": kernel, "name": kernel}
    grade = grade_classic(opened("submitted-unchanged"), notebook, pool)
    assert score(grade) == 2
    assert grade.executed.metadata.kernelspec == peer("submitted-unchanged").metadata.kernelspec


def test_a_source_for_another_kernel_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """test_incorrect_source_kernelspec: upstream's autograde ends with 1."""
    notebook = new_notebook(metadata={"kernelspec": {"display_name": "kernel", "language": "blah", "name": "blah"}})
    nbformat.write(notebook, tmp_path / "p1.ipynb")
    with pytest.raises(Problem, match=r"p1\.ipynb is written in blah: only Python can be graded here\."):
        open_classic(tmp_path / "p1.ipynb")
