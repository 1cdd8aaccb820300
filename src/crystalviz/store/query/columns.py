"""Properties of all objects as arrays, so that a filter looks at each value in C, not in Python.

A column is flat: `rows[i]` is the object that has `values[i]`. A list has several
entries, a missing value none, and a text one for each of its tokens. That is what
Weaviate's inverted index holds, turned round.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from crystalviz.store.query.analyzers import Analyzer
from crystalviz.store.schema import PropertyConfig
from crystalviz.store.storage import StoredObject
from crystalviz.store.storage.views import ObjectsView, Splice
from crystalviz.store.writing.properties import parse_date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "int": np.dtype(np.int64),
    "number": np.dtype(np.float64),
    "boolean": np.dtype(np.int8),
    "date": np.dtype(np.int64),
}
"""What the values of a type are kept as; those of other types are kept as words."""


def microseconds(value: Any) -> int:
    """Return a date, as text or datetime, as microseconds since 1970, UTC."""
    return (parse_date(value) - _EPOCH) // _MICROSECOND


def _own(objects: Iterable[StoredObject], name: str) -> list[Any]:
    """Return one property of some objects; not kept, since arrays are made of it."""
    return [one.properties.get(name) for one in objects]


def _added(view: ObjectsView, splice: Splice, name: str) -> list[Any]:
    """Return one property of the objects that are new in a version of a view."""
    return _own((view.objects[row] for row in splice.added), name)


def _moved(rows: np.ndarray, splice: Splice) -> tuple[np.ndarray, np.ndarray]:
    """Return which entries stay in the next version of a view, and their rows in it."""
    kept = np.flatnonzero(splice.source >= 0)
    old_count = int(max(splice.source.max(initial=-1), rows.max(initial=-1))) + 1
    new_row = np.full(old_count, -1, np.int64)
    new_row[splice.source[kept]] = kept
    moved = new_row[rows]
    stays = moved >= 0
    return stays, moved[stays]


@dataclass(frozen=True)
class ValueColumn:
    """Numbers, dates (microseconds) or booleans (0, 1).

    Parameters
    ----------
    count : int
        n, the number of objects.
    rows : (m,) int64
    values : (m,) int64, float64 or int8
    """

    count: int
    rows: np.ndarray
    values: np.ndarray

    def mask(self, hits: np.ndarray) -> np.ndarray:
        """Return which objects, (n,) bool, have one of the entries, (m,) bool."""
        mask = np.zeros(self.count, bool)
        mask[self.rows[hits]] = True
        return mask

    @cached_property
    def present(self) -> np.ndarray:
        """Which objects have any value; (n,) bool."""
        mask = np.zeros(self.count, bool)
        mask[self.rows] = True
        return mask


@dataclass(frozen=True)
class WordColumn:
    """Tokens of texts, uuids, or the objects that references lead to.

    Parameters
    ----------
    count : int
        n, the number of objects.
    rows : (m,) int64
    codes : (m,) int64
        Which word.
    vocabulary : dict of str to int
        The code of each word; some may be used no more.
    """

    count: int
    rows: np.ndarray
    codes: np.ndarray
    vocabulary: dict[str, int]

    def having(self, word: str) -> np.ndarray:
        """Return which objects, (n,) bool, have a word."""
        mask = np.zeros(self.count, bool)
        code = self.vocabulary.get(word)
        if code is not None:
            mask[self.rows[self.codes == code]] = True
        return mask

    def having_any(self, test: Callable[[str], bool]) -> np.ndarray:
        """Return which objects, (n,) bool, have a word that passes."""
        passes = np.fromiter(map(test, self.vocabulary), bool, len(self.vocabulary))
        mask = np.zeros(self.count, bool)
        mask[self.rows[passes[self.codes]]] = True
        return mask

    def counts(self, word: str) -> np.ndarray:
        """Return how often each object has a word; (n,) int64."""
        code = self.vocabulary.get(word)
        if code is None:
            return np.zeros(self.count, np.int64)
        return np.bincount(self.rows[self.codes == code], minlength=self.count)

    @cached_property
    def lengths(self) -> np.ndarray:
        """How many words each object has; (n,) int64."""
        return np.bincount(self.rows, minlength=self.count)

    @cached_property
    def present(self) -> np.ndarray:
        """Which objects have any word; (n,) bool."""
        return self.lengths > 0


def values(view: ObjectsView, prop: PropertyConfig) -> ValueColumn:
    """Return a property of type int, number, boolean or date."""
    dtype = NUMPY_TYPES[prop.element_type]
    convert = microseconds if prop.element_type == "date" else None

    def flat(column: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        rows, found = _flat(column)
        if convert is not None:
            # Many images share their date: each is read once.
            known = {text: convert(text) for text in set(found)}
            found = [known[text] for text in found]
        return rows, np.array(found, dtype)

    def make() -> ValueColumn:
        return ValueColumn(len(view), *flat(_own(view.objects, prop.name)))

    def update(old: ValueColumn, splice: Splice, new: ObjectsView) -> ValueColumn:
        stays, rows = _moved(old.rows, splice)
        added, fresh = flat(_added(new, splice, prop.name))
        return ValueColumn(
            len(new),
            np.concatenate([rows, splice.added[added]]),
            np.concatenate([old.values[stays], fresh]),
        )

    kept: ValueColumn = view.keep(("values", prop.name, prop.data_type), make, update)
    return kept


def words(view: ObjectsView, name: str, analyzer: Analyzer) -> WordColumn:
    """Return the tokens of a text property."""
    # Stopwords are left out of queries alone: they make no other column.
    key = ("words", name, analyzer.tokenization, analyzer.folds, analyzer.kept)
    return _words(view, key, name, analyzer.tokens)


def texts(view: ObjectsView, name: str) -> WordColumn:
    """Return the whole texts of a property: uuids, or what groups are made of."""
    return _words(view, ("texts", name), name, lambda text: (text,))


def targets(view: ObjectsView, name: str) -> WordColumn:
    """Return where a reference leads: "Collection/uuid" for each."""
    return _words(view, ("targets", name), name, lambda link: (target_of(link["beacon"]),))


def target_of(beacon: str) -> str:
    """Return "Collection/uuid" of a beacon, weaviate://localhost/Collection/uuid."""
    return beacon.removeprefix("weaviate://localhost/")


def _words(
    view: ObjectsView, key: tuple[Hashable, ...], name: str, cut: Callable[[Any], Iterable[str]]
) -> WordColumn:
    def flat(column: Sequence[Any], vocabulary: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
        rows: list[int] = []
        codes: list[int] = []
        for row, own in enumerate(column):
            if own is None:
                continue
            for part in own if isinstance(own, list) else (own,):
                for word in cut(part):
                    rows.append(row)
                    codes.append(vocabulary.setdefault(word, len(vocabulary)))
        return np.array(rows, np.int64), np.array(codes, np.int64)

    def make() -> WordColumn:
        vocabulary: dict[str, int] = {}
        return WordColumn(len(view), *flat(_own(view.objects, name), vocabulary), vocabulary)

    def update(old: WordColumn, splice: Splice, new: ObjectsView) -> WordColumn:
        stays, rows = _moved(old.rows, splice)
        # A copy, since other threads may be reading the old one.
        vocabulary = dict(old.vocabulary)
        column = _added(new, splice, name)
        added, fresh = flat(column, vocabulary)
        return WordColumn(
            len(new),
            np.concatenate([rows, splice.added[added]]),
            np.concatenate([old.codes[stays], fresh]),
            vocabulary,
        )

    kept: WordColumn = view.keep(key, make, update)
    return kept


def lengths(view: ObjectsView, name: str) -> np.ndarray:
    """Return how long each object's text or list is, (n,) int64; 0 where it is missing."""

    def of(column: Sequence[Any]) -> np.ndarray:
        return np.fromiter((0 if own is None else len(own) for own in column), np.int64)

    kept: np.ndarray = view.keep(
        ("lengths", name),
        lambda: of(_own(view.objects, name)),
        lambda old, splice, new: splice.array(old, of(_added(new, splice, name))),
    )
    return kept


def missing(view: ObjectsView, name: str) -> np.ndarray:
    """Return which objects, (n,) bool, lack a property; an empty list counts as missing."""

    def of(column: Sequence[Any]) -> np.ndarray:
        return np.fromiter((own is None or own == [] for own in column), bool)

    kept: np.ndarray = view.keep(
        ("missing", name),
        lambda: of(_own(view.objects, name)),
        lambda old, splice, new: splice.array(old, of(_added(new, splice, name))),
    )
    return kept


def times(view: ObjectsView, which: str) -> np.ndarray:
    """Return when each object was `created` or `updated`, (n,) int64 milliseconds."""

    def of(objects: Iterable[Any]) -> np.ndarray:
        return np.fromiter((getattr(one, which) for one in objects), np.int64)

    kept: np.ndarray = view.keep(
        ("times", which),
        lambda: of(view.objects),
        lambda old, splice, new: splice.array(old, of([new.objects[row] for row in splice.added])),
    )
    return kept


def _flat(column: Sequence[Any]) -> tuple[np.ndarray, list[Any]]:
    rows: list[int] = []
    found: list[Any] = []
    for row, own in enumerate(column):
        if own is None:
            continue
        if isinstance(own, list):
            rows.extend([row] * len(own))
            found.extend(own)
        else:
            rows.append(row)
            found.append(own)
    return np.array(rows, np.int64), found


def places(view: ObjectsView, name: str) -> np.ndarray:
    """Return latitude and longitude of each object, (n, 2) float64; NaN where there is none."""

    def of(column: Sequence[Any]) -> np.ndarray:
        return np.array(
            [
                (np.nan, np.nan) if own is None else (own["latitude"], own["longitude"])
                for own in column
            ],
            np.float64,
        ).reshape(-1, 2)

    kept: np.ndarray = view.keep(
        ("places", name),
        lambda: of(_own(view.objects, name)),
        lambda old, splice, new: splice.array(old, of(_added(new, splice, name))),
    )
    return kept
