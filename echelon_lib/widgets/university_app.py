"""The university page: six steps, each a panel."""

from __future__ import annotations

from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.page import StepsPage, workspace_at
from echelon_lib.widgets.university_data_panel import UniversityDataPanel
from echelon_lib.widgets.university_files_panel import UniversityFilesPanel
from echelon_lib.widgets.university_run_panel import UniversityRunPanel
from echelon_lib.widgets.university_state import STEPS, UniversityState
from echelon_lib.widgets.university_views import UniversityResultPanel
from echelon_lib.widgets.variants_panel import VariantsPanel
from echelon_lib.widgets.weights_panel import WeightsPanel

_TITLES = ("1  Data", "2  Weights", "3  Run", "4  Review", "5  Variants", "6  Download")
_PANELS = (
    UniversityDataPanel,
    WeightsPanel,
    UniversityRunPanel,
    UniversityResultPanel,
    VariantsPanel,
    UniversityFilesPanel,
)


class UniversityApp(StepsPage):
    """The page of a registrar: data, weights, run, review, variants, download.

    Parameters
    ----------
    state
        The state that it shows; a new one in the default workspace when left out.
    """

    def __init__(self, state: UniversityState | None = None) -> None:
        self.state = state or UniversityState()
        panels = dict(zip(STEPS, zip(_TITLES, _PANELS, strict=True), strict=True))
        super().__init__("university", self.state, panels)


def university(workspace: str = "") -> UniversityApp:
    """Return the page, the last line of its notebook.

    Parameters
    ----------
    workspace
        Folder of universities and runs; the usual one where it is blank.
    """
    place = workspace_at(workspace)
    return UniversityApp(UniversityState(None if place is None else Workspace(place)))
