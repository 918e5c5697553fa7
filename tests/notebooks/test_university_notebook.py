"""The notebook of universities runs as a job whose search is limited by iterations and processors."""

from __future__ import annotations

import json
from pathlib import Path

from test_notebooks import told

from echelon_lib.runs.notebook import run_notebook
from tests.conftest import SAMPLES

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "04_university.ipynb"


def test_iterations_and_processors_limit_the_search(tmp_path: Path) -> None:
    limits = {"iterations": 5, "cores": 1, "seconds": 3_000}
    term = {"handouts": ["students"], "first_day": "2026-09-07", "weeks": 12}
    parameters = {"folder": str(SAMPLES / "small_college"), "out": str(tmp_path / "run"), **limits, **term}
    executed = run_notebook(NOTEBOOK, parameters, tmp_path / "done.ipynb")
    scenario = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))["parameters"]
    assert {name: scenario[name] for name in (*limits, *term)} == limits | term
    assert [path.name for path in (tmp_path / "run" / "calendars").iterdir()] == ["students.zip"]
    assert "quality" in told(executed)["stages"]
