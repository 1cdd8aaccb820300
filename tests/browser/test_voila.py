"""The dashboard in a real Voilà: drawn, linked, linked without its kernel, local, readable."""

import json

import psutil
import pytest

from crystalviz.dashboard.page_check import PANELS, click_thumbnail, wait_for_panels
from crystalviz.dashboard.server import VoilaServer

THUMBNAIL = '[data-crystalviz="image-gallery"] [data-image-id]'


@pytest.fixture(scope="module")
def dashboard(analysis_folder):
    with VoilaServer(analysis_folder) as server:
        yield server


def theme_of(page):
    return page.locator('[data-crystalviz="explorer"]').get_attribute("data-theme")


def kill_kernels():
    kernels = [
        process
        for process in psutil.Process().children(recursive=True)
        if "ipykernel_launcher" in " ".join(process.cmdline())
    ]
    assert kernels
    for kernel in kernels:
        kernel.kill()
    psutil.wait_procs(kernels, timeout=10)


def test_every_panel_is_drawn_linked_and_outlives_the_kernel(
    dashboard, page, page_watch, screenshot
):
    page.goto(dashboard.url, timeout=120_000)
    page.wait_for_selector(THUMBNAIL, timeout=120_000)
    assert click_thumbnail(page, 0) == []
    assert wait_for_panels(page) == []
    page.mouse.move(2, 2)
    page.wait_for_timeout(800)
    screenshot(page, "voila-dark-1600")
    assert theme_of(page) == "dark"
    assert page_watch.errors == []

    kill_kernels()
    for number in (1, 2):
        assert click_thumbnail(page, number) == []
    assert wait_for_panels(page) == []


@pytest.mark.viewport(width=800, height=900, theme="light")
def test_page_fills_a_narrow_light_window(dashboard, page, page_watch, screenshot):
    page.goto(dashboard.url, timeout=120_000)
    page.wait_for_selector(THUMBNAIL, timeout=120_000)
    assert click_thumbnail(page, 3) == []
    assert wait_for_panels(page) == []
    box = page.locator('[data-crystalviz="explorer"]').bounding_box()
    assert box["x"] == 0
    assert 780 <= box["width"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    assert theme_of(page) == "light"
    # No source of the notebook in the page.
    assert "crystalviz.dashboard.page" not in page.content()
    page.mouse.move(2, 2)
    page.wait_for_timeout(800)
    screenshot(page, "voila-light-800")
    assert page_watch.errors == []


@pytest.mark.viewport(width=1200, height=900, theme="light")
def test_theme_follows_the_browser_unless_one_is_asked_for(dashboard, page):
    page.goto(dashboard.url, timeout=120_000)
    page.wait_for_selector(THUMBNAIL, timeout=120_000)
    assert theme_of(page) == "light"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """() => document.querySelector('[data-crystalviz="explorer"]').dataset.theme === "dark" """
    )
    page.emulate_media(color_scheme="light")
    page.goto(f"{dashboard.url}?theme=dark", timeout=120_000)
    page.wait_for_selector(THUMBNAIL, timeout=120_000)
    assert theme_of(page) == "dark"


def test_a_folder_that_cannot_be_shown_is_named_in_the_page(tmp_path, page, screenshot):
    with VoilaServer(tmp_path / "<b>nothing</b>") as server:
        page.goto(server.url, timeout=120_000)
        message = page.locator("[data-crystalviz-error]")
        message.wait_for(timeout=120_000)
        assert "<b>nothing</b> cannot be shown" in message.inner_text()
        screenshot(page, "voila-error")


def test_the_panels_of_the_check_are_those_of_the_page(dashboard, page):
    page.goto(dashboard.url, timeout=120_000)
    page.wait_for_selector(THUMBNAIL, timeout=120_000)
    found = page.evaluate(
        "[...document.querySelectorAll('[data-crystalviz]')].map((e) => e.dataset.crystalviz)"
    )
    assert set(found) - {"explorer"} == set(PANELS), json.dumps(found)
