"""Class activation maps of many images."""

from __future__ import annotations

import difflib
import warnings
from typing import Literal, TypeAlias, overload

import numpy as np
from tqdm.auto import tqdm

from crystalviz.cam._resize import resize_values
from crystalviz.cam.methods import CAM_METHODS, CLASS_FREE, METHODS, normalised, weighted_sum
from crystalviz.cam.perturbation import Tick, ablationcam, passes, scorecam
from crystalviz.images import Images, as_image_set
from crystalviz.models import LayerEvidence, Model, load_model

BATCH = 32
DEFAULT_CHANNELS = 128
_PERTURBING = ("scorecam", "ablationcam")

Layers: TypeAlias = list[str] | tuple[str, ...]
Normalize: TypeAlias = Literal["image", "set"] | None


@overload
def compute_cam(
    images: Images,
    model: Model | str,
    layer: str = ...,
    method: str = ...,
    target: str | None = ...,
    *,
    normalize: Normalize = ...,
    fuse: bool = ...,
    channels: int | None = ...,
    progress: bool = ...,
) -> np.ndarray: ...


@overload
def compute_cam(
    images: Images,
    model: Model | str,
    layer: Layers,
    method: str = ...,
    target: str | None = ...,
    *,
    normalize: Normalize = ...,
    fuse: Literal[False] = ...,
    channels: int | None = ...,
    progress: bool = ...,
) -> dict[str, np.ndarray]: ...


@overload
def compute_cam(
    images: Images,
    model: Model | str,
    layer: Layers,
    method: str = ...,
    target: str | None = ...,
    *,
    normalize: Normalize = ...,
    fuse: Literal[True],
    channels: int | None = ...,
    progress: bool = ...,
) -> np.ndarray: ...


def compute_cam(
    images: Images,
    model: Model | str,
    layer: str | Layers = "conv5_block2_out",
    method: str = "layercam",
    target: str | None = None,
    *,
    normalize: Normalize = "image",
    fuse: bool = False,
    channels: int | None = DEFAULT_CHANNELS,
    progress: bool = False,
) -> np.ndarray | dict[str, np.ndarray]:
    """Compute where a layer holds evidence for a class.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model or str
        A loaded model or a name for `load_model`.
    layer : str, or list or tuple of str
        A layer with a (h, w, c) output, at any depth of nested models; or several.
    method : str
        One of `CAM_METHODS`. "eigencam" knows no class; the others explain the logit
        before the sigmoid or softmax, its sign turned for the negative class of one unit.
        "cam" needs a head of global average pooling and one dense layer, and the pooled
        layer. "scorecam" and "ablationcam" run the network once for each channel.
    target : str, optional
        The class to explain; by default the one predicted for each image.
    normalize : "image", "set" or None
        "image": each map's peak is 1; how much evidence there is cannot be compared. "set": the
        largest peak of all images is 1, per layer. None: raw, the method's own unit. Amounts
        compare between images for "cam", "gradcam", "hirescam", "layercam", "xgradcam" and
        "ablationcam", whose maps are in units of the score.
    fuse : bool
        Average the layers: each normalised, brought to the size of the largest map
        bilinearly, averaged, normalised again.
    channels : int or None
        How many channels of a layer Score-CAM (those that vary most over the picture) and
        Ablation-CAM (those that matter most to first order) try; None for all. 128 are all that
        crystalnet's last layer has, and 1 in 16 of a ResNet-50's.
    progress : bool
        Whether to show a progress bar with the time left.

    Returns
    -------
    (n, h, w) float32, or dict of str to (n, h, w) float32
        For one layer, or fused layers, the maps; for a list of layers those of each, by
        name. Zero or more, and at most 1 where normalised; all zero where the layer holds no
        evidence for the class, see `no_evidence`. Never NaN. In the order of the images; one
        that cannot be decoded is left out and listed in the `problems` of the image set.

    Raises
    ------
    ValueError
        If the method, the class or the normalisation is unknown, a layer's output is not a map,
        the head or the layer is not one that "cam" can use, or raw maps are to be fused.
    LayerNotFoundError
        If there is no such layer; near names are listed.
    NoClassHeadError
        If the method needs a class and the model has no class head.
    """
    layers = [layer] if isinstance(layer, str) else list(dict.fromkeys(layer))
    _check(layers, method, normalize, fuse, channels)
    loaded = load_model(model) if isinstance(model, str) else model
    if method not in CLASS_FREE:
        loaded.require_head(f"the CAM method {method!r}")
    if target is not None and target not in loaded.class_names:
        raise ValueError(
            f"no class {target!r}; the model {loaded.name!r} knows {', '.join(loaded.class_names)}"
        )
    raw = _raw_maps(images, loaded, layers, method, target, channels, progress)
    maps = {name: normalised(raw[name], normalize) for name in layers}
    if fuse:
        return normalised(_fused(list(maps.values())), normalize)
    return maps[layers[0]] if isinstance(layer, str) else maps


def _check(
    layers: list[str], method: str, normalize: Normalize, fuse: bool, channels: int | None
) -> None:
    if method not in CAM_METHODS:
        near = difflib.get_close_matches(method, CAM_METHODS, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ";"
        raise ValueError(f"no CAM method {method!r}{hint} there are: {', '.join(CAM_METHODS)}")
    if not layers:
        raise ValueError("give the name of at least one layer")
    if normalize not in ("image", "set", None):
        raise ValueError(f"normalize is 'image', 'set' or None, not {normalize!r}")
    if fuse and normalize is None:
        raise ValueError(
            "raw maps of different layers have no common unit to average; fuse with "
            "normalize='image' or 'set'"
        )
    if channels is not None and channels < 1:
        raise ValueError(f"channels is how many to try, at least 1, or None; not {channels}")


def _raw_maps(
    images: Images,
    model: Model,
    layers: list[str],
    method: str,
    target: str | None,
    channels: int | None,
    progress: bool,
) -> dict[str, np.ndarray]:
    """Return the raw maps of each layer, batch by batch."""
    source = as_image_set(images)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    held: list[np.ndarray] = []
    unit = "channel" if method in _PERTURBING else "image"
    with tqdm(
        total=len(source.ids), desc=method, unit=unit, disable=not progress, dynamic_ncols=True
    ) as bar:

        def finish() -> None:
            targets = None
            if target is not None and model.has_head:
                targets = [model.class_names.index(target)] * len(held)
            evidence = model.layer_evidence(held, layers, targets)
            if method in _PERTURBING:
                depths = [evidence.activations[name].shape[-1] for name in layers]
                bar.total = len(source.ids) * sum(passes(depth, channels) for depth in depths)
            for name in layers:
                tick = bar.update if method in _PERTURBING else _ignore
                parts[name].append(_of_batch(held, model, name, method, evidence, channels, tick))
            if method not in _PERTURBING:
                bar.update(len(held))
            held.clear()

        for _, pixels in source.stream():
            held.append(pixels)
            if len(held) == BATCH:
                finish()
        if held:
            finish()
    shapes = {name: _map_shape(model, name) for name in layers if not parts[name]}
    return {
        name: np.concatenate(found) if found else np.empty((0, *shapes[name]), np.float32)
        for name, found in parts.items()
    }


def _of_batch(
    pixels: list[np.ndarray],
    model: Model,
    layer: str,
    method: str,
    evidence: LayerEvidence,
    channels: int | None,
    tick: Tick,
) -> np.ndarray:
    activations, gradients = evidence.activations[layer], evidence.gradients[layer]
    broken = ~np.isfinite(activations).all(axis=(1, 2, 3))
    if broken.any():
        warnings.warn(
            f"the layer {layer!r} of {model.name!r} puts out values that are not finite for "
            f"{np.count_nonzero(broken)} of {len(broken)} images, so their maps are empty; check "
            "the weights of the model",
            stacklevel=4,
        )
        activations = np.where(broken[:, None, None, None], 0, activations)
    if method in METHODS:
        return METHODS[method](activations, gradients)
    # They take the network apart; the formulas do not.
    from crystalviz.models._tail import class_weights, tail_of

    if method == "cam":
        return weighted_sum(activations, class_weights(model, layer)[:, evidence.targets].T)
    prepared = model.prepare(pixels)
    if method == "scorecam":
        return scorecam(activations, prepared, model.class_scores, evidence.targets, channels, tick)
    return ablationcam(
        activations,
        gradients,
        prepared,
        tail_of(model, layer).scores_without,
        evidence.scores,
        evidence.targets,
        channels,
        tick,
    )


def _fused(maps: list[np.ndarray]) -> np.ndarray:
    """Average maps (n, h, w) of several sizes at the largest of them."""
    shape = max((found.shape[1:] for found in maps), key=lambda size: size[0] * size[1])
    return np.mean([resize_values(found, shape) for found in maps], axis=0)


def _map_shape(model: Model, layer: str) -> tuple[int, int]:
    blank = np.zeros((8, 8), np.uint8)
    height, width = model.layer_evidence([blank], layer).activations[layer].shape[1:3]
    return height, width


def _ignore(done: int) -> None:
    """Take no notice of progress."""
