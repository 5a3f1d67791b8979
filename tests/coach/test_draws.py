"""The second draw of a release: made once, the same whenever it is made again, and never half."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.authoring.answers import Computed
from grader.coach import draws as module
from grader.coach.draws import DATA, Lesson, is_drawn, open_release
from grader.coach.releases import Release, current_release
from grader.learner.key import Key
from grader.sandbox.run import Pool
from tests.coach.cohort_of_two_notebooks import contents
from tests.coach.cohort_of_week_1 import SEED, SLUG, WEEK, Graded

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


@pytest.fixture
def release() -> Release:
    return current_release(WEEK)


@pytest.fixture
def draws(spring: Graded, tmp_path: Path) -> Path:
    shutil.copytree(spring.after / "draws", tmp_path / "draws")
    return tmp_path / "draws"


@pytest.fixture
def narrow_mask() -> Iterator[None]:
    mask = os.umask(0o077)
    yield
    os.umask(mask)


def opened(release: Release, draws: Path, pool: Pool | None) -> Lesson:
    return open_release(release.release, release.source, SEED, draws, pool)


def test_what_is_drawn_needs_no_pool(release: Release, draws: Path, spring: Graded) -> None:
    lesson = opened(release, draws, None)
    assert lesson.later.key == spring.lesson.later.key
    assert lesson.later.key != lesson.today.key
    assert (lesson.today.data / "customers.parquet").read_bytes() != (
        lesson.later.data / "customers.parquet"
    ).read_bytes()


@pytest.mark.usefixtures("narrow_mask")
@pytest.mark.parametrize("gone", ["data", "keys"])
def test_a_draw_of_which_a_part_was_deleted_is_made_again_and_is_the_same(
    gone: str, release: Release, draws: Path, pool: Pool
) -> None:
    was = contents(draws)
    shutil.rmtree(draws / gone)
    assert not is_drawn(draws, release.slug, release.hash)
    opened(release, draws, pool)
    assert is_drawn(draws, release.slug, release.hash)
    assert contents(draws) == was
    for path in (draws / DATA / f"{SLUG}-{release.hash}").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_no_run_can_see_a_key_or_a_notebook(release: Release, draws: Path) -> None:
    names = {path.name for path in (draws / DATA).rglob("*") if path.is_file()}
    assert names == {"customers.parquet", "matplotlibrc"}


@pytest.mark.parametrize("step", ["write_data", "compute", "_let_read"])
def test_a_draw_that_was_ended_half_way_counts_as_not_drawn_and_leaves_no_scraps(
    step: str, release: Release, draws: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    shutil.rmtree(draws / "keys")
    monkeypatch.setattr(module, step, end)
    with pytest.raises(KeyboardInterrupt):
        opened(release, draws, pool)
    assert not is_drawn(draws, release.slug, release.hash)
    assert [path.name for path in draws.rglob("*") if path.name.startswith(".")] == []


def test_a_company_that_has_todays_answer_by_chance_is_passed_over(
    release: Release, draws: Path, spring: Graded, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In that of seed 691210921 as many accounts are nobody's as today: a number that is typed in would be right."""
    tried = []

    def compare(today: Key, later: Key) -> int:
        tried.append(later.exercises["nobody"].answer == today.exercises["nobody"].answer)
        return compared(today, later)

    compared = module._count_same
    monkeypatch.setattr(module, "_count_same", compare)
    lesson = open_release(release.release, release.source, 691210921, draws / "other", pool)
    assert tried == [True, False]
    for name, exercise in lesson.today.key.exercises.items():
        assert not exercise.fresh or lesson.later.key.exercises[name].answer != exercise.answer


def test_where_every_company_has_one_of_todays_answers_the_one_with_the_fewest_is_taken(
    release: Release, draws: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([3, 1, 2, 1, 3, 3, 3, 3])
    made = []
    monkeypatch.setattr(module, "_count_same", lambda today, later: next(counts))
    monkeypatch.setattr(module, "compute", lambda *arguments: made.append(arguments) or Computed({}, {}, {}))
    monkeypatch.setattr(module, "write_data", lambda plan, seed, folder, company: seeds.append(seed))
    seeds: list[int] = []
    open_release(release.release, release.source, SEED, draws / "other", pool)
    assert seeds == [*range(SEED, SEED + 8), SEED + 1]
    assert len(made) == 9
