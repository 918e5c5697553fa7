"""What is counted instead of named: when that is exact, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from brute_force import assert_exact, assert_sound
from random_schools import random_school_with_locks
from tiny_schools import BACKENDS, ONE_DAY, TWO_DAYS, every, meetings, tiny, usable

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.load import MaximumLoad
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.rooms import RoomCapacity
from echelon_lib.constraints.spread import EvenDays, MinimumDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.offerings import Course, Meeting, Part, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.search.choose import solve
from echelon_lib.solvers.reduce import Reduction, not_placeable, why_not, why_not_singly

R1, R2, G1, G2 = TWO_DAYS.times


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend that may be used."""
    return usable(request.param)


# Groups, classes and kinds ------------------------------------------------------------------------------


def test_equal_students_are_one_group() -> None:
    school = tiny(
        "Art-1 Band-1", {"ann": "Art Band", "bob": "Art Band", "cyd": "Band Art", "dan": "Art|Band"}
    )
    assert [group.students for group in Reduction(school).groups] == [("ann", "bob"), ("cyd",), ("dan",)]


def test_a_flag_matters_only_where_a_rule_looks_at_it() -> None:
    words = ("Art-1", {"ann": "Art", "bob": "Art"})
    assert len(Reduction(tiny(*words, sped=["ann"])).groups) == 1
    limit = AtMostEnrolled("SPED limit", every("Art-1"), REQUIRED, (1,), "SPED")
    assert len(Reduction(tiny(*words, limit, sped=["ann"])).groups) == 2
    off = replace(limit, enforcement=OFF)
    assert len(Reduction(tiny(*words, off, sped=["ann"])).groups) == 1


def test_other_weights_are_another_group() -> None:
    school = tiny("Art-1", {"ann": "Art", "bob": "Art"})
    heavier = replace(school.requests[0], weight=200)
    assert len(Reduction(replace(school, requests=(heavier, school.requests[1]))).groups) == 2


def test_every_student_is_alone_in_the_individual_way() -> None:
    school = tiny("Art-1", {"ann": "Art", "bob": "Art"})
    assert [group.size for group in Reduction(school, individual=True).groups] == [1, 1]


@pytest.mark.parametrize(
    ("rules", "sizes"),
    [
        ([], [2]),
        ([ForbiddenTimes("away", Scope.of_attendee("pat"), REQUIRED, (R1,))], [1, 1]),
        ([ForbiddenTimes("away", Scope.of_attendee("pat"), priced(2), (R1,))], [1, 1]),
        ([ForbiddenTimes("away", Scope.of_attendee(who), priced(2), (R1,)) for who in ("pat", "quin")], [2]),
        ([EvenDays("even", Scope.of_attendee(who), priced(2)) for who in ("pat", "quin")], [2]),
        ([EvenDays("even", Scope.of_attendee("pat"), priced(2))], [1, 1]),
        ([EvenDays("even", Scope.of_attendee("pat"), OFF)], [2]),
        ([NotConsecutive("apart", Scope.of_attendee(w), REQUIRED, "Lab") for w in ("pat", "quin")], [1, 1]),
        ([MaximumLoad("load", Scope.of_attendee("pat"), priced(1), 1)], [2]),
    ],
    ids=[
        "alike",
        "away",
        "away at a price",
        "both away",
        "even",
        "one even",
        "off",
        "labs apart",
        "constant",
    ],
)
def test_teachers_who_are_alike_are_one_class(rules: list[ForbiddenTimes], sizes: list[int]) -> None:
    sections = "Art-1/pat Art-2/quin Lab-1/pat Lab-2/pat Lab-3/quin Lab-4/quin"
    labs = ["Lab-1", "Lab-2", "Lab-3", "Lab-4"]
    school = tiny(sections, {"ann": "Art"}, *rules, labs=labs)
    assert sorted(one.size for one in Reduction(school).classes) == sizes


def test_even_days_are_shared_out_over_two_days_only() -> None:
    three = Calendar.of_days({"A": ["A1"], "B": ["B1"], "C": ["C1"]})
    both = Calendar(
        ("R", "G"),
        2,
        (Period("R1", Time(0)), Period("G1", Time(0, days=2)), Period("X", Time(1, days=3))),
    )
    for calendar, size in ((TWO_DAYS, 2), (three, 1), (both, 1)):
        rules = [EvenDays("even", Scope.of_attendee(who), priced(1)) for who in ("pat", "quin")]
        school = tiny("Art-1/pat Art-2/quin", {"ann": "Art"}, *rules, calendar=calendar)
        assert {one.size for one in Reduction(school).classes} == {size}


def test_sections_without_a_teacher_are_one_class_by_type() -> None:
    school = tiny("Art-1 Art-2 Art-3:5", {"ann": "Art"}, fixed={"Art-2": "R1"})
    assert [(one.teachers, one.size) for one in Reduction(school).classes] == [((), 1)] * 3


def test_sections_with_other_seats_or_limits_are_another_kind() -> None:
    sections = "Art-1 Art-2 Art-3:5 Art-4"
    limit = AtMostEnrolled("maximum", every("Art-4"), REQUIRED, (1,))
    kinds = Reduction(tiny(sections, {"ann": "Art"}, limit)).kinds_of["Art"]
    assert [(kind.seats, len(kind.limits)) for kind in kinds] == [(2, 0), (5, 0), (2, 1)]


# Where counting or combining was easy to get wrong ------------------------------------------------------


def seats_off() -> Problem:
    """Seats do not count, but a section must be open where students take the course."""
    return tiny(
        "Art-1:1 Band-1:1/pat",
        {"ann": "Art Band", "bob": "Art Band", "cyd": "Band"},
        ForbiddenTimes("late", meetings("Art-1 Band-1"), priced(1), (R2, G1, G2)),
        policy=Policy(seats=OFF),
    )


def overfill() -> Problem:
    """Overfilling costs two a student; one section would be enough for all."""
    return tiny(
        "Art-1:1 Art-2:3 Band-1:2",
        {"ann": "Art Band", "bob": "Art Band", "cyd": "Art Band", "dan": "Art", "eve": "Art"},
        AtMostEnrolled("balance", every("Art-1 Art-2"), priced(1), (2, 2)),
        policy=Policy(seats=priced(2)),
        calendar=ONE_DAY,
    )


def target_below_a_share_beyond_the_limit() -> Problem:
    """Two prices for one tag, of which the higher limit lies beyond what a required one allows."""
    everyone = every("Art-1 Art-2")
    return tiny(
        "Art-1:4 Art-2:4",
        {"ann": "Art", "bob": "Art", "cyd": "Art", "dan": "Art"},
        AtMostEnrolled("SPED limit", everyone, REQUIRED, (3, 3), "SPED"),
        AtMostEnrolled("SPED target", everyone, priced(3), (1, 1), "SPED"),
        AtMostEnrolled("SPED spread", everyone, priced(1), (3, 4), "SPED"),
        sped=["ann", "bob", "cyd", "dan"],
        calendar=Calendar.of_days({"Day": ["P1"]}),
    )


def alternates_worth_nothing() -> Problem:
    """The tenth alternate saves nothing, and still fills a section that is too small."""
    wish = "None|A|B|C|D|E|F|G|H|I|Art"
    return tiny(
        "Art-1", {"ann": wish, "bob": "Art"}, AtLeastEnrolled("minimum", every("Art-1"), priced(4), (2,))
    )


def requests_without_weight() -> Problem:
    """Requests that weigh nothing are met for the sake of a minimum only."""
    return tiny(
        "Art-1 Band-1",
        {"ann": "Art Band", "bob": "Art Band"},
        AtLeastEnrolled("minimum", every("Art-1"), priced(4), (2,)),
        AtLeastEnrolled("minimum", every("Band-1"), priced(4), (1,)),
        AtMostEnrolled("few", every("Band-1"), priced(3), (0,)),
        calendar=Calendar.of_days({"Day": ["P1"]}),
        weights={"Art": 0, "Band": 0},
    )


def policy_without_weight() -> Problem:
    """The policy prices unmet requests at nothing: not every request need be met at the next level."""
    return replace(
        requests_without_weight(),
        policy=Policy(requests=priced(0, 1)),
        requests=tuple(replace(request, weight=100) for request in requests_without_weight().requests),
    )


def first_level_beside_requests() -> Problem:
    """All requests can be met, and another price of the first level must be held all the same."""
    return tiny(
        "Art-1/pat Band-1/pat",
        {"ann": "Art Band"},
        ForbiddenTimes("away", Scope.of_attendee("pat"), priced(5, level=1), (R1,)),
        ForbiddenTimes("late", meetings("Art-1 Band-1"), priced(7), (R2, G1, G2)),
    )


def away_named_twice() -> Problem:
    """A teacher is away in one period that the rule names twice, and all day long as well."""
    day = Time(0, length=2)
    return tiny(
        "Art-1/pat Band-1/pat Chess-1/pat",
        {"ann": "Art"},
        ForbiddenTimes("away", Scope.of_attendee("pat"), priced(3), (R1, R1, day)),
        ForbiddenTimes("late", meetings("Art-1 Band-1 Chess-1"), priced(4), (G2,)),
    )


def seats_not_limited() -> Problem:
    """A section without a number of seats holds everybody."""
    return tiny("Art-1", {"ann": "Art", "bob": "Art", "cyd": "Art"}, seats=None)


def minimum_with_a_tag_limit() -> Problem:
    """A required minimum and a limit for a tag: only one way of mixing the students keeps both."""
    everyone = every("Art-1 Art-2")
    return tiny(
        "Art-1:2 Art-2:3",
        {"ann": "Art", "bob": "Art", "cyd": "Art", "dan": "Art"},
        AtLeastEnrolled("minimum", everyone, REQUIRED, (2, 2)),
        AtMostEnrolled("SPED limit", everyone, REQUIRED, (1, 1), "SPED"),
        sped=["ann", "bob"],
        calendar=Calendar.of_days({"Day": ["P1"]}),
    )


def minimum_that_cannot_be() -> Problem:
    """Enough students ask for each course, but they cannot be in both sections at once."""
    return tiny(
        "Art-1 Band-1",
        {"ann": "Art Band", "bob": "Art Band"},
        AtLeastEnrolled("minimum", every("Art-1 Band-1"), REQUIRED, (2, 2)),
        calendar=Calendar.of_days({"Day": ["P1"]}),
    )


def twins_with_even_days() -> Problem:
    """Two teachers alike, whose days are even only if their sections are shared out rightly."""
    sections = "Art-1/pat Art-2/pat Band-1/pat Art-3/quin Art-4/quin Band-2/quin"
    return tiny(
        sections,
        {"ann": "Art Band", "bob": "Art", "cyd": "Band"},
        *(EvenDays("even", Scope.of_attendee(who), priced(3)) for who in ("pat", "quin")),
        *(ForbiddenTimes("away", Scope.of_attendee(who), REQUIRED, (G2,)) for who in ("pat", "quin")),
        AtMostPerTime("per period", meetings("Band-1 Band-2"), priced(1), 1),
    )


def given_twice() -> Problem:
    """One course is asked for twice by one student and serves the first of the two requests."""
    return tiny("Art-1:1 Band-1:1", {"ann": "Art Art|Band", "bob": "Band"}, weights={"Band": 10})


CAREFUL = (
    seats_off,
    overfill,
    target_below_a_share_beyond_the_limit,
    alternates_worth_nothing,
    requests_without_weight,
    policy_without_weight,
    first_level_beside_requests,
    away_named_twice,
    seats_not_limited,
    minimum_with_a_tag_limit,
    minimum_that_cannot_be,
    twins_with_even_days,
    given_twice,
)


@pytest.mark.parametrize("school", CAREFUL, ids=lambda school: school.__name__)
def test_counting_is_exact(school: Callable[[], Problem], backend: str) -> None:
    problem = school()
    assert why_not(problem) == ()
    assert_exact(problem, backend)


# Locks, grades and graduation ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_rules_about_single_students_are_exact(first: int, backend: str) -> None:
    """Whoever is kept in a section, out of a course or free, or needs a course, as brute force has it."""
    for seed in range(first, first + 20):
        school = random_school_with_locks(seed)
        if not why_not_singly(school):
            assert_exact(school, backend, seed=seed)


def test_students_with_other_locks_are_other_groups() -> None:
    words = ("Art-1 Art-2 Band-1", {"ann": "Art", "bob": "Art", "cyd": "Art", "dan": "Art"})
    rules = [
        KeptIn("lock", every("Art-1"), REQUIRED, "ann"),
        FreeTimes("lock", Scope(), REQUIRED, "bob", (R1,)),
        OnlyFor("grades", every("Art-1 Art-2"), REQUIRED, frozenset({"ann", "bob", "dan"})),
        CoreFilled("graduation", Scope(), priced(3, 1), ("dan#0",)),
    ]
    reduction = Reduction(tiny(*words, *rules))
    assert [group.size for group in reduction.groups] == [1, 1, 1, 1]
    ann, bob, cyd, dan = reduction.groups
    assert ann.kept == (("Art-1", (REQUIRED,)),)
    assert bob.closed == {R1}
    assert cyd.wishes[0].options == ()
    assert dan.wishes[0].needed == (priced(3, 1),)
    assert [kind.own for kind in reduction.kinds_of["Art"]] == ["Art-1", ""]
    off = [replace(rule, enforcement=OFF) for rule in rules]
    assert [group.size for group in Reduction(tiny(*words, *off)).groups] == [4]


def needed_alternate() -> Problem:
    """Chess would fill what has to be filled, but the evaluator counts it where it saves more."""
    rule = CoreFilled("graduation", Scope(), REQUIRED, ("ann#0",))
    return tiny("Chess-1", {"ann": "Art|Chess Band|Chess"}, rule, weights={"Band": 200})


def test_a_shared_alternate_of_what_has_to_be_filled_is_not_exact(backend: str) -> None:
    problem = needed_alternate()
    for reasons in (why_not(problem), why_not_singly(problem)):
        assert "has to be filled may serve another" in " ".join(reasons)
    assert_sound(problem, backend)


# Reasons against counting -------------------------------------------------------------------------------

ASKED = {"ann": "Art Band", "bob": "Art|Chess Band", "cyd": "Band Chess", "dan": "Art"}
OFFERED = "Art-1/pat Art-2/quin Band-1/pat Chess-1"


def pooled() -> Problem:
    """A course that may stand in for any elective."""
    return tiny(OFFERED, ASKED, pooled={"ann": ("Chess",), "dan": ("Chess", "Band")})


def shared() -> Problem:
    """One alternate for two requests of a student."""
    return tiny(OFFERED, {**ASKED, "ann": "Art|Chess Band|Chess"})


def two_tags() -> Problem:
    """Two tags that overlap, each with a limit of its own."""
    everyone = every(OFFERED)
    rules = [AtMostEnrolled(f"{tag} limit", everyone, REQUIRED, (1,) * 4, tag) for tag in ("SPED", "ELL")]
    school = tiny(OFFERED, ASKED, *rules, sped=["ann", "bob"])
    people = tuple(
        replace(one, tags=one.tags | {"ELL"}) if one.id in ("ann", "cyd") else one for one in school.attendees
    )
    return replace(school, attendees=people)


def clashes_at_a_price() -> Problem:
    """A student may be in two places at once, which costs."""
    calendar = Calendar.of_days({"Day": ["P1", "P2"]})
    return tiny(OFFERED, ASKED, policy=Policy(clash={"student": priced(7)}), calendar=calendar)


def clashes_ignored() -> Problem:
    """Nobody minds that a student is in two places at once."""
    calendar = Calendar.of_days({"Day": ["P1", "P2"]})
    return tiny(OFFERED, ASKED, policy=Policy(clash={"student": OFF}), calendar=calendar)


def tag_minimum() -> Problem:
    """One section must have a student with the tag."""
    rule = AtLeastEnrolled("SPED minimum", every("Art-1 Art-2"), REQUIRED, (0, 1), "SPED")
    full = AtLeastEnrolled("minimum", every("Art-1"), priced(1), (2,))
    return tiny(OFFERED, ASKED, rule, full, sped=["dan"])


def tag_minimum_at_a_price() -> Problem:
    """Each section had better have a student with the tag."""
    rule = AtLeastEnrolled("SPED minimum", every("Art-1 Art-2"), priced(2), (1, 1), "SPED")
    return tiny(OFFERED, ASKED, rule, sped=["dan", "bob"])


REASONS = [
    (pooled, "pooled alternates may serve any elective", True),
    (shared, "an alternate may serve several requests", True),
    (two_tags, "several tags (ELL, SPED)", False),
    (clashes_at_a_price, "two places at once", True),
    (clashes_ignored, "two places at once", True),
    (tag_minimum, "'SPED minimum' asks for a minimum of students with a tag", True),
    (tag_minimum_at_a_price, "'SPED minimum' asks for a minimum of students with a tag", True),
]


@pytest.mark.parametrize(
    ("school", "words", "singly"), REASONS, ids=lambda one: getattr(one, "__name__", None)
)
def test_what_cannot_be_counted_is_solved_student_by_student(
    school: Callable[[], Problem], words: str, singly: bool, backend: str
) -> None:
    problem = school()
    assert words in " ".join(why_not(problem))
    assert not list(not_placeable(problem))
    assert bool(why_not_singly(problem)) is not singly
    if singly:
        assert "student by student" in assert_exact(problem, backend).solver
    else:
        result = assert_sound(problem, backend)
        assert words in " ".join(result.notes)


def test_alternates_and_a_required_minimum_are_not_exact_even_singly(backend: str) -> None:
    minimum = AtLeastEnrolled("minimum", every("Chess-1"), REQUIRED, (1,))
    problem = replace(shared(), constraints=(minimum,))
    assert "minimum that comes before requests" in " ".join(why_not_singly(problem))
    assert_sound(problem, backend)


def test_what_is_off_is_no_reason() -> None:
    everyone = every(OFFERED)
    school = tiny(
        OFFERED,
        ASKED,
        AtMostEnrolled("SPED limit", everyone, REQUIRED, (1,) * 4, "SPED"),
        AtMostEnrolled("ELL limit", everyone, OFF, (1,) * 4, "ELL"),
        AtLeastEnrolled("SPED minimum", everyone, OFF, (1,) * 4, "SPED"),
        AtMostEnrolled("squares", everyone, OFF, (1,) * 4, shape="quadratic"),
        MinimumDays("days", meetings(OFFERED), OFF, 3),
    )
    assert why_not(school) == ()


# What no solver can take --------------------------------------------------------------------------------


def with_section(section: Section, **more: object) -> Problem:
    """A school with one section in all."""
    school = tiny("Art-1", {"ann": "Art"})
    return replace(school, courses=(Course.of("Art", [section]),), **more)  # type: ignore[arg-type]


def two_parts() -> Problem:
    """A course of a lecture and a lab."""
    sections = [Section(id, (Meeting(id, TWO_DAYS.times),), 2) for id in ("lecture", "lab")]
    course = Course("Art", tuple(Part(one.id, (one,)) for one in sections))
    return replace(tiny("Art-1", {"ann": "Art"}), courses=(course,))


def overlapping_periods() -> Problem:
    """A long period beside the two that it covers."""
    periods = (Period("P1", Time(0)), Period("P2", Time(1)), Period("Long", Time(0, length=2)))
    return tiny("Art-1", {"ann": "Art"}, calendar=Calendar(("Day",), 2, periods))


TEACHERS = (Attendee("pat", "teacher"), Attendee("quin", "teacher"), Attendee("ann", "student"))


@pytest.mark.parametrize("apart", [OFF, REQUIRED, priced(4)], ids=str)
@pytest.mark.parametrize("clash", [OFF, priced(3), priced(1)], ids=str)
def test_a_teacher_is_in_two_places_where_the_rules_allow_it(
    clash: Enforcement, apart: Enforcement, backend: str
) -> None:
    """Pat has five labs for three periods: several meet at once, and each counts with each of the next."""
    school = tiny(
        "Art-1/pat Art-2/pat Art-3/pat Bio-1/pat Bio-2/pat",
        {"ann": "Art Bio", "bob": "Art Bio", "cyd": "Art", "dan": "Bio"},
        NotConsecutive("labs", Scope.of_attendee("pat"), apart, "Lab"),
        calendar=Calendar.of_days({"Day": ["P1", "P2", "P3"]}),
        policy=Policy(clash={"teacher": clash}),
        labs=["Art-1", "Art-2", "Art-3", "Bio-1", "Bio-2"],
    )
    assert not why_not(school)
    result = assert_exact(school, backend)
    assert result.evaluation is not None
    assert ("teacher clash" in result.evaluation.terms) is clash.priced


TIMES = TWO_DAYS.times
IMPOSSIBLE: list[tuple[Callable[[], Problem], str]] = [
    (lambda: with_section(Section("A", (Meeting("A1", TIMES), Meeting("A2", TIMES)), 2)), "several meetings"),
    (overlapping_periods, "periods overlap"),
    (lambda: with_section(Section("A", (Meeting("A", (Time(5),)),), 2)), "a time that is no period"),
    (
        lambda: with_section(Section("A", (Meeting("A", TIMES, ("r1",)),), 2), rooms=(Room("r1", 20),)),
        "rooms are given out",
    ),
    (two_parts, "several parts"),
    (
        lambda: with_section(Section("A", (Meeting("A", TIMES),), 2, ("pat", "quin")), attendees=TEACHERS),
        "several teachers",
    ),
    (
        lambda: with_section(
            Section("A", (Meeting("A", TIMES),), 2, ("9a",)),
            attendees=(Attendee("9a", "group"), Attendee("ann", "student")),
        ),
        "groups of students",
    ),
    (lambda: tiny("Art-1", {"ann": "Art"}, policy=Policy(unplaced=priced(9))), "placement or enrolment"),
    (lambda: tiny("Art-1", {"ann": "Art"}, policy=Policy(requests=REQUIRED)), "requests are not priced"),
    (
        lambda: tiny("Art-1", {"ann": "Art"}, MinimumDays("minimum days", meetings("Art-1"), priced(1), 2)),
        "'minimum days' has no encoding",
    ),
    (
        lambda: tiny("Art-1", {"ann": "Art"}, RoomCapacity("room seats", meetings("Art-1"), REQUIRED)),
        "'room seats' has no encoding",
    ),
    (
        lambda: tiny(
            "Art-1 Art-2", {"ann": "Art"}, OnlyFor("honours", every("Art-1"), REQUIRED, frozenset())
        ),
        "'honours' admits other students to some sections",
    ),
    (
        lambda: tiny(
            "Art-1",
            {"ann": "Art"},
            AtMostEnrolled("squares", every("Art-1"), priced(1), (0,), shape="quadratic"),
        ),
        "'squares' has a price that is not linear",
    ),
    (
        lambda: tiny(
            "Art-1", {"ann": "Art"}, AtLeastEnrolled("step", every("Art-1"), priced(1), (2,), shape="step")
        ),
        "'step' has a price that is not linear",
    ),
]


@pytest.mark.parametrize(("school", "words"), IMPOSSIBLE, ids=[words for _, words in IMPOSSIBLE])
def test_what_no_solver_can_take_is_said(school: Callable[[], Problem], words: str) -> None:
    problem = school()
    assert words in " ".join(not_placeable(problem))
    with pytest.raises(EchelonError, match="no solver can take this problem yet") as error:
        solve(problem, stop=1)
    assert words in str(error.value)


def test_several_reasons_come_at_once() -> None:
    problem = replace(two_parts(), policy=Policy(requests=REQUIRED, unplaced=priced(1)))
    assert len(list(not_placeable(problem))) >= 3
    assert set(not_placeable(problem)) <= set(why_not(problem))


def test_a_request_may_be_for_what_nobody_teaches(backend: str) -> None:
    school = tiny("Art-1", {"ann": "Latin Art", "bob": "Latin|Art"})
    result = assert_exact(school, backend)
    assert result.cost == (100 + 10,)
