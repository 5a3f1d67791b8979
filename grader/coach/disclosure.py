"""What a page may say of groups of people. For a board, no group of fewer than five is shown, nor what would tell it.

A number whose rest is small tells the rest: of "38 of 40" the other two. So a number is blurred where it or its rest is
under five, and where one of several numbers that add up is hidden, another one is hidden with it (primary and secondary
suppression, as in A. Hundepool et al., Statistical Disclosure Control, Wiley 2012).
"""

from collections.abc import Mapping
from dataclasses import dataclass

FEWEST = 5


@dataclass(frozen=True)
class Discretion:
    """How much is said: `least` is the size of the smallest group that is shown, 1 for a coach, who may see all."""

    least: int = 1

    @property
    def anonymous(self) -> bool:
        """Whether nobody may be told from the page."""
        return self.least > 1

    def shows(self, count: int) -> bool:
        """Whether a group of this size is shown."""
        return count >= self.least

    def count(self, count: int, of: int | None = None) -> str:
        """A number of people in words; with `of`, those of whom it counts some, "35 of 40"."""
        if not self.anonymous:
            return str(count) if of is None else f"{count} of {of}"
        if of is not None and of < self.least:
            return f"fewer than {self.least}"
        few = f"fewer than {self.least}" if count < self.least else ""
        if of is None:
            return few or str(count)
        if not few and of - count < self.least:
            return f"all but fewer than {self.least} of {of}" if of - count else f"all {of}"
        return f"{few or count} of {of}"

    def percent(self, count: int, of: int) -> str:
        """A share in percent, or the bound that may be said."""
        said = f"{100 * self.drawn(count, of):.0f}%"
        if self.anonymous and count < self.least:
            return f"under {said}"
        if self.anonymous and 0 < of - count < self.least:
            return f"over {said}"
        return said

    def drawn(self, count: int, of: int) -> float:
        """A share from 0 to 1 as long as it may be drawn: at its bound where it is hidden."""
        if not self.anonymous or count == of:
            return count / of if of else 0.0
        return min(max(count, self.least), max(of - self.least, self.least)) / of if of else 0.0

    def parts(self, counts: Mapping[str, int]) -> tuple[dict[str, int], int]:
        """Numbers that add up: those that are shown, and the sum of the others, which is itself never a small group."""
        shown = {name: count for name, count in counts.items() if self.shows(count) or not self.anonymous}
        hidden = sum(counts.values()) - sum(shown.values())
        while shown and 0 < hidden < self.least:
            smallest = min(shown, key=lambda name: (shown[name], name))
            hidden += shown.pop(smallest)
        return shown, hidden
