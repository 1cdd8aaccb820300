"""Everything that a consensus gives, written into one folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from crystalviz._wording import counted
from crystalviz.consensus.outputs.coco import write_coco
from crystalviz.consensus.outputs.crops import crop_instances
from crystalviz.consensus.outputs.masks import write_masks
from crystalviz.consensus.outputs.names import instance_names
from crystalviz.consensus.outputs.pictures import match_pictures, picture_sizes
from crystalviz.consensus.outputs.result_folder import ResultFolder
from crystalviz.consensus.outputs.table_files import FORMATS, result_tables, write_table
from crystalviz.consensus.outputs.yolo import write_yolo
from crystalviz.images import ImageSet

if TYPE_CHECKING:
    from crystalviz.consensus.estimator import MarkConsensus

REVIEW_PAGE = "review.html"
_TABLES = ("instances", "candidates", "marks", "volunteers", "problems")
NAMES = [
    *(f"{name}.{kind}" for name in _TABLES for kind in FORMATS),
    *("review.csv", "reads_needed.csv", "coco.json", "yolo", "masks", "crops", REVIEW_PAGE),
]
"""What may be written, in the order in which it is."""


@dataclass
class Pictures:
    """What is known of the images that were read.

    Attributes
    ----------
    sizes : dict of image id to (width, height), pixels
        Of those of which it is known.
    files : dict of image id to str
        Their files, where there are pictures.
    rows : dict of image id to int
        Their rows in the set of images.
    missing : list of (image id, reason)
        Those without a picture, where there are pictures of others.
    """

    sizes: dict[Any, tuple[int, int]] = field(default_factory=dict)
    files: dict[Any, str] = field(default_factory=dict)
    rows: dict[Any, int] = field(default_factory=dict)
    missing: list[tuple[Any, str]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        marks: pd.DataFrame,
        reads: pd.DataFrame | None,
        images: ImageSet | None = None,
        size: tuple[float, float] | None = None,
    ) -> Pictures:
        """Find the pictures of the images that were read, and their sizes.

        A size is that of the picture, or the one given, or what the reads span.

        Raises
        ------
        ValueError
            When there are images, and none of them is one that was read.
        """
        ids = marks["image_id"].dropna().unique().tolist()
        found = cls()
        if reads is not None:
            ids = list(dict.fromkeys([*reads["image_id"].dropna(), *ids]))
            across, down = (
                (reads[start] + reads[side]).groupby(reads["image_id"]).max()
                for start, side in (("x0", "width"), ("y0", "height"))
            )
            found.sizes = {
                image: (math.ceil(across[image]), math.ceil(down[image]))
                for image in across.index
                if across[image] > 0 and down[image] > 0
            }
        if size is not None:
            width, height = (math.ceil(side) for side in size)
            found.sizes = dict.fromkeys(ids, (width, height))
        if images is not None:
            found.rows, found.missing = match_pictures(ids, images)
            if not found.rows and ids:
                raise ValueError(
                    f"{images.root}: none of the {counted(len(ids), 'image')} that were marked is "
                    f"there: {found.missing[0][1]}"
                )
            sizes = picture_sizes(found.rows.values(), images)
            found.sizes |= {image: sizes[row] for image, row in found.rows.items()}
            found.files = {image: images.ids[row] for image, row in found.rows.items()}
        return found


def write_results(
    found: MarkConsensus,
    folder: ResultFolder,
    pictures: Pictures,
    images: ImageSet | None = None,
    *,
    formats: tuple[str, ...] = FORMATS,
    radius: float | None = None,
    crop_size: int = 64,
    progress: bool = False,
) -> list[tuple[str, str]]:
    """Write tables, detectors' files, masks and crops.

    Parameters
    ----------
    found : MarkConsensus
        After `fit`.
    folder : ResultFolder
        After `begin`.
    pictures : Pictures
        Boxes and masks are made of the instances in images whose size it knows.
    images : ImageSet, optional
        Crops are made of the instances in images that are there.
    formats : tuple of str
        Of the tables: "csv", "parquet".
    radius : float, optional
        Of boxes and masks, pixels; each instance's own where nothing is said.
    crop_size : int
        Pixels of a side.
    progress : bool
        Whether to show bars.

    Returns
    -------
    list of (str, str)
        What was written, and what it is.
    """
    lines = _write_tables(found, folder, formats)
    instances = found.instances_
    boxed = instances[instances["image_id"].isin(pictures.sizes)]
    if pictures.sizes:
        # Training programs look for pictures by their files' names.
        file = {name: pictures.files.get(name, name) for name in pictures.sizes}
        named = boxed.assign(image_id=boxed["image_id"].map(file))
        sizes = {file[name]: size for name, size in pictures.sizes.items()}
        classes = found.classes_ or None
        write_coco(named, folder.file("coco.json"), sizes, radius, classes)
        with folder.folder("yolo") as draft:
            write_yolo(named, draft, sizes, radius, classes)
        with folder.folder("masks") as draft:
            write_masks(named, draft, sizes, radius, classes)
        images_told = counted(len(sizes), "image")
        # How far marks scatter says nothing of how large a particle is.
        told = radius is not None or "radius" in found.marks_
        size_told = "" if told else ", as large as its marks scatter: --radius says better"
        boxes_told = f"a box for each of {counted(len(boxed), 'instance')} on {images_told}"
        lines += [
            ("coco.json", boxes_told + size_told),
            ("yolo", "the same for YOLO"),
            ("masks", f"{counted(len(sizes), 'class mask')}, for training a segmentation"),
        ]
    shown = instances[instances["image_id"].isin(pictures.rows)]
    if images is not None and len(shown):
        with folder.folder("crops") as draft:
            crop_instances(shown, images, draft, crop_size, progress)
        lines.append(
            ("crops", f"{counted(len(shown), 'picture')} of {crop_size} px, for `analyze`")
        )
    return lines


def _write_tables(
    found: MarkConsensus, folder: ResultFolder, formats: tuple[str, ...]
) -> list[tuple[str, str]]:
    from crystalviz.consensus.stopping import reads_needed

    for name, table in result_tables(found).items():
        for kind in formats:
            write_table(table, folder.file(f"{name}.{kind}"))
    doubtful = found.doubtful()
    review = doubtful.assign(instance_id=instance_names(doubtful))
    order = ["instance_id", *(name for name in review.columns if name != "instance_id")]
    write_table(review[order], folder.file("review.csv"))
    needed = reads_needed(found)
    write_table(needed, folder.file("reads_needed.csv"))
    settled = int(needed["settled"].sum())
    return [
        ("instances.csv", f"{counted(len(found.instances_), 'instance')}, one a row"),
        ("marks.csv", f"{counted(len(found.marks_), 'mark')}, each with its instance"),
        ("volunteers.csv", f"{counted(len(found.volunteers_), 'volunteer')}, with their skill"),
        ("review.csv", f"{counted(len(review), 'doubtful place')}, the most doubtful first"),
        ("reads_needed.csv", f"{settled} of {counted(len(needed), 'image')} settled"),
    ]
