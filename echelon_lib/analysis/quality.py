"""How good a timetable of a university is, in measures with published formulas."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import pstdev
from typing import NamedTuple

import pandas as pd

from echelon_lib.constraints.base import View
from echelon_lib.constraints.compactness import building_changes, building_stays
from echelon_lib.constraints.load import hours
from echelon_lib.constraints.times import PreferredTimes
from echelon_lib.domain.calendar import Time, ones
from echelon_lib.domain.people import AttendeeKind
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class QualityMeasures:
    """Measures of one timetable; None where nothing can be measured. Hours are slots, students are people.

    A batch of students counts as often as it has people; only what is placed counts.

    Parameters
    ----------
    faculty_preference
        100 × hours taught at preferred times ÷ hours taught, over the faculty whose wishes are priced.
    student_compactness
        10 × hours attended ÷ hours from the first to the last of a day, both added over all student-days.
    faculty_compactness
        The same over the days of the faculty.
    student_idle
        Idle hours between the first and the last of a day ÷ student-days.
    room_utilisation
        100 × hours in which rooms are in use ÷ (rooms × hours of the week). No timetable that places every
        session changes it, so it has no price.
    seat_utilisation
        100 × people ÷ seats of the room, both times the hours of a meeting and added over all meetings.
    workload_deviation
        Standard deviation σ of the weekly hours over all faculty. No timetable changes it: the files say who
        teaches what, and what they leave open is dealt out evenly before. So it has no price.
    peak_load
        Meetings in the busiest hour ÷ mean of the meetings over all hours of the week.
    same_day_repeats
        100 × meetings beyond the first of their section on a day ÷ meetings of sections with several.
    lecture_continuity
        100 × lectures that begin at the hour of the day at which most of their section begin ÷ lectures, over
        the sections with several; labs are apart.
    rooms_per_section
        Mean of the number of different rooms over the sections with several meetings of one length.
    building_travel
        Changes of building between meetings without a break ÷ student-days.
    """

    faculty_preference: float | None
    student_compactness: float | None
    faculty_compactness: float | None
    student_idle: float | None
    room_utilisation: float | None
    seat_utilisation: float | None
    workload_deviation: float | None
    peak_load: float | None
    same_day_repeats: float | None
    lecture_continuity: float | None
    rooms_per_section: float | None
    building_travel: float | None


class Line(NamedTuple):
    """How a measure is shown: its name for people, its unit, which way is better, and its formula."""

    title: str
    unit: str
    better: str
    formula: str


LINES: Mapping[str, Line] = {
    "faculty_preference": Line(
        "Faculty preference", "%", "higher", "hours taught at preferred times ÷ hours taught"
    ),
    "student_compactness": Line(
        "Compactness for students",
        "of 10",
        "higher",
        "10 × hours attended ÷ hours from the first to the last, over all student-days",
    ),
    "faculty_compactness": Line(
        "Compactness for faculty",
        "of 10",
        "higher",
        "10 × hours taught ÷ hours from the first to the last, over all faculty-days",
    ),
    "student_idle": Line(
        "Idle hours of students", "a student-day", "lower", "idle hours between meetings ÷ student-days"
    ),
    "room_utilisation": Line(
        "Room utilisation", "%", "higher", "room hours in use ÷ (rooms × hours of the week)"
    ),
    "seat_utilisation": Line(
        "Seat utilisation", "%", "higher", "people ÷ seats of the rooms in use, by hours"
    ),
    "workload_deviation": Line(
        "Workload σ", "hours", "lower", "standard deviation of weekly hours over faculty"
    ),
    "peak_load": Line("Peak load", "× mean", "lower", "meetings in the busiest hour ÷ mean over the week"),
    "same_day_repeats": Line(
        "Same-day repeats", "%", "lower", "meetings beyond the first of their section on a day ÷ meetings"
    ),
    "lecture_continuity": Line(
        "Lecture continuity",
        "%",
        "higher",
        "lectures at the hour of the day of most of their section ÷ lectures of sections with several",
    ),
    "rooms_per_section": Line(
        "Rooms of a section", "rooms", "lower", "different rooms of a section, on average"
    ),
    "building_travel": Line(
        "Building travel", "a student-day", "lower", "changes of building without a break ÷ student-days"
    ),
}
"""The measures in the order in which they are shown."""


def quality(problem: Problem, timetable: Timetable) -> QualityMeasures:
    """Measure a timetable.

    Parameters
    ----------
    problem
        The problem, of a university or of whoever else has fixed groups.
    timetable
        Any timetable of it, complete or not.

    Returns
    -------
    QualityMeasures
        What each measure is; the formulas are in its description.
    """
    view = View(problem, timetable)
    students, faculty = _Days(view, "group"), _Days(view, "teacher")
    used, seats, people = _rooms(view)
    calendar = problem.calendar
    week = len(calendar.days) * calendar.slots * calendar.weeks
    loads = [
        sum(hours(placement.time) for placement, _ in view.placed_of(teacher.id))
        for teacher in problem.teachers
    ]
    load = _load(view)
    repeats, several = _repeats(view)
    usual, lectures = _continuity(view)
    return QualityMeasures(
        faculty_preference=_preference(view),
        student_compactness=_ratio(10 * students.taught, students.span),
        faculty_compactness=_ratio(10 * faculty.taught, faculty.span),
        student_idle=_ratio(students.span - students.taught, students.days),
        room_utilisation=_ratio(100 * used, len(problem.rooms) * week),
        seat_utilisation=_ratio(100 * people, seats),
        workload_deviation=pstdev(loads) if loads else None,
        peak_load=_ratio(max(load.values(), default=0) * week, sum(load.values())),
        same_day_repeats=_ratio(100 * repeats, several),
        lecture_continuity=_ratio(100 * usual, lectures),
        rooms_per_section=_rooms_per_section(view),
        building_travel=_ratio(_changes(view), students.days) if problem.rooms else None,
    )


def quality_table(measures: Mapping[str, QualityMeasures]) -> pd.DataFrame:
    """Return one row for each measure and one column for each timetable.

    Parameters
    ----------
    measures
        The measures of each timetable by its name, such as that of its variant.

    Returns
    -------
    DataFrame
        Measure, one column of numbers for each name (missing where nothing was measured), Unit, Better
        (``higher`` or ``lower``), Formula.
    """
    table = pd.DataFrame({"Measure": [line.title for line in LINES.values()]})
    for name, one in measures.items():
        table[name] = pd.Series([getattr(one, field) for field in LINES], dtype="float64")
    table["Unit"] = [line.unit for line in LINES.values()]
    table["Better"] = [line.better for line in LINES.values()]
    table["Formula"] = [line.formula for line in LINES.values()]
    return table


class _Days:
    """Hours attended, hours from the first to the last of a day, and days, added over some attendees."""

    def __init__(self, view: View, kind: AttendeeKind) -> None:
        self.taught = self.span = self.days = 0
        for attendee, sections in view.attending:
            if attendee.kind != kind:
                continue
            taken = view.taken(sections)
            span, days = span_of(taken, view.problem.calendar.slots)
            self.taught += taken.bit_count() * attendee.size
            self.span += span * attendee.size
            self.days += days * attendee.size


def span_of(taken: int, slots: int) -> tuple[int, int]:
    """Return the hours from the first to the last of a day, added over the days, and the days.

    Parameters
    ----------
    taken
        The slots of somebody's week, as ``Calendar.mask`` numbers them.
    slots
        Slots of a day.
    """
    full, span, days = (1 << slots) - 1, 0, 0
    while taken:
        day = taken & full
        if day:
            span += day.bit_length() - (day & -day).bit_length() + 1
            days += 1
        taken >>= slots
    return span, days


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def preferred_hours(view: View) -> Iterator[tuple[str, int, int]]:
    """Yield the faculty whose wishes count, with their hours taught at preferred times, and all hours."""
    calendar = view.problem.calendar
    for rule in view.problem.constraints:
        if isinstance(rule, PreferredTimes) and rule.scope.attendee is not None:
            mask = liked = total = 0
            for time in rule.times:
                mask |= calendar.mask(time)
            for placement, _ in view.placed_of(rule.scope.attendee):
                taught = calendar.mask(placement.time)
                total += taught.bit_count()
                liked += (taught & mask).bit_count()
            yield rule.scope.attendee, liked, total


def _preference(view: View) -> float | None:
    hours = [(liked, total) for _, liked, total in preferred_hours(view)]
    return _ratio(100 * sum(liked for liked, _ in hours), sum(total for _, total in hours))


def _rooms(view: View) -> tuple[int, int, int]:
    """Return the room hours in use, and seats and people of all meetings times their hours."""
    problem, calendar = view.problem, view.problem.calendar
    taken: defaultdict[str, int] = defaultdict(int)
    seats = people = 0
    for meeting, section in problem.section_of.items():
        placement = view.placement(meeting)
        if placement is None or placement.room is None or placement.room not in problem.room:
            continue
        mask = calendar.mask(placement.time)
        taken[placement.room] |= mask
        seats += problem.room[placement.room].capacity * mask.bit_count()
        people += (section.headcount + view.enrolled(section.id)) * mask.bit_count()
    return sum(mask.bit_count() for mask in taken.values()), seats, people


def _load(view: View) -> Counter[int]:
    """Return the meetings at work in each slot."""
    at_work: Counter[Time] = Counter()
    for meeting in view.problem.meetings:
        placement = view.placement(meeting)
        if placement is not None:
            at_work[placement.time] += 1
    load: Counter[int] = Counter()
    for time, count in at_work.items():
        for slot in ones(view.problem.calendar.mask(time)):
            load[slot] += count
    return load


def _repeats(view: View) -> tuple[int, int]:
    """Return the meetings beyond the first of their section on a day, and the meetings that could be any."""
    slots = view.problem.calendar.slots
    repeats = several = 0
    for section in view.problem.sections.values():
        placed = [p for meeting in section.meetings if (p := view.placement(meeting.id)) is not None]
        if len(placed) < 2:
            continue
        several += len(placed)
        days = Counter(
            day
            for placement in placed
            for day in {slot // slots for slot in ones(view.problem.calendar.mask(placement.time))}
        )
        repeats += sum(count - 1 for count in days.values())
    return repeats, several


def _continuity(view: View) -> tuple[int, int]:
    """Return the lectures at the usual hour of their section, and the lectures of sections with several."""
    usual = several = 0
    for section in view.problem.sections.values():
        if "Lab" in section.tags:
            continue
        hours = Counter(
            placement.time.start
            for meeting in section.meetings
            if (placement := view.placement(meeting.id)) is not None
        )
        if hours.total() > 1:
            usual, several = usual + max(hours.values()), several + hours.total()
    return usual, several


def _rooms_per_section(view: View) -> float | None:
    rooms = groups = 0
    for section in view.problem.sections.values():
        used: defaultdict[int, list[str]] = defaultdict(list)
        for meeting in section.meetings:
            placement = view.placement(meeting.id)
            if placement is not None and placement.room is not None:
                used[placement.time.length].append(placement.room)
        for names in used.values():
            if len(names) > 1:
                rooms, groups = rooms + len(set(names)), groups + 1
    return _ratio(rooms, groups)


def _changes(view: View) -> int:
    """Return how often people change buildings without a break."""
    stays = building_stays(view)
    return sum(
        attendee.size * len(building_changes(stays, sections))
        for attendee, sections in view.attending
        if attendee.kind == "group"
    )
