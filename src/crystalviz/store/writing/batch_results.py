"""What becomes of references in a batch; attribute for attribute as weaviate-client's objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from crystalviz.store.query.results import BatchObjectReturn


@dataclass
class BatchReference:
    """A reference as it was given to a batch."""

    from_object_collection: str
    from_object_uuid: str
    from_property_name: str
    to_object_uuid: str
    to_object_collection: str | None = None
    tenant: str | None = None
    index: int = 0

    def target(self) -> UUID | str:
        """Return what it refers to, with the collection where it was named."""
        if self.to_object_collection is None:
            return self.to_object_uuid
        return f"weaviate://localhost/{self.to_object_collection}/{self.to_object_uuid}"


@dataclass
class ErrorReference:
    """Why a reference of a batch was refused."""

    message: str
    reference: BatchReference


@dataclass
class BatchReferenceReturn:
    """What became of a batch of references, by the place of each in it."""

    elapsed_seconds: float = 0.0
    errors: dict[int, ErrorReference] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether any reference was refused."""
        return bool(self.errors)


@dataclass
class BatchResult:
    """What became of a whole batch."""

    objs: BatchObjectReturn = field(default_factory=BatchObjectReturn)
    refs: BatchReferenceReturn = field(default_factory=BatchReferenceReturn)
