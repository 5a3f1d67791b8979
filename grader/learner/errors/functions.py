"""Functions, as one writes them for the first time: def, return, the indent, if, braces, and calls."""

import ast
import keyword
import re

from grader.learner.errors.scene import TOOLS, Scene, Words, closest, code_only, short, typename
from grader.learner.session import parsed

_ARITHMETIC = {"×": "*", "÷": "/", "≥": ">=", "≤": "<=", "≠": "!=", "∗": "*", "·": "*"}
_DATE = re.compile(r"(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?![\w.-])")
_SPELT = ("true", "false", "none", "null", "nan")
_FUNCTION = ("function", "builtin_function_or_method", "method")


def blank_in_code(scene: Scene) -> Words | None:
    """`____ duckdb.sql(query)`: a blank of the skeleton."""
    if not scene.is_syntax or not re.search(r"(?<!\w)__+(?!\w)", scene.line):
        return None
    return Words(
        f"A blank is left{scene.at}: `____` holds the place of something that you fill in.",
        "Put your own word where `____` stands, then run this box again.",
        "A blank is left",
    )


def sign_of_paper(scene: Scene) -> Words | None:
    """50 × 3, 50 x 3, staff x 24, hours ≥ 8."""
    if not scene.is_syntax:
        return None
    code = code_only(scene.line)
    odd = next((sign for sign in code if sign in _ARITHMETIC), "")
    times = re.search(r"\d\s*(x)\s*\d|[\w)]\s+([xX])\s+[\w(]", code)
    if not odd and not times:
        return None
    sign, right = (odd, _ARITHMETIC[odd]) if odd else (times[1] or times[2] if times else "x", "*")
    return Words(
        f"Python does not know `{sign}` as a sign to reckon with.",
        f"Write `{right}` in place of `{sign}`.",
        "An odd sign",
    )


def date_without_quotes(scene: Scene) -> Words | None:
    """on_time(2026-01-05): leading zeros, for Python."""
    found = _DATE.search(code_only(scene.line)) if scene.is_syntax else None
    if not found:
        return None
    return Words(
        f"Without quotes `{found.group()}` is a subtraction to Python, not a date.",
        f'Put quotes round it: `"{found.group()}"`.',
        "A date without its quotes",
    )


def def_line(scene: Scene) -> Words | None:
    """name = def f(x):, define f(x):, def f:, def my name(x):, def f("2026-10-19"):"""
    if not scene.is_syntax:
        return None
    line, title = scene.line.strip(), "The first line of a function"
    called = re.match(r"(?:\w+\s*=\s*)?def\s+(\w+)\s*\([^():]*\)\s*$", line)
    if called and typename(scene.namespace.get(called.group(1))) in _FUNCTION:
        return Words(
            f"`def` makes a function, and `{called.group(1)}` is made already. You want to call it.",
            "Take `def` away, and leave the rest.",
            "A call, not a def",
        )
    pasted = re.match(r"(\w+)\s*=\s*def\b\s*(\w*)", line)
    if pasted:
        return Words(
            "`def` gives the function its name by itself, so nothing stands in front of it.",
            f"Take `{short(pasted.group(1))} =` away, so that the line begins with `def`.",
            title,
        )
    spelt = re.match(r"(define|function|func|fun|fn|sub|method)\s+(\w+)\s*\(", line, re.IGNORECASE)
    if spelt:
        return Words(
            f"A function begins with `def`, and Python does not know `{spelt.group(1)}`.",
            f"Change `{spelt.group(1)}` to `def`.",
            title,
        )
    if not re.match(r"def\b", line):
        return None
    gap = re.match(r"def\s+(\w+(?:[ -]+\w+)+)\s*[(:]", line)
    if gap:
        joined = re.sub(r"[ -]+", "_", gap.group(1))
        return Words(
            f"A name is one piece: no spaces and no hyphens. `{short(gap.group(1))}` is several.",
            f"Join it with a low line: `def {joined}(...)`, with your argument for the dots.",
            "One name, one piece",
        )
    bare = re.match(r"def\s+(\w+)\s*:", line)
    if bare:
        return Words(
            f"Behind the name `{short(bare.group(1))}` the brackets with the argument are missing.",
            f"Write `def {bare.group(1)}(monday):`, or your own name for the argument.",
            title,
        )
    value = re.match(r"def\s+(\w+)\s*\(\s*(?:[\"'\d{])", line)
    if value:
        return Words(
            "In the brackets of a `def` stands a name for the gap, not what will fill it.",
            f"Write `def {value.group(1)}(monday):`. The value comes later, when you call it.",
            title,
        )
    if line.endswith(":") or "expected ':'" not in scene.message:
        return None
    return Words(
        "A line that begins with `def` ends with a colon, and the colon is missing.",
        "Put `:` at the end of that line.",
        "A colon is missing",
    )


def return_line(scene: Scene) -> Words | None:
    """`return` at the margin; `return no data` without quotes."""
    word = re.match(r"\s*return\b\s*(.*?)\s*(?:#.*)?$", scene.line)
    if not word or not isinstance(scene.error, SyntaxError | NameError):
        return None
    text = word.group(1)
    if scene.is_syntax and text.startswith("="):
        return Words(
            "`return` hands an answer back by itself: it is no name, and no equals sign follows it.",
            "Take the `=` behind `return` out.",
            "No sign behind return",
        )
    plain = re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+){0,4}", text)
    if plain and not keyword.iskeyword(text) and (scene.is_syntax if " " in text else scene.unknown_name == text):
        names = [name for name in scene.local if name != text]
        near = closest(text, names, 0.75) if " " not in text else ""
        if near:
            return Words(
                f"Python does not know the name `{short(text)}` here. It does know `{near}`.",
                f"If you mean `{near}`, write it like that.",
                "An unknown name",
            )
        return Words(
            f"`{short(text)}` is a text to hand back, and a text wears quotes.",
            f'Write `return "{text}"`.',
            "A word without its quotes",
        )
    if "outside function" not in scene.message:
        return None
    above = scene.source.splitlines()[: (scene.number or 1) - 1]
    if any(re.match(r"\s*def\b", line) for line in above):
        return Words(
            f"`return` belongs to the function, and {scene.where} begins at the margin, so for Python the function "
            "has ended before it.",
            f"Put four spaces in front of {scene.where}, like the lines of the function above it.",
            "Further to the right",
        )
    return Words(
        "`return` hands an answer back from a function, and no `def` stands above it in this box.",
        "Put the first line of the function, with `def`, above it; or take the word `return` away.",
        "A return without a function",
    )


def if_line(scene: Scene) -> Words | None:
    """`if x then`, `else x <= 8:`, IF."""
    if not scene.is_syntax:
        return None
    line = scene.line.strip()
    then = re.match(r"(?:if|elif)\b.*?\s(then)\b", code_only(line), re.IGNORECASE)
    if then:
        return Words(
            "Python has no word `then`. A colon stands in its place, and what is to be done begins on the next line.",
            "Put `:` in place of `then`; the `return` goes below, four spaces further to the right.",
            "If, in Python",
        )
    otherwise = re.match(r"else\s+(?:if\s+)?(.+?)\s*:$", line)
    if otherwise:
        return Words(
            "`else` means in every other case, so it takes no condition.",
            f"Write `else:` alone, or `elif {short(otherwise.group(1))}:` if you need the condition.",
            "If, in Python",
        )
    first = re.match(r"[A-Za-z]+", line)
    if first and first.group().lower() in keyword.kwlist and first.group() != first.group().lower():
        return Words(
            f"Python writes its own words in small letters, and `{first.group()}` has capitals.",
            f"Write `{first.group().lower()}`.",
            "Small letters",
        )
    return None


def braces(scene: Scene) -> Words | None:
    """f"...{monday", f"{}", f"{count(*)}": what stands between braces."""
    if not scene.is_syntax:
        return None
    text = "\n".join(
        re.findall(r"(?<!\w)[fF](?:\"\"\".*?(?:\"\"\"|\Z)|\"[^\"\n]*\"?|'[^'\n]*'?)", scene.source, re.DOTALL)
    )
    title = "Between the braces"
    dated = re.search(r"\{\s*[\"']?(\d{4}-\d{2}-\d{2})", text)
    if dated:
        return Words(
            f"Between the braces stands the date `{dated.group(1)}`, and Python reads what stands there as code.",
            "Put the name of the argument between them, such as `{monday}`: the date comes with the call.",
            title,
        )
    if not text or not (scene.message.startswith("f-string") or text.count("{") != text.count("}")):
        return None
    opened = re.search(r"\{(\s*[A-Za-z_]\w*)(?=[^}\w]*(?:['\"\n]|$))(?!\s*[}:!.(\[])", text)
    if text.count("{") > text.count("}"):
        name = opened.group(1).strip() if opened else "monday"
        return Words(
            "In a text with an `f` before it, braces come in pairs, and here one is never closed.",
            f"Close it right behind the name: `{{{name}}}`.",
            title,
        )
    if text.count("}") > text.count("{"):
        return Words(
            "In a text with an `f` before it, braces come in pairs, and here a `}` has no partner.",
            "Put `{` in front of the name that it closes, or take the `}` out.",
            title,
        )
    if re.search(r"\{\s*\}", text):
        return Words(
            "Between the braces stands nothing, so Python does not know what to fill in.",
            "Put the name of the argument between them, such as `{monday}`.",
            title,
        )
    return Words(
        "In a text with an `f` before it, Python reads what stands between the braces, and cannot read this.",
        "Keep one name between the braces, such as `{monday}`, and move the rest outside.",
        title,
    )


def quotes_over_lines(scene: Scene) -> Words | None:
    """A query on several lines that opens with one quote, or with two."""
    if not scene.is_syntax:
        return None
    opened = re.search(r"(?<![\"'])(\"\"?|''?)\s*$", scene.line)
    below = scene.source.splitlines()[scene.number or 0 :]
    if not opened or not any(re.match(r"\s*(select|with|from)\b", line, re.IGNORECASE) for line in below[:2]):
        return None
    return Words(
        "A text that runs over several lines opens and closes with three double quotes. Yours opens with "
        f"{'two' if len(opened.group(1)) == 2 else 'one'}.",
        'Write `"""` at both ends of the query.',
        "A text over several lines",
    )


def argument_outside(scene: Scene) -> Words | None:
    """{monday} outside the function; a name that no line of the function makes; a column taken for a name."""
    name = scene.unknown_name
    if not name:
        return None
    if name.lower() in _SPELT or name in TOOLS or re.search(rf"\b{re.escape(name)}\s*\(", scene.line):
        return None
    cells = [scene.source, *scene.sources]
    if closest(name, scene.local, 0.75):
        return None
    made = re.compile(rf"^{re.escape(name)}\s*=(?!=)", re.MULTILINE)
    if any(made.search(cell) for cell in cells):
        return None
    if not scene.inside and any(re.search(rf"\bdef\s+\w+\([^)]*\b{re.escape(name)}\b", cell) for cell in cells):
        return Words(
            f"`{name}` is the argument of a function: it has a value only inside, while somebody calls it.",
            f"Out here, write the value itself in place of `{name}`, or call the function.",
            "Only inside the function",
        )
    if scene.inside:
        return Words(
            f"Inside `{short(scene.inside)}` nobody has made `{short(name)}` before this line.",
            f"Make it in a line above, `{name} = ...`, or run the box that makes it.",
            "An unknown name",
        )
    if any(re.search(rf"\bAS\s+{re.escape(name)}\b", cell) for cell in scene.sources):
        return Words(
            f"`{name}` is the name of a column in a query. Python does not see columns: only SQL does, inside the "
            "envelope.",
            f"Use `{name}`, or what stands before `AS {name}`, inside a query.",
            "A column, not a name",
        )
    return None


def letters_in_brackets(scene: Scene) -> Words | None:
    """open("x", w), rankings = c, a, b: letters without quotes."""
    letter = scene.unknown_name
    if len(letter) != 1:
        return None
    several = re.match(r"\s*(\w+)\s*=\s*\(?\s*([A-Za-z](?:\s*,\s*[A-Za-z])+)\s*\)?\s*$", scene.line)
    if several:
        joined = re.sub(r"[\s,]", "", several.group(2))
        return Words(
            "Letters that are an answer wear quotes: one pair round all of them.",
            f'Write `{several.group(1)} = "{joined}"`.',
            "Letters without quotes",
        )
    if not re.search(rf"[(,=]\s*{letter}\s*[,)]", scene.line):
        return None
    return Words(
        f"Python took `{letter}` for the name of something you have made. A letter that is meant as a letter wears "
        "quotes.",
        f'Write `"{letter}"`.',
        "A letter without quotes",
    )


def call_as_spoken(scene: Scene) -> Words | None:
    """deal 7, deal{7}, deal(7 deals), call deal(7): a call as one says it."""
    if not scene.is_syntax:
        return None
    line = code_only(scene.line)

    def known(found: re.Match[str] | None) -> str:
        name = found.group("name") if found else ""
        return name if typename(scene.namespace.get(name)) in _FUNCTION else ""

    bare = re.search(r"(?<![.\w])(?P<name>[A-Za-z_]\w*)(?:\s+|\s*\{\s*)(?P<number>\d+)\s*\}?\s*$", line)
    if bare and known(bare):
        return Words(
            f"`{known(bare)}` is a function, and what it works with stands behind it in round brackets.",
            f"Write `{known(bare)}({bare.group('number')})`.",
            "Round brackets",
        )
    unit = re.search(
        r"(?P<name>[A-Za-z_]\w*)\((?=\s*\w+\s+\w)\s*(?:[A-Za-z]+\s+)?(?P<number>\d+)(?:\s+[A-Za-z]+)?\s*\)", line
    )
    if unit and known(unit):
        return Words(
            f"In the brackets of `{known(unit)}` the number stands alone, without a word beside it.",
            f"Write `{known(unit)}({unit.group('number')})`.",
            "In the brackets",
        )
    spoken = re.search(r"(?:^|=)\s*(?P<verb>call|run|return|do)\s+(?P<name>[A-Za-z_]\w*)\s*\(", line)
    if spoken and known(spoken):
        return Words(
            f"The name with its brackets is the whole call; `{spoken.group('verb')}` is said, and not written.",
            f"Take `{spoken.group('verb')}` away.",
            "A call",
        )
    return None


def called_with_gaps(scene: Scene) -> Words | None:
    """as good(1000), as-good(1000): the name of a function without its low lines."""
    if not scene.is_syntax and not scene.unknown_name:
        return None
    for found in re.finditer(r"[A-Za-z]\w*(?:[ -]+\w+)+(?=\s*\()", code_only(scene.line)):
        name = re.sub(r"[ -]+", "_", found.group())
        if typename(scene.namespace.get(name)) in _FUNCTION:
            return Words(
                f"A name is one piece, and `{short(found.group())}` is several: low lines join its words.",
                f"Write `{name}(`, as in the box that makes it.",
                "One name, one piece",
            )
    return None


def whole_number(scene: Scene) -> Words | None:
    """deal(1.000), deal("7"), deal(other): a function of the page that wants a whole number and got something else."""
    if not scene.inside or not isinstance(scene.error, TypeError | ValueError):
        return None
    given = _only_argument(scene)
    if given is None:
        return None
    shown, wants = short(ast.unparse(given)), f"`{scene.inside}` wants a whole number in its brackets."
    match given:
        case ast.Constant(value=float()):
            written = ast.get_source_segment(scene.source, given) or shown
            digits = written.replace(".", "") if re.fullmatch(r"\d{1,3}(?:\.000)+", written) else ""
            return Words(
                f"{wants} To Python `{written}` is a number with decimals.",
                f"Write `{digits}`, without a point." if digits else "Write digits alone, without a point.",
                "A whole number",
            )
        case ast.Constant(value=str(text)) if re.fullmatch(r"[\d.,\s]+", text):
            return Words(f"{wants} In quotes, {shown} is a text.", "Take the quotes off.", "A whole number")
        case ast.Name(id=name) if typename(scene.namespace.get(name)) in _FUNCTION:
            return Words(
                f"{wants} `{name}` is the name of a function.",
                f"Put a number in place of `{name}`, in digits.",
                "A whole number",
            )
        case ast.Name() | ast.Call() if "interpreted as an integer" in scene.message:
            return Words(
                f"{wants} What `{shown}` stands for is none.", "Write the number, in digits.", "A whole number"
            )
    return None


def _only_argument(scene: Scene) -> ast.expr | None:
    """What stands alone in the brackets where the box calls the function that failed, made in another box."""
    nodes = [node for statement in parsed(scene.source) or () for node in ast.walk(statement)]
    if any(isinstance(node, ast.FunctionDef) and node.name == scene.inside for node in nodes):
        return None
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == scene.inside:
            return node.args[0] if len(node.args) == 1 and not node.keywords else None
    return None


def not_called(scene: Scene) -> Words | None:
    """first_reply > 8: a function that nobody called."""
    if not isinstance(scene.error, TypeError):
        return None
    if not re.search(r"unsupported operand|not supported between", scene.message):
        return None
    kinds = re.findall(r"'(\w+)'", scene.message)
    if not set(kinds) & set(_FUNCTION):
        return None
    for name in re.findall(r"(?<![.\w])[A-Za-z_]\w*(?!\w|\s*\()", code_only(scene.line)):
        if typename(scene.namespace.get(name)) in _FUNCTION:
            given = next(iter(scene.local), "...")
            return Words(
                f"`{name}` is a function, and nobody has called it, so there is no number yet.",
                f"Put brackets behind it, with its argument: `{name}({given})`.",
                "Not called yet",
            )
    return None


def nothing_to_compare(scene: Scene) -> Words | None:
    """None > 8."""
    if not isinstance(scene.error, TypeError) or not re.search(r"not supported between.*'NoneType'", scene.message):
        return None
    code = code_only(scene.line)
    name = next(
        (
            name
            for name in re.findall(r"[A-Za-z_]\w*", code)
            if name in scene.namespace and scene.namespace[name] is None
        ),
        "",
    )
    about = f"`{name}` holds" if name else "One side of this comparison holds"
    return Words(
        f"{about} nothing (`None`), as when no row met the condition. Nothing is neither more nor less than a number.",
        f"Ask for that case in a line above: `if {name or '____'} is None:`, with a `return` of its own.",
        "Nothing to compare",
    )


def file_mode(scene: Scene) -> Words | None:
    """Writing to a file that was opened to be read, or a mode that is none."""
    if typename(scene.error) == "UnsupportedOperation" and "writable" in scene.message:
        return Words(
            "The file was opened to be read only, so nothing can be written into it.",
            "Give `open` a mode that writes.",
            "The mode of a file",
        )
    if typename(scene.error) == "UnsupportedOperation" and "readable" in scene.message:
        return Words(
            "The file was opened to be written only, so nothing can be read from it.",
            'To read it, open it with the mode `"r"`.',
            "The mode of a file",
        )
    spelt = re.search(r"invalid mode: '([RAWX])'", scene.message)
    if isinstance(scene.error, ValueError) and spelt:
        return Words(
            f'`open` does not know the mode `"{spelt.group(1)}"`: its letters are small ones.',
            f'Write `"{spelt.group(1).lower()}"`.',
            "The mode of a file",
        )
    if isinstance(scene.error, ValueError) and "mode" in scene.message and "open" in scene.line:
        return Words("`open` does not know that mode.", 'Write one of `"r"`, `"a"` and `"w"`.', "The mode of a file")
    return None


def tool_of_a_result(scene: Scene) -> Words | None:
    """fee_if["percent"].min(): a result of DuckDB is asked in SQL."""
    asked_part = re.search(r"\b(\w+)\(\s*(\w+)\.(\w+)\s*\)", scene.line)
    if isinstance(scene.error, TypeError) and asked_part and "a relation is indexed" in scene.message:
        tool, result, column = asked_part.groups()
        if typename(scene.namespace.get(result)) == "DuckDBPyRelation":
            return Words(
                f"`{result}` is the result of a query, and it is asked in SQL, like a file.",
                f'Write `duckdb.sql("SELECT {tool}({column}) FROM {result}")`.',
                "Ask it in SQL",
            )
    found = re.search(r"(?:DuckDBPyRelation\.)?(\w+)\(\) missing \d+ required", scene.message)
    if not isinstance(scene.error, TypeError) or not found or "DuckDBPyRelation" not in scene.message:
        return None
    names = [
        name
        for name in re.findall(r"[A-Za-z_]\w*", scene.line)
        if typename(scene.namespace.get(name)) == "DuckDBPyRelation"
    ]
    asked = names[-1] if names else "____"
    return Words(
        f"`{asked}` is the result of a query, and it is asked in SQL, like a file.",
        f'Write `duckdb.sql("SELECT {found.group(1)}(...) FROM {asked}")`, with the column for the dots.',
        "Ask it in SQL",
    )
