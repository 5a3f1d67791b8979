"""Every answer of a lesson, right and wrong, computed by running its code. Nothing is typed in."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.plan import ExercisePlan, Plan, RecallPlan
from grader.authoring.problem import Finding, SourceProblem
from grader.authoring.source import SourceCell
from grader.learner.answers import Answer
from grader.learner.key import Exercise, Prediction, Recall, WrongAnswer
from grader.learner.outcome import Status
from grader.learner.reading import Question, Reading
from grader.learner.verdict import judge
from grader.sandbox.run import Cell, Job, Pool, Run

TRUTH = "_truth"
RAISES = "raises-"
"""How the id of a cell begins that shows an error on purpose."""
DRAWS = re.compile(r"\bplt\.")


@dataclass(frozen=True)
class Variant:
    """One way to answer an exercise: the code, whether it must score, and how a finding names it."""

    exercise: str
    code: str
    where: str
    right: bool


@dataclass(frozen=True)
class Computed:
    """What the key is made of."""

    exercises: dict[str, Exercise]
    predictions: dict[str, Prediction]
    recalls: dict[str, Recall]


def question(name: str, plan: ExercisePlan) -> Question:
    """What a reader of answers needs to know, without any answer."""
    return Question(name, plan.kind, plan.variable, plan.fresh, tuple(tuple(case) for case in plan.cases))


def variants(plan: Plan) -> list[Variant]:
    """All alternatives and wrong answers of a lesson that are code."""
    found = []
    for name, exercise in plan.exercise.items():
        for number, code in enumerate(exercise.alt, 1):
            found.append(Variant(name, code, f"exercise.{name}, alt {number}", True))
        for number, wrong in enumerate(exercise.wrong, 1):
            found.append(Variant(name, wrong.code, f"exercise.{name}, wrong {number}", False))
    return found


def leaves_nothing(source: str) -> bool:
    """Whether a cell only shows something or draws: that takes most of the time, and no later cell needs it."""
    if DRAWS.search(source):
        return True
    try:
        return all(isinstance(statement, ast.Expr) for statement in ast.parse(source).body)
    except SyntaxError:
        return False


def prefix(cells: Sequence[SourceCell], role: str, name: str) -> list[Cell]:
    """The code that runs before a marked cell, solutions included, as far as it leaves something behind."""
    place = next(number for number, cell in enumerate(cells) if (cell.role, cell.name) == (role, name))
    return [
        Cell(f"{RAISES if cell.raises else 'before-'}{number}", cell.text)
        for number, cell in enumerate(cells[:place])
        if cell.kind == "code" and cell.role in ("", "answer") and not leaves_nothing(cell.text)
    ]


def _answer_job(cells: Sequence[SourceCell], plan: Plan, variant: Variant, folder: Path) -> Job:
    cell = next(each for each in cells if (each.role, each.name) == ("answer", variant.exercise))
    asked = question(variant.exercise, plan.exercise[variant.exercise])
    before = prefix(cells, "answer", variant.exercise)
    return Job([*before, Cell("answer", cell.with_solution(variant.code))], folder, {"answer": [asked]})


def _truth_job(cells: Sequence[SourceCell], plan: Plan, name: str, folder: Path) -> Job:
    asked = Question(name, "value", TRUTH, False, ())
    truth = Cell("answer", f"{TRUTH} = {plan.predict[name].truth}")
    return Job([*prefix(cells, "predict", name), truth], folder, {"answer": [asked]})


def compute(cells: Sequence[SourceCell], plan: Plan, folder: Path, pool: Pool, file: str) -> Computed:
    """Run every solution, alternative and wrong answer in `folder`, which holds the data, and judge them.

    Raises SourceProblem with each one that fails, that scores and should not, or the other way round.
    """
    solutions = [
        Variant(cell.name, cell.solution, f"exercise.{cell.name}, the solution", True)
        for cell in cells
        if cell.role == "answer"
    ]
    others = variants(plan)
    runs = pool.map(
        [_answer_job(cells, plan, each, folder) for each in [*solutions, *others]]
        + [_truth_job(cells, plan, name, folder) for name in plan.predict]
    )
    findings: list[Finding] = []
    readings = [
        _reading(run, each.exercise, each.where, file, findings)
        for run, each in zip(runs, [*solutions, *others], strict=False)
    ]
    truths = {
        name: _reading(run, name, f"predict.{name}", file, findings)
        for name, run in zip(plan.predict, runs[len(readings) :], strict=True)
    }
    if findings:
        raise SourceProblem(findings)
    by_variant = {each: reading for each, reading in zip([*solutions, *others], readings, strict=True) if reading}
    exercises = {each.exercise: _exercise(plan, each, by_variant) for each in solutions}
    for each in solutions:
        findings += _check_letters(each, plan.exercise[each.exercise], exercises[each.exercise], file)
    for each, reading in by_variant.items():
        findings += _check_variant(each, exercises[each.exercise], reading, by_variant, file)
    if findings:
        raise SourceProblem(findings)
    return Computed(
        exercises,
        {name: _prediction(plan, name, reading) for name, reading in truths.items() if reading},
        {name: _recall(name, recall) for name, recall in plan.recall.items()},
    )


def _reading(run: Run, name: str, where: str, file: str, findings: list[Finding]) -> Reading | None:
    def find(wrong: str) -> None:
        findings.append(Finding(file, where, wrong, "Mend its code."))

    if run.died:
        find(f"Its code did not end: {run.died}.")
        return None
    for cell in run.cells:
        errors = [output for output in cell.outputs if output["output_type"] == "error"]
        if errors and not cell.id.startswith(RAISES):
            said = " ".join(errors[0]["evalue"].split())[:300]
            find(f"Its code fails in {cell.id}: {errors[0]['ename']}: {said.rstrip('.')}.")
            return None
    reading = run.readings[name]
    if reading.state != "answer":
        find(f"Its code gives no answer: {reading.state}, {reading.saw}.")
        return None
    return reading


def _answer(reading: Reading, *, ordered: bool = False) -> Answer:
    """Where the order of rows is not the skill, they are sorted: a database may give them in another one each time."""
    assert reading.answer is not None
    return reading.answer if ordered else _sorted(reading.answer)


def _sorted(answer: Answer) -> Answer:
    if "results" in answer:
        return {"results": [_sorted(each) for each in answer["results"]]}
    if "rows" not in answer:
        return answer
    rows = sorted(answer["rows"], key=lambda row: [(type(each).__name__, repr(each)) for each in row])
    return {**answer, "rows": rows}


def _exercise(plan: Plan, solution: Variant, readings: Mapping[Variant, Reading]) -> Exercise:
    exercise = plan.exercise[solution.exercise]
    wrong = [
        WrongAnswer(_answer(readings[each], ordered=exercise.ordered), says.says)
        for each, says in zip(
            [each for each in variants(plan) if each.exercise == solution.exercise and not each.right],
            exercise.wrong,
            strict=True,
        )
    ]
    wrong += [WrongAnswer({"value": letter}, says) for letter, says in exercise.says.items()]
    return Exercise(
        name=solution.exercise,
        kind=exercise.kind,
        variable=exercise.variable,
        points=exercise.points,
        fresh=exercise.fresh,
        answer=_answer(readings[solution], ordered=exercise.ordered),
        right=exercise.right,
        wrong=tuple(wrong),
        hints=tuple(exercise.hints),
        tolerance=exercise.tolerance,
        ordered=exercise.ordered,
        named=exercise.named,
        options=tuple(exercise.options),
        cases=tuple(tuple(case) for case in exercise.cases),
    )


def _prediction(plan: Plan, name: str, reading: Reading) -> Prediction:
    truth = _answer(reading)["value"]
    assert isinstance(truth, int | float | str)
    made = plan.predict[name]
    return Prediction(name, truth, made.within, made.then, made.unit, made.out_of, made.source)


def _recall(name: str, plan: RecallPlan) -> Recall:
    wrong = {letter: says for letter, says in plan.says.items() if letter != plan.answer}
    return Recall(name, plan.answer, tuple(plan.options), wrong, plan.says[plan.answer])


def _check_letters(solution: Variant, plan: ExercisePlan, exercise: Exercise, file: str) -> list[Finding]:
    """The right letter is one of the options, and has no message that calls it wrong."""
    if plan.kind != "choice":
        return []
    letter = exercise.answer["value"]
    if letter not in plan.options:
        wrong = f"Its letter {letter!r} is not among the options."
        return [Finding(file, solution.where, wrong, "Mend the letter, or `options`.")]
    if letter in plan.says:
        wrong = f"`says` has a message for {letter!r}, which is the right one."
        return [Finding(file, solution.where, wrong, "Mend the letter, or move that message to the wrong one.")]
    return []


def _check_variant(
    variant: Variant,
    exercise: Exercise,
    reading: Reading,
    readings: Mapping[Variant, Reading],
    file: str,
) -> list[Finding]:
    verdict = judge(exercise, reading)
    if variant.right:
        if verdict.status is Status.RIGHT:
            return []
        wrong = f"It is not accepted: {verdict.status.name}. {verdict.saw} {verdict.next_step}"
        return [Finding(file, variant.where, wrong, "Mend it, or the solution.")]
    if verdict.points:
        return [Finding(file, variant.where, "This wrong answer scores.", "Choose one that differs on this data.")]
    wrongs = [each for each in readings if each.exercise == exercise.name and not each.right]
    if verdict.named is None:
        return [Finding(file, variant.where, "Its own message is never shown.", "Drop it: the card says enough.")]
    if verdict.named != wrongs.index(variant):
        twin = wrongs[verdict.named].where if verdict.named < len(wrongs) else "Another wrong answer"
        wrong = f"{twin.rpartition(', ')[2].capitalize()} gives the same result, so its own message is never shown."
        return [Finding(file, variant.where, wrong, "Drop it, or say both in one message.")]
    return []
