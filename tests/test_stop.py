"""Stopping criteria: what they refuse, when they are done, and that one clock serves several solves."""

from __future__ import annotations

import math
import threading
import time
from fractions import Fraction

import pytest

from echelon_lib.stop import (
    AnyOf,
    Cancel,
    MaxIterations,
    MaxRuntime,
    Never,
    NoImprovement,
    Running,
    Stop,
    as_stop,
    running,
)


@pytest.mark.parametrize(
    "value", [-1, -0.001, math.nan, True, False, "60", [60], MaxRuntime, 10**400, -(10**400), 1j, b"1"]
)
def test_what_is_no_time_is_refused_with_a_cure(value: object) -> None:
    with pytest.raises(ValueError, match=r"does not say when to stop\.\n  Maybe give seconds"):
        as_stop(value)  # type: ignore[arg-type]


def test_a_running_clock_is_no_criterion() -> None:
    with pytest.raises(ValueError, match="does not say when to stop"):
        as_stop(MaxRuntime(1).start())  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-1, 1.0, "5", True, None, math.nan])
def test_iterations_are_whole_numbers(value: object) -> None:
    with pytest.raises(ValueError, match="is no number of iterations"):
        MaxIterations(value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is no number of iterations"):
        NoImprovement(value)  # type: ignore[arg-type]


def test_no_improvement_needs_one_iteration() -> None:
    with pytest.raises(ValueError, match="from 1 on"):
        NoImprovement(0)


def test_any_of_refuses_what_its_parts_refuse() -> None:
    with pytest.raises(ValueError, match="-3"):
        AnyOf(60, -3)


@pytest.mark.parametrize(
    ("value", "stop"),
    [(60, MaxRuntime(60)), (0.5, MaxRuntime(0.5)), (Fraction(1, 2), MaxRuntime(0.5)), (None, Never())],
)
def test_a_number_is_seconds(value: float | None, stop: Stop) -> None:
    assert as_stop(value) == stop


def test_a_criterion_is_itself() -> None:
    stop = AnyOf(NoImprovement(5), 3, None)
    assert as_stop(stop) is stop
    assert stop == AnyOf(NoImprovement(5), MaxRuntime(3.0), Never())
    assert hash(stop) == hash(AnyOf(NoImprovement(5), 3, None))
    assert repr(stop) == "AnyOf(NoImprovement(iterations=5), MaxRuntime(seconds=3.0), Never())"


def test_every_start_is_fresh() -> None:
    stop = MaxRuntime(100)
    first = stop.start()
    first.cancel()
    assert first.done()
    assert not stop.start().done()


def test_seconds_run_out() -> None:
    clock = MaxRuntime(0.05).start()
    left = clock.remaining()
    assert left is not None
    assert 0 < left <= 0.05
    assert not clock.done()
    time.sleep(0.06)
    assert clock.remaining() == 0.0
    assert clock.done()
    assert clock.elapsed() >= 0.05
    assert not clock.cancelled, "a deadline is not an interrupt"


def test_zero_seconds_are_over_at_once() -> None:
    assert MaxRuntime(0).start().done()


@pytest.mark.parametrize("stop", [None, math.inf, Never(), NoImprovement(3), AnyOf()])
def test_unlimited_time_is_none_and_never_infinity(stop: Stop | float | None) -> None:
    clock = running(stop)
    assert clock.remaining() is None
    assert not clock.done()


def test_iterations_are_counted_only_when_told() -> None:
    clock = MaxIterations(3).start()
    assert not clock.done()
    assert not clock.done(iterations=2)
    assert clock.done(iterations=3)
    assert MaxIterations(0).start().done(iterations=0)


def test_no_improvement_counts_from_the_last_better_cost() -> None:
    clock = NoImprovement(3).start()
    assert not clock.done(iterations=0, best=10)
    assert not clock.done(iterations=2, best=10)
    assert not clock.done(iterations=3, best=9)
    assert not clock.done(iterations=5, best=9)
    assert clock.done(iterations=6, best=9)


def test_no_improvement_waits_for_a_first_incumbent() -> None:
    clock = NoImprovement(2).start()
    assert not any(clock.done(iterations=number) for number in range(100))
    assert not clock.done(iterations=100, best=5)
    assert clock.done(iterations=102, best=5)


def test_costs_in_levels_are_compared_in_order() -> None:
    clock = NoImprovement(2).start()
    assert not clock.done(iterations=0, best=(5, 1))
    assert not clock.done(iterations=2, best=(4, 900))
    assert clock.done(iterations=4, best=(4, 900))


def test_another_solve_starts_counting_anew_but_not_its_clock() -> None:
    clock = AnyOf(NoImprovement(5), 100).start()
    assert not clock.done(iterations=0, best=3)
    before = clock.remaining()
    clock.next_solve()
    assert not clock.done(iterations=50, best=900)
    after = clock.remaining()
    assert before is not None
    assert after is not None
    assert after <= before


def test_any_of_takes_the_shortest_time_and_any_reason() -> None:
    clock = AnyOf(MaxRuntime(100), 50, MaxIterations(7)).start()
    left = clock.remaining()
    assert left is not None
    assert left <= 50
    assert not clock.done(iterations=6)
    assert clock.done(iterations=7)


def test_any_of_tells_every_part_even_when_one_is_done() -> None:
    clock = AnyOf(MaxIterations(1), NoImprovement(2)).start()
    assert clock.done(iterations=1, best=5)
    clock.next_solve()
    assert not clock.done(iterations=0, best=5)


def test_cancel_is_seen_from_another_thread_and_by_all_who_watch() -> None:
    cancel = Cancel()
    one, other = AnyOf(100, cancel).start(), running(cancel)
    assert not one.done()
    assert not cancel.is_set()
    thread = threading.Thread(target=cancel.set)
    thread.start()
    thread.join()
    assert cancel.is_set()
    assert one.done()
    assert one.cancelled
    assert other.done()
    assert other.cancelled


def test_what_runs_already_goes_on_running() -> None:
    clock = MaxRuntime(100).start()
    assert running(clock) is clock
    assert running(5.0).remaining() is not None


def test_a_criterion_of_ones_own_is_accepted() -> None:
    class Twice(Running):
        asked = 0

        def done(self, *, iterations: int | None = None, best: object = None) -> bool:
            self.asked += 1
            return self.asked > 2

    class AskedTwice:
        def start(self) -> Running:
            return Twice()

    clock = AnyOf(AskedTwice(), 100).start()
    assert [clock.done() for _ in range(3)] == [False, False, True]


def test_a_part_has_its_share_of_what_is_left() -> None:
    whole = MaxRuntime(100).start()
    part = whole.part(0.25)
    left = part.remaining()
    assert left is not None
    assert 20 < left <= 25
    assert whole.part(0).done()
    assert not whole.done()
    assert running(None).part(0.5).remaining() is None


def test_a_part_never_outlives_the_whole() -> None:
    whole = MaxRuntime(0.03).start()
    part = whole.part(1)
    time.sleep(0.04)
    assert part.remaining() == 0.0
    assert part.done()


def test_a_part_and_its_whole_are_cancelled_together() -> None:
    whole = MaxRuntime(100).start()
    one, other = whole.part(0.5), whole.part(0.5)
    one.cancel()
    assert whole.cancelled
    assert other.done()
    assert other.cancelled


def test_a_part_tells_the_whole_of_iterations() -> None:
    whole = MaxIterations(3).start()
    assert whole.part(0.5).done(iterations=3)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, True])
def test_a_share_is_between_nothing_and_all(share: float) -> None:
    with pytest.raises(ValueError, match="is no share of the time"):
        MaxRuntime(1).start().part(share)
