"""Settings files: whatever is wrong is named with its key and its cure, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from echelon_lib.domain.errors import DataError
from echelon_lib.school_rules import SchoolRules
from echelon_lib.strict_toml import LARGEST_FILE, read_toml, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seats: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: Inner = Inner()


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "rules.toml"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_toml(path, "the rules")
    return str(error.value)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfname = 'A'\r\n")
    assert read_toml(tmp_path / "a.toml", "the rules") == {"name": "A"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name = ", "not TOML"),
        (b"a = 1\na = 2", "not TOML"),
        (b"name = '\xff'", "not UTF-8"),
        (b"a = " + b"[" * 100_000, "not TOML"),
        (b"#" * (LARGEST_FILE + 1), "bytes"),
    ],
    ids=["no value", "key twice", "Latin-1", "deep", "large"],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content)


@pytest.mark.parametrize("name", ["missing.toml", ".", "a\0b", "/dev/zero"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="the rules cannot be read"):
        read_toml(tmp_path / name, "the rules")


def test_all_that_is_wrong_comes_at_once() -> None:
    with pytest.raises(DataError) as error:
        validated(Outer, {"nme": "A", "inner": {"seat": 2, "seats": "many"}}, "outer.toml")
    issues = {issue.column: issue for issue in error.value.issues}
    assert set(issues) == {"name", "nme", "inner.seat", "inner.seats"}
    assert issues["nme"].cure == "'name' was meant?"
    assert issues["inner.seat"].cure == "'seats' was meant?"
    assert "'many' does not fit" in issues["inner.seats"].message
    assert all(issue.path == "outer.toml" for issue in issues.values())


def test_a_kind_of_rule_is_explained_once() -> None:
    data = {"kinds": {"seats": "requird", "sped_limit": {"priced": 0}, "labs_apart": {"prised": 3}}}
    with pytest.raises(DataError) as error:
        SchoolRules.from_mapping(data)
    columns = [issue.column for issue in error.value.issues]
    assert columns == ["kinds.seats", "kinds.sped_limit.priced", "kinds.labs_apart.prised"]
    assert '"required"' in str(error.value.issues[0].cure)


def test_a_key_within_a_course_gets_the_nearest_one() -> None:
    with pytest.raises(DataError) as error:
        SchoolRules.from_mapping({"courses": {"Art": {"perods": ["R1"], "kinds": {"seat": "off"}}}})
    assert sorted(str(issue.cure) for issue in error.value.issues) == [
        "'periods' was meant?",
        "'seats' was meant?",
    ]
