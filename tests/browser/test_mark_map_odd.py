"""Maps with less than usual on them: no labels, no pictures, one image, nothing found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

import crystalviz as cz
from tests.browser.map_page import (
    STAGE,
    place_on_stage,
    root,
    shows_picture,
    wait_for_data,
    wait_for_picture,
)

SCENE = cz.datasets.synthetic_micrographs("hard", images=1, size=640, seed=11)


@pytest.fixture
def opened(page, page_watch, offline_page, tmp_path):
    """Open the page of a map."""

    def open_map(mark_map):
        mark_map.to_html(tmp_path / "map.html", progress=False)
        offline_page(page, tmp_path / "map.html")
        root(page).wait_for()
        page.wait_for_timeout(500)
        return page

    yield open_map
    assert page_watch.errors == []


def ground(found):
    """What the page shows of an image without a picture: all marks, and 8 jitters around them."""
    places = pd.concat([found.candidates_, found.marks_])[["x", "y"]]
    low, margin = places.min() - 8 * found.jitter_, 16 * found.jitter_
    return (*low, *(places.max() - places.min() + margin))


@pytest.mark.viewport(width=1000, height=800, theme="light")
def test_without_labels_one_settles_whether_it_exists(opened, screenshot):
    # With two readers a tile much is doubtful.
    reads = SCENE.reads.groupby("tile_id").head(2)
    marks = SCENE.marks[SCENE.marks["classification_id"].isin(reads["classification_id"])]
    found = cz.consensus.MarkConsensus().fit(marks, reads=reads)
    mark_map = cz.MarkMap(found, SCENE.images, title="Picks alone")
    page = opened(mark_map)
    wait_for_picture(page)
    order = [mark_map._ids[row] for row in mark_map.found.doubtful().index]
    assert len(order) > 1
    page.locator(STAGE).focus()
    page.keyboard.press("n")
    page.keyboard.press("x")
    wait_for_data(page, "selected", order[1])
    page.keyboard.press("0")
    expect(root(page)).to_contain_text("There are no classes here")
    expect(root(page)).to_contain_text(f"1 of {len(order)} settled")
    screenshot(page, "mark-map-no-labels")


@pytest.mark.viewport(width=1000, height=800, theme="dark")
def test_without_pictures_marks_lie_on_an_empty_ground(opened, screenshot):
    found = cz.consensus.MarkConsensus().fit(SCENE.marks, SCENE.votes, SCENE.reads)
    mark_map = cz.MarkMap(found, title="No pictures")
    page = opened(mark_map)
    assert not shows_picture(page)
    here = found.instances_[["x", "y"]].to_numpy()
    apart = np.hypot(*(here[:, None] - here).T)
    np.fill_diagonal(apart, np.inf)
    row = int(apart.min(0).argmax())
    page.mouse.click(*place_on_stage(page, *here[row], ground(found)))
    wait_for_data(page, "selected", mark_map._ids[row])
    page.wait_for_timeout(600)
    screenshot(page, "mark-map-no-pictures")


def test_places_left_of_and_above_the_corner_are_on_the_ground(opened):
    marks = SCENE.marks.assign(x=SCENE.marks["x"] - 3000, y=SCENE.marks["y"] - 500)
    reads = SCENE.reads.assign(x0=SCENE.reads["x0"] - 3000, y0=SCENE.reads["y0"] - 500)
    found = cz.consensus.MarkConsensus().fit(marks, SCENE.votes, reads)
    mark_map = cz.MarkMap(found)
    page = opened(mark_map)
    row = int(found.instances_["x"].argmin())
    x, y = found.instances_.loc[row, ["x", "y"]]
    page.mouse.click(*place_on_stage(page, x, y, ground(found)))
    wait_for_data(page, "selected", mark_map._ids[row])


def test_names_and_classes_from_outside_stay_text(opened):
    wild = "<img src=x onerror=alert(1)>"
    marks = SCENE.marks.assign(image_id=f"{wild}.png")
    reads = SCENE.reads.assign(image_id=f"{wild}.png")
    votes = SCENE.votes.replace({"label": {"cluster": wild}})
    found = cz.consensus.MarkConsensus().fit(marks, votes, reads)
    page = opened(cz.MarkMap(found, title=wild))
    expect(root(page)).to_contain_text(wild)
    assert page.locator("img").count() == 0


def test_a_clustering_that_finds_nothing_says_so(opened):
    few = SCENE.marks.groupby("classification_id").head(1).head(8)
    found = cz.consensus.MarkConsensus("hdbscan").fit(few)
    assert len(found.candidates_) == 0
    page = opened(cz.MarkMap(found, SCENE.images))
    wait_for_picture(page)
    expect(root(page)).to_contain_text("0 instances of 8 marks")
    page.locator(STAGE).focus()
    for key in ("n", "1", "x", "u", "]", "y"):
        page.keyboard.press(key)
    wait_for_data(page, "selected", None)


def test_a_picture_that_is_wide_and_flat_is_shown_whole(opened, tmp_path):
    marks = SCENE.marks.assign(x=SCENE.marks["x"] * 6)
    found = cz.consensus.MarkConsensus().fit(
        marks[["image_id", "x", "y", "volunteer_id", "classification_id"]]
    )
    rng = np.random.default_rng(0)
    deep = (rng.normal(30000, 6000, (640, 3840)).clip(0, 65535)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "micrograph_000.tif")
    mark_map = cz.MarkMap(found, tmp_path)
    page = opened(mark_map)
    wait_for_picture(page)
    row = int(found.instances_["x"].argmax())
    x, y = found.instances_.loc[row, ["x", "y"]]
    page.mouse.click(*place_on_stage(page, x, y, (0, 0, 3840, 640)))
    wait_for_data(page, "selected", mark_map._ids[row])
