"""Why Claude cannot answer, each reason with its cure."""

from __future__ import annotations

from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.advice.conversation import Answer, Heard
from echelon_lib.advice.proposals import printable

BUSY = ("overloaded_error", "rate_limit_error", "api_error", "timeout_error")
"""Errors in the middle of an answer after which it may be asked again."""


def complain(heard: Heard, fault: str) -> None:
    """Raise AdviserUnavailable unless an answer is complete."""
    if heard.error:
        if heard.error in BUSY:
            raise AdviserUnavailable(f"Claude is busy ({heard.error}).\n  Maybe ask again later?", "busy")
        raise AdviserUnavailable("Claude broke off its answer.\n  Maybe ask again?", "cut_off")
    if fault and not heard.began:
        cure = "check the network, the proxy and base_url in the settings of Claude?"
        raise AdviserUnavailable(f"{fault}.\n  Maybe {cure}", "network")
    if not heard.began:
        raise not_claude()
    if not heard.finished:
        why = fault or "The line to Claude broke"
        raise AdviserUnavailable(f"{why} in the middle of the answer.\n  Maybe ask again?", "cut_off")
    if heard.stop_reason == "refusal":
        raise AdviserUnavailable(
            "Claude refuses to answer.\n  Maybe look at the receipt, or ask the rules instead?", "refusal"
        )
    if heard.stop_reason not in ("end_turn", "tool_use", "stop_sequence"):
        raise AdviserUnavailable(
            "Claude's answer was cut off.\n  Maybe raise max_tokens in the settings of Claude?",
            "cut_off",
        )


def refused(status: int, said: str) -> AdviserUnavailable:
    """Return what a status of the service means, with what it said where that helps."""
    if status in (401, 403):
        return no_key(f"Claude does not accept the key (HTTP {status}).")
    if status == 402:
        return AdviserUnavailable(
            "The account of the key has no credit (HTTP 402).\n  Maybe add some, or use another key?",
            "budget",
        )
    if status == 429:
        return AdviserUnavailable(
            "Claude takes no more requests with this key for now (HTTP 429).\n  Maybe ask again in a minute?",
            "busy",
        )
    if status >= 500:
        what = "is overloaded" if status == 529 else "has a fault of its own"
        return AdviserUnavailable(f"Claude {what} (HTTP {status}).\n  Maybe ask again later?", "busy")
    words = f": {printable(said)[:200]}" if said else ""
    return AdviserUnavailable(
        f"Claude does not accept the request (HTTP {status}){words}.\n"
        "  Maybe check model, max_tokens and base_url in the settings of Claude?",
        "not_accepted",
    )


def unreadable(text: str, answer: Answer) -> AdviserUnavailable:
    """Return that a complete answer is no advice, with what was received."""
    received = "\n".join([answer.text, *(written for _, written in answer.calls)])
    record = {**answer.record, "received": printable(received)}
    return AdviserUnavailable(f"{text}\n  Maybe ask again?", "unreadable", record)


def not_claude() -> AdviserUnavailable:
    """Return that what came is no answer of the service."""
    return AdviserUnavailable(
        "What answered is not Claude, or its answer was damaged.\n"
        "  Maybe check base_url in the settings of Claude?",
        "unreadable",
    )


def no_key(text: str) -> AdviserUnavailable:
    """Return that the service cannot be asked for want of a key."""
    return AdviserUnavailable(
        f"{text}\n  Maybe set ANTHROPIC_API_KEY to a key of the school's own account?", "key"
    )
