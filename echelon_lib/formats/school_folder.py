"""The folder of a school."""

from __future__ import annotations

from pathlib import Path

from echelon_lib.formats.data_folder import DataFolder, FolderKind, folder_name
from echelon_lib.formats.school_records import COLUMNS, NOT_USED_YET, SECTIONS

SCHOOL = FolderKind("school", "the six files", COLUMNS, SECTIONS, not_used_yet=NOT_USED_YET)


def school_name(folder: str | Path) -> str:
    """Return the name that a school has by its folder or address: the last part of it."""
    return folder_name(folder)


class SchoolFolder(DataFolder):
    """Reads one table of a school after the other and takes over its issues and notes."""

    def __init__(self, folder: str | Path, *, accept_headers: bool) -> None:
        super().__init__(SCHOOL, folder, accept_headers=accept_headers)
