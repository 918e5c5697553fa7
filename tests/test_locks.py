"""Locks: what a person or the program wants to stay, as rules of a problem, and made of a timetable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_schools import TWO_DAYS, tiny

from echelon_lib.constraints.base import View
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.policy import OFF, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.locks import keeping, locks_from, restored, with_locks, without_locks
from echelon_lib.scoring.evaluate import evaluate

R1, R2, G1, G2 = TWO_DAYS.times
WISHES = {"ann": "Art Band", "bob": "Art"}
DEPARTMENTS = {"Art": "Arts", "Band": "Music"}


@pytest.fixture
def school() -> Problem:
    """Pat gives Art, Quin gives Band, and Chess has nobody."""
    return tiny("Art-1/pat Art-2/pat Band-1/quin Chess-1", WISHES, departments=DEPARTMENTS)


@pytest.fixture
def timetable() -> Timetable:
    """Ann in the first section of Art and in Band; Chess is not placed."""
    placed = Timetable().place("Art-1", R1).place("Art-2", G1).place("Band-1", R2)
    return placed.enrol("ann", "Art-1", "Band-1").enrol("bob", "Art-2")


LOCKS = [
    (Lock("section", "Art-1", ("R1",)), None),
    (
        Lock("section", "Art-1", ("R2",)),
        "Art-1 (Art) may not be in R1 (it is kept to R2: locked by a person).",
    ),
    (Lock("section", "Art-1", teacher="pat"), None),
    (Lock("course", "Art", ("R1", "G1")), None),
    (
        Lock("course", "Art", ("R1", "R2"), origin="program"),
        "Art-2 (Art) may not be in G1 (it is kept to R1, R2",
    ),
    (Lock("department", "Arts", ("R1", "G1")), None),
    (
        Lock("department", "Arts", ("R1", "R2"), place="Locks.csv, row 3"),
        "Art-2 (Art) may not be in G1 (it is kept to R1, R2: locked by a person, Locks.csv, row 3",
    ),
    (Lock("teacher", "pat", ("R1",)), "pat is away in R1 but teaches Art-1 (Art) then (locked by a person)."),
    (Lock("teacher", "pat", ("R2",)), None),
    (Lock("teacher", "pat", section="Art-1"), None),
    (Lock("teacher", "pat"), None),
    (Lock("student", "ann", section="Art-1"), None),
    (
        Lock("student", "ann", section="Art-2", place="Locks.csv, row 3"),
        "Student ann is not in Art-2 (Art), but is kept there (locked by a person, Locks.csv, row 3).",
    ),
    (Lock("student", "ann", ("G2",)), None),
    (
        Lock("student", "ann", ("R2", "G2"), origin="program"),
        "Student ann has Band-1 (Band) in R2, but is kept free then (held by the program).",
    ),
]


@pytest.mark.parametrize(("lock", "sentence"), LOCKS)
def test_a_lock_becomes_a_rule(
    lock: Lock, sentence: str | None, school: Problem, timetable: Timetable
) -> None:
    locked = with_locks(school, [lock])
    assert locked.locks == (lock,)
    said = [one for one in evaluate(locked, timetable).violations() if one.rule in {"lock", "held"}]
    assert len(said) == (sentence is not None)
    if sentence is not None:
        assert said[0].sentence.startswith(sentence)
        assert said[0].rule == ("lock" if lock.origin == "person" else "held")
        assert not evaluate(locked, timetable).feasible
        price = evaluate(with_locks(school, [lock], enforcement=priced(4)), timetable)
        assert price.terms[said[0].rule].cost == 4
    off = with_locks(school, [lock], enforcement=OFF)
    assert (off.locks, off.constraints) == ((lock,), ())


def test_locks_are_added_once_and_taken_away_by_origin(school: Problem) -> None:
    mine, own = Lock("section", "Art-1", ("R1",)), Lock("section", "Art-2", ("R2",), origin="program")
    locked = with_locks(with_locks(school, [mine, mine]), [mine, own])
    assert locked.locks == (mine, own)
    assert [rule.name for rule in locked.constraints] == ["lock", "held"]
    assert without_locks(locked, "program") == with_locks(school, [mine])
    assert without_locks(without_locks(locked, "program"), "person") == school


def test_what_a_lock_does_not_know_comes_at_once(school: Problem) -> None:
    with pytest.raises(DataError) as error:
        with_locks(
            school,
            [
                Lock("section", "Art-9", ("R1",), place="Locks.csv, row 2"),
                Lock("course", "Arts", ("R7",)),
                Lock("department", "Artz", ("R1",)),
                Lock("student", "anne", section="Art-1"),
                Lock("section", "Art-1", teacher="quin"),
                Lock("teacher", "quin", section="Chess-1"),
            ],
        )
    said = [issue.message for issue in error.value.issues]
    assert said == [
        "a lock of a section refers to the unknown section 'Art-9'",
        "a lock of a course refers to the unknown course 'Arts'",
        "a lock of a course refers to the unknown period 'R7'",
        "a lock of a department refers to the unknown department 'Artz'",
        "a lock of a student refers to the unknown student 'anne'",
        "a lock keeps Art-1 with quin, but pat teaches it",
        "a lock keeps Chess-1 with quin, but nobody teaches it",
    ]
    assert error.value.issues[0].path == "Locks.csv, row 2"
    assert "anne" not in repr(Lock("student", "anne"))


def test_a_timetable_is_frozen_at_any_level(school: Problem, timetable: Timetable) -> None:
    def frozen(**what: list[str]) -> list[tuple[str, str, tuple[str, ...], str | None]]:
        locks = locks_from(school, timetable, **what)
        assert all(lock.origin == "program" for lock in locks)
        assert evaluate(with_locks(school, locks), timetable).required == evaluate(school, timetable).required
        return [(lock.kind, lock.id, lock.periods, lock.teacher or lock.section) for lock in locks]

    art = [("section", "Art-1", ("R1",), "pat"), ("section", "Art-2", ("G1",), "pat")]
    assert frozen(sections=["Art-1"]) == art[:1]
    assert frozen(teachers=["pat"], sections=["Art-2"]) == [art[1], art[0]]
    assert frozen(courses=["Art", "Chess"]) == art, "what has neither period nor teacher cannot be frozen"
    assert frozen(students=["ann"]) == [("student", "ann", (), "Art-1"), ("student", "ann", (), "Band-1")]
    assert frozen() == []
    locks = locks_from(school, timetable, departments=["Music"], origin="person")
    assert [(lock.id, lock.rule) for lock in locks] == [("Band-1", "lock")]


def test_what_keeps_a_section(school: Problem) -> None:
    locks = [
        Lock("section", "Art-1", ("R1",)),
        Lock("teacher", "pat"),
        Lock("teacher", "quin", ("R1",)),
        Lock("student", "ann", section="Art-2", origin="program"),
    ]
    locked = with_locks(school, locks)
    assert list(keeping(locked, "Art-1")) == locks[:2]
    assert list(keeping(locked, "Art-2")) == [locks[1], locks[3]]
    assert list(keeping(locked, "Art-2", origin="person")) == [locks[1]]
    assert list(keeping(locked, "Band-1")) == []


def test_locks_outlive_a_problem_that_is_made_anew(school: Problem) -> None:
    locks = [Lock("section", "Art-1", ("R1",)), Lock("section", "Chess-1", ("R1",), origin="program")]
    before = with_locks(school, locks)
    after = tiny("Art-1/pat Art-2/pat Band-1/quin", WISHES)
    assert restored(after, before).locks == (locks[0],)
    assert restored(before, before) is not None
    assert restored(before, before).constraints == before.constraints


def test_freezing_a_whole_school_costs_no_time() -> None:
    """A view is made once; a lock looks at its own student and section alone."""
    school = tiny("Art-1/pat Band-1/quin", {f"s{n}": "Art Band" for n in range(500)}, seats=None)
    timetable = Timetable().place("Art-1", R1).place("Band-1", R2)
    timetable = replace(timetable, enrolments={f"s{n}": frozenset({"Art-1", "Band-1"}) for n in range(500)})
    locked = with_locks(school, locks_from(school, timetable, students=list(school.student)))
    assert len(locked.constraints) == 1_000
    view = View(locked, timetable)
    assert [list(rule.violations(view)) for rule in locked.constraints] == [[]] * 1_000  # type: ignore[attr-defined]
