"""Facts in sentences about everything that has an identifier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.explain import Explanation, explain

CALENDAR = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})


def section(id: str, seats: int, *teachers: str, rooms: tuple[str, ...] = ()) -> Section:
    """A section with one meeting at any time."""
    meeting = Meeting(id, CALENDAR.times, rooms)
    return Section(id, (meeting,), seats=seats, attendees=teachers, department="Science")


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Three students, two teachers and three courses of which one has no section."""
    wishes = {"S1": ["Chemistry", "Art|Band"], "S2": ["Chemistry", "Art"], "S3": ["Chemistry", "Dance"]}
    return Problem(
        "small",
        CALENDAR,
        courses=(
            Course.of("Chemistry", [section("C1", 2, "T1"), section("C2", 1, "T1", rooms=("lab",))]),
            Course.of("Art", [section("A1", 5, "T2")]),
            Course.of("Band", [section("B1", 5)]),
            Course.of("Dance", []),
        ),
        attendees=(
            Attendee("T1", "teacher", department="Science"),
            Attendee("T2", "teacher"),
            Attendee("S1", "student", tags=frozenset({"SPED"})),
            Attendee("S2", "student"),
            Attendee("S3", "student", tags=frozenset({"SPED"})),
        ),
        rooms=(Room("lab", 20),),
        requests=tuple(
            Request(f"{student}#{n}", student, tuple(wish.split("|")))
            for student, lines in wishes.items()
            for n, wish in enumerate(lines)
        ),
        constraints=(
            ForbiddenTimes("teacher unavailable", Scope.of_attendee("T1"), REQUIRED, CALENDAR.times[3:]),
            AtMostEnrolled("SPED limit", Scope.of_sections(["C1"]), REQUIRED, (1,), tag="SPED"),
            AtLeastEnrolled("section minimum", Scope.of_sections(["A1"]), priced(10), (3,)),
        ),
    )


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    """C1 and A1 in R1, C2 in G1; S1 in C1 and B1, S2 in A1, S3 nowhere; B1 has no period."""
    return (
        Timetable()
        .place("C1", CALENDAR.time("R1"))
        .place("A1", CALENDAR.time("R1"))
        .place("C2", CALENDAR.time("G1"), "lab")
        .enrol("S1", "C1", "B1")
        .enrol("S2", "A1")
    )


@pytest.fixture(scope="module")
def say(problem: Problem, timetable: Timetable):
    """Explain one identifier of the small school."""
    return lambda id: explain(problem, timetable, id)


def test_a_section(say) -> None:
    told = say("C1")
    assert told.kinds == ("section",)
    assert told.facts == (
        "C1 is a section of Chemistry in Science, taught by T1.",
        "C1 is in R1.",
        "1 of 2 seats are taken (50 %).",
        "SPED students: 1.",
        "3 students ask for Chemistry first; 2 sections with 3 seats in all.",
    )


def test_a_section_with_what_it_breaks(say) -> None:
    facts = say("A1").facts
    assert "Costs 20 (section minimum): A1 (Art) has 1 students, 2 fewer than 3 (the limit)." in facts


def test_a_section_without_teacher_and_period(say) -> None:
    facts = say("B1").facts
    assert facts[:2] == ("B1 is a section of Band in Science, without a teacher.", "B1 has no period.")
    assert any(fact.startswith("Required (unplaced meetings)") for fact in facts)


def test_a_section_without_seats(problem: Problem, timetable: Timetable) -> None:
    courses = (Course.of("Chemistry", [section("C1", 0, "T1")]), Course.of("Art", [Section("A1", ())]))
    bare = replace(problem, courses=(*courses, *problem.courses[2:]), constraints=())
    assert "1 of 0 seats are taken." in explain(bare, timetable, "C1").facts
    assert "1 student enrolled; seats are not limited." in explain(bare, timetable, "A1").facts


def test_a_student(say) -> None:
    assert say("S1").facts == (
        "Student S1 (SPED) has 1 of 2 requests met and 2 filled.",
        "R1: Chemistry (C1, T1).",
        "No period yet: Band (B1).",
        "Art is served by Band, alternate 1.",
    )


def test_why_a_request_is_not_met(say) -> None:
    two, three = say("S2").facts, say("S3").facts
    assert "Chemistry is not met: C1 in R1 clashes with Art; C2 has a free seat and no clash." in two
    assert "Chemistry is not met: C1 has no SPED seat left; C2 has a free seat and no clash." in three
    assert "Dance is not met: it has no section." in three


def test_a_full_section_is_the_reason(problem: Problem, timetable: Timetable) -> None:
    told = explain(problem, timetable.enrol("S3", "C2"), "S2")
    assert "Chemistry is not met: C1 in R1 clashes with Art; C2 is full." in told.facts


def test_a_student_in_two_places(problem: Problem, timetable: Timetable) -> None:
    told = explain(problem, timetable.enrol("S2", "C1"), "S2")
    assert any(fact.startswith("Required (student clash): Student S2 has A1 and C1") for fact in told.facts)


def test_a_teacher(say) -> None:
    assert say("T1").facts == (
        "T1 is a teacher of Science with 2 sections.",
        "R1: Chemistry (C1).",
        "G1: Chemistry (C2).",
        "T1 is not available in G2.",
        "Sections by day: 1 on day R, 1 on day G.",
    )


def test_a_teacher_who_is_away(problem: Problem, timetable: Timetable) -> None:
    told = explain(problem, timetable.place("C2", CALENDAR.time("G2")), "T1")
    assert told.facts[-1].startswith("Required (teacher unavailable): T1 is away in G2")


def test_a_course(say) -> None:
    assert say("Chemistry").facts == (
        "C1: R1, 1 of 2 seats taken.",
        "C2: G1, 0 of 1 seats taken.",
        "3 students ask for Chemistry first; 2 sections with 3 seats in all.",
        "1 of 3 requests for it are met, 0 are served by an alternate.",
    )
    assert say("Dance").facts[0] == "Dance is not offered: it has no section."
    assert (
        "0 students ask for Band first and 1 as an alternate; 1 section with 5 seats in all."
        in say("Band").facts
    )


def test_a_room(say) -> None:
    assert say("lab").facts == ("Room lab has 20 seats.", "G1: Chemistry (C2).")


def test_a_meeting_stands_for_its_section(problem: Problem, timetable: Timetable) -> None:
    two = Section("A1", (Meeting("A1a", CALENDAR.times), Meeting("A1b", CALENDAR.times)), seats=5)
    courses = (problem.courses[0], Course.of("Art", [two]), *problem.courses[2:])
    told = explain(replace(problem, courses=courses), timetable.place("A1b", CALENDAR.time("G2")), "A1b")
    assert told.kinds == ("section",)
    assert {"A1a has no period.", "A1b is in G2."} <= set(told.facts)


def test_an_identifier_of_a_teacher_and_a_student_gives_both(problem: Problem, timetable: Timetable) -> None:
    both = replace(problem, attendees=(*problem.attendees, Attendee("T1", "student")))
    told = explain(both, timetable, "T1")
    assert told.kinds == ("teacher", "student")
    assert "T1 is a teacher of Science with 2 sections." in told.facts
    assert "Student T1 has 0 of 0 requests met and 0 filled." in told.facts


def test_an_unknown_identifier_names_the_nearest(say) -> None:
    with pytest.raises(DataError, match=r"'Chemistri'(?s:.)*Maybe 'Chemistry' was meant\?"):
        say("Chemistri")
    with pytest.raises(DataError, match="no section, course, teacher, student or room is called ''"):
        say("")


def test_an_empty_timetable_can_be_explained(problem: Problem) -> None:
    for id in ("C1", "Chemistry", "T1", "S1", "lab"):
        assert explain(problem, Timetable(), id).facts


def test_unknown_enrolments_do_not_matter(problem: Problem) -> None:
    odd = Timetable(enrolments={"S1": frozenset({"nowhere", "C1"}), "ghost": frozenset({"C1"})})
    assert "2 of 2 seats are taken (100 %)." in explain(problem, odd, "C1").facts
    assert explain(problem, odd, "S1").facts


def test_as_text() -> None:
    assert str(Explanation("T1", ("teacher",), ("One.", "Two."))) == "T1 (teacher)\n- One.\n- Two."
