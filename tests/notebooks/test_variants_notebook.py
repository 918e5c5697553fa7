"""The notebook of variants runs as a job: it compares, says who gains, and shows how to set own prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_notebooks import cells, figures, told

from echelon_lib.runs.notebook import run_notebook
from tests.conftest import SAMPLES

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "05_variants.ipynb"
COLLEGE = SAMPLES / "small_college"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two variants of the college, one of them its own."""
    folder = tmp_path_factory.mktemp("variants")
    rules = folder / "rules.toml"
    rules.write_text('[variants."Quiet <mornings>"]\nstudent_gaps = 9\n', encoding="utf-8")
    parameters: dict[str, Any] = {
        "folder": str(COLLEGE),
        "rules": str(rules),
        "variants": ["Balanced", "Quiet <mornings>"],
        "seconds": 1,
        "out": str(folder / "all"),
    }
    return run_notebook(NOTEBOOK, parameters, folder / "done.ipynb")


def test_variants_are_compared_and_people_counted(executed: Path) -> None:
    said = told(executed)
    assert said["run"].count("698 of 698 sessions placed") == 2
    assert "Compactness for students" in said["measures"]
    assert "idle hour of a student" in said["rules"]
    assert "All rules, at the prices of Balanced" in said["costs"]
    assert "preferred hours" in said["gains"]
    assert "Year 1" in said["gains-groups"]
    assert "who_gains.csv" in said["files"]
    drawn = figures(executed)
    assert set(drawn) == {"trade", "costs-figure", "gains-students", "gains-faculty"}
    assert "Quiet &lt;mornings&gt;" in json.dumps(drawn["gains-students"]["layout"]["title"])
    shown = "".join(cells(executed)["run"]["outputs"][0]["data"]["text/html"])
    assert "<mornings>" not in shown, "what stands in a file is text and no markup"


def test_prices_of_ones_own_are_shown(executed: Path) -> None:
    said = told(executed)["own"]
    assert '[variants."Quiet mornings"]' in said
    assert "Balanced: faculty_preference 125, student_gaps 5" in said
    assert "Quiet mornings+Balanced: faculty_preference 73, student_gaps 7" in said
