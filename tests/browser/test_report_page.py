"""Report pages in a real browser: nothing sticks out, both themes, no complaint."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from crystalviz.report_page import ReportPage


def picture(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "background"),
    [
        pytest.param(width, color, marks=pytest.mark.viewport(width=width, height=900, theme=theme))
        for width in (400, 1600)
        for theme, color in (("dark", "rgb(10, 12, 16)"), ("light", "rgb(246, 247, 249)"))
    ],
)
def test_it_fits_the_window_in_both_themes(
    page: Page, page_watch, offline_page, tmp_path: Path, width: int, background: str
):
    report = ReportPage("A title that is long enough to need two lines on a narrow window")
    report.facts({f"fact {number}": number for number in range(9)})
    report.table([{f"column {number}": number for number in range(40)}], caption="wide table")
    report.text("wide " * 80)
    report.figure(picture(900, 300), "c" * 300, "a")
    report.gallery([(picture(128, 60), "n" * 90)] * 12, "g")
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    offline_page(page, report.write(tmp_path / "report.html"))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    style = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(style) == background
    drawn = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
    page.wait_for_function(drawn)
    assert max(page.evaluate("[...document.images].map(image => image.width)")) <= width
    # The wide table is reached by scrolling its own box, with the keyboard too.
    box = page.get_by_role("region", name="wide table")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
    assert messages == []
