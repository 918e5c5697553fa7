"""How many cores a process may use: its affinity and the quotas of its control groups count."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from echelon_lib.search.cores import cores


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """Write the files of a machine that has control groups."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def test_without_control_groups_the_affinity_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores(tmp_path) == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    assert cores(tmp_path) == 1


def test_where_there_is_no_affinity_the_machine_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores(tmp_path) == 6


QUOTAS = {
    "a whole number": ("0::/job", {"job/cpu.max": "300000 100000"}, 3),
    "a core and a half": ("0::/job", {"job/cpu.max": "150000 100000"}, 2),
    "less than a core": ("0::/job", {"job/cpu.max": "20000 100000"}, 1),
    "no quota": ("0::/job", {"job/cpu.max": "max 100000"}, 8),
    "more than there are": ("0::/job", {"job/cpu.max": "6400000 100000"}, 8),
    "of the group around": ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "200000 100000"}, 2),
    "of a container": ("0::/host/path", {"cpu.max": "400000 100000"}, 4),
    "beside the first version": ("0::/job", {"unified/job/cpu.max": "200000 100000"}, 2),
    "of the first version": (
        "4:cpu,cpuacct:/job\n3:memory:/other",
        {"cpu/job/cpu.cfs_quota_us": "500000", "cpu/job/cpu.cfs_period_us": "100000"},
        5,
    ),
    "none of the first version": (
        "4:cpu,cpuacct:/job",
        {"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "100000"},
        8,
    ),
    "what cannot be read": ("0::/job", {"job/cpu.max": "many\n"}, 8),
}


@pytest.mark.parametrize("name", QUOTAS)
def test_quotas_count(name: str, tmp_path: Path) -> None:
    groups, files, expected = QUOTAS[name]
    root = machine(tmp_path, groups, {f"sys/fs/cgroup/{path}": text for path, text in files.items()})
    assert cores(root) == expected
