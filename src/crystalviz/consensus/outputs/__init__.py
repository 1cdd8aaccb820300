"""Instances for other programs: detectors' formats, masks, and crops for `analyze`."""

from crystalviz.consensus.outputs.coco import write_coco
from crystalviz.consensus.outputs.crops import crop_instances
from crystalviz.consensus.outputs.masks import write_masks
from crystalviz.consensus.outputs.yolo import write_yolo

__all__ = ["crop_instances", "write_coco", "write_masks", "write_yolo"]
