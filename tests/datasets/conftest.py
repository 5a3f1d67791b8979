"""Each seed's company is built once for all tests."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
SEEDS = (7, 11, 991)


@dataclass(frozen=True)
class Company:
    """One built company: its folder, and SQL over its tables by name."""

    seed: int
    folder: Path
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def value(self, sql: str):
        (row,) = self.rows(sql)
        (value,) = row
        return value


@pytest.fixture(scope="session")
def build() -> Callable[..., list[Path]]:
    sys.path.insert(0, str(DATASETS))
    try:
        import company
    finally:
        sys.path.remove(str(DATASETS))
    return company.build


@pytest.fixture(scope="session")
def make(tmp_path_factory, build):
    """Builds the company of a seed, once."""
    made: dict[int, Company] = {}

    def of(seed: int) -> Company:
        if seed not in made:
            folder = tmp_path_factory.mktemp(f"company{seed}")
            build(seed, folder)
            made[seed] = Company(seed, folder, duckdb.connect())
            for path in sorted(folder.glob("*.parquet")):
                made[seed].connection.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM '{path}'")
        return made[seed]

    yield of
    for company in made.values():
        company.connection.close()


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed{seed}")
def company(request, make) -> Company:
    return make(request.param)


@pytest.fixture
def seven(make) -> Company:
    return make(7)
