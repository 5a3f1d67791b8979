"""Classic notebooks: what a submission can do to its run, to its cells and to its files, and what is said then."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.coach.classic import MOST_LEFT_OUT, Classic, ClassicGrade, grade_classic, open_classic
from grader.learner.problem import Problem
from grader.sandbox.run import Pool

pytestmark = pytest.mark.linux


def cell(name: str, source: str, **label: object) -> NotebookNode:
    made = new_markdown_cell(source) if name == "memo" else new_code_cell(source)
    plain = {"locked": False, "solution": False, "schema_version": 3, "task": False}
    made.metadata["nbgrader"] = {"grade": "points" in label, "grade_id": name, **plain, **label}
    return made


def source() -> NotebookNode:
    return new_notebook(
        cells=[
            cell("one", "one = 1", solution=True),
            cell("test-one", "assert one == 1", points=1),
            cell("two", "two = 2", solution=True),
            cell("test-two", "two / 2", points=2),
            cell("memo", "Because.", solution=True, points=3),
        ]
    )


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Classic:
    folder = tmp_path_factory.mktemp("source")
    (folder / "data.csv").write_text("a\n1\n")
    nbformat.write(source(), folder / "p1.ipynb")
    return open_classic(folder / "p1.ipynb")


def submission(classic: Classic, **answers: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.from_dict(classic.released)
    for each in notebook.cells:
        each.source = answers.get(each.metadata.nbgrader.grade_id, each.source)
    return notebook


Grade = Callable[..., ClassicGrade]


@pytest.fixture
def grade(classic: Classic, pool: Pool) -> Grade:
    def grade_one(**answers: str) -> ClassicGrade:
        return grade_classic(classic, submission(classic, **{"one": "one = 1", "two": "two = 2", **answers}), pool)

    return grade_one


def points(grade: ClassicGrade) -> dict[str, float | None]:
    return {row.name: row.auto_score for row in grade.scores}


def test_right_answers_have_full_points_and_nothing_is_said(grade: Grade) -> None:
    made = grade(memo="It is so.")
    assert points(made) == {"test-one": 1.0, "test-two": 1.0, "memo": None}
    assert [row.name for row in made.scores if row.needs_manual] == ["memo"]
    assert (made.mended, made.said, made.no_response) == ((), (), ())
    assert [each.execution_count for each in made.executed.cells if each.cell_type == "code"] == [1, 2, 3, 4]


def test_a_text_left_as_released_has_no_points_and_no_work_for_the_coach(grade: Grade) -> None:
    made = grade()
    assert points(made)["memo"] == 0.0
    assert made.no_response == ("memo",)


@pytest.mark.parametrize("end", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_cell_that_ends_the_process_costs_its_own_exercise(end: str, grade: Grade) -> None:
    made = grade(one=end)
    assert points(made) == {"test-one": 0.0, "test-two": 1.0, "memo": 0.0}
    assert made.executed.cells[0].outputs[0].output_type == "error"
    (sentence,) = made.said
    assert sentence.startswith("Cell `one` ended the run (")


def test_a_test_that_ends_the_process_is_left_out_too(grade: Grade) -> None:
    made = grade(one="import os\nclass End:\n    def __eq__(self, other):\n        os._exit(0)\none = End()")
    assert points(made) == {"test-one": 0.0, "test-two": 1.0, "memo": 0.0}


def test_of_too_many_cells_that_end_the_run_those_above_still_count(classic: Classic, pool: Pool) -> None:
    notebook = submission(classic, one="one = 1", two="two = 2")
    end = [new_code_cell("import os; os._exit(0)") for _ in range(MOST_LEFT_OUT + 2)]
    notebook.cells[2:2] = end
    made = grade_classic(classic, notebook, pool)
    assert points(made) == {"test-one": 1.0, "test-two": 0.0, "memo": 0.0}
    assert any(sentence.startswith("Cell `test-two` was never run") for sentence in made.said)


def test_the_rest_counts_in_full_after_two_cells_that_end_the_run(classic: Classic, pool: Pool) -> None:
    notebook = submission(classic, one="one = 1", two="two = 2")
    notebook.cells.insert(2, new_code_cell("import os; os._exit(0)"))
    notebook.cells.insert(0, new_code_cell("import os; os._exit(1)"))
    made = grade_classic(classic, notebook, pool)
    assert points(made) == {"test-one": 1.0, "test-two": 1.0, "memo": 0.0}
    assert len(made.said) == 2
    assert all(sentence.startswith("Cell ") and "ended the run" in sentence for sentence in made.said)


@pytest.mark.parametrize(
    ("two", "score"),
    [("two = 3", 1.5), ("two = 0", 0.0), ("two = 'x'", 0.0), ("two = 4", 2.0)],
)
def test_the_value_of_a_test_is_its_partial_credit(two: str, score: float, grade: Grade) -> None:
    made = grade(two=two)
    assert points(made)["test-two"] == score
    assert made.said == ()


def test_more_credit_than_there_are_points_waits_for_the_coach(grade: Grade) -> None:
    made = grade(two="two = 200")
    assert [(row.auto_score, row.needs_manual) for row in made.scores if row.name == "test-two"] == [(None, True)]
    assert any("`test-two` shows a result that is no partial credit of 2 points" in each for each in made.said)


@pytest.mark.parametrize("two", ["two = -2", "two = float('nan')", "import fractions\ntwo = fractions.Fraction(1)"])
def test_credit_that_nbgrader_cannot_read_is_full_by_its_rule_and_said(two: str, grade: Grade) -> None:
    made = grade(two=two)
    assert points(made)["test-two"] == 2.0
    assert any("`test-two` shows a result that is no number from 0 to 2" in each for each in made.said)


def test_a_second_result_in_a_test_waits_for_the_coach(grade: Grade) -> None:
    forged = "ip = get_ipython()\nip.events.register('pre_run_cell', lambda info: ip.displayhook(2.0))\ntwo = 0"
    made = grade(two=forged)
    assert points(made)["test-two"] is None
    assert "Cell `test-two` shows 2 results where one is its partial credit: grade it by hand." in made.said


def test_an_error_costs_the_points_whatever_was_shown_before(grade: Grade) -> None:
    forged = "ip = get_ipython()\nip.events.register('pre_run_cell', lambda info: ip.displayhook(1.0))\none = 2"
    made = grade(one=forged)
    assert points(made)["test-one"] == 0.0
    assert any(each.startswith("Cell `test-one` ended with an error") for each in made.said)


@pytest.mark.parametrize("statement", ["Assert", "Raise"])
def test_a_shell_that_no_longer_fails_is_said(statement: str, grade: Grade) -> None:
    strip = (
        "import ast\n"
        "class Strip(ast.NodeTransformer):\n"
        f"    def visit_{statement}(self, node):\n"
        "        return ast.copy_location(ast.Pass(), node)\n"
        "get_ipython().ast_transformers.append(Strip())"
    )
    made = grade(one=strip)
    assert made.said[0].startswith("An assertion that must fail did not fail")


def test_a_magic_that_is_used_wrongly_is_an_error_and_no_trick(grade: Grade) -> None:
    made = grade(one="%no_such_magic")
    assert points(made)["test-one"] == 0.0
    assert made.executed.cells[0].outputs[-1].ename == "UsageError"
    assert made.said == ()


def test_an_answer_of_nothing_counts_as_it_was_written(tmp_path: Path, pool: Pool) -> None:
    empty = new_notebook(
        cells=[cell("a", 'a = ""', solution=True), cell("test-a", 'assert a == ""', points=1)],
    )
    nbformat.write(empty, tmp_path / "p1.ipynb")
    classic = open_classic(tmp_path / "p1.ipynb")
    assert points(grade_classic(classic, submission(classic, a='a = ""'), pool)) == {"test-a": 1.0}
    assert points(grade_classic(classic, submission(classic), pool)) == {"test-a": 0.0}


def test_the_learners_files_are_there_and_links_are_not(classic: Classic, pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "link.txt").symlink_to("/etc/hostname")
    notebook = submission(classic, one="import os\none = sorted(os.listdir())\none")
    made = grade_classic(classic, notebook, pool, tmp_path)
    assert made.executed.cells[0].outputs[0].data["text/plain"] == "['data.csv', 'mine.txt']"


def test_files_that_clash_with_the_courses_are_left_out_and_said(pool: Pool, tmp_path: Path) -> None:
    course, mine = tmp_path / "course", tmp_path / "mine"
    (course / "data").mkdir(parents=True)
    (course / "data" / "a.csv").write_text("a\n1\n")
    mine.mkdir()
    (mine / "data").write_text("a file, where the course has a folder")
    nbformat.write(source(), course / "p1.ipynb")
    classic = open_classic(course / "p1.ipynb")
    notebook = submission(classic, one="import os\none = os.listdir('data')\none")
    made = grade_classic(classic, notebook, pool, mine)
    assert made.executed.cells[0].outputs[0].data["text/plain"] == "['a.csv']"
    assert made.said[0].startswith("The files handed in beside the notebook clash")


def test_a_release_with_its_hidden_tests_put_back_can_be_graded_against(tmp_path: Path, pool: Pool) -> None:
    hidden = "### BEGIN HIDDEN TESTS\nassert one < 2\n### END HIDDEN TESTS"
    scaffold = cell("one", "one = ...\none", solution=True)
    release = new_notebook(cells=[scaffold, cell("test-one", f"assert one > 0\n{hidden}", points=1)])
    nbformat.write(release, tmp_path / "p1.ipynb")
    classic = open_classic(tmp_path / "p1.ipynb", cleared=True)
    assert [each.source for each in classic.released.cells] == ["one = ...\none", "assert one > 0"]
    assert points(grade_classic(classic, submission(classic, one="one = 1"), pool)) == {"test-one": 1.0}
    assert points(grade_classic(classic, submission(classic, one="one = 3"), pool)) == {"test-one": 0.0}


def test_header_and_footer_of_the_course_are_part_of_the_notebook(tmp_path: Path) -> None:
    nbformat.write(new_notebook(cells=[new_markdown_cell("Header")]), tmp_path / "header.ipynb")
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.IncludeHeaderFooter.header = 'header.ipynb'\n"
        "c.ClearSolutions.code_stub = {'python': '#'}\n"
    )
    folder = tmp_path / "source" / "ps1"
    folder.mkdir(parents=True)
    nbformat.write(source(), folder / "p1.ipynb")
    classic = open_classic(folder / "p1.ipynb", tmp_path / "nbgrader_config.py")
    assert [each.source for each in classic.released.cells[:2]] == ["Header", "#"]


def test_each_cell_has_an_id_and_a_grade_id_that_can_be_one_is_it(tmp_path: Path) -> None:
    notebook = source()
    notebook.nbformat_minor = 4
    notebook.cells.insert(0, new_markdown_cell("Title"))
    for each in notebook.cells:
        del each["id"]
    notebook.cells[1].metadata.nbgrader.grade_id = "one" * 30
    nbformat.write(notebook, tmp_path / "p1.ipynb")
    classic = open_classic(tmp_path / "p1.ipynb")
    assert [each.id for each in classic.released.cells] == [
        "classic-01", "classic-02", "test-one", "two", "test-two", "memo",
    ]  # fmt: skip
    nbformat.validate(classic.released)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema_version": 1}, r"p1\.ipynb has metadata of an older nbgrader: run `nbgrader update` on it\."),
        ({"grade_id": "two"}, r"p1\.ipynb cannot be released by nbgrader, so it cannot be graded: .*"),
    ],
)
def test_a_source_that_nbgrader_refuses_is_refused_in_a_sentence(
    change: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    notebook = source()
    notebook.cells[0].metadata.nbgrader.update(change)
    nbformat.write(notebook, tmp_path / "p1.ipynb")
    with pytest.raises(Problem, match=sentence):
        open_classic(tmp_path / "p1.ipynb")


def test_autotest_without_its_templates_or_with_a_solution_that_fails_is_refused(tmp_path: Path) -> None:
    notebook = source()
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.cells[0].source = "one = 1 / 0"
    notebook.cells[1].source = "### AUTOTEST one"
    nbformat.write(notebook, tmp_path / "p1.ipynb")
    with pytest.raises(Problem, match=r"p1\.ipynb cannot be released.*autotests\.yml"):
        open_classic(tmp_path / "p1.ipynb")
    shutil.copyfile(Path(nbgrader.__file__).parent / "tests/apps/files/autotests.yml", tmp_path / "autotests.yml")
    with pytest.raises(Problem, match=r"a cell ends with ZeroDivisionError: division by zero\."):
        open_classic(tmp_path / "p1.ipynb")


def test_a_config_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    nbformat.write(source(), tmp_path / "p1.ipynb")
    with pytest.raises(Problem, match=r"nbgrader_config\.py is not there: name the nbgrader_config\.py of the course"):
        open_classic(tmp_path / "p1.ipynb", tmp_path / "nbgrader_config.py")
