"""`handson grade WEEK`: the run on a screen, as JSON, or in a log."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.prompt import Confirm
from rich.table import Table

from grader.coach.cohort import Cohort, open_cohort
from grader.coach.engine import Options, Recorded, Report, grade_week
from grader.coach.points import read_cells, what_waits
from grader.learner.problem import Problem

ISOLATIONS = ("bubblewrap", "none")
LOUD = (
    "[bold red]--isolation none: strangers' code runs here with your rights, on your files and your network.[/bold red]"
)
SCHEMA = 1


def grade_command(
    week: str,
    cohort: str | None,
    *,
    workers: int | None = None,
    isolation: str = "bubblewrap",
    regrade: bool = False,
    yes: bool = False,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """What `handson grade` runs: 0, or 1 where a submission could not be graded. Raises Problem."""
    if isolation not in ISOLATIONS:
        raise Problem(f"--isolation is {' or '.join(ISOLATIONS)}, not {isolation!r}.")
    if workers is not None and workers < 1:
        raise Problem(f"--workers {workers} would grade nothing: give 1 or more, or leave it out for one per core.")
    console = console or Console(highlight=False, soft_wrap=True, stderr=as_json)
    place, options = open_cohort(cohort), Options(workers, isolation)
    if isolation == "none":
        console.print(LOUD)
    written = True
    if regrade:
        report = _run(place, week, options, console, afresh=True, write=False)
        written = _shall_write(report, yes, as_json, console)
    if written:
        report = _run(place, week, options, console, afresh=regrade, quiet=regrade)
    if as_json:
        print(json.dumps(_as_json(report, written=written), ensure_ascii=True))
    elif written:
        _show(report, place, console)
    return 1 if report.ungraded else 0


def _run(
    cohort: Cohort,
    week: str,
    options: Options,
    console: Console,
    *,
    afresh: bool = False,
    write: bool = True,
    quiet: bool = False,
) -> Report:
    """Grade with a progress bar where there is a terminal, and a line for each thing that the coach should know.

    `quiet` leaves the lines out, where a run before has said them.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    rate = TextColumn("{task.fields[rate]}")
    with Progress(
        *columns, rate, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        bar = progress.add_task(f"Grading {week}", total=None, rate="")

        def watch(total: int, recorded: Recorded) -> None:
            for line in () if quiet else recorded.outcome.lines:
                console.print(f"{escape(_shown(recorded.outcome.email))}: {escape(_shown(line))}")
            speed = progress.tasks[bar].speed
            progress.update(bar, total=total, advance=1, rate=f"{speed:.1f}/s" if speed else "")

        return grade_week(cohort, week, options, afresh=afresh, write=write, watch=watch)


def _shall_write(report: Report, yes: bool, as_json: bool, console: Console) -> bool:
    """Show who would change, and by how much; then ask, unless told `yes`. A program that reads JSON is not asked."""
    changed = [each for each in report.recorded if each.change is not None and each.change.difference]
    table = Table(title=f"{report.week}: who would change")
    for title in ("Learner", "Before", "After", "Change"):
        table.add_column(title, overflow="fold", justify="left" if title == "Learner" else "right")
    for each in sorted(changed, key=lambda each: each.outcome.email):
        assert each.change is not None
        before = f"{each.change.before.total:g}" if each.change.before else "none"
        table.add_row(
            escape(_shown(each.outcome.email)), before, f"{each.change.after.total:g}", f"{each.change.difference:+g}"
        )
    console.print(table if changed else f"{report.week}: nobody's points would change.")
    if yes:
        return True
    if as_json or not sys.stdin.isatty() or not console.is_terminal:
        console.print("Nothing was written. Next: the same command with --yes writes it.")
        return False
    return Confirm.ask("Write this to the gradebook?", console=console)


def _show(report: Report, cohort: Cohort, console: Console) -> None:
    graded = [each for each in report.recorded if each.change is not None and not each.outcome.known]
    known = sum(each.outcome.known for each in report.recorded)
    said = f"{report.week}: {_count(len(graded), 'submission')} graded"
    if known:
        said += f", {known} as before"
    if report.ungraded:
        said += f", {len(report.ungraded)} not graded"
    console.print(f"{said}.")
    standing = [each.change.after for each in report.recorded if each.change is not None]
    if standing:
        average = sum(each.auto for each in standing) / len(standing)
        console.print(f"The machine's points: {average:.1f} on average.")
    waiting = sum(each.waiting for each in standing)
    folder = escape(str(cohort.folder))
    if not waiting:
        console.print(f"All points are in. The gradebook is ordinary nbgrader: its commands work in {folder}.")
    elif (cohort.releases / report.week).is_dir():
        for each in what_waits(read_cells(cohort, report.week), report.week, cohort.folder):
            console.print(f"{escape(each)}.")
    else:
        console.print(f"Next: {_count(waiting, 'answer')} to grade by hand: Formgrader in `jupyter lab`, in {folder}.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _shown(text: str) -> str:
    """A learner's text on one line of a terminal, with nothing in it that steers the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _as_json(report: Report, *, written: bool) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "week": report.week,
        "written": written,
        "submissions": [
            {
                "email": each.outcome.email,
                "state": _state(each),
                "before": each.change.before.total if each.change and each.change.before else None,
                "after": each.change.after.total if each.change else None,
                "waiting": each.change.after.waiting if each.change else None,
                "lines": list(each.outcome.lines),
            }
            for each in sorted(report.recorded, key=lambda each: each.outcome.email)
        ],
    }


def _state(recorded: Recorded) -> str:
    if recorded.outcome.known:
        return "as before"
    return "graded" if recorded.outcome.graded is not None else "not graded"
