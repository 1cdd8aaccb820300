"""How far a map can be trusted: tests with controls, and one report of them all."""

from crystalviz.cam.trust.border_artefact import (
    border_artefact,
    border_artefact_index,
    subtract_border_artefact,
)
from crystalviz.cam.trust.controls import CONTROLS, control_maps
from crystalviz.cam.trust.imputation import impute
from crystalviz.cam.trust.insertion_deletion import PerturbationCurves, insertion_deletion
from crystalviz.cam.trust.intervals import Interval, scene_interval
from crystalviz.cam.trust.pose_stability import (
    PoseStability,
    correlation_between_scenes,
    pose_stability,
)
from crystalviz.cam.trust.randomization import (
    Randomization,
    cascading_randomization,
    randomized_models,
)
from crystalviz.cam.trust.report import CamReport
from crystalviz.cam.trust.road import RoadScores, road
from crystalviz.cam.trust.run_report import cam_report
from crystalviz.cam.trust.verdicts import Verdict

__all__ = [
    "CONTROLS",
    "CamReport",
    "Interval",
    "PerturbationCurves",
    "PoseStability",
    "Randomization",
    "RoadScores",
    "Verdict",
    "border_artefact",
    "border_artefact_index",
    "cam_report",
    "cascading_randomization",
    "control_maps",
    "correlation_between_scenes",
    "impute",
    "insertion_deletion",
    "pose_stability",
    "randomized_models",
    "road",
    "scene_interval",
    "subtract_border_artefact",
]
