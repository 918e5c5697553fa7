"""``echelon evaluate`` for a university: cost, what is broken, and the measures of quality."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from pathlib import Path

from echelon_lib.commands.errors import DONE, FAILED
from echelon_lib.commands.scores import say_violations, scored, violations_of
from echelon_lib.commands.screen import Screen


def evaluate_university(
    folder: str, run: Path, rules: str | None, accept_headers: bool, violations: int, *, as_json: bool
) -> int:
    """Score the ``timetable.csv`` of a university, whoever made it; return the exit code."""
    from echelon_lib.analysis.outcome import cost_table
    from echelon_lib.analysis.quality import quality, quality_table
    from echelon_lib.formats.university_timetable import read_timetable
    from echelon_lib.runs.institutions import read_institution
    from echelon_lib.scoring.evaluate import evaluate

    problem = read_institution(folder, rules, accept_headers=accept_headers).problem
    timetable = read_timetable(run, problem)
    score, measures = evaluate(problem, timetable), quality(problem, timetable)
    listed = list(islice(score.violations(), violations))
    code = DONE if score.feasible else FAILED
    screen = Screen(as_json=as_json)
    placed, meetings = len(timetable.placements), len(problem.meetings)
    screen.say(f"{placed:,} of {meetings:,} sessions are placed; the cost is {sum(score.cost):,}.", bold=True)
    screen.say("Feasible: every required rule is kept." if score.feasible else "Not feasible.")
    screen.frame(cost_table(score))
    shown = quality_table({"Value": measures}).drop(columns=["Better", "Formula"])
    screen.frame(shown.round({"Value": 2}))
    say_violations(screen, score, listed)
    screen.document(
        {
            "exit_code": code,
            "kind": "university",
            **scored(score),
            "sessions": meetings,
            "placed": placed,
            "quality": asdict(measures),
            **violations_of(score, listed),
        }
    )
    return code
