"""The weights of a university's rules, each a slider and a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import traitlets

from echelon_lib.widgets.variant_prices import Weight
from echelon_lib.widgets.view import View, script_of, style_of


class WeightSliders(View):
    """Shows what each rule costs, marks what differs from Balanced, and tells what a person sets.

    Parameters
    ----------
    on_weight
        Called with a rule and its new price, which lies between 0 and the most that is shown.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)

    weights = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, on_weight: Callable[[str, int], None]) -> None:
        super().__init__()
        self._on_weight = on_weight

    def show(self, weights: Iterable[Weight]) -> None:
        """Show other weights."""
        self.weights = [
            {
                "rule": one.rule,
                "title": one.title,
                "about": one.description,
                "unit": one.unit,
                "price": one.price,
                "balanced": one.balanced,
                "most": one.most,
            }
            for one in weights
        ]

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Take a weight that the page sends."""
        known = {one["rule"]: one for one in self.weights if one["price"] is not None}
        price, rule = content.get("price"), content.get("rule")
        whole = isinstance(price, int) and not isinstance(price, bool)
        if isinstance(rule, str) and rule in known and whole and 0 <= price <= known[rule]["most"]:  # type: ignore[operator]
            self._on_weight(rule, price)  # type: ignore[arg-type]
