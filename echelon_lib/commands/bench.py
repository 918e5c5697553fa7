"""``echelon bench``: the tables under ``benchmarks/``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from echelon_lib.commands.claude import CLAUDE, SEND, claude_settings
from echelon_lib.commands.errors import DONE, FAILED, INTERRUPTED, guarded
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

bench = typer.Typer(
    help="Measure solvers and advisers, and make the tables of benchmarks/.", no_args_is_help=True
)

Rows: TypeAlias = Sequence[tuple[str, ...]]

SIZES = (
    "realistic:500,hard:500,realistic:1200,hard:1200,realistic:2200,realistic:4000,"
    "cohort:500,cohort:2200,tight:500,tight:2200"
)
"""Families and sizes of the table of the targets."""


@bench.command()
@guarded
def schools(
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 60.0,
    sizes: Annotated[str, typer.Option(help="Families and numbers of students.")] = SIZES,
    instances: Annotated[int, typer.Option(help="Schools of each family and size.", min=1)] = 3,
    seeds: Annotated[int, typer.Option(help="Seeds of the solver for each school.", min=1)] = 3,
    methods: Annotated[str, typer.Option(help="Solvers, separated by commas.")] = "greedy,exact,auto",
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps schools and runs.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file, written after each row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Solve generated schools of real size, where nearly everyone has a request list of their own.

    Each row has the medians of instances × seeds. The kernels should be compiled before
    (``echelon solvers --compile``); nothing should run beside it.
    """
    from echelon_lib.runs.bench import faulty, markdown
    from echelon_lib.runs.bench_families import COLUMNS, LEGEND, Cell, measure_all

    how = f"echelon bench schools --seconds {seconds:g} --sizes {sizes} --instances {instances}"
    how += f" --seeds {seeds} --methods {methods}"
    cells = [
        Cell(*_family(size), method.strip(), instances, 1 if method == "greedy" else seeds, seconds)
        for size in sizes.split(",")
        for method in methods.split(",")
    ]
    page = partial(markdown, "Schools of real size", how, columns=COLUMNS, legend=LEGEND)
    with tempfile.TemporaryDirectory() as made:
        rows = measure_all(cells, keep or Path(made), keep=keep and keep / "runs")
        return _told(Screen(as_json=as_json), COLUMNS, rows, page, faulty, out)


@bench.command()
@guarded
def universities(
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 60.0,
    sizes: Annotated[str, typer.Option(help="Numbers of departments.")] = "5,20,60,127",
    instances: Annotated[int, typer.Option(help="Universities of each size.", min=1)] = 2,
    seeds: Annotated[int, typer.Option(help="Seeds of the search for each university.", min=1)] = 5,
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps universities and runs.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file, written after each row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Solve generated universities, up to 127 departments and beyond.

    Each row has the medians of instances × seeds. The kernels should be compiled before
    (``echelon solvers --compile``); nothing should run beside it.
    """
    from echelon_lib.runs.bench import faulty, markdown
    from echelon_lib.runs.bench_universities import COLUMNS, LEGEND, Cell, measure_all

    how = f"echelon bench universities --seconds {seconds:g} --sizes {sizes} --instances {instances}"
    how += f" --seeds {seeds}"
    cells = [Cell(_departments(size), instances, seeds, seconds) for size in sizes.split(",")]
    page = partial(markdown, "Universities", how, columns=COLUMNS, legend=LEGEND)
    with tempfile.TemporaryDirectory() as made:
        rows = measure_all(cells, keep or Path(made))
        return _told(Screen(as_json=as_json), COLUMNS, rows, page, faulty, out)


@bench.command()
@guarded
def stages(
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 20.0,
    sizes: Annotated[str, typer.Option(help="Numbers of departments.")] = "20",
    seeds: Annotated[int, typer.Option(help="Seeds of the search for each row.", min=1)] = 3,
    rows: Annotated[
        str,
        typer.Option(
            help="What rows do otherwise, in words of --stage, such as 'usual;repair=none'.",
            show_default="every stage left out, and every other way to do it",
        ),
    ] = "",
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps universities and runs.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file, written after each row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Measure what each stage of the search for universities adds.

    Each row leaves one stage out, or has it done otherwise. All kernels should be compiled before
    (``echelon solvers --compile``); nothing should run beside it.
    """
    from echelon_lib.runs.bench import faulty, markdown
    from echelon_lib.runs.bench_stages import COLUMNS, LEGEND, ROWS, Plan, measure

    how = f"echelon bench stages --seconds {seconds:g} --sizes {sizes} --seeds {seeds}"
    asked = [row.strip() for row in rows.split(";") if row.strip()]
    how += f" --rows '{rows}'" if asked else ""
    plan = Plan([_departments(size) for size in sizes.split(",")], seconds, seeds, asked or tuple(ROWS))
    title = "Stages of the search for universities"
    page = partial(markdown, title, how, columns=COLUMNS, legend=LEGEND)
    with tempfile.TemporaryDirectory() as made:
        measured = measure(plan, keep or Path(made))
        return _told(Screen(as_json=as_json), COLUMNS, measured, page, faulty, out)


def _departments(size: str) -> int:
    if not size.strip().isdecimal() or int(size) < 1:
        cure = "write numbers of departments, such as 5,20?"
        raise DataError([Issue(f"{size!r} is no number of departments", "options", cure=cure)])
    return int(size)


def _family(size: str) -> tuple[str, int]:
    """Return family and number of students of a word such as ``hard:500``."""
    from echelon_lib.generate.family import FAMILIES

    family, _, students = size.strip().partition(":")
    if family not in FAMILIES or not students.isdigit():
        text = f"{size!r} is no family and number of students"
        raise DataError([Issue(text, "options", cure=f"one of {', '.join(FAMILIES)}, such as hard:500?")])
    return family, int(students)


@bench.command()
@guarded
def samples(
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of the solvers.")] = 0,
    methods: Annotated[str, typer.Option(help="Solvers, separated by commas.")] = "greedy,exact,auto,gurobi",
    out: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Solve the sample schools (and Chico, where ECHELON_BENCHMARKS has it) with every solver.

    Run it from the root of the repository; each solve has a process of its own and nothing runs beside it.
    """
    from echelon_lib.formats.tables import write_text_atomic
    from echelon_lib.runs.bench import COLUMNS, Instance, faulty, markdown, measure

    data = Path("data")
    screen = Screen(as_json=as_json)
    instances = [
        Instance("tiny_high", data / "samples" / "tiny_high"),
        Instance("valley_high", data / "samples" / "valley_high", data / "rules" / "valley_high.toml"),
    ]
    benchmarks = os.environ.get("ECHELON_BENCHMARKS")
    if benchmarks and (Path(benchmarks) / "chico").is_dir():
        instances.append(Instance("chico", Path(benchmarks) / "chico", data / "rules" / "chico.toml"))
    rows: list[tuple[str, ...]] = []
    for row in measure(instances, [word.strip() for word in methods.split(",")], seconds=seconds, seed=seed):
        rows.append(row)
        screen.note(" · ".join(row))
    screen.table(COLUMNS, rows)
    if out is not None:
        how = f"echelon bench samples --seconds {seconds:g} --seed {seed} --methods {methods}"
        write_text_atomic(out, markdown("Sample schools", how, rows))
    code = FAILED if faulty(rows) else DONE
    screen.document({"exit_code": code, "columns": list(COLUMNS), "rows": [list(row) for row in rows]})
    return code


@bench.command()
@guarded
def advice(
    schools: Annotated[int, typer.Option(help="Generated schools.", min=1)] = 10,
    seeds: Annotated[int, typer.Option(help="Seeds of the solver for each school.", min=1)] = 3,
    students: Annotated[int, typer.Option(help="Students of each school.")] = 200,
    surplus: Annotated[int, typer.Option(help="Sections that nobody needs.")] = 6,
    missing: Annotated[int, typer.Option(help="Sections that are needed and missing.")] = 2,
    rounds: Annotated[int, typer.Option(help="Solves after the first.", min=1)] = 2,
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 3.0,
    solver: Annotated[str, typer.Option(help="auto, gurobi, highs or greedy.")] = "auto",
    arms: Annotated[str, typer.Option(help="Who advises, separated by commas.")] = "none,rules,random,claude",
    claude: Annotated[Path | None, typer.Option(help=CLAUDE, show_default=False)] = None,
    send: Annotated[bool, typer.Option("--send", help=SEND)] = False,
    record: Annotated[
        Path | None,
        typer.Option(help="New folder for all timetables and everything sent.", show_default=False),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(help="Folder of a recording to count again.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Measure what advisers gain on generated schools, against as many solves without advice.

    Ctrl-C ends it and keeps the table of what is finished. With a recording it is counted again without
    solving and without asking anybody.
    """
    with Interrupts() as interrupts:
        from echelon_lib.formats.tables import write_text_atomic
        from echelon_lib.runs.advice_table import document, markdown, sheets, told
        from echelon_lib.runs.bench_advice import Plan, Solves, Trial, advisers, measure, recording

        plan = Plan(
            schools=schools,
            seeds=seeds,
            students=students,
            surplus=surplus,
            missing=missing,
            rounds=rounds,
            seconds=seconds,
            solver=solver,
            arms=tuple(word.strip() for word in arms.split(",") if word.strip()),
        )
        settings = claude_settings(claude, send=send)
        if settings.send and record is None and replay is None and "claude" in plan.arms:
            cure = "name a new folder with --record?"
            raise DataError([Issue("what is sent to Claude has to be kept", "--send", cure=cure)])
        recording(plan, record, replay)
        screen = Screen(as_json=as_json)
        solves = Solves(plan, interrupts.cancel, record, replay)
        found: list[Trial] = []
        how = f"echelon bench advice {plan.options}"
        code = DONE
        try:
            for trial in measure(plan, advisers(settings, record, replay, interrupts.cancel), solves):
                found.append(trial)
                screen.note(trial)
                if out is not None:
                    write_text_atomic(out, markdown(plan, found, how))
        except KeyboardInterrupt:
            screen.note("Interrupted; the table holds what is finished.")
            code = INTERRUPTED
        for mismatch in solves.mismatches:
            screen.note(f"Mismatch: {mismatch}")
            code = FAILED
        for sheet in sheets(plan, found)[:-1]:
            screen.table(sheet.columns, sheet.measured, title=sheet.title)
        for text in told(found):
            screen.say(text)
        screen.document({"exit_code": code, **document(plan, found)})
        return code


@bench.command()
@guarded
def repairs(
    sizes: Annotated[str, typer.Option(help="Students of the schools, separated by commas.")] = "500,2200",
    times: Annotated[int, typer.Option(help="Changes of each kind.", min=1)] = 5,
    questions: Annotated[int, typer.Option(help="Moves of sections asked about.", min=1)] = 200,
    seconds: Annotated[float, typer.Option(help="Seconds of the solve before.", min=0.1)] = 60.0,
    seeds: Annotated[
        str, typer.Option(help="Seeds of schools, solver and changes, separated by commas.")
    ] = "0",
    out: Annotated[Path | None, typer.Option(help="Markdown file to write.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Measure repairs after late changes, and questions of a workbench, on generated schools."""
    from echelon_lib.runs.bench_repair import COLUMNS, markdown, measure

    issues: list[Issue] = []
    students = _numbers(sizes, "--sizes", "500,2200", issues)
    schools = _numbers(seeds, "--seeds", "0,1,2", issues)
    if issues:
        raise DataError(issues)
    how = f"echelon bench repairs --sizes {sizes} --times {times} --questions {questions}"
    how += f" --seconds {seconds:g} --seeds {seeds}"
    rows = measure(students, times=times, questions=questions, seconds=seconds, seeds=schools)
    return _told(Screen(as_json=as_json), COLUMNS, rows, partial(markdown, how), _wrong, out)


@bench.command()
@guarded
def changes(
    departments: Annotated[int, typer.Option(help="Departments of the university.", min=1)] = 127,
    draws: Annotated[int, typer.Option(help="How often ten changes are drawn.", min=1)] = 12,
    seconds: Annotated[float, typer.Option(help="Seconds of the solve before.", min=0.1)] = 60.0,
    limit: Annotated[float, typer.Option(help="Seconds that each re-solve may take.", min=0.1)] = 5.0,
    seed: Annotated[int, typer.Option(help="Seed of university, solver and draws.", min=0)] = 0,
    run: Annotated[
        Path | None, typer.Option(help="Run whose timetable is taken in place of all that.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file, written after each row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Measure ten changes of a published university: faculty leave or are away, and rooms close.

    The kernels should be compiled before (``echelon solvers --compile``); nothing should run beside it.
    """
    from echelon_lib.runs.bench import markdown
    from echelon_lib.runs.bench_changes import COLUMNS, LEGEND, measure

    how = f"echelon bench changes --departments {departments} --draws {draws} --seconds {seconds:g}"
    how += f" --limit {limit:g} --seed {seed}" + ("" if run is None else f" --run {run.name}")
    page = partial(markdown, "Ten changes of a university", how, columns=COLUMNS, legend=LEGEND)
    rows = measure(departments, draws=draws, seconds=seconds, limit=limit, seed=seed, run=run)
    return _told(Screen(as_json=as_json), COLUMNS, rows, page, _wrong, out)


def _wrong(rows: Rows) -> bool:
    """Return whether the evaluator does not confirm something."""
    return any("wrong" in cell for row in rows for cell in row)


def _told(
    screen: Screen,
    columns: Sequence[str],
    measured: Iterable[tuple[str, ...]],
    page: Callable[[Rows], str],
    wrong: Callable[[Rows], bool],
    out: Path | None,
) -> int:
    """Tell the rows as they come, keep their page after each, and return the code with which that ends."""
    from echelon_lib.formats.tables import write_text_atomic

    rows: list[tuple[str, ...]] = []
    for row in measured:
        rows.append(row)
        screen.note(" · ".join(row))
        if out is not None:
            write_text_atomic(out, page(rows))
    screen.table(columns, rows)
    code = FAILED if wrong(rows) else DONE
    screen.document({"exit_code": code, "columns": list(columns), "rows": [list(row) for row in rows]})
    return code


def _numbers(text: str, option: str, like: str, issues: list[Issue]) -> list[int]:
    """Return the numbers of an option; note what is wrong where they are none."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words and all(word.isdecimal() for word in words):
        return list(map(int, words))
    issues.append(Issue(f"{text!r} is no list of numbers", option, cure=f"write them as {like}?"))
    return []
