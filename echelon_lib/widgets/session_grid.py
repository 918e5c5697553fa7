"""The week of a university as a grid that the browser filters and draws as far as it can be seen."""

from __future__ import annotations

import sys
from array import array
from typing import ClassVar, Literal, TypeAlias, get_args

import traitlets

from echelon_lib.analysis.session_columns import COLUMNS, SessionColumns
from echelon_lib.widgets.view import View, script_of, style_of

GridBy: TypeAlias = Literal["department", "faculty", "group", "room", "course"]
GRID_BY: tuple[GridBy, ...] = get_args(GridBy)
"""What the rows of the grid may be."""


class SessionGrid(View):
    """The sessions of a timetable, each a button in the row of its room, group, department and so on.

    They are sent once, as columns of whole numbers of four bytes. Rows, filters, the week of a single row and
    what is known of a session are made in the browser, so that they are there at once even while the kernel
    is busy. ``by`` is what the rows are; it may be set from either side.

    Parameters
    ----------
    sessions
        What is shown; nothing when left out.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)
    page_may_set: ClassVar[frozenset[str]] = frozenset({"by"})

    by = traitlets.Enum(GRID_BY, default_value=GRID_BY[0]).tag(sync=True)
    days = traitlets.List(traitlets.Unicode()).tag(sync=True)
    hours = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sessions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    fields = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.Bytes().tag(sync=True)
    names = traitlets.Dict().tag(sync=True)
    lists = traitlets.Dict().tag(sync=True)

    def __init__(self, sessions: SessionColumns | None = None) -> None:
        super().__init__()
        if sessions is not None:
            self.show(sessions)

    def show(self, sessions: SessionColumns) -> None:
        """Show other sessions."""
        with self.hold_sync():
            self.days, self.hours = list(sessions.days), list(sessions.hours)
            self.sessions = list(sessions.sessions)
            self.fields = list(COLUMNS)
            self.names = {kind: [[*one.ids], [*one.about]] for kind, one in sessions.names.items()}
            self.lists = {kind: [[*one] for one in known] for kind, known in sessions.lists.items()}
            self.columns = b"".join(_four_bytes_each(sessions.columns[name]) for name in COLUMNS)


def _four_bytes_each(numbers: array[int]) -> bytes:
    """Return numbers as every browser reads them: four bytes, the lowest first."""
    if numbers.itemsize == 4 and sys.byteorder == "little":
        return numbers.tobytes()
    return b"".join(number.to_bytes(4, "little", signed=True) for number in numbers)
