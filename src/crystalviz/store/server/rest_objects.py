"""REST about single objects: `/v1/objects`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crystalviz.store.collection import Collection
from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server import json_values
from crystalviz.store.server.rest import Answer, Call, Route


def _contents(collection: Collection, body: dict[str, Any]) -> dict[str, Any]:
    """Return properties, references and vector of an object's JSON."""
    properties = dict(body.get("properties") or {})
    linking = {one.name for one in collection.config.get().references}
    references = {name: properties.pop(name) or [] for name in linking & set(properties)}
    return {
        "properties": properties,
        "references": references or None,
        # The older field brings the vector of a collection that has only one.
        "vector": body.get("vectors") or body.get("vector"),
    }


def _insert(call: Call) -> Answer:
    body = call.mapping
    collection = call.collection(body.get("class") or "")
    identity = collection.data.insert(uuid=body.get("id"), **_contents(collection, body))
    return Answer(body={**body, "id": str(identity)})


def _get(call: Call) -> Answer:
    name, uuid = call.parts
    collection = call.collection(name)
    # A query of a collection that is not there is no 404.
    collection.config.get()
    found = collection.query.fetch_object_by_id(uuid, include_vector=True)
    if found is None:
        raise UnexpectedStatusCodeError(f"{name}: no object {uuid}", 404)
    vectors = dict(found.vector)
    body = {
        "class": found.collection,
        "id": str(found.uuid),
        "creationTimeUnix": _milliseconds(found.metadata.creation_time),
        "lastUpdateTimeUnix": _milliseconds(found.metadata.last_update_time),
        "properties": json_values.properties(found.properties),
        "vector": vectors.pop("default", None),
        "vectors": vectors or None,
        "tenant": call.tenant,
    }
    return Answer(body={name: value for name, value in body.items() if value is not None})


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def _exists(call: Call) -> Answer:
    name, uuid = call.parts
    return Answer(204 if call.collection(name).data.exists(uuid) else 404)


def _replace(call: Call) -> Answer:
    name, uuid = call.parts
    collection = call.collection(name)
    collection.data.replace(uuid, **_contents(collection, call.mapping))
    return Answer(body=call.body)


def _update(call: Call) -> Answer:
    name, uuid = call.parts
    collection = call.collection(name)
    collection.data.update(uuid, **_contents(collection, call.mapping))
    return Answer(204)


def _delete(call: Call) -> Answer:
    name, uuid = call.parts
    return Answer(204 if call.collection(name).data.delete_by_id(uuid) else 404)


ROUTES: list[Route] = [
    ("POST", "/objects", _insert),
    ("GET", "/objects/{}/{}", _get),
    ("HEAD", "/objects/{}/{}", _exists),
    ("PUT", "/objects/{}/{}", _replace),
    ("PATCH", "/objects/{}/{}", _update),
    ("DELETE", "/objects/{}/{}", _delete),
]
