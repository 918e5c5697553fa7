"""What watches the line to Claude: one text to one host, always with a receipt, and an end to each answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.advice.conversation import Budget, Heard, storable
from echelon_lib.advice.faults import not_claude
from echelon_lib.advice.proposals import printable
from echelon_lib.advice.receipt import OnReceipt, Receipt
from echelon_lib.stop import Running

if TYPE_CHECKING:
    import httpx2

_LONGEST_FAULT = 20_000  # characters of an answer that is a fault


class Wire:
    """What watches the line of one question: lets one text pass, to one host, and writes receipts.

    Parameters
    ----------
    text
        The text that may be sent.
    model, budget
        Which model is asked, and what counts its requests.
    sending, ended
        Hear of the receipt before a request leaves, and when it has ended.
    withheld
        The error that makes the package give up at once.
    """

    def __init__(
        self,
        text: str,
        model: str,
        budget: Budget,
        *,
        sending: OnReceipt,
        ended: OnReceipt,
        withheld: type[Exception],
    ) -> None:
        self.text = text
        self.heard = Heard()
        self.key = self.host = ""
        self.sent = False
        self.in_time: Callable[[], None] = lambda: None
        self.seconds_left: Callable[[], float] = lambda: budget.seconds_left
        self.withheld: Exception | None = None
        self._model, self._budget = model, budget
        self._on_sending, self._on_receipt, self._give_up = sending, ended, withheld
        self._open: Receipt | None = None
        self._clock = Running()

    def sending(self, request: httpx2.Request) -> None:
        """Let a request pass if it is the one that could be seen, after its receipt was begun."""
        with self._giving_up():
            self.close("no answer came")
            self.in_time()
            body = request.read()
            if body != self.text.encode("utf-8") or host_of(request.url) != self.host:
                raise AdviserUnavailable(
                    "What was about to be sent to Claude is not what was shown, so it was not sent.\n"
                    "  Maybe install the version of the anthropic package that requirements.lock names?",
                    "not_allowed",
                )
            receipt = Receipt(
                number=self._budget.requests + 1,
                model=self._model,
                host=self.host,
                body=self.text,
                sha256=hashlib.sha256(body).hexdigest(),
            )
            self._on_sending(receipt)
            self._open, self._clock, self.sent = receipt, Running(), True
            self._budget.requests += 1

    def answered(self, response: httpx2.Response) -> None:
        """Note the status of an answer, and close the receipt of one that is a fault."""
        if self._open is not None:
            self._open = replace(self._open, status=response.status_code)
        if response.is_success:
            return
        response.read()
        if _wait(response.headers) > self.seconds_left():
            response.headers["x-should-retry"] = "false"
        with self._giving_up():
            self.close(f"HTTP {response.status_code}", response.text[:_LONGEST_FAULT])

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        """Have the package give up at once, where it would take an error of ours for one of the line."""
        try:
            yield
        except Exception as error:
            self.withheld = error
            raise self._give_up("withheld") from None

    def close(self, error: str, reply: str | None = None) -> None:
        """End the receipt that is open, if any, and hand it over."""
        if self._open is None:
            return
        heard, receipt = self.heard, self._open
        self._open = None
        self._on_receipt(
            replace(
                receipt,
                reply=storable(self.hidden(heard.text if reply is None else reply)),
                calls=tuple((name, storable(self.hidden(text))) for name, text in heard.calls.values()),
                stop_reason=printable(heard.stop_reason)[:100],
                tokens_in=heard.tokens_in,
                tokens_out=heard.tokens_out,
                seconds=round(self._clock.elapsed(), 3),
                error=error,
            )
        )

    def hidden(self, text: str) -> str:
        """Return a text without the key, which a service might repeat."""
        return text.replace(self.key, "[key]") if self.key else text


class Watched:
    """The bytes of an answer, as long as there is time and they are not far too many."""

    def __init__(self, response: httpx2.Response, in_time: Callable[[], None], most: int) -> None:
        self._response, self._in_time, self._most = response, in_time, most

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the bytes as they come."""
        count = 0
        for chunk in self._response.iter_bytes():
            self._in_time()
            count += len(chunk)
            if count > self._most:
                raise not_claude()
            yield chunk


def host_of(url: Any) -> str:
    """Return host and port of an address."""
    return f"{url.host}:{url.port}" if url.port else str(url.host)


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that a busy service asks to wait; more than anybody has where it cannot be read."""
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        return float(headers.get("retry-after", 0))
    except ValueError:
        return float("inf")
