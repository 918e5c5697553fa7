"""The ways to install Echelon agree: pyproject.toml, environment.yml and requirements.lock."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def by_name(requirements: Iterable[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(each.name): each.specifier for each in parsed}


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wanted(project: dict) -> dict[str, SpecifierSet]:
    extras = project["optional-dependencies"].values()
    return by_name([*project["dependencies"], *(text for extra in extras for text in extra)])


@pytest.fixture(scope="module")
def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_environment_asks_for_what_the_project_asks_for(
    project: dict, wanted: dict[str, SpecifierSet], environment: dict
) -> None:
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = [entry for part in environment["dependencies"] if isinstance(part, dict) for entry in part["pip"]]
    assert "-e ." in pip, "the library itself"
    listed = [*conda, *(entry for entry in pip if entry != "-e .")]
    found = by_name(listed)
    assert len(found) == len(listed), "a name stands twice"
    assert found.pop("python") == SpecifierSet(project["requires-python"])
    assert "pip" in found, "conda wants pip named when it has a pip section"
    del found["pip"]
    assert found == wanted


def test_environment_names_one_channel_and_no_address(environment: dict) -> None:
    assert environment["name"] == "echelon"
    assert environment["channels"] == ["conda-forge"]
    assert "://" not in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_environment_has_the_names_a_workbench_needs(environment: dict) -> None:
    text = str(environment["dependencies"])
    for name in (
        *("jupyterlab", "ipywidgets", "voila", "pandas", "gurobipy"),
        *("anthropic", "plotly", "papermill", "boto3", "nbval"),
    ):
        assert name in text


def pins(lock: str) -> dict[str, list[tuple[str, str]]]:
    """Return each package's pinned versions, several where they depend on the Python, with their block."""
    found: dict[str, list[tuple[str, str]]] = {}
    for block in re.split(r"\n(?=\S)", lock.strip()):
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", block)
        assert match, f"no pin: {block.splitlines()[0]}"
        found.setdefault(canonicalize_name(match[1]), []).append((match[2], block))
    return found


def test_lock_pins_everything_the_project_asks_for(lock: str, wanted: dict[str, SpecifierSet]) -> None:
    pinned = pins(lock)
    for name, specifier in wanted.items():
        assert name in pinned, f"{name}: run make lock"
        for version, _ in pinned[name]:
            assert version in specifier, f"{name} {version} is not {specifier}: run make lock"


def test_lock_has_hashes_and_no_address(lock: str) -> None:
    for name, versions in pins(lock).items():
        for _, block in versions:
            assert "--hash=sha256:" in block, name
    assert "://" not in lock
    for option in ("--index-url", "--extra-index-url", "--find-links", "--trusted-host"):
        assert option not in lock


def test_each_requirement_has_a_lower_bound(wanted: dict[str, SpecifierSet]) -> None:
    for name, specifier in wanted.items():
        assert any(part.operator == ">=" for part in specifier), name


@pytest.mark.parametrize(
    "broken", ["numpy=2.4", "- e ."], ids=["conda's single equals sign", "a slip of the pen"]
)
def test_a_line_that_is_no_requirement_is_not_overlooked(broken: str) -> None:
    with pytest.raises(InvalidRequirement):
        by_name([broken])
