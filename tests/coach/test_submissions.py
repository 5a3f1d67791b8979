"""What lies in submitted/: read whole, within bounds, without following anything."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.coach.cohort import Cohort
from grader.coach.submissions import MOST_BYTES, Submission, TooMuch, read_submission, submitted_folders

pytestmark = pytest.mark.linux


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted" / "ada@x.org" / "w01"
    made.mkdir(parents=True)
    (made / "a.ipynb").write_text("{}")
    (made / "data").mkdir()
    (made / "data" / "b.csv").write_text("b\n1\n")
    return made


def test_all_files_are_read_by_name_with_whose_they_are(folder: Path) -> None:
    submission = read_submission(folder)
    assert (submission.email, submission.week) == ("ada@x.org", "w01")
    assert submission.files == {"a.ipynb": b"{}", "data/b.csv": b"b\n1\n"}


def test_the_digest_is_that_of_names_and_contents_and_of_nothing_else(folder: Path) -> None:
    once = read_submission(folder).digest
    os.utime(folder / "a.ipynb", (1, 1))
    assert read_submission(folder).digest == once
    (folder / "a.ipynb").rename(folder / "c.ipynb")
    renamed = read_submission(folder).digest
    (folder / "c.ipynb").write_text("[]")
    assert len({once, renamed, read_submission(folder).digest}) == 3


def test_bytes_do_not_move_from_a_name_or_a_file_into_the_next(tmp_path: Path) -> None:
    digests = set()
    for number, files in enumerate(
        ({"a": "bc", "d": ""}, {"a": "b", "cd": ""}, {"a": "bc 1 d 0 "}, {"a": "b", "d": "c"})
    ):
        made = tmp_path / str(number)
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text)
        digests.add(read_submission(made).digest)
    assert len(digests) == 4


def test_links_and_what_is_no_file_are_passed_over(folder: Path, tmp_path: Path) -> None:
    once = read_submission(folder)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.json").write_text("secret")
    (folder / "file.json").symlink_to(tmp_path / "secret" / "key.json")
    (folder / "all").symlink_to(tmp_path / "secret")
    (folder / "nowhere").symlink_to(tmp_path / "nowhere")
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert read_submission(folder) == once


def test_more_than_the_cap_is_not_read(folder: Path) -> None:
    with (folder / "big").open("wb") as file:
        file.truncate(MOST_BYTES - 6)
    assert len(read_submission(folder).files["big"]) == MOST_BYTES - 6
    (folder / "z").write_text("x")
    with pytest.raises(TooMuch, match="more than 64 MB"):
        read_submission(folder)


def test_a_name_that_is_no_text_is_a_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("x")
    submission = read_submission(folder)
    assert submission.files["\udcff.txt"] == b"x"
    assert submission.digest


def test_only_folders_of_learners_are_listed(folder: Path, tmp_path: Path) -> None:
    submitted = folder.parent.parent
    for name in ("bo@x.org/w01", "bo@x.org/w02", ".hidden/w01", "cy@x.org"):
        (submitted / name).mkdir(parents=True)
    (submitted / "di@x.org").mkdir()
    (submitted / "di@x.org" / "w01").symlink_to(folder)
    (submitted / "file").write_text("x")
    cohort = Cohort(tmp_path, "spring", 1, datetime(2026, 1, 1, tzinfo=UTC))
    found = submitted_folders(cohort, "w01")
    assert [path.parent.name for path in found] == ["ada@x.org", "bo@x.org"]
    for week in ("w0*", "../ada@x.org/w01", "", "."):
        assert [path.name for path in submitted_folders(cohort, week) if path.name == "w01" and week == "w0*"] == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"2026-03-01 12:00:00.000000 UTC\n", datetime(2026, 3, 1, 12)),
        (b"2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10)),
        (b"2026-02-30 12:00:00 UTC", None),
        (b"yesterday, I think", None),
        (b"\xff\xfe", None),
        (b"", None),
        (b"0001-01-01 00:00:00 +1400", None),
        (b"9" * 400, None),
    ],
)
def test_the_time_is_that_of_timestamp_txt_or_none(text: bytes, moment: datetime | None) -> None:
    assert Submission("ada@x.org", "w01", {"timestamp.txt": text}, "").handed_in == moment


def test_without_a_timestamp_there_is_no_time() -> None:
    assert Submission("ada@x.org", "w01", {}, "").handed_in is None


@given(st.one_of(st.binary(max_size=60), st.from_regex(rb"[0-9a-zA-Z:+.,/() -]{1,40}", fullmatch=True)))
def test_no_timestamp_stops_a_run(text: bytes) -> None:
    moment = Submission("ada@x.org", "w01", {"timestamp.txt": text}, "").handed_in
    assert moment is None or moment.tzinfo is None
