"""Attacks by what lies in an inbox, through `handson collect` and `handson grade`, and what the coach then sees."""

import io
import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import writes
from rich.console import Console

from grader.coach.cohort import Cohort
from grader.coach.collect import collect, show
from grader.coach.draws import Lesson
from grader.coach.grade_command import grade_command
from grader.coach.invent import write_answer, write_memo
from grader.coach.record import Recorder
from tests.attacks.conftest import EVIL, FORMULA, HONEST, WEEK, Tally, state_of

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("attacks")]

STEERING = "\x1b[2J\x1b]0;owned\x07[bold red]owned[/]\u202e<script>alert(1)</script>"
MARKUP = (
    "<script>alert(1)</script><svg onload=alert(2)></svg> [x](javascript:alert(3)) $\\href{javascript:alert(4)}{x}$"
)
DRAWS = f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown
for kind in (HTML, SVG, Javascript, Latex, Markdown):
    display(kind({MARKUP!r}) if kind is not SVG else SVG('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'))
nobody = {STEERING!r}
raise ValueError({STEERING!r})
"""


def written(lesson: Lesson, code: str | None = None) -> NotebookNode:
    notebook = deepcopy(lesson.released)
    for cell in lesson.cells:
        if cell.role == "answer":
            write_answer(notebook, cell, code if code and cell.name == "nobody" else cell.solution)
    return notebook


def on_the_screen(cohort: Cohort) -> str:
    """What `handson grade` writes to a terminal."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=200, soft_wrap=True, highlight=False)
    grade_command(WEEK, str(cohort.folder), workers=1, console=console)
    return screen.getvalue()


def standings(cohort: Cohort) -> dict[str, float]:
    with Recorder(cohort.folder) as recorder:
        return {email: standing.auto for email, standing in recorder.standings(WEEK).items()}


def test_hostile_hand_ins_cost_nobody_else_anything_and_steer_no_screen(
    cohort: Cohort, whole_lesson: Lesson, tally: Tally
) -> None:
    inbox = cohort.inbox
    (inbox / f"{HONEST}_w01.ipynb").write_text(writes(written(whole_lesson)))
    collect(cohort)
    on_the_screen(cohort)
    assert standings(cohort) == {HONEST: 10.0}
    others = (cohort.autograded / HONEST, cohort.submitted / HONEST, cohort.releases, cohort.draws)
    before = state_of(*others)

    evil = written(whole_lesson, DRAWS)
    write_memo(evil, "board-number", MARKUP)
    evil.metadata["kernelspec"] = {"name": STEERING, "display_name": STEERING, "language": STEERING}
    evil.metadata["handson"] = {**evil.metadata["handson"], "release": STEERING}
    manifest = {"week": WEEK, "email": EVIL, "team": [HONEST, STEERING], "release": STEERING, "schema": 1}
    (inbox / "eve \x1b[2J[red]<script>").mkdir()
    (inbox / "eve \x1b[2J[red]<script>" / "w01_three_answers.ipynb").write_text(writes(evil))
    (inbox / "eve \x1b[2J[red]<script>" / "manifest.json").write_text(json.dumps(manifest))
    (inbox / f"{FORMULA}_w01.ipynb").write_text('{"cells": [' + '{"metadata": ' * 70 + "{}" + "}" * 70 + "]}")
    with (inbox / "bob@x.org_w01_late.ipynb").open("wb") as file:
        file.truncate(200 << 20)
    report = collect(cohort)
    screen = io.StringIO()
    show(report, Console(file=screen, force_terminal=True, width=200, soft_wrap=True, highlight=False))
    graded = on_the_screen(cohort)

    refused = [str(each) for each in report.refused]
    assert any("20 MB" in line for line in refused), refused
    assert any("eve" in line and HONEST in line for line in refused), refused  # no team in the roster
    assert len(refused) == 3
    for shown in (screen.getvalue(), graded):
        assert "\x1b[2J" not in shown
        assert "\x1b]0" not in shown
        assert "\u202e" not in shown
    assert "asked for another language" in graded
    assert "Made under a release that this cohort does not hold" in graded
    points = standings(cohort)
    assert points == {HONEST: 10.0, EVIL: 7.0}
    assert state_of(*others) == before

    executed = (cohort.autograded / EVIL / WEEK / "w01_three_answers.ipynb").read_text()
    cells = {cell["id"]: cell for cell in json.loads(executed)["cells"]}
    assert "[bold red]" not in json.dumps(cells["check-nobody"]["outputs"]), "an answer's text is in no card unescaped"
    assert "<script>" not in json.dumps(cells["check-nobody"]["outputs"])
    assert "trusted" not in executed
    tally.tried.update(("hostile texts on the screen", "a team that is none", "deep JSON", "a notebook of 200 MB"))
    tally.said.update(("hostile texts on the screen", "a team that is none", "deep JSON", "a notebook of 200 MB"))


MEASURE = """
import resource, sys, time
from pathlib import Path
from grader.coach.archive import Refused, read_inbox
from grader.coach.parse import parse
from grader.learner.problem import Problem
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
said = []
for contents in read_inbox(Path(sys.argv[1])):
    said += map(str, contents.refused)
    for entry in contents.files:
        try:
            parse(entry.read())
        except (Problem, Refused) as problem:
            said.append(str(problem))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(len(said), grown >> 10, round(time.process_time() - start, 1))
"""


def test_big_notebooks_are_refused_before_they_take_memory_or_time(tmp_path: Path, tally: Tally) -> None:
    with (tmp_path / "sparse.ipynb").open("wb") as file:
        file.truncate(200 << 20)
    head, tail = b'{"cells":[{"cell_type":"code","source":"', b'","metadata":{"a":[1]}}],"metadata":{},"nbformat":4}'
    (tmp_path / "code.ipynb").write_bytes(head + b"nobody = 1\\n" * 1_500_000 + tail)
    (tmp_path / "lists.ipynb").write_bytes(head + tail.replace(b"1", b"[]," * 6_000_000 + b"[]"))
    run = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    sentences, megabytes, seconds = run.stdout.split()
    assert int(sentences) == 3, run.stdout
    assert int(megabytes) < 400
    assert float(seconds) < 5
    tally.tried.update(("lists of a notebook", "code of a notebook"))
    tally.said.update(("lists of a notebook", "code of a notebook"))
