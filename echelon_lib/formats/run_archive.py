"""A run folder as one ZIP file."""

from __future__ import annotations

import io
import zipfile
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
    held = io.BytesIO()
    try:
        found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        # What begins with a dot was left by somebody who was ended while he wrote.
        files = sorted(
            path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
        if not files:
            cure = "it was removed, or another name was meant?"
            raise DataError([Issue(f"The run folder {folder.name!r} holds nothing.", cure=cure)])
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                # ZipInfo without a date has one of its own, the same each time.
                entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    except OSError as error:
        raise DataError([Issue(f"The run folder cannot be read: {error.strerror}.", folder.name)]) from None
    return held.getvalue()
