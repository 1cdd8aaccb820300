"""Adding objects one by one, written a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from crystalviz.store.context import CollectionContext
from crystalviz.store.data import DataCollection, refuse_references
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.results import BatchObject, BatchObjectReturn, ErrorObject

_DYNAMIC_SIZE = 1000


class Batch:
    """What `with collection.batch.dynamic() as batch` gives.

    Parameters
    ----------
    collection : str
        The collection's name.
    data : DataCollection
        Where to write.
    size : int
        Objects a write; each write is on the disk before the next object is taken.
    """

    def __init__(self, collection: str, data: DataCollection, size: int) -> None:
        self._collection = collection
        self._data = data
        self._size = size
        self._waiting: list[BatchObject] = []
        self._added = 0
        self.results = BatchObjectReturn()

    @property
    def number_errors(self) -> int:
        """How many objects were refused so far."""
        return len(self.results.errors)

    def add_object(
        self,
        properties: dict[str, Any] | None = None,
        references: None = None,
        uuid: UUID | str | None = None,
        vector: Any = None,
    ) -> UUID | str:
        """Take an object, and return its uuid; it is written with its batch."""
        refuse_references(references)
        identity = uuid4() if uuid is None else uuid
        self._waiting.append(
            BatchObject(self._collection, properties, str(identity), vector, self._added)
        )
        self._added += 1
        if len(self._waiting) >= self._size:
            self.flush()
        return identity

    def flush(self) -> None:
        """Write what waits; on return it is on the disk."""
        waiting, self._waiting = self._waiting, []
        written = self._data.write_batch(waiting)
        self.results.uuids.update(written.uuids)
        self.results.errors.update(written.errors)
        self.results.elapsed_seconds += written.elapsed_seconds


class BatchCollection:
    """`collection.batch`: object errors are collected, not raised; look at `failed_objects`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    data : DataCollection
        Where to write.
    """

    def __init__(self, context: CollectionContext, data: DataCollection) -> None:
        self._context = context
        self._data = data
        self._last = BatchObjectReturn()

    @property
    def failed_objects(self) -> list[ErrorObject]:
        """The objects that the last batch refused, in the order they were added."""
        return [self._last.errors[index] for index in sorted(self._last.errors)]

    @property
    def results(self) -> BatchObjectReturn:
        """What became of every object of the last batch."""
        return self._last

    @contextmanager
    def fixed_size(self, batch_size: int = 100, concurrent_requests: int = 1) -> Iterator[Batch]:
        """Write every `batch_size` objects; one writer, whatever `concurrent_requests` says."""
        if not isinstance(batch_size, int) or batch_size < 1:
            raise WeaviateInvalidInputError(f"batch_size must be 1 or more, not {batch_size!r}")
        batch = Batch(self._context.name, self._data, batch_size)
        self._last = batch.results
        try:
            yield batch
        finally:
            # Also when the block failed: what was added was meant to be kept.
            batch.flush()

    def dynamic(self) -> Any:
        """Write a batch whenever 1,000 objects wait."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def rate_limit(self, requests_per_minute: int) -> Any:
        """Write as `dynamic` does; a local store needs no limit."""
        return self.fixed_size(_DYNAMIC_SIZE)

    def stream(self) -> Any:
        """Write as `dynamic` does."""
        return self.fixed_size(_DYNAMIC_SIZE)
