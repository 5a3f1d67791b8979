"""Forgetting a learner leaves no trace, and touches nobody else."""

import html
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.coach import forget as forget_module
from grader.coach.cohort import Cohort
from grader.coach.erase import FORGOTTEN, NAME
from grader.coach.export import export_command
from grader.coach.feedback import write_feedback
from grader.coach.forget import find_traces, forget
from grader.coach.memo_marks import MemoMark, write_marks
from grader.coach.report import write_report
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, CY, DI, EVE, WEEK, copy_of, handson, inside, rows
from tests.coach.synthetic import synthetic

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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return synthetic(tmp_path_factory.mktemp("small"), 8, 2)


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


STEPS = ("_remove", "_prune", "_replace", "_rename", "_forget_in_gradebook", "_forget_in_roster")


def test_a_run_that_was_ended_anywhere_is_finished_by_the_same_command(
    full: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scatter(full)
    calls = 0

    def counted(step: Callable[..., None], stop: int, *, before: bool) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            nonlocal calls
            calls += 1
            if before and calls == stop:
                raise KeyboardInterrupt
            step(*arguments)
            if calls == stop:
                raise KeyboardInterrupt

        return run

    stop = 0
    while True:
        stop += 1
        cohort = copy_of(full.folder, tmp_path / str(stop))
        calls = 0
        with monkeypatch.context() as patched:
            for name in STEPS:
                step = counted(getattr(forget_module, name), stop, before=bool(stop % 2))
                patched.setattr(forget_module, name, step)
            try:
                forget(cohort, find_traces(cohort, ADA))
            except KeyboardInterrupt:
                ended = True
            else:
                ended = False
        if not ended:
            break
        with suppress(Problem):  # ended after its last step, there is nobody left
            forget(cohort, find_traces(cohort, ADA))
        assert traces_of_ada(cohort.folder) == [], stop
        assert {each.email for each in cohort.roster().learners} == {BO, CY, DI, EVE}
        assert not any(key.startswith(ADA) for key in rows(cohort.folder))
        shutil.rmtree(cohort.folder)
    assert stop > 15


def scatter(cohort: Cohort) -> None:
    """Put Ada where nobody looks: in bulk downloads, a team's zips, a copy of the gradebook, kept comments, notes."""
    names = {"Bo Person_12_assignsubmission_file_": BO, "ada_person_11_assignsubmission_file_": ADA}
    with zipfile.ZipFile(cohort.inbox / "w01 bulk.zip", "w") as bulk:
        for folder, email in names.items():
            bulk.writestr(f"{folder}/w01-hand-in.zip", (cohort.inbox / f"{email}-w01-hand-in.zip").read_bytes())
            bulk.writestr(f"{folder}/w01_three_answers.ipynb", (notebook(cohort, email)).read_bytes())
    with zipfile.ZipFile(cohort.inbox / "team otters.zip", "w") as team:
        team.writestr("manifest.json", json.dumps({"email": CY, "team": ["Ada@x.org", BO], "week": WEEK}))
        team.writestr("w01_three_answers.ipynb", json.dumps({"cells": [{"source": ["With Ada\n", "Person.\n"]}]}))
    loose = cohort.inbox / "Person, Ada" / "late"
    loose.mkdir(parents=True)
    shutil.copyfile(notebook(cohort, ADA), loose / "w01_three_answers.ipynb")
    with zipfile.ZipFile(loose.parent / "by Bo.zip", "w") as forwarded:
        forwarded.writestr("manifest.json", json.dumps({"email": BO, "team": [], "week": WEEK}))
    (cohort.inbox / "mail.eml").write_text(f"From: Ada Person <{ADA.upper()}>\n")
    shutil.copyfile(cohort.gradebook, cohort.folder / "gradebook.db.2026-03-01.bak")
    for book in (cohort.gradebook, cohort.folder / "gradebook.db.2026-03-01.bak"):
        with closing(sqlite3.connect(book)) as database, database:
            database.execute("UPDATE comment SET manual_comment = 'As Ada Person has it: ' || id")
    comments = ["Good.", "As Ada Person has it.", "“Tell the board that one row is an account” is the point."]
    (cohort.folder / "comments.json").write_text(json.dumps(comments))
    with (cohort.folder / "grading.jsonl").open("a") as journal:
        journal.write(f'{{"week": "w01", "email": "{ADA}", "ke')
    (cohort.folder / "notes.txt").write_text(f"Ada Person ({ADA}) is ill in May.\nBo is not.\n")
    staged = cohort.folder / ".collecting" / "1"
    staged.mkdir(parents=True)
    shutil.copyfile(notebook(cohort, ADA), staged / "w01_three_answers.ipynb")
    (origin,) = (cohort.collected / BO).glob("*/*/origin.json")
    origin.write_text(json.dumps({**json.loads(origin.read_text()), "where": "Ada Person/w01.zip", "\u674e": 1}))
    roster = "email,name,team,phone\r\n" + "".join(
        f'"{email}","Person, {email[:-6].title()}",,12\r\n' for email in (ADA, BO, CY, DI, EVE)
    )
    cohort.roster_file.write_bytes(roster.replace("Person, Ada", "Ada Person").encode("utf-8-sig"))


def notebook(cohort: Cohort, email: str) -> Path:
    return cohort.submitted / email / WEEK / "w01_three_answers.ipynb"


def traces_of_ada(folder: Path) -> list[str]:
    texts = [
        f'{ADA}"',
        f"{ADA},",
        f"{ADA}-",
        f"{ADA}/",
        f"{ADA})",
        f"{ADA}>",
        "ada person",
        "person, ada",
        "ada_person",
    ]
    return holds(folder, *texts)


def test_where_nobody_looks_no_byte_names_them_afterwards_and_the_others_work_is_there(full: Cohort) -> None:
    scatter(full)
    assert len(traces_of_ada(full.folder)) > 20
    traces = find_traces(full, "ada person")
    forget(full, traces)
    assert traces_of_ada(full.folder) == []
    bulk = zipfile.ZipFile(full.inbox / "w01 bulk.zip")
    with bulk:
        assert {name.split("_")[0] for name in bulk.namelist()} == {"Bo Person"}
        assert bulk.read(bulk.namelist()[1]) == notebook(full, BO).read_bytes()
    with zipfile.ZipFile(full.inbox / "team otters.zip") as team:
        assert json.loads(team.read("manifest.json"))["team"] == [FORGOTTEN, BO]
        assert NAME in team.read("w01_three_answers.ipynb").decode()
    assert not (full.inbox / "Person, Ada").exists()
    assert len(list(full.inbox.glob("forgotten-*.zip"))) == 1
    assert json.loads((full.folder / "comments.json").read_text()) == ["Good."]
    assert (full.folder / "notes.txt").read_text() == f"{NAME} ({FORGOTTEN}) is ill in May.\nBo is not.\n"
    assert full.roster_file.read_bytes().startswith(b'\xef\xbb\xbfemail,name,team,phone\r\n"bo@x.org","Person, Bo",,12')
    for book in (full.gradebook, full.folder / "gradebook.db.2026-03-01.bak"):
        with closing(sqlite3.connect(book)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
            (said,) = database.execute("SELECT count(*) FROM comment WHERE manual_comment LIKE ?", (f"%{NAME}%",))
            assert said[0] > 0
    with Gradebook(f"sqlite:///{full.gradebook}") as book:
        assert {each.id for each in book.students} == {BO, CY, DI, EVE}


def test_after_it_collect_takes_nothing_of_theirs_up_again(full: Cohort) -> None:
    forget(full, find_traces(full, ADA))
    with inside(full.folder):
        said = handson("collect")
    assert said.exit_code == 0
    assert traces_of_ada(full.folder) == []
    assert not (full.collected / ADA).exists()


def test_what_they_packed_for_a_team_is_kept_until_it_is_collected(full: Cohort) -> None:
    full.roster_file.write_text(f"email,name,team\n{ADA},Ada Person,otters\n{BO},Bo Person,otters\n")
    with zipfile.ZipFile(full.inbox / "w01-otters.zip", "w") as team:
        team.writestr("manifest.json", json.dumps({"email": ADA, "team": [BO], "week": WEEK}))
        team.write(notebook(full, ADA), "w01_three_answers.ipynb")
    before = holds(full.folder, ADA)
    with pytest.raises(Problem, match=r"inbox/w01-otters\.zip is also of bo@x\.org, and is not collected"):
        forget(full, find_traces(full, ADA))
    assert holds(full.folder, ADA) == before
    with inside(full.folder):
        handson("collect")
    forget(full, find_traces(full, ADA))
    assert traces_of_ada(full.folder) == []
    packers = {json.loads(each.read_text())["email"] for each in (full.collected / BO).glob("*/*/manifest.json")}
    assert FORGOTTEN in packers


def test_somebody_whom_the_coach_took_out_of_the_roster_is_found_by_what_is_left(full: Cohort) -> None:
    lines = full.roster_file.read_text().splitlines(keepends=True)
    full.roster_file.write_text("".join(line for line in lines if ADA not in line))
    forget(full, find_traces(full, ADA))
    assert traces_of_ada(full.folder) == []
    with pytest.raises(Problem, match=r"Nobody of the e-mail ada@x\.org is on the roster"):
        find_traces(full, ADA)


def test_a_name_of_two_people_is_one_sentence(full: Cohort) -> None:
    with full.roster_file.open("a") as roster:
        roster.write("other@x.org,Ada Person,\n")
    with pytest.raises(Problem, match=r"Ada Person could be ada@x\.org or other@x\.org: say the e-mail"):
        find_traces(full, "Ada Person")


def test_a_name_that_the_course_has_too_stays_in_others_work(full: Cohort) -> None:
    roster = full.roster_file.read_text()
    full.roster_file.write_text(roster.replace("Ada Person", "Ines Kestrel"))
    before = notebook(full, BO).read_bytes()
    with inside(full.folder):
        said = handson("forget", ADA, "--yes")
    assert "the course's own text has the same name" in said.output
    assert notebook(full, BO).read_bytes() == before
    assert holds(full.folder, f"{ADA},", f'{ADA}"', f"{ADA}/") == []


def test_a_zip_that_cannot_be_read_stays_and_is_named(full: Cohort) -> None:
    (full.inbox / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with inside(full.folder):
        said = handson("forget", ADA, "--yes")
    assert "could not be looked into: take it away yourself: inbox/broken.zip" in said.output
    assert said.output.splitlines()[-1].startswith("Forgotten. Next: ")


@pytest.mark.parametrize("place", range(4))
def test_names_with_commas_apostrophes_brackets_and_other_scripts_go_as_well(
    small: Cohort, place: int, tmp_path: Path
) -> None:
    shutil.copytree(small.folder, tmp_path / "small", symlinks=True)
    cohort = replace(small, folder=tmp_path / "small")
    who = cohort.roster().learners[place]
    write_report(cohort)
    for form in ("json", "canvas", "moodle"):
        export_command(str(cohort.folder), form, None, None, None)
    (cohort.folder / "notes.json").write_text(json.dumps({"to": [who.name, html.escape(who.name), who.email]}))
    forms = {who.email, who.name, html.escape(who.name), json.dumps(who.name)[1:-1]}
    assert all(holds(cohort.folder, form) for form in (who.email, who.name))
    forget(cohort, find_traces(cohort, who.email))
    assert [form for form in forms if holds(cohort.folder, form)] == []
    assert len(cohort.roster().learners) == 7


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


def test_a_disk_that_says_no_is_one_sentence_and_the_same_again_goes_on(
    full: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(30, "Read-only file system", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refuse)
        with pytest.raises(Problem, match=r"could not be changed \(Read-only file system\): mend that, then run it"):
            forget(full, find_traces(full, ADA))
    forget(full, find_traces(full, ADA))
    assert traces_of_ada(full.folder) == []


def test_while_somebody_collects_nothing_is_forgotten(full: Cohort) -> None:
    before = holds(full.folder, ADA)
    traces = find_traces(full, ADA)
    with full.lock("collect"), pytest.raises(Problem, match="Another `handson collect` works on the cohort"):
        forget(full, traces)
    assert holds(full.folder, ADA) == before
    forget(full, traces)
    assert full.roster().get(ADA) is None
