"""How the vector store is: connected or not, exact or approximate.

Twin of ``widgets_js/src/store_status/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class StoreStatus(View):
    """One line of state of the vector store, polled while the kernel answers."""

    kind = "store-status"

    height = t.Int(64, allow_none=True, help="height in CSS pixels").tag(sync=True)
