"""Gallery, accordion and parallel coordinates by pointer and by keyboard, in the offline file."""

import numpy as np
import pytest

import crystalviz as cz
from tests.browser.panels import panel, selected_everywhere


@pytest.fixture(scope="module")
def explorer_file(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    cz.Explorer(analysis).to_html(path)
    return path


@pytest.fixture
def page(page, page_watch, offline_page, explorer_file):
    offline_page(page, explorer_file)
    panel(page, "image-gallery").locator("[data-image-id]").first.wait_for()
    yield page
    assert page_watch.errors == []


def shown_ids(view):
    return view.locator("[data-image-id]").evaluate_all(
        "nodes => nodes.map(n => n.dataset.imageId)"
    )


def focused(page):
    return page.evaluate("document.activeElement.dataset.imageId ?? null")


def fact(view):
    return view.locator(".cz-fact").inner_text()


def columns(view):
    tops = view.locator("[data-image-id]").evaluate_all("nodes => nodes.map(n => n.style.top)")
    return tops.count("0px")


# --- gallery ------------------------------------------------------------------------------------


def test_gallery_moves_by_arrows_selects_by_enter_and_clears_by_escape(page, analysis):
    gallery = panel(page, "image-gallery")
    ids = list(analysis.table["image_id"])
    gallery.locator("[data-image-id]").first.focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == ids[1]
    page.keyboard.press("ArrowDown")
    assert focused(page) == ids[1 + columns(gallery)]
    page.keyboard.press("Enter")
    selected_everywhere(page, ids[1 + columns(gallery)])
    page.keyboard.press("End")
    assert focused(page) == ids[-1]
    page.keyboard.press("Escape")
    selected_everywhere(page, None)


def test_gallery_has_one_entry_in_the_tab_order(page):
    stops = panel(page, "image-gallery").locator('[data-image-id][tabindex="0"]')
    assert stops.count() == 1


def test_gallery_sorts_both_ways(page, analysis):
    gallery = panel(page, "image-gallery")
    entropy = analysis.table["image_entropy"].to_numpy()
    ids = analysis.table["image_id"].to_numpy()
    menu = gallery.locator("[aria-haspopup=menu]").first
    for order in (np.argsort(entropy, kind="stable"), np.argsort(-entropy, kind="stable")):
        menu.click()
        gallery.get_by_role("menuitemradio", name="entropy").click()
        found = shown_ids(gallery)
        assert found == list(ids[order][: len(found)])


def test_gallery_marks_what_was_selected_elsewhere_and_scrolls_to_it(page, analysis):
    last = list(analysis.table["image_id"])[-1]
    strip = panel(page, "cam-accordion").locator(f'[data-image-id="{last}"]')
    strip.dispatch_event("click", {"detail": 0})
    selected_everywhere(page, last)
    cell = panel(page, "image-gallery").locator(f'[data-image-id="{last}"]')
    assert cell.get_attribute("aria-pressed") == "true"
    page.wait_for_function(
        """([id]) => {
            const cell = document.querySelector(`.cz-image-gallery-cell[data-image-id="${id}"]`);
            const frame = document.querySelector(".cz-image-gallery-scroller");
            const [a, b] = [cell.getBoundingClientRect(), frame.getBoundingClientRect()];
            return a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
        }""",
        arg=[last],
    )


def test_first_thumbnail_invites_until_something_is_picked(page):
    page.locator(".cz-invite").wait_for(timeout=6000)
    panel(page, "image-gallery").locator("[data-image-id]").nth(1).click()
    assert page.locator(".cz-invite").count() == 0


@pytest.mark.viewport(width=1600, height=1000, reduced_motion="reduce")
def test_nothing_pulses_under_reduced_motion(page):
    page.wait_for_timeout(3500)
    assert page.locator(".cz-invite").count() == 0


# --- accordion ----------------------------------------------------------------------------------


def test_accordion_holds_its_class_by_label(page, analysis):
    table = analysis.table
    for view in panel(page, "cam-accordion").all():
        label = view.locator(".cz-title").inner_text()
        assert shown_ids(view) == list(table["image_id"][table["class_label"] == label])


def test_slice_opens_under_the_pointer_and_in_focus_while_the_strip_stays_full(page):
    view = panel(page, "cam-accordion").first
    slices = view.locator("[data-image-id]")

    def widths():
        """At rest: one motion is 250 ms, more on a busy machine."""
        read = "nodes => nodes.map(n => n.getBoundingClientRect().width)"
        before, now = None, slices.evaluate_all(read)
        while now != before:
            page.wait_for_timeout(300)
            before, now = now, slices.evaluate_all(read)
        return now

    rest = widths()
    slices.nth(4).hover()
    opened = widths()
    assert opened[4] > 2 * rest[4]
    assert opened[0] < rest[0]
    assert sum(opened) == pytest.approx(sum(rest), abs=1)
    page.mouse.move(1, 1)
    assert widths() == pytest.approx(rest, abs=0.6)
    slices.first.focus()
    page.keyboard.press("ArrowRight")
    by_key = widths()
    assert by_key[1] > 2 * rest[1]
    page.keyboard.press("Enter")
    selected_everywhere(page, slices.nth(1).get_attribute("data-image-id"))


def test_slice_position_moves_every_picture(page):
    view = panel(page, "cam-accordion").first
    pictures = view.locator(".cz-cam-accordion-picture")
    before = pictures.evaluate_all("nodes => nodes.map(n => parseFloat(n.style.left))")
    view.get_by_role("slider").fill("100")
    after = pictures.evaluate_all("nodes => nodes.map(n => parseFloat(n.style.left))")
    assert after == pytest.approx([2 * left for left in before], abs=0.5)
    assert "100 %" in view.inner_text()


# --- parallel coordinates -----------------------------------------------------------------------


def axis_x(box, axis, axes=5):
    """Axes lie between 40 px from the left and 46 px from the right."""
    return box["x"] + 40 + (box["width"] - 86) * axis / (axes - 1)


def test_line_under_the_pointer_is_selected(page, analysis):
    handles = panel(page, "parallel-coordinates").locator("[data-image-id]")
    assert handles.count() == len(analysis.table)
    handles.first.scroll_into_view_if_needed()
    for k in (0, 7, 15):
        box = handles.nth(k).bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        selected_everywhere(page, handles.nth(k).get_attribute("data-image-id"))


def test_brush_filters_every_view_and_a_click_on_the_axis_lifts_it(page, analysis):
    lines = panel(page, "parallel-coordinates")
    surface = lines.locator(".cz-parallel-coordinates")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    x = axis_x(box, 3)
    top, bottom = box["y"] + 34, box["y"] + box["height"] - 16
    middle = (top + bottom) / 2
    page.mouse.move(x, bottom + 5)
    page.mouse.down()
    page.mouse.move(x, middle + 20)
    page.mouse.move(x, middle)
    page.mouse.up()
    entropy = analysis.table["image_entropy"].to_numpy(dtype=float)
    low, high = entropy.min(), entropy.max()
    at_least = int((entropy < (low + high) / 2 - 0.02 * (high - low)).sum())
    at_most = int((entropy < (low + high) / 2 + 0.02 * (high - low)).sum())
    gallery = panel(page, "image-gallery")
    count = int(fact(lines).split()[0])
    assert at_least <= count <= at_most < len(entropy)
    assert fact(gallery) == f"{count} of {len(entropy)}"
    page.mouse.click(x, top - 5)
    assert fact(gallery) == str(len(entropy))


def test_brush_by_keyboard(page, analysis):
    lines = panel(page, "parallel-coordinates")
    lower = lines.get_by_label("entropy, lower end of the filter")
    lower.focus()
    page.keyboard.press("ArrowRight")
    n = len(analysis.table)
    assert fact(lines) == f"{n - 1} of {n}"
    lines.get_by_role("button", name="clear").click()
    assert fact(panel(page, "image-gallery")) == str(n)


def test_selected_line_stays_when_its_group_is_hidden(page, analysis):
    image_id = analysis.table["image_id"][0]
    group = int(analysis.table["kmeans_pca_cluster"][0])
    panel(page, "image-gallery").locator(f'[data-image-id="{image_id}"]').click()
    page.locator(".cz-legend-item").nth(group).click()
    lines = panel(page, "parallel-coordinates")
    assert image_id in shown_ids(lines)
    assert image_id not in shown_ids(panel(page, "image-gallery"))
