"""The form of the rules: it shows every field of the model, and says beside it what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, get_args, get_origin

import ipywidgets
import pytest
import traitlets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from echelon_lib.domain.errors import DataError
from echelon_lib.rule_kinds import USUAL_PRICE, CourseKinds, Kind, Kinds, Priced
from echelon_lib.school_rules import CourseRules, RequestRules, SchoolRules
from echelon_lib.widgets import rule_each, rule_fields
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.rule_form import RuleForm
from echelon_lib.widgets.rule_lists import FEW_CHOICES, rows_of

ROOT = Path(__file__).resolve().parents[2]
COURSES = [f"Course {number}" for number in range(30)]
PERIODS = ["R1", "R2", "G1", "G2"]
DEPARTMENTS = ["Arts", "Science"]


# Using a form as a person does ----------------------------------------------------------------------------


def inside(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """A widget and all that is shown in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def fields(form: RuleForm) -> dict[tuple[str, ...], rule_fields.Field]:
    """The fields that are shown, by what they are about."""
    return {one.path: one for one in inside(form) if isinstance(one, rule_fields.Field)}


def labelled(widget: ipywidgets.Widget, label: str) -> Any:
    """The only control with a label."""
    (found,) = [one for one in inside(widget) if getattr(one, "description", None) == label]
    return found


def folds(form: RuleForm) -> list[Fold]:
    """The parts of a form that have a title to press."""
    return [one for one in inside(form) if isinstance(one, Fold) and one.title]


def unfolded(form: RuleForm) -> RuleForm:
    """The form with all its parts shown."""
    for fold in folds(form):
        fold.button.value = True
    return form


def courses_of(form: RuleForm) -> rule_each.EachView:
    """The part for single courses."""
    (view,) = [one for one in inside(form) if isinstance(one, rule_each.EachView)]
    return view


def add_course(form: RuleForm, name: str) -> None:
    """Set rules for one more course."""
    view = courses_of(form)
    view.name.value = name
    view.add.click()


def texts(form: RuleForm) -> str:
    """All markup that is shown."""
    return " ".join(one.value for one in inside(form) if isinstance(one, ipywidgets.HTML))


@pytest.fixture
def form() -> RuleForm:
    """The form of a school with thirty courses, all parts shown."""
    return unfolded(RuleForm(courses=COURSES, departments=DEPARTMENTS, periods=PERIODS))


# What is shown --------------------------------------------------------------------------------------------


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The values of a model; of a mapping of models those of ``Course 1``."""
    for name, info in model.model_fields.items():
        inner = get_args(info.annotation)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from leaves(info.annotation, (*path, name))
        elif get_origin(info.annotation) is dict and issubclass(inner[1], BaseModel):
            yield from leaves(inner[1], (*path, name, "Course 1"))
        else:
            yield (*path, name)


def test_every_field_of_the_model_is_shown_once(form: RuleForm) -> None:
    add_course(form, "Course 1")
    shown = [one.path for one in inside(form) if isinstance(one, rule_fields.Field)]
    assert sorted(shown) == sorted(leaves(SchoolRules))


class MoreKinds(Kinds):
    """Kinds with one more rule."""

    lunch: Kind = Field(
        default=Priced(priced=6),
        title="Lunch",
        description="Everybody eats.",
        json_schema_extra={"group": "Breaks", "unit": "missed meal"},
    )


class MoreRules(SchoolRules):
    """Rules with three more fields."""

    lunch: int | None = Field(default=25, ge=20, title="Minutes", description="Minutes of a break.")
    motto: str = Field(default="Aim high", title="Motto", description="What stands over the door.")
    kinds: MoreKinds = MoreKinds()  # type: ignore[assignment]


def test_a_new_field_appears_by_itself() -> None:
    form = unfolded(RuleForm(MoreRules))
    assert labelled(form, "Motto").value == "Aim high"
    (fold,) = [fold for fold in folds(form) if fold.title == "Breaks"]
    assert labelled(fold, "Minutes").value == 25
    assert labelled(fold, "Price a missed meal").value == 6
    labelled(fold, "Minutes").value = 19
    assert form.value == {}
    assert "greater than or equal to 20" in texts(form)
    labelled(fold, "Minutes").value = 30
    assert form.value == {"lunch": 30}
    assert isinstance(form.rules, MoreRules)


class Strange(SchoolRules):
    """Rules with a value for which there is no field."""

    shares: float = 0.5


def test_a_type_without_a_field_is_named() -> None:
    with pytest.raises(TypeError, match="float"):
        RuleForm(Strange)


def test_what_is_folded_is_not_made() -> None:
    form = RuleForm(courses=COURSES)
    assert list(fields(form)) == [("name",)]
    first = folds(form)[0]
    first.button.value = True
    assert 1 < len(fields(form)) < 10
    first.button.value = False
    assert first.children[1].layout.display == "none"
    unfolded(form)
    assert [path for path in fields(form) if path[0] == "courses"] == []


def test_every_control_has_a_label_and_an_explanation(form: RuleForm) -> None:
    add_course(form, "Course 1")
    boxes = (ipywidgets.Box, ipywidgets.HTML)
    controls = [one for one in inside(form) if not isinstance(one, boxes)]
    assert len(controls) > 80
    assert [one for one in controls if not one.description] == []
    own = (ipywidgets.Button, ipywidgets.Select, ipywidgets.Combobox)
    assert [one.description for one in controls if not (one.tooltip or isinstance(one, own))] == []
    for name, info in Kinds.model_fields.items():
        assert escape(info.description or name) in texts(form)


def test_a_part_says_what_was_changed_in_it(form: RuleForm) -> None:
    (sizes,) = [fold for fold in folds(form) if fold.title == "Class sizes"]
    assert sizes.button.description == "▾ Class sizes"
    form.value = {"section_target": 70, "kinds": {"seats": "off"}}
    assert sizes.button.description == "▾ Class sizes – 2 changed"
    labelled(fields(form)["section_target",], "Per cent of the seats").value = 101
    assert sizes.button.description == "▾ Class sizes – 2 changed, 1 to mend"
    sizes.button.value = False
    assert sizes.button.description == "▸ Class sizes – 2 changed, 1 to mend"


def test_names_are_shown_as_they_are(form: RuleForm) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    add_course(form, nasty)
    assert nasty not in texts(form)
    assert escape(nasty) in texts(form)


# The value ------------------------------------------------------------------------------------------------

count = st.integers(1, 100)
kind = st.one_of(
    st.sampled_from(["required", "off"]), st.fixed_dictionaries({"priced": st.integers(1, 1_000_000)})
)
word = st.text(min_size=1, max_size=8)
names = st.lists(st.one_of(word, st.sampled_from(PERIODS)), max_size=4)


def of_fields(*models: type[BaseModel], of: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some fields of a model with values of one kind."""
    return st.fixed_dictionaries({}, optional={name: of for model in models for name in model.model_fields})


course = st.fixed_dictionaries(
    {},
    optional={
        "periods": st.one_of(st.none(), names.filter(bool)),
        "seats": st.one_of(st.none(), count),
        "per_period": st.one_of(st.none(), count),
        "dedicated_teacher": st.booleans(),
        "kinds": of_fields(CourseKinds, of=st.one_of(st.none(), kind)),
    },
)
limits = [name for name in Kinds.model_fields if name in SchoolRules.model_fields]
valid_rules = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=8),
        **{name: st.one_of(st.none(), count) for name in limits},
        "kinds": of_fields(Kinds, of=kind),
        "courses": st.dictionaries(
            st.one_of(st.text(max_size=8), st.sampled_from(COURSES)), course, max_size=3
        ),
        "requests": of_fields(SchoolRules.model_fields["requests"].annotation, of=count),  # type: ignore[arg-type]
        "labs": of_fields(SchoolRules.model_fields["labs"].annotation, of=names),  # type: ignore[arg-type]
        "calendar": st.fixed_dictionaries(
            {}, optional={"days": st.one_of(st.none(), st.dictionaries(word, names, max_size=3))}
        ),
    },
)


def plain(rules: dict[str, Any]) -> dict[str, Any]:
    """Rules as the form says them: what differs from the defaults."""
    return SchoolRules.from_mapping(rules).model_dump(mode="json", exclude_defaults=True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=valid_rules)
def test_rules_round_trip(form: RuleForm, rules: dict[str, Any]) -> None:
    form.value = rules
    assert form.value == plain(rules)
    assert form.issues == []
    assert form.rules == SchoolRules.from_mapping(rules)
    # Who touches one field changes nothing else.
    fields(form)["requests", "weight"].entry = 77
    changed = form.rules.model_dump(mode="json")
    assert changed["requests"].pop("weight") == 77
    expected = SchoolRules.from_mapping(rules).model_dump(mode="json")
    expected["requests"].pop("weight")
    assert changed == expected


@settings(max_examples=20)
@given(rules=valid_rules)
def test_the_order_of_unfolding_does_not_matter(rules: dict[str, Any]) -> None:
    form = RuleForm(value=rules)
    unfolded(form)
    assert form.value == plain(rules)
    assert form.issues == []


@pytest.mark.parametrize("name", ["chico.toml", "valley_high.toml"])
def test_the_rules_that_come_with_echelon_fill_it(form: RuleForm, name: str) -> None:
    rules = SchoolRules.from_toml(ROOT / "data" / "rules" / name)
    assert form.load_toml((ROOT / "data" / "rules" / name).read_bytes(), name)
    assert form.rules == rules
    assert SchoolRules.from_bytes(form.toml.encode()) == rules
    view = courses_of(form)
    assert [value for _, value in view.chosen.options] == list(rules.courses)
    assert "Medical Career (not in the files): only in, seats" in view.chosen.options[0][0]


def test_it_follows_and_is_followed() -> None:
    class State(traitlets.HasTraits):
        rules = traitlets.Dict()

    state, form = State(), RuleForm()
    traitlets.link((state, "rules"), (form, "value"))
    state.rules = {"sped_limit": 9}
    unfolded(form)
    limit = fields(form)["sped_limit",]
    assert limit.entry == 9
    labelled(limit, "At most").value = 8
    assert state.rules == {"sped_limit": 8}
    state.rules = {}
    assert labelled(limit, "At most").value == 12


def test_rules_that_do_not_fit_are_refused(form: RuleForm) -> None:
    form.value = {"sped_limit": 5}
    with pytest.raises(DataError, match="sped_limt"):
        form.value = {"sped_limt": 3}
    assert form.value == {"sped_limit": 5}


# Each sort of field ---------------------------------------------------------------------------------------


def test_a_limit_may_be_none(form: RuleForm) -> None:
    field = fields(form)["teacher_load",]
    number, box = labelled(field, "At most"), labelled(field, "no limit")
    number.value = 5
    box.value = True
    assert form.value == {"teacher_load": None}
    assert number.disabled
    box.value = False
    assert form.value == {"teacher_load": 5}


def test_a_rule_is_required_priced_or_off(form: RuleForm) -> None:
    field = fields(form)["kinds", "seats"]
    strict, price = labelled(field, "How strict"), labelled(field, "Price a student")
    assert [label for label, _ in strict.options] == ["Required", "Priced", "Off"]
    assert price.disabled
    strict.value = "off"
    assert form.value == {"kinds": {"seats": "off"}}
    strict.label = "Priced"
    assert form.value == {"kinds": {"seats": {"priced": USUAL_PRICE}}}
    assert not price.disabled
    price.value = 3
    assert form.value == {"kinds": {"seats": {"priced": 3}}}
    strict.label = "Required"
    assert form.value == {}


def test_a_price_begins_at_that_of_the_model(form: RuleForm) -> None:
    assert labelled(fields(form)["kinds", "labs_apart"], "Price a pair of labs").value == 5
    graduation = labelled(fields(form)["kinds", "graduation"], "Price a request").value
    assert graduation > RequestRules().heaviest, "a request for graduation is given up last"


def test_days_are_lines(form: RuleForm) -> None:
    text = labelled(fields(form)["calendar", "days"], "Days")
    text.value = " R : R1,R2\n\nG: G1 , G2 "
    assert form.value == {"calendar": {"days": {"R": ["R1", "R2"], "G": ["G1", "G2"]}}}
    assert text.value == "R: R1, R2\nG: G1, G2"
    text.value = ""
    assert form.value == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [("R1, R2", "is no day"), (": R1", "is no day"), ("R:", "is no day"), ("G: R1", "names the day G again")],
)
def test_a_line_that_is_none_is_named(form: RuleForm, line: str, words: str) -> None:
    text = labelled(fields(form)["calendar", "days"], "Days")
    text.value = "G: G1"
    text.value = f"G: G1\n{line}"
    assert form.value == {"calendar": {"days": {"G": ["G1"]}}}
    (issue,) = form.issues
    assert (issue["column"], "line 2" in issue["message"]) == ("calendar.days", True)
    assert words in texts(form)
    text.value = "G: G1\nR: R1"
    assert form.issues == []
    assert set(form.value["calendar"]["days"]) == {"G", "R"}


def test_days_that_lines_cannot_say_are_only_shown(form: RuleForm) -> None:
    form.value = {"calendar": {"days": {"A:B": ["1,2"]}}}
    assert labelled(fields(form)["calendar", "days"], "Days").disabled
    form.value = {}
    assert not labelled(fields(form)["calendar", "days"], "Days").disabled


def test_rows_keep_their_order() -> None:
    assert list(rows_of("B: 2, 1\nA: 3")) == ["B", "A"]
    assert rows_of("B: 2, 1") == {"B": ["2", "1"]}


def test_few_names_are_ticked(form: RuleForm) -> None:
    field = fields(form)["labs", "departments"]
    labelled(field, "Science").value = True
    labelled(field, "Arts").value = True
    assert form.value == {"labs": {"departments": ["Science", "Arts"]}}
    labelled(field, "Science").value = False
    assert form.value == {"labs": {"departments": ["Arts"]}}


def test_a_name_that_the_school_lacks_is_kept_and_said(form: RuleForm) -> None:
    form.value = {"labs": {"departments": ["Magic"], "courses": ["Potions"]}}
    labelled(fields(form)["labs", "departments"], "Arts").value = True
    assert form.value["labs"]["departments"] == ["Magic", "Arts"]
    labelled(fields(form)["labs", "departments"], "Magic (not in the files)").value = False
    labelled(fields(form)["labs", "courses"], "✕ Potions (not in the files)").click()
    assert form.value == {"labs": {"departments": ["Arts"]}}


def test_many_names_are_chosen_one_by_one(form: RuleForm) -> None:
    assert len(COURSES) > FEW_CHOICES
    field = fields(form)["labs", "courses"]
    for name in ("Course 3", "Course 1", "Course 3", "  "):
        labelled(field, "Courses").value = name
        labelled(field, "Add").click()
    assert form.value == {"labs": {"courses": ["Course 3", "Course 1"]}}
    assert "Course 3" not in labelled(field, "Courses").options
    labelled(field, "✕ Course 3").click()
    assert form.value == {"labs": {"courses": ["Course 1"]}}


def test_another_school_offers_other_names(form: RuleForm) -> None:
    form.value = {"labs": {"departments": ["Science"]}}
    form.departments = ["Science", "Sports"]
    field = fields(form)["labs", "departments"]
    assert labelled(field, "Sports").value is False
    assert labelled(field, "Science").value is True
    form.departments = []
    assert labelled(field, "✕ Science")
    assert form.value == {"labs": {"departments": ["Science"]}}


# Single courses -------------------------------------------------------------------------------------------


def test_a_course_gets_rules_of_its_own(form: RuleForm) -> None:
    add_course(form, "Course 7")
    assert form.value == {"courses": {"Course 7": {}}}
    shown = fields(form)
    labelled(shown["courses", "Course 7", "periods"], "R2").value = True
    labelled(shown["courses", "Course 7", "seats"], "as in the files").value = False
    labelled(shown["courses", "Course 7", "seats"], "Seats of each section").value = 15
    labelled(shown["courses", "Course 7", "dedicated_teacher"], "One teacher only").value = True
    labelled(shown["courses", "Course 7", "kinds", "periods"], "How strict").label = "Off"
    expected = {"periods": ["R2"], "seats": 15, "dedicated_teacher": True, "kinds": {"periods": "off"}}
    assert form.value == {"courses": {"Course 7": expected}}
    assert form.rules.courses["Course 7"] == CourseRules.model_validate(expected)
    labelled(shown["courses", "Course 7", "periods"], "R2").value = False
    labelled(shown["courses", "Course 7", "kinds", "periods"], "How strict").label = "As for the school"
    assert form.value == {"courses": {"Course 7": {"seats": 15, "dedicated_teacher": True}}}


def test_each_course_is_shown_with_its_own(form: RuleForm) -> None:
    add_course(form, "Course 7")
    labelled(fields(form)["courses", "Course 7", "seats"], "as in the files").value = False
    labelled(fields(form)["courses", "Course 7", "seats"], "Seats of each section").value = 15
    add_course(form, "Course 8")
    seats = fields(form)["courses", "Course 8", "seats"]
    assert seats.entry is None
    assert labelled(seats, "Seats of each section").value == 1, "not what the other course has"
    view = courses_of(form)
    assert "Course 7" not in view.name.options
    view.chosen.value = "Course 7"
    assert fields(form)["courses", "Course 7", "seats"].entry == 15
    assert form.value["courses"] == {"Course 7": {"seats": 15}, "Course 8": {}}
    assert all(one.comm is not None for one in inside(form)), "nothing of the page is closed"


def test_the_rules_of_a_course_are_removed(form: RuleForm) -> None:
    for name in ("Course 7", "Course 8"):
        add_course(form, name)
    view = courses_of(form)
    labelled(fields(form)["courses", "Course 8", "seats"], "as in the files").value = False
    labelled(fields(form)["courses", "Course 8", "seats"], "Seats of each section").value = 0
    assert form.issues
    labelled(form, "Remove all that is set for Course 8").click()
    assert form.value == {"courses": {"Course 7": {}}}
    assert form.issues == []
    assert view.chosen.value == "Course 7"
    view.remove.click()
    assert form.value == {}
    assert view.remove.layout.display == "none"
    assert "None has any yet." in texts(form)
    form.value = {"sped_limit": 3}
    add_course(form, "Course 9")
    assert form.value == {"sped_limit": 3, "courses": {"Course 9": {}}}


def test_courses_from_outside_take_the_place_of_those_shown(form: RuleForm) -> None:
    add_course(form, "Course 7")
    form.value = {"courses": {"Course 8": {"seats": 3}}}
    assert fields(form)["courses", "Course 8", "seats"].entry == 3
    form.value = {}
    form.value = {"courses": {"": {"seats": 4}}}
    assert fields(form)["courses", "", "seats"].entry == 4
    courses_of(form).remove.click()
    assert form.value == {}


# What does not fit ----------------------------------------------------------------------------------------


def test_an_entry_that_does_not_fit_is_said_beside_it(form: RuleForm) -> None:
    limit = labelled(fields(form)["sped_limit",], "At most")
    limit.value = 9
    limit.value = -3
    labelled(fields(form)["kinds", "seats"], "How strict").value = "off"
    assert form.value == {"sped_limit": 9}, "the last rules that fit"
    (issue,) = form.issues
    assert (issue["column"], issue["value"]) == ("sped_limit", "-3")
    assert texts(form).count("-3 does not fit: it should be greater than or equal to 0.") == 1
    assert "One entry does not fit." in texts(form)
    limit.value = 4
    assert form.value == {"sped_limit": 4, "kinds": {"seats": "off"}}
    assert (form.issues, "does not fit" in texts(form)) == ([], False)


def test_a_price_of_nothing_does_not_fit(form: RuleForm) -> None:
    labelled(fields(form)["kinds", "labs_apart"], "Price a pair of labs").value = 0
    assert [issue["column"] for issue in form.issues] == ["kinds.labs_apart.priced"]
    assert form.value == {}
    assert "0 does not fit" in texts(form)


def test_a_course_that_is_not_shown_may_have_to_be_mended(form: RuleForm) -> None:
    add_course(form, "Course 7")
    labelled(fields(form)["courses", "Course 7", "seats"], "as in the files").value = False
    labelled(fields(form)["courses", "Course 7", "seats"], "Seats of each section").value = -1
    add_course(form, "Course 8")
    assert "does not fit: it should be greater than or equal to 1" not in texts(form)
    labels = [label for label, _ in courses_of(form).chosen.options]
    assert [label.endswith("to mend") for label in labels] == [True, False]
    assert "Course 8" not in form.value.get("courses", {})
    courses_of(form).chosen.value = "Course 7"
    labelled(fields(form)["courses", "Course 7", "seats"], "Seats of each section").value = 5
    assert form.value == {"courses": {"Course 7": {"seats": 5}, "Course 8": {}}}


def test_what_comes_from_outside_mends_what_did_not_fit(form: RuleForm) -> None:
    labelled(fields(form)["sped_limit",], "At most").value = -3
    form.value = {"sped_target": 1}
    assert form.issues == []
    assert labelled(fields(form)["sped_limit",], "At most").value == 12
    assert form.value == {"sped_target": 1}


# Files and defaults ---------------------------------------------------------------------------------------


def test_back_to_the_defaults_and_back_again(form: RuleForm) -> None:
    back, again = (labelled(form, text) for text in ("Back to the defaults", "No, take my rules again"))
    assert back.disabled
    form.value = {"sped_limit": 5, "courses": {"Course 7": {"seats": 3}}}
    assert again.layout.display == "none"
    back.click()
    assert form.value == {}
    assert labelled(fields(form)["sped_limit",], "At most").value == 12
    assert again.layout.display == ""
    again.click()
    assert form.value == {"sped_limit": 5, "courses": {"Course 7": {"seats": 3}}}
    assert fields(form)["courses", "Course 7", "seats"].entry == 3
    back.click()
    labelled(fields(form)["sped_limit",], "At most").value = 2
    assert again.layout.display == "none", "what was is gone once something new is entered"


def test_the_rules_that_a_file_replaced_come_back_by_one_press(form: RuleForm) -> None:
    again = labelled(form, "No, take my rules again")
    form.value = {"sped_limit": 5}
    assert form.load_toml(b"sped_limit = 9")
    assert again.layout.display == ""
    again.click()
    assert form.value == {"sped_limit": 5}


def test_the_defaults_also_undo_what_does_not_fit(form: RuleForm) -> None:
    labelled(fields(form)["sped_limit",], "At most").value = -3
    labelled(form, "Back to the defaults").click()
    assert (form.value, form.issues) == ({}, [])
    assert labelled(fields(form)["sped_limit",], "At most").value == 12


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"sped_limt = 3", "'sped_limit' was meant?"),
        (b"sped_limit = ", "not TOML"),
        ("name = 'Schöne Aussicht'".encode("latin-1"), "not UTF-8"),
        (b"#" * 1_000_001, "over 1,000,000 bytes"),
    ],
    ids=["unknown key", "no TOML", "no text", "too large"],
)
def test_a_file_that_does_not_fit_changes_nothing(form: RuleForm, content: bytes, words: str) -> None:
    form.value = {"sped_limit": 5}
    assert not form.load_toml(content, "mine.toml")
    assert form.value == {"sped_limit": 5}
    assert {issue["path"] for issue in form.issues} == {"mine.toml"}
    assert escape(words) in texts(form)
    labelled(fields(form)["sped_limit",], "At most").value = 6
    assert form.issues == []


def test_rules_are_saved_and_read_back(form: RuleForm) -> None:
    form.value = {"sped_limit": None, "kinds": {"seats": {"priced": 4}}, "courses": {"Art": {"seats": 3}}}
    other = RuleForm()
    assert other.load_toml(form.toml.encode())
    assert other.value == form.value


def test_the_first_course_can_be_named() -> None:
    empty = unfolded(RuleForm(courses=COURSES))
    view = courses_of(empty)
    assert view.chosen.layout.display == "none", "no course has rules yet"
    assert view.name.layout.display != "none"
    assert len({id(one.layout) for one in (view.chosen, view.name, view.add)}) == 3
