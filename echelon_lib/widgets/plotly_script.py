"""Plotly's own script, brought to a page once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echelon_lib.plots.page import compressed_script
from echelon_lib.widgets.view import View, script_of


class PlotlyScript(View):
    """Brings plotly's script to the page, if it is not there yet; one on a page is enough.

    The page fetches it from the kernel when it shows this: never from another host, and not with the state
    of the widgets, which a page must have before it can show anything.
    """

    _esm = script_of(__file__)

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Send the script to a page that has none."""
        if content.get("kind") == "need":
            self.send({"kind": "script"}, [compressed_script()])
