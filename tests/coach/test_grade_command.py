"""`handson grade` as a coach sees it: what it prints where, what it asks, what it refuses and how it ends."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from rich.console import Console

from grader.coach import engine
from grader.coach.cohort import Cohort
from grader.coach.grade_command import grade_command
from grader.sandbox import bubblewrap
from grader.sandbox.run import Pool
from tests.coach.cohort_of_two_notebooks import contents, dump, label
from tests.coach.cohort_of_week_1 import (
    ADA,
    BO,
    CY,
    DI,
    SLUG,
    WEEK,
    copy_of,
    hand_in,
    handson,
    inside,
    notebook_of,
    state,
)

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def everything(cohort: Cohort) -> tuple[object, ...]:
    return *state(cohort.folder), contents(cohort.submitted)


def by_coach(cohort: Cohort, email: str, cell: str, points: float, comment: str = "") -> None:
    """What a coach does in formgrader."""
    with Gradebook(f"sqlite:///{cohort.gradebook}", "hands-on-hour") as book:
        book.find_grade(cell, SLUG, WEEK, email).manual_score = points
        book.find_grade(cell, SLUG, WEEK, email).needs_manual_grade = False
        if comment:
            book.find_comment(cell, SLUG, WEEK, email).manual_comment = comment
        book.db.commit()


@pytest.fixture
def before(spring: Any, tmp_path: Path) -> Cohort:
    return copy_of(spring.before, tmp_path / "cohort" / "spring")


@pytest.fixture
def after(spring: Any, tmp_path: Path) -> Cohort:
    return copy_of(spring.after, tmp_path / "graded" / "spring")


# --- What it says ---


def test_each_problem_is_a_line_and_the_sum_comes_last(before: Cohort, warm: Pool) -> None:
    (before.submitted / BO / WEEK / f"{SLUG}.ipynb").write_text("no notebook")
    broken = notebook_of(CY)
    broken.cells = [cell for cell in broken.cells if cell.id != "check-nobody"]
    hand_in(before.folder, CY, broken)
    said = handson("grade", WEEK, "--cohort", before.folder)
    assert said.exit_code == 1
    assert said.stderr == ""
    lines = said.stdout.splitlines()
    assert sorted(line.partition(":")[0] for line in lines[:-3]) == [BO, CY]
    assert lines[-3:] == [
        "w01: 3 submissions graded, 1 not graded.",
        "The machine's points: 5.7 on average.",
        "2 memos wait for you. Next: `handson review w01`.",
    ]


def test_a_second_run_says_that_all_is_as_before_and_what_waits(after: Cohort) -> None:
    said = handson("grade", WEEK, "--cohort", after.folder)
    assert said.exit_code == 0
    assert said.stdout.splitlines() == [
        "w01: 0 submissions graded, 4 as before.",
        "The machine's points: 5.2 on average.",
        "2 memos wait for you. Next: `handson review w01`.",
    ]


def test_without_anything_to_read_all_points_are_in(after: Cohort) -> None:
    for email in (ADA, CY):
        by_coach(after, email, "memo-board-number", 5, "Well said.")
    said = handson("grade", WEEK, "--cohort", after.folder)
    assert said.stdout.splitlines()[-1].startswith("All points are in. The gradebook is ordinary nbgrader")


def test_away_from_a_terminal_there_is_no_bar_and_no_code_that_steers_one(few: Cohort, warm: Pool) -> None:
    hand_in(few.folder, "\u202eeve\x1b[31m@x.org", notebook_of(DI))
    said = handson("grade", WEEK, "--cohort", few.folder)
    assert said.exit_code == 0
    assert not {sign for sign in said.stdout + said.stderr if ord(sign) < 32 and sign != "\n"}
    assert "?eve?[31m@x.org: Nobody of this e-mail is on the roster" in said.stdout
    assert "Grading" not in said.stdout


def test_on_a_terminal_there_is_a_bar_with_count_and_rate(after: Cohort) -> None:
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=120)
    assert grade_command(WEEK, str(after.folder), console=console) == 0
    assert "Grading w01" in page.getvalue()
    assert "4/4" in page.getvalue()


def test_json_is_one_document_on_stdout_and_lines_for_people_go_to_stderr(before: Cohort, warm: Pool) -> None:
    (before.submitted / BO / WEEK / f"{SLUG}.ipynb").write_text("no notebook")
    first = handson("grade", WEEK, "--cohort", before.folder, "--json")
    assert first.exit_code == 1
    said = json.loads(first.stdout)
    assert {key: said[key] for key in ("schema", "week", "written")} == {"schema": 1, "week": WEEK, "written": True}
    (line,) = first.stderr.splitlines()
    assert line.startswith(f"{BO}: It could not be read (")
    assert {each["email"]: each["state"] for each in said["submissions"]} == {
        ADA: "graded", BO: "not graded", CY: "graded", DI: "graded",
    }  # fmt: skip
    assert said["submissions"][0] == {
        "email": ADA, "state": "graded", "before": None, "after": 10.0, "waiting": 1, "lines": [],
    }  # fmt: skip
    assert said["submissions"][1] | {"lines": []} == {
        "email": BO, "state": "not graded", "before": None, "after": None, "waiting": None, "lines": [],
    }  # fmt: skip
    second = json.loads(handson("grade", WEEK, "--cohort", before.folder, "--json").stdout)
    assert second["submissions"][0] == {
        "email": ADA, "state": "as before", "before": 10.0, "after": 10.0, "waiting": 1, "lines": [],
    }  # fmt: skip


# --- Grading again ---


@pytest.fixture
def changed(after: Cohort) -> Cohort:
    """Graded, then Bo handed in what is right, and the coach graded Ada's memo and gave Cy a point for an answer."""
    shutil.rmtree(after.submitted / DI)
    by_coach(after, ADA, "memo-board-number", 6, "Short and clear.")
    by_coach(after, CY, "check-nobody", 1)
    hand_in(after.folder, BO, notebook_of(ADA))
    return after


def test_regrade_shows_who_would_change_and_without_a_terminal_writes_nothing(changed: Cohort, warm: Pool) -> None:
    had = everything(changed)
    said = handson("grade", WEEK, "--cohort", changed.folder, "--regrade")
    assert said.exit_code == 0
    assert "w01: who would change" in said.stdout
    (row,) = [line for line in said.stdout.splitlines() if "@x.org" in line]
    assert [word for word in row.split() if word not in "│|"] == [BO, "4", "10", "+6"]
    assert said.stdout.splitlines()[-1] == "Nothing was written. Next: the same command with --yes writes it."
    assert everything(changed) == had


def test_regrade_with_yes_writes_and_what_the_coach_wrote_stays(changed: Cohort, warm: Pool) -> None:
    said = handson("grade", WEEK, "--cohort", changed.folder, "--regrade", "--yes")
    assert said.exit_code == 0
    assert "+6" in said.stdout
    assert "w01: 3 submissions graded." in said.stdout
    with Gradebook(f"sqlite:///{changed.gradebook}", "hands-on-hour") as book:
        memo = book.find_grade("memo-board-number", SLUG, WEEK, ADA)
        assert (memo.manual_score, memo.needs_manual_grade) == (6, False)
        assert book.find_comment("memo-board-number", SLUG, WEEK, ADA).manual_comment == "Short and clear."
        assert book.find_grade("check-nobody", SLUG, WEEK, CY).score == 1
        assert book.find_submission(WEEK, BO).score == 10


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_on_a_terminal_regrade_asks_before_it_writes(
    answer: str, written: bool, changed: Cohort, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    had = everything(changed)
    page = io.StringIO()
    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    assert grade_command(WEEK, str(changed.folder), regrade=True, console=Console(file=page, force_terminal=True)) == 0
    assert "Write this to the gradebook?" in page.getvalue()
    assert (everything(changed) != had) == written


def test_regrade_as_json_is_one_document_that_says_whether_it_was_written(changed: Cohort, warm: Pool) -> None:
    had = everything(changed)
    shown = handson("grade", WEEK, "--cohort", changed.folder, "--regrade", "--json")
    assert json.loads(shown.stdout)["written"] is False
    assert [(each["before"], each["after"]) for each in json.loads(shown.stdout)["submissions"]][:2] == [
        (16.0, 16.0),
        (4.0, 10.0),
    ]
    assert "Nothing was written." in shown.stderr
    assert everything(changed) == had
    done = handson("grade", WEEK, "--cohort", changed.folder, "--regrade", "--json", "--yes")
    assert json.loads(done.stdout)["written"] is True
    assert "who would change" in done.stderr
    assert everything(changed) != had


def test_a_regrade_of_what_cannot_be_read_ends_with_1_and_changes_nothing_of_it(changed: Cohort, warm: Pool) -> None:
    (changed.submitted / CY / WEEK / f"{SLUG}.ipynb").write_text("no notebook")
    assert handson("grade", WEEK, "--cohort", changed.folder, "--regrade").exit_code == 1
    assert handson("grade", WEEK, "--cohort", changed.folder, "--regrade", "--yes").exit_code == 1
    with Gradebook(f"sqlite:///{changed.gradebook}", "hands-on-hour") as book:
        assert book.find_grade("check-nobody", SLUG, WEEK, CY).manual_score == 1


# --- What it refuses: one sentence on stderr, exit code 2, and nothing is written ---


def refused(cohort: Cohort, *words: object) -> str:
    """The sentence. Nothing may be written."""
    had = everything(cohort)
    said = handson("grade", *words)
    assert (said.exit_code, said.stdout) == (2, ""), said.output
    (line,) = said.stderr.splitlines()
    assert everything(cohort) == had
    return line


@pytest.mark.parametrize("week", ["w77", "", ".", "..", "*", "w0*", "../w01", "/tmp", "w01/", ".part-1"])
def test_a_week_that_is_not_there_is_refused_and_those_that_are_there_are_named(week: str, before: Cohort) -> None:
    sentence = refused(before, week, "--cohort", before.folder)
    assert sentence.startswith(f"There is no week {week} to grade: there are w")
    assert "w01" in sentence


def test_a_week_of_which_nothing_is_submitted_is_refused_before_anything_is_drawn(before: Cohort) -> None:
    for email in (ADA, BO, CY, DI):
        (before.submitted / email / WEEK).rename(before.submitted / email / "w02")
    before.draws.unlink()
    before.draws.mkdir()
    sentence = refused(before, WEEK, "--cohort", before.folder)
    assert sentence == "Nothing is submitted for w01 in spring: run `handson collect` first."
    assert list(before.draws.iterdir()) == []


def test_a_cohort_that_is_not_there_is_refused(before: Cohort, tmp_path: Path) -> None:
    with inside(tmp_path):
        assert refused(before, WEEK, "--cohort", "autumn").startswith("There is no cohort autumn; there is none in")
        assert refused(before, WEEK).startswith("There is no cohort in ./cohorts: make one with")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--workers", 0, "--workers 0 would grade nothing: give 1 or more, or leave it out for one per core."),
        ("--workers", -3, "--workers -3 would grade nothing: give 1 or more, or leave it out for one per core."),
        ("--isolation", "docker", "--isolation is bubblewrap or none, not 'docker'."),
    ],
)
def test_options_that_make_no_sense_are_refused(option: str, value: object, sentence: str, before: Cohort) -> None:
    assert refused(before, WEEK, "--cohort", before.folder, option, value) == sentence


def test_two_at_once_are_refused(before: Cohort) -> None:
    with before.lock("grade"):
        sentence = refused(before, WEEK, "--cohort", before.folder)
    assert sentence == "Another `handson grade` works on the cohort spring: wait for its end, then run it again."


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("PATH", str(tmp_path))
    bubblewrap.check_available.cache_clear()
    yield
    bubblewrap.check_available.cache_clear()


@pytest.mark.usefixtures("no_bubblewrap")
def test_without_bubblewrap_nothing_is_run_and_the_mend_is_said(before: Cohort) -> None:
    had = state(before.folder)[1:]
    said = handson("grade", WEEK, "--cohort", before.folder)
    assert said.exit_code == 2
    (line,) = said.stderr.splitlines()
    assert "is not installed. On Debian: `apt-get install bubblewrap`" in line
    assert state(before.folder)[1:] == had
    assert dump(before.folder)["submitted_assignment"] == []


@pytest.mark.usefixtures("no_bubblewrap")
def test_without_isolation_it_says_so_loudly_and_grades_alike(
    before: Cohort, after: Cohort, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "Pool", lambda *arguments: nullcontext(pool) if arguments == (1,) else None)
    said = handson("grade", WEEK, "--cohort", before.folder, "--isolation", "none", "--workers", 1)
    assert said.exit_code == 0
    assert said.stdout.splitlines()[0].startswith("--isolation none: strangers' code runs here with your rights")
    assert state(before.folder) == state(after.folder)


def test_a_cohort_that_cannot_be_written_gets_a_sentence(before: Cohort, root: Path) -> None:
    """On a read-only disk: where tests run as root, no permission would stop them."""
    command = [
        "bwrap",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--",
        sys.executable,
        "-m",
        "grader.cli",
    ]
    done = subprocess.run(
        [*command, "grade", WEEK, "--cohort", str(before.folder)],
        cwd=root, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Grading in {before.folder} stopped (Read-only file system); what is recorded so far stands: mend that, then "
        "run `handson grade w01` again.\n"
    )


# --- Classic assignments of nbgrader ---


def classic(answer: str, memo: str = "Write here.") -> NotebookNode:
    test = "assert one == 1\n### BEGIN HIDDEN TESTS\nassert type(one) is int\n### END HIDDEN TESTS"
    return new_notebook(
        cells=[
            new_code_cell(answer, metadata=label("one", solution=True)),
            new_code_cell(test, metadata=label("test-one", grade=True, locked=True, points=3)),
            new_code_cell("one / 2", metadata=label("part", grade=True, locked=True, points=1)),
            new_markdown_cell(memo, metadata=label("memo", grade=True, solution=True, points=2)),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


@pytest.fixture
def ps1(before: Cohort) -> Cohort:
    """A classic assignment in source/: Ada has it right, Bo half, Cy's is damaged, Di handed in another file."""
    folder = before.folder / "source" / "ps1"
    folder.mkdir(parents=True)
    nbformat.write(classic("### BEGIN SOLUTION\none = 1\n### END SOLUTION"), folder / "p1.ipynb")
    (folder / "data.csv").write_text("a\n1\n")
    with (before.folder / "nbgrader_config.py").open("a") as config:
        config.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    for email, text in (
        (ADA, nbformat.writes(classic("one = len(open('data.csv').read().split()) - 1", "Because."))),
        (BO, nbformat.writes(classic("one = 1.0"))),
        (CY, "no notebook"),
    ):
        (before.submitted / email / "ps1").mkdir()
        (before.submitted / email / "ps1" / "p1.ipynb").write_text(text)
        (before.submitted / email / "ps1" / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC")
    (before.submitted / DI / "ps1").mkdir()
    (before.submitted / DI / "ps1" / "other.txt").write_text("x")
    return before


def points(cohort: Cohort) -> dict[str, float]:
    with Gradebook(f"sqlite:///{cohort.gradebook}", "hands-on-hour") as book:
        return {each["student"]: each["score"] for each in book.submission_dicts("ps1")}


def test_a_classic_assignment_is_graded_in_the_same_way(ps1: Cohort, warm: Pool) -> None:
    said = handson("grade", "ps1", "--cohort", ps1.folder)
    assert said.exit_code == 1
    assert f"{CY}: It could not be read (" in said.stdout
    assert f"{DI}: p1.ipynb is missing." in said.stdout
    assert "ps1: 3 submissions graded, 1 not graded." in said.stdout
    assert points(ps1) == {ADA: 3.5, BO: 0.5, DI: 0}
    shown = nbformat.read(ps1.autograded / BO / "ps1" / "p1.ipynb", as_version=4)
    assert shown.cells[1].outputs[-1].ename == "AssertionError"
    assert "HIDDEN TESTS" in shown.cells[1].source


def test_being_late_costs_what_nbgraders_plugin_says(ps1: Cohort, warm: Pool) -> None:
    with Gradebook(f"sqlite:///{ps1.gradebook}", "hands-on-hour") as book:
        book.update_or_create_assignment("ps1", duedate=datetime(2026, 3, 1))
    said = handson("grade", "ps1", "--cohort", ps1.folder, "--json")
    assert {each["email"]: each["after"] for each in json.loads(said.stdout)["submissions"]} == {
        ADA: 0, BO: 0, CY: None, DI: 0,
    }  # fmt: skip
    with Gradebook(f"sqlite:///{ps1.gradebook}", "hands-on-hour") as book:
        for email, points in ((ADA, 3.5), (BO, 0.5)):
            assert book.find_submission_notebook("p1", "ps1", email).late_submission_penalty == points


def test_a_classic_assignment_is_graded_once_and_again_when_its_source_changes(ps1: Cohort, warm: Pool) -> None:
    handson("grade", "ps1", "--cohort", ps1.folder)
    second = handson("grade", "ps1", "--cohort", ps1.folder)
    assert "ps1: 0 submissions graded, 3 as before, 1 not graded." in second.stdout
    source = ps1.folder / "source" / "ps1"
    (source / "data.csv").write_text("a\n1\n2\n")
    assert "ps1: 3 submissions graded" in handson("grade", "ps1", "--cohort", ps1.folder).stdout
    assert points(ps1)[ADA] == 1
    notebook = classic("### BEGIN SOLUTION\none = 2\n### END SOLUTION")
    notebook.cells[1].source = "assert one == 2"
    nbformat.write(notebook, source / "p1.ipynb")
    assert "ps1: 3 submissions graded" in handson("grade", "ps1", "--cohort", ps1.folder).stdout
    assert points(ps1)[ADA] == 4
