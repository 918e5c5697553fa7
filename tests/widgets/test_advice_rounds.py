"""What the page says of changes: better, worse or as before, in words that never flatter."""

from __future__ import annotations

import pytest

from echelon_lib.runs.rounds import Figures, Round
from echelon_lib.widgets.advice_rounds import judged

BEFORE = Figures(unmet=100, surplus=4, shortfall=30, requests=50, met=49, sections=20, below_target=6)


def came_to(*, kept: bool = True, **after: int) -> Round:
    then = BEFORE.model_copy(update=after)
    return Round(number=1, adviser="rules", before=BEFORE, after=then, kept=kept, note="as it is")


@pytest.mark.parametrize(
    ("made", "tone", "verdict"),
    [
        (came_to(surplus=2, sections=18), "good", "better"),
        (came_to(unmet=0, met=50, surplus=9), "good", "better"),
        (came_to(), "plain", "neither better nor worse"),
        (came_to(unmet=200, met=48, surplus=0, kept=False), "warning", "worse"),
        (came_to(surplus=2, kept=False), "error", "a required rule is broken"),
        (Round(number=1, adviser="rules", before=BEFORE, kept=False), "error", "no timetable was found"),
    ],
)
def test_the_verdict(made: Round, tone: str, verdict: str) -> None:
    found = judged(made)
    assert found[0] == tone
    assert verdict in found[1]


def test_the_differences() -> None:
    more = judged(came_to(unmet=200, met=48, sections=21, kept=False))[2]
    assert more == "Requests met: 1 fewer.\nSections: 1 more.\nSections under 75 %: as many as before."
