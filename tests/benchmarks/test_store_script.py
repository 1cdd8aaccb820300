"""The benchmark of the store on tiny work."""

from __future__ import annotations

from tests.benchmarks.test_targets import verdicts


def test_store_script():
    from feature_like import feature_like

    import store

    vectors = feature_like(300, 32, 20)
    found = verdicts(store._exact(vectors))
    assert found["recall@10, defaults"] == "PASS"
    assert "store, the whole query" in found
    # Searched exactly, being so few: there is no bare graph to compare with.
    found = verdicts(store._hnsw("in groups", feature_like(3000, 16, 20)))
    assert found["recall@10, defaults"] == "PASS"
    assert found["self-recall, half of the vectors copies"] == "PASS"
