"""What may be said of groups: a coach is told all, a board nothing from which fewer than five could be told."""

import pytest

from grader.coach.disclosure import Discretion

COACH, BOARD = Discretion(), Discretion(5)


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (35, 40, "35 of 40"),
        (4, 40, "fewer than 5 of 40"),
        (0, 40, "fewer than 5 of 40"),
        (36, 40, "all but fewer than 5 of 40"),
        (40, 40, "all 40"),
        (3, 4, "fewer than 5"),
        (4, None, "fewer than 5"),
        (5, None, "5"),
    ],
)
def test_a_number_is_blurred_where_it_or_its_rest_is_small(count: int, of: int | None, said: str) -> None:
    assert BOARD.count(count, of) == said
    assert COACH.count(count, of) == (f"{count} of {of}" if of is not None else str(count))


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [(20, 40, "50%"), (1, 40, "under 12%"), (0, 40, "under 12%"), (38, 40, "over 88%"), (40, 40, "100%")],
)
def test_a_share_is_bounded_where_it_would_tell_a_small_number(count: int, of: int, said: str) -> None:
    assert BOARD.percent(count, of) == said
    assert COACH.percent(count, of) == f"{100 * count / of:.0f}%"


def test_a_bar_of_a_hidden_number_is_drawn_at_its_bound() -> None:
    assert BOARD.drawn(1, 40) == BOARD.drawn(4, 40) == 5 / 40
    assert BOARD.drawn(39, 40) == BOARD.drawn(36, 40) == 35 / 40
    assert COACH.drawn(1, 40) == 1 / 40
    assert COACH.drawn(0, 0) == 0


def test_what_adds_up_hides_as_many_numbers_as_it_takes() -> None:
    assert COACH.parts({"a": 17, "b": 3}) == ({"a": 17, "b": 3}, 0)
    assert BOARD.parts({"a": 17, "b": 9}) == ({"a": 17, "b": 9}, 0)
    assert BOARD.parts({"a": 17, "b": 3, "c": 9}) == ({"a": 17}, 12)
    assert BOARD.parts({"a": 17, "b": 3, "c": 2}) == ({"a": 17}, 5)
    assert BOARD.parts({"a": 17, "b": 3, "c": 0}) == ({}, 20)
