"""What of an object an answer shows: metadata, properties, references, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query.asking import Asked, MetadataQuery
from crystalviz.store.query.columns import target_of
from crystalviz.store.query.grouping import GroupedHits
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.linking import Links
from crystalviz.store.query.results import (
    CrossReference,
    Group,
    GroupByMetadataReturn,
    GroupByObject,
    GroupByReturn,
    MetadataReturn,
    Object,
)
from crystalviz.store.query.shown import ShownProperties, read_properties
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import StoredObject
from crystalviz.store.writing.properties import PropertyCodec

_METADATA = frozenset(field.name for field in fields(MetadataQuery))

# Of an object that no search measured.
_NOT_SEARCHED = Hit(b"")


@dataclass(frozen=True)
class _ShownReference:
    """A reference to show: the objects of one collection that it leads to, and what of them."""

    name: str
    collection: str
    reply: Reply


class Reply:
    """Turns stored objects into the objects of an answer.

    Parameters
    ----------
    config : CollectionConfig
        The collection.
    asked : Asked
        What to show; ours or weaviate-client's.
    links : Links
        The collections that references lead to.

    Raises
    ------
    WeaviateQueryError
        When a property, reference or vector does not exist.
    """

    def __init__(self, config: CollectionConfig, asked: Asked, links: Links) -> None:
        self._config = config
        self._links = links
        self._codec = PropertyCodec(config)
        self._metadata = _read_metadata(asked.return_metadata)
        self._properties: ShownProperties = read_properties(asked.return_properties, config)
        self._references = self._read_references(asked.return_references)
        self.vectors: bool | list[str] = _read_include(asked.include_vector, config)

    def objects(
        self, hits: Sequence[tuple[Hit, StoredObject]], metrics: Sequence[str] = ()
    ) -> list[Object]:
        """Return the objects of an answer.

        Parameters
        ----------
        hits : sequence of (Hit, StoredObject)
            In their order.
        metrics : sequence of str
            What distances were measured with, where vectors were searched.
        """
        references = self._resolve([stored for _, stored in hits])
        return [
            Object(
                UUID(bytes=stored.uuid),
                self._shown_metadata(hit, stored, metrics),
                self._shown_properties(stored),
                found,
                _shown_vectors(stored),
                self._config.name,
            )
            for (hit, stored), found in zip(hits, references, strict=True)
        ]

    def plain(self, stored: Sequence[StoredObject]) -> list[Object]:
        """Return the objects of an answer that nothing was searched for."""
        return self.objects([(_NOT_SEARCHED, one) for one in stored])

    def groups(self, grouped: Sequence[GroupedHits], found_by: str | None) -> GroupByReturn:
        """Return the answer of a query with `group_by`."""
        groups = {}
        for one in grouped:
            references = self._resolve([stored for _, stored in one.members])
            distances = [hit.distance or 0.0 for hit, _ in one.members]
            groups[one.name] = Group(
                one.name,
                distances[0],
                distances[-1],
                len(one.members),
                [
                    GroupByObject(
                        self._config.name,
                        self._shown_properties(stored),
                        found,
                        GroupByMetadataReturn(
                            hit.distance if "distance" in self._metadata else None
                        ),
                        _shown_vectors(stored),
                        UUID(bytes=stored.uuid),
                        one.name,
                    )
                    for (hit, stored), found in zip(one.members, references, strict=True)
                ],
            )
        everything = [member for group in groups.values() for member in group.objects]
        return GroupByReturn(everything, groups, found_by=found_by)

    def _shown_metadata(
        self, hit: Hit, stored: StoredObject, metrics: Sequence[str]
    ) -> MetadataReturn:
        asked = self._metadata
        metadata = MetadataReturn()
        if "creation_time" in asked:
            metadata.creation_time = _time(stored.created)
        if "last_update_time" in asked:
            metadata.last_update_time = _time(stored.updated)
        if "distance" in asked:
            metadata.distance = hit.distance
        # As Weaviate, which leaves it out where a distance is no cosine.
        cosine = bool(metrics) and all(metric == "cosine" for metric in metrics)
        if "certainty" in asked and hit.distance is not None and cosine:
            metadata.certainty = 1.0 - hit.distance / 2.0
        if "score" in asked:
            metadata.score = hit.score
        if "explain_score" in asked:
            metadata.explain_score = hit.explanation
        return metadata

    def _shown_properties(self, stored: StoredObject) -> dict[str, Any]:
        return self._properties.cut(self._codec.decode(stored.properties, self._properties.names))

    # -- references --------------------------------------------------------------

    def _read_references(self, given: Any) -> list[_ShownReference] | None:
        if given is None:
            return None
        several = given if isinstance(given, list | tuple | set) else [given]
        return [self._read_reference(one) for one in several] or None

    def _read_reference(self, given: Any) -> _ShownReference:
        link_on = getattr(given, "link_on", None)
        if not isinstance(link_on, str):
            raise WeaviateInvalidInputError(
                f"not a reference to show: {given!r}. Write QueryReference(link_on=name)"
            )
        names = (link_on, link_on[:1].lower() + link_on[1:])
        reference = next((r for r in self._config.references if r.name in names), None)
        if reference is None:
            raise WeaviateQueryError(
                f"no such reference with name {link_on!r} found in {self._config.name}"
            )
        collection = getattr(given, "target_collection", None)
        if collection:
            collection = collection[:1].upper() + collection[1:]
        elif len(reference.target_collections) == 1:
            (collection,) = reference.target_collections
        else:
            raise WeaviateQueryError(
                f"the reference {link_on!r} leads into several collections "
                f"({', '.join(reference.target_collections)}): say which with "
                "QueryReference.MultiTarget(link_on=..., target_collection=...)"
            )
        asked = Asked(
            given.include_vector,
            given.return_metadata,
            given.return_properties,
            given.return_references,
        )
        config = self._links.record(collection).config
        return _ShownReference(reference.name, collection, Reply(config, asked, self._links))

    def _resolve(
        self, stored: Sequence[StoredObject]
    ) -> Sequence[dict[str, CrossReference] | None]:
        """Return the references of each object, those that lead somewhere.

        A reference that was never set is left out; one that was emptied is shown empty
        (`extractRefPropertiesAnswer` of the server's `grpc/v1/prepare_reply.go`).
        """
        if self._references is None:
            return [None] * len(stored)
        found: list[dict[str, CrossReference]] = [{} for _ in stored]
        objects: dict[str, dict[str, Object]] = {}
        for shown in self._references:
            beacons = [_targets(one, shown.name) for one in stored]
            objects.setdefault(shown.name, {}).update(self._read(shown, beacons))
        for own, one in zip(found, stored, strict=True):
            for name, known in objects.items():
                if one.properties.get(name) is None:
                    continue
                reached = [known[target] for target in _targets(one, name) if target in known]
                own[name] = CrossReference(reached)
        return found

    def _read(self, shown: _ShownReference, beacons: list[list[str]]) -> dict[str, Object]:
        prefix = f"{shown.collection}/"
        uuids = {
            UUID(target.removeprefix(prefix)).bytes
            for targets in beacons
            for target in targets
            if target.startswith(prefix)
        }
        read = self._links.read(shown.collection, sorted(uuids), shown.reply.vectors)
        return dict(zip(read, shown.reply.plain(list(read.values())), strict=True))


def _targets(stored: StoredObject, reference: str) -> list[str]:
    return [target_of(link["beacon"]) for link in stored.properties.get(reference) or ()]


def _shown_vectors(stored: StoredObject) -> dict[str, list[float]]:
    return {name: vector.tolist() for name, vector in stored.vectors.items()}


def _read_metadata(given: Any) -> frozenset[str]:
    if given is None:
        return frozenset()
    if isinstance(given, list | tuple | set):
        unknown = set(given) - _METADATA
        if unknown:
            raise WeaviateInvalidInputError(
                f"no metadata named {sorted(map(str, unknown))}; there is {sorted(_METADATA)}"
            )
        return frozenset(given)
    return frozenset(name for name in _METADATA if getattr(given, name, False))


def _read_include(given: Any, config: CollectionConfig) -> bool | list[str]:
    if isinstance(given, bool):
        return given
    names = [given] if isinstance(given, str) else list(given)
    unknown = [name for name in names if name not in config.vectors]
    if unknown:
        raise WeaviateQueryError(
            f"{config.name} has no vector named {unknown[0]!r}; it has "
            f"{', '.join(sorted(config.vectors))}"
        )
    return names


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
