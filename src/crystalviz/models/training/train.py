"""`train`: a folder of labelled images to a classifier with its report."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crystalviz._wording import counted
from crystalviz.images import ArraySet, Images, Split, as_image_set, group_split, sorted_split
from crystalviz.models.load import load_model
from crystalviz.models.model import Model
from crystalviz.models.training.backbone import Backbone, build_classifier, make_backbone
from crystalviz.models.training.checkpoint import Checkpoint, require_same
from crystalviz.models.training.examples import Examples, choose_labelled, gather_examples
from crystalviz.models.training.loop import ALL_DONE, NO_BETTER, REACHED, Training, batch_count
from crystalviz.models.training.model_files import (
    MODEL_FILE,
    one_pass,
    try_onnx,
    write_model,
    write_reference,
)
from crystalviz.models.training.recipe import Recipe, recipe_for
from crystalviz.models.training.report import PAGE_FILE, REPORT_FILE, write_report
from crystalviz.models.training.report_text import headline

if TYPE_CHECKING:
    import pandas as pd

FRACTIONS = (0.70, 0.25, 0.05)
# Raised when the same call would train another network, so that no old checkpoint is gone on with.
_VERSION = 1


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained classifier.

    Attributes
    ----------
    folder : Path
        Where everything lies; `index.html` shows it.
    model_path : Path
        For `load_model` and `analyze(..., model=...)`.
    onnx_path : Path or None
        None where it was not asked for or could not be written; the report says why.
    class_names : tuple of str
    report : dict
        What `report.json` holds.
    history : DataFrame
        One row per epoch: loss, accuracy, val_loss, val_accuracy and `val_f1 <class>`.
    split : Split
        Indices of the images that were given.
    """

    folder: Path
    model_path: Path
    onnx_path: Path | None
    class_names: tuple[str, ...]
    report: dict[str, Any]
    history: pd.DataFrame
    split: Split

    def __repr__(self) -> str:
        return f"<TrainingResult {self.folder}: {headline(self.report)}>"

    @property
    def page(self) -> Path:
        """The report as a page for the browser."""
        return self.folder / PAGE_FILE

    def load(self) -> Model:
        """Return the trained model."""
        return load_model(self.model_path)


def train(
    source: Images,
    out: str | os.PathLike[str],
    backbone: str | os.PathLike[str] | Model = "resnet101",
    *,
    weights: str | os.PathLike[str] | None = "imagenet",
    classes: Sequence[str] | None = None,
    split: Split | Literal["group", "sorted"] | None = None,
    fractions: Sequence[float] = FRACTIONS,
    image_size: int | tuple[int, int] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    momentum: float | None = None,
    unfrozen: float | None = None,
    target_f1: float | None = None,
    target_epochs: int | None = None,
    patience: int | None = None,
    min_delta: float | None = None,
    seed: int = 42,
    onnx: bool = True,
    resume: bool = True,
    progress: bool = True,
) -> TrainingResult:
    """Train a classifier on labelled images and report what it is worth.

    Transfer learning by the recipe of The Georgia Project: a pretrained backbone, a fresh head of
    three dense layers, the last 10 % of the backbone learning too, plain gradient descent,
    turned, shifted, zoomed and mirrored views. Each epoch is kept: after an interruption or a
    crash the same call goes on and ends with the same network.

    Parameters
    ----------
    source : ImageSet, or folder
        With one subfolder for each class, or an ImageSet with labels from elsewhere. Two
        classes or more.
    out : path
        Folder for the results; see Notes.
    backbone : {"resnet101", "resnet50", "crystalnet"}, path or Model
        What turns pictures into features. "crystalnet" is small and comes with the package: some
        minutes on a CPU. A model's own head is taken off.
    weights : "imagenet", path or None
        For the ResNets: the ImageNet weights of Keras (downloaded when they are not there), a
        file with weights without the top layer, or None for random ones, with which little is
        learned unless `unfrozen` is 1. Other backbones bring their own; None makes crystalnet
        start at random.
    classes : sequence of str, optional
        The labels to take, in the order of the class indices; of two the second is the
        positive one. By default all labels, sorted.
    split : Split, "group" or "sorted", optional
        "group" (default): `group_split`, no scene in two parts. "sorted": by file name, as The
        Georgia Project did; it leaks, and the report says how much. A Split has indices of the
        images of `source`.
    fractions : three floats
        Shares of train, validation and test.
    image_size : int or (height, width), optional
        Pixels that pictures are brought to; by default what the backbone is made for.
    epochs, batch_size, learning_rate, momentum, unfrozen, target_f1, target_epochs, patience, \
min_delta
        See `Recipe`; None takes the recipe of the backbone.
    seed : int
        The same images and settings give the same network on the same machine.
    onnx : bool
        Write the network in ONNX form too. Where that cannot be done (the packages of the
        extra `onnx` are missing, say) a warning and the report give the reason.
    resume : bool
        Go on with what `out` holds of the same training. False starts over.
    progress : bool
        Show bars: epochs with loss and F1 of each class, and the images of the epoch.

    Returns
    -------
    TrainingResult

    Raises
    ------
    ValueError
        If there are not two classes with two scenes each, a part of the split lacks what it is
        for, a setting makes no sense, or `out` holds another training.
    ModelFileError
        If the weights or the model cannot be had.
    KeyboardInterrupt
        On Ctrl-C; the message says what is kept.

    Notes
    -----
    `out` holds `model.keras` with `model.keras.json` (class names, preprocessing, CAM layer) and
    `model.reference.npz` (known vectors, to tell unfamiliar pictures), `model.onnx`, the
    report (`index.html`, `report.json`, `report.txt`, `confusion.png`, `metrics.png`,
    `history.csv`, `predictions.csv`, `split.csv`) and `checkpoint.npz`, which more
    `epochs` go on from.

    The network kept is the one of the lowest validation loss. The validation part chooses that
    epoch and the stop, so its scores are too good; the test part is looked at once, at the end.
    """
    folder = Path(out)
    given = as_image_set(source)
    name = backbone.name if isinstance(backbone, Model) else os.fspath(backbone)
    recipe = recipe_for(
        name,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        unfrozen=unfrozen,
        target_f1=target_f1,
        target_epochs=target_epochs,
        patience=patience,
        min_delta=min_delta,
        seed=seed,
    )
    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    _require_ours(folder, resume)
    # Before a backbone is downloaded for a folder that cannot be learned from.
    choose_labelled(given, classes, folder)
    base = make_backbone(backbone, weights, size, recipe.seed)
    if base.random:
        _say_random(base)
    shape = base.network.input_shape
    examples = gather_examples(given, (shape[1], shape[2]), classes, folder, progress)
    parts, kind = _split(examples, split, fractions, recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)

    config = _config(examples, parts, base, recipe)
    state = Checkpoint.load(folder) if resume else None
    if state is not None:
        require_same(folder, state.config, config)
    else:
        state = Checkpoint(config)
    network = build_classifier(
        base, len(examples.class_names), recipe, batch_count(len(parts.train), recipe.batch_size)
    )
    training = Training(
        network, base.preprocessing, examples, parts.train, parts.validation, recipe
    )
    training.run(state, folder, progress)

    model = write_model(folder, network, base, examples)
    onnx_path, onnx_said = try_onnx(folder, model, examples) if onnx else (None, "not asked for")
    found = one_pass(model, examples, progress)
    write_reference(folder, model, examples, parts, found["vectors"])
    # write_reference(folder, found["vectors"], parts)

    import pandas as pd

    history = pd.DataFrame(state.history)
    report = write_report(
        folder,
        title=f"Training: {', '.join(examples.class_names)}",
        ids=examples.ids,
        class_names=examples.class_names,
        targets=examples.targets,
        probability=found["probability"],
        scenes=examples.scenes,
        pixels_of=examples.native,
        split=parts,
        shortcuts=examples.shortcuts,
        maps=found["maps"],
        history=history,
        best_epoch=state.best_epoch,
        target_f1=recipe.target_f1,
        facts=_facts(base, model, examples, recipe, state, kind, onnx_said),
        notes=_notes(base, recipe, state),
        left_out=examples.left_out,
    )
    indices = np.array(examples.indices, np.int64)
    return TrainingResult(
        folder=folder,
        model_path=folder / MODEL_FILE,
        onnx_path=onnx_path,
        class_names=examples.class_names,
        report=report,
        history=history,
        split=Split(*(indices[part] for part in parts)),
    )


def _require_ours(folder: Path, resume: bool) -> None:
    """Refuse to write over a model or report that no checkpoint belongs to."""
    from crystalviz.models.training.checkpoint import CHECKPOINT_FILE

    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; give a folder for the results")
    if not resume or (folder / CHECKPOINT_FILE).is_file():
        return
    for name in (MODEL_FILE, REPORT_FILE):
        if (folder / name).exists():
            raise ValueError(
                f"{folder} already holds {name} of something else: give another folder for the "
                "results, or write over it with resume=False (--restart)"
            )


def _say_random(base: Backbone) -> None:
    warnings.warn(
        f"{base.name} starts with RANDOM weights: it has never seen a picture. This is for tests; "
        'for results give weights="imagenet" or a file of weights',
        stacklevel=3,
    )


def _split(
    examples: Examples,
    split: Split | Literal["group", "sorted"] | None,
    fractions: Sequence[float],
    seed: int,
) -> tuple[Split, str]:
    """Return the parts as positions among the examples, and how they came about."""
    # Only ids, labels and scenes are looked at.
    known = ArraySet(list(examples.pixels), examples.ids, examples.labels)
    if isinstance(split, Split):
        position = {index: place for place, index in enumerate(examples.indices)}
        parts = Split(
            *(
                np.array([position[i] for i in part.tolist() if i in position], np.int64)
                for part in split
            )
        )
        kind = "as given"
    elif split in (None, "group"):
        parts = group_split(known, fractions, seed, examples.scenes, examples.labels)
        kind = "grouped by scene"
    elif split == "sorted":
        parts = sorted_split(known, fractions, examples.labels)
        kind = "by sorted file name"
    else:
        raise ValueError(f"split is a Split, 'group' or 'sorted', not {split!r}")
    for part, indices in (("train", parts.train), ("validation", parts.validation)):
        present = np.unique(examples.targets[indices])
        absent = [x for i, x in enumerate(examples.class_names) if i not in present]
        if absent and (part == "train" or not len(indices)):
            raise ValueError(
                f"the {part} part of the split has no image of {', '.join(absent)}; give more "
                "scenes, other fractions, or another split"
            )
    return parts, kind


def _config(examples: Examples, parts: Split, base: Backbone, recipe: Recipe) -> dict[str, Any]:
    """Return what decides the network, but for the number of epochs, which may be raised."""
    weights = hashlib.blake2b(digest_size=16)
    for value in base.network.get_weights():
        weights.update(np.ascontiguousarray(value).tobytes())
    images = hashlib.blake2b(repr((examples.ids, examples.labels)).encode(), digest_size=16)
    images.update(examples.pixels.tobytes())
    divided = hashlib.blake2b(digest_size=16)
    for part in parts:
        divided.update(repr(part.tolist()).encode())
    numbers = recipe.as_dict()
    del numbers["epochs"]
    return {
        "version": _VERSION,
        "backbone": base.name,
        "weights": weights.hexdigest(),
        "image_size": list(base.network.input_shape[1:]),
        "preprocessing": base.preprocessing,
        "classes": list(examples.class_names),
        "images": images.hexdigest(),
        "split": divided.hexdigest(),
        **numbers,
    }


def _facts(
    base: Backbone,
    model: Model,
    examples: Examples,
    recipe: Recipe,
    state: Checkpoint,
    kind: str,
    onnx: str,
) -> dict[str, Any]:
    names = examples.class_names
    order = ", ".join(f"{index} = {name}" for index, name in enumerate(names))
    layers = len(base.network.layers)
    height, width, channels = model.input_shape
    return {
        "backbone": f"{base.name}, {base.origin}",
        "input": f"{height} x {width} x {channels}, preprocessing {base.preprocessing}",
        "class indices": order,
        "output": f"P({names[1]})" if len(names) == 2 else "P of each class",
        "layers of the backbone that learn": f"{round(recipe.unfrozen * layers)} of {layers}",
        "epochs": f"{len(state.history)}, kept: {state.best_epoch}",
        "split": kind,
        **{key.replace("_", " "): value for key, value in recipe.as_dict().items()
           if key != "epochs"},
        "ONNX": onnx,
    }  # fmt: skip


def _notes(base: Backbone, recipe: Recipe, state: Checkpoint) -> list[str]:
    why = {
        REACHED: f"the F1 of every class was at least {recipe.target_f1:g} on the validation part "
        f"in {counted(recipe.target_epochs, 'epoch')} in a row",
        NO_BETTER: f"the validation loss did not fall by {recipe.min_delta:g} in "
        f"{counted(recipe.patience, 'epoch')}",
        ALL_DONE: f"{counted(recipe.epochs, 'epoch')} were asked for",
    }[state.stopped]
    said = [
        f"Training ended after {counted(len(state.history), 'epoch')}: {why}. Kept is epoch "
        f"{state.best_epoch}, the one of the lowest validation loss. The validation part chose "
        "both, so its scores are too good; the test part was looked at once, at the end."
    ]
    if base.random:
        said.insert(0, f"{base.name} started with random weights: this is no result.")
    return said
