"""Edits of a timetable are copies, and a difference says how to get from one timetable to another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from schools_by_hand import unplaced

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.timetable import Change, Placement, Timetable

R1, R2 = Time(0), Time(1)
START = Timetable({"A": Placement(R1, "hall")}, {"s1": frozenset({"A"})})

placements = st.dictionaries(
    st.sampled_from("ABCD"),
    st.builds(Placement, st.sampled_from([R1, R2]), st.sampled_from([None, "hall", "nook"])),
)
enrolments = st.dictionaries(st.sampled_from(["s1", "s2"]), st.frozensets(st.sampled_from("ABCD")))
timetables = st.builds(Timetable, placements, enrolments)


def test_edits_are_copies() -> None:
    edited = [
        START.place("A", R2),
        START.place("B", R1, "nook"),
        unplaced(START, "A"),
        START.enrol("s1", "B"),
        START.enrol("s2", "A", "B"),
        START.leave("s1", "A"),
        START.with_enrolment("s1", ["C"]),
    ]
    assert Timetable({"A": Placement(R1, "hall")}, {"s1": frozenset({"A"})}) == START
    assert edited[0].placements == {"A": Placement(R2)}
    assert edited[1].placements == {"A": Placement(R1, "hall"), "B": Placement(R1, "nook")}
    assert edited[2].placements == {}
    assert edited[3].enrolments == {"s1": {"A", "B"}}
    assert edited[4].enrolments == {"s1": {"A"}, "s2": {"A", "B"}}
    assert edited[5].enrolments == {"s1": set()}
    assert edited[6].enrolments == {"s1": {"C"}}
    assert edited[0].enrolments == START.enrolments


def test_taking_away_what_is_not_there_changes_nothing() -> None:
    assert unplaced(START, "Z") == START
    assert START.leave("s1", "Z") == START
    assert START.leave("s9", "A").diff(START) == ()


def test_each_kind_of_change_is_told() -> None:
    other = START.place("A", R1, "nook").place("B", R2).enrol("s1", "B").leave("s1", "A")
    assert START.diff(other) == (
        Change("room", "A", Placement(R1, "hall"), Placement(R1, "nook")),
        Change("moved", "B", None, Placement(R2)),
        Change("left", "s1", "A", None),
        Change("enrolled", "s1", None, "B"),
    )
    assert START.diff(START.place("A", R2, "nook")) == (
        Change("moved", "A", Placement(R1, "hall"), Placement(R2, "nook")),
    )
    assert START.diff(unplaced(START, "A")) == (Change("moved", "A", Placement(R1, "hall"), None),)
    assert START.diff(START) == ()


def applied(timetable: Timetable, changes: tuple[Change, ...]) -> Timetable:
    for change in changes:
        if isinstance(change.after, Placement):
            timetable = timetable.place(change.who, change.after.time, change.after.room)
        elif isinstance(change.after, str):
            timetable = timetable.enrol(change.who, change.after)
        elif isinstance(change.before, str):
            timetable = timetable.leave(change.who, change.before)
        else:
            timetable = unplaced(timetable, change.who)
    return timetable


def known(timetable: Timetable) -> tuple[object, object]:
    """Return what a timetable says; a student in nothing is as good as one who is not named."""
    return timetable.placements, {who: taken for who, taken in timetable.enrolments.items() if taken}


@given(timetables, timetables)
def test_applying_the_difference_gives_the_other(one: Timetable, other: Timetable) -> None:
    assert known(applied(one, one.diff(other))) == known(other)


@given(timetables, timetables)
def test_a_difference_read_backwards_is_the_difference_back(one: Timetable, other: Timetable) -> None:
    there, back = one.diff(other), other.diff(one)
    assert {(c.who, c.before, c.after) for c in there} == {(c.who, c.after, c.before) for c in back}
    assert (there == ()) == (known(one) == known(other))


@given(timetables, timetables)
def test_the_order_of_a_difference_does_not_depend_on_the_order_of_entries(
    one: Timetable, other: Timetable
) -> None:
    turned = Timetable(dict(reversed(other.placements.items())), dict(reversed(other.enrolments.items())))
    assert one.diff(other) == one.diff(turned)
