"""The workspace: private, never overwritten, and deaf to names that would be paths."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.formats.school_records import COLUMNS, MAY_BE_ABSENT
from echelon_lib.runs import workspace as module
from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.workspace import LARGEST_UPLOAD, LONGEST_NAME, MOST_FILES, Workspace
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import load_school
from echelon_lib.university_rules import UniversityRules


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of its own for each test."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def files(tiny_high_folder: Path) -> dict[str, bytes]:
    """The files of the tiny school as they are uploaded."""
    return {path.name: path.read_bytes() for path in tiny_high_folder.glob("*.csv")}


def refused(workspace: Workspace, name: str, files: Mapping[str, bytes]) -> str:
    """Return why files are refused; nothing is left of them."""
    before = sorted(workspace.path.rglob("*"))
    with pytest.raises(DataError) as error:
        workspace.add_school(name, files)
    assert sorted(workspace.path.rglob("*")) == before
    assert all(issue.cure for issue in error.value.issues)
    return str(error.value)


def test_a_workspace_is_private(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new" / "workspace")
    for path in (workspace.path, workspace.runs, workspace.jobs):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_WORKSPACE", str(tmp_path / "mine"))
    assert Workspace.default().path == tmp_path / "mine"
    monkeypatch.setenv("ECHELON_WORKSPACE", " ")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Workspace.default().path.is_relative_to(tmp_path)
    assert Workspace.default().path.name == "echelon"


def test_a_workspace_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EchelonError, match="cannot be made"):
        Workspace(tmp_path / "file")
    with pytest.raises(EchelonError, match="cannot be made"):
        Workspace(tmp_path / "file" / "workspace")


# Schools -----------------------------------------------------------------------------------------------


def test_the_samples_are_there_with_their_rules(workspace: Workspace) -> None:
    schools = {school.id: school for school in workspace.schools()}
    assert set(schools) == {"mesa_high", "tiny_high", "valley_high"}
    assert all(school.sample for school in schools.values())
    assert schools["tiny_high"].rules is None
    for id, name in (("mesa_high", "Mesa High"), ("valley_high", "Valley High")):
        rules = schools[id].rules
        assert rules is not None
        assert SchoolRules.from_toml(rules).name == schools[id].name == name


def test_an_uploaded_school_is_read_like_any_other(
    workspace: Workspace, files: dict[str, bytes], tiny_high_folder: Path
) -> None:
    school = workspace.add_school("  North   High ", files)
    assert (school.name, school.sample) == ("North High", False)
    assert workspace.schools()[0] == school == workspace.school(school.id)
    assert school.folder.is_relative_to(workspace.path)
    assert read_school_files(school.folder) == read_school_files(tiny_high_folder)
    assert Workspace(workspace.path).school(school.id) == school


def test_the_same_files_are_the_same_school(workspace: Workspace, files: dict[str, bytes]) -> None:
    first = workspace.add_school("North", files)
    again = workspace.add_school("North", dict(reversed(files.items())))
    assert first == again
    assert workspace.add_school("South", files).id != first.id
    changed = files | {"Period.csv": files["Period.csv"] + b"\n"}
    assert workspace.add_school("North", changed).id != first.id
    assert len(workspace.schools()) == 3 + 3


def test_two_who_upload_the_same_at_once_share_it(workspace: Workspace, files: dict[str, bytes]) -> None:
    with ThreadPoolExecutor(8) as pool:
        schools = list(pool.map(lambda _: workspace.add_school("North", files), range(16)))
    assert len({school.id for school in schools}) == 1
    assert not list((workspace.path / "schools").glob(".*"))


def test_folders_and_capitals_do_not_matter(workspace: Workspace, files: dict[str, bytes]) -> None:
    names = list(files)
    sent = {f"D:\\Schools\\autumn\\{names[0].upper()}": files[names[0]]}
    sent |= {f"autumn/../{name.lower()}": files[name] for name in names[1:]}
    assert workspace.add_school("North", sent) == workspace.add_school("North", files)


def test_files_of_a_school_cannot_be_changed_by_accident(
    workspace: Workspace, files: dict[str, bytes]
) -> None:
    school = workspace.add_school("North", files)
    for name in files:
        assert stat.S_IMODE((school.folder / name).stat().st_mode) == 0o400
    assert stat.S_IMODE(school.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        "",
        "school.json",
        "Period.csv\0.txt",
        "Period.csv/",
        "Period.csv\\..",
        "Period\n.csv",
        "CON",
        "~/.ssh/authorized_keys",
        "\u202evsc.doireP",
        "x" * 5000,
        ".bashrc",
        "Period.csv.exe",
    ],
)
def test_a_name_that_is_none_of_a_school_is_refused(
    workspace: Workspace, files: dict[str, bytes], name: str
) -> None:
    text = refused(workspace, "North", files | {name: b"x"})
    assert "none of the files of a school" in text
    assert len(text) < 1000
    assert not any(letter in text for letter in "\0\u202e")


def test_a_name_that_nearly_fits_is_refused_with_the_nearest(
    workspace: Workspace, files: dict[str, bytes]
) -> None:
    files["Periods.csv"] = files.pop("Period.csv")
    text = refused(workspace, "North", files)
    assert "'Period.csv' was meant" in text
    assert "Period.csv is missing" in text


def test_everything_is_named_at_once(workspace: Workspace, files: dict[str, bytes]) -> None:
    sent = {"a/Period.csv": b"x", "b/PERIOD.CSV": b"y", "Student_Info.csv": b"", "notes.txt": b"z"}
    text = refused(workspace, "  ", sent)
    assert "no name" in text
    assert "given twice, as 'a/Period.csv' and as 'b/PERIOD.CSV'" in text
    assert "Student_Info.csv: The file is empty" in text
    assert "notes.txt" in text
    missing = set(COLUMNS) - {*MAY_BE_ABSENT, "Period.csv", "Student_Info.csv"}
    for name in missing:
        assert f"The file {name} is missing" in text
    for name in MAY_BE_ABSENT:
        assert f"The file {name} is missing" not in text


def test_nothing_is_no_upload(workspace: Workspace) -> None:
    assert refused(workspace, "North", {}).startswith(f"{len(COLUMNS) - len(MAY_BE_ABSENT)} problems")


def test_what_is_too_large_is_refused(
    workspace: Workspace, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = refused(workspace, "North", files | {"Period.csv": bytes(LARGEST_UPLOAD + 1)})
    assert f"{LARGEST_UPLOAD + 1:,} bytes" in text
    monkeypatch.setattr(module, "MOST_UPLOADED", sum(map(len, files.values())) - 1)
    assert "together" in refused(workspace, "North", files)


def test_too_many_files_are_not_even_looked_at(workspace: Workspace) -> None:
    text = refused(workspace, "North", {f"{number}.csv": b"x" for number in range(MOST_FILES + 1)})
    assert text.count("\n") == 2


@pytest.mark.parametrize("name", ["", " \n", "x" * (LONGEST_NAME + 1), "No\0rth", "\u202eNorth", "\ud800"])
def test_a_name_that_does_not_do_is_refused(workspace: Workspace, files: dict[str, bytes], name: str) -> None:
    assert "name" in refused(workspace, name, files)


@pytest.mark.parametrize(
    "name", ["../../etc", "Lycée Général", "東京高校", "<b>North</b>", "a/b\\c", ".hidden", "CON", "'; drop"]
)
def test_a_school_may_be_called_anything(workspace: Workspace, files: dict[str, bytes], name: str) -> None:
    school = workspace.add_school(name, files)
    assert school.name == name
    assert school.folder.parent == workspace.path / "schools"
    assert school.id.isascii()
    assert workspace.school(school.id) == school


@pytest.mark.parametrize(
    "id", ["../tiny_high", "schools/tiny_high", "", ".", "..", "tiny_high\0", "tiny_high\n", "/tiny_high", 3]
)
def test_an_id_is_no_path(workspace: Workspace, id: str) -> None:
    with pytest.raises(DataError, match="There is no school"):
        workspace.school(id)
    with pytest.raises(DataError, match="There is no school"):
        workspace.remove_school(id)


def test_an_unknown_id_is_refused_with_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="'tiny_high' was meant"):
        workspace.school("tiny_hig")


def test_a_school_can_be_removed(workspace: Workspace, files: dict[str, bytes]) -> None:
    school = workspace.add_school("North", files)
    workspace.remove_school(school.id)
    assert not school.folder.exists()
    assert not list((workspace.path / "schools").iterdir())
    with pytest.raises(DataError, match="sample"):
        workspace.remove_school("tiny_high")


def test_what_was_not_finished_is_taken_away_later(workspace: Workspace, files: dict[str, bytes]) -> None:
    old, new = (workspace.path / "schools" / f".{name}.partial" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
        (folder / "Period.csv").write_bytes(b"x")
    os.utime(old, (0, 0))
    workspace.add_school("North", files)
    assert not old.exists()
    assert new.exists(), "somebody may still be writing it"
    assert len(workspace.schools()) == 4


def test_what_was_not_removed_to_the_end_is_taken_away_later(workspace: Workspace, solved: Outcome) -> None:
    """Whoever removed a run was ended between giving its folder another name and emptying it."""
    left = workspace.runs / ".left.partial"
    shutil.copytree(solved.folder, left)
    os.utime(left, (0, 0))
    shutil.copytree(solved.folder, workspace.runs / "mine")
    Jobs(workspace).remove("mine")
    assert not list(workspace.runs.iterdir())


def test_a_school_whose_description_is_damaged_is_not_lost(
    workspace: Workspace, files: dict[str, bytes]
) -> None:
    school = workspace.add_school("North", files)
    (school.folder / "school.json").write_text("{", encoding="utf-8")
    assert workspace.school(school.id).name == school.id
    assert workspace.add_school("North", files).folder == school.folder


# Rules -------------------------------------------------------------------------------------------------


def test_rules_are_kept_once(workspace: Workspace) -> None:
    rules = SchoolRules(sped_limit=None, section_target=60)
    path = workspace.save_rules(rules)
    assert SchoolRules.from_toml(path) == rules
    before = path.stat().st_mtime_ns
    assert workspace.save_rules(rules) == path
    assert path.stat().st_mtime_ns == before
    assert workspace.save_rules(SchoolRules()) != path


def test_rules_that_are_kept_make_a_problem(workspace: Workspace, tiny_high_folder: Path) -> None:
    rules = SchoolRules.from_toml(workspace.save_rules(SchoolRules(name="Somewhere")))
    assert load_school(tiny_high_folder, rules).name == "Somewhere"
    assert json.dumps(rules.model_dump(mode="json"))


# Universities ------------------------------------------------------------------------------------------


@pytest.fixture
def college() -> dict[str, bytes]:
    """The files of the sample college as they are uploaded."""
    folder = next(one.folder for one in module._samples() if one.id == "small_college")
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def test_universities_and_schools_lie_side_by_side(
    workspace: Workspace, files: dict[str, bytes], college: dict[str, bytes]
) -> None:
    school = workspace.add_school("North", files)
    university = workspace.add_school("North", college, "university")
    assert (school.institution, university.institution) == ("school", "university")
    assert [one.id for one in workspace.schools("university")] == [university.id, "small_college"]
    assert university not in workspace.schools()
    assert workspace.school(university.id) == university
    rules = UniversityRules(variant="Faculty-focused")
    workspace.keep_draft(university, rules)
    assert workspace.draft(university) == rules
    workspace.remove_school(university.id)
    assert [one.id for one in workspace.schools("university")] == ["small_college"]


def test_files_of_a_school_are_none_of_a_university(workspace: Workspace, files: dict[str, bytes]) -> None:
    with pytest.raises(DataError) as error:
        workspace.add_school("North", files, "university")
    assert "'Period.csv' is none of the files of a university" in str(error.value)
    assert "The file Rooms.csv is missing" in str(error.value)
    assert "Faculty_Times.csv is missing" not in str(error.value), "it may be absent"
