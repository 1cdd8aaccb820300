"""A store's contents as files: the seed's JSON, tables, and another store's or server's."""
