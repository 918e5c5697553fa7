"""The image and the stack: clean to their linters, and allowed no more than they need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BATCH = ROOT / "batch"
WITHOUT_RESOURCES = {"ecr:GetAuthorizationToken"}


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name(name)
    assert command.exists(), f"{name} belongs to the dependencies of development"
    return subprocess.run([command, *words], capture_output=True, text=True, check=False, timeout=120)


def test_hadolint_has_nothing_to_say() -> None:
    done = tool("hadolint", str(BATCH / "Dockerfile"))
    assert (done.returncode, done.stdout) == (0, "")


def test_cfn_lint_has_nothing_to_say() -> None:
    done = tool("cfn-lint", str(BATCH / "job-definition.yml"))
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_locked_and_runs_as_nobody() -> None:
    text = (BATCH / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines[0].startswith("FROM python:3.11")
    assert "--require-hashes --requirement requirements.lock" in text
    assert lines[-1] == 'ENTRYPOINT ["python", "batch/run_notebook.py"]'
    user = next(line.split()[1] for line in lines if line.startswith("USER"))
    assert int(user) > 0


def test_nothing_goes_into_the_image_unasked() -> None:
    text = (BATCH / "Dockerfile").read_text(encoding="utf-8")
    copied = {line.split()[1] for line in text.splitlines() if line.startswith("COPY")}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied


class Template(yaml.SafeLoader):
    """YAML with the short functions of CloudFormation as mappings."""


def _function(loader: Template, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    return {suffix: loader.construct_sequence(node, deep=True)}


Template.add_multi_constructor("!", _function)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    """The resources of the stack."""
    content = yaml.load((BATCH / "job-definition.yml").read_text(encoding="utf-8"), Loader=Template)
    found: dict[str, Any] = content["Resources"]
    return found


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Properties"]["Policies"]:
        for one in policy["PolicyDocument"]["Statement"]:
            yield one["If"][1] if "If" in one else one


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_roles_may_do_what_is_named_and_no_more(resources: dict[str, Any]) -> None:
    roles = {name: one for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"}
    assert set(roles) == {"JobRole", "ExecutionRole"}
    for role in roles.values():
        assert "ManagedPolicyArns" not in role["Properties"]
        for statement in statements(role):
            assert not any("*" in action for action in listed(statement["Action"]))
            if set(listed(statement["Action"])) <= WITHOUT_RESOURCES:
                continue
            for resource in listed(statement["Resource"]):
                if resource == {"Ref": "ClaudeSecretArn"}:
                    assert listed(statement["Action"]) == ["secretsmanager:GetSecretValue"]
                    continue
                name = resource["Sub"]
                assert name.startswith("arn:${AWS::Partition}:")
                assert "*" not in name.replace("/*", "", 1).replace("log-stream:*", "")
                assert any(
                    word in name for word in ("${BucketName}", "${RepositoryName}", "${EnvironmentName}")
                )


def test_the_job_writes_below_one_prefix_only(resources: dict[str, Any]) -> None:
    may: dict[str, set[str]] = {}
    for statement in statements(resources["JobRole"]):
        for action in listed(statement["Action"]):
            may.setdefault(action, set()).update(one["Sub"] for one in listed(statement["Resource"]))
    bucket = "arn:${AWS::Partition}:s3:::${BucketName}"
    assert may == {
        "s3:GetObject": {f"{bucket}/${{InputPrefix}}/*", f"{bucket}/${{OutputPrefix}}/*"},
        "s3:PutObject": {f"{bucket}/${{OutputPrefix}}/*"},
        "s3:ListBucket": {bucket},
    }
    listing = next(one for one in statements(resources["JobRole"]) if one["Action"] == "s3:ListBucket")
    assert listing["Condition"]["StringLike"]["s3:prefix"] == [
        {"Sub": "${InputPrefix}/*"},
        {"Sub": "${OutputPrefix}/*"},
    ]


def test_the_job_is_told_everything_it_asks_for(resources: dict[str, Any]) -> None:
    job = resources["NotebookJob"]["Properties"]
    asked = {word.removeprefix("Ref::") for word in job["ContainerProperties"]["Command"] if "Ref::" in word}
    assert asked == set(job["Parameters"])
    assert job["ContainerProperties"]["Privileged"] is False
    assert job["Tags"]
