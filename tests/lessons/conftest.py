"""Every lesson, built once per seed, and a pool of warm processes to run its notebooks."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from grader.authoring.build import Built, build_lesson, lesson_folders
from grader.sandbox.run import Pool

SEEDS = (7, 11, 991)
FOLDERS = [folder for folder in lesson_folders() if not folder.name.startswith(("w00_", "d"))]


@pytest.fixture(scope="session")
def build(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, int], Built]:
    @cache
    def built(folder: Path, seed: int) -> Built:
        return build_lesson(folder, seed, tmp_path_factory.mktemp(f"{folder.name}-{seed}"), pool)

    return built


def on_one_worker(folder: Path, *values: object) -> object:
    """Each lesson's tests run on one worker, so that it is built once."""
    return pytest.param(values if len(values) > 1 else values[0], marks=pytest.mark.xdist_group(folder.name))


@pytest.fixture(
    params=[on_one_worker(folder, folder, seed) for folder in FOLDERS for seed in SEEDS],
    ids=[f"{folder.name}-{seed}" for folder in FOLDERS for seed in SEEDS],
)
def lesson(request: pytest.FixtureRequest, build: Callable[[Path, int], Built]) -> Built:
    folder, seed = request.param
    return build(folder, seed)


@pytest.fixture(params=[on_one_worker(folder, folder) for folder in FOLDERS], ids=[folder.name for folder in FOLDERS])
def course_lesson(request: pytest.FixtureRequest, build: Callable[[Path, int], Built]) -> Built:
    return build(request.param, 7)
