"""The running notebook, as far as a check needs it: names, boxes that ran, and whether tries are kept."""

import ast
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

DOTS = "(your answer goes where the dots are)"
MODES_WITHOUT_JOURNAL = ("build", "grade", "test")
NBGRADER_RUNS = ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING")


def ipython() -> Any:
    """The running IPython shell, or None. IPython is never imported here: where it runs, it is there already."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None


def settle() -> None:
    """Show the dots of an unsolved cell as a quiet sentence instead of `Ellipsis`."""
    # Not `for_type`: IPython looks at its singletons (None, True, the dots) before it looks at types.
    printers = ipython().display_formatter.formatters["text/plain"].singleton_printers
    printers[id(...)] = lambda _dots, printer, _cycle: printer.text(DOTS)


@dataclass(frozen=True)
class Run:
    """One run of a box: its id ("" where the notebook does not tell it), its text, if it ended well, and when it ended.

    `at` is in seconds, as `time.time()` and a file's time stamp count them.
    """

    cell_id: str
    source: str
    success: bool
    at: float = 0.0


_runs: list[Run] = []
_now: list[str] = []


def watch() -> None:
    """Remember each box that runs: what it held, and how it ended."""
    _runs.clear()
    _now.clear()
    events = ipython().events
    for moment, remember in (("pre_run_cell", _before_cell), ("post_run_cell", _after_cell)):
        if remember not in events.callbacks[moment]:
            events.register(moment, remember)


def _before_cell(info: Any) -> None:
    cell_id = getattr(info, "cell_id", None)
    _now[:] = [cell_id] if type(cell_id) is str else []


def _after_cell(result: Any) -> None:
    source, cell_id = getattr(result.info, "raw_cell", ""), getattr(result.info, "cell_id", None)
    if type(source) is str:
        _runs.append(Run(cell_id if type(cell_id) is str else "", source, bool(result.success), time.time()))


def box_now() -> str:
    """The id of the box that is running, or nothing where the notebook does not tell it."""
    return _now[0] if _now else ""


def last_run(is_meant: Callable[[str], bool], box: str = "") -> Run | None:
    """The last run of a box whose text is meant, or of the one with the id `box`; None when none ran in this kernel."""
    return next((run for run in reversed(_runs) if is_meant(run.source) or (box and run.cell_id == box)), None)


def last_word(box: str, name: str, of_the_page: Callable[[str], bool]) -> Run | None:
    """The run that decides what `name` stands for: the last one of its own box, or of any box that gives the name.

    Its own box is the one with the id `box`. In a notebook with other ids it is told by its looks: it shows the name
    on its last line, or it ran last, gives no name, and is not one `of_the_page`. None when no such run is known; a
    box that does no more than show the name decides nothing.
    """
    known = any(run.cell_id == box for run in _runs)
    latest = True
    for run in reversed(_runs):
        if gives(run.source, name):
            return run
        if _COURSE_LINE.match(run.source):
            continue
        looks_own = _shows_last(run.source, name) or (latest and not of_the_page(run.source))
        if (run.cell_id == box if known else looks_own) and leaves_out(run.source, name):
            return run
        latest = False
    return None


_COURSE_LINE = re.compile(r"\s*(check|predict|recall|hand_in|keep_my_work|bring_back|progress)\s*\(")


def gives(source: str, name: str) -> bool:
    """Whether a box gives something this name. Of one that Python cannot read: whether a line begins like that."""
    if name not in source:
        return False
    statements = parsed(source)
    if statements is None:
        return re.search(rf"^(?:def\s+)?{re.escape(name)}\s*(?:=(?!=)|\()", source, re.MULTILINE) is not None
    return any(name in _given(node) for statement in statements for node in ast.walk(statement))


def _given(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [each.asname or each.name for each in names]
    return []


def leaves_out(source: str, name: str) -> bool:
    """Whether a box works something out, and does no more with the name than show it on a line of its own."""
    if gives(source, name):
        return False
    statements = parsed(source)
    if statements is None:
        words = re.compile(rf"\b{re.escape(name)}\b")
        return not any(words.search(line) and line.strip() != name for line in source.splitlines())
    others = [each for each in statements if not _is_name(each, name)]
    named = any(isinstance(node, ast.Name) and node.id == name for each in others for node in ast.walk(each))
    return bool(others) and not named and not gives(source, name) and name not in " ".join(_texts(others))


def _texts(statements: Sequence[ast.stmt]) -> list[str]:
    """The texts in a box: a name may be given through one, as by `exec`."""
    nodes = [node for each in statements for node in ast.walk(each)]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str]


def _shows_last(source: str, name: str) -> bool:
    lines = [line.partition("#")[0].strip() for line in source.splitlines()]
    return next((line for line in reversed(lines) if line), "") == name


def _is_name(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Name(id=found)):
            return found == name
    return False


@lru_cache(maxsize=4096)
def parsed(source: str) -> tuple[ast.stmt, ...] | None:
    """The statements of a box, or None when Python cannot read it."""
    try:
        return tuple(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def running(depth: int = 2) -> tuple[Mapping[str, Any], Sequence[str]]:
    """The names of the notebook and the sources of the cells that ran, in order.

    Outside IPython: the global names of the caller `depth` frames up, and no sources.
    """
    shell = ipython()
    if shell is None:
        return sys._getframe(depth).f_globals, ()
    return shell.user_ns, [source for source in shell.user_ns.get("In", ()) if type(source) is str]


def keeps_tries() -> bool:
    """False in runs of the build, of a coach or of nbgrader: these leave no journal and no zip."""
    if os.environ.get("HANDSON_MODE", "") in MODES_WITHOUT_JOURNAL:
        return False
    return not any(os.environ.get(name) for name in NBGRADER_RUNS)
