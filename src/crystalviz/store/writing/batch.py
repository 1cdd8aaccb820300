"""Adding objects and references one by one, written a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateBatchValidationError,
    WeaviateInvalidInputError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.query.results import BatchObject, BatchObjectReturn, ErrorObject
from crystalviz.store.schema import capitalized
from crystalviz.store.writing.batch_results import (
    BatchReference,
    BatchReferenceReturn,
    BatchResult,
    ErrorReference,
)
from crystalviz.store.writing.data import DataCollection
from crystalviz.store.writing.references import list_targets
from crystalviz.store.writing.tenants import tenant_name

_DYNAMIC_SIZE = 1000

# The data calls of a collection, by its name.
DataOf = Callable[[str], DataCollection]


class Batch:
    """What `with client.batch.dynamic() as batch` gives.

    Parameters
    ----------
    data_of : callable
        Where to write.
    size : int
        Objects a write; each write is on the disk before the next object is taken.
    """

    def __init__(self, data_of: DataOf, size: int) -> None:
        self._data_of = data_of
        self._size = size
        self._objects: list[BatchObject] = []
        self._references: list[BatchReference] = []
        self._added = 0
        self._referred = 0
        self.results = BatchResult()

    @property
    def number_errors(self) -> int:
        """How many objects and references were refused so far."""
        return len(self.results.objs.errors) + len(self.results.refs.errors)

    @property
    def failed_objects(self) -> list[ErrorObject]:
        """The objects that were refused so far, in the order they were added."""
        return [one for _, one in sorted(self.results.objs.errors.items())]

    @property
    def failed_references(self) -> list[ErrorReference]:
        """The references that were refused so far, in the order they were added."""
        return [one for _, one in sorted(self.results.refs.errors.items())]

    def add_object(
        self,
        collection: str,
        properties: dict[str, Any] | None = None,
        references: Any = None,
        uuid: UUID | str | None = None,
        vector: Any = None,
        tenant: Any = None,
    ) -> UUID | str:
        """Take an object, and return its uuid; it is written with its batch.

        Raises
        ------
        WeaviateBatchValidationError
            When the collection or the uuid is not valid.
        """
        if not isinstance(collection, str) or not collection:
            raise WeaviateBatchValidationError(f"not a collection: {collection!r}")
        try:
            identity = uuid4() if uuid is None else parse_uuid(uuid)
        except WeaviateInvalidInputError as error:
            raise WeaviateBatchValidationError(str(error)) from None
        self._objects.append(
            BatchObject(
                capitalized(collection),
                properties,
                str(identity),
                vector,
                self._added,
                references,
                tenant_name(tenant) or None,
            )
        )
        self._added += 1
        if len(self._objects) >= self._size:
            self.flush()
        return identity if uuid is None else uuid

    def add_reference(
        self,
        from_uuid: UUID | str,
        from_collection: str,
        from_property: str,
        to: Any,
        tenant: Any = None,
    ) -> None:
        """Take a reference, or one to each of several; written with its batch, after the objects.

        Raises
        ------
        WeaviateBatchValidationError
            When a uuid is not valid.
        """
        try:
            source = parse_uuid(from_uuid)
            targets = list_targets(to)
        except WeaviateInvalidInputError as error:
            raise WeaviateBatchValidationError(str(error)) from None
        for collection, identity in targets:
            self._references.append(
                BatchReference(
                    capitalized(from_collection),
                    str(source),
                    from_property,
                    str(identity),
                    collection,
                    tenant_name(tenant) or None,
                    self._referred,
                )
            )
            self._referred += 1

    def flush(self) -> None:
        """Write what waits; on return it is on the disk."""
        objects, self._objects = self._objects, []
        references, self._references = self._references, []
        by_collection: dict[str, list[BatchObject]] = {}
        for one in objects:
            by_collection.setdefault(one.collection, []).append(one)
        for name, several in by_collection.items():
            self._take_objects(self._write_objects(name, several))
        referring: dict[str, list[BatchReference]] = {}
        for ref in references:
            referring.setdefault(ref.from_object_collection, []).append(ref)
        for name, refs in referring.items():
            written = self._write_references(name, refs)
            self.results.refs.errors.update(written.errors)
            self.results.refs.elapsed_seconds += written.elapsed_seconds

    def _write_objects(self, name: str, objects: list[BatchObject]) -> BatchObjectReturn:
        try:
            return self._data_of(name).write_batch(objects)
        except (UnexpectedStatusCodeError, WeaviateInvalidInputError) as error:
            # Of several collections one may be missing: the others are written all the same.
            return BatchObjectReturn(
                errors={one.index: ErrorObject(str(error), one, one.uuid) for one in objects}
            )

    def _write_references(self, name: str, refs: list[BatchReference]) -> BatchReferenceReturn:
        try:
            return self._data_of(name).write_references(refs)
        except (UnexpectedStatusCodeError, WeaviateInvalidInputError) as error:
            return BatchReferenceReturn(
                errors={ref.index: ErrorReference(str(error), ref) for ref in refs}
            )

    def _take_objects(self, written: BatchObjectReturn) -> None:
        results = self.results.objs
        results.uuids.update(written.uuids)
        results.errors.update(written.errors)
        results.elapsed_seconds += written.elapsed_seconds


class CollectionBatch(Batch):
    """What `with collection.batch.dynamic() as batch` gives.

    Parameters
    ----------
    data : DataCollection
        Where to write.
    collection, tenant : str
        Of every object and reference; no tenant is "".
    size : int
        Objects a write.
    """

    def __init__(self, data: DataCollection, collection: str, tenant: str, size: int) -> None:
        super().__init__(lambda _: data, size)
        self._collection = collection
        self._tenant = tenant

    def add_object(  # type: ignore[override]
        self,
        properties: dict[str, Any] | None = None,
        references: Any = None,
        uuid: UUID | str | None = None,
        vector: Any = None,
    ) -> UUID | str:
        """Take an object, and return its uuid; it is written with its batch.

        Raises
        ------
        WeaviateBatchValidationError
            When the uuid is not valid.
        """
        return super().add_object(
            self._collection, properties, references, uuid, vector, self._tenant or None
        )

    def add_reference(  # type: ignore[override]
        self, from_uuid: UUID | str, from_property: str, to: Any
    ) -> None:
        """Take a reference, or one to each of several; written with its batch, after the objects.

        Raises
        ------
        WeaviateBatchValidationError
            When a uuid is not valid.
        """
        super().add_reference(from_uuid, self._collection, from_property, to, self._tenant or None)


class Batches:
    """`collection.batch` and `client.batch`: errors are collected, not raised.

    Parameters
    ----------
    start : callable
        Makes a batch of the given size.
    """

    def __init__(self, start: Callable[[int], Batch]) -> None:
        self._start = start
        self._last = BatchResult()

    @property
    def failed_objects(self) -> list[ErrorObject]:
        """The objects that the last batch refused, in the order they were added."""
        return [one for _, one in sorted(self._last.objs.errors.items())]

    @property
    def failed_references(self) -> list[ErrorReference]:
        """The references that the last batch refused, in the order they were added."""
        return [one for _, one in sorted(self._last.refs.errors.items())]

    @property
    def results(self) -> BatchResult:
        """What became of the last batch: `.objs` and `.refs`."""
        return self._last

    @contextmanager
    def fixed_size(
        self,
        batch_size: int = 100,
        concurrent_requests: int = 1,
        consistency_level: Any = None,
    ) -> Iterator[Any]:
        """Write every `batch_size` objects; one writer, whatever `concurrent_requests` says."""
        if not isinstance(batch_size, int) or batch_size < 1:
            raise WeaviateInvalidInputError(f"batch_size must be 1 or more, not {batch_size!r}")
        batch = self._start(batch_size)
        self._last = batch.results
        try:
            yield batch
        finally:
            # Also when the block failed: what was added was meant to be kept.
            batch.flush()

    def dynamic(self, consistency_level: Any = None) -> Any:
        """Write a batch whenever 1,000 objects wait."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def rate_limit(self, requests_per_minute: int, consistency_level: Any = None) -> Any:
        """Write as `dynamic` does; a local store needs no limit."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def stream(self, concurrency: int | None = None, consistency_level: Any = None) -> Any:
        """Write as `dynamic` does."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def experimental(self, concurrency: int | None = None, consistency_level: Any = None) -> Any:
        """Write as `dynamic` does; an older name of `stream`."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def wait_for_vector_indexing(self, *_args: Any, **_kwargs: Any) -> None:
        """Return at once: what is stored is found."""
