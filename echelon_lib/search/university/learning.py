"""Deep Q-learning of which operator to take when clashes are repaired (Mnih et al., Nature 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.university.bursts import FEATURES, OPERATORS, Mending
from echelon_lib.search.university.policy import SHAPES, Network

Floats = NDArray[np.float64]

DISCOUNT = 0.9
CLASH, SOLVED = -1.0, 10.0
"""Reward after a burst: for each meeting that clashes, and when none does."""
SCALE = 100.0
"""What rewards are divided by, so that weights stay small."""
MEMORY, BATCH, ENOUGH, STEPS = 5_000, 32, 200, 4
"""Bursts that are remembered, those of a step, how many must be known before the first, and steps a burst."""
FOLLOW = 0.005
"""Share by which the target network comes nearer to the one that learns, at each step."""
RATE, FIRST, SECOND, TINY = 1e-3, 0.9, 0.999, 1e-8
"""Learning rate, and the decay of both moments (Kingma and Ba, Adam, 2015)."""
MOST_BURSTS = 60
"""Bursts of an episode."""
SURE, EXPLORED = 0.1, 0.6
"""Share of the bursts drawn at random in the end, and the share of the episodes after which it is reached."""


@dataclass
class Learner:
    """A network that learns, with everything that it needs to go on later as if it had not stopped.

    Parameters
    ----------
    seed
        Seed of its first weights, and of every episode.
    episodes
        Episodes in all; they decide how much is drawn at random.

    Attributes
    ----------
    done, solved
        Episodes so far, and those that ended without clashes.
    network, target
        What learns, and the weights that follow it slowly, which are steadier and are what is kept.
    """

    seed: int
    episodes: int
    done: int = 0
    solved: int = 0
    steps: int = 0
    known: int = 0
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        self.network = Network.drawn(np.random.default_rng(self.seed))
        self.target = [one.copy() for one in self.network.weights]
        self.moments = [np.zeros((2, *shape)) for shape in SHAPES]
        self.memory = np.zeros((MEMORY, 2 * len(FEATURES) + 3))

    def dice(self) -> np.random.Generator:
        """Return the random numbers of the next episode, which hang on nothing before."""
        return np.random.default_rng((self.seed, self.done))

    def episode(self, mending: Mending, rng: np.random.Generator) -> int:
        """Repair a week and learn from it; return the bursts that it took."""
        exploring = max(SURE, 1 - (1 - SURE) * self.done / max(1.0, EXPLORED * self.episodes))
        bursts = 0
        before = mending.features()
        while mending.count and bursts < MOST_BURSTS:
            if rng.random() < exploring:
                number = int(rng.integers(len(OPERATORS)))
            else:
                number = int(self.network.values(before).argmax())
            mending.burst(number)
            bursts += 1
            after, over = mending.features(), mending.count == 0
            reward = (CLASH * mending.count + SOLVED * over) / SCALE
            self.memory[self.known % MEMORY] = (*before, number, reward, *after, float(over))
            self.known += 1
            for _ in range(STEPS if self.known >= ENOUGH else 0):
                self._learn(self.memory[rng.integers(0, min(self.known, MEMORY), BATCH)])
            before = after
        self.done += 1
        self.solved += int(mending.count == 0)
        return bursts

    def _learn(self, batch: Floats) -> None:
        """Take a step towards what the bursts of a batch were worth."""
        width, rows = len(FEATURES), np.arange(len(batch))
        before, number, reward = batch[:, :width], batch[:, width].astype(np.int64), batch[:, width + 1]
        after, over = batch[:, width + 2 : -1], batch[:, -1]
        later = Network(tuple(self.target)).values(after).max(axis=1)
        wanted = reward + DISCOUNT * later * (1 - over)
        first, add, second, more = self.network.weights
        hidden = np.maximum(before @ first + add, 0.0)
        worth = hidden @ second + more
        # Huber's loss: an error of more than 1 pulls no harder than 1.
        wrong = np.zeros_like(worth)
        wrong[rows, number] = np.clip(worth[rows, number] - wanted, -1.0, 1.0) / len(batch)
        back = (wrong @ second.T) * (hidden > 0)
        slopes = (before.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0))
        self.steps += 1
        for weights, slope, moment in zip(self.network.weights, slopes, self.moments, strict=True):
            moment[0] = FIRST * moment[0] + (1 - FIRST) * slope
            moment[1] = SECOND * moment[1] + (1 - SECOND) * slope**2
            mean, spread = moment[0] / (1 - FIRST**self.steps), moment[1] / (1 - SECOND**self.steps)
            weights[...] -= RATE * mean / (np.sqrt(spread) + TINY)
        for follower, weights in zip(self.target, self.network.weights, strict=True):
            follower[...] += FOLLOW * (weights - follower)

    def state(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Return everything by name, to be kept and gone on from."""
        counts = (self.seed, self.episodes, self.done, self.solved, self.steps, self.known)
        named: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {
            "counts": np.array(counts, np.int64),
            "memory": self.memory[: min(self.known, MEMORY)],
        }
        for k, (weight, target, moment) in enumerate(
            zip(self.network.weights, self.target, self.moments, strict=True)
        ):
            named |= {f"weight{k}": weight, f"target{k}": target, f"moment{k}": moment}
        return named

    @classmethod
    def of(cls, state: Mapping[str, NDArray[np.float64]]) -> Learner:
        """Return a learner as it was; a KeyError or a ValueError says that this was none."""
        learner = cls(*(int(one) for one in state["counts"]))
        rows = state["memory"].reshape(-1, learner.memory.shape[1])
        learner.memory[: len(rows)] = rows
        learner.network = Network(tuple(state[f"weight{k}"].reshape(of) for k, of in enumerate(SHAPES)))
        learner.target = [state[f"target{k}"].reshape(of) for k, of in enumerate(SHAPES)]
        learner.moments = [state[f"moment{k}"].reshape(2, *of) for k, of in enumerate(SHAPES)]
        return learner
