"""The offline file: whole, safe, and written only when complete."""

import base64
import html
import json
import re

import pytest

import crystalviz as cz
from crystalviz.widgets import MarkMap


@pytest.fixture(scope="module")
def page(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "explorer.html"
    cz.Explorer(analysis).to_html(path, title="a </script> & <b>title</b>")
    return path.read_text("utf-8")


def state_of(page):
    data = re.search(r'<script type="application/json" id="crystalviz-data">(.*?)</script>', page)
    return json.loads(data[1])


def test_everything_is_inside(page, analysis):
    store = state_of(page)["store"]
    assert store["_table"]["ids"] == list(analysis.table["image_id"])
    assert len(store["_pictures"]) == len(analysis.table)
    assert base64.b64decode(store["_pictures"][0]["$bytes"])[:4] == b"RIFF"


def test_nothing_is_asked_of_any_network(page):
    assert "default-src 'none'" in html.unescape(page)
    assert not re.search(r"""(?:src|href)\s*=\s*["']?https?:""", page)
    assert "import(" not in page.split('<script type="module">')[1]


def test_text_from_outside_cannot_become_markup(page):
    assert "a &lt;/script&gt; &amp; &lt;b&gt;title&lt;/b&gt;" in page
    assert page.count("</script>") == 2


def test_missing_folder_is_named(analysis, tmp_path):
    with pytest.raises(FileNotFoundError, match="create it first"):
        cz.Explorer(analysis).to_html(tmp_path / "no" / "explorer.html")
    assert list(tmp_path.iterdir()) == []


def test_one_widget_alone(analysis, tmp_path):
    cz.PcaScatter(analysis).to_html(tmp_path / "pca.html")
    view = state_of((tmp_path / "pca.html").read_text("utf-8"))["view"]
    assert view["_kind"] == "pca-scatter"
    assert "_esm" not in view


def test_the_same_analysis_gives_the_same_file(analysis, tmp_path):
    for name in ("first.html", "second.html"):
        cz.PcaScatter(analysis).to_html(tmp_path / name)
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


@pytest.fixture(scope="module")
def mark_map():
    scene = cz.datasets.synthetic_micrographs("easy", images=2, size=768, seed=5)
    found = cz.consensus.MarkConsensus().fit(scene.marks, scene.votes, scene.reads)
    return MarkMap(found, scene.images, title="a </script> & <b>title</b>")


def test_a_mark_map_has_its_pictures_inside_up_to_a_side(mark_map, tmp_path):
    mark_map.to_html(tmp_path / "map.html", progress=False)
    page = (tmp_path / "map.html").read_text("utf-8")
    state = state_of(page)["map"]
    assert state["_scene"]["images"] == ["micrograph_000.png", "micrograph_001.png"]
    assert len(state["_held"]) == 2 * (4 + 1)
    assert base64.b64decode(state["_held"]["1/0/1/1"]["$bytes"])[:4] == b"RIFF"
    assert state["_linked"] is None
    assert "_esm" not in state
    assert "default-src 'none'" in html.unescape(page)
    assert "<title>a &lt;/script&gt; &amp; &lt;b&gt;title&lt;/b&gt;</title>" in page
    assert page.count("</script>") == 2
    mark_map.to_html(tmp_path / "small.html", picture_side=384, progress=False)
    assert set(state_of((tmp_path / "small.html").read_text("utf-8"))["map"]["_held"]) == {
        "0/1/0/0",
        "1/1/0/0",
    }


def test_a_mark_map_is_written_with_its_decisions_and_the_same_each_time(mark_map, tmp_path):
    mark_map.selected = mark_map.next_doubtful() or mark_map._ids[0]
    mark_map.settled = [{"instance": mark_map.selected, "exists": True, "label": 1}]
    for name in ("first.html", "second.html"):
        mark_map.to_html(tmp_path / name, progress=False)
    first, second = ((tmp_path / f"{name}.html").read_bytes() for name in ("first", "second"))
    assert first == second
    state = state_of(first.decode())["map"]
    assert state["settled"] == mark_map.settled
    assert state["selected"] == mark_map.selected
    with pytest.raises(FileNotFoundError, match="create it first"):
        mark_map.to_html(tmp_path / "no" / "map.html", progress=False)
