"""What a collection's configuration says of one of its indexes."""

from __future__ import annotations

from dataclasses import dataclass, field

from crystalviz.store.index.graph import SPACES, Parameters
from crystalviz.store.index.tuning import Dynamic
from crystalviz.store.schema import VectorSpace


@dataclass(frozen=True)
class Settings:
    """One vector's index.

    Attributes
    ----------
    distance : str
        One of `distances.DISTANCES`.
    flat : bool
        Never a graph.
    cutoff : int
        Below so many vectors every search is exact: Weaviate's flatSearchCutoff. There it is
        for filtered searches; here exact search of 40,000 vectors is quick enough for all
        (5 ms at 512 dimensions, 15 ms at 2,048), and never wrong.
    ef : int or None
        None: chosen for a recall of .99. -1: Weaviate's dynamic ef. Otherwise this one.
    """

    distance: str = "cosine"
    flat: bool = False
    cutoff: int = 40_000
    ef: int | None = None
    dynamic: Dynamic = field(default_factory=Dynamic)
    parameters: Parameters = field(default_factory=Parameters)

    @classmethod
    def of(cls, space: VectorSpace) -> Settings:
        """Read a vector's configuration."""
        return cls(
            str(space.distance),
            str(space.index_type) == "flat",
            space.flat_search_cutoff,
            space.ef,
            Dynamic(space.dynamic_ef_min, space.dynamic_ef_max, space.dynamic_ef_factor),
            # hnswlib needs two links at least.
            Parameters(max(2, space.max_connections), space.ef_construction),
        )

    @property
    def always_exact(self) -> str | None:
        """Why there is never a graph, or None."""
        if self.flat:
            return "the collection's index type is flat"
        if self.distance not in SPACES:
            return f"hnswlib does not know the distance {self.distance}"
        return None
