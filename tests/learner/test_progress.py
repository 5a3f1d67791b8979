"""The map: what the journals of a folder come to, and that nothing in them stops it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.learner.key import Exercise, Key
from grader.learner.progress import Progress, Standing, State, read_progress
from grader.learner.progress_card import show
from grader.learner.work import lessons_in, work_folder

TITLES = {1: "Three answers", 2: "The average", 9: "What a score means", 13: "The Monday report"}


def key(week: int, **points: float) -> Key:
    """The key of a week with these exercises; two of 2 points each if none are named."""
    named = points or {"first": 2.0, "second": 2.0}
    exercises = {
        name: Exercise(name, "value", name, worth, True, {"value": 1}, "Right.") for name, worth in named.items()
    }
    lesson, slug = f"w{week:02}", f"w{week:02}_week"
    return Key(lesson, slug, TITLES.get(week, f"Week {week}"), week, "abc", exercises=exercises)


class Work:
    """A learner's folder, and the course that it came from."""

    def __init__(self, root: Path) -> None:
        self.course, self.folder = root / "lessons", root / "my work"
        for place in (self.course, self.folder):
            place.mkdir()
            (place / "00_start_here.ipynb").write_text("{}")
        weeks = [{"week": week, "title": title, "skill": f"skill {week}"} for week, title in TITLES.items()]
        modules = [{"title": "1 · Ask", "weeks": weeks[:2]}, {"title": "2 · See", "weeks": weeks[2:]}]
        (self.course / ".syllabus.json").write_text(json.dumps({"schema": 1, "modules": modules}))

    def lesson(self, week: int, name: str = "", **points: float) -> Path:
        """A lesson that is in the course and in the learner's folder."""
        made = key(week, **points)
        for place, called in ((self.course, made.slug), (self.folder, name or made.slug)):
            (place / called).mkdir(exist_ok=True)
            (place / called / "key.json").write_text(json.dumps(made.to_json()))
            (place / called / f"{made.slug}.ipynb").write_text("{}")
        return self.folder / (name or made.slug)

    def read(self) -> Progress:
        return read_progress(self.folder)

    def standing(self, week: int) -> Standing:
        (standing,) = [each for each in self.read().standings if each.week.number == week]
        return standing

    def states(self) -> dict[int, str]:
        return {each.week.number: each.state.value for each in self.read().standings}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work(tmp_path)
    monkeypatch.setenv("HANDSON_LESSONS", str(made.course))
    return made


def write(folder: Path, *entries: dict[str, Any]) -> None:
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as file:
        for number, entry in enumerate(entries):
            file.write(json.dumps({"at": f"2026-05-04T09:{number:02}:00+02:00", **entry}) + "\n")


def tried(exercise: str, points: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"kind": "try", "exercise": exercise, "status": "right" if points else "wrong", "points": points, **more}


def guessed(name: str, confidence: float, hit: bool, **more: Any) -> dict[str, Any]:
    return {"kind": "prediction", "name": name, "value": 1, "confidence": confidence, "hit": hit, **more}


HANDED_IN = {"kind": "hand-in", "week": "w01"}


def test_an_untouched_folder_has_a_next_week_weeks_to_come_and_weeks_not_published(work: Work):
    work.lesson(1)
    work.lesson(9)
    assert work.states() == {1: "next", 2: "not published", 9: "ready", 13: "not published"}
    where = work.read()
    assert where.score == "0 points"
    assert where.counts == "2 still to begin, 2 not published"
    assert where.suggestion.text == "Begin with Week 1 · Three answers: skill 1."
    assert [title for title, _ in where.modules()] == ["1 · Ask", "2 · See"]
    assert where.notes == ()


def test_the_best_try_of_each_exercise_counts(work: Work):
    write(work.lesson(1), tried("first"), tried("first", 2.0), tried("first"), tried("second"))
    standing = work.standing(1)
    assert (standing.state, standing.points, standing.possible) == (State.STARTED, 2.0, 4.0)
    assert standing.words == "next: started, 1 of 2 right once, 1 of them changed since, 1 not right yet"
    assert work.read().score == "2 of 4 points in 1 week"
    assert work.read().suggestion.text == (
        "Go on with Week 1 · Three answers: 1 of 2 exercises are right; “second” is the next one."
    )


def test_what_was_right_once_keeps_its_points_and_is_said_to_be_changed_since(work: Work):
    folder = work.lesson(1)
    write(folder, tried("first", 2.0), tried("first"), tried("second"))
    assert (work.standing(1).score, work.standing(1).changed) == ("2 of 4 points", 1)
    assert work.standing(1).words == "next: started, 1 of 2 right once, 1 of them changed since, 1 not right yet"
    write(folder, tried("second", 2.0, at="2026-05-04T10:00:00+02:00"))
    assert work.standing(1).words == "done, not handed in, 1 right once, changed since"
    write(folder, tried("first", 2.0, at="2026-05-04T10:01:00+02:00"))
    assert work.standing(1).words == "done, not handed in"


def test_a_week_is_done_when_all_is_right_and_the_map_asks_for_the_hand_in(work: Work):
    write(work.lesson(1), tried("first", 2.0), tried("second", 2.0))
    work.lesson(9)
    assert work.states() == {1: "done", 2: "not published", 9: "next", 13: "not published"}
    assert work.standing(1).words == "done, not handed in"
    assert work.read().suggestion.text.startswith('Hand in Week 1 · Three answers: its box `hand_in("w01")`')


def test_a_week_that_was_handed_in_is_done_however_much_is_right(work: Work):
    write(work.lesson(1), tried("first", 2.0), HANDED_IN)
    work.lesson(9)
    standing = work.standing(1)
    assert (standing.words, standing.score) == ("done, packed 4 May", "2 of 4 points")
    assert work.read().suggestion.text == "Take the next hour: Week 9 · What a score means: skill 9."


def test_a_desk_session_is_on_the_map_where_it_lies_in_the_folder(work: Work):
    work.lesson(1)
    stored = json.loads((work.course / ".syllabus.json").read_text())
    stored["desks"] = [{"after": 2, "folder": "d02_desk"}, {"after": 9, "folder": "d09_desk"}]
    (work.course / ".syllabus.json").write_text(json.dumps(stored))
    (work.folder / "d02_desk").mkdir()
    (work.folder / "d02_desk" / "d02_desk.ipynb").write_text("{}")
    where = work.read()
    assert [where.desk_of(standings) for _, standings in where.modules()] == ["d02_desk/d02_desk.ipynb", ""]
    assert 'href="d02_desk/d02_desk.ipynb"' in show(where).html
    assert show(where).text.count("Desk session (half an hour beside your analyst, unmarked)") == 1
    stored["desks"] = [{"after": "two"}]
    (work.course / ".syllabus.json").write_text(json.dumps(stored))
    assert work.read().desks == {}


def test_a_week_packed_with_open_answers_is_not_done(work: Work):
    write(work.lesson(1), tried("first", 2.0), {**HANDED_IN, "open": 2, "sent": False})
    assert work.standing(1).words == "next: started, 1 of 2 right, packed 4 May with 2 unanswered"
    assert work.read().suggestion.text.startswith("Go on with Week 1")


def test_a_later_hand_in_with_nothing_open_takes_the_place_of_the_first(work: Work):
    later = {**HANDED_IN, "at": "2026-05-06T09:00:00+02:00", "open": 0, "sent": True}
    write(work.lesson(1), {**HANDED_IN, "open": 2}, later)
    assert work.standing(1).words == "done, handed in 6 May"


def test_the_next_week_is_the_earliest_unfinished_from_where_the_reader_began(work: Work):
    for week in (1, 2, 9, 13):
        work.lesson(week)
    write(work.folder / "w02_week", HANDED_IN)
    assert work.states() == {1: "ready", 2: "done", 9: "next", 13: "ready"}
    write(work.folder / "w13_week", {**HANDED_IN, "at": "2026-06-01T09:00:00+02:00"})
    assert work.states() == {1: "ready", 2: "done", 9: "next", 13: "done"}
    write(work.folder / "w09_week", {**HANDED_IN, "at": "2026-06-02T09:00:00+02:00"})
    assert work.states()[1] == "next"


def test_a_try_far_ahead_does_not_move_today_nor_does_a_hand_in_of_an_untouched_week(work: Work):
    for week in (1, 2, 9, 13):
        work.lesson(week)
    write(work.folder / "w01_week", tried("first", 2.0), tried("second", 2.0), HANDED_IN)
    write(work.folder / "w13_week", {**tried("first"), "at": "2026-06-02T09:00:00+02:00"})
    write(work.folder / "w09_week", {**HANDED_IN, "open": 3, "at": "2026-06-03T09:00:00+02:00"})
    assert work.states() == {1: "done", 2: "next", 9: "ready", 13: "started"}
    assert work.standing(9).words == "ready, packed 3 June with 3 unanswered"
    assert work.standing(13).words == "started, 0 of 2 right, 1 not right yet"
    assert work.read().suggestion.text == "Take the next hour: Week 2 · The average: skill 2."
    assert [each.week.number for each in work.read().standings if each.up_next] == [2]
    for text in (show(work.read()).html, show(work.read()).text):
        assert text.count("➜") + text.count("[>]") == 1


def test_what_was_packed_half_done_waits_once_a_later_week_was_begun(work: Work):
    write(work.lesson(1), tried("first"), {**HANDED_IN, "open": 1})
    write(work.lesson(2), {**tried("first"), "at": "2026-06-02T09:00:00+02:00"})
    assert work.read().suggestion.text.startswith("Go on with Week 2")
    write(work.folder / "w02_week", {**HANDED_IN, "at": "2026-06-03T09:00:00+02:00"})
    assert work.read().suggestion.text.startswith("Go on with Week 1")


@pytest.mark.parametrize(
    ("answers", "week"),
    [("0000000", 1), ("2000000", 9), ("2222222", 9), ("0222222", 1)],
)
def test_who_has_begun_nowhere_begins_where_the_self_assessment_says(work: Work, answers: str, week: int):
    for number in (1, 9, 13):
        work.lesson(number)
    takes = [{"on": "2026-05-04", "answers": [0] * 7}, {"on": "2026-05-05", "answers": list(map(int, answers))}]
    (work.folder / "self-assessment.json").write_text(json.dumps({"schema": 2, "takes": takes}))
    assert work.read().suggestion.text.startswith(f"Begin with Week {week} ")
    write(work.folder / "w13_week", HANDED_IN)
    assert work.read().suggestion.text.startswith(f"Take the next hour: Week {1}")


def test_the_exercise_to_go_on_with_goes_by_the_words_above_it_on_the_page(work: Work):
    write(work.lesson(1), tried("first", 2.0))
    cells = [
        {"cell_type": "markdown", "source": "### 2 · Lena's count (5 min)\nHow many?"},
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": "second"}}},
    ]
    (work.folder / "w01_week" / "w01_week.ipynb").write_text(json.dumps({"cells": cells}))
    assert work.read().suggestion.text.endswith("are right; “2 · Lena's count” is the next one.")


def test_what_was_begun_first_and_left_is_taken_up_again(work: Work):
    write(work.lesson(1), tried("first"))
    write(work.lesson(9), {**HANDED_IN, "at": "2026-06-01T09:00:00+02:00"})
    assert work.read().suggestion.text.startswith("Go on with Week 1 · Three answers")


def test_when_all_that_is_published_is_done_there_is_nothing_to_begin(work: Work):
    write(work.lesson(1), HANDED_IN)
    assert work.read().suggestion.text.startswith("You have done every week that is published.")


def test_a_prediction_or_a_recall_alone_begins_a_week(work: Work):
    write(work.lesson(1), {"kind": "recall", "name": "monday", "answer": "yes"})
    write(work.lesson(9), guessed("calls", 70, True))
    assert work.states() == {1: "started", 2: "not published", 9: "started", 13: "not published"}


def test_the_first_guess_of_each_name_counts_once_over_all_copies_of_a_week(work: Work):
    write(work.lesson(1), guessed("rows", 90, False), guessed("rows", 100, True))
    shutil.copytree(work.folder / "w01_week", work.folder / "w01_week copy")
    write(work.lesson(1, "w01_week-r2"), guessed("rows", 10, True, at="2026-07-01T09:00:00+00:00"))
    write(work.lesson(9), guessed("rows", 60, True))
    calibration = work.read().calibration
    assert (calibration.guesses, calibration.hits, calibration.said) == (2, 1, 75.0)


def test_two_releases_of_a_lesson_are_one_week_and_the_newer_one_is_opened(work: Work):
    write(work.lesson(1, gone=1.0, first=2.0), tried("gone", 1.0), tried("first", 2.0))
    write(work.lesson(1, "w01_week-r2", first=2.0, new=3.0), tried("new"))
    standing = work.standing(1)
    assert (standing.points, standing.possible, standing.right) == (2.0, 5.0, 1)
    assert standing.notebook == "w01_week-r2/w01_week.ipynb"
    assert sum(each.week.number == 1 for each in work.read().standings) == 1


def test_the_tenth_release_is_newer_than_the_ninth(work: Work):
    for number in (2, 9, 10):
        work.lesson(1, f"w01_week-r{number}")
    assert work.standing(1).notebook.startswith("w01_week-r10/")


@pytest.mark.parametrize("place", ["done/spring", "my first week", "w09_week"])
def test_a_folder_that_was_moved_or_renamed_is_known_by_its_key(work: Work, place: str):
    folder = work.lesson(1)
    write(folder, tried("first", 2.0))
    (work.folder / place).parent.mkdir(exist_ok=True)
    folder.rename(work.folder / place)
    standing = work.standing(1)
    assert (standing.state, standing.points) == (State.STARTED, 2.0)
    assert standing.notebook == f"{place}/w01_week.ipynb"


def test_a_week_that_is_published_and_not_in_the_folder_is_said_so(work: Work):
    shutil.rmtree(work.lesson(1))
    work.lesson(9)
    assert work.standing(1).words == "next, comes when you start the course again"
    assert work.standing(1).notebook == ""
    assert work.read().suggestion.text == "Run `handson start` once more: it brings Week 1 · Three answers: skill 1."


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": 99}', '{"schema": 1, "sealed": "x"}'])
def test_without_its_key_a_lesson_is_judged_by_the_courses(work: Work, content: str | None):
    folder = work.lesson(1)
    write(folder, tried("first", 2.0))
    (folder / "key.json").unlink()
    if content is not None:
        (folder / "key.json").write_text(content)
    assert (work.standing(1).points, work.standing(1).possible) == (2.0, 4.0)
    why = "it has no key.json" if content is None else "its key.json is damaged"
    assert work.read().notes == (f"`w01_week`: {why}; `handson start` puts it back.",)


def test_without_any_key_a_week_is_started_and_has_no_points(work: Work):
    folder = work.lesson(1)
    write(folder, tried("first", 2.0))
    shutil.rmtree(work.course)
    (folder / "key.json").unlink()
    standing = work.standing(1)
    assert (standing.state, standing.score, standing.words) == (State.STARTED, "", "next: started")
    assert work.read().suggestion.text == "Go on with Week 1 · w01_week."


def test_without_the_list_of_weeks_the_lessons_that_are_here_are_the_map(work: Work):
    work.lesson(1)
    (work.course / ".syllabus.json").write_text("{")
    assert [each.week.name for each in work.read().standings] == ["Week 1 · Three answers"]


def test_a_lesson_that_the_list_does_not_know_stands_at_the_end(work: Work):
    work.lesson(1)
    work.lesson(77)
    assert [title for title, _ in work.read().modules()] == ["1 · Ask", "2 · See", "Also here"]


def test_foreign_files_and_folders_change_nothing(work: Work):
    write(work.lesson(1), tried("first", 2.0))
    before = work.read()
    (work.folder / "holiday").mkdir()
    (work.folder / "holiday" / "key.json").write_text('{"licence": "abc"}')
    (work.folder / "holiday" / "journal.jsonl").write_text(json.dumps(tried("first", 2.0)))
    (work.folder / "w99.txt").write_text("w99_")
    (work.folder / ".w09_hidden").mkdir()
    (work.folder / "loop").symlink_to(work.folder, target_is_directory=True)
    assert work.read() == before


def test_a_folder_of_nothing_is_told_where_to_look(work: Work):
    work.lesson(1)
    where = read_progress(work.folder / "not there")
    assert where.notes == (
        "I see no lesson beside this page: open the start page in the folder where your lessons are.",
    )
    assert where.standings[0].words == "next, comes when you start the course again"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"\xff\xfe\n{}\n[1]\nnot json\n",
            "3 of the lines of `w01_week/journal.jsonl` cannot be read: the others count.",
        ),
        (b'{"kind": "try', "1 of the lines of `w01_week/journal.jsonl` cannot be read: the others count."),
        (b"[" * 100_000, "1 of the lines of `w01_week/journal.jsonl` cannot be read: the others count."),
        (b"\n \n", ""),
    ],
)
def test_a_damaged_journal_is_said_and_the_rest_of_it_counts(work: Work, content: bytes, says: str):
    folder = work.lesson(1)
    (folder / "journal.jsonl").write_bytes(json.dumps(tried("first", 2.0)).encode() + b"\n" + content)
    assert work.standing(1).points == 2.0
    assert work.read().notes == ((says,) if says else ())


def _folder(path: Path) -> None:
    path.mkdir()


def _too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(21_000_000)


@pytest.mark.parametrize(("make", "says"), [(_folder, "cannot be read"), (_too_large, "is larger than 20 MB")])
def test_a_journal_that_is_no_journal_is_said(work: Work, make: Callable[[Path], None], says: str):
    make(work.lesson(1) / "journal.jsonl")
    assert work.standing(1).state is State.NEXT
    assert says in work.read().notes[0]


ODD = [
    {"kind": "try"},
    tried("first", -1.0),
    tried("first", 1e300),
    tried("first", float("nan")),
    {**tried("first"), "points": "2"},
    {**tried("first"), "points": True},
    {**tried("first"), "points": 10**400},
    {**tried("first"), "exercise": ["first"]},
    tried("unknown", 2.0),
    guessed("rows", 101, True),
    guessed("rows", -1, True),
    {**guessed("rows", 1, True), "hit": "yes"},
    {**guessed("rows", 1, True), "name": None},
    {"kind": ["try"]},
    {"kind": "recall", "at": 12},
    {"kind": "recall", "at": "yesterday"},
    {"kind": "recall", "at": "9999-12-31T23:59:59-14:00"},
    {"kind": "recall", "at": "0001-01-01T00:00:00+14:00"},
    {"kind": "recall", "at": "0001-01-01T00:00:00"},
    {"kind": "hand-in", "at": None},
]


@pytest.mark.parametrize("entry", ODD)
def test_an_odd_entry_gives_no_points_and_no_guess(work: Work, entry: dict[str, Any]):
    write(work.lesson(1), entry)
    where = work.read()
    assert (work.standing(1).points, where.calibration.guesses) == (0.0, 0)
    assert where.notes == ()


def test_points_beyond_those_of_the_exercise_are_none_of_its_points(work: Work):
    write(work.lesson(1), tried("first", 99.0))
    assert work.standing(1).points == 2.0


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
entries = st.dictionaries(
    st.sampled_from(["at", "kind", "exercise", "points", "name", "confidence", "hit"]),
    st.sampled_from(["try", "prediction", "hand-in", "first", "2026-05-04T09:00:00"]) | anything,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(entries, max_size=6))
def test_whatever_a_journal_says_the_map_is_drawn_and_its_numbers_are_within_bounds(work: Work, made: list[dict]):
    (work.lesson(1) / "journal.jsonl").write_text("\n".join(json.dumps(entry) for entry in made))
    standing = work.standing(1)
    assert 0 <= standing.points <= standing.possible == 4.0
    assert work.read().calibration.guesses <= len(made)


def test_the_work_folder_is_found_from_inside_a_lesson_and_a_lesson_alone_is_its_own(work: Work, tmp_path: Path):
    assert work_folder(work.lesson(1)) == work.folder
    assert work_folder(work.folder) == work.folder
    alone = tmp_path / "elsewhere" / "deep" / "w01_week"
    shutil.copytree(work.folder / "w01_week", alone)
    assert work_folder(alone) == alone
    assert [lesson.week for lesson in lessons_in(alone)] == [1]


def test_a_folder_full_of_folders_is_not_searched_for_ever(work: Work, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.learner.work.MOST_FOLDERS", 5)
    for number in range(20):
        (work.folder / f"a{number:02}" / "inner").mkdir(parents=True)
    assert lessons_in(work.folder) == []
