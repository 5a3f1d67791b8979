"""Figures of the prose are computed; what is typed, unknown, unused or forbidden is refused."""

from pathlib import Path

import pytest

from grader.authoring.build import read_lesson
from grader.authoring.plan import Plan, read_plan
from grader.authoring.prose import check_figures, compute_facts, fill, fill_plan

from .conftest import Course

PROSE = "How many are active?"
CELL = "w01_tiny/lesson.py, line 17, the cell that starts “## Your turn (2 min)”: "

IN_PROSE: dict[str, tuple[str, str]] = {
    "a typed figure": ("Of 1,200 rows.", "The figure 1,200 is typed. Make it a fact, or list it in [numbers]"),
    "a typed share": ("Of 75% of them.", "The figure 75% is typed."),
    "a typed sum": ("For €40 a month.", "The figure €40 is typed."),
    "a typed time": ("At 16:40 sharp.", "The figure 16:40 is typed."),
    "an unknown fact": ("Of {{row}} rows.", "{{row}} is not a fact. Add its query to [facts]."),
    "a forbidden word": ("You simply count.", "It says “simply”. Cut the word."),
    "two forbidden words": ("Of course.", "It says “Of course”. Cut the word."),
}
IN_THE_PLAN: dict[str, tuple[str, str, str]] = {
    "a typed figure in a message": (
        '"That is every row."',
        '"That is all 1200."',
        "exercise.active: The figure 1200 is typed.",
    ),
    "a typed figure in a prediction": (
        '"Paused ones still pay."',
        '"All 300 pay."',
        "predict.guess: The figure 300 is typed.",
    ),
    "a forbidden word in a hint": ('"Which tool."', '"It is easy."', "exercise.active: It says “easy”."),
    "single stars": (
        '"That is every row."',
        '"That is *every* row."',
        "exercise.active: It has *single stars*. A card shows **bold** and `code`, nothing else.",
    ),
    "a fact that nobody uses": (
        "[numbers]",
        'spare = "SELECT 1"\n\n[numbers]',
        "facts.spare: Nobody uses it. Use it or cut it.",
    ),
    "an unknown fact in a message": (
        '"That is every row."',
        '"All {{roes}}."',
        "exercise.active: {{roes}} is not a fact.",
    ),
}
ROWS = "rows = \"SELECT count(*) FROM 'rows.csv'\""
FACTS: dict[str, tuple[str, str]] = {
    "a query that fails": ("rows = \"SELECT cuont(*) FROM 'rows.csv'\"", "The query fails: Catalog Error"),
    "a file that is not there": ("rows = \"SELECT count(*) FROM 'none.csv'\"", "The query fails: IO Error"),
    "no value": ("rows = \"SELECT id FROM 'rows.csv' WHERE id < 0\"", "No figure: the query gives no value."),
    "an empty value": ('rows = "SELECT NULL"', "No figure: the query gives no value."),
    "several rows": ("rows = \"SELECT id FROM 'rows.csv'\"", "No figure: the query gives more than one value."),
    "several columns": ('rows = "SELECT 1, 2"', "No figure: the query gives more than one value."),
    "decimals without a form": ('rows = "SELECT 0.5::DOUBLE"', "No figure: a number with decimals needs `written`"),
    "exact decimals without a form": ('rows = "SELECT 0.5"', "No figure: a number with decimals needs `written`"),
    "a form for something else": (
        'rows = { sql = "SELECT \'x\'", written = "{:.0%}" }',
        "No figure: `written` = '{:.0%}' does not fit the value 'x'.",
    ),
    "a form with a name": (
        'rows = { sql = "SELECT 1", written = "{rows}" }',
        "No figure: `written` = '{rows}' does not fit the value 1.",
    ),
}


@pytest.mark.parametrize("mistake", IN_PROSE)
def test_a_mistake_in_prose_is_told_with_its_line_and_its_mend(course: Course, mistake: str):
    text, says = IN_PROSE[mistake]
    course.change("lesson.py", PROSE, text)
    (told,) = course.refused()
    assert told.startswith(CELL + says)


@pytest.mark.parametrize("mistake", IN_THE_PLAN)
def test_a_mistake_in_what_the_plan_says_to_people_is_told_with_its_place(course: Course, mistake: str):
    old, new, says = IN_THE_PLAN[mistake]
    course.change("lesson.toml", old, new)
    (told,) = course.refused()
    assert told.startswith(f"w01_tiny/lesson.toml, {says}")


@pytest.mark.parametrize("mistake", FACTS)
def test_a_fact_that_cannot_be_computed_is_told_by_name(course: Course, mistake: str):
    fact, says = FACTS[mistake]
    course.change("lesson.toml", ROWS, fact)
    (told,) = course.refused()
    assert told.startswith(f"w01_tiny/lesson.toml, facts.rows: {says}")
    assert told.endswith("Mend the fact.")


@pytest.mark.parametrize(
    "text",
    [
        "Count to 7.",
        "See week 9, W13 and weeks 3.",
        "Look at `2026`.",
        "```\n# 2026\n# ```",
        "1. A list of one.",
        "A [link](page-2026.html).",
        "Of {{rows}}.",
        "Justice is done.",
        "A*b and c*d.",
    ],
)
def test_what_is_no_typed_figure_and_no_forbidden_word_passes(course: Course, text: str):
    course.change("lesson.py", PROSE, text)
    plan, cells = read_lesson(course.folder)
    assert check_figures(cells, plan, "w01_tiny") == []


def facts_of(tmp_path: Path, **facts: object) -> dict[str, str]:
    minutes = dict.fromkeys(
        ("recall", "situation", "example", "predict", "exercises", "vote", "memo", "company", "spare"), 0
    )
    plan = Plan.model_validate({"title": "t", "skill": "s", "minutes": minutes, "facts": facts})
    return compute_facts(plan, tmp_path)


def test_facts_are_written_as_people_write_them(tmp_path: Path):
    facts = facts_of(
        tmp_path,
        many="SELECT 1234567",
        text="SELECT 'Coast'",
        day="SELECT DATE '2026-03-01'",
        share={"sql": "SELECT 0.752", "written": "{:.0%}"},
        money={"sql": "SELECT 1234.5", "written": "€{:,.2f}"},
    )
    assert facts == {
        "many": "1,234,567",
        "text": "Coast",
        "day": "2026-03-01",
        "share": "75%",
        "money": "€1,234.50",
    }


def test_facts_are_filled_into_prose_and_messages_and_not_into_code(course: Course):
    course.change("lesson.toml", '"Where to look."', '"Among {{ rows }}."')
    plan = fill_plan(read_plan(course.folder / "lesson.toml"), {"rows": "1,200", "share": "75%"})
    assert plan.exercise["active"].right == "All who are active, of 1,200."
    assert plan.exercise["active"].hints[0] == "Among 1,200."
    assert plan.facts == read_plan(course.folder / "lesson.toml").facts
    assert fill("{{rows}} {{unknown}}", {"rows": "1"}) == "1 {{unknown}}"
