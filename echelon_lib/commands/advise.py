"""``echelon advise``: ask somebody which sections to change, and change nothing."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.claude import CLAUDE, LINE, SEND, claude_settings, confirmed
from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen, clean
from echelon_lib.domain.errors import DataError, Issue

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon_lib.advice.settings import ClaudeSettings
    from echelon_lib.runs.outcome import Outcome
    from echelon_lib.runs.rounds import Round

ADVISERS = ("rules", "claude", "random")


@guarded
def advise(
    run: Annotated[Path, typer.Argument(help="Run folder of a school.", show_default=False)],
    adviser: Annotated[str, typer.Option(help="Who is asked: rules, claude or random.")] = "rules",
    claude: Annotated[Path | None, typer.Option(help=CLAUDE, show_default=False)] = None,
    send: Annotated[bool, typer.Option("--send", help=SEND)] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without being asked once more.")] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Print what would be sent to Claude, and send nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the answer.", show_default="RUN/advice/<number>")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random adviser.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Ask which sections to change, judged by the timetable of a run; nothing is changed.

    What is proposed is kept beside the run. The last line is the command that solves again with all of it;
    take numbers out of --accept to refuse some.
    """
    from echelon_lib.runs.ask import ask
    from echelon_lib.runs.reopen import reopen

    if adviser not in ADVISERS:
        cure = f"one of {', '.join(ADVISERS)}?"
        raise DataError([Issue(f"there is no adviser {adviser!r}", "--adviser", value=adviser, cure=cure)])
    settings = claude_settings(claude, send=send)
    screen = Screen(as_json=as_json)
    outcome = reopen(run, of="school")
    if show:
        return _shown(screen, outcome, adviser, settings)
    approve = _consent(screen, outcome, settings, yes=yes) if adviser == "claude" else None
    stream = _Stream(screen)
    made, folder = ask(
        outcome, adviser, settings=settings, seed=seed, approve=approve, on_text=stream.hear, out=out
    )
    stream.end()
    if not stream.heard and made.text:
        screen.say(made.text)
    _report(screen, outcome, made, folder)
    return DONE


class _Stream:
    """Writes what an adviser says while it says it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.heard = False

    def hear(self, text: str) -> None:
        """Write some more words."""
        self.heard = True
        if not self._screen.as_json:
            self._screen.out.print(clean(text), end="", soft_wrap=True)

    def end(self) -> None:
        """End the last line."""
        if self.heard:
            self._screen.say()


def _shown(screen: Screen, outcome: Outcome, adviser: str, settings: ClaudeSettings) -> int:
    from echelon_lib.runs.ask import preview

    text = preview(outcome, settings) if adviser == "claude" else ""
    screen.say(text or f"Nothing would be sent: {adviser} is part of this program.")
    screen.document({"exit_code": DONE, "adviser": adviser, "text": text})
    return DONE


def _consent(
    screen: Screen, outcome: Outcome, settings: ClaudeSettings, *, yes: bool
) -> Callable[[str], bool]:
    """Return what is asked before the first send; without leave to send, show the text and say so.

    Raises
    ------
    AdviserUnavailable
        When sending is switched off, unless the rules may advise instead.
    DataError
        When a person would have to consent, and none is there.
    """
    from echelon_lib.advice.advisor import AdviserUnavailable
    from echelon_lib.runs.advisers import NEVER, SWITCH, sending_is_off
    from echelon_lib.runs.ask import preview
    from echelon_lib.runs.changed import ANSWERS

    if not settings.send and not settings.fallback:
        screen.say(preview(outcome, settings))
        screen.say(LINE)
        cure = "\n  Maybe read the text, and add --send if it may leave the house?"
        raise AdviserUnavailable(
            f"Nothing was sent: Claude is told the text above only if you say so.{cure}", "not_allowed"
        )
    if sending_is_off(outcome.folder / ANSWERS) and not settings.fallback:
        cure = f"\n  Maybe ask the rules, or whoever set {SWITCH} or laid {NEVER} into a folder?"
        raise AdviserUnavailable(f"Nothing was sent: sending is switched off here.{cure}", "not_allowed")
    return confirmed(screen, yes=yes or not settings.send)


def _report(screen: Screen, outcome: Outcome, made: Round, folder: Path) -> None:
    from echelon_lib.runs.round_tables import figure_table, proposal_table

    command = next_command(outcome, made, folder)
    if made.instead_of:
        screen.say(f"{made.adviser} was asked instead of {made.instead_of}: {made.because}")
    screen.frame(figure_table({"Now": made.before}))
    if made.proposals:
        rows = proposal_table(made).itertuples(index=False, name=None)
        screen.table(("", "Proposal", "Decision"), [_row(*row) for row in rows])
    for name in made.receipts:
        screen.say(f"Exactly what was sent: {folder / name}")
    screen.say(f"Kept in: {folder}")
    if command:
        screen.say("To solve again with these changes:", bold=True)
        screen.say(f"  {command}")
    else:
        screen.say("There is nothing to change.", bold=True)
    screen.document(
        {
            "exit_code": DONE,
            "run": str(outcome.folder),
            "folder": str(folder),
            "round": made.model_dump(mode="json"),
            "next": command or None,
        }
    )


def _row(number: int, _: str, what: str, why: str, decision: str, reasons: str) -> tuple[object, ...]:
    """Return a proposal as number, words and decision, such that it can be read on a narrow terminal."""
    words = [what, why and f"Why: {why}", reasons and f"But: {reasons}"]
    return number, "\n".join(word for word in words if word), decision


def next_command(outcome: Outcome, made: Round, folder: Path) -> str:
    """Return the command that solves again with all that may be applied; empty where nothing may."""
    from echelon_lib.runs.rounds import ADVICE

    if not made.open:
        return ""
    scenario = outcome.scenario
    words: list[object] = [_program(), "solve", scenario.folder]
    if scenario.rules is not None:
        words += ["--rules", scenario.rules]
    if scenario.kind == "greedy":
        words += ["--kind", "greedy"]
    words += ["--solver", scenario.solver, "--seconds", f"{scenario.seconds:g}", "--seed", scenario.seed]
    words += [] if scenario.iterations is None else ["--iterations", scenario.iterations]
    words += ["--accept-headers"] * scenario.accept_headers
    words += ["--start", outcome.folder, "--actions", folder / ADVICE]
    words += ["--accept", ",".join(str(one.number) for one in made.open)]
    return shlex.join(map(str, words))


def _program() -> str:
    """Return how this command can be called again from where it was called."""
    called = sys.argv[0]
    known = shutil.which("echelon") is not None or Path(called).name != "echelon"
    return "echelon" if known else called
