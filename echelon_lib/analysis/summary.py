"""The result in a few numbers and one sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from echelon_lib.analysis.quality import LINES, QualityMeasures, quality
from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import TARGET, below_target, utilisation_by_section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate
from echelon_lib.solvers.result import LevelResult, Result, Status


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person asks first; None where nothing is known.

    Parameters
    ----------
    first_line
        The outcome in one sentence.
    status
        Status of the result; None for a timetable without a result.
    requests, met, filled
        Requests, those served with their primary course, and those served with any of their courses.
    students, complete
        Students who ask for anything, and those all of whose requests are filled.
    sections, placed
        Sections, and those all of whose meetings have a period.
    seats, enrolled, utilisation
        Seats, students in them, and enrolled ÷ seats.
    below_target, structural
        Sections under 75 % of their seats, and those of them that no timetable could help.
    broken
        Amount by which required rules are broken.
    cost, bound, gap, proven
        Cost of each level; bound and gap of the first; the levels proven.
    seconds, solver
        How long it took, and who solved it.
    core, core_filled
        Requests for courses that are needed to graduate, and those of them that are filled.
    meetings, meetings_placed
        Meetings, and those that have a place.
    quality
        Measures of a timetable that nobody's requests decide, as at a university; None at a school.
    """

    first_line: str
    status: str | None
    requests: int
    met: int | None
    filled: int | None
    students: int
    complete: int | None
    sections: int
    placed: int | None
    seats: int
    enrolled: int | None
    utilisation: float | None
    below_target: int | None
    structural: int | None
    broken: int | None
    cost: tuple[int, ...] | None
    bound: int | None
    gap: float | None
    proven: tuple[int, ...]
    seconds: float | None
    solver: str | None
    core: int = 0
    core_filled: int | None = None
    meetings: int = 0
    meetings_placed: int | None = None
    quality: QualityMeasures | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the numbers by name, ready for ``result.json``."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [self.first_line]
        if self.quality is not None:
            for name, line in LINES.items():
                value = getattr(self.quality, name)
                if value is not None:
                    lines.append(f"├─ {line.title.lower()}: {value:.2f} {line.unit}")
        if self.met is not None and self.requests:
            lines.append(f"├─ requests: {self.requests}, met {self.met}, filled {self.filled}")
            if self.core:
                lines.append(f"├─ core requests: {self.core}, filled {self.core_filled}")
            lines.append(f"├─ students: {self.students}, complete {self.complete}")
        if self.enrolled is not None and self.quality is None:
            lines.append(f"├─ sections: {self.sections}, placed {self.placed}")
            if self.seats:
                lines.append(f"├─ seats: {self.seats}, used {percent(self.enrolled, self.seats)}")
            lines.append(f"├─ below {TARGET} %: {self.below_target}, structural {self.structural}")
        proven = f", proven levels: {', '.join(map(str, self.proven))}" if self.proven else ""
        cost = "unknown" if self.cost is None else ", ".join(map(str, self.cost))
        lines.append(f"└─ cost by level: {cost}{proven}")
        return "\n".join(lines)


def summary(problem: Problem, answer: Result | Timetable) -> Summary:
    """Return the numbers and the first line of a result, or of a timetable from anywhere.

    Parameters
    ----------
    problem
        The problem that was solved.
    answer
        A result, with what it knows of bounds; or a timetable, of which nothing is proven.
    """
    result = answer if isinstance(answer, Result) else None
    timetable = answer.best if isinstance(answer, Result) else answer
    evaluation = None if result is None else result.evaluation
    if timetable is not None and evaluation is None:
        evaluation = evaluate(problem, timetable)
    seats = sum(section.seats or 0 for section in problem.sections.values())
    enrolled = placed = low = structural = None
    if (
        timetable is not None and not problem.groups
    ):  # who sits in what is given there, and seats are the rooms'
        enrolled = int(utilisation_by_section(problem, timetable)["Enrolled"].sum())
        table = below_target(problem, timetable)
        low, structural = len(table), int(table["Structural"].sum())
    if timetable is not None:
        placed = sum(
            all(meeting.id in timetable.placements for meeting in section.meetings)
            for section in problem.sections.values()
        )
    known = evaluation is not None and timetable is not None
    measures = quality(problem, timetable) if timetable is not None and problem.groups else None
    there = None
    if timetable is not None:
        there = sum(meeting in timetable.placements for meeting in problem.meetings)
    return Summary(
        first_line=first_line(problem, evaluation if known else None, result, measures, there),
        status=None if result is None else result.status.value,
        requests=len(problem.requests),
        met=evaluation.met if evaluation and known else None,
        filled=evaluation.filled if evaluation and known else None,
        students=len(problem.requests_of),
        complete=evaluation.complete if evaluation and known else None,
        sections=len(problem.sections),
        placed=placed,
        seats=seats,
        enrolled=enrolled,
        utilisation=enrolled / seats if enrolled is not None and seats else None,
        below_target=low,
        structural=structural,
        broken=sum(evaluation.required.values()) if evaluation and known else None,
        cost=evaluation.cost if evaluation and known else None,
        bound=None if result is None else result.bound,
        gap=None if result is None else result.gap,
        proven=() if result is None else result.proven,
        seconds=None if result is None else result.runtime,
        solver=None if result is None else result.solver,
        core=sum(request.core for request in problem.requests),
        core_filled=core_filled(evaluation) if evaluation and known else None,
        meetings=len(problem.meetings),
        meetings_placed=there,
        quality=measures,
    )


def core_filled(evaluation: Evaluation) -> int:
    """Return how many requests for core courses are filled with any of their courses."""
    return sum(one.request.core and one.rank is not None for one in evaluation.served)


def first_line(
    problem: Problem,
    evaluation: Evaluation | None,
    result: Result | None,
    measures: QualityMeasures | None = None,
    placed: int | None = None,
) -> str:
    """Return the outcome in one sentence, without a full stop.

    Parameters
    ----------
    problem, evaluation, result
        The problem, what the evaluator says of a timetable, and the result that it comes from, if any.
    measures, placed
        Quality and number of placed meetings of the timetable of a university.
    """
    if evaluation is None:
        return _without_timetable(result)
    if evaluation.requests:
        said = (
            f"{percent(evaluation.met, evaluation.requests)} of requests met, "
            f"{percent(evaluation.complete, evaluation.students)} of students complete"
        )
    elif measures is not None:
        said = _placed_well(problem, measures, placed)
    else:
        said = f"{len(problem.sections)} sections, no requests"
    if not evaluation.feasible:
        rules = ", ".join(f"{name} ({amount})" for name, amount in sorted(evaluation.required.items()))
        return f"{said}, but required rules are broken: {rules}"
    limit = _limit(problem, evaluation, result)
    return f"{said}, {limit}" if limit else said


def _placed_well(problem: Problem, measures: QualityMeasures, placed: int | None) -> str:
    """Say how many sessions have a place, and how good their places are."""
    said = f"{placed or 0:,} of {len(problem.meetings):,} sessions placed"
    if measures.faculty_preference is not None:
        said += f", {measures.faculty_preference:.1f} % of hours as the faculty prefer"
    if measures.student_compactness is not None:
        said += f", days of students {measures.student_compactness:.2f} of 10 compact"
    return said


def _without_timetable(result: Result | None) -> str:
    because = f": {result.notes[0].rstrip('.')}" if result and result.notes else ""
    if result is not None and result.status is Status.INFEASIBLE:
        return f"No timetable can keep all required rules{because}"
    if result is not None and result.status is Status.CANCELLED:
        return "Cancelled before a timetable was found"
    return "No timetable was found, and none is proven impossible"


def _limit(problem: Problem, evaluation: Evaluation, result: Result | None) -> str | None:
    """Say what no schedule can pass, as far as the bound of the first level bears it out."""
    level = result.levels[0] if result is not None and result.levels else None
    if level is not None and level.bound is not None and level.bound > evaluation.cost[0]:
        return None  # a bound above the evaluated cost is a mismatch: it proves nothing
    if (level is not None and level.proven) or (
        evaluation.requests and evaluation.met == evaluation.requests
    ):
        levels = result.levels if result is not None else ()
        # Where nobody says how far they can fall, only costs of 0 are known to be the least.
        further = any(not one.proven for one in levels) if levels else any(evaluation.cost[1:])
        return f"and no schedule can do better{' on requests' if further else ''} (proven)"
    if level is None or level.bound is None or not _only_requests(evaluation, level):
        return None
    if level.bound <= 0:
        return "no schedule can pass 100 %"
    weights = {request.weight for request in problem.requests}
    each = problem.policy.requests.weight * next(iter(weights), 0)
    if len(weights) == 1 and each > 0:
        # Whatever is not met costs its weight at most, so this many at least are not met.
        unmet = -(-level.bound // each)
        passed = percent(max(0, evaluation.requests - unmet), evaluation.requests, up=True)
        return f"no schedule can pass {passed}"
    total = problem.request_weight
    if total <= 0 or level.bound > total:
        return None
    return f"no schedule can pass {percent(total - level.bound, total, up=True)} of the request weight"


def _only_requests(evaluation: Evaluation, level: LevelResult) -> bool:
    """Return whether the bound speaks of the requests alone."""
    if level.terms:
        return set(level.terms) <= {UNMET}
    return all(name == UNMET for name, term in evaluation.terms.items() if term.level == level.level)
