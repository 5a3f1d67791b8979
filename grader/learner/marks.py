"""Texts that pile up marks (accents and the like) as no language does."""

import unicodedata

MOST_MARKS = 30
"""In a row, as Unicode's stream-safe form has it (UAX 15)."""


def piles_up_marks(text: str) -> bool:
    """Whether more than 30 marks follow each other: normalising such a text takes the square of its length."""
    if text.isascii():
        return False
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign)[0] == "M" else 0
        if marks > MOST_MARKS:
            return True
    return False
