"""Parts of a week on the workers of dask.distributed: processes of this machine or of others.

The university is sent once to every worker, those that join later included. A task then holds where
everything stands, in a few bytes a meeting, and what its part may do; back come the new places of its
meetings. A task of a worker that dies is done by another one. All that is sent are numbers: no name of
anybody, no course, no room.
"""

# mypy: disable-error-code="no-untyped-call, misc"
from __future__ import annotations

import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import distributed as dask
import numpy as np
from distributed.client import ClosedClientError
from distributed.diagnostics.plugin import WorkerPlugin
from numpy.typing import NDArray

from echelon_lib.domain.errors import EchelonError
from echelon_lib.search.kernels.dice import SOURCES
from echelon_lib.search.kernels.university_layout import University, Week
from echelon_lib.search.kernels.university_week import fill
from echelon_lib.search.university.crew import LEAST_ROUND_ELSEWHERE, LostError, Work, processes_here
from echelon_lib.search.university.parts import Deal, Done, Effort, Part
from echelon_lib.stop import Never, Running

CONNECT = 10.0
"""Seconds in which a scheduler has to answer."""
COMPILE = 300.0
"""Seconds in which the workers have to compile the kernels."""
LOOK, LOOK_AROUND = 0.1, 1.0
"""Seconds between two looks at the clock while workers work, and between two counts of them."""
ALONE = 15.0
"""Seconds for which there may be no worker at all."""
GRACE = 2.0
"""Seconds by which a worker may be late in the end."""

_KNOWN: dict[str, University] = {}
"""The universities that this worker holds."""


class Workers:
    """Workers of a scheduler; a context.

    Parameters
    ----------
    client
        A client of the scheduler.
    where
        What they are, in words.
    cluster
        What was started for them, and is to be closed in the end.

    Attributes
    ----------
    size
        Their threads, all together, when the work began.
    """

    least_round = LEAST_ROUND_ELSEWHERE

    def __init__(self, client: Any, where: str, cluster: Any = None) -> None:
        self.client, self.where, self.cluster = client, where, cluster
        self.size = sum(client.nthreads().values())
        self._seen = set(client.nthreads())
        self._gone: set[str] = set()
        self._late = 0
        self._lost = False

    @classmethod
    def started(cls, count: int) -> Workers:
        """Start workers on this machine, a process each, that nobody can reach from elsewhere.

        Raises
        ------
        EchelonError
            When they cannot be started.
        """
        cluster = None
        try:
            cluster = dask.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
            client = dask.Client(cluster, set_as_default=False, timeout=CONNECT)
            client.register_plugin(_Deaf())
            client.wait_for_workers(count, timeout=COMPILE)
            return cls(client, processes_here(count), cluster)
        except (OSError, RuntimeError) as error:
            if cluster is not None:
                cluster.close()
            raise EchelonError(f"{count} workers could not be started ({error})") from None

    @classmethod
    def of(cls, address: str) -> Workers:
        """Reach the workers of a scheduler, such as ``tcp://10.0.0.7:8786``.

        Raises
        ------
        EchelonError
            When the scheduler does not answer.
        """
        try:
            client = dask.Client(address, set_as_default=False, timeout=CONNECT)
        except (OSError, ValueError) as error:
            text = f"the scheduler {address} does not answer ({type(error).__name__})"
            cure = "start one with 'dask scheduler', and workers with 'dask worker', or look at the address?"
            raise EchelonError(f"{text}\n  Maybe {cure}") from None
        return cls(client, f"workers of {address}")

    def compile(self) -> None:
        """Have the kernels compiled on every worker before a clock runs; all must have the same ones.

        Raises
        ------
        EchelonError
            When there are no workers, they do not answer, or they have another version.
        """
        names = list(self.client.nthreads())
        if not names:
            cure = "start some with 'dask worker' and its address?"
            raise EchelonError(f"there are no workers at {self.where}\n  Maybe {cure}")
        asked = {name: self.client.submit(_compiled, workers=[name], pure=False) for name in names}
        try:
            other = [name for name, answer in asked.items() if answer.result(timeout=COMPILE) != SOURCES]
        except (ImportError, RuntimeError):  # the scheduler itself reads what is sent, and may not know it
            other = names
        except OSError as error:
            raise EchelonError(f"the workers do not answer ({type(error).__name__})") from None
        if other:
            text = f"{len(other)} of {len(names)} workers or the scheduler have no Echelon or another version"
            raise EchelonError(f"{text}\n  Maybe install this one for them and start them anew?")

    def close(self) -> None:
        """Let the workers go; those that were started here end."""
        with suppress(OSError, RuntimeError):
            self.client.close()
        if self.cluster is not None:
            with suppress(OSError, RuntimeError):
                self.cluster.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def told(self) -> tuple[str, ...]:
        """What happened to the workers."""
        gone = f"workers that were lost: {len(self._gone)}, and others did their parts"
        late = f"parts of rounds that were late and left out: {self._late}"
        return tuple(words for words, count in ((gone, len(self._gone)), (late, self._late)) if count)

    @contextmanager
    def holding(self, university: University, parts: int) -> Iterator[Work]:
        """Have every worker hold the university."""
        key = uuid4().hex
        with self._reachable():
            self.client.register_plugin(_Held(key, university), name=key)
        try:

            def work(whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running) -> list[Done | None]:
                with self._reachable():
                    return self._round(key, whole, deals, effort, clock)

            yield work
        finally:
            if not self._lost:
                with suppress(LostError), self._reachable():
                    self._look_around()
                    self.client.unregister_worker_plugin(name=key)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Say in one way that the workers cannot be reached, or that a part was the end of several."""
        if self._lost:
            raise LostError("the workers had been lost before")
        try:
            yield
        except (OSError, dask.CancelledError, dask.KilledWorker, ClosedClientError) as error:
            self._lost = True
            raise LostError(f"the workers were lost ({type(error).__name__})") from None

    def _round(
        self, key: str, whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running
    ) -> list[Done | None]:
        start, place = whole.start.astype(np.int8), whole.place.astype(np.int32)
        futures = [self.client.submit(_work, key, start, place, deal, effort, pure=False) for deal in deals]
        self._wait(futures, effort, clock)
        done = [future.result() if future.done() else None for future in futures]
        self._late += 0 if clock.cancelled else done.count(None)
        self.client.cancel([future for future in futures if not future.done()])
        return done

    def _wait(self, futures: list[Any], effort: Effort, clock: Running) -> None:
        """Wait until all is done, or it is time to do without the rest."""
        here = Never().start()
        looked = last_seen = 0.0
        while not clock.cancelled:
            try:
                with self.client.as_current():
                    dask.wait(futures, timeout=LOOK)
                return
            except TimeoutError:
                pass
            now = here.elapsed()
            if now - looked > LOOK_AROUND:
                looked = now
                last_seen = now if self._look_around() else last_seen
            if now - last_seen > ALONE:
                raise LostError("all workers were lost")
            # A part begins anew where its worker was lost, which may take a second round.
            if effort.seconds is not None and now > effort.seconds + GRACE:
                left = clock.remaining()
                if left == 0.0 or now > 2 * effort.seconds + 2 * GRACE:
                    return

    def _look_around(self) -> bool:
        """Count the workers; return whether there are any."""
        present = set(self.client.scheduler_info().get("workers", ()))
        self._gone |= self._seen - present
        self._seen |= present
        return bool(present)


# On the workers ------------------------------------------------------------------------------------------


def _work(key: str, start: NDArray[np.int8], place: NDArray[np.int32], deal: Deal, effort: Effort) -> Done:
    """Do a part; the university was sent ahead."""
    if key not in _KNOWN:
        raise LostError("a worker does not know the university")
    part = Part(_KNOWN[key])
    fill(part.university, part.week, start.astype(np.int64), place.astype(np.int64))
    return part.work(deal, effort)


def _compiled() -> str:
    """Compile the kernels, and say which they are."""
    from echelon_lib.search.university.engine import warm_up_university
    from echelon_lib.search.university.stages import Stages

    warm_up_university(Stages())
    return SOURCES


class _Deaf(WorkerPlugin):
    """Has workers of this machine leave Ctrl-C to whoever started them, who lets them go in the end."""

    name = "deaf to interrupts"

    def setup(self, worker: Any) -> None:
        """Hear of no interrupt."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Held(WorkerPlugin):
    """Has every worker hold a university, from now on or from when it joins."""

    def __init__(self, key: str, university: University) -> None:
        self.key, self.university = key, university

    def setup(self, worker: Any) -> None:
        """Take it."""
        _KNOWN[self.key] = self.university

    def teardown(self, worker: Any) -> None:
        """Forget it."""
        _KNOWN.pop(self.key, None)
