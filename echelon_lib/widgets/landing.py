"""A place on a page to which whoever reads is taken when something new stands there."""

from __future__ import annotations

import traitlets

from echelon_lib.widgets.view import View, script_of


class Landing(View):
    """Stands before what is new; nothing is seen of it."""

    _esm = script_of(__file__)

    times = traitlets.Int(0).tag(sync=True)

    def land(self) -> None:
        """Take whoever reads to this place."""
        self.times += 1
