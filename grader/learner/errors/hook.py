"""The seam to IPython.

Every error of a cell ends in the shell's `_showtraceback(etype, value, stb)`: runtime errors, syntax errors, errors
while a result is displayed (DuckDB runs a query only then), interrupts. `set_custom_exc` sees the first kind alone, so
the seam is that one method, replaced on the shell. It sends the card as display data, then lets IPython send its
`error` output with one plain line in place of the traceback: the cell still counts as failed for nbclient, nbval,
nbgrader and Run All.
"""

import ast
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from grader.learner.card import Fold, card, words
from grader.learner.errors.recognise import explain
from grader.learner.errors.scene import Scene

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MARK = "_handson_error_cards"
_TRACEBACK_CAP = 12_000


def install(*, unfolded: bool = False) -> None:
    """Show errors as cards in the running IPython; with `unfolded` the traceback in them stands open.

    Does nothing outside IPython; a second call only changes the fold.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        install_in(shell, unfolded=unfolded)


def install_in(shell: Any, *, unfolded: bool = False) -> None:
    """Show errors as cards in this shell. The folder of the moment is kept: learners may change it."""
    installed = getattr(shell, _MARK, None) is not None
    setattr(shell, _MARK, unfolded)
    if installed:
        return
    original = shell._showtraceback
    folder = Path.cwd()

    shown: list[tuple[object, ...]] = []

    def show(etype: type[BaseException], value: BaseException, stb: Sequence[str] | str) -> None:
        lines: Sequence[str] | str
        try:
            # A result that fails while it is displayed fails once per format: HTML, then plain text.
            this = (shell.execution_count, etype, scene_of(shell, value, folder).message)
            if this in shown:
                return
            lines = present(shell, value, stb, folder)
            shown[:] = [this]
        except Exception:  # A card that cannot be made must never hide the error.
            lines = stb
        original(etype, value, lines)

    shell._showtraceback = show


def present(shell: Any, value: BaseException, stb: Sequence[str] | str, folder: Path) -> list[str]:
    """Send the card for this error; return the one line that stands in place of the traceback."""
    scene = scene_of(shell, value, folder)
    data = render(scene, [stb] if isinstance(stb, str) else list(stb), unfolded=bool(getattr(shell, _MARK, False)))
    shell.display_pub.publish(data=data, metadata={})
    return [f"{scene.kind}: the card above says what happened, and what to do next."]


def render(scene: Scene, stb: Sequence[str], *, unfolded: bool = False) -> dict[str, str]:
    """The card as text/html and text/plain."""
    _, said = explain(scene)
    real = one_line(scene)
    full = _ANSI.sub("", "\n".join(stb)).strip("\n")
    if len(full) > _TRACEBACK_CAP:
        full = full[:_TRACEBACK_CAP] + "\n..."
    html = card(
        "wrong",
        said.title,
        paragraphs=[said.happened],
        next_step=said.next_step,
        folds=[Fold("The full message, as programmers see it", full or real, open=unfolded, code=True)],
        quiet=[f"In the machine's words: {_unmarked(real)}"],
    )
    plain = words(f"{said.title}.", said.happened, f"Next: {said.next_step}", f"({real})")
    return {"text/html": html, "text/plain": plain}


def one_line(scene: Scene) -> str:
    """The real message on one line, cut at 300 characters."""
    message = scene.message
    if isinstance(scene.error, SyntaxError):
        message = re.sub(r"\s*\(<?[^()]*, line \d+\)$", "", message)
    flat = " ".join(message.partition("Candidate functions:")[0].split())
    flat = re.sub(r"\s*LINE \d+: .*$", "", flat)
    text = f"{scene.kind}: {flat}" if flat else scene.kind
    return text if len(text) <= 300 else text[:297] + "..."


def scene_of(shell: Any, value: BaseException, folder: Path) -> Scene:
    """Gather what the recognisers look at. Nothing that a learner has defined is asked but the message itself."""
    sources = [text for text in getattr(shell, "user_ns", {}).get("In", []) if isinstance(text, str)]
    raw = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    source = raw[-1] if isinstance(raw, list) and raw else (sources[-1] if sources else "")
    return scene_from(_complete(value, source), shell.user_ns, source, sources[:-1], folder)


def scene_from(
    value: BaseException, namespace: Mapping[str, object], source: str, sources: Sequence[str], folder: Path
) -> Scene:
    """The scene of an error that came from the box `source`, or from a function that it made."""
    line, number = _place(value, namespace, source)
    inside, local = _function(value, namespace)
    return Scene(
        error=value,
        message=_safely(lambda: str(value.msg) if isinstance(value, SyntaxError) else str(value)),
        source=source,
        line=line,
        number=number,
        namespace={**namespace, **local},
        folder=folder,
        sources=sources,
        inside=inside,
        local=local,
    )


def _complete(value: BaseException, source: str) -> BaseException:
    """Python's own words for a cell that ends too early: to IPython it is "incomplete input" and no more."""
    if not isinstance(value, SyntaxError) or "incomplete input" not in str(value.msg):
        return value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "cell", "exec", ast.PyCF_ONLY_AST)
        except SyntaxError as plainer:
            return plainer
        except (ValueError, RecursionError, MemoryError):
            pass
    return value


def _place(value: BaseException, namespace: Mapping[str, object], source: str) -> tuple[str, int | None]:
    """The learner's own line: where a syntax error says, else the last frame that belongs to the notebook."""
    lines = source.splitlines()
    if isinstance(value, SyntaxError):
        number = value.lineno
        text = value.text or (lines[number - 1] if number and 0 < number <= len(lines) else "")
        return text.rstrip("\n"), number
    step: TracebackType | None = value.__traceback__
    found: tuple[str, int] | None = None
    while step is not None:
        if step.tb_frame.f_globals is namespace:
            found = (step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    if found is None:
        return (lines[-1] if lines else ""), None
    filename, number = found
    here = sys.modules["linecache"].getline(filename, number) if "linecache" in sys.modules else ""
    if not here and 0 < number <= len(lines):
        here = lines[number - 1]
    own = 0 < number <= len(lines) and lines[number - 1].strip() == here.strip()
    return here.rstrip("\n"), number if own else None


def _function(value: BaseException, namespace: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The learner's function in which it stopped, and the names in there; nothing when it stopped outside any."""
    step: TracebackType | None = value.__traceback__
    last: FrameType | None = None
    while step is not None:
        if step.tb_frame.f_globals is namespace:
            last = step.tb_frame
        step = step.tb_next
    if last is None or last.f_code.co_name.startswith("<"):
        return "", {}
    return last.f_code.co_name, dict(last.f_locals)


def _safely(text: Callable[[], str]) -> str:
    try:
        return text()
    except Exception:  # A learner's own exception may fail to say what it is.
        return ""


def _unmarked(text: str) -> str:
    """Take the card's own marks out of a foreign text."""
    return text.replace("`", "'").replace("**", "* *")
