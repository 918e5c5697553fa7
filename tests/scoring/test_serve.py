"""Which course serves which request: primaries first, then alternates, at least cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.domain.offerings import Request
from echelon_lib.scoring.evaluate import serve

SERVED: dict[str, tuple[list[tuple[Any, ...]], list[str], set[str], list[tuple[str | None, int]]]] = {
    "the primary": ([("Art", "Band")], [], {"Art"}, [("Art", 0)]),
    "nothing": ([("Art", "Band")], [], set(), [(None, 50)]),
    "the first alternate": ([("Art", "Band", "Zoo")], [], {"Band"}, [("Band", 5)]),
    "the second alternate": ([("Art", "Band", "Zoo")], [], {"Zoo"}, [("Zoo", 10)]),
    "rounded down": ([("Art", "Band", 19)], [], {"Band"}, [("Band", 1)]),
    "the primary rather than an alternate": ([("Art", "Band")], [], {"Art", "Band"}, [("Art", 0)]),
    "a primary is nobody's alternate": (
        [("Art", "Band", 90), ("Band", 10)],
        [],
        {"Band"},
        [(None, 90), ("Band", 0)],
    ),
    "each course once": ([("Art", "Zoo"), ("Band", "Zoo")], [], {"Zoo"}, [("Zoo", 5), (None, 50)]),
    "where it saves most": ([("Art", "Zoo", 40), ("Band", "Zoo", 90)], [], {"Zoo"}, [(None, 40), ("Zoo", 9)]),
    "the cheapest matching": (
        [("Art", "Zoo", "Yoga"), ("Band", "Zoo")],
        [],
        {"Yoga", "Zoo"},
        [("Yoga", 10), ("Zoo", 5)],
    ),
    "a course asked for twice": ([("Art",), ("Art",)], [], {"Art"}, [("Art", 0), (None, 50)]),
    "a pooled alternate": ([("Art",)], ["Zoo"], {"Zoo"}, [("Zoo", 5)]),
    "pooled comes after attached": ([("Art", "Band")], ["Zoo"], {"Zoo"}, [("Zoo", 10)]),
    "attached though pooled too": ([("Art", "Zoo")], ["Zoo"], {"Zoo"}, [("Zoo", 5)]),
    "pooled for no core request": ([("Art", "core")], ["Zoo"], {"Zoo"}, [(None, 50)]),
    "attached for a core request": ([("Art", "Zoo", "core")], [], {"Zoo"}, [("Zoo", 5)]),
    "pooled serves the elective": (
        [("Art", 90, "core"), ("Band", 10)],
        ["Zoo"],
        {"Zoo"},
        [(None, 90), ("Zoo", 1)],
    ),
    "pooled serves once": ([("Art",), ("Band",)], ["Zoo"], {"Zoo"}, [("Zoo", 5), (None, 50)]),
    "a request without weight": ([("Art", "Zoo", 0)], [], {"Zoo"}, [("Zoo", 0)]),
    "an alternate as dear as none": (
        [("Art", *(f"c{k}" for k in range(12)))],
        [],
        {"c11"},
        [("c11", 50)],
    ),
}


def requests_of(words: list[tuple[Any, ...]]) -> list[Request]:
    return [
        Request(
            f"q{k}",
            "ann",
            tuple(w for w in line if isinstance(w, str) and w != "core"),
            weight=next((w for w in line if isinstance(w, int)), 50),
            core="core" in line,
        )
        for k, line in enumerate(words)
    ]


@pytest.mark.parametrize(("words", "pooled", "taken", "expected"), SERVED.values(), ids=SERVED)
def test_which_course_serves_which_request(
    words: list[tuple[Any, ...]], pooled: list[str], taken: set[str], expected: list[tuple[str | None, int]]
) -> None:
    result = serve(requests_of(words), pooled, taken)
    assert [(one.course, one.cost) for one in result] == expected


courses = st.sampled_from("ABCDEF")
requests = st.builds(
    Request,
    st.just("q"),
    st.just("ann"),
    st.lists(courses, min_size=1, max_size=4).map(tuple),
    weight=st.sampled_from([0, 1, 9, 10, 50, 100]),
    core=st.booleans(),
)


def assignments(wanted: Sequence[Request], pooled: list[str], taken: set[str]) -> Iterator[list[int | None]]:
    """Yield the ranks of every way to give the courses that are no primary to the requests that are open."""
    primaries = {request.primary for request in wanted}
    first = {request.primary: k for k, request in reversed(list(enumerate(wanted)))}
    fixed = [request.primary in taken and first[request.primary] == k for k, request in enumerate(wanted)]
    spare: list[str | None] = [*(taken - primaries), *([None] * len(wanted))]
    for given_out in set(permutations(spare, len(wanted))):
        ranks: list[int | None] = []
        for request, course, met in zip(wanted, given_out, fixed, strict=True):
            listed = [*request.courses, *([] if request.core else pooled)]
            if met or course is None:
                ranks.append(0 if met else None)
            elif course in listed:
                ranks.append(min(listed.index(course), len(request.courses)))
            else:
                break
        else:
            yield ranks


@given(
    st.lists(requests, max_size=3), st.lists(courses, max_size=3, unique=True), st.sets(courses, max_size=4)
)
def test_requests_are_served_at_the_least_cost(
    wanted: list[Request], pooled: list[str], taken: set[str]
) -> None:
    result = serve(wanted, pooled, taken)
    ways = [
        (sum(map(Request.cost, wanted, ranks)), ranks.count(None))
        for ranks in assignments(wanted, pooled, taken)
    ]
    assert (sum(one.cost for one in result), sum(one.rank is None for one in result)) == min(ways)
    given_out = [one.course for one in result if one.course is not None]
    assert len(given_out) == len(set(given_out))
    assert set(given_out) <= taken


def test_a_student_enrolled_in_everything_is_served_at_once() -> None:
    wanted = [Request(f"q{k}", "ann", (f"p{k}",), weight=k) for k in range(30)]
    pool = [f"c{k:02}" for k in range(60)]
    assert all(one.rank == 1 for one in serve(wanted, pool, set(pool)))
