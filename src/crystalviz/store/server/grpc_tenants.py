"""gRPC `TenantsGet`."""

from __future__ import annotations

import time

from weaviate.proto.v1 import tenants_pb2

from crystalviz.store.client import Client

_STATUSES = {
    "ACTIVE": tenants_pb2.TENANT_ACTIVITY_STATUS_HOT,
    "INACTIVE": tenants_pb2.TENANT_ACTIVITY_STATUS_COLD,
    "OFFLOADED": tenants_pb2.TENANT_ACTIVITY_STATUS_FROZEN,
}


def tenants_get(
    client: Client, request: tenants_pb2.TenantsGetRequest
) -> tenants_pb2.TenantsGetReply:
    """Return the tenants of a collection, all or those named."""
    started = time.perf_counter()
    tenants = client.collections.use(request.collection).tenants
    if request.HasField("names"):
        found = tenants.get_by_names(list(request.names.values))
    else:
        found = tenants.get()
    return tenants_pb2.TenantsGetReply(
        took=time.perf_counter() - started,
        tenants=[
            tenants_pb2.Tenant(
                name=tenant.name, activity_status=_STATUSES[tenant.activity_status.value]
            )
            for tenant in found.values()
        ],
    )
