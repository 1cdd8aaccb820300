"""Every speed target of crystalviz, one script after the other, with a summary at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from outcome import summary
from side_by_side import arguments

# Script -> what it must show.
TARGETS = {
    "features": "features >= 5 x the seed's; through openvino >= 5.5 x in f32, >= 11 x in bf16",
    "cold_start": "embedded model from cold start to the table, without TensorFlow, under 2 s",
    "whole_job": "whole job per file >= 25 x the seed's steps, >= 55 x with openvino bf16",
    "entropy": "entropy >= 40 x scikit-image, within 8 x of memcpy, no large temporary",
    "overlays": "overlays of 512 x 512 >= 1,500 a second, written no slower than OpenCV's PNG",
    "neighbors": "exact neighbours up to the crossover; the graph of 13,664 x 2,048 under 6 s",
    "store": "a store's exact query within 1.15 x of NumPy; recall@10 >= .99, self-recall 1",
    "pca": "PCA of 13,664 x 2,048, exact and reproducible, under 1.5 s",
    "scenes": "scenes of 13,664 files in under a minute",
    "consensus": "80,000 marks in under 2 s, 363,000 votes read in under 5 s, settled in under 3 s",
}
FOLDER = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Run the named scripts, or all, each in its own process; return the worst exit status.

    One process each: thread pools and memory of one script's libraries would disturb the next.
    """
    parser = arguments(__doc__)
    parser.add_argument(
        "scripts", nargs="*", metavar="SCRIPT", help=f"all, or some of {', '.join(TARGETS)}"
    )
    options = parser.parse_args(argv)
    unknown = [name for name in options.scripts if name not in TARGETS]
    if unknown:
        parser.error(f"no script {unknown[0]!r}; there are {', '.join(TARGETS)}")
    passed = [f"--rounds={options.rounds}", f"--busy={options.busy}"]
    passed += [f"--patience={options.patience}"]
    passed += [f"--{name}" for name in ("quick", "anyway") if getattr(options, name)]

    worst = 0
    scripts = {}
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.scripts or TARGETS:
            print(f"\n== {name}.py: {TARGETS[name]}", flush=True)
            numbers = Path(folder) / f"{name}.json"
            command = [sys.executable, str(FOLDER / f"{name}.py"), f"--json={numbers}", *passed]
            status = subprocess.run(command, check=False).returncode
            worst = max(worst, abs(status))
            if numbers.exists():
                scripts[name] = json.loads(numbers.read_text())
            else:
                failed.append(f"{name}.py ended with status {status} and without numbers")
    comparisons = [
        comparison | {"title": f"{name}: {comparison['title']}"}
        for name, script in scripts.items()
        for comparison in script["comparisons"]
    ]
    print("\n== Every target\n" + summary(comparisons))
    for text in failed:
        print(text)
    if options.json:
        options.json.write_text(json.dumps(scripts, indent=1) + "\n")
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
