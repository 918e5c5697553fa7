"""A second reading of a university's rules, on the files alone: nothing of the library is used.

The names of rules are those of the evaluator. Rules that only have a price are not looked up.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from independent_files import NOBODY, number, parts, rows

Broken = tuple[str, str]
"""The name of a rule, and what breaks it."""


class Held(NamedTuple):
    """A session with its place: first slot of a day, slots, room and faculty, "" for nobody."""

    day: str
    start: int
    length: int
    room: str
    faculty: str

    @property
    def slots(self) -> list[tuple[str, int]]:
        return [(self.day, slot) for slot in range(self.start, self.start + self.length)]


class University:
    """What the files of a university say."""

    def __init__(self, folder: Path, rules: Path | None = None) -> None:
        said: dict[str, Any] = tomllib.loads(rules.read_text(encoding="utf-8")) if rules else {}
        self.kinds = said.get("kinds", {})
        calendar = rows(folder / "Calendar.csv")
        self.days = {row["Day"]: number(row["Slots"]) for row in calendar}
        self.first, self.minutes = minutes(calendar[0]["First Slot"]), number(calendar[0]["Slot Minutes"])
        semester = calendar[0].get("Semester", "")
        self.courses = {row["Course ID"]: row for row in rows(folder / "Courses.csv")}
        self.sections = {
            row["Section ID"]: row
            for row in rows(folder / "Sections.csv")
            if not semester or self.courses[row["Course ID"]].get("Semester", "") in ("", "both", semester)
        }
        self.faculty = {row["Faculty ID"]: row for row in rows(folder / "Faculty.csv")}
        self.rooms = {row["Room ID"]: row for row in rows(folder / "Rooms.csv")}
        self.size = {
            row["Student ID"]: number(row.get("Size") or "1") for row in rows(folder / "Students.csv")
        }
        self.attend: dict[str, list[str]] = defaultdict(list)
        for row in rows(folder / "Enrolments.csv"):
            for section in parts(row["Sections"]):
                self.attend[section].append(row["Student ID"])
        self.away: dict[str, set[tuple[str, int]]] = defaultdict(set)
        times = folder / "Faculty_Times.csv"
        for row in rows(times) if times.exists() else ():
            if row["Kind"] == "away":
                slots = range(number(row["From Slot"]) - 1, number(row["To Slot"]))
                self.away[row["Faculty ID"]] |= {(row["Day"], slot) for slot in slots}
        self.section_of = {
            f"{section}#{count}": section for section in self.sections for count in self._meetings(section)
        }

    def required(self, kind: str) -> bool:
        """Return whether a rule that is required by default is not priced or off."""
        return bool(self.kinds.get(kind, "required") == "required")

    def of_course(self, section: str, lecture: str, lab: str) -> str:
        """Return what the course of a section says of its lectures, or of its labs."""
        row = self.sections[section]
        return self.courses[row["Course ID"]].get(lab if row["Part"] == "Lab" else lecture, "")

    def length(self, section: str) -> int:
        usual = "2" if self.sections[section]["Part"] == "Lab" else "1"
        return number(self.of_course(section, "Lecture Slots", "Lab Slots") or usual)

    def features(self, section: str) -> set[str]:
        """Return what the room of a section must have."""
        course = self.of_course(section, "Lecture Features", "Lab Features")
        return {*parts(course), *parts(self.sections[section].get("Features", ""))}

    def people(self, section: str) -> int:
        return sum(self.size[student] for student in self.attend[section])

    def named(self, section: str) -> str:
        """Return the faculty whom the file names, "" for nobody."""
        name = self.sections[section]["Faculty ID"]
        return "" if name.casefold() in NOBODY else name

    def _meetings(self, section: str) -> range:
        return range(1, 1 + number(self.of_course(section, "Lectures", "Labs")))


class Sessions:
    """What the file of a run says; ``wrong`` has what makes it no answer at all."""

    def __init__(self, path: Path, files: University) -> None:
        self.held: dict[str, Held] = {}
        self.faculty: dict[str, set[str]] = defaultdict(set)
        self.wrong: list[str] = []
        for row in rows(path):
            name = row["Session"]
            if name not in files.section_of:
                self.wrong.append(f"there is no session {name}")
            elif name in self.held:
                self.wrong.append(f"{name} is placed twice")
            else:
                self.faculty[files.section_of[name]].add(row["Faculty"])
                if row["Day"]:
                    self._place(name, row, files)

    def _place(self, name: str, row: dict[str, str], files: University) -> None:
        start, odd = divmod(minutes(row["Start"]) - files.first, files.minutes)
        length, more = divmod(minutes(row["End"]) - minutes(row["Start"]), files.minutes)
        if (
            odd
            or more
            or row["Day"] not in files.days
            or start < 0
            or start + length > files.days[row["Day"]]
        ):
            self.wrong.append(f"{name} is {row['Day']} {row['Start']}-{row['End']}, which is no time")
        elif row["Room"] not in files.rooms:
            self.wrong.append(f"{name} is in {row['Room']!r}, which is no room")
        else:
            self.held[name] = Held(row["Day"], start, length, row["Room"], row["Faculty"])


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return 60 * int(hours) + int(rest)


def check(folder: Path, run: Path, rules: Path | None = None) -> dict[str, int]:
    """Assert that a run keeps every required rule; return its sessions, hours and people."""
    broken, figures = read(folder, run, rules)
    assert not broken, "\n".join(f"{rule}: {text}" for rule, text in broken)
    return figures


def read(folder: Path, run: Path, rules: Path | None = None) -> tuple[list[Broken], dict[str, int]]:
    """Return what breaks a required rule, and how many sessions, hours of them and people there are."""
    files = University(folder, rules)
    answer = Sessions(run / "timetable.csv", files)
    if answer.wrong:
        return [("answer", text) for text in answer.wrong], {}
    broken = [(rule, text) for rule, texts in RULES.items() for text in texts(files, answer)]
    hours = sum(one.length for one in answer.held.values())
    return broken, {"sessions": len(answer.held), "hours": hours, "people": sum(files.size.values())}


def _unplaced(files: University, answer: Sessions) -> Iterator[str]:
    for name in files.section_of:
        if name not in answer.held:
            yield f"{name} has no place"


def _domain(files: University, answer: Sessions) -> Iterator[str]:
    """Yield sessions of another length, and those whose room lacks something."""
    for name, held in answer.held.items():
        section = files.section_of[name]
        if held.length != files.length(section):
            yield f"{name} takes {held.length} slots, not {files.length(section)}"
        lacks = files.features(section) - {*parts(files.rooms[held.room].get("Features", ""))}
        if lacks:
            yield f"{name} is in {held.room}, which has no {', '.join(sorted(lacks))}"


def _twice(who: str, sessions: list[tuple[str, Held]]) -> Iterator[str]:
    """Yield the sessions in which somebody, or a room, is at the same time."""
    busy: dict[tuple[str, int], str] = {}
    for name, held in sessions:
        for slot in held.slots:
            other = busy.setdefault(slot, name)
            if other != name:
                yield f"{who} has {other} and {name} at once"


def _faculty_clash(files: University, answer: Sessions) -> Iterator[str]:
    for who, sessions in _of_faculty(answer).items():
        yield from _twice(who, sessions)


def _group_clash(files: University, answer: Sessions) -> Iterator[str]:
    of_student: dict[str, list[tuple[str, Held]]] = defaultdict(list)
    for name, held in answer.held.items():
        for student in files.attend[files.section_of[name]]:
            of_student[student].append((name, held))
    for student, sessions in of_student.items():
        yield from _twice(student, sessions)


def _room_clash(files: University, answer: Sessions) -> Iterator[str]:
    in_room: dict[str, list[tuple[str, Held]]] = defaultdict(list)
    for name, held in answer.held.items():
        in_room[held.room].append((name, held))
    for room, sessions in in_room.items():
        yield from _twice(room, sessions)


def _capacity(files: University, answer: Sessions) -> Iterator[str]:
    if files.required("room_capacity"):
        for name, held in answer.held.items():
            people, seats = files.people(files.section_of[name]), number(files.rooms[held.room]["Capacity"])
            if people > seats:
                yield f"{people} people of {name} are in {held.room} with {seats} seats"


def _away(files: University, answer: Sessions) -> Iterator[str]:
    if files.required("faculty_availability"):
        for name, held in answer.held.items():
            if files.away[held.faculty] & {*held.slots}:
                yield f"{held.faculty} is away during {name}"


def _hours(files: University, answer: Sessions) -> Iterator[str]:
    if files.required("faculty_hours"):
        for who, sessions in _of_faculty(answer).items():
            hours, most = (
                sum(held.length for _, held in sessions),
                number(files.faculty[who]["Maximum Hours"]),
            )
            if hours > most:
                yield f"{who} teaches {hours} hours, and {most} are the most"


def _staffed(files: University, answer: Sessions) -> Iterator[str]:
    if files.required("faculty_for_every_section"):
        for section, names in answer.faculty.items():
            if "" in names:
                yield f"nobody teaches {section}"


def _given(files: University, answer: Sessions) -> Iterator[str]:
    """Yield sections with others than the file says; where it names nobody, one who is qualified must."""
    for section, names in answer.faculty.items():
        named, chosen = files.named(section), {*names} - {""}
        if named and names != {named}:
            yield f"{section} is with {', '.join(sorted(names))}, and its file says {named}"
        elif len(names) > 1 or any(
            files.sections[section]["Course ID"] not in parts(files.faculty[who]["Courses"])
            for who in (() if named else chosen)
        ):
            yield f"{section} is with {', '.join(sorted(names))}, who cannot teach it"


def _of_faculty(answer: Sessions) -> dict[str, list[tuple[str, Held]]]:
    found: dict[str, list[tuple[str, Held]]] = defaultdict(list)
    for name, held in answer.held.items():
        if held.faculty:
            found[held.faculty].append((name, held))
    return found


RULES: dict[str, Callable[[University, Sessions], Iterator[str]]] = {
    "unplaced meetings": _unplaced,
    "placement outside the allowed times or rooms": _domain,
    "teacher clash": _faculty_clash,
    "group clash": _group_clash,
    "room clash": _room_clash,
    "room capacity": _capacity,
    "faculty availability": _away,
    "faculty hours": _hours,
    "faculty for every section": _staffed,
    "faculty as given": _given,
}
"""What each rule finds, by the name that the evaluator gives it; the last one is for the files alone."""
