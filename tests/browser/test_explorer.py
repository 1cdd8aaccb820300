"""The Explorer as a person meets it, in the offline file: no kernel, no network."""

import pytest

import crystalviz as cz
from crystalviz.dashboard.page_check import PANELS
from tests.browser.panels import panel, selected_everywhere


@pytest.fixture(scope="module")
def explorer_file(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    cz.Explorer(analysis).to_html(path)
    return path


@pytest.fixture
def page(page, page_watch, offline_page, explorer_file):
    yield offline_page(page, explorer_file)
    assert page_watch.errors == []


@pytest.fixture(scope="module")
def ids(analysis):
    return list(analysis.table["image_id"])


def thumb(page, image_id):
    return panel(page, "image-gallery").locator(f'[data-image-id="{image_id}"]')


def test_every_panel_is_there_and_a_strip_for_each_class(page, analysis):
    for name in PANELS:
        assert panel(page, name).first.is_visible(), name
    assert panel(page, "cam-accordion").count() == analysis.table["class_label"].nunique()


@pytest.mark.parametrize("start", ["image-gallery", "cam-accordion", "pca-scatter", "force-graph"])
def test_a_click_moves_the_selection_in_every_panel(page, ids, start):
    mark = panel(page, start).locator("[data-image-id]").nth(2)
    image_id = mark.get_attribute("data-image-id")
    mark.dispatch_event("click", {"detail": 0}) if start != "image-gallery" else mark.click()
    selected_everywhere(page, image_id)


def test_pointer_on_a_scatter_mark_selects_it(page, analysis):
    scatter = panel(page, "pca-scatter")
    row = int(analysis.table["kmeans_pca_x"].to_numpy().argmax())
    image_id = analysis.table["image_id"][row]
    box = scatter.locator(f'[data-image-id="{image_id}"]').bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    selected_everywhere(page, image_id)


def test_selected_image_is_named_with_its_facts(page, analysis, ids):
    thumb(page, ids[0]).click()
    facts = page.locator(".cz-facts").inner_text()
    assert f"{analysis.table['image_entropy'][0]:.2f} bits" in facts
    assert analysis.table["class_label"][0] in facts
    assert analysis.table["image_header"][0] in facts


def test_graph_grows_by_selection_and_clears(page, ids):
    graph = panel(page, "force-graph")

    def counts():
        return graph.get_attribute("data-nodes"), graph.get_attribute("data-edges")

    assert counts()[0] == str(len(ids))
    graph.get_by_role("button", name="clear").click()
    assert counts() == ("0", "0")
    assert "Pick an image" in graph.inner_text()
    thumb(page, ids[0]).click()
    page.wait_for_function("() => document.querySelector('[data-nodes]').dataset.nodes === '6'")
    assert counts() == ("6", "5")
    thumb(page, ids[0]).click()
    page.wait_for_timeout(200)
    assert counts() == ("6", "5")
    graph.get_by_role("button", name="clear").click()
    assert counts() == ("0", "0")
    thumb(page, ids[0]).click()
    page.wait_for_function("() => document.querySelector('[data-nodes]').dataset.nodes === '6'")
    assert counts() == ("6", "5")


def test_nothing_leaves_the_graphs_frame(page):
    frame = panel(page, "force-graph").locator(".cz-body").bounding_box()
    for mark in panel(page, "force-graph").locator("[data-image-id]").all():
        box = mark.bounding_box()
        assert box["x"] >= frame["x"] - 1
        assert box["y"] >= frame["y"] - 1
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1


def test_legend_filters_every_view(page, analysis):
    groups = analysis.table["kmeans_pca_cluster"]
    shown = int((groups != 0).sum())
    page.locator(".cz-legend-item").first.click()
    gallery = panel(page, "image-gallery")
    page.wait_for_function(
        "(count) => document.querySelector('[data-crystalviz=\"image-gallery\"] .cz-fact')"
        ".textContent.startsWith(count)",
        arg=str(shown),
    )
    hidden = analysis.table["image_id"][int((groups == 0).to_numpy().argmax())]
    assert gallery.locator(f'[data-image-id="{hidden}"]').count() == 0


def test_search_and_enter_select_the_first_match(page, ids):
    wanted = next(image_id for image_id in ids if "PG" in image_id)
    page.locator(".cz-search").fill(wanted.split("/")[1])
    page.keyboard.press("Enter")
    selected_everywhere(page, wanted)


def test_slider_moves_by_drag_and_by_keys_and_returns_to_the_middle(page, ids):
    thumb(page, ids[0]).click()
    slider = page.get_by_role("slider", name="CAM on the left")
    assert slider.get_attribute("aria-valuenow") == "50"
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 40)
    page.mouse.up()
    page.wait_for_function("() => document.querySelector('[role=slider]').ariaValueNow === '80'")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('[role=slider]').ariaValueNow === '0'")
    thumb(page, ids[1]).click()
    page.wait_for_function("() => document.querySelector('[role=slider]').ariaValueNow === '50'")


def test_histogram_reads_the_exact_bin_under_the_pointer(page, analysis, ids):
    thumb(page, ids[0]).click()
    histogram = panel(page, "image-histogram")
    page.wait_for_function(
        "() => document.querySelector('[data-crystalviz=\"image-histogram\"] .cz-fact')"
        ".textContent.includes('highest bin')"
    )
    counts = analysis.pictures.histogram(0)
    assert f"highest bin {counts.max():,}" in histogram.inner_text()
    canvas = histogram.locator("canvas").bounding_box()
    width = canvas["width"] - 24
    page.mouse.move(canvas["x"] + 12 + width * (100.5 / 256), canvas["y"] + 30)
    assert f"level 100: {counts[100]:,} pixel" in histogram.inner_text()


def test_log_starts_closed_and_tells_what_happened(page, ids):
    log = panel(page, "log-panel")
    assert log.locator("li").count() == 0
    thumb(page, ids[0]).click()
    log.get_by_role("button", name="show").click()
    assert f"selected {ids[0]}" in log.inner_text()


def test_hover_shows_the_card_and_leaving_hides_it(page, ids):
    thumb(page, ids[4]).hover()
    card = page.locator(".cz-card")
    card.wait_for()
    assert "bits" in card.inner_text()
    page.mouse.move(2, 2)
    card.wait_for(state="detached")


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        pytest.param(
            width, theme, marks=pytest.mark.viewport(width=width, height=1000, theme=theme)
        )
        for width in (400, 800, 1600)
        for theme in ("dark", "light")
    ],
)
def test_page_fits_its_width(page, screenshot, theme, width):
    panel(page, "image-gallery").locator("[data-image-id]").nth(1).click()
    page.mouse.move(1, 1)
    page.wait_for_timeout(800)  # the graph comes to rest; only the kept picture depends on it
    screenshot(page, f"explorer-{width}-{theme}")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    for frame in page.locator(".cz-panel").all():
        box = frame.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_title_is_text_not_markup(analysis, page, offline_page, tmp_path):
    cz.Explorer(analysis).to_html(tmp_path / "page.html", title="<img src=x onerror=alert(1)>")
    offline_page(page, tmp_path / "page.html")
    assert page.title() == "<img src=x onerror=alert(1)>"
    assert page.locator("img").count() == 0


def test_every_panel_is_one_stop_for_tab_and_arrows_move_inside(page, ids):
    for name in ("image-gallery", "force-graph", "pca-scatter", "entropy-scatter"):
        stops = panel(page, name).locator('[data-image-id][tabindex="0"]')
        assert stops.count() == 1, name
    entry = panel(page, "entropy-scatter").locator('[data-image-id][tabindex="0"]')
    entry.focus()
    before = page.evaluate("document.activeElement.dataset.imageId")
    page.keyboard.press("ArrowRight")
    after = page.evaluate("document.activeElement.dataset.imageId")
    assert after != before
    page.keyboard.press("Enter")
    selected_everywhere(page, after)
    page.keyboard.press("Escape")
    selected_everywhere(page, None)
