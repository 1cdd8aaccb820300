"""Many objects for a server, a request at a time, each over in time.

weaviate-client's own batches repeat a request for ten minutes while a server is
away, and wait five for a broken stream. These send through `insert_many`: a request
that fails is among the failed objects, and the next ones fail at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from weaviate.classes.data import DataObject, DataReference
from weaviate.collections.classes.batch import (
    BatchObject,
    BatchReference,
    ErrorObject,
    ErrorReference,
)

from crystalviz.store.errors import WeaviateBaseError, WeaviateInvalidInputError
from crystalviz.store.remote.arguments import to_theirs
from crystalviz.store.remote.rpc import batch_errors

_SIZE = 1000

# Returns the face of a collection of that name, for a tenant.
Collections = Callable[[str, str | None], Any]


class RemoteBatch:
    """What `with collection.batch.dynamic() as batch` gives.

    Parameters
    ----------
    collections : callable
        The collection to write to, by name and tenant.
    name : str or None
        The collection; None where each object names its own.
    tenant : str or None
        Of that collection.
    size : int
        Objects a request.
    """

    def __init__(
        self, collections: Collections, name: str | None, tenant: str | None, size: int
    ) -> None:
        self._collections = collections
        self._name = name
        self._tenant = tenant
        self._size = size
        self._objects: list[BatchObject] = []
        self._references: list[BatchReference] = []
        self._added = 0
        self.uuids: dict[int, UUID] = {}
        self.failed_objects: list[ErrorObject] = []
        self.failed_references: list[ErrorReference] = []

    @property
    def number_errors(self) -> int:
        """How many objects and references were refused so far."""
        return len(self.failed_objects) + len(self.failed_references)

    def add_object(
        self,
        properties: dict[str, Any] | None = None,
        references: Any = None,
        uuid: UUID | str | None = None,
        vector: Any = None,
        *,
        collection: str | None = None,
        tenant: Any = None,
    ) -> UUID | str:
        """Take an object, and return its uuid; it is sent with its request."""
        identity = uuid4() if uuid is None else uuid
        self._objects.append(
            BatchObject(
                collection=self._of(collection),
                properties=to_theirs(properties),
                references=to_theirs(references),
                uuid=identity,
                vector=vector,
                tenant=self._tenant_of(tenant),
                index=self._added,
            )
        )
        self._added += 1
        if len(self._objects) >= self._size:
            self.flush()
        return identity

    def add_reference(
        self,
        from_uuid: UUID | str,
        from_property: str,
        to: Any,
        *,
        from_collection: str | None = None,
        tenant: Any = None,
    ) -> None:
        """Take a reference, or one to each of several objects; sent after the objects."""
        target, wanted = to_theirs(to), getattr(to, "target_collection", None)
        uuids = target.uuids if wanted is not None else target
        several = uuids if isinstance(uuids, Sequence) and not isinstance(uuids, str) else [uuids]
        for one in several:
            self._references.append(
                BatchReference(
                    from_object_collection=self._of(from_collection),
                    from_object_uuid=from_uuid,
                    from_property_name=from_property,
                    to_object_uuid=one,
                    to_object_collection=wanted,
                    tenant=self._tenant_of(tenant),
                    index=len(self._references),
                )
            )
        if len(self._references) >= self._size:
            self.flush()

    def flush(self) -> None:
        """Send what waits; what is refused is among the failed."""
        objects, self._objects = self._objects, []
        references, self._references = self._references, []
        for (name, tenant), group in _grouped(objects, lambda one: one.collection):
            self._send_objects(self._collections(name, tenant), group)
        for (name, tenant), linked in _grouped(references, lambda r: r.from_object_collection):
            self._send_references(self._collections(name, tenant), linked)

    def _send_objects(self, collection: Any, objects: list[BatchObject]) -> None:
        given = [
            DataObject(one.properties or {}, one.uuid, one.vector, one.references)
            for one in objects
        ]
        refused: dict[int, str]
        try:
            with batch_errors() as errors:
                answer = collection.data.insert_many(given)
            refused = {place: error.message for place, error in answer.errors.items()}
        except WeaviateBaseError as error:
            # All were refused, each for a reason of its own, or the request was.
            refused = {place: errors.get(place, str(error)) for place in range(len(objects))}
        for place, one in enumerate(objects):
            if place in refused:
                self.failed_objects.append(
                    ErrorObject(message=refused[place], object_=one, original_uuid=one.uuid)
                )
            else:
                self.uuids[one.index] = UUID(str(one.uuid))

    def _send_references(self, collection: Any, references: list[BatchReference]) -> None:
        given = [
            DataReference(one.from_property_name, one.from_object_uuid, one.to_object_uuid)
            if one.to_object_collection is None
            else DataReference.MultiTarget(
                one.from_property_name,
                one.from_object_uuid,
                one.to_object_uuid,
                one.to_object_collection,
            )
            for one in references
        ]
        try:
            answer = collection.data.reference_add_many(given)
            refused = {place: error.message for place, error in answer.errors.items()}
        except WeaviateBaseError as error:
            refused = dict.fromkeys(range(len(references)), str(error))
        for place, message in sorted(refused.items()):
            self.failed_references.append(
                ErrorReference(message=message, reference=references[place])
            )

    def _of(self, collection: str | None) -> str:
        name = self._name or collection
        if not name:
            raise WeaviateInvalidInputError("say which collection with collection=")
        return name

    def _tenant_of(self, tenant: Any) -> str | None:
        return self._tenant if tenant is None else getattr(tenant, "name", tenant)


class RemoteBatches:
    """`collection.batch` and `client.batch` of a server.

    Object errors are collected, not raised: look at `failed_objects`.

    Parameters
    ----------
    collections : callable
        The collection to write to, by name and tenant.
    name : str, optional
        The collection; None where each object names its own.
    tenant : str, optional
        Of that collection.
    """

    def __init__(
        self, collections: Collections, name: str | None = None, tenant: str | None = None
    ) -> None:
        self._collections = collections
        self._name = name
        self._tenant = tenant
        self._last = RemoteBatch(collections, name, tenant, _SIZE)

    @property
    def failed_objects(self) -> list[ErrorObject]:
        """The objects that the last batch did not store, in the order they were added."""
        return self._last.failed_objects

    @property
    def failed_references(self) -> list[ErrorReference]:
        """The references that the last batch did not store."""
        return self._last.failed_references

    @contextmanager
    def fixed_size(
        self,
        batch_size: int = 100,
        concurrent_requests: int = 1,
        consistency_level: Any = None,
    ) -> Iterator[RemoteBatch]:
        """Send every `batch_size` objects, one request after the other."""
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise WeaviateInvalidInputError(f"batch_size must be 1 or more, not {batch_size!r}")

        def collections(name: str, tenant: str | None) -> Any:
            found = self._collections(name, tenant)
            if consistency_level is None:
                return found
            return found.with_consistency_level(consistency_level)

        batch = RemoteBatch(collections, self._name, self._tenant, batch_size)
        self._last = batch
        try:
            yield batch
        finally:
            # Also when the block failed: what was added was meant to be kept.
            batch.flush()

    def dynamic(self, consistency_level: Any = None) -> Any:
        """Send a request whenever 1,000 objects wait."""
        return self.fixed_size(_SIZE, consistency_level=consistency_level)

    def stream(self, *, concurrency: int | None = None, consistency_level: Any = None) -> Any:
        """Send as `dynamic` does."""
        return self.fixed_size(_SIZE, consistency_level=consistency_level)

    def rate_limit(self, requests_per_minute: int, consistency_level: Any = None) -> Any:
        """Send as `dynamic` does: one request at a time is below any limit in use."""
        return self.fixed_size(_SIZE, consistency_level=consistency_level)


def _grouped(
    items: Sequence[Any], collection: Callable[[Any], str]
) -> Iterator[tuple[tuple[str, str | None], list[Any]]]:
    """Return runs of items of one collection and tenant, in order."""
    groups: dict[tuple[str, str | None], list[Any]] = {}
    for item in items:
        groups.setdefault((collection(item), item.tenant), []).append(item)
    yield from groups.items()
