"""A matplotlib backend for runs whose charts nobody looks at: figures are made, and never turned into pictures."""

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

__all__ = ["FigureCanvas", "show"]


def show(*_: object, **__: object) -> None:
    """What `plt.show()` does here: the figures are done with."""
    plt.close("all")
