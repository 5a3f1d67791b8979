"""The mechanical part of “Done means”, over every lesson that exists, on three companies."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.authoring.answers import leaves_nothing
from grader.authoring.build import SOLUTIONS, Built
from grader.authoring.plan import SAME_ON_ANY_DATA
from grader.authoring.source import SourceCell, read_cells
from grader.learner.card import plain
from grader.learner.reading import Reading
from grader.learner.verdict import judge
from grader.sandbox.run import Cell, CellRun, Job, Pool

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ROOT / "lessons"
LEFT_OUT = ("check-", "predict-", "recall-")


def code_cells(notebook: Path) -> list[Cell]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [Cell(cell.id, cell.source) for cell in cells if cell.cell_type == "code"]


def source_cells(lesson: Built) -> list[SourceCell]:
    return read_cells(SOLUTIONS / lesson.release.name / "lesson.py")


def run(pool: Pool, lesson: Built, cells: Sequence[Cell]) -> list[CellRun]:
    done = pool.run(Job(cells, lesson.release))
    assert not done.died
    return done.cells


def tried(lesson: Built, pool: Pool, codes: Mapping[str, str]) -> dict[str, CellRun]:
    """Runs the lesson with each exercise's code of `codes` where its dots are; the cells by id.

    Below its check an answer is solved, with what has run since: the other exercises lean on that, and need no run of
    their own.
    """
    answers = {cell.name: cell for cell in source_cells(lesson) if cell.role == "answer"}
    used: list[Cell] = []
    since: list[Cell] = []
    for cell in code_cells(lesson.release / f"{lesson.name}.ipynb"):
        exercise = cell.id.removeprefix("check-")
        if cell.id in answers:
            solved = answers[cell.id].with_solution(answers[cell.id].solution)
            code = codes.get(cell.id)
            used.append(Cell(cell.id, solved if code is None else answers[cell.id].with_solution(code)))
            since = [Cell(cell.id, solved)]
        elif exercise != cell.id and exercise in codes:
            used += [cell, *(Cell(f"{each.id} for {exercise}, solved", each.source) for each in since)]
        elif not (cell.id.startswith(LEFT_OUT) or leaves_nothing(cell.source)):
            used.append(cell)
            since.append(cell)
    return {cell.id: cell for cell in run(pool, lesson, used)}


def in_rounds(codes: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """The first code of every exercise, then the second of those that have two, and so on."""
    for number in range(max(map(len, codes.values()))):
        yield {name: each[number] for name, each in codes.items() if number < len(each)}


def points_and_card(cell: CellRun) -> tuple[float, str]:
    (result,) = [output for output in cell.outputs if output["output_type"] == "execute_result"]
    text = re.sub(r"<style>.*?</style>", "", result["data"]["text/html"], flags=re.S)
    return float(result["data"]["text/plain"]), html.unescape(re.sub(r"<[^>]+>", "", text))


def errors(cells: Sequence[CellRun]) -> list[dict[str, Any]]:
    return [output for cell in cells for output in cell.outputs if output["output_type"] == "error"]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_solved_notebook_gets_every_point_without_an_error(lesson: Built, pool: Pool) -> None:
    done = run(pool, lesson, code_cells(lesson.solved))
    assert not errors(done)
    points = {cell.id[6:]: points_and_card(cell)[0] for cell in done if cell.id.startswith("check-")}
    assert points == {name: exercise.points for name, exercise in lesson.plan.exercise.items()}


def test_the_untouched_notebook_is_not_yet_everywhere_without_an_error(lesson: Built, pool: Pool) -> None:
    done = run(pool, lesson, code_cells(lesson.release / f"{lesson.name}.ipynb"))
    assert not errors(done)
    for cell in done:
        if cell.id.startswith("check-"):
            points, card = points_and_card(cell)
            assert points == 0
            assert "Not tried yet" in card, card


def test_every_named_wrong_answer_has_its_own_message_and_no_points(lesson: Built) -> None:
    """The build ran each of them on this company, and every other right solution, which it refuses unless it is RIGHT."""
    for exercise in lesson.key.exercises.values():
        assert len(exercise.wrong) >= 2, exercise.name
        for number, wrong in enumerate(exercise.wrong):
            verdict = judge(exercise, Reading("answer", wrong.answer))
            assert (verdict.points, verdict.named, verdict.saw) == (0, number, wrong.says), exercise.name


def test_the_card_of_every_named_wrong_answer_says_its_message(course_lesson: Built, pool: Pool) -> None:
    said = {}
    for name, exercise in course_lesson.plan.exercise.items():
        said[name] = {wrong.code: wrong.says for wrong in exercise.wrong}
        said[name] |= {f'{exercise.variable} = "{letter}"': says for letter, says in exercise.says.items()}
    for codes in in_rounds({name: list(each) for name, each in said.items()}):
        done = tried(course_lesson, pool, codes)
        for name, code in codes.items():
            points, card = points_and_card(done[f"check-{name}"])
            assert points == 0, (name, code)
            assert squeezed(plain(said[name][code])) in squeezed(card), (name, code, card)


def test_the_card_of_every_other_right_solution_is_right(course_lesson: Built, pool: Pool) -> None:
    for codes in in_rounds({name: exercise.alt for name, exercise in course_lesson.plan.exercise.items()}):
        done = tried(course_lesson, pool, codes)
        for name, code in codes.items():
            points, card = points_and_card(done[f"check-{name}"])
            assert points == course_lesson.plan.exercise[name].points, (name, code, card)


BEGINNERS_MISTAKES = {
    "a quote left open": "{variable} = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet')",
    "a bracket left open": '{variable} = duckdb.sql("SELECT 1"',
    "a word without quotes": "{variable} = north",
    "a query without its shell": "SELECT count(*) FROM customers",
    "a file that is not here": "{variable} = duckdb.sql(\"SELECT * FROM 'custmers.parquet'\")\n{variable}.df()",
}


@pytest.mark.parametrize("mistake", BEGINNERS_MISTAKES)
def test_a_beginners_mistake_in_any_answer_cell_gets_a_card_instead_of_a_wall(
    mistake: str, course_lesson: Built, pool: Pool
) -> None:
    exercises = course_lesson.plan.exercise.items()
    codes = {name: BEGINNERS_MISTAKES[mistake].format(variable=exercise.variable) for name, exercise in exercises}
    done = tried(course_lesson, pool, codes)
    for name in codes:
        cards = [output for output in done[name].outputs if "hoh-card" in str(output.get("data", ""))]
        assert len(cards) == 1, (name, done[name].outputs)
        assert all(len(error["traceback"]) <= 3 for error in errors([done[name]]))
        assert points_and_card(done[f"check-{name}"])[0] == 0


def test_points_shown_are_points_in_the_notebooks_metadata(course_lesson: Built) -> None:
    notebook = nbformat.read(course_lesson.release / f"{course_lesson.name}.ipynb", as_version=4)
    graded = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    expected = {f"check-{name}": exercise.points for name, exercise in course_lesson.plan.exercise.items()}
    expected |= {f"memo-{name}": memo.points for name, memo in course_lesson.plan.memo.items()}
    assert graded == expected
    assert sum(graded.values()) == course_lesson.plan.points


def test_what_looks_the_same_on_any_data_gives_a_fifth_of_the_points_at_most(course_lesson: Built) -> None:
    plan = course_lesson.plan
    alike = sum(exercise.points for exercise in plan.exercise.values() if exercise.kind in SAME_ON_ANY_DATA)
    assert alike <= plan.points / 5


def test_the_hour_has_sixty_minutes_and_its_parts(course_lesson: Built) -> None:
    minutes = course_lesson.plan.minutes
    assert 50 <= minutes.total <= 60
    assert minutes.spare >= 5


def test_the_committed_files_are_what_the_source_makes(course_lesson: Built) -> None:
    made = {path.name: path.read_bytes() for path in course_lesson.release.iterdir()}
    there = {path.name: path.read_bytes() for path in (LESSONS / course_lesson.release.name).iterdir()}
    assert sorted(there) == sorted(made)
    assert [name for name in made if made[name] != there[name]] == []
    solved = SOLUTIONS / course_lesson.release.name / course_lesson.solved.name
    assert solved.read_bytes() == course_lesson.solved.read_bytes()


def test_no_solution_wrong_answer_or_mark_scheme_stands_in_what_learners_are_given(course_lesson: Built) -> None:
    """Files as text: the key is sealed, so its content does not show."""
    given = {
        path.name: squeezed(path.read_text(encoding="utf-8"))
        for path in (LESSONS / course_lesson.release.name).iterdir()
        if path.suffix in (".ipynb", ".json")
    }
    plan = course_lesson.plan
    secret = [cell.solution for cell in source_cells(course_lesson) if cell.role == "answer"]
    secret += [code for exercise in plan.exercise.values() for code in exercise.alt]
    secret += [wrong.code for exercise in plan.exercise.values() for wrong in exercise.wrong]
    secret += [wrong.says for exercise in plan.exercise.values() for wrong in exercise.wrong]
    secret += [exercise.right for exercise in plan.exercise.values()]
    secret += [example.text for memo in plan.memo.values() for example in memo.examples]
    secret += [
        anchor for memo in plan.memo.values() for each in memo.criteria for anchor in each.anchors if len(anchor) > 20
    ]
    secret += ["BEGIN SOLUTION", "END SOLUTION", "BEGIN MARK SCHEME", "BEGIN HIDDEN"]
    for name, text in given.items():
        as_source = text.replace('\\"', '"')
        for piece in secret:
            assert squeezed(piece) not in as_source, (name, piece)
