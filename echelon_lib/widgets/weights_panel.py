"""The second step of the university page: what the rules cost, by a variant or by sliders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import pandas as pd

from echelon_lib.domain.errors import EchelonError
from echelon_lib.strict_toml import LARGEST_FILE
from echelon_lib.university_rules import UniversityKinds
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import heading, prose, row, said, tabled, wide
from echelon_lib.widgets.university_state import UniversityState
from echelon_lib.widgets.upload import Upload
from echelon_lib.widgets.variant_prices import BALANCED, named, weighted
from echelon_lib.widgets.weight_sliders import WeightSliders


class WeightsPanel(ipywidgets.VBox):
    """Sets what each priced rule costs.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: UniversityState) -> None:
        self._state = state
        self._showing = False
        self._variant = ipywidgets.Dropdown(description="Variant", layout=wide())
        self._variant.observe(self._choose, "value")
        self._name = ipywidgets.Text(description="Name of your own", layout=wide(), continuous_update=False)
        self._name.observe(self._call, "value")
        self._status = ipywidgets.HTML()
        self._back = ipywidgets.Button(description=f"Back to {BALANCED}", icon="undo")
        self._back.on_click(lambda button: state.choose_variant(BALANCED))
        self._sliders = WeightSliders(state.set_weight)
        self._kept = ipywidgets.HTML()
        state.observe(self._show, ["rules", "variant", "jobs", "school"])
        super().__init__(
            [
                heading("What matters how much?"),
                prose(
                    "No clash, no room that is too small and nobody who teaches while away: that is always "
                    "kept. Everything here has a price instead: the search makes the sum of all prices "
                    "small, so the higher the price of a rule, the more it is kept. 0 is off."
                ),
                row(self._variant, self._back),
                self._name,
                self._status,
                self._sliders,
                Fold("What is always kept", "", lambda: [self._kept]),
                Fold("Weights as a file", "", self._as_file),
            ]
        )
        self._show()

    def _choose(self, change: Any) -> None:
        if not self._showing and change["new"]:
            self._state.choose_variant(change["new"])

    def _call(self, change: Any) -> None:
        if not self._showing:
            self._state.variant = change["new"]
            self._show()

    def _as_file(self) -> Sequence[ipywidgets.Widget]:
        state = self._state
        download = Download(
            "Rules file",
            "rules.toml",
            lambda: state.weights_set.to_toml().encode(),
            description="These weights as a file, for the next semester or for the command line.",
        )
        upload = Upload(
            "A rules file", accept=(".toml",), most_bytes=LARGEST_FILE, most_total=LARGEST_FILE, most_files=1
        )

        def take(files: Mapping[str, bytes]) -> None:
            for name, content in files.items():
                if not state.load_rules(content, name):
                    raise EchelonError("No weight was changed; what is wrong stands at the top of this page.")

        upload.on_files(take)
        return [download, upload]

    def _show(self, change: Any = None) -> None:
        state = self._state
        known = named(state.weights_set)
        names = list(dict.fromkeys((*known, *state.own_variants, state.variant)))
        self._showing = True
        try:
            if names != list(self._variant.options):
                self._variant.options = names
            self._variant.value = state.variant
            self._name.value = state.variant
        finally:
            self._showing = False
        own = state.variant not in known
        self._name.layout.display = "" if own else "none"
        self._sliders.show(state.weights)
        changed = [weight for weight in state.weights if weight.price not in (None, weight.balanced)]
        self._back.disabled = not changed
        if not changed:
            self._status.value = said(f"These are the weights of {BALANCED}.", "good")
        else:
            verb = "differs" if len(changed) == 1 else "differ"
            names_of = ", ".join(weight.title for weight in changed)
            self._status.value = said(f"{len(changed)} of these {verb} from {BALANCED}: {names_of}.")
        self._kept.value = tabled(_kept(state))


def _kept(state: UniversityState) -> pd.DataFrame:
    """Return the rules that have no slider, or are required all the same, and how strict they are."""
    kinds = state.weights_set.kinds
    rows = []
    for name, info in UniversityKinds.model_fields.items():
        kind = getattr(kinds, name)
        if name not in weighted() or kind == "required":
            strict = kind if isinstance(kind, str) else f"price {kind.priced}"
            rows.append((info.title, strict, info.description))
    clash = "Nobody and no room is in two places at once, and every session has a place."
    return pd.DataFrame(
        [("Clashes", "required", clash), *rows], columns=["Rule", "How strict", "What it says"]
    )
