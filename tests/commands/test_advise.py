"""``echelon advise``: what it proposes, what it sends and when it does not, and how to go on from there."""

from __future__ import annotations

import json
import os
import pty
import shlex
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from command_runner import documents, echelon
from half_empty import STUDENTS, half_empty
from messages_api import KEY, MessagesApi, messages_api, point_away, proposing, saying

from echelon_lib.commands.app import app
from echelon_lib.runs.rounds import read_rounds


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the half-empty school; it is only looked at."""
    folder = tmp_path_factory.mktemp("half_empty")
    school, rules = half_empty(folder)
    words = ["--rules", rules, "--solver", "highs", "--out", folder / "first"]
    assert echelon("solve", school, *words).exit_code == 0
    return folder / "first"


@pytest.fixture(autouse=True)
def nobody_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    point_away(monkeypatch)
    monkeypatch.delenv("ECHELON_CLAUDE", raising=False)


@pytest.fixture(scope="module")
def service() -> Iterator[MessagesApi]:
    with messages_api() as api:
        yield api


@pytest.fixture
def claude(service: MessagesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that lead to the service of the tests, which wants to add something; the key is set."""
    service.seen.clear()
    service.will(saying("All is well as it is."))
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    path = tmp_path / "claude.toml"
    path.write_text(f'base_url = "{service.url}"\nretries = 0\n', encoding="utf-8")
    return path


def answers(run: Path) -> list[str]:
    return sorted(path.name for path in run.glob("advice/*"))


def test_the_rules_say_what_they_would_change(first: Path, tmp_path: Path) -> None:
    done = echelon("advise", first, "--out", tmp_path / "answer")
    assert done.exit_code == 0, done.output
    assert "Surplus" in done.stdout
    assert "is given up" in done.stdout
    assert "Why: Art has 4 requests" in done.stdout.replace("\n", " ")
    assert "to be decided" in done.stdout
    assert not any(student in done.output for student in STUDENTS)
    rounds = read_rounds(tmp_path / "answer")
    assert rounds is not None
    assert rounds.adviser == "rules"
    assert [one.number for one in rounds.rounds[0].open] == [1, 2, 3]
    assert rounds.rounds[0].after is None


def test_the_last_line_solves_again(first: Path, tmp_path: Path) -> None:
    done = echelon("advise", first, "--out", tmp_path / "answer")
    command = shlex.split(done.stdout.splitlines()[-1])
    assert command[:2] == ["echelon", "solve"]
    assert command[-2:] == ["--accept", "1,2,3"]
    again = echelon(*command[1:], "--out", tmp_path / "again")
    assert again.exit_code == 0, again.output
    record = json.loads((tmp_path / "again" / "result.json").read_text(encoding="utf-8"))
    assert len(record["actions"]) == 3
    assert record["met"] == 12
    done = echelon("advise", tmp_path / "again")
    assert "There is nothing to change." in done.stdout
    assert "--accept" not in done.stdout
    assert answers(tmp_path / "again") == ["001"]


def test_what_was_changed_is_said(first: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    echelon("advise", first, "--out", answer)
    rounds = read_rounds(answer)
    assert rounds is not None
    school, rules = first.parent / "school", first.parent / "rules.toml"
    words = ["solve", school, "--rules", rules, "--solver", "highs", "--start", first]
    chosen = echelon(*words, "--actions", answer, "--accept", "2", "--out", tmp_path / "chosen")
    assert chosen.exit_code == 0, chosen.output
    changed = tmp_path / "chosen" / "school" / "Sections_Information.csv"
    assert changed.exists()
    assert f"Changes of sections: 1. The changed file is {changed}." in chosen.stdout
    hybrid = echelon(*words, "--advice", "rules", "--out", tmp_path / "hybrid")
    assert hybrid.exit_code == 0, hybrid.output
    lines = hybrid.stdout.splitlines()
    assert "Round 1, rules, kept:" in lines
    assert all(f"  {one.sentence}" in lines for one in rounds.rounds[0].proposals)
    assert any(line.split() == ["Surplus", "3", "0"] for line in lines)


def test_the_next_command_is_called_as_this_one_was(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/echelon"])
    monkeypatch.setenv("PATH", str(tmp_path))
    _, said = documents("advise", first, "--out", tmp_path / "answer")
    assert said["next"].startswith(".venv/bin/echelon solve ")


def test_one_number_is_one_change(first: Path, tmp_path: Path) -> None:
    _, said = documents("advise", first, "--out", tmp_path / "answer")
    command = shlex.split(said["next"])[1:-1]
    code, record = documents(*command, "2", "--out", tmp_path / "again")
    assert code == 0
    (second,) = record["actions"]
    assert second["section"] == said["round"]["proposals"][1]["action"]["section"]
    code, fault = documents(*command, "4", "--out", tmp_path / "never")
    assert code == 2
    assert "there is no proposal 4; there are 3" in fault["message"]
    assert not (tmp_path / "never").exists()


def test_one_document(first: Path, tmp_path: Path) -> None:
    code, said = documents("advise", first, "--adviser", "random", "--seed", 3, "--out", tmp_path / "answer")
    assert code == said["exit_code"] == 0
    assert said["folder"] == str(tmp_path / "answer")
    assert said["round"]["adviser"] == "random"
    assert said["round"]["before"]["surplus"] == 3


def test_an_answer_is_never_overwritten(first: Path, tmp_path: Path) -> None:
    assert echelon("advise", first, "--out", tmp_path / "answer").exit_code == 0
    before = (tmp_path / "answer" / "advice.json").read_bytes()
    done = echelon("advise", first, "--adviser", "random", "--out", tmp_path / "answer")
    assert done.exit_code == 2
    assert "holds an answer already" in done.stderr
    assert (tmp_path / "answer" / "advice.json").read_bytes() == before


def test_nobody_can_be_asked_without_a_timetable(school: Path, impossible: Path, tmp_path: Path) -> None:
    assert echelon("solve", school, "--rules", impossible, "--out", tmp_path / "none").exit_code == 3
    done = echelon("advise", tmp_path / "none")
    assert done.exit_code == 2
    assert "has no timetable to ask about" in done.stderr
    assert answers(tmp_path / "none") == []
    done = echelon("advise", tmp_path / "none", "--adviser", "claude", "--show")
    assert done.exit_code == 2
    assert "has no timetable to ask about" in done.stderr


def test_an_unknown_adviser(first: Path) -> None:
    done = echelon("advise", first, "--adviser", "oracle")
    assert done.exit_code == 2
    assert "there is no adviser 'oracle'" in done.stderr
    assert "one of rules, claude, random?" in done.stderr


def test_what_would_be_sent_is_shown(first: Path, claude: Path, service: MessagesApi, tmp_path: Path) -> None:
    words = ["advise", first, "--adviser", "claude", "--claude", claude]
    shown = echelon(*words, "--show")
    assert shown.exit_code == 0
    without = echelon(*words)
    assert without.exit_code == 1
    assert "add --send if it may leave the house" in without.stderr
    assert service.seen == []
    assert answers(first) == []
    sent = echelon(*words, "--send", "--yes", "--out", tmp_path / "answer")
    assert sent.exit_code == 0
    (request,) = service.seen
    body = request.body.decode()
    assert shown.stdout.strip() == body == without.stdout.splitlines()[0]
    assert json.loads(documents(*words, "--show")[1]["text"]) == request.json
    assert "Nothing would be sent" in echelon("advise", first, "--show").stdout


def test_claude_is_heard_and_a_receipt_is_kept(
    first: Path, claude: Path, service: MessagesApi, tmp_path: Path
) -> None:
    echelon("advise", first, "--adviser", "claude", "--claude", claude, "--send", "--yes", "--out", tmp_path)
    course = service.seen[0].outline["courses"][0]
    service.seen.clear()
    section = {"kind": "remove", "section": course["sections"][-1]["code"], "reason": "It is nearly empty."}
    service.will(proposing(section, {**section, "section": "S99"}, text="One section is enough.", step=5))
    words = ["--adviser", "claude", "--claude", claude, "--send", "--yes", "--out", tmp_path / "answer"]
    done = echelon("advise", first, *words)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == "One section is enough."
    assert done.stdout.count("One section is enough.") == 1
    assert "Why: It is nearly empty." in done.stdout
    assert done.stdout.rstrip().endswith("--accept 1")
    assert (tmp_path / "answer" / "words.txt").read_text(encoding="utf-8") == "One section is enough."
    (receipt,) = (tmp_path / "answer" / "receipts").glob("receipt-*.json")
    assert json.loads(receipt.read_text(encoding="utf-8"))["body"] == service.seen[0].body.decode()
    assert str(receipt) in done.stdout
    assert KEY not in done.output


def test_without_a_key_nothing_is_sent_or_left(
    first: Path, claude: Path, service: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    done = echelon("advise", first, "--adviser", "claude", "--claude", claude, "--send", "--yes")
    assert done.exit_code == 1
    assert "Maybe set ANTHROPIC_API_KEY" in done.stderr
    assert (service.seen, answers(first)) == ([], [])


@pytest.mark.parametrize("by", ["variable", "file"])
def test_sending_that_is_switched_off(
    by: str, first: Path, claude: Path, service: MessagesApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    switch = first.parent / "never_send_to_claude"
    if by == "variable":
        monkeypatch.setenv("ECHELON_CLAUDE", "off")
    else:
        switch.touch()
    try:
        words = ["--adviser", "claude", "--claude", claude, "--send", "--yes", "--out", tmp_path / "answer"]
        done = echelon("advise", first, *words)
        assert done.exit_code == 1
        assert "sending is switched off here" in done.stderr
        claude.write_text(claude.read_text(encoding="utf-8") + "fallback = true\n", encoding="utf-8")
        done = echelon("advise", first, *words)
        assert done.exit_code == 0
        assert "rules was asked instead of claude: " in done.stdout
        assert service.seen == []
    finally:
        switch.unlink(missing_ok=True)


def test_nobody_there_to_consent(first: Path, claude: Path, service: MessagesApi) -> None:
    done = echelon("advise", first, "--adviser", "claude", "--claude", claude, "--send")
    assert done.exit_code == 2
    assert "add --yes" in done.stderr
    assert (service.seen, answers(first)) == ([], [])


def on_a_terminal(typed: str, patch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    """Return exit code and output of a command in whose terminal somebody types."""
    ours, theirs = pty.openpty()
    heard: list[bytes] = []

    def listen() -> None:
        with suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                heard.append(piece)

    listener = threading.Thread(target=listen)
    listener.start()
    os.write(ours, f"{typed}\n".encode())
    with os.fdopen(theirs, "w") as out, os.fdopen(os.dup(theirs)) as typing, patch.context() as terminal:
        terminal.setattr(sys, "stdin", typing)
        terminal.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in words])
    listener.join(30)
    os.close(ours)
    return int(str(ended.value.code)), b"".join(heard).decode()


@pytest.mark.parametrize(("typed", "code", "sent"), [("y", 0, 1), ("n", 1, 0), ("", 1, 0)])
def test_a_person_consents(
    typed: str,
    code: int,
    sent: int,
    first: Path,
    claude: Path,
    service: MessagesApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["--adviser", "claude", "--claude", claude, "--send", "--out", tmp_path / "answer"]
    ended, heard = on_a_terminal(typed, monkeypatch, "advise", first, *words)
    assert ended == code, heard
    assert "<outline>" in heard
    assert "Send this text to Claude? [y/N]" in heard
    assert len(service.seen) == sent
