"""`handson week WEEK`: the week's work as far as it can be done in a row, up to where a person is needed."""

from rich.console import Console
from rich.markup import escape

from grader.coach.cohort import open_cohort
from grader.coach.collect import collect_command
from grader.coach.feedback import feedback_command
from grader.coach.grade_command import grade_command
from grader.coach.points import read_cells, what_waits
from grader.coach.report import report_command


def week_command(
    week: str,
    cohort: str | None,
    *,
    isolation: str = "bubblewrap",
    anyway: bool = False,
    console: Console | None = None,
) -> int:
    """Collect, grade, and when every memo is read (or `anyway`) feedback and report. Raises Problem.

    Returns 1 where something was left out on the way, and it has been said what.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    place = open_cohort(cohort)
    console.rule("collect")
    left_out = collect_command(None, cohort, console=console)
    console.rule("grade")
    left_out |= grade_command(week, cohort, isolation=isolation, console=console)
    waiting = what_waits(read_cells(place, week), week, place.folder)
    if waiting and not anyway:
        console.rule("a person is needed")
        for each in waiting:
            console.print(escape(f"{each}, then `handson week {week}` once more."))
        console.print("To send feedback before that, add --anyway.")
        return left_out
    console.rule("feedback")
    left_out |= feedback_command(week, cohort, None, console=console)
    console.rule("report")
    left_out |= report_command(cohort, console=console)
    console.print("The week is done. Marks for another gradebook: `handson export`.")
    return left_out
