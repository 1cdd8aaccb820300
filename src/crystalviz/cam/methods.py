"""The CAM family: its names, and the formulas that need activations and gradients only.

Each formula takes activations A and gradients G of the class score to them, both
(n, h, w, c), and returns raw maps (n, h, w) that are zero or more. The score is the logit of
the class that is explained, before the sigmoid or softmax. Score-CAM and Ablation-CAM, which
run the network again, are in `crystalviz.cam.perturbation`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Keeps divisions by an absent gradient or activation at zero instead of NaN.
_TINY = 1e-12


def layercam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """LayerCAM: sum over c of relu(G) A (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943)."""
    return relu((relu(gradients) * activations).sum(axis=-1))


def gradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM: each channel weighted by its mean gradient (Selvaraju et al., arXiv:1610.02391)."""
    return weighted_sum(activations, gradients.mean(axis=(1, 2)))


def gradcam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM++: pixel-wise weighted positive gradients (Chattopadhay et al., arXiv:1710.11063).

    With the score exp(logit) of the paper, the second and third derivatives are powers of the
    gradient, and the common factor exp(logit) leaves the normalised map unchanged. The paper's
    G^2 / (2 G^2 + sum(A) G^3) is taken as 1 / (2 + sum(A) G): no small number has to be added,
    which for small gradients would decide the result.
    """
    denominator = 2 + activations.sum(axis=(1, 2), keepdims=True) * gradients
    alpha = np.where(denominator > _TINY, 1 / _nonzero(denominator), 0.0)
    return weighted_sum(activations, (alpha * relu(gradients)).sum(axis=(1, 2)))


def hirescam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """HiResCAM: relu of the sum over c of G A (Draelos and Carin, arXiv:2011.08891)."""
    return relu((gradients * activations).sum(axis=-1))


def xgradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """XGrad-CAM: gradients weighted by the share of activation (Fu et al., arXiv:2008.02312)."""
    total = activations.sum(axis=(1, 2))
    weights = (gradients * activations).sum(axis=(1, 2))
    weights = np.where(np.abs(total) > _TINY, weights / _nonzero(total), 0.0)
    return weighted_sum(activations, weights)


def eigencam(activations: np.ndarray, gradients: np.ndarray | None = None) -> np.ndarray:
    """Eigen-CAM: activations on their first principal axis (Muhammad and Yeasin, arXiv:2008.00299).

    Holds no class information: the same map whatever the model decides. `gradients` is
    not used. As in the paper the activations are not centred first. From the (h w, h w) Gram
    matrix, or the (c, c) one where it is smaller.
    """
    count, height, width, channels = activations.shape
    flat = activations.reshape(count, height * width, channels).astype(np.float64)
    if height * width <= channels:
        values, vectors = np.linalg.eigh(flat @ flat.transpose(0, 2, 1))
        # A v1 = s1 u1 (largest eigenvalue last).
        raw = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0))
    else:
        _, vectors = np.linalg.eigh(flat.transpose(0, 2, 1) @ flat)
        raw = (flat @ vectors[:, :, -1:])[:, :, 0]
    # The axis' sign is free, so evidence is made positive.
    raw *= np.where(raw.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return relu(raw.reshape(count, height, width))


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "hirescam": hirescam,
    "layercam": layercam,
    "xgradcam": xgradcam,
    "eigencam": eigencam,
}
"""Methods that are a formula of activations and gradients."""

CAM_METHODS: tuple[str, ...] = ("cam", *METHODS, "scorecam", "ablationcam")
"""Names that `compute_cam` takes as `method`."""

CLASS_FREE = frozenset({"eigencam"})
"""Methods that need no class, and so no trained head."""


def weighted_sum(activations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return relu of the sum over c of the weights (n, c) times A."""
    return relu(np.einsum("nhwc,nc->nhw", activations, weights))


def normalised(raw: np.ndarray, over: str | None = "image") -> np.ndarray:
    """Divide maps (n, h, w) by a peak; a map without evidence stays all zero.

    Parameters
    ----------
    raw : (n, h, w) array
    over : "image", "set" or None
        Whose peak: each map's own, that of all of them, or none.

    Returns
    -------
    (n, h, w) float32
        Never NaN; 0 to 1 unless `over` is None.
    """
    raw = np.nan_to_num(raw.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if over is not None:
        peak = raw.max(axis=(1, 2) if over == "image" else None, keepdims=True, initial=0.0)
        raw = np.divide(raw, peak, out=np.zeros_like(raw), where=peak > 0)
    return raw.astype(np.float32)


def relu(values: np.ndarray) -> np.ndarray:
    """Return the positive part."""
    return np.maximum(values, 0.0)


def _nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) > _TINY, values, 1.0)
