"""The company's files for a lesson: the committed ones for the course's seed, made ones for any other."""

import shutil
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import duckdb

from grader.authoring.plan import Plan
from grader.authoring.problem import Finding, SourceProblem

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@cache
def company_files(seed: int) -> Path:
    """A folder with every file of the company of that seed; made once per process where it is not committed."""
    committed = DATASETS / f"seed{seed}"
    if committed.exists():
        return committed
    sys.path.insert(0, str(DATASETS))
    try:
        from company import build  # type: ignore[import-not-found,unused-ignore]
    finally:
        sys.path.remove(str(DATASETS))
    made = Path(tempfile.gettempdir(), f"handson-company-{seed}-{_generator_hash()}")
    if not made.exists():
        part = Path(tempfile.mkdtemp(prefix="handson-company-"))
        build(seed, part)
        part.rename(made)
    return made


def _generator_hash() -> str:
    import hashlib

    text = b"".join(path.read_bytes() for path in sorted(DATASETS.glob("**/*.py")))
    return hashlib.sha256(text).hexdigest()[:12]


def write_data(plan: Plan, seed: int, folder: Path) -> None:
    """Put the lesson's data files into `folder`: copies of the company's, then those that a query derives."""
    source = company_files(seed)
    for name in plan.data:
        if not (source / name).exists():
            raise SourceProblem([Finding("lesson.toml", "data", f"The company has no {name}.", "Mend the name.")])
        shutil.copyfile(source / name, folder / name)
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute(f"SET file_search_path = '{source}'")
        for name, query in plan.files.items():
            form = "csv, header" if name.endswith(".csv") else "parquet"
            try:
                database.execute(f"COPY ({query}) TO '{folder / name}' (FORMAT {form})")
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise SourceProblem([Finding("lesson.toml", f"files.{name}", first, "Mend the query.")]) from None


def course_map(solutions: Path) -> dict[str, str]:
    """The 26 weeks as a markdown table, with a link to each lesson that exists: the fact {{course_map}}."""
    syllabus = tomllib.loads((solutions / "syllabus.toml").read_text(encoding="utf-8"))
    lines = []
    for module in syllabus["module"]:
        lines += [f"**{module['title']}**", ""]
        for week in module["weeks"]:
            folders = sorted(solutions.glob(f"w{week['week']:02}_*"))
            title = f"Week {week['week']} · {week['title']}"
            if folders:
                name = folders[0].name
                lines.append(f"- [{title}]({name}/{name}.ipynb): {week['skill']}")
            else:
                lines.append(f"- {title}: {week['skill']} *(not published yet)*")
        lines.append("")
    return {"course_map": "\n".join(lines)}
