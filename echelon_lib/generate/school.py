"""Made-up high schools in the six CSV files that a real one hands in.

The schools are invented from the first row to the last: titles are ordinary, ids are serial
numbers, and no person has a name. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon_lib.formats.table_folder import write_tables
from echelon_lib.generate.school_catalogue import DEDICATED, Draw, build_catalogue
from echelon_lib.generate.school_lists import RequestList, demand, draw_lists
from echelon_lib.generate.school_staff import MadeSection, MadeTeacher, make_sections, staff_sections
from echelon_lib.generate.school_surplus import add_surplus, fewest_sections, missing_sections, take_away

SECTIONS = "Sections_Information.csv"
STUDENTS = "Student_Info.csv"
TEACHERS = "Teacher_Info.csv"
PREFERENCES = "Student_Preference_Info.csv"
UNAVAILABLE = "Teacher_unavailability.csv"
PERIODS = "Period.csv"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    SECTIONS: ("Section ID", "Course ID", "Teacher Assigned", "# of Seats Available", "Department"),
    STUDENTS: ("Student ID", "SPED", "Grade", "ELL"),
    TEACHERS: ("Teacher ID", "Department", "Dedicated Course", "Current Load", "Science Sections"),
    PREFERENCES: ("Student ID", "Preferred Sections"),
    UNAVAILABLE: ("Teacher ID", "Unavailable Periods"),
    PERIODS: ("period_id", "period_name"),
}
LARGEST_SCHOOL = 10_000

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SchoolTables:
    """A made-up school as the tables of its files.

    Parameters
    ----------
    tables
        For each file name the columns and the rows, all cells as text.
    """

    tables: Mapping[str, tuple[tuple[str, ...], Rows]]

    def column(self, file: str, title: str) -> tuple[str, ...]:
        """Return one column of one file, from the first row to the last."""
        columns, rows = self.tables[file]
        place = columns.index(title)
        return tuple(row[place] for row in rows)

    def statistics(self) -> dict[str, int | float]:
        """Return the figures by which schools are compared.

        ``requests`` counts primaries, ``singletons`` are courses of one section, and the shares
        are fractions of one. ``surplus_sections`` are those beyond what the requests need, seats in
        special education included; with the ``missing_sections`` everybody would have a seat.
        """
        lists = self.column(PREFERENCES, "Preferred Sections")
        requests = sum(len(text.split(";")) for text in lists)
        seats = sum(int(text) for text in self.column(SECTIONS, "# of Seats Available"))
        sections = Counter(self.column(SECTIONS, "Course ID"))
        sped = sum(text.upper() in ("YES", "Y") for text in self.column(STUDENTS, "SPED"))
        singletons = sum(count == 1 for count in sections.values())
        surplus, missing = self._misfit(lists)
        return {
            "students": len(lists),
            "courses": len(sections),
            "sections": sum(sections.values()),
            "teachers": len(self.tables[TEACHERS][1]),
            "teachers_with_unavailable_periods": len(self.tables[UNAVAILABLE][1]),
            "periods": len(self.tables[PERIODS][1]),
            "requests": requests,
            "requests_per_student": round(requests / len(lists), 3),
            "distinct_lists": len(set(lists)),
            "lists_with_alternates": len({text for text in lists if "|" in text}),
            "singletons": singletons,
            "singleton_share": round(singletons / len(sections), 3),
            "surplus_sections": surplus,
            "missing_sections": missing,
            "seats": seats,
            "seats_per_request": round(seats / requests, 3),
            "sped_students": sped,
            "sped_share": round(sped / len(lists), 3),
        }

    def _misfit(self, lists: Sequence[str]) -> tuple[int, int]:
        """Return how many sections are too many and how many too few, over all courses."""
        asked, sped = Counter[str](), Counter[str]()
        for text, flag in zip(lists, self.column(STUDENTS, "SPED"), strict=True):
            titles = [wish.split("|")[0] for wish in text.split(";")]
            asked.update(titles)
            sped.update(titles if flag.upper() in ("YES", "Y") else [])
        seats: dict[str, list[int]] = {}
        for title, count in zip(
            self.column(SECTIONS, "Course ID"), self.column(SECTIONS, "# of Seats Available"), strict=True
        ):
            seats.setdefault(title, []).append(int(count))
        return (
            sum(len(own) - fewest_sections(own, asked[one], sped[one]) for one, own in seats.items()),
            sum(missing_sections(own, asked[one]) for one, own in seats.items()),
        )


def generate_school(
    *,
    students: int = 480,
    seed: int = 0,
    request_lists: int | None = 60,
    periods: int = 8,
    sped_share: float = 0.12,
    alternates: float = 0.08,
    surplus: int = 0,
    missing: int = 0,
    quirks: bool = False,
) -> SchoolTables:
    """Invent a high school of grades 9 to 12.

    Courses follow tracks by grade, ladders of languages, arts and careers, and a tail of
    electives. Every course has the seats that its requests need, seats in special education
    included, and no teacher has more sections than available periods; whether all requests
    can be met at once is left open.

    Parameters
    ----------
    students
        Number of students, from 10 to 10,000.
    seed
        Seed of the draw; the same arguments give the same school everywhere.
    request_lists
        Number of different request lists, from 4 (one a grade) to ``students``. None gives
        nearly every student a list of their own (98 % different lists).
    periods
        8 gives two alternating days of four blocks (R1 to R4, G1 to G4); 6 and 7 give one day
        (P1, P2, …). Students ask for one or two courses fewer than there are periods, or for as many.
    sped_share
        Share of students in special education, from 0 to 0.4.
    alternates
        Share of the lists that name an alternate for one course, from 0 to 1.
    surplus
        Number of sections, from 0 to 1,000, added beyond what requests need and what is drawn anyhow; in
        courses that fall under three quarters of their seats by it, as long as there are any.
    missing
        Number of sections taken away that requests need, each of another course, in which at least ten
        students then miss a seat.
    quirks
        Write some cells as real offices do, readable but not as documented: commas between
        unavailable periods, ``Y`` and ``N``, and loads that were not kept up to date.

    Raises
    ------
    ValueError
        An argument is out of its range; the message names all of them.
    """
    _check(students, seed, request_lists, periods, sped_share, alternates, surplus, missing)
    lists = request_lists if request_lists is not None else max(4, -(-students * 98 // 100))
    draw = Draw(seed)
    courses = build_catalogue(students, periods)
    drawn = draw_lists(
        draw,
        courses,
        students=students,
        lists=lists,
        periods=periods,
        sped_students=round(sped_share * students),
        alternates=alternates,
    )
    names = _period_names(periods)
    pupils = _students(draw, drawn, round(sped_share * students))
    asked, sped = demand(drawn), _sped_demand(pupils)
    sections = make_sections(draw, courses, drawn, sped, periods)
    teachers = staff_sections(draw, sections, courses, names)
    add_surplus(draw, sections, teachers, asked, sped, wanted=surplus, periods=periods)
    take_away(draw, sections, asked, wanted=missing)
    return _tables(pupils, sections, teachers, names, quirks)


def valley_high() -> SchoolTables:
    """Return the sample school of the demo: 480 students who hand in 60 different lists."""
    return generate_school(students=480, seed=24, request_lists=60, quirks=True)


def tiny_high() -> SchoolTables:
    """Return a school whose best timetable can be found, and proved, with pencil and paper.

    The README beside the sample gives the answer: 37 of 38 requests.
    """
    everything = "English;World History;Biology;Art"
    lists = (everything,) * 7 + ("English;World History",) * 3 + ("World History;Art",) * 2
    ids = tuple(f"ST{number:02d}" for number in range(1, len(lists) + 1))
    sped = {"ST02", "ST09"}
    rows: dict[str, Rows] = {
        SECTIONS: (
            ("ENG-1", "English", "T01", "6", "Humanities"),
            ("ENG-2", "English", "T01", "6", "Humanities"),
            ("HIS-1", "World History", "T01", "7", "Humanities"),
            ("HIS-2", "World History", "T01", "7", "Humanities"),
            ("BIO-1", "Biology", "T02", "8", "Science"),
            ("ART-1", "Art", "T03", "10", "Arts"),
        ),
        STUDENTS: tuple((one, "Yes" if one in sped else "No", "9", "No") for one in ids),
        TEACHERS: (
            ("T01", "Humanities", "", "4", "0"),
            ("T02", "Science", "", "1", "1"),
            ("T03", "Arts", "", "1", "0"),
        ),
        PREFERENCES: tuple(zip(ids, lists, strict=True)),
        UNAVAILABLE: (("T03", "R1"),),
        PERIODS: (("1", "R1"), ("2", "R2"), ("3", "G1"), ("4", "G2")),
    }
    return SchoolTables({name: (COLUMNS[name], rows[name]) for name in COLUMNS})


def write_school(tables: SchoolTables, folder: str | Path) -> None:
    """Write the files of a school into a new or empty folder, all of them or none.

    Raises
    ------
    DataError
        The folder holds something already, is a file, or cannot be written to.
    """
    write_tables(folder, tables.tables)


def _check(
    students: int,
    seed: int,
    request_lists: int | None,
    periods: int,
    sped_share: float,
    alternates: float,
    surplus: int,
    missing: int,
) -> None:
    wrong = []

    def whole(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    if not whole(students) or not 10 <= students <= LARGEST_SCHOOL:
        wrong.append(f"students is {students!r}; it must be a whole number from 10 to {LARGEST_SCHOOL}.")
    if not whole(seed) or seed < 0:
        wrong.append(f"seed is {seed!r}; it must be a whole number from 0 on.")
    if request_lists is not None and (not whole(request_lists) or request_lists < 4):
        wrong.append(
            f"request_lists is {request_lists!r}; it must be None or a whole number from 4 on, one a grade."
        )
    elif request_lists is not None and whole(students) and request_lists > students >= 10:
        wrong.append(
            f"request_lists is {request_lists}, more than the {students} students who hand them in. "
            "Maybe None, which gives nearly everyone a list of their own?"
        )
    if not whole(periods) or periods not in (6, 7, 8):
        wrong.append(f"periods is {periods!r}; it must be 6, 7 or 8.")
    if not number(sped_share) or not 0 <= sped_share <= 0.4:
        wrong.append(f"sped_share is {sped_share!r}; it must be a share from 0 to 0.4.")
    if not number(alternates) or not 0 <= alternates <= 1:
        wrong.append(f"alternates is {alternates!r}; it must be a share from 0 to 1.")
    for name, count in (("surplus", surplus), ("missing", missing)):
        if not whole(count) or not 0 <= count <= 1_000:
            wrong.append(f"{name} is {count!r}; it must be a whole number of sections from 0 to 1000.")
    if wrong:
        raise ValueError("\n".join(wrong))


def _period_names(periods: int) -> tuple[str, ...]:
    if periods == 8:
        return tuple(f"{day}{block}" for day in "RG" for block in range(1, 5))
    return tuple(f"P{number}" for number in range(1, periods + 1))


@dataclass(frozen=True, slots=True)
class _Pupil:
    requests: RequestList
    sped: bool
    ell: bool


def _students(draw: Draw, drawn: list[RequestList], sped_students: int) -> list[_Pupil]:
    """Deal the lists to students in a random order and say who is in special education."""
    held = [one for one in drawn for _ in range(one.size)]
    order = list(range(len(held)))
    draw.shuffle(order)
    others = [place for place in order if not held[place].support]
    more = sped_students - (len(held) - len(others))
    sped = set(others[:more])
    draw.shuffle(order)
    return [_Pupil(held[place], held[place].support or place in sped, draw.chance(7)) for place in order]


def _sped_demand(pupils: list[_Pupil]) -> Counter[str]:
    return Counter(title for one in pupils if one.sped for title in one.requests.titles)


def _tables(
    pupils: list[_Pupil],
    sections: list[MadeSection],
    teachers: list[MadeTeacher],
    names: tuple[str, ...],
    quirks: bool,
) -> SchoolTables:
    width = len(str(len(pupils)))
    ids = [f"ST{number:0{width}d}" for number in range(1, len(pupils) + 1)]
    yes, no = ("Yes", "No")
    students = []
    for number, (one, name) in enumerate(zip(pupils, ids, strict=True)):
        sped = yes if one.sped else no
        if quirks and number % 40 == 39:
            sped = sped[0]
        students.append((name, sped, str(one.requests.grade), yes if one.ell else no))
    width = max(3, len(str(len(sections))))
    staff = []
    for teacher in teachers:
        dedicated = teacher.courses[0] if teacher.courses[0] in DEDICATED else ""
        load = 0 if quirks and dedicated else teacher.load
        science = teacher.load if teacher.department == "Science" else 0
        staff.append((teacher.name, teacher.department, dedicated, str(load), str(science)))
    away: list[tuple[str, str]] = []
    for teacher in teachers:
        if teacher.away:
            separator = "," if quirks and len(away) % 2 == 0 else ";"
            away.append((teacher.name, separator.join(teacher.away)))
    rows: dict[str, Rows] = {
        SECTIONS: tuple(
            (f"S{number:0{width}d}", one.course, one.teacher_name, str(one.seats), one.department)
            for number, one in enumerate(sections, start=1)
        ),
        STUDENTS: tuple(students),
        TEACHERS: tuple(staff),
        PREFERENCES: tuple((name, one.requests.text) for name, one in zip(ids, pupils, strict=True)),
        UNAVAILABLE: tuple(away),
        PERIODS: tuple((str(number), name) for number, name in enumerate(names, start=1)),
    }
    return SchoolTables({name: (COLUMNS[name], rows[name]) for name in COLUMNS})
