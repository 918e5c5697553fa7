"""What a school requires of its teachers and sections, read in the files of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from independent_files import Answer, School, number, parts

# Teachers -------------------------------------------------------------------------------------------------


def _as_given(school: School, answer: Answer) -> Iterator[str]:
    said = {(teacher, section) for teacher, section, _ in answer.taught}
    for section in school.sections:
        given = school.given(section)
        if given is not None and (given, section) not in said:
            yield f"{section} is not taught by {given}"
    for section, count in Counter(section for _, section, _ in answer.taught).items():
        if count > 1:
            yield f"{section} has {count} teachers"
    for teacher, section, period in answer.taught:
        if teacher not in school.teachers or answer.period.get(section) != period:
            yield f"{teacher} teaches {section} in {period}, and the master schedule says otherwise"


def _teacher_clash(school: School, answer: Answer) -> Iterator[str]:
    if school.required("teacher_clash"):
        for teacher, sections in answer.of_teacher.items():
            yield from twice(teacher, [answer.period[section] for section in sections])


def twice(who: str, periods: list[str]) -> Iterator[str]:
    for period, count in Counter(periods).items():
        if count > 1:
            yield f"{who} is in {count} places in {period}"


def _teacher_unavailable(school: School, answer: Answer) -> Iterator[str]:
    if school.required("teacher_unavailable"):
        for teacher, section, period in answer.taught:
            if period in school.away[teacher]:
                yield f"{teacher} is away in {period}, the period of {section}"


def _teacher_load(school: School, answer: Answer) -> Iterator[str]:
    """Yield teachers to whom a run gave too much; what the school's own file says is a finding."""
    limit = school.limit("teacher_load", 6)
    if limit is None or not school.required("teacher_load"):
        return
    given = Counter(school.given(section) for section in school.sections)
    for teacher, sections in answer.of_teacher.items():
        if len(sections) > max(limit, given[teacher]):
            yield f"{teacher} has {len(sections)} sections, more than {limit}"


def _own_department(school: School, answer: Answer) -> Iterator[str]:
    if not school.required("own_department"):
        return
    for teacher, section, _ in answer.taught:
        own, its = school.teachers[teacher]["Department"], school.sections[section]["Department"]
        if own and its and own != its and school.given(section) != teacher:
            yield f"{teacher} of {own} was given {section} of {its}"


def _dedicated_teacher(school: School, answer: Answer) -> Iterator[str]:
    bound = {
        (name, row["Dedicated Course"])
        for name, row in school.teachers.items()
        if row.get("Dedicated Course") in school.held
    }
    for course, sections in school.held.items():
        if school.own(course).get("dedicated_teacher"):
            staff = {teacher for teacher, section, _ in answer.taught if section in sections}
            bound |= {(teacher, course) for teacher in staff}
            if len(staff) > 1 and school.required("dedicated_teacher", course, "dedicated_teacher"):
                yield f"{course} has {len(staff)} teachers"
    for teacher, course in bound:
        others = [one for one in answer.of_teacher[teacher] if school.course(one) != course]
        if others and school.required("dedicated_teacher", course, "dedicated_teacher"):
            yield f"{teacher} is for {course} only and teaches {', '.join(others)}"


def _labs_apart(school: School, answer: Answer) -> Iterator[str]:
    if school.required("labs_apart"):
        neighbours = {pair for day in school.days for pair in pairwise(day)}
        for teacher, sections in answer.of_teacher.items():
            labs = [answer.period[section] for section in sections if school.lab(section)]
            if any((one, other) in neighbours for one in labs for other in labs):
                yield f"{teacher} has labs one right after the other"


def _workload_balance(school: School, answer: Answer) -> Iterator[str]:
    if school.required("workload_balance"):
        for teacher, sections in answer.of_teacher.items():
            even = -(-len(sections) // len(school.days))
            for day in school.days:
                if sum(answer.period[section] in day for section in sections) > even:
                    yield f"{teacher} has more than {even} sections on the day of {day[0]}"


# Sections -------------------------------------------------------------------------------------------------


def _fixed(school: School, answer: Answer) -> Iterator[str]:
    for section, row in school.sections.items():
        fixed = parts(row.get("Period", ""))
        if fixed and answer.period[section] not in fixed:
            yield f"{section} is in {answer.period[section]}, not in {', '.join(fixed)}"


def _course_periods(school: School, answer: Answer) -> Iterator[str]:
    for course, sections in school.held.items():
        allowed = school.own(course).get("periods")
        if allowed is not None and school.required("course_periods", course, "periods"):
            for section in sections:
                if answer.period[section] not in allowed:
                    yield f"{section} of {course} is in {answer.period[section]}"


def _per_period(school: School, answer: Answer) -> Iterator[str]:
    for course, sections in school.held.items():
        limit = school.own(course).get("per_period")
        if limit is not None and school.required("per_period", course, "per_period"):
            for period, count in Counter(answer.period[section] for section in sections).items():
                if count > limit:
                    yield f"{course} has {count} sections in {period}"


def _seats(school: School, answer: Answer) -> Iterator[str]:
    if school.required("seats"):
        yield from _more_than(school, answer, school.seats)


def _course_seats(school: School, answer: Answer) -> Iterator[str]:
    def most(section: str) -> int | None:
        course = school.course(section)
        seats: int | None = school.own(course).get("seats")
        return seats if school.required("course_seats", course, "seats") else None

    yield from _more_than(school, answer, most)


def _section_maximum(school: School, answer: Answer) -> Iterator[str]:
    if school.required("section_maximum"):
        yield from _more_than(school, answer, lambda _: school.limit("section_maximum", 40))


def _more_than(
    school: School, answer: Answer, most: Callable[[str], int | None], among: set[str] | None = None
) -> Iterator[str]:
    """Yield the sections with more students, all or those among some, than they may have."""
    for section in school.sections:
        limit, students = most(section), answer.of_section[section]
        count = len(students) if among is None else sum(one in among for one in students)
        if limit is not None and count > limit:
            yield f"{section} has {count} students, more than {limit}"


def _section_minimum(school: School, answer: Answer) -> Iterator[str]:
    if school.required("section_minimum"):
        usual = school.limit("section_minimum", 10) or 0
        for section in school.sections:
            own = school.courses.get(school.course(section), {}).get("Min Size")
            least = min(school.seats(section), number(own) if own else usual)
            if len(answer.of_section[section]) < least:
                yield f"{section} has fewer than {least} students"


def _section_target(school: School, answer: Answer) -> Iterator[str]:
    target = school.limit("section_target", 75)
    if target is not None and school.required("section_target"):
        for section in school.sections:
            if 100 * len(answer.of_section[section]) < target * school.seats(section):
                yield f"{section} is filled to less than {target} %"


def _sped_limit(school: School, answer: Answer) -> Iterator[str]:
    if school.required("sped_limit"):
        usual = school.limit("sped_limit", 12)

        def most(section: str) -> int | None:
            own = school.own(school.course(section)).get("sped_limit", "off")
            limits = [one for one in (own, usual) if one is not None and one != "off"]
            return min(limits, default=None)

        yield from _more_than(school, answer, most, _with_flag(school))


def _sped_target(school: School, answer: Answer) -> Iterator[str]:
    if school.required("sped_target"):
        target = school.limit("sped_target", 3)
        yield from _more_than(school, answer, lambda _: target, _with_flag(school))


def _with_flag(school: School) -> set[str]:
    return {student for student in school.students if school.sped(student)}


def _size_balance(school: School, answer: Answer) -> Iterator[str]:
    if school.required("size_balance"):
        yield from _uneven(school, answer, {*school.students})


def _sped_spread(school: School, answer: Answer) -> Iterator[str]:
    if school.required("sped_spread"):
        yield from _uneven(school, answer, _with_flag(school))


def _tag_balance(school: School, answer: Answer) -> Iterator[str]:
    if school.required("tag_balance"):
        for sort, students in school.sorts():
            yield from (f"{sort}: {text}" for text in _uneven(school, answer, students))


def _uneven(school: School, answer: Answer, among: set[str]) -> Iterator[str]:
    """Yield sections with more than their share, by seats, of those who ask for the course first."""
    asking = Counter(
        wish[0] for student in school.asked if student in among for wish in school.wishes(student)
    )

    def share(section: str) -> int | None:
        sections = school.held[school.course(section)]
        seats, asked = sum(map(school.seats, sections)), asking[school.course(section)]
        if len(sections) < 2 or not seats or not asked:
            return None
        return -(-asked * school.seats(section) // seats)

    yield from _more_than(school, answer, share, among)


OF_SECTIONS: dict[str, Callable[[School, Answer], Iterator[str]]] = {
    "teachers as given": _as_given,
    "teacher_clash": _teacher_clash,
    "teacher_unavailable": _teacher_unavailable,
    "teacher_load": _teacher_load,
    "own_department": _own_department,
    "dedicated_teacher": _dedicated_teacher,
    "labs_apart": _labs_apart,
    "workload_balance": _workload_balance,
    "fixed period": _fixed,
    "course_periods": _course_periods,
    "per_period": _per_period,
    "seats": _seats,
    "course_seats": _course_seats,
    "section_maximum": _section_maximum,
    "section_minimum": _section_minimum,
    "section_target": _section_target,
    "size_balance": _size_balance,
    "sped_limit": _sped_limit,
    "sped_target": _sped_target,
    "sped_spread": _sped_spread,
    "tag_balance": _tag_balance,
}
"""What each rule finds, by the key of the rules file where it has one."""
