"""Our stack in a cloud of this machine, with a bucket and a queue in front of it."""

from __future__ import annotations

import json
import time
from typing import Any

import batch_service
import boto3
import pytest
from batch_service import ROOT
from cloud import Bucket

TEMPLATE = ROOT / "batch" / "job-definition.yml"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def as_text(value: object) -> str:
    """Return a value as a job is given it: an address as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


class Cloud:
    """The bucket, the queue and the job definition, and what a test does with them."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.batch: Any = boto3.client("batch")
        stack: Any = boto3.client("cloudformation")
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/echelon-batch:1"
        given = {"ImageUri": image, "BucketName": self.bucket.name}
        stack.create_stack(
            StackName="echelon",
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": name, "ParameterValue": text} for name, text in given.items()],
        )
        made = stack.describe_stacks(StackName="echelon")["Stacks"][0]["Outputs"]
        self.definition = {one["OutputKey"]: one["OutputValue"] for one in made}["JobDefinitionArn"]
        role = boto3.client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument=TRUST)
        machines = self.batch.create_compute_environment(
            computeEnvironmentName="machines",
            type="UNMANAGED",
            state="ENABLED",
            serviceRole=role["Role"]["Arn"],
        )
        order = [{"order": 1, "computeEnvironment": machines["computeEnvironmentArn"]}]
        self.queue = self.batch.create_job_queue(
            jobQueueName="jobs", state="ENABLED", priority=1, computeEnvironmentOrder=order
        )["jobQueueArn"]

    def submit(self, notebook: str, output: str, *extra: str, **more: Any) -> str:
        """Submit a job as the README tells, ``extra`` being further words of its command; return its id."""
        told = {"notebook": notebook, "output": f"s3://{self.bucket.name}/job-results/{output}"}
        for name in ("parameters", "scenarios"):
            if name in more:
                told[name] = as_text(more.pop(name))
        if extra:
            command = self.batch.describe_job_definitions(jobDefinitions=[self.definition])
            words = command["jobDefinitions"][0]["containerProperties"]["command"]
            more["containerOverrides"] = {"command": [*words, *extra]}
        job = self.batch.submit_job(
            jobName=output.replace("/", "-"),
            jobQueue=self.queue,
            jobDefinition=self.definition,
            parameters=told,
            **more,
        )
        job_id: str = job["jobId"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """Return what Batch says of a job."""
        found: dict[str, Any] = self.batch.describe_jobs(jobs=[job_id])["jobs"][0]
        return found

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for the end of a job and return what Batch says of it."""
        end = time.monotonic() + 150
        while time.monotonic() < end:
            found = self.job(job_id)
            if found["status"] in {"SUCCEEDED", "FAILED"}:
                return found
            time.sleep(0.1)
        pytest.fail(f"the job did not end: {self.log(job_id)}")

    def wait_for(self, key: str, job_id: str) -> None:
        """Wait until a running job has uploaded an object."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if self.bucket.keys(key):
                return
            if self.job(job_id)["status"] in {"SUCCEEDED", "FAILED"}:
                break
            time.sleep(0.1)
        pytest.fail(f"{key} did not come: {self.bucket.keys('job-results')}, {self.log(job_id)}")

    def log(self, job_id: str) -> str:
        """Return what the attempts of a job have written so far."""
        return "\n".join(batch_service.logs.get(job_id, []))

    def result(self, output: str, file: str = "job.json") -> dict[str, Any]:
        """Return a JSON file that a job has uploaded."""
        found: dict[str, Any] = json.loads(self.bucket.get(f"job-results/{output}/{file}"))
        return found
