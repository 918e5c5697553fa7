"""The master schedule page: five steps, each a panel."""

from __future__ import annotations

from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.advice_panel import AdvicePanel
from echelon_lib.widgets.page import StepsPage, workspace_at
from echelon_lib.widgets.result_panel import SchoolResultPanel
from echelon_lib.widgets.rules_panel import RulesPanel
from echelon_lib.widgets.run_panel import SchoolRunPanel
from echelon_lib.widgets.school_panel import SchoolPanel
from echelon_lib.widgets.state import STEPS, MasterScheduleState

_TITLES = ("1  School", "2  Rules", "3  Run", "4  Result", "5  Advice")
_PANELS = (SchoolPanel, RulesPanel, SchoolRunPanel, SchoolResultPanel, AdvicePanel)


class MasterScheduleApp(StepsPage):
    """The page of an administrator: school, rules, run, result, advice.

    Parameters
    ----------
    state
        The state that it shows; a new one in the default workspace when left out.
    """

    def __init__(self, state: MasterScheduleState | None = None) -> None:
        self.state = state or MasterScheduleState()
        panels = dict(zip(STEPS, zip(_TITLES, _PANELS, strict=True), strict=True))
        super().__init__("master_schedule", self.state, panels)


def master_schedule(workspace: str = "") -> MasterScheduleApp:
    """Return the page, the last line of its notebook.

    Parameters
    ----------
    workspace
        Folder of schools and runs; the usual one where it is blank.
    """
    place = workspace_at(workspace)
    return MasterScheduleApp(MasterScheduleState(None if place is None else Workspace(place)))
