"""What queries and writes return; attribute for attribute as weaviate-client's objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass
class MetadataReturn:
    """Metadata of an object; what was not asked for is None."""

    creation_time: datetime | None = None
    last_update_time: datetime | None = None
    distance: float | None = None
    certainty: float | None = None
    score: float | None = None
    explain_score: str | None = None
    is_consistent: bool | None = None
    rerank_score: float | None = None


@dataclass
class CrossReference:
    """Where a reference of an object leads: those objects that exist, in its order."""

    objects: list[Object]


@dataclass
class Object:
    """One object of an answer.

    `vector` is empty unless `include_vector`, and `references` None unless `return_references`.
    """

    uuid: UUID
    metadata: MetadataReturn
    properties: dict[str, Any]
    references: dict[str, CrossReference] | None
    vector: dict[str, list[float]]
    collection: str


@dataclass
class QueryReturn:
    """The answer of a query.

    `found_by` says how nearest vectors were found: "exact" or "hnsw", None where none were asked.
    """

    objects: list[Object]
    query_profile: None = None
    found_by: str | None = None


@dataclass
class GroupByMetadataReturn:
    """Metadata of an object of a group."""

    distance: float | None = None


@dataclass
class GroupByObject:
    """One object of a group."""

    collection: str
    properties: dict[str, Any]
    references: dict[str, CrossReference] | None
    metadata: GroupByMetadataReturn
    vector: dict[str, list[float]]
    uuid: UUID
    belongs_to_group: str


@dataclass
class Group:
    """A group of objects of an answer."""

    name: str
    min_distance: float
    max_distance: float
    number_of_objects: int
    objects: list[GroupByObject]
    # What the client reads where there is no reranking.
    rerank_score: float | None = 0.0


@dataclass
class GroupByReturn:
    """The answer of a query with `group_by`: all objects, and the groups by name."""

    objects: list[GroupByObject]
    groups: dict[str, Group]
    query_profile: None = None
    found_by: str | None = None


@dataclass
class BatchObject:
    """An object as it was given to a batch; its uuid is text once it was refused."""

    collection: str
    properties: dict[str, Any] | None
    uuid: UUID | str
    vector: Any
    index: int
    references: Any = None
    tenant: str | None = None


@dataclass
class ErrorObject:
    """Why an object of a batch was refused."""

    message: str
    object_: BatchObject
    original_uuid: str | UUID | None = None


@dataclass
class BatchObjectReturn:
    """What became of a batch, by the place of each object in it."""

    uuids: dict[int, UUID] = field(default_factory=dict)
    errors: dict[int, ErrorObject] = field(default_factory=dict)
    elapsed_seconds: float = 0.0

    @property
    def has_errors(self) -> bool:
        """Whether any object was refused."""
        return bool(self.errors)

    @property
    def all_responses(self) -> list[UUID | ErrorObject]:
        """UUIDs and errors in the order of the objects."""
        both: dict[int, UUID | ErrorObject] = {**self.uuids, **self.errors}
        return [both[index] for index in sorted(both)]


@dataclass
class DeleteManyObject:
    """What became of one object of a `delete_many`."""

    uuid: UUID
    successful: bool
    error: str | None = None


@dataclass
class DeleteManyReturn:
    """What a `delete_many` did; `objects` only with `verbose`."""

    failed: int
    matches: int
    objects: list[DeleteManyObject] | None
    successful: int
