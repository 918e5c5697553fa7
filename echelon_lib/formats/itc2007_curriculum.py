"""Curriculum-based course timetabling: the files of ITC-2007 track 3, priced by formulation UD2.

A lecture is a meeting, a course has one section, its teacher and its curricula attend it. Formulation UD2 is
that of Di Gaspero, McCollum and Schaerf, "The second international timetabling competition: curriculum-based
course timetabling (track 3)", 2007: every lecture placed, no clash of a teacher, curriculum or room, and
no lecture in an unavailable period are required; the four terms below are priced at one level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon_lib.constraints.base import Constraint
from echelon_lib.constraints.rooms import RoomCapacity, RoomStability
from echelon_lib.constraints.spread import MinimumDays, NoIsolatedMeeting
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import Enforcement, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.numbered_lines import Faults, Line, read_lines
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.formats.wording import rows_in_words, shown

ROOM_CAPACITY = "room_capacity"
MIN_WORKING_DAYS = "min_working_days"
CURRICULUM_COMPACTNESS = "curriculum_compactness"
ROOM_STABILITY = "room_stability"
WEIGHTS = {ROOM_CAPACITY: 1, MIN_WORKING_DAYS: 5, CURRICULUM_COMPACTNESS: 2, ROOM_STABILITY: 1}

MOST_DAYS = 366
MOST_PERIODS = 288
MOST_LECTURES = 1_000
MOST_LECTURES_IN_ALL = 100_000
MOST_PEOPLE = 999_999_999

_HEADER = ("Name", "Courses", "Rooms", "Days", "Periods_per_day", "Curricula", "Constraints")
_HEADINGS = ("COURSES:", "ROOMS:", "CURRICULA:", "UNAVAILABILITY_CONSTRAINTS:", "END.")
_COUNTS = {
    "Courses": _HEADINGS[0],
    "Rooms": _HEADINGS[1],
    "Curricula": _HEADINGS[2],
    "Constraints": _HEADINGS[3],
}


def read_benchmark(path: str | Path) -> Problem:
    """Read an instance (``.ctt``, also gzipped) as a problem whose only level is the cost of UD2.

    Repeated unavailable periods, a course that a curriculum lists twice, a curriculum without courses and
    text after ``END.`` change nothing and become remarks of the problem.

    Raises
    ------
    DataError
        The file is missing or malformed; every fault that can be told is named with its line.
    """
    path = Path(path)
    return _Instance(path.name, list(read_lines(path))).problem()


def read_solution(problem: Problem, path: str | Path) -> Timetable:
    """Read a solution: a line ``course room day period`` for each lecture, in any order.

    The lectures of a course are alike, so they are given out in the order of the file; a lecture without a
    line is not placed. Entries that a validator would skip with a warning (unknown names or periods, a second
    entry of a course in one period) are errors here, and so are lectures beyond those of the course.

    Raises
    ------
    DataError
        The file is missing or malformed; all faults at once, with their lines.
    """
    path = Path(path)
    faults = Faults(path.name)
    days, slots = len(problem.calendar.days), problem.calendar.slots
    meetings = {course.id: [m.id for s in course.sections for m in s.meetings] for course in problem.courses}
    taken: dict[tuple[str, Time], int] = {}
    rows: dict[str, list[tuple[int, Placement]]] = {course: [] for course in meetings}
    for number, words in read_lines(path):
        if len(words) != 4:
            text = f"The line has {len(words)} words; a lecture is 'course room day period'."
            faults.add(text, number, " ".join(words), cure="a word is missing, or a name holds a space?")
            continue
        course, room, *when = words
        known = faults.known(course, meetings, "course", number)
        known &= faults.known(room, problem.room, "room", number)
        day = faults.integer(when[0], "day", number, 0, days - 1)
        slot = faults.integer(when[1], "period", number, 0, slots - 1)
        if not known or day is None or slot is None:
            continue
        time = Time(slot, days=1 << day)
        if (course, time) in taken:
            text = f"The course {shown(course)} has a lecture in day {day}, period {slot} already (line "
            text += f"{taken[course, time]}); it cannot have two at once."
            faults.add(text, number, course, cure="the line is there twice, or has another period.")
            continue
        taken[course, time] = number
        rows[course].append((number, Placement(time, room)))
    placements: dict[str, Placement] = {}
    for course, placed in rows.items():
        surplus = [number for number, _ in placed[len(meetings[course]) :]]
        if surplus:
            text = f"The course {shown(course)} has {len(meetings[course])} lectures, "
            text += f"the file places {len(placed)} ({rows_in_words(surplus)} too many)."
            faults.add(text, surplus[0], course, cure="remove what is too much.")
        placements |= zip(meetings[course], (placement for _, placement in placed), strict=False)
    faults.finish()
    order = {meeting: placements[meeting] for meeting in problem.meetings if meeting in placements}
    return Timetable(order)


def write_solution(problem: Problem, timetable: Timetable, path: str | Path) -> None:
    """Write a line ``course room day period`` for each lecture that is placed, all of the file or nothing.

    Reading the file again gives a timetable with the same lectures at the same places; which of the lectures
    of a course is which may differ when some of them are not placed.

    Raises
    ------
    DataError
        The timetable cannot be said in this format: an unknown lecture or room, a lecture with a time but no
        room, a time outside the calendar, or two lectures of one course in one period.
    OSError
        The folder does not exist or cannot be written to.
    """
    path = Path(path)
    faults = Faults(path.name)
    times = frozenset(problem.calendar.times)
    lines: dict[tuple[str, Time], str] = {}
    for meeting in sorted(timetable.placements.keys() - problem.meetings.keys()):
        faults.add(f"The lecture {shown(meeting)} is placed but does not exist.", None, meeting)
    for meeting in problem.meetings:
        placement = timetable.placements.get(meeting)
        if placement is None:
            continue
        course = problem.course_of[problem.section_of[meeting].id].id
        room, time = placement.room, placement.time
        if room is None:
            cure = "give it a room, or take its placement away."
            faults.add(f"The lecture {shown(meeting)} has no room.", None, meeting, cure=cure)
        elif room not in problem.room:
            faults.known(room, problem.room, "room", None)
        elif time not in times or time.length != 1 or time.weeks != 1 or time.days.bit_count() != 1:
            text = f"The lecture {shown(meeting)} is at {time}, which is no period of the instance."
            faults.add(text, None, meeting)
        elif (course, time) in lines:
            text = f"The course {shown(course)} has two lectures in {problem.calendar.name(time)}."
            faults.add(text, None, course, cure="move one of them; the format holds one.")
        elif any(len(name.split()) != 1 or name != name.strip() for name in (course, room)):
            faults.add(f"A name holds a space: {shown(course)} or {shown(room)}.", None, course)
        else:
            lines[course, time] = f"{course} {room} {time.days.bit_length() - 1} {time.start}\n"
    faults.finish()
    write_text_atomic(path, "".join(lines.values()))


def _near(words: Sequence[str], heading: str) -> bool:
    return len(words) == 1 and words[0] not in _HEADINGS and suggest(words[0], [heading]) is not None


def _price(term: str) -> Enforcement:
    return priced(WEIGHTS[term], level=1)


@dataclass(frozen=True, slots=True)
class _CourseLine:
    teacher: str
    lectures: int
    days: int
    students: int


class _Instance:
    """An instance on its way from lines to a problem."""

    def __init__(self, path: str, lines: Sequence[Line]) -> None:
        self.faults = Faults(path)
        self.remarks: list[Issue] = []
        if not lines:
            self.faults.add("The file is empty.", None, cure="it was not saved to the end.")
            self.faults.finish()
        self.head, self.blocks = self._split(lines)
        header = self._header()
        if self.faults.issues and not all(heading in self.found for heading in _HEADINGS[:-1]):
            self.faults.finish()  # lines below a missing heading would be blamed for nothing
        self.name = header.get("Name", path)
        self.days = self._header_number(header, "Days", MOST_DAYS)
        self.slots = self._header_number(header, "Periods_per_day", MOST_PERIODS)
        self.courses = self._courses()
        self.rooms = self._rooms()
        self.curricula = self._curricula()
        self.unavailable = self._unavailable()
        for key, heading in _COUNTS.items():
            self._count(header, key, heading)
        self.faults.finish()

    def _split(self, lines: Sequence[Line]) -> tuple[list[Line], Mapping[str, list[Line]]]:
        """Return the lines of the header and those below each heading."""
        head: list[Line] = []
        blocks: dict[str, list[Line]] = {}
        current = head
        for number, words in lines:
            if "END." in blocks:
                text = "There is text after 'END.', which is not read."
                self.remarks.append(Issue(text, self.faults.path, number))
                break
            if len(words) == 1 and words[0] in _HEADINGS:
                if words[0] in blocks:
                    cure = "two files were put together?"
                    self.faults.add(f"The heading {words[0]!r} is there twice.", number, words[0], cure=cure)
                current = blocks.setdefault(words[0], [])
            elif len(words) == 1 and current is not head:
                cure = suggest(words[0], _HEADINGS) or "the rest of the line is missing."
                text = f"The line holds {shown(words[0])} only; that is no heading."
                self.faults.add(text, number, words[0], cure=cure)
            else:
                current.append((number, words))
        missing = [heading for heading in _HEADINGS if heading not in blocks]
        for heading in missing:
            last = lines[-1][0]
            near = next(
                (f"line {n} ({' '.join(w)!r}) was meant?" for n, w in lines if _near(w, heading)), None
            )
            if heading == "END.":
                text = "The file ends too early: the last line should be 'END.'."
                self.faults.add(text, last, cure=near or "it was not saved or copied to the end.")
            else:
                self.faults.add(f"The heading {heading!r} is missing.", None, heading, cure=near or "add it.")
        if "COURSES:" in missing:
            self.faults.finish()  # what is header and what is not cannot be told
        if list(blocks) != [heading for heading in _HEADINGS if heading in blocks]:
            expected = ", ".join(_HEADINGS)
            cure = f"put them as {expected}"
            self.faults.add("The headings do not stand in their order.", None, cure=cure)
        self.found = frozenset(blocks)
        return head, {heading: blocks.get(heading, []) for heading in _HEADINGS}

    def _header(self) -> dict[str, str]:
        found: dict[str, str] = {}
        self.header_lines: dict[str, int] = {}
        for number, words in self.head:
            key, colon, value = " ".join(words).partition(":")
            key, value = key.strip(), value.strip()
            if not colon or key not in _HEADER:
                cure = suggest(key, _HEADER) or f"the header has {', '.join(_HEADER)}."
                self.faults.add(
                    f"The line {shown(' '.join(words))} is no header line.", number, key, cure=cure
                )
            elif key in found:
                text = f"The header gives {key!r} twice ({shown(found[key])} and {shown(value)})."
                self.faults.add(text, number, value, cure="remove one of the lines.")
            elif not value:
                self.faults.add(f"The header gives no value for {key!r}.", number, key, cure="add it.")
                found[key] = ""
            else:
                found[key], self.header_lines[key] = value, number
        for key in _HEADER:
            if key not in found:
                self.faults.add(f"The header has no {key!r}.", 1, key, cure=f"add a line '{key}: …'.")
        return {key: value for key, value in found.items() if value}

    def _header_number(self, header: Mapping[str, str], key: str, most: int) -> int | None:
        if key not in header:
            return None
        return self.faults.integer(header[key], f"value of {key!r}", self.header_lines[key], 1, most)

    def _count(self, header: Mapping[str, str], key: str, heading: str) -> None:
        if key not in header:
            return
        row = self.header_lines[key]
        least = 1 if key == "Rooms" else 0
        said = self.faults.integer(header[key], f"value of {key!r}", row, least, MOST_PEOPLE)
        there = len(self.blocks[heading])
        if said is not None and said != there:
            text = f"The header says {key}: {said}, but {there} lines stand below {heading!r}."
            self.faults.add(
                text, row, header[key], cure=f"{there} was meant, or lines are missing or too many."
            )

    def _rows(self, heading: str, shape: str) -> Iterator[Line]:
        """Yield the lines below a heading that have as many words as their shape."""
        for number, words in self.blocks[heading]:
            expected = len(shape.split(", "))
            if len(words) == expected or (heading == "CURRICULA:" and len(words) > 1):
                yield number, words
                continue
            text = f"The line has {len(words)} words; below {heading!r} a line is: {shape}."
            cure = "a value is missing, or a name holds a space?"
            self.faults.add(text, number, " ".join(words)[:60], cure=cure)

    def _new(self, name: str, names: Mapping[str, object], what: str, row: int) -> bool:
        if name in names:
            text = f"The {what} {shown(name)} is given twice."
            self.faults.add(text, row, name, cure="one is a typing error?")
        return name not in names

    def _courses(self) -> dict[str, _CourseLine]:
        found: dict[str, _CourseLine] = {}
        shape = "course, teacher, lectures, minimum working days, students"
        self.unread = {words[0] for _, words in self.blocks["COURSES:"]}
        total = 0
        for number, words in self._rows("COURSES:", shape):
            name, teacher, *texts = words
            lectures = self.faults.integer(texts[0], "number of lectures", number, 1, MOST_LECTURES)
            days = self.faults.integer(texts[1], "number of working days", number, 0, MOST_DAYS)
            students = self.faults.integer(texts[2], "number of students", number, 0, MOST_PEOPLE)
            new = self._new(name, found, "course", number)
            total += lectures or 0
            if new and lectures is not None and days is not None and students is not None:
                found[name] = _CourseLine(teacher, lectures, days, students)
        if total > MOST_LECTURES_IN_ALL:
            self.faults.add(f"The courses have {total} lectures, more than {MOST_LECTURES_IN_ALL}.", None)
        return found

    def _rooms(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, words in self._rows("ROOMS:", "room, capacity"):
            capacity = self.faults.integer(words[1], "capacity", number, 0, MOST_PEOPLE)
            if self._new(words[0], found, "room", number) and capacity is not None:
                found[words[0]] = capacity
        return found

    def _curricula(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for number, (name, text, *courses) in self._rows(
            "CURRICULA:", "curriculum, number of courses, courses"
        ):
            count = self.faults.integer(text, "number of courses", number, 0, MOST_PEOPLE)
            if count is not None and count != len(courses):
                message = f"The curriculum {shown(name)} says {count} courses and lists {len(courses)}."
                cure = f"{len(courses)} was meant, or courses are missing or too many."
                self.faults.add(message, number, text, cure=cure)
            for course in courses:
                if course not in self.unread:
                    self.faults.known(course, self.courses, "course", number)
            members = tuple(dict.fromkeys(courses))
            if not members or len(members) < len(courses):
                what = "lists a course twice, which counts once" if members else "has no courses"
                remark = f"The curriculum {shown(name)} {what}."
                self.remarks.append(Issue(remark, self.faults.path, number))
            if self._new(name, found, "curriculum", number):
                found[name] = members
        return found

    def _unavailable(self) -> dict[str, set[tuple[int, int]]]:
        found: dict[str, set[tuple[int, int]]] = {}
        last_day = MOST_DAYS - 1 if self.days is None else self.days - 1
        last_slot = MOST_PERIODS - 1 if self.slots is None else self.slots - 1
        for number, (course, *when) in self._rows("UNAVAILABILITY_CONSTRAINTS:", "course, day, period"):
            if course not in self.unread:
                self.faults.known(course, self.courses, "course", number)
            day = self.faults.integer(when[0], "day", number, 0, last_day)
            slot = self.faults.integer(when[1], "period", number, 0, last_slot)
            if day is None or slot is None:
                continue
            closed = found.setdefault(course, set())
            if (day, slot) in closed:
                remark = f"The course {shown(course)} is unavailable in day {day}, period {slot} twice."
                self.remarks.append(Issue(remark, self.faults.path, number))
            closed.add((day, slot))
        return found

    def problem(self) -> Problem:
        """Return the instance as a problem."""
        days, slots = self.days or 0, self.slots or 0
        periods = tuple(
            Period(f"day {day} period {slot}", Time(slot, days=1 << day))
            for day in range(days)
            for slot in range(slots)
        )
        calendar = Calendar(tuple(str(day) for day in range(days)), slots, periods)
        teachers = dict.fromkeys(course.teacher for course in self.courses.values())
        # Names hold no space, so a curriculum with the name of a teacher gets one that nobody has.
        groups = {name: f"curriculum {name}" if name in teachers else name for name in self.curricula}
        curricula_of: dict[str, list[str]] = {name: [] for name in self.courses}
        for curriculum, courses in self.curricula.items():
            for name in courses:
                curricula_of[name].append(groups[curriculum])
        rooms = tuple(self.rooms)
        offered: list[Course] = []
        rules: list[Constraint] = []
        for name, line in self.courses.items():
            closed = self.unavailable.get(name)
            times = (
                calendar.times
                if not closed
                else tuple(
                    time for time in calendar.times if (time.days.bit_length() - 1, time.start) not in closed
                )
            )
            meetings = tuple(Meeting(f"{name}-{k}", times, rooms) for k in range(1, line.lectures + 1))
            attendees = (line.teacher, *curricula_of[name])
            section = Section(name, meetings, attendees=attendees, headcount=line.students)
            offered.append(Course.of(name, [section]))
            scope = Scope.of_meetings(meeting.id for meeting in meetings)
            rules.append(RoomCapacity(ROOM_CAPACITY, scope, _price(ROOM_CAPACITY)))
            rules.append(MinimumDays(MIN_WORKING_DAYS, scope, _price(MIN_WORKING_DAYS), line.days))
            rules.append(RoomStability(ROOM_STABILITY, scope, _price(ROOM_STABILITY)))
        for group in groups.values():
            price = _price(CURRICULUM_COMPACTNESS)
            rules.append(NoIsolatedMeeting(CURRICULUM_COMPACTNESS, Scope.of_attendee(group), price))
        people = [Attendee(teacher, "teacher") for teacher in teachers]
        batches = [
            Attendee(
                groups[name],
                "group",
                size=min((self.courses[one].students for one in members), default=0) or 1,
            )
            for name, members in self.curricula.items()
        ]
        return Problem(
            self.name,
            calendar,
            courses=tuple(offered),
            attendees=(*people, *batches),
            rooms=tuple(Room(room, capacity) for room, capacity in self.rooms.items()),
            constraints=tuple(rules),
            remarks=tuple(sorted(self.remarks, key=lambda remark: remark.row or 0)),
        )
