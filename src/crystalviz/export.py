"""One HTML file that works offline: the widgets' code, the data and the pictures inside.

The page asks nothing of any network; its content security policy forbids it.
Twin of ``widgets_js/src/offline.ts`` and ``mark_map_offline.ts``.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crystalviz._page_file import write_page
from crystalviz.widgets.static import bundle
from crystalviz.widgets.view import View

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; worker-src blob:"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title}</title>
<style>html, body {{ margin: 0; min-height: 100%; background: #f6f7f9; }}
@media (prefers-color-scheme: dark) {{ html, body {{ background: #0a0c10; }} }}</style>
</head>
<body>
<div id="crystalviz"></div>
<script type="application/json" id="crystalviz-data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def write_html(
    view: View, path: str | Path, *, title: str | None = None, picture_side: int = 512
) -> None:
    """Write a view as one offline HTML file.

    Parameters
    ----------
    view : View
        An `Explorer` or any single widget.
    path : str or Path
        File to write; it appears only when it is complete.
    title : str, optional
        Title of the page; the analysis' title by default.
    picture_side : int
        Longest side in pixels of the pictures inside.

    Raises
    ------
    FileNotFoundError
        When the folder of `path` does not exist.
    """
    write_offline_page(
        path,
        lambda: {"store": view.store.offline_state(picture_side), "view": view.offline_state()},
        title=title or view.store.analysis.title,
        script="offline.js",
    )


def write_offline_page(
    path: str | Path, state: Callable[[], dict[str, Any]], *, title: str, script: str
) -> None:
    """Write a page that holds its code and its data, whole or not at all.

    Parameters
    ----------
    path : str or Path
        File to write.
    state : callable
        Makes what the page's code reads: JSON values, and bytes anywhere among them.
    title : str
        Of the page.
    script : str
        Name of the bundle that boots the page.

    Raises
    ------
    FileNotFoundError
        When the folder of `path` does not exist.
    """

    def page() -> str:
        return _PAGE.format(
            policy=html.escape(_POLICY),
            title=html.escape(title),
            # "<" is escaped so that no text in the data can close the script element.
            data=json.dumps(state(), default=_bytes, separators=(",", ":")).replace("<", "\\u003c"),
            script=bundle(script).read_text("utf-8").replace("</script", "<\\/script"),
        )

    write_page(path, page)


def _bytes(value: Any) -> dict[str, str]:
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"cannot put a {type(value).__name__} into the page")
