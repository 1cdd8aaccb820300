"""The server dies and comes back while the explorer is open: the page says so and goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crystalviz.dashboard.page import MIRROR_GRPC_VARIABLE, MIRROR_VARIABLE
from crystalviz.dashboard.page_check import PageWatch, click_thumbnail
from crystalviz.dashboard.server import VoilaServer
from tests.store.mirror.serving import ServerProcess

THUMBNAIL = '[data-crystalviz="image-gallery"] [data-image-id]'
CHIP = '[data-crystalviz="store-status"]'
CARD = ".cz-status-card"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServerProcess]:
    running = ServerProcess(tmp_path / "server")
    yield running
    running.kill()


def ask(page: Page) -> None:
    """Open the card anew, which lets the mirror look at its server at once."""
    page.mouse.move(2, 400)
    expect(page.locator(CARD)).to_have_count(0)
    page.locator(CHIP).hover()
    expect(page.locator(CARD)).to_be_visible()


@pytest.mark.viewport(width=1600, height=1000, theme="dark")
def test_the_server_goes_and_comes_back(
    analysis_folder: Path,
    tmp_path: Path,
    process: ServerProcess,
    page: Page,
    page_watch: PageWatch,
    screenshot: Callable[..., Path],
) -> None:
    folder = Path(shutil.copytree(analysis_folder, tmp_path / "store"))
    variables = {MIRROR_VARIABLE: process.url, MIRROR_GRPC_VARIABLE: str(process.ports[1])}
    with VoilaServer(folder, variables=variables) as server:
        page.goto(server.url, timeout=120_000)
        page.wait_for_selector(THUMBNAIL, timeout=120_000)
        chip, card = page.locator(CHIP), page.locator(CARD)
        ask(page)
        expect(chip).to_contain_text("local store · exact")
        expect(chip).to_contain_text("Weaviate in step", timeout=30_000)
        expect(card).to_contain_text(process.url)
        expect(card).to_contain_text("exact search, from the local store")
        screenshot(page, "store-status-in-step-dark-1600", full_page=False)

        process.kill()
        ask(page)
        expect(chip).to_contain_text("Weaviate away", timeout=15_000)
        assert chip.get_attribute("data-mirror") == "away"
        # The store itself is well, and neighbours are full.
        assert chip.get_attribute("data-state") == "good"
        graph = page.locator('[data-crystalviz="force-graph"]')
        graph.get_by_text("clear").click()
        assert click_thumbnail(page, 0) == []
        expect(graph).to_have_attribute("data-nodes", "6")
        ask(page)
        screenshot(page, "store-status-away-dark-1600", full_page=False)
        page.mouse.move(2, 400)
        log = page.locator('[data-crystalviz="log-panel"]')
        log.get_by_text("show").click()
        expect(log).to_contain_text("The local store answers alone")

        process.start()
        expect(chip).to_contain_text("Weaviate in step", timeout=40_000)
        expect(log).to_contain_text("answers again")
        # The keyboard opens the card too, and closes it.
        chip.focus()
        expect(card).to_be_visible()
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)
        assert page_watch.errors == []
