"""What is known about a model besides its weights."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz.models.errors import ModelFileError
from crystalviz.models.preprocess import PREPROCESSING

DEFAULT_CAM_LAYER = "conv5_block2_out"
"""Where maps are taken if the network has a layer of this name, as the ResNets of Keras do."""


@dataclass(frozen=True)
class Facts:
    """Facts of a model, which its ONNX file carries along.

    Attributes
    ----------
    name : str
    class_names : tuple of str
        At least two.
    units : int
        Of the class head: 1, or the number of classes; 0 without a head.
    preprocessing : str
        A key of `PREPROCESSING`.
    input_shape : (height, width, channels)
    cam_layer : str
    feature_layer : str
        Whose map has the vector as its mean; empty if there is none.
    layer_names : tuple of str
    dimension : int
        Of the vectors.
    map_shape : (int, int)
    weights : str
        `weights_digest` of the network.
    """

    name: str
    class_names: tuple[str, ...]
    units: int
    preprocessing: str
    input_shape: tuple[int, int, int]
    cam_layer: str
    feature_layer: str
    layer_names: tuple[str, ...]
    dimension: int
    map_shape: tuple[int, int]
    weights: str

    def __post_init__(self) -> None:
        check_preprocessing(self.preprocessing)
        check_class_names(self.class_names, max(2, self.units) if self.units else None, self.name)

    def to_json(self) -> str:
        """Return the facts as JSON text."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Facts:
        """Read `to_json` again.

        Raises
        ------
        ValueError, TypeError, KeyError
            If the text is not of this form.
        """
        raw: dict[str, Any] = json.loads(text)
        height, width, channels = (int(n) for n in raw["input_shape"])
        rows, columns = (int(n) for n in raw["map_shape"])
        return cls(
            name=str(raw["name"]),
            class_names=tuple(str(x) for x in raw["class_names"]),
            units=int(raw["units"]),
            preprocessing=str(raw["preprocessing"]),
            input_shape=(height, width, channels),
            cam_layer=str(raw["cam_layer"]),
            feature_layer=str(raw["feature_layer"]),
            layer_names=tuple(str(x) for x in raw["layer_names"]),
            dimension=int(raw["dimension"]),
            map_shape=(rows, columns),
            weights=str(raw["weights"]),
        )

    def digest(self, *more: object) -> str:
        """Return a fingerprint of what the numbers of a pass depend on, `more` included.

        The model's name and those of other layers are not part of it.
        """
        parts = (self.class_names, self.units, self.preprocessing, self.input_shape)
        text = repr((*parts, self.cam_layer, self.weights, *more))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def weights_digest(weights: Iterable[np.ndarray]) -> str:
    """Return a fingerprint of weights, whatever their order and names.

    Keras numbers the names anew in each process, and a file keeps them in another order.
    """
    each = []
    for values in weights:
        values = np.ascontiguousarray(values)
        digest = hashlib.blake2b(f"{values.shape}{values.dtype.str}".encode(), digest_size=16)
        digest.update(values.tobytes())
        each.append(digest.digest())
    return hashlib.blake2b(b"".join(sorted(each)), digest_size=16).hexdigest()


def check_preprocessing(name: str) -> None:
    """Raise `ValueError` for an unknown preprocessing."""
    if name not in PREPROCESSING:
        raise ValueError(f"no preprocessing {name!r}; there are {', '.join(PREPROCESSING)}")


def check_class_names(names: Sequence[str], classes: int | None, model: str) -> None:
    """Raise `ModelFileError` unless there is one name for each class, all different."""
    if len(names) < 2 or len(set(names)) < len(names):
        raise ModelFileError(f"{model}: class_names should be two or more different names")
    if classes is not None and classes != len(names):
        raise ModelFileError(
            f"{model}: tells {classes} classes apart, and there are {len(names)} class_names "
            f"({', '.join(names)}); give one for each"
        )
