"""A strip of slices with CAM overlays; the one looked at opens.

Twin of ``widgets_js/src/cam_accordion/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class CamAccordion(View):
    """Accordion of the images of one class, with their CAM overlays."""

    kind = "cam-accordion"

    height = t.Int(260, allow_none=True, help="height in CSS pixels").tag(sync=True)
    label = t.Unicode(None, allow_none=True, help="class to show; None shows all").tag(sync=True)
    slice_position = t.Int(50, min=0, max=100, help="part of each picture shown, percent").tag(
        sync=True
    )
