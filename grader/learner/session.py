"""The running notebook, as far as a check needs it: names, cells that ran, and whether tries are kept."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
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


_ASSIGNED = re.compile(r"^(?:def\s+)?([^\W\d]\w*)\s*(?:=(?!=)|\()", re.MULTILINE)
_stopped: set[str] = set()
_sources: dict[str, str] = {}


def watch() -> None:
    """Remember what each cell held when it ran, and which names were last written by one that ended in an error."""
    _stopped.clear()
    _sources.clear()
    events = ipython().events
    if _after_cell not in events.callbacks["post_run_cell"]:
        events.register("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    source = getattr(result.info, "raw_cell", "")
    if type(source) is not str:
        return
    if type(getattr(result.info, "cell_id", None)) is str:
        _sources[result.info.cell_id] = source
    names = set(_ASSIGNED.findall(source))
    if result.success:
        _stopped.difference_update(names)
    else:
        _stopped.update(names)


def stopped(name: str) -> bool:
    """Whether the cell that last wrote this name ended in an error: what the name holds is older than the cell."""
    return name in _stopped


def leaves_out(cell_id: str, name: str) -> bool:
    """Whether the cell of this id, as it was run last, does no more with a name than show it."""
    if cell_id not in _sources:
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    return not any(word.search(line) and line.strip() != name for line in _sources[cell_id].splitlines())


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
