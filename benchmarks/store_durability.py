"""Proof that the store loses nothing: real `kill -9`, flipped bytes, cut files, a full disk.

    python benchmarks/store_durability.py --kills 1000 --flips 5000 --cuts 500 --full 25

- `--kills`: a process writes to one store and says after each call that it has returned; it is
  killed at a random moment, and the store must be what a plain dict says it is after the last
  acknowledged call, or after the one that was under way, whole.
- `--flips`, `--cuts`: one bit of a small store's files is turned, or a file's end cut off; every
  answer must be the right one or an error of ours, and the process must live.
- `--full`: the writer may not write beyond a random file size (RLIMIT_FSIZE, as a full disk
  refuses); a call either says so and stores nothing, or is stored whole.

Prints what was lost, doubled or answered wrongly; the exit status is 0 if nothing was.
POSIX only: it needs fork and signals.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from tqdm import tqdm

from crystalviz.store import (
    Client,
    Collection,
    DataObject,
    DataType,
    Filter,
    Property,
    connect,
    errors,
)

# An object as the oracle has it: properties, vector.
State = dict[UUID, tuple[dict[str, Any], list[float] | None]]

_NAMES = 80
# Calls that made the small stores; each takes some 200 KB of the log.
_CALLS, _CALLS_IN_LOG = 60, 8
_ACKNOWLEDGED = struct.Struct("<q")


# -- calls and what they do to a dict ------------------------------------------------


def operate(call: int, state: State, things: Collection | None) -> None:
    """Do the call of this number to the dict, and before that to the collection."""
    rng = random.Random(call)
    identity = UUID(int=rng.randrange(_NAMES) + 1)
    properties = {"call": call, "word": rng.choice(("needle", "plate", "twin")) * rng.randrange(9)}
    vector = [float(call), rng.randrange(64) / 64, 1.0, 0.0]
    kind = rng.choices(
        ("write", "many", "update", "replace", "delete", "delete_many", "batch"),
        (4, 2, 3, 2, 2, 1, 1),
    )[0]
    if kind in ("many", "batch"):
        several = {
            UUID(int=rng.randrange(_NAMES) + 1): ({"call": call, "part": part}, [float(part)] * 4)
            for part in range(rng.randrange(1, 60))
        }
        if things is not None and kind == "many":
            things.data.insert_many([DataObject(p, u, v) for u, (p, v) in several.items()])
        elif things is not None:
            with things.batch.fixed_size(1000) as batch:
                for one, (p, v) in several.items():
                    batch.add_object(p, uuid=one, vector=v)
        state.update(several)
    elif kind == "delete_many":
        bound = rng.randrange(max(1, call - 60), call + 1)
        if things is not None:
            things.data.delete_many(Filter.by_property("call").less_than(bound))
        for one in [u for u, (p, _) in state.items() if p["call"] < bound]:
            del state[one]
    elif kind == "delete":
        if things is not None:
            things.data.delete_by_id(identity)
        state.pop(identity, None)
    elif identity not in state:
        if things is not None:
            things.data.insert(properties, uuid=identity, vector=vector)
        state[identity] = (properties, vector)
    elif kind == "update":
        if things is not None:
            things.data.update(identity, {"call": call})
        state[identity] = ({**state[identity][0], "call": call}, state[identity][1])
    else:
        # Every other one loses its vector.
        kept = vector if call % 2 else None
        if things is not None:
            things.data.replace(identity, properties, vector=kept)
        state[identity] = (properties, kept)


def create(client: Client) -> Collection:
    """Make the collection that is written to."""
    return client.collections.create(
        "Things",
        properties=[
            Property("call", DataType.INT),
            Property("part", DataType.INT),
            Property("word", DataType.TEXT),
        ],
    )


def contents(client: Client) -> State:
    """Return what a store's collection holds, asked in several ways that must agree."""
    things = client.collections.use("Things")
    state: State = {}
    for found in things.iterator(include_vector=True):
        if found.uuid in state:
            raise AssertionError(f"{found.uuid} twice")
        properties = {name: v for name, v in found.properties.items() if v is not None}
        state[found.uuid] = (properties, found.vector.get("default"))
    if len(things) != len(state):
        raise AssertionError(f"{len(things)} objects counted, {len(state)} walked through")
    return state


# -- kill -9 ----------------------------------------------------------------------


def kills(count: int, folder: Path, seed: int) -> list[str]:
    """Kill a writer `count` times; return what was lost or doubled."""
    troubles: list[str] = []
    rng = random.Random(seed)
    with connect(folder) as client:
        create(client)
    state: State = {}
    done = calls = 0
    for kill in tqdm(range(count), desc="kill -9", unit="kill"):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _write_until_killed(folder, done, dict(state), writing)
        os.close(writing)
        time.sleep(rng.random() * 0.2)
        os.kill(child, signal.SIGKILL)
        with os.fdopen(reading, "rb") as told:
            said = told.read()
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            troubles.append(f"kill {kill}: the writer failed by itself")
        acknowledged = [n for (n,) in _ACKNOWLEDGED.iter_unpack(said[: len(said) // 8 * 8])]
        for call in acknowledged:
            operate(call, state, None)
        calls += len(acknowledged)
        done += len(acknowledged)
        under_way = dict(state)
        operate(done, under_way, None)
        with connect(folder, read_only=True) as client:
            have = contents(client)
            troubles += [f"kill {kill}: {line}" for line in client.verify()]
        if have == under_way:
            state, done = under_way, done + 1
        elif have != state:
            troubles.append(f"kill {kill}: {_difference(state, have)}")
            state = have
    print(f"{count} kills, {calls} acknowledged calls, {len(troubles)} lost or doubled")
    return troubles


def _write_until_killed(folder: Path, done: int, state: State, pipe: int) -> None:
    try:
        with connect(folder) as client:
            things = client.collections.use("Things")
            call = done
            while True:
                operate(call, state, things)
                os.write(pipe, _ACKNOWLEDGED.pack(call))
                call += 1
    finally:
        os._exit(1)


def _difference(expected: State, have: State) -> str:
    lost = len(expected.keys() - have.keys())
    more = len(have.keys() - expected.keys())
    other = sum(expected[one] != have[one] for one in expected.keys() & have.keys())
    return f"{lost} objects lost, {more} too many, {other} other than acknowledged"


# -- damage ----------------------------------------------------------------------


def answers(client: Client) -> Any:
    """Return answers of every kind."""
    things = client.collections.use("Things")
    near = things.query.near_vector([3.0, 0.5, 1.0, 0.0], limit=9, return_metadata=["distance"])
    some = things.query.fetch_objects(filters=Filter.by_property("call").less_than(60), limit=99)
    return (
        contents(client),
        [(o.uuid, o.properties, o.metadata.distance) for o in near.objects],
        [o.uuid for o in some.objects],
        [str(things.query.fetch_object_by_id(UUID(int=n + 1))) for n in range(0, _NAMES, 9)],
        sorted(client.collections.list_all()),
    )


def damage(count: int, folder: Path, seed: int, kind: str) -> list[str]:
    """Flip a bit, or cut a file, `count` times; return wrong answers and crashes.

    Half of the times the last calls are still in the log beside the file.
    """
    sound = [_small_store(folder / "closed", True), _small_store(folder / "open", False)]
    rng = random.Random(seed)
    troubles: list[str] = []
    told = {"right": 0, "refused": 0}
    for first in tqdm(range(0, count, 100), desc=kind, unit="00"):
        seeds = [rng.random() for _ in range(min(100, count - first))]
        outcome = _in_a_child(lambda seeds=seeds: _damage_some(seeds, sound, folder, kind))
        troubles += outcome[2:]
        told["right"] += int(outcome[0])
        told["refused"] += int(outcome[1])
    print(
        f"{count} {kind}: {told['right']} right answers, {told['refused']} errors of ours, "
        f"{len(troubles)} crashes or wrong answers"
    )
    return troubles


def _small_store(folder: Path, closed: bool) -> tuple[dict[str, bytes], Any]:
    """Return the files of a small store, and its answers."""
    state: State = {}
    with connect(folder) as client:
        things = create(client)
        for call in range(_CALLS if closed else _CALLS_IN_LOG):
            operate(call, state, things)
        files = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}
        right = answers(client)
    if closed:
        files = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}
    # SQLite makes it anew.
    files.pop("store.sqlite3-shm", None)
    if right[0] != state:
        raise AssertionError("the store is wrong without any damage")
    return files, right


def _damage_some(seeds: list[float], sound: Any, folder: Path, kind: str) -> list[str]:
    told = {"right": 0, "refused": 0}
    troubles = []
    for seed in seeds:
        rng = random.Random(seed)
        files, right = rng.choice(sound)
        name = rng.choice(sorted(name for name, data in files.items() if data))
        data = bytearray(files[name])
        at = rng.randrange(len(data))
        if kind == "flips":
            data[at] ^= 1 << rng.randrange(8)
        else:
            del data[at:]
        place = folder / "damaged"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for other, content in files.items():
            (place / other).write_bytes(data if other == name else content)
        try:
            with connect(place) as client:
                got = answers(client)
        except errors.WeaviateBaseError:
            told["refused"] += 1
            continue
        except Exception as error:
            troubles.append(f"{name} at {at}: {type(error).__name__}: {error}")
            continue
        # A log that is cut or damaged ends at its last whole commit, as after a power cut: the
        # calls behind it are lost with its bytes, and what is answered is an earlier state.
        if got == right or (name.endswith("-wal") and _is_earlier(got[0])):
            told["right"] += 1
        else:
            troubles.append(f"{name} at {at}: another answer")
    return [str(told["right"]), str(told["refused"]), *troubles]


def _is_earlier(have: State) -> bool:
    state: State = {}
    for call in range(_CALLS_IN_LOG):
        if have == state:
            return True
        operate(call, state, None)
    return False


def _in_a_child(work: Callable[[], list[str]]) -> list[str]:
    """Return what `work` returns in a process of its own, which it may crash."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w") as told:
                told.write("\0".join(work()))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = told.read().split("\0")
    _, status = os.waitpid(child, 0)
    if status:
        return ["0", "0", f"the process ended with status {status}"]
    return lines


# -- a full disk -------------------------------------------------------------------


def full(count: int, folder: Path, seed: int) -> list[str]:
    """Let a writer run against a file size limit `count` times; return what went wrong."""
    rng = random.Random(seed)
    troubles: list[str] = []
    refused = 0
    for turn in tqdm(range(count), desc="full disk", unit="disk"):
        place = folder / f"full{turn}"
        limit = rng.randrange(400_000, 12_000_000)
        lines = _in_a_child(lambda place=place, limit=limit: _write_until_full(place, limit))
        refused += int(lines[0])
        troubles += [f"limit {limit}: {line}" for line in lines[1:]]
        shutil.rmtree(place, ignore_errors=True)
    print(f"{count} full disks, {refused} calls refused, {len(troubles)} wrong")
    return troubles


def _write_until_full(folder: Path, limit: int) -> list[str]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    state: State = {}
    refused = 0
    troubles = []
    with connect(folder) as client:
        things = create(client)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for call in range(120):
            before = dict(state)
            try:
                operate(call, state, things)
                # Enough to fill it.
                one = UUID(int=1000 + call)
                before = dict(state)
                things.data.insert({"call": 10**6, "word": "x" * 20_000}, uuid=one)
                state[one] = ({"call": 10**6, "word": "x" * 20_000}, None)
            except errors.StoreWriteError:
                refused += 1
                state = before
            if contents(client) != state:
                troubles.append(f"call {call}: {_difference(state, contents(client))}")
                break
    with connect(folder, read_only=True) as client:
        if contents(client) != state:
            troubles.append(f"opened again: {_difference(state, contents(client))}")
        troubles += client.verify()
    if not refused:
        troubles.append("nothing was refused")
    return [str(refused), *troubles]


# -- the command -------------------------------------------------------------------


def main() -> int:
    """Run what was asked for; return 0 if nothing was lost or answered wrongly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("kills", 100), ("flips", 1000), ("cuts", 200), ("full", 10)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        troubles = list(_all(options, Path(scratch)))
    for line in troubles[:20]:
        print(line)
    return 1 if troubles else 0


def _all(options: argparse.Namespace, scratch: Path) -> Iterator[str]:
    if options.kills:
        yield from kills(options.kills, scratch / "kills", options.seed)
    for kind in ("flips", "cuts"):
        if getattr(options, kind):
            yield from damage(getattr(options, kind), scratch / kind, options.seed, kind)
    if options.full:
        yield from full(options.full, scratch / "full", options.seed)


if __name__ == "__main__":
    sys.exit(main())
