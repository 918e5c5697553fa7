"""Courses by enrolment and by the students they share: small universities whose answer is plain."""

from __future__ import annotations

import sys

import pytest
from tiny_universities import course, enrolled, section, small, student, university

from echelon_lib.analysis.clusters import Clusters, clusters
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.university_records import ProgrammeRecord
from echelon_lib.university import load_university

COURSES = ("A1", "A2", "B1", "B2", "X", "Z")
DEPARTMENTS = {"A1": "MAT", "A2": "MAT", "B1": "BIO", "B2": "BIO", "X": "MAT", "Z": "BIO"}


def two_faculties(**more: object) -> Problem:
    """Mathematicians take A1 and A2, biologists B1 and B2; X is for both and Z for nobody.

    MAT students are 20 in a batch and one alone, BIO students 10 in a batch; the one alone takes X as well.
    """
    enrolments = {
        "m": ("A1-1", "A2-1"),
        "alone": ("A1-1", "A2-1", "X-1"),
        "b": ("B1-1", "B2-1", "X-1"),
    }
    changes = {"enrolments": [enrolled(who, *sections) for who, sections in enrolments.items()], **more}
    return university(
        courses=[course(id, 2, department=DEPARTMENTS[id], kind="core") for id in COURSES],
        sections=[section(f"{id}-1", faculty="Cy") for id in COURSES],
        programmes=[
            ProgrammeRecord(id="BSC", department="MAT", row=2),
            ProgrammeRecord(id="BBI", department="BIO", row=3),
        ],
        students=[student("m", 20), student("alone"), student("b", 10, "BBI")],
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def found() -> Clusters:
    return clusters(two_faculties())


def test_courses_are_sorted_by_who_attends_them(found: Clusters) -> None:
    kinds = found.courses.set_index("Course")["Kind"].to_dict()
    assert kinds == {
        "A1": "Core",
        "A2": "Core",
        "B1": "Core",
        "B2": "Core",
        "X": "Department elective",
        "Z": "Not attended",
    }
    assert set(found.courses["Said"]) == {"Core"}, "what the files say is shown beside, and decides nothing"
    shares = found.kinds.set_index("Kind")
    assert shares["Courses"].to_dict() == {"Core": 4, "Department elective": 1, "Not attended": 1}
    assert shares["Seats taken"].to_dict() == {"Core": 62, "Department elective": 11, "Not attended": 0}
    assert shares["Share of courses"].sum() == pytest.approx(1)
    assert shares.loc["Core", "Share of seats"] == pytest.approx(62 / 73)


def test_a_third_department_makes_an_open_elective() -> None:
    files = small()
    problem = university(
        courses=[course("X", 1, department="CHE")],
        sections=[section("X-1", faculty="Cy")],
        programmes=[*files.programmes, ProgrammeRecord(id="BBI", department="BIO", row=3)],
        students=[student("one"), student("other", 1, "BBI")],
        enrolments=[enrolled("one", "X-1"), enrolled("other", "X-1")],
    )
    table = clusters(problem).courses
    assert list(table["Kind"]) == ["Open elective"]
    assert list(table["Departments"]) == [3]


def test_clusters_are_the_courses_that_share_students(found: Clusters) -> None:
    members = {cluster: set(rows["Course"]) for cluster, rows in found.courses.groupby("Cluster")}
    assert members == {1: {"B1", "B2", "X"}, 2: {"A1", "A2"}}
    table = found.clusters.set_index("Cluster")
    assert table["Courses"].to_dict() == {1: 3, 2: 2}
    assert table["Sessions"].to_dict() == {1: 6, 2: 4}
    assert table["Students"].to_dict() == {1: 11, 2: 21}, "each of them once"
    assert table["Departments"].to_dict() == {1: 2, 2: 1}
    assert table["Mostly"].to_dict() == {1: "BIO", 2: "MAT"}
    assert found.matrix.loc["MAT"].to_dict() == {1: 1, 2: 2}
    assert found.matrix.loc["BIO"].to_dict() == {1: 2, 2: 0}


def test_what_a_split_would_cut(found: Clusters) -> None:
    # A1-A2 share 21 students, B1-B2-X three times 10, and the one alone ties X to A1 and A2.
    assert (found.found.weight, found.found.cut, found.found.pairs) == (53, 2, 6)
    inside = [(30, 62), (21, 44)]
    modularity = sum(within / 53 - (degree / 106) ** 2 for within, degree in inside)
    assert found.found.modularity == pytest.approx(modularity)
    assert found.sentence == (
        "2 clusters of courses cut 3.8% of what ties courses together: 53 students, added up over all pairs "
        f"of courses that share them (modularity {modularity:.3f})."
    )


def test_a_higher_resolution_makes_more_clusters() -> None:
    assert len(clusters(two_faculties(), resolution=10).found.courses) == 5
    assert len(clusters(two_faculties(), resolution=0.01).found.courses) == 1
    with pytest.raises(ValueError, match=r"0 is no resolution.\n  Maybe 1.0 was meant\?"):
        clusters(two_faculties(), resolution=0)


def test_where_nobody_attends_two_courses_nothing_is_cut() -> None:
    found = clusters(two_faculties(enrolments=[enrolled("m", "A1-1")]))
    assert (found.found.weight, found.found.cut_share, found.found.modularity) == (0, None, None)
    assert found.sentence == "No student attends two courses, so that any split of the courses would do."
    assert len(found.clusters) == 1
    nobody = clusters(two_faculties(enrolments=[]))
    assert list(nobody.clusters.columns) == list(found.clusters.columns)
    assert (len(nobody.clusters), nobody.matrix.empty) == (0, True)
    assert set(nobody.kinds["Kind"]) == {"Not attended"}


def test_a_college_adds_up_and_the_seed_repeats_it(planted_college: object) -> None:
    problem = load_university(str(planted_college))
    found, again = clusters(problem, seed=4), clusters(problem, seed=4)
    assert found.found == again.found
    assert found.courses.equals(again.courses)
    assert int(found.courses["Sessions"].sum()) == len(problem.meetings)
    seats = sum(section.headcount for section in problem.sections.values())
    assert int(found.kinds["Seats taken"].sum()) == seats
    assert found.clusters["Courses"].sum() == found.matrix.to_numpy().sum()
    assert found.clusters["Courses"].is_monotonic_decreasing
    # The generator sends students of several schools into its open electives.
    said = found.courses[found.courses["Said"] == "Open elective"]
    assert (said["Kind"] == "Open elective").mean() > 0.8


def test_without_networkx_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(EchelonError, match=r"networkx is not installed.*\n  Maybe: pip install 'networkx>="):
        clusters(two_faculties())
