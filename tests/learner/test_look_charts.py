"""The matplotlib style of the course: it is read without a murmur and stays readable in grey."""

import logging
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import colors
from matplotlib.figure import Figure

STYLE = Path(__file__).resolve().parents[2] / "grader" / "learner" / "look" / "matplotlibrc"


def grey(color: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colors.to_rgb(f"#{color.lstrip('#')}")
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((grey(one), grey(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_chart_in_this_style_draws_without_a_warning(caplog: pytest.LogCaptureFixture, tmp_path: Path):
    with caplog.at_level(logging.WARNING), mpl.rc_context(fname=STYLE):
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2, 3], [4_102, 4_902, 5_011])
        axes.set_title("Three people, three answers")
        figure.savefig(tmp_path / "chart.png")
        assert figure.get_size_inches().tolist() == [7.0, 3.6]
        assert not axes.spines["top"].get_visible()
        assert axes.get_title(loc="left") == "Three people, three answers"
    assert caplog.records == []


def test_neighbours_in_the_colour_cycle_differ_in_grey():
    with mpl.rc_context(fname=STYLE):
        cycle = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
    assert len(set(cycle)) == 8
    assert min(contrast(one, other) for one, other in pairwise(cycle[:5])) > 1.3


@pytest.mark.parametrize("name", ["text.color", "axes.titlecolor", "axes.labelcolor", "xtick.labelcolor"])
def test_ink_on_paper_is_readable(name: str):
    with mpl.rc_context(fname=STYLE):
        assert contrast(mpl.rcParams[name], mpl.rcParams["axes.facecolor"]) >= 4.5
