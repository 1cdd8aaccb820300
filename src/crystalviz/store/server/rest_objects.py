"""REST about single objects: `/v1/objects`."""

from __future__ import annotations

from typing import Any

from crystalviz.store.server.rest import Answer, Call, Route


def _vector(body: dict[str, Any]) -> Any:
    """Return what the body brings of vectors; the older field is the vector named `default`."""
    named = dict(body.get("vectors") or {})
    return named or body.get("vector")


def _insert(call: Call) -> Answer:
    body = call.body
    identity = call.collection(body["class"]).data.insert(
        body.get("properties") or {}, uuid=body.get("id"), vector=_vector(body)
    )
    return Answer(body={**body, "id": str(identity)})


def _exists(call: Call) -> Answer:
    name, uuid = call.parts
    return Answer(204 if call.collection(name).data.exists(uuid) else 404)


def _replace(call: Call) -> Answer:
    name, uuid = call.parts
    body = call.body
    call.collection(name).data.replace(uuid, body.get("properties") or {}, vector=_vector(body))
    return Answer(body=body)


def _update(call: Call) -> Answer:
    name, uuid = call.parts
    body = call.body
    call.collection(name).data.update(uuid, body.get("properties") or {}, vector=_vector(body))
    return Answer(204)


def _delete(call: Call) -> Answer:
    name, uuid = call.parts
    return Answer(204 if call.collection(name).data.delete_by_id(uuid) else 404)


ROUTES: list[Route] = [
    ("POST", "/objects", _insert),
    ("HEAD", "/objects/{}/{}", _exists),
    ("PUT", "/objects/{}/{}", _replace),
    ("PATCH", "/objects/{}/{}", _update),
    ("DELETE", "/objects/{}/{}", _delete),
]
