"""Lay a map over its picture: by default exactly the strongest share of pixels, in two tones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from crystalviz.cam._ranking import strongest
from crystalviz.cam._resize import resize_map
from crystalviz.cam._style import COLORS, CONTOUR_FRACTIONS, RGB, Style, make_style
from crystalviz.cam._words import write_note
from crystalviz.cam.scale import shared_scale
from crystalviz.images import Images, as_image_set, load_pixels
from crystalviz.images.ahead import map_ahead

if TYPE_CHECKING:
    from crystalviz.cam._style import ColormapLike

__all__ = ["COLORS", "overlay_cam", "overlay_cams"]


def overlay_cam(
    image: str | os.PathLike[str] | NDArray[Any],
    cam: NDArray[Any],
    top: float | None = 0.16,
    opacity: float = 0.5,
    colors: tuple[str, str] = ("pink", "purple"),
    *,
    colormap: ColormapLike | None = None,
    scale: tuple[float, float] | None = None,
    contour: int = 0,
    note: str | None = None,
) -> np.ndarray:
    """Colour a picture where its map is strongest.

    `top` decides which pixels are coloured, `scale` what their colours stand for. The default is
    the share 0.16 in two tones: the area is the same in every picture and says nothing about
    amounts. To compare amounts between pictures, give maps on one scale
    (``compute_cam(..., normalize="set")``), `scale` (see `shared_scale`) and ``top=None``.

    Parameters
    ----------
    image : path or (H, W) or (H, W, 3) array
    cam : (h, w) array
        Brought to (H, W) bilinearly. Pixel centres correspond, edges are extended. Negative
        values count as zero.
    top : float or None
        Share of the pixels that are coloured, 0 to 1: exactly round(top H W) of them. None: no
        ranking; two tones colour what lies above the low end of the scale, a colormap colours
        every pixel.
    opacity : float
        Of the colour, 0 to 1.
    colors : (str, str)
        Of the stronger and the weaker tone; names in `COLORS` or "#rrggbb". Not used with a
        colormap.
    colormap : str or matplotlib Colormap, optional
        Colours by value instead of two tones.
    scale : (low, high), optional
        Map values at the ends of the colormap, values outside take the colour of the end. With
        two tones, the stronger begins at (low + high) / 2. By default each map has its own:
        (0, its peak) for a colormap or ``top=None``, and the stronger half of the coloured pixels
        for two tones.
    contour : int
        Width in pixels of outlines that are drawn instead of filled areas; 0 fills. Two tones:
        around the coloured area and around its stronger part. A colormap: at 5 even steps of the
        scale.
    note : str, optional
        Words written into the picture where the map holds no evidence (`no_evidence`), so that
        it is not taken for a picture without a map.

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    ValueError
        If the map is not a finite 2-D array, or an argument is out of its range or unknown.

    Notes
    -----
    Equal values are taken from the top left in reading order. Where fewer pixels than
    asked for hold evidence, those nearest to evidence complete the share. A map
    that is zero everywhere holds no evidence and colours nothing.
    """
    style = make_style(top, opacity, colors, colormap, scale, contour, note)
    return _compose(load_pixels(image), cam, style)


def overlay_cams(
    images: Images,
    cams: NDArray[Any],
    top: float | None = 0.16,
    opacity: float = 0.5,
    colors: tuple[str, str] = ("pink", "purple"),
    *,
    colormap: ColormapLike | None = None,
    scale: tuple[float, float] | Literal["set"] | None = None,
    contour: int = 0,
    note: str | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Iterator[np.ndarray]:
    """Compose the overlays of a set, one after the other, in threads and in bounded memory.

    ``list(overlay_cams(...))`` holds them all.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        One that cannot be decoded is left out, as in `compute_cam`.
    cams : (n, h, w) array
        One map for each image, or for each image that can be decoded.
    top, opacity, colors, colormap, contour, note
        As in `overlay_cam`.
    scale : (low, high) or "set", optional
        As in `overlay_cam`; "set" is `shared_scale(cams)`.
    workers : int, optional
        Threads; by default one per usable core, at most 8.
    progress : bool
        Whether to show a progress bar.

    Yields
    ------
    (H, W, 3) uint8
        Each at the size of its image, in the order of the images.

    Raises
    ------
    ValueError
        As `overlay_cam`, and if there are more images than maps or the other way round.
    """
    maps = np.asarray(cams)
    if maps.ndim != 3:
        raise ValueError(f"the maps of a set are an (n, h, w) array, not {maps.shape}")
    absolute = shared_scale(maps) if scale == "set" else scale
    style = make_style(top, opacity, colors, colormap, absolute, contour, note)
    source = as_image_set(images)
    total = len(source.ids)
    if len(maps) > total:
        raise ValueError(f"{len(maps)} maps for {total} images: give one map for each image")

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for place, (index, pixels) in enumerate(source.stream()):
            # Maps of all images, or of those that could be decoded when the maps were computed.
            row = index if len(maps) == total else place
            if row >= len(maps):
                raise ValueError(f"{len(maps)} maps for more images: give one map for each image")
            yield pixels, maps[row]

    def composed() -> Iterator[np.ndarray]:
        results = map_ahead(lambda pair: _compose(*pair, style), pairs(), workers)
        bar = tqdm(
            results, "Overlays", len(maps), unit="image", disable=not progress, dynamic_ncols=True
        )
        yield from (picture for _, picture in bar)

    return composed()


def _compose(gray: np.ndarray, cam: NDArray[Any], style: Style) -> np.ndarray:
    values = resize_map(cam, gray.shape)
    picture = np.empty((*gray.shape, 3), np.uint8)
    # Three strided copies are five times as fast as one broadcast copy.
    for channel in range(3):
        picture[:, :, channel] = gray
    if values.max() <= 0:
        if style.note:
            write_note(picture, style.note)
        return picture
    pixels, level = _lines(values, style) if style.contour else _areas(values, style)
    grays = gray.ravel()[pixels].astype(np.intp)
    picture.reshape(-1).view(RGB)[pixels] = style.blends.take(256 * level + grays)
    return picture


def _areas(values: np.ndarray, style: Style) -> tuple[Any, np.ndarray]:
    """Return which pixels (H W,) are coloured, and the row of each one's colour, in order."""
    flat = values.ravel()
    pixels: Any = slice(None)
    strong = None
    if style.top is not None:
        count = round(style.top * values.size)
        if not count:
            return np.zeros(flat.size, bool), np.empty(0, np.intp)
        pixels, strong = strongest(values, count)
    if style.tones and strong is not None and style.scale is None:
        return pixels, strong
    low, high = style.scale or (0.0, flat.max())
    if not style.tones:
        share = (flat[pixels] - np.float32(low)) * np.float32(256 / (high - low))
        return pixels, np.clip(share, 0, 255, out=share).astype(np.intp)
    if strong is None:
        pixels = flat > low
    return pixels, flat[pixels] >= (low + high) / 2


def _lines(values: np.ndarray, style: Style) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels on the inner rim of each band of the map, and the row of their colour."""
    flat = values.ravel()
    band = np.zeros(flat.size, np.uint8)
    if style.tones:
        pixels, strong = _areas(values, style)
        band[pixels] = 1 + strong
    else:
        low, high = style.scale or (0.0, flat.max())
        for fraction in CONTOUR_FRACTIONS:
            np.add(band, flat >= low + fraction * (high - low), out=band)
        if style.top is not None:
            count = round(style.top * values.size)
            inside = strongest(values, count)[0] if count else np.zeros(flat.size, bool)
            band = np.where(inside, np.maximum(band, 1), 0).astype(np.uint8)
    bands = band.reshape(values.shape)
    rim = (bands > _lowest_around(bands, style.contour)).ravel()
    return rim, band[rim].astype(np.intp) - 1


def _lowest_around(band: np.ndarray, reach: int) -> np.ndarray:
    """Return the minimum over the square of `reach` pixels to each side."""
    for axis in (0, 1):
        lines = np.moveaxis(band, axis, 0)
        low = lines.copy()
        for step in range(1, min(reach, len(lines) - 1) + 1):
            np.minimum(low[step:], lines[:-step], out=low[step:])
            np.minimum(low[:-step], lines[step:], out=low[:-step])
        band = np.moveaxis(low, 0, axis)
    return band
