"""Whether anything of a workspace may be sent to Claude, to which model and within which limits."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.runs.advisers import NEVER, SWITCH, sending_is_off
from echelon_lib.runs.workspace import Workspace
from echelon_lib.strict_toml import read_toml, validated

SETTINGS = "claude.toml"
"""File of a workspace in which whoever looks after it may set model and limits."""
KEY = "ANTHROPIC_API_KEY"
"""The environment variable that holds the key to Claude."""

_OFF = (
    f"Whoever looks after this machine has switched Claude off ({SWITCH}=off). Nothing is sent from here, "
    "whatever is chosen on this page."
)
_NEVER = (
    "Nothing is ever sent from this workspace to Claude, as somebody decided with the switch on this page."
)
_NO_PACKAGE = (
    "Claude cannot be asked: the package anthropic is not installed.\n"
    "Maybe ask whoever looks after Echelon to install it?"
)
_NO_KEY = (
    f"There is no key to Claude on this machine.\nMaybe ask whoever looks after Echelon to set {KEY} and to "
    "start the dashboard again?"
)


def never_sends(workspace: Workspace) -> bool:
    """Return whether somebody decided that nothing of a workspace is ever sent."""
    return (workspace.path / NEVER).exists()


def forbid_sending(workspace: Workspace, *, forbidden: bool) -> None:
    """Decide whether anything of a workspace may be sent; it is kept in the workspace.

    Raises
    ------
    OSError
        When it cannot be written down.
    """
    path = workspace.path / NEVER
    if forbidden:
        write_text_atomic(path, "Nothing of this folder is sent to Claude as long as this file is here.\n")
    else:
        path.unlink(missing_ok=True)


def settings_of(workspace: Workspace) -> ClaudeSettings:
    """Return model and limits as the workspace sets them; nothing may be sent unless the caller says so.

    Raises
    ------
    DataError
        When the file cannot be read, or something in it does not fit.
    """
    path = workspace.path / SETTINGS
    data = read_toml(path, "the settings of Claude") if path.exists() else {}
    return validated(ClaudeSettings, {**data, "send": False}, SETTINGS)


def as_toml(settings: ClaudeSettings) -> str:
    """Return settings as the text of a TOML file."""
    plain = settings.model_dump(mode="json", exclude_defaults=True)
    # What JSON writes of a text, a number or a truth value, TOML reads as the same.
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in plain.items())


def why_not_claude(workspace: Workspace) -> str:
    """Return why Claude cannot be asked about anything of a workspace, with the cure; empty where it can."""
    if sending_is_off():
        return _OFF
    if never_sends(workspace):
        return _NEVER
    try:
        settings_of(workspace)
    except DataError as error:
        return f"The settings of Claude cannot be used. {error}"
    if find_spec("anthropic") is None:
        return _NO_PACKAGE
    return "" if os.environ.get(KEY, "").strip() else _NO_KEY
