from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import COLORS
from crystalviz.cam._style import make_style
from crystalviz.cam.legend import legend_ends, legend_entries, overlay_legend


def words_of(**arguments) -> list[str]:
    given = {"top": 0.16, "colormap": None, "scale": None, **arguments}
    style = make_style(
        given["top"], 1.0, ("pink", "purple"), given["colormap"], given["scale"], 0, None
    )
    return [words for _, words in legend_entries(style)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["the strongest 8 % of each picture", "the next 8 %"]),
        ({"top": 0.05}, ["the strongest 2.5 % of each picture", "the next 2.5 %"]),
        ({"top": None, "scale": (0.2, 0.6)}, ["0.4 and above", "below 0.4, above 0.2"]),
        ({"scale": (0, 2)}, ["1 and above", "below 1, in the strongest 16 % of each picture"]),
        ({"top": None}, ["at least half of each picture's peak", "less"]),
        ({"colormap": "magma"}, ["coloured: the strongest 16 % of each picture"]),
        ({"colormap": "magma", "top": None}, []),
    ],
)
def test_words(arguments, expected) -> None:
    assert words_of(**arguments) == expected


def test_ends_of_a_colour_bar() -> None:
    own = make_style(0.16, 1.0, ("pink", "purple"), "magma", None, 0, None)
    shared = make_style(0.16, 1.0, ("pink", "purple"), "magma", (0, 3.25), 0, None)
    assert legend_ends(own) == ("none", "peak of each picture")
    assert legend_ends(shared) == ("0", "3.25")


def test_picture_holds_the_colours() -> None:
    legend = overlay_legend()
    for color in COLORS.values():
        assert (legend == color).all(axis=2).sum() >= 14 * 14
    assert legend[0, 0].tolist() == [255, 255, 255]
    dark = overlay_legend(dark=True)
    assert dark[0, 0].max() < 40
    assert dark.shape == legend.shape
    bar = overlay_legend(colormap="viridis", top=None, scale=(0, 1))
    import matplotlib

    ends = matplotlib.colormaps["viridis"]([0.0, 1.0], bytes=True)[:, :3]
    columns = [np.flatnonzero((bar == end).all(axis=2).any(axis=0)) for end in ends]
    assert columns[0].max() < columns[1].min()
    assert overlay_legend(size=28).shape[0] > 1.5 * legend.shape[0]
