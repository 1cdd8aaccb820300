"""Where each subject lies: its image, its corner on it, and its size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse.classifications import Classifications, Size
from crystalviz.consensus.zooniverse.layout import Layout, number_of, value_of

# Sizes are rounded to whole pixels when tiles are cut and enlarged.
_SAME_SHAPE = 0.02


@dataclass(slots=True)
class Tile:
    """A subject on its image, in pixels of the image.

    Attributes
    ----------
    image : str
    x, y : float
        Its upper left corner.
    sizes : list of (width, height)
        Of each of its pictures; NaN where not told.
    scale : float
        Pixels of the image in one of the picture that volunteers saw.
    """

    image: str
    x: float
    y: float
    sizes: list[Size]
    scale: float = 1.0

    def size(self, frame: int) -> Size:
        """Return width and height of one of its pictures: the first one's where it has no own."""
        return self.sizes[frame if frame < len(self.sizes) else 0]


def place_tiles(rows: Classifications, layout: Layout) -> dict[str, Tile]:
    """Return each subject's tile; subjects without a place are added to the problems."""
    tiles: dict[str, Tile] = {}
    first_row: dict[str, int] = {}
    for number, subject in zip(rows.number, rows.subjects, strict=True):
        if subject in first_row:
            continue
        first_row[subject] = number
        told = rows.subject_data[subject]
        x, y = (number_of(told, name) if name else 0.0 for name in (layout.x, layout.y))
        image = value_of(told, layout.image) if layout.image else None
        if not (math.isfinite(x) and math.isfinite(y)):
            reason = f"subject {subject} has no corner in {layout.x!r}, {layout.y!r}"
        elif image in (None, "") and layout.image and layout.x:
            reason = f"subject {subject} has no image in {layout.image!r}"
        else:
            name = subject if image in (None, "") else str(image)
            tiles[subject] = Tile(name, x, y, *_shown(rows.sizes.get(subject, []), told, layout))
            continue
        rows.problems.append(Problem("marks", number, reason))
    return tiles


def _shown(
    natural: list[Size | None], told: Mapping[str, Any], layout: Layout
) -> tuple[list[Size], float]:
    """Return the size of each picture on the image, and the scale at which it was shown."""
    if layout.width and layout.height:
        width, height = number_of(told, layout.width), number_of(told, layout.height)
    else:
        width = height = math.nan
    known = next((size for size in natural if size), None)
    if known is None:
        return [(width, height)], 1.0
    scale = 1.0
    if layout.sure_size:
        across, down = width / known[0], height / known[1]
        # Else these columns tell of something else than of what was shown.
        if across > 0 and abs(down / across - 1) < _SAME_SHAPE:
            scale = across
    sizes = [size or known for size in natural]
    return [(scale * width, scale * height) for width, height in sizes], scale
