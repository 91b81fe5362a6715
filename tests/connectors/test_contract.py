"""What every connector must keep to, checked on its own fixtures. A new folder in `connectors/` is found by itself."""

import re

import msgspec
import pytest

from connectors import Connector, discover
from tests.connectors.contract import FOLDER, Fixture, fixtures, said

CONNECTORS = list(discover().values())
FIXTURES = list(fixtures())
README = FOLDER.parent / "README.md"
TESTS = FOLDER.parent / "tests" / "connectors"

ANYTHING = ("a property: any record maps, or is refused", r"test_any|_any_|anything_maps|no_record_breaks")
DELETIONS = ("deletions", r"delet|withdraw|absent|complete")
SILVER = (ANYTHING, DELETIONS)
PULLED = (
    ("what changed, or a killed pull gone on with", r"increment|resume|killed|next_sync|second_sync"),
    ("a passing failure", r"retr|throttl|wait|passing"),
)
"""What the tests of a connector must be about, and how their names show it."""

for_each_connector = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: c.name)
for_each_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=str)


@for_each_fixture
def test_says_what_is_expected(fixture: Fixture) -> None:
    expected = msgspec.json.decode(fixture.expected.read_bytes())
    assert said(fixture.stream, fixture.pages()).records == expected


@for_each_fixture
def test_nothing_is_left_over(fixture: Fixture) -> None:
    left = said(fixture.stream, fixture.pages()).leftovers
    assert not left, f"map these fields, or name them in the stream's `ignore`: {left}"


@for_each_fixture
def test_mapping_is_pure(fixture: Fixture) -> None:
    pages = fixture.pages()
    assert said(fixture.stream, pages) == said(fixture.stream, pages)


@for_each_fixture
def test_records_are_told_apart(fixture: Fixture) -> None:
    for page in fixture.pages():
        for body in page.records:
            raw = msgspec.json.decode(body)
            names = page.columns or raw
            assert all(name in names for name in fixture.stream.key)


@for_each_connector
def test_every_stream_has_a_fixture_or_says_why_not(connector: Connector) -> None:
    proven = {fixture.stream.name for fixture in FIXTURES if fixture.connector is connector}
    sentences = re.split(r"[.:] ", re.sub(r"\s+", " ", readme(connector)))
    excused = " ".join(sentence for sentence in sentences if "no sample" in sentence)
    for stream in connector.streams:
        assert stream.name in proven or f"`{stream.name}`" in excused


@for_each_connector
def test_the_connector_is_described(connector: Connector) -> None:
    assert connector.name.isidentifier()
    assert connector.title
    for name, field in connector.settings.model_fields.items():
        assert field.description, f"setting '{name}' needs a description: it is what an operator reads"


@for_each_connector
def test_the_readme_states_the_tier(connector: Connector) -> None:
    assert re.search(rf"\bTier\b\W+{connector.tier}\b", readme(connector))


@for_each_connector
def test_the_table_in_the_main_readme_tells_the_truth(connector: Connector) -> None:
    row = re.search(rf"^\|.*connectors/{connector.name}\b.*$", README.read_text("utf-8"), re.MULTILINE)
    if row is None:
        assert connector.tier == "bronze", f"add {connector.name} to the table of connectors in {README.name}"
    else:
        assert connector.tier in row[0]


@for_each_connector
def test_the_tier_is_proven(connector: Connector) -> None:
    if connector.tier == "bronze":
        return
    files = list(TESTS.rglob(f"test_{connector.name}*.py"))
    names = " ".join(name for path in files for name in re.findall(r"def (test_\w+)", path.read_text("utf-8")))
    if any(stream.complete for stream in connector.streams):
        names += " complete"  # what a listing no longer has is withdrawn by the pipeline, whose own tests prove it
    wanted = [*SILVER, *(PULLED if connector.client else ())]
    assert [what for what, pattern in wanted if not re.search(pattern, names)] == []
    if connector.tier == "gold":
        assert any(path.stem.endswith("_live") for path in files), "gold is proven against a live server"


def readme(connector: Connector) -> str:
    return (FOLDER / connector.name / "README.md").read_text("utf-8")
