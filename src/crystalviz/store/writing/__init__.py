"""Writing to a collection: objects, batches, references, tenants; values checked and encoded."""
