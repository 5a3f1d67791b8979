"""The company's files for a lesson: the committed ones for the course's seed, made ones for any other."""

import hashlib
import importlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import duckdb

from grader.authoring.plan import Plan
from grader.authoring.problem import Finding, SourceProblem

QUOTED_FILE = re.compile(r"'([\w.]+\.(?:parquet|csv|ics))'")
DATASETS = Path(__file__).resolve().parents[2] / "datasets"


def company_files(seed: int, names: Sequence[str], keep: Path | None = None) -> Path:
    """A folder with these files of the company of that seed: the committed ones, or made and kept for next time.

    `keep` is where a company is kept whose seed is secret; all others share a temporary folder.
    """
    committed = DATASETS / f"seed{seed}"
    if committed.exists():
        return committed
    kept = keep or Path(tempfile.gettempdir(), f"handson-company-{os.getuid()}-{_generator_hash()}-{seed}")
    missing = {Path(name).stem for name in names if not (kept / name).exists()}
    if missing:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                made = _generator().build(seed, Path(scratch), missing)
            except ValueError as error:
                raise SourceProblem([Finding("lesson.toml", "data", str(error), "Mend the name.")]) from None
            kept.mkdir(exist_ok=True)
            for path in made:
                part = kept / f"{path.name}.{os.getpid()}.part"
                shutil.copyfile(path, part)
                part.replace(kept / path.name)
    return kept


def _generator() -> ModuleType:
    sys.path.insert(0, str(DATASETS))
    try:
        return importlib.import_module("company")
    finally:
        sys.path.remove(str(DATASETS))


@cache
def _generator_hash() -> str:
    text = b"".join(path.read_bytes() for path in sorted(DATASETS.glob("**/*.py")))
    return hashlib.sha256(text).hexdigest()[:12]


def write_data(plan: Plan, seed: int, folder: Path, company: Path | None = None) -> None:
    """Put the lesson's data files into `folder`: copies of the company's, then those that a query derives.

    `company` is where the company of a secret seed is kept.
    """
    file = f"{folder.name}/lesson.toml"
    asked = [name for query in plan.files.values() for name in QUOTED_FILE.findall(query)]
    source = company_files(seed, [*plan.data, *asked], company)
    for name in plan.data:
        if not (source / name).exists():
            raise SourceProblem([Finding(file, "data", f"The company has no {name}.", "Mend the name.")])
        shutil.copyfile(source / name, folder / name)
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute(f"SET file_search_path = '{source}'")
        for name, query in plan.files.items():
            form = "csv, header" if name.endswith(".csv") else "parquet"
            try:
                database.execute(f"COPY ({query}) TO '{folder / name}' (FORMAT {form})")
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise SourceProblem([Finding(file, f"files.{name}", first, "Mend the query.")]) from None
