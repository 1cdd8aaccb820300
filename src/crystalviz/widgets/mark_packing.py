"""Pack marks, instances and the layout of their pictures into what the mark map's page reads.

Twin of ``widgets_js/src/mark_map/scene.ts`` and ``pyramid.ts``.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from crystalviz.consensus.inputs import numbers_of
from crystalviz.consensus.outputs.names import class_texts, instance_names
from crystalviz.consensus.review import class_columns, doubt, review_order
from crystalviz.images import ImageReadError
from crystalviz.images.ahead import map_ahead
from crystalviz.images.files import natural_key
from crystalviz.widgets.micrographs import TILE, Micrographs
from crystalviz.widgets.packing import pack_array

HELD_PIXELS = 1 << 24
"""Pictures ride in the widget's state as long as all of them together have no more pixels."""
HELD_SIDE = 1024
"""Of larger sets the levels of the first picture up to this side do."""


class Found(Protocol):
    """What the map reads of a fitted `MarkConsensus`."""

    candidates_: pd.DataFrame
    instances_: pd.DataFrame
    marks_: pd.DataFrame
    classes_: list[Any]
    jitter_: float
    min_probability: float
    gold_: pd.DataFrame | None

    def settle(self, gold: pd.DataFrame | None) -> Any: ...  # noqa: D102


def image_ids(found: Found) -> list[Any]:
    """Return the images that have marks or instances, as they came, in natural order."""
    seen = pd.concat([found.candidates_["image_id"], found.marks_["image_id"]]).unique().tolist()
    return sorted(seen, key=lambda one: natural_key(str(one)))


def pack_scene(found: Found, images: Sequence[Hashable], title: str) -> dict[str, Any]:
    """Return what the page draws, arrays as bytes with their dtype and shape.

    Parameters
    ----------
    found : MarkConsensus
        Fitted.
    images : sequence
        The images in the order of their numbers: `image_ids`.
    title : str
        Of the map.
    """
    candidates, marks = found.candidates_, found.marks_
    n_instances = len(found.instances_)
    number = pd.Index(images, dtype=object)
    of_mark = number.get_indexer(marks["image_id"].astype(object))
    order = np.argsort(of_mark, kind="stable")
    start = np.searchsorted(of_mark[order], np.arange(len(images) + 1))
    return {
        "images": [str(image) for image in images],
        "classes": class_texts(found.classes_),
        "title": title,
        "jitter": float(found.jitter_),
        # A clustering has no candidates: whatever it found is an instance.
        "min_probability": (
            float(found.min_probability) if getattr(found, "method", "model") == "model" else 0.0
        ),
        "review": pack_array(review_order(candidates, n_instances), np.int32),
        "instance": {
            "ids": instance_names(candidates),
            "image": pack_array(number.get_indexer(candidates["image_id"]), np.int32),
            **{
                name: pack_array(candidates[name], np.float32)
                for name in ("x", "y", "radius", "p_exists")
            },
            **_classes(found),
            "doubt": pack_array(doubt(candidates, n_instances), np.float32),
            **{
                name: pack_array(candidates[name], np.int32)
                for name in ("n_marks", "n_readers", "n_chances")
            },
        },
        "mark": {
            "x": pack_array(marks["x"].to_numpy()[order], np.float32),
            "y": pack_array(marks["y"].to_numpy()[order], np.float32),
            "instance": pack_array(marks["instance"].to_numpy()[order], np.int32),
            "volunteer": pack_array(pd.factorize(marks["volunteer_id"])[0][order], np.int32),
        },
        "mark_start": pack_array(start, np.int32),
    }


def _classes(found: Found) -> dict[str, Any]:
    """Return what is known of each candidate's class; of none where there are no labels."""
    candidates, k = found.candidates_, len(found.candidates_)
    probability = candidates[class_columns(candidates)].to_numpy(float)
    votes = [name for name in candidates if str(name).startswith("votes_")]
    labelled = bool(found.classes_)
    label = numbers_of(candidates["label"], found.classes_) if labelled else np.full(k, -1)
    zeros = np.zeros(k)
    return {
        "label": pack_array(label, np.int32),
        "p_label": pack_array(probability.reshape(k, -1) if k else probability, np.float32),
        "tie": pack_array(candidates["tie"] if labelled else zeros, np.uint8),
        "entropy": pack_array(candidates["entropy"] if labelled else zeros, np.float32),
        "votes": pack_array(candidates[votes], np.float32) if votes else None,
    }


def pack_layout(micrographs: Micrographs) -> dict[str, Any]:
    """Return the side of a tile, and width, height and levels of each image's picture.

    All three are 0 where an image has none; the page then shows the ground that its marks need.
    """
    sizes = [size or (0, 0) for size in micrographs.sizes]
    return {
        "tile": TILE,
        "images": [
            {"width": width, "height": height, "levels": micrographs.levels(number)}
            for number, (width, height) in enumerate(sizes)
        ],
    }


def held_tiles(micrographs: Micrographs, first: int) -> dict[str, bytes]:
    """Return the tiles that ride in the widget's state, so that they need no kernel.

    All of small sets (`HELD_PIXELS`); of others the coarse levels of the picture that is shown
    first. Pictures that cannot be decoded are set aside.
    """
    pixels = [size[0] * size[1] for size in micrographs.sizes if size is not None]
    if sum(pixels) <= HELD_PIXELS:
        return tiles_of(micrographs, range(len(micrographs.sizes)))
    return tiles_of(micrographs, [first], HELD_SIDE)


def tiles_of(
    micrographs: Micrographs,
    images: Sequence[int],
    side: float = math.inf,
    progress: bool = False,
) -> dict[str, bytes]:
    """Return the tiles of all levels up to `side` pixels, by "<image>/<level>/<column>/<row>".

    Pictures that cannot be decoded are set aside.
    """
    tiles: dict[str, bytes] = {}

    def cut(image: int) -> dict[tuple[int, int, int], bytes] | ImageReadError:
        try:
            return micrographs.tiles(image, side)
        except ImageReadError as error:
            return error

    cutting = map_ahead(cut, images)
    for image, found in tqdm(cutting, "Tiles", len(images), unit="image", disable=not progress):
        if isinstance(found, ImageReadError):
            micrographs.set_aside(image, found)
        else:
            for place, tile in found.items():
                tiles["/".join(map(str, (image, *place)))] = tile
    return tiles
