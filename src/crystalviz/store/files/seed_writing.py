"""Rows of the seed's files as the seed writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from crystalviz._whole_file import whole_file
from crystalviz.store.files.seed_format import LEAST_DISTANCE


def seed_node(image_id: str, uuid: str, cluster: Any) -> dict[str, Any]:
    """Return a row of `fdg_nodes.json`; without a cluster where there is none."""
    node: dict[str, Any] = {"id": uuid, "image_id": image_id}
    if cluster is not None:
        node["cluster"] = int(cluster)
    return node


def seed_links(
    nodes: Sequence[dict[str, Any]],
    links: Iterable[tuple[str, str, float]],
    selected: str | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of `fdg_links.json`, with whole nodes as endpoints.

    The seed's reader passes over links whose endpoints are uuids; its places and speeds of the
    nodes (x, y, vx, vy) are those of a simulation at one moment, and are left out.

    Parameters
    ----------
    nodes : sequence of dict
        Rows of `fdg_nodes.json`.
    links : iterable of (source, target, distance)
        By image ids.
    selected : str, optional
        The image that was clicked last.
    """
    ends = {
        node["image_id"]: {**node, "isCenter": node["image_id"] == selected, "index": index}
        for index, node in enumerate(nodes)
    }
    return [
        {
            "source": dict(ends[source]),
            "target": dict(ends[target]),
            "distance": _plain(distance),
            "weight": 1.0 / (distance + LEAST_DISTANCE),
            "index": index,
        }
        for index, (source, target, distance) in enumerate(links)
    ]


def seed_crystal(uuid: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `crystals.json`; what is missing is left out."""
    row = {name: properties.get(name) for name in _BEFORE_ID}
    row["id"] = uuid
    row.update({name: properties.get(name) for name in _BEHIND_ID})
    return {name: _plain(value) for name, value in row.items() if value is not None}


_BEFORE_ID = ("image_id", "class_label", "confidence", "image_entropy", "image_header")
_BEHIND_ID = ("kmeans_pca_x", "kmeans_pca_y", "kmeans_pca_cluster")


def write_seed_file(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write one of the files, as a whole or not at all, in the seed's layout."""
    with whole_file(path) as file:
        file.write(json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """Return a number as JavaScript writes it: 100, not 100.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
