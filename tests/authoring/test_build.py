"""`handson build`: what it writes, what it refuses, and that it always writes the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.authoring import build as build_module
from grader.authoring.build import Built, build_command, lesson_folders
from grader.cli import app
from grader.learner.key import load_key
from grader.learner.problem import Problem

from .conftest import NAME, Course


def handson(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["build", *arguments])
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def test_a_build_writes_what_the_source_makes_and_a_second_one_nothing(course: Course, built_files: dict[str, bytes]):
    before = course.files()
    assert handson()[0] == 0
    first = course.files()
    assert first == {**before, **built_files}
    code, _, said = handson("w01")
    assert (code, course.files()) == (0, first)
    assert "wrote" not in said


def test_check_is_0_after_a_build_and_1_on_a_stale_file_which_it_leaves_as_it_is(
    course: Course, built_files: dict[str, bytes]
):
    course.put(built_files)
    assert handson("--check")[0] == 0
    course.change("lesson.toml", "That is every row.", "That is each row.")
    stale = course.files()
    code, _, said = handson("--check")
    assert code == 1
    assert f"lessons/{NAME}/key.json is not what its source makes: run `handson build`." in said
    assert course.files() == stale


def test_check_is_1_where_nothing_has_been_built(course: Course):
    before = course.files()
    assert handson("--check")[0] == 1
    assert course.files() == before


def test_check_names_every_file_that_somebody_changed(course: Course, built_files: dict[str, bytes]):
    course.put({name: content + b" " for name, content in built_files.items()})
    course.put({"README.md": b"<!-- map: x -->\nan old map\n<!-- end of map -->\n"})
    code, _, said = handson("--check")
    assert code == 1
    assert [name for name in built_files if f"{name} is not what its source makes" not in said] == []


SYLLABUS = """\
{
 "schema": 1,
 "modules": [
  {
   "title": "1",
   "weeks": [
    {
     "week": 1,
     "title": "T",
     "skill": "s"
    }
   ]
  }
 ],
 "desks": []
}
"""


@pytest.fixture(scope="module")
def built_files(built: Built) -> dict[str, bytes]:
    """What a build writes, from the lesson that was built once."""
    glossary = "# Glossary\n\nEach term in the week that brings it.\n\n## Week 1 · A tiny lesson\n\n"
    course_map = "**1**\n\n- [Week 1 · T](lessons/w01_tiny/w01_tiny.ipynb): s\n"
    return {
        f"solutions/{NAME}/{NAME}.ipynb": built.solved.read_bytes(),
        **{f"lessons/{NAME}/{path.name}": path.read_bytes() for path in built.release.iterdir()},
        "lessons/.syllabus.json": SYLLABUS.encode(),
        "lessons/glossary.md": (glossary + "- **row**: One line of a table.\n").encode(),
        "README.md": f"# Course\n<!-- map: x -->\n{course_map}<!-- end of map -->\nMore.\n".encode(),
    }


def test_the_lesson_folder_is_whole_by_itself(built: Built):
    names = {f"{NAME}.ipynb", "key.json", "matplotlibrc", "rows.csv"}
    assert {path.name for path in built.release.iterdir()} == names


def test_files_that_no_source_makes_any_more_are_told_and_removed(course: Course):
    folder = course.root / "lessons" / NAME
    folder.mkdir()
    (folder / "old.csv").write_text("id\n")
    (course.root / "lessons" / "notes.md").write_text("Not ours to touch.")
    code, _, said = handson("--check")
    assert code == 1
    assert f"lessons/{NAME}/old.csv is made by no source" in said
    assert course.build() == 0
    assert not (folder / "old.csv").exists()
    assert (course.root / "lessons" / "notes.md").read_text() == "Not ours to touch."


def test_an_unknown_week_is_one_sentence_and_exit_code_2(course: Course):
    code, out, said = handson("w99")
    assert (code, out) == (2, "")
    assert said == "solutions/ has no lesson w99: choose one of w01."


def test_a_mistake_is_its_sentence_and_exit_code_2(course: Course):
    course.change("lesson.toml", "points = 5", "points = 6")
    code, out, said = handson()
    assert (code, out) == (2, "")
    assert said.startswith("w01_tiny/lesson.toml, points: The lesson says 6 points;")
    assert "Traceback" not in said


def test_another_seed_needs_a_folder_to_go_to(course: Course):
    code, _, said = handson("--seed", "11")
    assert (code, said) == (2, "lessons/ holds the company of seed 7: say --out FOLDER for another seed.")


def test_a_build_into_another_folder_leaves_the_course_as_it_is(course: Course, tmp_path: Path):
    before = course.files()
    assert handson("--seed", "11", "--out", str(tmp_path / "out"))[0] == 0
    assert course.files() == before
    assert (tmp_path / "out" / "release" / NAME / "key.json").exists()


def test_a_missing_coachs_page_is_told(course: Course):
    (course.folder / "coach.md").unlink()
    assert course.refused() == ["w01_tiny/coach.md, the file: is not there. Write the coach's page."]


def test_mistakes_of_all_lessons_are_told_before_anything_is_run(course: Course, monkeypatch: pytest.MonkeyPatch):
    other = course.folder.with_name("w02_other")
    other.mkdir()
    for name in ("lesson.py", "lesson.toml"):
        (other / name).write_bytes((course.folder / name).read_bytes())
    course.change("lesson.toml", "points = 5", "points = 6")
    monkeypatch.setattr(build_module, "Pool", lambda: pytest.fail("a process was started"))
    assert [text.partition(": ")[0] for text in course.refused()] == [
        "w01_tiny/lesson.toml, points",
        "w02_other/coach.md, the file",
    ]


LAST = 'check="reply"\ncheck("reply")\n'
BEFORE = "# %% [markdown]\n# Which one do you send"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (LAST, f"{LAST}\n# %%\n1 / 0\n", "the cell cell-11 that starts “1 / 0”: ends with: division by zero. Mend"),
        (
            BEFORE,
            f"# %% raises\n1 / 1\n\n{BEFORE}",
            "the cell cell-08 that starts “1 / 1”: shows no error. Take `raises` from its marker",
        ),
        (
            "import check, predict\n",
            "import predict\n\n\ndef check(name): return 0.5\n",
            "the cell check-active that starts “check(\"active\")”: shows ['0.5'], not its full points. Mend it.",
        ),
    ],
)
def test_a_solved_notebook_that_does_not_run_to_full_points_is_told(course: Course, old: str, new: str, says: str):
    course.change("lesson.py", old, new)
    assert any(text.startswith(f"w01_tiny/lesson.py, {says}") for text in course.refused())


def test_a_cell_may_fail_on_purpose_before_an_exercise(course: Course, tmp_path: Path):
    course.change("lesson.py", BEFORE, f"# %% raises\n1 / 0\n\n{BEFORE}")
    solved = json.loads(course.lesson(tmp_path / "out").solved.read_text())
    (cell,) = [cell for cell in solved["cells"] if cell["id"] == "cell-08"]
    assert cell["outputs"][-1]["output_type"] == "error"


def test_from_week_two_on_a_lesson_has_a_chart(course: Course):
    course.folder = course.folder.rename(course.folder.with_name("w02_tiny"))
    assert course.refused() == ["w02_tiny/lesson.py, the lesson: has no chart. Draw one; from W2 on people look."]
    course.change(
        "lesson.py",
        "# Which one do you send",
        "# More\n\n# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n\n"
        "# %% [markdown]\n# Which one do you send",
    )
    assert course.build() == 0


@pytest.mark.parametrize("content", [b"half", b""])
def test_a_build_that_is_interrupted_leaves_no_half_written_file(
    course: Course, built_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, content: bytes
):
    course.put(built_files)
    course.change("lesson.py", "How many are active?", "How many of them are active?")
    before = course.files()

    def stopped(target: Path) -> None:
        target.write_bytes(content)
        raise KeyboardInterrupt

    monkeypatch.setattr(build_module.shutil, "copyfile", stopped_after_the_build(stopped, course.root))
    with pytest.raises(KeyboardInterrupt):
        course.build()
    assert course.files() == before


def stopped_after_the_build(stopped, root: Path):
    """Copies as ever outside of the course, and stops at the first file that goes into it."""
    real = build_module.shutil.copyfile

    def copy(source, target, *rest, **named):
        if root in Path(target).parents:
            return stopped(Path(target))
        return real(source, target, *rest, **named)

    return copy


RUN = """
import sys
from pathlib import Path
from grader.authoring import build
from grader.sandbox.run import Pool
root = Path(sys.argv[1])
build.Pool = lambda: Pool(1)
build.ROOT, build.SOLUTIONS, build.LESSONS = root, root / "solutions", root / "lessons"
sys.exit(build.build_command(None, check=False))
"""


@pytest.mark.linux
def test_another_process_writes_the_same_bytes(course: Course, built_files: dict[str, bytes], root: Path):
    """It orders its sets otherwise, and lives elsewhere."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(course.root)],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "991", "LANG": "C", "TZ": "Asia/Kolkata"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = course.files()
    assert [name for name, content in built_files.items() if files[name] != content] == []


def test_key_and_notebooks_name_the_same_release(built: Built):
    key = load_key(built.release)
    assert (key.lesson, key.slug, key.week, key.title) == ("w01", NAME, 1, "A tiny lesson")
    for path in (built.solved, built.release / f"{NAME}.ipynb"):
        assert json.loads(path.read_text())["metadata"]["handson"] == {"lesson": "w01", "release": key.release}


def test_another_answer_makes_another_release(course: Course, built: Built, tmp_path: Path):
    course.change("lesson.toml", "range(1200)", "range(1204)")
    assert course.lesson(tmp_path / "out").key.release != built.key.release


def test_a_course_without_lessons_is_a_sentence(course: Course):
    (course.folder / "lesson.py").unlink()
    with pytest.raises(Problem, match=r"solutions/ has no lesson at all"):
        lesson_folders()
    with pytest.raises(Problem, match=r"solutions/ has no lesson w01: choose one of none"):
        build_command("w01", check=True)
