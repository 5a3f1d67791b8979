"""The one way to refuse: a sentence that says what is wrong, where, and what to do."""


class Problem(Exception):
    """Bad input, or a bad place to work. The text is a sentence for a person; the command line shows only that."""


def as_typed(text: str, most: int = 40) -> str:
    """A text that somebody typed, cut to `most` characters and fit to stand between backticks in a sentence."""
    shown = "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in text)
    return shown if len(shown) <= most else f"{shown[:most]}…"
