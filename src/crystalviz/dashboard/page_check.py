"""Open a page in a Chromium without a window and say what is wrong with it.

Used by `crystalviz demo --headless` and by the browser tests.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crystalviz._optional import require

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

PANELS = (
    "image-gallery",
    "force-graph",
    "pca-scatter",
    "entropy-scatter",
    "image-histogram",
    "cam-accordion",
    "image-slider",
    "parallel-coordinates",
    "log-panel",
    "store-status",
)
"""`data-crystalviz` of every panel of the explorer."""

LAUNCH_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names resolve nowhere but on this machine, so that nothing can leave it by accident.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_LOCAL_SCHEMES = {"about", "blob", "chrome", "chrome-error", "data", "file", "javascript"}
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_THUMBNAIL = '[data-crystalviz="image-gallery"] [data-image-id]'
# The page's own message, or Voilà's text output in place of a widget.
_SAID_INSTEAD = "[data-crystalviz-error], #rendered_cells .jp-RenderedText"

# A panel counts as drawn when it has a size and something in it: a canvas with more than one
# colour, a picture, or words.
_UNDRAWN = """
(panels) => {
  const painted = (canvas) => {
    if (!canvas.width || !canvas.height) return false;
    const context = canvas.getContext("2d");
    if (!context) return true;
    const pixels = new Uint32Array(
      context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return pixels.some((pixel) => pixel !== pixels[0]);
  };
  const reason = (name) => {
    const roots = [...document.querySelectorAll(`[data-crystalviz="${name}"]`)];
    if (!roots.length) return "is not in the page";
    for (const root of roots) {
      const box = root.getBoundingClientRect();
      if (box.width < 8 || box.height < 8) return `has no size (${box.width} x ${box.height})`;
      const canvases = [...root.querySelectorAll("canvas")].filter((canvas) => canvas.clientWidth);
      if (canvases.length && !canvases.some(painted)) return "has an empty canvas";
      const images = [...root.querySelectorAll("img")].filter((image) => image.clientWidth);
      if (images.some((image) => !image.complete || !image.naturalWidth))
        return "has a picture that is not loaded";
      if (!canvases.length && !images.length && !root.textContent.trim()) return "is empty";
    }
    return null;
  };
  return panels.map((name) => [name, reason(name)]).filter(([, why]) => why);
}
"""


class ChromiumMissingError(RuntimeError):
    """No Chromium was found on this machine."""


def chromium_path(playwright: Playwright) -> str:
    """Return the path of a Chromium: `CRYSTALVIZ_CHROMIUM`, the system's, or Playwright's own.

    Raises
    ------
    ChromiumMissingError
        Saying how to get one.
    """
    found = (shutil.which(name) for name in _NAMES)
    candidates = [os.environ.get("CRYSTALVIZ_CHROMIUM"), *found]
    candidates.append(playwright.chromium.executable_path)
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return candidate
    raise ChromiumMissingError(
        "no Chromium found: install your system's package (Debian: apt-get install chromium), run "
        "`playwright install chromium`, or name one in CRYSTALVIZ_CHROMIUM"
    )


def launch_chromium(playwright: Playwright) -> Browser:
    """Start a Chromium without a window that reaches nothing but this machine."""
    return playwright.chromium.launch(
        executable_path=chromium_path(playwright), args=list(LAUNCH_ARGUMENTS)
    )


def is_local(url: str) -> bool:
    """Say whether a request for `url` stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in _LOCAL_SCHEMES or parts.hostname in _LOCAL_HOSTS


class PageWatch:
    """Record every request and error of the pages of one browser context.

    Attributes
    ----------
    requests : list of str
        Addresses, web sockets included.
    errors : list of str
        Uncaught exceptions and lines of the console's error level.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", self._on_page)

    @property
    def foreign_requests(self) -> list[str]:
        """Addresses that are not on this machine."""
        return [url for url in self.requests if not is_local(url)]

    def _on_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


def undrawn_panels(page: Page, panels: tuple[str, ...] = PANELS) -> list[tuple[str, str]]:
    """Return (panel, what is missing) for each panel that is not drawn now."""
    return [(name, why) for name, why in page.evaluate(_UNDRAWN, list(panels))]


def wait_for_panels(
    page: Page, panels: tuple[str, ...] = PANELS, timeout: float = 60.0
) -> list[tuple[str, str]]:
    """Wait until every panel is drawn; return what is missing after `timeout` seconds."""
    from playwright.sync_api import TimeoutError as TooLate

    check = f"(panels) => !({_UNDRAWN})(panels).length"
    try:
        page.wait_for_function(check, arg=list(panels), timeout=timeout * 1000, polling=250)
    except TooLate:
        return undrawn_panels(page, panels)
    return []


def click_thumbnail(page: Page, number: int = 0, timeout: float = 20.0) -> list[str]:
    """Click a thumbnail of the gallery; return the panels whose selection did not follow."""
    from playwright.sync_api import TimeoutError as TooLate

    thumbnail = page.locator(_THUMBNAIL).nth(number)
    image_id = thumbnail.get_attribute("data-image-id", timeout=timeout * 1000)
    thumbnail.click(timeout=timeout * 1000)
    left = f"""(panels) => panels.filter((name) => {{
      const roots = [...document.querySelectorAll(`[data-crystalviz="${{name}}"]`)];
      return !roots.length
        || roots.some((root) => root.dataset.selected !== {json.dumps(image_id)});
    }})"""
    try:
        page.wait_for_function(
            f"(panels) => !({left})(panels).length", arg=list(PANELS), timeout=timeout * 1000
        )
    except TooLate:
        return list(page.evaluate(left, list(PANELS)))
    return []


def check_page(url: str, picture: Path | None = None, timeout: float = 120.0) -> list[str]:
    """Open `url` and return what is wrong; an empty list when every panel is drawn and linked.

    Parameters
    ----------
    url : str
        Address of a page with an Explorer.
    picture : path, optional
        Where to save a screenshot of the whole page.
    timeout : float
        Seconds for the panels to appear.
    """
    sync_api = require("playwright.sync_api", "browser", "A browser without a window")
    with sync_api.sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        watch = PageWatch(context)
        page = context.new_page()
        page.goto(url, timeout=timeout * 1000)
        problems = []
        try:
            page.wait_for_selector(f"{_THUMBNAIL}, {_SAID_INSTEAD}", timeout=timeout * 1000)
        except sync_api.TimeoutError:
            problems.append(f"no thumbnail appeared within {timeout:.0f} s")
        else:
            said = page.locator(_SAID_INSTEAD)
            if said.count():
                problems.append(" ".join(said.first.inner_text().split()))
            else:
                patience = min(timeout, 60.0)
                unmoved = click_thumbnail(page, timeout=patience)
                problems += [f"the selection did not reach {name}" for name in unmoved]
                undrawn = wait_for_panels(page, timeout=patience)
                problems += [f"{name} {why}" for name, why in undrawn]
        if picture is not None:
            page.screenshot(path=picture, full_page=True)
        problems += [f"console: {text}" for text in watch.errors]
        problems += [f"a request left this machine: {url}" for url in watch.foreign_requests]
        browser.close()
    return problems
