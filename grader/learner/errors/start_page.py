"""A slip in the box of the self-assessment, whose readers have not seen a line of code before."""

from grader.learner import seven_rows
from grader.learner.errors.scene import Scene, Words


def row_of_seven(scene: Scene) -> Words | None:
    """`1;`, `1,5`, a number or a bracket deleted, a word for a digit: the row by the number before its words."""
    if not seven_rows.are_in(scene.source):
        return None
    slip = seven_rows.slip_in(scene.source)
    if not slip:
        return None
    return Words(slip, "run this box again, then the one below it.", "Not read yet")
