"""The images of an analysis as objects of the collection `CrystalImage` in its store folder."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.records import Database, analysis_digest, read_note, write_note

COLLECTION = "CrystalImage"

_PROPERTY_NAME = re.compile(r"[a-z][_0-9A-Za-z]{0,230}")
_NOTE = "collection"
_PER_BATCH = 1000


def write_collection(
    folder: Path, database: Database, table: pd.DataFrame, vectors: np.ndarray
) -> None:
    """Make the collection say what the table says, with no doubles and none left over.

    Properties that others added to an object are kept. Nothing is written when the collection
    is up to date already.

    Parameters
    ----------
    folder : Path
        The store folder.
    database : Database
        Remembers what the collection holds.
    table : DataFrame, n rows
        Its columns become the properties, but for added ones whose names a store does not allow
        (spaces, a capital first letter, `id`); missing values are left out.
    vectors : ndarray, shape (n, d), float32
    """
    from crystalviz import store
    from crystalviz.store import classes

    table = table[[name for name in table if _is_property_name(name)]]
    shape = {"dimension": int(vectors.shape[1]), "columns": {c: _kind(table[c]) for c in table}}
    note = {"digest": analysis_digest(table, vectors), "shape": shape}
    before = json.loads(read_note(database, _NOTE) or "{}")
    with store.connect(folder) as client:
        exists = client.collections.exists(COLLECTION)
        if exists and before == note and len(client.collections.use(COLLECTION)) == len(table):
            return
        added = _properties_of_others(client, set(table.columns)) if exists else {}
        if exists and before.get("shape") != shape:
            # A vector of another length, or another column: the old schema does not fit.
            client.collections.delete(COLLECTION)
            exists = False
        if not exists:
            client.collections.create(
                COLLECTION,
                properties=[_property(classes, str(name), table[name]) for name in table],
                vector_config=classes.Configure.Vectors.self_provided(),
            )
        collection = client.collections.use(COLLECTION)
        identities = [store.generate_uuid5(name) for name in table["image_id"]]
        for batch in _batches(table, identities, vectors):
            objects = [
                classes.DataObject(
                    properties={**added.get(identity, {}), **properties},
                    uuid=identity,
                    vector=vector,
                )
                for identity, properties, vector in batch
            ]
            result = collection.data.insert_many(objects)
            if result.has_errors:
                first = next(iter(result.errors.values()))
                raise RuntimeError(f"the collection {COLLECTION} in {folder}: {first.message}")
        for identity in set(added) - set(identities):
            collection.data.delete_by_id(identity)
    write_note(database, _NOTE, json.dumps(note))


def _properties_of_others(client: Any, columns: set[str]) -> dict[str, dict[str, Any]]:
    collection = client.collections.use(COLLECTION)
    return {
        str(item.uuid): {
            name: value
            for name, value in item.properties.items()
            if name not in columns and value is not None
        }
        for item in collection.iterator()
    }


def _batches(
    table: pd.DataFrame, identities: list[str], vectors: np.ndarray
) -> Iterator[list[tuple[str, dict[str, Any], np.ndarray]]]:
    words = [name for name in table if _kind(table[name]) == "text"]
    # An added column of objects may hold numbers among the words.
    table = table.assign(**{str(n): table[n].map(str, na_action="ignore") for n in words})
    records = table.to_dict("records")
    for start in range(0, len(records), _PER_BATCH):
        stop = start + _PER_BATCH
        yield [
            (identity, _present(record), vector)
            for identity, record, vector in zip(
                identities[start:stop], records[start:stop], vectors[start:stop], strict=True
            )
        ]


def _present(record: dict[Any, Any]) -> dict[str, Any]:
    # The store, as Weaviate, has no NaN and no infinity.
    return {
        str(name): value
        for name, value in record.items()
        if not pd.isna(value) and value not in (math.inf, -math.inf)
    }


def _is_property_name(name: Any) -> bool:
    return bool(isinstance(name, str) and _PROPERTY_NAME.fullmatch(name)) and name != "id"


def _kind(series: pd.Series) -> str:
    kinds = {"b": "boolean", "i": "int", "u": "int", "f": "number"}
    return kinds.get(series.dtype.kind, "text")


def _property(classes: Any, name: str, series: pd.Series) -> Any:
    kind = _kind(series)
    # One token for the whole text: "PG (1).png" must not be found by "PG (2).png".
    tokens = {"tokenization": classes.Tokenization.FIELD} if kind == "text" else {}
    return classes.Property(name=name, data_type=classes.DataType(kind), **tokens)
