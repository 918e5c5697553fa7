"""One question to Claude and its answer: what is asked, what is heard while it comes, what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from echelon_lib.advice.settings import ClaudeSettings

CHARACTERS_PER_TOKEN = 3
"""Characters of JSON that make a token, at least: what a request will cost is estimated by it."""

OnText = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """What is asked.

    Parameters
    ----------
    system, text
        The prompt and the request.
    tools
        What Claude may call, as plain JSON types.
    """

    system: str
    text: str
    tools: tuple[Mapping[str, Any], ...] = ()

    def body(self, settings: ClaudeSettings) -> dict[str, Any]:
        """Return the parameters of the request."""
        body: dict[str, Any] = {
            "model": settings.model,
            "max_tokens": settings.max_tokens,
            "system": self.system,
            "messages": [{"role": "user", "content": self.text}],
        }
        if self.tools:
            body["tools"] = [dict(one) for one in self.tools]
            body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
        return body


@dataclass(frozen=True)
class Answer:
    """A complete answer.

    Parameters
    ----------
    text
        What it says.
    calls
        The tools that it calls, each with its input as it was written: JSON, or what should be.
    record
        Calls, tokens, dollars, seconds and so on, as plain JSON types.
    """

    text: str
    calls: tuple[tuple[str, str], ...]
    record: Mapping[str, Any]


class Line(Protocol):
    """Something that answers questions in the manner of Claude."""

    def preview(self, question: Question) -> str:
        """Return the exact text that ``ask`` would send; nothing is sent."""
        ...

    def ask(self, question: Question, on_text: OnText | None = None) -> Answer:
        """Return the answer; raises AdviserUnavailable where there is none."""
        ...


@dataclass
class Heard:
    """What has come of an answer until now, as the events of the stream tell it."""

    text: str = ""
    calls: dict[int, tuple[str, str]] = field(default_factory=dict)
    began: bool = False
    finished: bool = False
    stop_reason: str = ""
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    error: str = ""

    def hear(self, data: str) -> str:
        """Take in the data of one event and return the text that is new; raises ValueError for nonsense."""
        event = json.loads(data) if data else {}
        if not isinstance(event, dict):
            raise ValueError("an event is an object")
        kind = event.get("type")
        delta, block, message = (_mapping(event, key) for key in ("delta", "content_block", "message"))
        at = event.get("index")
        index = at if isinstance(at, int) else 0
        fresh = ""
        if kind == "message_start":
            self.began, self.model = True, _text(message, "model")
            self._count(_mapping(message, "usage"))
        elif kind == "content_block_start" and block.get("type") == "text":
            fresh = _text(block, "text")
        elif kind == "content_block_start" and block.get("type") == "tool_use":
            self.calls[index] = _text(block, "name"), ""
        elif kind == "content_block_delta" and delta.get("type") == "text_delta":
            fresh = _text(delta, "text")
        elif (
            kind == "content_block_delta" and delta.get("type") == "input_json_delta" and index in self.calls
        ):
            name, written = self.calls[index]
            self.calls[index] = name, written + _text(delta, "partial_json")
        elif kind == "message_delta":
            self.stop_reason = _text(delta, "stop_reason")
            self._count(_mapping(event, "usage"))
        elif kind == "message_stop":
            self.finished = True
        elif kind == "error":
            self.error = _text(_mapping(event, "error"), "type") or "error"
        self.text += fresh
        return fresh

    @property
    def received(self) -> str:
        """Everything that was received, one after the other."""
        return "\n".join([self.text, *(written for _, written in self.calls.values())]).strip()

    def _count(self, usage: Mapping[str, Any]) -> None:
        read = [usage.get(key) for key in ("input_tokens", *_CACHED)]
        if isinstance(read[0], int):
            self.tokens_in = sum(one for one in read if isinstance(one, int))
        if isinstance(usage.get("output_tokens"), int):
            self.tokens_out = usage["output_tokens"]


@dataclass
class Budget:
    """What the questions of one adviser have cost, against what they may.

    Parameters
    ----------
    settings
        The limits.
    """

    settings: ClaudeSettings
    calls: int = 0
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float:
        """Seconds that answers may still take."""
        return max(0.0, self.settings.seconds - self.seconds)

    def used_up(self, text: str) -> str:
        """Return what one more question with this text could pass, in words; empty where it fits."""
        limits = self.settings
        cost_in, cost_out = estimated_tokens(text), limits.max_tokens
        tokens_in, tokens_out = self.tokens_in + cost_in, self.tokens_out + cost_out
        usd = limits.usd_for(tokens_in, tokens_out)
        if self.calls >= limits.calls:
            return f"the limit of {limits.calls} calls is reached"
        if self.seconds_left <= 0:
            return f"the {limits.seconds:g} seconds for answers are used up"
        if tokens_in + tokens_out > limits.tokens:
            left = max(0, limits.tokens - self.tokens_in - self.tokens_out)
            return (
                f"one more question could take {cost_in + cost_out:,} tokens, and {left:,} of "
                f"{limits.tokens:,} are left"
            )
        if limits.usd is not None and usd is not None and usd > limits.usd:
            return f"one more question could bring the cost to {usd:.2f} of {limits.usd:.2f} dollars"
        return ""

    def spend(self, heard: Heard, text: str, seconds: float) -> None:
        """Count a question that was sent; what the service did not count is estimated."""
        self.calls += 1
        self.seconds += seconds
        if heard.began:
            self.tokens_in += heard.tokens_in if heard.tokens_in is not None else estimated_tokens(text)
            counted = heard.tokens_out or 0
            self.tokens_out += counted if heard.finished else max(counted, estimated_tokens(heard.received))


_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens")


def estimated_tokens(text: str) -> int:
    """Return how many tokens a text may be, rather too many than too few."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def storable(text: str) -> str:
    """Return a text as a file can hold it: of a character that was cut in two, nothing is left."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _mapping(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = event.get(key)
    return value if isinstance(value, dict) else {}


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""
