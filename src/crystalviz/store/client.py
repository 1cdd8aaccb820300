"""An open store: its collections, its state."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from crystalviz import __version__
from crystalviz.store import storage
from crystalviz.store.aliases import Aliases
from crystalviz.store.backup import BackupCalls
from crystalviz.store.backup.jobs import jobs_of
from crystalviz.store.collections import Collections
from crystalviz.store.errors import (
    WeaviateBaseError,
    WeaviateClosedClientError,
)
from crystalviz.store.index import check_indexes
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.database import Database
from crystalviz.store.storage.tables import FORMAT_VERSION
from crystalviz.store.writing.batch import Batch, Batches

if TYPE_CHECKING:
    from crystalviz.store.mirror import Mirror


class Client:
    """An open store, with the calls of weaviate-client.

    Parameters
    ----------
    folder : Path
        The store folder.
    read_only : bool
        Make and change nothing.

    Attributes
    ----------
    collections : Collections
        The collections of the store.
    alias : Aliases
        Other names of the collections.
    batch : Batches
        Objects and references of any collection, written a batch at a time.
    backup : BackupCalls
        `client.backup(path)` writes all of it to a folder; Weaviate's calls are there too.
    mirror : Mirror or None
        What pushes every write to Weaviate in the background, where the store has one.

    Examples
    --------
    >>> import crystalviz as cz
    >>> with cz.connect("my_store") as client:  # doctest: +SKIP
    ...     images = client.collections.use("CrystalImage")
    ...     images.query.fetch_objects(limit=5)
    """

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self.folder = folder
        self._read_only = read_only
        self.mirror: Mirror | None = None
        self._cache = Cache(folder, not read_only)
        self._open()

    def _open(self) -> None:
        self._database = Database(self.folder, self._read_only)
        self.collections = Collections(self._database, self._cache)
        self.alias = Aliases(self._database)
        self.batch = Batches(lambda size: Batch(lambda name: self.collections.use(name).data, size))
        self.backup = BackupCalls(self._database)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.folder} {'closed' if self._database.closed else 'open'}>"

    def connect(self) -> None:
        """Open the store again after `close`; collections must be taken anew."""
        if self._database.closed:
            self._open()

    def close(self) -> None:
        """Close the store, and let other processes write; more than once does no harm."""
        if self.mirror is not None:
            self.mirror.close()
        jobs_of(self._database).close()
        self._cache.clear()
        self._database.close()

    def is_connected(self) -> bool:
        """Return whether the client is open."""
        return not self._database.closed

    def is_ready(self) -> bool:
        """Return whether the store can be read right now."""
        try:
            with self._database.reading() as connection:
                storage.list_collections(connection)
        except WeaviateBaseError:
            return False
        return True

    def is_live(self) -> bool:
        """Return whether the store can be read right now."""
        return self.is_ready()

    def verify(self) -> list[str]:
        """Read the whole store and return what is damaged; an empty list when nothing is.

        Looks at SQLite's own structure, at references between rows, at the checksum of
        every configuration, object and vector, at the store's notes, and at the files of
        indexes (which are made again where they are damaged).
        """
        return [*self._database.damage(), *check_indexes(self.folder)]

    def get_meta(self) -> dict[str, Any]:
        """Return what this store is: where, which version, which modules (none)."""
        if self._database.closed:
            raise WeaviateClosedClientError()
        return {
            "hostname": str(self.folder),
            "version": __version__,
            "modules": {},
            "engine": "crystalviz",
            "format": FORMAT_VERSION,
            "read_only": self._read_only,
            "writer": self._database.writes_here,
        }
