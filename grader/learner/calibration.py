"""How sure somebody was, held against how often they were right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 5
"""Fewer guesses than this say nothing about the guesser."""
BAND = 20
CHANCE = 2.0
"""A gap of up to so many standard errors may be luck."""


@dataclass(frozen=True)
class Guess:
    """One prediction: `confidence` as stated, 0 to 100, and whether it was near enough."""

    confidence: float
    hit: bool


@dataclass(frozen=True)
class Band:
    """The guesses that were stated with `low` to `high` percent; `said` is their mean confidence."""

    low: int
    high: int
    guesses: int
    hits: int
    said: float

    @property
    def right(self) -> float:
        """Percent that were right."""
        return 100 * self.hits / self.guesses


@dataclass(frozen=True)
class Calibration:
    """All guesses together, and by bands of 20 points; bands without a guess are left out."""

    guesses: int
    hits: int
    said: float
    luck: float
    bands: tuple[Band, ...]

    @property
    def gap(self) -> float:
        """Points by which the stated confidence is above the share that was right; negative where it is below."""
        return self.said - 100 * self.hits / self.guesses if self.guesses else 0.0

    @property
    def enough(self) -> bool:
        """Whether there are guesses enough to say anything."""
        return self.guesses >= FEWEST

    def sentence(self) -> str:
        """What it comes to, in one sentence."""
        if not self.enough:
            made = f"you have made {self.guesses}" if self.guesses else "you have made none yet"
            return f"It takes {FEWEST} predictions to say how your confidence holds up; {made}."
        said = f"You were {self.said:.0f}% sure on average and right in {self.hits} of {self.guesses} predictions"
        if abs(self.gap) <= CHANCE * self.luck + 1e-9:
            return f"{said}: that fits, as far as {self.guesses} predictions can tell."
        if self.gap > 0:
            return f"{said}: you are surer than the data bears out."
        return f"{said}: you are right more often than you think."


def calibrate(guesses: Sequence[Guess]) -> Calibration:
    """Hold the confidence of the guesses against what came of them. Their order does not matter."""
    bands = []
    for low in range(0, 100, BAND):
        high = low + BAND
        inside = [guess for guess in guesses if low <= guess.confidence and (guess.confidence < high or high == 100)]
        if inside:
            hits = sum(guess.hit for guess in inside)
            bands.append(Band(low, high, len(inside), hits, _mean([guess.confidence for guess in inside])))
    return Calibration(
        guesses=len(guesses),
        hits=sum(guess.hit for guess in guesses),
        said=_mean([guess.confidence for guess in guesses]),
        luck=_luck([guess.confidence for guess in guesses]),
        bands=tuple(bands),
    )


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers) if numbers else 0.0


def _luck(confidences: Sequence[float]) -> float:
    """The standard error, in points, of the share that is right for somebody whose confidence is true."""
    variance = math.fsum(sure / 100 * (1 - sure / 100) for sure in confidences)
    return 100 * math.sqrt(max(variance, 0.0)) / len(confidences) if confidences else 0.0
