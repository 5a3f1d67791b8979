"""The one way to refuse: a sentence that says what is wrong, where, and what to do."""


class Problem(Exception):
    """Bad input, or a bad place to work. The text is a sentence for a person; the command line shows only that."""
