"""Slips in a PIVOT, whose ON, USING and GROUP BY each want a column or a calculation."""

import re

from grader.learner.errors.scene import Scene, Words, closest, listed, short
from grader.learner.errors.sql import before_the_stop, unparsed

_TITLE = "Around the pivot"
_PIVOT = re.compile(r"^\s*(?:--[^\n]*\n\s*)*pivot\b", re.IGNORECASE)
_WANTS = {
    "ON": "Behind `ON` stands the column whose words become headings.",
    "USING": "Behind `USING` stands what is worked out in each cell, such as `count(*)`.",
    "BY": "Behind `GROUP BY` stands the column that makes the rows.",
}


def sql_pivot_word(scene: Scene) -> Words | None:
    """`ON 'private_vote'`, `ON private_vote 'no'`, `ON yes, no`: a word where the pivot wants a column."""
    if not scene.from_duckdb or not _PIVOT.match(scene.query):
        return None
    quoted = re.search(r"Cannot pivot on constant value \"(?:CAST\()?'([^']*)'", scene.message)
    if quoted:
        word = quoted.group(1)
        beside = re.search(rf"\bON\s+(\w+)\s+'{re.escape(word)}'", scene.query, re.IGNORECASE)
        if beside:
            return Words(
                f"{_WANTS['ON']} It finds all the words by itself, and beside yours stands `'{short(word, 20)}'`.",
                f"Take `'{short(word, 20)}'` out.",
                _TITLE,
            )
        named = scene.is_column(word)
        return Words(
            f"{_WANTS['ON']} In quotes `{short(word, 20)}` is a word and no column.",
            f"Take the quotes away: `ON {word}`." if named else "Write the column there that holds such words.",
            _TITLE,
        )
    name = scene.unknown_column
    clause = re.search(rf"\b(ON|BY)\s+[^\n]*?(?<!\w){re.escape(name)}(?!\w)", scene.query, re.I) if name else None
    if not clause or closest(name, scene.columns, 0.7):
        return None
    return Words(
        f"{_WANTS[clause.group(1).upper()]} No column is called `{short(name)}`.",
        "Compare with the headings of the rows that the page showed first: which of them is it?",
        "No such column",
    )


def sql_pivot_unfinished(scene: Scene) -> Words | None:
    """`ON` or `GROUP BY` with nothing behind it, or `GROUP BY ALL`."""
    if unparsed(scene) and _PIVOT.match(scene.query) and re.search(r"\bgroup\s+by\s+all\b", scene.query, re.I):
        return Words(f"{_WANTS['BY']} A pivot has no `GROUP BY ALL`.", "Write that column in place of `ALL`.", _TITLE)
    if not unparsed(scene) or not _PIVOT.match(scene.query) or scene.near.upper() not in ("USING", "GROUP", "ORDER"):
        return None
    before, _ = before_the_stop(scene)
    wants = _WANTS.get(before[-1].upper()) if before else None
    return Words(f"{wants} Nothing stands there.", "Write it there.", _TITLE) if wants else None


def sql_pivot_shape(scene: Scene) -> Words | None:
    """`PIVTO`, USING behind GROUP BY, `USING count` without its brackets."""
    if not scene.from_duckdb:
        return None
    first = re.match(r"\s*(\w+)", scene.query)
    if first and unparsed(scene) and first.group(1).upper() != "PIVOT" and closest(first.group(1), ["PIVOT"], 0.8):
        return Words(f"I think `{first.group(1)}` is meant to be `PIVOT`.", "Write it so.", "A word of SQL, misspelt")
    typed = scene.query if _PIVOT.match(scene.query) else scene.source
    if not re.search(r"\bpivot\b", typed, re.IGNORECASE):
        return None
    bare = re.search(r"\busing\s+(count|sum|avg|min|max)\b(?!\s*\()", typed, re.IGNORECASE)
    if bare:
        inside = "*" if bare.group(1).lower() == "count" else "____"
        return Words(f"`{bare.group(1)}` wants brackets.", f"Write `{bare.group(1).lower()}({inside})`.", _TITLE)
    before, _ = before_the_stop(scene)
    upper = [token.upper() for token in before]
    if unparsed(scene) and scene.near.upper() in ("ON", "USING") and {"GROUP", "ORDER"} & set(upper):
        return Words(
            f"`{scene.near.upper()}` comes too late. A pivot wants its parts in this order: `PIVOT`, `ON`, `USING`, "
            "`GROUP BY`, `ORDER BY`.",
            f"Move that line up, before `{'GROUP' if 'GROUP' in upper else 'ORDER'} BY`.",
            "The order of the parts",
        )
    return None


def sql_part_of_a_name(scene: Scene) -> Words | None:
    """`vote`, where two columns end so: `public_vote`, `private_vote`."""
    name = scene.unknown_column.lower()
    longer = [column for column in sorted(scene.columns) if name in column.lower().split("_")]
    if not name or len(longer) < 2:
        return None
    return Words(
        f"There is no column called `{short(name)}`. In several names it is a part: {listed(longer)}.",
        "Write the whole name of the one that you mean.",
        "No such column",
    )
