"""Invents a cohort: people who answer as people do, right, nearly, wrong with and without a name, or not at all."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grader.authoring.plan import SAME_ON_ANY_DATA, ExercisePlan
from grader.authoring.prose import compute_facts, fill
from grader.authoring.source import SourceCell
from grader.coach.draws import Lesson
from grader.coach.mangle import WAYS
from grader.coach.mutate import Table, break_syntax, mutate, mutate_letters, tables_of
from grader.coach.repair import is_answer, is_memo
from grader.learner.key import Answer

NAMES = (
    "Amina Diallo",
    "Bjarne Holt",
    "Chiara Monti",
    "Devika Rao",
    "Emeka Obi",
    "Farah Haddad",
    "Gustavo Prado",
    "Hana Sato",
    "Ilse Brandt",
    "Jamal Reyes",
    "Katya Orlova",
    "Liam Doyle",
)
UNTOUCHED = 10
"""The place in the cohort of the one who opened the lessons and did nothing."""
MANGLED = (3, 7)
TYPIST = 5
KINDS = {
    "right": 28,
    "another right one": 14,
    "named": 14,
    "unforeseen": 26,
    "syntax": 7,
    "typed in": 5,
    "hard-coded": 3,
    "blank": 3,
}
"""How often a learner hands in an answer of each kind, of a hundred."""
OWN_MEMO = "The number is somewhere in the notebook. Ask sales, they have the list."


@dataclass(frozen=True)
class Intent:
    """What an invented answer was meant to be, and for an unforeseen one what was changed."""

    kind: str
    done: str = ""


@dataclass(frozen=True)
class Submission:
    """One notebook of one learner, and what its answers were meant to be."""

    learner: str
    lesson: Lesson
    notebook: NotebookNode
    intents: dict[str, Intent] = field(default_factory=dict)


def invent(lessons: Sequence[Lesson], size: int, seed: int) -> list[Submission]:
    """A cohort of `size` people for these lessons: the same for the same seed, lesson by lesson on its own."""
    made = []
    for lesson in lessons:
        tables, facts = tables_of(lesson.today.data), compute_facts(lesson.plan, lesson.today.data)
        for place in range(size):
            chance = random.Random(f"{seed} {lesson.lesson} {place}")
            made.append(_submission(lesson, place, tables, facts, chance))
    return made


def name_of(place: int) -> str:
    """The name of the learner at a place of the cohort; the first 144 differ without a number."""
    again = place // len(NAMES)
    first, last = NAMES[place % len(NAMES)].split()[0], NAMES[(place + again) % len(NAMES)].split()[1]
    return f"{first} {last}" + (f" {again // len(NAMES) + 1}" if again >= len(NAMES) else "")


def _submission(
    lesson: Lesson, place: int, tables: dict[str, Table], facts: Mapping[str, str], chance: random.Random
) -> Submission:
    notebook = deepcopy(lesson.released)
    role = place % len(NAMES)
    if role == UNTOUCHED:
        return Submission(name_of(place), lesson, notebook)
    intents = {}
    for name, plan in lesson.plan.exercise.items():
        cell = next(each for each in lesson.cells if (each.role, each.name) == ("answer", name))
        code, intents[name] = _answer(lesson, cell, plan, _kind(role, chance), tables, chance)
        if code is not None:
            write_answer(notebook, cell, code)
    for memo, text in _memos(lesson, role, chance).items():
        write_memo(notebook, memo, fill(text, facts))
    if role in MANGLED:
        ways = chance.sample(list(WAYS), 5)
        for way in WAYS:
            if way in ways:
                WAYS[way](notebook, chance)
    return Submission(name_of(place), lesson, notebook, intents)


def write_answer(notebook: NotebookNode, cell: SourceCell, code: str) -> None:
    """Put `code` where the dots of an answer cell are."""
    _cell(notebook, cell.name).source = cell.with_solution(code)


def write_memo(notebook: NotebookNode, memo: str, text: str) -> None:
    """Write a memo."""
    _cell(notebook, f"memo-{memo}").source = text


def _cell(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    found: NotebookNode
    (found,) = (cell for cell in notebook.cells if cell.id == cell_id and (is_answer(cell) or is_memo(cell)))
    return found


def _kind(role: int, chance: random.Random) -> str:
    if role == 0:
        return "right"
    if role == 1:
        return "another right one"
    if role == TYPIST:
        return "typed in"
    return chance.choices(list(KINDS), list(KINDS.values()))[0]


def _answer(
    lesson: Lesson, cell: SourceCell, plan: ExercisePlan, kind: str, tables: dict[str, Table], chance: random.Random
) -> tuple[str | None, Intent]:
    """The code of an answer of that kind, or of a right one where the exercise has no such kind; None is a blank."""
    right = cell.solution
    right_answer = lesson.today.key.exercises[cell.name].answer
    code: str | None = None
    if kind == "blank":
        return None, Intent(kind)
    if kind == "another right one" and plan.alt:
        code = chance.choice(plan.alt)
    elif kind == "named":
        wrong = [each.code for each in plan.wrong]
        code = chance.choice(wrong + [f'{plan.variable} = "{letter}"' for letter in plan.says])
    elif kind == "unforeseen":
        if plan.kind in SAME_ON_ANY_DATA:
            letters = mutate_letters(right_answer["value"], plan.options, plan.kind, chance)
            return f'{plan.variable} = "{letters}"', Intent(kind, f"{right_answer['value']} → {letters}")
        mutant = mutate(right, tables, chance)
        if mutant:
            return mutant.code, Intent(kind, mutant.done)
    elif kind == "syntax":
        code = break_syntax(right, chance)
    elif kind == "typed in" and plan.fresh and plan.kind in ("value", "table"):
        code = f"{plan.variable} = {literal(right_answer)}"
    elif kind == "hard-coded" and plan.fresh and plan.kind == "value":
        code = _hard_coded(plan.variable, right_answer, right)
    return (right, Intent("right")) if code is None else (code, Intent(kind))


def literal(answer: Answer) -> str:
    """An answer as a learner types it in: a number, a text, or a list of rows."""
    if "rows" in answer:
        return repr([dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]])
    return repr(answer["value"])


def _hard_coded(variable: str, answer: Answer, solution: str) -> str | None:
    """Today's number, dressed as a question to the table: no look at the code tells."""
    file = re.search(r"'([\w.-]+\.(?:parquet|csv))'", solution)
    if file is None or "value" not in answer:
        return None
    value = json.dumps(answer["value"]).replace('"', "'")
    return f"{variable} = duckdb.sql(\"SELECT {value} FROM '{file[1]}' LIMIT 1\")"


def _memos(lesson: Lesson, role: int, chance: random.Random) -> dict[str, str]:
    memos = {}
    for name, plan in lesson.plan.memo.items():
        best = max(plan.examples, key=lambda example: sum(example.scores)).text
        texts = [example.text for example in plan.examples] + [OWN_MEMO, ""]
        text = best if role < 2 else chance.choice(texts)
        if text:
            memos[name] = text
    return memos
