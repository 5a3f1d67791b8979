"""What a lesson imports: `from grader import check, hand_in, predict, recall`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a copy of the folder can be opened with any Python
    raise ImportError(
        f"The course needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}: install one "
        "from python.org, then install the course again with it."
    )

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.learner import key as _key
from grader.learner.check import check
from grader.learner.errors import install as _install_error_cards
from grader.learner.hand_in import hand_in
from grader.learner.predict import predict, recall
from grader.learner.progress_card import progress
from grader.learner.session import ipython as _ipython
from grader.learner.session import settle as _settle
from grader.learner.session import watch as _watch

if TYPE_CHECKING:
    from grader.learner.keep import keep_my_work
    from grader.learner.self_assessment import self_assessment
    from grader.learner.take_up import bring_back

__all__ = [
    "begin",
    "bring_back",
    "check",
    "hand_in",
    "keep_my_work",
    "predict",
    "progress",
    "recall",
    "self_assessment",
]

FIRST_WEEK_OF_TRACEBACKS = 14


def begin(folder: Path) -> None:
    """Start work on the lesson in `folder`: a kernel does so on import, the sandbox for each run."""
    _key.begin(folder)
    if _ipython() is None:
        return
    _settle()
    _watch()
    _install_error_cards(unfolded=_key.week_of(folder) >= FIRST_WEEK_OF_TRACEBACKS)


def __getattr__(name: str) -> Any:
    """Fetches what a kernel seldom needs when it is asked for: each start of a kernel stays quick."""
    if name == "keep_my_work":
        from grader.learner.keep import keep_my_work

        return keep_my_work
    if name == "self_assessment":
        from grader.learner.self_assessment import self_assessment

        return self_assessment
    if name == "bring_back":
        from grader.learner.take_up import bring_back

        return bring_back
    raise AttributeError(f"module 'grader' has no attribute {name!r}")


def load_ipython_extension(_shell: Any) -> None:
    """What `handson start` and Binder have every kernel load: importing `grader` is all that there is to do.

    So errors are cards before a lesson's first box has run, and a check in a fresh kernel says to run that box.
    """


begin(Path.cwd())
