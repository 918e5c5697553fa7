"""A run folder as one ZIP file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue


def archive_of(folder: str | Path) -> bytes:
    """Return the files of a run folder as a ZIP file; the same folder gives the same bytes.

    Raises
    ------
    DataError
        When the folder, or a file in it, cannot be read.
    """
    folder = Path(folder)
    try:
        found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        # What begins with a dot was left by somebody who was ended while he wrote.
        files = sorted(
            path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
        if not files:
            cure = "it was removed, or another name was meant?"
            raise DataError([Issue(f"The run folder {folder.name!r} holds nothing.", cure=cure)])
        named = ((f"{folder.name}/{path.relative_to(folder).as_posix()}", path) for path in files)
        return zipped((name, path.read_bytes()) for name, path in named)
    except OSError as error:
        raise DataError([Issue(f"The run folder cannot be read: {error.strerror}.", folder.name)]) from None


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return files, each a name and its content, as a ZIP file; the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            # ZipInfo without a date has one of its own, the same each time.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return held.getvalue()
