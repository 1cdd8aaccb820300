"""Which image a subject is a tile of, and where on it: from the columns that its uploader gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What uploaders call these columns, without the marks # // ! that hide them, in lower case.
_IMAGE = (
    "image_id",
    "image",
    "micrograph",
    "source_image",
    "parent",
    "original",
    "filename",
    "file_name",
    "file",
    "image_name",
    "name",
)
_X = (
    "x0",
    "tile_x",
    "x_offset",
    "offset_x",
    "origin_x",
    "x_origin",
    "left",
    "xmin",
    "x_min",
    "x_start",
    "start_x",
    "x",
)
_Y = (
    "y0",
    "tile_y",
    "y_offset",
    "offset_y",
    "origin_y",
    "y_origin",
    "top",
    "ymin",
    "y_min",
    "y_start",
    "start_y",
    "y",
)
_WIDTH = ("tile_width", "width", "w")
_HEIGHT = ("tile_height", "height", "h")
_MARK = ("mark_id", "markid", "mark", "instance_id", "particle_id", "pick_id")


@dataclass
class Layout:
    """The columns of a subject's metadata that say where it lies; None where there is none.

    Attributes
    ----------
    image, x, y, width, height : str or None
        The image's name, the tile's corner and its size in pixels of the image.
    mark : str or None
        Of subjects that are crops of a mark: that mark's id.
    """

    image: str | None = None
    x: str | None = None
    y: str | None = None
    width: str | None = None
    height: str | None = None
    mark: str | None = None

    @classmethod
    def guessed(cls, subjects: Iterable[Mapping[str, Any]], given: Mapping[str, str]) -> Layout:
        """Return the layout of these subjects; what is `given` is not guessed.

        Raises
        ------
        ValueError
            When a given column is not there.
        """
        columns: dict[str, str] = {}
        numbers: Counter[str] = Counter()
        told = list(subjects)
        for subject in told:
            for name, value in subject.items():
                columns.setdefault(plain(name), name)
                numbers[name] += _is_number(value)
        layout = cls()
        for role, names in (
            ("image", _IMAGE),
            ("x", _X),
            ("y", _Y),
            ("width", _WIDTH),
            ("height", _HEIGHT),
            ("mark", _MARK),
        ):
            if role in given:
                if plain(given[role]) not in columns:
                    raise ValueError(
                        f"the subjects have no column {given[role]!r} for {role}; they have "
                        f"{', '.join(sorted(columns.values())) or 'none'}"
                    )
                setattr(layout, role, columns[plain(given[role])])
                continue
            for name in names:
                found = columns.get(name)
                # Some subjects may lack it; these are set aside later, each with the reason.
                if found and (role in ("image", "mark") or 2 * numbers[found] >= len(told)):
                    setattr(layout, role, found)
                    break
        if layout.x is None or layout.y is None:
            layout.x = layout.y = None
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


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
