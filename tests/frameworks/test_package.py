"""CASE packages: what is right comes out equal, what is not is mended and said."""

import gzip
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.errors import ConfigError
from app.frameworks.case import graph
from app.frameworks.case.package import Package, read
from tests.support.frameworks import as_one_point_zero, association, full, ident, item

BASE, AT = "https://records.example.org/ims/case/v1p1", "2026-09-01T08:00:00Z"


def reading(package: Mapping[str, Any]) -> Package:
    return read(json.dumps(package).encode(), BASE, AT)


def validator(shared: Path, schema: str) -> Draft202012Validator:
    document = json.loads((shared / "data/case/imscasev1p1_openapi3_v1p0.json").read_text())
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": document["components"]})


def test_a_package_with_every_field_comes_out_equal(shared: Path) -> None:
    assert list(validator(shared, "CFPackageDType").iter_errors(full())) == []
    package = reading(full())
    assert package.body == full()
    assert package.findings == []


def test_real_packages_come_out_equal(shared: Path) -> None:
    paths = sorted((shared / "data/case").glob("**/*.case11.json.gz"))
    assert paths
    for path in paths:
        received = path.read_bytes()
        assert read(received, BASE, AT).body == json.loads(gzip.decompress(received)), path


def test_what_case_1_1_forbids_is_left_out_and_what_it_requires_filled_in(shared: Path) -> None:
    package = reading(as_one_point_zero())
    assert list(validator(shared, "CFPackageDType").iter_errors(package.body)) == []
    first, second = package.items
    assert first["educationLevel"] == ["09"]
    assert first["lastChangeDateTime"] == "2017-05-08T23:06:36Z"
    assert second["identifier"] == ident("M.2")
    assert second["uri"] == f"{BASE}/CFItems/{ident('M.2')}"
    assert [a["associationType"] for a in package.associations] == ["isChildOf", "ext:IsTaughtWith"]
    assert package.associations[0]["sequenceNumber"] == 4
    counts = {finding.what: finding.count for finding in package.findings}
    assert counts["CFItem.CFDocumentURI is not in CASE 1.1"] == 2
    assert counts["CFItemType.description is missing"] == 1
    assert counts["CFAssociation without destinationNodeURI cannot be served"] == 1
    assert counts["CFAssociation.associationType was put right"] == 2


def test_circles_and_doubles_are_said() -> None:
    package = full()
    package["CFItems"].append(item("M.1", "The same identifier again"))
    package["CFAssociations"] += [association("precedes", "M.2", "M.1"), association("isChildOf", "M.1", "M.1")]
    places = {finding.what: finding.where for finding in reading(package).findings}
    assert places["precedes runs in a circle: an item precedes itself"][0].split(" → ")[1] in {"M.1", "M.2"}
    assert places["isChildOf runs in a circle: an item is its own ancestor"] == ["M.1 → M.1"]
    assert places["two items have one identifier: the later one is served"] == ["M.1"]


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (b"<html>sign in</html>", "it begins: '<html>"),
        (b"[]", "no CFDocument"),
        (b'{"CFDocument": {"title": "x"}}', "no identifier"),
        (b"\x1f\x8bbroken", "gzip"),
        (b'{"CFDocument": {"identifier": "\\u0000"}}', "NUL"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_package_is_refused_with_the_reason(received: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read(received, BASE, AT)


nodes = st.sampled_from("abcdef")


@given(st.lists(st.tuples(nodes, nodes)))
def test_a_circle_is_a_way_that_exists_and_an_order_breaks_none_without(pairs: list[tuple[str, str]]) -> None:
    edges = graph.edges(pairs)
    ways = list(graph.cycles(edges))
    for way in ways:
        assert way[0] == way[-1]
        assert all((begin, end) in pairs for begin, end in pairwise(way))
    ordered = graph.order(edges, "abcdef")
    assert sorted(ordered) == list("abcdef")
    if not ways:
        assert all(ordered.index(begin) < ordered.index(end) for begin, end in pairs)
