"""All measures of all images in one table, each image decoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystalviz.images import Images, Pixels, as_image_set
from crystalviz.measures._each import each_image
from crystalviz.measures.entropy import entropy_from_histogram
from crystalviz.measures.focus import FOCUS_MEASURES, focus_of_gray
from crystalviz.measures.gray_levels import (
    DECILES,
    gray_levels_from_histogram,
    quantiles_from_histogram,
)
from crystalviz.measures.histogram import histogram
from crystalviz.measures.local_entropy import local_entropy
from crystalviz.measures.otsu import otsu_from_histogram
from crystalviz.measures.range_filter import range_filter
from crystalviz.measures.texture import Texture, texture

if TYPE_CHECKING:
    import pandas as pd

Compute = Callable[[Pixels, NDArray[np.int64]], Sequence[float]]


class Measure(NamedTuple):
    """One measure, which fills one or more columns of the table.

    Attributes
    ----------
    columns : tuple of str
    meaning : str
        What the values are, with their unit.
    compute : callable
        ``compute(pixels (H, W) uint8, histogram (256,) int64)`` -> a number for each column.
        Raises ValueError for an image that it cannot measure.
    """

    columns: tuple[str, ...]
    meaning: str
    compute: Compute


def _local_entropy(window: int) -> Measure:
    return Measure(
        (f"local_entropy_{window}",),
        f"mean entropy of the {window} x {window} square around each pixel, bits",
        lambda pixels, counts: [local_entropy(pixels, window).mean()],
    )


def _range(window: int) -> Measure:
    return Measure(
        (f"range_{window}",),
        f"mean span of gray values in the {window} x {window} square around each pixel",
        lambda pixels, counts: [range_filter(pixels, window).mean()],
    )


def _quantiles(pixels: Pixels, counts: NDArray[np.int64]) -> list[float]:
    values = quantiles_from_histogram(counts)
    return [*values, values[-1] - values[0]]


def _focus(name: str) -> Measure:
    text = (FOCUS_MEASURES[name].__doc__ or "").split("\n")[0]
    return Measure(
        (f"focus_{name}",),
        f"focus: {text}",
        lambda pixels, counts: [focus_of_gray(pixels.astype(np.float64), name)],
    )


MEASURES: dict[str, Measure] = {
    "entropy": Measure(
        ("entropy",),
        "Shannon entropy of the gray values, bits per pixel",
        lambda pixels, counts: [entropy_from_histogram(counts)],
    ),
    "gray_levels": Measure(
        ("gray_mean", "gray_deviation", "gray_dispersion"),
        "mean, standard deviation, and variance / mean of the gray values",
        lambda pixels, counts: gray_levels_from_histogram(counts),
    ),
    "quantiles": Measure(
        (*(f"gray_p{percent}" for percent in DECILES), "gray_span"),
        "gray values below which 10, 20, ..., 90 % of the pixels lie; the last minus the first",
        _quantiles,
    ),
    "otsu": Measure(
        ("otsu_threshold", "otsu_effectiveness"),
        "Otsu's threshold, and the share of the variance between dark and bright",
        lambda pixels, counts: otsu_from_histogram(counts),
    ),
    "texture": Measure(
        tuple(f"glcm_{name}" for name in Texture._fields),
        "co-occurrence features of pixels 5 apart, mean of four directions",
        lambda pixels, counts: texture(pixels, 5),
    ),
    "local_entropy_7": _local_entropy(7),
    "local_entropy_71": _local_entropy(71),
    "range_7": _range(7),
    "range_39": _range(39),
    "range_71": _range(71),
    **{f"focus_{name}": _focus(name) for name in FOCUS_MEASURES},
}
"""Name -> `Measure`: what `measure_images` can fill a table with."""

_SLOW = ("local_entropy_71",)


def measure_images(
    images: Images,
    measures: Sequence[str] | Literal["all"] | None = None,
    progress: bool = False,
    workers: int | None = None,
) -> pd.DataFrame:
    """Measure every image; one row an image, one or more columns a measure.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
        As `crystalviz.images.as_image_set` takes it.
    measures : sequence of str, "all", or None
        Names in `MEASURES`. None: all but ``local_entropy_71``, which takes as long as all the
        others together.
    progress : bool
        Show a progress bar.
    workers : int or None
        Threads; None for one per usable core, at most 8. Each holds one decoded image.

    Returns
    -------
    pandas.DataFrame
        Column ``image_id``, then the measures' columns, float64. NaN where an image is too small
        for a measure. Images that cannot be decoded have no row (they are listed in the set's
        `problems`).

    Raises
    ------
    ValueError
        For a name that is not in `MEASURES`.
    """
    import pandas as pd

    if measures is None:
        names = [name for name in MEASURES if name not in _SLOW]
    else:
        names = list(MEASURES) if measures == "all" else list(dict.fromkeys(measures))
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise ValueError(f"no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    chosen = [MEASURES[name] for name in names]

    def row(pixels: Pixels) -> list[float]:
        counts = histogram(pixels)
        values: list[float] = []
        for measure in chosen:
            try:
                values += [float(value) for value in measure.compute(pixels, counts)]
            except ValueError:  # too small
                values += [np.nan] * len(measure.columns)
        return values

    source = as_image_set(images)
    rows = each_image(source, row, progress, "measuring", workers)
    kept = [index for index, values in enumerate(rows) if values is not None]
    columns = [column for measure in chosen for column in measure.columns]
    matrix = np.array([rows[index] for index in kept], np.float64).reshape(len(kept), len(columns))
    table = pd.DataFrame(matrix, columns=columns)
    table.insert(0, "image_id", [source.ids[index] for index in kept])
    return table
