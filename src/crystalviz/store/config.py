"""A collection's configuration, read and extended."""

from __future__ import annotations

from typing import Any

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.schema import CollectionConfig, read_property


class ConfigCollection:
    """`collection.config`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def get(self, simple: bool = False) -> CollectionConfig:
        """Return the configuration; `simple` makes no difference here."""
        with self._context.database.reading() as connection:
            return self._context.record(connection).config

    def add_property(self, prop: Any) -> None:
        """Add a property; objects that are there lack it.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when the name is taken.
        """
        new = read_property(prop)
        with self._context.database.writing() as connection:
            record = self._context.record(connection)
            if record.config.property(new.name) is not None:
                raise UnexpectedStatusCodeError(
                    f"{self._context.name}: there is a property {new.name!r} already", 422
                )
            record.config.properties.append(new)
            storage.save_config(connection, record)
            storage.mark_changed(connection, record, vectors_too=False)
