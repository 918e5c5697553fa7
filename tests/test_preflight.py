"""Each check of preflight, broken on purpose: just feasible is silent, one more is a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon_lib import preflight as front_door
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import Issue
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.preflight import Finding, impossible, preflight, request_lists
from echelon_lib.scoring.evaluate import evaluate

CALENDAR = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})
TIMES = CALENDAR.times


def sections(course: str, count: int, *, seats: int = 10, teacher: str | None = None) -> Course:
    """A course with sections that are called after it."""
    names = [f"{course}-{number}" for number in range(1, count + 1)]
    by = (teacher,) if teacher else ()
    return Course.of(
        course,
        [Section(n, (Meeting(n, TIMES),), seats=seats, attendees=by, department="Science") for n in names],
    )


def school(
    *courses: Course,
    wishes: list[str] | None = None,
    rules: tuple[object, ...] = (),
    sped: int = 0,
    policy: Policy | None = None,
) -> Problem:
    """A school with the teachers of its courses; each wish is ``Art Band|Choir`` and stands for a student."""
    wishes = wishes or []
    teachers = dict.fromkeys(
        t for course in courses for section in course.sections for t in section.attendees
    )
    return Problem(
        "school",
        CALENDAR,
        courses=courses,
        attendees=(
            *(Attendee(teacher, "teacher", department="Science") for teacher in teachers),
            *(
                Attendee(f"S{n}", "student", tags=frozenset({"SPED"}) if n < sped else frozenset())
                for n in range(len(wishes))
            ),
        ),
        requests=tuple(
            Request(f"S{n}#{k}", f"S{n}", tuple(wish.split("|")))
            for n, line in enumerate(wishes)
            for k, wish in enumerate(line.split())
        ),
        constraints=rules,  # type: ignore[arg-type]
        policy=policy or Policy(),
    )


def found(problem: Problem, rule: str, severity: str | None = None) -> list[Finding]:
    """The findings of one rule."""
    return [f for f in preflight(problem) if f.rule == rule and severity in {None, f.severity}]


def one(problem: Problem, rule: str, severity: str) -> Finding:
    """The only finding of a rule."""
    (finding,) = found(problem, rule)
    assert finding.severity == severity
    return finding


class TestFindings:
    def test_a_sound_school_has_none(self) -> None:
        assert preflight(school(sections("Art", 2, seats=2, teacher="T1"), wishes=["Art"] * 4)) == ()

    def test_an_empty_problem_has_none(self) -> None:
        assert preflight(Problem("empty", Calendar.of_days({}))) == ()

    def test_errors_come_first(self) -> None:
        problem = school(sections("Art", 5, teacher="T1"), wishes=["Art", ""], rules=())
        levels = [finding.severity for finding in preflight(problem)]
        assert levels == sorted(levels, key=["error", "warning", "info"].index)
        assert set(levels) == {"error", "warning", "info"}

    def test_impossible_are_the_errors(self) -> None:
        findings = preflight(school(sections("Art", 5, teacher="T1"), wishes=["Art", ""]))
        assert [finding.severity for finding in impossible(findings)] == ["error"]

    def test_a_finding_is_a_line_and_a_suggestion(self) -> None:
        text = str(Finding("warning", "data", "Period.csv, row 2", "odd value", "R1 was meant?"))
        assert text == "warning: Period.csv, row 2: odd value\n  Maybe R1 was meant?"
        assert str(Finding("info", "x", "Art", "Art is small.")) == "info: Art is small."

    def test_the_front_door_leads_here(self) -> None:
        assert front_door is preflight


class TestTeachers:
    def test_as_many_sections_as_periods(self) -> None:
        assert found(school(sections("Art", 4, teacher="T1")), "teacher clash") == []

    def test_one_more_section_than_periods(self) -> None:
        finding = one(school(sections("Art", 5, teacher="T1")), "teacher clash", "error")
        assert finding.numbers == {"sections": 5, "periods": 4, "surplus": 1}
        assert finding.place == "teacher T1"
        assert "5 sections" in finding.message
        assert "R1, R2, G1, G2" in finding.message

    @pytest.mark.parametrize(("count", "errors"), [(2, 0), (3, 1)])
    def test_periods_away_count(self, count: int, errors: int) -> None:
        away = ForbiddenTimes("teacher unavailable", Scope.of_attendee("T1"), REQUIRED, TIMES[:2])
        problem = school(sections("Art", count, teacher="T1"), rules=(away,))
        assert len(found(problem, "teacher clash", "error")) == errors

    def test_away_and_course_periods_together(self) -> None:
        """Each rule alone leaves room for two sections; together they leave one period."""
        away = ForbiddenTimes("teacher unavailable", Scope.of_attendee("T1"), REQUIRED, TIMES[:1])
        course = sections("Art", 2, teacher="T1")
        kept = ForbiddenTimes("course periods", Scope.of_meetings(["Art-1", "Art-2"]), REQUIRED, TIMES[2:])
        assert impossible(preflight(school(course, rules=(away,)))) == ()
        assert impossible(preflight(school(course, rules=(kept,)))) == ()
        (finding,) = impossible(preflight(school(course, rules=(away, kept))))
        assert finding.numbers == {"sections": 2, "periods": 1, "surplus": 1}
        assert finding.who == ("T1", "Art-1", "Art-2")

    def test_two_sections_fixed_in_one_period(self) -> None:
        fixed = [Section(n, (Meeting(n, TIMES[:1]),), seats=5, attendees=("T1",)) for n in ("A1", "A2")]
        finding = one(school(Course.of("Art", fixed)), "teacher clash", "error")
        assert finding.numbers["periods"] == 1

    @pytest.mark.parametrize(
        ("policy", "severities"),
        [
            (Policy(clash={"teacher": priced(1)}), ["warning"]),
            (Policy(clash={"teacher": OFF}), []),
            (Policy(unplaced=priced(1)), ["warning"]),
        ],
    )
    def test_only_required_rules_make_it_impossible(self, policy: Policy, severities: list[str]) -> None:
        problem = school(sections("Art", 5, teacher="T1"), policy=policy)
        assert [finding.severity for finding in found(problem, "teacher clash")] == severities

    def test_no_period_left(self) -> None:
        away = ForbiddenTimes("teacher unavailable", Scope.of_attendee("T1"), REQUIRED, TIMES)
        finding = one(school(sections("Art", 1, teacher="T1"), rules=(away,)), "teacher unavailable", "error")
        assert "Art-1" in finding.message
        assert "'teacher unavailable'" in finding.message
        wish = replace(away, enforcement=priced(1))
        assert impossible(preflight(school(sections("Art", 1, teacher="T1"), rules=(wish,)))) == ()

    def test_a_section_without_any_period(self) -> None:
        course = Course.of("Art", [Section("A1", (Meeting("A1", ()),))])
        assert one(school(course), "domain", "error").who == ("A1",)


class TestPerPeriod:
    @staticmethod
    def rule(count: int, limit: int, kind: Enforcement = REQUIRED) -> AtMostPerTime:
        scope = Scope.of_meetings(f"Art-{number}" for number in range(1, count + 1))
        return AtMostPerTime("sections per period", scope, kind, limit)

    @pytest.mark.parametrize(("count", "limit"), [(4, 1), (8, 2)])
    def test_just_fits(self, count: int, limit: int) -> None:
        problem = school(sections("Art", count), rules=(self.rule(count, limit),))
        assert impossible(preflight(problem)) == ()

    @pytest.mark.parametrize(("count", "limit"), [(5, 1), (9, 2), (65, 1)])
    def test_one_too_many(self, count: int, limit: int) -> None:
        problem = school(sections("Art", count), rules=(self.rule(count, limit),))
        finding = one(problem, "sections per period", "error")
        assert finding.numbers["sections"] == count
        assert finding.numbers["periods"] == 4
        assert finding.numbers["surplus"] == count - 4 * limit
        assert f"{count} sections of Art against 4 periods" in finding.message
        assert "per_period = { priced = 10 }" in (finding.suggestion or "")

    def test_priced_is_possible(self) -> None:
        problem = school(sections("Art", 5), rules=(self.rule(5, 1, priced(4)),))
        assert impossible(preflight(problem)) == ()

    def test_with_the_periods_of_the_course(self) -> None:
        kept = ForbiddenTimes(
            "course periods", Scope.of_meetings(["Art-1", "Art-2", "Art-3"]), REQUIRED, TIMES[2:]
        )
        problem = school(sections("Art", 3), rules=(kept, self.rule(3, 1)))
        assert one(problem, "sections per period", "error").numbers["periods"] == 2

    def test_a_limit_of_none(self) -> None:
        problem = school(sections("Art", 1), rules=(self.rule(1, 0),))
        assert one(problem, "sections per period", "error").numbers["fit"] == 0


def with_teacher(domains: list[str], rule: object, *, days: str = "R1 R2 R3 R4", **more: object) -> Problem:
    """A school of one teacher with a lab for each domain, such as ``R1 R2``; blank: any period."""
    calendar = Calendar.of_days({day: day_periods.split() for day, day_periods in _by_day(days)})
    labs = []
    for number, names in enumerate(domains, start=1):
        times = tuple(calendar.time(name) for name in names.split()) or calendar.times
        id = f"Lab-{number}"
        labs.append(Section(id, (Meeting(id, times),), 9, ("T1",), tags=frozenset({"Lab"})))
    people = (Attendee("T1", "teacher"),)
    return Problem("school", calendar, (Course.of("Lab", labs),), people, constraints=(rule,), **more)  # type: ignore[arg-type]


def _by_day(text: str) -> list[tuple[str, str]]:
    return [(day.split()[0][0], day) for day in text.split(" / ")]


class TestDays:
    labs = NotConsecutive("labs not consecutive", Scope.of_attendee("T1"), REQUIRED, "Lab")
    even = EvenDays("workload balance", Scope.of_attendee("T1"), REQUIRED)

    @pytest.mark.parametrize(
        ("domains", "days", "fit"),
        [
            ([""] * 2, "R1 R2 R3 R4", None),
            ([""] * 3, "R1 R2 R3 R4", 2),
            ([""] * 3, "R1 R2 R3 R4 R5", None),
            ([""] * 4, "R1 R2 R3 R4 / G1 G2 G3 G4", None),
            ([""] * 5, "R1 R2 R3 R4 / G1 G2 G3 G4", 4),
            (["R1 R2", "R1 R2", ""], "R1 R2 / G1 G2", 1),
            (["R1 R2", "G1 G2", ""], "R1 R2 / G1 G2", 2),
            (["R1 R3", "R1 R3"], "R1 R2 R3", None),
        ],
    )
    def test_labs_need_a_break(self, domains: list[str], days: str, fit: int | None) -> None:
        seen = found(with_teacher(domains, self.labs, days=days), "labs not consecutive")
        assert [finding.numbers["fit"] for finding in seen] == ([] if fit is None else [fit])
        assert {finding.severity for finding in seen} <= {"error"}

    def test_labs_are_said_with_numbers_and_cure(self) -> None:
        finding = one(with_teacher([""] * 3, self.labs), "labs not consecutive", "error")
        assert finding.message == (
            "teacher T1 has 3 Lab sections (Lab-1, Lab-2, Lab-3) that can only be in 4 periods "
            "(R1, R2, R3, R4), of which 2 at most do not follow each other: 1 cannot be placed."
        )
        assert finding.suggestion == (
            "give 1 of them to somebody else, or price 'labs not consecutive' instead of requiring it?"
        )
        assert (finding.place, finding.who[0]) == ("teacher T1", "T1")

    @pytest.mark.parametrize(
        ("domains", "days", "fit"),
        [
            ([""] * 4, "R1 R2 R3 / G1 G2 G3", None),
            (["R1 R2 R3"] * 2 + ["G1"] * 1, "R1 R2 R3 / G1 G2 G3", None),
            (["R1 R2 R3"] * 3 + ["G1"] * 1, "R1 R2 R3 / G1 G2 G3", 2),
            (["R1 R2 R3 G1"] * 4, "R1 R2 R3 / G1 G2 G3", 3),
        ],
    )
    def test_no_day_is_too_full_to_be_even(self, domains: list[str], days: str, fit: int | None) -> None:
        seen = found(with_teacher(domains, self.even, days=days), "workload balance")
        assert [finding.numbers["fit"] for finding in seen] == ([] if fit is None else [fit])
        assert {finding.severity for finding in seen} <= {"error"}

    def test_even_days_are_said_with_numbers_and_cure(self) -> None:
        school = with_teacher(["R1 R2 R3"] * 3 + ["G1"], self.even, days="R1 R2 R3 / G1 G2 G3")
        finding = one(school, "workload balance", "error")
        assert finding.message == (
            "teacher T1 has 4 sections, an even share of which is 2 a day; 3 (Lab-1, Lab-2, Lab-3) can only "
            "be in 3 periods (R1, R2, R3), which is room for 2: 1 cannot be placed."
        )
        assert "price 'workload balance' instead" in (finding.suggestion or "")

    @pytest.mark.parametrize("rule", [labs, even], ids=["labs", "even"])
    def test_nothing_is_said_of_what_is_priced_or_fits_without_the_rule_no_better(self, rule) -> None:
        school = with_teacher(["R1 R2 R3"] * 3 + ["G1"], rule, days="R1 R2 R3 / G1 G2 G3")
        assert impossible(preflight(school))
        free = replace(school, constraints=(replace(rule, enforcement=priced(1)),))
        assert preflight(free) == ()
        clashing = with_teacher(["R1"] * 2, rule, days="R1 R2 R3 / G1 G2 G3")
        assert {finding.rule for finding in preflight(clashing)} == {"teacher clash"}
        lax = replace(school, policy=Policy(unplaced=priced(1)))
        assert [finding.severity for finding in preflight(lax)] == ["warning"]

    def test_labs_at_one_time_do_not_follow_each_other(self) -> None:
        policy = Policy(clash={"teacher": OFF})
        assert preflight(with_teacher([""] * 3, self.labs, policy=policy)) == ()
        crowded = with_teacher(["R1"] * 2 + [""], self.even, days="R1 R2 / G1 G2", policy=policy)
        assert preflight(crowded) == ()
        crowded = with_teacher(["R1"] * 3, self.even, days="R1 R2 / G1 G2", policy=policy)
        assert one(crowded, "workload balance", "error").numbers["fit"] == 2


class TestConstantRules:
    @pytest.mark.parametrize("limit", [2, 1])
    def test_load(self, limit: int) -> None:
        rule = MaximumLoad("teacher load", Scope.of_attendee("T1"), REQUIRED, limit)
        problem = school(sections("Art", 2, teacher="T1"), rules=(rule,))
        assert len(found(problem, "teacher load", "error")) == (limit < 2)

    @pytest.mark.parametrize(
        "rule",
        [
            DedicatedTeacher("dedicated teacher", Scope.of_attendee("T1"), REQUIRED, "Band"),
            OneTeacher("dedicated teacher", Scope.of_sections(["Art-1", "Band-1"]), REQUIRED),
            OwnDepartment("dedicated teacher", Scope.of_attendee("T3"), REQUIRED),
        ],
        ids=lambda rule: type(rule).__name__,
    )
    def test_who_teaches_what(self, rule) -> None:
        art = sections("Art", 1, teacher="T1")
        band = sections("Band", 1, teacher="T2")
        dance = Course.of(
            "Dance", [Section("D1", (Meeting("D1", TIMES),), attendees=("T3",), department="PE")]
        )
        finding = one(school(art, band, dance, rules=(rule,)), "dedicated teacher", "error")
        assert finding.message.endswith(".")
        free = replace(rule, enforcement=priced(1))
        assert impossible(preflight(school(art, band, dance, rules=(free,)))) == ()

    def test_rules_about_nobody(self) -> None:
        rules = (
            OwnDepartment("own department", Scope(), REQUIRED),
            OneTeacher("dedicated teacher", Scope(), REQUIRED),
            AtMostPerTime("sections per period", Scope(), REQUIRED),
            AtMostEnrolled("section maximum", Scope(), REQUIRED, (3,)),
            AtLeastEnrolled("section minimum", Scope(), REQUIRED, ()),
            ForbiddenTimes("course periods", Scope(), REQUIRED, ()),
        )
        assert preflight(school(sections("Art", 1), rules=rules)) == ()


class TestLimits:
    @staticmethod
    def least(limit: int, kind: Enforcement = REQUIRED, tag: str | None = None) -> AtLeastEnrolled:
        return AtLeastEnrolled("section minimum", Scope.of_sections(["Art-1"]), kind, (limit,), tag=tag)

    @staticmethod
    def most(limit: int, kind: Enforcement = REQUIRED, tag: str | None = None) -> AtMostEnrolled:
        name = "SPED limit" if tag else "section maximum"
        return AtMostEnrolled(name, Scope.of_sections(["Art-1"]), kind, (limit,), tag=tag)

    @pytest.mark.parametrize(
        ("rules", "severity"),
        [
            ((10, 10), None),
            ((11, 10), "error"),
            ((11, None), "error"),  # against the ten seats
            ((8, 7), "error"),
        ],
    )
    def test_minimum_against_maximum(self, rules, severity) -> None:
        low, high = rules
        limits = (self.least(low), *([self.most(high)] if high is not None else []))
        problem = school(sections("Art", 1), wishes=["Art"] * 20, rules=limits)
        assert [f.severity for f in found(problem, "section minimum")] == ([severity] if severity else [])

    def test_a_priced_minimum_out_of_reach(self) -> None:
        problem = school(sections("Art", 1), wishes=["Art"] * 10, rules=(self.least(11, priced(1)),))
        finding = one(problem, "section minimum", "warning")
        assert finding.numbers == {"sections": 1, "at_least": 11, "at_most": 10}

    def test_limits_of_a_tag(self) -> None:
        limits = (self.least(3, tag="SPED"), self.most(2, tag="SPED"))
        problem = school(sections("Art", 1), wishes=["Art"] * 9, sped=9, rules=limits)
        assert "SPED limit" in one(problem, "section minimum", "error").message
        assert (
            found(
                school(sections("Art", 1), wishes=["Art"] * 9, sped=9, rules=(limits[0],)), "section minimum"
            )
            == []
        )

    def test_fewer_than_nobody(self) -> None:
        problem = school(sections("Art", 1), rules=(self.most(-1),))
        assert found(problem, "section maximum", "error")

    @pytest.mark.parametrize(("demand", "errors"), [(10, 0), (9, 1)])
    def test_minimum_against_demand(self, demand: int, errors: int) -> None:
        scope = Scope.of_sections(["Art-1", "Art-2"])
        rule = AtLeastEnrolled("section minimum", scope, REQUIRED, (5, 5))
        problem = school(sections("Art", 2), wishes=["Art"] * demand, rules=(rule,))
        assert len(found(problem, "section minimum", "error")) == errors
        free = replace(problem, policy=Policy(enrolment=OFF))
        assert found(free, "section minimum", "error") == []

    def test_alternates_count_as_demand(self) -> None:
        problem = school(
            sections("Art", 1), sections("Band", 1), wishes=["Band|Art"] * 3, rules=(self.least(3),)
        )
        assert found(problem, "section minimum") == []

    def test_a_target_above_its_limit(self) -> None:
        target = AtMostEnrolled("SPED target", Scope.of_sections(["Art-1"]), priced(1), (5,), tag="SPED")
        problem = school(sections("Art", 1), rules=(self.most(3, tag="SPED"), target))
        assert one(problem, "SPED target", "info").numbers == {"target": 5, "limit": 3, "sections": 1}

    def test_seats_that_a_maximum_takes_away(self) -> None:
        problem = school(sections("Art", 1), rules=(self.most(8),))
        assert one(problem, "section maximum", "info").numbers == {"sections": 1, "lost": 2}

    def test_a_section_without_seats(self) -> None:
        problem = school(sections("Art", 1), sections("Band", 1, seats=0), wishes=["Art"] * 9)
        assert one(problem, "seats", "warning").who == ("Band-1",)


class TestRequests:
    def test_no_seat(self) -> None:
        problem = school(sections("Art", 2, seats=2), wishes=["Art"] * 5)
        finding = one(problem, "no seat", "warning")
        assert finding.numbers == {"asked": 5, "seats": 4, "missing": 1}
        assert one(problem, "unmet requests", "warning").numbers["unmet"] == 1

    def test_no_sped_seat(self) -> None:
        limit = AtMostEnrolled("SPED limit", Scope.of_sections(["Art-1"]), REQUIRED, (2,), tag="SPED")
        problem = school(sections("Art", 1), wishes=["Art"] * 9, sped=5, rules=(limit,))
        assert one(problem, "no seat", "warning").numbers["tagged_missing"] == 3
        assert "all of them fall on SPED students" in one(problem, "unmet requests", "warning").message

    def test_not_all_of_them_are_sped(self) -> None:
        limit = AtMostEnrolled("SPED limit", Scope.of_sections(["Art-1"]), REQUIRED, (2,), tag="SPED")
        problem = school(sections("Art", 1), wishes=["Art"] * 15, sped=5, rules=(limit,))
        assert "all of them" not in one(problem, "unmet requests", "warning").message
        assert "at least 3 of them SPED" in one(problem, "no seat", "warning").message

    def test_required_requests_that_cannot_be_met(self) -> None:
        for count, errors in ((10, 0), (11, 1)):
            policy = Policy(requests=REQUIRED)
            problem = school(sections("Art", 1), wishes=["Art"] * count, policy=policy)
            assert len(impossible(preflight(problem))) == errors

    def test_first_choices_that_only_alternates_can_replace(self) -> None:
        problem = school(sections("Art", 1, seats=1), sections("Band", 1, seats=1), wishes=["Art|Band"] * 2)
        finding = one(problem, "unmet requests", "warning")
        assert finding.numbers == {"unmet": 0, "requests": 2, "loss": 10}

    def test_not_offered(self) -> None:
        problem = school(sections("Ceramics 1", 1), sections("Ceramics", 0), wishes=[])
        problem = replace(
            problem,
            attendees=(Attendee("S0", "student"),),
            requests=(Request("r", "S0", ("Ceramics",)),),
        )
        finding = one(problem, "not offered", "warning")
        assert finding.place == "Ceramics"
        assert finding.suggestion == "'Ceramics 1' was meant?"
        assert found(problem, "no seat") == []

    def test_more_requests_than_periods(self) -> None:
        courses = [sections(name, 1) for name in "ABCDE"]
        fits = school(*courses, wishes=["A B C D"] * 9)
        assert found(fits, "many requests") == []
        finding = one(school(*courses, wishes=["A B C D E"] * 9), "many requests", "warning")
        assert finding.numbers == {"students": 9, "requests": 5, "periods": 4, "lost": 9}
        assert len(finding.who) == 9

    def test_students_are_named_in_who_and_place_only(self) -> None:
        (finding,) = found(school(sections("Art", 1), wishes=["Art", ""]), "no requests")
        assert (finding.place, finding.who) == ("student S1", ("S1",))
        assert "S1" not in finding.message

    @pytest.mark.parametrize(
        ("wish", "trouble", "severity"),
        [
            ("A A", "course twice", "warning"),
            ("A|A B", "own alternate", "warning"),
            ("A|B B", "idle alternate", "info"),
            ("", "no requests", "warning"),
            ("A", "few requests", "warning"),
            ("A B", None, None),
        ],
    )
    def test_odd_lists(self, wish: str, trouble: str | None, severity: str | None) -> None:
        courses = [sections(name, 1, seats=4) for name in "ABC"]
        lists = [wish, "A B C", "A B C", "A B C"]
        kinds = {"course twice", "own alternate", "idle alternate", "no requests", "few requests"}
        seen = {(f.rule, f.severity) for f in preflight(school(*courses, wishes=lists)) if f.rule in kinds}
        assert seen == ({(trouble, severity)} if trouble else set())

    def test_courses_that_collide(self) -> None:
        courses = [sections(name, 1) for name in "ABC"]
        kept = ForbiddenTimes("course periods", Scope.of_meetings(["A-1", "B-1"]), REQUIRED, TIMES[1:])
        problem = school(*courses, wishes=["A B C", "A C"], rules=(kept,))
        finding = one(problem, "periods collide", "warning")
        assert finding.who == ("S0",)
        assert "A and B can only be in R1" in finding.message
        free = replace(problem, policy=Policy(clash={"student": OFF}))
        assert found(free, "periods collide") == []

    def test_low_demand(self) -> None:
        assert found(school(sections("Art", 4), wishes=["Art"] * 30), "low demand") == []
        finding = one(school(sections("Art", 4), wishes=["Art"] * 20), "low demand", "info")
        assert finding.numbers == {"asked": 20, "seats": 40, "sections": 4, "surplus": 2}
        spare = one(school(sections("Art", 2), wishes=["Art"] * 12), "low demand", "info")
        assert spare.numbers["surplus"] == 0

    def test_sections_needed_for_a_tag_are_not_surplus(self) -> None:
        names = [f"Art-{number}" for number in range(1, 5)]
        limit = AtMostEnrolled("SPED limit", Scope.of_sections(names), REQUIRED, (3,) * 4, tag="SPED")
        problem = school(sections("Art", 4), wishes=["Art"] * 12, sped=12, rules=(limit,))
        assert one(problem, "low demand", "info").numbers["surplus"] == 0

    def test_lists_for_counsellors(self) -> None:
        problem = school(sections("Art", 1), sections("Band", 0), wishes=["Art Art", "Band", ""])
        lines = {(note.student, note.trouble, note.courses) for note in request_lists(problem)}
        assert lines == {
            ("S0", "course twice", ("Art",)),
            ("S1", "not offered", ("Band",)),
            ("S2", "no requests", ()),
        }
        assert all(note.sentence and note.suggestion for note in request_lists(problem))
        assert request_lists(school(sections("Art", 1), wishes=["", ""])) == ()


class TestRemarks:
    def test_each_keeps_place_and_cure(self) -> None:
        issue = Issue(
            "section A1 has no teacher", "Sections_Information.csv", 3, "Teacher Assigned", cure="ask?"
        )
        finding = one(replace(school(), remarks=(issue,)), "data", "warning")
        assert finding.place == issue.place
        assert (finding.message, finding.suggestion) == (issue.message, "ask?")

    def test_very_many_alike_are_one(self) -> None:
        issues = tuple(Issue(f"row {n} is odd", "Teacher_Info.csv", n) for n in range(2000))
        assert one(replace(school(), remarks=issues), "data", "warning").numbers == {"remarks": 2000}


def feasible_somewhere(problem: Problem) -> bool:
    """Try every placement and every enrolment."""
    meetings = list(problem.meetings.values())
    offered = {course.id: [s.id for s in course.sections] for course in problem.courses}
    for times in product(*(meeting.times for meeting in meetings)):
        placements = {m.id: Placement(time) for m, time in zip(meetings, times, strict=True)}
        per_student = []
        for student in problem.students:
            wanted = sorted({c for r in problem.requests_of.get(student.id, ()) for c in r.courses})
            per_student.append(list(product(*([None, *offered[course]] for course in wanted))))
        for picked in product(*per_student):
            enrolments = {
                student.id: frozenset(name for name in names if name is not None)
                for student, names in zip(problem.students, picked, strict=True)
            }
            if evaluate(problem, Timetable(placements, enrolments)).feasible:
                return True
    return False


@st.composite
def strict_schools(draw) -> Problem:
    """Tiny schools with rules so strict that many of them are impossible."""
    count = draw(st.integers(1, 3))
    times = TIMES[:2]
    fixed = st.lists(st.sampled_from(times), max_size=2, unique=True).map(tuple)
    made = []
    for name, size in (("A", count), ("B", draw(st.integers(0, 1)))):
        made.append(
            Course.of(
                name,
                [
                    Section(
                        f"{name}{k}",
                        (Meeting(f"{name}{k}", draw(st.one_of(st.just(times), fixed))),),
                        seats=draw(st.integers(0, 2)),
                        attendees=draw(st.sampled_from([(), ("T1",), ("T2",)])),
                        tags=frozenset({"Lab"}),
                    )
                    for k in range(size)
                ],
            )
        )
    names = [section.id for course in made for section in course.sections]
    some = st.lists(st.sampled_from(names), max_size=3, unique=True)
    kind = st.sampled_from([REQUIRED, REQUIRED, priced(1)])
    limited = draw(some)
    least = draw(some)
    rules = (
        AtMostPerTime(
            "sections per period", Scope.of_meetings(draw(some)), draw(kind), draw(st.integers(0, 1))
        ),
        ForbiddenTimes(
            "teacher unavailable", Scope.of_attendee("T1"), draw(kind), times[: draw(st.integers(0, 1))]
        ),
        AtMostEnrolled("maximum", Scope.of_sections(limited), draw(kind), (1,) * len(limited), tag="SPED"),
        AtLeastEnrolled(
            "minimum", Scope.of_sections(least), draw(kind), (draw(st.integers(0, 2)),) * len(least)
        ),
        MaximumLoad("teacher load", Scope.of_attendee("T2"), draw(kind), 2),
        NotConsecutive("labs", Scope.of_attendee("T1"), draw(kind), "Lab"),
        EvenDays("even", Scope.of_attendee("T2"), draw(kind)),
    )
    wishes = draw(st.lists(st.sampled_from(["A", "A B", "B", "B|A"]), max_size=2))
    problem = school(*made, wishes=wishes, rules=(), sped=draw(st.integers(0, 2)))
    missing = tuple(Attendee(t, "teacher") for t in ("T1", "T2") if t not in problem.attendee)
    policy = Policy(
        clash={"teacher": draw(kind), "student": draw(kind)},
        unplaced=draw(kind),
        seats=draw(kind),
        requests=draw(st.sampled_from([REQUIRED, priced(1, level=1)])),
    )
    return replace(problem, attendees=(*problem.attendees, *missing), constraints=rules, policy=policy)


@settings(max_examples=150)
@given(problem=strict_schools())
def test_an_error_is_a_proof(problem: Problem) -> None:
    if impossible(preflight(problem)):
        assert not feasible_somewhere(problem)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, policy=Policy(unplaced=OFF, domain=OFF, seats=OFF, enrolment=OFF, requests=OFF)),
        lambda p: replace(p, courses=tuple(Course(c.id, ()) for c in p.courses), constraints=()),
        lambda p: replace(p, calendar=Calendar.of_days({})),
        lambda p: replace(p, pooled={"S0": ("Art", "Art", "Band")}),
        lambda p: replace(p, requests=tuple(replace(r, weight=0) for r in p.requests)),
        lambda p: replace(p, requests=tuple(replace(r, weight=10**30) for r in p.requests)),
    ],
)
def test_never_raises(change: Callable[[Problem], Problem]) -> None:
    limit = AtMostEnrolled("SPED limit", Scope.of_sections(["Art-1", "Art-2"]), REQUIRED, (0,), tag="SPED")
    problem = school(
        sections("Art", 2, seats=1),
        sections("Band", 1),
        wishes=["Art|Band", "Band Art"],
        sped=1,
        rules=(limit,),
    )
    assert all(str(finding) for finding in preflight(change(problem)))


def test_what_was_read_as_meant_is_no_warning() -> None:
    remarks = (Issue("read with semicolons", "a.csv", harmless=True), Issue("is not used", "Locks.csv"))
    found = {
        one.message: one.severity for one in preflight(Problem("p", Calendar.of_days({}), remarks=remarks))
    }
    assert found == {"read with semicolons": "info", "is not used": "warning"}
