"""A file that is made when somebody asks for it, and saved by the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import traitlets

from echelon_lib.widgets.view import View, in_words, script_of, style_of

LONGEST_NAME = 120

_TYPES = {
    ".csv": "text/csv;charset=utf-8",
    ".html": "text/html;charset=utf-8",
    ".json": "application/json",
    ".toml": "application/toml",
    ".txt": "text/plain;charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_ANY_TYPE = "application/octet-stream"
# Windows takes these for devices, whatever their ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NOT_MADE = "The file could not be made. Nothing was changed; try it once more."
_GONE = "The file is not there any more, or may not be read."


class Download(View):
    """A button that saves a file.

    Parameters
    ----------
    label
        What stands on the button.
    filename
        Under which name the browser saves it; made safe for every system.
    content
        Makes the bytes. It is called when the button is pressed, and not before.
    description
        A sentence beside the button.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)

    label = traitlets.Unicode().tag(sync=True)
    filename = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, label: str, filename: str, content: Callable[[], bytes], *, description: str = ""
    ) -> None:
        super().__init__(label=label, filename=filename, description=description)
        self.content = content

    @traitlets.validate("filename")
    def _safe(self, proposal: Any) -> str:
        return safe_name(proposal["value"])

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Make the file and send it."""
        id = content.get("id")
        if content.get("kind") != "make" or not isinstance(id, str) or self.disabled:
            return
        self.message, self.busy = "", True
        made: list[bytes] = []
        try:
            made.append(self.content())
        except OSError as error:
            self.message = in_words(error, _GONE)
        except Exception as error:
            self.message = in_words(error, _NOT_MADE)
        self.busy = False
        type_ = _TYPES.get(PurePath(self.filename).suffix.lower(), _ANY_TYPE)
        self.send({"kind": "made", "id": id[:LONGEST_NAME], "name": self.filename, "type": type_}, made)


def safe_name(text: str) -> str:
    """Return a name under which every system can save a file.

    Examples
    --------
    >>> safe_name("North High: week 3/4.csv"), safe_name("..")
    ('North High_ week 3_4.csv', 'download')
    """
    name = re.sub(r"[^\w .,()+\-]", "_", text).strip(" .")
    stem, ending = PurePath(name).stem, PurePath(name).suffix
    name = stem[: LONGEST_NAME - len(ending)] + ending
    return f"_{name}" if _DEVICE.match(name) else name or "download"
