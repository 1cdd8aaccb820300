"""How browser tests find panels and wait for a selection."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from crystalviz.dashboard.page_check import PANELS


def panel(page: Page, name: str) -> Locator:
    """Root element of a panel, by its `data-crystalviz`."""
    return page.locator(f'[data-crystalviz="{name}"]')


def selected_everywhere(page: Page, image_id: str | None, timeout: float = 15_000) -> None:
    """Wait until every panel of the page says that it shows this selection."""
    page.wait_for_function(
        """([panels, id]) => panels.every((name) => {
            const roots = [...document.querySelectorAll(`[data-crystalviz="${name}"]`)];
            return roots.length && roots.every((root) => (root.dataset.selected ?? null) === id);
        })""",
        arg=[list(PANELS), image_id],
        timeout=timeout,
    )
