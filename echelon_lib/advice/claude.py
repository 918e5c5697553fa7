"""Claude as an adviser, asked by the ``anthropic`` package; this is the only module that knows it.

Nothing is sent unless the settings allow it, nothing but the text that could be seen before, and nothing
without a receipt. The key is the caller's to give; without one the package looks where it always looks,
which is the variable ``ANTHROPIC_API_KEY``. Sign-in tokens, which it would take as well, are refused:
they may be those of a consumer account, whose terms are not those of a school.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Advisor, Past
from echelon_lib.advice.codebook import Codebook, Teller
from echelon_lib.advice.conversation import Answer, Budget, Heard, Line, OnText, Question
from echelon_lib.advice.faults import complain, no_key, not_claude, refused, unreadable
from echelon_lib.advice.outline import outline
from echelon_lib.advice.prompts import ADVISE, PROMPT_VERSION, advice_request
from echelon_lib.advice.proposals import TOOL, Proposed, clean, printable, proposals_in, read_proposals, tool
from echelon_lib.advice.receipt import OnReceipt, Receipt
from echelon_lib.advice.settings import LOOPBACK, ClaudeSettings
from echelon_lib.advice.situation import Situation
from echelon_lib.advice.wire import Watched, Wire, host_of
from echelon_lib.analysis.utilisation import TARGET
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.stop import Running, Stop, running

if TYPE_CHECKING:
    import anthropic
    import httpx2

Approve = Callable[[str], bool]

_KEY = re.compile(r"[\x21-\x7e]+")
_BYTES, _BYTES_PER_TOKEN = 200_000, 2_000  # what an answer may have, at most, with all its wrapping


class ClaudeAdvisor:
    """Proposes what Claude proposes, each proposal read by itself and none of them believed.

    Parameters
    ----------
    settings
        Model, budget and switches. The budget is that of the adviser's whole life.
    api_key
        The key; without one the ``anthropic`` package looks for it.
    approve
        Called with the exact text before the first send of a session; nothing is sent unless it returns
        true. Without it ``settings.send`` is the consent.
    on_text
        Hears what Claude writes while it writes, with names for codes.
    on_receipt
        Hears of every request when it has ended, well or badly.
    on_sending
        Hears of every request before it leaves, as the beginning of the receipt of the same number; where
        it raises, nothing is sent.
    fallback
        Who is asked where Claude cannot answer, if the settings allow it.
    stop
        A criterion or running clock that ends the asking.
    target
        Percent of the seats that a section should reach.
    line
        Who answers in place of Claude: the answers of another day, for example.
    """

    name = "claude"

    def __init__(
        self,
        settings: ClaudeSettings,
        *,
        api_key: str | None = None,
        approve: Approve | None = None,
        on_text: OnText | None = None,
        on_receipt: OnReceipt | None = None,
        on_sending: OnReceipt | None = None,
        fallback: Advisor | None = None,
        stop: Stop | Running | float | None = None,
        target: int = TARGET,
        line: Line | None = None,
    ) -> None:
        self.settings = settings
        self._line: Line = line or Claude(
            settings,
            api_key=api_key,
            approve=approve,
            on_receipt=on_receipt,
            on_sending=on_sending,
            stop=stop,
        )
        self._on_text = on_text
        self._fallback = fallback
        self._target = target
        self._codebook = Codebook()
        self._not_understood: tuple[str, ...] = ()

    def preview(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> str:
        """Return the exact text that ``propose`` would send first; nothing is sent.

        Raises
        ------
        AdviserUnavailable
            When the ``anthropic`` package is missing.
        """
        return self._line.preview(self._question(problem, timetable, history))

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return what Claude would change, given the last timetable and what earlier rounds came to.

        Raises
        ------
        AdviserUnavailable
            When Claude cannot answer and may not be replaced; its record holds what was received.
        EchelonError
            When the problem was not made of the files of a school.
        """
        question = self._question(problem, timetable, history)
        try:
            return self._advice(self._line.ask(question, self._telling()), Situation(problem, timetable))
        except AdviserUnavailable as error:
            error.record = {**self._asked(), **error.record, "failed": error.kind}
            if not self.settings.fallback or self._fallback is None:
                raise
            advice = self._fallback.propose(problem, timetable, history)
            record = {**advice.record, "claude": error.record}
            return replace(advice, record=record, instead_of=self.name, because=str(error).partition("\n")[0])

    def _question(self, problem: Problem, timetable: Timetable, history: Sequence[Past]) -> Question:
        told = outline(
            problem,
            timetable,
            history,
            codebook=self._codebook,
            titles=self.settings.titles,
            target=self._target,
        )
        return Question(ADVISE, advice_request(told, self._not_understood), (tool(),))

    def _telling(self) -> OnText | None:
        """Return what tells a person the answer while it comes; its last word waits for the whole text."""
        listen = self._on_text
        if listen is None:
            return None
        teller = Teller(self._codebook)

        def tell(piece: str) -> None:
            told = teller.tell(printable(piece)) if piece else teller.rest()
            if told:
                listen(told)

        return tell

    def _advice(self, answer: Answer, situation: Situation) -> Advice:
        read = self._read(answer, situation)
        self._not_understood = tuple(one["reason"] for one in read.refused)
        record = {**self._asked(), **answer.record, "refused": list(read.refused)}
        return Advice(self.name, read.actions, clean(answer.text, self._codebook), record)

    def _read(self, answer: Answer, situation: Situation) -> Proposed:
        """Return the proposals of a complete answer; none where it only says that nothing is to be done."""
        if not answer.calls and not answer.text.strip():
            raise unreadable("Claude's answer is empty.", answer)
        listed: list[Any] = []
        for name, written in answer.calls:
            if name != TOOL:
                raise unreadable("Claude called a tool that there is not.", answer)
            try:
                listed += proposals_in(json.loads(written or "{}"))
            except (ValueError, RecursionError):
                raise unreadable("Claude's proposals cannot be read.", answer) from None
        return read_proposals(listed, self._codebook, situation)

    def _asked(self) -> dict[str, Any]:
        return {"model": self.settings.model, "prompt": PROMPT_VERSION}


class Claude:
    """The line to Claude: asks questions within a budget, keeps receipts, and sends only what was shown.

    Parameters
    ----------
    settings, api_key, approve, on_receipt, on_sending, stop
        As for ``ClaudeAdvisor``.
    """

    def __init__(
        self,
        settings: ClaudeSettings,
        *,
        api_key: str | None = None,
        approve: Approve | None = None,
        on_receipt: OnReceipt | None = None,
        on_sending: OnReceipt | None = None,
        stop: Stop | Running | float | None = None,
    ) -> None:
        self.settings = settings
        self.budget = Budget(settings)
        self._api_key = api_key
        self._approve = approve
        self._approved = False
        self._on_receipt = on_receipt or _nobody
        self._on_sending = on_sending or _nobody
        self._stop = running(stop)

    def preview(self, question: Question) -> str:
        """Return the exact text that would be sent; nothing is sent.

        Raises
        ------
        AdviserUnavailable
            When the ``anthropic`` package is missing.
        """
        anthropic = _package()
        shown: list[str] = []

        def stop_here(request: httpx2.Request) -> None:
            shown.append(request.content.decode("utf-8"))
            raise anthropic.AnthropicError("nothing is sent")

        http = anthropic.DefaultHttpxClient(event_hooks={"request": [stop_here]})
        nowhere = "http://127.0.0.1"
        with anthropic.Anthropic(api_key="none", base_url=nowhere, http_client=http, max_retries=0) as client:
            try:
                client.messages.create(**question.body(self.settings), stream=True)
            except anthropic.AnthropicError:
                if not shown:
                    raise
        return shown[0]

    def ask(self, question: Question, on_text: OnText | None = None) -> Answer:
        """Ask a question and return the complete answer.

        Parameters
        ----------
        question
            What is asked.
        on_text
            Hears the text while it comes, and an empty piece at its end.

        Raises
        ------
        AdviserUnavailable
            When there is no complete answer, for any reason; the record says what it cost.
        """
        if not self.settings.send:
            raise AdviserUnavailable(
                "Nothing may be sent to Claude.\n  Maybe set send = true in the settings of Claude?",
                "not_allowed",
            )
        self._go_on()
        text = self.preview(question)
        if used_up := self.budget.used_up(text):
            raise AdviserUnavailable(
                f"Claude was not asked: {used_up}.\n  Maybe raise the budget in the settings of Claude?",
                "budget",
            )
        client, wire = self._client(text)
        with client:
            if not self._approved and self._approve is not None and not self._approve(text):
                raise AdviserUnavailable(
                    "What would be sent to Claude was not approved.\n  Maybe ask the rules instead?",
                    "not_allowed",
                )
            self._approved = True
            return self._asked(client, wire, question, on_text)

    def _asked(
        self, client: anthropic.Anthropic, wire: Wire, question: Question, on_text: OnText | None
    ) -> Answer:
        clock, before, failed = Running(), self.budget.requests, "interrupted"
        wire.in_time = lambda: self._in_time(clock)
        try:
            self._listen(client, wire, question, on_text)
            failed = ""
        except AdviserUnavailable as error:
            failed = str(error).partition("\n")[0]
            received = printable(wire.hidden(wire.heard.received))
            error.record = {**self._record(wire, self.budget.requests - before, clock), "received": received}
            raise
        finally:
            if wire.sent:
                self.budget.spend(wire.heard, wire.text, clock.elapsed())
            wire.close(failed)
        calls = tuple((name, wire.hidden(written)) for name, written in wire.heard.calls.values())
        record = self._record(wire, self.budget.requests - before, clock)
        return Answer(wire.hidden(wire.heard.text), calls, record)

    def _listen(
        self, client: anthropic.Anthropic, wire: Wire, question: Question, on_text: OnText | None
    ) -> None:
        """Send a question and hear the answer to its end; raises AdviserUnavailable with what went wrong."""
        import httpx2

        anthropic, heard, fault = _package(), wire.heard, ""
        body = question.body(self.settings)
        most = _BYTES + self.settings.max_tokens * _BYTES_PER_TOKEN
        try:
            with client.messages.with_streaming_response.create(**body, stream=True) as response:
                watched = Watched(response.http_response, wire.in_time, most)
                events = (one.data for one in anthropic.Stream.raw_events(watched))
                while (piece := _next(events, heard)) is not None and not (heard.finished or heard.error):
                    if piece and on_text is not None:
                        on_text(piece)
        except anthropic.APIStatusError as error:
            raise refused(error.status_code, wire.hidden(str(error.api_message or ""))) from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            wire.in_time()
            fault = "Claude did not answer in time"
        except (anthropic.APIConnectionError, httpx2.HTTPError):
            fault = "The line to Claude broke"
        except anthropic.AnthropicError:
            if wire.withheld is None:
                raise
            raise wire.withheld from None
        finally:
            if on_text is not None:
                on_text("")
        complain(heard, fault)

    def _go_on(self) -> None:
        if self._stop.done():
            raise AdviserUnavailable(
                "Asking Claude was stopped.\n  Maybe give the rounds of advice more time?", "cut_off"
            )

    def _in_time(self, clock: Running) -> None:
        self._go_on()
        if clock.elapsed() >= self.budget.seconds_left:
            raise AdviserUnavailable(
                f"Claude's answers may take {self.settings.seconds:g} seconds, and these are used up.\n"
                "  Maybe raise seconds in the settings of Claude?",
                "budget",
            )

    def _seconds_left(self) -> float:
        left = [self.budget.seconds_left, self._stop.remaining()]
        return min(one for one in left if one is not None)

    def _client(self, text: str) -> tuple[anthropic.Anthropic, Wire]:
        """Return a client that can send this text and no other."""
        import httpx2

        anthropic = _package()
        wire = Wire(
            text,
            self.settings.model,
            self.budget,
            sending=self._on_sending,
            ended=self._on_receipt,
            withheld=anthropic.AnthropicError,
        )
        wire.seconds_left = self._seconds_left
        seconds = max(0.001, self._seconds_left())
        # Only where it was meant to go: a redirect could lead the text to anybody.
        http = anthropic.DefaultHttpxClient(
            follow_redirects=False,
            event_hooks={"request": [wire.sending], "response": [wire.answered]},
        )
        try:
            client = anthropic.Anthropic(
                api_key=self._api_key,
                base_url=self.settings.base_url,
                timeout=anthropic.Timeout(seconds, connect=min(10.0, seconds)),
                max_retries=self.settings.retries,
                http_client=http,
                open_telemetry=False,
            )
        except (anthropic.AnthropicError, httpx2.InvalidURL, ValueError):
            http.close()
            raise no_key("The settings of the anthropic package cannot be used.") from None
        if not client.api_key:
            client.close()
            raise no_key("There is no key for Claude.")
        if not _KEY.fullmatch(client.api_key):
            client.close()
            raise no_key("The key for Claude holds spaces or other characters that no key has.")
        if client.base_url.scheme != "https" and client.base_url.host not in LOOPBACK:
            client.close()
            raise AdviserUnavailable(
                "What is sent to Claude would be sent unencrypted, so it was not sent.\n"
                "  Maybe begin ANTHROPIC_BASE_URL with https?",
                "not_allowed",
            )
        wire.key, wire.host = client.api_key, host_of(client.base_url)
        return client, wire

    def _record(self, wire: Wire, requests: int, clock: Running) -> dict[str, Any]:
        heard = wire.heard
        known = heard.tokens_in is not None and heard.tokens_out is not None
        usd = self.settings.usd_for(heard.tokens_in or 0, heard.tokens_out or 0) if known else None
        return {
            "answered_by": printable(heard.model)[:100],
            "calls": 1,
            "requests": requests,
            "tokens_in": heard.tokens_in,
            "tokens_out": heard.tokens_out,
            "usd": usd,
            "seconds": round(clock.elapsed(), 3),
            "stop_reason": printable(heard.stop_reason)[:100],
        }


def _next(events: Iterator[str], heard: Heard) -> str | None:
    """Take in the next event and return the text that is new; None at the end of the stream."""
    try:
        data = next(events, None)
        return None if data is None else heard.hear(data)
    except (ValueError, RecursionError):
        raise not_claude() from None


def _package() -> Any:
    """Return the ``anthropic`` package; raises AdviserUnavailable where it is not installed."""
    try:
        import anthropic
    except ImportError:
        cure = 'install it with pip install "echelon[claude]"?'
        raise AdviserUnavailable(
            f"The anthropic package is not installed.\n  Maybe {cure}", "package"
        ) from None
    return anthropic


def _nobody(receipt: Receipt) -> None:
    """Hear of a receipt where nobody wants to."""
