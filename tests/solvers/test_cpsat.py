"""CP-SAT on some sessions of a week: confirmed by ``evaluate``, and where possible by trying everything."""

from __future__ import annotations

import random
import sys
import threading
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from tiny_universities import (
    GOOD,
    enrolled,
    person,
    placed,
    room,
    section,
    small,
    student,
    times,
    university,
)

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.run_reading import read_run
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.base import BackendUnavailable
from echelon_lib.solvers.cpsat import availability, clashing_core
from echelon_lib.solvers.departments import by_departments, timetable_department
from echelon_lib.solvers.free_sessions import Rulebook
from echelon_lib.solvers.impossible import why_impossible
from echelon_lib.solvers.placed_sessions import SessionsAnswer
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Cancel, running
from echelon_lib.university import UniversityRules, load_university

UNPLACED = "unplaced meetings"


@pytest.fixture(scope="module")
def college(planted_college: Path) -> tuple[Problem, Timetable]:
    """The sample college with the timetable by which it was made."""
    problem = load_university(planted_college)
    return problem, read_run(planted_college, problem)


def without(timetable: Timetable, *sessions: str) -> Timetable:
    for session in sessions:
        timetable = timetable.unplace(session)
    return timetable


def kept(problem: Problem, before: Timetable, answer: SessionsAnswer) -> None:
    """Check that an answer places its sessions, moves nothing else and breaks nothing."""
    assert answer.timetable is not None
    stays = without(before, *answer.sessions)
    assert without(answer.timetable, *answer.sessions).placements == stays.placements
    broken, after = dict(evaluate(problem, stays).required), evaluate(problem, answer.timetable).required
    broken[UNPLACED] -= len(answer.sessions)
    assert {name: amount for name, amount in broken.items() if amount} == after


def possible(problem: Problem, timetable: Timetable, sessions: list[str]) -> bool:
    """Try every place of some sessions."""
    stays = without(timetable, *sessions)
    before = dict(evaluate(problem, stays).required)
    before[UNPLACED] -= len(sessions)
    before = {name: amount for name, amount in before.items() if amount}
    domains = [
        [
            Placement(time, where)
            for time in problem.meetings[id].times
            for where in problem.meetings[id].rooms
        ]
        for id in sessions
    ]
    return any(
        evaluate(
            problem, Timetable({**stays.placements, **dict(zip(sessions, places, strict=True))})
        ).required
        == before
        for places in product(*domains)
    )


# What only some sessions may do -------------------------------------------------------------------------


def test_answers_and_proofs_are_those_of_trying_everything() -> None:
    dice = random.Random(5)
    outcomes = []
    for _ in range(40):
        files = small()
        seats = dice.choice([(40, 16, 20), (40, 15, 14), (14, 16, 20)])
        problem = university(
            rooms=[replace(one, capacity=size) for one, size in zip(files.rooms, seats, strict=True)],
            faculty_times=[
                *files.faculty_times,
                times("Ben", dice.choice(["Mon", "Tue"]), 0, dice.randint(1, 3), "away"),
            ],
        )
        timetable = Timetable(
            {
                id: Placement(dice.choice(meeting.times), dice.choice(meeting.rooms))
                for id, meeting in problem.meetings.items()
            }
        )
        free = dice.sample(list(problem.meetings), 2)
        answer = why_impossible(problem, timetable, free)
        outcomes.append(answer.status)
        if answer.status is Status.FEASIBLE:
            kept(problem, timetable, answer)
        else:
            assert answer.status is Status.INFEASIBLE
            assert not possible(problem, timetable, free)
            core = clashing_core(Rulebook(problem).free(timetable, free), stop=running(None))
            assert core
            assert not possible(problem, without(timetable, *free), [free[number] for number in core])
            assert len(core) == 1 or all(possible(problem, without(timetable, *free), [id]) for id in free)
    assert min(outcomes.count(Status.FEASIBLE), outcomes.count(Status.INFEASIBLE)) > 5


def test_what_has_a_place_stays_there() -> None:
    problem = university()
    before = placed(problem, GOOD)
    answer = why_impossible(problem, before, problem.meetings)
    assert (answer.status, answer.moved, answer.timetable) == (Status.FEASIBLE, (), before)
    clash = before.place("ALG-1#2", problem.calendar.time("Tue 10:00"), "nook")
    mended = why_impossible(problem, clash, problem.meetings)
    kept(problem, clash, mended)
    assert len(mended.moved) == 1, "one of the two that clash"
    assert mended.sentences == ("4 sessions can be placed while all others stay: 1 of them moved.",)


def test_a_session_without_any_time_is_explained() -> None:
    # Ada is away on Mondays from 9 to 11 and now on Tuesdays as well; the batch has the lab on Monday at 11.
    problem = university(faculty_times=[times("Ada", "Mon", 0, 1, "away"), times("Ada", "Tue", 0, 3, "away")])
    timetable = placed(problem, "GEN-1L#1 Mon 11:00 lab, GEN-1#1 Tue 09:00 hall, ALG-1#2 Tue 10:00 nook")
    answer = why_impossible(problem, timetable, ["ALG-1#1"])
    assert (answer.status, answer.timetable) == (Status.INFEASIBLE, None)
    assert answer.sentences == (
        "There is no answer if only this session may move and all others stay: that is proven.",
        "Of the 8 times of ALG-1#1 (ALG, 16 people), 6 are closed to it by the rules "
        "(its faculty is away, say), 2 are taken by other sessions of its students, 0 are left.",
        "Maybe let GEN-1L#1 move as well, which takes most of these times?",
    )
    assert why_impossible(problem, timetable, ["ALG-1#1", "GEN-1L#1"]).status is Status.FEASIBLE


def test_sessions_that_cannot_all_have_a_time_are_named() -> None:
    # Four hours of Ben's week are left for two labs of two hours and a lecture.
    problem = university(
        sections=[
            *small().sections,
            section("GEN-2L", "Lab", "Ben"),
        ],
        students=[*small().students, student("other", 9)],
        enrolments=[*small().enrolments, enrolled("other", "GEN-2L")],
        faculty_times=[times("Ben", "Tue", 0, 3, "away")],
    )
    timetable = placed(problem, "ALG-1#1 Tue 09:00 hall, ALG-1#2 Tue 10:00 hall")
    free = ["GEN-1#1", "GEN-1L#1", "GEN-2L#1"]
    answer = why_impossible(problem, timetable, free)
    assert answer.status is Status.INFEASIBLE
    assert not possible(problem, timetable, free)
    said = "\n".join(answer.sentences)
    assert "Already these 3 cannot all have a place: GEN-1#1, GEN-1L#1, GEN-2L#1." in said
    assert "Ben teaches 3 of them." in said
    assert "15 students attend more than one of them." in said
    assert "batch" not in said, "students are counted and not named"
    assert why_impossible(problem, timetable, free[:2]).status is Status.FEASIBLE


def test_rooms_that_do_not_suffice_are_a_proof() -> None:
    # Nine lectures of one hour for different people need the one large room in eight hours.
    lectures = [section(f"GEN-{number}", faculty=f"p{number}") for number in range(9)]
    files = small(
        sections=lectures,
        faculty=[person(f"p{number}", 8, "GEN", department="BIO") for number in range(9)],
        faculty_times=[],
        students=[student(f"g{number}", 30) for number in range(9)],
        enrolments=[enrolled(f"g{number}", f"GEN-{number}") for number in range(9)],
    )
    changes = {name: getattr(files, name) for name in ("sections", "faculty", "students", "enrolments")}
    problem = university(**changes, faculty_times=[])
    answer = why_impossible(problem, Timetable(), problem.meetings)
    assert answer.status is Status.INFEASIBLE
    assert any("Only hall is large enough" in sentence for sentence in answer.sentences)
    fewer = why_impossible(problem, Timetable(), list(problem.meetings)[:8])
    kept(problem, Timetable(), fewer)
    larger = university(
        **changes, faculty_times=[], rooms=[*files.rooms, room("aula", 30, "South", "Projector")]
    )
    kept(larger, Timetable(), why_impossible(larger, Timetable(), larger.meetings))


def test_a_room_that_is_too_small_is_said() -> None:
    problem = university(rooms=[room("hall", 40, "South", "Projector"), room("lab", 14, "South", "Wet lab")])
    said = why_impossible(problem, Timetable(), ["GEN-1L"]).sentences
    assert (
        "GEN-1L#1 (GEN, 15 people) has no place at any time: no room with what it needs has so many seats."
        in said
    )
    # No move makes a room larger, so that none is proposed.
    full = placed(problem, "ALG-1#1 Tue 11:00 hall, GEN-1#1 Tue 10:00 hall")
    assert not any("Maybe" in one for one in why_impossible(problem, full, ["GEN-1L"]).sentences)
    priced = UniversityRules().with_kind("room_capacity", {"priced": 5})  # type: ignore[arg-type]
    loose = university(
        priced, rooms=[room("hall", 40, "South", "Projector"), room("lab", 14, "South", "Wet lab")]
    )
    assert why_impossible(loose, Timetable(), ["GEN-1L"]).status is Status.FEASIBLE


def test_a_rule_that_is_not_in_the_model_makes_the_answer_unknown_and_the_proof_no_less() -> None:
    strict = UniversityRules().with_kind("same_day_repeats", "required")
    # Ada can teach on Mondays alone, so that her two sessions are on one day.
    problem = university(strict, faculty_times=[times("Ada", "Tue", 0, 3, "away")])
    answer = why_impossible(problem, Timetable(), ["ALG-1"])
    assert (answer.status, answer.timetable) == (Status.NO_TIMETABLE_FOUND, None)
    assert "they break same-day repeats" in answer.sentences[0]
    never = university(strict, faculty_times=[times("Ada", day, 0, 3, "away") for day in ("Mon", "Tue")])
    assert why_impossible(never, Timetable(), ["ALG-1"]).status is Status.INFEASIBLE


def test_preferences_that_are_required_are_kept() -> None:
    strict = UniversityRules().with_kind("faculty_preference", "required")
    problem = university(strict)  # Ben prefers Tuesdays
    answer = why_impossible(problem, Timetable(), ["GEN-1", "GEN-1L"])
    kept(problem, Timetable(), answer)
    full = placed(problem, "ALG-1#1 Tue 09:00 nook, ALG-1#2 Tue 11:00 nook")
    assert why_impossible(problem, full, ["GEN-1", "GEN-1L"]).status is Status.INFEASIBLE


def test_a_session_that_does_not_exist_is_said() -> None:
    with pytest.raises(DataError, match=r"there is no session 'GEN-1#9'\n  Maybe 'GEN-1#1' was meant\?"):
        why_impossible(university(), Timetable(), ["GEN-1#9"])


def test_a_school_is_refused(tiny_high_folder: Path) -> None:
    school = load_school(tiny_high_folder)
    with pytest.raises(EchelonError, match="students ask for courses"):
        why_impossible(school, Timetable(), list(school.meetings)[:1])


def test_a_few_sessions_of_a_college_are_placed_again(college: tuple[Problem, Timetable]) -> None:
    problem, timetable = college
    taken_out = random.Random(3).sample(list(problem.meetings), 12)
    answer = why_impossible(problem, without(timetable, *taken_out), taken_out)
    kept(problem, timetable, answer)
    assert "12 had no place before" in answer.sentences[0]


# A department alone -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 7])
def test_a_department_is_timetabled_alone_and_beside_others(
    college: tuple[Problem, Timetable], seed: int
) -> None:
    problem, planted = college
    alone = timetable_department(problem, "GEO", seed=seed)
    assert alone.status is Status.FEASIBLE
    kept(problem, Timetable(), alone)
    assert alone == replace(timetable_department(problem, "GEO", seed=seed), seconds=alone.seconds)
    own = [id for id in problem.meetings if problem.section_of[id].department == "GEO"]
    assert sorted(alone.sessions) == sorted(own)
    beside = timetable_department(problem, "GEO", timetable=planted, seed=seed)
    kept(problem, planted, beside)


def test_preferences_are_kept_as_well_as_can_be() -> None:
    # Ben prefers Tuesdays, and has 3 hours to teach; then 2 hours are left to him.
    problem = university()
    best = timetable_department(problem, "BIO", preference=True)
    assert (best.status, best.cost, best.bound) == (Status.OPTIMAL, 0, 0)
    assert best.timetable is not None
    assert {time.days for time in (place.time for place in best.timetable.placements.values())} == {2}
    taken = placed(problem, "ALG-1#1 Tue 09:00 nook, ALG-1#2 Tue 10:00 nook")
    second = timetable_department(problem, "BIO", timetable=taken, preference=True)
    kept(problem, taken, second)
    assert second.timetable is not None
    price = evaluate(problem, second.timetable).terms["faculty preference"].cost
    assert (second.status, second.cost, second.bound) == (Status.OPTIMAL, price, price)
    assert price == UniversityRules().enforcement("faculty_preference").weight, (
        "the lecture of one hour leaves the preferred day"
    )


def test_an_unknown_department_is_said() -> None:
    with pytest.raises(DataError, match="no section is of department 'BIOL'"):
        timetable_department(university(), "BIOL")


# One department after another ---------------------------------------------------------------------------


def test_departments_one_after_another_clash_only_between_them(college: tuple[Problem, Timetable]) -> None:
    problem, _ = college
    timetable, report = by_departments(problem, seed=2, effort=1.0)
    assert len(timetable.placements) == len(problem.meetings)
    assert report.required == evaluate(problem, timetable).required
    assert set(report.required) <= {"group clash", "teacher clash"}
    assert [row.sessions for row in report.rows] == sorted((r.sessions for r in report.rows), reverse=True)
    assert {row.department for row in report.rows} == {"BIO", "CHE", "GEO", "MAT", "PHY"}
    for row in report.rows:
        assert (row.clashing > 0) == (row.outcome == "with clashes")
        own = Timetable(
            {
                id: place
                for id, place in timetable.placements.items()
                if problem.section_of[id].department == row.department
            }
        )
        assert set(evaluate(problem, own).required) == {UNPLACED}, "within a department nothing clashes"
    left = sum(report.required.values())
    assert ("are left" in report.sentence) == bool(left)


def test_departments_that_must_clash_say_so() -> None:
    # The batch has 5 hours; the week of two days shrinks to one on which Ada and Ben can teach.
    away = [times(who, "Tue", 0, 3, "away") for who in ("Ada", "Ben")]
    problem = university(faculty_times=away)
    timetable, report = by_departments(problem)
    assert len(timetable.placements) == 4
    assert [row.outcome for row in report.rows] == ["without clashes", "with clashes"]
    assert report.rows[1].clashing == 15, "the students of the batch"
    assert report.required == {"group clash": 1}
    assert report.sentence == (
        "CP-SAT timetabled 2 departments (4 sessions): 1 without clashes, 1 with clashes; "
        "between them are left: 1 group clash"
    )
    again, _ = by_departments(problem)
    assert again == timetable


def test_without_rooms_or_time_a_department_is_left_without_places() -> None:
    problem = university(rooms=[room("hall", 14, "South", "Projector"), room("lab", 15, "South", "Wet lab")])
    timetable, report = by_departments(problem)
    assert {row.outcome for row in report.rows} == {"no rooms"}
    assert timetable.placements == {}
    stopped, told = by_departments(university(), stop=0)
    assert (stopped.placements, {row.outcome for row in told.rows}) == ({}, {"out of time"})


# Stopping, and what is not installed --------------------------------------------------------------------


def test_whoever_cancels_gets_no_half_answer(college: tuple[Problem, Timetable]) -> None:
    problem, _ = college
    switch = Cancel()
    switch.set()
    assert timetable_department(problem, "BIO", stop=switch).status is Status.CANCELLED
    assert timetable_department(problem, "BIO", stop=0).status is Status.NO_TIMETABLE_FOUND


def test_a_search_can_be_cancelled_from_outside(college: tuple[Problem, Timetable]) -> None:
    problem, _ = college
    clock = running(None)
    threading.Timer(0.5, clock.cancel).start()
    # Without an end to it the search for the last preferences of MAT goes on for minutes.
    answer = timetable_department(problem, "MAT", preference=True, stop=clock)
    assert answer.status in {Status.CANCELLED, Status.FEASIBLE}
    if answer.timetable is not None:
        kept(problem, Timetable(), answer)


def test_without_ortools_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert availability().installed
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    monkeypatch.setitem(sys.modules, "ortools", None)
    with pytest.raises(
        BackendUnavailable, match=r"ortools is not installed.*\n  Maybe: pip install 'ortools>="
    ):
        why_impossible(university(), Timetable(), ["ALG-1"])
