"""Pushing what collections are made of: their schemas, cross-references and aliases."""

from __future__ import annotations

from crystalviz.store.mirror import outbox, shape
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.outbox import LocalCollection
from crystalviz.store.mirror.state import CollectionCursor
from crystalviz.store.mirror.target import ServerRefusedError, Target


def drop_deleted(context: PushContext, target: Target, locals_: list[LocalCollection]) -> None:
    """Delete on the server those collections of the mirror that were deleted here."""
    there = {local.name: local.id for local in locals_}
    for name, cursor in list(context.state.collections.items()):
        if there.get(name) == cursor.id:
            continue
        if cursor.made:
            target.drop(name)
        elif name not in there:
            context.note(
                f"{name} was deleted here; the server had it before the mirror, and keeps it"
            )
        del context.state.collections[name]
        context.save()


def push_schemas(
    context: PushContext, target: Target, locals_: list[LocalCollection], newest: int
) -> list[LocalCollection]:
    """Bring the server's collections to ours; return those that can take our objects.

    Parameters
    ----------
    newest : int
        Id of the newest removal: none of those so far concerns a collection that is new there.
    """
    fitting = [local for local in locals_ if _fits(context, target, local, newest)]
    # Only now, because a cross-reference needs the collection that it points to.
    return [local for local in fitting if _complete(context, target, local)]


def _fits(context: PushContext, target: Target, local: LocalCollection, newest: int) -> bool:
    cursor = context.state.collections.get(local.name)
    if cursor is not None and cursor.config == local.checksum:
        with context.database.reading() as connection:
            if not outbox.has_changes(connection, local, cursor):
                return True
        # A server that came back empty would make it by itself at the first object, in its way.
        if target.exists(local.name):
            return True
        context.lost(cursor, f"no collection {local.name}")
        cursor.made = True
    ours = context.schema(local.name)
    if ours is None:
        return False
    try:
        theirs = target.schema(local.name)
        if theirs is None:
            target.create(shape.without_references(ours))
        else:
            found = shape.difference(ours, theirs)
            if found.conflicts:
                raise ServerRefusedError(
                    f"{local.name} on the server does not fit ours: {'; '.join(found.conflicts)}. "
                    "Delete it there to have it made anew, or mirror to another server"
                )
            for prop in found.properties:
                target.add_property(local.name, shape.as_property(prop))
    except ServerRefusedError as error:
        context.conflicts[local.name] = str(error)
        return False
    if cursor is None:
        context.state.collections[local.name] = CollectionCursor(
            local.id, removal=newest, made=theirs is None
        )
        context.save()
    return True


def _complete(context: PushContext, target: Target, local: LocalCollection) -> bool:
    cursor = context.cursor(local)
    if cursor.config == local.checksum:
        return True
    ours, theirs = context.schema(local.name), target.schema(local.name)
    if ours is None or theirs is None:
        return False
    try:
        for reference in shape.difference(ours, theirs).references:
            target.add_reference(local.name, shape.as_reference(reference))
    except ServerRefusedError as error:
        context.conflicts[local.name] = str(error)
        return False
    cursor.config = local.checksum
    context.save()
    return True


def push_aliases(
    context: PushContext, target: Target, aliases: dict[str, str], fitting: list[LocalCollection]
) -> None:
    """Bring the server's aliases to ours; those that it has beside ours are left alone."""
    known = {local.name for local in fitting}
    pushed = context.state.aliases
    try:
        for alias in sorted(set(pushed) - set(aliases)):
            target.drop_alias(alias)
            del pushed[alias]
        for alias, name in sorted(aliases.items()):
            if pushed.get(alias) != name and name in known:
                target.set_alias(alias, name)
                pushed[alias] = name
    except ServerRefusedError as error:
        context.note(f"the server refused an alias: {error}")
