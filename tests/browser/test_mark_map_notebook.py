"""The mark map in a real JupyterLab and a real Voilà: decisions reach Python and come back."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.jupyter_servers import lab_server, run_all, voila_server, write_notebook
from tests.browser.map_page import (
    MAP,
    STAGE,
    root,
    shows_picture,
    wait_for_data,
    wait_for_picture,
)

# Pictures of 4000 x 4000 pixels do not ride along: their tiles are asked of the kernel.
MAKE = """
import numpy as np
import crystalviz as cz

scene = cz.datasets.synthetic_micrographs("hard", images=2, size=800, per_image=60, seed=4)
votes = scene.votes.groupby("mark_id").head(1).sample(frac=0.3, random_state=0)
found = cz.consensus.MarkConsensus().fit(scene.marks, votes, scene.reads)
before = found.candidates_
large = {name: np.tile(picture, (5, 5)) for name, picture in scene.images.items()}
mark_map = cz.MarkMap(found, large, title="Gold on germanium")
mark_map
"""
LINK = """
scene.save("scene")
images = cz.ImageSet.from_folder("scene/micrographs")
crops = cz.consensus.crop_instances(found.instances_.iloc[:8], images, "crops")
explorer = cz.ImageGallery(cz.analyze(crops, progress=False))
mark_map.link(explorer)
explorer
"""
ORDER = "[mark_map._ids[row] for row in found.doubtful().index]"
LOG = "[[one['instance'], one['exists'], one['label']] for one in mark_map.settled]"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("lab")
    write_notebook(home / "Marks.ipynb", MAKE, LINK)
    with lab_server(home) as server:
        yield server


@pytest.fixture(scope="module")
def voila(tmp_path_factory):
    notebook = write_notebook(tmp_path_factory.mktemp("voila") / "Map.ipynb", MAKE)
    with voila_server(notebook, "dark") as server:
        yield server


def press(page, *keys):
    page.locator(STAGE).focus()
    for key in keys:
        page.keyboard.press(key)


def asked_until(page, server, expression, value):
    """Ask until the kernel has heard of what the page did."""
    for _ in range(50):
        said = server.ask(expression)
        if said == value:
            return
        page.wait_for_timeout(100)
    assert said == value


@pytest.mark.viewport(width=1700, height=1300, theme="light")
def test_decisions_travel_between_page_and_python(lab, page, screenshot):
    page.goto(f"{lab.address}/lab/tree/Marks.ipynb?reset")
    page.get_by_role("heading", name="Marks").wait_for(timeout=60_000)
    run_all(page)
    root(page).wait_for(timeout=120_000)
    wait_for_picture(page, 60_000)
    order = lab.ask(ORDER)
    cells = page.locator(".jp-Cell").count()

    press(page, "n", "1", "x", "0", "0", "d", "d", "y")
    log = [[order[0], True, 1], [order[1], False, None], [order[2], True, 0], [order[3], True, 0]]
    asked_until(page, lab, f"{LOG}[:4]", log)
    # JupyterLab would have cut a cell at x and deleted one at d d.
    assert page.locator(".jp-Cell").count() == cells
    press(page, "u")
    # Taken back: y had settled one more.
    wait_for_data(page, "selected", order[4])
    asked_until(page, lab, f"[mark_map.selected, {LOG}]", [order[4], log])
    screenshot(page, "mark-map-jupyterlab", full_page=False)

    # Into the consensus and back to the page, where names may have changed.
    assert lab.ask("mark_map.apply() is found")
    selected = lab.ask("mark_map.selected")
    wait_for_data(page, "selected", selected)
    assert lab.ask("mark_map.decisions[['x', 'y']].values.tolist()") == lab.ask(
        f"before.loc[[int(name.rpartition('_')[2]) for name in {order[:4]!r}], ['x', 'y']]"
        ".values.tolist()"
    )
    waiting = lab.ask("len(found.doubtful())")
    left = lab.ask("[mark_map._ids[row] for row in found.doubtful().index]")
    assert not {*left} & {*lab.ask("[one['instance'] for one in mark_map.settled]")}
    expect(root(page)).to_contain_text(f"0 of {waiting} settled")

    # Undone in the page, taken back in Python.
    root(page).get_by_role("button", name="undo").click(click_count=4, delay=50)
    asked_until(page, lab, LOG, [])
    lab.ask("mark_map.apply() is found")
    assert lab.ask("found.candidates_.equals(before)")
    expect(root(page)).to_contain_text(f"0 of {len(order)} settled")

    # What Python selects the page shows.
    assert lab.ask(f"setattr(mark_map, 'selected', {order[2]!r})") is None
    wait_for_data(page, "selected", order[2])
    wait_for_data(page, "imageId", lab.ask("mark_map.image_id"))
    wait_for_picture(page)

    # A crop clicked in the gallery is the instance on the map, and the other way round.
    gallery = page.locator('[data-crystalviz="image-gallery"]')
    crop = gallery.locator("[data-image-id]").nth(3)
    name = crop.get_attribute("data-image-id").rpartition("/")[2].removesuffix(".png")
    crop.click()
    wait_for_data(page, "selected", name)
    asked_until(page, lab, "mark_map.selected", name)
    other = next(one for one in lab.ask("mark_map._ids[:8]") if one != name)
    lab.ask(f"setattr(mark_map, 'selected', {other!r})")
    expect(gallery).to_have_attribute("data-selected", re.compile(rf"/{other}\.png$"))

    lab.kill_kernels()
    dialog = page.get_by_role("dialog", name=re.compile("appears to have died"))
    dialog.get_by_role("button", name="Ok").click(timeout=60_000)
    crop.click()
    wait_for_data(page, "selected", name)
    undo = root(page).get_by_role("button", name="undo")
    expect(undo).to_be_disabled()
    press(page, "2")
    expect(undo).to_be_enabled()


@pytest.mark.viewport(width=1400, height=900, theme="dark")
def test_the_map_in_voila_outlives_its_kernel(voila, page, page_watch, tmp_path, screenshot):
    page.goto(voila.address, timeout=120_000)
    page.locator(MAP).wait_for(timeout=120_000)
    wait_for_picture(page, 60_000)
    order = voila.ask(ORDER)
    press(page, "n", "3", "]")
    asked_until(page, voila, LOG, [[order[0], True, 3]])
    wait_for_picture(page)
    screenshot(page, "mark-map-voila")
    assert page_watch.errors == []

    voila.kill_kernels()
    press(page, "[")
    page.wait_for_timeout(300)
    assert shows_picture(page)
    press(page, "n", "x", "1", "u")
    expect(root(page)).to_contain_text(f"2 of {len(order)} settled")
    with page.expect_download() as download:
        root(page).get_by_role("button", name="save decisions").click()
    download.value.save_as(tmp_path / "decisions.csv")
    assert pd.read_csv(tmp_path / "decisions.csv")["exists"].tolist() == [True, False]
