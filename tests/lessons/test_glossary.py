"""No term of the glossary is used in a week before the one that defines it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest

from grader.authoring.build import lesson_folders

EVERYDAY = {
    "table": "a page has tables",
    "group": "people stand in groups",
    "key": "the file key.json, and the keys of the keyboard",
    "save": "the notebook is saved",
    "recall": "the part of the hour",
    "score": "points and answers are scores",
    "share": "people share things",
    "function": "what something is for",
    "argument": "what people have",
    "mean": "what does it mean?",
    "call": "people call each other",
    "none": "not one",
    "claim": "people claim things",
}
WEEKS = [folder for folder in lesson_folders() if re.match(r"w(?!00)", folder.name)]


def glossary() -> Iterator[tuple[int, str]]:
    for folder in WEEKS:
        plan = tomllib.loads((folder / "lesson.toml").read_text(encoding="utf-8"))
        yield from ((int(folder.name[1:3]), term) for term in plan.get("glossary", {}))


def prose(folder: Path) -> str:
    """What a learner reads on the page, without code, links and the names of files."""
    cells = jupytext.read(folder / "lesson.py", fmt="py:percent").cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`\n]*`|\{\{\w+\}\}", " ", text, flags=re.DOTALL)


def uses(term: str, text: str) -> bool:
    letters = re.escape(term) + r"s?"
    return re.search(rf"\b{letters}\b", text, 0 if term.isupper() else re.IGNORECASE) is not None


@pytest.mark.parametrize(("week", "term"), list(glossary()))
def test_a_term_is_used_in_no_week_before_its_own(week: int, term: str) -> None:
    before = [folder.name for folder in WEEKS if int(folder.name[1:3]) < week and uses(term, prose(folder))]
    assert term.lower() in EVERYDAY or before == []


@pytest.mark.parametrize(("week", "term"), list(glossary()))
def test_a_term_stands_on_the_page_of_its_week(week: int, term: str) -> None:
    (folder,) = [each for each in WEEKS if int(each.name[1:3]) == week]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (folder / "lesson.py", folder / "lesson.toml"))
    assert uses(term, text)


def test_a_term_is_defined_once_and_the_everyday_words_are_terms() -> None:
    terms = [term.lower() for _, term in glossary()]
    assert len(terms) == len(set(terms))
    assert set(EVERYDAY) <= set(terms)
