"""Calibration: what was said against what came of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.learner.calibration import FEWEST, Guess, calibrate

guesses = st.lists(st.builds(Guess, st.floats(0, 100, allow_subnormal=False), st.booleans()), max_size=60)


@given(guesses)
def test_every_guess_is_in_one_band_and_the_bands_add_up(made: list[Guess]):
    whole = calibrate(made)
    assert sum(band.guesses for band in whole.bands) == whole.guesses == len(made)
    assert sum(band.hits for band in whole.bands) == whole.hits
    for band in whole.bands:
        assert band.low - 1e-9 <= band.said <= band.high + 1e-9
        assert 0 <= band.hits <= band.guesses
    said = math.fsum(band.said * band.guesses for band in whole.bands)
    assert said == pytest.approx(whole.said * whole.guesses, abs=1e-6)


@given(guesses, st.randoms(use_true_random=False))
def test_the_order_of_the_guesses_does_not_matter(made: list[Guess], chance):
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert calibrate(shuffled) == calibrate(made)


@given(guesses)
def test_saying_the_opposite_of_everything_turns_the_gap_around(made: list[Guess]):
    opposite = [Guess(100 - guess.confidence, not guess.hit) for guess in made]
    assert calibrate(opposite).gap == pytest.approx(-calibrate(made).gap, abs=1e-9)
    # A square root: what is rounded off near certainty shows in half as many digits.
    assert calibrate(opposite).luck == pytest.approx(calibrate(made).luck, abs=1e-5)


@given(guesses.filter(lambda made: len(made) >= FEWEST))
def test_a_miss_more_never_makes_anybody_look_less_sure(made: list[Guess]):
    missed = [Guess(guess.confidence, False) for guess in made]
    assert calibrate(missed).gap >= calibrate(made).gap
    assert "more often than you think" not in calibrate(missed).sentence()


@given(st.integers(FEWEST, 40), st.integers(0, 40))
def test_whoever_says_the_share_that_comes_true_fits(number: int, hits: int):
    hits = min(hits, number)
    made = [Guess(100 * hits / number, place < hits) for place in range(number)]
    assert "that fits" in calibrate(made).sentence()


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([], "It takes 5 predictions to say how your confidence holds up; you have made none yet."),
        ([Guess(70, True)] * 4, "It takes 5 predictions to say how your confidence holds up; you have made 4."),
        (
            [Guess(95, False)] * 6 + [Guess(95, True)] * 4,
            "You were 95% sure on average and right in 4 of 10 predictions: you are surer than the data bears out.",
        ),
        (
            [Guess(20, True)] * 9 + [Guess(20, False)],
            "You were 20% sure on average and right in 9 of 10 predictions: you are right more often than you think.",
        ),
        (
            [Guess(6, True)] + [Guess(6, False)] * 8,
            "You were 6% sure on average and right in 1 of 9 predictions: that fits, as far as 9 predictions can tell.",
        ),
        (
            [Guess(100, True)] * 4 + [Guess(100, False)],
            "You were 100% sure on average and right in 4 of 5 predictions: you are surer than the data bears out.",
        ),
    ],
)
def test_one_sentence_says_what_it_comes_to(made: list[Guess], says: str):
    assert calibrate(made).sentence() == says


def test_a_band_holds_what_was_said_from_its_lower_end_on_and_the_last_one_holds_certainty():
    bands = calibrate([Guess(0, True), Guess(19.9, True), Guess(20, False), Guess(80, True), Guess(100, False)]).bands
    assert [(band.low, band.guesses, band.hits) for band in bands] == [(0, 2, 2), (20, 1, 0), (80, 2, 1)]
