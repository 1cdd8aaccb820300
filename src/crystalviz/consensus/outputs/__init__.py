"""Instances for other programs: tables, detectors' formats, masks, and crops for `analyze`."""

from crystalviz.consensus.outputs.coco import write_coco
from crystalviz.consensus.outputs.crops import crop_index, crop_instances, instances_of_crops
from crystalviz.consensus.outputs.masks import write_masks
from crystalviz.consensus.outputs.names import class_texts, instance_names
from crystalviz.consensus.outputs.pictures import picture_sizes, pictures_of
from crystalviz.consensus.outputs.table_files import write_tables
from crystalviz.consensus.outputs.yolo import write_yolo

__all__ = [
    "class_texts",
    "crop_index",
    "crop_instances",
    "instance_names",
    "instances_of_crops",
    "picture_sizes",
    "pictures_of",
    "write_coco",
    "write_masks",
    "write_tables",
    "write_yolo",
]
