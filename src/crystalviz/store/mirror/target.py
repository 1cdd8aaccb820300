"""The server that a mirror pushes to: the few calls it needs, and two kinds of trouble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crystalviz.store.classes import DataObject, Filter
from crystalviz.store.errors import (
    WeaviateBaseError,
    WeaviateConnectionError,
    WeaviateInsertManyAllFailedError,
    WeaviateTimeoutError,
)

if TYPE_CHECKING:
    from crystalviz.store.remote.client import RemoteClient

# Weaviate deletes and returns at most 10,000 objects a call.
_DELETED_AT_ONCE = 1000


class ServerAwayError(Exception):
    """The server does not answer; trying later may help."""


class ServerRefusedError(Exception):
    """The server answers, and says no; trying later helps only when something changes."""


class Target:
    """A server, seen as what a mirror writes to.

    Every call raises `ServerAwayError` when the server does not answer, and
    `ServerRefusedError` when it refuses.

    Parameters
    ----------
    server : RemoteClient
    """

    def __init__(self, server: RemoteClient) -> None:
        self._server = server
        # One of the parts that a RemoteClient takes over from weaviate-client by name.
        self._aliases: Any = server.alias  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    # -- the server --------------------------------------------------------------

    def check(self) -> None:
        """Raise ServerAwayError unless the server is ready."""
        health = self._server.health()
        if not (health["rest"] and health["grpc"]):
            # What the server did last, rather than that it is left alone for a while.
            raise ServerAwayError(self._server.breaker.last_error or str(health["error"]))

    def retry_in(self) -> float:
        """Return how long not to ask a server that is away, in seconds."""
        return float(self._server.breaker.retry_in)

    def try_now(self) -> None:
        """Ask at the next call, however short ago the server was found away."""
        self._server.breaker.reset()

    # -- collections -------------------------------------------------------------

    def schema(self, name: str) -> dict[str, Any] | None:
        """Return the collection's configuration as Weaviate's REST JSON, or None."""
        with _told():
            if not self._server.collections.exists(name):
                return None
            found: dict[str, Any] = self._server.collections.use(name).config.get().to_dict()
            return found

    def exists(self, name: str) -> bool:
        """Return whether the server has the collection."""
        with _told():
            return bool(self._server.collections.exists(name))

    def create(self, schema: dict[str, Any]) -> None:
        """Make a collection from Weaviate's REST JSON."""
        with _told():
            self._server.collections.create_from_dict(schema)

    def add_property(self, name: str, prop: Any) -> None:
        """Add a property to a collection."""
        with _told():
            self._server.collections.use(name).config.add_property(prop)

    def add_reference(self, name: str, reference: Any) -> None:
        """Add a cross-reference to a collection."""
        with _told():
            self._server.collections.use(name).config.add_reference(reference)

    def drop(self, name: str) -> None:
        """Delete a collection with all that is in it."""
        with _told():
            self._server.collections.delete(name)

    # -- tenants -----------------------------------------------------------------

    def tenants(self, name: str) -> set[str]:
        """Return the names of a collection's tenants."""
        with _told():
            return set(self._server.collections.use(name).tenants.get())

    def create_tenants(self, name: str, tenants: Sequence[Any]) -> None:
        """Make tenants."""
        with _told():
            self._server.collections.use(name).tenants.create(list(tenants))

    def update_tenants(self, name: str, tenants: Sequence[Any]) -> None:
        """Change the states of tenants."""
        with _told():
            self._server.collections.use(name).tenants.update(list(tenants))

    def remove_tenants(self, name: str, tenants: Sequence[str]) -> None:
        """Delete tenants with all that is in them."""
        with _told():
            self._server.collections.use(name).tenants.remove(list(tenants))

    # -- aliases -----------------------------------------------------------------

    def set_alias(self, alias: str, name: str) -> None:
        """Make an alias, or turn it to another collection."""
        with _told():
            if not self._aliases.exists(alias_name=alias):
                self._aliases.create(alias_name=alias, target_collection=name)
            else:
                self._aliases.update(alias_name=alias, new_target_collection=name)

    def drop_alias(self, alias: str) -> None:
        """Delete an alias."""
        with _told():
            self._aliases.delete(alias_name=alias)

    # -- objects -----------------------------------------------------------------

    def insert(self, name: str, tenant: str, objects: Sequence[DataObject]) -> dict[int, str]:
        """Write objects, in the place of those with their uuids; return refusals by place."""
        with _told():
            try:
                answer = self._collection(name, tenant).data.insert_many(list(objects))
            except WeaviateInsertManyAllFailedError as error:
                return dict.fromkeys(range(len(objects)), _text(error))
        return {place: str(error.message) for place, error in answer.errors.items()}

    def link(self, name: str, tenant: str, links: Sequence[Any]) -> None:
        """Add references to objects."""
        with _told():
            answer = self._collection(name, tenant).data.reference_add_many(list(links))
            if answer.has_errors:
                first = next(iter(answer.errors.values()))
                raise ServerRefusedError(f"{name}: a reference was refused: {first.message}")

    def delete(self, name: str, tenant: str, uuids: Sequence[bytes]) -> None:
        """Delete objects; those that are not there are no error."""
        with _told():
            data = self._collection(name, tenant).data
            for start in range(0, len(uuids), _DELETED_AT_ONCE):
                chunk = [UUID(bytes=one) for one in uuids[start : start + _DELETED_AT_ONCE]]
                answer = data.delete_many(Filter.by_id().contains_any(chunk))
                if answer.failed:
                    raise ServerRefusedError(
                        f"{name}: {answer.failed} of {len(chunk)} objects could not be deleted"
                    )

    def count(self, name: str) -> int:
        """Return how many objects a collection without tenants has."""
        with _told():
            total = self._collection(name, "").aggregate.over_all(total_count=True).total_count
            return int(total or 0)

    def fetch(self, name: str, tenant: str, uuids: Sequence[bytes]) -> dict[bytes, Any]:
        """Return those of the objects that the server has, by uuid, with vectors."""
        with _told():
            found = self._collection(name, tenant).query.fetch_objects_by_ids(
                [UUID(bytes=one) for one in uuids], limit=len(uuids), include_vector=True
            )
        return {UUID(str(item.uuid)).bytes: item for item in found.objects}

    def _collection(self, name: str, tenant: str) -> Any:
        collection = self._server.collections.use(name)
        return collection.with_tenant(tenant) if tenant else collection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (WeaviateConnectionError, WeaviateTimeoutError) as error:
        raise ServerAwayError(_text(error)) from error
    except WeaviateBaseError as error:
        raise ServerRefusedError(_text(error)) from error


def _text(error: WeaviateBaseError) -> str:
    return " ".join(str(error).split())
