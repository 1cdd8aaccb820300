"""The pictures of a set that image ids of a table mean, and their sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from crystalviz.consensus.outputs.names import image_stem
from crystalviz.images import ImageSet, picture_size


class PictureNames:
    """Pictures by their names; an image id means one of them.

    That of the same path; else of the same name, whatever its folder; else of the same name
    without suffix, in capitals or not. The last two only where there is one such picture.

    Parameters
    ----------
    names : iterable of str
        Paths within their folder.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self._ways: list[tuple[Callable[[str], str], defaultdict[str, list[int]]]] = []
        key: Callable[[str], str]
        for key in (_path, _name, _stem):
            rows: defaultdict[str, list[int]] = defaultdict(list)
            for row, name in enumerate(self.names):
                rows[key(name)].append(row)
            self._ways.append((key, rows))

    def row(self, image_id: Any) -> int:
        """Return which of the names an image id means.

        Raises
        ------
        LookupError
            When it means none or several; the message lists the near ones.
        """
        for key, rows in self._ways:
            found = rows.get(key(str(image_id)), [])
            if len(found) == 1:
                return found[0]
            if found:
                several = " or ".join(repr(self.names[row]) for row in found[:3])
                raise LookupError(
                    f"image {image_id!r} could be {several}; name it by its path within the folder"
                )
        near = get_close_matches(str(image_id), self.names, n=3, cutoff=0.5) or self.names[:3]
        raise LookupError(
            f"image {image_id!r} is not among the {len(self.names)} pictures; there are "
            f"{', '.join(map(repr, near)) or 'none'}. Names must be the same, but for folders and "
            "suffixes"
        )


def pictures_of(image_ids: Iterable[Any], images: ImageSet) -> dict[Any, int]:
    """Return which picture (row of `images`) each image id means.

    Raises
    ------
    ValueError
        When an image id means none or several; the message lists the near ones.
    """
    found, missing = match_pictures(image_ids, images)
    if missing:
        raise ValueError(
            f"{images.root}: {len(missing)} of {len(missing) + len(found)} images are not found: "
            f"{missing[0][1]}"
        )
    return found


def match_pictures(
    image_ids: Iterable[Any], images: ImageSet
) -> tuple[dict[Any, int], list[tuple[Any, str]]]:
    """Return which picture each image id means, and those that mean none, with the reason."""
    names = PictureNames(images.ids)
    aside = {_stem(name): f"{name}: {why}" for name, why in images.problems}
    found: dict[Any, int] = {}
    missing = []
    for image in dict.fromkeys(image_ids):
        try:
            found[image] = names.row(image)
        except LookupError as error:
            missing.append((image, aside.get(_stem(str(image)), str(error))))
    return found, missing


def picture_sizes(rows: Iterable[int], images: ImageSet) -> dict[int, tuple[int, int]]:
    """Return width and height of pictures, upright, pixels; only their headers are read.

    Raises
    ------
    ImageReadError
        When one cannot be read.
    """
    # The set has let in what is larger than the usual limit.
    return {row: picture_size(images.root / images.ids[row], None) for row in rows}


def _path(text: str) -> str:
    return text.strip().replace("\\", "/")


def _name(text: str) -> str:
    return PurePosixPath(_path(text)).name


def _stem(text: str) -> str:
    return image_stem(_name(text)).casefold()
