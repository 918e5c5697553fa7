"""A school small enough to count in the head, and a judge who tries each rule required, priced and off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from echelon_lib.constraints.base import Constraint
from echelon_lib.domain.calendar import Calendar, Time
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate

Rule = Callable[[Enforcement], Constraint]
Judge = Callable[..., tuple[int, list[str]]]
Answer = Callable[..., Timetable]


def section(id: str, *attendees: str, meetings: int = 1, **other: object) -> Section:
    ids = [id] if meetings == 1 else [f"{id}.{k + 1}" for k in range(meetings)]
    times, rooms = (), ("hall", "nook")
    placed = tuple(Meeting(name, times, rooms) for name in ids)
    return replace(Section(id, placed, attendees=attendees), **other)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def school() -> Problem:
    """Two days of four periods; Ann teaches labs, art and band, Bob band, and group G hears what both say."""
    art = [section("A1", "Ann", department="Arts"), section("A2", "Ann", department="Arts")]
    labs = [
        section(id, "Ann", "G", department="Science", tags=frozenset({"Lab"})) for id in ("L1", "L2", "L3")
    ]
    band = [section("B1", "Bob", "G", meetings=2, headcount=8), section("B2", "Ann"), section("B3")]
    return Problem(
        "Small",
        Calendar.of_days({"R": ["R1", "R2", "R3", "R4"], "G": ["G1", "G2", "G3", "G4"]}),
        courses=(Course.of("Art", art), Course.of("Chemistry", labs), Course.of("Band", band)),
        attendees=(
            Attendee("Ann", "teacher", department="Science"),
            Attendee("Bob", "teacher"),
            Attendee("Cy", "teacher"),
            Attendee("G", "group"),
            *(Attendee(f"s{k}", "student", tags=frozenset({"SPED"} if k < 3 else ())) for k in range(6)),
        ),
        rooms=(Room("hall", 10, "North"), Room("nook", 3, "South"), Room("tent", 50)),
    )


@pytest.fixture(scope="session")
def answer(school: Problem) -> Answer:
    """Make a timetable from words: ``"A1 R1 hall, L1 R2"`` and ``"s0 A1 L1, s1 A1"``."""

    def make(placements: str = "", enrolments: str = "", **special: Time) -> Timetable:
        timetable = Timetable()
        for words in map(str.split, filter(None, placements.split(","))):
            time = special.get(words[1]) or school.calendar.time(words[1])
            timetable = timetable.place(words[0], time, *words[2:])
        for words in map(str.split, filter(None, enrolments.split(","))):
            timetable = timetable.enrol(*words)
        return timetable

    return make


@pytest.fixture(scope="session")
def judge(school: Problem) -> Judge:
    """Return amount and sentences of a rule after trying it required, priced and off.

    With ``people`` the group has so many.
    """

    def judged(rule: Rule, timetable: Timetable, people: int = 1) -> tuple[int, list[str]]:
        name = rule(OFF).name
        attendees = tuple(replace(a, size=people) if a.kind == "group" else a for a in school.attendees)
        peopled = replace(school, attendees=attendees)
        found = {
            mode.mode: evaluate(replace(peopled, constraints=(rule(mode),)), timetable)
            for mode in (REQUIRED, priced(3, level=2), OFF)
        }
        said = {mode: [v for v in found[mode].violations() if v.rule == name] for mode in found}
        amount = found["required"].required.get(name, 0)

        assert (name in found["required"].required) == (amount > 0)
        assert name not in found["required"].terms
        assert all(violation.cost == 0 for violation in said["required"])

        term = found["priced"].terms[name]
        assert (term.level, term.amount, term.cost) == (2, amount, 3 * amount)
        assert found["priced"].cost == (0, 3 * amount)
        assert name not in found["priced"].required
        assert sum(violation.cost for violation in said["priced"]) == term.cost

        assert name not in found["off"].terms
        assert name not in found["off"].required
        assert said["off"] == []
        sentences = [violation.sentence for violation in said["required"]]
        assert sentences == [violation.sentence for violation in said["priced"]]
        return amount, sentences

    return judged
