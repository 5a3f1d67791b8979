"""A cohort's folder: made whole or not at all, with a secret seed; found by name; never given to learners."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from grader import cli
from grader.coach import cohort as module
from grader.coach.cohort import PUBLIC_SEEDS, Cohort, new_cohort, open_cohort
from grader.coach.publish import publish
from grader.learner.problem import Problem

ROSTER = "email,name,team\nada@x.example,Ada O'Hara,North\nli@x.example,[bold]李[/bold],North\n"


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roster beside the working folder; gradebooks are left out, since nbgrader takes a second for each."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(module, "make_or_check", lambda path, patience: path.touch())
    path = tmp_path / "leaders.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def test_a_new_cohort_has_its_folders_its_roster_and_an_inbox(roster: Path) -> None:
    made = new_cohort("spring", roster)
    assert made.folder == Path("cohorts/spring")
    assert [learner.name for learner in made.roster().learners] == ["Ada O'Hara", "[bold]李[/bold]"]
    assert sorted(path.name for path in made.folder.iterdir()) == [
        ".gitignore",
        "autograded",
        "cohort.toml",
        "collected",
        "draws",
        "gradebook.db",
        "inbox",
        "nbgrader_config.py",
        "release",
        "releases",
        "roster.csv",
        "source",
        "submitted",
    ]
    assert made.folder.stat().st_mode & 0o077 == 0
    assert list(Path("cohorts").iterdir()) == [made.folder]


def test_a_cohort_that_is_opened_is_the_one_that_was_made(roster: Path) -> None:
    assert open_cohort(new_cohort("spring", roster).folder) == new_cohort_read("spring")


def new_cohort_read(name: str) -> Cohort:
    return open_cohort(name)


def test_seeds_are_secret_differ_and_are_never_public_ones(roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = {new_cohort(f"c{number}", roster).seed for number in range(5)}
    assert len(seeds) == 5
    assert sorted(PUBLIC_SEEDS) == [7, 11, 991]
    draws = iter([7, 11, 991, 5])
    monkeypatch.setattr(module, "LOWEST_SEED", 0)
    monkeypatch.setattr(module.secrets, "randbelow", lambda _: next(draws))
    assert new_cohort("last", roster).seed == 5


def test_the_gradebook_is_nbgraders_and_its_commands_find_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    made = new_cohort("spring", path, tmp_path / "with space")
    with Gradebook(f"sqlite:///{made.gradebook}", "hands-on-hour") as book:
        assert book.students == []
    config = (made.folder / "nbgrader_config.py").read_text(encoding="utf-8")
    assert 'course_id = "hands-on-hour"' in config


def test_a_cohort_is_never_written_over(roster: Path) -> None:
    made = new_cohort("spring", roster)
    before = made.folder.joinpath("cohort.toml").read_bytes()
    with pytest.raises(Problem, match="is there already, and stays as it is"):
        new_cohort("spring", roster)
    assert made.folder.joinpath("cohort.toml").read_bytes() == before
    Path("cohorts/link").symlink_to("nowhere")
    with pytest.raises(Problem, match="is there already"):
        new_cohort("link", roster)


def test_a_cohort_that_cannot_be_made_whole_leaves_nothing(roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, patience: float) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "make_or_check", full)
    with pytest.raises(Problem, match=r"cannot be written to cohorts \(No space left on device\): nothing was made"):
        new_cohort("spring", roster)
    assert list(Path("cohorts").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "a\\b", ".hidden", "con", "nul.x", "x" * 65, "a\nb", "a ", "a:b", "[x]"]
)
def test_a_name_that_is_no_folder_is_refused(roster: Path, name: str) -> None:
    with pytest.raises(Problem, match="cannot name a cohort"):
        new_cohort(name, roster)
    assert not Path("cohorts").exists()


def test_a_bad_roster_makes_no_cohort(roster: Path) -> None:
    roster.write_text("email,name\nada,Ada\n", encoding="utf-8")
    with pytest.raises(Problem, match="line 2"):
        new_cohort("spring", roster)
    assert not Path("cohorts").exists()


def test_no_cohort_is_made_in_what_learners_are_given(roster: Path, root: Path) -> None:
    for given in ("lessons", "grader", "lessons/w01_three_answers"):
        with pytest.raises(Problem, match="which learners are given"):
            new_cohort("spring", roster, root / given)


def test_the_only_cohort_needs_no_name_and_of_several_one_must_be_named(roster: Path) -> None:
    with pytest.raises(Problem, match="handson cohort new NAME --roster FILE"):
        open_cohort()
    first = new_cohort("spring", roster)
    assert open_cohort().seed == first.seed
    second = new_cohort("autumn", roster)
    with pytest.raises(Problem, match="several cohorts, autumn, spring: say --cohort NAME"):
        open_cohort()
    assert open_cohort("autumn").seed == second.seed
    with pytest.raises(Problem, match="no cohort winter; there is autumn, spring"):
        open_cohort("winter")


def test_inside_a_cohort_no_name_is_needed(roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_cohort("spring", roster)
    new_cohort("autumn", roster)
    monkeypatch.chdir(made.folder)
    assert open_cohort().seed == made.seed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"schema = 1", "schema = 2", "is of version 2, and this course reads version 1"),
        (r"seed = \d+", "seed = 11", "has the seed 11, which learners know"),
        (r"seed = \d+", "seed = true", "lacks its name, seed or date"),
        (r"seed = \d+", "seed =", "is damaged"),
        (r"name = .*", "", "lacks its name, seed or date"),
    ],
)
def test_a_damaged_cohort_is_one_sentence(roster: Path, old: str, new: str, said: str) -> None:
    path = new_cohort("spring", roster).folder / "cohort.toml"
    path.write_text(re.sub(old, new, path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(Problem, match=re.escape(said)):
        open_cohort("spring")


def test_one_works_at_a_time(roster: Path) -> None:
    made = new_cohort("spring", roster)
    with made.lock("collect"):
        with pytest.raises(Problem, match="Another `handson collect` works on the cohort spring: wait"):
            made.lock("collect").__enter__()
        with made.lock("grade"):
            pass
    with made.lock("collect"):
        pass


def test_git_ignores_cohorts_wherever_they_lie(roster: Path, root: Path) -> None:
    made = new_cohort("spring", roster)
    subprocess.run(["git", "init", "--quiet"], check=True)
    shown = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert shown.stdout == ""
    assert "/cohorts/" in (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert made.folder.exists()


def test_nothing_is_published_while_a_cohort_lies_in_what_is_published(
    roster: Path, root: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    for name in (".binder", ".ci", "grader", "solutions"):
        shutil.copytree(root / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "LICENSE-TEXT", "pyproject.toml", "requirements.txt"):
        shutil.copy(root / name, clone / name)
    made = new_cohort("spring", roster)
    shutil.copytree(made.folder, clone / "lessons" / "spring")
    with pytest.raises(Problem, match="is a cohort, with people's work and its seed: move it out of lessons/"):
        publish(clone, tmp_path / "published")
    assert not (tmp_path / "published").exists()


def test_the_command_says_who_is_in_it_and_what_comes_next(roster: Path) -> None:
    done = CliRunner().invoke(cli.app, ["cohort", "new", "spring", "--roster", str(roster)])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "Made the cohort spring in cohorts/spring: 2 learners in 1 team."
    assert lines[-1] == "Next: put what learners hand in into cohorts/spring/inbox, then run `handson collect`."
    again = CliRunner().invoke(cli.app, ["cohort", "new", "spring", "--roster", str(roster)])
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_help_has_an_example(roster: Path) -> None:
    for command in (["cohort", "new"], ["collect"]):
        done = CliRunner().invoke(cli.app, [*command, "--help"])
        assert f"Example: handson {' '.join(command)}" in done.stdout


def test_no_seed_is_printed(roster: Path) -> None:
    done = CliRunner().invoke(cli.app, ["cohort", "new", "spring", "--roster", str(roster)])
    assert str(open_cohort("spring").seed) not in done.output
    assert json.dumps(open_cohort("spring").seed) in Path("cohorts/spring/cohort.toml").read_text(encoding="utf-8")
