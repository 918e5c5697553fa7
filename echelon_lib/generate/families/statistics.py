"""The figures by which schools of individual requests are compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Set
from itertools import combinations

from echelon_lib.formats.school_records import (
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
)
from echelon_lib.generate.families.sections import SPED_LIMIT
from echelon_lib.generate.school import SchoolTables


def school_statistics(school: SchoolTables) -> dict[str, int | float]:
    """Return how hard a school is, from its files alone.

    Shares are fractions of one. Two lists are the same if they name the same courses, whatever their order;
    only primaries count. ``conflict_density`` is the share of pairs of courses that have a student in common,
    ``shortage`` counts the requests beyond the seats of their courses, seats in special education included.
    """
    sped = [text == "Yes" for text in school.column(STUDENTS, "SPED")]
    written = [text.split(";") for text in school.column(PREFERENCES, "Preferred Sections")]
    lists = [frozenset(wish.split("|")[0] for wish in wishes) for wishes in written]
    seats: dict[str, list[int]] = defaultdict(list)
    for title, text in zip(
        school.column(SECTIONS, "Course ID"), school.column(SECTIONS, "# of Seats Available"), strict=True
    ):
        seats[title].append(int(text))
    asked = Counter(title for wishes in lists for title in wishes)
    asked_sped = Counter(title for wishes, flag in zip(lists, sped, strict=True) if flag for title in wishes)
    singletons = {title for title, own in seats.items() if len(own) == 1}
    doubletons = sum(len(own) == 2 for own in seats.values())
    on_singletons = [len(wishes & singletons) for wishes in lists]
    pairs = {pair for wishes in lists for pair in combinations(sorted(wishes), 2)}
    students, courses, requests = len(lists), len(seats), asked.total()
    periods = len(school.tables[PERIODS][1])
    total = sum(map(sum, seats.values()))
    return {
        "students": students,
        "courses": courses,
        "sections": sum(map(len, seats.values())),
        "teachers": len(school.tables[TEACHERS][1]),
        "teachers_with_unavailable_periods": len(school.tables[UNAVAILABILITY][1]),
        "periods": periods,
        "requests": requests,
        "requests_with_alternates": sum("|" in wish for wishes in written for wish in wishes),
        "requests_per_student": round(requests / students, 3),
        "students_who_want_every_period": sum(len(wishes) == periods for wishes in lists),
        "distinct_lists": len(set(lists)),
        "distinct_share": round(len(set(lists)) / students, 3),
        "singletons": len(singletons),
        "singleton_share": round(len(singletons) / courses, 3),
        "doubletons": doubletons,
        "doubleton_share": round(doubletons / courses, 3),
        "conflict_density": _density(pairs, asked.keys()),
        "singleton_conflict_density": _density(pairs, singletons),
        "requests_on_singletons": round(sum(on_singletons) / requests, 3),
        "students_with_2_singletons": sum(count >= 2 for count in on_singletons),
        "seats": total,
        "seats_per_request": round(total / requests, 3),
        "shortage": _shortage(asked, asked_sped, seats),
        "sped_students": sum(sped),
        "sped_share": round(sum(sped) / students, 3),
    }


def _density(pairs: Set[tuple[str, str]], courses: Set[str]) -> float:
    """Return the share of the pairs of some courses that are among the pairs."""
    possible = len(courses) * (len(courses) - 1) // 2
    return round(sum(one in courses and other in courses for one, other in pairs) / max(1, possible), 3)


def _shortage(asked: Mapping[str, int], sped: Mapping[str, int], seats: Mapping[str, list[int]]) -> int:
    return sum(
        max(
            count - sum(seats.get(title, ())),
            sped.get(title, 0) - sum(min(n, SPED_LIMIT) for n in seats.get(title, ())),
            0,
        )
        for title, count in asked.items()
    )
