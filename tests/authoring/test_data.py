"""A lesson's data files: copies of the company's, and those that a query derives."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from grader.authoring import data
from grader.authoring.data import company_files, write_data
from grader.authoring.plan import Plan
from grader.authoring.problem import SourceProblem


def plan(**fields: object) -> Plan:
    minutes = dict.fromkeys(
        ("recall", "situation", "example", "predict", "exercises", "vote", "memo", "company", "spare"), 0
    )
    return Plan.model_validate({"title": "t", "skill": "s", "minutes": minutes, **fields})


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company with one table, committed for seed 7; made, and kept, for any other."""
    datasets = tmp_path / "datasets"
    (datasets / "seed7").mkdir(parents=True)
    (datasets / "seed7" / "jobs.csv").write_text("id,kind\n1,visit\n2,call\n")

    def build(seed: int, folder: Path, wanted: set[str]) -> list[Path]:
        if unknown := wanted - {"jobs"}:
            raise ValueError(f"The company has no table {', '.join(sorted(unknown))}.")
        path = folder / "jobs.csv"
        path.write_text(f"id,kind\n{seed},visit\n")
        return [path]

    monkeypatch.setattr(data, "DATASETS", datasets)
    monkeypatch.setattr(data, "_generator", lambda: SimpleNamespace(build=build))
    monkeypatch.setattr(data, "_generator_hash", lambda: "test")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return datasets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "w01_tiny"
    folder.mkdir()
    return folder


def test_files_are_copied_and_derived_in_the_form_of_their_ending(company: Path, folder: Path):
    files = {"visits.csv": "FROM 'jobs.csv' WHERE kind = 'visit'", "n.parquet": "SELECT count(*) AS n FROM 'jobs.csv'"}
    write_data(plan(data=["jobs.csv"], files=files), 7, folder)
    assert (folder / "jobs.csv").read_bytes() == (company / "seed7" / "jobs.csv").read_bytes()
    assert (folder / "visits.csv").read_text() == "id,kind\n1,visit\n"
    with duckdb.connect() as database:
        assert database.execute(f"FROM '{folder}/n.parquet'").fetchall() == [(2,)]


def test_another_seed_is_another_company_made_once_and_kept(
    company: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    write_data(plan(data=["jobs.csv"]), 11, folder)
    assert (folder / "jobs.csv").read_text() == "id,kind\n11,visit\n"
    monkeypatch.setattr(data, "_generator", lambda: pytest.fail("made again"))
    assert (company_files(11, ["jobs.csv"]) / "jobs.csv").exists()
    assert sorted(path.name for path in company_files(11, ["jobs.csv"]).iterdir()) == ["jobs.csv"]


@pytest.mark.parametrize("seed", [7, 11])
def test_a_table_that_the_company_has_not_is_told(company: Path, folder: Path, seed: int):
    with pytest.raises(SourceProblem, match=r"lesson\.toml, data: The company has no .*jbos.* Mend the name\."):
        write_data(plan(data=["jbos.csv"]), seed, folder)


def test_a_derived_file_whose_query_fails_is_told_by_name(company: Path, folder: Path):
    with pytest.raises(SourceProblem, match=r"w01_tiny/lesson\.toml, files\.a\.csv: .*knd.* Mend the query\."):
        write_data(plan(files={"a.csv": "SELECT knd FROM 'jobs.csv'"}), 7, folder)


def test_derived_files_are_the_same_bytes_each_time(company: Path, folder: Path, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    files = {"n.parquet": "SELECT i, i % 7 AS k FROM range(5000) t(i)"}
    for place in (folder, other):
        write_data(plan(files=files), 7, place)
    assert (folder / "n.parquet").read_bytes() == (other / "n.parquet").read_bytes()
