"""Wrong answers that nobody foresaw: small changes to a right answer's text, chosen by chance from all that fit.

They know nothing of a lesson's named wrong answers. Some happen to be right, some fail: judging tells.
"""

import ast
import random
import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import duckdb

MOST_WORDS_A_COLUMN = 40


@dataclass(frozen=True)
class Mutant:
    """A changed answer: what was done, in a few words, and the code."""

    done: str
    code: str


@dataclass(frozen=True)
class Table:
    """A data file of the lesson: its columns with their types, and for text columns the words that they hold."""

    columns: dict[str, str]
    words: dict[str, tuple[str, ...]]


def tables_of(folder: Path) -> dict[str, Table]:
    """The tables among the files of a lesson folder, by file name."""
    found = {}
    with duckdb.connect() as database:
        for path in sorted([*folder.glob("*.parquet"), *folder.glob("*.csv")]):
            relation = database.sql("FROM '" + str(path).replace("'", "''") + "'")
            columns = dict(zip(relation.columns, map(str, relation.types), strict=True))
            words = {name: _words(relation, name) for name, kind in columns.items() if kind == "VARCHAR"}
            found[path.name] = Table(columns, {name: held for name, held in words.items() if held})
    return found


def _words(relation: duckdb.DuckDBPyRelation, column: str) -> tuple[str, ...]:
    quoted = f'"{column}"'
    query = f"SELECT DISTINCT {quoted} FROM it WHERE {quoted} IS NOT NULL ORDER BY 1 LIMIT {MOST_WORDS_A_COLUMN + 1}"
    words = tuple(str(row[0]) for row in _rows(relation, query))
    return words if len(words) <= MOST_WORDS_A_COLUMN else ()


def _rows(relation: duckdb.DuckDBPyRelation, query: str) -> list[tuple[object, ...]]:
    result = relation.query("it", query)
    return result.fetchall() if result is not None else []


def mutate(code: str, tables: dict[str, Table], chance: random.Random) -> Mutant | None:
    """One mutation of `code`, sometimes two; the kind is drawn first, so that rare kinds come up. None if none fits."""
    once = _once(code, tables, chance)
    if once is None or chance.random() > 0.25:
        return once
    twice = _once(once.code, tables, chance)
    if twice is None or twice.code == code:
        return once
    return Mutant(f"{once.done}; {twice.done}", twice.code)


def mutants(code: str, tables: dict[str, Table]) -> dict[str, list[Mutant]]:
    """All single mutations of `code`, by kind, without repeats and without the code itself."""
    found: dict[str, list[Mutant]] = {}
    seen = {code}
    for kind, make in _KINDS.items():
        for mutant in make(code, tables):
            if mutant.code not in seen:
                seen.add(mutant.code)
                found.setdefault(kind, []).append(mutant)
    return found


def _once(code: str, tables: dict[str, Table], chance: random.Random) -> Mutant | None:
    kinds = mutants(code, tables)
    if not kinds:
        return None
    return chance.choice(kinds[chance.choice(sorted(kinds))])


def mutate_letters(letters: str, options: Iterable[str], kind: str, chance: random.Random) -> str:
    """Other letters for a choice or an order: two swapped, one moved, one left out, doubled, or a letter too many."""
    options = list(options)
    if kind == "choice":
        others = [option for option in options if option != letters]
        return chance.choice([letters + chance.choice(others), chance.choice(others) + letters, "e", "1", "all", "?"])
    order = list(letters)
    one, two = chance.sample(range(len(order)), 2)
    way = chance.randrange(4)
    if way == 0:
        order[one], order[two] = order[two], order[one]
    elif way == 1:
        order.insert(two, order.pop(one))
    elif way == 2:
        del order[one]
    else:
        order[one] = order[two]
    return "".join(order)


def break_syntax(code: str, chance: random.Random) -> str:
    """The code with one quote or bracket lost."""
    places = [place for place, sign in enumerate(code) if sign in "\"'()[]"]
    place = chance.choice(places)
    return code[:place] + code[place + 1 :]


def _replaced(code: str, pattern: str, others: Callable[[re.Match[str]], Iterable[str]], done: str) -> Iterator[Mutant]:
    for match in re.finditer(pattern, code):
        for other in others(match):
            changed = code[: match.start()] + other + code[match.end() :]
            yield Mutant(f"{done}: {_short(match[0])} → {_short(other) or 'nothing'}", changed)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:37] + "..."


_CONDITION = r"(?:[^\s()'\"]|\([^()]*\)|'[^']*'|\s(?!AND\b|OR\b|GROUP\b|ORDER\b|LIMIT\b|HAVING\b))+"


def _conditions_dropped(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    yield from _replaced(code, rf"\s+AND\s+{_CONDITION}", lambda _: [""], "a condition dropped")
    yield from _replaced(code, rf"\bWHERE\s+{_CONDITION}\s+AND\b", lambda _: ["WHERE"], "a condition dropped")
    yield from _replaced(code, rf"\s+(?:WHERE|HAVING)\s+{_CONDITION}(?=$|[\")\n]|\s+(?:GROUP|ORDER|LIMIT)\b)",
                         lambda _: [""], "the condition dropped")  # fmt: skip


def _conditions_added(code: str, tables: dict[str, Table]) -> Iterator[Mutant]:
    for file, table in tables.items():
        added = [
            f"'{file}' WHERE {name} {sign} '{word}'"
            for name, words in table.words.items()
            for word in words
            for sign in ("=", "<>")
        ]
        yield from _replaced(
            code,
            rf"'{re.escape(file)}'(?! WHERE|\s+WHERE|\s+\w*\s*JOIN)",
            lambda _, added=added: added,  # type: ignore[misc]
            "a condition added",
        )


def _joints_swapped(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    yield from _replaced(code, r"\bAND\b", lambda _: ["OR"], "AND to OR")
    yield from _replaced(code, r"\bOR\b", lambda _: ["AND"], "OR to AND")
    yield from _replaced(code, r" & ", lambda _: [" | "], "and to or")


_OPERATORS = {"=": ["<>"], "<>": ["="], "<": ["<=", ">"], ">": [">=", "<"], "<=": ["<", ">="], ">=": [">", "<="]}


def _operators(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    for match in re.finditer(r"(?<=[\w'\")]) (<>|<=|>=|=|<|>) (?=['\w(-])", code):
        if re.match(r"^\w+$", code[code.rfind("\n", 0, match.start()) + 1 : match.start()]) and match[1] == "=":
            continue  # an assignment in Python, not a comparison in SQL
        for other in _OPERATORS[match[1]]:
            changed = f"{code[: match.start()]} {other} {code[match.end() :]}"
            yield Mutant(f"{match[1]} to {other}", changed)
    yield from _replaced(code, r"\bIN\b(?= \()", lambda _: ["NOT IN"], "IN to NOT IN")
    yield from _replaced(code, r"\bIS NOT NULL\b", lambda _: ["IS NULL"], "NULL turned round")
    yield from _replaced(code, r"\bIS NULL\b", lambda _: ["IS NOT NULL"], "NULL turned round")


def _literals(code: str, tables: dict[str, Table]) -> Iterator[Mutant]:
    columns = [words for table in tables.values() for words in table.words.values()]

    def others(match: re.Match[str]) -> list[str]:
        found = {word for words in columns if match[1] in words for word in words if word != match[1]}
        return [f"'{word}'" for word in sorted(found)]

    yield from _replaced(code, r"'([^'\n]*)'", others, "another word of the data")
    yield from _replaced(code, r", '[^'\n]+'(?=\))", lambda _: [""], "one word of a list dropped")
    yield from _replaced(code, r"(?<=\()'[^'\n]+', ", lambda _: [""], "one word of a list dropped")


def _numbers(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    def others(match: re.Match[str]) -> list[str]:
        if "." in match[0]:
            return [f"{float(match[0]) * 10:g}", f"{float(match[0]) / 10:g}", f"{float(match[0]) + 0.05:g}"]
        number = int(match[0])
        return [str(number + 1), str(number - 1)] if number > 0 else ["1"]

    yield from _replaced(code, r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w.'-])", others, "off by a little")


def _counts(code: str, tables: dict[str, Table]) -> Iterator[Mutant]:
    columns = sorted({name for file, table in tables.items() if file in code for name in table.columns})
    counted = ["*", *(f"count({name})" for name in columns), *(f"count(DISTINCT {name})" for name in columns)]
    yield from _replaced(code, r"\bcount\(\*\)", lambda _: counted, "counts something else")
    yield from _replaced(code, r"\bcount\(DISTINCT ", lambda _: ["count("], "DISTINCT dropped")
    yield from _replaced(code, r"\bSELECT (?!DISTINCT)", lambda _: ["SELECT DISTINCT "], "DISTINCT added")


_AGGREGATES = {
    "sum": ["avg", "max", "count"], "avg": ["sum", "median", "max"], "median": ["avg", "min"], "min": ["max"],
    "max": ["min", "sum"], "mean": ["sum", "median"], "nunique": ["count"], "any": ["all"], "all": ["any"],
    "len": ["sum"], "sorted": ["list"], "predict_proba": ["predict"], "precision_score": ["recall_score"],
    "recall_score": ["precision_score"], "head": ["tail"], "nlargest": ["nsmallest"],
}  # fmt: skip


def _aggregates(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    for name, others in _AGGREGATES.items():
        yield from _replaced(code, rf"\b{name}(?=\()", lambda _, others=others: others, "another aggregate")  # type: ignore[misc]


def _columns(code: str, tables: dict[str, Table]) -> Iterator[Mutant]:
    for file, table in tables.items():
        if file not in code:
            continue
        for name, kind in table.columns.items():
            others = [other for other, its in table.columns.items() if its == kind and other != name]
            yield from _replaced(code, rf"\b{re.escape(name)}\b(?!\.(?:parquet|csv))",
                                 lambda _, others=others: others, "another column")  # type: ignore[misc]  # fmt: skip


def _order(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    yield from _replaced(code, r"\s+ORDER BY [\w.,() ]+?(?=\s+LIMIT|[\"')\n]|$)", lambda _: [""], "sorting removed")
    yield from _replaced(code, r"\s+LIMIT \d+", lambda _: [""], "LIMIT removed")
    yield from _replaced(code, r" DESC\b", lambda _: ["", " ASC"], "sorted the other way")
    yield from _replaced(code, r"\bGROUP BY \w+, ", lambda _: ["GROUP BY "], "a group dropped")
    yield from _replaced(code, r"\b(?:LEFT JOIN|JOIN)\b",
                         lambda match: ["JOIN" if "LEFT" in match[0] else "LEFT JOIN"], "another join")  # fmt: skip


def _commas(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    yield from _replaced(code, r"(?<=\w),(?= \w)", lambda _: [""], "a comma lost")


def _arithmetic(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    swapped = {" + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * ", " // "], " // ": [" / "]}
    yield from _replaced(code, r" (?:\+|-|\*|//?) (?=[\w(])", lambda match: swapped[match[0]], "another sign")
    yield from _replaced(code, r"\bround\(([^()]*(?:\([^()]*\))?[^()]*), *(\d)\)",
                         lambda match: [f"round({match[1]})"], "rounded to whole")  # fmt: skip
    yield from _replaced(code, r"(?<== )(duckdb\.sql\(\"[^\"\n]+\"\))(?=\n|$)",
                         lambda match: [f"round({match[1]}.fetchall()[0][0], -1)", f"{match[1]}.fetchall()[0][0] - 1"],
                         "the result changed")  # fmt: skip


def _python(code: str, _: dict[str, Table]) -> Iterator[Mutant]:
    """Changes to Python: comparisons, defaults, conditions, a statement of a function left out."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return
    places = len(list(ast.walk(tree)))
    for place in range(places):
        for way in range(3):
            copy = deepcopy(tree)
            node = list(ast.walk(copy))[place]
            done = _change(node, way)
            if done:
                yield Mutant(done, ast.unparse(ast.fix_missing_locations(copy)))


_COMPARED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
}  # fmt: skip


def _change(node: ast.AST, way: int) -> str:
    """Change one node in place, in one of a few ways; what was done, or nothing."""
    match node:
        case ast.Compare(ops=ops):
            others = _COMPARED[type(ops[0])]
            if way < len(others):
                ops[0] = others[way]()
                return "another comparison"
        case ast.BoolOp() if way == 0:
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            return "and for or"
        case ast.BoolOp() if way == 1:
            node.values = node.values[:-1] if len(node.values) > 2 else [node.values[0], node.values[0]]
            return "a condition dropped"
        case ast.FunctionDef(args=ast.arguments(defaults=[*_, last])) if way == 0 and isinstance(last, ast.Constant):
            if isinstance(last.value, int | float):
                node.args.defaults[-1] = ast.Constant(last.value + 1)
                return "another default"
        case ast.FunctionDef() | ast.For() | ast.If() if way == 1 and len(node.body) > 1:
            del node.body[-2]
            return "a line left out"
        case ast.Constant(value=bool()) if way == 0:
            node.value = not node.value
            return "True for False"
        case ast.UnaryOp(op=ast.Not()) if way == 0:
            node.op = ast.UAdd()
            return "a not dropped"
        case ast.Subscript(slice=ast.Constant(value=int())) if way == 0:
            node.slice = ast.Constant(0 if ast.unparse(node.slice) != "0" else 1)
            return "another place in the list"
        case ast.Return(value=ast.expr()) if way == 0:
            node.value = None
            return "nothing returned"
    return ""


_KINDS: dict[str, Callable[[str, dict[str, Table]], Iterator[Mutant]]] = {
    "condition": _conditions_dropped,
    "added": _conditions_added,
    "joint": _joints_swapped,
    "operator": _operators,
    "literal": _literals,
    "number": _numbers,
    "count": _counts,
    "aggregate": _aggregates,
    "column": _columns,
    "order": _order,
    "comma": _commas,
    "arithmetic": _arithmetic,
    "python": _python,
}
