"""The second pass of `analyze(..., head=...)`: a probe on the vectors, then its maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from crystalviz.analysis.assembly import Seen, appearances_of, read_seen, scenes_of
from crystalviz.analysis.result import PROBE_FOLDER
from crystalviz.images import ImageSet
from crystalviz.models.errors import ModelFileError
from crystalviz.models.probe import LinearProbe, fit_probe, probe_digest
from crystalviz.records import Database, PassesInterrupted, run_passes
from crystalviz.records.images import intact_passes

# Images between two steps of the bar; each block is committed in batches of its own.
_BLOCK = 256


def fit_or_reuse(
    images: ImageSet, seen: Seen, database: Database, folder: Path, progress: bool
) -> LinearProbe:
    """Return the probe of these labels and vectors: the kept one if it is theirs, else a new one.

    Parameters
    ----------
    images : ImageSet
        Some have labels.
    seen : Seen
        By the model itself.
    database : Database
    folder : Path
        The store folder; the probe is kept there.
    progress : bool

    Raises
    ------
    ProbeError
        If all labels are of one class.
    """
    done = [row for row, content in enumerate(seen.contents) if content is not None]
    labels = [images.labels[row] for row in done]
    keys = [str(seen.contents[row]) for row in done]
    vectors, _, _ = read_seen(seen, database)
    _, scenes = scenes_of(images, seen, database)
    digest = probe_digest(vectors, labels, scenes, model=seen.model, keys=keys)
    try:
        kept = LinearProbe.load(folder / PROBE_FOLDER)
        if kept.digest == digest:
            return kept
    except ModelFileError:
        # None yet, or damaged: it is made again either way.
        pass
    probe = fit_probe(
        vectors,
        labels,
        scenes,
        model=seen.model,
        keys=keys,
        appearance=appearances_of(seen, database),
        progress=progress,
    )
    probe.save(folder / PROBE_FOLDER)
    return probe


def seen_by_probe(images: ImageSet, seen: Seen, probe: LinearProbe, database: Database) -> Seen:
    """Return which passes the probe needs, done or not.

    Every image is seen by the head that may judge it: one that the probe was fitted on, or a copy
    of such, by that of its fold, so that its class, its probability and its map all come from a
    head that knows nothing of its scene.
    """
    _, scenes = scenes_of(images, seen, database)
    done = [row for row, content in enumerate(seen.contents) if content is not None]
    own = [probe.head_of(str(seen.contents[row])) for row in done]
    of_scene = {scene: head for scene, head in zip(scenes, own, strict=True) if head}
    heads = [0] * len(images)
    for row, scene, head in zip(done, scenes, own, strict=True):
        heads[row] = head or of_scene.get(scene, 0)
    models = {head: probe.attach(seen.model, head) for head in sorted(set(heads))}
    face = models[heads[0]]
    return replace(
        seen,
        fingerprints=[models[head].fingerprint for head in heads],
        class_names=face.class_names,
        map_shape=face.map_shape,
        cam_layer=face.cam_layer,
        predicts=True,
        head=f"probe: {probe.summary}",
        probe=probe,
        heads=heads,
    )


def run_probe(
    images: ImageSet, seen: Seen, database: Database, progress: bool, n_jobs: int | None = None
) -> tuple[list[str | None], int]:
    """Make the passes of `seen_by_probe` that `database` lacks.

    Returns
    -------
    contents : list of (str or None)
        Record key of each image; None for one that was set aside.
    computed : int
        Images that went through the model.

    Raises
    ------
    PassesInterrupted
        When interrupted; the message says how many images are done.
    """
    assert seen.probe is not None
    heads = seen.heads or [0] * len(images)
    wanted: dict[int, dict[str, int]] = {head: {} for head in sorted(set(heads))}
    for row, (content, head) in enumerate(zip(seen.contents, heads, strict=True)):
        if content is not None:
            wanted[head].setdefault(content, row)
    fingerprints = dict(zip(heads, seen.fingerprints, strict=True))
    done = {
        head: intact_passes(database, fingerprints[head], keys) for head, keys in wanted.items()
    }
    todo = {
        head: [row for key, row in keys.items() if key not in done[head]]
        for head, keys in wanted.items()
    }

    def contents_now() -> list[str | None]:
        return [
            content if content in done[head] else None
            for content, head in zip(seen.contents, heads, strict=True)
        ]

    total, computed = sum(map(len, wanted.values())), 0
    bar = tqdm(
        total=total,
        initial=total - sum(map(len, todo.values())),
        desc="Class maps",
        unit="image",
        disable=not progress,
        dynamic_ncols=True,
    )
    try:
        with bar:
            for head, rows in todo.items():
                model: Any = seen.probe.attach(seen.model, head)
                for start in range(0, len(rows), _BLOCK):
                    block = rows[start : start + _BLOCK]
                    result = run_passes(images.subset(block), model, database, False, n_jobs)
                    done[head].update(key for key in result.contents if key is not None)
                    computed += result.computed
                    bar.update(len(block))
    except KeyboardInterrupt:
        for head, keys in wanted.items():
            done[head] = intact_passes(database, fingerprints[head], keys)
        contents = contents_now()
        count = sum(key is not None for key in contents)
        raise PassesInterrupted(
            f"the class maps of {count} of {len(images)} images are done and kept; the next run "
            "goes on from there",
            contents,
        ) from None
    contents = contents_now()
    explained = {name for name, _ in images.problems}
    for row, content in enumerate(contents):
        if content is None and seen.contents[row] is not None and images.ids[row] not in explained:
            images.problems.append(
                (images.ids[row], "the file changed between two passes; run again")
            )
    return contents, computed
