"""Codes: the many ways of writing one, and codes that stay apart."""

import pytest

from app.frameworks import shipped
from app.frameworks.case.package import read
from app.frameworks.codes import aliases, forms, normal

ONE = [
    "CCSS.MATH.CONTENT.6.NS.A.1",
    "CCSS.Math.Content.6.NS.A.1",
    "6.NS.A.1",
    "CCSS-M:6.NS.A.1",
    "6.ns.a.1",
    "urn:fdc:example.com:standards:CCSS-M:6.NS.A.1",
    "CCSS Math 6-NS-A-1",
]


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


def test_every_shipped_standard_is_found_by_a_vendors_way_of_writing_it() -> None:
    """Assessment consortia link to these standards by URNs; every coded one must lead to one standard, and no other."""
    package = read(shipped.package("ccss-math"), "https://x.org", "2026-09-01T08:00:00Z")
    called: dict[str, set[str]] = {}
    for item in package.items:
        for form in aliases([item.get("humanCodingScheme"), item.get("alternativeLabel")]):
            called.setdefault(form, set()).add(item["identifier"])
    coded = [item for item in package.items if "humanCodingScheme" in item]
    assert len(coded) > 600
    for item in coded:
        bare = item["humanCodingScheme"].rsplit("Content.", 1)[-1].rsplit("Practice.", 1)[-1]
        for way in (f"urn:fdc:example.com:2016:cfr:CCSS-M:{bare.replace('-', '.')}", f"CCSS.MATH.{bare.lower()}", bare):
            first = next(called[form] for form in forms(way) if form in called)
            assert first == {item["identifier"]}, way
