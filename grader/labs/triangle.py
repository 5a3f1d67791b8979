"""The power triangle of one initiative (week 8): who stands in which corner, who decides, who drags, what is voted.

What is not known is empty, and is then neither drawn nor counted: blank is not zero. Somebody who stands in two corners
is drawn in both and counted once.
"""

import difflib
import os
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.learner.problem import Problem

CORNERS = ("boss", "tech", "business")
ENERGIES = ("push", "rest", "drag")
NOBODY = ("nobody", "no one", "no-one", "none")
EVERYBODY = ("everybody", "everyone", "all")
UNKNOWN = ("?", "-", "unknown", "not known", "don't know", "i don't know", "not sure", "no idea", "n/a")
LONGEST = 24
"""Letters of a name on its first line; a longer one is drawn on two."""
_REST = 34
INK, MUTED, PALE = "#1D2430", "#59636F", "#D9DEE5"
_LINE = 110
_TITLE = 86
_WIDTH = 10.0
_ROW, _TAG_ROW, _HEAD, _SECOND_LINE = 0.27, 0.23, 0.62, 0.18
_TAGS = {"on paper": 0.68, "in fact": 0.56, "veto": 0.5}
_SHAPES = {"push": ("^", INK), "rest": ("o", "white"), "drag": ("v", "#9AA3AE")}
_LEGEND = {"push": 0.8, "rest": 0.62, "drag": 0.8}
_TELLS = {"push": "pushes", "rest": "rests", "drag": "drags"}
_OPEN = "not filled in yet"
_SPLIT = "yes, alone no"
_NOT_TOLD = "yes, alone ?"
_BEFORE_A_ROLE = re.compile(r"(?:the|our|my|an?)\s+")
_SOME = re.compile(r"(?:\d+|one|two|three|four|half|some|most|many|both|several|few|a few)(?: of .+| people| others)?$")
_AND = re.compile(r"\s+(?:and|&|\+)\s+|\s*/\s*")


@dataclass(frozen=True)
class Person:
    """One person, by name or by role, in one initiative.

    `energy` is push, rest or drag; `in_the_room` and `alone` are yes or no; each of the three is empty where nobody
    knows. Raises Problem for another word.
    """

    name: str
    corner: str
    on_paper: bool = False
    in_fact: bool = False
    veto: bool = False
    energy: str = ""
    in_the_room: str = ""
    alone: str = ""

    def __post_init__(self) -> None:
        for word, allowed in (
            (self.corner, CORNERS),
            (self.energy, ("", *ENERGIES)),
            (self.in_the_room, ("", "yes", "no")),
            (self.alone, ("", "yes", "no")),
        ):
            if word not in allowed:
                known = ", ".join(each for each in allowed if each)
                raise Problem(f"{self.name} has the word {word!r}, which the triangle does not know: use {known}.")

    @property
    def vote(self) -> str:
        """What was said in the room, and alone where that differs or is all that is known."""
        if self.alone in ("", self.in_the_room):
            return self.in_the_room
        return f"{self.in_the_room}, alone {self.alone}" if self.in_the_room else f"alone {self.alone}"

    @property
    def tags(self) -> list[str]:
        """The boxes below the name."""
        held = (self.on_paper, self.in_fact, self.veto)
        return [tag for tag, has in zip(_TAGS, held, strict=True) if has]


@dataclass(frozen=True)
class Answered:
    """What the people themselves do not tell of the ten answers.

    `open_corners` are those that nobody has filled in; `nobody` holds the questions that were answered with nobody.
    """

    open_corners: frozenset[str] = frozenset()
    nobody: frozenset[str] = frozenset()


_ALL = Answered()


def finding(people: Sequence[Person], called: str, answered: Answered = _ALL) -> str:
    """The title: how many say yes in the room and how many alone, and where nobody stands."""
    name = called.strip() or "The initiative"
    if not people:
        return f"{name}: {'nothing is filled in yet' if answered.open_corners else 'nobody stands in a corner'}"
    said = _counts(people, people, "say yes")
    missing = [corner for corner in CORNERS if not _of(people, corner) and corner not in answered.open_corners]
    if missing:
        said.append(f"nobody from {' or '.join(missing)}")
    others = "; the others are not known" if _is_partly_known(people) else ""
    return f"{name}: {', '.join(said) or 'who says yes is not known yet'}{others}"


def in_words(people: Sequence[Person], called: str, answered: Answered = _ALL, *, alone: bool = True) -> str:
    """What the picture shows, for those who do not see it; with `alone` false, not who votes differently alone."""
    people = people if alone else _without_alone(people)
    parts = [f"{finding(people, called, answered)}."]
    for corner in CORNERS:
        there = _of(people, corner)
        if corner in answered.open_corners:
            parts.append(f"{corner.capitalize()}: {_OPEN}.")
            continue
        votes = _counts(there, people, "yes") if there else []
        parts.append(f"{corner.capitalize()}: {', '.join([_list([each.name for each in there]), *votes])}.")
    for question, label, chosen in (
        ("on_paper", "Decides on paper", [each for each in people if each.on_paper]),
        ("in_fact", "Decides in fact", [each for each in people if each.in_fact]),
        ("veto", "Can stop it alone", [each for each in people if each.veto]),
        *(
            (energy, _TELLS[energy].capitalize(), [each for each in people if each.energy == energy])
            for energy in ENERGIES
        ),
        ("no_in_the_room", "Says no in the room", [each for each in people if each.in_the_room == "no"]),
        ("no_alone" if alone else "", "Yes in the room, no alone", [each for each in people if each.vote == _SPLIT]),
    ):
        if chosen or question in answered.nobody:
            parts.append(f"{label}: {_list([each.name for each in chosen])}.")
    return " ".join(parts)


def figure_of(people: Sequence[Person], called: str, answered: Answered = _ALL, *, alone: bool = True) -> Figure:
    """The triangle: people at their corners, boxes for who decides, shapes and words for energy and votes.

    With `alone` false nobody's vote alone is drawn or counted: beside who drags, a count would tell who it was.
    """
    shown = people if alone else _without_alone(people)
    top = _height(_of(people, "boss"))
    low = max(_height(_of(people, corner)) for corner in ("tech", "business"))
    title = textwrap.wrap(finding(shown, called, answered), _TITLE)
    head = 0.75 + 0.22 * (len(title) - 1)
    height = head + top + 0.45 + max(low, 1.6) + 0.45
    whole = {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": 1.0}
    figure, axes = plt.subplots(figsize=(_WIDTH, height), layout="none", gridspec_kw=whole)
    axes.set(xlim=(0, _WIDTH), ylim=(0, height))
    axes.axis("off")
    axes.text(0.15, height - 0.2, "\n".join(title), size=12.5, weight="bold", va="top", color=INK)
    apex = height - head - top - 0.1
    foot = max(apex - 1.9, 0.75)
    points = {"boss": (5.0, apex), "tech": (3.85, foot), "business": (6.15, foot)}
    starts = {"boss": (3.45, height - head), "tech": (0.15, apex - 0.35), "business": (6.45, apex - 0.35)}
    _draw_sides(axes, points, people)
    _draw_middle(axes, points, people, answered)
    for corner in CORNERS:
        empty = _OPEN if corner in answered.open_corners else "nobody"
        counts = ", ".join(_counts(_of(shown, corner), shown, "yes"))
        _draw_corner(axes, corner, _of(shown, corner), counts, empty, *starts[corner], alone=alone)
    _draw_legend(axes, shown, alone=alone)
    return figure


def draw(people: Iterable[Person], called: str, answered: Answered = _ALL, *, save: str = "") -> None:
    """Show the triangle and say it in words. `save` names a PNG in this folder, without anybody's vote alone."""
    drawn = list(people)
    figure_of(drawn, called, answered)
    plt.show()
    print(textwrap.fill(f"In words: {in_words(drawn, called, answered)}", _LINE, break_on_hyphens=False))
    if save:
        print(_save(drawn, called, answered, save))


def draw_mine(
    called: str = "",
    *,
    boss: object = "",
    tech: object = "",
    business: object = "",
    on_paper: object = "",
    in_fact: object = "",
    veto: object = "",
    push: object = "",
    drag: object = "",
    no_in_the_room: object = "",
    no_alone: object = "",
    save: str = "",
) -> None:
    """The triangle of the learner's own initiative, from ten answers: each a text of names or roles, with commas.

    An empty answer is not known yet; `nobody` is an answer. Whoever says no in the room is taken to say no alone.
    What fits none of the people, contradicts itself or is left out is said below the picture; nothing turns red.
    """
    corners = {"boss": names(boss), "tech": names(tech), "business": names(business)}
    answers = {
        "on_paper": on_paper,
        "in_fact": in_fact,
        "veto": veto,
        "push": push,
        "drag": drag,
        "no_in_the_room": no_in_the_room,
        "no_alone": no_alone,
    }
    named = {question: names(answer) for question, answer in answers.items()}
    known = {name.casefold(): name for there in corners.values() for name in there or []}
    answered = Answered(
        frozenset(corner for corner, there in corners.items() if there is None),
        frozenset(question for question, chosen in named.items() if chosen == []),
    )
    draw(_people(corners, named, known), _text(called), answered, save=_text(save))
    beside = _nobody_beside({"boss": boss, "tech": tech, "business": business, **answers})
    for sentence in [*beside, *_in_two_corners(corners), *_unclear(named, known)]:
        print(textwrap.fill(sentence, _LINE, break_on_hyphens=False))


def names(answer: object) -> list[str] | None:
    """The names in an answer, each once; None where it is still empty or `?`. `nobody` gives an empty list."""
    found = _parts(answer)
    if all(name.casefold() in UNKNOWN for name in found):
        return None
    once = {name.casefold(): name for name in reversed(found) if name.casefold() not in NOBODY}
    return list(reversed(once.values()))


def _parts(answer: object) -> list[str]:
    """The pieces of an answer between its commas, semicolons and ends of line."""
    texts = [_text(each) for each in answer] if isinstance(answer, list | tuple | set) else [_text(answer)]
    pieces = (piece for text in texts for piece in re.split(r"[,;\n]", text.replace("\u2019", "'")))
    return [" ".join(piece.split()) for piece in pieces if piece.strip()]


def _nobody_beside(answers: Mapping[str, object]) -> list[str]:
    """A sentence for each answer that says nobody and names somebody as well."""
    said = []
    for question, answer in answers.items():
        found = _parts(answer)
        nobody = next((each for each in found if each.casefold() in NOBODY), "")
        if nobody and names(answer):
            said.append(f"`{nobody}` in {question} stands beside a name and is left out: keep one of the two.")
    return said


def _in_two_corners(corners: Mapping[str, list[str] | None]) -> list[str]:
    """A sentence for each name in more than one corner, whose vote the corners count twice and the title once."""
    stands: dict[str, list[str]] = {}
    for corner, there in corners.items():
        for name in there or []:
            stands.setdefault(name.casefold(), []).append(corner)
    shown = {name.casefold(): name for there in corners.values() for name in there or []}
    return [
        f"`{shown[folded]}` stands in {_list(places)}: drawn in each, and counted once in the title."
        for folded, places in stands.items()
        if len(places) > 1
    ]


def _people(
    corners: Mapping[str, list[str] | None], named: Mapping[str, list[str] | None], known: Mapping[str, str]
) -> list[Person]:
    """Who stands where. Whoever no answer names is only then counted among the others if each name fits somebody."""

    def holds(question: str, name: str) -> bool:
        return name.casefold() in [each.casefold() for each in named[question] or []]

    def whole(question: str) -> bool:
        chosen = named[question]
        return chosen is not None and all(name.casefold() in known for name in chosen)

    def energy(name: str) -> str:
        said = [word for word in ("push", "drag") if holds(word, name)]
        if said:
            return said[0] if len(said) == 1 else ""
        return "rest" if whole("push") and whole("drag") else ""

    def votes(name: str) -> tuple[str, str]:
        if holds("no_in_the_room", name):
            return "no", "" if named["no_alone"] is None else "no"
        if holds("no_alone", name):
            return "yes", "no"
        room = "yes" if whole("no_in_the_room") else ""
        return room, "yes" if room and whole("no_alone") else ""

    return [
        Person(
            name,
            corner,
            holds("on_paper", name),
            holds("in_fact", name),
            holds("veto", name),
            energy(name),
            *votes(name),
        )
        for corner, there in corners.items()
        for name in there or []
    ]


def _unclear(named: Mapping[str, list[str] | None], known: Mapping[str, str]) -> list[str]:
    """A sentence for each name that fits none of the people or that contradicts itself, with the mend."""
    asked: dict[str, tuple[str, list[str]]] = {}
    for question, chosen in named.items():
        for name in chosen or []:
            asked.setdefault(name.casefold(), (name, []))[1].append(question)
    if asked and not known:
        return ["Nobody stands in a corner yet: write each name into boss, tech or business as well."]
    said = []
    for folded, (name, questions) in asked.items():
        if folded not in known:
            said.append(f"`{name}` ({', '.join(questions)}) fits none of the people: {_mend(folded, known)}.")
        elif {"push", "drag"} <= set(questions):
            said.append(f"`{known[folded]}` stands in push and in drag: keep the one that the last meeting showed.")
        elif {"no_in_the_room", "no_alone"} <= set(questions):
            said.append(
                f"`{known[folded]}` stands in no_in_the_room and in no_alone: drawn as a no aloud. The second is for "
                "those who said yes aloud; keep one."
            )
    return said


def _mend(folded: str, known: Mapping[str, str]) -> str:
    parts = _AND.split(folded)
    if folded in EVERYBODY:
        return "name each of them, with commas"
    if folded in UNKNOWN or _SOME.match(folded):
        return "name them, or leave the whole answer empty"
    joined = next((name for each, name in known.items() if folded in _AND.split(each)), "")
    if joined:
        return f"if `{joined}` is more than one person, put commas between them in the corner, too"
    if all(part in known for part in parts):
        return f"if you mean {_list([f'`{known[part]}`' for part in parts])}, put commas between them"
    bare = _BEFORE_A_ROLE.sub("", folded)
    near = [bare] if bare in known else difflib.get_close_matches(folded, known, 1, 0.75)
    return f"if you mean `{known[near[0]]}`, write it so" if near else "write it into a corner, spelt the same"


def _text(value: object) -> str:
    return "" if value is None or value is ... else str(value)


def _without_alone(people: Sequence[Person]) -> list[Person]:
    """Nobody's vote alone; nor a yes in the room that is known from it, which would tell where others have none."""
    whole = all(each.in_the_room for each in people)
    return [
        replace(each, alone="", in_the_room=each.in_the_room if whole or each.vote != _SPLIT else "") for each in people
    ]


def _of(people: Iterable[Person], corner: str) -> list[Person]:
    return [each for each in people if each.corner == corner]


def _votes(people: Iterable[Person], place: str) -> list[str]:
    """The votes that are known, one for each name."""
    votes = {each.name.casefold(): getattr(each, place) for each in people}
    return [vote for vote in votes.values() if vote]


def _counts(people: Sequence[Person], everybody: Sequence[Person], yes: str) -> list[str]:
    """How these vote in the room and alone; out of how many only where everybody's vote is known, in all corners."""
    if not people:
        return []
    said = []
    room, alone = _votes(people, "in_the_room"), _votes(people, "alone")
    if all(each.in_the_room for each in everybody):
        said.append(f"{room.count('yes')} of {len(room)} {yes} in the room")
    elif told := _told([each for each in people if each.vote != _SPLIT], "in_the_room"):
        said.append(f"{told} in the room")
    if all(each.alone for each in everybody):
        said.append(f"{alone.count('yes')} alone")
    elif told := _told(people, "alone"):
        said.append(f"{told} alone" if "yes" in alone else f"{alone.count('no')} would write no")
    return said


def _told(people: Sequence[Person], place: str) -> str:
    votes = _votes(people, place)
    return " and ".join(f"{votes.count(word)} {word}" for word in ("yes", "no") if word in votes)


def _is_partly_known(people: Sequence[Person]) -> bool:
    """Whether somebody's vote is counted where somebody else's is not known."""
    return any(0 < len(_votes(people, place)) < len(_names(people)) for place in ("in_the_room", "alone"))


def _names(people: Iterable[Person]) -> set[str]:
    return {each.name.casefold() for each in people}


def _list(words: Iterable[str]) -> str:
    once = {word.casefold(): word for word in reversed(list(words))}
    words = list(reversed(once.values()))
    if len(words) < 2:
        return words[0] if words else "nobody"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _height(people: Sequence[Person]) -> float:
    return _HEAD + sum(_tall(each) for each in people)


def _tall(person: Person) -> float:
    return _ROW + _SECOND_LINE * (len(_lines(person.name)) - 1) + (_TAG_ROW if person.tags else 0)


def _lines(name: str) -> list[str]:
    """The name on one line, or on two: beside the second stands no vote."""
    if len(name) <= LONGEST:
        return [name]
    first = textwrap.wrap(name, LONGEST)[0]
    rest = name.strip()[len(first) :].strip()
    return [first, rest if len(rest) <= _REST else f"{rest[: _REST - 1]}…"]


def _draw_sides(axes: Axes, points: dict[str, tuple[float, float]], people: Sequence[Person]) -> None:
    """The sides, dashed where they lead to an empty corner, and an arrow from the corner of paper to that of fact."""
    for one, other in (("boss", "tech"), ("tech", "business"), ("business", "boss")):
        whole = _of(people, one) and _of(people, other)
        ends = [points[one], points[other]]
        axes.plot(*zip(*ends, strict=True), color=MUTED, linewidth=1.2, linestyle="-" if whole else ":", zorder=1)
    for corner, point in points.items():
        face = INK if _of(people, corner) else "white"
        axes.plot(*point, "o", markersize=9, markerfacecolor=face, markeredgecolor=INK, zorder=3)
    paper, fact = _seats(people)
    for start in paper:
        for end in fact - paper:
            arrow = {"arrowstyle": "-|>", "linewidth": 3, "color": INK, "shrinkA": 9, "shrinkB": 9}
            axes.annotate("", points[end], points[start], arrowprops=arrow, zorder=2)


def _seats(people: Iterable[Person]) -> tuple[set[str], set[str]]:
    """The corners of those who decide on paper, and of those who decide in fact."""
    everybody = list(people)
    return {each.corner for each in everybody if each.on_paper}, {each.corner for each in everybody if each.in_fact}


def _draw_middle(
    axes: Axes, points: Mapping[str, tuple[float, float]], people: Sequence[Person], answered: Answered
) -> None:
    """Inside: the corners of paper and of fact, and what was answered with nobody, which no box shows."""
    paper, fact = _seats(people)
    if paper and paper == fact:
        same = _names(each for each in people if each.on_paper) == _names(each for each in people if each.in_fact)
        said = ["paper and fact:", "one corner", *([] if same else ["not one person"])]
    else:
        held = (("paper", paper, "on_paper"), ("fact", fact, "in_fact"))
        said = [
            f"{word}: {_list(sorted(corners))}"
            for word, corners, question in held
            if corners or question in answered.nobody
        ]
    if "veto" in answered.nobody:
        said.append("veto: nobody")
    middle = (sum(x for x, _ in points.values()) / 3, sum(y for _, y in points.values()) / 3)
    axes.text(*middle, "\n".join(said), ha="center", va="center", size=9, color=INK, zorder=4)


def _draw_corner(
    axes: Axes, corner: str, people: Sequence[Person], counts: str, empty: str, left: float, top: float, *, alone: bool
) -> None:
    axes.text(left, top, corner.upper(), size=11, weight="bold", va="top", color=INK)
    axes.text(left, top - 0.24, counts if people else empty, size=9, va="top", color=MUTED)
    at = top - _HEAD
    for person in people:
        if person.energy:
            shape, face = _SHAPES[person.energy]
            axes.plot(left + 0.1, at, shape, markersize=8, markerfacecolor=face, markeredgecolor=INK)
        first, *second = _lines(person.name)
        axes.text(left + 0.3, at, first, size=10, va="center_baseline", color=INK)
        if person.vote:
            _draw_vote(axes, person, left + 2.3, at, alone=alone)
        for line in second:
            at -= _SECOND_LINE
            axes.text(left + 0.3, at, line, size=10, va="center_baseline", color=INK)
        at -= _ROW
        if person.tags:
            _draw_tags(axes, person, left + 0.32, at + 0.01)
            at -= _TAG_ROW


def _draw_vote(axes: Axes, person: Person, left: float, at: float, *, alone: bool) -> None:
    split = person.alone not in ("", person.in_the_room)
    not_told = alone and _is_not_told(person)
    _draw_square(axes, left, at, "half" if split else "not told" if not_told else person.in_the_room)
    weight = "bold" if split else "normal"
    said = _NOT_TOLD if not_told else person.vote
    axes.text(left + 0.15, at, said, size=9.5, va="center_baseline", color=INK, weight=weight)


def _is_not_told(person: Person) -> bool:
    return person.in_the_room == "yes" and not person.alone


def _draw_square(axes: Axes, x: float, y: float, filled: str) -> None:
    """Full for yes, empty for no, half for who says one thing in the room and another alone, grey for not told."""
    style = {"yes": "full", "not told": "full", "half": "left"}.get(filled, "none")
    axes.plot(
        x,
        y,
        "s",
        markersize=8,
        fillstyle=style,
        markerfacecolor={"no": "white", "not told": "#9AA3AE"}.get(filled, INK),
        markerfacecoloralt="white",
        markeredgecolor=INK,
    )


def _draw_tags(axes: Axes, person: Person, left: float, at: float) -> None:
    for tag in person.tags:
        dark = tag == "in fact"
        box = {
            "boxstyle": "round,pad=0.25",
            "facecolor": INK if dark else "white",
            "edgecolor": INK,
            "linewidth": 0.8,
            "linestyle": "--" if tag == "on paper" else "-",
        }
        axes.text(left + 0.05, at, tag, size=8, va="center_baseline", color="white" if dark else INK, bbox=box)
        left += _TAGS[tag]


def _draw_legend(axes: Axes, people: Sequence[Person], *, alone: bool) -> None:
    at, left = 0.2, 0.25
    axes.plot([0.15, _WIDTH - 0.15], [at + 0.22, at + 0.22], color=PALE, linewidth=0.8)
    for energy, (shape, face) in _SHAPES.items():
        axes.plot(left, at, shape, markersize=7, markerfacecolor=face, markeredgecolor=INK)
        axes.text(left + 0.13, at, _TELLS[energy], size=8.5, va="center_baseline", color=MUTED)
        left += _LEGEND[energy]
    kinds = [("yes", "yes", 0.5), *([("half", "yes in the room, no alone", 1.85)] if alone else []), ("no", "no", 0.5)]
    if alone and any(_is_not_told(each) for each in people):
        kinds.insert(1, ("not told", _NOT_TOLD, 0.95))
    left += 0.15
    for filled, said, wide in kinds:
        _draw_square(axes, left, at, filled)
        axes.text(left + 0.13, at, said, size=8.5, va="center_baseline", color=MUTED)
        left += wide
    said = "on paper, in fact: who decides    veto: can stop it alone"
    axes.text(_WIDTH - 0.15, at, said, size=8.5, ha="right", va="center_baseline", color=MUTED)


def _save(people: Sequence[Person], called: str, answered: Answered, name: str) -> str:
    """Write the picture for others into this folder, under a name that is still free; what was done, in a sentence."""
    stem = re.sub(r"[^\w -]", "", Path(name).name.removesuffix(".png")).strip() or "triangle"
    path = next(each for each in _candidates(stem) if not each.exists())
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    figure = figure_of(people, called, answered, alone=False)
    try:
        figure.savefig(part, format="png")
        part.replace(path)
    except OSError as error:
        return f"I may not write `{path.name}` into this folder ({error.strerror}): copy the picture above instead."
    finally:
        plt.close(figure)
        part.unlink(missing_ok=True)
    return f"Saved as {path.name}, beside this notebook. It leaves out the votes alone; who drags still shows."


def _candidates(stem: str) -> Iterable[Path]:
    yield Path.cwd() / f"{stem}.png"
    number = 2
    while True:
        yield Path.cwd() / f"{stem}-{number}.png"
        number += 1
