"""The rules of a university as a file, and the variants that have names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_universities import person, section, university

from echelon_lib import UniversityRules
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.policy import OFF, REQUIRED, priced
from echelon_lib.rule_kinds import Priced
from echelon_lib.university_rules import PRICEABLE, PRICES, VARIANTS, UniversityKinds

ROOT = Path(__file__).resolve().parents[1]
KINDS = st.sampled_from(["required", "off"]) | st.integers(1, 1_000_000).map(lambda price: {"priced": price})
RULES = sorted(set(UniversityKinds.model_fields) - {"peak_load", "faculty_for_every_section"})
given_rules = st.fixed_dictionaries(
    {
        "name": st.text(max_size=10),
        "variant": st.sampled_from([*sorted(VARIANTS), "Mine", "Balanced+Mine"]),
        "variants": st.fixed_dictionaries(
            {"Mine": st.dictionaries(st.sampled_from(PRICEABLE), st.integers(1, 1_000_000))}
        ),
        "kinds": st.dictionaries(st.sampled_from(RULES), KINDS),
    }
)


def test_the_usual_rules() -> None:
    rules = UniversityRules()
    kinds = {rule: rules.enforcement(rule) for rule in UniversityKinds.model_fields}
    assert {rule for rule, kind in kinds.items() if kind == REQUIRED} == {
        *("faculty_availability", "faculty_hours", "faculty_for_every_section", "room_capacity")
    }
    assert [rule for rule, kind in kinds.items() if kind == OFF] == ["building_travel", "hours_of_a_section"]
    assert {rule: kind for rule, kind in kinds.items() if kind.priced} == {
        "faculty_preference": priced(125, level=1),
        "student_gaps": priced(5, level=1),
        "faculty_gaps": priced(30, level=1),
        "same_day_repeats": priced(40, level=1),
        "empty_seats": priced(1, level=1),
        "rooms_of_a_section": priced(12, level=1),
        "peak_load": priced(1, level=1),
    }


def test_the_dictionary_and_the_notebook_tell_the_usual_rules() -> None:
    rules = UniversityRules()
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    table = page.partition("| Kind | Usually | Counts |")[2].partition("\n\n")[0]
    kinds = [rules.enforcement(rule) for rule in UniversityKinds.model_fields]
    usual = [str(kind.weight) if kind.priced else kind.mode for kind in kinds]
    told = dict(re.findall(r"^\| (\w+) \| (\w+) \|", table, re.MULTILINE))
    assert told == dict(zip(UniversityKinds.model_fields, usual, strict=True))
    prices, notebook = PRICES["Balanced"], ROOT / "notebooks" / "05_variants.ipynb"
    idle, disliked = prices["student_gaps"], prices["faculty_preference"]
    rate = f"a student's idle hour at {idle} and an hour that its faculty do not like at {disliked}"
    assert f"{rate}, {disliked // idle} idle hours weigh as much" in notebook.read_text(encoding="utf-8")


@given(given_rules)
def test_rules_are_read_back_from_their_text(data: dict[str, object]) -> None:
    rules = UniversityRules.from_mapping(data)
    assert UniversityRules.from_bytes(rules.to_toml().encode()) == rules


def test_a_variant_has_its_prices_and_the_others_of_balanced() -> None:
    assert list(VARIANTS) == ["Balanced", "Faculty-focused", "Compactness-focused"]
    assert VARIANTS["Balanced"] == UniversityRules()
    for name, rules in VARIANTS.items():
        assert rules.variant == name
        for rule, price in {**PRICES["Balanced"], **PRICES[name]}.items():
            assert rules.enforcement(rule) == priced(price, level=1)
        assert rules.kinds.faculty_availability == "required"
    focused = VARIANTS["Faculty-focused"].enforcement("faculty_preference").weight
    compact = VARIANTS["Compactness-focused"].enforcement("student_gaps").weight
    assert focused > VARIANTS["Balanced"].enforcement("faculty_preference").weight
    assert compact > VARIANTS["Balanced"].enforcement("student_gaps").weight


def test_a_variant_of_ones_own_stands_in_the_rules() -> None:
    text = b"""
        [variants."Quiet mornings"]
        student_gaps = 9
        building_travel = 2
        [kinds]
        empty_seats = "off"
        """
    rules = UniversityRules.from_bytes(text)
    assert rules.enforcement("student_gaps") == priced(5, level=1), "it is not in force yet"
    quiet = rules.with_variant("Quiet mornings")
    assert quiet.enforcement("student_gaps") == priced(9, level=1)
    assert quiet.enforcement("building_travel") == priced(2, level=1)
    assert quiet.enforcement("faculty_gaps") == priced(30, level=1), "as in Balanced"
    assert quiet.enforcement("empty_seats") == OFF
    assert quiet.with_variant("Balanced") == rules
    assert (
        UniversityRules.from_bytes(text.replace(b"[variants", b'variant = "Quiet mornings"\n[variants', 1))
        == quiet
    )


def test_a_sum_of_variants_has_the_mean_of_their_prices() -> None:
    rules = UniversityRules(variants={"Mine": {"student_gaps": 8, "building_travel": 1}})
    between = rules.with_variant("Balanced + Compactness-focused")
    assert between.enforcement("faculty_preference").weight == 88
    assert between.enforcement("student_gaps").weight == 7
    assert between.enforcement("faculty_gaps").weight == 38, "halves are rounded up"
    three = rules.with_variant("Balanced+Faculty-focused+Mine")
    assert three.enforcement("student_gaps").weight == 5
    assert three.enforcement("building_travel").weight == 1, "nothing that has a price comes to have none"
    with pytest.raises(DataError, match="there is no variant 'Balanced\\+Min'"):
        rules.with_variant("Balanced+Min")


def test_what_the_kinds_say_themselves_comes_before_the_variant() -> None:
    text = (
        b'variant = "Faculty-focused"\n[kinds]\nstudent_gaps = "off"\nfaculty_preference = { priced = 7 }\n'
    )
    rules = UniversityRules.from_bytes(text)
    assert rules.kinds.student_gaps == "off"
    assert rules.kinds.faculty_preference == Priced(priced=7)
    assert rules.enforcement("faculty_gaps").weight == PRICES["Faculty-focused"]["faculty_gaps"]


def test_one_kind_can_be_changed() -> None:
    rules = VARIANTS["Compactness-focused"].with_kind("empty_seats", "off")
    assert rules.enforcement("empty_seats") == OFF
    assert rules.enforcement("student_gaps") == VARIANTS["Compactness-focused"].enforcement("student_gaps")
    assert rules.variant == "Compactness-focused"


@pytest.mark.parametrize(
    ("data", "message", "cure"),
    [
        ({"nam": "x"}, "the key 'nam' is unknown", "'name' was meant?"),
        (
            {"variant": "Balancd"},
            "'Balancd' does not fit: there is no such variant",
            "'Balanced' was meant?",
        ),
        (
            {"variant": "Balanced+Quiet", "variants": {"Quieter": {"student_gaps": 9}}},
            "'Balanced+Quiet' does not fit: there is no such variant",
            "'Quieter' was meant?",
        ),
        (
            {"variants": {"Balanced": {"student_gaps": 9}}},
            "{'Balanced': {'student_gaps': 9}} does not fit: 'Balanced' cannot be the name of a variant of "
            "one's own",
            "another name, without +?",
        ),
        (
            {"variants": {"Mine": {"student_gap": 9}}},
            "{'Mine': {'student_gap': 9}} does not fit: the variant 'Mine' cannot price 'student_gap'",
            "'student_gaps' was meant?",
        ),
        (
            {"variants": {"Mine": {"student_gaps": 0}}},
            "0 does not fit: it should be greater than or equal to 1",
            None,
        ),
        (
            {"kinds": {"student_gap": "off"}},
            "the key 'kinds.student_gap' is unknown",
            "'student_gaps' was meant?",
        ),
        (
            {"kinds": {"student_gaps": "of"}},
            "'of' is not a kind of rule",
            'write "required", "off" or { priced = 5 }?',
        ),
        (
            {"kinds": {"peak_load": "required"}},
            "'required' does not fit: no timetable is without meetings",
            "give it a price: { priced = 1 }?",
        ),
        (
            {"kinds": {"faculty_for_every_section": {"priced": 3}}},
            "{'priced': 3} does not fit: no timetable changes who teaches, so that a price changes nothing",
            'write "required" or "off"?',
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_cure(data: dict[str, object], message: str, cure: str) -> None:
    with pytest.raises(DataError) as error:
        UniversityRules.from_mapping(data)
    (issue,) = error.value.issues
    assert (issue.message, issue.cure) == (message, cure)


def test_a_price_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match=r"0 does not fit: it should be greater than or equal to 1"):
        UniversityRules.from_mapping({"kinds": {"student_gaps": {"priced": 0}}})


def test_titles_are_the_names_of_the_constraints() -> None:
    """Every rule of the university is found by the name that violations give it."""
    prices = {rule: {"priced": 1} for rule in ("building_travel", "hours_of_a_section")}
    everything = UniversityRules.from_mapping({"kinds": prices})
    open_ = [section("GEN-1", faculty=None), section("GEN-2", faculty=None), section("ALG-1")]
    tired = [person("Ada", 4, "ALG"), person("Ben", 1, "GEN")]
    problem = university(everything, sections=open_, faculty=tired, enrolments=[])
    found = {UniversityKinds.rule_named(rule.name) for rule in problem.constraints}
    assert found == set(UniversityKinds.model_fields)
