"""The pictures that marks lie on: found by image id, decoded when looked at, cut into tiles.

Twin of ``widgets_js/src/mark_map/pyramid.ts``.
"""

from __future__ import annotations

import io
import math
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from crystalviz.consensus.outputs.pictures import PictureNames
from crystalviz.images import ImageReadError, ImageSet, Pixels, load_pixels, picture_size
from crystalviz.images.pillow_files import as_path
from crystalviz.images.sources import ImageSource

TILE = 512
"""Side in pixels of a tile, and the longest side of the coarsest level."""
DECODED_PIXELS = 1 << 26
"""Pixels kept decoded: a dozen pictures of 2048 x 2048, as a list of crops goes through them."""
_QUALITY = 85
_CHANNELS = ((), (1,), (3,), (4,))


class Micrographs:
    """Pictures of some images, as tiles at halving scales.

    Level l is the picture scaled by 2^-l, ceil(width / 2^l) x ceil(height / 2^l) pixels; the
    coarsest is the first that fits into one tile. Nothing is decoded before it is asked for.

    Parameters
    ----------
    image_ids : sequence
        The images, in the order of their numbers.
    pictures : ImageSet, folder, mapping, array or None
        A mapping is of image id to a file or an array (H, W), (H, W, 3) or (H, W, 4); a single
        array is the picture of a single image. Files are found by image id, with or without the
        extension and the folders of their names.

    Attributes
    ----------
    sizes : list of (width, height) or None
        In pixels; None where an image has no picture.
    problems : list of (image id, reason)
        Images that have no picture, where others have one.

    Raises
    ------
    ValueError
        When no image has a picture that can be read; the message names near ones.
    TypeError
        When a picture is neither a file nor an array.
    """

    def __init__(self, image_ids: Sequence[Hashable], pictures: Any = None) -> None:
        self._names = [str(image_id) for image_id in image_ids]
        self.sizes: list[tuple[int, int] | None] = [None] * len(image_ids)
        self.problems: list[tuple[str, str]] = []
        self._load: dict[int, Callable[[], Pixels]] = {}
        self._decoded: OrderedDict[int, list[Image.Image]] = OrderedDict()
        if pictures is None or not len(image_ids):
            return
        shelf = _Shelf(pictures, image_ids)
        first_error: Exception | None = None
        for number, image_id in enumerate(image_ids):
            try:
                picture = shelf.find(image_id)
                self.sizes[number] = picture.size()
            except (LookupError, ImageReadError) as error:
                self.set_aside(number, error)
                first_error = first_error or error
            else:
                self._load[number] = picture.load
        if not self._load:
            raise ValueError(
                f"none of the {len(image_ids)} images of the marks has a picture in {shelf.name}: "
                + "; ".join(reason for _, reason in self.problems[:2])
            ) from first_error

    def levels(self, image: int) -> int:
        """Return how many scales an image has, 0 where it has no picture."""
        size = self.sizes[image]
        return 0 if size is None else 1 + (-(-max(size) // TILE) - 1).bit_length()

    def places(self, image: int, side: float = math.inf) -> Iterator[tuple[int, int, int]]:
        """Yield (level, column, row) of the tiles of levels that are at most `side` pixels long.

        The coarsest level is always among them.
        """
        size = self.sizes[image]
        if size is None:
            return
        for level in range(self.levels(image)):
            width, height = (-(-length >> level) for length in size)
            if max(width, height) <= side or level == self.levels(image) - 1:
                for row in range(-(-height // TILE)):
                    for column in range(-(-width // TILE)):
                        yield level, column, row

    def tile(self, image: int, level: int, column: int, row: int) -> bytes:
        """Return a tile as WebP, gray, at most `TILE` pixels a side.

        Raises
        ------
        LookupError
            When there is no such tile.
        ImageReadError
            When the picture cannot be decoded.
        """
        if (level, column, row) not in self.places(image):
            raise LookupError(f"image {image} has no tile {column}, {row} at level {level}")
        return _encoded(self._pyramid(image)[level], column, row)

    def tiles(self, image: int, side: float) -> dict[tuple[int, int, int], bytes]:
        """Return all tiles of `places`, and forget the picture again."""
        if self.sizes[image] is None:
            return {}
        pyramid = self._decoded.get(image) or self._decode(image)
        return {
            (level, column, row): _encoded(pyramid[level], column, row)
            for level, column, row in self.places(image, side)
        }

    def set_aside(self, image: int, error: Exception) -> None:
        """Take an image for one without a picture, and list why."""
        self.sizes[image] = None
        self.problems.append((self._names[image], str(error)))

    def _pyramid(self, image: int) -> list[Image.Image]:
        if image in self._decoded:
            self._decoded.move_to_end(image)
            return self._decoded[image]
        room = DECODED_PIXELS - self._pixels(image)
        while self._decoded and sum(map(self._pixels, self._decoded)) > room:
            self._decoded.popitem(last=False)
        self._decoded[image] = self._decode(image)
        return self._decoded[image]

    def _pixels(self, image: int) -> int:
        width, height = self.sizes[image] or (0, 0)
        return width * height

    def _decode(self, image: int) -> list[Image.Image]:
        levels = [Image.fromarray(np.ascontiguousarray(self._load[image]()))]
        if levels[0].size != self.sizes[image]:
            width, height = self.sizes[image] or (0, 0)
            raise ImageReadError(
                self._names[image],
                f"it was {width} x {height} pixels and is {levels[0].width} x {levels[0].height} "
                "now; make the map again",
            )
        while len(levels) < self.levels(image):
            levels.append(levels[-1].reduce(2))
        return levels


def title_of(pictures: Any) -> str:
    """Return what to call a map of these pictures: their folder's name, if they lie in one."""
    if isinstance(pictures, ImageSet):
        return pictures.name
    if isinstance(pictures, str | os.PathLike):
        return as_path(pictures).resolve().name
    return "Crowd marks"


@dataclass(frozen=True)
class _Picture:
    """Where a picture comes from: `size` is cheap, `load` decodes."""

    size: Callable[[], tuple[int, int]]
    load: Callable[[], Pixels]


class _Shelf:
    """Pictures by image id, whatever they came in."""

    def __init__(self, pictures: Any, image_ids: Sequence[Hashable]) -> None:
        self.name = "the pictures"
        if isinstance(pictures, str | os.PathLike):
            path = as_path(pictures)
            if path.is_file():
                pictures = ImageSet.from_paths([path], root=path.parent)
            else:
                pictures = ImageSet.from_folder(path, labels=None)
        if isinstance(pictures, np.ndarray):
            if len(image_ids) > 1:
                raise ValueError(f"one array for {len(image_ids)} images: give {{image_id: array}}")
            pictures = {image_ids[0]: pictures}
        if isinstance(pictures, ImageSet):
            self.name = str(pictures.root)
        self._pictures = dict(_pictures(pictures))
        self._names = PictureNames(self._pictures)

    def find(self, image_id: Hashable) -> _Picture:
        """Return the picture of an image, or raise a LookupError that names near ones."""
        return self._pictures[self._names.names[self._names.row(image_id)]]


def _pictures(pictures: Any) -> Iterator[tuple[str, _Picture]]:
    """Yield name and picture of all that there are, decoding none of a folder's."""
    if isinstance(pictures, ImageSet):
        for name, reason in pictures.problems:
            yield name, _unreadable(name, reason)
        for number, (name, path) in enumerate(zip(pictures.ids, pictures.paths, strict=True)):
            # The set has let in what is larger than the usual limit.
            size = partial(picture_size, path, None)
            yield name, _Picture(size, partial(pictures.pixels, number))
    elif isinstance(pictures, Mapping):
        for key, picture in pictures.items():
            if isinstance(picture, str | os.PathLike):
                path = as_path(picture)
                yield str(key), _Picture(partial(picture_size, path), partial(load_pixels, path))
            elif hasattr(picture, "__array__"):
                yield str(key), _of_array(str(key), np.asarray(picture))
            else:
                raise TypeError(
                    f"the picture of image {key!r} is neither a file nor an array, but "
                    f"{type(picture).__name__}"
                )
    elif isinstance(pictures, ImageSource):
        for number, name in enumerate(pictures.ids):
            yield (
                name,
                _Picture(
                    lambda number=number: pictures.pixels(number).shape[::-1],  # type: ignore[misc]
                    partial(pictures.pixels, number),
                ),
            )
    else:
        raise TypeError(
            "images are an ImageSet, a folder or {image_id: file or array}, not "
            f"{type(pictures).__name__}"
        )


def _of_array(name: str, array: np.ndarray) -> _Picture:
    if array.ndim not in (2, 3) or array.size == 0 or array.shape[2:] not in _CHANNELS:
        return _unreadable(
            name, f"an array of shape {array.shape} is no picture; give (H, W) or (H, W, 3)"
        )
    height, width = array.shape[:2]
    return _Picture(lambda: (width, height), partial(load_pixels, array))


def _unreadable(name: str, reason: str) -> _Picture:
    def refuse() -> Any:
        raise ImageReadError(name, reason)

    return _Picture(refuse, refuse)


def _encoded(level: Image.Image, column: int, row: int) -> bytes:
    left, top = column * TILE, row * TILE
    box = left, top, min(left + TILE, level.width), min(top + TILE, level.height)
    encoded = io.BytesIO()
    level.crop(box).save(encoded, "WEBP", quality=_QUALITY, method=1)
    return encoded.getvalue()
