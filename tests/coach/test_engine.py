"""A week of a cohort, from the inbox to the gradebook, and what may stand in its way."""

import csv
import errno
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade
from traitlets.config import Config

from grader.authoring.build import LESSONS
from grader.coach import autograded, engine
from grader.coach.cohort import Cohort
from grader.coach.course import run_nbgrader
from grader.coach.draws import DATA
from grader.coach.engine import CourseTask, Options, Recorded, grade_week, open_task
from grader.coach.grade import Patience, grade
from grader.coach.releases import keep_release
from grader.learner.problem import Problem
from grader.sandbox.run import Pool, SandboxError
from tests.coach.cohort_of_two_notebooks import contents, dump
from tests.coach.cohort_of_week_1 import (
    ADA,
    BO,
    CY,
    DI,
    EVE,
    HANDED_IN,
    SLUG,
    WEEK,
    Graded,
    graded_as,
    hand_in,
    journal,
    notebook_of,
    rows,
    state,
)

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("engine")]


def executed(cohort: Path, email: str) -> dict[str, NotebookNode]:
    """The cells of an executed notebook, by id."""
    notebook = nbformat.read(cohort / "autograded" / email / WEEK / f"{SLUG}.ipynb", as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def scores(cohort: Path, email: str) -> dict[str, tuple[object, object]]:
    """By cell what the gradebook has: the machine's points, and whether the coach is to look."""
    return {
        key.rpartition("/")[2]: (row["auto_score"], bool(row["needs_manual_grade"]))
        for key, row in rows(cohort).items()
        if key.startswith(f"{email}/")
    }


# --- The whole way ---


def test_the_three_commands_end_well_and_say_what_comes_next(spring: Graded) -> None:
    for said in spring.said.values():
        assert said.exit_code == 0, said.output
    assert "Next: `handson grade w01`" in spring.said["collect"].stdout
    assert "w01: 4 submissions graded." in spring.said["grade"].stdout
    assert "2 memos wait for you" in spring.said["grade"].stdout


def test_the_gradebook_has_the_points_that_grade_gives(spring: Graded, contained: Pool) -> None:
    for email in HANDED_IN:
        graded = grade(spring.lesson, notebook_of(email), contained)
        wanted = {f"check-{each.name}": (each.points, False) for each in graded.exercises}
        wanted["memo-board-number"] = (None, True) if graded.memos[0].words else (0.0, False)
        assert scores(spring.after, email) == wanted, email
    points = {
        email: sum(float(str(auto or 0)) for auto, _ in scores(spring.after, email).values()) for email in HANDED_IN
    }
    full = spring.lesson.today.key.exercises
    assert points[ADA] == sum(each.points for each in full.values())
    assert points[CY] == points[ADA] - full["nobody"].points
    assert points[ADA] > points[BO] > points[DI] == 0


def test_who_handed_nothing_in_is_enrolled_and_has_no_submission(spring: Graded) -> None:
    tables = dump(spring.after)
    assert EVE in [row["id"] for row in tables["student"]]
    assert sorted(str(row["student_id"]) for row in tables["submitted_assignment"]) == sorted(HANDED_IN)
    assert [row["name"] for row in tables["assignment"]] == [WEEK]


def test_each_check_shows_its_card_and_the_points_that_stock_nbgrader_reads(spring: Graded) -> None:
    for email in HANDED_IN:
        cells = executed(spring.after, email)
        for name, exercise in exercises(spring.after, email).items():
            (output,) = cells[f"check-{name}"].outputs
            assert output.output_type == "execute_result"
            assert float(output.data["text/plain"]) == exercise["points"]
            assert determine_grade(cells[f"check-{name}"])[0] == exercise["points"]
            assert 'class="hoh-card' in output.data["text/html"]
    card = html.unescape(executed(spring.after, CY)["check-nobody"].outputs[0].data["text/html"])
    assert "wrong on next quarter's data" in card


def exercises(cohort: Path, email: str) -> dict[str, Any]:
    said: Any = graded_as(cohort, email)
    return {each["name"]: each for each in said["exercises"]}


def test_outputs_are_those_of_the_lessons_data_and_not_of_the_second_draw(spring: Graded) -> None:
    today, later = (
        draw.key.exercises["all-rows"].answer["value"] for draw in (spring.lesson.today, spring.lesson.later)
    )
    assert today != later
    assert executed(spring.after, ADA)["own-01"].outputs[0].data["text/plain"] == str(today)
    for email in HANDED_IN:
        text = (spring.after / "autograded" / email / WEEK / f"{SLUG}.ipynb").read_text()
        assert str(later) not in text
        assert f"{later:,}" not in text


def test_memos_stay_as_written_and_what_is_not_run_shows_nothing(spring: Graded) -> None:
    for email in HANDED_IN:
        cells = executed(spring.after, email)
        assert [cell.source for cell in cells.values()] == [cell.source for cell in notebook_of(email).cells]
        code = [cell for cell in cells.values() if cell.cell_type == "code"]
        left_out = [cell for cell in code if cell.source.startswith(("predict(", "hand_in("))]
        assert len(left_out) == 2
        assert all((cell.outputs, cell.execution_count) == ([], None) for cell in left_out)
        assert all(cell.outputs for cell in code if "plt.show()" in cell.source), "the chart is shown"


def test_autograded_holds_all_that_was_handed_in_and_grade_json(spring: Graded) -> None:
    for email in HANDED_IN:
        theirs = contents(spring.after / "submitted" / email / WEEK)
        ours = contents(spring.after / "autograded" / email / WEEK)
        assert set(ours) == {*theirs, "grade.json"} == {f"{SLUG}.ipynb", *OTHERS, "grade.json"}
        assert {name: ours[name] for name in OTHERS} == {name: theirs[name] for name in OTHERS}


OTHERS = ("journal.jsonl", "manifest.json", "timestamp.txt")


def test_grade_json_says_what_each_exercise_came_to_and_holds_no_answer(spring: Graded) -> None:
    said: Any = graded_as(spring.after, BO)
    assert set(said) == {"schema", "lesson", "exercises", "memos", "mended", "flags", "died"}
    assert (said["schema"], said["lesson"], said["mended"], said["flags"]) == (1, WEEK, [], [])
    nobody = exercises(spring.after, BO)["nobody"]
    assert set(nobody) == {
        "name", "status", "points", "possible", "message", "named", "hash", "saw", "source",
        "typed_in", "right_today_wrong_later", "error", "carded",
    }  # fmt: skip
    assert (nobody["status"], nobody["points"], nobody["saw"]) == ("wrong", 0.0, "the number 3")
    right = spring.lesson.today.key.exercises["nobody"].answer["value"]
    assert not re.search(rf"\b{right}\b", f"{nobody['message']} {nobody['saw']}")
    assert exercises(spring.after, CY)["nobody"]["right_today_wrong_later"]
    assert [(memo["name"], memo["words"]) for memo in said["memos"]] == [("board-number", 0)]


# --- Stock nbgrader goes on working ---


def test_stock_export_feedback_and_formgrader_work_on_the_result(after: Cohort) -> None:
    done = run_nbgrader(after.folder, "export")
    assert done.returncode == 0, done.stderr
    with (after.folder / "grades.csv").open() as file:
        points = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    assert points == {email: total(after.folder, email) for email in (*HANDED_IN, EVE)}
    done = run_nbgrader(after.folder, "generate_feedback", WEEK, f"--student={ADA}")
    assert done.returncode == 0, done.stderr
    page = (after.folder / "feedback" / ADA / WEEK / f"{SLUG}.html").read_text()
    assert "hoh-card" in page
    config = Config()
    config.CourseDirectory.root = str(after.folder)
    with NbGraderAPI(CourseDirectory(config=config), config=config).gradebook as book:
        listed = {each["student"]: each for each in book.submission_dicts(WEEK)}
    assert {email: each["score"] for email, each in listed.items()} == {email: points[email] for email in HANDED_IN}
    assert {email for email, each in listed.items() if each["needs_manual_grade"]} == {ADA, CY}


def total(cohort: Path, email: str) -> float:
    return sum(float(str(auto or 0)) for auto, _ in scores(cohort, email).values())


def test_stock_autograde_in_the_same_folder_gives_the_same_points(
    after: Cohort, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {email: scores(after.folder, email) for email in HANDED_IN}
    monkeypatch.setenv("PYTHONPATH", str(root))
    done = run_nbgrader(after.folder, "autograde", WEEK, f"--student={ADA[:1]}*", "--force")
    assert done.returncode == 0, done.stderr
    assert {email: scores(after.folder, email) for email in HANDED_IN} == ours
    assert not (after.folder / "autograded" / ADA / WEEK / "grade.json").exists(), "stock nbgrader wrote that folder"


# --- No submission hangs on another, nor on how many run at a time ---


def test_two_workers_grade_like_one(before: Cohort, spring: Graded) -> None:
    report = grade_week(before, WEEK, Options(workers=2))
    assert len(report.recorded) == 4
    assert state(before.folder) == state(spring.after)


@pytest.mark.parametrize("email", HANDED_IN)
def test_a_submission_alone_is_graded_as_beside_the_others(
    email: str, before: Cohort, spring: Graded, warm: Pool
) -> None:
    for other in HANDED_IN:
        if other != email:
            shutil.rmtree(before.submitted / other)
    grade_week(before, WEEK, Options(1))
    assert scores(before.folder, email) == scores(spring.after, email)
    alone, beside = (folder / "autograded" / email for folder in (before.folder, spring.after))
    assert contents(alone) == contents(beside)


def test_no_more_workers_are_started_than_there_are_submissions(
    before: Cohort, contained: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def pool(workers: int, data: Path | None = None) -> Pool:
        asked.append((workers, data))
        raise Problem("enough")

    monkeypatch.setattr(engine, "Pool", pool)
    shutil.rmtree(before.submitted / ADA)
    for options in (Options(workers=40), Options(workers=2), Options(workers=2, isolation="none")):
        with pytest.raises(Problem, match="enough"):
            grade_week(before, WEEK, options)
    assert asked == [(3, before.draws / DATA), (2, before.draws / DATA), (2, None)]


# --- Trouble of one submission is one line, and the rest is graded ---


def lines(recorded: tuple[Recorded, ...]) -> dict[str, tuple[str, ...]]:
    return {each.outcome.email: each.outcome.lines for each in recorded}


def no_notebook(folder: Path) -> None:
    (folder / f"{SLUG}.ipynb").rename(folder / "Untitled.ipynb")


def unreadable(folder: Path) -> None:
    (folder / f"{SLUG}.ipynb").write_bytes(b'{"cells": [{"cell_type": "code", ')


def no_json_of_a_notebook(folder: Path) -> None:
    (folder / f"{SLUG}.ipynb").write_text("[1, 2]")


def a_link(folder: Path) -> None:
    (folder / f"{SLUG}.ipynb").rename(folder.parent / "real.ipynb")
    (folder / f"{SLUG}.ipynb").symlink_to(folder.parent / "real.ipynb")


def a_folder_for_a_notebook(folder: Path) -> None:
    (folder / f"{SLUG}.ipynb").unlink()
    (folder / f"{SLUG}.ipynb").mkdir()
    (folder / f"{SLUG}.ipynb" / "x.txt").write_text("x")


def too_large(folder: Path) -> None:
    with (folder / "big.bin").open("wb") as file:
        file.truncate((64 << 20) + 1)


def a_name_with_a_backslash(folder: Path) -> None:
    (folder / "..\\up.txt").write_text("x")


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (no_notebook, f"It could not be read (there is no {SLUG}.ipynb), so it was not graded: ask for it again."),
        (unreadable, "It could not be read (The notebook"),
        (no_json_of_a_notebook, "It could not be read (The file holds no notebook but something else"),
        (a_link, f"It could not be read (there is no {SLUG}.ipynb)"),
        (a_folder_for_a_notebook, f"It could not be read (there is no {SLUG}.ipynb)"),
        (too_large, "It could not be read (more than 64 MB), so it was not graded: ask for it again."),
        (
            a_name_with_a_backslash,
            "It was graded and could not be recorded: '..\\\\up.txt' cannot be the name of a file",
        ),
    ],
)
def test_a_submission_that_cannot_be_graded_is_one_line_and_the_rest_is_graded(
    trouble: Callable[[Path], None], sentence: str, few: Cohort, spring: Graded, warm: Pool
) -> None:
    trouble(few.submitted / BO / WEEK)
    report = grade_week(few, WEEK, Options(1))
    (line,) = lines(report.recorded)[BO]
    assert line.startswith(sentence)
    assert [each.email for each in report.ungraded] == [BO]
    assert lines(report.recorded)[DI] == ()
    assert scores(few.folder, DI) == scores(spring.after, DI)
    assert scores(few.folder, BO) == {}
    assert not (few.autograded / BO / WEEK).exists()
    assert len(journal(few.folder)) == 1


def test_a_submission_that_spoils_keeps_the_grade_that_it_had(after: Cohort, warm: Pool) -> None:
    had, files = scores(after.folder, BO), contents(after.autograded / BO)
    unreadable(after.submitted / BO / WEEK)
    report = grade_week(after, WEEK, Options(1))
    assert [each.email for each in report.ungraded] == [BO]
    assert (scores(after.folder, BO), contents(after.autograded / BO)) == (had, files)


def test_a_file_of_a_learner_called_grade_json_does_not_stand_in_the_way(few: Cohort, warm: Pool) -> None:
    (few.submitted / DI / WEEK / "grade.json").write_text('{"points": 100}')
    (few.submitted / BO / WEEK / "grade.json").mkdir()
    (few.submitted / BO / WEEK / "grade.json" / "x.txt").write_text("x")
    assert grade_week(few, WEEK, Options(1)).ungraded == ()
    assert exercises(few.folder, DI)["nobody"]["points"] == 0
    assert exercises(few.folder, BO)["all-rows"]["points"] == 2


def test_a_link_in_the_place_of_an_autograded_folder_is_not_followed_and_the_rest_is_graded(
    few: Cohort, warm: Pool, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (few.autograded / BO).symlink_to(tmp_path / "elsewhere")
    report = grade_week(few, WEEK, Options(1))
    (line,) = lines(report.recorded)[BO]
    assert line.endswith("is a link or a file where a folder should be: move it away, then run again.")
    assert [each.email for each in report.ungraded] == [BO]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert scores(few.folder, BO) == {}
    assert scores(few.folder, DI)


def test_a_fault_of_ours_and_a_sandbox_that_breaks_cost_one_submission(
    few: Cohort, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: CourseTask, submission: Any, *others: Any) -> Any:
        if submission.email == BO:
            raise ZeroDivisionError("division by zero")
        if submission.email == DI:
            raise SandboxError("The warm process ended (status 1).")
        return graded_well(self, submission, *others)

    graded_well = CourseTask.grade
    monkeypatch.setattr(CourseTask, "grade", failing)
    report = grade_week(few, WEEK, Options(1))
    assert [each.email for each in sorted(report.ungraded, key=lambda each: each.email)] == [BO, DI]
    said = "Something of ours failed ({}), so it was not graded: please report it."
    assert lines(report.recorded)[BO] == (said.format("ZeroDivisionError: division by zero"),)
    assert lines(report.recorded)[DI] == (said.format("SandboxError: The warm process ended (status 1)."),)
    assert dump(few.folder)["submitted_assignment"] == []


# --- Who is in the cohort ---


def test_a_folder_of_someone_who_is_not_on_the_roster_is_graded_and_said(few: Cohort, warm: Pool) -> None:
    shutil.move(few.submitted / BO, few.submitted / "zoe@y.org")
    report = grade_week(few, WEEK, Options(1))
    assert lines(report.recorded)["zoe@y.org"] == ("Nobody of this e-mail is on the roster: graded all the same.",)
    assert report.ungraded == ()
    assert total(few.folder, "zoe@y.org") == 4


def test_a_roster_that_shrank_loses_no_grade(after: Cohort, warm: Pool) -> None:
    had = scores(after.folder, ADA)
    after.roster_file.write_text("email,name,team\nbo@x.org,Bo Person,\n")
    hand_in(after.folder, DI, notebook_of(DI, best_reply='best_reply = "c"'))
    report = grade_week(after, WEEK, Options(1))
    assert {email for email, said in lines(report.recorded).items() if said} == {DI}
    assert total(after.folder, DI) == 1
    assert scores(after.folder, ADA) == had
    assert {row["id"] for row in dump(after.folder)["student"]} == {*HANDED_IN, EVE}


def test_folders_that_are_no_learners_are_passed_over(few: Cohort, warm: Pool, tmp_path: Path) -> None:
    shutil.copytree(few.submitted / BO, few.submitted / ".ipynb_checkpoints")
    shutil.move(few.submitted / DI / WEEK, tmp_path / "elsewhere")
    (few.submitted / DI / WEEK).symlink_to(tmp_path / "elsewhere")
    (few.submitted / "notes.txt").write_text("x")
    (few.submitted / EVE).mkdir()
    assert sorted(lines(grade_week(few, WEEK, Options(1)).recorded)) == [BO]


# --- Releases ---


OLD = "0123456789ab"


@pytest.fixture
def two_releases(few: Cohort) -> Iterator[Cohort]:
    """The cohort holds a second release of the week, of another hash, which is drawn already."""
    now = keep_release(few, WEEK)
    made = few.releases / WEEK / OLD
    shutil.copytree(few.releases / WEEK / now.hash, made)
    key = json.loads((made / "release" / "key.json").read_text())
    (made / "release" / "key.json").write_text(json.dumps({**key, "release": OLD}))
    notebook = nbformat.read(made / "release" / f"{SLUG}.ipynb", as_version=4)
    notebook.metadata["handson"]["release"] = OLD
    nbformat.write(notebook, made / "release" / f"{SLUG}.ipynb")
    data, sealed = few.draws / DATA / f"{SLUG}-{OLD}", few.draws / "keys" / f"{SLUG}-{OLD}.json"
    shutil.copytree(few.draws / DATA / f"{SLUG}-{now.hash}", data)
    kept = json.loads((few.draws / "keys" / f"{SLUG}-{now.hash}.json").read_text())
    sealed.write_text(json.dumps({**kept, "release": OLD}))
    yield few
    shutil.rmtree(data)
    sealed.unlink()


def test_each_is_graded_under_the_release_that_it_was_made_under(
    two_releases: Cohort, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, unknown = notebook_of(DI), notebook_of(DI)
    old.metadata["handson"]["release"] = OLD
    unknown.metadata["handson"]["release"] = "ffffffffffff"
    without_manifest = hand_in(two_releases.folder, ADA, old, **{"a.ipynb": "{}"})
    hand_in(two_releases.folder, BO, unknown, **{"manifest.json": '{"release": "ffffffffffff"}'})
    hand_in(
        two_releases.folder, CY, old, **{"manifest.json": f'{{"release": "{keep_release(two_releases, WEEK).hash}"}}'}
    )
    assert not (without_manifest / "manifest.json").exists()
    under = {}

    def note(self: CourseTask, submission: Any, release: str, *others: Any) -> Any:
        under[submission.email] = release
        return graded_well(self, submission, release, *others)

    graded_well = CourseTask.grade
    monkeypatch.setattr(CourseTask, "grade", note)
    report = grade_week(two_releases, WEEK, Options(1))
    now = keep_release(two_releases, WEEK).hash
    assert under == {ADA: OLD, BO: now, CY: now, DI: now}
    assert {email: said for email, said in lines(report.recorded).items() if said} == {
        BO: (f"Made under a release that this cohort does not hold: graded under {now}.",)
    }


def test_cells_that_the_gradebook_does_not_know_are_left_out_and_said(
    few: Cohort, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_another_release(cohort: Cohort, week: str) -> Any:
        task: Any = open_task(cohort, week)
        task._names.discard("check-nobody")
        return task

    monkeypatch.setattr(engine, "open_task", of_another_release)
    report = grade_week(few, WEEK, Options(1))
    sentence = "Left out of the gradebook, whose release has no such cells: check-nobody."
    assert set(lines(report.recorded).values()) == {(sentence,)}


# --- Trouble that stops the run ---


def test_a_full_disk_stops_the_run_in_a_sentence_and_the_next_one_completes_it(
    before: Cohort, spring: Graded, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def write(parent: int, name: str, files: Any) -> None:
        calls.append(name)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        wrote(parent, name, files)

    wrote = autograded._write_folder
    with monkeypatch.context() as patch:
        patch.setattr(autograded, "_write_folder", write)
        with pytest.raises(Problem, match=r"could not be written \(No space left on device\): make room on the disk"):
            grade_week(before, WEEK, Options(1))
    assert len(journal(before.folder)) == len(dump(before.folder)["submitted_assignment"]) == 2
    report = grade_week(before, WEEK, Options(1))
    assert sum(each.outcome.known for each in report.recorded) == 2
    assert state(before.folder) == state(spring.after)


def test_a_disk_that_is_full_at_the_journal_stops_the_run_in_a_sentence(
    few: Cohort, warm: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*others: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(engine.GradingJournal, "add", full)
        with pytest.raises(Problem, match=r"stopped \(No space left on device\); what is recorded so far stands: free"):
            grade_week(few, WEEK, Options(1))
    assert len(dump(few.folder)["submitted_assignment"]) == 1
    assert len(grade_week(few, WEEK, Options(1)).recorded) == len(journal(few.folder)) == 2


def test_a_journal_that_is_a_folder_gets_a_sentence(before: Cohort) -> None:
    (before.folder / "grading.jsonl").mkdir()
    with pytest.raises(Problem, match=r"Grading in .* stopped \(Is a directory\)"):
        grade_week(before, WEEK, Options(1))


def test_ending_a_run_by_hand_ends_what_runs_at_once_and_the_next_run_completes_it(
    few: Cohort, contained: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bo's loop, beside Di's run, has all its patience left when Ctrl + C comes with the first grade."""
    hand_in(few.folder, BO, notebook_of(BO, all_rows="while True: pass"))

    def interrupt(total: int, recorded: Recorded) -> None:
        raise KeyboardInterrupt

    patience = Patience(seconds=3000, cell_seconds=3000)
    with pytest.raises(KeyboardInterrupt):
        grade_week(few, WEEK, Options(2, patience=patience), watch=interrupt)
    assert [child for child in psutil.Process().children(recursive=True) if str(few.folder) in str(child)] == []
    (line,) = journal(few.folder)
    assert json.loads(line)["email"] == DI
    monkeypatch.setattr(engine, "_pool", lambda cohort, options, most: nullcontext(contained))
    report = grade_week(few, WEEK, Options(1, patience=Patience(cell_seconds=0.5)))
    assert sorted(email for email, said in lines(report.recorded).items() if said) == [BO]
    assert lines(report.recorded)[BO] == ("The cell `all-rows` was left out: still running after 0.5 seconds.",)


def test_leftovers_of_a_run_that_was_killed_are_cleared_away(after: Cohort) -> None:
    left = [after.draws / ".part-x1", after.draws / DATA / "handson-x2", after.folder / "source" / ".part-x3"]
    for folder in left:
        (folder / "inner").mkdir(parents=True)
    grade_week(after, WEEK, Options(1))
    assert [folder for folder in left if folder.exists()] == []
    assert (after.draws / DATA).is_dir()


def test_a_lesson_whose_files_lie_in_the_course_is_what_the_cohort_grades(spring: Graded) -> None:
    assert spring.lesson.today.key.release == json.loads((LESSONS / SLUG / "key.json").read_text())["release"]
