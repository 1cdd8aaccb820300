"""`crystalviz train FOLDER --out OUT`: labelled images to a classifier with its report."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from crystalviz._wording import problems_text
from crystalviz.commands.arguments import command_parser, share, whole_number

if TYPE_CHECKING:
    from crystalviz.models.training import TrainingResult

_DESCRIPTION = """\
Train a classifier on a folder with one subfolder of images for each class, and write into OUT:

  OUT/index.html            what it is worth: scores by class, interval, baselines, split, mistakes
  OUT/report.json, .txt     the same, to four decimals; predictions.csv, split.csv, history.csv
  OUT/confusion.png, metrics.png
  OUT/model.keras           the network, for `crystalviz analyze --model OUT/model.keras`, with
                            model.keras.json (class names, preprocessing) beside it
  OUT/model.onnx            the same, checked to be equal (needs the extra onnx)
  OUT/checkpoint.npz        what the same command goes on from

Pictures of one scene (turned, mirrored, recompressed) never stand in two parts of the split.
Nothing leaves this machine, but the ImageNet weights of a ResNet are downloaded when they are
not there. Interrupt at any time: the same command goes on where it stopped, and ends with the
same network. More --epochs go on from a finished training.
"""
_EXAMPLES = """\
examples:
  crystalviz train my_crystals --out classifier --backbone crystalnet    minutes on a CPU
  crystalviz train archive/cropped/cropped --out georgia                 ResNet101, ImageNet weights
  crystalviz train my_crystals --out classifier --weights resnet101_notop.h5    offline
  crystalviz train my_crystals --out leaky --backbone crystalnet --split sorted
                                          split by file name; the report says how much it leaks
  crystalviz analyze my_crystals --out results --model classifier/model.keras
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "train", "labelled images to a classifier", _DESCRIPTION, _EXAMPLES, _run
    )
    option = command.add_argument
    option("folder", metavar="FOLDER", type=Path, help="folder with a subfolder for each class")
    option("--out", metavar="OUT", type=Path, required=True, help="folder for the results")
    option(
        "--labels",
        metavar="parent|CSV",
        default="parent",
        help="where labels come from: the folder an image lies in, or a CSV file (default: parent)",
    )
    option(
        "--classes",
        metavar="NAME",
        nargs="+",
        help="labels to take, in order; of two the second is the positive class "
        "(default: all, sorted)",
    )
    option(
        "--backbone",
        default="resnet101",
        help="crystalnet (built in), resnet50, resnet101, or a model file (default: resnet101)",
    )
    option(
        "--weights",
        metavar="imagenet|random|PATH",
        default="imagenet",
        help="of a ResNet: ImageNet weights, random ones, or a weights file without the top layer "
        "(default: imagenet)",
    )
    option(
        "--split",
        choices=("group", "sorted"),
        default="group",
        help="group: whole scenes; sorted: by file name, which leaks (default: group)",
    )
    option(
        "--fractions",
        metavar="SHARE",
        type=share,
        nargs=3,
        default=(0.70, 0.25, 0.05),
        help="of train, validation and test (default: 0.7 0.25 0.05)",
    )
    option("--image-size", metavar="PIXELS", type=whole_number(32), help="side of the input")
    option("--epochs", metavar="N", type=whole_number(1), help="at most (default: the backbone's)")
    option("--batch-size", metavar="N", type=whole_number(1), help="images a step, at most")
    option("--learning-rate", metavar="RATE", type=float, help="of gradient descent")
    option(
        "--unfrozen",
        metavar="SHARE",
        type=share,
        help="of the backbone's layers, from the end, that learn too (default: 0.1)",
    )
    option(
        "--target-f1",
        metavar="SHARE",
        type=share,
        help="stop once every class has it three epochs in a row (default: 0.997)",
    )
    option(
        "--patience",
        metavar="N",
        type=whole_number(1),
        help="stop after so many epochs without a lower validation loss",
    )
    option("--seed", metavar="N", type=whole_number(0), default=42, help="(default: 42)")
    option("--no-onnx", action="store_true", help="do not write OUT/model.onnx")
    option("--restart", action="store_true", help="start over, whatever OUT holds")
    option("--no-progress", action="store_true", help="no progress bars")


def _run(options: argparse.Namespace) -> int:
    from crystalviz.images import ImageSet
    from crystalviz.models.training import train

    images = ImageSet.from_folder(options.folder, labels=options.labels)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        result = train(
            images,
            options.out,
            options.backbone,
            weights=None if options.weights == "random" else options.weights,
            classes=options.classes,
            split=options.split,
            fractions=options.fractions,
            image_size=options.image_size,
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            unfrozen=options.unfrozen,
            target_f1=options.target_f1,
            patience=options.patience,
            seed=options.seed,
            onnx=not options.no_onnx,
            resume=not options.restart,
            progress=not options.no_progress,
        )
    print(_report(result))
    if result.report["left_out"]:
        print(problems_text(result.report["left_out"]), file=sys.stderr)
    return 0


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print what the user must know as a sentence, and nothing of other packages."""
    if category is UserWarning:
        print(f"crystalviz: {message}", file=sys.stderr)


def _report(result: TrainingResult) -> str:
    from crystalviz.models.training.report_text import headline

    report = result.report
    rows = [
        (str(result.page), headline(report)),
        (str(result.model_path), f"classes {', '.join(result.class_names)}"),
    ]
    if result.onnx_path is not None:
        rows.append((str(result.onnx_path), "the same network"))
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {text}" for name, text in rows]
    return "\n".join([*lines, *(f"note: {text}" for text in report["warnings"])])
