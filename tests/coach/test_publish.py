"""The learners' repository: complete enough to run, and without anything that gives an answer away."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from grader.coach.publish import leaks, objects, publish, secrets
from grader.learner.key import seal
from grader.learner.problem import Problem

SOLUTION = "all_rows = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\")"
WRONG = "all_rows = duckdb.sql(\"SELECT count(email) FROM 'customers.parquet'\")"
ANCHOR = "names who is left out and roughly how many of them there are"


def _notebook(*sources: str) -> str:
    """One code cell per source, its lines as Jupyter stores them: a list."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """A clone of the course with one small lesson, its source, and things that learners must not get."""
    clone = tmp_path / "clone"
    for name in (".binder", ".ci"):
        shutil.copytree(root / name, clone / name)
    for name in ("LICENSE", "LICENSE-TEXT", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(root / name, clone / name)
    shutil.copytree(root / "grader", clone / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    lesson = clone / "lessons" / "w01_three_answers"
    lesson.mkdir(parents=True)
    (clone / "lessons" / "00_start_here.ipynb").write_text(_notebook("2 + 3"))
    (lesson / "w01_three_answers.ipynb").write_text(_notebook("all_rows = ...\nall_rows", 'check("all-rows")'))
    (lesson / "key.json").write_text(json.dumps({"schema": 1, "sealed": seal({"exercises": {}})}))
    (lesson / "journal.jsonl").write_text("an author's own tries")
    source = clone / "solutions" / "w01_three_answers"
    source.mkdir(parents=True)
    (source / "lesson.py").write_text(f"all_rows = ...\n### BEGIN SOLUTION\n{SOLUTION}\n### END SOLUTION\nall_rows\n")
    (source / "lesson.toml").write_text(
        f"[exercise.all-rows]\nalt = []\n[[exercise.all-rows.wrong]]\ncode = {json.dumps(WRONG)}\nsays = ''\n"
        f"[[memo.board.criteria]]\nanchors = ['none', {json.dumps(ANCHOR)}]\n"
    )
    (clone / "tests").mkdir()
    (clone / "tests" / "test_something.py").write_text(SOLUTION)
    return clone


def _files(repository: Path) -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def test_learners_get_the_lessons_and_their_room_and_nothing_else(clone: Path, tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(clone, published)
    files = _files(published)
    assert {
        ".binder/postBuild",
        ".binder/requirements.txt",
        ".binder/runtime.txt",
        "Makefile",
        "README.md",
        "grader/learner/start.py",
        "lessons/00_start_here.ipynb",
        "lessons/w01_three_answers/key.json",
        "pyproject.toml",
        "requirements.txt",
    } <= files
    rooms = {file.split("/")[1] for file in files if file.startswith("grader/")}
    assert rooms == {"__init__.py", "cli.py", "labs", "learner", "py.typed"}
    withheld = re.compile(r"(tests|solutions|datasets)/|.*journal\.jsonl|requirements-dev")
    assert not [file for file in files if withheld.match(file)]


def test_it_has_one_commit_and_no_object_that_is_not_in_it(clone: Path, tmp_path: Path) -> None:
    published = tmp_path / "published"
    commit = publish(clone, published)
    kinds = [name.split()[0] for name, _ in objects(published)]
    assert kinds.count("commit") == 1
    reachable = subprocess.run(
        ["git", "rev-list", "--objects", "--no-object-names", commit], cwd=published, capture_output=True, text=True
    )
    assert len(kinds) == len(reachable.stdout.split())
    status = subprocess.run(["git", "status", "--porcelain"], cwd=published, capture_output=True, text=True)
    assert status.stdout == ""


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("w01_three_answers.ipynb", _notebook(f"if True:\n    {SOLUTION}"), "a solution of w01_three_answers"),
        ("w01_three_answers.ipynb", _notebook(SOLUTION.replace("count(*)", "count(*)\n")), "a solution of w01"),
        ("w01_three_answers.ipynb", _notebook("x = 1\n### BEGIN SOLUTION\n"), "a marker"),
        ("key.json", json.dumps({"schema": 1, "sealed": seal({"exercises": {"x": WRONG}})}), "code of w01"),
        ("notes.md", f"Two points: {ANCHOR}.", "the mark scheme of w01_three_answers, board"),
    ],
)
def test_a_lesson_that_gives_an_answer_away_is_not_published(
    clone: Path, tmp_path: Path, name: str, content: str, named: str
) -> None:
    (clone / "lessons" / "w01_three_answers" / name).write_text(content)
    published = tmp_path / "published"
    with pytest.raises(Problem, match=f"Nothing was published, since it would give away {named}"):
        publish(clone, published)
    assert not published.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"clone"}


def test_an_answer_in_an_older_commit_is_found_too(clone: Path, tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(clone, published)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    (published / "slip.py").write_text(SOLUTION)
    for arguments in (["add", "slip.py"], ["commit", "-qm", "slip"], ["reset", "-q", "--hard", "HEAD~1"]):
        subprocess.run([*git, *arguments], cwd=published, check=True)
    assert not (published / "slip.py").exists()
    assert leaks(published, secrets(clone / "solutions"))


def test_a_folder_with_something_in_it_is_refused_and_left_alone(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for folder in (tmp_path / "mine", tmp_path / "mine" / "letter.txt"):
        with pytest.raises(Problem, match="is not empty: name a new or empty folder"):
            publish(clone, folder)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_an_empty_folder_will_do(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    publish(clone, tmp_path / "empty")
    assert (tmp_path / "empty" / "README.md").is_file()


def test_a_clone_without_lessons_is_told_to_build_them(clone: Path, tmp_path: Path) -> None:
    shutil.rmtree(clone / "lessons")
    with pytest.raises(Problem, match=r"lessons is missing: publish from a clone of the course, after `make build`"):
        publish(clone, tmp_path / "published")


def test_the_readme_has_a_badge_when_the_address_is_known(clone: Path, tmp_path: Path) -> None:
    publish(clone, tmp_path / "without")
    publish(clone, tmp_path / "with", github="someone/hands-on-hour")
    assert "mybinder" not in (tmp_path / "without" / "README.md").read_text()
    assert "/gh/someone/hands-on-hour/HEAD?urlpath=doc/tree/" in (tmp_path / "with" / "README.md").read_text()
    with pytest.raises(Problem, match="write --github OWNER/NAME"):
        publish(clone, tmp_path / "wrong", github="https://example.org")


def test_the_real_course_can_be_published_and_its_start_page_runs(root: Path, tmp_path: Path) -> None:
    """The lessons as they are, with the package that learners get, which has no other room to lean on."""
    import nbformat
    from nbclient import NotebookClient

    published = tmp_path / "published"
    publish(root, published)
    kept = secrets(root / "solutions")
    assert kept
    assert leaks(published, kept) == []
    notebook = nbformat.read(published / "lessons" / "00_start_here.ipynb", as_version=4)
    environment = {**os.environ, "PYTHONPATH": str(published), "HANDSON_MODE": "test"}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(published / "lessons")}})
    client.execute(env=environment, cleanup_kc=True)
    where = "import grader\nprint(grader.__file__)"
    shown = subprocess.run([sys.executable, "-c", where], env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert Path(shown.stdout.strip()).is_relative_to(published)


@pytest.mark.linux
def test_binder_takes_python_3_11_and_our_lock(clone: Path, tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(clone, published)
    tool = Path(sys.executable).parent / "jupyter-repo2docker"
    made = subprocess.run([tool, "--no-build", "--debug", published], capture_output=True, text=True, cwd=tmp_path)
    dockerfile = made.stdout + made.stderr
    assert made.returncode == 0, dockerfile
    assert "Building conda environment for python=3.11" in dockerfile
    assert 'pip install --no-cache-dir -r ".binder/requirements.txt"' in dockerfile
    # The file names the lock beside it, so pip must run after the repository was copied.
    assert dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/") < dockerfile.index('-r ".binder/requirements.txt"')
    assert "postBuild" in dockerfile
    assert (published / ".binder" / "requirements.txt").read_text() == "-r ../requirements.txt\n"
    assert (published / "requirements.txt").read_bytes() == (clone / "requirements.txt").read_bytes()


@pytest.mark.linux
def test_binder_opens_the_start_page_with_the_learners_look(clone: Path, tmp_path: Path) -> None:
    published, prefix, home, tools = (tmp_path / name for name in ("published", "prefix", "home", "tools"))
    publish(clone, published)
    tools.mkdir()
    (tools / "python").write_text('#!/bin/sh\necho "$@" > "$HOME/installed"\n')
    (tools / "python").chmod(0o755)
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "NB_PYTHON_PREFIX": str(prefix), "JUPYTER_TOKEN": "open"}
    path = f"{tools}{os.pathsep}{environment['PATH']}"
    subprocess.run([published / ".binder" / "postBuild"], cwd=published, env={**environment, "PATH": path}, check=True)
    assert (home / "installed").read_text().split()[-1] == "."
    kernels = json.loads((prefix / "etc" / "ipython" / "ipython_kernel_config.json").read_text())
    assert kernels["InteractiveShellApp"]["extensions"] == ["grader"]

    environment["JUPYTER_CONFIG_PATH"] = str(prefix / "etc" / "jupyter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
        lab = subprocess.Popen(command, cwd=published, env=environment, stdout=log, stderr=log)
    try:
        opened = _get(f"http://127.0.0.1:{port}/?token=open", lab)
        assert opened[0].endswith("/doc/tree/lessons/00_start_here.ipynb?token=open")
        assert "extensionmanager" in opened[1]
        assert "max-width" in _get(f"http://127.0.0.1:{port}/custom/custom.css?token=open", lab)[1]
        settings = _get(
            f"http://127.0.0.1:{port}/lab/api/settings/@jupyterlab/docmanager-extension:plugin?token=open", lab
        )
        assert json.loads(settings[1])["schema"]["properties"]["autosaveInterval"]["default"] == 10
    finally:
        lab.terminate()
        lab.wait()


def _get(url: str, server: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """The address that was reached in the end and its text, as soon as the server answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    for _ in range(600):
        try:
            with opener.open(url, timeout=10) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            # Not listening yet: look again soon, or at once if it has ended.
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"JupyterLab ended with code {server.wait(timeout=0.1)}")
    pytest.fail("JupyterLab did not answer within a minute")
