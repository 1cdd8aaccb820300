"""crystalviz: explore, explain and curate crystallization microscope images.

>>> import crystalviz as cz
>>> analysis = cz.analyze("my_crystals/")  # doctest: +SKIP
>>> cz.Explorer(analysis)  # doctest: +SKIP

Public names are imported on first use, so that `import crystalviz` stays fast
and pulls in neither TensorFlow nor pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "ImageSet": "images",
    "find_scenes": "images",
    "find_orbits": "images",
    "group_split": "images",
    "sorted_split": "images",
    "random_split": "images",
    "group_interval": "images",
    "audit_folder": "folder_audit",
    "audit_split": "images",
    "Split": "images",
    "histogram": "measures",
    "shannon_entropy": "measures",
    "measure_images": "measures",
    "load_model": "models",
    "extract_features": "models",
    "Features": "models",
    "train": "models.training",
    "TrainingResult": "models.training",
    "LinearProbe": "models.probe",
    "compute_cam": "cam",
    "overlay_cam": "cam",
    "overlay_cams": "cam",
    "cam_report": "cam.trust",
    "CamReport": "cam.trust",
    "CAM_METHODS": "cam",
    "cluster": "clustering",
    "suggest_k": "clustering",
    "compare_clusterings": "clustering",
    "analyze": "analysis",
    "Analysis": "analysis",
    "load_analysis": "analysis",
    "connect": "store",
    "neighbor_graph": "graph",
    "NeighborGraph": "graph",
    "Explorer": "explorer",
    "ImageGallery": "widgets",
    "ForceGraph": "widgets",
    "PcaScatter": "widgets",
    "EntropyScatter": "widgets",
    "ImageHistogram": "widgets",
    "ParallelCoordinates": "widgets",
    "CamAccordion": "widgets",
    "ImageSlider": "widgets",
    "LogPanel": "widgets",
    "StoreStatus": "widgets",
    "MarkMap": "widgets",
}
_SUBMODULES = (
    "cam",
    "clustering",
    "consensus",
    "datasets",
    "export",
    "images",
    "measures",
    "models",
    "store",
    "widgets",
)

__all__ = ["__version__", *_PUBLIC, *_SUBMODULES]  # pyright: ignore[reportUnsupportedDunderAll]

if TYPE_CHECKING:
    from crystalviz import cam as cam
    from crystalviz import clustering as clustering
    from crystalviz import consensus as consensus
    from crystalviz import datasets as datasets
    from crystalviz import export as export
    from crystalviz import images as images
    from crystalviz import measures as measures
    from crystalviz import models as models
    from crystalviz import store as store
    from crystalviz import widgets as widgets
    from crystalviz.analysis import Analysis as Analysis
    from crystalviz.analysis import analyze as analyze
    from crystalviz.analysis import load_analysis as load_analysis
    from crystalviz.cam import CAM_METHODS as CAM_METHODS
    from crystalviz.cam import compute_cam as compute_cam
    from crystalviz.cam import overlay_cam as overlay_cam
    from crystalviz.cam import overlay_cams as overlay_cams
    from crystalviz.cam.trust import CamReport as CamReport
    from crystalviz.cam.trust import cam_report as cam_report
    from crystalviz.clustering import cluster as cluster
    from crystalviz.clustering import compare_clusterings as compare_clusterings
    from crystalviz.clustering import suggest_k as suggest_k
    from crystalviz.explorer import Explorer as Explorer
    from crystalviz.folder_audit import audit_folder as audit_folder
    from crystalviz.graph import NeighborGraph as NeighborGraph
    from crystalviz.graph import neighbor_graph as neighbor_graph
    from crystalviz.images import ImageSet as ImageSet
    from crystalviz.images import Split as Split
    from crystalviz.images import audit_split as audit_split
    from crystalviz.images import find_orbits as find_orbits
    from crystalviz.images import find_scenes as find_scenes
    from crystalviz.images import group_interval as group_interval
    from crystalviz.images import group_split as group_split
    from crystalviz.images import random_split as random_split
    from crystalviz.images import sorted_split as sorted_split
    from crystalviz.measures import histogram as histogram
    from crystalviz.measures import measure_images as measure_images
    from crystalviz.measures import shannon_entropy as shannon_entropy
    from crystalviz.models import Features as Features
    from crystalviz.models import extract_features as extract_features
    from crystalviz.models import load_model as load_model
    from crystalviz.models.probe import LinearProbe as LinearProbe
    from crystalviz.models.training.train import TrainingResult as TrainingResult
    from crystalviz.models.training.train import train as train
    from crystalviz.store import connect as connect
    from crystalviz.widgets import CamAccordion as CamAccordion
    from crystalviz.widgets import EntropyScatter as EntropyScatter
    from crystalviz.widgets import ForceGraph as ForceGraph
    from crystalviz.widgets import ImageGallery as ImageGallery
    from crystalviz.widgets import ImageHistogram as ImageHistogram
    from crystalviz.widgets import ImageSlider as ImageSlider
    from crystalviz.widgets import LogPanel as LogPanel
    from crystalviz.widgets import MarkMap as MarkMap
    from crystalviz.widgets import ParallelCoordinates as ParallelCoordinates
    from crystalviz.widgets import PcaScatter as PcaScatter
    from crystalviz.widgets import StoreStatus as StoreStatus


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
