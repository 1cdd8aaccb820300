"""The graph of neighbours: undirected, weighted by similarity, growing as the seed's does."""

from __future__ import annotations

import json
from pathlib import Path

import networkx
import numpy as np
import pytest
import weaviate

from crystalviz.analysis import Analysis
from crystalviz.graph import NeighborGraph, neighbor_graph
from crystalviz.store import (
    Client,
    Configure,
    DataObject,
    DataType,
    Property,
    Tokenization,
    connect,
)
from crystalviz.store.files.seed_format import SeedFileError
from crystalviz.store.server import serve

NAMES = [f"pg/PG ({number}).png" for number in range(1, 31)]


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(30, 8)).astype(np.float32)


def fill(client: Client, vectors: np.ndarray, distance: str = "cosine", bare: int = 0) -> object:
    """A collection of 30 images, the last `bare` of them without vectors; word tokens."""
    images = client.collections.create(
        "CrystalImage",
        properties=[
            Property(name="image_id", data_type=DataType.TEXT, tokenization=Tokenization.WORD)
        ],
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(distance_metric=distance)
        ),
    )
    images.data.insert_many(
        [
            DataObject(
                {"image_id": name, "kmeans_pca_cluster": row % 3},
                vector=vectors[row] if row < len(NAMES) - bare else None,
            )
            for row, name in enumerate(NAMES)
        ]
    )
    return images


def expected_edges(analysis: Analysis, k: int) -> dict[tuple[str, str], float]:
    edges = {}
    for name in analysis.table["image_id"]:
        for other in analysis.neighbors(name, k):
            edges[min(name, other.image_id), max(name, other.image_id)] = other.similarity
    return edges


class TestAnalysis:
    @pytest.mark.parametrize("k", [1, 5, 12])
    def test_every_image_with_its_neighbours(self, analysis: Analysis, k: int) -> None:
        graph = neighbor_graph(analysis, k)
        assert list(graph.nodes) == analysis.table["image_id"].tolist()
        expected = expected_edges(analysis, k)
        assert set(graph.edges) == set(expected)
        assert all(a < b for a, b in graph.edges)
        for pair, weight in expected.items():
            assert graph.edges[pair]["weight"] == pytest.approx(weight, abs=1e-6)
            assert graph.edges[pair]["distance"] == pytest.approx(1 - weight, abs=1e-6)
        assert graph.found_by == "exact"

    def test_every_image_has_at_least_k_neighbours(self, analysis: Analysis) -> None:
        graph = neighbor_graph(analysis, 5)
        assert all(len(graph.neighbors(name)) >= 5 for name in graph)

    def test_a_node_says_what_is_known(self, analysis: Analysis) -> None:
        graph = neighbor_graph(analysis)
        name = analysis.table["image_id"][3]
        node = graph.nodes[name]
        assert node["class_label"] == analysis.table["class_label"][3]
        assert node["kmeans_pca_cluster"] == analysis.table["kmeans_pca_cluster"][3]

    def test_clicks_grow_it(self, analysis: Analysis) -> None:
        names = analysis.table["image_id"].tolist()
        graph = neighbor_graph(analysis, images=[])
        assert (len(graph), len(graph.edges)) == (0, 0)
        assert graph.add(names[0])
        assert (len(graph), len(graph.edges)) == (6, 5)
        assert not graph.add(names[0])
        assert (len(graph), len(graph.edges)) == (6, 5)
        before = list(graph.nodes), list(graph.edges)
        graph.merge(names[1])
        assert graph.selected == names[1]
        assert list(graph.nodes)[: len(before[0])] == before[0]
        assert list(graph.edges)[: len(before[1])] == before[1]
        graph.clear()
        assert (len(graph), graph.selected) == (0, None)
        graph.merge(names[0])
        assert (len(graph), len(graph.edges)) == (6, 5)

    def test_all_clicks_give_the_whole_graph(self, analysis: Analysis) -> None:
        names = analysis.table["image_id"].tolist()
        clicked = neighbor_graph(analysis, 4, images=names)
        whole = neighbor_graph(analysis, 4)
        assert set(clicked.nodes) == set(whole.nodes)
        assert set(clicked.edges) == set(whole.edges)

    def test_more_neighbours_for_one_image(self, analysis: Analysis) -> None:
        name = analysis.table["image_id"][0]
        graph = neighbor_graph(analysis, 2, images=[name])
        graph.add(name, k=7)
        assert len(graph.neighbors(name)) == 7
        weights = [weight for _, weight in graph.neighbors(name)]
        assert weights == sorted(weights, reverse=True)

    def test_an_unknown_image_is_refused_and_changes_nothing(self, analysis: Analysis) -> None:
        graph = neighbor_graph(analysis, images=[])
        with pytest.raises(KeyError, match="do you mean"):
            graph.add(analysis.table["image_id"][0] + "x")
        assert len(graph) == 0

    @pytest.mark.parametrize("k", [0, -1, 1.5, True])
    def test_k_must_be_a_number_of_neighbours(self, analysis: Analysis, k: object) -> None:
        with pytest.raises(ValueError, match="k must be a whole number from 1 up"):
            neighbor_graph(analysis, k)  # type: ignore[arg-type]


class TestMerge:
    def test_two_graphs(self, analysis: Analysis) -> None:
        names = analysis.table["image_id"].tolist()
        one, two = (neighbor_graph(analysis, images=[name]) for name in (names[0], names[-1]))
        both = neighbor_graph(analysis, images=[names[0], names[-1]])
        assert one.merge(two) is one
        assert one == both
        assert one.merge(two) == both

    def test_what_is_there_stays(self) -> None:
        one, two = NeighborGraph(), NeighborGraph()
        assert one.link("b", "a", 0.9, 0.1, "exact")
        two.link("a", "b", 0.5, 0.5, "saved link")
        two.link("b", "c", 0.4, 0.6, "saved link")
        one.nodes["a"]["class_label"] = "CEX"
        two.nodes["a"].update(class_label="PG", kmeans_pca_cluster=1)
        one.merge(two)
        assert one.edges["a", "b"]["weight"] == 0.9
        assert one.nodes["a"] == {"class_label": "CEX", "kmeans_pca_cluster": 1}
        assert one.found_by == "exact (1), saved link (1)"
        assert two.edges["a", "b"]["weight"] == 0.5

    def test_no_image_is_linked_with_itself(self) -> None:
        with pytest.raises(ValueError, match="with itself"):
            NeighborGraph().link("a", "a", 1.0, 0.0, "exact")

    def test_without_a_source_nothing_can_be_added(self) -> None:
        with pytest.raises(ValueError, match="no source"):
            NeighborGraph().add("a")
        with pytest.raises(TypeError, match=r"an analysis .* or a collection"):
            NeighborGraph([1, 2])


class TestCollection:
    def test_like_brute_force(self, client: Client, vectors: np.ndarray) -> None:
        graph = neighbor_graph(fill(client, vectors), 4)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosine = (unit @ unit.T).astype(np.float64)
        np.fill_diagonal(cosine, -2)
        expected = set()
        for row in range(30):
            for other in np.argsort(-cosine[row])[:4]:
                expected.add(tuple(sorted((NAMES[row], NAMES[other]))))
        assert set(graph.edges) == expected
        assert list(graph.nodes) == NAMES
        assert graph.nodes[NAMES[4]]["kmeans_pca_cluster"] == 1

    def test_asked_one_by_one_or_all_at_once(self, client: Client, vectors: np.ndarray) -> None:
        images = fill(client, vectors)
        whole = neighbor_graph(images, 4)
        clicked = neighbor_graph(images, 4, images=NAMES)
        assert set(whole.edges) == set(clicked.edges)
        for pair, edge in whole.edges.items():
            assert clicked.edges[pair]["weight"] == pytest.approx(edge["weight"], abs=1e-5)

    def test_images_without_vectors_are_there_unlinked(
        self, client: Client, vectors: np.ndarray
    ) -> None:
        graph = neighbor_graph(fill(client, vectors, bare=2), 3)
        assert len(graph) == 30
        assert graph.neighbors(NAMES[-1]) == []
        assert len(graph.neighbors(NAMES[0])) >= 3

    def test_copies_of_one_picture_are_neighbours(self, client: Client) -> None:
        graph = neighbor_graph(fill(client, np.ones((30, 4), np.float32)), 3, images=[NAMES[9]])
        assert len(graph.neighbors(NAMES[9])) == 3
        assert all(weight == pytest.approx(1) for _, weight in graph.neighbors(NAMES[9]))

    def test_other_metrics(self, client: Client, vectors: np.ndarray) -> None:
        images = fill(client, vectors, "l2-squared")
        graph = neighbor_graph(images, 1)
        squares = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
        np.fill_diagonal(squares, np.inf)
        other = NAMES[int(squares[0].argmin())]
        edge = graph.edges[min(NAMES[0], other), max(NAMES[0], other)]
        assert edge["distance"] == pytest.approx(squares[0].min(), rel=1e-5)
        assert edge["weight"] == pytest.approx(1 / (1 + squares[0].min()), rel=1e-5)

    def test_the_dot_product(self, client: Client, vectors: np.ndarray) -> None:
        images = fill(client, vectors, "dot")
        graph = neighbor_graph(images, 1, images=[NAMES[0]])
        products = vectors @ vectors[0]
        products[0] = -np.inf
        assert graph.neighbors(NAMES[0])[0] == (
            NAMES[int(products.argmax())],
            pytest.approx(products.max(), rel=1e-5),
        )

    def test_an_unknown_image(self, client: Client, vectors: np.ndarray) -> None:
        graph = neighbor_graph(fill(client, vectors), images=[])
        # Word tokens: this text matches other images' tokens, and is none of them.
        with pytest.raises(KeyError, match="there is no image 'PG 1 png'"):
            graph.add("PG 1 png")

    def test_without_image_ids_the_uuids_are_names(self, client: Client) -> None:
        bare = client.collections.create("Bare")
        uuids = [str(bare.data.insert({"n": i}, vector=[i, 1.0])) for i in range(4)]
        graph = neighbor_graph(bare, 1)
        assert set(graph.nodes) == set(uuids)
        assert graph.merge(uuids[0]).selected == uuids[0]
        for name in ("no uuid", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(KeyError, match=f"no image '{name}' in Bare"):
                graph.add(name)


class TestNetworkx:
    def test_there_and_back(self, analysis: Analysis) -> None:
        graph = neighbor_graph(analysis, 3)
        made = graph.to_networkx()
        assert made.number_of_nodes() == len(graph)
        assert made.number_of_edges() == len(graph.edges)
        assert NeighborGraph.from_networkx(made) == graph

    def test_other_peoples_graphs(self) -> None:
        given = networkx.DiGraph()
        given.add_edge("b", "a", weight=0.75)
        given.add_edge("a", "b", weight=0.75)
        given.add_edge("a", "a", weight=1.0)
        given.add_edge("b", "c", distance=0.5)
        graph = NeighborGraph.from_networkx(given)
        assert set(graph.edges) == {("a", "b"), ("b", "c")}
        assert graph.edges["b", "c"]["weight"] == 0.5
        assert graph.edges["a", "b"]["distance"] == 0.25

    @pytest.mark.parametrize(
        ("ends", "edge", "match"),
        [
            ((1, 2), {"weight": 1}, "node 1 is no text"),
            (("a", "b"), {}, "neither weight"),
            (("a", "b"), {"weight": float("nan")}, "not finite"),
        ],
    )
    def test_refused(self, ends: tuple[object, object], edge: dict[str, float], match: str) -> None:
        given = networkx.Graph()
        given.add_edge(*ends, **edge)
        with pytest.raises(ValueError, match=match):
            NeighborGraph.from_networkx(given)


class TestSeedJson:
    def test_there_and_back(self, client: Client, vectors: np.ndarray, tmp_path: Path) -> None:
        graph = neighbor_graph(fill(client, vectors), 3, images=NAMES[:4])
        rows = graph.to_seed_json(tmp_path)
        assert json.loads((tmp_path / "fdg_nodes.json").read_text()) == rows["nodes"]
        assert json.loads((tmp_path / "fdg_links.json").read_text()) == rows["links"]
        centres = {
            end["image_id"]
            for link in rows["links"]
            for end in (link["source"], link["target"])
            if end["isCenter"]
        }
        assert centres == {NAMES[3]}
        for back in (NeighborGraph.from_seed_json(tmp_path), NeighborGraph.from_seed_json(rows)):
            assert list(back.nodes) == list(graph.nodes)
            assert set(back.edges) == set(graph.edges)
            assert all(
                back.edges[pair]["distance"] == edge["distance"]
                for pair, edge in graph.edges.items()
            )
            assert back.nodes[NAMES[0]]["id"] == graph.nodes[NAMES[0]]["id"]

    def test_a_read_graph_grows_on(self, client: Client, vectors: np.ndarray) -> None:
        images = fill(client, vectors)
        rows = neighbor_graph(images, 3, images=NAMES[:1]).to_seed_json()
        graph = NeighborGraph.from_seed_json(rows, source=images, k=3)
        graph.merge(NAMES[1])
        assert graph.edges.keys() == neighbor_graph(images, 3, images=NAMES[:2]).edges.keys()

    def test_a_damaged_row_is_named(self) -> None:
        nodes = [{"id": "a", "image_id": "A"}, {"id": "b"}]
        with pytest.raises(
            SeedFileError, match=r"fdg_nodes.json, row 2: has no image_id\. Correct"
        ):
            NeighborGraph.from_seed_json(nodes, [])


class TestServer:
    """The same graph from the store, through the server's face, and through the stock client."""

    def test_three_ways(self, client: Client, vectors: np.ndarray) -> None:
        images = fill(client, vectors, bare=1)
        ours = neighbor_graph(images, 3, images=NAMES[:6])
        with serve(client) as server:
            with connect(server.url, grpc_port=server.grpc_port) as remote:
                theirs = neighbor_graph(remote.collections.use("CrystalImage"), 3, images=NAMES[:6])
                whole = neighbor_graph(remote.collections.use("CrystalImage"), 3)
            with weaviate.connect_to_local(
                port=server.http_port, grpc_port=server.grpc_port, skip_init_checks=True
            ) as stock:
                stocks = neighbor_graph(stock.collections.use("CrystalImage"), 3, images=NAMES[:6])
        for graph in (theirs, stocks):
            assert graph.nodes == ours.nodes
            assert graph.edges.keys() == ours.edges.keys()
            for pair, edge in ours.edges.items():
                assert graph.edges[pair]["weight"] == pytest.approx(edge["weight"], abs=1e-5)
            assert graph.found_by == "weaviate"
        assert whole.edges.keys() == neighbor_graph(images, 3).edges.keys()
        assert whole.neighbors(NAMES[-1]) == []
