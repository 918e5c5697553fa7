"""The field for the seconds that a search may take, wherever one is started."""

from __future__ import annotations

import ipywidgets
import traitlets

from echelon_lib.widgets.page_state import LONGEST_RUN, PageState


def seconds_field(state: PageState, words: str = "Seconds it may take") -> ipywidgets.BoundedFloatText:
    """Return a field that shows and sets the seconds of a page's state."""
    field = ipywidgets.BoundedFloatText(
        min=1.0, max=LONGEST_RUN, step=30.0, description=words, style={"description_width": "initial"}
    )
    traitlets.link((state, "seconds"), (field, "value"))
    return field
