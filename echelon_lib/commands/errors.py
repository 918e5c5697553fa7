"""How a command ends: errors become one clear message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import functools
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.runs.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED, NOTHING

if TYPE_CHECKING:
    from echelon_lib.runs.scenario import Scenario

__all__ = ["BAD_INPUT", "DONE", "FAILED", "INTERRUPTED", "NOTHING", "guarded", "judged", "scenario_of"]

DEBUG = "ECHELON_DEBUG"


def guarded(command: Callable[..., int]) -> Callable[..., None]:
    """Return the command such that it exits with the code it returns, and errors with one message."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except typer.Exit:
            raise
        except (Exception, KeyboardInterrupt) as error:
            if os.environ.get(DEBUG):
                raise
            code = _said(Screen(as_json=bool(kwargs.get("as_json"))), error)
        raise typer.Exit(code)

    return wrapper


def scenario_of(**options: object) -> Scenario:
    """Return the scenario of some options; whatever does not fit is named as the option it is.

    Raises
    ------
    DataError
        With every option that does not fit.
    """
    from echelon_lib.runs.scenario import Scenario

    with options_named():
        return Scenario.from_mapping(options)


@contextmanager
def options_named() -> Iterator[None]:
    """Name what does not fit in a scenario as the option it is; what is wrong in a file stays as it is."""
    try:
        yield
    except DataError as error:
        raise DataError(
            replace(issue, path=_option(issue.column) if issue.column else None, column=None)
            if issue.path in (None, "scenario")
            else issue
            for issue in error.issues
        ) from None


def _option(field: str) -> str:
    """Return the option that sets a field of the scenario."""
    named = re.sub(r"\.\d+$", "", field)  # one of several values
    return f"--{named.replace('_', '-').replace('stages.', 'stage ')}"


def _said(screen: Screen, error: BaseException) -> int:
    """Say what went wrong; return the exit code."""
    code, message = judged(error)
    issues = error.issues if isinstance(error, DataError) else ()
    screen.document(
        {
            "error": type(error).__name__,
            "message": message,
            "issues": [
                {
                    "message": issue.message,
                    "path": issue.path,
                    "row": issue.row,
                    "column": issue.column,
                    "value": issue.value,
                    "cure": issue.cure,
                }
                for issue in issues
            ],
            "exit_code": code,
        }
    )
    # With a document for programs, what goes to standard error is kept as a log: it names nobody.
    screen.note(f"Error: {message.splitlines()[0] if screen.as_json else message}")
    return code


def judged(error: BaseException) -> tuple[int, str]:
    """Return the exit code of an error, and what may be said of it."""
    from echelon_lib.formats.run_folder import RunExistsError

    if isinstance(error, DataError):
        # The files were to be written, and the disk would not have it.
        failed = isinstance(error.__cause__, OSError)
        return (FAILED if failed else BAD_INPUT), str(error)
    if isinstance(error, RunExistsError):
        return BAD_INPUT, str(error)
    if isinstance(error, EchelonError):
        return FAILED, str(error)
    if isinstance(error, KeyboardInterrupt):
        return FAILED, "interrupted; there was nothing to save"
    if isinstance(error, OSError):
        return FAILED, _of_the_machine(error)
    if isinstance(error, MemoryError):
        return FAILED, "the memory of this machine is used up"
    # The text of an unforeseen error may hold the identifier of a student, and a log may hold this line.
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    text = f"{type(error).__name__} in {where}: this should not have happened."
    return FAILED, f"{text}\n  Maybe set {DEBUG}=1 and try again: then the whole story is told."


def _of_the_machine(error: OSError) -> str:
    cures = {
        errno.ENOSPC: "free some space, or choose a folder on another disk.",
        errno.EDQUOT: "free some space, or choose a folder on another disk.",
        errno.EACCES: "choose a folder that is yours.",
        errno.EPERM: "choose a folder that is yours.",
        errno.EROFS: "choose a folder that can be written to.",
        errno.ENAMETOOLONG: "choose a shorter name.",
    }
    reason = error.strerror or str(error) or type(error).__name__
    place = f": {error.filename}" if error.filename else ""
    cure = cures.get(error.errno or 0)
    return f"{reason}{place}" + (f"\n  Maybe {cure}" if cure else "")
