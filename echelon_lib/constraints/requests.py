"""Which requests have to be filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import View, Violation
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class CoreFilled:
    """Some requests are filled, by the primary course or an alternate; the amount is those that are not."""

    name: str
    scope: Scope
    enforcement: Enforcement
    requests: tuple[str, ...]

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each request that no course serves."""
        unfilled = view.unfilled
        for id in self.requests:
            if id in unfilled:
                request = unfilled[id].request
                text = f"Student {request.student} needs {request.primary} to graduate and does not get it."
                yield Violation(self.name, 1, (request.student, request.primary), text, self.enforcement)
