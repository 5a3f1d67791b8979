"""`handson publish DIR`: a repository for learners, without solutions, tests or history, and searched for them."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.learner.key import unseal
from grader.learner.problem import Problem

_ROOT = Path(__file__).resolve().parents[2]
_TEMPLATES = Path(__file__).resolve().parent / "learner_repository"
_COPIED = (
    ".binder",
    ".ci/need",
    "LICENSE",
    "LICENSE-TEXT",
    "grader/__init__.py",
    "grader/cli.py",
    "grader/labs",
    "grader/learner",
    "grader/py.typed",
    "lessons",
    "requirements.txt",
)
_NEVER = re.compile(r"^(__pycache__|\.ipynb_checkpoints|\.DS_Store|journal\.jsonl|\.handson|.*\.(pyc|zip))$")
_COHORT = "cohort.toml"
_MARKERS = (
    "### BEGIN SOLUTION",
    "### END SOLUTION",
    "### BEGIN HIDDEN TESTS",
    "### BEGIN MARK SCHEME",
    "=== BEGIN MARK SCHEME",
)
# Shorter pieces of code (`best_reply = "c"`) and prose stand in a lesson by chance.
_SHORTEST_CODE = 24
_SHORTEST_PROSE = 40
_IGNORED = "/.venv/\n/my-work/\n__pycache__/\n.ipynb_checkpoints/\n.handson/\njournal.jsonl\n"


@dataclass(frozen=True)
class Secret:
    """A text that no learner may be given, and where the authors keep it."""

    where: str
    text: str


def publish_command(folder: Path, github: str | None = None) -> int:
    """What `handson publish` runs. `github` ("owner/name") puts a Binder badge into the README. Raises `Problem`."""
    commit = publish(_ROOT, folder, github)
    print(f"{folder} holds the learners' repository, one commit ({commit[:7]}), searched for solutions: none found.")
    print("Next: give it a remote, and push it.")
    return 0


def publish(root: Path, folder: Path, github: str | None = None) -> str:
    """Writes the learners' repository of the clone `root` into `folder` and returns the hash of its only commit.

    It is made elsewhere, searched, and moved into place last: `folder` never holds half of it, nor a leak. Raises
    `Problem` for a folder that is not empty, for anything missing, and for a solution found in what would be published.
    """
    folder = folder.expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Problem(f"{folder} is not empty: name a new or empty folder, so that nothing of yours is mixed in.")
    for needed in (*_COPIED, "solutions"):
        if not (root / needed).exists():
            raise Problem(f"{root / needed} is missing: publish from a clone of the course, after `make build`.")
    if github is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", github):
        raise Problem(f"{github} is not the name of a repository: write --github OWNER/NAME.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".handson-publish-", dir=folder.parent) as scratch:
        made = Path(scratch) / "repository"
        _write_files(root, made, github)
        commit = _commit(made)
        found = leaks(made, secrets(root / "solutions"))
        if found:
            raise Problem(
                f"Nothing was published, since it would give away {found[0]} "
                f"({len(found)} in all): mend the lesson and build it again."
            )
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return commit


def _write_files(root: Path, made: Path, github: str | None) -> None:
    made.mkdir()
    for name in _COPIED:
        source = root / name
        files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
        cohort = next((path.parent for path in files if path.name == _COHORT), None)
        if cohort is not None:
            raise Problem(
                f"{cohort} is a cohort, with people's work and its seed: move it out of {name}/, then publish."
            )
        for path in sorted(files):
            inner = path.relative_to(root)
            if not any(_NEVER.match(part) for part in inner.parts):
                (made / inner).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, made / inner)
    shutil.copy(_TEMPLATES / "Makefile", made / "Makefile")
    (made / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    (made / "pyproject.toml").write_text(_project(root), encoding="utf-8")
    badge = ""
    if github is not None:
        address = f"https://mybinder.org/v2/gh/{github}/HEAD?urlpath=doc/tree/lessons/00_start_here.ipynb"
        picture = "[![Open in Binder](https://mybinder.org/badge_logo.svg)]"
        badge = f"\n{picture}({address}): in the browser, nothing to install.\n"
    readme = (_TEMPLATES / "README.md").read_text(encoding="utf-8").replace("{{badge}}", badge)
    (made / "README.md").write_text(readme, encoding="utf-8")


def _project(root: Path) -> str:
    """The learners' pyproject.toml: the same package and dependencies, and nothing that a coach or developer needs."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    about, build = project["project"], project["build-system"]
    told = {name: about[name] for name in ("name", "version", "description", "requires-python", "license")}
    lines = ["[build-system]", *_toml(build), "", "[project]", *_toml(told), 'readme = "README.md"']
    lines += _toml({"license-files": about["license-files"], "dependencies": about["dependencies"]})
    lines += ["", "[project.scripts]", *_toml(about["scripts"])]
    lines += ["", "[tool.hatch.build.targets.wheel]", 'packages = ["grader"]']
    lines += ["", "[tool.hatch.build.targets.wheel.force-include]", '"lessons" = "grader/_lessons"', ""]
    return "\n".join(lines)


def _toml(table: dict[str, Any]) -> list[str]:
    """Strings and lists of strings are written the same in JSON and in TOML."""
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


def _git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Runs git as nobody in particular: no configuration, template or hook of the user's reaches what is published."""
    if shutil.which("git") is None:
        raise Problem("git is not installed here, and a repository cannot be made without it: install git.")
    someone = {"NAME": "Hands-On Hour", "EMAIL": "course@example.org"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in someone.items()}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    result = subprocess.run(["git", *arguments], cwd=repository, env=environment, input=stdin, capture_output=True)
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip()
        raise Problem(f"git {arguments[0]} failed in {repository}: {said}")
    return result.stdout


def _commit(repository: Path) -> str:
    _git(repository, "init", "--quiet", "--template=", "--initial-branch=main")
    _git(repository, "add", "--all", "--force")
    _git(repository, "commit", "--quiet", "--message=Hands-On Hour, for learners")
    return _git(repository, "rev-parse", "HEAD").decode().strip()


def objects(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Every object of a git repository, reachable or not: (kind and hash, content)."""
    listed = _git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    stream = _git(repository, "cat-file", "--batch", stdin=listed)
    position = 0
    while position < len(stream):
        end = stream.index(b"\n", position)
        name, kind, size = stream[position:end].decode().split()
        position = end + 1 + int(size) + 1
        yield f"{kind} {name[:10]}", stream[end + 1 : position - 1]


def secrets(solutions: Path) -> list[Secret]:
    """What the sources keep from learners: solution regions, other right and wrong answers, mark schemes."""
    found = []
    for source in sorted(solutions.glob("*/lesson.py")):
        text = source.read_text(encoding="utf-8")
        for region in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, flags=re.DOTALL):
            found.append(_secret(f"a solution of {source.parent.name}", region, _SHORTEST_CODE))
    for source in sorted(solutions.glob("*/lesson.toml")):
        lesson, week = tomllib.loads(source.read_text(encoding="utf-8")), source.parent.name
        for name, exercise in lesson.get("exercise", {}).items():
            codes = [*exercise.get("alt", ()), *(wrong.get("code", "") for wrong in exercise.get("wrong", ()))]
            found += [
                _secret(f"code of {week}, {name}", code, _SHORTEST_CODE) for code in codes if isinstance(code, str)
            ]
        for name, memo in lesson.get("memo", {}).items():
            texts = [anchor for criterion in memo.get("criteria", ()) for anchor in criterion.get("anchors", ())]
            texts += [example.get("text", "") for example in memo.get("examples", ())]
            pieces = [piece for text in texts for piece in re.split(r"\{\{.*?\}\}", text)]
            found += [_secret(f"the mark scheme of {week}, {name}", piece, _SHORTEST_PROSE) for piece in pieces]
    return [secret for secret in found if secret is not None]


def _secret(where: str, text: str, shortest: int) -> Secret | None:
    text = _plain(text)
    return Secret(where, text) if len(text) >= shortest else None


def leaks(repository: Path, kept: list[Secret]) -> list[str]:
    """Where an object of the repository holds a solution marker or one of the texts `kept`, sealed keys looked into."""
    found = []
    for name, content in objects(repository):
        text = _plain(_readable(content))
        found += [f"a marker ({marker}) in {name}" for marker in _MARKERS if marker in text]
        found += [f"{secret.where} in {name}" for secret in kept if secret.text in text]
    return found


def _readable(content: bytes) -> str:
    """The text of a file; of a notebook or a key all its strings, the lines of a cell joined, what is sealed opened."""
    text = content.decode("utf-8", errors="replace")
    try:
        return text + "\n" + "\n".join(_strings(json.loads(text)))
    except ValueError:
        return text


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(unseal(item) if name == "sealed" and isinstance(item, str) else item)


def _plain(text: str) -> str:
    return " ".join(text.split())
