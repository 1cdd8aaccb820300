"""A model that looks at every picture in its 8 poses and takes the mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crystalviz.images import apply_pose
from crystalviz.images.poses import POSES
from crystalviz.models.results import FeaturePass, OnePass

if TYPE_CHECKING:
    from crystalviz.models.model import Model

# Count it up when the means come out differently from the same model.
_VERSION = 1


class PoseAverage:
    """The face of a `Model` whose answers do not depend on how a picture is turned.

    A crystal has no upright, yet a network gives each turned or mirrored copy another vector and
    another probability. The mean over the group of the 8 poses (D4) is the same for all of them.
    It costs eight times the computing.

    Parameters
    ----------
    model : Model
        On any engine; with an input and maps that are as high as wide.

    Attributes
    ----------
    model : Model
        The one that is asked eight times.
    fingerprint : str
        Of the model and the averaging.
    name, class_names, has_head, input_shape, dimension, map_shape, layer_names, cam_layer, \
feature_layer
        As of the model.

    Raises
    ------
    ValueError
        If the input or the map is not square: turned maps could not be laid over each other.

    Notes
    -----
    Each pose is resized by itself. So a turned copy of a picture gives the network the same eight
    arrays, in another order, and the means are equal up to the rounding of sums.
    """

    def __init__(self, model: Model) -> None:
        height, width = model.input_shape[:2]
        if height != width or model.map_shape[0] != model.map_shape[1]:
            raise ValueError(
                f"{model.name}: takes {height} x {width} pixels and gives maps of "
                f"{model.map_shape[0]} x {model.map_shape[1]}; averaging over poses needs squares"
            )
        self.model = model
        self.name = f"{model.name}, mean of 8 poses"
        self.class_names = model.class_names
        self.has_head = model.has_head
        self.input_shape = model.input_shape
        self.dimension = model.dimension
        self.map_shape = model.map_shape
        self.layer_names = model.layer_names
        self.cam_layer = model.cam_layer
        self.feature_layer = model.feature_layer
        digest = hashlib.blake2b(f"poses {_VERSION} ".encode(), digest_size=16)
        digest.update(model.fingerprint.encode())
        self.fingerprint = digest.hexdigest()

    def __repr__(self) -> str:
        return f"<PoseAverage of {self.model!r}>"

    def one_pass(self, pixels: Sequence[np.ndarray]) -> OnePass:
        """Run the network over the 8 poses of each image.

        Parameters
        ----------
        pixels : sequence of (H, W) uint8
            Of any sizes.

        Returns
        -------
        OnePass
            Mean vectors and mean probabilities. A map is the mean of those poses' maps, turned
            back, that explain the class with the highest mean probability, divided by its peak.
        """
        if not len(pixels):
            return self.model.one_pass([])
        return OnePass(
            *(np.stack(parts) for parts in zip(*map(self._average, pixels), strict=True))
        )

    def feature_pass(self, pixels: Sequence[np.ndarray]) -> FeaturePass:
        """Return the mean vectors and the mean, turned back, of the maps they are the mean of.

        Raises
        ------
        ValueError
            If the vector of the model is not the mean of a map.
        """
        if not len(pixels):
            return self.model.feature_pass([])
        vectors, activations = [], []
        for image in pixels:
            seen = self.model.feature_pass(_poses(image))
            vectors.append(_mean(seen.vectors))
            back = [turned_back(seen.activations[pose], pose) for pose in POSES]
            activations.append(_mean(np.stack(back)))
        return FeaturePass(np.stack(vectors), np.stack(activations))

    def require_head(self, purpose: str) -> None:
        """Raise `NoClassHeadError` if the model tells no classes apart."""
        self.model.require_head(purpose)

    def _average(self, image: np.ndarray) -> tuple[np.ndarray, ...]:
        seen = self.model.one_pass(_poses(image))
        by_class = _mean(seen.class_probability)
        maps = np.stack([turned_back(seen.maps[pose], pose) for pose in POSES])
        if self.has_head:
            maps = maps[_predicted(seen.class_probability) == _predicted(by_class[None])[0]]
        # Each pose may predict another class than the mean does.
        cam = _mean(maps) if len(maps) else np.zeros(self.map_shape, np.float32)
        peak = cam.max()
        if peak > 0:
            cam = cam / peak
        two = len(self.class_names) == 2
        return _mean(seen.vectors), by_class[1] if two else by_class.max(), cam, by_class


def turned_back(values: np.ndarray, pose: int) -> np.ndarray:
    """Undo `apply_pose` for (h, w) or (h, w, c) values."""
    upright = np.rot90(values, -(pose % 4))
    return upright[:, ::-1] if pose >= 4 else upright


def _poses(image: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(apply_pose(image, pose)) for pose in POSES]


def _mean(values: np.ndarray) -> np.ndarray:
    # In double precision: the order of the poses must not show.
    return np.asarray(values.astype(np.float64).mean(axis=0), np.float32)


def _predicted(by_class: np.ndarray) -> np.ndarray:
    if by_class.shape[1] == 2:
        # Equal shares go to the positive class, as everywhere.
        return (by_class[:, 1] >= 0.5).astype(np.int64)
    return by_class.argmax(axis=1)
