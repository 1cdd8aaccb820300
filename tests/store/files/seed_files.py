"""Small files in the layout of the seed's: 26 images, 52 links, 4 of them with uuids as ends."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np

IMAGES = [f"CEX ({i}).png" for i in range(1, 11)] + [f"PG ({i}).png" for i in range(1, 17)]
CLUSTERS = [0] * 10 + [1] * 6 + [2] * 5 + [3] * 5
UUIDS = {name: str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in IMAGES}


def crystal(row: int) -> dict[str, Any]:
    name = IMAGES[row]
    return {
        "image_id": name,
        "class_label": "CEX" if name.startswith("CEX") else "PG ",
        "confidence": 100 if row else 77,
        "image_entropy": 5.9 + row / 100,
        "image_header": "2021-03-12 23:54:39",
        "id": UUIDS[name],
        "kmeans_pca_x": -10.105679512023926 + row,
        "kmeans_pca_y": 0.5557399392127991,
        "kmeans_pca_cluster": CLUSTERS[row],
    }


def node(row: int) -> dict[str, Any]:
    return {"id": UUIDS[IMAGES[row]], "image_id": IMAGES[row], "cluster": CLUSTERS[row]}


def end(row: int) -> dict[str, Any]:
    """A node as D3's simulation leaves it in a link."""
    places = {"index": row, "x": 563.05 + row, "y": 289.4, "vy": 0.0001, "vx": 0.0004}
    return {**node(row), "isCenter": False, **places}


def pairs() -> list[tuple[int, int]]:
    """52 directed links of 12 clicked images; 5 of them are the way back of another."""
    clicked = [(row, row + step) for row in range(0, 24, 2) for step in (1, 2, 3, 4)][:47]
    found = [(a, b % 26) for a, b in clicked]
    return found + [(b, a) for a, b in found[:5]]


def links() -> list[dict[str, Any]]:
    rows = []
    for index, (a, b) in enumerate(pairs()):
        distance = 0.05 + (a * 31 + b * 31) % 97 / 200
        likeness = {"distance": distance, "weight": 1 / (distance + 1e-6)}
        if index < 48:
            rows.append({"source": end(a), "target": end(b), **likeness, "index": index})
        else:
            # The last click was saved before the simulation had put the nodes in.
            rows.append({"source": UUIDS[IMAGES[a]], "target": UUIDS[IMAGES[b]], **likeness})
    return rows


def write_seed(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("crystals.json", [crystal(row) for row in range(26)]),
        ("fdg_nodes.json", [node(row) for row in range(26)]),
        ("fdg_links.json", links()),
    ):
        (folder / name).write_text(json.dumps(rows, indent=2))
    return folder


def vectors() -> np.ndarray:
    """(26, 16) float32, alike within a cluster."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(4, 16))
    return (centres[CLUSTERS] + 0.4 * random.normal(size=(26, 16))).astype(np.float32)
