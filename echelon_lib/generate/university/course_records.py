"""The rows of a made-up university's course file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from echelon_lib.formats.university_records import (
    CORE as CORE_KIND,
)
from echelon_lib.formats.university_records import (
    DEPARTMENT_ELECTIVE,
    OPEN_ELECTIVE,
    CourseRecord,
    Offered,
)
from echelon_lib.generate.university.courses import CORE, DEPARTMENT, OPEN, SERVICE, Catalogue
from echelon_lib.generate.university.naming import LABORATORIES, LECTURE_ROOM
from echelon_lib.generate.university.sessions import LAB_SLOTS

_FIRST_NUMBER: Mapping[int, int] = {SERVICE: 191, DEPARTMENT: 351, OPEN: 291}
_TITLES: Mapping[int, str] = {
    SERVICE: "{} for other programmes",
    DEPARTMENT: "Topics in {}, {}",
    OPEN: "{} for everyone, {}",
}
_KINDS: Mapping[int, str] = {
    CORE: CORE_KIND,
    SERVICE: CORE_KIND,
    DEPARTMENT: DEPARTMENT_ELECTIVE,
    OPEN: OPEN_ELECTIVE,
}


def course_records(catalogue: Catalogue, departments: Sequence[tuple[str, str]]) -> tuple[CourseRecord, ...]:
    """Return the courses: ``PHY201`` is the first core course of the second year of Physics."""
    return tuple(_records(catalogue, departments))


def _records(catalogue: Catalogue, departments: Sequence[tuple[str, str]]) -> Iterator[CourseRecord]:
    before: Counter[tuple[int, int, int]] = Counter()
    rows = zip(
        *(catalogue.department.tolist(), catalogue.kind.tolist(), catalogue.year.tolist()),
        *(catalogue.lectures.tolist(), catalogue.labs.tolist()),
        strict=True,
    )
    for row, (department, kind, year, lectures, labs) in enumerate(rows, 2):
        code, subject = departments[department]
        place = before[department, kind, year]
        before[department, kind, year] += 1
        number = _FIRST_NUMBER.get(kind, 100 * (year + 1) + 1) + place
        title = _TITLES.get(kind, f"{{}} {year + 1}.{{}}").format(subject, place + 1)
        laboratory = LABORATORIES[int(catalogue.lab_type[department])]
        semester: Offered = "odd" if kind == CORE else "both"
        yield CourseRecord(
            id=f"{code}{number}",
            department=code,
            name=title,
            credits=2 * lectures + 2 * labs,
            lectures=lectures,
            labs=labs,
            lecture_slots=1,
            lab_slots=LAB_SLOTS,
            lecture_features=frozenset({LECTURE_ROOM}),
            lab_features=frozenset({laboratory} if labs else ()),
            semester=semester,
            kind=_KINDS[kind],
            row=row,
        )
