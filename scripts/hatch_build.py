"""Hatchling's hook: every wheel, sdist and editable install has the built widgets in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))
import widgets


class WidgetsBuildHook(BuildHookInterface):
    """Build the widgets before anything is packed."""

    def dependencies(self) -> list[str]:
        """Return the package that brings Node where the system has none and one is needed."""
        return [] if widgets.is_built() or widgets.find_node() else [widgets.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles unless they are newer than every source."""
        try:
            widgets.build()
        except widgets.WidgetsBuildError as error:
            self.app.abort(f"crystalviz: {error}")
