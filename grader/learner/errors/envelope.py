"""SQL that fell out of its envelope, and Python's answers to the lines of the course: check, predict, recall."""

import keyword
import re

from grader.learner.errors.scene import (
    SQL_FUNCTIONS,
    SQL_WORDS,
    Scene,
    Words,
    closest,
    code_only,
    outside_quotes,
    short,
    typename,
)
from grader.learner.hand_in import earlier
from grader.learner.key import current_key

_FELL = re.compile(r"\b(WHERE|FROM|GROUP\s+BY|ORDER\s+BY|HAVING|LIMIT|AND|OR)\b", re.IGNORECASE)
_SELECT_IN_QUOTES = re.compile(r"[\"']\s*(?:select|with|from)\b", re.IGNORECASE)
_TABLES = ("DuckDBPyRelation", "DataFrame", "ellipsis")
_ENVELOPE = '`duckdb.sql("` and `")`'


def formula(scene: Scene) -> Words | None:
    """=COUNT(A:A), =COUNTIF(status;"active"): a formula of Excel."""
    found = re.search(r"=\s*([A-Z][A-Z.]+)\s*\(", scene.line) if scene.is_syntax else None
    if not found or not re.search(r"=\s*=|\(\s*\$?[A-Z]{1,2}\$?\d*:|;", scene.line):
        return None
    return Words(
        f"`{found.group(1)}` with its brackets is a formula of Excel. Here the table is asked in SQL, in an envelope.",
        'Put a question in its place: `duckdb.sql("SELECT ...")`, as in the example above.',
        "A formula of Excel",
    )


def envelope_twice(scene: Scene) -> Words | None:
    """duckdb.sql(duckdb.sql("SELECT ...")): pasted, envelope and all, into an envelope."""
    twice = re.search(r"duckdb\.sql\s*\(\s*[\"']*\s*duckdb\.sql\s*\(", scene.source)
    if not twice or not (scene.is_syntax or scene.from_duckdb):
        return None
    return Words(
        "`duckdb.sql(` stands there twice: what you pasted brought its own envelope, inside another one.",
        "Take the outer one away: its `duckdb.sql(`, its quotes if it has any, and its closing bracket at the end.",
        "Two envelopes",
    )


def quotes_doubled(scene: Scene) -> Words | None:
    """duckdb.sql(""SELECT ..."")"""
    if not scene.is_syntax or not re.search(
        r"\(\s*(\"\"|'')(?![\"'])\s*(?:select|with|from)\b", scene.line, re.IGNORECASE
    ):
        return None
    return Words(
        "The envelope has one quote at each end, and yours has two: to Python two are an empty text.",
        "Take one of the two out, in front of the question and behind it.",
        "Quotes doubled",
    )


def name_behind_bracket(scene: Scene) -> Words | None:
    """all_rows = duckdb.sql("...")all_rows"""
    found = re.match(r"\s*(\w+)\s*=.*\)\s*(\w+)\s*$", scene.line) if scene.is_syntax else None
    if not found or found.group(1) != found.group(2):
        return None
    return Words(
        f"Behind the last bracket stands `{found.group(2)}`, on the same line.",
        f"Put `{found.group(2)}` on a line of its own, below.",
        "A line of its own",
    )


def sql_word_in_python(scene: Scene) -> Words | None:
    """all_rows = COUNT(customers.parquet)"""
    name = scene.unknown_name
    words = [*SQL_FUNCTIONS, *(word.lower() for word in SQL_WORDS)]
    if name.lower() not in words or not re.search(rf"\b{name}\s*\(", scene.line):
        return None
    return Words(
        f"`{name}` is a word of SQL, and SQL is read inside an envelope only, between {_ENVELOPE}.",
        "Write one whole question there, from `SELECT` on.",
        "Outside the envelope",
    )


def sql_outside(scene: Scene) -> Words | None:
    """`duckdb.sql("SELECT ..." WHERE ...)`, `coast WHERE ...`: SQL words behind the closing quote."""
    if not scene.is_syntax or "{" in scene.line:
        return None
    if re.match(r"\s*(?:\w+\s*=\s*)?select\b", scene.line, re.IGNORECASE):
        return None
    title = "Outside the envelope"
    slipped = re.search(
        r"\(\s*\"[^\"\n]*['\w*)]\s*\)\s*(where|and|or|group|order|limit)\b[^\"\n]*\"\s*$", scene.line, re.I
    )
    swapped = re.search(r"\(\s*\"([^\"\n]*)\)\"\s*$", scene.line)
    if swapped and "(" in scene.message and swapped.group(1).count("(") == swapped.group(1).count(")"):
        return Words(
            "The closing bracket of the envelope stands inside the quotes.",
            'Let the two change places: the line ends with `")`.',
            title,
        )
    if slipped and "(" in scene.message:
        return Words(
            "The closing bracket of the envelope stands inside the quotes, in the middle of your question.",
            f"Take it out there, before `{slipped.group(1).upper()}`, and put it at the very end, behind the quote.",
            title,
        )
    code = outside_quotes(scene.line)
    if re.search(r"\bselect\b", code, re.IGNORECASE):
        return None
    found = _FELL.search(code)
    following = scene.source.splitlines()[scene.number : scene.number + 1] if scene.number else []
    if not found and following and re.search(r"['\"]\s*\)?\s*$", scene.line):
        below = re.match(r"\s*(WHERE|AND|OR|GROUP BY|ORDER BY|LIMIT|FROM)\b", following[0])
        if below and _SELECT_IN_QUOTES.search(scene.line):
            return _fell_below(below.group(1))
    if not found:
        return None
    before = scene.line[: found.start()]
    above = "\n".join(scene.source.splitlines()[: (scene.number or 1) - 1])
    word = " ".join(found.group(1).upper().split())
    closed = re.search(r"([\"'])\s*\)?\s*(,?)\s*\)?\s*$", before)
    if closed and _SELECT_IN_QUOTES.search(f"{above}\n{before}"):
        comma = ", and take the comma out" if closed.group(2) else ""
        return Words(
            f"Your `{word}` fell out of the envelope. The question lies between {_ENVELOPE}: what stands behind the "
            "closing quote is not part of it.",
            f"Move the closing quote and bracket to the very end{comma}.",
            title,
        )
    if not before.strip() and found.group(1).isupper() and _SELECT_IN_QUOTES.search(above):
        return _fell_below(word)
    name = re.match(r"\s*(?:\w+\s*=\s*)?([A-Za-z_]\w*)\s*$", before)
    known = name is not None and (
        typename(scene.namespace.get(name.group(1))) in _TABLES or name.group(1) not in scene.namespace
    )
    compared = re.search(r"=\s*(?=['\"\d])", scene.line[found.end() :]) or word in ("WHERE", "FROM", "GROUP BY")
    if name and known and compared and (found.group(1).isupper() or word == "WHERE"):
        return Words(
            f"`{word}` is a word of SQL, and SQL is read inside an envelope only, between {_ENVELOPE}. "
            f"Nothing can be hung on `{short(name.group(1))}` from outside.",
            f"Write one whole question, from `SELECT` on, with the `{word}` inside its quotes.",
            title,
        )
    if found.group(1).isupper() and word not in ("AND", "OR") and re.search(r"=\s*|\(", before):
        return Words(
            f"`{word}` is a word of SQL, and SQL is read inside an envelope only, between {_ENVELOPE}.",
            "Write one whole question there, from `SELECT` on.",
            title,
        )
    return None


def _fell_below(word: str) -> Words:
    return Words(
        f"Your `{word}` fell out of the envelope: the quotes close on the line above it.",
        'Move the closing quote and bracket behind it. Over several lines the quotes are three: `"""`.',
        "Outside the envelope",
    )


def call_of_sql(scene: Scene) -> Words | None:
    """duckdb sql(...), duckdb.sql "...", sql(...), dots left beside the envelope."""
    code = code_only(scene.line)
    title = "The envelope"
    if isinstance(scene.error, NameError) and "name 'sql'" in scene.message:
        return Words(
            "Python does not know `sql` by itself: it is a tool in the toolbox `duckdb`.",
            "Write `duckdb.sql(`, with the dot between the two.",
            title,
        )
    if not scene.is_syntax:
        return None
    if re.search(r"\bduckdb\s*\.\s*sql\s*\(\s*with\b", scene.source, re.IGNORECASE):
        return Words(
            "The query in the brackets of `duckdb.sql(...)` has no quotes, so Python takes its words for its own.",
            'Open it with `duckdb.sql("""` and close it with `""")`: three double quotes on each side.',
            "A query without its quotes",
        )
    if re.search(r"\.\.\.\s*duckdb|\)\s*\.\.\.", code) or re.search(r"[\"']\)\s*\.\.\.", scene.line):
        return Words(
            "The dots held the place of your answer, and they still stand beside it.",
            "Take the three dots `...` out of that line.",
            "The dots are still there",
        )
    if re.search(r"\bduckdb[ ,;:-]+sql\b", code):
        return Words("A dot joins a toolbox and its tool.", "Write `duckdb.sql(`.", title)
    if re.search(r"\bduckdb\.sql\s*[\"']", scene.line):
        return Words(
            "The envelope has brackets outside and quotes inside. Here a bracket is missing.",
            'Write `duckdb.sql("` in front of the question and `")` behind it.',
            title,
        )
    return None


def _counted_out_of(prediction: str) -> int:
    """How many there are in all of what is guessed; 0 when that is no count, or the key cannot be read."""
    try:
        return current_key().predictions[prediction].out_of
    except Exception:  # The card is about the learner's error, not about the key.
        return 0


def guess_line(scene: Scene) -> Words | None:
    """predict("paused", 60%, confidence 60): a guess that Python cannot read."""
    found = re.match(r"\s*predict\s*\(\s*[\"']?([\w-]*)", scene.line)
    if not found:
        return None
    word = scene.unknown_name
    unquoted = re.match(r"\s*predict\s*\(\s*([A-Za-z][\w-]*-[\w-]*)\s*,", scene.line)
    if word and unquoted and word in unquoted.group(1).split("-"):
        return Words(
            f"The name `{short(unquoted.group(1))}` has lost its quotes, so Python takes `-` for a minus.",
            f'Put them back: `"{short(unquoted.group(1))}"`, and leave the rest as it is.',
            "The name lost its quotes",
        )
    if word and word not in ("predict", found.group(1)):
        return Words(
            f"Your guess has to be a number, and `{short(word)}` is a word.",
            f"Write it in digits, in place of `{short(word)}`.",
            "Your guess, in digits",
        )
    if not scene.is_syntax or "was never closed" in scene.message or "invalid character" in scene.message:
        return None
    if "leading zeros" in scene.message:
        return None
    percent = re.search(r"(\d+(?:\.\d+)?)\s*%", scene.line)
    title = "Your guess, in digits"
    if percent:
        is_guess = "confidence" not in scene.line[: percent.start()]
        counted = _counted_out_of(found.group(1)) if is_guess else 0
        return Words(
            "A number wears digits alone here: to Python `%` is a sign to reckon with.",
            f"How many of {counted:,} is that? Write the number, without the sign."
            if counted
            else f"Write `{percent.group(1)}`, without the sign.",
            title,
        )
    number_with_gap = re.search(r"(?<![\w.])\d{1,3}(?:[ .]\d{3})+(?![\w.])", scene.line)
    if number_with_gap and (" " in number_with_gap.group() or number_with_gap.group().count(".") > 1):
        return None
    unit = re.search(r",\s*(\d[\d.]*)\s*([A-Za-z€$£]+)\s*,", scene.line)
    if unit and unit.group(2) != "confidence":
        digits, sign = unit.groups()
        whole = re.sub(r"\.(?=\d{3}\b)", "", digits)
        bare = f"{whole}000" if sign.lower() == "k" and "." not in whole else whole
        return Words(f"A number wears digits alone here, and behind yours stands `{sign}`.", f"Write `{bare}`.", title)
    sure = re.search(r"confidence\s*(?!=\s*\d+\s*\))(\S?)\s*(\S?)\s*(\d*)", scene.line)
    without = re.search(r"confidence\s*[:\s]\s*(\d+)", scene.line)
    if without:
        return Words(
            "Between `confidence` and your number an equals sign is missing.",
            f"Write `confidence={without.group(1)}`.",
            title,
        )
    if sure and re.search(r"confidence\s*=(?!\s*\d+\s*\))", scene.line):
        return Words(
            "Behind `confidence=` belongs one number from 0 to 100: how sure you are. It cannot be read yet.",
            "Take out all between `=` and the last bracket, dots too, and type a number, such as `confidence=70`.",
            title,
        )
    if re.search(r"\d\s+confidence", scene.line):
        return Words(
            "Between your number and `confidence` a comma is missing.",
            "Put a comma in front of `confidence`.",
            title,
        )
    name = found.group(1) or "____"
    return Words(
        "Between these brackets stand three things, with commas between them: a name in quotes, your number, and how "
        "sure you are.",
        f'Write it as `predict("{name}", 1200, confidence=70)`, with your own two numbers.',
        title,
    )


def course_line(scene: Scene) -> Words | None:
    """check(all-rows), check "all-rows", recall("what", b), hand_in(w01): the course's own lines, quotes missing."""
    apart = re.match(r"\s*hand[ -]in\b\s*\(?\s*[\"\']?(\w+)", scene.line)
    if apart and isinstance(scene.error, SyntaxError | NameError):
        return Words(
            "The name of a tool is one piece: `hand_in`, with a low line.",
            f'Write `hand_in("{apart.group(1)}")`.',
            "One name, one piece",
        )
    found = re.match(r"\s*(check|predict|recall|hand_in)\s*[(\[]?\s*(.*)$", scene.line)
    if not found or not isinstance(scene.error, SyntaxError | NameError | TypeError):
        return None
    tool, rest = found.groups()
    title = "Quotes, brackets"
    named = re.match(r"([A-Za-z][\w-]*)\s*(?=[,)]|$)", rest)
    missing = scene.unknown_name
    if missing == tool:
        return None
    if named:
        quotes = f"The name in these brackets is a text, and a text wears quotes: `{short(named.group(1))}` has none."
        left = f"Nothing new was packed. {earlier(scene.folder)}".strip() if tool == "hand_in" else ""
        return Words(
            f"{quotes} {left}".strip(),
            f'Write `"{named.group(1)}"`.',
            title,
        )
    answer = re.search(rf"[,=]\s*((?:not\s+)?{missing})\s*[,)]", scene.line) if missing else None
    if answer and tool == "hand_in" and re.search(r"journal\s*=\s*$", scene.line[: answer.start(1)]):
        nothing = "Nothing new was packed: `False` wears a capital and no quotes, and so does `True`."
        return Words(
            f"{nothing} {earlier(scene.folder)}".strip(),
            "Write `journal=False` to keep tries and predictions to yourself.",
            "True or False",
        )
    address = re.search(r"[\w.+-]+@[\w.-]*\w", scene.line)
    if tool == "hand_in" and address and not re.search(rf"[\"']{re.escape(address.group())}", scene.line):
        return Words(
            f"`{short(address.group())}` is a text, and a text wears quotes.",
            f'Write `email="{short(address.group())}"`, inside the brackets.',
            "An address without its quotes",
        )
    if answer:
        return Words(
            f"`{short(answer.group(1))}` is your answer, and an answer in words or letters wears quotes.",
            f'Write `"{answer.group(1)}"`.',
            "A word without its quotes",
        )
    if not scene.is_syntax or "was never closed" in scene.message or "invalid character" in scene.message:
        return None
    bare = re.match(r"[\"']*([A-Za-z0-9][\w-]*)[\"']*\s*\)?\s*$", rest)
    if bare and tool in ("check", "hand_in"):
        return Words(
            f"`{tool}` wants brackets round the name, and a quote on each side of it.",
            f'Write `{tool}("{bare.group(1)}")`.',
            title,
        )
    if tool != "recall":
        return None
    said = re.search(r"came_back\s*=\s*(.*?)\)?\s*$", rest)
    if said and said.group(1).count('"') > 2:
        return Words(
            "A double quote inside your sentence ends it too early.",
            "Take the quotes inside the sentence out; keep one at each end.",
            "Quotes inside quotes",
        )
    if said and not said.group(1).startswith(('"', "'")):
        return Words(
            "What came back is a sentence, and a sentence wears quotes here.",
            'Write `came_back="..."`, with your sentence for the dots.',
            title,
        )
    if said and "'" in said.group(1):
        return None
    return Words(
        "Each text in these brackets has a quote on both sides, and a comma parts it from the next.",
        'Write it as `recall("monday", "yes", came_back="...")`.' if said else "Count the quotes: one on each side.",
        title,
    )


def calendar_line(scene: Scene) -> Words | None:
    """my_week(planning), file=amara.ics: what the calendar's tools are told, without its quotes or its name."""
    found = re.search(r"\b(?:my_week|read_calendar)\s*\((.*)", scene.line)
    if not found or not isinstance(scene.error, SyntaxError | NameError):
        return None
    late = re.search(r"\w\s*=[^,]+,\s*([\"'])([^\"'=]+\.(?:ics|zip))\1", found.group(1), re.IGNORECASE)
    if late and scene.is_syntax:
        return Words(
            f"`{short(late.group(2))}` stands behind something with a name, and so it needs its own.",
            f'Write `file="{short(late.group(2))}"`.',
            "In the brackets",
        )
    bare = re.search(
        r"(?:^|,)\s*((?:file|you|zone|without)\s*=\s*)?([A-Za-z][^,=()]*?)\s*(?:[,)]|$)", _emptied(found.group(1))
    )
    if not bare or (scene.unknown_name and scene.unknown_name not in bare.group(2)):
        return None
    wanted = "".join((bare.group(1) or "").split()) + f'"{short(bare.group(2))}"'
    return Words(
        f"`{short(bare.group(2))}` is a text, and a text wears quotes.",
        f"Write `{wanted}`, inside the brackets.",
        "A word without its quotes",
    )


def _emptied(arguments: str) -> str:
    """What stands in brackets, with a `_` for each sign of its texts."""
    return re.sub(r"\"[^\"]*\"?|'[^']*'?", lambda text: "_" * len(text.group()), arguments)


def answer_in_letters(scene: Scene) -> Words | None:
    """best_reply = "c, best = c", x = ""c"", rankings = cab def, farids_figure "c"."""
    if not scene.is_syntax:
        return None
    title = "An answer in quotes"
    given = re.match(r"\s*([A-Za-z_]\w*)\s*=\s*([\"']*)([A-Za-z][\w ,.;-]{0,40}?)([\"']*)\s*(?:#.*)?$", scene.line)
    if (
        given
        and len(given.group(2)) < 3
        and not re.search(r"\b(if|else|not|and|or|in|is|lambda|def|for)\s", given.group(3))
    ):
        name, opened, text, closed = given.groups()
        text = text.strip(" .,;")
        several = re.search(r"[ ,]", text) and not (opened or closed)
        letters = bool(re.fullmatch(r"[A-Ha-h](?:[ ,]*[A-Ha-h]){0,7}", text))
        if several and not letters:
            return None
        if opened != closed or len(opened) > 1 or several or given.group(3) != text:
            return Words(
                "An answer in letters or words wears one quote on each side, both of the same kind.",
                f'Write `{name} = "{short(text)}"`.',
                title,
            )
    unit = re.match(r"\s*([A-Za-z_]\w*)\s*=\s*(\d[\d.,]*)\s+([A-Za-z]+)\s*$", scene.line)
    if unit and not keyword.iskeyword(unit.group(3)):
        return Words(
            f"A number wears digits alone: behind it stands `{short(unit.group(3))}`.",
            f"Take `{short(unit.group(3))}` out. If the table can be asked, let the query give the number.",
            "Digits alone",
        )
    bare = re.match(r"\s*([A-Za-z_]\w*)\s+([\"'][^\"']*[\"']|duckdb\.sql\(.*\))\s*$", scene.line)
    if bare and not closest(bare.group(1), [word for word in [*keyword.kwlist, "print"] if len(word) > 3], 0.74):
        name, text = bare.groups()
        return Words(
            f"Between `{short(name)}` and its value the equals sign is missing.",
            f"Write `{name} = {short(text)}`.",
            "A sign is missing",
        )
    return None
