"""Schools, rules and scenarios under ``s3://``: read as from a folder, refused in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloud import Bucket, moto_server, point_to, refusing_server
from typer.testing import CliRunner

from echelon_lib import DataError, Scenario, SchoolRules, load_school, run
from echelon_lib.commands.app import app
from echelon_lib.formats import data_folder, object_store
from echelon_lib.formats.object_store import Address, ObjectStore, is_address
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.runs.paths import found, place_text
from echelon_lib.runs.record import read_outcome
from echelon_lib.runs.run import run_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an object store."""
    with moto_server() as address:
        yield address


@pytest.fixture(scope="module")
def bucket(server: str, tiny_high_folder: Path) -> Iterator[Bucket]:
    """A bucket with the tiny school under ``schools/tiny_high`` and one rules file."""
    with pytest.MonkeyPatch.context() as patch:
        point_to(patch, server)
        made = Bucket()
        made.put_folder(tiny_high_folder, "schools/tiny_high")
        made.put("rules/strict.toml", "section_target = 80\n")
        yield made


@pytest.fixture(autouse=True)
def here(server: str, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    point_to(monkeypatch, server)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_a_school_is_read_as_from_a_folder(bucket: Bucket, tiny_high_folder: Path) -> None:
    stored = read_school_files("s3://unified-district/schools/tiny_high/")
    assert stored == read_school_files(tiny_high_folder)
    assert load_school("s3://unified-district/schools/tiny_high") == load_school(tiny_high_folder)
    assert load_school("s3://unified-district/schools/tiny_high/").name == "tiny_high"


def test_no_student_touches_the_disk(bucket: Bucket, tmp_path: Path) -> None:
    load_school("s3://unified-district/schools/tiny_high")
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_wanted_is_fetched(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("schools/tiny_high/huge.bin", b"x" * 100)
    read: list[str] = []
    honest = ObjectStore.read

    def noting(self: ObjectStore, address: Address, *, most: int) -> bytes:
        read.append(address.name)
        return honest(self, address, most=most)

    monkeypatch.setattr(ObjectStore, "read", noting)
    load_school("s3://unified-district/schools/tiny_high")
    assert "huge.bin" not in read
    assert len(read) == 6


def test_rules_are_read_too(bucket: Bucket) -> None:
    assert SchoolRules.from_toml("s3://unified-district/rules/strict.toml").section_target == 80
    bucket.put("rules/bad.toml", "section_target = [")
    bucket.put("rules/odd.toml", "sped_limt = 3")
    with pytest.raises(DataError, match=r"bad\.toml: this is not TOML"):
        SchoolRules.from_toml("s3://unified-district/rules/bad.toml")
    with pytest.raises(DataError, match=r"odd\.toml.*'sped_limt' is unknown"):
        SchoolRules.from_toml("s3://unified-district/rules/odd.toml")


def test_a_run_records_the_addresses(bucket: Bucket, tmp_path: Path, tiny_high_folder: Path) -> None:
    folder, rules = "s3://unified-district/schools/tiny_high", "s3://unified-district/rules/strict.toml"
    scenario = Scenario(folder=folder, rules=rules, kind="greedy")
    assert (scenario.folder, scenario.rules) == (folder, rules)
    outcome = run(scenario, tmp_path / "out")
    record = read_outcome(outcome.folder)
    assert record is not None
    assert (record.parameters["folder"], record.parameters["rules"]) == (folder, rules)
    assert record.text("problem") == "tiny_high"
    local = run(Scenario(folder=tiny_high_folder, kind="greedy"), tmp_path / "local")
    there = read_outcome(local.folder)
    assert there is not None
    inputs = dict(record.texts("inputs"))
    assert len(inputs.pop("strict.toml")) == 64
    assert inputs == there.texts("inputs")


def test_a_run_is_named_for_its_files(bucket: Bucket, tiny_high_folder: Path) -> None:
    def fingerprint(folder: str) -> str:
        return run_name(Scenario(folder=folder)).partition("-")[2]

    bucket.put_folder(tiny_high_folder, "moving/copy")
    before = fingerprint("s3://unified-district/moving/copy")
    assert before == fingerprint("s3://unified-district/moving/copy")
    bucket.put("moving/copy/Period.csv", "period_id,period_name\n1,R1\n")
    assert before != fingerprint("s3://unified-district/moving/copy")


def test_scenarios_keep_addresses(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('folder = "s3://b-b/x"\nrules = "s3://b-b/y.toml"\n', encoding="utf-8")
    scenario = Scenario.from_toml(path)
    assert scenario.model_dump(mode="json") | {"folder": "s3://b-b/x", "rules": "s3://b-b/y.toml"} == (
        scenario.model_dump(mode="json")
    )
    assert found("s3://b-b/x") == place_text("s3://b-b/x") == "s3://b-b/x"


def test_the_commands_take_addresses(bucket: Bucket, tmp_path: Path) -> None:
    folder = "s3://unified-district/schools/tiny_high"
    done = CliRunner().invoke(app, ["check", folder, "--rules", "s3://unified-district/rules/strict.toml"])
    assert done.exit_code == 0, done.output
    made = ["solve", folder, "--kind", "greedy", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, made).exit_code == 0
    assert CliRunner().invoke(app, ["evaluate", folder, str(tmp_path / "out")]).exit_code == 0
    lost = CliRunner().invoke(app, ["check", "s3://unified-district/schools/tiny_hihg"])
    assert lost.exit_code == 2
    assert "'tiny_high' was meant?" in lost.stderr


# Refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("s3://nobodys-bucket/x", "There is no bucket 'nobodys-bucket'"),
        ("s3://unified-district/schools/tiny_hgh", "'tiny_high' was meant?"),
        ("s3://unified-district/rules", "holds none of the files of a school"),
        ("s3://unified-district/nothing/at/all", "There is nothing under the prefix"),
        ("s3://Bad_Bucket/x", "no address of a bucket"),
        ("s3://", "no address of a bucket"),
        ("s3:///x", "no address of a bucket"),
    ],
)
def test_a_place_without_a_school(bucket: Bucket, place: str, words: str) -> None:
    with pytest.raises(DataError) as error:
        load_school(place)
    assert words in str(error.value)
    assert "\n  Maybe " in str(error.value)


def test_a_prefix_above_the_schools_names_them(bucket: Bucket, tiny_high_folder: Path) -> None:
    for name in ("north", "south"):
        bucket.put_folder(tiny_high_folder, f"high_schools/{name}")
    with pytest.raises(DataError, match="give one of the prefixes below it: 'north', 'south'"):
        load_school(f"s3://{bucket.name}/high_schools")


def test_missing_and_bad_files_are_named_at_once(bucket: Bucket, tiny_high_folder: Path) -> None:
    bucket.put_folder(tiny_high_folder, "damaged/broken")
    for name, new in {"Teacher_Info.csv": None, "Period.csv": "", "Student_Info.csv": "id\n1\n"}.items():
        if new is None:
            bucket.client.delete_object(Bucket=bucket.name, Key=f"damaged/broken/{name}")
            bucket.put("damaged/broken/teacher_info.csv", "x")
        else:
            bucket.put(f"damaged/broken/{name}", new)
    with pytest.raises(DataError) as error:
        load_school("s3://unified-district/damaged/broken")
    said = str(error.value)
    assert "The file Teacher_Info.csv is missing" in said
    assert "rename 'teacher_info.csv'" in said
    assert "Period.csv: The file is empty" in said
    assert "Student_Info.csv" in said


def test_files_are_not_read_without_end(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "LARGEST_FILE", 10)
    with pytest.raises(DataError, match="bytes; at most 10 are read"):
        load_school("s3://unified-district/schools/tiny_high")


def test_a_missing_object_is_named_with_its_likes(bucket: Bucket) -> None:
    with pytest.raises(DataError, match=r"'strict\.toml' was meant"):
        SchoolRules.from_toml("s3://unified-district/rules/strickt.toml")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "grant s3:ListBucket"),
        (400, "ExpiredToken", "sign in again"),
        (403, "InvalidAccessKeyId", "credentials are not accepted"),
        (400, "AuthorizationHeaderMalformed", "another region"),
        (400, "SomethingElse", "refused (SomethingElse)"),
    ],
)
def test_refusals_are_said(status: int, code: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_server(status, code) as address:
        point_to(monkeypatch, address)
        with pytest.raises(DataError) as error:
            load_school("s3://unified-district/schools/tiny_high")
    assert words in str(error.value)


def test_who_may_list_little_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_server(403, "AccessDenied", keys=["rules/strict.toml"]) as address:
        point_to(monkeypatch, address)
        with pytest.raises(DataError, match=r"no such object.*\n.*'strict\.toml' was meant"):
            SchoolRules.from_toml("s3://unified-district/rules/strickt.toml")
        with pytest.raises(DataError, match="grant s3:GetObject"):
            SchoolRules.from_toml("s3://unified-district/rules/strict.toml")
        assert ObjectStore().read_if_there(Address("unified-district", "rules/other.toml"), most=9) is None


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DataError, match="No usable credentials"):
        load_school("s3://unified-district/schools/tiny_high")


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    point_to(monkeypatch, "http://127.0.0.1:9")
    done = CliRunner().invoke(app, ["check", "s3://unified-district/schools/tiny_high"])
    assert done.exit_code == 1, "the data are not to blame"
    assert "cannot be reached" in done.stderr


def test_boto3_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(DataError, match=r'pip install "echelon\[aws\]"'):
        load_school("s3://unified-district/schools/tiny_high")


def test_what_is_an_address() -> None:
    assert is_address("s3://b/x")
    assert is_address(" S3://b/x")
    for place in ("schools/tiny_high", Path("s3://b/x"), "s3:/b/x", "", "https://x.y/z"):
        assert not is_address(place)
    address = Address.parse("s3://b-1.c/x/y/")
    assert (str(address), address.name, str(address.parent)) == ("s3://b-1.c/x/y", "y", "s3://b-1.c/x")
    assert (str(address.child("z")), Address("bbb").name) == ("s3://b-1.c/x/y/z", "bbb")


def test_an_object_is_written_once(bucket: Bucket) -> None:
    store, address = ObjectStore(), Address("unified-district", "once")
    assert store.write(address, b"1", only_new=True)
    assert not store.write(address, b"2", only_new=True)
    assert store.read(address, most=9) == b"1"
    assert store.read_if_there(Address("unified-district", "never"), most=9) is None
    assert object_store.SCHEME == "s3://"
