"""The folder of a school or university: which files are read, which are missing, misnamed or not used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.formats.object_store import Address, Listing, ObjectStore, is_address
from echelon_lib.formats.school_cells import Findings
from echelon_lib.formats.tables import LARGEST_FILE, Table, cure_of_missing, read_table, table_from
from echelon_lib.formats.wording import shown

_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods")
_MOST_LOOKED_INTO = 50


@dataclass(frozen=True, slots=True)
class FolderKind:
    """What makes a folder that of a school, or of a university.

    Parameters
    ----------
    thing
        What the folder describes, such as ``school``.
    files
        Its files in words, such as ``the six files``.
    columns
        Required and optional columns by the name of each file.
    landmark
        The file by which a folder of this kind is known.
    not_used_yet
        Files that have a meaning, and no effect in this version.
    """

    thing: str
    files: str
    columns: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    landmark: str
    not_used_yet: tuple[str, ...] = ()


def folder_name(folder: str | Path) -> str:
    """Return the name that a school or university has by its folder or address: the last part of it."""
    return Address.parse(str(folder)).name if is_address(folder) else Path(folder).resolve().name


def names_in_folder(folder: str | Path) -> frozenset[str]:
    """Return the names of what lies in a folder or below an address; none where that cannot be seen."""
    try:
        if is_address(folder):
            return frozenset(ObjectStore().listing(Address.parse(str(folder))).files)
        return frozenset(entry.name for entry in Path(folder).iterdir())
    except (DataError, OSError, ValueError):
        return frozenset()


class DataFolder:
    """Reads one table after the other and takes over its issues and notes.

    Parameters
    ----------
    kind
        What the folder is to be.
    folder
        The folder that holds the files, or their address in an object store; from there each file is read
        into memory when it is wanted, and never lies on the disk.
    accept_headers
        Take column titles that nearly fit, and note it.

    Raises
    ------
    DataError
        The folder does not exist or cannot be read.
    """

    def __init__(self, kind: FolderKind, folder: str | Path, *, accept_headers: bool) -> None:
        self.kind = kind
        self._place: _Place = _Stored(kind, str(folder)) if is_address(folder) else _OnDisk(kind, folder)
        self.accept_headers = accept_headers
        self.findings = Findings()
        self.carried: dict[str, tuple[str, ...]] = {}
        self.hashes: dict[str, str] = {}
        self._files = sorted(name for name in self._place.names if not name.startswith("."))
        self._misnamed: set[str] = set()

    def table(self, name: str, *, may_be_absent: bool = False) -> Table:
        """Read one file; one that is absent and may be is an empty table."""
        if may_be_absent and name not in self._files:
            self._look_for_other_spelling(name)
            return Table(name)
        required, optional = self.kind.columns[name]
        table = self._place.table(name, required, optional, self.accept_headers)
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
        others = {other.casefold(): other for other in self._files if other not in self.kind.columns}
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
        known = {*self.kind.columns, *self._misnamed}
        for name in self._files:
            if name in self.kind.not_used_yet:
                unused.append(Issue("The file is not used by this version; its rows have no effect.", name))
            elif name not in known and name.lower().endswith(_TABLE_ENDINGS):
                message = f"This is none of the files of a {self.kind.thing} and was not read."
                unused.append(Issue(message, name))
        return (*self.findings.all_notes(), *unused)


class _Place(Protocol):
    """Where the files are."""

    names: Sequence[str]

    def table(self, name: str, required: Sequence[str], optional: Sequence[str], near: bool) -> Table: ...


class _OnDisk:
    def __init__(self, kind: FolderKind, folder: str | Path) -> None:
        _check_folder(kind, folder)
        self._folder = Path(folder)
        self.names: Sequence[str] = [entry.name for entry in self._folder.iterdir()]

    def table(self, name: str, required: Sequence[str], optional: Sequence[str], near: bool) -> Table:
        return read_table(self._folder / name, required=required, optional=optional, accept_headers=near)


class _Stored:
    def __init__(self, kind: FolderKind, folder: str) -> None:
        self._address = Address.parse(folder)
        self._store = ObjectStore()
        listing = self._store.listing(self._address)
        if not any(name in listing.files for name in kind.columns):
            raise _none_there(kind, self._store, self._address, listing)
        self.names: Sequence[str] = [*listing.files]

    def table(self, name: str, required: Sequence[str], optional: Sequence[str], near: bool) -> Table:
        def content() -> bytes:
            if name not in self.names:
                cure = cure_of_missing(name, self.names, str(self._address))
                raise DataError([Issue(f"The file {name} is missing.", name, cure=cure)])
            return self._store.read(self._address.child(name), most=LARGEST_FILE)

        return table_from(name, content, required=required, optional=optional, accept_headers=near)


def _none_there(kind: FolderKind, store: ObjectStore, address: Address, listing: Listing) -> DataError:
    """Return the refusal of a prefix below which there are no files of the kind."""
    place = shown(str(address), 200)
    if not listing.files and not listing.folders:
        cure = suggest(address.name, store.beside(address).folders) if address.key else None
        cure = cure or "the prefix begins otherwise than you expect."
        return DataError([Issue(f"There is nothing under the prefix {place}.", cure=cure)])
    inside = [
        shown(name)
        for name in listing.folders[:_MOST_LOOKED_INTO]
        if kind.landmark in store.listing(address.child(name)).files
    ]
    cure = f"put {kind.files} of the {kind.thing} there."
    if inside:
        cure = f"give one of the prefixes below it: {', '.join(inside)}."
    return DataError([Issue(f"The prefix {place} holds none of the files of a {kind.thing}.", cure=cure)])


def _check_folder(kind: FolderKind, folder: str | Path) -> None:
    path = Path(folder)
    if not str(folder).strip():
        raise DataError([Issue("No folder was named.", cure=f"give the folder that holds {kind.files}.")])
    try:
        if path.is_dir():
            inside = [
                entry for entry in path.iterdir() if entry.is_dir() and (entry / kind.landmark).is_file()
            ]
            if inside and not any((path / name).exists() for name in kind.columns):
                others = ", ".join(sorted(shown(entry.name) for entry in inside))
                text = f"The folder {shown(str(path), 200)} holds none of the files of a {kind.thing}."
                raise DataError([Issue(text, cure=f"give one of the folders in it: {others}.")])
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
