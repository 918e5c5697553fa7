"""Who teaches what the files leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_universities import course, enrolled, person, section, small, times, university

from echelon_lib import evaluate, preflight, solve
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.university_records import FacultyRecord, UniversityFiles
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.preflight import Finding, obstacles
from echelon_lib.rule_kinds import Priced
from echelon_lib.university import UniversityRules, load_university, university_of, university_problem
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


def lab_files(faculty: Sequence[FacultyRecord], *ids: str, **more: object) -> UniversityFiles:
    """A university with labs of two hours that have nobody yet; the course of ``X-1`` is X."""
    given_all: dict[str, object] = {
        "courses": [course(name, 0, 1) for name in dict.fromkeys(id.partition("-")[0] for id in ids)],
        "sections": [section(id, "Lab", None) for id in ids],
        "faculty": faculty,
        "faculty_times": [],
        "enrolments": [],
    }
    return small(**{**given_all, **more})  # type: ignore[arg-type]


def from_folder(files: UniversityFiles, folder: Path, rules: UniversityRules | None = None) -> Problem:
    write_university_files(files, folder)
    return load_university(folder, rules)


def found(problem: Problem, rule: str = "") -> list[Finding]:
    """The errors and warnings of preflight, or those of one rule."""
    return [one for one in preflight(problem) if one.severity != "info" and one.rule.startswith(rule)]


EVERY_OTHER_HOUR = [times("Ada", day, hour, hour, "away") for day in ("Mon", "Tue") for hour in (1, 3)]


def test_a_lab_goes_to_somebody_with_hours_in_a_row(tmp_path: Path) -> None:
    # Ada has the lighter load, and never two free hours in a row.
    faculty = [person("Ada", 8, "X"), person("Ben", 8, "X", "L")]
    files = lab_files(faculty, "X-1", faculty_times=EVERY_OTHER_HOUR)
    files = replace(
        files,
        courses=(*files.courses, course("L", 3)),
        sections=(*files.sections, section("L-1", faculty="Ben")),
        enrolments=(enrolled("batch", "X-1", "L-1"), enrolled("zoe", "X-1")),
    )
    problem = from_folder(files, tmp_path)
    assert university_of(problem).chosen == {"X-1": "Ben"}
    assert not [one for one in found(problem) if one.severity == "error"]
    result = solve(problem, stop=20, seed=1)
    assert result.best is not None
    assert evaluate(problem, result.best).feasible


def test_a_lab_for_which_nobody_has_hours_in_a_row_is_an_error() -> None:
    problem = university_problem(lab_files([person("Ada", 8, "X")], "X-1", faculty_times=EVERY_OTHER_HOUR))
    (error,) = found(problem, "faculty for every section")
    assert error.severity == "error"
    assert error.message.endswith("has the hours left, as many in a row as its sessions take.")


def test_labs_of_one_person_need_as_many_stretches_of_the_week() -> None:
    # Ada is there on both days for three hours: room for a lab each, though she has hours for three.
    away = [times("Ada", day, 3, 3, "away") for day in ("Mon", "Tue")]
    faculty = [person("Ada", 6, "X"), person("Ben", 2, "X")]
    chosen = chosen_faculty(lab_files(faculty, "X-1", "X-2", "X-3", faculty_times=away))
    assert Counter(chosen.values()) == {"Ada": 2, "Ben": 1}
    chosen = chosen_faculty(lab_files(faculty[:1], "X-1", "X-2", "X-3", faculty_times=away))
    assert len(chosen) == 2


def test_hours_that_are_not_required_give_way_where_nobody_is_found_otherwise() -> None:
    rules = UniversityRules().with_kind("faculty_availability", Priced(priced=5))
    files = lab_files([person("Ada", 8, "X")], "X-1", faculty_times=EVERY_OTHER_HOUR)
    problem = university_problem(files, rules)
    assert university_of(problem).chosen == {"X-1": "Ada"}
    assert not [one for one in found(problem) if one.severity == "error"]
    rules = UniversityRules().with_kind("faculty_hours", Priced(priced=5))
    problem = university_problem(lab_files([person("Ada", 2, "X")], "X-1", "X-2"), rules)
    assert university_of(problem).chosen == {"X-1": "Ada", "X-2": "Ada"}


def narrow(*faculty: FacultyRecord) -> Problem:
    """A batch in two lectures: Ben's is on Monday at nine, and Ada is there in that hour only."""
    away = [times(who, day, *rest, "away") for who in ("Ada", "Ben") for day, *rest in WITHOUT_MONDAY_NINE]
    return university_problem(
        small(
            courses=[course("A", 1), course("B", 1)],
            sections=[section("A-1", faculty=None), section("B-1", faculty="Ben")],
            faculty=[person("Ben", 8, "B"), *faculty],
            faculty_times=away,
            enrolments=[enrolled("batch", "A-1", "B-1")],
        )
    )


WITHOUT_MONDAY_NINE = (("Mon", 1, 3), ("Tue", 0, 3))


def test_what_another_choice_would_avoid_is_a_warning_that_names_who_could_be_named() -> None:
    problem = narrow(person("Ada", 4, "A"), person("Cy", 1, "A"), person("Dee", 0, "A"))
    assert university_of(problem).chosen == {"A-1": "Ada"}
    (warning,) = found(problem, "group clash")
    assert warning.severity == "warning"
    assert "Echelon chose Ada for A-1 where the files name nobody" in warning.message
    assert warning.suggestion == "name Cy for A-1 in the files?"
    assert obstacles(problem) == ()
    result = solve(problem, stop=5, seed=1)
    assert result.status != "infeasible"


def test_what_every_choice_meets_is_an_error() -> None:
    problem = narrow(person("Ada", 4, "A"), person("Dee", 0, "A"))
    (error,) = found(problem, "group clash")
    assert (error.severity, *obstacles(problem)) == ("error", error)
    named = replace(university_of(problem).files, sections=(section("A-1"), section("B-1", faculty="Ben")))
    assert found(university_problem(named), "group clash") == [error]


def test_somebody_is_found_however_many_sections_change_hands() -> None:
    # Everybody has time for one section and can take the next one's; only the last has time for two.
    last = 8
    names = [f"C{last - n}" for n in range(last + 1)]
    faculty = [person(f"P{n}", 2, name, *names[max(0, n - 1) : n]) for n, name in enumerate(names)]
    faculty[-1] = replace(faculty[-1], maximum=4)
    ids = [*(f"{name}-1" for name in names), f"{names[0]}-2"]
    chosen = chosen_faculty(open_sections(faculty, *ids))
    assert chosen.keys() == set(ids)
    assert Counter(chosen.values()) == {**dict.fromkeys((one.id for one in faculty), 1), faculty[-1].id: 2}
    problem = university_problem(open_sections(faculty, *ids, f"{names[0]}-3"))
    (error,) = found(problem, "faculty for every section")
    assert (error.severity, error.numbers) == ("error", {"sections": 1})


def test_who_is_not_found_is_a_warning_where_that_is_no_proof() -> None:
    # The first lab was given to Ada by her hours, which need not be kept: nothing is proven of the second.
    rules = UniversityRules().with_kind("faculty_hours", Priced(priced=5))
    away = [times("Ada", "Mon", 2, 3, "away"), times("Ada", "Tue", 0, 3, "away")]
    files = lab_files([person("Ada", 2, "X")], "X-1", "X-2", faculty_times=away)
    (said,) = found(university_problem(files, rules), "faculty for every section")
    assert (said.severity, said.numbers) == ("warning", {"sections": 1})
    assert "Echelon found nobody with the hours left" in said.message


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
