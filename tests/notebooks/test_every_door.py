"""The same notebook gives the same timetable through every door: Jupyter, Papermill and the job.

The page that Voila makes of it is looked at in ``tests/dashboards``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from echelon_lib.runs.notebook import run_notebook
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "02_master_schedule.ipynb"
SECONDS = 30


def jupyter(school: Path, folder: Path) -> Path:
    """Run the cells as JupyterLab does, with other values written into the first one."""
    out = folder / "run"
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (first,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    first.source += f"\nfolder, rules, time_limit, out = {str(school)!r}, '', {SECONDS}, {str(out)!r}\n"
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOK.parent)}}, timeout=300).execute()
    return out


def papermill(school: Path, folder: Path) -> Path:
    out = folder / "run"
    parameters = {"folder": str(school), "rules": "", "time_limit": SECONDS, "out": str(out)}
    run_notebook(NOTEBOOK, parameters, folder / "done.ipynb")
    return out


def job(school: Path, folder: Path) -> Path:
    words = ["-p", "folder", str(school), "-p", "rules", "", "-p", "time_limit", str(SECONDS)]
    command = [
        sys.executable,
        "batch/run_notebook.py",
        NOTEBOOK.stem,
        "--output",
        str(folder / "job"),
        *words,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "job" / "attempt-1" / "run"


@pytest.fixture(scope="module")
def by_the_library(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the tiny school as Python makes it."""
    folder = tmp_path_factory.mktemp("library") / "run"
    run(Scenario(folder=tiny_high_folder, seconds=SECONDS), folder)
    return folder


@pytest.mark.parametrize("door", [jupyter, papermill, job], ids=lambda door: door.__name__)
def test_the_answer_is_the_same(
    door: Callable[[Path, Path], Path], tiny_high_folder: Path, by_the_library: Path, tmp_path: Path
) -> None:
    made = door(tiny_high_folder, tmp_path)
    for table in ("Master_Schedule.csv", "Student_Assignments.csv", "unmet_requests.csv"):
        assert (made / table).read_bytes() == (by_the_library / table).read_bytes()
    said = [json.loads((one / "result.json").read_text(encoding="utf-8")) for one in (made, by_the_library)]
    for key in ("status", "cost", "met", "complete", "levels", "terms"):
        assert said[0][key] == said[1][key], key
