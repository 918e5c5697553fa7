"""The learned choice of operators: it learns, its file is read with care, and it repairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_universities import random_university, random_week

from echelon_lib import evaluate, solve
from echelon_lib.domain.errors import DataError
from echelon_lib.search.university.bursts import FEATURES, OPERATORS
from echelon_lib.search.university.learning import Learner
from echelon_lib.search.university.policy import TRAINED, Network, Policy, policy_of
from echelon_lib.search.university.stages import Stages
from echelon_lib.stop import MaxIterations

CLEARS = 4


class Toy:
    """Something to repair that one operator clears at once, and the others never."""

    def __init__(self) -> None:
        self.count = 7

    def features(self) -> np.ndarray:
        return np.full(len(FEATURES), self.count / 10)

    def burst(self, number: int) -> None:
        self.count = 0 if number == CLEARS else self.count


def test_what_clears_is_learned() -> None:
    learner = Learner(seed=1, episodes=120)
    untaught = learner.network.values(Toy().features()).copy()
    bursts = [learner.episode(Toy(), learner.dice()) for _ in range(120)]  # type: ignore[arg-type]
    worth = learner.network.values(Toy().features())
    assert worth.argmax() == CLEARS
    assert worth[CLEARS] == pytest.approx(0.1, abs=0.05), "the reward of 10, in hundreds"
    assert not np.allclose(untaught, worth)
    assert sum(bursts[-30:]) < sum(bursts[:30])
    assert (learner.done, learner.solved) == (120, 120)


def test_learning_goes_on_as_if_it_had_not_stopped() -> None:
    straight, stopped = Learner(seed=3, episodes=60), Learner(seed=3, episodes=60)
    for _ in range(60):
        straight.episode(Toy(), straight.dice())  # type: ignore[arg-type]
    for _ in range(41):
        stopped.episode(Toy(), stopped.dice())  # type: ignore[arg-type]
    kept = json.loads(json.dumps({name: array.tolist() for name, array in stopped.state().items()}))
    again = Learner.of({name: np.array(values) for name, values in kept.items()})
    for _ in range(19):
        again.episode(Toy(), again.dice())  # type: ignore[arg-type]
    assert Policy(again.network).text() == Policy(straight.network).text()


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    policy = Policy(Network.drawn(np.random.default_rng(0)), {"seed": 5})
    (tmp_path / "policy.json").write_text(policy.text(), encoding="utf-8")
    again = Policy.read(tmp_path / "policy.json")
    assert again.text() == policy.text()
    assert again.trained == {"seed": 5}
    x = np.linspace(0, 1, len(FEATURES))
    assert np.allclose(again.network.values(x), policy.network.values(x), atol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 0}, "has version 0, and this program needs version 1"),
        ({"features": ["mood"]}, "has other features"),
        ({"operators": []}, "has other operators"),
        ({"weights": {"hidden": [1.0]}}, "weights of another shape"),
        ({"weights": None}, "weights of another shape"),
        ({"kind": "recipe"}, "holds no learned repair"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value.split()[-1],
)
def test_a_file_that_does_not_fit_says_so(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    record = json.loads(Policy(Network.drawn(np.random.default_rng(0))).text()) | change
    path = tmp_path / "other.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(DataError) as error:
        solve(random_university(2), stages=Stages(repair="learned", policy=path), stop=MaxIterations(1))
    assert words in str(error.value)
    assert "other.json" in str(error.value)
    assert "echelon train repair" in str(error.value)


def test_a_damaged_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"kind": ', encoding="utf-8")
    for name, words in (("cut.json", "is not JSON"), ("none.json", "cannot be read")):
        with pytest.raises(DataError, match=words):
            Policy.read(tmp_path / name)


def test_a_policy_is_for_the_learned_repair(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="repair = learned was meant"):
        Stages(policy=tmp_path / "policy.json")
    assert Stages(repair="learned", policy="").policy is None  # type: ignore[arg-type]


def test_the_policy_of_the_package_was_trained_as_promised() -> None:
    about = policy_of().trained
    assert about["timetables"] >= 1_000
    assert 1 < about["universities"] <= about["timetables"]
    assert TRAINED.stat().st_size < 50_000
    dice = np.random.default_rng(0)
    chosen = {policy_of()(dice.random(len(FEATURES)), dice) for _ in range(50)}
    assert chosen <= set(range(len(OPERATORS)))


@pytest.mark.parametrize("seed", range(4))
def test_the_learned_repair_clears_and_can_be_repeated(seed: int) -> None:
    problem = random_university(seed)
    stages = Stages(grouping="none", feasibility="dsatur", repair="learned")
    told = {"start": random_week(problem, seed), "stop": MaxIterations(4), "stages": stages, "seed": seed}
    result, again = solve(problem, **told), solve(problem, **told)
    assert result.best is not None
    assert evaluate(problem, result.best).feasible
    assert any(note.startswith("learned mixture of bursts: ") for note in result.notes)
    assert (result.best, result.notes) == (again.best, again.notes)
