"""`journal.jsonl` in the lesson's folder: tries, predictions and recalls, one readable line each, append-only.

It is the learner's own until they hand it in. A journal that cannot be written costs nothing: what it would hold is
kept in memory while the kernel runs.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from grader.learner.session import keeps_tries

FILE_NAME = "journal.jsonl"
HAND_IN = "hand-in"
"""The kind of the entry that a hand-in leaves."""

Entry = dict[str, Any]


class Journal:
    """The journal of one lesson folder. Reads only what was added since it read last."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._entries: list[Entry] = []
        self._unsaved: list[Entry] = []
        self._offset = 0

    def entries(self) -> list[Entry]:
        """All entries, oldest first. Lines that are no JSON objects are passed over."""
        try:
            size = self._path.stat().st_size
            if size < self._offset:
                self._entries, self._offset = [], 0
            if size > self._offset:
                self._read_on()
        except OSError:
            pass
        return [*self._entries, *self._unsaved]

    def _read_on(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict):
                self._entries.append(entry)

    def append(self, entry: Entry) -> bool:
        """Add one entry with the time of writing; False when the file cannot be written.

        What could not be written then is written with the next entry: a disk that was full need not stay so.
        """
        stamped = {"at": dt.datetime.now().astimezone().isoformat(timespec="seconds"), **entry}
        waiting = [*self._unsaved, stamped]
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in waiting)
        try:
            with self._path.open("ab") as file:
                broken = file.tell() > 0 and not self._ends_whole()
                file.write(("\n" if broken else "").encode() + lines.encode("utf-8", "replace"))
        except OSError:
            self._unsaved = waiting
            return False
        self._unsaved = []
        return True

    def _ends_whole(self) -> bool:
        """Whether the last line was written to its end; a full disk may have cut it."""
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"


class _Nothing(Journal):
    """The journal of a run that keeps none (build, grade, test, nbgrader): it forgets."""

    def entries(self) -> list[Entry]:
        return []

    def append(self, entry: Entry) -> bool:
        return True


_open: dict[Path, Journal] = {}


def journal(folder: Path) -> Journal:
    """The journal of a lesson folder; one that forgets where nothing may be kept."""
    if not keeps_tries():
        return _Nothing(folder)
    return _open.setdefault(folder, Journal(folder))
