"""How well a model names the images of a labelled folder, counted per file and per scene."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.images import ImageSet, find_scenes
from crystalviz.models.features import extract_features
from crystalviz.models.load import load_model
from crystalviz.models.model import Model


def score_folder(
    folder: str | os.PathLike[str], model: Model | str = "crystalnet"
) -> dict[str, Any]:
    """Compare a model's answers with the parent folders' names.

    Parameters
    ----------
    folder : path
        With one subfolder for each class, named as the model's classes in any case.
    model : Model or str

    Returns
    -------
    dict
        `files`, `files_right`, `scenes`, `scenes_right` (a scene is right when all its
        poses are) and `images`: for each file its label, P(positive) and scene.

    Raises
    ------
    ValueError
        If a file lies in a folder that is not named as a class.
    """
    loaded = load_model(model) if isinstance(model, str) else model
    images = ImageSet.from_folder(folder, labels="parent")
    known = {name.upper() for name in loaded.class_names}
    features = extract_features(images, loaded)
    place = {name: i for i, name in enumerate(images.ids)}
    kept = [place[name] for name in features.ids]
    scenes = np.asarray(find_scenes(images.subset(kept)))
    rows: list[dict[str, Any]] = []
    for name, index, scene, probability in zip(
        features.ids, kept, scenes, features.probability, strict=True
    ):
        label = str(images.labels[index]).upper()
        if label not in known:
            raise ValueError(
                f"{name}: lies in a folder named {label!r}; the model {loaded.name!r} knows "
                f"{' and '.join(loaded.class_names)}"
            )
        predicted = loaded.class_names[int(probability >= 0.5)]
        rows.append(
            {
                "image_id": name,
                "label": label,
                "probability": round(float(probability), 4),
                "right": predicted.upper() == label,
                "scene": int(scene),
            }
        )
    by_scene: dict[int, list[bool]] = {}
    for row in rows:
        by_scene.setdefault(row["scene"], []).append(row["right"])
    return {
        "files": len(rows),
        "files_right": sum(row["right"] for row in rows),
        "scenes": len(by_scene),
        "scenes_right": sum(all(right) for right in by_scene.values()),
        "images": rows,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the scores of a folder: `python -m crystalviz.models.score FOLDER`."""
    parser = argparse.ArgumentParser(description="Score a model on a folder of labelled images.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="crystalnet")
    options = parser.parse_args(arguments)
    print(json.dumps(score_folder(options.folder, options.model), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
