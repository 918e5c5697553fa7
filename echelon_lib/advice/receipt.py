"""The privacy receipt: what was sent to Claude, word by word, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from echelon_lib.domain.errors import EchelonError


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request as it went over the line; a request that is tried again has a receipt for each time.

    Parameters
    ----------
    number
        Which request of the session it is, from 1.
    model, host
        Which model was asked, and the host and port that the request went to.
    body, sha256
        The exact text of the request, and the hash of its bytes.
    status
        The HTTP status of the answer; None without one.
    reply, calls
        What was received until the end or the failure: the text, and the tools that were called, each with
        its input as it was written.
    stop_reason
        Why Claude ended, in the word of the API; empty where the answer was not complete.
    tokens_in, tokens_out
        Tokens as the API counted them; None where it did not say.
    seconds
        Time from sending to the end.
    error
        What went wrong; empty where nothing did.
    """

    number: int
    model: str
    host: str
    body: str
    sha256: str
    status: int | None = None
    reply: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    stop_reason: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0
    error: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Receipt:
        """Return a receipt from the plain JSON types in which it was kept; further keys are left aside.

        Raises
        ------
        EchelonError
            When they are those of no receipt.
        """
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        try:
            return cls(**{**known, "calls": tuple((str(a), str(b)) for a, b in known.get("calls", ()))})
        except (TypeError, ValueError):
            raise EchelonError("This is no privacy receipt.\n  Maybe another file was meant?") from None


OnReceipt = Callable[[Receipt], None]
"""Hears of receipts; where it raises before something is sent, nothing is sent."""
