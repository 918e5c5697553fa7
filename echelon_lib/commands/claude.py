"""The options of a command that may ask Claude."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echelon_lib.advice.settings import ClaudeSettings

CLAUDE = "TOML file with model and budget of Claude."
SEND = "Allow what the privacy receipts will show to be sent to Claude."


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
