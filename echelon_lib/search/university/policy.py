"""A learned choice of operators: a small network that says what each operator is worth, and its file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.search.university.bursts import FEATURES, OPERATORS

Floats = NDArray[np.float64]

VERSION = 1
"""Version of the file, of what the features mean and of what the operators do."""
HIDDEN = 32
SHAPES = ((len(FEATURES), HIDDEN), (HIDDEN,), (HIDDEN, len(OPERATORS)), (len(OPERATORS),))
"""Shapes of the weights: of the hidden units and of the operators, each with what is added."""
TRAINED = Path(__file__).with_name("repair_policy.json")
"""The policy that comes with the package."""
EXPLORING = 0.05
"""Share of the bursts for which any operator is drawn, so that a poor choice is not made for ever."""
LARGEST = 200_000
"""Bytes of a file; a larger one is something else."""


@dataclass(frozen=True)
class Network:
    """Features to hidden units to what each operator is worth.

    Parameters
    ----------
    weights
        Arrays of ``SHAPES``.
    """

    weights: tuple[Floats, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Return a network whose weights are drawn (He's scale)."""
        return cls(
            tuple(
                rng.normal(0, np.sqrt(2 / shape[0]), shape) if len(shape) == 2 else np.zeros(shape)
                for shape in SHAPES
            )
        )

    def values(self, features: Floats) -> Floats:
        """Return what each operator is worth, for one row of features or many."""
        first, add, second, more = self.weights
        return np.asarray(np.maximum(features @ first + add, 0.0) @ second + more)


@dataclass(frozen=True)
class Policy:
    """A network that was trained.

    Parameters
    ----------
    network
        What it learned.
    trained
        On what: seed, timetables, universities and so on, as the file says.
    """

    network: Network
    trained: dict[str, Any] = field(default_factory=dict)

    def __call__(self, features: Floats, rng: np.random.Generator) -> int:
        """Choose the operator that is worth most, and now and then any."""
        if rng.random() < EXPLORING:
            return int(rng.integers(len(OPERATORS)))
        return int(self.network.values(features).argmax())

    def text(self) -> str:
        """Return the file: the same training gives the same text."""
        names = ("hidden", "hidden_add", "worth", "worth_add")
        weights = [[float(f"{x:.6g}") for x in one.ravel()] for one in self.network.weights]
        record = {
            "kind": "echelon repair policy",
            "version": VERSION,
            "features": list(FEATURES),
            "operators": [one.name for one in OPERATORS],
            "trained": self.trained,
            "weights": dict(zip(names, weights, strict=True)),
        }
        return json.dumps(record, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a policy.

        Raises
        ------
        DataError
            When the file is missing, damaged, or of another version.
        """
        try:
            record = json.loads(path.read_bytes()) if path.stat().st_size <= LARGEST else None
        except OSError as error:
            raise _refused(path, f"cannot be read: {error.strerror}") from None
        except ValueError:
            raise _refused(path, "is not JSON") from None
        if not isinstance(record, dict) or record.get("kind") != "echelon repair policy":
            raise _refused(path, "holds no learned repair")
        expected = {
            "version": VERSION,
            "features": list(FEATURES),
            "operators": [one.name for one in OPERATORS],
        }
        for name, value in expected.items():
            if record.get(name) != value:
                said = f"{name} {record.get(name)!r}" if name == "version" else f"other {name}"
                raise _refused(path, f"has {said}, and this program needs {name} {value!r}")
        weights, trained = record.get("weights"), record.get("trained")
        try:
            arrays = [np.array(one, np.float64) for one in dict(weights or {}).values()]
            network = Network(tuple(one.reshape(of) for one, of in zip(arrays, SHAPES, strict=True)))
        except (TypeError, ValueError):
            raise _refused(path, "has weights of another shape") from None
        if not all(np.isfinite(one).all() for one in network.weights):
            raise _refused(path, "has weights that are no numbers")
        return cls(network, trained if isinstance(trained, dict) else {})


@cache
def policy_of(path: Path | None = None) -> Policy:
    """Return the policy of a file, which is read once; None for the one of the package.

    Raises
    ------
    DataError
        When it cannot be used.
    """
    return Policy.read(TRAINED if path is None else path)


def _refused(path: Path, what: str) -> DataError:
    cure = "train one with 'echelon train repair', or choose another repair?"
    return DataError([Issue(f"the file of the learned repair {what}", path.name, cure=cure)])
