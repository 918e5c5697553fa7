"""How evenly sections share students, and what teachers' weeks are like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schools_by_hand import six_students, six_students_placed
from tiny_schools import tiny

from echelon_lib.analysis.balance import balance_by_course, even_sizes
from echelon_lib.analysis.loads import loads_by_teacher
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.policy import REQUIRED, Scope
from echelon_lib.domain.timetable import Timetable


def test_the_least_even_course_comes_first() -> None:
    wishes = {f"s{at}": "Art Gym" for at in range(6)}
    school = tiny("Art-1:6 Art-2:6 Gym-1:5 Gym-2:1", wishes)
    timetable = Timetable()
    for at in range(6):
        timetable = timetable.enrol(f"s{at}", "Art-1" if at < 5 else "Art-2", "Gym-1" if at < 5 else "Gym-2")
    assert balance_by_course(school, timetable).to_dict("list") == {
        "Course": ["Art", "Gym"],
        "Sections": [2, 2],
        "Students": [6, 6],
        "Fewest": [1, 1],
        "Most": [5, 5],
        "Spread": [4, 4],
        "Attainable": [0, 4],
        "To move": [2, 0],
    }


def test_a_group_alone_is_counted() -> None:
    table = balance_by_course(six_students(), six_students_placed(), by="SPED")
    assert table[["Course", "Students", "Fewest", "Most", "To move"]].to_numpy().tolist() == [
        ["Art", 1, 0, 1, 0]
    ]
    with pytest.raises(EchelonError, match="No student has SPED 'Maybe'"):
        balance_by_course(six_students(), six_students_placed(), by="SPED", group="Maybe")


@given(
    st.lists(st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 12))), min_size=1, max_size=5)
)
def test_even_sizes_are_even_and_hold_everybody(drawn: list[tuple[int, int | None]]) -> None:
    sizes, seats = [size for size, _ in drawn], [seat for _, seat in drawn]
    even = even_sizes(sizes, seats)
    assert sum(even) == sum(sizes)
    room = [sum(sizes) if seat is None else max(size, seat) for size, seat in drawn]
    assert all(0 <= one <= most for one, most in zip(even, room, strict=True))
    for one in range(len(even)):
        for other in range(len(even)):
            could = even[other] < room[other]
            assert not could or even[one] - even[other] <= 1, "somebody could still move to where fewer are"


def test_a_week_of_a_teacher() -> None:
    school = tiny("Bio-1/pat Bio-2/pat Art-1/pat Gym-1/quin", {"ann": "Bio"}, labs=["Bio-1", "Bio-2"])
    away = ForbiddenTimes("away", Scope.of_attendee("quin"), REQUIRED, (school.calendar.time("G2"),))
    school = replace(school, constraints=(away,))
    timetable = Timetable()
    for id, period in {"Bio-1": "R1", "Bio-2": "R2", "Art-1": "G2"}.items():
        timetable = timetable.place(id, school.calendar.time(period))
    assert loads_by_teacher(school, timetable).to_dict("list") == {
        "Teacher": ["pat", "quin"],
        "Department": ["", ""],
        "Sections": [3, 1],
        "Courses": [2, 1],
        "On R": [2, 0],
        "On G": [1, 0],
        "Most a day": [2, 0],
        "In a row": [2, 0],
        "Labs in a row": [1, 0],
        "Free": [1, 3],
        "Not placed": [0, 1],
    }
    apart = timetable.place("Bio-2", school.calendar.time("G1"))
    assert loads_by_teacher(school, apart)["Labs in a row"].tolist() == [0, 0], "R2 and G1 are different days"
