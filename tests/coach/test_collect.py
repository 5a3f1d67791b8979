"""Collect: whose work it is, of which week, which counts; nothing is lost, nothing changes on a second run."""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from typer.testing import CliRunner

from grader import cli
from grader.authoring import build
from grader.coach import cohort as cohort_module
from grader.coach import collect as module
from grader.coach.cohort import Cohort, new_cohort
from grader.coach.collect import CollectReport, collect, show
from grader.learner.identity import Who
from grader.learner.key import load_key
from grader.learner.pack import pack
from grader.learner.problem import Problem

W01, W02 = "w01_three_answers", "w02_the_average"
RELEASE = "aaaaaaaaaaaa"
ADA, BERT, LI, SEAN = "ada@x.example", "bert@x.example", "li@x.example", "sean@x.example"
ROSTER = f"""email,name,team
{ADA},Ada Lovelace,North
{BERT},Bert Holt,North
{LI},李,
{SEAN},"O'Brien, Seán",
"""
MORNING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def notebook(text: str = "answer", week: str | None = "w01", release: str = RELEASE, private: bool = False) -> bytes:
    about = {"handson": {"lesson": week, "release": release}} if week else {}
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}]
    if private:
        cells.append({"cell_type": "markdown", "id": "b", "metadata": {"handson": {"private": True}}, "source": "pay"})
    return json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}).encode()


def packed(
    text: str = "answer", week: str = "w01", at: datetime = MORNING, said: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A zip as `hand_in` packs it; `said` and `more` add to its manifest or change it."""
    slug = {"w01": W01, "w02": W02}.get(week, week)
    files = {f"{slug}.ipynb": notebook(text, week), "journal.jsonl": f'{{"kind": "try", "of": "{text}"}}\n'.encode()}
    listed = {
        "schema": 1,
        "week": week,
        "release": RELEASE,
        "at": at.isoformat(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        **(said or {}),
        **more,
    }
    return zipped({**files, "manifest.json": json.dumps(listed).encode()})


def zipped(files: dict[str, bytes], at: datetime = MORNING) -> bytes:
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name, at.astimezone().timetuple()[:6]), content)
    return page.getvalue()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small lessons, and a cohort without a gradebook, which collect never opens."""
    folder = tmp_path_factory.mktemp("template")
    for name in (W01, W02):
        release, source = folder / "lessons" / name, folder / "solutions" / name
        release.mkdir(parents=True)
        source.mkdir(parents=True)
        (release / f"{name}.ipynb").write_bytes(notebook("...", name[:3]))
        (release / "key.json").write_text(json.dumps({"release": RELEASE}))
        for file in ("lesson.py", "lesson.toml"):
            (source / file).write_text("")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohort_module, "make_or_check", lambda path, patience: path.touch())
        new_cohort("spring", folder / "roster.csv", folder / "cohorts")
    return folder


@pytest.fixture
def cohort(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cohort:
    monkeypatch.setattr(build, "LESSONS", template / "lessons")
    monkeypatch.setattr(build, "SOLUTIONS", template / "solutions")
    shutil.copytree(template / "cohorts", tmp_path / "cohorts")
    monkeypatch.chdir(tmp_path)
    return cohort_module.open_cohort("spring")


def drop(cohort: Cohort, name: str, content: bytes, at: datetime = MORNING) -> Path:
    path = cohort.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder with its time of change and its bytes."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return {str(path): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in paths}


def answer(cohort: Cohort, email: str, week: str = "w01") -> str:
    """The text of the notebook in submitted/."""
    (path,) = (cohort.submitted / email / week).glob("*.ipynb")
    assert path.stem == {"w01": W01, "w02": W02}[week]
    return str(json.loads(path.read_bytes())["cells"][0]["source"])


def states(report: CollectReport) -> list[tuple[str, str, str]]:
    return [(each.email, each.week, each.state) for each in report.taken]


def lines(report: CollectReport) -> list[str]:
    return [str(each) for each in (*report.refused, *report.notes)]


def test_a_zip_with_a_manifest_is_taken_whatever_its_name(cohort: Cohort) -> None:
    drop(cohort, "download (3).zip", packed(email="ADA@x.example"))
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new")]
    assert lines(report) == []
    submitted = cohort.submitted / ADA / "w01"
    names = [f"{W01}.ipynb", "journal.jsonl", "manifest.json", "timestamp.txt"]
    assert sorted(path.name for path in submitted.iterdir()) == sorted(names)
    assert (submitted / f"{W01}.ipynb").read_bytes() == notebook()


def test_nbgrader_reads_the_time_of_a_submission(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA, at=NOON))
    collect(cohort)
    there = CourseDirectory(root=str(cohort.folder)).get_existing_timestamp(str(cohort.submitted / ADA / "w01"))
    assert there == NOON.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("ada@x.example.zip", ADA),
        ("w01-hand-in ada@x.example.zip", ADA),
        ("ada@x.example/w01-hand-in.zip", ADA),
        ("Ada Lovelace/week 1/w01-hand-in.zip", ADA),
        ("Ada Lovelace_1234_assignsubmission_file/w01-hand-in.zip", ADA),
        ("Ada Lovelace_1234_assignsubmission_file_w01-hand-in.zip", ADA),
        ("w01 Moodle/Seán OBrien_1234_assignsubmission_file_/w01-hand-in.zip", SEAN),
        ("lovelaceada_123_45678_w01-hand-in-2.zip", ADA),
        ("obriensean_LATE_123_45678_w01-hand-in.zip", SEAN),
        ("李_1234_assignsubmission_file/w01-hand-in.zip", LI),
    ],
)
def test_a_zip_that_names_nobody_inside_is_whose_its_name_says(cohort: Cohort, name: str, email: str) -> None:
    drop(cohort, name, packed())
    report = collect(cohort)
    assert states(report) == [(email, "w01", "new")]
    assert lines(report) == []


@pytest.mark.parametrize(
    "name",
    [
        f"ada@x.example/{W01}.ipynb",
        f"ada@x.example/{W01}/{W01}.ipynb",
        "ada@x.example w01.ipynb",
        f"lovelaceada_123_45678_{W01}-1.ipynb",
        f"Ada Lovelace_1_assignsubmission_file_{W01}.ipynb",
        f"Ada Lovelace {W01}.ipynb.json",
        f"Ada Lovelace {W01}.IPYNB.txt",
    ],
)
def test_a_bare_notebook_is_taken(cohort: Cohort, name: str) -> None:
    drop(cohort, name, notebook("bare"), NOON)
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new")]
    assert report.taken[0].at == NOON
    assert answer(cohort, ADA) == "bare"


def test_an_unpacked_hand_in_is_taken_with_its_journal(cohort: Cohort) -> None:
    with zipfile.ZipFile(io.BytesIO(packed("unpacked", email=ADA, at=NOON))) as made:
        made.extractall(cohort.inbox / "some folder")
    report = collect(cohort)
    assert [(each.email, each.at) for each in report.taken] == [(ADA, NOON)]
    assert (cohort.submitted / ADA / "w01" / "journal.jsonl").exists()


def test_a_learners_own_lesson_folder_is_taken_with_its_journal_and_without_its_data(cohort: Cohort) -> None:
    for name, content in ((f"{W01}.ipynb", notebook()), ("journal.jsonl", b"{}\n"), ("customers.parquet", b"PAR1")):
        drop(cohort, f"Ada Lovelace/{W01}/{name}", content)
    assert lines(collect(cohort)) == []
    names = [f"{W01}.ipynb", "journal.jsonl", "timestamp.txt"]
    assert sorted(path.name for path in (cohort.submitted / ADA / "w01").iterdir()) == sorted(names)


def test_one_zip_of_many_learners_bare_notebooks_is_taken_apart(cohort: Cohort) -> None:
    files = {
        f"holtbert_1_2_{W01}.ipynb": notebook("bert"),
        f"lovelaceada_LATE_3_4_{W01}.ipynb": notebook("ada"),
        f"李_5_assignsubmission_file/{W01}.ipynb": notebook("li"),
        "stranger_6_7_w01.ipynb": notebook("stranger"),
    }
    drop(cohort, "submissions.zip", zipped(files))
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new"), (BERT, "w01", "new"), (LI, "w01", "new")]
    assert lines(report) == [
        "`submissions.zip/stranger_6_7_w01.ipynb` is of nobody in the roster: "
        "put the learner's e-mail into its name, or the learner into roster.csv."
    ]
    assert (answer(cohort, ADA), answer(cohort, BERT), answer(cohort, LI)) == ("ada", "bert", "li")


def test_the_week_is_the_manifests_then_the_notebooks_then_the_names(cohort: Cohort) -> None:
    drop(cohort, "w02 ada@x.example.ipynb", notebook("metadata", "w01"))
    drop(cohort, "bert@x.example w02.ipynb", notebook("name", None))
    drop(cohort, "week 1/li@x.example.ipynb", notebook("folder", None))
    report = collect(cohort)
    assert [(each.email, each.week) for each in report.taken] == [(ADA, "w01"), (LI, "w01"), (BERT, "w02")]
    assert [line for line in lines(report) if "does not say under which release" in line] == lines(report)


def test_what_cannot_be_settled_is_a_line_and_the_rest_is_taken(cohort: Cohort) -> None:
    drop(cohort, "a stranger.zip", packed(email="who@x.example"))
    drop(cohort, "ada@x.example w30.ipynb", notebook(week=None))
    drop(cohort, "ada@x.example.ipynb", notebook(week=None))
    drop(cohort, "ada@x.example start.ipynb", notebook(week="w00"))
    drop(cohort, "Ada Lovelace/Bert Holt.zip", packed())
    drop(cohort, "li@x.example.zip", packed("both", said={"week": "w02"}))
    drop(cohort, "sean@x.example.zip", b"no zip")
    drop(cohort, "notes.txt", b"hello")
    drop(cohort, "Sean/readme.md", b"hello")
    drop(cohort, "empty.zip", zipped({"readme.md": b"hello"}))
    drop(cohort, "bert@x.example.zip", packed("bert"))
    drop(cohort, "x.zip", zipped({"manifest.json": b'{"week": "w01"}'}))
    drop(cohort, "ada@x.example damaged.ipynb", b"{")
    drop(cohort, "Ada Lovelace_1_assignsubmission_onlinetext_/onlinetext.html", b"<p>Sorry, late</p>")
    report = collect(cohort)
    assert states(report) == [(BERT, "w01", "new")]
    assert sorted(lines(report)) == [
        "`Ada Lovelace/Bert Holt.zip/w01_three_answers.ipynb` could be of Ada Lovelace (ada@x.example) or "
        "Bert Holt (bert@x.example): put the e-mail of one of them into its name.",
        "`Sean` holds no notebook: put the notebook or its zip there, or take the folder away.",
        "`a stranger.zip/w01_three_answers.ipynb` is of nobody in the roster, and its manifest names who@x.example: "
        "put the learner's e-mail into its name, or the learner into roster.csv.",
        "`ada@x.example damaged.ipynb` is not whole JSON: save it once more in Jupyter.",
        "`ada@x.example start.ipynb` is of w00, a week without a lesson to hand in: there are w01, w02.",
        "`ada@x.example w30.ipynb` is of w30, a week without a lesson to hand in: there are w01, w02.",
        "`ada@x.example.ipynb` does not say its week: put the week into its name, one of w01, w02.",
        "`empty.zip` holds no notebook: ask for the zip that `hand_in` packs.",
        "`li@x.example.zip` has a manifest of w02 and a notebook of w01: ask for a new zip, as `hand_in` packs it.",
        "`notes.txt` is no zip, folder or notebook: ask for the right file, or take it away.",
        "`sean@x.example.zip` is no zip that can be read: ask for a new one, as `hand_in` packs it.",
        "`x.zip` has a manifest and no notebook: ask for a new zip.",
    ]


def test_a_second_run_on_the_same_inbox_changes_nothing_at_all_and_says_so(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed("old", email=ADA))
    drop(cohort, "b.zip", packed("new", email=ADA, at=NOON))
    drop(cohort, "bert@x.example w01.ipynb", notebook(release="bbbbbbbbbbbb", private=True))
    drop(cohort, "li@x.example/w02.ipynb", notebook(week="w02"))
    drop(cohort, "stranger.zip", packed())
    first = collect(cohort)
    before = listing(cohort.folder)
    second = collect(cohort)
    assert listing(cohort.folder) == before
    assert second.taken == () == second.notes == second.restored
    assert second.known == len(first.taken) == 4
    assert second.refused == first.refused
    assert not second.changed
    page = io.StringIO()
    show(second, Console(file=page, width=100))
    assert "Nothing is new, and nothing was changed." in page.getvalue()


def test_an_inbox_that_was_copied_and_has_new_times_brings_nothing_new(cohort: Cohort) -> None:
    path = drop(cohort, "ada@x.example w01.ipynb", notebook())
    collect(cohort)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    before = listing(cohort.folder)
    assert collect(cohort).known == 1
    assert {name: content for name, (_, content) in listing(cohort.folder).items()} == {
        name: content for name, (_, content) in before.items()
    }


def test_the_newest_counts_in_whatever_order_they_come_and_the_older_ones_are_kept(cohort: Cohort) -> None:
    drop(cohort, "z.zip", packed("second", email=ADA, at=NOON))
    assert states(collect(cohort)) == [(ADA, "w01", "new")]
    drop(cohort, "a.zip", packed("first", email=ADA, at=MORNING))
    assert states(collect(cohort)) == [(ADA, "w01", "older")]
    assert answer(cohort, ADA) == "second"
    drop(cohort, "b.zip", packed("third", email=ADA, at=NOON + timedelta(minutes=1)))
    assert states(collect(cohort)) == [(ADA, "w01", "newer")]
    assert answer(cohort, ADA) == "third"
    kept = sorted((cohort.collected / ADA / "w01").iterdir())
    texts = [json.loads((folder / f"{W01}.ipynb").read_bytes())["cells"][0]["source"] for folder in kept]
    assert texts == ["first", "second", "third"]


def test_the_same_zip_under_two_names_is_one_hand_in(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    drop(cohort, "a (1).zip", packed(email=ADA))
    assert states(collect(cohort)) == [(ADA, "w01", "new")]
    assert len(list((cohort.collected / ADA / "w01").iterdir())) == 1


def test_of_several_in_one_inbox_one_is_new_and_the_others_are_older(cohort: Cohort) -> None:
    for number in range(3):
        drop(cohort, f"{number}.zip", packed(str(number), email=ADA, at=NOON - timedelta(hours=number)))
    assert states(collect(cohort)) == [(ADA, "w01", "older"), (ADA, "w01", "older"), (ADA, "w01", "new")]
    assert answer(cohort, ADA) == "0"


def test_of_one_time_the_same_counts_in_any_order(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed("one", email=ADA))
    collect(cohort)
    drop(cohort, "b.zip", packed("other", email=ADA))
    collect(cohort)
    counted = answer(cohort, ADA)
    for folder in (cohort.collected, cohort.submitted):
        shutil.rmtree(folder / ADA)
    (cohort.inbox / "a.zip").rename(cohort.inbox / "c.zip")
    collect(cohort)
    assert answer(cohort, ADA) == counted


def test_without_a_manifest_the_time_is_the_zips_entries_and_then_the_files(cohort: Cohort) -> None:
    drop(cohort, "ada@x.example.zip", zipped({f"{W01}.ipynb": notebook()}, MORNING), NOON)
    drop(cohort, "bert@x.example.zip", zipped({f"{W01}.ipynb": notebook()}, datetime(1980, 1, 1)), NOON)
    assert [each.at for each in collect(cohort).taken] == [MORNING, NOON]


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00+00:00", "1999-01-01T00:00:00+00:00", "yesterday", "2026-03-01", 7])
def test_a_time_that_cannot_be_is_not_believed(cohort: Cohort, at: object) -> None:
    drop(cohort, "a.zip", packed("late", said={"at": at}, email=ADA), NOON)
    report = collect(cohort)
    assert [each.at for each in report.taken] == [MORNING]
    assert len(lines(report)) == (1 if "T" in str(at) else 0)


def test_a_second_notebook_in_a_zip_is_passed_over_and_said(cohort: Cohort) -> None:
    files = {
        "a.ipynb": notebook("notes", None),
        "my work.ipynb": notebook("real"),
        "copy.ipynb": notebook("w02", "w02"),
        "manifest.json": json.dumps({"week": "w01", "email": ADA, "at": MORNING.isoformat()}).encode(),
    }
    drop(cohort, "a.zip", zipped(files))
    report = collect(cohort)
    assert answer(cohort, ADA) == "real"
    assert lines(report) == [
        "`a.zip/my work.ipynb` was taken, and `a.ipynb`, `copy.ipynb` beside it was not: one notebook counts."
    ]


def test_of_several_notebooks_in_a_learners_folder_the_newest_of_the_lesson_counts(cohort: Cohort) -> None:
    drop(cohort, f"Ada Lovelace/{W01}.ipynb", notebook("first"), MORNING)
    drop(cohort, f"Ada Lovelace/{W01}-Copy1.ipynb", notebook("second"), NOON)
    drop(cohort, "Ada Lovelace/w01 notes.ipynb", notebook("notes", None), NOON + timedelta(hours=1))
    report = collect(cohort)
    assert answer(cohort, ADA) == "second"
    assert len(report.taken) == 1
    assert "beside it was not" in lines(report)[0]


def test_a_manifest_and_a_name_that_disagree_are_said_and_the_manifest_counts(cohort: Cohort) -> None:
    drop(cohort, "bert@x.example.zip", packed(email=ADA))
    drop(cohort, "li@x.example.zip", packed(email="li@home.example"))
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new"), (LI, "w01", "new")]
    assert lines(report) == [
        "`bert@x.example.zip/w01_three_answers.ipynb` is ada@x.example's by its manifest and bert@x.example's by its "
        "name: its manifest counts.",
        "`li@x.example.zip/w01_three_answers.ipynb` is li@x.example's by its name, and its manifest names "
        "li@home.example, whom the roster does not know: its name counts.",
    ]


def test_a_notebook_that_is_not_what_the_manifest_lists_is_taken_and_said(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA, files={f"{W01}.ipynb": "0" * 64}))
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new")]
    assert ["was changed after it was packed" in line for line in lines(report)] == [True]


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"week": 1, "email": ["x"], "team": 7}']
)
def test_a_manifest_that_cannot_be_used_costs_nothing(cohort: Cohort, manifest: bytes) -> None:
    drop(cohort, "ada@x.example.zip", zipped({f"{W01}.ipynb": notebook(), "manifest.json": manifest}))
    assert states(collect(cohort)) == [(ADA, "w01", "new")]


def test_a_teams_one_zip_counts_for_its_members(cohort: Cohort) -> None:
    drop(cohort, "team.zip", packed("together", email=ADA, team=[ADA, BERT.upper()]))
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new"), (BERT, "w01", "new")]
    assert answer(cohort, ADA) == answer(cohort, BERT) == "together"
    assert lines(report) == []


def test_nobody_hands_in_for_somebody_whom_the_roster_does_not_put_in_the_team(cohort: Cohort) -> None:
    drop(cohort, "li.zip", packed("li's own", email=LI))
    drop(cohort, "team.zip", packed("together", email=ADA, at=NOON, team=[LI, "who@x.example"]))
    report = collect(cohort)
    assert answer(cohort, LI) == "li's own"
    assert lines(report) == [
        "`team.zip/w01_three_answers.ipynb` names li@x.example, who@x.example as of the team of ada@x.example, and the "
        "roster does not: give all of a team the same team in roster.csv, and collect again."
    ]
    cohort.roster_file.write_text(ROSTER.replace("李,", "李,North"), encoding="utf-8")
    assert states(collect(cohort)) == [(LI, "w01", "newer")]
    assert answer(cohort, LI) == "together"


def test_private_cells_of_a_bare_notebook_stay_in_the_inbox(cohort: Cohort) -> None:
    drop(cohort, "ada@x.example w01.ipynb", notebook(private=True))
    report = collect(cohort)
    assert lines(report) == ["`ada@x.example w01.ipynb` had 1 private cell, left out here."]
    held = [path.read_bytes() for folder in (cohort.collected, cohort.submitted) for path in folder.rglob("*.ipynb")]
    assert len(held) == 2
    assert not any(b"pay" in content for content in held)


def test_the_release_of_a_week_is_kept_and_a_strange_one_is_said(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    drop(cohort, "bert@x.example.ipynb", notebook(release="../../../etc"))
    report = collect(cohort)
    assert (cohort.releases / "w01" / RELEASE / "release" / f"{W01}.ipynb").exists()
    assert not (cohort.releases / "w02").exists()
    assert lines(report) == [
        "`bert@x.example.ipynb` was made under release ../../../etc of w01, which this cohort does not hold: "
        "it is graded under aaaaaaaaaaaa."
    ]


def test_a_week_whose_release_cannot_be_kept_is_a_line_and_the_others_are_taken(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(build.SOLUTIONS, tmp_path / "cohorts" / "solutions")
    monkeypatch.setattr(build, "SOLUTIONS", tmp_path / "cohorts" / "solutions")
    (build.SOLUTIONS / W01 / "lesson.py").unlink()
    for email in (ADA, BERT):
        drop(cohort, f"{email}-1.zip", packed(email=email))
        drop(cohort, f"{email}-2.zip", packed("w2", "w02", email=email))
    report = collect(cohort)
    assert states(report) == [(ADA, "w02", "new"), (BERT, "w02", "new")]
    (line,) = lines(report)
    assert line.startswith("`w01` is not collected, since its release cannot be kept: ")
    assert "lesson.py is missing" in line
    assert not (cohort.collected / ADA / "w01").exists()


def test_an_older_release_that_the_cohort_holds_needs_no_word(cohort: Cohort, template: Path, tmp_path: Path) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    collect(cohort)
    held = cohort.releases / "w01"
    (held / RELEASE).rename(held / "bbbbbbbbbbbb")
    drop(cohort, "bert@x.example.ipynb", notebook(release="bbbbbbbbbbbb"))
    report = collect(cohort)
    assert states(report) == [(BERT, "w01", "new")]
    assert lines(report) == []
    assert sorted(path.name for path in held.iterdir()) == [RELEASE, "bbbbbbbbbbbb"]


def test_what_hand_in_packs_today_is_taken(
    cohort: Cohort, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "LESSONS", root / "lessons")
    monkeypatch.setattr(build, "SOLUTIONS", root / "solutions")
    lesson = tmp_path / "lesson"
    shutil.copytree(root / "lessons" / W01, lesson)
    (lesson / "journal.jsonl").write_text('{"kind": "try"}\n')
    zip_file = pack(lesson, load_key(lesson), lesson / f"{W01}.ipynb", Who()).path
    drop(cohort, "Ada Lovelace.zip", zip_file.read_bytes())
    report = collect(cohort)
    assert states(report) == [(ADA, "w01", "new")]
    assert lines(report) == []
    names = [f"{W01}.ipynb", "journal.jsonl", "manifest.json", "timestamp.txt"]
    assert sorted(path.name for path in (cohort.submitted / ADA / "w01").iterdir()) == sorted(names)
    manifest = json.loads((cohort.submitted / ADA / "w01" / "manifest.json").read_bytes())
    assert report.taken[0].at == datetime.fromisoformat(manifest["at"])


def test_the_inbox_is_never_changed_and_nothing_is_written_elsewhere(cohort: Cohort, tmp_path: Path) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    drop(cohort, "evil.zip", zipped({"../../../evil.ipynb": notebook()}))
    drop(cohort, "sub/bert@x.example w01.ipynb", notebook())
    before = listing(cohort.inbox)
    collect(cohort)
    assert listing(cohort.inbox) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohorts"]
    assert list(tmp_path.rglob("evil.ipynb")) == []


def test_an_inbox_elsewhere_is_a_folder_a_zip_or_a_notebook(cohort: Cohort, tmp_path: Path) -> None:
    for name, content, email in (
        ("a.zip", packed(email=ADA), ADA),
        ("bert@x.example w01.ipynb", notebook(), BERT),
        ("folder/li@x.example.zip", packed(), LI),
    ):
        path = tmp_path / "elsewhere" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        assert states(collect(cohort, tmp_path / "elsewhere" / Path(name).parts[0])) == [(email, "w01", "new")]


def test_an_inbox_that_is_none_is_one_sentence(cohort: Cohort) -> None:
    with pytest.raises(Problem, match="There is no inbox nowhere"):
        collect(cohort, Path("nowhere"))
    for folder in (cohort.folder, cohort.collected, cohort.submitted):
        with pytest.raises(Problem, match="holds a cohort's own files"):
            collect(cohort, folder)


def test_two_at_once_are_one_and_a_sentence(cohort: Cohort) -> None:
    with cohort.lock("collect"), pytest.raises(Problem, match="Another `handson collect` works"):
        collect(cohort)


def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    with monkeypatch.context() as patch:

        def full(self: Path, content: bytes) -> int:
            raise OSError(28, "No space left on device")

        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(Problem, match=r"No space left on device\), and nothing is half written: free some"):
            collect(cohort)
    assert states(collect(cohort)) == [(ADA, "w01", "new")]


def test_what_was_changed_by_hand_in_submitted_is_kept_when_a_newer_one_comes(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed("first", email=ADA))
    collect(cohort)
    mended = cohort.submitted / ADA / "w01" / f"{W01}.ipynb"
    mended.write_bytes(notebook("mended by the coach"))
    collect(cohort)
    assert answer(cohort, ADA) == "mended by the coach"
    drop(cohort, "b.zip", packed("second", email=ADA, at=NOON))
    report = collect(cohort)
    assert answer(cohort, ADA) == "second"
    assert lines(report) == [f"`submitted/{ADA}/w01` held files of another hand, now in collected/{ADA}/w01/changed-1."]
    kept = cohort.collected / ADA / "w01" / "changed-1" / f"{W01}.ipynb"
    assert kept.read_bytes() == notebook("mended by the coach")
    assert collect(cohort).known == 2


class Killed(BaseException):
    """Ends a run as a kill does: no line of it that cleans up catches this."""


def test_a_run_killed_at_any_step_is_completed_by_the_next(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(cohort, "a.zip", packed("first", email=ADA))
    collect(cohort)
    drop(cohort, "b.zip", packed("second", email=ADA, at=NOON))
    drop(cohort, "c.zip", packed("together", "w02", email=ADA, team=[BERT]))
    start = tmp_path / "start"
    cohort.folder.rename(start)

    def outcome() -> dict[str, bytes]:
        return {name: content for name, (_, content) in listing(cohort.folder).items()}

    shutil.copytree(start, cohort.folder)
    collect(cohort)
    undisturbed = outcome()
    move, write = os.rename, Path.write_bytes
    steps = 0
    while True:
        shutil.rmtree(cohort.folder)
        shutil.copytree(start, cohort.folder)
        left = steps

        def one_less() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        def killed_move(*paths: Any) -> None:
            one_less()
            move(*paths)

        def killed_write(self: Path, content: bytes) -> int:
            one_less()
            return write(self, content)

        with monkeypatch.context() as patch:
            patch.setattr(module.os, "rename", killed_move)
            patch.setattr(Path, "write_bytes", killed_write)
            try:
                collect(cohort)
            except Killed:
                pass
            else:
                break
        collect(cohort)
        assert outcome() == undisturbed, steps
        assert not collect(cohort).changed
        steps += 1
    assert steps > 20


def test_a_place_that_a_killed_run_left_empty_is_filled_and_said(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    collect(cohort)
    shutil.rmtree(cohort.submitted / ADA / "w01")
    report = collect(cohort)
    assert report.restored == (f"{ADA}/w01",)
    assert report.weeks == ["w01"]
    assert answer(cohort, ADA) == "answer"


def test_memory_holds_one_hand_in_at_a_time(cohort: Cohort) -> None:
    for number in range(3):
        drop(cohort, f"{number}.zip", packed(str(number), email=ADA, at=NOON - timedelta(hours=number)))
    report = collect(cohort)
    assert not any(isinstance(value, bytes) for each in report.taken for value in vars(each).values())


def test_the_command_prints_what_was_taken_and_the_next_step_last(cohort: Cohort) -> None:
    drop(cohort, "[red]a[/red].zip", packed(email=ADA))
    drop(cohort, "b\u202e.zip", packed("w2", "w02", email=SEAN))
    drop(cohort, "[bold]stranger.zip", packed())
    done = CliRunner().invoke(cli.app, ["collect"])
    assert done.exit_code == 0, done.output
    text = done.stdout
    assert "spring: 2 new, 0 newer than what was there, 0 older, 0 collected before, 1 not taken." in text
    assert "`[bold]stranger.zip/w01_three_answers.ipynb` is of nobody in the roster" in text
    assert "[red]a[/red]" in text.replace("\n", "")
    assert "\u202e" not in text
    assert text.splitlines()[-1] == "Next: `handson grade w01`, then `handson grade w02`."


def test_the_command_is_quiet_json_when_asked(cohort: Cohort) -> None:
    drop(cohort, "a.zip", packed(email=ADA))
    drop(cohort, "stranger.zip", packed())
    done = CliRunner().invoke(cli.app, ["collect", str(cohort.inbox), "--cohort", "spring", "--json"])
    report = json.loads(done.stdout)
    assert [each["email"] for each in report["taken"]] == [ADA]
    assert report["weeks"] == ["w01"]
    assert report["refused"][0]["where"] == "stranger.zip/w01_three_answers.ipynb"


def test_a_problem_of_the_command_is_one_sentence_and_exit_code_2(cohort: Cohort) -> None:
    done = CliRunner().invoke(cli.app, ["collect", "nowhere"])
    assert done.exit_code == 2
    assert done.stderr == (
        "There is no inbox nowhere: name the folder, zip or notebook that holds what was handed in.\n"
    )


@pytest.fixture(scope="module")
def any_cohort(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cohort]:
    folder = tmp_path_factory.mktemp("any")
    shutil.copytree(template / "cohorts", folder / "cohorts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "LESSONS", template / "lessons")
        patch.setattr(build, "SOLUTIONS", template / "solutions")
        patch.chdir(folder)
        yield cohort_module.open_cohort("spring")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ADA, "w01", RELEASE, "../x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lesson", "release"]), inner),
    max_leaves=5,
)
MANIFESTS = st.dictionaries(st.sampled_from(["week", "email", "at", "team", "files", "release"]), JSON)
NAMES = st.sampled_from(
    ["a.ipynb", f"{W01}.ipynb", "ada@x.example w01.ipynb", "x/b.ipynb", "journal.jsonl", "../x.ipynb"]
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        NAMES,
        st.one_of(
            st.just(notebook()),
            st.binary(max_size=50),
            JSON.map(lambda about: json.dumps({"cells": [], "metadata": {"handson": about}, "nbformat": 4}).encode()),
        ),
        max_size=4,
    ),
    st.none() | MANIFESTS,
)
def test_whatever_is_in_a_zip_collecting_ends_in_a_report_and_writes_only_where_it_may(
    any_cohort: Cohort, files: dict[str, bytes], manifest: dict[str, Any] | None
) -> None:
    if manifest is not None:
        files = {**files, "manifest.json": json.dumps(manifest).encode()}
    drop(any_cohort, "any.zip", zipped(files))
    report = collect(any_cohort)
    for line in lines(report):
        assert line.isprintable()
    allowed = {any_cohort.collected, any_cohort.submitted}
    for folder in allowed:
        for path in folder.iterdir():
            assert path.name in (ADA, BERT, LI, SEAN)
            assert {week.name for week in path.iterdir()} <= {"w01", "w02"}
    assert not any(path.name in ("x", "x.ipynb") for path in any_cohort.folder.parent.parent.rglob("*"))
    assert not collect(any_cohort).changed
