"""Calendars of people and rooms of a run, for any calendar program."""

from __future__ import annotations

from typing import Any

import ipywidgets

from echelon_lib.formats.calendar_files import Kind, calendars_of, zipped_calendars
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.term_dates import MOST_WEEKS, USUAL_WEEKS, next_monday
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.markup import prose, row

_STYLE = {"description_width": "initial"}


class TermDates(ipywidgets.VBox):
    """When teaching begins and how long it lasts, which a timetable of one week does not say."""

    def __init__(self) -> None:
        first = next_monday()
        self._first = ipywidgets.DatePicker(
            value=first,
            description="First day of teaching",
            style=_STYLE,
            layout=ipywidgets.Layout(width="460px", max_width="100%"),
        )
        self._weeks = ipywidgets.BoundedIntText(
            value=USUAL_WEEKS, min=1, max=MOST_WEEKS, description="Weeks of teaching", style=_STYLE
        )
        super().__init__([row(self._first, self._weeks)])
        self._usual = first

    @property
    def told(self) -> dict[str, Any]:
        """The dates as ``calendars_of`` takes them."""
        return {"first": self._first.value or self._usual, "weeks": self._weeks.value}


def calendar_of_one(outcome: Outcome, id: str) -> ipywidgets.Widget:
    """Return the calendar of one person, room or batch to take away."""
    dates = TermDates()

    def made() -> bytes:
        timetable = outcome.result.best
        assert timetable is not None
        texts = calendars_of(outcome.problem, timetable, ids=[id], **dates.told)
        return next(iter(texts.values())).encode()

    offered = Download("Calendar", f"{id}.ics", made, description="iCalendar: each session, every week.")
    return ipywidgets.VBox([dates, offered])


def calendars_of_run(outcome: Outcome) -> ipywidgets.Widget:
    """Return the calendars of all faculty, and of all rooms, to take away."""
    dates = TermDates()
    name = outcome.folder.name

    def offered(label: str, kind: Kind, about: str) -> Download:
        def made() -> bytes:
            timetable = outcome.result.best
            assert timetable is not None
            return zipped_calendars(outcome.problem, timetable, kind=kind, **dates.told)

        return Download(label, f"{name}-{kind}-calendars.zip", made, description=about)

    return ipywidgets.VBox(
        [
            prose("Calendars (iCalendar) repeat each session weekly; that of one person is under Look up."),
            dates,
            offered(
                "Calendars of the faculty",
                "teacher",
                "A ZIP file with a calendar for each member of the faculty.",
            ),
            offered("Calendars of the rooms", "room", "A ZIP file with a calendar for each room."),
        ]
    )
