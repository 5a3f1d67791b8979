"""What every test may use, and which tests a machine can run."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.run import Pool

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path(os.environ.get("HANDSON_CHROMIUM", "/usr/bin/chromium"))

# These share something slow: a company, a server. Each room runs on one worker, which makes it once.
TOGETHER = {"datasets", "browser"}
# Here each file shares something of its own.
TOGETHER_BY_FILE = {"coach"}

_left_out: dict[str, int] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects what this machine cannot run. Under CI=true nothing is: there, a missing tool is a failure."""
    for item in items:
        room = item.path.relative_to(ROOT / "tests").parts[0]
        if item.get_closest_marker("xdist_group") is not None:
            continue
        if room in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(room))
        elif room in TOGETHER_BY_FILE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    if os.environ.get("CI") == "true":
        return
    reasons = {}
    if not sys.platform.startswith("linux"):
        reasons = {"linux": "needs Linux", "browser": "needs Linux and Chromium"}
    elif not CHROMIUM.exists():
        reasons = {"browser": f"needs {CHROMIUM}"}
    kept, dropped = [], []
    for item in items:
        reason = next((why for marker, why in reasons.items() if item.get_closest_marker(marker)), None)
        if reason is None:
            kept.append(item)
        else:
            dropped.append(item)
            _left_out[reason] = _left_out.get(reason, 0) + 1
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
        output = getattr(config, "workeroutput", None)
        if output is not None:
            output["handson_left_out"] = _left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """With xdist the workers do the deselecting; each of them says the same."""
    _left_out.update(getattr(node, "workeroutput", {}).get("handson_left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason, count in sorted(_left_out.items()):
        terminalreporter.write_line(f"NOT RUN HERE: {count} tests ({reason}); under CI=true they run.", yellow=True)


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """A warm process that runs notebooks, one for each worker."""
    with Pool(1) as pool:
        yield pool


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT
