"""Whether anything of a workspace may be sent to Claude, and within which limits."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError
from echelon_lib.runs.advisers import NEVER, SWITCH, sending_is_off
from echelon_lib.runs.sending import (
    KEY,
    SETTINGS,
    as_toml,
    forbid_sending,
    never_sends,
    settings_of,
    why_not_claude,
)
from echelon_lib.runs.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace on a machine that has a key and forbids nothing."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv(KEY, "sk-nobody")
    return Workspace(tmp_path / "workspace")


def test_nothing_stands_in_the_way(workspace: Workspace) -> None:
    assert why_not_claude(workspace) == ""


def test_without_a_key_the_cure_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "  ")
    assert KEY in why_not_claude(workspace)
    assert "\nMaybe " in why_not_claude(workspace)


def test_the_switch_stays_in_the_workspace(workspace: Workspace) -> None:
    forbid_sending(workspace, forbidden=True)
    assert never_sends(Workspace(workspace.path))
    assert "ever sent from this workspace" in why_not_claude(workspace)
    assert sending_is_off(workspace.runs / "one" / "advice" / "001")
    forbid_sending(workspace, forbidden=False)
    forbid_sending(workspace, forbidden=False)
    assert not never_sends(workspace)
    assert not sending_is_off(workspace.runs / "one")


def test_a_folder_elsewhere_is_not_concerned(workspace: Workspace, tmp_path: Path) -> None:
    forbid_sending(workspace, forbidden=True)
    assert not sending_is_off(tmp_path / "runs" / NEVER)
    assert sending_is_off(tmp_path / "runs", workspace.path)
    (tmp_path / "here").symlink_to(workspace.runs)
    assert sending_is_off(tmp_path / "here" / "one")


@pytest.mark.parametrize("word", ["off", " OFF ", "0", "no", "false"])
def test_the_administrator_wins(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(SWITCH, word)
    assert SWITCH in why_not_claude(workspace)


def test_limits_are_those_of_the_workspace_and_consent_to_nothing(workspace: Workspace) -> None:
    (workspace.path / SETTINGS).write_text('model = "claude-opus-5-5"\nsend = true\n', encoding="utf-8")
    assert settings_of(workspace) == ClaudeSettings(model="claude-opus-5-5")
    (workspace.path / SETTINGS).write_text("tokens = 0\n", encoding="utf-8")
    with pytest.raises(DataError, match="tokens"):
        settings_of(workspace)
    assert SETTINGS in why_not_claude(workspace)


def test_settings_are_the_same_as_a_file() -> None:
    told = {
        "send": True,
        "model": "claude-opus-5-5",
        "usd": 1.5,
        "usd_per_million_in": 3.0,
        "usd_per_million_out": 15.0,
        "base_url": "https://claude.district.example/ü",
    }
    settings = ClaudeSettings(**told)
    assert ClaudeSettings(**tomllib.loads(as_toml(settings))) == settings
    assert as_toml(ClaudeSettings()) == ""
