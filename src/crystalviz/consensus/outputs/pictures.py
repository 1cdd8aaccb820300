"""The pictures of a set that image ids of a table mean, and their sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from PIL import Image

from crystalviz.consensus.outputs.names import image_stem
from crystalviz.images import ImageReadError, ImageSet

_ORIENTATION = 0x0112
# EXIF orientations from here on lie on their side.
_ON_ITS_SIDE = 5


def pictures_of(image_ids: Iterable[Any], images: ImageSet) -> dict[Any, int]:
    """Return which picture (row of `images`) each image id means.

    That of the same path; else of the same name, whatever its folder; else of the same name
    without suffix. The last two only where there is one such picture.

    Raises
    ------
    ValueError
        When an image id means none or several; the message lists the near ones.
    """
    wanted = list(dict.fromkeys(image_ids))
    ways: list[tuple[Callable[[str], str], defaultdict[str, list[int]]]] = []
    key: Callable[[str], str]
    for key in (_path, _name, _stem):
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, picture in enumerate(images.ids):
            rows[key(picture)].append(row)
        ways.append((key, rows))
    found: dict[Any, int] = {}
    unknown = []
    for image in wanted:
        for key, rows in ways:
            candidates = rows.get(key(str(image)), [])
            if len(candidates) > 1:
                several = " or ".join(repr(images.ids[row]) for row in candidates[:3])
                raise ValueError(
                    f"image {image!r} could be {several} of {images.root}; name it by its path "
                    "within that folder"
                )
            if candidates:
                found[image] = candidates[0]
                break
        else:
            unknown.append(image)
    if unknown:
        raise ValueError(_not_among(unknown, len(wanted), images))
    return found


def picture_sizes(rows: Iterable[int], images: ImageSet) -> dict[int, tuple[int, int]]:
    """Return width and height of pictures, upright, pixels; only their headers are read.

    Raises
    ------
    ImageReadError
        When one cannot be read.
    """
    sizes = {}
    for row in rows:
        path = images.root / images.ids[row]
        try:
            with Image.open(path) as picture:
                width, height = picture.size
                turned = picture.getexif().get(_ORIENTATION, 1) >= _ON_ITS_SIDE
        except (OSError, SyntaxError, ValueError) as error:
            raise ImageReadError(str(path), f"its size cannot be read ({error})") from None
        sizes[row] = (height, width) if turned else (width, height)
    return sizes


def _path(text: str) -> str:
    return text.strip().replace("\\", "/")


def _name(text: str) -> str:
    return PurePosixPath(_path(text)).name


def _stem(text: str) -> str:
    return image_stem(_name(text)).casefold()


def _not_among(unknown: list[Any], asked: int, images: ImageSet) -> str:
    near = get_close_matches(str(unknown[0]), images.ids, n=3, cutoff=0.5) or images.ids[:3]
    set_aside = dict(images.problems)
    why = next(
        (
            f" ({reason})"
            for name, reason in set_aside.items()
            if _stem(name) == _stem(str(unknown[0]))
        ),
        "",
    )
    return (
        f"image {unknown[0]!r} is not among the {len(images)} images of {images.root}{why}; "
        f"{len(unknown)} of {asked} are not. There are {', '.join(map(repr, near))}: names must "
        "be the same, but for folders and suffixes"
    )
