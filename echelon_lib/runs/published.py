"""What every repair of a run does: it opens the published timetable, and writes changed files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.progress import Reporter
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import remove_folder


def published(run: str | Path) -> tuple[Outcome, Timetable]:
    """Return an earlier run and its timetable, or the answer that came closest to one.

    Raises
    ------
    DataError
        When the run cannot be opened or has neither.
    """
    earlier = reopen(run)
    before = earlier.result.best or earlier.result.closest
    if before is None:
        cure = "solve it first, or choose another run?"
        raise DataError([Issue("the run has no timetable that could be repaired", cure=cure)])
    return earlier, before


@contextmanager
def files_of_run(folder: RunFolder, made: list[Path], place: Path, reporter: Reporter) -> Iterator[None]:
    """Leave no run folder behind where the changed files, which go to ``place`` in it, cannot be used."""
    try:
        yield
    except DataError:
        reporter.end("failed", "the data cannot be used")
        shutil.rmtree(place, ignore_errors=True)
        remove_folder(folder, made)
        raise
