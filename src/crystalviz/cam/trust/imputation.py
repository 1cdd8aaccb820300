"""Fill missing pixels so that the hole cannot be seen: noisy linear imputation."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

# Weights of the direct and the diagonal neighbours (Rong et al., section 4.3).
_NEIGHBOURS = ((0, 1, 1 / 6), (1, 0, 1 / 6), (1, 1, 1 / 12), (1, -1, 1 / 12))
_LEAF = 16


def impute(
    image: NDArray[np.floating],
    missing: NDArray[np.bool_],
    noise: float = 0.01,
    rng: np.random.Generator | None = None,
) -> NDArray[np.float32]:
    """Replace missing pixels by the weighted mean of their neighbours, plus noise.

    Parameters
    ----------
    image : (h, w, c) array
    missing : (h, w) bool
        Not all of them.
    noise : float
        Standard deviation of the Gaussian noise, as a share of the image's own standard deviation.
        Without noise a network could tell imputed pixels by their smoothness.
    rng : numpy Generator, optional
        Of the noise; a fresh one with seed 0 by default.

    Returns
    -------
    (h, w, c) float32

    Raises
    ------
    ValueError
        If no pixel is left to impute from.

    Notes
    -----
    Rong et al. 2022, arXiv:2202.00449: each missing pixel equals 1/6 of each direct and 1/12 of
    each diagonal neighbour (renormalised at the image's rim), known or missing, which is one
    sparse linear system for all of them. It is symmetric and positive definite, so it is
    factored without pivoting in nested-dissection order (George 1973, doi:10.1137/0710032), which
    keeps the factors sparse.
    """
    values = np.asarray(image, np.float64)
    hole = np.asarray(missing, bool)
    result = values.copy()
    if not hole.any():
        return result.astype(np.float32)
    if hole.all():
        raise ValueError("every pixel is missing: nothing is left to impute from")
    height, width, channels = values.shape
    flat = values.reshape(-1, channels)
    order = _dissection(height, width)
    unknown = order[hole.ravel()[order]]
    known = np.flatnonzero(~hole.ravel())
    rows = _laplacian(height, width)[unknown]
    # SuperLU takes columns; the matrix is symmetric.
    factors = splu(
        rows[:, unknown].tocsc(),
        permc_spec="NATURAL",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    filled = factors.solve(-(rows[:, known] @ flat[known]))
    if noise:
        rng = rng if rng is not None else np.random.default_rng(0)
        # One grain for all channels: gray pictures stay gray.
        grain = rng.standard_normal((len(unknown), 1))
        filled = filled + noise * values.std() * grain
    result.reshape(-1, channels)[unknown] = filled
    return result.astype(np.float32)


@functools.lru_cache(maxsize=4)
def _laplacian(height: int, width: int) -> sparse.csr_array:
    """Return (h w, h w): each pixel's weights on its neighbours, negative, and their sum."""
    index = np.arange(height * width).reshape(height, width)
    first, second, weights = [], [], []
    for down, right, weight in _NEIGHBOURS:
        here = index[: height - down, max(0, -right) : width - max(0, right)].ravel()
        there = index[down:, max(0, right) : width + min(0, right)].ravel()
        first += [here, there]
        second += [there, here]
        weights.append(np.full(2 * len(here), weight))
    pairs = (np.concatenate(first), np.concatenate(second))
    size = height * width
    links = sparse.csr_array((np.concatenate(weights), pairs), shape=(size, size))
    return sparse.csr_array(sparse.diags_array(links.sum(axis=1)) - links)


@functools.lru_cache(maxsize=4)
def _dissection(height: int, width: int) -> NDArray[np.int64]:
    """Order the pixels so that each line that splits a block comes after its two halves."""
    index = np.arange(height * width).reshape(height, width)
    order: list[NDArray[np.int64]] = []

    def visit(block: NDArray[np.int64]) -> None:
        if block.size <= _LEAF:
            order.append(block.ravel())
            return
        if block.shape[0] < block.shape[1]:
            block = block.T
        middle = len(block) // 2
        visit(block[:middle])
        visit(block[middle + 1 :])
        order.append(block[middle])

    visit(index)
    result = np.concatenate(order)
    result.setflags(write=False)
    return result
