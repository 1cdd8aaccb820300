"""The benchmark scripts stand outside the package; they import each other by bare name."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
