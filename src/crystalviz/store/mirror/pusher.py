"""One pass over the store: what the server has not taken is pushed, in an order that is safe.

Collections first, then tenants, deletions, objects, and at the end those objects that the
server refused before. Each step reads the store as it is at that moment, and a write that
comes later has a `seq` behind the cursor: so a pass may be cut anywhere and repeated.

The conflict rule: the local store wins. An object that was written here replaces the server's
object of the same uuid, whatever that one says; one that was deleted here is deleted there.
What the server has beside ours (objects, properties, collections) is left alone.
"""

from __future__ import annotations

from collections.abc import Callable

from crystalviz.store.mirror import outbox
from crystalviz.store.mirror.contents import push_objects, push_removals, retry_refused
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.structure import drop_deleted, push_aliases, push_schemas
from crystalviz.store.mirror.target import ServerRefusedError, Target
from crystalviz.store.mirror.tenants import open_tenants, set_states
from crystalviz.store.storage.changes import position


def push(context: PushContext, target: Target, go_on: Callable[[], bool]) -> None:
    """Push what the server has not taken; what it refuses is in `context.conflicts` afterwards.

    Parameters
    ----------
    context : PushContext
        The store, and how far the server is.
    target : Target
        The server.
    go_on : callable
        Asked between steps; False ends the pass early.

    Raises
    ------
    ServerAwayError
        When the server stops answering.
    """
    with context.database.reading() as connection:
        locals_ = outbox.collections(connection)
        aliases = outbox.aliases(connection)
        here = position(connection)
    newest = here.removal
    context.conflicts.clear()
    _notice_restored(context, here.store)
    drop_deleted(context, target, locals_)
    fitting = push_schemas(context, target, locals_, newest)
    for local in fitting:
        try:
            open_tenants(context, target, local)
            push_removals(context, target, local, go_on)
            push_objects(context, target, local, go_on)
            if go_on():
                set_states(context, target, local)
                # Every removal up to here has been looked at, whichever collection it was of.
                cursor = context.cursor(local)
                cursor.removal = max(cursor.removal, newest)
        except ServerRefusedError as error:
            context.conflicts[local.name] = str(error)
    retry_refused(context, target, fitting, go_on)
    push_aliases(context, target, aliases, fitting)
    cursors = context.state.collections
    context.state.removal = min(
        [newest, *(cursors[one.name].removal for one in locals_ if one.name in cursors)]
    )
    context.save()


def _notice_restored(context: PushContext, store: str) -> None:
    """Push everything again from a store that was restored: the server is ahead of it.

    What was written between the backup and now is on the server only, and left alone there.
    """
    state = context.state
    if state.store not in ("", store):
        context.note("the store was restored from a backup: it is pushed again")
        for cursor in state.collections.values():
            cursor.seq, cursor.config, cursor.tenants = 0, -1, {}
    state.store = store
