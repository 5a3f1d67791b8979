"""The whole work folder in one file, taken up elsewhere: nothing lost, nothing overwritten, nothing let out or in."""

import errno
import json
import os
import re
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.learner import keep as keep_module
from grader.learner import take_up as take_up_module
from grader.learner.journal import Journal
from grader.learner.keep import FILE_NAME, LISTED, RECORD, is_kept, keep, keep_my_work, work_folder
from grader.learner.key import begin, lesson_folder
from grader.learner.problem import Problem
from grader.learner.session import NBGRADER_RUNS
from grader.learner.start import START_PAGE, copy_lessons
from grader.learner.take_up import bring_back, take_up

W01, W09 = "w01_three_answers", "w09_what_a_score_means"
NOTEBOOK = f"{W01}/{W01}.ipynb"
JOURNAL = f"{W01}/journal.jsonl"


def _notebook(text: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "id": "all-rows", "metadata": {}, "source": text}]})


def _release(folder: Path, text: str = "first") -> Path:
    """A course of a start page and two lessons with data, whose contents carry `text`."""
    for lesson in (W01, W09):
        (folder / lesson).mkdir(parents=True, exist_ok=True)
        (folder / lesson / f"{lesson}.ipynb").write_text(_notebook(f"released {text}"))
        (folder / lesson / "key.json").write_text(json.dumps({"release": text, "lesson": lesson}))
        (folder / lesson / "customers.csv").write_text(f"a,b\n{text}\n")
    (folder / START_PAGE).write_text(_notebook("start page"))
    return folder


@pytest.fixture(autouse=True)
def _a_learners_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("HANDSON_MODE", raising=False)
    for name in NBGRADER_RUNS:
        monkeypatch.delenv(name, raising=False)
    before = lesson_folder()
    yield
    begin(before)


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = _release(tmp_path / "lessons")
    monkeypatch.setenv("HANDSON_LESSONS", str(folder))
    return folder


@pytest.fixture
def work(tmp_path: Path, lessons: Path) -> Path:
    """A folder in which week 1 was worked on, and week 9 was not."""
    folder = tmp_path / "my-work"
    copy_lessons(lessons, folder)
    (folder / NOTEBOOK).write_text(_notebook("my answer"))
    (folder / JOURNAL).write_text('{"kind": "try", "exercise": "all-rows"}\n')
    (folder / "notes").mkdir()
    (folder / "notes" / "Über Preise.txt").write_text("mine")
    (folder / "self-assessment.json").write_text("{}")
    return folder


def _visible(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    inner = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in inner.items() if not name.startswith(".") and name != FILE_NAME}


def _names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_touched_lessons_are_packed_whole_and_untouched_ones_are_not(work: Path) -> None:
    kept = keep(work)
    assert kept.lessons == (W01,)
    assert _names(kept.path) == {
        NOTEBOOK,
        JOURNAL,
        f"{W01}/key.json",
        f"{W01}/customers.csv",
        "notes/Über Preise.txt",
        "self-assessment.json",
        f".handson/released/{NOTEBOOK}",
        RECORD,
        LISTED,
    }


def test_files_of_ones_own_are_named_the_first_five_of_them(work: Path) -> None:
    begin(work)
    shown = "2 files of your own (notes/Über Preise.txt, self-assessment.json)"
    assert f"1 lesson with its journal and {shown}" in keep_my_work().text
    for number in range(5):
        (work / f"a{number}.txt").write_text("mine")
    assert "7 files of your own (a0.txt, a1.txt, a2.txt, a3.txt, a4.txt and 2 more)" in keep_my_work().text


def test_all_comes_back_byte_for_byte_in_an_empty_folder_with_the_other_lessons(
    work: Path, lessons: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "Zoë's Größe" / "work"
    taken = take_up(keep(work).path, elsewhere)
    assert taken.lines() == [f"Taken up: {W01}.", "2 other files of yours came along."]
    assert copy_lessons(lessons, elsewhere).lines() == ["Copied 1 lesson and the start page."]
    assert _visible(elsewhere) == _visible(work)
    assert copy_lessons(lessons, elsewhere).lines() == []


def test_a_newer_course_elsewhere_carries_the_answers_over(work: Path, lessons: Path, tmp_path: Path) -> None:
    kept = keep(work)
    stubbed = json.loads(_notebook("released first"))
    newer = {**stubbed, "cells": [{**stubbed["cells"][0], "id": "other"}]}
    _release(lessons, "second")
    (lessons / NOTEBOOK).write_text(json.dumps(newer))
    elsewhere = tmp_path / "elsewhere"
    take_up(kept.path, elsewhere)
    copy_lessons(lessons, elsewhere)
    assert (elsewhere / NOTEBOOK).read_text() == _notebook("my answer")
    carried = json.loads((elsewhere / f"{W01}-r2" / f"{W01}.ipynb").read_text())
    # Told by the release that was kept along: nothing in the cell itself says that it is the same.
    assert [cell["source"] for cell in carried["cells"]][1:] == ["my answer"]


def test_what_was_freshly_copied_here_gives_way_and_nothing_is_doubled(
    work: Path, lessons: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    copy_lessons(lessons, elsewhere)
    kept = keep(work).path
    assert take_up(kept, elsewhere).beside == []
    assert _visible(elsewhere) == _visible(work)
    before = _visible(elsewhere)
    assert take_up(kept, elsewhere).lines() == ["All that the file holds is here already."]
    assert _visible(elsewhere) == before


@pytest.mark.parametrize(
    ("mine", "where"),
    [
        (NOTEBOOK, f"{W01}-kept/{W01}.ipynb"),
        (JOURNAL, f"{W01}-kept/journal.jsonl"),
        ("self-assessment.json", "self-assessment-kept.json"),
        ("notes/Über Preise.txt", "notes/Über Preise-kept.txt"),
    ],
)
def test_a_clash_keeps_both_and_says_so(work: Path, lessons: Path, tmp_path: Path, mine: str, where: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    copy_lessons(lessons, elsewhere)
    (elsewhere / mine).parent.mkdir(exist_ok=True)
    (elsewhere / mine).write_text("worked on here")
    taken = take_up(keep(work).path, elsewhere)
    assert (elsewhere / mine).read_text() == "worked on here"
    assert (elsewhere / where).read_bytes() == (work / mine).read_bytes()
    ((old, new),) = taken.beside
    assert f"{old} differs from the one here: yours stays, and the kept one is in {new}." in taken.lines()
    again = _visible(elsewhere)
    take_up(work / FILE_NAME, elsewhere)
    assert _visible(elsewhere) == again


def test_a_file_where_the_kept_work_has_a_folder_stays(work: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "notes").write_text("a file")
    (elsewhere / W01).write_text("another")
    taken = take_up(keep(work).path, elsewhere)
    assert taken.beside == [("notes", "notes-kept"), (W01, f"{W01}-kept")]
    assert (elsewhere / "notes").read_text() == "a file"
    assert (elsewhere / "notes-kept" / "Über Preise.txt").read_text() == "mine"
    assert (elsewhere / f"{W01}-kept" / "journal.jsonl").is_file()


def test_a_clone_or_binder_without_a_record_is_held_against_the_installed_lessons(
    lessons: Path, tmp_path: Path
) -> None:
    binder = _release(tmp_path / "binder")
    (binder / NOTEBOOK).write_text(_notebook("my answer"))
    names = _names(keep(binder).path)
    assert {name.split("/")[0] for name in names} == {W01, ".handson", LISTED}
    assert f".handson/released/{NOTEBOOK}" in names
    elsewhere = tmp_path / "elsewhere"
    take_up(binder / FILE_NAME, elsewhere)
    assert copy_lessons(lessons, elsewhere).beside == ()


def test_binder_takes_it_back_from_a_box(lessons: Path, tmp_path: Path) -> None:
    first, second = _release(tmp_path / "first"), _release(tmp_path / "second")
    (first / NOTEBOOK).write_text(_notebook("my answer"))
    begin(first / W01)
    assert "1 lesson with its journal" in keep_my_work().text
    (second / "kept-work-2026-11-24.zip").write_bytes((first / FILE_NAME).read_bytes())
    begin(second)
    assert f"Taken up: {W01}." in bring_back("kept-work-2026-11-24.zip").text
    assert (second / NOTEBOOK).read_text() == _notebook("my answer")
    assert "in quotes" in bring_back(3).text  # type: ignore[arg-type]
    (second / "notes.ipynb").write_text("{}")
    for named, says in {
        "kept-work": 'There is no file kept-work here. I see kept-work-2026-11-24.zip: write bring_back("kept-work-',
        "notes.ipynb": "notes.ipynb is one notebook, and this takes the zip",
        W01: f"There is no file {W01} here.",
    }.items():
        told = bring_back(named).text
        assert told.startswith("Not brought back.")
        assert says in told
        assert "--from" not in told
    assert "All that the file holds is here already" in bring_back("kept-work-2026-11-24").text
    (second / "kept-work-2026-11-24.zip").unlink()
    assert "Drag the zip that keep_my_work() made into the list of files" in bring_back().text


def test_hidden_and_linked_files_caches_and_older_kept_files_stay_out(work: Path, tmp_path: Path) -> None:
    keep(work)
    (work / "kept-work-2026-01-01.zip").write_bytes((work / FILE_NAME).read_bytes())
    (tmp_path / "private.txt").write_text("not in the folder")
    (work / "link.txt").symlink_to(tmp_path / "private.txt")
    (work / "linked").symlink_to(tmp_path, target_is_directory=True)
    for name in (".env", ".git/config", "notes/.secret", "__pycache__/x.pyc", "notes/.ipynb_checkpoints/x.ipynb"):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text("no")
    (work / ".handson" / "jupyter").mkdir()
    (work / ".handson" / "jupyter" / "settings.json").write_text("no")
    with zipfile.ZipFile(keep(work).path) as archive:
        assert not [name for name in archive.namelist() if archive.read(name) in (b"no", b"not in the folder")]
        assert not [name for name in archive.namelist() if name.endswith(".zip")]


def test_own_files_beyond_the_cap_are_left_out_by_name_and_lessons_never(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_module, "CAP_OF_A_FILE", 1_000)
    monkeypatch.setattr(keep_module, "CAP_OF_OWN_FILES", 1_500)
    (work / NOTEBOOK).write_text(_notebook("my answer" * 1_000))
    for name, size in (("large.csv", 1_001), ("b.txt", 900), ("c.txt", 901)):
        (work / name).write_text("x" * size)
    kept = keep(work)
    assert [name for name, _ in kept.left_out] == ["c.txt", "large.csv"]
    assert {NOTEBOOK, "b.txt"} <= _names(kept.path)
    begin(work)
    assert "Left out: large.csv" in keep_my_work().text


def test_a_file_that_cannot_be_read_is_left_out_by_name(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def locked(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.name == "self-assessment.json":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", locked)
    kept = keep(work)
    assert kept.left_out == (("self-assessment.json", "it cannot be read: Permission denied"),)
    assert NOTEBOOK in _names(kept.path)


def test_the_card_links_to_the_file_from_any_depth_and_says_whose_it_is(work: Path) -> None:
    for here, link in ((work, "kept-work.zip"), (work / W01, "../kept-work.zip")):
        begin(here)
        shown = keep_my_work()
        assert re.search(
            rf'<a class="hoh-link" [^>]*download="kept-work-[\d-]+\.zip" href="{re.escape(link)}">', shown.html
        )
        assert "private boxes are in it" in shown.text
        assert re.search(r"as last saved at \d\d:\d\d:\d\d", shown.text)


def test_in_runs_of_the_build_or_of_a_coach_nothing_is_written(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(work)
    monkeypatch.setenv("HANDSON_MODE", "grade")
    assert "nothing is packed" in keep_my_work().text
    assert "nothing is unpacked" in bring_back().text
    assert not (work / FILE_NAME).exists()


def test_an_untouched_folder_has_nothing_to_keep(lessons: Path, tmp_path: Path) -> None:
    copy_lessons(lessons, tmp_path / "fresh")
    begin(tmp_path / "fresh" / W01)
    assert "Nothing is saved yet" in keep_my_work().text


def test_the_work_folder_is_found_from_inside_a_lesson(work: Path, tmp_path: Path) -> None:
    assert work_folder(work / W01) == work
    assert work_folder(work / "notes") == work
    assert work_folder(tmp_path) == tmp_path


def test_a_folder_without_lessons_and_a_place_that_is_taken_are_sentences(work: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match="holds no lesson"):
        keep(tmp_path / "empty")
    with pytest.raises(Problem, match="is not a folder"):
        keep(tmp_path / "nowhere")
    letter = tmp_path / "letter.zip"
    letter.write_text("dear")
    with pytest.raises(Problem, match=r"is there already and is no kept work: it stays"):
        keep(work, letter)
    assert letter.read_text() == "dear"
    with pytest.raises(Problem, match="is not there: make it"):
        keep(work, tmp_path / "nowhere" / "x.zip")
    assert keep(work, tmp_path / "empty").path == tmp_path / "empty" / FILE_NAME


# What may come in.


def _zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], schema: object = 1) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.writestr(LISTED, json.dumps({"schema": schema}))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../out.txt",
        "w01/../../out.txt",
        "/etc/out.txt",
        "C:/out.txt",
        "c:out.txt",
        "a\\..\\out.txt",
        "./out.txt",
        "a//out.txt",
        ".bashrc",
        "notes/.ssh/config",
        ".handson/jupyter/jupyter_server_config.py",
        ".handson/ipython/profile_default/startup/x.ipynb",
        ".handson/released/x.py",
        f"{'n' * 251}.txt",
    ],
)
def test_a_name_that_does_not_belong_refuses_the_whole_file(tmp_path: Path, name: str) -> None:
    hostile = _zip(tmp_path / "kept.zip", ("good.txt", b"good"), (name, b"bad"))
    with pytest.raises(Problem, match=r"does not belong in it\): nothing was taken from it"):
        take_up(hostile, tmp_path / "work")
    assert {path.name for path in tmp_path.iterdir()} == {"kept.zip"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    with pytest.raises(Problem, match="does not belong"):
        take_up(_zip(tmp_path / "kept.zip", (info, b"/etc/passwd")), tmp_path / "work")


def test_bombs_are_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = _zip(tmp_path / "kept.zip", ("zeros.txt", bytes(2_000_000)))
    many = _zip(tmp_path / "many.zip", *((f"{number}.txt", b"") for number in range(30)))
    monkeypatch.setattr(take_up_module, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(take_up_module, "MOST_FILES", 20)
    for file in (bomb, many):
        with pytest.raises(Problem, match="too much is in it"):
            take_up(file, tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_member_that_is_longer_than_it_says_takes_nothing_in(tmp_path: Path) -> None:
    file = _zip(tmp_path / "kept.zip", ("good.txt", b"good"), ("zeros.txt", bytes(2_000_000)))
    data = bytearray(file.read_bytes())
    size = (2_000_000).to_bytes(4, "little")
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = (1_000).to_bytes(4, "little")
    file.write_bytes(data)
    with pytest.raises(Problem, match="is damaged: download it again"):
        take_up(file, tmp_path / "work")
    assert _visible(tmp_path / "work") == {}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "is not there"),
        (lambda path: path.mkdir(), "is a folder, and `--from` takes one file"),
        (lambda path: path.write_bytes(b""), "only a part of one: download it again"),
        (lambda path: path.write_bytes(_zip(path, ("a", b"x" * 99)).read_bytes()[:-30]), "only a part of one"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "is no kept work: take the file"),
        (lambda path: _zip(path, schema=2), "made by a newer version of the course"),
        (lambda path: _zip(path, schema="x"), "is damaged"),
    ],
)
def test_a_file_that_is_none_of_ours_is_a_sentence(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "kept.zip")
    with pytest.raises(Problem, match=said):
        take_up(tmp_path / "kept.zip", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_notebook_is_told_from_kept_work(tmp_path: Path) -> None:
    (tmp_path / "w01.ipynb").write_text("{}")
    with pytest.raises(Problem, match=r"w01\.ipynb is one notebook, and `--from` takes the zip"):
        take_up(tmp_path / "w01.ipynb", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_hand_in_is_told_from_kept_work(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w01-hand-in.zip", "w") as archive:
        archive.writestr("manifest.json", "{}")
    with pytest.raises(Problem, match="what you handed in, not your kept work"):
        take_up(tmp_path / "w01-hand-in.zip", tmp_path / "work")


def test_names_that_windows_does_not_allow_are_changed_there_and_said(tmp_path: Path) -> None:
    file = _zip(tmp_path / "kept.zip", ("who?.txt", b"1"), ("who_.txt", b"2"), ("con.txt", b"3"), ("end. ", b"4"))
    taken = take_up(file, tmp_path / "work", windows=True)
    assert _visible(tmp_path / "work") == {"who_.txt": b"1", "who_-kept.txt": b"2", "_con.txt": b"3", "end": b"4"}
    assert "who?.txt is now called who_.txt: Windows does not allow the old name." in taken.lines()


# Killed, full, read-only.


@pytest.mark.linux
def test_a_kernel_killed_while_it_writes_loses_no_try_that_was_shown(tmp_path: Path) -> None:
    """A process adds tries as fast as it can and reports each; it is killed in the midst."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom grader.learner.journal import Journal\nbook = Journal(Path('.'))\n"
        "for n in range(10**9):\n    book.append({'n': n, 'text': 'x' * 5000})\n    print(n, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "HANDSON_MODE": ""}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    shown = [int(process.stdout.readline()) for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    shown += [int(line) for line in process.communicate()[0].splitlines() if line.isdigit()]
    assert process.returncode == -signal.SIGKILL
    book = Journal(tmp_path)
    assert [entry["n"] for entry in book.entries()][: len(shown)] == shown
    book.append({"n": "after"})
    assert book.entries()[-1]["n"] == "after"


@pytest.mark.linux
def test_a_process_killed_in_the_midst_of_packing_leaves_the_old_file_whole(work: Path) -> None:
    keep(work)
    before = (work / FILE_NAME).read_bytes()
    (work / NOTEBOOK).write_text(_notebook("my newer answer"))
    code = (
        "import os, signal, sys, zipfile\nfrom pathlib import Path\nfrom grader.learner import keep\n"
        "real = keep._add\n"
        "def dying(archive, name, source):\n"
        "    if name.endswith('journal.jsonl'):\n"
        "        archive.fp.flush()\n        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(archive, name, source)\n"
        "keep._add = dying\nkeep.keep(Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(work)], env={**os.environ, "HANDSON_MODE": ""})
    assert done.returncode == -signal.SIGKILL
    assert (work / FILE_NAME).read_bytes() == before
    assert [path for path in work.iterdir() if path.name.endswith(".part")]
    assert "my newer answer" in zipfile.ZipFile(keep(work).path).read(NOTEBOOK).decode()
    assert not [name for name in _names(work / FILE_NAME) if name.endswith(".part")]


ON_A_FULL_DISK = """
import sys
from pathlib import Path
from grader.learner.journal import Journal
from grader.learner.keep import keep
from grader.learner.problem import Problem
from grader.learner.start import copy_lessons, find_lessons
from grader.learner.take_up import take_up

disk = Path(sys.argv[1])
work = disk / "work"

def refused(do):
    try:
        do()
    except Problem as problem:
        assert "is full" in str(problem), problem
    else:
        raise AssertionError("the disk was not full")

def state(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

copy_lessons(find_lessons(), work)
book = Journal(work / "w01_three_answers")
assert book.append({"n": 0})
kept = keep(work).path
filler = disk / "filler"
with filler.open("wb", buffering=0) as stream:
    try:
        while True:
            stream.write(bytes(4096))
    except OSError:
        pass
before = state(work)
for n in range(1, 30):
    book.append({"n": n, "text": "x" * 4000})
refused(lambda: keep(work))
refused(lambda: copy_lessons(find_lessons(), disk / "other"))
refused(lambda: take_up(kept, disk / "another"))
# Not a byte of what was there is another now; the journal may have grown.
after = state(work)
assert all(after[path].startswith(data) for path, data in before.items())
assert before.keys() == after.keys()
filler.unlink()
assert book.append({"n": 30})
assert [entry["n"] for entry in Journal(work / "w01_three_answers").entries()] == list(range(31))
keep(work)
copy_lessons(find_lessons(), disk / "other")
"""


@pytest.mark.linux
def test_on_a_disk_that_is_really_full_every_step_refuses_and_nothing_is_lost(
    tmp_path: Path, root: Path, lessons: Path
) -> None:
    """A file system of half a megabyte in memory; bubblewrap makes one without privileges."""
    disk = tmp_path / "disk"
    disk.mkdir()
    sandbox = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--size", "500000", "--tmpfs", str(disk)]
    environment = {**os.environ, "PYTHONPATH": str(root), "HANDSON_MODE": ""}
    script = [sys.executable, "-B", "-c", ON_A_FULL_DISK, str(disk)]
    done = subprocess.run([*sandbox, *script], env=environment, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr


class _Full:
    """A stream on a disk that takes `room` bytes and no more."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream, self.room = stream, room

    def write(self, data: bytes) -> int:
        if len(data) > self.room:
            self._stream.write(bytes(data)[: self.room])
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(data)
        return int(self._stream.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> "_Full":
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()


@pytest.mark.parametrize("room", [0, 40, 400])
def test_a_disk_that_fills_up_while_packing_leaves_the_old_file_whole(
    work: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    keep(work)
    before = (work / FILE_NAME).read_bytes()
    real = Path.open

    def filling(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        stream = real(path, mode, *arguments, **named)
        return _Full(stream, room) if "w" in mode else stream

    monkeypatch.setattr(Path, "open", filling)
    with pytest.raises(Problem, match=r"The disk of .* is full: free some space.*Your work is untouched"):
        keep(work)
    monkeypatch.undo()
    assert (work / FILE_NAME).read_bytes() == before
    assert not [path for path in work.iterdir() if path.name.endswith(".part")]


def test_a_disk_without_room_takes_nothing_up(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep(work).path
    monkeypatch.setattr(take_up_module.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=19_000_000))
    with pytest.raises(Problem, match=r"is full: free some space, then start again; the file is as it was"):
        take_up(kept, tmp_path / "elsewhere")
    assert _visible(tmp_path / "elsewhere") == {}


def test_a_disk_that_fills_up_while_unpacking_takes_nothing_up(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(work).path
    real = take_up_module.shutil.copyfileobj

    def full(source: Any, stream: Any, length: int) -> None:
        if stream.name.endswith("journal.jsonl"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, stream, length)

    monkeypatch.setattr(take_up_module.shutil, "copyfileobj", full)
    with pytest.raises(Problem, match="is full"):
        take_up(kept, tmp_path / "elsewhere")
    assert _visible(tmp_path / "elsewhere") == {}
    monkeypatch.undo()
    take_up(kept, tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / JOURNAL).is_file()


def test_a_read_only_folder_is_a_sentence_with_a_way_out(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(work, tmp_path).path
    real = Path.open

    def read_only(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if "w" in mode and path.parent == work:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, mode, *arguments, **named)

    monkeypatch.setattr(Path, "open", read_only)
    with pytest.raises(Problem, match=r"Nothing can be written into .*handson keep --to FILE.*untouched"):
        keep(work)
    assert keep(work, tmp_path).path == kept

    def refused(*_arguments: object, **_named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(Problem, match=r"cannot take up the kept work \(Permission denied\)"):
        take_up(kept, tmp_path / "elsewhere")


def test_an_interrupted_take_up_is_finished_by_the_next(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(work).path
    real = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if path.name == f"{W01}.ipynb":
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        take_up(kept, tmp_path / "elsewhere")
    monkeypatch.undo()
    assert take_up(kept, tmp_path / "elsewhere").beside == []
    assert (tmp_path / "elsewhere" / NOTEBOOK).read_bytes() == (work / NOTEBOOK).read_bytes()


def test_the_command_packs_and_the_other_one_refuses_in_a_sentence(work: Path, root: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root), "HANDSON_MODE": ""}

    def run(*arguments: str, cwd: Path = work / W01) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "grader.cli", *arguments]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    done = run("keep")
    assert done.returncode == 0
    assert "1 lesson with its journal and 2 files of your own" in done.stdout
    assert is_kept(work / FILE_NAME)
    (work / FILE_NAME).unlink()
    done = run("keep", cwd=work.parent)
    assert is_kept(work / FILE_NAME)
    assert f'handson start --from "{work / FILE_NAME}"' in done.stdout
    refused = run("start", "--from", "nothing.zip", str(work))
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert refused.stderr.startswith("nothing.zip is not there: give the file that")


def test_a_bare_name_is_found_where_browsers_put_what_they_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Downloads").mkdir()
    (tmp_path / "Downloads" / "none.zip").write_text("no zip")
    with pytest.raises(Problem, match=r"none\.zip is no zip"):
        take_up(Path("none.zip"), tmp_path / "work")
    with pytest.raises(Problem, match=r"none\.zip is not there"):
        take_up(Path("sub") / "none.zip", tmp_path / "work")
