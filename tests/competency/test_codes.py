"""Codes: the many ways of writing one, and codes that stay apart."""

import pytest

from app.competency.codes import aliases, forms, normal

ONE = [
    "CCSS.MATH.CONTENT.6.NS.A.1", "CCSS.Math.Content.6.NS.A.1", "6.NS.A.1", "CCSS-M:6.NS.A.1", "6.ns.a.1",
    "urn:fdc:example.com:standards:CCSS-M:6.NS.A.1", "CCSS Math 6-NS-A-1",
]  # fmt: skip


@pytest.mark.parametrize("code", ONE)
def test_the_ways_of_writing_one_code(code: str) -> None:
    assert normal(code) == "6.NS.A.1"
    assert "6.NS.1" in forms(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CCSS.Math.Content.HSA-SSE.A.1", ["HSA.SSE.A.1", "A.SSE.A.1", "HSA.SSE.1", "A.SSE.1"]),
        ("CCSS.Math.Content.6.NS.C.7c", ["6.NS.C.7.C", "6.NS.7.C"]),
        ("CCSS.Math.Practice.MP5", ["MP5"]),
        ("CCSS.ELA-Literacy.RL.3.1", ["RL.3.1"]),
        ("MS-PS1-2", ["MS.PS1.2"]),
        ("6.NS.A", ["6.NS.A"]),
        (" ", []),
    ],
)
def test_forms(code: str, expected: list[str]) -> None:
    assert forms(code) == expected


def test_other_codes_stay_apart() -> None:
    assert not set(forms("6.NS.A.1")) & set(forms("6.NS.B.2"))
    assert not set(forms("7.NS.A.1")) & set(forms("6.NS.A.1"))
    assert aliases(["6.NS.A.1", None, "6.NS.1"]) == ["6.NS.A.1", "6.NS.1"]
