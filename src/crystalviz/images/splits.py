"""Train, validation and test parts that never share a scene."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.images.scenes import find_scenes
from crystalviz.images.sources import Images, as_image_set

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """Three sets of image indices.

    Attributes
    ----------
    train, validation, test : (k,) int64 arrays
        Indices into the images, ascending when made by `group_split`.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        """Allow ``train, validation, test = split``."""
        return iter((self.train, self.validation, self.test))


def group_split(
    images: Images,
    fractions: Sequence[float] = (0.70, 0.25, 0.05),
    seed: int = 0,
    scenes: ArrayLike | None = None,
    labels: Sequence[str | None] | None = None,
) -> Split:
    """Split images into train, validation and test, whole scenes at a time.

    Within each label the scenes are shuffled by `seed`, and, the largest first, each goes to the
    part that lacks the most images. So the shares hold as far as whole scenes allow, for each
    label and over all. A part with a share gets at least one scene if there are enough scenes.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
    fractions : three floats
        Shares of train, validation and test; they add up to 1.
    seed : int
        The same images, fractions and seed give the same split.
    scenes : (n,) int array or None
        Known scene numbers; None calls `find_scenes`.
    labels : sequence or None
        Labels to balance; None takes those of `images`.

    Raises
    ------
    ValueError
        If the fractions are not three shares of 1, or scenes or labels are not one per image.
    """
    shares = checked_shares(fractions)
    source = as_image_set(images)
    numbers = find_scenes(source) if scenes is None else np.asarray(scenes, np.int64)
    names = list(source.labels if labels is None else labels)
    if not len(source) == len(numbers) == len(names):
        raise ValueError(
            f"{len(source)} images, {len(numbers)} scene numbers and {len(names)} labels: "
            "give one scene number and one label for each image"
        )
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, scene in enumerate(numbers.tolist()):
        members[scene].append(index)
    strata: defaultdict[str, list[list[int]]] = defaultdict(list)
    for indices in members.values():
        # A scene whose copies carry different labels counts with the most frequent one.
        counts = Counter(str(names[index]) for index in indices)
        strata[min(counts, key=lambda name: (-counts[name], name))].append(indices)
    parts = _deal(strata, shares, np.random.default_rng(seed))
    return Split(*(np.array(sorted(chain.from_iterable(part)), np.int64) for part in parts))


def checked_shares(fractions: Sequence[float]) -> NDArray[np.float64]:
    """Return `fractions` as an array, or raise ValueError where they are not three shares of 1."""
    shares = np.asarray(fractions, np.float64)
    if shares.shape != (3,) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise ValueError(
            f"fractions are three shares (train, validation, test) that add up to 1, not "
            f"{tuple(fractions)}"
        )
    return shares


def _deal(
    strata: dict[str, list[list[int]]], shares: NDArray[np.float64], rng: np.random.Generator
) -> list[list[list[int]]]:
    parts: list[list[list[int]]] = [[], [], []]
    total = np.zeros(3)
    seen = 0
    for name in sorted(strata):
        scenes = [strata[name][position] for position in rng.permutation(len(strata[name]))]
        scenes.sort(key=len, reverse=True)
        size = sum(map(len, scenes))
        seen += size
        held = np.zeros(3)
        for scene in scenes:
            lack = shares * size - held
            overall = shares * seen - total
            # Equal lack within the label: what the labels before left uneven is made good.
            part = max(range(3), key=lambda p: (round(float(lack[p]), 9), overall[p], shares[p]))
            parts[part].append(scene)
            held[part] += len(scene)
            total[part] += len(scene)
    for part in range(3):
        if shares[part] > 0 and not parts[part]:
            donor = max(range(3), key=lambda p: len(parts[p]))
            if len(parts[donor]) > 1:
                smallest = min(range(len(parts[donor])), key=lambda i: len(parts[donor][i]))
                parts[part].append(parts[donor].pop(smallest))
    return parts
