"""Calling the ``echelon`` command, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from echelon_lib.commands.app import app

ROOT = Path(__file__).resolve().parents[2]


def echelon(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def documents(*words: object) -> tuple[int, Any]:
    """Return exit code and the one JSON document of a command."""
    done = echelon(*words, "--json")
    return done.exit_code, json.loads(done.stdout)


def process(*words: object, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "echelon_lib", *(str(word) for word in words)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **settings)


def in_a_process(*words: object, **more: Any) -> tuple[int, str, str]:
    running = process(*words, **more)
    out, err = running.communicate(timeout=180)
    return running.returncode, out, err


def wait_for_incumbent(out: Path, running: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and running.poll() is None:
        try:
            state = json.loads((out / "progress.json").read_text())
        except (OSError, ValueError):
            state = {}
        if str(state.get("phase")).startswith("solving") and state.get("incumbent") is not None:
            return
        time.sleep(0.1)
    pytest.fail(f"no incumbent came: {running.poll()}")
