"""Pack an analysis into the columns, atlas pages and pictures that the browser reads.

Twin of ``widgets_js/src/core/table.ts`` and ``pictures.ts``.
"""

from __future__ import annotations

import io
import math
import zlib
from pathlib import PurePosixPath
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

PAGE = 256
"""Thumbnails in one atlas page."""
CELL = 128
"""Side in pixels of an atlas cell."""


class Pictures(Protocol):
    """What the page needs to draw images; `analysis.pictures` provides it."""

    def tile(self, row: int) -> bytes:
        """WebP bytes of the thumbnail, at most `CELL` pixels a side."""
        ...

    def tile_size(self, row: int) -> tuple[int, int]:
        """Width and height of the thumbnail in pixels."""
        ...

    def picture(self, row: int) -> bytes:
        """WebP bytes of the picture, at most 512 pixels a side."""
        ...

    def histogram(self, row: int) -> npt.NDArray[np.int64]:
        """256 counts of gray levels at native size."""
        ...


class AnalysisLike(Protocol):
    """What the widgets read of an analysis: a table and arrays, nothing of how they were made."""

    table: pd.DataFrame
    cams: npt.NDArray[np.float32]
    neighbor_indices: npt.NDArray[np.int32]
    neighbor_similarity: npt.NDArray[np.float32]
    explained_variance: npt.NDArray[np.float64]
    title: str
    model_name: str
    cam_layer: str
    class_names: tuple[str, ...]
    head: str

    @property
    def class_probability(self) -> npt.NDArray[np.float64]: ...  # noqa: D102

    @property
    def pictures(self) -> Pictures: ...  # noqa: D102

    def store_status(self, wake: bool = False) -> dict[str, Any]: ...  # noqa: D102


def pack_table(analysis: AnalysisLike, n_clusters: int) -> dict[str, Any]:
    """Return every column of the page, arrays as bytes with their dtype and shape.

    CAMs are quantised to 8 bits: their levels only decide which pixels are on top.
    """
    table = analysis.table
    n = len(table)
    ids = [str(value) for value in table["image_id"]]
    labels = _class_names(analysis)
    sizes = np.array([analysis.pictures.tile_size(i) for i in range(n)], dtype=np.uint8)
    k = min(10, analysis.neighbor_indices.shape[1]) if n else 0
    cams = np.nan_to_num(np.asarray(analysis.cams, dtype=np.float32))
    return {
        "ids": ids,
        "names": [_short_name(image_id) for image_id in ids],
        "headers": ["" if pd.isna(value) else str(value) for value in table["image_header"]],
        "labels": labels,
        "label_codes": pack_array(_codes(table["class_label"], labels), np.int32),
        "predicted_codes": pack_array(_codes(table["predicted_label"], labels), np.int32),
        "probability": pack_array(table["probability"], np.float32),
        "confidence": pack_array(table["confidence"], np.float32),
        "entropy": pack_array(table["image_entropy"], np.float32),
        "scene": pack_array(table["scene"], np.int32),
        "pca_x": pack_array(table["kmeans_pca_x"], np.float32),
        "pca_y": pack_array(table["kmeans_pca_y"], np.float32),
        "cluster": pack_array(table["kmeans_pca_cluster"], np.int32),
        "neighbors": pack_array(analysis.neighbor_indices[:, :k], np.int32),
        "similarity": pack_array(analysis.neighbor_similarity[:, :k], np.float32),
        "tile_sizes": pack_array(sizes.reshape(n, 2), np.uint8),
        "cams": pack_array(np.rint(255 * np.clip(cams, 0, 1)), np.uint8),
        "explained_variance": np.nan_to_num(analysis.explained_variance).tolist(),
        "n_clusters": n_clusters,
        "title": analysis.title,
        "model_name": analysis.model_name,
        "cam_layer": analysis.cam_layer,
        "head": analysis.head,
        "class_names": list(analysis.class_names),
        # Two classes are known from `probability` alone.
        "class_probability": (
            pack_array(analysis.class_probability, np.float32)
            if len(analysis.class_names) > 2
            else None
        ),
        "unfamiliarity": _column(table, "unfamiliarity", np.float32),
        "cross_validated": _column(table, "cross_validated", np.uint8),
    }


def page_layout(n: int) -> dict[str, int]:
    """Return how thumbnails lie in an atlas page: tiles a page, columns and cell side."""
    return {"page": PAGE, "columns": min(16, max(1, math.ceil(math.sqrt(n)))), "cell": CELL}


def pack_page(pictures: Pictures, page: int, n: int) -> dict[str, bytes]:
    """Return one page: the WebP atlas and the deflated histograms (uint32, 256 bins) of its images.

    Raises
    ------
    IndexError
        When there is no such page.
    """
    rows = range(page * PAGE, min(n, (page + 1) * PAGE))
    if page < 0 or not rows:
        raise IndexError(f"there is no thumbnail page {page}: {n} images fill {-(-n // PAGE)}")
    columns = page_layout(n)["columns"]
    height = -(-len(rows) // columns) * CELL
    atlas = Image.new("L", (columns * CELL, height))
    for at, row in enumerate(rows):
        with Image.open(io.BytesIO(pictures.tile(row))) as tile:
            atlas.paste(tile.convert("L"), ((at % columns) * CELL, (at // columns) * CELL))
    encoded = io.BytesIO()
    atlas.save(encoded, "WEBP", quality=82, method=2)
    histograms = np.stack([pictures.histogram(row) for row in rows]).astype("<u4")
    return {"atlas": encoded.getvalue(), "histograms": zlib.compress(histograms.tobytes(), 6)}


def smaller_picture(picture: bytes, side: int) -> bytes:
    """Return a WebP picture scaled down to at most `side` pixels a side."""
    with Image.open(io.BytesIO(picture)) as image:
        if max(image.size) <= side:
            return picture
        smaller = image.convert("L")
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        encoded = io.BytesIO()
        smaller.save(encoded, "WEBP", quality=80, method=2)
        return encoded.getvalue()


def _column(table: pd.DataFrame, name: str, dtype: npt.DTypeLike) -> dict[str, Any] | None:
    return pack_array(table[name], dtype) if name in table else None


def pack_array(values: Any, dtype: npt.DTypeLike) -> dict[str, Any]:
    """Return values as little-endian bytes with their dtype and shape."""
    array = np.ascontiguousarray(values, dtype=dtype)
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}


def _class_names(analysis: AnalysisLike) -> list[str]:
    """Class names of labels and predictions; names that differ in case alone are one class."""
    names: dict[str, str] = {}
    for column in ("class_label", "predicted_label"):
        for value in analysis.table[column].dropna().unique():
            names.setdefault(str(value).casefold(), str(value))
    order = [name.casefold() for name in analysis.class_names]
    return sorted(
        names.values(),
        key=lambda name: (
            order.index(name.casefold()) if name.casefold() in order else len(order),
            name.casefold(),
        ),
    )


def _codes(values: pd.Series, labels: list[str]) -> list[int]:
    codes = {name.casefold(): code for code, name in enumerate(labels)}
    return [-1 if pd.isna(value) else codes[str(value).casefold()] for value in values]


def _short_name(image_id: str) -> str:
    return PurePosixPath(image_id).stem
