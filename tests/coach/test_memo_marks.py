"""The criteria of memos, beside nbgrader's own points."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.coach.cohort import Cohort
from grader.coach.memo_marks import FOLDER, MemoMark, read_mark, read_marks, write_marks
from grader.learner.problem import Problem


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    return Cohort(tmp_path, "spring", 1_234_567, None)  # type: ignore[arg-type]


def test_marks_come_back_as_they_were_written(cohort: Cohort) -> None:
    mark = MemoMark("m", (2, None, 0, 1), "Zähl nach: 李", None, "2026-03-01T09:00:00+00:00", "abc")
    write_marks(cohort, "w01", "o'brien@x.org", {"m": mark})
    assert read_marks(cohort, "w01") == {"o'brien@x.org": {"m": mark}}
    assert read_mark(cohort, "w01", "o'brien@x.org") == {"m": mark}
    assert read_mark(cohort, "w02", "o'brien@x.org") == {}


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6), st.floats(0.5, 100))
def test_points_are_the_share_of_the_marks_and_stale_once_the_gradebook_differs(marks: list[int], most: float) -> None:
    mark = MemoMark("m", tuple(marks))
    points = mark.points(most)
    assert points == pytest.approx(most * sum(marks) / (2 * len(marks)))
    written = MemoMark("m", tuple(marks), total=points)
    assert not written.is_stale(points)
    assert written.is_stale((points or 0) + 0.25)
    assert written.is_stale(None)
    assert MemoMark("m", (*marks, None)).points(most) is None


def test_a_damaged_file_is_one_sentence_and_a_failed_write_leaves_the_old_one(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_marks(cohort, "w01", "a@x.org", {"m": MemoMark("m", (1, 1, 1, 1))})

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(Problem, match="No space left"):
            write_marks(cohort, "w01", "a@x.org", {"m": MemoMark("m", (2, 2, 2, 2))})
    assert read_mark(cohort, "w01", "a@x.org")["m"].criteria == (1, 1, 1, 1)
    (cohort.folder / FOLDER / "w01" / "a@x.org.json").write_text("[]")
    with pytest.raises(Problem, match="move it away"):
        read_marks(cohort, "w01")
