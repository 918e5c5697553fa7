"""The first step of the university page: whose files, or an invented university, and what arithmetic says."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import traitlets

from echelon_lib.analysis.findings import issue_table, located_findings
from echelon_lib.generate.university.reference import FEWEST_DEPARTMENTS, MOST_DEPARTMENTS
from echelon_lib.runs.scenario import MOST_SEED
from echelon_lib.widgets.files_panel import FilesPanel
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import row, said, tabled
from echelon_lib.widgets.run_panel import STYLE
from echelon_lib.widgets.university_state import UniversityState

_INVENT = (
    "For trying things out: courses, people, rooms and enrolments of a university that does not exist, for "
    "which there is a timetable without a clash. The same departments and the same seed give the same one."
)


class UniversityDataPanel(FilesPanel):
    """Chooses, takes in or invents a university and shows what was read."""

    state: UniversityState
    label = "University"
    question = "Which university?"
    about_files = (
        "Give the university a name, then choose its CSV files all at once: Calendar, Departments, "
        "Programmes, Courses, Sections, Faculty, Rooms, Students and Enrolments, and where you have it "
        "Faculty_Times. They stay on the computer on which this page runs."
    )
    example = "for example: North College, autumn"
    default_name = "Our university"

    def more(self) -> Sequence[ipywidgets.Widget]:
        """Return the form that invents a university."""
        return (Fold("Invent a university to try things on", _INVENT, self._form),)

    def _form(self) -> Sequence[ipywidgets.Widget]:
        state = self.state
        departments = ipywidgets.BoundedIntText(
            min=FEWEST_DEPARTMENTS, max=MOST_DEPARTMENTS, description="Departments", style=STYLE
        )
        seed = ipywidgets.BoundedIntText(min=0, max=MOST_SEED, description="Seed of the draw", style=STYLE)
        traitlets.link((state, "departments"), (departments, "value"))
        traitlets.link((state, "generator_seed"), (seed, "value"))
        button = ipywidgets.Button(description="Invent it", icon="magic")
        button.on_click(lambda pressed: state.generate())
        return [row(departments, seed, button)]

    def reading(self) -> str:
        """Return what was read; what is wrong with the files as a table with file, row and cure."""
        state = self.state
        others = [issue for issue in state.issues if issue not in state.near_headers]
        if not others:
            return super().reading()
        count = "1 thing has" if len(others) == 1 else f"{len(others):,} things have"
        text = f"These files cannot be used yet: {count} to be mended. Nothing was changed."
        found = issue_table(others).rename(columns={"Suggestion": "Cure"})
        return said(text, "error") + tabled(found, most=200)

    def findings(self) -> str:
        """Return what arithmetic found, the graver first."""
        state = self.state
        if state.problem is None or not state.checked:
            return ""
        blocked = len(state.obstacles)
        text = (
            f"No timetable can keep all required rules: {blocked:,} of these findings prove it."
            if blocked
            else "Arithmetic finds nothing that makes a timetable impossible."
        )
        otherwise = "There is nothing else to look at."
        found = tabled(located_findings(state.findings), most=200, otherwise=otherwise)
        return f"<h3>What arithmetic says already</h3>{said(text, 'error' if blocked else 'good')}{found}"
