"""Arithmetic before solving: what cannot work, what will be lost and what looks wrong in the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from echelon_lib.checks.choices import as_chosen, without_choices
from echelon_lib.checks.days import even_days, labs_apart
from echelon_lib.checks.demand import lost, low_demand, minimum_demand, short_courses
from echelon_lib.checks.finding import Facts, Finding, Severity
from echelon_lib.checks.limits import collisions, constant, odd_limits
from echelon_lib.checks.lists import RequestNote, list_findings, remarks, request_lists
from echelon_lib.checks.people import grades, graduation, locks
from echelon_lib.checks.placing import attendees, domains, per_time
from echelon_lib.checks.rooms import nowhere, room_hours, too_many_people
from echelon_lib.checks.university import (
    PRICE_THEM,
    PRICED,
    full_weeks,
    only_priced,
    overfull,
    required_in_vain,
    unstaffed,
    weekly_hours,
)
from echelon_lib.domain.problem import Problem

__all__ = [
    "PRICED",
    "PRICE_THEM",
    "Finding",
    "RequestNote",
    "Severity",
    "impossible",
    "obstacles",
    "preflight",
    "request_lists",
    "required_in_vain",
]

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}

_PROOFS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    domains,
    nowhere,
    attendees,
    full_weeks,
    weekly_hours,
    unstaffed,
    too_many_people,
    room_hours,
    per_time,
    labs_apart,
    even_days,
    constant,
    collisions,
    minimum_demand,
    locks,
    graduation,
)
_CHECKS = (
    *_PROOFS,
    lost,
    short_courses,
    grades,
    list_findings,
    remarks,
    overfull,
    only_priced,
    odd_limits,
    low_demand,
)


def preflight(problem: Problem) -> tuple[Finding, ...]:
    """Check a problem by arithmetic, without searching for a timetable.

    Parameters
    ----------
    problem
        Any problem that could be made.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then information. Findings overlap: one unmet request can settle two of
        them, so their numbers must not be added.
    """
    found = _weighed(problem, _CHECKS)
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))


def obstacles(problem: Problem) -> tuple[Finding, ...]:
    """Return the errors of ``preflight`` without its other findings, in a fraction of the time."""
    return impossible(_weighed(problem, _PROOFS))


def _weighed(problem: Problem, checks: Sequence[Callable[[Facts], Iterator[Finding]]]) -> list[Finding]:
    """Return what checks find, where an error is one whichever faculty were chosen for what is left open."""
    facts = Facts(problem)
    found = [finding for check in checks for finding in check(facts)]
    if not problem.choices or not impossible(found):
        return found
    facts = Facts(without_choices(problem))
    proofs = impossible(finding for check in _PROOFS for finding in check(facts))
    weighed = [
        as_chosen(problem, finding) if finding.severity == "error" and finding not in proofs else finding
        for finding in found
    ]
    return [*(proof for proof in proofs if proof not in found), *weighed]


def impossible(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that prove that no timetable keeps all required rules."""
    return tuple(finding for finding in findings if finding.severity == "error")
