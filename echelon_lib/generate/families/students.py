"""Students of a made-up school, each with a request list of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from echelon_lib.generate.families.courses import (
    COLLEGE,
    LANGUAGE_SUPPORT,
    LANGUAGES,
    RESTRICTED,
    Offer,
    OfferedCourse,
)
from echelon_lib.generate.families.presets import Choice, Family
from echelon_lib.generate.families.urn import Urn
from echelon_lib.generate.school_catalogue import GRADES, SUPPORT, TRACKS, Draw, draw_core

CORE, CHOSEN, ELECTIVE = 0, 1, 2
"""Ranks of requests: required, of a ladder or programme, and what fills the list."""
NO_PROGRAMME = "General"
_GRADES = {"9": 27, "10": 26, "11": 24, "12": 23}
_CAREFUL = {"regular": 80, "advanced": 16, "college": 4}
_ACADEMIC, _PRACTICAL = {"regular": 25, "advanced": 45, "college": 30}, {"regular": 75, "advanced": 25}
_FAVOURITES = 4
_NOT_IN_SHORT_DAYS: Mapping[int, tuple[str, ...]] = {6: ("World Geography", "PE 10"), 7: ("PE 10",)}
"""Courses that are not required where the day would have hardly any other."""
_ALWAYS = ("English", "Mathematics")
"""Departments whose required courses nobody does without."""
_TRIES = 12


@dataclass(slots=True)
class Pupil:
    """A student and what he or she asks for, the most important first.

    Parameters
    ----------
    grade, track, sped, ell, programme
        Who it is.
    length
        How many courses the student wants.
    titles, ranks
        The courses, and for each whether it is required (0), chosen (1) or an elective (2).
    instead
        The alternate of a course, where one is named.
    """

    grade: int
    track: str
    sped: bool
    ell: bool
    programme: str
    length: int
    titles: list[str] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)

    @property
    def wishes(self) -> list[str]:
        """The requests as they are written, ``Art|Band`` where there is an alternate."""
        return [f"{one}|{self.instead[one]}" if one in self.instead else one for one in self.titles]

    def ask(self, title: str, rank: int) -> None:
        """Ask for a course as well, if there is room and it is not asked for already."""
        if title not in self.titles and len(self.titles) < self.length:
            self.titles.append(title)
            self.ranks.append(rank)

    def swap(self, place: int, title: str, rank: int) -> None:
        """Ask for another course in place of one."""
        self.titles[place], self.ranks[place] = title, rank

    def sort(self) -> None:
        """Put required courses first and electives last, and keep the order otherwise."""
        order = sorted(range(len(self.titles)), key=self.ranks.__getitem__)
        self.titles = [self.titles[place] for place in order]
        self.ranks = [self.ranks[place] for place in order]


def draw_pupils(
    draw: Draw, family: Family, choice: Choice, offer: Offer, *, students: int, periods: int
) -> list[Pupil]:
    """Draw students and their lists, every course of which at least a handful of students asks for.

    Nearly all lists are different sets of courses.
    """
    urns = {grade: elective_urn(offer.courses.values(), grade) for grade in GRADES}
    # Academies plan for as many periods as their family has.
    as_planned = family.academies and periods == family.periods
    not_required = () if as_planned else _NOT_IN_SHORT_DAYS.get(periods, ())
    wishes = _Wishes(draw, choice, offer, urns, not_required)
    pupils = []
    for _ in range(students):
        pupil = _who(draw, family, offer, periods)
        wishes.draw(pupil, academies=family.academies)
        pupils.append(pupil)
    fewest = max(2, min(12, students // 40) - choice.rarer)
    _cancel_small(draw, pupils, offer.courses, urns, fewest)
    for pupil in pupils:
        pupil.sort()
    _make_different(draw, pupils, offer.courses, fewest, periods)
    return pupils


def name_alternates(
    draw: Draw, pupils: Sequence[Pupil], courses: Mapping[str, OfferedCourse], share: float
) -> None:
    """Name an alternate for a share of the requests for what is no core course.

    It is an elective that the student's grade may take, that others ask for and that is not on the list yet,
    of the same department where there is one.
    """
    asked = demand(pupils)
    electives = [courses[title] for title in asked if courses[title].free_choice]
    wishes = [(pupil, title) for pupil in pupils for title in pupil.titles if not courses[title].core]
    order = list(range(len(wishes)))
    draw.shuffle(order)
    for number in order[: round(share * len(wishes))]:
        pupil, title = wishes[number]
        listed = {*pupil.titles, *pupil.instead.values()}
        fitting = [one for one in electives if pupil.grade in one.grades and one.title not in listed]
        near = [one for one in fitting if one.department == courses[title].department]
        choice = near or fitting
        if choice:
            pupil.instead[title] = choice[draw.below(len(choice))].title


def demand(pupils: Iterable[Pupil]) -> Counter[str]:
    """Return how many of the students ask for each course."""
    return Counter(title for pupil in pupils for title in pupil.titles)


def elective_urn(courses: Iterable[OfferedCourse], grade: int) -> Urn:
    """Return the electives of a grade, each as often as it is popular."""
    return Urn({one.title: one.popularity for one in courses if one.popularity and grade in one.grades})


def _who(draw: Draw, family: Family, offer: Offer, periods: int) -> Pupil:
    grade = int(draw.weighted(_GRADES))
    sped = draw.chance(family.sped)
    ell = not sped and draw.chance(family.ell)
    programme = NO_PROGRAMME
    if draw.chance(70 if family.academies else 45):
        # Of a few programmes all are of about one size; of pathways the first ones are the popular ones.
        weights = [4 if family.academies else 12 - place // 2 for place in range(len(offer.programmes))]
        programme = draw.weighted(dict(zip(offer.programmes, weights, strict=True)))
    tracks: Mapping[str, int] = TRACKS
    if sped:
        tracks = _CAREFUL
    elif family.academies and programme != NO_PROGRAMME:
        tracks = (_ACADEMIC, _PRACTICAL)[offer.programmes.index(programme) % 2]
    length = periods - int(draw.weighted(family.shorter))
    return Pupil(grade, draw.weighted(tracks), sped, ell, programme, length)


class _Wishes:
    """Draws what a student asks for."""

    def __init__(
        self,
        draw: Draw,
        choice: Choice,
        offer: Offer,
        urns: Mapping[int, Urn],
        not_required: Sequence[str],
    ) -> None:
        self._draw = draw
        self._left_out = choice.left_out
        self._offer = offer
        self._urns = urns
        self._not_required = not_required
        self._asked: Counter[str] = Counter()
        electives = [one.title for one in offer.courses.values() if one.popularity and 9 in one.grades]
        self._favourites = {
            name: [electives[(2 * place + 3 * step) % len(electives)] for step in range(_FAVOURITES)]
            for place, name in enumerate(offer.programmes)
        }

    def draw(self, pupil: Pupil, *, academies: bool) -> None:
        """Fill the list of a student."""
        draw = self._draw
        core = [title for title in draw_core(draw, pupil.grade, pupil.track) if not self._leaves_out(title)]
        if pupil.sped and draw.chance(60):
            core.insert(2, SUPPORT[pupil.grade >= 11])
        if pupil.ell:
            core.insert(1, LANGUAGE_SUPPORT[draw.below(3)])
        for title in core:
            pupil.ask(title, CORE)
        if academies:
            self._academy(pupil)
        else:
            self._ladders(pupil)
        urn = self._urns[pupil.grade]
        while len(pupil.titles) < pupil.length:
            pupil.ask(urn.draw(draw), ELECTIVE)

    def _leaves_out(self, title: str) -> bool:
        """Return whether a student does without a required course; a draw only where some of them do."""
        if title in self._not_required:
            return True
        always = self._left_out == 0 or self._offer.courses[title].department in _ALWAYS
        return not always and self._draw.chance(self._left_out)

    def _ladders(self, pupil: Pupil) -> None:
        draw, regular = self._draw, pupil.track == "regular"
        if draw.chance(55 if regular else 85):
            pupil.ask(self._language(pupil.grade), CHOSEN)
        if not self._restricted(pupil, 17) and pupil.programme != NO_PROGRAMME:
            pupil.ask(f"{pupil.programme} {self._level(pupil.grade, 35, self._offer.levels)}", CHOSEN)
        if draw.chance(48):
            # The first of the arts are the popular ones.
            arts = {name: 14 - place for place, name in enumerate(self._offer.arts)}
            pupil.ask(f"{draw.weighted(arts)} {self._level(pupil.grade, 45, self._offer.levels)}", CHOSEN)
        self._college(pupil, 60)

    def _academy(self, pupil: Pupil) -> None:
        """Ask for what the academy takes together; the others choose as they like."""
        draw = self._draw
        if pupil.programme == NO_PROGRAMME:
            self._restricted(pupil, 12)
        else:
            pupil.ask(f"{pupil.programme} {pupil.grade - 8}", CHOSEN)
            if pupil.grade >= 11 and draw.chance(85):
                pupil.ask(f"{pupil.programme} Project", CHOSEN)
        if draw.chance(20):
            pupil.ask(self._offer.ensembles[draw.below(len(self._offer.ensembles))], CHOSEN)
        if draw.chance(40 if pupil.track == "regular" else 70):
            pupil.ask(self._language(pupil.grade), CHOSEN)
        self._college(pupil, 30)
        if pupil.programme == NO_PROGRAMME:
            return
        favourites = self._favourites[pupil.programme]
        weights = dict(zip(favourites, (6, 3, 2, 1), strict=True))
        for _ in range(pupil.length - len(pupil.titles)):
            if draw.chance(80):
                pupil.ask(draw.weighted(weights), ELECTIVE)

    def _language(self, grade: int) -> str:
        spoken = self._offer.languages
        name = self._draw.weighted({name: LANGUAGES[name][0] for name in spoken})
        return f"{name} {self._level(grade, 50, LANGUAGES[name][1])}"

    def _level(self, grade: int, late: int, levels: int) -> int:
        """Return the level of a ladder that a student of a grade has come to."""
        behind = self._draw.chance(late) + self._draw.chance(30)
        return max(1, min(levels, grade - 8 - behind))

    def _restricted(self, pupil: Pupil, percent: int) -> bool:
        """Let a few of the upper grades ask for a course that fits two periods only, while it has seats."""
        if pupil.grade < 11 or not self._draw.chance(percent):
            return False
        title = [*RESTRICTED][self._draw.below(len(RESTRICTED))]
        course = self._offer.courses.get(title)
        if course is None or self._asked[title] >= (course.most or 0):
            return False
        pupil.ask(title, CHOSEN)
        self._asked[title] += title in pupil.titles
        return True

    def _college(self, pupil: Pupil, percent: int) -> None:
        if pupil.track == "college" and pupil.grade >= 11 and self._draw.chance(percent):
            titles = [title for title in COLLEGE if title in self._offer.courses]
            pupil.ask(titles[self._draw.below(len(titles))], CHOSEN)


def _cancel_small(
    draw: Draw,
    pupils: Sequence[Pupil],
    courses: Mapping[str, OfferedCourse],
    urns: Mapping[int, Urn],
    fewest: int,
) -> None:
    """Offer no course that fewer ask for; they take the ordinary course of the subject, or an elective."""
    # Each grade keeps a handful of electives, so that lists can be filled in the smallest school.
    spared = {title for urn in urns.values() for title in urn.titles[:8]}
    while True:
        asked = demand(pupils)
        kept = {
            title
            for title, count in asked.items()
            if count >= fewest or courses[title].required or title in spared
        }
        if len(kept) == len(asked):
            return
        open_urns = {
            grade: Urn({title: courses[title].popularity for title in urn.titles if title in kept})
            for grade, urn in urns.items()
        }
        for pupil in pupils:
            for place, title in enumerate(pupil.titles):
                if title in kept:
                    continue
                instead = courses[title].instead
                if instead is not None and instead not in pupil.titles:
                    pupil.swap(place, instead, pupil.ranks[place])
                else:
                    pupil.swap(place, _other_elective(draw, pupil, open_urns[pupil.grade]), ELECTIVE)


def _other_elective(draw: Draw, pupil: Pupil, urn: Urn) -> str:
    while True:
        title = urn.draw(draw)
        if title not in pupil.titles:
            return title


def _make_different(
    draw: Draw, pupils: Sequence[Pupil], courses: Mapping[str, OfferedCourse], fewest: int, periods: int
) -> None:
    """Give another elective to students whose courses are just those of somebody before them."""
    asked = demand(pupils)
    urns = {grade: elective_urn((courses[title] for title in asked), grade) for grade in GRADES}
    seen: set[frozenset[str]] = set()
    for pupil in pupils:
        for _ in range(_TRIES):
            if frozenset(pupil.titles) in seen:
                _change(
                    pupil, _other_elective(draw, pupil, urns[pupil.grade]), courses, asked, fewest, periods
                )
        seen.add(frozenset(pupil.titles))


def _of_academy(pupil: Pupil, course: OfferedCourse) -> bool:
    return course.whole and course.title.rpartition(" ")[0] == pupil.programme


def _change(
    pupil: Pupil,
    title: str,
    courses: Mapping[str, OfferedCourse],
    asked: Counter[str],
    fewest: int,
    periods: int,
) -> None:
    """Let a student ask for an elective in place of the least important course, or beside it."""
    # An academy's own courses are what its students have in common, and stay.
    least = next(
        (
            place
            for place in range(len(pupil.titles) - 1, -1, -1)
            if pupil.ranks[place] != CORE
            and not _of_academy(pupil, courses[pupil.titles[place]])
            and pupil.titles[place] not in RESTRICTED
            and asked[pupil.titles[place]] > fewest
        ),
        None,
    )
    if least is not None:
        asked[pupil.titles[least]] -= 1
        pupil.swap(least, title, ELECTIVE)
    elif pupil.length < periods:
        pupil.length += 1
        pupil.ask(title, ELECTIVE)
    else:
        return
    asked[title] += 1
    pupil.sort()
