"""Late changes and questions measured: how long they take, and how much a repair changes.

One school is made and solved; then each kind of change is repaired, and each kind of question asked, several
times at places drawn at random. Every answer is scored by the evaluator.
"""

from __future__ import annotations

import random
import resource
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.family import generate_family
from echelon_lib.late_changes import (
    LateChange,
    RequestReplaced,
    SeatsChanged,
    SectionAdded,
    SectionDropped,
    StudentJoins,
    StudentLeaves,
    TeacherAway,
    TeacherLost,
    with_changes,
)
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import load_school, school_of
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.choose import solve
from echelon_lib.search.repair import repair, warm_up_repair
from echelon_lib.search.suggest import Workbench, warm_up_questions

COLUMNS = (
    "Instance",
    "What",
    "Times",
    "Seconds, median",
    "Seconds, most",
    "Changed elsewhere, median",
    "Changed elsewhere, most",
    "Requests lost, median",
    "Checked",
    "MiB",
)


@dataclass
class _Row:
    """Measurements of one kind."""

    instance: str
    what: str
    seconds: list[float]
    shares: list[float]
    lost: list[int]
    wrong: int = 0

    def cells(self) -> tuple[str, ...]:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        digits = 1 if max(self.seconds) >= 10 else 3
        return (
            self.instance,
            self.what,
            str(len(self.seconds)),
            f"{statistics.median(self.seconds):.{digits}f}",
            f"{max(self.seconds):.{digits}f}",
            f"{100 * statistics.median(self.shares):.3f} %" if self.shares else "–",
            f"{100 * max(self.shares):.3f} %" if self.shares else "–",
            f"{statistics.median(self.lost):g}" if self.lost else "–",
            f"{self.wrong} wrong" if self.wrong else "all as said",
            f"{memory:.0f}",
        )


def measure(
    sizes: Sequence[int],
    *,
    times: int = 5,
    questions: int = 200,
    seconds: float = 60.0,
    seeds: Sequence[int] = (0,),
) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``COLUMNS`` for each size and seed, and each kind of change or question.

    Parameters
    ----------
    sizes
        Students of the schools, of the family ``realistic``.
    times, questions
        Changes of each kind, and moves of sections that are asked about.
    seconds
        Time of the solve whose timetable is changed afterwards.
    seeds
        Seeds of school, solver and draws.
    """
    warm_up_repair()
    warm_up_questions()
    for students, seed in product(sizes, seeds):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "school"
            generate_family("realistic", students=students, seed=seed).write(folder)
            problem = load_school(folder, SchoolRules.from_toml(folder / "rules.toml"))
        best = solve(problem, stop=seconds, seed=seed).best
        if best is None:
            continue
        name = f"realistic {students:,}, seed {seed}"
        yield from _repairs(name, problem, best, times, seed)
        yield from _questions(name, problem, best, questions, seed)


def _repairs(
    name: str, problem: Problem, best: Timetable, times: int, seed: int
) -> Iterator[tuple[str, ...]]:
    dice = random.Random(seed)
    for what, draw in _draws(problem, best, dice).items():
        row = _Row(name, what, [], [], [])
        for number in range(times):
            changed = with_changes(problem, draw()).problem
            begun = perf_counter()
            done = repair(changed, best, old=problem, seed=seed + number)
            row.seconds.append(perf_counter() - begun)
            row.shares.append(done.share)
            row.lost.append(len(done.lost))
            row.wrong += not evaluate(changed, done.timetable).feasible
        yield row.cells()


def _draws(
    problem: Problem, best: Timetable, dice: random.Random
) -> dict[str, Callable[[], list[LateChange]]]:
    """Return for each kind of change what draws one."""
    files = school_of(problem).files
    size = Counter(row.course for row in files.sections)
    several = [row for row in files.sections if size[row.course] > 1] or list(files.sections)
    single = [row for row in files.sections if size[row.course] == 1 and row.teacher]
    students = {row.id: row for row in files.students}

    def joins() -> list[LateChange]:
        like = dice.choice(files.preferences)
        told = students[like.student]
        wishes = tuple("|".join(wish) for wish in like.requests)
        return [StudentJoins(student="new", requests=wishes, sped=told.sped, details=dict(told.extra))]

    def replaces() -> list[LateChange]:
        """An elective for another one that a student with the same list length of the same grade asks for."""
        while True:
            row, other = dice.choice(files.preferences), dice.choice(files.preferences)
            mine = {wish[0] for wish in row.requests}
            new = other.requests[-1][0]
            if new not in mine and students[row.student].extra == students[other.student].extra:
                return [RequestReplaced(student=row.student, course=row.requests[-1][0], by=new)]

    def away() -> list[LateChange]:
        row = dice.choice(single)
        period = problem.calendar.name(best.placements[row.id].time)
        return [TeacherAway(teacher=row.teacher or "", periods=(period,))]

    return {
        "student joins": joins,
        "student leaves": lambda: [StudentLeaves(student=dice.choice(files.preferences).student)],
        "elective replaced": replaces,
        "teacher lost, sections unstaffed": lambda: [TeacherLost(teacher=dice.choice(single).teacher or "")],
        "teacher away where a singleton is": away,
        "section of several dropped": lambda: [SectionDropped(section=dice.choice(several).id)],
        "section added": lambda: [_one_more(dice.choice(several).course, files.sections[0].seats)],
        "five seats fewer": lambda: [
            SeatsChanged(section=(row := dice.choice(several)).id, seats=max(0, row.seats - 5))
        ],
    }


def _one_more(course: str, seats: int) -> SectionAdded:
    return SectionAdded(section="one more", course=course, seats=seats)


def _questions(
    name: str, problem: Problem, best: Timetable, questions: int, seed: int
) -> Iterator[tuple[str, ...]]:
    dice = random.Random(seed)
    row = _Row(name, "workbench made", [], [], [])
    for _ in range(3):
        begun = perf_counter()
        bench = Workbench(problem, best)
        row.seconds.append(perf_counter() - begun)
    yield row.cells()
    was = evaluate(problem, best)
    names = [period.name for period in problem.calendar.periods]
    row = _Row(name, "cost of moving a section", [], [], [])
    while len(row.seconds) < questions:
        section, period = dice.choice(list(problem.sections)), dice.choice(names)
        begun = perf_counter()
        offer = bench.move_cost(section, period)
        took = perf_counter() - begun
        if offer.timetable is not None:
            row.seconds.append(took)
            now = evaluate(problem, offer.timetable)
            pairs = zip(now.cost, was.cost, strict=True)
            row.wrong += offer.cost != tuple(new - old for new, old in pairs) or not now.feasible
    yield row.cells()
    # A wish beyond what is asked: each student drawn misses a course of somebody of the same grade.
    row = _Row(name, "suggestions for a new wish", [], [], [])
    files = school_of(problem).files
    students = {one.id: one for one in files.students}
    while len(row.seconds) < 20:
        mine, other = dice.choice(files.preferences), dice.choice(files.preferences)
        course = other.requests[-1][0]
        if students[mine.student].extra != students[other.student].extra or course in {
            wish[0] for wish in mine.requests
        }:
            continue
        last = mine.requests[-1][0]
        changed = with_changes(
            problem, [RequestReplaced(student=mine.student, course=last, by=course)]
        ).problem
        gone = {id for id in best.enrolments[mine.student] if problem.course_of[id].id == last}
        start = Timetable(
            best.placements, {**best.enrolments, mine.student: best.enrolments[mine.student] - gone}
        )
        bench, was = Workbench(changed, start), evaluate(changed, start)
        begun = perf_counter()
        offers = bench.suggestions(mine.student, course)
        row.seconds.append(perf_counter() - begun)
        for offer in offers:
            if offer.timetable is not None:
                now = evaluate(changed, offer.timetable)
                pairs = zip(now.cost, was.cost, strict=True)
                row.wrong += offer.cost != tuple(new - old for new, old in pairs)
                row.wrong += dict(offer.required) != dict(now.required)
    yield row.cells()


def markdown(how: str, rows: Sequence[Sequence[str]]) -> str:
    """Return rows of ``COLUMNS`` as a page of Markdown that says how it was made."""
    legend = (
        "Seconds are of one repair or question, without reading, writing and first compilation. *Changed "
        "elsewhere* is the share of all enrolments that changed outside the sections that were touched: at "
        "most 0.5 % is aimed at. Where neither price nor cap is said, a change beyond one enrolment in 200 "
        "costs more than an elective weighs; core requests, and students who follow a section that had to "
        "move, may still bring it above; "
        "*checked* says whether the evaluator confirms every answer: that repairs keep the required rules, "
        "and that offers cost exactly what they say. MiB are the greatest resident memory of the process so "
        "far, the solve before included."
    )
    lines = ["# Repairs and suggestions", "", f"Made by `{how}`.", "", legend, ""]
    lines += ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
