"""The report: what it computes, what it hides from a board, and how it stands where files are damaged."""

import html
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grader.authoring.build import SOLUTIONS
from grader.authoring.plan import read_plan
from grader.coach import report as report_module
from grader.coach import report_answers, report_data
from grader.coach.cohort import Cohort
from grader.coach.journals import Try, WeekJournal
from grader.coach.memo_marks import FOLDER as MARKS
from grader.coach.memo_marks import MemoMark, write_marks
from grader.coach.releases import published_lessons
from grader.coach.report import write_report
from grader.coach.report_data import gather, minutes_of
from grader.coach.report_weeks import Week
from grader.coach.roster import roster_text
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, CY, EVE, Graded, copy_of, handson, inside
from tests.coach.synthetic import FREE, synthetic

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return synthetic(tmp_path_factory.mktemp("synthetic"), 60, 4)


VOID = ("meta", "rect", "circle", "br", "hr")


class _Checker(HTMLParser):
    """Tags that are opened and closed in order, and what would fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unsafe: list[str] = []
        self.pictures: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "link", "iframe", "img", "object") or any(name.startswith("on") for name in said):
            self.unsafe.append(tag)
        self.unsafe += [value for name, value in attrs if name in ("src", "href") and value]
        if tag == "svg":
            self.pictures.append(said)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def checked(path: Path) -> str:
    """The text of a page that is whole, fetches nothing and says its charts in words."""
    text = path.read_text(encoding="utf-8")
    checker = _Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.unsafe == []
    for picture in checker.pictures:
        assert picture["role"] == "img"
        assert picture["aria-label"]
    assert text.count("<svg") == text.count("The numbers as a table")
    assert '<html lang="en">' in text
    return text


def test_the_report_has_every_part_and_a_table_behind_each_chart(sixty: Cohort) -> None:
    text = checked(write_report(sixty))
    for part in (
        "What to raise in the debrief",
        "Learners by weeks",
        "Who has gone quiet",
        ">Exercises<",
        "Difficulty and discrimination",
        "The commonest wrong answers",
        "The votes",
        "Memos",
        "How sure, and how often right",
        "Minutes taken",
        "Monday&#x27;s question",
    ):
        assert part.replace("&#x27;", "'") in text.replace("&#x27;", "'"), part
    assert "O&#x27;Brien" in text


def rows_of(text: str, caption: str) -> list[list[str]]:
    """The cells of the table with that caption."""
    table = re.search(rf"<caption>{re.escape(caption)}</caption>(.*?)</table>", text, re.DOTALL)
    assert table, caption
    body = re.findall(r"<tr>(.*?)</tr>", table[1], re.DOTALL)
    return [[html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in body[1:]]


def section(text: str, heading: str) -> str:
    """The page from a heading to the next one."""
    return text.split(f"<h2>{heading}</h2>")[1].split("<h2>")[0]


def test_its_numbers_are_those_of_the_gradebook_and_the_files(sixty: Cohort) -> None:
    data = gather(sixty)
    text = write_report(sixty).read_text(encoding="utf-8")
    handed = data.one("SELECT count(*) FROM points WHERE week = 'w04'")
    assert f"{handed} of 60 learners handed in week 4" in text
    waiting = data.one("SELECT count(*) FROM points WHERE week = 'w04' AND waiting > 0")
    assert f"{waiting} memos wait for the coach" in text
    right, tries = data.rows(
        """
        SELECT avg((status = 'right')::INTEGER),
               (SELECT median(n) FROM (SELECT count(*) AS n FROM tries
                WHERE week = 'w01' AND exercise = 'all-rows' GROUP BY email))
        FROM exercises WHERE week = 'w01' AND exercise = 'all-rows'
        """
    )[0]
    (row,) = (each for each in rows_of(text, "Difficulty and discrimination, all weeks") if "all rows" in each[0])
    assert row[0] == "W01 1 · all rows"
    assert (row[2], row[6]) == (f"{100 * right:.0f}%", f"{tries:g}")
    named, message, count = data.rows(
        """
        SELECT exercise, min(message), count(*) FROM exercises WHERE named IS NOT NULL AND message <> ''
        GROUP BY week, exercise, named ORDER BY count(*) DESC, week, exercise, named
        """
    )[0]
    first = rows_of(text, "As handed in, all weeks")[0]
    assert (first[0].split(" · ")[-1], first[1:]) == (named.replace("-", " "), [str(count), message])
    journals = data.one("SELECT count(*) FROM journals")
    assert 0 < journals < data.one("SELECT count(*) FROM points")
    assert f"{journals} of {data.one('SELECT count(*) FROM points')} submissions came with a journal" in text
    week, middle, high, _ = rows_of(text, "Minutes taken, by week")[0]
    quantiles = "SELECT median(minutes), quantile_cont(minutes, 0.8) FROM worked WHERE week = 'w01'"
    assert (week, float(middle), float(high)) == ("Week 1", *(round(each) for each in data.rows(quantiles)[0]))
    asked = data.rows("SELECT count(*) FILTER (answer = 'yes'), count(*) FROM asked WHERE week = 'w04'")[0]
    assert rows_of(text, "Share who had asked it, by the week in which they say so")[-1][1::3] == [*map(str, asked)]


def test_a_learner_who_left_the_journal_out_is_missing_and_not_a_zero(sixty: Cohort) -> None:
    data = gather(sixty)
    for table in ("tries", "predictions", "asked", "worked"):
        assert data.one(f"SELECT count(*) FROM {table} ANTI JOIN journals USING (email, week)") == 0
    assert data.one("SELECT count(*) FROM worked WHERE minutes = 0") == 0


def test_an_exercise_that_the_strong_get_right_and_the_weak_do_not_tells_them_apart(sixty: Cohort) -> None:
    data = gather(sixty)
    data.database.execute("UPDATE exercises SET points = 3 * (hash(email) % 2)")
    data.database.execute("UPDATE exercises SET points = 0 WHERE week = 'w02' AND exercise = 'october-list'")
    told = {(week, name): apart for week, name, *_, apart, _, _, _ in data.rows(report_answers._EXERCISES, 1)}
    assert told.pop(("w02", "october-list")) == 0.0
    assert set(told.values()) == {1.0}


def test_of_several_tries_those_up_to_the_first_right_one_count_with_the_minutes_before_each() -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    at = [start + timedelta(minutes=each) for each in (0, 2, 5, 40, 43)]
    tries = tuple(Try("x", status, None, when) for status, when in zip("wwwrw", at, strict=True))
    rows = list(report_data._tries(WeekJournal("a@x.org", "w01", tries, times=tuple(at))))
    assert [row[-1] for row in rows] == [None, 2, 3, None, 3]


def test_the_votes_are_those_that_were_cast_with_their_options_in_full(spring: Graded, tmp_path: Path) -> None:
    text = checked(write_report(copy_of(spring.after, tmp_path / "spring")))
    votes = dict(rows_of(text, "Week 1: 3 votes"))
    assert votes == {
        "a · Use hers: she knows them best of all.": "0",
        "b · Use Tom's: he signs the accounts.": "0",
        "c · Ask first whom an engineer has to visit.": "3",
        "d · Send all three, each with its meaning.": "0",
    }


def test_the_debrief_ties_the_commonest_mistakes_to_the_coachs_page(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    for email in (ADA, BO, CY):
        path = cohort.autograded / email / "w01" / "grade.json"
        grade = json.loads(path.read_text())
        wrong = next(each for each in grade["exercises"] if each["name"] == "active-customers")
        wrong |= {"status": "close", "points": 0.0, "named": 0, "message": "Zero: no row matches."}
        path.write_text(json.dumps(grade))
    raised = section(checked(write_report(cohort)), "What to raise in the debrief of week 1")
    assert "<b>2 · active customers</b>, 3 times: Zero: no row matches." in raised
    assert "Words in the data wear single quotes, and capitals count." in raised
    assert "What is one row of this table?" in raised
    assert "what was one row of it?" in raised
    assert "What good memos do" not in raised


def test_every_coachs_page_of_the_course_has_a_debrief_to_show() -> None:
    for week, slug in published_lessons().items():
        if (SOLUTIONS / slug / "coach.md").is_file():
            page = Week(week, read_plan(SOLUTIONS / slug / "lesson.toml"), slug, "", {}).debrief()
            assert len(re.sub(r"<[^>]+>", "", page)) > 300, slug
            assert "|---" not in page


def test_criteria_that_formgrader_overtook_are_left_out_and_counted(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    for email, total in ((ADA, 8.0), (CY, 3.0)):
        write_marks(cohort, "w01", email, {"board-number": MemoMark("board-number", (2, 2, 2, 2), "", 8.0)})
        with Gradebook(f"sqlite:///{cohort.gradebook}") as book:
            book.find_grade("memo-board-number", "w01_three_answers", "w01", email).manual_score = total
            book.db.commit()
    text = section(checked(write_report(cohort)), "Memos")
    assert "2 marked, 5.5 of 8 points on average" in text
    assert {said for _, said in rows_of(text, "Week 1: mean mark of each criterion")} == {"2.0 of 2 (1)"}
    assert "the criteria of 1 whose points were changed" in text


def test_who_is_not_on_the_roster_is_counted_and_left_out(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    roster = "".join(line for line in cohort.roster_file.read_text().splitlines(True) if ADA not in line)
    cohort.roster_file.write_text(roster)
    text = checked(write_report(cohort))
    assert "3 of 4 learners handed in week 1" in text
    assert "One person handed in and are not on the roster" in text
    assert "Ada" not in text


@pytest.mark.parametrize("size", [60, 7])
def test_nobody_can_be_told_from_the_report_for_the_board(sixty: Cohort, size: int, tmp_path: Path) -> None:
    cohort = sixty
    if size < 60:
        shutil.copytree(sixty.folder, tmp_path / "small", symlinks=True)
        cohort = replace(sixty, folder=tmp_path / "small")
        cohort.roster_file.write_text(roster_text(sixty.roster().learners[:size]), encoding="utf-8")
    named, text = (checked(write_report(cohort, anonymous=each)).casefold() for each in (False, True))
    assert FREE[1] in named
    assert "otters" not in text
    assert "synthetic" not in text
    assert not [word for word in FREE if word in text]
    assert "from the coach" not in text
    for learner in cohort.roster().learners:
        forms = {learner.email, learner.name, html.escape(learner.name), *re.findall(r"\w*\d+\w*", learner.name)}
        assert not [form for form in forms if form.casefold() in text], learner
    assert not re.search(r"o.{0,6}brien|smith|李|bold\d|@x", text)


def test_no_number_for_the_board_counts_fewer_than_five_people_or_leaves_fewer_than_five(sixty: Cohort) -> None:
    text = write_report(sixty, anonymous=True).read_text(encoding="utf-8")
    words = html.unescape(re.sub(r"<[^>]+>", " ", text))
    counts = re.findall(r"(?<![\d.])(\d+) of (\d+)\b(?! exercises)", words)
    assert counts
    for count, of in counts:
        assert int(count) >= 5, (count, of)
        assert int(of) - int(count) >= 5, (count, of)
    for row in rows_of(text, "Difficulty and discrimination, all weeks"):
        assert int(row[1]) >= 5
        assert all(cell == "fewer than 5" or int(cell) >= 5 for cell in row[4:6])
    for title in re.findall(r"Week \d: \d+ votes(?=</caption>)", text):
        assert all(int(count) >= 5 or int(count) == 0 for _, count in rows_of(text, title))


def test_a_group_of_fewer_than_five_is_not_shown_to_a_board(spring: Graded, tmp_path: Path) -> None:
    text = checked(write_report(copy_of(spring.after, tmp_path / "spring"), anonymous=True))
    assert "Fewer than 5 of 5 learners handed in week 1" in text
    assert "Fewer than 5 handed in any week" in text
    assert "<svg" not in text
    assert "<td" not in text
    assert "Ada" not in text


def test_a_thousand_learners_are_rows_of_groups_whose_members_are_listed(
    sixty: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "MOST_ROWS", 20)
    text = checked(write_report(sixty))
    groups = rows_of(text, "The learners of each row")
    assert [label for label, _ in groups] == ["1 to 10", "11 to 20", "21 to 30", "31 to 40", "41 to 50", "51 to 60"]
    assert sorted(name for _, names in groups for name in re.findall(r"Ann\d+", names)) == sorted(
        name for each in sixty.roster().learners for name in re.findall(r"Ann\d+", each.name)
    )


def test_a_quiet_learner_is_named_with_the_last_week_that_came(spring: Graded, tmp_path: Path) -> None:
    text = checked(write_report(copy_of(spring.after, tmp_path / "spring")))
    assert re.search(r"Eve Person</td><td>nothing so far", text)
    assert "Ada Person</td><td>nothing" not in text


def test_a_damaged_file_is_said_and_the_rest_is_reported(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    (cohort.autograded / BO / "w01" / "grade.json").write_text("{")
    marks = cohort.folder / MARKS / "w01"
    marks.mkdir(parents=True)
    (marks / f"{ADA}.json").write_text("[]")
    text = checked(write_report(cohort))
    assert "grade.json is missing or damaged" in text
    assert f"{ADA}.json cannot be read" in text
    assert "4 of 5 learners handed in week 1" in text


def test_names_and_answers_are_text_and_never_html(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    roster = cohort.roster_file.read_text().replace("Eve Person", "<img src=x onerror=alert(1)>")
    cohort.roster_file.write_text(roster)
    assert "&lt;img" in checked(write_report(cohort))


def test_a_pause_of_more_than_twenty_minutes_is_none_of_the_hour() -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    times = tuple(start + timedelta(minutes=each) for each in (0, 10, 29, 50, 60))
    assert minutes_of(WeekJournal("a@x.org", "w01", times=times)) == 10 + 19 + 10


def test_where_nothing_is_graded_the_command_says_so_in_one_sentence(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.before, tmp_path / "spring")
    with pytest.raises(Problem, match="Nothing is graded in spring"):
        write_report(cohort)
    with inside(tmp_path):
        said = handson("report", "--cohort", "spring")
    assert said.exit_code == 2
    assert said.output.count("\n") == 1


def test_a_report_that_cannot_be_written_leaves_the_old_one(spring: Graded, tmp_path: Path) -> None:
    cohort = copy_of(spring.after, tmp_path / "spring")
    before = write_report(cohort).read_text()
    with pytest.raises(Problem, match="--out"):
        write_report(cohort, out=tmp_path / "missing" / "report.html")
    assert (cohort.folder / "report.html").read_text() == before
    assert EVE in cohort.roster_file.read_text()
