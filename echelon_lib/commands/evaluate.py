"""``echelon evaluate``: score a timetable from anywhere."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, FAILED, guarded
from echelon_lib.commands.scores import say_violations, scored, violations_of
from echelon_lib.commands.screen import ANY_FOLDER, RULES, Screen


@guarded
def evaluate(
    folder: Annotated[str, typer.Argument(help=ANY_FOLDER, show_default=False)],
    run: Annotated[
        Path,
        typer.Argument(
            help="Folder with Master_Schedule.csv and Student_Assignments.csv, or the timetable.csv of a "
            "university.",
            show_default=False,
        ),
    ],
    rules: Annotated[
        str | None,
        typer.Option(help=RULES, show_default="those of the run, if it names them"),
    ] = None,
    accept_headers: Annotated[
        bool, typer.Option("--accept-headers", help="Take column titles that nearly fit.")
    ] = False,
    violations: Annotated[int, typer.Option(min=0, help="Violations to list.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Score a timetable, whoever made it, and check what its result.json claims.

    Ends with 1 when a required rule is broken or a claim is not confirmed.
    """
    from echelon_lib.analysis.outcome import cost_table
    from echelon_lib.commands.evaluate_university import evaluate_university
    from echelon_lib.formats.university_csv import is_university
    from echelon_lib.runs.assess import assess
    from echelon_lib.school_rules import SchoolRules

    if is_university(folder):
        return evaluate_university(folder, run, rules, accept_headers, violations, as_json=as_json)
    given = None if rules is None else SchoolRules.from_toml(rules)
    found = assess(folder, run, given, accept_headers=accept_headers)
    score = found.evaluation
    listed = list(islice(score.violations(), violations))
    code = DONE if score.feasible and not found.mismatches else FAILED
    screen = Screen(as_json=as_json)
    screen.say(found.summary.first_line, bold=True)
    screen.say("Feasible: every required rule is kept." if score.feasible else "Not feasible.")
    paid = cost_table(score)
    if len(paid):
        screen.frame(paid)
    else:
        screen.say("No price is paid.")
    screen.say(f"Cost by level: {', '.join(f'{cost:,}' for cost in score.cost)}")
    say_violations(screen, score, listed)
    for note in found.notes:
        screen.say(note)
    for mismatch in found.mismatches:
        screen.say(f"Mismatch: {mismatch}", bold=True)
    screen.document(
        {
            "exit_code": code,
            "first_line": found.summary.first_line,
            **scored(score),
            "requests": score.requests,
            "met": score.met,
            "filled": score.filled,
            "students": score.students,
            "complete": score.complete,
            "mismatches": list(found.mismatches),
            "notes": list(found.notes),
            **violations_of(score, listed),
        }
    )
    return code
