"""Marks for other gradebooks."""

import csv
import io
import json
from pathlib import Path

import pytest

from grader.coach.cohort import Cohort
from grader.coach.export import CANVAS_HEADS, MARK, POSSIBLE, export, safe
from grader.coach.points import read_points
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, CY, DI, EVE, WEEK, handson, inside

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(MARK))))


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
    assert [safe(text) for text in ("=1", "+1", "-1", "@a", "\t", "＝1", "1-2", "Ann")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'\t",
        "'＝1",
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


def test_moodle_gets_its_sign_for_no_grade_since_it_makes_a_zero_of_an_empty_cell(odd: Cohort) -> None:
    text, notes = export(odd, "moodle")
    marks = {row[2]: row[-1] for row in rows_of(text)[1:]}
    points = {each.email: each for each in read_points(odd)}
    assert marks == {ADA: "-", BO: f"{points[BO].total:g}", CY: "-", DI: "0", EVE: "-"}
    assert '2 submissions wait for the coach: given as "-".' in notes
    assert f"make them before ({WEEK} of {points[BO].possible:g})" in notes[-1]


def canvas(place: Path, *rows: list[str], delimiter: str = ",", begins: str = "") -> Path:
    """A gradebook as Canvas exports one, with the row on what is posted by hand that it puts under the heads."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter).writerows(rows)
    path = place / "grades.csv"
    path.write_text(begins + made.getvalue(), encoding="utf-8", newline="")
    return path


def test_what_waits_and_what_is_not_ours_stays_in_canvas_own_file(after: Cohort, tmp_path: Path) -> None:
    theirs = canvas(
        tmp_path,
        [*CANVAS_HEADS, f"{WEEK} (77)"],
        ["", "", "", "", "", "Manual Posting"],
        [POSSIBLE, "", "", "", "", "20.00"],
        ["Person, Ada", "901", "", ADA, "A", "7.5"],
        ["Person, Bo", "902", "", BO, "A", ""],
        ["=Other, Ann", "903", "", "ann@x.org", "A", "EX"],
    )
    text, notes = export(after, "canvas", canvas_file=theirs)
    filled = rows_of(text)
    bo = next(each for each in read_points(after) if each.email == BO)
    assert [row[-1] for row in filled[1:]] == ["Manual Posting", "20.00", "7.5", f"{bo.total:g}", "EX"]
    assert filled[5][0] == "=Other, Ann"
    assert f"{WEEK} is out of 20.00 in grades.csv, and of {bo.possible:g} here." in notes
    assert "2 submissions wait for the coach: left as they are in that file." in notes


def test_canvas_file_may_have_semicolons_two_columns_of_names_and_logins_that_are_no_emails(
    odd: Cohort, tmp_path: Path
) -> None:
    theirs = canvas(
        tmp_path,
        ["LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section", "Attendance (7)"],
        [POSSIBLE, "", "", "", "", "", "5,5"],
        ["Smith", "Jr.", "901", "", "bsmith", "A", "4,5"],
        ["=1+2", "", "902", "", "twice", "A", "1"],
        ["=1+2", "", "903", "", "twice2", "A", "2"],
        delimiter=";",
    )
    roster = odd.roster_file.read_text(encoding="utf-8").replace('"""Smith, Jr."""', '"Smith, Jr."')
    odd.roster_file.write_text(roster, encoding="utf-8")
    text, notes = export(odd, "canvas", canvas_file=theirs)
    filled = list(csv.reader(io.StringIO(text), delimiter=";"))
    total = next(each.total for each in read_points(odd) if each.email == BO)
    assert [row[-1] for row in filled] == [WEEK, filled[1][-1], f"{total:g}", "", ""]
    assert filled[1][6] == "5,5"
    assert f"Found by name, since the login is no e-mail of the roster: {BO}." in notes
    assert any(note.startswith(f"{DI} is neither by login nor by name") for note in notes)


@pytest.mark.parametrize("begins", ["", "\ufeff"])
def test_canvas_file_begins_as_it_did(after: Cohort, tmp_path: Path, begins: str) -> None:
    row = ["Person, Bo", "902", "", BO, "A"]
    theirs = canvas(tmp_path, list(CANVAS_HEADS), [POSSIBLE, "", "", "", ""], row, begins=begins)
    with inside(after.folder):
        said = handson("export", "--week", "all", "--canvas-file", theirs, "--out", "filled.csv")
    assert said.exit_code == 0, said.output
    assert (after.folder / "filled.csv").read_text(encoding="utf-8").startswith(f"{begins}Student,")


def test_where_it_cannot_be_written_nothing_is_left_behind(after: Cohort, tmp_path: Path) -> None:
    (tmp_path / "marks.csv").mkdir()
    with inside(after.folder):
        said = handson("export", "--out", tmp_path / "marks.csv")
    assert said.exit_code == 2
    assert "name another place with --out" in said.output
    assert list(tmp_path.glob(".*")) == []


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
    assert f"{CY} is neither by login nor by name in grades.csv: not filled in." in notes
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
