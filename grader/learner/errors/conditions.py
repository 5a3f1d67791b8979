"""Conditions, lists and the order of the parts: what SQL refuses when the words are right and their places are not."""

import re

from grader.learner.errors.scene import (
    DASHES,
    SQL_FUNCTIONS,
    SQL_WORDS,
    Scene,
    Words,
    closest,
    code_only,
    column_kinds,
    outside_quotes,
    short,
    typename,
)
from grader.learner.errors.sql import before_the_stop, column_in_quotes, columns_of, human_type, unparsed

_TITLE = "SQL could not read that"
_PARTS = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT")
_PAIRED = {"GROUP": "GROUP BY", "ORDER": "ORDER BY"}
_COMPARE = ("=", "<", ">", "<=", ">=", "<>", "!=")
_JOINS = ("AND", "OR")
_LITERAL = re.compile(r"'[^']*'|\d\w*")
_ODD_SIGNS = {"×": "*", "÷": "/", "≥": ">=", "≤": "<=", "≠": "<>", "∗": "*", "⋅": "*", "·": "*"}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DIGITS = {word: digit for digit, word in enumerate(_NUMBERS)}
_SHORT_PIECE = 40
_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|median)\s*\(", re.IGNORECASE)
_THREE_PARTS = "A condition has three parts: a column, a sign, and a word in quotes or a number."


def level(before: list[str]) -> tuple[list[str], str]:
    """The tokens in the innermost open bracket (or outside all), in capitals, and the token before that bracket."""
    stack: list[list[str]] = [[]]
    openers = [""]
    for token in before:
        if token == "(":
            openers.append(stack[-1][-1] if stack[-1] else "")
            stack.append([])
        elif token == ")":
            if len(stack) > 1:
                stack.pop()
                openers.pop()
            stack[-1].append("()")
        else:
            stack[-1].append(token.upper())
    return stack[-1], openers[-1]


def _stop(scene: Scene) -> tuple[str, list[str], str, list[str], str] | None:
    """Where the parser stopped: the token, its level, what opened that level, what follows, and the token before."""
    if not unparsed(scene) or not scene.near:
        return None
    before, tokens = before_the_stop(scene)
    if not before:
        return None
    inner, opener = level(before)
    return scene.near, inner, opener.upper(), tokens[len(before) + 1 :], before[-1]


# Names and dates


def sql_missing_f(scene: Scene) -> Words | None:
    """`{monday}` in a text without its f."""
    found = re.search(r"\{\s*([A-Za-z_]\w*)\s*\}", scene.query) if scene.from_duckdb else None
    if not found:
        return None
    quotes = '"""' if '"""' in scene.source or "\n" in scene.query else '"'
    return Words(
        f"`{found.group()}` has reached SQL as it stands. Python fills in braces only in a text with an `f` before "
        "its quotes.",
        f"Put the letter `f` right before the opening quotes of the query: `f{quotes}`.",
        "The f is missing",
    )


def sql_bare_date(scene: Scene) -> Words | None:
    """`= 2026-10-01`, `DATE 2026-10-19`, `DATE {monday}`, on_time(2026-10-19): a subtraction where a date is meant."""
    if not scene.from_duckdb or "unterminated" in scene.message:
        return None
    called = re.search(r"(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?![\w.-])", code_only(scene.source))
    if called:
        return Words(
            f"Without quotes `{called.group()}` is a subtraction to Python, and what comes out is a number.",
            f'Put double quotes round the date: `"{called.group()}"`.',
            "A date without its quotes",
        )
    bare = outside_quotes(scene.query)
    found = re.search(r"(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?![\w.-])", bare)
    double = re.search(r'\bdate\s+"(\d{4}-\d{2}-\d{2})"', scene.query, re.IGNORECASE)
    if double:
        return Words(
            f'`"{double.group(1)}"` wears double quotes. In SQL a date wears single ones.',
            f"Write `DATE '{double.group(1)}'`.",
            "A date without its quotes",
        )
    if not found:
        return None
    braces = re.search(r"(?<!['\w])\{\s*(\w+)\s*\}(?!')", "\n".join([scene.source, *reversed(scene.sources[-30:])]))
    written = f"{{{braces.group(1)}}}" if braces and scene.inside else found.group()
    word = "DATE " if re.search(r"\bdate\s+[\d'{]|\+\s*\d+\s*$", scene.query, re.IGNORECASE | re.MULTILINE) else ""
    return Words(
        f"In the query stands `{found.group()}` without quotes. To SQL that is a subtraction, not a date.",
        f"Put single quotes round it: `{word}'{written}'`.",
        "A date without its quotes",
    )


def sql_text_plus_days(scene: Scene) -> Words | None:
    """`'2026-10-19' + 7`: a text, for all that SQL knows."""
    if not re.search(r'function call "[+-]\(STRING_LITERAL, INTEGER_LITERAL\)', scene.message):
        return None
    return Words(
        "A date in quotes is a text to SQL, and to a text it adds no days.",
        "Put the word `DATE` before the opening quote, everywhere the date stands.",
        "Not a date",
    )


def sql_not_that_date(scene: Scene) -> Words | None:
    """'19 October', '2026-31-10', 'monday'."""
    if not scene.from_duckdb:
        return None
    found = re.search(
        r"""(?:invalid (?:date|timestamp) field format|field value out of range): ["'](.*?)["']""", scene.message
    )
    if not found:
        return None
    text = found.group(1)
    if text in scene.local and scene.local[text] != text:
        return Words(
            f"Between the quotes stands the word `{short(text)}`, not the date that it stands for.",
            f"Put braces round it, inside the quotes: `'{{{text}}}'`.",
            "Not a date",
        )
    if "out of range" in scene.message:
        return Words(
            f"The calendar has no day `{short(text)}`.",
            "Write the year, the month, the day, in that order, and check how many days the month has.",
            "Not a date",
        )
    day_first = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    parts = day_first.groups()[::-1] if day_first else re.split(f"[{DASHES}]", text)
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        return Words(
            f"`{short(text)}` is a date to you. SQL reads dates as year, month, day, with short dashes between them.",
            f"Write `'{parts[0]}-{int(parts[1]):02d}-{int(parts[2]):02d}'`.",
            "Not a date",
        )
    return Words(
        f"SQL had to read `{short(text)}` as a date, and it is not written as one.",
        "Write dates as year, month, day, like `'2025-03-31'`.",
        "Not a date",
    )


def sql_gap_in_a_name(scene: Scene) -> Words | None:
    """`account type`, `saving-eur`: a column written with a space or a hyphen for its low line."""
    if not scene.from_duckdb:
        return None
    bare = outside_quotes(scene.query)
    for column in sorted(scene.columns, key=len, reverse=True):
        parts = [re.escape(part) for part in column.split("_")]
        if len(parts) < 2 or not all(parts):
            continue
        found = re.search(rf"(?<!\w){'[ _-]+'.join(parts)}(?!\w)", bare, re.IGNORECASE)
        if found and found.group().lower() != column.lower():
            return Words(
                f"The name of a column is one piece. `{short(found.group())}` is several to SQL.",
                f"Write it with the low line: `{column}`.",
                "One name, one piece",
            )
    stop = _stop(scene)
    if stop and stop[1][-2:-1] == ["AS"] and stop[3][:1] == ["("] and stop[0].lower() in SQL_FUNCTIONS:
        return Words(
            f"`{short(stop[4])}` names one column, and with `{stop[0]}` the next begins. A comma stands between them.",
            f"Put a comma behind `{short(stop[4])}`.",
            "A comma is missing",
        )
    if stop and stop[1][-2:-1] == ["AS"] and re.fullmatch(r"[A-Za-z]\w*", stop[0]) and stop[0].upper() not in SQL_WORDS:
        return Words(
            f"A name is one piece. `{short(f'{stop[4]} {stop[0]}')}` is two.",
            f"Join it with a low line: `{stop[4]}_{stop[0]}`.",
            "One name, one piece",
        )
    return None


def sql_name_of_another_query(scene: Scene) -> Words | None:
    """kept_eur: a name that another query gave with AS, and no column of this table."""
    found = re.search(r'[Cc]olumn "(.+?)" (?:not found|referenced that exists)', scene.message)
    name = found.group(1) if found and scene.from_duckdb else ""
    if not name or scene.is_column(name):
        return None
    holder = next((result for result in scene.names() if name in columns_of(scene.namespace[result])), "")
    elsewhere = bool(holder) and not re.search(rf"\b{re.escape(holder)}\b", scene.query)
    if "referenced that exists" in scene.message and not elsewhere:
        return Words(
            f"`{short(name)}` is the heading that this query gives to its own result, and no column of the table.",
            f"Write out, in its place, what it stands for: what stands before `AS {name}` in an earlier query.",
            "No such column",
        )
    unnamed = re.search(r"\brange\s*\([^()]*\)(?!\s*(?:as\s+)?\w+\s*\()", scene.query, re.IGNORECASE)
    if unnamed and any(re.search(rf"\w+\({re.escape(name)}\)", source) for source in scene.sources):
        return Words(
            f"The numbers of `range` have no name in this query, so SQL finds no `{short(name)}`.",
            f"Write the name behind the bracket of `range`: `AS guess({name})`.",
            "No such column",
        )
    given = re.compile(rf"\bAS\s+{re.escape(name)}\b", re.IGNORECASE)
    heading = "referenced that exists" in scene.message
    if (given.search(scene.query) and not heading) or not any(given.search(source) for source in scene.sources):
        return None
    number = next((each for each in scene.columns if each.lower() == f"{name.lower().removesuffix('s')}_id"), "")
    if elsewhere and number:
        return Words(
            f"`{short(name)}` is a heading in your result `{holder}`. In the tables that you ask here, a column is "
            f"called `{number}`.",
            f"If you mean that one, write `{number}`.",
            "No such column",
        )
    if elsewhere:
        return Words(
            f"`{short(name)}` is a column of your result `{holder}`, and this query asks other tables.",
            f"If you mean that one, name `{holder}` behind `FROM` or `JOIN`, in place of the table that stands there.",
            "A column of another table",
        )
    meant = scene.stands_for(name)
    columns = column_kinds(scene.source, scene.namespace, scene.folder)
    if re.match(r"count\s*\(\s*\*", meant, re.IGNORECASE) and not closest(name, columns, 0.9):
        return Words(
            f"`{short(name)}` is a heading that an earlier query gave to what it had worked out, `{short(meant)}`. The "
            "table that you ask here has no such column.",
            "Which column of the table does the task speak of? Write that one.",
            "No such column",
        )
    near = closest(name, columns, 0.7)
    if near:
        return Words(
            f"`{short(name)}` is a heading that an earlier query gave. The column of the table that you ask here is "
            f"called `{near}`.",
            f"If you mean that one, write `{near}`.",
            "No such column",
        )
    if len(meant) <= _SHORT_PIECE and not _AGGREGATE.search(meant) and "(" in meant:
        return Words(
            f"`{short(name)}` is a heading that an earlier query gave to `{meant}`. The table that you ask here has "
            "no such column.",
            f"Write out what it stands for: `{meant}`.",
            "No such column",
        )
    if any(re.search(rf"\)\s*\)?\s*AS\s+{re.escape(name)}\b", each, re.IGNORECASE) for each in scene.sources):
        return Words(
            f"`{short(name)}` is a heading that an earlier query gave to what it had worked out. The table that you "
            "ask here has no such column.",
            "Which of its columns is it about? `SELECT * ... LIMIT 3` shows their names.",
            "No such column",
        )
    return Words(
        f"`{short(name)}` is a name that an earlier query gave to one of its columns. The table that you ask here "
        "does not know it.",
        f"Write out what stands before `AS {name}` in that query.",
        "No such column",
    )


# Conditions


def sql_swapped(scene: Scene) -> Words | None:
    """`WHERE active = 'status'`."""
    name = scene.unknown_column
    if not name:
        return None
    dressed = re.search(rf"'(\w+)'\s*(=|<>|!=)\s*[\"]?{re.escape(name)}(?!\w)", scene.query)
    if dressed and scene.is_column(dressed.group(1)):
        return Words(
            f"The quotes sit on the column, and the word has none. `{dressed.group(1)}` is the column here.",
            f"Give them to the word: `{dressed.group(1)} {dressed.group(2)} '{name}'`.",
            "The wrong way round",
        )
    turned = re.search(rf"(?<![\w.'\"]){re.escape(name)}\s*(=|<>|!=)\s*(['\"]?)(\w+)\2", scene.query)
    if not turned or not scene.is_column(turned.group(3)):
        return None
    column, sign = turned.group(3), turned.group(1)
    return Words(
        f"`{column}` is the column here, and `{short(name)}` looks like a word that it holds. The column stands to the "
        "left of the sign; the word stands to the right, in single quotes.",
        f"Turn them round: `{column} {sign} '{name}'`.",
        "The wrong way round",
    )


_OR_MORE = ("more", "above", "over", "greater", "higher", "longer", "later", "mehr")
_OR_LESS = ("less", "below", "under", "fewer", "lower", "shorter", "earlier")


def sql_lone_word(scene: Scene) -> Words | None:
    """`WHERE region`, `WHERE 'active' AND 'test'`, `FILTER (saved)`: a word where a condition belongs."""
    if not scene.from_duckdb:
        return None
    title = "Half a condition"
    converted = re.search(r"[Cc]ould not convert string ['\"](.*?)['\"] to BOOL", scene.message)
    if converted:
        word = converted.group(1)
        sign = re.search(rf"(\w+)\s*(?:=|<>|!=)\s*'{re.escape(word)}'", scene.query)
        if sign and human_type(scene.kind_of_column(sign.group(1))) == "yes or no":
            return Words(
                f"`{sign.group(1)}` holds true or false, and `'{short(word, 20)}'` is a word.",
                "Compare the word with the column that holds such words.",
                "Which column?",
            )
        if scene.is_column(word):
            return column_in_quotes(word)
        column = re.search(r"casting from source column \"?(\w+)", scene.message)
        if column:
            return Words(
                f"`{column.group(1)}` stands alone where a condition belongs. {_THREE_PARTS}",
                f"Write all three, such as `{column.group(1)} = '{short(word, 20)}'`.",
                title,
            )
        either = re.search(rf"(\w+)\s*=\s*'[^']*'\s+OR\s+'{re.escape(word)}'", scene.query, re.IGNORECASE)
        whole = f"{either.group(1) if either else '____'} = '{short(word, 20)}'"
        where = "again: " if either else ": "
        return Words(
            f"`'{short(word, 20)}'` stands alone where a condition belongs. {_THREE_PARTS}",
            f"Put the column and the sign in front of it{' ' if either else ''}{where}`{whole}`.",
            title,
        )
    name = scene.unknown_column
    if not name or closest(name, scene.columns, 0.68):
        return None
    alone = rf"(?:\bwhere|\band|\bor|\bfilter\s*\()\s*{re.escape(name)}\s*(?:$|\)|\band\b|\bor\b|\bgroup\b|\border\b)"
    if not re.search(alone, scene.query, re.IGNORECASE):
        return None
    if typename(scene.namespace.get(name)) == "DuckDBPyRelation":
        return Words(
            f"`{short(name)}` is a result that you have made, and no column. A result cannot be a condition.",
            f"Write its condition out again: what stands behind `WHERE` in the query that made `{short(name)}`.",
            title,
        )
    english = re.search(
        rf"(\w+)\s*[<>=]+\s*([\d.]+)\s+or\s+{re.escape(name)}\b", outside_quotes(scene.query), re.IGNORECASE
    )
    if english and name.lower() in (*_OR_MORE, *_OR_LESS):
        whole = f"{english.group(1)} {'>=' if name.lower() in _OR_MORE else '<='} {english.group(2)}"
        return Words(
            f"`or {name}` is English. In SQL the sign says it: `{whole}`.",
            f"Take `or {name}` out, and keep `{whole}`.",
            "A sign, not a word",
        )
    return Words(
        f"`{short(name)}` stands alone where a condition belongs, and no column is called that. {_THREE_PARTS}",
        f"Write all three. If it is a word in the data: `____ = '{name}'`.",
        title,
    )


def sql_semicolon_inside(scene: Scene) -> Words | None:
    """`FROM 'jobs.parquet'; GROUP BY region`: the question ends before its last parts."""
    if not scene.from_duckdb:
        return None
    behind = re.search(
        r";\s*(from|where|and|or|group|having|order|limit|left|join)\b", outside_quotes(scene.query), re.IGNORECASE
    )
    if not behind:
        return None
    word = behind.group(1).upper()
    part = {"GROUP": "GROUP BY", "ORDER": "ORDER BY"}.get(word, word)
    return Words(
        f"A semicolon ends the question, and a part of it stands behind: `{part}`.",
        f"Take the `;` before `{part}` out.",
        "A question ends once",
    )


def sql_ampersand(scene: Scene) -> Words | None:
    """`&`, `&&`, `+` for AND; `|` for OR; 0.7 <= score <= 0.9."""
    if not scene.from_duckdb:
        return None
    bare = outside_quotes(scene.query)
    chained = "Chained comparisons" in scene.message
    found = re.search(r"&+|\|+", bare)
    if not found and chained:
        found = re.search(r"\+", bare)
    if found and (chained or unparsed(scene) or "No function matches" in scene.message):
        word = "OR" if found.group().startswith("|") else "AND"
        return Words(
            f"Two conditions are joined by a word in SQL, not by `{found.group()}`.",
            f"Write `{word}` in place of `{found.group()}`.",
            "A word, not a sign",
        )
    if chained:
        return Words(
            "Two signs compare three things here, and SQL compares two at a time.",
            "Make two conditions of it, with `AND` between them.",
            "Two conditions",
        )
    return None


def sql_odd_sign(scene: Scene) -> Words | None:
    """× ÷ ≥ ≤ ≠, `> =`, 60%: signs of paper, not of the keyboard."""
    if not unparsed(scene):
        return None
    bare = outside_quotes(scene.query)
    if scene.near == ".":
        return Words("A question in SQL ends without a full stop.", "Take the `.` out.", "A point too many")
    if scene.query[: scene.stop].rstrip().endswith(";"):
        return Words(
            f"A semicolon ends the question, and yours goes on behind it, with `{short(scene.near)}`.",
            "Take the `;` out.",
            "A semicolon too many",
        )
    odd = next((sign for sign in bare if sign in _ODD_SIGNS), "")
    if odd:
        return Words(
            f"SQL does not know the sign `{odd}`. It spells it with signs from the keyboard.",
            f"Write `{_ODD_SIGNS[odd]}` in place of `{odd}`.",
            "An odd sign",
        )
    parted = re.search(r"([<>!])\s+=|<\s+>", bare)
    if parted:
        whole = re.sub(r"\s", "", parted.group())
        return Words(
            f"The two halves of `{whole}` stand apart, and SQL reads two signs.",
            f"Take the space out: `{whole}`.",
            "One sign, one piece",
        )
    near = scene.near.lower().split()[:1]
    comparing = re.finditer(r"(\w+)\s*(\bequals?(?:\s+to)?|\b[a-z]+|:)\s*('[^']*')", scene.query, re.IGNORECASE)
    spelt = next(
        (each for each in comparing if near and near[0] in (each[2].lower().split()[0], each[3].lower())), None
    )
    if spelt:
        sign = "<>" if spelt.group(2).lower() == "not" else "="
        mended = f"{spelt.group(1)} {sign} {spelt.group(3)}"
        known = spelt.group(2).upper() in SQL_WORDS and sign == "="
        if not known and scene.mends(scene.query.replace(spelt.group(), mended, 1)):
            return Words(
                f"`{spelt.group(2)}` is not how SQL compares: it uses a sign.",
                f"Write `{short(mended)}`.",
                "A sign, not a word",
            )
    percent = re.search(r"(\w+)\s*%(?=\s*(?:[-/*+)<>=,]|$|[A-Z]{3}))", bare)
    if percent:
        return Words(
            f"SQL does not read `%` as per cent: behind `{percent.group(1)}` it waits for a further number.",
            "Take the `%` out.",
            "An odd sign",
        )
    times = re.search(r"\d\s+x\s+[\w(]", bare)
    if times:
        return Words("For SQL `x` is a letter, not a sign.", "To multiply, write `*` in its place.", "An odd sign")
    return None


def sql_commas_in_a_condition(scene: Scene) -> Words | None:
    """`FILTER (call_outcome, =, 'saved')`, `WHERE region, 'Coast'`."""
    if not unparsed(scene) or scene.near not in (",", *_COMPARE):
        return None
    conditions = re.finditer(
        r"(?:\bfilter\s*\(|\b(?:where|and|or|having|when))\s*(\w+)\s*(,?)\s*(<>|!=|<=|>=|=|<|>|\blike\b|)\s*(,?)\s*"
        r"('[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?|[A-Za-z_]\w*)",
        scene.query,
        re.IGNORECASE,
    )
    found = next((each for each in conditions if each.group(2) or each.group(4)), None)
    if not found:
        return None
    column, _, sign, _, value = found.groups()
    columns = [each.lower() for each in scene.columns]
    if not sign and (value[0] not in "'\"" or (columns and column.lower() not in columns)):
        return None
    if value[0] == '"' or (value[0].isalpha() and value.lower() not in columns):
        value = "'{}'".format(value.strip('"'))
    return Words(
        "Inside a condition no commas stand: a column, a sign and a word or number follow each other with spaces "
        "between them.",
        f"Write `{column} {sign or '='} {short(value)}`.",
        "No commas in a condition",
    )


def sql_half_condition(scene: Scene) -> Words | None:
    """`WHERE region =` at the end, or with GROUP BY or a bracket behind the sign; `WHERE <> 'x'`; `AND GROUP BY`."""
    bare = outside_quotes(scene.query)
    if not unparsed(scene) or bare.count("(") != bare.count(")"):
        return None
    before, tokens = before_the_stop(scene)
    if "end of input" in scene.message:
        before, sign, rest = tokens[:-1], tokens[-1] if tokens else "", []
    else:
        sign, rest = scene.near, tokens[len(before) + 1 :]
    inner, opener = level(before)
    last = before[-1] if before else ""
    conditioned = {"WHERE", "HAVING", "ON"} & set(inner)
    if sign in _COMPARE and rest in ([], [";"]) and conditioned:
        opened = next(word for word in reversed(inner) if word in ("WHERE", "HAVING", "ON", *_JOINS))
        cut = "" if opened == "ON" else f", or cut it, from `{opened}` on"
        return Words(
            f"The condition stops after `{sign}`: what to compare with is missing.",
            f"Finish it with a word in single quotes or a number{cut}.",
            "Half a condition",
        )
    if last in _COMPARE and (conditioned or opener.upper() == "FILTER") and sign.upper() in (*_PARTS[1:], ")", ";"):
        return Words(
            f"The condition stops after `{last}`: what to compare with is missing.",
            f"Put the word, in single quotes, or the number behind `{last}`.",
            "Half a condition",
        )
    if last.upper() in ("WHERE", "AND", "OR") and conditioned and sign in _COMPARE:
        return Words(
            f"The condition begins with its sign. {_THREE_PARTS}",
            f"Put the column between `{last.upper()}` and `{sign}`.",
            "Half a condition",
        )
    if last.upper() in ("AND", "OR") and conditioned and sign.upper() in _PARTS[1:]:
        return Words(
            f"`{last.upper()}` announces one more condition, and none follows.",
            f"Write the condition behind `{last.upper()}`, or take `{last.upper()}` out.",
            "Half a condition",
        )
    return None


def sql_joining(scene: Scene) -> Words | None:
    """A second WHERE, an AND before any WHERE, a comma for AND."""
    stop = _stop(scene)
    if not stop:
        return None
    near, inner, opener, rest, last = stop
    word, title = near.upper(), "How conditions are joined"
    conditioned = {"WHERE", "HAVING", "ON"} & set(inner) or opener == "FILTER"
    if word in ("WITH", "ALSO", "PLUS", "UND", "OU", "ET", "ODER") and "WHERE" in inner and rest:
        return Words(
            f"`{near}` does not join conditions in SQL.",
            f"Write `{'OR' if word in ('OU', 'ODER') else 'AND'}` in place of `{near}`.",
            title,
        )
    if last.upper() == "IF" and not conditioned:
        return Words(
            "SQL asks for its conditions with `WHERE`, behind `FROM` and the file.",
            f"Write `WHERE` in place of `{last}`, and let it stand behind the file.",
            title,
        )
    if word == "FROM" and last.upper() == "JOIN" and rest:
        return Words(
            "Behind `JOIN` stands the second table itself, without a `FROM` of its own.",
            f"Write `JOIN {short(rest[0])}`.",
            title,
        )
    if word == "FROM" and "FROM" in inner and last.upper() != "FROM":
        return Words(
            "A query has one `FROM`, and this is its second.", "Take the second one out, with its table.", title
        )
    if near in _COMPARE and "FROM" not in inner and not opener and scene.is_column(last):
        return Words(
            "A condition stands among the things that you select.",
            f"Move it behind `FROM` and the file, and open it with `WHERE`: `WHERE {last} {near}` and so on.",
            title,
        )
    behind_file = inner[-2:-1] == ["FROM"] and last[:1] == "'"
    if behind_file and (near in _COMPARE or near[:1] == "'"):
        piece = short(" ".join([near, *rest]))
        return Words(
            f"Behind the file stands `{piece}`, which is only a part of a condition. {_THREE_PARTS}",
            f"If you want all rows, cut `{piece}`. If not, write the whole condition there, with `WHERE` in front.",
            "Half a condition",
        )
    mended = f"{scene.query[: scene.stop].rstrip()[: -len(last)]}WHERE {last} {scene.query[scene.stop :]}"
    if near in _COMPARE and "FROM" in inner and not conditioned and scene.mends(mended):
        return Words(
            f"A condition begins at `{short(last)}`, and nothing says that it is one.",
            f"If you want it, write `WHERE` in front of `{short(last)}`. If you want all rows, cut it, from "
            f"`{short(last)}` on.",
            title,
        )
    if word == "WHERE" and "WHERE" in inner and not {"GROUP", "ORDER", "HAVING"} & set(inner):
        return Words(
            "A query has one `WHERE`, and this is its second. A further condition is joined to the first.",
            "Write `AND` in place of the second `WHERE`.",
            title,
        )
    if word in _JOINS and last.upper() in (*_JOINS, "WHERE", "(") and last.upper() != word:
        if last.upper() in _JOINS:
            return Words(
                f"Between `{last.upper()}` and `{word}` no condition stands.",
                "Keep one of the two: `AND` where both conditions must hold, `OR` where one is enough.",
                title,
            )
        return Words(f"Between `{last.upper()}` and `{word}` no condition stands.", f"Take `{word}` out there.", title)
    if word in _JOINS and last in _COMPARE:
        return Words(
            f"Nothing stands between `{last}` and `{word}`.",
            f"Put the word, in single quotes, or the number behind `{last}`.",
            "Not finished",
        )
    if word in _JOINS and "FROM" in inner and not conditioned:
        if {"GROUP", "ORDER", "LIMIT"} & set(inner):
            return Words(
                f"`{word}` joins conditions, and conditions stand before the grouping and the sorting.",
                "Move this condition up, behind `FROM` and its file, and open it with `WHERE`.",
                "The order of the parts",
            )
        return Words(
            f"`{word}` joins a further condition to a first one, and there is no first one yet. The first opens "
            "with `WHERE`.",
            f"Write `WHERE` in place of this `{word}`.",
            title,
        )
    if near == "," and conditioned and rest and rest[0].upper() in _JOINS:
        return Words(
            f"`{rest[0].upper()}` alone joins two conditions; the comma in front of it is one sign too many.",
            "Take that comma out.",
            title,
        )
    listed_words = rest and _LITERAL.fullmatch(rest[0]) and rest[1:2] in ([")"], [","])
    if near == "," and opener == "FILTER" and not listed_words:
        return Words(
            "A comma parts the two conditions in the brackets of `FILTER`.", "Write `AND` in place of the comma.", title
        )
    return None


# The order of the parts, and lists


def sql_order_of_parts(scene: Scene) -> Words | None:
    """WHERE after GROUP BY, ORDER BY after LIMIT."""
    stop = _stop(scene)
    if not stop or stop[0].upper() not in _PARTS[2:]:
        return None
    near, inner = stop[0].upper(), stop[1]
    later = next((part for part in inner if part in _PARTS and _PARTS.index(part) > _PARTS.index(near)), "")
    if not later:
        return None
    one, other = _PAIRED.get(near, near), _PAIRED.get(later, later)
    return Words(
        f"`{one}` comes too late: in SQL it stands in front of `{other}`.",
        f"Move `{one}` and all that belongs to it up, right before `{other}`.",
        "The order of the parts",
    )


def sql_list(scene: Scene) -> Words | None:
    """0,7 for 0.7; BETWEEN 1, 3; = 1, 2, 3; IN (1 2 3); GROUP BY at the end."""
    stop = _stop(scene)
    if not stop:
        return None
    near, inner, opener, rest, last = stop
    if near.upper() == "BY" and not rest:
        pair = f"{inner[-1]} BY" if inner else "BY"
        return Words(
            f"The query stops right after `{pair}`, and does not say by what.",
            "Add the column there.",
            "Not finished",
        )
    if near == "," and inner[-2:-1] == ["BETWEEN"]:
        return Words(
            "`BETWEEN` wants the word `AND` between its two ends.",
            f"Write `BETWEEN {short(last)} AND {short(rest[0]) if rest else '____'}`.",
            "A word is missing",
        )
    decimal = re.search(r"[<>=]\s*(\d+),(\d+)(?!\s*[,\d])", outside_quotes(scene.query))
    if near == "," and decimal and last == decimal.group(1):
        return Words(
            f"`{decimal.group(1)},{decimal.group(2)}` is two numbers to SQL: a comma parts things. Decimals wear a "
            "point.",
            f"Write `{decimal.group(1)}.{decimal.group(2)}`.",
            "A point, not a comma",
        )
    conditioned = "WHERE" in inner or opener == "FILTER"
    listed_after = [last, *_literals(rest)] if near == "," and _LITERAL.fullmatch(last) else []
    if conditioned and inner[-2:-1] != ["IN"] and len(listed_after) > 1:
        return Words(
            "One column is compared with a list here, and a sign such as `=` compares with one thing only.",
            f"Write `IN` and brackets: `IN ({short(', '.join(listed_after))})`.",
            "A list",
        )
    if re.search(r"'\s+range\s*\(", scene.query, re.IGNORECASE):
        return Words(
            "Between the file and `range` something is missing.",
            "Put a comma in front of `range`, as in the example above.",
            "A comma is missing",
        )
    listing = opener == "IN" or opener.lower() in ("range", "round", "values", *SQL_FUNCTIONS)
    if listing and len(inner) and _LITERAL.fullmatch(last) and _LITERAL.fullmatch(near):
        return Words(
            f"In the brackets after `{opener if opener == 'IN' else opener.lower()}` two things stand side by side.",
            f"Put a comma between `{short(last)}` and `{short(near)}`.",
            "A comma is missing",
        )
    return None


def _literals(tokens: list[str]) -> list[str]:
    """The words in quotes and the numbers at the beginning, with commas between them."""
    found: list[str] = []
    for place, token in enumerate(tokens):
        if token != "," and (not _LITERAL.fullmatch(token) or (place and tokens[place - 1] != ",")):
            break
        if token != ",":
            found.append(token)
    return found


def sql_doubled_quotes(scene: Scene) -> Words | None:
    """`= ''active''`: two single quotes on a side are an empty text."""
    found = re.search(r"''([\w.-]+)'{1,2}", scene.query) if unparsed(scene) else None
    if not found:
        return None
    double = found.group().endswith("''")
    whose = "Two single quotes stand on each side of" if double else "Two single quotes stand in front of"
    inside = re.search(r"''(\{\w+\})'{1,2}", scene.source)
    word = inside.group(1) if inside else found.group(1)
    return Words(
        f"{whose} `{short(word)}`, and to SQL two are an empty text.",
        f"Keep one on each side: `'{short(word)}'`.",
        "Quotes doubled",
    )


def sql_filter_in_select(scene: Scene) -> Words | None:
    """`SELECT count(*) WHERE (called) / count(*) FROM ...`: a WHERE among the things that are selected."""
    stop = _stop(scene)
    if not stop or "WHERE" not in stop[1] or "FROM" in stop[1] or "FROM" not in map(str.upper, stop[3]):
        return None
    if not scene.mends(re.sub(r"\bwhere\b", "FILTER", scene.query, count=1, flags=re.IGNORECASE)):
        return None
    return Words(
        "A `WHERE` stands among the things that you select. There, a condition for one count stands behind `FILTER`.",
        "Write `FILTER` in place of the first `WHERE`, with its condition in brackets.",
        "Around FILTER",
    )


def swapped_word(scene: Scene, word: str) -> str:
    """The query with `word` for the one at which SQL stopped."""
    return scene.query[: scene.stop] + word + scene.query[scene.stop + len(scene.near) :]


def sql_case(scene: Scene) -> Words | None:
    """CASE WHEN ... THEN ... ELSE ... END with a part left out."""
    stop = _stop(scene)
    if not stop:
        return None
    near, inner, _, rest, _ = stop
    open_case = inner.count("CASE") > inner.count("END")
    shape, title = "`CASE WHEN ... THEN ... ELSE ... END`", "A word is missing"
    if near.upper() == "WHEN" and not open_case and scene.mends(swapped_word(scene, "WHERE")):
        return Words(
            "`WHEN` belongs to a `CASE`. Which rows are kept, `WHERE` says.", "Write `WHERE` for `WHEN`.", title
        )
    if near.upper() == "WHEN" and not open_case:
        return Words(f"`WHEN` belongs to a `CASE`: {shape}.", "Write `CASE` in front of this `WHEN`.", title)
    if not open_case:
        return None
    since = inner[len(inner) - inner[::-1].index("CASE") :]
    if "WHEN" in since and "THEN" not in since:
        return Words(
            f"After `WHEN` and its condition comes `THEN`: {shape}.", f"Write `THEN` before `{short(near)}`.", title
        )
    if near == "," and rest and rest[0].upper() in ("WHEN", "THEN", "ELSE", "END"):
        return Words(
            f"Inside a `CASE` no commas stand: {shape}.", f"Take the comma before `{rest[0]}` out.", "A comma too many"
        )
    if near in (")", ",") or near.upper() in ("FROM", "AS"):
        return Words(
            f"A `CASE` is opened and never closed: {shape}.", f"Write `END` in front of this `{short(near)}`.", title
        )
    return None


def sql_count(scene: Scene) -> Words | None:
    """`count *`, `count*)`, `count(all)`, `count FILTER`."""
    if not unparsed(scene):
        return None
    bare = outside_quotes(scene.query)
    title = "The brackets of count"
    if re.search(r"\bcount\s*\*\s*\)", bare, re.IGNORECASE):
        return Words("The opening bracket after `count` is missing.", "Write `count(*)`, with both brackets.", title)
    if re.search(r"\bcount\s*\*", bare, re.IGNORECASE):
        return Words("`count` wants brackets round its star.", "Write `count(*)`.", title)
    if "ALL requires at least one argument" in scene.message:
        return Words(
            "`all` is a word of SQL and cannot stand in those brackets. To count all rows, `count` takes a star.",
            "Write `count(*)`.",
            title,
        )
    stop = _stop(scene)
    if stop and stop[0].upper() == "FILTER" and stop[4].lower() in SQL_FUNCTIONS:
        tool = stop[4].lower()
        inside = "*" if tool == "count" else "____"
        return Words(
            f"Before `FILTER` stands `{tool}` without its brackets.",
            f"Write `{tool}({inside}) FILTER (...)`, with your condition for the dots.",
            title,
        )
    return None


def sql_filter(scene: Scene) -> Words | None:
    """FILTER with nothing to filter, with half its brackets, or brackets without FILTER."""
    if not scene.from_duckdb:
        return None
    bare = outside_quotes(scene.query)
    title = "Around FILTER"
    if "argument types 'filter(" in scene.message.lower():
        return Words(
            "`FILTER` says which rows are counted, and nothing before it counts.",
            "Write `count(*)` in front of `FILTER`.",
            title,
        )
    if not unparsed(scene):
        return None
    half = re.search(r"\bfilter\s+(?=[\w'\"])", bare, re.IGNORECASE)
    if half and bare.count(")") > bare.count("("):
        return Words(
            "The condition after `FILTER` ends with a bracket, and the opening one is missing.",
            "Write `(` right behind `FILTER`.",
            title,
        )
    stop = _stop(scene)
    nested = re.search(r"\b(lower|upper|trim)\s*\(\s*(lower|upper|trim)\s*\)\s*\(\s*(\w+)\s*\)", bare, re.IGNORECASE)
    if nested:
        one, other, column = nested.groups()
        return Words(
            f"`{one}` and `{other}` both work on a column, one inside the other.",
            f"Write `{one}({other}({short(column)}))`.",
            "Brackets in the wrong place",
        )
    if stop and stop[0] == "(" and stop[4] == ")" and "FROM" not in stop[1]:
        return Words(
            "Two pairs of brackets follow each other, with nothing between them.",
            "If the second pair holds a condition, write `FILTER` before it; otherwise a sign, such as `*`.",
            title,
        )
    return None


def sql_subquery(scene: Scene) -> Words | None:
    """A query inside a query without brackets, or one of two columns."""
    columns = re.search(r"Subquery returns (\d+) columns", scene.message)
    if columns and scene.from_duckdb:
        return Words(
            f"The query in brackets stands for one value, and it brings {columns.group(1)} columns.",
            "Keep one column behind its `SELECT`.",
            "A query inside a query",
        )
    stop = _stop(scene)
    if (
        not stop
        or stop[0].upper() != "SELECT"
        or stop[4].upper() not in ("=", "<", ">", "<=", ">=", "<>", "IN", "/", "*")
    ):
        return None
    return Words(
        "A query inside another one stands in brackets, so that SQL sees where it ends.",
        "Put `(` before this `SELECT`, and `)` behind its last word.",
        "A query inside a query",
    )


def sql_number_in_words(scene: Scene) -> Words | None:
    """`month <= three`."""
    name = scene.unknown_column.lower()
    if name not in _DIGITS:
        return None
    return Words(
        f"SQL took `{name}` for the name of a column. It knows numbers in digits only.",
        f"Write `{_DIGITS[name]}`.",
        "Digits",
    )


def sql_heading_as_tool(scene: Scene) -> Words | None:
    """`normalised(email)`: a heading of an earlier query that is used like a tool."""
    found = re.search(r"Function with name \"?(.+?)\"? does not exist", scene.message)
    meant = scene.stands_for(found.group(1)) if found else ""
    if not found or not meant or len(meant) > _SHORT_PIECE:
        return None
    return Words(
        f"`{short(found.group(1))}` is no tool: it is the heading that an earlier query gave to `{meant}`.",
        f"Write that out instead, brackets and all: `{meant}`.",
        "No such tool",
    )


def sql_words_in_brackets(scene: Scene) -> Words | None:
    """`count(no satisfaction)`, `count(DISTINCT normalised email)`: two words where one column belongs."""
    if not unparsed(scene):
        return None
    before, _ = before_the_stop(scene)
    near, last = scene.near, before[-1] if before else ""
    plain = r"[A-Za-z]\w*"
    if not re.fullmatch(plain, last) or not re.fullmatch(plain, near) or near.upper() in SQL_WORDS:
        return None
    distinct = "DISTINCT " if before[-2:-1] and before[-2].upper() == "DISTINCT" else ""
    opened = before[-3:-1] if not distinct else before[-4:-2]
    if last.lower() in SQL_FUNCTIONS or len(opened) != 2 or opened[1] != "(" or opened[0].lower() not in SQL_FUNCTIONS:
        return None
    tool = opened[0].lower()
    meant = scene.stands_for(last)
    inside = meant if meant and len(meant) <= _SHORT_PIECE else near if scene.is_column(near) else "____"
    return Words(
        f"The brackets of `{tool}` hold two words side by side, `{short(f'{last} {near}')}`. One column belongs there.",
        f"Write `{tool}({distinct}{inside})`.",
        "One column in the brackets",
    )


def sql_tool_or_column(scene: Scene) -> Words | None:
    """`adoption (1 - latency_loss)`: a column in front of a bracket looks like a tool."""
    found = re.search(r"Function with name \"?(.+?)\"? does not exist", scene.message)
    name = found.group(1) if found else ""
    if not name or not scene.is_column(name):
        return None
    word = re.search(rf"\b{re.escape(name)}\s*\(\s*('[^']*')\s*\)", scene.query)
    if word:
        return Words(
            f"`{name}` is a column, and brackets make a tool of it. Between a column and a word stands a sign.",
            f"Write `{name} = {short(word.group(1))}`.",
            "A sign is missing",
        )
    return Words(
        f"`{name}` is a column, and a bracket right behind it makes a tool of it. A sign is missing between the two.",
        f"To multiply, write `{name} * (`.",
        "A sign is missing",
    )


def sql_arguments(scene: Scene) -> Words | None:
    """avg(x, 1) for round(avg(x), 1); avg of yes and no; lower(trim(x), x)."""
    text = re.search(r"No function matches the given name and argument types '(lower|upper)\(.*?,.*?\)'", scene.message)
    if text and scene.from_duckdb:
        return Words(
            f"`{text.group(1)}` takes one thing, and its brackets hold two, with a comma between them.",
            "Take that comma out, and what stands behind it up to the closing bracket.",
            "One thing in the brackets",
        )
    found = re.search(
        r"No function matches the given name and argument types '(avg|sum|min|max|count)\((.*?)\)'", scene.message
    )
    if not found or not scene.from_duckdb:
        return None
    name, kinds = found.group(1), [kind.strip() for kind in found.group(2).split(",") if kind.strip()]
    if len(kinds) == 2 and "INTEGER_LITERAL" in kinds[1]:
        return Words(
            f"`{name}` takes one thing, and its brackets hold two: a further number stands behind a comma. Most often "
            "it belongs to `round`, one bracket further out.",
            f"Close the bracket of `{name}` before that comma: `round({name}(...), 1)`.",
            "A bracket in the wrong place",
        )
    both = re.search(rf"\b{name}\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)", scene.query, re.IGNORECASE)
    if len(kinds) == 2 and both and name in ("sum", "avg"):
        return Words(
            f"`{name}` takes one column, and its brackets hold two: `{both.group(1)}` and `{both.group(2)}`.",
            f"Keep the one that the question asks for. For both, write the tool twice: "
            f"`{name}({both.group(1)}), {name}({both.group(2)})`.",
            "One column at a time",
        )
    if kinds == ["BOOLEAN"] or (len(kinds) == 1 and human_type(kinds[0]) == "yes or no"):
        return Words(
            f"`{name}` reckons with numbers, and this column holds yes or no.",
            "Turn it into numbers first: `CASE WHEN ____ THEN 100 ELSE 0 END`, with your column in the blank.",
            "Text or number?",
        )
    return None
