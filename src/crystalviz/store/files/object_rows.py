"""Objects of a collection as rows, and their references as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crystalviz.store.files.portable_schema import PortableSchema, is_reference
from crystalviz.store.files.table_format import ID, REFERENCE, vector_column

# Weaviate's own page of 100 makes five times as many calls.
_PAGE = 500


def read_objects(
    collection: Any, schema: PortableSchema, *, vectors: bool = True, after: Any = None
) -> Iterator[Any]:
    """Return the objects of a collection with all that belongs to them, by uuid.

    Parameters
    ----------
    collection : Collection
    schema : PortableSchema
        Its schema.
    vectors : bool
        With their vectors.
    after : UUID or str, optional
        Only those behind this uuid.
    """
    more: dict[str, Any] = {}
    if "blob" in schema.types.values():
        # Only what is asked for by name comes with blobs.
        more["return_properties"] = _all_properties(schema.raw.get("properties") or [])
    if schema.references:
        from crystalviz.store.classes import QueryReference

        more["return_references"] = [
            QueryReference(link_on=name, return_properties=[])
            if len(targets) == 1
            else QueryReference.MultiTarget(
                link_on=name, target_collection=target, return_properties=[]
            )
            for name, targets in schema.references.items()
            for target in targets
        ]
    yield from collection.iterator(include_vector=vectors, after=after, cache_size=_PAGE, **more)


def _all_properties(properties: list[dict[str, Any]]) -> list[Any]:
    """Return what a query must ask for to get every value, nested ones too."""
    from crystalviz.store.classes import QueryNested

    asked: list[Any] = []
    for prop in properties:
        inner = prop.get("nestedProperties")
        if inner:
            asked.append(QueryNested(name=prop["name"], properties=_all_properties(inner)))
        elif not is_reference(prop):
            asked.append(prop["name"])
    return asked


def object_row(item: Any, schema: PortableSchema) -> dict[str, Any]:
    """Return the row of a table that an object is."""
    row = {ID: str(item.uuid), **{name: item.properties.get(name) for name in schema.types}}
    for name, targets in references_of(item).items():
        row[REFERENCE + name] = [f"{collection}/{uuid}" for collection, uuid in targets]
    for name, vector in (item.vector or {}).items():
        row[vector_column(name)] = vector
    return row


def references_of(item: Any) -> dict[str, list[tuple[str, str]]]:
    """Return what an object's references lead to: collection and uuid, by the reference's name."""
    return {
        name: [(other.collection, str(other.uuid)) for other in found.objects]
        for name, found in (item.references or {}).items()
    }
