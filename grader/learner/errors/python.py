"""What Python refuses, in human words, for 3.11 to 3.14. What varies between versions is left out of the patterns."""

import ast
import builtins
import inspect
import keyword
import re
import sys
from collections.abc import Callable

from grader.learner.errors.scene import (
    CURLY,
    DASHES,
    TOOLS,
    Scene,
    Words,
    closest,
    column_kinds,
    known_names,
    listed,
    short,
    typename,
)
from grader.learner.errors.sql import missing_file
from grader.learner.key import current_key
from grader.learner.problem import Problem
from grader.learner.session import box_now, gives

_KINDS = {
    "int": "a number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "tuple": "a list",
    "dict": "a set of named values",
    "bool": "yes or no",
    "NoneType": "nothing at all",
    "DuckDBPyRelation": "the result of a query",
    "DataFrame": "a table",
    "Series": "a column",
    "module": "a toolbox",
    "function": "a tool",
    "method": "a tool",
    "builtin_function_or_method": "a tool",
}
_RUN_ABOVE = "In the menu **Run** choose **Run All Above Selected Cell**, then run this box again."
_SQL_LINE = re.compile(
    r"\s*(?:(\w+)\s*=\s*)?(?:\w+(?:\.\w+)?\(\s*)?(select|with\s+\w+\s+as|from\s+'|summarize)\b", re.IGNORECASE
)


def kind_of(name: str) -> str:
    """A Python type in a leader's words."""
    return _KINDS.get(name.rpartition(".")[2], f"a `{short(name)}`")


def nobody_types(scene: Scene) -> Words | None:
    """input("Which?") where a notebook runs by itself, as a grader runs it."""
    if not isinstance(scene.error, EOFError) or "input" not in scene.line:
        return None
    name = re.match(r"\s*(\w+)\s*=", scene.line)
    return Words(
        "`input` waits until somebody types. When your coach's machine runs this box, nobody sits there.",
        f'Write the answer itself into the box: `{name.group(1) if name else "answer"} = "..."`.',
        "Nobody is there to type",
    )


# Text that Python cannot read at all


def curly_quotes(scene: Scene) -> Words | None:
    """“ ” ‘ ’ pasted from Word, Outlook or a chat."""
    found = re.search(r"invalid character '(.)'", scene.message) if scene.is_syntax else None
    if not found or found.group(1) not in CURLY:
        return None
    return Words(
        f"The quotes in this line are curly ones ( {found.group(1)} ), as Word, Outlook and chats make them. "
        "Python reads straight quotes only.",
        "Delete each curly quote in the box and type it again from your keyboard.",
        "Curly quotes",
    )


def long_dash(scene: Scene) -> Words | None:
    """An en dash for a minus."""
    found = re.search(r"invalid character '(.)'", scene.message) if scene.is_syntax else None
    if not found or found.group(1) not in DASHES:
        return None
    return Words(
        f"The `{found.group(1)}` here is a long dash, as Word makes them. Python knows the short one only.",
        "Delete it and type `-` from your keyboard.",
        "A long dash",
    )


def invisible_sign(scene: Scene) -> Words | None:
    """A non-breaking space or another sign that cannot be seen."""
    if not scene.is_syntax or "non-printable character" not in scene.message:
        return None
    return Words(
        f"There is a sign that nobody can see{scene.at}, most often a special space that came along when text "
        "was pasted.",
        "Delete the spaces in that line and type them again.",
        "An invisible sign",
    )


def other_sign(scene: Scene) -> Words | None:
    """A euro sign, an ellipsis sign, and the like."""
    found = re.search(r"invalid character '(.)'", scene.message) if scene.is_syntax else None
    sign = found.group(1) if found else ""
    if not sign:
        money = re.search(r"[$€£]\s*\d|\d[$€£%](?!\s*[\w(])", _code(scene.line)) if scene.is_syntax else None
        if not money:
            return None
        sign = re.sub(r"[\d\s]", "", money.group())
        number = re.search(rf"{re.escape(sign)}\s*(\d[\d.]*)|(\d[\d.]*)\s*{re.escape(sign)}", _code(scene.line))
        bare = (number.group(1) or number.group(2)) if number else ""
        asked = re.match(r"\s*(\w+)\s*=", scene.line)
        if bare and sign == "%" and asked and asked.group(1) in _shares():
            return Words(
                "Python does not read `%` as per cent, and this box wants a share, a number from 0 to 1.",
                "Let a query find it, in place of the number.",
                "A sign too many",
            )
        if bare:
            return Words(
                f"Python does not know the sign `{sign}` here. Numbers wear digits and a point, no currency and no "
                "percent.",
                f"Take the `{sign}` out and keep the bare number: `{bare}`.",
                "A sign too many",
            )
    if sign == "…":
        return Words(
            "The `…` is one sign here, made by Word or a phone.",
            "Replace it, dots and all, with your answer.",
            "An odd sign",
        )
    return Words(
        f"Python does not know the sign `{sign}` here. Numbers wear digits and a point, no currency and no percent.",
        f"Take the `{sign}` out and keep the bare number.",
        "A sign too many",
    )


def number_with_gaps(scene: Scene) -> Words | None:
    """10 000, 1.200.000, 5,064 or a leading zero."""
    if not scene.is_syntax:
        return None
    found = re.search(r"(?<![\w.'\"])\d{1,3}(?:[ .]\d{3})+(?![\w.])", scene.line)
    if found and (" " in found.group() or found.group().count(".") > 1):
        bare = re.sub(r"[ .]", "", found.group())
        return Words(
            f"`{found.group()}` is one number to you and several to Python.",
            f"Write it without gaps: `{bare}`.",
            "A number with gaps",
        )
    if "leading zeros" in scene.message:
        code = _code(scene.line)
        alone = re.match(r"\s*\w+\s*=\s*(\d{1,3}(?:, ?\d{3})+)\s*$", code)
        parted = [alone.group(1)] if alone else re.findall(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w.])", code)
        for number in [number for number in parted if re.search(r", ?0", number)]:
            return Words(
                f"To Python the comma in `{number}` parts two numbers, and the second begins with a zero, which is "
                "not allowed.",
                f"Write the number without a comma: `{re.sub('[, ]', '', number)}`.",
                "A number without a comma",
            )
        return Words(
            "A number begins with a zero here, and Python does not allow that.",
            "Take the zero in front away.",
            "A leading zero",
        )
    return None


# Text that Python reads as something else


def sql_without_duckdb(scene: Scene) -> Words | None:
    """SELECT ... typed as if Python were SQL."""
    if not scene.is_syntax:
        return None
    found = _SQL_LINE.match(scene.line)
    if not found:
        # On continuation lines the SELECT stands above the line that Python names.
        first = next(
            (line for line in scene.source.splitlines() if line.strip() and not line.lstrip().startswith("#")), ""
        )
        found = _SQL_LINE.match(first) if not re.search(r"[\"'(]\s*select", first, re.IGNORECASE) else None
    if not found:
        return None
    name = f"{found.group(1)} = " if found.group(1) else ""
    if re.search(r"duckdb\s*\.\s*sql\s*\(\s*select\b", scene.source, re.IGNORECASE):
        return Words(
            "The query in the brackets of `duckdb.sql(...)` has no quotes, so Python takes its words for its own.",
            f'Put double quotes around it, inside the brackets: `{name}duckdb.sql("SELECT ...")`.',
            "A query without its quotes",
        )
    if re.search(r"\n\s*(from|where|group|order)\b", scene.source, re.IGNORECASE):
        return Words(
            "This box speaks Python, and your lines are SQL. SQL travels inside `duckdb.sql(...)`; several lines wear "
            "three double quotes at both ends.",
            f'Put `{name}duckdb.sql("""` in front of the query and `""")` behind it.',
            "SQL without its envelope",
        )
    return Words(
        "This box speaks Python, and your line is SQL. SQL travels inside `duckdb.sql(...)`, in double quotes.",
        f'Wrap it: `{name}duckdb.sql("SELECT ...")`, with your whole query between the double quotes.',
        "SQL without its envelope",
    )


def quotes_in_quotes(scene: Scene) -> Words | None:
    """'... 'Coast'' : the inner quote ends the text."""
    if not scene.is_syntax or "f-string" in scene.message:
        return None
    line = scene.line
    left_open = re.search(r"\b(\w+)\s*=\s*\"([^\"=()]{1,40}?)\s*,\s*\w+\s*=\s*\"", line)
    if left_open:
        return Words(
            f"The text of `{left_open.group(1)}` is never closed: a quote is missing behind it.",
            f'Write `{left_open.group(1)}="{left_open.group(2)}"`.',
            "A quote is missing",
        )
    apostrophe = re.search(r"'[^'\"]*?\b(\w+'\w{1,2})\b[^'\"]*'", line)
    if apostrophe and line.count("'") == 3:
        return Words(
            f"For Python the text ends at the apostrophe in `{apostrophe.group(1)}`.",
            "Put double quotes round the whole text; an apostrophe may stand inside those.",
            "Quotes inside quotes",
        )
    for outer, other, kind in (("'", '"', "double"), ('"', "'", "single")):
        pieces = line.split(outer)
        found = re.match(r"[\w.%-]+$", pieces[2]) if len(pieces) > 3 else None
        if not found:
            continue
        inner = found.group()
        if other == '"':
            nxt = f"Put double quotes round the whole text, and keep `'{inner}'` as it is."
        elif inner.lower() in _columns_of_line(scene):
            nxt = f"`{inner}` is a column, and a column wears none: take the double quotes round it away."
        else:
            nxt = f"Write `'{inner}'` with {kind} quotes; the double ones stay round the whole text."
        return Words(
            f"For Python the text ends at the quote in front of `{short(inner)}`. The quotes inside must be of "
            "the other kind.",
            nxt,
            "Quotes inside quotes",
        )
    return None


def _columns_of_line(scene: Scene) -> list[str]:
    return [column.lower() for column in column_kinds(scene.source, scene.namespace, scene.folder)]


def unclosed_text(scene: Scene) -> Words | None:
    """A text whose closing quote is missing."""
    if not scene.is_syntax or not re.search(r"unterminated|EOL while scanning|EOF while scanning", scene.message):
        return None
    if "triple" in scene.message:
        return Words(
            "A text opened with three quotes never ends.",
            'Put three quotes of the same kind behind its last line: `"""`.',
            "A quote is missing",
        )
    below = scene.source.splitlines()[scene.number :] if scene.number else []
    if re.search(r"[\"'].*\bselect\b", scene.line, re.IGNORECASE) and any(
        re.search(r"[\"']\s*\)?\s*$", line) for line in below
    ):
        return Words(
            "A text in plain quotes must end on the line where it began. Yours goes on below.",
            'Use three double quotes at both ends: `"""` before `SELECT` and `"""` after the last line.',
            "A text over several lines",
        )
    return Words(
        f"A text is opened with a quote{scene.at} and never closed. Quotes come in pairs.",
        "Add the missing quote where the text ends, before the closing bracket if there is one.",
        "A quote is missing",
    )


def unclosed_bracket(scene: Scene) -> Words | None:
    """( without ), or the other way round."""
    if not scene.is_syntax:
        return None
    found = re.search(r"'(.)' was never closed|unexpected EOF", scene.message)
    if found:
        opened = found.group(1) or "("
        partner = {"(": ")", "[": "]", "{": "}"}.get(opened, ")")
        below = scene.source.splitlines()[scene.number :] if scene.number else []
        if opened == "(" and _code(scene.line).rstrip().endswith("(") and any(line.strip() for line in below):
            return Words(
                f"A bracket `(` is opened{scene.at}, holds the lines below, and is never closed.",
                "Put `)` on a line of its own, behind the last of them.",
                "A bracket is missing",
            )
        if opened == "(" and re.search(r"\(\s*(\"\"\"|\'\'\')", scene.line):
            return Words(
                "The query's envelope is opened with a bracket and three quotes, and its bracket is never closed.",
                'The last line of the query is `""")`: put the bracket behind the three quotes there.',
                "A bracket is missing",
            )
        return Words(
            f"A bracket `{opened}` is opened{scene.at} and never closed.",
            f"Add `{partner}` where it ends, most often at the very end of that line.",
            "A bracket is missing",
        )
    found = re.search(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", scene.message)
    if found:
        return Words(
            f"A bracket is opened with `{found.group(2)}` and closed with `{found.group(1)}`.",
            "Make the two a pair: `( )` or `[ ]`.",
            "Brackets that do not match",
        )
    found = re.search(r"unmatched '(.)'", scene.message)
    if found:
        return Words(
            f"There is a `{found.group(1)}`{scene.at} that closes nothing: one too many, or the opening one is gone.",
            f"Take one `{found.group(1)}` out.",
            "A bracket too many",
        )
    return None


def missing_colon(scene: Scene) -> Words | None:
    """if, for or def without its colon."""
    if not scene.is_syntax or not re.search(r"expected ':'", scene.message):
        return None
    word = re.match(r"\s*(\w+)", scene.line)
    if scene.line.rstrip().endswith(":"):
        return None
    return Words(
        f"A line that begins with `{word.group(1) if word else 'if'}` ends with a colon, and the colon is missing.",
        "Put `:` at the end of that line.",
        "A colon is missing",
    )


def indentation(scene: Scene) -> Words | None:
    """Spaces at the start of a line, too many or too few."""
    if not isinstance(scene.error, IndentationError):
        return None
    if "expected an indented block" in scene.message:
        return Words(
            "After a line that ends with a colon, the next one begins further right. Here it does not.",
            f"Put four spaces in front of {scene.where}.",
            "Further to the right",
        )
    if "unexpected indent" in scene.message:
        return Words(
            f"Spaces stand in front of {scene.where}, and to Python the start of a line means something.",
            "Delete them, so that it begins right below its neighbours.",
            "Spaces in front",
        )
    return Words(
        f"The start of {scene.where} fits neither the line above nor the beginning of its block.",
        "Let it begin exactly below its neighbours; use the space bar, not Tab.",
        "Spaces in front",
    )


def print_brackets(scene: Scene) -> Words | None:
    """print x"""
    if not scene.is_syntax or "Missing parentheses in call to" not in scene.message:
        return None
    found = re.search(r"call to '(\w+)'", scene.message)
    tool = found.group(1) if found else "print"
    if tool == "print" and re.match(r"\s+print\b", scene.line) and not re.search(r"^\s*return\b", scene.source, re.M):
        return Words(
            "`print` shows something, and wants brackets. A function that is to hand its answer back says `return`.",
            "Write `return` in place of `print`.",
            "Print or return?",
        )
    return Words(
        f"`{tool}` is a tool, and what it works on stands in brackets.",
        f"Write `{tool}(...)` with your text inside.",
        "Brackets",
    )


def name_with_a_gap(scene: Scene) -> Words | None:
    """best reply = "c", all-rows = 3, 1st = 3, class = 3."""
    if not scene.is_syntax:
        return None
    found = re.match(r"\s*([A-Za-z]\w*(?:[ -]+[A-Za-z]\w*)+)\s*=(?!=)", scene.line)
    if found and not set(re.split(r"[ -]+", found.group(1))) & {
        "if",
        "while",
        "and",
        "or",
        "not",
        "is",
        "in",
        "for",
        "print",
    }:
        return Words(
            f"A name is one piece: no spaces and no hyphens. `{short(found.group(1))}` is several.",
            f"Join it with a low line: `{re.sub(r'[ -]+', '_', found.group(1))}`.",
            "One name, one piece",
        )
    found = re.match(r"\s*(\w+)\s*=(?!=)", scene.line)
    if found and keyword.iskeyword(found.group(1)) and found.group(1) != "return":
        return Words(
            f"`{found.group(1)}` is a word of Python itself and cannot be a name for a result.",
            f"Choose another, such as `my_{found.group(1).lower()}`.",
            "A name already taken",
        )
    if found and found.group(1)[0].isdigit() and not found.group(1).isdigit():
        return Words(
            f"A name may hold digits but not begin with one, as `{short(found.group(1))}` does.",
            "Put a letter in front.",
            "A name begins with a letter",
        )
    return None


def one_equals_sign(scene: Scene) -> Words | None:
    """= where == is meant, =<, and names on the wrong side."""
    if not scene.is_syntax:
        return None
    wrong = re.search(r"=<|=>", _code(scene.line))
    if wrong:
        return Words(
            f"Python reads `{wrong.group()}` as two signs.",
            f"Turn them round: `{wrong.group()[::-1]}`.",
            "Signs the wrong way round",
        )
    if re.match(r"\s*(if|elif|while)\b", scene.line) and "'=='" in scene.message:
        return Words(
            "One `=` gives a name to something. To ask whether two things are equal, Python wants two.",
            "Write `==` in that line.",
            "One sign or two?",
        )
    if "cannot assign to" in scene.message:
        return Words(
            "To the left of `=` stands a name, and nothing but a name. Here stands something else.",
            "Put the name on the left and the value on the right. To compare, write `==`.",
            "One name on the left",
        )
    return None


def nothing_after_equals(scene: Scene) -> Words | None:
    """name = and then nothing."""
    found = re.match(r"\s*(\w+)\s*=\s*(#.*)?$", scene.line) if scene.is_syntax else None
    if not found:
        return None
    below = scene.source.splitlines()[scene.number :] if scene.number else []
    following = next((line.strip() for line in below if line.strip() and not line.lstrip().startswith("#")), "")
    asked = re.match(r"(?:\w+\.)?\w+\(", following)
    if asked and asked.group() == "duckdb.sql(":
        return Words(
            f"Nothing stands behind `{short(found.group(1))} =`: the question stands on a line below, and Python ends "
            "a line where you do.",
            "Bring `duckdb.sql(` up, right behind the `=`.",
            "One line too low",
        )
    if re.match(r"(?:pivot|with|from)\s", following, re.IGNORECASE):
        return Words(
            f"The question for `{short(found.group(1))}` stands below, without its envelope.",
            'Write `duckdb.sql("""` right behind the `=`, and `""")` behind the last line of the question.',
            "SQL without its envelope",
        )
    if re.fullmatch(r"\"[^\"]*\"|'[^']*'|-?\d[\d.]*", following):
        return Words(
            f"Nothing stands behind `{short(found.group(1))} =`: the answer stands on a line below, and Python ends "
            "a line where you do.",
            f"Bring `{short(following)}` up, right behind the `=`.",
            "One line too low",
        )
    return Words(
        f"Nothing stands behind `{short(found.group(1))} =`.",
        "Type your answer there, or put the three dots `...` back.",
        "An empty place",
    )


def unfinished_line(scene: Scene) -> Words | None:
    """x = 3 +"""
    found = (
        re.search(r"([-+*/%<>=])\s*$", _code(scene.line))
        if scene.is_syntax and "invalid syntax" in scene.message
        else None
    )
    if not found:
        return None
    return Words(
        f"The line stops right after `{found.group(1)}`, where something more must follow.",
        f"Finish the line behind `{found.group(1)}`, or take that sign out.",
        "Not finished",
    )


def misspelt_word_of_python(scene: Scene) -> Words | None:
    """form grader imprt check"""
    if not scene.is_syntax or scene.message.startswith("'"):
        return None
    offered = re.search(r"Did you mean '(\w+)'", scene.message)
    words = re.findall(r"[A-Za-z_]+", _code(scene.line))
    for word in words[:4]:
        if keyword.iskeyword(word) or word in scene.namespace or hasattr(builtins, word) or len(word) < 3:
            continue
        near = closest(word, [known for known in keyword.kwlist if len(known) > 2], 0.74)
        if near and (not offered or near == offered.group(1)):
            return Words(
                f"I think `{word}` is meant to be `{near}`, a word of Python.",
                f"Change `{word}` to `{near}`.",
                "A misspelt word",
            )
    return None


def missing_comma(scene: Scene) -> Words | None:
    """f(a b)"""
    if not scene.is_syntax or not re.search(r"forgot a comma|':' expected after dictionary key", scene.message):
        return None
    numbers = re.fullmatch(r"\s*([\d.]+)\s+([\d.]+)\s*,?\s*(?:#.*)?", scene.line)
    if numbers:
        return Words(
            f"In this line stand two numbers, `{numbers.group(1)}` and `{numbers.group(2)}`.",
            f"Keep one of them, with its comma: `{numbers.group(2)},`.",
            "One number a line",
        )
    return Words(
        f"Inside the brackets{scene.at}, two things stand side by side with nothing between them.",
        "Put a comma between them. If one of them is a word, it wants quotes too.",
        "A comma is missing",
    )


def line_of_a_call(scene: Scene) -> Words | None:
    """boss="CEO" and no comma; boss="CEO, and no quote; boss=the CEO: one named answer a line, in open brackets."""
    above = scene.source.splitlines()[: (scene.number or 1) - 1]
    if not scene.is_syntax or not any(re.match(r"\s*\w+\(\s*(?:#.*)?$", line) for line in above):
        return None
    lost = re.search(r"[\s,]?(\w+)\s*=\s*([\"'])((?:(?!\2).)*)$", _before_comment(scene.line))
    if lost and "unterminated string" in scene.message:
        name, quote, text = lost.groups()
        text = re.split(r"\s+#", text)[0].rstrip(" ,")
        return Words(
            f"The text of `{name}` is never closed: a quote is missing behind it.",
            f"Write `{name}={quote}{short(text)}{quote},`.",
            "A quote is missing",
        )
    if "forgot a comma" not in scene.message:
        return None
    code = _before_comment(scene.line).rstrip()
    inner = re.search(r"=\s*\"[^\",]+\"([A-Za-z][\w ]*)\"[^\",]*\"", code)
    if inner:
        return Words(
            f"For Python the text ends at the quote in front of `{short(inner.group(1))}`.",
            f"Inside the text write single ones, `'{short(inner.group(1))}'`, or none.",
            "Quotes inside quotes",
        )
    bare = re.search(r"(\w+)\s*=\s*([A-Za-z]\w*(?:[ ]+\w+)+)\s*(?:,|\)|$)", code)
    if bare and not any(keyword.iskeyword(word) for word in bare.group(2).split()):
        return Words(
            f"`{short(bare.group(2))}` is a text, and a text wears quotes.",
            f'Write `{bare.group(1)}="{short(bare.group(2))}",`.',
            "Words without their quotes",
        )
    apart = re.search(r"(\"[^\"]*\"|'[^']*')(?:\s+\w+\s*=|$)", code)
    if not apart:
        return None
    return Words(
        f"Between two answers in brackets stands a comma. Behind `{short(apart.group(1))}` there is none.",
        f"Put it there: `{short(apart.group(1))},`.",
        "A comma is missing",
    )


def order_in_brackets(scene: Scene) -> Words | None:
    """predict("x", confidence=70, 4)"""
    if not scene.is_syntax or "positional argument follows keyword argument" not in scene.message:
        return None
    parted = re.search(r"(\w+)\s*=\s*\"([^\"]*)\"\s*,\s*\"([^\"]*)\"", scene.source)
    if parted:
        name, one, other = parted.groups()
        return Words(
            f'`"{short(other, 20)}"` wears quotes of its own, and Python does not know whose it is.',
            f'If both belong to `{name}`, one pair holds them: `{name}="{short(one, 20)}, {short(other, 20)}"`.',
            "One pair of quotes",
        )
    half = re.search(r"(\w+)\s*=\s*([A-Za-z][\w ]*?)\s*,\s*\"([^\"]*)\"", scene.source)
    if half and half.group(2) not in scene.namespace:
        name, one, other = half.groups()
        return Words(
            f'`{short(one, 20)}` and `"{short(other, 20)}"` stand side by side; one of them is without quotes.',
            f'If both belong to `{name}`, one pair holds them: `{name}="{short(one, 20)}, {short(other, 20)}"`.',
            "One pair of quotes",
        )
    return Words(
        "In the brackets, a bare value comes after one with a name and `=`. Python wants the bare ones first.",
        "Move the bare value to the front.",
        "The order in the brackets",
    )


def a_sentence(scene: Scene) -> Words | None:
    """Prose typed in a code cell."""
    if not scene.is_syntax:
        return None
    words = re.findall(r"[A-Za-z']+", scene.line)
    if len(words) < 4 or re.search(r"[=()\[\]{}\"_]|\.\w", scene.line):
        return None
    return Words(
        "Python tried to read your sentence as code. This grey box is for code.",
        "Put `#` in front of a sentence that is for people, or write it in the memo's box.",
        "A sentence among the code",
    )


def windows_path(scene: Scene) -> Words | None:
    r"""'C:\Users\...'"""
    if not scene.is_syntax or "unicodeescape" not in scene.message:
        return None
    return Words(
        r"A single `\` in a text begins a secret sign for Python, and the path from Windows is full of them.",
        "Put an `r` in front of the opening quote, or turn each one into `/`.",
        "A path from Windows",
    )


def other_syntax(scene: Scene) -> Words | None:
    """Anything else that does not parse."""
    if not scene.is_syntax:
        return None
    piece = short(scene.line.strip(), 50)
    shown = f": `{piece}`" if piece else ""
    return Words(
        f"Python could not read this box, so nothing in it was run. It stopped{scene.at or ' here'}{shown}.",
        "Compare that line with the example above: quotes, commas, brackets. The cause may stand one line higher.",
        "Python could not read that",
    )


# Names


def blank_left(scene: Scene) -> Words | None:
    """____ or ... where an answer belongs."""
    blank = isinstance(scene.error, NameError) and re.search(r"name '(_{2,})'", scene.message)
    dots = "ellipsis" in scene.message.lower() and isinstance(scene.error, TypeError | AttributeError | ValueError)
    if not blank and not dots:
        return None
    piece = "____" if blank else "..."
    worked_on = re.sub(r"^\s*\w+\s*=(?!=)", "", scene.line)
    name = next(
        (known for known in re.findall(r"[A-Za-z_]\w*", worked_on) if scene.namespace.get(known) is Ellipsis), ""
    )
    if dots and name:
        return Words(
            f"`{name}` is still `...`, the dots that hold the place of your answer, and this line wants to work "
            "with it.",
            f"Fill in `{name}` first, run its box, then this one.",
            "A blank is left",
        )
    return Words(
        f"A blank is left{scene.at}: `{piece}` holds the place of something that you fill in.",
        f"Put your answer where `{piece}` stands, then run this box again.",
        "A blank is left",
    )


def name_of_this_box(scene: Scene) -> Words | None:
    """The exercise's own name alone on the last line of a box in which nothing makes it."""
    name = scene.unknown_name
    if not name or scene.inside or name not in _answers():
        return None
    try:
        *above, last = ast.parse(scene.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if re.search(rf"^\s*#\s*{re.escape(name)}\s*=", scene.source, re.MULTILINE) and not gives(scene.source, name):
        return Words(
            f"The line that gives `{name}` its value begins with `#`, and Python skips such a line.",
            "Take the `#` in front of it away.",
            "A line that is skipped",
        )
    # A name that stands alone in its box may be shown there and made in another.
    if not above or not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Name) or last.value.id != name:
        return None
    if re.match(rf"\s*{re.escape(name)}\s*(?:#.*)?$", scene.line) is None:
        return None
    made = [node.id for each in above for node in ast.walk(each) if isinstance(node, ast.Name) and _stored(node)]
    if name in made:
        return None
    before = above[-1]
    other = before.targets[0] if isinstance(before, ast.Assign) and len(before.targets) == 1 else None
    if isinstance(other, ast.Name):
        nxt = f"Begin it with `{name} =` in place of `{other.id} =`."
    elif isinstance(before, ast.Expr) and re.match(r"duckdb\.sql\(", ast.unparse(before.value)):
        nxt = f"Begin it with `{name} =`, in front of `duckdb.sql(`."
    else:
        nxt = f"Begin the line that answers with `{name} =`."
    return Words(
        f"The last line shows `{name}`. This box should make that name, and no line in it does.",
        nxt,
        "The name of the answer",
    )


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _answers() -> set[str]:
    """The names that the lesson's boxes are to make; none when its key cannot be read."""
    try:
        exercises = current_key().exercises.values()
    except Exception:  # The card is about the learner's error, not about the key.
        return set()
    return {each.variable for each in exercises if each.kind in ("value", "table", "choice", "order")}


def _shares() -> set[str]:
    """The names whose answer is a share; none when the lesson's key cannot be read."""
    try:
        exercises = current_key().exercises.values()
    except Exception:  # The card is about the learner's error, not about the key.
        return set()
    return {each.variable for each in exercises if each.kind == "value" and _is_share(each.answer.get("value"))}


def _is_share(value: object) -> bool:
    return type(value) is float and 0 < value < 1


def word_among_numbers(scene: Scene) -> Words | None:
    """`yes,` or `not yet,` on its line of a list of numbers."""
    name = scene.unknown_name
    line = re.fullmatch(rf"\s*((?:not\s+)?{re.escape(name)})\s*,\s*(?:#.*)?", scene.line) if name else None
    if not line or not re.search(r"^\s*\d+\s*,", scene.source, re.MULTILINE):
        return None
    return Words(
        f"In this list stand numbers, one a line, and `{short(line.group(1))}` is a word.",
        "Write a number in its place, and keep the comma.",
        "A number, not a word",
    )


def made_below(scene: Scene) -> Words | None:
    """A name that a box further down the page makes."""
    name, page = scene.unknown_name, scene.page
    if not name or page is None:
        return None
    given = re.match(r"(\w+)\s*=(?!=)", scene.source)
    here = page.place(box_now(), scene.source, given.group(1) if given else "")
    places = page.making(name)
    if here is None or not places or min(places) <= here:
        return None
    return Words(
        f"`{short(name)}` is made further down the page, in a box that comes after this one.",
        "Answer with what stands above this box.",
        "Not made yet",
    )


def unknown_name(scene: Scene) -> Words | None:
    """A typo, a letter without quotes, a word without quotes, or a cell that was not run."""
    name = scene.unknown_name
    if not name:
        return None
    assigned = re.match(r"\s*(\w+)\s*=\s*(\w+)\s*(#.*)?$", scene.line)
    if len(name) == 1 and assigned and assigned.group(2) == name:
        return Words(
            f"Python took `{name}` for the name of something you have made. A letter that is an answer wears quotes.",
            f'Write `{assigned.group(1)} = "{name}"`.',
            "A letter without quotes",
        )
    spelt = {"true": "True", "false": "False", "null": "None", "none": "None", "nan": "None"}.get(name.lower())
    if spelt:
        return Words(
            f"Python spells it `{spelt}`, with a capital.", f"Write `{spelt}` for `{name}`.", "A capital letter"
        )
    if name in TOOLS:
        return Words(
            f"`{name}` is a tool that a grey box further up fetches, and that box has not run since the lesson was "
            "opened or restarted.",
            "Begin with the first grey box of the page: run it, and then each one down to here.",
            "A box above has not run",
        )
    if any(gives(source, name) for source in scene.sources):
        return Words(
            f"Python does not know `{short(name)}`: the box that makes it ran, and stopped before it was made.",
            "Look under that box: the card there says why. Mend it, run it, then this one again.",
            "Stopped above",
        )
    if scene.page is not None and scene.page.making(name):
        return Words(
            f"Python does not know `{short(name)}`: the box that makes it is in this notebook, but has not "
            "been run since you opened it.",
            _RUN_ABOVE,
            "A box above has not been run",
        )
    near = closest(name, scene.names(), 0.76) or closest(name, [*TOOLS, *known_names()], 0.78)
    if near and near != name:
        return Words(
            f"Python does not know the name `{short(name)}`. It does know `{near}`.",
            f"If you mean `{near}`, write it like that: capitals and low lines count.",
            "An unknown name",
        )
    if assigned and assigned.group(2) == name:
        return Words(
            f"Python took `{short(name)}` for a name, and knows nothing called that. A word that is an answer "
            "wears quotes.",
            f'If it is a word, write `"{name}"`.',
            "A word without quotes?",
        )
    if scene.page is not None:
        return Words(
            f"Python does not know the name `{short(name)}`, and no box of this page makes it.",
            "If it is a word, it wears quotes. If it is a name, compare its spelling with the boxes above.",
            "An unknown name",
        )
    return Words(
        f"Python does not know the name `{short(name)}`. Most often the box above that makes it has not been run yet.",
        _RUN_ABOVE,
        "An unknown name",
    )


def result_is_a_table(scene: Scene) -> Words | None:
    """Arithmetic on the result of a query."""
    if not isinstance(scene.error, TypeError) or "not callable" in scene.message:
        return None
    if re.search(r"argument must be .* not '(DataFrame|Series)'", scene.message):
        return Words(
            "A whole table stands where one number is wanted, even if it has a single cell.",
            "Take the number out of it: put `.iloc[0, 0]` behind the table.",
            "A table, not a number",
        )
    if not re.search(r"DuckDBPyRelation|a relation is indexed", scene.message):
        return None
    name = _named(scene, "DuckDBPyRelation") or "result"
    taught = any("fetchall" in source for source in (scene.source, *scene.sources))
    return Words(
        f"`{name}` is the result of a query: a table, even when it holds one number. Python does not reckon "
        "with tables.",
        f"Take the number out of it: `{name}.fetchall()[0][0]`."
        if taught
        else "Put what you want to know into one question of its own, inside `duckdb.sql(...)`.",
        "A table, not a number",
    )


def not_a_tool(scene: Scene) -> Words | None:
    """'int' object is not callable."""
    found = re.search(r"'(.+?)' object is not callable", scene.message)
    if not isinstance(scene.error, TypeError) or not found:
        return None
    kind = found.group(1)
    name = _named(scene, kind, before=r"\s*\(")
    if kind == "module":
        tool = f"{name or 'duckdb'}.sql(...)" if (name or "duckdb") == "duckdb" else f"{name}.something(...)"
        return Words(
            f"`{name or 'duckdb'}` is a toolbox. The tool in it is named after a dot.",
            f"Write `{tool}`.",
            "Which tool?",
        )
    if name and (name in TOOLS or hasattr(builtins, name)):
        return Words(
            f"`{name}` used to be a tool, until a line gave its name to {kind_of(kind)}.",
            "Give your result another name, then choose **Restart Kernel and Run All Cells** in the menu **Kernel**.",
            "A name taken twice",
        )
    what = f"`{name}` is {kind_of(kind)}" if name else f"This is {kind_of(kind)}"
    return Words(
        f"Brackets right behind a name tell a tool to start. {what}, not a tool.",
        "Take the brackets away, or put the sign you meant, such as `*`, in front of them.",
        "Not a tool",
    )


def text_and_number(scene: Scene) -> Words | None:
    """'3' + 4, or text compared with a number."""
    if not isinstance(scene.error, TypeError):
        return None
    kinds = re.findall(r"'(\w+)'|\bnot \"(\w+)\"|concatenate (\w+)", scene.message)
    names = {one or other or third for one, other, third in kinds}
    multiplied = "non-int of type 'str'" in scene.message
    if not multiplied and ("str" not in names or not names & {"int", "float", "complex"}):
        return None
    if not multiplied and not re.search(r"unsupported operand|not supported between|concatenate", scene.message):
        return None
    name = _named(scene, "str")
    about = f"`{name}` is a text" if name else "One of the two is a text, in quotes"
    return Words(
        f"Python will not reckon with a text and a number together. {about}, even if it looks like a number.",
        "Take the quotes off the number; to glue texts, put quotes round both.",
        "Text or number?",
    )


def nothing_there(scene: Scene) -> Words | None:
    """None where a value is expected."""
    if not isinstance(scene.error, TypeError | AttributeError) or "'NoneType'" not in scene.message:
        return None
    name = _named(scene, "NoneType")
    about = f"`{name}` holds" if name else "This line works on"
    return Words(
        f"{about} nothing at all (`None`). A tool that shows something, such as `print`, hands nothing over.",
        "Look at the line that made it: give the name to the result, and show it on a line of its own.",
        "Nothing there",
    )


def wrong_brackets(scene: Scene) -> Words | None:
    """tool[...] for tool(...)."""
    found = re.search(r"'(.+?)' object is not subscriptable", scene.message)
    if not isinstance(scene.error, TypeError) or not found:
        return None
    name = _named(scene, found.group(1), before=r"\s*\[")
    if found.group(1) in ("method", "function", "builtin_function_or_method"):
        return Words(
            f"`{name or 'This'}` is a tool, and tools take round brackets.",
            "Turn `[ ]` into `( )` behind it.",
            "Round brackets",
        )
    return Words(
        f"Square brackets pick a part out of something. `{name or 'This'}` is {kind_of(found.group(1))}: it has "
        "no parts.",
        "Take the square brackets away.",
        "Nothing to pick from",
    )


def wrong_arguments(scene: Scene) -> Words | None:
    """Too many, too few or unknown things in the brackets."""
    if not isinstance(scene.error, TypeError):
        return None
    tool = re.match(r"(?:\w+\.)*(\w+)\(\)", scene.message)
    name = tool.group(1).replace("module_", "duckdb.") if tool else "this tool"
    found = re.search(r"unexpected keyword argument '(\w+)'", scene.message)
    if found:
        offered = re.search(r"Did you mean '(\w+)'", scene.message)
        nxt = f"Did you mean `{offered.group(1)}`?" if offered else "Compare the spelling with the example above."
        return Words(f"`{name}` knows nothing called `{found.group(1)}`.", nxt, "In the brackets")
    found = re.search(r"missing (\d+) required .*?arguments?: (.+)", scene.message)
    if found:
        names = re.findall(r"'(\w+)'", found.group(2))
        counts = any(re.search(rf"\brange\([^()]*\b{names[0]}\b", source) for source in scene.sources)
        if len(names) == 1 and counts:
            return Words(
                f"The brackets of `{name}` are empty, and a number goes into them: it says how many {names[0]}.",
                "Put the number between the brackets, in digits.",
                "In the brackets",
            )
        return Words(
            f"`{name}` was not told everything: {listed(names)} is missing.",
            "Add it between the brackets.",
            "In the brackets",
        )
    found = re.search(r"takes .*?(\d+) positional arguments? but (\d+) w", scene.message)
    if found:
        if name == "duckdb.sql":
            return Words(
                "The whole question is one text, and a comma cuts yours in two.",
                "Take the comma out, and the quotes on both sides of it.",
                "In the brackets",
            )
        if name == "recall":
            return Words(
                "What came back is the third thing in the brackets, and it goes by its name.",
                'Write `came_back=` in front of it, so that it reads `came_back="..."`.',
                "In the brackets",
            )
        called = scene.namespace.get(name)
        by_name = _by_name_only(called) if callable(called) else []
        if len(by_name) > 1:
            return Words(
                f"Without a name `{name}` does not know which is which.",
                f'Put its name in front of each but the first: `{by_name[0]}="..."`, `{by_name[1]}="..."`.',
                "In the brackets",
            )
        if not re.search(r"\d,\s*\d{3}\b", scene.line):
            much = {"0": "nothing", "1": "one thing"}.get(found.group(1), f"{found.group(1)} things")
            return Words(
                f"`{name}` takes {much} in its brackets, and was given more.",
                "Take out what is too many, with its comma.",
                "In the brackets",
            )
        return Words(
            f"`{name}` was given more in its brackets than it takes.",
            "Look for a comma too many: `4,102` is two numbers to Python, `4102` is one.",
            "In the brackets",
        )
    return None


def not_a_number(scene: Scene) -> Words | None:
    """int("1,000")"""
    found = re.search(r"(?:invalid literal for int\(\).*?|could not convert string to float): '(.*)'", scene.message)
    if not isinstance(scene.error, ValueError) or not found:
        return None
    text = found.group(1)
    bare = re.sub(r"[\s%€$£']", "", text)
    bare = bare.replace(",", ".") if re.fullmatch(r"-?\d+,\d{1,2}", bare) else bare.replace(",", "")
    nxt = (
        f"Write it bare: `{bare}`."
        if re.fullmatch(r"-?\d+(\.\d+)?", bare)
        else "Look at what the text holds before you turn it into a number."
    )
    return Words(
        f"Python had to read the text `{short(text)}` as a number, and it is not written as one.", nxt, "Not a number"
    )


def number_format(scene: Scene) -> Words | None:
    """f"{text:,}" """
    if not isinstance(scene.error, ValueError) or not re.search(
        r"Cannot specify ',' with 's'|Unknown format code '.' for object of type 'str'", scene.message
    ):
        return None
    return Words(
        "A text stands where a number was to be written out, with its commas or decimals.",
        "Hand over the number without quotes, or take the part from the colon on out of the braces.",
        "Text or number?",
    )


def two_conditions(scene: Scene) -> Words | None:
    """`and` between two columns of pandas."""
    if not isinstance(scene.error, ValueError) or "truth value of a" not in scene.message:
        return None
    if not re.search(r"\b(and|or|not)\b", _code(scene.line)):
        name = _named(scene, "Series") or "This"
        return Words(
            f"`{name}` is a whole column, and this line wants one yes or no.",
            "Compare one number. Inside a function, make it in a line above.",
            "A column has many answers",
        )
    return Words(
        "A whole column was asked for one yes or no.",
        "Between conditions on columns write `&` for and, `|` for or, with brackets round each condition.",
        "A column has many answers",
    )


def unknown_part(scene: Scene) -> Words | None:
    """duckdb.sq, coast.dff, query_text.df()"""
    if not isinstance(scene.error, AttributeError):
        return None
    column = re.search(r"does not contain a column by the name of '(.+?)'", scene.message)
    if column and re.search(r"\[\s*['\"]", scene.line):
        return Words(
            f"This result has no column called `{short(column.group(1))}`.",
            "Show the result first: the names of its columns stand on top.",
            "No such column",
        )
    name = getattr(scene.error, "name", None)
    obj = getattr(scene.error, "obj", None)
    if type(name) is not str:
        found = re.search(r"attribute '(\w+)'|name of '(\w+)'", scene.message)
        name = (found.group(1) or found.group(2)) if found else ""
    if not name:
        return None
    kind = typename(obj)
    if name == "fetchone":
        return Words(
            "A result no longer has `fetchone` in this version of DuckDB.",
            "Write `.fetchall()[0]` in its place.",
            "No such tool",
        )
    if kind == "str" and name in ("df", "fetchall", "show", "fetchone", "fetchdf"):
        return Words(
            "This is the text of a query. Nobody has asked the table yet.",
            "Put the text into `duckdb.sql(...)` first, and use the result.",
            "A text, not a result",
        )
    near = closest(name, _parts(obj), 0.68)
    where = f"`{_named(scene, kind)}`" if _named(scene, kind) else kind_of(kind)
    if near:
        return Words(
            f"{where[0].upper()}{where[1:]} has nothing called `{short(name)}`. The nearest is `{near}`.",
            f"If you mean that, write `.{near}`.",
            "No such part",
        )
    return Words(
        f"Behind the dot stands `{short(name)}`, and {where} has nothing of that name.",
        "Compare the spelling behind the dot with the example above.",
        "No such part",
    )


def unknown_key(scene: Scene) -> Words | None:
    """A column or key that is not there."""
    if not isinstance(scene.error, KeyError):
        return None
    quoted = re.findall(r"'([^']*)'", scene.message)
    key = quoted[0] if quoted else short(scene.message.strip("\"'"))
    columns: list[str] = []
    mapped: list[str] = []
    for name in re.findall(r"[A-Za-z_]\w*", scene.line):
        value = scene.namespace.get(name)
        if typename(value) == "DataFrame":
            columns += [str(column) for column in getattr(value, "columns", [])]
        elif type(value) is dict:
            mapped += [known for known in value if type(known) is str]
    among = columns or mapped
    what = "column" if columns or not mapped else "entry"
    near = closest(key, among, 0.6)
    if near:
        return Words(
            f"There is no {what} called `{short(key)}`. The nearest one is called `{near}`.",
            f"If you mean `{near}`, write it like that, letter for letter.",
            f"No such {what}",
        )
    if key.lstrip("-").isdigit():
        return Words(
            f"Nothing here carries the number `{key}`: no row, no column and no entry.",
            "Look first at what there is: show the table or the list on a line of its own.",
            "No such row",
        )
    if among:
        return Words(
            f"There is no {what} called `{short(key)}`. I see {listed(among, 5)}.",
            "Use one of these.",
            f"No such {what}",
        )
    return Words(
        f"Nothing here is called `{short(key)}`: no column and no entry of that name.",
        "Compare the spelling with what the table shows; capitals count.",
        "No such name",
    )


def out_of_range(scene: Scene) -> Words | None:
    """[3] of three."""
    if not isinstance(scene.error, IndexError):
        return None
    return Words(
        "The number in the square brackets points past the end. Python counts from 0, so the first is `[0]` and "
        "the third is `[2]`.",
        "Use a smaller number, or look first at how much there is.",
        "Past the end",
    )


def divided_by_zero(scene: Scene) -> Words | None:
    """1 / 0"""
    if not isinstance(scene.error, ZeroDivisionError):
        return None
    parts = re.search(r"/\s*([A-Za-z_]\w*)", scene.line)
    value = scene.namespace.get(parts.group(1)) if parts else None
    zero = parts is not None and type(value) in (int, float) and value == 0
    about = f"`{parts.group(1)}` is 0, and" if parts and zero else "Something is 0 here, and"
    return Words(
        f"{about} nothing can be divided by 0.",
        "Look at why it is 0: often a condition that no row meets.",
        "Divided by zero",
    )


def unknown_toolbox(scene: Scene) -> Words | None:
    """import of something that is not there."""
    if not isinstance(scene.error, ImportError):
        return None
    found = re.search(r"No module named '([\w.]+)'", scene.message)
    if found:
        name = found.group(1)
        near = closest(
            name, ["duckdb", "pandas", "numpy", "matplotlib", "grader", "sklearn", *sys.stdlib_module_names], 0.75
        )
        if near and near != name:
            return Words(
                f"There is no toolbox called `{short(name)}`. I think `{near}` is meant.",
                f"Write `{near}`.",
                "A misspelt word",
            )
        ours = name.partition(".")[0] in ("duckdb", "pandas", "numpy", "matplotlib", "sklearn")
        return Words(
            f"The toolbox `{short(name)}` is not in this kernel, the engine that runs your boxes.",
            "In the menu **Kernel** choose **Change Kernel**, and pick the one that the course started with."
            + (" Is that the one? Then `handson doctor`, typed in a terminal, says what to install." if ours else ""),
            "A toolbox is missing",
        )
    found = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", scene.message)
    if not found:
        return None
    module = sys.modules.get(found.group(2))
    near = closest(found.group(1), [part for part in _parts(module) if not part.startswith("_")], 0.68)
    return Words(
        f"`{found.group(2)}` holds nothing called `{found.group(1)}`.",
        f"Write `{near}`." if near else "Compare the spelling with the first grey box of the lesson.",
        "A misspelt word",
    )


def missing_python_file(scene: Scene) -> Words | None:
    """open("x.csv")"""
    if not isinstance(scene.error, FileNotFoundError):
        return None
    name = scene.error.filename
    return missing_file(scene, name if type(name) is str else "that")


def disk(scene: Scene) -> Words | None:
    """A full disk or a folder that may not be written."""
    if not isinstance(scene.error, OSError):
        return None
    if scene.error.errno == 28:
        return Words(
            "The disk of this computer is full, so nothing more can be written.",
            "Free some space, for example by emptying the bin, then run this box again.",
            "The disk is full",
        )
    if isinstance(scene.error, PermissionError):
        return Words(
            "This computer does not let the notebook open or write that file. It may be open in Excel.",
            "Close it in other programs, then run this box again.",
            "Not allowed",
        )
    return None


def stopped_by_you(scene: Scene) -> Words | None:
    """The square button."""
    if not isinstance(scene.error, KeyboardInterrupt):
        return None
    return Words(
        "The box was stopped before it had finished, most likely by you. Nothing is broken, and what ran "
        "before still stands.",
        "Run the box again when you are ready.",
        "Stopped",
    )


def refused_by_the_course(scene: Scene) -> Words | None:
    """A tool of the course that says by itself what is wrong and what to do, such as `read_calendar`."""
    if not isinstance(scene.error, Problem):
        return None
    return Words(scene.message, "Then run this box again.", "Not done")


def too_much(scene: Scene) -> Words | None:
    """Memory, endless recursion."""
    if not isinstance(scene.error, MemoryError | RecursionError):
        return None
    return Words(
        "This went round in circles, or asked for more memory than there is. Python stopped it before it did harm.",
        "In the menu **Kernel** choose **Restart Kernel**, and run the lesson from the top.",
        "Too much at once",
    )


def general(scene: Scene) -> Words | None:
    """Anything else."""
    piece = short(scene.line.strip(), 50)
    shown = f": `{piece}`." if piece else "."
    return Words(
        f"Python stopped{scene.at or ' at this line'}{shown} "
        "Nothing is broken; your notebook and the data are as they were.",
        "Compare that line with the example above. If it looks right, run the lesson from the top.",
    )


def _by_name_only(called: Callable[..., object]) -> list[str]:
    """What the brackets of the course's own tool take by name alone; nothing of a tool that is not the course's."""
    if not getattr(called, "__module__", "").startswith("grader."):
        return []
    parameters = inspect.signature(called).parameters.values()
    return [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]


def _before_comment(line: str) -> str:
    """The line up to a `#` that stands in no closed text."""
    found = re.match(r"(?:\"[^\"]*\"|'[^']*'|[^#])*", line)
    return found.group() if found else line


def _code(line: str) -> str:
    """The line with texts and comments blanked."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", line)


def _named(scene: Scene, kind: str, before: str = "") -> str:
    """The first name in the line whose value is of that type; `before` is what must follow it."""
    pattern = rf"(?<![.\w])([A-Za-z_]\w*)(?={before})"
    # Names inside an f-string come last: texts hold words that are no names.
    for found in [*re.finditer(pattern, _code(scene.line)), *re.finditer(pattern, scene.line)]:
        name = found.group(1)
        if keyword.iskeyword(name):
            continue
        if name in scene.namespace and typename(scene.namespace[name]) == kind.rpartition(".")[2]:
            return name
        if name not in scene.namespace and typename(getattr(builtins, name, None)) == kind and hasattr(builtins, name):
            return name
    return ""


def _parts(obj: object) -> list[str]:
    """What may stand behind the dot: what a module or a type holds. Nothing that a learner has defined is asked."""
    if type(obj) is type(sys):
        return [name for name in vars(obj) if not name.startswith("__")]
    parts = {name for base in type(obj).__mro__ for name in vars(base) if not name.startswith("_")}
    if typename(obj) == "DataFrame":
        parts |= {str(column) for column in getattr(obj, "columns", [])}
    return sorted(parts)
