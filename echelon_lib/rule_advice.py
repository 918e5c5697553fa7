"""What a school can do where its rules cannot be kept together: put a price on one of them."""

from __future__ import annotations

from echelon_lib.checks.finding import Finding
from echelon_lib.domain.policy import Enforcement
from echelon_lib.rule_kinds import OF_COURSE, Kinds, Priced
from echelon_lib.school_rules import WITH_REQUESTS, CourseRules, SchoolRules


def priced_instead(rules: SchoolRules, finding: Finding) -> SchoolRules | None:
    """Return rules under which a finding no longer proves that there is no timetable.

    Parameters
    ----------
    rules
        The rules with which the finding was made.
    finding
        A finding of ``preflight``.

    Returns
    -------
    SchoolRules or None
        The required rules that are in the way have a price now, that of a course's own rule for the course
        alone; None where the finding is no error or no rule of the school is in its way.
    """
    changed = rules
    for name, course in finding.hindrances if finding.severity == "error" else ():
        rule = Kinds.rule_named(name)
        if rule is None:
            return None
        if changed.enforcement(rule, course).required:
            changed = changed.with_kind(rule, Priced(priced=usual_price(rules, rule)), course)
    return None if changed == rules else changed


def usual_price(rules: SchoolRules, rule: str) -> int:
    """Return the price that is offered for a rule of a school.

    One about requests costs more than any of them weighs, so that another request is given up first.
    """
    usual = Kinds.usual_price(rule)
    return max(usual, rules.requests.heaviest + 1) if rule in WITH_REQUESTS else usual


def kinds_changed(before: SchoolRules, after: SchoolRules, *, when: str = "now") -> tuple[str, ...]:
    """Return a sentence for each rule that is enforced in another way, first those of the whole school.

    ``when`` is the word for the time of the change: ``then`` for one that is only offered.
    """
    found = [
        _sentence(rule, "", when, before.enforcement(rule), after.enforcement(rule))
        for rule in Kinds.model_fields
        if before.enforcement(rule) != after.enforcement(rule)
    ]
    for course in dict.fromkeys((*before.courses, *after.courses)):
        own = [rules.courses.get(course, CourseRules()).kinds for rules in (before, after)]
        for rule, key in OF_COURSE.items():
            was, now = (rules.enforcement(rule, course) for rules in (before, after))
            if was != now and len({getattr(kinds, key) for kinds in own}) > 1:
                found.append(_sentence(rule, f" of {course}", when, was, now))
    return tuple(found)


def _sentence(rule: str, whose: str, when: str, was: Enforcement, now: Enforcement) -> str:
    info = Kinds.model_fields[rule]
    words = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = f" a {words['unit']}" if "unit" in words else ""
    is_now = f"costs {now.weight}{unit}" if now.priced else f"is {now.mode}"
    if was.priced:
        instead = str(was.weight) if now.priced else f"costing {was.weight}{unit}"
    else:
        instead = f"being {was.mode}"
    return f"{info.title!r}{whose} {when} {is_now} instead of {instead}."
