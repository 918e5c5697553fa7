"""``echelon solve``: make the timetable of a school or a university."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.claude import CLAUDE, SEND, claude_settings
from echelon_lib.commands.errors import guarded, options_named, scenario_of
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import FIRST_DAY, FOLDER, RULES, WEEKS, Screen
from echelon_lib.commands.stages import STAGE, chosen
from echelon_lib.commands.watch import Watch
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.runs.term_dates import MOST_WEEKS, USUAL_WEEKS

if TYPE_CHECKING:
    from echelon_lib.advice.actions import Action
    from echelon_lib.runs.plan import Plan
    from echelon_lib.runs.rounds import Rounds
    from echelon_lib.runs.run import Outcome
    from echelon_lib.solvers.result import Result


@guarded
def solve(
    folder: Annotated[str, typer.Argument(help=FOLDER, show_default=False)],
    kind: Annotated[
        str,
        typer.Option(help="milp: search with proof; hybrid: search and advice; greedy: one quick timetable."),
    ] = "milp",
    rules: Annotated[str | None, typer.Option(help=RULES, show_default=False)] = None,
    variant: Annotated[
        str,
        typer.Option(
            help="Prices of a university: Balanced, Faculty-focused or Compactness-focused.",
            show_default="those of its rules",
        ),
    ] = "",
    solver: Annotated[
        str, typer.Option(help="auto, exact, gurobi, highs or greedy; of a university auto or greedy.")
    ] = "auto",
    stage: Annotated[
        list[str] | None,
        typer.Option(help=STAGE, show_default="the defaults"),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time that the search may take.")] = 60.0,
    iterations: Annotated[
        int | None,
        typer.Option(
            help="Iterations of the search in place of seconds: the same seed gives the same answer then.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random decisions.")] = 0,
    cores: Annotated[
        int | None,
        typer.Option(help="Processors for the search of a university, at most.", show_default="all"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder, new or empty.", show_default="runs/<time>-<hash>"),
    ] = None,
    accept_headers: Annotated[
        bool, typer.Option("--accept-headers", help="Take column titles that nearly fit.")
    ] = False,
    start: Annotated[
        Path | None, typer.Option(help="Run folder to continue from.", show_default=False)
    ] = None,
    only_departments: Annotated[
        str | None,
        typer.Option(
            help="Departments of a university, such as CS,MATH, that alone are moved; needs --start.",
            show_default="all",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes of dask.distributed that search a university here, in place of threads.",
            show_default=False,
        ),
    ] = None,
    dask: Annotated[
        str,
        typer.Option(
            help="Scheduler of dask.distributed whose workers search, such as tcp://10.0.0.7:8786.",
            show_default=False,
        ),
    ] = "",
    locks: Annotated[
        str | None,
        typer.Option(
            help="File of locks on top of the school's own, such as 'echelon lock' writes.",
            show_default="those of the run to continue from",
        ),
    ] = None,
    handouts: Annotated[
        str | None,
        typer.Option(
            help="Calendars of a university's faculty, rooms and students, and a workbook, to write into the "
            "run folder: faculty,rooms,students,workbook, or none.",
            show_default="faculty,rooms,workbook up to 5,000 sessions",
        ),
    ] = None,
    first_day: Annotated[str | None, typer.Option(help=FIRST_DAY, show_default="next Monday")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=MOST_WEEKS, help=WEEKS)] = USUAL_WEEKS,
    advice: Annotated[
        str, typer.Option(help="Who proposes changes of sections: none, rules, claude or random.")
    ] = "none",
    max_iterations: Annotated[
        int, typer.Option(help="Searches of a hybrid run: the first, and one a round of advice.")
    ] = 3,
    total_seconds: Annotated[
        float | None, typer.Option(help="Time for all searches together.", show_default=False)
    ] = None,
    actions: Annotated[
        Path | None,
        typer.Option(
            help="Changes of sections to apply first: an advice.json, or its folder.", show_default=False
        ),
    ] = None,
    accept: Annotated[
        str | None,
        typer.Option(
            help="Numbers of the proposals to apply, such as 1,3.", show_default="all that are legal"
        ),
    ] = None,
    claude: Annotated[Path | None, typer.Option(help=CLAUDE, show_default=False)] = None,
    send: Annotated[bool, typer.Option("--send", help=SEND)] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say which stage of a university's search runs where, and end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Make the timetable of a school or a university and write a run folder.

    Ctrl-C stops the search and keeps the best timetable so far.
    """
    with Interrupts() as interrupts:
        from echelon_lib.runs.run import planned, run

        scenario = scenario_of(
            folder=folder,
            rules=rules,
            kind=kind,
            variant=variant,
            solver=solver,
            stages=chosen(stage or ()),
            seconds=seconds,
            iterations=iterations,
            seed=seed,
            cores=cores,
            accept_headers=accept_headers,
            start=start,
            departments=names_of(only_departments, "--only-departments"),
            workers=workers,
            dask=dask,
            locks=locks,
            handouts=None if handouts is None else handouts_named(handouts),
            first_day=first_day,
            weeks=weeks,
            actions=changes_of(actions, accept, start),
            advice=advice,
            max_iterations=max_iterations,
            total_seconds=total_seconds,
            claude=claude_settings(claude, send=send),
        )
        screen = Screen(as_json=as_json)
        if plan:
            with options_named():
                found = planned(scenario)
            show_plan(screen, found)
            screen.document({"exit_code": 0, **found.as_dict()})
            return 0
        with Watch(screen) as watch:

            def tell(what: Plan) -> None:
                watch.aside(lambda: show_plan(screen, what))

            with options_named():
                outcome = run(
                    scenario,
                    out,
                    on_progress=watch.follow(
                        interrupts, "compiling", "starting", "solving", "asking", "handing out"
                    ),
                    on_plan=tell,
                    stop=interrupts.cancel,
                )
        code = exit_code(outcome.result)
        report(screen, outcome, code)
        return code


def show_plan(screen: Screen, plan: Plan) -> None:
    """Say what a run is going to do, and with what."""
    for sentence in plan.sentences:
        screen.say(sentence)


def exit_code(result: Result) -> int:
    """Return the code with which a run ends."""
    from echelon_lib.runs.exit_codes import code_of
    from echelon_lib.solvers.result import Status

    return code_of(
        mismatch=bool(result.mismatches),
        feasible=result.evaluation is not None and result.evaluation.feasible,
        cancelled=result.status is Status.CANCELLED,
    )


def report(screen: Screen, outcome: Outcome, code: int) -> None:
    """Say how a run came out: a sentence, a short table, and where the files are."""
    from echelon_lib.analysis.locks import kept_sentence
    from echelon_lib.analysis.outcome import result_table, stage_table
    from echelon_lib.formats.run_reading import CLOSEST
    from echelon_lib.runs.unplaced import CHANGES, OFFERS

    folder = outcome.folder
    viewer = folder / "viewer.html"
    if screen.as_json:
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        record.pop("trace", None)
        place = str(viewer) if viewer.exists() else None
        screen.document({"exit_code": code, "folder": str(folder), "viewer": place, **record})
        return
    screen.say(outcome.summary.first_line, bold=True)
    if "quality" in outcome.tables:
        screen.frame(outcome.tables["quality"][["Measure", "Value", "Unit"]].round(2))
    else:
        screen.frame(result_table(outcome.problem, outcome.result, outcome.greedy, numbers=outcome.summary))
    if outcome.result.stages:
        screen.frame(stage_table(outcome.result))
    found = _findings(outcome)
    if found:
        screen.say(f"Findings: {found}; findings.csv has them.")
    if outcome.advice is not None:
        _report_rounds(screen, outcome.advice)
    for note in outcome.result.notes:
        screen.say(f"Note: {note}")
    for mismatch in outcome.result.mismatches:
        screen.say(f"Mismatch: {mismatch}")
    if outcome.result.best is not None:
        kept = kept_sentence(outcome.problem, outcome.result.best)
        if kept:
            screen.say(f"Locks: {kept}")
    screen.say(f"Run folder: {folder}")
    if (folder / CLOSEST).exists():
        screen.say(
            f"What comes closest to a timetable is in {CLOSEST}; {CHANGES} says what it lacks, and why."
        )
    if (folder / OFFERS).exists():
        screen.say(f"To take up what is offered: echelon repair {folder} --changes {folder / OFFERS}")
    if outcome.actions:
        count = len(outcome.actions)
        changed = folder / "school" / "Sections_Information.csv"
        screen.say(f"Changes of sections: {count:,}. The changed file is {changed}.")
    report_handouts(screen, outcome)
    if viewer.exists():
        screen.say(f"To look up and print timetables, open {viewer} in a browser.")


def report_handouts(screen: Screen, outcome: Outcome) -> None:
    """Say which calendars and workbook lie in the folder, or how to have them."""
    from echelon_lib.runs.handouts import FILES, missing_handouts

    folder = outcome.folder
    there = {handout: folder / file for handout, file in FILES.items() if (folder / file).exists()}
    workbook = there.pop("workbook", None)
    if there:
        day = outcome.scenario.first_day
        screen.say(
            f"Calendars, teaching begins on {day} (--first-day): {', '.join(map(str, there.values()))}"
        )
    elif outcome.summary.quality is not None:
        screen.say(f"To write calendars of people and rooms: echelon calendars {folder} --faculty --rooms")
    if workbook is not None:
        screen.say(f"Excel workbook: {workbook}")
    missing = missing_handouts(outcome)
    if missing:
        cure = f"'echelon calendars {folder}' or 'echelon workbook {folder}' says why"
        screen.say(f"Not written: {', '.join(missing)}; {cure}.")


def _report_rounds(screen: Screen, rounds: Rounds) -> None:
    """Say what each round of advice changed and what it came to, on a narrow terminal as well."""
    from echelon_lib.runs.round_tables import figure_table, proposal_table, round_figures, round_table

    screen.frame(figure_table(round_figures(rounds.rounds)))
    lines = round_table(rounds).to_dict("records")[1:]
    for one, line in zip(rounds.rounds, lines, strict=True):
        screen.say(f"{line['Round']}, {line['Adviser']}, {line['Outcome']}:", bold=True)
        table = proposal_table(one)
        for what in table[table["Decision"] == "applied"]["What"]:
            screen.say(f"  {what}")
        others = len(one.proposals) - len(one.applied)
        if others or not one.proposals:
            screen.say(f"  {others:,} not applied" if others else "  nothing was proposed")
    screen.say(rounds.ended)


def changes_of(actions: Path | None, accept: str | None, start: Path | None) -> tuple[Action, ...]:
    """Return the changes to begin with: those of the run to continue from, then those that are accepted.

    Without any of the latter there are none to name, since a run takes over those of the earlier by itself.

    Raises
    ------
    DataError
        When there are no such proposals.
    """
    from echelon_lib.runs.changed import earlier_actions
    from echelon_lib.runs.rounds import ADVICE, read_actions

    if actions is None:
        if accept is not None:
            cure = "name the advice.json with --actions?"
            raise DataError([Issue("numbers without proposals", "--accept", value=accept, cure=cure)])
        return ()
    earlier = () if start is None else earlier_actions(start)
    path = actions / ADVICE if actions.is_dir() else actions
    return (*earlier, *read_actions(path, numbers_of(accept)))


def names_of(text: str | None, option: str) -> tuple[str, ...]:
    """Return the names that a text such as ``CS,MATH`` lists; none for no text.

    Raises
    ------
    DataError
        When the option is given and names nothing.
    """
    names = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    if text is not None and not names:
        cure = "leave it out, or write the names with commas between them?"
        raise DataError([Issue(f"{text!r} names nothing", option, value=text, cure=cure)])
    return names


def handouts_named(text: str) -> tuple[str, ...]:
    """Return the names that a list of handouts such as ``faculty,rooms`` has; none for ``none``."""
    return () if text.strip() == "none" else names_of(text, "--handouts")


def numbers_of(text: str | None) -> tuple[int, ...] | None:
    """Return the numbers that a text such as ``1,3`` names; None for no text.

    Raises
    ------
    DataError
        When it holds something else.
    """
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isdecimal() for word in words):
        raise DataError([Issue(f"{text!r} is no list of numbers", "--accept", cure="write them as 1,3?")])
    return tuple(map(int, words))


def _findings(outcome: Outcome) -> str:
    """Return how many findings of each kind there are, in words."""
    counts = Counter[str](finding.severity for finding in outcome.findings)
    words = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("remark", "remarks")}
    return ", ".join(f"{counts[kind]:,} {words[kind][counts[kind] > 1]}" for kind in words if counts[kind])
