"""A probe on the disk: numbers in `probe.npz`, facts in `probe.json`. Nothing is pickled."""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import crystalviz
from crystalviz.models.errors import ModelFileError

if TYPE_CHECKING:
    from crystalviz.models.probe.linear import LinearProbe

NUMBERS_FILE = "probe.npz"
FACTS_FILE = "probe.json"
REFERENCE_FILE = "probe.reference.npz"
_FORMAT = 1
_ARRAYS = ("weights", "bias", "codes", "folds", "scenes", "out_of_scene")
_DAMAGED = 'fit it again with head="probe", or restore the file from a copy'


def write_probe(probe: LinearProbe, folder: Path) -> Path:
    """Write the files; each appears when it is complete, the facts last."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = io.BytesIO()
    arrays: dict[str, Any] = {name: getattr(probe, name) for name in _ARRAYS}
    np.savez_compressed(numbers, keys=np.array(probe.keys, np.str_), **arrays)
    facts = {
        "format": _FORMAT,
        "crystalviz": crystalviz.__version__,
        "class_names": list(probe.class_names),
        "model_name": probe.model_name,
        "model_vectors": probe.model_vectors,
        "strengths": list(probe.strengths),
        "digest": probe.digest,
        "dimension": probe.dimension,
        "labelled_images": len(probe.codes),
        "right_out_of_scene": int(probe.correct.sum()),
        "summary": probe.summary,
        "reference": probe.reference is not None,
        "blake2b": _digest(numbers.getvalue()),
    }
    if probe.reference is not None:
        draft = folder / f".{uuid.uuid4().hex}.part"
        try:
            probe.reference.save(draft)
            os.replace(draft, folder / REFERENCE_FILE)
        finally:
            draft.unlink(missing_ok=True)
    _replace(folder / NUMBERS_FILE, numbers.getvalue())
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    _replace(folder / FACTS_FILE, text.encode())
    return folder


def read_probe(path: Path) -> LinearProbe:
    """Read what `write_probe` wrote.

    Raises
    ------
    ModelFileError
        If there is none, it is damaged, or of a newer crystalviz.
    """
    from crystalviz.models.novelty import Reference
    from crystalviz.models.probe.linear import LinearProbe

    folder = path.parent if path.name in (NUMBERS_FILE, FACTS_FILE, REFERENCE_FILE) else path
    try:
        data = (folder / NUMBERS_FILE).read_bytes()
        text = (folder / FACTS_FILE).read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{folder}: holds no probe ({FACTS_FILE} and {NUMBERS_FILE}: {error.strerror}); "
            'make one with head="probe" on a folder whose subfolders name the classes'
        ) from error
    try:
        facts = json.loads(text)
        if facts["format"] > _FORMAT:
            raise ModelFileError(
                f"{folder}: the probe was written by a newer crystalviz "
                f"({facts['crystalviz']}); pip install --upgrade crystalviz"
            )
        if facts["blake2b"] != _digest(data):
            raise ModelFileError(
                f"{folder / NUMBERS_FILE}: does not belong to {FACTS_FILE}; {_DAMAGED}"
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as numbers:
            return LinearProbe(
                class_names=tuple(facts["class_names"]),
                strengths=tuple(facts["strengths"]),
                keys=tuple(numbers["keys"].tolist()),
                model_name=facts["model_name"],
                model_vectors=facts["model_vectors"],
                digest=facts["digest"],
                reference=Reference.load(folder / REFERENCE_FILE) if facts["reference"] else None,
                **{name: numbers[name] for name in _ARRAYS},
            )
    except ModelFileError:
        raise
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{folder}: the probe is damaged ({error}); {_DAMAGED}") from error


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
