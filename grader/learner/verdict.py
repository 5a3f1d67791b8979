"""The verdict on one answer: the same for the card, the build and the judge."""

import re
from dataclasses import dataclass

from grader.learner.answers import INFINITE, MINUS_INFINITE, compare, describe, is_query_text
from grader.learner.comparing import Difference, Scalar, is_number
from grader.learner.key import Answer, Exercise
from grader.learner.outcome import Status
from grader.learner.reading import CALLED_IT, Reading
from grader.learner.slips import NEXT

TYPED_IN = "Right today, but typed in. Hand over the query, so that it holds next quarter."
TYPED_IN_FOR_A_CALL = "Right today, but typed in. Hand over the call, so that it holds next quarter."
TYPED_IN_NEXT = "Let the data answer: your coach gives no points for a typed-in number."
NEARLY = 0.05
_LET_A_QUERY = "let a query find the number: a typed-in one gets no points. `FROM` in it names the table."
_LET_A_CALL = "let a function find the number: a typed-in one gets no points. Its name, and in brackets what it wants."
_CALL = re.compile(r"=\s*(?!duckdb)\w+\(")


@dataclass(frozen=True)
class Verdict:
    """How an answer stands. `points` are all or nothing out of `possible`.

    `saw` is the message, `next_step` one thing to do (may be empty); `named` is the index of the named wrong answer;
    `typed_in` marks a right one that was not computed, `stopped` one whose cell ended in an error.
    """

    status: Status
    points: float
    possible: float
    saw: str
    next_step: str = ""
    named: int | None = None
    typed_in: bool = False
    stopped: bool = False


def judge(exercise: Exercise, reading: Reading) -> Verdict:
    """Compare what was read with the key. Never says the right answer."""
    if reading.state in ("missing", "stopped", "blank"):
        saw, step = _not_yet(exercise, reading)
        return Verdict(Status.NOT_YET, 0.0, exercise.points, saw, step, stopped=reading.state == "stopped")
    if reading.answer is None:
        return Verdict(Status.WRONG, 0.0, exercise.points, *_parted(reading.saw))
    mine = _letters(reading.answer, exercise.kind)
    difference = _compare(exercise, exercise.answer, mine)
    if difference is None:
        if reading.typed_in:
            saw = TYPED_IN_FOR_A_CALL if _wants_call(exercise) else TYPED_IN
            return Verdict(Status.CLOSE, 0.0, exercise.points, saw, TYPED_IN_NEXT, typed_in=True)
        return Verdict(Status.RIGHT, exercise.points, exercise.points, exercise.right, _figure_step(exercise, reading))
    if reading.slip and exercise.kind not in ("function", "tests"):
        return Verdict(Status.WRONG, 0.0, exercise.points, *_parted(reading.slip))
    named = _named(exercise, mine)
    if named is not None:
        return Verdict(Status.CLOSE, 0.0, exercise.points, exercise.wrong[named].says, named=named)
    status, saw, step = _slip(exercise, mine, reading) or _unforeseen(difference, reading, exercise)
    return Verdict(status, 0.0, exercise.points, saw, step)


def _figure_step(exercise: Exercise, reading: Reading) -> str:
    """What to do about a number that stands typed in a right query and not in the task's own last hint."""
    if not exercise.fresh or not reading.figure or reading.figure in "".join(exercise.hints):
        return ""
    return (
        f"`{reading.figure}` is typed into your query. Next quarter's data may have another one, and then it "
        "gets no points: let the query find it."
    )


def _wants_call(exercise: Exercise) -> bool:
    """Whether the last hint, the skeleton of the answer, calls a function of the page and asks no table."""
    return bool(exercise.hints and _CALL.search(exercise.hints[-1]))


def _parted(sentences: str) -> tuple[str, str]:
    """What was seen and the next step, of sentences that hold both."""
    saw, _, step = sentences.partition(NEXT)
    return saw, step


def _not_yet(exercise: Exercise, reading: Reading) -> tuple[str, str]:
    if reading.slip:
        return _parted(reading.slip)
    if reading.state == "stopped":
        return reading.saw, "what stands under that box says why. Mend it, run it, then this one again."
    if reading.state == "missing":
        if exercise.kind == "file":
            return reading.saw, "run the box above, the one that writes it, then this one again."
        return (
            reading.saw,
            f"does the box above begin with `{exercise.variable} =`? Run it, then this one again.",
        )
    if exercise.kind == "choice":
        return "", "put one letter between the quotes above, run that box, then this one again."
    if exercise.kind == "order":
        return "", "put the letters between the quotes above, in your order, run that box, then this one again."
    if exercise.kind in ("function", "tests"):
        return "", "write your function where the dots are, run that box, then this one again."
    return "", "put your answer where the dots are, run that box, then this one again."


def _letters(answer: Answer, kind: str) -> Answer:
    """A choice or an order ignores case, space and what separates the letters."""
    value = answer.get("value")
    if kind not in ("choice", "order") or type(value) is not str:
        return answer
    letters = value.strip().lower()
    if kind == "choice" and (bracketed := re.fullmatch(r"\(?([a-z])[).:]", letters)):
        letters = bracketed.group(1)
    return {"value": letters if kind == "choice" else _in_order("".join(filter(str.isalnum, letters)))}


def _in_order(signs: str) -> str:
    """The letters of an order; those that each wear their place, as in `1b2d3c4a`, stand by it."""
    placed = re.findall(r"([1-9])([a-z])", signs)
    if "".join(map("".join, placed)) != signs or sorted(int(place) for place, _ in placed) != [
        *range(1, len(placed) + 1)
    ]:
        return signs
    return "".join(letter for _, letter in sorted(placed))


def _compare(exercise: Exercise, right: Answer, mine: Answer, tolerance: float | None = None) -> Difference | None:
    return compare(
        _letters(right, exercise.kind),
        mine,
        tolerance=exercise.tolerance if tolerance is None else tolerance,
        ordered=exercise.ordered,
        named=exercise.named,
    )


def _named(exercise: Exercise, mine: Answer) -> int | None:
    """The named wrong answer that this is: an exact one first, then one within the tolerance."""
    for tolerance in (0.0, exercise.tolerance):
        for index, wrong in enumerate(exercise.wrong):
            if _compare(exercise, wrong.answer, mine, tolerance) is None:
                return index
    return None


def _slip(exercise: Exercise, mine: Answer, reading: Reading) -> tuple[Status, str, str] | None:
    """A frequent slip that no author needs to name: status, what I saw, next step."""
    if exercise.kind == "choice":
        return _choice_slip(exercise, mine, reading)
    if exercise.kind == "order":
        return _order_slip(exercise, mine, reading)
    if exercise.kind not in ("value", "table"):
        return None
    if _is_line_in_quotes(mine.get("value")):
        return (
            Status.CLOSE,
            "I see the whole line as a text: the quotes stand around `duckdb.sql(...)`, so nobody has asked the table.",
            "the quotes go inside the brackets, around the query alone.",
        )
    if is_query_text(mine.get("value")):
        return (
            Status.CLOSE,
            "I see the text of a query, not its result. Nobody has asked the table yet.",
            "in the example, what stood around the text?",
        )
    if exercise.kind == "table":
        return None if "rows" in mine else (Status.WRONG, f"I see {reading.saw}; this question wants a table.", "")
    wants = _wanted(exercise.answer)
    if "rows" in mine:
        if reading.grouped and len(mine["rows"]) > 1:
            step = "does the task ask for groups? If not, take `GROUP BY` and its column out."
            return Status.WRONG, f"I see {reading.saw}: `GROUP BY` gives a row for each group.", step
        step = "which word in the example turned rows into one number?" if wants == "one number" else ""
        return Status.WRONG, f"I see {reading.saw}; this question wants {wants}.", step
    let = _LET_A_CALL if _wants_call(exercise) else _LET_A_QUERY
    return _value_slip(exercise.answer["value"], mine["value"], wants, exercise.tolerance, reading, let)


def _is_line_in_quotes(value: object) -> bool:
    return type(value) is str and re.match(r"\s*\w*\s*=?\s*duckdb\s*\.\s*sql\s*\(", value) is not None


def _wanted(answer: Answer) -> str:
    value = answer.get("value")
    if is_number(value):
        return "one number"
    if type(value) is bool:
        return "`True` or `False`"
    return "one text" if type(value) is str else "one value"


def _value_slip(
    right: Scalar, mine: Scalar, wants: str, tolerance: float, reading: Reading, let: str
) -> tuple[Status, str, str] | None:
    if mine in (INFINITE, MINUS_INFINITE):
        return Status.WRONG, f"I see {mine}: somewhere something is divided by zero.", "what stands below the line?"
    if mine is None:
        return Status.WRONG, "I see nothing: `None`, or an empty cell.", "did no row meet the condition?"
    if is_number(right) and type(mine) is str:
        if _as_number(mine) is not None:
            step = let if reading.typed_in else "take the quotes away."
            return Status.WRONG, "I see a number in quotes: to Python that is text.", step
        return Status.WRONG, f"I see {describe({'value': mine})}; this question wants {wants}.", ""
    if is_number(right) and is_number(mine):
        slip = _number_slip(float(right), float(mine), tolerance)  # type: ignore[arg-type]
        return _typed_slip(mine, slip, let) if reading.typed_in else slip
    if type(right) is str and type(mine) is str and right.strip().casefold() == mine.strip().casefold():
        return Status.CLOSE, "The same letters, but not the same capitals.", "how does the data spell it?"
    if type(right) is not type(mine):
        return Status.WRONG, f"I see {describe({'value': mine})}; this question wants {wants}.", ""
    return None


def _as_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").replace("%", ""))
    except ValueError:
        return None


def _number_slip(right: float, mine: float, tolerance: float) -> tuple[Status, str, str] | None:
    if not right or not mine:
        return None

    def is_right(candidate: float) -> bool:
        return compare({"value": right}, {"value": candidate}, tolerance=tolerance) is None or (
            abs(candidate - right) <= 1e-9 * abs(right)
        )

    if is_right(-mine):
        return Status.CLOSE, "The size is right, the sign is not.", "what is subtracted from what?"
    for factor in (100.0, 1_000.0, 1_000_000.0):
        if is_right(mine * factor) and tolerance < abs(right) / 2:
            return _out_by(factor, "too small")
        if is_right(mine / factor) and tolerance / factor < abs(right) / 2:
            return _out_by(factor, "too large")
    if _rounded(right, mine):
        return Status.CLOSE, "Close, but rounded too far.", "keep more decimals, or leave the rounding to the reader."
    return None


def _typed_slip(mine: Scalar, slip: tuple[Status, str, str] | None, let: str) -> tuple[Status, str, str]:
    """The same for a number that was typed in, where the next step is a query or a call."""
    if type(mine) is float and slip == _out_by(1_000.0, "too small"):
        return (
            Status.CLOSE,
            f"To Python the point in `{mine:g}` begins the decimals.",
            let,
        )
    nobody = "no function was called" if let == _LET_A_CALL else "no table was asked"
    saw = slip[1] if slip else f"I see {describe({'value': mine})}, and {nobody} for it."
    return Status.WRONG, saw, let


def _out_by(factor: float, how: str) -> tuple[Status, str, str]:
    step = "is it a share or a percentage?" if factor == 100 else "in which unit does the question ask?"
    return Status.CLOSE, f"Your number is {how}, by a factor of {factor:,.0f}.", step


def _rounded(right: float, mine: float) -> bool:
    return abs(mine - right) < NEARLY * abs(right) and any(mine == round(right, digits) for digits in range(8))


def _choice_slip(exercise: Exercise, mine: Answer, reading: Reading) -> tuple[Status, str, str] | None:
    value = mine.get("value")
    letters = _list_options(exercise.options)
    if type(value) is not str or "rows" in mine:
        return Status.WRONG, f"I see {reading.saw}; this question wants one letter in quotes.", f"choose {letters}."
    if value not in [option.lower() for option in exercise.options]:
        several = "I see more than one letter." if any(map(str.isalpha, value)) else "I see no letter."
        if sum(map(str.isalpha, value)) > 4:
            several = "I see words. The answer is the letter that stands in front of them."
        saw = several if len(value) > 1 else f"There is no option `{value}` here."
        return Status.WRONG, saw, f"put one letter between the quotes: {letters}."
    return None


def _order_slip(exercise: Exercise, mine: Answer, reading: Reading) -> tuple[Status, str, str] | None:
    value = mine.get("value")
    right = _letters(exercise.answer, "order")["value"]
    options = [option.lower() for option in exercise.options] or sorted(right)
    example = "all letters between one pair of quotes, in your order."
    if type(value) is not str or "rows" in mine:
        return Status.WRONG, f"I see {reading.saw}; this question wants the letters in quotes.", example
    if len(value) > 2 * len(options):
        return Status.WRONG, f"I see {reading.saw}; this question wants the letters of the lines.", example
    strange = [letter for letter in dict.fromkeys(value) if letter not in options]
    doubled = [letter for letter in options if value.count(letter) > 1]
    missing = [letter for letter in sorted(right) if letter not in value]
    if strange:
        saw = f"There is no line {_list_letters(strange)} here."
        return Status.WRONG, saw, f"the lines are called {_list_options(tuple(options), 'and')}."
    if doubled:
        return Status.WRONG, f"You have {_list_letters(doubled)} more than once.", "each line stands once."
    if missing and len(right) == len(options):
        return Status.WRONG, f"You have no {_list_letters(missing)} yet.", "each letter stands once."
    return None


def _list_letters(letters: list[str]) -> str:
    return ", ".join(f"`{letter}`" for letter in letters)


def _list_options(options: tuple[str, ...], word: str = "or") -> str:
    shown = [f"`{option}`" for option in options]
    return ", ".join(shown[:-1]) + f" {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _unforeseen(difference: Difference, reading: Reading, exercise: Exercise) -> tuple[Status, str, str]:
    if exercise.kind == "order":
        return _order_unforeseen(exercise, reading)
    if exercise.kind == "choice":
        return Status.WRONG, "That is not the best answer.", "read the options again: what does each assume?"
    if exercise.kind == "value" and reading.saw:
        return Status.WRONG, f"I see {reading.saw}. The data says something else.", _VALUE_STEP
    if exercise.kind == "function" and reading.slip.startswith(CALLED_IT) and "and it failed" in difference.sentence:
        return Status.WRONG, *_parted(reading.slip)
    if exercise.kind == "tests" and "I called it" in difference.sentence:
        return (
            Status.WRONG,
            "I ran your test on cases that are as they should be and on some that are not: it did not tell them apart.",
            "which mistake would it let through, and which good case would it stop?",
        )
    step = difference.next_step[:1].lower() + difference.next_step[1:] if difference.next_step else ""
    return Status.WRONG, difference.sentence, step


def _order_unforeseen(exercise: Exercise, reading: Reading) -> tuple[Status, str, str]:
    """How far the order is right, and the first letter that is not."""
    right = str(_letters(exercise.answer, "order")["value"])
    mine = str((reading.answer or {}).get("value", ""))
    far = next((place for place, pair in enumerate(zip(right, mine, strict=False)) if pair[0] != pair[1]), len(mine))
    so_far = f"Right so far: {_list_letters(list(mine[:far]))}. " if far else ""
    if far == len(mine):
        return Status.WRONG, f"{so_far}Something is still to follow.", "what is left to do?"
    letter = mine[far]
    if letter not in right:
        return Status.WRONG, f"{so_far}`{letter}` does not belong here.", "what does that line do?"
    step = "which of the letters behind it belongs in its place?"
    return Status.WRONG, f"{so_far}`{letter}` comes too early.", step


_VALUE_STEP = "say in one sentence what your code counts, then read the question again."
