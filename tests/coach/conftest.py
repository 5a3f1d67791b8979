"""Week 1, ready for grading, and a pool of warm processes."""

import pytest

from grader.authoring.build import lesson_folders
from grader.coach.draws import Lesson, open_lesson
from grader.sandbox.run import Pool


@pytest.fixture(scope="session")
def week_1(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return open_lesson(lesson_folders("w01")[0], 11, tmp_path_factory.mktemp("w01"), pool)
