"""A mark map and an explorer of its instances' crops share their selection."""

import numpy as np
import pytest

import crystalviz as cz
from crystalviz.widgets import MarkMap


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """A consensus, and the analysis of the crops of its first instances."""
    folder = tmp_path_factory.mktemp("link")
    scene = cz.datasets.synthetic_micrographs("easy", images=1, size=768, seed=5)
    scene.save(folder)
    found = cz.consensus.MarkConsensus().fit(scene.marks, scene.votes, scene.reads)
    images = cz.ImageSet.from_folder(folder / "micrographs")
    cut = cz.consensus.crop_instances(found.instances_.iloc[:10], images, folder / "crops")
    return found, cz.analyze(cut, progress=False)


@pytest.fixture
def pair(crops):
    found, analysis = crops
    mark_map, explorer = MarkMap(found), cz.Explorer(analysis)
    mark_map.link(explorer)
    yield mark_map, explorer
    mark_map.link(None)
    explorer.selected = None


def crop(explorer, name):
    return next(one for one in explorer.store._table["ids"] if one.endswith(f"/{name}.png"))


def test_selecting_in_one_selects_in_the_other(pair):
    mark_map, explorer = pair
    one, other = mark_map._ids[3], mark_map._ids[8]
    mark_map.selected = one
    assert explorer.selected == crop(explorer, one)
    explorer.selected = crop(explorer, other)
    assert mark_map.selected == other
    mark_map.selected = None
    assert explorer.selected is None


def test_an_instance_without_a_crop_selects_nothing_there_and_stays_selected(pair):
    mark_map, explorer = pair
    explorer.selected = crop(explorer, mark_map._ids[2])
    mark_map.selected = mark_map._ids[11]
    assert explorer.selected is None
    assert mark_map.selected == mark_map._ids[11]


def test_the_page_is_told_who_is_who(pair):
    mark_map, explorer = pair
    state = mark_map.get_state()
    assert state["_linked"] == f"anywidget:{explorer.store.model_id}"
    rows = np.frombuffer(state["_linked_rows"]["data"], np.int32)
    ids = explorer.store._table["ids"]
    assert [ids[row] for row in rows[:10]] == [crop(explorer, name) for name in mark_map._ids[:10]]
    assert set(rows[10:]) == {-1}


def test_what_one_page_selected_is_left_to_the_pages(pair):
    mark_map, explorer = pair
    mark_map.set_state({"selected": mark_map._ids[4]})
    assert explorer.selected is None
    explorer.store.set_state({"selected": crop(explorer, mark_map._ids[5])})
    assert mark_map.selected == mark_map._ids[4]


def test_a_link_that_is_ended_or_replaced_is_silent(pair, crops):
    mark_map, explorer = pair
    mark_map.link(cz.ImageGallery(crops[1]))
    mark_map.selected = mark_map._ids[1]
    assert explorer.selected == crop(explorer, mark_map._ids[1])
    mark_map.link(None)
    mark_map.selected = mark_map._ids[2]
    assert explorer.selected == crop(explorer, mark_map._ids[1])
    assert mark_map.get_state()["_linked"] is None
    assert mark_map.get_state()["_linked_rows"] == {}


def test_the_link_follows_instances_to_their_new_rows(tmp_path, crops):
    scene = cz.datasets.synthetic_micrographs("easy", images=1, size=768, seed=5)
    found = cz.consensus.MarkConsensus().fit(scene.marks, scene.votes, scene.reads)
    mark_map, explorer = MarkMap(found), cz.Explorer(crops[1])
    mark_map.link(explorer)
    place = found.candidates_.loc[6, ["x", "y"]].tolist()
    mark_map.selected = mark_map._ids[6]
    shown = explorer.selected
    mark_map.settled = [{"instance": mark_map._ids[0], "exists": False, "label": None}]
    mark_map.apply()
    assert mark_map.selected == mark_map._ids[5]
    assert found.candidates_.loc[5, ["x", "y"]].tolist() == place
    assert explorer.selected == shown
    mark_map.selected = None
    explorer.selected = shown
    assert mark_map.selected == mark_map._ids[5]
    mark_map.link(None)
    explorer.selected = None


def test_a_view_of_other_pictures_is_refused(crops, analysis):
    mark_map = MarkMap(crops[0])
    with pytest.raises(ValueError, match=r"none of the 24 images .* like micrograph_000_0\.png"):
        mark_map.link(cz.Explorer(analysis))
    assert mark_map._linked is None
