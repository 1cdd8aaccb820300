"""The pictures of an analysis: made once from the decoded image, read when a panel asks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from PIL import Image

from crystalviz.images import scene_signature, tile
from crystalviz.measures import entropy_from_histogram, histogram
from crystalviz.models.appearance import appearance
from crystalviz.records.database import Database
from crystalviz.records.images import PictureRecord, read_picture, read_sizes

TILE_SIDE = 128
PICTURE_SIDE = 512

_REMEMBERED = 256


def describe_picture(pixels: np.ndarray) -> PictureRecord:
    """Measure a decoded picture and make its small versions.

    Parameters
    ----------
    pixels : ndarray, shape (H, W), uint8
    """
    counts = histogram(pixels)
    small = tile(pixels, TILE_SIDE)
    height, width = pixels.shape
    return PictureRecord(
        width=width,
        height=height,
        entropy=entropy_from_histogram(counts),
        tile_width=small.shape[1],
        tile_height=small.shape[0],
        signature=scene_signature(pixels).to_bytes(),
        histogram=np.ascontiguousarray(counts, "<i8").tobytes(),
        tile=_webp(small, 80),
        picture=_webp(tile(pixels, PICTURE_SIDE), 90),
        appearance=appearance(pixels).astype("<f4").tobytes(),
    )


def _webp(pixels: np.ndarray, quality: int) -> bytes:
    file = io.BytesIO()
    # Method 2 is five times as fast as Pillow's default and the files are about as small.
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "WEBP", quality=quality, method=2)
    return file.getvalue()


class PictureCache:
    """Small versions of the images of an analysis, by row.

    They lie in the analysis file, so that the source folder is not needed. Safe to use from
    several threads.

    Parameters
    ----------
    database : Database
    contents : sequence of str
        Record key of each row.
    """

    def __init__(self, database: Database, contents: Sequence[str]) -> None:
        self._database = database
        self._contents = list(contents)
        self._record = lru_cache(_REMEMBERED)(self._read)

    @property
    def database(self) -> Database:
        """The file that the pictures are read from."""
        return self._database

    @property
    def contents(self) -> list[str]:
        """Record key of each row."""
        return list(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    def __repr__(self) -> str:
        return f"<PictureCache: {len(self)} pictures in {self._database.path}>"

    def _read(self, index: int) -> PictureRecord:
        return read_picture(self._database, self._contents[index])

    @cached_property
    def _sizes(self) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
        # Asked for all rows when a page is laid out: one query instead of one for each.
        return read_sizes(self._database, self._contents)

    def tile(self, index: int) -> bytes:
        """Return the WebP file of the tile; its longest side is at most 128 pixels."""
        return self._record(int(index)).tile

    def tile_size(self, index: int) -> tuple[int, int]:
        """Return (width, height) of the tile in pixels."""
        return self._sizes[self._contents[int(index)]][1]

    def picture(self, index: int) -> bytes:
        """Return the WebP file of the picture; its longest side is at most 512 pixels."""
        return self._record(int(index)).picture

    def size(self, index: int) -> tuple[int, int]:
        """Return (width, height) of the image file in pixels."""
        return self._sizes[self._contents[int(index)]][0]

    def histogram(self, index: int) -> np.ndarray:
        """Return how many pixels have each gray value, at native size: (256,) int64."""
        return np.frombuffer(self._record(int(index)).histogram, "<i8").astype(np.int64)
