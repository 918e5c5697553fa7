"""The first step of the page of a school: which school, and what its files promise."""

from __future__ import annotations

from echelon_lib.analysis.demand import ceiling
from echelon_lib.analysis.findings import finding_table
from echelon_lib.widgets.files_panel import FilesPanel
from echelon_lib.widgets.markup import Tone, said, tabled


class SchoolPanel(FilesPanel):
    """Chooses or takes in a school and shows what was read."""

    label = "School"
    question = "Which school?"
    about_files = (
        "Give the school a name, then choose its CSV files all at once: Sections_Information, Student_Info, "
        "Student_Preference_Info, Teacher_Info and Period, and where you have them Teacher_unavailability "
        "and Course_Information. They stay on the computer on which this page runs."
    )
    example = "for example: North High, autumn"
    default_name = "Our school"

    def findings(self) -> str:
        """Return how many requests there is room for, and what stands in the way."""
        state = self.state
        if state.problem is None:
            return ""
        text = ceiling(state.problem, state.findings)
        tone: Tone = "error" if state.obstacles else "plain"
        found = tabled(finding_table(state.findings), most=100, otherwise="Nothing stands in the way.")
        return f"<h3>What arithmetic says already</h3>{said(text, tone)}{found}"
