"""Ten changes of a published university measured: seconds, sessions moved, and what cannot be kept.

One university is generated and solved; then changes are drawn at random, each draw from the same timetable.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.runs.reopen import reopen
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.choose import solve
from echelon_lib.search.university.engine import warm_up_university
from echelon_lib.search.university.resolve import resolve
from echelon_lib.search.university.resolve_account import UNPLACED, Resolved
from echelon_lib.search.university.stages import Stages
from echelon_lib.university import load_university
from echelon_lib.university_changes import (
    FacultyAway,
    FacultyLeaves,
    RoomCloses,
    UniversityChange,
    with_university_changes,
)

COLUMNS = (
    *("Draw", "Changes, s", "Re-solve, s", "Together, s", "Attempts", "Placed", "Unstaffed", "Clean"),
    *("Moved", "Share", "Only rooms"),
    *("Checked", "What is left, and why"),
)
LEGEND = (
    "In each draw four members of the faculty leave, three lose a day, and three rooms close. *Changes* are "
    "the seconds until the changed files are a problem and sections are handed over, *Re-solve* those until "
    "there is a timetable that the evaluator has scored, *Together* both; reading, writing and the one "
    "compilation do not count. *Placed*: every session has an hour and a room without a clash. *Unstaffed* "
    "are sections that nobody qualified has hours left for, which is known before the search and no hour can "
    "mend. "
    "*Clean*: both, and every other required rule. *Moved* are sessions at another hour, *Share* that of all "
    "sessions, *Only rooms* those that kept their hour. *Checked*: whether the evaluator finds the same on "
    "the changed university with nothing frozen."
)
LEAVE, AWAY, CLOSE = 4, 3, 3
"""Changes of a draw: faculty who leave, faculty who lose a day, and rooms that close."""
MOST_REASONS = 2
"""Reasons that a row gives."""


@dataclass(frozen=True)
class Drawn:
    """One draw and its answer."""

    number: int
    changing: float
    solving: float
    sessions: int
    done: Resolved
    unstaffed: int
    wrong: bool

    @property
    def together(self) -> float:
        """Seconds from the changes to the timetable."""
        return self.changing + self.solving

    @property
    def share(self) -> float:
        """Share of all sessions that is at another hour."""
        return self.done.counts["time"] / max(1, self.sessions)

    def cells(self) -> tuple[str, ...]:
        """Return the row of ``COLUMNS``."""
        left = [*(one.sentence for one in self.done.left), *self.done.broken]
        more = [f"{len(left) - MOST_REASONS:,} more"] if len(left) > MOST_REASONS else []
        return (
            str(self.number),
            f"{self.changing:.2f}",
            f"{self.solving:.2f}",
            f"{self.together:.2f}",
            str(self.done.seeds),
            "no" if self.done.left else "yes",
            str(self.unstaffed),
            "yes" if self.done.clean else "no",
            f"{self.done.counts['time']:,}",
            f"{100 * self.share:.2f} %",
            f"{self.done.counts['room']:,}",
            "wrong" if self.wrong else "as said",
            " ".join([*left[:MOST_REASONS], *more]) or "–",
        )


def measure(
    departments: int = 127,
    *,
    draws: int = 12,
    seconds: float = 60.0,
    limit: float = 5.0,
    seed: int = 0,
    run: Path | None = None,
) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``COLUMNS`` for each draw, then one for all of them.

    Parameters
    ----------
    departments, seed
        Size and seed of the university, which is also that of solver and draws.
    draws
        How often ten changes are drawn.
    seconds
        Time of the solve whose timetable is changed.
    limit
        Time that each re-solve may take.
    run
        A run whose timetable is taken in place of all that.
    """
    warm_up_university(Stages())
    problem, published = _published(departments, seconds, seed, run)
    found = []
    for number in range(1, draws + 1):
        found.append(_drawn(problem, published, number, limit, seed))
        yield found[-1].cells()
    yield _together(found)


def ten_changes(problem: Problem, dice: random.Random) -> list[UniversityChange]:
    """Return ten changes at random: of faculty who teach, and of rooms."""
    teaching = sorted({who for section in problem.sections.values() for who in problem.teachers_of(section)})
    people = dice.sample(teaching, min(len(teaching), LEAVE + AWAY))
    rooms = dice.sample(sorted(room.id for room in problem.rooms), min(len(problem.rooms), CLOSE))
    return [
        *(FacultyLeaves(faculty=who) for who in people[:LEAVE]),
        *(FacultyAway(faculty=who, day=dice.choice(problem.calendar.days)) for who in people[LEAVE:]),
        *(RoomCloses(room=room) for room in rooms),
    ]


def _published(departments: int, seconds: float, seed: int, run: Path | None) -> tuple[Problem, Timetable]:
    if run is not None:
        outcome = reopen(run)
        if outcome.result.best is None or not outcome.problem.groups:
            cure = "name a run of a university that has one?"
            raise DataError([Issue("the run has no timetable of a university", "--run", cure=cure)])
        return outcome.problem, outcome.result.best
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "university"
        generate_university(departments, seed=seed).write(folder)
        problem = load_university(folder)
    best = solve(problem, stop=seconds, seed=seed).best
    assert best is not None, "a generated university has a timetable"
    return problem, best


def _drawn(problem: Problem, published: Timetable, number: int, limit: float, seed: int) -> Drawn:
    changes = ten_changes(problem, random.Random(f"{seed}/{number}"))
    begun = perf_counter()
    changed = with_university_changes(problem, published, changes)
    ready = perf_counter()
    done = resolve(changed.problem, published, stop=limit, seed=seed)
    solving = perf_counter() - ready
    again = evaluate(changed.plain, done.timetable)
    wrong = (again.cost, again.required) != (done.evaluation.cost, done.evaluation.required)
    wrong |= again.required.get(UNPLACED, 0) != len(done.left)
    unstaffed = sum(not changed.plain.teachers_of(one) for one in changed.plain.sections.values())
    sessions = len(changed.problem.meetings)
    return Drawn(number, ready - begun, solving, sessions, done, unstaffed, wrong)


def _together(found: Sequence[Drawn]) -> tuple[str, ...]:
    """Return the row of all draws: medians, and in brackets the most."""

    def both(values: Sequence[float], digits: int, unit: str = "") -> str:
        return f"{median(values):.{digits}f}{unit} ({max(values):.{digits}f}{unit})"

    placed, clean = sum(not one.done.left for one in found), sum(one.done.clean for one in found)
    return (
        "median (most)",
        both([one.changing for one in found], 2),
        both([one.solving for one in found], 2),
        both([one.together for one in found], 2),
        both([one.done.seeds for one in found], 0),
        f"{placed} of {len(found)}",
        both([one.unstaffed for one in found], 0),
        f"{clean} of {len(found)}",
        both([one.done.counts["time"] for one in found], 0),
        both([100 * one.share for one in found], 2, " %"),
        both([one.done.counts["room"] for one in found], 0),
        "wrong" if any(one.wrong for one in found) else "as said",
        "",
    )
