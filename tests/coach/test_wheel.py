"""The wheel, which is the way in on Windows: what is in it, and that it opens the course in an empty environment.

The environment is a new one, in a folder with a space and an accent. It holds the wheel alone; the packages that the
course needs are seen through a path file, since installing the lock takes a minute.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest

from grader.coach.publish import _MARKERS, _plain, _readable, secrets
from grader.learner.keep import is_kept
from tests.browser.course import free_port

LEFT_OVER = ("journal.jsonl", "w01-hand-in.zip", ".ipynb_checkpoints/w01_three_answers.ipynb", ".handson/copied.json")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a clone in which an author has tried week 1."""
    clone = tmp_path_factory.mktemp("clone")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "journal.jsonl")
    for name in ("grader", "lessons"):
        shutil.copytree(root / name, clone / name, ignore=ignored)
    for name in (".gitignore", "LICENSE", "LICENSE-TEXT", "README.md", "pyproject.toml"):
        shutil.copy(root / name, clone / name)
    for name in LEFT_OVER:
        path = clone / "lessons" / "w01_three_answers" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("an author's own")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, cwd=clone, check=True, capture_output=True)
    (made,) = (clone / "dist").glob("*.whl")
    return made


def test_it_carries_every_lesson_with_its_data_and_key_and_nothing_that_an_author_left(wheel: Path, root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "lessons"], cwd=root, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("grader/_lessons/")}
        assert inside == {name.replace("lessons/", "grader/_lessons/", 1) for name in listed.stdout.split()}
        for name in inside:
            original = root / name.replace("grader/_lessons", "lessons")
            assert archive.read(name) == original.read_bytes()
    assert sum(name.endswith("/key.json") for name in inside) >= 4


def test_it_carries_the_package_and_no_solution_test_or_data_set(wheel: Path, root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "grader"], cwd=root, capture_output=True, text=True, check=True)
    kept = secrets(root / "solutions")
    assert kept
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        others = {name for name in names if not name.startswith("grader/_lessons/") and ".dist-info/" not in name}
        # Files that are not committed yet count as well as those that are.
        assert set(listed.stdout.split()) <= others
        assert {name.split("/")[0] for name in others} == {"grader"}
        assert {name.split("/")[1] for name in others if name.count("/") > 1} == {
            "authoring",
            "coach",
            "labs",
            "learner",
            "sandbox",
        }
        for name in names:
            text = _plain(_readable(archive.read(name)))
            assert not [secret.where for secret in kept if secret.text in text], name
            if name.startswith(("grader/_lessons/", "grader/learner/")):
                assert not [marker for marker in _MARKERS if marker in text], name


def test_it_asks_for_what_a_learner_needs_and_brings_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = message_from_string(archive.read(metadata).decode())
        command = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    plain = [line for line in about.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert "nbgrader" not in " ".join(plain)
    assert {re.split(r"[<>=]", line)[0] for line in plain} >= {"duckdb", "jupyterlab"}
    assert about["Requires-Python"] == ">=3.11"
    assert "handson = grader.cli:app" in command


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment into which the wheel, and nothing else, was installed by pip."""
    home = tmp_path_factory.mktemp("home") / "Zoë's Python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    programs = home / "bin"
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, wheel], check=True, capture_output=True)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    for folder in ("share", "etc"):
        (home / folder).symlink_to(Path(sys.prefix) / folder)
    return programs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Größe & Prüfung #1, 100% é"
    folder.mkdir()
    return folder


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HANDSON_"))}
    return {**kept, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def started(programs: Path, folder: Path) -> Iterator[str]:
    """The address that `handson start`, in an empty folder, says."""
    process = subprocess.Popen(
        [programs / "handson", "start", "--no-browser", "--port", str(free_port())],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                yield found.group()
                break
        else:
            pytest.fail("handson start ended early: " + "".join(said))
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.linux
def test_start_in_an_empty_folder_serves_the_course(started: str, folder: Path, root: Path) -> None:
    work = folder / "my-work"
    assert (work / "00_start_here.ipynb").read_bytes() == (root / "lessons" / "00_start_here.ipynb").read_bytes()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    with opener.open(started, timeout=30) as answer:
        assert answer.status == 200
        assert b"jupyter-config-data" in answer.read()
    token = started.partition("?token=")[2]
    with opener.open(f"{started.partition('/doc/')[0]}/api/contents?token={token}", timeout=30) as answer:
        served = {entry["name"] for entry in json.load(answer)["content"]}
    assert served >= {"00_start_here.ipynb", "w01_three_answers", "w23_payback_or_uplift"}


@pytest.mark.linux
def test_the_installed_doctor_finds_all_well_and_a_kernel(programs: Path, folder: Path) -> None:
    done = subprocess.run(
        [programs / "handson", "doctor", "--json"], cwd=folder, env=_environment(), capture_output=True, text=True
    )
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert [name for name, finding in findings.items() if finding["state"] == "fail"] == []
    # No lock in a wheel: the versions are held against what the wheel asks for.
    assert findings["Packages"]["found"] == "all 11 are there, and new enough"
    assert done.returncode == 0


@pytest.mark.linux
def test_work_goes_from_one_folder_to_another_through_the_installed_command(programs: Path, folder: Path) -> None:
    script = (
        "from pathlib import Path\nimport grader\nfrom grader.learner.start import copy_lessons, find_lessons\n"
        "copy_lessons(find_lessons(), Path('my-work'))\nprint(grader.__file__)"
    )
    made = subprocess.run(
        [programs / "python", "-c", script], cwd=folder, env=_environment(), capture_output=True, text=True, check=True
    )
    assert Path(made.stdout.strip()).is_relative_to(programs.parent)
    (folder / "my-work" / "notes.txt").write_text("mine")
    subprocess.run([programs / "handson", "keep", "my-work"], cwd=folder, env=_environment(), check=True)
    kept = folder / "my-work" / "kept-work.zip"
    assert is_kept(kept)
    # Inside a JupyterLab that runs already (a shared server, Binder) no second one is started.
    done = subprocess.run(
        [programs / "handson", "start", "--from", kept, "elsewhere"],
        cwd=folder,
        env={**_environment(), "JUPYTER_SERVER_URL": "http://hub.example/user/ana/"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "elsewhere" / "notes.txt").read_text() == "mine"
    assert (
        done.stdout.splitlines()[-1]
        == "Open 00_start_here.ipynb in that folder, in the list at the left of this JupyterLab."
    )
