"""Grades a classic nbgrader notebook: asserts, hidden tests, AUTOTEST, partial credit, cells that a coach grades."""

import shutil
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import run_kernel
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode, from_dict
from nbformat import read as read_notebook
from nbgrader.nbgraderformat import SchemaTooOldError
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    NbGraderPreprocessor,
)
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_locked, is_solution, is_task
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.coach.repair import grade_id, repair
from grader.coach.score import CellScore
from grader.learner.problem import Problem
from grader.sandbox.run import Cell, CellRun, Job, JobFailed, Pool, Run

SECONDS = 60.0
"""Wall time that one run of a notebook may take."""
MOST_SAID = 200
MOST_LEFT_OUT = 8
"""Cells that may end the run of one notebook. After one more, what stands below it is not run."""
ENVIRONMENT = {"HANDSON_MODE": "grade", "NBGRADER_EXECUTION": "autograde"}
CANARY = Cell(
    "handson-canary", 'try:\n    assert False\nexcept AssertionError:\n    raise AssertionError("a canary") from None'
)
"""Fails, unless something above it took the teeth out of `assert` or `raise`."""
LONGEST_ID = 64
"""Letters that the id of a cell may have. A grade_id may have more."""

TAMPERED = "An assertion that must fail did not fail after the last cell: look before you accept these points."
NEVER_RAN = "{cell} was never run, so it has no points: look at what stands above it."
LEFT_OUT = "{cell} ended the run ({died}): the rest was run again without it."
HIDDEN = "{cell} failed and showed no error: something above it changed how errors are shown."
STDERR = "{cell} wrote to stderr, without an error: that costs nothing. {ours:g} of {most:g} (stock nbgrader: {stock})."
AN_ERROR = "{cell} ended with an error, which costs its points, whatever it showed before (stock nbgrader: {stock})."
SEVERAL = "{cell} shows {count} results where one is its partial credit: grade it by hand."
NO_CREDIT = "{cell} shows a result that is no partial credit of {most:g} points ({reason}): grade it by hand."
CLASH = "The files handed in beside the notebook clash with the course's own: it was run without them."
NOT_A_NUMBER = "{cell} shows a result that is no number from 0 to {most:g}: by nbgrader's rule it has full points."


@dataclass(frozen=True)
class Classic:
    """A classic notebook, ready for grading.

    `released` is what a learner was given, with nbgrader's checksums in it. `tested` holds, by cell id, the sources of
    locked cells as they are run and recorded, with hidden tests and mark schemes. `folder` holds the files beside it.
    """

    name: str
    released: NotebookNode
    tested: Mapping[str, str]
    folder: Path

    @property
    def recorded(self) -> NotebookNode:
        """What the gradebook is told of: the release with its hidden tests."""
        return _with_tests(deepcopy(self.released), self)


@dataclass(frozen=True)
class ClassicGrade:
    """One submission: a row per graded cell and task, the executed notebook, and sentences.

    `mended` is for learner and coach, `said` for the coach alone. `no_response` names the answers left as released,
    which nbgrader comments on with "No response.".
    """

    scores: list[CellScore]
    executed: NotebookNode
    mended: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    no_response: tuple[str, ...] = ()


@dataclass
class _Ran:
    """What the cells did, by cell id, and why those died that had to be left out."""

    cells: dict[str, CellRun]
    died: dict[str, str] = field(default_factory=dict)


class _Tests(InstantiateTests):  # type: ignore[misc,unused-ignore]
    """Writes the tests that AUTOTEST lines ask for. nbgrader's own leaves the sockets of its kernel open."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        if not any(cell.cell_type == "code" and self.autotest_delimiter in cell.source for cell in nb.cells):
            return nb, resources
        kernel = nb.metadata.get("kernelspec", {}).get("name", "")
        if kernel not in self.sanitizers:
            raise ValueError(f"AUTOTEST does not know the kernel `{kernel}`")
        resources["kernel_name"] = kernel
        self._load_test_template_file(resources)
        self.global_tests_loaded = True
        self.sanitizer = self.sanitizers[kernel]
        quiet = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"]
        with run_kernel(kernel_name=kernel, cwd=resources["metadata"]["path"], extra_arguments=quiet) as self.kc:
            try:
                made: tuple[NotebookNode, dict[str, Any]] = NbGraderPreprocessor.preprocess(self, nb, resources)
            except CellExecutionError as error:  # as nbgrader raises it, it has no text
                raise ValueError(f"a cell ends with {error.ename}: {error.evalue}") from None
        return made


def open_classic(source: Path, config: Path | None = None, *, cleared: bool = False) -> Classic:
    """Get a classic notebook of a course's source/ ready for grading, by nbgrader's own preprocessors.

    `config` is the course's nbgrader_config.py; nbgrader's defaults count without it. `cleared` says that the solutions
    are out already: a release into which hidden tests were put back. AUTOTEST lines are instantiated by running the
    source here, outside the sandbox: it is the coach's own. Raises Problem for a notebook that nbgrader would not
    release, and for one that is not in Python.
    """
    settings = _settings(source, config)
    resources = {"metadata": {"path": str(source.parent), "name": source.stem}}
    try:
        notebook = read_notebook(source, as_version=4)
        language = notebook.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python":
            raise Problem(f"{source} is written in {language}: only Python can be graded here.")
        releases = [] if cleared else [IncludeHeaderFooter, _Tests, LockCells, ClearSolutions]
        _preprocess(notebook, [*releases, ClearOutput, CheckCellMetadata, ComputeChecksums], settings, resources)
        _prepare(notebook)
        tested = {cell.id: str(cell.source) for cell in notebook.cells if is_locked(cell)}
        _preprocess(notebook, [ClearHiddenTests, ClearMarkScheme], settings, resources)
    except Problem:
        raise
    except SchemaTooOldError as error:
        raise Problem(f"{source} has metadata of an older nbgrader: run `nbgrader update` on it.") from error
    except Exception as error:  # nbgrader raises of all kinds, and the cells of a source may raise anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        raise Problem(
            f"{source} cannot be released by nbgrader, so it cannot be graded: {reason.rstrip('.')}."
        ) from error
    return Classic(source.stem, notebook, tested, source.parent)


def _settings(source: Path, config: Path | None) -> Config:
    """The course's settings. Paths in them, and autotests.yml, may be relative to the course's folder."""
    if config is None:
        return Config()
    if not config.is_file():
        raise Problem(f"{config} is not there: name the nbgrader_config.py of the course that {source.name} is from.")
    root = config.resolve().parent
    settings = PyFileConfigLoader(config.name, path=str(root)).load_config()
    for end in ("header", "footer"):
        if settings.IncludeHeaderFooter.get(end):
            settings.IncludeHeaderFooter[end] = str(root / settings.IncludeHeaderFooter[end])
    tests = settings.InstantiateTests.get("autotest_filename", "autotests.yml")
    if not (source.parent / tests).exists():
        settings.InstantiateTests.autotest_filename = str(root / tests)
    return settings


def _preprocess(
    notebook: NotebookNode, steps: Sequence[type[NbGraderPreprocessor]], settings: Config, resources: dict[str, Any]
) -> None:
    for step in steps:
        made, _ = step(config=settings).preprocess(notebook, resources)
        notebook.cells = made.cells


def _prepare(notebook: NotebookNode) -> None:
    """Give cells ids where they have none, their nbgrader name where it can be one; say what is locked."""
    taken = {cell["id"] for cell in notebook.cells if "id" in cell}
    for place, cell in enumerate(notebook.cells, 1):
        name = grade_id(cell)
        if "id" not in cell:
            cell.id = name if 0 < len(name) <= LONGEST_ID and name not in taken else f"classic-{place:02}"
            taken.add(cell.id)
        if name:
            cell.metadata.nbgrader["locked"] = is_locked(cell)  # nbgrader takes a graded cell for locked unsaid
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def not_handed_in(classic: Classic) -> list[CellScore]:
    """The rows of a notebook that a submission lacks: nothing for any cell, and nothing for the coach to do."""
    return [CellScore(grade_id(cell), _points(cell), 0.0) for cell in classic.released.cells if _has_row(cell)]


def grade_classic(
    classic: Classic, submitted: NotebookNode, pool: Pool, files: Path | None = None, seconds: float = SECONDS
) -> ClassicGrade:
    """Grade one submission by nbgrader's rule, except that stderr costs nothing where no error was raised.

    `files` is the folder that the learner handed in; the course's own files replace those of the same name. It is
    copied, never changed. `seconds` is the wall time of one run. Nothing that is in the notebook makes it raise.
    """
    repaired = repair(submitted, classic.released)
    notebook = _with_tests(_with_blanks(repaired.notebook, submitted, classic), classic)
    names = {cell.id: _called(cell, place) for place, cell in enumerate(notebook.cells, 1)}
    with pool.temporary_folder() as scratch:
        folder = scratch / classic.name
        said = _gather(folder, files, classic.folder)
        ran = _run(_code(notebook), folder, pool, seconds)
    said += [LEFT_OUT.format(cell=names[each], died=died) for each, died in ran.died.items() if each in names]
    if CANARY.id in ran.died or (CANARY.id in ran.cells and ran.cells[CANARY.id].ok):
        said.append(TAMPERED)
    said += _put_outputs(notebook, ran, names)
    scores = []
    for cell in notebook.cells:
        if _has_row(cell):
            score, sentences = _score(cell, names[cell.id])
            scores.append(score)
            said += sentences
    unchanged = [grade_id(cell) for cell in notebook.cells if is_solution(cell) and _is_unchanged(cell)]
    return ClassicGrade(scores, notebook, repaired.mended, tuple(said), tuple(unchanged))


def _with_blanks(notebook: NotebookNode, submitted: NotebookNode, classic: Classic) -> NotebookNode:
    """An answer that `repair` takes for blank and empties counts as it was written: `a = ""` may be right here."""
    released = {cell.id: cell for cell in classic.released.cells if is_solution(cell)}
    for cell in notebook.cells:
        if cell.id in released and cell.source == released[cell.id].source:
            written = [each.source for each in submitted.cells if grade_id(each) == grade_id(cell)]
            cell.source = next((each for each in reversed(written) if each != cell.source), cell.source)
    return notebook


def _with_tests(notebook: NotebookNode, classic: Classic) -> NotebookNode:
    for cell in notebook.cells:
        cell.source = classic.tested.get(cell.id, cell.source)
    return notebook


def _called(cell: NotebookNode, place: int) -> str:
    return f"Cell `{grade_id(cell)}`" if grade_id(cell) else f"Cell {place}"


def _code(notebook: NotebookNode) -> list[Cell]:
    return [Cell(cell.id, str(cell.source)) for cell in notebook.cells if cell.cell_type == "code"]


def _gather(folder: Path, files: Path | None, course: Path) -> list[str]:
    """Copy the learner's files and the course's over them, without notebooks and links; a sentence if they clash."""
    try:
        if files is not None:
            shutil.copytree(files, folder, ignore=_left_behind)
        shutil.copytree(course, folder, ignore=_left_behind, dirs_exist_ok=True)
    except (OSError, shutil.Error):
        if files is None:
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return [CLASH, *_gather(folder, None, course)]
    return []


def _left_behind(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.endswith(".ipynb") or Path(folder, name).is_symlink()}


def _run(cells: Sequence[Cell], folder: Path, pool: Pool, seconds: float) -> _Ran:
    """Run the cells and a canary. A cell that ends the process or the run is left out, and the rest run again."""
    left = [*cells, CANARY]
    died: dict[str, str] = {}
    run = _run_once(left, folder, pool, seconds)
    while run.died and left:
        place = _where_it_died(run, left)
        died[left.pop(place).id] = run.died
        if len(died) > MOST_LEFT_OUT:
            del left[place:]
        run = _run_once(left, folder, pool, seconds)
    return _Ran({cell.id: cell for cell in run.cells}, died)


def _where_it_died(run: Run, cells: Sequence[Cell]) -> int:
    """The place of the cell at which a run ended; where it told of none, of the first that gave no outputs."""
    names = [cell.id for cell in cells]
    if run.running in names:
        return names.index(run.running)
    ran = {cell.id for cell in run.cells}
    return next((place for place, name in enumerate(names) if name not in ran), len(cells) - 1)


def _run_once(cells: Sequence[Cell], folder: Path, pool: Pool, seconds: float) -> Run:
    try:
        return pool.run(Job(cells, folder, {}, ENVIRONMENT, seconds, one_by_one=True))
    except JobFailed as failure:
        why = (str(failure).strip().splitlines() or ["it broke what runs it"])[-1][:MOST_SAID]
        return Run([], {}, why, failure.running)


def _put_outputs(notebook: NotebookNode, ran: _Ran, names: Mapping[str, str]) -> list[str]:
    """Write what the cells did into the notebook; sentences on those that failed unseen or were never run."""
    said = []
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if cell.id in ran.died:
            cell.outputs = [_error("CellDied", ran.died[cell.id])]
        elif cell.id not in ran.cells:
            cell.outputs = [_error("CellNotRun", "This cell was never run.")]
            said += [NEVER_RAN.format(cell=names[cell.id])]
        else:
            cell.outputs = [from_dict(output) for output in ran.cells[cell.id].outputs]
            if str(cell.source).strip():
                count += 1
                cell.execution_count = count
            if not ran.cells[cell.id].ok and not _errors(cell):
                said += _add_unseen_error(cell, names[cell.id])
    return said


def _add_unseen_error(cell: NotebookNode, name: str) -> list[str]:
    """Add the error of a cell that failed and shows none. Of a magic that is used wrongly, IPython writes to stderr."""
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr" and output.text.startswith("UsageError: "):
            cell.outputs.append(_error("UsageError", output.text.strip().removeprefix("UsageError: ")))
            return []
    cell.outputs.append(_error("HiddenError", "This cell failed, and its error was not shown."))
    return [HIDDEN.format(cell=name)]


def _error(kind: str, text: str) -> NotebookNode:
    made: NotebookNode = from_dict(
        {"output_type": "error", "ename": kind, "evalue": text, "traceback": [f"{kind}: {text}"]}
    )
    return made


def _errors(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.outputs if output.output_type == "error"]


def _has_row(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_task(cell))


def _points(cell: NotebookNode) -> float:
    return float(cell.metadata.nbgrader["points"])


def _is_unchanged(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("checksum") == compute_checksum(cell))


def _score(cell: NotebookNode, name: str) -> tuple[CellScore, list[str]]:
    """The row of an executed cell, and what the coach should know of it."""
    most = _points(cell)
    if is_task(cell):
        return CellScore(grade_id(cell), most, None, True), []
    if is_solution(cell) or cell.cell_type != "code":
        points, _ = determine_grade(cell)
        return CellScore(grade_id(cell), most, None if points is None else float(points), points is None), []
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    errors = _errors(cell)
    if len(results) > 1 and not errors:
        return _by_hand(cell, SEVERAL.format(cell=name, count=len(results)))
    try:
        points = float(determine_grade(NotebookNode({**cell, "outputs": [*errors, *results]}))[0])
    except (KeyError, TypeError, ValueError) as error:
        return _by_hand(cell, NO_CREDIT.format(cell=name, most=most, reason=error))
    said = []
    if results and not errors and points == most and not _is_credit(results[0], most):
        said.append(NOT_A_NUMBER.format(cell=name, most=most))
    stock = _stock_score(cell)
    if stock != points:
        sentence = AN_ERROR if errors else STDERR
        said.append(sentence.format(cell=name, ours=points, most=most, stock="none" if stock is None else f"{stock:g}"))
    return CellScore(grade_id(cell), most, points), said


def _by_hand(cell: NotebookNode, sentence: str) -> tuple[CellScore, list[str]]:
    return CellScore(grade_id(cell), _points(cell), None, True), [sentence]


def _is_credit(result: NotebookNode, most: float) -> bool:
    try:
        return 0.0 <= float(result.data["text/plain"]) <= most
    except (TypeError, ValueError):
        return False


def _stock_score(cell: NotebookNode) -> float | None:
    """What stock nbgrader gives a test cell for the same outputs; None where it stops with an error of its own."""
    try:
        return float(determine_grade(cell)[0])
    except (KeyError, TypeError, ValueError):
        return None
