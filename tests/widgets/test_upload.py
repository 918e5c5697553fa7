"""Uploads: what a page sends is taken only as far as it was asked for and allowed."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.widgets.upload import LONGEST_NAME, PIECE, Upload, in_bytes, last_part


@pytest.fixture
def upload() -> Upload:
    """A field that takes three files of a million bytes, two million together."""
    return Upload(most_bytes=1_000_000, most_total=2_000_000, most_files=3)


@pytest.fixture
def taken(upload: Upload) -> list[dict[str, bytes]]:
    """Every batch that the field handed on."""
    batches: list[dict[str, bytes]] = []
    upload.on_files(lambda files: batches.append(dict(files)))
    return batches


def begin(*files: tuple[Any, Any], batch: Any = "b") -> dict[str, Any]:
    return {"kind": "begin", "batch": batch, "files": [{"name": name, "size": size} for name, size in files]}


def send(page, files: dict[str, bytes]) -> None:
    """Do what an honest page does."""
    contents = list(files.values())
    page.says(begin(*((name, len(content)) for name, content in files.items())))
    while page.sent and page.sent[-1][0]["kind"] == "next":
        asked = page.sent[-1][0]
        piece = contents[asked["file"]][asked["at"] : asked["at"] + asked["length"]]
        page.says({"kind": "piece", "batch": "b", "file": asked["file"], "at": asked["at"]}, piece)


def test_files_arrive_as_they_were_sent(upload: Upload, taken, page_of) -> None:
    page = page_of(upload)
    files = {"Period.csv": bytes(range(256)) * 3000, "empty.csv": b"", "C:\\school\\Two words.TXT": b"x"}
    send(page, files)
    assert taken == [{"Period.csv": bytes(range(256)) * 3000, "empty.csv": b"", "Two words.TXT": b"x"}]
    assert (upload.message, upload.status) == ("", "3 files were received, 0.8 MB.")
    kinds = [content["kind"] for content, _ in page.sent]
    assert kinds == ["next", "next", "next", "end"], "768,000 bytes in two pieces, and one byte"
    assert all(content["length"] <= PIECE for content, _ in page.sent[:-1])


def test_one_piece_is_asked_for_at_a_time(upload: Upload, taken, page_of) -> None:
    page = page_of(upload)
    page.says(begin(("a.csv", 900_000)))
    assert len(page.sent) == 1
    page.says({"kind": "piece", "batch": "b", "file": 0, "at": 0}, bytes(PIECE))
    assert [content["at"] for content, _ in page.sent] == [0, PIECE]
    assert taken == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "No file was chosen."),
        ([("a.csv", 1)] * 4, "4 files are more than 3"),
        ([("a.csv", 1_000_001)], "“a.csv” is too large: 1.1 MB, and 1.0 MB is the most for a file."),
        ([("a.csv", 900_000), ("b.csv", 900_000), ("c.csv", 900_000)], "too large together: 2.7 MB"),
        ([("a.csv", 1), ("A.CSV", 1)], "Two files have the same name: “A.CSV”, “a.csv”."),
        ([("folder/a.csv", 1), ("a.csv", 1)], "Two files have the same name"),
        ([("a.xlsx", 1)], "“a.xlsx” is not a .csv or .txt file."),
        ([("", 1)], "cannot be taken under its name “”"),
        ([("folder/", 1)], "cannot be taken under its name"),
        ([("..", 1)], "cannot be taken under its name “..”"),
        ([("a\n.csv", 1)], "cannot be taken under its name “a�.csv”"),
        ([("a\0.csv", 1)], "cannot be taken under its name"),
        ([("\ud800.csv", 1)], "cannot be taken under its name"),
        ([("x" * LONGEST_NAME + ".csv", 1)], "cannot be taken under its name"),
        ([("a.csv", -1)], "no upload"),
        ([("a.csv", True)], "no upload"),
        ([("a.csv", 1.5)], "no upload"),
        ([("a.csv", "1")], "no upload"),
        ([("a.csv", None)], "no upload"),
        ([(7, 1)], "no upload"),
    ],
)
def test_what_is_not_allowed_is_refused_before_a_byte_is_read(
    upload: Upload, taken, page_of, files: Any, words: str
) -> None:
    page = page_of(upload)
    page.says(begin(*files))
    assert words in upload.message
    assert page.sent == [({"kind": "end", "batch": "b"}, [])]
    assert taken == []


def test_everything_that_is_wrong_is_said_at_once(upload: Upload, page_of) -> None:
    page_of(upload).says(begin(("a.exe", 1), ("b.csv", 3_000_000)))
    assert upload.message.count("\n") == 2


@pytest.mark.parametrize("files", [None, {}, "a.csv", [None], [["a.csv", 1]], 7])
def test_what_is_no_list_of_files_is_refused(upload: Upload, page_of, files: Any) -> None:
    page_of(upload).says({"kind": "begin", "batch": "b", "files": files})
    assert "no upload" in upload.message


PIECES = {
    "of another file": ({"file": 1, "at": 0}, [b"ab"]),
    "of no file": ({"file": 9, "at": 0}, [b"ab"]),
    "out of order": ({"file": 0, "at": 1}, [b"ab"]),
    "too long": ({"file": 0, "at": 0}, [b"abc"]),
    "too short": ({"file": 0, "at": 0}, [b"a"]),
    "empty, for ever": ({"file": 0, "at": 0}, [b""]),
    "two at once": ({"file": 0, "at": 0}, [b"ab", b"ab"]),
    "without content": ({"file": 0, "at": 0}, []),
    "of a file that is text": ({"file": "0", "at": 0}, [b"ab"]),
    "of another kind": ({"kind": "magic", "file": [], "at": {}}, [b"ab"]),
}


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_a_piece_that_was_not_asked_for_ends_the_upload(upload: Upload, taken, page_of, piece: Any) -> None:
    page = page_of(upload)
    page.says(begin(("a.csv", 2), ("b.csv", 2)))
    content, buffers = piece
    page.says({"kind": "piece", "batch": "b", **content}, *buffers)
    assert "disturbed" in upload.message
    for file in (0, 1):
        page.says({"kind": "piece", "batch": "b", "file": file, "at": 0}, b"ab")
    assert taken == [], "what comes afterwards belongs to nothing"


def test_pieces_of_an_earlier_upload_do_no_harm(upload: Upload, taken, page_of) -> None:
    page = page_of(upload)
    page.says(begin(("a.csv", 2), batch="first"))
    page.says(begin(("b.csv", 2), batch="second"))
    page.says({"kind": "piece", "batch": "first", "file": 0, "at": 0}, b"xx")
    page.says({"kind": "piece", "batch": "second", "file": 0, "at": 0}, b"ok")
    assert taken == [{"b.csv": b"ok"}]
    assert upload.message == ""


def test_an_upload_can_be_given_up(upload: Upload, taken, page_of) -> None:
    page = page_of(upload)
    page.says(begin(("a.csv", 2)))
    page.says({"kind": "cancel", "batch": "b"})
    page.says({"kind": "piece", "batch": "b", "file": 0, "at": 0}, b"ab")
    assert taken == []
    assert upload.status == "The upload was given up; nothing was taken."


def test_the_page_cannot_raise_its_limits(upload: Upload, page_of) -> None:
    page = page_of(upload)
    page.sets(most_bytes=10**12, most_total=10**12, most_files=10**6, accept=[""], message="", label="x")
    page.says(begin(("a.exe", 10**9)))
    assert upload.most_bytes == 1_000_000
    assert "too large" in upload.message


FIELD = Upload()
JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(JSON)
def test_no_message_upsets_it(content: Any) -> None:
    FIELD.heard(content if isinstance(content, dict) else {"kind": content, "batch": content}, [])
    FIELD.heard({"kind": "begin", "batch": "b", "files": content}, [])
    FIELD.heard({"kind": "piece", "batch": "b", "file": content, "at": content}, [])


def test_data_that_cannot_be_used_is_said_beside_the_field(upload: Upload, page_of, caplog) -> None:
    def refuse(files: object) -> None:
        raise DataError([Issue("The student s-4711 is there twice.", path="Student_Info.csv")])

    upload.on_files(refuse)
    with caplog.at_level(logging.DEBUG):
        send(page_of(upload), {"a.csv": b"s-4711"})
    assert "The student s-4711 is there twice." in upload.message
    assert upload.status == ""
    assert "4711" not in caplog.text


def test_of_an_unforeseen_error_nothing_is_told_or_logged(upload: Upload, page_of, caplog) -> None:
    def fail(files: object) -> None:
        raise ValueError("s-4711")

    upload.on_files(fail)
    with caplog.at_level(logging.DEBUG):
        send(page_of(upload), {"a.csv": b"s-4711"})
    assert "unforeseen" in upload.message
    assert "ValueError" in caplog.text
    assert "4711" not in caplog.text + upload.message


def test_sizes_and_names_in_words() -> None:
    assert [in_bytes(count) for count in (0, 1, 99_999, 100_000, 20_000_000)] == [
        *("0 kB", "1 kB", "100 kB", "0.1 MB", "20.0 MB")
    ]
    assert [last_part(name) for name in ("a/b\\ c.csv ", "c.csv", "/")] == ["c.csv", "c.csv", ""]
