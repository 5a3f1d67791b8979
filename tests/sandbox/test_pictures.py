"""Charts that a lesson draws for everybody are drawn once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.parent import FINGERPRINT, PICTURE
from grader.sandbox.run import Cell, Job, Pool

CHART = """import matplotlib.pyplot as plt
plt.bar(["North", "Coast"], [{north}, 2])
plt.title("finding")
plt.show()"""
KNOWN = "a picture that was drawn before"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def _draw(pool: Pool, folder: Path, *sources: str, pictures: dict[str, str] | None) -> tuple[str, str]:
    """The picture that the last cell shows, and its fingerprint if it was drawn and that was asked for."""
    cells = [Cell(str(number), source) for number, source in enumerate(sources)]
    (output,) = pool.run(Job(cells, folder, pictures=pictures)).cells[-1].outputs
    return output["data"][PICTURE], output["metadata"].get(PICTURE, {}).get(FINGERPRINT, "")


def test_a_chart_that_is_known_by_its_fingerprint_is_not_drawn_again(pool: Pool, tmp_path: Path) -> None:
    drawn, mark = _draw(pool, tmp_path, CHART.format(north=1), pictures={})
    assert drawn == _draw(pool, tmp_path, CHART.format(north=1), pictures=None)[0]
    again = _draw(pool, tmp_path, "import json\nother = [1, 2]", CHART.format(north=1), pictures={mark: KNOWN})
    assert again == (KNOWN, "")


@pytest.mark.parametrize(
    "changed",
    [
        [CHART.format(north=3)],
        [CHART.format(north=1).replace("finding", "other")],
        ["import matplotlib\nmatplotlib.rcParams['savefig.facecolor'] = 'red'", CHART.format(north=1)],
        ["import matplotlib\nmatplotlib.rcParams['path.simplify'] = False", CHART.format(north=1)],
        [CHART.format(north=1).replace("plt.show()", "plt.gcf().set_dpi(50)\nplt.show()")],
    ],
    ids=["a number", "a title", "a colour of the page", "a setting", "a resolution"],
)
def test_a_chart_that_differs_in_anything_is_drawn(pool: Pool, tmp_path: Path, changed: list[str]) -> None:
    _, mark = _draw(pool, tmp_path, CHART.format(north=1), pictures={})
    picture, other = _draw(pool, tmp_path, *changed, pictures={mark: KNOWN})
    assert picture != KNOWN
    assert other not in (mark, "")


def test_a_chart_that_cannot_be_put_into_a_fingerprint_is_drawn(pool: Pool, tmp_path: Path) -> None:
    odd = CHART.format(north=1).replace("plt.show()", "plt.gcf().held = lambda: 1\nplt.show()")
    picture, mark = _draw(pool, tmp_path, odd, pictures={})
    assert picture.startswith("iVBOR")
    assert mark == ""


def test_a_learner_who_meddles_with_fingerprints_changes_their_own_picture_alone(pool: Pool, tmp_path: Path) -> None:
    _, mark = _draw(pool, tmp_path, CHART.format(north=1), pictures={})
    lie = f"import grader.sandbox.pictures as pictures\npictures.fingerprint = lambda figure: {mark!r}"
    assert _draw(pool, tmp_path, lie, CHART.format(north=9), pictures={mark: KNOWN})[0] == KNOWN
    assert _draw(pool, tmp_path, CHART.format(north=9), pictures={mark: KNOWN})[0] != KNOWN
