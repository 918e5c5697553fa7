"""The step of the university page in which runs are started: with the stages of the search to choose."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from echelon_lib.search.university.stages import Stages
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import prose, row, wide
from echelon_lib.widgets.run_panel import STYLE, RunPanel
from echelon_lib.widgets.university_state import STAGES, UniversityState

_STAGES = (
    "The search makes a week in four stages. "
    "What is chosen here holds for runs that are started in this step."
)


class UniversityRunPanel(RunPanel):
    """Starts, follows and stops runs of a university; what does each stage of the search can be chosen."""

    state: UniversityState

    def arranged(self, seconds: ipywidgets.Widget, seed: ipywidgets.Widget) -> ipywidgets.Widget:
        """Return the settings, the stages folded away; those that differ are named beside the title."""
        fold = Fold("Stages", _STAGES, self._stages)

        def say(change: Any = None) -> None:
            chosen = self.state.stages.model_dump(exclude_defaults=True)
            fold.say(", ".join(f"{Stages.model_fields[name].title}: {chosen[name]}" for name in chosen))

        self.state.observe(say, list(STAGES))
        say()
        return ipywidgets.VBox([row(seconds, seed), fold])

    def _stages(self) -> list[ipywidgets.Widget]:
        """Return a field for each stage, with what its choices mean."""
        made: list[ipywidgets.Widget] = []
        for name, choices in STAGES.items():
            about = Stages.model_fields[name]
            field = ipywidgets.Dropdown(
                options=choices, description=about.title or name, style=STYLE, layout=wide()
            )
            traitlets.link((self.state, name), (field, "value"))
            made += [field, prose(about.description or "")]
        return made
