"""A real Chromium, pages that may not reach anything but this machine, and screenshots.

A test sets its window with `@pytest.mark.viewport(width=800, height=900, theme="dark")`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from crystalviz.dashboard.page_check import PageWatch, launch_chromium

ARTIFACTS = Path(__file__).parents[2] / "artifacts"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium; one a module, because Playwright's loop keeps asyncio from other tests."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh browser profile with the test's window and theme."""
    marker = request.node.get_closest_marker("viewport")
    wish: dict[str, Any] = {"width": 1600, "height": 1000, "theme": "dark"}
    wish |= marker.kwargs if marker else {}
    context = browser.new_context(
        viewport={"width": wish["width"], "height": wish["height"]},
        color_scheme=wish["theme"],
        reduced_motion=wish.get("reduced_motion"),
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page_watch(context: BrowserContext) -> Iterator[PageWatch]:
    """Every request and error of the test's pages; a request that leaves the machine fails it."""
    watch = PageWatch(context)
    yield watch
    assert not watch.foreign_requests, f"left this machine: {watch.foreign_requests}"


@pytest.fixture
def page(context: BrowserContext, page_watch: PageWatch) -> Page:
    """An empty page in the test's window."""
    return context.new_page()


@pytest.fixture
def offline_page() -> Callable[[Page, str | Path], Page]:
    """`offline_page(page, html_path)` opens a file as a person does who has no network."""

    def open_file(page: Page, html_path: str | Path) -> Page:
        page.context.set_offline(True)
        page.goto(Path(html_path).resolve().as_uri())
        return page

    return open_file


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`screenshot(page, "name")` keeps a picture as `artifacts/name.png`."""

    def save(page: Page, name: str | None = None, *, full_page: bool = True) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        safe = re.sub(r"[^\w.-]+", "-", name or request.node.name).strip("-")
        path = ARTIFACTS / f"{safe}.png"
        page.screenshot(path=path, full_page=full_page)
        return path

    return save
