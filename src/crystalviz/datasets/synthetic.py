"""Synthetic dark-field micrographs of cephalexin needles (CEX) and phenylglycine (PG)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from crystalviz.datasets._agglomerates import paint_agglomerate
from crystalviz.datasets._exposure import expose
from crystalviz.datasets._needles import needle_scene, paint_loose_needles
from crystalviz.images import apply_pose

LABELS = ("CEX", "PG")


@dataclass
class SyntheticCrystals:
    """Generated micrographs.

    Attributes
    ----------
    images : list of (H, W) uint8 arrays
    labels : list of "CEX" or "PG"
    scenes : list of int
        Images with the same number are one scene in several poses.
    """

    images: list[np.ndarray] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    scenes: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.images)

    def write(self, folder: str | Path) -> list[Path]:
        """Write PNG files `<folder>/cex/CEX (i).png` and `<folder>/pg/PG (i).png`.

        Parameters
        ----------
        folder : path
            Made when it is not there. Files of the same names are replaced.

        Returns
        -------
        list of pathlib.Path
            In the order of `images`.
        """
        counts = dict.fromkeys(LABELS, 0)
        written = []
        for image, label in zip(self.images, self.labels, strict=True):
            counts[label] += 1
            path = Path(folder) / label.lower() / f"{label} ({counts[label]}).png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path, optimize=True)
            written.append(path)
        return written


def synthetic_crystals(
    n: int,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    poses: float = 0.0,
) -> SyntheticCrystals:
    """Draw `n` micrographs, CEX and PG in turn.

    Parameters
    ----------
    n : int
        Number of images.
    seed : int
        The same seed gives the same bytes, and image i does not depend on `n`.
    size : (height, width), optional
        Pixels. By default each image has its own, 135 to 235 pixels a side,
        drawn without regard to the class.
    poses : float
        Share of PG images that repeat an earlier PG scene, turned or mirrored, as
        the real data set does. 0 makes every image a scene of its own.

    Returns
    -------
    SyntheticCrystals

    Raises
    ------
    ValueError
        If `n` is negative, `poses` is outside 0..1 or `size` is under 32 pixels.

    Notes
    -----
    Both classes show needles; PG adds an agglomerate. Size, brightness and contrast
    come from the same distributions for both: `crystalviz.datasets.shortcut_baselines`
    measures what is left to guess from them.
    """
    if n < 0:
        raise ValueError(f"n must be 0 or more, not {n}")
    if not 0 <= poses <= 1:
        raise ValueError(f"poses must be between 0 and 1, not {poses}")
    if size is not None and min(size) < 32:
        raise ValueError(f"size must be at least 32 x 32 pixels, not {size}")
    result = SyntheticCrystals()
    used_poses: dict[int, set[int]] = {}
    for i in range(n):
        label = LABELS[i % 2]
        rng = np.random.default_rng([seed, i])
        # A scene among the latest ones that has a pose left to show.
        recent = [s for s in list(used_poses)[-3:] if len(used_poses[s]) < 8]
        if poses and label == "PG" and recent and rng.random() < poses:
            scene = int(rng.choice(recent))
            pose = int(rng.choice([p for p in range(8) if p not in used_poses[scene]]))
            used_poses[scene].add(pose)
            image = np.ascontiguousarray(apply_pose(result.images[scene], pose))
        else:
            scene = i
            image = draw_micrograph(label, rng, size)
            if label == "PG":
                used_poses[scene] = {0}
        result.images.append(image)
        result.labels.append(label)
        result.scenes.append(scene)
    return result


def draw_micrograph(
    label: str, rng: np.random.Generator, size: tuple[int, int] | None = None
) -> np.ndarray:
    """Draw one micrograph (H, W) uint8 of the class `label`, "CEX" or "PG"."""
    if size is None:
        height = int(rng.integers(135, 236))
        width = height if rng.random() < 0.35 else int(rng.integers(135, 236))
        shape = (height, width)
    else:
        shape = (int(size[0]), int(size[1]))
    if label == "CEX":
        light = needle_scene(rng, shape)
    else:
        light = needle_scene(rng, shape, crowding=rng.uniform(0.2, 0.8))
        light *= rng.uniform(0.35, 1.0)
        paint_agglomerate(light, rng)
        if rng.random() < 0.5:
            paint_loose_needles(light, rng, int(rng.integers(1, 5)), (0.1, 0.5))
    return expose(light, rng)
