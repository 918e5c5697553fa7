"""Training the learned repair on many spoilt weeks of small universities, so that it can be gone on from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.bursts import Choose, Mending, at_random
from echelon_lib.search.university.desk import Desk
from echelon_lib.search.university.engine import strategies
from echelon_lib.search.university.learning import MOST_BURSTS, Learner
from echelon_lib.search.university.policy import Network, Policy
from echelon_lib.search.university.quench import HeatBath
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Cancel, Never
from echelon_lib.university import university_problem

Ints = NDArray[np.int64]

SMALLEST, LARGEST = 6, 12
"""Departments of the universities."""
WEEKS = 3
"""Weeks without clashes of each university, from which timetables are spoilt."""
SPOILT = 0.05, 0.5
"""Least and most share of the meetings that are thrown about."""
MERGED, QUENCHED = 0.5, 0.5
"""Shares of the timetables whose departments come from different weeks, and that get a short heat bath."""
EVERY = 50
"""Timetables after which the state is kept, and after which somebody hears of it."""
TESTED, TESTS = 5, 100
"""Universities that are not trained on, and timetables of them on which the outcome is tried."""
STEPS = 200_000
"""Steps that a week without clashes may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained on: timetables, the universities that they are of, and the seed of all of it."""

    timetables: int
    universities: int
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """How far it is: timetables, those of the last ones that were cleared, and the bursts they took."""

    done: int
    of: int
    cleared: float
    bursts: float


@dataclass
class Spoiler:
    """Makes timetables that clash, out of weeks of one university that do not.

    Parameters
    ----------
    departments, seed
        Of the university.
    """

    departments: int
    seed: int
    weeks: list[Ints] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        files = generate_university(self.departments, seed=self.seed).files
        self.arrays = UniversityArrays.of(university_problem(files))
        clock = Never().start()
        for number in range(WEEKS):
            search = WeekSearch(self.arrays, number, STEPS)
            rng = np.random.default_rng(number)
            for _, strategy in strategies(Stages(quality="none"), parts=1):
                strategy.run(search, clock, rng)
            if search.clashes == 0:
                self.weeks.append(search.best)

    @cached_property
    def department(self) -> Ints:
        """Number of the department of each meeting."""
        problem = self.arrays.problem
        names = [problem.section_of[id].department for id in self.arrays.meetings]
        number = {name: k for k, name in enumerate(dict.fromkeys(names))}
        return np.array([number[name] for name in names], np.int64)

    def spoilt(self, rng: np.random.Generator) -> Mending:
        """Return a timetable in which something clashes, ready to be repaired."""
        search = WeekSearch(self.arrays, int(rng.integers(1 << 30)))
        merged = rng.random() < MERGED and len(self.weeks) > 1
        (self._merged if merged else self._thrown)(search, rng)
        search.load(search.week.start.copy(), search.week.place.copy())
        search.look()
        if rng.random() < QUENCHED:
            HeatBath(draws=2).run(search, Never().start(), rng)
        mending = Mending(search)
        return mending if mending.count else self.spoilt(rng)

    def _thrown(self, search: WeekSearch, rng: np.random.Generator) -> None:
        """Throw some meetings of a week to any hours at which there is a room."""
        search.load(*self.weeks[int(rng.integers(len(self.weeks)))])
        desk = Desk(self.arrays.university, search.week)
        count = len(self.arrays.meetings)
        some = rng.choice(count, max(2, int(count * rng.uniform(*SPOILT))), replace=False)
        for i in some.tolist():
            desk.lift(i)
        for i in some.tolist():
            start = int(rng.choice(desk.starts(i)))
            room = desk.room(i, start)
            if room >= 0:
                desk.put(i, start, room)

    def _merged(self, search: WeekSearch, rng: np.random.Generator) -> None:
        """Take each department from another week, as if they had been timetabled blind."""
        which = rng.integers(0, len(self.weeks), int(self.department.max()) + 1)[self.department]
        starts, places = np.stack(self.weeks)[which, :, np.arange(len(which))].T
        desk = Desk(self.arrays.university, search.week)
        for i in rng.permutation(len(which)).tolist():
            room = desk.room(i, int(starts[i]), [int(places[i])])
            if room >= 0:
                desk.put(i, int(starts[i]), room)


def train(plan: Plan, out: Path, stop: Cancel) -> Iterator[Trained]:
    """Train, and write the policy in the end; what was reached before is gone on from.

    Each timetable has random numbers of its own, and everything that was learned is kept beside the file, so
    that stopping and going on changes nothing.

    Raises
    ------
    DataError
        When the file exists, or what lies beside it belongs to another training.
    """
    if out.exists():
        text = "the file exists, and no policy is overwritten"
        raise DataError([Issue(text, "--out", value=str(out), cure="another name?")])
    beside = out.with_name(f"{out.name}.part")
    learner = _begun(plan, beside)
    solved, bursts, since = learner.solved, 0, learner.done
    number, spoiler = -1, None
    while learner.done < plan.timetables and not stop.is_set():
        wanted = learner.done * plan.universities // plan.timetables
        if spoiler is None or wanted != number:
            number, spoiler = wanted, _spoiler(plan, wanted)
        rng = learner.dice()
        bursts += learner.episode(spoiler.spoilt(rng), rng)
        if learner.done % EVERY == 0 or learner.done == plan.timetables:
            count = max(1, learner.done - since)
            yield Trained(learner.done, plan.timetables, (learner.solved - solved) / count, bursts / count)
            solved, bursts, since = learner.solved, 0, learner.done
            _keep(learner, plan, beside)
    if learner.done < plan.timetables:
        _keep(learner, plan, beside)
        return
    write_text_atomic(out, _policy(plan, learner).text())
    beside.unlink(missing_ok=True)


def _policy(plan: Plan, learner: Learner) -> Policy:
    """Return what was learned, with how it does on universities that it has not seen."""
    network = Network(tuple(learner.target))
    policy = Policy(network)
    unseen = [_spoiler(plan, plan.universities + k) for k in range(TESTED)]
    tried = {name: _tried(unseen, choose) for name, choose in (("learned", policy), ("random", at_random))}
    about = {
        "seed": plan.seed,
        "timetables": plan.timetables,
        "universities": plan.universities,
        "departments": [SMALLEST, LARGEST],
        "cleared": learner.solved,
        "unseen": {"universities": TESTED, "timetables": TESTS, **tried},
    }
    return Policy(network, about)


def _tried(spoilers: list[Spoiler], choose: Choose) -> dict[str, float]:
    """Return how many timetables a way to choose clears, and how many bursts it takes on average."""
    cleared = bursts = 0
    for number in range(TESTS):
        rng = np.random.default_rng(number)
        mending = spoilers[number % len(spoilers)].spoilt(rng)
        made = 0
        while mending.count and made < MOST_BURSTS:
            mending.burst(choose(mending.features(), rng))
            made += 1
        cleared += int(mending.count == 0)
        bursts += made
    return {"cleared": cleared, "bursts": bursts / TESTS}


def _spoiler(plan: Plan, number: int) -> Spoiler:
    """Return a university of the plan; those beyond its number are never trained on."""
    departments = SMALLEST + number % (LARGEST - SMALLEST + 1)
    return Spoiler(departments, plan.seed * 100_000 + number)


def _keep(learner: Learner, plan: Plan, beside: Path) -> None:
    state = {name: array.tolist() for name, array in learner.state().items()}
    write_text_atomic(beside, json.dumps({"universities": plan.universities, **state}))


def _begun(plan: Plan, beside: Path) -> Learner:
    """Return the learner as it was when it stopped, or a new one."""
    if not beside.exists():
        return Learner(plan.seed, plan.timetables)
    try:
        state = json.loads(beside.read_bytes())
        same = state.pop("universities") == plan.universities
        learner = Learner.of({name: np.array(values) for name, values in state.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        text = "what was kept of an earlier training cannot be read"
        raise DataError([Issue(text, beside.name, cure="remove it, and begin anew?")]) from None
    if not same or (learner.seed, learner.episodes) != (plan.seed, plan.timetables):
        text = "an earlier training with other numbers was stopped here"
        cure = "give the same numbers to go on, or remove the file to begin anew?"
        raise DataError([Issue(text, beside.name, cure=cure)])
    return learner
