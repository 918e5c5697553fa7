"""Downloads: made when asked for, under a name that every system takes."""

from __future__ import annotations

import logging

import pytest

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.widgets.download import LONGEST_NAME, Download, safe_name

ASK = {"kind": "make", "id": "one"}


def test_nothing_is_made_before_it_is_asked_for(page_of) -> None:
    made: list[str] = []
    button = Download("Tables", "North High.xlsx", lambda: (made.append("x"), b"bytes")[1])
    page = page_of(button)
    assert made == []
    page.says(ASK)
    assert made == ["x"]
    content, buffers = page.sent[0]
    assert (content["id"], content["name"], buffers) == ("one", "North High.xlsx", [b"bytes"])
    assert content["type"].endswith("spreadsheetml.sheet")
    assert (button.busy, button.message) == (False, "")


def test_it_is_busy_while_it_makes_the_file(page_of) -> None:
    seen: list[bool] = []
    button = Download("Tables", "a.csv", lambda: (seen.append(button.busy), b"")[1])
    page_of(button).says(ASK)
    assert (seen, button.busy) == ([True], False)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DataError([Issue("There is no such run.")]), "There is no such run."),
        (FileNotFoundError(2, "No such file", "s-4711.csv"), "not there any more"),
        (KeyError("s-4711"), "could not be made"),
    ],
)
def test_a_failure_is_a_sentence_beside_the_button(page_of, caplog, error: Exception, words: str) -> None:
    def fail() -> bytes:
        raise error

    button = Download("Tables", "a.csv", fail)
    page = page_of(button)
    with caplog.at_level(logging.DEBUG):
        page.says(ASK)
    assert words in button.message
    assert not button.busy
    assert page.sent[0][1] == [], "the page hears that there is nothing to save"
    assert "4711" not in caplog.text + button.message
    button.content = lambda: b"ok"
    page.says(ASK)
    assert (button.message, page.sent[1][1]) == ("", [b"ok"])


def test_it_answers_nothing_else(page_of) -> None:
    button = Download("Tables", "a.csv", lambda: b"")
    page = page_of(button)
    for content in (
        None,
        [],
        "make",
        {"kind": "make"},
        {"kind": "make", "id": 7},
        {"kind": "x", "id": "one"},
    ):
        page.says(content)
    button.disabled = True
    page.says(ASK)
    page.sets(disabled=False, filename="evil.exe", label="x")
    assert (page.sent, button.filename, button.disabled) == ([], "a.csv", True)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Master_Schedule.csv", "Master_Schedule.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\a.csv", "C__a.csv"),
        ('a"b<c>|?*.zip', "a_b_c____.zip"),
        ("two\r\nlines.csv", "two__lines.csv"),
        (".hidden", "hidden"),
        ("...", "download"),
        ("", "download"),
        ("CON.csv", "_CON.csv"),
        ("lpt1", "_lpt1"),
        ("console.csv", "console.csv"),
        ("Größe 9.csv", "Größe 9.csv"),
    ],
)
def test_names_are_safe(name: str, safe: str) -> None:
    assert safe_name(name) == Download("x", name, lambda: b"").filename == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("x" * 500 + ".xlsx")
    assert len(name) == LONGEST_NAME
    assert name.endswith("x.xlsx")
