"""Pictures of the single instances, so that `analyze` can explore them."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from tqdm.auto import tqdm

from crystalviz._whole_file import whole_file
from crystalviz.consensus.outputs.names import folder_names, instance_names
from crystalviz.consensus.outputs.pictures import pictures_of
from crystalviz.images import ImageSet

INDEX_FILE = "crops.csv"


def crop_instances(
    instances: pd.DataFrame,
    images: ImageSet,
    folder: str | PathLike[str],
    size: int = 64,
    progress: bool = False,
) -> ImageSet:
    """Cut a square around each instance and return the squares as an image set.

    Files are `<label>/<name>.png` (or `<name>.png` without labels), the name as `instance_names`
    gives it; `crops.csv` says which instance each shows. Labels that no folder can be called are
    written as near as can be; the set has them as they are. At an image's border the picture is
    continued by reflection. Other files that were in `folder` stay.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`, or some of its rows.
    images : ImageSet
        The micrographs; their ids are the instances' image_id, but perhaps for folders and
        suffixes.
    folder : path
        Made when it is not there.
    size : int
        Pixels of a side.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    ImageSet
        The crops, each labelled with its instance's label as text.

    Raises
    ------
    ValueError
        When there are no instances, one is of an image that is not in the set, or lies further
        outside of its image than half of `size`.
    """
    if size < 2:
        raise ValueError(f"size must be at least 2 pixels, not {size}")
    if not len(instances):
        raise ValueError("there are no instances to cut out")
    place = pictures_of(instances["image_id"], images)
    files = _files(instances)
    root = Path(folder)
    for parent in sorted({(root / name).parent for name in files}):
        parent.mkdir(parents=True, exist_ok=True)
    x, y = (instances[axis].to_numpy(float).round().astype(np.int64) for axis in ("x", "y"))
    half = size // 2
    with tqdm(total=len(instances), unit="crop", desc="crops", disable=not progress) as bar:
        for image, rows in instances.groupby("image_id", sort=False).indices.items():
            pixels = images.pixels(place[image])
            _require_inside(instances.iloc[rows], pixels.shape, half, images.ids[place[image]])
            framed = np.pad(pixels, size, mode="symmetric")
            for i in rows:
                top, left = y[i] - half + size, x[i] - half + size
                with whole_file(root / files[i], "wb", sync=False) as file:
                    square = framed[top : top + size, left : left + size]
                    Image.fromarray(square).save(file, format="png")
                bar.update()
    index = crop_index(instances)
    with whole_file(root / INDEX_FILE) as file:
        index.to_csv(file, index=False, lineterminator="\n")
    labels = dict(zip(files, index["label"].map(_text), strict=True)) if "label" in index else None
    return ImageSet.from_folder(root, labels=labels)


def crop_index(instances: pd.DataFrame) -> pd.DataFrame:
    """Return which file shows which instance, one row an instance.

    `file` is the crop's image id in `crop_instances(...)` and in the table of its analysis;
    `instance_id` its name on the map; `instance` its row; `micrograph`, x, y its place.
    """
    columns = [name for name in ("label", "x", "y", "p_exists") if name in instances]
    return pd.DataFrame(
        {
            "file": _files(instances),
            "instance_id": instance_names(instances),
            "instance": instances.index,
            "micrograph": instances["image_id"].to_numpy(),
            **{name: instances[name].to_numpy() for name in columns},
        }
    )


def instances_of_crops(crops: Iterable[str], instances: pd.DataFrame) -> np.ndarray:
    """Return the position in `instances` of what each crop shows: (n,) int, -1 for none.

    Parameters
    ----------
    crops : iterable of str
        Image ids of crops, as in the table of their analysis; names without folder will do.
    instances : DataFrame
        What they were cut from, or `candidates_`.
    """
    names = [PurePosixPath(crop).name.removesuffix(".png") for crop in crops]
    found: np.ndarray = pd.Index(instance_names(instances)).get_indexer(names)
    return found


def _files(instances: pd.DataFrame) -> list[str]:
    names = [f"{name}.png" for name in instance_names(instances)]
    if "label" not in instances:
        return names
    labels = instances["label"].astype(object)
    folder = folder_names(labels.dropna().drop_duplicates().tolist())
    return [
        name if pd.isna(label) else f"{folder[label]}/{name}"
        for name, label in zip(names, labels, strict=True)
    ]


def _text(label: Any) -> str | None:
    return None if pd.isna(label) else str(label)


def _require_inside(
    instances: pd.DataFrame, shape: tuple[int, ...], half: int, picture: str
) -> None:
    height, width = shape
    x, y = instances["x"], instances["y"]
    outside = ~(x.between(-half, width + half) & y.between(-half, height + half))
    if outside.any():
        first = instances[outside].iloc[0]
        raise ValueError(
            f"{picture} is {width} x {height} pixels, and {outside.sum()} of its {len(instances)} "
            f"instances lie outside, the first at ({first['x']:.0f}, {first['y']:.0f}): marks have "
            "to be in pixels of this picture at its full size"
        )
