"""From a cold process to the table of `analyze` with the embedded model, for each engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from side_by_side import Check, Comparison, Row, Target, main

SAMPLE = Path(__file__).parents[1] / "data" / "sample"

_FIRST = """
import sys, crystalviz as cz
from crystalviz.images import ImageSet
model = cz.load_model("crystalnet", engine={engine!r})
model.one_pass([ImageSet.from_folder({folder!r}).pixels(0)])
print("tensorflow" in sys.modules)
"""

_TABLE = """
import sys, crystalviz as cz
model = cz.load_model("crystalnet", engine={engine!r})
analysis = cz.analyze({folder!r}, model=model, progress=False)
assert len(analysis.table)
print("tensorflow" in sys.modules)
"""

_IMPORT = "import numpy, openvino"


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield the first result, and the whole table of the sample folder."""
    engines = ["openvino", "onnx", "keras"]
    yield Comparison(
        "Cold start to the first image's vector, probability and map",
        [
            *(
                _row(engine, _FIRST, [Target.seconds(2)] * (engine != "keras"))
                for engine in engines
            ),
            Row("import openvino alone", _process(_IMPORT), role="limit"),
        ],
        checks=[_without_tensorflow(engine, _FIRST) for engine in engines[:2]],
        note="a new process each time; the limit is importing the engine alone",
    )
    yield Comparison(
        f"Cold start to the table of {len(list(SAMPLE.rglob('*.png')))} images",
        [_row(engine, _TABLE, []) for engine in (engines[:2] if quick else engines)],
        checks=[_without_tensorflow(engine, _TABLE) for engine in engines[:2]],
    )


def _row(engine: str, code: str, targets: list[Target]) -> Row:
    return Row(engine, _process(_filled(engine, code)), targets=targets)


def _filled(engine: str, code: str) -> str:
    return code.format(engine=engine, folder=str(SAMPLE))


def _process(code: str) -> Callable[[], Callable[[], Any]]:
    def run() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return lambda: run


def _without_tensorflow(engine: str, code: str) -> Check:
    def measure() -> float:
        return float(_process(_filled(engine, code))()() == "True")

    return Check(f"{engine}: TensorFlow imported", measure, at_most=0)


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
