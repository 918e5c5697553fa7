"""Lists of actions: all or none, in order, without conflicts, and each of them can be taken back."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
)
from echelon_lib.advice.changes import ActionsRefused, apply, judge, undo
from echelon_lib.advice.situation import Situation
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.formats.school_writing import school_tables, write_school_files
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.preflight import obstacles
from echelon_lib.schools import load_school, school_of

FOUR = school("Art-1/pat Art-2/pat Art-3/quin Band-1/quin", asked={"Art": 6}, teachers="ruth")

MERGE = MergeSections(section="Art-1", into="Art-2", releases="pat")
REMOVE = RemoveSection(section="Art-1", releases="pat")
SPLIT = SplitSection(section="Art-1", new_section="Art-8", teacher="ruth")
ADD = AddSection(course="Art", new_section="Art-9", teacher="ruth")
TAKE = ReassignTeacher(section="Art-1", teacher="ruth", releases="pat")
KEEP = ChangePeriods(section="Art-1", periods=("R1",))
SPREAD = SpreadSped(course="Art", limit=2)
SEATS = ChangeSeats(section="Art-1", seats=5)


def reasons(problem: Problem, *actions: Action, timetable: Timetable | None = None) -> list[str]:
    """What is said against each action of a list, nothing where it is legal."""
    return [" ".join(map(str, one.reasons)) for one in judge(problem, actions, timetable).verdicts]


# All or none --------------------------------------------------------------------------------------------


def test_a_list_is_applied_as_a_whole() -> None:
    problem = apply(FOUR, [MERGE, SEATS.model_copy(update={"section": "Art-3"}), ADD])
    assert {name: one.seats for name, one in problem.sections.items()} == {
        **{"Art-2": 3, "Art-3": 5, "Art-9": 5},
        "Band-1": 3,
    }
    assert set(FOUR.sections) == {"Art-1", "Art-2", "Art-3", "Band-1"}
    assert apply(FOUR, []) == FOUR


def test_none_is_applied_where_one_is_refused() -> None:
    strange = RemoveSection(section="Art-7")
    with pytest.raises(ActionsRefused) as error:
        apply(FOUR, [ADD, strange, KEEP, ChangePeriods(section="Art-3", periods=("R7",))])
    assert [one.action.subject for one in error.value.refused] == ["Art-7", "Art-3"]
    said = str(error.value)
    assert said.startswith("2 of the actions cannot be applied, so none was:")
    assert "remove 'Art-7': 'Art-7' is no section" in said
    assert "periods 'Art-3': 'R7' is no period" in said
    assert "\n  Maybe " in said
    assert "Art-9" not in FOUR.sections


def test_a_refusal_tells_no_log_of_students_with_a_flag() -> None:
    limit = {"sped_limit": 1}
    problem = school("Art-1:4/pat Art-2:4/quin", asked={"Art": 4}, sped="Art_a Art_b", rules=limit)
    with pytest.raises(ActionsRefused) as error:
        apply(problem, [RemoveSection(section="Art-2", releases="quin")])
    assert "2 SPED students" in str(error.value.refused[0].reasons[0])
    assert "SPED" not in str(error.value)
    assert "it breaks a rule about its students" in str(error.value)


def test_the_legal_ones_of_a_list_are_told_from_the_others() -> None:
    strange = RemoveSection(section="Art-7")
    changes = judge(FOUR, [ADD, strange, MERGE])
    assert changes.applied == (ADD, MERGE)
    assert [one.action for one in changes.refused] == [strange]
    assert [one.legal for one in changes.verdicts] == [True, False, True]
    assert changes.problem == apply(FOUR, [ADD, MERGE])
    assert [one.sentence for one in changes.verdicts] == [
        "Art gets a section more, Art-9; ruth takes it and has 1 section instead of 0.",
        "",
        "Art-1 of Art is merged into Art-2. pat then has 1 section instead of 2.",
    ]
    assert changes.timetable is None


def test_actions_need_the_files_of_a_school() -> None:
    for run in (judge, apply):
        with pytest.raises(EchelonError, match="not made of the files"):
            run(replace(FOUR, source=None), [ADD])


# In order -----------------------------------------------------------------------------------------------


def test_each_action_is_judged_after_those_before_it() -> None:
    first, then = ADD, ReassignTeacher(section="Art-9", teacher="quin", releases="ruth")
    assert reasons(FOUR, first, then) == ["", ""]
    assert reasons(FOUR, then, first) == ["'Art-9' is no section of this school, or not any more.", ""]


def test_room_that_one_action_makes_is_there_for_the_next() -> None:
    problem = school("Art-1/pat Art-2/pat Art-3/quin", asked={"Art": 6}, rules={"teacher_load": 2})
    more = AddSection(course="Art", new_section="Art-9", teacher="pat")
    assert reasons(problem, REMOVE, more) == ["", ""]
    assert "pat has 2 sections already" in reasons(problem, more, REMOVE)[0]
    # Two sections may be spared one by one, and not both.
    both = [REMOVE, RemoveSection(section="Art-2", releases="pat")]
    assert [bool(one) for one in reasons(problem, *both)] == [False, True]
    assert [bool(one) for one in reasons(problem, *reversed(both))] == [False, True]


def test_sentences_count_what_went_before() -> None:
    more = AddSection(course="Art", new_section="Art-8", teacher="ruth")
    said = [one.sentence for one in judge(FOUR, [ADD, more]).verdicts]
    assert "has 1 section instead of 0" in said[0]
    assert "has 2 sections instead of 1" in said[1]


def test_a_name_is_given_once() -> None:
    assert reasons(FOUR, ADD, SPLIT.model_copy(update={"new_section": "Art-9"})) == [
        "",
        "'Art-9' is a section already.",
    ]


GIVEN_UP = "action 1 of this list gives up Art-1"
AGAIN = "action 1 of this list changes Art-1 in the same way already"
UNDONE = "action 1 of this list changes Art-1, which this one gives up"
CONFLICTS: list[tuple[Action, Action, str]] = [
    *(
        (first, second, GIVEN_UP)
        for first in (MERGE, REMOVE)
        for second in (MERGE, REMOVE)
        if first != second
    ),
    *((first, second, GIVEN_UP) for first in (MERGE, REMOVE) for second in (SPLIT, TAKE, KEEP, SEATS)),
    *((first, second, UNDONE) for first in (SPLIT, TAKE, KEEP, SEATS) for second in (MERGE, REMOVE)),
    (SPLIT, SPLIT.model_copy(update={"new_section": "Art-7"}), AGAIN),
    (TAKE, TAKE.model_copy(update={"teacher": "quin", "releases": "ruth"}), AGAIN),
    (KEEP, KEEP.model_copy(update={"periods": ("G1",)}), AGAIN),
    (SEATS, SEATS.model_copy(update={"seats": 6}), AGAIN),
    (SPREAD, SPREAD.model_copy(update={"limit": 1}), "changes Art in the same way already"),
    (ADD, RemoveSection(section="Art-9", releases="ruth"), "changes Art-9, which this one gives up"),
    (SPLIT, RemoveSection(section="Art-8", releases="ruth"), "changes Art-8, which this one gives up"),
    (SPLIT, MERGE.model_copy(update={"section": "Art-8", "releases": "ruth"}), "which this one gives up"),
]


@pytest.mark.parametrize(
    ("first", "second", "words"), CONFLICTS, ids=lambda value: getattr(value, "kind", "")
)
def test_a_conflict_within_a_list_is_found(first: Action, second: Action, words: str) -> None:
    found = reasons(FOUR, first, second)
    assert found[0] == ""
    assert words in found[1]
    with pytest.raises(ActionsRefused):
        apply(FOUR, [first, second])


@pytest.mark.parametrize(("first", "second"), [*permutations((TAKE, KEEP, SEATS, SPREAD, ADD), 2)])
def test_changes_in_different_respects_go_together(first: Action, second: Action) -> None:
    assert reasons(FOUR, first, second) == ["", ""]
    assert replace(apply(FOUR, [first, second]), remarks=()) == replace(
        apply(FOUR, [second, first]), remarks=()
    )


def test_a_refused_action_is_in_nobody_s_way() -> None:
    strange = KEEP.model_copy(update={"periods": ("R7",)})
    assert [bool(one) for one in reasons(FOUR, strange, KEEP)] == [True, False]


def test_what_is_for_a_person_is_refused_when_an_adviser_says_it() -> None:
    everything = [SPLIT, TAKE, KEEP, SPREAD, SEATS, RemoveSection(section="Art-2", releases="pat")]
    assert not judge(FOUR, everything).refused
    (refused,) = judge(FOUR, everything, by_person=False).refused
    assert refused.action == SEATS
    assert [str(one) for one in refused.reasons] == [
        "this is for a person to decide, and no adviser may propose it."
    ]


# What arithmetic proves ---------------------------------------------------------------------------------


def test_what_makes_a_timetable_impossible_is_refused() -> None:
    problem = school("Art-1/pat@R1 Art-2/pat Art-3/quin", asked={"Art": 6}, teachers="ruth")
    fix = ChangePeriods(section="Art-2", periods=("R1",))
    changes = judge(problem, [ADD, fix])
    (refused,) = changes.refused
    assert refused.action == fix
    assert "teacher pat has 2 sections (Art-1, Art-2) that can only be in 1 period (R1)" in str(
        refused.reasons[0]
    )
    assert refused.sentence == "Art-2 of Art may be only in R1."
    assert changes.problem == apply(problem, [ADD])


def test_too_many_sections_in_a_period_are_refused() -> None:
    rules = {"courses": {"Art": {"per_period": 1}}}
    problem = school("Art-1/pat Art-2/quin", asked={"Art": 6}, teachers="ruth", periods="R1 R2", rules=rules)
    assert "2 fit, 1 cannot be placed" in reasons(problem, ADD)[0]


def test_a_limit_on_sections_is_for_arithmetic_too() -> None:
    problem = school(
        "Art-1:9/pat Art-2:9/quin", asked={"Art": 5}, rules={"kinds": {"section_minimum": "required"}}
    )
    assert reasons(problem, ADD.model_copy(update={"teacher": "pat"})) == [""]
    strict = school(
        "Art-1:9/pat Art-2:9/quin",
        asked={"Art": 8},
        smallest={"Art": 2, "Band": 3},
        rules={"kinds": {"section_minimum": "required"}, "courses": {"Art": {"seats": 4}}},
    )
    found = judge(strict, [ChangeSeats(section="Art-1", seats=1)])
    assert [str(one) for one in found.refused[0].reasons] == [
        "Art would have 5 seats, and 8 students ask for it."
    ]


def test_what_was_impossible_before_is_nobody_s_fault() -> None:
    problem = school("Art-1/pat@R1 Art-2/pat@R1 Band-1/quin", asked={"Band": 3}, teachers="ruth")
    assert obstacles(problem)
    assert reasons(problem, AddSection(course="Band", new_section="Band-2", teacher="ruth")) == [""]


def test_a_change_that_mends_a_part_is_legal_though_something_stays_impossible() -> None:
    problem = school("Art-1/pat@R1 Art-2/pat@R1 Art-3/pat@R1", teachers="ruth")
    before = obstacles(problem)
    assert reasons(problem, TAKE) == [""]
    assert len(obstacles(apply(problem, [TAKE]))) == len(before) == 1
    worse = ChangePeriods(section="Art-3", periods=("R1",))
    two = school("Art-1/pat@R1 Art-2/pat@R1 Art-3/pat", teachers="ruth")
    assert "pat has 3 sections" in reasons(two, worse)[0]


# What is left of a timetable ----------------------------------------------------------------------------


def test_a_timetable_is_carried_through_a_list() -> None:
    problem = school(
        "Art-1:6/pat Art-2:6/pat Art-3:6/quin", {"ann": "Art", "bob": "Art", "cyd": "Art"}, teachers="ruth"
    )
    timetable = placed(
        problem, "Art-1@R1 Art-2@R2 Art-3@G1", {"ann": "Art-1", "bob": "Art-2", "cyd": "Art-3"}
    )
    actions = [MERGE, MergeSections(section="Art-3", into="Art-2", releases="quin")]
    left = judge(problem, actions, timetable).timetable
    assert left == placed(problem, "Art-2@R2", dict.fromkeys(("ann", "bob", "cyd"), "Art-2"))


def test_later_actions_see_the_students_where_earlier_ones_put_them() -> None:
    problem = school("Art-1/pat Art-2/pat Art-3/quin", asked={"Art": 3})
    timetable = seated(problem, Art_1="Art_a", Art_2="Art_b Art_c", Art_3="x")
    then = MergeSections(section="Art-2", into="Art-3", releases="pat")
    assert reasons(problem, MERGE, then, timetable=timetable)[1] == (
        "together they have 4 students, and Art-3 holds 3."
    )
    assert reasons(problem, then, timetable=timetable) == [""]


# Taking back --------------------------------------------------------------------------------------------


def test_an_action_is_taken_back() -> None:
    actions = (MERGE, ADD, SPREAD)
    for one in actions:
        left = undo(FOUR, actions, one)
        assert left == tuple(other for other in actions if other != one)
        assert apply(FOUR, left) == judge(FOUR, left).problem


def test_an_action_that_a_later_one_needs_stays() -> None:
    then = ReassignTeacher(section="Art-9", teacher="quin", releases="ruth")
    with pytest.raises(ActionsRefused, match="'Art-9' is no section"):
        undo(FOUR, [ADD, then], ADD)
    assert undo(FOUR, [ADD, then], then) == (ADD,)
    with pytest.raises(ValueError, match="not in list"):
        undo(FOUR, [ADD], MERGE)


# Any list -----------------------------------------------------------------------------------------------


def some_actions(problem: Problem, dice: random.Random, count: int) -> Iterator[Action]:
    """Draw actions of every kind, many of them legal and some of them not."""
    rows = {row.id: row for row in school_of(problem).files.sections}
    courses = sorted({row.course for row in rows.values()})
    teachers = [row.id for row in school_of(problem).files.teachers]
    periods = [period.name for period in problem.calendar.periods]
    made: list[str] = []
    for number in range(count):
        one = dice.choice([*rows, *made])
        row = rows.get(one, rows[dice.choice([*rows])])
        course = row.course if dice.random() < 0.7 else dice.choice(courses)
        beside = [other.id for other in rows.values() if other.course == row.course and other.id != one]
        others = [t.id for t in school_of(problem).files.teachers if t.department == row.department]
        teacher = dice.choice(others if others and dice.random() < 0.8 else teachers)
        releases = row.teacher or "" if dice.random() < 0.9 else dice.choice(teachers)
        new = f"new-{number}" if dice.random() < 0.9 else dice.choice([*rows])
        kind = dice.randrange(8)
        if kind in (2, 3):
            made.append(new)
        yield (
            MergeSections(section=one, into=dice.choice(beside or [*rows]), releases=releases),
            RemoveSection(section=one, releases=releases),
            SplitSection(section=one, new_section=new, teacher=teacher),
            AddSection(course=course, new_section=new, teacher=teacher),
            ReassignTeacher(section=one, teacher=teacher, releases=releases),
            ChangePeriods(section=one, periods=tuple(dice.choices(periods, k=dice.randint(0, 3)))),
            SpreadSped(course=course, limit=dice.randint(0, 3)),
            ChangeSeats(section=one, seats=max(1, row.seats + dice.randint(-3, 3))),
        )[kind]


def a_school(seed: int) -> Problem:
    """A tiny school drawn at random: courses of one to four sections, every rule that actions look at."""
    dice = random.Random(seed)
    teachers = ["pat", "quin", "ruth", "sam"]
    periods = dice.choice(["R1 R2 G1 G2", "P1 P2 P3", "R1 R2 G1"])
    words = []
    for course in ("Art", "Band", "Chem")[: dice.randint(1, 3)]:
        for number in range(dice.randint(1, 4)):
            teacher = f"/{dice.choice(teachers)}" if dice.random() < 0.85 else ""
            fixed = f"@{'+'.join(dice.sample(periods.split(), 2))}" if dice.random() < 0.2 else ""
            words.append(f"{course}-{number}:{dice.randint(2, 5)}{teacher}{fixed}")
    asked = {course: dice.randint(1, 8) for course in ("Art", "Band", "Chem", "Drama")}
    students = [f"{course}_{letter}" for course, count in asked.items() for letter in "abcdefgh"[:count]]
    own = {
        "seats": dice.choice([None, 3]),
        "sped_limit": dice.choice([None, 2]),
        "per_period": dice.choice([None, 1, 2]),
        "dedicated_teacher": dice.random() < 0.2,
        "periods": dice.choice([None, tuple(periods.split()[:2])]),
    }
    return school(
        " ".join(words),
        asked=asked,
        periods=periods,
        teachers=" ".join(teachers),
        away={dice.choice(teachers): dice.choice(periods.split())},
        sped=" ".join(dice.sample(students, len(students) // 3)),
        dedicated={dice.choice(teachers): "Art"} if dice.random() < 0.3 else {},
        departments={"Chem": "Science", "sam": "Science"},
        smallest={"Band": 2} if dice.random() < 0.3 else {},
        rules={
            "teacher_load": dice.choice([2, 3, 6]),
            "section_minimum": dice.choice([0, 1, 2]),
            "courses": {"Art": own},
            "labs": {"departments": ["Science"]},
            "kinds": {
                rule: dice.choice(["required", {"priced": 3}, "off"])
                for rule in dice.sample(
                    ["own_department", "teacher_load", "sped_limit", "section_minimum", "labs_apart"], 2
                )
            },
        },
    )


def a_timetable(problem: Problem, dice: random.Random) -> Timetable:
    """Sections anywhere, and each student in a section of a course that was asked for."""
    times = problem.calendar.times
    takes = {}
    for request in problem.requests:
        members = [one.id for one in problem.course[request.primary].sections]
        if members and dice.random() < 0.8:
            takes[request.student] = dice.choice(members)
    where = {one: problem.calendar.name(dice.choice(times)) for one in problem.sections}
    return placed(problem, " ".join(f"{one}@{at}" for one, at in where.items()), takes)


def without_rows(problem: Problem) -> Problem:
    """The problem with remarks that do not say on which row of a file they are."""
    return replace(
        problem, remarks=tuple(replace(one, row=None) for one in problem.remarks if not one.harmless)
    )


def from_files(problem: Problem) -> Problem:
    """The problem as its files say it, once they are written and read."""
    source = school_of(problem)
    with tempfile.TemporaryDirectory() as folder:
        write_school_files(source.files, Path(folder) / "school")
        files = replace(read_school_files(Path(folder) / "school"), notes=source.files.notes)
    assert school_tables(files) == school_tables(source.files)
    return replace(source, files=files).problem()


@settings(max_examples=50)
@given(seed=st.integers(0, 100_000), timed=st.booleans())
def test_a_list_comes_to_the_same_as_its_actions_one_by_one(seed: int, timed: bool) -> None:
    dice = random.Random(seed)
    problem = a_school(seed)
    timetable = a_timetable(problem, dice) if timed else None
    actions = [*some_actions(problem, dice, 8)]
    changes = judge(problem, actions, timetable)
    now, left = problem, timetable
    for verdict in changes.verdicts:
        situation = Situation(now, left)
        if verdict.sentence:
            assert verdict.sentence == verdict.action.sentence(situation)
        found = verdict.action.check(now, left)
        if not verdict.legal:
            told = " ".join(map(str, verdict.reasons))
            by_arithmetic = not found and not any(one.public for one in verdict.reasons)
            assert verdict.reasons == found or "of this list" in told or by_arithmetic
            continue
        assert found == ()
        left = None if left is None else verdict.action.carry(situation, left)
        now = verdict.action.changed(situation.school).problem()
    assert changes.problem == now
    assert changes.timetable == left
    assert apply(problem, changes.applied, timetable) == changes.problem
    assert ACTIONS.validate_json(ACTIONS.dump_json(changes.applied)) == changes.applied


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000))
def test_nothing_new_is_impossible_after_a_list(seed: int) -> None:
    problem = a_school(seed)
    changes = judge(problem, [*some_actions(problem, random.Random(seed), 8)])
    if not obstacles(problem):
        assert not obstacles(changes.problem)


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000))
def test_any_action_of_a_list_is_taken_back_or_needed(seed: int) -> None:
    problem = a_school(seed)
    applied = judge(problem, [*some_actions(problem, random.Random(seed), 6)]).applied
    for one in applied:
        left = [other for other in applied if other is not one]
        try:
            assert undo(problem, applied, one) == tuple(left)
            assert apply(problem, left) == judge(problem, left).problem
        except ActionsRefused:
            assert judge(problem, left).refused


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000))
def test_changed_files_say_what_the_changed_problem_says(seed: int) -> None:
    problem = a_school(seed)
    changed = judge(problem, [*some_actions(problem, random.Random(seed), 8)]).problem
    assert without_rows(from_files(changed)) == without_rows(changed)


@settings(max_examples=6)
@given(seed=st.integers(0, 1_000))
def test_a_generated_school_is_changed_and_written(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_school(
            generate_school(students=60, seed=seed, request_lists=30, quirks=True), Path(folder) / "one"
        )
        problem = load_school(Path(folder) / "one")
    changes = judge(problem, [*some_actions(problem, random.Random(seed), 40)])
    assert changes.applied
    assert without_rows(from_files(changes.problem)) == without_rows(changes.problem)
