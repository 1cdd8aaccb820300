"""The collections of a served store, as requests name them."""

from __future__ import annotations

from collections.abc import Sequence

from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.errors import WeaviateBaseError
from crystalviz.store.server.refusals import message_of
from crystalviz.store.writing.batch_results import BatchReference


def collection_of(client: Client, name: str, tenant: str | None = None) -> Collection:
    """Return a collection, or what a tenant has in it; whether it is there shows in use."""
    collection = client.collections.use(name)
    return collection.with_tenant(tenant) if tenant else collection


def add_references(client: Client, references: Sequence[BatchReference]) -> dict[int, str]:
    """Add references, one transaction for each collection; return errors by their `index`."""
    errors: dict[int, str] = {}
    by_collection: dict[str, list[BatchReference]] = {}
    for one in references:
        by_collection.setdefault(one.from_object_collection, []).append(one)
    for name, given in by_collection.items():
        try:
            written = client.collections.use(name).data.write_references(given)
        except WeaviateBaseError as error:
            errors.update({one.index: message_of(error) for one in given})
        else:
            errors.update({index: error.message for index, error in written.errors.items()})
    return errors
