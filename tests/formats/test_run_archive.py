"""The ZIP file of a run folder: everything that the run wrote, under one name, and nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.run_archive import archive_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder in which somebody was ended while he wrote."""
    made = tmp_path / "mine"
    for name in ("result.json", "schedules/sections.csv", ".a.tmp", ".b.partial/Student_Assignments.csv"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name, encoding="utf-8")
    (tmp_path / "elsewhere").write_text("secret", encoding="utf-8")
    (made / "link.csv").symlink_to(tmp_path / "elsewhere")
    return made


def test_what_is_finished_is_in_it(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive_of(folder))) as archive:
        assert archive.namelist() == ["mine/result.json", "mine/schedules/sections.csv"]
        assert archive.read("mine/schedules/sections.csv") == b"schedules/sections.csv"


def test_the_same_folder_gives_the_same_bytes(folder: Path) -> None:
    before = archive_of(folder)
    (folder / "result.json").touch()
    assert archive_of(folder) == before


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match="holds nothing"):
            archive_of(place)
