"""An IPython shell whose outputs are collected as notebook outputs instead of being printed."""

import base64
import builtins
import getpass
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NoReturn, cast

from ipykernel.compiler import get_tmp_hash_seed, murmur2_x86
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from grader.sandbox.jail import MOST_OUTPUTS

Output = dict[str, Any]
Sink = Callable[[Output], None]


MOST_SHOWN = 4 << 20
"""Characters that one cell may show; a browser would not bear more."""
CUT = f"\n[Cut here: this box showed more than {MOST_SHOWN >> 20} million characters, or {MOST_OUTPUTS:,} things.]\n"
NO_TYPING = "Nobody can type while a notebook is checked: give the value a name in a box instead of asking for it."


class OutputLog:
    """The outputs of the cell that runs, in order; text written to one stream in a row is one output.

    As in Jupyter's messages, an output with a display id has it in `transient`, and an update is an output of its own.
    Of more than MOST_SHOWN characters or MOST_OUTPUTS outputs the rest is left out, and that is said.
    """

    def __init__(self) -> None:
        self._outputs: list[Output] = []
        self._text: list[str] = []
        self._left = MOST_SHOWN

    def add(self, output: Output) -> None:
        """Add an output, or the text of one that goes on in the stream of the last."""
        if self._left < 0:
            return
        self._left -= _length(output)
        if self._left < 0 or len(self._outputs) >= MOST_OUTPUTS - 1:
            self._left = -1
            output = {"output_type": "stream", "name": "stderr", "text": CUT}
        stream = output.get("name")
        if stream is None or not self._text or self._outputs[-1]["name"] != stream:
            self._finish_text()
            self._outputs.append(output)
        if stream is not None:
            self._text.append(output["text"])  # joined once: a long print would take quadratic time otherwise

    def _finish_text(self) -> None:
        if self._text:
            self._outputs[-1]["text"] = "".join(self._text)
            self._text = []

    def take(self) -> list[Output]:
        """The outputs so far; the log is empty then."""
        self._finish_text()
        taken, self._outputs = self._outputs, []
        self._left = MOST_SHOWN
        return taken


def _length(output: Output) -> int:
    """Characters, about: what an output shows, as text or as the values of its bundle."""
    shown = (output.get("text"), output.get("evalue"), *output.get("data", {}).values(), *output.get("traceback", ()))
    return sum(len(part) for part in shown if isinstance(part, str))


def _refuse_typing(*_: object, **__: object) -> NoReturn:
    raise EOFError(NO_TYPING)


class _Stream(io.TextIOBase):
    def __init__(self, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._sink({"output_type": "stream", "name": self._name, "text": text})
        return len(text)


def _as_json(bundle: dict[str, Any]) -> dict[str, Any]:
    return {
        mime: base64.b64encode(data).decode("ascii") if isinstance(data, bytes) else data
        for mime, data in bundle.items()
    }


class _Publisher(DisplayPublisher):  # type: ignore[misc,unused-ignore]
    record: OutputLog

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *_: Any,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **__: Any,
    ) -> None:
        kind = "update_display_data" if update else "display_data"
        output: Output = {"output_type": kind, "data": _as_json(data), "metadata": metadata or {}}
        if transient and "display_id" in transient:
            output["transient"] = {"display_id": transient["display_id"]}
        self.record.add(output)

    def clear_output(self, wait: bool = False) -> None:
        """Kept as it is: a stored output is worth more than a tidy one."""


class _Hook(DisplayHook):  # type: ignore[misc,unused-ignore]
    sink: Sink

    def write_output_prompt(self) -> None:
        """The notebook writes its own."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.sink(
            {
                "output_type": "execute_result",
                "data": _as_json(format_dict),
                "metadata": md_dict or {},
                "execution_count": self.prompt_count,
            }
        )

    def finish_displayhook(self) -> None:
        """Nothing was printed, so nothing is flushed."""


class _Compiler(CachingCompiler):  # type: ignore[misc,unused-ignore]
    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The name that a kernel gives a cell, without the process id in it: the same for the same cell."""
        return f"/tmp/ipykernel/{murmur2_x86(raw_code, get_tmp_hash_seed())}.py"


class CapturingShell(InteractiveShell):
    """An InteractiveShell that keeps no history on disk and sends every output to its `record`."""

    compiler_class = Type(_Compiler)  # type: ignore[no-untyped-call, unused-ignore]

    def __init__(self, **kwargs: Any) -> None:
        config = Config()
        config.HistoryManager.enabled = False  # else a thread and an SQLite file per shell
        classes = {"displayhook_class": _Hook, "display_pub_class": _Publisher}
        super().__init__(config=config, **classes, **kwargs)  # type: ignore[no-untyped-call, unused-ignore]
        self.record = OutputLog()
        self._printed: BinaryIO | None = None
        self._printed_to = 0
        cast(_Hook, self.displayhook).sink = self.record.add
        cast(_Publisher, self.display_pub).record = self.record

        # What `?name` shows goes to a pane of its own in JupyterLab, not to the outputs of the cell.
        self.set_hook("show_in_pager", lambda *_, **__: None)  # type: ignore[no-untyped-call, unused-ignore]

    def ask_exit(self) -> None:
        """A cell that says `exit` does not end the notebook: what stands below is read all the same."""

    def enable_gui(self, gui: str | None = None) -> None:
        """No window is ever opened."""

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException | None, stb: list[str]) -> None:
        name = getattr(etype, "__name__", str(etype))
        self.record.add({"output_type": "error", "ename": name, "evalue": str(evalue), "traceback": list(stb)})

    @contextmanager
    def streams(self) -> Iterator[None]:
        """Send stdout and stderr to the log while the block runs."""
        kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream("stdout", self.record.add), _Stream("stderr", self.record.add)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = kept

    def run(self, source: str, cell_id: str | None = None) -> tuple[list[Output], bool]:
        """Run one cell as a notebook would; its outputs, and whether it ended without an error."""
        with self.streams():
            result = self.run_cell(source, store_history=True, cell_id=cell_id)  # type: ignore[no-untyped-call, unused-ignore]
        self._add_printed()
        return self.record.take(), bool(result.success)

    def take_over_terminal(self) -> None:
        """No terminal from here on: what programs print becomes output of the cell, and nothing can be typed."""
        self._printed = TemporaryFile(buffering=0)  # noqa: SIM115 (it stays open as long as the process)
        self._printed_to = 0
        for stream in (1, 2):
            os.dup2(self._printed.fileno(), stream)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        builtins.input = getpass.getpass = _refuse_typing

    def _add_printed(self) -> None:
        if self._printed is None:
            return
        printed = os.pread(self._printed.fileno(), MOST_SHOWN, self._printed_to)
        if printed:
            self._printed_to = os.fstat(self._printed.fileno()).st_size
            text = printed.decode("utf-8", "replace")
            self.record.add({"output_type": "stream", "name": "stdout", "text": text})
