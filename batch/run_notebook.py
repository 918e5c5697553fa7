"""Runs a notebook as a job, here or in AWS Batch; ``batch/README.md`` tells how."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from echelon_lib.commands.errors import judged
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import Screen
from echelon_lib.commands.watch import in_words
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.object_store import is_address, read_object
from echelon_lib.runs.batch_job import run_notebook_job

ATTEMPT, INDEX = "AWS_BATCH_JOB_ATTEMPT", "AWS_BATCH_JOB_ARRAY_INDEX"
LARGEST_SETTINGS = 1_000_000


def main(words: Sequence[str] | None = None) -> int:
    """Run the job that the command line and AWS Batch describe; return its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("echelon_lib").setLevel(logging.INFO)
    asked, screen = _parser().parse_args(words), Screen()
    with Interrupts() as interrupts:
        try:
            parameters, place = _settings(asked)
            screen.say(f"{asked.notebook} -> {place}")
            wishes = {"tell": _phases(screen), "grace": asked.grace, "every": asked.every}
            attempt = {"attempt": _number(ATTEMPT) or 1, "cancel": interrupts.cancel}
            end = run_notebook_job(asked.notebook, parameters, place, **attempt, **wishes)
        except (Exception, KeyboardInterrupt) as error:
            code, message = judged(error)
            screen.note(f"Error: {message}")
            return code
    screen.say(f"{end.message}.\nFiles: {end.place}")
    return end.code


def _phases(screen: Screen) -> Callable[[Mapping[str, Any]], None]:
    """Return what writes a line whenever the run comes to another phase."""
    told: list[object] = []

    def tell(moment: Mapping[str, Any]) -> None:
        if told[-1:] != [moment["phase"]]:
            told.append(moment["phase"])
            screen.say(in_words(moment))

    return tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run a notebook as a job.")
    parser.add_argument("notebook", help="path, name of a notebook of notebooks/, or s3:// address")
    parser.add_argument("--output", required=True, help="folder or s3://bucket/prefix for everything")
    parser.add_argument("-p", dest="given", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"))
    parser.add_argument("--parameters", default="", help="JSON object, or a file or address that holds one")
    parser.add_argument("--scenarios", default="", help="JSON list of objects, one for each job of an array")
    parser.add_argument("--grace", type=float, default=90.0, help="seconds to end after SIGTERM")
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two uploads")
    return parser


def _settings(asked: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Return the parameters, and the place of the output; a job of an array has its own of both."""
    parameters = _json(asked.parameters, dict, "--parameters")
    scenarios = _json(asked.scenarios, list, "--scenarios")
    index, place = _number(INDEX), str(asked.output)
    if index is not None:
        place = f"{place.rstrip('/')}/{index}"
    if scenarios:
        if index is None or not 0 <= index < len(scenarios) or not isinstance(scenarios[index], dict):
            what = "this is no job of an array" if index is None else f"there is no scenario {index}"
            cure = f"submit an array job of the size {len(scenarios)}; each scenario is a JSON object."
            raise DataError([Issue(what, "--scenarios", cure=cure)])
        parameters |= scenarios[index]
    return parameters | {name: _value(text) for name, text in asked.given}, place


def _json(text: str, kind: type, option: str) -> Any:
    """Return what an option holds, itself or in the file that it names; nothing when it is blank."""
    try:
        if is_address(text):
            text = read_object(text, most=LARGEST_SETTINGS).decode("utf-8-sig")
        elif text.strip() and text.strip()[0] not in "[{":
            text = Path(text).expanduser().read_text(encoding="utf-8-sig")
        found = _value(text) if text.strip() else kind()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise DataError([Issue(f"cannot be read: {reason}", option, cure="another file?")]) from None
    if not isinstance(found, kind):
        wanted = "object" if kind is dict else "list of objects"
        raise DataError([Issue(f"this is no JSON {wanted}", option, cure="a quote or bracket is missing?")])
    return found


def _value(text: str) -> Any:
    """Return a value as JSON if it is some, else the text; for JSON, NaN and Infinity are no numbers."""
    try:
        return json.loads(text, parse_constant=int)
    except (ValueError, RecursionError):
        return text


def _number(variable: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    return int(text) if text.isdecimal() else None


if __name__ == "__main__":
    sys.exit(main())
