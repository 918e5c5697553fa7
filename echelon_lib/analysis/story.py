"""How an answer came about and what is proven of it, in sentences."""

from __future__ import annotations

from echelon_lib.analysis.summary import Summary, summary
from echelon_lib.domain.problem import Problem
from echelon_lib.scoring.evaluate import Evaluation
from echelon_lib.solvers.result import LevelResult, Result, Status

MOST_TERMS = 4
"""Terms of a level that are named, at most."""

_WHO = {
    "in counts": "an exact model, in which students with equal request lists are counted together",
    "student by student": "an exact model of every single student",
    "annealing": "a search student by student: several at once, which move sections and students",
    "greedy": "the quick way, which never looks back",
}


def story(problem: Problem, result: Result, *, numbers: Summary | None = None) -> tuple[str, ...]:
    """Return who made an answer, what it reaches, and level by level what is proven of it.

    Parameters
    ----------
    problem, result
        The problem and its result, with a timetable or without.
    numbers
        What ``summary`` says of the result, if it is at hand.
    """
    known = numbers or summary(problem, result)
    sentences = [_maker(result)]
    if known.met is not None and known.complete is not None:
        sentences.append(
            f"{known.met:,} of {known.requests:,} requests are met, and {known.complete:,} of "
            f"{known.students:,} students are complete: they have all they ask for, or an alternate."
        )
    sentences += [_level(level, result.evaluation) for level in result.levels]
    return tuple(sentences)


def _maker(result: Result) -> str:
    who = next((text for word, text in _WHO.items() if word in result.solver), "")
    seconds = f"in {result.runtime:.0f} seconds" if result.runtime >= 1 else "within a second"
    if result.status is Status.CANCELLED:
        seconds += ", and was stopped then"
    if not who:
        return f"This comes from {result.solver}, {seconds}."
    return f"This comes from {who}: {result.solver}, {seconds}."


def _level(level: LevelResult, evaluation: Evaluation | None) -> str:
    what = "unmet requests" if level.level == 1 else "everything else that has a price"
    if level.cost is None:
        known = (
            "nothing is known" if level.bound is None else f"no timetable can cost less than {level.bound:,}"
        )
        return f"Level {level.level}, {what}: {known}."
    said = f"Level {level.level}, {what}: it costs {level.cost:,}"
    terms = [] if evaluation is None else [t for t in evaluation.terms.values() if t.level == level.level]
    priciest = sorted((term for term in terms if term.cost), key=lambda term: -term.cost)
    if level.level > 1 and priciest:
        said += f" ({', '.join(f'{term.name} {term.cost:,}' for term in priciest[:MOST_TERMS])}"
        said += ", …)" if len(priciest) > MOST_TERMS else ")"
    held = "" if level.level == 1 else " with the levels before as they are"
    if level.proven:
        return f"{said}, and no timetable{held} can cost less: proven."
    if level.bound is None:
        return f"{said}; how much less is possible{held} is not known."
    gap = "" if level.gap is None else f", a gap of {100 * level.gap:.3g} %"
    return f"{said}; no timetable{held} can cost less than {level.bound:,}{gap}."
