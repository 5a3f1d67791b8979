"""On classic notebooks that nobody mangled, the engine and stock `nbgrader autograde` agree on every grade row.

The one difference that is meant: stderr costs nothing where no error was raised. `pytest -rP` shows the counts.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from grader.coach.classic import Classic, ClassicGrade, grade_classic, not_handed_in, open_classic
from grader.coach.course import run_nbgrader
from grader.coach.score import CellScore
from grader.sandbox.run import Pool

FILES = Path(nbgrader.__file__).parent / "tests" / "apps" / "files"
Write = Callable[[NotebookNode], None]

pytestmark = pytest.mark.linux


def labelled(name: str, source: str, **label: object) -> NotebookNode:
    """A cell with nbgrader's metadata; markdown where it is a text to grade or a task."""
    text = label.get("task") or name.startswith("memo")
    cell = new_markdown_cell(source) if text else new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "grade": "points" in label and not label.get("task"),
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **label,
    }
    return cell


def ledger() -> NotebookNode:
    """A classic assignment with every kind of graded cell."""
    cells = [
        new_code_cell("import sys\nimport warnings"),
        labelled("intro", "rows = [3, 4, 8]", locked=True),
        labelled("total", "def total(numbers):\n    return sum(numbers)", solution=True),
        labelled("total-visible", "assert total([1, 2]) == 3", points=1),
        labelled(
            "total-hidden",
            "assert total([]) == 0\n### BEGIN HIDDEN TESTS\nassert total([-1, 1, 5]) == 5\n### END HIDDEN TESTS",
            points=2,
        ),
        labelled(
            "mean",
            'def mean(numbers):\n    """The mean."""\n    ### BEGIN SOLUTION\n'
            "    return sum(numbers) / len(numbers)\n    ### END SOLUTION",
            solution=True,
        ),
        new_code_cell("mean(rows)"),
        labelled(
            "mean-credit",
            "right = [mean([1]) == 1, mean([1, 2]) == 1.5, mean([2, 2, 8]) == 4, mean([-1, 1]) == 0]\nsum(right) / 2",
            points=2,
        ),
        labelled("mean-says", 'mean(rows)\n"the mean of " + str(len(rows))', points=1),
        labelled("mean-below", "1 - 3 * (mean([1, 3]) != 2)", points=1),
        labelled("mean-prints", "print(round(mean(rows), 3))", points=0.5),
        labelled("name", 'name = ""', solution=True),
        labelled("name-test", 'assert name == ""', points=1),
        labelled("pair", "### BEGIN SOLUTION\na, b = 5, [1, 'x']\n### END SOLUTION", solution=True),
        labelled("pair-auto", "### AUTOTEST a; b\n### HASHED AUTOTEST a", points=2),
        labelled("case", "mean([total(rows)])", solution=True, points=3),
        labelled("memo-case", "The mean hides the 8.", solution=True, points=2),
        labelled(
            "task",
            "Draw it.\n\n=== BEGIN MARK SCHEME ===\n1 point: axes\n=== END MARK SCHEME ===",
            task=True,
            locked=True,
            points=4,
        ),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


RIGHT = {
    "total": "def total(numbers):\n    return sum(numbers)",
    "mean": "def mean(numbers):\n    return sum(numbers) / len(numbers)",
    "name": 'name = ""',
    "pair": "a, b = 5, [1, 'x']",
    "case": "mean([1, 2])",
    "memo-case": "One large row moves it.",
}
BIGGEST = "def total(numbers):\n    return max(numbers, default=0) + len(numbers) - 1"
FIRST = "def mean(numbers):\n    return numbers[0]"
SUBMISSIONS = {
    "right": RIGHT,
    "untouched": {},
    "half": {**RIGHT, "total": BIGGEST, "mean": FIRST, "pair": "a, b = 5, ['x', 1]", "case": ""},
    "wrong": {**RIGHT, "mean": "def mean(numbers):\n    return 'no'", "pair": "a, b = 5.0, 'x'", "name": "name = 1"},
    "errors": {**RIGHT, "total": "total = [", "mean": "def mean(numbers):\n    raise ValueError('no idea')"},
    "empty": {name: number % 2 * "# I do not know" for number, name in enumerate(RIGHT)},
    "exits": {**RIGHT, "name": "raise SystemExit('done')", "case": "%no_such_magic", "memo-case": "YOUR ANSWER HERE "},
    "magic": {**RIGHT, "total": "%%time\ndef total(numbers):\n    return sum(numbers)", "pair": "a = 5\n?a"},
    "stderr": {
        **RIGHT,
        "total": "def total(numbers):\n    warnings.warn('slow')\n    return sum(numbers)",
        "mean": "def mean(numbers):\n    print(numbers, file=sys.stderr)\n    return numbers[0]",
    },
}


@dataclass(frozen=True)
class Compared:
    """One grade row: what stock nbgrader and the engine say, and whether the engine says that stderr is the reason."""

    learner: str
    stock: CellScore
    ours: CellScore
    stderr: bool


@dataclass(frozen=True)
class Parity:
    """The course after both have graded it."""

    course: Path
    classic: Classic
    rows: list[Compared]
    grades: dict[str, ClassicGrade]

    def different(self) -> list[Compared]:
        return [row for row in self.rows if row.stock != row.ours]


def filled_in(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    if answers:
        notebook.cells.insert(6, new_code_cell("rows[0]"))
    return notebook


def stock_rows(course: Path, learner: str, notebook: str) -> list[CellScore]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        grades = book.find_submission_notebook(notebook, "ps1", learner).grades
        rows = [CellScore(each.name, each.max_score, each.auto_score, each.needs_manual_grade) for each in grades]
    return sorted(rows, key=lambda row: row.name)


def compare(course: Path, learner: str, notebook: str, ours: list[CellScore], said: tuple[str, ...]) -> list[Compared]:
    stock = stock_rows(course, learner, notebook)
    ours = sorted(ours, key=lambda row: row.name)
    assert [row.name for row in stock] == [row.name for row in ours]
    return [
        Compared(learner, one, other, any(f"`{one.name}` wrote to stderr" in sentence for sentence in said))
        for one, other in zip(stock, ours, strict=True)
    ]


@pytest.fixture(scope="module")
def parity(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Parity:
    """Two notebooks: the ledger, which everybody hands in, and nbgrader's own test.ipynb, which only `right` does."""
    course = tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    shutil.copyfile(FILES / "autotests.yml", course / "autotests.yml")
    source = course / "source" / "ps1"
    source.mkdir(parents=True)
    nbformat.write(ledger(), source / "ledger.ipynb")
    shutil.copyfile(FILES / "test.ipynb", source / "squares.ipynb")
    done = run_nbgrader(course, "generate_assignment", "ps1")
    assert done.returncode == 0, done.stderr
    released = nbformat.read(course / "release" / "ps1" / "ledger.ipynb", as_version=4)
    handed_in = {learner: filled_in(released, answers) for learner, answers in SUBMISSIONS.items()}
    for learner, notebook in handed_in.items():
        folder = course / "submitted" / learner / "ps1"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "ledger.ipynb")
    shutil.copyfile(source / "squares.ipynb", course / "submitted" / "right" / "ps1" / "squares.ipynb")
    done = run_nbgrader(course, "autograde", "ps1")
    assert done.returncode == 0, done.stderr

    classic, squares = (
        open_classic(source / f"{name}.ipynb", course / "nbgrader_config.py") for name in ("ledger", "squares")
    )
    rows, grades = [], {}
    for learner, notebook in handed_in.items():
        grades[learner] = grade_classic(classic, notebook, pool)
        rows += compare(course, learner, "ledger", grades[learner].scores, grades[learner].said)
        if learner != "right":
            rows += compare(course, learner, "squares", not_handed_in(squares), ())
    both = grade_classic(squares, nbformat.read(source / "squares.ipynb", as_version=4), pool)
    rows += compare(course, "right", "squares", both.scores, both.said)
    return Parity(course, classic, rows, grades)


def test_every_grade_row_is_the_one_of_stock_nbgrader_except_for_stderr(
    parity: Parity, record_property: Callable[[str, object], None]
) -> None:
    meant = [row for row in parity.different() if row.stderr]
    counts = {
        "submissions": len(parity.grades),
        "rows compared": len(parity.rows),
        "rows different": len(parity.different()) - len(meant),
        "rows different by stderr alone": len(meant),
    }
    print(", ".join(f"{name}: {count}" for name, count in counts.items()))
    for name, count in counts.items():
        record_property(name, count)
    assert [row for row in parity.different() if row not in meant] == []
    assert len(parity.rows) >= 60
    assert len(parity.grades) >= 8


def test_the_submissions_are_not_all_alike(parity: Parity) -> None:
    """Parity of rows that are all full or all nothing would say little."""
    scores = {(row.stock.name, row.stock.auto_score) for row in parity.rows}
    assert {score for name, score in scores if name == "mean-credit"} >= {0.0, 0.5, 2.0}
    for name in ("total-hidden", "pair-auto", "name-test", "mean-says"):
        assert len({score for each, score in scores if each == name}) > 1, name
    for name in ("case", "memo-case"):
        assert {score for each, score in scores if each == name} == {None, 0.0}
    assert {score for name, score in scores if name == "task"} == {None}


def test_stderr_without_an_error_costs_nothing_and_is_said(parity: Parity) -> None:
    meant = {(row.learner, row.stock.name): (row.stock.auto_score, row.ours.auto_score) for row in parity.different()}
    assert meant[("stderr", "total-visible")] == (0.0, 1.0)
    assert meant[("stderr", "mean-credit")] == (0.0, 0.5)
    assert any(
        sentence.startswith("Cell `mean-credit` wrote to stderr, without an error: that costs nothing. 0.5 of 2 (")
        for sentence in parity.grades["stderr"].said
    )


def test_of_an_unmangled_notebook_nothing_is_mended(parity: Parity) -> None:
    assert {learner: grade.mended for learner, grade in parity.grades.items() if grade.mended} == {}


def test_the_notebook_that_is_released_is_stock_nbgraders(parity: Parity) -> None:
    stock = nbformat.read(parity.course / "release" / "ps1" / "ledger.ipynb", as_version=4)
    assert [cell.source for cell in parity.classic.released.cells] == [cell.source for cell in stock.cells]


def test_what_is_recorded_as_run_is_what_stock_nbgrader_ran(parity: Parity) -> None:
    for learner, grade in parity.grades.items():
        stock = nbformat.read(parity.course / "autograded" / learner / "ps1" / "ledger.ipynb", as_version=4)
        assert [cell.source for cell in grade.executed.cells] == [cell.source for cell in stock.cells], learner


def test_no_response_is_said_where_stock_nbgrader_says_it(parity: Parity) -> None:
    with Gradebook(f"sqlite:///{parity.course / 'gradebook.db'}") as book:
        for learner, grade in parity.grades.items():
            comments = book.find_submission_notebook("ledger", "ps1", learner).comments
            assert {each.name for each in comments if each.auto_comment} == set(grade.no_response), learner
