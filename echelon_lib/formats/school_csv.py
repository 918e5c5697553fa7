"""The CSV files of a school: read row by row into records, every fault named at once."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.formats.tables import Row, Table, read_table
from echelon_lib.formats.wording import rows_in_words, shown

SECTIONS = "Sections_Information.csv"
STUDENTS = "Student_Info.csv"
TEACHERS = "Teacher_Info.csv"
PREFERENCES = "Student_Preference_Info.csv"
UNAVAILABILITY = "Teacher_unavailability.csv"
PERIODS = "Period.csv"
COURSES = "Course_Information.csv"
NOT_USED_YET = ("Room_Information.csv", "Co_Teaching.csv", "Groups.csv", "Locks.csv")

COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    PERIODS: (("period_id", "period_name"), ()),
    TEACHERS: (("Teacher ID", "Department", "Dedicated Course", "Current Load", "Science Sections"), ()),
    SECTIONS: (
        ("Section ID", "Course ID", "Teacher Assigned", "# of Seats Available", "Department"),
        ("Period", "Lab"),
    ),
    STUDENTS: (("Student ID", "SPED"), ()),
    PREFERENCES: (("Student ID", "Preferred Sections"), ()),
    UNAVAILABILITY: (("Teacher ID", "Unavailable Periods"), ()),
    COURSES: (("Course ID",), ("Core", "Term", "Length", "Lab", "Min Size", "Grades", "Linked To")),
}
"""Required and optional columns of each file; further columns are carried for display."""

MOST_PERIODS = 200
MOST_SEATS = 10_000
LONGEST_ID = 200
MOST_SUGGESTIONS = 50

_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods")
_UNSTAFFED = {"", "tbd", "staff"}
_YES = {"yes", "y", "true", "1"}
_NO = {"no", "n", "false", "0"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_WHOLE = re.compile(r"([0-9]{1,12})(\.0+)?")
_RANGE = re.compile(r"([0-9]{1,2}) ?[-–] ?([0-9]{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRecord:
    """A row of the sections file; ``teacher`` is None when blank, ``TBD`` or ``Staff``."""

    id: str
    course: str
    teacher: str | None
    seats: int
    department: str
    period: str | None = None
    lab: bool | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRecord:
    """A row of the students file; ``extra`` holds the columns carried for display.

    Only the row number is printed, so that no student reaches a log by accident.
    """

    id: str = field(repr=False)
    sped: bool = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherRecord:
    """A row of the teachers file; the last two numbers restate the sections file and are never added."""

    id: str
    department: str
    dedicated_course: str | None = None
    current_load: int | None = None
    science_sections: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRecord:
    """What one student asks for.

    Parameters
    ----------
    requests
        In order of priority; each is a primary course with its alternates in order, as written.
    pooled
        Alternates of trailing entries ``|X``, usable once for any elective.
    """

    student: str = field(repr=False)
    requests: tuple[tuple[str, ...], ...]
    pooled: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailabilityRecord:
    """The periods, by name, in which a teacher cannot teach; several rows of a teacher are one record."""

    teacher: str
    periods: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A row of the periods file; all other files speak of ``name``."""

    id: str
    name: str
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRecord:
    """A row of the optional courses file; a blank cell or an absent column is None or empty.

    ``grades`` are separated by ``;`` or ``,`` and a range such as ``9-12`` stands for each of its grades.
    """

    id: str
    core: bool | None = None
    lab: bool | None = None
    min_size: int | None = None
    grades: tuple[str, ...] = ()
    term: str | None = None
    length: str | None = None
    linked_to: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SchoolFiles:
    """Everything that was read from a school's folder.

    Parameters
    ----------
    notes
        What was noticed and did no harm: encodings, repeated rows, files that are not used.
    carried
        Columns carried for display, by file.
    input_hashes
        SHA-256 of every file read, by file.
    """

    sections: tuple[SectionRecord, ...]
    students: tuple[StudentRecord, ...]
    teachers: tuple[TeacherRecord, ...]
    preferences: tuple[PreferenceRecord, ...]
    unavailability: tuple[UnavailabilityRecord, ...]
    periods: tuple[PeriodRecord, ...]
    courses: tuple[CourseRecord, ...] = ()
    notes: tuple[Issue, ...] = ()
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    input_hashes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def counts(self) -> dict[str, int]:
        """Return how much of everything was read."""
        return {
            "sections": len(self.sections),
            "unstaffed sections": sum(section.teacher is None for section in self.sections),
            "fixed sections": sum(section.period is not None for section in self.sections),
            "seats": sum(section.seats for section in self.sections),
            "courses": len({section.course for section in self.sections}),
            "teachers": len(self.teachers),
            "teachers with unavailable periods": sum(bool(record.periods) for record in self.unavailability),
            "students": len(self.students),
            "students with the SPED flag": sum(student.sped for student in self.students),
            "students with requests": sum(bool(record.requests) for record in self.preferences),
            "requests": sum(len(record.requests) for record in self.preferences),
            "alternates": sum(
                sum(len(request) - 1 for request in record.requests) + len(record.pooled)
                for record in self.preferences
            ),
            "periods": len(self.periods),
            "described courses": len(self.courses),
            "notes": len(self.notes),
        }

    def summary(self) -> list[str]:
        """Return the counts that are not zero, one line each, without any id."""
        return [f"{count:,} {name}" for name, count in self.counts().items() if count]

    def __repr__(self) -> str:
        return f"SchoolFiles({', '.join(self.summary())})"


def read_school_files(folder: str | Path, *, accept_headers: bool = False) -> SchoolFiles:
    """Read the CSV files of a school.

    Parameters
    ----------
    folder
        The folder that holds the files. ``Teacher_unavailability.csv`` and ``Course_Information.csv`` may be
        absent.
    accept_headers
        Take column titles that nearly fit, and note it; otherwise each is an error with a suggestion.

    Raises
    ------
    DataError
        With every problem of every file: path, row, column, value and cure.
    """
    _check_folder(folder)
    reader = _SchoolReader(Path(folder), accept_headers)
    periods = reader.periods()
    teachers = reader.teachers()
    sections = reader.sections()
    students = reader.students()
    school = SchoolFiles(
        sections=sections,
        students=students,
        teachers=teachers,
        preferences=reader.preferences({section.course for section in sections}),
        unavailability=reader.unavailability(),
        periods=periods,
        courses=reader.courses({section.course for section in sections}),
        notes=reader.finished_notes(),
        carried=reader.carried,
        input_hashes=reader.hashes,
    )
    if reader.issues:
        raise DataError(reader.issues)
    return school


def _check_folder(folder: str | Path) -> None:
    path = Path(folder)
    if not str(folder).strip():
        raise DataError([Issue("No folder was named.", cure="give the folder that holds the six files.")])
    try:
        if path.is_dir():
            next(path.iterdir(), None)
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


def _fold(text: str) -> str:
    """Return what is left of a text when capitals and the kinds of spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _pieces(text: str, separators: str) -> list[str]:
    return [piece.strip() for piece in re.split(f"[{re.escape(separators)}]", text)]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names that may be referred to, for the check and for a suggestion."""

    names: frozenset[str]
    folded: Mapping[str, str]
    asked: dict[str, str | None]

    @classmethod
    def of(cls, names: Iterable[str]) -> _Names:
        known = frozenset(name for name in names if name)
        return cls(known, {_fold(name): name for name in sorted(known)}, {})

    def nearest(self, value: str) -> str | None:
        """Return a cure that names the nearest known name; only the first unknown values are searched."""
        same = self.folded.get(_fold(value))
        if same is not None:
            return f"'{same}' was meant? It differs in capitals or spaces only."
        if value not in self.asked and len(self.asked) < MOST_SUGGESTIONS and len(value) <= LONGEST_ID:
            self.asked[value] = suggest(value, self.names)
        return self.asked.get(value)


class _SchoolReader:
    """Reads one file after the other; a file that cannot be read switches off the checks against it."""

    def __init__(self, folder: Path, accept_headers: bool) -> None:
        self.folder = folder
        self.accept_headers = accept_headers
        self.issues: list[Issue] = []
        self.carried: dict[str, tuple[str, ...]] = {}
        self.hashes: dict[str, str] = {}
        self.known: dict[str, _Names | None] = {}
        self._notes: list[Issue] = []
        self._tallies: dict[tuple[str, str | None, str], list[int]] = defaultdict(list)
        self._files = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
        self._misnamed: set[str] = set()
        self._period_ids: dict[str, str] = {}

    def problem(
        self, table: Table, row: Row | None, column: str | None, message: str, cure: str | None = None
    ) -> None:
        """Record an issue with the value that stands in the cell."""
        value = row.get(column)[:LONGEST_ID] if row and column else None
        self.issues.append(Issue(message, table.path, row.line if row else None, column, value, cure))

    def tally(self, table: Table, row: Row, column: str | None, message: str) -> None:
        """Record something harmless; rows with the same message become one note."""
        self._tallies[table.path, column, message].append(row.line)

    def table(self, name: str, *, may_be_absent: bool = False) -> Table:
        """Read one file and take over its issues and notes."""
        if may_be_absent and name not in self._files:
            self._look_for_other_spelling(name)
            return Table(name)
        required, optional = COLUMNS[name]
        table = read_table(
            self.folder / name, required=required, optional=optional, accept_headers=self.accept_headers
        )
        self.issues.extend(table.issues)
        self._notes.extend(table.notes)
        if table.sha256:
            self.hashes[name] = table.sha256
        if table.carried:
            self.carried[name] = table.carried
        return table

    def _look_for_other_spelling(self, name: str) -> None:
        others = {other.casefold(): other for other in self._files if other not in COLUMNS}
        near = get_close_matches(name.casefold(), others, n=1, cutoff=0.85)
        if near:
            other = others[near[0]]
            self._misnamed.add(other)
            cure = f"rename it to '{name}', or give it quite another name if it is not meant."
            self.issues.append(
                Issue(f"The file is named almost like {name} and was not read.", other, cure=cure)
            )

    def finished_notes(self) -> tuple[Issue, ...]:
        """Return all notes, with one for each file that is in the folder and not used."""
        notes = list(self._notes)
        for (path, column, message), lines in self._tallies.items():
            notes.append(Issue(f"{message} ({rows_in_words(lines)}).", path, lines[0], column))
        for name in self._files:
            if name in NOT_USED_YET:
                notes.append(Issue("The file is not used by this version; its rows have no effect.", name))
            elif name not in COLUMNS and name not in self._misnamed and name.lower().endswith(_TABLE_ENDINGS):
                notes.append(Issue("This is none of the files of a school and was not read.", name))
        return tuple(notes)

    def clean(self, table: Table, row: Row, column: str) -> str:
        """Return a cell, having refused characters that nobody sees."""
        text = row.get(column)
        if not text.isprintable():
            hidden = next((sign for sign in text if unicodedata.category(sign) in _INVISIBLE), None)
            if hidden is not None:
                message = f"{shown(text)} holds the invisible character U+{ord(hidden):04X}."
                self.problem(table, row, column, message, "type the text again by hand.")
        return text

    def identifier(self, table: Table, row: Row, column: str, forbidden: str = "") -> str:
        """Return an id, having refused a blank, an overlong one and one that holds a separator."""
        text = self.clean(table, row, column)
        if column not in table.columns:
            return text
        bad = [sign for sign in forbidden if sign in text]
        if not text:
            cure = "fill it in, or delete the row."
            self.problem(table, row, column, f"The cell {shown(column)} is blank.", cure)
        elif len(text) > LONGEST_ID:
            self.problem(
                table, row, column, f"{shown(text)} is longer than {LONGEST_ID} characters.", "shorten it."
            )
        elif bad:
            message = f"{shown(text)} holds {shown(bad[0])}, which separates the names in other files."
            self.problem(table, row, column, message, "use another character; nobody could refer to it.")
        return text

    def distinct(self, table: Table, column: str, forbidden: str = "") -> Iterator[Row]:
        """Yield the rows with a new id; an id that comes again in another row is an issue."""
        first: dict[str, Row] = {}
        shapes: dict[str, list[Row]] = defaultdict(list)
        for row in table.rows:
            name = self.identifier(table, row, column, forbidden)
            earlier = first.setdefault(name, row) if name else row
            if earlier is row:
                shapes[_fold(name)].append(row)
                yield row
                continue
            differing = [title for title in table.columns if row[title] != earlier[title]]
            message = (
                f"{shown(name)} stands in row {earlier.line} already, with another"
                f" {' and '.join(shown(title) for title in differing)}."
            )
            self.problem(table, row, column, message, "delete one of the rows, or give it its own id.")
        for rows in shapes.values():
            if len(rows) > 1 and rows[0].get(column):
                lines = [row.line for row in rows]
                message = f"Ids that differ in capitals or spaces only: {rows_in_words(lines)}."
                self._notes.append(Issue(message, table.path, lines[0], column))

    def remember(self, table: Table, column: str) -> None:
        """Keep the names that other files may refer to, those of unreadable rows included."""
        names = [row[column] for row in table.rows] if column in table.columns else []
        dropped = [cell for cells in table.dropped for cell in cells]
        known = _Names.of([*names, *dropped])
        self.known[table.path] = known if known.names and column in table.columns else None

    def whole(
        self, table: Table, row: Row, column: str, least: int, most: int, *, may_be_blank: bool = True
    ) -> int | None:
        """Return a whole number; ``25.0``, as spreadsheets write it, is taken and noted."""
        text = row.get(column)
        if column not in table.columns or (may_be_blank and not text):
            return None
        match = _WHOLE.fullmatch(text)
        if match is None or not least <= int(match[1]) <= most:
            message = f"{shown(text)} is not a whole number from {least} to {most:,}."
            self.problem(table, row, column, message, "write digits only, such as 25.")
            return None
        if match[2]:
            self.tally(table, row, column, "Whole numbers are written with '.0' and were read as whole")
        return int(match[1])

    def yes_no(self, table: Table, row: Row, column: str, *, may_be_blank: bool) -> bool | None:
        """Return True, False, or None where nothing is said."""
        text = row.get(column)
        if column not in table.columns or (may_be_blank and not text):
            return None
        if text.casefold() in _YES or text.casefold() in _NO:
            return text.casefold() in _YES
        message = f"{shown(text)} is neither yes nor no." if text else f"The cell {shown(column)} is blank."
        self.problem(
            table, row, column, message, "write Yes or No (Y, N, True, False, 1 and 0 are read as well)."
        )
        return None

    def extra(self, table: Table, row: Row) -> dict[str, str]:
        """Return the cells carried for display."""
        return {column: row[column] for column in table.carried}

    def need_rows(self, table: Table, things: str) -> None:
        """Record an issue when a file that was read holds no row at all."""
        if table.columns and not table.rows and not table.dropped:
            self.problem(table, None, None, f"The file names no {things}.", "the rows were lost on export.")

    def period(self, table: Table, row: Row, column: str, name: str) -> str:
        """Return a period name, having refused one that the periods file does not hold."""
        known = self.known[PERIODS]
        if known is not None and name not in known.names:
            meant = self._period_ids.get(name)
            cure = (
                f"'{meant}' was meant? {shown(name)} is its period_id; periods are referred to by name."
                if meant
                else known.nearest(name) or f"use one of {', '.join(sorted(known.names)[:12])}."
            )
            self.problem(table, row, column, f"There is no period {shown(name)}.", cure)
        return name

    def teacher(self, table: Table, row: Row, column: str, name: str) -> str:
        """Return a teacher, having refused one that the teachers file does not hold."""
        known = self.known[TEACHERS]
        if known is not None and name and name not in known.names:
            cure = known.nearest(name) or f"add the teacher to {TEACHERS}."
            self.problem(table, row, column, f"There is no teacher {shown(name)} in {TEACHERS}.", cure)
        return name

    def periods(self) -> tuple[PeriodRecord, ...]:
        """Read the periods; every other file refers to them by name."""
        table = self.table(PERIODS)
        self.need_rows(table, "period")
        records: list[PeriodRecord] = []
        first: dict[str, int] = {}
        for row in self.distinct(table, "period_id"):
            name = self.identifier(table, row, "period_name", ";,")
            if name and first.setdefault(name, row.line) != row.line:
                message = f"The period name {shown(name)} stands in row {first[name]} already."
                self.problem(table, row, "period_name", message, "give each period its own name.")
            records.append(
                PeriodRecord(id=row.get("period_id"), name=name, extra=self.extra(table, row), row=row.line)
            )
        folded: dict[str, list[int]] = defaultdict(list)
        for name, line in first.items():
            folded[_fold(name)].append(line)
        for lines in folded.values():
            if len(lines) > 1:
                message = f"Period names that differ in capitals or spaces only: {rows_in_words(lines)}."
                self._notes.append(Issue(message, table.path, lines[0], "period_name"))
        if len(records) > MOST_PERIODS:
            message = f"The file names {len(records)} periods; at most {MOST_PERIODS} are read."
            self.problem(table, None, None, message, "another file was saved under this name.")
        self.remember(table, "period_name")
        self._period_ids = {record.id: record.name for record in records}
        return tuple(records)

    def teachers(self) -> tuple[TeacherRecord, ...]:
        """Read the teachers."""
        table = self.table(TEACHERS)
        self.remember(table, "Teacher ID")
        records = []
        for row in self.distinct(table, "Teacher ID"):
            name = row.get("Teacher ID")
            if name and name.casefold() in _UNSTAFFED:
                message = f"{shown(name)} means 'no teacher yet' in {SECTIONS} and cannot be a teacher's id."
                self.problem(table, row, "Teacher ID", message, "delete the row, or give the teacher an id.")
            self._blank_department(table, row)
            records.append(
                TeacherRecord(
                    id=name,
                    department=self.clean(table, row, "Department"),
                    dedicated_course=self.clean(table, row, "Dedicated Course") or None,
                    current_load=self.whole(table, row, "Current Load", 0, 1_000),
                    science_sections=self.whole(table, row, "Science Sections", 0, 1_000),
                    extra=self.extra(table, row),
                    row=row.line,
                )
            )
        return tuple(records)

    def sections(self) -> tuple[SectionRecord, ...]:
        """Read the sections; a teacher or a period that is unknown is an issue."""
        table = self.table(SECTIONS)
        self.need_rows(table, "section")
        records = []
        for row in self.distinct(table, "Section ID"):
            name = self.clean(table, row, "Teacher Assigned")
            teacher = None if name.casefold() in _UNSTAFFED else name
            period = self.clean(table, row, "Period") or None
            self._blank_department(table, row)
            records.append(
                SectionRecord(
                    id=row.get("Section ID"),
                    course=self.identifier(table, row, "Course ID", ";|"),
                    teacher=teacher and self.teacher(table, row, "Teacher Assigned", teacher),
                    seats=self.whole(table, row, "# of Seats Available", 1, MOST_SEATS, may_be_blank=False)
                    or 0,
                    department=self.clean(table, row, "Department"),
                    period=period and self.period(table, row, "Period", period),
                    lab=self.yes_no(table, row, "Lab", may_be_blank=True),
                    extra=self.extra(table, row),
                    row=row.line,
                )
            )
        self._note_similar_courses(table, records)
        return tuple(records)

    def students(self) -> tuple[StudentRecord, ...]:
        """Read the students."""
        table = self.table(STUDENTS)
        self.need_rows(table, "student")
        self.remember(table, "Student ID")
        return tuple(
            StudentRecord(
                id=row.get("Student ID"),
                sped=bool(self.yes_no(table, row, "SPED", may_be_blank=False)),
                extra=self.extra(table, row),
                row=row.line,
            )
            for row in self.distinct(table, "Student ID")
        )

    def preferences(self, courses: Set[str]) -> tuple[PreferenceRecord, ...]:
        """Read what the students ask for; whether a course is offered is for the preflight to say."""
        table = self.table(PREFERENCES)
        known = self.known[STUDENTS]
        column = "Preferred Sections"
        records = []
        for row in self.distinct(table, "Student ID"):
            student = row.get("Student ID")
            if known is not None and student and student not in known.names:
                message = f"There is no student {shown(student)} in {STUDENTS}."
                cure = known.nearest(student) or f"add the student to {STUDENTS}, or delete the row."
                self.problem(table, row, "Student ID", message, cure)
            requests, pooled = self._requests(table, row, self.clean(table, row, column))
            for names in requests:
                for name in names:
                    if name not in courses and courses >= set(_pieces(name, ",")):
                        message = "Courses are separated by ',', which was read as part of the title; use ';'"
                        self.tally(table, row, column, message)
            records.append(
                PreferenceRecord(
                    student=student,
                    requests=requests,
                    pooled=pooled,
                    extra=self.extra(table, row),
                    row=row.line,
                )
            )
        return tuple(records)

    def unavailability(self) -> tuple[UnavailabilityRecord, ...]:
        """Read the periods in which teachers cannot teach; rows of one teacher are put together."""
        table = self.table(UNAVAILABILITY, may_be_absent=True)
        column = "Unavailable Periods"
        records: dict[str, UnavailabilityRecord] = {}
        for row in table.rows:
            name = self.identifier(table, row, "Teacher ID")
            self.teacher(table, row, "Teacher ID", name)
            pieces = _pieces(self.clean(table, row, column), ";,")
            periods = [self.period(table, row, column, piece) for piece in pieces if piece]
            if column in table.columns and len(periods) < len(pieces):
                message = "Empty entries were skipped" if periods else "No period is named"
                self.tally(table, row, column, message)
            if len(set(periods)) < len(periods):
                self.tally(table, row, column, "Periods that are named twice were read once")
            earlier = records.get(name)
            if earlier:
                message = "Teachers with several rows are unavailable in the periods of all of them"
                self.tally(table, row, "Teacher ID", message)
                periods = [*earlier.periods, *periods]
            records[name] = UnavailabilityRecord(
                teacher=name,
                periods=tuple(dict.fromkeys(periods)),
                extra=earlier.extra if earlier else self.extra(table, row),
                row=earlier.row if earlier else row.line,
            )
        return tuple(records.values())

    def courses(self, offered: Collection[str]) -> tuple[CourseRecord, ...]:
        """Read the optional descriptions of courses."""
        table = self.table(COURSES, may_be_absent=True)
        records = []
        for row in self.distinct(table, "Course ID", ";|"):
            name = row.get("Course ID")
            linked = tuple(piece for piece in _pieces(self.clean(table, row, "Linked To"), ";") if piece)
            if name not in offered:
                self.tally(table, row, "Course ID", f"Courses without a section in {SECTIONS}")
            if not set(linked) <= set(offered):
                self.tally(table, row, "Linked To", f"Linked courses without a section in {SECTIONS}")
            records.append(
                CourseRecord(
                    id=name,
                    core=self.yes_no(table, row, "Core", may_be_blank=True),
                    lab=self.yes_no(table, row, "Lab", may_be_blank=True),
                    min_size=self.whole(table, row, "Min Size", 0, MOST_SEATS),
                    grades=_grades(self.clean(table, row, "Grades")),
                    term=self.clean(table, row, "Term") or None,
                    length=self.clean(table, row, "Length") or None,
                    linked_to=linked,
                    extra=self.extra(table, row),
                    row=row.line,
                )
            )
        return tuple(records)

    def _blank_department(self, table: Table, row: Row) -> None:
        if "Department" in table.columns and not row["Department"]:
            self.tally(table, row, "Department", "No department is named")

    def _note_similar_courses(self, table: Table, records: Sequence[SectionRecord]) -> None:
        spellings: dict[str, dict[str, int]] = defaultdict(dict)
        for record in records:
            spellings[_fold(record.course)].setdefault(record.course, record.row)
        for rows in spellings.values():
            if len(rows) > 1:
                names = " and ".join(shown(name) for name in rows)
                message = f"{names} differ in capitals or spaces only and were read as different courses."
                self._notes.append(Issue(message, table.path, next(iter(rows.values())), "Course ID"))

    def _requests(
        self, table: Table, row: Row, text: str
    ) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
        """Return the requests and the pooled alternates of a cell."""
        column = "Preferred Sections"
        requests: list[tuple[str, ...]] = []
        pooled: list[str] = []
        for entry in _pieces(text, ";") if text else []:
            head, *others = _pieces(entry, "|")
            names = tuple(name for name in others if name)
            if len(names) < len(others) or not (head or others):
                self.tally(table, row, column, "Empty entries were skipped")
            if not head:
                pooled.extend(names)
                continue
            if pooled:
                message = f"An entry without a primary course stands before {shown(entry)}."
                cure = "write the primary course before '|', or move the pooled alternate to the end."
                self.problem(table, row, column, message, cure)
            requests.append((head, *names))
        if not requests and column in table.columns:
            self.tally(table, row, column, "No course is asked for")
        return tuple(requests), tuple(pooled)


def _grades(text: str) -> tuple[str, ...]:
    grades: list[str] = []
    for piece in _pieces(text, ";,"):
        match = _RANGE.fullmatch(piece)
        if match and int(match[1]) <= int(match[2]):
            grades.extend(str(grade) for grade in range(int(match[1]), int(match[2]) + 1))
        elif piece:
            grades.append(piece)
    return tuple(grades)
