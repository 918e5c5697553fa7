"""A published week is made good again: rules are kept or named, little moves, and what is frozen stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_universities import week

from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.run_reading import read_run
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.breakout import Breakout
from echelon_lib.search.university.bursts import Bursts
from echelon_lib.search.university.engine import smallest_university
from echelon_lib.search.university.resolve import _Attempt, _Begun, resolve
from echelon_lib.search.university.resolve_account import Resolved
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import MaxIterations, Never
from echelon_lib.university import load_university
from echelon_lib.university_changes import (
    CourseAdded,
    DepartmentFrozen,
    EnrolmentGrows,
    FacultyAway,
    FacultyLeaves,
    NewSection,
    RoomCloses,
    SectionDropped,
    UniversityChanged,
    read_university_changes,
    with_university_changes,
)
from tests.conftest import SAMPLES
from tests.tiny_universities import GOOD, enrolled, placed, room, small, times, university

COUNTED = MaxIterations(60)
COLLEGE = SAMPLES / "small_college"
TEN = SAMPLES / "small_college_changes.toml"


@pytest.fixture(scope="module")
def college() -> Problem:
    return load_university(COLLEGE)


@pytest.fixture(scope="module")
def published(college: Problem) -> Timetable:
    return read_run(COLLEGE / "planted", college)


@pytest.fixture(scope="module")
def changed(college: Problem, published: Timetable) -> UniversityChanged:
    return with_university_changes(college, published, read_university_changes(TEN))


@pytest.fixture(scope="module")
def ten(changed: UniversityChanged, published: Timetable) -> Resolved:
    return resolve(changed.problem, published, stop=COUNTED)


def tiny(*changes: Any, stop: Any = COUNTED, cap: int | None = None, **files: Any) -> Resolved:
    """The small university after changes of its published timetable."""
    problem = university(**files)
    published = placed(problem, GOOD)
    after = with_university_changes(problem, published, changes)
    return resolve(after.problem, published, stop=stop, cap=cap)


def test_ten_changes_leave_nothing_broken(ten: Resolved, changed: UniversityChanged) -> None:
    assert ten.clean
    assert ten.left == ten.broken == ()
    assert evaluate(changed.plain, ten.timetable).feasible
    assert evaluate(changed.plain, ten.timetable).cost == ten.evaluation.cost
    assert 0 < ten.counts["time"] < 60


def test_every_move_is_told_and_was_needed(ten: Resolved, published: Timetable) -> None:
    told = {one.meeting: one for one in ten.moved}
    for change in published.diff(ten.timetable):
        one = told.pop(change.who)
        assert (one.before, one.after) == (change.before, change.after)
        assert one.what == ("room" if change.kind == "room" else "time")
        assert one.sentence.startswith(f"{change.who} (")
    assert not told
    causes = {one.why for one in ten.moved if one.cause == "had to"}
    assert {"its faculty is away then", "its room is closed"} <= causes


def test_whoever_could_return_has_returned(ten: Resolved, changed: UniversityChanged) -> None:
    problem = changed.problem
    for one in ten.moved:
        if one.what != "time" or one.before is None:
            continue
        rooms = problem.meetings[one.meeting].rooms
        for where in [r for r in rooms if _free(problem, ten.timetable, one.meeting, r, one.before.time)][:1]:
            back = ten.timetable.place(one.meeting, one.before.time, where)
            assert not evaluate(problem, back).feasible, one.sentence


def _free(problem: Problem, timetable: Timetable, meeting: str, where: str, time: Any) -> bool:
    enough = problem.room[where].capacity >= problem.section_of[meeting].headcount
    return enough and not any(
        placement.room == where and placement.time.overlaps(time)
        for id, placement in timetable.placements.items()
        if id != meeting
    )


def test_a_price_of_moves_moves_less(ten: Resolved, changed: UniversityChanged, published: Timetable) -> None:
    free = resolve(changed.problem, published, price=0, seeds=1, stop=COUNTED)
    dear = resolve(changed.problem, published, seeds=1, stop=COUNTED)
    assert free.clean
    assert dear.clean
    assert ten.counts["time"] <= dear.counts["time"] < free.counts["time"]


def test_the_same_seed_gives_the_same_answer(
    ten: Resolved, changed: UniversityChanged, published: Timetable
) -> None:
    again = resolve(changed.problem, published, stop=COUNTED)
    assert again.timetable == ten.timetable
    assert again.facts == ten.facts
    other = resolve(changed.problem, published, stop=COUNTED, seed=1)
    assert other.clean
    assert other.timetable != ten.timetable


def test_each_stage_says_what_it_came_to(ten: Resolved) -> None:
    rehousing, repair, home, polish = ten.stages
    assert [one.stage for one in ten.stages] == ["rehousing", "repair", "return home", "polish"]
    assert rehousing.clashes
    assert rehousing.cost is None
    assert repair.clashes == home.clashes == polish.clashes == 0
    assert home.cost is not None
    assert polish.cost is not None
    assert polish.cost < home.cost, "otherwise the polish would be for nothing"
    assert (polish.cost,) == ten.evaluation.cost
    assert ten.told[0] == "free rooms at the same hour: 34 of 34 meetings without their room have another"
    assert ten.told[1].endswith(f"best of {ten.seeds} attempts")


def test_a_stage_without_work_is_left_out(college: Problem, published: Timetable) -> None:
    """Where nothing got another hour, there is nothing to polish."""
    done = resolve(college, published, stop=COUNTED)
    assert [(one.stage, one.clashes) for one in done.stages] == [
        *(("rehousing", 0), ("repair", 0), ("return home", 0)),
    ]
    assert {(one.cost,) for one in done.stages} == {evaluate(college, published).cost}


def test_bursts_may_repair_in_place_of_the_breakout(
    ten: Resolved, changed: UniversityChanged, published: Timetable
) -> None:
    done = resolve(changed.problem, published, stop=COUNTED, repair=Bursts())
    assert done.clean
    assert done.stages[1].strategy == "random mixture of bursts"
    assert evaluate(changed.plain, done.timetable).feasible
    assert done.timetable != ten.timetable
    again = resolve(changed.problem, published, stop=COUNTED, repair=Bursts())
    assert (again.timetable, again.told) == (done.timetable, done.told)


@pytest.mark.parametrize("repair", [None, Bursts()], ids=["breakout", "bursts"])
def test_what_is_frozen_does_not_move(repair: Bursts | None, college: Problem, published: Timetable) -> None:
    changes = (*read_university_changes(TEN), DepartmentFrozen(department="GEO"))
    after = with_university_changes(college, published, changes)
    done = resolve(after.problem, published, stop=COUNTED, repair=repair)
    left = {one.meeting for one in done.left}
    closed = {"B01-110", "B01-204", "B01-306"}
    assert len(after.kept) > 100
    for id in after.kept:
        was, now = published.placements[id], done.timetable.placements.get(id)
        if was.room in closed:
            assert id in left or (now is not None and now.time == was.time)
        else:
            assert id in left or now == was
    assert evaluate(after.plain, done.timetable).required.get("unplaced meetings", 0) == len(left)
    assert all("may only be" in one.sentence for one in done.left)
    assert {one.section for one in done.left} <= {
        s.id for s in after.plain.sections.values() if s.department == "GEO"
    }


def test_nothing_happens_where_nothing_changed() -> None:
    done = tiny()
    assert done.clean
    assert done.moved == ()
    assert done.timetable == placed(university(), GOOD)
    assert done.notes == ("0 sessions at another hour, 0 only in another room.",)


def test_no_more_attempts_are_made_than_are_needed(
    ten: Resolved, changed: UniversityChanged, published: Timetable
) -> None:
    assert tiny(RoomCloses(room="nook")).seeds == 2, "two side by side, and both keep the rules"
    hopeless = tiny(RoomCloses(room="lab"))
    assert [one.meeting for one in hopeless.left] == ["GEN-1L#1"]
    assert hopeless.seeds == 2, "no attempt finds a room where there is none"
    crowded = resolve(changed.problem, published, stop=COUNTED, cap=0, seeds=5)
    assert crowded.seeds == 5, "none is within the cap"
    assert (crowded.over_cap, crowded.clean) == (True, False)
    assert crowded.counts["time"] <= ten.counts["time"]


def test_an_attempt_gives_up_when_nothing_gets_better() -> None:
    """One day is too short for the smallest university; a hundred million steps would take minutes."""
    search = WeekSearch(UniversityArrays.of(smallest_university(days=1)), 0, 100_000_000)
    words = Breakout(patience=20_000).run(search, Never().start(), np.random.default_rng(0))
    steps = int(words.split()[0])
    assert 20_000 <= steps < 100_000
    assert search.clashes > 0


def test_two_last_attempts_take_longer_where_there_is_time() -> None:
    crowded = smallest_university(days=1)
    timed = resolve(crowded, Timetable(), seeds=2, stop=30.0)
    assert timed.left
    assert timed.seeds == 4
    assert resolve(crowded, Timetable(), seeds=2, stop=MaxIterations(4)).seeds == 2


def test_rooms_are_exchanged_so_that_both_are_at_home(college: Problem, published: Timetable) -> None:
    """Three lectures of one hour have been dealt each other's rooms; only a ring of exchanges undoes it."""
    arrays = UniversityArrays.of(college)
    begun = _Begun.of(arrays, published)
    one = _Attempt(arrays, begun, 0, None)
    hour = next(t for t in range(arrays.week) if len(same := _alike(arrays, begun, t)) >= 3)
    first, second, third = same[:3]
    place = begun.place.copy()
    place[[first, second, third]] = begun.place[[second, third, first]]
    one.search.load(begun.start, place)
    while one._go_home():
        pass
    assert hour == one.search.week.start[first]
    assert np.array_equal(one.search.week.place, begun.place)
    one._count(one.search.week.start.copy(), one.search.week.place.copy())
    assert one.key[:3] == (0, 0, 0)


def _alike(arrays: UniversityArrays, begun: _Begun, start: int) -> list[int]:
    """Single hours at a start, of one kind of rooms, each of which would suit the others."""
    a = arrays.university
    found = np.flatnonzero((begun.start == start) & (a.length == 1))
    return [i for i in found.tolist() if all(a.fits[a.kind[i], begun.place[j]] for j in found.tolist())]


def test_a_session_that_lost_its_room_keeps_its_hour() -> None:
    done = tiny(RoomCloses(room="nook"))
    assert done.clean
    assert done.counts == {"time": 0, "room": 2, "new": 0}
    assert {one.why for one in done.moved} == {"its room is closed"}
    more = tiny(EnrolmentGrows(programme="BSC", year=1, people=3))
    assert more.clean
    assert {one.why for one in more.moved} == {"its room does not suit it any more"}


def test_a_room_of_the_section_is_taken_before_a_smaller_one() -> None:
    rooms = [*small().rooms, room("cell", 17)]
    published = placed(
        university(rooms=rooms),
        "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00 hall, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Tue 11:00 lab",
    )
    after = with_university_changes(university(rooms=rooms), published, [RoomCloses(room="nook")])
    (one,) = resolve(after.problem, published, stop=COUNTED).moved
    assert one.after.room == "hall"


def test_who_is_away_is_moved_and_nobody_else() -> None:
    done = tiny(FacultyAway(faculty="Ben", day="Tue", from_slot=2, to_slot=2))
    assert done.clean
    assert [(one.meeting, one.what, one.why) for one in done.moved] == [
        ("GEN-1#1", "time", "its faculty is away then")
    ]


def test_a_new_course_is_placed_around_the_others() -> None:
    new = CourseAdded(
        course="BOT",
        department="BIO",
        lectures=1,
        programme="BSC",
        year=1,
        sections=(NewSection(section="BOT-1", faculty="Cy"),),
    )
    done = tiny(new)
    assert done.clean
    assert done.counts == {"time": 0, "room": 0, "new": 1}
    assert done.moved[0].sentence.endswith(": it is new.")


def test_what_is_gone_is_no_move() -> None:
    done = tiny(SectionDropped(section="ALG-1"))
    assert done.clean
    assert done.moved == ()
    assert "ALG-1#1" not in done.timetable.placements


def test_a_cap_is_told_and_the_answer_kept() -> None:
    done = tiny(FacultyAway(faculty="Ben", day="Tue", from_slot=2, to_slot=2), cap=0)
    assert done.evaluation.feasible
    assert done.over_cap
    assert not done.clean
    assert any("At most 0 were to get another hour" in note for note in done.notes)
    assert not tiny(cap=0).over_cap


REASONS: dict[str, tuple[tuple[Any, ...], str]] = {
    "away": (
        (FacultyAway(faculty="Ben", day="Mon"), FacultyAway(faculty="Ben", day="Tue", from_slot=2)),
        "GEN-1L#1 (GEN, 15 people) has no hour: Ben is away, or a rule forbids it, whenever it could begin.",
    ),
    "no such room": (
        (RoomCloses(room="lab"),),
        "GEN-1L#1 (GEN, 15 people) has no room: none has all that it needs.",
    ),
    "too many": (
        (EnrolmentGrows(programme="BSC", year=1, people=10),),
        "GEN-1L#1 (GEN, 25 people) has no room: the largest that suits it has 20 seats.",
    ),
    "too many for where it stays": (
        (DepartmentFrozen(department="BIO"), EnrolmentGrows(programme="BSC", year=1, people=10)),
        "GEN-1L#1 (GEN, 25 people) is to stay as it was, in lab, which has 20 seats.",
    ),
    "frozen": (
        (DepartmentFrozen(department="BIO"), FacultyAway(faculty="Ben", day="Tue", from_slot=2, to_slot=2)),
        "GEN-1#1 (GEN, 15 people) has no hour and may only be Tue 10:00: Ben is away",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_kept_is_named_with_the_reason(name: str) -> None:
    changes, words = REASONS[name]
    done = tiny(*changes)
    assert not done.clean
    assert any(one.sentence.startswith(words) for one in done.left), [one.sentence for one in done.left]
    assert not done.timetable.placements.keys() & {one.meeting for one in done.left}
    assert done.evaluation.required["unplaced meetings"] == len(done.left)
    assert f"Cannot be kept: {done.left[0].sentence}" in done.facts


def test_who_is_in_the_way_is_told_without_names() -> None:
    """The batch attends both, Ben has one hour only, and algebra stays in it."""
    files: dict[str, Any] = {
        "enrolments": [enrolled("batch", "GEN-1"), enrolled("zoe", "ALG-1")],
        "sections": [row for row in small().sections if row.id != "GEN-1L"],
        "faculty_times": [
            times("Ben", "Mon", 0, 1, "away"),
            times("Ben", "Mon", 3, 3, "away"),
            times("Ben", "Tue", 0, 3, "away"),
        ],
    }
    problem = university(**files)
    published = placed(problem, "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00 nook, GEN-1#1 Mon 11:00 hall")
    assert evaluate(problem, published).feasible
    changes = [EnrolmentGrows(student="batch", sections=("ALG-1",)), DepartmentFrozen(department="MAT")]
    after = with_university_changes(problem, published, changes)
    done = resolve(after.problem, published, stop=COUNTED)
    (left,) = done.left
    assert left.sentence == (
        "GEN-1#1 (GEN, 15 people) has no hour at which all its people are free; least is in the way"
        " Mon 11:00, when 15 of its people have something else."
    )
    assert not evaluate(after.problem, done.timetable).required.keys() - {"unplaced meetings"}
    free = with_university_changes(problem, published, changes[:1])
    assert resolve(free.problem, published, stop=COUNTED).clean


def test_a_room_that_is_missing_is_told() -> None:
    """Ada has two hours for algebra, and in one of them the only large room is taken by what is frozen."""
    files: dict[str, Any] = {
        "rooms": [
            room("hall", 40, "South", "Projector"),
            room("nook", 16),
            room("lab", 15, "South", "Wet lab"),
        ],
        "faculty_times": [
            times("Ada", "Mon", 0, 1, "away"),
            times("Ada", "Mon", 3, 3, "away"),
            times("Ada", "Tue", 2, 3, "away"),
            times("Ada", "Tue", 0, 0, "away"),
        ],
        "enrolments": [enrolled("zoe", "GEN-1", "GEN-1L"), enrolled("batch", "ALG-1")],
    }
    problem = university(**files)
    words = "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 10:00 nook, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Tue 11:00 lab"
    published = placed(problem, words)
    assert evaluate(problem, published).feasible
    changes = [RoomCloses(room="nook"), RoomCloses(room="lab"), DepartmentFrozen(department="BIO")]
    after = with_university_changes(problem, published, [changes[0], changes[2]])
    done = resolve(after.problem, published, stop=COUNTED)
    assert done.clean, "the lab holds the batch"
    after = with_university_changes(problem, published, changes)
    left = {one.meeting: one.sentence for one in resolve(after.problem, published, stop=COUNTED).left}
    assert left.keys() == {"ALG-1#2", "GEN-1L#1"}
    assert left["ALG-1#2"] == (
        "ALG-1#2 (ALG, 15 people) has no room: its people are free Tue 10:00, and the one room that suits it"
        " is taken then."
    )


def test_somebody_who_leaves_without_a_colleague_is_named() -> None:
    done = tiny(FacultyLeaves(faculty="Ben"))
    assert not done.clean
    assert done.left == ()
    assert len(done.broken) == 2
    assert all("GEN-1" in sentence for sentence in done.broken)


def test_where_the_rooms_are_full_every_search_for_one_empties_one() -> None:
    """Whoever loses the first hour of the only room takes the next one, and so on all through the week.

    In the few steps that are given, an attempt that seldom empties a room does not come round.
    """
    calendar = week(5, 12)
    hours = calendar.times
    later = (*hours[1:], hours[0])
    sections = [
        Section(f"s{n}", (Meeting(f"s{n}#1", (now, then) if n else (then,), ("room",)),), None, (f"t{n}",), 5)
        for n, (now, then) in enumerate(zip(hours, later, strict=True))
    ]
    teachers = tuple(Attendee(who, "teacher") for section in sections for who in section.attendees)
    courses = tuple(Course.of(section.id, [section]) for section in sections)
    problem = Problem("full", calendar, courses, teachers, (Room("room", 9),))
    published = Timetable({f"s{n}#1": Placement(hour, "room") for n, hour in enumerate(hours)})
    for seed in range(3):
        done = resolve(problem, published, seeds=2, stop=MaxIterations(1), seed=seed)
        assert done.clean
        assert done.counts["time"] == len(hours)


def test_what_had_to_move_goes_where_it_costs_least() -> None:
    """Ben is away when he gives genetics: of all hours and rooms that are left it gets the best."""
    files: dict[str, Any] = {"rooms": [*small().rooms, room("annex", 15, "South", "Projector")]}
    done = tiny(FacultyAway(faculty="Ben", day="Tue", from_slot=2, to_slot=2), **files)
    assert [one.meeting for one in done.moved] == ["GEN-1#1"]
    problem = university(**files)
    meeting = problem.meetings["GEN-1#1"]
    others = [
        evaluate(problem, done.timetable.place(meeting.id, time, where))
        for time in meeting.times
        for where in meeting.rooms
        if time != done.moved[0].before.time  # type: ignore[union-attr]
    ]
    assert done.evaluation.cost == min(one.cost for one in others if one.feasible)
