"""The options of a command that may ask Claude."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from echelon_lib.commands.screen import Screen, clean
from echelon_lib.domain.errors import DataError, Issue

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon_lib.advice.settings import ClaudeSettings

CLAUDE = "TOML file with model and budget of Claude."
LINE = "-" * 72
SEND = "Allow what the privacy receipts will show to be sent to Claude."


def confirmed(screen: Screen, *, yes: bool) -> Callable[[str], bool]:
    """Return what shows the exact text and asks whether it may be sent; ``yes`` is the answer in advance.

    Raises
    ------
    DataError
        When a person would have to be asked, and none is there.
    """
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        text = "nobody is here to be asked whether the text may be sent"
        raise DataError([Issue(text, "--send", cure="add --yes, if it may leave the house?")])

    def approve(text: str) -> bool:
        if yes:
            return True
        screen.out.print(clean(text), soft_wrap=True)
        screen.out.print(LINE)
        return typer.confirm("Send this text to Claude?", default=False)

    return approve


def claude_settings(path: Path | None, *, send: bool) -> ClaudeSettings:
    """Return the settings of a file, or the defaults; sending is allowed by the option or by the file.

    Raises
    ------
    DataError
        When the file cannot be read, or something in it does not fit.
    """
    from echelon_lib.advice.settings import ClaudeSettings
    from echelon_lib.strict_toml import file_name, read_toml, validated

    data: dict[str, Any] = {} if path is None else read_toml(path, "the settings of Claude")
    if send:
        data["send"] = True
    return validated(ClaudeSettings, data, "--claude" if path is None else file_name(path))
