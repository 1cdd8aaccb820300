"""`crystalviz store ...`: what is in a store, and its way into files and out of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from crystalviz.commands.arguments import command_parser, whole_number

_DESCRIPTION = """\
Look after a store: the folder that `crystalviz analyze` writes (OUT/store), or any other.

  crystalviz store status STORE             collections, objects, how nearest vectors are found
  crystalviz store verify STORE             read everything and say what is damaged
  crystalviz store backup STORE BACKUP      a consistent copy, also while it is being written to
  crystalviz store restore BACKUP STORE     the store that was copied
  crystalviz store export STORE TO          a table, the seed's JSON files, or a running Weaviate
  crystalviz store import FROM STORE        the same, the other way
"""
_EXPORT = """\
Write a collection out of a store. What TO is decides how:

  images.parquet, .csv, .json, .jsonl   a table; CSV and JSON with TO.schema.json beside it
  a folder                              crystals.json, fdg_nodes.json, fdg_links.json
  http://host:8080                      a running Weaviate: schema, vectors, tenants, references
"""
_EXPORT_EXAMPLES = """\
examples:
  crystalviz store export results images.parquet
  crystalviz store export results images.csv --no-vectors
  crystalviz store export results lib/data --links 5
  crystalviz store export results http://localhost:8080
"""
_IMPORT = """\
Write into a store what FROM has, which is read only. What is there by the same id is overwritten:

  images.parquet, .csv, .json, .jsonl   a table, of `store export` or of any other program
  a folder, or crystals.json            crystals.json, fdg_nodes.json, fdg_links.json
  http://host:8080                      a running Weaviate: schema, vectors, tenants, references
"""
_IMPORT_EXAMPLES = """\
examples:
  crystalviz store import images.parquet my_store
  crystalviz store import results/analysis.csv my_store --vectors results/vectors.npy \\
      --collection CrystalImage
  crystalviz store import lib/data my_store
  crystalviz store import http://localhost:8080 my_store --collection CrystalImage

exit codes:
  0 done    1 failed, or some rows were set aside
"""


def add(commands: Any) -> None:
    """Add the command and those within it."""
    group = command_parser(
        commands, "store", "what is in a store, backups, tables", _DESCRIPTION, "", _help
    )
    inner = group.add_subparsers(title="commands", metavar="COMMAND")
    group.set_defaults(parser=group)
    _add_plain(inner)
    _add_export(inner)
    _add_import(inner)


def _add_plain(inner: Any) -> None:
    for name, short, run in (
        ("status", "collections, objects, how nearest vectors are found", _status),
        ("verify", "read everything and say what is damaged", _verify),
    ):
        command = command_parser(inner, name, short, short.capitalize() + ".", "", run)
        command.add_argument("store", metavar="STORE", type=Path, help="the store's folder")
    command = command_parser(
        inner, "backup", "a consistent copy", "Copy a store, also one in use.", "", _backup
    )
    command.add_argument("store", metavar="STORE", type=Path, help="the store's folder")
    command.add_argument("backup", metavar="BACKUP", type=Path, help="where to, outside of it")
    command = command_parser(
        inner, "restore", "the store that was copied", "Make a store of a backup.", "", _restore
    )
    command.add_argument("backup", metavar="BACKUP", type=Path, help="what `store backup` wrote")
    command.add_argument("store", metavar="STORE", type=Path, help="a folder without a store")


def _add_export(inner: Any) -> None:
    command = command_parser(
        inner, "export", "a table, the seed's files, Weaviate", _EXPORT, _EXPORT_EXAMPLES, _export
    )
    command.add_argument("store", metavar="STORE", type=Path, help="the store's folder")
    command.add_argument("to", metavar="TO", help="a table, a folder, or a server's address")
    _add_common(command)
    command.add_argument("--no-vectors", action="store_true", help="leave the vectors out")
    command.add_argument(
        "--links",
        metavar="K",
        type=whole_number(1),
        default=5,
        help="for a folder: links of each image (default: 5)",
    )


def _add_import(inner: Any) -> None:
    command = command_parser(
        inner,
        "import",
        "from a table, the seed's files, Weaviate",
        _IMPORT,
        _IMPORT_EXAMPLES,
        _import,
    )
    command.add_argument("source", metavar="FROM", help="a table, a folder, or a server's address")
    command.add_argument("store", metavar="STORE", type=Path, help="made where it is missing")
    _add_common(command)
    command.add_argument(
        "--vectors", metavar="NPY", type=Path, help="vectors (n, d), one for each row in order"
    )
    command.add_argument(
        "--identity",
        metavar="COLUMN",
        help="for a table without `id`: what an object is known by (default: image_id)",
    )


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--collection",
        metavar="NAME",
        action="append",
        help="which one (default: CrystalImage, or that of the table; of Weaviate all; may be "
        "given several times for Weaviate)",
    )
    command.add_argument("--tenant", metavar="NAME", help="of a collection with tenants")
    command.add_argument(
        "--format",
        choices=("parquet", "csv", "json", "jsonl"),
        help="of the table, where its name does not say it",
    )
    command.add_argument(
        "--grpc-port",
        metavar="PORT",
        type=whole_number(1),
        default=50051,
        help="of Weaviate (default: 50051); its key is taken from the environment, "
        "WEAVIATE_API_KEY",
    )
    command.add_argument("--no-progress", action="store_true", help="no progress bars")


def _help(options: argparse.Namespace) -> int:
    options.parser.print_help(sys.stderr)
    return 2


# -- what they do ------------------------------------------------------------------


def _status(options: argparse.Namespace) -> int:
    from crystalviz.store.files.status import store_status

    print(store_status(_existing(options.store)))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from crystalviz.store import connect

    with connect(_existing(options.store), read_only=True) as client:
        problems = client.verify()
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{options.store}: everything is whole")
    return int(bool(problems))


def _backup(options: argparse.Namespace) -> int:
    from crystalviz.store import connect

    with connect(_existing(options.store), read_only=True) as client:
        client.backup(options.backup)
    print(f"{options.backup}: a backup of {options.store}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from crystalviz.store.backup import restore

    restore(options.backup, options.store)
    print(f"{options.store}: the store of the backup {options.backup}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from crystalviz.store import connect
    from crystalviz.store.files import seed
    from crystalviz.store.files.opening import is_address, require_collection
    from crystalviz.store.files.table_export import export_table
    from crystalviz.store.files.transfer import export_weaviate

    folder = _existing(options.store)
    if is_address(options.to):
        print(export_weaviate(folder, options.to, options.collection, **_server(options)))
        return 0
    name = _one_collection(options) or seed.COLLECTION
    target = Path(options.to)
    with connect(folder, read_only=True) as client:
        collection = require_collection(client, name)
        if options.tenant:
            collection = collection.with_tenant(options.tenant)
        if options.format is None and (target.is_dir() or not target.suffix):
            for path in seed.export_seed(collection, target, k=options.links):
                print(path)
            return 0
        count = export_table(
            collection,
            target,
            vectors=not options.no_vectors,
            format=options.format,
            progress=not options.no_progress,
        )
    print(f"{target}: {collection.name}, {count:,} objects")
    return 0


def _import(options: argparse.Namespace) -> int:
    from crystalviz.store.files import seed
    from crystalviz.store.files.opening import is_address
    from crystalviz.store.files.seed_format import CRYSTALS
    from crystalviz.store.files.table_import import import_table
    from crystalviz.store.files.transfer import import_weaviate

    target = _resolved(options.store)
    if is_address(options.source):
        print(import_weaviate(options.source, target, options.collection, **_server(options)))
        return 0
    source = Path(options.source)
    name = _one_collection(options)
    report: Any
    if source.is_dir() or source.name == CRYSTALS:
        report = seed.import_seed(
            target,
            source if source.is_dir() else source.parent,
            vectors=options.vectors,
            collection=name or seed.COLLECTION,
        )
    else:
        report = import_table(
            source,
            target,
            name,
            tenant=options.tenant,
            vectors=options.vectors,
            identity=options.identity,
            format=options.format,
            progress=not options.no_progress,
        )
    print(report)
    return int(bool(report.problems))


def _one_collection(options: argparse.Namespace) -> str | None:
    given = options.collection or []
    if len(given) > 1:
        raise ValueError("several collections can only be copied from or to a running Weaviate")
    return given[0] if given else None


def _server(options: argparse.Namespace) -> dict[str, Any]:
    import os

    # Not an argument, which every user of the machine can read.
    key = os.environ.get("WEAVIATE_API_KEY")
    settings: dict[str, Any] = {"api_key": key} if key else {}
    return {
        **settings,
        "grpc_port": options.grpc_port,
        "progress": not options.no_progress,
    }


def _resolved(folder: Path) -> Path:
    """Return the store in a folder, which may be the OUT of `crystalviz analyze`."""
    from crystalviz.store.storage.database import DATABASE_NAME

    inside = folder / "store"
    if not (folder / DATABASE_NAME).exists() and (inside / DATABASE_NAME).exists():
        return inside
    return folder


def _existing(folder: Path) -> Path:
    from crystalviz.store.storage.database import DATABASE_NAME

    found = _resolved(folder)
    if not (found / DATABASE_NAME).exists():
        raise FileNotFoundError(f"{folder}: there is no store in this folder")
    return found
