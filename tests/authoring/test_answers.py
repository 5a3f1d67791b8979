"""Every answer is computed by running its code; one that does not do what its author says stops the build."""

from functools import partial

import pytest

from grader.authoring import answers
from grader.authoring.build import Built
from grader.learner.answers import Answer
from grader.sandbox.run import Job

from .conftest import Course

SOLUTION = """active = duckdb.sql("SELECT count(*) FROM 'rows.csv' WHERE status = 'active'")\n### END"""
ALT = "active = int((duckdb.sql(\\\"FROM 'rows.csv'\\\").df()['status'] == 'active').sum())"
WRONG_1 = "active = duckdb.sql(\\\"SELECT count(*) FROM 'rows.csv'\\\")"
WRONG_2 = "active = duckdb.sql(\\\"SELECT count(*) FROM 'rows.csv' WHERE status = 'Active'\\\")"
RIGHT = "active = duckdb.sql(\\\"SELECT count(*) FROM 'rows.csv' WHERE status <> 'paused'\\\")"

# file, what stands there, the mistake, what is said
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "a wrong answer that scores": (
        "lesson.toml",
        WRONG_1,
        RIGHT,
        "exercise.active, wrong 1: This wrong answer scores. Choose one that differs on this data.",
    ),
    "a wrong answer that fails": (
        "lesson.toml",
        WRONG_1,
        "active = 1 / 0",
        "exercise.active, wrong 1: Its code fails in answer: ZeroDivisionError: division by zero. Mend its code.",
    ),
    "a wrong answer without an answer": (
        "lesson.toml",
        WRONG_1,
        "active = ...",
        "exercise.active, wrong 1: Its code gives no answer: blank, the dots. Mend its code.",
    ),
    "two wrong answers with one result": (
        "lesson.toml",
        WRONG_2,
        WRONG_1.replace("count(*)", "count(id)"),
        "exercise.active, wrong 2: Wrong 1 gives the same result, so its own message is never shown. Drop it, or say",
    ),
    "an alt that does not score": (
        "lesson.toml",
        ALT,
        "active = 7 + len(duckdb.sql(\\\"FROM 'rows.csv'\\\"))",
        "exercise.active, alt 1: It is not accepted: WRONG.",
    ),
    "an alt that is typed in": (
        "lesson.toml",
        ALT,
        "active = 900",
        "exercise.active, alt 1: It is not accepted: CLOSE.",
    ),
    "a solution that fails": (
        "lesson.py",
        SOLUTION,
        "active = unknown\n### END",
        "exercise.active, the solution: Its code fails in answer: NameError: name 'unknown' is not defined. Mend",
    ),
    "a cell before it that fails": (
        "lesson.py",
        "import duckdb\n",
        "import duckdb\nimport duckbd\n",
        "exercise.active, the solution: Its code fails in before-1: ModuleNotFoundError: No module named 'duckbd'.",
    ),
    "a solution that is left blank": (
        "lesson.py",
        SOLUTION,
        "active = ...\n### END",
        "exercise.active, the solution: Its code gives no answer: blank",
    ),
    "a letter that is no option": (
        "lesson.py",
        'reply = "b"',
        'reply = "d"',
        "exercise.reply, the solution: Its letter 'd' is not among the options. Mend the letter, or `options`.",
    ),
    "a letter with a message that calls it wrong": (
        "lesson.py",
        'reply = "b"',
        'reply = "c"',
        "exercise.reply, the solution: `says` has a message for 'c', which is the right one. Mend the letter",
    ),
    "a prediction whose truth fails": (
        "lesson.toml",
        "status = 'paused'\\\")\"\nwithin",
        "stauts = 'paused'\\\")\"\nwithin",
        'predict.guess: Its code fails in answer: BinderException: Binder Error: Referenced column "stauts" not found',
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_answer_that_does_not_do_what_its_author_says_is_told_by_name(course: Course, mistake: str):
    file, old, new, says = MISTAKES[mistake]
    course.change(file, old, new)
    told = course.refused()
    assert any(text.startswith(f"w01_tiny/lesson.toml, {says}") for text in told), told


def test_an_answer_of_an_endless_loop_is_stopped_and_told(course: Course, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answers, "Job", partial(Job, seconds=3))
    course.change("lesson.toml", WRONG_2, "while True: pass")
    (told,) = course.refused()
    assert told == (
        "w01_tiny/lesson.toml, exercise.active, wrong 2: Its code did not end: still running after 3 seconds. "
        "Mend its code."
    )


def values(found: dict[str, Answer]) -> dict[str, object]:
    return {name: answer["value"] for name, answer in found.items()}


def test_the_key_holds_what_the_code_gave(built: Built):
    exercises = built.key.exercises
    assert values({name: each.answer for name, each in exercises.items()}) == {"active": 900, "reply": "b"}
    assert [(wrong.answer["value"], wrong.says) for wrong in exercises["active"].wrong] == [
        (1200, "That is every row."),
        (0, "A capital letter makes another word."),
    ]
    assert [(wrong.answer["value"], wrong.says) for wrong in exercises["reply"].wrong] == [
        ("a", "The first is early."),
        ("c", "The third is late."),
    ]
    assert built.key.predictions["guess"].truth == 300
