"""What the university page knows: what its user chose, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, get_args

import traitlets
from traitlets import Enum, Int, List, Unicode

from echelon_lib.analysis.clusters import Clusters, clusters
from echelon_lib.analysis.session_columns import SessionColumns, session_columns
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.formats.university_writing import university_contents
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.generate.university.reference import FEWEST_DEPARTMENTS, MOST_DEPARTMENTS
from echelon_lib.preflight import Finding
from echelon_lib.runs.assess import changed_since
from echelon_lib.runs.institution import Institution, problem_of
from echelon_lib.runs.job import Job
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.scenario import MOST_SEED
from echelon_lib.runs.workspace import School
from echelon_lib.search.university.stages import Stages
from echelon_lib.university import university_of
from echelon_lib.university_rules import PRICES, UniversityKinds, UniversityRules
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.page_state import (
    Judgement,
    PageState,
    Reading,
    judgement_of,
    plain,
    reading_of,
    said_of,
)
from echelon_lib.widgets.session_grid import GRID_BY
from echelon_lib.widgets.variant_prices import (
    BALANCED,
    OWN,
    Weight,
    named,
    prices_of,
    variant_of,
    weights_of,
    with_prices,
)
from echelon_lib.widgets.variants_state import MADE_AT_ONCE, MOST_COMPARED, VariantsState

STEPS = ("data", "weights", "run", "review", "variants", "files")
VIEWS = ("week", "quality", "use", "clusters", "lookup")
STAGES: Mapping[str, tuple[str, ...]] = {
    name: get_args(Stages.model_fields[name].annotation)
    for name in ("grouping", "feasibility", "repair", "quality")
}
"""What may do each stage of a search."""
LONGEST_VARIANT = 60
"""Characters in the name of a variant, at most."""
KEPT = (
    *("school", "accept_headers", "rules", "variant", "seconds", "seed"),
    *STAGES,
    *("started", "run", "compared", "wanted", "made", "view", "grid_by", "step"),
)
"""What the user chose, in the order in which it is taken over: a university has rules, and these a name."""

_FILES, _RUN, _GENERATE, _CLUSTERS = "files", "run", "generate", "clusters"


def _stage(name: str) -> Any:
    """Return a trait for what does a stage."""
    return Enum(STAGES[name], default_value=Stages.model_fields[name].default)


@dataclass(frozen=True)
class AtHand:
    """What was read of a university, so that a run of it is opened without reading it again."""

    school: School
    accept_headers: bool
    files: UniversityFiles
    problem: Problem
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Opened:
    """A run that was read back, and its sessions where it has a timetable, or what comes closest to one."""

    outcome: Outcome
    sessions: SessionColumns | None


class UniversityState(PageState):
    """The page of a university without its looks.

    Files are read, runs are opened and universities invented beside it, since each may take seconds:
    ``busy`` says what goes on, and ``tick`` takes over what has been done.

    Parameters
    ----------
    workspace
        Where universities and runs lie; the default one when left out.
    """

    institution: ClassVar[Institution] = "university"
    kept: ClassVar = KEPT
    running: ClassVar = "run"
    showing: ClassVar = ("review", "files")
    lists_of_runs: ClassVar = {"compared": MOST_COMPARED, "made": MADE_AT_ONCE}
    rules_word: ClassVar = "weights"
    no_school: ClassVar = "Choose a university whose files can be read first."
    unfit_rules: ClassVar = "Something that was entered under Weights does not fit. Mend it there first."

    step = Enum(STEPS, default_value=STEPS[0])
    variant = Unicode(BALANCED)
    grouping, feasibility = _stage("grouping"), _stage("feasibility")
    repair, quality = _stage("repair"), _stage("quality")
    compared = List(Unicode(), maxlen=MOST_COMPARED)
    wanted = List(Unicode(), default_value=list(PRICES))
    made = List(Unicode(), maxlen=MADE_AT_ONCE)
    view = Enum(VIEWS, default_value=VIEWS[0])
    grid_by = Enum(GRID_BY, default_value=GRID_BY[0])
    departments = Int(20, min=FEWEST_DEPARTMENTS, max=MOST_DEPARTMENTS)
    generator_seed = Int(0, min=0, max=MOST_SEED)

    sessions = traitlets.Instance(SessionColumns, allow_none=True)
    clusters = traitlets.Instance(Clusters, allow_none=True)

    def __init__(self, *args: Any, **kept: Any) -> None:
        self._background = Background()
        self._unread = False
        self._to_show: Job | None = None
        self._judged: frozenset[str] | None = None
        super().__init__(*args, **kept)

    def begin(self) -> None:
        """Make what belongs to variants."""
        self.variants = VariantsState(self, self._background)

    # The files --------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Have the files read at the next tick: a page may wait for long until somebody looks at it."""
        self._background.give_up(_FILES)
        self.take_reading(Reading())
        self.findings, self.problem, self.clusters = (), None, None
        self._unread, self.checked = True, False

    def judge(self) -> None:
        """Have the files read, or their problem made anew and checked, beside the page."""
        if self._background.going(_FILES) and not self._unread:
            return
        school, rules = self.chosen, dict(self.rules)
        required = required_in(self.weights_set)
        if self._unread:
            work: Any = partial(_read_and_judged, school, rules, accept_headers=self.accept_headers)
            what = "" if school is None else f"Reading and checking the files of {school.name} …"
        else:
            reading = Reading(self.files, self.issues, self.near_headers)
            work = partial(_judged_again, school, rules, reading)
            what = "Checking the rules …"
        self._unread = False
        self._background.do(_FILES, what, work, partial(self._read, required), self._not_read)

    def _read(self, required: frozenset[str], found: tuple[Reading, Judgement]) -> None:
        reading, judgement = found
        self.take_reading(reading)
        self._judged = required
        self.take_judgement(judgement)
        self.rules_changed()

    def _not_read(self, error: Exception) -> None:
        self.message = said_of(error)
        self.checked = True

    def rules_changed(self) -> None:
        """Have the rules checked where another one is required; prices decide nothing that is checked."""
        if required_in(self.weights_set) != self._judged:
            self.checked = False
        self._name_variant()
        self.wanted = [one for one in self.wanted if one in self._may_be_wanted]

    @property
    def hindrance(self) -> str:
        """Why no run can be started, in a sentence; empty where one can."""
        if self.chosen is not None and not self.checked:
            return "The files are still being checked. Try again in a moment."
        return super().hindrance

    @property
    def ready(self) -> str:
        """What is said where a run can be started: whose timetable is made, and with which weights."""
        return f"{super().ready} Its weights are those of “{self.variant}”."

    def generate(self) -> None:
        """Invent a university of so many departments and choose it."""
        count, seed = self.departments, self.generator_seed
        self.message = self.news = ""
        name = f"Invented, {count:,} department{'' if count == 1 else 's'}, seed {seed}"
        self._background.do(
            _GENERATE,
            f"Inventing a university of {count:,} departments …",
            partial(_invented, count, seed),
            partial(self._generated, name),
            self._fail,
        )

    def _generated(self, name: str, files: Mapping[str, bytes]) -> None:
        if self.add_school(name, files):
            self.news = f"{name}: it was invented, and nobody studies there."

    def _fail(self, error: Exception) -> None:
        self.message = said_of(error)

    # The weights ------------------------------------------------------------------------------------------

    @property
    def weights_set(self) -> UniversityRules:
        """The rules as they are set."""
        return UniversityRules.from_mapping(self.rules)

    @property
    def weights(self) -> tuple[Weight, ...]:
        """What each rule costs as it is set."""
        return weights_of(self.weights_set)

    def set_weight(self, rule: str, price: int) -> None:
        """Give a rule another price, 0 for off."""
        self.rules = plain(with_prices(self.weights_set, {rule: price}))

    def _name_variant(self) -> None:
        """Call the weights by the name of the variant that has them; own ones keep theirs."""
        rules = self.weights_set
        same = variant_of(rules)
        if same:
            self.variant = same
        elif self.variant in named(rules):
            self.variant = OWN

    @traitlets.validate("variant")
    def _short(self, proposal: Any) -> str:
        """Keep names short and of one line; the variants that have names keep theirs for themselves."""
        name = " ".join(str(proposal["value"]).split())[:LONGEST_VARIANT]
        rules = self.weights_set
        return variant_of(rules) or (OWN if not name or name in named(rules) else name)

    @property
    def _may_be_wanted(self) -> tuple[str, ...]:
        """The variants that have names, and the word for the weights that are set."""
        return (*named(self.weights_set), OWN)

    @traitlets.validate("wanted")
    def _known(self, proposal: Any) -> list[str]:
        """Refuse what is no variant, and one that is named twice."""
        wanted: list[str] = proposal["value"]
        if len({*wanted}) < len(wanted) or not {*wanted} <= {*self._may_be_wanted}:
            raise traitlets.TraitError("there are no such variants")
        return wanted

    @property
    def own_variants(self) -> Mapping[str, Job]:
        """The newest run of each variant to which somebody gave a name, of the university that is chosen."""
        found: dict[str, Job] = {}
        known = named(self.weights_set)
        for job in self.of_this:
            if job.name and job.name not in known:
                found.setdefault(job.name, job)
        return found

    def choose_variant(self, name: str) -> None:
        """Set the weights of a variant: one that has a name, or one that a run was made with."""
        rules = self.weights_set
        known = named(rules)
        if name in known:
            self.rules = plain(with_prices(rules, prices_of(name, known)))
            self._name_variant()
        elif name != self.variant and name in self.own_variants:
            self.take_rules(self.own_variants[name])

    def take_rules(self, job: Job) -> None:
        """Set the weights with which a run was started, under their name."""
        super().take_rules(job)
        if not self.message:
            self.variant = job.name or OWN

    def load_rules(self, content: bytes, name: str) -> bool:
        """Take over a rules file; says what is wrong with it otherwise."""
        done = False
        with self.saying():
            self.rules = plain(with_prices(UniversityRules.from_bytes(content, source=name), {}))
            self.variant = OWN  # unless they are those of a variant that has a name
            done = True
        return done

    # Runs -------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any] | None:
        """Return the name of the variant, by which the run is known, and what does each stage."""
        return {"name": self.variant, "stages": self.stages}

    @property
    def stages(self) -> Stages:
        """What does each stage of a run that is started."""
        return Stages(**{name: getattr(self, name) for name in STAGES})

    @property
    def of_this(self) -> tuple[Job, ...]:
        """The runs of the university that is chosen, the newest first."""
        school = self.chosen
        if school is None:
            return ()
        return tuple(job for job in self.jobs if (job.school_id or job.school) in (school.id, school.name))

    @property
    def comparable(self) -> tuple[Job, ...]:
        """The runs of the university that is chosen that have ended."""
        return tuple(job for job in self.of_this if job.record is not None)

    def forget_run(self, id: str) -> None:
        """Compare a run that was removed with no other."""
        self.compared = [one for one in self.compared if one != id]

    def own(self, id: str) -> bool:
        """Tell whether a run was started on this page, by itself or with others."""
        return super().own(id) or id in self.made

    def show_run(self, job: Job) -> None:
        """Have a run read back beside the page, once the files are there that it may be of."""
        self.sessions, self._to_show = None, job
        self._show_due()

    @property
    def reading(self) -> bool:
        """Whether the files are still to be read and checked."""
        return self._unread or self._background.going(_FILES)

    def finding_problem(self, job: Job) -> Callable[[], Problem]:
        """Return what finds the problem of a run beside the page, from what was read as far as that goes."""
        return partial(_problem_of_run, job, self._at_hand())

    def _at_hand(self) -> AtHand | None:
        """Return what was read of the university that is chosen; None where it cannot be used."""
        school, problem = self.chosen, self.problem
        if school is None or problem is None or not self.checked:
            return None
        return AtHand(school, self.accept_headers, self.files, problem, self.findings)

    def _show_due(self) -> None:
        job = self._to_show
        if job is None or self.reading:
            return
        self._to_show = None
        self._background.do(
            _RUN,
            "Opening the run …",
            partial(_opened, job, self._at_hand()),
            partial(self._show, job.id),
            self._not_shown,
        )
        self.busy = self._background.said

    def _show(self, id: str, opened: Opened) -> None:
        if id == self.run:
            self.sessions = opened.sessions
            self.outcome = opened.outcome

    def _not_shown(self, error: Exception) -> None:
        self.message = said_of(error)
        self.run_not_opened()

    def find_clusters(self) -> None:
        """Find which courses hang together, beside the page."""
        if self.problem is not None:
            what = "Finding clusters of courses that share students …"
            work = partial(clusters, self.problem)
            self._background.do(_CLUSTERS, what, work, partial(setattr, self, "clusters"), self._fail)

    # What happens by itself -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what has become due, and take over what was done beside the page."""
        self._background.collect()
        super().tick()
        self._show_due()
        self.variants.tick()
        self.busy = self._background.said


def required_in(rules: UniversityRules) -> frozenset[str]:
    """Return the rules that are required."""
    return frozenset(
        name for name in UniversityKinds.model_fields if getattr(rules.kinds, name) == "required"
    )


def _read_and_judged(
    school: School | None, rules: Mapping[str, Any], *, accept_headers: bool
) -> tuple[Reading, Judgement]:
    return _judged_again(school, rules, reading_of(school, accept_headers=accept_headers))


def _judged_again(
    school: School | None, rules: Mapping[str, Any], reading: Reading
) -> tuple[Reading, Judgement]:
    return reading, judgement_of(school, reading.files, rules, reading.issues)


def _invented(departments: int, seed: int) -> dict[str, bytes]:
    """Return the files of a made-up university."""
    return university_contents(generate_university(departments, seed=seed).files)


def _opened(job: Job, at_hand: AtHand | None) -> Opened:
    """Read a run back; files that are at hand are not read again where they are those of the run."""
    problem, findings = (None, None) if at_hand is None else _of_run(job, at_hand)
    outcome = reopen(job.folder, problem=problem, findings=findings)
    best = outcome.result.best or outcome.result.closest
    sessions = None if best is None else session_columns(outcome.problem, best, outcome.result.evaluation)
    return Opened(outcome, sessions)


def _problem_of_run(job: Job, at_hand: AtHand | None) -> Problem:
    known = None if at_hand is None else _of_run(job, at_hand)[0]
    return reopen(job.folder).problem if known is None else known


def _of_run(job: Job, known: AtHand) -> tuple[Problem | None, tuple[Finding, ...] | None]:
    """Return the problem of a run with its findings, as far as what is at hand says them."""
    record = job.record
    same_headers = bool(job.scenario.get("accept_headers")) == known.accept_headers
    if record is None or job.school_id != known.school.id or not same_headers:
        return None, None
    rules, before = record.rules("university"), university_of(known.problem).rules
    if not isinstance(rules, UniversityRules) or changed_since(record, known.files.input_hashes):
        return None, None
    if rules.kinds == before.kinds:
        return known.problem, known.findings
    same = required_in(rules) == required_in(before)
    return problem_of(known.files, rules, name=known.school.name), known.findings if same else None
