"""Universities: one stage after another, until nothing clashes and the time is over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache

import numpy as np

from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.constraints.rooms import RoomCapacity
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.preflight import obstacles
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.claim import Claim
from echelon_lib.search.cores import cores as usable
from echelon_lib.search.kernels.university_soft import anneal_week
from echelon_lib.search.report import Report, Standing
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.banding import Banding
from echelon_lib.search.university.breakout import Breakout
from echelon_lib.search.university.bursts import Bursts
from echelon_lib.search.university.construction import Dsatur
from echelon_lib.search.university.crew import Crew
from echelon_lib.search.university.departments import ByDepartments
from echelon_lib.search.university.genetic import Genetic
from echelon_lib.search.university.louvain import Louvain
from echelon_lib.search.university.policy import policy_of
from echelon_lib.search.university.quench import HeatBath
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import BLOCK, UNKNOWN, Strategy, WeekSearch
from echelon_lib.solvers.result import StageRecord
from echelon_lib.stop import Never, Running

PARTS = 2
"""Parts of the week where iterations are counted: the answer must not depend on the cores of a machine."""
NEWS = 1.0
"""Seconds between two incumbents that are reported."""
ENDING = ByDepartments, Louvain, Banding, Dsatur, HeatBath, Breakout, Bursts
"""Strategies that end by themselves, before the time is over; others take what is left of it."""


def search_university(
    problem: Problem,
    *,
    stop: Running,
    seed: int,
    report: Report,
    start: Timetable | None = None,
    movable: Collection[str] | None = None,
    stages: Stages | None = None,
    cores: int | None = None,
    crew: Crew | None = None,
) -> Claim:
    """Search the week of a university.

    Parameters
    ----------
    problem
        A problem with rooms whose attendees are all fixed.
    stop
        Deadline, or a number of iterations of 10,000 moves each; it may be cancelled.
    seed
        Seed of all random decisions.
    report
        Hears of incumbents, and of the first and the last timetable without clashes.
    start
        A timetable to begin with. Where it keeps the required rules the answer is no worse.
    movable
        Identifiers of the meetings that may be moved; the others stay where the start has them. None for all.
    stages
        What does each stage; None for the defaults.
    cores
        Processors that may be used, at most; None for all of them.
    crew
        Who works on the parts of the week side by side; None for threads of this process.

    Returns
    -------
    Claim
        The best timetable, what each stage did as notes, and how long each took. Where no placement keeps
        all required rules it ends as soon as what can be kept is, and the notes begin with the reasons.

    Raises
    ------
    EchelonError
        When a rule has no encoding, or what may not be moved has no place.
    """
    report.stands(Standing("preparing"))
    arrays = UniversityArrays.of(problem, movable=movable)
    stages = Stages() if stages is None else stages
    claim = Claim(f"{stages.words} of weeks")
    hopeless = arrays.why_hopeless()
    if (arrays.hopeless & ~arrays.movable).any():  # what stays has no place either
        claim.infeasible, claim.notes = True, hopeless
        return claim
    news = _News(arrays, report, stop)
    news.vain = bool(hopeless)
    moves = None if stop.iterations is None else stop.iterations * BLOCK
    search = WeekSearch(arrays, seed, moves, news, crew=crew)
    news.search = search
    search.week.frozen[arrays.hopeless] = True
    rng = np.random.default_rng(seed)
    given = arrays.read(start if start is not None else Timetable())
    search.load(*given)
    whole = bool((given[0] >= 0).all())
    if whole:
        search.look()
    warm = whole and search.clashes == 0
    chosen = [*strategies(stages, **_beside(cores, counted=moves is not None), warm=warm)]
    search.on_step = news.step
    for number, (stage, strategy) in enumerate(chosen):
        if stage == "quality" and news.vain:
            break
        began = stop.elapsed()
        said = None
        try:
            news.begin(strategy.name, number, [one for _, one in chosen])
            said = strategy.run(search, stop, rng)
        except KeyboardInterrupt:
            stop.cancel()
        claim.notes.append(f"{strategy.name}: {said or 'interrupted'}")
        clashes = None if search.clashes == UNKNOWN else search.clashes
        seconds = stop.elapsed() - began
        claim.stages.append(StageRecord(stage, strategy.name, seconds, clashes, news.cost))
        if said is None:
            break
    claim.timetable = arrays.timetable(*search.best)
    if search.clashes == 0 and not news.vain:
        news.last(claim.timetable)
    else:
        # Arithmetic takes longer than the search itself, so it has to say only why there is no answer.
        proofs = hopeless or [finding.message for finding in obstacles(problem)]
        claim.infeasible = bool(proofs)
        claim.notes = [*proofs, *claim.notes]
    claim.interrupted = stop.cancelled
    return claim


def strategies(
    stages: Stages, *, parts: int, threads: int | None = None, warm: bool = False
) -> Iterator[tuple[str, Strategy]]:
    """Yield the name of each stage with a strategy, in their order; a stage may take several.

    Parameters
    ----------
    stages
        What was chosen.
    parts
        Parts into which the week is dealt out.
    threads
        Threads of this process, at most; None for one of each part.
    warm
        Whether the week to begin with keeps the required rules, so that only its quality is left to do.
    """
    if stages.grouping == "louvain":
        yield "grouping", Louvain()
        parts = max(2, parts)  # one part would have nothing to share out
    if not warm:
        if stages.grouping == "banding" and stages.feasibility != "cpsat":
            yield "grouping", Banding()
        if stages.feasibility == "cpsat":
            yield "feasibility", ByDepartments()
        yield "feasibility", Dsatur()
        if stages.feasibility != "dsatur":
            yield "feasibility", HeatBath()
        if stages.repair == "breakout":
            yield "repair", Breakout()
        elif (bursts := bursts_of(stages)) is not None:
            yield "repair", bursts
    if stages.quality == "annealing":
        yield "quality", Annealing(parts, threads, gently=warm)
    elif stages.quality == "genetic":
        yield "quality", Genetic(threads or parts, stages.generations or None)


def bursts_of(stages: Stages) -> Bursts | None:
    """Return the bursts that repair a week; None where they are not chosen.

    Raises
    ------
    DataError
        When the policy of the learned repair cannot be used.
    """
    if stages.repair == "mixture":
        return Bursts()
    if stages.repair == "learned":
        return Bursts(policy_of(stages.policy), "learned mixture of bursts")
    return None


def _beside(cores: int | None, *, counted: bool) -> dict[str, int]:
    """Return into how many parts the week is dealt out, and how many threads there are for them."""
    threads = max(1, cores or usable())
    return {"parts": PARTS if counted else threads, "threads": threads}


def planned(stages: Stages, *, cores: int | None, counted: bool, warm: bool) -> tuple[Strategy, ...]:
    """Return the strategies in their order, as ``search_university`` takes them."""
    chosen = strategies(stages, **_beside(cores, counted=counted), warm=warm)
    return tuple(strategy for _, strategy in chosen)


class _News:
    """Tells a report where the search stands and what it finds; timetables are made by whoever wants them.

    ``vain`` says that no placement keeps all required rules, so that there is nothing to tell of.
    """

    def __init__(self, arrays: UniversityArrays, report: Report, clock: Running) -> None:
        self.arrays, self.report, self.clock = arrays, report, clock
        self.search: WeekSearch | None = None
        self.beside: int | None = None
        self.vain = False
        self.told = 0.0
        self.stage = ""
        self.share: float | None = None
        self.stepped: tuple[float, float] | None = None

    def begin(self, stage: str, number: int, stages: Sequence[Strategy]) -> None:
        """Tell that a stage begins.

        How much is over by then is known where the last stage ends by itself, or by its moves or
        generations, not by the clock.
        """
        assert self.search is not None
        self.stage, self.share, self.stepped = stage, None, None
        if isinstance(stages[-1], ENDING):
            self.share = number / len(stages)
        elif self.search.moves is not None or getattr(stages[-1], "generations", None) is not None:
            self.share = 0.0
        self.report.stands(Standing(stage, self.share))

    def step(self, over: float) -> None:
        """Tell how much of the last stage is over, 0 to 1, and how long the rest takes at this speed."""
        if self.share is None:  # the clock decides
            self.report.stands(Standing(self.stage))
            return
        now, over = self.clock.elapsed(), min(1.0, over)
        if self.stepped is None:  # before the first step there are things to prepare
            self.stepped = now, over
        begun, before = self.stepped
        left = (now - begun) / (over - before) * (1 - over) if over > before else None
        self.report.stands(Standing(self.stage, over, left))

    def __call__(self, cost: int) -> None:
        """Hear of a better week without clashes."""
        if self.vain:
            return
        level, now = self.arrays.level, self.clock.elapsed()
        if self.beside is None:
            self._first(cost)
        elif now - self.told < NEWS:
            return
        if self.beside is not None:
            self.told = now
            self.report(level, cost + self.beside, None)
            assert self.search is not None
            best = self.search.best  # replaced by each better one, and never changed
            self.report.promise(lambda: self.arrays.timetable(*best))

    @property
    def cost(self) -> int | None:
        """What the best week costs; None while there is none without clashes."""
        return None if self.search is None or self.beside is None else self.search.cost + self.beside

    def _first(self, cost: int) -> None:
        """Have the first one evaluated, which also tells what rules cost that no placement changes."""
        assert self.search is not None
        timetable = self.arrays.timetable(*self.search.best)
        score = evaluate(self.arrays.problem, timetable)
        self.report.keep(timetable, score)
        self.vain = not score.feasible
        if score.feasible:
            self.beside = score.cost[self.arrays.level - 1] - cost

    def last(self, timetable: Timetable) -> None:
        """Have the best one kept."""
        assert self.search is not None
        if self.beside is not None:
            self.report(self.arrays.level, self.search.cost + self.beside, None)
        self.report.keep(timetable)


def smallest_university(*, days: int = 4) -> Problem:
    """Return a university of four departments, with which kernels are compiled; one day is too few for it."""
    names = ("Mon", "Tue", "Wed", "Thu")[:days]
    single = tuple(Time(slot, 1, 1 << day) for day in range(days) for slot in range(3))
    double = tuple(Time(slot, 2, 1 << day) for day in range(days) for slot in range(2))
    groups = tuple(f"g{n}" for n in range(4))
    rooms = ("hall", "nook", "loft")
    sections = [
        Section(id, tuple(Meeting(f"{id}#{k}", times, rooms) for k in range(count)), None, who, 3, group)
        for group in groups
        for id, times, count, who in (
            (f"{group}-lecture", single, 3, (f"t{group}", group)),
            (f"{group}-lab", double, 1, (group,)),
        )
    ]
    sections += [
        Section(f"wide{n}", (Meeting(f"wide{n}", single, ("hall",)),), None, groups, 3) for n in range(3)
    ]
    meetings = Scope.of_meetings(m.id for s in sections for m in s.meetings)
    return Problem(
        "smallest",
        Calendar(names, 3, tuple(Period(f"D{t.days} {t.start}", t) for t in single)),
        tuple(Course.of(s.id, [s]) for s in sections),
        tuple(Attendee(who, kind) for g in groups for who, kind in ((f"t{g}", "teacher"), (g, "group"))),  # type: ignore[arg-type]
        tuple(Room(id, 9, id) for id in rooms),
        constraints=(
            Gaps("gaps", Scope(), priced(3, 1), "group"),
            BuildingTravel("travel", Scope(), priced(1, 1), "group"),
            RoomCapacity("room capacity", meetings, REQUIRED),
        ),
    )


@cache
def warm_up_university(stages: Stages) -> None:
    """Compile the kernels of stages, or load them where that was done before; no clock should count it."""
    clock, rng = Never().start(), np.random.default_rng(0)
    if stages.feasibility == "cpsat":  # it has no kernels, and what follows it is the same
        stages = stages.model_copy(update={"feasibility": "heat-bath"})
    for days in (1, 4):
        search = WeekSearch(UniversityArrays.of(smallest_university(days=days)), 0, 100)
        for _, strategy in strategies(stages, parts=PARTS):
            strategy.run(search, clock, rng)


def warm_up_annealing() -> None:
    """Compile the largest kernel alone, which takes about as long as all the others of a university."""
    arrays = UniversityArrays.of(smallest_university())
    nothing, counts = np.empty(0, np.int64), np.zeros(3, np.int64)
    anneal_week(arrays.university, arrays.empty_week(0), nothing, 0, 1.0, counts)
