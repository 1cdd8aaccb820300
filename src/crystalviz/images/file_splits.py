"""Splits of files that know nothing of scenes: to repeat published work, and to show what leaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from crystalviz.images.sources import Images, ImageSource, as_image_set
from crystalviz.images.splits import Split, checked_shares


def sorted_split(
    images: Images,
    fractions: Sequence[float] = (0.70, 0.25, 0.05),
    labels: Sequence[str | None] | None = None,
) -> Split:
    """Split each class at fixed places of its file names, sorted as text.

    The first 70 % of the sorted names are train, the next 25 % validation, the rest test; the
    bounds are rounded down. This is the split of The Georgia Project. Copies of a scene with
    neighbouring numbers mostly stay together, but not all: ``PG (1000)`` sorts before ``PG (101)``.
    Use `group_split` to train, and `audit_split` to see what leaks.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
    fractions : three floats
        Shares of train, validation and test; they add up to 1.
    labels : sequence or None
        The class of each image; None takes those of `images`.

    Returns
    -------
    Split
        Indices in ascending order.

    Raises
    ------
    ValueError
        If the fractions are not three shares of 1, or labels are not one per image.
    """
    source = as_image_set(images)
    classes = _classes(source, labels)
    ordered = [sorted(members, key=lambda index: source.ids[index]) for members in classes]
    return _cut(ordered, fractions)


def random_split(
    images: Images,
    fractions: Sequence[float] = (0.70, 0.25, 0.05),
    seed: int = 0,
    labels: Sequence[str | None] | None = None,
) -> Split:
    """Split the shuffled files of each class: the usual way, which tears scenes apart.

    Where scenes have several copies, nearly every test image has one in train.

    Parameters
    ----------
    images, fractions, labels
        As in `sorted_split`.
    seed : int
        The same images, fractions and seed give the same split.

    Returns
    -------
    Split
        Indices in ascending order.

    Raises
    ------
    ValueError
        If the fractions are not three shares of 1, or labels are not one per image.
    """
    rng = np.random.default_rng(seed)
    classes = _classes(as_image_set(images), labels)
    return _cut([rng.permutation(members).tolist() for members in classes], fractions)


def _classes(source: ImageSource, labels: Sequence[str | None] | None) -> list[list[int]]:
    names = list(source.labels if labels is None else labels)
    if len(names) != len(source):
        raise ValueError(f"{len(source)} images and {len(names)} labels: give one for each image")
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        members[str(name)].append(index)
    return [members[name] for name in sorted(members)]


def _cut(ordered: list[list[int]], fractions: Sequence[float]) -> Split:
    train, validation, _ = checked_shares(fractions)
    parts: list[list[int]] = [[], [], []]
    for members in ordered:
        # A hair more, or 0.7 * 6860 would be rounded down to 4801.
        first = int(train * len(members) + 1e-6)
        second = first + int(validation * len(members) + 1e-6)
        for part, chosen in zip(
            parts, (members[:first], members[first:second], members[second:]), strict=True
        ):
            part.extend(chosen)
    return Split(*(np.array(sorted(part), np.int64) for part in parts))
