"""`predict` and `recall`: unmarked, kept in the journal, and answered at once."""

import re
from collections.abc import Mapping
from typing import Any

from grader.learner.answers import AnswerError, canonical
from grader.learner.card import card, words
from grader.learner.comparing import is_number
from grader.learner.journal import Journal, journal
from grader.learner.key import Prediction, Recall, current_key, lesson_folder
from grader.learner.outcome import Notice
from grader.learner.problem import Problem

MONDAY = "monday"
MONDAY_ANSWERS = ("yes", "no", "not yet")
MAX_CAME_BACK = 2_000
NOT_KEPT = "This is not kept: nothing can be written in this folder."


def predict(name: str, value: object = ..., *more: object, confidence: object = None) -> Notice:
    """Guess a number before it is shown, and say how sure you are, from 0 to 100. The first guess counts."""
    try:
        known = current_key().predictions
    except Problem as problem:
        return _not_readable(problem)
    try:
        prediction = _find(name, known, "prediction")
        if more:
            raise Problem(_too_many(value, more, confidence, prediction))
        guess = _guess(value, prediction)
        sure = _confidence(confidence)
    except Problem as problem:
        return _notice("idle", "Not tried yet", [], str(problem))
    book = journal(lesson_folder())
    first = _first(book, name)
    kept = True
    if first is None:
        first = {
            "kind": "prediction",
            "name": name,
            "value": guess,
            "confidence": sure,
            "hit": _hits(guess, prediction),
        }
        kept = book.append(first)
        again = ""
    elif (first["value"], first["confidence"]) == (guess, sure):
        again = ""
    else:
        again = f"Your first guess was {_say(first['value'], prediction.unit)}: that is the one that counts."
    return _told(prediction, first, again, "" if kept else NOT_KEPT)


def recall(name: str, answer: object = ..., *, came_back: object = "") -> Notice:
    """Answer a small question about an earlier week with one letter; no points hang on it.

    `recall("monday", "yes", came_back="...")` says whether you asked Monday's question: it is kept and not judged.
    """
    try:
        if name == MONDAY:
            return _monday(answer, came_back)
    except Problem as problem:
        return _notice("idle", "Not tried yet", [], str(problem))
    try:
        known = current_key().recalls
    except Problem as problem:
        return _not_readable(problem)
    try:
        if type(name) is str and name.strip().lower() in MONDAY_ANSWERS:
            raise Problem(
                f'the name `monday` stays first, and your word comes second: `recall("monday", "{name}", ...)`.'
            )
        item = _find(name, {MONDAY: None, **known} if known else {}, "question")
        letter = _letter(answer, item)
    except Problem as problem:
        return _notice("idle", "Not tried yet", [], str(problem))
    right = letter == item.answer.strip().lower()
    kept = _keep_once(journal(lesson_folder()), {"kind": "recall", "name": name, "answer": letter, "right": right})
    says = item.right if right else item.says.get(letter, "Not that one.")
    return _notice(
        "right" if right else "wrong",
        "Right" if right else "Not that one",
        [says],
        "" if right else "try another letter, if you like.",
        "" if kept else NOT_KEPT,
    )


def _not_readable(problem: Problem) -> Notice:
    """The card of a page whose key cannot be read: that is no matter of trying."""
    return _notice("idle", "I cannot read this page's key", [str(problem)])


def _find(name: object, items: Mapping[str, Any], noun: str) -> Any:
    if type(name) is not str or name not in items:
        known = ", ".join(f"`{each}`" for each in items) or "none"
        raise Problem(f"this lesson has no {noun} of that name: put the name back as it was (there is: {known}).")
    return items[name]


def _too_many(value: object, more: tuple[object, ...], confidence: object, prediction: Prediction) -> str:
    """What to do about a value too many: `900, 60` without a name for the 60, or the comma of `1,200`."""
    if value is ...:
        return "the dots are still there: put your number in their place, and take one comma out with them."
    comma = "a comma parts two things here: write the number in digits alone, `1200` and not `1,200`."
    extra = more[0]
    decimals = len(more) == 1 and type(value) is int and type(extra) is int and 0 < extra < 100
    if decimals and confidence is not None and confidence is not ...:
        return f"a comma parts two things here: decimals wear a point, as in `{value}.{extra}`."
    if len(more) > 1 or (confidence is not None and confidence is not ...) or (type(extra) is int and extra > 100):
        return comma
    thousands = type(extra) is int and extra in (0, 100) and type(value) is int and 0 < value < 1000
    said = f"`confidence={extra:g}`" if type(extra) is int or type(extra) is float else "`confidence=`"
    if confidence is ...:
        out = "cut the last number with its comma, and put it in place of the last dots"
        return comma if thousands else f"{out}: {said}."
    which = "the number" if type(prediction.truth) is str else "the second number"
    if thousands:
        return (
            f"is {extra} how sure you are? Then put `confidence=` in front of it. If it belongs to your guess, take "
            "the comma out."
        )
    return f"put `confidence=` in front of {which}, which says how sure you are: {said}."


def _guess(value: object, prediction: Prediction) -> float | str:
    word = type(prediction.truth) is str
    where = "where the first dots are"
    if value is ...:
        raise Problem(f"type {'a word in quotes' if word else 'a number'} {where}. A wrong guess costs nothing.")
    try:
        cell = canonical(value, "value").get("value")
    except AnswerError:
        cell = None
    if word:
        if type(cell) is not str or not cell.strip():
            raise Problem(f"this wants a word in quotes {where}.")
        return cell.strip()
    if type(cell) is str:
        raise Problem(f"this wants a number {where}, in digits, without quotes, commas or a unit: `1200`.")
    if cell is None or not is_number(cell):
        raise Problem(f"this wants one number {where}, such as `1200`.")
    number: float = cell
    slipped = _other_unit(number, prediction)
    if slipped:
        raise Problem(slipped)
    return number


_PER_CENT = re.compile(r"%|per ?cent|of 100\b", re.IGNORECASE)


def _other_unit(guess: float, prediction: Prediction) -> str:
    """What to do about a share where a percentage is asked, the other way round, or a point that marks thousands."""
    truth = prediction.truth
    if isinstance(truth, str):
        return ""
    if 0 < guess < 1 and _PER_CENT.search(prediction.unit):
        return f"this wants a number from 0 to 100, and {guess:g} looks like a share: write `{guess * 100:g}`."
    if 0 < truth < 1 and 1 < guess <= 100:
        return f"this wants a share, from 0 to 1, and {guess:g} looks like a percentage: write `{guess / 100:g}`."
    if 0 < guess < 1 and prediction.out_of:
        return (
            f"this wants a whole number, out of {prediction.out_of:,}, and {guess:g} looks like a share: that would be "
            f"`{guess * prediction.out_of:g}`."
        )
    if type(guess) is float and prediction.out_of and type(truth) is int and not _is_marked_in_thousands(guess, truth):
        return (
            f"this wants how many, out of {prediction.out_of:,}, and {guess} is written with decimals: do you mean "
            f"points or per cent? Write a whole number of {prediction.unit}, without a point."
        )
    if guess > prediction.out_of > 0:
        return f"there are {prediction.out_of:,} in all: write a number from 0 to `{prediction.out_of}`."
    if guess < 0 <= truth:
        return f"{guess:g} lies below zero, and this cannot: write the number without its minus."
    if type(guess) is float and _is_marked_in_thousands(guess, truth):
        return (
            f"to Python the point in `{guess:g}` begins the decimals: do you mean {guess * 1000:.0f}? Write the number "
            "without a point."
        )
    return ""


def _is_marked_in_thousands(guess: float, truth: float) -> bool:
    """Whether `1.200` was typed for 1200: beside a truth in thousands, or with three decimals for a whole number."""
    if not 1 <= guess < 1000 or not round(guess * 1000, 6).is_integer():
        return False
    return truth >= 1000 or (type(truth) is int and not round(guess * 100, 6).is_integer())


def _confidence(value: object) -> float:
    if value is ... or value is None:
        raise Problem("say how sure you are: a number from 0 to 100 behind `confidence=`.")
    try:
        cell = canonical(value, "value").get("value")
    except AnswerError:
        cell = None
    if not is_number(cell):
        raise Problem("`confidence` wants a number from 0 to 100, without quotes or a percent sign: `70`.")
    sure: float = cell  # type: ignore[assignment]
    if 0 < sure < 1:
        raise Problem(f"`confidence` runs from 0 to 100: {sure:g} looks like a share. Is it {sure * 100:g}?")
    if not 0 <= sure <= 100:
        raise Problem(f"`confidence` runs from 0 (no idea) to 100 (certain), and {sure:g} lies outside.")
    return sure


def _hits(guess: float | str, prediction: Prediction) -> bool:
    truth = prediction.truth
    if isinstance(truth, str) or isinstance(guess, str):
        return str(guess).strip().casefold() == str(truth).strip().casefold()
    return abs(guess - truth) <= prediction.within


def _first(book: Journal, name: str) -> dict[str, Any] | None:
    for entry in book.entries():
        if entry.get("kind") == "prediction" and entry.get("name") == name and {"value", "confidence"} <= set(entry):
            return entry
    return None


def _say(value: Any, unit: str) -> str:
    unit = unit.removesuffix("s") if value == 1 else unit
    shown = f"{value:,.10g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    return f"{shown} {unit}".strip()


def _told(prediction: Prediction, first: dict[str, Any], again: str, quiet: str) -> Notice:
    truth, guess, unit = prediction.truth, first["value"], prediction.unit
    hit = _hits(guess, prediction)
    said = f"You said {_say(guess, unit)}"
    if isinstance(truth, str) or isinstance(guess, str):
        verdict = f"{said}." if hit else f"{said}, which it is not."
    elif guess == truth:
        verdict = f"{said}: exactly that."
    else:
        off = _say(round(abs(guess - truth), 10), unit)
        place = "within" if hit else "outside"
        verdict = f"{said}: off by {off}, {place} the {_say(prediction.within, unit)} that you had."
    sure = f"You were {first['confidence']:g}% sure."
    paragraphs = [
        f"{prediction.source or 'The data says'} **{_say(truth, unit)}**. {verdict} {sure}",
        again,
        prediction.then,
    ]
    title = "Your guess was near enough" if hit else "Your guess was off"
    return _notice("right" if hit else "close", title, paragraphs, "", quiet)


def _letter(answer: object, item: Recall) -> str:
    options = [option.lower() for option in item.options] or sorted({item.answer.lower(), *item.says})
    choose = f"put one letter in quotes: {', '.join(f'`{option}`' for option in options)}."
    if type(answer) is not str or not answer.strip():
        raise Problem(choose)
    letter = answer.strip().lower()
    if bracketed := re.fullmatch(r"\(?([a-z])[).:]", letter):
        letter = bracketed.group(1)
    if letter not in options:
        raise Problem(choose)
    return letter


def _monday(answer: object, came_back: object) -> Notice:
    if type(answer) is not str or answer.strip().rstrip(".!").lower() not in MONDAY_ANSWERS:
        told = type(answer) is str and re.match(r"\s*(yes|no|not yet)\b", answer, re.IGNORECASE)
        if told:
            raise Problem(
                f'keep `"{told.group(1).lower()}"` alone between the first quotes. What came back goes between the '
                "quotes behind `came_back=`."
            )
        raise Problem("did you ask Monday's question? Put `yes`, `no` or `not yet` between the quotes.")
    reply = answer.strip().rstrip(".!").lower()
    text = came_back.strip()[:MAX_CAME_BACK] if type(came_back) is str else ""
    entry = {"kind": "recall", "name": MONDAY, "answer": reply, "came_back": text}
    kept = _keep_once(journal(lesson_folder()), entry)
    step = "" if text or reply != "yes" else 'if you like, add what came back: `came_back="..."`.'
    return _notice("idle", "Noted", ["Nobody judges this one."], step, "" if kept else NOT_KEPT)


def _keep_once(book: Journal, entry: dict[str, Any]) -> bool:
    """Append an entry unless the last one of its name says the same."""
    same_name = [each for each in book.entries() if (each.get("kind"), each.get("name")) == ("recall", entry["name"])]
    if same_name and {key: value for key, value in same_name[-1].items() if key != "at"} == entry:
        return True
    return book.append(entry)


def _notice(state: str, title: str, paragraphs: list[str], next_step: str = "", quiet: str = "") -> Notice:
    html = card(state, title, paragraphs=paragraphs, next_step=next_step, quiet=[quiet])
    return Notice(html, words(f"{title}.", *paragraphs, next_step, quiet))
