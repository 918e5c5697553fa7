"""Files that a person brings along: sent in pieces, checked here, and handed on when all are complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import traitlets

from echelon_lib.widgets.view import View, in_words, script_of, style_of

PIECE = 512 * 1024
"""Bytes that are asked for at a time."""
LONGEST_NAME = 255

_NO_UPLOAD = "The page sent something that is no upload. Nothing was taken; reload the page and try again."
_BROKEN = "The upload was disturbed and nothing was taken. Choose the files once more."
_UNFORESEEN = "The files arrived, but something unforeseen happened to them. Nothing was changed."


class Refused(Exception):
    """An upload that is not taken, with the reason in words for whoever sent it."""


@dataclass
class _Batch:
    """Files of which pieces are asked for one by one, each file from its start to its end."""

    id: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    parts: list[bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = [bytearray() for _ in self.names]

    def wanted(self) -> tuple[int, int, int] | None:
        """Return file, offset and length of the next piece, or None when all is here."""
        for file, (part, size) in enumerate(zip(self.parts, self.sizes, strict=True)):
            if len(part) < size:
                return file, len(part), min(PIECE, size - len(part))
        return None

    def take(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Keep the piece that was asked for, and no other."""
        if len(buffers) != 1 or (content.get("file"), content.get("at"), buffers[0].nbytes) != self.wanted():
            raise Refused(_BROKEN)
        self.parts[content["file"]] += buffers[0]


class Upload(View):
    """A place on the page to choose files or drop them.

    The page names the files first. What it says of them is checked here, and then each piece is asked for
    when the one before has come, so that a busy kernel is not flooded and no more is ever kept than was
    allowed.

    Parameters
    ----------
    label
        What stands beside the field.
    accept
        The endings of names that are taken.
    most_bytes, most_total, most_files
        Limits of a file, of all files together, and of their number.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)

    label = traitlets.Unicode("CSV files").tag(sync=True)
    accept = traitlets.List(traitlets.Unicode()).tag(sync=True)
    most_bytes = traitlets.Int().tag(sync=True)
    most_total = traitlets.Int().tag(sync=True)
    most_files = traitlets.Int().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        label: str = "CSV files",
        *,
        accept: Sequence[str] = (".csv", ".txt"),
        most_bytes: int = 20_000_000,
        most_total: int = 60_000_000,
        most_files: int = 20,
    ) -> None:
        super().__init__(
            label=label,
            accept=list(accept),
            most_bytes=most_bytes,
            most_total=most_total,
            most_files=most_files,
        )
        self._batch: _Batch | None = None
        self._callbacks: list[Callable[[Mapping[str, bytes]], None]] = []

    def on_files(self, callback: Callable[[Mapping[str, bytes]], None]) -> None:
        """Call back with the files by name whenever an upload is complete.

        A ``DataError`` of the callback is shown beside the field.
        """
        self._callbacks.append(callback)

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Answer the page: it begins an upload, sends a piece, or gives up."""
        kind, id = content.get("kind"), content.get("batch")
        if not isinstance(id, str) or len(id) > LONGEST_NAME:
            return
        try:
            if kind == "begin":
                self._begin(id, content.get("files"))
            elif self._batch is None or self._batch.id != id:
                return  # of an upload that was given up already
            elif kind == "cancel":
                self._batch = None
                self.status = "The upload was given up; nothing was taken."
                return
            else:
                self._batch.take(content, buffers)
            self._go_on(id)
        except Refused as refused:
            self._batch = None
            self.message = str(refused)
            self.send({"kind": "end", "batch": id})

    def _begin(self, id: str, files: Any) -> None:
        self._batch, self.message, self.status = None, "", ""
        if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
            raise Refused(_NO_UPLOAD)
        named = [one.get("name") for one in files]
        sizes = [one.get("size") for one in files]
        if not all(isinstance(name, str) for name in named) or not all(_is_size(size) for size in sizes):
            raise Refused(_NO_UPLOAD)
        names = [last_part(name) for name in named]
        self._check(names, sizes)
        self._batch = _Batch(id, tuple(names), tuple(sizes))

    def _check(self, names: list[str], sizes: list[int]) -> None:
        """Refuse what is too much or cannot be named, everything at once."""
        if not names:
            raise Refused("No file was chosen.")
        if len(names) > self.most_files:
            raise Refused(
                f"{len(names)} files are more than {self.most_files}, the most that are taken at once."
            )
        found = []
        for name, size in zip(names, sizes, strict=True):
            if not is_name(name):
                found.append(f"A file cannot be taken under its name {quoted(name)}.")
            elif not name.lower().endswith(tuple(self.accept)):
                found.append(f"{quoted(name)} is not a {' or '.join(self.accept)} file.")
            if size > self.most_bytes:
                large, most = in_bytes(size), in_bytes(self.most_bytes)
                found.append(f"{quoted(name)} is too large: {large}, and {most} is the most for a file.")
        if sum(sizes) > self.most_total:
            large, most = in_bytes(sum(sizes)), in_bytes(self.most_total)
            found.append(f"The files are too large together: {large}, and {most} is the most.")
        twice = sorted({name for name in names if [*map(str.casefold, names)].count(name.casefold()) > 1})
        if twice:
            found.append(f"Two files have the same name: {', '.join(map(quoted, twice))}.")
        if found:
            raise Refused("\n".join(found))

    def _go_on(self, id: str) -> None:
        """Ask for the next piece, or hand everything on."""
        batch = self._batch
        if batch is None:
            return
        wanted = batch.wanted()
        if wanted is not None:
            file, at, length = wanted
            self.send({"kind": "next", "batch": id, "file": file, "at": at, "length": length})
            return
        self._batch = None
        files = {name: bytes(part) for name, part in zip(batch.names, batch.parts, strict=True)}
        count = "1 file was" if len(files) == 1 else f"{len(files)} files were"
        try:
            for callback in self._callbacks:
                callback(files)
            self.status = f"{count} received, {in_bytes(sum(batch.sizes))}."
        except Exception as error:
            self.message = in_words(error, _UNFORESEEN)
        self.send({"kind": "end", "batch": id})


def last_part(name: str) -> str:
    """Return a name without the folders that some browsers send along."""
    return re.split(r"[\\/]", name)[-1].strip()


def is_name(name: str) -> bool:
    """Return whether a text can be the name of a file anywhere."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name not in (".", "..")


def quoted(name: str, most: int = 60) -> str:
    """Return a name for a message: on one line and not too long."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in name)
    return f"“{shown if len(shown) <= most else shown[: most - 1] + '…'}”"


def in_bytes(count: int) -> str:
    """Return a size in words, rounded up: what is over a limit reads so."""
    return f"{-(-count // 1000):,} kB" if count < 100_000 else f"{-(-count // 100_000) / 10:,.1f} MB"


def _is_size(size: Any) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and size >= 0
