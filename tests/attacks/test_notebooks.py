"""Each attack of the table, through `grade` in the contained pool: no point, no leak, no harm, and one plain line."""

from collections import Counter
from copy import deepcopy

import psutil
import pytest
from nbformat import NotebookNode

from grader.coach.cohort import Cohort
from grader.coach.draws import Lesson
from grader.coach.executed import executed, notebook_bytes
from grader.coach.grade import Grade, Patience, grade
from grader.coach.invent import write_answer
from grader.sandbox.run import Cell, Job, Pool
from tests.attacks.conftest import Planted, Tally, state_of
from tests.attacks.table import ATTACKS, HONEST, Attack

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("attacks")]

ATTACKED = "nobody"
WORTH = 3.0
OTHERS = 7.0
MOST_CHARACTERS_OF_A_LINE = 300


def answered(lesson: Lesson, code: str = HONEST) -> NotebookNode:
    """All answers right, with this code for the attacked one."""
    notebook = deepcopy(lesson.released)
    there = {cell.id for cell in notebook.cells}
    for cell in lesson.cells:
        if cell.role == "answer" and cell.name in there:
            write_answer(notebook, cell, code if cell.name == ATTACKED else cell.solution)
    return notebook


def warm_parents() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [each for each in found if "--contained" in each.cmdline() and "bwrap" not in each.cmdline()[0]]


@pytest.fixture(scope="module")
def honest(next_lesson: Lesson, contained: Pool, planted: Planted) -> Grade:
    """What a right submission gets before any attack; its source is what another one must not find."""
    secret = f"secret = '{planted.secrets['other-source']}'\n{HONEST}"
    graded = grade(next_lesson, answered(next_lesson, secret), contained)
    assert graded.points == WORTH
    return graded


def attacked(attack: Attack, lesson: Lesson, planted: Planted) -> NotebookNode:
    notebook = answered(lesson, planted.fill(attack.code) or f"{ATTACKED} = ...")
    if attack.build is not None:
        attack.build(notebook)
    return notebook


def test_the_names_of_the_attacks_differ() -> None:
    assert max(Counter(attack.name for attack in ATTACKS).values()) == 1


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing_leaks_nothing_harms_nobody_and_is_told(
    attack: Attack,
    lesson: Lesson,
    next_lesson: Lesson,
    planted: Planted,
    cohort: Cohort,
    contained: Pool,
    honest: Grade,
    tally: Tally,
) -> None:
    before = state_of(cohort.folder, planted.host_file.parent)
    patience = Patience(8 * attack.seconds, attack.seconds, attack.limits)
    graded = grade(lesson, attacked(attack, lesson, planted), contained, patience)
    notebook = executed(graded)
    shown = str(notebook_bytes(notebook)[:50_000_000], "utf-8")
    outputs = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    lines = [*graded.mended, *graded.flags]
    points = {each.name: each.points for each in graded.exercises}

    tally.tried.add(attack.name)
    gained = points.pop(ATTACKED) - (WORTH if attack.honest else 0.0)
    if gained > 0 or sum(points.values()) > OTHERS:
        tally.gained.add(attack.name)
    leaked = planted.leaked(shown + str(graded)) + ["host"] * planted.reached()
    if leaked or "WORKED" in outputs + str(lines):
        tally.leaked.add(attack.name)
    after = grade(next_lesson, answered(next_lesson), contained)
    harmed = (
        after.points != honest.points
        or after.flags != ()
        or state_of(cohort.folder, planted.host_file.parent) != before
        or len(warm_parents()) != 1
        or bool(warm_parents()[0].children())
    )
    if harmed:
        tally.harmed.add(attack.name)
    if lines:
        tally.said.add(attack.name)

    assert leaked == []
    assert "WORKED" not in outputs + str(lines), [line for line in outputs.split("\\n") if "WORKED" in line]
    assert not harmed, (after.flags, [each.message for each in after.exercises])
    assert gained <= 0, "a point was gained"
    if attack.shown is not None:
        assert attack.shown in outputs
        assert gained == 0
        assert sum(points.values()) == OTHERS
    if attack.said:
        assert any(line.startswith(attack.said) for line in lines), lines
    elif attack.build is None:
        assert lines == []
    assert all(len(line) <= MOST_CHARACTERS_OF_A_LINE and "\n" not in line for line in lines)
    assert len(lines) <= 6


def test_what_one_run_leaves_the_next_does_not_find(
    lesson: Lesson, planted: Planted, contained: Pool, honest: Grade
) -> None:
    attack = next(each for each in ATTACKS if each.name == "left for the next run")
    for _ in range(2):
        graded = grade(lesson, attacked(attack, lesson, planted), contained)
        assert "WORKED" not in str(graded.outputs)
        assert "TRIED" in str(graded.outputs)


def test_the_attacks_would_be_seen_if_nothing_were_shut_in(lesson: Lesson, planted: Planted, pool: Pool) -> None:
    """The same code in a pool without walls finds what is planted: the table is no row of duds."""
    names = ("host files", "TCP, UDP, unix sockets", "other processes", "other rooms")
    cells = [Cell(attack.name, planted.fill(attack.code)) for attack in ATTACKS if attack.name in names]
    run = pool.run(Job([Cell("import", "import duckdb"), *cells], lesson.today.data))
    seen = {cell.id: "WORKED" in str(cell.outputs) for cell in run.cells[1:]}
    assert seen == dict.fromkeys([cell.id for cell in cells], True)
    assert "file" in planted.leaked(str(run.cells))
    assert planted.reached()
