"""Jobs in Batch: out of the bucket comes what the command line makes, and nothing gets lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import batch_service
import pytest
from batch_cloud import Cloud
from notebook_text import notebook_text

from echelon_lib import Scenario, run

TINY = "s3://unified-district/schools/tiny_high"
VALLEY = "s3://unified-district/schools/valley_high"
QUICK = "s3://unified-district/schools/quick.ipynb"


def exit_codes(job: dict[str, Any]) -> list[int]:
    return [attempt["container"]["exitCode"] for attempt in job["attempts"]]


def test_a_school_goes_in_and_its_schedule_comes_out(
    cloud: Cloud, tmp_path: Path, tiny_high_folder: Path
) -> None:
    told = {"folder": TINY, "rules": "", "time_limit": 30}
    job = cloud.ended(id_ := cloud.submit("02_master_schedule", "tiny", parameters=told))
    assert job["status"] == "SUCCEEDED", cloud.log(id_)
    assert exit_codes(job) == [0]
    said = cloud.result("tiny/attempt-1")
    assert (said["status"], said["exit_code"], said["parameters"]) == ("succeeded", 0, told)
    assert "97.3 % of requests met" in said["message"]
    outcome = run(Scenario(folder=tiny_high_folder, seconds=30), tmp_path / "local")
    assert cloud.result("tiny/attempt-1/run", "result.json")["cost"] == list(outcome.result.evaluation.cost)
    for name in ("Master_Schedule.csv", "Student_Assignments.csv"):
        stored = cloud.bucket.get(f"job-results/tiny/attempt-1/run/{name}")
        assert stored == (outcome.folder / name).read_bytes()
    executed = json.loads(cloud.bucket.get("job-results/tiny/attempt-1/02_master_schedule.ipynb"))
    assert executed["cells"][-2]["cell_type"] == "markdown"
    assert any(cell.get("outputs") for cell in executed["cells"])
    assert "ST0" not in cloud.log(id_)


def test_an_unknown_parameter_runs_nothing(cloud: Cloud) -> None:
    job = cloud.ended(id_ := cloud.submit("02_master_schedule", "unknown", parameters={"time_limt": 3}))
    assert (job["status"], exit_codes(job)) == ("FAILED", [2])
    assert "'time_limit' was meant?" in cloud.log(id_)
    assert cloud.bucket.keys("job-results/unknown/") == []
    after = cloud.ended(cloud.submit(QUICK, "after", dependsOn=[{"jobId": id_}]))
    assert after["status"] == "FAILED"
    assert after["attempts"] == []


def test_a_notebook_that_raises_is_a_failed_job(cloud: Cloud) -> None:
    notebook = cloud.bucket.put(
        "schools/raises.ipynb",
        notebook_text("x = 1", "print('so far')", "raise KeyError('ST07')", "print(2)"),
    )
    job = cloud.ended(id_ := cloud.submit(notebook, "raises"))
    assert (job["status"], exit_codes(job)) == ("FAILED", [1])
    said = cloud.result("raises/attempt-1")
    assert (said["status"], said["exit_code"]) == ("failed", 1)
    assert "raises.ipynb failed in cell 3 (KeyError)" in said["message"]
    cells = json.loads(cloud.bucket.get("job-results/raises/attempt-1/raises.ipynb"))["cells"]
    assert "so far" in str(cells)
    assert "ST07" in str(cells), "the notebook shows what happened"
    assert "ST07" not in cloud.log(id_) + str(said), "the log does not"


def test_an_array_of_scenarios(cloud: Cloud, tiny_high_folder: Path) -> None:
    broken = cloud.bucket.put_folder(tiny_high_folder, "schools/broken")
    cloud.bucket.put("schools/broken/Student_Info.csv", "Student ID\nST01\n")
    rules = cloud.bucket.put("schools/impossible.toml", '[courses."World History"]\nperiods = ["R1"]\n')
    each = [{"seed": 1, "kind": "greedy"}, {"rules": rules}, {"folder": broken}]
    told = cloud.bucket.put("schools/told.json", json.dumps({"folder": TINY, "seed": 9}))
    scenarios = cloud.bucket.put("schools/scenarios.json", json.dumps(each))
    id_ = cloud.submit(QUICK, "array", arrayProperties={"size": 3}, parameters=told, scenarios=scenarios)
    jobs = [cloud.ended(f"{id_}:{index}") for index in range(3)]
    assert [exit_codes(job) for job in jobs] == [[0], [3], [2]]
    said = [cloud.result(f"array/{index}/attempt-1") for index in range(3)]
    assert [one["status"] for one in said] == ["succeeded", "no timetable", "failed"]
    assert said[0]["parameters"] == {"folder": TINY, "seed": 1, "kind": "greedy"}
    assert cloud.result("array/0/attempt-1/run", "result.json")["seed"] == 1
    assert cloud.bucket.keys("job-results/array/1/attempt-1/run/findings.csv")
    assert not cloud.bucket.keys("job-results/array/2/attempt-1/run")
    assert "ST01" not in cloud.log(f"{id_}:2")


def test_a_job_that_is_stopped_keeps_its_best(cloud: Cloud) -> None:
    told = {"folder": VALLEY, "time_limit": 200}
    ids = {how: cloud.submit(QUICK, how, "--every", "1", parameters=told) for how in ("terminate", "timeout")}
    for how, id_ in ids.items():
        cloud.wait_for(f"job-results/{how}/attempt-1/run/incumbent.json", id_)
    cloud.batch.terminate_job(jobId=ids["terminate"], reason="somebody changed their mind")
    batch_service.deadlines[ids["timeout"]] = 0.0
    for how, id_ in ids.items():
        job = cloud.ended(id_)
        assert (job["status"], exit_codes(job)) == ("FAILED", [4]), cloud.log(id_)
        assert cloud.result(f"{how}/attempt-1")["status"] == "interrupted"
        result = cloud.result(f"{how}/attempt-1/run", "result.json")
        assert (result["status"], result["feasible"]) == ("CANCELLED", True)
        assert cloud.bucket.keys(f"job-results/{how}/attempt-1/run/Student_Assignments.csv")
        assert cloud.bucket.keys(f"job-results/{how}/attempt-2") == []


def test_a_second_attempt_continues(cloud: Cloud) -> None:
    told = {"folder": VALLEY, "time_limit": 20}
    ids = {how: cloud.submit(QUICK, how, "--every", "1", parameters=told) for how in ("killed", "reclaimed")}
    kept = {}
    for how, ended in (("reclaimed", batch_service.spot_reclaims), ("killed", batch_service.kill)):
        cloud.wait_for(f"job-results/{how}/attempt-1/run/incumbent.json", ids[how])
        kept[how] = cloud.result(f"{how}/attempt-1/run", "incumbent.json")["cost"]
        ended(ids[how])
    jobs = {how: cloud.ended(id_) for how, id_ in ids.items()}
    kept["reclaimed"] = cloud.result("reclaimed/attempt-1/run", "result.json")["cost"]
    assert exit_codes(jobs["killed"]) == [137, 0], cloud.log(ids["killed"])
    assert exit_codes(jobs["reclaimed"]) == [4, 0], cloud.log(ids["reclaimed"])
    assert cloud.result("killed/attempt-1")["status"] == "running", "nobody could say a word"
    for how, id_ in ids.items():
        assert cloud.result(f"{how}/attempt-2")["continued_from"] == "attempt-1"
        assert cloud.result(f"{how}/attempt-2/run", "result.json")["cost"] <= kept[how]
        assert "Continuing from attempt-1" in cloud.log(id_)


@pytest.mark.parametrize(
    ("code", "reason", "action"),
    [
        (1, "Host EC2 (instance i-0123456789) terminated.", "retry"),
        (4, "Essential container in task exited", "retry"),
        (137, "Essential container in task exited", "retry"),
        (1, "Essential container in task exited", "exit"),
        (2, "Essential container in task exited", "exit"),
        (3, "Essential container in task exited", "exit"),
    ],
)
def test_only_what_may_end_otherwise_is_tried_again(
    cloud: Cloud, code: int, reason: str, action: str
) -> None:
    found = cloud.batch.describe_job_definitions(jobDefinitions=[cloud.definition])["jobDefinitions"][0]
    conditions = found["retryStrategy"]["evaluateOnExit"]
    assert batch_service.action_on(conditions, code, reason) == action
