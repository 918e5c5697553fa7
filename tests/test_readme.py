"""What the README shows is true: what its Python prints, its rules, its links, its commands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from echelon_lib.commands.app import app
from echelon_lib.school_rules import SchoolRules

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_python_prints_what_stands_below_it() -> None:
    (code,), (printed,) = blocks("python"), blocks("text")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


def test_the_python_is_about_ten_lines() -> None:
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 12


def test_the_rules_are_rules() -> None:
    (rules,) = blocks("toml")
    assert SchoolRules.from_mapping(tomllib.loads(rules)).courses["Medical Career"].seats == 15


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (path.parent / target).exists()] == []


def test_commands_exist() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    named = set(re.findall(r"\.venv/bin/echelon (\w+)", README))
    assert {"check", "solve", "evaluate", "compare"} <= named <= known


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        {"demo", "test", "lab"}
        <= set(re.findall(r"\bmake ([a-z]+)(?=[`\s]*(?:\||#|$))", README, re.M))
        <= targets
    )


def test_the_exit_codes_are_those_of_the_command() -> None:
    table = re.findall(r"^\| (\d) \| ", README, re.MULTILINE)
    assert table == re.findall(r"(\d) \w", str(app.info.epilog))


def test_the_pictures_are_small_and_said_in_words() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    pictures += re.findall(r'<img src="([^"]+)" alt="[^"]+"', README)
    assert len(pictures) == README.count("![") + README.count("<img") == 3
    assert all((ROOT / picture).stat().st_size < 300_000 for picture in pictures)
