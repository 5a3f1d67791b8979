"""An IPython shell whose outputs are collected as notebook outputs instead of being printed."""

import base64
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

Output = dict[str, Any]
Sink = Callable[[Output], None]


class OutputLog:
    """The outputs of the cell that runs, in order; text written to one stream in a row is one output."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []

    def add(self, output: Output) -> None:
        last = self.outputs[-1] if self.outputs else {}
        if output["output_type"] == "stream" == last.get("output_type") and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)

    def take(self) -> list[Output]:
        taken, self.outputs = self.outputs, []
        return taken


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
    sink: Sink

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.sink({"output_type": "display_data", "data": _as_json(data), "metadata": metadata or {}})

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


class CapturingShell(InteractiveShell):
    """An InteractiveShell that keeps no history on disk and sends every output to its `record`."""

    def __init__(self, **kwargs: Any) -> None:
        config = Config()
        config.HistoryManager.enabled = False  # else a thread and an SQLite file per shell
        classes = {"displayhook_class": _Hook, "display_pub_class": _Publisher}
        super().__init__(config=config, **classes, **kwargs)  # type: ignore[no-untyped-call, unused-ignore]
        self.record = OutputLog()
        for part in (self.displayhook, self.display_pub):
            cast(_Hook | _Publisher, part).sink = self.record.add

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

    def run(self, source: str) -> tuple[list[Output], bool]:
        """Run one cell as a notebook would; its outputs, and whether it ended without an error."""
        with self.streams():
            result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call, unused-ignore]
        return self.record.take(), bool(result.success)
