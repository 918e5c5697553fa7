"""All that is taught at a made-up university, drawn until it is as large as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from echelon_lib.generate.university.courses import Catalogue, draw_catalogue
from echelon_lib.generate.university.draws import Dice
from echelon_lib.generate.university.reference import Size
from echelon_lib.generate.university.sections import draw_sections
from echelon_lib.generate.university.sessions import Teaching, draw_sessions
from echelon_lib.generate.university.students import Cohorts, draw_cohorts

_NEAR_ENOUGH = 0.02
_MOST_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Courses, students and sessions."""

    catalogue: Catalogue
    cohorts: Cohorts
    teaching: Teaching


def draw_plan(seed: int, departments: int, size: Size, lighter: int = 0) -> Plan:
    """Draw until the figures are near those of ``size``; the nearest of many draws where none is.

    Parameters
    ----------
    lighter
        Hours by which the heaviest years are kept below what is usual.
    """
    best: tuple[float, Plan] | None = None
    for draw in range(_MOST_DRAWS):
        dice = Dice(seed, departments, lighter, draw)
        catalogue = draw_catalogue(dice, departments, size.courses, lighter)
        cohorts = draw_cohorts(dice, departments, size.students)
        sections = draw_sections(dice, catalogue, cohorts)
        plan = Plan(catalogue, cohorts, draw_sessions(dice, catalogue, sections))
        off = _distance(plan.teaching, size)
        if best is None or off < best[0]:
            best = off, plan
        if off <= _NEAR_ENOUGH:
            break
    assert best is not None
    return best[1]


def _distance(teaching: Teaching, size: Size) -> float:
    """Return by which part the figure that is farthest off differs."""
    figures = (
        (len(teaching.course), size.sections),
        (len(teaching.group), size.sessions),
        (int(teaching.length.sum()), size.hours),
        (teaching.entries, size.entries),
    )
    return max(abs(found / wanted - 1) for found, wanted in figures)
