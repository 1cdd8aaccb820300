"""REST about collections: `/v1/schema`."""

from __future__ import annotations

from crystalviz.store.server.rest import Answer, Call, Route


def _list(call: Call) -> Answer:
    configs = call.client.collections.list_all(simple=False)
    return Answer(body={"classes": [one.to_dict() for one in configs.values()]})


def _create(call: Call) -> Answer:
    collection = call.client.collections.create_from_dict(call.mapping)
    return Answer(body=collection.config.get().to_dict())


def _get(call: Call) -> Answer:
    return Answer(body=call.collection(call.parts[0]).config.get().to_dict())


def _update(call: Call) -> Answer:
    config = call.collection(call.parts[0]).config
    config.update_from_dict(call.mapping)
    return Answer(body=config.get().to_dict())


def _delete(call: Call) -> Answer:
    call.client.collections.delete(call.parts[0])
    return Answer()


def _add_property(call: Call) -> Answer:
    call.collection(call.parts[0]).config.add_property(call.mapping)
    return Answer(body=call.body)


def _shards(call: Call) -> Answer:
    collection = call.collection(call.parts[0])
    return Answer(
        body=[
            {
                "name": shard.name,
                "status": shard.status,
                "vectorQueueSize": shard.vector_queue_size,
            }
            for shard in collection.config.get_shards()
        ]
    )


def _update_shard(call: Call) -> Answer:
    name, shard = call.parts
    changed = call.collection(name).config.update_shards(call.text("status"), shard)
    return Answer(body={"status": changed[shard]})


def _delete_index(call: Call) -> Answer:
    name, prop, index = call.parts
    call.collection(name).config.delete_property_index(prop, index)
    return Answer()


ROUTES: list[Route] = [
    ("GET", "/schema", _list),
    ("POST", "/schema", _create),
    ("GET", "/schema/{}", _get),
    ("PUT", "/schema/{}", _update),
    ("DELETE", "/schema/{}", _delete),
    ("POST", "/schema/{}/properties", _add_property),
    ("GET", "/schema/{}/shards", _shards),
    ("PUT", "/schema/{}/shards/{}", _update_shard),
    ("DELETE", "/schema/{}/properties/{}/index/{}", _delete_index),
]
