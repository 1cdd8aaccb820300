from __future__ import annotations

import uuid

import pytest

from crystalviz.store import Client, Configure, DataType, Filter, Property
from crystalviz.store.query.folding import fold_ascii
from crystalviz.store.writing.data import DataObject


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain text", "plain text"),
        ("Crème brûlée", "Creme brulee"),
        # A combining accent on its own.
        ("cafe\u0301", "cafe"),
        ("Kødbyen, Łódź, Ħal Għaxaq", "Kodbyen, Lodz, Hal Ghaxaq"),
        ("Straße STRAẞE", "Strasse STRASSE"),
        ("æther Œuvre ĳs", "aether OEuvre ijs"),
        ("Þingvellir eða ıſ", "THingvellir eda is"),
        ("ﬁne ǿ", "fine o"),
        ("結晶 кристалл", "結晶 кристалл"),
    ],
)
def test_fold_ascii(text: str, folded: str) -> None:
    assert fold_ascii(text) == folded


def test_characters_that_keep_their_accents() -> None:
    assert fold_ascii("Ålesund é", frozenset("Åå")) == "Ålesund e"


def test_analyzers_of_properties(client: Client) -> None:
    made = client.collections.create(
        "Notes",
        properties=[
            Property("plain", DataType.TEXT),
            Property(
                "folded", DataType.TEXT, text_analyzer=Configure.text_analyzer(ascii_fold=True)
            ),
            Property(
                "french", DataType.TEXT, text_analyzer=Configure.text_analyzer(stopword_preset="fr")
            ),
        ],
        inverted_index_config=Configure.inverted_index(stopword_presets={"fr": ["le", "la"]}),
    )
    text = "le Café the"
    made.data.insert_many(
        [
            DataObject({"plain": text, "folded": text, "french": text}, uuid.UUID(int=1)),
            DataObject({"plain": "thé", "folded": "thé", "french": "thé"}, uuid.UUID(int=2)),
        ]
    )

    def found(name: str, query: str) -> list[int]:
        same = Filter.by_property(name).equal(query)
        ids = [one.uuid.int for one in made.query.fetch_objects(filters=same).objects]
        words = made.query.bm25(query, query_properties=[name]).objects
        assert [one.uuid.int for one in words] == ids
        return ids

    assert found("plain", "cafe") == []
    assert found("plain", "café") == [1]
    assert found("folded", "cafe") == [1]
    assert found("folded", "CAFÉ") == [1]
    assert found("folded", "the cafe") == [1]
    # Stopwords of its own: "the" counts, "le" does not.
    assert found("french", "the") == [1]
    assert found("french", "le café") == [1]
    like = Filter.by_property("folded").like("ca?é")
    assert [one.uuid.int for one in made.query.fetch_objects(filters=like).objects] == [1]
