"""The cores that this process may use, which can be fewer than the machine has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def cores(root: Path = ROOT) -> int:
    """Return the cores that this process may use, at least one.

    The affinity of the process counts (``taskset``, batch systems), and the quota of its control groups
    (containers); a quota of one and a half cores keeps two busy.

    Parameters
    ----------
    root
        Where ``/proc`` and ``/sys`` lie.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *_quotas(root)]))


def control_groups(controller: str, root: Path = ROOT) -> list[Path]:
    """Return the folders of the control groups around this process that rule over ``cpu`` or ``memory``.

    Both versions are known; where there is nothing of the kind, as on other systems, the list is empty.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    mounted = root / "sys/fs/cgroup"
    found: dict[Path, None] = {}
    for line in lines:
        names, _, path = line.partition(":")[2].partition(":")
        if names and controller not in names.split(","):
            continue
        for base in (mounted / controller, mounted / names) if names else (mounted, mounted / "unified"):
            inner = base / path.strip("/")
            # A container may see its own group as the root of all, under the path that the host gives it.
            around = (folder for folder in (inner, *inner.parents) if folder.is_relative_to(base))
            found |= dict.fromkeys(folder for folder in around if folder.is_dir())
    return list(found)


def numbers_in(file: Path) -> list[float]:
    """Return the numbers of a file of a control group, infinity for ``max``; none where it cannot be read."""
    try:
        words = file.read_text(encoding="utf-8").split()
        return [math.inf if word == "max" else float(word) for word in words]
    except (OSError, ValueError):
        return []


def _quotas(root: Path) -> Iterator[int]:
    """Yield how many cores the control groups allow."""
    for folder in control_groups("cpu", root):
        files = ("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        for names in files:
            numbers = [number for name in names for number in numbers_in(folder / name)]
            if len(numbers) == 2 and 0 < numbers[0] < math.inf and numbers[1] > 0:
                yield math.ceil(numbers[0] / numbers[1])
