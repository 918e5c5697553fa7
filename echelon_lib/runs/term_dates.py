"""When teaching begins and how long it lasts, which a timetable of one week does not say."""

from __future__ import annotations

from datetime import date, timedelta

USUAL_WEEKS, MOST_WEEKS = 15, 60


def next_monday() -> date:
    """Return the first day of teaching where nobody says it: the next Monday, or today if it is one."""
    today = date.today()
    return today + timedelta(days=-today.weekday() % 7)
