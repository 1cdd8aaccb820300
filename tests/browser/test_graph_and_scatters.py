"""The force graph under the hand, the lasso, and the scatters, in real Chromium."""

import numpy as np
import pytest

import crystalviz as cz
from tests.browser.panels import panel, selected_everywhere


@pytest.fixture(scope="module")
def explorer_file(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    cz.Explorer(analysis).to_html(path)
    return path


@pytest.fixture(scope="module")
def ids(analysis):
    return list(analysis.table["image_id"])


@pytest.fixture
def page(page, page_watch, offline_page, explorer_file):
    offline_page(page, explorer_file)
    at_rest(page)
    yield page
    assert page_watch.errors == []


def at_rest(page):
    """Wait until the graph has pictures and says that none is on its way."""
    page.wait_for_function(
        """() => {
            const graph = document.querySelector('[data-crystalviz="force-graph"]');
            return graph?.querySelector('[data-image-id]')
                && graph.getAttribute('aria-busy') !== 'true';
        }"""
    )


def marks_become(page, name, comparison, count):
    """Wait until the panel's number of marks compares so, e.g. "=== 24"."""
    page.wait_for_function(
        "([name, count]) => document.querySelectorAll("
        f'`[data-crystalviz="${{name}}"] [data-image-id]`).length {comparison} count',
        arg=[name, count],
    )


def centre(page, name, image_id):
    box = panel(page, name).locator(f'[data-image-id="{image_id}"]').bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def drag(page, start, stop):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*(start + (stop - start) / 2), steps=5)
    page.mouse.move(*stop, steps=5)
    page.mouse.up()
    at_rest(page)


def body_middle(page, name):
    box = panel(page, name).locator(".cz-body").bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def test_graph_has_the_pairs_of_the_five_nearest_once_each(page, analysis):
    indices = analysis.neighbor_indices[:, :5]
    pairs = {
        frozenset((row, int(other)))
        for row, near in enumerate(indices)
        for other in near
        if other >= 0
    }
    graph = panel(page, "force-graph")
    assert graph.get_attribute("data-edges") == str(len(pairs))
    assert graph.get_attribute("data-nodes") == str(len(indices))


def test_pictures_do_not_overlap(page, ids):
    places = np.array([centre(page, "force-graph", image_id) for image_id in ids])
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    width = panel(page, "force-graph").locator("[data-image-id]").first.bounding_box()["width"]
    assert distances[np.triu_indices(len(ids), 1)].min() > width - 1


def test_same_page_gives_the_same_picture(page, ids):
    first = [tuple(centre(page, "force-graph", image_id)) for image_id in ids]
    page.reload()
    at_rest(page)
    assert [tuple(centre(page, "force-graph", image_id)) for image_id in ids] == first


def test_pinned_picture_stays_where_it_was_dragged_and_a_free_one_does_not(page, ids):
    graph = panel(page, "force-graph")
    goal = body_middle(page, "force-graph") + np.array([40, -60])
    graph.get_by_role("button", name="pin").click()
    drag(page, centre(page, "force-graph", ids[0]), goal)
    assert np.abs(centre(page, "force-graph", ids[0]) - goal).max() < 2
    assert graph.get_attribute("data-selected") is None, "a drag is not a click"
    graph.get_by_role("button", name="pin").click()
    at_rest(page)
    assert np.abs(centre(page, "force-graph", ids[0]) - goal).max() > 5


def test_dragging_out_leaves_the_picture_inside(page, ids):
    panel(page, "force-graph").get_by_role("button", name="pin").click()
    frame = panel(page, "force-graph").locator(".cz-body").bounding_box()
    drag(page, centre(page, "force-graph", ids[1]), np.array([frame["x"] - 200, frame["y"] - 30]))
    box = panel(page, "force-graph").locator(f'[data-image-id="{ids[1]}"]').bounding_box()
    assert box["x"] >= frame["x"]
    assert box["y"] >= frame["y"]


def test_settled_page_asks_for_no_frames(page):
    # Thumbnails that arrive late may still be drawn.
    page.wait_for_timeout(1500)
    frames = page.evaluate(
        """() => new Promise((done) => {
            const ask = window.requestAnimationFrame;
            let asked = 0;
            window.requestAnimationFrame = (draw) => { asked++; return ask(draw); };
            setTimeout(() => { window.requestAnimationFrame = ask; done(asked); }, 700);
        })"""
    )
    assert frames == 0


@pytest.mark.viewport(width=800, height=700)
def test_wheel_scrolls_the_page_until_the_graph_was_clicked(page, ids):
    graph = panel(page, "force-graph")
    graph.scroll_into_view_if_needed()
    middle = body_middle(page, "force-graph")
    page.mouse.move(*middle)
    page.mouse.wheel(0, 60)
    page.wait_for_timeout(300)
    assert (middle - body_middle(page, "force-graph"))[1] == pytest.approx(60, abs=2)
    top = body_middle(page, "force-graph")[1]
    # Ground, not a picture: nothing is selected by it.
    frame = graph.locator(".cz-body").bounding_box()
    page.mouse.click(frame["x"] + 3, frame["y"] + frame["height"] - 3)
    page.mouse.wheel(0, -200)
    marks_become(page, "force-graph", "<", len(ids))
    assert body_middle(page, "force-graph")[1] == top, "the page stays where it is"
    page.mouse.dblclick(frame["x"] + 3, frame["y"] + frame["height"] - 3)
    marks_become(page, "force-graph", "===", len(ids))


@pytest.mark.parametrize("lift", ["Escape", "empty lasso"])
def test_lasso_keeps_what_it_circles_and_lifts(page, analysis, lift):
    scatter = panel(page, "pca-scatter")
    box = scatter.locator(".cz-body").bounding_box()
    ids = list(analysis.table["image_id"])
    places = np.array([centre(page, "pca-scatter", image_id) for image_id in ids])
    # Everything left of the widest gap between two neighbouring marks.
    order = np.sort(places[:, 0])
    gap = int(np.argmax(np.diff(order)))
    edge = order[gap : gap + 2].mean()
    scatter.get_by_role("button", name="lasso").click()
    assert scatter.get_by_role("button", name="lasso").get_attribute("aria-pressed") == "true"
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    for x, y in [
        (edge, box["y"] + 2),
        (edge, box["y"] + box["height"] - 2),
        (box["x"] + 2, box["y"] + box["height"] - 2),
    ]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
    caught = int((places[:, 0] < edge).sum())
    marks_become(page, "pca-scatter", "===", caught)
    assert f"lasso holds {caught} image" in scatter.locator(".cz-fact").inner_text()
    if lift == "Escape":
        page.keyboard.press("Escape")
    else:
        page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 4)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 9, steps=4)
        page.mouse.up()
    marks_become(page, "pca-scatter", "===", len(ids))


def test_entropy_marks_stand_in_natural_order_and_at_their_value(page, analysis):
    places = np.array(
        [centre(page, "entropy-scatter", image_id) for image_id in analysis.table["image_id"]]
    )
    assert (np.diff(places[:, 0]) > 0).all()
    entropy = analysis.table["image_entropy"].to_numpy()
    line = np.polyfit(entropy, places[:, 1], 1)
    assert line[0] < 0
    assert np.abs(np.polyval(line, entropy) - places[:, 1]).max() < 0.6


def test_click_on_an_entropy_mark_selects_everywhere(page, ids):
    page.mouse.click(*centre(page, "entropy-scatter", ids[3]))
    selected_everywhere(page, ids[3])


def test_graph_is_laid_out_where_workers_are_refused(page, ids):
    graph = panel(page, "force-graph")
    with_worker = [tuple(centre(page, "force-graph", image_id)) for image_id in ids]
    page.add_init_script("window.Worker = class { constructor() { throw new Error('refused'); } };")
    page.reload()
    at_rest(page)
    assert graph.get_attribute("data-nodes") == str(len(ids))
    assert [tuple(centre(page, "force-graph", image_id)) for image_id in ids] == with_worker


def test_saved_vector_picture_holds_the_thumbnails(page, ids, tmp_path):
    # No clipboard, as in most notebook frames: a file comes instead.
    page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('no')); }")
    graph = panel(page, "force-graph")
    graph.get_by_role("button", name="save").click()
    with page.expect_download() as download:
        graph.get_by_role("button", name="SVG").click()
    path = tmp_path / "graph.svg"
    download.value.save_as(path)
    assert path.read_text(encoding="utf-8").count("<image") == len(ids)
