"""A tiny course of one lesson, and one warm process to build it with."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from grader.authoring import build as build_module
from grader.authoring.build import Built, build_command, build_lesson
from grader.authoring.problem import SourceProblem
from grader.sandbox.run import Pool

NAME = "w01_tiny"

LESSON = """\
# %% [markdown]
# # A tiny lesson about {{rows}} rows

# %%
import duckdb

from grader import check, predict

# %% [markdown]
# ## The situation (1 min)
#
# The table has {{rows}} rows, and {{share}} of them are active.

# %% predict="guess"
predict("guess", ..., confidence=...)

# %% [markdown]
# ## Your turn (2 min)
#
# How many are active?

# %% answer="active"
active = ...
### BEGIN SOLUTION
active = duckdb.sql("SELECT count(*) FROM 'rows.csv' WHERE status = 'active'")
### END SOLUTION
active

# %% check="active"
check("active")

# %% [markdown]
# Which one do you send: **a**, **b** or **c**?

# %% answer="reply"
reply = ""
### BEGIN SOLUTION
reply = "b"
### END SOLUTION

# %% check="reply"
check("reply")
"""

PLAN = """\
title = "A tiny lesson"
skill = "count rows"
points = 5

[minutes]
recall = 0
situation = 1
example = 0
predict = 0
exercises = 2
vote = 0
memo = 0
company = 0
spare = 9

[files]
"rows.csv" = "SELECT i AS id, if(i % 4 = 0, 'paused', 'active') AS status FROM range(1200) t(i)"

[facts]
rows = "SELECT count(*) FROM 'rows.csv'"
share = { sql = "SELECT avg((status = 'active')::INT) FROM 'rows.csv'", written = "{:.0%}" }

[numbers]
"7" = "a number that is allowed"

[glossary]
row = "One line of a table."

[predict.guess]
truth = "duckdb.sql(\\"SELECT count(*) FROM 'rows.csv' WHERE status = 'paused'\\")"
within = 10
then = "Paused ones still pay."

[exercise.active]
kind = "value"
variable = "active"
fresh = true
points = 4
right = "All who are active, of {{rows}}."
hints = ["Where to look.", "Which tool.", "`active = duckdb.sql(\\"SELECT ____\\")`"]
alt = ["active = int((duckdb.sql(\\"FROM 'rows.csv'\\").df()['status'] == 'active').sum())"]

[[exercise.active.wrong]]
code = "active = duckdb.sql(\\"SELECT count(*) FROM 'rows.csv'\\")"
says = "That is every row."

[[exercise.active.wrong]]
code = "active = duckdb.sql(\\"SELECT count(*) FROM 'rows.csv' WHERE status = 'Active'\\")"
says = "A capital letter makes another word."

[exercise.reply]
kind = "choice"
variable = "reply"
options = ["a", "b", "c"]
points = 1
right = "The second."
hints = ["One.", "Two.", "Three."]
says = { a = "The first is early.", c = "The third is late." }
"""


class Course:
    """A repository with one lesson in solutions/, and nothing built yet."""

    def __init__(self, root: Path, pool: Pool) -> None:
        self.root = root
        self.pool = pool
        self.folder = root / "solutions" / NAME
        self.folder.mkdir(parents=True)
        (self.folder / "lesson.py").write_text(LESSON, encoding="utf-8")
        (self.folder / "lesson.toml").write_text(PLAN, encoding="utf-8")
        (self.folder / "coach.md").write_text("# For the coach\n", encoding="utf-8")
        (root / "solutions" / "syllabus.toml").write_text(
            '[[module]]\ntitle = "1"\nweeks = [{ week = 1, title = "T", skill = "s" }]\n', encoding="utf-8"
        )
        (root / "lessons").mkdir()
        (root / "README.md").write_text("# Course\n<!-- map: x -->\n<!-- end of map -->\nMore.\n", encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> None:
        """Put `new` in place of the one place where the file says `old`."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (text.count(old), old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def put(self, files: dict[str, bytes]) -> None:
        """Write files, named from the root."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def build(self, week: str | None = None, *, check: bool = False) -> int:
        return build_command(week, check=check)

    def refused(self) -> list[str]:
        """What `handson build` says of the mistakes, one text each. Nothing may have been written."""
        before = self.files()
        with pytest.raises(SourceProblem) as caught:
            self.build()
        assert self.files() == before
        said = [str(finding) for finding in caught.value.findings]
        assert str(caught.value) == "\n".join(said)
        return said

    def lesson(self, out: Path) -> Built:
        return build_lesson(self.folder, 7, out, self.pool)

    def files(self) -> dict[str, bytes]:
        """All files of the repository."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course of its own; `handson build` builds it, on the warm process of all these tests."""
    made = Course(tmp_path / "repository", pool)
    monkeypatch.setattr(build_module, "ROOT", made.root)
    monkeypatch.setattr(build_module, "SOLUTIONS", made.root / "solutions")
    monkeypatch.setattr(build_module, "LESSONS", made.root / "lessons")
    monkeypatch.setattr(build_module, "Pool", lambda: nullcontext(pool))
    return made


@pytest.fixture(scope="module")
def built(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The tiny lesson, built once for all who only look."""
    with pytest.MonkeyPatch.context() as patch:
        made = Course(tmp_path_factory.mktemp("course") / "repository", pool)
        patch.setattr(build_module, "SOLUTIONS", made.root / "solutions")
        yield made.lesson(tmp_path_factory.mktemp("out"))
