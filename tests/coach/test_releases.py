"""Releases are kept once, whole, with their source, and found by a hash that a learner's file may say."""

import json
import shutil
from pathlib import Path

import pytest

from grader.authoring import build
from grader.coach import cohort as cohort_module
from grader.coach.cohort import Cohort, new_cohort
from grader.coach.releases import current_release, find_release, keep_release, kept_releases, lessons_of
from grader.learner.problem import Problem

NAME = "w01_three_answers"
FIRST, SECOND = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


def write_release(hash: str, name: str = NAME) -> None:
    folder, source = build.LESSONS / name, build.SOLUTIONS / name
    folder.mkdir(parents=True, exist_ok=True)
    source.mkdir(parents=True, exist_ok=True)
    notebook = {"cells": [], "metadata": {"handson": {"lesson": name[:3], "release": hash}}, "nbformat": 4}
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    (folder / "key.json").write_text(json.dumps({"release": hash}))
    (folder / "customers.parquet").write_bytes(hash.encode())
    (source / "lesson.py").write_text(f"# {hash}")
    (source / "lesson.toml").write_text(f"# {hash}")


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cohort:
    monkeypatch.setattr(build, "LESSONS", tmp_path / "lessons")
    monkeypatch.setattr(build, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(cohort_module, "make_or_check", lambda path, patience: path.touch())
    write_release(FIRST)
    roster = tmp_path / "roster.csv"
    roster.write_text("email,name\nada@x.example,Ada\n")
    return new_cohort("spring", roster, tmp_path / "cohorts")


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def test_a_release_is_kept_with_what_it_was_built_from(cohort: Cohort) -> None:
    (build.LESSONS / NAME / "journal.jsonl").write_text("an author's own")
    (build.LESSONS / NAME / "w01-hand-in.zip").write_text("an author's own")
    (build.LESSONS / NAME / ".ipynb_checkpoints").mkdir()
    (build.LESSONS / NAME / "link").symlink_to("/etc/passwd")
    kept = keep_release(cohort, "w01")
    assert (kept.week, kept.slug, kept.hash) == ("w01", NAME, FIRST)
    assert kept.release == cohort.releases / "w01" / FIRST / "release"
    assert sorted(path.name for path in kept.release.iterdir()) == ["customers.parquet", "key.json", f"{NAME}.ipynb"]
    assert sorted(path.name for path in kept.source.iterdir()) == ["lesson.py", "lesson.toml"]
    assert list(cohort.releases.iterdir()) == [cohort.releases / "w01"]


def test_a_release_is_kept_once_and_found_again(cohort: Cohort) -> None:
    kept = keep_release(cohort, "w01")
    before = listing(cohort.folder)
    assert keep_release(cohort, "w01") == kept == find_release(cohort, "w01", FIRST)
    assert listing(cohort.folder) == before


def test_a_newer_release_stands_beside_the_older_one(cohort: Cohort) -> None:
    old = keep_release(cohort, "w01")
    write_release(SECOND)
    new = keep_release(cohort, "w01")
    assert (old.release / "customers.parquet").read_bytes() == FIRST.encode()
    assert (new.release / "customers.parquet").read_bytes() == SECOND.encode()
    assert [release.hash for release in kept_releases(cohort, "w01")] == [FIRST, SECOND]


@pytest.mark.parametrize("hash", ["", "..", "../w01", "a" * 11, "A" * 12, "cccccccccccc", "aaaaaaaaaaaa/release", "\0"])
def test_a_hash_that_is_not_held_is_not_found_and_leads_nowhere(cohort: Cohort, hash: str) -> None:
    keep_release(cohort, "w01")
    assert find_release(cohort, "w01", hash) is None
    assert find_release(cohort, "../releases/w01", FIRST) is None


def test_a_lesson_that_is_no_longer_published_can_still_be_handed_in(cohort: Cohort) -> None:
    write_release(SECOND, "w02_the_average")
    keep_release(cohort, "w01")
    shutil.rmtree(build.LESSONS / NAME)
    assert lessons_of(cohort) == {"w01": NAME, "w02": "w02_the_average"}


def test_a_lesson_that_is_not_whole_is_not_kept(cohort: Cohort) -> None:
    with pytest.raises(Problem, match="There is no lesson w09 to hand in: there are w01"):
        current_release("w09")
    with pytest.raises(Problem, match="There is no lesson"):
        keep_release(cohort, "w*")
    (build.LESSONS / NAME / "key.json").write_text(json.dumps({"release": SECOND}))
    with pytest.raises(Problem, match=f"notebook of w01 is of release {FIRST} and its key.json of {SECOND}"):
        keep_release(cohort, "w01")
    (build.LESSONS / NAME / "key.json").write_text("{")
    with pytest.raises(Problem, match="is damaged"):
        keep_release(cohort, "w01")
    write_release("nothing")
    with pytest.raises(Problem, match="names no release"):
        keep_release(cohort, "w01")
    write_release(FIRST)
    (build.SOLUTIONS / NAME / "lesson.py").unlink()
    with pytest.raises(Problem, match=r"lesson\.py is missing"):
        keep_release(cohort, "w01")
    assert list(cohort.releases.iterdir()) == []


def test_the_lessons_of_the_course_can_be_kept(root: Path) -> None:
    for week in ("w01", "w09", "w13", "w23"):
        assert current_release(week).release.is_relative_to(root / "lessons")
