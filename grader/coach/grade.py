"""Grades what was handed in: mend it, run it on today's data and on next quarter's, judge outside."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbformat import NotebookNode
from nbformat import read as read_notebook

from grader.authoring.answers import compute
from grader.authoring.data import write_data
from grader.authoring.plan import Plan, read_plan
from grader.authoring.source import SourceCell, read_cells
from grader.coach.course import course_lesson
from grader.coach.repair import Repaired, is_check, is_memo, repair
from grader.learner.check import fingerprint
from grader.learner.key import FILE_NAME, Exercise, Key
from grader.learner.outcome import Status
from grader.learner.reading import Question, Reading
from grader.learner.verdict import Verdict, judge
from grader.sandbox.run import Cell, Job, JobFailed, Pool, Run

SECONDS = 60.0
"""Wall time that one run of a notebook may take."""
NEXT_QUARTER = "Right today, and wrong on next quarter's data: something in it holds for today only."
DIED = "The code did not come to its end ({died}), so there is nothing to read."


@dataclass(frozen=True)
class Draw:
    """One company: the key of its answers, and the folder of the lesson's data. No run ever sees the key."""

    key: Key
    data: Path


@dataclass(frozen=True)
class Lesson:
    """What grading a lesson needs: the notebook that was released, today's company and next quarter's."""

    lesson: str
    name: str
    plan: Plan
    cells: Sequence[SourceCell]
    released: NotebookNode
    today: Draw
    later: Draw


@dataclass(frozen=True)
class ExerciseGrade:
    """One exercise of one learner. `named` is the index of a named wrong answer, `hash` is the answer's.

    `error` is what the answer's own cell ended with, if with an error; `carded` says that a card explains it.
    """

    name: str
    status: Status
    points: float
    possible: float
    message: str
    named: int | None = None
    hash: str = ""
    saw: str = ""
    source: str = ""
    typed_in: bool = False
    right_today_wrong_later: bool = False
    error: str = ""
    carded: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether there is an answer and it is not right, on today's data. A typed-in right one is not wrong."""
        return self.status in (Status.CLOSE, Status.WRONG) and not self.typed_in and not self.right_today_wrong_later


@dataclass(frozen=True)
class MemoWaiting:
    """A memo that waits for the coach: its text as it stands, and its words (0 when nothing was written)."""

    name: str
    text: str
    words: int
    wanted: tuple[int, int]


@dataclass(frozen=True)
class Grade:
    """One submission. `points` are those of the exercises; the memo's come from the coach."""

    lesson: str
    exercises: tuple[ExerciseGrade, ...]
    memos: tuple[MemoWaiting, ...]
    mended: tuple[str, ...]

    @property
    def points(self) -> float:
        """Points for all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        """Points that the exercises could give."""
        return sum(exercise.possible for exercise in self.exercises)


@dataclass(frozen=True)
class _Done:
    """What a run gave: readings by exercise, why the code of others died, the outputs of each cell by its id."""

    readings: dict[str, Reading]
    died: dict[str, str]
    outputs: dict[str, list[dict[str, Any]]]


def open_lesson(source: Path, later_seed: int, scratch: Path, pool: Pool) -> Lesson:
    """Get a lesson of solutions/ ready for grading: the released one from lessons/, and a second draw into `scratch`.

    A lesson that is not in lessons/ yet is built first. Raises SourceProblem for a source that cannot be built.
    """
    plan, cells = read_plan(source / "lesson.toml"), read_cells(source / "lesson.py")
    built = course_lesson(source, scratch, pool)
    later = scratch / f"{source.name}-{later_seed}"
    later.mkdir(parents=True)
    write_data(plan, later_seed, later)
    answers = compute(cells, _solutions_only(plan), later, pool, f"{source.name}/lesson.toml")
    return Lesson(
        lesson=built.lesson,
        name=built.name,
        plan=built.plan,
        cells=cells,
        released=read_notebook(built.release / f"{built.name}.ipynb", as_version=4),
        today=Draw(built.key, built.release),
        later=Draw(replace(built.key, exercises=answers.exercises), later),
    )


def _solutions_only(plan: Plan) -> Plan:
    exercises = {name: exercise.model_copy(update={"alt": [], "wrong": []}) for name, exercise in plan.exercise.items()}
    return plan.model_copy(update={"exercise": exercises, "predict": {}})


def grade_all(submissions: Sequence[tuple[Lesson, NotebookNode]], pool: Pool, seconds: float = SECONDS) -> list[Grade]:
    """Grade many submissions, as many at a time as there are cores; grades in the order of the submissions.

    No grade depends on another submission. `seconds` is the wall time of one run. Raises SandboxError only when the
    sandbox itself is gone.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        return list(threads.map(lambda each: grade(each[0], each[1], pool, seconds), submissions))


def grade(lesson: Lesson, submitted: NotebookNode, pool: Pool, seconds: float = SECONDS) -> Grade:
    """Grade one submission on both draws. Nothing that is in the notebook makes it raise."""
    repaired = repair(submitted, lesson.released)
    today = _run(repaired, lesson.today, _questions(lesson.today.key), pool, seconds)
    later = _run_later(repaired, lesson, today, pool, seconds)
    sources = {cell.id: str(cell.source) for cell in repaired.notebook.cells}
    return Grade(
        lesson=lesson.lesson,
        exercises=tuple(
            _grade_exercise(exercise, lesson, today, later, sources.get(exercise.name, ""))
            for exercise in lesson.today.key.exercises.values()
        ),
        memos=tuple(_memos(lesson, repaired)),
        mended=repaired.mended,
    )


def _grade_exercise(
    exercise: Exercise, lesson: Lesson, today: _Done, later: _Done | None, source: str
) -> ExerciseGrade:
    error, carded = _error(today.outputs.get(exercise.name, []))
    if exercise.name in today.died:
        message = DIED.format(died=today.died[exercise.name])
        return ExerciseGrade(
            exercise.name, Status.WRONG, 0.0, exercise.points, message, source=source, error=message, carded=False
        )
    reading = today.readings[exercise.name]
    verdict = judge(exercise, reading)
    holds = not exercise.fresh or (later is not None and _is_right(lesson.later.key, exercise.name, later))
    fades = verdict.status is Status.RIGHT and not holds
    return ExerciseGrade(
        name=exercise.name,
        status=Status.CLOSE if fades else verdict.status,
        points=0.0 if fades else verdict.points,
        possible=verdict.possible,
        message=NEXT_QUARTER if fades else _message(verdict),
        named=verdict.named,
        hash=fingerprint(reading) if reading.state in ("answer", "unreadable") else "",
        saw=reading.saw,
        source=source,
        typed_in=verdict.typed_in,
        right_today_wrong_later=fades,
        error=error,
        carded=carded,
    )


def _message(verdict: Verdict) -> str:
    return f"{verdict.saw} Next: {verdict.next_step}" if verdict.next_step else verdict.saw


def _is_right(key: Key, name: str, done: _Done) -> bool:
    return name in done.readings and judge(key.exercises[name], done.readings[name]).status is Status.RIGHT


def _error(outputs: Iterable[dict[str, Any]]) -> tuple[str, bool]:
    """The error that a cell ended with, and whether a card explains it."""
    error, carded = "", False
    for output in outputs:
        if output["output_type"] == "error":
            first = (str(output["evalue"]).strip().splitlines() or [""])[0]
            error = f"{output['ename']}: {first}"
        carded = carded or "hoh-card" in str(output.get("data", {}).get("text/html", ""))
    return error, carded and bool(error)


def _memos(lesson: Lesson, repaired: Repaired) -> Iterable[MemoWaiting]:
    untouched = {cell.id: cell.source for cell in lesson.released.cells if is_memo(cell)}
    for cell in repaired.notebook.cells:
        if cell.id in untouched:
            text = "" if cell.source.strip() == untouched[cell.id].strip() else str(cell.source)
            name = cell.id.removeprefix("memo-")
            yield MemoWaiting(name, text, len(text.split()), lesson.today.key.memos[name].words)


def _questions(key: Key) -> dict[str, Question]:
    return {
        name: Question(name, each.kind, each.variable, each.fresh, each.cases) for name, each in key.exercises.items()
    }


def _run_later(repaired: Repaired, lesson: Lesson, today: _Done, pool: Pool, seconds: float) -> _Done | None:
    """Run on next quarter's data what is right today and judged on fresh data; None when nothing is."""
    asked = {
        name: question
        for name, question in _questions(lesson.later.key).items()
        if question.fresh and _is_right(lesson.today.key, name, today)
    }
    return _run(repaired, lesson.later, asked, pool, seconds) if asked else None


def _run(repaired: Repaired, draw: Draw, questions: Mapping[str, Question], pool: Pool, seconds: float) -> _Done:
    """Run the code cells on one draw, up to the last question; each is read where its check stands."""
    asked = {f"check-{name}": [question] for name, question in questions.items()}
    cells = [
        Cell(cell.id, "" if is_check(cell) else str(cell.source))
        for cell in repaired.notebook.cells
        if cell.cell_type == "code" and not _is_left_out(cell)
    ]
    last = max(place for place, cell in enumerate(cells) if cell.id in asked)
    cells = cells[: last + 1]
    run = _run_once(cells, asked, draw, pool, seconds)
    if not run.died:
        return _Done(run.readings, {}, {cell.id: cell.outputs for cell in run.cells})
    return _run_in_parts(cells, asked, draw, pool, seconds)


def _is_left_out(cell: NotebookNode) -> bool:
    return bool(set(cell.metadata.get("handson", {})) & {"predict", "recall"}) or "hand_in(" in cell.source


def _run_in_parts(
    cells: Sequence[Cell], asked: dict[str, list[Question]], draw: Draw, pool: Pool, seconds: float
) -> _Done:
    """After a run that died: up to each check in turn, without what is known to kill; it costs the exercise it hits."""
    done = _Done({}, {}, {})
    kept: list[Cell] = []
    start = 0
    for place, cell in enumerate(cells):
        if cell.id not in asked:
            continue
        name = asked[cell.id][0].name
        section = list(cells[start : place + 1])
        run = _run_once([*kept, *section], {cell.id: asked[cell.id]}, draw, pool, seconds)
        if run.died:
            done.died[name] = run.died
        else:
            kept += section
            done.readings.update(run.readings)
            done.outputs.update({each.id: each.outputs for each in run.cells})
        start = place + 1
    return done


def _run_once(cells: Sequence[Cell], asked: dict[str, list[Question]], draw: Draw, pool: Pool, seconds: float) -> Run:
    """One run in a folder of its own, which holds the data and no key."""
    with TemporaryDirectory(prefix="handson-grade-") as scratch:
        folder = Path(scratch, "lesson")
        shutil.copytree(draw.data, folder, ignore=shutil.ignore_patterns(FILE_NAME, "*.ipynb", "journal.jsonl"))
        try:
            return pool.run(Job(cells, folder, asked, {"HANDSON_MODE": "grade"}, seconds))
        except JobFailed as failure:
            return Run([], {}, str(failure).strip().splitlines()[-1])
