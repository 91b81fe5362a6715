"""What every connector must keep to, checked on its own fixtures.

`pytest --pyargs connectors.testing.suite --connector NAME` runs it for a connector of any distribution.
"""

import re

import msgspec

from connectors import Connector, folder_of
from connectors.testing import lock
from connectors.testing.fixtures import Fixture, fixtures, mapped
from connectors.testing.ids import confused


def test_says_what_is_expected(fixture: Fixture) -> None:
    expected = msgspec.json.decode(fixture.expected.read_bytes())
    assert mapped(fixture.stream, fixture.pages()).records == expected


def test_nothing_is_left_over(fixture: Fixture) -> None:
    left = mapped(fixture.stream, fixture.pages()).leftovers
    assert not left, f"map these fields, or name them in the stream's `ignore`: {left}"


def test_nothing_is_both_read_and_ignored(fixture: Fixture) -> None:
    outcome = mapped(fixture.stream, fixture.pages())
    both = {name for name in outcome.read & fixture.stream.ignore if not name.startswith("(")}  # a note of the reader
    assert not both, f"{fixture.stream.name}: read, and in the stream's `ignore`: {sorted(both)}"


def test_every_field_that_is_read_is_in_a_fixture(connector: Connector) -> None:
    read: dict[str, set[str]] = {}
    present: dict[str, set[str]] = {}
    for fixture in fixtures([connector.name]):
        outcome = mapped(fixture.stream, fixture.pages())
        read.setdefault(fixture.stream.name, set()).update(outcome.read)
        present.setdefault(fixture.stream.name, set()).update(outcome.present)
    unseen = {
        f"`{name}`" for stream, names in read.items() for name in names - present[stream] if name[0] != "("
    } - excused(connector)
    assert not unseen, f"no fixture has {sorted(unseen)}: add one, or say in the README that there is no sample"


def test_a_mapping_that_changed_has_another_version(connector: Connector) -> None:
    complaint = lock.complaint(connector)
    assert complaint is None, complaint


def test_an_address_is_told_as_an_identifier(fixture: Fixture) -> None:
    people = [record for record in mapped(fixture.stream, fixture.pages()).records if record.get("email")]
    for person in people:  # whose it is decides about what others tell by it, also once another child has it
        typed = {each["value"] for each in person.get("identifiers", ()) if each["type"] == "email"}
        assert person["email"] in typed, f"{person['key']}: an e-mail address without an identifier of type `email`"


def test_mapping_is_pure(fixture: Fixture) -> None:
    pages = fixture.pages()
    assert mapped(fixture.stream, pages) == mapped(fixture.stream, pages)


def test_two_ids_are_two_whatever_they_differ_in(fixture: Fixture) -> None:
    pages = [page for page in fixture.pages() if page.columns is None]  # a spreadsheet's ids are undressed
    assert [confusion for page in pages for confusion in confused(fixture.stream, page)] == []


def test_records_are_told_apart(fixture: Fixture) -> None:
    for page in fixture.pages():
        for body in page.records:
            raw = msgspec.json.decode(body)
            names = page.columns or raw
            assert all(name in names for name in fixture.stream.key)


def test_every_stream_has_a_fixture_or_says_why_not(connector: Connector) -> None:
    proven = {fixture.stream.name for fixture in fixtures([connector.name])}
    for stream in connector.streams:
        assert stream.name in proven or f"`{stream.name}`" in excused(connector)


def test_the_connector_is_described(connector: Connector) -> None:
    assert connector.name.isidentifier()
    assert connector.title
    for name, field in connector.settings.model_fields.items():
        assert field.description, f"setting '{name}' needs a description: it is what an operator reads"


def test_the_readme_states_the_tier(connector: Connector) -> None:
    assert re.search(rf"\bTier\b\W+{connector.tier}\b", readme(connector))


def excused(connector: Connector) -> set[str]:
    """The streams and fields of which a README says that there is no sample, in backticks."""
    sentences = re.split(r"[.:] ", re.sub(r"\s+", " ", readme(connector)))
    return {name for sentence in sentences if "no sample" in sentence for name in re.findall(r"`[^`]+`", sentence)}


def readme(connector: Connector) -> str:
    """What a connector says of itself."""
    return (folder_of(connector.name) / "README.md").read_text("utf-8")
