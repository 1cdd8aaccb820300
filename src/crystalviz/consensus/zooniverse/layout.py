"""Which image a subject is a tile of, and where on it: from the columns that its uploader gave."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What uploaders call these columns, without the marks # // ! that hide them, in lower case.
_USUAL = {
    "image": (
        *("image_id", "image", "micrograph", "source_image", "parent", "original"),
        *("filename", "file_name", "file", "image_name", "name"),
    ),
    "x": (
        *("x0", "tile_x", "tile_x0", "tile_left", "crop_x", "x_offset", "xoffset", "offset_x"),
        *("origin_x", "x_origin", "left", "xmin", "x_min", "x_start", "start_x", "x"),
    ),
    "y": (
        *("y0", "tile_y", "tile_y0", "tile_top", "crop_y", "y_offset", "yoffset", "offset_y"),
        *("origin_y", "y_origin", "top", "ymin", "y_min", "y_start", "start_y", "y"),
    ),
    "width": ("tile_width", "width", "w"),
    "height": ("tile_height", "height", "h"),
    "mark": ("mark_id", "markid", "mark", "instance_id", "particle_id", "pick_id"),
}
# Of "width" alone one cannot know whether it is the tile's or the whole image's.
_SURE_SIZES = {"tile_width", "tile_height"}


@dataclass
class Layout:
    """The columns of a subject's metadata that say where it lies; None where there is none.

    Attributes
    ----------
    image, x, y, width, height : str or None
        The image's name, the tile's corner and its size in pixels of the image.
    mark : str or None
        Of subjects that are crops of a mark: that mark's id.
    sure_size : bool
        Whether width and height are the tile's on the image for sure, so that a picture that was
        shown larger or smaller is scaled: they were given, or are called tile_width, tile_height.
    """

    image: str | None = None
    x: str | None = None
    y: str | None = None
    width: str | None = None
    height: str | None = None
    mark: str | None = None
    sure_size: bool = False

    @classmethod
    def guessed(
        cls,
        subjects: Iterable[Mapping[str, Any]],
        given: Mapping[str, str] | None = None,
        roles: Iterable[str] = tuple(_USUAL),
    ) -> Layout:
        """Return the layout of these subjects; what is `given` is not guessed.

        A picture's name says which image a tile is of only if the tile's corner is told too, or
        if no two subjects have the same: cameras name their pictures alike.

        Raises
        ------
        ValueError
            When a given column is not there, or a role is unknown.
        """
        given = given or {}
        unknown = sorted(set(given) - set(_USUAL))
        if unknown:
            raise ValueError(f"subjects has no role {unknown[0]!r}; there are {', '.join(_USUAL)}")
        told = list(subjects)
        # In the order of the subjects, so that of two spellings the first one is shown.
        columns: dict[str, str] = {}
        for name in dict.fromkeys(name for subject in told for name in subject):
            columns.setdefault(plain(name), name)
        layout = cls()
        for role in roles:
            if role in given:
                if plain(given[role]) not in columns:
                    raise ValueError(
                        f"the subjects have no column {given[role]!r} for {role}; they have "
                        f"{', '.join(sorted(columns.values())) or 'none'}"
                    )
                setattr(layout, role, columns[plain(given[role])])
                continue
            for found in filter(None, map(columns.get, _USUAL[role])):
                # Some subjects may lack it; these are set aside later, each with the reason.
                if role in ("image", "mark") or _mostly_numbers(told, found):
                    setattr(layout, role, found)
                    break
        if layout.x is None or layout.y is None:
            layout.x = layout.y = None
        if layout.image is not None and layout.x is None and "image" not in given:
            names = [name for one in told if (name := value_of(one, layout.image)) is not None]
            if len(set(map(str, names))) < len(names):
                layout.image = None
        sizes = {role: getattr(layout, role) for role in ("width", "height")}
        layout.sure_size = all(
            name is not None and (role in given or plain(name) in _SURE_SIZES)
            for role, name in sizes.items()
        )
        return layout

    def __str__(self) -> str:
        if self.image is None and self.x is None:
            return "each subject is an image of its own"
        image = f"image from {self.image!r}" if self.image else "each subject an image of its own"
        place = f"corner from {self.x!r}, {self.y!r}" if self.x else "no corners: whole images"
        return f"{image}; {place}"


def plain(name: str) -> str:
    """Return a column's name as the uploader meant it: without what hides it, lower case."""
    return name.lstrip("#/!").strip().lower().replace(" ", "_").replace("-", "_")


def value_of(subject: Mapping[str, Any], column: str) -> Any:
    """Return what a subject has in a column, however it spells its name; None where it has none."""
    if column in subject:
        return subject[column]
    wanted = plain(column)
    return next((value for name, value in subject.items() if plain(name) == wanted), None)


def number_of(subject: Mapping[str, Any], column: str) -> float:
    """Return what a subject has in a column as a number; NaN where it is none."""
    try:
        return float(value_of(subject, column))
    except (TypeError, ValueError):
        return math.nan


def _mostly_numbers(subjects: Sequence[Mapping[str, Any]], column: str) -> bool:
    numbers = sum(math.isfinite(number_of(subject, column)) for subject in subjects)
    return 2 * numbers >= len(subjects)
