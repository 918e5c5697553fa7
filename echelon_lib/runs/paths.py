"""Where a path of a notebook leads, wherever the notebook was started, and what lies there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.object_store import Address, ObjectStore, is_address, read_object
from echelon_lib.formats.tables import LARGEST_FILE

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds the library; in a checkout the samples lie there too."""


def found(path: str) -> str:
    """Return a path as it is named if it leads somewhere, else as it leads from the checkout.

    Papermill keeps the folder of its caller, JupyterLab, Voila and the tests start in the folder of the
    notebook; ``data/samples/valley_high`` means the sample school in each of them.

    Parameters
    ----------
    path
        A file or folder; blank for none. An address (``s3://…``) leads where it says.

    Returns
    -------
    str
        The path; unchanged where it is blank or leads nowhere, so that whoever reads it can say so in the
        user's own words.
    """
    if not path.strip() or is_address(path):
        return path
    try:
        named = Path(path).expanduser()
        if named.exists():
            return str(named)
        inside = CHECKOUT / named
        return str(inside) if inside.exists() else path
    except (OSError, ValueError, RuntimeError):
        return path


def place_text(place: Path | str) -> str:
    """Return a place as it is recorded: a path from the root, an address as it is."""
    return str(place) if is_address(place) else str(Path(place).resolve())


def sha256_of(place: Path | str) -> str:
    """Return the hash of a file on disk or in an object store.

    Raises
    ------
    DataError
        When the object cannot be read.
    OSError
        When the file cannot be read.
    """
    content = read_object(str(place), most=LARGEST_FILE) if is_address(place) else Path(place).read_bytes()
    return hashlib.sha256(content).hexdigest()


def fingerprint(folder: Path | str, names: Iterable[str], more: Iterable[Path | str] = ()) -> str:
    """Return a short hash of some files of a folder and of others; what cannot be read is left out.

    Objects are not read for it: their size and the tag that the store keeps of their content will do.
    """
    digest = hashlib.sha256()
    if is_address(folder):
        digest.update(_tags(str(folder), names).encode(errors="replace"))
    else:
        more = [*(Path(folder) / name for name in sorted(names)), *more]
    for place in more:
        try:
            if is_address(place):
                address = Address.parse(str(place))
                digest.update(_tags(str(address.parent), [address.name]).encode(errors="replace"))
            elif Path(place).is_file() and Path(place).stat().st_size <= LARGEST_FILE:
                content = Path(place).read_bytes()
                digest.update(f"{Path(place).name}\0".encode(errors="replace") + content)
        except (OSError, ValueError, DataError):
            continue
    return digest.hexdigest()[:8]


def _tags(folder: str, names: Iterable[str]) -> str:
    """Return what changes when one of some objects below an address does."""
    try:
        files = ObjectStore().listing(Address.parse(folder)).files
    except DataError:
        return folder
    return "\0".join(f"{name} {files[name]}" for name in sorted(names) if name in files)
