"""``echelon why``: why a section is where it is, why a student lacks a course, and what a change costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon_lib.commands.claude import CLAUDE, claude_settings, confirmed
from echelon_lib.commands.errors import DONE, NOTHING, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon_lib.advice.settings import ClaudeSettings
    from echelon_lib.domain.problem import Problem
    from echelon_lib.domain.timetable import Timetable
    from echelon_lib.runs.outcome import Outcome


@guarded
def why(
    run: Annotated[Path, typer.Argument(help="A run folder of a school.", show_default=False)],
    section: Annotated[
        str | None, typer.Option(help="Section of which one asks why it is there.", show_default=False)
    ] = None,
    student: Annotated[
        str | None, typer.Option(help="Student without a course, with --course.", show_default=False)
    ] = None,
    course: Annotated[
        str | None, typer.Option(help="Course that the student does not have.", show_default=False)
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="Time to look for the cheapest swap.")] = 5.0,
    claude: Annotated[Path | None, typer.Option(help=CLAUDE, show_default=False)] = None,
    send: Annotated[
        bool,
        typer.Option("--send", help="Let Claude say it of a section, in words without figures of students."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without being asked once more.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Say why a section is where it is, or why a student lacks a course, and what a change would cost.

    Nothing is changed. What is said of a student is personal: it names those who would have to move.
    """
    from echelon_lib.runs.reopen import reopen

    _one_question(section, student, course)
    if send and section is None:
        text = "of a single student nothing is ever sent to Claude"
        raise DataError([Issue(text, "--send", cure="leave it out?")])
    outcome = reopen(run, of="school")
    screen = Screen(as_json=as_json)
    for note in outcome.notes:
        screen.say(note)
    timetable = outcome.result.best
    if timetable is None:
        screen.say("The run has no timetable, so nothing can be said of it.")
        screen.document({"exit_code": NOTHING, "facts": []})
        return NOTHING
    if section is not None:
        settings = claude_settings(claude, send=send)
        approve = confirmed(screen, yes=yes) if settings.send else None
        found = _section(screen, outcome, timetable, section, settings, approve)
    else:
        whom = (student or "", course or "")
        found = _student(screen, outcome.problem, timetable, *whom, seconds, outcome.result.seed)
    screen.document({"exit_code": DONE, **found, "notes": list(outcome.notes)})
    return DONE


def _one_question(section: str | None, student: str | None, course: str | None) -> None:
    """Raise DataError unless a section, or a student and a course are asked about."""
    if section is not None and student is None and course is None:
        return
    if section is None and student is not None and course is not None:
        return
    cure = "echelon why RUN --section S, or echelon why RUN --student ID --course C?"
    raise DataError([Issue("one section, or one student and one course can be asked about", cure=cure)])


def _section(
    screen: Screen,
    outcome: Outcome,
    timetable: Timetable,
    section: str,
    settings: ClaudeSettings,
    approve: Callable[[str], bool] | None,
) -> dict[str, Any]:
    """Say why a section is where it is, in Claude's words where wanted, and what a move would cost."""
    from echelon_lib.search.where_else import HEADING, where_else
    from echelon_lib.search.why import why_here

    here = why_here(outcome.problem, timetable, section, seed=outcome.result.seed)
    words: dict[str, Any] = {}
    if approve is None:
        screen.say(here.facts[0], bold=True)
        for fact in here.facts[1:]:
            screen.say(fact)
    else:
        from echelon_lib.runs.retell import retold

        told = retold(outcome, here.facts, settings, approve=approve)
        screen.say(told.text)
        if told.note:
            screen.say(told.note)
        words = {
            "words": told.text,
            "by_claude": told.by_claude,
            "note": told.note,
            "record": dict(told.record),
        }
    _compile(screen)
    elsewhere = where_else(outcome.problem, timetable, section)
    if elsewhere.facts:
        screen.say(f"\n{HEADING}:", bold=True)
    for fact in elsewhere.facts:
        screen.say(fact)
    places = [
        {
            "period": place.period,
            "reason": place.reason,
            "clashing": place.clashing,
            "losing": place.losing,
            "cost": None if place.cost is None else list(place.cost),
        }
        for place in here.places
    ]
    return {
        "section": here.section,
        "course": here.course,
        "period": here.period,
        "places": places,
        "facts": list(here.facts),
        "moves": [
            {
                "period": period,
                "reason": offer.reason,
                "cost": None if offer.timetable is None else list(offer.cost),
                "sections": [list(one) for one in offer.sections],
                "students": len(offer.students),
                "lost": len(offer.lost),
                "gained": len(offer.gained),
            }
            for period, offer in elsewhere.offers.items()
        ],
        "move_facts": list(elsewhere.facts),
        **words,
    }


def _compile(screen: Screen) -> None:
    """Get ready what answers questions, and say so where that takes a while."""
    from echelon_lib.runs.compiling import compile_questions

    compile_questions(lambda name: screen.note(f"{name[0].upper()}{name[1:]} ..."))


def _student(
    screen: Screen,
    problem: Problem,
    timetable: Timetable,
    student: str,
    course: str,
    seconds: float,
    seed: int,
) -> dict[str, Any]:
    """Say why a student does not have a course, and what it would cost to give it."""
    from echelon_lib.search.suggest import suggested
    from echelon_lib.search.swap import cheapest_swap
    from echelon_lib.search.why import why_not

    reasons = why_not(problem, timetable, student, course)
    screen.say(reasons.facts[0], bold=True)
    for fact in reasons.facts[1:]:
        screen.say(fact)
    _compile(screen)
    offers = suggested(problem, timetable, student, course)
    if offers:
        screen.say("\nWhat would help, the least costly first:", bold=True)
    for number, offer in enumerate(offers, start=1):
        screen.say(f"{number}. {offer.sentence}")
    swap = cheapest_swap(problem, timetable, student, course, stop=seconds, seed=seed)
    screen.say("\nThe cheapest change that gives it, with all sections where they are:", bold=True)
    for fact in swap.facts[1:] or ("There is none.",):
        screen.say(fact)
    return {
        "student": student,
        "course": course,
        "asked": reasons.asked,
        "taken": reasons.taken,
        "facts": list(reasons.facts),
        "swap": {
            "found": swap.timetable is not None,
            "proven": swap.proven,
            "loss": swap.loss,
            "cost": list(swap.cost),
            "moved": list(swap.moved),
            "lost": [list(one) for one in swap.lost],
            "gained": [list(one) for one in swap.gained],
            "facts": list(swap.facts),
        },
        "suggestions": [
            {
                "kind": offer.kind,
                "sentence": offer.sentence,
                "cost": list(offer.cost),
                "required": dict(offer.required),
                "sections": [list(one) for one in offer.sections],
                "students": list(offer.students),
                "lost": [list(one) for one in offer.lost],
                "gained": [list(one) for one in offer.gained],
                "facts": list(offer.facts),
            }
            for offer in offers
        ],
    }
