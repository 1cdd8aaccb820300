"""What a model says about images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class OnePass(NamedTuple):
    """What one forward pass says about b images.

    Attributes
    ----------
    vectors : (b, d) float32
        Global average of the last convolutional map.
    probability : (b,) float32
        P(positive class) for two classes, P(predicted class) for more, NaN where the model
        has no class head.
    maps : (b, h, w) float32
        LayerCAM of the predicted class at `Model.cam_layer`, 0 to 1; all zero where
        nothing speaks for it. Without a class head: the mean activation.
    class_probability : (b, K) float32
        P of each class of `Model.class_names`; NaN without a class head.
    """

    vectors: np.ndarray
    probability: np.ndarray
    maps: np.ndarray
    class_probability: np.ndarray


class FeaturePass(NamedTuple):
    """Vectors of b images and the maps they are the spatial mean of.

    Attributes
    ----------
    vectors : (b, d) float32
    activations : (b, h, w, d) float32
    """

    vectors: np.ndarray
    activations: np.ndarray


class LayerEvidence(NamedTuple):
    """What CAM methods are computed from, for b images.

    Attributes
    ----------
    activations : dict of str to (b, h, w, c) float32
        Of each layer that was asked for, by name.
    gradients : dict of str to (b, h, w, c) float32
        Of the score of the explained class, before the sigmoid or softmax.
    scores : (b, K) float32
        The logits of the classes; -z and z where one unit z tells two classes apart.
    targets : (b,) int64
        Number of the explained class; -1 without a class head.
    """

    activations: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    scores: np.ndarray
    targets: np.ndarray
