"""REST about collections: `/v1/schema`."""

from __future__ import annotations

from crystalviz.store.server.rest import Answer, Call, Route


def _list(call: Call) -> Answer:
    configs = call.client.collections.list_all(simple=False)
    return Answer(body={"classes": [one.to_dict() for one in configs.values()]})


def _create(call: Call) -> Answer:
    collection = call.client.collections.create_from_dict(call.body)
    return Answer(body=collection.config.get().to_dict())


def _get(call: Call) -> Answer:
    return Answer(body=call.collection(call.parts[0]).config.get().to_dict())


def _delete(call: Call) -> Answer:
    call.client.collections.delete(call.parts[0])
    return Answer()


def _add_property(call: Call) -> Answer:
    call.collection(call.parts[0]).config.add_property(call.body)
    return Answer(body=call.body)


ROUTES: list[Route] = [
    ("GET", "/schema", _list),
    ("POST", "/schema", _create),
    ("GET", "/schema/{}", _get),
    ("DELETE", "/schema/{}", _delete),
    ("POST", "/schema/{}/properties", _add_property),
]
