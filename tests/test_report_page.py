"""Report pages: one file, escaped, without script or network, readable at any width."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crystalviz.report_page import ReportPage, format_value


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, 90).save(buffer, kind)
    return buffer.getvalue()


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and text."""

    def __init__(self, page: ReportPage) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page.html())
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data))

    def of(self, tag: str) -> list[str]:
        return [text for parent, text in self.texts if parent == tag]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def full_page() -> ReportPage:
    page = ReportPage("Title & <b>", "Lead <i>")
    page.heading("Heading <h2>")
    page.paragraph("Paragraph <p>")
    page.warning("Warning <w>")
    page.text("Text <t>")
    page.facts({"fact <f>": "<v>", "count": 13664})
    page.table([{"a <c>": "<script>alert(1)</script>", "b": 0.5}], caption="Caption <x>")
    page.figure(picture(), "Figure <g>", 'alt "quoted" <y>')
    page.gallery([(picture("WEBP"), "one <o>"), (picture("JPEG"), "two\nlines")], "Gallery <z>")
    return page


def test_everything_is_there_and_nothing_is_markup():
    page = Page(full_page())
    assert page.open == []
    texts = [text for _, text in page.texts]
    for text in (
        *("Title & <b>", "Lead <i>", "Heading <h2>", "Paragraph <p>", "Warning <w>", "Text <t>"),
        *("fact <f>", "<v>", "13,664", "a <c>", "<script>alert(1)</script>", "0.5000"),
        *("Caption <x>", "Figure <g>", "Gallery <z>", "one <o>", "two\nlines"),
    ):
        assert text in texts
    assert page.all("script") == []
    assert [image["alt"] for image in page.all("img")] == [
        'alt "quoted" <y>',
        "one <o>",
        "two\nlines",
    ]


def test_the_policy_admits_this_style_and_nothing_else():
    text = full_page().html()
    policy = Page(full_page()).all("meta")[1]["content"]
    style = re.search("<style>(.*?)</style>", text, re.S)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "style=" not in text.replace(style[0], "")
    assert "http:" not in text
    assert "https:" not in text


def test_pictures_carry_their_size_and_kind():
    images = Page(full_page()).all("img")
    assert [image["src"].partition(";")[0] for image in images] == [
        *("data:image/png", "data:image/webp", "data:image/jpeg")
    ]
    assert all((image["width"], image["height"]) == ("30", "20") for image in images)
    encoded = images[0]["src"].partition(",")[2]
    assert base64.b64decode(encoded) == picture()
    page = ReportPage("t")
    with pytest.raises(ValueError, match="PNG, WebP or JPEG"):
        page.figure(b"GIF89a", "c", "a")
    with pytest.raises(TypeError, match="not a str"):
        page.figure("path.png", "c", "a")  # type: ignore[arg-type]


def test_matplotlib_figures_in_both_themes_the_same_each_time():
    from matplotlib.figure import Figure

    def page() -> ReportPage:
        figure = Figure((2, 1))
        figure.subplots().plot([1, 2, 3])
        result = ReportPage("t")
        result.figure(figure, "c", "a", dark=figure)
        return result

    assert page().html() == page().html()
    parsed = Page(page())
    source = parsed.all("source")[0]
    assert source["media"] == "screen and (prefers-color-scheme: dark)"
    shown = [source["srcset"], parsed.all("img")[0]["src"]]
    corners = []
    for url in shown:
        with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
            corners.append(image.convert("RGB").getpixel((0, 0)))
    assert corners == [(0x11, 0x14, 0x1A), (255, 255, 255)]


def test_figures_in_a_row_share_one_box():
    page = ReportPage("t")
    for text in ("one", "two"):
        page.figure(picture(), text, text)
    page.paragraph("between")
    page.figure(picture(), "three", "three")
    boxes = page.html().split('<div class="figures">')[1:]
    assert [box.split("</main>")[0].count("<figure ") for box in boxes] == [2, 1]


def test_tables_of_frames_and_of_dicts():
    page = ReportPage("t")
    frame = pd.DataFrame({"n": [1, 2], "share": [0.25, np.nan]}, index=pd.Index(["x", "y"]))
    page.table(frame.rename_axis("class"))
    assert Page(page).of("th") == ["class", "n", "share"]
    assert Page(page).of("td") == ["x", "1", "0.2500", "y", "2", "–"]
    plain = ReportPage("t")
    plain.table(frame.reset_index(drop=True), columns=["share", "n"])
    assert Page(plain).of("td") == ["0.2500", "1", "–", "2"]
    dicts = ReportPage("t")
    dicts.table([{"a": 1}, {"b": "two"}])
    assert Page(dicts).of("td") == ["1", "–", "–", "two"]
    empty = ReportPage("t")
    empty.table([], columns=["a"])
    assert Page(empty).of("th") == ["a"]
    with pytest.raises(KeyError, match="no column 'c'; the table has a"):
        dicts.table([{"a": 1}], columns=["c"])


def test_numbers_stand_at_the_right_and_words_at_the_left():
    page = ReportPage("t")
    page.table(
        [
            {"n": 1, "name": "x", "flag": True, "share": "1,204 (35.3%)", "date": "2026-11-22"},
            {"n": None, "name": "7", "flag": False, "share": "99.5 %", "date": "2026-11-23"},
        ]
    )
    kinds = ["number" if cell else "word" for cell in Page(page).all("td")]
    assert kinds == ["number", "word", "word", "number", "word"] * 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13664, "13,664"),
        (np.int64(1000), "1,000"),
        (0.99707, "0.9971"),
        (np.float32(0.25), "0.2500"),
        (12345.678, "12,345.7"),
        (0.0, "0.0000"),
        (2e-6, "2.00e-06"),
        (float("nan"), "–"),
        (float("inf"), "inf"),
        (None, "–"),
        (pd.NA, "–"),
        (pd.NaT, "–"),
        (True, "yes"),
        (np.bool_(False), "no"),
        ((1, 0.5, "x"), "1, 0.5000, x"),
        ("0.1", "0.1"),
    ],
)
def test_values_as_a_report_shows_them(value: object, text: str):
    assert format_value(value) == text


def test_written_whole_or_not_at_all(tmp_path: Path):
    page = full_page()
    path = page.write(tmp_path / "report.html")
    assert path.read_text("utf-8") == page.html()
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(FileNotFoundError, match="create it first"):
        page.write(tmp_path / "none" / "report.html")
    odd = ReportPage("caf\udce9")
    assert "caf\\udce9" in odd.write(tmp_path / "odd.html").read_text("utf-8")
