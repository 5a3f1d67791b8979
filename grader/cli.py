"""The command `handson`. Each command imports its room only when it is called: a learner's start stays quick."""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

from grader.learner.problem import Problem

try:
    import typer
    from typer.core import TyperGroup
except ModuleNotFoundError as missing:
    from grader.learner.doctor import main

    # The doctor works all the same; any other command begins with it.
    if sys.argv[1:2] == ["doctor"]:
        raise SystemExit(main(sys.argv[2:])) from None
    sys.exit(f"{missing.name} is not installed in this Python: `handson doctor` says how to mend it.")


class _OneSentence(TyperGroup):
    """Shows a `Problem` as its sentence on stderr, with exit code 2, and no traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(2) from None


LEARNER, COACH, AUTHOR = "Your own work", "For a coach", "For an author"

app = typer.Typer(
    cls=_OneSentence,
    help="Hands-On Hour: one hour a week, in real notebooks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _from_room(module: str, name: str) -> Any:
    """Fetches `name` from a room that a learner's install may lack (the code, or the packages that it needs)."""
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as missing:
        raise Problem(
            f"This command is for coaches and authors, and {missing.name} is not installed here: "
            "`pip install 'handson-hour[coach]'`, or `make build` in a clone of the course, brings it."
        ) from missing


def _say(text: str, style: str = "") -> None:
    """Prints a line; without colours where nobody sees them, and in signs that this terminal has."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    shown = text.encode(console.encoding, "replace").decode(console.encoding)
    console.print(Text(shown, style=style), soft_wrap=True)


@app.command(rich_help_panel=LEARNER)
def start(
    folder: Annotated[Path | None, typer.Argument(help="Where your own copies live; my-work if left out.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 0,
    kept: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="Take up what `keep` packed.")] = None,
) -> None:
    """Copy the lessons into your own folder and open the start page."""
    from grader.learner.start import folder_to_start
    from grader.learner.start import start as run

    own = folder_to_start(folder)
    if kept is not None:
        from grader.learner.take_up import take_up

        for line in take_up(kept, own).lines():
            typer.echo(line)
    raise typer.Exit(run(own, browser=browser, port=port))


@app.command(rich_help_panel=LEARNER)
def keep(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder with your work; the one you are in, or my-work, if left out.")
    ] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead.")] = None,
) -> None:
    """Pack all your work into one file, to go on elsewhere with `start --from`."""
    from grader.learner.keep import keep_command

    raise typer.Exit(keep_command(folder, to))


@app.command(rich_help_panel=LEARNER)
def doctor(
    folder: Annotated[Path | None, typer.Argument(help="Where your own copies live, or will.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what of this machine stands in the way of the course, and how to mend it."""
    from grader.learner.doctor import doctor_command
    from grader.learner.start import own_folder

    raise typer.Exit(doctor_command(own_folder(folder), as_json=as_json))


@app.command(rich_help_panel=LEARNER)
def progress(
    folder: Annotated[Path | None, typer.Argument(help="Your folder; my-work if left out.")] = None,
) -> None:
    """Show where you are in the 26 weeks, from your own journals."""
    from grader.learner.progress import State, read_progress
    from grader.learner.progress_text import lines
    from grader.learner.work import named_folder

    styles = {State.DONE: "green", State.STARTED: "yellow", State.NEXT: "bold cyan", State.UNPUBLISHED: "dim"}
    for line in lines(read_progress(named_folder(folder))):
        _say(line.text, "bold" if line.heading else styles.get(line.state, "") if line.state else "")


@app.command(rich_help_panel=LEARNER)
def submit(
    week: Annotated[str | None, typer.Argument(help="The week, such as w01 or 1.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Your folder; my-work if left out.")] = None,
    email: Annotated[str | None, typer.Option(help="The e-mail that your coach has; remembered.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="The e-mail of a team member; may be repeated.")] = None,
    journal: Annotated[
        bool | None, typer.Option("--journal/--no-journal", help="Tries and predictions go along; remembered.")
    ] = None,
) -> None:
    """Pack a lesson for your coach, as hand_in does in its last box."""
    from grader.learner.hand_in import submit as run
    from grader.learner.identity import known, read_email, read_team
    from grader.learner.work import named_folder

    work = named_folder(folder)
    if week and email is None and known(work).email is None and sys.stdin.isatty():
        email = typer.prompt("The e-mail that your coach has (Enter to leave it out)", default="", show_default=False)
    # Here, unlike in a notebook, an address with a slip costs nothing but another line.
    email = read_email(email) if email else None
    others = list(read_team(team)) if team else None
    for line in run(week, work, email=email, team=others, journal=journal):
        _say(line)


@app.command(rich_help_panel=AUTHOR)
def build(
    week: Annotated[str | None, typer.Argument(help="One lesson, such as w01; all of them if left out.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file would differ.")] = False,
    seed: Annotated[int, typer.Option(help="Another company; needs --out.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Build into this folder and leave the course as it is.")] = None,
) -> None:
    """Make the notebooks, the data files and the keys from solutions/."""
    raise typer.Exit(_from_room("grader.authoring.build", "build_command")(week, check=check, seed=seed, out=out))


@app.command(rich_help_panel=AUTHOR)
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty or new folder.")],
    github: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="For the Binder badge.")] = None,
) -> None:
    """Write a repository for learners: no solutions, no tests, no history."""
    raise typer.Exit(_from_room("grader.coach.publish", "publish_command")(folder, github) or 0)


CohortOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The name or folder of a cohort; not needed for the only one.")
]

cohort_app = typer.Typer(help="The groups that you take through the course.", no_args_is_help=True)
app.add_typer(cohort_app, name="cohort", rich_help_panel=COACH)


@cohort_app.command("new")
def cohort_new(
    name: Annotated[str, typer.Argument(help="Names its folder: ./cohorts/NAME.")],
    roster: Annotated[Path, typer.Option(metavar="FILE", help="A CSV with the columns email, name and team.")],
) -> None:
    """Make the folder of a cohort: its roster, gradebook and inbox, and a secret seed of its own.

    Example: handson cohort new spring --roster leaders.csv
    """
    raise typer.Exit(_from_room("grader.coach.cohort", "cohort_command")(name, roster))


@app.command(rich_help_panel=COACH)
def collect(
    inbox: Annotated[
        Path | None, typer.Argument(help="A folder, zip or notebook; the cohort's own inbox if left out.")
    ] = None,
    cohort: CohortOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Take what learners handed in: zips, folders and notebooks. The inbox stays as it is; run it as often as you like.

    Example: handson collect ~/Downloads/week-1 --cohort spring
    """
    raise typer.Exit(_from_room("grader.coach.collect", "collect_command")(inbox, cohort, as_json=as_json))


@app.command(rich_help_panel=COACH)
def grade(
    week: Annotated[str, typer.Argument(help="Such as w01, or a classic assignment of the cohort's source/.")],
    cohort: CohortOption = None,
    workers: Annotated[int | None, typer.Option(help="How many run at a time; one per core if left out.")] = None,
    isolation: Annotated[
        str, typer.Option(help="bubblewrap, or none: then strangers' code runs unshut.")
    ] = "bubblewrap",
    regrade: Annotated[
        bool, typer.Option("--regrade", help="All of it again; shows who would change, then asks.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --regrade: write without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Grade what was collected for a week, in the sandbox, into nbgrader's gradebook. Ended early, it goes on.

    Example: handson grade w01 --cohort spring
    """
    run = _from_room("grader.coach.grade_command", "grade_command")
    raise typer.Exit(run(week, cohort, workers=workers, isolation=isolation, regrade=regrade, yes=yes, as_json=as_json))


@app.command(rich_help_panel=COACH)
def review(
    week: Annotated[str, typer.Argument(help="Such as w01.")],
    cohort: CohortOption = None,
    blind: Annotated[bool, typer.Option("--blind", help="Show no names, and the memos in no order of names.")] = False,
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
) -> None:
    """Mark the memos of a week on a page, by keyboard: four criteria each, and your words.

    Example: handson review w01 --cohort spring --blind
    """
    run = _from_room("grader.coach.review_server", "review_command")
    raise typer.Exit(run(week, cohort, blind=blind, port=port, browser=browser))


@app.command(rich_help_panel=COACH)
def feedback(
    week: Annotated[str, typer.Argument(help="Such as w01.")],
    cohort: CohortOption = None,
    learner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Of one learner alone.")] = None,
) -> None:
    """Write each learner's page for a week, and a zip of all of them.

    Example: handson feedback w01 --cohort spring
    """
    raise typer.Exit(_from_room("grader.coach.feedback", "feedback_command")(week, cohort, learner))


@app.command(rich_help_panel=COACH)
def report(
    cohort: CohortOption = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="For the board: nobody can be told from it.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead.")] = None,
) -> None:
    """Write one page on the cohort: who is where, what was hard, what to raise.

    Example: handson report --cohort spring
    """
    raise typer.Exit(_from_room("grader.coach.report", "report_command")(cohort, anonymous=anonymous, out=out))


@app.command(rich_help_panel=COACH)
def export(
    cohort: CohortOption = None,
    form: Annotated[str, typer.Option("--format", help="canvas, moodle or json.")] = "canvas",
    week: Annotated[str | None, typer.Option(help="Such as w01; all weeks if left out, or `all`.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead.")] = None,
    canvas_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A gradebook that Canvas exported, to be filled in.")
    ] = None,
) -> None:
    """Write the marks for Canvas, for Moodle or for a program.

    Example: handson export --format moodle --week w01 --cohort spring
    """
    raise typer.Exit(_from_room("grader.coach.export", "export_command")(cohort, form, week, out, canvas_file))


@app.command(rich_help_panel=COACH)
def forget(
    learner: Annotated[str, typer.Argument(metavar="LEARNER", help="The e-mail, or the full name in quotes.")],
    cohort: CohortOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
) -> None:
    """Take every trace of a learner out of the cohort's files. Says first what goes.

    Example: handson forget ada@example.org --cohort spring
    """
    raise typer.Exit(_from_room("grader.coach.forget", "forget_command")(learner, cohort, yes=yes))


@app.command("week", rich_help_panel=COACH)
def whole_week(
    week: Annotated[str, typer.Argument(help="Such as w01.")],
    cohort: CohortOption = None,
    isolation: Annotated[
        str, typer.Option(help="bubblewrap, or none: then strangers' code runs unshut.")
    ] = "bubblewrap",
    anyway: Annotated[bool, typer.Option("--anyway", help="Feedback although memos wait.")] = False,
) -> None:
    """Collect, grade, feedback and report in a row; stops where memos wait for you. Run it again after the review.

    Example: handson week w01 --cohort spring
    """
    run = _from_room("grader.coach.week_command", "week_command")
    raise typer.Exit(run(week, cohort, isolation=isolation, anyway=anyway))


@app.command(rich_help_panel=COACH)
def demo() -> None:
    """Invent a cohort, grade it, and print what came out."""
    raise typer.Exit(_from_room("grader.coach.demo", "run_demo")() or 0)


if __name__ == "__main__":
    app()
