"""What the colours of an overlay stand for, in words: as a picture, and as the figures say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from crystalviz.cam._style import Rgb, Style, colormap_colors, make_style
from crystalviz.cam._words import font_of

if TYPE_CHECKING:
    from crystalviz.cam._style import ColormapLike

_INK = {False: ((255, 255, 255), (31, 35, 40)), True: ((22, 27, 34), (230, 237, 243))}


def overlay_legend(
    top: float | None = 0.16,
    colors: tuple[str, str] = ("pink", "purple"),
    *,
    colormap: ColormapLike | None = None,
    scale: tuple[float, float] | None = None,
    title: str = "Evidence for the class",
    size: int = 14,
    dark: bool = False,
) -> np.ndarray:
    """Draw the legend of overlays made with the same arguments.

    Parameters
    ----------
    top, colors, colormap, scale
        As given to `overlay_cam`.
    title : str
        The first line.
    size : int
        Of the letters, in pixels.
    dark : bool
        Light on dark instead of dark on light.

    Returns
    -------
    (H, W, 3) uint8
        As large as its words need.

    Raises
    ------
    ValueError
        As `overlay_cam`.
    """
    style = make_style(top, 1.0, colors, colormap, scale, 0, None)
    font, gap = font_of(size), round(0.6 * size)
    lines = legend_entries(style)
    ends = legend_ends(style)
    paper, ink = _INK[dark]
    bar = 16 * size
    widths = [font.getlength(title)]
    if colormap is None:
        widths += [size + gap + font.getlength(words) for _, words in lines]
    else:
        widths += [max(bar, sum(font.getlength(words) for words in ends) + 2 * gap)]
        widths += [font.getlength(words) for _, words in lines]
    step = round(1.6 * size)
    rows = 1 + len(lines) + (0 if colormap is None else 2)
    page = Image.new("RGB", (round(max(widths)) + 2 * gap, rows * step + gap), paper)
    draw = ImageDraw.Draw(page)
    draw.text((gap, gap), title, ink, font)
    y = gap + step
    if colormap is not None:
        right = page.width - gap
        strip = colormap_colors(colormap, np.linspace(0, 1, right - gap))
        page.paste(Image.fromarray(np.repeat(strip[None], size, axis=0)), (gap, y))
        y += step
        draw.text((gap, y), ends[0], ink, font)
        draw.text((right, y), ends[1], ink, font, anchor="ra")
        y += step
    for color, words in lines:
        x = gap
        if color is not None:
            draw.rectangle((x, y, x + size, y + size), color)
            x += size + gap
        draw.text((x, y), words, ink, font)
        y += step
    return np.asarray(page)


def legend_entries(style: Style) -> list[tuple[Rgb | None, str]]:
    """Return (colour, words) of each line; a line without a colour is about all of them."""
    if style.tones is not None:
        weak, strong = style.tones
        return [(strong, _strong_words(style)), (weak, _weak_words(style))]
    if style.top is None:
        return []
    return [(None, f"coloured: the strongest {_percent(style.top)} of each picture")]


def legend_ends(style: Style) -> tuple[str, str]:
    """Return what stands at the weak and the strong end of a colour bar."""
    if style.scale is None:
        return "none", "peak of each picture"
    return _number(style.scale[0]), _number(style.scale[1])


def _strong_words(style: Style) -> str:
    if style.scale is not None:
        return f"{_number(sum(style.scale) / 2)} and above"
    if style.top is None:
        return "at least half of each picture's peak"
    return f"the strongest {_percent(style.top / 2)} of each picture"


def _weak_words(style: Style) -> str:
    if style.scale is None:
        return "less" if style.top is None else f"the next {_percent(style.top / 2)}"
    below = f"below {_number(sum(style.scale) / 2)}"
    if style.top is None:
        return f"{below}, above {_number(style.scale[0])}"
    return f"{below}, in the strongest {_percent(style.top)} of each picture"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _number(value: float) -> str:
    return f"{value:.3g}"
