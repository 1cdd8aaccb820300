"""Two principal components of 13,664 x 2,048 features: crystalviz beside scikit-learn's solvers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from feature_like import feature_like
from limits import read_row
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.clustering import principal_components


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield the features of OpenCrystalData's 13,664 images; quick: of 4,000."""
    count, dimension = (4_000, 2048) if quick else (13_664, 2048)
    vectors = feature_like(count, dimension)

    def scikit_learn(solver: str) -> Callable[[], Any]:
        from sklearn.decomposition import PCA

        return lambda: PCA(2, svd_solver=solver, random_state=0).fit_transform(vectors)

    @cache
    def exact_axes() -> np.ndarray:
        wide = vectors.astype(np.float64)
        return np.linalg.svd(wide - wide.mean(axis=0), full_matrices=False)[2][:2]

    def off(axes: np.ndarray) -> float:
        return float(1 - np.abs((exact_axes() * axes).sum(axis=1)).min())

    def our_error() -> float:
        return off(principal_components(vectors).components)

    def seeds_error() -> float:
        from sklearn.decomposition import PCA

        return off(PCA(2, random_state=0).fit(vectors).components_)

    def bits_that_differ() -> float:
        one, two = (principal_components(vectors).coordinates for _ in range(2))
        return float((one != two).sum())

    yield Comparison(
        f"PCA, {count:,} x {dimension:,} to 2 components",
        [
            Row("scikit-learn auto (randomized)", lambda: scikit_learn("auto"), "seed"),
            Row("scikit-learn full", lambda: scikit_learn("full"), "peer"),
            Row("scikit-learn arpack", lambda: scikit_learn("arpack"), "peer"),
            Row("scikit-learn covariance_eigh", lambda: scikit_learn("covariance_eigh"), "peer"),
            Row(
                "crystalviz principal_components",
                lambda: lambda: principal_components(vectors),
                targets=[Target.seconds(1.5)],
            ),
            read_row(vectors.nbytes, name="read the vectors once"),
        ],
        "projections",
        [
            Check("1 - |cos| to the full SVD", our_error, None, 1e-6),
            Check("coordinates that differ between two runs", bits_that_differ, None, 0),
            Check("scikit-learn auto: 1 - |cos| to the full SVD", seeds_error),
        ],
        note="The seed's solver is randomized, not exact; only exact ones are peers.",
    )


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
