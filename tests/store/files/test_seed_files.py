"""The seed's three files: read whole, damage named, into a store and out of it again."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crystalviz as cz
from crystalviz.analysis import Analysis
from crystalviz.graph import neighbor_graph
from crystalviz.store import Client, Configure, generate_uuid5
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.files.seed import export_seed, import_seed
from crystalviz.store.files.seed_format import SeedFileError, read_seed
from tests.store.files.seed_files import (
    CLUSTERS,
    IMAGES,
    UUIDS,
    crystal,
    end,
    links,
    node,
    pairs,
    vectors,
    write_seed,
)


@pytest.fixture(scope="module")
def seed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seed(tmp_path_factory.mktemp("seed"))


def cosine_neighbors(rows: np.ndarray, row: int, k: int) -> set[str]:
    unit = rows.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    likeness = unit @ unit[row]
    likeness[row] = -np.inf
    return {IMAGES[other] for other in np.argsort(-likeness)[:k]}


class TestRead:
    def test_everything_is_read(self, seed_folder: Path) -> None:
        seed = read_seed(seed_folder)
        assert list(seed.images) == IMAGES
        assert [str(image.uuid) for image in seed.images.values()] == list(UUIDS.values())
        assert len(seed.links) == 52
        assert [(link.source, link.target) for link in seed.links] == [
            (IMAGES[a], IMAGES[b]) for a, b in pairs()
        ]
        assert seed.problems == []

    def test_trailing_spaces_are_trimmed_and_told(self, seed_folder: Path) -> None:
        seed = read_seed(seed_folder)
        labels = {image.properties["class_label"] for image in seed.images.values()}
        assert labels == {"CEX", "PG"}
        assert len(seed.trimmed) == 16
        assert str(seed.trimmed[0]) == "crystals.json, row 11: class_label 'PG ' is 'PG' now"

    def test_ids_that_are_no_uuids_still_tie_links_to_nodes(self) -> None:
        nodes = [{"id": "a", "image_id": "A.png"}, {"id": "b", "image_id": "B.png"}]
        seed = read_seed(nodes=nodes, links=[{"source": "a", "target": "b", "distance": 0.25}])
        assert [(x.source, x.target, x.distance) for x in seed.links] == [("A.png", "B.png", 0.25)]
        assert str(seed.images["A.png"].uuid) == generate_uuid5("A.png")

    def test_a_distance_is_taken_from_the_weight(self) -> None:
        rows = [node(0), node(1)]
        seed = read_seed(nodes=rows, links=[{"source": end(0), "target": end(1), "weight": 4.0}])
        assert seed.links[0].distance == pytest.approx(0.25 - 1e-6)

    @pytest.mark.parametrize(
        ("change", "cause"),
        [
            ({"image_id": None}, "has no image_id"),
            ({"image_id": 7}, "image_id must be text, not 7"),
            ({"image_id": IMAGES[0]}, f"image_id {IMAGES[0]!r} comes a second time"),
            ({"id": UUIDS[IMAGES[0]]}, f"is that of {IMAGES[0]!r} already"),
            ({"id": 12}, "id must be text, not 12"),
            ({"confidence": "high"}, "confidence must be a number, not 'high'"),
            ({"confidence": float("nan")}, "confidence is not a finite number"),
            ({"image_entropy": True}, "image_entropy must be a number, not True"),
            ({"kmeans_pca_cluster": 0.5}, "kmeans_pca_cluster must be a whole number, not 0.5"),
            ({"class_label": ["PG"]}, "class_label must be text, not ['PG']"),
        ],
    )
    def test_a_damaged_crystal_is_set_aside(self, change: dict[str, Any], cause: str) -> None:
        rows = [crystal(0), {**crystal(20), **change}, crystal(2)]
        seed = read_seed(crystals=rows)
        assert list(seed.images) == [IMAGES[0], IMAGES[2]]
        assert len(seed.problems) == 1
        assert str(seed.problems[0]).startswith("crystals.json, row 2: ")
        assert cause in seed.problems[0].cause
        assert seed.trimmed == []

    @pytest.mark.parametrize(
        ("row", "cause"),
        [
            ("text", "needs an object, not str"),
            ({"target": end(1), "distance": 1}, "has no source"),
            ({"source": end(0), "target": end(0), "distance": 0}, "links 'CEX (1).png' with"),
            ({"source": end(0), "target": end(1)}, "has neither distance nor weight"),
            ({"source": end(0), "target": end(1), "distance": -1}, "must not be negative"),
            ({"source": end(0), "target": end(1), "weight": 0}, "weight must be above 0"),
            ({"source": {}, "target": end(1), "distance": 1}, "source names no node: {}"),
            ({"source": "nobody", "target": end(1), "distance": 1}, "source 'nobody' is no node"),
        ],
    )
    def test_a_damaged_link_is_set_aside(self, row: Any, cause: str) -> None:
        good = {"source": end(0), "target": end(1), "distance": 0.5}
        seed = read_seed(nodes=[node(0), node(1)], links=[good, row])
        assert len(seed.links) == 1
        assert str(seed.problems[0]).startswith("fdg_links.json, row 2: ")
        assert cause in seed.problems[0].cause

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "crystals.json"
        with pytest.raises(SeedFileError, match="there is no such file"):
            read_seed(path)
        text = json.dumps([crystal(row) for row in range(26)], indent=2)
        path.write_text(text[: len(text) // 2])
        with pytest.raises(
            SeedFileError, match=r"crystals.json: is not JSON \(line \d+, .*after 1"
        ):
            read_seed(path)
        path.write_text("{}")
        with pytest.raises(SeedFileError, match="must be a list of rows, not a dict"):
            read_seed(path)
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SeedFileError, match="is not UTF-8 text"):
            read_seed(path)
        with pytest.raises(SeedFileError, match=r"none of crystals.json, .* is in this folder"):
            read_seed(tmp_path / "..")
        with pytest.raises(SeedFileError, match="give at least one"):
            read_seed()

    def test_cut_off_anywhere_is_an_error_or_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "fdg_links.json"
        text = json.dumps(links()[:3])
        for length in range(0, len(text), 7):
            path.write_text(text[:length])
            with pytest.raises(SeedFileError, match="is not JSON"):
                read_seed(nodes=[node(row) for row in range(5)], links=path)


class TestImport:
    def test_without_vectors_saved_links_answer_and_it_is_said(
        self, seed_folder: Path, tmp_path: Path
    ) -> None:
        report = import_seed(
            tmp_path / "store",
            crystals=seed_folder / "crystals.json",
            nodes=seed_folder / "fdg_nodes.json",
            links=seed_folder / "fdg_links.json",
        )
        assert (report.images, report.links, report.vectors) == (26, 52, 0)
        assert report.neighbors.startswith("saved links")
        assert "16 texts trimmed" in str(report)
        with cz.connect(tmp_path / "store") as client:
            images = client.collections.use("CrystalImage")
            assert len(images) == 26
            first = images.query.fetch_object_by_id(UUIDS[IMAGES[0]])
            assert first is not None
            assert first.properties["class_label"] == "CEX"
            assert first.properties["confidence"] == 77
            assert isinstance(first.properties["kmeans_pca_cluster"], int)
            graph = neighbor_graph(images)
        assert graph.found_by == "saved link"
        assert set(graph.edges) == {
            (min(IMAGES[a], IMAGES[b]), max(IMAGES[a], IMAGES[b])) for a, b in pairs()
        }
        # The seed's reader drops the links with uuids as ends, and these images have none.
        a, b = pairs()[-1]
        assert any(IMAGES[b] == other for other, _ in graph.neighbors(IMAGES[a]))

    def test_with_vectors_all_26_have_5_true_neighbours(
        self, seed_folder: Path, tmp_path: Path
    ) -> None:
        report = import_seed(tmp_path / "store", seed_folder, vectors=vectors())
        assert (report.vectors, report.neighbors) == (26, "vectors")
        with cz.connect(tmp_path / "store") as client:
            images = client.collections.use("CrystalImage")
            for row, name in enumerate(IMAGES):
                graph = neighbor_graph(images, k=5, images=[name])
                expected = cosine_neighbors(vectors(), row, 5)
                assert {other for other, _ in graph.neighbors(name)} == expected
                assert graph.found_by == "exact"

    def test_twice_is_once(self, client: Client, seed_folder: Path) -> None:
        import_seed(client, seed_folder, vectors=dict(zip(IMAGES, vectors(), strict=True)))
        before = [(o.uuid, o.properties, o.vector) for o in _all(client)]
        # Without vectors: those that are there stay.
        import_seed(client, seed_folder)
        assert [(o.uuid, o.properties, o.vector) for o in _all(client)] == before

    def test_images_of_the_collection_keep_uuid_vector_and_properties(
        self, client: Client, seed_folder: Path
    ) -> None:
        images = client.collections.create(
            "CrystalImage", vector_config=Configure.Vectors.self_provided()
        )
        mine = images.data.insert(
            {"image_id": IMAGES[3], "note": "mine", "class_label": "wrong"}, vector=[1.0, 2.0]
        )
        report = import_seed(client, seed_folder)
        assert len(images) == 26
        assert report.vectors == 1
        kept = images.query.fetch_object_by_id(mine, include_vector=True)
        assert kept is not None
        assert kept.properties["note"] == "mine"
        assert kept.properties["class_label"] == "CEX"
        assert kept.vector == {"default": [1.0, 2.0]}

    def test_vectors_of_an_analysis_by_file_name(self, client: Client, analysis: Analysis) -> None:
        names = [name.split("/")[-1] for name in analysis.table["image_id"]]
        rows = [{"image_id": name, "class_label": "PG "} for name in names]
        report = import_seed(client, crystals=rows, vectors=analysis)
        assert report.vectors == len(names)
        image = client.collections.use("CrystalImage").query.fetch_object_by_id(
            generate_uuid5(names[5]), include_vector=True
        )
        assert image is not None
        assert image.vector["default"] == analysis.vectors[5].tolist()

    def test_vectors_that_do_not_fit(self, client: Client, seed_folder: Path) -> None:
        with pytest.raises(WeaviateInvalidInputError, match=r"shape \(3, 4\), and there are 26"):
            import_seed(client, seed_folder, vectors=np.zeros((3, 4)))
        with pytest.raises(WeaviateInvalidInputError, match=r"there is no image 'x\.png'"):
            import_seed(client, seed_folder, vectors={"x.png": [1.0]})
        assert not client.collections.exists("CrystalImage")

    def test_rows_set_aside_are_listed(self, client: Client) -> None:
        rows = [crystal(0), {**crystal(1), "confidence": "?"}]
        report = import_seed(client, crystals=rows)
        assert report.images == 1
        assert "row 2: confidence must be a number" in str(report)


class TestExport:
    def test_the_seeds_shapes_and_back(self, seed_folder: Path, tmp_path: Path) -> None:
        import_seed(tmp_path / "store", seed_folder)
        files = export_seed(tmp_path / "store", tmp_path / "out")
        assert [path.name for path in files] == [
            "crystals.json",
            "fdg_nodes.json",
            "fdg_links.json",
        ]
        crystals, nodes, written = (json.loads(path.read_text()) for path in files)
        expected = [
            {**crystal(r), "class_label": crystal(r)["class_label"].strip()} for r in range(26)
        ]
        assert crystals == expected
        assert [list(row) for row in crystals] == [list(row) for row in expected]
        assert nodes == [node(row) for row in range(26)]
        assert len(written) == 52
        assert {
            (link["source"]["image_id"], link["target"]["image_id"], link["distance"])
            for link in written
        } == {
            (IMAGES[a], IMAGES[b], link["distance"])
            for (a, b), link in zip(pairs(), links(), strict=True)
        }
        for link in written:
            assert link["weight"] == pytest.approx(1 / (link["distance"] + 1e-6))
            assert set(link["source"]) == {"id", "image_id", "cluster", "isCenter", "index"}
        assert '"confidence": 100,' in files[0].read_text()
        again = read_seed(tmp_path / "out")
        assert again.problems == []
        assert len(again.links) == 52

    def test_of_an_analysis(self, analysis: Analysis, tmp_path: Path) -> None:
        files = export_seed(analysis, tmp_path / "out", k=5)
        crystals, nodes, written = (json.loads(path.read_text()) for path in files)
        assert [row["image_id"] for row in crystals] == analysis.table["image_id"].tolist()
        assert [row["id"] for row in nodes] == [generate_uuid5(n["image_id"]) for n in nodes]
        assert len(written) == 5 * len(nodes)
        first = analysis.neighbors(crystals[0]["image_id"], 1)[0]
        assert written[0]["target"]["image_id"] == first.image_id
        assert written[0]["distance"] == pytest.approx(first.distance)

    def test_by_vectors_where_there_are_any(
        self, client: Client, seed_folder: Path, tmp_path: Path
    ) -> None:
        import_seed(client, seed_folder, vectors=vectors())
        files = export_seed(client, tmp_path, k=3)
        written = json.loads(files[2].read_text())
        assert len(written) == 26 * 3
        near = {link["target"]["image_id"] for link in written if link["source"]["index"] == 0}
        assert near == cosine_neighbors(vectors(), 0, 3)

    def test_an_unknown_collection_is_named(self, client: Client, tmp_path: Path) -> None:
        with pytest.raises(
            WeaviateInvalidInputError, match=r"no collection 'Nothing'; there is none"
        ):
            export_seed(client, tmp_path, collection="Nothing")


def _all(client: Client) -> list[Any]:
    return list(client.collections.use("CrystalImage").iterator(include_vector=True))


def test_the_layout_of_these_files_is_the_seeds() -> None:
    """Counts that the facts give of the real files."""
    assert len(IMAGES) == len(CLUSTERS) == 26
    assert len(links()) == 52
    assert sum(isinstance(link["source"], str) for link in links()) == 4
    assert all(uuid.UUID(one) for one in UUIDS.values())
