"""The releases that a cohort was taught from: kept, so that an older hand-in is graded by what it answered."""

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.authoring import build
from grader.coach.cohort import Cohort
from grader.learner.key import FILE_NAME
from grader.learner.problem import Problem

HASH = re.compile(r"[0-9a-f]{12}")
WEEK = re.compile(r"w\d\d")
SOURCES = ("lesson.py", "lesson.toml")
_NOT_RELEASED = re.compile(r"\..*|journal\.jsonl|.*\.zip|__pycache__")


@dataclass(frozen=True)
class Release:
    """One release of a lesson. `release` is what a learner got, `source` what it was built from."""

    week: str
    slug: str
    hash: str
    release: Path
    source: Path


def current_release(week: str) -> Release:
    """The release of the week in lessons/, with its source in solutions/. Raises Problem where it is not whole."""
    folders = sorted(build.LESSONS.glob(f"{week}_*/{FILE_NAME}")) if WEEK.fullmatch(week) else []
    if not folders:
        raise Problem(f"There is no lesson {week} to hand in: there are {', '.join(published_lessons()) or 'none'}.")
    folder = folders[0].parent
    source = build.SOLUTIONS / folder.name
    for path in (folder / f"{folder.name}.ipynb", *(source / name for name in SOURCES)):
        if not path.is_file():
            raise Problem(f"{path} is missing, and {week} cannot be kept without it: run `make build` in the course.")
    key, notebook = _hash_of_key(folder), _hash_of_notebook(folder / f"{folder.name}.ipynb")
    if key != notebook:
        raise Problem(
            f"The notebook of {week} is of release {notebook} and its key.json of {key}: run `handson build {week}`."
        )
    return Release(week, folder.name, key, folder, source)


def published_lessons() -> dict[str, str]:
    """The lessons of lessons/ that have something to hand in: week -> name."""
    return {path.parent.name[:3]: path.parent.name for path in sorted(build.LESSONS.glob(f"w[0-9][0-9]_*/{FILE_NAME}"))}


def kept_releases(cohort: Cohort, week: str) -> list[Release]:
    """The releases of the week that the cohort holds, the last one kept last."""
    folders = [path for path in (cohort.releases / week).glob("*") if HASH.fullmatch(path.name)]
    folders.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    found = [find_release(cohort, week, folder.name) for folder in folders]
    return [release for release in found if release is not None]


def lessons_of(cohort: Cohort) -> dict[str, str]:
    """The lessons that can be handed in, week -> name: those in lessons/, and those of which a release is kept."""
    weeks = sorted(path.name for path in cohort.releases.glob("w[0-9][0-9]"))
    kept = {week: releases[-1].slug for week in weeks if (releases := kept_releases(cohort, week))}
    return {**kept, **published_lessons()}


def keep_release(cohort: Cohort, week: str) -> Release:
    """Copy the current release of the week, and its source, into the cohort, unless it is there. Raises Problem."""
    now = current_release(week)
    kept = find_release(cohort, week, now.hash)
    if kept is not None:
        return kept
    target = cohort.releases / week / now.hash
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=cohort.releases) as scratch:
            made = Path(scratch) / now.hash
            (made / "release").mkdir(parents=True)
            (made / "source").mkdir()
            for path in sorted(now.release.iterdir()):
                if path.is_file() and not path.is_symlink() and not _NOT_RELEASED.fullmatch(path.name):
                    shutil.copyfile(path, made / "release" / path.name)
            for name in SOURCES:
                shutil.copyfile(now.source / name, made / "source" / name)
            made.rename(target)
    except OSError as error:
        raise Problem(
            f"The release of {week} cannot be kept in {cohort.releases} ({error.strerror}): mend that, run it again."
        ) from error
    return Release(week, now.slug, now.hash, target / "release", target / "source")


def find_release(cohort: Cohort, week: str, hash: str) -> Release | None:
    """The release that the cohort holds under this hash; None for one that it does not hold.

    `hash` may come from a learner's file: anything but a hash is not looked for. Raises Problem for a damaged one.
    """
    if not WEEK.fullmatch(week) or not HASH.fullmatch(hash):
        return None
    folder = cohort.releases / week / hash
    notebooks = sorted((folder / "release").glob(f"{week}_*.ipynb"))
    if not notebooks or not (folder / "release" / FILE_NAME).is_file():
        return None
    return Release(week, notebooks[0].stem, hash, folder / "release", folder / "source")


def _hash_of_key(folder: Path) -> str:
    return _hash_at(folder / FILE_NAME, "release")


def _hash_of_notebook(path: Path) -> str:
    return _hash_at(path, "metadata", "handson", "release")


def _hash_at(path: Path, *places: str) -> str:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for place in places:
            found = found[place]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(f"{path} is damaged: run `make build` in the course.") from error
    if not isinstance(found, str) or not HASH.fullmatch(found):
        raise Problem(f"{path} names no release: run `make build` in the course.")
    return found
