"""Count what leaks between the parts of a split, and how much a part really weighs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from crystalviz.images.effective_size import design_effect
from crystalviz.images.scenes import find_scenes
from crystalviz.images.sources import Images, as_image_set
from crystalviz.images.split_files import parts_of
from crystalviz.images.splits import Split


@dataclass(frozen=True)
class Leak:
    """What two parts share.

    Attributes
    ----------
    scenes : int
        Scenes with images in both parts.
    images : int
        Images of the second part whose scene is also in the first (for train and test: test
        images that the model has seen in another pose).
    """

    scenes: int
    images: int


@dataclass(frozen=True)
class SplitAudit:
    """The result of `audit_split`; print it to read it.

    Attributes
    ----------
    images, scenes : dict of str to int
        Images in each part, and scenes: the effective sample size where each scene counts once,
        since copies of one scene are one observation.
    labels : dict of str to dict
        Images of each label in each part.
    leaks : dict of (str, str) to Leak
        For each pair of parts, in the order of the parts.
    repeated : int
        Images that stand in more than one part, or twice in one.
    missing : int
        Images in no part.
    leaked : dict of str to int
        Images of each part whose scene is also in some other part.
    design_effects : dict of str to float
        Kish's design effect of each part (see `crystalviz.images.design_effect`): by what factor
        copies inflate the variance of a mean over its images.
    """

    images: dict[str, int]
    scenes: dict[str, int]
    labels: dict[str, dict[str, int]]
    leaks: dict[tuple[str, str], Leak]
    repeated: int
    missing: int
    leaked: dict[str, int]
    design_effects: dict[str, float]

    @property
    def clean(self) -> bool:
        """Whether no scene stands in two parts and no image twice."""
        return self.repeated == 0 and all(leak.scenes == 0 for leak in self.leaks.values())

    @property
    def last_part(self) -> str:
        """The part that a model is judged on: test, or the last one where none is named so."""
        return "test" if "test" in self.images else list(self.images)[-1]

    def effective_size(self, part: str = "test") -> float:
        """Return how many independent images the images of `part` are worth (Kish).

        Images divided by the design effect: the number of scenes if all have the same number of
        copies, fewer if some have many.
        """
        return self.images[part] / self.design_effects[part]

    def best_claim(self, part: str = "test", confidence: float = 0.95) -> float:
        """Return the accuracy that `part` can prove if the model makes no error on it.

        The one-sided lower bound of Clopper and Pearson (1934) at zero errors,
        ``(1 - confidence) ** (1 / scenes)``, with scenes for the number of trials.
        """
        return (1 - confidence) ** (1 / self.scenes[part]) if self.scenes[part] else 0.0

    def __str__(self) -> str:
        lines = ["part          images   scenes  effective   labels"]
        lines += [
            f"{part:<12}{self.images[part]:8,}{self.scenes[part]:9,}"
            f"{self.effective_size(part):11,.1f}   "
            + ", ".join(f"{name} {count:,}" for name, count in self.labels[part].items())
            for part in self.images
        ]
        for (first, second), leak in self.leaks.items():
            share = leak.images / self.images[second] if self.images[second] else 0.0
            lines.append(
                f"{first} / {second}: "
                + (
                    f"shared scenes: {leak.scenes:,}; {second} images with a copy in {first}: "
                    f"{leak.images:,} of {self.images[second]:,} ({share:.1%})"
                    if leak.scenes
                    else "no scene shared"
                )
            )
        if self.repeated:
            lines.append(f"images that stand in the split more than once: {self.repeated:,}")
        if self.missing:
            lines.append(f"images in no part: {self.missing:,}")
        last = self.last_part
        if self.scenes[last]:
            lines.append(
                f"No error on {last} would prove an accuracy of at least "
                f"{self.best_claim(last):.1%} (one-sided 95 % bound; "
                f"number of scenes: {self.scenes[last]:,})"
            )
        lines.append("clean: no leak" if self.clean else "LEAKS: use group_split, or merge scenes")
        return "\n".join(lines)


def audit_split(
    images: Images,
    split: Split | Mapping[str, ArrayLike],
    scenes: ArrayLike | None = None,
    labels: Sequence[str | None] | None = None,
) -> SplitAudit:
    """Count the scenes that a split tears apart.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
    split : Split, or mapping of part name to indices
        Any split, made by whatever tool.
    scenes : (n,) int array or None
        Known scene numbers; None calls `find_scenes`.
    labels : sequence or None
        Labels to count; None takes those of `images`.

    Raises
    ------
    ValueError
        If scenes or labels are not one per image, or the split has no part.
    IndexError
        If the split names an image that is not there.
    """
    source = as_image_set(images)
    numbers = find_scenes(source) if scenes is None else np.asarray(scenes, np.int64)
    names = list(source.labels if labels is None else labels)
    if not len(source) == len(numbers) == len(names):
        raise ValueError(
            f"{len(source)} images, {len(numbers)} scene numbers and {len(names)} labels: "
            "give one scene number and one label for each image"
        )
    parts = {name: np.asarray(ids, np.int64).ravel() for name, ids in parts_of(split).items()}
    if not parts:
        raise ValueError("the split has no part; give at least one part with image indices")
    for name, indices in parts.items():
        if len(indices) and not 0 <= indices.min() <= indices.max() < len(source):
            raise IndexError(
                f"part {name!r} names image {indices.max()}, but the images are numbered "
                f"0 to {len(source) - 1}"
            )
    leaks = {}
    torn: dict[str, set[int]] = {name: set() for name in parts}
    for first, second in combinations(parts, 2):
        shared = np.intersect1d(numbers[parts[first]], numbers[parts[second]])
        images_leaked = int(np.isin(numbers[parts[second]], shared).sum())
        leaks[first, second] = Leak(len(shared), images_leaked)
        torn[first].update(shared.tolist())
        torn[second].update(shared.tolist())
    everything = np.concatenate([*parts.values(), np.empty(0, np.int64)])
    return SplitAudit(
        images={name: len(indices) for name, indices in parts.items()},
        scenes={name: len(np.unique(numbers[indices])) for name, indices in parts.items()},
        labels={
            name: dict(sorted(Counter(str(names[index]) for index in indices).items()))
            for name, indices in parts.items()
        },
        leaks=leaks,
        repeated=len(everything) - len(np.unique(everything)),
        missing=len(source) - len(np.unique(everything)),
        leaked={
            name: int(np.isin(numbers[indices], sorted(torn[name])).sum())
            for name, indices in parts.items()
        },
        design_effects={name: design_effect(numbers[indices]) for name, indices in parts.items()},
    )
