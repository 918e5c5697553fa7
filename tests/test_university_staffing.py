"""Who teaches what the files leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_universities import course, enrolled, person, section, small, times, university

from echelon_lib import evaluate, preflight
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.university_records import FacultyRecord, UniversityFiles
from echelon_lib.university import UniversityRules, university_of
from echelon_lib.university_staffing import chosen_faculty, with_faculty

NOBODY: dict[str, str] = {}


def open_sections(
    faculty: Sequence[FacultyRecord], *ids: str, hours: int = 2, **more: object
) -> UniversityFiles:
    """A university whose sections have nobody yet; the course of ``A-1`` is A, of so many hours a week."""
    names = dict.fromkeys(id.partition("-")[0] for id in ids)
    return small(
        courses=[course(name, hours) for name in names],
        sections=[section(id, faculty=None) for id in ids],
        faculty=faculty,
        faculty_times=more.pop("faculty_times", ()),
        enrolments=[],
        **more,  # type: ignore[arg-type]
    )


def test_the_qualified_are_chosen_and_nobody_else() -> None:
    files = open_sections([person("Ada", 8, "A"), person("Ben", 8, "B")], "A-1", "B-1", "B-2")
    assert chosen_faculty(files) == {"A-1": "Ada", "B-1": "Ben", "B-2": "Ben"}


def test_who_is_named_by_the_files_stays() -> None:
    files = small()
    assert chosen_faculty(files) == NOBODY
    assert with_faculty(files) is files


def test_nobody_has_more_hours_than_the_files_allow() -> None:
    faculty = [person("Ada", 4, "A"), person("Ben", 2, "A")]
    assert Counter(chosen_faculty(open_sections(faculty, "A-1", "A-2", "A-3")).values()) == {
        "Ada": 2,
        "Ben": 1,
    }
    chosen = chosen_faculty(open_sections(faculty, "A-1", "A-2", "A-3", "A-4"))
    assert len(chosen) == 3  # the fourth stays open


def test_hours_of_sections_that_are_given_count() -> None:
    files = open_sections([person("Ada", 4, "A"), person("Ben", 4, "A")], "A-1", "A-2")
    given_one = small(
        courses=files.courses,
        sections=[*files.sections, section("A-3", faculty="Ada"), section("A-4", faculty="Ada")],
        faculty=files.faculty,
        enrolments=[],
    )
    assert chosen_faculty(given_one) == {"A-1": "Ben", "A-2": "Ben"}


def test_nobody_teaches_more_than_they_are_there() -> None:
    faculty = [person("Ada", 8, "A"), person("Ben", 8, "A")]
    away = [times("Ada", "Mon", 0, 3, "away"), times("Ada", "Tue", 0, 1, "away")]
    chosen = chosen_faculty(open_sections(faculty, "A-1", "A-2", "A-3", faculty_times=away))
    assert Counter(chosen.values()) == {"Ben": 2, "Ada": 1}


def test_loads_are_even() -> None:
    faculty = [person(name, 16, "A", "B") for name in ("Ada", "Ben", "Cy")]
    ids = [f"{course}-{number}" for course in "AB" for number in range(6)]
    assert set(Counter(chosen_faculty(open_sections(faculty, *ids)).values()).values()) == {4}


def test_sections_are_handed_on_to_make_room() -> None:
    # Ada alone can give B, whose section comes last; she had to have given her other sections to others.
    faculty = [person("Ada", 4, "A", "B"), person("Ben", 2, "A", "C"), person("Cy", 4, "C")]
    chosen = chosen_faculty(open_sections(faculty, "A-1", "A-2", "B-1", "C-1", "C-2"))
    assert len(chosen) == 5
    assert chosen["B-1"] == "Ada"


def test_sections_of_the_other_semester_need_nobody() -> None:
    files = small(sections=[section("ART-1", faculty=None), section("ALG-1", faculty=None)], enrolments=[])
    assert set(chosen_faculty(files)) == {"ALG-1"}


def test_the_choice_reaches_the_problem_and_is_listed() -> None:
    problem = university(
        sections=[
            section("ALG-1", faculty=None),
            section("GEN-1", faculty="Ben"),
            section("GEN-1L", "Lab", None),
        ],
        enrolments=[enrolled("zoe", "ALG-1")],
    )
    assert problem.sections["ALG-1"].attendees == ("Ada", "zoe")
    assert problem.sections["GEN-1L"].attendees == ("Ben",)
    assert university_of(problem).chosen == {"ALG-1": "Ada", "GEN-1L": "Ben"}
    assert [row.faculty for row in university_of(problem).files.sections] == [None, "Ben", None]
    (said,) = [one.message for one in preflight(problem) if "chosen" in one.message]
    assert said == "faculty chosen for 2 sections without any: Ada for ALG-1, Ben for GEN-1L"


def test_what_nobody_can_take_is_an_error_as_long_as_it_is_required() -> None:
    alone = {"sections": [section("ALG-1", faculty=None)], "faculty": [person("Ben", 8, "GEN")]}
    alone |= {"enrolments": [], "faculty_times": []}
    problem = university(**alone)  # type: ignore[arg-type]
    (error,) = [finding for finding in preflight(problem) if finding.severity == "error"]
    assert error.rule == "faculty for every section"
    assert error.message == (
        "1 section of ALG (ALG-1) has nobody to teach: the files name nobody, and nobody who is qualified "
        "has the hours left."
    )
    assert evaluate(problem, Timetable()).required["faculty for every section"] == 1
    relaxed = university(UniversityRules().with_kind("faculty_for_every_section", "off"), **alone)  # type: ignore[arg-type]
    assert not [finding for finding in preflight(relaxed) if finding.severity == "error"]
    assert "faculty for every section" not in evaluate(relaxed, Timetable()).required


people = st.lists(st.tuples(st.integers(0, 8), st.sets(st.sampled_from("ABC"))), min_size=1, max_size=5)


@settings(max_examples=200)
@given(people, st.lists(st.sampled_from("ABC"), min_size=1, max_size=8))
def test_a_choice_keeps_every_rule_and_is_always_the_same(
    who: list[tuple[int, set[str]]], wanted: list[str]
) -> None:
    faculty = [person(f"P{n}", most, *sorted(able)) for n, (most, able) in enumerate(who)]
    files = open_sections(faculty, *(f"{name}-{number}" for number, name in enumerate(wanted)))
    chosen = chosen_faculty(files)
    assert chosen == chosen_faculty(files)
    load = Counter[str]()
    for id, name in chosen.items():
        assert id.partition("-")[0] in who[int(name[1:])][1]
        load[name] += 2
    assert all(load[one.id] <= one.maximum for one in faculty)
    for id in {f"{name}-{number}" for number, name in enumerate(wanted)} - chosen.keys():
        free = [
            one for one in faculty if id.partition("-")[0] in one.courses and load[one.id] + 2 <= one.maximum
        ]
        assert not free
