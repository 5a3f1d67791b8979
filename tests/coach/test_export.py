"""Marks for other gradebooks."""

import csv
import io
import json
from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.export import CANVAS_HEADS, POSSIBLE, export, safe
from grader.coach.points import read_points
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, CY, DI, EVE, WEEK, handson, inside

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def odd(after: Cohort) -> Cohort:
    """The same cohort with names as people have them."""
    names = {"Ada Person": "O'Brien", "Bo Person": '"Smith, Jr."', "Cy Person": "李 雷", "Di Person": "=1+2"}
    text = after.roster_file.read_text(encoding="utf-8")
    for name, other in names.items():
        text = text.replace(name, other)
    after.roster_file.write_text(text, encoding="utf-8")
    return after


def test_canvas_gets_its_columns_its_row_of_points_and_an_empty_mark_where_the_coach_has_to_look(odd: Cohort) -> None:
    text, notes = export(odd, "canvas")
    heads, possible, *learners = rows_of(text)
    assert heads == [*CANVAS_HEADS, WEEK]
    assert possible[0] == POSSIBLE
    points = {each.email: each for each in read_points(odd)}
    assert float(possible[-1]) == points[BO].possible
    by_login = {row[3]: row for row in learners}
    assert set(by_login) == {ADA, BO, CY, DI, EVE}
    assert by_login[ADA][-1] == ""
    assert float(by_login[BO][-1]) == points[BO].total
    assert by_login[EVE][-1] == ""
    assert notes == ["2 submissions wait for the coach: left empty."]


def test_names_come_back_as_they_are_and_none_is_a_formula(odd: Cohort) -> None:
    moodle = {row[2]: row for row in rows_of(export(odd, "moodle")[0])[1:]}
    assert moodle[ADA][1] == "O'Brien"
    assert moodle[BO][:2] == ["Jr.", "Smith"]
    assert set(moodle[CY][:2]) == {"李", "雷"}
    assert moodle[DI][1] == "'=1+2"
    assert [safe(text) for text in ("=1", "+1", "-1", "@a", "\t", "1-2", "Ann")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'\t",
        "1-2",
        "Ann",
    ]


def test_the_file_is_utf_8_for_a_spreadsheet_too(odd: Cohort) -> None:
    with inside(odd.folder):
        said = handson("export", "--format", "moodle")
    assert said.exit_code == 0
    content = (odd.folder / "marks-moodle.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert "李" in content.decode("utf-8-sig")
    assert b"\r\n" in content


def test_json_tells_waiting_from_zero(odd: Cohort) -> None:
    said = json.loads(export(odd, "json", WEEK)[0])
    marks = {each["email"]: each for each in said["marks"]}
    assert said["schema"] == 1
    assert marks[ADA]["points"] is None
    assert marks[DI]["points"] == 0.0
    assert marks[CY]["name"] == "李 雷"


def test_canvas_own_export_is_filled_in_and_stays_what_it_was(after: Cohort, tmp_path: Path) -> None:
    theirs = tmp_path / "grades.csv"
    rows = [
        [*CANVAS_HEADS, "Attendance (77)", "Final Score"],
        [POSSIBLE, "", "", "", "", "5", "(read only)"],
        ["Person, Bo", "901", "s1", BO.upper(), "A", "4", "80"],
        ["Other, Ann", "902", "s2", "ann@x.org", "A", "5", "90"],
    ]
    theirs.write_text("".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows), encoding="utf-8")
    text, notes = export(after, "canvas", canvas_file=theirs)
    filled = rows_of(text)
    assert [row[:7] for row in filled] == rows
    total = next(each.total for each in read_points(after) if each.email == BO)
    assert [row[7] for row in filled] == [WEEK, filled[1][7], f"{total:g}", ""]
    assert f"{CY} is no SIS Login ID in grades.csv: not filled in." in notes
    assert export(after, "canvas", canvas_file=theirs)[0] == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("xml",), "--format is canvas, moodle or json"),
        (("moodle", WEEK, Path("grades.csv")), "--canvas-file is for --format canvas"),
        (("json", "w77"), "Nothing is graded for w77"),
        (("canvas", "", Path("missing.csv")), "missing.csv cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(after: Cohort, arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(Problem, match=said):
        export(after, *arguments)  # type: ignore[arg-type]


def test_a_file_that_is_no_gradebook_of_canvas_is_left_alone(after: Cohort, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Problem, match="no columns Student and SIS Login ID"):
        export(after, "canvas", canvas_file=tmp_path / "other.csv")
