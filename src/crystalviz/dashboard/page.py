"""What the packaged notebook shows: the explorer, or one clear message instead of a blank page."""

from __future__ import annotations

import html
import os
from typing import Any

from crystalviz._mirror_settings import mirror_settings

ANALYSIS_VARIABLE = "CRYSTALVIZ_ANALYSIS"
"""Environment variable that names the results folder to show."""
MIRROR_VARIABLE = "CRYSTALVIZ_MIRROR"
"""Environment variable with the address of a Weaviate server that follows the store."""
MIRROR_GRPC_VARIABLE = "CRYSTALVIZ_MIRROR_GRPC_PORT"
"""Environment variable with the server's gRPC port."""


def show() -> Any:
    """Return the explorer of the folder that `CRYSTALVIZ_ANALYSIS` names, ready to display.

    Returns
    -------
    Explorer or IPython.display.HTML
        The latter says in words why there is no explorer.
    """
    folder = os.environ.get(ANALYSIS_VARIABLE)
    if not folder:
        return _message(
            "No analysis was named",
            "Start this page with `crystalviz explore RESULTS`, or set the environment variable "
            f"{ANALYSIS_VARIABLE} to a folder that `crystalviz analyze` wrote.",
        )
    # Voilà shows nothing at all when a cell fails, so every failure has to become a text.
    try:
        from crystalviz.analysis import load_analysis
        from crystalviz.explorer import Explorer

        grpc_port = int(os.environ.get(MIRROR_GRPC_VARIABLE, "50051"))
        mirror = mirror_settings(os.environ.get(MIRROR_VARIABLE) or None, grpc_port)
        return Explorer(load_analysis(folder, mirror=mirror))
    except Exception as error:
        return _message(f"{folder} cannot be shown", f"{error} ({type(error).__name__})")


def _message(title: str, text: str) -> Any:
    from IPython.display import HTML

    return HTML(
        '<div data-crystalviz-error role="alert" style="max-width: 44em; margin: 18vh auto; '
        'padding: 0 1em; font-size: 15px; line-height: 1.5; color: var(--jp-content-font-color1)">'
        f"<h2>{html.escape(title)}</h2><p>{html.escape(text)}</p></div>"
    )
