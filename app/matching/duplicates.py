"""Duplicates: what two persons of one source look like: a child held twice, or a number that two children have. Pure.

Nothing is merged for it. A source that lists everybody once says that the two are two; whether it is wrong is for
whoever keeps it to find out.
"""

from typing import Literal

from app.matching.compare import compare
from app.matching.explain import explain
from app.matching.guards import AUTOMATIC, BIRTH, GIVEN, SLIPS, Candidate
from app.matching.traits import Traits
from app.matching.weights import Model, score

Kind = Literal["twice", "shared", "recycled"]
"""A child held twice; a number that two children have; a number that one child had and another has."""


def finding(left: Traits, right: Traits, model: Model, *, shared: bool, former: bool) -> tuple[Kind, str] | None:
    """What two persons of one source look like, and why in words without a value; None: like two, with nothing amiss.

    `shared` says whether a number is both's, `former` whether it was one's and is the other's. Who is held twice often
    has two numbers, so numbers say nothing of that; names and the birth date must agree on their own, as sisters and
    brothers share all else.
    """
    compared = compare(left, right)
    levels, scored = compared.levels, score(compared, model)
    reason = explain(Candidate(right, compared, scored))
    bits = scored.bits - scored.parts.get("number", 0.0)
    named_alike = levels.given in GIVEN and levels.family != "different"
    if bits >= AUTOMATIC and named_alike and levels.birth in BIRTH | SLIPS | {None}:
        return "twice", reason
    if shared:
        return "shared", reason
    return ("recycled", reason) if former else None
