"""Each action alone: what speaks against it, what the school is afterwards, what is left of a timetable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import ValidationError
from schools_of_records import placed, school, seated

from echelon_lib import Problem
from echelon_lib.advice.actions import (
    ACTIONS,
    Action,
    AddSection,
    ChangePeriods,
    ChangeSeats,
    MergeSections,
    ReassignTeacher,
    RemoveSection,
    SplitSection,
    SpreadSped,
    fresh_name,
)
from echelon_lib.advice.situation import Situation
from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.timetable import Timetable
from echelon_lib.locks import with_locks
from echelon_lib.schools import school_of

ARTS = "Art-1/pat Art-2/pat Art-3/quin Band-1/quin"
"""Three sections of three seats, and one of another course."""
TWO = "Art-1/pat Art-2/pat Band-1/quin"


def merge(section: str = "Art-1", into: str = "Art-2", releases: str = "pat") -> MergeSections:
    return MergeSections(section=section, into=into, releases=releases)


def remove(section: str = "Art-1", releases: str = "pat") -> RemoveSection:
    return RemoveSection(section=section, releases=releases)


def split(section: str = "Art-1", new_section: str = "Art-9", teacher: str = "ruth") -> SplitSection:
    return SplitSection(section=section, new_section=new_section, teacher=teacher)


def add(course: str = "Art", new_section: str = "Art-9", teacher: str = "ruth") -> AddSection:
    return AddSection(course=course, new_section=new_section, teacher=teacher)


def reassign(section: str = "Art-1", teacher: str = "ruth", releases: str = "pat") -> ReassignTeacher:
    return ReassignTeacher(section=section, teacher=teacher, releases=releases)


def keep(section: str, *periods: str) -> ChangePeriods:
    return ChangePeriods(section=section, periods=periods)


def spread(limit: int, course: str = "Art") -> SpreadSped:
    return SpreadSped(course=course, limit=limit)


def seats(count: int, section: str = "Art-1") -> ChangeSeats:
    return ChangeSeats(section=section, seats=count)


@dataclass(frozen=True)
class Case:
    """An action in a school; each reason against it by a piece of it, in order."""

    action: Action
    problem: Problem
    reasons: tuple[str, ...] = ()
    timetable: Timetable | None = None
    public: bool = True


def names(case: Case) -> str:
    return f"{case.action.kind}: {'; '.join(case.reasons) or 'legal'}"


# What may be done ---------------------------------------------------------------------------------------

FOUR = school(ARTS, asked={"Art": 6}, teachers="ruth")
ALONE = school("Art-1/pat Art-2/pat Band-1/quin", asked={"Art": 3}, teachers="ruth")


def legal_with(action: Action, sections: str, who: dict[str, str] | None = None, **more: Any) -> Case:
    problem = school(sections, **more)
    return Case(action, problem, (), None if who is None else seated(problem, **who))


LEGAL = [
    Case(merge(), FOUR),
    Case(merge(), FOUR, (), seated(FOUR, Art_1="Art_a Art_b", Art_2="Art_c")),
    Case(merge("Art-3", "Art-1", "quin"), FOUR),
    legal_with(merge(releases=""), "Art-1 Art-2", asked={"Art": 3}),
    legal_with(
        merge(),
        ARTS,
        {"Art_1": "Art_a", "Art_2": "Art_b"},
        asked={"Art": 2},
        sped="Art_a Art_b",
        rules={"sped_limit": 2},
    ),
    Case(remove(), FOUR),
    Case(remove(), FOUR, (), seated(FOUR, Art_1="Art_a Art_b Art_c")),
    legal_with(remove("Band-1", "quin"), ARTS),
    # What is too small already is not made the action's fault beyond what it takes away.
    legal_with(remove(), "Art-1/pat Art-2", asked={"Art": 3}),
    Case(split(), FOUR),
    Case(
        split(),
        school("Art-1/pat Band-1/ruth", asked={"Art": 4}),
        (),
        seated(FOUR, Art_1="Art_a Art_b Art_c"),
    ),
    Case(split(), ALONE, (), seated(ALONE, Art_1="Art_a Art_b Art_c x")),
    legal_with(
        split(),
        "Art-1/pat",
        {"Art_1": "Art_a Art_b Art_c"},
        asked={"Art": 4},
        teachers="ruth",
        rules={"section_minimum": 2},
    ),
    Case(add(), FOUR),
    legal_with(add(), "Art-1/pat", teachers="ruth", asked={"Art": 2}),
    Case(reassign(), FOUR),
    legal_with(reassign(releases=""), "Art-1", teachers="ruth"),
    legal_with(reassign(), "Art-1/pat", teachers="ruth", away={"ruth": "R1 R2 G1"}),
    Case(keep("Art-1", "R1", "G2"), FOUR),
    legal_with(keep("Art-1"), "Art-1/pat@R1"),
    Case(spread(2), FOUR),
    legal_with(spread(0), "Art-1"),
    Case(seats(5), FOUR),
    Case(seats(40), FOUR),
    legal_with(seats(2), "Art-1 Art-2", asked={"Art": 5}),
]


@pytest.mark.parametrize("case", LEGAL, ids=names)
def test_an_action_is_legal(case: Case) -> None:
    assert case.action.check(case.problem, case.timetable) == ()
    before = school_of(case.problem)
    after = case.action.apply(case.problem)
    assert after != case.problem
    assert school_of(case.problem) is before
    assert before.problem() == case.problem


LOCKED = [
    (Lock("section", "Art-1", ("R1",)), merge(), ("a person has locked Art-1 (R1).",)),
    (Lock("section", "Art-1", ("R1",)), remove(), ("a person has locked Art-1 (R1).",)),
    (Lock("section", "Art-1", ("R1",)), keep("Art-1", "R1", "G2"), ("a person has locked Art-1 (R1).",)),
    (
        Lock("section", "Art-1", teacher="pat", place="Locks.csv, row 2"),
        reassign(),
        ("a person has locked Art-1 (with pat) (Locks.csv, row 2).",),
    ),
    (Lock("teacher", "pat"), reassign(), ("a person has locked Art-1 to its teacher pat.",)),
    (Lock("teacher", "pat", section="Art-1"), remove(), ("a person has locked Art-1 to its teacher pat.",)),
    (Lock("teacher", "pat"), keep("Art-1", "R1", "G2"), ()),
    (Lock("student", "Art_a", section="Art-1"), merge(), ("a person has locked 1 student into Art-1.",)),
    (Lock("student", "Art_a", section="Art-1"), remove(), ("a person has locked 1 student into Art-1.",)),
    (Lock("student", "Art_a", section="Art-1"), reassign(), ()),
    (Lock("section", "Art-2", ("R1",)), remove(), ()),
    (Lock("section", "Art-1", ("R1",), origin="program"), remove(), ()),
]


@pytest.mark.parametrize(("lock", "action", "reasons"), LOCKED)
def test_what_a_person_has_locked_is_not_changed(
    lock: Lock, action: Action, reasons: tuple[str, ...]
) -> None:
    problem = with_locks(FOUR, [lock])
    assert tuple(one.text for one in action.check(problem)) == reasons
    if not reasons:
        after = action.apply(problem)
        gone = lock.origin == "program"
        assert after.locks == (() if gone else (lock,)), "a lock outlives a change that it allows"


# What speaks against an action --------------------------------------------------------------------------


def refused(action: Action, reason: str | tuple[str, ...], sections: str, **more: Any) -> Case:
    """A case of a school in words; ``seated`` says who is in which section."""
    who = more.pop("seated", None)
    public = more.pop("public", True)
    problem = school(sections, **{"teachers": "ruth", **more})
    reasons = (reason,) if isinstance(reason, str) else reason
    return Case(action, problem, reasons, None if who is None else seated(problem, **who), public)


REMOVED = [
    refused(merge("Art-8", "Art-9"), ("'Art-8' is no section", "'Art-9' is no section"), ARTS),
    refused(merge(into="Art-9"), "'Art-9' is no section", ARTS),
    refused(merge(into="Art-1"), "merged with itself", ARTS),
    refused(merge(into="Band-1"), "Art-1 is Art and Band-1 is Band", ARTS),
    refused(merge(releases="quin"), "pat teaches Art-1: an action names the teacher", ARTS),
    refused(merge(releases=""), "pat teaches Art-1: an action names the teacher", ARTS),
    refused(merge(releases="pat"), "nobody teaches Art-1: an action names", "Art-1 Art-2/pat"),
    refused(
        merge(),
        "together they have 4 students, and Art-2 holds 3",
        ARTS,
        asked={"Art": 4},
        seated={"Art_1": "Art_a Art_b", "Art_2": "Art_c Art_d"},
    ),
    refused(
        merge(),
        "together they have 3 students, and Art-2 holds 2",
        ARTS,
        asked={"Art": 3},
        rules={"section_maximum": 2},
        seated={"Art_1": "Art_a Art_b", "Art_2": "Art_c"},
    ),
    refused(
        merge(),
        "together they have 3 students, and Art-2 holds 2",
        ARTS,
        asked={"Art": 3},
        rules={"courses": {"Art": {"seats": 2}}},
        seated={"Art_1": "Art_a Art_b", "Art_2": "Art_c"},
    ),
    refused(
        merge(),
        "together they have 2 SPED students, and 1 is the most in a section",
        ARTS,
        asked={"Art": 2},
        sped="Art_a Art_b",
        rules={"sped_limit": 1},
        seated={"Art_1": "Art_a", "Art_2": "Art_b"},
        public=False,
    ),
    refused(
        merge(),
        "together they have 2 SPED students, and 1 is the most in a section",
        ARTS,
        asked={"Art": 2},
        sped="Art_a Art_b",
        rules={"courses": {"Art": {"sped_limit": 1}}},
        seated={"Art_1": "Art_a", "Art_2": "Art_b"},
        public=False,
    ),
    refused(merge(), "without Art-1, Art has 3 seats, and 4 students ask for it", TWO, asked={"Art": 4}),
    refused(remove(), "Art-1 is the only section of the school", "Art-1/pat"),
    refused(
        merge(),
        "without Art-1, Art has too few places for the 2 SPED students",
        TWO,
        asked={"Art": 2},
        sped="Art_a Art_b",
        rules={"sped_limit": 1},
        public=False,
    ),
    refused(remove("Art-9"), "'Art-9' is no section", ARTS),
    refused(remove(releases="quin"), "pat teaches Art-1: an action names the teacher", ARTS),
    refused(remove(releases="pat"), "nobody teaches Art-1: an action names", "Art-1 Art-2/pat"),
    refused(remove("Band-1", "quin"), "Band-1 is the only section of Band", ARTS, asked={"Band": 1}),
    refused(remove(), "without Art-1, Art has 3 seats, and 4 students ask for it", TWO, asked={"Art": 4}),
    # More students than seats: each seat that goes is a request that is lost.
    refused(remove(), "without Art-1, Art has 3 seats, and 9 students ask for it", TWO, asked={"Art": 9}),
    refused(
        remove(),
        "without Art-1, Art has 2 seats, and 3 students",
        TWO,
        asked={"Art": 3},
        rules={"courses": {"Art": {"seats": 2}}},
    ),
    refused(
        remove(),
        "without Art-1, Art has 2 seats, and 3 students",
        TWO,
        asked={"Art": 3},
        rules={"section_maximum": 2},
    ),
    refused(
        remove(),
        "without Art-1, Art has too few places for the 2 SPED students",
        TWO,
        asked={"Art": 2},
        sped="Art_a Art_b",
        rules={"sped_limit": 1},
        public=False,
    ),
]

NOBODY_WAITS = {"Art_1": "Art_a Art_b"}
MADE = [
    refused(split("Art-8"), "'Art-8' is no section", ARTS),
    refused(split(new_section=""), "has no name", ARTS),
    refused(split(new_section="Band-1"), "'Band-1' is a section already", ARTS),
    refused(split(new_section="Art-9 "), "begins or ends with a space", ARTS),
    refused(split(new_section="Art\n9"), "a character that nobody sees", ARTS),
    refused(
        split(),
        "5 students ask for Art: 4 sections would have 1 each, fewer than 2",
        ARTS,
        asked={"Art": 5},
        rules={"section_minimum": 2},
    ),
    refused(
        split(),
        "1 students ask for Art: 2 sections would have 0 each, fewer than 1",
        "Art-1/pat",
        asked={"Art": 1},
        rules={"section_minimum": 1},
    ),
    refused(
        split(),
        "3 students ask for Art: 2 sections would have 1 each, fewer than 2",
        "Art-1/pat",
        asked={"Art": 3},
        smallest={"Art": 2},
    ),
    refused(
        split(),
        "Art-1 has 2 students in 3 seats, and nobody waits",
        ARTS,
        asked={"Art": 4},
        seated=NOBODY_WAITS,
    ),
    refused(
        split(),
        "Art-1 has 3 students in 3 seats, and nobody waits",
        ARTS,
        asked={"Art": 4},
        seated={"Art_1": "Art_a Art_b Art_c"},
    ),
    refused(
        split(),
        "two halves of 3 students, those who wait included, are smaller than the 3",
        "Art-1/pat Art-2/pat",
        asked={"Art": 9},
        rules={"section_minimum": 3},
        seated={"Art_1": ""},
    ),
    refused(add(new_section=" "), "has no name", ARTS),
    refused(add(new_section="Art-1"), "'Art-1' is a section already", ARTS),
    refused(add(new_section=" Art-9"), "begins or ends with a space", ARTS),
    refused(add("Drama"), "no section offers 'Drama'", ARTS),
    refused(add("Drama"), "no section offers 'Drama'", ARTS, wishes={"ann": "Drama"}),
    refused(
        add(),
        "5 students ask for Art: 4 sections would have 1 each, fewer than 2",
        ARTS,
        asked={"Art": 5},
        rules={"section_minimum": 2},
    ),
]

OTHER = [
    refused(reassign("Art-9"), "'Art-9' is no section", ARTS),
    refused(reassign(teacher="pat"), "pat teaches Art-1 already", ARTS),
    refused(reassign(releases="quin"), "pat teaches Art-1: an action names the teacher", ARTS),
    refused(keep("Art-9", "R1"), "'Art-9' is no section", ARTS),
    refused(keep("Art-1", "R7", "r1"), ("'R7' is no period", "'r1' is no period"), ARTS),
    refused(keep("Art-1"), "Art-1 may be in just these periods already", ARTS),
    refused(keep("Art-1", "G1", "R1"), "in just these periods already", "Art-1/pat@R1+G1"),
    refused(
        keep("Art-1", "R1"),
        "leaves Art-1 none of these",
        ARTS,
        rules={"courses": {"Art": {"periods": ["G1"]}}},
    ),
    refused(keep("Art-1", "R1", "R2"), "leaves Art-1 none of these", ARTS, away={"pat": "R1 R2"}),
    refused(keep("Art-1"), "leaves Art-1 none of these", "Art-1/pat@R1", away={"pat": "R1 R2 G1 G2"}),
    refused(spread(1, "Drama"), "no section offers 'Drama'", ARTS),
    refused(spread(1, "Drama"), "no section offers 'Drama'", ARTS, wishes={"ann": "Drama"}),
    refused(
        spread(1), "does not limit SPED students", ARTS, rules={"kinds": {"sped_limit": "off"}}, public=False
    ),
    refused(spread(2), "Art has 2 as its limit already", ARTS, rules={"sped_limit": 2}, public=False),
    refused(
        spread(2),
        "Art has 1 as its limit already",
        ARTS,
        rules={"courses": {"Art": {"sped_limit": 1}}},
        public=False,
    ),
    refused(
        spread(2),
        "Art has 2 as its limit already",
        ARTS,
        rules={"sped_limit": 2, "kinds": {"sped_limit": {"priced": 5}}},
        public=False,
    ),
    refused(
        spread(1),
        "2 sections would hold 2 SPED students of 3",
        TWO,
        asked={"Art": 3},
        sped="Art_a Art_b Art_c",
        public=False,
    ),
    refused(seats(3, "Art-9"), "'Art-9' is no section", ARTS),
    refused(seats(3), "Art-1 has 3 seats already", ARTS),
    refused(seats(41), "41 seats are more than the 40", ARTS),
    refused(seats(2), "Art would have 5 seats, and 6 students ask for it", TWO, asked={"Art": 6}),
    # More students than seats: each seat that goes is a request that is lost.
    refused(seats(2), "Art would have 5 seats, and 9 students ask for it", TWO, asked={"Art": 9}),
]

FIVE = "Band-1/ruth Band-2/ruth Band-3/ruth"
TEACHERS: list[tuple[str, str, dict[str, Any]]] = [
    ("ruth has 3 sections already, and 3 is the most", FIVE, {"rules": {"teacher_load": 3}}),
    ("ruth has 1 section already, and 1 is the most", "Band-1/ruth", {"rules": {"teacher_load": 1}}),
    ("ruth is of Maths, and the section belongs to Arts", "", {"departments": {"ruth": "Maths"}}),
    ("ruth is dedicated to Band", "Band-1", {"dedicated": {"ruth": "Band"}}),
    (
        "ruth is dedicated to Band",
        "Band-1/ruth",
        {"rules": {"courses": {"Band": {"dedicated_teacher": True}}}},
    ),
    ("Art has a dedicated teacher", "", {"rules": {"courses": {"Art": {"dedicated_teacher": True}}}}),
    ("ruth is away in all periods", "", {"away": {"ruth": "R1 R2 G1 G2"}}),
    (
        "ruth is away in all periods",
        "",
        {"away": {"ruth": "R1 G1"}, "rules": {"courses": {"Art": {"periods": ["R1", "G1"]}}}},
    ),
    ("ruth has no period left for one more section beside the 3", FIVE, {"periods": "R1 R2 G1"}),
    ("ruth has no period left", "Band-1/ruth", {"away": {"ruth": "R1 R2 G1"}}),
    ("ruth has no period left", "Band-1/ruth@G1", {"away": {"ruth": "R1 R2 G2"}}),
]
STAFF = [
    refused(action, reason, f"Art-1/pat {sections}", asked={"Art": 4}, **more)
    for reason, sections, more in TEACHERS
    for action in (split(), add(), reassign())
]
STAFF += [
    refused(action, "'TBD' is no teacher of this school", "Art-1/pat", asked={"Art": 4})
    for action in (split(teacher="TBD"), add(teacher="TBD"), reassign(teacher="TBD"))
]
# The periods of the section itself count, and so does its own department.
STAFF += [
    refused(action, "ruth is away in all periods", "Art-1/pat@R1", asked={"Art": 4}, away={"ruth": "R1"})
    for action in (split(), add(), reassign())
]


@pytest.mark.parametrize("case", [*REMOVED, *MADE, *OTHER, *STAFF], ids=names)
def test_an_action_is_refused(case: Case) -> None:
    found = case.action.check(case.problem, case.timetable)
    assert len(found) == len(case.reasons), [str(reason) for reason in found]
    for reason, words in zip(found, case.reasons, strict=True):
        assert words in str(reason)
        assert reason.public is case.public
        assert not (reason.public and "SPED" in str(reason))
    with pytest.raises(EchelonError):
        case.action.apply(case.problem) if case.timetable is None else _apply(case)


def _apply(case: Case) -> Problem:
    from echelon_lib.advice.changes import apply

    return apply(case.problem, [case.action], case.timetable)


# Rules that are off, or have a price --------------------------------------------------------------------

WHEN_OFF: list[tuple[str, Case]] = [
    (
        "teacher_load",
        refused(add(), "is the most", f"Art-1/pat {FIVE}", asked={"Art": 4}, rules={"teacher_load": 3}),
    ),
    (
        "own_department",
        refused(add(), "is of Maths", "Art-1/pat", asked={"Art": 4}, departments={"ruth": "Maths"}),
    ),
    (
        "dedicated_teacher",
        refused(add(), "dedicated to Band", "Art-1/pat Band-1", asked={"Art": 4}, dedicated={"ruth": "Band"}),
    ),
    (
        "dedicated_teacher",
        refused(
            add(),
            "has a dedicated teacher",
            "Art-1/pat",
            asked={"Art": 4},
            rules={"courses": {"Art": {"dedicated_teacher": True}}},
        ),
    ),
    (
        "teacher_unavailable",
        refused(add(), "is away", "Art-1/pat", asked={"Art": 4}, away={"ruth": "R1 R2 G1 G2"}),
    ),
    (
        "teacher_clash",
        refused(add(), "no period left", f"Art-1/pat {FIVE}", asked={"Art": 4}, periods="R1 R2 G1"),
    ),
    (
        "section_minimum",
        refused(add(), "fewer than 2", ARTS, asked={"Art": 5}, rules={"section_minimum": 2}),
    ),
    (
        "section_minimum",
        refused(add(), "fewer than 2", ARTS, asked={"Art": 5}, smallest={"Art": 2}),
    ),
    (
        "course_periods",
        refused(keep("Art-1", "R1"), "none of these", ARTS, rules={"courses": {"Art": {"periods": ["G1"]}}}),
    ),
    ("section_maximum", refused(seats(41), "41 seats", ARTS)),
    (
        "sped_limit",
        refused(
            remove(),
            "too few places",
            TWO,
            asked={"Art": 2},
            sped="Art_a Art_b",
            rules={"sped_limit": 1},
            public=False,
        ),
    ),
    (
        "course_seats",
        refused(remove(), "2 seats", TWO, asked={"Art": 3}, rules={"courses": {"Art": {"seats": 2}}}),
    ),
]


@pytest.mark.parametrize(
    ("rule", "case"), WHEN_OFF, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_rule_that_is_off_refuses_nothing(rule: str, case: Case) -> None:
    (reason,) = case.action.check(case.problem)
    assert case.reasons[0] in str(reason)
    before = school_of(case.problem)
    off = replace(before, rules=before.rules.with_kind(rule, "off")).problem()
    assert case.action.check(off) == ()


def test_a_course_may_have_a_dedicated_teacher_whom_the_file_names_for_no_course() -> None:
    problem = school("Art-1/pat", asked={"Art": 4}, teachers="ruth", dedicated={"ruth": "Latin"})
    assert add().check(problem) == (), "nobody offers Latin, so that nothing binds ruth"


def test_what_a_course_says_of_its_smallest_section_counts() -> None:
    rules = {"section_minimum": 3}
    big = school(ARTS, asked={"Art": 9}, teachers="ruth", rules=rules)
    assert [str(one) for one in add().check(big)] == [
        "9 students ask for Art: 4 sections would have 2 each, fewer than 3."
    ]
    assert (
        add().check(school(ARTS, asked={"Art": 9}, teachers="ruth", rules=rules, smallest={"Art": 2})) == ()
    )
    small = school("Art-1:2/pat Art-2:2/pat", asked={"Art": 6}, teachers="ruth", rules=rules)
    assert add().check(small) == (), "nobody expects more students than there are seats"


def test_the_department_is_that_of_the_section() -> None:
    problem = school("Art-1/pat Art-2/pat", asked={"Art": 6}, departments={"ruth": "Maths"}, teachers="ruth")
    files = school_of(problem).files
    rows = (files.sections[0], replace(files.sections[1], department="Maths"))
    mixed = replace(school_of(problem), files=replace(files, sections=rows)).problem()
    assert reassign("Art-2").check(mixed) == ()
    assert "ruth is of Maths" in str(reassign("Art-1").check(mixed)[0])


def test_without_a_timetable_nothing_is_said_of_enrolments() -> None:
    problem = school(ARTS, asked={"Art": 4}, teachers="ruth")
    full = seated(problem, Art_1="Art_a Art_b", Art_2="Art_c Art_d")
    assert merge().check(problem, full)
    assert merge().check(problem) == ()
    assert split().check(problem, full)
    assert split().check(problem) == ()


def test_a_problem_without_files_has_no_actions() -> None:
    problem = replace(FOUR, source=None)
    for run in (merge().check, merge().apply):
        with pytest.raises(EchelonError, match="Maybe read it with load_school"):
            run(problem)


# What the school is afterwards --------------------------------------------------------------------------

WISHES = {"ann": "Art Band", "bob": "Art", "cyd": "Band"}
BEFORE = "Art-1:3/pat@R1 Art-2:4/quin Band-1:3/pat"
AFTER: list[tuple[Action, str, dict[str, Any]]] = [
    (merge("Art-1", "Art-2"), "Art-2:4/quin Band-1:3/pat", {}),
    (remove("Art-2", "quin"), "Art-1:3/pat@R1 Band-1:3/pat", {"teachers": "quin ruth"}),
    (split("Art-1"), "Art-1:3/pat@R1 Art-9:3/ruth@R1 Art-2:4/quin Band-1:3/pat", {}),
    (split("Art-2"), "Art-1:3/pat@R1 Art-2:4/quin Art-9:4/ruth Band-1:3/pat", {}),
    (add(), "Art-1:3/pat@R1 Art-2:4/quin Art-9:4/ruth Band-1:3/pat", {}),
    (add("Band", "B"), "Art-1:3/pat@R1 Art-2:4/quin Band-1:3/pat", {}),
    (reassign("Art-2", "ruth", "quin"), "Art-1:3/pat@R1 Art-2:4/ruth Band-1:3/pat", {"teachers": "quin"}),
    (keep("Art-2", "G2", "G1", "G2"), "Art-1:3/pat@R1 Art-2:4/quin@G2+G1 Band-1:3/pat", {}),
    (keep("Art-1"), "Art-1:3/pat Art-2:4/quin Band-1:3/pat", {}),
    (spread(1), BEFORE, {"rules": {"courses": {"Art": {"sped_limit": 1}}}}),
    (seats(7), "Art-1:7/pat@R1 Art-2:4/quin Band-1:3/pat", {}),
]


def in_order(problem: Problem) -> dict[str, Any]:
    """What a problem is, in whatever order its teachers were named."""
    return {
        "courses": problem.courses,
        "requests": problem.requests,
        "people": sorted(problem.attendees, key=lambda one: (one.kind, one.id)),
        "rules": sorted(problem.constraints, key=repr),
        "calendar": problem.calendar,
        "policy": problem.policy,
    }


@pytest.mark.parametrize(
    ("action", "sections", "more"), AFTER, ids=[f"{one.kind} {one.subject}" for one, _, _ in AFTER]
)
def test_the_school_is_as_if_its_files_had_said_so(
    action: Action, sections: str, more: dict[str, Any]
) -> None:
    start = school(BEFORE, WISHES, teachers="ruth")
    if action.subject == "B":
        action = AddSection(course="Band", new_section="Band-2", teacher="ruth")
        sections += " Band-2:3/ruth"
    expected = school(sections, WISHES, **{"teachers": "ruth", **more})
    assert in_order(action.apply(start)) == in_order(expected)


def test_a_new_section_of_a_course_may_move_where_another_may() -> None:
    problem = school("Art-1 Art-2/pat@R1", asked={"Art": 6}, teachers="ruth")
    assert len(add().apply(problem).sections["Art-9"].meetings[0].times) == 4
    fixed = school("Art-1@R2 Art-2/pat@R1", asked={"Art": 6}, teachers="ruth")
    (time,) = add().apply(fixed).sections["Art-9"].meetings[0].times
    assert fixed.calendar.name(time) == "R1"


def test_a_lab_stays_a_lab() -> None:
    problem = school("Art-1/pat", asked={"Art": 4}, teachers="ruth")
    files = school_of(problem).files
    rows = (replace(files.sections[0], lab=True, extra={"Room": "12"}),)
    labs = replace(school_of(problem), files=replace(files, sections=rows)).problem()
    for action in (add(), split()):
        after = action.apply(labs)
        assert after.sections["Art-9"].tags == {"Lab"}
        assert school_of(after).files.sections[1].extra == {"Room": "12"}


def test_other_rules_of_a_course_stay_when_its_sped_students_are_spread() -> None:
    problem = school(
        ARTS, rules={"courses": {"Art": {"seats": 2}, "Band": {"per_period": 1}}, "sped_limit": 4}
    )
    after = spread(1).apply(problem)
    courses = school_of(after).rules.courses
    assert (courses["Art"].seats, courses["Art"].sped_limit) == (2, 1)
    assert courses["Band"] == school_of(problem).rules.courses["Band"]
    (limit,) = (c for c in after.constraints if isinstance(c, AtMostEnrolled) and c.name == "SPED limit")
    assert dict(zip(limit.scope.sections, limit.limits, strict=True)) == {
        **dict.fromkeys(("Art-1", "Art-2", "Art-3"), 1),
        "Band-1": 4,
    }


# What is left of a timetable ----------------------------------------------------------------------------

PLACES = "Art-1@R1 Art-2@R2 Band-1@G1"
TAKES = {"ann": "Art-1 Band-1", "bob": "Art-2", "cyd": "Art-1", "dan": "Art-1"}
LEFT: list[tuple[Action, str, dict[str, str]]] = [
    (
        merge(),
        "Art-2@R2 Band-1@G1",
        {"ann": "Art-2 Band-1", "bob": "Art-2", "cyd": "Art-2", "dan": "Art-2"},
    ),
    (remove(), "Art-2@R2 Band-1@G1", {"ann": "Band-1", "bob": "Art-2", "cyd": "", "dan": ""}),
    (split(), PLACES, {"ann": "Art-1 Band-1", "bob": "Art-2", "cyd": "", "dan": "Art-1"}),
    (add(), PLACES, TAKES),
    (reassign(), PLACES, TAKES),
    (keep("Art-1", "G1"), PLACES, TAKES),
    (spread(1), PLACES, TAKES),
    (seats(7), PLACES, TAKES),
]


@pytest.mark.parametrize(("action", "places", "takes"), LEFT, ids=[one.kind for one, _, _ in LEFT])
def test_what_is_left_of_a_timetable(action: Action, places: str, takes: dict[str, str]) -> None:
    wishes = {"ann": "Art Band", "bob": "Art", "cyd": "Art", "dan": "Art"}
    problem = school("Art-1:4/pat Art-2:4/pat Band-1/quin", wishes, teachers="ruth")
    timetable = placed(problem, PLACES, TAKES)
    left = action.carry(Situation(problem, timetable), timetable)
    assert left == placed(problem, places, takes)
    assert timetable == placed(problem, PLACES, TAKES)


# Words --------------------------------------------------------------------------------------------------

SENTENCES = [
    (merge(), "Art-1 of Art is merged into Art-2. pat then has 1 section instead of 2."),
    (
        merge("Art-3", "Art-1", "quin"),
        "Art-3 of Art is merged into Art-1. quin then has 1 section instead of 2.",
    ),
    (
        remove(),
        "Art-1 of Art is given up; the other 2 sections take its students. "
        "pat then has 1 section instead of 2.",
    ),
    (remove("Band-1", "quin"), "Band-1 of Band is given up. quin then has 1 section instead of 2."),
    (split(), "Art-1 of Art is split; ruth takes the new Art-9 and has 1 section instead of 0."),
    (add(), "Art gets a section more, Art-9; ruth takes it and has 1 section instead of 0."),
    (
        reassign(),
        "ruth takes Art-1 of Art and has 1 section instead of 0. pat then has 1 section instead of 2.",
    ),
    (keep("Art-1", "R1", "G2"), "Art-1 of Art may be only in R1, G2."),
    (keep("Art-1"), "Art-1 of Art may be in any period."),
    (spread(2), "No section of Art takes more than 2 SPED students."),
    (seats(5), "Art-1 of Art has 5 seats instead of 3."),
]


@pytest.mark.parametrize(("action", "sentence"), SENTENCES, ids=[one.kind for one, _ in SENTENCES])
def test_an_action_says_what_it_does(action: Action, sentence: str) -> None:
    assert action.sentence(Situation(FOUR)) == sentence


def test_the_other_section_takes_the_students() -> None:
    problem = school("Art-1 Art-2")
    said = remove(releases="").sentence(Situation(problem))
    assert said == "Art-1 of Art is given up; the other section takes its students."


@pytest.mark.parametrize(
    ("sections", "taken", "name"),
    [
        ("Art-1 Art-2 Band-1", (), "Art-3"),
        ("Art-09 Art-10", (), "Art-11"),
        ("Art-007", ("Art-008",), "Art-009"),
        ("Art-1 Art-3 Art-2", (), "Art-4"),
        ("Art-1a", (), "Art-1a-2"),
        ("Art-1a", ("Art-1a-2",), "Art-1a-3"),
    ],
)
def test_a_fresh_name_is_like_the_others(sections: str, taken: tuple[str, ...], name: str) -> None:
    assert fresh_name(Situation(school(sections)), "Art", taken) == name


# As JSON ------------------------------------------------------------------------------------------------

EVERY: tuple[Action, ...] = (
    MergeSections(section="Art-1", into="Art-2", releases="pat", reason="Both are half empty."),
    remove(),
    split(),
    add(),
    reassign(),
    keep("Art-1", "R1"),
    spread(2),
    seats(5),
)


def test_actions_are_read_back_from_json() -> None:
    assert ACTIONS.validate_json(ACTIONS.dump_json(EVERY)) == EVERY
    plain = ACTIONS.dump_python(EVERY, mode="json")
    assert ACTIONS.validate_python(plain) == EVERY
    assert [one["kind"] for one in plain] == [
        *("merge", "remove", "split", "add", "reassign", "periods", "spread", "seats")
    ]
    assert [one.kind for one in EVERY if one.person_only] == ["seats"]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"kind": "close", "section": "Art-1"}, ()),
        ({"section": "Art-1"}, ()),
        ({"kind": "remove"}, ("remove", "section")),
        ({"kind": "remove", "section": "Art-1", "student": "ann"}, ("remove", "student")),
        ({"kind": "remove", "section": 7}, ("remove", "section")),
        ({"kind": "remove", "section": "x" * 201}, ("remove", "section")),
        ({"kind": "remove", "section": "Art-1", "reason": "x" * 2_001}, ("remove", "reason")),
        ({"kind": "periods", "section": "Art-1", "periods": "R1"}, ("periods", "periods")),
        ({"kind": "periods", "section": "Art-1", "periods": ["R1"] * 201}, ("periods", "periods")),
        ({"kind": "spread", "course": "Art", "limit": -1}, ("spread", "limit")),
        ({"kind": "spread", "course": "Art", "limit": "2"}, ("spread", "limit")),
        ({"kind": "seats", "section": "Art-1", "seats": 0}, ("seats", "seats")),
        ({"kind": "seats", "section": "Art-1", "seats": 10_001}, ("seats", "seats")),
        ({"kind": "seats", "section": "Art-1", "seats": 2.0}, ("seats", "seats")),
        ({"kind": "seats", "section": "Art-1", "seats": True}, ("seats", "seats")),
    ],
)
def test_what_is_no_action_is_not_read(data: dict[str, Any], place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as error:
        ACTIONS.validate_python([data])
    (found,) = error.value.errors()
    assert found["loc"] == (0, *place)
