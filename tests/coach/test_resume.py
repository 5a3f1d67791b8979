"""A run goes on where the last one was ended, wherever that was, and grades nothing twice."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.coach import engine, resume
from grader.coach.cohort import Cohort
from grader.coach.engine import Options, Report, grade_week
from grader.coach.resume import GradingJournal, key
from grader.sandbox.run import Pool
from tests.coach.cohort_of_two_notebooks import contents
from tests.coach.cohort_of_week_1 import (
    ADA,
    BO,
    CY,
    DI,
    HANDED_IN,
    SLUG,
    WEEK,
    Graded,
    copy_of,
    hand_in,
    journal,
    notebook_of,
    state,
)

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def done(report: Report) -> list[str]:
    """Who was graded, and not passed over."""
    return sorted(each.outcome.email for each in report.recorded if not each.outcome.known)


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that is started fails the test."""

    def pool(*arguments: object) -> Pool:
        raise AssertionError("a pool was started")

    monkeypatch.setattr(engine, "Pool", pool)


@pytest.mark.usefixtures("cold")
def test_a_second_run_grades_nothing_starts_no_pool_and_changes_nothing(after: Cohort, spring: Graded) -> None:
    lines = journal(after.folder)
    report = grade_week(after, WEEK, Options())
    assert done(report) == []
    assert [each.outcome.email for each in report.recorded] == list(HANDED_IN)
    assert state(after.folder) == state(spring.after)
    assert journal(after.folder) == lines


@pytest.mark.usefixtures("cold")
def test_what_is_passed_over_still_says_how_it_stands(after: Cohort) -> None:
    report = grade_week(after, WEEK, Options())
    standing = {each.outcome.email: each.change for each in report.recorded}
    change = standing[ADA]
    assert change is not None
    assert (change.difference, change.after.auto, change.after.waiting) == (0, 10, 1)


def test_a_changed_submission_is_graded_again_and_the_others_are_not(after: Cohort, warm: Pool) -> None:
    others = {email: contents(after.autograded / email) for email in (ADA, CY, DI)}
    hand_in(after.folder, BO, notebook_of(ADA))
    report = grade_week(after, WEEK, Options(1))
    assert done(report) == [BO]
    (change,) = (each.change for each in report.recorded if each.outcome.email == BO)
    assert change is not None
    assert change.before is not None
    assert (change.before.auto, change.after.auto) == (4, 10)
    assert {email: contents(after.autograded / email) for email in others} == others
    assert done(grade_week(after, WEEK, Options(1))) == []


def test_a_new_submission_is_graded_and_the_others_are_not(after: Cohort, warm: Pool) -> None:
    hand_in(after.folder, "eve@x.org", notebook_of(BO))
    assert done(grade_week(after, WEEK, Options(1))) == ["eve@x.org"]


def test_with_other_code_that_grades_or_another_seed_all_is_graded_again(
    after: Cohort, spring: Graded, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "version", lambda: "another")
    assert done(grade_week(after, WEEK, Options(1))) == sorted(HANDED_IN)
    assert state(after.folder)[:2] == state(spring.after)[:2]
    assert done(grade_week(after, WEEK, Options(1))) == []
    assert key("digest", "release", 1) != key("digest", "release", 2)


def test_the_version_is_that_of_the_code_that_grades(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "grader"
    for room in ("learner", "sandbox", "coach", "authoring"):
        (package / room).mkdir(parents=True)
        (package / room / "code.py").write_text("one = 1")
    monkeypatch.setattr(resume.grader, "__file__", str(package / "__init__.py"))
    version = resume.version.__wrapped__
    once = version()
    (package / "authoring" / "code.py").write_text("one = 2")
    assert version() == once
    (package / "sandbox" / "code.py").write_text("one = 2")
    assert version() != once


def test_a_folder_of_autograded_that_was_deleted_comes_back(after: Cohort, spring: Graded, warm: Pool) -> None:
    shutil.rmtree(after.autograded / CY)
    assert done(grade_week(after, WEEK, Options(1))) == [CY]
    assert state(after.folder) == state(spring.after)


def test_a_gradebook_that_was_deleted_comes_back_whole(after: Cohort, spring: Graded, warm: Pool) -> None:
    after.gradebook.unlink()
    assert done(grade_week(after, WEEK, Options(1))) == sorted(HANDED_IN)
    assert state(after.folder) == state(spring.after)


def test_a_journal_that_was_deleted_or_is_damaged_costs_time_and_nothing_else(
    after: Cohort, spring: Graded, warm: Pool
) -> None:
    lines = journal(after.folder)
    damaged = ['["w01"]', '{"week": ["w01"], "email": 3, "key": 1}', "\udcff", "", lines[0][:20]]
    (after.folder / "grading.jsonl").write_bytes("\n".join(damaged).encode("utf-8", "surrogateescape"))
    assert done(grade_week(after, WEEK, Options(1))) == sorted(HANDED_IN)
    assert set(lines) <= set(journal(after.folder))
    assert state(after.folder)[:2] == state(spring.after)[:2]
    assert done(grade_week(after, WEEK, Options(1))) == []


def test_the_last_line_of_the_journal_counts(before: Cohort) -> None:
    book = GradingJournal(before)
    for each in ("first", "second"):
        book.add(WEEK, ADA, each)
    for read in (book, GradingJournal(before)):
        assert read.holds(WEEK, ADA, "second")
        assert not read.holds(WEEK, ADA, "first")
        assert not read.holds("w02", ADA, "second")
        assert not read.holds(WEEK, BO, "second")


# --- Killed ---


@pytest.fixture(scope="module")
def killed(spring: Graded, tmp_path_factory: pytest.TempPathFactory, root: Path) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run(
        [sys.executable, "-m", "tests.coach.killed_grading", str(spring.before), str(folder)], cwd=root, check=True
    )
    return folder, json.loads((folder / "report.json").read_text())


Killed = tuple[Path, list[dict[str, Any]]]


def test_twenty_runs_were_killed_and_all_over_the_place(killed: Killed) -> None:
    _, reports = killed
    assert [report["ended"] for report in reports] == [-9] * 20
    assert {report["journal"] for report in reports} >= {0, 1, 2}
    assert len({tuple(report["at"]) for report in reports}) == 20


def test_a_killed_run_leaves_no_process_behind(killed: Killed) -> None:
    _, reports = killed
    assert {tuple(report["at"]): report["left"] for report in reports if report["left"]} == {}


def test_a_killed_run_is_completed_by_the_next_as_if_undisturbed(killed: Killed) -> None:
    folder, reports = killed
    undisturbed = state(folder / "undisturbed")
    assert len(journal(folder / "undisturbed")) == 3
    for number, report in enumerate(reports):
        tables, files, lines = state(folder / str(number))
        whole = {line for line in lines if line.startswith('{"week": "w01", "email": "')}  # type: ignore[attr-defined]
        assert (tables, files, whole) == undisturbed, report["at"]
        assert not list((folder / str(number)).rglob(".w01.*")), report["at"]


def test_the_next_run_grades_only_what_was_not_recorded(killed: Killed) -> None:
    for report in killed[1]:
        states = [each["state"] for each in report["second"]["submissions"]]
        assert states.count("as before") >= report["journal"] - (report["at"][0] == "journal"), report["at"]
        assert set(states) <= {"as before", "graded"}
    assert {each["state"] for report in killed[1] for each in report["second"]["submissions"]} == {
        "as before",
        "graded",
    }


def test_a_copy_of_a_graded_cohort_is_a_graded_cohort(spring: Graded, tmp_path: Path) -> None:
    """A backup that is put back, elsewhere even, is gone on with."""
    copy = copy_of(spring.after, tmp_path / "elsewhere")
    assert done(grade_week(copy, WEEK, Options(1))) == []
    assert (copy.autograded / ADA / WEEK / f"{SLUG}.ipynb").is_file()
