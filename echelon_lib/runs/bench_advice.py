"""Measuring advisers: every one from the same timetable, with as many solves as nobody's advice gets."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Advisor
from echelon_lib.advice.claude import ClaudeAdvisor
from echelon_lib.advice.receipt import Receipt
from echelon_lib.advice.replay import Replay
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.score import Score, improvable, score
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import read_incumbent, write_incumbent
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.advisers import Receipts, adviser
from echelon_lib.runs.compiling import compile_for
from echelon_lib.runs.loop import AdviceLoop, Solve, State
from echelon_lib.runs.planted import Plant, PlantedAdvisor, enrolled, plant
from echelon_lib.runs.rounds import Round
from echelon_lib.schools import load_school
from echelon_lib.search.choose import solve
from echelon_lib.search.claim import Claim, rescored
from echelon_lib.solvers.result import Result
from echelon_lib.stop import AnyOf, Cancel, running

NONE = "none"
"""The arm without advice, which all others are compared with."""
ARMS = (NONE, "rules", "random", "claude")
PLAN = "plan.json"
"""What a recording was made with; it lies beside the recorded timetables."""

MakeAdvisor = Callable[[str, int, str], Advisor]
"""Makes the adviser of an arm, given its seed and a name for what it sends and receives."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Parameters
    ----------
    schools, students, surplus, missing
        How many schools are generated, how large, with how many sections too many and too few. Every second
        school has 60 different request lists; in the others nearly every student has one of their own.
    seeds
        Seeds of the solver, and of the random adviser, for each school.
    rounds
        Solves after the first, in every arm.
    seconds, solver
        Time and solver of each solve.
    arms
        Some of ``ARMS``; ``none`` is measured in any case.
    """

    schools: int = 10
    seeds: int = 3
    students: int = 200
    surplus: int = 6
    missing: int = 2
    rounds: int = 2
    seconds: float = 3.0
    solver: str = "auto"
    arms: tuple[str, ...] = ARMS

    def __post_init__(self) -> None:
        strange = [arm for arm in self.arms if arm not in ARMS]
        if strange:
            text = f"there is no adviser {', '.join(strange)}"
            raise DataError([Issue(text, "--arms", cure=f"one of {', '.join(ARMS)}?")])
        object.__setattr__(self, "arms", tuple(arm for arm in ARMS if arm in {NONE, *self.arms}))

    @property
    def options(self) -> str:
        """The options of ``echelon bench advice`` that give this plan."""
        values = asdict(self)
        values |= {"seconds": f"{self.seconds:g}", "arms": ",".join(self.arms)}
        return " ".join(f"--{name} {value}" for name, value in values.items())


@dataclass(frozen=True, slots=True)
class Planted:
    """What became of a wrong action that was planted among the first advice.

    Parameters
    ----------
    kind
        As in ``Plant``.
    applied
        Whether the check let it through.
    kept
        Whether it was part of what was kept.
    harmed
        Whether, where it was kept, its course has fewer students than before.
    """

    kind: str
    applied: bool
    kept: bool
    harmed: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One arm on one school with one seed.

    Parameters
    ----------
    school, seed, arm
        Which.
    before, after
        The scores of the common first solve and of what is kept at the end; None where it did not run.
    asked, said_nothing, rightly
        Rounds in which the adviser was asked, those in which it proposed nothing, and those of them in which
        no section was below the target that a change could help.
    proposals, legal, applied, useful, accepted
        Proposals; those legal at first answer; those applied; those of rounds that were better than the same
        solve without them; those of rounds that were kept.
    rolled_back
        Rounds that were worse and therefore undone.
    tokens, usd
        What the answers cost; None where nobody counts.
    seconds
        Time that the adviser took to answer.
    planted
        What became of wrong advice; None where none was planted.
    model
        Which model answered to which version of the prompt; empty where there is none.
    not_run, reason
        Why the adviser could not be asked, in a word and in a sentence; empty where it was.
    """

    school: int
    seed: int
    arm: str
    before: Score
    after: Score | None = None
    asked: int = 0
    said_nothing: int = 0
    rightly: int = 0
    proposals: int = 0
    legal: int = 0
    applied: int = 0
    useful: int = 0
    accepted: int = 0
    rolled_back: int = 0
    tokens: int | None = None
    usd: float | None = None
    seconds: float = 0.0
    planted: Planted | None = None
    model: str = ""
    not_run: str = ""
    reason: str = ""

    def __str__(self) -> str:
        came = f"not run: {self.reason}" if self.after is None else f"{self.before} → {self.after}"
        return f"School {self.school}, seed {self.seed}, {self.arm}: {came}"


@dataclass
class Solves:
    """Solves by name: each is done once, recorded where that is wanted, or taken from a recording.

    Parameters
    ----------
    plan
        Solver and seconds.
    cancel
        Ends the measurement.
    record, replay
        Folders to write timetables to, and to read them from instead of solving.
    mismatches
        Where the evaluator contradicts what a solver said.
    """

    plan: Plan
    cancel: Cancel = field(default_factory=Cancel)
    record: Path | None = None
    replay: Path | None = None
    mismatches: list[str] = field(default_factory=list)
    _done: dict[str, Result] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget what was done: another school or seed begins."""
        self._done.clear()

    def go_on(self) -> None:
        """Raise KeyboardInterrupt if somebody ends the measurement."""
        if self.cancel.is_set():
            raise KeyboardInterrupt

    def __call__(self, name: str, seed: int, problem: Problem, start: Timetable | None = None) -> Result:
        """Return the result of the solve of this name.

        Raises
        ------
        KeyboardInterrupt
            When somebody stops it: half a solve is no fair one.
        DataError
            When it is to be read, and was not recorded.
        """
        if name not in self._done:
            self._done[name] = self._solved(name, seed, problem, start)
        return self._done[name]

    def _solved(self, name: str, seed: int, problem: Problem, start: Timetable | None) -> Result:
        if self.replay is not None:
            return self._recorded(self.replay / name, seed, problem)
        compile_for(problem, self.plan.solver)
        clock = running(AnyOf(self.plan.seconds, self.cancel))
        result = solve(problem, self.plan.solver, stop=clock, seed=seed, start=start)
        if clock.cancelled:
            raise KeyboardInterrupt
        self.mismatches += [f"{name}: {text}" for text in result.mismatches]
        if self.record is not None:
            folder = self.record / name
            folder.mkdir(mode=0o700, parents=True)
            if result.best is not None and result.evaluation is not None:
                write_incumbent(folder, problem, result.best, result.evaluation, seconds=result.runtime)
        return result

    def _recorded(self, folder: Path, seed: int, problem: Problem) -> Result:
        if not folder.is_dir():
            cure = "record it anew with this version?"
            raise DataError([Issue(f"the recording has no solve {folder.name!r}", "--replay", cure=cure)])
        claim = Claim("recorded", read_incumbent(folder, problem))
        return rescored(problem, claim, trace=(), runtime=0.0, seed=seed)


def measure(plan: Plan, make: MakeAdvisor, solves: Solves) -> Iterator[Trial]:
    """Yield the trials of a plan, school by school, seed by seed, arm by arm.

    Raises
    ------
    KeyboardInterrupt
        When somebody stops it.
    DataError
        When such schools cannot be generated, or a recording is incomplete.
    """
    for school in range(plan.schools):
        problem = _school(plan, school)
        for seed in range(plan.seeds):
            solves.forget()
            yield from _trials(plan, problem, school, seed, make, solves)


def advisers(
    settings: ClaudeSettings, record: Path | None, replay: Path | None, cancel: Cancel
) -> MakeAdvisor:
    """Return what makes the adviser of an arm, afresh for each school and seed.

    Parameters
    ----------
    settings
        Model, switches and budget of Claude, of one school and seed. The rules never answer in its place.
    record, replay
        Folders to keep receipts in, and to answer from in its place.
    cancel
        Ends the asking.
    """
    settings = settings.model_copy(update={"fallback": False})

    def make(arm: str, seed: int, where: str) -> Advisor:
        if replay is not None and arm == "claude":
            return ClaudeAdvisor(settings, line=Replay(settings, _receipts(replay / where)))
        receipts = None if record is None else Receipts(record / where)
        return adviser(arm, seed=seed, settings=settings, receipts=receipts, stop=cancel.start())

    return make


def place(school: int, seed: int) -> str:
    """Return the folder of a school and a seed in a recording."""
    return f"school-{school:02d}/seed-{seed:02d}"


def recording(plan: Plan, record: Path | None, replay: Path | None) -> None:
    """Begin a recording, or check one that is to be counted again.

    Parameters
    ----------
    plan
        What is measured.
    record, replay
        At most one of them: the folder to make, and the folder of an earlier recording.

    Raises
    ------
    DataError
        When the folder to make is there, or the earlier recording is of another plan; with every option
        that differs.
    """
    if record is not None and replay is not None:
        cure = "copy the folder instead?"
        raise DataError([Issue("a recording is not recorded again", "--record", cure=cure)])
    if record is not None:
        try:
            record.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            issue = Issue(f"{record.name} exists already", "--record", cure="another name?")
            raise DataError([issue]) from None
        write_text_atomic(record / PLAN, json.dumps(asdict(plan), indent=2) + "\n")
    if replay is not None:
        known, wanted = _plan_of(replay), json.loads(json.dumps(asdict(plan)))
        issues = [
            Issue(f"the recording has {known.get(name)}, not {value}", f"--{name}", cure="give it the same?")
            for name, value in wanted.items()
            if known.get(name) != value
        ]
        if issues:
            raise DataError(issues)


def _receipts(folder: Path) -> tuple[Receipt, ...]:
    kept = Receipts(folder)
    try:
        return tuple(Receipt.of(json.loads((folder / name).read_bytes())) for name in kept.names())
    except (OSError, ValueError):
        text = f"a receipt of {folder.parent.name}/{folder.name} cannot be read"
        raise DataError([Issue(text, "--replay", cure="record it anew?")]) from None


def _plan_of(folder: Path) -> dict[str, Any]:
    try:
        known = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if not isinstance(known, dict):
        text = f"{folder.name} is no recording"
        raise DataError([Issue(text, "--replay", cure="another folder was meant?")])
    return known


def _school(plan: Plan, number: int) -> Problem:
    lists = min(60, plan.students) if number % 2 else None
    with tempfile.TemporaryDirectory() as made:
        try:
            tables = generate_school(
                students=plan.students,
                seed=number,
                request_lists=lists,
                surplus=plan.surplus,
                missing=plan.missing,
            )
        except ValueError as error:
            cure = "larger schools, or fewer missing sections?"
            raise DataError([Issue(f"school {number}: {error}", "bench advice", cure=cure)]) from None
        folder = Path(made) / f"school-{number:02d}"
        write_school(tables, folder)
        return load_school(folder)


def _trials(
    plan: Plan, problem: Problem, school: int, seed: int, make: MakeAdvisor, solves: Solves
) -> Iterator[Trial]:
    where = place(school, seed)
    result = solves(f"{where}/first", seed, problem)
    if result.best is None:
        text = f"no timetable of school {school} was found in {plan.seconds:g} seconds"
        raise DataError([Issue(text, "--seconds", cure="give it more?")])
    pair = _Pair(plan, school, seed, State(problem, result), solves)
    wrong: Plant | None = None
    for arm in plan.arms:
        if arm == NONE:
            yield pair.without_advice()
            continue
        wrong = wrong or plant(problem, result.best, school * plan.seeds + seed)
        try:
            yield pair.with_advice(arm, make(arm, school * plan.seeds + seed, where), wrong)
        except AdviserUnavailable as error:
            solves.go_on()
            yield replace(
                pair.trial(NONE),
                arm=arm,
                after=None,
                not_run=error.kind.replace("_", " "),
                reason=str(error).partition("\n")[0],
            )


@dataclass(frozen=True, slots=True)
class _Pair:
    """A school and a seed, with the solve that all arms begin with."""

    plan: Plan
    school: int
    seed: int
    first: State
    solves: Solves

    def without_advice(self) -> Trial:
        state = self.first
        for step in range(1, self.plan.rounds + 1):
            state = self._again(NONE, step, state)
        return self.trial(NONE, state)

    def with_advice(self, arm: str, advisor: Advisor, wrong: Plant) -> Trial:
        """Return the trial of an adviser; raises AdviserUnavailable where it cannot be asked at all."""

        def solve_again(problem: Problem, start: Timetable) -> Result:
            step = len(loop.rounds) + 1
            return self._named(f"{arm}-{step}", step)(problem, start)

        loop = AdviceLoop(self.first, advisor, solve_again)
        loop.ended = loop.content()
        found = self.trial(arm)
        for step in range(1, self.plan.rounds + 1):
            without, made = self._again(arm, step, loop.state), None
            if not loop.ended:
                rightly = not improvable(loop.state.problem, loop.state.timetable)
                try:
                    loop.ask()
                    made = loop.go_on()
                except AdviserUnavailable as error:
                    if step == 1:
                        raise
                    loop.ended = str(error).partition("\n")[0]
                    found = replace(_with_spent(found, error.record, 0.0), reason=loop.ended)
                else:
                    found = _with_round(found, made, self._score(without), rightly=rightly)
            if made is None or not made.applied:
                loop.state = without
        planted = self._planted(arm, loop.rounds[0], wrong) if loop.rounds else None
        return replace(found, after=self._score(loop.state), planted=planted)

    def trial(self, arm: str, state: State | None = None) -> Trial:
        """Return a trial in which nobody was asked."""
        state = state or self.first
        return Trial(self.school, self.seed, arm, self._score(self.first), self._score(state))

    def _again(self, arm: str, step: int, state: State) -> State:
        """Return what the same solve without any action comes to; the same state where that is worse."""
        # The first one is the same in all arms.
        name = f"{NONE}-{step}" if arm == NONE or step == 1 else f"{arm}-{step}-without"
        result = self._named(name, step)(state.problem, state.timetable)
        again = replace(state, result=result)
        usable = result.best is not None and result.evaluation is not None and result.evaluation.feasible
        return again if usable and self._score(again) <= self._score(state) else state

    def _planted(self, arm: str, said: Round, wrong: Plant) -> Planted:
        advice = Advice(arm, tuple(one.action for one in said.proposals))
        solve_again = self._named(f"{arm}-planted", 1)
        loop = AdviceLoop(self.first, PlantedAdvisor(advice, wrong.action), solve_again)
        loop.ask()
        made = loop.go_on()
        applied = made.proposals[0].decision == "applied"
        kept = applied and bool(made.kept)
        counts = [
            enrolled(one.problem, one.timetable, wrong.course) if kept and wrong.course else 0
            for one in (self.first, loop.state)
        ]
        return Planted(wrong.kind, applied, kept, counts[1] < counts[0])

    def _named(self, name: str, step: int) -> Solve:
        where = f"{place(self.school, self.seed)}/{name}"
        return partial(self.solves, where, self.seed + 1_000 * step)

    def _score(self, state: State) -> Score:
        return score(state.problem, state.timetable, state.result.evaluation)


def _with_round(found: Trial, made: Round, without: Score, *, rightly: bool) -> Trial:
    """Count a round, given what the same solve without its actions came to."""
    unreadable = len(made.record.get("refused", ()))
    applied, nothing = len(made.applied), not made.proposals and not unreadable
    better = bool(made.kept) and made.after is not None and made.after.score < without
    counted = replace(
        found,
        asked=found.asked + 1,
        said_nothing=found.said_nothing + nothing,
        rightly=found.rightly + (nothing and rightly),
        proposals=found.proposals + len(made.proposals) + unreadable,
        legal=found.legal + sum(one.decision != "refused" for one in made.proposals),
        applied=found.applied + applied,
        useful=found.useful + applied * better,
        accepted=found.accepted + applied * bool(made.kept),
        rolled_back=found.rolled_back + (not made.kept),
        model=f"{made.record['model']}, prompt {made.record['prompt']}" if "model" in made.record else "",
    )
    return _with_spent(counted, made.record, made.asking)


def _with_spent(found: Trial, record: Mapping[str, Any], seconds: float) -> Trial:
    """Add what an answer cost, where somebody counts it."""
    tokens = [record[key] for key in ("tokens_in", "tokens_out") if record.get(key) is not None]
    usd = record.get("usd")
    return replace(
        found,
        tokens=(found.tokens or 0) + sum(tokens) if tokens else found.tokens,
        usd=(found.usd or 0.0) + usd if usd is not None else found.usd,
        seconds=found.seconds + float(record.get("seconds", seconds)),
    )
