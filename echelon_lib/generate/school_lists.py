"""Request lists of a made-up high school: exactly as many different ones as were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from echelon_lib.generate.school_catalogue import (
    DEDICATED,
    GRADES,
    SPORTS_MED,
    SUPPORT,
    TRACKS,
    CatalogueCourse,
    Draw,
    draw_core,
    draw_ladders,
    electives,
    renumbered,
)

_GRADE_SHARES = (27, 26, 24, 23)
_PINNED = frozenset((SPORTS_MED, *SUPPORT, *DEDICATED))
_CORE, _LADDER, _ELECTIVE = 0, 1, 2


@dataclass(slots=True)
class RequestList:
    """One list of requests and how many students hand it in.

    Parameters
    ----------
    grade
        Grade of its students.
    support
        Whether all of its students are in special education and ask for Study Skills.
    size
        Number of students.
    titles
        Courses in order of priority.
    kinds
        For each course whether it is core (0), on a ladder (1) or an elective (2).
    alternates
        Primary course and the alternate that may stand in for it.
    """

    grade: int
    support: bool
    size: int
    titles: list[str]
    kinds: list[int]
    alternates: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The list as it stands in the preference file."""
        return ";".join(
            f"{title}|{self.alternates[title]}" if title in self.alternates else title
            for title in self.titles
        )

    def sort(self) -> None:
        """Put core courses first and electives last, and keep the order otherwise."""
        order = sorted(range(len(self.titles)), key=lambda place: self.kinds[place])
        self.titles = [self.titles[place] for place in order]
        self.kinds = [self.kinds[place] for place in order]


def draw_lists(
    draw: Draw,
    courses: Mapping[str, CatalogueCourse],
    *,
    students: int,
    lists: int,
    periods: int,
    sped_students: int,
    alternates: float,
) -> list[RequestList]:
    """Draw ``lists`` different request lists that ``students`` students hand in between them.

    Courses that too few ask for are not offered; their students fall back to the ordinary
    course of the subject, or to an elective.

    Raises
    ------
    ValueError
        So many different lists cannot be made from the courses that a school of this size offers.
    """
    drawn = [
        _draw_list(draw, courses, grade, support, size, periods)
        for grade, support, sizes in _cells(draw, students, lists, sped_students)
        for size in sizes
    ]
    for title in DEDICATED:
        if title in courses and students >= 120:
            _plant(draw, drawn, courses[title], wanted=24, most=28)
    _plant(draw, drawn, courses[SPORTS_MED], wanted=min(120, students // 4), most=min(130, students // 3 + 3))
    fewest = max(2, min(10, students // 12))
    _cancel_small(draw, drawn, courses, fewest)
    for one in drawn:
        one.sort()
    _make_different(draw, drawn, courses, fewest, periods)
    _add_alternates(draw, drawn, courses, round(alternates * lists))
    return drawn


def demand(drawn: Sequence[RequestList]) -> Counter[str]:
    """Return how many students ask for each course as a primary."""
    asked: Counter[str] = Counter()
    for one in drawn:
        for title in one.titles:
            asked[title] += one.size
    return asked


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number in proportion to weights; the largest remainders are rounded up."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _cells(
    draw: Draw, students: int, lists: int, sped_students: int
) -> Iterator[tuple[int, bool, Sequence[int]]]:
    """Yield grade, support and the sizes of the lists, so that lists and students come out exactly."""
    support = sped_students * 3 // 5 if lists >= 8 else 0
    if support < len(GRADES):
        support = 0
    heads = [
        part
        for total, yes in ((students - support, False), (support, True))
        if total
        for part in shares(total, _GRADE_SHARES)
    ]
    spare = shares(lists - len(heads), [head - 1 for head in heads])
    for place, (head, more) in enumerate(zip(heads, spare, strict=True)):
        count = 1 + more
        # A few lists are handed in often and many seldom, as where counsellors offer packages.
        popular = [12 + 60 // (rank + 1) + draw.below(20) for rank in range(count)]
        extra = shares(head - count, popular)
        yield GRADES[place % len(GRADES)], place >= len(GRADES), [1 + size for size in extra]


def _draw_list(
    draw: Draw, courses: Mapping[str, CatalogueCourse], grade: int, support: bool, size: int, periods: int
) -> RequestList:
    track = "regular" if support else draw.weighted(TRACKS)
    core = draw_core(draw, grade, track)
    if support:
        core.insert(2, SUPPORT[grade >= 11])
    length = periods - 2 + int(draw.weighted({"0": 12, "1": 68, "2": 20}))
    titles = core[:length]
    kinds = [_CORE] * len(titles)
    for title in draw_ladders(draw, courses, grade, track):
        if len(titles) < length and title not in titles:
            titles.append(title)
            kinds.append(_LADDER)
    pool = electives(courses, grade)
    while len(titles) < length:
        title = draw.weighted(pool)
        del pool[title]
        titles.append(title)
        kinds.append(_ELECTIVE)
    return RequestList(grade, support, size, titles, kinds)


def _plant(
    draw: Draw, drawn: Sequence[RequestList], course: CatalogueCourse, *, wanted: int, most: int
) -> None:
    """Put a course in place of the last elective of some lists until enough students ask for it."""
    order = list(range(len(drawn)))
    draw.shuffle(order)
    asked = 0
    for place in order:
        one = drawn[place]
        last = len(one.titles) - 1
        free = one.kinds[last] != _CORE and one.titles[last] not in _PINNED
        may = not one.support and one.grade in course.grades
        if free and may and asked < wanted and asked + one.size <= most:
            one.titles[last], one.kinds[last] = course.title, _LADDER
            asked += one.size


def _cancel_small(
    draw: Draw, drawn: Sequence[RequestList], courses: Mapping[str, CatalogueCourse], fewest: int
) -> None:
    asked = demand(drawn)
    open_electives = {title for title in asked if courses[title].popularity and asked[title] >= fewest}
    by_popularity = sorted(
        (one for one in courses.values() if one.popularity and one.title in asked),
        key=lambda one: (-asked[one.title], one.title),
    )
    # Each grade keeps a handful of electives, so that lists can be completed in the smallest school.
    for grade in GRADES:
        open_electives.update(one.title for one in [one for one in by_popularity if grade in one.grades][:8])
    kept = {title for title in asked if courses[title].required or asked[title] >= fewest} | open_electives
    titles = renumbered(courses, kept)
    for one in drawn:
        for place, title in enumerate(one.titles):
            if title in kept:
                one.titles[place] = titles.get(title, title)
                continue
            instead = courses[title].instead
            while instead is not None and instead not in kept:
                instead = courses[instead].instead
            if instead is not None and instead not in one.titles:
                one.titles[place] = instead
                continue
            free = {key: n for key, n in electives(courses, one.grade).items() if key not in one.titles}
            pool = {key: weight for key, weight in free.items() if key in open_electives}
            one.titles[place], one.kinds[place] = draw.weighted(pool or free), _ELECTIVE


def _make_different(
    draw: Draw,
    drawn: Sequence[RequestList],
    courses: Mapping[str, CatalogueCourse],
    fewest: int,
    periods: int,
) -> None:
    """Change an elective of every list whose set of courses another list already has."""
    asked = demand(drawn)
    seen: set[frozenset[str]] = set()
    for one in drawn:
        if frozenset(one.titles) in seen:
            _change_one(draw, one, courses, asked, seen, fewest, periods)
        seen.add(frozenset(one.titles))


def _change_one(
    draw: Draw,
    one: RequestList,
    courses: Mapping[str, CatalogueCourse],
    asked: Counter[str],
    seen: set[frozenset[str]],
    fewest: int,
    periods: int,
) -> None:
    def order_of_loss(place: int) -> tuple[int, bool, int]:
        # Electives go first, then ladders; a course that would become too small goes last of its kind.
        title = one.titles[place]
        return -one.kinds[place], asked[title] - one.size < fewest, -asked[title]

    places = sorted(
        (place for place, title in enumerate(one.titles) if title not in _PINNED), key=order_of_loss
    )
    lost: list[str | None] = [one.titles[place] for place in places if one.kinds[place] != _CORE]
    if len(one.titles) < periods:
        lost.append(None)
    # A required course goes only when nothing else is left to change; English is the last of them.
    lost += [one.titles[place] for place in sorted(places, reverse=True) if one.kinds[place] == _CORE]
    free = [title for title in electives(courses, one.grade) if title not in one.titles]
    order = list(range(len(free)))
    draw.shuffle(order)
    order.sort(key=lambda number: asked[free[number]] < fewest)
    for title in lost:
        for number in order:
            gained = free[number]
            if frozenset(one.titles) - {title} | {gained} in seen:
                continue
            if title is None:
                one.titles.append(gained)
                one.kinds.append(_ELECTIVE)
            else:
                place = one.titles.index(title)
                one.titles[place], one.kinds[place] = gained, _ELECTIVE
                asked[title] -= one.size
            asked[gained] += one.size
            one.sort()
            return
    raise ValueError("The courses of so small a school do not make so many different request lists.")


def _add_alternates(
    draw: Draw, drawn: Sequence[RequestList], courses: Mapping[str, CatalogueCourse], wanted: int
) -> None:
    """Name an alternate of the same department in some lists."""
    asked = demand(drawn)
    order = list(range(len(drawn)))
    draw.shuffle(order)
    for place in order:
        if wanted <= 0:
            return
        one = drawn[place]
        for position in range(len(one.titles) - 1, -1, -1):
            title = one.titles[position]
            if one.kinds[position] == _CORE or title in _PINNED:
                continue
            pool = {
                other.title: 1
                for other in courses.values()
                if other.department == courses[title].department
                and asked[other.title] > 0
                and one.grade in other.grades
                and other.title not in one.titles
                and other.title not in _PINNED
                and other.instead is None
                and not other.required
            }
            if pool:
                one.alternates[title] = draw.weighted(pool)
                wanted -= 1
                break
