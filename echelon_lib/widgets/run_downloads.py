"""What can be taken away of a run, as files that the browser saves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets

from echelon_lib.formats.run_archive import archive_of
from echelon_lib.formats.run_reading import TIMETABLE
from echelon_lib.formats.workbook import workbook_of
from echelon_lib.runs.changed import CHANGED
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.markup import prose


def downloads(folder: Path) -> ipywidgets.Widget:
    """Return what can be taken away of a run folder, also where it cannot be opened any more."""
    name = folder.name

    def bytes_of(file: str) -> Callable[[], bytes]:
        return (folder / file).read_bytes

    offered: list[ipywidgets.Widget] = [
        Download(
            "Excel workbook",
            f"{name}.xlsx",
            lambda: workbook_of(folder),
            description="All tables in one file: schedule, students, sections, what is not met.",
        ),
        Download(
            "Everything",
            f"{name}.zip",
            lambda: archive_of(folder),
            description="The whole run folder, from which it can be scored and compared again.",
        ),
    ]
    for label, file, about in (
        ("Timetable", TIMETABLE, "CSV: every session with day, hours, room, faculty and who comes."),
        ("Timetables to look up", "viewer.html", "A page that opens without a network, ready to print."),
        ("Master schedule", "Master_Schedule.csv", "CSV: every section with its period."),
        ("Students' sections", "Student_Assignments.csv", "CSV: every student with the sections."),
        ("Requests not met", "unmet_requests.csv", "CSV: whose, and why."),
        (
            "Changed sections",
            CHANGED,
            "CSV: the sections file with the changes, for the school's own system.",
        ),
        ("Prices paid", "Constraint_Violations.csv", "CSV: every rule that is not kept, in sentences."),
    ):
        if (folder / file).is_file():
            given = f"{name}-{Path(file).name}"
            offered.append(Download(label, given, bytes_of(file), description=about))
    return ipywidgets.VBox(
        [prose("These files may name students. Keep them where the records of students are kept."), *offered]
    )
