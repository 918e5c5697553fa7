"""The folder of a school: which of its files are read, which are missing, misnamed or not used."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.formats.school_cells import Findings
from echelon_lib.formats.school_records import COLUMNS, NOT_USED_YET, SECTIONS
from echelon_lib.formats.tables import Table, read_table
from echelon_lib.formats.wording import shown

_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods")


class SchoolFolder:
    """Reads one table after the other and takes over its issues and notes.

    Parameters
    ----------
    folder
        The folder that holds the files.
    accept_headers
        Take column titles that nearly fit, and note it.

    Raises
    ------
    DataError
        The folder does not exist or cannot be read.
    """

    def __init__(self, folder: str | Path, *, accept_headers: bool) -> None:
        _check_folder(folder)
        self.folder = Path(folder)
        self.accept_headers = accept_headers
        self.findings = Findings()
        self.carried: dict[str, tuple[str, ...]] = {}
        self.hashes: dict[str, str] = {}
        self._files = sorted(entry.name for entry in self.folder.iterdir() if not entry.name.startswith("."))
        self._misnamed: set[str] = set()

    def table(self, name: str, *, may_be_absent: bool = False) -> Table:
        """Read one file; one that is absent and may be is an empty table."""
        if may_be_absent and name not in self._files:
            self._look_for_other_spelling(name)
            return Table(name)
        required, optional = COLUMNS[name]
        table = read_table(
            self.folder / name, required=required, optional=optional, accept_headers=self.accept_headers
        )
        self.findings.issues.extend(table.issues)
        self.findings.notes.extend(table.notes)
        if table.sha256:
            self.hashes[name] = table.sha256
        if table.carried:
            self.carried[name] = table.carried
        return table

    def table_of(self, things: str, name: str) -> Table:
        """Read one file, which must name at least one of the things."""
        table = self.table(name)
        if table.columns and not table.rows and not table.dropped:
            cure = "the rows were lost on export."
            self.findings.issues.append(Issue(f"The file names no {things}.", name, cure=cure))
        return table

    def _look_for_other_spelling(self, name: str) -> None:
        others = {other.casefold(): other for other in self._files if other not in COLUMNS}
        near = get_close_matches(name.casefold(), others, n=1, cutoff=0.85)
        if near:
            other = others[near[0]]
            self._misnamed.add(other)
            message = f"The file is named almost like {name} and was not read."
            cure = f"rename it to '{name}', or give it quite another name if it is not meant."
            self.findings.issues.append(Issue(message, other, cure=cure))

    def notes(self) -> tuple[Issue, ...]:
        """Return all notes, with one for each file that is in the folder and not used."""
        unused = []
        for name in self._files:
            if name in NOT_USED_YET:
                unused.append(Issue("The file is not used by this version; its rows have no effect.", name))
            elif name not in COLUMNS and name not in self._misnamed and name.lower().endswith(_TABLE_ENDINGS):
                unused.append(Issue("This is none of the files of a school and was not read.", name))
        return (*self.findings.all_notes(), *unused)


def _check_folder(folder: str | Path) -> None:
    path = Path(folder)
    if not str(folder).strip():
        raise DataError([Issue("No folder was named.", cure="give the folder that holds the six files.")])
    try:
        if path.is_dir():
            inside = [entry for entry in path.iterdir() if entry.is_dir() and (entry / SECTIONS).is_file()]
            if inside and not any((path / name).exists() for name in COLUMNS):
                schools = ", ".join(sorted(shown(entry.name) for entry in inside))
                text = f"The folder {shown(str(path), 200)} holds none of the files of a school."
                raise DataError([Issue(text, cure=f"give one of the folders in it: {schools}.")])
            return
        if path.exists():
            cure = f"give the folder that holds it, '{path.parent}'."
            raise DataError([Issue(f"{shown(str(path))} is a file; a folder was expected.", cure=cure)])
        siblings = [entry.name for entry in path.parent.iterdir() if entry.is_dir()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError([Issue(f"The folder {shown(str(path), 200)} cannot be read: {reason}.")]) from None
    cure = suggest(path.name, siblings) or "the path begins in another folder than you expect."
    raise DataError([Issue(f"The folder {shown(str(path), 200)} does not exist.", cure=cure)])
