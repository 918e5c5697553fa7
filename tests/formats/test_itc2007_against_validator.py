"""Hundreds of timetables of published instances are scored as an independent validator scores them."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.itc2007_curriculum import read_benchmark, read_solution, write_solution
from echelon_lib.scoring.evaluate import evaluate

Row = tuple[str, str, int, int]


class Climber:
    """Places lectures with ejections and then climbs, by an arithmetic of its own; knows no Echelon."""

    def __init__(self, inst: Any, seed: int) -> None:
        self.inst, self.rng = inst, random.Random(seed)
        self.of = {course[0]: course for course in inst.courses}
        self.member: dict[str, list[set[str]]] = {name: [] for name in self.of}
        for _, courses in inst.curricula:
            for name in courses:
                self.member[name].append(set(courses))
        self.foes = {
            name: {other for other in self.of if self.of[other][1] == course[1]}.union(*self.member[name])
            for name, course in self.of.items()
        }
        self.slots = [(day, slot) for day in range(inst.days) for slot in range(inst.ppd)]
        self.open = {
            name: [when for when in self.slots if (name, *when) not in inst.unavail] for name in self.of
        }
        self.held: dict[tuple[int, int], dict[str, str]] = {when: {} for when in self.slots}  # room: course

    def rows(self) -> list[Row]:
        return [(course, room, *when) for when, held in self.held.items() for room, course in held.items()]

    def hinders(self, name: str, when: tuple[int, int]) -> list[str]:
        return [room for room, course in self.held[when].items() if course in self.foes[name]]

    def construct(self) -> None:
        todo = [course[0] for course in self.inst.courses for _ in range(course[2])]
        for _ in range(20 * len(todo)):
            if not todo:
                return
            name = max(todo, key=lambda n: (len(self.foes[n]) - len(self.open[n]), self.rng.random()))
            todo.remove(name)
            rooms = sorted(self.inst.rooms, key=lambda room: (room[1] < self.of[name][4], room[1]))
            found = [
                (when, next(room for room, _ in rooms if room not in self.held[when]))
                for when in self.open[name]
                if not self.hinders(name, when) and len(self.held[when]) < len(rooms)
            ]
            when, room = self.rng.choice(found) if found else (self.rng.choice(self.open[name]), rooms[0][0])
            for other in {*self.hinders(name, when), *({room} & self.held[when].keys())}:
                todo.append(self.held[when].pop(other))
            self.held[when][room] = name

    def price(self, name: str) -> int:
        """Cost of what a lecture of the course touches."""
        _, _, _, days, students = self.of[name]
        capacity = dict(self.inst.rooms)
        places = [(room, when) for when, held in self.held.items() for room, c in held.items() if c == name]
        cost = sum(max(0, students - capacity[room]) for room, _ in places)
        cost += len({room for room, _ in places}) + 5 * max(0, days - len({day for _, (day, _) in places}))
        for courses in self.member[name]:
            busy = {when for when, held in self.held.items() if not courses.isdisjoint(held.values())}
            cost += 2 * sum((day, slot - 1) not in busy and (day, slot + 1) not in busy for day, slot in busy)
        return cost

    def climb(self, steps: int) -> None:
        for _ in range(steps):
            name, room, *old = self.rng.choice(self.rows())
            when, other = self.rng.choice(self.open[name]), self.rng.choice(self.inst.rooms)[0]
            source = self.held[old[0], old[1]]
            before = self.price(name)
            del source[room]
            if not self.hinders(name, when) and other not in self.held[when]:
                self.held[when][other] = name
                if self.price(name) <= before:
                    continue
                del self.held[when][other]
            source[room] = name


def disturbed(inst: Any, rows: list[Row], rng: random.Random) -> list[Row]:
    """Move some lectures anywhere, hard rules or not, and leave some out in every other case."""
    rows = list(rows)
    for _ in range(rng.choice([1, 1, 2, 3, 12])):
        index = rng.randrange(len(rows))
        moved = (rows[index][0], rng.choice(inst.rooms)[0], rng.randrange(inst.days), rng.randrange(inst.ppd))
        taken = {(course, *when) for course, _, *when in rows[:index] + rows[index + 1 :]}
        if (moved[0], *moved[2:]) not in taken:
            rows[index] = moved
    return rng.sample(rows, len(rows) - rng.choice([0, 0, rng.randint(1, 9)]))


def anywhere(inst: Any, rng: random.Random) -> list[Row]:
    """Put every lecture anywhere, though no two of a course into one period."""
    slots = [(day, slot) for day in range(inst.days) for slot in range(inst.ppd)]
    chosen = [(c[0], when) for c in inst.courses for when in rng.sample(slots, min(c[2], len(slots)))]
    return [(course, rng.choice(inst.rooms)[0], *when) for course, when in chosen]


def cases(inst: Any, seed: int) -> Iterator[tuple[str, list[Row]]]:
    rng, climber = random.Random(seed), Climber(inst, seed)
    climber.construct()
    for _ in range(12):
        climber.climb(150)
        yield "good", climber.rows()
    for _ in range(24):
        yield "disturbed", disturbed(inst, climber.rows(), rng)
    for _ in range(16):
        yield "random", anywhere(inst, rng)


@pytest.fixture(scope="module")
def validator(validators: Path) -> ModuleType:
    """The independent checker of solutions."""
    spec = importlib.util.spec_from_file_location("cbctt_validator", validators / "cbctt_validator.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timetable_of(problem: Problem, folder: Path, rows: list[Row]) -> Timetable:
    """Return what the reader makes of the rows in a file."""
    path = folder / "some.sol"
    path.write_text("".join(" ".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return read_solution(problem, path)


def test_evaluation_is_that_of_the_validator(validator: ModuleType, benchmarks: Path, tmp_path: Path) -> None:
    instances = sorted((benchmarks / "itc2007_cb").glob("*.ctt*"))
    assert len(instances) >= 10
    compared, reached = 0, set()
    for seed, path in enumerate(instances):
        inst, problem = validator.Inst(path), read_benchmark(path)
        for kind, rows in cases(inst, seed):
            evaluation = evaluate(problem, timetable_of(problem, tmp_path, rows))
            theirs = validator.evaluate(inst, rows)
            assert not theirs["warnings"]
            assert {name: term.cost for name, term in evaluation.terms.items()} == theirs["soft"], (
                path,
                kind,
            )
            assert evaluation.cost == (theirs["cost"],)
            assert evaluation.feasible == (theirs["violations"] == 0), (path, kind)
            compared += 1
            if evaluation.feasible:
                reached.add(path)
    assert compared >= 500
    assert len(reached) * 10 >= len(instances) * 7


def test_the_validator_takes_a_written_file(
    validator: ModuleType, validators: Path, benchmarks: Path, tmp_path: Path
) -> None:
    path = benchmarks / "itc2007_cb" / "comp01.ctt"
    problem, climber = read_benchmark(path), Climber(validator.Inst(path), seed=1)
    climber.construct()
    timetable = timetable_of(problem, tmp_path, climber.rows())
    write_solution(problem, timetable, tmp_path / "comp01.sol")
    command = [
        sys.executable,
        str(validators / "cbctt_validator.py"),
        str(path),
        str(tmp_path / "comp01.sol"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    evaluation = evaluate(problem, timetable)
    assert json.loads(done.stdout)["cost"] == sum(evaluation.cost)
    assert done.returncode == (0 if evaluation.feasible else 1)
    assert evaluation.feasible


def test_every_benchmark_instance_is_read_without_a_remark(benchmarks: Path) -> None:
    for path in sorted((benchmarks / "itc2007_cb").glob("*.ctt*")):
        problem = read_benchmark(path)
        assert problem.remarks == ()
        assert problem.levels == 1
