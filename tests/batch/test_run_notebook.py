"""The batch door on this machine: what it takes, what it refuses, and what it leaves behind."""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from batch_cloud import Cloud
from batch_service import ENTRYPOINT, ROOT, end_at_once
from cloud import point_to, refusing_server
from notebook_text import notebook_text

from echelon_lib.formats.object_store import Address, ObjectStore
from echelon_lib.runs.attempts import Shelf, best_earlier, claim, fetch_run, shelf
from echelon_lib.runs.mirror import Mirror

Main = Callable[..., int]
INDEX = "AWS_BATCH_JOB_ARRAY_INDEX"
SLEEPS = "import pathlib, time\npathlib.Path(sign).touch()\ntime.sleep(300)"
IS_DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SLEEPS


@pytest.fixture
def main() -> Main:
    """The door, called in this process with the words of a command line."""
    spec = importlib.util.spec_from_file_location("run_notebook", ROOT / "batch" / "run_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda *words: module.main([str(word) for word in words])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the output goes, which does not exist yet."""
    return tmp_path / "output"


def notebook(folder: Path, *sources: str) -> Path:
    path = folder / "small.ipynb"
    path.write_text(notebook_text(*sources), encoding="utf-8")
    return path


def job(place: Path, attempt: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / f"attempt-{attempt}" / "job.json").read_text())
    return found


# What it takes -----------------------------------------------------------------------------------------


def test_the_nearest_word_wins(
    main: Main,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = notebook(
        tmp_path, "a = b = c = None\nword = ''\napi_token = ''", "import os; os.getcwd(); print(a, b, c)"
    )
    path.write_text(path.read_text().replace("a = b = c = None", "a = 0\\nb = 0\\nc = 0"))
    (tmp_path / "all.json").write_text('{"a": 1, "b": 1, "c": 1, "api_token": "hush"}')
    monkeypatch.setenv(INDEX, "1")
    words = ["--parameters", tmp_path / "all.json", "--scenarios", '[{}, {"b": 2, "c": 2}]']
    code = main(path, "--output", place, *words, "-p", "c", "[3]", "-p", "word", "three")
    assert code == 0
    told = {"a": 1, "b": 2, "c": [3], "api_token": "***", "word": "three"}
    assert job(place / "1")["parameters"] == told
    executed = (place / "1" / "attempt-1" / "small.ipynb").read_text()
    assert "1 2 [3]" in executed
    assert "hush" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["02_master_shedule"], "'02_master_schedule' was meant?"),
        (["nowhere/x.ipynb"], "cannot be read"),
        (["02_master_schedule", "-p", "time_limt", "3"], "'time_limit' was meant?"),
        (["02_master_schedule", "-p", "out", "x"], "leave it out"),
        (["02_master_schedule", "--parameters", "{"], "no JSON object"),
        (["02_master_schedule", "--parameters", "[]"], "no JSON object"),
        (["02_master_schedule", "--parameters", '{"time_limit": NaN}'], "no JSON object"),
        (["02_master_schedule", "--parameters", "nowhere.json"], "cannot be read: No such file"),
        (["02_master_schedule", "--scenarios", "[{}]"], "this is no job of an array"),
        (["02_master_schedule", "--scenarios", "[1]"], "this is no job of an array"),
        (["s3://unified-district/schools/quik.ipynb"], "'quick.ipynb' was meant?"),
        (["02_master_schedule", "--output", "s3://nobodys-bucket/x"], "no bucket 'nobodys-bucket'"),
    ],
)
def test_what_does_not_fit_is_refused(
    main: Main, place: Path, cloud: Cloud, capfd: pytest.CaptureFixture[str], words: list[str], cure: str
) -> None:
    assert main("--output", place, *words) == 2
    assert cure in capfd.readouterr().err
    assert not place.exists()


@pytest.mark.parametrize("index", ["2", "99"])
def test_a_scenario_that_is_not_there(
    main: Main, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], index: str
) -> None:
    monkeypatch.setenv(INDEX, index)
    assert main("02_master_schedule", "--output", place, "--scenarios", "[{}, {}]") == 2
    assert "of the size 2" in capfd.readouterr().err


# Ends --------------------------------------------------------------------------------------------------


def started(code: str, place: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start the door in a process of its own, and wait until the code runs as the last cell of a notebook."""
    path, sign = notebook(place.parent, "sign = ''", code), place.parent / "sign"
    told = ["--output", str(place), "-p", "sign", str(sign), *words]
    running = subprocess.Popen([*ENTRYPOINT, str(path), *told])
    end = time.monotonic() + 90
    while time.monotonic() < end and running.poll() is None:
        if sign.exists():
            return running
        time.sleep(0.1)
    end_at_once(running)
    pytest.fail("the notebook did not start")


def test_a_signal_before_there_is_a_search(place: Path) -> None:
    running = started(SLEEPS, place)
    try:
        kernels = psutil.Process(running.pid).children()
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 4
    finally:
        end_at_once(running)
    assert (job(place)["status"], job(place)["exit_code"]) == ("interrupted", 4)
    assert "before there was a timetable" in job(place)["message"]
    assert psutil.wait_procs(kernels, timeout=10)[1] == []


def test_a_kernel_that_does_not_hear_is_ended(place: Path) -> None:
    running = started(IS_DEAF, place, "--grace", "1")
    try:
        kernels = psutil.Process(running.pid).children()
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 4
    finally:
        end_at_once(running)
    assert job(place)["status"] == "interrupted"
    assert psutil.wait_procs(kernels, timeout=10)[1] == []


def test_a_kernel_that_dies_is_a_failure(main: Main, place: Path, tmp_path: Path) -> None:
    path = notebook(tmp_path, "x = 1", "import os\nos.kill(os.getpid(), 9)")
    assert main(path, "--output", place) == 1
    assert job(place)["status"] == "failed"
    assert "the kernel of small.ipynb died" in job(place)["message"]


def test_what_cannot_be_uploaded_is_kept(
    main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with refusing_server(403, "AccessDenied", writes=1) as address:
        point_to(monkeypatch, address)
        assert main(notebook(tmp_path, "x = 1", "print(x)"), "--output", "s3://a-bucket/x") == 1
    said = capfd.readouterr().out
    assert "not all files could be copied: Permission was refused (s3:PutObject)" in said
    kept = next(tmp_path.glob("echelon-job-*/attempt-1"))
    assert str(kept) in said
    assert json.loads((kept / "job.json").read_text())["exit_code"] == 1
    assert (kept / "small.ipynb").exists()
    assert oct(kept.parent.stat().st_mode)[-3:] == "700"


# Attempts ----------------------------------------------------------------------------------------------

ORDER = {"notebook": "n.ipynb", "parameters": {"folder": "x", "seconds": 10}}


@pytest.fixture(params=["disk", "store"])
def attempts(request: pytest.FixtureRequest, place: Path, cloud: Cloud) -> Shelf:
    """An empty place for attempts, on disk and in the object store."""
    if request.param == "disk":
        return shelf(str(place))
    return shelf(f"s3://{cloud.bucket.name}/attempts/{place.parent.name}")


def left(place: Shelf, cloud: Cloud, name: str, files: dict[str, object]) -> None:
    """Leave JSON files in an attempt."""
    for file, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        if hasattr(place, "folder"):
            path = place.folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        else:
            cloud.bucket.put(f"{place.address.key}/{name}/{file}", text)


def test_an_attempt_is_claimed_once(attempts: Shelf) -> None:
    assert [claim(attempts, 1, ORDER) for _ in range(3)] == ["attempt-1", "attempt-2", "attempt-3"]
    assert claim(attempts, 2, ORDER) == "attempt-4"
    assert json.loads(attempts.read("attempt-4", "job.json") or b"")["attempt"] == 4


def test_the_best_of_the_earlier_attempts_is_continued(attempts: Shelf, cloud: Cloud, tmp_path: Path) -> None:
    died = ORDER | {"status": "running"}
    other = {**died, "parameters": {"folder": "y"}}
    longer = {**died, "parameters": {"folder": "x", "seconds": 99}}
    good = {"feasible": True, "cost": [5, 1]}
    assert best_earlier(attempts, "attempt-9", ORDER) is None
    left(
        attempts,
        cloud,
        "attempt-1",
        {"job.json": died, "run/incumbent.json": {"feasible": True, "cost": [7, 0]}},
    )
    left(attempts, cloud, "attempt-2", {"job.json": longer, "run/incumbent.json": good})
    left(
        attempts,
        cloud,
        "attempt-3",
        {"job.json": other, "run/incumbent.json": {"feasible": True, "cost": [1]}},
    )
    left(
        attempts,
        cloud,
        "attempt-4",
        {"job.json": {**died, "status": "succeeded"}, "run/result.json": {"cost": [1]}},
    )
    left(
        attempts,
        cloud,
        "attempt-5",
        {"job.json": died, "run/incumbent.json": {"feasible": False, "cost": [1]}},
    )
    left(attempts, cloud, "attempt-6", {"job.json": died, "run/incumbent.json": "{"})
    left(attempts, cloud, "attempt-7", {"job.json": "[", "run/incumbent.json": good})
    left(
        attempts, cloud, "attempt-8", {"job.json": died, "run/result.json": {"feasible": None, "cost": None}}
    )
    left(
        attempts,
        cloud,
        "attempt-9",
        {"job.json": died, "run/incumbent.json": {"feasible": True, "cost": [0]}},
    )
    left(
        attempts,
        cloud,
        "elsewhere",
        {"job.json": died, "run/incumbent.json": {"feasible": True, "cost": [0]}},
    )
    found = best_earlier(attempts, "attempt-9", ORDER)
    assert found is not None
    assert (found.name, found.files) == ("attempt-2", ("incumbent.json",))
    folder = attempts.run_folder(found.name, found.files, tmp_path / "start")
    assert json.loads((folder / "incumbent.json").read_text()) == good


def test_a_finished_timetable_is_fetched_whole(attempts: Shelf, cloud: Cloud, tmp_path: Path) -> None:
    files: dict[str, object] = {
        "job.json": ORDER | {"status": "interrupted"},
        "run/result.json": {"feasible": True, "cost": [3]},
        "run/Master_Schedule.csv": "Section ID,Period\n",
        "run/Student_Assignments.csv": "Student ID,Section ID\n",
        "run/incumbent.json": {"feasible": True, "cost": [9]},
    }
    left(attempts, cloud, "attempt-1", files)
    found = best_earlier(attempts, "attempt-2", ORDER)
    assert found is not None
    assert found.cost == (3,)
    folder = attempts.run_folder(found.name, found.files, tmp_path / "start")
    assert {"Master_Schedule.csv", "Student_Assignments.csv", "result.json"} <= {
        one.name for one in folder.iterdir()
    }


def test_a_run_at_an_address_can_be_continued_too(cloud: Cloud, tmp_path: Path) -> None:
    for name in ("incumbent.json", "viewer.html"):
        cloud.bucket.put(f"runs/earlier/{name}", name)
    folder = fetch_run(Address.parse(f"s3://{cloud.bucket.name}/runs/earlier"), tmp_path / "start")
    assert [one.name for one in folder.iterdir()] == ["incumbent.json"]
    assert oct(folder.stat().st_mode)[-3:] == "700"


def test_the_copies_are_whole(cloud: Cloud, tmp_path: Path) -> None:
    folder = tmp_path / "attempt-1"
    (folder / "run" / ".b.partial").mkdir(parents=True)
    for name, text in {
        "n.ipynb": '{"cells": [',
        "run/progress.json": "{}",
        "run/.a.tmp": "half",
        "run/.b.partial/Student_Assignments.csv": "a,b\n",
        "run/result.json": "{}",
        "run/table.csv": "a,b\n",
    }.items():
        (folder / name).write_text(text)
    mirror = Mirror(folder, ObjectStore(), Address(cloud.bucket.name, "mirrored"))
    mirror.copy(whole=False)
    assert {"mirrored/run/progress.json", "mirrored/run/table.csv"} < set(cloud.bucket.keys("mirrored"))
    assert "mirrored/n.ipynb" not in cloud.bucket.keys("mirrored"), "half a notebook is none"
    assert not [key for key in cloud.bucket.keys("mirrored") if "/." in key], "what is unfinished stays here"
    cloud.bucket.put("mirrored/run/table.csv", "as it was copied")
    (folder / "n.ipynb").write_text('{"cells": []}')
    shutil.rmtree(folder / "run", ignore_errors=False)
    mirror.copy()
    assert "mirrored/n.ipynb" in cloud.bucket.keys("mirrored")
    assert cloud.bucket.get("mirrored/run/table.csv") == b"as it was copied", (
        "what is the same is not copied again"
    )
