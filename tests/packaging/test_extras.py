"""The extras live together: what `make test` installed of them is one working environment."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
# Sphinx builds pages and is not what runs beside TensorFlow; hnswlib needs a compiler.
LEFT_OUT = {"docs", "hnsw", "all"}


def test_all_is_every_extra() -> None:
    (every,) = EXTRAS["all"]
    named = set(re.fullmatch(r"crystalviz\[(.*)\]", every)[1].split(","))  # type: ignore[index]
    # `browser` comes with `dev`.
    assert named == set(EXTRAS) - {"all", "browser"}


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - LEFT_OUT))
def test_extra_is_installed_and_every_pin_below_it_holds(extra: str) -> None:
    seen: set[str] = set()
    waiting = [Requirement(line) for line in EXTRAS[extra]]
    while waiting:
        needed = waiting.pop()
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        if needed.name == "crystalviz":
            waiting += [Requirement(line) for one in needed.extras for line in EXTRAS[one]]
            continue
        found = metadata.version(needed.name)
        assert needed.specifier.contains(found, prereleases=True), f"{needed}, and there is {found}"
        if needed.name not in seen:
            seen.add(needed.name)
            waiting += map(Requirement, metadata.requires(needed.name) or ())


def test_tensorflow_and_the_stubs_of_weaviate_run_in_one_process() -> None:
    # Both bring generated protobuf code, and one protobuf must serve both.
    code = """
import tensorflow as tf
from weaviate.proto.v1 import search_get_pb2

request = search_get_pb2.SearchRequest(collection="CrystalImage", limit=3)
again = search_get_pb2.SearchRequest.FromString(request.SerializeToString())
graph = tf.function(lambda x: 2 * x).get_concrete_function(tf.TensorSpec([], tf.float32))
kept = graph.graph.as_graph_def().FromString(graph.graph.as_graph_def().SerializeToString())
print(again.collection, again.limit, len(kept.node) > 0, float(graph(tf.constant(21.0))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["CrystalImage", "3", "True", "42.0"]
