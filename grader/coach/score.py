"""What a submission scored, cell by cell, as nbgrader's gradebook keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CellScore:
    """One row of nbgrader's grade table: a graded cell of one submission. `auto_score` None waits for the coach."""

    name: str  # nbgrader grade_id
    max_score: float
    auto_score: float | None
    needs_manual: bool = False
