"""``echelon check``: read a school or a university and say what cannot work, before anything is solved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import DONE, NOTHING, guarded
from echelon_lib.commands.screen import FOLDER, RULES, Screen, clean
from echelon_lib.domain.errors import DataError, Issue

if TYPE_CHECKING:
    from echelon_lib.domain.problem import Problem
    from echelon_lib.preflight import Finding, RequestNote
    from echelon_lib.runs.institution import Files

SHOWN = 20
"""Lines of one kind on a terminal; the report has them all."""

_TITLES = {
    "error": "Errors: no timetable can keep all required rules",
    "warning": "Warnings: requests will be lost, or the data look wrong",
    "info": "Worth knowing",
}


@guarded
def check(
    folder: Annotated[str, typer.Argument(help=FOLDER, show_default=False)],
    rules: Annotated[str | None, typer.Option(help=RULES, show_default=False)] = None,
    accept_headers: Annotated[
        bool, typer.Option("--accept-headers", help="Take column titles that nearly fit.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="New text file for the whole report.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Read a school or a university and check it by arithmetic.

    Ends with 2 when the data cannot be used and with 3 when no timetable is possible.
    """
    from echelon_lib.preflight import impossible, preflight, request_lists
    from echelon_lib.runs.institution import (
        institution_of,
        institution_of_rules,
        read_institution,
        rules_at,
    )

    if out is not None and (out.exists() or out.is_symlink()):
        raise DataError([_taken(out)])
    given = rules_at(institution_of(folder), rules)
    found = read_institution(folder, given, accept_headers=accept_headers)
    files, problem = found.files, found.problem
    findings = preflight(problem)
    notes = request_lists(problem)
    code = NOTHING if impossible(findings) else DONE
    if out is not None:
        whole = "\n".join(clean(line) for line in _report(files, problem, findings, notes, None))
        try:
            with out.open("x", encoding="utf-8", newline="\n") as file:
                file.write(whole + "\n")
        except FileExistsError:
            raise DataError([_taken(out)]) from None
    screen = Screen(as_json=as_json)
    for line in _report(files, problem, findings, notes, SHOWN):
        screen.say(line)
    if out is not None:
        screen.say(f"\nThe whole report: {out}")
    screen.document(
        {
            "exit_code": code,
            "institution": institution_of_rules(given),
            "read": files.counts(),
            "possible": code == DONE,
            "findings": [
                {
                    "severity": one.severity,
                    "rule": one.rule,
                    "place": one.place,
                    "message": one.message,
                    "suggestion": one.suggestion,
                    "numbers": dict(one.numbers),
                    "students": _students(problem, one),
                }
                for one in findings
            ],
            "request_lists": [
                {
                    "student": one.student,
                    "trouble": one.trouble,
                    "courses": list(one.courses),
                    "sentence": one.sentence,
                    "suggestion": one.suggestion,
                }
                for one in notes
            ],
        }
    )
    return code


def _taken(out: Path) -> Issue:
    return Issue(f"{str(out)!r} exists already, and nothing is overwritten", cure="choose another name.")


def _report(
    files: Files,
    problem: Problem,
    findings: Sequence[Finding],
    notes: Sequence[RequestNote],
    shown: int | None,
) -> Iterator[str]:
    """Yield the lines of the report, of each kind at most so many."""
    from echelon_lib.checks.finding import counted

    yield "Read:"
    yield from (f"  {line}" for line in files.summary())
    if not findings:
        yield "\nNothing was found that stands in the way."
    for severity, title in _TITLES.items():
        group = [finding for finding in findings if finding.severity == severity]
        if group:
            yield f"\n{title} ({len(group)})"
            yield from _shortened([_finding(problem, finding, shown) for finding in group], shown)
    if notes:
        students = len({note.student for note in notes})
        yield f"\nRequest lists that counsellors should look at ({counted(students, 'student')})"
        for trouble, count in Counter(note.trouble for note in notes).items():
            yield f"  {trouble}: {count}"
        yield from _shortened([_note(note) for note in notes], shown)


def _finding(problem: Problem, finding: Finding, shown: int | None) -> str:
    """Return a finding with the students whom it counts: this report is for the user, and is no log."""
    from echelon_lib.checks.finding import listed

    text = "  " + str(finding).removeprefix(f"{finding.severity}: ").replace("\n", "\n  ")
    who = _students(problem, finding)
    return f"{text}\n    Students: {listed(who, shown or len(who))}" if who else text


def _students(problem: Problem, finding: Finding) -> list[str]:
    """Return the students of a university whom a finding is about."""
    known = problem.attendee
    return [one for one in finding.who if one in known and known[one].word == "student"]


def _note(note: RequestNote) -> str:
    return f"  {note.student}: {note.sentence}\n    Maybe {note.suggestion}"


def _shortened(lines: Sequence[str], shown: int | None) -> Iterator[str]:
    if shown is None or len(lines) <= shown:
        yield from lines
        return
    yield from lines[:shown]
    yield f"  … and {len(lines) - shown} more; --out report.txt writes them all"
