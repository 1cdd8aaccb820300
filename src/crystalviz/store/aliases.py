"""Aliases: other names of collections."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from crystalviz.store import storage
from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.schema import capitalized, collection_name
from crystalviz.store.storage.database import Database


@dataclass
class AliasReturn:
    """An alias and the collection that it stands for."""

    alias: str
    collection: str


def alias_target(connection: sqlite3.Connection, alias: str) -> str | None:
    """Return the collection that an alias stands for, or None."""
    row = connection.execute("SELECT collection FROM aliases WHERE alias=?", (alias,)).fetchone()
    return row[0] if row else None


class Aliases:
    """`client.alias`.

    An alias outlives its collection: it stands for nothing then, until a collection of that
    name is made or the alias is turned to another (`cluster/schema/schema.go` of the server).

    Parameters
    ----------
    database : Database
        The store's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, *, alias_name: str, target_collection: str) -> None:
        """Give a collection another name.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when the name is taken, or there is no such collection.
        WeaviateInvalidInputError
            When it cannot name a collection.
        """
        alias, target = collection_name(alias_name), collection_name(target_collection)
        with self._database.writing() as connection:
            self._require(connection, target)
            same = "SELECT {0} FROM {1} WHERE {0}=? COLLATE NOCASE"
            for column, table in (("alias", "aliases"), ("name", "collections")):
                if connection.execute(same.format(column, table), (alias,)).fetchone():
                    raise UnexpectedStatusCodeError(
                        f"{self._database.folder}: the name {alias!r} is taken", 422
                    )
            connection.execute("INSERT INTO aliases VALUES (?,?)", (alias, target))

    def get(self, *, alias_name: str) -> AliasReturn | None:
        """Return an alias, or None."""
        alias = capitalized(alias_name)
        with self._database.reading() as connection:
            target = alias_target(connection, alias)
        return None if target is None else AliasReturn(alias, target)

    def exists(self, *, alias_name: str) -> bool:
        """Return whether there is such an alias."""
        return self.get(alias_name=alias_name) is not None

    def list_all(self, *, collection: str | None = None) -> dict[str, AliasReturn]:
        """Return the aliases by name, all or those of one collection."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT alias, collection FROM aliases ORDER BY alias")
            wanted = None if collection is None else capitalized(collection)
            return {
                alias: AliasReturn(alias, target)
                for alias, target in rows
                if wanted in (None, target)
            }

    def update(self, *, alias_name: str, new_target_collection: str) -> bool:
        """Turn an alias to another collection; return whether there is such an alias.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when there is no such collection.
        """
        alias, target = capitalized(alias_name), collection_name(new_target_collection)
        with self._database.writing() as connection:
            if alias_target(connection, alias) is None:
                return False
            self._require(connection, target)
            connection.execute("UPDATE aliases SET collection=? WHERE alias=?", (target, alias))
        return True

    def delete(self, *, alias_name: str) -> bool:
        """Take an alias away; return whether it was there."""
        with self._database.writing() as connection:
            gone = connection.execute(
                "DELETE FROM aliases WHERE alias=?", (capitalized(alias_name),)
            )
            return gone.rowcount > 0

    def _require(self, connection: sqlite3.Connection, target: str) -> None:
        if storage.find_collection(connection, target) is None:
            raise UnexpectedStatusCodeError(
                f"{self._database.folder}: no collection {target!r} for an alias to stand for", 422
            )
