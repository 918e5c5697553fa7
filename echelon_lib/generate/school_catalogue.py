"""What a made-up high school teaches, and who may ask for it.

The tables below are invented but ordinary: required courses by grade and track, ladders of
levels for languages, arts and careers, and a tail of electives whose popularity falls slowly.
All weights are whole numbers, so that a draw is the same on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from math import isqrt

GRADES = (9, 10, 11, 12)
SPORTS_MED = "Sports Med"
DEDICATED = ("Medical Career", "Heroes Teach")
SUPPORT = ("Study Skills 1", "Study Skills 2")
TRACKS: Mapping[str, int] = {"regular": 52, "advanced": 31, "college": 17}


@dataclass(frozen=True, slots=True)
class CatalogueCourse:
    """One course that a made-up school may offer.

    Parameters
    ----------
    title, department
        As they are written to the files.
    seats
        Seats of an ordinary section.
    grades
        Grades whose students may ask for it.
    required
        Whether it is offered however few ask for it.
    instead
        The course that its students take when it is not offered; None means an elective.
    popularity
        Weight in the draw of electives; 0 for courses that are not drawn there.
    """

    title: str
    department: str
    seats: int
    grades: tuple[int, ...] = GRADES
    required: bool = False
    instead: str | None = None
    popularity: int = 0


class Draw:
    """Seeded draws that rest on ``random.Random.random`` alone, which never changes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, count: int) -> int:
        """Return a whole number from 0 to ``count - 1``."""
        return int(self._random() * count)

    def chance(self, percent: int) -> bool:
        """Return True in ``percent`` of a hundred draws."""
        return self.below(100) < percent

    def weighted(self, weights: Mapping[str, int]) -> str:
        """Return one key, drawn in proportion to its weight."""
        rest = self.below(sum(weights.values()))
        for key, weight in weights.items():
            rest -= weight
            if rest < 0:
                return key
        raise ValueError("nothing to draw from: the weights are empty")

    def shuffle(self, items: MutableSequence[int]) -> None:
        """Put ``items`` into a random order, in place."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


# (grade, track) -> weights of the courses; the two tracks above "regular" may share a row.
_ENGLISH = {
    9: {"regular": {"English 9": 1}, "other": {"English 9 Advanced": 4, "English 9": 1}},
    10: {"regular": {"English 10": 1}, "other": {"English 10 Advanced": 4, "English 10": 1}},
    11: {"regular": {"English 11": 1}, "other": {"AP Language": 4, "English 11": 1}},
    12: {"regular": {"English 12": 1}, "other": {"AP Literature": 3, "English 12": 1}},
}  # fmt: skip
_MATHEMATICS = {
    9: {"regular": {"Algebra 1": 9, "Geometry": 1}, "advanced": {"Geometry": 6, "Algebra 1": 4},
        "college": {"Geometry Advanced": 1}},
    10: {"regular": {"Geometry": 8, "Algebra 1": 2}, "advanced": {"Algebra 2": 1},
         "college": {"Algebra 2 Advanced": 1}},
    11: {"regular": {"Algebra 2": 4, "Financial Algebra": 1}, "advanced": {"Precalculus": 1},
         "college": {"Precalculus": 1, "AP Statistics": 1}},
    12: {"regular": {"Statistics": 2, "Financial Algebra": 2, "": 1},
         "advanced": {"Statistics": 2, "AP Statistics": 1, "": 1}, "college": {"AP Calculus": 1}},
}  # fmt: skip
_SCIENCE = {
    9: {"regular": {"Biology": 7, "Earth Science": 3}, "other": {"Biology Advanced": 3, "Biology": 1}},
    10: {"regular": {"Chemistry": 7, "Earth Science": 3}, "other": {"Chemistry Advanced": 3, "Chemistry": 1}},
    11: {"regular": {"Physics": 4, "Environmental Science": 4, "Anatomy": 2},
         "advanced": {"Physics": 3, "Anatomy": 1}, "college": {"AP Biology": 1, "AP Chemistry": 1}},
    12: {"regular": {"Environmental Science": 2, "Anatomy": 2, "": 4},
         "advanced": {"Anatomy": 2, "AP Biology": 1, "": 2}, "college": {"AP Physics": 2, "": 1}},
}  # fmt: skip
_SOCIAL = {
    9: {"regular": {"World Geography": 1}, "other": {"World Geography": 1}},
    10: {"regular": {"World History": 1}, "other": {"AP World History": 2, "World History": 1}},
    11: {"regular": {"US History": 1}, "other": {"AP US History": 2, "US History": 1}},
    12: {"regular": {"Government": 1}, "other": {"AP Government": 2, "Government": 1}},
}  # fmt: skip
_PHYSICAL = {
    9: {"regular": {"PE 9": 1}, "other": {"PE 9": 1}},
    10: {"regular": {"PE 10": 3, "": 1}, "other": {"PE 10": 1, "": 1}},
}
_SUBJECTS: tuple[Mapping[int, Mapping[str, Mapping[str, int]]], ...] = (
    _ENGLISH, _MATHEMATICS, _SCIENCE, _SOCIAL, _PHYSICAL,
)  # fmt: skip
_DEPARTMENTS = ("English", "Mathematics", "Science", "Social Studies", "Physical Education")
_SEATS = (30, 30, 28, 32, 36)
_INSTEAD = {
    "English 9 Advanced": "English 9", "English 10 Advanced": "English 10", "AP Language": "English 11",
    "AP Literature": "English 12", "Geometry Advanced": "Geometry", "Algebra 2 Advanced": "Algebra 2",
    "AP Calculus": "Statistics", "AP Statistics": "Statistics", "Precalculus": "Algebra 2",
    "Financial Algebra": "Algebra 2", "Biology Advanced": "Biology", "Chemistry Advanced": "Chemistry",
    "Earth Science": "Biology", "Physics": "Environmental Science", "Anatomy": "Environmental Science",
    "AP Biology": "Environmental Science", "AP Chemistry": "Environmental Science",
    "AP Physics": "Environmental Science", "AP World History": "World History",
    "AP US History": "US History", "AP Government": "Government",
}  # fmt: skip

# title of the ladder -> (weight, levels, seats)
_LANGUAGES = {
    "Spanish": (50, 4, 30), "French": (18, 4, 28), "Sign Language": (13, 3, 28),
    "German": (9, 3, 26), "Japanese": (6, 3, 26), "Mandarin": (5, 3, 26),
}  # fmt: skip
_ARTS = {
    "Art": (10, 3, 28), "Band": (7, 3, 36), "Ceramics": (6, 2, 26), "Choir": (6, 2, 36),
    "Theatre": (5, 3, 28), "Photography": (5, 2, 26), "Guitar": (4, 2, 28), "Dance": (4, 2, 30),
}  # fmt: skip
_CAREERS = {
    "Culinary": (10, 3, 24), "Engineering": (8, 3, 24), "Computing": (7, 3, 26), "Agriculture": (6, 3, 26),
    "Business": (6, 2, 28), "Automotive": (5, 2, 22), "Media": (5, 2, 26), "Childcare": (4, 2, 24),
}  # fmt: skip
_LADDERS = (("Languages", _LANGUAGES), ("Arts", _ARTS), ("Careers", _CAREERS))

# Most popular first; a larger school goes round again with a second and a third level.
_ELECTIVES = (
    ("Study Hall", "Social Studies"), ("Weight Training", "Physical Education"),
    ("Psychology", "Social Studies"), ("Creative Writing", "English"),
    ("Ceramics Studio", "Arts"), ("Forensics", "Science"),
    ("Team Sports", "Physical Education"), ("Film Studies", "English"), ("Marketing", "Careers"),
    ("Digital Art", "Arts"), ("Nutrition", "Careers"), ("Sociology", "Social Studies"),
    ("Robotics", "Careers"), ("Speech and Debate", "English"), ("Piano", "Arts"),
    ("Astronomy", "Science"), ("Leadership", "Social Studies"), ("Yoga", "Physical Education"),
    ("Personal Finance", "Mathematics"), ("Journalism", "English"), ("Woodwork", "Careers"),
    ("Marine Biology", "Science"), ("Criminology", "Social Studies"), ("Animation", "Arts"),
    ("Web Design", "Careers"), ("Mythology", "English"), ("Music Theory", "Arts"),
    ("Outdoor Education", "Physical Education"), ("Yearbook", "English"), ("Economics", "Social Studies"),
    ("Welding", "Careers"), ("Botany", "Science"), ("Data Science", "Mathematics"),
    ("World Religions", "Social Studies"), ("Fashion Design", "Careers"), ("Printmaking", "Arts"),
    ("Philosophy", "Social Studies"), ("Accounting", "Careers"), ("Poetry", "English"),
    ("Sculpture", "Arts"), ("Veterinary Science", "Careers"), ("Discrete Mathematics", "Mathematics"),
    ("Ethnic Studies", "Social Studies"), ("Electronics", "Careers"), ("Jazz Ensemble", "Arts"),
    ("Horticulture", "Careers"), ("Geology", "Science"), ("Lifetime Fitness", "Physical Education"),
)  # fmt: skip


def _span(grade: int, level: int) -> tuple[int, ...]:
    return tuple(one for one in GRADES if one >= grade + level - 1)


def build_catalogue(students: int, periods: int) -> dict[str, CatalogueCourse]:
    """Return the courses that a school of this size may offer, by title.

    Larger schools have more languages, arts, careers and electives. The two dedicated
    courses belong to the calendar of two days of four blocks, so only a school of eight
    periods has them.
    """
    courses: dict[str, CatalogueCourse] = {}

    def add(course: CatalogueCourse) -> None:
        courses[course.title] = course

    for subject, department, seats in zip(_SUBJECTS, _DEPARTMENTS, _SEATS, strict=True):
        asked: dict[str, dict[int, None]] = {}
        for grade, tracks in subject.items():
            for weights in tracks.values():
                for title in filter(None, weights):
                    asked.setdefault(title, {})[grade] = None
        for title, asking in asked.items():
            instead = _INSTEAD.get(title)
            add(CatalogueCourse(title, department, seats, tuple(asking), instead is None, instead))
    for position, (department, ladders) in enumerate(_LADDERS):
        smallest, largest = ((2, 6), (3, 8), (2, 8))[position]
        wanted = max(smallest, min(largest, students // 95))
        for name, (_, levels, seats) in list(ladders.items())[:wanted]:
            for level in range(1, levels + 1):
                add(CatalogueCourse(f"{name} {level}", department, seats, _span(9, level)))
    for title, grades in zip(SUPPORT, ((9, 10), (11, 12)), strict=True):
        add(CatalogueCourse(title, "Special Education", 12, grades, required=True))
    add(CatalogueCourse(SPORTS_MED, "Physical Education", 30, (10, 11, 12), required=True))
    if periods == 8:
        for title in DEDICATED:
            add(CatalogueCourse(title, "Special", 15, (11, 12), required=True))
    for rank in range(max(12, min(3 * len(_ELECTIVES), 8 + students // 28))):
        level, place = divmod(rank, len(_ELECTIVES))
        title, department = _ELECTIVES[place]
        lowest = 9 if rank < 6 else (9, 10, 11, 9, 10)[rank % 5]
        add(
            CatalogueCourse(
                f"{title} {level + 1}" if level else title,
                department,
                (28, 24, 30, 26, 22)[rank % 5],
                tuple(grade for grade in GRADES if grade >= lowest),
                popularity=600 // (4 + 2 * isqrt(rank + 1)),
            )
        )
    return courses


def renumbered(courses: Mapping[str, CatalogueCourse], kept: Collection[str]) -> dict[str, str]:
    """Return new titles for the kept levels of ladders, so that no ladder begins above level 1."""
    titles: dict[str, str] = {}
    for _, ladders in _LADDERS:
        for name, (_, levels, _) in ladders.items():
            left = [f"{name} {level}" for level in range(1, levels + 1) if f"{name} {level}" in kept]
            titles.update(zip(left, (f"{name} {level}" for level in range(1, levels + 1)), strict=False))
    return {old: new for old, new in titles.items() if new != old and new in courses}


def electives(courses: Mapping[str, CatalogueCourse], grade: int) -> dict[str, int]:
    """Return the popularity of each elective that students of a grade may ask for."""
    return {one.title: one.popularity for one in courses.values() if one.popularity and grade in one.grades}


def draw_core(draw: Draw, grade: int, track: str) -> list[str]:
    """Draw the required courses of one list: English, mathematics, science, social studies, PE."""
    titles = []
    for subject in _SUBJECTS:
        tracks = subject.get(grade)
        if tracks is not None:
            title = draw.weighted(tracks[track] if track in tracks else tracks["other"])
            if title:
                titles.append(title)
    return titles


def draw_ladders(draw: Draw, courses: Mapping[str, CatalogueCourse], grade: int, track: str) -> list[str]:
    """Draw a language, a career and an art, each at a level that fits the grade."""
    titles = []
    chances: Sequence[int] = (55, 45, 45) if track == "regular" else (85, 45, 40)
    for (_, ladders), percent in zip(_LADDERS, chances, strict=True):
        if draw.chance(percent):
            name = draw.weighted({key: one[0] for key, one in ladders.items() if f"{key} 1" in courses})
            late = (1 if draw.chance(40) else 0) + (1 if draw.chance(25) else 0)
            titles.append(f"{name} {max(1, min(ladders[name][1], grade - 8 - late))}")
    return titles
