"""The learner's side on a system without POSIX: every module, and the way from start to kept work and back."""

import os
import subprocess
import sys
from pathlib import Path

WITHOUT_POSIX = """
import importlib, os, pkgutil, signal, socket, sys
from pathlib import Path

HIDDEN = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty", "syslog", "readline"}
import subprocess, tempfile, shutil  # these know their own way on each system, and were asked for it by now

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in HIDDEN:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Hidden())
for name in ("fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "setuid", "setsid", "getpgid", "killpg",
             "uname", "fchmod", "fchown", "chown", "mkfifo", "getloadavg", "wait", "WIFEXITED", "nice"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "alarm", "setitimer", "pthread_kill"):
    if hasattr(signal, name):
        delattr(signal, name)
if hasattr(socket, "AF_UNIX"):
    del socket.AF_UNIX

import grader.learner
names = [module.name for module in pkgutil.walk_packages(grader.learner.__path__, "grader.learner.")]
for name in names:
    importlib.import_module(name)

from grader.learner import doctor, start
from grader.learner.journal import Journal
from grader.learner.keep import keep
from grader.learner.take_up import take_up

first, second = Path("Zoë's work"), Path("andere Größe")
lessons = start.find_lessons()
start.copy_lessons(lessons, first)
Journal(first / "w01_three_answers").append({"kind": "try"})
take_up(keep(first).path, second, windows=True)
start.copy_lessons(lessons, second)
assert (second / "w01_three_answers" / "journal.jsonl").is_file()
start.lab_environment(second, "token", os.environ)
assert [finding.name for finding in (doctor.python(), doctor.packages(), doctor.rights(second), doctor.place(second),
        doctor.ports(), doctor.proxy(), doctor.browser())]
print(len(names))
"""


def test_every_module_and_the_way_of_the_files_needs_no_posix(root: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root), "HANDSON_MODE": "", "HANDSON_LESSONS": str(root / "lessons")}
    done = subprocess.run(
        # Text in the machine's own encoding is an error, too: Windows would take cp1252 for it.
        [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-c", WITHOUT_POSIX],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    modules = [path for path in (root / "grader" / "learner").rglob("*.py") if path.name != "__init__.py"]
    assert int(done.stdout) >= len(modules)
