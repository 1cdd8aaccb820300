"""Whatever a user hands over as images, seen through one interface."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from crystalviz.images.image_set import ImageSet
from crystalviz.images.pillow_files import as_path
from crystalviz.images.pixels import Pixels, load_pixels

Result = TypeVar("Result")

Images: TypeAlias = (
    "ImageSource | str | os.PathLike[str] | NDArray[Any]"
    " | Iterable[str | os.PathLike[str]] | Iterable[NDArray[Any]]"
)
"""An ImageSet, a folder, one file, one array, or a list of files or of arrays."""


@runtime_checkable
class ImageSource(Protocol):
    """What `ImageSet` and `ArraySet` have in common."""

    ids: list[str]
    labels: list[str | None]
    problems: list[tuple[str, str]]

    def __len__(self) -> int:
        """Return the number of images."""

    def pixels(self, index: int) -> Pixels:
        """Return one image as (H, W) uint8."""

    def stream(
        self, indices: Iterable[int] | None = None, workers: int | None = None
    ) -> Iterator[tuple[int, Pixels]]:
        """Yield (index, pixels)."""


class ArraySet:
    """Arrays as a set of images; the ids are ``"0"``, ``"1"``, ... unless given.

    Parameters
    ----------
    arrays : sequence of arrays
        Each as `load_pixels` takes it.
    ids : list of str or None
    labels : list of (str or None), or None
    """

    def __init__(
        self,
        arrays: Sequence[NDArray[Any]],
        ids: list[str] | None = None,
        labels: Sequence[str | None] | None = None,
    ) -> None:
        self._arrays = arrays
        self.ids = [str(index) for index in range(len(arrays))] if ids is None else list(ids)
        self.labels: list[str | None] = [None] * len(arrays) if labels is None else list(labels)
        self.problems: list[tuple[str, str]] = []
        if not len(self.ids) == len(self.labels) == len(arrays):
            raise ValueError(
                f"{len(arrays)} arrays, {len(self.ids)} ids and {len(self.labels)} labels: "
                "give one id and one label for each array"
            )

    def __len__(self) -> int:
        return len(self._arrays)

    def pixels(self, index: int) -> Pixels:
        """Return image `index` as (H, W) uint8."""
        return load_pixels(self._arrays[index])

    def stream(
        self, indices: Iterable[int] | None = None, workers: int | None = None
    ) -> Iterator[tuple[int, Pixels]]:
        """Yield ``(index, pixels)`` in order."""
        for index in range(len(self)) if indices is None else indices:
            yield int(index), self.pixels(int(index))


def as_image_set(images: Images) -> ImageSource:
    """Return `images` as an object with ``ids``, ``labels``, ``pixels(i)`` and ``stream()``.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        A path is a folder or one file. An array is one image (H, W), (H, W, 3) or (H, W, 4), or a
        stack (n, H, W) or (n, H, W, 3).

    Raises
    ------
    TypeError
        If it is none of these, or a list that mixes paths and arrays.
    """
    if isinstance(images, (ImageSet, ArraySet)):
        return images
    if isinstance(images, (str, os.PathLike)):
        path = as_path(images)
        if path.is_file():
            return ImageSet.from_paths([path])
        return ImageSet.from_folder(path)
    if isinstance(images, np.ndarray):
        one = images.ndim == 2 or (images.ndim == 3 and images.shape[2] in (1, 3, 4))
        return ArraySet([images] if one else list(images))
    if isinstance(images, ImageSource):
        return images
    items: list[Any] = list(images)
    if all(isinstance(item, np.ndarray) for item in items):
        return ArraySet(items)
    if all(isinstance(item, (str, os.PathLike)) for item in items):
        return ImageSet.from_paths(items)
    kinds = sorted({type(item).__name__ for item in items})
    raise TypeError(f"images are all paths or all NumPy arrays, not a list of {', '.join(kinds)}")


def map_pixels(
    source: ImageSource, function: Callable[[Pixels], Result]
) -> Iterator[tuple[int, Result]]:
    """Yield ``(index, function(pixels))`` in order, in the decoding threads where there are any."""
    if isinstance(source, ImageSet):
        yield from source.map(function)
    else:
        for index, pixels in source.stream():
            yield index, function(pixels)
