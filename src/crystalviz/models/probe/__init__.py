"""Classes of one's own without training: a linear probe on the vectors of a model."""

from crystalviz.models.probe.fit import fit_probe, probe_digest
from crystalviz.models.probe.linear import LinearProbe, ProbeError

__all__ = ["LinearProbe", "ProbeError", "fit_probe", "probe_digest"]
