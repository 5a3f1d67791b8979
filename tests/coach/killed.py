"""Records a cohort again and again, each time killed at another point: `python -m tests.coach.killed FOLDER TIMES`.

Leaves in FOLDER `first` and `second`, attempt 2 of everyone undisturbed on nothing and on attempt 1; a cohort per time,
with a JSON file beside it: way, signal, and whose `record` had returned; in swaps.json what a folder is whose
replacement was killed. By turns the writer kills itself at a line of ours; the system kills it inside SQLite's commit,
when a write crosses a file size; and its parent kills it at once after a word from it, wherever it is by then.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from grader.coach.autograded import place, tidy
from grader.coach.record import Recorder
from tests.coach.cohort_of_two_notebooks import NAMES, attempt, contents, make_cohort

OURS = ("coach/record.py", "coach/autograded.py", "coach/gradebook.py", "/shutil.py")


def record_all(folder: Path, number: int, returned: Callable[[str], object] = len) -> None:
    with Recorder(folder) as recorder:
        for email in NAMES:
            recorder.record(attempt(email, number))
            returned(email)


def at_line(stop: int, act: Callable[[], None]) -> list[int]:
    """Call `act` at the line of ours with that number, counted as they run; the list holds the count."""
    count = [0]

    def line(frame: FrameType, kind: str, value: Any) -> Any:
        count[0] += kind == "line"
        if count[0] == stop:
            act()
        return line

    sys.settrace(lambda frame, kind, value: line if frame.f_code.co_filename.endswith(OURS) else None)
    return count


def lines_of_a_run(folder: Path) -> int:
    count = at_line(-1, lambda: None)
    record_all(folder, 2)
    sys.settrace(None)
    return count[0]


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_run(folder: Path, way: int, lines: int, chance: random.Random) -> tuple[int, list[str]]:
    """Record attempt 2 of everyone in a child and kill it; the signal, and whose `record` returned."""
    size = (folder / "gradebook.db").stat().st_size
    stop, words, limit = chance.randrange(lines), chance.randrange(20), chance.randrange(size // 2, size)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        if way == 0:
            at_line(stop, kill_me)
        elif way == 1:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        record_all(folder, 2, lambda email: os.write(writer, f"{email}\n".encode()))
        os._exit(0)
    os.close(writer)
    returned = []
    with os.fdopen(reader) as said:
        for word in said:
            returned.append(word.strip())
            if way == 2 and len(returned) > words:
                os.kill(child, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(child, 0)[1]), returned


def swaps_killed(folder: Path) -> list[str]:
    """Replace a folder, killed at every second line: what is there once tidied, until a run ends."""
    files = {"old": {"a.ipynb": b"1", "data/x.csv": b"2"}, "new": {"a.ipynb": b"3", "b/c/y.csv": b"4"}}
    found: list[str] = []
    while True:
        cohort = folder / str(len(found))
        cohort.mkdir(parents=True)
        place(cohort, "p@x.org", "w01", files["old"])
        child = os.fork()
        if child == 0:
            at_line(2 * len(found) + 1, kill_me)
            place(cohort, "p@x.org", "w01", files["new"])
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return found
        tidy(cohort)
        there = contents(cohort / "autograded" / "p@x.org")
        whole = [name for name, each in files.items() if there == {f"w01/{file}": text for file, text in each.items()}]
        found.append(whole[0] if whole else f"{sorted(there)}")


def main(folder: Path, times: int) -> None:
    make_cohort(folder / "new")
    shutil.copytree(folder / "new", folder / "again")
    record_all(folder / "again", 1)
    (folder / "swaps.json").write_text(json.dumps(swaps_killed(folder / "swaps")))
    lines = []
    for template, counted in (("new", "first"), ("again", "second")):
        shutil.copytree(folder / template, folder / counted)
        lines.append(lines_of_a_run(folder / counted))
    for number in range(times):
        cohort = folder / str(number)
        shutil.copytree(folder / ("again" if number % 2 else "new"), cohort)
        ended, returned = killed_run(cohort, number % 3, lines[number % 2], random.Random(number))
        (folder / f"{number}.json").write_text(json.dumps({"way": number % 3, "signal": ended, "returned": returned}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
