"""Mistakes in lesson.toml that show without running anything: each is told with its place and its mend."""

from typing import Any

import pytest

from grader.authoring.plan import MemoPlan, Plan, check_plan, read_plan

from .conftest import Course

RECALL = '[recall.old]\noptions = ["a", "b"]\nanswer = "a"\nsays = { a = "x", b = "y" }\n\n[exercise.active]'
TABLE = "w01_tiny/lesson.toml, "

# the mistake: what stands in its place, what is said
MISTAKES: dict[str, tuple[str, str, list[str]]] = {
    "text that is not TOML": (
        'title = "A tiny lesson"',
        'title = "A tiny lesson',
        ["the file: is not TOML", "line 1", "Mend that line."],
    ),
    "an unknown field": (
        "fresh = true\n",
        "fresh = true\nfreshly = true\n",
        ["exercise.active.freshly: There is no such field.", "Check its spelling"],
    ),
    "a missing field": ('skill = "count rows"\n', "", ["skill: It is missing. Add it."]),
    "a word for a number": (
        "within = 10",
        'within = "ten"',
        ["predict.guess.within: It is 'ten', not a number. Write a number."],
    ),
    "half a minute": ("spare = 9", "spare = 9.5", ["minutes.spare: It is '9.5', not a whole number."]),
    "minutes below nothing": ("spare = 9", "spare = -1", ["minutes.spare: It is '-1'. It must be 0 or more."]),
    "no points": ("points = 4", "points = 0", ["exercise.active.points: It is '0'. It must be more than 0."]),
    "an unknown kind": (
        'kind = "value"',
        'kind = "number"',
        ["exercise.active.kind: 'number' is not one of 'value', 'table'", "Choose one of them."],
    ),
    "a text for a list": ('options = ["a", "b", "c"]', 'options = "abc"', ["exercise.reply.options", "a list in [ ]"]),
    "a number for a query": (
        "rows = \"SELECT count(*) FROM 'rows.csv'\"",
        "rows = 1200",
        ["facts.rows: It is '1200', not a text in quotes."],
    ),
    "a memo without its rubric": (
        "[exercise.active]",
        '[memo.m]\nto = "Ines"\nwords = [60, 150]\ncriteria = []\nexamples = []\n\n[exercise.active]',
        ["memo.m.criteria: It has 0 entries and needs at least 4. Complete it."],
    ),
    "more than an hour": ("spare = 9", "spare = 58", ["minutes: The sections add up to 61", "shorten one"]),
    "points that do not add up": (
        "points = 5",
        "points = 6",
        ["points: The lesson says 6 points; its exercises and memo add up to 5.", "Make the two equal."],
    ),
    "no wrong answer": (
        "[exercise.reply]",
        '[exercise.other]\nkind = "value"\nvariable = "o"\nfresh = true\npoints = 1\nright = "x"\n'
        'hints = ["1", "2", "3"]\nalt = ["o = 1"]\n\n[exercise.reply]',
        ["exercise.other: 0 named wrong answers.", "Name two or more"],
    ),
    "no other right solution": (
        "alt = [\"active = int((duckdb.sql(\\\"FROM 'rows.csv'\\\").df()['status'] == 'active').sum())\"]",
        "",
        ["exercise.active: No other right solution.", "Add one to `alt`"],
    ),
    "an answer that is not judged on fresh data": (
        "fresh = true\n",
        "",
        ["exercise.active: A computed answer that is not judged on fresh data.", "Set fresh = true."],
    ),
    "a function that nobody calls": (
        'kind = "value"',
        'kind = "function"',
        ["exercise.active: Nothing to call it with.", "Add `cases`"],
    ),
    "two hints": ('["One.", "Two.", "Three."]', '["One.", "Two."]', ["exercise.reply: 2 hints.", "Write three"]),
    "a message that is too long": (
        '"That is every row."',
        f'"{"word " * 41}"',
        ["exercise.active: A message of 41 words", "At most 40 words."],
    ),
    "a choice without options": ('options = ["a", "b", "c"]', "", ["exercise.reply: A choice without options."]),
    "an option without its why": (
        'says = { a = "The first is early.", c = "The third is late." }',
        'says = { a = "The first is early." }',
        ["exercise.reply: Every option but the right one needs its why.", "one line a letter"],
    ),
    "a why for a letter that is no option": (
        'c = "The third is late." }',
        'c = "The third is late.", d = "There is none." }',
        ["exercise.reply: Every option but the right one needs its why."],
    ),
    "an order without letters": ('kind = "value"', 'kind = "order"', ["exercise.active: An order without letters."]),
    "a recall whose answer is no option": (
        "[exercise.active]",
        RECALL.replace('answer = "a"', 'answer = "c"'),
        ["recall.old: The answer 'c' is not among the options.", "Name one of them."],
    ),
    "a recall without every why": (
        "[exercise.active]",
        RECALL.replace(', b = "y"', ""),
        ["recall.old: Not every option has its why.", "Add one line to `says`"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_plan_is_told_with_its_place_and_its_mend(course: Course, mistake: str):
    old, new, says = MISTAKES[mistake]
    course.change("lesson.toml", old, new)
    told = [text for text in course.refused() if says[0] in text]
    assert len(told) == 1, course.refused()
    assert told[0].startswith(TABLE)
    assert [piece for piece in says if piece not in told[0]] == []
    assert "pydantic" not in told[0]
    assert "Input" not in told[0]


def test_a_choice_that_gives_more_than_a_fifth_is_refused(course: Course):
    course.change("lesson.toml", "points = 1\n", "points = 2\n")
    course.change("lesson.toml", "points = 5", "points = 6")
    assert course.refused() == [
        f"{TABLE}points: Choices and orders give 2 of 6 points, more than a fifth. "
        "Give them fewer, or the computed answers more."
    ]


def test_a_missing_plan_is_said(course: Course):
    (course.folder / "lesson.toml").unlink()
    assert course.refused() == [f"{TABLE}the file: is not there. Every lesson folder needs one."]


def test_a_plan_that_is_not_utf_8_is_said(course: Course):
    (course.folder / "lesson.toml").write_bytes("title = 'Zürich'".encode("latin-1"))
    assert course.refused() == [f"{TABLE}the file: is not UTF-8 text. Save it as UTF-8."]


def test_all_mistakes_are_told_in_one_go(course: Course):
    course.change("lesson.toml", "points = 5", "points = 6")
    course.change("lesson.toml", '["One.", "Two.", "Three."]', "[]")
    course.change("lesson.py", "How many are active?", "How many of the 300 are active?")
    assert [text.partition(": ")[0] for text in course.refused()] == [
        f"{TABLE}points",
        f"{TABLE}exercise.reply",
        "w01_tiny/lesson.py, line 17, the cell that starts “## Your turn (2 min)”",
    ]


def test_parts_of_points_add_up_as_people_add_them(course: Course):
    course.change("lesson.toml", "points = 4", "points = 0.3")
    course.change("lesson.toml", "points = 1\n", "points = 0.05\n")
    course.change("lesson.toml", "points = 5", "points = 0.35")
    assert check_plan(read_plan(course.folder / "lesson.toml"), "x") == []


def memo(scores: list[int], text: str) -> dict[str, Any]:
    criterion = {"asks": "What?", "anchors": ["no", "half", "yes"]}
    poor = {"scores": [0, 0, 0, 0], "text": "No."}
    return {
        "to": "Ines",
        "words": (3, 5),
        "criteria": [criterion] * 4,
        "examples": [poor, poor, {"scores": scores, "text": text}],
    }


@pytest.mark.parametrize(
    ("scores", "text", "says"),
    [
        ([2, 2, 2, 2], "three good words", []),
        ([2, 2, 2, 3], "three good words", ["a score that is not 0, 1 or 2"]),
        ([2, 2, 2, 2], "two words", ["not within the words asked for"]),
        ([2, 2, 2, 2], "six words are one too many", ["not within the words asked for"]),
        ([2, 2, 2, 1], "two words", []),
    ],
)
def test_a_memos_examples_have_possible_scores_and_the_best_one_is_as_long_as_asked(
    course: Course, scores: list[int], text: str, says: list[str]
):
    plan = read_plan(course.folder / "lesson.toml")
    plan = plan.model_copy(
        update={"memo": {"m": MemoPlan.model_validate(memo(scores, text))}, "points": plan.points + 8}
    )
    told = [str(finding) for finding in check_plan(plan, "w01_tiny/lesson.toml")]
    assert len(told) == len(says)
    assert all("memo.m" in one and piece in one for one, piece in zip(told, says, strict=True))


def test_a_fact_in_short_form_is_its_query(course: Course):
    plan: Plan = read_plan(course.folder / "lesson.toml")
    assert (plan.fact("rows").sql, plan.fact("rows").written) == ("SELECT count(*) FROM 'rows.csv'", "")
    assert plan.fact("share").written == "{:.0%}"
