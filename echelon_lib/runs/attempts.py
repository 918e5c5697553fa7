"""The attempts of one job below one place: each has a folder of its own, and a later finds the earlier."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.formats.incumbent import INCUMBENT
from echelon_lib.formats.object_store import Address, ObjectStore, is_address
from echelon_lib.formats.run_folder import RESULT
from echelon_lib.formats.run_reading import ASSIGNMENTS, MASTER
from echelon_lib.formats.tables import LARGEST_FILE, write_text_atomic

JOB = "job.json"
RUN = "run"
"""Folder of the run within an attempt."""

SUCCEEDED = "succeeded"
_NAME = re.compile(r"attempt-([1-9][0-9]{0,5})")
_MOST = 1000
_MAY_DIFFER = {"seconds", "iterations", "start"}


class Shelf(Protocol):
    """A place below which attempts lie, on disk or in an object store."""

    def attempts(self) -> tuple[str, ...]:
        """Return the names of what lies there."""

    def claim(self, attempt: str, content: str) -> bool:
        """Begin an attempt by its ``job.json``; return False when there is such an attempt already."""

    def read(self, attempt: str, file: str) -> bytes | None:
        """Return a file of an attempt, or None when there is none."""

    def run_folder(self, attempt: str, files: Sequence[str], beside: Path) -> Path:
        """Return a folder on disk that holds files of the run of an attempt; ``beside`` is free for it."""


class DiskShelf:
    """Attempts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def attempts(self) -> tuple[str, ...]:
        """Return the names of what lies there."""
        return tuple(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()

    def claim(self, attempt: str, content: str) -> bool:
        """Begin an attempt by its folder, which only one can make."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            (self.folder / attempt).mkdir()
        except FileExistsError:
            return False
        write_text_atomic(self.folder / attempt / JOB, content)
        return True

    def read(self, attempt: str, file: str) -> bytes | None:
        """Return a file of an attempt."""
        try:
            return (self.folder / attempt / file).read_bytes()
        except OSError:
            return None

    def run_folder(self, attempt: str, files: Sequence[str], beside: Path) -> Path:
        """Return the run folder itself."""
        return self.folder / attempt / RUN


class StoreShelf:
    """Attempts under a prefix of an object store."""

    def __init__(self, place: str) -> None:
        self.address = Address.parse(place)
        self.store = ObjectStore()

    def attempts(self) -> tuple[str, ...]:
        """Return the names of what lies there."""
        return self.store.listing(self.address).folders

    def claim(self, attempt: str, content: str) -> bool:
        """Begin an attempt by an object that only one can make."""
        return self.store.write(self.address.child(f"{attempt}/{JOB}"), content.encode(), only_new=True)

    def read(self, attempt: str, file: str) -> bytes | None:
        """Return a file of an attempt."""
        return self.store.read_if_there(self.address.child(f"{attempt}/{file}"), most=LARGEST_FILE)

    def run_folder(self, attempt: str, files: Sequence[str], beside: Path) -> Path:
        """Fetch the files, and no others."""
        return fetch_run(self.address.child(f"{attempt}/{RUN}"), beside, files, store=self.store)


def shelf(place: str) -> Shelf:
    """Return the place as somewhere to keep attempts."""
    return StoreShelf(place) if is_address(place) else DiskShelf(Path(place).expanduser())


def fetch_run(
    address: Address, folder: Path, files: Sequence[str] = (), *, store: ObjectStore | None = None
) -> Path:
    """Fetch of a run in an object store what another run needs to continue from it.

    Raises
    ------
    DataError
        When there is no such run or it cannot be read.
    """
    store = store or ObjectStore()
    folder.mkdir(mode=0o700, parents=True)
    for name in files or _continued_by(store.listing(address).files):
        (folder / name).write_bytes(store.read(address.child(name), most=LARGEST_FILE))
    return folder


def claim(place: Shelf, first: int, record: Mapping[str, Any]) -> str:
    """Begin an attempt and return its name: the first free one from a number on.

    Raises
    ------
    EchelonError
        When there is no free one.
    DataError, OSError
        When the place cannot be written to.
    """
    for number in range(first, first + _MOST):
        name = f"attempt-{number}"
        if place.claim(name, job_text({**record, "attempt": number})):
            return name
    raise EchelonError(f"There are {_MOST} attempts already.\n  Maybe choose another place for the output.")


def job_text(record: Mapping[str, Any]) -> str:
    """Return the text of ``job.json``."""
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An attempt that has left a timetable without having succeeded.

    Parameters
    ----------
    name
        The attempt.
    cost
        What its timetable costs, level by level.
    files
        The files of its run that another one needs to continue.
    """

    name: str
    cost: tuple[float, ...]
    files: tuple[str, ...]


def best_earlier(place: Shelf, own: str, record: Mapping[str, Any]) -> Earlier | None:
    """Return the best timetable that attempts at the same job have left; None where there is none.

    An attempt that succeeded is no reason to continue, and one with other parameters is another job: only
    the seconds may differ. What cannot be read is passed over, since beginning anew is always possible.
    """
    found: list[Earlier] = []
    for name in sorted(place.attempts(), key=_number, reverse=True):
        if name == own or not _NAME.fullmatch(name):
            continue
        try:
            job = _object(place.read(name, JOB))
            if job.get("status") != SUCCEEDED and _same(job, record) and (one := _left(place, name)):
                found.append(one)
        except DataError:
            continue
    return min(found, key=lambda one: one.cost, default=None)


def _left(place: Shelf, name: str) -> Earlier | None:
    for file, files in ((RESULT, (MASTER, ASSIGNMENTS, RESULT)), (INCUMBENT, (INCUMBENT,))):
        said = _object(place.read(name, f"{RUN}/{file}"))
        cost = said.get("cost")
        known = isinstance(cost, list) and cost and all(isinstance(one, int | float) for one in cost)
        if known and said.get("feasible") is True:
            return Earlier(name, tuple(said["cost"]), files)
    return None


def _continued_by(names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in (MASTER, ASSIGNMENTS, RESULT, INCUMBENT) if name in names)


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else 0


def _same(job: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    def essence(of: Mapping[str, Any]) -> object:
        told = of.get("parameters")
        known = told if isinstance(told, dict) else {}
        return of.get("notebook"), {name: one for name, one in known.items() if name not in _MAY_DIFFER}

    return essence(job) == essence(record)


def _object(content: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(content or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
