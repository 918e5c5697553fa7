"""Rounds on workers of dask.distributed: the same answer as by threads, whoever is lost on the way."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from clean_weeks import as_filled, clean

from echelon_lib.domain.errors import EchelonError
from echelon_lib.search.university import soft
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Never, Running

dask = pytest.importorskip("distributed", reason="dask.distributed, an extra, is not installed")
from echelon_lib.search.university import distributed  # noqa: E402
from echelon_lib.search.university.distributed import Workers  # noqa: E402

SEED, MOVES, ROUNDS = 3, 3_000_000, 3


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two processes of this machine."""
    with Workers.started(2) as made:
        made.compile()
        yield made


@pytest.fixture(autouse=True)
def long_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some tenths of a second, in which something can happen."""
    monkeypatch.setattr(soft, "ROUNDS", ROUNDS)


def annealed(
    crew: Workers | None, clock: Running | None = None, moves: int | None = MOVES
) -> tuple[WeekSearch, str]:
    search = clean(SEED)
    search.moves, search.crew = moves, crew
    said = Annealing(2).run(search, clock or Never().start(), np.random.default_rng(SEED))
    assert as_filled(search)
    assert int(search.arrays.sums(search.week).sum()) == search.cost
    return search, said


@pytest.fixture(scope="module")
def by_threads() -> tuple[WeekSearch, str]:
    """What threads find."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soft, "ROUNDS", ROUNDS)
        return annealed(None)


class Happening(Running):
    """A clock at which something happens when it is looked at so often."""

    def __init__(self, what: Callable[[], object], looks: int = 2) -> None:
        super().__init__()
        self.what, self.looks = what, looks

    @property
    def cancelled(self) -> bool:
        self.looks -= 1
        if self.looks == 0:
            self.what()
        return self._cancelled


class Killing(Happening):
    """Kills a worker in the midst of its part; ``seconds`` is the deadline, None for none."""

    def __init__(self, workers: Workers, seconds: float | None = None) -> None:
        super().__init__(self.kill)
        self.workers, self.seconds = workers, seconds
        self.pids, self.killed = workers.client.run(os.getpid), False

    def kill(self) -> None:
        busy = [name for name, tasks in self.workers.client.processing().items() if tasks]
        self.killed = bool(busy)
        if busy:
            os.kill(self.pids[busy[0]], signal.SIGKILL)
        else:
            self.looks = 1  # at the next look, then

    def remaining(self) -> float | None:
        return None if self.seconds is None else max(0.0, self.seconds - self.elapsed())

    def done(self, **known: object) -> bool:  # type: ignore[override]
        return self.remaining() == 0.0


def test_workers_find_what_threads_find(workers: Workers, by_threads: tuple[WeekSearch, str]) -> None:
    assert workers.size == 2
    search, said = annealed(workers)
    assert np.array_equal(search.best, by_threads[0].best)
    assert said == by_threads[1]


def test_a_worker_that_is_killed_loses_nothing(workers: Workers, by_threads: tuple[WeekSearch, str]) -> None:
    clock = Killing(workers)
    search, said = annealed(workers, clock)
    assert clock.killed
    assert np.array_equal(search.best, by_threads[0].best)
    assert said == f"{by_threads[1]}; workers that were lost: 1, and others did their parts"
    # Another one has come in its place, and knows what to do.
    workers.client.wait_for_workers(2, timeout=60)
    assert np.array_equal(annealed(workers)[0].best, by_threads[0].best)


def test_a_worker_that_is_killed_before_a_deadline_costs_no_more_than_its_part(workers: Workers) -> None:
    clock = Killing(workers, seconds=4.0)
    search, said = annealed(workers, clock, None)
    assert clock.killed
    assert clock.elapsed() < 60.0
    assert search.cost <= clean(SEED).cost
    assert re.search(r"; workers that were lost: [12], and others did their parts", said)
    workers.client.wait_for_workers(2, timeout=60)


def test_a_cancel_ends_a_round_early(workers: Workers) -> None:
    clock = Never().start()
    happening = Happening(clock.cancel)
    happening.cancel = clock.cancel  # type: ignore[method-assign]
    happening.what = lambda: setattr(happening, "_cancelled", True)
    search, said = annealed(workers, happening)
    assert "in 1 rounds" in said
    assert search.done < MOVES // 2


def test_the_clock_ends_it(workers: Workers) -> None:
    clock = Running()
    end = 1.5
    clock.remaining = lambda: max(0.0, end - clock.elapsed())  # type: ignore[method-assign]
    clock.done = lambda **known: clock.elapsed() >= end  # type: ignore[method-assign]
    _, said = annealed(workers, clock, None)
    assert " rounds of 2 parts " in said


def test_a_lost_scheduler_leaves_the_rest_to_threads(by_threads: tuple[WeekSearch, str]) -> None:
    cluster = dask.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address="127.0.0.1:0"
    )
    with Workers.of(cluster.scheduler_address) as crew:
        assert crew.size == 2
        crew.compile()

        def close() -> None:
            cluster.loop.add_callback(cluster.scheduler.close)

        search, said = annealed(crew, Happening(close))
        assert np.array_equal(search.best, by_threads[0].best)
        assert said.startswith(f"{by_threads[1]}; the workers were lost (")
        assert said.endswith("), and threads of this process went on")
    cluster.close()


def test_workers_of_another_version_are_refused(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "SOURCES", "another")
    with pytest.raises(EchelonError, match="have no Echelon or another version"):
        workers.compile()


def test_nobody_at_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "CONNECT", 0.5)
    with pytest.raises(EchelonError, match=r"the scheduler tcp://127\.0\.0\.1:9 does not answer"):
        Workers.of("tcp://127.0.0.1:9")
