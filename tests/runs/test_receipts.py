"""Everything that is sent is written down before it leaves, and completed when it is answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from echelon_lib.advice.receipt import Receipt
from echelon_lib.runs.advisers import Receipts

SENT = Receipt(number=1, model="claude-sonnet-5-5", host="127.0.0.1:1", body='{"a": 1}', sha256="0" * 64)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_what_leaves_is_known_whatever_happens_then(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.begin(SENT)
    (path,) = (tmp_path / "receipts").iterdir()
    begun = read(path)
    assert (begun["body"], begun["error"]) == (SENT.body, "nothing was heard of an answer")
    receipts.keep(replace(SENT, reply="All is well.", tokens_in=12))
    done = read(path)
    assert (done["reply"], done["tokens_in"], done["error"]) == ("All is well.", 12, "")
    assert done["sent"] == begun["sent"]
    assert receipts.fresh() == ("receipts/receipt-001.json",)
    assert receipts.fresh() == ()


def test_a_second_request_and_a_second_adviser_have_files_of_their_own(tmp_path: Path) -> None:
    first = Receipts(tmp_path)
    for number in (1, 2):
        first.begin(replace(SENT, number=number))
        first.keep(replace(SENT, number=number, status=429))
    second = Receipts(tmp_path)
    second.begin(SENT)
    second.keep(SENT)
    assert second.names() == [f"receipts/receipt-{number:03d}.json" for number in (1, 2, 3)]
    assert [read(tmp_path / name)["status"] for name in second.names()] == [429, 429, None]
