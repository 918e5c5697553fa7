"""Universities are solved by the front door: rules are kept, and what was asked is respected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from random_universities import random_university, random_week, starts, week
from tiny_universities import course, enrolled, person, room, section, small, university

from echelon_lib import evaluate, solve
from echelon_lib.analysis.summary import summary
from echelon_lib.constraints.rooms import EmptySeats, RoomCapacity
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import OFF, REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.search.choose import needs_compiling
from echelon_lib.search.report import Report
from echelon_lib.search.university import crew, genetic
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.banding import Banding
from echelon_lib.search.university.bursts import Bursts
from echelon_lib.search.university.engine import search_university, smallest_university, warm_up_university
from echelon_lib.search.university.genetic import Genetic
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import BLOCK, Strategy, WeekSearch
from echelon_lib.search.warming import smallest_school
from echelon_lib.solvers.result import Result, Status, TracePoint
from echelon_lib.stop import MaxIterations, Never, Running

SLOTS = 3


def tight(**without: bool) -> Problem:
    """Two lectures and a lab on one day of three slots: only one order keeps all the rules, in one room each.

    The teacher is away in the last slot; the lab needs the lab and two slots, the groups share the teacher.
    """
    calendar = week(1, SLOTS)
    single, double = starts(calendar, 1), starts(calendar, 2)
    rooms = (Room("small", 10), Room("large", 40), Room("lab", 40))
    lecture = Section("lecture", (Meeting("lecture#1", single, ("small", "large")),), None, ("t", "g"), 30)
    lab = Section("lab", (Meeting("lab#1", double, ("lab",)),), None, ("g",), 30)
    other = Section("other", (Meeting("other#1", single, ("small", "large")),), None, ("t", "h"), 30)
    every = Scope.of_meetings(["lecture#1", "lab#1", "other#1"])
    # Prices that tempt: small rooms leave fewer seats empty, and the last slot would be free of charge.
    rules = (
        ForbiddenTimes("faculty availability", Scope.of_attendee("t"), REQUIRED, (Time(2, 1, 1),)),
        ForbiddenTimes("early", Scope.of_meetings(["other#1"]), priced(5, 1), (Time(0, 1, 1), Time(1, 1, 1))),
        RoomCapacity("room capacity", every, REQUIRED),
        EmptySeats("empty seats", Scope(), priced(1, 1)),
    )
    kept = tuple(
        replace(rule, enforcement=OFF) if without.get(rule.name.split()[-1]) else rule for rule in rules
    )
    return Problem(
        "tight",
        calendar,
        tuple(Course.of(s.id, [s]) for s in (lecture, lab, other)),
        (Attendee("t", "teacher"), Attendee("g", "group"), Attendee("h", "group")),
        rooms,
        constraints=kept,
    )


def test_every_required_rule_is_kept_where_one_answer_is_left() -> None:
    result = solve(tight(), stop=MaxIterations(1))
    assert result.status is Status.FEASIBLE, result.notes
    assert result.mismatches == ()
    assert result.best is not None
    placements = result.best.placements
    assert placements["lab#1"].time.start == 1
    assert placements["lecture#1"] == Placement(Time(0, 1, 1), "large")
    assert placements["other#1"] == Placement(Time(1, 1, 1), "large")


BREAKS = {
    "faculty availability": ("other#1", Time(2, 1, 1), "large"),
    "room capacity": ("other#1", Time(1, 1, 1), "small"),
    "teacher clash": ("other#1", Time(0, 1, 1), "small"),
    "group clash": ("lab#1", Time(0, 2, 1), "lab"),
    "room clash": ("other#1", Time(0, 1, 1), "large"),
    "placement outside the allowed times or rooms": ("lab#1", Time(1, 2, 1), "large"),
    "unplaced meetings": ("lab#1", None, None),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_broken_on_purpose_is_seen(rule: str) -> None:
    """A start that breaks a rule is neither taken for good, nor does the answer break it."""
    problem = tight()
    good = solve(problem, stop=MaxIterations(1)).best
    assert good is not None
    meeting, time, room = BREAKS[rule]
    bad = good.unplace(meeting) if time is None else good.place(meeting, time, room)
    assert rule in evaluate(problem, bad).required
    search = WeekSearch(UniversityArrays.of(problem), 0)
    search.load(*search.arrays.read(bad))
    search.look()
    assert search.clashes > 0
    result = solve(problem, start=bad, stop=MaxIterations(1))
    assert result.evaluation is not None
    assert result.evaluation.feasible


@pytest.mark.parametrize("rule", ["availability", "capacity"])
def test_an_answer_needs_each_rule(rule: str) -> None:
    """Where a rule is dropped, the cheapest answer breaks it: the search keeps it because it must."""
    result = solve(tight(**{rule: True}), stop=MaxIterations(2))
    assert result.best is not None
    name = next(name for name in ("faculty availability", "room capacity") if name.endswith(rule))
    assert name in evaluate(tight(), result.best).required


@pytest.mark.parametrize("seed", range(12))
def test_random_universities_are_solved(seed: int) -> None:
    problem = random_university(seed)
    result = solve(problem, stop=MaxIterations(5), seed=seed)
    assert result.status is Status.FEASIBLE, result.notes
    assert result.mismatches == ()
    assert result.solver.startswith("banding")
    assert [note.split(":")[0] for note in result.notes] == [
        "banding of courses with a dispersed audience",
        "construction (DSATUR)",
        "heat bath",
        "breakout with weights of pairs",
        "annealing on week masks",
    ]


def test_the_same_seed_gives_the_same_answer() -> None:
    problem = random_university(7)
    first, again = (solve(problem, stop=MaxIterations(4), seed=3) for _ in range(2))
    assert first.best == again.best
    assert first.notes == again.notes
    others = [solve(problem, stop=MaxIterations(4), seed=seed).best for seed in (4, 5, 6)]
    assert any(other != first.best for other in others)


def test_more_iterations_are_no_worse() -> None:
    problem = random_university(11)
    short, long = (solve(problem, stop=MaxIterations(n)).evaluation for n in (1, 40))
    assert short is not None
    assert long is not None
    assert long.cost <= short.cost


def test_incumbents_are_what_the_evaluator_says() -> None:
    problem = random_university(5)
    told: list[TracePoint] = []
    kept: list[tuple[int, ...]] = []
    result = solve(
        problem, stop=1, on_incumbent=told.append, on_timetable=lambda one, score: kept.append(score.cost)
    )
    assert result.evaluation is not None
    assert told[0].incumbent == kept[0][0], "the first is evaluated"
    assert told[-1].incumbent == kept[-1][0] == result.evaluation.cost[0]
    assert all(point.level == 1 for point in told)


class InterruptedClock(Running):
    """Somebody presses Ctrl-C while the quality stage looks at the clock."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def done(self, **known: object) -> bool:  # type: ignore[override]
        if known:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self.cancelled


def test_an_interrupt_keeps_the_best() -> None:
    problem = random_university(5)
    result = solve(problem, stop=InterruptedClock(3))
    assert result.status is Status.CANCELLED
    assert result.evaluation is not None
    assert result.evaluation.feasible


def test_a_stop_before_the_start_is_no_error() -> None:
    clock = MaxIterations(1).start()
    clock.cancel()
    result = solve(random_university(5), stop=clock)
    assert result.status is Status.CANCELLED


@pytest.mark.parametrize("seed", range(4))
def test_only_movable_meetings_move(seed: int) -> None:
    problem = random_university(seed)
    start = solve(problem, stop=MaxIterations(1), seed=seed).best
    assert start is not None
    first = next(iter(problem.sections.values())).department
    movable = [m.id for s in problem.sections.values() if s.department == first for m in s.meetings]
    clock = MaxIterations(20).start()
    claim = search_university(
        problem, stop=clock, seed=seed, report=Report(problem, clock), start=start, movable=movable
    )
    assert claim.timetable is not None
    assert {change.who for change in start.diff(claim.timetable)} <= set(movable)
    before, after = evaluate(problem, start), evaluate(problem, claim.timetable)
    assert after.feasible
    assert after.cost <= before.cost
    # From a start that lacks them, they alone are placed.
    bare = Timetable({m: p for m, p in start.placements.items() if m not in movable})
    clock = MaxIterations(2).start()
    claim = search_university(
        problem, stop=clock, seed=seed, report=Report(problem, clock), start=bare, movable=movable
    )
    assert claim.timetable is not None
    assert {change.who for change in start.diff(claim.timetable)} <= set(movable)


@pytest.mark.parametrize("seed", range(4))
def test_a_start_is_not_lost(seed: int) -> None:
    problem = random_university(seed)
    good = solve(problem, stop=MaxIterations(30), seed=seed).best
    assert good is not None
    result = solve(problem, stop=MaxIterations(1), seed=seed + 1, start=good)
    assert result.evaluation is not None
    assert result.evaluation.cost <= evaluate(problem, good).cost
    assert [note.split(":")[0] for note in result.notes] == ["annealing on week masks"]


def test_any_start_is_mended() -> None:
    problem = random_university(9)
    result = solve(problem, start=random_week(problem, 1), stop=MaxIterations(2))
    assert result.evaluation is not None
    assert result.evaluation.feasible


IMPOSSIBLE: dict[str, tuple[Problem, str]] = {
    "nobody can teach": (
        university(
            sections=[*small().sections, section("ALG-2", faculty=None)],
            faculty=[person("Ada", 3, "ALG", "ART"), small().faculty[1]],
        ),
        "1 section of ALG (ALG-2) has nobody to teach",
    ),
    "too many hours": (
        university(faculty=[replace(one, maximum=1) for one in small().faculty]),
        "Ada teaches 2 hours a week, 1 more than 1",
    ),
    "no room": (
        university(rooms=[one for one in small().rooms if one.id != "lab"]),
        "meeting 'GEN-1L#1' has no time that the required rules allow",
    ),
}
"""Universities for which there is no timetable, and what is said first of why."""


@pytest.mark.parametrize("why", IMPOSSIBLE)
def test_what_is_impossible_is_proven_and_the_closest_kept(why: str) -> None:
    problem, words = IMPOSSIBLE[why]
    assert needs_compiling(problem)
    result = solve(problem, stop=MaxIterations(3))
    assert result.status is Status.INFEASIBLE
    assert result.notes[0].startswith(words), result.notes
    assert summary(problem, result).first_line.startswith(
        f"No timetable can keep all required rules: {words}"
    )
    assert (result.best, result.mismatches) == (None, ())
    assert "quality" not in [one.stage for one in result.stages], "nobody needs it"
    assert result.closest is not None
    dead = {id for id, meeting in problem.meetings.items() if not meeting.times}
    assert problem.meetings.keys() - result.closest.placements.keys() == dead
    # From a week in which all is kept that can be, nothing is left to do.
    again = solve(problem, stop=MaxIterations(3), start=result.closest)
    assert again.status is Status.INFEASIBLE
    assert again.closest is not None


def test_a_day_that_is_too_short_is_proven_so() -> None:
    result = solve(smallest_university(days=1), stop=MaxIterations(1))
    assert result.status is Status.INFEASIBLE
    assert result.notes[0].startswith("1 student has 6 meetings")
    assert result.notes[0].endswith("3 cannot be placed.")
    assert result.closest is not None
    assert len(result.closest.placements) == 9, "three hours of three rooms"


def test_what_is_proven_impossible_stays_so_when_somebody_interrupts() -> None:
    clock = MaxIterations(1).start()
    clock.cancel()
    assert solve(smallest_university(days=1), stop=clock).status is Status.INFEASIBLE


def test_bursts_end_when_only_what_has_no_place_is_left() -> None:
    problem, _ = IMPOSSIBLE["no room"]
    stages = Stages(feasibility="dsatur", repair="mixture")
    result = solve(problem, stop=MaxIterations(1_000_000), stages=stages)
    assert result.status is Status.INFEASIBLE


def test_a_university_is_one_where_no_room_suits_anything() -> None:
    """Stages can be chosen for it, and its sections may have several meetings."""
    bare = university(
        rooms=[room("nook", 40)],
        courses=[course("LAB", labs=2, lab_features=frozenset({"Wet lab"}))],
        sections=[section("LAB-1", "Lab")],
        faculty=[person("Ada", 8, "LAB")],
        enrolments=[enrolled("zoe", "LAB-1")],
        faculty_times=[],
    )
    result = solve(bare, stages=Stages(), stop=MaxIterations(1))
    assert result.status is Status.INFEASIBLE
    assert "meeting 'LAB-1#1' has no time that the required rules allow" in result.notes


def test_no_room_is_large_enough() -> None:
    problem = tight()
    rooms = tuple(replace(room, capacity=12) for room in problem.rooms)
    result = solve(replace(problem, rooms=rooms), stop=MaxIterations(1))
    assert result.status is Status.INFEASIBLE
    assert any("has no room that the required rules allow" in note for note in result.notes)


def test_greedy_ends_when_nothing_clashes() -> None:
    result = solve(random_university(2), "greedy", stop=MaxIterations(5))
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert [one.stage for one in result.stages] == ["grouping", "feasibility", "feasibility", "repair"]


CHOSEN = {
    "banding of courses with a dispersed audience": {"grouping": "none"},
    "heat bath": {"feasibility": "dsatur"},
    "breakout with weights of pairs": {"repair": "none"},
    "annealing on week masks": {"quality": "none"},
}


@pytest.mark.parametrize("strategy", CHOSEN)
def test_each_stage_can_be_left_out(strategy: str) -> None:
    usual = solve(random_university(2), stop=MaxIterations(2))
    result = solve(random_university(2), stop=MaxIterations(2), stages=Stages(**CHOSEN[strategy]))
    kept = [one.strategy for one in usual.stages if one.strategy != strategy]
    assert [one.strategy for one in result.stages] == kept
    assert len(kept) == len(usual.stages) - 1


OTHERS = {
    "Louvain communities of courses": {"grouping": "louvain"},
    "random mixture of bursts": {"feasibility": "dsatur", "repair": "mixture"},
    "genetic algorithm": {"quality": "genetic", "generations": 3},
}


@pytest.mark.parametrize("strategy", OTHERS)
@pytest.mark.parametrize("seed", [2, 8])
def test_each_strategy_keeps_the_rules_and_can_be_repeated(strategy: str, seed: int) -> None:
    def done() -> Result:
        return solve(
            random_university(seed), stop=MaxIterations(5), seed=seed, stages=Stages(**OTHERS[strategy])
        )

    result, again = done(), done()
    assert result.status is Status.FEASIBLE, result.notes
    assert result.mismatches == ()
    assert strategy in [one.strategy for one in result.stages]
    assert (result.best, result.notes) == (again.best, again.notes)
    assert [one.cost for one in result.stages] == [one.cost for one in again.stages]


def repaired(strategy: Strategy, seed: int) -> tuple[WeekSearch, str]:
    """A random week, repaired."""
    problem = random_university(seed)
    search = WeekSearch(UniversityArrays.of(problem), seed, 100_000)
    search.load(*search.arrays.read(random_week(problem, seed)))
    search.look()
    assert search.clashes > 0
    return search, strategy.run(search, MaxIterations(10).start(), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(6))
def test_bursts_repair_any_week(seed: int) -> None:
    search, said = repaired(Bursts(), seed)
    assert search.clashes == 0
    assert said.endswith(" to 0")
    timetable = search.arrays.timetable(*search.best)
    assert evaluate(search.arrays.problem, timetable).feasible


def test_weeks_are_bred_and_the_cores_do_not_matter() -> None:
    problem = random_university(3)
    start = solve(problem, "greedy", stop=MaxIterations(1)).best
    bests = []
    for parts in (1, 3):
        search = WeekSearch(UniversityArrays.of(problem), 0, 10_000_000)
        search.load(*search.arrays.read(start))
        search.look()
        before = search.cost
        said = Genetic(parts).run(search, Never().start(), np.random.default_rng(1))
        assert said.startswith("50 generations of 30 weeks, ")
        assert said.endswith(f"cost from {before} to {search.cost}")
        assert search.cost < before
        score = evaluate(problem, search.arrays.timetable(*search.best))
        assert score.feasible
        assert score.cost[0] == search.cost
        bests.append(search.best)
    assert np.array_equal(*bests)


@pytest.mark.parametrize("quality", ["annealing", "genetic"])
def test_no_more_cores_are_used_than_are_allowed(quality: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    class Counted(ThreadPoolExecutor):
        def __init__(self, threads: int) -> None:
            used.append(threads)
            super().__init__(threads)

    stages = Stages.model_validate({"quality": quality})
    warm_up_university(stages)
    for module in (crew, genetic):
        monkeypatch.setattr(module, "ThreadPoolExecutor", Counted)
    results = [
        solve(random_university(3), stop=MaxIterations(20), stages=stages, cores=cores) for cores in (1, 2)
    ]
    assert used == [1, 2]
    assert results[0].best == results[1].best


def test_generations_go_on_as_long_as_is_asked() -> None:
    stages = Stages(quality="genetic", generations=0)
    result = solve(random_university(3), stop=MaxIterations(20), stages=stages)
    generations = next(note for note in result.notes if note.startswith("genetic")).split()[2]
    meetings = len(random_university(3).meetings)
    assert int(generations) == -(-20 * BLOCK // (30 * meetings)) > 50


def test_each_stage_says_what_was_left_after_it() -> None:
    result = solve(random_university(3), stop=MaxIterations(3))
    assert result.cost is not None
    assert result.stages[0].clashes is None, "there is no week yet"
    assert [one.clashes for one in result.stages[-2:]] == [0, 0]
    before, after = (one.cost for one in result.stages[-2:])
    assert after == result.cost[0] < before, "as the evaluator counts it"
    assert 0 < sum(one.seconds for one in result.stages) <= result.runtime


def test_stages_are_for_universities() -> None:
    with pytest.raises(ValueError, match="quality"):
        Stages(quality="perfect")  # type: ignore[arg-type]
    with pytest.raises(EchelonError, match="stages can be chosen for universities only"):
        solve(smallest_school(), stages=Stages())


def test_there_is_no_exact_model() -> None:
    problem = random_university(2)
    assert needs_compiling(problem)
    assert not needs_compiling(problem, "exact")
    with pytest.raises(EchelonError, match="there is no exact model of a university"):
        solve(problem, "exact", stop=1)


def test_courses_of_a_dispersed_audience_share_bands() -> None:
    """The wide courses of the smallest university meet in slots of their own."""
    problem = smallest_university()
    search = WeekSearch(UniversityArrays.of(problem), 0, 100)
    words = Banding().run(search, MaxIterations(1).start(), np.random.default_rng(0))
    assert words.startswith("3 courses with a dispersed audience in 3 bands, 0 of 12 shared students")
    wide = [i for i, id in enumerate(search.arrays.meetings) if id.startswith("wide")]
    assert len({int(search.week.start[i]) for i in wide} - {-1}) == 3
