"""Writing a batch of objects: each is accepted or refused by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence

from crystalviz.store.context import CollectionContext, TenantRefusedError
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateBaseError,
    WeaviateInsertInvalidPropertyError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.query.results import BatchObject, BatchObjectReturn, ErrorObject
from crystalviz.store.storage import StoredObject
from crystalviz.store.writing.refusal import ValueRefusedError
from crystalviz.store.writing.writer import ObjectWriter


def write_batch(context: CollectionContext, objects: Sequence[BatchObject]) -> BatchObjectReturn:
    """Store a batch in one transaction; what is refused is in `.errors`.

    Existing objects are overwritten, and of several with one uuid the last is kept.

    Raises
    ------
    WeaviateInsertInvalidPropertyError
        When `id` or `vector` is among the properties of any; nothing is stored then.
    UnexpectedStatusCodeError
        404 when there is no such collection.
    """
    started = time.perf_counter()
    answer = BatchObjectReturn()
    if not objects:
        return answer
    by_tenant: dict[str, list[BatchObject]] = {}
    for given in objects:
        by_tenant.setdefault(given.tenant or context.tenant, []).append(given)
    with context.database.writing() as connection:
        for tenant, several in by_tenant.items():
            try:
                record = context.record_to_write(connection, tenant)
            except TenantRefusedError as error:
                for given in several:
                    given.uuid = str(given.uuid)
                    answer.errors[given.index] = ErrorObject(str(error), given, given.uuid)
            else:
                _write(ObjectWriter(connection, record), several, answer)
    answer.elapsed_seconds = time.perf_counter() - started
    return answer


def _write(writer: ObjectWriter, objects: Sequence[BatchObject], answer: BatchObjectReturn) -> None:
    accepted: dict[bytes, StoredObject] = {}
    for given in objects:
        try:
            identity = parse_uuid(given.uuid)
            stored = writer.encode(identity, given.properties, given.vector, given.references)
        except WeaviateInsertInvalidPropertyError:
            raise
        except (ValueRefusedError, WeaviateBaseError) as error:
            what = error.error if isinstance(error, UnexpectedStatusCodeError) else error
            message = f"{given.collection}: object {given.uuid}: {what}"
            given.uuid = str(given.uuid)
            answer.errors[given.index] = ErrorObject(message, given, given.uuid)
        else:
            accepted[stored.uuid] = stored
            answer.uuids[given.index] = identity
    writer.overwrite(accepted)
