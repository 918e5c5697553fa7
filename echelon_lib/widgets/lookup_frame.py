"""The page of a run in which a person looks up and prints timetables, within another page."""

from __future__ import annotations

import traitlets

from echelon_lib.widgets.view import View, script_of, style_of


class LookupFrame(View):
    """A frame that shows a page which may run its own script and print, and nothing else.

    It has no access to the page around it, to the kernel, to storage or to a network.

    Parameters
    ----------
    html
        The page, as ``formats.viewer.viewer_html`` makes it.
    title
        What the frame is called for those who do not see it.
    height
        Pixels.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)

    html = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(min=100).tag(sync=True)

    def __init__(
        self, html: str = "", *, title: str = "Look up and print timetables", height: int = 760
    ) -> None:
        super().__init__(html=html, title=title, height=height)
