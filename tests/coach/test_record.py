"""The gradebook and `autograded/`: as stock nbgrader has them, whole at any moment, and what a coach wrote stays."""

import csv
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades, SaveCells
from sqlalchemy import event
from traitlets.config import Config

from grader.authoring.build import lesson_folders
from grader.authoring.source import read_cells
from grader.coach.autograded import place
from grader.coach.course import course_lesson, run_nbgrader
from grader.coach.gradebook import explain
from grader.coach.invent import write_answer, write_memo
from grader.coach.record import Change, GradedNotebook, Recorder
from grader.coach.score import CellScore
from grader.coach.student_names import split_name
from grader.learner.problem import Problem
from grader.sandbox.run import Pool
from tests.coach.cohort_of_two_notebooks import (
    FIRST,
    NAMES,
    ON_TIME,
    SECOND,
    WEEK,
    attempt,
    contents,
    dump,
    executed,
    make_cohort,
    released,
    submission,
)

pytestmark = pytest.mark.linux

PAT = "p00@x.org"
HALF = "half@x.org"
DUE = "2026-03-01 11:00:00"
KILLS = 9
ZERO_IF_LATE = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'


def stock(folder: Path) -> Gradebook:
    """What every stock command opens."""
    return Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "hands-on-hour")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "cohort"
    make_cohort(folder)
    return folder


@pytest.fixture
def cohort(made: Path, tmp_path: Path) -> Path:
    """A cohort of thirty with an assignment of two notebooks; nothing is graded yet."""
    return shutil.copytree(made, tmp_path / "cohort")


# --- A lesson of the course, beside stock nbgrader ---


@dataclass(frozen=True)
class Beside:
    """Two course folders after the same submissions: one of stock commands only, and one of ours."""

    stock: Path
    ours: Path
    week: str
    name: str


@pytest.fixture(scope="module")
def beside(pool: Pool, tmp_path_factory: pytest.TempPathFactory, root: Path) -> Beside:
    """Week 1 from a learner who is late, with every other answer and a memo."""
    top = tmp_path_factory.mktemp("beside")
    lesson = course_lesson(lesson_folders("w01")[0], top, pool)
    release = nbformat.read(lesson.release / f"{lesson.name}.ipynb", as_version=4)
    for folder in (top / "stock", top / "ours"):
        folder.mkdir()
        config = (root / "grader" / "nbgrader_config.py").read_text(encoding="utf-8")
        (folder / "nbgrader_config.py").write_text(config + ZERO_IF_LATE, encoding="utf-8")
    source = top / "stock" / "source" / lesson.lesson
    shutil.copytree(lesson.release, source, ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copyfile(lesson.solved, source / f"{lesson.name}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("PYTHONPATH", str(root))
        generate_assignment(top / "stock", lesson.lesson)
        notebook = nbformat.from_dict(release)
        answers = [
            cell for cell in read_cells(root / "solutions" / lesson.release.name / "lesson.py") if cell.role == "answer"
        ]
        for cell in answers[::2]:
            write_answer(notebook, cell, cell.solution)
        write_memo(notebook, next(iter(lesson.plan.memo)), "Tell the board that one row is an account.")
        submitted = top / "stock" / "submitted" / HALF / lesson.lesson
        submitted.mkdir(parents=True)
        nbformat.write(notebook, submitted / f"{lesson.name}.ipynb")
        (submitted / "timestamp.txt").write_text("2026-03-01 12:00:00.5 UTC", encoding="utf-8")
        shutil.copytree(top / "stock" / "submitted", top / "ours" / "submitted")
        with stock(top / "stock") as book:
            book.update_or_create_assignment(lesson.lesson, duedate=DUE)
        done = run_nbgrader(top / "stock", "autograde", lesson.lesson)
        assert done.returncode == 0, done.stderr
        with Recorder(top / "ours") as recorder:
            recorder.register(lesson.lesson, {lesson.name: release})
            with stock(top / "ours") as book:
                book.update_or_create_assignment(lesson.lesson, duedate=DUE)
            path = top / "stock" / "autograded" / HALF / lesson.lesson
            ran = nbformat.read(path / f"{lesson.name}.ipynb", as_version=4)
            graded = submission(HALF, {lesson.name: ran}, datetime(2026, 3, 1, 12, 0, 0, 500_000, UTC), lesson.lesson)
            recorder.record(replace(graded, files=contents(path)))
    return Beside(top / "stock", top / "ours", lesson.lesson, lesson.name)


def generate_assignment(folder: Path, week: str) -> None:
    config = Config()
    config.CourseDirectory.root, config.CourseDirectory.assignment_id = str(folder), week
    config.CourseDirectory.course_id = "hands-on-hour"
    config.ClearSolutions.code_stub, config.ClearSolutions.text_stub = {"python": ""}, "Write here."
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()


def without_default_course(tables):
    """nbgrader's preprocessors open the gradebook without a course's name, which leaves a row that nobody uses."""
    return tables | {"course": [row for row in tables["course"] if row["id"] != "default_course"]}


def test_every_table_is_as_stock_nbgrader_writes_it(beside: Beside) -> None:
    theirs, ours = without_default_course(dump(beside.stock)), without_default_course(dump(beside.ours))
    assert {table: len(rows) for table, rows in ours.items()} == {table: len(rows) for table, rows in theirs.items()}
    for table, rows in theirs.items():
        assert ours[table] == rows, table
    assert {row["auto_score"] for row in theirs["grade"]} > {None, 0.0}
    assert {row["auto_comment"] for row in theirs["comment"]} == {None, "No response."}
    assert theirs["submitted_notebook"][0]["late_submission_penalty"] > 0


def test_the_schema_is_stock_nbgraders(beside: Beside) -> None:
    schemas = []
    for folder in (beside.stock, beside.ours):
        with closing(sqlite3.connect(folder / "gradebook.db")) as db:
            schemas.append(sorted(db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")))
    assert schemas[0] == schemas[1]


def test_autograded_holds_what_stock_nbgrader_put_there(beside: Beside) -> None:
    assert contents(beside.ours / "autograded") == contents(beside.stock / "autograded")


def test_stock_export_and_feedback_work_on_our_folder(beside: Beside) -> None:
    done = run_nbgrader(beside.ours, "export")
    assert done.returncode == 0, done.stderr
    with (beside.ours / "grades.csv").open(encoding="utf-8") as lines:
        assert sorted(line["student_id"] for line in csv.DictReader(lines)) == [HALF]
    done = run_nbgrader(beside.ours, "generate_feedback", beside.week, "--student", HALF)
    assert done.returncode == 0, done.stderr
    page = beside.ours / "feedback" / HALF / beside.week / f"{beside.name}.html"
    assert "Tell the board that one row is an account." in page.read_text(encoding="utf-8")


def test_formgrader_lists_what_it_lists_after_stock_autograding(beside: Beside) -> None:
    def listed(folder: Path):
        api = NbGraderAPI(CourseDirectory(root=str(folder), course_id="hands-on-hour"))
        submissions = api.get_submissions(beside.week) + api.get_notebook_submissions(beside.week, beside.name)
        with api.gradebook as book:
            submissions += book.student_dicts() + book.submission_dicts(beside.week)
            submissions += book.notebook_submission_dicts(beside.name, beside.week)
        return [{key: value for key, value in each.items() if key not in ("id", "index")} for each in submissions]

    def by_text(rows):
        return sorted(map(repr, rows))

    ours = listed(beside.ours)
    assert ours[0]["autograded"] is True
    assert by_text(ours) == by_text(listed(beside.stock))


# --- A classic assignment of two notebooks, beside nbgrader's preprocessors ---


def stock_registered(folder: Path) -> None:
    """What generate_assignment does to the gradebook."""
    with stock(folder) as book:
        book.update_or_create_assignment(WEEK)
    for name in (FIRST, SECOND):
        SaveCells().preprocess(released(name), {"nbgrader": resources(folder, name)})


def resources(folder: Path, name: str, email: str = ""):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    return {"notebook": name, "assignment": WEEK, "student": email, "db_url": url}


def stock_recorded(folder: Path, email: str, notebooks: dict[str, NotebookNode], time: datetime) -> None:
    """What autograde does to the gradebook, without the running."""
    with stock(folder) as book:
        book.update_or_create_student(email)
        book.update_or_create_submission(WEEK, email, timestamp=time)
        for name in {FIRST, SECOND} - set(notebooks):
            for grade in book.find_submission_notebook(name, WEEK, email).grades:
                grade.auto_score, grade.needs_manual_grade = 0, False
            book.db.commit()
    config = Config()
    config.LateSubmissionPlugin.penalty_method = "zero"
    for name, notebook in notebooks.items():
        SaveAutoGrades().preprocess(notebook, {"nbgrader": resources(folder, name, email)})
        AssignLatePenalties(config=config).preprocess(notebook, {"nbgrader": resources(folder, name, email)})


@pytest.mark.filterwarnings("ignore:Object of type <Submitted")  # nbgrader's own
def test_tasks_hidden_tests_and_missing_notebooks_are_recorded_as_stock_does(cohort: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "stock"
    theirs.mkdir()
    with Recorder(cohort) as recorder:
        recorder.enrol({"new@x.org": "New One"})
    with closing(sqlite3.connect(cohort / "gradebook.db")) as db:
        assert db.execute("SELECT count(*) FROM student").fetchone() == (31,)
    with (cohort / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(ZERO_IF_LATE)
    empty_copy(cohort, theirs)
    stock_registered(theirs)
    with stock(theirs) as book, stock(cohort) as ours:
        for each in (book, ours):
            each.update_or_create_assignment(WEEK, duedate=DUE)
        for email, name in NAMES.items():
            first, _, last = name.partition(" ")
            book.add_student(email, first_name=first, last_name=last, email=email)
        book.add_student("new@x.org", first_name="New", last_name="One", email="new@x.org")
    handed_in = [
        ("p00@x.org", {FIRST: executed(FIRST), SECOND: executed(SECOND, right=False)}, ON_TIME),
        ("p01@x.org", {FIRST: executed(FIRST, answer="x = ...", memo="")}, ON_TIME - timedelta(days=1)),
        ("p02@x.org", {SECOND: executed(SECOND)}, ON_TIME),
        ("not-on-the-roster@x.org", {FIRST: executed(FIRST), SECOND: executed(SECOND)}, ON_TIME - timedelta(days=1)),
        ("p00@x.org", {FIRST: executed(FIRST, right=False), SECOND: executed(SECOND)}, ON_TIME),
        ("p01@x.org", {FIRST: executed(FIRST), SECOND: executed(SECOND, memo="")}, ON_TIME - timedelta(hours=3)),
    ]
    with Recorder(cohort) as recorder:
        for email, notebooks, time in handed_in:
            stock_recorded(theirs, email, notebooks, time)
            recorder.record(submission(email, notebooks, time))
    assert without_default_course(dump(cohort)) == without_default_course(dump(theirs))


def empty_copy(folder: Path, target: Path) -> None:
    """A gradebook of the same schema without a row of an assignment or student."""
    with closing(sqlite3.connect(folder / "gradebook.db")) as db:
        tables = [sql for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")]
        version = db.execute("SELECT version_num FROM alembic_version").fetchone()
    with closing(sqlite3.connect(target / "gradebook.db")) as db:
        for sql in tables:
            db.execute(sql)
        db.execute("INSERT INTO alembic_version VALUES (?)", version)
        db.commit()


def test_registering_again_keeps_ids_and_takes_new_points(cohort: Path) -> None:
    def ids() -> set[str]:
        with closing(sqlite3.connect(cohort / "gradebook.db")) as db:
            return {row[0] for row in db.execute("SELECT id FROM base_cell UNION SELECT id FROM source_cell")}

    before = ids()
    dearer = {name: released(name) for name in (FIRST, SECOND)}
    next(cell for cell in dearer[FIRST].cells if cell.id == "test").metadata.nbgrader["points"] = 7
    with Recorder(cohort) as recorder:
        recorder.register(WEEK, dearer)
        recorder.record(attempt(PAT, 1))
        recorder.register(WEEK, dearer)
    assert ids() == before
    with stock(cohort) as book:
        assert book.find_assignment(WEEK).max_score == 7 + 2 + 4 + 3 + 2


def test_a_release_with_other_cells_is_refused_once_submissions_are_graded(cohort: Path) -> None:
    other = {FIRST: released(FIRST), SECOND: released(SECOND)}
    other[SECOND].cells = other[SECOND].cells[2:]
    with Recorder(cohort) as recorder:
        recorder.register(WEEK, other)
        recorder.register(WEEK, {name: released(name) for name in (FIRST, SECOND)})
        recorder.record(attempt(PAT, 1))
        before = dump(cohort)
        with pytest.raises(Problem, match=r"problem2 with other graded cells .* new cohort"):
            recorder.register(WEEK, other)
        with pytest.raises(Problem, match=r"notebooks of this release are others \(problem2\)"):
            recorder.register(WEEK, {FIRST: released(FIRST)})
    assert dump(cohort) == before


def test_a_week_a_notebook_or_a_cell_that_is_not_registered_is_refused(cohort: Path) -> None:
    graded = attempt(PAT, 1)
    strange = GradedNotebook([CellScore("bonus", 1, 1)], released(FIRST))
    before = dump(cohort)
    with Recorder(cohort) as recorder:
        with pytest.raises(Problem, match="does not know w99"):
            recorder.record(replace(graded, week="w99"))
        with pytest.raises(Problem, match="no notebook other in ps1"):
            recorder.record(replace(graded, notebooks={"other": strange}))
        with pytest.raises(Problem, match="no graded cell bonus in ps1/problem1"):
            recorder.record(replace(graded, notebooks={FIRST: strange}))
    assert dump(cohort) == before
    assert contents(cohort / "autograded") == {}


# --- What a coach wrote ---


def coach_grades(folder: Path, cell: str, points: float | None, extra: float | None = None, name: str = FIRST) -> None:
    """What formgrader does when a coach gives points, and a comment on the answer and the memo."""
    with stock(folder) as book:
        grade = book.find_grade(cell, name, WEEK, PAT)
        grade.manual_score, grade.extra_credit = points, extra
        grade.needs_manual_grade = points is None and grade.auto_score is None
        for commented in ("answer", "memo"):
            book.find_comment(commented, name, WEEK, PAT).manual_comment = f"On {commented}."
        book.db.commit()


def grade_of(folder: Path, cell: str, name: str = FIRST) -> dict[str, object]:
    with stock(folder) as book:
        grade = book.find_grade(cell, name, WEEK, PAT)
        return {
            "auto": grade.auto_score,
            "manual": grade.manual_score,
            "extra": grade.extra_credit,
            "look": grade.needs_manual_grade,
            "score": grade.score,
        }


def test_points_extra_credit_and_comments_of_a_coach_survive_a_regrade(cohort: Path) -> None:
    with Recorder(cohort) as recorder:
        recorder.record(submission(PAT, {FIRST: executed(FIRST), SECOND: executed(SECOND)}))
        coach_grades(cohort, "memo", 1.5, 0.5)
        coach_grades(cohort, "test", None, 1.0)
        changed = {FIRST: executed(FIRST, memo="Three.", right=False), SECOND: executed(SECOND)}
        recorder.record(submission(PAT, changed, ON_TIME + timedelta(days=1)))
    assert grade_of(cohort, "memo") == {"auto": None, "manual": 1.5, "extra": 0.5, "look": True, "score": 2.0}
    assert grade_of(cohort, "test") == {"auto": 0.0, "manual": None, "extra": 1.0, "look": False, "score": 1.0}
    with stock(cohort) as book:
        comments = {each.name: each.comment for each in book.find_submission_notebook(FIRST, WEEK, PAT).comments}
        assert comments == {"answer": "On answer.", "memo": "On memo.", "task": None}


@pytest.mark.parametrize(
    ("cell", "again", "look"),
    [
        ("memo", {}, False),
        ("memo", {"answer": "x = 1 + 1", "notes": "Mine."}, False),
        ("memo", {"memo": "Three."}, True),
        ("memo", {"memo": ""}, True),
        ("test", {}, False),
        ("test", {"right": False}, True),
        ("test", {"answer": "x = 1 + 1"}, True),
        ("task", {}, False),
        ("task", {"notes": "A drawing."}, True),
    ],
)
def test_a_coachs_grade_is_looked_at_again_if_what_it_judged_changed(
    cohort: Path, cell: str, again: dict[str, object], look: bool
) -> None:
    with Recorder(cohort) as recorder:
        recorder.record(submission(PAT, {FIRST: executed(FIRST), SECOND: executed(SECOND)}))
        coach_grades(cohort, cell, 1.0)
        changed = submission(PAT, {FIRST: executed(FIRST, **again), SECOND: executed(SECOND)})  # type: ignore[arg-type]
        recorder.record(changed)
        assert grade_of(cohort, cell)["look"] is look
        recorder.record(changed)
        assert grade_of(cohort, cell)["look"] is look, "until the coach has looked"
        coach_grades(cohort, cell, 1.0)
        recorder.record(changed)
    assert grade_of(cohort, cell)["look"] is False
    assert grade_of(cohort, cell)["manual"] == 1.0


@pytest.mark.parametrize("damage", ["missing", "not a notebook", "cells of numbers"])
def test_a_coachs_grade_is_looked_at_again_if_nobody_knows_what_it_judged(cohort: Path, damage: str) -> None:
    graded = submission(PAT, {FIRST: executed(FIRST), SECOND: executed(SECOND)})
    path = cohort / "autograded" / PAT / WEEK / f"{FIRST}.ipynb"
    with Recorder(cohort) as recorder:
        recorder.record(graded)
        coach_grades(cohort, "memo", 1.0)
        path.unlink()
        if damage != "missing":
            path.write_text({"not a notebook": "{", "cells of numbers": '{"cells": [1]}'}[damage], encoding="utf-8")
        recorder.record(graded)
    assert grade_of(cohort, "memo") == {"auto": None, "manual": 1.0, "extra": None, "look": True, "score": 1.0}


def test_a_score_that_the_machine_doubts_waits_for_the_coach(cohort: Path) -> None:
    graded = attempt(PAT, 2)
    doubted = [replace(score, needs_manual=score.name == "test") for score in graded.notebooks[FIRST].scores]
    notebooks = {**graded.notebooks, FIRST: replace(graded.notebooks[FIRST], scores=doubted)}
    with Recorder(cohort) as recorder:
        recorder.record(replace(graded, notebooks=notebooks))
    assert grade_of(cohort, "test") == {"auto": 3.0, "manual": None, "extra": None, "look": True, "score": 3.0}


# --- Being late ---


def late_change(cohort: Path, config: str, *, extension: timedelta | None = None) -> Change:
    """Record two right notebooks, an hour late, with a line of configuration."""
    with (cohort / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(config)
    graded = submission(PAT, {FIRST: executed(FIRST), SECOND: executed(SECOND)})
    with stock(cohort) as book:
        book.update_or_create_assignment(WEEK, duedate=DUE)
    with Recorder(cohort) as recorder:
        recorder.record(replace(graded, handed_in=datetime(2026, 3, 1, 10)))
        with stock(cohort) as book:
            book.find_submission(WEEK, PAT).extension = extension
            book.db.commit()
        return recorder.record(graded)


PLUGIN = """
from nbgrader.plugins import BasePlugin
class Costs(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {penalty}
"""


@pytest.mark.parametrize(
    ("penalty", "cost"),
    [("score / 4", 1.5), ("total_seconds_late / 3600", 2.0), ("100", 6.0), ("-1", 0.0), ("None", 0.0)],
)
def test_being_late_costs_what_the_configured_plugin_says(cohort: Path, penalty: str, cost: float) -> None:
    plugin = "costs_" + "".join(each for each in penalty if each.isalnum())
    (cohort / f"{plugin}.py").write_text(PLUGIN.format(penalty=penalty), encoding="utf-8")
    change = late_change(cohort, f"\nc.AssignLatePenalties.plugin_class = '{plugin}.Costs'\n")
    assert (change.before.penalty, change.after.penalty, change.after.total) == (0.0, cost, 6.0 - cost)
    with stock(cohort) as book:
        assert book.find_submission(WEEK, PAT).late_submission_penalty == cost


def test_an_extension_moves_the_due_date(cohort: Path) -> None:
    assert late_change(cohort, ZERO_IF_LATE, extension=timedelta(hours=2)).after.total == 6.0


def test_without_a_method_being_late_costs_nothing(cohort: Path) -> None:
    assert late_change(cohort, "").after.total == 6.0


def test_a_plugin_that_fails_is_named(cohort: Path) -> None:
    (cohort / "costs_bad.py").write_text(PLUGIN.format(penalty="1 / 0"), encoding="utf-8")
    with pytest.raises(Problem, match=r"nbgrader_config.py names failed on p00@x.org \(ZeroDivisionError"):
        late_change(cohort, "\nc.AssignLatePenalties.plugin_class = 'costs_bad.Costs'\n")


def test_a_configuration_that_does_not_work_is_named(cohort: Path) -> None:
    (cohort / "nbgrader_config.py").write_text("c = get_config(\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"nbgrader_config.py does not work \(SyntaxError"):
        Recorder(cohort)
    (cohort / "nbgrader_config.py").unlink()
    with pytest.raises(Problem, match=r"nbgrader_config.py is missing"):
        Recorder(cohort)


# --- Who would change ---


def test_standings_say_what_machine_and_coach_gave(cohort: Path) -> None:
    with Recorder(cohort) as recorder:
        assert recorder.standings("w99") == {} == recorder.standings(WEEK)
        recorder.record(submission(PAT, {FIRST: executed(FIRST), SECOND: executed(SECOND, right=False)}))
        recorder.record(submission("p01@x.org", {FIRST: executed(FIRST, memo="")}))
        coach_grades(cohort, "test", 1.0, 0.5)
        standings = recorder.standings(WEEK)
    pat, other = standings[PAT], standings["p01@x.org"]
    assert (pat.auto, pat.manual, pat.total, pat.waiting) == (3.0, 1.5, 1.5, 3)
    assert (other.auto, other.manual, other.total, other.waiting) == (3.0, 0.0, 3.0, 1)
    with stock(cohort) as book:
        assert {each["student"]: each["score"] for each in book.submission_dicts(WEEK)} == {
            email: standing.total for email, standing in standings.items()
        }


def test_what_a_regrade_would_change_is_known_before_and_nothing_is_written(cohort: Path) -> None:
    with Recorder(cohort) as recorder:
        first, second = attempt(PAT, 2), attempt(PAT, 3)
        assert recorder.foresee(first).before is None
        assert dump(cohort)["submitted_assignment"] == []
        recorder.record(first)
        coach_grades(cohort, "memo", 2.0)
        before = dump(cohort), contents(cohort / "autograded")
        foreseen = recorder.foresee(second)
        assert (dump(cohort), contents(cohort / "autograded")) == before
        assert foreseen.before == recorder.standings(WEEK)[PAT]
        assert foreseen.difference == -6.0
        assert recorder.record(second) == foreseen
        assert recorder.standings(WEEK)[PAT] == foreseen.after


# --- Learners ---


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Amina Diallo", "Amina", "Diallo"),
        ("Siobhán  O'Brien", "Siobhán", "O'Brien"),
        ("李", "", "李"),
        ("李 小龙", "小龙", "李"),
        ("김 민준", "민준", "김"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("María de la Cruz", "María", "de la Cruz"),
        ("Van Morrison", "Van", "Morrison"),
        ("Ann Mary Lee", "Ann Mary", "Lee"),
        ("Obi, Emeka John", "Emeka John", "Obi"),
        ("", "", ""),
    ],
)
def test_a_name_is_split_as_its_owner_would(name: str, first: str, last: str) -> None:
    assert split_name(name) == (first, last)


def test_enrolling_follows_the_roster_and_leaves_a_coachs_own_split_alone(cohort: Path) -> None:
    with Recorder(cohort) as recorder:
        recorder.enrol({"li@x.org": "欧阳 修", "o@x.org": "Pat O'Brien"})
        with stock(cohort) as book:
            book.update_or_create_student("li@x.org", first_name="欧阳", last_name="修")
        recorder.enrol({"li@x.org": "欧阳 修", "o@x.org": "Pat Miller"})
    with stock(cohort) as book:
        named = {student.id: (student.first_name, student.last_name, student.email) for student in book.students}
    assert named["li@x.org"] == ("欧阳", "修", "li@x.org")
    assert named["o@x.org"] == ("Pat", "Miller", "o@x.org")
    assert len(named) == len(NAMES) + 2


# --- One writer, whole submissions ---


def test_a_submission_takes_one_commit_and_few_statements_however_many_are_there(cohort: Path) -> None:
    with Recorder(cohort) as recorder:
        said: list[str] = []
        event.listen(recorder._book.engine, "before_cursor_execute", lambda *args: said.append(args[2].split()[0]))
        event.listen(recorder._book.engine, "commit", lambda connection: said.append("COMMIT"))
        recorder.record(attempt(PAT, 1))
        first = list(said)
        for email in list(NAMES)[1:10]:
            said.clear()
            recorder.record(attempt(email, 1))
        assert said == ["BEGIN", "SELECT", "INSERT", "INSERT", "INSERT", "INSERT", "COMMIT"]
        assert first == ["BEGIN", "SELECT", *said[1:]], "the first one looks up the week, too"
        said.clear()
        recorder.record(attempt(PAT, 2))
        assert said == ["BEGIN", *["SELECT"] * 3, *["UPDATE"] * 4, "COMMIT"]


def test_stock_nbgrader_reads_the_gradebook_during_a_write_and_sees_whole_submissions(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    write = Recorder._write

    def look_while_writing(self: Recorder, *args: object) -> None:
        write(self, *args)  # type: ignore[arg-type]
        with stock(cohort) as book:
            seen.append([each["student"] for each in book.submission_dicts(WEEK)])

    monkeypatch.setattr(Recorder, "_write", look_while_writing)
    with Recorder(cohort) as recorder:
        for email in list(NAMES)[:2]:
            recorder.record(attempt(email, 1))
    assert seen == [[], [PAT]]


def test_a_second_handson_is_refused_while_the_first_one_writes(cohort: Path) -> None:
    code = (
        "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.lockf(lock, fcntl.LOCK_EX); print('held', flush=True)"
    )
    code += "; input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(cohort / ".gradebook.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Problem, match="Another `handson` writes to"):
            Recorder(cohort)
        child.kill()
    Recorder(cohort).close()


def test_a_gradebook_that_another_program_holds_gets_a_sentence_and_keeps_all(cohort: Path) -> None:
    with Recorder(cohort, patience=0.01) as recorder:
        recorder.record(attempt(PAT, 1))
        before = dump(cohort), contents(cohort / "autograded")
        with closing(sqlite3.connect(cohort / "gradebook.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Problem, match=r"gradebook.db is in use by another program"):
                recorder.record(attempt(PAT, 2))
            assert recorder.standings(WEEK).keys() == {PAT}
        assert (dump(cohort), contents(cohort / "autograded")) == before
        assert not (cohort / "autograded" / PAT / f".{WEEK}.new").exists()
        assert recorder.record(attempt(PAT, 2)).before is not None


def test_a_gradebook_that_cannot_grow_gets_a_sentence_and_holds_what_was_recorded(
    cohort: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    size = (cohort / "gradebook.db").stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    recorded = []
    with Recorder(cohort) as recorder:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, hard))
            with pytest.raises(Problem, match=r"gradebook.db could not be written .*: make room on the disk"):
                recorded.extend(email for email in NAMES if recorder.record(attempt(email, 2)))
            with pytest.raises(Problem, match=r"gradebook.db could not be written"):
                recorder.register("ps2", {f"n{number}": released(FIRST) for number in range(12)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert list(recorder.standings(WEEK)) == recorded
        assert sorted(path.parent.name for path in (cohort / "autograded").glob("*/*")) == recorded
        for email in NAMES:
            recorder.record(attempt(email, 2))
    assert capfd.readouterr() == ("", "")
    assert len(dump(cohort)["submitted_assignment"]) == len(NAMES)


def test_a_read_only_gradebook_gets_a_sentence(cohort: Path) -> None:
    path = cohort / "gradebook.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db, pytest.raises(sqlite3.Error) as said:
        db.execute("DELETE FROM grade")
    assert "gradebook.db cannot be written: give yourself write access" in str(explain(said.value, path))


def test_a_file_that_is_no_sound_gradebook_of_this_nbgrader_is_left_as_it_is(cohort: Path) -> None:
    path, sound = cohort / "gradebook.db", (cohort / "gradebook.db").read_bytes()

    def refused(match: str) -> None:
        before = path.read_bytes()
        with pytest.raises(Problem, match=match):
            Recorder(cohort)
        assert path.read_bytes() == before

    path.write_bytes(b"No gradebook, a letter of some length.\n" * 100)
    refused("gradebook.db is not a gradebook: move it away")
    path.write_bytes(sound[: len(sound) // 2])
    refused("gradebook.db is damaged")
    path.write_bytes(sound[:8192] + os.urandom(8192) + sound[16384:])
    refused("gradebook.db is damaged")
    for change, match in (
        ("CREATE TABLE wages (id)", "is not a gradebook of this nbgrader"),
        ("UPDATE alembic_version SET version_num = '724cde206c17'", "older nbgrader: run `nbgrader db upgrade`"),
        ("DROP TABLE alembic_version", "older nbgrader: run `nbgrader db upgrade`"),
        ("UPDATE alembic_version SET version_num = 'from the future'", "is not a gradebook of this nbgrader"),
    ):
        path.write_bytes(b"" if "wages" in change else sound)
        with closing(sqlite3.connect(path)) as db:
            db.execute(change)
            db.commit()
        refused(match)


def test_an_empty_file_or_what_a_killed_process_left_of_a_new_gradebook_is_no_obstacle(cohort: Path) -> None:
    (cohort / "gradebook.db").write_bytes(b"")
    (cohort / ".gradebook.db.new").write_bytes(b"half")
    with Recorder(cohort) as recorder:
        recorder.enrol(NAMES)
    assert len(dump(cohort)["student"]) == len(NAMES)
    assert not (cohort / ".gradebook.db.new").exists()


def test_a_link_that_leads_nowhere_is_not_taken_for_a_gradebook_to_be_made(cohort: Path, tmp_path: Path) -> None:
    (cohort / "gradebook.db").unlink()
    (cohort / "gradebook.db").symlink_to(tmp_path / "not mounted" / "gradebook.db")
    with pytest.raises(Problem, match=r"gradebook.db is a link that leads nowhere"):
        Recorder(cohort)


def test_a_folder_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"nowhere cannot be written .*: name the folder of a cohort"):
        Recorder(tmp_path / "nowhere")


# --- autograded/ ---


def test_a_folder_is_replaced_whole_with_folders_in_it(tmp_path: Path) -> None:
    place(tmp_path, PAT, WEEK, {"a.ipynb": b"1", "data/deep/x.csv": b"2", "data/y.csv": b"3"})
    place(tmp_path, PAT, WEEK, {"a.ipynb": b"4"})
    place(tmp_path, PAT, "w02", {"b.ipynb": b"5"})
    assert contents(tmp_path) == {f"autograded/{PAT}/ps1/a.ipynb": b"4", f"autograded/{PAT}/w02/b.ipynb": b"5"}


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "", "a\\b", "nul\0"])
def test_a_file_name_that_leads_elsewhere_is_refused_and_the_old_folder_stays(tmp_path: Path, name: str) -> None:
    place(tmp_path, PAT, WEEK, {"a.ipynb": b"1"})
    with pytest.raises(Problem, match="cannot be the name of a file"):
        place(tmp_path, PAT, WEEK, {"a.ipynb": b"2", name: b"3"})
    assert contents(tmp_path) == {f"autograded/{PAT}/ps1/a.ipynb": b"1"}
    assert names_in(tmp_path / "autograded" / PAT) == [WEEK]


@pytest.mark.parametrize(("email", "week"), [("..", WEEK), ("a/b", WEEK), (PAT, ".hidden"), (PAT, "")])
def test_a_learner_or_week_that_is_no_folders_name_is_refused(tmp_path: Path, email: str, week: str) -> None:
    with pytest.raises(Problem, match="cannot be the name of a folder"):
        place(tmp_path, email, week, {"a.ipynb": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_no_link_is_followed(tmp_path: Path) -> None:
    precious, cohort = tmp_path / "precious", tmp_path / "cohort"
    place(cohort_folder(cohort), PAT, WEEK, {"a.ipynb": b"1"})
    place(cohort_folder(precious), PAT, WEEK, {"a.ipynb": b"precious"})
    before = contents(precious)
    learner = cohort / "autograded" / PAT
    (learner / "w02").symlink_to(precious / "autograded")
    (learner / ".w02.old").symlink_to(precious / "autograded" / PAT)
    (learner / ".w02.new").symlink_to(precious)
    place(cohort, PAT, "w02", {"b.ipynb": b"2"})
    assert names_in(learner) == ["ps1", "w02"]
    assert not (learner / "w02").is_symlink()
    (cohort / "autograded" / "eve@x.org").symlink_to(precious / "autograded" / PAT)
    with pytest.raises(Problem, match=r"eve@x.org is a link or a file where a folder should be"):
        place(cohort, "eve@x.org", WEEK, {"b.ipynb": b"2"})
    shutil.move(cohort / "autograded", tmp_path / "away")
    (cohort / "autograded").symlink_to(precious / "autograded")
    with pytest.raises(Problem, match=r"autograded is a link or a file where a folder should be"):
        place(cohort, PAT, WEEK, {"b.ipynb": b"2"})
    assert contents(precious) == before


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def cohort_folder(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_a_full_disk_gets_a_sentence_and_neither_folder_nor_gradebook_changes(cohort: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Recorder(cohort) as recorder:
        recorder.record(attempt(PAT, 1))
        before = dump(cohort), contents(cohort / "autograded")
        big = attempt(PAT, 2)
        big = replace(big, files={**big.files, "big.csv": bytes(10_000_000)})
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (9_000_000, hard))
            with pytest.raises(Problem, match=r"autograded/p00@x.org/ps1 could not be written .*: make room"):
                recorder.record(big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert (dump(cohort), contents(cohort / "autograded")) == before
    assert names_in(cohort / "autograded" / PAT) == [WEEK]


# --- Killed ---


@dataclass(frozen=True)
class Killed:
    """Cohorts that were killed, and what recording attempt 1, and then 2, undisturbed gives."""

    folder: Path
    one: tuple[dict, dict]
    two: tuple[dict, dict]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Killed:
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-W", "error", "-m", "tests.coach.killed", str(folder), str(KILLS)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    one, first, second = (
        (dump(folder / name), contents(folder / name / "autograded")) for name in ("again", "first", "second")
    )
    assert first == second, "a first record and a later one come to the same"
    return Killed(folder, one, second)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_process_killed_anywhere_leaves_whole_submissions_and_goes_on_as_if_undisturbed(
    killed: Killed, number: int
) -> None:
    folder = killed.folder / str(number)
    told = json.loads((killed.folder / f"{number}.json").read_text())
    assert told["way"] == 2 or told["signal"] in (9, 25)
    with stock(folder) as book:
        assert {each["student"] for each in book.submission_dicts(WEEK)} >= set(told["returned"])
    with closing(sqlite3.connect(folder / "gradebook.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    gradebook = dump(folder)
    with Recorder(folder) as recorder:
        autograded = contents(folder / "autograded")
        for email in NAMES:
            rows, files = rows_of(gradebook, email), files_of(autograded, email)
            allowed_rows, allowed_files = [rows_of(killed.two[0], email)], [files_of(killed.two[1], email)]
            if email not in told["returned"]:
                allowed_rows.append(rows_of(killed.one[0], email) if number % 2 else [])
                allowed_files.append(files_of(killed.one[1], email) if number % 2 else {})
            assert rows in allowed_rows, email
            assert files in allowed_files, email
        for email in NAMES:
            recorder.record(attempt(email, 2))
    assert (dump(folder), contents(folder / "autograded")) == killed.two


def test_a_folder_killed_while_it_is_replaced_is_the_old_one_or_the_new_one(killed: Killed) -> None:
    found = json.loads((killed.folder / "swaps.json").read_text())
    assert found == ["old"] * found.count("old") + ["new"] * found.count("new")
    assert min(found.count("old"), found.count("new")) > 10


def rows_of(tables, email: str):
    """All rows of a learner's submission."""
    found = []
    for table in ("submitted_assignment", "submitted_notebook", "grade", "comment"):
        found += [row for row in tables[table] if str(row["id"]).startswith(f"{email}/")]
    return found


def files_of(files: dict[str, bytes], email: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.startswith(f"{email}/")}
