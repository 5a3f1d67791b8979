"""Forgetting a learner leaves no trace, and touches nobody else."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from grader.coach import forget as forget_module
from grader.coach.cohort import Cohort
from grader.coach.feedback import write_feedback
from grader.coach.forget import FORGOTTEN, find_traces, forget
from grader.coach.memo_marks import MemoMark, write_marks
from grader.coach.report import write_report
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, CY, WEEK, handson, inside, rows

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]
THEIR_TEXT = "account. Tell the board that one row is an account"
"""Of Ada's memo; Cy's has it, too, until a test gives Cy another."""


@pytest.fixture
def full(after: Cohort) -> Cohort:
    """The graded cohort with all that the other commands leave, and Ada named in the manifest of Bo's team."""
    write_feedback(after, WEEK)
    write_report(after)
    write_marks(after, WEEK, ADA, {"board-number": MemoMark("board-number", (2, 2, 2, 2), "Fine, Ada Person", 8.0)})
    with inside(after.folder):
        handson("export", "--format", "json")
    manifest = {
        "schema": 2,
        "week": WEEK,
        "email": BO,
        "team": [ADA.upper()],
        "note": "with Ada Person, not ada@x.organ",
    }
    for folder in (after.submitted / BO / WEEK, after.autograded / BO / WEEK):
        (folder / "manifest.json").write_text(json.dumps(manifest))
    return after


def holds(folder: Path, *texts: str) -> list[str]:
    """The files in which one of the texts stands, whatever its capitals, members of zips among them."""
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        parts = {str(path): path.read_bytes()}
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts |= {f"{path}!{name}": archive.read(name) + name.encode() for name in archive.namelist()}
        for name, content in parts.items():
            lower = (name.removeprefix(str(folder)).encode() + content).lower()
            if any(text.lower().encode() in lower for text in texts):
                found.append(name)
    return found


def test_no_byte_of_any_file_names_them_afterwards(full: Cohort) -> None:
    shutil.rmtree(full.submitted / CY)
    for folder in (full.collected, full.autograded, full.folder / "feedback"):
        shutil.rmtree(folder / CY)
    (full.inbox / f"{CY}-w01-hand-in.zip").unlink()
    assert holds(full.folder, f'{ADA}"', "ada person", THEIR_TEXT)
    forget(full, find_traces(full, ADA))
    left = holds(full.folder, f'{ADA}"', f"{ADA},", f"{ADA}-", f"{ADA}/", "ada person", THEIR_TEXT)
    assert left == []
    manifest = json.loads((full.submitted / BO / WEEK / "manifest.json").read_text())
    assert manifest["team"] == [FORGOTTEN]
    assert manifest["note"] == "with a forgotten member, not ada@x.organ"


def test_everybody_else_stays_as_they_were(full: Cohort) -> None:
    before = {key: row for key, row in rows(full.folder).items() if not key.startswith(ADA)}
    forget(full, find_traces(full, ADA))
    assert rows(full.folder) == before
    assert {each.email for each in full.roster().learners} >= {BO, CY}
    assert (full.autograded / BO / WEEK / "grade.json").exists()


def test_a_run_that_was_ended_is_finished_by_the_same_command(full: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forget_module, "_forget_in_gradebook", stop)
        with pytest.raises(KeyboardInterrupt):
            forget(full, find_traces(full, ADA))
    assert full.roster().get(ADA) is not None
    forget(full, find_traces(full, ADA))
    assert full.roster().get(ADA) is None
    assert not any(key.startswith(ADA) for key in rows(full.folder))


def test_it_says_first_what_goes_and_does_nothing_unless_told(full: Cohort) -> None:
    before = holds(full.folder, ADA)
    with inside(full.folder):
        said = handson("forget", ADA)
    assert f"Goes: submitted/{ADA}" in said.output
    assert f"Goes: inbox/{ADA}-w01-hand-in.zip" in said.output
    assert holds(full.folder, ADA) == before


def test_somebody_who_is_not_there_is_one_sentence(full: Cohort) -> None:
    with pytest.raises(Problem, match=r"Nobody of the e-mail nobody@x\.org is on the roster of spring"):
        find_traces(full, "nobody@x.org")
