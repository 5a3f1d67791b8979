"""What DuckDB refuses, in human words. Messages are matched tolerantly: 1.x and 2.0 word some of them differently."""

import re
from pathlib import Path

from grader.learner.errors.scene import (
    CURLY,
    DASHES,
    SQL_FUNCTIONS,
    SQL_WORDS,
    Scene,
    Words,
    closest,
    columns_of_file,
    listed,
    outside_quotes,
    short,
    typename,
)
from grader.learner.key import FILE_NAME as KEY
from grader.learner.session import gives

_TITLE = "SQL could not read that"
_HUMAN_TYPES = {
    "VARCHAR": "text",
    "STRING_LITERAL": "text",
    "BOOLEAN": "yes or no",
    "DATE": "a date",
    "TIMESTAMP": "a date with a time",
    "INTERVAL": "a span of time",
}
_COMPARES = r"(?:=|==|<>|!=|<|>|<=|>=|\blike\b|\bilike\b|\bis\b|\bin\s*\(|,)\s*"
_SIGNS_TURNED = {"=>": ">=", "=<": "<=", "=!": "!=", "><": "<>"}
_WHOLE_PIECE = 50
_TEXT_TOOLS = ("lower", "upper", "trim")
_TOKENS = re.compile(r"'[^']*'?|\"[^\"]*\"?|\w+|<>|<=|>=|!=|==|\S")


def human_type(name: str) -> str:
    """A DuckDB type in a leader's words."""
    base = re.sub(r"\(.*", "", name.strip())
    return _HUMAN_TYPES.get(base, "a list" if base.endswith("[]") else "a number")


def sql_curly_quotes(scene: Scene) -> Words | None:
    """Curly quotes or another bent character from Word, Outlook or a chat, in a query."""
    if not scene.from_duckdb:
        return None
    bare = outside_quotes(scene.query)
    curly = next((sign for sign in scene.message + bare if sign in CURLY and sign in scene.query), "")
    if not curly or (curly not in bare and not re.search(f'"[^"\n]*{re.escape(curly)}', scene.message)):
        return None
    found = re.search(rf"[{CURLY}][^\s{CURLY}]*[{CURLY}]?", bare) or re.search(re.escape(curly), scene.query)
    piece = short(found.group()) if found else curly
    if curly in "`´":
        bare_word = re.sub(rf"[{CURLY}']", "", piece)
        return Words(
            f"The signs round `{bare_word}` are accents, not quotes.",
            f"Write `'{bare_word}'`, with straight single quotes.",
            _TITLE,
        )
    return Words(
        f"The quotes in `{piece}` are curly ones, as Word, Outlook and chats make them. SQL reads straight "
        "quotes only.",
        "Delete each curly quote and type `'` in its place, from your keyboard.",
        _TITLE,
    )


def sql_sign_in_quotes(scene: Scene) -> Words | None:
    """`amount “>= 3”`, `amount "IS NULL"`: the sign itself in curly or double quotes."""
    if not scene.from_duckdb:
        return None
    inside = rf'[<>=][^{CURLY}"\n]*|is(?: not)? null'
    wrapped = re.search(rf'(\w+)\s+[{CURLY}"]\s*({inside})\s*[{CURLY}"]', scene.query, re.IGNORECASE)
    if not wrapped or not holds_numbers(scene, wrapped.group(1)):
        return None
    return Words(
        f"`{wrapped.group(1)}` holds numbers, and `{short(wrapped.group(2).strip())}` wears quotes: quotes make words.",
        outside_any_quotes(wrapped.group(1), wrapped.group(2)),
        "Outside quotes",
    )


def sql_long_dash(scene: Scene) -> Words | None:
    """An en dash where a minus is meant."""
    dash = next((sign for sign in outside_quotes(scene.query) if sign in DASHES), "") if scene.from_duckdb else ""
    if not dash:
        return None
    compared = re.search(rf"(\w+)\s*{dash}\s*('[^']*')", scene.query)
    if compared and scene.mends(scene.query.replace(compared.group(), f"{compared.group(1)} = {compared.group(2)}", 1)):
        return Words(
            f"Between `{compared.group(1)}` and the word stands a long dash, and a dash does not compare.",
            f"Write `{compared.group(1)} = {short(compared.group(2))}`.",
            "A sign, not a dash",
        )
    return Words(
        f"The `{dash}` in your query is a long dash, as Word makes them. SQL knows the short one only.",
        "Delete it and type `-` from your keyboard.",
        _TITLE,
    )


def sql_blank_left(scene: Scene) -> Words | None:
    """`____` or `...` still in the query."""
    if not scene.from_duckdb or scene.kind == "InvalidInputException":
        return None
    blank = re.search(r'"(__+|\.\.\.+|…)"', scene.message) or re.search(
        r"__+(?!\w)|(?<!\w)\.\.\.", outside_quotes(scene.query)
    )
    if not blank:
        return None
    piece = blank.group().strip('"')
    return Words(
        f"There is a blank left in your query: `{piece}` holds the place of something that you fill in.",
        f"Put your own word where `{piece}` stands, then run this box again.",
        "A blank is left",
    )


def sql_dots_for_query(scene: Scene) -> Words | None:
    """duckdb.sql(...) with the dots still there, or with something that is not a text."""
    if "string representing the query" not in scene.message:
        return None
    if "..." in scene.line or "..." in scene.source:
        return Words(
            "The dots are still there: `...` holds the place of your query.",
            'Replace the dots with a query in double quotes: `duckdb.sql("SELECT ...")`, your words for the rest.',
            "A blank is left",
        )
    return Words(
        "`duckdb.sql` wants a question written as text, and got something else.",
        'Put the query in double quotes: `duckdb.sql("SELECT ...")`.',
    )


def sql_unquoted_word(scene: Scene) -> Words | None:
    """`WHERE status = active`, `= "active"`, `avg amount`, a misspelt column: to SQL all are a column not there."""
    name, query = scene.unknown_column, scene.query
    if not name:
        return None
    near = closest(name.rpartition(".")[2], scene.offered, 0.68)
    double = f'"{name}"' in query
    if "(" in name and double:
        return Words(
            f'In SQL, double quotes hold the name of a column, and there is no column called `"{short(name)}"`.',
            f"Take the double quotes away: `{short(name)}`.",
            _TITLE,
        )
    if name.lower() == "count":
        return Words(
            "`count` is a tool, and a tool wants brackets. Without them SQL looked for a column called `count`.",
            "Write `count(*)`.",
            _TITLE,
        )
    quoted = re.search(rf"\b{re.escape(name)}\s*{_COMPARES}'([^']*[^\W\d][^']*)'", query, re.IGNORECASE)
    if near and quoted and holds_numbers(scene, near):
        return Words(
            f"There is no column called `{short(name)}`. The nearest one, `{near}`, holds numbers, and "
            f"`'{short(quoted.group(1), 20)}'` is a word.",
            outside_any_quotes(near, quoted.group(1)),
            "No such column",
        )
    if near and not double:
        return _misspelt(name, near)
    right_of = rf"{_COMPARES}\(?\"?{re.escape(name)}\b"
    _, *conditions = re.split(r"\b(?:where|having|when|filter|on)\b", query, flags=re.IGNORECASE)
    # A comma marks a value in a list alone: behind the next SELECT it stands between columns.
    signs = [re.sub(rf"(?is)\bselect\b.*?,\s*{re.escape(name)}\b", "", each) for each in conditions]
    is_value = any(re.search(right_of, each, re.IGNORECASE) for each in signs)
    beside = re.search(rf"(\w+)\s*{right_of}", query, re.IGNORECASE)
    holds = human_type(scene.kind_of_column(beside.group(1))) if beside and scene.is_column(beside.group(1)) else ""
    if beside and not double and is_value and holds not in ("", "text"):
        longer = [column for column in scene.columns if column.lower().startswith(f"{name.lower()}_")]
        return _misspelt(name, longer[0]) if longer else _no_word_there(beside.group(1), name, holds)
    if double and re.fullmatch(r"-?[\d.]+", name):
        return Words("A number wears no quotes in SQL.", f"Write `{name}` without them.", "A number wears no quotes")
    minus = re.search(rf"\b{re.escape(name)}-(\w+)", query)
    if minus and scene.is_column(name + minus.group(1)):
        return Words(
            f"To SQL `{minus.group()}` is `{name}` minus `{minus.group(1)}`.",
            f"Write the column as it is spelt: `{(name + minus.group(1)).lower()}`.",
            "No such column",
        )
    if double and (is_value or not near):
        inside_single = re.search(r"""\(\s*'\s*(?:select|with|from)""", scene.source, re.IGNORECASE)
        extra = ", and put double quotes round the whole query" if inside_single else ""
        return Words(
            f'In SQL, double quotes hold the name of a column, so `"{short(name)}"` was looked for among the columns. '
            "Words in the data wear single quotes.",
            f"Write `'{short(name)}'` instead{extra}.",
            "Single quotes for words",
        )
    if is_value:
        return Words(
            f"SQL took `{short(name)}` for the name of a column, and there is no such column. "
            "Words in the data wear single quotes.",
            f"Write `'{short(name)}'`, then run this box again.",
            "A word without its quotes",
        )
    if near:
        return _misspelt(name, near)
    if name.lower() in SQL_FUNCTIONS:
        return Words(
            f"`{name}` is a tool, and a tool wants brackets round what it works on. Without them SQL looked for "
            "a column of that name.",
            f"Write `{name}(...)` with your column between the brackets.",
            _TITLE,
        )
    result = _lacking(scene, name.rpartition(".")[2])
    if result:
        return result
    return Words(
        f"There is no column called `{short(name)}` in this table.",
        f"To see how its columns are spelt, run {_look(query)} in a box of its own. A word in the data stands behind "
        "`WHERE`, with its column.",
        "No such column",
    )


def _look(query: str) -> str:
    """The query that shows a few rows, envelope and all."""
    file = re.search(r"'([^']+\.\w+)'", query)
    return f"`duckdb.sql(\"SELECT * FROM '{file.group(1)}' LIMIT 3\")`" if file else "`SELECT *` with `LIMIT 3`"


def _no_word_there(column: str, word: str, holds: str) -> Words:
    """A word compared with a column of numbers, of dates, or of true and false."""
    what = {"yes or no": "true or false", "a number": "numbers"}.get(holds, holds)
    if not word.strip() or word.upper() == "NULL":
        return Words(
            f"`{column}` holds {what}. An empty cell holds nothing, no word and no quotes.",
            f"Ask for empty cells with `{column} IS NULL`.",
            "An empty cell",
        )
    if holds == "yes or no":
        nxt = f"Write `{column}` alone: it is a condition by itself."
    elif holds.startswith("a date"):
        nxt = "Compare it with a date in single quotes, such as `'2025-03-31'`."
    elif holds == "a number":
        nxt = outside_any_quotes(column, word)
    else:
        nxt = f"Compare it with {holds}, or the word with the column that holds such words."
    return Words(f"`{column}` holds {what}, and `{short(word)}` is a word.", nxt, "Which column?")


def outside_any_quotes(column: str, words: str) -> str:
    """How a column of numbers is asked, for a learner who wrote `words` in quotes for it."""
    number = re.search(r"\d+(?:\.\d+)?", words)
    signed = re.fullmatch(r"\s*((?:<>|[<>]=?|!=|=)\s*[\d.]+)\s*", words)
    if words.strip().upper() in ("", "NULL"):
        return f"Ask for empty cells with `{column} IS NULL`."
    if re.fullmatch(r"\s*is\s+(not\s+)?null\s*", words, re.IGNORECASE):
        return f"Take the quotes away: `{column} {words.strip().upper()}`."
    if signed:
        return f"Take the quotes away: `{column} {signed.group(1)}`."
    such = f", such as `{column} >= {number.group()}`" if number else ""
    return (
        f"Compare it with a number, outside quotes{such}; ask for empty cells with `{column} IS NULL`. A word belongs "
        "to a column of words."
    )


def _lacking(scene: Scene, column: str) -> Words | None:
    """A result of the notebook that is asked for a column which it has not kept."""
    asked = re.findall(r"\b(?:from|join)\s+('[^']*'|[A-Za-z_]\w*)", scene.query, re.IGNORECASE)
    told = re.search(r'"(\w+)" does not have a column named', scene.message)
    name = told.group(1) if told else asked[0] if len(asked) == 1 else ""
    value = scene.namespace.get(name)
    if typename(value) not in ("DuckDBPyRelation", "DataFrame"):
        return None
    made = re.compile(rf"^{re.escape(name)}\s*=(?!=)", re.MULTILINE)
    files = scene.files()
    file = ""
    for source in [scene.source, *reversed(scene.sources)]:
        found = made.search(source)
        if found:
            text = source[found.end() :]
            named = sorted((text.find(f"'{each}'"), each) for each in files if f"'{each}'" in text)
            file = named[0][1] if named else ""
            break
    known = [each.lower() for each in columns_of_file(scene.folder / file)] if file else []
    one = _one_value(value)
    kept = listed([str(each) for each in getattr(value, "columns", [])], 16)
    holds = f"one {one}, not the table" if one else kept
    if column.lower() in known:
        nxt = f"Ask the file again, with all your conditions: `FROM '{file}'`."
    elif one:
        nxt = "Name the file behind `FROM` in its place, in single quotes."
    else:
        nxt = "Use one of its columns, or ask the table that has yours."
    return Words(f"`{name}` holds {holds}. It has no column called `{short(column)}`.", nxt, "No such column")


def _one_value(value: object) -> str:
    """`number` or `value` when a result is one row of one column, else nothing."""
    try:
        rows = value.limit(2).fetchall()  # type: ignore[attr-defined]
    except Exception:  # A DataFrame, or a result that stops on its way: the card says less.
        return ""
    if len(rows) != 1 or len(rows[0]) != 1:
        return ""
    return "number" if typename(rows[0][0]) in ("int", "float", "Decimal") else "value"


def _misspelt(name: str, near: str) -> Words:
    return Words(
        f"There is no column called `{short(name)}`. The nearest one is called `{near}`.",
        f"If you mean `{near}`, write it like that, letter for letter.",
        "No such column",
    )


def sql_no_from(scene: Scene) -> Words | None:
    """A query that never says which table, or a word after LIMIT."""
    if not scene.from_duckdb:
        return None
    query = outside_quotes(scene.query)
    unnamed = "not found in FROM clause" in scene.message and re.match(r"\s*select\b(?!.*\bfrom\b)", query, re.I | re.S)
    missing = unnamed or "FROM clause is missing" in scene.message or "without FROM clause" in scene.message
    limit = re.search(r"\blimit\s+([a-z]\w*)", scene.query, re.IGNORECASE)
    if missing and limit and f'"{limit.group(1)}"' in scene.message:
        return Words(
            f"After `LIMIT` SQL wants a number in digits, and found `{limit.group(1)}`.",
            "Write the number in digits, such as `LIMIT 3`.",
            _TITLE,
        )
    if missing or ("as type modifier" in scene.message and not re.search(r"\bfrom\b", scene.query, re.IGNORECASE)):
        files = scene.files()
        used = next((file for source in reversed(scene.sources) for file in files if file in source), "")
        example = f"FROM '{used or (files or ['customers.parquet'])[0]}'"
        return Words(
            "The query does not say which table it asks: there is no `FROM` in it.",
            f"Add `FROM` and the file in single quotes, after the columns: `{example}`.",
            "Which table?",
        )
    return None


def sql_alias(scene: Scene) -> Words | None:
    """A short name of a table that was never given."""
    found = re.search(r'Referenced table "(.+?)" not found', scene.message)
    if not found:
        return None
    near = re.findall(r'"([^"]+)"', scene.message.partition("andidate")[2])
    if near and _is_table(scene.namespace.get(found.group(1))):
        return Words(
            f"Before a dot stands `{short(found.group(1))}`, and this query asks {listed(near)}.",
            f"Which is meant? Write `{short(found.group(1))}` behind `FROM` or `JOIN`, or another name before the dot.",
            "Which table?",
        )
    return Words(
        f"`{short(found.group(1))}.` points to a table that this query does not name.",
        f"The query knows {listed(near)}. Use that before the dot."
        if near
        else "Look at the names after `FROM` and `JOIN`.",
        _TITLE,
    )


def sql_ambiguous(scene: Scene) -> Words | None:
    """A column that two joined tables both have."""
    found = re.search(r'Ambiguous reference to column name "(.+?)"(?: \(use: (.+?)\))?', scene.message)
    if not found:
        return None
    choices = re.findall(r"'([^']+)'|\"([^\"]+\.[^\"]+)\"", found.group(2) or "")
    names = [one or other for one, other in choices]
    return Words(
        f"Both tables have a column called `{found.group(1)}`, and SQL will not guess which one you mean.",
        f"Say which: write {' or '.join(f'`{name}`' for name in names[:2])}."
        if names
        else "Put the table's name and a dot before it.",
        "Which of the two?",
    )


def sql_key_on_one_side(scene: Scene) -> Words | None:
    """`USING (paid)`: a column that one of the two tables has not."""
    found = re.search(r'Column "(.+?)" does not exist on (?:left|right) side of join', scene.message)
    if not found:
        return None
    asked = re.findall(r"\b(?:from|join)\s+([A-Za-z_]\w*)", scene.query, re.IGNORECASE)
    first, *others = [columns_of(scene.namespace.get(name)) for name in asked] or [[]]
    both = [column for column in first if others and all(column in other for other in others)]
    return Words(
        f"`USING` names a column that both tables have, and `{short(found.group(1))}` is not in both.",
        f"Both have `{both[0]}`: write `USING ({both[0]})`."
        if len(both) == 1
        else "Put the column there that says which rows belong together, and that stands in both.",
        "Half of a join",
    )


def sql_group_by(scene: Scene) -> Words | None:
    """A column beside an aggregate without GROUP BY."""
    found = re.search(r'column "(.+?)" must appear in the GROUP BY', scene.message)
    if not found:
        return None
    name = short(found.group(1))
    groups = re.search(r"\bgroup\s+by\b", scene.query, re.IGNORECASE)
    joined = re.search(r"\bgroup\s+by\s+(\w+)\s+(and)\s+(\w+)", scene.query, re.IGNORECASE)
    if joined:
        one, word, other = joined.groups()
        return Words(
            f"Behind `GROUP BY` columns are parted by a comma. `{word}` makes one condition of two.",
            f"Write `GROUP BY {short(one)}, {short(other)}`.",
            "A comma, not a word",
        )
    having = re.search(rf"\bhaving\b.*\b{re.escape(name)}\b", scene.query, re.IGNORECASE | re.DOTALL)
    if having:
        return Words(
            f"`HAVING` looks at whole groups, after the counting. `{name}` belongs to the single rows.",
            f"Put the condition on `{name}` behind `WHERE`, right after `FROM` and its file.",
            "One row, or one per group?",
        )
    quoted = re.search(rf"\bgroup\s+by\b.*'({re.escape(name)})'", scene.query, re.IGNORECASE | re.DOTALL)
    if quoted:
        return Words(
            f"Behind `GROUP BY` the column `{name}` wears quotes, and so it is a word to SQL, the same in every row.",
            f"Take the quotes away: `GROUP BY {name}`.",
            "A column wears no quotes",
        )
    sorts = re.split(r"\border\s+by\b", scene.query, flags=re.IGNORECASE)
    if groups and len(sorts) == 2 and not re.search(rf"\b{re.escape(name)}\b", sorts[0], re.IGNORECASE):
        return Words(
            f"`ORDER BY` sorts by `{name}`, and the groups are made of something else, so no row has one `{name}`.",
            f"Should `{name}` make the groups? Then write it behind `SELECT` and `GROUP BY`, in place of what is too "
            "many there. Otherwise take it out behind `ORDER BY`.",
            "One row, or one per group?",
        )
    by = re.search(r"\bgroup\s+by\s+(\w+)\s*(?:$|\b(?:order|having|limit)\b)", scene.query, re.IGNORECASE)
    asked = re.findall(r"\bselect\b(.*?)\bfrom\b", scene.query[: by.start()] if by else "", re.IGNORECASE | re.DOTALL)
    shown = [word.lower() for word in re.findall(r"\w+", asked[-1])] if asked else []
    if by and shown and by.group(1).lower() not in shown and human_type(scene.kind_of_column(name)) == "text":
        return Words(
            f"The groups are made of `{by.group(1)}`, and behind `SELECT` stands `{name}`, which holds many words in "
            "each of them.",
            f"For one row per `{by.group(1)}`, write `{by.group(1)}` behind `SELECT` too, in place of `{name}`. For "
            f"one row per `{name}`, write `GROUP BY {name}`.",
            "One row, or one per group?",
        )
    if by and human_type(scene.kind_of_column(name)) == "text":
        return Words(
            f"The groups are made of `{by.group(1)}`. In each of them `{name}` holds many words, and SQL does not know "
            "which one to show.",
            _which_rows(by.group(1), name),
            "One row, or one per group?",
        )
    if groups:
        text = human_type(scene.kind_of_column(name)) == "text"
        return Words(
            f"The query makes one row of each group. `{name}` still has many values in a group, and SQL does not know "
            "which one to show.",
            f"If `{name}` makes groups, it stands behind `GROUP BY` too: in place of a column there, or beside it with "
            "a comma."
            if text
            else f"If they are to be added up, write `sum({name})`.",
            "One row, or one per group?",
        )
    return Words(
        f"Counting or averaging makes one row out of many. `{name}` still has a value for each of them, "
        "so SQL does not know which one to show.",
        f"For one row per `{name}`, write `GROUP BY {name}` behind the table"
        + (", before `ORDER BY`" if re.search(r"\border\s+by\b", scene.query, re.IGNORECASE) else "")
        + f". Otherwise take `{name}` out.",
        "One row, or one per group?",
    )


def _which_rows(by: str, name: str) -> str:
    """What to do for one row per `by`, per `name` or per pair; what is most often meant comes first."""
    out, groups = f"take `{name}` out behind `SELECT`", f"`GROUP BY {name}`"
    pair = f"per pair, write `GROUP BY {by}, {name}`"
    if by.lower().endswith("id"):
        return f"For one row per `{name}`, write {groups}; {pair}; per `{by}`, {out}."
    return f"For one row per `{by}`, {out}; per `{name}`, {groups}; {pair}."


def sql_aggregate_in_where(scene: Scene) -> Words | None:
    """`WHERE count(*) > 3`."""
    if not re.search(
        r"WHERE clause cannot contain aggregates|aggregate.*not allowed in WHERE", scene.message, re.IGNORECASE
    ):
        return None
    if not re.search(r"\bgroup\s+by\b", scene.query, re.IGNORECASE):
        tool = re.search(
            r"\b(count|sum|avg|min|max|median)\s*\(", re.split(r"\bwhere\b", scene.query, flags=re.I)[-1], re.I
        )
        name = tool.group(1).lower() if tool else "min"
        return Words(
            f"`WHERE` looks at one row at a time, before anything is counted or compared with other rows: `{name}` "
            "has no place there.",
            f"Compare the column itself behind `WHERE`, and put `{name}` behind `SELECT`.",
            _TITLE,
        )
    return Words(
        "`WHERE` looks at one row at a time, before anything is counted or averaged. It cannot know a count yet.",
        "Move that condition behind `GROUP BY` and begin it with `HAVING` in place of `WHERE`.",
        _TITLE,
    )


def sql_nested_aggregate(scene: Scene) -> Words | None:
    """`sum(count(*))`."""
    if "cannot be nested" not in scene.message:
        return None
    return Words(
        "One summary stands inside another, such as a sum of a count. SQL does one such step per query.",
        "Take the outer one away first and look at what you get.",
        _TITLE,
    )


def sql_text_and_number(scene: Scene) -> Words | None:
    """Text compared with a number, or put into a sum."""
    compared = re.search(r"Cannot compare values of type (\S+) and type (\S+)", scene.message)
    if compared:
        one, other = human_type(compared.group(1)), human_type(compared.group(2))
        return Words(
            f"Two things are compared here that do not compare: {one} and {other}.",
            "Text wears single quotes, as in `'active'`; numbers wear none. Look at which of the two your "
            "column holds.",
            "Text or number?",
        )
    worded = re.search(r'function call "(\w+)\(STRING_LITERAL\)"', scene.message)
    quoted = re.search(rf"\b{worded.group(1)}\s*\(\s*'([\w.]+)'", scene.query, re.IGNORECASE) if worded else None
    if quoted and scene.is_column(quoted.group(1).rpartition(".")[2]):
        return column_in_quotes(quoted.group(1))
    called = re.search(r"No function matches the given name and argument types '(.+?)\((.*)\)'", scene.message)
    if not called:
        return None
    name, kinds = called.group(1).strip('"'), [human_type(kind) for kind in called.group(2).split(",") if kind.strip()]
    if not kinds and re.search(rf"\b{re.escape(name)}\s*\(\s*\*", f"{scene.query} {scene.source}", re.I):
        return Words(
            f"Only `count` takes a star. `{name}` works on one column.",
            "Put a column in the place of the star; to count rows, write `count(*)`.",
            _TITLE,
        )
    if not kinds:
        return Words(
            f"`{name}` has nothing to work on: its brackets are empty.", "Put a column between the brackets.", _TITLE
        )
    whole = re.search(rf"\b{re.escape(name)}\s*\(\s*(\w+)\s*\)", scene.query, re.IGNORECASE)
    if whole and called.group(2).startswith("STRUCT("):
        columns = columns_of(scene.namespace.get(whole.group(1)))
        return Words(
            f"`{whole.group(1)}` is a whole table, and `{name}` works on one column of it.",
            "Put a column in the brackets." + (f" It has {listed(columns, 6)}." if columns else ""),
            "A table, not a column",
        )
    if name == "count" and len(kinds) > 1:
        return Words(
            "`count` takes one thing in its brackets, and yours holds several.",
            "Keep one there. Two tools on one column stand one inside the other: `lower(trim(...))`.",
            "One thing to count",
        )
    if kinds == ["a span of time"]:
        span = re.search(r"([A-Za-z_][\w.]*)\s*-\s*([A-Za-z_][\w.]*)", outside_quotes(scene.query))
        start, end = (span.group(2), span.group(1)) if span else ("start", "end")
        return Words(
            f"`{name}` wants numbers, and one moment less another is none: it is a span of time.",
            f"Make a number of it first: `date_diff('minute', {start}, {end})` counts its minutes.",
            "A span of time",
        )
    verb = "does not work" if re.fullmatch(r"\w+", name) else "cannot stand"
    where = "on" if re.fullmatch(r"\w+", name) else "between"
    return Words(
        f"`{name}` {verb} {where} {' and '.join(kinds)}, and that is what it was given.",
        f"Look at what the column holds: run {_look(scene.query)} in a box of its own.",
        "Text or number?",
    )


def sql_unknown_function(scene: Scene) -> Words | None:
    """`conut(id)`."""
    found = re.search(r"Function with name \"?(.+?)\"? does not exist", scene.message)
    if not found:
        return None
    name = found.group(1)
    if _is_table(scene.namespace.get(name)):
        return Words(
            f"`{short(name)}` is a table, and behind it stands a bracket, as behind a tool.",
            f"Write the column alone, or `{short(name)}`, a dot, and the column.",
            "A table, not a tool",
        )
    if name in _SIGNS_TURNED:
        return Words(
            f"`{name}` is not a sign that SQL knows: its two halves stand the other way round.",
            f"Write `{_SIGNS_TURNED[name]}`, in that order.",
            "The sign is turned round",
        )
    offered = re.search(r'Did you mean "(.+?)"', scene.message)
    near = closest(name, SQL_FUNCTIONS, 0.6) or (offered.group(1) if offered else "")
    return Words(
        f"SQL knows no tool called `{short(name)}`.",
        f"Did you mean `{near}`? Then write it like that." if near else "Check its spelling against the example above.",
        "No such tool",
    )


def sql_missing_file(scene: Scene) -> Words | None:
    """A file that is not there: misspelt, in another folder, or the notebook is."""
    found = re.search(r'No files found that match the pattern "(.+?)"|Cannot open file "(.+?)"', scene.message)
    if not found or not scene.from_duckdb:
        return None
    wanted = next(group for group in found.groups() if group)
    stem = wanted.rpartition(".")[0]
    if _is_table(scene.namespace.get(stem)):
        return Words(
            f"`{short(stem)}` is a result of this page, and no file.",
            f"Write `{short(stem)}` alone, without quotes and ending.",
            "A result, not a file",
        )
    return missing_file(scene, wanted)


def missing_file(scene: Scene, wanted: str) -> Words:
    """The words for a file that is not where it was looked for. Shared with Python's own FileNotFoundError."""
    name = re.split(r"[\\/]", wanted)[-1]
    files = scene.files()
    stems = {file.rpartition(".")[0]: file for file in files}
    near = stems.get(closest(name.rpartition(".")[0] or name, stems, 0.6), "")
    title = "No such file"
    if name in files:
        return Words(
            f"`{short(name)}` lies in the folder of this notebook, not in `{short(wanted)}`.",
            f"Write the file's name alone: `'{name}'`.",
            title,
        )
    if near:
        return Words(
            f"There is no file called `{short(name)}` beside this notebook. The nearest one is `{near}`.",
            f"If you mean that one, write `'{near}'`.",
            title,
        )
    if files:
        return Words(
            f"There is no file called `{short(name)}` beside this notebook. I see {listed(files)}.",
            "Compare the spelling, ending included, with the example above." + _or_a_copy(scene.folder),
            title,
        )
    if not scene.folder.is_dir():
        return Words(
            "The folder of this page was moved or renamed while the page was open, so no data is beside it.",
            "Copy what you typed since, close the page, and open the lesson where it is now.",
            "The folder is gone",
        )
    elsewhere = _elsewhere(scene.folder, name)
    where = f" It lies in `{short(elsewhere)}`." if elsewhere else ""
    return Words(
        f"There is no data in the folder where this notebook works, `{short(scene.folder.name)}`.{where}",
        "Open the lesson from its own folder in the list on the left, and run it from the top.",
        "In another folder",
    )


def _or_a_copy(folder: Path) -> str:
    """A further sentence where no lesson lies: its pages are made to work in their own folders."""
    if (folder / KEY).is_file():
        return ""
    return " Is this page a copy outside its lesson's folder? Then open the week from the map on the start page."


def _elsewhere(folder: Path, name: str) -> str:
    """A folder beside, above or one below that has the file. Looks at no more than 60 folders."""
    try:
        around = [folder.parent, *sorted(folder.iterdir())[:20], *sorted(folder.parent.iterdir())[:40]]
        return next((place.name for place in around if place.is_dir() and (place / name).is_file()), "")
    except OSError:
        return ""


def sql_missing_table(scene: Scene) -> Words | None:
    """A table that is not there: nearly always a file without its ending or its quotes, or a result never made."""
    found = re.search(r'Table with name "?(.+?)"? does not exist', scene.message)
    if not found:
        return None
    name = found.group(1).strip("'")
    place = "JOIN" if re.search(rf"\bjoin\s+['\"]?{re.escape(name)}\b", scene.query, re.IGNORECASE) else "FROM"
    files = scene.files()
    stems = {file.rpartition(".")[0]: file for file in files}
    near = stems.get(name) or (name if name in files else "") or stems.get(closest(name, stems, 0.7), "")
    results = [other for other in scene.names() if _is_table(scene.namespace[other]) and not gives(scene.source, other)]
    whole = rf"^(\w+)\s*=\s*duckdb\.sql\(\s*\"+\s*select \* from '{re.escape(near)}'"
    rows = [other for source in scene.sources for other in re.findall(whole, source, re.IGNORECASE | re.MULTILINE)]
    kept = next((other for other in reversed(rows) if near and other in results and other != name), "")
    if kept and closest(name, [*stems, *results], 0.7) not in results:
        return Words(
            f"There is no table called `{short(name)}`. This page has `{kept}`, made from that file.",
            f"Write `{place} {kept}`, or ask the whole file: `{place} '{near}'`.",
            "No such table",
        )
    if near and closest(name, [*stems, *results], 0.7) not in results:
        return Words(
            f"There is no table called `{short(name)}`. In this course a table is a file: full name, single quotes.",
            f"Write `{place} '{near}'`.",
            "No such table",
        )
    gap = re.search(rf"\b{re.escape(name)}[ -]+(\w+)", scene.query)
    if gap and f"{name}_{gap.group(1)}" in results:
        return Words(
            f"The name of a result is one piece. `{short(gap.group())}` is two.",
            f"Write it with the low line: `{place} {name}_{gap.group(1)}`.",
            "One name, one piece",
        )
    result = closest(name, results, 0.7)
    if result.lower() == name.lower() != "":
        return Words(
            f"A result keeps its capitals. Yours is called `{result}`, and the query asks `{short(name)}`.",
            f"If you mean that one, write `{place} {result}`.",
            "No such table",
        )
    holders = [other for other in results if name in columns_of(scene.namespace[other])]
    holder = next((other for other in holders if re.search(rf"\b{re.escape(other)}\b", scene.query)), "")
    if holder and not result:
        return Words(
            f"Behind `{place}` stands a table, and `{short(name)}` is a column of `{holder}`.",
            f"Write `{place} {holder}`, and put `{short(name)}` where a column belongs.",
            "A column, not a table",
        )
    if result:
        return Words(
            f"There is no table called `{short(name)}`. You do have a result called `{result}`.",
            f"If you mean that one, write `{place} {result}`.",
            "No such table",
        )
    asked = [other for other in results if typename(scene.namespace[other]) == "DuckDBPyRelation"]
    if asked:
        either = f", or a file, in single quotes: {listed(files)}" if files else ""
        return Words(
            f"There is no table called `{short(name)}`: no file of that name, and no result that you have made.",
            f"Ask a result, without quotes: {listed(asked[::-1], 4)}{either}.",
            "No such table",
        )
    return Words(
        f"There is no table called `{short(name)}`: no file of that name, and no result that you have made.",
        f"Files you can ask: {listed(files)}. Each in single quotes." if files else "Run the boxes above first.",
        "No such table",
    )


def _is_table(value: object) -> bool:
    return typename(value) in ("DuckDBPyRelation", "DataFrame", "Table")


def columns_of(value: object) -> list[str]:
    """The columns of a result: of a query, or of pandas. Nothing for any other object."""
    return [str(each) for each in getattr(value, "columns", ())] if _is_table(value) else []


def sql_not_a_table(scene: Scene) -> Words | None:
    """FROM the name of a number or of the text of a query."""
    found = re.search(r'Python Object "(.+?)" of type "(.+?)"', scene.message)
    if not found:
        return None
    name, kind = found.groups()
    what = {"str": "a text", "int": "a number", "float": "a number", "ellipsis": "still the dots `...`"}.get(
        kind, f"a `{kind}`"
    )
    if kind == "str":
        return Words(
            f"After `FROM` stands `{short(name)}`, and that is a text, not a table: nobody has asked its question yet.",
            "Name a file in single quotes there, or a result made with `duckdb.sql(...)`.",
            "Not a table",
        )
    files = scene.files()
    used = next((file for source in reversed(scene.sources) for file in files if file in source), "")
    yet = " yet" if kind == "ellipsis" else ""
    return Words(
        f"After `FROM` stands `{short(name)}`. That is {what}, so it holds no table{yet}.",
        f"Ask the file instead, in single quotes: `FROM '{used or (files or ['customers.parquet'])[0]}'`.",
        "Not a table",
    )


def holds_numbers(scene: Scene, column: str) -> bool:
    """Whether a column is known, and known to hold numbers."""
    kind = scene.kind_of_column(column)
    return kind != "" and human_type(kind) == "a number"


def sql_gap(scene: Scene) -> Words | None:
    """`WHERE status 'active'`: SQL took the column for a type."""
    found = re.search(r"Type with name (\S+) does not exist", scene.message)
    if not found:
        return None
    name = re.escape(found.group(1))
    pair = re.search(rf"\b{name}\s+('[^']*')", scene.query, re.IGNORECASE)
    if not pair:
        return None
    if holds_numbers(scene, found.group(1)):
        return Words(
            f"`{found.group(1)}` holds numbers, and `{short(pair.group(1))}` is a word: quotes make words.",
            outside_any_quotes(found.group(1), pair.group(1).strip("'")),
            "Outside quotes",
        )
    return Words(
        f"Something is missing between `{found.group(1)}` and `{short(pair.group(1))}`.",
        f"Most often it is the equals sign: `{found.group(1)} = {short(pair.group(1))}`.",
        _TITLE,
    )


def sql_conversion(scene: Scene) -> Words | None:
    """'abc' where a number or a date is needed."""
    if scene.kind not in ("ConversionException", "OutOfRangeException"):
        return None
    text = re.search(r"[Cc]ould not convert string ['\"](.*?)['\"] to \"?(\w+)", scene.message)
    if text:
        value, wanted = text.groups()
        what = "a date" if wanted.startswith(("DATE", "TIME")) else "a number"
        if scene.is_column(value) and f"'{value}'" in scene.query:
            return column_in_quotes(value)
        beside = re.search(rf"(\w+)\s*{_COMPARES}'{re.escape(value)}'", scene.query, re.IGNORECASE)
        longer = [column for column in scene.columns if column.lower().startswith(f"{value.lower()}_")]
        if beside and longer:
            return _misspelt(value, longer[0])
        if beside and scene.is_column(beside.group(1)):
            return _no_word_there(beside.group(1), value, human_type(scene.kind_of_column(beside.group(1))))
        if re.search(rf"""['"]{re.escape(value)}['"]""", scene.query):
            nxt = f"Look at your `'{short(value, 20)}'`: is it compared with the right column?"
        else:
            nxt = f"Look at a few rows of that column first: run {_look(scene.query)} in a box of its own."
        return Words(
            f"SQL had to read the text `{short(value, 20)}` as {what}, and it is not one.", nxt, "Text or number?"
        )
    whole = re.search(r"(\w+)\s*(?:=|<>|!=|<|>|<=|>=|\blike\b)\s*('[^']*'|[\w.]+)", scene.query, re.IGNORECASE)
    if "STRUCT(" in scene.message and whole and not scene.is_column(whole.group(1)):
        table, value = whole.group(1), short(whole.group(2))
        return Words(
            f"`{table}` is the name of the whole table, and no column of it: it does not compare with `{value}`.",
            f"Put a column in the place of `{table}`: the one that holds `{value}`.",
            "Which column?",
        )
    if re.search(r"\b(date|timestamp|time)\b", scene.message, re.IGNORECASE):
        return Words(
            "SQL had to read something as a date, and could not.",
            "Write dates as year, month, day in single quotes: `'2025-03-31'`.",
            "Not a date",
        )
    return None


def column_in_quotes(column: str) -> Words:
    """The words for a column that wears quotes."""
    return Words(
        f"`{column}` is a column, and in single quotes it is a word to SQL, the same in every row.",
        f"Take the quotes away: `{column}`.",
        "A column wears no quotes",
    )


def sql_many_rows_for_one(scene: Scene) -> Words | None:
    """A query in brackets that stands for one value and brings several."""
    if "More than one row returned by a subquery" not in scene.message:
        return None
    return Words(
        "The query in brackets stands where one value is needed, and it brings several rows.",
        "Make it bring one, with `count(*)`, `max(...)` or a stricter `WHERE`.",
        _TITLE,
    )


def sql_unfinished(scene: Scene) -> Words | None:
    """duckdb.execute(...) holds its answer until it is fetched (DuckDB 2.0)."""
    if scene.kind != "ResourceInUseException":
        return None
    return Words(
        "DuckDB still holds the answer to an earlier `duckdb.execute(...)` that nobody has fetched.",
        "Write `duckdb.sql(...)` in place of `duckdb.execute(...)`, restart the kernel, and run the lesson from "
        "the top.",
        "An answer not fetched",
    )


def sql_broken_file(scene: Scene) -> Words | None:
    """A file that is not what its ending says."""
    found = re.search(
        r"""(?:No magic bytes|Error when sniffing file).*?['"](.+?)['"]|'(.+?)' too small to be""", scene.message
    )
    if not found:
        return None
    name = short(re.split(r"[\\/]", found.group(1) or found.group(2))[-1])
    return Words(
        f"The file `{name}` is there, but it is damaged or not what its ending says.",
        "Copy it afresh from the lesson as you received it.",
        "A damaged file",
    )


def sql_unclosed_quote(scene: Scene) -> Words | None:
    """A single or double quote that never closes inside a query."""
    if not scene.from_duckdb or not re.search(r"unterminated (quoted|string)", scene.message):
        return None
    for file in scene.files():
        if re.search(rf"'{re.escape(file)}(?!')|(?<!['/]){re.escape(file)}'", scene.query):
            return Words(
                f"The file `{file}` has a quote on one side only. Quotes come in pairs.",
                f"Write `'{file}'`, with a single quote on each side.",
                "A quote is missing",
            )
    odd_line = next((line for line in scene.query.splitlines() if line.count("'") % 2), "")
    pieces = re.findall(r"(?<![\w'])'[^',()=]*$", odd_line or scene.query)
    piece = short(pieces[-1], 24) if pieces else "'"
    odd = re.search(r"[A-Za-z]'[A-Za-z]", scene.query)
    if odd:
        word = re.search(r"\w+'\w+", scene.query)
        shown = word.group() if word else odd.group()
        return Words(
            f"The apostrophe in `{shown}` ends the word for SQL, and the rest hangs loose.",
            f"Double the apostrophe: `{shown.replace(chr(39), chr(39) * 2)}`.",
            "A quote is missing",
        )
    half = re.search(r"[=<>]\s*(?:'([\w-]+)(?!['\w-])|([\w-]+)')", scene.query)
    bare = (half.group(1) or half.group(2)) if half else ""
    if half and scene.query.count("'") % 2:
        return Words(
            f"The word `{bare}` has a quote on one side only. Quotes come in pairs.",
            f"Write `'{bare}'`, with a single quote on each side.",
            "A quote is missing",
        )
    return Words(
        f"A quote is opened or closed alone, near `{piece}`. Quotes come in pairs, one on each side of the word.",
        "Count the single quotes in your query, and add the missing one.",
        "A quote is missing",
    )


def sql_empty_select(scene: Scene) -> Words | None:
    """SELECT FROM."""
    if "without selection list" not in scene.message:
        return None
    return Words(
        "Between `SELECT` and `FROM` stands nothing, so SQL does not know what to show.",
        "Say what you want to see there: `count(*)`, a column, or `*` for all of them.",
        _TITLE,
    )


def sql_brackets(scene: Scene) -> Words | None:
    """A bracket without its partner in a query that does not parse."""
    if not unparsed(scene):
        return None
    bare = outside_quotes(scene.query)
    opened, closed = bare.count("("), bare.count(")")
    if opened == closed:
        before, _ = before_the_stop(scene)
        depth = before.count("(") - before.count(")")
        if depth < 1 or scene.near.upper() not in ("FROM", "WHERE", "AS") or "SELECT" in map(str.upper, before[1:]):
            return None
        return Words(
            f"A bracket is still open where `{scene.near}` begins: its `)` stands too far on.",
            f"Put `)` in front of `{scene.near}`, and take one `)` out behind it.",
            "A bracket in the wrong place",
        )
    if opened > closed:
        open_at = _never_closed(bare)
        tool = re.search(r"[\w.]*\s*$", bare[:open_at])
        piece = short(f"{tool.group() if tool else ''}(".strip())
        behind = scene.query[open_at + 1 :]
        alone = re.match(r"\s*((?:distinct\s+)?\w+|\*)\s*(?:[-+/*<>=,]|as\b|from\b|where\b|$)", behind, re.IGNORECASE)
        mended = scene.query[: scene.stop].rstrip() + ") " + scene.query[scene.stop :]
        if piece == "count(" and re.match(r"\s*(?:\*|from\b|where\b|as\b|$)", behind, re.IGNORECASE):
            step = "Write `count(*)`, closing bracket included."
        elif alone and re.fullmatch(r"\w+\(", piece):
            step = f"Close it there: `{short(piece + alone.group(1))})`."
        elif open_at < scene.stop and opened == closed + 1 and scene.near and scene.mends(mended):
            whole = scene.query[open_at - len(piece) + 1 : scene.stop].strip()
            step = f"Put one more `)` in front of `{scene.near}`: `{whole})`." if len(whole) < _WHOLE_PIECE else ""
        else:
            step = ""
        return Words(
            f"A bracket is opened and never closed: after `{piece}` the `)` is missing.",
            step or "Add `)` where that bracket ends.",
            "A bracket is missing",
        )
    return Words(
        "There is a `)` too many: more brackets are closed than were opened.",
        "Take one `)` out of the query, or add the `(` that belongs to it.",
        "A bracket too many",
    )


def _never_closed(bare: str) -> int:
    """The place of the last `(` without a partner in a text that has one."""
    waiting = []
    for place, sign in enumerate(bare):
        if sign == "(":
            waiting.append(place)
        elif sign == ")" and waiting:
            waiting.pop()
    return waiting[-1]


def sql_misspelt_keyword(scene: Scene) -> Words | None:
    """SELCT, FORM, WERE, GROPU: the token where it stopped or the one before is nearly a word of SQL."""
    if not unparsed(scene) or not scene.near:
        return None
    before, tokens = before_the_stop(scene)
    glued = re.search(r"\b(left|right|full|inner|cross)join\b", outside_quotes(scene.query), re.IGNORECASE)
    if glued:
        return Words(
            f"`{glued.group()}` is two words to SQL.",
            f"Write `{glued.group(1).upper()} JOIN`, with a space between them.",
            "A word of SQL, misspelt",
        )
    for word in [scene.near, *reversed(before[-2:])]:
        if len(word) < 3 or not word.isalpha() or word.upper() in SQL_WORDS:
            continue
        near = closest(word, [known for known in SQL_WORDS if len(known) > 2], 0.7)
        mended = scene.query[: scene.stop] + scene.query[scene.stop :].replace(word, near, 1)
        if word != scene.near:
            at = scene.query.rfind(word, 0, scene.stop)
            mended = scene.query[:at] + near + scene.query[at + len(word) :]
        fits = near and near not in ("TRUE", "FALSE", "DATE", "ALL") and not _is_column(word, tokens)
        if fits and scene.mends(mended):
            return Words(
                f"SQL stopped at `{short(scene.near)}`. I think `{word}` is meant to be `{near}`.",
                f"Change `{word}` to `{near}` and run this box again.",
                "A word of SQL, misspelt",
            )
    return None


def _is_column(word: str, tokens: list[str]) -> bool:
    """A word used twice, or right after SELECT or a comma, is the learner's own, not a misspelt keyword."""
    lower = [token.lower() for token in tokens]
    place = lower.index(word.lower()) if word.lower() in lower else 0
    return lower.count(word.lower()) > 1 or (place > 0 and lower[place - 1] in (",", "select", "distinct", "by"))


def sql_parse(scene: Scene) -> Words | None:
    """What else the parser stops at: a missing comma, AND, BY, ON, an unfinished end, clauses in the wrong order."""
    if unparsed(scene) and "end of input" in scene.message:
        return Words(
            "The query stops in the middle: something more must follow after its last word.",
            "Finish the sentence, or take the last word out.",
            "Not finished",
        )
    if not unparsed(scene) or not scene.near:
        return None
    before, tokens = before_the_stop(scene)
    near, last = scene.near, before[-1] if before else ""
    upper = [token.upper() for token in before]
    rest = tokens[len(before) + 1 :]
    english = rest[:1] and near.isalpha() and rest[0].isalpha() and rest[0].upper() not in SQL_WORDS
    if not before and near.upper() != "WHERE" and english:
        return Words(
            f"The envelope holds a sentence that begins with `{short(near)}`, and SQL reads its own few words only.",
            "Begin with `SELECT`, and put the parts as in the example above.",
            _TITLE,
        )
    if not before and near.strip("\"'").upper().startswith("SELECT "):
        return Words(
            "The query wears a second pair of quotes, inside the first: to SQL all of it is one word.",
            "Take the inner pair away, at its beginning and its end.",
            "Quotes inside quotes",
        )
    if not before:
        return Words(
            f"A question to a table begins with `SELECT`; this one begins with `{short(near)}`.",
            "Put `SELECT count(*) FROM` and the file in front of it."
            if near.upper() == "WHERE"
            else "Put `SELECT` in front of it.",
            _TITLE,
        )
    if last.upper() == near.upper() and near.isalpha():
        return Words(f"`{near.upper()}` stands there twice in a row.", "Take one of them out.", _TITLE)
    if upper[-1] in ("LEFT", "RIGHT", "FULL", "INNER", "OUTER") and near.upper() != "JOIN":
        if upper[-2:-1] == ["JOIN"]:
            return Words(
                f"`JOIN {upper[-1]}` is turned round: the kind of join stands in front.",
                f"Write `{upper[-1]} JOIN {short(near)}`.",
                "The order of the parts",
            )
        return Words(
            f"`{upper[-1]}` says which kind of join, and the word `JOIN` itself is missing.",
            f"Write `{upper[-1]} JOIN` in place of `{upper[-1]}{near}`."
            if near in (",", "-")
            else f"Write `{upper[-1]} JOIN {short(near)}`.",
            "Half of a join",
        )
    if upper[-1] == "FILTER":
        return Words(
            "`FILTER` wants brackets round its condition, so that SQL sees where the condition ends.",
            f"Open a bracket after `FILTER`, before `{short(near)}`, and close it behind the condition.",
            "Brackets are missing",
        )
    if upper[-1] in ("GROUP", "ORDER"):
        pair = f"{upper[-1]} BY"
        return Words(f"After `{upper[-1]}` the word `BY` is missing.", f"Write `{pair} {short(near)}`.", _TITLE)
    if upper[-2:] == ["ORDER", "BY"] and near.upper() in ("DESC", "ASC") and rest:
        return Words(
            f"`{near.upper()}` stands behind the column that it sorts by, and yours stands in front.",
            f"Write `ORDER BY {short(rest[0])} {near.upper()}`.",
            "The order of the parts",
        )
    if upper[-1] == "IS" or (len(upper) > 1 and upper[-2:] == ["IS", "NOT"]):
        sign = "=" if upper[-1] == "IS" else "<>"
        column = before[-2] if sign == "=" else before[-3]
        if holds_numbers(scene, column) and re.match(r"[^\W\d]|['\"]\D", near):
            return Words(
                f"`{column}` holds numbers, and from `{short(near)}` on stands a word.",
                f"For empty cells, write `{column} IS NULL`, with `NOT` before `NULL` for the others. A number is "
                f"compared with a sign, such as `>=`.",
                "An empty cell",
            )
        value = short(near) if near[0] in "'\"(" or near[0].isdigit() else f"'{short(near)}'"
        if near.isalpha() and rest and rest[0].isalpha() and rest[0].upper() not in SQL_WORDS:
            return Words(
                f"From `{short(near)}` on your query is English. SQL wants a column, a sign and the word alone.",
                f"Write `{sign}` in place of `{upper[-1].lower()}`, then the word from the data in single quotes.",
                _TITLE,
            )
        return Words(
            "`IS` goes with `NULL` alone, for empty cells. To compare with a word, SQL uses a sign.",
            f"Write `{sign} {value}`.",
            _TITLE,
        )
    if upper[-1] == "IN" or (near == "," and len(upper) > 1 and upper[-2] == "IN"):
        things = [token for token in [*([] if upper[-1] == "IN" else [last]), near, *rest] if token != ","]
        same = next((at for at, each in enumerate(things) if each[0] != "'" and not each[0].isdigit()), len(things))
        shown = ", ".join(things[:same]) or "'one', 'two'"
        return Words(
            "After `IN` comes a list, and a list stands in brackets.", f"Write it like `IN ({short(shown)})`.", _TITLE
        )
    if not rest and (near.upper() in SQL_WORDS or near in ("=", ",", "<", ">", "<>", "+", "-", "*", "/")):
        return Words(
            f"The query stops right after `{short(near)}`, where something more must follow.",
            f"Finish the sentence behind `{short(near)}`, or take `{short(near)}` out.",
            "Not finished",
        )
    late = next((each.upper() for each in [near, *rest] if each.upper() in ("USING", "ON")), "")
    if late and "JOIN" in upper and not {"ON", "USING"} & set(upper) and "WHERE" in (*upper, near.upper()):
        return Words(
            f"`{late}` comes too late: it belongs right behind the second table.",
            f"Move `{late}` and what belongs to it up, in front of `WHERE`.",
            "The order of the parts",
        )
    if near.upper() == "DISTINCT" and upper[-1] != "SELECT":
        return Words(
            "`DISTINCT` stands in the brackets of the tool that counts, or right behind `SELECT`.",
            "Write `count(DISTINCT ...)`, with the column for the dots.",
            _TITLE,
        )
    if near.upper() == "OUTER" and rest[:1] and rest[0].upper() == "JOIN":
        return Words(
            "`OUTER` does not say which table keeps all its rows.",
            "Write `LEFT JOIN` for the one on the left, `FULL JOIN` for both.",
            "Half of a join",
        )
    if upper[-1] == "JOIN" and near.upper() in ("USING", "ON"):
        return Words(
            "Behind `JOIN` stands no table.",
            f"Write the second table between `JOIN` and `{near.upper()}`.",
            "Half of a join",
        )
    if upper[-1] == "USING" and "JOIN" not in upper and len(before) > 3 and before[-3] == ",":
        return Words(
            f"Between `{before[-4]}` and `{before[-2]}` stands a comma, and `USING` goes with `JOIN`.",
            f"Put `JOIN` in the comma's place, or `LEFT JOIN` where every row of `{before[-4]}` is to stay.",
            "Half of a join",
        )
    if upper[-1] == "USING" and "JOIN" not in upper:
        return Words(
            "`USING` says how two tables are joined, and one table stands before it.",
            "Take `USING` and its brackets out, or put the first table and `JOIN` in front of the second.",
            "Half of a join",
        )
    if upper[-1] == "USING" and near != "(":
        return Words(
            "Behind `USING` stands the column that both tables have, in brackets.",
            "Write it there: `USING (...)`, with its name for the dots.",
            "Half of a join",
        )
    if "JOIN" in upper and not {"ON", "USING"} & set(upper) and (not rest or near.upper() == "WHERE"):
        return Words(
            "The query joins two tables and does not say which rows belong together.",
            "Add `ON`, or `USING` with brackets, behind the second table, with the column that both have.",
            _TITLE,
        )
    if upper[:2] == ["SELECT", "WHERE"]:
        return Words(
            "Behind `SELECT` stands what you want to see, and your query has its `WHERE` there.",
            "Put the parts in this order: `SELECT` what, `FROM` which file, `WHERE` which rows.",
            "The order of the parts",
        )
    if near.upper() == "FROM" and "FROM" not in upper and {"WHERE", "GROUP", "ORDER"} & set(upper):
        return Words(
            "`FROM` comes too late. SQL wants its parts in this order: `SELECT`, `FROM`, `WHERE`, `GROUP BY`, "
            "`ORDER BY`.",
            "Move `FROM` and the file up, right behind what you select.",
            "The order of the parts",
        )
    if (
        "WHERE" in upper
        and not {"GROUP", "ORDER", "HAVING"} & set(upper)
        and (near == "," or re.match(r"[\w\"]", near))
    ):
        if near.upper() in SQL_WORDS:
            return None
        if near == "," and rest and rest[0].upper() in ("GROUP", "ORDER", "HAVING", "LIMIT"):
            return Words(
                f"Behind your condition stands a comma, and then comes `{rest[0].upper()}`. The parts of a query "
                "follow each other without one.",
                f"Take the comma in front of `{rest[0].upper()}` out.",
                "A comma too many",
            )
        return Words(
            f"SQL stopped at `{short(near)}`: two conditions stand side by side without a word between them.",
            "Put `AND` between them if both must hold, `OR` if one is enough.",
            "A word is missing",
        )
    if last.lower() in _TEXT_TOOLS and re.match(r"\w", near) and not scene.is_column(last):
        return Words(
            f"`{last}` is a tool: what it works on stands in brackets right behind it.",
            f"Write `{last}(...)`, with all that it works on between the brackets.",
            "A tool without its brackets",
        )
    selected = upper[len(upper) - upper[::-1].index("SELECT") :] if "SELECT" in upper else upper
    if "FROM" not in selected and (re.match(r"[\w\"'(]", near)) and near.upper() not in SQL_WORDS:
        return Words(
            f"SQL stopped at `{short(near)}`. Between the things that you select stands a comma, and one is "
            "missing before it.",
            f"Put a comma in front of `{short(last if near == '(' else near)}`.",
            "A comma is missing",
        )
    grouped = upper[-upper[::-1].index("GROUP") :] if "GROUP" in upper else []
    if grouped[:1] == ["BY"] and set(grouped[2::2]) <= {","} and len(grouped) % 2 == 0 and scene.is_column(near):
        return Words(
            f"Between two columns behind `GROUP BY` stands a comma, and in front of `{short(near)}` it is missing.",
            f"Write `{short(last)}, {short(near)}`.",
            "A comma is missing",
        )
    if near == "," or last == ",":
        return Words(
            "There is a comma where none belongs, or nothing stands behind it.",
            "Take that comma out, or finish the list after it.",
            "A comma too many",
        )
    return None


def sql_general(scene: Scene) -> Words | None:
    """Anything else that DuckDB refuses."""
    if not scene.from_duckdb:
        return None
    if scene.near:
        return Words(
            f"SQL could follow your query up to `{short(scene.near)}` and no further. The cause mostly stands "
            "right before it: "
            "a comma, a quote, or a word misspelt.",
            "Compare that spot with the example above, sign by sign. Nothing is broken.",
            _TITLE,
        )
    return Words(
        "DuckDB could not answer this query. Nothing is broken; your data and your notebook are as they were.",
        "Read the grey line below: it names the place. Compare your query with the example above.",
        _TITLE,
    )


def unparsed(scene: Scene) -> bool:
    """Whether DuckDB could not read the query at all."""
    return scene.from_duckdb and scene.kind == "ParserException"


def before_the_stop(scene: Scene) -> tuple[list[str], list[str]]:
    """The tokens before the one where the parser stopped (told by the caret), and all tokens of the query."""
    tokens = [(found.start(), found.group()) for found in _TOKENS.finditer(scene.query)]
    return [token for place, token in tokens if place < scene.stop], [token for _, token in tokens]
