"""Answers of queries as gRPC messages."""

from __future__ import annotations

from typing import Any

from weaviate.proto.v1 import base_pb2, search_get_pb2

from crystalviz.store.client import Client
from crystalviz.store.schema import PropertyConfig
from crystalviz.store.server import wire
from crystalviz.store.server.grpc_asking import METADATA


class ReplyWriter:
    """Writes one answer.

    Parameters
    ----------
    client : Client
        Whose collections say which types the properties have.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._types: dict[str, dict[str, PropertyConfig]] = {}

    def reply(self, answer: Any) -> search_get_pb2.SearchReply:
        """Return the message for the answer of any query."""
        groups = getattr(answer, "groups", None)
        if groups is None:
            return search_get_pb2.SearchReply(results=map(self._result, answer.objects))
        return search_get_pb2.SearchReply(group_by_results=map(self._group, groups.values()))

    def _group(self, group: Any) -> search_get_pb2.GroupByResult:
        return search_get_pb2.GroupByResult(
            name=group.name,
            min_distance=group.min_distance,
            max_distance=group.max_distance,
            number_of_objects=group.number_of_objects,
            objects=map(self._result, group.objects),
        )

    def _result(self, found: Any) -> search_get_pb2.SearchResult:
        return search_get_pb2.SearchResult(
            properties=self._properties(found), metadata=_metadata(found)
        )

    def _properties(self, found: Any) -> search_get_pb2.PropertiesResult:
        message = search_get_pb2.PropertiesResult(
            target_collection=found.collection,
            non_ref_props=wire.properties_message(
                found.properties, self._types_of(found.collection)
            ),
        )
        if found.references is not None:
            message.ref_props_requested = True
            for name, linked in found.references.items():
                link = message.ref_props.add(prop_name=name)
                for one in linked.objects:
                    inner = self._properties(one)
                    inner.metadata.CopyFrom(_metadata(one))
                    link.properties.append(inner)
        return message

    def _types_of(self, collection: str) -> dict[str, PropertyConfig]:
        if collection not in self._types:
            config = self._client.collections.use(collection).config.get()
            self._types[collection] = {prop.name: prop for prop in config.properties}
        return self._types[collection]


def _metadata(found: Any) -> search_get_pb2.MetadataResult:
    message = search_get_pb2.MetadataResult(
        id=str(found.uuid),
        id_as_bytes=found.uuid.bytes,
        vectors=[
            base_pb2.Vectors(
                name=name,
                vector_bytes=wire.vector_bytes(vector),
                type=base_pb2.Vectors.VECTOR_TYPE_SINGLE_FP32,
            )
            for name, vector in found.vector.items()
        ],
    )
    for ours, theirs in METADATA.items():
        value = getattr(found.metadata, ours, None)
        if value is None:
            continue
        if ours.endswith("_time"):
            value = round(value.timestamp() * 1000)
        setattr(message, theirs, value)
        setattr(message, f"{theirs}_present", True)
    return message
