"""Model, budget and switches of Claude as an adviser; nothing is sent unless somebody says so.

Title and description of each field are what people read of it, wherever it is shown.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from echelon_lib.rule_kinds import Strict

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Count = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Dollars = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]


class ClaudeSettings(Strict):
    """How Claude is asked, what it may cost, and whether anything may be sent at all."""

    send: bool = Field(
        default=False,
        strict=True,
        title="Send to Claude",
        description="Whether anything may leave the house: course titles, codes and counts; never a student.",
    )
    titles: Literal["quoted", "codes"] = Field(
        default="quoted",
        title="Course titles",
        description='"quoted" sends titles of courses, "codes" sends codes in their place.',
    )
    fallback: bool = Field(
        default=False,
        strict=True,
        title="Rules instead",
        description="Whether the rules may advise where Claude cannot answer; the record says so.",
    )
    model: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        default="claude-sonnet-5-5",
        title="Model",
        description="The model that is asked, such as claude-sonnet-5-5 or claude-opus-5-5.",
    )
    max_tokens: Annotated[int, Field(ge=200, le=100_000, strict=True)] = Field(
        default=8_000,
        title="Length of an answer",
        description="Tokens of one answer, at most; a longer one is cut off and not used.",
    )
    retries: Annotated[int, Field(ge=0, le=10, strict=True)] = Field(
        default=2,
        title="Tries again",
        description="How often a request is sent again where Claude is busy or the line breaks.",
    )
    calls: Count = Field(
        default=10,
        title="Calls",
        description="Questions to Claude, at most, as long as one adviser lives.",
    )
    tokens: Count = Field(
        default=300_000,
        title="Tokens",
        description="Tokens sent and received, at most; a question that could pass it is not asked.",
    )
    usd: Dollars | None = Field(
        default=None,
        title="Dollars",
        description="What all questions may cost together; needs both prices.",
        json_schema_extra={"without": "no limit"},
    )
    seconds: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = Field(
        default=300.0,
        title="Seconds",
        description="Time that all answers may take together.",
    )
    usd_per_million_in: Dollars | None = Field(
        default=None,
        title="Price of what is sent",
        description="Dollars for a million tokens that are sent; without it no cost is told.",
        json_schema_extra={"without": "not known"},
    )
    usd_per_million_out: Dollars | None = Field(
        default=None,
        title="Price of what is received",
        description="Dollars for a million tokens that are received; without it no cost is told.",
        json_schema_extra={"without": "not known"},
    )
    base_url: Annotated[str, Field(max_length=500)] | None = Field(
        default=None,
        title="Address",
        description="Where Claude is asked, such as a gateway of the district.",
        json_schema_extra={"without": "as the anthropic package finds it"},
    )

    @field_validator("model")
    @classmethod
    def _is_a_word(cls, value: str) -> str:
        if not re.fullmatch(r"[\w.:@/-]+", value, re.ASCII):
            raise ValueError("a model is one word.\n  Maybe claude-sonnet-5-5?")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        """Refuse an address without encryption, unless it is on this machine, and one that holds a secret."""
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise ValueError("this is no address of a service.\n  Maybe https://claude.district.example?")
        if parts.scheme == "http" and host not in LOOPBACK:
            raise ValueError("it would be sent unencrypted.\n  Maybe begin the address with https?")
        return value

    @model_validator(mode="after")
    def _can_be_judged(self) -> ClaudeSettings:
        if self.usd is not None and self.price is None:
            raise ValueError(
                "a limit in dollars needs the prices of tokens.\n"
                "  Maybe set usd_per_million_in and usd_per_million_out, or limit tokens instead?"
            )
        return self

    @property
    def price(self) -> tuple[float, float] | None:
        """Dollars for a million tokens in and out; None where one of them is not known."""
        if self.usd_per_million_in is None or self.usd_per_million_out is None:
            return None
        return self.usd_per_million_in, self.usd_per_million_out

    def usd_for(self, tokens_in: int, tokens_out: int) -> float | None:
        """Return what so many tokens cost in dollars; None without prices."""
        if self.price is None:
            return None
        price_in, price_out = self.price
        return (tokens_in * price_in + tokens_out * price_out) / 1_000_000
