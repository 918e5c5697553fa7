"""The rules of a university as constraints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from echelon_lib.constraints.base import Constraint
from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.constraints.load import EvenLoad, Staffed, WeeklyHours
from echelon_lib.constraints.rooms import EmptySeats, RoomCapacity, RoomsPerSection
from echelon_lib.constraints.spread import SameDay, SameHour
from echelon_lib.constraints.times import ForbiddenTimes, PreferredTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.university_rules import UniversityRules

EVERYTHING = Scope()


def constraints_of(
    university: Problem, files: UniversityFiles, rules: UniversityRules
) -> tuple[Constraint, ...]:
    """Return every rule that is not off as a constraint on the university's problem."""
    kind = rules.enforcement
    found = (
        *_faculty(university, files, rules),
        *_staffed(university, rules),
        RoomCapacity("room capacity", Scope.of_meetings(university.meetings), kind("room_capacity")),
        Gaps("student gaps", EVERYTHING, kind("student_gaps"), "group"),
        Gaps("faculty gaps", EVERYTHING, kind("faculty_gaps"), "teacher"),
        SameDay("same-day repeats", EVERYTHING, kind("same_day_repeats")),
        *_hours_of_a_section(university, rules),
        EmptySeats("empty seats", EVERYTHING, kind("empty_seats")),
        RoomsPerSection("rooms of a section", EVERYTHING, kind("rooms_of_a_section")),
        EvenLoad("peak load", EVERYTHING, kind("peak_load")),
        BuildingTravel("building travel", EVERYTHING, kind("building_travel"), "group"),
    )
    return tuple(constraint for constraint in found if constraint.enforcement.mode != "off")


def _faculty(university: Problem, files: UniversityFiles, rules: UniversityRules) -> Iterator[Constraint]:
    """Yield when everybody is away, how much they teach at most, and when they like to teach."""
    away, liked = _times(university, files, "away"), _times(university, files, "preferred")
    for person in files.faculty:
        scope = Scope.of_attendee(person.id)
        absent = away.get(person.id, {})
        wished = liked.get(person.id, dict.fromkeys(university.calendar.times))
        preferred = tuple(time for time in wished if time not in absent)
        if absent:
            kind = rules.enforcement("faculty_availability")
            yield ForbiddenTimes("faculty availability", scope, kind, tuple(absent))
        yield WeeklyHours("faculty hours", scope, rules.enforcement("faculty_hours"), person.maximum)
        yield PreferredTimes("faculty preference", scope, rules.enforcement("faculty_preference"), preferred)


def _times(university: Problem, files: UniversityFiles, kind: str) -> dict[str, dict[Time, None]]:
    """Return the single slots that the rows of a kind name for each person, in order."""
    day = {name: index for index, name in enumerate(university.calendar.days)}
    found: defaultdict[str, dict[Time, None]] = defaultdict(dict)
    for row in files.faculty_times:
        if row.kind == kind:
            for slot in range(row.first, row.last + 1):
                found[row.faculty][Time(slot, days=1 << day[row.day])] = None
    return found


def _staffed(university: Problem, rules: UniversityRules) -> Iterator[Constraint]:
    alone = [section.id for section in university.sections.values() if not university.teachers_of(section)]
    if alone:
        kind = rules.enforcement("faculty_for_every_section")
        yield Staffed("faculty for every section", Scope.of_sections(alone), kind)


def _hours_of_a_section(university: Problem, rules: UniversityRules) -> Iterator[Constraint]:
    lectures = [id for id, section in university.sections.items() if "Lab" not in section.tags]
    if lectures:  # a scope of none would be all
        kind = rules.enforcement("hours_of_a_section")
        yield SameHour("hours of a section", Scope.of_sections(lectures), kind)
