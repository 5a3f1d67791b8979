"""Every lesson, built once per seed, and a pool of warm processes to run its notebooks."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from grader.authoring.build import Built, build_lesson, lesson_folders
from grader.sandbox.run import Pool

SEEDS = (7, 11, 991)
FOLDERS = [folder for folder in lesson_folders() if not folder.name.startswith("w00_")]


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


@pytest.fixture(scope="session")
def build(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, int], Built]:
    @cache
    def built(folder: Path, seed: int) -> Built:
        return build_lesson(folder, seed, tmp_path_factory.mktemp(f"{folder.name}-{seed}"), pool)

    return built


@pytest.fixture(params=[(folder, seed) for folder in FOLDERS for seed in SEEDS], ids=lambda p: f"{p[0].name}-{p[1]}")
def lesson(request: pytest.FixtureRequest, build: Callable[[Path, int], Built]) -> Built:
    folder, seed = request.param
    return build(folder, seed)


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def course_lesson(request: pytest.FixtureRequest, build: Callable[[Path, int], Built]) -> Built:
    return build(request.param, 7)
