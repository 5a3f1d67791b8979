"""The figures of a lesson's prose: computed from its data, never typed."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from grader.authoring.plan import Plan
from grader.authoring.problem import Finding, SourceProblem
from grader.authoring.source import SourceCell

PLACE = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
FIGURE = re.compile(r"(?<![\w.,])[€$£]?\d[\d,.:]*(?:[%°]|st|nd|rd|th)?")
UNCOUNTED = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)|\{\{.*?\}\}|^#[^\n]*$|^\s*\d+\.\s|\bW(?:eek )?\d+|\bweeks? \d+", re.S | re.M
)
SINGLE_STAR = re.compile(r"(?<![*\w])\*(?![*\s])[^*]+\*(?!\*)")
BANNED = re.compile(r"\b(easy|easily|simply|just|simple|obviously|of course)\b", re.I)


def compute_facts(plan: Plan, folder: Path) -> dict[str, str]:
    """Each fact of the plan, written, from the data files in `folder`. Raises SourceProblem for a query that fails."""
    facts, findings = {}, []
    with duckdb.connect() as database:
        database.execute(f"SET file_search_path = '{folder}'")
        for name in plan.facts:
            fact = plan.fact(name)
            try:
                facts[name] = _written(_one_value(database, fact.sql), fact.written)
            except (duckdb.Error, ValueError) as error:
                first = str(error).splitlines()[0]
                wrong = f"The query fails: {first}" if isinstance(error, duckdb.Error) else f"No figure: {first}."
                findings.append(Finding(f"{folder.name}/lesson.toml", f"facts.{name}", wrong, "Mend the fact."))
    if findings:
        raise SourceProblem(findings)
    return facts


def _one_value(database: duckdb.DuckDBPyConnection, query: str) -> object:
    rows = database.execute(query).fetchmany(2)
    if not rows or rows[0] == (None,):
        raise ValueError("the query gives no value")
    if len(rows) > 1 or len(rows[0]) > 1:
        raise ValueError("the query gives more than one value")
    return rows[0][0]


def _written(value: object, form: str) -> str:
    if form:
        try:
            return form.format(value)
        except (ValueError, TypeError, LookupError, AttributeError):
            raise ValueError(f"`written` = {form!r} does not fit the value {value!r}") from None
    if isinstance(value, float | Decimal):
        raise ValueError("a number with decimals needs `written`, such as '{:.0%}'")
    return f"{value:,}" if type(value) is int else str(value)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with each {{name}} replaced. A name that is not a fact stays, and is found by check_figures."""
    return PLACE.sub(lambda found: facts.get(found[1], found[0]), text)


def fill_plan(plan: Plan, facts: Mapping[str, str]) -> Plan:
    """The plan with facts in all that people read; code is left as it is."""
    code = {"facts", "files", "code", "alt", "truth", "sql", "cases", "data"}

    def filled(value: object) -> object:
        if isinstance(value, str):
            return fill(value, facts)
        if isinstance(value, dict):
            return {key: item if key in code else filled(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [filled(item) for item in value]
        return value

    return Plan.model_validate(filled(plan.model_dump()))


def check_figures(cells: list[SourceCell], plan: Plan, folder: str) -> list[Finding]:
    """Figures typed into prose, names that are no fact, facts that nobody uses, and words that the standard forbids."""
    findings = []
    used: set[str] = set()
    texts = [(f"{folder}/lesson.py", cell.where, cell.text) for cell in cells if cell.kind == "markdown"]
    texts += [(f"{folder}/lesson.toml", where, text) for where, text in _said(plan)]
    for file, where, text in texts:
        used |= set(PLACE.findall(text))
        for name in sorted(set(PLACE.findall(text)) - set(plan.facts)):
            findings.append(Finding(file, where, f"{{{{{name}}}}} is not a fact.", "Add its query to [facts]."))
        for figure in FIGURE.findall(UNCOUNTED.sub(" ", text)):
            if figure.rstrip(".,:") not in plan.numbers:
                mend = "Make it a fact, or list it in [numbers] with its reason."
                findings.append(Finding(file, where, f"The figure {figure.rstrip('.,:')} is typed.", mend))
        for word in sorted(set(BANNED.findall(re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)))):
            findings.append(Finding(file, where, f"It says “{word}”.", "Cut the word."))
    for where, text in _said(plan):
        if where.startswith(("exercise", "predict", "recall")) and SINGLE_STAR.search(re.sub(r"`[^`]*`", " ", text)):
            mend = "A card shows **bold** and `code`, nothing else."
            findings.append(Finding(f"{folder}/lesson.toml", where, "It has *single stars*.", mend))
    for name in sorted(set(plan.facts) - used):
        findings.append(Finding(f"{folder}/lesson.toml", f"facts.{name}", "Nobody uses it.", "Use it or cut it."))
    return findings


def _said(plan: Plan) -> list[tuple[str, str]]:
    """All that lesson.toml says to people, and where. Hints may hold code and are read as they are."""
    said = [("title", plan.title), ("skill", plan.skill)]
    for name, exercise in plan.exercise.items():
        where = f"exercise.{name}"
        said += [(where, text) for text in [exercise.right, *exercise.says.values(), *exercise.hints[:2]]]
        said += [(where, wrong.says) for wrong in exercise.wrong]
    said += [(f"predict.{name}", prediction.then) for name, prediction in plan.predict.items()]
    said += [(f"recall.{name}", text) for name, recall in plan.recall.items() for text in recall.says.values()]
    for name, memo in plan.memo.items():
        said += [(f"memo.{name}", example.text) for example in memo.examples]
        said += [(f"memo.{name}", text) for each in memo.criteria for text in [each.asks, *each.anchors]]
    said += [(f"glossary.{term}", meaning) for term, meaning in plan.glossary.items()]
    return said
