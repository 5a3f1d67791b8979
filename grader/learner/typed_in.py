"""Whether an answer was typed in rather than computed: its last assignment holds nothing but constants."""

import ast
import re
from collections.abc import Sequence

from grader.learner.session import parsed

_CONVERSIONS = ("int", "float", "str", "round", "abs")
_QUERIES = ("sql", "query", "execute")
_CONTAINERS = ("DataFrame", "Series", "array")
_WITHOUT_TABLE = re.compile(r"\s*(select|values)\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)
MAX_STEPS = 20


def is_typed_in(variable: str, sources: Sequence[str]) -> bool:
    """Whether the last assignment to `variable` in the cells that ran is a constant expression.

    A name counts as constant when its own last assignment was; a query counts when its text names no table.
    In doubt: no.
    """
    bindings: dict[str, ast.expr | None] = {}
    for source in sources:
        for statement in parsed(source) or ():
            _collect(statement, bindings)
    value = bindings.get(variable)
    return value is not None and _constant(value, bindings, MAX_STEPS)


def _collect(statement: ast.stmt, bindings: dict[str, ast.expr | None]) -> None:
    """Record what each name was bound to last; None for a binding that is more than one assignment of one name."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        bindings[statement.name] = None
        return
    if isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets):
        value = _resolved(statement.value, bindings)
        for target in statement.targets:
            if isinstance(target, ast.Name):
                bindings[target.id] = value
        return
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        bindings[statement.target.id] = statement.value and _resolved(statement.value, bindings)
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            bindings[node.id] = None
        elif isinstance(node, ast.alias):
            bindings[(node.asname or node.name).partition(".")[0]] = None


def _resolved(value: ast.expr, bindings: dict[str, ast.expr | None]) -> ast.expr | None:
    """A bare name stands for what it was bound to at that moment."""
    if isinstance(value, ast.Name):
        return bindings.get(value.id)
    return value


def _constant(node: ast.expr | None, bindings: dict[str, ast.expr | None], steps: int) -> bool:
    if node is None or steps == 0:
        return False

    def constant(part: ast.expr | None) -> bool:
        return _constant(part, bindings, steps - 1)

    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return constant(bindings.get(name))
        case ast.UnaryOp(operand=operand):
            return constant(operand)
        case ast.BinOp(left=left, right=right):
            return constant(left) and constant(right)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(constant(part) for part in parts)
        case ast.Dict(keys=keys, values=values):
            return all(constant(part) for part in [*keys, *values])
        case ast.Subscript(value=value, slice=index):
            return constant(value) and constant(index)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _CONVERSIONS:
            return all(constant(part) for part in [*args, *(keyword.value for keyword in keywords)])
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=args, keywords=keywords):
            parts = [*args, *(keyword.value for keyword in keywords)]
            if name in _QUERIES and isinstance(owner, ast.Name) and bindings.get(owner.id) is None:
                return _asks_no_table(args[0] if args else None, bindings)
            if name in _CONTAINERS and isinstance(owner, ast.Name):
                return all(constant(part) for part in parts)
            return constant(owner) and all(constant(part) for part in parts)
    return False


def _asks_no_table(node: ast.expr | None, bindings: dict[str, ast.expr | None]) -> bool:
    if isinstance(node, ast.Name):
        node = bindings.get(node.id)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return bool(_WITHOUT_TABLE.match(node.value)) and not _FROM.search(node.value)
