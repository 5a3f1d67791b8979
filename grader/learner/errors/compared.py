"""Two columns compared: signs side by side, and English where a sign belongs."""

import re

from grader.learner.errors.scene import Scene, Words, outside_quotes, short
from grader.learner.errors.sql import before_the_stop, unparsed

_SIGNS = ("=", "<", ">", "<=", ">=", "<>", "!=", "==")
_JOINING = {"AND", "OR", "IN", "BETWEEN", "FROM", "WHERE", "GROUP", "ORDER", "SELECT"}
_MEANING = "`=` says that two things are the same, `<>` that they are not."


def sql_signs_side_by_side(scene: Scene) -> Words | None:
    """`a =<> b`, `a =/= b`, `a = <> b`, `a ! = b`, `a = NOT b`."""
    if not scene.from_duckdb:
        return None
    apart = re.search(r"!\s+=", outside_quotes(scene.query))
    if apart and "factorial" in scene.message:
        return Words(
            "The two halves of `!=` stand apart, and SQL reads two signs.",
            "Take the space out: `!=`.",
            "One sign, one piece",
        )
    negated = re.search(r"=\s*not\b", outside_quotes(scene.query), re.IGNORECASE)
    if negated and "BOOL" in scene.message:
        return Words(
            f"`NOT` stands in front of a whole condition, and here it stands behind a sign. {_MEANING}",
            f"Put one sign in place of `{short(negated.group())}`.",
            "One sign",
        )
    unknown = re.search(r"Function with name \"?([=<>!/]{3,}|/=)\"? does not exist", scene.message)
    written = unknown.group(1) if unknown else ""
    if unparsed(scene) and scene.near in _SIGNS:
        before, _ = before_the_stop(scene)
        two = before and before[-1] in _SIGNS and before[-1] + scene.near not in _SIGNS
        written = f"{before[-1]} {scene.near}" if two else ""
    if not written:
        return None
    return Words(
        f"In `{written}` more than one sign stands between two things. {_MEANING}",
        f"Keep the one that you mean in place of `{written}`.",
        "One sign",
    )


def sql_sign_in_english(scene: Scene) -> Words | None:
    """`a IS NOT b`, `a NOT b`, `a not = b`, `a is not equal to b`, `a differs b`, where b is a column."""
    if not unparsed(scene) or not scene.near:
        return None
    before, tokens = before_the_stop(scene)
    rest = tokens[len(before) + 1 :]
    upper = [token.upper() for token in before]
    if not {"WHERE", "HAVING", "AND", "OR"} & set(upper) or {"GROUP", "ORDER"} & set(upper):
        return None
    words: list[str] = []
    while before and before[-1].upper() in ("IS", "NOT") and len(words) < 2:
        words.insert(0, before.pop())
    following = [scene.near, *rest]
    at = next((at for at, token in enumerate(following[:4]) if scene.is_column(token)), None)
    if at is None or not before or not scene.is_column(before[-1]):
        return None
    words, other = [*words, *following[:at]], following[at]
    english = all(re.fullmatch(r"[A-Za-z]\w*", word) or word in _SIGNS for word in words)
    if not words or not english or _JOINING & {word.upper() for word in words}:
        return None
    return Words(
        f"Between `{before[-1]}` and `{short(other)}` stands `{short(' '.join(words))}`. SQL compares with a sign: "
        f"{_MEANING}",
        f"Put one sign between the two columns, in place of `{short(' '.join(words))}`.",
        "A sign, not a word",
    )
