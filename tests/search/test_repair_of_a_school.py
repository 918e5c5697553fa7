"""Repairs and suggestions on a school of files, generated at a size where guesses would show."""

from __future__ import annotations

import pytest

from echelon_lib import (
    Problem,
    SchoolRules,
    Timetable,
    Workbench,
    evaluate,
    load_school,
    repair,
    with_changes,
)
from echelon_lib.generate.family import generate_family
from echelon_lib.late_changes import RequestReplaced, SectionDropped, StudentJoins, TeacherAway
from echelon_lib.schools import school_of
from echelon_lib.search.complete import completed
from echelon_lib.search.greedy import greedy
from echelon_lib.stop import MaxIterations

FEW = MaxIterations(6)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """A school of 150 students with a list each."""
    folder = tmp_path_factory.mktemp("made") / "school"
    generate_family("realistic", students=150, seed=3).write(folder)
    return load_school(folder, SchoolRules.from_toml(folder / "rules.toml"))


@pytest.fixture(scope="module")
def before(school: Problem) -> Timetable:
    """A timetable of it that keeps the required rules."""
    timetable = completed(school, greedy(school))
    assert evaluate(school, timetable).feasible
    return timetable


def test_without_a_section_its_students_alone_look_for_seats(school: Problem, before: Timetable) -> None:
    size = {course.id: len(course.sections) for course in school.courses}
    gone = max(school.sections, key=lambda id: size[school.course_of[id].id])
    new = with_changes(school, [SectionDropped(section=gone)]).problem
    done = repair(new, before, old=school, stop=FEW)
    assert done.evaluation.feasible
    out = {who for who, some in before.enrolments.items() if gone in some}
    had = {one.who for one in done.moved if one.kind == "student" and one.cause == "had to"}
    assert out <= had
    assert not [one for one in done.moved if one.kind == "section"]
    course = school.course_of[gone].id
    seated = {
        who for who in out if any(new.course_of[s].id == course for s in done.timetable.enrolments[who])
    }
    assert seated | {one.student for one in done.lost if one.course == course} >= out
    assert done.share < 0.02


def test_a_new_student_costs_few_others_anything(school: Problem, before: Timetable) -> None:
    like = school_of(school).files.preferences[0]
    told = school.student[like.student]
    wishes = tuple("|".join(wish) for wish in like.requests)
    new = with_changes(
        school, [StudentJoins(student="new", requests=wishes, details=dict(told.details))]
    ).problem
    done = repair(new, before, old=school, stop=FEW)
    assert done.evaluation.feasible
    assert done.timetable.enrolments["new"]
    assert not [one for one in done.lost if one.student != "new"]
    kept = repair(new, before, old=school, most=0, stop=FEW)
    assert all(kept.timetable.enrolments[who] == some for who, some in before.enrolments.items())
    assert done.evaluation.cost[0] <= kept.evaluation.cost[0]


def test_a_repair_can_be_repeated(school: Problem, before: Timetable) -> None:
    row = next(row for row in school_of(school).files.sections if row.teacher)
    period = school.calendar.name(before.placements[row.id].time)
    away = TeacherAway(teacher=row.teacher or "", periods=(period,))
    new = with_changes(school, [away]).problem
    one, other = (repair(new, before, old=school, stop=FEW, seed=4) for _ in range(2))
    assert one.timetable == other.timetable
    assert one.facts == other.facts
    assert any(m.who == row.id and m.cause == "had to" for m in one.moved)


def test_each_offer_for_a_wish_is_exact(school: Problem, before: Timetable) -> None:
    files = school_of(school).files
    row = files.preferences[5]
    wanted = next(
        other.requests[-1][0]
        for other in files.preferences
        if other.requests[-1][0] not in row.courses
        and school.student[other.student].details == school.student[row.student].details
    )
    change = RequestReplaced(student=row.student, course=row.requests[-1][0], by=wanted)
    new = with_changes(school, [change]).problem
    start = repair(new, before, old=school, most=0, stop=FEW)
    bench = Workbench(new, start.timetable)
    was = start.evaluation.cost
    unmet = [one.request for one in start.evaluation.served if one.course is None]
    assert unmet
    for request in unmet[:8]:
        for offer in bench.suggestions(request.student, request.primary):
            assert offer.timetable is not None
            now = evaluate(new, offer.timetable)
            assert offer.cost == tuple(b - a for a, b in zip(was, now.cost, strict=True))
            assert dict(offer.required) == dict(now.required)
