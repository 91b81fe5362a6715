"""What a class works on, in a framework from kindergarten to grade 12 where each grade precedes the next."""

from collections.abc import Collection
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from app.db.frameworks.frameworks import CompetencyRow, LinkRow
from app.db.mastery.mastery import MasteryRow
from app.frameworks.outline import outline
from app.mastery.in_force import Rulebook
from app.mastery.standings import Standing
from app.mastery.views.focus import Focus, commonest
from app.mastery.views.inputs import FrameworkView, Place

NOW = datetime(2026, 10, 1, tzinfo=UTC)
GRADES = ("KG", *(f"{n:02d}" for n in range(1, 13)))
DOMAINS = ("numbers", "shapes", "data")
FRAMEWORK = UUID(int=1)
ADA, BEN = UUID(int=100), UUID(int=101)
CODES = [f"{grade}.{domain}.{n}" for domain in DOMAINS for grade in GRADES for n in (1, 2)]
Shown = dict[str, bool]
"""By code, whether what was begun is met."""


def ident(code: str) -> UUID:
    return uuid5(FRAMEWORK, code)


CODE = {ident(code): code for code in CODES}


def framework() -> list[CompetencyRow]:
    rows = [
        CompetencyRow(ident(domain), FRAMEWORK, n, None, domain, None, "none", []) for n, domain in enumerate(DOMAINS)
    ]
    return rows + [
        CompetencyRow(ident(code), FRAMEWORK, n, code, f"Can {code}", None, "none", [code.partition(".")[0]])
        for n, code in enumerate(CODES, len(DOMAINS))
    ]


def links() -> list[LinkRow]:
    below = [LinkRow("isChildOf", ident(code), ident(code.split(".")[1]), n, None) for n, code in enumerate(CODES)]
    chains = [[code for code in CODES if domain in code] for domain in DOMAINS]
    before = [
        LinkRow("precedes", ident(first), ident(then), None, None)
        for chain in chains
        for first, then in pairwise(chain)
    ]
    return below + before


OUTLINE = outline(FRAMEWORK, "K to 12", framework(), links())


def view(**of: Shown) -> FrameworkView:
    """Where Ada and Ben stand, who have begun these or met them."""
    places = {}
    for learner, begun in ((ADA, of.get("ada", {})), (BEN, of.get("ben", {}))):
        states = {ident(code): _state(learner, ident(code), met=met) for code, met in begun.items()}
        places[learner] = Place({competency: Standing(state) for competency, state in states.items()}, {})
    return FrameworkView(OUTLINE, places, Rulebook([], NOW, {}))


def _state(learner: UUID, competency: UUID, *, met: bool) -> MasteryRow:
    level = 2 if met else 1
    return MasteryRow(learner, competency, 0, level, 0.5, met=met, at=NOW, until=None, deciding=[1], shown=1)


def ready(seen: FrameworkView, learner: UUID, grades: Collection[str] = (), planned: Collection[str] = ()) -> list[str]:
    """The codes of what a learner of a class is ready for, in order."""
    focus = Focus(dict.fromkeys((ADA, BEN), tuple(grades)), {learner: {ident(code) for code in planned}})
    return [CODE[gap.competency] for gap in focus.ready(seen, [ADA, BEN])[learner]]


def same(code: str, other: str) -> bool:
    """Whether two codes are of the same domain."""
    return code.split(".")[1] == other.split(".")[1]


lives = st.dictionaries(st.sampled_from(CODES), st.booleans(), max_size=12)


@given(ada=lives, ben=lives, planned=st.sets(st.sampled_from(CODES), max_size=3))
def test_a_class_is_told_of_its_grade_of_what_was_begun_and_of_plans(ada: Shown, ben: Shown, planned: set[str]) -> None:
    seen = view(ada=ada, ben=ben)
    codes = ready(seen, ADA, ["8"], planned)
    for code in codes:
        assert code.startswith("08.") or code in ada or code in planned
        assert not ada.get(code), "what is met is no need"
    for begun in (code for code, met in ada.items() if not met):
        chain = CODES[: CODES.index(begun) + 1]
        assert any(code in chain and same(code, begun) for code in codes), "it is told, or what comes before it"
    assert codes == ready(seen, ADA, ["Grade 8"], planned)


@given(ada=lives)
def test_nothing_begun_waits_for_what_nobody_has_shown_of_earlier_grades(ada: Shown) -> None:
    early = {code: met for code, met in ada.items() if not code.startswith("08.")}
    open_domains = {code.split(".")[1] for code, met in early.items() if not met}
    first = {code for code in ready(view(ada=early), ADA, ["08"]) if code.startswith("08.")}
    for domain in {*DOMAINS} - open_domains:
        assert any(domain in code for code in first), f"{domain} of grade 8 can begin"


def test_a_grade_8_class_begins_with_grade_8() -> None:
    assert ready(view(), ADA, ["08"]) == [f"08.{domain}.1" for domain in DOMAINS]


def test_what_was_begun_comes_first_and_holds_back_what_follows() -> None:
    seen = view(ada={"06.shapes.1": False, "08.data.1": True})
    assert ready(seen, ADA, ["08"]) == ["08.data.2", "06.shapes.1", "08.numbers.1"]
    assert ready(seen, BEN, ["08"]) == [f"08.{domain}.1" for domain in DOMAINS], "it is Ada's, and nobody else's"


def test_without_grades_evidence_says_what_the_group_works_on() -> None:
    seen = view(ada={"05.data.1": True, "05.numbers.1": False}, ben={"05.data.1": False, "09.shapes.1": True})
    assert {code[:2] for code in ready(seen, BEN)} == {"05"}
    assert ready(view(), ADA)[0] == "KG.numbers.1", "where nothing says anything, all of it counts"


def test_the_grades_of_a_class_are_those_that_most_of_it_is_in() -> None:
    assert commonest([["8"], ["08"], ["Grade 8"], ["02"]]) == ["08"]
    assert commonest([["7"], ["08"], ["8"], ["07"]]) == ["07", "08"]
    assert commonest([[], []]) == []
