"""What the report takes from the lessons themselves: titles, votes, and what the coach's page says of a debrief."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import mistune
from nbformat import read as read_notebook

from grader.authoring import build
from grader.authoring.plan import Plan, read_plan
from grader.coach.cohort import Cohort
from grader.coach.releases import kept_releases
from grader.learner.card import plain

_OPTION = re.compile(r"^\s*- \*\*(\w)\*\* (.+)$", re.MULTILINE)
_DEBRIEF = re.compile(r"^(?:##\W*|\*\*)(?:the )?(?:ten-minute )?debrief", re.IGNORECASE)
_QUESTION = re.compile(r"^##\W*one question", re.IGNORECASE)
_MARKDOWN = mistune.create_markdown(escape=True, plugins=["table"])


@dataclass(frozen=True)
class Week:
    """What the report needs of a lesson. `vote` is the exercise that is the vote; `options` are its texts by letter."""

    week: str
    plan: Plan
    slug: str
    vote: str
    options: dict[str, str]

    @property
    def number(self) -> int:
        """Of the 26."""
        return int(self.week[1:])

    @property
    def title(self) -> str:
        """As people read it."""
        return plain(self.plan.title)

    def exercise(self, name: str) -> str:
        """An exercise in words, with its number on the lesson's page."""
        if name == self.vote:
            return "the vote"
        names = [each for each in self.plan.exercise if each != self.vote]
        number = f"{names.index(name) + 1} · " if name in names else ""
        return f"{number}{named(name)}"

    @cached_property
    def _coach_page(self) -> str:
        path = build.SOLUTIONS / self.slug / "coach.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def debrief(self) -> str:
        """The debrief of the coach's page and its question for the team, as HTML; empty where there is no such page."""
        return "".join(
            as_html(re.sub(r"^## ", "### ", part))
            for part in _parts(self._coach_page)
            if _DEBRIEF.match(part) or _QUESTION.match(part)
        )

    def said_of(self, exercise: str) -> list[str]:
        """What the coach's page says of where people get stuck in an exercise, as markdown; it names it by number."""
        names = [each for each in self.plan.exercise if each != self.vote]
        if exercise not in names:
            return []
        word = re.compile(rf"\bexercise {names.index(exercise) + 1}\b", re.IGNORECASE)
        stuck = [part for part in _parts(self._coach_page) if part.lower().startswith("## where people get stuck")]
        found = [said for part in stuck for said in _entries(part) if word.search(said)]
        return [re.sub(rf"^{word.pattern} – ", "", said, flags=re.IGNORECASE) for said in found]


def open_week(cohort: Cohort, week: str) -> Week | None:
    """A week of the course; None for a classic assignment, which has no plan. Raises Problem for a damaged release."""
    releases = kept_releases(cohort, week)
    if not releases:
        return None
    last = releases[-1]
    plan = read_plan(last.source / "lesson.toml")
    vote = ([name for name, each in plan.exercise.items() if each.kind == "choice"] or [""])[-1]
    notebook = read_notebook(last.release / f"{last.slug}.ipynb", as_version=4)
    before = ""
    for cell in notebook.cells:
        if cell.id == vote:
            break
        before = str(cell.source) if cell.cell_type == "markdown" else before
    options = {letter: plain(text) for letter, text in _OPTION.findall(before)}
    return Week(week, plan, last.slug, vote, options)


def named(exercise: str) -> str:
    """The name of an exercise in words."""
    return exercise.replace("-", " ")


def as_html(markdown: str) -> str:
    """Our own markdown as HTML; HTML in it is escaped."""
    return str(_MARKDOWN(markdown))


def _parts(page: str) -> Iterator[str]:
    """The sections of a coach's page; before its first heading, its paragraphs."""
    for section in re.split(r"^(?=## )", page, flags=re.MULTILINE):
        yield from [section] if section.startswith("## ") else section.split("\n\n")


def _entries(section: str) -> Iterator[str]:
    """The rows of a table, cell after cell, and the points of a list."""
    for row in re.findall(r"^\|(.+)\|\s*$", section, re.MULTILINE):
        if not re.fullmatch(r"[\s|:-]+", row):
            yield " – ".join(cell.strip() for cell in row.split("|"))
    for point in re.findall(r"^- (.+(?:\n(?!- |\n|\|).+)*)", section, re.MULTILINE):
        yield " ".join(point.split())
