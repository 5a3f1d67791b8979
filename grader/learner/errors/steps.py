"""Errors around the steps of a query (`WITH name AS (...)`) and around its empty cells."""

import re

from grader.learner.errors.scene import SQL_WORDS, Scene, Words, closest, listed, short
from grader.learner.errors.sql import before_the_stop, unparsed

_SIGNS = ("=", "<>", "!=", "<", ">", "<=", ">=")
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
    if not before or before.count("(") != before.count(")"):
        return None
    upper = [token.upper() for token in before]
    tested = re.match(r"\s*where\s+(\w+)", scene.query[scene.stop :], re.IGNORECASE)
    if {"GROUP", "ORDER"} & set(upper) and tested and not _hands_on(scene, tested.group(1)):
        column = tested.group(1)
        return Words(
            f"`WHERE` comes too late, and outside the step: its brackets do not hand on `{short(column)}`.",
            "Move `WHERE` with its condition up into the step, right before the `)` that closes it.",
            "Outside the step",
        )
    if before[-1] != ")":
        return None
    return Words(
        "The bracket `)` ends the step, and `WHERE` stands behind it, outside.",
        "Move `WHERE` with its condition up, in front of that bracket.",
        "Outside the step",
    )


def _hands_on(scene: Scene, column: str) -> bool:
    """Whether a step of the query names the column behind its own `SELECT`, or the data have no such column."""
    inner = re.findall(r"\bas\s*\(\s*select\b(.*?)\bfrom\b", scene.query, re.IGNORECASE | re.DOTALL)
    named = any(re.search(rf"\b{re.escape(column)}\b|\*", each, re.IGNORECASE) for each in inner)
    return named or not scene.is_column(column)


def sql_group_by_result(scene: Scene) -> Words | None:
    """`count(*) AS leads ... GROUP BY leads`: groups made of their own count."""
    if "GROUP BY clause cannot contain aggregates" not in scene.message:
        return None
    grouped = re.search(r"\bgroup\s+by\s+(\w+(?:\s*,\s*\w+)*)", scene.query, re.IGNORECASE)
    names = re.split(r"\s*,\s*", grouped.group(1)) if grouped else ["it"]
    headings = [each.lower() for each in re.findall(r"\)\s*as\s+(\w+)", scene.query, re.IGNORECASE)]
    name = next((each for each in names if each.lower() in headings), names[0])
    if len(names) > 1:
        return Words(
            f"`GROUP BY` makes the groups, and `{short(name)}` is worked out in them: it is not there yet.",
            f"Take `{short(name)}` and its comma out. If the groups need a second column, put that in its place.",
            "One row, or one per group?",
        )
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


def sql_with(scene: Scene) -> Words | None:
    """`reached AS (SELECT ...) SELECT` without its `WITH`, or `WITH` once more before the second step."""
    if not unparsed(scene):
        return None
    before, _ = before_the_stop(scene)
    first = re.match(r"\s*(\w+)\s+as\s*\(", scene.query, re.IGNORECASE)
    if not before and first and first.group(1) == scene.near:
        return Words(
            f"`{short(scene.near)} AS (` names a step, and the word that opens the steps is missing.",
            f"Write `WITH {short(scene.near)} AS (`.",
            "A step without WITH",
        )
    if scene.near.upper() != "WITH" or before[-1:] not in ([","], [")"]) or not steps(scene.query):
        return None
    comma = "" if before[-1] == "," else " Behind the bracket of the first stands a comma."
    return Words(
        f"`WITH` opens all steps at once: the second one comes without it.{comma}",
        "Take the second `WITH` out.",
        "One WITH too many",
    )


def sql_group_by_step(scene: Scene) -> Words | None:
    """`FROM reached GROUP BY reached`: the step for its column."""
    found = re.search(r'column "(.+?)" must appear in the GROUP BY', scene.message)
    grouped = re.search(r"\bgroup\s+by\s+(\w+)", below_the_steps(scene.query), re.IGNORECASE)
    name = grouped.group(1) if grouped else ""
    if not found or name.lower() not in (each.lower() for each in steps(scene.query)):
        return None
    return Words(
        f"`{short(name)}` is the step, so the whole table; groups are made of one of its columns.",
        f"Behind `GROUP BY`, name the column whose words make the groups, such as `{short(found.group(1))}`.",
        "One row, or one per group?",
    )


def sql_no_such_heading(scene: Scene) -> Words | None:
    """`SELECT stage, count(*) FROM ... ORDER BY leads`: sorted by a heading that nothing has."""
    name = scene.unknown_column
    parts = re.split(r"\border\s+by\b", scene.query, flags=re.IGNORECASE)
    if not name or len(parts) != 2 or not re.search(rf"\b{re.escape(name)}\b", parts[1]):
        return None
    counted = re.search(r"\b\w+\s*\([^()]*\)(?=\s*(?:,|\bfrom\b))", below_select(parts[0]), re.IGNORECASE)
    if not counted or re.search(rf"\b{re.escape(name)}\b", parts[0]) or closest(name, scene.offered, 0.68):
        return None
    return Words(
        f"`ORDER BY {short(name)}` sorts by a heading, and nothing in this query is called `{short(name)}`.",
        f"Name what it should sort by: `{short(counted.group())} AS {short(name)}`.",
        "No such heading",
    )


def below_select(query: str) -> str:
    """What the last `SELECT` outside the steps selects, up to the end."""
    return re.split(r"\bselect\b", query, flags=re.IGNORECASE)[-1]


def sql_value_in_words(scene: Scene) -> Words | None:
    """`>= 3 seconds`, `form_seconds 3`, `form_seconds more than 3` and `IS >= 3` in a condition."""
    before, tokens = before_the_stop(scene) if unparsed(scene) and scene.near else ([], [])
    upper = [token.upper() for token in before]
    if "FROM" not in upper or not {"WHERE", "HAVING", "ON"} & set(upper):
        return None
    near, last = scene.near, before[-1]
    rest = tokens[len(before) + 1 :]
    if near in _SIGNS and upper[-1] == "IS":
        return Words(
            f"`IS` and `{near}` both compare, and one of them is enough.",
            f"Take `IS` out: `{short(before[-2])} {near}`.",
            "Two signs",
        )
    glued = re.fullmatch(r"([\d.]+)([^\W\d]\w*)", last)
    if glued and len(before) > 1 and before[-2] in _SIGNS and glued.group(2).startswith(near):
        return Words(
            f"A number stands alone in SQL, and behind yours hangs `{short(glued.group(2))}`.",
            f"Write `{short(' '.join([*before[-3:-1], glued.group(1)]))}`, without what follows the number.",
            "A number without its unit",
        )
    word = re.fullmatch(r"[^\W\d]\w*", near) is not None and near.upper() not in SQL_WORDS
    number = re.fullmatch(r"[\d.]+", last) is not None
    if word and number and before[-2] in _SIGNS and not scene.is_column(near) and rest[:1] not in [[s] for s in _SIGNS]:
        return Words(
            f"A number stands alone in SQL, and behind yours stands `{short(near)}`.",
            f"Write `{short(' '.join(before[-3:]))}`, without what follows the number.",
            "A number without its unit",
        )
    value = word or re.fullmatch(r"[\d.]+|'[^']*'", near) is not None
    begins = len(upper) > 1 and upper[-2] in ("WHERE", "AND", "OR", "NOT", "(", "HAVING", "ON")
    if not value or not begins or not scene.is_column(last):
        return None
    return Words(
        f"Behind the column `{short(last)}` a sign is wanted, and `{short(near)}` stands there.",
        "Put one between the two: `=`, `<>`, `<`, `>`, `<=` or `>=`. Empty cells are asked for with `IS NULL`.",
        "A sign is missing",
    )
