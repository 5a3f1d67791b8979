"""What being late costs, by the plugin that a cohort's nbgrader_config.py names."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.learner.problem import Problem

CONFIG = "nbgrader_config.py"


class LatePenalties:
    """nbgrader's AssignLatePenalties with its plugin, without a converter and a gradebook around it.

    Raises Problem for a configuration that names no plugin.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.path = folder / CONFIG
        sys.path.insert(0, str(folder.resolve()))  # a plugin may lie beside the configuration
        try:
            self._assign = AssignLatePenalties(config=config)
            self._assign.init_plugin()
        except Exception as error:
            raise _broken(self.path, error) from error
        finally:
            sys.path.remove(str(folder.resolve()))

    def of(
        self, email: str, score: float, due: datetime | None, extension: timedelta | None, handed_in: datetime | None
    ) -> float | None:
        """Points that a notebook loses, at most its score; None if it is not late or the plugin says nothing.

        Times are UTC without a zone. Raises Problem when the plugin fails.
        """
        if due is None or handed_in is None:
            return None
        late = SubmittedAssignment(
            assignment=Assignment("", duedate=due), extension=extension, timestamp=handed_in
        ).total_seconds_late
        if not late > 0:
            return None
        try:
            penalty = self._assign.plugin_inst.late_submission_penalty(email, score, late)
            return None if penalty is None else self._assign._check_late_penalty(SimpleNamespace(score=score), penalty)
        except Exception as error:
            raise Problem(
                f"The plugin for late submissions that {self.path} names failed on {email} "
                f"({type(error).__name__}: {error}): mend it and run again."
            ) from error


def read_config(folder: Path) -> Config:
    """The folder's nbgrader_config.py. Raises Problem if it is missing or does not work."""
    path = folder / CONFIG
    if not path.is_file():
        raise Problem(f"{path} is missing, so this is no cohort's folder: copy the course's own there.")
    sys.path.insert(0, str(folder.resolve()))
    try:
        return PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
    except Exception as error:
        raise _broken(path, error) from error
    finally:
        sys.path.remove(str(folder.resolve()))


def _broken(path: Path, error: Exception) -> Problem:
    return Problem(f"{path} does not work ({type(error).__name__}: {error}): mend it and run again.")
