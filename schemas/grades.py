"""Grade levels as codes, and which follows which.

CEDS, *Entry Grade Level*: https://ceds.ed.gov/element/000100
"""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

GRADES = ("IT", "PR", "PK", "TK", "KG", *(f"{n:02d}" for n in range(1, 14)), "PS", "UG")
"""All codes, the youngest first; UG is ungraded."""
LADDER = GRADES[: GRADES.index("UG")]
"""Those that follow one another."""
FOLLOWING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{lower: frozenset({upper}) for lower, upper in pairwise(LADDER)},
        "IT": frozenset({"PR", "PK"}),
        "PR": frozenset({"PK", "TK", "KG"}),
        "PK": frozenset({"TK", "KG"}),
        "12": frozenset({"13", "PS"}),
    }
)
"""The grades that follow a grade. Few have a transitional kindergarten, or a thirteenth grade."""
