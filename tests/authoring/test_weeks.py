"""The map, the list of weeks, and the last cell of every lesson: the way to the next."""

import json
import re
from pathlib import Path

import pytest
from nbformat import read

from grader.authoring.build import ROOT, Built
from grader.authoring.weeks import WAY_ON, course_map, published, syllabus_json, with_way_on

from .conftest import NAME, Course
from .test_build import handson


def cells(path: Path) -> list[dict[str, object]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def way_on(path: Path) -> str:
    last = cells(path)[-1]
    assert last["id"] == WAY_ON
    return "".join(last["source"])  # type: ignore[arg-type]


def another_week(course: Course, name: str) -> Path:
    """A second lesson in solutions/, with the cells of the first."""
    folder = course.folder.with_name(name)
    folder.mkdir()
    for path in course.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_map_links_the_weeks_that_are_there(course: Course):
    assert "- [Week 1 · T](w01_tiny/w01_tiny.ipynb): s" in course_map(course.root / "solutions")
    course.folder.rename(course.folder.with_name("w02_tiny"))
    assert "- Week 1 *(not published yet)*" in course_map(course.root / "solutions")


def test_a_folder_without_a_lesson_and_the_start_page_are_no_published_weeks(course: Course):
    (course.root / "solutions" / "w02_later").mkdir()
    another_week(course, "w00_start_here")
    assert published(course.root / "solutions") == {1: NAME}


def test_the_last_lesson_that_is_there_leads_back_to_the_start_page(built: Built):
    start = "Where you are is on the [start page](../{}00_start_here.ipynb)."
    text = "**The way on.** No later week is published yet. "
    assert way_on(built.release / f"{NAME}.ipynb") == text + start.format("")
    assert way_on(built.solved) == text + start.format("w00_start_here/")


def test_a_new_week_changes_the_way_on_of_the_one_before_and_its_release_stays(
    course: Course, built: Built, monkeypatch: pytest.MonkeyPatch
):
    assert course.build() == 0
    lesson = course.root / "lessons" / NAME
    before, key = cells(lesson / f"{NAME}.ipynb"), (lesson / "key.json").read_bytes()
    # A chart is what a second week needs, and no part of this.
    monkeypatch.setattr("grader.authoring.build.FIRST_CHART_WEEK", 27)
    another_week(course, "w03_other")
    assert handson("--check", "w01")[0] == 1
    assert handson("w03")[0] == 0
    for path in (lesson / f"{NAME}.ipynb", course.folder / f"{NAME}.ipynb"):
        assert "**The way on.** [Week 3 · w03_other](../w03_other/w03_other.ipynb)." in way_on(path)
    assert cells(lesson / f"{NAME}.ipynb")[:-1] == before[:-1]
    assert (lesson / "key.json").read_bytes() == key
    code, _, said = handson("--check")
    assert (code, said) == (0, "As their sources say: w01, w03.")


def test_a_damaged_neighbour_does_not_stop_the_build_of_one_week(course: Course, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.authoring.build.FIRST_CHART_WEEK", 27)
    (another_week(course, "w03_other") / "w03_other.ipynb").write_text("{", encoding="utf-8")
    assert handson("w01")[0] == 0
    assert (course.root / "solutions" / "w03_other" / "w03_other.ipynb").read_text() == "{"


def test_the_way_on_stands_once_and_last_however_often_it_is_written(course: Course, built: Built):
    notebook = read(built.solved, as_version=4)
    cells_before = len(notebook.cells)
    again = with_way_on(notebook, 1, course.root / "solutions", released=False)
    assert len(again.cells) == cells_before
    assert [cell.id for cell in again.cells].count(WAY_ON) == 1


def test_a_desk_session_is_on_the_map_and_at_the_end_of_the_week_before_it(course: Course, built: Built):
    solutions = course.root / "solutions"
    another_week(course, "d01_desk")
    another_week(course, "w02_next")
    assert published(solutions) == {1: NAME, 2: "w02_next"}
    lines = course_map(solutions).splitlines()
    place = lines.index("- [Week 1 · T](w01_tiny/w01_tiny.ipynb): s")
    assert lines[place + 1].startswith("- [Desk session](d01_desk/d01_desk.ipynb): half an hour")
    assert json.loads(syllabus_json(solutions))["desks"] == [{"after": 1, "folder": "d01_desk"}]
    notebook = with_way_on(read(built.solved, as_version=4), 1, solutions, released=True)
    assert "the [desk session](../d01_desk/d01_desk.ipynb)" in notebook.cells[-1].source
    notebook.metadata["handson"]["lesson"] = "d01"
    page = with_way_on(notebook, 1, solutions, released=True).cells[-1].source
    assert page.startswith("**The way on.** [Week 2")
    assert "desk session" not in page


def test_every_link_of_the_readmes_map_leads_to_a_notebook() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]*\.ipynb)\)", text[text.index("<!-- map:") : text.index("<!-- end of map -->")])
    assert any("/d04_" in link for link in links)
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_last_week_says_that_it_is_the_last(course: Course, built: Built):
    notebook = with_way_on(read(built.solved, as_version=4), 26, course.root / "solutions", released=True)
    assert notebook.cells[-1].source.startswith("**The way on.** This was the last week.")


def test_the_start_page_leads_to_the_first_week_that_is_there(course: Course, built: Built):
    page = with_way_on(read(built.solved, as_version=4), 0, course.root / "solutions", released=True)
    assert page.cells[-1].source == f"**The way on.** [Week 1 · T]({NAME}/{NAME}.ipynb): s."
