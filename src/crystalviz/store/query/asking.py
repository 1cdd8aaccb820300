"""What a query is asked with beside filters and orders; equal to weaviate-client's in use.

The readers of these take weaviate-client's own objects as well, by attribute, so that
the package need not be installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from crystalviz.store.errors import WeaviateInvalidInputError


@dataclass
class MetadataQuery:
    """Which metadata an answer should show."""

    creation_time: bool = False
    last_update_time: bool = False
    distance: bool = False
    certainty: bool = False
    score: bool = False
    explain_score: bool = False
    is_consistent: bool = False
    query_profile: bool = False

    @classmethod
    def full(cls) -> MetadataQuery:
        """Return a query for everything but the profile."""
        return cls(True, True, True, True, True, True, True)


@dataclass
class GroupBy:
    """Put the objects of an answer into groups.

    Parameters
    ----------
    prop : str
        Those with the same value of this property; of a list, with the same item.
    objects_per_group, number_of_groups : int
        At most.
    """

    prop: str
    objects_per_group: int
    number_of_groups: int


@dataclass
class QueryNested:
    """Show only some properties of a property that holds objects.

    Parameters
    ----------
    name : str
        The property.
    properties : str, QueryNested or list of them
        What to show of it.
    """

    name: str
    properties: Any


@dataclass
class QueryReference:
    """Show the objects that a reference leads to.

    Parameters
    ----------
    link_on : str
        The reference's name.
    include_vector, return_metadata, return_properties, return_references
        What to show of each object, as in a query.
    """

    link_on: str
    include_vector: Any = False
    return_metadata: Any = None
    return_properties: Any = None
    return_references: Any = None

    MultiTarget: ClassVar[type[QueryReferenceMultiTarget]]


@dataclass
class QueryReferenceMultiTarget(QueryReference):
    """`QueryReference` for a reference that leads into several collections: one of them."""

    target_collection: str = ""


QueryReference.MultiTarget = QueryReferenceMultiTarget


class Combination(StrEnum):
    """How the distances to several vectors become one."""

    SUM = "SUM"
    AVERAGE = "AVERAGE"
    MINIMUM = "MINIMUM"
    RELATIVE_SCORE = "RELATIVE_SCORE"
    MANUAL_WEIGHTS = "MANUAL_WEIGHTS"


@dataclass
class TargetVectorJoin:
    """Several vectors to search, and how their distances are joined."""

    combination: Combination
    target_vectors: list[str]
    weights: dict[str, float | list[float]] | None = None


class TargetVectors:
    """Ways to search several named vectors at once."""

    @staticmethod
    def sum(target_vectors: Sequence[str]) -> TargetVectorJoin:
        """Add the distances."""
        return TargetVectorJoin(Combination.SUM, list(target_vectors))

    @staticmethod
    def average(target_vectors: Sequence[str]) -> TargetVectorJoin:
        """Take the mean of the distances."""
        return TargetVectorJoin(Combination.AVERAGE, list(target_vectors))

    @staticmethod
    def minimum(target_vectors: Sequence[str]) -> TargetVectorJoin:
        """Take the smallest of the distances."""
        return TargetVectorJoin(Combination.MINIMUM, list(target_vectors))

    @staticmethod
    def manual_weights(weights: Mapping[str, float | list[float]]) -> TargetVectorJoin:
        """Add the distances, each times its weight; a list holds those of several vectors."""
        return TargetVectorJoin(Combination.MANUAL_WEIGHTS, list(weights), dict(weights))

    @staticmethod
    def relative_score(weights: Mapping[str, float | list[float]]) -> TargetVectorJoin:
        """Bring the distances to each vector to 0..1 first, then add them by weight."""
        return TargetVectorJoin(Combination.RELATIVE_SCORE, list(weights), dict(weights))


@dataclass
class ListOfVectors:
    """Several vectors to search one space with."""

    vectors: Sequence[Any]


class NearVector:
    """Makes queries of several vectors for one space."""

    @staticmethod
    def list_of_vectors(*vectors: Any) -> ListOfVectors:
        """Return a query of each of the vectors."""
        if not vectors:
            raise WeaviateInvalidInputError("list_of_vectors needs at least one vector")
        return ListOfVectors(vectors)


@dataclass
class HybridNearVector:
    """The vector half of a hybrid search, with a bound."""

    vector: Any
    distance: float | None = None
    certainty: float | None = None


class HybridVector:
    """Makes the vector half of a hybrid search."""

    @staticmethod
    def near_vector(
        vector: Any, *, certainty: float | None = None, distance: float | None = None
    ) -> HybridNearVector:
        """Return a search near a vector, within `distance` or `certainty`."""
        return HybridNearVector(vector, distance, certainty)


class HybridFusion(StrEnum):
    """How a hybrid search joins its two halves."""

    RANKED = "FUSION_TYPE_RANKED"
    RELATIVE_SCORE = "FUSION_TYPE_RELATIVE_SCORE"


@dataclass
class BM25Or:
    """Any of the query's tokens, and at least so many of them."""

    operator: ClassVar[str] = "or"
    minimum_should_match: int = 1


@dataclass
class BM25And:
    """All of the query's tokens, in one property."""

    operator: ClassVar[str] = "and"


@dataclass
class BM25AndCross:
    """All of the query's tokens, in any of the properties."""

    operator: ClassVar[str] = "and_cross"


class BM25Operator:
    """How many of a keyword query's tokens an object must have."""

    @staticmethod
    def or_(minimum_match: int) -> BM25Or:
        """Any of them, and at least `minimum_match`."""
        return BM25Or(minimum_match)

    @staticmethod
    def and_() -> BM25And:
        """All of them, in one property."""
        return BM25And()

    @staticmethod
    def and_cross() -> BM25AndCross:
        """All of them, in any of the properties together."""
        return BM25AndCross()


@dataclass
class Asked:
    """What an answer shows of each object, as the queries were given it."""

    include_vector: Any = False
    return_metadata: Any = None
    return_properties: Any = None
    return_references: Any = None
