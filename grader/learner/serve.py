"""JupyterLab as `handson start` runs it: in the learner's folder, which it never makes a second time.

Renamed while the course is open, the folder would else come back under its old name, with nothing but settings in it.
"""

import errno
import os
import runpy
import sys
from pathlib import Path


def never_made_again(folder: Path) -> None:
    """From now on this process cannot make `folder`: what tries to, as when it saves its layout, gets an OSError."""
    kept = os.fspath(folder)

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.mkdir" and isinstance(arguments[0], str | os.PathLike) and os.fspath(arguments[0]) == kept:
            raise FileNotFoundError(errno.ENOENT, "It was renamed or moved", kept)

    sys.addaudithook(refuse)


if __name__ == "__main__":
    never_made_again(Path.cwd())
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)
