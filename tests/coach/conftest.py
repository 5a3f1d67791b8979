"""Week 1, ready for grading, a graded cohort of it, and pools of warm processes."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import pytest

from grader.authoring.build import lesson_folders
from grader.coach import engine
from grader.coach.cohort import Cohort, open_cohort
from grader.coach.draws import DATA, Lesson, open_lesson, open_release
from grader.coach.releases import keep_release
from grader.sandbox.run import Pool
from tests.coach.cohort_of_week_1 import (
    ADA,
    CY,
    HANDED_IN,
    ROSTER,
    SEED,
    WEEK,
    Graded,
    copy_of,
    handson,
    inside,
    zip_of,
)


@pytest.fixture(scope="session")
def week_1(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return open_lesson(lesson_folders("w01")[0], 11, tmp_path_factory.mktemp("w01"), pool)


@pytest.fixture(scope="session")
def spring(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """A cohort of week 1, made, collected and graded once, by the commands that a coach types."""
    place = tmp_path_factory.mktemp("coach")
    (place / "roster.csv").write_text(ROSTER)
    with inside(place), patch("grader.coach.cohort._secret_seed", lambda: SEED):
        said = {"new": handson("cohort", "new", "spring", "--roster", "roster.csv")}
        folder = place / "cohorts" / "spring"
        for email in HANDED_IN:
            zip_of(email, folder / "inbox")
        said["collect"] = handson("collect")
        cohort = open_cohort(folder)
        release = keep_release(cohort, WEEK)
        lesson = open_release(release.release, release.source, cohort.seed, cohort.draws, pool)
        copy_of(folder, place / "before")
        said["grade"] = handson("grade", WEEK, "--workers", 1)
    return Graded(place / "before", folder, lesson, said)


@pytest.fixture(scope="session")
def contained(spring: Graded) -> Iterator[Pool]:
    """One contained worker for all copies of the cohort, whose draws it sees. It outlives the runs that are ended."""
    with Pool(1, spring.after / "draws" / DATA) as pool, patch.object(pool, "stop"):
        yield pool


@pytest.fixture
def warm(contained: Pool, monkeypatch: pytest.MonkeyPatch) -> Pool:
    """Runs of this test use the pool that is warm already."""
    monkeypatch.setattr(engine, "_pool", lambda cohort, options, most: nullcontext(contained))
    return contained


@pytest.fixture
def before(spring: Graded, tmp_path: Path) -> Cohort:
    """The cohort collected, and not graded yet."""
    return copy_of(spring.before, tmp_path / "spring")


@pytest.fixture
def few(before: Cohort) -> Cohort:
    """The same with two submissions: Bo's, and Di's, which is untouched."""
    for email in (ADA, CY):
        shutil.rmtree(before.submitted / email)
    return before


@pytest.fixture
def after(spring: Graded, tmp_path: Path) -> Cohort:
    """The cohort collected and graded."""
    return copy_of(spring.after, tmp_path / "spring")
