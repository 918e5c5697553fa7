"""What the schools of a family offer: required courses, ladders, pathways, academies and electives.

The required courses are those of ``school_catalogue``. Popularity falls with the square root of a course's
rank, and all weights are whole numbers, so that a draw is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isqrt

from echelon_lib.generate.families.presets import Family
from echelon_lib.generate.school_catalogue import GRADES, SPORTS_MED, SUPPORT, build_catalogue

LANGUAGE_SUPPORT = ("ELD 1", "ELD 2", "ELD 3")
SUPPORT_SEATS = 12
WHOLE_SEATS = 90
"""Seats of the largest section that holds a whole cohort."""
RESTRICTED: Mapping[str, tuple[str, ...]] = {"Medical Career": ("R1", "G1"), "Heroes Teach": ("R2", "G2")}
"""Courses of a calendar of two days that fit two periods only and have a teacher of their own."""

LANGUAGES: Mapping[str, tuple[int, int]] = {
    "Spanish": (50, 5), "French": (17, 4), "Sign Language": (13, 3),
    "German": (8, 3), "Mandarin": (7, 3), "Japanese": (5, 3),
}  # fmt: skip
"""Languages with weight and number of levels."""
PATHWAYS = (
    "Engineering", "Health Science", "Culinary", "Computing", "Business", "Agriculture",
    "Automotive", "Media", "Education", "Construction", "Public Safety", "Fashion",
)  # fmt: skip
ARTS = (
    "Art", "Band", "Theatre", "Choir", "Ceramics", "Photography", "Dance", "Orchestra", "Guitar", "Film",
)  # fmt: skip
ENSEMBLES = (
    "Concert Band", "Concert Choir", "String Orchestra", "Marching Band", "Treble Choir", "Jazz Band",
    "Symphonic Band", "Chamber Choir", "Symphony Orchestra", "Percussion Ensemble", "Show Choir",
    "Wind Ensemble", "Mariachi", "Philharmonic Orchestra",
)  # fmt: skip
"""Ensembles of the whole school, each of which meets all at once."""
COLLEGE = {
    "AP Psychology": "Social Studies", "AP European History": "Social Studies",
    "AP Computer Science": "Mathematics", "AP Environmental Science": "Science",
    "AP Human Geography": "Social Studies", "AP Art History": "Arts", "AP Music Theory": "Arts",
    "AP Economics": "Social Studies",
}  # fmt: skip
_FEWEST_ELECTIVES = 16
_SMALL, _VERY_LARGE = 800, 2_200
_SHOPS = ("Culinary", "Automotive", "Construction", "Fashion")
_FACILITIES = ("Weight Training", "Team Sports", "Piano", "Woodwork", "Welding", SPORTS_MED)

# Most popular first; a larger school goes round again with a second and a third level.
_ELECTIVES: Mapping[str, str] = {
    "Physical Education": "Weight Training|Team Sports|Yoga|Lifetime Fitness|Outdoor Education|Aerobics|"
    "Racket Sports|Martial Arts|Aquatics|Officiating",
    "Social Studies": "Psychology|Sociology|Criminology|Economics|World Religions|Philosophy|Ethnic Studies|"
    "Anthropology|Law and Society|Current Affairs|Local History|Archaeology|Model United Nations|Leadership",
    "English": "Creative Writing|Film Studies|Speech and Debate|Journalism|Mythology|Yearbook|Poetry|"
    "Science Fiction|Shakespeare|Screenwriting|Graphic Novels|Publishing",
    "Arts": "Digital Art|Piano|Animation|Music Theory|Printmaking|Sculpture|Jewellery|Drawing|Stagecraft|"
    "Songwriting|Calligraphy|Costume Design",
    "Science": "Forensics|Astronomy|Marine Biology|Botany|Geology|Zoology|Meteorology|Biotechnology|"
    "Oceanography|Genetics",
    "Mathematics": "Personal Finance|Data Science|Discrete Mathematics|Game Theory|Logic|Cryptography",
    "Careers": "Marketing|Nutrition|Robotics|Woodwork|Web Design|Accounting|Welding|Electronics|"
    "Horticulture|Hospitality|Interior Design|Entrepreneurship|Veterinary Science|Game Design|Drafting|"
    "Aviation|Child Development|Floristry",
}
_CORE_DEPARTMENTS = ("English", "Mathematics", "Science", "Social Studies", "Physical Education")
_NO_LAB = ("Earth Science", "Environmental Science")


@dataclass(frozen=True, slots=True)
class OfferedCourse:
    """One course that a school may offer.

    Parameters
    ----------
    title, department
        As they are written to the files.
    seats
        Seats of an ordinary section.
    staff
        Teachers with the same word may give it.
    grades
        Grades whose students may ask for it.
    core, lab, required
        Whether it counts for graduation, is a science lab, is offered however few ask for it.
    instead
        The course that its students take when it is not offered; None means an elective.
    popularity
        Weight in the draw of electives; 0 for courses that are not drawn there.
    periods
        The only periods in which it may be; empty where it may be in any. Such a course has one teacher,
        who teaches nothing else.
    per_period
        Sections in one period for which there is a place, such as one workshop.
    whole
        Whether a single section is to hold everybody.
    """

    title: str
    department: str
    seats: int
    staff: str = ""
    grades: tuple[int, ...] = GRADES
    core: bool = False
    lab: bool = False
    required: bool = False
    instead: str | None = None
    popularity: int = 0
    periods: tuple[str, ...] = ()
    per_period: int | None = None
    whole: bool = False

    @property
    def most(self) -> int | None:
        """Students who can have a seat at all; None where sections may be added."""
        return self.seats * len(self.periods) if self.periods else None

    @property
    def free_choice(self) -> bool:
        """Whether any student of its grades could take it beside the required courses."""
        return not (self.core or self.required or self.periods or self.whole)


@dataclass(frozen=True, slots=True)
class Offer:
    """The courses of a school, and the names under which its students choose among them.

    Parameters
    ----------
    courses
        Every course by its title.
    levels
        Levels of the arts and of career pathways.
    programmes
        Career pathways, or academies.
    languages, arts, ensembles
        Ladders of languages and of the arts, and what meets all at once.
    """

    courses: Mapping[str, OfferedCourse]
    levels: int
    programmes: tuple[str, ...]
    languages: tuple[str, ...]
    arts: tuple[str, ...]
    ensembles: tuple[str, ...]


def offer_of(family: Family, students: int, periods: Sequence[str]) -> Offer:
    """Return what a school of a family and size offers; larger schools have more of everything but core."""
    programmes = PATHWAYS[: max(4, min(len(PATHWAYS), students // 180))]
    languages = (*LANGUAGES,)[: max(3, min(len(LANGUAGES), students // 180))]
    arts = ARTS[: max(4, min(len(ARTS), students // 130))]
    # A small school has nobody for upper levels and rare electives; an academy has someone for each grade.
    small = students < _SMALL and not family.academies
    levels = 3 if small else 4
    electives = students // family.electives * (3 if small else 4) // 4
    # A very large school can offer what few ask for; academies have what they need.
    more = 0 if family.academies else max(0, students - _VERY_LARGE) // 30
    ensembles = ENSEMBLES[: max(2, min(len(ENSEMBLES), students // 275))] if family.academies else ()
    parts = [
        _core(),
        _support(),
        _ladders(languages, arts, levels),
        _programmes(programmes, levels, whole=family.academies),
        (OfferedCourse(title, "Arts", WHOLE_SEATS, "Ensembles", whole=True) for title in ensembles),
        _restricted(periods),
        (
            OfferedCourse(title, department, 28, department, (11, 12))
            for title, department in list(COLLEGE.items())[: max(3, students // 250)]
        ),
        _electives(max(_FEWEST_ELECTIVES, electives + more)),
    ]
    courses = {one.title: one for one in chain.from_iterable(parts)}
    return Offer(courses, levels, programmes, languages, arts, ensembles)


def _core() -> Iterator[OfferedCourse]:
    for one in build_catalogue(100, 8).values():
        if one.department not in _CORE_DEPARTMENTS or one.popularity or one.title == SPORTS_MED:
            continue
        yield OfferedCourse(
            one.title,
            one.department,
            one.seats,
            one.department,
            one.grades,
            core=True,
            lab=one.department == "Science" and one.title not in _NO_LAB,
            required=one.required,
            instead=one.instead,
        )


def _support() -> Iterator[OfferedCourse]:
    for title, grades in zip(SUPPORT, ((9, 10), (11, 12)), strict=True):
        department = "Special Education"
        yield OfferedCourse(title, department, SUPPORT_SEATS, department, grades, core=True, required=True)
    for title in LANGUAGE_SUPPORT:
        yield OfferedCourse(title, "English", 22, "Language Support", core=True, required=True)


def _ladders(languages: Sequence[str], arts: Sequence[str], levels: int) -> Iterator[OfferedCourse]:
    for name in languages:
        for level in range(1, LANGUAGES[name][1] + 1):
            yield OfferedCourse(f"{name} {level}", "Languages", 30 - 2 * (level > 1), name, _from(8 + level))
    for name in arts:
        seats = 36 if name in ("Band", "Choir", "Orchestra") else 28
        for level in range(1, levels + 1):
            yield OfferedCourse(f"{name} {level}", "Arts", seats, name, _from(8 + level))


def _programmes(names: Sequence[str], levels: int, *, whole: bool) -> Iterator[OfferedCourse]:
    for place, name in enumerate(names):
        per_period = 1 if name in _SHOPS else None
        for level in range(1, levels + 1):
            course = OfferedCourse(
                f"{name} {level}", "Careers", (24, 26, 22)[place % 3], name, _from(8 + level)
            )
            if whole:
                yield replace(course, seats=WHOLE_SEATS, grades=(8 + level,), whole=True)
            else:
                yield replace(course, per_period=per_period)
        if whole:
            yield OfferedCourse(f"{name} Project", "Careers", WHOLE_SEATS, name, (11, 12), whole=True)


def _restricted(periods: Sequence[str]) -> Iterator[OfferedCourse]:
    for title, fitting in RESTRICTED.items():
        if set(fitting) <= set(periods):
            yield OfferedCourse(title, "Special", 24, title, (11, 12), required=True, periods=fitting)


def _electives(count: int) -> Iterator[OfferedCourse]:
    """Yield electives, the most popular first: one department after the other has its turn."""
    queues = [(department, titles.split("|")) for department, titles in _ELECTIVES.items()]
    longest = max(len(titles) for _, titles in queues)
    in_turn = [
        (titles[place], department)
        for place in range(longest)
        for department, titles in queues
        if place < len(titles)
    ]
    in_turn.insert(4, (SPORTS_MED, "Physical Education"))
    for rank in range(min(count, 3 * len(in_turn))):
        level, place = divmod(rank, len(in_turn))
        title, department = in_turn[place]
        lowest = 9 if rank < 6 else (9, 10, 11, 9, 10)[rank % 5]
        yield OfferedCourse(
            f"{title} {level + 1}" if level else title,
            department,
            (28, 24, 30, 26, 22)[rank % 5],
            department,
            _from(lowest),
            popularity=1_000_000 // isqrt(10_000 * (rank + 1)),
            per_period=1 if title in _FACILITIES else None,
        )


def _from(lowest: int) -> tuple[int, ...]:
    """Return the grades from one on; no ladder is too long for the last of them."""
    return tuple(grade for grade in GRADES if grade >= min(lowest, GRADES[-1]))
