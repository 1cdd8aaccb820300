"""The mark map as a person meets it, in the offline file: no kernel, no network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
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

SIDE = 800


@pytest.fixture(scope="module")
def scene():
    return cz.datasets.synthetic_micrographs("hard", images=2, size=SIDE, per_image=60, seed=4)


def fitted(scene):
    """With a vote on every third mark: much is doubtful."""
    votes = scene.votes.groupby("mark_id").head(1).sample(frac=0.3, random_state=0)
    return cz.consensus.MarkConsensus(rule="ambiguous").fit(scene.marks, votes, scene.reads)


@pytest.fixture(scope="module")
def mark_map(scene):
    found = fitted(scene)
    assert len(found.doubtful()) > 8
    return cz.MarkMap(found, scene.images, title="Gold on germanium")


@pytest.fixture(scope="module")
def map_file(mark_map, tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.html"
    mark_map.to_html(path, progress=False)
    return path


@pytest.fixture
def page(page, page_watch, offline_page, map_file):
    offline_page(page, map_file)
    wait_for_picture(page)
    yield page
    assert page_watch.errors == []


@pytest.fixture
def order(mark_map):
    """Instance ids in the order of the review."""
    return [mark_map._ids[row] for row in mark_map.found.doubtful().index]


def press(page, *keys):
    page.locator(STAGE).focus()
    for key in keys:
        page.keyboard.press(key)


def saved(page, tmp_path):
    """What "save decisions" downloads."""
    with page.expect_download() as download:
        root(page).get_by_role("button", name="save decisions").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    assert download.value.suggested_filename == "Gold_on_germanium_decisions.csv"
    return pd.read_csv(tmp_path / download.value.suggested_filename)


def test_it_says_what_it_shows(page, mark_map):
    found = mark_map.found
    image = mark_map.image_id
    here = (found.instances_["image_id"] == image).sum()
    marks = (found.marks_["image_id"] == image).sum()
    expect(root(page)).to_contain_text("Gold on germanium")
    expect(root(page)).to_contain_text(f"{here} instances of {marks:,} marks")
    expect(root(page)).to_contain_text(f"0 of {len(found.doubtful())} settled")
    wait_for_data(page, "imageId", image)
    wait_for_data(page, "stage", "particles")
    wait_for_data(page, "selected", None)


def test_a_click_on_an_instance_selects_it(page, mark_map):
    here = mark_map.found.instances_
    here = here[here["image_id"] == mark_map.image_id]
    # One that stands alone.
    apart = np.hypot(*(here[["x", "y"]].to_numpy()[:, None] - here[["x", "y"]].to_numpy()).T)
    np.fill_diagonal(apart, np.inf)
    row = here.index[apart.min(0).argmax()]
    x, y = here.loc[row, ["x", "y"]]
    page.mouse.click(*place_on_stage(page, x, y, (0, 0, SIDE, SIDE)))
    wait_for_data(page, "selected", mark_map._ids[row])


def test_keys_go_through_the_doubtful_ones_in_order(page, order):
    for name in order[:3]:
        press(page, "n")
        wait_for_data(page, "selected", name)
    press(page, "ArrowLeft")
    wait_for_data(page, "selected", order[1])
    press(page, "ArrowDown", "ArrowRight")
    wait_for_data(page, "selected", order[3])
    press(page, "p", "p", "p", "p")
    wait_for_data(page, "selected", order[-1])
    press(page, "n")
    wait_for_data(page, "selected", order[0])


def test_keys_settle_undo_and_redo_and_the_file_says_so(page, mark_map, order, tmp_path):
    classes, candidates = mark_map.found.classes_, mark_map.found.candidates_
    press(page, "n", "2")
    wait_for_data(page, "selected", order[1])
    press(page, "x")
    wait_for_data(page, "selected", order[2])
    press(page, "0", "y")
    wait_for_data(page, "selected", order[4])
    press(page, "Delete")
    expect(root(page)).to_contain_text(f"5 of {len(order)} settled")
    press(page, "u")
    wait_for_data(page, "selected", order[4])
    press(page, "Control+z")
    wait_for_data(page, "selected", order[3])
    expect(root(page)).to_contain_text(f"3 of {len(order)} settled")
    press(page, "Control+Shift+z")
    expect(root(page)).to_contain_text(f"4 of {len(order)} settled")

    decisions = saved(page, tmp_path)
    assert decisions["instance_id"].tolist() == order[:4]
    assert decisions["exists"].tolist()[:3] == [True, False, True]
    row = candidates.loc[mark_map._rows[order[3]]]
    stands = mark_map._rows[order[3]] < len(mark_map.found.instances_)
    assert decisions["exists"][3] == stands
    said = [None if pd.isna(one) else one for one in decisions["label"]]
    assert said[:3] == [classes[2], None, classes[0]]
    assert said[3] == (row["label"] if stands and not pd.isna(row["label"]) else None)
    places = candidates.loc[[mark_map._rows[name] for name in order[:4]], ["x", "y"]]
    np.testing.assert_allclose(decisions[["x", "y"]], places, atol=6e-4)


def test_the_saved_file_is_what_the_consensus_takes(page, mark_map, scene, order, tmp_path):
    press(page, "n", "1", "x", "3", "x")
    decisions = saved(page, tmp_path)
    later = cz.MarkMap(fitted(scene), gold=decisions)
    found = later.apply()
    assert not [one for one in found.problems_ if one.table == "gold"]
    assert [entry["label"] for entry in later.settled] == [1, None, 3, None]
    rows = [later._rows[entry["instance"]] for entry in later.settled]
    assert found.candidates_["p_exists"][rows].tolist() == [1, 0, 1, 0]


def test_buttons_and_list_do_what_the_keys_do(page, mark_map, order):
    rows = root(page).locator("[data-instance-id]")
    assert rows.first.get_attribute("data-instance-id") == order[0]
    rows.nth(1).click()
    wait_for_data(page, "selected", order[1])
    root(page).get_by_role("button", name="no instance").first.click()
    wait_for_data(page, "selected", order[2])
    expect(root(page)).to_contain_text(f"1 of {len(order)} settled")
    root(page).get_by_role("button", name="undo").click()
    wait_for_data(page, "selected", order[1])
    expect(root(page)).to_contain_text(f"0 of {len(order)} settled")


def test_brackets_turn_the_images_round(page, mark_map):
    first, other = (
        mark_map.image_id,
        next(one for one in mark_map._scene["images"] if one != mark_map.image_id),
    )
    press(page, "]")
    wait_for_data(page, "imageId", other)
    wait_for_picture(page)
    press(page, "]")
    wait_for_data(page, "imageId", first)
    press(page, "[")
    wait_for_data(page, "imageId", other)


def test_space_shows_the_marks_for_as_long_as_it_is_held(page):
    before, instances = painted(page, "marks", "left"), painted(page, "instances", "left")
    assert instances > 1000
    page.locator(STAGE).focus()
    page.keyboard.down(" ")
    wait_until(page, lambda: painted(page, "marks", "left") > before + 1000)
    wait_until(page, lambda: painted(page, "instances", "left") < instances / 4)
    page.keyboard.up(" ")
    wait_until(page, lambda: painted(page, "marks", "left") == before)
    wait_until(page, lambda: painted(page, "instances", "left") == instances)


def test_wheel_and_keys_zoom_and_f_shows_all_again(page):
    box = page.locator(STAGE).bounding_box()
    corner = (box["x"] + box["width"] / 2 - box["height"] / 2 + 6, box["y"] + 6)

    def seen():
        return page.evaluate("document.querySelector('.cz-map-picture').toDataURL()")

    whole = seen()
    # The wheel is the page's until the stage was clicked.
    page.mouse.click(*corner)
    page.mouse.wheel(0, -600)
    wait_until(page, lambda: seen() != whole)
    assert shows_picture(page)
    press(page, "f")
    wait_until(page, lambda: seen() == whole)
    press(page, "+")
    wait_until(page, lambda: seen() != whole)
    press(page, "-")
    wait_until(page, lambda: seen() == whole)


def wait_until(page, condition):
    """Wait until what is drawn is so."""
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(50)
    assert condition()


def painted(page, layer, half):
    """How many pixels of a layer are drawn on one half of the stage."""
    return page.evaluate(
        """([layer, half]) => {
          const canvas = document.querySelector('.cz-map-' + layer);
          if (getComputedStyle(canvas).display === 'none') return 0;
          const width = Math.floor(canvas.width / 2);
          const data = canvas.getContext('2d')
            .getImageData(half === 'left' ? 0 : width, 0, width, canvas.height).data;
          let count = 0;
          for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
          return count;
        }""",
        [layer, half],
    )


def test_stages_are_chosen_in_the_header(page):
    for stage in ("marks", "clusters", "compare", "particles"):
        chosen = root(page).get_by_role("button", name=stage, exact=True)
        chosen.click()
        wait_for_data(page, "stage", stage)
        expect(chosen).to_have_attribute("aria-pressed", "true")


def test_compare_has_marks_on_the_left_and_particles_on_the_right(page):
    root(page).get_by_role("button", name="compare", exact=True).click()
    divider = root(page).get_by_role("slider")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    wait_until(page, lambda: painted(page, "marks", "left") > 1000)
    assert painted(page, "marks", "right") < 200
    wait_until(page, lambda: painted(page, "instances", "right") > 1000)
    assert painted(page, "instances", "left") < 200
    box = divider.bounding_box()
    stage = page.locator(STAGE).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] - 2, stage["y"] + 200, steps=6)
    page.mouse.up()
    wait_until(page, lambda: painted(page, "marks", "right") > 1000)
    wait_until(page, lambda: painted(page, "instances", "right") < 200)
    divider.focus()
    page.keyboard.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    wait_until(page, lambda: painted(page, "marks", "left") < 200)


def in_window(width, theme):
    window = pytest.mark.viewport(width=width, height=900, theme=theme)
    return pytest.param((width, theme), marks=window, id=f"{width} {theme}")


@pytest.mark.parametrize(
    "look", [in_window(width, theme) for width in (1600, 400) for theme in ("dark", "light")]
)
def test_it_fits_the_window(page, order, screenshot, look):
    width, theme = look
    press(page, "n", "1", "n")
    wait_for_data(page, "selected", order[2])
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert root(page).evaluate("node => node.closest('[data-theme]')?.dataset.theme") == theme
    stage = page.locator(STAGE).bounding_box()
    review = root(page).locator(".cz-map-review").bounding_box()
    if width == 400:
        assert review["y"] >= stage["y"] + stage["height"]
        assert stage["width"] > 360
    else:
        assert review["x"] >= stage["x"] + stage["width"]
        assert stage["width"] > 1000
    screenshot(page, f"mark-map-{theme}-{width}")
