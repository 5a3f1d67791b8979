"""`handson start` in a process of its own, as a learner runs it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Course:
    """A running `handson start`: the address of its start page, and the learner's folder."""

    url: str
    folder: Path

    def page(self, path: str) -> str:
        """The address of a file of the learner's folder, opened alone."""
        base, token = re.fullmatch(r"(.*?/doc/tree/).*(\?token=.*)", self.url).groups()  # type: ignore[union-attr]
        return f"{base}{path}{token}"


def free_port() -> int:
    """A port that nobody uses now: tests in other processes start servers at the same moment, near the usual one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_course(folder: Path, root: Path, **environment: str) -> Iterator[Course]:
    """Starts `handson start FOLDER` and yields it once it has said where it is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "grader.cli", "start", str(folder), "--no-browser", "--port", str(free_port())],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                yield Course(found.group(), folder)
                break
        else:
            pytest.fail("handson start ended early: " + "".join(said))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def kernel_is_ready(page: Page) -> None:
    """Waits for the kernel of the notebook in view: JupyterLab may drop a run that is asked for before."""
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=30_000)
