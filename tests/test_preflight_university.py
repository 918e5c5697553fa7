"""Checks of a university, each broken on purpose: just feasible is silent, one more is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_universities import course, enrolled, person, room, section, student, times, university

from echelon_lib import evaluate, preflight
from echelon_lib.domain.policy import OFF, Policy
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.university_records import CalendarRecord
from echelon_lib.preflight import Finding, Severity
from echelon_lib.university import UniversityRules

LOOSE = UniversityRules()


def findings(problem: Problem, severity: Severity) -> list[Finding]:
    return [finding for finding in preflight(problem) if finding.severity == severity]


def only(problem: Problem, severity: Severity = "error") -> Finding:
    """The only finding of a severity."""
    (finding,) = findings(problem, severity)
    return finding


def lectures(
    count: int,
    people: int = 10,
    rooms: Sequence[object] = (),
    *,
    rules: UniversityRules | None = None,
    slots: int = 1,
    **more: object,
) -> Problem:
    """So many lectures with audiences and faculty of their own, so that nothing but rooms can be short."""
    ids = [f"C{n}" for n in range(count)]
    given_all = {
        "courses": [course(id, 1, lecture_slots=slots) for id in ids],
        "sections": [section(f"{id}-1", faculty=f"F{id}") for id in ids],
        "faculty": [person(f"F{id}") for id in ids],
        "faculty_times": [],
        "rooms": rooms or [room("hall", 40)],
        "students": [student(f"S{id}", people) for id in ids],
        "enrolments": [enrolled(f"S{id}", f"{id}-1") for id in ids],
    }
    return university(rules, **{**given_all, **more})  # type: ignore[arg-type]


def test_the_small_university_is_sound() -> None:
    assert findings(university(), "error") == []
    assert findings(university(), "warning") == []


class TestRoomHours:
    def test_as_many_hours_as_the_room_has(self) -> None:
        assert findings(lectures(8), "error") == []

    def test_one_hour_more(self) -> None:
        finding = only(lectures(9))
        assert finding.rule == "room clash"
        assert finding.message == (
            "meetings need 9 hours a week in rooms, and the only room of that sort has 8: 1 find no place."
        )
        assert finding.suggestion is not None
        assert finding.suggestion.startswith("open 1 room more of this sort")
        assert finding.numbers == {"needed": 9, "there": 8, "seats": 40, "length": 1}

    def test_small_rooms_are_no_help_to_large_audiences(self) -> None:
        both = [room("hall", 40), room("nook", 10), room("attic", 9)]
        assert findings(lectures(8, 11, both), "error") == []
        finding = only(lectures(9, 11, both))
        assert finding.place == "rooms with 40 seats or more"
        assert finding.who == ("hall",)
        assert [one.rule for one in finding.hindrances] == ["room capacity"]
        relaxed = lectures(9, 11, both, rules=LOOSE.with_kind("room_capacity", "off"))
        assert findings(relaxed, "error") == []

    def test_those_who_fit_elsewhere_are_not_counted(self) -> None:
        both = [room("hall", 40), room("nook", 10)]
        assert findings(lectures(16, 10, both), "error") == []
        assert only(lectures(17, 10, both)).numbers["there"] == 16

    def test_rooms_with_a_feature(self) -> None:
        both = [room("hall", 40, "South", "Projector"), room("nook", 40)]
        needing = [course(f"C{n}", 1, lecture_features=frozenset({"Projector"})) for n in range(9)]
        assert findings(lectures(8, 10, both, courses=needing[:8]), "error") == []
        finding = only(lectures(9, 10, both, courses=needing))
        assert finding.place == "rooms with Projector"
        plain = [course(f"C{n}", 1) for n in range(9)]
        assert findings(lectures(9, 10, both, courses=plain), "error") == []

    def test_what_plain_meetings_need_is_not_taken_twice(self) -> None:
        """Eight with a projector fill the only room that has one; nine others do not fit the other room."""
        both = [room("hall", 40, "South", "Projector"), room("nook", 40)]
        mixed = [
            course(f"C{n}", 1, lecture_features=frozenset({"Projector"} if n < 8 else ())) for n in range(17)
        ]
        assert findings(lectures(16, 10, both, courses=mixed[:16]), "error") == []
        finding = only(lectures(17, 10, both, courses=mixed))
        assert (finding.numbers["needed"], finding.numbers["there"]) == (17, 16)

    def test_long_meetings_leave_hours_that_are_too_short(self) -> None:
        three = [CalendarRecord(day=day, slots=3, first="09:00", minutes=60, row=2) for day in ("Mon", "Tue")]
        assert findings(lectures(2, slots=2, calendar=three), "error") == []
        finding = only(lectures(3, slots=2, calendar=three))  # six hours of six, but only one a day fits
        assert "3 meetings of 2 hours a week" in finding.message
        assert finding.numbers == {"needed": 3, "there": 2, "seats": 40, "length": 2}

    def test_rooms_that_may_be_shared_are_enough(self) -> None:
        problem = replace(lectures(9), policy=Policy(room_clash=OFF))
        assert findings(problem, "error") == []
        priced = replace(lectures(9), policy=Policy(unplaced=OFF))
        assert findings(priced, "error") == []
        assert only(priced, "warning").rule == "room clash"

    def test_nearly_full_rooms_are_worth_knowing(self) -> None:
        said = [finding for finding in findings(lectures(8), "info") if finding.rule == "room clash"]
        assert [finding.message for finding in said] == [
            "meetings need 8 hours a week in rooms, and the only room of that sort has 8: "
            "there is little to choose from."
        ]
        assert not [one for one in findings(lectures(7), "info") if one.rule == "room clash"]


class TestRoomSizes:
    def test_as_many_people_as_seats(self) -> None:
        assert findings(lectures(1, 40), "error") == []

    def test_one_more(self) -> None:
        finding = only(lectures(1, 41))
        assert finding.rule == "room capacity"
        assert finding.message == (
            "1 section of C0 (C0-1) with up to 41 people: the largest room with the features that are needed "
            "has 40 seats."
        )
        assert finding.numbers == {"sections": 1, "people": 41, "seats": 40}
        assert [one.rule for one in finding.hindrances] == ["room capacity"]

    def test_a_larger_room_without_the_feature_does_not_help(self) -> None:
        rooms = [room("hall", 100), room("lab", 20, "North", "Wet lab")]
        needing = [course("C0", 1, lecture_features=frozenset({"Wet lab"}))]
        assert only(lectures(1, 21, rooms, courses=needing)).numbers["seats"] == 20

    def test_capacity_with_a_price_is_no_proof(self) -> None:
        rules = UniversityRules.from_mapping({"kinds": {"room_capacity": {"priced": 5}}})
        assert findings(lectures(1, 41, rules=rules), "error") == []


class TestFaculty:
    def test_hours_beyond_the_maximum(self) -> None:
        people = [person("Ada", 1, "ALG"), person("Ben", 8, "GEN")]
        finding = only(university(faculty=people))
        assert finding.rule == "faculty hours"
        assert finding.message == "Ada teaches 2 hours a week, 1 more than 1."
        assert finding.suggestion == "give 1 of them to somebody else, or raise the maximum?"
        assert findings(university(faculty=[person("Ada", 2, "ALG"), person("Ben", 3, "GEN")]), "error") == []

    def test_labs_count_with_all_their_hours(self) -> None:
        assert only(university(faculty=[person("Ada"), person("Ben", 2)])).numbers == {
            "amount": 1,
            "limit": 2,
        }

    def test_sections_that_do_not_fit_between_absences(self) -> None:
        away = [times("Ada", "Mon", 0, 3, "away"), times("Ada", "Tue", 0, 1, "away")]
        assert findings(university(faculty_times=away), "error") == []
        longer = [*away, times("Ada", "Tue", 2, 2, "away")]
        found = findings(university(faculty_times=longer), "error")
        assert [one.place for one in found] == ["teacher Ada", "groups"]  # and all who hear her lectures

    def test_labs_that_do_not_fit_between_absences(self) -> None:
        """Ben has a lecture and a lab of two hours; three hours are open, but no two of them in a row."""
        open_ = [("Mon", 0), ("Mon", 2), ("Tue", 1), ("Tue", 2)]
        away = [
            times("Ben", day, slot, slot, "away")
            for day in ("Mon", "Tue")
            for slot in range(4)
            if (day, slot) not in open_
        ]
        assert findings(university(faculty_times=away), "error") == []
        finding = only(university(faculty_times=[*away, times("Ben", "Tue", 2, 2, "away")]))
        assert finding.rule == "faculty availability"  # the lab alone has no time

    def test_labs_that_overlap_wherever_they_are(self) -> None:
        """Three hours in a row are two times for a lab of two hours, but one lab takes both of them."""
        labs = [section(f"LAB-{n}", "Lab", "Ben") for n in range(4)]
        away = [times("Ben", "Mon", 3, 3, "away"), times("Ben", "Tue", 3, 3, "away")]

        def given_labs(count: int, faculty_times: Sequence[object]) -> Problem:
            return university(
                courses=[course("LAB", 0, 1)],
                sections=labs[:count],
                faculty=[person("Ben")],
                faculty_times=faculty_times,
                enrolments=[],
            )

        assert findings(given_labs(2, away), "error") == []
        finding = only(given_labs(3, away))
        assert finding.message == (
            "teacher Ben has 3 meetings of 2 hours a week; 2 fit into the times that are open to them."
        )
        assert finding.numbers == {"needed": 3, "free": 2, "length": 2}
        assert findings(given_labs(3, []), "error") == []
        finding = only(given_labs(2, [times("Ben", "Mon", 0, 3, "away"), away[1]]))
        assert finding.message == (
            "teacher Ben has 4 hours a week; 3 fit into the times that are open to them."
        )


class TestGroups:
    def test_more_hours_than_the_week_has(self) -> None:
        many = {
            "courses": [course("LAB", 0, 1)],
            "sections": [section(f"LAB-{n}", "Lab", f"P{n}") for n in range(5)],
            "faculty": [person(f"P{n}") for n in range(5)],
            "faculty_times": [],
            "students": [student("ann"), student("bea"), student("cid")],
            "rooms": [room("hall", 40), room("nook", 40)],
        }
        all_five = [f"LAB-{n}" for n in range(5)]
        fine = [enrolled(name, *all_five[:4]) for name in ("ann", "bea")]
        assert findings(university(enrolments=fine, **many), "error") == []  # type: ignore[arg-type]
        worse = [enrolled(name, *all_five) for name in ("ann", "bea")]
        finding = only(university(enrolments=worse, **many))  # type: ignore[arg-type]
        assert finding.message == (
            "2 students have 10 hours a week; 8 fit into the times that are open to them."
        )
        assert finding.numbers == {"students": 2, "needed": 10, "free": 8, "length": 1}
        shared = replace(university(enrolments=worse, **many), policy=Policy(clash={"group": OFF}))  # type: ignore[arg-type]
        assert findings(shared, "error") == []

    def test_what_many_groups_share_is_one_finding(self) -> None:
        """Two lectures whose teachers are there in one and the same hour only."""
        away = [
            times(who, day, first, last, "away")
            for who in ("Ada", "Ben")
            for day, first, last in (("Mon", 0, 3), ("Tue", 0, 2))
        ]
        problem = university(
            courses=[course("ALG", 1), course("GEN", 1)],
            sections=[section("ALG-1"), section("GEN-1", faculty="Ben")],
            faculty_times=away,
            students=[student("ann"), student("bea")],
            enrolments=[enrolled("ann", "ALG-1", "GEN-1"), enrolled("bea", "ALG-1", "GEN-1")],
        )
        finding = only(problem)
        assert finding.rule == "group clash"
        assert finding.message.startswith("2 students have 2 sections (ALG-1, GEN-1) that can only be in")
        assert finding.who == ("ann", "bea", "ALG-1", "GEN-1")

    def test_who_attends_nothing_is_said(self) -> None:
        finding = only(university(enrolments=[enrolled("batch", "ALG-1")]), "warning")
        assert finding.message == "1 student attends nothing, of 2 in all."

    def test_batches_are_named_and_students_are_counted(self) -> None:
        """What is found stands in logs, and those hold no student."""
        both = "1 group (batch) and 1 student have 2 meetings (ALG-1#1, ALG-1#2) that can only be in 1 period"
        away = [times("Ada", "Mon", 0, 3, "away"), times("Ada", "Tue", 1, 3, "away")]
        ada, them = findings(university(faculty_times=away), "error")
        assert ada.message.startswith("teacher Ada has 2 meetings (ALG-1#1, ALG-1#2) that can only be in")
        assert them.message.startswith(both)
        assert "zoe" not in str(them)
        assert (them.place, them.who[:2]) == ("groups", ("batch", "zoe"))
        assert them.numbers == {"meetings": 2, "periods": 1, "surplus": 1}

    def test_more_people_than_the_file_gives_seats(self) -> None:
        rows = [section("ALG-1", seats=15)]
        finding = only(
            university(sections=rows, enrolments=[enrolled("batch", "ALG-1"), enrolled("zoe", "ALG-1")]),
            "warning",
        )
        assert finding.message == (
            "1 section (ALG-1) with more people than seats: ALG-1 has 16 people and 15 seats. "
            "The rooms decide."
        )


ONE_DAY = [CalendarRecord(day="Mon", slots=3, first="09:00", minutes=60, row=2)]


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    teachers=st.lists(st.sampled_from(["Ada", "Ben"]), min_size=3, max_size=3),
    sizes=st.lists(st.sampled_from([5, 15]), min_size=3, max_size=3),
    capacities=st.lists(st.sampled_from([10, 20]), min_size=1, max_size=2),
    maximum=st.integers(1, 3),
    away=st.sets(st.integers(0, 2), max_size=2),
    shared=st.booleans(),
)
def test_an_error_proves_that_there_is_no_timetable(
    lengths: list[int],
    teachers: list[str],
    sizes: list[int],
    capacities: list[int],
    maximum: int,
    away: set[int],
    shared: bool,
) -> None:
    ids = [f"C{n}" for n in range(len(lengths))]
    groups = ["all"] if shared else [f"S{id}" for id in ids]
    problem = university(
        calendar=ONE_DAY,
        courses=[course(id, 1, lecture_slots=length) for id, length in zip(ids, lengths, strict=True)],
        sections=[section(f"{id}-1", faculty=who) for id, who in zip(ids, teachers, strict=False)],
        faculty=[person("Ada", maximum), person("Ben", 3)],
        faculty_times=[times("Ben", "Mon", slot, slot, "away") for slot in away],
        rooms=[room(f"R{n}", seats) for n, seats in enumerate(capacities)],
        students=[student(id, size) for id, size in zip(groups, sizes, strict=False)],
        enrolments=[enrolled(groups[n % len(groups)], f"{id}-1") for n, id in enumerate(ids)],
    )
    if findings(problem, "error"):
        meetings = list(problem.meetings.values())
        choices = [list(product(meeting.times, meeting.rooms)) for meeting in meetings]
        for choice in product(*choices):
            placements = {m.id: Placement(*spot) for m, spot in zip(meetings, choice, strict=True)}
            assert not evaluate(problem, Timetable(placements)).feasible
