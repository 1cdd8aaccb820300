"""Scenes: the groups of pictures that are one picture up to rotation, mirror and recompression."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import POSE_NAMES, compose_poses, inverse_pose
from crystalviz.images.scene_links import lossy_links
from crystalviz.images.scene_signature import SceneSignature, posed_signature
from crystalviz.images.sources import Images, ImageSource, as_image_set, map_pixels

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("single", "first", "exact", "lossy", "unreadable")
"""What an image is in its scene; see `Orbits`."""


@dataclass(frozen=True, eq=False)
class Orbits:
    """The scenes of some images, and how each image stands to the first of its scene.

    Attributes
    ----------
    ids : list of str
    scenes : (n,) int64 array
        Scene numbers from 0, by first appearance.
    poses : (n,) int8 array
        ``apply_pose(first, pose)`` is the image: equal to it, or nearly. 0 for the first itself.
        Of a symmetric picture, one of the poses that fit.
    kinds : list of str
        "single": the only image of its scene. "first": the one that the others are compared
        with. "exact": equal pixels in some pose. "lossy": recompressed, resized or a little
        noisier or brighter. "unreadable": cannot be decoded, and so a scene of its own.
    """

    ids: list[str]
    scenes: NDArray[np.int64]
    poses: NDArray[np.int8]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    def members(self) -> list[NDArray[np.int64]]:
        """Return the indices of the images of each scene, by scene number."""
        order = np.argsort(self.scenes, kind="stable")
        sizes = np.bincount(self.scenes) if len(order) else np.empty(0, np.int64)
        return np.split(order, np.cumsum(sizes)[:-1]) if len(sizes) else []

    def to_table(self) -> pd.DataFrame:
        """Return the columns image_id, scene, pose, pose_name and kind; one row per image."""
        import pandas as pd

        return pd.DataFrame(
            {
                "image_id": self.ids,
                "scene": self.scenes,
                "pose": self.poses,
                "pose_name": [POSE_NAMES[pose] for pose in self.poses],
                "kind": self.kinds,
            }
        )


def find_scenes(images: Images) -> NDArray[np.int64]:
    """Give the images that show one picture, in whatever pose, a common number.

    One picture means equal pixels in one of the eight poses (quarter turns and mirrors), or
    nearly so: recompressed (JPEG quality 50 and up), at half the size or more, with a little noise
    or a slightly different exposure. Frames of one field in which something has moved are
    different pictures. Pictures without detail (blank fields) are one only if their pixels are
    equal.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
        As `crystalviz.images.as_image_set` takes it.

    Returns
    -------
    (n,) int64 array
        Scene numbers from 0, by first appearance. An image that cannot be decoded is a scene of
        its own (and is listed in the set's `problems`).

    See Also
    --------
    crystalviz.images.find_orbits : also tells the pose of each image, and exact from lossy.
    """
    return find_orbits(images).scenes


def find_orbits(images: Images, progress: bool = False) -> Orbits:
    """Find the scenes of images, and the pose of each image in its scene.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Orbits
        What counts as one scene is said in `find_scenes`.
    """
    from tqdm.auto import tqdm

    source = as_image_set(images)
    seen: dict[int, tuple[SceneSignature, int]] = {}
    with tqdm(total=len(source), desc="Scenes", unit="image", disable=not progress) as bar:
        for index, signature in map_pixels(source, posed_signature):
            seen[index] = signature
            bar.update(index + 1 - bar.n)
    return orbits_of(source, seen)


def orbits_of(source: ImageSource, seen: Mapping[int, tuple[SceneSignature, int]]) -> Orbits:
    """Find the scenes of images whose `posed_signature` is known.

    Parameters
    ----------
    source : ImageSet or ArraySet
    seen : mapping of image index to posed signature
        Images that are missing here count as unreadable.
    """
    read = sorted(seen)
    signatures = [seen[index][0] for index in read]
    canonical = [seen[index][1] for index in read]
    first, poses = _grouped(signatures, lambda at: source.pixels(read[at]), canonical)
    scenes = np.arange(len(source)) + len(source)
    scenes[read] = first
    all_poses = np.zeros(len(source), np.int8)
    all_poses[read] = poses
    kinds = ["unreadable"] * len(source)
    copies = np.bincount(first, minlength=len(read))
    for at, index in enumerate(read):
        leader = int(first[at])
        if leader == at:
            kinds[index] = "first" if copies[at] > 1 else "single"
        else:
            same = signatures[at].digest == signatures[leader].digest
            kinds[index] = "exact" if same else "lossy"
    return Orbits(list(source.ids), _by_first_appearance(scenes), all_poses, kinds)


def group_scenes(
    signatures: Sequence[SceneSignature], pixels_of: Callable[[int], Pixels]
) -> NDArray[np.int64]:
    """Find the scenes of pictures whose signatures are known.

    Equal digests are one scene; recompressed copies are found by their spectra and confirmed by
    their pixels.

    Parameters
    ----------
    signatures : sequence of SceneSignature
    pixels_of : callable
        Index to (H, W) uint8; called only for candidates whose digests differ. What it raises as
        ImageReadError leaves the candidate unconfirmed.

    Returns
    -------
    (n,) int64 array
        Scene numbers from 0, by first appearance.
    """
    first, _ = _grouped(signatures, pixels_of, [0] * len(signatures))
    return _by_first_appearance(first)


def _grouped(
    signatures: Sequence[SceneSignature],
    pixels_of: Callable[[int], Pixels],
    canonical: Sequence[int],
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the first picture of each picture's scene, and the pose relative to that one.

    `canonical` are the poses that the digests were taken in (`posed_signature`).
    """
    by_digest: dict[bytes, int] = {}
    equal_to = [by_digest.setdefault(item.digest, index) for index, item in enumerate(signatures)]
    distinct = np.array(list(by_digest.values()), np.int64)
    neighbors: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, other, pose in lossy_links(signatures, distinct, pixels_of):
        neighbors[other].append((one, pose))
        neighbors[one].append((other, inverse_pose(pose)))
    # From the first picture of each scene along the links, one picture per digest.
    found: dict[int, tuple[int, int]] = {}
    for start in distinct.tolist():
        if start in found:
            continue
        found[start] = (start, 0)
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for there, step in neighbors[here]:
                if there not in found:
                    found[there] = (start, compose_poses(found[here][1], step))
                    waiting.append(there)
    first = np.empty(len(signatures), np.int64)
    poses = np.empty(len(signatures), np.int8)
    for index, equal in enumerate(equal_to):
        first[index], pose = found[equal]
        # Into the pose of the digest as its equal, and out of it as itself.
        pose = compose_poses(pose, canonical[equal])
        poses[index] = compose_poses(pose, inverse_pose(canonical[index]))
    return first, poses


def _by_first_appearance(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()]
