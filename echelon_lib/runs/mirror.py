"""A folder copied to an object store while it is written, so that little is lost with a machine."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.object_store import Address, ObjectStore
from echelon_lib.formats.run_folder import RESULT

logger = logging.getLogger(__name__)

EVERY = 20.0
"""Seconds between two looks for what has changed."""

_HURRIED = 2.0
_AT_ONCE = 120.0


class Mirror:
    """Copies the files of a folder to an address whenever they change; a context, in a thread of its own.

    Parameters
    ----------
    folder
        The folder; files and folders whose names begin with a dot are unfinished and left out.
    store, address
        Where the copies go.
    every
        Seconds between two looks.
    hurried
        Tells that the machine may soon be gone; then there are but two seconds between looks.
    """

    def __init__(
        self,
        folder: Path,
        store: ObjectStore,
        address: Address,
        *,
        every: float = EVERY,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder.absolute()
        self._store = store
        self._address = address
        self._every = every
        self._hurried = hurried
        self._copied: dict[Path, tuple[int, int]] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._now_and_then, name="echelon-mirror", daemon=True)

    def __enter__(self) -> Mirror:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(_AT_ONCE)

    def copy(self, *, whole: bool = True) -> None:
        """Copy what has changed; ``result.json`` last, since a run folder that holds it is complete.

        Parameters
        ----------
        whole
            Copy files too that look half-written, since nobody writes any more.

        Raises
        ------
        DataError
            When a file cannot be copied, after the retries of the client; the others are, but for
            ``result.json``.
        """
        with self._lock:
            found = (path for path in self._folder.rglob("*") if path.is_file())
            files = [path for path in found if not _unfinished(path.relative_to(self._folder))]
            failed: list[DataError | OSError] = []
            for path in sorted(files, key=lambda path: (path.name == RESULT, path)):
                if failed and path.name == RESULT:
                    continue
                try:
                    self._copy(path, whole)
                except (DataError, OSError) as error:
                    failed.append(error)
            if failed:
                raise failed[0]

    def _copy(self, path: Path, whole: bool) -> None:
        try:
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if self._copied.get(path) == state:
                return
            content = path.read_bytes()
        except FileNotFoundError:  # replaced or taken away meanwhile
            return
        if not whole and path.suffix in {".json", ".ipynb"} and not _is_json(content):
            return
        self._store.write(self._address.child(path.relative_to(self._folder).as_posix()), content)
        self._copied[path] = state

    def _now_and_then(self) -> None:
        last = time.monotonic()
        while not self._over.wait(min(self._every, _HURRIED)):
            if time.monotonic() - last < self._every and not self._hurried():
                continue
            last = time.monotonic()
            try:
                self.copy(whole=False)
            except (DataError, OSError) as error:
                # The next look tries again, and the last one says what is left.
                logger.warning("The files so far could not be copied: %s", type(error).__name__)


def _unfinished(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
