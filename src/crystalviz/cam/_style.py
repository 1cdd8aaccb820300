"""How an overlay looks: its colours, what they stand for, and the blends of them looked up."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

    ColormapLike: TypeAlias = str | Colormap

Scale: TypeAlias = tuple[float, float]
Rgb: TypeAlias = tuple[int, int, int]

COLORS: dict[str, Rgb] = {
    "pink": (0xFF, 0x4F, 0xD8),
    "purple": (0x9B, 0x4D, 0xFF),
}
"""Named overlay colours, RGB."""

# Contour lines of a colormap lie at these fractions of its scale.
CONTOUR_FRACTIONS = np.arange(1, 6) / 6

# One RGB pixel as one value: gathered and scattered whole, several times as fast as by channel.
RGB = np.dtype("V3")


@dataclass(frozen=True)
class Style:
    """A checked set of arguments of `overlay_cam`.

    Attributes
    ----------
    tones : (RGB, RGB) or None
        Of the weaker and the stronger pixels; None with a colormap.
    blends : (256 k,) V3
        Colour i laid over gray g, at 256 i + g: of the k = 2 tones, of the 256 colours of a
        colormap, or of its contour lines.
    """

    tones: tuple[Rgb, Rgb] | None
    blends: np.ndarray
    top: float | None
    scale: Scale | None
    contour: int
    note: str | None


def make_style(
    top: float | None,
    opacity: float,
    colors: tuple[str, str],
    colormap: ColormapLike | None,
    scale: Scale | None,
    contour: int,
    note: str | None,
) -> Style:
    """Check the arguments of an overlay and prepare what every picture of a set shares.

    Raises
    ------
    ValueError
        Names the argument and what it may be.
    """
    for name, value in (("top", top), ("opacity", opacity)):
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"{name} must be between 0 and 1, not {value}")
    if scale is not None:
        scale = _checked_scale(scale)
    if not isinstance(contour, int) or contour < 0:
        raise ValueError(f"contour is the width of the lines in whole pixels, not {contour!r}")
    strong, weak = (rgb_of(color) for color in colors)
    if colormap is None:
        palette = np.array([weak, strong], np.uint8)
    else:
        palette = colormap_colors(colormap, np.linspace(0, 1, 256))
        if contour:
            palette = palette[np.rint(255 * CONTOUR_FRACTIONS).astype(np.intp)]
    blends = _blends(opacity, palette.tobytes())
    return Style(
        (weak, strong) if colormap is None else None, blends, top, scale, int(contour), note
    )


def colormap_colors(colormap: ColormapLike, fractions: np.ndarray) -> np.ndarray:
    """Return the colours (k, 3) uint8 of a matplotlib colormap at fractions (k,) of its range."""
    import matplotlib

    if isinstance(colormap, str):
        if colormap not in matplotlib.colormaps:
            near = difflib.get_close_matches(colormap, list(matplotlib.colormaps), n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "use one of matplotlib's names"
            raise ValueError(f"no colormap {colormap!r}; {hint}")
        colormap = matplotlib.colormaps[colormap]
    return np.asarray(colormap(fractions, bytes=True))[:, :3].copy()


def rgb_of(color: str) -> Rgb:
    """Return the RGB of a name in `COLORS` or of "#rrggbb"."""
    if color in COLORS:
        return COLORS[color]
    if len(color) == 7 and color[0] == "#":
        try:
            return (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
        except ValueError:
            pass
    raise ValueError(f"no colour {color!r}; use {', '.join(COLORS)} or '#rrggbb'")


def _checked_scale(scale: Scale) -> Scale:
    try:
        low, high = (float(bound) for bound in scale)
    except (TypeError, ValueError):
        raise ValueError(f"scale is a pair (low, high) of map values, not {scale!r}") from None
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"scale needs two finite values with low < high, not ({low}, {high})")
    return low, high


@functools.lru_cache(maxsize=16)
def _blends(opacity: float, palette: bytes) -> np.ndarray:
    """All blends of 256 grays with the colours, looked up instead of computed at each pixel."""
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 1, 3).astype(np.float64)
    ramp = np.arange(256, dtype=np.float64)[:, None]
    table = np.rint(ramp * (1 - opacity) + opacity * colors).astype(np.uint8)
    table.setflags(write=False)
    return table.reshape(-1).view(RGB)
