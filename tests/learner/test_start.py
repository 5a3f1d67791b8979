"""The learner's own folder: what is copied, what is left alone, and how JupyterLab is started."""

import errno
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.learner import start as start_module
from grader.learner.identity import Who
from grader.learner.identity import keep as remember
from grader.learner.keep import keep
from grader.learner.problem import Problem
from grader.learner.self_assessment import _write as keep_takes
from grader.learner.start import (
    HIDDEN,
    START_PAGE,
    Report,
    copy_lessons,
    end_soon,
    find_lessons,
    folder_to_start,
    lab_command,
    lab_environment,
    own_folder,
)
from grader.learner.work import named_folder

LESSON = "w01_three_answers"
NOTEBOOK = f"{LESSON}/{LESSON}.ipynb"


def _release(folder: Path, text: str) -> Path:
    """A course of one start page and one lesson, whose contents carry `text`."""
    (folder / LESSON).mkdir(parents=True, exist_ok=True)
    (folder / START_PAGE).write_text("start page")
    (folder / NOTEBOOK).write_text(f"notebook {text}")
    (folder / LESSON / "key.json").write_text(json.dumps({"release": text}))
    (folder / LESSON / "customers.csv").write_text("a,b\n")
    (folder / LESSON / "journal.jsonl").write_text("left over from a run")
    return folder


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    return _release(tmp_path / "lessons", "first")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "my-work"


def _visible(folder: Path) -> set[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if not path.parts[0].startswith(".")}


def test_the_first_start_copies_every_lesson_and_no_left_over_journal(lessons: Path, work: Path) -> None:
    report = copy_lessons(lessons, work)
    assert _visible(work) == {START_PAGE, NOTEBOOK, f"{LESSON}/key.json", f"{LESSON}/customers.csv"}
    assert report.start_page == START_PAGE
    assert report.lines() == ["Copied 1 lesson and the start page."]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("w01_three_answers",), "w01_three_answers"),
        ((START_PAGE,), "the start page"),
        (
            (START_PAGE, "d04_desk_ask", "glossary.md", "w01_x", "w02_x"),
            "2 lessons, 1 desk session, the start page and the glossary",
        ),
    ],
)
def test_what_was_copied_is_counted_by_kind(names: tuple[str, ...], said: str) -> None:
    assert Report(START_PAGE, new=names).lines() == [f"Copied {said}."]


def test_a_second_start_changes_nothing_and_says_nothing(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    (work / NOTEBOOK).write_text("my answers")
    before = {name: (work / name).read_bytes() for name in _visible(work)}
    assert copy_lessons(lessons, work).lines() == []
    assert {name: (work / name).read_bytes() for name in _visible(work)} == before


def test_an_untouched_lesson_follows_a_newer_release(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    report = copy_lessons(_release(lessons, "second"), work)
    assert (work / NOTEBOOK).read_text() == "notebook second"
    assert report.updated == (LESSON,)
    assert not (work / f"{LESSON}-r2").exists()


def test_a_changed_lesson_stays_whole_and_the_newer_release_goes_beside_it(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    (work / NOTEBOOK).write_text("my answers")
    report = copy_lessons(_release(lessons, "second"), work)
    assert (work / NOTEBOOK).read_text() == "my answers"
    assert json.loads((work / LESSON / "key.json").read_text()) == {"release": "first"}
    assert (work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_text() == "notebook second"
    assert report.lines() == [f"{LESSON} has a new release. Yours stays as it is; the new one is in {LESSON}-r2."]


def _with_way_on(folder: Path, link: str) -> Path:
    _release(folder, "first")
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = ...", "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "id": "way-on", "metadata": {"handson": {"way_on": True}}, "source": link},
    ]
    (folder / NOTEBOOK).write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return folder


def test_a_new_week_changes_the_link_at_the_end_and_makes_no_new_release(tmp_path: Path) -> None:
    before, after = _with_way_on(tmp_path / "before", "week 9"), _with_way_on(tmp_path / "after", "week 2")
    worked, untouched = tmp_path / "worked", tmp_path / "untouched"
    for folder in (worked, untouched):
        copy_lessons(before, folder)
    mine = (worked / NOTEBOOK).read_text().replace("x = ...", "x = 1")
    (worked / NOTEBOOK).write_text(mine)
    for folder in (worked, untouched):
        assert copy_lessons(after, folder).lines() == []
        assert not (folder / f"{LESSON}-r2").exists()
    assert (worked / NOTEBOOK).read_text() == mine
    assert "week 2" in (untouched / NOTEBOOK).read_text()


def test_the_newer_release_is_put_beside_only_once(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    (work / NOTEBOOK).write_text("my answers")
    _release(lessons, "second")
    copy_lessons(lessons, work)
    (work / f"{LESSON}-r2" / f"{LESSON}.ipynb").write_text("my second answers")
    assert copy_lessons(lessons, work).lines() == []
    assert not (work / f"{LESSON}-r3").exists()
    copy_lessons(_release(lessons, "third"), work)
    assert (work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_text() == "my second answers"
    assert (work / f"{LESSON}-r3" / f"{LESSON}.ipynb").read_text() == "notebook third"


def test_a_changed_start_page_keeps_its_words_and_the_new_one_is_opened(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    (work / START_PAGE).write_text("my self-assessment")
    (lessons / START_PAGE).write_text("a newer start page")
    report = copy_lessons(lessons, work)
    assert (work / START_PAGE).read_text() == "my self-assessment"
    assert report.start_page == "00_start_here-r2.ipynb"
    assert (work / report.start_page).read_text() == "a newer start page"


def test_a_deleted_data_file_comes_back(lessons: Path, work: Path) -> None:
    copy_lessons(lessons, work)
    (work / NOTEBOOK).write_text("my answers")
    (work / LESSON / "customers.csv").unlink()
    assert copy_lessons(lessons, work).restored == (f"{LESSON}/customers.csv",)
    assert (work / LESSON / "customers.csv").read_text() == "a,b\n"
    assert (work / NOTEBOOK).read_text() == "my answers"


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_text("{"), lambda path: path.write_text("[1]")]
)
def test_a_lost_list_of_copies_overwrites_nothing(lessons: Path, work: Path, damage: Callable[[Path], object]) -> None:
    copy_lessons(lessons, work)
    (work / NOTEBOOK).write_text("my answers")
    damage(work / ".handson" / "copied.json")
    assert copy_lessons(lessons, work).beside == ()
    assert (work / NOTEBOOK).read_text() == "my answers"
    damage(work / ".handson" / "copied.json")
    copy_lessons(_release(lessons, "second"), work)
    assert (work / NOTEBOOK).read_text() == "my answers"
    assert (work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_text() == "notebook second"


def test_files_that_were_there_before_the_course_are_left_alone(lessons: Path, work: Path) -> None:
    (work / LESSON).mkdir(parents=True)
    (work / NOTEBOOK).write_text("something else of mine")
    copy_lessons(lessons, work)
    assert (work / NOTEBOOK).read_text() == "something else of mine"
    assert (work / f"{LESSON}-r2" / f"{LESSON}.ipynb").read_text() == "notebook first"


def test_a_copy_that_was_cut_short_is_finished_in_place(
    lessons: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = start_module.write_whole

    def full(path: Path, data: bytes) -> None:
        if path.name == f"{LESSON}.ipynb":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data)

    monkeypatch.setattr(start_module, "write_whole", full)
    with pytest.raises(Problem, match=r"disk of .* is full"):
        copy_lessons(lessons, work)
    monkeypatch.undo()
    copy_lessons(lessons, work)
    assert (work / NOTEBOOK).read_text() == "notebook first"
    assert not (work / f"{LESSON}-r2").exists()


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def torn(path: Path, data: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(data[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", torn)
    with pytest.raises(OSError, match="No space"):
        start_module.write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_read_only_folder_is_refused_in_a_sentence(
    lessons: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, data: bytes) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(start_module, "write_whole", refused)
    with pytest.raises(Problem, match="cannot be written to: choose a folder of your own"):
        copy_lessons(lessons, work)


def test_a_file_is_not_a_folder(lessons: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Problem, match="is a file, not a folder"):
        copy_lessons(lessons, tmp_path / "taken")


def test_the_course_itself_is_not_a_folder_to_work_in(lessons: Path) -> None:
    for folder in (lessons, lessons / LESSON):
        with pytest.raises(Problem, match="belongs to the course itself"):
            copy_lessons(lessons, folder)


def test_missing_lessons_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDSON_LESSONS", str(tmp_path))
    with pytest.raises(Problem, match="lessons are not here"):
        find_lessons()


def test_jupyter_gets_our_look_and_keeps_its_settings_in_the_learners_folder(work: Path) -> None:
    environment = lab_environment(work, "secret", {"HOME": "somewhere", "JUPYTER_CONFIG_DIR": "theirs"})
    assert environment["HOME"] == "somewhere"
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        assert Path(environment[name]).is_relative_to(work)
    look = Path(environment["JUPYTER_CONFIG_PATH"])
    settings = json.loads((look / "labconfig" / "default_setting_overrides.json").read_text())
    assert settings["@jupyterlab/docmanager-extension:plugin"]["autosaveInterval"] == 10
    assert "secret" not in " ".join(lab_command(work, START_PAGE, 8888))


def test_every_setting_of_the_look_exists_in_this_jupyterlab() -> None:
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    look = start_module._LAB / "labconfig" / "default_setting_overrides.json"
    for plugin, settings in json.loads(look.read_text()).items():
        package, name = plugin.split(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text())
        assert settings.keys() <= schema["properties"].keys(), plugin


def test_a_taken_port_is_a_sentence_and_without_one_the_next_free_is_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} is taken"):
            start_module.free_port(port)
    assert start_module.free_port(0) >= start_module.FIRST_PORT


def test_the_command_shows_a_sentence_and_no_traceback(tmp_path: Path, root: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = subprocess.run(
        [sys.executable, "-m", "grader.cli", "start", str(tmp_path / "taken"), "--no-browser"],
        cwd=root,
        capture_output=True,
        text=True,
        env={**start_module.os.environ, "HANDSON_LESSONS": str(_release(tmp_path / "lessons", "first"))},
    )
    assert result.returncode == 2
    assert result.stderr.strip() == (
        f"{tmp_path / 'taken'} is a file, not a folder: choose another name, as in `handson start my-work`."
    )


def test_a_command_inside_ones_own_folder_means_that_folder(
    lessons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    work = tmp_path / "my-work"
    copy_lessons(lessons, work)
    lesson = next(path for path in work.iterdir() if path.is_dir() and not path.name.startswith("."))
    for here in (work, lesson):
        monkeypatch.chdir(here)
        assert own_folder(None) == work
        assert own_folder(Path("other")) == Path("other")
    monkeypatch.chdir(tmp_path)
    assert own_folder(None) == Path("my-work")


def test_a_folder_that_was_renamed_is_named_and_no_fresh_course_is_laid_beside_it(
    lessons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    assert folder_to_start(None) == Path("my-work")
    copy_lessons(lessons, Path("my-work"))
    assert folder_to_start(None) == Path("my-work")
    Path("my-work").rename("my hour")
    for made in (False, True):
        with pytest.raises(Problem, match=r'^Your lessons are in `my hour`: `handson start "my hour"` goes on there'):
            folder_to_start(None)
        with pytest.raises(Problem, match=r'as in `handson keep ".*my hour"`'):
            keep(Path.cwd() / "my-work" if made else Path.cwd())
        assert folder_to_start(Path("my-work")) == Path("my-work")
        Path("my-work", HIDDEN).mkdir(parents=True, exist_ok=True)
    with pytest.raises(Problem, match=r"my-work holds no lesson: your lessons are in .*my hour: name that one"):
        named_folder(None)


def test_the_server_cannot_make_the_folder_again_that_was_renamed_under_it(tmp_path: Path):
    work = tmp_path / "my-work"
    work.mkdir()
    code = (
        "import os, pathlib, sys\n"
        "from grader.learner.serve import never_made_again\n"
        "work = pathlib.Path(sys.argv[1])\n"
        "never_made_again(work)\n"
        "(work / 'lab' / 'settings').mkdir(parents=True)\n"
        "work.rename(work.with_name('renamed'))\n"
        "for make in (lambda: (work / 'lab').mkdir(parents=True), lambda: os.makedirs(work / 'lab', exist_ok=True)):\n"
        "    try:\n"
        "        make()\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(work)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("It was renamed or moved\n" * 2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["renamed"]
    assert "grader.learner.serve" in lab_command(work, START_PAGE, 8888)


def test_what_a_running_page_would_write_does_not_make_the_renamed_folder_again(tmp_path: Path):
    gone = tmp_path / "my-work"
    assert not remember(gone, Who("ada@kestrel.example"))
    assert not keep_takes(gone / "self-assessment.json", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.linux
def test_a_server_that_does_not_end_when_it_is_asked_to_is_ended() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        end_soon(process, 0.1)
        assert process.wait(timeout=30) < 0
