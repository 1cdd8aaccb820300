"""The nearest images of an image of a collection: by its vector, or by the links saved with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from crystalviz.store.errors import WeaviateQueryError

IMAGE_ID = "image_id"
SAVED_NEIGHBORS, SAVED_DISTANCES = "saved_neighbors", "saved_distances"
"""Properties of an image with the image ids that it is linked to, and the distances to them."""

SAVED_LINK = "saved link"

# A tokenised image_id matches other images too: so many are looked through for the right one.
_HITS = 100


class FoundNeighbor(NamedTuple):
    """One neighbour of an image.

    Attributes
    ----------
    image_id : str
    similarity : float
        What `similarity` makes of the distance: the cosine, -1 to 1, where vectors are compared
        by their angle.
    distance : float
        In the collection's metric.
    found_by : str
        "exact" or "hnsw" by the vectors, "weaviate" where a server does not say which, or
        "saved link" where the image has no vector.
    properties : dict
        The neighbour's; empty for a saved link to an image that is not in the collection.
    """

    image_id: str
    similarity: float
    distance: float
    found_by: str
    properties: dict[str, Any]


def similarity(distance: float, metric: str = "cosine") -> float:
    """Return the similarity that a distance stands for: more alike is more.

    Parameters
    ----------
    distance : float
        As Weaviate measures it: 1 - cosine, minus the dot product, or a length from 0 up.
    metric : str
        "cosine", "dot", or another one, for which 1 / (1 + distance) is returned.
    """
    if metric == "cosine":
        return 1.0 - distance
    if metric == "dot":
        return -distance
    return 1.0 / (1.0 + distance)


class CollectionNeighbors:
    """Answers which images of a collection are most alike.

    Images are known by their property `image_id`, and by their uuid where the collection has no
    such property.

    Parameters
    ----------
    collection : Collection
        Of `crystalviz.connect`, of a folder or a server, or of weaviate-client itself.
    target_vector : str, optional
        Which of several named vectors; the first where nothing is said.
    """

    def __init__(self, collection: Any, target_vector: str | None = None) -> None:
        self._collection = collection
        self._filter, self._metadata = _classes_of(collection)
        config = collection.config.get()
        names = {prop.name for prop in config.properties}
        self._by_name = IMAGE_ID in names
        self._saved = {SAVED_NEIGHBORS, SAVED_DISTANCES} <= names
        self.vector_name, self.metric = _vector_of(config, target_vector)
        self._links: dict[str, dict[str, float]] | None = None

    def images(self, include_vector: bool = False) -> Iterator[Any]:
        """Return every object of the collection, by uuid."""
        yield from self._collection.iterator(
            include_vector=[self.vector_name] if include_vector and self._named else include_vector
        )

    @property
    def _named(self) -> bool:
        return self.vector_name != "default"

    def image_id(self, item: Any) -> str:
        """Return what an object is known by."""
        name = item.properties.get(IMAGE_ID) if self._by_name else None
        return str(item.uuid) if name is None else str(name)

    def find(self, image_id: str) -> Any:
        """Return the object of an image.

        Raises
        ------
        KeyError
            When there is none.
        """
        if self._by_name:
            where = self._filter.by_property(IMAGE_ID).equal(image_id)
            for item in self._collection.query.fetch_objects(filters=where, limit=_HITS).objects:
                if item.properties.get(IMAGE_ID) == image_id:
                    return item
        else:
            try:
                item = self._collection.query.fetch_object_by_id(UUID(image_id))
            except ValueError:
                item = None
            if item is not None:
                return item
        raise KeyError(self._missing(image_id))

    def _missing(self, image_id: str) -> str:
        return f"there is no image {image_id!r} in {self._collection.name}"

    def of(self, image_id: str, k: int = 5) -> list[FoundNeighbor]:
        """Return the `k` images most alike, nearest first; the image itself is left out.

        Where the image has no vector, the links that are saved with it, from either end, answer
        instead, and `found_by` says so; there may be fewer than `k`.

        Raises
        ------
        KeyError
            When there is no such image.
        ValueError
            When `k` is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        item = self.find(image_id)
        try:
            answer = self._nearest(item.uuid, k + 1)
        except Exception as error:
            if not is_query_error(error) or self._has_vector(item.uuid):
                raise
            return self._linked(image_id, k)
        found_by = getattr(answer, "found_by", None) or "weaviate"
        # Of more than k copies of one picture the image itself may be missing from the answer.
        others = [other for other in answer.objects if str(other.uuid) != str(item.uuid)][:k]
        if not others and not self._has_vector(item.uuid):
            return self._linked(image_id, k)
        return [
            FoundNeighbor(
                self.image_id(other),
                similarity(other.metadata.distance, self.metric),
                float(other.metadata.distance),
                found_by,
                other.properties,
            )
            for other in others
        ]

    def _nearest(self, uuid: Any, limit: int) -> Any:
        return self._collection.query.near_object(
            uuid,
            limit=limit,
            target_vector=self.vector_name if self._named else None,
            return_metadata=self._metadata(distance=True),
        )

    def _has_vector(self, uuid: Any) -> bool:
        item = self._collection.query.fetch_object_by_id(uuid, include_vector=True)
        return item is not None and len(item.vector.get(self.vector_name, ())) > 0

    def _linked(self, image_id: str, k: int) -> list[FoundNeighbor]:
        distances = self.saved_links().get(image_id, {})
        nearest = sorted(distances.items(), key=lambda pair: (pair[1], pair[0]))[:k]
        return [
            FoundNeighbor(other, similarity(distance), distance, SAVED_LINK, self._known(other))
            for other, distance in nearest
        ]

    def _known(self, image_id: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.find(image_id).properties
        except KeyError:
            return {}
        return found

    def saved_links(self) -> dict[str, dict[str, float]]:
        """Return the saved links from either end: image id to linked image ids and distances.

        A link that is saved twice has its smaller distance. They are read once.
        """
        if self._links is None:
            self._links = {}
            for item in self.images() if self._saved else ():
                source = self.image_id(item)
                for target, distance in saved_links_of(item.properties):
                    for a, b in ((source, target), (target, source)):
                        known = self._links.setdefault(a, {})
                        known[b] = min(distance, known.get(b, distance))
        return self._links


def saved_links_of(properties: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the links saved with an image, in their order: image ids and distances."""
    names = properties.get(SAVED_NEIGHBORS) or []
    distances = properties.get(SAVED_DISTANCES) or []
    return list(zip(names, map(float, distances), strict=False))


def is_query_error(error: Exception) -> bool:
    """Return whether a query was refused, by the embedded store or by weaviate-client."""
    names = {base.__name__ for base in type(error).__mro__}
    return isinstance(error, WeaviateQueryError) or WeaviateQueryError.__name__ in names


def _classes_of(collection: Any) -> tuple[Any, Any]:
    """Return `Filter` and `MetadataQuery` as the collection takes them."""
    if type(collection).__module__.split(".")[0] == "weaviate":
        from weaviate.classes.query import Filter, MetadataQuery

        return Filter, MetadataQuery
    from crystalviz.store import classes

    return classes.Filter, classes.MetadataQuery


def _vector_of(config: Any, target_vector: str | None) -> tuple[str, str]:
    """Return the name and the metric of the vector to compare."""
    spaces = config.vector_config or {"default": config}
    name = target_vector or ("default" if "default" in spaces else next(iter(spaces)))
    if name not in spaces:
        raise WeaviateQueryError(
            f"{config.name} has no vector named {name!r}; it has {', '.join(sorted(spaces))}"
        )
    metric = spaces[name].vector_index_config.distance_metric
    return name, str(getattr(metric, "value", metric))
