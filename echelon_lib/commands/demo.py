"""``echelon demo``: the main job on the sample school, by its notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon_lib.commands.errors import guarded, scenario_of
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import UNKNOWN, Screen, share, shown
from echelon_lib.commands.watch import in_words
from echelon_lib.domain.errors import DataError, EchelonError, Issue

if TYPE_CHECKING:
    from echelon_lib.runs.notebook_job import NotebookJob
    from echelon_lib.runs.record import Record

NOTEBOOK = Path("notebooks/02_master_schedule.ipynb")
SCHOOL = Path("data/samples/valley_high")
RULES = Path("data/rules/valley_high.toml")


@guarded
def demo(
    seconds: Annotated[float, typer.Option(help="Time that the search may take.")] = 45.0,
    seed: Annotated[int, typer.Option(help="Seed of the random decisions.")] = 0,
    solver: Annotated[str, typer.Option(help="auto, gurobi, highs or greedy.")] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder, new or empty.", show_default="runs/<time>-<hash>"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Run the master schedule notebook on the sample school and print a short table."""
    with Interrupts() as interrupts:
        from echelon_lib.formats.run_folder import RunExistsError
        from echelon_lib.runs.notebook_job import NotebookJob
        from echelon_lib.runs.run import RUNS, run_name

        notebook, school, rules = (_here(path) for path in (NOTEBOOK, SCHOOL, RULES))
        options = {"solver": solver, "seed": seed}
        scenario = scenario_of(folder=school, rules=rules, seconds=seconds, **options)
        folder = (RUNS / run_name(scenario) if out is None else out).absolute()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunExistsError(f"{folder} holds something already.\n  Maybe choose another name.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = folder.parent / f"{folder.name}.ipynb"
        parameters = {"folder": str(school), "rules": str(rules), "time_limit": seconds, **options}
        parameters["out"] = str(folder)
        screen = Screen(as_json=as_json)
        screen.note(f"Executing {NOTEBOOK} on {SCHOOL} ...")
        job = NotebookJob(notebook, parameters, beside, run=folder)
        try:
            _wait(job, interrupts, screen)
        except BaseException:
            executed = _moved(beside, folder, notebook.name)
            if executed.exists():
                screen.note(f"The notebook as far as it came: {_near(executed)}")
            raise
        executed = _moved(beside, folder, notebook.name)
        record = _record(folder)
        _report(screen, record, folder, executed)
        return record.exit_code


def _wait(job: NotebookJob, interrupts: Interrupts, screen: Screen) -> None:
    """Follow the notebook to its end, and say how far it is."""
    console = screen.err
    interrupts.impatient = True
    live = console.status("starting") if console.is_terminal else None
    phase = ""

    def tell(moment: Mapping[str, Any]) -> None:
        nonlocal phase
        if live is not None:
            live.update(in_words(moment))
        elif moment["phase"] != phase:
            screen.note(in_words(moment))
        phase = moment["phase"]

    if live is not None:
        live.start()
    try:
        job.follow(interrupts.cancel, tell)
    finally:
        if live is not None:
            live.stop()


def _here(path: Path) -> Path:
    """Return a file of the checkout, wherever the command is called."""
    from echelon_lib.runs.paths import found

    place = Path(found(str(path))).absolute()
    if not place.exists():
        cure = "run this in the checkout of Echelon."
        raise DataError([Issue(f"{path} is not here", str(path), cure=cure)])
    return place


def _moved(notebook: Path, folder: Path, name: str) -> Path:
    """Put the executed notebook into the run folder, if there is one."""
    if folder.is_dir() and notebook.exists():
        return notebook.replace(folder / name)
    return notebook


def _record(folder: Path) -> Record:
    from echelon_lib.runs.record import read_outcome

    record = read_outcome(folder)
    if record is None:
        raise EchelonError(
            "the notebook ended without writing a result\n  Maybe its last cells do not run it?"
        )
    return record


def _report(screen: Screen, record: Record, folder: Path, executed: Path) -> None:
    numbers = record.data.get("summary")
    known = numbers if isinstance(numbers, dict) else {}
    level = record.levels[0] if record.levels else {}
    screen.say(record.text("first_line") or "", bold=True)
    screen.table(
        ("", "Value"),
        [
            ("Requests met", f"{shown(record.number('met'))} of {shown(record.number('requests'))}"),
            (
                "Students complete",
                f"{shown(record.number('complete'))} of {shown(record.number('students'))}",
            ),
            ("Cost of level 1", shown(level.get("cost"))),
            ("Bound of level 1", shown(level.get("bound"))),
            ("Gap of level 1", share(level.get("gap"))),
            ("Utilisation", share(known.get("utilisation"))),
            ("Seconds", UNKNOWN if record.number("seconds") is None else f"{record.number('seconds'):.1f}"),
            ("Solver", shown(record.text("solver"))),
        ],
    )
    screen.say(f"Run folder: {_near(folder)}")
    viewer = folder / "viewer.html"
    if viewer.exists():
        screen.say(f"To look up and print timetables, open {_near(viewer)} in a browser.")
    screen.say(f"To see the notebook with its figures: .venv/bin/jupyter lab {_near(executed)}")
    document = {key: value for key, value in record.data.items() if key != "trace"}
    screen.document(
        {"exit_code": record.exit_code, "folder": str(folder), "notebook": str(executed), **document}
    )


def _near(path: Path) -> Path:
    """Return a path as it is seen from here."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
