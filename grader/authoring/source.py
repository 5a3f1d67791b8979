"""lesson.py as cells: what the short markers say, and the mistakes that can be seen in the text."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext

from grader.authoring.plan import Plan
from grader.authoring.problem import Finding, SourceProblem

ROLES = ("answer", "check", "memo", "predict", "recall")
PLAN_FIELD = {"answer": "exercise", "check": "exercise", "memo": "memo", "predict": "predict", "recall": "recall"}
FLAGS = {"private", "raises"}
KEPT = ("recall", "monday")
"""Monday's question is kept, never judged, and needs no plan."""
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MOST_LINES = 12
MOST_WORDS = 120
WORDS_A_MINUTE = 170


@dataclass(frozen=True)
class SourceCell:
    """A cell of a lesson.py. `role` is one of ROLES, or empty; `name` is what its marker names.

    A `private` cell is never handed in; one that `raises` shows an error on purpose. `line` is where its marker stands
    in lesson.py, 0 where that is not known.
    """

    kind: str
    text: str
    role: str = ""
    name: str = ""
    private: bool = False
    raises: bool = False
    line: int = 0

    @property
    def where(self) -> str:
        """How a finding names this cell."""
        line = f"line {self.line}, " if self.line else ""
        if self.role:
            return f'{line}the cell {self.role}="{self.name}"'
        first = self.text.strip().splitlines()[0] if self.text.strip() else "(empty)"
        return f"{line}the cell that starts “{first[:50]}”"

    @property
    def solution(self) -> str:
        """The lines between nbgrader's solution markers."""
        return "\n".join(_split(self.text)[1])

    @property
    def outside(self) -> list[str]:
        """The lines outside of the solution markers, blank ones left out."""
        return [line for line in _split(self.text)[0] if line.strip()]

    def with_solution(self, code: str) -> str:
        """The cell as a learner leaves it who put `code` where the dots are."""
        lines = self.outside
        return "\n".join([code, *lines[1:]])


def _split(text: str) -> tuple[list[str], list[str]]:
    outside: list[str] = []
    inside: list[str] = []
    target = outside
    for line in text.splitlines():
        if line.strip() == BEGIN:
            target = inside
        elif line.strip() == END:
            target = outside
        else:
            target.append(line)
    return outside, inside


def read_cells(path: Path) -> list[SourceCell]:
    """The cells of a lesson.py. Raises SourceProblem where the file or a marker cannot be read."""
    name = f"{path.parent.name}/{path.name}"
    if not path.exists():
        raise SourceProblem([Finding(name, "the file", "is not there.", "Every lesson folder needs one.")])
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SourceProblem([Finding(name, "the file", "is not UTF-8 text.", "Save it as UTF-8.")]) from None
    made = jupytext.reads(text, fmt="py:percent").cells
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"# ?%%", line)]
    if len(lines) != len(made):
        lines = [0] * len(made)
    cells, findings = [], []
    for cell, line in zip(made, lines, strict=True):
        roles = [role for role in ROLES if role in cell.metadata]
        flags = set(cell.metadata.get("title", "").split())
        unknown = sorted((set(cell.metadata) - set(ROLES) - {"title", "lines_to_next_cell"}) | (flags - FLAGS))
        role = roles[0] if roles else ""
        read = SourceCell(
            kind=cell.cell_type,
            text=cell.source,
            role=role,
            name=cell.metadata.get(role, ""),
            private="private" in flags,
            raises="raises" in flags,
            line=line,
        )
        cells.append(read)
        if len(roles) > 1:
            wrong = f"has two markers: {' and '.join(roles)}."
            findings.append(Finding(name, read.where, wrong, "Make two cells of it, or take one marker out."))
        if unknown:
            mend = f'Use {", ".join(ROLES)} (as in answer="name"), private or raises.'
            findings.append(Finding(name, read.where, f"has a marker that is not known: {' '.join(unknown)}.", mend))
        elif roles and (read.kind == "code") == (role == "memo"):
            kind = "a markdown cell: # %% [markdown]" if role == "memo" else "a code cell: # %%"
            findings.append(Finding(name, read.where, "is not of the kind that its marker needs.", f"Make it {kind}."))
    if findings:
        raise SourceProblem(findings)
    return cells


def check_cells(cells: list[SourceCell], plan: Plan, file: str) -> list[Finding]:
    """Mistakes in the cells, and between the cells and the plan."""
    findings = [
        *_check_names(cells, plan, file),
        *_check_lengths(cells, file),
        *_check_minutes(cells, plan, file),
    ]
    for cell in cells:
        if cell.role == "answer" and cell.name in plan.exercise:
            findings += _check_answer_cell(cell, plan.exercise[cell.name].variable, file)
    return findings


def _check_names(cells: list[SourceCell], plan: Plan, file: str) -> list[Finding]:
    findings = []
    seen: set[tuple[str, str]] = set()
    for cell in cells:
        role, name = cell.role, cell.name
        if not role:
            continue
        if (role, name) in seen:
            mend = "One cell may be: mend its name."
            findings.append(Finding(file, cell.where, "Another cell is marked so already.", mend))
        elif name not in getattr(plan, PLAN_FIELD[role]) and (role, name) != KEPT:
            mend = f"Add [{PLAN_FIELD[role]}.{name}] to lesson.toml, or mend the name."
            findings.append(Finding(file, cell.where, f"lesson.toml has no {PLAN_FIELD[role]} of that name.", mend))
        seen.add((role, name))
        if role == "check" and cell.text.strip() != f'check("{name}")':
            mend = f'Write check("{name}") there, and nothing else.'
            findings.append(Finding(file, cell.where, "It checks something else, or more.", mend))
    for role in ROLES:
        for name in getattr(plan, PLAN_FIELD[role]):
            if (role, name) not in seen:
                where = f"{PLAN_FIELD[role]}.{name}"
                findings.append(Finding(file, where, f'No cell is marked {role}="{name}".', "Add the cell."))
    return findings


def _check_lengths(cells: list[SourceCell], file: str) -> list[Finding]:
    findings = []
    for cell in cells:
        lines = [line for line in cell.text.splitlines() if line.strip() not in (BEGIN, END)]
        if cell.kind == "code" and len(lines) > MOST_LINES:
            findings.append(Finding(file, cell.where, f"{len(lines)} lines of code.", f"At most {MOST_LINES}."))
        if cell.kind == "code" and cell.text.rstrip().endswith(";"):
            wrong = "ends with a semicolon, which nbval and some notebooks do not heed."
            findings.append(Finding(file, cell.where, wrong, "End a chart with plt.show()."))
        words = count_words(cell.text)
        if cell.kind == "markdown" and cell.role != "memo" and words > MOST_WORDS:
            wrong = f"{words} words with nothing to run, look at or decide."
            findings.append(
                Finding(file, cell.where, wrong, f"At most {MOST_WORDS}: cut, or split it by something to do.")
            )
    return findings


def count_words(markdown: str) -> int:
    """Words of a markdown text, code blocks left out."""
    return len(re.sub(r"```.*?```", " ", markdown, flags=re.S).split())


def _check_minutes(cells: list[SourceCell], plan: Plan, file: str) -> list[Finding]:
    """The minutes in headings are those of the plan, and the words of a section can be read in them."""
    minutes = plan.minutes.model_dump()
    promised = Counter(minutes[name] for name in minutes if minutes[name] and name != "spare")
    findings = []
    said: Counter[int] = Counter()
    section, words, allowed = "", 0, 0

    def close() -> None:
        if allowed and words > allowed * WORDS_A_MINUTE:
            wrong = f"{words} words in {allowed} minutes."
            findings.append(Finding(file, section, wrong, f"At {WORDS_A_MINUTE} words a minute it does not fit: cut."))

    for cell in cells:
        if cell.kind != "markdown":
            continue
        for line in cell.text.splitlines():
            if line.startswith("## "):
                close()
                found = re.search(r"\((\d+) min\)", line)
                section, words, allowed = f"“{line}”", 0, int(found[1]) if found else 0
                said[allowed] += bool(found)
        words += count_words(cell.text)
    close()
    if plan.exercise and +said != promised:
        wrong = f"Headings say {sorted(said.elements())} minutes, lesson.toml {sorted(promised.elements())}."
        findings.append(Finding(file, "the headings", wrong, "Write “(N min)” as in lesson.toml."))
    return findings


def _check_answer_cell(cell: SourceCell, variable: str, file: str) -> list[Finding]:
    findings = []
    if cell.text.count(BEGIN) != 1 or cell.text.count(END) != 1:
        findings.append(Finding(file, cell.where, "has no solution.", f"Put one between {BEGIN} and {END}."))
    first = cell.outside[0] if cell.outside else ""
    if first not in (f"{variable} = ...", f'{variable} = ""'):
        wrong = f"its first line is {first!r}."
        findings.append(
            Finding(file, cell.where, wrong, f'Begin with {variable} = ... (for a letter: {variable} = "").')
        )
    if any(not _only_shows(line) for line in cell.outside[1:]):
        findings.append(Finding(file, cell.where, "has live code outside of the solution.", "Show the name, no more."))
    return findings


def _only_shows(line: str) -> bool:
    try:
        return isinstance(ast.parse(line, mode="eval").body, ast.Name)
    except SyntaxError:
        return False
