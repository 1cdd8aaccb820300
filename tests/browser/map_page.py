"""How browser tests find their way on the mark map."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

MAP = '[data-crystalviz="mark-map"]'
STAGE = f"{MAP} .cz-map-stage"

# Whether the stage shows a picture: many grays where an empty ground has one or two.
_GRAYS = """
() => {
  const canvas = document.querySelector('.cz-map-picture');
  if (!canvas || !canvas.width) return 0;
  const box = [canvas.width / 4, canvas.height / 4, canvas.width / 2, canvas.height / 2];
  const data = canvas.getContext('2d').getImageData(...box.map(Math.round)).data;
  const grays = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3]) grays.add(data[i]);
  return grays.size;
}
"""


def root(page: Page) -> Locator:
    """The map's panel."""
    return page.locator(MAP)


def wait_for_data(page: Page, name: str, value: str | None, timeout: float = 15_000) -> None:
    """Wait until the map says so in `data-<name>` (in camel case); None: until it says nothing."""
    page.wait_for_function(
        "([map, name, value]) => (document.querySelector(map)?.dataset[name] ?? null) === value",
        arg=[MAP, name, value],
        timeout=timeout,
    )


def wait_for_picture(page: Page, timeout: float = 15_000) -> None:
    """Wait until the stage shows a picture."""
    page.wait_for_function(f"() => ({_GRAYS})() > 24", timeout=timeout, polling=100)


def shows_picture(page: Page) -> bool:
    """Whether the stage shows a picture."""
    return bool(page.evaluate(_GRAYS) > 24)


def place_on_stage(
    page: Page, x: float, y: float, extent: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Where a place of the image is on the page, while the whole image is on the stage.

    Parameters
    ----------
    x, y : float
        Pixels of the image.
    extent : (left, top, width, height)
        Of what is shown, pixels of the image.
    """
    box = page.locator(STAGE).bounding_box()
    assert box is not None
    left, top, width, height = extent
    scale = min(box["width"] / width, box["height"] / height)
    return (
        box["x"] + box["width"] / 2 + scale * (x - left - width / 2),
        box["y"] + box["height"] / 2 + scale * (y - top - height / 2),
    )
