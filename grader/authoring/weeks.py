"""What the build says about the course as a whole: the map of the README, the list of weeks, the way to the next one.

A week is published when its folder in solutions/ holds a lesson. `d04_...` is the desk session after week 4: a page
without exercises, to be worked through beside one's own analyst.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from grader.learner.progress import DESK, LAST_WEEK, SYLLABUS_SCHEMA, weeks_in_words

START_FOLDER = "w00_start_here"
START_NAME = "00_start_here"
WAY_ON = "way-on"
"""The id of the last cell of every lesson."""


def published(solutions: Path) -> dict[int, str]:
    """The folder of each week that is there, by its number."""
    folders = sorted(path.parent.name for path in solutions.glob("w[0-9][0-9]_*/lesson.py"))
    return {int(name[1:3]): name for name in folders if name != START_FOLDER}


def desks(solutions: Path) -> dict[int, str]:
    """The folder of each desk session that is there, by the week after which it stands."""
    return {int(path.parent.name[1:3]): path.parent.name for path in sorted(solutions.glob("d[0-9][0-9]_*/lesson.py"))}


def course_map(solutions: Path) -> str:
    """The 26 weeks as markdown lists: a link to each lesson that exists, one line a module for those to come."""
    there, beside, lines = published(solutions), desks(solutions), []
    for module in _modules(solutions):
        lines += [f"**{module['title']}**", ""]
        later = [week["week"] for week in module["weeks"] if week["week"] not in there]
        for week in module["weeks"]:
            if name := there.get(week["week"]):
                title = f"Week {week['week']} · {week['title']}"
                lines.append(f"- [{title}]({name}/{name}.ipynb): {week['skill']}")
            if desk := beside.get(week["week"]):
                lines.append(f"- [{DESK}]({desk}/{desk}.ipynb): half an hour beside your own analyst, unmarked")
        if later:
            lines.append(f"- {weeks_in_words(later)} *(not published yet)*")
        lines.append("")
    return "\n".join(lines)


def syllabus_json(solutions: Path) -> str:
    """The list of weeks that a learner's map is drawn from: modules, titles, skills."""
    beside = [{"after": after, "folder": folder} for after, folder in desks(solutions).items()]
    content = {"schema": SYLLABUS_SCHEMA, "modules": _modules(solutions), "desks": beside}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def with_way_on(notebook: NotebookNode, week: int, solutions: Path, *, released: bool) -> NotebookNode:
    """The notebook with the way to the next week and to the start page as its last cell, in place of an older one.

    Which weeks are there is no part of a lesson, so no part of its release: the cell is added after that was hashed.
    """
    desk_itself = notebook.metadata["handson"]["lesson"].startswith("d")
    text = _way_on(week, solutions, released=released, desk_itself=desk_itself)
    cell = new_markdown_cell(text, id=WAY_ON, metadata={"handson": {"way_on": True}})
    notebook.cells = [*(each for each in notebook.cells if each.get("id") != WAY_ON), cell]
    return notebook


def _way_on(week: int, solutions: Path, *, released: bool, desk_itself: bool) -> str:
    there = published(solutions)
    following = min((number for number in there if number > week), default=None)
    start = f"../{START_NAME}.ipynb" if released else f"../{START_FOLDER}/{START_NAME}.ipynb"
    back = "" if week == 0 else f" Where you are is on the [start page]({start})."
    if (desk := desks(solutions).get(week)) and not desk_itself:
        back = f" Half an hour with your analyst: the [{DESK.lower()}](../{desk}/{desk}.ipynb).{back}"
    if following is None:
        last = "This was the last week." if week >= LAST_WEEK else "No later week is published yet."
        return f"**The way on.** {last}{back}"
    name = there[following]
    titles = {each["week"]: each for module in _modules(solutions) for each in module["weeks"]}
    about = titles.get(following, {"title": name, "skill": ""})
    up = "" if released and week == 0 else "../"
    link = f"[Week {following} · {about['title']}]({up}{name}/{name}.ipynb)"
    return f"**The way on.** {link}{': ' if about['skill'] else ''}{about['skill']}.{back}"


def _modules(solutions: Path) -> list[dict[str, Any]]:
    modules: list[dict[str, Any]] = tomllib.loads((solutions / "syllabus.toml").read_text(encoding="utf-8"))["module"]
    return modules
