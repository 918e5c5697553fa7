"""The folder of the schools and universities that people bring, their rules and runs, and nobody else's.

What people give (names, contents) decides no path: folders are named here, and what is there never changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.formats.wording import shown
from echelon_lib.runs.institution import (
    FILES,
    Institution,
    Rules,
    institution_of,
    rules_at,
)
from echelon_lib.runs.paths import CHECKOUT
from echelon_lib.runs.progress import utc_now

WORKSPACE = "ECHELON_WORKSPACE"
"""The environment variable that names the workspace."""

LARGEST_UPLOAD = 20_000_000
"""Bytes of an uploaded file, at most."""
MOST_UPLOADED = 60_000_000
"""Bytes of all files of an uploaded school, at most."""
MOST_FILES = 50
"""Files of an upload that are looked at, at most."""
LONGEST_NAME = 80
"""Characters in the name of a school, at most."""

SCHOOLS, RUNS, JOBS, RULES, DRAFTS = "schools", "runs", "jobs", "rules", "set"

_ABOUT = "school.json"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LEFT_OVER = 3600.0  # seconds after which a folder that was never finished is taken away


@dataclass(frozen=True, slots=True)
class School:
    """A school, or a university, that runs can be made of.

    Parameters
    ----------
    id
        What it is called here; never a path.
    name
        What people call it.
    folder
        Folder with its files.
    rules
        File with its rules, where it brings one.
    sample
        Whether it came with Echelon and cannot be removed.
    added
        UTC time at which it was uploaded; empty for a sample.
    institution
        Which of the two it is.
    """

    id: str
    name: str
    folder: Path
    rules: Path | None = None
    sample: bool = False
    added: str = ""
    institution: Institution = "school"


class Workspace:
    """Schools, universities, rules and runs in one folder, made when it is needed and private to its owner.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    EchelonError
        When the folder cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (SCHOOLS, RUNS, JOBS, RULES):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EchelonError(
                f"The workspace {self.path} cannot be made: {reason}.\n"
                f"  Maybe name another folder with {WORKSPACE}?"
            ) from None

    @classmethod
    def default(cls) -> Workspace:
        """Return the workspace that ``ECHELON_WORKSPACE`` names, else the one in the user's data folder."""
        named = os.environ.get(WORKSPACE, "").strip()
        if named:
            return cls(named)
        from platformdirs import user_data_path

        return cls(user_data_path("echelon", appauthor=False))

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    @property
    def runs(self) -> Path:
        """The folder of the run folders."""
        return self.path / RUNS

    @property
    def jobs(self) -> Path:
        """The folder of what is known of runs that were started here."""
        return self.path / JOBS

    # Schools ----------------------------------------------------------------------------------------------

    def schools(self, institution: Institution = "school") -> tuple[School, ...]:
        """Return the schools that were uploaded, or the universities: the newest first, then the samples."""
        uploaded = sorted(self._uploaded(), key=lambda school: (school.added, school.id), reverse=True)
        return tuple(one for one in (*uploaded, *_samples()) if one.institution == institution)

    def school(self, id: str) -> School:
        """Return the school or university of an id.

        Raises
        ------
        DataError
            When there is none.
        """
        schools = {school.id: school for school in (*self.schools(), *self.schools("university"))}
        return schools[known_id(id, "school", schools)]

    def add_school(
        self, name: str, files: Mapping[str, bytes], institution: Institution = "school"
    ) -> School:
        """Keep the files of a school or of a university; the same name and files are the same school.

        What stands in the files is checked when they are read.

        Parameters
        ----------
        name
            What people call the school.
        files
            Contents by file name; folders before a name, and capitals, do not matter.
        institution
            Whose files they are.

        Raises
        ------
        DataError
            When a file is missing, unknown, given twice, empty or too large, or the name does not do; all at
            once.
        OSError
            When the files cannot be written; nothing of them is left then.
        """
        issues: list[Issue] = []
        title = _title(name, issues, institution)
        contents = _contents(files, issues, institution)
        if issues:
            raise DataError(issues)
        hashes = {file: hashlib.sha256(content).hexdigest() for file, content in sorted(contents.items())}
        digest = hashlib.sha256(json.dumps([title, hashes]).encode()).hexdigest()
        id = f"{_plain(title)}-{digest[:12]}"
        place = self.path / SCHOOLS / id
        if not place.exists():
            about = {"name": title, "added": utc_now(), "files": hashes}
            self._put(place, contents, json.dumps(about, indent=2) + "\n")
        return self.school(id)

    def _put(self, place: Path, contents: Mapping[str, bytes], about: str) -> None:
        """Write a whole folder beside its place, then rename it."""
        _sweep(place.parent)
        beside = place.parent / f".{secrets.token_hex(8)}.partial"
        beside.mkdir(mode=0o700)
        try:
            for name, content in contents.items():
                with (beside / name).open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                (beside / name).chmod(0o400)
            write_text_atomic(beside / _ABOUT, about)
            try:
                beside.rename(place)
            except OSError:
                if not place.exists():  # else somebody else was quicker with the same files
                    raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def remove_school(self, id: str) -> None:
        """Remove a school that was uploaded; its runs stay.

        Raises
        ------
        DataError
            When there is no such school, it is a sample, or a run of it goes on.
        """
        from echelon_lib.runs.jobs import Jobs

        school = self.school(id)
        if school.sample:
            cure = "choose one that was uploaded?"
            raise DataError([Issue(f"The sample {shown(school.name)} cannot be removed.", cure=cure)])
        jobs = Jobs(self)
        with jobs.alone():
            if any(job.going and job.school_id == school.id for job in jobs.jobs()):
                what = f"{school.institution} {shown(school.name)}"
                text = f"The {what} cannot be removed while a run of it goes on."
                raise DataError([Issue(text, cure="stop the run first, or wait for its end?")])
            take_away(school.folder)
            self._draft(school).unlink(missing_ok=True)

    def _uploaded(self) -> Iterator[School]:
        for folder in (self.path / SCHOOLS).iterdir():
            if folder.is_dir() and _ID.fullmatch(folder.name):
                about = read_object_file(folder / _ABOUT) or {}
                name, added = str(about.get("name") or folder.name), str(about.get("added") or "")
                yield School(folder.name, name, folder, added=added, institution=institution_of(folder))

    # Rules ------------------------------------------------------------------------------------------------

    def save_rules(self, rules: Rules) -> Path:
        """Keep rules in a file that is named after its content and never changes; return the file."""
        text = rules.to_toml()
        path = self.path / RULES / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.toml"
        if not path.exists():
            write_text_atomic(path, text)
        return path

    def draft(self, school: School) -> Rules | None:
        """Return the rules that were last set for a school; None where none were, or they cannot be read."""
        with suppress(DataError):
            return rules_at(school.institution, self._draft(school))
        return None

    def keep_draft(self, school: School, rules: Rules) -> None:
        """Keep the rules that are set for a school that was uploaded; a sample keeps its own.

        Raises
        ------
        OSError
            When they cannot be written; those that were kept before stay.
        """
        if not school.sample:
            self._draft(school).parent.mkdir(mode=0o700, exist_ok=True)
            write_text_atomic(self._draft(school), rules.to_toml())

    def _draft(self, school: School) -> Path:
        return self.path / RULES / DRAFTS / f"{school.id}.toml"


def known_id(id: str, kind: str, known: Mapping[str, object]) -> str:
    """Return an id that is known and is no path.

    Raises
    ------
    DataError
        When it is not known.
    """
    if isinstance(id, str) and _ID.fullmatch(id) and id in known:
        return id
    cure = suggest(id, known) if isinstance(id, str) else None
    raise DataError([Issue(f"There is no {kind} {shown(str(id))}.", cure=cure or "it was removed?")])


def read_object_file(path: Path) -> dict[str, Any] | None:
    """Return the object that a small JSON file holds; None when it is missing or is no such file."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def take_away(folder: Path) -> None:
    """Remove a folder: it is gone at once or is still whole."""
    _sweep(folder.parent)
    beside = folder.parent / f".{secrets.token_hex(8)}.partial"
    try:
        folder.rename(beside)
    except FileNotFoundError:
        return
    shutil.rmtree(beside, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Take away what was left where somebody was ended while he wrote or removed."""
    for old in place.glob(".*.partial"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _LEFT_OVER:
                shutil.rmtree(old)


def _samples() -> Iterator[School]:
    """Yield the samples of a checkout with the rules that belong to them."""
    samples = CHECKOUT / "data" / "samples"
    for folder in sorted(samples.iterdir()) if samples.is_dir() else ():
        if folder.is_dir() and _ID.fullmatch(folder.name):
            rules = CHECKOUT / "data" / "rules" / f"{folder.name}.toml"
            name = folder.name.replace("_", " ").title()
            own = rules if rules.is_file() else None
            yield School(folder.name, name, folder, own, sample=True, institution=institution_of(folder))


def _title(name: str, issues: list[Issue], institution: Institution) -> str:
    """Return the name of a school with single spaces."""
    title = unicodedata.normalize("NFC", " ".join(str(name).split()))
    if not title:
        issues.append(
            Issue(f"The {institution} has no name.", cure="give it the name that people know it by?")
        )
    elif len(title) > LONGEST_NAME:
        text = f"The name has {len(title):,} characters; at most {LONGEST_NAME} are kept."
        issues.append(Issue(text, cure="give it a shorter one?"))
    elif any(unicodedata.category(letter).startswith("C") for letter in title):
        text = f"The name {shown(title)} holds characters that cannot be seen."
        issues.append(Issue(text, cure="type it instead of pasting it?"))
    return title


def _plain(title: str) -> str:
    """Return the letters of a name as the beginning of a folder's name."""
    letters = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-") or "school"


def _contents(files: Mapping[str, bytes], issues: list[Issue], institution: Institution) -> dict[str, bytes]:
    """Return the contents by the names under which they are read."""
    deciding, may_be_absent, others = FILES[institution]
    known = (*deciding, *others)
    if len(files) > MOST_FILES:
        text = f"{len(files):,} files were chosen; a {institution} has {len(known)} at most."
        issues.append(Issue(text, cure=f"choose the files of one {institution} only?"))
        return {}
    names = {name.casefold(): name for name in known}
    given: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    for path, content in files.items():
        last = unicodedata.normalize("NFC", re.split(r"[/\\]", str(path))[-1]).strip()
        name = names.get(last.casefold())
        size = memoryview(content).nbytes
        if name is None:
            cure = suggest(last[:200], known) or f"one of {', '.join(deciding)}?"
            text = f"The file {shown(last)} is none of the files of a {institution}."
            issues.append(Issue(text, cure=cure))
        elif name in given:
            text = f"{name} is given twice, as {shown(given[name])} and as {shown(str(path))}."
            issues.append(Issue(text, name, cure="leave one of them out?"))
        elif not size:
            issues.append(Issue("The file is empty.", name, cure="it was not saved to the end?"))
        elif size > LARGEST_UPLOAD:
            text = f"The file has {size:,} bytes; at most {LARGEST_UPLOAD:,} are taken."
            issues.append(Issue(text, name, cure="another file has this name?"))
        else:
            contents[name] = bytes(content)
        if name is not None:
            given.setdefault(name, str(path))
    total = sum(len(content) for content in contents.values())
    if total > MOST_UPLOADED:
        text = f"The files have {total:,} bytes together; at most {MOST_UPLOADED:,} are taken."
        issues.append(Issue(text, cure="leave out what is not needed?"))
    for name in deciding:
        if name not in given and name not in may_be_absent:
            issues.append(
                Issue(f"The file {name} is missing.", name, cure="choose it together with the others?")
            )
    return contents
