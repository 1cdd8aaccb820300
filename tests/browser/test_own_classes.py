"""Three classes, unfamiliar images and no class at all, as the offline page shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page
from skimage import data

import crystalviz as cz
from crystalviz.analysis import Analysis
from crystalviz.datasets import synthetic_crystals
from tests.browser.panels import panel, selected_everywhere


def save(image: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, Path]:
    """Needles, agglomerates and empty frames; a cat and a new crystal without label."""
    folder = tmp_path_factory.mktemp("three")
    crystals = synthetic_crystals(24, seed=7)
    rng = np.random.default_rng(0)
    for number, (label, image) in enumerate(zip(crystals.labels, crystals.images, strict=True)):
        save(image, folder / "in" / label.lower() / f"{label} ({number}).png")
    for number in range(12):
        tone = rng.normal(60 + 8 * number, 4, (100, 120)).clip(0, 255).astype(np.uint8)
        save(tone, folder / "in" / "empty <frame>" / f"{number}.png")
    Image.fromarray(data.cat()).convert("L").save(folder / "in" / "cat.png")
    save(synthetic_crystals(2, seed=99).images[-1], folder / "in" / "new.png")
    analysis = cz.analyze(folder / "in", head="probe", store=folder / "store", progress=False)
    cz.Explorer(analysis).to_html(folder / "page.html")
    return analysis, folder / "page.html"


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unlabelled")
    for number, image in enumerate(synthetic_crystals(6, seed=3).images):
        save(image, folder / "in" / f"{number}.png")
    analysis = cz.analyze(folder / "in", head="probe", progress=False)
    cz.Explorer(analysis).to_html(folder / "page.html")
    return folder / "page.html"


def pick(page: Page, image_id: str) -> None:
    # Only the thumbnails in view are in the page; the search finds every image.
    page.locator(".cz-search").fill(image_id)
    page.keyboard.press("Enter")
    page.locator(".cz-search").fill("")
    selected_everywhere(page, image_id)


@pytest.mark.parametrize(
    "width",
    [
        pytest.param(1600, marks=pytest.mark.viewport(width=1600, height=1000, theme="dark")),
        pytest.param(400, marks=pytest.mark.viewport(width=400, height=900, theme="light")),
    ],
)
def test_every_class_has_a_strip_and_a_bar(page, page_watch, offline_page, three, width) -> None:
    analysis, path = three
    offline_page(page, path)
    assert panel(page, "cam-accordion").count() == 3
    row = analysis.row("empty <frame>/3.png")
    pick(page, "empty <frame>/3.png")
    bars = page.locator(".cz-class")
    assert bars.count() == 3
    shares = analysis.class_probability[row]
    for bar, name, share in zip(bars.all(), analysis.class_names, shares, strict=True):
        assert bar.locator(".cz-class-name").inner_text() == name
        assert bar.locator(".cz-class-share").inner_text() == f"{100 * share:.1f} %"
        track = bar.locator(".cz-class-bar").bounding_box()
        fill = bar.locator(".cz-class-fill").bounding_box()
        assert fill["width"] / track["width"] == pytest.approx(share, abs=0.02)
    strong = page.locator(".cz-class.cz-predicted .cz-class-name")
    assert strong.all_inner_texts() == [analysis.table["predicted_label"][row]]
    assert page.locator(".cz-class.cz-labelled .cz-class-name").all_inner_texts() == [
        "empty <frame>"
    ]
    facts = page.locator(".cz-facts").inner_text()
    assert "without its scene" in facts
    pick(page, "new.png")
    assert "by all labelled images" in page.locator(".cz-facts").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page_watch.errors == []


def test_an_unfamiliar_image_is_marked_where_its_class_is_said(
    page, page_watch, offline_page, three
) -> None:
    analysis, path = three
    offline_page(page, path)
    unfamiliar = set(analysis.table["image_id"][analysis.table["unfamiliarity"] > 1])
    assert "cat.png" in unfamiliar
    marked = page.locator('[data-crystalviz="image-gallery"] [data-image-id]').filter(
        has=page.locator(".cz-image-gallery-stranger:visible")
    )
    assert {cell.get_attribute("data-image-id") for cell in marked.all()} == unfamiliar
    pick(page, "cat.png")
    warning = page.locator(".cz-unfamiliar")
    assert "do not rely on the class" in warning.inner_text()
    known = next(name for name in analysis.table["image_id"] if name not in unfamiliar)
    pick(page, known)
    assert warning.is_hidden()
    assert page_watch.errors == []


def test_without_labels_the_page_says_why_there_is_no_class(
    page, page_watch, offline_page, unlabelled
) -> None:
    offline_page(page, unlabelled)
    pick(page, "2.png")
    assert (
        "without labels a probe has nothing to learn from" in page.locator(".cz-facts").inner_text()
    )
    assert page.locator(".cz-slider-label-cam").inner_text() == "no class"
    assert page.locator(".cz-class").count() == 0
    assert page.locator(".cz-image-gallery-stranger:visible").count() == 0
    assert page_watch.errors == []
