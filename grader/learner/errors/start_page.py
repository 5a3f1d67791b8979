"""Slips in the boxes of the start page, whose readers have not seen a line of code before."""

import keyword
import re

from grader.learner import seven_rows
from grader.learner.errors.scene import Scene, Words, short

_BROUGHT_BACK = re.compile(r"^\s*bring_back\s*\(\s*(?P<name>[^\s\"'()=,]+)\s*\)?\s*(?:#.*)?$", re.MULTILINE)
_UNIT = re.compile(
    r"^(?P<sum>\s*[A-Za-z_]\w*(?:\s*[-+*/=]\s*\w+)*\s*[-+*/=]\s*\d[\d.]*)\s*(?P<unit>[A-Za-z]+)\s*(?:#.*)?$"
)
_ASSESSED = re.compile(r"\bself_assessment\s*\(\s*me\b")


def row_of_seven(scene: Scene) -> Words | None:
    """`1;`, `1,5`, a number or a bracket deleted, a word for a digit: the row by the number before its words."""
    if not seven_rows.are_in(scene.source):
        return None
    slip = seven_rows.slip_in(scene.source)
    if not slip:
        return None
    return Words(slip, "run this box again, then the one below it.", "Not read yet")


def unit_in_a_sum(scene: Scene) -> Words | None:
    """`staff * 24 days`; `staff = 180 people`, where no table is at hand that could be asked."""
    found = _UNIT.match(scene.line) if scene.is_syntax else None
    if not found or keyword.iskeyword(found["unit"]) or ("=" in found["sum"] and "duckdb" in scene.namespace):
        return None
    return Words(
        f"A number wears digits alone: behind it stands `{short(found['unit'])}`.",
        f"Take `{short(found['unit'])}` out: `{short(found['sum'].strip())}`.",
        "Digits alone",
    )


def kept_work_without_quotes(scene: Scene) -> Words | None:
    """`bring_back(kept-work.zip)`."""
    found = _BROUGHT_BACK.search(scene.source)
    if not found or not (scene.is_syntax or (scene.unknown_name and scene.unknown_name in found["name"])):
        return None
    name = short(found["name"])
    return Words(
        f"The name in these brackets is a text, and a text wears quotes: `{name}` has none.",
        f'Write `bring_back("{name}")`.',
        "Quotes, brackets",
    )


def seven_without_name(scene: Scene) -> Words | None:
    """`self_assessment(me)` where no box gave a `me`: not run yet, or under another name such as `Me`."""
    if scene.unknown_name != "me" or not _ASSESSED.search(scene.source):
        return None
    ran = next((source for source in reversed(scene.sources) if seven_rows.are_in(source)), "")
    slip = seven_rows.slip_in(ran) if ran else ""
    if slip:
        return Words(slip, "change it in the box above, and run both boxes again.", "Not read yet")
    happened = "No list called `me` is known: the box above, with the seven rows, has not been run yet or gave none."
    return Words(happened, "run the box above, then this one.", "Not read yet")
