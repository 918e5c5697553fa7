"""A problem checks its cross-references, all at once, and says what it is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.constraints.load import MaximumLoad
from echelon_lib.constraints.times import AtMostPerTime
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.offerings import Course, Meeting, Part, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, Policy, Scope, priced
from echelon_lib.domain.problem import Problem

CALENDAR = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})
MEETING = Meeting("ART-1", CALENDAR.times, ("hall",))
SECTION = Section("ART-1", (MEETING,), seats=20, attendees=("T1",))


@pytest.fixture(scope="module")
def problem() -> Problem:
    """One section of art with its teacher, a student who asks for it and a rule of each kind."""
    return Problem(
        "One section",
        CALENDAR,
        courses=(Course.of("Art", [SECTION]), Course.of("Latin", [])),
        attendees=(Attendee("T1", "teacher"), Attendee("s1", "student")),
        rooms=(Room("hall", 30),),
        requests=(Request("q1", "s1", ("Art", "Latin"), weight=100),),
        pooled={"s1": ("Latin",)},
        constraints=(
            MaximumLoad("load", Scope.of_attendee("T1"), REQUIRED, 5),
            AtMostEnrolled("size", Scope.of_sections(["ART-1"]), priced(2), (10,)),
            AtMostPerTime("per period", Scope.of_meetings(["ART-1"]), OFF),
        ),
    )


def test_look_ups(problem: Problem) -> None:
    assert problem.section_of["ART-1"] is problem.sections["ART-1"]
    assert problem.course_of["ART-1"].id == "Art"
    assert problem.course["Latin"].sections == ()
    assert [teacher.id for teacher in problem.teachers] == ["T1"]
    assert [student.id for student in problem.students] == ["s1"]
    assert problem.requests_of == {"s1": problem.requests}
    assert problem.sections_of == {"T1": (problem.sections["ART-1"],)}
    assert problem.teachers_of(problem.sections["ART-1"]) == ("T1",)


def test_a_problem_is_frozen(problem: Problem) -> None:
    with pytest.raises(FrozenInstanceError):
        problem.name = "another"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        problem.sections["ART-1"].seats = 3  # type: ignore[misc]


def test_the_tree_counts_what_there_is(problem: Problem) -> None:
    assert str(problem) == "\n".join([
        "Problem 'One section'",
        "├─ calendar: 2 days, 4 periods",
        "├─ courses: 2",
        "│  ├─ sections: 1",
        "│  ├─ meetings: 1",
        "│  └─ seats: 20",
        "├─ attendees: 2",
        "│  ├─ students: 1",
        "│  ├─ teachers: 1",
        "├─ rooms: 1",
        "├─ requests: 1",
        "└─ constraints: 3",
        "   ├─ load (required): 1",
        "   ├─ per period (off): 1",
        "   ├─ size (priced = 2): 1",
    ])  # fmt: skip


def test_teacher_and_student_may_share_an_identifier(problem: Problem) -> None:
    both = replace(problem, attendees=(*problem.attendees, Attendee("T1", "student")))
    assert both.attendee["T1"].kind == "teacher"
    assert both.student["T1"].kind == "student"


def art(**changes: Any) -> dict[str, Any]:
    return {"courses": (Course.of("Art", [replace(SECTION, **changes)]), Course.of("Latin", []))}


def rule(scope: Scope) -> dict[str, Any]:
    return {"constraints": (AtMostPerTime("few", scope, REQUIRED),)}


def asked(*requests: Request) -> dict[str, Any]:
    return {"requests": requests}


PEOPLE = (Attendee("T1", "teacher"), Attendee("s1", "student"))
PERIODS = (*CALENDAR.periods, Period("R1", Time(5)))
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a period twice": ({"calendar": replace(CALENDAR, periods=PERIODS)}, "the period 'R1' is given 2 times"),
    "a course twice": (
        {"courses": (Course.of("Art", [SECTION]), Course.of("Art", []), Course.of("Latin", []))},
        "the course 'Art' is given 2 times",
    ),
    "a section in two courses": (
        {"courses": (Course.of("Art", [SECTION]), Course.of("Latin", [replace(SECTION, meetings=())]))},
        "the section 'ART-1' is given 2 times",
    ),
    "a section in two parts": (
        {"courses": (Course("Art", (Part("p", (SECTION,)), Part("q", (SECTION,)))), Course.of("Latin", []))},
        "the meeting 'ART-1' is given 2 times",
    ),
    "a meeting twice": (art(meetings=(MEETING, MEETING)), "the meeting 'ART-1' is given 2 times"),
    "a teacher twice": ({"attendees": (*PEOPLE, PEOPLE[0])}, "the attendee 'T1' is given 2 times"),
    "a group named as a teacher": (
        {"attendees": (*PEOPLE, Attendee("T1", "group"))},
        "the attendee 'T1' is given 2 times",
    ),
    "a student twice": ({"attendees": (*PEOPLE, PEOPLE[1])}, "the student 's1' is given 2 times"),
    "a room twice": ({"rooms": (Room("hall", 1), Room("hall", 2))}, "the room 'hall' is given 2 times"),
    "a request twice": (
        asked(Request("q", "s1", ("Art",)), Request("q", "s1", ("Latin",))),
        "the request 'q' is given 2 times",
    ),
    "an empty name": ({"rooms": (Room("hall", 1), Room("", 2))}, "a room has an empty identifier"),
    "an unknown teacher": (art(attendees=("T2",)), "section 'ART-1' refers to the unknown attendee 'T2'"),
    "a student who attends by the data": (art(attendees=("s1",)), "the unknown attendee 's1'"),
    "an attendee named twice": (
        art(attendees=("T1", "T1")),
        "section 'ART-1' names the attendee 'T1' 2 times",
    ),
    "negative seats": (art(seats=-1), "section 'ART-1' has -1 seats"),
    "an unknown room": (
        art(meetings=(replace(MEETING, rooms=("hal",)),)),
        "meeting 'ART-1' refers to the unknown room 'hal'\n  Maybe 'hall' was meant?",
    ),
    "a request for nothing": (asked(Request("q", "s1", ())), "request 'q' names no course"),
    "a negative request": (asked(Request("q", "s1", ("Art",), weight=-5)), "the negative weight -5"),
    "a request of nobody": (asked(Request("q", "s2", ("Art",))), "refers to the unknown student 's2'"),
    "a request of a teacher": (asked(Request("q", "T1", ("Art",))), "refers to the unknown student 'T1'"),
    "an unknown course": (
        asked(Request("q", "s1", ("Arts",))),
        "unknown course 'Arts'\n  Maybe 'Art' was meant?",
    ),
    "an unknown alternate": (asked(Request("q", "s1", ("Art", "Zoo"))), "the unknown course 'Zoo'"),
    "an unknown pooled alternate": (
        {"pooled": {"s1": ("Zoo",)}},
        "of 's1' refers to the unknown course 'Zoo'",
    ),
    "a pool of nobody": ({"pooled": {"s7": ("Art",)}}, "refers to the unknown student 's7'"),
    "a rule for no meeting": (
        rule(Scope.of_meetings(["X"])),
        "constraint 'few' refers to the unknown meeting",
    ),
    "a rule for no section": (
        rule(Scope.of_sections(["X"])),
        "constraint 'few' refers to the unknown section",
    ),
    "a rule for nobody": (
        rule(Scope.of_attendee("X")),
        "constraint 'few' refers to the unknown attendee 'X'",
    ),
    "a negative price": ({"policy": Policy(seats=priced(-1))}, "the policy has the negative weight -1"),
    "a level before the first": (
        {"policy": Policy(clash={"group": Enforcement("priced", 1, 0)})},
        "the policy has the level 0",
    ),
    "one name at two levels": (
        {"constraints": tuple(AtMostPerTime("few", Scope(), priced(1, level)) for level in (1, 2))},
        "constraint 'few' is priced at the levels 1 and 2",
    ),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_a_broken_reference_is_refused(problem: Problem, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        replace(problem, **{"constraints": (), **changes})
    assert message in str(error.value)


def test_all_faults_come_at_once(problem: Problem) -> None:
    with pytest.raises(DataError) as error:
        replace(
            problem,
            attendees=(Attendee("s1", "student"), Attendee("s1", "student")),
            rooms=(),
            requests=(Request("q", "s9", ("Zoo",)),),
        )
    assert [issue.message for issue in error.value.issues] == [
        "the student 's1' is given 2 times",
        "section 'ART-1' refers to the unknown attendee 'T1'",
        "meeting 'ART-1' refers to the unknown room 'hall'",
        "request 'q' refers to the unknown student 's9'",
        "request 'q' refers to the unknown course 'Zoo'",
        "constraint 'load' refers to the unknown attendee 'T1'",
    ]
    assert str(error.value).startswith("6 problems found:\n")


@pytest.mark.parametrize(
    ("policy", "rules", "levels"),
    [
        (Policy(), (), 1),
        (Policy(requests=OFF), (), 1),
        (Policy(), (REQUIRED, OFF), 1),
        (Policy(), (priced(1),), 2),
        (Policy(), (priced(1, level=4), priced(1, level=4)), 4),
        (Policy(seats=priced(1)), (), 2),
        (Policy(clash={"student": priced(1, level=3)}), (), 3),
        (Policy(unplaced=priced(1, level=2)), (), 2),
    ],
)
def test_levels(problem: Problem, policy: Policy, rules: tuple[Enforcement, ...], levels: int) -> None:
    constraints = tuple(MaximumLoad(f"rule {k}", Scope.of_attendee("T1"), e, 5) for k, e in enumerate(rules))
    assert replace(problem, policy=policy, constraints=constraints).levels == levels
    assert replace(problem, policy=policy).request_weight == 100 * policy.requests.weight


def test_costs_of_a_request() -> None:
    request = Request("q", "s", ("Art", "Latin", "Band"), weight=25)
    assert [request.cost(rank) for rank in (None, 0, 1, 2, 10, 40)] == [25, 0, 2, 5, 25, 25]
    assert request.primary == "Art"
