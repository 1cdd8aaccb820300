"""Walking through a whole collection, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from crystalviz.store.query.query import QueryCollection
from crystalviz.store.query.results import Object

_PAGE = 100


class ObjectIterator:
    """Objects by uuid; each page is read from the commit of its moment.

    Parameters
    ----------
    query : QueryCollection
        The collection.
    include_vector, return_metadata, return_properties, return_references
        What to show of each object.
    after : UUID or str, optional
        Start behind this uuid.
    cache_size : int, optional
        Objects a page.
    """

    def __init__(
        self,
        query: QueryCollection,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        after: UUID | str | None = None,
        cache_size: int | None = None,
        return_references: Any = None,
    ) -> None:
        self._query = query
        self._shown = {
            "include_vector": include_vector,
            "return_metadata": return_metadata,
            "return_properties": return_properties,
            "return_references": return_references,
        }
        self._start = after
        self._size = cache_size or _PAGE
        self._pages = self._walk()

    def __iter__(self) -> Iterator[Object]:
        """Return an iterator that starts from the beginning."""
        self._pages = self._walk()
        return self._pages

    def __next__(self) -> Object:
        return next(self._pages)

    def _walk(self) -> Iterator[Object]:
        after = self._start
        while True:
            page = self._query.fetch_objects(limit=self._size, after=after, **self._shown).objects
            yield from page
            if len(page) < self._size:
                return
            after = page[-1].uuid
