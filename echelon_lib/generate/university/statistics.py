"""Figures of a university's files: how large it is, how full its rooms are, and its kinds of courses."""

from __future__ import annotations

from collections import Counter

from echelon_lib.formats.university_records import COURSE_KINDS, UniversityFiles


def university_statistics(files: UniversityFiles) -> dict[str, int | float]:
    """Return the figures by name; shares are from 0 to 1, of everything that is held this semester.

    A session is one meeting of a week, an hour is a slot, and a seat entry is one person at one session.
    The use of rooms is the hours of the sessions by the slots of all rooms; lecture rooms are those that have
    what some lecture needs.
    """
    courses = {course.id: course for course in files.courses if files.is_held(course)}
    sections = [section for section in files.sections if section.course in courses]
    sessions: dict[str, int] = {}
    hours: Counter[str] = Counter()
    of_lectures: set[frozenset[str]] = set()
    for section in sections:
        course = courses[section.course]
        if section.part == "Lecture":
            sessions[section.id], length = course.lectures, course.lecture_slots
            of_lectures.add(course.lecture_features | section.features)
        else:
            sessions[section.id], length = course.labs, course.lab_slots
        hours[section.part] += sessions[section.id] * length
    size = {student.id: student.size for student in files.students}
    entries = sum(
        size[row.student] * sum(sessions.get(name, 0) for name in row.sections) for row in files.enrolments
    )
    slots = sum(day.slots for day in files.calendar)
    sorts = Counter(room.features for room in files.rooms)
    lecture_rooms = sum(
        count for features, count in sorts.items() if any(needed <= features for needed in of_lectures)
    )
    kinds = Counter(course.kind for course in courses.values())
    lectures = sum(section.part == "Lecture" for section in sections)
    return {
        "departments": len(files.departments),
        "programmes": len(files.programmes),
        "courses": len(courses),
        "lecture_sections": lectures,
        "lab_sections": len(sections) - lectures,
        "sessions": sum(sessions.values()),
        "hours": hours.total(),
        "students": sum(size.values()),
        "distinct_section_sets": len({frozenset(row.sections) for row in files.enrolments}),
        "seat_entries": entries,
        "faculty": len(files.faculty),
        "rooms": len(files.rooms),
        "room_slot_use": _share(hours.total(), slots * len(files.rooms)),
        "lecture_room_use": _share(hours["Lecture"], slots * lecture_rooms),
        **{f"{kind.replace(' ', '_')}_share": _share(kinds[kind], len(courses)) for kind in COURSE_KINDS},
    }


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 3)
