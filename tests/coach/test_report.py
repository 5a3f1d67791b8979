"""The report: what it computes, what it hides from a board, and how it stands where files are damaged."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.coach import report as report_module
from grader.coach.cohort import Cohort
from grader.coach.journals import WeekJournal
from grader.coach.memo_marks import FOLDER as MARKS
from grader.coach.report import write_report
from grader.coach.report_data import gather, minutes_of
from grader.learner.problem import Problem
from tests.coach.cohort_of_week_1 import ADA, BO, EVE, Graded, copy_of, handson, inside
from tests.coach.synthetic import synthetic

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return synthetic(tmp_path_factory.mktemp("synthetic"), 60, 4)


class _Checker(HTMLParser):
    """Tags that are opened and closed in order, and what would fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unsafe: list[str] = []
        self.pictures: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in ("meta", "rect", "br", "hr"):
            self.open.append(tag)
        if tag in ("script", "link", "iframe", "img", "object") or any(name.startswith("on") for name in said):
            self.unsafe.append(tag)
        self.unsafe += [value for name, value in attrs if name in ("src", "href") and value]
        if tag == "svg":
            self.pictures.append(said)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
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
        "Exercises, the hardest first",
        "The commonest wrong answers",
        "The votes",
        "Memos",
        "How sure, and how often right",
        "Minutes taken",
        "Monday&#x27;s question",
    ):
        assert part.replace("&#x27;", "'") in text.replace("&#x27;", "'"), part
    assert "O&#x27;Brien" in text


def test_its_numbers_are_those_of_the_gradebook_and_the_files(sixty: Cohort) -> None:
    data = gather(sixty)
    text = write_report(sixty).read_text(encoding="utf-8")
    handed = data.one("SELECT count(*) FROM points WHERE week = 'w04'")
    assert f"{handed} of 60 learners handed in week 4" in text
    waiting = data.one("SELECT count(*) FROM points WHERE week = 'w04' AND waiting > 0")
    assert f"{waiting} memos wait for the coach" in text
    right = data.one(
        "SELECT avg((status = 'right')::INTEGER) FROM exercises WHERE week = 'w01' AND exercise = 'all-rows'"
    )
    assert re.search(rf"W01</td><td>all rows</td>.*?{100 * right:.0f}%", text)
    journals = data.one("SELECT count(*) FROM (SELECT DISTINCT email, week FROM worked)")
    assert f"{journals} of {data.one('SELECT count(*) FROM points')} submissions came with a journal" in text


def test_an_exercise_that_the_strong_get_right_and_the_weak_do_not_tells_them_apart(sixty: Cohort) -> None:
    data = gather(sixty)
    data.database.execute("UPDATE exercises SET points = 3 * (hash(email) % 2) WHERE week = 'w01'")
    data.database.execute("UPDATE exercises SET points = 0 WHERE week = 'w02' AND exercise = 'october-list'")
    page = "".join(report_module._exercises(data, 1))
    assert (
        len(
            re.findall(
                r"W01</td><td>[\w ]+</td><td class=number>\d+</td><td class=number>\d+%</td><td class=number>\+1.00",
                page,
            )
        )
        == 5
    )
    assert re.search(
        r"W02</td><td>october list</td><td class=number>\d+</td><td class=number>0%</td><td class=number>\+0.00", page
    )


def test_nobody_can_be_told_from_the_report_for_the_board(sixty: Cohort) -> None:
    text = checked(write_report(sixty, anonymous=True)).lower()
    for learner in sixty.roster().learners:
        assert learner.email not in text
        assert learner.name.lower().replace("'", "&#x27;") not in text
    assert "brien" not in text
    assert "synthetic" not in text
    assert "ten-minute debrief" not in text


def test_a_group_of_fewer_than_five_is_not_shown_to_a_board(spring: Graded, tmp_path: Path) -> None:
    text = checked(write_report(copy_of(spring.after, tmp_path / "spring"), anonymous=True))
    assert "Fewer than 5 of 5 learners handed in week 1" in text
    assert "<svg" not in text
    assert "Ada" not in text


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
    from datetime import UTC, datetime, timedelta

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
