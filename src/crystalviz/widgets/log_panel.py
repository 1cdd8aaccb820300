"""What happened: selections, loads, fallbacks and errors.

Twin of ``widgets_js/src/log_panel/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class LogPanel(View):
    """Running log, closed until it is opened."""

    kind = "log-panel"

    height = t.Int(260, allow_none=True, help="height in CSS pixels").tag(sync=True)
    expanded = t.Bool(True, help="show the entries").tag(sync=True)
