"""Names and ids of a made-up university; nobody and nothing in it exists."""

from __future__ import annotations

from echelon_lib.generate.university.draws import Dice

_SUBJECTS = (
    *("Mathematics", "Physics", "Chemistry", "Biology", "Geology", "Astronomy", "Statistics", "Informatics"),
    *(
        "Mechanics",
        "Electronics",
        "Architecture",
        "Surveying",
        "Metallurgy",
        "Energy",
        "Transport",
        "Robotics",
    ),
    *("History", "Philosophy", "Linguistics", "Literature", "Archaeology", "Music", "Theatre", "Painting"),
    *("Economics", "Accounting", "Finance", "Marketing", "Management", "Law", "Politics", "Sociology"),
    *("Psychology", "Education", "Geography", "Anthropology", "Journalism", "Design", "Film", "Theology"),
    *("Medicine", "Nursing", "Pharmacy", "Dentistry", "Nutrition", "Sports", "Ecology", "Agriculture"),
    *("Forestry", "Oceanography", "Genetics", "Optics", "Acoustics", "Logistics", "Tourism", "Planning"),
)
_BRANCHES = (
    *("", "Applied", "Theoretical", "Experimental", "Computational", "Industrial", "Environmental"),
    *("Historical", "Comparative", "International", "Quantitative", "Modern", "Regional", "Social"),
    *("Technical", "Urban", "Visual", "General"),
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SYLLABLES = ("ba", "den", "kor", "lin", "ma", "no", "pel", "ri", "sa", "tor", "va", "zen", "lo", "mir", "tu")

LECTURE_ROOM = "Lecture room"
PROJECTOR_IN_ROOM = "Projector"
LABORATORIES = ("Chemistry lab", "Computer lab", "Electronics lab", "Language lab", "Physics lab")

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri")
FIRST_SLOT, SLOT_MINUTES = "08:00", 60
ACADEMIC_YEAR = "2026/27"


def department_names(count: int) -> list[tuple[str, str]]:
    """Return ids and names of departments: ``PHY`` and ``PHYA`` for Physics and Applied Physics."""
    codes: dict[str, str] = {}
    for subject in _SUBJECTS:
        # Where two subjects begin alike, the later one has its next letter.
        code = next(subject[:2] + last for last in subject[2:] if subject[:2] + last not in codes.values())
        codes[subject] = code
    return [
        (codes[subject].upper() + (_LETTERS[place - 1] if place else ""), f"{branch} {subject}".strip())
        for place, branch in enumerate(_BRANCHES)
        for subject in _SUBJECTS
    ][:count]


def letters(number: int) -> str:
    """Return ``A`` for 0, ``Z`` for 25, ``AA`` for 26 and so on."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[rest] + text
    return text


def person(dice: Dice) -> str:
    """Return the name of somebody who does not exist."""
    initial = _LETTERS[dice.below(len(_LETTERS))]
    surname = "".join(dice.some(_SYLLABLES, 2 + dice.below(2))).capitalize()
    return f"{initial}. {surname}"
