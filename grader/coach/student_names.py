"""First and last names, which nbgrader keeps apart and a roster does not."""

import unicodedata

PARTICLES = {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le", "van", "von"}
"""Small words that begin a family name of several words; they count when written small, as their owners do."""


def split_name(name: str) -> tuple[str, str]:
    """First and last name. A single word is a last name; nbgrader shows nobody who lacks one of the two.

    "Last, First" says it itself; Chinese, Japanese and Korean names begin with the family; "van" and the like belong to
    what follows.
    """
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        return " ".join(first.split()), " ".join(last.split())
    words = name.split()
    if len(words) < 2:
        return "", "".join(words)
    if _is_east_asian(name):
        return " ".join(words[1:]), words[0]
    small = [place for place, word in enumerate(words[:-1]) if place and word in PARTICLES]
    cut = small[0] if small else len(words) - 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def _is_east_asian(name: str) -> bool:
    return all(
        unicodedata.name(each, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA"))
        for each in name
        if each.isalpha()
    )


def same_name(name: str, first: str | None, last: str | None) -> bool:
    """Whether the gradebook's name has the same words, in any order."""
    return sorted(name.replace(",", " ").split()) == sorted(f"{first or ''} {last or ''}".split())
