"""REST about collections: `/v1/schema`."""

from __future__ import annotations

from crystalviz.store.server import schema_json
from crystalviz.store.server.rest import Answer, Call, Route


def _list(call: Call) -> Answer:
    configs = call.client.collections.list_all(simple=False)
    return Answer(body={"classes": [schema_json.to_json(one) for one in configs.values()]})


def _create(call: Call) -> Answer:
    collection = schema_json.create(call.client, call.body)
    return Answer(body=schema_json.to_json(collection.config.get()))


def _get(call: Call) -> Answer:
    return Answer(body=schema_json.to_json(call.collection(call.parts[0]).config.get()))


def _delete(call: Call) -> Answer:
    call.client.collections.delete(call.parts[0])
    return Answer()


def _add_property(call: Call) -> Answer:
    call.collection(call.parts[0]).config.add_property(schema_json.read_property(call.body))
    return Answer(body=call.body)


ROUTES: list[Route] = [
    ("GET", "/schema", _list),
    ("POST", "/schema", _create),
    ("GET", "/schema/{}", _get),
    ("DELETE", "/schema/{}", _delete),
    ("POST", "/schema/{}/properties", _add_property),
]
