"""A graph made in Python stands in the panel as it is, and grows with a click."""

import pytest

import crystalviz as cz
from crystalviz.graph import NeighborGraph, neighbor_graph
from tests.browser.panels import panel


def test_the_panel_shows_the_given_graph(analysis, tmp_path, page, page_watch, offline_page):
    ids = analysis.table["image_id"].tolist()
    graph = neighbor_graph(analysis, k=2, images=ids[:1])
    cz.ForceGraph(analysis, graph=graph).to_html(tmp_path / "graph.html")
    offline_page(page, tmp_path / "graph.html")
    shown = panel(page, "force-graph")
    page.wait_for_function(
        "document.querySelector('[data-crystalviz=\"force-graph\"]')?.dataset.nodes === '3'"
    )
    assert shown.get_attribute("data-edges") == "2"
    marks = shown.locator("[data-image-id]").all()
    assert {mark.get_attribute("data-image-id") for mark in marks} == set(graph.nodes)
    other = next(name for name in graph.nodes if name != ids[0])
    shown.locator(f'[data-image-id="{other}"]').dispatch_event("click")
    grown = neighbor_graph(analysis, k=5, images=[other]).merge(graph)
    page.wait_for_function(
        "n => document.querySelector('[data-crystalviz=\"force-graph\"]').dataset.nodes === n",
        arg=str(len(grown)),
    )
    assert shown.get_attribute("data-edges") == str(len(grown.edges))
    assert page_watch.errors == []


def test_what_the_page_gets(analysis):
    ids = analysis.table["image_id"].tolist()
    graph = neighbor_graph(analysis, k=1, images=[ids[3]])
    other, weight = graph.neighbors(ids[3])[0]
    view = cz.ForceGraph(analysis, graph=graph)
    row = ids.index(other)
    assert view.get_state()["_graph"] == {
        "rows": [3, row],
        "links": [[*((3, row) if ids[3] < other else (row, 3)), weight]],
    }
    view.show_graph(None)
    assert view.get_state()["_graph"] == {}
    strange = NeighborGraph()
    strange.link("a", "b", 0.5, 0.5, "exact")
    with pytest.raises(KeyError, match="'a' is in the graph and not in the analysis"):
        view.show_graph(strange)
