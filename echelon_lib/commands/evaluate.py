"""``echelon evaluate``: score a timetable from anywhere."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, FAILED, guarded
from echelon_lib.commands.screen import FOLDER, RULES, Screen


@guarded
def evaluate(
    folder: Annotated[str, typer.Argument(help=FOLDER, show_default=False)],
    run: Annotated[
        Path,
        typer.Argument(
            help="Folder with timetable.csv, or with Master_Schedule.csv and Student_Assignments.csv.",
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
    from echelon_lib.analysis.quality import quality_table
    from echelon_lib.runs.assess import assess
    from echelon_lib.runs.institution import institution_of, rules_at

    given = None if rules is None else rules_at(institution_of(folder), rules)
    found = assess(folder, run, given, accept_headers=accept_headers)
    score = found.evaluation
    listed = list(islice(score.violations(), violations))
    total = sum(1 for _ in score.violations())
    code = DONE if score.feasible and not found.mismatches else FAILED
    screen = Screen(as_json=as_json)
    screen.say(found.summary.first_line, bold=True)
    screen.say("Feasible: every required rule is kept." if score.feasible else "Not feasible.")
    paid = cost_table(score)
    if len(paid):
        screen.frame(paid)
    else:
        screen.say("No price is paid.")
    measures = found.summary.quality
    if measures is not None:
        screen.frame(quality_table({"Value": measures})[["Measure", "Value", "Unit"]].round(2))
    screen.say(f"Cost by level: {', '.join(f'{cost:,}' for cost in score.cost)}")
    if listed:
        screen.say(f"\nViolations, {len(listed)} of {total}:")
        for one in listed:
            price = "required" if one.enforcement.required else f"cost {one.cost:,}"
            screen.say(f"  {one.rule} ({price}): {one.sentence}")
    for note in found.notes:
        screen.say(note)
    for mismatch in found.mismatches:
        screen.say(f"Mismatch: {mismatch}", bold=True)
    screen.document(
        {
            "exit_code": code,
            "first_line": found.summary.first_line,
            "feasible": score.feasible,
            "required": dict(score.required),
            "terms": {
                term.name: {"level": term.level, "amount": term.amount, "cost": term.cost}
                for term in score.terms.values()
            },
            "cost": list(score.cost),
            "requests": score.requests,
            "met": score.met,
            "filled": score.filled,
            "students": score.students,
            "complete": score.complete,
            "quality": None if measures is None else asdict(measures),
            "mismatches": list(found.mismatches),
            "notes": list(found.notes),
            "violations_found": total,
            "violations": [
                {
                    "rule": one.rule,
                    "required": one.enforcement.required,
                    "amount": one.amount,
                    "cost": one.cost,
                    "sentence": one.sentence,
                }
                for one in listed
            ],
        }
    )
    return code
