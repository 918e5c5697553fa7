"""The first school: the figures that any solver of Echelon must reproduce."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tiny_schools import BACKENDS, usable

from echelon_lib import Problem, Result, SchoolRules, evaluate, load_school, preflight, solve
from echelon_lib.advice.rules import RuleAdvisor
from echelon_lib.domain.timetable import Timetable
from echelon_lib.solvers.reduce import Reduction, why_not
from echelon_lib.solvers.result import Status

RULES = Path(__file__).resolve().parents[1] / "data" / "rules" / "chico.toml"
DEDICATED = {"Medical Career", "Heroes Teach"}


def chico(folder: Path, **changes: object) -> Problem:
    """Chico with its rules, some of them changed."""
    rules = SchoolRules.from_toml(RULES).model_copy(update=changes)
    return load_school(folder / "chico", rules)


@pytest.fixture(scope="module")
def school(benchmarks: Path) -> Problem:
    """Chico with its own rules."""
    return chico(benchmarks)


@pytest.fixture(scope="module", params=BACKENDS)
def solved(request: pytest.FixtureRequest, school: Problem) -> Result:
    """Chico solved by each backend that may be used."""
    return solve(school, usable(request.param), stop=120)


@pytest.fixture(scope="module")
def tight(benchmarks: Path) -> tuple[Problem, Result]:
    """Chico with at most three SPED students in a section."""
    problem = chico(benchmarks, sped_limit=3)
    return problem, solve(problem, stop=120)


def timetable_of(result: Result) -> Timetable:
    """The timetable of a result that must have one."""
    assert result.best is not None, result.notes
    return result.best


def enrolled(timetable: Timetable) -> Counter[str]:
    """Students in each section."""
    return Counter(section for sections in timetable.enrolments.values() for section in sections)


def test_the_files_are_those_described(school: Problem) -> None:
    assert len(school.sections) == 482
    assert len(school.teachers) == 169
    assert len(school.courses) == 21
    assert len(school.students) == 1900
    assert sum("SPED" in student.tags for student in school.students) == 290
    assert len(school.requests) == 11_400
    lists: dict[str, tuple[str, ...]] = {}
    for request in school.requests:
        lists[request.student] = (*lists.get(request.student, ()), *request.courses)
    assert len(set(lists.values())) == 12
    assert len({(wish, school.student[who].tags) for who, wish in lists.items()}) == 18
    assert school.calendar.days == ("R", "G")
    assert not school.calendar.time("R4").precedes(school.calendar.time("G1"))


def test_students_and_teachers_are_counted(school: Problem) -> None:
    assert why_not(school) == ()
    reduction = Reduction(school)
    assert len(reduction.groups) == 18
    assert sum(group.size for group in reduction.groups) == 1900
    teaching = [one for one in reduction.classes if one.teachers]
    assert sum(one.size for one in teaching) == len(school.sections_of)
    assert len(teaching) < len(school.sections_of), "some teachers are alike"


def test_all_requests_are_met_and_it_is_proven(school: Problem, solved: Result) -> None:
    assert solved.mismatches == ()
    assert 1 in solved.proven
    score = evaluate(school, timetable_of(solved))
    assert score.feasible, score.required
    assert (score.met, score.requests) == (11_400, 11_400)
    assert (score.complete, score.students) == (1900, 1900)
    assert (solved.cost or (None,))[0] == 0
    assert (solved.bound, solved.gap) == (0, 0)


def test_the_second_level_is_proven_too(school: Problem, solved: Result) -> None:
    assert solved.status is Status.OPTIMAL
    assert solved.proven == (1, 2)
    assert solved.levels[1].scale is None
    assert set(solved.levels[1].terms) == {
        name for name, term in evaluate(school, timetable_of(solved)).terms.items() if term.level == 2
    }


def test_sports_med_has_too_many_sections_at_a_time(solved: Result) -> None:
    assert solved.evaluation is not None
    assert solved.evaluation.terms["sections per period"].amount == 57


def test_the_shortfall_is_that_of_two_courses(school: Problem, solved: Result) -> None:
    assert solved.evaluation is not None
    short: Counter[str] = Counter()
    for violation in solved.evaluation.violations():
        if violation.rule == "section minimum":
            short[school.course_of[violation.who[0]].id] += violation.amount
    assert short == {"Medical Career": 3, "Heroes Teach": 2}
    asked = Counter(request.primary for request in school.requests)
    assert (asked["Medical Career"], asked["Heroes Teach"]) == (17, 18)


def test_four_sections_stay_below_the_target(school: Problem, solved: Result) -> None:
    students = enrolled(timetable_of(solved))
    below = [id for id, one in school.sections.items() if 100 * students[id] < 75 * (one.seats or 0)]
    assert len(below) == 4
    assert {school.course_of[id].id for id in below} == DEDICATED


def test_the_rule_adviser_has_nothing_to_do_about_them(school: Problem, solved: Result) -> None:
    advice = RuleAdvisor().propose(school, timetable_of(solved))
    assert advice.actions == ()
    assert advice.text.startswith("Nothing to do: the 4 sections under 75 % are structural.")
    for course, asked in (("Medical Career", 17), ("Heroes Teach", 18)):
        assert f"{course} has {asked} requests: it needs all 2 sections" in advice.text


def test_students_in_special_education_above_three(solved: Result) -> None:
    assert solved.evaluation is not None
    assert solved.evaluation.terms["SPED target"].amount == 351


def test_no_section_is_nearly_empty(school: Problem, solved: Result) -> None:
    students = enrolled(timetable_of(solved))
    assert min(students[id] for id in school.sections) >= 8


def test_students_of_a_group_are_treated_alike(school: Problem, solved: Result) -> None:
    taken = timetable_of(solved).enrolments
    for group in Reduction(school).groups:
        sizes = {len(taken[student]) for student in group.students}
        assert max(sizes) - min(sizes) <= 1


def test_required_rules_hold_in_plain_sight(school: Problem, solved: Result) -> None:
    """Looked at without the evaluator: periods, teachers, seats and limits."""
    timetable = timetable_of(solved)
    name = {id: school.calendar.name(place.time) for id, place in timetable.placements.items()}
    for id, section in school.sections.items():
        course = school.course_of[id].id
        if course == "Medical Career":
            assert name[id] in ("R1", "G1")
        if course == "Heroes Teach":
            assert name[id] in ("R2", "G2")
        if course in DEDICATED:
            assert enrolled(timetable)[id] <= 15
        assert section.seats is not None
    for sections in (*school.sections_of.values(),):
        assert len({name[section.id] for section in sections}) == len(sections)
    students = enrolled(timetable)
    tagged = Counter(
        section
        for student, sections in timetable.enrolments.items()
        if "SPED" in school.student[student].tags
        for section in sections
    )
    assert all(students[id] <= min(one.seats or 0, 40) for id, one in school.sections.items())
    assert max(tagged.values()) <= 12
    for student, sections in timetable.enrolments.items():
        assert len({name[section] for section in sections}) == len(sections)
        courses = Counter(school.course_of[section].id for section in sections)
        assert courses == Counter(request.primary for request in school.requests_of[student])


# Other rules --------------------------------------------------------------------------------------------


def test_three_in_special_education_cost_351_requests(tight: tuple[Problem, Result]) -> None:
    problem, result = tight
    score = evaluate(problem, timetable_of(result))
    assert score.feasible
    assert score.requests - score.met == 351
    assert 1 in result.proven
    assert result.mismatches == ()
    unmet = [one.request for one in score.served if one.rank is None]
    assert {tag for request in unmet for tag in problem.student[request.student].tags} == {"SPED"}
    assert all("SPED" in problem.student[request.student].tags for request in unmet)
    assert len({request.primary for request in unmet}) == 18


def test_who_is_hurt_is_said(tight: tuple[Problem, Result]) -> None:
    problem, _ = tight
    said = " ".join(finding.message for finding in preflight(problem))
    assert "351" in said
    assert "SPED" in said


def test_one_section_of_sports_med_a_period_is_impossible(benchmarks: Path) -> None:
    rules = SchoolRules.from_toml(RULES)
    sports = rules.courses["Sports Med"].model_copy(
        update={"kinds": type(rules.courses["Sports Med"].kinds)()}
    )
    problem = chico(benchmarks, courses={**rules.courses, "Sports Med": sports})
    result = solve(problem, stop=120)
    assert result.status is Status.INFEASIBLE
    assert result.solver == "preflight", "before solving"
    assert result.runtime < 20
    assert result.best is None
    said = " ".join(result.notes)
    assert "65" in said
    assert "8" in said
    assert "Sports Med" in said
    cures = " ".join(finding.suggestion or "" for finding in preflight(problem))
    assert "price it instead" in cures
