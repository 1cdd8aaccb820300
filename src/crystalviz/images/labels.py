"""Labels of images: from their folder, a CSV file or a dictionary."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from crystalviz.images.pillow_files import as_path

Labels: TypeAlias = Literal["parent"] | str | os.PathLike[str] | Mapping[str, str] | None

Rows: TypeAlias = list[tuple[str, str | None]]

FILE_COLUMNS = ("image_id", "file", "filename", "file_name", "image", "path", "name")
LABEL_COLUMNS = ("label", "class_label", "class", "category", "target", "labels")


def parent_labels(ids: Iterable[str]) -> list[str | None]:
    """Return the name of the folder that each file lies in, trimmed; None in the root itself."""
    return [PurePosixPath(name).parent.name.strip() or None for name in ids]


def resolve_labels(
    labels: Labels, ids: list[str], set_aside: Iterable[str] = (), root: Path | None = None
) -> tuple[list[str | None], list[tuple[str, str]]]:
    """Return one label (or None) per id, and the problems met on the way.

    Parameters
    ----------
    labels : "parent", None, CSV path, or dict
        A dict, or a CSV with one of `FILE_COLUMNS` and one of `LABEL_COLUMNS`, names files by id
        or, where no two files share it, by bare file name.
    ids : list of str
    set_aside : iterable of str
        Ids that are known but were set aside: naming them is no mistake.
    root : Path or None
        The image folder, where a CSV with a relative path is looked for too.

    Raises
    ------
    FileNotFoundError, ValueError
        If the CSV is missing, lacks a column, gives one file two labels, or names none of `ids`.
    """
    if labels is None:
        return [None] * len(ids), []
    if isinstance(labels, str) and labels == "parent":
        return parent_labels(ids), []
    if isinstance(labels, Mapping):
        rows: Rows = [(str(key), value) for key, value in labels.items()]
        return match_rows("labels", rows, ids, set(set_aside), "labels")
    path = as_path(labels)
    if root is not None and not path.is_file() and (root / path).is_file():
        path = root / path
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: there is no such CSV file; labels is 'parent', None, a CSV path or a dict"
        )
    rows = read_rows(path, LABEL_COLUMNS, "labels")
    return match_rows(str(path), rows, ids, set(set_aside), "labels")


def match_rows(
    source: str, rows: Rows, ids: list[str], set_aside: set[str], what: str
) -> tuple[list[str | None], list[tuple[str, str]]]:
    """Return the value that `rows` (file name, value) give to each id, and the problems met.

    Errors call the rows `source` and the values `what`. See `resolve_labels` for names and errors.
    """
    known = [*ids, *set_aside]
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for name in known:
        by_name[PurePosixPath(name).name].append(name)
    exact = set(known)
    found: dict[str, str | None] = {}
    strangers: list[str] = []
    for given, label in rows:
        name = str(PurePosixPath(given.strip().replace("\\", "/")))
        if given in exact:
            name = given
        elif name not in exact:
            matches = by_name.get(name, [])
            if len(matches) > 1:
                raise ValueError(
                    f"{source}: {given!r} could be {' or '.join(matches[:3])}; "
                    "give the path relative to the image folder"
                )
            if not matches:
                strangers.append(given)
                continue
            name = matches[0]
        text = None if label is None else str(label).strip() or None
        if name in found and found[name] != text:
            raise ValueError(
                f"{source}: {name!r} has two {what}, {found[name]!r} and {text!r}; keep one row"
            )
        found[name] = text
    first = ", ".join(repr(name) for name in strangers[:3])
    if strangers and not found:
        raise ValueError(
            f"{source}: none of its {len(rows)} rows names an image of this folder "
            f"(it names {first}; the folder has {', '.join(map(repr, ids[:3]))}); "
            "use paths relative to the image folder, or bare file names"
        )
    problems = []
    if strangers:
        problems.append(
            (
                source,
                f"{len(strangers)} of its {len(rows)} rows name no image of this folder, first "
                f"{first}; correct the names or remove the rows",
            )
        )
    return [found.get(name) for name in ids], problems


def read_rows(path: Path, value_columns: tuple[str, ...], what: str) -> Rows:
    """Return (file name, value) of each row of a CSV file (comma, semicolon or tab; UTF-8).

    The file name stands in one of `FILE_COLUMNS`, the value in one of `value_columns`; `what`
    is what an error calls the values.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error}); save it as CSV UTF-8") from error
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    file_column = _pick(path, columns, FILE_COLUMNS, "file names")
    value_column = _pick(path, columns, value_columns, what)
    return [
        (row[file_column], row[value_column])
        for row in reader
        if row[file_column] and row[file_column].strip()
    ]


def _pick(path: Path, columns: dict[str, str], wanted: tuple[str, ...], what: str) -> str:
    for name in wanted:
        if name in columns:
            return columns[name]
    raise ValueError(
        f"{path}: no column with {what}; it has {', '.join(map(repr, columns)) or 'none'}, "
        f"expected one of {', '.join(wanted)}"
    )
