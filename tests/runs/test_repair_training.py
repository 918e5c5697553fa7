"""``echelon train repair``: the same numbers give the same file, stopped in between or not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from echelon_lib.commands.train import train as train_group
from echelon_lib.domain.errors import DataError
from echelon_lib.runs import repair_training
from echelon_lib.runs.repair_training import Plan, Spoiler, train
from echelon_lib.search.university.bursts import Mending
from echelon_lib.search.university.policy import Policy
from echelon_lib.stop import Cancel
from tests.commands.command_runner import documents, echelon

PLAN = Plan(timetables=6, universities=2, seed=4)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Universities of one department, and little that is tried in the end."""
    for name, value in {"SMALLEST": 1, "LARGEST": 2, "EVERY": 2, "TESTED": 1, "TESTS": 2}.items():
        monkeypatch.setattr(repair_training, name, value)


def test_stopping_and_going_on_changes_nothing(tmp_path: Path) -> None:
    straight = list(train(PLAN, tmp_path / "straight.json", Cancel()))
    assert [moment.done for moment in straight] == [2, 4, 6]
    stop, out = Cancel(), tmp_path / "stopped.json"
    for moment in train(PLAN, out, stop):
        assert moment.done == 2
        stop.set()
    assert not out.exists()
    with pytest.raises(DataError, match="an earlier training with other numbers"):
        list(train(Plan(7, 2, 4), out, Cancel()))
    rest = list(train(PLAN, out, Cancel()))
    assert [moment.done for moment in rest] == [4, 6]
    assert out.read_bytes() == (tmp_path / "straight.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stopped.json", "straight.json"]


def test_the_command_says_how_it_does_on_what_it_has_not_seen(tmp_path: Path) -> None:
    words = ("train", "repair", "--timetables", 3, "--universities", 2, "--seed", 1)
    code, told = documents(*words, "--out", tmp_path / "policy.json")
    assert code == 0
    assert (told["timetables"], told["universities"], told["seed"]) == (3, 2, 1)
    assert set(told["unseen"]) == {"universities", "timetables", "learned", "random"}
    assert Policy.read(tmp_path / "policy.json").trained == {
        name: told[name] for name in told if name not in ("exit_code", "file")
    }
    again = echelon(*words, "--out", tmp_path / "policy.json")
    assert again.exit_code == 2
    assert "no policy is overwritten" in again.stderr
    assert train_group.info.help


def test_what_was_kept_is_read_with_care(tmp_path: Path) -> None:
    (tmp_path / "policy.json.part").write_text(json.dumps({"universities": 2}), encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        list(train(PLAN, tmp_path / "policy.json", Cancel()))


def test_timetables_are_spoilt_in_several_ways() -> None:
    spoiler = Spoiler(2, 0)
    assert spoiler.weeks
    clashes = []
    for seed in range(12):
        mending = spoiler.spoilt(np.random.default_rng(seed))
        assert isinstance(mending, Mending)
        clashes.append(mending.clashes)
    assert len({*clashes}) > 4
    assert min(clashes) > 0
