"""What a folder of labelled images is worth: scenes, copies, splits that leak, shortcuts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.datasets.baselines import BASELINES, predict_from_shortcuts, shortcut_features
from crystalviz.images import (
    Images,
    ImageSet,
    NoImagesError,
    Orbits,
    Pixels,
    Split,
    SplitAudit,
    as_image_set,
    audit_split,
    design_effect,
    group_interval,
    group_split,
    random_split,
    read_split,
    sorted_split,
)
from crystalviz.images.scene_signature import SceneSignature, posed_signature
from crystalviz.images.scenes import orbits_of
from crystalviz.images.sources import ImageSource, map_pixels
from crystalviz.images.split_files import parts_of

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("sorted", "random", "group")
"""Splits by name: `sorted_split`, `random_split` and `group_split`."""

GIVEN = "given"
_FOLDS = 5
Parts = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Shortcut:
    """What can be guessed without looking at the picture.

    Attributes
    ----------
    accuracy : float
        On scenes that were held out, over images.
    interval : (float, float)
        95 %, with scenes as the trials (`group_interval`).
    chance : float
        The share of the most frequent class.
    """

    accuracy: float
    interval: tuple[float, float]
    chance: float

    @property
    def separates(self) -> bool:
        """Whether it surely closes a quarter of the gap between chance and always right."""
        return self.interval[0] > self.chance + (1 - self.chance) / 4


@dataclass(frozen=True, eq=False)
class FolderAudit:
    """The result of `audit_folder`; print it, or `write` it as a page.

    Attributes
    ----------
    images : ImageSet or ArraySet
        Those that could be decoded; the others are in `problems`.
    orbits : Orbits
        Scene, pose and kind of each image.
    labels : list of (str or None)
    conflicts : list of int
        Scenes whose images carry different labels: at least one of them is wrong.
    splits : dict of str to SplitAudit
        By name; "given" is the split that was handed over.
    parts : dict of str to (dict of str to (k,) int64 array)
        The images of each part of each of `splits`.
    shortcuts : dict of str to Shortcut
        "size", "mean_gray" and "entropy"; empty if `shortcuts_missing`.
    shortcuts_missing : str
        Why they were not measured.
    size_notes : list of str
        Classes whose images all have one size that no other class has.
    """

    images: ImageSource
    orbits: Orbits
    labels: list[str | None]
    conflicts: list[int]
    splits: dict[str, SplitAudit]
    parts: dict[str, Parts]
    shortcuts: dict[str, Shortcut]
    shortcuts_missing: str
    size_notes: list[str]

    @property
    def name(self) -> str:
        """Name of the folder."""
        return getattr(self.images, "name", "") or "images"

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Files that were set aside, with the reason."""
        return self.images.problems

    @property
    def scene_count(self) -> int:
        """Number of scenes."""
        return len(np.unique(self.orbits.scenes))

    @property
    def leaks(self) -> bool:
        """Whether the split leaks: the given one, or where none was given any that was made."""
        if GIVEN in self.splits:
            return not self.splits[GIVEN].clean
        return any(not audit.clean for audit in self.splits.values())

    def class_table(self) -> list[dict[str, object]]:
        """Return one row per label, and one for all where there are several."""
        names = sorted({str(label) for label in self.labels if label is not None})
        groups = {name: np.array([label == name for label in self.labels]) for name in names}
        unlabelled = np.array([label is None for label in self.labels])
        if unlabelled.any():
            groups["no label"] = unlabelled
        if len(groups) > 1:
            groups["all"] = np.ones(len(self.labels), bool)
        rows = []
        for name, chosen in groups.items():
            scenes = self.orbits.scenes[chosen]
            effect = design_effect(scenes)
            rows.append(
                {
                    "label": name,
                    "images": len(scenes),
                    "scenes": len(np.unique(scenes)),
                    "largest scene": int(np.unique(scenes, return_counts=True)[1].max()),
                    "design effect": f"{effect:.2f}",
                    "effective images": f"{len(scenes) / effect:,.1f}",
                }
            )
        return rows

    def split_table(self) -> list[dict[str, object]]:
        """Return one row per split: what leaks, and what a perfect test score would prove."""
        rows: list[dict[str, object]] = []
        for name, audit in self.splits.items():
            row: dict[str, object] = {"split": name}
            row |= audit.images
            for part in list(audit.images)[1:]:
                leaked, images = audit.leaked[part], audit.images[part]
                share = f" ({leaked / images:.1%})" if images else ""
                row[f"leaked {part}"] = f"{leaked:,}{share}"
            last = audit.last_part
            row[f"{last} scenes"] = audit.scenes[last]
            proves = f"{audit.best_claim(last):.1%}" if audit.scenes[last] else "nothing"
            row["no error proves"] = proves
            rows.append(row)
        return rows

    def shortcut_table(self) -> list[dict[str, object]]:
        """Return one row per shortcut."""
        return [
            {
                "known": name.replace("_", " "),
                "accuracy": f"{found.accuracy:.1%}",
                "from": f"{found.interval[0]:.1%}",
                "to": f"{found.interval[1]:.1%}",
                "most frequent class": f"{found.chance:.1%}",
            }
            for name, found in self.shortcuts.items()
        ]

    def sizes(self) -> dict[int, int]:
        """Return how many scenes have how many images."""
        return dict(sorted(Counter(np.bincount(self.orbits.scenes).tolist()).items()))

    def to_table(self) -> pd.DataFrame:
        """Return `Orbits.to_table` with the label and, per split, the part of each image."""
        table = self.orbits.to_table()
        table["label"] = list(self.labels)
        for name, parts in self.parts.items():
            table[f"{name}_part"] = part_names(parts, len(table))
        return table

    def __str__(self) -> str:
        from crystalviz.folder_audit_text import audit_text

        return audit_text(self)

    def write(self, path: str | os.PathLike[str], progress: bool = False) -> Path:
        """Write the audit as one HTML file, with the scenes pictured, and return its path."""
        from crystalviz.folder_audit_page import audit_page

        return audit_page(self, progress=progress).write(path)


def audit_folder(
    images: Images,
    split: str | os.PathLike[str] | Split | Mapping[str, ArrayLike] | None = None,
    fractions: Sequence[float] = (0.70, 0.25, 0.05),
    seed: int = 0,
    progress: bool = False,
) -> FolderAudit:
    """Say what labelled images are worth: scenes, copies, splits that leak, shortcuts.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
        Labels are those of the set (for a folder: the names of the folders that files lie in).
    split : None, name, CSV path, Split, or mapping of part name to indices
        None: the splits by sorted names, by shuffled names and by scenes are compared. One of
        `SPLITS`: that one alone. Otherwise a split of yours, beside those three; a CSV has the
        columns ``image_id`` and ``part`` (see `crystalviz.images.read_split`).
    fractions : three floats
        Shares of train, validation and test of the splits by name.
    seed : int
        Of the splits by name and of the folds for the shortcuts.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    FolderAudit

    Raises
    ------
    FileNotFoundError, ValueError
        If the folder or the CSV is missing or wrong, or no image can be decoded; see
        `ImageSet.from_folder` and `read_split`.
    """
    from tqdm.auto import tqdm

    source = as_image_set(images)
    given: dict[str, ArrayLike] | None = None
    names: tuple[str, ...] = SPLITS
    if isinstance(split, (Split, Mapping)):
        given = parts_of(split)
    elif isinstance(split, str) and split in SPLITS:
        names = (split,)
    elif split is not None:
        # Before the pictures are read: a wrong file shows at once.
        given = dict(_given_split(split, source))
    seen: dict[int, tuple[SceneSignature, int]] = {}
    features = np.full((len(source), 6), np.nan)
    with tqdm(total=len(source), desc="Audit", unit="image", disable=not progress) as bar:
        for index, (signature, row) in map_pixels(source, _look):
            seen[index], features[index] = signature, row
            bar.update(index + 1 - bar.n)
    if len(seen) < len(source):
        source, kept = _readable(source, sorted(seen))
        seen = {int(kept[index]): signature for index, signature in seen.items()}
        features = features[kept >= 0]
        if given is not None:
            given = {part: _kept(kept, indices) for part, indices in given.items()}
    orbits = orbits_of(source, seen)
    labels = list(source.labels)
    scenes = orbits.scenes
    made = {
        "sorted": lambda: sorted_split(source, fractions),
        "random": lambda: random_split(source, fractions, seed),
        "group": lambda: group_split(source, fractions, seed, scenes),
    }
    splits: dict[str, Mapping[str, ArrayLike]] = {} if given is None else {GIVEN: given}
    splits |= {name: parts_of(made[name]()) for name in names}
    shortcuts, missing = _shortcuts(features, labels, scenes, seed)
    return FolderAudit(
        images=source,
        orbits=orbits,
        labels=labels,
        conflicts=[
            number
            for number, members in enumerate(orbits.members())
            if len({labels[index] for index in members}) > 1
        ],
        splits={name: audit_split(source, parts, scenes) for name, parts in splits.items()},
        parts={
            name: {part: np.asarray(chosen, np.int64).ravel() for part, chosen in parts.items()}
            for name, parts in splits.items()
        },
        shortcuts=shortcuts,
        shortcuts_missing=missing,
        size_notes=_size_notes(features[:, :2], labels),
    )


def part_names(parts: Parts, count: int) -> list[str | None]:
    """Return the part of each image, or None; of an image in two parts, the last."""
    names: list[str | None] = [None] * count
    for part, indices in parts.items():
        for index in indices.tolist():
            names[index] = part
    return names


def _given_split(split: str | os.PathLike[str], source: ImageSource) -> Parts:
    try:
        return read_split(split, source)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error}; give a CSV file with image_id and part, or one of {', '.join(SPLITS)}"
        ) from None


def _readable(source: ImageSource, read: list[int]) -> tuple[ImageSource, NDArray[np.int64]]:
    """Return the images that could be decoded, and the new index of each old one, or -1."""
    if not isinstance(source, ImageSet) or not read:
        name, reason = source.problems[-1]
        raise NoImagesError(f"none of the {len(source)} images can be decoded. {name}: {reason}")
    kept = np.full(len(source), -1)
    kept[read] = np.arange(len(read))
    return source.subset(read), kept


def _kept(kept: NDArray[np.int64], indices: ArrayLike) -> NDArray[np.int64]:
    new = kept[np.asarray(indices, np.int64).ravel()]
    return new[new >= 0]


def _look(pixels: Pixels) -> tuple[tuple[SceneSignature, int], NDArray[np.float64]]:
    return posed_signature(pixels), shortcut_features(pixels)


def _size_notes(shapes: NDArray[np.float64], labels: list[str | None]) -> list[str]:
    sizes: dict[str, Counter[tuple[int, int]]] = {}
    for label, shape in zip(labels, shapes.tolist(), strict=True):
        if label is not None:
            # Turned pictures have the same size.
            low, high = sorted(map(int, shape))
            sizes.setdefault(label, Counter())[low, high] += 1
    notes = []
    for label in sorted(sizes):
        others = [sizes[other] for other in sizes if other != label]
        ((low, high), count), *more = sizes[label].most_common(2)
        if not more and count >= _FOLDS and others and not any((low, high) in o for o in others):
            notes.append(f"all {count:,} {label} images are {low} x {high} pixels, no other is")
    return notes


def _shortcuts(
    features: NDArray[np.float64],
    labels: list[str | None],
    scenes: NDArray[np.int64],
    seed: int,
) -> tuple[dict[str, Shortcut], str]:
    """Return what the shortcuts score on held-out scenes, or why that cannot be said."""
    from sklearn.model_selection import StratifiedGroupKFold

    chosen = np.flatnonzero([label is not None for label in labels])
    names, targets = np.unique([str(labels[index]) for index in chosen], return_inverse=True)
    if len(names) < 2:
        return {}, "there are not two classes to tell apart"
    groups = scenes[chosen]
    fewest = min(len(np.unique(groups[targets == number])) for number in range(len(names)))
    if fewest < 2:
        return {}, "a class has a single scene, so none can be held out"
    folds = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=seed)
    right = {name: np.zeros(len(chosen), bool) for name in BASELINES}
    for learn, check in folds.split(chosen, targets, groups):
        if len(np.unique(targets[learn])) < 2:
            continue  # nothing was learned: these count as wrong
        found = predict_from_shortcuts(features[chosen], targets, learn, check, groups, seed)
        for name, predicted in found.items():
            right[name][check] = predicted == targets[check]
    chance = float(np.bincount(targets).max() / len(targets))
    return {
        name: Shortcut(float(hits.mean()), group_interval(hits, groups), chance)
        for name, hits in right.items()
    }, ""
