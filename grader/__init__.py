"""What a lesson imports: `from grader import check, hand_in, predict, recall`."""

from pathlib import Path

from grader.learner import key as _key
from grader.learner.check import check
from grader.learner.errors import install as _install_error_cards
from grader.learner.hand_in import hand_in
from grader.learner.predict import predict, recall
from grader.learner.progress_card import progress
from grader.learner.session import ipython as _ipython
from grader.learner.session import settle as _settle
from grader.learner.session import watch as _watch

__all__ = ["begin", "check", "hand_in", "predict", "progress", "recall"]

FIRST_WEEK_OF_TRACEBACKS = 14


def begin(folder: Path) -> None:
    """Start work on the lesson in `folder`: a kernel does so on import, the sandbox for each run."""
    _key.begin(folder)
    if _ipython() is None:
        return
    _settle()
    _watch()
    _install_error_cards(unfolded=_key.week_of(folder) >= FIRST_WEEK_OF_TRACEBACKS)


begin(Path.cwd())
