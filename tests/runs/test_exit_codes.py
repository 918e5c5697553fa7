"""The code with which a run ends is read from its own record, whoever started it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.runs.exit_codes import DONE, FAILED, INTERRUPTED, NOTHING
from echelon_lib.runs.record import read_outcome


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"status": "OPTIMAL", "feasible": True}, DONE),
        ({"status": "FEASIBLE", "feasible": True, "mismatches": []}, DONE),
        ({"status": "FEASIBLE", "feasible": True, "mismatches": ["the bound is above the cost"]}, FAILED),
        ({"status": "CANCELLED", "feasible": True, "mismatches": ["the bound"]}, FAILED),
        ({"status": "CANCELLED", "feasible": True}, INTERRUPTED),
        ({"status": "CANCELLED", "feasible": None}, NOTHING),
        ({"status": "INFEASIBLE", "feasible": None}, NOTHING),
        ({"status": "FEASIBLE", "feasible": False}, NOTHING),
        ({}, NOTHING),
    ],
)
def test_the_code_of_a_record(tmp_path: Path, said: dict[str, Any], code: int) -> None:
    (tmp_path / "result.json").write_text(json.dumps(said), encoding="utf-8")
    record = read_outcome(tmp_path)
    assert record is not None
    assert record.exit_code == code
