"""Class activation maps of many images."""

from __future__ import annotations

import difflib

import numpy as np

from crystalviz.cam.methods import CAM_METHODS, CLASS_FREE, METHODS, normalised
from crystalviz.images import Images, as_image_set
from crystalviz.models import Model, load_model

BATCH = 32


def compute_cam(
    images: Images,
    model: Model | str,
    layer: str = "conv5_block2_out",
    method: str = "layercam",
    target: str | None = None,
) -> np.ndarray:
    """Compute where a layer holds evidence for a class.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model or str
        A loaded model or a name for `load_model`.
    layer : str
        A layer with a (h, w, c) output, at any depth of nested models.
    method : str
        One of `CAM_METHODS`. "eigencam" knows no class; the others explain the logit
        before the sigmoid, its sign turned for the negative class.
    target : str, optional
        The class to explain; by default the one predicted for each image.

    Returns
    -------
    (n, h, w) float32
        0 to 1 with each map's peak at 1, or all zero where the layer holds no evidence
        for the class. Never NaN. In the order of the images; one that cannot be
        decoded is left out and listed in the `problems` of the image set.

    Raises
    ------
    ValueError
        If the method or the target class is unknown, or the layer's output is not a map.
    LayerNotFoundError
        If there is no such layer; near names are listed.
    NoClassHeadError
        If the method needs a class and the model has no class head.
    """
    if method not in METHODS:
        near = difflib.get_close_matches(method, CAM_METHODS, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ";"
        raise ValueError(f"no CAM method {method!r}{hint} there are: {', '.join(CAM_METHODS)}")
    loaded = load_model(model) if isinstance(model, str) else model
    if method not in CLASS_FREE:
        loaded.require_head(f"the CAM method {method!r}")
    if target is not None and target not in loaded.class_names:
        raise ValueError(
            f"no class {target!r}; the model {loaded.name!r} knows {', '.join(loaded.class_names)}"
        )
    maps: list[np.ndarray] = []
    held: list[np.ndarray] = []
    for _, pixels in as_image_set(images).stream():
        held.append(pixels)
        if len(held) == BATCH:
            maps.append(_cam_of_batch(held, loaded, layer, method, target))
            held.clear()
    if held:
        maps.append(_cam_of_batch(held, loaded, layer, method, target))
    return np.concatenate(maps) if maps else np.empty((0, *loaded.map_shape), np.float32)


def _cam_of_batch(
    pixels: list[np.ndarray], model: Model, layer: str, method: str, target: str | None
) -> np.ndarray:
    targets = None
    if target is not None and model.has_head:
        targets = [model.class_names.index(target)] * len(pixels)
    evidence = model.layer_evidence(pixels, layer, targets)
    return normalised(METHODS[method](evidence.activations[layer], evidence.gradients[layer]))
