"""The embedded store: objects, properties and vectors in a folder, with Weaviate's calls."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from crystalviz.store.backup.whole import restore
from crystalviz.store.classes import *  # noqa: F403  (its names are this package's names)
from crystalviz.store.classes import __all__ as _classes
from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.connecting import connect
from crystalviz.store.identity import generate_uuid5

if TYPE_CHECKING:
    from crystalviz.store.files.seed import export_seed, import_seed
    from crystalviz.store.files.table_export import export_table
    from crystalviz.store.files.table_import import import_table
    from crystalviz.store.files.transfer import export_weaviate, import_weaviate
    from crystalviz.store.server import serve

# Loaded on first use: they bring pandas, or gRPC.
_LATER = {
    "export_seed": "files.seed",
    "export_table": "files.table_export",
    "export_weaviate": "files.transfer",
    "import_seed": "files.seed",
    "import_table": "files.table_import",
    "import_weaviate": "files.transfer",
    "serve": "server",
}

__all__ = [
    "Client",
    "Collection",
    "connect",
    "export_seed",
    "export_table",
    "export_weaviate",
    "generate_uuid5",
    "import_seed",
    "import_table",
    "import_weaviate",
    "restore",
    "serve",
]
__all__ += _classes


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
