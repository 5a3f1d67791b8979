"""Grades one submission: mend it, run it on today's data and on next quarter's, judge outside."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbformat import NotebookNode

from grader.authoring.notebook import solved_notebook
from grader.coach.draws import Draw, Lesson
from grader.coach.repair import Repaired, is_check, is_memo, repair
from grader.learner.check import fingerprint, show
from grader.learner.key import Exercise, Key
from grader.learner.outcome import Outcome, Status
from grader.learner.reading import Question, Reading
from grader.learner.verdict import Verdict, judge
from grader.sandbox.jail import Limits
from grader.sandbox.parent import FINGERPRINT, PICTURE
from grader.sandbox.run import Cell, Job, JobFailed, Pool, Run

NEXT_QUARTER = "Right today, and wrong on next quarter's data: something in it holds for today only."
DIED = "The code did not come to its end ({died}), so there is nothing to read."
NEVER_READ = "No answer to `{name}` arrived, though the code ran to its end."
ODD = "The answer to `{name}` could not be compared ({error})."
READING = "reading:"
QUIET = {"HANDSON_MODE": "grade"}
UNSEEN = {**QUIET, "MPLBACKEND": "module://grader.sandbox.unseen"}
"""On next quarter's data charts are drawn and not shown: nobody looks at them."""
MOST_LEFT_OUT = 6
"""Cells that end the run and are left out, one by one; with more, what is left is not run any further."""
MOST_SAID = 200
"""Characters of what an error says that go into a sentence."""


@dataclass(frozen=True)
class Patience:
    """What one run of a notebook may take: wall seconds in all and for one cell, and what the kernel limits.

    After `on_a_draw` seconds nothing more is run again on that draw: what cells that end the run may cost the others.
    """

    seconds: float = 60.0
    cell_seconds: float = 20.0
    limits: Limits = field(default_factory=Limits)
    on_a_draw: float = 90.0


@dataclass(frozen=True)
class ExerciseGrade:
    """One exercise of one learner. `named` is the index of a named wrong answer, `hash` is the answer's.

    `error` is what the answer's own cell ended with, if with an error; `carded` says that a card explains it. `card` is
    the HTML of the card that the learner is shown.
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
    card: str = field(default="", repr=False)

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
    """One submission. `points` are those of the exercises; the memo's come from the coach.

    `mended` is for learner and coach, `flags` (signs of tampering, cells that ended the run) for the coach. `notebook`
    is the mended one, without outputs; `outputs` are those of today's run, by cell id, `died` why a cell was left out.
    """

    lesson: str
    exercises: tuple[ExerciseGrade, ...]
    memos: tuple[MemoWaiting, ...]
    mended: tuple[str, ...]
    flags: tuple[str, ...] = ()
    notebook: NotebookNode = field(default_factory=NotebookNode, repr=False)
    outputs: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)
    died: Mapping[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """Points for all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        """Points that the exercises could give."""
        return sum(exercise.possible for exercise in self.exercises)


@dataclass
class _Done:
    """What the runs on one draw gave: readings by exercise, outputs by cell, and what was left out, and why.

    `died` is by cell id; `lost` has the exercises that are lost with it.
    """

    readings: dict[str, Reading] = field(default_factory=dict)
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    died: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    tampered: dict[str, None] = field(default_factory=dict)


def grade(
    lesson: Lesson,
    submitted: NotebookNode,
    pool: Pool,
    patience: Patience | None = None,
    pictures: Mapping[str, str] | None = None,
) -> Grade:
    """Grade one submission on both draws. Nothing that is in the notebook makes it raise.

    `pictures` are those of `draw_pictures`, which need not be drawn again.
    """
    patience = patience or Patience()
    repaired = repair(submitted, lesson.released)
    today = _run(repaired, lesson.today, _questions(lesson.today.key), pool, patience, QUIET, pictures=pictures)
    flags = dict(today.tampered)
    later = _run_later(repaired, lesson, today, pool, patience, flags)
    sources = {cell.id: str(cell.source) for cell in repaired.notebook.cells}
    exercises = tuple(
        _grade_exercise(exercise, lesson, today, later, sources.get(exercise.name, ""), flags)
        for exercise in lesson.today.key.exercises.values()
    )
    return Grade(
        lesson=lesson.lesson,
        exercises=exercises,
        memos=tuple(_memos(lesson, repaired)),
        mended=repaired.mended,
        flags=(*flags, *(f"The cell `{cell}` was left out: {why}." for cell, why in today.died.items())),
        notebook=repaired.notebook,
        outputs=today.outputs,
        died=today.died,
    )


def draw_pictures(lesson: Lesson, pool: Pool) -> dict[str, str]:
    """The charts of a lesson that is solved as its author did, on today's data: base64 by fingerprint."""
    solved = solved_notebook(lesson.cells, lesson.plan, lesson.lesson)
    cells = runnable(repair(solved, lesson.released), lesson.today.key.exercises)
    run = pool.run(Job(cells, lesson.today.data, {}, QUIET, pictures={}))
    return {
        output["metadata"][PICTURE][FINGERPRINT]: output["data"][PICTURE]
        for cell in run.cells
        for output in cell.outputs
        if FINGERPRINT in output.get("metadata", {}).get(PICTURE, {})
    }


def _grade_exercise(
    exercise: Exercise, lesson: Lesson, today: _Done, later: _Done | None, source: str, flags: dict[str, None]
) -> ExerciseGrade:
    name = exercise.name
    error, carded = _error(today.outputs.get(name, []))
    if name in today.lost:
        message = DIED.format(died=today.lost[name])
        verdict, reading = Verdict(Status.WRONG, 0.0, exercise.points, message), Reading("missing")
        error = error or message
    elif name not in today.readings:
        flags[NEVER_READ.format(name=name)] = None
        reading = Reading("missing", saw=f"I do not know `{exercise.variable}` yet.")
        verdict = judge(exercise, reading)
    else:
        reading = today.readings[name]
        verdict = _judged(exercise, reading, flags)
    holds = not exercise.fresh or (later is not None and _is_right(lesson.later.key, name, later))
    fades = verdict.status is Status.RIGHT and not holds
    if fades:
        verdict = replace(verdict, status=Status.CLOSE, points=0.0, saw=NEXT_QUARTER, next_step="")
    return ExerciseGrade(
        name=name,
        status=verdict.status,
        points=verdict.points,
        possible=verdict.possible,
        message=f"{verdict.saw} Next: {verdict.next_step}" if verdict.next_step else verdict.saw,
        named=verdict.named,
        hash=fingerprint(reading) if reading.state in ("answer", "unreadable") else "",
        saw=reading.saw,
        source=source,
        typed_in=verdict.typed_in,
        right_today_wrong_later=fades,
        error=error,
        carded=carded,
        card=_card(exercise, verdict).html,
    )


def _judged(exercise: Exercise, reading: Reading, flags: dict[str, None]) -> Verdict:
    """The verdict. An answer that no honest `check` hands over may break the comparison: that costs this exercise."""
    try:
        return judge(exercise, reading)
    except Exception as error:
        flags[ODD.format(name=exercise.name, error=type(error).__name__)] = None
        return Verdict(Status.WRONG, 0.0, exercise.points, "I cannot read this answer: hand over a plain one.")


def _card(exercise: Exercise, verdict: Verdict) -> Outcome:
    # The card's own remark that the coach's run is still ahead is for learners: here it has been.
    return show(replace(exercise, fresh=False), verdict)


def _is_right(key: Key, name: str, done: _Done) -> bool:
    return name in done.readings and _judged(key.exercises[name], done.readings[name], {}).status is Status.RIGHT


def _error(outputs: Iterable[dict[str, Any]]) -> tuple[str, bool]:
    """The error that a cell ended with, and whether a card explains it."""
    error, carded = "", False
    for output in outputs:
        if output["output_type"] == "error":
            first = (str(output["evalue"]).strip().splitlines() or [""])[0][:MOST_SAID]
            error = f"{output['ename'][:MOST_SAID]}: {first}"
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


def _run_later(
    repaired: Repaired, lesson: Lesson, today: _Done, pool: Pool, patience: Patience, flags: dict[str, None]
) -> _Done | None:
    """Run on next quarter's data what is right today and judged on fresh data; None when nothing is."""
    asked = {
        name: question
        for name, question in _questions(lesson.later.key).items()
        if question.fresh and _is_right(lesson.today.key, name, today)
    }
    if not asked:
        return None
    later = _run(repaired, lesson.later, asked, pool, patience, UNSEEN, today.died)
    flags.update(later.tampered)
    return later


def _run(
    repaired: Repaired,
    draw: Draw,
    questions: Mapping[str, Question],
    pool: Pool,
    patience: Patience,
    environment: Mapping[str, str],
    left_out: Iterable[str] = (),
    pictures: Mapping[str, str] | None = None,
) -> _Done:
    """Run the code cells on one draw, up to the last question; each is read where its check stands.

    A cell or reading that ends the run costs the exercise that it belongs to: all others run again without it.
    """
    asked = {f"check-{name}": [question] for name, question in questions.items()}
    cells = runnable(repaired, questions)
    done = _Done()
    without = set(left_out)
    begun = time.monotonic()
    for number in range(MOST_LEFT_OUT):
        if number and time.monotonic() - begun > patience.on_a_draw:
            break
        job = Job(
            [cell for cell in cells if cell.id not in without],
            draw.data,
            {
                place: kept
                for place, each in asked.items()
                if (kept := [one for one in each if one.name not in done.lost])
            },
            environment,
            patience.seconds,
            patience.cell_seconds,
            patience.limits,
            pictures=pictures,
        )
        run = _run_once(job, pool)
        done.readings, done.outputs = run.readings, {cell.id: cell.outputs for cell in run.cells}
        done.tampered.update(dict.fromkeys(run.tampered))
        if not run.died:
            return done
        if not job.cells:
            break
        culprit = run.running or _next_after(run, job.cells)
        done.died[culprit.removeprefix(READING)] = run.died
        done.lost[_exercise_hit(culprit, cells, asked)] = run.died
        without.add(culprit)
    for name in questions:
        if name not in done.readings:
            done.lost.setdefault(name, "too many cells ended the run, or took too long")
    return done


def runnable(repaired: Repaired, exercises: Iterable[str]) -> list[Cell]:
    """The code cells that are run, up to the check of the last of these exercises. Checks themselves do nothing."""
    asked = {f"check-{name}" for name in exercises}
    cells = [
        Cell(cell.id, "" if is_check(cell) else str(cell.source))
        for cell in repaired.notebook.cells
        if cell.cell_type == "code" and not _is_left_out(cell)
    ]
    last = max(place for place, cell in enumerate(cells) if cell.id in asked)
    return cells[: last + 1]


def _is_left_out(cell: NotebookNode) -> bool:
    return bool(set(cell.metadata.get("handson", {})) & {"predict", "recall"}) or "hand_in(" in cell.source


def _next_after(run: Run, cells: Sequence[Cell]) -> str:
    """The cell at which a run ended that told of none: the first that gave no outputs, else the last."""
    ran = {cell.id for cell in run.cells}
    return next((cell.id for cell in cells if cell.id not in ran), cells[-1].id)


def _exercise_hit(culprit: str, cells: Sequence[Cell], asked: Mapping[str, Sequence[Question]]) -> str:
    """The exercise that is lost with a cell or a reading: the one whose check comes next."""
    if culprit.startswith(READING):
        return culprit.removeprefix(READING)
    place = next((number for number, cell in enumerate(cells) if cell.id == culprit), 0)
    return next(asked[cell.id][0].name for cell in [*cells[place:], *cells] if cell.id in asked)


def _run_once(job: Job, pool: Pool) -> Run:
    try:
        return pool.run(job)
    except JobFailed as failure:
        why = (str(failure).strip().splitlines() or ["it broke what runs it"])[-1]
        return Run([], {}, why[:MOST_SAID], failure.running)
