"""What a piece of a learner's code binds and needs, read from its text: nothing is run."""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import TypeVar

from grader.learner.marks import piles_up_marks

Read = TypeVar("Read")
BUILTINS = frozenset(dir(builtins))
MOST_CODE = 100_000
"""A longer cell is taken as it is: nobody writes one, and reading it would take its time."""
_CELL_MAGIC = re.compile(r"\A\s*%%\w+[^\n]*\n")
_MAGIC = re.compile(r"^(?:%(?:time|timeit|prun)\s+(?=\w+\s*=)|[%!][^\n]*)", re.MULTILINE)
_SHELL = re.compile(r"^(\w+\s*=\s*)[%!][^\n]*", re.MULTILINE)
_FENCE = re.compile(r"...[^\n]*\n(.*?)\n?...\Z", re.DOTALL)
_LINE = re.compile(
    r"^(?:%time[ \t]+)?(?:(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(|(\w+)[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*"
    r"(?!(?:\.\.\.|\"\"|'')?[ \t]*(?:#[^\n]*)?$)\S)",
    re.MULTILINE,
)
_CHANGED = re.compile(r"^(\w+)(?:\[[^\n]*\]|\.\w+)\s*[-+*/|&]?=(?!=)", re.MULTILINE)
_TABLE = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view|macro)\s+(?:if\s+not\s+exists\s+)?\"?(\w+)",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:from|join)\s+\"?(\w+)", re.IGNORECASE)
_QUIETLY = Lock()
"""Filters of warnings belong to the process, and grading has several threads."""
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Names:
    """The names that a cell gives to later cells, and those that it takes from earlier ones (SQL included).

    A cell that is no Python does neither: it cannot run.
    """

    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()


NO_NAMES = Names()


class Code:
    """A cell's text, parsed when somebody asks. A text that does not parse is read line by line."""

    def __init__(self, text: str) -> None:
        is_fenced = text.lstrip()[:3] in ("```", "~~~") and text.rstrip()[-3:] in ("```", "~~~")
        fence = _FENCE.match(text.strip()) if is_fenced else None
        self.text = fence[1] if fence else text

    @cached_property
    def tree(self) -> ast.Module | None:
        """The text without magics, parsed; None where it is no Python."""
        if len(self.text) > MOST_CODE:
            return None
        return _parse(self.text)

    @cached_property
    def binds(self) -> tuple[str, ...]:
        """The names that get a value, in order; dots and empty quotes are no value."""
        if self.tree is None:
            return tuple(name for pair in _LINE.findall(self.text[:MOST_CODE]) for name in pair if name)
        return tuple(name for statement in self.tree.body for name in _bound(statement))

    def gives(self, variable: str) -> bool:
        """Whether the variable gets a value."""
        return variable in self.text and variable in self.binds

    @cached_property
    def names(self) -> Names:
        """What the cell gives to others and takes from others."""
        return names_of(self.text) if len(self.text) <= MOST_CODE else NO_NAMES


def _parse(text: str) -> ast.Module | None:
    """The text without magics as a tree; None where it is no Python."""
    return _quietly(ast.parse, text)


def _quietly(read: Callable[[str], Read], text: str) -> Read | None:
    """What `read` makes of the text as Python, or None where it is none. A stray backslash warns nobody here."""
    if piles_up_marks(text):  # Python normalises names
        return None
    try:
        if "\\" not in text:
            return read(_plain(text))
        with _QUIETLY, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read(_plain(text))
    except _UNREADABLE:
        return None


def _plain(text: str) -> str:
    """The text as Python, line by line the same: magics and shell lines do nothing."""
    if "%" not in text and "!" not in text:
        return text
    text = _CELL_MAGIC.sub(lambda found: "\n" * found[0].count("\n"), text)
    return _SHELL.sub(r"\1None", _MAGIC.sub("", text))


def _bound(statement: ast.AST) -> Iterator[str]:
    """The names that a statement binds in the notebook, not inside of its functions. No depth is too much for it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Global):
                        yield from inner.names
                continue
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield (alias.asname or alias.name).partition(".")[0]
                continue
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is None or is_nothing(value):
                continue
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def is_nothing(value: ast.expr) -> bool:
    """Whether a value is what stands in an answer that nobody has written: dots, or empty quotes."""
    return isinstance(value, ast.Constant) and (value.value is ... or value.value == "")


def says_nothing(text: str, variable: str) -> bool:
    """Whether a cell holds only comments, dots, empty quotes, and bare names that stand for nothing else."""
    tree = Code(text).tree
    if tree is None:
        return False
    blank = {variable}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_nothing(value):
                blank.add(name)
            case ast.Expr(value=ast.Name(id=name)) if name in blank:
                pass
            case ast.Pass():
                pass
            case ast.Expr(value=value) if is_nothing(value):
                pass
            case _:
                return False
    return True


@lru_cache(maxsize=512)
def _names_of(text: str) -> Names:
    binds = {*_CHANGED.findall(text), *_TABLE.findall(text)}
    uses = set(_FROM.findall(text)) | set(_CHANGED.findall(text))
    table = _table(text)
    if table is None:
        return NO_NAMES
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            binds.add(symbol.get_name())
        if symbol.is_referenced():
            uses.add(symbol.get_name())
    for inner in _inner(table):
        for symbol in inner.get_symbols():
            if symbol.is_global():
                (binds if symbol.is_declared_global() and symbol.is_assigned() else uses).add(symbol.get_name())
    return Names(frozenset(binds), frozenset(uses) - BUILTINS)


def _table(text: str) -> symtable.SymbolTable | None:
    return _quietly(lambda plain: symtable.symtable(plain, "cell", "exec"), text)


def names_of(text: str) -> Names:
    """The names of a text. Those of short texts are kept: the release's cells come with every submission."""
    return _names_of(text) if len(text) < 4_000 else _names_of.__wrapped__(text)


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = list(table.get_children())
    while waiting:
        child = waiting.pop()
        yield child
        waiting += child.get_children()


def is_prose(text: str, fewest: int) -> bool:
    """Whether a text is written for people: at least so many words, and no Python."""
    return len(text.split()) >= fewest and (len(text) > MOST_CODE or _parse(text) is None)


def looks_like_code(text: str) -> bool:
    """Whether more than three of a hundred characters are those of code: half of a cell that was cut in two, say."""
    return 100 * sum(map(text.count, "=()[]{}<>_")) > 3 * len(text)


def same_but_for_case(code: Code, variable: str) -> str:
    """The last name that the cell binds and that differs from the variable in case and underscores only, or none."""
    wanted = folded(variable)
    found = [name for name in code.binds if name != variable and folded(name) == wanted]
    return found[-1] if found else ""


def folded(name: str) -> str:
    """A name, or a text, without what distinguishes names that differ in case and underscores only."""
    return name.casefold().replace("_", "")


def with_alias(code: Code, variable: str, other: str) -> str:
    """The text with a line `variable = other` after the last statement that binds the other name."""
    if code.tree is None:
        return f"{code.text}\n{variable} = {other}"
    lines = code.text.split("\n")
    ends = [each.end_lineno or each.lineno for each in code.tree.body if other in _bound(each)]
    lines.insert(ends[-1] if ends else len(lines), f"{variable} = {other}")
    return "\n".join(lines)


def with_name(code: Code, variable: str) -> str:
    """The text with `variable = ` before the last value that the cell shows; empty where it shows none.

    Empty too where the cell speaks of the variable in any other way than by its bare name: nobody knows then.
    """
    lines = code.text.split("\n")
    rest = "\n".join(line for line in lines if line.strip() != variable)
    if code.tree is None or re.search(rf"\b{variable}\b", rest):
        return ""
    shown = [each for each in code.tree.body if isinstance(each, ast.Expr) and _is_value(each.value, variable)]
    if not shown or not _is_at_the_edge(shown[-1], lines):
        return ""
    last = shown[-1]
    lines[last.lineno - 1] = f"{variable} = {lines[last.lineno - 1]}"
    if last is code.tree.body[-1]:
        lines.append(variable)
    return "\n".join(lines)


def _is_at_the_edge(statement: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether the statement begins its line in the text, not behind another one or a magic."""
    return statement.col_offset == 0 and not lines[statement.lineno - 1].startswith(("%", "!"))


def _is_value(value: ast.expr, variable: str) -> bool:
    match value:
        case ast.Name(id=name):
            return folded(name) != folded(variable)
        case ast.Call(func=ast.Name(id=called)):
            return called not in ("check", "predict", "recall", "hand_in", "print", "display", "help")
    return not is_nothing(value)


def without_dots(code: Code, variable: str) -> str:
    """The text without a `variable = ...` that stands below the value that the variable got."""
    if code.tree is None or code.text.count(variable) < 2:
        return code.text
    given, spare = False, []
    for statement in code.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == variable and is_nothing(value):
                if given:
                    spare.append(statement)
                continue
        given = given or variable in _bound(statement)
    lines = code.text.split("\n")
    for statement in reversed(spare):
        if statement.lineno == statement.end_lineno and lines[statement.lineno - 1].startswith(variable):
            del lines[statement.lineno - 1]
    return "\n".join(lines) if spare else code.text


def split(code: Code, variables: Collection[str], tail: bool = True) -> dict[str, str]:
    """The part of a cell for each of the variables that it binds, in the cell's order.

    A part begins after the part before, and ends with the statement that binds its variable (and the bare names below
    it): what helps to make an answer stands above it. A text that is no Python is cut at the lines that bind one. What
    comes after the last part belongs to it, or with no `tail` to none.
    """
    cuts = _cuts(code, variables)
    lines = code.text.split("\n")
    parts: dict[str, str] = {}
    start = 0
    for number, (variable, end) in enumerate(cuts):
        stop = len(lines) if tail and number == len(cuts) - 1 else end
        part = "\n".join(lines[start:stop]).strip("\n")
        parts[variable] = f"{parts[variable]}\n{part}" if variable in parts else part
        start = stop
    return parts


def _cuts(code: Code, variables: Collection[str]) -> list[tuple[str, int]]:
    """The variables in the order in which they are bound, each with the line at which its part ends."""
    cuts: list[tuple[str, int]] = []
    if code.tree is None:
        starts = [
            (name, code.text.count("\n", 0, found.start()))
            for found in _LINE.finditer(code.text)
            for name in found.groups()
            if name in variables
        ]
        ends = [line for _, line in starts[1:]] + [code.text.count("\n") + 1]
        return [(name, end) for (name, _), end in zip(starts, ends, strict=True)]
    for statement in code.tree.body:
        end = statement.end_lineno or statement.lineno
        match statement:
            case ast.Expr(value=ast.Name()) if cuts:
                cuts[-1] = (cuts[-1][0], end)
                continue
        for name in dict.fromkeys(_bound(statement)):
            if name in variables:
                if cuts and (cuts[-1][0] == name or cuts[-1][1] == end):
                    cuts[-1] = (cuts[-1][0], end)
                else:
                    cuts.append((name, end))
    return cuts
