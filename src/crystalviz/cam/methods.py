"""The formulas of the CAM family, on arrays.

Each takes activations A and gradients G of the class score to them, both
(n, h, w, c), and returns raw maps (n, h, w) that are zero or more. The score
is the logit of the class that is explained, before the sigmoid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Keeps divisions by an absent gradient or activation at zero instead of NaN.
_TINY = 1e-12


def layercam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """LayerCAM: sum over c of relu(G) A (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943)."""
    return _relu((_relu(gradients) * activations).sum(axis=-1))


def gradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM: each channel weighted by its mean gradient (Selvaraju et al., arXiv:1610.02391)."""
    weights = gradients.mean(axis=(1, 2))
    return _relu(np.einsum("nhwc,nc->nhw", activations, weights))


def gradcam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM++: pixel-wise weighted positive gradients (Chattopadhay et al., arXiv:1710.11063).

    With the score exp(logit) of the paper, the second and third derivatives are powers of the
    gradient, and the common factor exp(logit) leaves the normalised map unchanged.
    """
    total = activations.sum(axis=(1, 2), keepdims=True)
    denominator = 2 * gradients**2 + total * gradients**3
    alpha = np.where(
        np.abs(denominator) > _TINY, gradients**2 / _nonzero(denominator), np.zeros_like(gradients)
    )
    weights = (alpha * _relu(gradients)).sum(axis=(1, 2))
    return _relu(np.einsum("nhwc,nc->nhw", activations, weights))


def hirescam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """HiResCAM: relu of the sum over c of G A (Draelos and Carin, arXiv:2011.08891)."""
    return _relu((gradients * activations).sum(axis=-1))


def xgradcam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """XGrad-CAM: gradients weighted by the share of activation (Fu et al., arXiv:2008.02312)."""
    total = activations.sum(axis=(1, 2))
    weights = (gradients * activations).sum(axis=(1, 2))
    weights = np.where(np.abs(total) > _TINY, weights / _nonzero(total), 0.0)
    return _relu(np.einsum("nhwc,nc->nhw", activations, weights))


def eigencam(activations: np.ndarray, gradients: np.ndarray | None = None) -> np.ndarray:
    """Eigen-CAM: activations on their first principal axis (Muhammad and Yeasin, arXiv:2008.00299).

    Holds no class information: the same map whatever the model decides. `gradients` is
    not used. From the (h w, h w) Gram matrix, which is far smaller than A for deep layers.
    """
    count, height, width, channels = activations.shape
    flat = activations.reshape(count, height * width, channels).astype(np.float64)
    values, vectors = np.linalg.eigh(flat @ flat.transpose(0, 2, 1))
    # A v1 = s1 u1 (largest eigenvalue last); the axis' sign is free, so evidence is made positive.
    raw = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0))
    raw *= np.where(raw.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return _relu(raw.reshape(count, height, width))


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "layercam": layercam,
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "hirescam": hirescam,
    "xgradcam": xgradcam,
    "eigencam": eigencam,
}

CAM_METHODS: tuple[str, ...] = tuple(METHODS)
"""Names that `compute_cam` takes as `method`."""

CLASS_FREE = frozenset({"eigencam"})
"""Methods that need no class, and so no trained head."""


def normalised(raw: np.ndarray) -> np.ndarray:
    """Divide each map (n, h, w) by its peak; a map without evidence stays all zero.

    Returns
    -------
    (n, h, w) float32
        0 to 1, never NaN.
    """
    raw = np.nan_to_num(raw.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    peak = raw.max(axis=(1, 2), keepdims=True)
    return np.divide(raw, peak, out=np.zeros_like(raw), where=peak > _TINY).astype(np.float32)


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0.0)


def _nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) > _TINY, values, 1.0)
