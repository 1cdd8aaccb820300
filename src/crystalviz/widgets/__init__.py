"""Linked Jupyter widgets, one file each; all views of one analysis share one selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystalviz.widgets.cam_accordion import CamAccordion
from crystalviz.widgets.entropy_scatter import EntropyScatter
from crystalviz.widgets.force_graph import ForceGraph
from crystalviz.widgets.image_gallery import ImageGallery
from crystalviz.widgets.image_histogram import ImageHistogram
from crystalviz.widgets.image_slider import ImageSlider
from crystalviz.widgets.log_panel import LogPanel
from crystalviz.widgets.parallel_coordinates import ParallelCoordinates
from crystalviz.widgets.pca_scatter import PcaScatter
from crystalviz.widgets.store_status import StoreStatus
from crystalviz.widgets.view import View
from crystalviz.widgets.view_store import ViewStore

__all__ = [
    "CamAccordion",
    "EntropyScatter",
    "ForceGraph",
    "ImageGallery",
    "ImageHistogram",
    "ImageSlider",
    "LogPanel",
    "MarkMap",
    "ParallelCoordinates",
    "PcaScatter",
    "StoreStatus",
    "View",
    "ViewStore",
]

if TYPE_CHECKING:
    from crystalviz.widgets.mark_map import MarkMap


def __getattr__(name: str) -> Any:
    # On first use: it brings the consensus along, and scikit-learn, which an Explorer needs not.
    if name == "MarkMap":
        from crystalviz.widgets.mark_map import MarkMap

        return MarkMap
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
