"""A made-up learner's evidence: school, an adaptive tool and a club side by side, to try views and pictures on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.mastery.in_force import InForce
from app.mastery.judge import Asserted, Judge
from app.mastery.policies import Policy
from app.mastery.rules import AnyRule, DecayingAverage
from app.mastery.standing import Evidenced, Item, RulesOn

AUGUST = datetime(2026, 8, 24, 15, 0, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FRAMEWORK = UUID("9909231f-bf1f-5d61-9dae-5bcdc6315104")
TITLE = "Common Core State Standards for Mathematics"


def competency(n: int) -> UUID:
    """The id of a made-up competency."""
    return UUID(int=n)


def item(n: int, code: str, statement: str, domain: str, **more: Any) -> Item:
    """A made-up competency of the framework."""
    values = {"framework": FRAMEWORK, "framework_title": TITLE, "place": (0, n)} | more
    return Item(id=competency(n), code=code or None, statement=statement, domain=domain, **values)


RATIOS, NUMBERS, EXPRESSIONS = "Ratios and Proportional Relationships", "The Number System", "Expressions and Equations"
ITEMS = {
    made.id: made
    for made in (
        item(
            1,
            "CCSS.Math.Content.6.RP.A.1",
            "Understand the concept of a ratio and use ratio language to describe a ratio relationship between two "
            "quantities.",
            RATIOS,
        ),
        item(2, "CCSS.Math.Content.6.RP.A.2", "Understand the concept of a unit rate a/b.", RATIOS),
        item(3, "CCSS.Math.Content.6.NS.A.1", "Interpret and compute quotients of fractions.", NUMBERS),
        item(4, "CCSS.Math.Content.6.NS.B.2", "Fluently divide multi-digit numbers.", NUMBERS),
        item(5, "CCSS.Math.Content.6.EE.A.1", "Write and evaluate numerical expressions with exponents.", EXPRESSIONS),
        item(
            6,
            "MS-ETS1-4",
            "Develop a model to generate data for testing",
            "Next Generation Science Standards",
            framework=None,
            framework_title="Next Generation Science Standards",
            aligned=False,
        ),
    )
}


def piece(
    id: int,
    day: int,
    share: float | None,
    *,
    setting: str = "in-school",
    method: str | None = None,
    source: str = "SIS",
    title: str = "Homework 1",
    **more: Any,
) -> Evidenced:
    """A made-up piece of evidence, so many days after the year began."""
    asserted = Asserted(id, AUGUST + timedelta(days=day), share, method, **more)
    words = "" if share is None else f"{share * 10:g} of 10"
    return Evidenced(asserted, title, source, setting, issuer=source, said=words, statement=(1, "results", f"r-{id}"))


EVIDENCE: dict[UUID, list[Evidenced]] = {
    competency(1): [
        piece(1, 10, 0.4),
        piece(2, 24, 0.62, title="Unit test 1"),
        piece(3, 40, 0.8, method="adaptive", source="Sample Mathematics", title="Ratios, 3 of 5 right"),
        piece(4, 60, 0.75, method="formative", source="LMS", title="Ratio stories"),
        piece(
            5,
            78,
            1.0,
            setting="after-school",
            method="credential",
            source="Demo Lake Robotics Club",
            title="Line Follower",
        ),
    ],
    competency(2): [
        piece(6, 24, 0.55),
        piece(7, 45, 0.3, method="adaptive", source="Sample Mathematics", title="Unit rates"),
    ],
    competency(3): [piece(8, 30, 0.96), piece(9, 52, 0.97, title="Unit test 2")],
    competency(4): [piece(10, 33, 0.2), piece(11, 61, 0.45, method="adaptive", source="Sample Mathematics")],
    competency(5): [piece(12, 70, None, title="Poster on powers of two", setting="home")],
    competency(6): [
        piece(
            13,
            78,
            1.0,
            setting="after-school",
            method="credential",
            source="Demo Lake Robotics Club",
            title="Line Follower",
        )
    ],
}


class OneRule:
    """One policy for everything."""

    def __init__(self, rule: AnyRule) -> None:
        self._policy = InForce(0, "sample policy", 1, Judge(Policy(rule=rule)))

    def of(self, competency: UUID) -> InForce:
        del competency
        return self._policy

    def by_id(self, policy: int) -> InForce:
        del policy
        return self._policy


def rules(rule: AnyRule | None = None) -> RulesOn:
    """One policy for everything, at all times."""
    rule_set = OneRule(rule or DecayingAverage())
    return lambda _on: rule_set
