"""What every connector must keep to, checked on its own fixtures. A new folder in `connectors/` is found by itself."""

import re

import msgspec
import pytest

from connectors import Connector, discover
from tests.connectors.contract import FOLDER, Fixture, fixtures, said

CONNECTORS = list(discover().values())
FIXTURES = list(fixtures())
README = FOLDER.parent / "README.md"
PROOFS = {"silver": ("increment", "retr", "delet"), "gold": ("increment", "retr", "delet", "property", "live")}
"""What the tests of a connector of this tier must be about: a word in the name of one of them at least."""

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
def test_every_stream_has_a_fixture(connector: Connector) -> None:
    proven = {fixture.stream.name for fixture in FIXTURES if fixture.connector is connector}
    assert {stream.name for stream in connector.streams} <= proven


@for_each_connector
def test_the_connector_is_described(connector: Connector) -> None:
    assert connector.name.isidentifier()
    assert connector.title
    for name, field in connector.settings.model_fields.items():
        assert field.description, f"setting '{name}' needs a description: it is what an operator reads"


@for_each_connector
def test_the_readme_states_the_tier(connector: Connector) -> None:
    text = (FOLDER / connector.name / "README.md").read_text("utf-8")
    assert re.search(rf"\bTier\b\W+{connector.tier}\b", text)


@for_each_connector
def test_the_table_in_the_main_readme_tells_the_truth(connector: Connector) -> None:
    row = re.search(rf"^\|.*connectors/{connector.name}\W.*$", README.read_text("utf-8"), re.MULTILINE)
    if row is None:
        assert connector.tier == "bronze", f"add {connector.name} to the table of connectors in {README.name}"
    else:
        assert connector.tier in row[0]


@for_each_connector
def test_the_tier_is_proven(connector: Connector) -> None:
    names = "\n".join(
        name
        for path in (FOLDER.parent / "tests" / "connectors").rglob(f"*{connector.name}*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    )
    missing = [word for word in PROOFS.get(connector.tier, ()) if word not in names]
    assert not missing, f"{connector.tier} needs tests with these words in their names: {missing}"
