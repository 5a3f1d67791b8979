"""What `check`, `predict`, `recall` and `hand_in` return: a card for people, one number for nbgrader."""

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How an answer stands."""

    NOT_YET = "not yet"
    CLOSE = "close"
    WRONG = "wrong"
    RIGHT = "right"


@dataclass(frozen=True, repr=False)
class Outcome:
    """The result of one check. Its text form is the points and nothing else: nbgrader reads it as partial credit.

    `points` and `possible` are points of the exercise, `html` is the card, `text` the same in plain words.
    """

    status: Status
    points: float
    possible: float
    html: str
    text: str = ""

    def __repr__(self) -> str:
        return repr(float(self.points))

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, repr=False)
class Notice:
    """A card without points (predictions, recall, a hand-in). Its text form is plain words."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html
