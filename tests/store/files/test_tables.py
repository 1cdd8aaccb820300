"""Collections as Parquet, CSV and JSON, and back with the same types; other people's tables."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from crystalviz.analysis import Analysis
from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataObject,
    DataType,
    Property,
    Tokenization,
    connect,
    generate_uuid5,
)
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.files.table_export import export_table
from crystalviz.store.files.table_format import TableError
from crystalviz.store.files.table_import import import_table
from crystalviz.store.server import serve

FORMATS = ["parquet", "csv", "json", "jsonl"]
TYPES = [
    ("image_id", "text"),
    ("note", "text"),
    ("tags", "text[]"),
    ("count", "int"),
    ("counts", "int[]"),
    ("entropy", "number"),
    ("curve", "number[]"),
    ("good", "boolean"),
    ("flags", "boolean[]"),
    ("taken", "date"),
    ("dates", "date[]"),
    ("twin", "uuid"),
    ("twins", "uuid[]"),
]
TIME = datetime(2021, 3, 12, 23, 54, 39, 123_000, tzinfo=UTC)


def make(client: Client, name: str = "CrystalImage") -> Collection:
    return client.collections.create(
        name,
        description="of a test",
        properties=[
            Property(
                name=prop,
                data_type=DataType(kind),
                tokenization=Tokenization.FIELD if kind.startswith("text") else None,
            )
            for prop, kind in TYPES
        ],
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(
                distance_metric="l2-squared", max_connections=16
            )
        ),
    )


def fill(images: Collection, count: int = 5) -> None:
    random = np.random.default_rng(1)
    whole = {
        "image_id": "PG (1).png",
        "note": 'a "b", c;\r\nd\re\ttab \N{SNOWMAN} ',
        "tags": ["x", "", "a,b"],
        "count": 2**62 + 1,
        "counts": [1, -(2**63)],
        "entropy": 0.1 + 0.2,
        "curve": [1.0, 1e-300],
        "good": False,
        "flags": [True, False],
        "taken": TIME,
        "dates": [TIME, TIME.replace(year=1999)],
        "twin": UUID(int=7),
        "twins": [UUID(int=8)],
    }
    objects = [DataObject(whole, generate_uuid5(0), random.normal(size=6))]
    objects.append(DataObject({"image_id": "", "note": '"'}, generate_uuid5(1), None))
    objects.append(DataObject({"count": 0, "tags": []}, generate_uuid5(2), random.normal(size=6)))
    objects.extend(
        DataObject({"image_id": f"n{i}", "entropy": float(i)}, None, random.normal(size=6))
        for i in range(count - 3)
    )
    assert not images.data.insert_many(objects).has_errors


def contents(collection: Any) -> list[tuple[Any, Any, Any]]:
    return [(o.uuid, o.properties, o.vector) for o in collection.iterator(include_vector=True)]


class TestRoundTrip:
    @pytest.mark.parametrize("ending", FORMATS)
    def test_objects_types_and_schema(self, client: Client, tmp_path: Path, ending: str) -> None:
        images = make(client)
        fill(images)
        path = tmp_path / f"images.{ending}"
        assert export_table(images, path, progress=False) == 5
        report = import_table(path, tmp_path / "other", progress=False)
        assert (report.collection, report.objects, report.problems) == ("CrystalImage", 5, [])
        with connect(tmp_path / "other") as other:
            back = other.collections.use("CrystalImage")
            assert contents(back) == contents(images)
            assert back.config.get().to_dict() == images.config.get().to_dict()
        left = {p.name for p in tmp_path.iterdir() if p.is_file()}
        beside = set() if ending == "parquet" else {f"images.{ending}.schema.json"}
        assert left == {path.name, *beside}

    @pytest.mark.parametrize("ending", FORMATS)
    def test_again_changes_nothing(self, client: Client, tmp_path: Path, ending: str) -> None:
        images = make(client)
        fill(images)
        before = contents(images)
        path = tmp_path / f"images.{ending}"
        export_table(images, path, progress=False)
        first = path.read_bytes()
        import_table(path, client, progress=False)
        assert contents(images) == before
        export_table(images, path, progress=False)
        assert path.read_bytes() == first

    @pytest.mark.parametrize("ending", FORMATS)
    def test_without_vectors(self, client: Client, tmp_path: Path, ending: str) -> None:
        images = make(client)
        fill(images)
        path = tmp_path / f"images.{ending}"
        export_table(images, path, vectors=False, progress=False)
        import_table(path, client, "Copy", progress=False)
        assert [o[2] for o in contents(client.collections.use("Copy"))] == [{}] * 5

    @pytest.mark.parametrize("ending", FORMATS)
    def test_named_vectors(self, client: Client, tmp_path: Path, ending: str) -> None:
        named = client.collections.create(
            "Named",
            vector_config=[
                Configure.Vectors.self_provided(name="pixels"),
                Configure.Vectors.self_provided(name="shape"),
            ],
        )
        named.data.insert({"n": 1.5}, vector={"pixels": [1, 2], "shape": [0.1, 0.2, 0.3]})
        named.data.insert({"n": 2.5}, vector={"shape": [0.4, 0.5, 0.6]})
        path = tmp_path / f"named.{ending}"
        export_table(named, path, progress=False)
        import_table(path, client, "Copy", progress=False)
        assert contents(client.collections.use("Copy")) == contents(named)

    @pytest.mark.parametrize("ending", FORMATS)
    def test_an_empty_collection(self, client: Client, tmp_path: Path, ending: str) -> None:
        path = tmp_path / f"images.{ending}"
        assert export_table(make(client), path, progress=False) == 0
        assert import_table(path, client, "Copy", progress=False).objects == 0
        assert len(client.collections.use("Copy")) == 0
        assert len(client.collections.use("Copy").config.get().properties) == len(TYPES)

    def test_more_than_a_page_and_a_group(self, client: Client, tmp_path: Path) -> None:
        many = client.collections.create("Many")
        many.data.insert_many([DataObject({"n": i}, vector=[i, 1]) for i in range(2100)])
        export_table(many, tmp_path / "many.parquet", progress=False)
        report = import_table(tmp_path / "many.parquet", client, "Copy", progress=False)
        assert report.objects == 2100
        assert contents(client.collections.use("Copy")) == contents(many)


class TestFiles:
    def test_parquet_has_real_types(self, client: Client, tmp_path: Path) -> None:
        images = make(client)
        fill(images)
        export_table(images, tmp_path / "images.parquet", progress=False)
        schema = pyarrow.parquet.read_schema(tmp_path / "images.parquet")
        assert schema.field("count").type == pyarrow.int64()
        assert schema.field("taken").type == pyarrow.timestamp("us", tz="UTC")
        assert schema.field("vector").type == pyarrow.list_(pyarrow.float32())
        counts = pyarrow.parquet.read_table(tmp_path / "images.parquet")["count"].to_pylist()
        assert sorted(n for n in counts if n is not None) == [0, 2**62 + 1]

    def test_pandas_reads_the_others(self, client: Client, tmp_path: Path) -> None:
        images = make(client)
        fill(images)
        for ending in ("csv", "json", "jsonl"):
            export_table(images, tmp_path / f"images.{ending}", progress=False)
        whole = json.loads((tmp_path / "images.json").read_text())
        lines = [json.loads(x) for x in (tmp_path / "images.jsonl").read_text().splitlines()]
        assert whole == lines
        assert len(pd.read_json(tmp_path / "images.json")) == 5
        assert len(pd.read_csv(tmp_path / "images.csv")) == 5
        with (tmp_path / "images.csv").open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        assert header == ["id", *(name for name, _ in TYPES), "vector"]

    def test_a_failed_export_leaves_what_was_there(self, client: Client, tmp_path: Path) -> None:
        path = tmp_path / "images.parquet"
        path.write_text("before")
        lone = client.collections.create("Lone")
        lone.data.insert({"text": "half a pair: \ud800"})
        with pytest.raises(TableError, match="column 'text' cannot be written"):
            export_table(lone, path, progress=False)
        assert path.read_text() == "before"
        assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["images.parquet"]
        # JSON can say it.
        export_table(lone, tmp_path / "lone.json", progress=False)
        import_table(tmp_path / "lone.json", client, "Copy", progress=False)
        assert contents(client.collections.use("Copy")) == contents(lone)

    def test_where_it_cannot_be_written(self, client: Client, tmp_path: Path) -> None:
        images = make(client)
        with pytest.raises(FileNotFoundError, match="create it first"):
            export_table(images, tmp_path / "none" / "a.csv")
        with pytest.raises(TableError, match="'xlsx' is no kind of table"):
            export_table(images, tmp_path / "a.xlsx")
        assert export_table(images, tmp_path / "a.txt", format="csv", progress=False) == 0


@pytest.mark.parametrize("ending", FORMATS)
def test_a_servers_collection_is_the_same_file(client: Client, tmp_path: Path, ending: str) -> None:
    images = make(client)
    fill(images)
    # Whole numbers go to a server as floating-point numbers.
    images.data.update(generate_uuid5(0), {"count": 2**53, "counts": [-(2**53)]})
    export_table(images, tmp_path / f"a.{ending}", progress=False)
    with serve(client) as server, connect(server.url, grpc_port=server.grpc_port) as remote:
        theirs = remote.collections.use("CrystalImage")
        assert export_table(theirs, tmp_path / f"b.{ending}", progress=False) == 5
        import_table(tmp_path / f"b.{ending}", remote, "Copy", progress=False)
    if ending != "parquet":
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    assert contents(client.collections.use("Copy")) == contents(images)


class TestOtherPeoplesTables:
    def test_the_table_and_vectors_of_an_analysis(
        self, analysis: Analysis, client: Client, tmp_path: Path
    ) -> None:
        analysis.table.to_csv(tmp_path / "analysis.csv", index=False)
        np.save(tmp_path / "vectors.npy", analysis.vectors)
        report = import_table(
            tmp_path / "analysis.csv",
            client,
            "CrystalImage",
            vectors=tmp_path / "vectors.npy",
            progress=False,
        )
        assert (report.objects, report.problems) == (len(analysis), [])
        images = client.collections.use("CrystalImage")
        types = {p.name: str(p.data_type) for p in images.config.get().properties}
        assert types["image_id"] == "text"
        assert types["confidence"] == "number"
        assert types["kmeans_pca_cluster"] == "int"
        for row in (0, len(analysis) - 1):
            name = analysis.table["image_id"][row]
            found = images.query.fetch_object_by_id(generate_uuid5(name), include_vector=True)
            assert found is not None
            assert found.vector["default"] == analysis.vectors[row].tolist()
            assert found.properties["image_entropy"] == pytest.approx(
                analysis.table["image_entropy"][row]
            )

    def test_a_parquet_of_pandas(self, client: Client, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {
                "image_id": ["a", "b"],
                "n": [1, 2],
                "x": [0.5, np.nan],
                "at": pd.to_datetime(["2021-01-01", "2022-01-01"], utc=True),
                "vector": [[1.0, 0.0], [0.0, 1.0]],
            }
        )
        frame.to_parquet(tmp_path / "f.parquet")
        import_table(tmp_path / "f.parquet", client, "Frame", progress=False)
        found = client.collections.use("Frame")
        assert len(found) == 2
        a = found.query.fetch_object_by_id(generate_uuid5("a"), include_vector=True)
        assert a is not None
        assert a.properties == {
            "image_id": "a",
            "n": 1,
            "x": 0.5,
            "at": datetime(2021, 1, 1, tzinfo=UTC),
        }
        assert a.vector == {"default": [1.0, 0.0]}

    @pytest.mark.parametrize("mark", [";", "\t", ","])
    def test_a_spreadsheets_csv(self, client: Client, tmp_path: Path, mark: str) -> None:
        text = f'image_id{mark}n{mark}note\n"a{mark}b"{mark}3{mark}x\n'
        (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
        import_table(tmp_path / "t.csv", client, "T", progress=False)
        found = client.collections.use("T").query.fetch_objects().objects
        assert [o.properties for o in found] == [{"image_id": f"a{mark}b", "n": 3, "note": "x"}]

    def test_rows_without_names_have_their_number(self, client: Client, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text("n\n1\n2\n")
        for _ in range(2):
            import_table(tmp_path / "t.csv", client, "T", progress=False)
        assert len(client.collections.use("T")) == 2

    def test_known_by_another_column(self, client: Client, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text("name,n\na,1\n,2\n")
        report = import_table(tmp_path / "t.csv", client, "T", identity="name", progress=False)
        assert report.objects == 1
        assert client.collections.use("T").data.exists(generate_uuid5("a"))
        assert "row 2: column 'name': is empty" in str(report)

    def test_an_existing_collection_says_the_types(self, client: Client, tmp_path: Path) -> None:
        client.collections.create("T", properties=[Property(name="n", data_type=DataType.TEXT)])
        (tmp_path / "t.csv").write_text("n\n007\n12\n")
        import_table(tmp_path / "t.csv", client, "T", progress=False)
        found = {o.properties["n"] for o in client.collections.use("T").iterator()}
        assert found == {"007", "12"}


class TestDamage:
    def test_rows_that_do_not_fit_are_set_aside(self, client: Client, tmp_path: Path) -> None:
        images = make(client)
        fill(images)
        path = tmp_path / "images.csv"
        export_table(images, path, progress=False)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        rows[1][rows[0].index("count")] = "many"
        rows[3][rows[0].index("vector")] = "[1, 2]"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        report = import_table(path, client, "Copy", progress=False)
        assert report.objects == 3
        assert [row for row, _ in report.problems] == [1, 3]
        assert report.problems[0][1] == "column 'count': 'many' is no whole number"
        assert "2" in report.problems[1][1]
        assert "2 rows set aside" in str(report)

    @pytest.mark.parametrize(
        ("name", "text", "match"),
        [
            ("t.csv", "", "is empty"),
            ("t.csv", "a,a\n1,2\n", "several columns are named 'a'"),
            ("t.csv", "a,b\n1,2\n3\n", "row 2: 1 cells, and 2 columns"),
            ("t.json", "[{}", "is not JSON"),
            ("t.json", "{}", "must be a list of objects, not a dict"),
            ("t.json", "[1]", "row 1: must be an object, not int"),
            ("t.jsonl", "{}\n{", "line 2: is not JSON"),
            ("t.parquet", "PAR1 no", "cannot be read as Parquet"),
        ],
    )
    def test_files_that_are_no_tables(
        self, client: Client, tmp_path: Path, name: str, text: str, match: str
    ) -> None:
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(TableError, match=match) as caught:
            import_table(path, client, "T", progress=False)
        assert name in str(caught.value)

    def test_another_alphabet(self, client: Client, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_bytes("name\nGr\u00f6\u00dfe\n".encode("latin-1"))
        with pytest.raises(TableError, match=r"t\.csv: is not UTF-8 text .* at byte 7"):
            import_table(tmp_path / "t.csv", client, "T", progress=False)

    def test_a_cut_parquet(self, client: Client, tmp_path: Path) -> None:
        images = make(client)
        fill(images)
        path = tmp_path / "images.parquet"
        export_table(images, path, progress=False)
        whole = path.read_bytes()
        for length in (0, 4, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            with pytest.raises(TableError, match=r"images\.parquet"):
                import_table(path, client, "Copy", progress=False)

    def test_what_else_is_refused(self, client: Client, tmp_path: Path) -> None:
        with pytest.raises(TableError, match="there is no such file"):
            import_table(tmp_path / "t.csv", client, "T")
        (tmp_path / "t.csv").write_text("n\n1\n2\n")
        with pytest.raises(TableError, match="has no schema with it"):
            import_table(tmp_path / "t.csv", client)
        with pytest.raises(TableError, match="more rows than there are vectors"):
            import_table(tmp_path / "t.csv", client, "T", vectors=[[1.0]], progress=False)
        with pytest.raises(TableError, match="has 2 rows, and there are 3 vectors"):
            import_table(tmp_path / "t.csv", client, "T", vectors=np.ones((3, 2)), progress=False)
        (tmp_path / "t.csv.schema.json").write_text("{}")
        with pytest.raises(WeaviateInvalidInputError, match="the schema is damaged"):
            import_table(tmp_path / "t.csv", client)
