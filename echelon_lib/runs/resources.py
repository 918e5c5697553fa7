"""What a run can work with: cores, memory, graphics processors, and workers elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon_lib.domain.errors import EchelonError
from echelon_lib.runs.processes import memory
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.cores import ROOT, control_groups, cores, numbers_in
from echelon_lib.search.university.crew import processes_here

if TYPE_CHECKING:
    from echelon_lib.search.university.distributed import Workers

STARTING = "starting the workers"
"""The phase of a run that starts or reaches workers and has them compile the search."""
ASKED = 5.0
"""Seconds in which the driver of graphics processors has to answer."""
LIMITS = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
"""Files of a control group with what may be used, and what is used."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What this machine lets this process use.

    Parameters
    ----------
    cores, installed
        Cores that may be used, by affinity and quotas, and those of the machine.
    free, memory
        Bytes of memory that may still be taken, and all of them, within the limits of control groups.
    graphics
        Names of the graphics processors of which a driver knows.
    """

    cores: int
    installed: int
    free: int
    memory: int
    graphics: tuple[str, ...] = ()

    @classmethod
    def here(cls, root: Path = ROOT) -> Resources:
        """Return what there is now; ``root`` is where ``/proc`` and ``/sys`` lie."""
        free, total = memory()
        for folder in control_groups("memory", root):
            for names in LIMITS:
                numbers = [int(one) for name in names for one in numbers_in(folder / name)[:1] if one < total]
                if len(numbers) == 2:
                    total, free = min(total, numbers[0]), min(free, numbers[0] - numbers[1])
        return cls(cores(root), max(os.cpu_count() or 1, cores(root)), max(0, free), total, _graphics())

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        graphics = (
            f"{', '.join(self.graphics)} is not used, since no measurement shows that it helps"
            if self.graphics
            else "no graphics processor was found, and none would be used"
        )
        gib = f"{self.free / 2**30:.1f} of {self.memory / 2**30:.1f} GiB of memory"
        return f"{self.cores} of {self.installed} cores may be used and {gib} are free; {graphics}."

    def as_dict(self) -> dict[str, Any]:
        """Return the entries of ``result.json``."""
        return asdict(self)


def _graphics() -> tuple[str, ...]:
    """Return the graphics processors that NVIDIA's driver names; none where there is no driver."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return ()
    asked = [command, "--query-gpu=name", "--format=csv,noheader"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=ASKED, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in said.stdout.splitlines() if line.strip())


@contextmanager
def workers_of(
    scenario: Scenario, phase: Callable[[str], None] = lambda name: None
) -> Iterator[Workers | None]:
    """Start or reach the workers that a scenario asks for, and have them ready; None where it asks for none.

    Parameters
    ----------
    scenario
        With ``workers`` or ``dask``.
    phase
        Hears of ``STARTING`` where that is about to begin.

    Raises
    ------
    EchelonError
        When dask.distributed is missing, or the workers cannot be reached or used.
    """
    if scenario.workers is None and not scenario.dask:
        yield None
        return
    phase(STARTING)
    kind = _workers()
    made = kind.started(scenario.workers) if scenario.workers is not None else kind.of(scenario.dask)
    with made as workers:
        workers.compile()
        yield workers


def announced(scenario: Scenario) -> tuple[int, str] | None:
    """Return how many a scenario has work elsewhere, and what they are; nothing is started for it.

    Raises
    ------
    EchelonError
        When a scheduler does not answer.
    """
    if scenario.workers is not None:
        return scenario.workers, processes_here(scenario.workers)
    if not scenario.dask:
        return None
    with _workers().of(scenario.dask) as workers:
        return workers.size, workers.where


def _workers() -> type[Workers]:
    try:
        from echelon_lib.search.university.distributed import Workers
    except ImportError as error:
        text = f"dask.distributed is not installed or cannot be imported ({error})"
        raise EchelonError(f"{text}.\n  Maybe: pip install 'echelon[distributed]'") from None
    return Workers
