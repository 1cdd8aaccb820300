"""Thumbnails of all images; only the visible rows live in the page.

Twin of ``widgets_js/src/image_gallery/``.
"""

from __future__ import annotations

import traitlets as t

from crystalviz.widgets.view import View


class ImageGallery(View):
    """Scrolling grid of thumbnails, sorted by name, entropy, group or confidence."""

    kind = "image-gallery"

    height = t.Int(480, allow_none=True, help="height in CSS pixels").tag(sync=True)
    details = t.Bool(True, help="show the selected image and its facts on top").tag(sync=True)
