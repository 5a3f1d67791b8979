"""The outer wall: how the warm parent is started inside bubblewrap, and why it cannot be where it cannot."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from grader.learner.problem import Problem
from grader.sandbox.jail import DATA, HOST_NAME, SCRATCH

COURSE = Path("/course")
"""Where the rooms that a run needs are bound; nothing else of the course is there."""
SYSTEM = tuple(Path(place) for place in ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin"))
FONTS = Path("/etc/fonts")
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "USER": "learner",
    "LOGNAME": "learner",
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(COURSE),
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLCONFIGDIR": "/tmp/matplotlib",
}
PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "TZ")
"""What a machine may need for right results, and nothing that tells who grades where."""
_PACKAGE = Path(__file__).resolve().parents[1]
_MISSING = (
    "Grading runs strangers' code, and bubblewrap, which shuts it in, {what}. On Debian: `apt-get install bubblewrap`. "
    "Where it cannot be had, `--isolation none` grades without it: only for submissions that you would run yourself."
)


@cache
def check_available() -> None:
    """Raise Problem with the mend where bubblewrap cannot shut a run in here."""
    if sys.platform != "linux":
        raise Problem(_MISSING.format(what="needs Linux"))
    if shutil.which("bwrap") is None:
        raise Problem(_MISSING.format(what="is not installed"))
    tried = subprocess.run(command(["true"], None, {}), capture_output=True, text=True, check=False)
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise Problem(_MISSING.format(what=f"does not work on this machine ({said})"))


def command(inside: Sequence[str], data: Path | None, environment: Mapping[str, str]) -> list[str]:
    """The command line that runs `inside` with no network, no home and only what a run needs to read.

    `data` is bound at /data; `environment` comes on top of a clean one. As root no user space is made, or all inside
    would be the host's root: the parent keeps the three capabilities that it needs to mount a /proc and to become
    nobody, and does so before it imports anything.
    """
    if os.getuid() == 0:
        spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
        spaces += ["--cap-drop", "ALL"]
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"):
            spaces += ["--cap-add", capability]
    else:
        spaces = ["--unshare-all", "--cap-drop", "ALL"]
    return [
        "bwrap",
        *spaces,
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", HOST_NAME),
        *_environment(environment),
        *_system(),
        *_interpreter(),
        *_course(),
        *("--proc", "/proc", "--dev", "/dev"),
        *(word for place in ("/tmp", "/dev/shm", str(SCRATCH)) for word in ("--perms", "1777", "--tmpfs", place)),
        *(("--ro-bind", str(data), str(DATA)) if data else ("--perms", "0755", "--dir", str(DATA))),
        *("--chdir", "/tmp", "--"),
        *inside,
    ]


def _environment(more: Mapping[str, str]) -> list[str]:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return [word for pair in {**ENVIRONMENT, **passed, **more}.items() for word in ("--setenv", *pair)]


def _system() -> list[str]:
    """The system's programs and libraries. Links such as /lib stay links. Of /etc there are the fonts, and no users."""
    words = [*_parents([FONTS]), "--ro-bind-try", str(FONTS), str(FONTS)]
    for place in SYSTEM:
        if place.is_symlink():
            words += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            words += ["--ro-bind", str(place), str(place)]
    return words


def _interpreter() -> list[str]:
    """This Python and its packages, less what a wheel of the course brings: lessons with their keys."""
    executable = Path(sys.executable)
    places = {Path(sys.prefix), Path(sys.base_prefix), executable.resolve().parent.parent}
    places = {place for place in places if not place.is_relative_to("/usr")}
    words = _parents(places)
    for place in sorted(places):
        words += ["--ro-bind", str(place), str(place)]
    if any(_PACKAGE.is_relative_to(place) for place in (*places, Path("/usr"))):
        words += ["--tmpfs", str(_PACKAGE)]
    return words


def _course() -> list[str]:
    rooms = ("__init__.py", "labs", "learner", "sandbox")
    words = _parents({COURSE / "grader" / rooms[0]})
    for name in rooms:
        words += ["--ro-bind", str(_PACKAGE / name), str(COURSE / "grader" / name)]
    return words


def _parents(places: Iterable[Path]) -> list[str]:
    """The folders above. bubblewrap would make them for its owner alone, and the warm parent is nobody by then."""
    parents = {parent for place in places for parent in place.parents} - {Path("/")}
    return [word for parent in sorted(parents) for word in ("--perms", "0755", "--dir", str(parent))]
