"""Which column of a table means what: as it is named, as it is usually called, or as it is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from shlex import quote

_IMAGE = (
    "image_id",
    "image",
    "image_name",
    "image_file",
    "image_filename",
    "micrograph",
    "micrograph_id",
    "micrograph_name",
    "source_image",
    "filename",
    "file_name",
    "file",
    "picture",
    "photo",
    "img",
    "slide",
    "scan",
    "frame",
    "subject_id",
    "subject",
    "subject_ids",
)
_TILE = ("tile_id", "tile", "tile_name", "patch_id", "patch", "crop_id", "subject_id", "subject")
_VOLUNTEER = (
    "volunteer_id",
    "volunteer",
    "user_name",
    "username",
    "user_id",
    "user",
    "worker_id",
    "worker",
    "annotator_id",
    "annotator",
    "rater_id",
    "rater",
    "reader_id",
    "reader",
    "labeler",
    "labeller",
    "contributor_id",
    "contributor",
    "participant_id",
    "participant",
    "player",
    "person",
    "observer",
)
_READ = (
    "classification_id",
    "classification",
    "read_id",
    "assignment_id",
    "assignment",
    "submission_id",
    "response_id",
    "session_id",
)
_MARK = ("mark_id", "mark", "marking_id", "pick_id", "pick", "point_id", "click_id")
_LABEL = (
    "label",
    "class",
    "class_label",
    "class_name",
    "category",
    "answer",
    "choice",
    "vote",
    "species",
    "type",
    "kind",
    "tool_label",
    "tool",
)
_X0 = ("x0", "tile_x", "x_offset", "offset_x", "origin_x", "x_origin", "left", "x_min", "x_start")
_Y0 = ("y0", "tile_y", "y_offset", "offset_y", "origin_y", "y_origin", "top", "y_min", "y_start")
_WIDTH = ("width", "tile_width", "w", "image_width")
_HEIGHT = ("height", "tile_height", "h", "image_height")
_POINTS = (
    ("x", "y"),
    ("x_center", "y_center"),
    ("x_centre", "y_centre"),
    ("center_x", "center_y"),
    ("centre_x", "centre_y"),
    ("cx", "cy"),
    ("xc", "yc"),
    ("x_coord", "y_coord"),
    ("x_coordinate", "y_coordinate"),
    ("coord_x", "coord_y"),
    ("x_pos", "y_pos"),
    ("pos_x", "pos_y"),
    ("x_position", "y_position"),
    ("position_x", "position_y"),
    ("pixel_x", "pixel_y"),
    ("col", "row"),
    ("column", "row"),
)
_ANY = {
    "image_id": _IMAGE,
    "volunteer_id": _VOLUNTEER,
    "classification_id": _READ,
    "tile_id": _TILE,
}
_USUAL: dict[str, dict[str, tuple[str, ...]]] = {
    "marks": {**_ANY, "mark_id": _MARK, "label": _LABEL, "radius": ("radius", "r")},
    "votes": {
        "mark_id": (*_MARK, "subject_id", "subject", "object_id", "item_id", "item", "task"),
        "volunteer_id": _VOLUNTEER,
        "label": _LABEL,
    },
    "reads": {**_ANY, "x0": _X0, "y0": _Y0, "width": _WIDTH, "height": _HEIGHT},
    "gold": {
        "image_id": _IMAGE,
        "exists": ("exists", "is_real", "real", "present", "is_instance"),
        "label": _LABEL,
    },
    "tiles": {
        "tile_id": (*_TILE[-2:], *_TILE[:-2]),
        "image_id": tuple(name for name in _IMAGE if not name.startswith("subject")),
        "x0": (*_X0, "x"),
        "y0": (*_Y0, "y"),
        "width": _WIDTH,
        "height": _HEIGHT,
    },
}
ROLES = tuple(dict.fromkeys(("x", "y", *(role for table in _USUAL.values() for role in table))))
_HAVE_POINTS = ("marks", "gold")


def find_columns(
    columns: Iterable[str],
    table: str,
    given: Mapping[str, str] | None = None,
    needed: Iterable[str] = (),
) -> dict[str, str]:
    """Return role to column: those of `given` that are there, then names as they are usual.

    Parameters
    ----------
    columns : iterable of str
        The table's columns.
    table : str
        "marks", "votes", "reads", "gold" or "tiles".
    given : mapping, optional
        Role to column, for whichever table has it.
    needed : iterable of str
        Roles that choose before the others: of a table with one column for both, it is the tile.
    """
    names = list(columns)
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(plain(name), name)
    found: dict[str, str] = {}
    for role, name in (given or {}).items():
        column = name if name in names else known.get(plain(name))
        if column is not None and (role in _USUAL[table] or _is_axis(role, table)):
            found[role] = column
    if table in _HAVE_POINTS and not {"x", "y"} <= found.keys():
        pair = point_columns(names)
        if pair is not None:
            found = {"x": pair[0], "y": pair[1]} | found
    for role in dict.fromkeys((*needed, *_USUAL[table])):
        if role not in found:
            for name in _USUAL[table].get(role, ()):
                column = known.get(plain(name))
                if column is not None and column not in found.values():
                    found[role] = column
                    break
    return found


def point_columns(columns: Iterable[str]) -> tuple[str, str] | None:
    """Return the columns of x and y (pixels, y downward), or None."""
    known: dict[str, str] = {}
    for name in columns:
        known.setdefault(plain(name), name)
    for x, y in _POINTS:
        if plain(x) in known and plain(y) in known:
            return known[plain(x)], known[plain(y)]
    return None


def require_roles(
    source: str, table: str, found: Mapping[str, str], needed: Iterable[str], columns: Iterable[str]
) -> None:
    """Check that a table's columns are known.

    Raises
    ------
    ValueError
        Naming what is missing, the columns there are, and the cure.
    """
    missing = [role for role in needed if role not in found]
    if not missing:
        return
    names = list(columns)
    near = get_close_matches(missing[0], names, n=1, cutoff=0.5)
    example = (near or [name for name in names if name not in found.values()] or ["NAME"])[0]
    raise ValueError(
        f"{source}: which column of the {table} is {' and '.join(missing)}? It has "
        f"{', '.join(names)}. Say so: columns={{{missing[0]!r}: {example!r}}}, or "
        f"--columns {quote(f'{missing[0]}={example}')}"
    )


def plain(name: str) -> str:
    """Return a column's name for comparison: "Image ID", "imageId" and "image_id" are one."""
    name = re.sub(r"[\[(].*?[\])]", "", str(name)).strip().lower()
    name = re.sub(r"[\W_]+", "_", name).strip("_")
    return re.sub(r"_(px|pixels?)$", "", name).replace("_", "")


def _is_axis(role: str, table: str) -> bool:
    return role in ("x", "y") and table in _HAVE_POINTS
