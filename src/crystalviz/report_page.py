"""A report as one HTML file: words, tables and pictures, without a script or anything to fetch."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

import crystalviz
from crystalviz._page_file import write_page
from crystalviz._report_style import STYLE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Picture: TypeAlias = "bytes | Figure"
"""A PNG, WebP or JPEG file as bytes, or a matplotlib figure."""

_DOTS_PER_INCH = 160
_NUMBER_TEXT = re.compile(r"[-+]?\d[\d.,]* ?%?( \(\d[\d.,]* ?%\))?")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>{title}</h1>
{lead}</header>
{body}
</main>
<footer>crystalviz {version}</footer>
</body>
</html>
"""


class ReportPage:
    """A page that is filled from top to bottom and then written.

    The file holds everything it shows and no script; its content security policy forbids both
    scripts and the network. All text is escaped. Colours follow the browser's dark or light
    preference, widths the window, and it prints on white.

    Parameters
    ----------
    title : str
    lead : str
        One or two sentences below the title: what the reader should take away.

    Examples
    --------
    >>> page = ReportPage("Training of a ResNet", "No error on 12 test scenes.")
    >>> page.heading("Test")
    >>> page.table([{"class": "CEX", "images": 343, "F1": 0.9971}])
    >>> "0.9971" in page.html()
    True
    """

    def __init__(self, title: str, lead: str = "") -> None:
        self.title = title
        self.lead = lead
        # (kind, HTML): neighbours of one kind are laid out together.
        self._blocks: list[tuple[str, str]] = []

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._add("heading", f"<h2>{html.escape(text)}</h2>")

    def paragraph(self, text: str) -> None:
        """Add a paragraph; line breaks in `text` are kept."""
        self._add("paragraph", f"<p>{html.escape(text)}</p>")

    def warning(self, text: str) -> None:
        """Add a paragraph that must not be overlooked."""
        self._add("warning", f'<p class="warning" role="note">{html.escape(text)}</p>')

    def text(self, text: str) -> None:
        """Add text in a fixed-width font, as a terminal would show it."""
        self._add("text", f"{_scrolling('Text')}<pre>{html.escape(text)}</pre></div>")

    def facts(self, facts: Mapping[str, object]) -> None:
        """Add a row of key figures: name and value (formatted as in `table`)."""
        cells = "".join(
            f"<div><dt>{html.escape(str(name))}</dt><dd>{html.escape(format_value(value))}</dd></div>"
            for name, value in facts.items()
        )
        self._add("facts", f'<dl class="facts">{cells}</dl>')

    def table(
        self,
        rows: pd.DataFrame | Iterable[Mapping[str, Any]],
        columns: Sequence[str] | None = None,
        caption: str = "",
    ) -> None:
        """Add a table.

        Parameters
        ----------
        rows : DataFrame, or iterable of dicts
            An index that is more than a count becomes the first columns. See `format_value` for
            how numbers read; strings stay as they are.
        columns : sequence of str or None
            Which columns, in which order. None: all, in the order of appearance.
        caption : str

        Raises
        ------
        KeyError
            If a column is in none of the rows.
        """
        records = _records(rows)
        known = list(dict.fromkeys(name for record in records for name in record))
        names = known if columns is None else list(columns)
        if unknown := [name for name in names if records and name not in known]:
            raise KeyError(f"no column {unknown[0]!r}; the table has {', '.join(map(str, known))}")
        numeric = {
            name
            for name in names
            if all(reads_as_number(row[name]) for row in records if row.get(name) is not None)
        }

        def cell(tag: str, name: str, value: object) -> str:
            kind = ' class="number"' if name in numeric else ""
            return f"<{tag}{kind}>{html.escape(format_value(value))}</{tag}>"

        head = "".join(cell("th", name, str(name)) for name in names)
        body = "".join(
            "<tr>" + "".join(cell("td", name, record.get(name)) for name in names) + "</tr>\n"
            for record in records
        )
        title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
        self._add(
            "table",
            f"{_scrolling(caption or 'Table')}<table>{title}<thead><tr>{head}</tr></thead>\n"
            f"<tbody>{body}</tbody></table></div>",
        )

    def figure(self, picture: Picture, caption: str, alt: str, dark: Picture | None = None) -> None:
        """Add a figure; figures that follow each other stand side by side where there is room.

        Parameters
        ----------
        picture : bytes or matplotlib Figure
            On white paper, unless `dark` is given.
        caption : str
        alt : str
            What the picture shows, for who cannot see it.
        dark : bytes or matplotlib Figure, optional
            The same picture for the dark page.
        """
        source = ""
        if dark is not None:
            url = _data_url(_encoded(dark, "#11141a"))
            source = f'<source media="screen and (prefers-color-scheme: dark)" srcset="{url}">'
        kind = "paper" if dark is None else "both"
        image = _image(_encoded(picture, "#ffffff"), alt)
        self._add(
            "figure",
            f'<figure class="{kind}"><picture>{source}{image}</picture>'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>",
        )

    def gallery(self, items: Iterable[tuple[bytes, str]], caption: str) -> None:
        """Add small pictures in a row that wraps, each with its own caption.

        Parameters
        ----------
        items : iterable of (bytes, str)
            PNG, WebP or JPEG files, shown at most 128 pixels a side, and captions.
        caption : str
            Above them all.
        """
        pictures = "".join(
            f"<li>{_image(data, text)}<span>{html.escape(text)}</span></li>" for data, text in items
        )
        self._add(
            "gallery",
            f'<figure class="gallery"><figcaption>{html.escape(caption)}</figcaption>'
            f"<ul>{pictures}</ul></figure>",
        )

    def html(self) -> str:
        """Return the page."""
        parts = []
        for kind, group in groupby(self._blocks, key=lambda block: block[0]):
            content = "\n".join(block for _, block in group)
            parts.append(f'<div class="{kind}s">{content}</div>' if kind == "figure" else content)
        style = hashlib.sha256(STYLE.encode()).digest()
        policy = (
            f"default-src 'none'; style-src 'sha256-{base64.b64encode(style).decode()}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        return _PAGE.format(
            policy=html.escape(policy, quote=False),
            title=html.escape(self.title),
            style=STYLE,
            lead=f'<p class="lead">{html.escape(self.lead)}</p>\n' if self.lead else "",
            body="\n".join(parts),
            version=crystalviz.__version__,
        )

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to `path`, which appears only when it is complete, and return it.

        Raises
        ------
        FileNotFoundError
            If the folder of `path` does not exist.
        """
        # A file name may hold bytes that are no text: shown as they are escaped.
        return write_page(path, lambda: self.html().encode("utf-8", "backslashreplace").decode())

    def _add(self, kind: str, block: str) -> None:
        self._blocks.append((kind, block))


def format_value(value: object) -> str:
    """Return a value as a report shows it.

    Whole numbers with thousands separators, other numbers with four decimals (fewer from 1,000
    on, scientific below 0.0001), yes and no, an en dash for None and NaN, lists with commas.

    >>> [format_value(value) for value in (13664, 0.99707, None, True)]
    ['13,664', '0.9971', '–', 'yes']
    """
    if value is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    if isinstance(value, Real):
        return _format_real(float(value))
    if isinstance(value, list | tuple):
        return ", ".join(map(format_value, value))
    # pandas marks a missing value in its own ways; each of them differs from itself or says so.
    return "–" if str(value) in ("<NA>", "NaT") else str(value)


def _format_real(value: float) -> str:
    if math.isnan(value):
        return "–"
    if value and abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4f}"


def reads_as_number(value: object) -> bool:
    """Return whether a value stands at the right of its column: numbers, and text as "4 (0.5%)"."""
    if isinstance(value, str):
        return _NUMBER_TEXT.fullmatch(value) is not None
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _records(rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    import pandas as pd

    if not isinstance(rows, pd.DataFrame):
        return [dict(row) for row in rows]
    counts = rows.index.name is None and rows.index.equals(pd.RangeIndex(len(rows)))
    frame = rows if counts else rows.reset_index()
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _scrolling(name: str) -> str:
    """Open a box that scrolls sideways where the window is narrow, by keyboard too."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{html.escape(name)}">'


def _encoded(picture: Picture, background: str) -> bytes:
    if isinstance(picture, bytes):
        return picture
    if not hasattr(picture, "savefig"):
        raise TypeError(
            f"a picture is PNG, WebP or JPEG bytes or a matplotlib figure, not a "
            f"{type(picture).__name__}"
        )
    buffer = io.BytesIO()
    # Software and date would make two equal figures two different files.
    picture.savefig(
        buffer,
        format="png",
        dpi=_DOTS_PER_INCH,
        bbox_inches="tight",
        facecolor=background,
        metadata={"Software": None},
    )
    return buffer.getvalue()


def _image(data: bytes, alt: str) -> str:
    from PIL import Image

    url = _data_url(data)
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return (
        f'<img src="{url}" width="{width}" height="{height}" alt="{html.escape(alt)}" '
        'decoding="async">'
    )


def _data_url(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    elif data.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    else:
        raise ValueError("the bytes of a picture are not those of a PNG, WebP or JPEG file")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
