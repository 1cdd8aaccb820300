"""Every speed target of crystalviz, one script after the other, with a summary at the end."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from side_by_side import Comparison, MachineBusyError, Row, arguments, run, settings_from

# Script -> what it must show.
TARGETS = {
    "features": "Features >= 5 x the seed's; the same through openvino >= 5.5 x, bf16 >= 11 x",
    "cold_start": "Embedded model from cold start to the table, without TensorFlow, under 2 s",
    "whole_job": "Whole job per file >= 25 x the seed's steps, >= 55 x with openvino bf16",
    "entropy": "Entropy >= 40 x scikit-image, within 8 x of memcpy, no large temporary",
    "overlays": "Overlays of 512 x 512 >= 1,500 a second, written no slower than OpenCV's PNG",
    "neighbors": "Exact neighbours up to the crossover; the graph of 13,664 x 2,048 under 6 s",
    "pca": "PCA of 13,664 x 2,048, exact and reproducible, under 1.5 s",
    "scenes": "Scenes of 13,664 images in under a minute",
}


def comparisons(names: Sequence[str], quick: bool) -> Iterator[Comparison]:
    """Yield the comparisons of the named scripts; a script that cannot run is a missing row."""
    for name in names:
        print(f"\n== {name}.py: {TARGETS[name]}", flush=True)
        try:
            script = importlib.import_module(name)
        except ImportError as error:
            yield Comparison(f"{name}.py", [Row(name, _raises(error))])
            continue
        for comparison in script.comparisons(quick):
            yield replace(comparison, title=f"{name}: {comparison.title}")


def _raises(error: ImportError) -> Callable[[], Callable[[], Any]]:
    def prepare() -> Callable[[], Any]:
        raise error

    return prepare


def main(argv: Sequence[str] | None = None) -> int:
    """Run the named scripts, or all."""
    parser = arguments(__doc__)
    parser.add_argument(
        "scripts", nargs="*", metavar="SCRIPT", help=f"all, or some of {', '.join(TARGETS)}"
    )
    options = parser.parse_args(argv)
    unknown = [name for name in options.scripts if name not in TARGETS]
    if unknown:
        parser.error(f"no script {unknown[0]!r}; there are {', '.join(TARGETS)}")
    wanted = comparisons(options.scripts or list(TARGETS), options.quick)
    try:
        return run(wanted, settings_from(options), options.json)
    except (MachineBusyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
