"""The neighbours of every vector at once: half of the products, few candidates, exact at the end.

The similarity of i and j is that of j and i, so each block of rows is multiplied only with itself
and the rows after it, and its candidates are read along rows and along columns. A candidate must
reach the k-th best of what its vector has been compared with so far, or a lower bound of that
(the k-th largest of the maxima of groups of products, which costs a pass instead of a selection).
What is left, a few dozen for each vector, is compared again in double precision.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from crystalviz.images.ahead import default_workers

_BLOCK_BYTES = 64 << 20
_GROUPS = 16
_PAIRS_AT_A_TIME = 256


def graph(
    unit: np.ndarray, quick: np.ndarray, wanted: int, slack: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `wanted` most similar others of every vector.

    Parameters
    ----------
    unit : ndarray, shape (n, d), float64
        Vectors of length one (or zero).
    quick : ndarray, shape (n, d), float32
        The same.
    wanted : int
        1 to n - 1.
    slack : float
        More than the error of a float32 product.

    Returns
    -------
    indices, similarity : ndarray, shape (n, wanted), int64 and float64
        As `nearest_neighbors`.
    """
    members, kind = _copies(unit)
    if len(members) == len(unit):
        return _graph_of_different(unit, quick, wanted, slack)
    first = np.array([rows[0] for rows in members])
    found = min(wanted, len(members) - 1)
    indices = np.zeros((len(members), 0), np.int64)
    similarity = np.zeros((len(members), 0))
    if found:
        indices, similarity = _graph_of_different(unit[first], quick[first], found, slack)
    return _with_copies(unit, members, kind, indices, similarity, wanted)


def _graph_of_different(
    unit: np.ndarray, quick: np.ndarray, wanted: int, slack: float
) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = _candidates(quick, wanted, slack)
    cosine = _cosines(unit, rows, columns)
    order = np.lexsort((columns, -cosine, rows))
    # Every vector has at least `wanted` candidates; the first of each are the answer.
    starts = np.searchsorted(rows, np.arange(len(unit)))
    best = order[starts[:, None] + np.arange(wanted)]
    return columns[best], np.clip(cosine[best], -1.0, 1.0)


def _candidates(quick: np.ndarray, wanted: int, slack: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (vector, candidate) pairs sorted by vector."""
    count = len(quick)
    height = max(1, min(count, _BLOCK_BYTES // (4 * count)))
    most = 4 * wanted + 64
    reached = np.full(count, -np.inf, np.float32)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    # One buffer for all blocks: fresh memory for each costs as much as the product itself.
    buffer = np.empty(height * count, np.float32)
    for start in range(0, count, height):
        stop = min(start + height, count)
        scores = buffer[: (stop - start) * (count - start)].reshape(stop - start, count - start)
        np.matmul(quick[start:stop], quick[start:].T, out=scores)
        own = np.arange(stop - start)
        scores[own, own] = -np.inf

        reached[start:stop] = np.maximum(reached[start:stop], _lower_bound(scores, wanted))
        row, column = _at_least(scores, reached[start:stop, None] - slack)
        value = scores[row, column]
        found.append(_fewer(row + start, column + start, value, most))

        if stop < count:
            below = scores[:, stop - start :]
            reached[stop:] = np.maximum(reached[stop:], _lower_bound(below.T, wanted))
            row, column = _at_least(below, reached[stop:] - slack)
            value = below[row, column]
            found.append(_fewer(column + stop, row + start, value, most))
    vector, candidate, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _near_the_cut(vector, candidate, value, wanted, slack, most)


def _lower_bound(scores: np.ndarray, wanted: int) -> np.ndarray:
    """Return a number that at least `wanted` entries of each row reach (-inf: fewer entries)."""
    height, width = scores.shape
    if width < wanted:
        return np.full(height, -np.inf, np.float32)
    share = width // _GROUPS
    if share < 4 * wanted:
        return np.partition(scores, width - wanted, axis=1)[:, width - wanted]
    # Neighbours in the table, often alike, fall into different groups.
    grouped = scores[:, : share * _GROUPS].reshape(height, _GROUPS, share).max(axis=1)
    return np.partition(grouped, share - wanted, axis=1)[:, share - wanted]


def _at_least(scores: np.ndarray, bound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Far faster than np.nonzero of two dimensions where little is found.
    flat = np.flatnonzero(scores >= bound)
    return np.divmod(flat, scores.shape[1])


def _fewer(
    vector: np.ndarray, candidate: np.ndarray, value: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep the `most` best candidates of each vector, of equal ones the lowest rows.

    More than that are equal to rounding: vectors at right angles to everything, say.
    """
    finite = np.isfinite(value)
    vector, candidate, value = vector[finite], candidate[finite], value[finite]
    if not len(vector) or np.bincount(vector).max() <= most:
        return vector, candidate, value
    order = np.lexsort((candidate, -value, vector))
    vector, candidate, value = vector[order], candidate[order], value[order]
    rank = np.arange(len(vector)) - np.searchsorted(vector, vector)
    keep = rank < most
    return vector[keep], candidate[keep], value[keep]


def _near_the_cut(
    vector: np.ndarray,
    candidate: np.ndarray,
    value: np.ndarray,
    wanted: int,
    slack: float,
    most: int,
) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((candidate, -value, vector))
    vector, candidate, value = vector[order], candidate[order], value[order]
    starts = np.searchsorted(vector, vector)
    rank = np.arange(len(vector)) - starts
    cut = value[starts + wanted - 1]
    keep = (value >= cut - slack) & (rank < most)
    return vector[keep], candidate[keep]


def _cosines(unit: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the similarity of each pair, summed as `ExactNeighbors.of_row` sums it."""
    cosine = np.empty(len(rows))

    def fill(start: int) -> None:
        part = slice(start, start + _PAIRS_AT_A_TIME)
        product = unit[rows[part]]
        product *= unit[columns[part]]
        product.sum(axis=1, out=cosine[part])

    with ThreadPoolExecutor(default_workers(), thread_name_prefix="crystalviz") as pool:
        for _ in pool.map(fill, range(0, len(rows), _PAIRS_AT_A_TIME)):
            pass
    return cosine


def _copies(unit: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
    """Group equal rows: (rows of each group, group of each row), by first appearance."""
    groups: dict[bytes, int] = {}
    members: list[list[int]] = []
    kind = np.empty(len(unit), np.int64)
    # Zero may have two signs.
    for index, row in enumerate(unit):
        kind[index] = group = groups.setdefault((row + 0.0).tobytes(), len(members))
        if group == len(members):
            members.append([])
        members[group].append(index)
    return members, kind


def _with_copies(
    unit: np.ndarray,
    members: list[list[int]],
    kind: np.ndarray,
    indices: np.ndarray,
    similarity: np.ndarray,
    wanted: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Give each copy its group's neighbours, and to those their own copies."""
    all_indices = np.empty((len(unit), wanted), np.int64)
    all_similarity = np.empty((len(unit), wanted))
    for row, group in enumerate(kind):
        own = members[group][: wanted + 1]
        to_itself = (unit[row] * unit[row]).sum()
        rows = [other for other in own if other != row]
        cosine = [to_itself] * len(rows)
        for other, value in zip(indices[group], similarity[group], strict=True):
            copies = members[other][:wanted]
            rows += copies
            cosine += [value] * len(copies)
        order = np.lexsort((rows, -np.array(cosine)))[:wanted]
        all_indices[row] = np.array(rows)[order]
        all_similarity[row] = np.clip(np.array(cosine)[order], -1.0, 1.0)
    return all_indices, all_similarity
