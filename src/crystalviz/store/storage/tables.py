"""The tables of a store file, and how a file of an older format gets those of today."""

from __future__ import annotations

import sqlite3

FORMAT_VERSION = 2

# `seq` grows with every write of an object: what changed since a moment is `seq` > x, and
# `removals` says which rows went away. Caches, indexes and mirrors follow the store by both.
_COLLECTIONS = """
CREATE TABLE collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  config TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  vector_revision INTEGER NOT NULL DEFAULT 0
)"""
_OBJECTS = """
CREATE TABLE objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  tenant TEXT NOT NULL DEFAULT '',
  uuid BLOB NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  properties TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  vectors TEXT,
  UNIQUE (collection, tenant, uuid)
)"""
# The names of the object's vectors, so that a missing one is noticed; NULL in rows that format 1
# wrote.
_COLUMN_OF_FORMAT_2 = "ALTER TABLE objects ADD COLUMN vectors TEXT"
_VECTORS = """
CREATE TABLE vectors (
  object INTEGER NOT NULL REFERENCES objects(seq) ON DELETE CASCADE,
  name TEXT NOT NULL,
  data BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  UNIQUE (object, name)
)"""
_TENANTS = """
CREATE TABLE tenants (
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY (collection, name)
) WITHOUT ROWID"""
_ALIASES = """
CREATE TABLE aliases (
  alias TEXT PRIMARY KEY,
  collection TEXT NOT NULL
) WITHOUT ROWID"""
_REMOVALS = """
CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  uuid BLOB NOT NULL,
  seq INTEGER NOT NULL
)"""
# What each mirror has taken over, in JSON: see crystalviz.store.mirror.
_MIRRORS = """
CREATE TABLE mirrors (
  address TEXT PRIMARY KEY,
  state TEXT NOT NULL
) WITHOUT ROWID"""

# `identity` tells this store from others and from itself before a restore; removals up to
# `pruned` are gone.
_STATE = """
CREATE TABLE state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID"""
_FIRST_STATE = """
INSERT INTO state(key, value) VALUES ('identity', lower(hex(randomblob(16)))), ('pruned', '0')"""

_OF_FORMAT_2 = (_TENANTS, _ALIASES, _REMOVALS, _MIRRORS, _STATE, _FIRST_STATE)

SCHEMA = (_COLLECTIONS, _OBJECTS, _VECTORS, *_OF_FORMAT_2)
# What a table's definition may be, formats of before included.
DEFINITIONS = (*SCHEMA, _OBJECTS.replace("  vectors TEXT,\n", ""))


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of format `version` to today's, within the caller's transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction.
    version : int
        The file's format; 0 for a new one, whose tables `SCHEMA` made.
    """
    if version == 1:
        connection.execute(_COLUMN_OF_FORMAT_2)
        for statement in _OF_FORMAT_2:
            connection.execute(statement)


def stand_in(connection: sqlite3.Connection, version: int) -> None:
    """Let a file of an older format be read as if it were of today's, without writing to it.

    What it lacks are empty tables of this connection alone, and nothing is known of what
    changed when (all of the log counts as forgotten), so that caches read anew.
    """
    connection.execute("PRAGMA temp_store=MEMORY")
    if version == 1:
        for statement in _OF_FORMAT_2:
            connection.execute(statement.replace("CREATE TABLE", "CREATE TEMP TABLE"))
        connection.execute(
            "CREATE TEMP VIEW objects AS SELECT *, NULL AS vectors FROM main.objects"
        )
        connection.execute("UPDATE state SET value=? WHERE key='pruned'", (str(2**62),))
