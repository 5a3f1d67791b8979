"""`make bench`: the engine against `nbgrader autograde` and against the floor, on the same invented submissions.

The floor is the CPU time that the cells of both draws take in an already warm interpreter, over the cores: what grading
would cost if nothing but the learners' code ran. Sandbox, cards, gradebook and files come on top.
"""

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table

from grader.authoring.build import Built, lesson_folders
from grader.coach.cohort import Cohort, new_cohort, open_cohort
from grader.coach.course import course_lesson, make_course, run_nbgrader
from grader.coach.draws import Lesson, open_lesson
from grader.coach.engine import Options, Recorded, grade_week, open_task
from grader.coach.executed import notebook_bytes
from grader.coach.grade import QUIET, runnable
from grader.coach.invent import invent
from grader.coach.releases import published_lessons
from grader.coach.repair import repair
from grader.coach.submissions import TIMESTAMP
from grader.sandbox.run import Job, Pool

SEED = 7
SECOND_SEED = 11
MOST_FOR_NBGRADER = 6
"""It takes seconds for each, one after the other, so a few tell its rate; a mangled notebook may stop it."""
LOOK_AT_MEMORY_EVERY = 20


@dataclass(frozen=True)
class Measured:
    """One lesson. Seconds are for one submission: wall time of nbgrader and engine, CPU over cores for the floor.

    `megabytes` is the most that the engine and all that it started held at a time, shared pages counted once.
    """

    lesson: str
    submissions: int
    nbgrader: float
    engine: float
    floor: float
    megabytes: float

    @property
    def times_faster(self) -> float:
        """The engine's throughput over nbgrader's."""
        return self.nbgrader / self.engine

    @property
    def over_floor(self) -> float:
        """The engine's time over the least that is possible."""
        return self.engine / self.floor


def bench(weeks: Sequence[str], size: int, rounds: int, console: Console) -> list[Measured]:
    """Measure each lesson `rounds` times on `size` submissions and print a table of medians."""
    table = Table("Lesson", "Submissions", "nbgrader s", "engine s", "floor s", "× nbgrader", "× floor", "MB")
    made = []
    for week in weeks:
        with TemporaryDirectory(prefix="handson-bench-") as scratch:
            made.append(_measure(Path(scratch), week, size, rounds))
        each = made[-1]
        table.add_row(
            each.lesson.upper(),
            str(each.submissions),
            f"{each.nbgrader:.2f}",
            f"{each.engine:.3f}",
            f"{each.floor:.3f}",
            f"{each.times_faster:.0f}",
            f"{each.over_floor:.2f}",
            f"{each.megabytes:.0f}",
        )
    console.print(table)
    console.print(f"Seconds for one submission, medians of {rounds} rounds, {os.cpu_count()} cores.")
    return made


def _measure(scratch: Path, week: str, size: int, rounds: int) -> Measured:
    source = lesson_folders(week)[0]
    with Pool() as ours:
        built = course_lesson(source, scratch, ours)
        lesson = open_lesson(source, SECOND_SEED, scratch / "draws", ours)
    notebooks = [each.notebook for each in invent([lesson], size, SEED)]
    whole = [each for each in notebooks if not repair(each, lesson.released).mended][:MOST_FOR_NBGRADER]
    made = _cohort(scratch, week, lesson, notebooks)
    open_task(made, week)  # makes the cohort's draw: once for each lesson, not for each submission
    stock, floor, engine, most = [], [], [], []
    for number in range(rounds):
        stock.append(_nbgrader(scratch / f"course-{number}", built, whole))
        floor.append(_floor(lesson, notebooks))
        copy = shutil.copytree(made.folder, scratch / f"round-{number}")
        seconds, megabytes = _engine(open_cohort(copy), week)
        engine.append(seconds / size)
        most.append(megabytes)
    medians = [statistics.median(each) for each in (stock, engine, floor, most)]
    return Measured(week, size, *medians)


def _cohort(scratch: Path, week: str, lesson: Lesson, notebooks: Sequence[NotebookNode]) -> Cohort:
    emails = [f"learner{number:04}@example.org" for number in range(len(notebooks))]
    roster = scratch / "roster.csv"
    roster.write_text("email,name\n" + "".join(f"{email},Learner\n" for email in emails), encoding="utf-8")
    cohort = new_cohort("bench", roster, scratch / "cohorts")
    for email, notebook in zip(emails, notebooks, strict=True):
        _hand_in(cohort.submitted / email / week, lesson, notebook)
    return cohort


def _hand_in(folder: Path, lesson: Lesson, notebook: NotebookNode) -> None:
    folder.mkdir(parents=True)
    (folder / f"{lesson.name}.ipynb").write_bytes(notebook_bytes(notebook))
    (folder / TIMESTAMP).write_text("2026-11-22 20:00:00.000000 UTC", encoding="utf-8")


def _engine(cohort: Cohort, week: str) -> tuple[float, float]:
    """Wall seconds for the whole week, and the most memory at a time."""
    most, count = 0.0, 0

    def watch(_total: int, _recorded: Recorded) -> None:
        nonlocal most, count
        count += 1
        if count % LOOK_AT_MEMORY_EVERY == 0:
            most = max(most, _megabytes())

    start = time.perf_counter()
    grade_week(cohort, week, Options(), watch=watch)
    return time.perf_counter() - start, most


def _megabytes() -> float:
    mine = psutil.Process()
    held = 0
    for process in (mine, *mine.children(recursive=True)):
        with suppress(psutil.Error):
            held += process.memory_full_info().pss
    return held / 1e6


def _floor(lesson: Lesson, notebooks: Sequence[NotebookNode]) -> float:
    """CPU seconds of the cells of one submission on both draws, over the cores. One at a time, so that none waits."""
    seconds = 0.0
    with Pool(1) as ours:
        for notebook in notebooks:
            cells = runnable(repair(notebook, lesson.released), lesson.today.key.exercises)
            for draw in (lesson.today, lesson.later):
                seconds += sum(cell.cpu for cell in ours.run(Job(cells, draw.data, {}, QUIET)).cells)
    return seconds / len(notebooks) / (os.cpu_count() or 1)


def _nbgrader(folder: Path, built: Built, notebooks: Sequence[NotebookNode]) -> float:
    """Wall seconds that stock `nbgrader autograde` takes for one submission."""
    make_course(folder, [built])
    for number, notebook in enumerate(notebooks):
        submitted = folder / "submitted" / f"learner{number}" / built.lesson
        submitted.mkdir(parents=True)
        (submitted / f"{built.name}.ipynb").write_bytes(notebook_bytes(notebook))
    start = time.perf_counter()
    done = run_nbgrader(folder, "autograde", built.lesson)
    if done.returncode:
        raise RuntimeError(f"nbgrader autograde failed: {done.stderr[-500:]}")
    return (time.perf_counter() - start) / len(notebooks)


def main() -> None:
    """`python -m grader.coach.bench [WEEK ...] [--size N] [--rounds N]`."""
    parser = argparse.ArgumentParser(description="The engine against nbgrader and against the floor.")
    parser.add_argument("weeks", nargs="*", default=list(published_lessons()), help="such as w01; all if left out")
    parser.add_argument("--size", type=int, default=60, help="submissions of each lesson")
    parser.add_argument("--rounds", type=int, default=5, help="medians are of so many")
    asked = parser.parse_args()
    bench(asked.weeks, asked.size, asked.rounds, Console(width=120))


if __name__ == "__main__":
    main()
