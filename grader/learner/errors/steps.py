"""Errors around the steps of a query (`WITH name AS (...)`) and around its empty cells."""

import re

from grader.learner.errors.scene import SQL_WORDS, Scene, Words, closest, listed, short
from grader.learner.errors.sql import before_the_stop, unparsed

_EMPTY = ("NULL", "EMPTY", "BLANK", "NOTHING", "NONE", "NAN")


def steps(query: str) -> list[str]:
    """The names that `WITH` gives to the steps of a query, in their order."""
    if not re.search(r"^\s*with\b", query, re.IGNORECASE | re.MULTILINE):
        return []
    return re.findall(r"(?:\bwith|,)\s+(\w+)\s+as\s*\(", query, re.IGNORECASE)


def below_the_steps(query: str) -> str:
    """The query without all that stands in its brackets: what is left of the steps are their names."""
    while (less := re.sub(r"\([^()]*\)", " ", query)) != query:
        query = less
    return query


def sql_step_name(scene: Scene) -> Words | None:
    """`FROM leads` below a step that is called reached."""
    found = re.search(r'Table with name "?(.+?)"? does not exist', scene.message)
    made = steps(scene.query) if found else []
    if not found or not made:
        return None
    name = found.group(1).strip("'")
    near = closest(name, made)
    asked = rf"\b(?:from|join)\s+['\"]?{re.escape(name)}\b"
    if not near and not re.search(asked, below_the_steps(scene.query), re.IGNORECASE):
        return None
    called = "step is" if len(made) == 1 else "steps are"
    return Words(
        f"There is no table called `{short(name)}`. This question's {called} called {listed(made)}.",
        f"If you mean a step, ask it by the name that stands before `AS (`: `FROM {near or made[-1]}`.",
        "No such table",
    )


def sql_step_column(scene: Scene) -> Words | None:
    """A column asked for below the brackets of a step that does not hand it on, or past the step."""
    name, made = scene.unknown_column.rpartition(".")[2], steps(scene.query)
    if not name or not made or closest(name, scene.offered, 0.68):
        return None
    below = below_the_steps(scene.query)
    asked = re.findall(r"\b(?:from|join)\s+(\w+)", below, re.IGNORECASE)
    if len(asked) == 1 and not {asked[0].lower()} & {each.lower() for each in made}:
        return Words(
            f"Below the brackets you ask `{short(asked[0])}`, which has no column `{short(name)}`. You made a "
            "step, and nobody asks it.",
            f"Ask the step by its name: `FROM {made[-1]}`.",
            "Past the step",
        )
    step = next((each for each in made if [each.lower()] == [other.lower() for other in asked]), "")
    inside = scene.is_column(name) and not re.search(rf"=\s*{re.escape(name)}\b", below, re.IGNORECASE)
    if not step or not inside:
        return None
    return Words(
        f"The step `{step}` does not hand on `{short(name)}`: below its closing bracket there are only the columns "
        "that its own `SELECT` names.",
        "Inside the brackets it is still there: put its condition in, or name it behind that `SELECT`.",
        "Not handed on",
    )


def sql_step_condition(scene: Scene) -> Words | None:
    """`) WHERE ... SELECT`: the condition of a step, behind the bracket that closes it."""
    if not unparsed(scene) or scene.near.upper() != "WHERE" or not steps(scene.query):
        return None
    before, _ = before_the_stop(scene)
    if not before or before[-1] != ")" or before.count("(") != before.count(")"):
        return None
    return Words(
        "The bracket `)` ends the step, and `WHERE` stands behind it, outside.",
        "Move `WHERE` with its condition up, in front of that bracket.",
        "Outside the step",
    )


def sql_group_by_result(scene: Scene) -> Words | None:
    """`count(*) AS leads ... GROUP BY leads`: groups made of their own count."""
    if "GROUP BY clause cannot contain aggregates" not in scene.message:
        return None
    grouped = re.search(r"\bgroup\s+by\s+(\w+)", scene.query, re.IGNORECASE)
    name = grouped.group(1) if grouped else "it"
    return Words(
        f"`GROUP BY` makes the groups, and `{short(name)}` is worked out in them: it is not there yet.",
        "Behind `GROUP BY`, write the column whose words make the groups.",
        "One row, or one per group?",
    )


def sql_empty_cell(scene: Scene) -> Words | None:
    """`IS EMPTY`, `IS 'NULL'`, `OR IS NULL` and `column NULL`, for `column IS NULL`."""
    if scene.unknown_column.upper() == "NULL":
        return Words(
            "`NULL` is no word in the data and no column: it says that a cell is empty.",
            "Ask for empty cells with `IS NULL` behind the column, without a sign and without quotes.",
            "An empty cell",
        )
    word = scene.near.strip("'\"").upper()
    if not unparsed(scene) or word not in _EMPTY:
        return None
    before, _ = before_the_stop(scene)
    upper = [token.upper() for token in before]
    asks = "IS NOT NULL" if upper[-2:] == ["IS", "NOT"] else "IS NULL"
    column = upper[: -len(asks.split()) + 1] if upper[-1:] in (["IS"], ["NOT"]) else upper
    if not column:
        return None
    if column[-1] in ("AND", "OR", "WHERE", "(") and upper[-1] in ("IS", "NOT"):
        return Words(
            f"Behind `{column[-1]}` a condition begins anew, and `{asks}` has no column before it.",
            f"Write the column once more, in front of `{asks}`.",
            "Which column?",
        )
    if column[-1] in SQL_WORDS or not re.match(r"[\w\"]", column[-1]):
        return None
    name = before[len(column) - 1]
    return Words(
        f"SQL has its own words for an empty cell, `{asks}`, without quotes."
        if upper[-1] in ("IS", "NOT")
        else f"Between `{short(name)}` and `{short(scene.near)}` a word is missing.",
        f"Write `{short(name)} {asks}`.",
        "An empty cell",
    )
