"""Configurations of ours sent to a server: as the documents that the embedded store keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weaviate.connect.v4 import _ExpectedStatusCodes

from crystalviz.store.remote.arguments import has_ours
from crystalviz.store.remote.faces import Face
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.schema.requests import named_vectors, updated_document

JsonDict = dict[str, Any]


class ConfigFace(Face):
    """`collection.config` of a server.

    A change with parts of ours (`Reconfigure`, `Configure`) is made as weaviate-client
    makes its own: the server's document is read, changed, and put back.
    """

    def update(self, **changes: Any) -> None:
        """Change what can be changed; make the changes with `Reconfigure`."""
        if has_ours(changes):
            self._put(lambda document: updated_document(CollectionConfig(document), **changes))
        else:
            self._guarded("update", self._sample.update)(**changes)

    def add_vector(self, *, vector_config: Any) -> None:
        """Add a named vector, or several."""
        if not has_ours(vector_config):
            self._guarded("add_vector", self._sample.add_vector)(vector_config=vector_config)
            return
        several = vector_config if isinstance(vector_config, list | tuple) else [vector_config]
        added = named_vectors(several)
        self._put(
            lambda document: {
                **document,
                "vectorConfig": {**added, **document.get("vectorConfig", {})},
            }
        )

    def _put(self, change: Callable[[JsonDict], JsonDict]) -> None:
        path = f"/schema/{self._sample._name}"
        done = _ExpectedStatusCodes(ok_in=200, error="Update collection configuration")

        def put(client: Any) -> None:
            connection = client._connection
            told = "Collection configuration could not be"
            answer = connection.get(path=path, error_msg=f"{told} retrieved", status_codes=done)
            connection.put(
                path=path,
                weaviate_object=change(answer.json()),
                error_msg=f"{told} updated",
                status_codes=done,
            )

        self._session.call(put)
