"""The timetable by which a university was made: where and when each session is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from echelon_lib.formats.table_folder import Columns, Rows
from echelon_lib.formats.university_calendar import clock, minutes_of
from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.generate.university.bands import SLOTS
from echelon_lib.generate.university.draws import Ints
from echelon_lib.generate.university.plan import Plan
from echelon_lib.generate.university.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSession:
    """Where and when a session is in the planted timetable; days and slots count from 0."""

    session: str
    section: str
    day: int
    slot: int
    length: int
    room: str
    faculty: str


def planted_sessions(
    files: UniversityFiles, plan: Plan, start: Ints, rooms: Rooms, teacher_of: Sequence[int]
) -> tuple[PlantedSession, ...]:
    """Return the planted timetable, session by session."""
    teaching = plan.teaching
    number: Counter[int] = Counter()
    found = []
    for group, begin, length, room in zip(
        teaching.group.tolist(),
        start.tolist(),
        teaching.length.tolist(),
        rooms.of_session.tolist(),
        strict=True,
    ):
        number[group] += 1
        section = files.sections[group].id
        found.append(
            PlantedSession(
                session=f"{section}#{number[group]}",
                section=section,
                day=begin // SLOTS,
                slot=begin % SLOTS,
                length=length,
                room=files.rooms[room].id,
                faculty=files.faculty[teacher_of[int(teaching.section[group])]].id,
            )
        )
    return tuple(found)


def planted_rows(files: UniversityFiles, planted: Sequence[PlantedSession]) -> tuple[Columns, Rows]:
    """Return the planted timetable as a table with days and times of day."""

    def time(session: PlantedSession, later: int) -> str:
        day = files.calendar[session.day]
        return clock((minutes_of(day.first) or 0) + day.minutes * (session.slot + later))

    columns = ("Session", "Day", "Start", "End", "Room", "Faculty")
    return columns, tuple(
        (one.session, files.calendar[one.day].day, time(one, 0), time(one, one.length), one.room, one.faculty)
        for one in planted
    )
