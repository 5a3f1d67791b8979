"""The two companies that a lesson is graded on: the one that learners have, and the cohort's own draw.

A folder of draws has `data/`, which is bound into the sandbox, and beside it `keys/`, which never is.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode
from nbformat import read as read_notebook

from grader.authoring.answers import compute
from grader.authoring.data import write_data
from grader.authoring.plan import Plan, read_plan
from grader.authoring.source import SourceCell, read_cells
from grader.coach.course import course_lesson
from grader.learner.key import FILE_NAME, Key, load_key
from grader.sandbox.run import Pool

DATA = "data"
COMPANY = "company"
MOST_DRAWS = 8
"""Companies that are tried until no answer is today's by chance: with few rows, one draw in four may have one."""
NOT_DATA = ("*.ipynb", FILE_NAME, "journal.jsonl", "*.zip", ".*", "__pycache__")
"""What of a release a run does not see."""


@dataclass(frozen=True)
class Draw:
    """One company: the key of its answers, and the folder of the lesson's data. No run ever sees the key."""

    key: Key
    data: Path


@dataclass(frozen=True)
class Lesson:
    """What grading a lesson needs: the notebook that was released, today's company and next quarter's."""

    lesson: str
    name: str
    plan: Plan
    cells: Sequence[SourceCell]
    released: NotebookNode
    today: Draw
    later: Draw


def open_lesson(source: Path, later_seed: int, draws: Path, pool: Pool) -> Lesson:
    """Get a lesson of solutions/ ready for grading: the released one from lessons/, and a second draw into `draws`.

    A lesson that is not in lessons/ yet is built first. Raises SourceProblem for a source that cannot be built.
    """
    with TemporaryDirectory(prefix="handson-lesson-") as scratch:
        built = course_lesson(source, Path(scratch), pool)
        return open_release(built.release, source, later_seed, draws, pool)


def is_drawn(draws: Path, slug: str, release: str) -> bool:
    """Whether the second draw of a release is there, with its answers."""
    return _sealed(draws, slug, release).exists() and _kept(draws, slug, release).is_dir()


def _kept(draws: Path, slug: str, release: str) -> Path:
    return draws / DATA / f"{slug}-{release}"


def _sealed(draws: Path, slug: str, release: str) -> Path:
    return draws / "keys" / f"{slug}-{release}.json"


def open_release(release: Path, source: Path, later_seed: int, draws: Path, pool: Pool | None) -> Lesson:
    """Get a release ready for grading. `release` is its folder, `source` that of lesson.py and lesson.toml.

    The second draw is made once for each release, and its answers are computed once: by `pool`, which runs our own
    code only, and is not needed for a release that is drawn. It is the first company, from `later_seed` on, whose
    answers all differ from today's, or the one of several with the fewest that do not. Raises SourceProblem for a
    source that cannot be built, Problem for a damaged key.
    """
    key = load_key(release)
    plan, cells = read_plan(source / "lesson.toml"), read_cells(source / "lesson.py")
    sealed, kept = _sealed(draws, key.slug, key.release), _kept(draws, key.slug, key.release)
    today, later = kept / "today" / key.slug, kept / "later" / key.slug
    if not is_drawn(draws, key.slug, key.release):
        assert pool is not None
        _write(sealed, _draw(release, key, plan, cells, later_seed, draws, pool))
    return Lesson(
        lesson=key.lesson,
        name=key.slug,
        plan=plan,
        cells=cells,
        released=read_notebook(release / f"{key.slug}.ipynb", as_version=4),
        today=Draw(key, today),
        later=Draw(Key.from_json(json.loads(sealed.read_text(encoding="utf-8"))), later),
    )


def _draw(release: Path, key: Key, plan: Plan, cells: Sequence[SourceCell], seed: int, draws: Path, pool: Pool) -> Key:
    """Make the second draw, and compute its key."""
    kept = _kept(draws, key.slug, key.release)

    def attempt(number: int) -> Key:
        _make(release, key.slug, plan, seed + number, draws / (f"{COMPANY}-{number}" if number else COMPANY), kept)
        answers = compute(cells, _solutions_only(plan), kept / "later" / key.slug, pool, f"{key.slug}/lesson.toml")
        return replace(key, exercises=answers.exercises)

    same: list[int] = []
    for number in range(MOST_DRAWS):
        later = attempt(number)
        same.append(_count_same(key, later))
        if not same[-1]:
            return later
    return attempt(same.index(min(same)))


def _count_same(today: Key, later: Key) -> int:
    return sum(each.fresh and each.answer == later.exercises[name].answer for name, each in today.exercises.items())


def _make(release: Path, slug: str, plan: Plan, seed: int, company: Path, kept: Path) -> None:
    """Write both folders of data beside their place, then rename them into it."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.parent.chmod(0o755)
    with TemporaryDirectory(prefix=".part-", dir=company.parent) as scratch:
        made = Path(scratch, kept.name)
        for draw in ("today", "later"):
            shutil.copytree(release, made / draw / slug, ignore=shutil.ignore_patterns(*NOT_DATA))
        write_data(plan, seed, made / "later" / slug, company=company)
        _let_read(made)
        if kept.exists():  # of an attempt before, or of a run that ended before the answers were computed
            shutil.rmtree(kept)
        made.rename(kept)


def _let_read(folder: Path) -> None:
    """The sandbox reads as nobody, whatever this account's mask is."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _write(path: Path, key: Key) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(key.to_json()), encoding="utf-8")
    part.replace(path)


def _solutions_only(plan: Plan) -> Plan:
    exercises = {name: exercise.model_copy(update={"alt": [], "wrong": []}) for name, exercise in plan.exercise.items()}
    return plan.model_copy(update={"exercise": exercises, "predict": {}})
