"""Answers of another day: what Claude said to the very same question, from the receipts that were kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.advice.conversation import Answer, OnText, Question
from echelon_lib.advice.receipt import Receipt
from echelon_lib.advice.settings import ClaudeSettings


class Replay:
    """Answers from receipts; it needs neither key nor network, and sends nothing.

    Parameters
    ----------
    settings
        Those with which the answers were recorded: model and length of an answer belong to the question.
    receipts
        In the order of the requests. Where a question was asked more than once, the answers come in turn and
        the last one again and again.
    """

    def __init__(self, settings: ClaudeSettings, receipts: Iterable[Receipt]) -> None:
        self.settings = settings
        self._recorded: dict[str, list[Receipt]] = {}
        for receipt in receipts:
            # A request that was tried again is told by how it ended.
            if receipt.status == 200:
                self._recorded.setdefault(_hash_of_text(receipt.body), []).append(receipt)

    def preview(self, question: Question) -> str:
        """Return the question as plain text."""
        return _canonical({**question.body(self.settings), "stream": True})

    def ask(self, question: Question, on_text: OnText | None = None) -> Answer:
        """Return what was answered to this question.

        Raises
        ------
        AdviserUnavailable
            When it was never asked, or the answer was none.
        """
        recorded = self._recorded.get(_hash(self.preview(question)), [])
        if not recorded:
            raise AdviserUnavailable(
                "No receipt holds an answer to this question.\n"
                "  Maybe record it with the same school, seed, settings and version of Echelon?",
                "not_recorded",
            )
        receipt = recorded.pop(0) if len(recorded) > 1 else recorded[0]
        record = {
            "calls": 1,
            "requests": 1,
            "tokens_in": receipt.tokens_in,
            "tokens_out": receipt.tokens_out,
            "usd": None
            if receipt.tokens_in is None or receipt.tokens_out is None
            else self.settings.usd_for(receipt.tokens_in, receipt.tokens_out),
            "seconds": receipt.seconds,
            "stop_reason": receipt.stop_reason,
            "replayed": True,
        }
        if on_text is not None:
            on_text(receipt.reply)
            on_text("")
        if receipt.error:
            record["received"] = "\n".join([receipt.reply, *(written for _, written in receipt.calls)])
            raise AdviserUnavailable(f"{receipt.error}\n  Maybe record it again?", "cut_off", record)
        return Answer(receipt.reply, receipt.calls, record)


def _canonical(body: Mapping[str, Any]) -> str:
    """Return a request in one manner, whichever version of the package would write it."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _hash_of_text(body: str) -> str:
    try:
        return _hash(_canonical(json.loads(body)))
    except (ValueError, TypeError):
        return ""
