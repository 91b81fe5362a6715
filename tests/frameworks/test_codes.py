"""Codes: the many ways of writing one in its framework, codes that stay apart, and what frameworks are called."""

from uuid import UUID

import pytest

from app.frameworks import shipped
from app.frameworks.case.package import read
from app.frameworks.codes import aliases, endings, forms, normal, parted, writing
from app.frameworks.naming import Namings, naming

COMMON_CORE = naming(UUID(int=1), "Common Core State Standards for Mathematics")
ONE = [
    "CCSS.MATH.CONTENT.6.NS.A.1",
    "CCSS.Math.Content.6.NS.A.1",
    "6.NS.A.1",
    "CCSS-M:6.NS.A.1",
    "6.ns.a.1",
    "urn:fdc:example.com:standards:CCSS-M:6.NS.A.1",
    "CCSS Math 6-NS-A-1",
]


def common_core(code: str) -> list[str]:
    """The forms of a code in the Common Core."""
    return forms(parted(code)[1], COMMON_CORE.writing)


@pytest.mark.parametrize("code", ONE)
def test_the_ways_of_writing_one_code(code: str) -> None:
    assert {"6.NS.A.1", "6.NS.1"} <= {*common_core(code)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("HSA-SSE.A.1", ["HSA.SSE.A.1", "A.SSE.A.1", "HSA.SSE.1", "A.SSE.1"]),
        ("6.NS.C.7c", ["6.NS.C.7.C", "6.NS.7.C"]),
        ("CCSS.Math.Practice.MP5", ["CCSS.MATH.PRACTICE.MP5", "MP5"]),
        ("MS-PS1-2", ["MS.PS1.2"]),
        ("6.NS.A", ["6.NS.A"]),
        (" ", []),
    ],
)
def test_forms(code: str, expected: list[str]) -> None:
    assert common_core(code) == expected


def test_how_a_framework_writes_its_codes_means_nothing_elsewhere() -> None:
    assert forms("CC.1.2.3.A") == ["CC.1.2.3.A"]
    assert forms("5.NF.A.1") == ["5.NF.A.1"]
    pennsylvania = naming(UUID(int=2), "Pennsylvania Core Standards for English Language Arts")
    assert forms("CC.1.2.3.A", pennsylvania.writing) == ["CC.1.2.3.A", "1.2.3.A"]
    assert forms("OH-1.2", writing(["oh"])) == ["OH.1.2", "1.2"]
    assert endings("CC.1.2.3.A") == ["CC.1.2.3.A", "1.2.3.A", "2.3.A"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CCSS-M:6.NS.A.1", ("CCSS-M", "6.NS.A.1")),
        ("urn:fdc:example.com:2016:cfr:CCSS-M:6.NS.A.1", ("CCSS-M", "6.NS.A.1")),
        ("urn:code:6.NS.A.1", (None, "6.NS.A.1")),
        ("6.NS.A.1", (None, "6.NS.A.1")),
        ("https://example.org/6.NS.A.1", (None, "https://example.org/6.NS.A.1")),
    ],
)
def test_a_code_may_name_its_framework(code: str, expected: tuple[str | None, str]) -> None:
    assert parted(code) == expected


def test_what_frameworks_are_called() -> None:
    ngss, own = UUID(int=3), UUID(int=4)
    known = Namings(
        [COMMON_CORE, naming(ngss, "Next Generation Science Standards"), naming(own, "Shop", ["Makers of Ohio"])]
    )
    for name in ("CCSS Mathematics", "CCSS-M", "ccss", "Common Core", "Common Core State Standards for Mathematics"):
        assert known.called(name) == {COMMON_CORE.framework}, name
    assert known.called("NGSS") == {ngss}
    assert known.called("makers of OHIO") == {own}
    assert known.called("Ohio Learning Standards") == set()
    assert naming(own, "Common Core State Standards for Mathematics (2010)").names >= COMMON_CORE.names


def test_other_codes_stay_apart() -> None:
    assert not set(common_core("6.NS.A.1")) & set(common_core("6.NS.B.2"))
    assert not set(common_core("7.NS.A.1")) & set(common_core("6.NS.A.1"))
    assert aliases(["6.NS.A.1", None, "6.NS.1"], COMMON_CORE.writing) == ["6.NS.A.1", "6.NS.1"]
    assert normal("6.NS.A.1") != normal("6.NS.1")


def test_every_shipped_standard_is_found_by_a_vendors_way_of_writing_it() -> None:
    """Assessment consortia link to these standards by URNs; every coded one must lead to one standard, and no other."""
    package = read(shipped.package("ccss-math"), "https://x.org", "2026-09-01T08:00:00Z")
    called: dict[str, set[str]] = {}
    for item in package.items:
        codes = [item.get("humanCodingScheme"), item.get("alternativeLabel")]
        for form in aliases(codes, COMMON_CORE.writing):
            called.setdefault(form, set()).add(item["identifier"])
    coded = [item for item in package.items if "humanCodingScheme" in item]
    assert len(coded) > 600
    for item in coded:
        bare = item["humanCodingScheme"].rsplit("Content.", 1)[-1].rsplit("Practice.", 1)[-1]
        for way in (f"urn:fdc:example.com:2016:cfr:CCSS-M:{bare.replace('-', '.')}", f"CCSS.MATH.{bare.lower()}", bare):
            first = next(called[form] for form in common_core(way) if form in called)
            assert first == {item["identifier"]}, way
