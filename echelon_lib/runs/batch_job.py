"""One attempt at a notebook as a job: from a place, to a place, and never without a word of how it ended."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.formats.incumbent import has_incumbent
from echelon_lib.formats.object_store import Address, is_address, read_object
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.runs.attempts import (
    JOB,
    RUN,
    SUCCEEDED,
    DiskShelf,
    StoreShelf,
    best_earlier,
    claim,
    fetch_run,
    job_text,
    shelf,
)
from echelon_lib.runs.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED, NOTHING
from echelon_lib.runs.mirror import EVERY, Mirror
from echelon_lib.runs.notebook import NotebookFailed, check_parameters
from echelon_lib.runs.notebook_job import GRACE, NotebookJob
from echelon_lib.runs.paths import CHECKOUT
from echelon_lib.runs.progress import utc_now
from echelon_lib.runs.record import read_outcome
from echelon_lib.stop import Cancel

logger = logging.getLogger(__name__)

LARGEST_NOTEBOOK = 50_000_000
NOTEBOOKS = CHECKOUT / "notebooks"

_WORDS = {DONE: SUCCEEDED, NOTHING: "no timetable", INTERRUPTED: "interrupted"}
_SECRET = re.compile(r"secret|token|passw|credential|api_?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How an attempt ended.

    Parameters
    ----------
    code
        The exit code.
    message
        One sentence, in which no student is named.
    place
        Where everything is.
    """

    code: int
    message: str
    place: str


def run_notebook_job(
    notebook: str,
    parameters: Mapping[str, Any],
    place: str,
    *,
    attempt: int = 1,
    cancel: Cancel,
    tell: Callable[[Mapping[str, Any]], None] = lambda moment: None,
    grace: float = GRACE,
    every: float = EVERY,
) -> JobEnd:
    """Execute a notebook and leave everything below a place, whatever happens on the way.

    The place gets a folder ``attempt-<n>`` with the executed notebook, the run folder ``run`` and
    ``job.json``. An attempt that follows one that was interrupted or died continues from the best timetable
    found so far, if the notebook has a parameter ``start``.

    Parameters
    ----------
    notebook
        A path, the name of a notebook of the checkout, or an address.
    parameters
        Values by name; ``out`` is set here.
    place
        A folder, or an address.
    attempt
        The number of the attempt; a later one is taken where that is taken.
    cancel
        The wish to stop: the search keeps its incumbent, everything is left at the place.
    tell
        Hears of each moment of the run.
    grace
        Seconds that the notebook has to end after the wish to stop.
    every
        Seconds between two copies to an object store.

    Raises
    ------
    DataError
        When the notebook, a parameter or the place cannot be used; nothing has been run then.
    """
    own = Path(tempfile.mkdtemp(prefix="echelon-job-"))
    kept = False
    try:
        source = _source(notebook, own)
        known = check_parameters(source, parameters)
        if "out" in parameters:
            cure = "leave it out; the run is written below the place of the output."
            raise DataError([Issue("the parameter 'out' is set by the job itself", value="out", cure=cure)])
        job = _Attempt(source, dict(parameters), known, place, own)
        end, kept = job.run(attempt, cancel, tell, grace, every)
        return end
    finally:
        if not kept:
            shutil.rmtree(own, ignore_errors=True)


class _Attempt:
    """An attempt, from its claim to its last copy."""

    def __init__(
        self, source: Path, parameters: dict[str, Any], known: tuple[str, ...], place: str, own: Path
    ) -> None:
        self.source, self.parameters, self.known, self.own = source, parameters, known, own
        self.place = place.strip().rstrip("/") or place
        self.shelf = shelf(self.place)
        self.record: dict[str, Any] = {
            "notebook": source.name,
            "parameters": {name: _told(name, value) for name, value in parameters.items()},
            "status": "running",
            "started": utc_now(),
        }

    def run(
        self,
        number: int,
        cancel: Cancel,
        tell: Callable[[Mapping[str, Any]], None],
        grace: float,
        every: float,
    ) -> tuple[JobEnd, bool]:
        """Return how it ended, and whether the private folder has to be kept."""
        began = time.monotonic()
        name = claim(self.shelf, number, self.record)
        self.record["attempt"] = int(name.removeprefix("attempt-"))
        mirror: Mirror | None = None
        with ExitStack() as stack:
            if isinstance(self.shelf, StoreShelf):
                folder = self.own / name
                folder.mkdir()
                address = self.shelf.address.child(name)
                mirror = Mirror(folder, self.shelf.store, address, every=every, hurried=cancel.is_set)
                stack.enter_context(mirror)
                where = str(address)
            else:
                assert isinstance(self.shelf, DiskShelf)
                folder = self.shelf.folder / name
                where = str(folder)
            code, message = self._execute(folder, name, cancel, tell, grace)
        unsent = _sent(mirror)
        if not unsent:
            self._write(folder, code, message, time.monotonic() - began)
            unsent = _sent(mirror)
        if unsent:
            # Who was interrupted is tried again, and continues from what was copied before.
            code = code if code == INTERRUPTED else FAILED
            message = f"{unsent}; everything is still in {folder} on the machine of the job"
            self._write(folder, code, message, time.monotonic() - began)
        return JobEnd(code, message, where), bool(unsent)

    def _write(self, folder: Path, code: int, message: str, seconds: float) -> None:
        ended = {"status": _WORDS.get(code, "failed"), "exit_code": code, "message": message}
        self.record |= {**ended, "seconds": round(seconds, 1), "ended": utc_now()}
        write_text_atomic(folder / JOB, job_text(self.record))

    def _execute(
        self,
        folder: Path,
        name: str,
        cancel: Cancel,
        tell: Callable[[Mapping[str, Any]], None],
        grace: float,
    ) -> tuple[int, str]:
        """Run the notebook; return exit code and a sentence, whatever it raises."""
        run = folder / RUN if "out" in self.known else None
        try:
            given = self.parameters | self._start(name)
            if run is not None:
                given["out"] = str(run)
            job = NotebookJob(self.source, given, folder / self.source.name, run=run, grace=grace)
            job.follow(cancel, tell)
            return _judged(run, interrupted=cancel.is_set())
        except NotebookFailed as error:
            if cancel.is_set():
                return INTERRUPTED, _interrupted(run)
            code = BAD_INPUT if error.bad_data else FAILED
            said = f"{error.place} ({error.kind}); the notebook that was saved shows where and why"
            return code, said
        except DataError as error:
            code = FAILED if isinstance(error.__cause__, OSError) else BAD_INPUT
            return code, error.issues[0].message.rstrip(".")
        except OSError as error:
            return FAILED, error.strerror or type(error).__name__
        except Exception as error:
            # The text of an unforeseen error may name a student.
            return FAILED, f"{type(error).__name__}: this should not have happened"

    def _start(self, name: str) -> dict[str, str]:
        """Return the parameter ``start`` if there is something to continue from."""
        if "start" not in self.known:
            return {}
        given = self.parameters.get("start")
        if given:
            if isinstance(given, str) and is_address(given):
                return {"start": str(fetch_run(Address.parse(given), self.own / "start"))}
            return {}
        earlier = best_earlier(self.shelf, name, self.record)
        if earlier is None:
            return {}
        try:
            folder = self.shelf.run_folder(earlier.name, earlier.files, self.own / "start")
        except DataError:
            logger.warning("%s cannot be read; the search begins anew", earlier.name)
            return {}
        self.record["continued_from"] = earlier.name
        logger.info("Continuing from %s", earlier.name)
        return {"start": str(folder)}


def _source(notebook: str, own: Path) -> Path:
    """Return the notebook as a file."""
    if is_address(notebook):
        address = Address.parse(notebook)
        path = own / "notebook" / (address.name if address.name.endswith(".ipynb") else "notebook.ipynb")
        path.parent.mkdir()
        path.write_bytes(read_object(notebook, most=LARGEST_NOTEBOOK))
        return path
    path = Path(notebook).expanduser()
    if path.exists() or len(path.parts) != 1:
        return path
    ours = {one.stem: one for one in sorted(NOTEBOOKS.glob("*.ipynb"))}
    if path.stem in ours and path.suffix in {"", ".ipynb"}:
        return ours[path.stem]
    cure = suggest(path.stem, ours) or f"one of {', '.join(ours)} was meant?"
    raise DataError([Issue(f"there is no notebook {notebook!r}", value=notebook, cure=cure)])


def _judged(run: Path | None, *, interrupted: bool) -> tuple[int, str]:
    """Return what a notebook that came to its end has reached."""
    record = None if run is None else read_outcome(run)
    if record is not None:
        return record.exit_code, (record.text("first_line") or "the run is finished").rstrip(".")
    if interrupted:
        return INTERRUPTED, _interrupted(run)
    if run is None:
        return DONE, "the notebook came to its end"
    return FAILED, "the notebook came to its end without writing a result"


def _interrupted(run: Path | None) -> str:
    if run is not None and has_incumbent(run):
        return "interrupted; the best timetable so far is kept, and another attempt continues from it"
    return "interrupted before there was a timetable to keep"


def _told(name: str, value: object) -> object:
    """Return a parameter as it may be written down."""
    return "***" if _SECRET.search(name) else value


def _sent(mirror: Mirror | None) -> str:
    """Copy what is left to copy; return why that failed."""
    if mirror is None:
        return ""
    try:
        mirror.copy()
    except DataError as error:
        return f"not all files could be copied: {error.issues[0].message.rstrip('.')}"
    except (EchelonError, OSError) as error:
        return f"not all files could be copied: {type(error).__name__}"
    return ""
